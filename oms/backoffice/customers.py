"""The list of customers as a page."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.http import HttpResponseBase
from django.utils.http import urlencode

from oms.backoffice import bulk_pages
from oms.backoffice.customer_list import LISTING, rows
from oms.core.models import Channel
from oms.core.pages import part_or_page, staff_page
from orders import standing


@staff_page(scope="orders:read", methods=("GET", "HEAD"))
def customer_list(request: Any) -> HttpResponseBase:
    page = LISTING.read(request, rows(request.principal))
    listed = standing.of_customers(page.rows)
    names = dict(Channel.objects.values_list("pk", "name")) if page.shows.get("channels") else {}
    for row in page.rows:
        row.standing = listed[row.pk][0].standing if listed[row.pk] else ""
        row.others = [(currency, Decimal(amount)) for currency, amount in sorted(row.paid_elsewhere.items())]
        row.channel_names = [names[each] for each in row.channels if each in names]
    context: dict[str, Any] = {"list": page, "home": settings.COMPANY_CURRENCY}
    if not request.htmx:
        context["jobs"] = bulk_pages.told(request.user, "customers")
        context["writes_campaigns"] = request.principal.may("campaigns:write")
        context["campaign_state"] = urlencode({"state": page.state}) if page.state else ""
        context["imports"] = request.principal.may("orders:write")
    return part_or_page(request, "backoffice/customers.html", "_list_part.html", context)
