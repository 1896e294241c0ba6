"""What the list of customers can be narrowed by: an address turned into a segment's conditions, nothing else."""

from collections.abc import Callable, Iterable
from typing import Any

import django_filters
from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.http import urlencode
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from oms.backoffice.order_filters import AnyOf, named_countries, values_seen, with_asked
from oms.core import display
from oms.core.badges import BADGES
from oms.core.chips import chips_of, once
from oms.core.day_fields import DayRangeFilter
from oms.core.fields import AmountRangeFilter
from oms.core.models import Channel
from oms.core.reading import figure
from orders import segments
from orders.models import Customer
from orders.segments import Conditions

LANGUAGES = ("ar", "en", "fa")

# Tags given of late and the currencies somebody paid in beside the company's.
_TAGS = """
SELECT tag FROM (SELECT tags FROM orders_customer WHERE tags <> '{}' LIMIT 3000) AS few, unnest(tags) AS tag
GROUP BY tag ORDER BY count(*) DESC, tag LIMIT 50
"""
_CURRENCIES = """
SELECT DISTINCT currency FROM (
  SELECT paid_elsewhere FROM orders_customer WHERE paid_elsewhere <> '{}' LIMIT 3000) AS few,
  jsonb_object_keys(paid_elsewhere) AS currency ORDER BY 1
"""


def _so_many_days(n: int) -> str:
    return ngettext("%(n)s day", "%(n)s days", n) % {"n": figure(n)}


def _days(*counts: int) -> list[tuple[str, Any]]:
    return [(str(n), lazy(_so_many_days, str)(n)) for n in counts]


def _counts(*counts: int) -> list[tuple[str, Any]]:
    return [(str(n), lazy(figure, str)(n)) for n in counts]


def _one(label: Any, choices: list[tuple[str, Any]]) -> django_filters.ChoiceFilter:
    return django_filters.ChoiceFilter(
        label=label, choices=choices, empty_label=None, widget=forms.RadioSelect
    )


def _words(kind: str) -> list[tuple[str, Any]]:
    return [(value, known.text) for value, known in BADGES[kind].items()]


class CustomerFilter(django_filters.FilterSet):
    """Names that segments and links rely on."""

    q = django_filters.CharFilter()
    orders = AmountRangeFilter(label=_("Orders"))
    paid = AmountRangeFilter(label=_("Paid"))
    currency = _one(_("Currency of what was paid"), [])
    ordered = _one(_("Ordered within"), _days(7, 30, 90, 365))
    lapsed = _one(_("No order for"), _days(30, 60, 90, 180, 365))
    new = _one(_("First order within"), _days(7, 30, 90, 365))
    last = DayRangeFilter(label=_("Last order"))
    tag = django_filters.CharFilter(label=_("Tag"))
    without_tag = django_filters.CharFilter(label=_("Without the tag"))
    standing = AnyOf(label=_("List"), choices=[*_words("standing"), ("none", _("On no list"))])
    marketing = AnyOf(label=_("Marketing"), choices=_words("marketing"))
    reach = AnyOf(label=_("Reached by"), choices=[("email", _("E-mail")), ("phone", _("Phone"))])
    channel = AnyOf(label=_("Channel"))
    country = AnyOf(label=_("Country"))
    city = django_filters.CharFilter(label=_("City"))
    language = AnyOf(label=_("Language"))
    bought = django_filters.CharFilter(label=_("Bought the SKU"))
    returned = _one(_("Returned at least"), _counts(1, 2, 3, 5))
    cancelled = _one(_("Cancelled at least"), _counts(1, 2, 3, 5))

    class Meta:
        model = Customer
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer("country", lambda: named_countries(with_asked(self, "country")))
        self._offer("channel", lambda: Channel.objects.order_by("name").values_list("code", "name"))
        self._offer("language", _languages)
        self._offer("currency", lambda: [(code, code) for code in _currencies()])
        for name in ("tag", "without_tag"):
            self.filters[name].extra["widget"] = forms.TextInput(attrs={"list": "tags", "maxlength": 64})

    def known_tags(self) -> list[str]:
        return values_seen("customers-tag", _TAGS)

    def filter_queryset(self, queryset: Any) -> Any:
        return segments.members(self.conditions(), queryset)

    def conditions(self) -> Conditions:
        """What the address asks. The form is valid."""
        asked = self.form.cleaned_data
        orders, paid, last = asked["orders"], asked["paid"], asked["last"]
        return segments.read(
            {
                "q": asked["q"].replace("\x00", "")[:254],
                "orders_min": _whole(orders and orders.start),
                "orders_max": _whole(orders and orders.stop),
                "paid_min": paid.start if paid else None,
                "paid_max": paid.stop if paid else None,
                "currency": asked["currency"],
                "ordered_within": _whole(asked["ordered"]),
                "not_ordered_for": _whole(asked["lapsed"]),
                "new_within": _whole(asked["new"]),
                "last_after": _day(last and last.start),
                "last_before": _day(last and last.stop),
                "tags": [asked["tag"][:64]] if asked["tag"] else [],
                "without_tag": asked["without_tag"][:64],
                "standing": asked["standing"],
                "marketing": asked["marketing"],
                "reached_by": asked["reach"],
                "channels": asked["channel"],
                "countries": asked["country"],
                "city": asked["city"][:100],
                "languages": asked["language"],
                "bought": asked["bought"].strip()[:64],
                "returned_min": _whole(asked["returned"]),
                "cancelled_min": _whole(asked["cancelled"]),
            }
        )

    def _offer(self, name: str, choices: Callable[[], Iterable[tuple[str, Any]]]) -> None:
        self.filters[name].extra["choices"] = once(choices)


# The list's name of each condition.
_NAMES = {
    "q": "q",
    "orders_min": "orders_min",
    "orders_max": "orders_max",
    "paid_min": "paid_min",
    "paid_max": "paid_max",
    "currency": "currency",
    "ordered_within": "ordered",
    "not_ordered_for": "lapsed",
    "new_within": "new",
    "last_after": "last_after",
    "last_before": "last_before",
    "tags": "tag",
    "without_tag": "without_tag",
    "standing": "standing",
    "marketing": "marketing",
    "reached_by": "reach",
    "channels": "channel",
    "countries": "country",
    "city": "city",
    "languages": "language",
    "bought": "bought",
    "returned_min": "returned",
    "cancelled_min": "cancelled",
}


def address_of(conditions: Conditions) -> str:
    """The query of the list's address that asks the same."""
    asked = segments.plain(conditions)
    return urlencode([(_NAMES[name], value) for name, value in asked.items() if name in _NAMES], doseq=True)


def in_words(conditions: Conditions) -> list[tuple[Any, str]]:
    """The conditions that are set, each as its filter's label and value."""
    asked = CustomerFilter(QueryDict(address_of(conditions)), queryset=Customer.objects.none())
    found = [(chip.label, chip.value) for chip in chips_of(asked.form, (), lambda name: "") if chip.active]
    return [(_("Search"), conditions.q), *found] if conditions.q else found


def _whole(given: Any) -> int | None:
    return int(given) if given not in (None, "") else None


def _day(given: Any) -> str | None:
    return timezone.localdate(given).isoformat() if given else None


def _languages() -> list[tuple[str, str]]:
    reader = get_language() or "en"
    return [(code, display.language_name(code, reader)) for code in LANGUAGES]


def _currencies() -> tuple[str, ...]:
    return (settings.COMPANY_CURRENCY, *values_seen("customers-currency", _CURRENCIES))
