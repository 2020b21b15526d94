"""What is asked is written nowhere: a canary in every place of every route of a real `kb serve`, its failures
included, and then a look at every file, environment and command line of the session.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hostile import HEADERS, ROUTES, TOKEN
from serving import Server, serving

# Letters of two scripts, so that it looks otherwise in every encoding; what starts with it is a canary too.
CANARY = "КанарейкаVogel"
IDS = {
    "document": "resolution-2022-11-02-economic-cooperation",
    "document_id": "detained-abroad",
    "passage_id": "resolution-2022-11-02-economic-cooperation#op__item_13",
    "commitment_id": "resolution-2022-11-02-economic-cooperation#op__item_21!1",
    "number": "1",
}
# Where a server is made to fail, and the method that fails there when the canary's last letters name it.
LAYERS = {
    "encoder": ("kb.encode.bundled", "BundledEncoder", "encode_queries"),
    "tokenizer": ("kb.encode.tokenizer", "XlmrTokenizer", "ids"),
    "rescue": ("kb.rescue", "Rescuer", "rescue"),
    "lexical": ("kb.lexical", "LexicalIndex", "sought"),
    "ranking": ("kb.ranking", "Ranker", "rank"),
    "records": ("kb.generation", "Generation", "rows"),
    "register": ("kb.register", "Register", "find"),
    "answer": ("kb.search", "Answer", "to_json"),
    "template": ("jinja2.environment", "Template", "render"),
}
# Python runs this before the server: methods that fail with the canary in the message, and a noisy one.
SITE = f"""
import asyncio, importlib, logging, sys, threading, warnings

def broken(layer, method):
    def call(*given, **named):
        said = repr((given, named)).casefold()
        if "in" + layer in said:
            try:
                raise KeyError(said)
            except KeyError as error:
                raise RuntimeError(f"cannot go on with {{said}}") from error
        return method(*given, **named)
    return call

class Lost:
    def __init__(self, said):
        self.said = said

    def __del__(self):
        raise ValueError(self.said)

def noisy(method):
    def call(*given, **named):
        said = repr((given, named))
        if "noise" in said:
            warnings.warn(said)
            logging.getLogger("somebody").error("heard of %s", said)
            logging.getLogger("kb.somebody").warning(said)
            logging.warning(said)
            Lost(said)

            def fail():
                raise ValueError(said)

            async def forgotten():
                raise ValueError(said)

            async def forget():
                asyncio.ensure_future(forgotten())
                await asyncio.sleep(0)
                await asyncio.sleep(0)

            thread = threading.Thread(target=fail, name=said)
            thread.start()
            thread.join()
            asyncio.run(forget())
            try:
                raise ValueError(said)
            except ValueError:
                logging.getLogger("somebody").exception(said)
        return method(*given, **named)
    return call

if "serve" in sys.orig_argv:
    for layer, (module, owner, name) in {LAYERS!r}.items():
        owner = getattr(importlib.import_module(module), owner)
        setattr(owner, name, broken(layer, getattr(owner, name)))
    from kb.rescue import Rescuer
    Rescuer.rescue = noisy(Rescuer.rescue)
