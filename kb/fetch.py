"""An address on the web → the bytes of a document, reached in a way that leads into no private network."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from email.message import Message
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import unquote

import httpx

from kb.errors import NotFetched
from kb.read import SUFFIXES

__all__ = ["MAX_BYTES", "PORTS", "Fetched", "Network", "Resolver", "fetch", "is_public"]

Network = IPv4Network | IPv6Network
Resolver = Callable[[str, int], Sequence[str]]  # host, port → its addresses

MAX_BYTES: Final = 64 * 2**20
PORTS: Final = frozenset({80, 443})
REDIRECTS: Final = 5
SECONDS: Final = 60.0  # for everything: names, connections, redirects, the body
STEP_SECONDS: Final = 20.0  # for a connection, or the next piece of an answer
ADDRESSES: Final = 4  # of one host that are tried

# Two labels or more, the last beginning with a letter: no address in decimal, octal or hexadecimal, no bare name of
# a local machine, no final dot.
_HOST: Final = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
_CLOSED: Final = tuple(
    ip_network(network)
    for network in (
        "168.63.129.16/32",  # a cloud's own services, under a public address
        "192.0.0.0/24",  # protocol assignments, of which ipaddress calls some global
        "192.88.99.0/24",  # 6to4 relays
        "2001::/23",  # protocol assignments: Teredo, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
    )
)
_UNICAST: Final = IPv6Network("2000::/3")  # all that is assigned as global unicast
_NAT64: Final = IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address in the last 32 bits

_SUFFIX: Final = {
    "application/epub+zip": ".epub",
    "application/jsonl": ".jsonl",
    "application/pdf": ".pdf",
    "application/rtf": ".rtf",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/x-fictionbook+xml": ".fb2",
    "application/x-ndjson": ".jsonl",
    "application/x-pdf": ".pdf",
    "application/xhtml+xml": ".html",
    "text/html": ".html",
    "text/markdown": ".md",
    "text/plain": ".txt",
    "text/rtf": ".rtf",
    "text/x-markdown": ".md",
}
# Types that say nothing: the name's suffix and the first bytes decide.
_VAGUE: Final = frozenset(
    {
        "",
        "application/download",
        "application/force-download",
        "application/octet-stream",
        "application/x-download",
        "application/zip",
        "binary/octet-stream",
    }
)
_ZIPPED: Final = frozenset({".docm", ".docx", ".dotx", ".epub", ".odt", ".ott"})
_PROGRAMS: Final = frozenset({".asp", ".aspx", ".cgi", ".do", ".jsp", ".php"})


@dataclass(frozen=True, slots=True)
class Fetched:
    """A fetched document: the address it came from in the end, a file name with the suffix of its kind, its bytes."""

    url: str
    name: str
    data: bytes


def fetch(
    url: str,
    *,
    max_bytes: int = MAX_BYTES,
    seconds: float = SECONDS,
    ports: Collection[int] = PORTS,
    allow: Sequence[Network] = (),
    resolve: Resolver | None = None,
    verify: ssl.SSLContext | None = None,
) -> Fetched:
    """Fetch a document over http or https. Raises NotFetched with the reason.

    Each address, those of redirects too, is checked before anything is sent: its name is resolved once (by `resolve`,
    else by the system), every address found must be public or in a network of `allow`, and the connection goes to
    the address that was checked, so that another answer a moment later changes nothing. Certificates are checked
    against the name (by `verify`, else the usual authorities). Proxies of the environment are not used.
    """
    try:
        _parsed(url)
        return asyncio.run(_fetch(url, max_bytes, seconds, _Checked(ports, allow, resolve or _resolve, verify)))
    except TimeoutError:
        raise NotFetched(f"{_shown(url)}: took longer than {seconds:g} s; fetch it by hand and add the file") from None
    except httpx.InvalidURL as error:
        raise NotFetched(f"{_shown(url)}: is no usable address ({_line(error)})") from None
    except httpx.HTTPError as error:
        raise NotFetched(f"{_shown(url)}: cannot be fetched ({_line(error) or type(error).__name__})") from None


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is one of the public internet's hosts: none that is private, shared, local, reserved, of
    multicast or documentation, nor an IPv6 address that stands for such an IPv4 address.
    """
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
        if address not in _UNICAST or address.scope_id:
            return False
    elif not address.is_global or address.is_multicast or address.is_reserved:
        return False
    return not any(address in network for network in _CLOSED)


async def _fetch(url: str, max_bytes: int, seconds: float, transport: _Checked) -> Fetched:
    headers = {"User-Agent": "kb", "Accept-Encoding": "identity"}
    client = httpx.AsyncClient(transport=transport, headers=headers, timeout=STEP_SECONDS, trust_env=False)
    async with asyncio.timeout(seconds), client:
        for _ in range(REDIRECTS + 1):
            async with client.stream("GET", _parsed(url)) as response:
                if response.next_request is not None:
                    url = str(response.next_request.url)
                    continue
                return _named(response, url, await _body(response, url, max_bytes))
    raise NotFetched(f"{_shown(url)}: is redirected more than {REDIRECTS} times")


