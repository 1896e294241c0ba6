"""Months are closed one after another: what there was and what it was worth, at each location, when each was over.

A closing is written once. What it says can be worked out again from the movements at any time (`compare`), because
`valuing` knows nothing else: `manage.py rebuild_valuation` does so, month by month.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from inventory.models import Closing, ClosingLine, ClosingRoad, Product
from inventory.valuing import Books, Flow, Held, Move, Pair, run
from oms.core import company
from oms.core.errors import Conflict
from oms.core.events import record

# A transaction that began before midnight may end after it.
PATIENCE = timedelta(hours=1)
CHUNK = 5_000

# On hand changes in the order they were made. A delivery's movement is the n-th of its purchase order and product, as
# its receipt is the n-th there: that is how its cost is found.
_MOVES = """
WITH paid AS (
  SELECT 'purchase/' || purchase.number AS reference, line.product_id,
         row_number() OVER (PARTITION BY purchase.id, line.product_id ORDER BY receipt.at, receipt.id) AS turn,
         CASE WHEN bool_and(came.currency = %(currency)s)
              THEN sum(came.quantity * came.unit_cost) / sum(came.quantity) END AS unit_cost
  FROM inventory_purchasereceiptline AS came
  JOIN inventory_purchasereceipt AS receipt ON receipt.id = came.receipt_id
  JOIN inventory_purchaseline AS line ON line.id = came.line_id
  JOIN inventory_purchaseorder AS purchase ON purchase.id = receipt.order_id
  GROUP BY purchase.id, purchase.number, line.product_id, receipt.id, receipt.at
), bought AS (
  SELECT id, at, reference, product_id, row_number() OVER (PARTITION BY reference, product_id ORDER BY id) AS turn
  FROM inventory_movement WHERE state = 'on_hand' AND cause = 'purchased'
)
SELECT moved.product_id, moved.location_id, moved.change, moved.cause, moved.reference, paid.unit_cost
FROM inventory_movement AS moved
LEFT JOIN bought ON bought.id = moved.id AND bought.at = moved.at
LEFT JOIN paid ON paid.reference = bought.reference AND paid.product_id = bought.product_id AND paid.turn = bought.turn
WHERE moved.state = 'on_hand' AND moved.at >= %(since)s AND moved.at < %(until)s
ORDER BY moved.id
"""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A line of a closing that the movements do not say."""

    month: date
    sku: str
    location: str
    stored: tuple[int, Decimal]
    true: tuple[int, Decimal]


def next_month() -> date | None:
    """The month that can be closed now: the one after the last closing, else that of the first movement."""
    last = Closing.objects.order_by("-month").first()
    month = _after(last.month) if last else _first_month()
    return month if month is not None and _is_over(month) else None


@transaction.atomic
def close(month: date, *, actor: str) -> Closing:
    """Write down what the month came to. Raises Conflict (`month_out_of_turn`) unless it is the next that is over."""
    month = month.replace(day=1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('inventory.closing'))")
    if month != next_month():
        raise Conflict(f"{month:%Y-%m} is not the next month to close.", code="month_out_of_turn")
    said = Product.objects.filter(cost__isnull=False).values_list("pk", "cost")
    costs = {product_id: cost for product_id, cost in said if cost is not None}
    books = _books_before(month, costs)
    flows = _run(books, month, costs)
    closing = Closing.objects.create(month=month, actor=actor)
    ClosingLine.objects.bulk_create(
        (_line(closing, pair, flow, costs.get(pair[0])) for pair, flow in sorted(flows.items())),
        batch_size=CHUNK,
    )
    ClosingRoad.objects.bulk_create(
        ClosingRoad(
            closing=closing, reference=ref, product_id=product_id, quantity=held.quantity, value=held.value
        )
        for (ref, product_id), held in sorted(books.road.items())
    )
    data = {"id": str(closing.pk), "number": str(closing), "version": 1, "lines": len(flows)}
    record("stock.closed", closing.ref, actor=actor, data=data)
    return closing


def compare() -> Iterator[Wrong]:
    """Every line of every closing that the movements, worked out again from the first, do not say."""
    books = Books()
    for number, closing in enumerate(Closing.objects.order_by("month")):
        lines = {
            (line.product_id, line.location_id): line
            for line in closing.lines.select_related("product", "location")
        }
        costs = {pair[0]: line.known_cost for pair, line in lines.items() if line.known_cost is not None}
        if number == 0:
            books = _books_before(closing.month, costs)
        flows = _run(books, closing.month, costs)
        for pair, line in lines.items():
            true = flows[pair].now if pair in flows else Held()
            if (line.closing_quantity, line.closing_value) != (true.quantity, true.value):
                yield Wrong(
                    closing.month,
                    line.product.sku,
                    line.location.code,
                    (line.closing_quantity, line.closing_value),
                    (true.quantity, true.value),
                )


def bounds(month: date) -> tuple[datetime, datetime]:
    """When a month begins and ends, by the company's clocks."""
    return company.midnight(month.replace(day=1)), company.midnight(_after(month))


def _run(books: Books, month: date, costs: Mapping[int, Decimal]) -> dict[Pair, Flow]:
    since, until = bounds(month)
    return run(books, _moves(since, until), costs)


def _books_before(month: date, costs: Mapping[int, Decimal]) -> Books:
    """Carried from the closing before; for the first one, worked out from the very first movement."""
    books = Books()
    last = Closing.objects.filter(month__lt=month).order_by("-month").first()
    if last is None:
        since, _until = bounds(month)
        run(books, _moves(datetime(1970, 1, 1, tzinfo=UTC), since), costs)
        return books
    for line in last.lines.all():
        books.held[line.product_id, line.location_id] = Held(
            line.closing_quantity, line.closing_value, line.average
        )
    for on_road in last.road.all():
        books.road[on_road.reference, on_road.product_id] = Held(on_road.quantity, on_road.value)
    return books


def _moves(since: datetime, until: datetime) -> Iterator[Move]:
    with connection.cursor() as cursor:
        cursor.execute(_MOVES, {"since": since, "until": until, "currency": settings.COMPANY_CURRENCY})
        for row in cursor:
            yield Move(*row)


def _line(closing: Closing, pair: Pair, flow: Flow, known_cost: Decimal | None) -> ClosingLine:
    return ClosingLine(
        closing=closing,
        product_id=pair[0],
        location_id=pair[1],
        opening_quantity=flow.opening.quantity,
        opening_value=flow.opening.value,
        in_quantity=flow.in_quantity,
        in_value=flow.in_value,
        out_quantity=flow.out_quantity,
        out_value=flow.out_value,
        closing_quantity=flow.now.quantity,
        closing_value=flow.now.value,
        average=flow.now.last,
        known_cost=known_cost,
    )


def _first_month() -> date | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(at) FROM inventory_movement")
        [first] = cursor.fetchone()
    return None if first is None else company.day_of(first).replace(day=1)


def _after(month: date) -> date:
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def _is_over(month: date) -> bool:
    return timezone.now() >= bounds(month)[1] + PATIENCE
