"""What every test stands on: a real PostgreSQL and Redis (`tests.throwaway`), no way out of the machine."""

import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Through the pooler every test commits: rolled back, it would be one transaction on one connection."""
    if os.environ.get("PGBOUNCER") == "1":
        for item in items:
            if item.get_closest_marker("django_db"):
                item.add_marker(pytest.mark.django_db(transaction=True), append=False)


HERE = {"localhost", "127.0.0.1", "::1", "0.0.0.0", ""}  # noqa: S104  addresses of this machine


class NetworkForbidden(OSError):
    """A test tried to leave this machine."""


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Connections and look-ups beyond loopback fail at once; Unix sockets are fine."""
    patch = pytest.MonkeyPatch()
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def refuse(address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if isinstance(host, bytes):
            host = host.decode()
        if host not in HERE and not str(host).startswith("127."):
            raise NetworkForbidden(f"Tests stay on this machine: {address!r}")

    def is_number(host: Any) -> bool:
        """Any spelling of an IPv4 number: read here, asked of nobody."""
        try:
            socket.inet_aton(host)
        except (OSError, TypeError):
            return False
        return True

    def guarded_connect(self: socket.socket, address: Any) -> None:
        refuse(address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        refuse(address)
        return connect_ex(self, address)

    def guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        if not is_number(host):
            refuse((host or "", 0))
        return getaddrinfo(host, *args, **kwargs)

    patch.setattr(socket.socket, "connect", guarded_connect)
    patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
    patch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)
    yield
    patch.undo()


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> None:
    """Hashing is meant to be slow; tests are not."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def kept_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """What pages keep for some seconds stays for the whole test: a slow machine counts the same queries."""
    cache.clear()
    monkeypatch.setattr("orders.attention.KEPT_SECONDS", 600.0)
    monkeypatch.setattr("oms.backoffice.shell.COUNT_SECONDS", 600)
    monkeypatch.setattr("oms.backoffice.figures.KEPT_SECONDS", 600)
    monkeypatch.setattr("oms.backoffice.order_filters.SEEN_SECONDS", 600)
