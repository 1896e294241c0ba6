"""Addresses of fulfilment, below /api/v1/."""

from django.urls import path

from fulfillment import api, count_api, promise_api, routing_api, ruling_api

urlpatterns = [
    path("shipping-rates/", api.Rates.as_view()),
    path("orders/<str:id>/routing/", routing_api.OrderRouting.as_view()),
    path("orders/<str:id>/reroutings/", routing_api.Reroutings.as_view()),
    path("orders/<str:id>/cancellations/", api.OrderCancellations.as_view()),
    path("rate-zones/", routing_api.RateZones.as_view()),
    path("routing-rules/", ruling_api.RoutingRules.as_view()),
    path("routing-rules/<uuid:id>/", ruling_api.OneRoutingRule.as_view()),
    path("routing-rules/<uuid:id>/versions/", ruling_api.RuleVersions.as_view()),
    path("routing-rules/<uuid:id>/moves/", ruling_api.RuleMoves.as_view()),
    path("routing-replays/", ruling_api.Replays.as_view()),
    path("routing-replays/<uuid:id>/", ruling_api.OneReplay.as_view()),
    path("lots/<uuid:uid>/quarantines/", count_api.Quarantines.as_view()),
    path("lots/<uuid:uid>/shipments/", count_api.LotShipments.as_view()),
    path("counts/", count_api.Counts.as_view(), name="counts"),
    path("counts/<str:ref>/", count_api.OneCount.as_view(), name="count"),
    path("counts/<str:ref>/entries/", count_api.Entries.as_view()),
    path("counts/<str:ref>/submissions/", count_api.Submissions.as_view()),
    path("counts/<str:ref>/approvals/", count_api.Approvals.as_view()),
    path("counts/<str:ref>/rejections/", count_api.Rejections.as_view()),
    path("counts/<str:ref>/cancellations/", count_api.Cancellations.as_view()),
    path("promises/", promise_api.Promises.as_view()),
    path("shipments/", api.Shipments.as_view()),
    path("shipments/<str:id>/", api.ShipmentDetail.as_view()),
    path("shipments/<str:id>/releases/", api.Releases.as_view()),
    path("shipments/<str:id>/rejections/", routing_api.Rejections.as_view()),
    path("shipments/<str:id>/picks/", api.Picks.as_view()),
    path("shipments/<str:id>/packages/", api.Packages.as_view()),
    path("shipments/<str:id>/labels/", api.Labels.as_view()),
    path("shipments/<str:id>/handovers/", api.Handovers.as_view()),
    path("shipments/<str:id>/scans/", api.Scans.as_view()),
    path("shipments/<str:id>/label.pdf", api.LabelPdf.as_view()),
    path("shipments/<str:id>/label.zpl", api.LabelZpl.as_view()),
    path("shipments/<str:id>/packing-slip.pdf", api.PackingSlip.as_view()),
    path("shipments/<str:id>/customs.pdf", api.Customs.as_view()),
]
