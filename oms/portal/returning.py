"""What a customer may still send back, and the request written down."""

from dataclasses import dataclass

from orders.models import Order


@dataclass(frozen=True)
class ReturnableLine:
    """Units of an order line that arrived and are in no return yet."""

    id: str
    sku: str
    names: dict[str, str]
    quantity: int


def returnable(order: Order) -> list[ReturnableLine]:
    """The lines of an order that `tracking.find` loaded, with how many units each may still send back."""
    asked: dict[object, int] = {}
    for request in order.returns.all():
        if request.reception != "cancelled" and request.acceptance != "rejected":
            for line in request.lines.all():
                asked[line.line_id] = asked.get(line.line_id, 0) + line.quantity
    return [
        ReturnableLine(str(line.pk), line.sku, line.product.name, left)
        for line in order.lines.all()
        if (left := line.delivered - asked.get(line.pk, 0)) > 0
    ]


@dataclass(frozen=True)
class AskedLine:
    id: str
    quantity: int
    reason: str
    note: str


def ask(order: Order, lines: list[AskedLine], method: str, resolution: str) -> str:
    """Write the request down; the answer is the return's number. Raises Problem when a rule says no."""
    raise NotImplementedError
