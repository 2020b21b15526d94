"""Fetching: documents come from a real server, and no address leads anywhere that is not public."""

from __future__ import annotations

import gzip
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kb.errors import NotFetched
from kb.fetch import fetch, is_public

LOCAL = [ip_network("127.0.0.1/32")]
MIB = 2**20


class Sockets:
    """What this process connects to and which names it asks the system for, as the interpreter's audit tells it."""

    def __init__(self) -> None:
        self.active = False
        self.connected: list[str] = []
        self.asked: list[str] = []
        sys.addaudithook(self._event)

    def _event(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self.active:
            return
        if event == "socket.connect":
            address = str(arguments[1][0])  # type: ignore[index]
            self.connected.append(address)
            if not address.startswith("127."):
                raise PermissionError(f"the test was about to connect to {address}")
        elif event == "socket.getaddrinfo":
            self.asked.append(str(arguments[0]))


SOCKETS = Sockets()


@contextmanager
def watched() -> Iterator[Sockets]:
    SOCKETS.connected.clear()
    SOCKETS.asked.clear()
    SOCKETS.active = True
    try:
        yield SOCKETS
    finally:
        SOCKETS.active = False


class Site(BaseHTTPRequestHandler):
    """Pages by path; `{port}` in a redirect is the server's own."""

    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.seen.append((self.headers["Host"], self.path))
        path = self.path.partition("?")[0]
        if path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.server.locations[path])
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif path == "/drip":
            self.send_response(200)
            self.end_headers()
            try:
                for _ in range(100):
                    self.wfile.write(b"x")
                    time.sleep(0.05)
            except OSError:
                return
        elif path == "/flood":
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.end_headers()
            try:
                for _ in range(200):
                    self.wfile.write(b"x" * MIB)
                    self.server.flood += 1
            except OSError:
                return
            finally:
                self.close_connection = True
        else:
            status, headers, body = self.server.pages[path]
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """A real server, and what it was asked."""

    daemon_threads = True

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Site)
        self.port = self.server_address[1]
        self.pages: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.locations: dict[str, str] = {}
        self.seen: list[tuple[str, str]] = []
        self.flood = 0
        if context:
            self.socket = context.wrap_socket(self.socket, server_side=True)

    def handle_error(self, *_: object) -> None:
        pass  # a client that goes away is what some tests are about


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[Server]:
    server = Server(context)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


def names(table: dict[str, Sequence[str]]) -> Callable[[str, int], Sequence[str]]:
    """A resolver of a few names; the system's is not asked."""

    def resolve(host: str, port: int) -> Sequence[str]:
        if host not in table:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return table[host]

    return resolve


def local(server: Server, **more: object) -> Callable[[str], object]:
    """`fetch` as production has it, but that 127.0.0.1 is allowed and docs.example is there."""
    table = {"docs.example": ["127.0.0.1"], "xn--e1afmkfd.xn--p1ai": ["127.0.0.1"]}
    return partial(fetch, **{"allow": LOCAL, "ports": {server.port}, "resolve": names(table), **more})


