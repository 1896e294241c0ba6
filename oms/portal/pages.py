"""The customer's pages: the token in the address is the whole permission."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.http import require_http_methods, require_safe

from oms.core.errors import Problem
from oms.portal import returning, tracking
from oms.portal.forms import ReturnForm
from oms.portal.language import LANGUAGES, language_of
from orders.models import Order
from returns import telling

Page = Callable[..., HttpResponse]


def customer_page(page: Page) -> Page:
    """Find the order, speak the customer's language, keep the page out of caches, indexes and referrers."""

    @wraps(page)
    def opened(request: HttpRequest, token: str, **kwargs: str) -> HttpResponse:
        order = tracking.find(token)
        with translation.override(language_of(request, order.language if order else "en")):
            answer = page(request, order, **kwargs) if order else not_found(request)
            answer.headers["Content-Language"] = translation.get_language() or "en"
        answer.headers["Cache-Control"] = "private, no-store"
        # Not "no-referrer": a form posted from such a page carries the origin "null", and CSRF refuses it.
        answer.headers["Referrer-Policy"] = "same-origin"
        answer.headers["X-Robots-Tag"] = "noindex, nofollow"
        return answer

    return opened


@require_safe
@customer_page
def track(request: HttpRequest, order: Order) -> HttpResponse:
    """The order, its parcels and its returns."""
    page = tracking.page_for(order, timezone.now())
    return _shown(request, "portal/tracking.html", order, page=page)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def start_return(request: HttpRequest, order: Order) -> HttpResponse:
    """Which items, why, how, and what instead; then the confirmation."""
    lines = returning.returnable(order)
    form = ReturnForm(request.POST or None, lines=lines)
    if lines and request.method == "POST" and form.is_valid():
        try:
            number = returning.ask(
                order,
                form.asked(),
                method=form.cleaned_data["method"],
                resolution=form.cleaned_data["resolution"],
            )
        except Problem as refusal:
            form.add_error(None, returning.refusal_in_words(refusal))
        else:
            there = reverse("portal:return-asked", args=[order.tracking_token, number])
            return redirect(there + _language_query(request))
    answer = _shown(request, "portal/return.html", order, form=form, lines=lines)
    answer.status_code = 422 if form.errors else 200
    return answer


@require_safe
@customer_page
def return_asked(request: HttpRequest, order: Order, number: str) -> HttpResponse:
    """The return's number and what happens next."""
    page = tracking.page_for(order, timezone.now())
    asked = next((each for each in page.returns if each.number == number), None)
    if asked is None:
        return not_found(request)
    facts = next(each for each in order.returns.all() if each.number == number)
    next_step = telling.next_step(facts.method)
    return _shown(request, "portal/return_asked.html", order, page=page, asked=asked, next_step=next_step)


def not_found(request: HttpRequest) -> HttpResponse:
    """The plain answer to a wrong or revoked link: it says nothing of what might be there."""
    return render(request, "404.html", {"languages": LANGUAGES.items()}, status=404)


def _shown(request: HttpRequest, template: str, order: Order, **context: object) -> HttpResponse:
    query = _language_query(request)
    base = {
        "brand": tracking.brand(order),
        "order_number": str(order.number),
        "languages": LANGUAGES.items(),
        "tracking_url": reverse("portal:track", args=[order.tracking_token]) + query,
        "return_url": reverse("portal:return", args=[order.tracking_token]) + query,
    }
    return render(request, template, base | context)


def _language_query(request: HttpRequest) -> str:
    """A language chosen on the page stays with the customer from link to link."""
    chosen = request.GET.get("lang", "")
    return f"?lang={chosen}" if chosen in LANGUAGES else ""
