"""The staff's list of transfers: what is asked for, on its way, done."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from inventory.access import visible_transfers
from inventory.models import Location, Product, Transfer, TransferLine, TransferState
from oms.core import text
from oms.core.access import Principal
from oms.core.badges import BADGES, badge
from oms.core.chips import once
from oms.core.listing import Column, Listing, View

TO_SEND = (TransferState.REQUESTED, TransferState.APPROVED)
ON_THE_WAY = (TransferState.SHIPPED, TransferState.PARTLY_RECEIVED)


def rows(principal: Principal) -> "QuerySet[Transfer]":
    """The transfers a principal may see, with what a row shows."""
    lines = TransferLine.objects.filter(transfer=OuterRef("pk")).order_by().values("transfer")
    units = Subquery(lines.annotate(units=Sum("quantity")).values("units"))
    seen = visible_transfers(principal).select_related("source", "target")
    return seen.annotate(units=Coalesce(units, 0))


def to_send(principal: Principal) -> "QuerySet[Transfer]":
    """Asked of the reader's locations and not gone yet."""
    asked: QuerySet[Transfer] = principal.limit_to_locations(
        Transfer.objects.filter(state__in=TO_SEND), "source__code"
    )
    return asked


def to_receive(principal: Principal) -> "QuerySet[Transfer]":
    """On their way to the reader's locations."""
    way: QuerySet[Transfer] = principal.limit_to_locations(
        Transfer.objects.filter(state__in=ON_THE_WAY), "target__code"
    )
    return way


def open_work(principal: Principal) -> "QuerySet[Transfer]":
    """What somebody still has to send or to receive."""
    sends = Q(pk__in=to_send(principal).values("pk"))
    return Transfer.objects.filter(sends | Q(pk__in=to_receive(principal).values("pk")))


class TransferFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="look_up")
    step = django_filters.ChoiceFilter(
        label=_("Step"),
        choices=[("send", _("To send")), ("receive", _("To receive"))],
        method="at_step",
        empty_label=None,
        widget=forms.RadioSelect,
    )
    state = django_filters.MultipleChoiceFilter(
        label=_("State"),
        choices=[(value, known.text) for value, known in BADGES["transfer"].items()],
        widget=forms.CheckboxSelectMultiple,
    )
    location = django_filters.ChoiceFilter(
        label=_("Location"), method="at", empty_label=None, widget=forms.RadioSelect
    )

    class Meta:
        model = Transfer
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.principal: Principal = self.request.principal
        places = self.principal.limit_to_locations(Location.objects.all(), "code")
        codes = places.order_by("name").values_list("code", "name")
        self.filters["location"].extra["choices"] = once(lambda: codes)

    def look_up(self, found: Any, name: str, value: str) -> Any:
        """By number, or by a SKU on it."""
        code = text.digits(value.replace("\x00", "").strip())
        of_sku = TransferLine.objects.filter(
            transfer=OuterRef("pk"), product__in=Product.objects.filter(sku__iexact=code)
        )
        return found.filter(Q(number=code.upper()) | Exists(of_sku))

    def at_step(self, found: Any, name: str, value: str) -> Any:
        asked = to_send(self.principal) if value == "send" else to_receive(self.principal)
        return found.filter(pk__in=asked.values("pk"))

    def at(self, found: Any, name: str, value: str) -> Any:
        return found.filter(Q(source__code=value) | Q(target__code=value))


LISTING = Listing(
    name="transfers",
    columns=(
        Column("number", _("Transfer"), sort="pk", fixed=True, export=lambda one: one.number),
        Column("source", _("From"), export=lambda one: one.source.name),
        Column("target", _("To"), export=lambda one: one.target.name),
        Column("units", _("Items"), numeric=True, export=lambda one: one.units),
        Column("requested", _("Asked for"), export=lambda one: one.requested_at),
        Column("expected", _("Expected"), export=lambda one: one.expected_on),
        Column("state", _("State"), export=lambda one: str(badge("transfer", one.state).text)),
    ),
    row_template="inventory/_transfer_row.html",
    default_sort="-number",
    filterset=TransferFilter,
    views=(
        View("all", _("All"), ""),
        View("send", _("To send"), "step=send", to_send),
        View("receive", _("To receive"), "step=receive", to_receive),
    ),
    pinned=("state", "location"),
    search_label=_("Transfer or SKU"),
    empty_title=_("No transfers yet"),
    empty_text=_("Goods that move between your locations are followed here."),
    empty_icon="arrow-right-left",
)
