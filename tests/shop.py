"""A small shop for tests: a client that speaks the public API, and the few things an order needs."""

import itertools
import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from inventory import stock
from inventory.models import Location, Product
from oms.core import access, outbox
from oms.core.models import Channel

_serial = itertools.count(1)

ADDRESS = {
    "name": "Sara Al-Otaibi",
    "line1": "12 King Fahd Rd",
    "city": "Riyadh",
    "country": "SA",
    "phone": "+966501234567",
    "short_address": "RRRD2929",
}


@dataclass
class Api:
    """Calls the API with one key; every POST gets a fresh Idempotency-Key unless one is given."""

    secret: str
    client: Client = field(default_factory=Client)

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(self._url(path), headers=self._headers(headers))

    def post(self, path: str, body: Any = None, *, key: str | None = None, **headers: str) -> Any:
        headers.setdefault("Idempotency-Key", key or str(uuid.uuid4()))
        raw = body if isinstance(body, bytes) else json.dumps({} if body is None else body)
        return self.client.post(
            self._url(path), raw, content_type="application/json", headers=self._headers(headers)
        )

    def patch(self, path: str, body: Any, etag: str | None = None, **headers: str) -> Any:
        if etag:
            headers["If-Match"] = etag
        return self.client.patch(
            self._url(path),
            json.dumps(body),
            content_type="application/merge-patch+json",
            headers=self._headers(headers),
        )

    def delete(self, path: str) -> Any:
        return self.client.delete(self._url(path), headers=self._headers({}))

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}", **more}

    @staticmethod
    def _url(path: str) -> str:
        return path if path.startswith(("/", "http")) else f"/api/v1/{path}"


def channel(code: str = "web") -> Channel:
    found, _ = Channel.objects.get_or_create(code=code, defaults={"name": code})
    return found


def api(code: str | None = "web", *scopes: str, rate: int = 0) -> Api:
    """A client with a new key of a channel, or of the company (None)."""
    access.forget_cached_keys()
    _, secret = access.create_key(channel=channel(code) if code else None, scopes=scopes or ("*",), rate=rate)
    return Api(secret)


def location(code: str = "RUH", *, priority: int = 100, **facts: Any) -> Location:
    defaults = {
        "name": code,
        "kind": "warehouse",
        "priority": priority,
        "working_days": [0, 1, 2, 3, 4, 5, 6],
        "address": {"line1": "1 Depot St", "city": "Riyadh", "country": "SA"},
        **facts,
    }
    found, _ = Location.objects.get_or_create(code=code, defaults=defaults)
    return found


def product(sku: str, **stock_at: int) -> Product:
    """A product with so many units at each location code, put there through the ledger."""
    found, _ = Product.objects.get_or_create(sku=sku, defaults={"name": {"en": sku}, "weight_g": 500})
    for code, quantity in stock_at.items():
        stock.adjust(
            product=found,
            location=location(code),
            set_to=quantity,
            change=None,
            state="on_hand",
            reason="opening",
            actor="test",
        )
    return found


def order_body(*lines: tuple[str, int], **changes: Any) -> dict[str, Any]:
    """A paid order of (sku, quantity) at 100.00 each, 15 % VAT within, delivered in Riyadh for 25.00."""
    total = sum(quantity for _, quantity in lines) * 100 + 25
    return {
        "external_id": f"x{next(_serial)}",
        "currency": "SAR",
        "customer": {"name": "سارة العتيبي", "email": "sara@example.com", "phone": "٠٥٠١٢٣٤٥٦٧"},
        "shipping_address": dict(ADDRESS),
        "lines": [
            {"sku": sku, "quantity": quantity, "unit_price": "100.00", "tax_rate": "0.15"}
            for sku, quantity in lines
        ],
        "shipping": {"service": "standard", "price": "25.00", "tax_rate": "0.15"},
        "payments": [{"method": "card", "state": "captured", "amount": f"{total}.00"}],
        **changes,
    }


def work() -> int:
    """What the workers would do now: deliver everything recorded."""
    return outbox.drain()
