"""`kb serve`, and whatever else listens, as people run it: a process of its own on a free port, its log in a file."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Server:
    """A running `kb serve`."""

    process: subprocess.Popen[bytes]
    port: int
    log_file: Path

    @property
    def log(self) -> str:
        return self.log_file.read_text(encoding="utf-8")

    def get(self, path: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def ready(self) -> bool:
        try:
            return self.get("/readyz")[0] == 200
        except OSError:
            return False

    def wait_for(self, what: str, seconds: float = 60) -> None:
        """Wait until the log has `what`."""
        deadline = time.monotonic() + seconds
        while what not in self.log:
            assert time.monotonic() < deadline, f"{what!r} is not in the log:\n{self.log}"
            assert self.process.poll() is None, self.log
            time.sleep(0.05)

    def workers(self) -> list[int]:
        """The processes that answer."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        serving = [int(pid) for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        return serving or [self.process.pid]


@contextmanager
def serving(corpus: Path, index: Path, log: Path, *flags: str, **environment: str) -> Iterator[Server]:
    """`kb serve` until the end of the block, from when it is ready."""
    arguments = ["serve", "--corpus", str(corpus), "--index", str(index), *flags]
    with listening(arguments, log, lambda process, port: Server(process, port, log).ready(), **environment) as found:
        yield Server(*found, log)


@contextmanager
def listening(
    arguments: list[str], log: Path, is_up: Callable[[subprocess.Popen[bytes], int], bool], **environment: str
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A `kb` that listens and its port, from when `is_up` says so until the end of the block; then it is asked to stop,
    and must."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "kb", *arguments, "--port", str(port)]
    with log.open("wb") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=stream, env={**os.environ, **environment})
    try:
        deadline = time.monotonic() + 60
        while not is_up(process, port):
            assert process.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
            time.sleep(0.05)
        yield process, port
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
