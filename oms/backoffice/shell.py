"""What every staff page shows around itself; read by templates/base_staff.html."""

from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from oms.backoffice import navigation
from oms.backoffice.navigation import Entry
from oms.core.access import Principal
from oms.core.listing import CAP

# Counts are a hint, not a promise: a few seconds old is fine, and no page waits for them twice.
COUNT_SECONDS = 8


@dataclass(frozen=True, slots=True)
class Link:
    """An entry the reader may open; `count` as text, "1,000+" when there are more."""

    entry: Entry
    href: str
    current: bool
    count: int = 0

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

    def groups(self) -> list[LinkGroup]:
        counts = self._counts()
        found = []
        for group in navigation.NAVIGATION:
            links = [link for entry in group.entries if (link := self._link(entry, counts))]
            if links:
                found.append(LinkGroup(group.label, links))
        return found

    def foot(self) -> list[Link]:
        return [link for entry in navigation.FOOT if (link := self._link(entry, {}))]

    def phone(self) -> list[Link]:
        entries = [entry for group in navigation.NAVIGATION for entry in group.entries if entry.phone]
        return [link for entry in entries if (link := self._link(entry, {}))][:4]

    def keys(self) -> list[Link]:
        """The pages behind `g` and a letter."""
        entries = [entry for entry in navigation.every_entry() if entry.key]
        return [link for entry in entries if (link := self._link(entry, {}))]

    def _link(self, entry: Entry, counts: dict[str, int]) -> Link | None:
        if entry.scope and not self._principal.may(entry.scope):
            return None
        try:
            href = reverse(entry.url)
        except NoReverseMatch:
            return None
        path = self._request.path
        current = path == href or (href != "/" and path.startswith(href))
        return Link(entry, href, current, counts.get(entry.url, 0))

    def _counts(self) -> dict[str, int]:
        principal = self._principal
        places = "*" if principal.locations is None else ",".join(sorted(principal.locations))
        key = f"counts:{places}:{','.join(sorted(principal.scopes))}"
        known: dict[str, int] | None = cache.get(key)
        if known is None:
            known = {
                entry.url: entry.count(principal)
                for group in navigation.NAVIGATION
                for entry in group.entries
                if entry.count and (not entry.scope or principal.may(entry.scope))
            }
            cache.set(key, known, COUNT_SECONDS)
        return known


def context(request: HttpRequest) -> dict[str, Any]:
    """`shell` for pages of staff; nothing for customers."""
    principal = getattr(request, "principal", None)
    return {"shell": Shell(request, principal)} if principal is not None else {}
