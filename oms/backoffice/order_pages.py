"""The list of orders as a page and as a file."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpResponseBase

from oms.backoffice import bulk_pages, figures
from oms.backoffice.order_list import LISTING, rows
from oms.core import exporting
from oms.core.errors import Invalid
from oms.core.listing import Page
from oms.core.pages import part_or_page, staff_page

# Up to so many orders are written while the reader waits; a worker writes more.
EXPORTED_AT_ONCE = 2000


@staff_page(scope="orders:read", methods=("GET", "HEAD"))
def order_list(request: Any) -> HttpResponseBase:
    """`?export=csv` or `xlsx`: what matches, as a file."""
    page = LISTING.read(request, rows(request.principal))
    if request.GET.get("export"):
        if page.count > EXPORTED_AT_ONCE:
            raise Invalid("Too many orders at once.", code="too_many_orders")
        return exporting.download(page, request.GET["export"], name="orders")
    context = {"list": page, "export_now": page.count <= EXPORTED_AT_ONCE}
    if not request.htmx:
        context["jobs"] = bulk_pages.told(request.user)
        context["imports"] = request.principal.may("orders:write")
    if not request.htmx or request.htmx.trigger == "list":
        context["stats"] = _stats(page)
    return part_or_page(request, "orders/list.html", "orders/_list_part.html", context)


def _stats(page: Page) -> dict[str, Any]:
    """Today above the list: orders and revenue with the line of a fortnight; the rest is told by the tabs."""
    sales = figures.sales()
    tabs = {tab.key: tab for tab in page.tabs}
    currency = sales.today.revenue[0][0] if sales.today.revenue else ""
    return {
        "today": sales.today,
        "day": sales.today.date.isoformat(),
        "orders": _spark([day.orders for day in sales.days]),
        "revenue": _spark([dict(day.revenue).get(currency, Decimal(0)) for day in sales.days]),
        "to_fulfil": tabs["to_fulfil"],
        "late": tabs["late"],
    }


def _spark(values: Sequence[Decimal | int]) -> str:
    """The points of a small line, for an SVG of 72 × 22; empty while there is nothing to draw."""
    most = max(values, default=0)
    if not most:
        return ""
    step = Decimal(72) / (len(values) - 1)
    return " ".join(f"{n * step:.1f},{20 - 18 * Decimal(value) / most:.1f}" for n, value in enumerate(values))
