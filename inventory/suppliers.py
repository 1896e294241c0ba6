"""Whom we buy from and at what price. A code stays what it was: purchase orders name it."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from inventory.models import Product, Supplier, SupplierPrice
from oms.core import address as addresses
from oms.core import money, text
from oms.core.address import Address
from oms.core.errors import Conflict, Invalid
from oms.core.events import record
from oms.core.saying import said

LANGUAGES = ("en", "ar", "fa")
CODE = re.compile(r"[-A-Za-z0-9_.]{1,64}")


def clean(
    supplier: Supplier,
    *,
    name: str,
    contact: str,
    email: str,
    phone: str,
    address: Address | None,
    currency: str,
    language: str,
    lead_days: int,
    active: bool,
) -> Supplier:
    """Those facts on a supplier, in one spelling; not stored yet. Raises Invalid naming the field at fault."""
    if not CODE.fullmatch(supplier.code):
        raise Invalid.at("/code", said("A code is 1 to 64 letters, digits, dots, hyphens and underscores."))
    if not money.known(currency):
        raise Invalid.at(
            "/currency", said("'%(currency)s' is not a currency of ISO 4217.", currency=currency)
        )
    if language not in LANGUAGES:
        raise Invalid.at(
            "/language", said("Purchase orders are written in %(known)s.", known=", ".join(LANGUAGES))
        )
    email = email.strip()
    if email:
        try:
            validate_email(email)
        except ValidationError as error:
            raise Invalid.at("/email", said("That is no e-mail address.")) from error
    supplier.name = _words(name, 200, "/name")
    if not supplier.name:
        raise Invalid.at("/name", said("A supplier has a name."))
    supplier.contact = _words(contact, 200, "/contact")
    supplier.email = email
    supplier.phone = _words(text.digits(phone), 64, "/phone")
    supplier.address = addresses.normalise(address) if address else {}
    supplier.currency, supplier.language = currency, language
    supplier.lead_days, supplier.active = lead_days, active
    return supplier


@transaction.atomic
def add(supplier: Supplier, *, actor: str) -> Supplier:
    """Store a new supplier. Raises Conflict (`duplicate_code`)."""
    Supplier.objects.bulk_create([supplier], ignore_conflicts=True)
    if not Supplier.objects.filter(pk=supplier.pk).exists():
        detail = said("There is already a supplier %(code)s.", code=supplier.code)
        fault = {"pointer": "/code", "code": "duplicate_code", "detail": detail}
        raise Conflict(detail, code="duplicate_code", errors=[fault])
    record("supplier.added", supplier.ref, actor=actor, data=_facts(supplier))
    return supplier


@transaction.atomic
def change(supplier: Supplier, *, actor: str) -> Supplier:
    """Store a locked supplier's new facts; purchase orders that were sent keep the old ones."""
    supplier.version += 1
    supplier.save()
    record("supplier.changed", supplier.ref, actor=actor, data=_facts(supplier))
    return supplier


@transaction.atomic
def set_price(
    supplier: Supplier,
    product: Product,
    *,
    price: Decimal,
    supplier_sku: str = "",
    min_quantity: int = 1,
    actor: str,
) -> SupplierPrice:
    """What this supplier asks for a product from so many on; the same number again replaces it, another is a tier."""
    lock(supplier.pk)
    found, _ = SupplierPrice.objects.update_or_create(
        supplier=supplier,
        product=product,
        min_quantity=min_quantity,
        defaults={"price": price, "supplier_sku": _words(supplier_sku, 64, "/supplier_sku")},
    )
    data = {
        **_facts(supplier),
        "sku": product.sku,
        "price": str(price),
        "currency": supplier.currency,
        "min_quantity": min_quantity,
    }
    record("supplier.priced", supplier.ref, actor=actor, data=data)
    return found


@transaction.atomic
def drop_prices(prices: Sequence[SupplierPrice], *, actor: str) -> None:
    """Prices of one supplier that no longer hold, each told on its own."""
    supplier = lock(prices[0].supplier_id)
    for price in prices:
        price.delete()
        data = {
            **_facts(supplier),
            "sku": price.product.sku,
            "price": None,
            "min_quantity": price.min_quantity,
        }
        record("supplier.priced", supplier.ref, actor=actor, data=data)


def lock(pk: UUID) -> Supplier:
    return Supplier.objects.select_for_update(no_key=True).get(pk=pk)


def _words(given: str, length: int, pointer: str) -> str:
    try:
        return text.clean(given, length)
    except ValueError as error:
        raise Invalid.at(pointer, str(error)) from error


def _facts(supplier: Supplier) -> dict[str, Any]:
    return {"id": str(supplier.pk), "number": supplier.code, "version": supplier.version}
