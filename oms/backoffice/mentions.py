"""Where colleagues call on the reader: the list, opening one, and whom a comment may call on."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oms.backoffice import customer_page, order_reading
from oms.backoffice.mention_words import called, marked
from oms.backoffice.navigation import mentioned
from oms.backoffice.shell import forget_own
from oms.core import text
from oms.core.errors import NotFound
from oms.core.listing import Column, Listing, View
from oms.core.pages import done, part_or_page, staff_page
from oms.core.people import people, who
from orders import mentioning
from orders.models import Comment, CustomerNote, Mention

# A list under a text field; whoever it leaves out is found by more letters.
OFFERED = 8


class MentionFilter(django_filters.FilterSet):
    new = django_filters.ChoiceFilter(
        label=gettext_lazy("New"),
        choices=[("true", gettext_lazy("Not opened yet"))],
        method="only_new",
        empty_label=None,
        widget=forms.RadioSelect,
    )

    class Meta:
        model = Mention
        fields: tuple[str, ...] = ()

    def only_new(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(seen_at=None)


LISTING = Listing(
    name="mentions",
    columns=(
        Column("who", gettext_lazy("Colleague"), fixed=True),
        Column("text", gettext_lazy("What they wrote"), fixed=True),
        Column("about", gettext_lazy("About"), fixed=True),
        Column("at", gettext_lazy("Date"), sort="at", fixed=True),
    ),
    row_template="backoffice/_mention_row.html",
    default_sort="-at",
    filterset=MentionFilter,
    views=(
        View("all", gettext_lazy("All")),
        View("new", gettext_lazy("Not opened yet"), "new=true", mentioned),
    ),
    empty_title=gettext_lazy("Nobody mentioned you yet"),
    empty_text=gettext_lazy("Colleagues call on you in a comment or a note by an @ before your name."),
    empty_icon="at-sign",
)


@staff_page(scope="orders:read", methods=("GET", "HEAD"))
def mentions(request: Any) -> HttpResponseBase:
    """The reader's own, newest first."""
    rows = _mine(request).select_related("comment__order", "note__customer")
    page = LISTING.read(request, rows)
    told = [row.told for row in page.rows]
    names = people({each.actor for each in told} | called(each.text for each in told))
    for row, each in zip(page.rows, told, strict=True):
        row.writer = who(each.actor, names)
        row.words = marked(each.text, names)
    context = {"list": page, "new": mentioned(request.principal)}
    return part_or_page(request, "backoffice/mentions.html", "_list_part.html", context)


@staff_page(scope="orders:read", methods=("GET", "HEAD"))
def mention(request: Any, pk: int) -> HttpResponseBase:
    """Opened: to the comment on its order, or the note about its customer."""
    found = _mine(request).filter(pk=pk).select_related("comment__order", "note").first()
    if found is None:
        raise NotFound
    if request.method == "GET":
        mentioning.see(Mention.objects.filter(pk=pk))
        forget_own(request.principal)
    told = found.told
    return HttpResponseRedirect(order_url(told) if isinstance(told, Comment) else note_url(told))


def order_url(comment: Comment) -> str:
    """The comment in its order's history, the whole of it where the comment is an old one."""
    whole = "" if order_reading.shows(comment.order, comment) else "?history=all"
    return f"{reverse('order-detail', args=[comment.order.number])}{whole}#comment-{comment.pk}"


def note_url(note: CustomerNote) -> str:
    whole = "" if customer_page.shows(note) else "?notes=all"
    return f"{reverse('customer-detail', args=[note.customer_id])}{whole}#note-{note.pk}"


@staff_page(scope="orders:read", methods=("POST",))
def see_all(request: Any) -> HttpResponseBase:
    mentioning.see(_mine(request))
    forget_own(request.principal)
    return done(request, _("All are marked as opened."), reverse("mention-list"))


@staff_page(scope="orders:read", methods=("GET", "HEAD"))
def colleagues(request: Any) -> HttpResponseBase:
    """Whom `?q=` may mean, by the beginning of a name in any spelling: options of a list under a text field."""
    asked = text.fold(request.GET.get("q", "").replace("\x00", "")[:64])
    found = mentioning.readers().exclude(pk=request.user.pk)
    rows = [
        user
        for user in found.order_by("first_name", "last_name", "username")
        if any(name.startswith(asked) for name in (*mentioning.spellings(user), text.fold(user.last_name)))
    ][:OFFERED]
    return render(request, "backoffice/_colleagues.html", {"colleagues": rows})


def _mine(request: Any) -> "QuerySet[Mention]":
    return Mention.objects.filter(user=request.user)
