"""Places that keep stock: opened and changed. A code stays what it was: rates and staff name it."""

import zoneinfo
from datetime import time
from typing import Any

from django.db import transaction

from inventory.documents import LocationIn
from inventory.models import Location
from oms.core import address, text
from oms.core.errors import Conflict, Invalid
from oms.core.events import record


def location_of(form: LocationIn) -> Location:
    """A location not yet stored. Raises Invalid naming the field at fault."""
    if not form.code.isprintable() or form.code != form.code.strip():
        raise Invalid.at("/code", "A code has 1 to 64 printable characters and no outer spaces.")
    timezone = form.timezone or "Asia/Riyadh"
    if timezone not in zoneinfo.available_timezones():
        raise Invalid.at("/timezone", "A time zone is a name of the IANA list, such as Asia/Riyadh.")
    if len(set(form.working_days)) != len(form.working_days):
        raise Invalid.at("/working_days", "A day is named once.")
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
    )


@transaction.atomic
def add_location(location: Location, *, actor: str) -> Location:
    """Store a new location. Raises Conflict (`duplicate_code`)."""
    Location.objects.bulk_create([location], ignore_conflicts=True)
    if not Location.objects.filter(uid=location.uid).exists():
        detail = f"There is already a location {location.code}."
        fault = {"pointer": "/code", "code": "duplicate_code", "detail": detail}
        raise Conflict(detail, code="duplicate_code", errors=[fault])
    record("location.added", f"location/{location.code}", actor=actor, data=_facts(location))
    return location


@transaction.atomic
def change_location(location: Location, form: LocationIn, *, actor: str) -> Location:
    """Write a locked location anew from its whole form; code and id stay. Raises Invalid as the first time."""
    changed = location_of(form)
    fields = [
        f.name for f in Location._meta.concrete_fields if f.name not in ("id", "uid", "code", "created_at")
    ]
    for field in fields:
        setattr(location, field, getattr(changed, field))
    location.save(update_fields=fields)
    record("location.changed", f"location/{location.code}", actor=actor, data=_facts(location))
    return location


def _facts(location: Location) -> dict[str, Any]:
    return {"id": str(location.uid), "number": location.code, "version": 1}


def _clean(given: str, length: int, pointer: str) -> str:
    try:
        return text.clean(given, length)
    except ValueError as error:
        raise Invalid.at(pointer, str(error)) from error
