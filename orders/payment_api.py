"""The door of an order's payment ledger."""

from typing import Annotated, Literal

import msgspec
from django.conf import settings
from msgspec import Meta
from rest_framework.request import Request

from oms.core import api, errors, money, short_lists, text
from oms.core.api import Answer, Endpoint, Op
from oms.core.short_lists import ShortListQuery
from orders import documents, payments
from orders.access import get_order
from orders.documents import PaymentOut
from orders.models import PaymentKind
from orders.new_order import Amount


class PaymentIn(msgspec.Struct, forbid_unknown_fields=True):
    """One entry of the ledger. What the provider `manual` authorised is captured by itself as goods are packed; any
    other provider's capture, and cash on delivery once somebody has counted it, is written here."""

    kind: Literal["authorization", "capture", "refund", "void"]
    method: Literal["card", "cod", "bank", "cheque", "wallet", "store_credit"]
    amount: Amount
    reference: Annotated[str, Meta(max_length=200)] | None = None
    provider: Annotated[str, Meta(min_length=1, max_length=32)] = "manual"


class OrderPayments(Endpoint):
    get_op = Op(
        scope="orders:read",
        query=ShortListQuery,
        answer=PaymentOut,
        paged=True,
        summary="An order's payment ledger",
    )
    post_op = Op(
        scope="orders:write", body=PaymentIn, answer=PaymentOut, status=201, summary="Write a payment entry"
    )

    def get(self, request: Request, query: ShortListQuery, id: str) -> Answer:
        order = get_order(request.user, id)
        rows = [documents.payment_out(p, order.currency) for p in order.payments.order_by("at", "id")]
        return short_lists.page(request, rows, query)

    def post(self, request: Request, body: PaymentIn, id: str) -> Answer:
        order = get_order(request.user, id)
        try:
            amount = money.parse_amount(body.amount, order.currency)
        except ValueError as error:
            raise errors.Invalid.at("/amount", str(error)) from error
        if not amount:
            raise errors.Invalid.at("/amount", "An entry has an amount above zero.")
        entry = payments.record_payment(
            order,
            kind=PaymentKind(body.kind),
            method=body.method,
            amount=amount,
            reference=clean("/reference", body.reference or "", 200),
            provider=clean("/provider", body.provider, 32),
            actor=request.user.actor,
        )
        return api.created(
            documents.payment_out(entry, order.currency),
            f"{settings.BASE_URL}/api/v1/orders/{order.id}/payments/",
        )


def clean(pointer: str, given: str, length: int) -> str:
    try:
        return text.clean(given, length)
    except ValueError as error:
        raise errors.Invalid.at(pointer, str(error)) from error
