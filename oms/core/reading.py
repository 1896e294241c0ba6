"""How the person in front of the page reads: language, digits, calendar and clocks, for one request.

The display tags ask here. Outside a member of staff's request everything follows the language alone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils import timezone, translation

from oms.core import company, display
from oms.core.models import Calendar, Digits, User


@dataclass(frozen=True, slots=True)
class Reader:
    """`digits` and `calendar` as on User; "auto" follows the language."""

    digits: str = Digits.AUTO
    calendar: str = Calendar.AUTO
    time_zone: str = "UTC"


ANYONE = Reader()
_reader: ContextVar[Reader] = ContextVar("reader", default=ANYONE)


def reader() -> Reader:
    """Who reads now."""
    return _reader.get()


def figure(value: Decimal | int) -> str:
    """A number inside a sentence, in the reader's digits."""
    language = translation.get_language() or "en"
    return display.digits_for(display.number(value, language), language, reader().digits)


def typed(figure: object) -> str:
    """A figure that stands in a field, in the reader's digits."""
    return display.typed_figure(str(figure), translation.get_language() or "en", reader().digits)


@contextmanager
def reading_as(user: User) -> Iterator[Reader]:
    """The language, clocks and habits of a member of staff, until the block ends."""
    zone = _zone(user.time_zone)
    known = Reader(user.digits, user.calendar, zone.key)
    token = _reader.set(known)
    try:
        with translation.override(user.language), timezone.override(zone):
            yield known
    finally:
        _reader.reset(token)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name) if name else company.zone()
    except (ZoneInfoNotFoundError, ValueError):
        return company.zone()
