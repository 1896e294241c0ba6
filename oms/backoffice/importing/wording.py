"""Why a file or a row is refused, in the reader's words. `%(detail)s` is what was found, or the row it is about."""

import re
from collections.abc import Mapping

from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from oms.backoffice.importing.files import MOST_BYTES, MOST_COLUMNS, MOST_ROWS
from oms.core import display, pages, reading
from oms.core.errors import Problem

SENTENCES = {
    # Files.
    "file_empty": _("The file is empty."),
    "file_too_large": _(
        "The file is larger than %(bytes)s MB. Split it, or leave out columns you do not need."
    ),
    "file_old_excel": _(
        "This is an old Excel file, or one with a password. Save it as .xlsx without a password."
    ),
    "file_macros": _("This workbook holds macros. Save it as .xlsx or as CSV."),
    "file_not_its_name": _("The file %(detail)s is not what its ending says. Save it anew as CSV or .xlsx."),
    "file_unknown": _("This is no table we can read. Upload a CSV file or an Excel workbook (.xlsx)."),
    "file_broken": _("The workbook is damaged. Open it in Excel and save it again."),
    "file_locked": _("The workbook has a password. Save it without one."),
    "file_bomb": _(
        "The file would become far too large once unpacked. Save its table alone, as CSV or .xlsx."
    ),
    "too_many_rows": _("The file has more than %(rows)s rows. Split it."),
    "too_many_columns": _("The file has more than %(columns)s columns. Leave out what you do not need."),
    "no_rows": _("There is no row below the heading."),
    "quote_open": _("A quotation mark is opened near row %(detail)s and never closed."),
    "not_a_table": _("From row %(detail)s on this is no table."),
    "wrong_encoding": _(
        "Near row %(detail)s there are letters this encoding does not know. Choose another below."
    ),
    # Columns.
    "no_column": _("No column is chosen for it."),
    "column_twice": _("Two columns are chosen for it."),
    "unknown_channel": _("Choose the channel the orders come from."),
    "unknown_currency": _("There is no such currency."),
    # Cells.
    "required": _("It is missing."),
    "too_many_cells": _(
        "The row has more cells than the heading; perhaps a comma is not in quotation marks."
    ),
    "formula_error": _("The formula gives an error: %(detail)s."),
    "formula_uncounted": _("The formula has no result. Open the file in Excel and save it again."),
    "shortened": _(
        "Excel shortened this number to %(detail)s. Format the column as text and enter it again."
    ),
    "not_a_number": _("%(detail)s is not a number."),
    "ambiguous_number": _("%(detail)s could be a thousand or one. Write it without a point."),
    "not_whole": _("%(detail)s is not a whole number."),
    "negative": _("%(detail)s is below zero."),
    "unknown_unit": _("The unit of %(detail)s is not known."),
    "not_yes_or_no": _("%(detail)s is neither yes nor no."),
    "not_a_choice": _("It is one of: %(detail)s."),
    "not_a_date": _("%(detail)s is not a date."),
    "not_an_hour": _("%(detail)s is not an hour."),
    "unknown_country": _("There is no country %(detail)s."),
    "too_long": _("It is longer than %(detail)s characters, or holds signs that do not belong there."),
    # Rows.
    "repeated": _("The same is in row %(detail)s already."),
    "unknown_sku": _("There is no product with this SKU."),
    "unknown_location": _("There is no such location, or it is not yours."),
    "one_figure": _("Give either the new figure or the change."),
    "not_a_figure": _("%(detail)s cannot be a figure of stock."),
    "stock_committed": _("Less would be left than is promised to orders, damaged or in quality control."),
    "kit_has_no_stock": _("It is a kit: its parts have stock, it has none of its own."),
    "lot_required": _("Its units are in lots. Say which lot."),
    "lot_not_tracked": _("It is not kept in lots."),
    "no_contact": _("Without e-mail or phone nobody finds them again."),
    "not_an_email": _("This is no e-mail address."),
    "other_email": _("The customer with this phone has another e-mail."),
    "contact_of_another": _("The phone belongs to another customer than the e-mail."),
    "refused_marketing": _("They refused marketing; only they take that back."),
    "too_many_tags": _("A customer has at most 50 tags."),
    "differs": _("It differs from row %(detail)s of the same order."),
    "same_order": _("Its order is refused because of row %(detail)s."),
    "insufficient_stock": _("There is not enough stock: %(detail)s available."),
    "duplicate_external_id": _("The channel has an order of this number already, with other facts."),
    "duplicate_sku": _("Somebody added this SKU a moment ago."),
    "duplicate_code": _("Somebody opened this location a moment ago."),
    # Why it stopped.
    "asked": _("It was stopped by hand. What is done stays done."),
    "error": _("It stopped because of a fault on our side. What is done stays done."),
    "scope": _("It stopped because your role no longer allows it."),
    "forbidden": _("It stopped because the account was closed."),
}
# Their detail is the number of a row, or how many; of the others it is what stands in the file.
COUNTED = frozenset(
    (
        "quote_open",
        "not_a_table",
        "wrong_encoding",
        "too_long",
        "repeated",
        "differs",
        "same_order",
        "insufficient_stock",
    )
)
# A code nobody wrote a sentence for.
_OTHER = _("This does not fit here: %(detail)s")


def sentence(
    code: str, detail: str = "", pattern: str = "", facts: Mapping[str, str | int] | None = None
) -> str:
    """A refusal in the reader's language, with what it is about set apart from the line's direction."""
    known = SENTENCES.get(code)
    if known is None and pattern:
        return pages.filled(pattern, facts or {})
    if known is None and code in pages.SENTENCES:
        return pages.sentence(Problem(detail, code=code))
    told = detail[:120] if known else translate(detail) if detail else code
    if code in COUNTED and told.isdecimal():
        told = reading.figure(int(told))
    told_of: dict[str, object] = {
        "detail": display.isolated(told),
        "bytes": reading.figure(MOST_BYTES // (1024 * 1024)),
        "rows": reading.figure(MOST_ROWS),
        "columns": reading.figure(MOST_COLUMNS),
    }
    return str(known or _OTHER) % told_of


def reason(code: str, pattern: str) -> str:
    """A refusal without what it is about, for many rows at once."""
    return sentence(code, "…", pattern, dict.fromkeys(re.findall(r"%\((\w+)\)s", pattern), "…"))
