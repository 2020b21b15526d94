"""`kb serve` as people run it: processes of its own, their log, their end."""

from __future__ import annotations

import os
import re
import signal
import socket
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from serving import serving

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO [0-9a-f]{12} (\S+) (\d{3}) \d+ms (\S+)")


def get(address: str) -> tuple[int, str]:
    request = urllib.request.Request(address, headers={"User-Agent": "AgentCanary"})
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            return response.status, response.headers.get("server", "")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers.get("server", "")


def is_running(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("workers", [1, 2])
def test_serve_answers_logs_no_question_and_stops(
    shipped: tuple[Path, Any], root: Path, tmp_path: Path, workers: int
) -> None:
    corpus, log, flags = root / "corpus", tmp_path / "log", ("--workers", str(workers))
    with serving(corpus, shipped[0], log, *flags, KB_PASSWORDS='["SecretCanary"]') as server:
        address = f"http://127.0.0.1:{server.port}"
        pids = server.workers()
        assert len(pids) == workers
        assert get(f"{address}/search?q=QueryCanary") == (200, ""), "and the server does not name itself"
        assert get(f"{address}/api/search?q=QueryCanary&limit=QueryCanary")[0] == 422
        assert get(f"{address}/QueryCanary")[0] == 404
        assert get(f"{address}/search?q={'QueryCanary' * 300}")[0] == 413
        for raw in (b"GET /search?q=QueryCanary\xff\x00 HTTP/1.1\r\n\r\n", b"QueryCanary\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
                connection.sendall(raw)
                assert connection.recv(100).startswith(b"HTTP/1.1 400")
        commands = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids]
        assert not any(b"SecretCanary" in command for command in commands)
    assert server.process.returncode == 0
    assert not any(map(is_running, pids))
    for canary in ("QueryCanary", "AgentCanary", "SecretCanary", "Traceback"):
        assert canary not in server.log
    requests = [match.groups() for match in LINE.finditer(server.log) if match[1] != "/readyz"]
    generation = shipped[1].generation
    assert sorted(requests) == [
        ("-", "404", "-"),
        ("/api/search", "422", "-"),
        ("/search", "200", generation),
        ("/search", "413", "-"),
    ]
    assert server.log.count(f"serving generation {generation}") == workers
    assert server.log.count("Finished server process") == workers


def test_a_killed_server_leaves_no_worker_behind(shipped: tuple[Path, Any], root: Path, tmp_path: Path) -> None:
    with serving(root / "corpus", shipped[0], tmp_path / "log", "--workers", "2") as server:
        pids = server.workers()
        assert len(pids) == 2
        os.kill(server.process.pid, signal.SIGKILL)
        deadline = time.monotonic() + 20
        while any(map(is_running, pids)):
            assert time.monotonic() < deadline, "the workers go on"
            time.sleep(0.05)
        with socket.create_server(("127.0.0.1", server.port)):
            pass
