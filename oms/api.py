"""The public API, v1: every app's addresses and the description of all of them."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from oms.core import errors
from oms.core.problems import problem_response


def nowhere(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Any other address below /api/v1/."""
    return problem_response(request, errors.NotFound("There is no such address."))


urlpatterns = [
    path("", include("orders.urls")),
    path("", include("inventory.urls")),
    path("", include("fulfillment.urls")),
    path("", include("returns.urls")),
    path("", include("channels.urls")),
    path("schema/", SpectacularAPIView.as_view(authentication_classes=[]), name="schema"),
    path("docs/", SpectacularSwaggerView.as_view(authentication_classes=[], url_name="schema"), name="docs"),
    re_path(r"^(?P<rest>.*)$", nowhere),
]
