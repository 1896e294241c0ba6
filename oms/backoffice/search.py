"""One box over orders, customers, SKUs, pages and actions: the palette's answer, and a page of its own."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from inventory.models import Product
from oms.backoffice import navigation
from oms.core import badges, display, text
from oms.core.access import Principal
from oms.core.pages import part_or_page, staff_page
from orders import names, queries
from orders.access import visible
from orders.models import Customer

MOST = 6
LONGEST = 254


@dataclass(frozen=True, slots=True)
class Hit:
    """One line: `title` is what it is called, `note` what tells it from its like, `keys` its shortcut."""

    title: str | Promise
    href: str
    icon: str
    note: str | Promise = ""
    keys: str = ""
    theme: str = ""
    ltr: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    label: str | Promise
    hits: list[Hit] = field(default_factory=list)


@staff_page(methods=("GET", "HEAD"))
def search(request: Any) -> HttpResponseBase:
    """What is found for `?q=`. One exact order is opened at once, as a scanner or a hurried agent expects."""
    q = request.GET.get("q", "").strip()[:LONGEST].replace("\x00", "")
    found = find(request.principal, q)
    exact = _only_order(found, q)
    if exact and not request.htmx:
        return redirect(exact)
    return part_or_page(request, "staff/search.html", "staff/_found.html", {"found": found, "q": q})


def find(principal: Principal, q: str) -> list[Found]:
    """Groups with something in them, in the order they are shown; nothing typed yet: pages and actions."""
    groups = [Found(_("Pages"), list(_pages(principal, q))), Found(_("Actions"), list(_actions(q)))]
    if q:
        groups = [
            Found(_("Orders"), _orders(principal, q)),
            Found(_("Customers"), _customers(principal, q)),
            Found(_("Products"), _products(principal, q)),
            *groups,
        ]
    return [group for group in groups if group.hits]


def _only_order(found: list[Found], q: str) -> str:
    """The address of the one order called exactly so."""
    hits = [hit for group in found for hit in group.hits]
    digits = text.digits(q)
    return hits[0].href if hits and digits.isdecimal() and str(hits[0].title) == digits else ""


def _orders(principal: Principal, q: str) -> list[Hit]:
    if not principal.may("orders:read"):
        return []
    orders = visible(principal)
    exact = queries.find_exact(orders, q)
    found = orders.filter(pk__in=exact) if exact else queries.called(orders, q)
    newest = found.order_by("-placed_at", "-pk")[:MOST]
    language = get_language() or "en"
    return [
        Hit(
            str(order.number),
            href,
            "inbox",
            f"{order.customer_name} · {badges.badge('stage', order.stage).text} · "
            + display.money(order.total, order.currency, language),
        )
        for order in newest
        if (href := link("order-detail", order.number))
    ]


def _customers(principal: Principal, q: str) -> list[Hit]:
    if not principal.may("orders:read"):
        return []
    return [
        Hit(customer.name, href, "user-round", customer.email or customer.phone, ltr=True)
        for customer in _people(q)
        if (href := link("customer-detail", customer.pk) or _orders_of(customer))
    ]


def _people(q: str) -> list[Customer]:
    """By e-mail or phone in any digits, else by words of a name of theirs."""
    digits = text.digits(q)
    exact = Q(pk=None)
    if "@" in q:
        exact |= Q(email_key=text.email_key(q))
    phones = {
        text.phone_key(digits) if any(c.isdigit() for c in digits) else "",
        *queries.local_phones(digits),
    }
    if phones - {""}:
        exact |= Q(phone_key__in=phones - {""})
    people = list(Customer.objects.filter(exact)[:MOST])
    if people or any(c.isdigit() for c in digits):
        return people
    return list(Customer.objects.filter(pk__in=list(names.customer_keys(q)[:100]))[:MOST])


def _orders_of(customer: Customer) -> str:
    address = link("order-list")
    key = customer.email or customer.phone or customer.name
    return f"{address}?{urlencode({'q': key})}" if address else ""


def _products(principal: Principal, q: str) -> list[Hit]:
    if not principal.may("products:read"):
        return []
    code = text.digits(q)
    named = Product.objects.filter(Q(sku=code) | Q(barcode=code))[:MOST]
    found = list(named) or list(Product.objects.filter(sku__startswith=code.upper()).order_by("sku")[:MOST])
    if not found and len(q) > 2:
        language = get_language() or "en"
        found = list(Product.objects.filter(**{f"name__{language}__icontains": q}).order_by("sku")[:MOST])
    return [
        Hit(product.sku, href, "tag", _name(product))
        for product in found
        if (href := link("product-detail", product.sku) or _stock_of(product))
    ]


def _stock_of(product: Product) -> str:
    address = link("stock-list") or link("product-list")
    return f"{address}?{urlencode({'q': product.sku})}" if address else ""


def _name(product: Product) -> str:
    language = get_language() or "en"
    return str(product.name.get(language) or product.name.get("en") or "")


def _pages(principal: Principal, q: str) -> Iterator[Hit]:
    wanted = text.fold(q)
    for entry in navigation.every_entry():
        if entry.scope and not principal.may(entry.scope):
            continue
        href = link(entry.url)
        if href and wanted in text.fold(str(entry.label)):
            yield Hit(entry.label, href, entry.icon, keys=f"G {entry.key.upper()}" if entry.key else "")


ACTIONS = (
    ("light", gettext_lazy("Light theme"), "sun"),
    ("dark", gettext_lazy("Dark theme"), "moon"),
    ("system", gettext_lazy("Theme of the device"), "monitor"),
)


def _actions(q: str) -> Iterator[Hit]:
    wanted = text.fold(q)
    for theme, label, icon in ACTIONS:
        if wanted in text.fold(str(label)):
            yield Hit(label, "", icon, theme=theme)


def link(name: str, *args: object) -> str:
    """An address by name, or nothing where no such page is."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
