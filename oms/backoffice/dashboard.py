"""The start: today against the same day last week, what waits at each step, what is late or gone."""

from datetime import date
from typing import Any

from django.http import HttpResponseBase
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from oms.backoffice import bars, navigation
from oms.backoffice.figures import Figures, figures
from oms.backoffice.search import link
from oms.core import badges
from oms.core.access import Principal
from oms.core.counting import counted
from oms.core.pages import part_or_page, staff_page
from oms.core.templatetags.staff import capped_words

# Of the stages orders are stuck at, those with most of them.
STAGES_SHOWN = 2


@staff_page(methods=("GET", "HEAD"))
def dashboard(request: Any) -> HttpResponseBase:
    """Few figures with what they compare to, each opening its list; charts with a table beside. The page asks for
    itself again twice a minute."""
    known = figures(request.principal)
    today = timezone.localdate().isoformat()
    context = {
        "figures": known,
        "today": timezone.localdate(),
        "hour": timezone.now(),
        "lists": {
            "today": _list("order-list", placed_after=today),
            "late": _list("shipment-list", late="true"),
            "soon": _list("shipment-list", late="soon"),
            "stuck": _list("order-list", stuck="true"),
            "important": _list("order-list", important="true"),
            "out": _list("stock-list", state="out"),
            "low": _list("stock-alerts", kind="low"),
            "returns": _list("return-list", reimbursement="pending"),
        },
        "attention": known.late is not None or known.stuck is not None,
        "stuck": _stuck(known.stuck or {}),
        "steps": _steps(known) if known.sales else _floor(request.principal),
        "chart": bars.week(known.sales.days, _day_list) if known.sales else None,
    }
    return part_or_page(request, "staff/dashboard.html", "staff/_dashboard.html", context)


def _list(name: str, **query: str) -> str:
    address = link(name)
    return f"{address}?{urlencode(query)}".rstrip("?") if address else ""


def _stuck(by_stage: dict[str, int]) -> dict[str, Any]:
    """How many stand too long, and where most of them do."""
    most = sorted((stage for stage, count in by_stage.items() if count), key=lambda stage: -by_stage[stage])
    # Translators: a stage of orders, and how many stand there.
    stages = [
        _("%(stage)s: %(count)s")
        % {"stage": badges.badge("stage", stage).text, "count": capped_words(by_stage[stage])}
        for stage in most[:STAGES_SHOWN]
    ]
    return {"count": sum(by_stage.values()), "stages": stages}


def _steps(known: Figures) -> list[dict[str, Any]]:
    """The backlog's steps, each opening its orders."""
    return _shares(
        [
            (badges.badge("stage", stage), count, _list("order-list", stage=stage))
            for stage, count in known.backlog
        ]
    )


# Where the floor works on what stands so, for those who see parcels and no orders.
FLOOR = (
    ("planned", "release-queue", navigation.to_release),
    ("released", "pick-list", navigation.to_pick),
    ("picked", "pack-list", navigation.to_pack),
    ("labelled", "handover-list", navigation.to_hand_over),
)


def _floor(principal: Principal) -> list[dict[str, Any]]:
    """The queues of the reader's locations."""
    if not principal.may("shipments:read"):
        return []
    counts = counted({state: count(principal) for state, _, count in FLOOR})
    return _shares(
        [(badges.badge("shipment", state), counts[state], _list(name)) for state, name, _ in FLOOR]
    )


def _shares(steps: list[tuple[badges.Badge, int, str]]) -> list[dict[str, Any]]:
    """Each with its part of the longest as a bar."""
    longest = max((count for _, count, _ in steps), default=0) or 1
    return [
        {"badge": badge, "count": count, "share": min(100, round(count * 100 / longest)), "href": href}
        for badge, count, href in steps
    ]


def _day_list(day: date) -> str:
    return _list("order-list", placed_after=day.isoformat(), placed_before=day.isoformat())
