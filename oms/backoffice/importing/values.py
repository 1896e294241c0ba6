"""Cells as people and Excel write them: digits of three scripts, units, dates in any calendar, yes and no. Pure.

Each reader takes a cell's text and gives a value, or raises `Unreadable` with a stable code.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

import jdatetime

from oms.core import text

Reader = Callable[[str], Any]


class Unreadable(ValueError):
    """A cell that is not what its column holds; `code` has its sentence in `wording`."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail or code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Measure:
    """A physical size: how many of the stored unit one of each written unit is."""

    units: Mapping[str, Decimal]

    def unit_in(self, heading: str) -> Decimal | None:
        """The unit a heading names: "Weight (kg)", "weight_kg"."""
        for word in re.split(r"[^\w]+|_", text.fold(heading)):
            if word in self.units:
                return self.units[word]
        return None


def _units(table: Mapping[str, str]) -> dict[str, Decimal]:
    return {text.fold(word): Decimal(one) for one, words in table.items() for word in words.split()}


WEIGHT = Measure(
    _units(
        {
            "1": "g gr gm gram grams جم جرام غ غم غرام گرم گ",
            "1000": "kg kgs kilo kilos kilogram kilograms كجم كغ كغم كيلو كيلوجرام كيلوغرام ک کیلو کیلوگرم",
            "0.001": "mg",
            "453.59237": "lb lbs pound pounds رطل",
            "28.349523125": "oz ounce ounces",
        }
    )
)
LENGTH = Measure(
    _units(
        {
            "1": "mm millimetre millimetres مم ملم مليمتر میلیمتر",
            "10": "cm centimetre centimetres سم سنتيمتر سانتیمتر سانت",
            "1000": "m metre metres meter meters م متر",
            "25.4": "in inch inches بوصة اینچ",
        }
    )
)

YES = frozenset(map(text.fold, "1 true yes y on x ✓ ✔ نعم صح صحيح بله آری بلی allow سماح مجاز".split()))
NO = frozenset(map(text.fold, "0 false no n off - ✗ لا خطأ خیر نه deny منع".split()))

# What hides in cells: no-break spaces, direction marks, the mark that makes Excel keep a number as text.
_SPACES = dict.fromkeys(map(ord, "\u00a0\u202f\u2007\u2009"), " ")
_MARKS = dict.fromkeys(
    [0x061C, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF]
)
_FIGURE = re.compile(
    r"(?P<before>[^\d+\-]*?)\s*(?P<sign>[+-]?)\s*(?P<figure>\d[\d.,\s]*|[.,]\d+)(?P<power>[eE][+-]?\d{1,2})?\s*(?P<after>[^\d]*)"
)
_SHORTENED = re.compile(r"\d([.,]\d+)?[eE]\+\d+")
_GROUPED = re.compile(r"\d{1,3}([.,]\d{3})+")
_DAY = re.compile(
    r"(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})"
    r"(?:[T ,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([AaPp][Mm]|ص|م|ق\.?ظ|ب\.?ظ)?)?"
)
# Days of the spreadsheet's calendar that are plausible: 1954 to 2119.
_SERIAL = re.compile(r"\d{5}(\.\d+)?")
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  a spreadsheet's day zero, on nobody's clocks
FORMULA_ERRORS = frozenset("#N/A #REF! #VALUE! #DIV/0! #NAME? #NULL! #NUM! #SPILL! #CALC!".split())
# A formula whose result the file does not hold; no cell's text can look like it.
UNCOUNTED = "\x00formula"


def tidy(cell: str) -> str:
    """The cell without what nobody sees, and without the apostrophe that shields it from being a formula."""
    if not cell.isascii():
        cell = cell.translate(_SPACES).translate(_MARKS)
    cell = cell.strip()
    if cell[:1] == "'" and cell[1:2] in ("=", "+", "-", "@", "'"):
        cell = cell[1:]
    if cell.startswith("#") and cell in FORMULA_ERRORS:
        raise Unreadable("formula_error", cell)
    if cell == UNCOUNTED:
        raise Unreadable("formula_uncounted")
    return cell


def words(cell: str) -> str:
    """Any text."""
    return cell


def code(cell: str) -> str:
    """A SKU, a barcode, a number of a document, in any digits: refuses what Excel has shortened beyond repair."""
    if _SHORTENED.fullmatch(cell):
        raise Unreadable("shortened", cell)
    return text.digits(cell)


def number(cell: str) -> Decimal:
    """A figure in any digits, with separators as people write them."""
    figure, before, after = _parts(cell)
    if before or after:
        raise Unreadable("not_a_number", cell)
    return figure


def whole(cell: str) -> int:
    """A whole number; "1.000" is refused, because half of the world means a thousand by it."""
    if _GROUPED.fullmatch(text.digits(cell)) and "," not in cell:
        raise Unreadable("ambiguous_number", cell)
    figure = number(cell)
    if figure != figure.to_integral_value():
        raise Unreadable("not_whole", cell)
    return int(figure)


def amount(cell: str) -> str:
    """Money as the API writes it; a currency's name beside it is let be."""
    figure, _before, _after = _parts(cell)
    if figure < 0:
        raise Unreadable("negative", cell)
    return format(figure, "f")


def rate(cell: str) -> str:
    """A share of one: "0.15" and "15%" are the same."""
    bare = cell.replace("٪", "%").strip()
    if bare.endswith("%") or bare.startswith("%"):
        return format(number(bare.strip("% ")) / 100, "f")
    return amount(cell)


