"""What the list of orders can be narrowed by; every filter is one index range, or one look-up beside it."""

from collections.abc import Callable, Iterable
from typing import Any

import django_filters
from django import forms
from django.core.cache import cache
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from fulfillment import clocks
from fulfillment.models import Shipment, ShipmentState
from inventory.models import Location, Product
from oms.core import display, text
from oms.core.access import Principal
from oms.core.badges import BADGES, badge
from oms.core.chips import once
from oms.core.counting import CAP, Countable, Figure
from oms.core.day_fields import DayRangeFilter
from oms.core.fields import AmountRangeFilter
from oms.core.models import Channel
from oms.core.planning import only, rare_keys
from orders import attention, queries
from orders.access import visible
from orders.models import Hold, Line, Order

# Countries, tags and reasons seen are offered, not promised: an address may name others.
SEEN_SECONDS = 60
LONGEST = 254
RARE = 5000

# One probe a country, however many orders went there.
_COUNTRIES = """
WITH RECURSIVE seen AS (
  (SELECT country FROM orders_order ORDER BY country LIMIT 1)
  UNION ALL
  SELECT (SELECT country FROM orders_order WHERE country > seen.country ORDER BY country LIMIT 1)
  FROM seen WHERE seen.country IS NOT NULL)
SELECT country FROM seen WHERE country <> '' LIMIT 250
"""
_TAGS = """
SELECT tag FROM (SELECT tags FROM orders_order ORDER BY placed_at DESC, id DESC LIMIT 3000) AS newest,
  unnest(tags) AS tag GROUP BY tag ORDER BY count(*) DESC, tag LIMIT 50
"""
_LATE = """
SELECT count(DISTINCT order_id) FROM (
  SELECT order_id FROM fulfillment_shipment WHERE due_at < %s ORDER BY due_at LIMIT %s) AS oldest
"""
# One probe a reason, however many orders stand.
_REASONS = """
WITH RECURSIVE seen AS (
  (SELECT reason FROM orders_hold WHERE released_at IS NULL ORDER BY reason LIMIT 1)
  UNION ALL
  SELECT (SELECT reason FROM orders_hold WHERE released_at IS NULL AND reason > seen.reason ORDER BY reason LIMIT 1)
  FROM seen WHERE seen.reason IS NOT NULL)
SELECT reason FROM seen WHERE reason IS NOT NULL LIMIT 50
"""
_SEEN = {"country": _COUNTRIES, "tag": _TAGS, "hold": _REASONS}


def late(orders: "QuerySet[Order]") -> "QuerySet[Order]":
    """The orders with a parcel that is late."""
    return _of_parcels(orders, clocks.late(Shipment.objects.all()))


def due_soon(orders: "QuerySet[Order]") -> "QuerySet[Order]":
    """The orders with a parcel that has to leave soon."""
    return _of_parcels(orders, clocks.due_soon(Shipment.objects.all()))


def _of_parcels(orders: "QuerySet[Order]", parcels: "QuerySet[Shipment]") -> "QuerySet[Order]":
    keys = parcels.values_list("order_id", flat=True)
    few = _few(keys, "due_at")
    return orders.filter(pk__in=keys) if few is None else only(orders, few)


def stuck(orders: "QuerySet[Order]") -> "QuerySet[Order]":
    """The orders that stand too long at their stage."""
    few = _few(attention.stuck(Order.objects.all()).values_list("pk", flat=True))
    return attention.stuck(orders) if few is None else only(orders, few)


def count_late(principal: Principal) -> Countable:
    """The orders with a late parcel. Whoever sees every order asks the parcels alone."""
    if principal.channel_id is not None:
        return late(visible(principal))
    return Figure(_LATE, [timezone.now(), 3 * CAP])


def count_stuck(principal: Principal) -> Countable:
    """The orders that stand too long."""
    if principal.channel_id is not None:
        return stuck(visible(principal))
    sql, facts = attention.counting_stuck(CAP)
    return Figure(f"SELECT coalesce(sum(count), 0)::int FROM ({sql}) AS stages", facts)


def search(orders: "QuerySet[Order]", q: str) -> "QuerySet[Order]":
    """Number, external id, e-mail or phone in any digits; then a SKU or barcode ordered; then words of a name."""
    q = q.replace("\x00", "").strip()[:LONGEST]
    exact = queries.find_exact(orders, q)
    if exact:
        return orders.filter(pk__in=exact)
    code = text.digits(q)
    products = list(Product.objects.filter(Q(sku=code) | Q(barcode=code)).values_list("pk", flat=True)[:10])
    if not products and code.isascii():
        products = list(Product.objects.filter(sku=code.upper()).values_list("pk", flat=True))
    if products:
        wanted = Line.objects.filter(product__in=products)
        few = _few(wanted.values_list("order_id", flat=True))
        if few is not None:
            return only(orders, few)
        return orders.filter(Exists(wanted.filter(order=OuterRef("pk"))))
    return queries.called(orders, q)


def _few(keys: Any, *along: str) -> str | None:
    """The keys of rare rows; `along` as in `capped_count`."""
    return rare_keys(keys.order_by(*along), RARE)


