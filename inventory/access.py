"""The only way a request obtains a transfer, a supplier or a purchase order."""

from typing import Any
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from inventory.models import Location, PurchaseOrder, Supplier, Transfer
from oms.core.access import Principal
from oms.core.errors import Forbidden, Invalid, NotFound
from oms.core.saying import said


def visible_transfers(principal: Principal) -> "QuerySet[Transfer]":
    """All transfers; for staff bound to locations those that leave or reach one of them."""
    rows = Transfer.objects.all()
    if principal.locations is None:
        return rows
    return rows.filter(Q(source__code__in=principal.locations) | Q(target__code__in=principal.locations))


def get_transfer(principal: Principal, ref: str) -> Transfer:
    """By id or number. Raises NotFound, for one between other people's locations too."""
    rows = visible_transfers(principal).select_related("source", "target")
    found = rows.filter(**_by(ref, "number")).first()
    if found is None:
        raise NotFound("There is no such transfer.")
    return found


def visible_purchases(principal: Principal) -> "QuerySet[PurchaseOrder]":
    """All purchase orders; for staff bound to locations those that are delivered there."""
    rows: QuerySet[PurchaseOrder] = principal.limit_to_locations(PurchaseOrder.objects.all())
    return rows


def get_purchase(principal: Principal, ref: str) -> PurchaseOrder:
    """By id or number. Raises NotFound."""
    rows = visible_purchases(principal).select_related("supplier", "location")
    found = rows.filter(**_by(ref, "number")).first()
    if found is None:
        raise NotFound("There is no such purchase order.")
    return found


def get_supplier(ref: str, rows: "QuerySet[Supplier] | None" = None) -> Supplier:
    """By id or code. Raises NotFound."""
    found = (Supplier.objects.all() if rows is None else rows).filter(**_by(ref, "code")).first()
    if found is None:
        raise NotFound("There is no such supplier.")
    return found


def own(principal: Principal, *locations: Location) -> None:
    """Raises Forbidden for staff bound to locations none of which is one of these."""
    if principal.locations is not None and not any(place.code in principal.locations for place in locations):
        raise Forbidden("This is another location's affair.", code="other_location")


def location_of(code: str, pointer: str) -> Location:
    """An active location. Raises Invalid at its field."""
    found = Location.objects.filter(active=True, code=code).first() if code.isprintable() else None
    if found is None:
        raise Invalid.at(pointer, said("There is no such location."), "unknown_location")
    return found


def named(rows: "QuerySet[Any]", values: list[str], field: str, pointer: str, code: str) -> dict[str, Any]:
    """Rows by natural key, in one query. Raises Invalid naming each value that is unknown by its place."""
    asked = [value for value in values if value.isprintable()]
    found: dict[str, Model] = {getattr(row, field): row for row in rows.filter(**{f"{field}__in": asked})}
    faults = [
        {
            "pointer": pointer.format(place),
            "code": code,
            "detail": said("There is no %(value)s.", value=value),
        }
        for place, value in enumerate(values)
        if value not in found
    ]
    if faults:
        raise Invalid(faults[0]["detail"], code=code, errors=faults)
    return found


def _by(ref: str, natural: str) -> dict[str, Any]:
    try:
        return {"pk": UUID(ref)}
    except ValueError:
        return {natural: ref.replace("\x00", "")[:64]}
