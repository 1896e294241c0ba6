"""Transfers through the API: the whole road, who may do what, and what is refused."""

from typing import Any

import pytest
from django.conf import settings

from inventory.models import StockLevel, Transfer
from oms.core.models import Event
from tests import shop
from tests.fulfillment.road import prove
from tests.inventory.conftest import errors_of
from tests.shop import Api

pytestmark = pytest.mark.django_db


@pytest.fixture
def api() -> Any:
    """Shirts in Riyadh and Dammam, none in Jeddah."""
    shop.location("JED", name="Jeddah")
    shop.product("TEE", RUH=10, DMM=4)
    yield shop.api(None, "stock:*")
    prove()


def ask(api: Api, *lines: tuple[str, int], **changes: Any) -> Any:
    asked = [{"sku": sku, "quantity": quantity} for sku, quantity in lines]
    return api.post("transfers/", {"source": "RUH", "target": "JED", "lines": asked, **changes})


def test_the_whole_road(api: Api) -> None:
    made = ask(api, ("TEE", 6), note="For the opening", expected_on="2030-01-02")
    assert made.status_code == 201
    transfer = made.json()
    [line] = transfer["lines"]
    assert made["Location"] == f"{settings.BASE_URL}/api/v1/transfers/{transfer['id']}/"
    assert (transfer["state"], line["quantity"], line["on_the_way"]) == ("requested", 6, 0)
    path = f"transfers/{transfer['number']}/"
    sent = api.post(f"{path}shipments/", {"lines": [{"id": line["id"], "quantity": 5}]})
    assert sent.status_code == 201
    assert sent.json()["lines"] == [{"id": line["id"], "quantity": 5}]
    assert sent.json()["expected_on"] == "2030-01-02"
    [level] = api.get("stock/?sku=TEE&location=JED").json()["data"]
    assert (level["on_hand"], level["incoming"]) == (0, 5)
    came = [{"id": line["id"], "quantity": 3}, {"id": line["id"], "quantity": 1, "state": "damaged"}]
    got = api.post(f"{path}receipts/", {"lines": came})
    assert got.status_code == 201
    assert got.json()["transfer"]["state"] == "partly_received"
    assert [(one["sku"], one["quantity"], one["state"]) for one in got.json()["receipt"]["lines"]] == [
        ("TEE", 3, "on_hand"),
        ("TEE", 1, "damaged"),
    ]
    assert api.get(f"{path}receipts/").json()["data"] == [got.json()["receipt"]]
    closed = api.post(f"{path}closings/", {"reason": "One fell off the lorry"})
    assert (closed.status_code, closed.json()["transfer"]["state"]) == (201, "closed")
    found = api.get(path)
    [line] = found.json()["lines"]
    assert (line["shipped"], line["received"], line["variance"], line["on_the_way"]) == (5, 4, -1, 0)
    assert api.get(path, **{"If-None-Match": found["ETag"]}).status_code == 304
    assert api.post(f"{path}cancellations/").json()["code"] == "illegal_move"


def test_lists_are_narrowed_and_paged(api: Api) -> None:
    numbers = [ask(api, ("TEE", 1)).json()["number"] for _ in range(3)]
    api.post(f"transfers/{numbers[0]}/cancellations/", {"reason": "no"})
    first = api.get("transfers/?limit=2").json()
    assert [row["number"] for row in first["data"]] == [numbers[2], numbers[1]]
    rest = api.get(f"transfers/?limit=2&cursor={first['next_cursor']}").json()
    assert [row["number"] for row in rest["data"]] == [numbers[0]]
    assert "lines" not in rest["data"][0]
    assert [row["number"] for row in api.get("transfers/?state=cancelled").json()["data"]] == [numbers[0]]
    assert api.get("transfers/?location=DMM").json()["data"] == []
    assert len(api.get("transfers/?location=JED&sku=TEE").json()["data"]) == 3
    assert errors_of(api.get("transfers/?state=lost"))[0][0] == "state"
    assert errors_of(api.get("transfers/?cursor=x"))[0] == ("cursor", "invalid_cursor")


def test_every_location_is_asked_in_one_step(api: Api) -> None:
    rows = api.get("transfers/asks/?sku=TEE&target=JED").json()["data"]
    assert [(row["location"], row["available"]) for row in rows] == [("RUH", 10), ("DMM", 4)]
    lines = [
        {"location": "RUH", "sku": "TEE", "quantity": 10},
        {"location": "DMM", "sku": "TEE", "quantity": 5},
    ]
    refused = api.post("transfers/asks/", {"target": "JED", "lines": lines})
    assert (refused.status_code, refused.json()["code"]) == (409, "insufficient_stock")
    assert errors_of(refused) == [("/lines/1/quantity", "insufficient_stock")]
    assert not Transfer.objects.exists()
    lines[1]["quantity"] = 2
    made = api.post("transfers/asks/", {"target": "JED", "lines": lines}).json()["transfers"]
    assert [(one["source"], one["lines"][0]["quantity"]) for one in made] == [("RUH", 10), ("DMM", 2)]
    assert api.get("transfers/asks/?sku=TEE&target=JED").json()["data"][0] == {
        "sku": "TEE",
        "location": "DMM",
        "name": "DMM",
        "on_hand": 4,
        "available": 2,
        "incoming": 0,
    }


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"source": "NOPE"}, ("/source", "unknown_location")),
        ({"target": "RUH"}, ("/source", "same_location")),
        (
            {"lines": [{"sku": "TEE", "quantity": 1}, {"sku": "NO", "quantity": 1}]},
            ("/lines/1/sku", "unknown_sku"),
        ),
        ({"lines": [{"sku": "TEE", "quantity": 0}]}, ("/lines/0/quantity", "invalid")),
        ({"lines": []}, ("/lines", "invalid")),
        ({"extra": 1}, ("/extra", "unknown_field")),
    ],
)
def test_what_is_wrong_is_named(api: Api, changes: dict[str, Any], fault: tuple[str, str]) -> None:
    answer = ask(api, ("TEE", 1), **changes)
    assert answer.status_code == 400
    assert errors_of(answer) == [fault]
    assert not Transfer.objects.exists()


def test_a_step_needs_its_scope_and_a_line_of_its_own(api: Api) -> None:
    transfer = ask(api, ("TEE", 6)).json()
    other = ask(api, ("TEE", 1)).json()
    path = f"transfers/{transfer['id']}/"
    assert shop.api("web", "stock:read").post(f"{path}shipments/").status_code == 403
    wrong = {"lines": [{"id": other["lines"][0]["id"], "quantity": 1}]}
    assert errors_of(api.post(f"{path}shipments/", wrong)) == [("/lines/0/id", "unknown_line")]
    nothing = {"lines": [{"id": transfer["lines"][0]["id"], "quantity": 0}]}
    assert errors_of(api.post(f"{path}shipments/", nothing)) == [("/lines", "nothing_sent")]
    assert api.post(f"{path}receipts/", wrong).status_code == 409
    assert StockLevel.objects.get(product__sku="TEE", location__code="RUH").committed == 7
    assert not Event.objects.filter(kind__in=["transfer.shipped", "transfer.received"]).exists()


def test_the_same_key_ships_once(api: Api) -> None:
    path = f"transfers/{ask(api, ('TEE', 6)).json()['id']}/shipments/"
    first = api.post(path, {}, key="ship-1")
    again = api.post(path, {}, key="ship-1")
    assert (first.status_code, again.status_code, again["Idempotent-Replayed"]) == (201, 201, "true")
    assert StockLevel.objects.get(product__sku="TEE", location__code="JED").incoming == 6
