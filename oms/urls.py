"""Every address of the product. The API comes first: addresses are tried in order, and it is asked most."""

from django.contrib import admin
from django.urls import include, path

from oms import health, static, telemetry

urlpatterns = [
    path("api/v1/", include("oms.api")),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", telemetry.metrics),
    path("favicon.ico", static.favicon),
    path("t/", include("oms.portal.urls")),
    path("admin/", admin.site.urls),
    path("", include("oms.backoffice.urls")),
]

handler404 = "oms.backoffice.missing.page_not_found"
