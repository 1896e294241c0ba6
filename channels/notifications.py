"""What is told by e-mail, each once per document: to the customer that an order was received, is on the way, was
delivered or refunded, how a return of theirs stands, or that a wished-for product is back; to a supplier, a purchase
order; to staff, that a colleague calls on them.

Handlers write a row; a worker renders and sends it outside any transaction. A message's `Message-ID` is the
same for every try, so one that was sent although no answer came can be recognised by whoever gets it twice.
"""

import smtplib
import time
from datetime import timedelta
from email.utils import formataddr, parseaddr
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop

from channels import campaign_texts, campaigns, mail, message_facts, notices, owed
from channels.models import Campaign, Message, MessageState
from inventory.models import PurchaseOrder, Wish
from oms.core import bell
from oms.core.errors import Invalid
from oms.core.events import Recorded, record
from oms.core.models import new_id
from oms.core.saying import said
from orders import mentioning
from orders.models import Customer, Mention, Order, Payment
from returns import telling
from returns.models import Return

log = structlog.get_logger(__name__)

# Longer than rendering and an SMTP server's slowest answer.
LEASE = timedelta(minutes=3)
DELAYS = (
    *(timedelta(minutes=m) for m in (1, 5, 30)),
    *(timedelta(hours=h) for h in (2, 6, 12, 24)),
)
TASK = "channels.tasks.send_messages"


def on_order_placed(event: Recorded) -> None:
    """We have your order."""
    _owe("received", event.data["id"], event.subject)


def on_shipment_handed_over(event: Recorded) -> None:
    """A parcel is on its way."""
    _owe("on_the_way", event.data["order_id"], event.subject)


def on_shipment_delivered(event: Recorded) -> None:
    """A parcel has arrived."""
    _owe("delivered", event.data["order_id"], event.subject)


def on_payment_refunded(event: Recorded) -> None:
    """Money went back. Several entries for one return are told in one message."""
    payment = Payment.objects.get(pk=UUID(event.data["payment"]))
    returned = Return.objects.filter(order_id=payment.order_id, number=payment.reference).first()
    _owe("refunded", event.data["id"], returned.ref if returned else f"payment/{payment.pk}")


def on_return_requested(event: Recorded) -> None:
    """We have your return request."""
    _of_return("return_requested", event)


def on_return_accepted(event: Recorded) -> None:
    """Your return is accepted, and how it comes back."""
    _of_return("return_accepted", event)


def on_return_rejected(event: Recorded) -> None:
    """Your return is not accepted, and why."""
    _of_return("return_rejected", event)


def on_wish_told(event: Recorded) -> None:
    """What a customer wished for is back."""
    wish = Wish.objects.only("email", "language").get(pk=UUID(event.data["id"]))
    _write("back_in_stock", event.subject, wish.email, wish.language)


def on_purchase_drawn(event: Recorded) -> None:
    """A purchase order goes to its supplier, once its paper is there."""
    _to_supplier("purchase_order", event)


def on_purchase_cancelled(event: Recorded) -> None:
    """A supplier who has the order hears that it falls away."""
    if event.data["was_sent"]:
        _to_supplier("purchase_cancelled", event)


def on_commented(event: Recorded) -> None:
    """Colleagues whom a comment on an order calls on."""
    _to_mentioned(Mention.objects.filter(comment=UUID(event.data["comment"])))


def on_noted(event: Recorded) -> None:
    """Colleagues whom a note about a customer calls on."""
    _to_mentioned(Mention.objects.filter(note=UUID(event.data["note"])))


def _to_mentioned(mentions: "QuerySet[Mention]") -> None:
    wanting = mentioning.readers().filter(mention_mails=True)
    for mention in mentions.filter(user__in=wanting).select_related("user"):
        _write("mentioned", f"mention/{mention.pk}", mention.user.email, mention.user.language)


@transaction.atomic
def send_test(campaign: Campaign, *, to: str, actor: str) -> int:
    """A campaign's mail in each of its languages to a member of staff; answers how many.

    Raises Invalid without an address.
    """
    if _unreachable(to):
        raise Invalid(said("Your account has no e-mail address."), code="no_address")
    for language in campaign.texts:
        _write("campaign_test", f"{campaign.ref}/{new_id()}", to, language)
    data = {"id": str(campaign.pk)}
    record("campaign.tested", campaign.ref, actor=actor, channel_id=campaign.channel_id, data=data)
    return len(campaign.texts)


def ring() -> None:
    """Tell a worker that messages are due."""
    bell.call(TASK, queue="bulk")


def send_due(*, seconds: float = 30.0) -> int:
    """Send what is due until nothing is, or the time is up; returns how many tries were made."""
    bell.answer(TASK)
    until = time.monotonic() + seconds
    tried = 0
    connection = get_connection()
    try:
        left = _campaigns_may()
        while message := _next(left):
            left -= message.campaign_id is not None
            _try(message, connection)
            tried += 1
            if time.monotonic() > until:
                ring()
                break
    finally:
        connection.close()
    return tried


def _next(of_campaigns: int) -> Message | None:
    """What is owed about an order goes first; a campaign's messages while there is nothing else, so many a minute."""
    first = owed.claim(Message.objects.filter(campaign=None), lease=LEASE, delays=DELAYS)
    if first or of_campaigns <= 0:
        return first
    return owed.claim(Message.objects.filter(campaign__isnull=False), lease=LEASE, delays=DELAYS)