PRIVATE = {
    "inside.example": ["10.1.2.3"],
    "mixed.example": ["93.184.215.14", "192.168.1.1"],
    "loop.example": ["127.0.0.1"],
    "loop6.example": ["::1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "metadata.example": ["169.254.169.254"],
    "shared.example": ["100.100.100.200"],
    "unique.example": ["fd00:ec2::254"],
    "nat64.example": ["64:ff9b::a00:1"],
    "scoped.example": ["fe80::1%1"],
    "multicast.example": ["224.0.0.1"],
    "nothing.example": [],
    "app.localhost": ["127.0.0.1"],
    "localhost.localdomain": ["127.0.0.1"],
}
HOSTILE = [
    # private, shared, local, reserved
    *(
        f"http://{address}/"
        for address in (
            "127.0.0.1 127.8.9.1 0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.254 192.168.0.1"
            " 169.254.169.254 100.64.0.1 100.127.255.254 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1 198.18.0.1"
            " 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 168.63.129.16"
        ).split()
    ),
    *(
        f"http://[{address}]/"
        for address in (
            ":: ::1 ::2 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:7f00:1 ::ffff:0:127.0.0.1"
            " 64:ff9b::127.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 100::1 2001::1 2001:0:a00:1:: 2001:db8::1"
            " 2002:7f00:1:: 2002:a00:1::1 2002:5db8:d70e:: 3fff::1 5f00::1 fc00::1 fd12:3456::1 fe80::1"
            " fe80::1%25eth0 fec0::1 ff02::1 4000::1"
        ).split()
    ),
    # the same in other spellings
    *(
        f"http://{host}/"
        for host in (
            "2130706433 0x7f000001 0x7f.1 017700000001 0177.0.0.1 127.1 127.0.1 0 127.0.0.1. 127.0.0.01 1.1.1.256"
            " 127%2e0%2e0%2e1 127%2E0.0.1 １２７.0.0.1 ①②⑦.⓪.⓪.① 127。0。0。1 0x7f.0x0.0x0.0x1 a.0x7f 8.8.2056"
        ).split()
    ),
    # names that are none, or lead inside
    *(
        f"http://{host}/"
        for host in "localhost LOCALHOST localhost. intranet docs.example. .example a..b.example".split()
    ),
    *(f"http://{host}/" for host in PRIVATE),
    "http://unknown.example/",
    # user names, empty hosts, odd characters
    "http://docs.example@127.0.0.1/",
    "http://user:word@docs.example/",
    "http://@docs.example/",
    "http://127.0.0.1\\@docs.example/",
    "http://docs.example\\.evil.example/",
    "http://:80/",
    "http:///etc/passwd",
    "http://?x",
    "http:docs.example",
    "//docs.example/",
    "http://docs.example/\r\nHost: inside.example",
    "http://docs.example\t/",
    "http://do cs.example/",
    "http://docs.example\x00.evil.example/",
    "http://docs.example/\ud800",
    "http://[::1",
    "http://[docs.example]/",
    "http://-docs.example/",
    f"http://{'a' * 64}.example/",
    f"http://{'a.' * 200}example/",
    f"http://docs.example/{'a' * 70_000}",
    # ports
    "http://docs.example:22/",
    "http://docs.example:0/",
    "http://docs.example:8080/",
    "http://docs.example:6379/",
    "http://docs.example:99999/",
    "http://docs.example:80:80/",
    "https://docs.example:25/",
    # other schemes
    "file:///etc/passwd",
    "FILE:///etc/passwd",
    "file://docs.example/etc/passwd",
    "gopher://docs.example/_x",
    "ftp://docs.example/x.pdf",
    "data:text/html,<p>x",
    "javascript:alert(1)",
    "dict://docs.example:11211/stats",
    "ldap://docs.example/",
    "jar:http://docs.example!/x",
    "view-source:http://docs.example/",
    "ws://docs.example/",
    "unix:///var/run/docker.sock",
    "",
]


def test_hostile_addresses_make_no_connection() -> None:
    assert len(HOSTILE) >= 60
    assert len(set(HOSTILE)) == len(HOSTILE)
    public = {"docs.example": ["93.184.215.14"]}  # where it is reached at all, the audit stops it and says so
    verify = ssl.create_default_context()  # made once: it takes longer than the checks
    with socket.create_server(("127.0.0.1", 0)) as listening, watched() as sockets:
        listening.setblocking(False)
        port = listening.getsockname()[1]
        for url in [*HOSTILE, *(f"http://{host}:{port}/" for host in ("127.0.0.1", "[::ffff:127.0.0.1]", "127.1"))]:
            permitted = {80, 443, port} if f":{port}/" in url else {80, 443}
            with pytest.raises(NotFetched) as refusal:
                fetch(url, resolve=names({**PRIVATE, **public}), ports=permitted, verify=verify)
            message = str(refusal.value)
            assert message.isprintable(), url
            assert len(message) < 500, url
            assert "word@" not in message
            assert "about to connect" not in message, url
        assert sockets.connected == []
        assert sockets.asked == []
        with pytest.raises(BlockingIOError):
            listening.accept()


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("8.8.8.8", True),
        ("1.1.1.1", True),
        ("2606:4700:4700::1111", True),
        ("2a02:6b8::feed:ff", True),
        ("64:ff9b::808:808", True),
        ("64:ff9b::7f00:1", False),
        ("::ffff:8.8.8.8", False),
        ("2002:808:808::", False),
        ("2001:0:53aa:64c:0:7f:f7f7:f7f7", False),
    ],
)
def test_public_addresses(address: str, public: bool) -> None:
    assert is_public(ip_address(address)) is public


