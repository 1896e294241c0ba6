"""What a kind of import is: its fields, the rows it must see together, and the capability it calls."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model

from oms.backoffice.importing.fields import Fault, Field, Options, Row, Text
from oms.core.access import Principal
from oms.core.errors import Problem


@dataclass(slots=True)
class Context:
    """In whose name rows are decided. `trial`: everything is taken back afterwards; `carried` is what earlier
    pieces of the trial would have taken, by product and location, and `taken` is where the kind writes its own."""

    principal: Principal
    options: Options
    trial: bool = False
    carried: Mapping[int, Mapping[int, int]] = field(default_factory=dict)
    taken: list[tuple[int, int, int]] = field(default_factory=list)

    @property
    def actor(self) -> str:
        return self.principal.actor


@dataclass(slots=True)
class Decided:
    """What the rows of a piece came to. Counted in what the kind counts: rows, or orders."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    faults: list[Fault] = field(default_factory=list)

    def count(self, result: str) -> None:
        setattr(self, result, getattr(self, result) + 1)

    def refuse(self, row: Row) -> None:
        self.refused += 1
        self.faults += row.faults


@dataclass(frozen=True)
class Kind:
    """`keys` names what a row is about: rows that share a name are decided in one transaction, in their order.
    `key_fields` are the fields it looks at. `piece`: how many rows a transaction takes. `options` are asked beside
    the columns; `either` are pairs of fields (or options) of which one must be there. `opens` is the list to see
    the result in. `grows`: the tables that a run fills. `whole`: a refused row takes along the rows that share its
    key."""

    key: str
    scope: str
    label: Text
    text: Text
    icon: str
    fields: tuple[Field, ...]
    key_fields: tuple[str, ...]
    keys: Callable[[Row], Iterable[str]]
    write: Callable[[Sequence[Row], Context], Decided]
    opens: str
    opens_label: Text
    piece: int = 1000
    options: tuple[str, ...] = ()
    either: tuple[tuple[str, ...], ...] = ()
    grows: tuple[type[Model], ...] = ()
    whole: bool = False


def clean(rows: Sequence[Row], decided: Decided, key: str = "") -> list[Row]:
    """The rows without faults; those with one are counted, and so is a row that repeats an earlier `key`."""
    seen: dict[Any, int] = {}
    kept = []
    for row in rows:
        if key and not row.faults:
            first = seen.setdefault(row.values.get(key), row.number)
            if first != row.number and row.values.get(key) is not None:
                row.refuse("repeated", key, str(first))
        if row.faults:
            decided.refuse(row)
        else:
            kept.append(row)
    return kept


def blame(row: Row, problem: Problem, fields: Sequence[Field]) -> None:
    """A refusal of the capability as faults of the row, each at the field its pointer names."""
    keys = {one.key for one in fields}
    for error in problem.errors or [{}]:
        code = str(error.get("code", problem.code))
        detail = error.get("detail", problem.detail)
        row.refuse(code, field_of(str(error.get("pointer", "")), keys), detail)


def field_of(pointer: str, keys: Iterable[str]) -> str:
    """The field a JSON pointer is about: "/name/ar" is "name.ar", "/components/0/sku" is "components"."""
    known = set(keys)
    steps = [step for step in pointer.strip("/").split("/") if step and not step.isdigit()]
    for length in range(len(steps), 0, -1):
        name = ".".join(steps[:length])
        if name in known:
            return name
    return ""


def nested(values: dict[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    """Flat fields as JSON holds them: {"name.ar": …} is {"name": {"ar": …}}."""
    made: dict[str, Any] = {}
    for key in keys:
        if key not in values:
            continue
        inside = made
        *outer, last = key.split(".")
        for step in outer:
            inside = inside.setdefault(step, {})
        inside[last] = values[key]
    return made
