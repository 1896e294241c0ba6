"""From an order's rows to the page its customer sees, in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Prefetch
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from fulfillment.models import Shipment
from oms.core import company
from oms.core.models import Event
from oms.portal import headlines, promises, return_wording, returning, steps, wording
from oms.portal.facts import OrderFacts, ParcelFacts
from oms.portal.shown import (
    Content,
    Day,
    Happening,
    Item,
    Parcel,
    ReturnView,
    Sum,
    TrackingPage,
)
from orders.models import Line, Order, Payment
from returns.models import Return

# The first word of these names is no name by itself: "Abd" of "Abd al-Rahman", "أم" of "أم كلثوم".
NAME_BEGINNINGS = frozenset({"abd", "abdul", "abdel", "abu", "umm", "عبد", "أبو", "ابو", "أم", "ام"})

# Carriers without a page of their own: what they say is on this one.
FOLLOWED_HERE = ("manual", "own_fleet")
TOLD_EVENTS = ("shipment.packed", "shipment.handed_over", "shipment.ready_for_pickup")


_RETURNS = Return.objects.select_related("new_order").prefetch_related("lines").order_by("requested_at")


def find(token: str) -> Order | None:
    """The order of a tracking link, or None: a revoked or wrong token finds nothing."""
    return (
        Order.objects.select_related("channel", "delivery_location")
        .prefetch_related(
            Prefetch("lines", Line.objects.select_related("product").order_by("position")),
            Prefetch(
                "shipments",
                Shipment.objects.prefetch_related("lines", "scans").order_by("number"),
            ),
            Prefetch(
                "returns",
                Return.objects.prefetch_related("lines").order_by("requested_at"),
            ),
            "holds",
            "payments",
        )
        .filter(tracking_token=token)
        .first()
    )


def page_for(order: Order, now: datetime) -> TrackingPage:
    """Everything the customer sees of an order that `find` loaded, in the active language."""
    address = order.shipping_address or {}
    facts = _facts(order)
    title, when = headlines.headline(facts, now)
    names = {line.pk: _name(line) for line in order.lines.all()}
    return TrackingPage(
        token=order.tracking_token or "",
        order_number=str(order.number),
        brand=brand(order),
        first_name=first_name(order.customer_name),
        city=address.get("city", ""),
        placed_at=order.placed_at,
        timezone=facts.timezone,
        currency=order.currency,
        title=title,
        when=when,
        steps=steps.steps(facts),
        parcels=_parcels(order, facts, names, now),
        items=[_item(line, names[line.pk], _day(facts, now)) for line in order.lines.all()],
        sums=_sums(order),
        returns=[_return(each, names, list(order.payments.all())) for each in order.returns.all()],
        notices=headlines.notices(facts, now),
        can_return=bool(returning.returnable(order)),
    )


def brand(order: Order) -> str:
    """The shop's name as its customers know it."""
    return order.channel.brand or order.channel.name


def first_name(name: str) -> str:
    """The first name alone: the link may be in somebody else's hands."""
    words = name.split()
    if len(words) > 1 and words[0].lower() in NAME_BEGINNINGS:
        return " ".join(words[:2])
    return words[0] if words else ""


def _name(line: Line) -> str:
    return product_name(line.product.name, line.sku)


def product_name(names: dict[str, str], sku: str) -> str:
    """The product's name in the active language, else in English, else in any, else its SKU."""
    return names.get(get_language() or "en") or names.get("en") or next(iter(names.values()), "") or sku


def _facts(order: Order) -> OrderFacts:
    lines = list(order.lines.all())
    live = [line for line in lines if line.cancelled < line.quantity]
    return OrderFacts(
        stage=order.stage,
        timezone=_timezone(order),
        pickup=order.delivery_kind == "pickup",
        place=order.delivery_location.name if order.delivery_location else "",
        holds=frozenset(hold.reason for hold in order.holds.all() if hold.released_at is None),
        parcels=[_parcel_facts(shipment) for shipment in order.shipments.all()],
        waiting=sum(line.reserved + line.backordered for line in lines),
        backordered=sum(line.backordered for line in lines),
        all_returned=bool(live) and all(line.returned == line.quantity - line.cancelled for line in live),
        refunded=order.balance >= 0 and any(payment.kind == "refund" for payment in order.payments.all()),
    )


def _timezone(order: Order) -> str:
    if order.delivery_kind == "pickup" and order.delivery_location:
        return order.delivery_location.timezone
    return company.clocks_in(order.country).key


def _parcel_facts(shipment: Shipment) -> ParcelFacts:
    return ParcelFacts(
        state=shipment.state,
        earliest=shipment.promised_earliest,
        latest=shipment.promised_latest,
        delivered_at=shipment.delivered_at,
    )


def _parcels(order: Order, facts: OrderFacts, names: dict[UUID, str], now: datetime) -> list[Parcel]:
    shipments = [shipment for shipment in order.shipments.all() if shipment.state != "cancelled"]
    told: dict[str, list[Event]] = defaultdict(list)
    for event in Event.objects.filter(thread=order.ref, kind__in=TOLD_EVENTS):
        told[event.subject].append(event)
    return [
        Parcel(
            position=position,
            badge=wording.parcel_badge(shipment.state),
            days=_days(_happenings(order, shipment, told[shipment.ref]), facts.timezone),
            contents=[
                Content(names[line.line_id], line.quantity) for line in shipment.lines.all() if line.quantity
            ],
            when=promises.promise([_parcel_facts(shipment)], facts.timezone, now),
            carrier=wording.carrier(shipment.carrier),
            number=shipment.tracking_number,
            url=_carrier_page(shipment),
        )
        for position, shipment in enumerate(shipments, start=1)
    ]


