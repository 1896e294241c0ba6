"""Products and locations put in by the hundred, as a list has them: new ones are added, known ones changed.

A patch is a part of the API's form as JSON holds it; a known row is merged with it as PATCH would, so what may be
left out, what null means and what is refused are the same everywhere. As many statements for a thousand as for one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from django.db import transaction
from django.db.models import Model

from inventory import kits, locations, lots, news, products, storing
from inventory.documents import LocationIn, ProductIn, location_out, merge, product_out
from inventory.models import Location, Product
from oms.core import api
from oms.core.errors import Problem
from oms.core.events import record

Put = Literal["created", "changed", "unchanged"]
Patch = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Sort:
    """What putting needs to know of a model: its natural key, its forms both ways, what never changes."""

    model: type[Any]
    natural: str
    form: type[msgspec.Struct]
    document: Callable[[Any], msgspec.Struct]
    build: Callable[[Any], Any]
    kept: frozenset[str]


_PRODUCTS = _Sort(Product, "sku", ProductIn, product_out, products.product_of, products.KEPT)
_LOCATIONS = _Sort(Location, "code", LocationIn, location_out, locations.location_of, locations.KEPT)


@transaction.atomic
def put_products(patches: Sequence[Patch], *, actor: str) -> list[Put | Problem]:
    """Add or change products by SKU; what became of each, in their order. A SKU comes once."""
    results, new, changed = _judge(_PRODUCTS, patches)
    # A part that is itself refused takes along the bundles it belongs to, and those the bundles above them.
    while _without_unknown_parts(new, (), results):
        pass
    _without_unknown_parts(changed, list(new.values()), results)
    for place, problem in lots.track(changed).items():
        results[place] = problem
        del changed[place]
    _new_kits_give_up_stock(changed, results)
    _write_changes(_PRODUCTS, list(changed.values()))
    if changed:
        skus = [product.sku for product in changed.values()]
        # Their limits may be others: whether they are low is looked at again.
        news.touch(Product.objects.filter(sku__in=skus).values_list("pk", flat=True))
        data = {"id": "", "number": skus[0], "version": 1, "skus": skus}
        record("product.changed", "product/batch", actor=actor, data=data)
    for place, refusal in zip(new, products.add_products(list(new.values()), actor=actor), strict=True):
        results[place] = refusal or "created"
    return results


@transaction.atomic
def put_locations(patches: Sequence[Patch], *, actor: str) -> list[Put | Problem]:
    """Add or change locations by code; what became of each, in their order. A code comes once."""
    results, new, changed = _judge(_LOCATIONS, patches)
    _write_changes(_LOCATIONS, list(changed.values()))
    if changed:
        codes = [location.code for location in changed.values()]
        data = {"id": "", "number": codes[0], "version": 1, "codes": codes}
        record("location.changed", "location/batch", actor=actor, data=data)
    for place, refusal in zip(new, locations.add_locations(list(new.values()), actor=actor), strict=True):
        results[place] = refusal or "created"
    return results


def _judge(
    sort: _Sort, patches: Sequence[Patch]
) -> tuple[list[Put | Problem], dict[int, Any], dict[int, Any]]:
    """What each patch comes to, and by place the rows to add and those to change; known rows are locked, sorted."""
    asked = [patch.get(sort.natural) for patch in patches]
    keys = sorted({key for key in asked if isinstance(key, str) and key.isprintable()})
    locked = sort.model.objects.select_for_update(no_key=True).filter(**{f"{sort.natural}__in": keys})
    known: dict[str, Model] = {getattr(row, sort.natural): row for row in locked.order_by(sort.natural)}
    fields = _changeable(sort)
    names = {one.name for one in msgspec.structs.fields(sort.form)}
    results: list[Put | Problem] = []
    new: dict[int, Any] = {}
    changed: dict[int, Any] = {}
    for place, patch in enumerate(patches):
        row = known.get(str(asked[place]))
        before = msgspec.to_builtins(sort.document(row)) if row is not None else {}
        merged = merge({name: value for name, value in before.items() if name in names}, patch)
        try:
            built = sort.build(_form(merged, sort.form))
        except Problem as problem:
            results.append(problem)
            continue
        if row is None:
            new[place] = built
        elif any(getattr(row, name) != getattr(built, name) for name in fields):
            changed[place] = built
        results.append("created" if row is None else "changed" if place in changed else "unchanged")
    return results, new, changed


def _without_unknown_parts(
    group: dict[int, Product], also: Sequence[Product], results: list[Put | Problem]
) -> bool:
    """Refuse the bundles whose parts nobody knows, or that are bundles; True if there was one."""
    refusals = kits.refusals(list(group.values()), also=also)
    unknown = [(place, refusal) for place, refusal in zip(group, refusals, strict=True) if refusal]
    for place, refusal in unknown:
        results[place] = refusal
        del group[place]
    return bool(unknown)


def _new_kits_give_up_stock(group: dict[int, Product], results: list[Put | Problem]) -> None:
    made_of = {product.sku: place for place, product in group.items() if product.components}
    for product in Product.objects.filter(sku__in=made_of, components=[]).order_by("id") if made_of else ():
        try:
            kits.give_up_own_stock(product)
        except Problem as refusal:
            results[made_of[product.sku]] = refusal
            del group[made_of[product.sku]]


def _form(merged: Any, form: type[msgspec.Struct]) -> msgspec.Struct:
    try:
        return msgspec.convert(merged, form)
    except msgspec.ValidationError as error:
        raise api.invalid(merged, form, error) from error


def _changeable(sort: _Sort) -> list[str]:
    return [field.name for field in sort.model._meta.concrete_fields if field.name not in sort.kept]


def _write_changes(sort: _Sort, rows: Sequence[Any]) -> None:
    storing.write_over(rows, sort.natural, _changeable(sort))
