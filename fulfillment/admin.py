"""Plain admin pages: for looking. Steps are taken through the API, which keeps counters, stock and events true."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from fulfillment.models import Cancellation, Rate, RoutingDecision, Scan, Shipment, ShipmentLine


class _Looking:
    """Rows that only the capabilities write."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ShipmentLines(_Looking, admin.TabularInline):
    model = ShipmentLine
    fields = ("line", "quantity", "picked", "packed", "missing")


class Scans(_Looking, admin.TabularInline):
    model = Scan
    fields = ("code", "at", "place", "note", "incident", "actor")


@admin.register(Shipment)
class ShipmentAdmin(_Looking, admin.ModelAdmin):
    list_display = ("number", "location", "state", "carrier", "service", "tracking_number", "created_at")
    list_filter = ("state", "location", "carrier")
    search_fields = ("number", "tracking_number")
    list_select_related = ("location",)
    show_full_result_count = False
    inlines = (ShipmentLines, Scans)


@admin.register(Rate)
class RateAdmin(admin.ModelAdmin):
    list_display = ("carrier", "service", "to_country", "to_region", "base", "per_kg", "cod_limit")
    list_filter = ("carrier", "to_country", "service")


@admin.register(RoutingDecision)
class RoutingDecisionAdmin(_Looking, admin.ModelAdmin):
    list_display = ("order", "at", "outcome", "cost")
    list_filter = ("outcome",)
    list_select_related = ("order",)
    show_full_result_count = False


@admin.register(Cancellation)
class CancellationAdmin(_Looking, admin.ModelAdmin):
    list_display = ("order", "at", "actor", "reason")
    list_select_related = ("order",)
    show_full_result_count = False
