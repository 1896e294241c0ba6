"""What was ticked in a list: the rows a bulk action is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict

from oms.core.listing import Listing


@dataclass(frozen=True, slots=True)
class Selection:
    """What a bulk action is about: the ticked rows, or every row that matches (`everything`)."""

    keys: tuple[str, ...]
    everything: bool
    state: str

    def of(self, listing: Listing, rows: "QuerySet[Any]", principal: Any = None) -> "QuerySet[Any]":
        """The selected ones among `rows` (what the actor may see)."""
        if not self.everything:
            return rows.filter(**{f"{listing.key_field}__in": self.keys})
        if listing.filterset is None:
            return rows
        made = listing.filterset(QueryDict(self.state), queryset=rows, request=None)
        return made.qs if made.is_valid() else rows.none()

    def plain(self) -> Mapping[str, Any]:
        """For a row or a task: JSON and back by `Selection(**plain)`."""
        return {"keys": list(self.keys), "everything": self.everything, "state": self.state}


def selection(request: HttpRequest) -> Selection:
    """The selection a bulk form posted: fields `ids` (many), `all` and `state`."""
    everything = request.POST.get("all") == "1"
    return Selection(tuple(request.POST.getlist("ids"))[:1000], everything, request.POST.get("state", ""))
