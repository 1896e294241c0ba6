"""The page that corrects a figure of stock: of its own, or inside the grid's dialog."""

from typing import Any
from uuid import UUID

from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from fulfillment import correcting
from inventory import stock_list
from inventory.models import StockLevel
from inventory.pages import FIGURES, level_of
from inventory.stock_forms import AdjustForm
from oms.core.errors import Problem
from oms.core.pages import done, part_or_page, sentence, staff_page, tell_form
from oms.core.reading import figure

# Where a refusal about lots is told.
LOT_FIELDS = {"unknown_lot": "lot", "lot_short": "lot", "lot_expiry_differs": "expires_on"}


@staff_page(scope="stock:write")
def adjust(request: Any, pk: int) -> HttpResponseBase:
    """Where less would be left than is promised, the orders that would wait again are named and agreed to first."""
    found = level_of(request.principal, pk)
    if request.method != "POST":
        state = request.GET.get("state", "")
        return _form(request, found, AdjustForm.of(found, state if state in FIGURES else FIGURES[0]))
    form = AdjustForm(request.POST, level=found)
    if not form.is_valid():
        return _form(request, found, form)
    asked = correcting.Correction(
        level=found,
        state=form.cleaned_data["state"],
        seen=form.cleaned_data["seen"],
        set_to=form.cleaned_data["set_to"],
        reason=form.cleaned_data["reason"],
        actor=request.principal.actor,
        lot=form.named_lot,
    )
    agreed = _agreed(request.POST.get("agreed", ""))
    try:
        correcting.correct(asked, agreed=agreed)
    except Problem as problem:
        if problem.code not in ("stock_committed", "promises_changed"):
            _tell(form, problem)
            return _form(request, found, form)
        return _ask(request, found, form, asked, again=agreed is not None)
    return _adjusted(request, pk)


def _ask(
    request: Any, found: StockLevel, form: AdjustForm, asked: correcting.Correction, *, again: bool
) -> HttpResponseBase:
    """Name the orders that would wait again, newest first; or say why it cannot be."""
    try:
        waits = correcting.who_would_wait(asked)
    except Problem as problem:
        if problem.code == "stock_committed":
            form.add_error("set_to", _too_little(asked))
        else:
            _tell(form, problem)
        return _form(request, found, form)
    return _form(request, found, form, waits=waits, again=again)


def _agreed(typed: str) -> dict[UUID, int] | None:
    """What was shown and agreed to, as the page wrote it: line:units, with commas; None: nothing was."""
    try:
        pairs = [one.split(":") for one in typed.split(",") if one]
        return {UUID(line): int(units) for line, units in pairs} or None
    except ValueError:
        return {}


def _tell(form: AdjustForm, problem: Problem) -> None:
    if isinstance(problem, correcting.FigureChanged):
        form.now(problem.now)
    elif problem.code in LOT_FIELDS and form.of_lots:
        form.add_error(LOT_FIELDS[problem.code], sentence(problem))
    else:
        tell_form(form, problem)


def _adjusted(request: Any, pk: int) -> HttpResponseBase:
    said = _("The figure is corrected.")
    if not (request.htmx and request.POST.get("row")):
        return done(request, said, reverse("stock-level", args=[pk]))
    done(request, said)
    page = stock_list.LISTING.read(request, stock_list.rows(request.principal))
    context = {"row": level_of(request.principal, pk), "list": page, "shows": page.shows, "writes": True}
    answer = render(request, "inventory/_stock_row.html", context)
    answer.headers["HX-Retarget"] = f"#level-{pk}"
    answer.headers["HX-Reswap"] = "outerHTML"
    answer.headers["HX-Trigger-After-Swap"] = "stock-saved"
    return answer


def _too_little(asked: correcting.Correction) -> str:
    """Why a figure cannot be so: what would have to fit into what is on hand."""
    level = asked.level
    then = {"on_hand": level.on_hand, "damaged": level.damaged, "quality_control": level.quality_control}
    then[asked.state] = asked.set_to
    return _(
        "%(committed)s promised to orders, %(damaged)s damaged and %(checked)s in quality control "
        "do not fit into %(there)s on hand."
    ) % {
        "committed": figure(level.promised),
        "damaged": figure(then["damaged"]),
        "checked": figure(then["quality_control"]),
        "there": figure(then["on_hand"]),
    }


def _form(
    request: Any,
    found: StockLevel,
    form: AdjustForm,
    *,
    waits: list[correcting.Waits] | None = None,
    again: bool = False,
) -> HttpResponseBase:
    state = form["state"].value()
    state = state if state in FIGURES else FIGURES[0]
    context = {
        "level": found,
        "form": form,
        "state": state,
        "figure": getattr(found, state),
        "row": request.GET.get("row") or request.POST.get("row", ""),
        "waits": waits,
        "again": again,
        "agreed": ",".join(f"{one.line}:{one.units}" for one in waits or ()),
        "sees_orders": request.principal.may("orders:read"),
    }
    status = 422 if form.is_bound else 200
    return part_or_page(
        request, "inventory/adjust.html", "inventory/_adjust_form.html", context, status=status
    )
