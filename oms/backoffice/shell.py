"""What every staff page shows around itself; read by templates/base_staff.html."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache as cache_for_ever
from functools import cached_property
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest
from django.urls import reverse

from oms.backoffice import navigation
from oms.backoffice.navigation import Entry
from oms.core.access import Principal
from oms.core.counting import CAP, counted, keep, recall

# Counts are a hint, not a promise: a few seconds old is fine, and no page waits for them twice.
COUNT_SECONDS = 8
APPLE = re.compile("Macintosh|iPhone|iPad")


@dataclass(frozen=True, slots=True)
class Link:
    """An entry the reader may open; `under` it what shows while its part of the back-office is open."""

    entry: Entry
    href: str
    current: bool
    count: int = 0
    under: list["Link"] = field(default_factory=list)

    @property
    def counts(self) -> bool:
        """Its pages are work that can be counted, be it nothing now."""
        return self.entry.count is not None

    @property
    def more(self) -> bool:
        return self.count > CAP


@dataclass(frozen=True, slots=True)
class LinkGroup:
    label: Any
    links: list[Link]


class Shell:
    """Read lazily by the template: a part of a page asked by htmx pays nothing."""

    def __init__(self, request: HttpRequest, principal: Principal) -> None:
        self._request = request
        self._principal = principal
        self._anew = False

    def palette_keys(self) -> str:
        """What opens the palette, as it is written on the reader's keyboard."""
        return "⌘K" if APPLE.search(self._request.headers.get("User-Agent", "")) else "Ctrl K"

    def groups(self) -> list[LinkGroup]:
        groups = [LinkGroup(group.label, self._links(group.entries)) for group in navigation.NAVIGATION]
        return [group for group in groups if group.links]

    def foot(self) -> list[Link]:
        return self._links(navigation.FOOT)

    def phone(self) -> list[Link]:
        return self._links(entry for entry in navigation.in_groups() if entry.phone)[:4]

    def keys(self) -> list[Link]:
        """The pages behind `g` and a letter."""
        return self._links(entry for entry in navigation.every_entry() if entry.key)

    def counted_anew(self) -> list[Link]:
        """The sidebar's links that count something, for a list looked at again: counted when its tabs are."""
        self._anew = True
        shown = [each for group in self.groups() for link in group.links for each in (link, *link.under)]
        return [link for link in shown if link.counts]

    def _links(self, entries: Iterable[Entry]) -> list[Link]:
        return [
            Link(
                entry,
                self._open[entry.url],
                entry.url == self._here,
                self._counts.get(entry.url, 0),
                self._links(entry.under) if self._here in {entry.url, *(e.url for e in entry.under)} else [],
            )
            for entry in entries
            if entry.url in self._open
        ]

    @cached_property
    def _open(self) -> dict[str, str]:
        """What the reader may open, by the name of its address."""
        return {
            entry.url: _address(entry.url)
            for entry in navigation.every_entry()
            if not entry.scope or self._principal.may(entry.scope)
        }

    @cached_property
    def _here(self) -> str:
        """The entry nearest above the page: /stock/availability/ lies below /stock/ too."""
        path = self._request.path
        above = [
            name
            for name, href in self._open.items()
            if path == href or (href != "/" and path.startswith(href))
        ]
        return max(above, key=lambda name: len(self._open[name]), default="")

    @cached_property
    def _counts(self) -> dict[str, int]:
        """Shared with everyone of the same rights and places, but for what is the reader's own."""
        principal = self._principal
        places = "*" if principal.locations is None else ",".join(sorted(principal.locations))
        shared, own = f"counts:{places}:{','.join(sorted(principal.scopes))}", _own(principal)
        turn, kept = recall(shared, own)
        for key in (shared, own):
            if self._anew or key not in kept:
                kept[key] = self._counted(own=key == own)
                keep(turn, key, kept[key], COUNT_SECONDS)
        return kept[shared] | kept[own]

    def _counted(self, *, own: bool) -> dict[str, int]:
        return counted(
            {
                entry.url: entry.count(self._principal)
                for entry in navigation.in_groups()
                if entry.count and entry.own == own and (not entry.scope or self._principal.may(entry.scope))
            }
        )


@cache_for_ever
def _address(name: str) -> str:
    """Three dozen on every page, and none ever changes."""
    return reverse(name)


def forget_own(principal: Principal) -> None:
    """The reader did something about what is counted for them alone."""
    cache.delete(_own(principal))


def _own(principal: Principal) -> str:
    return f"counts-of:{principal.owner}"


def context(request: HttpRequest) -> dict[str, Any]:
    """`shell` for pages of staff; nothing for customers."""
    principal = getattr(request, "principal", None)
    return {"shell": Shell(request, principal)} if principal is not None else {}