def test_the_checked_address_is_the_one_connected_to(server: Server) -> None:
    """Rebinding: the name means another address at each question, so there is one question a request."""
    server.pages["/a.txt"] = (200, {"Content-Type": "text/plain"}, b"words")
    server.locations["/to/again"] = f"http://docs.example:{server.port}/a.txt"
    answers: list[list[str]] = []

    def resolve(host: str, port: int) -> Sequence[str]:
        return answers.pop(0)

    with socket.create_server(("127.0.0.2", server.port)) as inside, watched() as sockets:
        inside.setblocking(False)
        get = local(server, resolve=resolve)
        answers[:] = [["127.0.0.1"], ["127.0.0.2"]]
        get(f"http://docs.example:{server.port}/a.txt")
        assert answers == [["127.0.0.2"]], "asked once"
        answers[:] = [["127.0.0.1"], ["127.0.0.2"]]
        with pytest.raises(NotFetched, match=r"127\.0\.0\.2 is no public address"):
            get(f"http://docs.example:{server.port}/to/again")
        answers[:] = [["127.0.0.1", "127.0.0.2"]]
        with pytest.raises(NotFetched, match=r"127\.0\.0\.2"):
            get(f"http://docs.example:{server.port}/a.txt")
        assert sockets.connected == ["127.0.0.1", "127.0.0.1"]
        assert set(sockets.asked) <= {"127.0.0.1"}, "no name was left to the system"
        with pytest.raises(BlockingIOError):
            inside.accept()
    assert [host for host, _ in server.seen] == [f"docs.example:{server.port}"] * 2


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.2:{port}/",
        "http://localhost:{port}/",
        "http://[::1]:{port}/",
        "http://[::ffff:127.0.0.2]:{port}/",
        "http://2130706434:{port}/",
        "http://127.0.0.1:22/",
        "//127.0.0.2:{port}/x",
        "http://169.254.169.254/latest/",
        "http://user@docs.example:{port}/",
        "http://inside.example:{port}/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:{port}/",
        "ftp://docs.example/",
        "data:text/html,x",
        "http://[::1",
        "http://docs.example:{port}/to/x",
    ],
)
def test_redirects_are_checked_anew(location: str, server: Server) -> None:
    server.locations["/to/x"] = location.format(port=server.port)
    table = {"docs.example": ["127.0.0.1"], "inside.example": ["10.1.2.3"]}
    with socket.create_server(("127.0.0.2", server.port)) as inside, watched() as sockets:
        inside.setblocking(False)
        with pytest.raises(NotFetched):
            local(server, resolve=names(table))(f"http://docs.example:{server.port}/to/x")
        assert set(sockets.connected) == {"127.0.0.1"}
        assert len(sockets.connected) == (6 if location.endswith("/to/x") else 1), "five redirects are followed"
        with pytest.raises(BlockingIOError):
            inside.accept()


HTML = b"<!doctype html><title>T</title><p>words"
PDF = b"%PDF-1.7\n..."
ZIP = b"PK\x03\x04..."


@pytest.mark.parametrize(
    ("path", "headers", "body", "name"),
    [
        ("/a/report.pdf", {"Content-Type": "application/pdf"}, PDF, "report.pdf"),
        ("/%D0%9E%D1%82%D1%87%D1%91%D1%82.html", {"Content-Type": "text/html; charset=utf-8"}, HTML, "Отчёт.html"),
        ("/page.php", {"Content-Type": "text/html"}, HTML, "page.html"),
        ("/v1.2", {"Content-Type": "application/xhtml+xml"}, HTML, "v1.2.html"),
        ("/", {"Content-Type": "text/html"}, HTML, "docs.example.html"),
        ("/landing.pdf", {"Content-Type": "text/html"}, HTML, "landing.html"),
        ("/get", {"Content-Type": "application/octet-stream"}, PDF, "get.pdf"),
        ("/get.docx", {"Content-Type": "application/octet-stream"}, ZIP, "get.docx"),
        ("/x", {"Content-Disposition": 'attachment; filename="Law 5.odt"'}, ZIP, "Law 5.odt"),
        ("/x", {"Content-Disposition": "attachment; filename*=UTF-8''%D0%97.rtf"}, b"{\\rtf1 x}", "З.rtf"),
        ("/x", {"Content-Disposition": 'attachment; filename="../../etc/a\\b.txt"'}, b"words", "b.txt"),
        ("/readme.md", {"Content-Type": "text/plain"}, b"# words", "readme.md"),
        ("/r", {"Content-Type": "text/markdown"}, b"# words", "r.md"),
        ("/z", {"Content-Type": "text/plain", "Content-Encoding": "gzip"}, gzip.compress(b"words"), "z.txt"),
        ("/u.txt", {"Content-Type": "text/plain"}, "\ufeffслова".encode("utf-16-le"), "u.txt"),
    ],
)
def test_documents_get_the_name_and_suffix_of_what_they_are(
    path: str, headers: dict[str, str], body: bytes, name: str, server: Server
) -> None:
    server.pages[path] = (200, headers, body)
    fetched = fetch(
        f"http://docs.example:{server.port}{path}#part",
        allow=LOCAL,
        ports={server.port},
        resolve=names({"docs.example": ["127.0.0.1"]}),
    )
    assert fetched.name == name
    assert fetched.data == (b"words" if "Content-Encoding" in headers else body)
    assert fetched.url.startswith(f"http://docs.example:{server.port}/")


