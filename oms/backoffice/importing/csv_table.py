"""Rows out of a CSV file: its encoding and delimiter told from its bytes, its faults told by row."""

import codecs
import csv
import io
import re
from collections.abc import Iterator

from oms.backoffice.importing.files import MOST_TEXT
from oms.backoffice.importing.values import Unreadable

ENCODINGS = ("utf-8", "utf-16", "windows-1256", "windows-1252")
DELIMITERS = (",", ";", "\t", "|")
# A line longer than this is no row of a table; it would be held in memory whole.
MOST_LINE = 1024 * 1024
_LOOKED_AT = 64 * 1024
_HIGH = re.compile(rb"[\x80-\xff]+")

Row = tuple[int, list[str]]


def encoding_of(content: bytes) -> str:
    """By its mark, else UTF-8 where it is that, else the code page whose words its bytes could be.

    In Arabic whole words lie above 127; in the languages of Windows-1252 a letter here and there does.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        codecs.lookup("utf-8").incrementaldecoder().decode(content, final=True)
    except UnicodeDecodeError:
        runs = [len(run) for run in _HIGH.findall(content[: 16 * _LOOKED_AT])]
        together = sum(length for length in runs if length > 1)
        return "windows-1256" if together * 2 > sum(runs) else "windows-1252"
    return "utf-8"


def delimiter_of(content: bytes, encoding: str) -> str:
    """The one that cuts the first lines into the most even number of cells."""
    head = _text(content[:_LOOKED_AT], encoding)
    lines = head.read().splitlines()
    # The last line may be cut off in the middle.
    lines = [line for line in (lines[:-1] if len(content) > _LOOKED_AT else lines) if line.strip()][:20]
    best, found = ",", (0, 0)
    for delimiter in DELIMITERS:
        widths = [len(row) for row in _quiet(lines, delimiter)]
        width = widths[0] if widths else 0
        if width > 1:
            score = (sum(each == width for each in widths), width)
            if score > found:
                best, found = delimiter, score
    return best


def _quiet(lines: list[str], delimiter: str) -> list[list[str]]:
    try:
        return [row for row in csv.reader(lines, delimiter=delimiter) if row]
    except csv.Error:
        return []


def rows(content: bytes, encoding: str, delimiter: str) -> Iterator[Row]:
    """Every row with its number in a spreadsheet. Raises Unreadable where the file stops being a table."""
    csv.field_size_limit(MOST_TEXT)
    number = 0
    try:
        for number, cells in enumerate(csv.reader(_lines(_text(content, encoding)), delimiter=delimiter), 1):
            yield number, cells
    except csv.Error as error:
        code = "quote_open" if "field larger" in str(error) else "not_a_table"
        raise Unreadable(code, str(number + 1)) from error
    except UnicodeError as error:
        raise Unreadable("wrong_encoding", str(number + 1)) from error


def _text(content: bytes, encoding: str) -> io.TextIOWrapper:
    known = {"utf-8": "utf-8-sig", "windows-1256": "cp1256", "windows-1252": "cp1252"}.get(encoding, encoding)
    # Windows-1252 leaves five bytes undefined; a stray one spoils a letter, not the file.
    errors = "replace" if known == "cp1252" or len(content) == _LOOKED_AT else "strict"
    return io.TextIOWrapper(io.BytesIO(content), known, errors=errors, newline="")


def _lines(lines: io.TextIOWrapper) -> Iterator[str]:
    while line := lines.readline(MOST_LINE + 1):
        if len(line) > MOST_LINE:
            raise csv.Error("a line too long")
        if "\x00" in line:
            raise csv.Error("line contains NUL")
        yield line
