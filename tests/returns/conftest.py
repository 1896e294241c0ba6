"""Delivered orders to send things back from, and a client that speaks to the API."""

import json
import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from fulfillment.models import Shipment, ShipmentLine, ShipmentState
from inventory import stock
from inventory.models import Location, Product, State, StockLevel
from oms.core import access
from oms.core.models import Channel, Event
from orders import progress
from orders.models import Order

RIYADH = {"line1": "King Fahd Road 1", "city": "Riyadh", "country": "SA"}


class Shop:
    """A channel's key: places orders, sends things back. `order()` answers a delivered one."""

    def __init__(self, code: str = "web") -> None:
        channel, _ = Channel.objects.get_or_create(code=code, defaults={"name": code})
        _, secret = access.create_key(channel=channel, scopes=["*"], rate=0)
        self.client = Client(raise_request_exception=False)
        self.headers = {"Authorization": f"Bearer {secret}"}

    def get(self, path: str, query: Any = None, **headers: str) -> Any:
        return self.client.get(f"/api/v1/{path}", query, headers=self.headers | headers)

    def post(self, path: str, body: Any, key: str = "") -> Any:
        headers = self.headers | {"Idempotency-Key": key or str(uuid.uuid4())}
        raw = body if isinstance(body, str | bytes) else json.dumps(body)
        return self.client.post(f"/api/v1/{path}", raw, "application/json", headers=headers)

    def place(self, *lines: dict[str, Any], currency: str = "SAR", **more: Any) -> dict[str, Any]:
        """An order of these lines, paid by card unless said otherwise."""
        body = {
            "external_id": str(uuid.uuid4()),
            "currency": currency,
            "customer": {"name": "Sara Al-Otaibi", "email": "sara@example.com"},
            "shipping_address": RIYADH,
            "lines": list(lines),
            "payments": [{"method": "card", "state": "captured", "amount": _sum(lines)}],
        } | more
        response = self.post("orders/", body)
        assert response.status_code == 201, response.content
        return dict(response.json())

    def order(self, *lines: dict[str, Any], days_ago: float = 1, **more: Any) -> dict[str, Any]:
        """A delivered order of these lines."""
        placed = self.place(*lines, **more)
        deliver(placed["number"], timezone.now() - timedelta(days=days_ago))
        return self.read(placed)

    def read(self, document: dict[str, Any], kind: str = "orders") -> dict[str, Any]:
        response = self.get(f"{kind}/{document['id']}/")
        assert response.status_code == 200, response.content
        return dict(response.json())

    def request(self, order: dict[str, Any], *units: int, **more: Any) -> dict[str, Any]:
        """A return of so many units of the first, second, … line."""
        lines = [
            {"id": line["id"], "quantity": quantity, "reason": "size"}
            for line, quantity in zip(order["lines"], units, strict=False)
            if quantity
        ]
        response = self.post(
            "returns/",
            {"order": order["id"], "lines": lines, "method": "courier", "resolution": "refund"} | more,
        )
        assert response.status_code == 201, response.content
        return dict(response.json())

    def accepted(self, order: dict[str, Any], *units: int, **more: Any) -> dict[str, Any]:
        returned = self.request(order, *units, **more)
        assert self.post(f"returns/{returned['id']}/approvals/", {}).status_code == 201
        return returned

    def step(self, returned: dict[str, Any], step: str, body: Any, status: int = 201) -> dict[str, Any]:
        response = self.post(f"returns/{returned['id']}/{step}/", body)
        assert response.status_code == status, response.content
        return dict(response.json())

    def receive(self, returned: dict[str, Any], *units: int, at: str = "RUH") -> dict[str, Any]:
        lines = [
            {"id": line["id"], "quantity": quantity}
            for line, quantity in zip(returned["lines"], units, strict=False)
            if quantity
        ]
        return self.step(returned, "receipts", {"location": at, "lines": lines})

    def inspect(self, returned: dict[str, Any], *found: tuple[int, str], line: int = 0) -> dict[str, Any]:
        lines = [
            {
                "id": returned["lines"][line]["id"],
                "quantity": quantity,
                "grade": "A",
                "disposition": disposition,
            }
            for quantity, disposition in found
        ]
        return self.step(returned, "inspections", {"lines": lines})


def _sum(lines: Any) -> str:
    return str(sum(Decimal(line["unit_price"]) * line["quantity"] for line in lines))


@transaction.atomic
def deliver(number: str, at: datetime | None, state: str = ShipmentState.DELIVERED) -> None:
    """Everything of an order goes out from where it is kept and is delivered at that moment, or ends otherwise."""
    order = progress.lock(Order.objects.get(number=number).pk)
    keeps = stock.kept(order.pk)
    stock.ship_out(order.pk, keeps, reference=order.ref, actor="test")
    changes: dict[Any, dict[str, int]] = {}
    for keep in keeps:
        change = changes.setdefault(keep.line, {"reserved": 0, "shipped": 0, "delivered": 0})
        change["reserved"] -= keep.quantity
        change["shipped"] += keep.quantity
        change["delivered"] += keep.quantity if at else 0
    progress.change_units(order, changes)
    for place, location in enumerate(sorted({keep.location_id for keep in keeps}), start=1):
        shipment = Shipment.objects.create(
            number=f"{number}-{place}",
            order=order,
            location_id=location,
            state=state,
            delivered_at=at,
        )
        ShipmentLine.objects.bulk_create(
            ShipmentLine(
                shipment=shipment,
                line_id=keep.line,
                quantity=keep.quantity,
                picked=keep.quantity,
                packed=keep.quantity,
            )
            for keep in keeps
            if keep.location_id == location
        )


@pytest.fixture
def shop(db: None) -> Shop:
    """Two warehouses; 10 shirts and 10 mugs in Riyadh."""
    return make_shop()


def make_shop() -> Shop:
    access.forget_cached_keys()
    riyadh = Location.objects.create(code="RUH", name="Riyadh", kind="warehouse", address=RIYADH, priority=1)
    Location.objects.create(code="JED", name="Jeddah", kind="warehouse", address=RIYADH, priority=2)
    for sku in ("TEE", "MUG"):
        product = Product.objects.create(sku=sku, name={"en": sku})
        stock.adjust(
            product=product,
            location=riyadh,
            set_to=10,
            change=None,
            state=State.ON_HAND,
            reason="count",
            actor="test",
        )
    return Shop()


def line(sku: str = "TEE", quantity: int = 1, price: str = "100.00") -> dict[str, Any]:
    return {"sku": sku, "quantity": quantity, "unit_price": price, "tax_rate": "0.15"}


def level(sku: str = "TEE", at: str = "RUH") -> tuple[int, int, int, int]:
    """(on hand, committed, damaged, quality control)."""
    found = StockLevel.objects.filter(product__sku=sku, location__code=at).first()
    return (found.on_hand, found.committed, found.damaged, found.quality_control) if found else (0, 0, 0, 0)


def events(kind: str) -> list[Event]:
    return list(Event.objects.filter(kind=kind).order_by("id"))
