"""Requests that nobody sends in good faith: hostile strings in every place of every route, drawn from a seed."""

from __future__ import annotations

import base64
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote_from_bytes

from fastapi import FastAPI

__all__ = ["Asked", "requests", "templates", "value"]

TOKEN: Final = "соль и сахар 42"  # the staff's, so that what is behind it is reached too
LONGEST: Final = 60_000  # bytes of an address that a client sends
MARKED: Final = b"x-injected"  # a header that only an injection could make

_SEARCH: Final = ("q", "lang", "kind", "body", "from", "to", "document", "ui")
_REGISTER: Final = (
    *("q", "performer", "addressee", "strength", "due", "due_from", "due_to", "recurring", "status"),
    *("body", "kind", "lang", "document", "year", "sort", "ui"),
)
# What each route is asked with, beside what stands in its path.
ROUTES: Final[Mapping[str, tuple[str, ...]]] = {
    "/": ("ui",),
    "/search": (*_SEARCH, "page", "exact"),
    "/search.atom": _SEARCH,
    "/similar": ("id", "ui"),
    "/doc/{document_id}": ("mark", "ui"),
    "/doc/{document_id}/original": ("ui",),
    "/doc/{document_id}/citation.{form}": ("at", "ui"),
    "/doc/{document_id}/page/{number}": ("mark", "ui"),
    "/doc/{document_id}/page/{number}.png": ("mark", "ui"),
    "/documents": ("kind", "page", "ui"),
    "/documents.atom": ("ui",),
    "/about": ("ui",),
    "/opensearch.xml": ("ui",),
    "/sitemap.xml": ("ui",),
    "/robots.txt": ("ui",),
    "/commitments": (*_REGISTER, "page"),
    "/commitments.{form}": _REGISTER,
    "/commitments.atom": _REGISTER,
    "/commitment": ("id", "ui"),
    "/staff/commitment": ("id", "ui"),
    "/api/search": (*_SEARCH, "limit", "offset", "exact"),
    "/api/similar/{passage_id}": (*(name for name in _SEARCH if name != "q"), "limit"),
    "/api/documents/{document_id}": ("ui",),
    "/api/commitments": (*_REGISTER, "limit", "offset"),
    "/api/commitments/{commitment_id}": ("ui",),
    "/api/docs": ("ui",),
    "/api/openapi.json": ("ui",),
    "/metrics": ("ui",),
    "/livez": ("ui",),
    "/readyz": ("ui",),
    "/static": ("v",),
}
# Asked more often than the others: what is typed by people goes furthest there.
DEEP: Final = ("/search", "/api/search", "/search.atom", "/commitments", "/api/commitments", "/commitments.{form}")
HEADERS: Final = (
    *("Accept", "Accept-Language", "Accept-Encoding", "If-None-Match", "If-Modified-Since", "If-Range", "Host"),
    *("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded", "Range", "Referer", "User-Agent"),
    *("Cookie", "Origin", "Sec-Fetch-Site", "Content-Type", "Authorization", "X-Request-ID"),
)
_SENSIBLE: Final[Mapping[str, Sequence[bytes]]] = {
    "Accept": (
        b"application/json;q=1e400",
        b"text/html;q=nan, application/json;q=inf",
        b"*/*;q=-1",
        b";;;,,,q=",
        b"a" * 900,
    ),
    "Accept-Language": (b"ru;q=nan, en;q=inf", b"-", b"q=1", b"ru-" + b"x-" * 400, b"zz," * 300, b"iw;q=1e-999"),
    "Accept-Encoding": (b"gzip;q=nan", b"*", b"gzip, gzip, identity;q=0"),
    "If-None-Match": (b"*", b'W/"', b'"' * 500, b'W/W/W/"x"', b"," * 2_000),
    "If-Modified-Since": (b"Thu, 99 Foo 99999 99:99:99 GMT", b"0", b"-1"),
    "If-Range": (b'"x"', b"W/*", b"Thu, 01 Jan 1970 00:00:00 GMT"),
    "Host": (
        *(b"", b"[", b"[::1", b"[::1]:99999999", b"evil.example/search?", b"a:b:c", b"x@y", b"..", b"\xff\xfe", b"a b"),
        *(b"evil.example#", b"evil.example\\@x", b":0", b"-", b"127.0.0.1:http"),
    ),
    "X-Forwarded-For": (b"::ffff:1.2.3.4, x, , ,", b"1" * 5_000, b"2001:db8::/64", b"fe80::1%eth0", b"'\"<>"),
    "X-Forwarded-Proto": (b"javascript", b"https, http", b"wss", b"\xff"),
    "Range": (
        *(b"bytes=0-0", b"bytes=-1", b"bytes=99999999999999999999-", b"bytes=5-1", b"bytes=a-b", b"lines=1-2"),
        *(
            b"bytes=" + b"0-1," * 2_000 + b"0-1",
            b"bytes=-",
            b"bytes==",
            b"bytes=0-,0-,0-,0-",
            b"bytes=-99999999999999999",
        ),
    ),
    "Authorization": (
        *(
            b"Basic",
            b"Basic \xff\xfe",
            b"Basic !!!!",
            b"Basic " + b"A" * 9_999,
            b"Bearer x",
            b"Basic AAAA ====",
            b"basic\t",
        ),
        b"Basic " + base64.b64encode(b"\xff\xfe:\xed\xa0\x80"),
    ),
    "Content-Type": (
        b"multipart/form-data; boundary=" + b"x" * 900,
        b"text/html; charset=\xff",
        b"/",
        b"application/json",
    ),
    "Origin": (b"null", b"://", b"http://[", b"evil.example"),
}

