"""The list of customers: its columns, tabs, filters and acts, described once."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from oms.backoffice.customer_filters import CustomerFilter
from oms.core.access import Principal
from oms.core.badges import badge
from oms.core.listing import BulkAction, Column, Listing, View
from oms.core.money import rounded
from orders import segments
from orders.models import Customer
from orders.segments import Conditions


def _count(**asked: Any) -> Any:
    conditions = Conditions(**asked)
    return lambda principal: segments.members(conditions, Customer.objects.all())


def _elsewhere(one: Customer) -> str:
    return ", ".join(f"{amount} {currency}" for currency, amount in sorted(one.paid_elsewhere.items()))


LISTING = Listing(
    name="customers",
    columns=(
        Column("name", _("Customer"), fixed=True, export=lambda c: c.name),
        Column("email", _("E-mail"), export=lambda c: c.email),
        Column("phone", _("Phone"), export=lambda c: c.phone),
        Column("orders", _("Orders"), sort="order_count", numeric=True, export=lambda c: c.order_count),
        Column(
            "paid",
            _("Paid"),
            sort="paid",
            numeric=True,
            export=lambda c: rounded(c.paid, settings.COMPANY_CURRENCY),
        ),
        Column("elsewhere", _("Paid in other currencies"), shown=False, export=_elsewhere),
        Column("last", _("Last order"), sort="ordered_at", export=lambda c: c.last_order_at),
        Column("first", _("First order"), shown=False, export=lambda c: c.first_order_at),
        Column("returns", _("Returned"), shown=False, numeric=True, export=lambda c: c.returned_count),
        Column("cancelled", _("Cancelled"), shown=False, numeric=True, export=lambda c: c.cancelled_count),
        Column("tags", _("Tags"), export=lambda c: ", ".join(c.tags)),
        Column(
            "marketing",
            _("Marketing"),
            shown=False,
            export=lambda c: str(badge("marketing", c.marketing).text),
        ),
        Column("countries", _("Country"), shown=False, export=lambda c: ", ".join(c.countries)),
        Column("channels", _("Channel"), shown=False),
        # A customer's key grows with time: its order is the order of arrival.
        Column("since", _("Customer since"), sort="pk", shown=False, export=lambda c: c.created_at),
    ),
    row_template="backoffice/_customer_row.html",
    default_sort="-last",
    filterset=CustomerFilter,
    views=(
        View("all", _("All"), ""),
        View("new", pgettext_lazy("customers", "New"), "new=30", _count(new_within=30)),
        View("returning", pgettext_lazy("customers", "Returning"), "orders_min=2", _count(orders_min=2)),
        View("best", pgettext_lazy("customers", "Best"), "orders_min=1&sort=-paid"),
        View("lapsed", pgettext_lazy("customers", "Lapsed"), "lapsed=90", _count(not_ordered_for=90)),
        View(
            "blocked",
            pgettext_lazy("customers", "Blocked"),
            "standing=blocked",
            _count(standing=("blocked",)),
        ),
    ),
    actions=(
        BulkAction(
            _("Tags"),
            "tag",
            "customer-bulk-tag",
            "orders:write",
            "orders/_bulk_tag.html",
            submit=_("Save"),
        ),
        BulkAction(
            _("Export"), "download", "customer-bulk-export", "orders:read", "orders/_bulk_export.html"
        ),
        BulkAction(
            _("Add to the trust list"),
            "badge-check",
            "customer-bulk-trust",
            "orders:write",
            "backoffice/_bulk_customer_trust.html",
            more=True,
        ),
        BulkAction(
            _("Block the customers"),
            "user-x",
            "customer-bulk-block",
            "orders:write",
            "backoffice/_bulk_customer_block.html",
            more=True,
            danger=True,
        ),
    ),
    pinned=("orders", "lapsed", "tag"),
    search_label=_("Name, e-mail or phone"),
    empty_title=_("No customers yet"),
    empty_text=_("Whoever orders is listed here."),
    empty_icon="users",
)


def rows(principal: Principal) -> "QuerySet[Customer]":
    """Customers belong to the company: whoever may read orders sees them all."""
    return Customer.objects.all()
