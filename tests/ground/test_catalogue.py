"""What reaches the translators."""

from pathlib import Path

from oms.messages import sentences


def test_a_sentence_asked_for_inside_an_f_string_is_translated_too(tmp_path: Path) -> None:
    file = tmp_path / "form.py"
    file.write_text(
        "label = f\"{_('Grade')} · {sku}\"\nother = f\"{pgettext('of goods', 'Way')}\"\n_(\"Plain\")\n"
    )
    assert [(message, context) for _line, message, _comments, context in sentences(file)] == [
        ("Plain", None),
        ("Grade", None),
        ("Way", "of goods"),
    ]
