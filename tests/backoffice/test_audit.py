"""The audit log calls people and campaigns by name, whoever did it and whoever it was done to."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from inventory import news, stock, telling
from inventory.models import Location, Product, State
from oms.core.access import create_key
from oms.core.events import record
from oms.core.models import Event, User
from orders.models import Customer
from tests.portal import road

pytestmark = pytest.mark.django_db


def test_the_audit_log_names_whom_it_was_done_to(django_assert_num_queries: Any) -> None:
    admin = User.objects.create_user("noor-admin", role="admin")
    client = Client()
    client.force_login(admin)
    members = [
        User.objects.create_user(f"sami{n}", first_name="Sami", last_name=f"Nasser {n}") for n in range(3)
    ]

    def tell(*subjects: str) -> None:
        with transaction.atomic():
            for subject in subjects:
                record("user.changed", subject, actor="staff:noor-admin")

    def named() -> list[str]:
        page = client.get("/settings/audit/")
        return [str(row.cells["subject"].value) for row in page.context["list"].rows]

    tell(f"user/{members[0].pk}")
    named()
    with CaptureQueriesContext(connection) as one:
        assert named() == ["Member of staff \u2068Sami Nasser 0\u2069"]
    tell("user/987654", *(f"user/{member.pk}" for member in members[1:]))
    with django_assert_num_queries(len(one)):
        assert named() == [
            "Member of staff \u2068Sami Nasser 2\u2069",
            "Member of staff \u2068Sami Nasser 1\u2069",
            "Member of staff \u2068987654\u2069",
            "Member of staff \u2068Sami Nasser 0\u2069",
        ]
    event = Event.objects.get(subject=f"user/{members[2].pk}")
    assert "Sami Nasser 2" in client.get(f"/settings/audit/{event.pk}/").content.decode()


def test_the_audit_log_names_customers_and_campaigns() -> None:
    client = Client()
    client.force_login(User.objects.create_user("noor-admin", role="admin"))
    customer = Customer.objects.create(name="Layla Haddad")
    with transaction.atomic():
        for subject in (customer.ref, f"campaign/{uuid4()}", "customer/gone"):
            record("customer.changed", subject, actor="staff:noor-admin")
    rows = client.get("/settings/audit/").context["list"].rows
    assert [str(row.cells["subject"].value) for row in rows] == [
        "Customer \u2068gone\u2069",
        "Campaign",
        "Customer \u2068Layla Haddad\u2069",
    ]
    event = Event.objects.get(subject=customer.ref)
    assert "Layla Haddad" in client.get(f"/settings/audit/{event.pk}/").content.decode()


def test_the_audit_log_finds_a_subject_by_what_it_is_called() -> None:
    client = Client()
    admin = User.objects.create_user("noor-admin", role="admin")
    client.force_login(admin)
    sami = User.objects.create_user("sami.n", first_name="Sami", last_name="Nasser")
    key, _secret = create_key(channel=None, scopes=["*"], name="Warehouse robot")
    told = road.delivered(number=10234)
    told.asked_back("MUG-STN-350")
    parcel = told.order.shipments.get()
    returned = told.order.returns.get()
    customer = told.order.customer
    subjects = [
        "stock/TEE-1",
        "stock/22791",
        "count/CN1005",
        "transfer/TR1001",
        f"user/{sami.pk}",
        f"key/{key.pk}",
        customer.ref,
    ]
    with transaction.atomic():
        for subject in subjects:
            record("stock.changed", subject, actor="staff:noor-admin")
        for subject in (returned.ref, f"shipment/{parcel.number}"):
            record("order.changed", subject, actor="desk", thread=told.order.ref)

    def found(q: str) -> list[str]:
        rows = client.get("/settings/audit/", {"q": q}).context["list"].rows
        return [row.subject for row in rows]

    # Many shops number their SKUs: a figure is an order's number, or any other document's.
    assert found("22791") == found("٢٢٧٩١") == ["stock/22791"]
    for q in ("TEE-1", "tee-1", "stock/TEE-1", "SKU TEE-1"):
        assert found(q) == ["stock/TEE-1"], q
    assert found("CN1005") == found("cn1005") == found("CN١٠٠٥") == ["count/CN1005"]
    assert found("TR1001") == ["transfer/TR1001"]
    assert found(returned.number) == [returned.ref]
    assert found(parcel.number) == [f"shipment/{parcel.number}"]
    assert found("sami.n") == found("Sami Nasser") == [f"user/{sami.pk}"]
    assert found("robot") == found(key.prefix) == [f"key/{key.pk}"]
    assert found(told.order.customer_name) == [customer.ref]
    assert found("nothing of the kind") == []
    page = client.get("/settings/audit/", {"q": "robot"})
    [row] = page.context["list"].rows
    assert str(row.cells["subject"].value) == "API key \u2068Warehouse robot\u2069"
    assert page.content.decode().count(f'href="/settings/audit/{row.pk}/"') == 2


def test_a_correction_of_stock_names_who_made_it() -> None:
    client = Client()
    client.force_login(
        User.objects.create_user("noor-admin", first_name="Noor", last_name="Aziz", role="admin")
    )
    place = Location.objects.create(code="DXB", name="Dubai", kind="warehouse", address={"country": "AE"})

    def correct(product: Product, *actors: str) -> None:
        for actor in actors:
            stock.adjust(
                product=product,
                location=place,
                set_to=None,
                change=2,
                state=State.ON_HAND,
                reason="count",
                actor=actor,
            )

    def who_changed() -> list[str]:
        telling.tell()
        rows = client.get("/settings/audit/", {"kind": "stock.changed"}).context["list"].rows
        return [str(row.cells["actor"].value) for row in rows]

    tee, mug = (Product.objects.create(sku=sku, name={"en": sku}) for sku in ("TEE", "MUG"))
    correct(tee, "staff:noor-admin")
    assert who_changed() == ["Noor Aziz"]
    correct(tee, "worker", "worker")
    assert who_changed() == ["System", "Noor Aziz"]
    correct(mug, "staff:noor-admin", "staff:other")
    assert who_changed() == ["System", "System", "Noor Aziz"]
    with transaction.atomic():
        news.touch([tee.pk])
    assert who_changed()[0] == "System"
