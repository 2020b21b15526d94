"""`kb serve` as people run it: a process of its own, its log, its end."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO [0-9a-f]{12} (\S+) (\d{3}) \d+ms (\S+)")


def get(address: str) -> tuple[int, str]:
    request = urllib.request.Request(address, headers={"User-Agent": "AgentCanary"})
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            return response.status, response.headers.get("server", "")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers.get("server", "")


def test_serve_answers_logs_no_question_and_stops(shipped: tuple[Path, Any], root: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "kb", "serve", "--port", str(port)]
    command += ["--index", str(shipped[0]), "--corpus", str(root / "corpus")]
    log = tmp_path / "log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command, cwd=root, stdout=stream, stderr=stream, env={**os.environ, "PYTHONUNBUFFERED": "1"}
        )
    try:
        deadline = time.monotonic() + 60
        ready = False
        while not ready and time.monotonic() < deadline:
            assert process.poll() is None, log.read_text(encoding="utf-8")
            time.sleep(0.1)
            try:
                ready = get(f"{address}/readyz")[0] == 200
            except urllib.error.URLError:
                continue
        assert ready, log.read_text(encoding="utf-8")
        assert get(f"{address}/search?q=QueryCanary") == (200, ""), "and the server does not name itself"
        assert get(f"{address}/api/search?q=QueryCanary&limit=QueryCanary")[0] == 422
        assert get(f"{address}/QueryCanary")[0] == 404
        assert get(f"{address}/search?q={'QueryCanary' * 300}")[0] == 413
        for raw in (b"GET /search?q=QueryCanary\xff\x00 HTTP/1.1\r\n\r\n", b"QueryCanary\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
                connection.sendall(raw)
                assert connection.recv(100).startswith(b"HTTP/1.1 400")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)
    text = log.read_text(encoding="utf-8")
    for canary in ("QueryCanary", "AgentCanary", "Traceback"):
        assert canary not in text
    requests = [match.groups() for match in LINE.finditer(text) if match[1] != "/readyz"]
    generation = shipped[1].generation
    assert requests == [
        ("/search", "200", generation),
        ("/api/search", "422", "-"),
        ("-", "404", "-"),
        ("/search", "413", "-"),
    ]
    assert f"serving generation {generation}" in text
    assert "Finished server process" in text