def measure(what: Measure, heading: str) -> Reader:
    """A weight or a length in the stored unit: by the cell's own unit, else the heading's, else the stored one."""
    usual = what.unit_in(heading) or Decimal(1)

    def read(cell: str) -> int:
        figure, before, after = _parts(cell)
        word = text.fold(after or before).replace("\u200c", "").strip(". ")
        unit = what.units.get(word) if word else usual
        if unit is None:
            raise Unreadable("unknown_unit", cell)
        if figure < 0:
            raise Unreadable("negative", cell)
        return int((figure * unit).quantize(Decimal(1), ROUND_HALF_UP))

    return read


def yes_or_no(cell: str) -> bool:
    folded = text.fold(cell)
    if folded in YES:
        return True
    if folded in NO:
        return False
    raise Unreadable("not_yes_or_no", cell)


def one_of(table: Mapping[str, str]) -> Reader:
    """One of a few words; `table` holds each meaning with the words for it in three languages."""
    known = {
        text.fold(word): meaning for meaning, said in table.items() for word in [meaning, *said.split("|")]
    }

    def read(cell: str) -> str:
        found = known.get(text.fold(cell)) or known.get(text.fold(cell).replace(" ", "_"))
        if found is None:
            raise Unreadable("not_a_choice", ", ".join(table))
        return found

    return read


def several(cell: str) -> list[str]:
    """Words with commas or semicolons between them, of either script."""
    return [part.strip() for part in re.split(r"[,;،؛|\n]", cell) if part.strip()]


def parts(cell: str) -> list[dict[str, Any]]:
    """A bundle's parts: "SKU:2; SKU:1"; without a quantity it is one."""
    found = []
    for part in re.split(r"[;؛\n]", cell):
        if not part.strip():
            continue
        sku, colon, quantity = part.strip().rpartition(":")
        found.append(
            {"sku": sku.strip(), "quantity": whole(quantity)} if colon else {"sku": quantity, "quantity": 1}
        )
    return found


def moment(zone: ZoneInfo, *, month_first: bool) -> Reader:
    """A date, with an hour or without: ISO, day/month/year, Jalali (by its year), or a spreadsheet's serial."""

    def read(cell: str) -> str:
        plain = text.digits(cell)
        if _SERIAL.fullmatch(plain) and 20000 <= float(plain) < 80000:
            seconds = round(float(plain) * 86400)
            return _told(_EPOCH + timedelta(seconds=seconds), zone)
        try:
            known = datetime.fromisoformat(plain)
            if known.year > 1600:
                return _told(known, zone)
        except ValueError:
            pass
        found = _DAY.fullmatch(plain)
        if found is None:
            raise Unreadable("not_a_date", cell)
        try:
            return _told(_dated(found, month_first), zone)
        except ValueError as error:
            raise Unreadable("not_a_date", cell) from error

    return read


def day(cell: str) -> str:
    """A date alone, as `moment` reads it, day before month."""
    return moment(ZoneInfo("UTC"), month_first=False)(cell)[:10]


def _dated(found: re.Match[str], month_first: bool) -> datetime:
    first, second, third = (int(found[place]) for place in (1, 2, 3))
    hour, minute, second_of = (int(found[place] or 0) for place in (4, 5, 6))
    half = (found[7] or "").lower().replace(".", "")
    if half:
        hour = hour % 12 + (12 if half in ("pm", "م", "بظ") else 0)
    if len(found[1]) == 4:
        year, month, day = first, second, third
    else:
        year = third if len(found[3]) == 4 else 2000 + third
        month, day = (first, second) if month_first and first <= 12 else (second, first)
        if month > 12 >= day:
            month, day = day, month
    if 1300 <= year < 1500:
        on = jdatetime.date(year, month, day).togregorian()
        year, month, day = on.year, on.month, on.day
    return datetime(year, month, day, hour, minute, second_of)  # noqa: DTZ001  the caller knows whose clocks


def _told(value: datetime, zone: ZoneInfo) -> str:
    aware = value if value.tzinfo else value.replace(tzinfo=zone)
    return aware.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _parts(cell: str) -> tuple[Decimal, str, str]:
    """The figure in a cell, and the words before and after it."""
    plain = text.digits(cell).replace("٫", ".").replace("٬", ",").replace("−", "-")  # noqa: RUF001
    found = _FIGURE.fullmatch(plain)
    if found is None:
        raise Unreadable("not_a_number", cell)
    figure = re.sub(r"\s", "", found["figure"]).rstrip(".,")
    try:
        value = Decimal(_pointed(figure, cell) + (found["power"] or ""))
    except InvalidOperation as error:
        raise Unreadable("not_a_number", cell) from error
    if value.adjusted() > 20:
        raise Unreadable("not_a_number", cell)
    signed = -value if found["sign"] == "-" else value
    return signed, found["before"].strip(), found["after"].strip()


def _pointed(figure: str, cell: str) -> str:
    """The figure with one point: the last separator is the decimal one, unless it groups thousands."""
    commas, points = figure.count(","), figure.count(".")
    if commas and points:
        decimal = "," if figure.rindex(",") > figure.rindex(".") else "."
        other = "." if decimal == "," else ","
        whole_part, _, rest = figure.rpartition(decimal)
        if not _GROUPED.fullmatch(whole_part) or decimal in whole_part:
            raise Unreadable("not_a_number", cell)
        return whole_part.replace(other, "") + "." + rest
    if points > 1 or commas > 1 or (commas and _GROUPED.fullmatch(figure) and not figure.startswith("0")):
        if not _GROUPED.fullmatch(figure):
            raise Unreadable("not_a_number", cell)
        return figure.replace(".", "").replace(",", "")
    return figure.replace(",", ".")
