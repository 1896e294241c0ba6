"""What the page says of a return; no database."""

import pytest
from django.utils import translation

from oms.portal.return_wording import ReturnFacts, told


def facts(reception: str, acceptance: str, reimbursement: str = "pending", **more: str) -> ReturnFacts:
    return ReturnFacts(reception, acceptance, reimbursement, **{"method": "courier", **more})


@pytest.mark.parametrize(
    ("asked", "badge", "said"),
    [
        (facts("awaiting", "pending"), "Requested", "looking at your request"),
        (facts("awaiting", "manual"), "Requested", "looking at your request"),
        (facts("awaiting", "accepted"), "Approved", "a courier will collect"),
        (facts("awaiting", "accepted", method="branch"), "Approved", "one of our branches"),
        (facts("awaiting", "accepted", method="keep"), "Approved", "You may keep the items."),
        (facts("in_transit", "accepted"), "On its way to us", "on their way"),
        (facts("partially_received", "accepted"), "Partly with us", "waiting for the rest"),
        (facts("received", "accepted"), "With us", "checking them"),
        (facts("received", "accepted", "done"), "Refunded", "paid you back"),
        (facts("received", "accepted", "done", given="store_credit"), "Credited", "store credit"),
        (facts("received", "accepted", "done", given="goods"), "Replaced", "new order"),
        (facts("received", "accepted", "none"), "Closed", "Nothing is left"),
        (facts("received", "accepted", "failed"), "Refund delayed", "working on it"),
        (facts("lost", "accepted"), "Being searched for", "lost on its way back"),
        (facts("received", "rejected"), "Not accepted", "could not accept"),
        (facts("cancelled", "rejected", "none"), "Not accepted", "could not accept"),
        (facts("cancelled", "pending"), "Cancelled", "was cancelled"),
    ],
)
def test_each_state_is_told_truly(asked: ReturnFacts, badge: str, said: str) -> None:
    with translation.override("en"):
        shown, sentence = told(asked)
    assert shown.text == badge
    assert said in sentence
