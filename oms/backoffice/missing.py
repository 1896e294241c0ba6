"""An address nobody knows: staff stay in their pages and their language, anyone else is told as a customer is."""

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render

from oms.core.errors import NotFound
from oms.core.pages import staff_page


@staff_page()
def _inside(request: Any) -> HttpResponseBase:
    raise NotFound


def page_not_found(request: Any, exception: Exception) -> HttpResponseBase:
    """Django's `handler404`; a request turned away before it had a user is a stranger's."""
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return _inside(request)
    return render(request, "404.html", status=404)
