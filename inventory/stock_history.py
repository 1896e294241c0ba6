"""The movements of one SKU at one location: what changed which figure, by how much, why and by whom."""

from dataclasses import dataclass
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from inventory.models import Movement, StockLevel
from oms.core import text
from oms.core.badges import BADGES, badge
from oms.core.listing import Column, Listing
from oms.core.people import people, who

# Pages of the documents a movement names ("shipment/10001-1").
PAGES = {
    "order": "order-detail",
    "shipment": "shipment-detail",
    "return": "return-detail",
    "transfer": "transfer-detail",
    "purchase": "purchase-detail",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What a row says beside its figures; `href` empty: the document has no page."""

    who: str
    number: str
    href: str


class MovementFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="look_up")
    state = django_filters.ChoiceFilter(
        label=_("Figure"),
        choices=[(value, known.text) for value, known in BADGES["figure"].items()],
        empty_label=None,
        widget=forms.RadioSelect,
    )
    cause = django_filters.ChoiceFilter(
        label=_("Cause"),
        choices=[(value, known.text) for value, known in BADGES["movement"].items()],
        empty_label=None,
        widget=forms.RadioSelect,
    )

    class Meta:
        model = Movement
        fields = ("state", "cause")

    def look_up(self, rows: Any, name: str, value: str) -> Any:
        """By the number of a document, or by words of the reason."""
        value = value.replace("\x00", "").strip()
        number = text.digits(value).upper()
        return rows.filter(Q(reference__endswith=f"/{number}") | Q(reason__icontains=value))


LISTING = Listing(
    name="movements",
    columns=(
        Column("at", _("Date"), sort="pk", fixed=True, export=lambda move: move.at),
        Column("state", _("Figure"), export=lambda move: str(badge("figure", move.state).text)),
        Column("change", _("Change"), numeric=True, export=lambda move: move.change),
        Column("after", _("Afterwards"), numeric=True, export=lambda move: move.after),
        Column("cause", _("Cause"), export=lambda move: str(badge("movement", move.cause).text)),
        Column("reference", _("Document"), export=lambda move: move.reference.rpartition("/")[2]),
        Column("actor", _("By"), export=lambda move: move.actor),
        Column("reason", _("Reason"), export=lambda move: move.reason),
    ),
    row_template="inventory/_movement_row.html",
    default_sort="-at",
    filterset=MovementFilter,
    pinned=("state", "cause"),
    search_label=_("Document or reason"),
    empty_title=_("Nothing moved yet"),
    empty_text=_("Every change of a figure is written down here."),
    empty_icon="history",
)


def movements(level: StockLevel) -> "QuerySet[Movement]":
    """Everything that changed a level, unordered."""
    return Movement.objects.filter(product_id=level.product_id, location_id=level.location_id)


def tell(rows: list[Movement]) -> dict[int, Told]:
    """The words of each movement; one query for the names of staff."""
    names = people({row.actor for row in rows})
    return {row.pk: Told(who(row.actor, names), *_document(row.reference)) for row in rows}


def _document(reference: str) -> tuple[str, str]:
    kind, slash, number = reference.partition("/")
    if not slash:
        return reference, ""
    try:
        return number, reverse(PAGES[kind], args=[number])
    except (KeyError, NoReverseMatch):
        return number, ""


def context(page: Any) -> dict[str, Any]:
    return {"list": page, "told": tell(page.rows)}
