"""Tags of the warehouse's pages."""

from collections.abc import Iterable
from decimal import Decimal

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy

from fulfillment import clocks
from fulfillment.carriers.names import named_carrier
from fulfillment.carriers.names import service_name as _service_name
from fulfillment.models import Shipment
from fulfillment.pages.lists import delivery as _delivery
from oms.core import display, papers, reading
from oms.core.templatetags.icons import icon
from oms.core.templatetags.staff import moment_words

register = template.Library()

PACES = {"late": "clock-alert", "soon": "clock-alert", "on_time": "clock"}
# What a clock is of, by whether the parcel has to leave and whether it is late.
CLOCKS = {
    (True, False): gettext_lazy("Ship within %(time)s"),
    (True, True): gettext_lazy("Shipping %(time)s late"),
    (False, False): gettext_lazy("Deliver within %(time)s"),
    (False, True): gettext_lazy("Delivery %(time)s late"),
}


@register.simple_tag
def clock(shipment: Shipment) -> SafeString:
    """ "Ship within 3 hr" or "Delivery 2 hr late", with the moment itself as a title; nothing for what is over."""
    known = clocks.clock(shipment)
    if known is None:
        return SafeString("")
    language, reader = get_language() or "en", reading.reader()
    late = known.pace == "late"
    span = display.span(known.due - timezone.now(), language, oblique=True)
    left = display.digits_for(span, language, reader.digits)
    return format_html(
        '<time class="clock {}" datetime="{}" title="{}">{}<bdi>{}</bdi></time>',
        known.pace,
        known.due.isoformat(),
        moment_words(known.due, year=False),
        icon(PACES[known.pace], 13),
        CLOCKS[known.leaving, late] % {"time": left},
    )


@register.simple_tag
def first_clock(shipments: Iterable[Shipment]) -> SafeString:
    """The clock of the one that is due first."""
    due = [shipment for shipment in shipments if shipment.due_at]
    return clock(min(due, key=lambda shipment: shipment.due_at)) if due else SafeString("")


@register.filter
def delivery(shipment: Shipment) -> str:
    """Carrier and service in words; the order must have been read."""
    return _delivery(shipment)


@register.filter
def carrier_name(code: str) -> str:
    return named_carrier(code)


@register.filter
def service_name(code: str) -> str:
    return _service_name(code)


@register.filter
def kilos(grams: int | None) -> SafeString:
    """ "1.4 kg" in the reader's language and digits; nothing when unknown."""
    if not grams:
        return SafeString("")
    language = get_language() or "en"
    written = display.digits_for(papers.weight(grams, language), language, reading.reader().digits)
    return format_html("<bdi>{}</bdi>", written)


@register.filter
def centimetres(millimetres: int) -> SafeString:
    """ "32.5": millimetres as centimetres."""
    language = get_language() or "en"
    figure = display.number(Decimal(millimetres) / 10, language)
    return format_html("<bdi>{}</bdi>", display.digits_for(figure, language, reading.reader().digits))
