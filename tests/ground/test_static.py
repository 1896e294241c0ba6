"""What browsers are sent: style sheets and scripts in one file each, fonts cut to what pages are written with."""

from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.templatetags.static import static
from django.test import Client, override_settings
from fontTools.ttLib import TTFont

from oms.management.commands.fonts import CUT, declared

STATIC = Path(settings.BASE_DIR) / "static"


@pytest.mark.parametrize("name", CUT)
def test_a_cut_font_has_what_the_style_sheet_sends_to_it(name: str) -> None:
    whole = set(TTFont(settings.FONTS / CUT[name][0]).getBestCmap())
    assert set(TTFont(STATIC / "fonts" / name).getBestCmap()) == declared()[name] & whole


def test_collected_a_page_asks_for_one_style_sheet_and_one_script(tmp_path: Path) -> None:
    served = {**settings.STORAGES, "staticfiles": {"BACKEND": "oms.static.Bundled"}}
    with override_settings(STATIC_ROOT=tmp_path, STORAGES=served):
        call_command("collectstatic", interactive=False, verbosity=0)
    for name in ("css/staff.css", "css/customer.css", "js/staff.js"):
        listed = (STATIC / name).read_text().count("import ")
        collected = (tmp_path / name).read_text()
        assert listed > 5
        assert "import " not in collected
    sheets = (tmp_path / "css/staff.css").read_text()
    assert sheets.strip().startswith("@layer reset, tokens, base, layout, components, utilities;")
    assert "nav-link" in sheets
    assert "position-area" in (tmp_path / "js/staff.js").read_text()


def test_the_icon_that_browsers_ask_for_unasked_is_there(client: Client) -> None:
    answer = client.get("/favicon.ico")
    assert (answer.status_code, answer.headers["Location"]) == (302, static("icon.svg"))
    assert answer.headers["Cache-Control"] == "public, max-age=86400"
    assert finders.find("icon.svg")