def _carrier_page(shipment: Shipment) -> str:
    """Where the carrier tells more, if it has a page other than this one. Only a web address becomes a link."""
    url = shipment.tracking_url
    return url if shipment.carrier not in FOLLOWED_HERE and url.startswith(("https://", "http://")) else ""


def _happenings(order: Order, shipment: Shipment, events: list[Event]) -> Iterable[Happening]:
    scans = [scan for scan in shipment.scans.all() if scan.code in wording.HAPPENINGS]
    yield wording.happening("order.placed", order.placed_at)
    scanned = {scan.code for scan in scans}
    for event in events:
        # The carrier's own scan tells the same moment from the other side of the counter.
        if wording.TOLD_TWICE.get(event.kind) not in scanned:
            yield wording.happening(event.kind, event.at)
    for scan in scans:
        yield wording.happening(scan.code, scan.at, scan.place)


def _days(happenings: Iterable[Happening], timezone: str) -> list[Day]:
    zone = ZoneInfo(timezone)
    days: dict[date, list[Happening]] = defaultdict(list)
    for happening in sorted(happenings, key=lambda happening: happening.at, reverse=True):
        days[happening.at.astimezone(zone).date()].append(happening)
    return [Day(day, listed) for day, listed in days.items()]


def _day(facts: OrderFacts, now: datetime) -> date:
    """Today, where the customer is."""
    return now.astimezone(ZoneInfo(facts.timezone)).date()


def _item(line: Line, name: str, today: date) -> Item:
    # A day that has passed is no promise any more.
    expected = line.expected_at if line.expected_at and line.expected_at >= today else None
    return Item(
        name=name,
        sku=line.sku,
        quantity=line.quantity,
        amount=line.unit_price * (line.quantity - line.cancelled),
        notes=wording.item_notes(
            cancelled=line.cancelled,
            backordered=line.backordered,
            returned=line.returned,
            quantity=line.quantity,
            expected_on=expected,
        ),
    )


def _sums(order: Order) -> list[Sum]:
    sums = [Sum(_("Items"), order.items)]
    if order.discount:
        sums.append(Sum(_("Discount"), -order.discount))
    sums.append(Sum(pgettext("sum", "Delivery"), order.shipping))
    if not order.prices_include_tax and order.tax:
        sums.append(Sum(_("Tax"), order.tax))
    sums.append(Sum(_("Total"), order.total, strong=True))
    if order.prices_include_tax and order.tax:
        sums.append(Sum(_("Tax within the total"), order.tax))
    payments = list(order.payments.all())
    captured = _of_kind(payments, "capture")
    in_credit = _of_kind([each for each in payments if each.method == "store_credit"], "refund")
    refunded = _of_kind(payments, "refund") - in_credit
    if order.credited:
        sums.append(Sum(_("Taken back"), -order.credited))
    if captured:
        sums.append(Sum(_("Paid"), captured))
    if refunded:
        sums.append(Sum(_("Refunded to you"), refunded))
    if in_credit:
        sums.append(Sum(_("Given as store credit"), in_credit))
    return sums + _still_owed(order, payments)


def _still_owed(order: Order, payments: list[Payment]) -> list[Sum]:
    balance: Decimal = order.balance
    if balance == 0 or order.stage == "cancelled" and balance > 0:
        return []
    if balance < 0:
        return [Sum(_("Still to be paid back to you"), -balance, strong=True)]
    if any(payment.method == "cod" and payment.kind == "pending" for payment in payments):
        text = (
            _("To pay when you collect it")
            if order.delivery_kind == "pickup"
            else _("Cash to pay on delivery")
        )
        return [Sum(text, balance, strong=True)]
    if order.payment_status == "authorized":
        return [Sum(_("Kept on your card until we send it"), balance)]
    return [Sum(_("Left to pay"), balance, strong=True)]


def _of_kind(payments: list[Payment], kind: str) -> Decimal:
    return sum((payment.amount for payment in payments if payment.kind == kind), Decimal(0))


def _return(asked: Return, names: dict[UUID, str], payments: list[Payment]) -> ReturnView:
    given = _given_for(asked, payments)
    badge, text = return_wording.told(
        return_wording.ReturnFacts(
            reception=asked.reception,
            acceptance=asked.acceptance,
            reimbursement=asked.reimbursement,
            method=asked.method,
            given=given,
        )
    )
    instead = asked.new_order
    return ReturnView(
        number=asked.number,
        badge=badge,
        text=text,
        contents=[Content(names[line.line_id], line.quantity) for line in asked.lines.all()],
        refund=asked.refunded if asked.refunded and given != "goods" else None,
        in_credit=given == "store_credit",
        new_order=str(instead.number) if instead else "",
        new_order_token=(instead.tracking_token or "") if instead else "",
    )


def _given_for(asked: Return, payments: list[Payment]) -> str:
    """What the customer really got, which staff may have settled otherwise than it was asked for."""
    if asked.new_order:
        return "goods"
    in_credit = any(each.reference == asked.number and each.method == "store_credit" for each in payments)
    return "store_credit" if in_credit else "refund"
