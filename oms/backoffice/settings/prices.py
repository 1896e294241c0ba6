"""Shipping rates: what a carrier asks from here to there, and how long it takes."""

from decimal import Decimal
from typing import Any

import django_filters
import msgspec
from django import forms
from django.conf import settings
from django.http import HttpResponseBase
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from fulfillment.carriers import CARRIERS
from fulfillment.carriers.names import carrier_name, service_name
from fulfillment.models import Rate
from fulfillment.rate_documents import RateIn
from fulfillment.rates import add_rate, change_rate, remove_rate
from inventory.models import Location
from oms.backoffice.settings.parts import Act, Cell, Link, form_page, list_page
from oms.backoffice.settings.places import DAYS, country_choices
from oms.core import display, text
from oms.core.errors import NotFound, Problem
from oms.core.listing import Column, Listing
from oms.core.pages import done, staff_page, tell_form

UNITS = [("days", gettext_lazy("Days")), ("hours", gettext_lazy("Hours"))]
CARD = ("zone", "step_g", "max_parcel_g", "divisor", "km_from", "km_to")
FIELDS = {"/km": "km_to", "/to/country": "country", "/to/region": "region", "/days": "most", "/hours": "most"}


class RateForm(forms.Form):
    carrier = forms.ChoiceField(label=gettext_lazy("Carrier"))
    service = forms.CharField(
        label=gettext_lazy("Service"),
        max_length=64,
        help_text=gettext_lazy("As orders ask for it: standard, express, same_day."),
    )
    country = forms.ChoiceField(label=gettext_lazy("To the country"))
    region = forms.CharField(
        label=gettext_lazy("Region"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("Empty: the whole country."),
    )
    base = forms.DecimalField(label=gettext_lazy("Base price"), min_value=0, max_digits=18)
    per_kg = forms.DecimalField(label=gettext_lazy("Each kilogram"), min_value=0, max_digits=18)
    unit = forms.ChoiceField(label=gettext_lazy("Takes"), choices=UNITS)
    least = forms.IntegerField(label=gettext_lazy("At least"), min_value=0, max_value=1000)
    most = forms.IntegerField(label=gettext_lazy("At most"), min_value=0, max_value=1000)
    cod_limit = forms.DecimalField(
        label=gettext_lazy("Cash on delivery up to"),
        min_value=0,
        max_digits=18,
        required=False,
        help_text=gettext_lazy("Empty: no limit. 0: none is taken."),
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Delivers on"),
        choices=DAYS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None: every day."),
    )
    zone = forms.CharField(
        label=gettext_lazy("The carrier's zone"),
        max_length=64,
        required=False,
        help_text=gettext_lazy("As it was named over the API. Empty: every zone."),
    )
    tiers = forms.CharField(
        label=gettext_lazy("Steps by weight"),
        max_length=1000,
        required=False,
        widget=forms.TextInput(attrs={"dir": "ltr"}),
        help_text=gettext_lazy(
            "Up to so many grams: its price, as 1000: 5, 3000: 9. Each kilogram counts beyond."
        ),
    )
    step_g = forms.IntegerField(
        label=gettext_lazy("Weight rounded up to (g)"),
        min_value=0,
        max_value=10_000_000,
        initial=0,
        required=False,
    )
    max_parcel_g = forms.IntegerField(
        label=gettext_lazy("Heaviest parcel (g)"),
        min_value=1,
        max_value=10_000_000,
        required=False,
        help_text=gettext_lazy("What is heavier goes as several. Empty: no limit."),
    )
    divisor = forms.IntegerField(
        label=gettext_lazy("Volume divisor (mm³ a gram)"),
        min_value=1,
        max_value=1_000_000,
        required=False,
        help_text=gettext_lazy("5000 is usual. Empty: volume does not count."),
    )
    km_from = forms.IntegerField(
        label=gettext_lazy("From so many km"), min_value=0, max_value=50_000, required=False
    )
    km_to = forms.IntegerField(
        label=gettext_lazy("Below so many km"), min_value=1, max_value=50_000, required=False
    )
    from_locations = forms.MultipleChoiceField(
        label=gettext_lazy("From the locations"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None: from every location."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["carrier"].choices = [(code, carrier_name(code) or _("By hand")) for code in sorted(CARRIERS)]
        fields["country"].choices = country_choices()
        places = Location.objects.order_by("name").values_list("code", "name")
        fields["from_locations"].choices = list(places)
        for name in ("base", "per_kg", "cod_limit"):
            fields[name].label = f"{fields[name].label} ({settings.COMPANY_CURRENCY})"

    def whole(self) -> RateIn:
        """The form as the API takes it."""
        given = self.cleaned_data
        limit = given["cod_limit"]
        return msgspec.convert(
            {
                "carrier": given["carrier"],
                "service": given["service"],
                "to": {"country": given["country"], "region": given["region"]},
                "base": f"{given['base']:f}",
                "per_kg": f"{given['per_kg']:f}",
                "from": given["from_locations"],
                given["unit"]: [given["least"], given["most"]],
                "weekdays": given["weekdays"],
                "cod_limit": None if limit is None else f"{limit:f}",
                "zone": given["zone"],
                "tiers": _tiers(given["tiers"]),
                "step_g": given["step_g"] or 0,
                "max_parcel_g": given["max_parcel_g"],
                "divisor": given["divisor"],
                "km": None if given["km_to"] is None else [given["km_from"] or 0, given["km_to"]],
            },
            RateIn,
        )


def _tiers(typed: str) -> list[dict[str, Any]]:
    """ "1000: 5, 3000: 9" as steps; what is no step stays in them for the refusal."""
    steps: list[dict[str, Any]] = []
    for part in text.digits(typed).replace("،", ",").split(","):
        grams, _colon, price = part.partition(":")
        if part.strip():
            up_to = int(grams) if grams.strip().isdecimal() else 0
            steps.append({"up_to_g": up_to, "price": price.strip()})
    return steps


class RateFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(field_name="carrier", lookup_expr="icontains")

    class Meta:
        model = Rate
        fields: tuple[str, ...] = ()


LISTING = Listing(
    name="settings-rates",
    columns=(
        Column("carrier", gettext_lazy("Carrier"), sort="carrier", fixed=True),
        Column("service", gettext_lazy("Service"), sort="service"),
        Column("from", gettext_lazy("From")),
        Column("to", gettext_lazy("To"), sort="to_country"),
        Column("takes", gettext_lazy("Takes")),
        Column("base", gettext_lazy("Base price"), sort="base", numeric=True),
        Column("per_kg", gettext_lazy("Each kilogram"), numeric=True),
        Column("cod", gettext_lazy("Cash on delivery up to"), numeric=True),
    ),
    row_template="settings/_row.html",
    default_sort="carrier",
    filterset=RateFilter,
    search_label=gettext_lazy("Carrier"),
    empty_title=gettext_lazy("No shipping rates yet"),
    empty_text=gettext_lazy("Without one no order finds its way."),
    empty_icon="truck",
)


def _takes(rate: Rate) -> str:
    if rate.hours_max is not None:
        least, most = rate.hours_min, rate.hours_max
        words = ngettext("%(span)s hour", "%(span)s hours", most)
    else:
        least, most = rate.days_min, rate.days_max or 0
        words = ngettext("%(span)s day", "%(span)s days", most)
    return words % {"span": most if least == most else f"{least}–{most}"}


def _money(amount: Decimal | None) -> str:
    if amount is None:
        return ""
    return display.money(amount, settings.COMPANY_CURRENCY, get_language() or "en")


@staff_page(scope="rates:read", methods=("GET", "HEAD"))
def rates(request: Any) -> HttpResponseBase:
    writes = request.principal.may("rates:write")
    language = get_language() or "en"

    def cells(rate: Rate) -> dict[str, Cell]:
        href = reverse("settings-rate", args=[rate.pk]) if writes else ""
        place = display.country(rate.to_country, language)
        return {
            "carrier": Cell(carrier_name(rate.carrier) or _("By hand"), "text", "cell-id", href),
            "service": Cell(service_name(rate.service), "text", "cell-who"),
            "from": Cell(", ".join(rate.from_locations) or _("Everywhere")),
            "to": Cell(f"{place} · {rate.to_region}" if rate.to_region else place, "text", "cell-end"),
            "takes": Cell(_takes(rate)),
            "base": Cell(_money(rate.base), "amount", "cell-amount"),
            "per_kg": Cell(_money(rate.per_kg), "amount"),
            "cod": Cell(_money(rate.cod_limit), "amount"),
        }

    links = [Link(_("New rate"), reverse("settings-rate-new"))] if writes else []
    return list_page(request, LISTING, Rate.objects.all(), cells, title=_("Shipping rates"), links=links)


@staff_page(scope="rates:write")
def new_rate(request: Any) -> HttpResponseBase:
    form = RateForm(request.POST or None, initial={"country": "SA"})
    if _kept(form, request, None):
        return done(request, _("The rate is added."), reverse("settings-rates"))
    return form_page(
        request,
        form,
        title=_("New rate"),
        back=Link(_("Shipping rates"), reverse("settings-rates")),
        submit=_("Add the rate"),
    )


@staff_page(scope="rates:write")
def rate(request: Any, pk: int) -> HttpResponseBase:
    found = _get(pk)
    unit = "days" if found.hours_max is None else "hours"
    names = ("carrier", "service", "base", "per_kg", "cod_limit", "weekdays", "from_locations", *CARD)
    held = {name: getattr(found, name) for name in names}
    for name in ("base", "per_kg", "cod_limit"):
        held[name] = None if held[name] is None else f"{held[name].normalize():f}"
    held["tiers"] = ", ".join(f"{grams}: {Decimal(price).normalize():f}" for grams, price in found.tiers)
    held |= {"country": found.to_country, "region": found.to_region, "unit": unit}
    held |= {"least": getattr(found, f"{unit}_min"), "most": getattr(found, f"{unit}_max")}
    form = RateForm(request.POST or None, initial=held)
    if _kept(form, request, found):
        return done(request, _("The rate is saved."), reverse("settings-rates"))
    remove = Act(
        _("Remove"),
        "trash-2",
        reverse("settings-rate-remove", args=[pk]),
        "danger",
        _("No order is routed by it any more. Labels that were bought stay."),
    )
    return form_page(
        request,
        form,
        title=carrier_name(found.carrier) or _("By hand"),
        lead=service_name(found.service),
        back=Link(_("Shipping rates"), reverse("settings-rates")),
        submit=_("Keep"),
        acts=[remove],
    )


@staff_page(scope="rates:write", methods=("POST",))
def remove(request: Any, pk: int) -> HttpResponseBase:
    remove_rate(_get(pk), actor=request.principal.actor)
    return done(request, _("The rate is removed."), reverse("settings-rates"))


def _kept(form: RateForm, request: Any, held: Rate | None) -> bool:
    if request.method != "POST" or not form.is_valid():
        return False
    try:
        if held is None:
            add_rate(form.whole(), actor=request.principal.actor)
        else:
            change_rate(held, form.whole(), actor=request.principal.actor)
    except Problem as problem:
        tell_form(form, problem, FIELDS)
    except msgspec.ValidationError as error:
        form.add_error(None, str(error))
    return not form.errors


def _get(pk: int) -> Rate:
    found = Rate.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found
