"""Addresses of staff pages, included at the root by oms.backoffice.urls."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
