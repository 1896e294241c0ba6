"""The page behind “no more such messages” of a campaign: a customer refuses marketing, and may take that back."""

from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from channels import campaign_texts
from oms.portal.language import LANGUAGES, language_of
from orders import describing
from orders.models import Customer, Marketing


# Mail programs post here for their reader (RFC 8058), without a page of ours; the signature is the whole permission.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def marketing(request: HttpRequest, token: str) -> HttpResponse:
    """Asking changes nothing, because mail scanners follow links; the button does."""
    found = _customer(token)
    with translation.override(language_of(request, found.language or "en" if found else "en")):
        answer = _answer(request, found)
        answer.headers["Content-Language"] = translation.get_language() or "en"
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Referrer-Policy"] = "same-origin"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def _answer(request: HttpRequest, found: Customer | None) -> HttpResponse:
    if found is None:
        return render(request, "404.html", {"languages": LANGUAGES.items()}, status=404)
    if request.method == "POST":
        wanted = Marketing.AGREED if request.POST.get("again") else Marketing.REFUSED
        found = describing.agree(found, wanted, actor="customer")
    words = found.name.split()
    context = {
        "languages": LANGUAGES.items(),
        "first_name": words[0] if words else "",
        "refused": found.marketing == Marketing.REFUSED,
        "done": request.method == "POST",
    }
    return render(request, "portal/marketing.html", context)


def _customer(token: str) -> Customer | None:
    try:
        return Customer.objects.filter(pk=campaign_texts.customer_of(token)).first()
    except (signing.BadSignature, ValidationError):
        return None
