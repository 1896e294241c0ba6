"""Staff's pages of alerts and limits, and of customers who wait for a product."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory import alert_list, alerts, stock_list, wishes
from inventory.models import StockLevel, StockLimit
from oms.core import exporting
from oms.core.errors import NotFound, Problem
from oms.core.fields import WholeField, WholeInput
from oms.core.pages import done, part_or_page, staff_page, tell_form


class LimitField(WholeField):
    """A figure with any digits; nothing typed is no limit."""

    def __init__(self, **kwargs: Any) -> None:
        widget = WholeInput()
        super().__init__(required=False, min_value=0, max_value=2_147_483_647, widget=widget, **kwargs)


class LimitsForm(forms.Form):
    minimum = LimitField(
        label=gettext_lazy("Low at"), help_text=gettext_lazy("Once no more than so many are available.")
    )
    maximum = LimitField(
        label=gettext_lazy("Too much above"), help_text=gettext_lazy("Once more than so many lie there.")
    )


@staff_page(scope="stock:read", methods=("GET", "HEAD"))
def alert_rows(request: Any) -> HttpResponseBase:
    page = alert_list.ALERTS.read(request, alert_list.rows(request.principal))
    if request.GET.get("export"):
        return exporting.download(page, request.GET["export"], name="stock-alerts")
    context = {"list": page, "buys": request.principal.may("purchases:write")}
    return part_or_page(request, "inventory/alerts.html", "_list_part.html", context)


@staff_page(scope="stock:write")
def limits(request: Any, pk: int) -> HttpResponseBase:
    """How little and how much of a SKU may lie at one location."""
    level = stock_list.rows(request.principal).filter(pk=pk).first()
    if level is None:
        raise NotFound
    form = LimitsForm(request.POST or None, initial=_known(level))
    if request.method == "POST" and form.is_valid():
        try:
            alerts.set_limits(
                level.product,
                level.location,
                minimum=form.cleaned_data["minimum"],
                maximum=form.cleaned_data["maximum"],
                actor=request.principal.actor,
            )
        except Problem as problem:
            tell_form(form, problem)
        else:
            return done(request, _("The limits are kept."), reverse("stock-level", args=[pk]))
    context = {"level": level, "form": form}
    return render(request, "inventory/limits.html", context, status=422 if form.errors else 200)


@staff_page(scope="orders:read", methods=("GET", "HEAD"))
def wish_rows(request: Any) -> HttpResponseBase:
    page = alert_list.WISHES.read(request, wishes.visible(request.principal))
    if request.GET.get("export"):
        return exporting.download(page, request.GET["export"], name="back-in-stock")
    context = {"list": page, "writes": request.principal.may("orders:write")}
    return part_or_page(request, "inventory/wishes.html", "_list_part.html", context)


@staff_page(scope="orders:write", methods=("POST",))
def called(request: Any, pk: UUID) -> HttpResponseBase:
    """The customer was told by phone."""
    found = wishes.visible(request.principal).filter(pk=pk).first()
    if found is None:
        raise NotFound
    wishes.called(found, actor=request.principal.actor)
    return done(request, _("Noted: the customer knows."))


def _known(level: StockLevel) -> dict[str, int | None]:
    found = StockLimit.objects.filter(product=level.product, location=level.location).first()
    return {"minimum": found.minimum, "maximum": found.maximum} if found else {}
