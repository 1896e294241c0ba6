"""Customers with figures, notes and lists, and campaigns at each step, for the walk over every staff page."""

from collections.abc import Callable
from typing import Any

from channels import campaigns
from channels.models import Campaign, Message
from oms.core.models import Channel
from orders import describing, histories, noting, standing
from orders.models import Customer, CustomerMark

TEXTS = {
    "en": {
        "subject": "{first_name}, new at {brand}",
        "body": "Dear {first_name},\n\nthank you for {orders} orders.",
    },
    "ar": {
        "subject": "جديدنا لك يا {first_name}",
        "body": "أهلًا {first_name}،\n\nشكرًا لك على طلبك {last_order}.",
    },
}


def _campaign(name: str) -> Any:
    return lambda world: {"pk": Campaign.objects.get(name=name).pk}


SAMPLES: dict[str, Callable[[Any], dict[str, Any]]] = {
    **{f"campaign-{name}": _campaign("Winter") for name in ("detail", "change", "test")},
    "campaign-send": _campaign("Spring"),
    "campaign-drop": _campaign("Old"),
    "campaign-stop": _campaign("Autumn"),
    "campaign-preview": lambda world: {**_campaign("Winter")(world), "language": "ar"},
}


def fill(customer: Customer) -> None:
    """A VIP who agreed, a blocked and a trusted contact, drafts and a campaign half sent."""
    noting.note(customer, "Wants a call before noon, never after.", actor="staff:noor")
    describing.tag(customer, add=["VIP", "Dubai"], actor="staff:noor")
    layla = Customer.objects.create(
        name="Layla Haddad", email="layla@example.com", email_key="layla@example.com", language="ar"
    )
    for one in (customer, layla):
        describing.agree(one, "agreed", actor="staff:noor")
    refused = standing.contact("+971 50 999 8877")
    standing.put([refused], "blocked", reason="Refused three parcels at the door", actor="staff:noor")
    standing.put([standing.contact("wei@example.com")], "trusted", actor="staff:noor")
    CustomerMark.objects.bulk_create(
        [CustomerMark(customer=one) for one in Customer.objects.all()], ignore_conflicts=True
    )
    histories.catch_up()
    channel = Channel.objects.order_by("pk")[0]
    known = {"channel": channel, "texts": TEXTS, "fallback": "en", "actor": "staff:noor"}
    for name in ("Winter", "Spring", "Old"):
        campaigns.draft(name=name, **known)
    sending = campaigns.start(campaigns.draft(name="Autumn", **known), actor="staff:noor")
    Message.objects.create(
        campaign=sending,
        customer=customer,
        kind="campaign",
        subject_ref=f"{sending.ref}/{customer.pk}",
        language="en",
        recipient=customer.email,
        state="dead",
        last_error="SMTPRecipientsRefused: mailbox unavailable",
    )
