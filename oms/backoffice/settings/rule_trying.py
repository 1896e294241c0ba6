"""A rule tried before it is kept: an order or a typed basket planned by the rules as they are and as they would be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from fulfillment import planning, promising, remembering, routing, strategies, terms
from fulfillment.models import RoutingDecision, RoutingFacts
from fulfillment.ruling import RuleForm as Written
from fulfillment.strategies import About, Rule
from inventory.models import Location, Product
from oms.backoffice import order_routing
from oms.backoffice.order_routing import Explained
from oms.core import display, text
from orders.models import Order


class TryForm(forms.Form):
    """An order by its number, else a basket ("SKU x 2", one a line or with commas) and where it goes."""

    try_order = forms.CharField(
        label=gettext_lazy("Order number"),
        required=False,
        max_length=32,
        widget=forms.TextInput(attrs={"dir": "ltr", "inputmode": "numeric"}),
        help_text=gettext_lazy("Planned with the stock as it was when it was routed."),
    )
    try_basket = forms.CharField(
        label=gettext_lazy("Or a basket"),
        required=False,
        max_length=1000,
        widget=forms.TextInput(attrs={"dir": "ltr"}),
        help_text=gettext_lazy("SKUs with commas between, or with a number: TEE x 2, MUG."),
    )
    try_country = forms.CharField(
        label=gettext_lazy("Country"),
        required=False,
        max_length=2,
        widget=forms.TextInput(attrs={"dir": "ltr"}),
    )
    try_city = forms.CharField(label=gettext_lazy("City"), required=False, max_length=100)
    try_service = forms.CharField(
        label=gettext_lazy("Service"),
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"dir": "ltr"}),
    )
    try_channel = forms.CharField(
        label=gettext_lazy("Channel"),
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"dir": "ltr"}),
    )
    try_tags = forms.CharField(label=gettext_lazy("Tags"), required=False, max_length=500)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A plan in words, the rule that made it, and its cost (None: nothing can send it)."""

    explained: Explained
    rule: str
    cost: Decimal | None
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """`now` by the rules as they are, `then` as they would be; `hit`: the rule in hand is the one that decides."""

    title: str
    now: Outcome
    then: Outcome
    hit: bool

    @property
    def same(self) -> bool:
        return (self.now.places, self.now.cost) == (self.then.places, self.then.cost)


@dataclass(frozen=True, slots=True)
class _Case:
    title: str
    asked: routing.Order
    about: About
    states: Sequence[routing.LocationState]
    rates: Sequence[routing.Rate]


def attempt(form: TryForm, written: Written | None, rule: Rule | None, *, is_default: bool) -> Tried | str:
    """What the rule in hand would do, or in a sentence why nothing can be tried. Writes nothing."""
    case = _case(form)
    if isinstance(case, str):
        return case
    rules = strategies.current()
    places = dict(Location.objects.values_list("code", "name"))
    now = _outcome(case, rules, places)
    if written is None:
        return Tried(case.title, now, now, False)
    draft = Rule(
        name=written.name or pgettext("rule", "(unnamed)"),
        conditions=written.conditions,
        aim=written.aim,
        enabled=written.enabled,
        valid_from=written.valid_from,
        valid_until=written.valid_until,
        is_default=is_default,
    )
    changed = with_draft(rules, draft, rule)
    then = _outcome(case, changed, places)
    chosen = strategies.choose(changed, case.about, case.asked.now)
    return Tried(case.title, now, then, chosen.rule is draft)


def with_draft(rules: list[Rule], draft: Rule, rule: Rule | None) -> list[Rule]:
    """The rule set with the one in hand: in its own place, a new one last before the default."""
    if rule is not None:
        return [draft if one.rule_id == rule.rule_id else one for one in rules]
    if draft.is_default:
        return [*(one for one in rules if not one.is_default), draft]
    return [*(one for one in rules if not one.is_default), draft, *(one for one in rules if one.is_default)]


