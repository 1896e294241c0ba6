"""The living style page: every component of the back-office, as the product itself uses it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import django_filters
from django import forms
from django.http import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from oms.backoffice import bars
from oms.backoffice.bulk_pages import REFUSALS
from oms.backoffice.figures import Day
from oms.backoffice.models import BulkJob
from oms.core.badges import BADGES
from oms.core.day_fields import DayField
from oms.core.listing import BulkAction, Column, Listing, View
from oms.core.models import Role, User
from oms.core.pages import part_or_page, staff_page


class PeopleFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(field_name="username", lookup_expr="icontains")
    role = django_filters.MultipleChoiceFilter(
        label=_("Role"), choices=Role.choices, widget=forms.CheckboxSelectMultiple
    )
    is_active = django_filters.ChoiceFilter(label=_("State"), choices=[("true", _("Active"))])

    class Meta:
        model = User
        fields = ("q", "role", "is_active")


LISTING = Listing(
    name="style",
    columns=(
        Column("username", _("Name"), sort="username", fixed=True),
        Column("role", _("Role"), sort="role"),
        Column("joined", _("Since"), sort="date_joined"),
        Column("state", _("State")),
    ),
    row_template="staff/_style_row.html",
    default_sort="username",
    filterset=PeopleFilter,
    views=(
        View("all", _("All"), "", lambda _: User.objects.all()),
        View("agents", _("Agents"), "role=agent"),
    ),
    actions=(BulkAction(_("Compare"), "columns-3", "style"),),
    pinned=("role",),
    search_label=_("Search people"),
)


class SampleForm(forms.Form):
    name = forms.CharField(label=_("Name"), help_text=_("As it stands on the parcel."))
    country = forms.ChoiceField(
        label=_("Country"), choices=[("AE", _("Emirates")), ("SA", _("Saudi Arabia"))]
    )
    day = DayField(label=_("Day"))
    note = forms.CharField(label=_("Note"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    gift = forms.BooleanField(label=_("Wrap as a gift"), required=False)
    channels = forms.MultipleChoiceField(
        label=_("Channels"),
        choices=[("a", _("Web shop")), ("b", _("Till"))],
        widget=forms.CheckboxSelectMultiple,
    )


LOOKS: tuple[tuple[str, str, object, str], ...] = (
    ("ltr", "light", _("Left to right, light"), "sun"),
    ("ltr", "dark", _("Left to right, dark"), "moon"),
    ("rtl", "light", _("Right to left, light"), "sun"),
    ("rtl", "dark", _("Right to left, dark"), "moon"),
)

TOLD: tuple[dict[str, object], ...] = (
    {"tone": "", "text": _("Scan each item as you take it.")},
    {"tone": "ok", "text": _("That is all of this item.")},
    {"tone": "warn", "text": _("Taken back: put it on its shelf again.")},
    {"tone": "bad", "text": _("Stop: this item is not in this shipment. Put it back.")},
)
TOASTS: tuple[dict[str, object], ...] = (
    {"tone": "success", "text": _("Something is done.")},
    {"tone": "info", "text": _("Something to know.")},
    {"tone": "warning", "text": _("Something to decide.")},
    {"tone": "error", "text": _("Something went wrong.")},
)


def _work() -> list[dict[str, object]]:
    """One act a worker is at, one that is over with a refusal; neither is kept."""
    refused = {"number": "20479", "reason": REFUSALS["already_held"]}
    return [
        {"job": BulkJob(kind="hold", total=200, position=120), "failures": []},
        {
            "job": BulkJob(kind="hold", total=200, position=200, failed=1, finished_at=timezone.now()),
            "failures": [refused],
        },
    ]


@staff_page(methods=("GET", "HEAD"))
def style(request: Any) -> HttpResponseBase:
    """Every component; `?dir=rtl` and `?theme=dark` look at it the other way round."""
    now, today = timezone.now(), timezone.localdate()
    events = [
        {"at": now, "icon": "truck", "tone": "info", "title": _("Handed over"), "text": "351288401177"},
        {
            "at": now,
            "icon": "message-square",
            "comment": "1",
            "actor": "Maha S.",
            "text": _("Call on arrival."),
        },
    ]
    # Who else works here is for administrators; the list shows itself with one row as well.
    people = User.objects.all() if request.principal.may("*") else User.objects.filter(pk=request.user.pk)
    look = {
        name: value
        for name, known in (("dir", ("ltr", "rtl")), ("theme", ("light", "dark")))
        if (value := request.GET.get(name, "")) in known
    }
    context = {
        "look": look,
        "looks": [
            {
                "href": f"?dir={direction}&theme={theme}",
                "label": label,
                "icon": icon,
                "current": look == {"dir": direction, "theme": theme},
            }
            for direction, theme, label, icon in LOOKS
        ],
        "chart": bars.week(
            [Day(today - timedelta(days=13 - n), orders=n * 7 % 11 + 3) for n in range(14)], lambda day: "?"
        ),
        "list": LISTING.read(request, people),
        "badges": [(kind, list(states.values())) for kind, states in BADGES.items()],
        "form": SampleForm({"name": ""}),
        "asked": SampleForm(auto_id="asked_%s"),
        "days": [{"date": today, "items": events}],
        "told": TOLD,
        "toasts": TOASTS,
        "work": _work(),
        "sums": {"revenue": Decimal("18240.50"), "subtotal": Decimal(326), "total": Decimal("357.30")},
    }
    return part_or_page(request, "staff/style.html", "_list_part.html", context)
