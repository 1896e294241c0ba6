"""What the settings pages share: a form page, a list, and a page of facts with acts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.functional import Promise

from oms.core.listing import Listing
from oms.core.pages import part_or_page

Text = str | Promise
# The classes of a cell.
LOOKS = {
    "text": "clip dim",
    "words": "clip dim",
    "code": "dim clip",
    "moment": "dim",
    "number": "num",
    "amount": "num",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """A row of a page of facts. `how`: text, words (each isolated), code, moment, number, amount, or a badge's kind.

    `href`: where it leads.
    """

    name: Text
    value: Any
    how: str = "text"
    href: str = ""

    @property
    def known(self) -> bool:
        """What nobody knows yet has no row of its own."""
        return self.value is not None and self.value != ""


@dataclass(frozen=True, slots=True)
class Cell:
    """The same in a list. `place`: where it stands in the card a row becomes on a phone; empty: left out there."""

    value: Any
    how: str = "text"
    place: str = ""
    href: str = ""

    @property
    def css(self) -> str:
        return f"{LOOKS.get(self.how, '')} {self.place}".strip()


@dataclass(frozen=True, slots=True)
class Act:
    """A button that posts to `url`. `ask`: asked first, in a dialog with that sentence; `tone`: primary, danger."""

    label: Text
    icon: str
    url: str
    tone: str = ""
    ask: Text = ""

    @property
    def key(self) -> str:
        return f"act-{self.icon}"


@dataclass(frozen=True, slots=True)
class Link:
    """Where a page came from, or leads to; `wide`: not on a phone."""

    label: Text
    href: str
    icon: str = "plus"
    wide: bool = False


def form_page(
    request: Any, form: forms.BaseForm, *, title: Text, back: Link, submit: Text, lead: Text = "", **more: Any
) -> HttpResponse:
    """One form on a page of its own; 422 when it was refused. `pairs`: a long one, its fields two beside each other."""
    shown = {"form": form, "title": title, "back": back, "submit": submit, "lead": lead, **more}
    return render(request, "settings/form.html", shown, status=422 if form.errors else 200)


def list_page(
    request: Any,
    listing: Listing,
    rows: "QuerySet[Any]",
    cells: Callable[[Any], Mapping[str, Cell]],
    *,
    title: Text,
    links: Sequence[Link] = (),
    back: Link | None = None,
    prepare: Callable[[list[Any]], None] | None = None,
) -> HttpResponseBase:
    """A list of settings: `cells` by column for each row; `prepare` may read for the whole page at once."""
    page = listing.read(request, rows)
    if prepare:
        prepare(page.rows)
    for row in page.rows:
        row.cells = cells(row)
    shown = {"list": page, "title": title, "links": links, "back": back}
    return part_or_page(request, "settings/list.html", "_list_part.html", shown)


def facts_page(
    request: Any,
    *,
    title: Text,
    back: Link,
    facts: Sequence[Fact],
    state: tuple[str, Any] | None = None,
    texts: Sequence[tuple[Text, str]] = (),
    acts: Sequence[Act] = (),
    links: Sequence[Link] = (),
    lead: Text = "",
) -> HttpResponse:
    """Everything about one thing; `state` is a badge's kind and value, `texts` what machines said, word for word."""
    shown = {"title": title, "back": back, "facts": facts, "state": state, "texts": texts, "lead": lead}
    return render(request, "settings/facts.html", {**shown, "acts": acts, "links": links})
