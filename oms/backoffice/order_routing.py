"""Why an order is sent from where it is, in plain words: every candidate, its cost or what spoke against it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext, npgettext
from django.utils.translation import gettext as _

from fulfillment.models import RoutingDecision
from oms.backoffice.hold_notes import unplanned
from oms.core import display, reading
from oms.core.reading import figure

REFUSALS: dict[str, str | Promise] = {
    "inactive": gettext_lazy("It is switched off."),
    "not_pickup_location": gettext_lazy("The customer collects the order elsewhere."),
    "no_capacity": gettext_lazy("It can take no more orders today."),
    "capability_missing": gettext_lazy("It cannot prepare these items."),
    "no_stock": gettext_lazy("Not enough stock."),
    "no_carrier": gettext_lazy("No carrier takes this service from there to the address."),
    "cod_above_limit": gettext_lazy("The carrier does not collect that much cash."),
    "bad_address": gettext_lazy("The address is not complete enough to send to."),
    "closed": gettext_lazy("It is closed on the days that would do."),
    "safety_stock": gettext_lazy("What is left there is its safety stock."),
    "expires": gettext_lazy("What is left there expires too soon."),
    "too_heavy": gettext_lazy("Too heavy for the carriers from there."),
    "after_cutoff": gettext_lazy("Its cut-off has passed; it would leave too late."),
    "too_slow": gettext_lazy("It would arrive too late."),
    "not_served": gettext_lazy("The stock went to orders that come first."),
    "rejected": gettext_lazy("It refused this order."),
    "not_sent_to": gettext_lazy("It does not send to that country."),
    "left_out": gettext_lazy("Staff left it out."),
    "not_asked": gettext_lazy("Staff named another location."),
    "not_needed": gettext_lazy("Fewer of these locations send the same for less."),
    "dearer": gettext_lazy("It costs more."),
}

PARTS: tuple[tuple[str, str | Promise], ...] = (
    ("shipping", gettext_lazy("Carrier")),
    ("handling", gettext_lazy("Preparing")),
    ("split", gettext_lazy("Extra parcels")),
    ("lateness", gettext_lazy("Lateness")),
    ("stockout", gettext_lazy("Risk of running out")),
    ("distance", gettext_lazy("Distance")),
    ("days", gettext_lazy("Time")),
    ("priority", gettext_lazy("Priority")),
    ("goods", gettext_lazy("Book value")),
)


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way of sending: from where, at what cost, and in words why it won or lost."""

    places: list[str]
    chosen: bool
    why: str
    total: Decimal | None = None
    parts: list[Part] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Explained:
    """The decision: a sentence, the candidates, and the locations that took no part. Company's currency."""

    at: datetime
    planned: bool
    headline: str
    currency: str
    candidates: list[Candidate]
    left_out: list[Candidate]
    more: int
    rule: str = ""


def explain(decision: RoutingDecision, places: Mapping[str, str], skus: Iterable[str]) -> Explained:
    """The newest decision for a reader. `places` names locations, `skus` are those of the order."""
    trace, known = decision.trace or {}, list(dict.fromkeys(skus))
    given = trace.get("candidates", [])
    best = next((_total(one) for one in given if one.get("chosen")), None)
    candidates = [
        Candidate(
            [places.get(code, code) for code in one.get("locations", [])],
            bool(one.get("chosen")),
            _why(one, best, known),
            _total(one),
            _parts(one),
        )
        for one in given
    ]
    left_out = [
        Candidate(
            [places.get(one["code"], one["code"])],
            False,
            " ".join(dict.fromkeys(refusal(why, known) for why in one.get("why_not", []))),
        )
        for one in trace.get("locations", [])
        if not one.get("usable")
    ]
    return Explained(
        decision.at,
        decision.outcome == "planned",
        _headline(decision, candidates),
        settings.COMPANY_CURRENCY,
        candidates,
        left_out,
        int(trace.get("left_out", 0)),
        _rule(trace),
    )


def _rule(trace: Mapping[str, Any]) -> str:
    rule = trace.get("rule")
    if not rule:
        return ""
    if not rule.get("version"):
        return _("By the rule %(name)s, not saved yet.") % {"name": display.isolated(rule["name"])}
    # Translators: the rule that chose how the order is routed.
    return _("By the rule %(name)s, version %(version)s.") % {
        "name": display.isolated(rule["name"]),
        "version": figure(int(rule["version"])),
    }


def _headline(decision: RoutingDecision, candidates: list[Candidate]) -> str:
    if decision.outcome != "planned":
        return unplanned(decision)
    chosen = next((one for one in candidates if one.chosen), None)
    possible = sum(1 for one in candidates if one.total is not None)
    if chosen is None:
        return _("Nothing was left to send.")
    if (decision.trace.get("aim") or {}).get("kind") == "lexicographic":
        # Translators: %(place)s is one location or several; %(count)s ways of sending were compared.
        sentence = npgettext(
            "by a rule",
            "%(place)s: the only way to send it.",
            "%(place)s: the best of %(count)s ways to send it.",
            possible,
        )
    else:
        # Translators: %(place)s is one location or several; %(count)s ways of sending were compared.
        sentence = ngettext(
            "%(place)s: the only way to send it.",
            "%(place)s: the cheapest of %(count)s ways to send it.",
            possible,
        )
    return sentence % {"place": " + ".join(map(display.isolated, chosen.places)), "count": figure(possible)}


def _why(one: Mapping[str, Any], best: Decimal | None, skus: list[str]) -> str:
    if one.get("chosen"):
        return _("Chosen")
    total = _total(one)
    if total is not None and best is not None:
        if total == best:
            return _("As cheap; the other comes first by priority.")
        if total < best:
            return _("%(amount)s cheaper, but worse by what counts first.") % {"amount": _money(best - total)}
        return _("%(amount)s dearer") % {"amount": _money(total - best)}
    return refusal(one.get("why_not") or {}, skus)


def refusal(why: Mapping[str, Any], skus: list[str]) -> str:
    """A refusal of the trace in the reader's words, with the SKUs it names."""
    said = str(REFUSALS.get(str(why.get("code", "")), why.get("detail", "")))
    named = [sku for sku in skus if sku in str(why.get("detail", ""))]
    if not named:
        return said
    end = "." if said.endswith(".") else ""
    return f"{said.removesuffix('.')} ({', '.join(map(display.isolated, named))}){end}"


def _total(one: Mapping[str, Any]) -> Decimal | None:
    cost = one.get("cost")
    return Decimal(cost["total"]) if cost else None


def _parts(one: Mapping[str, Any]) -> list[Part]:
    cost = one.get("cost") or {}
    return [Part(str(name), Decimal(cost[key])) for key, name in PARTS if key in cost and Decimal(cost[key])]


def _money(amount: Decimal) -> str:
    language = get_language() or "en"
    written = display.money(amount, settings.COMPANY_CURRENCY, language)
    return display.isolated(display.digits_for(written, language, reading.reader().digits))
