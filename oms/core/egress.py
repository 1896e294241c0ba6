"""The only way out to the network for addresses that other people gave us.

The name is resolved here, every answer must be a public address, and the connection goes to the very address
that was checked, so a name that answers differently a moment later gains nothing. No redirects, no proxies from the
environment, http and https only, no credentials in the address, one bound on the whole call and on the answer.
"""

import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import httpcore
import httpx
from django.conf import settings

HOST = re.compile(rb"[A-Za-z0-9._-]+|[0-9a-fA-F:.]+")
WEB_PORTS = {"http": 80, "https": 443}
LARGEST_ANSWER = 64 * 1024
SECONDS = 15.0

# Public by number, yet answered by the cloud's own host: Azure's metadata and agent address.
METADATA = {ipaddress.ip_address("168.63.129.16")}
PUBLIC_IPV6 = ipaddress.ip_network("2000::/3")
# Written as public IPv6, delivered to an IPv4 address of the sender's choice: 6to4 and Teredo.
TUNNELS = (ipaddress.ip_network("2002::/16"), ipaddress.ip_network("2001::/32"))


class EgressError(Exception):
    """The call was not made, or brought no answer in time."""


class Refused(EgressError):
    """The address is not one we call: not public, not http(s), with credentials, or on a forbidden port."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `body` is cut at the limit; `whole` says whether it was."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    whole: bool


def check_url(url: str) -> httpx.URL:
    """The address, parsed; what it resolves to is checked when it is called. Raises Refused."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError, TypeError, ValueError) as error:
        raise Refused("That is no address.") from error
    if parsed.scheme not in WEB_PORTS or not HOST.fullmatch(parsed.raw_host):
        raise Refused("Only http and https addresses are called.")
    if parsed.userinfo:
        raise Refused("An address must not carry a user or password.")
    port = parsed.port or WEB_PORTS[parsed.scheme]
    # Mail, SSH and the like sit below 1024 and must not be spoken to through us.
    if not 0 < port < 65536 or (port < 1024 and port not in WEB_PORTS.values()):
        raise Refused(f"Port {port} is not a web port.")
    literal = _literal(parsed.host)
    if literal and not _is_public(literal) and not _is_allowed(port, parsed.host, str(literal)):
        raise Refused(f"{parsed.host} is not a public address.")
    return parsed


def request(
    method: str,
    url: str,
    *,
    content: bytes = b"",
    headers: Mapping[str, str] | None = None,
    seconds: float = SECONDS,
    largest: int = LARGEST_ANSWER,
) -> Reply:
    """Make one call that ends within `seconds` and reads at most `largest` bytes.

    A 3xx is an answer. Raises Refused where the address is not allowed, EgressError where no answer came.
    """
    target = check_url(url)
    with client(seconds=seconds) as http:
        try:
            with http.stream(method, target, content=content, headers=dict(headers or {})) as response:
                body = bytearray()
                # Raw: a small compressed answer must not unfold into a large one.
                for chunk in response.iter_raw():
                    body += chunk
                    if len(body) > largest:
                        break
                return Reply(
                    response.status_code,
                    response.headers,
                    bytes(body[:largest]),
                    len(body) <= largest,
                )
        except (
            httpx.HTTPError,
            httpcore.ConnectionNotAvailable,
            OSError,
            ValueError,
        ) as error:
            raise EgressError(f"{type(error).__name__}: {error}"[:300]) from error


def client(*, seconds: float = SECONDS) -> httpx.Client:
    """A client behind the guard, for an API of several calls; all of them together end within `seconds`."""
    return httpx.Client(
        transport=_Transport(time.monotonic() + seconds),
        timeout=seconds,
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": "Relay/1", "Accept-Encoding": "identity"},
    )


class _Transport(httpx.BaseTransport):
    def __init__(self, until: float) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=_tls(), network_backend=_Guard(until), max_connections=4
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        check_url(str(request.url))
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        asked = httpcore.Request(
            request.method,
            url,
            headers=request.headers.raw,
            content=cast(httpx.SyncByteStream, request.stream),
            extensions=request.extensions,
        )
        with _as_httpx(request):
            answer = self._pool.handle_request(asked)
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_Body(answer, request),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response, request: httpx.Request) -> None:
        self._answer, self._request = answer, request

    def __iter__(self) -> Any:
        with _as_httpx(self._request):
            yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


@contextmanager
def _as_httpx(request: httpx.Request) -> Iterator[None]:
    """Failures of the layer below in the words of the layer that callers know."""
    try:
        yield
    except httpcore.TimeoutException as error:
        raise httpx.TimeoutException(str(error) or "No answer in time.", request=request) from error
    except (
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.UnsupportedProtocol,
    ) as error:
        raise httpx.TransportError(str(error) or type(error).__name__, request=request) from error


class _Guard(httpcore.NetworkBackend):
    """Resolves, checks, and connects to what was checked."""

    def __init__(self, until: float) -> None:
        self._until = until
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failed: Exception = httpcore.ConnectError("The name has no address.")
        for address in resolve(host, port):
            try:
                stream = self._plain.connect_tcp(
                    address,
                    port,
                    timeout=_left(self._until, timeout),
                    socket_options=socket_options,
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
            else:
                return _Stream(stream, self._until)
        raise failed

    def connect_unix_socket(self, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
        raise Refused("No sockets of this machine.")


class _Stream(httpcore.NetworkStream):
    """A connection whose every wait is cut to what is left of the whole call: slow drips do not stretch it."""

    def __init__(self, plain: httpcore.NetworkStream, until: float) -> None:
        self._plain, self._until = plain, until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._plain.read(max_bytes, _left(self._until, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._plain.write(buffer, _left(self._until, timeout))

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        secure = self._plain.start_tls(ssl_context, server_hostname, _left(self._until, timeout))
        return _Stream(secure, self._until)

    def get_extra_info(self, info: str) -> Any:
        return self._plain.get_extra_info(info)

    def close(self) -> None:
        self._plain.close()


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, all of them checked: one that is not public refuses the whole name. Raises Refused."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"{host} is not known: {error}") from error
    addresses = list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))
    for address in addresses:
        if not _is_public(ipaddress.ip_address(address)) and not _is_allowed(port, host, address):
            raise Refused(f"{host} is not at a public address.")
    return addresses


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return _is_public(address.ipv4_mapped)
        if address not in PUBLIC_IPV6 or any(address in tunnel for tunnel in TUNNELS):
            return False
    unusual = address.is_multicast or address.is_reserved or address.is_link_local or address in METADATA
    return address.is_global and not unusual


def _is_allowed(port: int, *hosts: str) -> bool:
    """EGRESS_ALLOW opens single hosts, with or without a port, for tests and for services in the own house."""
    return any(host in settings.EGRESS_ALLOW or f"{host}:{port}" in settings.EGRESS_ALLOW for host in hosts)


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


def _left(until: float, timeout: float | None) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("No answer in time.")
    return left if timeout is None else min(left, timeout)


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)
