"""The fields a kind of file can have, and which column holds which, guessed from its heading."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise

from oms.backoffice.importing.values import Reader, Unreadable, tidy
from oms.core import text
from oms.core.saying import Said

Text = str | Promise
Options = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One fact a row can hold. `reader` makes the reader of its cells from the column's heading and the options.

    `known_as`: headings people and other systems give it, in any of the three languages, with | between them.
    `example` stands in the template. `key` with a point is a part of something: "name.ar".
    """

    key: str
    label: Text
    reader: Callable[[str, Options], Reader]
    known_as: str = ""
    required: bool = False
    example: str = ""
    help: Text = ""


@dataclass(slots=True)
class Row:
    """A row as read: its number in the file, the values of its filled cells by field, and what could not be read."""

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    faults: list["Fault"] = field(default_factory=list)

    def refuse(self, code: str, field_key: str = "", detail: str = "") -> None:
        """`detail` may know its pattern (`oms.core.saying`)."""
        if isinstance(detail, Said):
            fault = Fault(self.number, field_key, code, detail[:500], detail.pattern[:500], detail.facts)
        else:
            fault = Fault(self.number, field_key, code, detail[:500])
        self.faults.append(fault)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row is refused; as stored in ImportFault."""

    row: int
    field: str
    code: str
    detail: str = ""
    pattern: str = ""
    facts: Mapping[str, str | int] | None = None


def always(reader: Reader) -> Callable[[str, Options], Reader]:
    """For fields whose cells read the same under any heading."""
    return lambda heading, options: reader


def folded(heading: str) -> str:
    """One spelling of a heading: "Unit_Price *" and "unit price" are the same column."""
    return " ".join(re.sub(r"[^\w%]+|_", " ", text.fold(heading)).split())


def guess(columns: Sequence[str], fields: Sequence[Field], remembered: Mapping[str, str]) -> list[str]:
    """For each column the key of its field, "" where nothing fits: as last time, else by its name, each field once."""
    keys = {one.key for one in fields}
    names = _names(fields)
    found = [""] * len(columns)
    taken: set[str] = set()
    spelt = [folded(column) for column in columns]
    bare = [_without_unit(column) for column in columns]
    for ways in (
        lambda place: remembered.get(spelt[place], ""),
        lambda place: names.get(spelt[place], ""),
        lambda place: names.get(bare[place], ""),
    ):
        for place in range(len(columns)):
            key = ways(place) if not found[place] and spelt[place] else ""
            if key in keys and key not in taken:
                found[place] = key
                taken.add(key)
    return found


def _names(fields: Sequence[Field]) -> dict[str, str]:
    names: dict[str, str] = {}
    for one in fields:
        for name in (one.key, *one.known_as.split("|")):
            names.setdefault(folded(name), one.key)
    # Our own labels, in whatever language the template was filled.
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for one in fields:
                names.setdefault(folded(str(one.label)), one.key)
    names.pop("", None)
    return names


def _without_unit(heading: str) -> str:
    """ "Weight (kg)" is "weight"; "Price, SAR" is "price"."""
    return folded(re.split(r"[(\[,:/]|\s-\s", heading)[0])


def head_of(rows: Sequence[Sequence[str]], fields: Sequence[Field]) -> int:
    """Which of the first rows is the heading: the one that names most fields, if any names two; else the first."""
    names = _names(fields)
    named = [
        sum(folded(cell) in names or _without_unit(cell) in names for cell in cells if cell) for cells in rows
    ]
    best = max(named, default=0)
    return named.index(best) if best > 1 else 0


@dataclass(frozen=True, slots=True)
class _Column:
    place: int
    key: str
    read: Reader


class Reading:
    """Reads rows as the mapping says; made once for a piece."""

    def __init__(
        self, fields: Sequence[Field], columns: Sequence[str], mapping: Sequence[str], options: Options
    ) -> None:
        by_key = {one.key: one for one in fields}
        self.columns = [
            _Column(place, key, by_key[key].reader(columns[place], options))
            for place, key in enumerate(mapping)
            if key in by_key
        ]
        self.width = len(columns)
        self.emptied = options.get("empty") == "clear"

    def row(self, number: int, cells: Sequence[str]) -> Row:
        """What is filled; an empty cell is left out, or None where empty cells empty their fields."""
        row = Row(number)
        if len(cells) > self.width and any(cell.strip() for cell in cells[self.width :]):
            row.refuse("too_many_cells")
        for column in self.columns:
            cell = cells[column.place] if column.place < len(cells) else ""
            try:
                cell = tidy(cell)
                if cell:
                    row.values[column.key] = column.read(cell)
                elif self.emptied:
                    row.values[column.key] = None
            except Unreadable as error:
                row.refuse(error.code, column.key, error.detail)
        return row
