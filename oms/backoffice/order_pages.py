"""The list of orders as a page and as a file."""

from typing import Any

from django.http import HttpResponseBase

from oms.backoffice import bulk_pages
from oms.backoffice.order_list import LISTING, rows
from oms.core import exporting
from oms.core.errors import Invalid
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
    return part_or_page(request, "orders/list.html", "orders/_part.html", context)
