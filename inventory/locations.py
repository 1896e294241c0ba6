"""Places that keep stock: opened and changed. A code stays what it was: rates and staff name it."""

import zoneinfo
from collections.abc import Sequence
from datetime import time
from decimal import Decimal
from functools import cache
from typing import Any

from django.conf import settings
from django.db import transaction

from inventory import news, storing
from inventory.documents import LocationIn, Money
from inventory.models import Location
from oms.core import address, money, text
from oms.core.errors import Conflict, Invalid, Problem
from oms.core.events import record
from oms.core.saying import said

# What no form of a location writes.
KEPT = frozenset({"id", "uid", "code", "created_at"})


@cache
def _timezones() -> frozenset[str]:
    """Read from the machine's zone files once: they are a tree of some hundred."""
    return frozenset(zoneinfo.available_timezones())


def location_of(form: LocationIn) -> Location:
    """A location not yet stored. Raises Invalid naming the field at fault."""
    if not form.code.isprintable() or form.code != form.code.strip():
        raise Invalid.at("/code", said("A code has 1 to 64 printable characters and no outer spaces."))
    timezone = form.timezone or "Asia/Riyadh"
    if timezone not in _timezones():
        raise Invalid.at("/timezone", said("A time zone is a name of the IANA list, such as Asia/Riyadh."))
    if len(set(form.working_days)) != len(form.working_days):
        raise Invalid.at("/working_days", said("A day is named once."))
    return Location(
        code=form.code,
        name=_clean(form.name, 200, "/name"),
        kind=form.kind,
        address=address.normalise(form.address),
        capabilities=[_clean(word, 64, f"/capabilities/{i}") for i, word in enumerate(form.capabilities)],
        priority=form.priority,
        daily_capacity=form.daily_capacity,
        cutoff=time.fromisoformat(form.cutoff or "14:00"),
        timezone=timezone,
        working_days=sorted(form.working_days),
        active=form.active,
        handling_cost=_cost(form.handling_cost),
        closed_on=sorted(set(form.closed_on)),
        ships_to=_countries(form.ships_to),
    )


@transaction.atomic
def add_location(location: Location, *, actor: str) -> Location:
    """Store a new location. Raises Conflict (`duplicate_code`)."""
    [refusal] = add_locations([location], actor=actor)
    if refusal is not None:
        raise refusal
    return location


@transaction.atomic
def add_locations(locations: Sequence[Location], *, actor: str) -> list[Problem | None]:
    """Store new locations; the answer tells, in their order, what refused each (None: stored)."""
    in_order = sorted(locations, key=lambda location: location.code)
    stored = storing.insert_new(in_order)
    added = [location for location in locations if location.uid in stored]
    if added:
        subject = f"location/{added[0].code}" if len(added) == 1 else "location/batch"
        data = _facts(added[0])
        if len(added) > 1:
            data["codes"] = [location.code for location in added]
        record("location.added", subject, actor=actor, data=data)
    return [None if location.uid in stored else _taken(location) for location in locations]


def _taken(location: Location) -> Conflict:
    detail = said("There is already a location %(code)s.", code=location.code)
    fault = {"pointer": "/code", "code": "duplicate_code", "detail": detail}
    return Conflict(detail, code="duplicate_code", errors=[fault])


@transaction.atomic
def change_location(location: Location, form: LocationIn, *, actor: str) -> Location:
    """Write a locked location anew from its whole form; code and id stay. Raises Invalid as the first time."""
    changed = location_of(form)
    switched = changed.active != location.active
    fields = [f.name for f in Location._meta.concrete_fields if f.name not in KEPT]
    for field in fields:
        setattr(location, field, getattr(changed, field))
    location.save(update_fields=fields)
    record("location.changed", f"location/{location.code}", actor=actor, data=_facts(location))
    if switched:
        news.touch_all_at(location.pk)
    return location


def _cost(given: Money | str | None) -> Decimal | None:
    if given is None:
        return None
    if isinstance(given, Money) and given.currency != settings.COMPANY_CURRENCY:
        raise Invalid.at(
            "/handling_cost/currency",
            said("Costs are in %(currency)s.", currency=settings.COMPANY_CURRENCY),
            "wrong_currency",
        )
    try:
        return money.parse_price(given.amount if isinstance(given, Money) else given)
    except ValueError as error:
        raise Invalid.at("/handling_cost", str(error)) from error


def _countries(given: list[str]) -> list[str]:
    for index, code in enumerate(given):
        if code not in address.COUNTRIES:
            raise Invalid.at(
                f"/ships_to/{index}", said("'%(code)s' is no country code of ISO 3166.", code=code)
            )
    return sorted(set(given))


def _facts(location: Location) -> dict[str, Any]:
    return {"id": str(location.uid), "number": location.code, "version": 1}


def _clean(given: str, length: int, pointer: str) -> str:
    try:
        return text.clean(given, length)
    except ValueError as error:
        raise Invalid.at(pointer, str(error)) from error
