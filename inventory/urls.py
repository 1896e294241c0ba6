"""Addresses under /api/v1/. A SKU or code may hold a slash, so the reference takes the rest of the path."""

from django.urls import path

from inventory import alert_api, api, lot_api, purchase_api, transfer_api

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
    path("lots/", lot_api.Lots.as_view(), name="lots"),
    path("lots/<uuid:uid>/", lot_api.OneLot.as_view(), name="lot"),
    path("lots/<uuid:uid>/quarantines/", lot_api.Quarantines.as_view()),
    path("lots/<uuid:uid>/releases/", lot_api.Releases.as_view()),
    path("transfers/", transfer_api.Transfers.as_view(), name="transfers"),
    path("transfers/asks/", transfer_api.Asks.as_view(), name="transfer-asks"),
    path("transfers/<str:ref>/", transfer_api.OneTransfer.as_view(), name="transfer"),
    path("transfers/<str:ref>/approvals/", transfer_api.Approvals.as_view()),
    path("transfers/<str:ref>/shipments/", transfer_api.Shipments.as_view()),
    path("transfers/<str:ref>/receipts/", transfer_api.Receipts.as_view()),
    path("transfers/<str:ref>/closings/", transfer_api.Closings.as_view()),
    path("transfers/<str:ref>/cancellations/", transfer_api.Cancellations.as_view()),
    path("suppliers/", purchase_api.Suppliers.as_view(), name="suppliers"),
    path("suppliers/<str:ref>/", purchase_api.OneSupplier.as_view(), name="supplier"),
    path("suppliers/<str:ref>/prices/", purchase_api.Prices.as_view(), name="supplier-prices"),
    path("suppliers/<str:ref>/prices/<path:sku>/", purchase_api.OnePrice.as_view()),
    path("purchase-orders/", purchase_api.PurchaseOrders.as_view(), name="purchase-orders"),
    path("purchase-orders/<str:ref>/", purchase_api.OnePurchaseOrder.as_view(), name="purchase-order"),
    path("purchase-orders/<str:ref>/sendings/", purchase_api.Sendings.as_view()),
    path("purchase-orders/<str:ref>/receipts/", purchase_api.Receipts.as_view()),
    path("purchase-orders/<str:ref>/closings/", purchase_api.Closings.as_view()),
    path("purchase-orders/<str:ref>/cancellations/", purchase_api.Cancellations.as_view()),
    path("purchase-orders/<str:ref>/paper.pdf", purchase_api.Paper.as_view()),
    path("stock-alerts/", alert_api.StockAlerts.as_view(), name="stock-alerts"),
    path("stock-limits/", alert_api.StockLimits.as_view(), name="stock-limits"),
    path("back-in-stock/", alert_api.BackInStock.as_view(), name="wishes"),
    path("back-in-stock/<uuid:pk>/", alert_api.OneWish.as_view(), name="wish"),
]
