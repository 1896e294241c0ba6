"""The start page's figures are true, compared fairly, and cost the same however much there is."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from oms.backoffice.figures import figures
from oms.core.access import principal_of_user
from oms.core.models import User
from tests.portal import road

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now() -> Any:
    cache.clear()
    with time_machine.travel(road.NOW, tick=False):
        yield
    cache.clear()


@pytest.fixture
def manager() -> User:
    return User.objects.create_user("mona", role="manager")


def test_today_is_compared_with_last_week_until_the_same_hour(manager: User) -> None:
    week_ago = timezone.now() - timedelta(days=7)
    for number, at in enumerate(
        [road.PLACED, road.PLACED, week_ago - timedelta(hours=1), week_ago + timedelta(hours=1)]
    ):
        road.order(number=30000 + number, placed_at=at, total=Decimal("100"), placed_total=Decimal("100"))
    sales = figures(principal_of_user(manager)).sales
    assert sales is not None
    assert (sales.today.orders, sales.today.revenue) == (2, (("AED", Decimal("200.0000")),))
    assert (sales.week_ago.orders, sales.week_ago.orders_so_far) == (2, 1)
    assert (sales.change(), sales.revenue_change()) == (100, 100)


def test_revenue_speaks_of_the_companys_own_currency_first_and_of_every_other(manager: User) -> None:
    for number, (currency, total) in enumerate([("KWD", "5.5"), ("KWD", "1"), ("SAR", "100")]):
        sums = {"total": Decimal(total), "placed_total": Decimal(total)}
        road.order(number=31000 + number, placed_at=road.PLACED, currency=currency, **sums)
    sales = figures(principal_of_user(manager)).sales
    assert sales is not None
    assert sales.today.revenue == (("SAR", Decimal("100.0000")), ("KWD", Decimal("6.5000")))
    client = Client()
    client.force_login(manager)
    assert "KWD\xa06.500" in client.get("/").content.decode()


def test_backlog_late_and_returns(manager: User) -> None:
    road.order(number=1, stage="held")
    late = road.order(number=2, stage="allocated", far="allocated")
    window = (road.NOW - timedelta(days=2), road.NOW - timedelta(days=1))
    late.parcel("HPH-WL-900", state="released", window=window)
    late.parcel("CFF-ETH-1KG", state="delivered", window=window)
    road.delivered(number=3).asked_back("MUG-STN-350")
    known = figures(principal_of_user(manager))
    assert dict(known.backlog) == {
        "placed": 0, "held": 1, "backordered": 0, "allocated": 1, "partially_picked": 0, "picking": 0, "packed": 0,
    }  # fmt: skip
    assert (known.late, known.returns) == (1, 1)


def test_a_warehouse_sees_no_sales(manager: User) -> None:
    picker = User.objects.create_user("wali", role="warehouse", locations=["DXB"])
    known = figures(principal_of_user(picker))
    assert (known.sales, known.backlog, known.out_of_stock) == (None, [], None)


def test_the_start_costs_a_fixed_number_of_queries(manager: User, django_assert_max_num_queries: Any) -> None:
    client = Client()
    client.force_login(manager)
    for number in range(5):
        road.order(number=40000 + number)
    # Session and user, the figures with the rules of two, the sidebar's counts and the reader's own.
    with django_assert_max_num_queries(12):
        assert client.get("/").status_code == 200


def test_a_warehouse_starts_with_its_queues(manager: User) -> None:
    window = (road.NOW - timedelta(days=2), road.NOW - timedelta(days=1))
    road.order(number=1, stage="allocated", far="allocated").parcel(
        "HPH-WL-900", state="planned", window=window
    )
    picker = User.objects.create_user("wali", role="warehouse", locations=["DXB"])
    client = Client()
    client.force_login(picker)
    shown = client.get("/")
    assert [(step["count"], step["href"]) for step in shown.context["steps"]] == [
        (1, "/release/"),
        (0, "/picking/"),
        (0, "/packing/"),
        (0, "/handover/"),
    ]
    # Late orders are none of theirs to see; the list of shipments is.
    assert client.get(shown.context["lists"]["late"]).status_code == 200
