"""Orders from a list: one row a line, rows of one number one order, placed as any channel's order is."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from django.utils.translation import gettext_lazy as _

from inventory import stock
from inventory.models import Product, Reservation
from oms.backoffice.importing.fields import Row
from oms.backoffice.importing.kinds.kind import Context, Decided, Kind, field_of, nested
from oms.backoffice.importing.kinds.order_fields import FIELDS
from oms.core import api, money
from oms.core.errors import Problem
from oms.core.models import Channel as StoredChannel
from oms.core.models import new_id
from orders import new_order, placing
from orders.models import Customer, Line, Order
from orders.new_order import NewOrder
from orders.placement import Channel, Placed, Placement

# As many orders as one transaction places; a piece has no more rows.
MOST = 250

_BY_KEY = {one.key: one for one in FIELDS}
LINE = ("sku", "quantity", "unit_price", "discount", "tax_rate")
HEAD = tuple(key for key in _BY_KEY if key not in LINE)
# Where the form has a list, a file has one.
_POINTERS = {"payments": "payment"}


def keys(row: Row) -> Iterable[str]:
    yield str(row.values.get("external_id", f"\n{row.number}"))


def write(rows: Sequence[Row], context: Context) -> Decided:
    decided = Decided()
    channel = channel_of(str(context.options.get("channel", "")))
    orders: list[list[Row]] = []
    placements: list[Placement] = []
    for _number, found in itertools.groupby(
        sorted(rows, key=_place_of(rows)), key=lambda row: next(iter(keys(row)))
    ):
        lines = list(found)
        placement = _placement(lines, channel, context)
        if placement is None:
            _refuse(lines, decided)
        else:
            orders.append(lines)
            placements.append(placement)
    if context.trial:
        _keep_what_was_taken(context, placements)
    answers = placing.place_orders(placements, actor=context.actor, trial=context.trial) if placements else []
    for lines, answer in zip(orders, answers, strict=True):
        if isinstance(answer, Problem):
            _blame(lines, answer)
            _refuse(lines, decided)
        else:
            decided.count("created" if answer.new else "unchanged")
    if context.trial:
        _carry(context, [answer for answer in answers if isinstance(answer, Placed) and answer.new])
    return decided


def channel_of(code: str) -> Channel | None:
    found = StoredChannel.objects.filter(code=code, active=True).first()
    return Channel(found.pk, found.code, found.language) if found else None


def _place_of(rows: Sequence[Row]) -> Any:
    """Orders in the order of their first lines, lines as in the file."""
    first: dict[str, int] = {}
    for row in rows:
        first.setdefault(next(iter(keys(row))), row.number)
    return lambda row: (first[next(iter(keys(row)))], row.number)


def _placement(lines: Sequence[Row], channel: Channel | None, context: Context) -> Placement | None:
    """The rows of one order as what placing takes; what is wrong with them is written down as their faults."""
    body = _body(lines, context)
    if channel is None:
        lines[0].refuse("unknown_channel")
    if any(row.faults for row in lines) or channel is None:
        return None
    try:
        checked = new_order.check(_form(body))
        method = body.pop("unpriced", None)
        if method and checked.totals.total:
            amount = str(money.rounded(checked.totals.total, checked.body.currency))
            body["payments"] = [method | {"amount": amount}]
            checked = new_order.check(_form(body))
    except Problem as problem:
        _blame(lines, problem)
        return None
    return Placement(checked, channel, msgspec.json.encode(body).decode())


def _form(body: Mapping[str, Any]) -> NewOrder:
    plain = {name: value for name, value in body.items() if name != "unpriced"}
    try:
        return msgspec.convert(plain, NewOrder)
    except msgspec.ValidationError as error:
        raise api.invalid(plain, NewOrder, error) from error


def _body(lines: Sequence[Row], context: Context) -> dict[str, Any]:
    """The order as JSON: its facts from the rows that have them, which must agree."""
    head: dict[str, Any] = {}
    said_in: dict[str, int] = {}
    for row in lines:
        for key in HEAD:
            value = row.values.get(key)
            if value is None:
                continue
            if key not in head:
                head[key], said_in[key] = value, row.number
            elif head[key] != value:
                row.refuse("differs", key, str(said_in[key]))
    for row in lines:
        for key in ("external_id", "sku", "unit_price"):
            if row.values.get(key) is None and not any(fault.field == key for fault in row.faults):
                row.refuse("required", key)
    body = nested(head, HEAD)
    body.setdefault("currency", context.options.get("currency", ""))
    address = body.get("shipping_address")
    if address:
        address.setdefault("country", context.options.get("country", ""))
        body.setdefault("customer", {}).setdefault("name", address.get("name"))
    payment = body.pop("payment", None)
    if payment and "method" in payment:
        payment.setdefault("state", "pending" if payment["method"] == "cod" else "captured")
        if "amount" in payment:
            body["payments"] = [payment]
        else:
            body["unpriced"] = payment
    body["lines"] = [
        {"quantity": 1} | {key: value for key in LINE if (value := row.values.get(key)) is not None}
        for row in lines
    ]
    return body


def _blame(lines: Sequence[Row], problem: Problem) -> None:
    """Each fault at the line its pointer names, those of the order at its first line."""
    for error in problem.errors or [{}]:
        steps = str(error.get("pointer", "")).strip("/").split("/")
        row = lines[0]
        if steps[0] == "lines" and len(steps) > 1 and steps[1].isdigit() and int(steps[1]) < len(lines):
            row, steps = lines[int(steps[1])], steps[2:]
        elif steps and steps[0] in _POINTERS:
            steps[0] = _POINTERS[steps[0]]
        code = str(error.get("code", problem.code))
        detail = error.get("detail", problem.detail)
        if code == "insufficient_stock" and "asked" in error:
            detail = f"{error['available']}"
        row.refuse(code, field_of("/".join(steps), _BY_KEY), detail)


def _refuse(lines: Sequence[Row], decided: Decided) -> None:
    """One refused order; its lines without a fault of their own say why they stay behind."""
    first = next(row.number for row in lines if row.faults)
    for row in lines:
        if not row.faults:
            row.refuse("same_order", "", str(first))
        decided.faults += row.faults
    decided.refused += 1


def _keep_what_was_taken(context: Context, placements: Sequence[Placement]) -> None:
    """In a trial: take for earlier orders what they would have taken, so that later ones find what is left.

    Everything is locked by this one call, asking for nothing of what no earlier order took.
    """
    products = _products_of(placements)
    owner = new_id()
    wants = {owner: [stock.Want(new_id(), product_id, 0, backorder=True) for product_id in products]}
    only_at: dict[UUID, int] = {}
    taken: dict[int, list[tuple[int, int]]] = {}
    for product_id in products:
        for place, quantity in context.carried.get(product_id, {}).items():
            taken.setdefault(place, []).append((product_id, quantity))
    for place, units in taken.items():
        owner = new_id()
        only_at[owner] = place
        wants[owner] = [
            stock.Want(new_id(), product_id, quantity, backorder=True) for product_id, quantity in units
        ]
    if products:
        stock.reserve(wants, only_at=only_at)


def _products_of(placements: Sequence[Placement]) -> list[int]:
    """What the orders ask for, and the parts of the bundles among it."""
    skus = {line.sku for placement in placements for line in placement.order.body.lines}
    found = list(Product.objects.filter(sku__in=skus).values_list("pk", "components"))
    parts = {part["sku"] for _, components in found for part in components}
    ids = {pk for pk, _ in found} | set(Product.objects.filter(sku__in=parts).values_list("pk", flat=True))
    return sorted(ids)


def _carry(context: Context, placed: Sequence[Placed]) -> None:
    """What these orders took, by product and place."""
    kept = Reservation.objects.filter(owner__in=[one.order.pk for one in placed])
    context.taken.extend(kept.values_list("product_id", "location_id", "quantity"))


KIND = Kind(
    key="orders",
    scope="orders:write",
    label=_("Orders"),
    text=_("One row a line; rows with the same order number are one order of the channel you choose."),
    icon="inbox",
    fields=FIELDS,
    key_fields=("external_id",),
    keys=keys,
    write=write,
    piece=MOST,
    options=("channel", "currency", "country", "dates"),
    either=(("customer.name", "shipping_address.name"),),
    grows=(Order, Line, Customer, Reservation),
    opens="order-list",
    opens_label=_("Open the orders"),
    whole=True,
)