class _Checked(httpx.AsyncHTTPTransport):
    """Sends a request to an address that was checked, under the name that was asked for."""

    def __init__(
        self, ports: Collection[int], allow: Sequence[Network], resolve: Resolver, verify: ssl.SSLContext | None
    ) -> None:
        # A connection kept would be used for another name at the same address, unchecked against its certificate.
        limits = httpx.Limits(max_keepalive_connections=0)
        super().__init__(verify=True if verify is None else verify, trust_env=False, limits=limits)
        self._ports = ports
        self._allow = allow
        self._resolve = resolve

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.raw_host.decode("ascii")
        addresses = await self._addresses(request.url, host)
        failure: httpx.HTTPError | None = None
        for address in addresses[:ADDRESSES]:
            pinned = httpx.Request(
                request.method,
                request.url.copy_with(host=str(address)),
                headers=request.headers,  # "Host" among them
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": host},
            )
            try:
                return await super().handle_async_request(pinned)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
        assert failure is not None
        raise failure

    async def _addresses(self, url: httpx.URL, host: str) -> list[IPv4Address | IPv6Address]:
        """The host's addresses, all of them checked. Raises NotFetched."""
        shown = _shown(str(url))
        port = {"http": 80, "https": 443}[url.scheme] if url.port is None else url.port
        if port not in self._ports:
            raise NotFetched(f"{shown}: port {port} is not fetched from; --port {port} permits it")
        try:
            found = [host] if _literal(host) else await asyncio.to_thread(self._resolve, host, port)
            addresses = [ip_address(text) for text in found]
        except OSError as error:
            raise NotFetched(f"{shown}: the name {host} cannot be resolved ({error.strerror or error})") from None
        if not addresses:
            raise NotFetched(f"{shown}: the name {host} has no address")
        for address in addresses:
            if not is_public(address) and not any(address in network for network in self._allow):
                raise NotFetched(f"{shown}: {address} is no public address; fetch it by hand and add the file")
        return addresses


def _resolve(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _parsed(url: str) -> httpx.URL:
    """The address, if it is one that is fetched at all. Raises NotFetched, httpx.InvalidURL."""
    shown = _shown(url)
    scheme, separator, rest = url.partition("://")
    if scheme.lower() not in {"http", "https"} or not separator:
        raise NotFetched(f"{shown}: only http:// and https:// are fetched")
    if not url.isprintable() or re.search(r"[\s\\]", url):
        raise NotFetched(f"{shown}: holds spaces, backslashes or control characters")
    if "@" in re.split(r"[/?#]", rest)[0]:
        raise NotFetched(f"{shown}: a name or password before the host is not sent; take it out")
    parsed = httpx.URL(url).copy_with(fragment=None)
    host = parsed.raw_host.decode("ascii")
    if not _literal(host) and (len(host) > 253 or not _HOST.fullmatch(host)):
        raise NotFetched(f"{shown}: names no host of the public internet, such as www.example.org")
    return parsed


def _literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


async def _body(response: httpx.Response, url: str, max_bytes: int) -> bytes:
    """The body, never more than `max_bytes` and a piece of it. Raises NotFetched."""
    shown = _shown(url)
    if response.status_code != httpx.codes.OK:
        raise NotFetched(f"{shown}: the server answers {response.status_code} {response.reason_phrase}".rstrip())
    # One coding grows a piece of 64 KiB to 64 MiB at most; several, one within the other, to anything.
    if response.headers.get("content-encoding", "identity").strip().lower() not in {"identity", "gzip", "deflate"}:
        raise NotFetched(f"{shown}: the server sends it in a coding that was not asked for")
    length = response.headers.get("content-length", "")
    body = bytearray()
    too_large = length.isdecimal() and int(length) > max_bytes
    if not too_large:
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > max_bytes:
                too_large = True
                break
    if too_large:
        raise NotFetched(f"{shown}: has more than {max_bytes / 2**20:g} MiB; --max-mb permits more")
    if not body:
        raise NotFetched(f"{shown}: the server sends nothing")
    return bytes(body)


def _named(response: httpx.Response, url: str, data: bytes) -> Fetched:
    declared = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    path = PurePosixPath(httpx.URL(url).path)
    name = _disposition(response.headers.get("content-disposition", "")) or unquote(path.name)
    name = re.split(r"[/\\]", name)[-1].strip() or httpx.URL(url).host
    suffix = _suffix(declared, name, data)
    if not suffix:
        kind = declared or "of no stated type"
        raise NotFetched(f"{_shown(url)}: is {kind} and no document that kb reads, or not what it says it is")
    named = PurePosixPath(name).suffix.lower()
    if SUFFIXES.get(named) != SUFFIXES[suffix]:
        name = (name[: -len(named)] if named in SUFFIXES or named in _PROGRAMS else name) + suffix
    return Fetched(url, name, data)


def _disposition(header: str) -> str:
    """The file name of a Content-Disposition header (RFC 6266), "" where it has none."""
    message = Message()
    message["Content-Disposition"] = header
    return message.get_filename("") if header else ""


def _suffix(declared: str, name: str, data: bytes) -> str:
    """What the bytes are, as a suffix; "" where type, name and first bytes give no kind of document or disagree."""
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"%PDF-"):
        return ".pdf"
    if start.startswith(b"{\\rtf"):
        return ".rtf"
    named = PurePosixPath(name).suffix.lower()
    suffix = _SUFFIX.get(declared, "")
    if declared in _VAGUE or (declared == "text/plain" and named not in _ZIPPED):
        suffix = named if named in SUFFIXES else suffix
    if suffix in {".pdf", ".rtf"} or (suffix in _ZIPPED) != data.startswith(b"PK\x03\x04"):
        return ""
    binary = b"\0" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff"))
    return "" if binary and suffix not in _ZIPPED else suffix


def _shown(url: str) -> str:
    """The address for a message: one short line, without a password."""
    safe = re.sub(r"(?<=://)[^/?#]*@", "", url.encode("utf-8", "replace").decode("utf-8"))
    line = "".join(character if character.isprintable() else "�" for character in safe)
    return line if len(line) <= 200 else f"{line[:199]}…"


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
