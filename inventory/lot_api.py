"""Lots over the API: what lies where, quarantine and release."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from django.urls import reverse
from rest_framework.request import Request

from inventory import lot_list, lots
from inventory.api import Limit, newest_first
from inventory.models import Location, Lot
from oms.core import text
from oms.core.api import Answer, Endpoint, Op, created
from oms.core.errors import Invalid, NotFound


class LotQuery(msgspec.Struct, forbid_unknown_fields=True):
    """`state` as staff see it; `location`: lots that lie there now."""

    sku: Annotated[str, msgspec.Meta(max_length=64)] = ""
    code: Annotated[str, msgspec.Meta(max_length=64)] = ""
    location: Annotated[str, msgspec.Meta(max_length=64)] = ""
    state: Literal["", "good", "soon", "expired", "quarantined"] = ""
    limit: Limit = 50
    cursor: str = ""


class ReasonIn(msgspec.Struct, forbid_unknown_fields=True):
    reason: Annotated[str, msgspec.Meta(max_length=500, pattern=r"\S")]


class LotLevelOut(msgspec.Struct):
    """`free` = on_hand − damaged − quality_control − picked."""

    location: str
    on_hand: int
    damaged: int
    quality_control: int
    picked: int
    free: int


class LotOut(msgspec.Struct):
    id: str
    sku: str
    code: str
    expires_on: date | None
    state: str
    quarantine_reason: str
    levels: list[LotLevelOut]


class Lots(Endpoint):
    get_op = Op(scope="stock:read", query=LotQuery, answer=LotOut, paged=True, summary="Lots")

    def get(self, request: Request, query: LotQuery) -> Answer:
        rows = lot_list.visible(request.user).select_related("product")
        if query.sku:
            rows = rows.filter(product__sku=query.sku)
        if query.code:
            rows = rows.filter(code=query.code)
        if query.location:
            rows = rows.filter(levels__location__code=query.location, levels__on_hand__gt=0)
        if query.state:
            rows = lot_list.in_state(rows, query.state)
        places = list(request.user.limit_to_locations(Location.objects.all(), "code"))
        return newest_first(request, rows, query.limit, query.cursor, lambda lot: lot_out(lot, places))


class OneLot(Endpoint):
    get_op = Op(scope="stock:read", answer=LotOut, summary="A lot")

    def get(self, request: Request, uid: UUID) -> LotOut:
        return shown(request, uid)


class Releases(Endpoint):
    post_op = Op(
        scope="stock:write", body=ReasonIn, answer=LotOut, status=201, summary="A lot can be sold again"
    )

    def post(self, request: Request, body: ReasonIn, uid: UUID) -> Answer:
        lots.release(get_lot(request, uid), reason=clean_reason(body.reason), actor=request.user.actor)
        return created(shown(request, uid), reverse("lot", args=[uid]))


def get_lot(request: Request, uid: UUID) -> Lot:
    """The only way a request obtains a lot."""
    found = lot_list.visible(request.user).select_related("product").filter(uid=uid).first()
    if found is None:
        raise NotFound
    return found


def shown(request: Request, uid: UUID) -> LotOut:
    places = list(request.user.limit_to_locations(Location.objects.all(), "code"))
    return lot_out(get_lot(request, uid), places)


def lot_out(lot: Lot, places: list[Location]) -> LotOut:
    return LotOut(
        id=str(lot.uid),
        sku=lot.product.sku,
        code=lot.code,
        expires_on=lot.expires_on,
        state=lot_list.state_of(lot),
        quarantine_reason=lot.quarantine_reason,
        levels=[
            LotLevelOut(
                at.location.code, at.on_hand, at.damaged, at.quality_control, at.picked, lots.free_of(at)
            )
            for at in lots.at_places(lot, places)
        ],
    )


def clean_reason(reason: str) -> str:
    """Raises Invalid at the field."""
    try:
        return text.clean(reason, 500)
    except ValueError as error:
        raise Invalid.at("/reason", str(error)) from error
