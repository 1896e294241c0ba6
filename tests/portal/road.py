"""Orders at each point of their road, written as rows: what the customer's pages must tell truly.

Their figures keep every constraint of the database; how an order comes there is tested with its own app.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from fulfillment.models import Scan, Shipment, ShipmentLine
from inventory.models import Location, Product
from oms.core.models import Channel, Event
from orders import names
from orders.models import Customer, Hold, Line, Order, Payment
from returns.models import Return, ReturnLine

PLACED = datetime(2026, 11, 23, 5, 27, tzinfo=UTC)
NOW = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)

PRODUCTS = {
    "HPH-WL-900": {"en": "Wireless headphones", "ar": "سماعات لاسلكية", "fa": "هدفون بی‌سیم"},
    "CFF-ETH-1KG": {
        "en": "Ethiopia coffee beans 1 kg",
        "ar": "قهوة إثيوبية ١ كغ",
        "fa": "قهوهٔ اتیوپی ۱ کیلویی",
    },
    "MUG-STN-350": {"en": "Stoneware mug 350 ml", "ar": "كوب حجري ٣٥٠ مل", "fa": "ماگ سرامیکی ۳۵۰ میلی‌لیتر"},
}
PRICES = {"HPH-WL-900": Decimal("219.00"), "CFF-ETH-1KG": Decimal("34.00"), "MUG-STN-350": Decimal("18.50")}
SHIPPING = Decimal("15.00")
UNITS = {"HPH-WL-900": 1, "CFF-ETH-1KG": 1, "MUG-STN-350": 2}

# What a line's counters read when all its units are that far.
FAR = {
    "placed": {"reserved": 1},
    "allocated": {"reserved": 1, "allocated": 1},
    "packed": {"reserved": 1, "allocated": 1, "picked": 1, "packed": 1},
    "shipped": {"shipped": 1},
    "delivered": {"shipped": 1, "delivered": 1},
    "returned": {"shipped": 1, "delivered": 1, "returned": 1},
    "backordered": {"backordered": 1},
    "cancelled": {"cancelled": 1},
}


@dataclass
class Told:
    """An order of three lines in Dubai, in dirham, with what was added to it."""

    order: Order
    lines: dict[str, Line]

    @property
    def path(self) -> str:
        return f"/t/{self.order.tracking_token}/"

    def parcel(
        self,
        *skus: str,
        state: str,
        carrier: str = "aramex",
        number: str = "351288401177",
        scans: list[tuple[str, int, str]] = (),  # type: ignore[assignment]
        window: tuple[datetime, datetime] | None = (
            datetime(2026, 11, 24, 6, 0, tzinfo=UTC),
            datetime(2026, 11, 24, 9, 0, tzinfo=UTC),
        ),
    ) -> Shipment:
        """A shipment of those lines; scans are (code, minutes after placing, place)."""
        place = self.order.shipments.count() + 1
        location, _ = Location.objects.get_or_create(
            code="DXB", defaults={"name": "Dubai DC", "kind": "warehouse", "timezone": "Asia/Dubai"}
        )
        known = {"carrier": carrier, "tracking_number": number, "tracking_url": "https://carrier.example/t/1"}
        shipment = Shipment.objects.create(
            number=f"{self.order.number}-{place}",
            order=self.order,
            location=location,
            state=state,
            promised_earliest=window[0] if window else None,
            promised_latest=window[1] if window else None,
            delivered_at=PLACED + timedelta(minutes=scans[-1][1]) if state == "delivered" and scans else None,
            **(known if carrier else {}),
        )
        for sku in skus:
            ShipmentLine.objects.create(
                shipment=shipment, line=self.lines[sku], quantity=self.lines[sku].quantity
            )
        for code, minutes, where in scans:
            Scan.objects.create(
                shipment=shipment,
                code=code,
                at=PLACED + timedelta(minutes=minutes),
                place=where,
                actor="carrier",
            )
        return shipment

    def told(self, kind: str, shipment: Shipment, minutes: int) -> None:
        """An event of the shipment's; `record` would date it now."""
        at = PLACED + timedelta(minutes=minutes)
        Event.objects.bulk_create(
            [Event(at=at, kind=kind, subject=shipment.ref, thread=self.order.ref, actor="test")]
        )

    def hold(self, reason: str) -> Hold:
        return Hold.objects.create(order=self.order, reason=reason, placed_by="test")

    def paid(self, kind: str, method: str, amount: Decimal) -> None:
        Payment.objects.create(order=self.order, kind=kind, method=method, amount=amount, actor="test")

    def asked_back(self, sku: str, *, units: int = 1, **axes: Any) -> Return:
        asked = Return.objects.create(
            number=f"R{self.order.number}-{self.order.returns.count() + 1}",
            order=self.order,
            requested_by="customer",
            **{"method": "courier", "resolution": "refund", **axes},
        )
        ReturnLine.objects.create(return_order=asked, line=self.lines[sku], quantity=units, reason="size")
        return asked


