"""Reading an upload: from bytes to pieces of rows, with its heading found and its columns guessed."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from django.db import transaction

from oms.backoffice.importing import csv_table, fields, files, xlsx_table
from oms.backoffice.importing.kinds import KINDS, Kind
from oms.backoffice.importing.models import Import, ImportMapping, ImportPiece, ImportState
from oms.backoffice.importing.values import UNCOUNTED, Unreadable

Row = tuple[int, list[str]]
# Among so many first rows the heading is looked for: exports put a title above it.
LOOKED_AT = 10
SAMPLES = 5
WRITTEN_AT_ONCE = 20

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[tuple[int, list[str]]]).decode


@transaction.atomic
def read(job: Import) -> None:
    """Fill a job's pieces from its file. A file that is no table leaves the job `unreadable`, with the reason."""
    try:
        with transaction.atomic():
            _read(job)
    except Unreadable as error:
        job.state, job.stopped, job.detail = ImportState.UNREADABLE, error.code, error.detail[:500]
        job.save(update_fields=["state", "stopped", "detail"])


def _read(job: Import) -> None:
    kind = KINDS[job.kind]
    ImportPiece.objects.filter(of=job).delete()
    content = bytes(job.content or b"")
    job.reading["format"] = files.kind_of(job.filename, content)
    rows = _rows(job, content)
    head, rows = _heading(rows, kind)
    job.columns = head
    job.samples, job.rows, job.pieces = [], 0, 0
    waiting: list[ImportPiece] = []
    while part := list(itertools.islice(rows, kind.piece)):
        if not job.samples:
            job.samples = [[shown(cell) for cell in cells] for _, cells in part[:SAMPLES]]
        job.rows += len(part)
        if job.rows > files.MOST_ROWS:
            raise Unreadable("too_many_rows")
        waiting.append(ImportPiece(of=job, place=job.pieces, rows=_encode(part)))
        job.pieces += 1
        if len(waiting) == WRITTEN_AT_ONCE:
            ImportPiece.objects.bulk_create(waiting)
            waiting = []
    if not job.rows:
        raise Unreadable("no_rows")
    ImportPiece.objects.bulk_create(waiting)
    remembered = ImportMapping.objects.filter(user=job.asked_by, kind=job.kind).first()
    job.mapping = fields.guess(head, kind.fields, remembered.columns if remembered else {})
    job.state, job.planned = ImportState.MAPPING, False
    job.save(update_fields=["reading", "columns", "samples", "rows", "pieces", "mapping", "state", "planned"])


def _rows(job: Import, content: bytes) -> Iterator[Row]:
    """Every row that is not empty, without empty cells at its end."""
    if job.reading["format"] == "xlsx":
        found = xlsx_table.rows(content)
    else:
        wanted = job.reading.get("wanted", {})
        encoding = wanted.get("encoding") or csv_table.encoding_of(content)
        delimiter = wanted.get("delimiter") or csv_table.delimiter_of(content, encoding)
        job.reading |= {"encoding": encoding, "delimiter": delimiter}
        found = csv_table.rows(content, encoding, delimiter)
    for number, cells in found:
        while cells and not cells[-1].strip():
            cells.pop()
        if cells:
            yield number, cells


def _heading(rows: Iterator[Row], kind: Kind) -> tuple[list[str], Iterator[Row]]:
    first = list(itertools.islice(rows, LOOKED_AT))
    if not first:
        raise Unreadable("no_rows")
    place = fields.head_of([cells for _, cells in first], kind.fields)
    head = [" ".join(shown(cell).split())[:200] for cell in first[place][1]]
    if len(head) > files.MOST_COLUMNS:
        raise Unreadable("too_many_columns")
    return head, itertools.chain(first[place + 1 :], rows)


def shown(cell: str) -> str:
    """A cell as the page shows it: its beginning, and nothing where a formula has no result."""
    return "" if cell == UNCOUNTED else cell[:80].replace("\x00", "")


def rows_of(part: Any) -> list[tuple[int, list[str]]]:
    """The rows of a piece."""
    return _decode(bytes(part))


def first_rows(job: Import, numbers: Sequence[int]) -> dict[int, list[str]]:
    """The cells of some rows of the file, by number; reads every piece."""
    wanted = set(numbers)
    found: dict[int, list[str]] = {}
    for part in (
        ImportPiece.objects.filter(of=job).order_by("place").values_list("rows", flat=True).iterator()
    ):
        found.update({number: cells for number, cells in rows_of(part) if number in wanted})
    return found
