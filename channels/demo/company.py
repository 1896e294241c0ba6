"""The demo company: six locations, what its carriers ask, its prices in four currencies, its shelves. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zlib import crc32

from channels.demo import dice
from channels.demo.sources import Article

# What a pound costs, for good: these are the demo's own fixed rates, near the real ones of 2024 but for the
# rial, whose many rates nobody would agree on.
CURRENCIES = {"SA": "SAR", "AE": "AED", "KW": "KWD", "IR": "IRR"}
RATES = {"SAR": Decimal("4.75"), "AED": Decimal("4.65"), "KWD": Decimal("0.390"), "IRR": Decimal(560_000)}
ROUNDED_TO = {"SAR": Decimal("0.01"), "AED": Decimal("0.01"), "KWD": Decimal("0.001"), "IRR": Decimal(1_000)}
VAT = {"SA": "0.15", "AE": "0.05", "KW": "0", "IR": "0.1"}
SHIPPING = {"SAR": "25.00", "AED": "20.00", "KWD": "2.000", "IRR": "900000"}

CHANNELS = [("web", 60, "Relay Store"), ("app", 25, "Relay Store"), ("marketplace", 15, "Relay at Souq")]

# The Riyadh warehouse comes first and has something of everything; the others serve their own country.
LOCATIONS: list[dict[str, Any]] = [
    {
        "code": "RUH",
        "name": "Riyadh warehouse",
        "kind": "warehouse",
        "address": {"line1": "Exit 18, Second Industrial Road", "city": "Riyadh", "country": "SA",
                    "latitude": 24.68773, "longitude": 46.72185},
        "capabilities": ["gift_wrap"],
        "priority": 10,
        "daily_capacity": 400,
        "cutoff": "15:00",
        "timezone": "Asia/Riyadh",
        "working_days": [6, 0, 1, 2, 3, 5],
    },
    {
        "code": "JED",
        "name": "Jeddah warehouse",
        "kind": "warehouse",
        "address": {"line1": "Corniche Logistics Park 4", "city": "Jeddah", "country": "SA",
                    "latitude": 21.49012, "longitude": 39.18624},
        "priority": 20,
        "daily_capacity": 200,
        "timezone": "Asia/Riyadh",
        "working_days": [6, 0, 1, 2, 3],
    },
    {
        "code": "DMM",
        "name": "Dammam store",
        "kind": "store",
        "address": {"line1": "Prince Nayef Street 30", "city": "Dammam", "country": "SA",
                    "latitude": 26.43442, "longitude": 50.10326},
        "priority": 40,
        "cutoff": "18:00",
        "timezone": "Asia/Riyadh",
        "working_days": [5, 6, 0, 1, 2, 3],
    },
    {
        "code": "DXB",
        "name": "Dubai partner warehouse",
        "kind": "third_party",
        "address": {"line1": "Logistics City, Block C", "city": "Dubai", "country": "AE",
                    "latitude": 25.07725, "longitude": 55.30927},
        "priority": 30,
        "timezone": "Asia/Dubai",
        "working_days": [0, 1, 2, 3, 4],
    },
    {
        "code": "KWI",
        "name": "Kuwait store",
        "kind": "store",
        "address": {"line1": "Gulf Street 12", "city": "Kuwait City", "country": "KW",
                    "latitude": 29.367, "longitude": 47.97429},
        "priority": 40,
        "cutoff": "20:00",
        "timezone": "Asia/Kuwait",
        "working_days": [6, 0, 1, 2, 3],
    },
    {
        "code": "THR",
        "name": "Tehran warehouse",
        "kind": "warehouse",
        "address": {"line1": "Karaj Special Road, km 9", "city": "Tehran", "country": "IR",
                    "latitude": 35.69439, "longitude": 51.42151},
        "priority": 30,
        "timezone": "Asia/Tehran",
        "working_days": [5, 6, 0, 1, 2],
    },
]  # fmt: skip
HOME = {"SA": "RUH", "AE": "DXB", "KW": "KWI", "IR": "THR"}


def _rate(
    carrier: str, service: str, sources: list[str], to: str, base: str, kg: str, **time: Any
) -> dict[str, Any]:
    return {
        "carrier": carrier,
        "service": service,
        "from": sources,
        "to": {"country": to},
        "base": base,
        "per_kg": kg,
        **time,
    }


# In riyals, the company's currency. The own fleet drives at home; the other carrier goes everywhere.
SHIPPING_RATES = [
    _rate("own_fleet", "standard", ["RUH"], "SA", "14.00", "1.00", days=[1, 3], cod_limit="5000.00"),
    _rate("own_fleet", "standard", ["JED"], "SA", "9.00", "0.80", days=[1, 3], cod_limit="5000.00"),
    _rate("own_fleet", "standard", ["DMM"], "SA", "10.00", "0.90", days=[1, 2], cod_limit="5000.00"),
    _rate("own_fleet", "express", ["RUH", "JED"], "SA", "35.00", "2.00", hours=[6, 24]),
    _rate("own_fleet", "standard", ["DXB"], "AE", "16.00", "1.20", days=[1, 2]),
    _rate("own_fleet", "standard", ["KWI"], "KW", "15.00", "1.00", days=[0, 1]),
    _rate("own_fleet", "standard", ["THR"], "IR", "12.00", "0.80", days=[1, 4]),
    _rate("manual", "standard", [], "SA", "28.00", "4.00", days=[3, 6]),
    _rate("manual", "standard", [], "AE", "42.00", "7.00", days=[3, 6]),
    _rate("manual", "standard", [], "KW", "40.00", "7.00", days=[3, 6]),
    _rate("manual", "standard", [], "IR", "65.00", "12.00", days=[5, 10]),
]


def price(pounds: Decimal, currency: str) -> Decimal:
    """A price of the source in one of our currencies, never nothing."""
    step = ROUNDED_TO[currency]
    steps = (pounds * RATES[currency] / step).quantize(Decimal(1), ROUND_HALF_UP)
    return max(step, steps * step)


def product(article: Article) -> dict[str, Any]:
    """An article as the API takes it. Weight and sizes are made up: the source has none."""
    side = 80 + dice.number(240, article.sku, "side")
    return {
        "sku": article.sku,
        "name": article.names,
        "price": {"amount": str(price(article.price, "SAR")), "currency": "SAR"},
        "weight_g": 60 + dice.number(900, article.sku, "weight"),
        "length_mm": side,
        "width_mm": 60 + dice.number(160, article.sku, "width"),
        "height_mm": 30 + dice.number(120, article.sku, "height"),
        "low_stock_at": 5 if dice.number(4, article.sku, "low") == 0 else None,
    }


def shelf_name(code: str, sku: str) -> str:
    """The bin of a SKU at a location, "A-04-2": aisle, bay and level, always the same."""
    place = crc32(f"{code}/{sku}".encode())
    return f"{'ABCDEF'[place % 6]}-{place // 6 % 24 + 1:02d}-{place // 144 % 4 + 1}"


def shelves(orders: Iterable[Mapping[str, Any]], sold_out: frozenset[str]) -> list[tuple[str, str, int]]:
    """(location, SKU, units) so that every order can be kept: Riyadh holds enough for all, so no order waits
    for another's reservation to move; the other countries' shelves hold most of what their customers ask for,
    and Jeddah and Dammam a part of Riyadh's. What is sold out lies nowhere."""
    asked: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    collected: dict[tuple[str, str], int] = defaultdict(int)
    for order in orders:
        country = next(c for c, currency in CURRENCIES.items() if currency == order["currency"])
        for line in order["lines"]:
            asked[line["sku"]][country] += line["quantity"]
            if order["delivery"]["kind"] == "pickup":
                collected[order["delivery"]["location"], line["sku"]] += line["quantity"]
    found: dict[tuple[str, str], int] = defaultdict(int)
    for sku, wanted in asked.items():
        if sku in sold_out:
            continue
        found["RUH", sku] = sum(wanted.values()) + 4 + dice.number(30, sku, "RUH")
        for country, units in wanted.items():
            if country != "SA" and dice.number(8, sku, country):
                found[HOME[country], sku] = units + dice.number(6, sku, HOME[country])
        for code, one_in in (("JED", 2), ("DMM", 5)):
            if "SA" in wanted and dice.number(one_in, sku, code) == 0:
                found[code, sku] = 2 + dice.number(wanted["SA"] + 6, sku, code, "units")
    for place, units in collected.items():
        if place[1] not in sold_out:
            found[place] += units
    return [(code, sku, units) for (code, sku), units in sorted(found.items())]
