"""A postal address: its form at every door, how it is stored, and what makes one undeliverable. Pure.

An empty string is the same as an absent field. Phone, postcode and short address fold Arabic and Persian
digits; everything else stays as it was sent, without outer spaces.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any

import msgspec
import phonenumbers

from oms.core import display, text
from oms.core.errors import Invalid
from oms.core.saying import said

# ISO 3166-1, and XK, which carriers and phones know though the list does not.
COUNTRIES = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW
    BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI
    FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN
    IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME
    MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF
    PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV
    SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK
    YE YT ZA ZM ZW
    """.split()
)


@lru_cache(maxsize=4)
def countries(language: str) -> tuple[tuple[str, str], ...]:
    """Every country by its name in the language: choices of a field."""
    named = [(code, display.country(code, language)) for code in COUNTRIES]
    return tuple(sorted(named, key=lambda each: each[1]))


Needed = Annotated[str, msgspec.Meta(max_length=200, pattern=r"\S")]
Text = Annotated[str, msgspec.Meta(max_length=200)] | None
Short = Annotated[str, msgspec.Meta(max_length=32)] | None
_SPACES = str.maketrans("\r\n\t", "   ")


class Address(msgspec.Struct, forbid_unknown_fields=True):
    """As a client sends it. `country` is ISO 3166 alpha-2 in either case; latitude and longitude in degrees."""

    line1: Needed
    city: Needed
    country: Annotated[str, msgspec.Meta(pattern="^[A-Za-z]{2}$", description="ISO 3166-1 alpha-2.")]
    name: Text = None
    company: Text = None
    line2: Text = None
    district: Text = None
    region: Text = None
    postal_code: Short = None
    phone: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    short_address: Short = None
    latitude: Annotated[float, msgspec.Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, msgspec.Meta(ge=-180, le=180)] | None = None


def normalise(address: Address, pointer: str = "/address") -> dict[str, Any]:
    """What is stored: the present fields alone, folded. Raises Invalid naming the field under `pointer`."""
    country = address.country.upper()
    if country not in COUNTRIES:
        raise Invalid.at(
            f"{pointer}/country", said("'%(country)s' is no country code of ISO 3166.", country=country)
        )
    stored: dict[str, Any] = {}
    for field in ("name", "company", "line1", "line2", "district", "city", "region"):
        given = getattr(address, field)
        if given:
            stored[field] = _clean(given, 200, f"{pointer}/{field}")
    stored["country"] = country
    if address.postal_code:
        stored["postal_code"] = text.postcode(
            _clean(address.postal_code, 32, f"{pointer}/postal_code"), country
        )
    if address.phone:
        stored["phone"] = text.digits(_clean(address.phone, 64, f"{pointer}/phone"))
    if address.short_address:
        given = _clean(address.short_address, 32, f"{pointer}/short_address")
        stored["short_address"] = text.short_address(given)
    # Platforms fill unknown places with 0,0, a spot in the Atlantic: no place is better than a wrong one.
    if (
        address.latitude is not None
        and address.longitude is not None
        and (address.latitude or address.longitude)
    ):
        stored["latitude"], stored["longitude"] = address.latitude, address.longitude
    return {field: value for field, value in stored.items() if value != ""}


# What is found wrong with an address, kept in English; pages say it in their reader's language.
SAUDI_SHORT = said("A Saudi short address is four letters and four digits.")
IRANIAN_POSTCODE = said("An Iranian postcode has ten digits.")
UNDIALLED = said("This phone number cannot be dialled.")
FAULTS = (SAUDI_SHORT, IRANIAN_POSTCODE, UNDIALLED)


def faults_in(note: str) -> list[str]:
    """The sentences of `problems` a note is made of; none when somebody wrote it in their own words."""
    found, rest = [], note
    while rest:
        fault = next((each for each in FAULTS if rest.startswith(each)), "")
        if not fault:
            return []
        found.append(fault)
        rest = rest.removeprefix(fault).lstrip()
    return found


def problems(address: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Why a carrier could not deliver to a stored address: (field, sentence) each; empty when it looks good."""
    found: list[tuple[str, str]] = []
    country = address.get("country", "")
    short = address.get("short_address", "")
    if short and country == "SA" and not text.is_saudi_short_address(short):
        found.append(("short_address", SAUDI_SHORT))
    postcode = address.get("postal_code", "")
    if postcode and country == "IR" and not text.is_iranian_postcode(postcode):
        found.append(("postal_code", IRANIAN_POSTCODE))
    phone = address.get("phone", "")
    if phone and not _dialable(phone, country):
        found.append(("phone", UNDIALLED))
    return found


def _clean(given: str, length: int, pointer: str) -> str:
    try:
        return text.clean(given if given.isprintable() else given.translate(_SPACES), length)
    except ValueError as error:
        raise Invalid.at(pointer, str(error)) from error


def _dialable(phone: str, country: str) -> bool:
    key = text.phone_key(phone, country)
    if not key.startswith("+"):
        return False
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(key))
    except phonenumbers.NumberParseException:
        return False
