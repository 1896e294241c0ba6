"""What is no table is refused at the door, in words, before it costs memory; real tables are read as they are."""

import io
import zipfile

import openpyxl
import pytest

from oms.backoffice.importing import csv_table, files, wording, xlsx_table
from oms.backoffice.importing.values import Unreadable

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600


def archive(**parts: bytes) -> bytes:
    """A workbook's archive with some parts replaced or added; `__` in a name is a slash."""
    book = openpyxl.Workbook()
    book.active.append(["SKU", "Name"])
    book.active.append(["TEE", "Tee"])
    whole = io.BytesIO()
    book.save(whole)
    written = io.BytesIO()
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        own = {name.replace("__", "/"): content for name, content in parts.items()}
        for name in old.namelist():
            if name not in own:
                new.writestr(name, old.read(name))
        for name, content in own.items():
            new.writestr(name, content)
    return written.getvalue()


def refusal(filename: str, content: bytes) -> str:
    with pytest.raises(Unreadable) as refused:
        files.kind_of(filename, content)
    assert refused.value.code in wording.SENTENCES
    return refused.value.code


def sheet(rows: bytes) -> bytes:
    space = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return b'<worksheet xmlns="' + space + b'"><sheetData>' + rows + b"</sheetData></worksheet>"


def read(content: bytes) -> list[tuple[int, list[str]]]:
    assert files.kind_of("list.xlsx", content) == "xlsx"
    return list(xlsx_table.rows(content))


@pytest.mark.parametrize(
    ("filename", "content", "code"),
    [
        ("list.csv", b"", "file_empty"),
        ("list.csv", b"x" * (files.MOST_BYTES + 1), "file_too_large"),
        ("list.xls", OLE, "file_old_excel"),
        ("list.xlsx", OLE, "file_old_excel"),
        ("list.xlsx", b"sku,name\n", "file_not_its_name"),
        ("list.csv", archive(), "file_not_its_name"),
        ("list.csv", b"%PDF-1.7 ...", "file_not_its_name"),
        ("list.csv", b"\x89PNG\r\n\x1a\n", "file_not_its_name"),
        ("list.csv", b"<!DOCTYPE html><table>", "file_not_its_name"),
        ("list.csv", b"sku\x00,name\n", "file_not_its_name"),
        ("list.exe", b"sku,name\n", "file_unknown"),
        ("list.xlsm", archive(), "file_macros"),
        ("list.xlsx", archive(**{"xl__vbaProject.bin": b"x"}), "file_macros"),
        ("list.xlsx", b"PK\x03\x04 broken", "file_broken"),
        ("list.xlsx", archive()[:700], "file_broken"),
    ],
    ids=lambda value: value if isinstance(value, str) and value else "",
)
def test_what_is_no_table(filename: str, content: bytes, code: str) -> None:
    assert refusal(filename, content) == code


def test_an_archive_that_is_no_workbook() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as made:
        made.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    assert refusal("list.xlsx", written.getvalue()) == "file_unknown"


def test_bombs_are_told_from_their_table_of_contents() -> None:
    zeros = b" " * (files.MOST_TREE + 1)
    assert refusal("list.xlsx", archive(**{"xl__styles.xml": zeros})) == "file_bomb"
    many = archive(**{"xl__sharedStrings.xml": b"<t/>" * (files.MOST_TEXT_TAGS + 1)})
    assert refusal("list.xlsx", many) == "file_bomb"


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (b'<row r="1">' + b"<c><v>1</v></c>" * 60_000 + b"</row>", "too_many_columns"),
        (b'<row r="1"><c r="XFD1"><v>1</v></c></row>', "too_many_columns"),
        (
            b'<row r="1"><c><v>' + b"1" * (xlsx_table.MOST_SILENCE + 1_000_000) + b"</v></c></row>",
            "file_bomb",
        ),
        (b'<row r="99999999999"><c r="A99999999999"><v>1</v></c></row>', "too_many_rows"),
        (b'<row r="900000"><c r="A900000"><v>1</v></c></row>', "too_many_rows"),
        (b'<row r="1"><c t="s"><v>77</v></c></row>', "file_broken"),
    ],
    ids=["many cells", "far cell", "long cell", "absurd row", "far row", "no such text"],
)
def test_sheets_made_to_harm_are_refused_while_they_are_read(rows: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(archive(**{"xl__worksheets__sheet1.xml": sheet(rows)}))
    assert refused.value.code == code


def test_entities_are_refused() -> None:
    evil = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]>' + sheet(
        b'<row r="1"><c t="str"><v>&a;</v></c></row>'
    )
    with pytest.raises(Unreadable) as refused:
        read(archive(**{"xl__worksheets__sheet1.xml": evil}))
    assert refused.value.code == "file_broken"


def test_a_workbook_s_first_visible_sheet_with_rows_is_read() -> None:
    book = openpyxl.Workbook()
    book.active.title = "Empty"
    hidden = book.create_sheet("Hidden")
    hidden.sheet_state = "hidden"
    hidden.append(["secret"])
    book.create_sheet("List").append(["SKU", None, 12.0, True, 0.1])
    written = io.BytesIO()
    book.save(written)
    assert read(written.getvalue()) == [(1, ["SKU", "", "12", "1", "0.1"])]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'sku,name\nTEE,"never closed\n' + b"x,y\n" * 20_000, "quote_open"),
        (b"sku,name\n" + b"," * (csv_table.MOST_LINE + 1), "not_a_table"),
        (b"sku,name\n\x00TEE,x\n", "not_a_table"),
    ],
    ids=["open quote", "long line", "NUL"],
)
def test_csv_that_stops_being_a_table(content: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        list(csv_table.rows(content, "utf-8", ","))
    assert refused.value.code == code
    assert refused.value.detail.isdigit()


@pytest.mark.parametrize(
    ("text", "encoding", "delimiter"),
    [
        ("sku,name\nTEE,Café\n", "utf-8", ","),
        ("رمز;الاسم\nTEE;قميص أحمر\n", "windows-1256", ";"),
        ("sku\tname\nTEE\tcrème brûlée\n", "windows-1252", "\t"),
        ("sku|name\nTEE|قميص\n", "utf-16", "|"),
        ("sku,name\nTEE,کتاب چاپی\n", "utf-8", ","),
    ],
)
def test_encoding_and_delimiter_are_told_from_the_bytes(text: str, encoding: str, delimiter: str) -> None:
    raw = text.encode(encoding.replace("windows-", "cp"))
    assert csv_table.encoding_of(raw) == encoding
    assert csv_table.delimiter_of(raw, encoding) == delimiter
    read_rows = [cells for _, cells in csv_table.rows(raw, encoding, delimiter)]
    assert read_rows == [line.split(delimiter) for line in text.splitlines()]
