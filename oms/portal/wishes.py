"""The page behind “no more such messages”: a customer's wish for a sold-out product ends."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from inventory import wishes
from inventory.models import Product, Wish, WishState
from oms.portal.language import LANGUAGES, language_of


# Mail programs post here for their reader (RFC 8058), without a page of ours; the token is the whole permission.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def wish(request: HttpRequest, token: str) -> HttpResponse:
    """What is waited for, and the button that ends it."""
    found = Wish.objects.select_related("product", "channel").filter(token=token).first()
    with translation.override(language_of(request, found.language if found else "en")):
        answer = _answer(request, found)
        answer.headers["Content-Language"] = translation.get_language() or "en"
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Referrer-Policy"] = "same-origin"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def _answer(request: HttpRequest, found: Wish | None) -> HttpResponse:
    if found is None:
        return render(request, "404.html", {"languages": LANGUAGES.items()}, status=404)
    stopped = request.method == "POST"
    if stopped:
        wishes.leave_alone(found)
        found.refresh_from_db()
    context = {
        "brand": found.channel.brand or found.channel.name,
        "languages": LANGUAGES.items(),
        "product": _name(found.product),
        "waits": found.state == WishState.WAITING,
        "stopped": stopped or found.state == WishState.CANCELLED,
    }
    return render(request, "portal/wish.html", context)


def _name(product: Product) -> str:
    names = product.name
    return str(names.get(translation.get_language() or "en") or names.get("en") or product.sku)
