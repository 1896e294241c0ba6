"""A replay in figures and charts: what happened beside what other rules would have done.

Drawn on the server, as the dashboard's bars are: without a script, on paper too, in either direction and theme.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from oms.backoffice.bars import FULL, round_top
from oms.core import display

# So many days to a bar that no more than MOST are drawn.
SPANS = (1, 7, 28, 91, 364)
MOST = 31
LABELS = 6


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure on both sides with their shares of the greater; `better` where the change is for the good, None
    where it is neither."""

    name: str
    was: str
    then: str
    change: str
    better: bool | None
    was_share: int
    then_share: int


@dataclass(frozen=True, slots=True)
class Load:
    """Shipments of one location on both sides, and their shares of the most there are."""

    name: str
    was: int
    then: int
    was_share: int
    then_share: int


@dataclass(frozen=True, slots=True)
class Bar:
    """What an order cost on average that was placed in these days, on both sides."""

    first: date
    last: date
    was: str
    then: str
    was_height: int
    then_height: int
    labelled: bool
    on_phone: bool

    @property
    def was_top(self) -> int:
        return FULL - self.was_height

    @property
    def then_top(self) -> int:
        return FULL - self.then_height


@dataclass(frozen=True, slots=True)
class Days:
    """`scale`: the figures at the lines, from the top down."""

    bars: list[Bar]
    scale: tuple[int, int, int]


def table(result: Mapping[str, Any]) -> list[Figure]:
    was, then = result.get("was", {}), result.get("then", {})
    if not was:
        return []
    money = (Decimal(was.get("money", "0")), Decimal(then.get("money", "0")))
    sent = (was.get("sent", 0), then.get("sent", 0))
    took = [_per(Decimal(str(side.get("hours", 0))) / 24, side.get("sent", 0)) for side in (was, then)]
    return [
        _figure(_in_money(_("Carriers and packing")), money[0], money[1], _plain_money),
        _figure(
            _in_money(_("For each order")), _per(money[0], sent[0]), _per(money[1], sent[1]), _plain_money
        ),
        _figure(_("Parcels"), was.get("shipments", 0), then.get("shipments", 0), _number),
        _figure(_("Split orders"), _share(was, "split"), _share(then, "split"), _percent),
        _figure(_("Days until it arrives"), took[0], took[1], _number),
        _figure(_("Late"), _share(was, "late"), _share(then, "late"), _percent),
        _figure(_("Could not be sent"), was.get("unsent", 0), then.get("unsent", 0), _number),
    ]


def loads(result: Mapping[str, Any], places: Mapping[str, str]) -> list[Load]:
    was, then = (result.get(side, {}).get("load", {}) for side in ("was", "then"))
    most = max([1, *was.values(), *then.values()])
    codes = sorted({*was, *then}, key=lambda code: (-was.get(code, 0), code))
    return [
        Load(
            places.get(code, code),
            was.get(code, 0),
            then.get(code, 0),
            100 * was.get(code, 0) // most,
            100 * then.get(code, 0) // most,
        )
        for code in codes
    ]


def days(result: Mapping[str, Any]) -> Days | None:
    """None for a replay that kept no days, or only one."""
    kept = {date.fromisoformat(day): sums for day, sums in result.get("days", {}).items() if sums.get("sent")}
    if len(kept) < 2:
        return None
    first = min(kept)
    step = next((days for days in SPANS if (max(kept) - first).days // days < MOST), SPANS[-1])
    spans: dict[date, list[Mapping[str, Any]]] = defaultdict(list)
    for day, sums in sorted(kept.items()):
        spans[first + timedelta(days=(day - first).days // step * step)].append(sums)
    found = {day: (_average(sums, "was"), _average(sums, "then")) for day, sums in spans.items()}
    most = max(int(max(both)) + 1 for both in found.values())
    top = round_top(most)
    if top % 8 == 0 and most <= top * 3 // 4:
        # 30 rather than 40, 60 rather than 80: the bars fill the drawing.
        top = top * 3 // 4
    every = -(-len(found) // LABELS)
    bars = [
        Bar(
            day,
            day + timedelta(days=step - 1),
            _money(was),
            _money(then),
            round(was * FULL / top),
            round(then * FULL / top),
            not place % every,
            # Half as many fit a hand.
            not place % (2 * every),
        )
        for place, (day, (was, then)) in enumerate(found.items())
    ]
    return Days(bars, (top, top // 2, 0))


def _average(sums: list[Mapping[str, Any]], side: str) -> Decimal:
    return _per(sum((Decimal(one[side]) for one in sums), Decimal(0)), sum(one["sent"] for one in sums))


def _figure(name: str, was: Any, then: Any, shown: Callable[[Any], str]) -> Figure:
    """Of all these figures less is better."""
    change, most = then - was, max(was, then) or 1
    better = None if not change else change < 0
    told = _signed(change, shown) if change else "–"
    return Figure(
        name, shown(was), shown(then), told, better, round(100 * was / most), round(100 * then / most)
    )


def _signed(change: Any, shown: Callable[[Any], str]) -> str:
    """The sign and its figure in one isolate, so that neither turns in a line from the right."""
    sign = "+" if change > 0 else "−"
    plain = display.without_direction_marks(shown(abs(change)))
    return display.isolated(f"{sign}{plain}")


def _per(amount: Decimal, count: int) -> Decimal:
    return (amount / count).quantize(Decimal("0.01")) if count else Decimal(0)


def _share(side: Mapping[str, Any], name: str) -> Decimal:
    sent = side.get("sent", 0)
    return (Decimal(100 * side.get(name, 0)) / sent).quantize(Decimal("0.1")) if sent else Decimal(0)


def _money(amount: Decimal) -> str:
    return display.money(amount, settings.COMPANY_CURRENCY, get_language() or "en")


def _plain_money(amount: Decimal) -> str:
    return display.figure(amount, settings.COMPANY_CURRENCY, get_language() or "en")


def _in_money(name: str) -> str:
    """The currency once, beside the name: a phone has no room for it beside each figure."""
    return f"{name} ({display.currency_sign(settings.COMPANY_CURRENCY, get_language() or 'en')})"


def _number(amount: Decimal | int) -> str:
    return display.isolated(display.number(amount, get_language() or "en"))


def _percent(share: Decimal) -> str:
    return display.isolated(display.percent(share, get_language() or "en"))
