"""Photos of a return: brought from a phone or a desk, and shown, to staff alone."""

from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import ngettext

from oms.core.errors import Invalid
from oms.core.pages import done, staff_page
from oms.core.reading import figure
from returns import photos
from returns.access import get_return


@staff_page(scope="returns:write", methods=("POST",))
def add(request: Any, ref: str) -> HttpResponseBase:
    returned = get_return(request.principal, ref)
    uploads = request.FILES.getlist("photos")
    if any(upload.size > photos.MOST_BYTES for upload in uploads) or len(uploads) > photos.MOST:
        raise Invalid("A photo is at most 20 MB.", code="photo_too_large")
    kept = photos.add(returned, [upload.read() for upload in uploads], actor=request.principal.actor)
    said = ngettext("%(count)s photo is kept.", "%(count)s photos are kept.", len(kept)) % {
        "count": figure(len(kept))
    }
    return done(request, said, reverse("return-detail", args=[returned.number]) + "#photos")


@staff_page(scope="returns:read", methods=("GET", "HEAD"))
def photo(request: Any, ref: str, pk: UUID) -> HttpResponseBase:
    file = photos.opened(get_return(request.principal, ref), pk)
    answer = FileResponse(file, content_type="image/jpeg")
    answer.headers["Cache-Control"] = "private, max-age=86400, immutable"
    return answer
