"""What the name of a service promises: the moment it has to be there."""

from datetime import datetime, time, timedelta

from oms.core import company

# The day counted from the order's on which each has to arrive, on the receiver's clocks; others promise a rate's days.
ARRIVES = {"one_hour": 0, "same_day": 0, "next_day": 1}


def deadline(service: str, country: str, at: datetime) -> datetime | None:
    """The end of the day on which an order of `at` has to be there, as far as the service's name says so."""
    if service not in ARRIVES:
        return None
    zone = company.clocks_in(country)
    day = at.astimezone(zone).date() + timedelta(days=ARRIVES[service])
    return datetime.combine(day, time(23, 59, 59), zone)
