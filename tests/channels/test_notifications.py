"""What the customer is told, by a real SMTP server."""

import email
import email.policy
import socket
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.db import transaction
from django.utils import timezone

from channels import notifications
from channels.models import Message
from fulfillment.models import Shipment, ShipmentLine
from oms.core.events import record
from oms.core.models import Channel
from orders import payments
from orders.models import Order
from returns.models import Return
from tests import shop

pytestmark = pytest.mark.django_db

HANDLERS = {
    "order.placed": [notifications.on_order_placed],
    "shipment.handed_over": [notifications.on_shipment_handed_over],
    "shipment.delivered": [notifications.on_shipment_delivered],
    "payment.refunded": [notifications.on_payment_refunded],
}


class Postman:
    """Takes every letter, or refuses with `refusal`; `lost` takes it and breaks off before saying so."""

    def __init__(self) -> None:
        self.letters: list[tuple[list[str], EmailMessage]] = []
        self.refusal = ""
        self.refusal_of_address = ""
        self.lost = False

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.refusal_of_address:
            return self.refusal_of_address
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refusal:
            return self.refusal
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.letters.append((list(envelope.rcpt_tos), letter))
        if self.lost:
            server.transport.close()
        return "250 OK"


@pytest.fixture
def postman(settings: Any) -> Iterator[Postman]:
    postman = Postman()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(postman, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.DEFAULT_FROM_EMAIL = "Relay <orders@relay.example>"
    settings.BASE_URL = "https://relay.example"
    settings.EVENT_HANDLERS = f"{__name__}.HANDLERS"
    yield postman
    controller.stop()


@pytest.fixture
def web(db: None) -> Channel:
    channel = shop.channel("web")
    channel.brand = "Al-Noor"
    channel.save()
    return channel


def place(quantity: int = 2, **changes: Any) -> Order:
    shop.product("TEE", RUH=quantity)
    answer = shop.api("web").post("orders/", shop.order_body(("TEE", quantity), **changes))
    assert answer.status_code == 201, answer.content
    shop.work()
    return Order.objects.get(number=answer.json()["number"])


def ship(order: Order, number: str, **facts: Any) -> Shipment:
    """A shipment of everything, as the fulfilment would tell of it."""
    shipment = Shipment.objects.create(
        order=order, number=number, location=shop.location("RUH"), carrier="manual", **facts
    )
    for line in order.lines.all():
        ShipmentLine.objects.create(shipment=shipment, line=line, quantity=line.quantity)
    return shipment


def tell(kind: str, shipment: Shipment) -> None:
    order = shipment.order
    data = {"id": str(shipment.pk), "number": shipment.number, "version": 1, "order_id": str(order.pk)}
    with transaction.atomic():
        record(kind, shipment.ref, actor="test", channel_id=order.channel_id, data=data, thread=order.ref)
    shop.work()


def text_of(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return body.get_content()


def test_a_placed_order_is_confirmed_once(web: Channel, postman: Postman) -> None:
    order = place()

    assert notifications.send_due() == 1
    assert notifications.send_due() == 0

    [(recipients, letter)] = postman.letters
    assert recipients == ["sara@example.com"]
    assert letter["To"] == "sara@example.com"
    assert letter["From"] == "Al-Noor <orders@relay.example>"
    assert letter["Subject"] == f"We have your order {order.number} · Al-Noor"
    assert letter["Auto-Submitted"] == "auto-generated"
    said = text_of(letter)
    assert f"https://relay.example/t/{order.tracking_token}/" in said
    assert "225.00" in said
    message = Message.objects.get()
    assert letter["Message-ID"] == f"<{message.pk}@relay.example>"
    assert (message.state, message.attempts, message.title) == ("sent", 1, letter["Subject"])
    html = letter.get_body(("html",))
    assert html is not None
    assert "TEE" in html.get_content()


@pytest.mark.parametrize(("language", "total"), [("ar", "225.00"), ("fa", "۲۲۵٫۰۰"), ("fa-IR", "۲۲۵٫۰۰")])
def test_the_message_speaks_the_orders_language(
    web: Channel, postman: Postman, language: str, total: str
) -> None:
    place(language=language)
    notifications.send_due()

    letter = postman.letters[0][1]
    assert letter["Content-Language"] == language[:2]
    assert total in text_of(letter)
    html = letter.get_body(("html",))
    assert html is not None
    assert 'dir="rtl"' in html.get_content()


def test_a_language_we_do_not_write_gets_english(web: Channel, postman: Postman) -> None:
    place(language="de")
    notifications.send_due()
    assert postman.letters[0][1]["Subject"].startswith("We have your order")


def test_on_the_way_and_delivered_are_told_of_each_parcel(web: Channel, postman: Postman) -> None:
    order = place()
    now = timezone.now()
    first = ship(order, "1-1", tracking_number="TRK1", promised_latest=now + timedelta(days=2))
    second = ship(order, "1-2", tracking_number="TRK2", delivered_at=now)
    for parcel in (first, second, first):
        tell("shipment.handed_over", parcel)
    tell("shipment.delivered", second)

    assert notifications.send_due() == 4

    subjects = [letter["Subject"] for _, letter in postman.letters]
    assert subjects == [
        f"We have your order {order.number} · Al-Noor",
        f"Your order {order.number} is on its way · Al-Noor",
        f"Your order {order.number} is on its way · Al-Noor",
        f"Your order {order.number} was delivered · Al-Noor",
    ]
    assert "TRK1" in text_of(postman.letters[1][1])
    assert "TRK2" in text_of(postman.letters[2][1])
    assert len({letter["Message-ID"] for _, letter in postman.letters}) == 4


def test_a_refund_is_told_with_its_amount(web: Channel, postman: Postman) -> None:
    order = place()
    notifications.send_due()
    payments.record_payment(order, kind="refund", method="card", amount=Decimal("30"), actor="staff:a")
    shop.work()
    assert notifications.send_due() == 1

    letter = postman.letters[-1][1]
    assert "SAR 30.00" in letter["Subject"].replace("\u00a0", " ")
    assert "card" in text_of(letter)


def test_what_a_return_pays_back_to_two_methods_is_one_message(web: Channel, postman: Postman) -> None:
    paid = [
        {"method": "card", "state": "captured", "amount": "125.00"},
        {"method": "wallet", "state": "captured", "amount": "100.00"},
    ]
    order = place(payments=paid)
    notifications.send_due()
    Return.objects.create(
        order=order, number=f"R{order.number}-1", method="courier", resolution="refund", requested_by="test"
    )
    entries = payments.refund(order, Decimal("200"), reference=f"R{order.number}-1", actor="staff:a")
    shop.work()

    assert len(entries) == 2
    assert notifications.send_due() == 1
    assert "SAR 200.00" in postman.letters[-1][1]["Subject"].replace("\u00a0", " ")
    assert Message.objects.get(kind="refunded").subject_ref == f"return/R{order.number}-1"


def test_an_order_without_an_address_is_skipped_and_said_so(web: Channel, postman: Postman) -> None:
    place(customer={"name": "Walk-in"})
    assert notifications.send_due() == 0
    assert Message.objects.get().state == "skipped"
    assert postman.letters == []


def test_an_unanswered_server_is_asked_again_with_the_same_message_id(web: Channel, postman: Postman) -> None:
    place()
    postman.lost = True
    notifications.send_due()
    message = Message.objects.get()
    assert (message.state, message.attempts) == ("pending", 1)
    assert message.next_try_at > timezone.now() + timedelta(seconds=30)
    assert notifications.send_due() == 0

    postman.lost = False
    Message.objects.update(next_try_at=timezone.now())
    notifications.send_due()

    ids = [letter["Message-ID"] for _, letter in postman.letters]
    assert (len(ids), len(set(ids))) == (2, 1)
    assert Message.objects.get().state == "sent"


def test_a_busy_server_is_tried_until_the_last_attempt(web: Channel, postman: Postman) -> None:
    place()
    postman.refusal = "451 Try later"
    tries = 0
    while Message.objects.filter(state="pending").exists():
        tries += notifications.send_due()
        Message.objects.filter(state="pending").update(next_try_at=timezone.now())
    assert tries == len(notifications.DELAYS) + 1
    message = Message.objects.get()
    assert message.state == "dead"
    assert "Try later" in message.last_error

    postman.refusal = ""
    notifications.retry(message)
    notifications.send_due()
    assert Message.objects.get().state == "sent"


@pytest.mark.parametrize("refuse", ["refusal_of_address", "refusal"])
def test_an_address_refused_for_good_is_not_tried_again(web: Channel, postman: Postman, refuse: str) -> None:
    place()
    setattr(postman, refuse, "550 No such person")
    notifications.send_due()
    message = Message.objects.get()
    assert (message.state, message.attempts) == ("dead", 1)
    assert "No such person" in message.last_error


def test_nobody_can_write_headers_through_a_name(web: Channel, postman: Postman) -> None:
    web.brand = "Al-Noor\r\nBcc: all@example.com"
    web.save()
    order = place()
    Order.objects.filter(pk=order.pk).update(customer_name="Eve\r\nBcc: all@example.com\r\n\r\nHello")
    notifications.send_due()

    [(recipients, letter)] = postman.letters
    assert recipients == ["sara@example.com"]
    assert letter["Bcc"] is None
    assert letter["From"].addresses[0].addr_spec == "orders@relay.example"
    assert "\n" not in letter["Subject"]


@pytest.mark.parametrize(
    "address", ["a@example.com, b@example.com", "a@example.com\nBcc: b@example.com", "x"]
)
def test_what_is_no_single_address_is_not_written_to(web: Channel, postman: Postman, address: str) -> None:
    order = place()
    Message.objects.all().delete()
    Order.objects.filter(pk=order.pk).update(customer_email=address)
    notifications._owe("received", str(order.pk), order.ref)
    assert notifications.send_due() == 0
    assert Message.objects.get().state == "skipped"


def test_one_bad_message_holds_up_no_other(web: Channel, postman: Postman) -> None:
    order = place()
    Message.objects.create(
        order=order,
        kind="on_the_way",
        subject_ref="shipment/gone",
        language="en",
        recipient="sara@example.com",
        next_try_at=timezone.now() - timedelta(hours=1),
    )
    assert notifications.send_due() == 2
    assert [letter["Subject"][:7] for _, letter in postman.letters] == ["We have"]
    assert Message.objects.get(kind="on_the_way").last_error.startswith("DoesNotExist")


def test_a_sent_message_says_nothing_of_a_revoked_link(web: Channel, postman: Postman) -> None:
    order = place()
    Order.objects.filter(pk=order.pk).update(tracking_token=None)
    notifications.send_due()
    assert "/t/" not in text_of(postman.letters[0][1])
