"""Under /api/v1/."""

from django.urls import path

from returns import api

urlpatterns = [
    path("returns/", api.Returns.as_view()),
    path("returns/<str:ref>/", api.OneReturn.as_view()),
    path("returns/<str:ref>/approvals/", api.Approvals.as_view()),
    path("returns/<str:ref>/labels/", api.Labels.as_view()),
    path("returns/<str:ref>/label.pdf", api.LabelPdf.as_view()),
    path("returns/<str:ref>/receipts/", api.Receipts.as_view()),
    path("returns/<str:ref>/inspections/", api.Inspections.as_view()),
    path("returns/<str:ref>/reimbursements/", api.Reimbursements.as_view()),
]
