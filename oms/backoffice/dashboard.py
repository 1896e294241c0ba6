"""The start: today against the same day last week, what waits at each step, what is late or gone."""

from datetime import date
from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode

from oms.backoffice import bars
from oms.backoffice.figures import Figures, figures
from oms.backoffice.search import link
from oms.core import badges
from oms.core.pages import staff_page


@staff_page(methods=("GET", "HEAD"))
def dashboard(request: Any) -> HttpResponseBase:
    """Few figures with what they compare to, each opening its list; charts with a table beside."""
    known = figures(request.principal)
    today = timezone.localdate().isoformat()
    context = {
        "figures": known,
        "today": timezone.localdate(),
        "hour": timezone.now(),
        "lists": {
            "today": _list("order-list", placed_after=today),
            "late": _list("order-list", late="true") or _list("shipment-list", late="true"),
            "out": _list("stock-list", state="out"),
            "low": _list("stock-alerts", kind="low"),
            "returns": _list("return-list", reimbursement="pending"),
        },
        "steps": _steps(known),
        "chart": bars.week(known.sales.days, _day_list) if known.sales else None,
    }
    return render(request, "staff/dashboard.html", context)


def _list(name: str, **query: str) -> str:
    address = link(name)
    return f"{address}?{urlencode(query)}" if address else ""


def _steps(known: Figures) -> list[dict[str, Any]]:
    """The backlog's steps, each with its share of the longest as a bar."""
    longest = max((count for _, count in known.backlog), default=0) or 1
    return [
        {
            "badge": badges.badge("stage", stage),
            "count": count,
            "share": min(100, round(count * 100 / longest)),
            "href": _list("order-list", stage=stage),
        }
        for stage, count in known.backlog
    ]


def _day_list(day: date) -> str:
    return _list("order-list", placed_after=day.isoformat(), placed_before=day.isoformat())
