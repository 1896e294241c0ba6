"""Words of orders, parcels and payments for staff templates."""

from datetime import timedelta

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext_lazy

from fulfillment.models import RoutingDecision, Shipment
from oms.backoffice import order_list
from oms.backoffice.hold_notes import hold_note
from oms.backoffice.order_timeline import method
from oms.core import display, reading
from oms.core.reading import figure
from orders import attention
from orders.models import Hold, Line, Order

register = template.Library()

KINDS = {
    "pending": (pgettext_lazy("payment", "Expected"), "clock"),
    "authorization": (gettext_lazy("Authorised"), "shield-check"),
    "capture": (gettext_lazy("Received"), "banknote"),
    "refund": (gettext_lazy("Refunded"), "undo-2"),
    "void": (gettext_lazy("Authorisation released"), "ban"),
}


@register.simple_tag
def delivery(order: Order) -> SafeString:
    """How an order goes to its customer, in words."""
    return format_html("<bdi>{}</bdi>", order_list.delivery(order))


@register.filter
def words_of_hold(hold: Hold, decision: RoutingDecision | None) -> str:
    """`{{ hold|words_of_hold:seen.decision }}`: what was said to it."""
    return hold_note(hold.note, decision)


@register.filter
def is_stuck(order: Order, coming: bool) -> bool:
    """`coming`: goods it waits for are expected on a coming day."""
    return attention.is_stuck(order, coming=coming)


@register.filter
def span(value: timedelta, case: str = "") -> SafeString:
    """`{{ standing.allowed|span }}`: "6 hr", "2 days"; `span:"oblique"` behind a word such as "منذ"."""
    language = get_language() or "en"
    plain = display.span(value, language, oblique=case == "oblique")
    written = display.digits_for(plain, language, reading.reader().digits)
    return format_html("<bdi>{}</bdi>", written)


@register.filter
def paid_by(code: str) -> str:
    return method(code)


@register.filter
def ledger_name(kind: str) -> str:
    return str(KINDS[kind][0]) if kind in KINDS else kind


@register.filter
def ledger_icon(kind: str) -> str:
    return KINDS[kind][1] if kind in KINDS else "circle"


@register.simple_tag
def document(name: str, number: str) -> str:
    """The address of a document's page by its url name, or nothing to follow where there is none."""
    try:
        return reverse(name, args=[number])
    except NoReverseMatch:
        return "#"


@register.simple_tag
def zpl(shipment: Shipment) -> str:
    """The label for a thermal printer: the API gives it to a signed-in member of staff too."""
    return f"/api/v1/shipments/{shipment.pk}/label.zpl"


@register.simple_tag
def waits(line: Line) -> str:
    """Why units of a line are in no parcel: for stock, or for the routing desk."""
    said = []
    if line.backordered:
        said.append(
            ngettext("%(units)s waits for stock", "%(units)s wait for stock", line.backordered)
            % {"units": figure(line.backordered)}
        )
    units = line.reserved - line.allocated
    if units:
        said.append(
            ngettext("%(units)s reserved, to be routed", "%(units)s reserved, to be routed", units)
            % {"units": figure(units)}
        )
    return " · " + " · ".join(said) if said else ""


@register.filter
def spoken(code: str) -> str:
    """A language's name in the reader's language; an unknown code as it is."""
    return display.language_name(code, get_language() or "en")
