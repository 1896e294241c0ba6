"""A table as an Excel workbook that reads as its reader does: from the right in Arabic and Persian, days and
amounts as values that can be sorted and summed."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.utils.translation import get_language

from oms.core import display

WIDEST = 60
NARROWEST = 8
LONGEST_NAME = 31  # of a sheet, as Excel allows
# A spreadsheet runs what begins like this; a customer's name must never become a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def made(name: str, head: Sequence[str], lines: Sequence[Sequence[object]]) -> bytes:
    """The file's bytes: one sheet, its head in bold and always in sight. Moments come without a zone."""
    from openpyxl import Workbook  # only where a file goes out
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    sheet = book.create_sheet(name[:LONGEST_NAME])
    sheet.sheet_view.rightToLeft = display.is_rtl(get_language() or "en")
    sheet.freeze_panes = "A2"
    for number, width in enumerate(_widths([head, *lines])):
        sheet.column_dimensions[_letter(number)].width = width
    titles = [_cell(sheet, title) for title in head]
    for title in titles:
        title.font = Font(bold=True)
    sheet.append(titles)
    for line in lines:
        sheet.append([_cell(sheet, value) for value in line])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _cell(sheet: Any, value: object) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if isinstance(value, Decimal) and value.is_finite():
        # As written, digit by digit: by way of a binary fraction 795.32 becomes 795.3200000000001.
        cell = WriteOnlyCell(sheet, f"{value:f}")
        cell.data_type = "n"
        places = max(0, -int(value.as_tuple().exponent))
        cell.number_format = "#,##0" + ("." + "0" * places if places else "")
        return cell
    if isinstance(value, date):
        cell = WriteOnlyCell(sheet, value)
        cell.number_format = "yyyy-mm-dd hh:mm" if isinstance(value, datetime) else "yyyy-mm-dd"
        return cell
    if isinstance(value, str):
        # Text whatever it begins with, even once somebody edits it: =Ali is a name, +966… a phone.
        cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value))
        cell.data_type = "s"
        cell.quotePrefix = value.startswith(FORMULA)
        return cell
    return WriteOnlyCell(sheet, value)


def _widths(lines: Sequence[Sequence[object]]) -> list[int]:
    columns = zip(*lines, strict=True)
    return [min(WIDEST, max(NARROWEST, *(len(str(each)) for each in column)) + 2) for column in columns]


def _letter(number: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(number + 1))
