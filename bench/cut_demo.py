"""How the demo company's data was cut from its sources, to be run again only to change the cut.

    python bench/cut_demo.py online_retail.parquet returns_matched.parquet geonames.csv.gz

Online Retail (Chen, Sain, Guo 2012; CC BY 4.0): of five weeks of 2011, the sales to known customers with at
most 30 lines, no line above 240 units and nothing but goods (no postage, no corrections) whose every product
is among the 700 most sold of those weeks; 350 of them by a fixed seed, 46 of which were undone in part or
whole later, and the cancellations (`C…`) that undid them. Baskets, quantities and prices are untouched.

GeoNames (CC BY 4.0): the cities named below with their coordinates; the spelling in Arabic and Persian is one
of those GeoNames lists, except where it lists none.
"""

import csv
import gzip
import random
import sys
from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

SEED = 20261123
FROM, UNTIL = datetime(2011, 5, 2), datetime(2011, 6, 6)  # noqa: DTZ001  the source knows no zone
SALES, UNDONE, PRODUCTS, LINES, UNITS = 350, 46, 700, 30, 240
DATA = Path(__file__).resolve().parent.parent / "channels/demo/data"

# GeoNames id: the names in English, Arabic, Persian.
CITIES = {
    108410: ("Riyadh", "الرياض", "ریاض"),
    105343: ("Jeddah", "جدة", "جده"),
    104515: ("Makkah", "مكة المكرمة", "مکه"),
    109223: ("Madinah", "المدينة المنورة", "مدینه"),
    110336: ("Dammam", "الدمام", "دمام"),
    107304: ("Buraydah", "بريدة", "بریده"),
    107968: ("Taif", "الطائف", "طائف"),
    101628: ("Tabuk", "تبوك", "تبوک"),
    106281: ("Hail", "حائل", "حائل"),
    109571: ("Hofuf", "الهفوف", "هفوف"),
    292223: ("Dubai", "دبي", "دبی"),
    292968: ("Abu Dhabi", "أبوظبي", "ابوظبی"),
    292672: ("Sharjah", "الشارقة", "شارجه"),
    292913: ("Al Ain", "العين", "العین"),
    292932: ("Ajman", "عجمان", "عجمان"),
    285787: ("Kuwait City", "مدينة الكويت", "شهر کویت"),
    285839: ("Al Ahmadi", "الأحمدي", "احمدی"),
    285629: ("Hawalli", "حولي", "حولی"),
    285704: ("Salmiya", "السالمية", "سالمیه"),
    112931: ("Tehran", "طهران", "تهران"),
    124665: ("Mashhad", "مشهد", "مشهد"),
    418863: ("Isfahan", "أصفهان", "اصفهان"),
    128747: ("Karaj", "كرج", "کرج"),
    113646: ("Tabriz", "تبريز", "تبریز"),
    115019: ("Shiraz", "شيراز", "شیراز"),
    144448: ("Ahvaz", "الأهواز", "اهواز"),
    118743: ("Rasht", "رشت", "رشت"),
}


def main() -> None:
    retail, undone, places = sys.argv[1:4]
    rows: list[dict[str, Any]] = pq.read_table(retail).to_pylist()
    chosen, undoing = choose(rows, pq.read_table(undone).to_pylist())
    write_invoices(chosen, undoing)
    write_products(chosen)
    write_cities(places)


def choose(
    rows: list[dict[str, Any]], matched: list[dict[str, Any]]
) -> tuple[dict[str, list[dict[str, Any]]], list[dict[str, Any]]]:
    invoices: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        invoices[row["InvoiceNo"]].append(row)
    good = {number: lines for number, lines in invoices.items() if fits(lines)}
    sold = Counter(row["StockCode"] for lines in good.values() for row in lines)
    common = {sku for sku, _ in sold.most_common(PRODUCTS)}
    good = {n: lines for n, lines in good.items() if all(row["StockCode"] in common for row in lines)}
    undoing = defaultdict(list)
    for row in matched:
        lines = good.get(row["order_invoice"], [])
        if row["days"] >= 0 and any(line["StockCode"] == row["sku"] for line in lines):
            undoing[row["order_invoice"]].append(row)
    dice = random.Random(SEED)
    with_return = dice.sample(sorted(undoing), UNDONE)
    others = dice.sample(sorted(set(good) - set(undoing)), SALES - UNDONE)
    chosen = {number: good[number] for number in sorted([*with_return, *others])}
    return chosen, [row for number in sorted(with_return) for row in undoing[number]]


def fits(lines: list[dict[str, Any]]) -> bool:
    first = lines[0]
    return (
        not first["InvoiceNo"].startswith("C")
        and bool(first["CustomerID"])
        and FROM <= first["InvoiceDate"] < UNTIL
        and len(lines) <= LINES
        and all(
            0 < row["Quantity"] <= UNITS
            and row["UnitPrice"] > 0
            and row["Description"]
            and row["StockCode"][:5].isdigit()
            for row in lines
        )
    )


def write_invoices(chosen: dict[str, list[dict[str, Any]]], undoing: list[dict[str, Any]]) -> None:
    with gzip.open(DATA / "invoices.csv.gz", "wt", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["invoice", "at", "customer", "sku", "quantity", "unit_price", "undoes"])
        for number, lines in chosen.items():
            for row in lines:
                at = row["InvoiceDate"].isoformat(timespec="minutes")
                out.writerow(
                    [number, at, row["CustomerID"], row["StockCode"], row["Quantity"], row["UnitPrice"], ""]
                )
        for row in undoing:
            at = row["cancel_at"].isoformat(timespec="minutes")
            out.writerow(
                [
                    row["cancel_invoice"],
                    at,
                    row["customer_id"],
                    row["sku"],
                    row["qty"],
                    row["unit_price"],
                    row["order_invoice"],
                ]
            )


def write_products(chosen: dict[str, list[dict[str, Any]]]) -> None:
    """The name seen last, in the words of the source."""
    names: dict[str, str] = {}
    prices: dict[str, Counter[float]] = defaultdict(Counter)
    for lines in chosen.values():
        for row in lines:
            names[row["StockCode"]] = " ".join(row["Description"].split())
            prices[row["StockCode"]][row["UnitPrice"]] += 1
    with (DATA / "products.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["sku", "name", "price"])
        for sku in sorted(names):
            out.writerow([sku, names[sku], prices[sku].most_common(1)[0][0]])


def write_cities(places: str) -> None:
    with gzip.open(places, "rt", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if int(row["geonameid"] or 0) in CITIES]
    rows.sort(key=lambda row: list(CITIES).index(int(row["geonameid"])))
    with (DATA / "cities.csv").open("w", encoding="utf-8", newline="") as out_file:
        out = csv.writer(out_file)
        out.writerow(["geonameid", "country", "en", "ar", "fa", "latitude", "longitude", "population"])
        for row in rows:
            en, ar, fa = CITIES[int(row["geonameid"])]
            out.writerow(
                [row["geonameid"], row["country"], en, ar, fa, row["lat"], row["lng"], row["population"]]
            )


if __name__ == "__main__":
    main()
