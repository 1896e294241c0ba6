"""E-mails that are about no order: a product can be had again, a purchase order for its supplier.

Each reads its document, renders it and names the files that go along. Sends nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from email.utils import parseaddr
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from channels import campaigns
from channels.mail import Rendered, one_line, said, tidy
from channels.models import Campaign, Message
from inventory import purchase_printing
from inventory.models import Product, PurchaseOrder, Wish
from oms.core.display import day, is_rtl, isolated, without_direction_marks
from oms.core.people import people, who
from orders import mentioning
from orders.models import Comment, Mention


@dataclass(frozen=True)
class Attachment:
    name: str
    content: bytes
    media: str


@dataclass(frozen=True)
class Notice:
    """A letter ready to send, in whose name, with what."""

    brand: str
    text: Rendered
    attachments: list[Attachment] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class BackData:
    """What a customer is told whose wish came true. Without the shop's page there is no button."""

    brand: str
    product: str
    stop_url: str
    first_name: str = ""
    page_url: str = ""
    contact: str = ""


@dataclass(frozen=True)
class PurchaseData:
    """What a supplier is told: the paper itself goes along."""

    brand: str
    number: str
    name: str = ""
    deliver_to: str = ""
    wanted_by: date | None = None
    contact: str = ""
    cancelled: bool = False


def write(message: Message) -> Notice:
    """The letter of a message that is about no order. ValueError for a kind nobody writes."""
    _, _, ref = message.subject_ref.partition("/")
    writer = WRITERS.get(message.kind)
    if writer is None:
        raise ValueError(f"No message {message.kind!r}")
    return writer(ref, message.language)


def render_back(data: BackData, language: str) -> Rendered:
    """“It is back”, to the customer who asked."""
    with translation.override(language):
        subject = _("%(product)s is back · %(brand)s") % {"product": data.product, "brand": data.brand}
        context = {
            "product": said(data.product, 120),
            "name": said(data.first_name),
            "page_url": data.page_url,
            "stop_url": data.stop_url,
        }
        return _rendered("back_in_stock", subject, data.brand, data.contact, context, language)


def render_purchase(data: PurchaseData, language: str) -> Rendered:
    """A purchase order, or that it falls away, to the supplier."""
    with translation.override(language):
        facts = {"number": data.number, "brand": data.brand}
        if data.cancelled:
            subject = _("Purchase order %(number)s is cancelled · %(brand)s") % facts
        else:
            subject = _("Purchase order %(number)s · %(brand)s") % facts
        context = {
            "number": said(data.number),
            "name": said(data.name),
            "place": said(data.deliver_to),
            "day": isolated(day(data.wanted_by, language)) if data.wanted_by else "",
            "cancelled": data.cancelled,
        }
        return _rendered("purchase_order", subject, data.brand, data.contact, context, language)


def _rendered(
    template: str, subject: str, brand: str, contact: str, context: Mapping[str, object], language: str
) -> Rendered:
    words = {
        "language": language,
        "rtl": is_rtl(language),
        "brand": said(brand),
        "contact": without_direction_marks(contact),
        **context,
    }
    return Rendered(
        subject=one_line(subject),
        text=tidy(render_to_string(f"channels/mail/{template}.txt", words)),
        html=render_to_string(f"channels/mail/{template}.html", words),
    )


def _back_in_stock(ref: str, language: str) -> Notice:
    wish = Wish.objects.select_related("product", "channel").get(pk=UUID(ref))
    stop = settings.BASE_URL + reverse("portal:wish", args=[wish.token])
    data = BackData(
        brand=wish.channel.brand or wish.channel.name,
        product=_name(wish.product, language),
        stop_url=stop,
        first_name=wish.name.split()[0] if wish.name.split() else "",
        page_url=wish.url,
        contact=_contact(),
    )
    # Mail programs offer to end it with one click (RFC 8058).
    headers = {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return Notice(data.brand, render_back(data, language), headers=headers)


def _purchase_order(ref: str, language: str) -> Notice:
    order = _order(ref)
    content = purchase_printing.drawn(order)
    if content is None:
        raise ValueError(f"The paper of {ref} is not drawn.")
    paper = Attachment(f"{order.number}.pdf", content, "application/pdf")
    return Notice(settings.COMPANY_NAME, render_purchase(_data(order), language), [paper])


def _purchase_cancelled(ref: str, language: str) -> Notice:
    data = _data(_order(ref), cancelled=True)
    return Notice(settings.COMPANY_NAME, render_purchase(data, language))


def _order(number: str) -> PurchaseOrder:
    return PurchaseOrder.objects.select_related("supplier", "location").get(number=number)


def _data(order: PurchaseOrder, *, cancelled: bool = False) -> PurchaseData:
    return PurchaseData(
        brand=settings.COMPANY_NAME,
        number=order.number,
        name=order.supplier.contact,
        deliver_to=order.location.name,
        wanted_by=order.expected_on,
        contact=_contact(),
        cancelled=cancelled,
    )


def _name(product: Product, language: str) -> str:
    names = product.name
    return str(names.get(language) or names.get("en") or next(iter(names.values()), "") or product.sku)


def _contact() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


def why_not_mentioned(subject_ref: str) -> str:
    """Why a colleague is not told any more: the comment was erased, or they may no longer read it. Empty: they are."""
    mention = Mention.objects.filter(pk=int(subject_ref.partition("/")[2])).first()
    if mention is None:
        return gettext_noop("The comment was erased.")
    if not mentioning.readers().filter(pk=mention.user_id).exists():
        return gettext_noop("The colleague may no longer read it.")
    return ""


def _mentioned(ref: str, language: str) -> Notice:
    """To a member of staff whom a colleague called on."""
    mention = Mention.objects.select_related("comment__order", "note__customer").get(pk=int(ref))
    told = mention.told
    known = people({told.actor, *(f"staff:{name}" for name in mentioning.names(told.text))})
    writer = who(told.actor, known)
    with translation.override(language):
        if isinstance(told, Comment):
            about = _("Order %(number)s") % {"number": told.order.number}
        else:
            about = told.customer.name
        subject = _("%(writer)s mentioned you: %(about)s") % {"writer": writer, "about": about}
        context = {
            "writer": said(writer),
            "about": said(about),
            "text": said(mentioning.in_names(told.text, known), 2000),
            "page_url": settings.BASE_URL + reverse("mention", args=[mention.pk]),
        }
        brand = settings.COMPANY_NAME
        return Notice(brand, _rendered("mentioned", subject, brand, _contact(), context, language))


def _campaign_test(ref: str, language: str) -> Notice:
    """As a reader would get it, to a member of staff."""
    campaign = Campaign.objects.select_related("channel").get(pk=UUID(ref.partition("/")[0]))
    return Notice(campaigns.brand_of(campaign), campaigns.example(campaign, language))


WRITERS: dict[str, Callable[[str, str], Notice]] = {
    "back_in_stock": _back_in_stock,
    "purchase_order": _purchase_order,
    "purchase_cancelled": _purchase_cancelled,
    "campaign_test": _campaign_test,
    "mentioned": _mentioned,
}
