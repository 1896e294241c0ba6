"""A list as a file: CSV or Excel, the columns the reader sees, every row that matches the filters."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils import timezone

from oms.core.listing import Page

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# A spreadsheet runs what begins like this; a customer's name must never become a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
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
    import tablib  # only where a file goes out

    table = tablib.Dataset(headers=[str(column.label) for column in columns])
    for row in rows:
        table.append([_cell(column.export(row)) for column in columns if column.export])
    made = table.export(kind)
    # The mark tells Excel that the file is UTF-8; without it Arabic turns to noise.
    return made.encode("utf-8-sig") if isinstance(made, str) else made


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
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, str):
        return inert(value)
    return "" if value is None else value


def inert(text: str) -> str:
    """The text as no spreadsheet runs it; a figure below zero stays one."""
    if text.startswith(FORMULA) and not NEGATIVE.fullmatch(text):
        return f"'{text}"
    return text
