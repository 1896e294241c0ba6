"""The company's clocks: by them a business day begins and ends, whoever works and whoever reads.

A worker runs on UTC and a page on its reader's clocks; neither says what day it is for goods, papers and promises.
"""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from oms.core import display


def zone() -> ZoneInfo:
    """The clocks themselves."""
    return ZoneInfo(settings.COMPANY_TIME_ZONE)


def clocks_in(country: str) -> ZoneInfo:
    """The clocks a customer in that country reads; the company's where we cannot tell."""
    return ZoneInfo(display.time_zone(country, settings.COMPANY_TIME_ZONE))


def today() -> date:
    """The company's day."""
    return timezone.localdate(timezone=zone())


def day_of(moment: datetime) -> date:
    """The company's day a moment falls on."""
    return timezone.localdate(moment, zone())


def midnight(day: date) -> datetime:
    """When a company's day begins."""
    return datetime.combine(day, time(), zone())
