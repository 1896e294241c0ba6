"""Closed months over the API: quantity and value at the beginning and the end, by location and product."""

from datetime import date, datetime
from typing import Annotated

import msgspec
from django.conf import settings
from django.urls import reverse
from rest_framework.request import Request

from inventory import closing
from inventory.api import Limit, newest_first
from inventory.closing_pages import get_closing, rows, visible_lines
from inventory.documents import Money
from inventory.models import Closing, ClosingLine
from oms.core import money
from oms.core.api import Answer, Endpoint, Op, created
from oms.core.errors import Invalid


class ClosingQuery(msgspec.Struct, forbid_unknown_fields=True):
    limit: Limit = 50
    cursor: str = ""


class ClosingLineQuery(msgspec.Struct, forbid_unknown_fields=True):
    sku: Annotated[str, msgspec.Meta(max_length=64)] = ""
    location: Annotated[str, msgspec.Meta(max_length=64)] = ""
    limit: Limit = 50
    cursor: str = ""


class ClosingIn(msgspec.Struct, forbid_unknown_fields=True):
    """The next month that is over, as 2026-10."""

    month: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]


class ClosingOut(msgspec.Struct):
    """`units` and `value` at the locations the caller may see."""

    month: str
    closed_at: datetime
    units: int
    value: Money


class ClosingLineOut(msgspec.Struct):
    sku: str
    location: str
    opening_quantity: int
    opening_value: Money
    in_quantity: int
    in_value: Money
    out_quantity: int
    out_value: Money
    closing_quantity: int
    closing_value: Money


class Closings(Endpoint):
    get_op = Op(
        scope="stock:read", query=ClosingQuery, answer=ClosingOut, paged=True, summary="Closed months"
    )
    post_op = Op(
        scope="valuation:write", body=ClosingIn, answer=ClosingOut, status=201, summary="Close a month"
    )

    def get(self, request: Request, query: ClosingQuery) -> Answer:
        return newest_first(request, rows(request.user), query.limit, query.cursor, closing_out)

    def post(self, request: Request, body: ClosingIn) -> Answer:
        year, month = (int(part) for part in body.month.split("-"))
        if not year:
            raise Invalid.at("/month", "There was no such year.")
        made = closing.close(date(year, month, 1), actor=request.user.actor)
        shown = rows(request.user).get(pk=made.pk)
        return created(closing_out(shown), reverse("closing-lines", args=[str(made)]))


class ClosingLines(Endpoint):
    get_op = Op(
        scope="stock:read",
        query=ClosingLineQuery,
        answer=ClosingLineOut,
        paged=True,
        summary="What a month came to",
    )

    def get(self, request: Request, query: ClosingLineQuery, month: str) -> Answer:
        lines = visible_lines(request.user).filter(closing=get_closing(month))
        if query.sku:
            lines = lines.filter(product__sku=query.sku)
        if query.location:
            lines = lines.filter(location__code=query.location)
        lines = lines.select_related("product", "location")
        return newest_first(request, lines, query.limit, query.cursor, line_out)


def closing_out(found: Closing) -> ClosingOut:
    return ClosingOut(
        month=str(found),
        closed_at=found.closed_at,
        units=found.units,  # type: ignore[attr-defined]
        value=_worth(found.value),  # type: ignore[attr-defined]
    )


def line_out(line: ClosingLine) -> ClosingLineOut:
    return ClosingLineOut(
        sku=line.product.sku,
        location=line.location.code,
        opening_quantity=line.opening_quantity,
        opening_value=_worth(line.opening_value),
        in_quantity=line.in_quantity,
        in_value=_worth(line.in_value),
        out_quantity=line.out_quantity,
        out_value=_worth(line.out_value),
        closing_quantity=line.closing_quantity,
        closing_value=_worth(line.closing_value),
    )


def _worth(value: object) -> Money:
    return Money(**money.price_as_json(value, settings.COMPANY_CURRENCY))  # type: ignore[arg-type]
