"""The same external id again: the same facts find the order that stands, other facts are refused."""

from collections.abc import Sequence
from dataclasses import replace

from django.db.models import Q

from oms.core.errors import Conflict, Problem
from oms.core.saying import said
from orders import queries
from orders.models import Order
from orders.placement import Placed, Placement


def refused(external_id: str) -> Conflict:
    """409: the number is taken by an order with other facts."""
    return Conflict(
        said("The channel already has an order %(external_id)s with other facts.", external_id=external_id),
        code="duplicate_external_id",
        errors=[
            {
                "pointer": "/external_id",
                "code": "duplicate_external_id",
                "detail": said("Taken by another order."),
            }
        ],
    )


def within(placements: Sequence[Placement], batch: list[int]) -> tuple[list[int], dict[int, int]]:
    """Which of a batch come first with their number, and for each repeat which one it repeats."""
    first: dict[tuple[int, str], int] = {}
    repeats: dict[int, int] = {}
    for index in batch:
        key = (placements[index].channel.id, placements[index].order.external_id)
        if key in first:
            repeats[index] = first[key]
        else:
            first[key] = index
    return list(first.values()), repeats


def answer_within(
    again: Placement, first: Placement, result: Placed | Problem | None
) -> Placed | Problem | None:
    """The answer to a repeat inside one batch; None where the first left the number free for other facts."""
    same = again.order.fingerprint == first.order.fingerprint
    if isinstance(result, Placed):
        return replace(result, new=False) if same else refused(again.order.external_id)
    return result if same else None


def answers(placements: Sequence[Placement]) -> list[Placed | Problem]:
    """For orders whose number is taken: the standing order where the facts agree, else a refusal."""
    if not placements:
        return []
    from_channel: dict[int, list[str]] = {}
    for placement in placements:
        from_channel.setdefault(placement.channel.id, []).append(placement.order.external_id)
    taken = Q()
    for channel_id, numbers in from_channel.items():
        taken |= Q(channel_id=channel_id, external_id__in=numbers)
    standing = {(o.channel_id, o.external_id): o for o in Order.objects.filter(taken)}
    return [_answer(p, standing[p.channel.id, p.order.external_id]) for p in placements]


def _answer(placement: Placement, order: Order) -> Placed | Problem:
    if bytes(order.fingerprint) != placement.order.fingerprint:
        return refused(placement.order.external_id)
    return queries.load(order, placement.channel.code, new=False)