_READ: Final = {
    "Accept": "/search",
    "Authorization": "/staff/commitment",
    "If-None-Match": "/doc/{document_id}",
    "Range": "/doc/{document_id}/original",
    "If-Range": "/static",
}

_TEXTS: Final = (
    "",
    " \t\u00a0\u2003\u3000",
    "\x00",
    "\x00 \x07\x1b[31m \x7f \u0080\u0085\u009f \ud7ff\ue000 \ufffe \U0010ffff",
    "\r\nX-Injected: yes\r\n\r\n<html>",
    "\u2028\u2029\x0b\x0c\x1c\x1d\x1e\x85",
    "\ud800",
    "право\udc00\ud83d",
    "\udcff\udc80",
    "\u202e\u2066\u2069\u200f\u200b\ufeff\u061c" * 40,
    "а\u202eбв\u202cг",
    "👩‍👩‍👧‍👦" * 80,
    "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f" * 60,
    "\U000e0041\U000e0042\U000e0001" * 100,
    "\ufdd0\ufdef\uffff\U0001fffe\U000f0000\U00100000",
    "\u0378\u0379\U000e01f0\U0002fffd",
    "a" + "\u0301" * 1_900,
    "е" + "\u0308\u0323\u0489" * 600,
    "\u0301" * 1_999,
    "Z̸͔͇͎͑̀ą̵̛͖̞͗l̴̨̞̃g̷̰̾ő̶̙ " * 40,
    "\u1100\u1161\u11a8" * 300,
    "ﷺ" * 700,
    "ﬁﬂﬀ ㍿ ﷽ Ⅷ ½ ①②③ ｆｕｌｌ ℌ𝔢𝔩𝔩𝔬 ²³ ſ İ ı ß ΐ ŉ ǰ",
    "Ω Ω Å Å K K",
    "рaсhоd cоnѕul Ѕеаrсh раураl",
    "prаvо на zащиту 権利 الحق זכות अधिकार 권리 สิทธิ",
    "ㅋㅋㅋ ꙮ ꧅ 𒐫 𓀀 ༺༻",
    "'; DROP TABLE documents; -- \" OR 1=1",
    "1' UNION SELECT sql FROM sqlite_master--",
    "%' AND randomblob(1000000000) AND '%'='",
    'title:x AND (NEAR* ^"" OR [a TO z] ~9 \\ {b TO *] boost^99',
    "body_ru:(право OR *:*) AND NOT IN [a b c] /re.*gex/ ",
    '+ - && || ! ( ) { } [ ] ^ " ~ * ? : \\ /',
    "*" * 500,
    "(" * 1_000,
    ")" * 1_000,
    "[" * 900 + "]" * 900,
    '"' * 1_999,
    '"a" ' * 400,
    "«" * 900 + "»" * 900,
    "«„“”»" * 300,
    "„а“ «б» ‹в› 「г」 『д』 《е》 " * 60,
    "-" * 1_500,
    "-право",
    '-"право на защиту" -«суд» -a -b -c консул',
    " ".join(f"-w{n}" for n in range(400)),
    "−x –y ‐z ‑a －b ﹣c law",
    '"never said anywhere at all" law',
    "(a+)+$" * 300,
    "(?=.*)(?P<x>(((((a*)*)*)*)*)*)\\1",
    "a" * 1_990 + "!",
    "aA" * 900 + " " + "0" * 90,
    "-" + "a " * 900 + '"',
    "{{7*7}}${7*7}#{7*7}<%= 7*7 %>{% raw %}{%",
    "%s%n%x%d {0.__class__.__mro__} $(id) `id`",
    "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>",
    "</mark></u></bdi></blockquote><svg/onload=alert(1)>&lt;&#x3c;&amp;amp;",
    "javascript:alert(1)//",
    "]]><!ENTITY x SYSTEM 'file:///etc/passwd'>&x;",
    "../../../../etc/passwd",
    "..\\..\\..\\windows\\win.ini",
    "....//....//etc/passwd\x00.png",
    "/etc/passwd",
    "file:///etc/passwd",
    "//evil.example/%2e%2e",
    "%2e%2e%2f%00%0d%0a",
    "con nul aux.txt",
    "99999999999999999999999999999",
    "-1",
    "1e308",
    "NaN",
    "0x10",
    "١٢٣",
    "２０２２",
    "二千二十三",
    "0000-00-00",
    "2022-02-30",
    "9999-12-31",
    "10000-01-01",
    "2022-11-02T00:00:00Z",
    "0-0",
    "999999999-999999999",
    "10-5",
    "0-999999999",
    "١-٩",
    "ст. 99999999999999999999 ГК РФ",
    "A/RES/" + "9" * 600 + "/" + "9" * 600,
    "§" * 900,
    "№" * 500 + " " + "1" * 900,
    "99-ФЗ " * 300,
    "ст. 27 " * 280,
    "art. IV § 4a ч. 1 п. 2 " * 80,
    "x" * 1_999,
    "ы" * 2_000,
    "漢" * 2_000,
    "ا" * 1_500,
    "и " * 999,
    "право " * 330,
    " ".join(f"слово{n}" for n in range(200)),
    " ".join(f"{n}" for n in range(500)),
    ", ".join(["a.b.c.d"] * 250),
    "!" * 2_000,
    "?" * 2_000,
    "…" * 2_000,
    ". " * 999,
    "ghbdtn vbh " * 180,
    "pravo na zashchitu " * 100,
    "кфсшыь gjkbnbrf " * 120,
    "zxcvbnmqwrtp " * 150,
    " ".join("яqжxфzщwэ²³ßđŧħłøæ"[n % 7 :] * 25 + "q" * n for n in range(4)),
    " ".join("яqжxфzщwэ²³ßđŧħłøæ" * 4 + "zwq"[n % 3] * n for n in range(18)),
    "q" * 2_001,
    "я" * 4_000,
    "a" + "\u0301" * 10_000,
    "and\n" * 499,
    "a\u200bb\u200cc\u200dd\u2060e\ufefff" * 180,
    "e\u0301" * 999,
    "ö" * 1_999 + "\u0308",
)
FRAGMENTS: Final[tuple[bytes, ...]] = (
    *(text.encode("utf-8", "surrogatepass") for text in _TEXTS),
    *(b"\xff\xfe", b"\xc0\xaf\xc0\xae", b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf", b"\xf8\x88\x80\x80\x80", b"\x80" * 300),
    *(b"\xf4\x90\x80\x80", b"\xed\xa0\x80\xed\xb0\x80", b"\xf0\x9f", b"\xd0", b"caf\xe9", b"\xef\xf0\xe0\xe2\xee"),
    b"\xff" * 1_000,
)
# Ranges of characters that texts are drawn from, and what is drawn between them.
_RANGES: Final = (
    *((0x20, 0x7E), (0x00, 0x1F), (0x80, 0xFF), (0x300, 0x36F), (0x400, 0x4FF), (0x590, 0x6FF), (0x900, 0x97F)),
    *((0xE00, 0xE7F), (0x1100, 0x11FF), (0x2000, 0x206F), (0x2460, 0x24FF), (0x3000, 0x30FF), (0x4E00, 0x9FFF)),
    *((0xAC00, 0xD7A3), (0xD800, 0xDFFF), (0xE000, 0xF8FF), (0xFB00, 0xFDFF), (0xFE00, 0xFE2F), (0xFF00, 0xFFFF)),
    *((0x1F300, 0x1FAFF), (0x20000, 0x2A6DF), (0xE0000, 0xE01EF), (0x10FF00, 0x10FFFF), (0x378, 0x10FFFF)),
)
_OPERATORS: Final = ' "«»„“-−()[]*~^:/\\?!.,;§№%&#+='
_LIKELY: Final[Mapping[str, Sequence[str]]] = {
    "q": (
        "право",
        "consul prison",
        "О чём должен доложить председатель?",
        '"право на защиту" -суд',
        "Wo ist der Konsul?",
    ),
    "lang": ("ru", "en", "he"),
    "kind": ("guide", "resolution"),
    "from": ("2020", "2022-11"),
    "to": ("2030",),
    "due_from": ("2020",),
    "due_to": ("2024-02",),
    "year": ("2022",),
    "strength": ("all", "acts", "instruction"),
    "due": ("stated", "none"),
    "recurring": ("yes", "no"),
    "status": ("open", "overdue"),
    "sort": ("oldest", "due", "performer", "relevance"),
    "page": ("1", "2"),
    "limit": ("1", "5", "100"),
    "offset": ("0", "3"),
    "exact": ("1", "0"),
    "mark": ("0-40", "100-300"),
    "number": ("1", "2", "9"),
    "ui": ("ru", "he", "kk", "xx"),
    "path": ("style.css", "search.js", ""),
}


def templates(app: FastAPI) -> set[str]:
    """The path of every route of an application, as it is written there."""

    def below(routes: Sequence[Any]) -> Iterator[str]:
        for route in routes:
            included = getattr(route, "original_router", None)
            if included is not None:
                yield from below(included.routes)
            else:
                yield route.path

    return set(below(app.routes))


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. `target` is what stands in its first line, percent-encoded or not."""

    route: str
    method: bytes
    target: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""

    def __str__(self) -> str:
        shown = [self.method + b" " + self.target, *(name + b": " + given for name, given in self.headers), self.body]
        return f"{self.route}: " + " | ".join(repr(part[:400]) for part in shown if part)


def value(draw: random.Random) -> bytes:
    """A hostile string, in UTF-8 or in none."""
    way = draw.random()
    if way < 0.5:
        return draw.choice(FRAGMENTS)
    if way < 0.6:
        return draw.randbytes(draw.randint(1, 120))
    if way < 0.7:
        parts = [draw.choice(FRAGMENTS)[: draw.randint(1, 60)] for _ in range(draw.randint(2, 8))]
        return draw.choice((b"", b" ", b"-", b'"')).join(parts)
    size = int(10 ** draw.uniform(0, 3.35))
    if way < 0.8:
        few = draw.choices(FRAGMENTS, k=3)
        letters = "".join(part.decode("utf-8", "replace") for part in few) or "x"
        return "".join(draw.choices(letters, k=size)).encode("utf-8", "surrogatepass")
    ranges = draw.sample(_RANGES, draw.randint(1, 4))
    spaced = draw.random() * 0.3
    text = "".join(
        draw.choice(_OPERATORS) if draw.random() < spaced else chr(draw.randint(*draw.choice(ranges)))
        for _ in range(size)
    )
    return text.encode("utf-8", "surrogatepass")


def requests(seed: int, count: int, ids: Mapping[str, str], *, raw: bool = False) -> Iterator[Asked]:
    """So many requests, each route in its turn and the deep ones more often. `ids`: of a document, a paged one, a
    passage and a commitment that are there; `raw`: also with bytes that a client would not send.
    """
    draw = random.Random(seed)
    routes = [*ROUTES, *DEEP * 3]
    known = [(name, given) for name, many in _SENSIBLE.items() for given in many]
    for n in range(count):
        route = routes[n % len(routes)]
        if n < len(known):  # each at least once, where it is read
            name, given = known[n]
            route = _READ.get(name, route)
            query = _query(draw, route, ids)
            yield Asked(route, b"GET", _path(draw, route, ids) + b"?" + query[:LONGEST], ((name.encode(), given),))
            continue
        if draw.random() < 0.03:
            target = b"/" + quote_from_bytes(value(draw), safe=draw.choice(("/", "/.:@", ""))).encode()
            yield Asked("-", _method(draw, "-"), target, _headers(draw, route, raw))
            continue
        path = _path(draw, route, ids)
        query = _query(draw, route, ids)
        if raw and draw.random() < 0.06:
            place = draw.randint(1, len(path))
            path = (
                path[:place]
                + draw.choice((value(draw), b" ", b"\t", b"\x00", b"\xff", b"#", b"%", b"\\"))
                + path[place:]
            )
        if raw and draw.random() < 0.02:
            query += b"&body=" + draw.choice((b"x", b"%D1%8F", b"\xff", b"%00")) * draw.choice(
                (33_000, 70_000, 1_000_000)
            )
        method = _method(draw, route)
        body = _body(draw, ids, raw) if method not in {b"GET", b"HEAD"} else b""
        target = path + b"?" + query if query or draw.random() < 0.1 else path
        target = target if raw else target[:LONGEST]
        yield Asked(route, method, target, _headers(draw, route, raw), body)


def _method(draw: random.Random, route: str) -> bytes:
    if route == "/staff/commitment" and draw.random() < 0.6:
        return b"POST"
    others = (b"HEAD", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"PATCH", b"TRACE", b"PROPFIND", b"get")
    return b"GET" if draw.random() < 0.93 else draw.choice(others)


def _likely(draw: random.Random, name: str, route: str, ids: Mapping[str, str]) -> bytes:
    """What somebody in good faith would give."""
    if name in {"id", "passage_id", "commitment_id"}:
        return ids["passage" if "similar" in route else "commitment"].encode()
    if name in {"document", "document_id"}:
        return ids["paged" if "/page/" in route or draw.random() < 0.3 else "document"].encode()
    if name == "form":
        return draw.choice(
            ("csv", "xlsx", "json") if "commitments" in route else ("txt", "bib", "ris", "json")
        ).encode()
    return draw.choice(_LIKELY.get(name, ("x", ""))).encode()


def _path(draw: random.Random, route: str, ids: Mapping[str, str]) -> bytes:
    if route == "/static":
        route = "/static/{path}"
    names = re.findall(r"{(\w+)}", route)
    bad = draw.choice(names) if names and draw.random() < 0.5 else ""

    def fill(match: re.Match[str]) -> str:
        name = match[1]
        given = value(draw) if name == bad else _likely(draw, name, route, ids)
        return quote_from_bytes(given, safe=draw.choice(("", "/.")) if name == bad else "")

    return re.sub(r"{(\w+)}", fill, route).encode()


def _query(draw: random.Random, route: str, ids: Mapping[str, str]) -> bytes:
    names = ROUTES[route]
    needed = {"q", "id"} & set(names)
    bad = set(draw.sample(names, min(len(names), draw.choice((0, 1, 1, 1, 2, 4)))))
    if needed and draw.random() < 0.5:
        bad = needed
    parts = []
    for name in names:
        if name in bad:
            given = value(draw)
            safe = draw.choice(("", "", "/:@!$'()*,;", "%"))
            parts.append(f"{name}={quote_from_bytes(given, safe=safe)}")
            if draw.random() < 0.05:
                parts.append(parts[-1])
        elif name in needed or draw.random() < (0.5 if name == "mark" else 0.08):
            parts.append(f"{name}={quote_from_bytes(_likely(draw, name, route, ids))}")
    if draw.random() < 0.05:
        parts.append(quote_from_bytes(value(draw)[:300]) + draw.choice(("", "=", "=1")))
    if draw.random() < 0.03:
        parts += ["&;=%zz%", "a[]=1&a[b]=2&=&&", "q"]
    return "&".join(parts).encode()


def _headers(draw: random.Random, route: str, raw: bool) -> tuple[tuple[bytes, bytes], ...]:
    headers: dict[str, bytes] = {}
    if route.startswith("/staff") and draw.random() < 0.9:
        headers["Authorization"] = b"Basic " + base64.b64encode(f"x:{TOKEN}".encode())
    if draw.random() < 0.25:
        for name in draw.sample(HEADERS, draw.choice((1, 1, 1, 3))):
            known = _SENSIBLE.get(name, ())
            given = draw.choice(known) if known and draw.random() < 0.7 else value(draw)[:8_000]
            # A client would send neither; over the wire the one ends the header and the other begins the next.
            headers[name] = given if raw and draw.random() < 0.2 else re.sub(rb"[\r\n\x00]", b" ", given).strip()
    return tuple((name.encode(), given) for name, given in headers.items())


def _body(draw: random.Random, ids: Mapping[str, str], raw: bool) -> bytes:
    given = {"id": ids["commitment"].encode(), "status": b"done", "remark": value(draw), "seal": value(draw)[:200]}
    if draw.random() < 0.5:
        given[draw.choice(tuple(given))] = value(draw)
    form = b"&".join(name.encode() + b"=" + quote_from_bytes(each).encode() for name, each in given.items())
    way = draw.random()
    if way < 0.1:
        return value(draw)
    if way < 0.2:
        return form + b"&a=1" * draw.choice((10, 200))
    if way < 0.3:
        return form + b"x" * (1_000_000 if raw else 40_000)
    return form
