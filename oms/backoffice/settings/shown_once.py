"""A secret that was just made, shown on a page of its own once: a reload neither makes another nor shows it again."""

import time
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from oms.backoffice.settings.parts import Link, Text
from oms.core.crypto import NotUnsealed, seal, unseal
from oms.core.pages import staff_page

# Of the session: by page, the words around a secret and, until the page is read, the secret itself, sealed.
KEPT = "shown_once"
MOST = 5
SECONDS = 600


def show_once(request: Any, *, title: Text, secret: str, lead: Text, back: Link) -> HttpResponseBase:
    """Leads from the POST that made the secret to the page that shows it, to this session, within SECONDS."""
    page = str(uuid4())
    kept = {
        "sealed": seal(secret),
        "title": str(title),
        "lead": str(lead),
        "back": [str(back.label), back.href],
        "until": int(time.time()) + SECONDS,
    }
    newest = list(_kept(request).items())[1 - MOST :]
    request.session[KEPT] = {**dict(newest), page: kept}
    return redirect("settings-secret", page)


@staff_page(methods=("GET",))
def secret(request: Any, pk: UUID) -> HttpResponseBase:
    """The first read shows it; the next ones say that it was shown."""
    kept = _kept(request)
    found = kept.get(str(pk), {})
    sealed = found.pop("sealed", "")
    if sealed:
        request.session[KEPT] = kept
    label, href = found.get("back", (_("Settings"), reverse("settings-home")))
    shown = {
        "title": found.get("title") or _("Shown once"),
        "secret": _opened(sealed),
        "lead": found.get("lead"),
        "back": Link(label, href),
    }
    return render(request, "settings/secret.html", shown)


def _kept(request: Any) -> dict[str, dict[str, Any]]:
    """What is not too old."""
    kept = request.session.get(KEPT, {})
    return {page: facts for page, facts in kept.items() if facts["until"] > time.time()}


def _opened(sealed: str) -> str:
    try:
        return unseal(sealed) if sealed else ""
    except NotUnsealed:
        return ""
