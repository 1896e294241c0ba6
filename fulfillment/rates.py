"""What carriers ask: the rates the company has agreed, kept as facts for routing and labels."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from fulfillment import carriers
from fulfillment.models import Rate, RateZone
from fulfillment.rate_documents import MoneyIn, RateIn, ZoneIn
from inventory.models import Location
from oms.core import company, events, money, text
from oms.core.errors import Conflict, Invalid
from oms.core.saying import said


@transaction.atomic
def add_rate(form: RateIn, *, actor: str) -> Rate:
    """A new rate. Amounts in the company's currency.

    Raises Invalid naming the field: `unknown_carrier`, `unknown_location`, not exactly one of days and hours.
    """
    rate = Rate.objects.create(**_given(form))
    _record("rate.added", rate, actor)
    return rate


@transaction.atomic
def change_rate(rate: Rate, form: RateIn, *, actor: str) -> Rate:
    """Write a rate anew from its whole form; what was routed by it stays as it was. Raises as `add_rate`."""
    given = _given(form)
    for field, value in given.items():
        setattr(rate, field, value)
    rate.save(update_fields=list(given))
    _record("rate.changed", rate, actor)
    return rate


@transaction.atomic
def remove_rate(rate: Rate, *, actor: str) -> None:
    """Nothing is routed by it any more; labels that were bought stay."""
    _record("rate.removed", rate, actor)
    rate.delete()


def valid(on: date | None = None) -> "QuerySet[Rate]":
    """The rates that count on a day (None: the company's today)."""
    day = on or company.today()
    begun = Q(valid_from=None) | Q(valid_from__lte=day)
    return Rate.objects.filter(begun & (Q(valid_until=None) | Q(valid_until__gte=day)))


def state_on(rate: Rate, day: date) -> str:
    """ "on", "later" or "over"."""
    if rate.valid_from is not None and day < rate.valid_from:
        return "later"
    return "over" if rate.valid_until is not None and day > rate.valid_until else "on"


def _given(form: RateIn) -> dict[str, Any]:
    if form.carrier not in carriers.CARRIERS:
        known = ", ".join(sorted(carriers.CARRIERS))
        raise Invalid.at(
            "/carrier", f"There is no carrier {form.carrier}. Known: {known}.", "unknown_carrier"
        )
    if (form.days is None) == (form.hours is None):
        raise Invalid.at("/days", said("Give either days or hours: [least, most]."), "days_or_hours")
    for name, ends in (("/days", form.days), ("/hours", form.hours)):
        if ends is not None and ends[0] > ends[1]:
            raise Invalid.at(name, said("The first is the least, the second the most."))
    if form.valid_from and form.valid_until and form.valid_until < form.valid_from:
        raise Invalid.at("/valid_until", said("It ends after it starts."))
    found = set(Location.objects.filter(code__in=form.from_).values_list("code", flat=True))
    for index, code in enumerate(form.from_):
        if code not in found:
            raise Invalid.at(
                f"/from/{index}", said("There is no location %(code)s.", code=code), "unknown_location"
            )
    days: Sequence[int | None] = form.days or (None, None)
    hours: Sequence[int | None] = form.hours or (None, None)
    return {
        "carrier": form.carrier,
        "service": _clean("/service", form.service, 64),
        "from_locations": list(dict.fromkeys(form.from_)),
        "to_country": form.to.country,
        "to_region": _clean("/to/region", form.to.region or "", 100),
        "base": _amount("/base", form.base),
        "per_kg": _amount("/per_kg", form.per_kg),
        "days_min": days[0],
        "days_max": days[1],
        "hours_min": hours[0],
        "hours_max": hours[1],
        "weekdays": sorted(set(form.weekdays or [])),
        "cod_limit": None if form.cod_limit is None else _amount("/cod_limit", form.cod_limit),
        "zone": _zone(form),
        "km_from": None if form.km is None else form.km[0],
        "km_to": None if form.km is None else form.km[1],
        "tiers": _tiers(form),
        "step_g": form.step_g,
        "max_parcel_g": form.max_parcel_g,
        "divisor": form.divisor,
        "valid_from": form.valid_from,
        "valid_until": form.valid_until,
    }


def _zone(form: RateIn) -> str:
    name = _clean("/zone", form.zone or "", 64)
    known = RateZone.objects.filter(carrier=form.carrier, country=form.to.country, name=name)
    if name and not known.exists():
        detail = said(
            "%(carrier)s has no zone %(name)s in %(country)s.",
            carrier=form.carrier,
            name=name,
            country=form.to.country,
        )
        raise Invalid.at("/zone", detail, "unknown_zone")
    if form.km is not None and form.km[0] >= form.km[1]:
        raise Invalid.at("/km", said("The first is where it begins, the second where it ends."))
    return name


def _tiers(form: RateIn) -> list[list[Any]]:
    """Steps ascending in weight and price. Raises Invalid for one that repeats, goes back or gets cheaper."""
    steps: list[list[Any]] = []
    dearest = Decimal(0)
    for n, tier in enumerate(form.tiers):
        if steps and tier.up_to_g <= steps[-1][0]:
            raise Invalid.at(f"/tiers/{n}/up_to_g", said("Each step goes further than the one before."))
        price = _amount(f"/tiers/{n}/price", tier.price)
        if price < dearest:
            raise Invalid.at(f"/tiers/{n}/price", said("A heavier parcel costs no less than a lighter one."))
        dearest = price
        steps.append([tier.up_to_g, str(price)])
    return steps


@transaction.atomic
def set_zone(form: ZoneIn, *, actor: str) -> RateZone:
    """A carrier's zone, new or written anew. Raises Invalid (`unknown_carrier`, a zone without places)."""
    if form.carrier not in carriers.CARRIERS:
        raise Invalid.at("/carrier", f"There is no carrier {form.carrier}.", "unknown_carrier")
    if not form.places and not form.postcodes:
        raise Invalid.at("/places", said("A zone names places or postcodes."), "required")
    places = [_clean(f"/places/{n}", place, 100) for n, place in enumerate(form.places)]
    starts = [text.postcode(code, form.country) for code in form.postcodes]
    zone, _ = RateZone.objects.update_or_create(
        carrier=form.carrier,
        country=form.country,
        name=_clean("/name", form.name, 64),
        defaults={"places": list(dict.fromkeys(places)), "postcodes": list(dict.fromkeys(starts))},
    )
    data = {"id": str(zone.pk), "number": zone.name, "version": 1, "carrier": zone.carrier}
    events.record("rate_zone.set", f"rate_zone/{zone.pk}", actor=actor, data=data)
    return zone


@transaction.atomic
def remove_zone(zone: RateZone, *, actor: str) -> None:
    """Raises Conflict `zone_in_use` while a rate of its carrier names it: it would reach nobody any more."""
    rates = Rate.objects.filter(carrier=zone.carrier, to_country=zone.country, zone=zone.name)
    if rates.exists():
        raise Conflict(said("A rate is for this zone. Change the rate first."), code="zone_in_use")
    data = {"id": str(zone.pk), "number": zone.name, "version": 1, "carrier": zone.carrier}
    events.record("rate_zone.removed", f"rate_zone/{zone.pk}", actor=actor, data=data)
    zone.delete()


def _record(kind: str, rate: Rate, actor: str) -> None:
    data = {"id": str(rate.uid), "number": str(rate.pk), "version": 1, "carrier": rate.carrier}
    events.record(kind, f"rate/{rate.pk}", actor=actor, data=data)


def _amount(pointer: str, given: MoneyIn | str) -> Decimal:
    text_of = given
    if isinstance(given, MoneyIn):
        if given.currency != settings.COMPANY_CURRENCY:
            raise Invalid.at(
                f"{pointer}/currency",
                said("Rates are in %(currency)s.", currency=settings.COMPANY_CURRENCY),
                "wrong_currency",
            )
        text_of = given.amount
    try:
        return money.parse_amount(text_of, settings.COMPANY_CURRENCY)
    except ValueError as error:
        raise Invalid.at(pointer, str(error)) from error


def _clean(pointer: str, given: str, length: int) -> str:
    try:
        return text.clean(given, length)
    except ValueError as error:
        raise Invalid.at(pointer, str(error)) from error
