"""Locations, rates, products and shelves, through the API. What is there already stays."""

from collections.abc import Callable
from typing import Any

from channels.demo import company
from channels.demo.door import Door
from channels.demo.sources import Article

Say = Callable[[str], None]
Together = Callable[[str, Callable[[Any], None], list[Any]], None]


def open_locations(door: Door) -> None:
    there = {row["code"] for row in door.rows("locations/")}
    for location in company.LOCATIONS:
        if location["code"] not in there:
            door.post("locations/", location)


def agree_rates(door: Door) -> None:
    there = {
        (row["carrier"], row["service"], tuple(row["from"]), row["to"]["country"])
        for row in door.rows("shipping-rates/")
    }
    for rate in company.SHIPPING_RATES:
        if (rate["carrier"], rate["service"], tuple(rate["from"]), rate["to"]["country"]) not in there:
            door.post("shipping-rates/", rate)


def list_products(door: Door, articles: list[Article]) -> None:
    there = {row["sku"] for row in door.rows("products/")}
    missing = [company.product(article) for article in articles if article.sku not in there]
    for start in range(0, len(missing), 250):
        results = door.post("products/batch/", {"items": missing[start : start + 250]})["results"]
        refused = [result for result in results if result["status"] >= 400]
        if refused:
            raise RuntimeError(f"{len(refused)} products were refused, the first: {refused[0]}")


def fill_shelves(door: Door, shelves: list[tuple[str, str, int]], together: Together) -> None:
    there = {(row["location"], row["sku"]) for row in door.rows("stock/")}

    def fill(shelf: tuple[str, str, int]) -> None:
        code, sku, units = shelf
        door.post(
            "stock/adjustments/",
            {
                "location": code,
                "sku": sku,
                "set_to": units,
                "reason": "Opening count of the demo",
                "bin": company.shelf_name(code, sku),
            },
        )

    together("shelves", fill, [shelf for shelf in shelves if shelf[:2] not in there])
