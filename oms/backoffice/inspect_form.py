"""The form in which somebody says what goods are like that came back: in groups, and a kit by its components."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _

from oms.backoffice.return_forms import UnitsField
from oms.core.badges import BADGES
from oms.core.reading import figure
from returns.models import Grade, Reason, ReturnLine
from returns.verdicts import STATE_OF, Found, OfPart, proposed, ways

# Units of one line may differ: so many groups of them, each with its grade and its way.
GROUPS = 3

Lots = Mapping[tuple[UUID, int], list[str]]  # that were sent, by return line and product


@dataclass(frozen=True, slots=True)
class Group:
    """The fields of a group of units of a line, or of one component in it; `units` in one kit."""

    sku: str
    units: forms.BoundField
    grade: forms.BoundField
    way: forms.BoundField
    lot: forms.BoundField | None
    parts: "tuple[Group, ...]" = ()


class InspectForm(forms.Form):
    """What was found of the units that lie there: in groups, each with a grade and where it goes.

    A kit's components are as the kit unless something else is said of them; nothing typed is all of them.
    """

    def __init__(
        self,
        *args: Any,
        lines: Iterable[ReturnLine],
        waiting: Mapping[UUID, int],
        lots: Lots,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.lines = [line for line in lines if waiting.get(line.pk)]
        self.waiting = waiting
        for line in self.lines:
            lying = waiting[line.pk]
            grade, way = proposed(Reason(line.reason))
            # A way nobody chose follows the grade, in the page's script.
            follows = " ".join(f"{one}:{where}" for one, where in ways(Reason(line.reason)).items())
            for group in range(min(lying, GROUPS)):
                key, sku = f"{line.pk}-{group}", line.line.sku
                sent = [] if line.line.parts else lots.get((line.pk, line.line.product_id), [])
                self._add(key, sku, lying, 0 if group else lying, sent, [], follows)
                self.initial.update({f"grade-{key}": grade, f"way-{key}": way})
                for place, part in enumerate(line.line.parts):
                    same = [("", _("As the kit"))]
                    sent = lots.get((line.pk, part["product"]), [])
                    self._add(
                        f"{key}-{place}", part["sku"], lying * part["quantity"], None, sent, same, follows
                    )

    def _add(
        self,
        key: str,
        sku: str,
        most: int,
        initial: int | None,
        sent: list[str],
        same: list[tuple[str, Any]],
        follows: str,
    ) -> None:
        grades = [(value, known.text) for value, known in BADGES["grade"].items()]
        ways = [(value, known.text) for value, known in BADGES["disposition"].items()]
        self.fields[f"units-{key}"] = UnitsField(most=most, label=f"{_('Quantity')} · {sku}", initial=initial)
        self.fields[f"grade-{key}"] = _choice(
            f"{_('Grade')} · {sku}", same + grades, **{"data-ways": follows}
        )
        self.fields[f"way-{key}"] = _choice(f"{_('Where it goes')} · {sku}", same + ways)
        if sent:
            self.fields[f"lot-{key}"] = _lot(f"{_('Lot')} · {sku}", sent)

    def rows(self) -> list[tuple[ReturnLine, int, list[Group]]]:
        """Each line, how many of it lie there, and the fields of its groups."""
        found = []
        for line in self.lines:
            lying = self.waiting[line.pk]
            groups = [
                self._group(
                    f"{line.pk}-{group}",
                    line.line.sku,
                    tuple(
                        self._group(f"{line.pk}-{group}-{place}", part["sku"])
                        for place, part in enumerate(line.line.parts)
                    ),
                )
                for group in range(min(lying, GROUPS))
            ]
            found.append((line, lying, groups))
        return found

    def _group(self, key: str, sku: str, parts: tuple[Group, ...] = ()) -> Group:
        lot = self[f"lot-{key}"] if f"lot-{key}" in self.fields else None
        return Group(sku, self[f"units-{key}"], self[f"grade-{key}"], self[f"way-{key}"], lot, parts)

    def _groups(self) -> Iterator[tuple[ReturnLine, str, int]]:
        """Each group of units of which something is said: its line, the end of its fields' names, how many."""
        for line in self.lines:
            for key in (f"{line.pk}-{group}" for group in range(min(self.waiting[line.pk], GROUPS))):
                if units := self.cleaned_data.get(f"units-{key}"):
                    yield line, key, units

    def _judged(self, line: ReturnLine, key: str) -> Iterator[tuple[dict[str, Any], str, dict[str, Any]]]:
        """The components of which something else is said than of their kits, with the end of their fields' names."""
        for place, part in enumerate(line.line.parts):
            own = f"{key}-{place}"
            said = {name: self.cleaned_data.get(f"{name}-{own}") for name in ("grade", "way", "lot")}
            if any(said.values()):
                yield part, own, said

    def found(self) -> list[Found]:
        verdicts = []
        for line, key, units in self._groups():
            grade = self.cleaned_data.get(f"grade-{key}") or Grade.A
            way, lot = self.cleaned_data[f"way-{key}"], self.cleaned_data.get(f"lot-{key}", "")
            parts = tuple(
                OfPart(
                    part["sku"],
                    self.cleaned_data.get(f"units-{own}") or units * part["quantity"],
                    said["grade"] or grade,
                    said["way"] or way,
                    said["lot"] or "",
                )
                for part, own, said in self._judged(line, key)
            )
            verdicts.append(Found(line.pk, units, grade, way, lot, parts))
        return verdicts

    def pointers(self) -> dict[str, str]:
        """The fields by what a refusal of `found` calls them."""
        names: dict[str, str] = {}
        for n, (line, key, _units) in enumerate(self._groups()):
            names |= _names(f"/lines/{n}", key)
            for m, (_part, own, _said) in enumerate(self._judged(line, key)):
                names |= _names(f"/lines/{n}/components/{m}", own)
        return names

    def kept(self) -> list[tuple[ReturnLine, int]]:
        """The units that stay with us, and are credited."""
        by_id = {line.pk: line for line in self.lines}
        return [(by_id[one.line], one.quantity) for one in self.found() if one.disposition in STATE_OF]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        counted: dict[UUID, int] = {}
        for one in self.found():
            counted[one.line] = counted.get(one.line, 0) + one.quantity
        if not counted:
            self.add_error(None, _("Say what was found of at least one unit."))
        for line in self.lines:
            if counted.get(line.pk, 0) > self.waiting[line.pk]:
                self.add_error(
                    f"units-{line.pk}-0",
                    _("Only %(units)s of it lie here.") % {"units": figure(self.waiting[line.pk])},
                )
        return cleaned


def _names(pointer: str, key: str) -> dict[str, str]:
    parts = {"quantity": "units", "grade": "grade", "disposition": "way", "lot": "lot"}
    return {f"{pointer}/{part}": f"{name}-{key}" for part, name in parts.items()}


def _lot(label: str, sent: list[str]) -> forms.ChoiceField:
    """Which of the lots that were sent; where it was one alone, that one is proposed."""
    field = _choice(label, [("", _("Lot not known")), *((code, code) for code in sent)])
    field.initial = sent[0] if len(sent) == 1 else ""
    field.help_text = _("Units of which nobody knows the lot wait in quality control.")
    return field


def _choice(label: str, choices: list[tuple[str, Any]], **attrs: str) -> forms.ChoiceField:
    return forms.ChoiceField(
        choices=choices,
        required=False,
        initial=choices[0][0],
        widget=forms.Select(attrs={"aria-label": label, **attrs}),
    )
