"""What staff type of a shipping rate: from where to where, at what price by weight, in how long, on which days."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec
from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from fulfillment.carriers import CARRIERS
from fulfillment.carriers.names import named_carrier
from fulfillment.models import Rate, RateZone
from fulfillment.rate_documents import RateIn
from inventory.line_forms import date_field
from inventory.models import Location
from oms.backoffice.settings.places import DAYS, days_of_week
from oms.core import display, money, text
from oms.core.address import countries
from oms.core.errors import Problem
from oms.core.fields import DecimalField, WholeField
from oms.core.pages import tell_form, told

UNITS = [("days", gettext_lazy("Days")), ("hours", gettext_lazy("Hours"))]
BLANKS = 2
MANY = 50
HEAVIEST = 10_000_000
# Shown one after another in a card of the page.
CARDS = {
    "price": ("base", "per_kg", "cod_limit"),
    "parcels": ("step_g", "max_parcel_g", "divisor"),
    "dates": ("valid_from", "valid_until"),
}
HELD = (
    *("carrier", "service", "base", "per_kg", "cod_limit", "weekdays", "from_locations"),
    *("step_g", "max_parcel_g", "divisor", "km_from", "km_to", "valid_from", "valid_until"),
)
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
    base = DecimalField(label=gettext_lazy("Base price"), min_value=0, max_digits=18)
    per_kg = DecimalField(label=gettext_lazy("Each kilogram"), min_value=0, max_digits=18)
    unit = forms.ChoiceField(label=gettext_lazy("Takes"), choices=UNITS)
    least = WholeField(label=gettext_lazy("At least"), min_value=0, max_value=1000)
    most = WholeField(label=gettext_lazy("At most"), min_value=0, max_value=1000)
    cod_limit = DecimalField(
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
    zone = forms.ChoiceField(
        label=gettext_lazy("The carrier's zone"),
        required=False,
        help_text=gettext_lazy("Only where it charges by zones."),
    )
    step_g = WholeField(
        label=gettext_lazy("Weight rounded up to (g)"),
        min_value=0,
        max_value=10_000_000,
        initial=0,
        required=False,
    )
    max_parcel_g = WholeField(
        label=gettext_lazy("Heaviest parcel (g)"),
        min_value=1,
        max_value=10_000_000,
        required=False,
        help_text=gettext_lazy("What is heavier goes as several. Empty: no limit."),
    )
    divisor = WholeField(
        label=gettext_lazy("Volume divisor (mm³ a gram)"),
        min_value=1,
        max_value=1_000_000,
        required=False,
        help_text=gettext_lazy("5000 is usual. Empty: volume does not count."),
    )
    km_from = WholeField(label=gettext_lazy("From so many km"), min_value=0, max_value=50_000, required=False)
    km_to = WholeField(label=gettext_lazy("Below so many km"), min_value=1, max_value=50_000, required=False)
    valid_from = date_field(gettext_lazy("Valid from"), gettext_lazy("Empty: at once."))
    valid_until = date_field(gettext_lazy("Valid until"), gettext_lazy("Empty: until it is changed."))
    from_locations = forms.MultipleChoiceField(
        label=gettext_lazy("From the locations"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None: from every location."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["carrier"].choices = [(code, named_carrier(code)) for code in sorted(CARRIERS)]
        fields["country"].choices = list(countries(get_language() or "en"))
        self.zones = {str(zone.pk): zone for zone in RateZone.objects.order_by("carrier", "country", "name")}
        fields["zone"].choices = [
            ("", _("Every zone")),
            *((pk, _called(zone)) for pk, zone in self.zones.items()),
        ]
        places = Location.objects.order_by("name").values_list("code", "name")
        fields["from_locations"].choices = list(places)
        fields["weekdays"].choices = days_of_week()
        sign = display.currency_sign(settings.COMPANY_CURRENCY, get_language() or "en")
        for name in ("base", "per_kg", "cod_limit"):
            fields[name].label = f"{fields[name].label} ({sign})"

    @classmethod
    def of(cls, held: Rate) -> dict[str, Any]:
        """What a stored rate puts into the fields."""
        unit = "days" if held.hours_max is None else "hours"
        facts = {name: getattr(held, name) for name in HELD}
        for name in ("base", "per_kg", "cod_limit"):
            facts[name] = None if facts[name] is None else f"{facts[name].normalize():f}"
        zone = RateZone.objects.filter(carrier=held.carrier, country=held.to_country, name=held.zone).first()
        return facts | {
            "country": held.to_country,
            "region": held.to_region,
            "zone": str(zone.pk) if zone else "",
            "unit": unit,
            "least": getattr(held, f"{unit}_min"),
            "most": getattr(held, f"{unit}_max"),
        }

    def cards(self) -> dict[str, list[forms.BoundField]]:
        return {name: [self[field] for field in fields] for name, fields in CARDS.items()}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        zone = self.zones.get(given.get("zone") or "")
        if zone is not None and (zone.carrier, zone.country) != (given.get("carrier"), given.get("country")):
            self.add_error("zone", _("It is another carrier's, or in another country."))
        return given

    def whole(self, tiers: Sequence[dict[str, Any]]) -> RateIn:
        """The form as the API takes it."""
        given = self.cleaned_data
        limit = given["cod_limit"]
        zone = self.zones.get(given["zone"])
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
                "zone": zone.name if zone else None,
                "tiers": list(tiers),
                "step_g": given["step_g"] or 0,
                "max_parcel_g": given["max_parcel_g"],
                "divisor": given["divisor"],
                "km": None if given["km_to"] is None else [given["km_from"] or 0, given["km_to"]],
                "valid_from": given["valid_from"],
                "valid_until": given["valid_until"],
            },
            RateIn,
        )


def _called(zone: RateZone) -> str:
    place = display.country(zone.country, get_language() or "en")
    return f"{zone.name} · {named_carrier(zone.carrier)} · {place}"


@dataclass(slots=True)
class Step:
    """A weight step as it was typed, and what is wrong with it."""

    up_to: str = ""
    price: str = ""
    error: str = ""

    @property
    def blank(self) -> bool:
        return not (self.up_to or self.price)


@dataclass
class Steps:
    """The weight steps of one form; without `data` they are what they were."""

    data: QueryDict | None = None
    held: Rate | None = None
    rows: list[Step] = field(default_factory=list)
    read: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.data is not None:
            typed = zip(
                self.data.getlist("up_to")[:MANY], self.data.getlist("step_price")[:MANY], strict=False
            )
            rows = [Step(*(cell.replace("\x00", "").strip()[:24] for cell in row)) for row in typed]
            self.rows = [row for row in rows if not row.blank]
        elif self.held is not None:
            self.rows = [
                Step(str(grams), f"{Decimal(price).normalize():f}") for grams, price in self.held.tiers
            ]

    def is_valid(self) -> bool:
        """Read each row; a wrong one says so."""
        for row in self.rows:
            grams = text.figure(row.up_to)
            if not (grams.isascii() and grams.isdigit() and 1 <= int(grams) <= HEAVIEST):
                row.error = _("Up to how many grams?")
                continue
            try:
                price = text.figure(row.price) or "?"
                money.parse_amount(price, settings.COMPANY_CURRENCY)
            except ValueError as error:
                row.error = told(error)
            else:
                self.read.append({"up_to_g": int(grams), "price": price})
        return not any(row.error for row in self.rows)

    def shown(self) -> list[Step]:
        """With blank rows to type in."""
        return self.rows + [Step() for _ in range(BLANKS)]


def tell_rate(form: RateForm, steps: Steps, problem: Problem) -> None:
    """A refusal beside the step or the field it is about."""
    for error in problem.errors:
        _empty, _slash, rest = str(error.get("pointer", "")).partition("/tiers/")
        place = rest.partition("/")[0]
        if place.isdigit() and int(place) < len(steps.rows):
            steps.rows[int(place)].error = told(error["detail"])
            return
    tell_form(form, problem, FIELDS)
