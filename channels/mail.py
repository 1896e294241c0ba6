"""The customer's e-mails: plain facts in, subject, text and HTML out. Reads no row and sends nothing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from oms.core.display import day, digits, is_rtl, isolated, money, without_direction_marks

KINDS = (
    *("received", "on_the_way", "delivered", "refunded"),
    *("return_requested", "return_accepted", "return_rejected"),
)
BEFORE_DELIVERY = ("received", "on_the_way")  # the only ones that still ask for cash
LONGEST_SUBJECT = 150


@dataclass(frozen=True)
class MailLine:
    """One product of the order or the shipment; without a total no amount is shown."""

    name: str
    quantity: int
    total: Decimal | None = None


@dataclass(frozen=True)
class MailData:
    """What a message may say. Empty facts leave their sentence out; amounts are in `currency`."""

    brand: str
    order_number: str
    page_url: str  # the customer's tracking page, http or https
    currency: str = ""
    first_name: str = ""
    lines: Sequence[MailLine] = ()
    shipping: Decimal | None = None
    total: Decimal | None = None
    to_collect: Decimal | None = None  # cash at the door
    earliest: date | None = None  # the promise
    latest: date | None = None
    delivered_on: date | None = None
    carrier: str = ""
    tracking_number: str = ""
    refund: Decimal | None = None
    refund_method: str = ""  # card, bank, wallet, store_credit, cod, cheque
    return_number: str = ""
    next_step: str = ""  # how an accepted return comes back, in the message's language
    note: str = ""  # why a return is not accepted, as staff wrote it
    contact: str = ""  # an address to answer to


@dataclass(frozen=True)
class Rendered:
    """A message ready to send. The subject holds no line break and no direction mark."""

    subject: str
    text: str
    html: str


def render(kind: str, data: MailData, language: str) -> Rendered:
    """The message of a kind, one of KINDS, in a language.

    ValueError for an unknown kind or a page that is no web address.
    """
    if kind not in KINDS:
        raise ValueError(f"No message {kind!r}")
    if not data.page_url.startswith(("https://", "http://")):
        raise ValueError("A message leads to a page of ours")
    with translation.override(language):
        context = _words(kind, data, language)
        return Rendered(
            subject=one_line(_subject(kind, data, language)),
            text=tidy(render_to_string(f"channels/mail/{kind}.txt", context)),
            html=render_to_string(f"channels/mail/{kind}.html", context),
        )


def _subject(kind: str, data: MailData, language: str) -> str:
    facts = {"order": data.order_number, "brand": data.brand}
    if kind == "received":
        return _("We have your order %(order)s · %(brand)s") % facts
    if kind == "on_the_way":
        return _("Your order %(order)s is on its way · %(brand)s") % facts
    if kind == "delivered":
        return _("Your order %(order)s was delivered · %(brand)s") % facts
    if kind == "return_requested":
        return _("We have your return request for order %(order)s · %(brand)s") % facts
    if kind == "return_accepted":
        return _("Your return for order %(order)s is accepted · %(brand)s") % facts
    if kind == "return_rejected":
        return _("Your return for order %(order)s is not accepted · %(brand)s") % facts
    amount = money(data.refund, data.currency, language) if data.refund is not None else ""
    return _("Your refund of %(amount)s for order %(order)s · %(brand)s") % {**facts, "amount": amount}


def one_line(text: str) -> str:
    """A header's text: a name with a line break in it must not write headers of its own."""
    return without_direction_marks(" ".join(text.split()))[:LONGEST_SUBJECT]


def tidy(text: str) -> str:
    """Sentences left out leave no gaps behind."""
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def _words(kind: str, data: MailData, language: str) -> dict[str, Any]:
    def amount(value: Decimal | None) -> str:
        return isolated(money(value, data.currency, language)) if value is not None else ""

    return {
        "kind": kind,
        "language": language,
        "rtl": is_rtl(language),
        "brand": said(data.brand),
        "name": said(data.first_name),
        "order": said(data.order_number),
        "page_url": data.page_url,
        "lines": [
            {
                "name": said(line.name, 120),
                "quantity": digits(str(line.quantity), language),
                "total": amount(line.total),
            }
            for line in data.lines
        ],
        "shipping": amount(data.shipping),
        "total": amount(data.total),
        "to_collect": amount(data.to_collect) if data.to_collect and kind in BEFORE_DELIVERY else "",
        "expected": _promise(data, language),
        "delivered_on": isolated(day(data.delivered_on, language)) if data.delivered_on else "",
        "carrier": said(data.carrier),
        "tracking_number": said(data.tracking_number),
        "refund": amount(data.refund),
        "refund_words": _refund_words(data.refund_method),
        "return_number": said(data.return_number),
        "next_step": data.next_step,
        "note": said(data.note, 1000) if data.note else "",
        "contact": without_direction_marks(data.contact),  # bare, so that mail programs link it
    }


def said(text: str, letters: int = 60) -> str:
    """Somebody's words on one line, cut and isolated."""
    joined = " ".join(text.split())
    return isolated(joined if len(joined) <= letters else joined[: letters - 1] + "…")


def _promise(data: MailData, language: str) -> str:
    latest = data.latest or data.earliest
    if latest is None:
        return ""
    if data.earliest is None or data.earliest == latest:
        return isolated(day(latest, language))
    first, last = day(data.earliest, language, year=False), day(latest, language)
    return isolated(_("%(first)s to %(last)s") % {"first": first, "last": last})


def _refund_words(method: str) -> str:
    if method == "card":
        return _("It goes back to the card you paid with. Your bank may need up to ten days to show it.")
    if method in ("bank", "cheque"):
        return _("It goes to your bank account. Your bank may need a few days to show it.")
    if method == "store_credit":
        return _("It waits for you as store credit: use it on your next order.")
    return _("We pay it back the way you paid.")
