"""Addresses under /api/v1/. A SKU or code may hold a slash, so the reference takes the rest of the path."""

from django.urls import path

from inventory import api

urlpatterns = [
    path("locations/", api.Locations.as_view(), name="locations"),
    path("locations/<path:ref>/", api.LocationDetail.as_view(), name="location"),
    path("products/", api.Products.as_view(), name="products"),
    path("products/batch/", api.ProductBatch.as_view(), name="product-batch"),
    path("products/<path:ref>/", api.ProductDetail.as_view(), name="product"),
    path("stock/", api.Stock.as_view(), name="stock"),
    path("stock/adjustments/", api.Adjustments.as_view(), name="stock-adjustments"),
    path("stock/movements/", api.Movements.as_view(), name="stock-movements"),
    path("availability/", api.Availability.as_view(), name="availability"),
]
