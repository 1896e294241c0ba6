"""Cut-offs, working days and promise windows. Pure.

Times of day are the sending location's: the destination's zone is not known, and inside the countries a
rate serves the difference is at most an hour or two of a window that is days wide.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from fulfillment.routing.trace import Window
from fulfillment.routing.types import LocationState, Rate

# Services counted in hours run while the location works: from here to its cut-off.
OPENS = time(9, 0)
# A carrier's delivery day.
DELIVERS_FROM = time(9, 0)
DELIVERS_UNTIL = time(21, 0)
# A location that does not work for so long is closed.
CLOSED_DAYS = 31

_DAY = timedelta(days=1)


def working_day(location: LocationState, now: datetime) -> date:
    """The local day on which an order of now leaves: today up to the cut-off, else the next one worked."""
    return _leaves(location.cutoff, location.timezone, location.working_days, location.closed_on, now)


@lru_cache(maxsize=4096)
def _leaves(
    cutoff: time, timezone: str, working_days: frozenset[int], closed_on: frozenset[date], now: datetime
) -> date:
    local = now.astimezone(ZoneInfo(timezone))
    day = local.date()
    if local.time() > cutoff:
        day += _DAY
    return _opens(working_days, closed_on, day) or day


def is_closed(location: LocationState, now: datetime) -> bool:
    """Whether it works on no day of the coming month."""
    day = now.astimezone(ZoneInfo(location.timezone)).date()
    return _opens(location.working_days, location.closed_on, day) is None


def works_today(location: LocationState, now: datetime) -> bool:
    day = now.astimezone(ZoneInfo(location.timezone)).date()
    return _opens(location.working_days, location.closed_on, day) == day


def past_cutoff(location: LocationState, now: datetime) -> bool:
    return now.astimezone(ZoneInfo(location.timezone)).time() > location.cutoff


def local_day(location: LocationState, moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(location.timezone)).date()


def window(location: LocationState, rate: Rate, now: datetime) -> Window:
    """When a parcel of this rate leaves and arrives.

    Days: it leaves at the cut-off; transit days are counted on the carrier's delivery days; it arrives
    between 9:00 and 21:00. Hours: it leaves at once while the location works, else when it opens next.
    """
    day = working_day(location, now)
    return _window(day, location.cutoff, location.timezone, rate.days, rate.hours, rate.weekdays, now)


@lru_cache(maxsize=16384)
def _window(
    day: date,
    cutoff: time,
    timezone: str,
    days: tuple[int, int] | None,
    hours: tuple[int, int] | None,
    weekdays: frozenset[int],
    now: datetime,
) -> Window:
    zone = ZoneInfo(timezone)
    if hours is not None:
        opens = datetime.combine(day, min(OPENS, cutoff), zone)
        leaves = max(now.astimezone(UTC), opens.astimezone(UTC))
        soonest, latest = (leaves + timedelta(hours=each) for each in hours)
        # A fast ride makes up for what the packing took.
        return Window(leaves, soonest, latest, leaves + (latest - soonest))
    leaves = datetime.combine(day, cutoff, zone).astimezone(UTC)
    least, most = days or (0, 0)
    first = _transit(day, least, weekdays)
    last = _transit(day, most, weekdays)
    return Window(
        leaves,
        max(leaves, datetime.combine(first, DELIVERS_FROM, zone).astimezone(UTC)),
        max(leaves, datetime.combine(last, DELIVERS_UNTIL, zone).astimezone(UTC)),
        leaves,
    )


def late_days(latest: datetime, promised: datetime | None) -> int:
    """Started days after the promise."""
    if promised is None or latest <= promised:
        return 0
    return -((promised - latest) // _DAY)


def _opens(working_days: frozenset[int], closed_on: frozenset[date], day: date) -> date | None:
    """This day or the first after it that is worked."""
    if not closed_on:
        return _first(day, working_days)
    for ahead in range(CLOSED_DAYS):
        on = day + ahead * _DAY
        if on not in closed_on and (not working_days or on.weekday() in working_days):
            return on
    return None


def _first(day: date, weekdays: frozenset[int]) -> date:
    """This day or the first after it that is among the weekdays; none named: any day."""
    for ahead in range(7):
        if (day + ahead * _DAY).weekday() in weekdays:
            return day + ahead * _DAY
    return day


def _transit(day: date, days: int, weekdays: frozenset[int]) -> date:
    """The day after so many delivery days; with none named every day is one."""
    if not weekdays:
        return day + days * _DAY
    for _ in range(days):
        day = _first(day + _DAY, weekdays)
    return _first(day, weekdays)
