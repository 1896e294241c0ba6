"""Every address of the product."""

from importlib.util import find_spec

from django.contrib import admin
from django.urls import include, path

from oms import health, telemetry

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", telemetry.metrics),
    path("t/", include("oms.portal.urls")),
    path("admin/", admin.site.urls),
    path("", include("oms.backoffice.urls")),
]
if find_spec("oms.api"):
    urlpatterns.append(path("api/v1/", include("oms.api")))