class AnyOf(django_filters.MultipleChoiceFilter):
    """Any of some values, without the DISTINCT that would sort the whole table."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(widget=forms.CheckboxSelectMultiple, **settings)

    def filter(self, qs: Any, value: Any) -> Any:
        return qs.filter(**{f"{self.field_name}__in": value}) if value else qs


class OneOf(django_filters.ChoiceFilter):
    """One of some values, none of them by itself."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(widget=forms.RadioSelect, empty_label=None, **settings)


class OpenHold(AnyOf):
    def filter(self, qs: Any, value: Any) -> Any:
        standing = Hold.objects.filter(released_at=None, reason__in=value)
        return qs.filter(pk__in=standing.values("order_id")) if value else qs


class ShipsFrom(AnyOf):
    def filter(self, qs: Any, value: Any) -> Any:
        from_there = Shipment.objects.filter(order=OuterRef("pk"), location__code__in=value)
        return qs.filter(Exists(from_there.exclude(state=ShipmentState.CANCELLED))) if value else qs


def _words(kind: str) -> list[tuple[str, Any]]:
    return [(value, known.text) for value, known in BADGES[kind].items()]


class OrderFilter(django_filters.FilterSet):
    """Names the dashboard, the search and saved views rely on."""

    q = django_filters.CharFilter(method="look_up")
    channel = AnyOf(label=_("Channel"), field_name="channel__code")
    payment_status = AnyOf(label=_("Payment"), choices=_words("payment"))
    stage = AnyOf(label=_("Stage"), choices=_words("stage"))
    hold = OpenHold(label=_("Hold reason"))
    location = ShipsFrom(label=_("Location"))
    country = AnyOf(label=_("Country"))
    placed = DayRangeFilter(label=_("Date"), field_name="placed_at", method="between")
    tag = django_filters.CharFilter(label=_("Tag"), method="tagged")
    value = AmountRangeFilter(label=_("Order value"), field_name="total")
    late = OneOf(label=_("Due"), choices=[("true", _("Late")), ("soon", _("Due soon"))], method="only_late")
    stuck = OneOf(label=_("Stuck"), choices=[("true", _("Yes"))], method="only_stuck")
    important = OneOf(label=_("Important"), choices=[("true", _("Yes"))], method="only_important")

    class Meta:
        model = Order
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer("channel", lambda: Channel.objects.order_by("name").values_list("code", "name"))
        self._offer("location", lambda: Location.objects.order_by("name").values_list("code", "name"))
        self._offer("country", lambda: named_countries(with_asked(self, "country")))
        self._offer("hold", lambda: [(each, badge("hold", each).text) for each in with_asked(self, "hold")])
        self.filters["tag"].extra["widget"] = forms.TextInput(attrs={"list": "tags", "maxlength": 64})

    def known_tags(self) -> list[str]:
        return seen("tag")

    def look_up(self, orders: Any, name: str, value: str) -> Any:
        return search(orders, value)

    def tagged(self, orders: Any, name: str, value: str) -> Any:
        tag = value.replace("\x00", "")[:64]
        few = _few(queries.tagged(Order.objects.all(), [tag]).values_list("pk", flat=True))
        return queries.tagged(orders, [tag]) if few is None else only(orders, few)

    def only_late(self, orders: Any, name: str, value: str) -> Any:
        return due_soon(orders) if value == "soon" else late(orders)

    def only_stuck(self, orders: Any, name: str, value: str) -> Any:
        return stuck(orders)

    def only_important(self, orders: Any, name: str, value: str) -> Any:
        return attention.important(orders)

    def between(self, orders: Any, name: str, value: slice) -> Any:
        if value.start:
            orders = orders.filter(placed_at__gte=value.start)
        return orders.filter(placed_at__lte=value.stop) if value.stop else orders

    def _offer(self, name: str, choices: Callable[[], Iterable[tuple[str, Any]]]) -> None:
        self.filters[name].extra["choices"] = once(choices)


def seen(name: str) -> list[str]:
    """Countries delivered to, tags of late, reasons why orders stand: up to a minute old."""
    return values_seen(f"orders-{name}", _SEEN[name])


def values_seen(key: str, sql: str) -> list[str]:
    """The first column, up to a minute old."""
    known: list[str] | None = cache.get(f"seen:{key}")
    if known is None:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            known = [row[0] for row in cursor.fetchall()]
        cache.set(f"seen:{key}", known, SEEN_SECONDS)
    return known


def with_asked(asked: django_filters.FilterSet, name: str) -> list[str]:
    """What was seen, and what the address names beside it."""
    named = asked.data.getlist(name) if hasattr(asked.data, "getlist") else []
    return list(dict.fromkeys([*seen(name), *(each for each in named if each and len(each) <= 64)]))


def named_countries(codes: list[str]) -> list[tuple[str, str]]:
    """In the order of their names."""
    language = get_language() or "en"
    return sorted(((code, display.country(code, language)) for code in codes), key=lambda each: each[1])
