"""The audit log calls people and campaigns by name, whoever did it and whoever it was done to."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from oms.core.events import record
from oms.core.models import Event, User
from orders.models import Customer

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