"""


def forms(text: str) -> set[bytes]:
    """A text as it may stand in a file."""
    found: set[bytes] = set()
    for one in {text, text.lower(), text.upper(), text.casefold()}:
        encoded = one.encode("utf-8")
        found |= {encoded, one.encode("utf-16-le"), one.encode("utf-16-be"), encoded.decode("latin-1").encode("utf-8")}
        found |= {quote(one).encode(), quote(one).lower().encode(), quote(quote(one)).encode()}
        found |= {json.dumps(one)[1:-1].encode(), repr(encoded)[2:-1].encode(), ascii(one)[1:-1].encode()}
    return found | {base64.b64encode(f"{part}".encode())[:16] for part in (text, f"{text}:", f"x:{text}")}


TRACES = forms(CANARY)


def trace(data: bytes) -> str:
    """What of the canary is in some bytes, with what stands around it; "" for nothing."""
    for form in TRACES:
        if (at := data.find(form)) >= 0:
            return repr(data[max(at - 80, 0) : at + 80])
    return ""


def send(server: Server, method: str, target: bytes, headers: dict[str, bytes], body: bytes = b"") -> tuple[int, bytes]:
    """The status of the answer to a request as these bytes, and its head and body."""
    lines = [method.encode() + b" " + target + b" HTTP/1.1", b"Connection: close"]
    lines += [name.encode() + b": " + given for name, given in {"Host": b"localhost", **headers}.items()]
    lines += [b"Content-Length: %d" % len(body), b"", b""]
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(b"\r\n".join(lines) + body)
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    return int(answer.split(b" ", 2)[1]), answer


def basic(text: str) -> bytes:
    return b"Basic " + base64.b64encode(text.encode())


def addresses() -> Iterator[str]:
    """Each route with the canary in one place at a time, and in all of them."""
    canary = quote(CANARY)
    for route, names in ROUTES.items():
        path = f"{route}/{{path}}" if route == "/static" else route
        places = re.findall(r"{(\w+)}", path)
        plain = path
        for place in places:
            known = {"form": "csv" if "commitments" in route else "bib", "path": "style.css"} | IDS
            plain = plain.replace(f"{{{place}}}", quote(known[place]))
        for place in places:
            yield path.replace(f"{{{place}}}", canary).replace("{form}", "bib").replace("{number}", "1")
        needed = {"q": "law", "id": IDS["passage_id" if "similar" in route else "commitment_id"]}
        for name in names:
            rest = "&".join(f"{each}={quote(needed[each])}" for each in names if each in needed and each != name)
            yield f"{plain}?{name}={canary}&{rest}"
        yield f"{plain}?{'&'.join(f'{name}={canary}' for name in names)}&{canary}={canary}"
    yield f"/{canary}"
    yield f"//{canary}/{canary}"
    yield f"/doc/{canary}/{canary}"


@pytest.fixture
def folder(tmp_path: Path, shipped: tuple[Path, Any]) -> Path:
    """All that a server writes to: an index of its own, home, temporary files, cache; and what Python runs first."""
    shutil.copytree(shipped[0], tmp_path / "index", ignore=shutil.ignore_patterns("cache"))
    for name in ("home", "temporary", "cache", "site"):
        (tmp_path / name).mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(SITE, encoding="utf-8")
    return tmp_path


def environment(folder: Path, root: Path) -> dict[str, str]:
    return {
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "temporary"),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "XDG_STATE_HOME": str(folder / "home"),
        "XDG_DATA_HOME": str(folder / "home"),
        "XDG_RUNTIME_DIR": str(folder / "temporary"),
        "PYTHONPATH": f"{folder / 'site'}{os.pathsep}{root}",
        "PYTHONFAULTHANDLER": "1",
        "PYTHONWARNINGS": "always",
        "KB_NOTES": str(folder / "notes.sqlite"),
    }


def kept(folder: Path) -> dict[Path, tuple[int, int]]:
    """Every file below a folder, with when and how large it was written."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in files}


@contextmanager
def looked_at(folder: Path) -> Iterator[None]:
    """Whatever was written below a folder within the block has nothing of the canary, in its name or in itself."""
    before = kept(folder)
    yield
    for path, state in kept(folder).items():
        assert not trace(str(path).encode()), path
        if before.get(path) != state:
            assert not trace(path.read_bytes()), f"{path}: {trace(path.read_bytes())}"


def family(pid: int) -> list[int]:
    """A process and all below it."""
    below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in below for one in family(int(child)))]


def looks_clean(server: Server, folder: Path) -> None:
    """What a running server shows of itself to the machine: how it was called, and the files it writes to."""
    for pid in family(server.process.pid):
        for name in ("cmdline", "environ", "comm"):
            assert not trace(Path(f"/proc/{pid}/{name}").read_bytes())
        assert re.search(r"Max core file size +0 +0 ", Path(f"/proc/{pid}/limits").read_text())
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            target = str(entry.readlink())
            flags = re.search(r"flags:\s+([0-7]+)", Path(f"/proc/{pid}/fdinfo/{entry.name}").read_text())
            if target.startswith("/") and flags and int(flags[1], 8) & os.O_ACCMODE and not target.startswith("/dev/"):
                assert target.startswith(str(folder)), f"{target} is written to"


