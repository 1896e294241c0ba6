"""A customer's page and the lists: written by agents, refused beside the field."""

import pytest
from django.test import Client

from oms.core.models import User
from orders import standing
from orders.models import Customer, Hold, ListedContact
from tests import shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(client: Client) -> Client:
    client.force_login(User.objects.create_user("maha", role="agent", first_name="Maha"))
    return client


@pytest.fixture
def customer() -> Customer:
    shop.product("TEE", RUH=10)
    shop.api().post("orders/", shop.order_body(("TEE", 1)))
    return Customer.objects.get()


def act(agent: Client, customer: Customer, deed: str, **given: str):
    return agent.post(f"/customers/{customer.pk}/{deed}/", given, follow=True)


def test_an_agent_blocks_a_customer_and_their_order_waits(agent, customer):
    page = act(agent, customer, "block", reason="Fraud", hold_orders="on")
    assert "The customer is blocked; 1 order is on hold." in page.content.decode()
    assert set(
        ListedContact.objects.values_list("email_key", "phone_key", "standing", "reason", "listed_by")
    ) == {
        ("sara@example.com", "", "blocked", "Fraud", "staff:maha"),
        ("", "+966501234567", "blocked", "Fraud", "staff:maha"),
    }
    assert Hold.objects.get().reason == "blocked_customer"
    act(agent, customer, "clear", release_orders="on")
    assert Hold.objects.filter(released_at=None).count() == 0
    assert not standing.of_customers([customer])[customer.pk]


def test_a_blocked_customer_is_not_trusted_beside(agent, customer):
    act(agent, customer, "block")
    page = act(agent, customer, "trust")
    assert page.status_code == 422
    assert set(ListedContact.objects.values_list("standing", flat=True)) == {"blocked"}


def test_notes_tags_contact_and_consent_are_kept_and_shown(agent, customer):
    act(agent, customer, "note", text="Calls before noon")
    act(agent, customer, "tags", tags="VIP، Riyadh, VIP")
    act(agent, customer, "reach", name="Sara Al-Otaibi", email="s@example.com", phone="")
    page = act(agent, customer, "marketing", marketing="agreed").content.decode()
    for words in ("Calls before noon", "Maha", "VIP", "Riyadh", "s@example.com", "Agreed to messages"):
        assert words in page
    customer.refresh_from_db()
    assert (customer.name, customer.tags, customer.phone_key) == ("Sara Al-Otaibi", ["VIP", "Riyadh"], None)


def test_a_refused_contact_is_said_beside_its_field(agent, customer):
    page = act(agent, customer, "reach", name="Sara", email="nowhere", phone="")
    assert page.status_code == 422
    assert "This is no e-mail address." in page.content.decode()


def test_many_contacts_are_listed_at_once_or_none(agent):
    form = {"standing": "blocked", "country": "SA", "reason": "Shared by the courier"}
    lines = "a@example.com\n٠٥٠٩٩٩٨٨٧٧\nnobody"
    refused = agent.post("/customers/lists/new/", {**form, "contacts": lines})
    assert refused.status_code == 422
    assert "nobody" in refused.context["form"].errors["contacts"][0]
    assert not ListedContact.objects.exists()
    agent.post("/customers/lists/new/", {**form, "contacts": "a@example.com\n٠٥٠٩٩٩٨٨٧٧"})
    assert set(ListedContact.objects.values_list("email_key", "phone_key")) == {
        ("a@example.com", ""),
        ("", "+966509998877"),
    }


def test_the_lists_are_searched_by_any_digits_exported_and_taken_off(agent):
    standing.put([standing.contact("0509998877", "SA")], "blocked", actor="staff:maha")
    standing.put([standing.contact("=cmd@example.com")], "trusted", actor="staff:maha")
    found = agent.get("/customers/lists/", {"q": "٠٥٠٩٩٩٨٨٧٧"}).content.decode()
    assert "0509998877" in found
    assert "cmd@example.com" not in found
    file = agent.get("/customers/lists/", {"export": "csv"}).content.decode("utf-8-sig")
    assert "'=cmd@example.com" in file
    agent.post("/customers/lists/take-off/", {"ids": [str(ListedContact.objects.get(standing="blocked").pk)]})
    assert list(ListedContact.objects.filter(ended_at=None).values_list("standing", flat=True)) == ["trusted"]
