"""Stock given out over all waiting orders, over the API: asked for, watched, and what came of each order.

It is the company's affair: a channel's key has no part in it.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from rest_framework.request import Request

from fulfillment import allocating
from fulfillment.models import AllocationOutcome, AllocationRow, AllocationRun
from inventory.api import Limit
from inventory.paging import newest, states
from oms.core import api
from oms.core.api import Answer, Endpoint, Op, created
from oms.core.errors import Forbidden, Invalid, NotFound
from orders.documents import Money, amount


class RunQuery(msgspec.Struct, forbid_unknown_fields=True):
    limit: Limit = 50
    cursor: str = ""


class RowQuery(msgspec.Struct, forbid_unknown_fields=True):
    """`outcome` takes several values with commas."""

    outcome: Annotated[str, msgspec.Meta(max_length=64)] = ""
    limit: Limit = 50
    cursor: str = ""


class RunOut(msgspec.Struct):
    """`state`: owed, weighing, placing, done, stopped or failed. `waiting` orders were weighed, `planned` of them are
    meant to be served, `served` have their stock, `skipped` changed meanwhile. `proven` of `contests` have no better
    answer; at most the share `gap` of the cost could be saved. `seconds`: what deciding took."""

    id: UUID
    state: str
    asked_at: datetime
    finished_at: datetime | None
    waiting: int
    planned: int
    served: int
    skipped: int
    units: int
    cost: Money
    exact: bool
    gap: str
    contests: int
    proven: int
    seconds: float


class RowOut(msgspec.Struct):
    """`outcome`: planned, served, skipped or left; `code` and `detail` say why one was not served."""

    order: str
    outcome: str
    units: int
    cost: Money
    locations: list[str]
    code: str
    detail: str


class Allocations(Endpoint):
    get_op = Op(
        scope="orders:read",
        query=RunQuery,
        answer=RunOut,
        paged=True,
        summary="Runs that gave out scarce stock",
    )
    post_op = Op(
        scope="orders:write",
        answer=RunOut,
        status=201,
        summary="Give out the stock there is over all waiting orders; while one runs, that one",
    )

    def get(self, request: Request, query: RunQuery) -> Answer:
        return newest(request, visible(request), query.limit, query.cursor, run_out)

    def post(self, request: Request) -> Answer:
        visible(request)
        return answer(allocating.start(actor=request.user.actor))


class OneAllocation(Endpoint):
    get_op = Op(scope="orders:read", answer=RunOut, summary="How far a run is, and what it came to")

    def get(self, request: Request, id: UUID) -> RunOut:
        return run_out(get_run(request, id))


class AllocationOrders(Endpoint):
    get_op = Op(
        scope="orders:read",
        query=RowQuery,
        answer=RowOut,
        paged=True,
        summary="What came of each order of a run",
    )

    def get(self, request: Request, query: RowQuery, id: UUID) -> Answer:
        rows = get_run(request, id).rows.select_related("order")
        if query.outcome:
            rows = rows.filter(outcome__in=states(query.outcome, AllocationOutcome.values))
        return _ranked(request, rows, query)


class AllocationStops(Endpoint):
    post_op = Op(scope="orders:write", answer=RunOut, status=201, summary="Serve no further order of a run")

    def post(self, request: Request, id: UUID) -> Answer:
        run = get_run(request, id)
        allocating.stop(run)
        run.refresh_from_db()
        return answer(run)


def visible(request: Request) -> "QuerySet[AllocationRun]":
    if request.user.channel_id is not None:
        raise Forbidden("A channel's key does not give out stock; a company's key does.")
    return AllocationRun.objects.all()


def get_run(request: Request, id: UUID) -> AllocationRun:
    run = visible(request).filter(pk=id).first()
    if run is None:
        raise NotFound
    return run


def _ranked(request: Request, rows: "QuerySet[AllocationRow]", query: RowQuery) -> Answer:
    """A page of rows, who comes first first: they were written so."""
    if query.cursor:
        [after] = api.decode_cursor(query.cursor, 1)
        if not isinstance(after, int) or not 0 <= after < 2**63:
            raise Invalid.at("cursor", "Not a cursor of ours.", "invalid_cursor")
        rows = rows.filter(pk__gt=after)
    found = list(rows.order_by("pk")[: query.limit + 1])
    shown = found[: query.limit]
    more = api.encode_cursor(shown[-1].pk) if len(found) > query.limit else None
    return api.page(request._request, [row_out(row) for row in shown], more)


def answer(run: AllocationRun) -> Answer:
    return created(run_out(run), settings.BASE_URL + reverse("allocation", args=[run.pk]))


def run_out(run: AllocationRun) -> RunOut:
    if run.running:
        state = "placing" if run.weighed_at else "weighing" if run.tries else "owed"
    else:
        state = {"": "done", "asked": "stopped"}.get(run.stopped, "failed")
    return RunOut(
        id=run.pk,
        state=state,
        asked_at=run.asked_at,
        finished_at=run.finished_at,
        waiting=run.waiting,
        planned=run.planned,
        served=run.served,
        skipped=run.skipped,
        units=run.units,
        cost=amount(run.cost, settings.COMPANY_CURRENCY),
        exact=run.exact,
        gap=str(run.gap),
        contests=run.contests,
        proven=run.proven,
        seconds=round(run.seconds, 3),
    )


def row_out(row: AllocationRow) -> RowOut:
    return RowOut(
        order=str(row.order.number),
        outcome=row.outcome,
        units=row.units,
        cost=amount(row.cost, settings.COMPANY_CURRENCY),
        locations=list(row.places),
        code=row.code,
        detail=row.detail,
    )
