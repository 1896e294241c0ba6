"""A return in the customer's words: what state it is in and what happens next."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oms.portal.shown import Badge
from returns.telling import next_step

REASONS = {
    "damaged": gettext_lazy("It arrived damaged"),
    "defective": gettext_lazy("It does not work"),
    "wrong_item": gettext_lazy("It is not what I ordered"),
    "not_as_described": gettext_lazy("It differs from its description"),
    "size": gettext_lazy("The size does not fit"),
    "late": gettext_lazy("It came too late"),
    "changed_mind": gettext_lazy("I changed my mind"),
    "other": gettext_lazy("Another reason"),
}

METHODS = {
    "courier": (
        gettext_lazy("Collect it from me"),
        gettext_lazy("A courier comes to your delivery address."),
    ),
    "branch": (gettext_lazy("I bring it to a branch"), gettext_lazy("Any of our branches takes it.")),
}

# An exchange names another SKU, so it is arranged with staff.
RESOLUTIONS = {
    "refund": (
        gettext_lazy("My money back"),
        gettext_lazy("The way you paid, once we have checked the items."),
    ),
    "store_credit": (gettext_lazy("Store credit"), gettext_lazy("To spend on your next order.")),
    "replacement": (
        gettext_lazy("The same item again"),
        gettext_lazy("We send a new one once we have checked yours."),
    ),
}


@dataclass(frozen=True)
class ReturnFacts:
    """The three axes of a return, how it travels, and what was given for it: refund, store_credit or goods."""

    reception: str
    acceptance: str
    reimbursement: str
    method: str
    given: str = "refund"


def told(facts: ReturnFacts) -> tuple[Badge, str]:
    """The badge and the sentence under it."""
    if facts.acceptance == "rejected":
        return Badge(_("Not accepted"), "bad", "circle-x"), _("We could not accept this return.")
    if facts.reception == "cancelled":
        return Badge(_("Cancelled"), "", "ban"), _("This return was cancelled.")
    if facts.reimbursement == "done":
        return _done(facts)
    if facts.reimbursement == "none":
        return Badge(_("Closed"), "", "circle-check"), _(
            "This return is closed. Nothing is left to pay back."
        )
    if facts.reimbursement == "failed":
        return (
            Badge(_("Refund delayed"), "warn", "clock"),
            _("The refund did not go through at once. We are working on it."),
        )
    if facts.reception == "lost":
        text = _("The parcel was lost on its way back. We will write to you.")
        return Badge(_("Being searched for"), "bad", "search-x"), text
    if facts.reception == "received":
        return Badge(_("With us"), "prog", "package-open"), _("We have your items and are checking them.")
    if facts.reception == "partially_received":
        text = _("Some of your items have reached us. We are waiting for the rest.")
        return Badge(_("Partly with us"), "prog", "package-open"), text
    if facts.reception == "in_transit":
        return Badge(_("On its way to us"), "info", "truck"), _("Your items are on their way to us.")
    if facts.acceptance == "accepted":
        return Badge(_("Approved"), "ok", "circle-check"), next_step(facts.method)
    return Badge(_("Requested"), "", "clock"), _("We are looking at your request and will write to you.")


def _done(facts: ReturnFacts) -> tuple[Badge, str]:
    if facts.given == "goods":
        return Badge(_("Replaced"), "ok", "circle-check"), _("We send you another item in a new order.")
    if facts.given == "store_credit":
        return Badge(_("Credited"), "ok", "circle-check"), _("The amount is in your store credit.")
    return (
        Badge(_("Refunded"), "ok", "circle-check"),
        _("We have paid you back. Your bank may take a few days to show it."),
    )
