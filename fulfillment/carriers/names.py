"""Carriers and services as people call them, in the active language."""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

SERVICES = {
    "standard": gettext_lazy("Standard"),
    "express": gettext_lazy("Express"),
    "one_hour": gettext_lazy("Within an hour"),
    "same_day": gettext_lazy("Same day"),
    "next_day": gettext_lazy("Next day"),
    "pickup": gettext_lazy("Store pickup"),
}


def carrier_name(code: str) -> str:
    """ "own_fleet" is "Our own drivers"; a parcel staff hand over themselves names nobody."""
    if code == "own_fleet":
        return _("Our own drivers")
    return "" if code == "manual" else _readable(code)


def named_carrier(code: str) -> str:
    """For lists and choices, where none may stay without a name."""
    return carrier_name(code) or _("Handed over by hand")


def service_name(code: str) -> str:
    """The usual services by their names, any other as the rate spells it."""
    return str(SERVICES[code]) if code in SERVICES else _readable(code)


def _readable(code: str) -> str:
    """A code as a name: "aramex" is "Aramex", "dhl" is "DHL"; what staff wrote as a name stays."""
    if not re.fullmatch(r"[a-z0-9_]+", code):
        return code
    return code.upper() if len(code) <= 4 else code.replace("_", " ").title()
