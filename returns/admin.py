"""Looking at returns in the plain admin; steps go through the API, so that no rule is passed by."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from returns.models import Return, ReturnLine


class ReadOnly:
    """No adding, changing or deleting."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Lines(ReadOnly, admin.TabularInline):
    model = ReturnLine
    fields = ["line", "quantity", "reason", "note", "received", "inspected"]


@admin.register(Return)
class ReturnAdmin(ReadOnly, admin.ModelAdmin):
    list_display = [
        "number",
        "order",
        "method",
        "resolution",
        "reception",
        "acceptance",
        "reimbursement",
        "requested_at",
    ]
    list_filter = ["reception", "acceptance", "reimbursement", "resolution"]
    list_select_related = ["order"]
    search_fields = ["=number", "=order__number"]
    ordering = ["-requested_at"]
    inlines = [Lines]
