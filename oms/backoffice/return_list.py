"""The list of returns: what stands where, found by a scan, a number or a customer."""

from decimal import Decimal
from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from oms.backoffice.order_filters import AnyOf
from oms.backoffice.order_returning import METHODS, RESOLUTIONS
from oms.core import text
from oms.core.access import Principal
from oms.core.badges import BADGES, badge
from oms.core.listing import Column, Listing, View
from oms.core.money import rounded
from orders import names, queries
from orders.models import Order
from returns.access import visible
from returns.models import Acceptance, Method, Reception, Reimbursement, Return, ReturnLine

LONGEST = 254
UNDECIDED = (Acceptance.PENDING, Acceptance.MANUAL)
COMING = (Reception.AWAITING, Reception.IN_TRANSIT, Reception.PARTIALLY_RECEIVED)


def rows(principal: Principal) -> "QuerySet[Return]":
    """The returns a principal may see, with what a row shows."""
    units = ReturnLine.objects.filter(return_order=OuterRef("pk")).order_by().values("return_order")
    counted = Subquery(units.annotate(units=Sum("quantity")).values("units"))
    return visible(principal).select_related("order").annotate(units=Coalesce(counted, 0))


def to_approve(found: "QuerySet[Return]") -> "QuerySet[Return]":
    return found.filter(acceptance__in=UNDECIDED)


def on_the_way(found: "QuerySet[Return]") -> "QuerySet[Return]":
    return found.filter(acceptance=Acceptance.ACCEPTED, reception__in=COMING).exclude(method=Method.KEEP)


def to_inspect(found: "QuerySet[Return]") -> "QuerySet[Return]":
    lying = ReturnLine.objects.filter(return_order=OuterRef("pk"), received__gt=F("inspected"))
    return found.filter(Exists(lying), acceptance=Acceptance.ACCEPTED)


def to_refund(found: "QuerySet[Return]") -> "QuerySet[Return]":
    """Something was taken back and the customer waits for what it is worth."""
    seen = ReturnLine.objects.filter(return_order=OuterRef("pk"), inspected__gt=0)
    waiting = found.filter(acceptance=Acceptance.ACCEPTED, reimbursement=Reimbursement.PENDING)
    return waiting.filter(Exists(seen))


STEPS = {
    "approve": (_("To approve"), to_approve),
    "way": (_("On the way"), on_the_way),
    "inspect": (_("To inspect"), to_inspect),
    "refund": (_("To refund"), to_refund),
}


def named(found: "QuerySet[Return]", code: str) -> "QuerySet[Return]":
    """By the number of the return or of its label, in any digits."""
    code = text.digits(code).upper()
    return found.filter(Q(number=code) | Q(tracking_number=code))


def search(found: "QuerySet[Return]", q: str) -> "QuerySet[Return]":
    """By number of the return, its label or its order, e-mail or phone in any digits, or words of a name."""
    q = q.replace("\x00", "").strip()[:LONGEST]
    known = named(found, q)
    if not q or known.exists():
        return known if q else found
    exact = queries.find_exact(Order.objects.all(), q)
    if exact:
        return found.filter(order__in=exact)
    named_so = names.called(q, "order")
    return found.filter(named_so) if named_so else found.none()


def _words(kind: str) -> list[tuple[str, Any]]:
    return [(value, known.text) for value, known in BADGES[kind].items()]


class ReturnFilter(django_filters.FilterSet):
    """Names the dashboard relies on: reimbursement, reception."""

    q = django_filters.CharFilter(method="look_up")
    step = django_filters.ChoiceFilter(
        label=_("Step"),
        choices=[(key, label) for key, (label, _narrow) in STEPS.items()],
        method="at_step",
        empty_label=None,
        widget=forms.RadioSelect,
    )
    reception = AnyOf(label=_("Reception"), choices=_words("reception"))
    acceptance = AnyOf(label=_("Decision"), choices=_words("acceptance"))
    reimbursement = AnyOf(label=_("Refund"), choices=_words("reimbursement"))
    method = AnyOf(label=_("How it comes back"), choices=list(METHODS.items()))
    resolution = AnyOf(label=_("Wanted for it"), choices=list(RESOLUTIONS.items()))

    class Meta:
        model = Return
        fields: tuple[str, ...] = ()

    def look_up(self, found: Any, name: str, value: str) -> Any:
        return search(found, value)

    def at_step(self, found: Any, name: str, value: str) -> Any:
        return STEPS[value][1](found)


def _count(key: str) -> Any:
    return lambda principal: STEPS[key][1](visible(principal))


def _said(kind: str, value: str) -> str:
    return str(badge(kind, value).text)


def _amount(one: Return, value: Decimal) -> Decimal | None:
    """Nothing where there is no amount yet: a nought would say that there is one."""
    return rounded(value, one.order.currency) if value else None


LISTING = Listing(
    name="returns",
    columns=(
        Column("number", _("Return"), fixed=True, export=lambda one: one.number),
        Column("date", _("Asked for"), sort="requested_at", export=lambda one: one.requested_at),
        Column("order", _("Order"), export=lambda one: one.order.number),
        Column("customer", _("Customer"), export=lambda one: one.order.customer_name),
        Column("units", _("Items"), numeric=True, export=lambda one: one.units),
        Column("resolution", _("Wanted for it"), export=lambda one: str(RESOLUTIONS[one.resolution])),
        Column("acceptance", _("Decision"), export=lambda one: _said("acceptance", one.acceptance)),
        Column("reception", _("Reception"), export=lambda one: _said("reception", one.reception)),
        Column("reimbursement", _("Refund"), export=lambda one: _said("reimbursement", one.reimbursement)),
        Column(
            "credited",
            _("Worth"),
            numeric=True,
            export=lambda one: _amount(one, one.credited),
        ),
        Column(
            "refunded",
            _("Refunded"),
            numeric=True,
            shown=False,
            export=lambda one: _amount(one, one.refunded),
        ),
        Column("currency", _("Currency"), shown=False, filed=True, export=lambda one: one.order.currency),
        Column("method", _("How it comes back"), shown=False, export=lambda one: str(METHODS[one.method])),
    ),
    row_template="returns/_row.html",
    default_sort="-date",
    filterset=ReturnFilter,
    views=(
        View("all", _("All"), ""),
        *(View(key, label, f"step={key}", _count(key)) for key, (label, _narrow) in STEPS.items()),
    ),
    pinned=("reception", "reimbursement"),
    search_label=_("Return, order, customer"),
    empty_title=_("No returns yet"),
    empty_text=_("Customers ask on their tracking page, staff on the order's page."),
    empty_icon="undo-2",
)
