"""A plain admin: set-up can be changed here, ledgers and figures only read."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from inventory.models import Location, Movement, Product, Reservation, StockLevel


class ReadOnly(admin.ModelAdmin):
    """For rows that only `inventory.stock` may write."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):
    list_display = ["sku", "barcode", "price", "price_currency", "backorder", "low_stock_at"]
    list_filter = ["backorder"]
    search_fields = ["sku", "barcode"]
    show_full_result_count = False

    def get_readonly_fields(self, request: HttpRequest, obj: Product | None = None) -> list[str]:
        return ["sku", "created_at"] if obj else ["created_at"]


@admin.register(Location)
class LocationAdmin(admin.ModelAdmin):
    list_display = ["code", "name", "kind", "priority", "active"]
    list_filter = ["kind", "active"]
    search_fields = ["code", "name"]

    def get_readonly_fields(self, request: HttpRequest, obj: Location | None = None) -> list[str]:
        return ["code", "created_at"] if obj else ["created_at"]


@admin.register(StockLevel)
class StockLevelAdmin(ReadOnly):
    list_display = ["product", "location", "on_hand", "promised", "damaged", "quality_control", "safety"]
    list_select_related = ["product", "location"]
    list_filter = ["location"]
    search_fields = ["product__sku"]
    show_full_result_count = False


@admin.register(Reservation)
class ReservationAdmin(ReadOnly):
    list_display = ["owner", "product", "location", "quantity", "created_at"]
    list_select_related = ["product", "location"]
    search_fields = ["=owner", "product__sku"]
    show_full_result_count = False


@admin.register(Movement)
class MovementAdmin(ReadOnly):
    list_display = [
        "at",
        "product_id",
        "location_id",
        "state",
        "change",
        "after",
        "cause",
        "reference",
        "actor",
    ]
    search_fields = ["=reference"]
    show_full_result_count = False
