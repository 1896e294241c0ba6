"""Addresses of the import wizard, included at imports/."""

from django.urls import path

from oms.backoffice.importing import pages

urlpatterns = [
    path("", pages.imports, name="import-list"),
    path("new/", pages.new, name="import-new"),
    path("templates/<slug:kind>.<slug:ending>", pages.template, name="import-template"),
    path("<uuid:pk>/", pages.detail, name="import-detail"),
    path("<uuid:pk>/check/", pages.check, name="import-check"),
    path("<uuid:pk>/reading/", pages.read_again, name="import-read-again"),
    path("<uuid:pk>/columns/", pages.columns, name="import-columns"),
    path("<uuid:pk>/start/", pages.start, name="import-start"),
    path("<uuid:pk>/stop/", pages.stop, name="import-stop"),
    path("<uuid:pk>/go-on/", pages.go_on, name="import-go-on"),
    path("<uuid:pk>/refused/", pages.refused, name="import-refused"),
]
