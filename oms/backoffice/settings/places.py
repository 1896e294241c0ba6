"""Locations: where stock lies, when it leaves, which is asked first."""

from typing import Any

import django_filters
import msgspec
from django import forms
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpResponseBase
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _

from inventory.documents import LocationIn
from inventory.locations import add_location, change_location, location_of
from inventory.models import Location
from oms.backoffice.settings.parts import Cell, Link, form_page, list_page
from oms.core import calendars, display, reading
from oms.core.address import Address, countries
from oms.core.badges import BADGES
from oms.core.day_fields import DaysField, HourField, hour_in_figures
from oms.core.errors import NotFound, Problem
from oms.core.fields import DecimalField, WholeField
from oms.core.listing import Column, Listing
from oms.core.pages import done, staff_page, tell_form, told
from oms.core.saying import of_shape

DAYS = [
    (0, gettext_lazy("Monday")),
    (1, gettext_lazy("Tuesday")),
    (2, gettext_lazy("Wednesday")),
    (3, gettext_lazy("Thursday")),
    (4, gettext_lazy("Friday")),
    (5, gettext_lazy("Saturday")),
    (6, gettext_lazy("Sunday")),
]


def days_of_week() -> list[tuple[int, Any]]:
    """From the day the reader's week begins with."""
    first, _off = calendars.week(get_language() or "en", reading.reader().time_zone)
    return [DAYS[(first + n) % 7] for n in range(7)]


WORDS = ("capabilities", "ships_to")
PARTS = ("line1", "line2", "district", "city", "region", "postal_code", "country", "phone")


class LocationForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code"), max_length=64, help_text=gettext_lazy("Short, as on papers. It stays.")
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=[(kind, known.text) for kind, known in BADGES["place"].items()]
    )
    line1 = forms.CharField(label=gettext_lazy("Address"), max_length=200)
    line2 = forms.CharField(label=gettext_lazy("Address, second line"), max_length=200, required=False)
    district = forms.CharField(label=gettext_lazy("District"), max_length=200, required=False)
    city = forms.CharField(label=gettext_lazy("City"), max_length=200)
    region = forms.CharField(label=gettext_lazy("Region"), max_length=200, required=False)
    postal_code = forms.CharField(label=gettext_lazy("Postal code"), max_length=32, required=False)
    country = forms.ChoiceField(label=gettext_lazy("Country"))
    phone = forms.CharField(
        label=gettext_lazy("Phone"),
        max_length=64,
        required=False,
        widget=forms.TextInput(attrs={"dir": "ltr", "inputmode": "tel"}),
    )
    priority = WholeField(
        label=gettext_lazy("Priority"), initial=100, help_text=gettext_lazy("The lowest is asked first.")
    )
    daily_capacity = WholeField(
        label=gettext_lazy("Parcels a day"),
        min_value=0,
        required=False,
        help_text=gettext_lazy("Empty: as many as come."),
    )
    cutoff = HourField(
        label=gettext_lazy("Cut-off"),
        initial="14:00",
        help_text=gettext_lazy("Orders after it leave on the next working day."),
    )
    timezone = forms.ChoiceField(label=gettext_lazy("Time zone"), initial="Asia/Riyadh")
    working_days = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Working days"),
        choices=DAYS,
        coerce=int,
        initial=list(range(7)),
        widget=forms.CheckboxSelectMultiple,
    )
    closed_on = DaysField(
        label=gettext_lazy("Closed on"),
        required=False,
        max_length=5000,
        help_text=gettext_lazy("Holidays, separated by commas."),
    )
    capabilities = forms.CharField(
        label=gettext_lazy("Can do"),
        required=False,
        max_length=2000,
        help_text=gettext_lazy(
            "What products may need, as they name it: engraving, gift_wrap. Commas between."
        ),
    )
    handling_cost = DecimalField(
        label=gettext_lazy("Cost of packing a parcel"),
        min_value=0,
        max_digits=18,
        decimal_places=4,
        required=False,
        help_text=gettext_lazy("Empty: the figure of the routing rule."),
    )
    ships_to = forms.CharField(
        label=gettext_lazy("Sends only to the countries"),
        required=False,
        max_length=1000,
        widget=forms.TextInput(attrs={"dir": "ltr"}),
        help_text=gettext_lazy("Codes such as SA, AE. Empty: to all that carriers serve."),
    )
    active = forms.BooleanField(
        label=gettext_lazy("Active"),
        required=False,
        initial=True,
        help_text=gettext_lazy("While it is off, no order is sent from here."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["country"].choices = [("", "–"), *countries(get_language() or "en")]
        fields["timezone"].choices = list(display.zones(get_language() or "en"))
        fields["working_days"].choices = days_of_week()
        label = fields["handling_cost"].label
        sign = display.currency_sign(settings.COMPANY_CURRENCY, get_language() or "en")
        fields["handling_cost"].label = f"{label} ({sign})"

    def whole(self, held: Location | None = None) -> LocationIn:
        """The form as the API takes it; what a page does not ask for stays as it is held."""
        given = self.cleaned_data
        old = held.address if held else {}
        kept = {name: old[name] for name in Address.__struct_fields__ if name in old and name not in PARTS}
        names = ("name", "kind", "priority", "daily_capacity", "timezone", "working_days", "active")
        return msgspec.convert(
            {name: given[name] for name in names}
            | {
                "code": held.code if held else given["code"],
                "cutoff": given["cutoff"].strftime("%H:%M"),
                "capabilities": _words(given["capabilities"]),
                "closed_on": [day.isoformat() for day in given["closed_on"]],
                "ships_to": [code.upper() for code in _words(given["ships_to"])],
                "handling_cost": None if given["handling_cost"] is None else f"{given['handling_cost']:f}",
                "address": kept | {name: given[name] for name in PARTS if given[name]},
            },
            LocationIn,
        )


def _words(typed: str) -> list[str]:
    """What stands between commas, Arabic ones too, each once."""
    return list(dict.fromkeys(word.strip() for word in typed.replace("،", ",").split(",") if word.strip()))


class LocationFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="look_up")

    class Meta:
        model = Location
        fields: tuple[str, ...] = ()

    def look_up(self, rows: "QuerySet[Location]", name: str, value: str) -> "QuerySet[Location]":
        return rows.filter(Q(name__icontains=value) | Q(code__icontains=value))


LISTING = Listing(
    name="settings-locations",
    columns=(
        Column("name", gettext_lazy("Location"), sort="name", fixed=True),
        Column("code", gettext_lazy("Code"), sort="code"),
        Column("kind", gettext_lazy("Kind")),
        Column("city", gettext_lazy("City")),
        Column("cutoff", gettext_lazy("Cut-off")),
        Column("priority", gettext_lazy("Priority"), sort="priority", numeric=True),
        Column("state", gettext_lazy("State")),
    ),
    row_template="settings/_row.html",
    default_sort="priority",
    filterset=LocationFilter,
    search_label=gettext_lazy("Name or code"),
    empty_title=gettext_lazy("No locations yet"),
    empty_text=gettext_lazy("Stock lies at a location; orders leave from it."),
    empty_icon="warehouse",
)


@staff_page(scope="locations:read", methods=("GET", "HEAD"))
def locations(request: Any) -> HttpResponseBase:
    writes = request.principal.may("locations:write")

    def cells(place: Location) -> dict[str, Cell]:
        href = reverse("settings-location", args=[place.code]) if writes else ""
        return {
            "name": Cell(place.name, "text", "cell-id", href),
            "code": Cell(place.code, "code", "cell-who"),
            "kind": Cell(place.kind, "place", "cell-end"),
            "city": Cell(place.address.get("city", "")),
            "cutoff": Cell(hour_in_figures(place.cutoff)),
            "priority": Cell(place.priority, "number"),
            "state": Cell(place.active, "active", "cell-state"),
        }

    links = []
    if writes:
        file = f"{reverse('import-new')}?kind=locations"
        links = [
            Link(pgettext("button", "Import"), file, "file-up", wide=True),
            Link(_("New location"), reverse("settings-location-new")),
        ]
    rows = request.principal.limit_to_locations(Location.objects.all(), "code")
    return list_page(request, LISTING, rows, cells, title=_("Locations"), links=links)


@staff_page(scope="locations:write")
def new_location(request: Any) -> HttpResponseBase:
    form = LocationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            add_location(location_of(form.whole()), actor=request.principal.actor)
        except Problem as problem:
            tell_form(form, problem)
        except msgspec.ValidationError as error:
            form.add_error(None, told(of_shape(str(error))))
        else:
            return done(request, _("The location is open."), reverse("settings-locations"))
    return form_page(
        request,
        form,
        title=_("New location"),
        back=Link(_("Locations"), reverse("settings-locations")),
        submit=_("Open the location"),
        pairs=True,
    )


@staff_page(scope="locations:write")
def location(request: Any, code: str) -> HttpResponseBase:
    found = _get(request, code)
    names = ("name", "kind", "priority", "daily_capacity", "cutoff", "timezone", "working_days", "active")
    held = {name: getattr(found, name) for name in (*names, "handling_cost")}
    held |= {name: ", ".join(map(str, getattr(found, name))) for name in WORDS}
    held["closed_on"] = found.closed_on
    held |= {name: found.address.get(name, "") for name in PARTS}
    form = LocationForm(request.POST or None, initial=held)
    del form.fields["code"]
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                locked = Location.objects.select_for_update(no_key=True).get(pk=found.pk)
                change_location(locked, form.whole(locked), actor=request.principal.actor)
        except Problem as problem:
            tell_form(form, problem)
        except msgspec.ValidationError as error:
            form.add_error(None, told(of_shape(str(error))))
        else:
            return done(request, _("The location is saved."), reverse("settings-locations"))
    return form_page(
        request,
        form,
        title=found.name,
        lead=found.code,
        back=Link(_("Locations"), reverse("settings-locations")),
        submit=_("Save"),
        pairs=True,
    )


def _get(request: Any, code: str) -> Location:
    rows = request.principal.limit_to_locations(Location.objects.filter(code=code), "code")
    found: Location | None = rows.first()
    if found is None:
        raise NotFound
    return found
