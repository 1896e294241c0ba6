"""Staff: who may sign in, in which role, at which locations."""

from typing import Any

import django_filters
from django import forms
from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpResponseBase
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from inventory.models import Location
from oms.backoffice.settings.parts import Act, Cell, Link, form_page, list_page
from oms.backoffice.settings.shown_once import show_once
from oms.core import display
from oms.core.badges import BADGES
from oms.core.errors import NotFound, Problem
from oms.core.listing import Column, Listing
from oms.core.models import Role, User
from oms.core.pages import done, staff_page, tell_form
from oms.core.staff import add_member, change_member, renew_password

ROLES = [(role, BADGES["role"][role].text) for role in Role.values]


class MemberForm(forms.Form):
    username = forms.CharField(
        label=gettext_lazy("User name"),
        max_length=150,
        help_text=gettext_lazy("To sign in with. It stays, because the history names it."),
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off"}),
    )
    first_name = forms.CharField(label=gettext_lazy("First name"), max_length=150, required=False)
    last_name = forms.CharField(label=gettext_lazy("Last name"), max_length=150, required=False)
    email = forms.CharField(
        label=gettext_lazy("E-mail"),
        max_length=254,
        required=False,
        widget=forms.EmailInput(attrs={"dir": "ltr"}),
    )
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=ROLES, initial=Role.AGENT)
    locations = forms.MultipleChoiceField(
        label=gettext_lazy("Locations"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("For the warehouse role: no other location exists for them."),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)
    active = forms.BooleanField(
        label=gettext_lazy("May sign in"),
        required=False,
        help_text=gettext_lazy("Whoever may not is signed out with their next click."),
    )

    def __init__(self, *args: Any, held: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = dict(Location.objects.order_by("name").values_list("code", "name"))
        # A location that is gone stays on the form, so that saving takes nothing away unseen.
        known |= {code: code for code in held if code not in known}
        fields: Any = self.fields
        fields["locations"].choices = list(known.items())


class MemberFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="look_up")
    role = django_filters.ChoiceFilter(
        label=gettext_lazy("Role"), choices=ROLES, empty_label=None, widget=forms.RadioSelect
    )

    class Meta:
        model = User
        fields: tuple[str, ...] = ()

    def look_up(self, rows: "QuerySet[User]", name: str, value: str) -> "QuerySet[User]":
        for word in value.split()[:5]:
            rows = rows.filter(
                Q(username__icontains=word)
                | Q(first_name__icontains=word)
                | Q(last_name__icontains=word)
                | Q(email__icontains=word)
            )
        return rows


LISTING = Listing(
    name="settings-users",
    columns=(
        Column("name", gettext_lazy("User name"), sort="username", fixed=True),
        Column("person", gettext_lazy("Name"), sort="first_name"),
        Column("email", gettext_lazy("E-mail")),
        Column("role", gettext_lazy("Role")),
        Column("locations", gettext_lazy("Locations")),
        Column("seen", gettext_lazy("Last signed in")),
        Column("state", gettext_lazy("State")),
    ),
    row_template="settings/_row.html",
    default_sort="name",
    filterset=MemberFilter,
    search_label=gettext_lazy("Name or e-mail"),
    empty_icon="users",
)


def _cells(member: User) -> dict[str, Cell]:
    return {
        "name": Cell(member.username, "text", "cell-id", reverse("settings-user", args=[member.pk])),
        "person": Cell(member.get_full_name(), "text", "cell-who"),
        "email": Cell(member.email, "code"),
        "role": Cell(member.role, "role", "cell-end"),
        "locations": Cell(f"{display.comma(get_language() or 'en')} ".join(member.locations), "code"),
        "seen": Cell(member.last_login, "moment") if member.last_login else Cell(_("Never")),
        "state": Cell(member.is_active, "active", "cell-state"),
    }


@staff_page(scope="*", methods=("GET", "HEAD"))
def users(request: Any) -> HttpResponseBase:
    new = Link(_("New member of staff"), reverse("settings-user-new"))
    return list_page(request, LISTING, User.objects.all(), _cells, title=_("Staff"), links=[new])


@staff_page(scope="*")
def new_user(request: Any) -> HttpResponseBase:
    """Asks, then leads to the page that shows the first password once."""
    form = MemberForm(request.POST or None, initial={"language": request.user.language})
    del form.fields["active"]
    if request.method == "POST" and form.is_valid():
        try:
            member, password = add_member(**form.cleaned_data, by=request.user)
        except Problem as problem:
            tell_form(form, problem)
        else:
            return _password_page(request, member, password)
    return form_page(
        request,
        form,
        title=_("New member of staff"),
        back=Link(_("Staff"), reverse("settings-users")),
        submit=_("Add the member"),
    )


@staff_page(scope="*")
def user(request: Any, pk: int) -> HttpResponseBase:
    found = _get(pk)
    names = ("first_name", "last_name", "email", "role", "locations")
    held = {name: getattr(found, name) for name in names} | {"active": found.is_active}
    form = MemberForm(request.POST or None, initial=held, held=found.locations)
    del form.fields["username"], form.fields["language"]
    if request.method == "POST" and form.is_valid():
        try:
            change_member(found, **form.cleaned_data, by=request.user)
        except Problem as problem:
            tell_form(form, problem)
        else:
            return done(request, _("The member of staff is saved."), reverse("settings-users"))
    renew = Act(
        _("New password"),
        "key-round",
        reverse("settings-user-password", args=[pk]),
        ask=_("The old password stops working and every session of theirs ends."),
    )
    return form_page(
        request,
        form,
        title=found.get_full_name() or found.username,
        lead=found.username,
        back=Link(_("Staff"), reverse("settings-users")),
        submit=_("Save"),
        # One's own password is changed on one's profile, by whoever knows the old one.
        acts=[renew] if found.pk != request.user.pk else [],
    )


@staff_page(scope="*", methods=("POST",))
def user_password(request: Any, pk: int) -> HttpResponseBase:
    found = _get(pk)
    return _password_page(request, found, renew_password(found, by=request.user))


def _password_page(request: Any, member: User, password: str) -> HttpResponseBase:
    return show_once(
        request,
        title=_("Password of %(user)s") % {"user": display.isolated(member.username)},
        secret=password,
        lead=_("This is the only time the password is shown. They can change it on their profile."),
        back=Link(_("I have kept it"), reverse("settings-user", args=[member.pk])),
    )


def _get(pk: int) -> User:
    found = User.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found
