"""Tags of the warehouse's pages."""

from decimal import Decimal

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from fulfillment.carriers.names import carrier_name as _carrier_name
from fulfillment.carriers.names import service_name as _service_name
from fulfillment.models import Shipment
from fulfillment.pages.filters import ARRIVED
from fulfillment.pages.lists import delivery as _delivery
from oms.core import display, reading

register = template.Library()


@register.filter
def is_late(shipment: Shipment) -> bool:
    """Promised for a time that is over, and not there."""
    promised = shipment.promised_latest
    return bool(promised and promised < timezone.now() and shipment.state not in ARRIVED)


@register.filter
def delivery(shipment: Shipment) -> str:
    """Carrier and service in words; the order must have been read."""
    return _delivery(shipment)


@register.filter
def carrier_name(code: str) -> str:
    return _carrier_name(code)


@register.filter
def service_name(code: str) -> str:
    return _service_name(code)


@register.filter
def kilos(grams: int | None) -> SafeString:
    """ "1.4 kg" in the reader's language and digits; nothing when unknown."""
    if not grams:
        return SafeString("")
    language = get_language() or "en"
    unit = {"ar": "كجم", "fa": "کیلوگرم"}.get(language[:2], "kg")
    figure = display.number(Decimal(grams) / 1000, language)
    return format_html(
        "<bdi>{} {}</bdi>", display.digits_for(figure, language, reading.reader().digits), unit
    )


@register.filter
def centimetres(millimetres: int) -> SafeString:
    """ "32.5": millimetres as centimetres."""
    language = get_language() or "en"
    figure = display.number(Decimal(millimetres) / 10, language)
    return format_html("<bdi>{}</bdi>", display.digits_for(figure, language, reading.reader().digits))
