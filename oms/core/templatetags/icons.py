"""`{% icon "truck" %}`: one inlined lucide drawing, parsed once a process."""

from functools import cache

from django import template
from django.utils.safestring import SafeString
from lucide.templatetags.lucide import lucide

register = template.Library()

# Icons that point along the line of reading; the rest must not be mirrored.
DIRECTIONAL = frozenset(
    """
    arrow-left arrow-right chevron-left chevron-right corner-down-left corner-down-right log-in
    log-out move-left move-right redo-2 reply send truck undo-2 chevrons-left chevrons-right
    """.split()
)


@register.simple_tag
def icon(name: str, size: int = 16) -> SafeString:
    """The drawing at `size` CSS pixels, hidden from screen readers: the words beside it speak."""
    return _drawn(name, size)


@cache
def _drawn(name: str, size: int) -> SafeString:
    classes = "icon flip" if name in DIRECTIONAL else "icon"
    return SafeString(lucide(name, size=size, **{"class": classes, "aria-hidden": "true"}))
