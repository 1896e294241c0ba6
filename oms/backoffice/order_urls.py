"""Addresses of the order page and of every act on it."""

from django.urls import path

from oms.backoffice import order_acts, order_invoices, order_moving, order_page, order_returning

urlpatterns = [
    path("<str:ref>/", order_page.detail, name="order-detail"),
    path("<str:ref>/hold/", order_acts.hold, name="order-hold"),
    path("<str:ref>/release/", order_acts.release, name="order-release"),
    path("<str:ref>/important/", order_acts.important, name="order-important"),
    path("<str:ref>/cancel/", order_acts.cancel, name="order-cancel"),
    path("<str:ref>/cancel-items/", order_acts.cancel_items, name="order-cancel-items"),
    path("<str:ref>/cancel-items/preview/", order_acts.cancel_preview, name="order-cancel-preview"),
    path("<str:ref>/capture/", order_acts.capture, name="order-capture"),
    path("<str:ref>/payment/", order_acts.record, name="order-record-payment"),
    path("<str:ref>/refund/", order_acts.refund, name="order-refund"),
    path("<str:ref>/void/", order_acts.void, name="order-void"),
    path("<str:ref>/notes/", order_acts.notes, name="order-notes"),
    path("<str:ref>/tags/", order_acts.tags, name="order-tags"),
    path("<str:ref>/address/", order_acts.address, name="order-address"),
    path("<str:ref>/comment/", order_acts.comment, name="order-comment"),
    path("<str:ref>/invoices/<str:number>.pdf", order_invoices.paper, name="order-invoice"),
    path("<str:ref>/return/", order_returning.register, name="order-return"),
    path("<str:ref>/parcels/release/", order_acts.release_parcels, name="order-parcels-release"),
    path("<str:ref>/parcels/<str:number>/release/", order_acts.release_parcel, name="order-parcel-release"),
    path("<str:ref>/parcels/<str:number>/label/", order_acts.label_parcel, name="order-parcel-label"),
    path("<str:ref>/parcels/<str:number>/move/", order_moving.move_parcel, name="order-parcel-move"),
    path(
        "<str:ref>/parcels/<str:number>/hand-over/",
        order_acts.hand_over_parcel,
        name="order-parcel-hand-over",
    ),
    path(
        "<str:ref>/parcels/<str:number>/collected/",
        order_acts.collected_parcel,
        name="order-parcel-collected",
    ),
]
