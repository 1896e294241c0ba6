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
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlsplit

import httpcore
from django.conf import settings

from oms.core.saying import said

HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9a-fA-F:.]+")
# Left as they are in a path and a query; anything else that is no letter or digit is percent-encoded.
URL_SAFE = "%/:=&?~+!$,;'@()*[]"
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
class Target:
    """A checked address in its parts. `host` is ASCII and without brackets, `path` holds the query too."""

    scheme: str
    host: str
    port: int
    path: str

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == WEB_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `body` is cut at the limit; `whole` says whether it was."""

    status: int
    body: bytes
    whole: bool


def check_url(url: str) -> Target:
    """The address, parsed; what its name resolves to is checked when it is called. Raises Refused."""
    if not url.isprintable() or any(letter.isspace() or letter == "\\" for letter in url):
        raise Refused(said("That is no address."))
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        ascii_host = host if ":" in host else host.encode("idna").decode()
        port = parts.port
    except ValueError as error:
        raise Refused(said("That is no address.")) from error
    if parts.scheme not in WEB_PORTS or not HOST.fullmatch(ascii_host):
        raise Refused(said("Only http and https addresses are called."))
    if "@" in parts.netloc:
        raise Refused(said("An address must not carry a user or password."))
    port = WEB_PORTS[parts.scheme] if port is None else port
    # Mail, SSH and the like sit below 1024 and must not be spoken to through us.
    if port < 1024 and port not in WEB_PORTS.values():
        raise Refused(said("Port %(port)s is not a web port.", port=str(port)))
    literal = _literal(ascii_host)
    if literal and not _is_public(literal) and not _is_allowed(port, ascii_host, str(literal)):
        raise Refused(said("%(host)s is not a public address.", host=host))
    path = quote(parts.path or "/", safe=URL_SAFE)
    query = f"?{quote(parts.query, safe=URL_SAFE)}" if parts.query else ""
    return Target(parts.scheme, ascii_host, port, path + query)


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
    sent = {"User-Agent": "Relay/1", "Accept-Encoding": "identity", **(headers or {})}
    until = time.monotonic() + seconds
    waits = dict.fromkeys(("connect", "read", "write", "pool"), seconds)
    pool = httpcore.ConnectionPool(
        ssl_context=_tls() if target.scheme == "https" else None, network_backend=_Guard(until)
    )
    try:
        with (
            pool,
            pool.stream(
                method,
                httpcore.URL(
                    scheme=target.scheme.encode(),
                    host=target.host.encode(),
                    port=target.port,
                    target=target.path.encode(),
                ),
                headers=list(sent.items()),
                content=content,
                extensions={"timeout": waits},
            ) as response,
        ):
            body = bytearray()
            # As it comes: a small compressed answer must not unfold into a large one.
            for chunk in response.iter_stream():
                body += chunk
                if len(body) > largest:
                    break
            return Reply(response.status, bytes(body[:largest]), len(body) <= largest)
    except (
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.TimeoutException,
        httpcore.UnsupportedProtocol,
        OSError,
        ValueError,
    ) as error:
        raise EgressError(f"{type(error).__name__}: {error}"[:300]) from error


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
        raise Refused(said("No sockets of this machine."))


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
            raise Refused(said("%(host)s is not at a public address.", host=host))
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
    """The address a host is by its spelling, 127.1 and 0x7f.1 too, as every resolver reads them; else None."""
    if host == "localhost" or host.endswith(".localhost"):
        return ipaddress.IPv4Address("127.0.0.1")
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


def _left(until: float, timeout: float | None) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("No answer in time.")
    return left if timeout is None else min(left, timeout)


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return httpcore.default_ssl_context()
