"""What was uploaded: a table we can read, or something refused at the door, within bounds of size and memory."""

import re
import zipfile
import zlib
from io import BytesIO
from pathlib import PurePath

from oms.backoffice.importing.values import Unreadable

MEGABYTE = 1024 * 1024
MOST_BYTES = 30 * MEGABYTE
MOST_ROWS = 250_000
MOST_COLUMNS = 200
MOST_TEXT = 32_767  # of one cell: what Excel can hold

# Of a workbook unpacked: the sheet is streamed, its table of texts is held, the rest is read as trees.
MOST_UNPACKED = 600 * MEGABYTE
MOST_TEXTS = 60 * MEGABYTE
MOST_TEXT_TAGS = 8_000_000
MOST_TREE = 4 * MEGABYTE
MOST_PARTS = 2000

_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_OTHERS = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"MZ",
    b"\x7fELF",
    b"BM",
)
_MARKUP = re.compile(rb"\s*<(!doctype|html|\?xml|table)", re.IGNORECASE)
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_HELD = re.compile(r"xl/sharedStrings\d*\.xml", re.IGNORECASE)


def kind_of(filename: str, content: bytes) -> str:
    """ "csv" or "xlsx". Raises Unreadable for what is neither, is not what its name says, or is made to harm."""
    ending = PurePath(filename.lower()).suffix
    if not content:
        raise Unreadable("file_empty")
    if len(content) > MOST_BYTES:
        raise Unreadable("file_too_large")
    if content.startswith(_OLD_OFFICE):
        raise Unreadable("file_old_excel")
    if ending in (".xlsm", ".xltm", ".xlsb"):
        raise Unreadable("file_macros")
    if content.startswith(_ZIP):
        if ending != ".xlsx":
            raise Unreadable("file_not_its_name", filename)
        check_workbook(content)
        return "xlsx"
    if ending == ".xlsx":
        raise Unreadable("file_not_its_name", filename)
    if ending not in (".csv", ".txt", ".tsv"):
        raise Unreadable("file_unknown", filename)
    head = content[:4096]
    if head.startswith(_OTHERS) or _MARKUP.match(head) or _binary(head):
        raise Unreadable("file_not_its_name", filename)
    return "csv"


def _binary(head: bytes) -> bool:
    """NUL bytes are no text, except in UTF-16, which says so by its first two bytes."""
    return b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff"))


def check_workbook(content: bytes) -> None:
    """What is in the archive and how large it would become, before a byte of it is unpacked."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            _check_parts(archive)
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, zlib.error, NotImplementedError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable("file_broken") from error


def _check_parts(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    names = {part.filename for part in parts}
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Unreadable("file_macros")
    if "[Content_Types].xml" not in names or not any(_SHEET.fullmatch(name) for name in names):
        raise Unreadable("file_unknown")
    if any(part.flag_bits & 0x1 for part in parts):
        raise Unreadable("file_locked")
    if len(parts) > MOST_PARTS or len(names) != len(parts):
        raise Unreadable("file_bomb")
    if sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise Unreadable("file_bomb")
    for part in parts:
        held = _HELD.fullmatch(part.filename) is not None
        most = MOST_UNPACKED if _SHEET.fullmatch(part.filename) else MOST_TEXTS if held else MOST_TREE
        if part.file_size > most and part.filename.endswith((".xml", ".rels")):
            raise Unreadable("file_bomb")
        if held and _tags(archive, part) > MOST_TEXT_TAGS:
            raise Unreadable("file_bomb")


def _tags(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> int:
    """How many elements a part would become."""
    with archive.open(part) as source:
        return sum(block.count(b"<") for block in iter(lambda: source.read(MEGABYTE), b""))
