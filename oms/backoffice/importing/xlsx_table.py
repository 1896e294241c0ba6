"""Rows out of a workbook: its first sheet that has any, streamed, each cell as the text a person would read."""

import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import cache
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import iterparse

from oms.backoffice.importing.files import MOST_COLUMNS, MOST_ROWS, MOST_TEXT
from oms.backoffice.importing.values import UNCOUNTED, Unreadable

Row = tuple[int, list[str]]
# A sheet has 16,384 columns; a cell is some elements.
MOST_ELEMENTS = 100_000
MOST_SILENCE = 16 * 1024 * 1024
# Damage of every sort ends as one refusal: a workbook is a stranger's file.
_DAMAGE = (
    zipfile.BadZipFile,
    ParseError,
    KeyError,
    ValueError,
    TypeError,
    IndexError,
    AttributeError,
    OSError,
    EOFError,
)


class _Watched:
    """A part's bytes; refuses to go on where megabytes pass without one element: that is no cell of a table."""

    def __init__(self, source: Any) -> None:
        self._source = source
        self.passed = 0

    def read(self, size: int = -1) -> bytes:
        self.passed += size
        if self.passed > MOST_SILENCE:
            raise Unreadable("file_bomb")
        data: bytes = self._source.read(size)
        return data


@cache
def _cells() -> Any:
    """openpyxl's reader with our rules; made here, since openpyxl and numpy with it take 30 MB of every process."""
    from openpyxl.worksheet._reader import DATA_TAG as ROWS_TAG
    from openpyxl.worksheet._reader import FORMULA_TAG, ROW_TAG, WorkSheetParser

    class Cells(WorkSheetParser):
        """Reads results, not formulas; a formula without a result says so instead of looking empty.

        Rows alone, one at a time in memory, and none wider than a sheet can be.
        """

        def parse(self) -> Iterator[tuple[int, list[dict[str, Any]]]]:
            table: Element | None = None
            seen = 0
            for event, element in iterparse(self.source, events=("start", "end")):
                self.source.passed = 0
                if event == "start":
                    seen += 1
                    if seen > MOST_ELEMENTS:
                        raise Unreadable("too_many_columns")
                    if element.tag == ROWS_TAG:
                        table = element
                    elif element.tag == ROW_TAG:
                        seen = 0
                elif element.tag == ROW_TAG and table is not None:
                    yield self.parse_row(element)
                    self.row_dimensions.clear()
                    table.clear()
                elif element.tag == ROWS_TAG:
                    return

        def parse_cell(self, element: Element) -> dict[str, Any]:
            cell: dict[str, Any] = super().parse_cell(element)
            if cell["value"] is None and element.find(FORMULA_TAG) is not None:
                cell["value"] = UNCOUNTED
            return cell

    return Cells


def rows(content: bytes) -> Iterator[Row]:
    """Every row that has a cell, with its number. Raises Unreadable for a workbook that is damaged."""
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = load_workbook(BytesIO(content), read_only=True, data_only=True, keep_links=False)
            found = False
            for sheet in book.worksheets:
                if sheet.sheet_state != "visible":
                    continue
                for row in _rows(book, sheet):
                    found = True
                    yield row
                if found:
                    return
    except Unreadable:
        raise
    except _DAMAGE as error:
        raise Unreadable("file_broken") from error


def _rows(book: Any, sheet: Any) -> Iterator[Row]:
    with sheet._get_source() as source:
        parser = _cells()(
            _Watched(source),
            sheet._shared_strings,
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        for number, cells in parser.parse():
            if number > MOST_ROWS + 20:
                # Beyond are only rows that somebody formatted down to the end of the sheet, or too many.
                if any(cell["value"] is not None for cell in cells):
                    raise Unreadable("too_many_rows")
                continue
            texts: list[str] = []
            for cell in cells:
                if cell["value"] is None:
                    continue
                if cell["column"] > MOST_COLUMNS:
                    raise Unreadable("too_many_columns")
                texts.extend([""] * (cell["column"] - len(texts)))
                texts[cell["column"] - 1] = text_of(cell["value"])
            if texts:
                yield number, texts


def text_of(value: object) -> str:
    """A cell's value as text: 12.0 is "12", a date is ISO."""
    if isinstance(value, str):
        return value[:MOST_TEXT]
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        # A cell without an hour is a day.
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        hours, rest = divmod(int(value.total_seconds()), 3600)
        return f"{hours:02}:{rest // 60:02}"
    return str(value)
