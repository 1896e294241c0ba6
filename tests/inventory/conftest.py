"""A key of the company and a client that speaks like one."""

import json
import uuid
from typing import Any

import pytest
from django.test import Client

from oms.core import access

RIYADH = {"line1": "King Fahd Road 1", "city": "Riyadh", "country": "SA"}


class Caller:
    """Calls the API with a key; every POST has its own Idempotency-Key unless one is given."""

    def __init__(self, secret: str) -> None:
        self.client = Client(raise_request_exception=False)
        self.headers = {"Authorization": f"Bearer {secret}"}

    def get(self, path: str, query: Any = None, **headers: str) -> Any:
        return self.client.get(f"/api/v1/{path}", query, headers=self.headers | headers)

    def post(self, path: str, body: Any, key: str = "") -> Any:
        raw = body if isinstance(body, str | bytes) else json.dumps(body)
        headers = self.headers | {"Idempotency-Key": key or str(uuid.uuid4())}
        return self.client.post(f"/api/v1/{path}", raw, "application/json", headers=headers)

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        media = "application/merge-patch+json"
        return self.client.patch(f"/api/v1/{path}", json.dumps(body), media, headers=self.headers | headers)


@pytest.fixture
def caller(db: None) -> Caller:
    access.forget_cached_keys()
    _, secret = access.create_key(channel=None, scopes=["*"], rate=0)
    return Caller(secret)


@pytest.fixture
def shop(caller: Caller) -> Caller:
    """A caller with two warehouses and a product without stock."""
    for code, priority, city in (("RUH", 1, "Riyadh"), ("JED", 2, "Jeddah")):
        body = {
            "code": code,
            "name": code,
            "kind": "warehouse",
            "address": RIYADH | {"city": city},
            "priority": priority,
        }
        assert caller.post("locations/", body).status_code == 201
    assert (
        caller.post("products/", {"sku": "TEE", "name": {"en": "T-shirt"}, "low_stock_at": 3}).status_code
        == 201
    )
    return caller


def errors_of(response: Any) -> list[tuple[str, str]]:
    """(pointer, code) of a problem's errors, after checking that it is a problem."""
    assert response["Content-Type"] == "application/problem+json", response.content
    return [(error["pointer"], error["code"]) for error in response.json()["errors"]]