def order(*, far: str | dict[str, str] = "placed", number: int = 20479, **facts: Any) -> Told:
    """An order whose lines are all that far (a key of FAR), or each as its SKU says."""
    channel, _ = Channel.objects.get_or_create(
        code="web", defaults={"name": "Relay Store", "brand": "Relay Store"}
    )
    items = sum((PRICES[sku] * units for sku, units in UNITS.items()), Decimal(0))
    total = items + SHIPPING
    defaults: dict[str, Any] = {
        "number": number,
        "channel": channel,
        "external_id": f"web-{number}",
        "fingerprint": b"\0" * 32,
        "currency": "AED",
        "language": "fa",
        "placed_at": PLACED,
        "customer": Customer.objects.create(name="پریسا احمدی"),
        "customer_name": "پریسا احمدی",
        "customer_email": "parisa@example.com",
        "customer_phone": "+971507274197",
        "name_key": "parisa ahmadi",
        "shipping_address": {"name": "پریسا احمدی", "line1": "63 Al Wasl Rd", "city": "دبی", "country": "AE"},
        "country": "AE",
        "items": items,
        "shipping": SHIPPING,
        "shipping_price": SHIPPING,
        "tax": Decimal("16.30"),
        "total": total,
        "placed_total": total,
        "paid": total,
        "payment_status": "paid",
        "stage": "placed",
    }
    made = Order.objects.create(**{**defaults, **facts})
    names.keep([made.customer])
    lines = {}
    for place, (sku, units) in enumerate(UNITS.items()):
        product, _ = Product.objects.get_or_create(sku=sku, defaults={"name": PRODUCTS[sku]})
        counters = FAR[far if isinstance(far, str) else far[sku]]
        lines[sku] = Line.objects.create(
            order=made,
            position=place,
            product=product,
            sku=sku,
            quantity=units,
            unit_price=PRICES[sku],
            total=PRICES[sku] * units,
            **{counter: times * units for counter, times in counters.items()},
        )
    return Told(made, lines)


def in_two_parcels() -> Told:
    """The picture of the design: one parcel on the way, arriving tomorrow, the other being packed."""
    told = order(
        far={"HPH-WL-900": "shipped", "CFF-ETH-1KG": "shipped", "MUG-STN-350": "allocated"}, stage="allocated"
    )
    told.paid("capture", "card", told.order.total)
    first = told.parcel(
        "HPH-WL-900",
        "CFF-ETH-1KG",
        state="in_transit",
        scans=[("picked_up", 313, ""), ("in_transit", 405, "Dubai")],
    )
    told.told("shipment.packed", first, 98)
    told.parcel("MUG-STN-350", state="picking", carrier="", number="")
    return told


def delivered(**facts: Any) -> Told:
    told = order(far="delivered", stage="completed", status="completed", **facts)
    told.paid("capture", "card", told.order.total)
    told.parcel(
        *UNITS,
        state="delivered",
        scans=[
            ("picked_up", 100, ""),
            ("in_transit", 240, "Dubai"),
            ("out_for_delivery", 300, "Dubai"),
            ("delivered", 405, "Dubai"),
        ],
    )
    return told
