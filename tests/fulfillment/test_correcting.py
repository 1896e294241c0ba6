"""A figure below what is promised: whoever corrects it is shown the orders that would wait, and agrees to those."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from inventory.models import Movement, StockLevel
from oms.core.models import Event
from tests import shop
from tests.fulfillment import road
from tests.fulfillment.road import Level
from tests.inventory.test_pages import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def web() -> road.Shop:
    shop.location("RUH", priority=50)
    road.add_rate()
    shop.product("TEE", RUH=10)
    return road.open_shop()


def place(web: road.Shop, units: int, *, days_ago: int = 0) -> Any:
    order = web.place(("TEE", units), placed_at=(timezone.now() - timedelta(days=days_ago)).isoformat())
    shop.work()
    return order


def say(client: Client, to: int, *, seen: int = 10, state: str = "on_hand", agreed: str = "") -> Any:
    body = {"state": state, "seen": seen, "set_to": to, "reason": "Counted again", "agreed": agreed}
    return client.post(f"/stock/{StockLevel.objects.get().pk}/adjust/", body)


def waits(answer: Any) -> list[tuple[str, int]]:
    assert answer.status_code == 422
    return [(one.number, one.units) for one in answer.context["waits"] or ()]


def reserved(web: road.Shop, *orders: Any) -> list[tuple[int, int]]:
    lines = [web.order(order)["lines"][0] for order in orders]
    return [(line["reserved"], line["backordered"]) for line in lines]


def test_the_orders_that_would_wait_are_named_first_and_nothing_happens(web: road.Shop) -> None:
    old, new = place(web, 4, days_ago=2), place(web, 5)
    before = Movement.objects.count(), Event.objects.count()
    answer = say(signed_in("manager"), 3)
    assert waits(answer) == [(new["number"], 5), (old["number"], 1)]
    assert (Movement.objects.count(), Event.objects.count()) == before
    assert reserved(web, old, new) == [(4, 0), (5, 0)]
    assert road.level("TEE", "RUH") == Level(10, 9)
    assert f"#{new['number']}" in answer.content.decode()


def test_agreed_to_they_wait_and_the_figure_is_written(web: road.Shop) -> None:
    old, new = place(web, 4, days_ago=2), place(web, 5)
    staff = signed_in("manager")
    answer = say(staff, 3, agreed=say(staff, 3).context["agreed"])
    assert answer.status_code == 302
    assert reserved(web, old, new) == [(3, 1), (0, 5)]
    assert road.level("TEE", "RUH") == Level(3, 3)
    assert Event.objects.filter(kind="order.backordered").count() == 2
    road.prove()


def test_another_order_came_meanwhile_it_is_shown_again(web: road.Shop) -> None:
    place(web, 8)
    staff = signed_in("manager")
    agreed = say(staff, 5).context["agreed"]
    newer = place(web, 2)
    answer = say(staff, 5, agreed=agreed)
    assert waits(answer)[0] == (newer["number"], 2)
    assert answer.context["again"]
    assert road.level("TEE", "RUH") == Level(10, 10)
    assert say(staff, 5, agreed=answer.context["agreed"]).status_code == 302
    assert reserved(web, newer) == [(0, 2)]
    road.prove()


def test_damage_takes_from_the_newest_too(web: road.Shop) -> None:
    order = place(web, 8)
    staff = signed_in("manager")
    asked = say(staff, 5, seen=0, state="damaged")
    assert waits(asked) == [(order["number"], 3)]
    assert say(staff, 5, seen=0, state="damaged", agreed=asked.context["agreed"]).status_code == 302
    assert reserved(web, order) == [(5, 3)]
    road.prove()


def test_what_checkouts_keep_nobody_can_let_wait(web: road.Shop) -> None:
    web.post("reservations/", {"lines": [{"sku": "TEE", "quantity": 7}], "minutes": 9})
    answer = say(signed_in("manager"), 3)
    assert waits(answer) == []
    assert "set_to" in answer.context["form"].errors
    assert road.level("TEE", "RUH") == Level(10, 7)


def test_a_figure_changed_meanwhile_is_told_before_anybody_waits(web: road.Shop) -> None:
    order = place(web, 8)
    staff = signed_in("manager")
    agreed = say(staff, 5).context["agreed"]
    StockLevel.objects.update(on_hand=11)
    answer = say(staff, 5, agreed=agreed)
    assert "It is 11 now" in str(answer.context["form"].errors["set_to"])
    assert reserved(web, order) == [(8, 0)]


@pytest.mark.parametrize("agreed", ["nonsense", "a:b", ":", "1" * 5000])
def test_nonsense_is_agreed_to_by_nobody(web: road.Shop, agreed: str) -> None:
    order = place(web, 8)
    assert waits(say(signed_in("manager"), 5, agreed=agreed)) == [(order["number"], 3)]
    assert road.level("TEE", "RUH") == Level(10, 8)
