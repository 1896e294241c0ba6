"""Addresses of orders, below /api/v1/."""

from django.urls import path

from orders import api

urlpatterns = [
    path("orders/", api.Orders.as_view()),
    path("orders/batch/", api.OrderBatch.as_view()),
    path("orders/<str:id>/", api.OrderDetail.as_view()),
    path("orders/<str:id>/events/", api.OrderEvents.as_view()),
    path("orders/<str:id>/holds/", api.OrderHolds.as_view()),
    path("orders/<str:id>/holds/<uuid:hold>/", api.OrderHold.as_view()),
    path("orders/<str:id>/payments/", api.OrderPayments.as_view()),
]
