"""What a list is and how it is read: columns, sort, filters, views, the page of rows an address asks for.

A list is described once (`Listing`) and read per request (`read`): everything is in the address, so that a
link shows the same list; columns, density and saved views are the reader's, kept on the server. Pages follow
a keyset (`keyset`), so the last page of half a million rows costs what the first does. Counts stop at a cap.
What was ticked in a list is in `selecting`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django_filters import FilterSet

from oms.core import keyset
from oms.core.chips import RANGE_ENDS, Chip, chips_of
from oms.core.counting import CAP, Countable, capped_count, counted
from oms.core.day_fields import DAY_ENDS, DayRangeFilter, iso_day
from oms.core.models import ListChoice, SavedView, User
from oms.core.planning import planned_anew

PAGE_SIZE = 25
# Parameters of the address that are the list's own and no filters.
OWN = frozenset("after before from sort view page_size ids all chip csrfmiddlewaretoken".split())

Text = str | Promise


@dataclass(frozen=True)
class Column:
    """`sort`: the model field ordered by, never NULL; empty: no sort. `export`: the cell in a CSV or Excel
    file (empty: left out). `shown`: by default; `fixed`: cannot be hidden; `filed`: in files even while hidden.
    `css`: classes of the heading."""

    key: str
    label: Text
    sort: str = ""
    numeric: bool = False
    shown: bool = True
    fixed: bool = False
    filed: bool = False
    css: str = ""
    export: Callable[[Any], object] | None = None


@dataclass(frozen=True)
class View:
    """A saved view as a tab. `count` gives the rows to count, or a figure; `own` views can be deleted by the reader."""

    key: str
    label: Text
    query: str = ""
    count: Callable[[Any], Countable] | None = None
    own: int = 0

    def asks(self, state: str) -> bool:
        """Whether a list in that state is this view."""
        return QueryDict(self.query).urlencode() == state


@dataclass(frozen=True)
class BulkAction:
    """A button of the floating bar. `url`: the name of the address that takes the selection (`selecting.selection`);
    `dialog`: a template of fields asked first, each with form="bulk"; `more`: behind the three dots; `danger`: in red,
    for what cannot be undone; `submit`: what the dialog's button says where the label is no verb."""

    label: Text
    icon: str
    url: str
    scope: str = ""
    dialog: str = ""
    more: bool = False
    danger: bool = False
    submit: Text = ""

    @property
    def name(self) -> str:
        return self.url.replace(":", "-")

    @property
    def href(self) -> str:
        return reverse(self.url)


@dataclass(frozen=True)
class Listing:
    """One list of the product. `sorts` by column; `default_sort` a column key, "-" before it: biggest first."""

    name: str
    columns: Sequence[Column]
    row_template: str
    default_sort: str
    filterset: type[FilterSet] | None = None
    views: Sequence[View] = ()
    actions: Sequence[BulkAction] = ()
    key_field: str = "pk"
    search_label: Text = ""
    pinned: Sequence[str] = ()
    page_size: int = PAGE_SIZE
    empty_title: Text = ""
    empty_text: Text = ""
    empty_icon: str = "inbox"
    empty_template: str = "_empty.html"

    def read(self, request: Any, rows: "QuerySet[Any]") -> "Page":
        """The page of `rows` that the address asks for, with the reader's columns."""
        return Page(self, request, rows)


@dataclass(frozen=True)
class Heading:
    column: Column
    href: str
    direction: str  # "ascending", "descending" or ""


@dataclass(frozen=True)
class Tab:
    label: Text
    href: str
    current: bool
    count: int | None
    own: int = 0
    key: str = ""

    @property
    def more(self) -> bool:
        return self.count is not None and self.count > CAP


