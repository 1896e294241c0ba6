"""The shipped data: real invoices, products and cities; README.md says whose they are. Pure but for reading files."""

import csv
import gzip
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

DATA = Path(__file__).resolve().parent / "data"


@dataclass(frozen=True, slots=True)
class Sold:
    """One line of a real invoice; the price in pounds."""

    sku: str
    quantity: int
    price: Decimal


@dataclass(frozen=True, slots=True)
class Invoice:
    """A real sale, with the units its later cancellations (`C…`) undid by SKU."""

    number: str
    at: datetime
    customer: str
    lines: tuple[Sold, ...]
    undone: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Article:
    """A real product: its name as the retailer wrote it, our own translations for a few; the price in pounds."""

    sku: str
    names: dict[str, str]
    price: Decimal


@dataclass(frozen=True, slots=True)
class City:
    country: str
    names: dict[str, str]
    latitude: float
    longitude: float
    population: int


def invoices() -> list[Invoice]:
    """The sales, oldest first."""
    lines: dict[str, list[Sold]] = {}
    heads: dict[str, tuple[datetime, str]] = {}
    undone: dict[str, list[tuple[str, int]]] = {}
    with gzip.open(DATA / "invoices.csv.gz", "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["undoes"]:
                undone.setdefault(row["undoes"], []).append((row["sku"], int(row["quantity"])))
                continue
            heads[row["invoice"]] = (datetime.fromisoformat(row["at"]), row["customer"])
            sold = Sold(row["sku"], int(row["quantity"]), Decimal(row["unit_price"]))
            lines.setdefault(row["invoice"], []).append(sold)
    found = [
        Invoice(number, at, customer, tuple(lines[number]), tuple(undone.get(number, ())))
        for number, (at, customer) in heads.items()
    ]
    return sorted(found, key=lambda invoice: (invoice.at, invoice.number))


def articles() -> list[Article]:
    """The products, by SKU."""
    with (DATA / "names.csv").open(encoding="utf-8") as file:
        translated = {row["sku"]: row for row in csv.DictReader(file)}
    with (DATA / "products.csv").open(encoding="utf-8") as file:
        return [
            Article(
                row["sku"],
                {"en": row["name"]}
                | {code: translated[row["sku"]][code] for code in ("ar", "fa") if row["sku"] in translated},
                Decimal(row["price"]),
            )
            for row in csv.DictReader(file)
        ]


def cities() -> list[City]:
    with (DATA / "cities.csv").open(encoding="utf-8") as file:
        return [
            City(
                row["country"],
                {code: row[code] for code in ("en", "ar", "fa")},
                float(row["latitude"]),
                float(row["longitude"]),
                int(row["population"]),
            )
            for row in csv.DictReader(file)
        ]
