"""Addresses of the returns' list, of one return and of every act on it."""

from django.urls import path

from oms.backoffice import return_acts, return_page, return_photos

urlpatterns = [
    path("", return_acts.returns, name="return-list"),
    path("scan/", return_acts.scan, name="return-scan"),
    path("register/", return_acts.register, name="return-register"),
    path("<str:ref>/", return_page.detail, name="return-detail"),
    path("<str:ref>/accept/", return_acts.accept, name="return-accept"),
    path("<str:ref>/reject/", return_acts.reject, name="return-reject"),
    path("<str:ref>/label/", return_acts.label, name="return-label"),
    path("<str:ref>/label.pdf", return_acts.label_pdf, name="return-label-pdf"),
    path("<str:ref>/receive/", return_acts.receive, name="return-receive"),
    path("<str:ref>/inspect/", return_acts.inspect, name="return-inspect"),
    path("<str:ref>/photos/", return_photos.add, name="return-photo-add"),
    path("<str:ref>/photos/<uuid:pk>/", return_photos.photo, name="return-photo"),
    path("<str:ref>/refund/", return_acts.refund, name="return-refund"),
    path("<str:ref>/preview/", return_acts.preview, name="return-preview"),
]
