"""Steps taken for many shipments at once: each on its own, and every failure named."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fulfillment.models import Shipment
from oms.core import display
from oms.core.errors import Invalid, Problem
from oms.core.pages import sentence
from oms.core.reading import figure

# So many take a second; the reader waits for them.
MOST = 100
NAMED = 5


def refuse_too_many(found: list[Any]) -> None:
    """Raises Invalid beyond MOST, and for none."""
    if not found:
        raise Invalid("No row is selected.", code="nothing_selected")
    if len(found) > MOST:
        raise Invalid(f"At most {MOST} shipments at once.", code="too_many_shipments")


def each(
    shipments: Iterable[Shipment], step: Callable[[Shipment], object]
) -> tuple[list[Shipment], list[str]]:
    """Those the step worked for, and a line for each it did not."""
    worked, failed = [], []
    for shipment in shipments:
        try:
            step(shipment)
        except Problem as problem:
            failed.append(stayed(shipment.number, problem))
        else:
            worked.append(shipment)
    return worked, failed


def stayed(number: str, problem: Problem) -> str:
    """The line for a shipment that stays as it was: its number, and why."""
    return f"{display.isolated(number)}: {sentence(problem)}"


def tell_failures(request: Any, failed: list[str]) -> None:
    """One toast that names what stayed as it was."""
    if not failed:
        return
    head = ngettext("%(n)s shipment stays as it was.", "%(n)s shipments stay as they were.", len(failed)) % {
        "n": figure(len(failed))
    }
    more = _("… and others") if len(failed) > NAMED else ""
    messages.error(request, " ".join(filter(None, [head, *failed[:NAMED], more])))
