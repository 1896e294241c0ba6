"""A plain admin of the kernel: staff, channels and keys are changed here; what happened is only read."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest

from oms.core import access, outbox
from oms.core.models import ApiKey, Channel, Event, Heartbeat, Outbox, User


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """For rows that only their capability file may write."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(User)
class StaffAdmin(UserAdmin):  # type: ignore[type-arg]
    list_display = ["username", "email", "role", "is_active", "last_login"]
    list_filter = ["role", "is_active"]
    fieldsets = [*(UserAdmin.fieldsets or ()), ("Work", {"fields": ["role", "locations", "language"]})]
    add_fieldsets = [*UserAdmin.add_fieldsets, ("Work", {"fields": ["role", "locations"]})]


@admin.register(Channel)
class ChannelAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The hook's secret is set by `manage.py create_hook_secret`, which shows it once."""

    list_display = ["code", "name", "kind", "brand", "language", "active"]
    list_filter = ["kind", "active"]
    search_fields = ["code", "name"]
    exclude = ["hook_secret"]

    def get_readonly_fields(self, request: HttpRequest, obj: Channel | None = None) -> list[str]:
        # The code stands in addresses and keys that others have kept.
        return ["code", "created_at"] if obj else ["created_at"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class NewKeyForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = ApiKey
        fields = ["channel", "name", "scopes", "rate", "burst", "expires_at"]

    def clean_scopes(self) -> list[str]:
        scopes: list[str] = self.cleaned_data["scopes"]
        try:
            access.check_scopes(scopes)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error
        return scopes


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnly):
    list_display = ["prefix", "channel", "name", "scopes", "rate", "last_used_at", "expires_at", "revoked_at"]
    list_select_related = ["channel"]
    list_filter = ["channel"]
    search_fields = ["prefix", "name"]
    form = NewKeyForm
    exclude = ["sha256"]
    actions = ["revoke"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return admin.ModelAdmin.has_add_permission(self, request)

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        given = form.cleaned_data
        key, secret = access.create_key(**given)
        obj.pk, obj._state.adding = key.pk, False
        messages.success(request, f"The key, shown this once: {secret}")

    @admin.action(description="Revoke the chosen keys", permissions=["add"])
    def revoke(self, request: HttpRequest, chosen: QuerySet[ApiKey]) -> None:
        for key in chosen:
            access.revoke_key(key, actor=f"staff:{request.user.get_username()}")
        messages.success(request, "Revoked. Every process has forgotten them within seconds.")


@admin.register(Event)
class EventAdmin(ReadOnly):
    list_display = ["id", "at", "kind", "subject", "thread", "actor", "request_id"]
    ordering = ["-id"]
    search_fields = ["=thread", "=subject", "=kind", "=request_id"]


class DeadLetters(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("dead", "Dead letters"), ("failed", "Failed at least once")]

    def queryset(self, request: HttpRequest, rows: QuerySet[Outbox]) -> QuerySet[Outbox]:
        if self.value() == "dead":
            return rows.exclude(dead_at=None)
        return rows.filter(attempts__gt=0) if self.value() == "failed" else rows


@admin.register(Outbox)
class OutboxAdmin(ReadOnly):
    list_display = ["id", "kind", "handler", "attempts", "next_try_at", "dead_at", "last_error"]
    list_filter = [DeadLetters]
    ordering = ["-id"]
    actions = ["retry"]

    @admin.action(description="Try the chosen dead letters again", permissions=["view"])
    def retry(self, request: HttpRequest, chosen: QuerySet[Outbox]) -> None:
        asked = sum(outbox.retry_dead(row.pk, actor=f"staff:{request.user.get_username()}") for row in chosen)
        messages.success(request, f"{asked} will be tried again.")


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnly):
    list_display = ["name", "at"]
