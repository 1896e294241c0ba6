"""Addresses of staff pages, included at the root by oms.backoffice.urls. A SKU may hold a slash."""

from django.urls import URLPattern, URLResolver, path

from inventory import alert_pages, pages, product_pages, purchase_pages, supplier_pages, transfer_pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("stock/", pages.levels, name="stock-list"),
    path("stock/availability/", pages.can_be_sold, name="stock-availability"),
    path("stock/alerts/", alert_pages.alert_rows, name="stock-alerts"),
    path("stock/wishes/", alert_pages.wish_rows, name="wish-list"),
    path("stock/wishes/<uuid:pk>/called/", alert_pages.called, name="wish-called"),
    path("stock/<int:pk>/limits/", alert_pages.limits, name="stock-limits"),
    path("stock/<int:pk>/", pages.level, name="stock-level"),
    path("stock/<int:pk>/adjust/", pages.adjust, name="stock-adjust"),
    path("transfers/", transfer_pages.transfers, name="transfer-list"),
    path("transfers/new/", transfer_pages.new, name="transfer-new"),
    path("transfers/ask/", transfer_pages.ask, name="transfer-ask"),
    path("transfers/<str:ref>/", transfer_pages.transfer, name="transfer-detail"),
    path("transfers/<str:ref>/approve/", transfer_pages.approve, name="transfer-approve"),
    path("transfers/<str:ref>/ship/", transfer_pages.ship, name="transfer-ship"),
    path("transfers/<str:ref>/receive/", transfer_pages.receive, name="transfer-receive"),
    path("transfers/<str:ref>/close/", transfer_pages.close, name="transfer-close"),
    path("transfers/<str:ref>/cancel/", transfer_pages.cancel, name="transfer-cancel"),
    path("purchases/", purchase_pages.purchases, name="purchase-list"),
    path("purchases/new/", purchase_pages.new, name="purchase-new"),
    path("purchases/<str:ref>/", purchase_pages.purchase, name="purchase-detail"),
    path("purchases/<str:ref>/send/", purchase_pages.send, name="purchase-send"),
    path("purchases/<str:ref>/receive/", purchase_pages.receive, name="purchase-receive"),
    path("purchases/<str:ref>/close/", purchase_pages.close, name="purchase-close"),
    path("purchases/<str:ref>/cancel/", purchase_pages.cancel, name="purchase-cancel"),
    path("purchases/<str:ref>/paper.pdf", purchase_pages.paper, name="purchase-paper"),
    path("suppliers/", supplier_pages.supplier_list, name="supplier-list"),
    path("suppliers/new/", supplier_pages.new, name="supplier-new"),
    path("suppliers/<str:ref>/", supplier_pages.supplier, name="supplier-detail"),
    path("suppliers/<str:ref>/prices/", supplier_pages.price, name="supplier-price"),
    path(
        "suppliers/<str:ref>/prices/<uuid:pk>/remove/",
        supplier_pages.drop_price,
        name="supplier-price-remove",
    ),
    path("products/", product_pages.products, name="product-list"),
    path("products/<path:sku>/", product_pages.product, name="product-detail"),
]
