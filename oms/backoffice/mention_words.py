"""Comments and notes with the colleagues they call on by name."""

from collections.abc import Iterable, Mapping
from re import Match

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from orders import mentioning


def called(texts: Iterable[str]) -> set[str]:
    """Whoever may be called on, as `people` asks for them."""
    return {
        f"staff:{mentioning.name_of(match)}" for text in texts for match in mentioning.NAMED.finditer(text)
    }


def marked(text: str, people: Mapping[str, str]) -> SafeString:
    """The text, escaped, each known colleague by their name; who is known is in `people`, as `people()` found them."""
    known = {actor.removeprefix("staff:").lower(): name for actor, name in people.items()}

    def named(match: Match[str]) -> str:
        name = mentioning.name_of(match)
        rest = match["name"][len(name) :]
        if name.lower() not in known:
            # The @ stays before a name in other letters than those around it.
            return f"<bdi>@{name}</bdi>{rest}" if name else match[0]
        return format_html('<bdi class="mention">@{}</bdi>{}', known[name.lower()], rest)

    # Nothing that is escaped holds an @, so that what stands between mentions is as it was typed.
    return mark_safe(mentioning.NAMED.sub(named, conditional_escape(text)))  # noqa: S308
