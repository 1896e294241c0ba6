"""The audit log in words: every kind of event the house records has a sentence, every subject a noun."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from oms.backoffice.settings.event_words import KINDS, NOUNS, kind_words, subject_words

APPS = ("oms", "inventory", "orders", "fulfillment", "returns", "channels")
# `record("order.held", "order/10001", …)` and `NewEvent(kind="stock.changed", …)`: a kind and what it is about.
RECORDED = re.compile(r"\b(?:record|NewEvent)\(\s*(?:kind=)?\"([a-z_]+\.[a-z_]+)\"")


def recorded() -> set[str]:
    return {
        kind
        for app in APPS
        for file in (Path(settings.BASE_DIR) / app).rglob("*.py")
        for kind in RECORDED.findall(file.read_text(encoding="utf-8"))
    }


def test_no_kind_is_shown_as_a_code() -> None:
    kinds = recorded()
    assert len(kinds) > 40, "the search finds what is recorded"
    assert sorted(kinds - set(KINDS)) == [], "give it words in oms/backoffice/settings/event_words.py"


@pytest.mark.parametrize("language", ["ar", "fa"])
def test_kinds_and_nouns_are_said_in_the_readers_language(language: str) -> None:
    with translation.override(language):
        latin = [
            str(words) for words in (*KINDS.values(), *NOUNS.values()) if re.match("[a-z]", str(words), re.I)
        ]
    assert [words for words in latin if words not in ("SKU",)] == []


def test_a_subject_is_a_noun_and_its_number() -> None:
    assert subject_words("shipment/10348-1") == "Shipment \u206810348-1\u2069"
    assert subject_words("key/01a215f5-ee23-7bf9-89e0-dc9f15bca8ba") == "API key"
    assert (subject_words("moon/1"), kind_words("moon.rose")) == ("moon/1", "moon.rose")
