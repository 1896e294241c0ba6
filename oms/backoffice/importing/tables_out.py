"""Files that go out: a template to fill, and the rows that were refused, to be mended and brought again."""

import csv
from io import StringIO
from itertools import groupby

from django.utils.translation import gettext as _

from oms.backoffice.importing import wording
from oms.backoffice.importing.fields import folded
from oms.backoffice.importing.kinds import KINDS, Kind
from oms.backoffice.importing.models import Import
from oms.backoffice.importing.staging import first_rows, shown
from oms.core import exporting


def template(kind: Kind, ending: str) -> bytes:
    """A table of the kind's columns in the reader's language, with one row to show how."""
    columns = [one for one in kind.fields if one.example or one.required]
    import tablib  # only where a file goes out

    table = tablib.Dataset(headers=[str(one.label) for one in columns], title=kind.key)
    table.append([one.example for one in columns])
    made = table.export(ending)
    # The mark tells Excel that the file is UTF-8; without it Arabic turns to noise.
    return made.encode("utf-8-sig") if isinstance(made, str) else made


def refused(job: Import) -> bytes:
    """The refused rows as they came, and why, in a last column; the same delimiter as the file had."""
    words = faults_by_row(job)
    rows = first_rows(job, list(words))
    head = list(job.columns)
    error = _("Error")
    # What an earlier round wrote there is answered by now.
    old = len(head) - 1 if head and folded(head[-1]) == folded(error) else len(head)
    written = StringIO()
    table = csv.writer(written, delimiter=job.reading.get("delimiter") or ",")
    table.writerow([exporting.inert(cell) for cell in [*head[:old], error]])
    for number in sorted(words):
        cells = [shown_whole(cell) for cell in rows.get(number, [])[:old]]
        cells += [""] * (old - len(cells))
        table.writerow([exporting.inert(cell) for cell in [*cells, " ".join(words[number])]])
    return written.getvalue().encode("utf-8-sig")


def faults_by_row(job: Import) -> dict[int, list[str]]:
    """Every refused row's reasons, each with the column it is about."""
    labels = column_labels(job)
    faults = job.faults.order_by("row", "pk").values_list(
        "row", "field", "code", "detail", "pattern", "facts"
    )
    found = {}
    for row, told in groupby(faults.iterator(chunk_size=5000), key=lambda fault: fault[0]):
        found[row] = [
            f"{labels[field]}: {sentence}" if field in labels else sentence
            for _row, field, *why in told
            for sentence in [wording.sentence(*why)]
        ]
    return found


def column_labels(job: Import) -> dict[str, str]:
    """What each field is called: by the file's own heading where a column holds it, else by us."""
    labels = {one.key: str(one.label) for one in KINDS[job.kind].fields}
    headings = zip(job.mapping, job.columns, strict=False)
    return labels | {key: heading for key, heading in headings if key and heading}


def shown_whole(cell: str) -> str:
    return shown(cell) if cell.startswith("\x00") else cell
