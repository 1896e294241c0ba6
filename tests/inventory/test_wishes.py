"""Customers who want to know when it is back: each wish is answered once, and ends."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from inventory import telling, wishes
from inventory.models import Wish
from oms.core.errors import IllegalMove
from oms.core.models import Event
from tests import shop
from tests.inventory.conftest import errors_of
from tests.shop import Api

pytestmark = pytest.mark.django_db

SARA = {
    "sku": "TEE",
    "email": "sara@Example.com",
    "name": "Sara",
    "language": "ar",
    "url": "https://shop.example/tee",
}


@pytest.fixture
def api() -> Api:
    """Shirts are sold out."""
    shop.product("TEE", RUH=0)
    telling.tell()
    return shop.api("web", "orders:*")


def leave(api: Api, **changes: Any) -> Any:
    return api.post("back-in-stock/", {**SARA, **changes})


def states() -> list[str]:
    return list(Wish.objects.order_by("created_at").values_list("state", flat=True))


def told() -> list[str]:
    return list(Event.objects.filter(kind__startswith="wish.").order_by("id").values_list("kind", flat=True))


def test_a_wish_is_left_once_and_read_back(api: Api) -> None:
    made = leave(api)
    assert made.status_code == 201
    wish = made.json()
    assert (wish["email"], wish["language"], wish["channel"], wish["state"]) == (
        "sara@example.com",
        "ar",
        "web",
        "waiting",
    )
    again = leave(api, name="Sara again")
    assert (again.status_code, again.json()["id"], again.json()["name"]) == (200, wish["id"], "Sara")
    assert api.get(f"back-in-stock/{wish['id']}/").json() == wish
    assert api.get("back-in-stock/?state=waiting&sku=TEE").json()["data"] == [wish]
    other = shop.api("till", "orders:*")
    assert other.get("back-in-stock/").json()["data"] == []
    assert other.delete(f"back-in-stock/{wish['id']}/").status_code == 404
    assert api.delete(f"back-in-stock/{wish['id']}/").status_code == 204
    assert api.delete(f"back-in-stock/{wish['id']}/").status_code == 409
    assert told() == ["wish.left", "wish.cancelled"]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"email": ""}, ("/email", "required")),
        ({"email": "nobody"}, ("/email", "invalid")),
        ({"url": "javascript:alert(1)"}, ("/url", "invalid")),
        ({"sku": "NO"}, ("/sku", "unknown_sku")),
    ],
)
def test_what_is_wrong_is_named(api: Api, changes: dict[str, str], fault: tuple[str, str]) -> None:
    answer = leave(api, **changes)
    assert (answer.status_code, errors_of(answer)) == (400, [fault])
    assert not Wish.objects.exists()


def test_what_can_be_had_is_not_wished_for(api: Api) -> None:
    shop.product("TEE", RUH=1)
    assert (leave(api).status_code, leave(api).json()["code"]) == (409, "in_stock")


def test_a_company_key_names_the_channel(api: Api) -> None:
    company = shop.api(None, "orders:*")
    assert errors_of(leave(company)) == [("/channel", "unknown_channel")]
    assert leave(company, channel="web").json()["channel"] == "web"
    assert leave(api, channel="till").status_code == 403


def test_stock_wakes_each_wish_once(api: Api) -> None:
    leave(api)
    leave(api, email="", phone="٠٥٠١٢٣٤٥٦٧")
    telling.tell()
    assert states() == ["waiting", "waiting"]
    shop.product("TEE", RUH=2)
    telling.tell()
    assert states() == ["told", "to_call"]
    assert told() == ["wish.left", "wish.left", "wish.told", "wish.to_call"]
    shop.product("TEE", RUH=0)
    telling.tell()
    shop.product("TEE", RUH=5)
    telling.tell()
    assert len(told()) == 4
    call = Wish.objects.get(state="to_call")
    assert call.phone == "0501234567"
    assert wishes.called(call, actor="staff:omar").state == "told"
    with pytest.raises(IllegalMove):
        wishes.called(call, actor="staff:omar")


def test_one_word_ends_every_wish_of_an_address(api: Api) -> None:
    shop.product("MUG", RUH=0)
    leave(api)
    leave(api, sku="MUG")
    leave(api, email="omar@example.com")
    assert wishes.leave_alone(Wish.objects.order_by("created_at")[0]) == 2
    assert states() == ["cancelled", "cancelled", "waiting"]


def test_wishes_expire_and_are_forgotten(api: Api) -> None:
    leave(api)
    later = timezone.now() + wishes.WAITS + timedelta(days=1)
    wishes.housekeep(later)
    assert states() == ["expired"]
    shop.product("TEE", RUH=2)
    telling.tell()
    assert states() == ["expired"]
    wishes.housekeep(later + wishes.KEPT + timedelta(days=1))
    assert states() == []
