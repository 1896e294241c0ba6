"""A country as people write it: its ISO code, or its name in English, Arabic or Persian."""

from functools import cache

from babel import Locale

from oms.backoffice.importing.values import Unreadable
from oms.core import text
from oms.core.address import COUNTRIES

# What maps and officials call otherwise.
_SHORT = {
    "KSA": "SA",
    "Saudi": "SA",
    "السعودية": "SA",
    "المملكة": "SA",
    "عربستان": "SA",
    "UAE": "AE",
    "الإمارات": "AE",
    "امارات": "AE",
    "USA": "US",
    "UK": "GB",
}


@cache
def _names() -> dict[str, str]:
    names = {}
    for language in ("en", "ar", "fa"):
        for code, name in Locale(language).territories.items():
            if code in COUNTRIES:
                names[text.fold(name)] = code
    return names | {text.fold(name): code for name, code in _SHORT.items()}


def country(cell: str) -> str:
    """Its code of ISO 3166. Raises Unreadable."""
    code = cell.upper()
    if code in COUNTRIES:
        return code
    found = _names().get(text.fold(cell))
    if found is None:
        raise Unreadable("unknown_country", cell)
    return found
