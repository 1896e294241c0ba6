"""How the papers write addresses, weights and codes. Pure but for the words Babel knows."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from oms.core.display import country, digits, is_rtl, isolated, number


@dataclass(frozen=True)
class Address:
    """A postal address as the contract spells it; every field may be empty."""

    name: str = ""
    company: str = ""
    line1: str = ""
    line2: str = ""
    district: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""  # ISO 3166, two letters
    phone: str = ""
    short_address: str = ""


def address_of(given: Mapping[str, object], name: str = "", phone: str = "") -> Address:
    """A stored address, by its own name and phone where it has them."""
    known = {field: str(given.get(field) or "") for field in Address.__dataclass_fields__}
    return Address(**{**known, "name": known["name"] or name, "phone": known["phone"] or phone})


def line(text: str, letters: int = 80) -> str:
    """One line of somebody's text: cleaned, isolated, and cut before it crowds out the rest of the paper."""
    joined = " ".join(text.split())
    return isolated(joined if len(joined) <= letters else joined[: letters - 1] + "…")


def address_lines(address: Address, language: str) -> list[str]:
    """The address from the street to the country, each line isolated from the paper's direction."""
    comma = "، " if is_rtl(language) else ", "
    town = " ".join(filter(None, (address.city, address.postal_code)))
    lines = [
        address.company,
        address.line1,
        address.line2,
        address.district,
        comma.join(filter(None, (town, address.region if address.region != address.city else ""))),
        country(address.country, language) if address.country else "",
    ]
    return [line(part, 70) for part in lines if part.strip()]


def weight(grams: int | None, language: str) -> str:
    """ "1.4 kg" in the language, empty when unknown."""
    if not grams:
        return ""
    unit = {"ar": "كجم", "fa": "کیلوگرم"}.get(language[:2], "kg")
    return f"{number(Decimal(grams) / 1000, language)} {unit}"


def count(value: int, language: str) -> str:
    """A small whole number in the language's digits."""
    return digits(str(value), language)


def grouped(code: str) -> str:
    """A long code in fours, as people read it aloud; short ones and those with their own marks stay."""
    if len(code) < 10 or not code.isalnum():
        return code
    return "\u00a0".join(code[at : at + 4] for at in range(0, len(code), 4))


def size(measure: int, *steps: int) -> int:
    """Which of the stylesheet's sizes a text gets: 0 is the biggest, each step is a measure it outgrows."""
    return sum(measure > step for step in steps)


def rows(texts: list[str], width: int) -> int:
    """How many rows the texts take when about `width` letters fit in one."""
    return sum(max(1, -(-len(text) // width)) for text in texts)
