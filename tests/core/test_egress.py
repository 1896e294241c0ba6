"""What leaves the house goes to public addresses only, whatever the address pretends to be."""

import _socket
import datetime
import http.server
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from oms.core import egress


class Peer(http.server.BaseHTTPRequestHandler):
    """A stranger's server with bad manners, one per path."""

    seen: ClassVar[list[tuple[str, dict[str, str], bytes]]] = []
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.seen.append((self.path, dict(self.headers), body))
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "http://169.254.169.254/latest/meta-data/")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.path == "/drip":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            for _ in range(100):
                self.wfile.write(b".")
                time.sleep(0.1)
        elif self.path == "/large":
            self.send_response(200)
            self.send_header("Content-Length", "5000000")
            self.end_headers()
            self.wfile.write(b"x" * 5_000_000)
        else:
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

    def log_message(self, *args: Any) -> None:
        return


@pytest.fixture
def peer() -> Iterator[int]:
    Peer.seen = []

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, *args: Any) -> None:
            return

    server = Server(("127.0.0.1", 0), Peer)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture
def home(settings: Any) -> None:
    settings.EGRESS_ALLOW = ["127.0.0.1"]


@pytest.fixture(autouse=True)
def numbers_are_read_as_libc_reads_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests ask no name server; odd spellings of numbers need none."""

    def read(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        if host == "localhost":
            host = "127.0.0.1"
        return _socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM, 0, socket.AI_NUMERICHOST)

    monkeypatch.setattr(socket, "getaddrinfo", read)


def answers(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """DNS answers these, in turn, one a question; returns the list of names asked."""
    asked: list[str] = []
    turn = iter(addresses)
    real = socket.getaddrinfo

    def answer(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        if not host.endswith(".example"):
            return real(host, port, *args, **kwargs)
        asked.append(host)
        address = next(turn)
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return asked


def test_an_allowed_host_is_reached_with_its_own_name_and_body(peer: int, home: None) -> None:
    reply = egress.request("POST", f"http://127.0.0.1:{peer}/in", content=b'{"a":1}', headers={"X-A": "b"})

    assert (reply.status, reply.body, reply.whole) == (200, b"ok", True)
    path, headers, body = Peer.seen[0]
    assert (path, headers["Host"], headers["X-A"], body) == (
        "/in",
        f"127.0.0.1:{peer}",
        "b",
        b'{"a":1}',
    )
    assert len(Peer.seen) == 1


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "0",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::]",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.100.100.200",
        "169.254.169.254",
        "168.63.129.16",
        "0.0.0.0",  # noqa: S104  an address to refuse
        "224.0.1.1",
        "255.255.255.255",
        "[fe80::1]",
        "[fc00::1]",
        "[fd00:ec2::254]",
        "[fec0::1]",
        "[ff0e::1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[2001:0:7f00:1::]",
        "①②⑦.⓪.⓪.①",
    ],
)
def test_no_spelling_of_a_private_address_is_called(peer: int, host: str) -> None:
    with pytest.raises(egress.Refused):
        egress.request("POST", f"http://{host}:{peer}/in", seconds=2)

    assert Peer.seen == []


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "//example.com/",
        "example.com",
        "",
        "http://",
        "http:///path",
        "https://user@example.com/",
        "https://user:word@example.com/",
        "https://example.com@127.0.0.1/",
        "https://example.com:22/",
        "https://example.com:25/",
        "https://example.com:99999/",
        "https://example.com:-1/",
        "https://exa mple.com/",
        "https://example.com/\r\nX-Bad: 1",
        "https://[::1/",
        "https://example.com:0/",
        "https://good.example\\@bad.example/",
        "https://[fe80::1%25eth0]/",
        "https://a..b/",
        "https://exa\u202emple.com/",
    ],
)
def test_only_plain_web_addresses_are_taken(url: str) -> None:
    with pytest.raises(egress.Refused):
        egress.check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/hooks?a=b",
        "http://shop.example:8080/",
        "https://متجر.example/",
    ],
)
def test_ordinary_addresses_are_taken(url: str) -> None:
    assert egress.check_url(url).scheme in ("http", "https")


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("HTTPS://Shop.Example", "https://shop.example/"),
        ("https://shop.example:443/a?b=c#d", "https://shop.example/a?b=c"),
        ("http://shop.example:8080/متجر?q=é", "http://shop.example:8080/%D9%85%D8%AA%D8%AC%D8%B1?q=%C3%A9"),
        ("https://متجر.example/", "https://xn--pgbep1f.example/"),
        ("https://[2606:4700::1]:8443/", "https://[2606:4700::1]:8443/"),
    ],
)
def test_an_address_is_kept_in_one_plain_form(url: str, plain: str) -> None:
    kept = str(egress.check_url(url))
    assert kept == plain
    assert str(egress.check_url(kept)) == kept


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "::1", "::ffff:127.0.0.1", "169.254.169.254"])
def test_a_name_that_resolves_to_a_private_address_is_refused(
    peer: int, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    answers(monkeypatch, address)

    with pytest.raises(egress.Refused):
        egress.request("POST", f"http://shop.example:{peer}/in")

    assert Peer.seen == []


def test_one_private_answer_among_public_ones_refuses_the_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    both = [(2, 1, 6, "", ("93.184.216.34", 80)), (2, 1, 6, "", ("10.0.0.1", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: both)

    with pytest.raises(egress.Refused):
        egress.resolve("shop.example", 80)


def test_the_name_is_asked_once_and_the_checked_address_is_the_one_connected_to(
    peer: int, home: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answers(monkeypatch, "127.0.0.1", "10.0.0.1")

    assert egress.request("POST", f"http://shop.example:{peer}/in").status == 200
    assert asked == ["shop.example"]
    assert Peer.seen[0][1]["Host"] == f"shop.example:{peer}"


def test_a_redirect_is_an_answer_and_is_not_followed(peer: int, home: None) -> None:
    assert egress.request("POST", f"http://127.0.0.1:{peer}/redirect").status == 302
    assert len(Peer.seen) == 1


def test_an_answer_in_slow_drips_does_not_stretch_the_call(peer: int, home: None) -> None:
    started = time.monotonic()

    with pytest.raises(egress.EgressError):
        egress.request("POST", f"http://127.0.0.1:{peer}/drip", seconds=0.5)

    assert time.monotonic() - started < 1.5


def test_a_large_answer_is_cut(peer: int, home: None) -> None:
    reply = egress.request("POST", f"http://127.0.0.1:{peer}/large", largest=1000)

    assert (reply.status, len(reply.body), reply.whole) == (200, 1000, False)


def test_a_port_can_be_allowed_alone(peer: int, settings: Any) -> None:
    settings.EGRESS_ALLOW = [f"127.0.0.1:{peer}"]

    assert egress.request("POST", f"http://127.0.0.1:{peer}/in").status == 200
    with pytest.raises(egress.Refused):
        egress.check_url("http://127.0.0.1:6379/")


def test_a_proxy_in_the_environment_is_not_used(
    peer: int, home: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    assert egress.request("POST", f"http://127.0.0.1:{peer}/in").status == 200


def test_nobody_there_is_an_error_of_its_own_kind(home: None) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(egress.EgressError) as failed:
            egress.request("POST", f"http://127.0.0.1:{taken.getsockname()[1]}/", seconds=2)
    assert not isinstance(failed.value, egress.Refused)


@pytest.fixture
def secure_peer(tmp_path: Path) -> Iterator[tuple[int, ssl.SSLContext]]:
    """The stranger's server behind TLS as shop.example, and a context that trusts its certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "shop.example")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("shop.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    pem = certificate.public_bytes(encoding)
    secret = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "both.pem").write_bytes(pem + secret)
    Peer.seen = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Peer)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "both.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server.server_port, ssl.create_default_context(cadata=pem.decode())
    server.shutdown()
    server.server_close()


def test_tls_is_checked_against_the_name_and_not_the_address_connected_to(
    secure_peer: tuple[int, ssl.SSLContext], home: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, trusting = secure_peer
    answers(monkeypatch, "127.0.0.1", "127.0.0.1", "127.0.0.1")
    with pytest.raises(egress.EgressError, match="certificate"):
        egress.request("POST", f"https://shop.example:{port}/in")

    monkeypatch.setattr(egress, "_tls", lambda: trusting)
    assert egress.request("POST", f"https://shop.example:{port}/in", content=b"x").status == 200
    with pytest.raises(egress.EgressError, match="certificate"):
        egress.request("POST", f"https://other.example:{port}/in")
    assert [body for _, _, body in Peer.seen] == [b"x"]