@pytest.mark.parametrize(
    ("headers", "status", "body", "words"),
    [
        ({"Content-Type": "image/png"}, 200, b"\x89PNG\r\n\x1a\n\0\0", "image/png"),
        ({"Content-Type": "text/html"}, 200, b"MZ\x90\0\x03\0", "not what it says"),
        ({"Content-Type": "application/pdf"}, 200, HTML, "not what it says"),
        ({"Content-Type": "text/plain"}, 200, ZIP, "not what it says"),
        ({"Content-Type": "application/octet-stream"}, 200, b"words", "no document"),
        ({}, 200, b"words", "of no stated type"),
        ({"Content-Type": "text/plain"}, 404, b"words", "answers 404"),
        ({"Content-Type": "text/plain"}, 500, b"words", "answers 500"),
        ({"Content-Type": "text/plain"}, 200, b"", "sends nothing"),
        ({"Content-Type": "text/plain", "Content-Encoding": "gzip, gzip"}, 200, b"words", "coding"),
        ({"Content-Type": "text/plain", "Content-Encoding": "gzip"}, 200, b"words", "cannot be fetched"),
        ({"Content-Type": "text/plain"}, 200, b"x" * (MIB + 1), "more than 1 MiB"),
        (
            {"Content-Type": "text/plain", "Content-Encoding": "gzip"},
            200,
            gzip.compress(bytes(8 * MIB)),
            "more than 1 MiB",
        ),
    ],
)
def test_what_is_no_document_is_refused(
    headers: dict[str, str], status: int, body: bytes, words: str, server: Server
) -> None:
    server.pages["/x"] = (status, headers, body)
    with pytest.raises(NotFetched, match=words):
        local(server, max_bytes=MIB)(f"http://docs.example:{server.port}/x")


def test_redirects_names_in_any_script_and_second_addresses(server: Server) -> None:
    server.locations["/to/a"] = "../b.txt?key=1"
    server.pages["/b.txt"] = (200, {"Content-Type": "text/plain"}, b"words")
    table = {"xn--e1afmkfd.xn--p1ai": ["127.0.0.9", "127.0.0.1"]}  # nothing listens at the first
    allow = [ip_network("127.0.0.0/8")]
    fetched = fetch(f"http://пример.рф:{server.port}/to/a", allow=allow, ports={server.port}, resolve=names(table))
    assert fetched.data == b"words"
    assert fetched.url.endswith("/b.txt?key=1")


def test_a_flood_is_cut_off_and_a_drip_ends_in_time(server: Server) -> None:
    with pytest.raises(NotFetched, match="more than 2 MiB"):
        local(server, max_bytes=2 * MIB)(f"http://docs.example:{server.port}/flood")
    assert server.flood < 100
    started = time.monotonic()
    with pytest.raises(NotFetched, match=r"longer than 0\.5 s"):
        local(server, seconds=0.5)(f"http://docs.example:{server.port}/drip")
    assert time.monotonic() - started < 2


def test_proxies_of_the_environment_are_not_used(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.pages["/a.txt"] = (200, {"Content-Type": "text/plain"}, b"words")
    with socket.create_server(("127.0.0.2", 0)) as proxy:
        proxy.setblocking(False)
        for variable in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "https_proxy"):
            monkeypatch.setenv(variable, f"http://127.0.0.2:{proxy.getsockname()[1]}")
        monkeypatch.delenv("no_proxy", raising=False)
        local(server)(f"http://docs.example:{server.port}/a.txt")
        with pytest.raises(BlockingIOError):
            proxy.accept()


def certificates(folder: Path, host: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context with a certificate for `host`, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "server.pem").write_bytes(pem + private)
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(folder / "server.pem")
    return ours, ssl.create_default_context(cadata=pem.decode())


def test_certificates_are_checked_against_the_name(tmp_path: Path) -> None:
    ours, theirs = certificates(tmp_path, "docs.example")
    with serving(ours) as server:
        server.pages["/a.txt"] = (200, {"Content-Type": "text/plain"}, b"words")
        server.locations["/to/other"] = f"https://other.example:{server.port}/a.txt"
        table = {"docs.example": ["127.0.0.1"], "other.example": ["127.0.0.1"]}
        get = local(server, verify=theirs, resolve=names(table))
        assert get(f"https://docs.example:{server.port}/a.txt").data == b"words"  # type: ignore[attr-defined]
        for path in (f"other.example:{server.port}/a.txt", f"docs.example:{server.port}/to/other"):
            with pytest.raises(NotFetched, match="certificate"):
                get(f"https://{path}")
        with pytest.raises(NotFetched, match="certificate"):
            local(server, resolve=names(table))(f"https://docs.example:{server.port}/a.txt")
    assert [path for _, path in server.seen] == ["/a.txt", "/to/other"]
