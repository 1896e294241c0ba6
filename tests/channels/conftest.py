"""Keys, a client that speaks like one, and a stranger's server that keeps what it was sent."""

import http.server
import json
import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from oms.core import access, outbox
from oms.core.events import record
from oms.core.models import Channel


class Caller:
    """Calls the API with a key; every POST has its own Idempotency-Key unless one is given."""

    def __init__(self, channel: Channel | None, scopes: list[str]) -> None:
        _, secret = access.create_key(channel=channel, scopes=scopes, rate=0)
        self.client = Client(raise_request_exception=False)
        self.headers = {"Authorization": f"Bearer {secret}"}

    def get(self, path: str, query: Any = None) -> Any:
        return self.client.get(f"/api/v1/{path}", query, headers=self.headers)

    def post(self, path: str, body: Any = None, key: str = "") -> Any:
        headers = self.headers | {"Idempotency-Key": key or str(uuid.uuid4())}
        return self.client.post(
            f"/api/v1/{path}", json.dumps(body or {}), "application/json", headers=headers
        )

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        media = "application/merge-patch+json"
        return self.client.patch(f"/api/v1/{path}", json.dumps(body), media, headers=self.headers | headers)

    def delete(self, path: str) -> Any:
        return self.client.delete(f"/api/v1/{path}", headers=self.headers)


class Stranger(http.server.ThreadingHTTPServer):
    """Answers `status` and keeps every request: (path, headers in lower case, body)."""

    def __init__(self) -> None:
        self.status = 204
        self.said = b""
        self.seen: list[tuple[str, dict[str, str], bytes]] = []
        # Called while a request is being answered: what another process does meanwhile.
        self.meanwhile: Callable[[], None] = lambda: None
        super().__init__(("127.0.0.1", 0), _Answers)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"


class _Answers(http.server.BaseHTTPRequestHandler):
    server: Stranger

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.seen.append((self.path, headers, body))
        self.server.meanwhile()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.said)))
        self.end_headers()
        self.wfile.write(self.server.said)

    def log_message(self, *args: Any) -> None:
        return


@pytest.fixture
def stranger(settings: Any) -> Iterator[Stranger]:
    settings.EGRESS_ALLOW = ["127.0.0.1"]
    server = Stranger()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def no_remembered_keys() -> None:
    access.forget_cached_keys()


@pytest.fixture
def web(db: None) -> Channel:
    return Channel.objects.create(code="web", name="Web shop")


@pytest.fixture
def till(db: None) -> Channel:
    return Channel.objects.create(code="till", name="Till")


@pytest.fixture
def company(db: None) -> Caller:
    return Caller(None, ["*"])


def tell(kind: str, subject: str, channel: Channel | None, **data: Any) -> None:
    """Something happened, and the workers have passed it on."""
    with transaction.atomic():
        record(kind, subject, actor="test", channel_id=channel.pk if channel else None, data=data)
    outbox.drain()
