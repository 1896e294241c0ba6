"""What is said to a hold: the system's own words in the reader's language, anyone else's as they stand."""

from django.utils.translation import gettext as _

from fulfillment.models import RoutingDecision
from oms.core import address


def hold_note(note: str, decision: RoutingDecision | None) -> str:
    """`decision`: the newest of the order, whose reason is the note of a hold that waits for a way to send it."""
    if faults := address.faults_in(note):
        return " ".join(_(fault) for fault in faults)
    if note and decision and str((decision.trace or {}).get("reason", "")).startswith(note):
        return unplanned(decision)
    return note


def unplanned(decision: RoutingDecision) -> str:
    """Why an order is sent from nowhere."""
    if decision.outcome == "no_stock":
        return _("No location that could prepare it has enough stock.")
    return _("The stock is there, but nothing can bring it to the customer.")
