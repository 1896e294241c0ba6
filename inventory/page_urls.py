"""Addresses of staff pages, included at the root by oms.backoffice.urls. A SKU may hold a slash."""

from django.urls import URLPattern, URLResolver, path

from inventory import pages, product_pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("stock/", pages.levels, name="stock-list"),
    path("stock/availability/", pages.can_be_sold, name="stock-availability"),
    path("stock/<int:pk>/", pages.level, name="stock-level"),
    path("stock/<int:pk>/adjust/", pages.adjust, name="stock-adjust"),
    path("products/", product_pages.products, name="product-list"),
    path("products/<path:sku>/", product_pages.product, name="product-detail"),
]
