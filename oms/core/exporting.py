"""A list as a file: CSV or Excel, the columns the reader sees, every row that matches the filters."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.http import HttpResponse
from django.utils import timezone

from oms.core import company, workbook
from oms.core.listing import Page

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
NEGATIVE = re.compile(r"-[0-9][0-9.,]*")


def content(page: Page, kind: str, rows: Iterable[Any] | None = None) -> bytes:
    """The file's bytes. `kind` is "csv" or "xlsx"; `rows` default to every row that matches, in the page's order."""
    columns = [
        column
        for column in page.listing.columns
        if column.export and (column.filed or page.shows[column.key])
    ]
    if rows is None:
        column, down = page.sort
        rows = page.matching.order_by(f"{'-' if down else ''}{column.sort}", "pk").iterator(chunk_size=2000)
    head = [str(column.label) for column in columns]
    lines = [[_cell(column.export(row)) for column in columns if column.export] for row in rows]
    if kind == "xlsx":
        return workbook.made(page.listing.name, head, lines)
    import tablib  # only where a file goes out

    table = tablib.Dataset(headers=head)
    for line in lines:
        table.append([_plain(cell) for cell in line])
    # The mark tells Excel that the file is UTF-8; without it Arabic turns to noise.
    text: str = table.export("csv")
    return text.encode("utf-8-sig")


def download(page: Page, kind: str, *, name: str) -> HttpResponse:
    """The answer to `?export=csv`: a file called after the list and the day."""
    kind = kind if kind in TYPES else "csv"
    filename = f"{name}-{timezone.localdate():%Y-%m-%d}.{kind}"
    return HttpResponse(
        content(page, kind),
        content_type=TYPES[kind],
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )


def _cell(value: object) -> object:
    """Moments on the company's clocks: a file is passed on to people who do not share its asker's."""
    if isinstance(value, datetime):
        return timezone.localtime(value, company.zone()).replace(tzinfo=None, microsecond=0)
    return "" if value is None else value


def _plain(cell: object) -> object:
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M}"
    if isinstance(cell, str):
        return inert(cell)
    return cell.isoformat() if isinstance(cell, date) else cell


def inert(text: str) -> str:
    """The text as no spreadsheet runs it; a figure below zero stays one."""
    if text.startswith(workbook.FORMULA) and not NEGATIVE.fullmatch(text):
        return f"'{text}"
    return text
