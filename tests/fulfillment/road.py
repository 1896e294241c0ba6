"""Words for tests of the road: rates, steps, and what stock and counters say afterwards."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from inventory.models import Movement, Reservation, StockLevel
from oms.core.models import Event, Outbox
from oms.verifying import CHECKS
from tests import shop

RATE = {
    "carrier": "own_fleet",
    "service": "standard",
    "to": {"country": "SA"},
    "base": "12.00",
    "per_kg": "2.00",
    "days": [1, 3],
}


def add_rate(**changes: Any) -> dict[str, Any]:
    answer = shop.api(None).post("shipping-rates/", {**RATE, **changes})
    assert answer.status_code == 201, answer.content
    return answer.json()


@dataclass
class Level:
    """on_hand, committed and quality_control of one SKU at one location."""

    on_hand: int
    committed: int
    quality_control: int = 0


def level(sku: str, code: str) -> Level:
    row = StockLevel.objects.get(product__sku=sku, location__code=code)
    return Level(row.on_hand, row.committed, row.quality_control)


def kept(order: dict[str, Any]) -> dict[tuple[str, str], int]:
    """The order's reservations by SKU and location."""
    rows = Reservation.objects.filter(owner=order["id"])
    return {(sku, code): n for sku, code, n in rows.values_list("product__sku", "location__code", "quantity")}


def kinds(order: dict[str, Any]) -> list[str]:
    """The order's timeline."""
    return list(
        Event.objects.filter(thread=f"order/{order['number']}").order_by("id").values_list("kind", flat=True)
    )


def movements(sku: str) -> list[tuple[str, str, int]]:
    rows = Movement.objects.exclude(cause="adjusted").filter(
        product_id__in=StockLevel.objects.filter(product__sku=sku).values("product_id")
    )
    return list(rows.order_by("id").values_list("cause", "state", "change"))


class Shop(shop.Api):
    """An API client with the steps by name; each must succeed unless `refused` asks for its code."""

    def place(self, *lines: tuple[str, int], **changes: Any) -> dict[str, Any]:
        answer = self.post("orders/", shop.order_body(*lines, **changes))
        assert answer.status_code == 201, answer.content
        return answer.json()

    def routed(self, *lines: tuple[str, int], **changes: Any) -> dict[str, Any]:
        order = self.place(*lines, **changes)
        shop.work()
        return self.order(order)

    def order(self, order: dict[str, Any]) -> dict[str, Any]:
        return self.get(f"orders/{order['id']}/").json()

    def shipments(self, order: dict[str, Any]) -> list[dict[str, Any]]:
        """Oldest first."""
        return self.get(f"shipments/?order={order['number']}").json()["data"][::-1]

    def shipment(self, order: dict[str, Any]) -> dict[str, Any]:
        (only,) = self.shipments(order)
        return only

    def step(self, shipment: dict[str, Any], name: str, body: Any = None) -> dict[str, Any]:
        answer = self.post(f"shipments/{shipment['id']}/{name}/", body)
        assert answer.status_code == 201, answer.content
        return answer.json()

    def refused(self, shipment: dict[str, Any], name: str, body: Any = None) -> tuple[int, str]:
        answer = self.post(f"shipments/{shipment['id']}/{name}/", body)
        assert answer["Content-Type"] == "application/problem+json"
        return answer.status_code, answer.json()["code"]

    def release(self, shipment: dict[str, Any]) -> dict[str, Any]:
        return self.step(shipment, "releases")

    def pick(self, shipment: dict[str, Any], **units: int) -> dict[str, Any]:
        """These units, or everything."""
        wanted = units or {line["sku"]: line["quantity"] for line in shipment["lines"]}
        return self.step(shipment, "picks", {"lines": [{"sku": s, "quantity": n} for s, n in wanted.items()]})

    def pack(self, shipment: dict[str, Any]) -> dict[str, Any]:
        return self.step(shipment, "packages", {"packages": [{"weight_g": 1200}]})

    def label(self, shipment: dict[str, Any], **choice: str) -> dict[str, Any]:
        return self.step(shipment, "labels", choice)

    def hand_over(self, shipment: dict[str, Any]) -> dict[str, Any]:
        return self.step(shipment, "handovers")

    def scan(self, shipment: dict[str, Any], code: str, **more: str) -> dict[str, Any]:
        return self.step(shipment, "scans", {"code": code, **more})

    def up_to(self, shipment: dict[str, Any], step: str) -> dict[str, Any]:
        """Everything up to and including a step."""
        for name in ("release", "pick", "pack", "label", "hand_over"):
            shipment = getattr(self, name)(shipment)
            if name == step:
                return shipment
        raise ValueError(step)

    def cancel(self, order: dict[str, Any], *lines: tuple[str, int], reason: str = "") -> Any:
        """The answer to cancelling (sku, quantity) of an order's lines, or all of it."""
        ids = {line["sku"]: line["id"] for line in order["lines"]}
        asked = [{"id": ids[sku], "quantity": n} for sku, n in lines] or None
        return self.post(f"orders/{order['id']}/cancellations/", {"lines": asked, "reason": reason})


def open_shop(code: str | None = "web", *scopes: str) -> Shop:
    return Shop(shop.api(code, *scopes).secret)


def prove() -> None:
    """Every rule `manage.py verify` knows holds on what the test left, and no handler failed on the way."""
    broken = {}
    with connection.cursor() as cursor:
        for check in CHECKS:
            if not check.minutes:
                cursor.execute(check.sql)
                if rows := cursor.fetchall():
                    broken[check.name] = rows
    assert broken == {}
    assert list(Outbox.objects.filter(attempts__gt=0).values_list("handler", "last_error")) == []
