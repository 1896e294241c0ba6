"""Addresses of staff pages, included at the root by oms.backoffice.urls."""

from django.urls import URLPattern, URLResolver, path

from fulfillment.pages import counts, handover, labels, lists, pack, pick, recall, release, shipment

urlpatterns: list[URLPattern | URLResolver] = [
    path("release/", lists.release_queue, name="release-queue"),
    path("release/many/", release.release_bulk, name="release-bulk"),
    path("picking/", lists.pick_list, name="pick-list"),
    path("picking/next/", pick.pick_next, name="pick-next"),
    path("picking/<str:ref>/", pick.pick, name="pick"),
    path("picking/<str:ref>/scans/", pick.scan, name="pick-scan"),
    path("picking/<str:ref>/undo/", pick.undo, name="pick-undo"),
    path("picking/<str:ref>/short/", pick.short, name="pick-short"),
    path("packing/", lists.pack_list, name="pack-list"),
    path("packing/<str:ref>/", pack.pack, name="pack"),
    path("packing/<str:ref>/boxes/", pack.pack_boxes, name="pack-boxes"),
    path("packing/<str:ref>/label/", pack.label, name="pack-label"),
    path("labels/", labels.label_sheet, name="label-sheet"),
    path("labels/many/", labels.label_bulk, name="label-bulk"),
    path("labels/labels.pdf", labels.labels_pdf, name="labels-pdf"),
    path("handover/", handover.handover_list, name="handover-list"),
    path("handover/confirm/", handover.handover, name="handover-confirm"),
    path("handover/lists/<uuid:pk>.pdf", handover.manifest, name="manifest"),
    path("lots/<uuid:uid>/orders/", recall.recall, name="lot-recall"),
    path("counts/", counts.count_list, name="count-list"),
    path("counts/new/", counts.count_new, name="count-new"),
    path("counts/<str:number>/", counts.count_detail, name="count-detail"),
    path("counts/<str:number>/counting/", counts.count_enter, name="count-enter"),
    path("counts/<str:number>/finish/", counts.count_submit, name="count-submit"),
    path("counts/<str:number>/approve/", counts.count_approve, name="count-approve"),
    path("counts/<str:number>/again/", counts.count_send_back, name="count-send-back"),
    path("counts/<str:number>/cancel/", counts.count_cancel, name="count-cancel"),
    path("shipments/", lists.shipment_list, name="shipment-list"),
    path("shipments/open/", shipment.shipment_open, name="shipment-open"),
    path("shipments/<str:ref>/", shipment.shipment_detail, name="shipment-detail"),
    path("shipments/<str:ref>/release/", release.release, name="shipment-release"),
    path("shipments/<str:ref>/handover/", handover.handover_one, name="shipment-handover"),
    path("shipments/<str:ref>/reject/", shipment.shipment_reject, name="shipment-reject"),
    path("shipments/<str:ref>/scans/", shipment.shipment_scan, name="shipment-scan"),
    path("shipments/<str:ref>/papers/", pack.papers, name="shipment-papers"),
    path("shipments/<str:ref>/<slug:kind>.pdf", labels.paper, name="shipment-paper"),
]
