"""How far it is, over the ground as the crow flies. Pure."""

from math import asin, cos, radians, sin, sqrt

EARTH_KM = 6371.0088


def km(
    latitude: float | None, longitude: float | None, to_latitude: float | None, to_longitude: float | None
) -> int | None:
    """Whole kilometres between two points; None where one of them is not known."""
    if latitude is None or longitude is None or to_latitude is None or to_longitude is None:
        return None
    here, there = radians(latitude), radians(to_latitude)
    across = sin(radians(to_longitude - longitude) / 2) ** 2
    chord = sin((there - here) / 2) ** 2 + cos(here) * cos(there) * across
    return round(2 * EARTH_KM * asin(min(1.0, sqrt(chord))))
