"""Two agents list one contact at once; a campaign's workers die and overlap: each thing happens once."""

from collections import Counter
from functools import partial

import pytest
from django.core import mail
from django.db import transaction

from channels import campaigns, notifications
from channels.models import Campaign, CampaignState, Message
from oms.core.errors import Conflict
from oms.core.models import Event
from orders import describing, segments, standing
from orders.models import Customer, ListedContact
from tests import shop
from tests.races.test_fulfillment_races import at_once, deadlocks

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.pgbouncer]


def refused(act: partial[object]) -> str:
    """The code of a refusal, empty where it went through."""
    try:
        act()
    except Conflict as conflict:
        return conflict.code
    return ""


def test_two_agents_list_one_contact_at_once_and_it_stands_once() -> None:
    before = deadlocks()
    contact = standing.contact("0501234567", "SA")
    by = [partial(standing.put, [contact], "blocked", actor=f"staff:{n}") for n in range(8)]
    answers = at_once([partial(refused, act) for act in by])
    assert "" in answers
    assert set(answers) <= {"", "listed_meanwhile"}
    assert ListedContact.objects.filter(ended_at=None).count() == 1
    assert Event.objects.filter(kind="contact.listed").count() == 1
    assert deadlocks() == before


def test_of_a_block_and_a_trust_at_once_one_stands_and_the_other_is_refused() -> None:
    contact = standing.contact("sara@example.com")
    acts = [
        partial(standing.put, [contact], kind, actor="staff:1")
        for kind in ("blocked", "trusted")
        for _ in range(4)
    ]
    answers = at_once([partial(refused, act) for act in acts])
    stands = ListedContact.objects.get(ended_at=None).standing
    first, second = answers[:4], answers[4:]
    same, other = (first, second) if stands == "blocked" else (second, first)
    assert "" in same
    assert set(same) <= {"", "listed_meanwhile"}
    assert set(other) <= {"on_other_list", "listed_meanwhile"}
    assert Event.objects.filter(kind="contact.listed").count() == 1


def members(count: int) -> None:
    for n in range(count):
        email = f"c{n}@example.com"
        one = Customer.objects.create(name=f"C{n}", email=email, email_key=email)
        describing.agree(one, "agreed", actor="customer")


def started() -> Campaign:
    texts = {"en": {"subject": "Hi {first_name}", "body": "New."}}
    campaign = campaigns.draft(
        name="Winter",
        channel=shop.channel(),
        texts=texts,
        fallback="en",
        conditions=segments.Conditions(),
        actor="staff:1",
    )
    campaigns.start(campaign, actor="staff:1")
    return campaign


@transaction.atomic
def die_with_a_slice() -> None:
    campaigns.run_due()
    raise KeyboardInterrupt


def test_a_campaigns_worker_dies_and_others_overlap_and_each_gets_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(campaigns, "SLICE", 20)
    members(90)
    campaign = started()
    assert campaigns.run_due()
    # A worker that dies with its slice written and not committed leaves nothing of it.
    with pytest.raises(KeyboardInterrupt):
        die_with_a_slice()
    assert Message.objects.filter(campaign=campaign).count() == 20

    def work() -> None:
        while campaigns.run_due() or Campaign.objects.get(pk=campaign.pk).written_at is None:
            pass
        notifications.send_due()

    at_once([work] * 4)
    campaigns.run_due()
    told = Counter(letter.to[0] for letter in mail.outbox)
    assert told == {f"c{n}@example.com": 1 for n in range(90)}
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.SENT
    assert Event.objects.filter(kind="campaign.sent").count() == 1