def outbound(answer: bytes, address: str) -> int:
    """How many links of a page lead elsewhere; none may tell where one was, nor may anything come from there."""
    head, _, body = answer.partition(b"\r\n\r\n")
    policy = b"same-origin" if address.startswith("/staff/") and b" 200 " in head[:20] else b"no-referrer"
    assert re.search(rb"(?im)^referrer-policy: " + policy + rb"\r?$", head), address
    if b"text/html" not in head:
        return 0
    html = body.decode("utf-8")
    links = re.findall(r'<a\b[^>]*\bhref="(?:https?:)?//[^>]*>', html)
    assert all(re.search(r'\brel="[^"]*\bnoreferrer\b', link) for link in links), address
    assert not re.search(r'<(?:img|script|iframe|source|form)\b[^>]*\b(?:src|action)="(?:https?:)?//', html), address
    return len(links)


def test_the_canary_is_recognised_in_any_form() -> None:
    for written in (
        f"GET /search?q={quote(CANARY)} HTTP/1.1",
        f"GET /search?q={quote(CANARY).lower()}",
        CANARY.upper(),
        CANARY.casefold(),
        json.dumps({"q": f"x{CANARY}x"}),
        repr(CANARY.encode()),
    ):
        assert trace(written.encode()), written
    assert trace(CANARY.encode("utf-16"))
    assert trace(basic(f"{CANARY}:x"))
    assert not trace("Канарейка и Vogel".encode())
    page = b"HTTP/1.1 200 OK\r\nReferrer-Policy: no-referrer\r\nContent-Type: text/html\r\n\r\n"
    assert outbound(page + b'<a href="https://a.example/" rel="noopener noreferrer">', "/") == 1
    for told in (b'<a href="https://a.example/" rel="noopener">', b'<img src="//a.example/">'):
        with pytest.raises(AssertionError):
            outbound(page + told, "/")


def test_nothing_that_is_asked_is_written_anywhere(folder: Path, root: Path) -> None:
    log, raw = folder / "log", CANARY.encode()
    given = {**environment(folder, root), "KB_STAFF_TOKEN": TOKEN, "KB_SEARCHES_PER_MINUTE": "0", "KB_METRICS": "true"}
    bearing = {name: raw for name in HEADERS if name not in {"Host", "Accept-Encoding"}}
    with looked_at(folder), serving(root / "corpus", folder / "index", log, **given) as server:
        statuses, links = set(), 0
        for address in addresses():
            status, answer = send(server, "GET", address.encode(), bearing)
            statuses.add(status)
            links += outbound(answer, address)
        assert statuses >= {200, 400, 404, 422, 401}
        assert links, "there are links that lead elsewhere"
        search = f"/search?q={quote(CANARY)}".encode()
        for name in HEADERS:
            send(server, "GET", search, {name: raw})
        for method in ("POST", "HEAD", "OPTIONS", CANARY):
            send(server, method, search, bearing, raw)
        form = "&".join(f"{name}={quote(CANARY)}" for name in ("id", "status", "remark", "seal", CANARY)).encode()
        staff = b"/staff/commitment?id=" + quote(IDS["commitment_id"]).encode()
        for password, status in ((f"{CANARY}:{CANARY}", 401), (f"{CANARY}:{TOKEN}", 200), (f"{TOKEN}:{CANARY}", 401)):
            shown = {"Authorization": basic(password), "Referer": raw}
            assert send(server, "GET", staff, shown)[0] == status
            send(server, "POST", staff, shown, form)
        for line in (b"GET /" + raw + b" HTTP/1.1", raw, b"GET / HTTP/1.1\r\n" + raw, b"\x16\x03\x01" + raw):
            with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
                connection.sendall(line + b"\r\n\r\n")
                assert connection.recv(100).startswith(b"HTTP/1.1 400")
        for target in (search * 40, b"/search?q=law&body=" + quote(CANARY).encode() * 600):
            send(server, "GET", target, {})
        assert trace(send(server, "GET", search, {})[1]), "it is the canary that is sent"
        assert not trace(send(server, "GET", b"/metrics", {})[1])
        looks_clean(server, folder)
    said = log.read_text(encoding="utf-8")
    assert "Invalid HTTP request received." in said
    assert "Traceback" not in said


