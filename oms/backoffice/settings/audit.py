"""The audit log: every fact ever recorded, newest first, by document, kind and who did it."""

import json
import re
from collections.abc import Iterator
from typing import Any

import django_filters
from django.db.models import Max, Q, QuerySet
from django.http import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oms.backoffice.settings.event_words import KINDS, NOUNS, kind_words, subject_words
from oms.backoffice.settings.parts import Cell, Fact, Link, facts_page, list_page
from oms.backoffice.settings.subject_names import subject_names, subjects_named
from oms.core import text
from oms.core.errors import NotFound
from oms.core.listing import Column, Listing
from oms.core.models import Channel, Event
from oms.core.pages import staff_page
from oms.core.people import people, who
from orders.models import Invoice

# Actors have no index, so that recording stays cheap: they are looked for among the newest events alone.
NEWEST = 200_000
# A parcel of an order, or with an R a return of it.
PARCEL = re.compile(r"(?P<back>R?)(?P<order>[0-9]+)-[0-9]+")


class EventFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="about")
    kind = django_filters.ChoiceFilter(label=gettext_lazy("Event"), choices=list(KINDS.items()))
    actor = django_filters.CharFilter(label=gettext_lazy("Who"), method="done_by")

    class Meta:
        model = Event
        fields: tuple[str, ...] = ()

    def about(self, rows: "QuerySet[Event]", name: str, value: str) -> "QuerySet[Event]":
        """A document by its number, a product by its SKU, a person, key or campaign by name; by threads, an index."""
        typed = value.replace("\x00", "").strip()
        subject = text.digits(typed)
        if subject.isdigit():
            return rows.filter(thread__in=[f"{noun}/{subject}" for noun in NOUNS])
        whole = {subject} if "/" in subject else set()
        numbers = {subject, subject.upper(), subject.partition(" ")[2] or subject}
        threads = whole | {f"{noun}/{number}" for noun in NOUNS for number in numbers} | subjects_named(typed)
        of_orders = dict(_of_orders(subject.rpartition("/")[2].upper()))
        found = rows.filter(thread__in=threads | set(of_orders.values()))
        return found.filter(Q(thread__in=threads) | Q(subject__in=list(of_orders)))

    def done_by(self, rows: "QuerySet[Event]", name: str, value: str) -> "QuerySet[Event]":
        """A member of staff by their user name, a key by its first letters, or system, customer, carrier."""
        newest = Event.objects.aggregate(newest=Max("pk"))["newest"] or 0
        actor = value.strip()
        return rows.filter(pk__gt=newest - NEWEST, actor__in=[actor, f"staff:{actor}", f"key:{actor}"])


def _of_orders(number: str) -> Iterator[tuple[str, str]]:
    """Documents of that number whose events stand in their order's thread, each with it."""
    if told := PARCEL.fullmatch(number):
        yield f"{'return' if told['back'] else 'shipment'}/{number}", f"order/{told['order']}"
    for order in Invoice.objects.filter(number=number).values_list("order__number", flat=True)[:1]:
        yield f"invoice/{number}", f"order/{order}"


LISTING = Listing(
    name="settings-audit",
    columns=(
        Column("at", gettext_lazy("When"), sort="pk", fixed=True),
        Column("kind", gettext_lazy("Event")),
        Column("subject", gettext_lazy("About")),
        Column("actor", gettext_lazy("Who")),
        Column("request", gettext_lazy("Request"), shown=False),
    ),
    row_template="settings/_row.html",
    default_sort="-at",
    filterset=EventFilter,
    pinned=("kind", "actor"),
    search_label=gettext_lazy("Document, SKU, customer or key"),
    empty_title=gettext_lazy("Nothing happened yet"),
    empty_icon="scroll-text",
)


@staff_page(scope="*", methods=("GET", "HEAD"))
def audit(request: Any) -> HttpResponseBase:
    names: dict[str, str] = {}
    about: dict[str, str] = {}

    def read_people(rows: list[Event]) -> None:
        names.update(people({event.actor for event in rows}))
        about.update(subject_names({event.subject for event in rows}))

    def cells(event: Event) -> dict[str, Cell]:
        return {
            "at": Cell(event.at, "moment", "cell-id", reverse("settings-event", args=[event.pk])),
            "kind": Cell(
                kind_words(event.kind), "text", "cell-who", reverse("settings-event", args=[event.pk])
            ),
            "subject": Cell(subject_words(event.subject, about), "text", "cell-state"),
            "actor": Cell(who(event.actor, names), "text", "cell-end"),
            "request": Cell(event.request_id, "code"),
        }

    rows = Event.objects.all()
    return list_page(request, LISTING, rows, cells, title=_("Audit log"), prepare=read_people)


@staff_page(scope="*", methods=("GET", "HEAD"))
def event(request: Any, pk: int) -> HttpResponseBase:
    found = Event.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound
    channel = Channel.objects.filter(pk=found.channel_id).first() if found.channel_id else None
    return facts_page(
        request,
        title=kind_words(found.kind),
        back=Link(_("Audit log"), reverse("settings-audit")),
        facts=[
            Fact(_("When"), found.at, "moment"),
            Fact(_("Event"), found.kind, "code"),
            Fact(_("About"), found.subject, "code"),
            *[
                Fact(NOUNS[ref.partition("/")[0]], name)
                for ref, name in subject_names({found.subject}).items()
            ],
            Fact(_("Belongs to"), found.thread if found.thread != found.subject else "", "code"),
            Fact(_("Who"), who(found.actor, people({found.actor}))),
            Fact(_("Signed in as"), found.actor, "code"),
            Fact(_("Channel"), channel.name if channel else ""),
            Fact(_("Request"), found.request_id, "code"),
        ],
        texts=[(_("Recorded data"), json.dumps(found.data, indent=2, ensure_ascii=False))],
    )
