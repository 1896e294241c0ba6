"""Which language a customer reads: `?lang`, else the browser's, else the order's."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation.trans_real import parse_accept_lang_header

LANGUAGES = dict(settings.LANGUAGES)


def language_of(request: HttpRequest, otherwise: str = "en") -> str:
    """One of our languages. Neither session nor cookie: a link shows the same to whoever opens it."""
    asked = _known(request.GET.get("lang", ""))
    if asked:
        return asked
    for code, _quality in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        accepted = _known(code)
        if accepted:
            return accepted
    return _known(otherwise) or "en"


def _known(code: str) -> str:
    """Our language behind "ar-SA" or "AR", or nothing."""
    main = code.lower().partition("-")[0]
    return main if main in LANGUAGES else ""