@dataclass
class Page:
    """A list as asked for by one request; read lazily, each query once."""

    listing: Listing
    request: Any
    base: "QuerySet[Any]"
    kept: QueryDict = field(init=False)

    def __post_init__(self) -> None:
        self.kept = self.request.GET.copy()
        # A link or a saved view is read by people of other calendars.
        for name in self._day_names():
            self.kept.setlist(name, [iso_day(value) for value in self.kept.getlist(name)])

    def _day_names(self) -> list[str]:
        return [
            asked for name in self.day_filters for end in DAY_ENDS if (asked := f"{name}_{end}") in self.kept
        ]

    @cached_property
    def day_filters(self) -> list[str]:
        """What asks for days; the script of their fields is there before a chip is opened."""
        made = self.listing.filterset
        filters = made.base_filters.items() if made else ()
        return [name for name, each in filters if isinstance(each, DayRangeFilter)]

    # --- what is asked for -----------------------------------------------------------------------------------

    @cached_property
    def filter(self) -> FilterSet | None:
        made = self.listing.filterset
        return made(self.request.GET, queryset=self.base, request=self.request) if made else None

    @cached_property
    def matching(self) -> "QuerySet[Any]":
        """Every row the filters let through, unordered. A filter that is not valid lets nothing through."""
        if self.filter is None:
            return self.base.order_by()
        return self.filter.qs.order_by() if self.filter.is_valid() else self.base.none()

    @cached_property
    def sort(self) -> tuple[Column, bool]:
        """The column ordered by and whether the biggest comes first."""
        known = {column.key: column for column in self.listing.columns if column.sort}
        asked = self.request.GET.get("sort", "")
        if asked.lstrip("-") not in known:
            asked = self.listing.default_sort
        return known[asked.lstrip("-")], asked.startswith("-")

    @cached_property
    def columns(self) -> list[Column]:
        """The columns to show, in the list's own order."""
        chosen = self._chosen
        if chosen is None:
            return [column for column in self.listing.columns if column.shown or column.fixed]
        return [column for column in self.listing.columns if column.fixed or column.key in chosen]

    @cached_property
    def shows(self) -> dict[str, bool]:
        """For row templates: `{% if shows.total %}`. Hidden ones too: a template is slow to miss a name."""
        shown = {column.key for column in self.columns}
        return {column.key: column.key in shown for column in self.listing.columns}

    @cached_property
    def _chosen(self) -> set[str] | None:
        choice = ListChoice.objects.filter(user=self.request.user, listing=self.listing.name).first()
        return set(choice.columns) if choice else None

    @property
    def choices(self) -> list[tuple[Column, bool]]:
        """Every column that may be hidden, and whether it is shown."""
        return [(column, self.shows[column.key]) for column in self.listing.columns if not column.fixed]

    # --- rows ------------------------------------------------------------------------------------------------

    @cached_property
    def rows(self) -> list[Any]:
        return self._read[0]

    @cached_property
    def _read(self) -> tuple[list[Any], bool, bool]:
        """The rows, whether there are earlier ones, whether there are later ones."""
        column, down = self.sort
        after, before = self._place("after"), self._place("before")
        backwards = before is not None
        cursor = before if backwards else after
        query, size = self.matching, self.size
        descending = down != backwards
        if cursor is not None:
            query = keyset.beyond(query, column.sort, cursor, descending)
        sign = "-" if descending else ""
        order = [f"{sign}{column.sort}"] + ([f"{sign}pk"] if column.sort != "pk" else [])
        with planned_anew():
            found = list(query.order_by(*order)[: size + 1])
        more = len(found) > size
        found = found[:size]
        if backwards:
            return found[::-1], more, True
        return found, cursor is not None, more

    @property
    def size(self) -> int:
        asked = self.request.GET.get("page_size", "")
        return int(asked) if asked in ("25", "50", "100") else self.listing.page_size

    @cached_property
    def count(self) -> int:
        """How many rows match, at most CAP + 1."""
        return capped_count(self.matching)

    @cached_property
    def start(self) -> int:
        """The position of the first row shown, from 1; carried in the address, because a keyset knows none."""
        asked = self.request.GET.get("from", "")
        known = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 1
        return max(1, known) if self.rows and self._read[1] else min(1, len(self.rows))

    @property
    def end(self) -> int:
        return self.start + len(self.rows) - 1 if self.rows else 0

    @cached_property
    def previous(self) -> str:
        if not self._read[1] or not self.rows:
            return ""
        return self._to(before=self._address(self.rows[0]), **{"from": str(max(1, self.start - self.size))})

    @cached_property
    def next(self) -> str:
        if not self._read[2] or not self.rows:
            return ""
        return self._to(after=self._address(self.rows[-1]), **{"from": str(self.start + len(self.rows))})

    # --- around the rows -------------------------------------------------------------------------------------

    @cached_property
    def headings(self) -> list[Heading]:
        by, down = self.sort
        found = []
        for column in self.columns:
            current = column is by
            direction = ("descending" if down else "ascending") if current else ""
            # A first click sorts as most people want it: figures and dates from the biggest.
            turn = (
                (not down) if current else (column.numeric or self.listing.default_sort == f"-{column.key}")
            )
            href = self._to(sort=f"{'-' if turn else ''}{column.key}") if column.sort else ""
            found.append(Heading(column, href, direction))
        return found

    @cached_property
    def chips(self) -> list[Chip]:
        """The filters, search excepted: set ones and pinned ones first in line, the rest behind “Add filter”."""
        if self.filter is None:
            return []
        return chips_of(self.filter.form, self.listing.pinned, self._without)

    @cached_property
    def front_chips(self) -> list[Chip]:
        return [chip for chip in self.chips if chip.active or chip.pinned]

    @cached_property
    def other_chips(self) -> list[Chip]:
        return [chip for chip in self.chips if not chip.active and not chip.pinned]

    @cached_property
    def opened(self) -> Chip | None:
        """The filter whose form is asked for."""
        asked = self.request.GET.get("chip")
        return next((chip for chip in self.chips if chip.name == asked), None) if asked else None

    @cached_property
    def filtered(self) -> bool:
        return bool(self.q) or any(chip.active for chip in self.chips)

    @property
    def q(self) -> str:
        return str(self.request.GET.get("q", ""))

    @property
    def clear_all(self) -> str:
        return str(self.request.path)

    @cached_property
    def tabs(self) -> list[Tab]:
        """The list's own views, then the reader's and the shared ones."""
        current = self._state
        principal = self.request.principal
        views = self.listing.views
        counts = counted(
            {view.key: view.count(principal) for view in views if view.count and not view.asks(current)}
        )
        found = []
        for view in views:
            same = view.asks(current)
            count = self.count if view.count and same else counts.get(view.key)
            href = f"{self.request.path}?{view.query}".rstrip("?")
            found.append(Tab(view.label, href, same, count, key=view.key))
        for saved in self._saved:
            href = f"{self.request.path}?{saved.query}"
            mine = saved.pk if saved.owner_id == self.request.user.pk else 0
            found.append(Tab(saved.name, href, saved.query == current, None, mine))
        return found

    @cached_property
    def _saved(self) -> list[SavedView]:
        user: User = self.request.user
        seen = SavedView.objects.filter(Q(owner=user) | Q(shared=True), listing=self.listing.name)
        return list(seen.order_by("created_at")[:20])

    @cached_property
    def actions(self) -> list[BulkAction]:
        """The bulk actions the reader's role may use."""
        principal = self.request.principal
        return [action for action in self.listing.actions if not action.scope or principal.may(action.scope)]

    @cached_property
    def more_actions(self) -> list[BulkAction]:
        return [action for action in self.actions if action.more]

    @property
    def state(self) -> str:
        """Filters and sort as a query string: what a saved view keeps and a bulk action repeats."""
        return self._state

    @cached_property
    def hidden(self) -> list[tuple[str, str]]:
        """For the search box's form: the filters set beside it."""
        return [
            (k, v)
            for k, values in self.kept.lists()
            for v in values
            if v and k not in OWN - {"sort"} and k != "q"
        ]

    @cached_property
    def _state(self) -> str:
        kept = QueryDict(mutable=True)
        for name, values in self.kept.lists():
            full = [value for value in values if value]
            if full and (name not in OWN or name == "sort"):
                kept.setlist(name, full)
        return kept.urlencode()

    def _to(self, **changed: str) -> str:
        address = QueryDict(self._state, mutable=True)
        if "page_size" in self.kept:
            address["page_size"] = str(self.kept["page_size"])
        for name, value in changed.items():
            address[name] = value
        return f"{self.request.path}?{address.urlencode()}"

    def _without(self, name: str) -> str:
        address = QueryDict(self._state, mutable=True)
        for part in (name, *(f"{name}_{end}" for end in RANGE_ENDS)):
            address.pop(part, None)
        return f"{self.request.path}?{address.urlencode()}".rstrip("?")

    def _place(self, name: str) -> keyset.Place | None:
        return keyset.place(self.base.model, self.sort[0].sort, self.request.GET.get(name, ""))

    def _address(self, row: Any) -> str:
        return keyset.address_of(row, self.sort[0].sort)
