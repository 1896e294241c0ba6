"""Carriers' zones: what a carrier calls some places of a country, for its rates to name."""

from typing import Any
from uuid import UUID

import django_filters
import msgspec
from django import forms
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.http import HttpResponseBase
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from fulfillment.carriers import CARRIERS
from fulfillment.carriers.names import named_carrier
from fulfillment.models import Rate, RateZone
from fulfillment.rate_documents import ZoneIn
from fulfillment.rates import remove_zone, set_zone
from oms.backoffice.settings.parts import Act, Cell, Link, form_page, list_page
from oms.core import display, text
from oms.core.address import countries
from oms.core.errors import NotFound, Problem
from oms.core.listing import Column, Listing
from oms.core.pages import done, staff_page, tell_form, told
from oms.core.reading import figure
from oms.core.saying import of_shape

SHOWN = 3
NATURAL = ("carrier", "country", "name")


class ZoneForm(forms.Form):
    """`held`: only what lies in it changes; its carrier, country and name are what rates know it by."""

    carrier = forms.ChoiceField(label=gettext_lazy("Carrier"))
    country = forms.ChoiceField(label=gettext_lazy("Country"), initial="SA")
    name = forms.CharField(
        label=gettext_lazy("Zone"),
        max_length=64,
        help_text=gettext_lazy("As the carrier calls it: A, 2, remote."),
    )
    places = forms.CharField(
        label=gettext_lazy("Cities, districts or regions"),
        required=False,
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("One a line, or with commas between them; in any spelling."),
    )
    postcodes = forms.CharField(
        label=gettext_lazy("Beginnings of postcodes"),
        required=False,
        max_length=40_000,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "ltr"}),
        help_text=gettext_lazy("11 is every postcode that begins with 11."),
    )

    def __init__(self, *args: Any, held: RateZone | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.held = held
        if held is not None:
            for name in NATURAL:
                del self.fields[name]
            return
        fields: Any = self.fields
        fields["carrier"].choices = [(code, named_carrier(code)) for code in sorted(CARRIERS)]
        fields["country"].choices = list(countries(get_language() or "en"))

    def whole(self) -> ZoneIn:
        """The form as the API takes it."""
        given = self.cleaned_data
        known = {name: getattr(self.held, name) if self.held else given[name] for name in NATURAL}
        words = {name: _words(given[name]) for name in ("places", "postcodes")}
        return msgspec.convert(known | words, ZoneIn)


def _words(typed: str) -> list[str]:
    """What stands on lines of its own or between commas, each once."""
    lines = text.digits(typed).replace("،", ",").replace(",", "\n").splitlines()
    return list(dict.fromkeys(word.strip() for word in lines if word.strip()))


class ZoneFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="look_up")

    class Meta:
        model = RateZone
        fields: tuple[str, ...] = ()

    def look_up(self, rows: "QuerySet[RateZone]", name: str, value: str) -> "QuerySet[RateZone]":
        return rows.filter(
            Q(name__icontains=value) | Q(carrier__icontains=value) | Q(places__contains=[value])
        )


LISTING = Listing(
    name="settings-zones",
    columns=(
        Column("name", gettext_lazy("Zone"), sort="name", fixed=True),
        Column("carrier", gettext_lazy("Carrier"), sort="carrier"),
        Column("country", gettext_lazy("Country"), sort="country"),
        Column("places", gettext_lazy("Cities and districts")),
        Column("postcodes", gettext_lazy("Beginnings of postcodes")),
        Column("rates", gettext_lazy("Rates"), numeric=True),
    ),
    row_template="settings/_row.html",
    default_sort="carrier",
    filterset=ZoneFilter,
    search_label=gettext_lazy("Zone, carrier or place"),
    empty_title=gettext_lazy("No zones yet"),
    empty_text=gettext_lazy("A carrier that charges by zones needs them before its rates."),
    empty_icon="map",
)


@staff_page(scope="rates:read", methods=("GET", "HEAD"))
def zones(request: Any) -> HttpResponseBase:
    writes = request.principal.may("rates:write")
    language = get_language() or "en"

    def cells(zone: Any) -> dict[str, Cell]:
        href = reverse("settings-zone", args=[zone.pk]) if writes else ""
        return {
            "name": Cell(zone.name, "text", "cell-id", href),
            "carrier": Cell(named_carrier(zone.carrier), "text", "cell-who"),
            "country": Cell(display.country(zone.country, language), "text", "cell-end"),
            "places": Cell(_first(zone.places), "words"),
            "postcodes": Cell(_first(zone.postcodes), "words"),
            "rates": Cell(zone.rates or 0, "number"),
        }

    links = [Link(_("New zone"), reverse("settings-zone-new"))] if writes else []
    named = Rate.objects.filter(
        carrier=OuterRef("carrier"), to_country=OuterRef("country"), zone=OuterRef("name")
    )
    counted = named.order_by().values("zone").annotate(rates=Count("pk")).values("rates")
    rows = RateZone.objects.annotate(rates=Subquery(counted)).order_by(F("carrier"), "country", "name")
    back = Link(_("Shipping rates"), reverse("settings-rates"))
    return list_page(request, LISTING, rows, cells, title=_("Zones"), links=links, back=back)


@staff_page(scope="rates:write")
def new_zone(request: Any) -> HttpResponseBase:
    form = ZoneForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        known = RateZone.objects.filter(**{name: given[name] for name in NATURAL})
        if known.exists():
            form.add_error("name", _("The carrier has this zone already."))
        elif _kept(form, request):
            return done(request, _("The zone is added."), reverse("settings-zones"))
    return form_page(request, form, title=_("New zone"), back=_back(), submit=_("Add the zone"))


@staff_page(scope="rates:write")
def zone(request: Any, pk: UUID) -> HttpResponseBase:
    found = _get(pk)
    held = {name: "\n".join(getattr(found, name)) for name in ("places", "postcodes")}
    form = ZoneForm(request.POST or None, initial=held, held=found)
    if request.method == "POST" and form.is_valid() and _kept(form, request):
        return done(request, _("The zone is saved."), reverse("settings-zones"))
    remove = Act(
        _("Remove"),
        "trash-2",
        reverse("settings-zone-remove", args=[pk]),
        "danger",
        _("A zone that no rate is for can go."),
    )
    country = display.country(found.country, get_language() or "en")
    return form_page(
        request,
        form,
        title=_("Zone %(name)s") % {"name": display.isolated(found.name)},
        lead=f"{named_carrier(found.carrier)} · {country}",
        back=_back(),
        submit=_("Save"),
        acts=[remove],
    )


@staff_page(scope="rates:write", methods=("POST",))
def remove(request: Any, pk: UUID) -> HttpResponseBase:
    remove_zone(_get(pk), actor=request.principal.actor)
    return done(request, _("The zone is removed."), reverse("settings-zones"))


def _kept(form: ZoneForm, request: Any) -> bool:
    try:
        set_zone(form.whole(), actor=request.principal.actor)
    except Problem as problem:
        tell_form(form, problem)
    except msgspec.ValidationError as error:
        form.add_error(None, told(of_shape(str(error))))
    return not form.errors


def _back() -> Link:
    return Link(_("Zones"), reverse("settings-zones"))


def _first(words: list[str]) -> str:
    """The first few, and how many more."""
    more = len(words) - SHOWN
    comma = display.comma(get_language() or "en")
    named = f"{comma} ".join(display.isolated(word) for word in words[:SHOWN])
    return named if more < 1 else _("%(named)s and %(count)s more") % {"named": named, "count": figure(more)}


def _get(pk: UUID) -> RateZone:
    found = RateZone.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found
