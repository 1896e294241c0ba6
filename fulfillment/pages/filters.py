"""What the warehouse's lists can be narrowed by."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from fulfillment import carriers, clocks
from fulfillment.carriers.names import named_carrier
from fulfillment.models import Shipment
from fulfillment.scanning import plain
from inventory.models import Location
from oms.core.badges import BADGES
from oms.core.chips import once


def by_code(shipments: "QuerySet[Shipment]", code: str) -> "QuerySet[Shipment]":
    """Whose number, order or tracking number was scanned or typed, in any digits; a number's beginning will do."""
    read = plain(code)[:64]
    if not read:
        return shipments.none()
    return shipments.filter(Q(number__startswith=read) | Q(tracking_number=read))


class _AnyOf(django_filters.MultipleChoiceFilter):
    """Any of some values, without a DISTINCT over the whole table."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(widget=forms.CheckboxSelectMultiple, **settings)

    def filter(self, qs: Any, value: Any) -> Any:
        return qs.filter(**{f"{self.field_name}__in": value}) if value else qs


class QueueFilter(django_filters.FilterSet):
    """Of a queue: its location, carrier and what is late. Names the dashboard links to."""

    q = django_filters.CharFilter(method="look_up")
    state = _AnyOf(
        label=_("State"), choices=[(value, known.text) for value, known in BADGES["shipment"].items()]
    )
    location = _AnyOf(label=_("Location"), field_name="location__code")
    carrier = _AnyOf(label=_("Carrier"))
    late = django_filters.ChoiceFilter(
        label=_("Due"),
        choices=[("true", _("Late")), ("soon", _("Due soon"))],
        method="only_late",
        empty_label=None,
        widget=forms.RadioSelect,
    )

    class Meta:
        model = Shipment
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        locations = Location.objects.order_by("name")
        principal = getattr(self.request, "principal", None)
        if principal is not None:
            locations = principal.limit_to_locations(locations, "code")
        codes = locations.values_list("code", "name")
        self.filters["location"].extra["choices"] = once(lambda: codes)
        self.filters["carrier"].extra["choices"] = [(code, named_carrier(code)) for code in carriers.CARRIERS]

    def look_up(self, shipments: Any, name: str, value: str) -> Any:
        return by_code(shipments, value)

    def only_late(self, shipments: Any, name: str, value: str) -> Any:
        return clocks.due_soon(shipments) if value == "soon" else clocks.late(shipments)
