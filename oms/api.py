"""The public API, v1: every app's addresses and the description of all of them."""

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.urls import include, path, re_path
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from oms.core import errors
from oms.core.problems import problem_response


@csrf_exempt
def nowhere(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Any other address below /api/v1/. It writes nothing, and says so as a problem to a browser's session too."""
    return problem_response(request, errors.NotFound("There is no such address."))


# Its script is a file of its own; its styles it writes into the page itself.
docs = csp_update({"style-src": [SELF, UNSAFE_INLINE]})(
    SpectacularSwaggerSplitView.as_view(authentication_classes=[], url_name="schema")
)

urlpatterns = [
    path("", include("orders.urls")),
    path("", include("inventory.urls")),
    path("", include("fulfillment.urls")),
    path("", include("returns.urls")),
    path("", include("channels.urls")),
    path("schema/", SpectacularAPIView.as_view(authentication_classes=[]), name="schema"),
    path("docs/", docs, name="docs"),
    # A line break in an address is an address too.
    re_path(r"^(?P<rest>(?s:.*))\Z", nowhere),
]
