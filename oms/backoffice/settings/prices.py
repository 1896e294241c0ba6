"""Shipping rates: what a carrier asks from here to there, and how long it takes."""

from decimal import Decimal
from typing import Any

import django_filters
import msgspec
from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from fulfillment.carriers.names import named_carrier, service_name
from fulfillment.models import Rate
from fulfillment.rates import add_rate, change_rate, remove_rate, state_on
from oms.backoffice.settings.parts import Act, Cell, Link, list_page
from oms.backoffice.settings.price_forms import RateForm, Steps, tell_rate
from oms.core import company, display, reading
from oms.core.errors import NotFound, Problem
from oms.core.listing import Column, Listing
from oms.core.pages import done, staff_page, told
from oms.core.saying import of_shape


class RateFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="look_up")

    class Meta:
        model = Rate
        fields: tuple[str, ...] = ()

    def look_up(self, rows: "QuerySet[Rate]", name: str, value: str) -> "QuerySet[Rate]":
        return rows.filter(
            Q(carrier__icontains=value) | Q(service__icontains=value) | Q(zone__icontains=value)
        )


LISTING = Listing(
    name="settings-rates",
    columns=(
        Column("carrier", gettext_lazy("Carrier"), sort="carrier", fixed=True),
        Column("service", gettext_lazy("Service"), sort="service"),
        Column("from", gettext_lazy("From")),
        Column("to", gettext_lazy("To"), sort="to_country"),
        Column("zone", gettext_lazy("Zone")),
        Column("takes", gettext_lazy("Takes")),
        Column("base", gettext_lazy("Base price"), sort="base", numeric=True),
        Column("per_kg", gettext_lazy("Each kilogram"), numeric=True),
        Column("steps", gettext_lazy("Steps by weight"), numeric=True),
        Column("cod", gettext_lazy("Cash on delivery up to"), numeric=True, shown=False),
        Column("state", gettext_lazy("State")),
    ),
    row_template="settings/_row.html",
    default_sort="carrier",
    filterset=RateFilter,
    search_label=gettext_lazy("Carrier, service or zone"),
    empty_title=gettext_lazy("No shipping rates yet"),
    empty_text=gettext_lazy("Without one no order finds its way."),
    empty_icon="truck",
)


def _takes(rate: Rate) -> str:
    if rate.hours_max is not None:
        least, most = rate.hours_min, rate.hours_max
        exactly = ngettext("%(n)s hour", "%(n)s hours", most)
        between = ngettext("%(span)s hour", "%(span)s hours", most)
    else:
        least, most = rate.days_min, rate.days_max or 0
        exactly = ngettext("%(n)s day", "%(n)s days", most)
        between = ngettext("%(span)s day", "%(span)s days", most)
    language, digits_as = get_language() or "en", reading.reader().digits
    if least == most:
        return exactly % {"n": display.digits_for(f"{most}", language, digits_as)}
    return between % {"span": display.digits_for(f"{least}–{most}", language, digits_as)}


def _money(amount: Decimal | None) -> str:
    if amount is None:
        return ""
    return display.money(amount, settings.COMPANY_CURRENCY, get_language() or "en")


@staff_page(scope="rates:read", methods=("GET", "HEAD"))
def rates(request: Any) -> HttpResponseBase:
    writes = request.principal.may("rates:write")
    language, today = get_language() or "en", company.today()

    def cells(rate: Rate) -> dict[str, Cell]:
        href = reverse("settings-rate", args=[rate.pk]) if writes else ""
        place = display.country(rate.to_country, language)
        return {
            "carrier": Cell(named_carrier(rate.carrier), "text", "cell-id", href),
            "service": Cell(service_name(rate.service), "text", "cell-who"),
            "from": Cell(f"{display.comma(language)} ".join(rate.from_locations) or _("Everywhere")),
            "to": Cell(f"{place} · {rate.to_region}" if rate.to_region else place, "text", "cell-end"),
            "zone": Cell(rate.zone or "–", "code"),
            "takes": Cell(_takes(rate)),
            "base": Cell(_money(rate.base), "amount", "cell-amount"),
            "per_kg": Cell(_money(rate.per_kg), "amount"),
            "steps": Cell(len(rate.tiers) or "", "number"),
            "state": Cell(state_on(rate, today), "rule", "cell-state"),
            "cod": Cell(_money(rate.cod_limit), "amount"),
        }

    links = [Link(_("Zones"), reverse("settings-zones"), "map", wide=True)]
    if writes:
        links.append(Link(_("New rate"), reverse("settings-rate-new")))
    return list_page(request, LISTING, Rate.objects.all(), cells, title=_("Shipping rates"), links=links)


@staff_page(scope="rates:write")
def new_rate(request: Any) -> HttpResponseBase:
    form, steps = RateForm(request.POST or None, initial={"country": "SA"}), Steps(_posted(request))
    if _kept(form, steps, request, None):
        return done(request, _("The rate is added."), reverse("settings-rates"))
    return _form(request, form, steps, title=_("New rate"), submit=_("Add the rate"))


@staff_page(scope="rates:write")
def rate(request: Any, pk: int) -> HttpResponseBase:
    found = _get(pk)
    form = RateForm(request.POST or None, initial=RateForm.of(found))
    steps = Steps(_posted(request), found)
    if _kept(form, steps, request, found):
        return done(request, _("The rate is saved."), reverse("settings-rates"))
    remove = Act(
        _("Remove"),
        "trash-2",
        reverse("settings-rate-remove", args=[pk]),
        "danger",
        _("No order is routed by it any more. Labels that were bought stay."),
    )
    return _form(
        request,
        form,
        steps,
        title=named_carrier(found.carrier),
        lead=service_name(found.service),
        submit=_("Save"),
        acts=[remove],
    )


@staff_page(scope="rates:write", methods=("POST",))
def remove(request: Any, pk: int) -> HttpResponseBase:
    remove_rate(_get(pk), actor=request.principal.actor)
    return done(request, _("The rate is removed."), reverse("settings-rates"))


def _posted(request: Any) -> Any:
    return request.POST if request.method == "POST" else None


def _form(request: Any, form: RateForm, steps: Steps, **shown: Any) -> HttpResponseBase:
    wrong = form.errors or any(row.error for row in steps.rows)
    context = {
        "form": form,
        "cards": form.cards(),
        "steps": steps,
        "back": Link(_("Shipping rates"), reverse("settings-rates")),
        "sign": display.currency_sign(settings.COMPANY_CURRENCY, get_language() or "en"),
        **shown,
    }
    return render(request, "settings/rate.html", context, status=422 if wrong else 200)


def _kept(form: RateForm, steps: Steps, request: Any, held: Rate | None) -> bool:
    if request.method != "POST" or not (form.is_valid() & steps.is_valid()):
        return False
    try:
        if held is None:
            add_rate(form.whole(steps.read), actor=request.principal.actor)
        else:
            change_rate(held, form.whole(steps.read), actor=request.principal.actor)
    except Problem as problem:
        tell_rate(form, steps, problem)
    except msgspec.ValidationError as error:
        form.add_error(None, told(of_shape(str(error))))
    return not (form.errors or any(row.error for row in steps.rows))


def _get(pk: int) -> Rate:
    found = Rate.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found
