"""The door of every staff page: who may open it, in whose language, and how a refusal is told.

A view decorated with `staff_page` finds `request.principal` (oms.core.access), `request.htmx`, the reader's
language, clocks and digits active. It may raise any `oms.core.errors.Problem`: a read becomes a page that
says so, a write becomes a toast on the page it came from. Forms show refusals beside their fields through
`tell_form`. A write ends with `done`: Post/Redirect/Get, or the same by htmx.
"""

import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from urllib.parse import quote, urlsplit

from django import forms
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from django_htmx.middleware import HtmxDetails

from oms.core import display, reading
from oms.core.access import Principal, principal_of_user
from oms.core.errors import Forbidden, NotFound, Problem
from oms.core.reading import reading_as
from oms.core.saying import Said

View = Callable[..., HttpResponseBase]

# What a refusal means for the person who tried; any other code speaks through its own detail.
SENTENCES = {
    "forbidden": gettext_lazy("Your role does not allow that."),
    "scope": gettext_lazy("Your role does not allow that."),
    "not_found": gettext_lazy("It is no longer there, or not yours to see."),
    "conflict": gettext_lazy("Someone changed it meanwhile. Look again, then repeat."),
    "illegal_move": gettext_lazy("That step is out of turn now. Someone may have been quicker."),
    "on_hold": gettext_lazy("The order is on hold. Release it first."),
    "insufficient_stock": gettext_lazy("There is not enough stock."),
    "stock_committed": gettext_lazy("That would leave less than is promised to orders."),
    "precondition_failed": gettext_lazy("It changed since you opened it. Look again, then repeat."),
    "over_capture": gettext_lazy("That is more than is left to be collected."),
    "over_refund": gettext_lazy("That is more than was paid."),
    "nothing_selected": gettext_lazy("No row is selected any more."),
    "too_many_orders": gettext_lazy("That is too much at once. Narrow the filters, then repeat."),
    "not_in_shipment": gettext_lazy("Wrong item: it is not in this shipment."),
    "too_many": gettext_lazy("That is more than this shipment asks for."),
    "nothing_short": gettext_lazy("Nothing of that is left to pick."),
    "nothing_to_undo": gettext_lazy("There is no scan to take back."),
    "scan_known": gettext_lazy("That scan belongs to another shipment."),
    "month_out_of_turn": gettext_lazy("That month is not next to be closed."),
    "counted_already": gettext_lazy("Another open count has some of this already."),
    "nothing_counted": gettext_lazy("Nothing is counted yet."),
    "empty": gettext_lazy("There is nothing to count."),
    "not_a_count": gettext_lazy("Type a whole number."),
    "unknown_lot": gettext_lazy("There is no such lot here."),
    "lot_required": gettext_lazy("Say which lot."),
    "lot_short": gettext_lazy("There are not that many of this lot."),
    "lot_quarantined": gettext_lazy("This lot is in quarantine. Leave it."),
    "lot_expired": gettext_lazy("This lot is past its last day. Leave it."),
    "lot_expiry_differs": gettext_lazy("This lot is known with another last day."),
    "lots_in_stock": gettext_lazy("There are units in lots still."),
    "not_what_was_picked": gettext_lazy("The boxes do not hold what was picked. Count again."),
    "no_carrier": gettext_lazy("No carrier takes this parcel. Choose one yourself, or look at the rates."),
    "no_rate": gettext_lazy("That carrier has no price for this parcel."),
    "unknown_carrier": gettext_lazy("There is no such carrier."),
    "too_many_shipments": gettext_lazy("That is too much at once. Take at most 100 shipments."),
    "no_paper": gettext_lazy("This paper is not printed yet."),
    "own_access": gettext_lazy("Nobody takes away their own access."),
    "last_admin": gettext_lazy("The last admin stays."),
    "too_many_endpoints": gettext_lazy("There are too many webhooks already. Remove one first."),
    "own_request": gettext_lazy("Someone else approves what you asked for."),
    "other_location": gettext_lazy("That is another location's affair."),
    "no_lines": gettext_lazy("There is nothing on it yet."),
    "no_photos": gettext_lazy("Choose up to 20 photos."),
    "too_many_photos": gettext_lazy("A return has at most 20 photos."),
    "photo_too_large": gettext_lazy("A photo is too large. At most 20 MB each."),
    "not_a_photo": gettext_lazy("This is no photo we can read: JPEG, PNG or WebP."),
    "unavailable": gettext_lazy("Not available right now. Please try again."),
}


class StaffRequest(HttpRequest):
    """What a view gets; for type hints alone."""

    principal: Principal
    htmx: HtmxDetails


