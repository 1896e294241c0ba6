"""Addresses of orders, below /api/v1/."""

from django.urls import path

from orders import api, invoice_api, payment_api
from orders.checkouts import api as checkouts

urlpatterns = [
    path("orders/", api.Orders.as_view()),
    path("orders/batch/", api.OrderBatch.as_view()),
    path("orders/<str:id>/", api.OrderDetail.as_view()),
    path("orders/<str:id>/events/", api.OrderEvents.as_view()),
    path("orders/<str:id>/holds/", api.OrderHolds.as_view()),
    path("orders/<str:id>/holds/<uuid:hold>/", api.OrderHold.as_view()),
    path("reservations/", checkouts.Reservations.as_view(), name="reservations"),
    path("reservations/<uuid:id>/", checkouts.ReservationDetail.as_view(), name="reservation"),
    path("orders/<str:id>/payments/", payment_api.OrderPayments.as_view()),
    path("orders/<str:id>/invoices/", invoice_api.OrderInvoices.as_view()),
    path("invoices/<str:id>.pdf", invoice_api.InvoicePdf.as_view()),
    path("invoices/<str:id>/", invoice_api.InvoiceDetail.as_view()),
]
