"""Staff's pages of lots: the list, and one lot with where it lies, its quarantine and its movements."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from inventory import lot_list, lots, stock_history
from inventory.models import Location, Lot, LotMovement
from oms.core import exporting, text
from oms.core.errors import NotFound
from oms.core.listing import Listing
from oms.core.pages import done, part_or_page, staff_page, told
from oms.core.reading import figure

HISTORY = Listing(
    name="lot-movements",
    columns=stock_history.LISTING.columns,
    row_template="inventory/_movement_row.html",
    default_sort="-at",
    empty_title=gettext_lazy("Nothing moved yet"),
    empty_text=gettext_lazy("Every change of a figure is written down here."),
    empty_icon="history",
)


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=500)

    def clean_reason(self) -> str:
        try:
            return text.clean(self.cleaned_data["reason"], 500)
        except ValueError as error:
            raise forms.ValidationError(told(error)) from error


@staff_page(scope="stock:read", methods=("GET", "HEAD"))
def lots_page(request: Any) -> HttpResponseBase:
    page = lot_list.LISTING.read(request, lot_list.rows(request.principal))
    if request.GET.get("export"):
        return exporting.download(page, request.GET["export"], name="lots")
    states = {row.pk: lot_list.state_of(row) for row in page.rows}
    return part_or_page(request, "inventory/lots.html", "_list_part.html", {"list": page, "states": states})


@staff_page(scope="stock:read", methods=("GET", "HEAD"))
def lot_page(request: Any, uid: Any) -> HttpResponseBase:
    lot = get_lot(request, uid)
    places = request.principal.limit_to_locations(Location.objects.all(), "code")
    page = HISTORY.read(request, _moves(lot, places))
    context = {
        **stock_history.context(page),
        "lot": lot,
        "state": lot_list.state_of(lot),
        "levels": lots.at_places(lot, list(places)),
        "promised": lots.promised(lot) if lot_list.state_of(lot) in ("quarantined", "expired") else 0,
        "writes": request.principal.may("stock:write"),
    }
    return part_or_page(request, "inventory/lot.html", "_list_part.html", context)


@staff_page(scope="stock:write", methods=("POST",))
def lot_release(request: Any, uid: Any) -> HttpResponseBase:
    lot = get_lot(request, uid)
    units = lots.release(lot, reason=reason_of(request), actor=request.principal.actor)
    said = ngettext("%(n)s unit can be sold again.", "%(n)s units can be sold again.", units) % {
        "n": figure(units)
    }
    return done(request, said)


def get_lot(request: Any, uid: Any) -> Lot:
    """The only way a page obtains a lot."""
    found = lot_list.rows(request.principal).filter(uid=uid).first()
    if found is None:
        raise NotFound
    return found


def _moves(lot: Lot, places: "QuerySet[Location]") -> "QuerySet[LotMovement]":
    return LotMovement.objects.filter(
        lot_id=lot.pk, location_id__in=list(places.values_list("pk", flat=True))
    )


def reason_of(request: Any) -> str:
    """Why, in the words of whoever asks."""
    form = ReasonForm(request.POST)
    return form.cleaned_data["reason"] if form.is_valid() else _("No reason given")