def staff_page(
    scope: str = "", *, methods: tuple[str, ...] = ("GET", "HEAD", "POST"), whole: bool = True
) -> Callable[[View], View]:
    """Only for signed-in staff whose role has `scope` (empty: any member of staff).

    An address that only takes writes leads who opens or reloads it to the page above it. `whole`: False for a
    part of a page, where nobody is led.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def opened(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
            request.htmx = HtmxDetails(request)
            if not request.user.is_authenticated:
                return _to_login(request)
            with reading_as(request.user):
                answer = _answer(view, scope, request, *args, **kwargs)
                answer.headers["Content-Language"] = request.user.language
            answer.headers.setdefault("Cache-Control", "private, no-store")
            return answer

        allowed = require_http_methods(list(methods))(opened)

        @wraps(view)
        def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
            read = request.method in ("GET", "HEAD") and "HX-Request" not in request.headers
            if read and "GET" not in methods:
                return HttpResponseRedirect(page_above(request.path))
            return allowed(request, *args, **kwargs)

        # Read by `page_above`, and by the tests' walk over every route and role.
        guarded.staff_scope, guarded.staff_methods = scope, methods  # type: ignore[attr-defined]
        guarded.staff_reads = whole and "GET" in methods  # type: ignore[attr-defined]
        return guarded

    return decorate


def _answer(view: View, scope: str, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
    try:
        request.principal = principal_of_user(request.user)
        if scope:
            request.principal.require(scope)
        answer = view(request, *args, **kwargs)
        if hasattr(answer, "render") and not getattr(answer, "is_rendered", True):
            answer.render()
    except Problem as problem:
        return refused(request, problem)
    except Http404:
        return refused(request, NotFound())
    if request.htmx and not request.htmx.boosted and answer.status_code == 200:
        _say_over_htmx(request, answer)
    return answer


def _to_login(request: Any) -> HttpResponseBase:
    if request.htmx:
        here = urlsplit(request.htmx.current_url or "/")
        login = redirect_to_login(here.path + (f"?{here.query}" if here.query else ""))
        return HttpResponse(headers={"HX-Redirect": login["Location"]})
    return redirect_to_login(request.get_full_path())


def sentence(problem: Problem) -> str:
    """A refusal as a sentence in the reader's language."""
    known = SENTENCES.get(problem.code)
    return str(known) if known else told(problem.detail)


def told(detail: object) -> str:
    """What a refusal, a reader of amounts or of text said in English, in the reader's language."""
    text = str(detail)
    return filled(text.pattern, text.facts) if isinstance(text, Said) else _(text)


def filled(pattern: str, facts: Mapping[str, str | int]) -> str:
    """A sentence by its pattern, what it is about set apart from the line's direction."""
    if not facts:
        return _(pattern)
    shown = {name: reading.figure(fact) if isinstance(fact, int) else fact for name, fact in facts.items()}
    return _(pattern) % {name: display.isolated(fact) for name, fact in shown.items()}


def refused(request: Any, problem: Problem) -> HttpResponseBase:
    """A refusal told where it happened: a toast for a write and for htmx, a page of its own for a read."""
    if request.htmx:
        answer = HttpResponse(status=problem.status)
        return _toasts(answer, [{"tone": "bad", "text": sentence(problem)}])
    if request.method == "POST" and not isinstance(problem, Forbidden):
        messages.error(request, sentence(problem))
        return HttpResponseRedirect(came_from(request))
    return render(
        request,
        "staff/refused.html",
        {"problem": problem, "sentence": sentence(problem)},
        status=problem.status,
    )


def done(request: Any, text: str, to: str = "") -> HttpResponseBase:
    """The end of a write: says `text` in a toast and shows `to` (empty: the page it was started from)."""
    messages.success(request, text)
    where = to or came_from(request)
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": where})
    return HttpResponseRedirect(where)


def part_or_page(
    request: Any, page: str, part: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """The whole page, or only the `part` of it that htmx asked for."""
    wanted = request.htmx and not request.htmx.boosted and not request.htmx.history_restore_request
    return render(request, part if wanted else page, dict(context), status=status)


def tell_form(form: forms.BaseForm, problem: Problem, fields: Mapping[str, str] | None = None) -> None:
    """A refusal beside the field it is about: by `fields` (JSON pointer to field name), else by the pointer's
    last part where the form has such a field, else above the form."""
    placed = False
    for error in problem.errors:
        pointer = str(error.get("pointer", ""))
        name = (fields or {}).get(pointer, pointer.rpartition("/")[2])
        if name in form.fields:
            form.add_error(name, _beside(error, problem))
            placed = True
    if not placed:
        form.add_error(None, sentence(problem))


def _beside(error: Mapping[str, Any], problem: Problem) -> str:
    detail = error.get("detail", problem.detail)
    known = SENTENCES.get(str(error.get("code", problem.code)))
    return str(known) if known and not isinstance(detail, Said) else told(detail)


def page_above(path: str) -> str:
    """The nearest address above this one that is a page of staff: "/orders/10240/" of "/orders/10240/cancel/"."""
    parts = path.strip("/").split("/")
    for end in range(len(parts) - 1, 0, -1):
        above = f"/{'/'.join(parts[:end])}/"
        try:
            found = resolve(above).func
        except Resolver404:
            continue
        if getattr(found, "staff_reads", False):
            return quote(above)
    return "/"


def came_from(request: HttpRequest) -> str:
    """The page of ours a form was sent from: its `next` field, else the referrer, else the start."""
    for candidate in (request.POST.get("next", ""), request.headers.get("Referer", "")):
        if candidate and url_has_allowed_host_and_scheme(candidate, allowed_hosts={request.get_host()}):
            return candidate
    return "/"


def _say_over_htmx(request: Any, answer: HttpResponseBase) -> None:
    """Messages travel in a header with a part of a page; whole pages print them."""
    said = [{"tone": TONES.get(m.level_tag, "info"), "text": str(m)} for m in messages.get_messages(request)]
    if said:
        _toasts(answer, said)


TONES = {"success": "ok", "error": "bad", "warning": "warn", "info": "info"}


def _toasts(answer: Any, toasts: list[dict[str, str]]) -> HttpResponseBase:
    answer.headers["HX-Trigger"] = json.dumps({"toasts": toasts})
    return answer  # type: ignore[no-any-return]
