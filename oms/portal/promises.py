"""When a parcel comes, on the clocks and in the calendar of who waits for it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from oms.core import display
from oms.portal.facts import GONE_WRONG, ParcelFacts


def promise(parcels: Sequence[ParcelFacts], timezone: str, now: datetime) -> str:
    """When these parcels arrive: hours of one day, a day, or a span of days; empty when unknown or past."""
    known = [parcel for parcel in parcels if parcel.latest and parcel.state not in GONE_WRONG | {"delivered"}]
    if not known:
        return ""
    zone = ZoneInfo(timezone)
    latest = max(parcel.latest for parcel in known if parcel.latest).astimezone(zone)
    earliest = min(parcel.earliest or parcel.latest for parcel in known if parcel.latest).astimezone(zone)
    if latest < now:
        return ""
    language = get_language() or "en"
    last = display.day(latest.date(), language, year=False)
    if earliest.date() != latest.date():
        first = display.day(earliest.date(), language, year=False)
        return _("%(first)s to %(last)s") % {"first": first, "last": last}
    if timedelta(0) < latest - earliest <= timedelta(hours=12):
        hours = {
            "day": last,
            "start": display.clock(earliest, language, timezone=timezone),
            "end": display.clock(latest, language, timezone=timezone),
        }
        return _("%(day)s, between %(start)s and %(end)s") % hours
    return last


def days_until(parcels: Sequence[ParcelFacts], timezone: str, now: datetime) -> int | None:
    """Days to the last promised moment; None when unknown or past."""
    zone = ZoneInfo(timezone)
    promised = [parcel.latest for parcel in parcels if parcel.latest]
    if not promised or max(promised) < now:
        return None
    return (max(promised).astimezone(zone).date() - now.astimezone(zone).date()).days


def is_late(parcel: ParcelFacts, now: datetime) -> bool:
    """The promised moment has passed."""
    return parcel.latest is not None and parcel.latest < now


def day_and_hour(at: datetime, timezone: str) -> str:
    """A moment of the past: "Monday, 23 November at 16:12"."""
    language = get_language() or "en"
    day = display.day(at.astimezone(ZoneInfo(timezone)).date(), language, year=False)
    return _("%(day)s at %(hour)s") % {
        "day": day,
        "hour": display.clock(at, language, timezone=timezone),
    }
