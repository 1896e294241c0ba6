"""The block list and the trust list: who stands on them and why, added by many lines at once, taken off again."""

from collections.abc import Sequence
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from oms.backoffice.customer_forms import ContactsForm
from oms.core import exporting, text
from oms.core.badges import BADGES, badge
from oms.core.errors import Invalid, Problem
from oms.core.listing import BulkAction, Column, Listing, View
from oms.core.pages import came_from, done, part_or_page, staff_page, tell_form
from oms.core.people import people, who
from oms.core.reading import figure
from oms.core.selecting import selection
from orders import standing
from orders.models import Customer, ListedContact, Standing
from orders.queries import local_phones
from orders.standing import Contact

MOST = 500
# So many lines that are no contact are named; the first few say enough.
NAMED = 5


class ContactFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="look_up")
    standing = django_filters.ChoiceFilter(
        label=gettext_lazy("List"),
        choices=[(value, known.text) for value, known in BADGES["standing"].items()],
        empty_label=None,
        widget=forms.RadioSelect,
    )

    class Meta:
        model = ListedContact
        fields: tuple[str, ...] = ("standing",)

    def look_up(self, rows: Any, name: str, value: str) -> Any:
        """By e-mail or phone in any digits."""
        digits = text.digits(value.strip())
        if "@" in digits:
            return rows.filter(email_key=text.email_key(digits))
        phones = {text.phone_key(digits), *local_phones(digits)} - {""}
        return rows.filter(Q(phone_key__in=phones) | Q(email_key__startswith=text.email_key(digits)))


def rows() -> "QuerySet[ListedContact]":
    """Who stands on a list now."""
    return ListedContact.objects.filter(ended_at=None)


def _in(standing: str) -> Any:
    return lambda principal: rows().filter(standing=standing)


LISTING = Listing(
    name="contacts",
    columns=(
        Column("contact", gettext_lazy("E-mail or phone"), fixed=True, export=lambda one: one.contact),
        Column(
            "standing", gettext_lazy("List"), export=lambda one: str(badge("standing", one.standing).text)
        ),
        Column("customer", gettext_lazy("Customer")),
        Column("reason", gettext_lazy("Reason"), export=lambda one: one.reason),
        Column("by", gettext_lazy("Listed by"), export=lambda one: one.listed_by.removeprefix("staff:")),
        Column("since", gettext_lazy("Since"), sort="since", export=lambda one: one.since),
    ),
    row_template="backoffice/_contact_row.html",
    default_sort="-since",
    filterset=ContactFilter,
    views=(
        View("all", gettext_lazy("All"), ""),
        View("blocked", gettext_lazy("Block list"), "standing=blocked", _in(Standing.BLOCKED)),
        View("trusted", gettext_lazy("Trust list"), "standing=trusted", _in(Standing.TRUSTED)),
    ),
    actions=(
        BulkAction(gettext_lazy("Take off the list"), "user-minus", "contact-take-off", "orders:write"),
    ),
    search_label=gettext_lazy("E-mail or phone"),
    empty_title=gettext_lazy("Nobody is on a list"),
    empty_text=gettext_lazy("Orders of blocked contacts are held before anything is packed."),
    empty_icon="shield",
)


@staff_page(scope="orders:read", methods=("GET", "HEAD"))
def contacts(request: Any) -> HttpResponseBase:
    page = LISTING.read(request, rows())
    if request.GET.get("export"):
        return exporting.download(page, request.GET["export"], name="contacts")
    _fill(page.rows)
    context = {"list": page, "writes": request.principal.may("orders:write")}
    return part_or_page(request, "backoffice/contacts.html", "_list_part.html", context)


@staff_page(scope="orders:write")
def new(request: Any) -> HttpResponseBase:
    """Many contacts put on one list: all of them, or none and each line that is wrong named."""
    form = ContactsForm(
        request.POST or None, initial={"standing": request.GET.get("standing") or Standing.BLOCKED}
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            found = _read(given["contacts"], given["country"])
            added = standing.put(
                found, given["standing"], reason=given["reason"], actor=request.principal.actor
            )
        except Problem as problem:
            tell_form(form, problem, {"/contact": "contacts"})
        else:
            where = f"{reverse('contact-list')}?{urlencode({'standing': given['standing']})}"
            return done(request, _said(len(added), len(found)), where)
    return render(request, "backoffice/contact_new.html", {"form": form}, status=422 if form.errors else 200)


@staff_page(scope="orders:write", methods=("POST",))
def take_off(request: Any) -> HttpResponseBase:
    """The chosen contacts; orders held for them go on where nothing else holds them."""
    chosen = list(selection(request).of(LISTING, rows())[: MOST + 1])
    if not chosen:
        raise Invalid("No contact is selected.", code="nothing_selected")
    if len(chosen) > MOST:
        raise Invalid("Too many contacts at once.", code="too_many_orders")
    ended, _freed = standing.take_off(chosen, actor=request.principal.actor)
    said = ngettext(
        "%(count)s contact is off its list.", "%(count)s contacts are off their lists.", len(ended)
    )
    return done(request, said % {"count": figure(len(ended))}, came_from(request))


def _read(typed: str, country: str) -> list[Contact]:
    """A contact a line. Raises Invalid naming the lines that are none."""
    lines = [
        line.strip() for line in typed.replace("،", "\n").replace(",", "\n").splitlines() if line.strip()
    ]
    if len(lines) > MOST:
        raise Invalid.at("/contacts", _("At most 500 at once."), "too_many")
    found, wrong = [], []
    for line in lines:
        try:
            found.append(standing.contact(line, country))
        except Invalid:
            wrong.append(line)
    if wrong:
        raise Invalid.at("/contacts", _not_contacts(wrong), "not_a_contact")
    return found


def _not_contacts(wrong: Sequence[str]) -> str:
    shown = " · ".join(f"\u2068{line[:60]}\u2069" for line in wrong[:NAMED])
    said = ngettext(
        "Nothing was added: %(count)s line is no e-mail address and no phone: %(lines)s",
        "Nothing was added: %(count)s lines are no e-mail address and no phone: %(lines)s",
        len(wrong),
    )
    return said % {"count": figure(len(wrong)), "lines": shown}


def _said(added: int, of: int) -> str:
    said = ngettext("%(count)s contact added.", "%(count)s contacts added.", added) % {"count": figure(added)}
    if added == of:
        return said
    return said + " " + _("The others were on the list already.")


def _fill(page: Sequence[ListedContact]) -> None:
    """The customer each contact belongs to and who listed it: two queries a page."""
    emails = [row.email_key for row in page if row.email_key]
    phones = [row.phone_key for row in page if row.phone_key]
    known = list(Customer.objects.filter(Q(email_key__in=emails) | Q(phone_key__in=phones))) if page else []
    by_key = {key: one for one in known for key in (one.email_key, one.phone_key) if key}
    names = people(row.listed_by for row in page)
    for row in page:
        row.customer = by_key.get(row.email_key or row.phone_key)  # type: ignore[attr-defined]
        row.lister = who(row.listed_by, names)  # type: ignore[attr-defined]
