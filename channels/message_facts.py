"""What a message says, read from the rows as they are when it is sent."""

from datetime import date, datetime
from decimal import Decimal
from email.utils import parseaddr
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import translation

from channels.mail import MailData, MailLine
from channels.models import Message
from fulfillment.models import Shipment
from oms.core import company
from orders import payments
from orders.models import Line, Order, Payment, PaymentKind
from returns import telling
from returns.models import Return


def read(message: Message) -> MailData:
    """The facts of a message. Raises DoesNotExist when its document is gone."""
    order = Order.objects.select_related("channel").get(messages=message)
    family, _, reference = message.subject_ref.partition("/")
    if family == "shipment":
        return _of_shipment(order, reference, message)
    if message.kind == "refunded":
        return _of_refund(order, family, reference, message)
    if family == "return":
        return _of_return(order, reference, message)
    lines = order.lines.select_related("product").order_by("position")
    return MailData(
        **_who(order, message),
        lines=[MailLine(_name(line, message.language), line.quantity, line.total) for line in lines],
        shipping=order.shipping,
        total=order.total,
        to_collect=payments.cash_due(order) or None,
    )


def _of_shipment(order: Order, number: str, message: Message) -> MailData:
    shipment = Shipment.objects.get(number=number, order=order)
    clock = company.clocks_in(order.country)
    rows = shipment.lines.select_related("line__product").filter(quantity__gt=0).order_by("line__position")
    return MailData(
        **_who(order, message),
        lines=[MailLine(_name(row.line, message.language), row.quantity) for row in rows if row.quantity],
        to_collect=(shipment.cod_amount or None) if message.kind == "on_the_way" else None,
        earliest=_day(shipment.promised_earliest, clock),
        latest=_day(shipment.promised_latest, clock),
        delivered_on=_day(shipment.delivered_at, clock),
        carrier=shipment.carrier if shipment.carrier not in ("own_fleet", "manual") else "",
        tracking_number=shipment.tracking_number,
    )


def _of_refund(order: Order, family: str, reference: str, message: Message) -> MailData:
    """`payment/{id}` is one entry; `return/{number}` all that was paid back for it."""
    refunds = Payment.objects.filter(order=order, kind=PaymentKind.REFUND)
    paid = list(refunds.filter(reference=reference) if family == "return" else refunds.filter(pk=reference))
    methods = {entry.method for entry in paid}
    return MailData(
        **_who(order, message),
        refund=sum((entry.amount for entry in paid), Decimal(0)),
        refund_method=methods.pop() if len(methods) == 1 else "",
    )


def _of_return(order: Order, number: str, message: Message) -> MailData:
    returned = Return.objects.get(number=number, order=order)
    rows = returned.lines.select_related("line__product").order_by("line__position")
    with translation.override(message.language):
        next_step = telling.next_step(returned.method)
    return MailData(
        **_who(order, message),
        return_number=number,
        lines=[MailLine(_name(row.line, message.language), row.quantity) for row in rows],
        next_step=next_step,
        note=returned.decision_note,
    )


def _who(order: Order, message: Message) -> dict[str, Any]:
    token = order.tracking_token
    return {
        "brand": order.channel.brand or order.channel.name,
        "order_number": str(order.number),
        # A revoked link stays revoked: the message then leads to the front door.
        # The page speaks the message's language, whatever the phone is set to; there a reader chooses another.
        "page_url": f"{settings.BASE_URL}/t/{token}/?lang={message.language}"
        if token
        else f"{settings.BASE_URL}/",
        "currency": order.currency,
        "first_name": order.customer_name.split()[0] if order.customer_name.split() else "",
        "contact": parseaddr(settings.DEFAULT_FROM_EMAIL)[1],
    }


def _name(line: Line, language: str) -> str:
    names = line.product.name
    return names.get(language) or names.get("en") or next(iter(names.values()), "") or line.sku


def _day(moment: datetime | None, clock: ZoneInfo) -> date | None:
    return moment.astimezone(clock).date() if moment else None
