"""Which rows each piece decides: rows about the same thing come together, in the piece of the first of them.

So an order whose lines are scattered over the file is placed whole, a bundle finds its parts, and a level that is
named twice is corrected in the file's order; the trial and the real run see the same rows in the same transaction.
"""

from collections import defaultdict
from collections.abc import Iterable

from django.db import transaction

from oms.backoffice.importing.fields import Reading
from oms.backoffice.importing.kinds import KINDS
from oms.backoffice.importing.models import Import, ImportPiece
from oms.backoffice.importing.staging import rows_of


@transaction.atomic
def plan(job: Import) -> None:
    """Write into each piece the rows it decides, where those are not simply its own."""
    kind = KINDS[job.kind]
    mapping = [key if key in kind.key_fields else "" for key in job.mapping]
    reading = Reading(kind.fields, job.columns, mapping, job.options)
    groups = _Groups()
    parts = ImportPiece.objects.filter(of=job).order_by("place").values_list("rows", flat=True)
    for part in parts.iterator(chunk_size=20):
        for number, cells in rows_of(part):
            groups.add(kind.keys(reading.row(number, cells)))
    members = _moved(groups, kind.piece)
    pieces = list(ImportPiece.objects.filter(of=job).only("pk", "place").order_by("place"))
    for piece in pieces:
        piece.members, piece.taken = members.get(piece.place), []
    ImportPiece.objects.bulk_update(pieces, ["members", "taken"], batch_size=100)
    job.planned = True
    job.save(update_fields=["planned"])


def _moved(groups: "_Groups", piece: int) -> dict[int, list[int]]:
    """For each piece that takes or gives rows: all it decides, by position."""
    taken: dict[int, list[int]] = defaultdict(list)
    given: dict[int, set[int]] = defaultdict(set)
    for position in range(len(groups.parent)):
        own, home = position // piece, groups.first(position) // piece
        if own != home:
            taken[home].append(position)
            given[own].add(position)
    members = {}
    for place in {*taken, *given}:
        last = min((place + 1) * piece, len(groups.parent))
        own_rows = [p for p in range(place * piece, last) if p not in given[place]]
        members[place] = own_rows + taken[place]
    return members


class _Groups:
    """Rows by position, joined where they share a key; a group is called by the first of its rows."""

    def __init__(self) -> None:
        self.parent: list[int] = []
        self._owner: dict[str, int] = {}

    def add(self, keys: Iterable[str]) -> None:
        position = len(self.parent)
        self.parent.append(position)
        for key in keys:
            other = self._owner.setdefault(key, position)
            if other != position:
                self._join(other, position)

    def first(self, position: int) -> int:
        while self.parent[position] != position:
            # Halve the way for whoever asks next.
            self.parent[position] = self.parent[self.parent[position]]
            position = self.parent[position]
        return position

    def _join(self, one: int, other: int) -> None:
        one, other = self.first(one), self.first(other)
        self.parent[max(one, other)] = min(one, other)
