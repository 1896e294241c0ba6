"""Everything the order page shows, read with the same number of queries whatever the order holds."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from fulfillment.access import visible as visible_shipments
from fulfillment.models import Package, Paper, RoutingDecision, Shipment, ShipmentLine, ShipmentState
from inventory.models import Location
from oms.backoffice import mention_words
from oms.core.access import Principal
from oms.core.errors import NotFound
from oms.core.models import Event
from oms.core.people import people
from orders import ledger, standing, totals
from orders.access import key_of, visible
from orders.models import Comment, Hold, Invoice, Line, Order, Payment
from returns.models import Return

# The newest of a long history; one more is read to know that there are older ones.
EVENTS = 200


@dataclass(frozen=True, slots=True)
class Row:
    """Units of a line in a parcel or in none; `amount` is their part of the line's total."""

    line: Line
    quantity: int
    amount: Decimal
    picked: int = 0


@dataclass(frozen=True, slots=True)
class Parcel:
    """A shipment with its rows, boxes and the kinds of its papers."""

    shipment: Shipment
    rows: list[Row]
    boxes: list[Package]
    papers: frozenset[str]

    @property
    def units(self) -> int:
        return sum(row.quantity for row in self.rows)

    @property
    def picked(self) -> int:
        return sum(row.picked for row in self.rows)

    @property
    def grams(self) -> int:
        return sum(box.weight_g for box in self.boxes)


@dataclass(frozen=True, slots=True)
class Purchases:
    """What a customer bought so far: orders, and what was paid in the order's currency."""

    orders: int
    spent: Decimal


@dataclass(frozen=True, slots=True)
class Seen:
    """One order as the page needs it. `holds` are those that stand; `newer`/`older` numbers of its neighbours.

    `standing`: the list its customer is on, if any. `hold_notes`: what was said to each hold, ended ones too.
    """

    order: Order
    lines: list[Line]
    holds: list[Hold]
    hold_notes: dict[str, str]
    payments: list[Payment]
    parcels: list[Parcel]
    returns: list[Return]
    invoices: list[Invoice]
    decision: RoutingDecision | None
    events: list[Event]
    more_events: bool
    comments: dict[str, Comment]
    newer: int | None
    older: int | None
    purchases: Purchases
    standing: str
    people: dict[str, str]
    places: dict[str, str]

    @property
    def money(self) -> ledger.Sums:
        return ledger.sums(self.payments)


def find(principal: Principal, ref: str) -> Order:
    """The order with its channel, customer and pickup place. Raises NotFound, for another channel's too."""
    known = visible(principal).select_related("channel", "customer", "delivery_location")
    order = known.filter(**key_of(ref)).first()
    if order is None:
        raise NotFound
    return order


def read(principal: Principal, order: Order, *, every_event: bool = False) -> Seen:
    """All of it. `every_event` reads the whole history instead of its newest part."""
    lines = list(order.lines.select_related("product").order_by("position"))
    for line in lines:
        line.order = order
    events: QuerySet[Event] = Event.objects.filter(thread=order.ref).order_by("-id")
    found = list(events if every_event else events[: EVENTS + 1])
    more = not every_event and len(found) > EVENTS
    found = found[:EVENTS] if more else found
    holds = list(order.holds.order_by("since", "id"))
    comments = {str(comment.pk): comment for comment in order.comments.all()}
    return Seen(
        order=order,
        lines=lines,
        holds=[hold for hold in holds if hold.released_at is None],
        hold_notes={str(hold.pk): hold.note for hold in holds if hold.note},
        payments=list(order.payments.order_by("at", "id")),
        parcels=_parcels(principal, order, {line.pk: line for line in lines}),
        returns=list(order.returns.annotate(units=Sum("lines__quantity")).order_by("-requested_at", "-id")),
        invoices=list(
            order.invoices.select_related("paper").defer("paper__content").order_by("issued_at", "id")
        ),
        decision=order.routing_decisions.order_by("-at", "-pk").first(),
        events=found,
        more_events=more,
        comments=comments,
        newer=_neighbour(principal, order, newer=True),
        older=_neighbour(principal, order, newer=False),
        purchases=_purchases(principal, order),
        standing=standing.meets(order),
        people=people(_named(found, comments.values())),
        places=dict(Location.objects.values_list("code", "name")),
    )


def shows(order: Order, comment: Comment) -> bool:
    """Whether the comment stands in the newest part of the history."""
    newest = Event.objects.filter(thread=order.ref).order_by("-id")[:EVENTS]
    return str(comment.pk) in newest.values_list("data__comment", flat=True)


def _named(events: Iterable[Event], comments: Iterable[Comment]) -> set[str]:
    """Whoever did something, wrote something or is called on."""
    wrote = list(comments)
    actors = {event.actor for event in events} | {comment.actor for comment in wrote}
    return actors | mention_words.called(comment.text for comment in wrote)


def loose(lines: Iterable[Line]) -> list[Row]:
    """What waits and lies in no parcel: reserved but not routed, and back-ordered units."""
    rows = []
    for line in lines:
        units = line.reserved - line.allocated + line.backordered
        if units:
            rows.append(Row(line, units, worth(line, units)))
    return rows


def worth(line: Line, units: int) -> Decimal:
    """The part of a line's total that falls on so many of its units."""
    return totals.share(line.total, units, line.quantity, line.order.currency)


def _parcels(principal: Principal, order: Order, lines: dict[UUID, Line]) -> list[Parcel]:
    shipments = list(
        visible_shipments(principal)
        .filter(order=order)
        .select_related("location")
        .order_by("created_at", "number")
    )
    keys = [shipment.pk for shipment in shipments]
    rows: dict[UUID, list[Row]] = defaultdict(list)
    for row in ShipmentLine.objects.filter(shipment__in=keys, quantity__gt=0).order_by("line__position"):
        line = lines[row.line_id]
        rows[row.shipment_id].append(Row(line, row.quantity, worth(line, row.quantity), row.picked))
    boxes: dict[UUID, list[Package]] = defaultdict(list)
    for box in Package.objects.filter(shipment__in=keys).order_by("position"):
        boxes[box.shipment_id].append(box)
    papers: dict[UUID, set[str]] = defaultdict(set)
    for shipment_id, kind in Paper.objects.filter(shipment__in=keys).values_list("shipment_id", "kind"):
        papers[shipment_id].add(kind)
    made = []
    for shipment in shipments:
        shipment.order = order
        made.append(Parcel(shipment, rows[shipment.pk], boxes[shipment.pk], frozenset(papers[shipment.pk])))
    # What was cancelled before it left comes last: it is history.
    return sorted(made, key=lambda parcel: parcel.shipment.state == ShipmentState.CANCELLED)


def _neighbour(principal: Principal, order: Order, *, newer: bool) -> int | None:
    """The order placed just after or before this one: one step along the index of the newest."""
    side, sign = ("gt", "") if newer else ("lt", "-")
    beyond = Q(**{f"placed_at__{side}": order.placed_at}) | Q(**{f"pk__{side}": order.pk})
    query: Any = visible(principal).filter(**{f"placed_at__{side}e": order.placed_at}).filter(beyond)
    number: int | None = (
        query.order_by(f"{sign}placed_at", f"{sign}pk").values_list("number", flat=True).first()
    )
    return number


def _purchases(principal: Principal, order: Order) -> Purchases:
    mine = visible(principal).filter(customer_id=order.customer_id)
    sums = mine.aggregate(orders=Count("pk"), spent=Sum("paid", filter=Q(currency=order.currency)))
    return Purchases(sums["orders"], sums["spent"] or Decimal(0))