def _outcome(case: _Case, rules: Sequence[Rule], places: Mapping[str, str]) -> Outcome:
    plan, chosen = planning.plan(case.asked, case.states, case.rates, rules, case.about)
    decision = RoutingDecision(outcome=plan.outcome, trace=plan.trace.as_json() | planning.ruled(chosen))
    explained = order_routing.explain(decision, places, [line.sku for line in case.asked.lines])
    return Outcome(
        explained,
        chosen.rule.name if chosen.rule else "",
        plan.cost if plan.outcome == "planned" else None,
        tuple(parcel.location for parcel in plan.parcels),
    )


def _case(form: TryForm) -> _Case | str:
    if not form.is_valid():
        return _("Write an order number, or a basket and a country.")
    given = form.cleaned_data
    number = text.digits(given["try_order"]).strip().lstrip("#")
    if number:
        order = (
            Order.objects.select_related("channel")
            .filter(number=number if number.isdecimal() else -1)
            .first()
        )
        return (
            _of_order(order)
            if order
            else _("There is no order %(number)s.") % {"number": display.isolated(number)}
        )
    if not given["try_basket"].strip():
        facts = RoutingFacts.objects.select_related("decision__order__channel").order_by("-at").first()
        if facts is None:
            return _("Write an order number, or a basket and a country.")
        return _of_order(facts.decision.order)
    return _of_basket(given)


def _of_order(order: Order) -> _Case | str:
    """As its newest decision saw it; else its lines against the stock of now."""
    title = _("Order %(number)s") % {"number": display.isolated(str(order.number))}
    facts = (
        RoutingFacts.objects.filter(decision__order=order).select_related("network").order_by("-at").first()
    )
    if facts is not None:
        asked, about, states, rates = remembering.recall(facts)
        # Rules are chosen by their dates as of now: a rule that begins today is tried on yesterday's orders.
        return _Case(title, asked, about, states, rates)
    units = {line.product: line.quantity for line in order.lines.select_related("product")}
    now = timezone.now()
    basket = promising.read(units, order.shipping_address or {}, now)
    asked = terms.as_order(basket.demand, basket.address, service=order.shipping_service, now=now)
    return _Case(title, asked, strategies.about(order), basket.states, basket.rates)


def _of_basket(given: Mapping[str, Any]) -> _Case | str:
    wanted: dict[str, int] = {}
    for part in given["try_basket"].replace("،", ",").replace("\n", ",").split(","):
        sku, _x, units = part.strip().rpartition(" x ")
        if not sku:
            sku, units = part.strip(), "1"
        units = text.digits(units).strip()
        if sku.strip():
            wanted[sku.strip()] = wanted.get(sku.strip(), 0) + (int(units) if units.isdecimal() else 1)
    known = {product.sku: product for product in Product.objects.filter(sku__in=wanted)}
    unknown = [sku for sku in wanted if sku not in known]
    if unknown or not wanted:
        return _("There is no product %(sku)s.") % {"sku": display.isolated((unknown or [""])[0])}
    country = given["try_country"].strip().upper()
    if not country:
        return _("Write the country it goes to.")
    now = timezone.now()
    basket = promising.read(
        {known[sku]: n for sku, n in wanted.items()}, {"country": country, "city": given["try_city"]}, now
    )
    service = given["try_service"].strip() or "standard"
    value = sum((known[sku].price or Decimal(0)) * n for sku, n in wanted.items())
    about = About(
        channel=given["try_channel"].strip(),
        country=country,
        service=service,
        tags=tuple(tag.strip() for tag in given["try_tags"].replace("،", ",").split(",") if tag.strip()),
        value=Decimal(value),
        currency=settings.COMPANY_CURRENCY,
    )
    asked = terms.as_order(basket.demand, basket.address, service=service, now=now)
    return _Case(_("This basket"), asked, about, basket.states, basket.rates)
