"""Addresses under /api/v1/."""

from django.urls import path

from channels import api

urlpatterns = [
    path("hooks/<str:channel>/", api.Hook.as_view(), name="hook"),
    path("webhook-endpoints/", api.Endpoints.as_view(), name="webhook-endpoints"),
    path("webhook-endpoints/<str:ref>/", api.EndpointDetail.as_view(), name="webhook-endpoint"),
    path("webhook-deliveries/", api.Deliveries.as_view(), name="webhook-deliveries"),
    path("webhook-deliveries/<str:ref>/", api.DeliveryDetail.as_view(), name="webhook-delivery"),
    path("webhook-deliveries/<str:ref>/replays/", api.Replays.as_view(), name="webhook-replays"),
]
