"""Money, numbers and dates in the active language, each in a `<bdi>` so that it cannot reorder its line."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext

from oms.core import display, reading

register = template.Library()


@register.simple_tag
def money(amount: Decimal, currency: str) -> SafeString:
    """`{% money line.total order.currency %}`: "AED 219.00", "۲۱۹٫۰۰ درهم"."""
    return format_html("<bdi>{}</bdi>", _digits(display.money(amount, currency, _language())))


@register.simple_tag
def price(amount: Decimal, currency: str) -> SafeString:
    """A unit price, isolated: `{% price line.unit_cost order.currency %}`."""
    return format_html("<bdi>{}</bdi>", _digits(display.price(amount, currency, _language())))


@register.filter
def number(value: Decimal | int) -> SafeString:
    """`{{ count|number }}` with the language's digits and separators."""
    return format_html("<bdi>{}</bdi>", _digits(display.number(value, _language())))


@register.filter
def percent(value: Decimal | int) -> SafeString:
    """`{{ change|percent }}`: so many of a hundred."""
    written = display.percent(value, _language(), digits_as=reading.reader().digits)
    return format_html("<bdi>{}</bdi>", written)


@register.simple_tag
def units(count: int) -> SafeString:
    """`{% units row.units %}`: a figure under its column's heading; in words on a card, which has no heading."""
    figure = _digits(display.number(count, _language()))
    words = ngettext("%(units)s item", "%(units)s items", count) % {"units": figure}
    return format_html('<bdi class="hide-phone">{}</bdi><bdi class="only-phone">{}</bdi>', figure, words)


@register.simple_tag
def comma() -> str:
    """`{% if not forloop.last %}{% comma %}{% endif %}`: between the parts of a list in a sentence."""
    return f"{display.comma(_language())} "


@register.filter
def localdigits(text: object) -> str:
    """Any text with the language's digits, for figures inside a sentence."""
    return _digits(str(text))


@register.filter
def quoted(text: object) -> SafeString:
    """Somebody's own words between the marks of the page's language."""
    first, last = "«»" if display.is_rtl(_language()) else "“”"
    return format_html("{}<bdi>{}</bdi>{}", first, text, last)


@register.filter
def isolated(text: object) -> str:
    """A number or a name inside a sentence that takes no markup: `10331-1` keeps its order among Persian words."""
    return display.isolated(str(text))


@register.filter
def typed(figure: object) -> str:
    """`value="{{ step.price|typed }}"`: a figure that stands in a field, in the reader's digits."""
    return reading.typed(figure)


@register.simple_tag
def numbering() -> str:
    """The reader's digits for scripts: `data-digits="{% numbering %}"`."""
    return display.numbering(_language(), reading.reader().digits)


@register.simple_tag
def day(value: date, year: bool = True, weekday: bool = True) -> SafeString:
    """`{% day order.placed_on %}`: a date in words, Jalali in Persian; of a moment the day on the reader's clocks."""
    if isinstance(value, datetime):
        value = value.astimezone(ZoneInfo(reading.reader().time_zone)).date()
    written = display.day_for(
        value, _language(), calendar=reading.reader().calendar, weekday=weekday, year=year
    )
    return format_html("<bdi>{}</bdi>", _digits(written))


@register.simple_tag
def month(value: date) -> SafeString:
    """`{% month closing.month %}`: "October 2026"."""
    return format_html("<bdi>{}</bdi>", _digits(display.month(value, _language())))


@register.simple_tag
def weekday(value: date) -> str:
    """`{% weekday bar.date %}`: "Mon", as a chart's column calls it."""
    return display.weekday(value, _language())


@register.simple_tag
def clock(value: datetime, timezone: str = "") -> SafeString:
    """`{% clock event.at page.timezone %}`: a `<time>` element with hours and minutes.

    Without a zone the clocks are the reader's own.
    """
    return format_html(
        '<time datetime="{}"><bdi>{}</bdi></time>',
        value.isoformat(),
        _digits(display.clock(value, _language(), timezone=timezone or reading.reader().time_zone)),
    )


def _digits(text: str) -> str:
    return display.digits_for(text, _language(), reading.reader().digits)


def _language() -> str:
    return get_language() or "en"
