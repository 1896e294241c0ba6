"""The staff's lists of buying: purchase orders by where they stand, and suppliers."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from inventory.access import visible_purchases
from inventory.models import Product, PurchaseLine, PurchaseOrder, PurchaseState, Supplier
from inventory.purchasing import ON_ORDER
from oms.core import company, money, text
from oms.core.access import Principal
from oms.core.badges import BADGES, badge
from oms.core.listing import Column, Listing, View


def rows(principal: Principal) -> "QuerySet[PurchaseOrder]":
    return visible_purchases(principal).select_related("supplier", "location")


def drafts(principal: Principal) -> "QuerySet[PurchaseOrder]":
    return visible_purchases(principal).filter(state=PurchaseState.DRAFT)


def on_order(principal: Principal) -> "QuerySet[PurchaseOrder]":
    return visible_purchases(principal).filter(state__in=ON_ORDER)


def late(principal: Principal) -> "QuerySet[PurchaseOrder]":
    """Should be here and is not."""
    return on_order(principal).filter(expected_on__lt=company.today())


STEPS = {"draft": (_("Drafts"), drafts), "order": (_("On order"), on_order), "late": (_("Late"), late)}


class PurchaseFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="look_up")
    step = django_filters.ChoiceFilter(
        label=_("Step"),
        choices=[(key, label) for key, (label, _found) in STEPS.items()],
        method="at_step",
        empty_label=None,
        widget=forms.RadioSelect,
    )
    state = django_filters.MultipleChoiceFilter(
        label=_("State"),
        choices=[(value, known.text) for value, known in BADGES["purchase"].items()],
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = PurchaseOrder
        fields: tuple[str, ...] = ()

    def look_up(self, found: Any, name: str, value: str) -> Any:
        """By number, a word of the supplier's name, or a SKU on it."""
        code = text.digits(value.replace("\x00", "").strip())
        named = Product.objects.filter(sku__iexact=code)
        of_sku = PurchaseLine.objects.filter(order=OuterRef("pk"), product__in=named)
        return found.filter(Q(number=code.upper()) | Q(supplier__name__icontains=code) | Exists(of_sku))

    def at_step(self, found: Any, name: str, value: str) -> Any:
        return found.filter(pk__in=STEPS[value][1](self.request.principal).values("pk"))


LISTING = Listing(
    name="purchases",
    columns=(
        Column("number", _("Purchase order"), sort="pk", fixed=True, export=lambda one: one.number),
        Column("supplier", _("Supplier"), export=lambda one: one.supplier.name),
        Column("location", pgettext_lazy("place", "Deliver to"), export=lambda one: one.location.name),
        Column("created", _("Written"), export=lambda one: one.created_at),
        Column("expected", _("Expected"), export=lambda one: one.expected_on),
        Column("total", _("Total"), numeric=True, export=lambda one: money.rounded(one.total, one.currency)),
        Column("currency", _("Currency"), shown=False, filed=True, export=lambda one: one.currency),
        Column("state", _("State"), export=lambda one: str(badge("purchase", one.state).text)),
    ),
    row_template="inventory/_purchase_row.html",
    default_sort="-number",
    filterset=PurchaseFilter,
    views=(
        View("all", _("All"), ""),
        *(View(key, label, f"step={key}", found) for key, (label, found) in STEPS.items()),
    ),
    pinned=("state",),
    search_label=_("Number, supplier or SKU"),
    empty_title=_("No purchase orders yet"),
    empty_text=_("What you order from suppliers is followed here until it lies on the shelf."),
    empty_icon="factory",
)


class SupplierFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="look_up")

    class Meta:
        model = Supplier
        fields: tuple[str, ...] = ()

    def look_up(self, found: Any, name: str, value: str) -> Any:
        return found.filter(Q(name__icontains=value) | Q(code__icontains=value) | Q(contact__icontains=value))


SUPPLIERS = Listing(
    name="suppliers",
    columns=(
        Column("name", _("Supplier"), sort="name", fixed=True, export=lambda one: one.name),
        Column("code", _("Code"), sort="code", export=lambda one: one.code),
        Column("contact", _("Contact person"), export=lambda one: one.contact),
        Column("email", _("E-mail"), export=lambda one: one.email),
        Column("currency", _("Currency"), export=lambda one: one.currency),
        Column("lead", _("Days until they deliver"), numeric=True, export=lambda one: one.lead_days),
        Column("state", _("State")),
    ),
    row_template="inventory/_supplier_row.html",
    default_sort="name",
    filterset=SupplierFilter,
    search_label=_("Name, code or contact person"),
    empty_title=_("No suppliers yet"),
    empty_text=_("Whom you buy from, at what price and how long they take."),
    empty_icon="factory",
)