def test_a_failure_at_any_layer_is_written_without_what_was_asked(folder: Path, root: Path) -> None:
    log, given = folder / "log", environment(folder, root)
    with looked_at(folder), serving(root / "corpus", folder / "index", log, **given) as server:
        for layer in LAYERS:
            word = quote(f"{CANARY}in{layer}")
            places = {
                "records": f"/doc/{word}?ui={word}",
                "register": f"/commitments?q={word}",
                "answer": f"/api/search?q={word}",
            }
            status, answer = send(server, "GET", places.get(layer, f"/search?q={word}").encode(), {})
            assert status == 500, layer
            assert b"RuntimeError" not in answer
            assert "cannot go on" not in answer.decode("utf-8", "replace")
        status, _ = send(server, "GET", f"/search?q={quote(CANARY + ' noise')}".encode(), {})
        assert status == 200
        assert send(server, "GET", b"/readyz", {})[0] == 200
        looks_clean(server, folder)
    said = log.read_text(encoding="utf-8")
    assert "Traceback" not in said
    assert len(re.findall(r"RuntimeError at sitecustomize\.py:\d+", said)) >= len(LAYERS)
    # What others say is told of by its place.
    for told in ("UserWarning at sitecustomize.py:", "somebody at sitecustomize.py:", "root at sitecustomize.py:"):
        assert told in said, told
    assert said.count("ValueError at sitecustomize.py:") >= 3
    assert "asyncio at base_events.py:" in said


def test_nothing_that_a_language_model_asks_is_written_anywhere(folder: Path, root: Path) -> None:
    """The same of `kb mcp`: a bare client over standard input and output."""
    (folder / "site" / "sitecustomize.py").unlink()
    flags = ["--corpus", str(root / "corpus"), "--index", str(folder / "index")]
    given = {**os.environ, **environment(folder, root)}
    calls = [
        {"name": "search", "arguments": {"query": CANARY, "body": CANARY}},
        {"name": "search", "arguments": {"query": CANARY, "kind": CANARY, CANARY: CANARY}},
        {"name": "get_document", "arguments": {"id": CANARY, "provision": CANARY}},
        {"name": "get_passage", "arguments": {"passage_id": CANARY}},
        {"name": "find_similar", "arguments": {"passage_id": CANARY, "reader": CANARY}},
        {"name": "list_commitments", "arguments": {"text": CANARY, "performer": CANARY}},
        {"name": CANARY, "arguments": {CANARY: CANARY}},
    ]
    hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": CANARY, "version": CANARY}}
    lines: list[dict[str, Any]] = [{"id": 0, "method": "initialize", "params": hello}]
    lines += [{"method": "notifications/initialized"}]
    lines += [{"id": n, "method": "tools/call", "params": call} for n, call in enumerate(calls, 1)]
    lines += [{"id": len(lines), "method": CANARY, "params": {CANARY: CANARY}}]
    with (folder / "log").open("wb") as log, looked_at(folder):
        process = subprocess.Popen(
            [sys.executable, "-m", "kb", "mcp", *flags],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=given,
        )
        assert process.stdin
        assert process.stdout
        answers = {}
        try:
            for line in lines:
                said = json.dumps({"jsonrpc": "2.0", **line}, ensure_ascii=False)
                process.stdin.write(said.encode() + b"\n")
                process.stdin.flush()
                if "id" in line:
                    answer = json.loads(process.stdout.readline())
                    answers[answer["id"]] = answer
            process.stdin.write(CANARY.encode() + b"\n{" + CANARY.encode() + b"\n")
            for pid in family(process.pid):
                assert not trace(Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes())
            process.stdin.close()
            assert process.wait(30) == 0
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
    assert not answers[1]["result"].get("isError"), "it was asked"
    assert "answered" in (folder / "log").read_text(encoding="utf-8")