def _campaigns_may() -> int:
    """How many messages of campaigns may still go in this minute."""
    lately = Message.objects.filter(campaign__isnull=False, sent_at__gt=timezone.now() - timedelta(minutes=1))
    return settings.CAMPAIGN_PER_MINUTE - lately.count()


@transaction.atomic
def retry(message: Message, *, actor: str = "system") -> bool:
    """A person asks again for a message that was given up. False for one that was not."""
    again = Message.objects.filter(pk=message.pk, state=MessageState.DEAD)
    asked = again.update(state=MessageState.PENDING, attempts=0, next_try_at=timezone.now()) == 1
    if asked:
        data = {"id": str(message.pk), "number": str(message.pk), "version": 1, "kind": message.kind}
        record("message.retried", f"message/{message.pk}", actor=actor, data=data)
        transaction.on_commit(ring, robust=True)
    return asked


def _owe(kind: str, order_id: str, subject_ref: str) -> None:
    order = Order.objects.only("customer_email", "language").get(pk=UUID(order_id))
    _write(kind, subject_ref, order.customer_email, order.language, order)


def _of_return(kind: str, event: Recorded) -> None:
    returned = Return.objects.get(pk=UUID(event.data["id"]))
    if telling.with_customer(returned):
        _owe(kind, str(returned.order_id), event.subject)


def _to_supplier(kind: str, event: Recorded) -> None:
    order = PurchaseOrder.objects.select_related("supplier").get(number=event.subject_id)
    _write(kind, event.subject, order.supplier.email, order.language)


def _write(kind: str, subject_ref: str, recipient: str, language: str, order: Order | None = None) -> None:
    why_not = _unreachable(recipient)
    message = Message(
        order=order,
        kind=kind,
        subject_ref=subject_ref,
        language=_language(language),
        recipient=recipient,
        state=MessageState.SKIPPED if why_not else MessageState.PENDING,
        last_error=why_not,
    )
    Message.objects.bulk_create([message], ignore_conflicts=True)
    if not why_not:
        transaction.on_commit(ring, robust=True)


def _unreachable(address: str) -> str:
    if not address:
        return gettext_noop("There is no e-mail address.")
    try:
        validate_email(address)
    except ValidationError:
        return gettext_noop("The e-mail address is none.")
    return ""


def _language(wanted: str) -> str:
    """The order's language if messages are written in it, else English."""
    short = wanted.partition("-")[0].lower()
    return short if short in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def _try(message: Message, connection: Any) -> None:
    if why := _no_longer(message):
        owed.settle(message, state=MessageState.SKIPPED, last_error=why)
        return
    try:
        letter = _letter(message, connection)
        connection.send_messages([letter])
    except Exception as error:
        # Whatever it was, this message waits its turn and holds up no other.
        log.warning("message_failed", message=str(message.pk), attempts=message.attempts, error=repr(error))
        connection.close()
        owed.put_off(message, f"{type(error).__name__}: {error}", delays=DELAYS, final=_is_final(error))
        return
    owed.settle(
        message, state=MessageState.SENT, sent_at=timezone.now(), title=letter.subject[:300], last_error=""
    )


def _no_longer(message: Message) -> str:
    """Why a message is not sent any more, by what changed since it was written. Empty: it is."""
    if message.campaign_id:
        return campaigns.why_not(message)
    if message.kind == "mentioned":
        return notices.why_not_mentioned(message.subject_ref)
    return ""


def _letter(message: Message, connection: Any) -> EmailMultiAlternatives:
    if message.campaign_id:
        notice = _of_campaign(message)
    elif message.order_id is None:
        notice = notices.write(message)
    else:
        data = message_facts.read(message)
        notice = notices.Notice(data.brand, mail.render(message.kind, data, message.language))
    _, sender = parseaddr(settings.DEFAULT_FROM_EMAIL)
    letter = EmailMultiAlternatives(
        notice.text.subject,
        notice.text.text,
        formataddr((" ".join(notice.brand.split()), sender)),
        [message.recipient],
        headers={
            "Message-ID": f"<{message.pk}@{sender.rpartition('@')[2]}>",
            "Auto-Submitted": "auto-generated",
            "Content-Language": message.language,
            **notice.headers,
        },
        connection=connection,
    )
    letter.attach_alternative(notice.text.html, "text/html")
    for file in notice.attachments:
        letter.attach(file.name, file.content, file.media)
    return letter


def _of_campaign(message: Message) -> notices.Notice:
    """With a link and the headers by which mail programs offer to end such messages with one click (RFC 8058)."""
    campaign = Campaign.objects.select_related("channel").get(messages=message)
    customer = Customer.objects.get(messages=message)
    brand = campaigns.brand_of(campaign)
    text = campaign_texts.render(campaign.texts, message.language, campaigns.reader(customer, brand))
    stop = campaign_texts.stop_url(str(customer.pk))
    headers = {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return notices.Notice(brand, text, headers=headers)


def _is_final(error: Exception) -> bool:
    """The server has said for good that this address, or this content, is not taken."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500
