"""Where the demo's stock comes from: two suppliers, what is on order there, and goods on their way to Jeddah.

Each step looks whether it was done, so that a demo cut off here is continued by its next run; what staff have done
with it since stays as it is.
"""

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


NOTE = "Please deliver before noon."
WEEKEND = "For the weekend."


def supply(door: Door, plans: list[Plan]) -> None:
    """Suppliers with prices, a purchase order partly received, one drafted, a transfer under way, limits. Once."""
    bought = Counter({line["sku"]: 0 for plan in plans for line in plan.body["lines"]})
    for plan in plans:
        bought.update({line["sku"]: line["quantity"] for line in plan.body["lines"]})
    best = [
        sku for sku, _units in sorted(bought.items(), key=lambda pair: (-pair[1], pair[0]))[: 2 * len(COSTS)]
    ]
    limited = {row["sku"] for row in door.rows("stock-limits/", location="RUH")}
    # The last step of all: once it is done, so is the rest.
    if limited.issuperset(best[:3]):
        return
    known = {row["code"] for row in door.rows("suppliers/")}
    for supplier, skus in zip(SUPPLIERS, (best[::2], best[1::2]), strict=True):
        if supplier["code"] not in known:
            door.post("suppliers/", supplier)
        _price(door, supplier["code"], skus)
    _buy(door, best)
    _move(door, best)
    for sku in best[:3]:
        if sku not in limited:
            door.post("stock-limits/", {"location": "RUH", "sku": sku, "minimum": 20, "maximum": 2000})


def _price(door: Door, supplier: str, skus: list[str]) -> None:
    path = f"suppliers/{supplier}/prices/"
    priced = {row["sku"] for row in door.get(path)["data"]}
    for sku, cost in zip(skus, COSTS, strict=False):
        if sku not in priced:
            price = {
                "sku": sku,
                "price": cost,
                "supplier_sku": f"{supplier[0]}-{sku}",
                "min_quantity": CASES,
            }
            door.post(path, price)


def _buy(door: Door, best: list[str]) -> None:
    asked = _order(door, "NOOR", best[::2], NOTE)
    path = f"purchase-orders/{asked['number']}/"
    if asked["state"] == "draft":
        door.post(f"{path}sendings/")
    if asked["state"] in ("draft", "sent"):
        first = door.get(path)["lines"][0]
        came = [
            {"id": first["id"], "quantity": first["quantity"] - 4},
            {"id": first["id"], "quantity": 1, "state": "damaged"},
        ]
        door.post(f"{path}receipts/", {"lines": came, "delivery_note": "DN-20417"})
    _order(door, "HEARTH", best[1::2], "")


def _order(door: Door, supplier: str, skus: list[str], note: str) -> dict[str, Any]:
    """The purchase order with this note, drafted if there is none yet."""
    for made in door.rows("purchase-orders/", supplier=supplier):
        if made["note"] == note:
            return made
    lines = [{"sku": sku, "quantity": CASES * (place + 1)} for place, sku in enumerate(skus[: len(COSTS)])]
    asked = {"supplier": supplier, "location": "RUH", "lines": lines, "note": note}
    drafted: dict[str, Any] = door.post("purchase-orders/", asked)
    return drafted


def _move(door: Door, best: list[str]) -> None:
    """Half of what Riyadh can spare of two products goes to Jeddah; one of them is on the road."""
    for place, sku in enumerate(best[:2]):
        made = next((one for one in door.rows("transfers/", sku=sku) if one["note"] == WEEKEND), None)
        if made is None:
            rows = door.get("transfers/asks/", sku=sku, target="JED")["data"]
            spare = next((row["available"] for row in rows if row["location"] == "RUH"), 0) // 2
            if not spare:
                continue
            lines = [{"sku": sku, "quantity": spare}]
            made = door.post(
                "transfers/", {"source": "RUH", "target": "JED", "lines": lines, "note": WEEKEND}
            )
        if not place and made["state"] in ("requested", "approved"):
            door.post(f"transfers/{made['number']}/shipments/")
