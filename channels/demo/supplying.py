"""Where the demo's stock comes from: two suppliers, what is on order there, and goods on their way to Jeddah."""

from collections import Counter
from typing import Any

from channels.demo.baskets import Plan
from channels.demo.door import Door

SUPPLIERS: list[dict[str, Any]] = [
    {
        "code": "NOOR",
        "name": "مصنع النور للهدايا",
        "contact": "هدى السالم",
        "email": "orders@noor-gifts.example",
        "phone": "+966110000001",
        "currency": "SAR",
        "language": "ar",
        "lead_days": 6,
        "address": {"line1": "المدينة الصناعية الثانية", "city": "Riyadh", "country": "SA"},
    },
    {
        "code": "HEARTH",
        "name": "Hearth & Home Wholesale",
        "contact": "Grace Ellis",
        "email": "sales@hearth-home.example",
        "phone": "+97140000002",
        "currency": "AED",
        "language": "en",
        "lead_days": 12,
        "address": {"line1": "Free Zone South, Unit 41", "city": "Dubai", "country": "AE"},
    },
]
COSTS = ("6.50", "11.25", "3.80", "18.00")
CASES = 24


def supply(door: Door, plans: list[Plan]) -> None:
    """Suppliers with prices, a purchase order partly received, one drafted, a transfer under way, limits. Once."""
    if any(row["code"] == SUPPLIERS[0]["code"] for row in door.rows("suppliers/")):
        return
    bought = Counter({line["sku"]: 0 for plan in plans for line in plan.body["lines"]})
    for plan in plans:
        bought.update({line["sku"]: line["quantity"] for line in plan.body["lines"]})
    best = [
        sku for sku, _units in sorted(bought.items(), key=lambda pair: (-pair[1], pair[0]))[: 2 * len(COSTS)]
    ]
    for supplier, skus in zip(SUPPLIERS, (best[::2], best[1::2]), strict=True):
        door.post("suppliers/", supplier)
        for sku, cost in zip(skus, COSTS, strict=False):
            price = {
                "sku": sku,
                "price": cost,
                "supplier_sku": f"{supplier['code'][0]}-{sku}",
                "min_quantity": CASES,
            }
            door.post(f"suppliers/{supplier['code']}/prices/", price)
    _buy(door, best)
    _move(door, best)
    for sku in best[:3]:
        door.post("stock-limits/", {"location": "RUH", "sku": sku, "minimum": 20, "maximum": 2000})


def _buy(door: Door, best: list[str]) -> None:
    sent = _order(door, "NOOR", best[::2], "Please deliver before noon.")
    path = f"purchase-orders/{sent['number']}/"
    door.post(f"{path}sendings/")
    first = sent["lines"][0]
    came = [
        {"id": first["id"], "quantity": first["quantity"] - 4},
        {"id": first["id"], "quantity": 1, "state": "damaged"},
    ]
    door.post(f"{path}receipts/", {"lines": came, "delivery_note": "DN-20417"})
    _order(door, "HEARTH", best[1::2], "")


def _order(door: Door, supplier: str, skus: list[str], note: str) -> dict[str, Any]:
    lines = [{"sku": sku, "quantity": CASES * (place + 1)} for place, sku in enumerate(skus[: len(COSTS)])]
    made: dict[str, Any] = door.post(
        "purchase-orders/", {"supplier": supplier, "location": "RUH", "lines": lines, "note": note}
    )
    return made


def _move(door: Door, best: list[str]) -> None:
    """Half of what Riyadh can spare of two products goes to Jeddah; one of them is on the road."""
    for place, sku in enumerate(best[:2]):
        rows = door.get("transfers/asks/", sku=sku, target="JED")["data"]
        spare = next((row["available"] for row in rows if row["location"] == "RUH"), 0) // 2
        if spare:
            asked = {"source": "RUH", "target": "JED", "lines": [{"sku": sku, "quantity": spare}]}
            made = door.post("transfers/", asked)
            if not place:
                door.post(f"transfers/{made['number']}/shipments/")
