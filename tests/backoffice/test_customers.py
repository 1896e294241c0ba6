"""Customers: their page, the list with its acts on many, and the block and trust lists."""

import base64
import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from oms.backoffice import bulk
from oms.backoffice.models import BulkJob
from oms.core.models import Event, User
from orders import enrolling, histories, standing
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
    assert Hold.objects.get(reason="blocked_customer").note == "Fraud"
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


def work() -> BulkJob:
    while bulk.run_due(60):
        pass
    return BulkJob.objects.latest("created_at")


@pytest.fixture
def three(customer: Customer) -> list[Customer]:
    """The one with an order, one who never ordered, one without any contact."""
    shop.work()
    histories.catch_up()
    return [
        customer,
        Customer.objects.create(name="=Ali", email="ali@example.com", email_key="ali@example.com"),
        Customer.objects.create(name="Walk-in"),
    ]


def test_the_list_is_narrowed_by_history_and_sorted_by_what_was_paid(agent, three):
    def names(**asked: str) -> list[str]:
        return [row.name for row in agent.get("/customers/", asked).context["list"].rows]

    assert names(orders_min="1") == ["سارة العتيبي"]
    assert names(orders_max="0") == ["Walk-in", "=Ali"]
    assert names(sort="-paid")[0] == "سارة العتيبي"
    assert names(reach="phone", country="SA", channel="web", ordered="30") == ["سارة العتيبي"]
    assert names(q="ali@example.com") == ["=Ali"]
    assert names(orders_min="many") == []


def test_all_that_match_are_tagged_by_a_worker_and_exported_as_seen(agent, three):
    agent.post(
        "/customers/bulk/tag/", {"all": "1", "state": "orders_max=0", "add": "quiet", "next": "/customers/"}
    )
    job = work()
    assert (job.about, job.total, job.succeeded, job.failed) == ("customers", 2, 2, 0)
    assert set(Customer.objects.filter(tags=["quiet"]).values_list("name", flat=True)) == {"=Ali", "Walk-in"}
    agent.post(
        "/customers/bulk/export/", {"all": "1", "state": "tag=quiet", "format": "csv", "next": "/customers/"}
    )
    job = work()
    lines = agent.get(f"/orders/bulk/{job.pk}/file/").content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Customer,E-mail,Phone,Orders,Paid,")
    assert {line.split(",")[0] for line in lines[1:]} == {"'=Ali", "Walk-in"}
    assert Event.objects.get(kind="list.exported").data == {"list": "customers", "rows": 2}


def test_who_cannot_be_blocked_is_named_and_the_rest_are(agent, three):
    ids = [str(one.pk) for one in three]
    agent.post(
        "/customers/bulk/block/", {"ids": ids, "reason": "Fraud", "hold_orders": "on", "next": "/customers/"}
    )
    job = work()
    assert (job.succeeded, job.failed) == (2, 1)
    page = agent.get(f"/orders/bulk/{job.pk}/").content.decode()
    assert "Walk-in" in page
    assert "It has neither e-mail nor phone." in page
    assert Hold.objects.get(reason="blocked_customer").note == "Fraud"
    assert not agent.get("/orders/").context["jobs"]["cards"], "told on the list of customers alone"


def test_a_list_of_customers_costs_the_same_queries_however_many(
    kept_figures, agent, three, django_assert_num_queries
):
    agent.get("/customers/")
    with CaptureQueriesContext(connection) as few:
        agent.get("/customers/")
    for n in range(20):
        Customer.objects.create(
            name=f"C{n}", email=f"c{n}@example.com", email_key=f"c{n}@example.com", tags=["x"]
        )
    with django_assert_num_queries(len(few)):
        agent.get("/customers/")


def test_customers_are_sorted_by_the_last_order_shown_and_who_never_ordered_comes_last(agent):
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    for n in range(20):
        Customer.objects.create(name=f"Ordered {n:02}", last_order_at=noon - timedelta(days=n))
        Customer.objects.create(name=f"Never {n:02}")
    ordered, never = ([f"{who} {n:02}" for n in range(20)] for who in ("Ordered", "Never"))
    for address, expected in (
        ("/customers/", [*ordered, *never[::-1]]),
        ("/customers/?sort=last", [*never, *ordered[::-1]]),
    ):
        first = agent.get(address).context["list"]
        second = agent.get(first.next).context["list"]
        assert [row.name for row in first.rows] == expected[:25]
        assert [row.name for row in second.rows] == expected[25:]
        assert (second.start, second.end, second.next) == (26, 40, "")
        assert [row.name for row in agent.get(second.previous).context["list"].rows] == expected[:25]


def test_a_place_in_the_list_that_is_none_shows_its_beginning(agent):
    Customer.objects.create(name="Sara")
    for value in ("soon", "2026-13-45", None, ["2026"]):
        packed = base64.urlsafe_b64encode(json.dumps([value, str(uuid4())]).encode()).decode()
        assert [row.name for row in agent.get(f"/customers/?after={packed}").context["list"].rows] == ["Sara"]


def test_a_customer_is_found_by_the_name_a_list_or_staff_gave_them(agent: Client, customer: Customer) -> None:
    enrolling.enrol([enrolling.Person("Huda Al-Rashid", email="huda@example.com")], actor="user/maha")
    act(agent, customer, "reach", name="Sara Otaibi Trading", email="s@example.com", phone="")

    def found(q: str) -> list[str]:
        return [row.name for row in agent.get("/customers/", {"q": q}).context["list"].rows]

    assert found("rashid") == ["Huda Al-Rashid"]
    assert found("trading") == ["Sara Otaibi Trading"]
    assert found("عتيبي") == ["Sara Otaibi Trading"], "by the name of an order too"
    enrolling.enrol([enrolling.Person("Huda Saleh", email="huda@example.com")], actor="user/maha")
    assert (found("saleh"), found("rashid")) == (["Huda Saleh"], [])
