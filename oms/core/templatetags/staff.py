"""Tags of staff pages: `{% badge %}`, moments on the reader's clocks, figures with a cap."""

from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django import template
from django.template import Context
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from oms.core import badges, display, reading
from oms.core.templatetags.icons import icon

register = template.Library()

ZERO_WIDTH_NON_JOINER = "\u200c"


@register.simple_tag
def badge(kind: str, value: object, quiet: bool = False) -> SafeString:
    """`{% badge "stage" order.stage %}`; `quiet=True` colours the icon alone, for a second state in a row."""
    return _badge(kind, str(value), bool(quiet), get_language() or "en")


@lru_cache(maxsize=1000)
def _badge(kind: str, value: str, quiet: bool, language: str) -> SafeString:
    """Drawn once a language: a list shows the same few states on every row."""
    known = badges.badge(kind, value)
    classes = f"badge {known.tone}" + (" quiet" if quiet else "")
    return format_html('<span class="{}">{}{}</span>', classes.strip(), icon(known.icon, 12), known.text)


@register.simple_tag
def state(kind: str, value: object) -> str:
    """`{% state "hold" hold.reason %}`: the words of a badge alone."""
    return str(badges.badge(kind, value).text)


@register.filter
def words(text: str) -> list[str]:
    """`{% for reason in "manual risk"|words %}`."""
    return text.split()


@register.filter
def country(code: str) -> SafeString:
    """`{{ order.country|country }}`: its name in the reader's language."""
    return format_html("<bdi>{}</bdi>", display.country(code, get_language() or "en"))


@register.simple_tag
def moment(value: datetime | None, year: bool = False) -> SafeString:
    """`{% moment order.placed_at %}`: day and hour on the reader's clocks, the whole moment as a title."""
    if value is None:
        return SafeString("")
    return format_html(
        '<time datetime="{}" title="{}"><bdi>{}</bdi></time>',
        value.isoformat(),
        timezone.localtime(value).strftime("%Y-%m-%d %H:%M:%S"),
        moment_words(value, year),
    )


@register.simple_tag
def short_day(value: date, year: bool = False) -> SafeString:
    """`{% short_day lot.expires_on True %}`: a date as briefly as the moments in the columns beside it."""
    return format_html(
        '<time datetime="{}"><bdi>{}</bdi></time>', value.isoformat(), _short_day(value, year=year)
    )


def moment_words(value: datetime, year: bool = False) -> str:
    """ "22 Nov, 14:05" on the reader's clocks, with its year where that is another one or asked for."""
    local = timezone.localtime(value)
    language = get_language() or "en"
    clock = display.digits_for(local.strftime("%H:%M"), language, reading.reader().digits)
    return f"{_short_day(local.date(), year=year)}{display.comma(language)} {clock}"


def _short_day(value: date, *, year: bool) -> str:
    reader = reading.reader()
    return display.short_day(
        value,
        get_language() or "en",
        year=year or value.year != timezone.localtime().year,
        calendar=reader.calendar,
        digits_as=reader.digits,
    )


@register.filter
def capped(value: int, cap: int = 1000) -> SafeString:
    """`{{ count|capped }}`: "1,000+" beyond the cap, which counting stops at."""
    return format_html("<bdi>{}</bdi>", capped_words(value, cap))


def capped_words(value: int, cap: int = 1000) -> str:
    """The same without its element."""
    shown = display.number(min(int(value), cap), get_language() or "en")
    shown = display.digits_for(shown, get_language() or "en", reading.reader().digits)
    return f"{shown}{'+' if value > cap else ''}"


@register.simple_tag(takes_context=True)
def tick(context: Context, key: object, name: object) -> SafeString:
    """`{% tick row.pk row.number %}`: the cell that chooses a row, in a list with acts on many."""
    if not context["list"].actions:
        return SafeString("")
    return format_html(
        '<td class="tick-cell"><input class="tick row-tick" type="checkbox" name="ids" value="{}" form="bulk"'
        ' aria-label="{}"></td>',
        key,
        _("Select %(name)s") % {"name": name},
    )


@register.filter
def initials(name: str) -> str:
    """Up to two letters for a round picture of a person, past the Arabic article.

    Arabic letters stand unjoined: خسرو رضایی would read "donkey".
    """
    words = [word for word in str(name).replace(".", " ").replace("_", " ").split() if word]
    first = [(word.removeprefix("ال") or word)[0] for word in words[:2]]
    apart = any("\u0600" <= letter <= "\u06ff" for letter in first)
    return (ZERO_WIDTH_NON_JOINER if apart else "").join(first).upper()


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """`{{ counts|get:row.pk }}`: a dictionary's value, or nothing."""
    return mapping.get(key) if mapping else None


@register.filter
def hue(text: object) -> int:
    """One of five colours for a picture's place, always the same for the same text."""
    return sum(str(text).encode()) % 5 + 1


@register.simple_tag
def tags(values: list[str]) -> SafeString:
    """An order's tags."""
    return format_html_join(" ", '<span class="tag"><bdi>{}</bdi></span>', ((value,) for value in values))


@register.filter
def in_language(names: dict[str, str], otherwise: str = "") -> str:
    """`{{ product.name|in_language:product.sku }}`: the reader's language, else English, else any."""
    known = names or {}
    return known.get(get_language() or "en") or known.get("en") or next(iter(known.values()), "") or otherwise


@register.simple_tag
def badge_text(kind: str, value: object) -> str:
    """A state's words alone, where colour and icon are said by what is around it."""
    return str(badges.badge(kind, value).text)
