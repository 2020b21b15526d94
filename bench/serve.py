"""How does `kb serve` answer one reader, fifty, and four times as many, and how much of that is the encoder's one pass?

    python bench/serve.py INDEX QUERIES [--users 50] [--seconds 300] [--think 5] [--workers 1]

INDEX: a built index. QUERIES: a JSON Lines file with a `text`, `query` or `q` in each line. A reader asks `/search`
from an address of this machine of its own, on a connection of its own, reads the page for `--think` seconds on average
(exponentially distributed), and asks again. Times run from the opening of the connection to the page's last byte,
and include what this program takes of the same processors. Memory is the resident set of all the server's processes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import numpy as np

from kb.encode import Encoder, load_encoder
from kb.settings import load_settings

ALONE = 300  # questions of the one reader
OVER = 4  # times the readers
REFUSED = frozenset({429, 503})


@dataclass(frozen=True)
class Asked:
    """One request: its status, 0 where there was none, and its seconds."""

    status: int
    seconds: float


def main() -> None:
    """Serve, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("index", type=Path)
    parser.add_argument("queries", type=Path)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=300, help="with --users (default %(default)s)")
    parser.add_argument("--over", type=float, default=60, help="seconds with four times as many (default %(default)s)")
    parser.add_argument("--think", type=float, default=5, help="mean seconds between an answer and the next question")
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    lines = [json.loads(line) for line in given.queries.read_text(encoding="utf-8").splitlines()]
    queries = [line.get("text") or line.get("query") or line["q"] for line in lines]
    random.Random(1).shuffle(queries)
    settings = load_settings()
    encoder = load_encoder(settings.encoder, cache=settings.cache, threads=settings.threads)
    with serving(given.index, given.workers) as (port, pid):
        for number, query in enumerate(queries[:20]):  # what is loaded at the first search is not a search's
            asyncio.run(ask(port, query, number))
        one_reader(port, queries[:ALONE], encoder)
        level = memory(pid)
        for users, seconds, think in (
            (given.users, given.seconds, given.think),
            (OVER * given.users, given.over, given.think),
            (OVER * given.users, given.over, 0),
        ):
            asked = asyncio.run(readers(port, queries, users, seconds, think))
            tell(f"{users} readers, thinking {think:g} s, {seconds:g} s", asked, seconds)
            now = memory(pid)
            print(f"  memory {now / 1e6:.0f} MB, {now / level - 1:+.1%} of {level / 1e6:.0f} MB after one reader")
        one_reader(port, queries[:ALONE], encoder)


def one_reader(port: int, queries: Sequence[str], encoder: Encoder) -> None:
    """Ask each question once, and time the encoder alone on it, so that both see the same machine."""
    asked, passes = [], []
    for number, query in enumerate(queries):
        started = time.perf_counter()
        encoder.encode_queries([query])
        passes.append(time.perf_counter() - started)
        asked.append(asyncio.run(ask(port, query, number)))  # addresses enough for the limit of each
    tell(f"one reader, {len(queries)} questions", asked)
    p50, p95 = (1000 * float(np.percentile(passes, at)) for at in (50, 95))
    print(f"  the encoder alone, on the same questions: p50 {p50:.1f} ms, p95 {p95:.1f} ms")


async def readers(port: int, queries: Sequence[str], users: int, seconds: float, think: float) -> list[Asked]:
    """What so many readers met who asked for so long."""
    until = time.monotonic() + seconds
    asked: list[Asked] = []

    async def read(user: int) -> None:
        chance = random.Random(user)
        await asyncio.sleep(chance.random() * (think or 1))
        while time.monotonic() < until:
            asked.append(await ask(port, chance.choice(queries), user))
            # Whoever is refused reads nothing, and tries again no sooner than after a second.
            await asyncio.sleep(chance.expovariate(1 / think) if think else float(asked[-1].status != 200))

    await asyncio.gather(*(read(user) for user in range(users)))
    return asked


async def ask(port: int, query: str, user: int) -> Asked:
    """One search on a connection of its own."""
    started = time.perf_counter()
    status = 0
    try:
        source = (f"127.0.{1 + user // 250}.{1 + user % 250}", 0)
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=source)
        head = f"GET /search?q={quote(query)}&ui=en HTTP/1.1\r\nHost: localhost\r\n"
        writer.write(f"{head}Accept-Encoding: gzip\r\nConnection: close\r\n\r\n".encode("ascii"))
        top, _, body = (await reader.read(-1)).partition(b"\r\n\r\n")
        writer.close()
        said = re.search(rb"\r\ncontent-length: (\d+)", top, re.IGNORECASE)
        if said and len(body) == int(said[1]):  # else it was cut off
            status = int(top.split(b" ", 2)[1])
    except (OSError, IndexError):
        status = 0
    return Asked(status, time.perf_counter() - started)


def tell(what: str, asked: Sequence[Asked], seconds: float = 0) -> None:
    """Print the statuses, and the times of answers and of refusals."""
    statuses = Counter(each.status for each in asked)
    rate = f", {len(asked) / seconds:.1f} a second" if seconds else ""
    print(f"{what}: {len(asked)} requests{rate}; {', '.join(f'{n} × {s}' for s, n in sorted(statuses.items()))}")
    for name, times in (
        ("answered", [each.seconds for each in asked if each.status == 200]),
        ("refused", [each.seconds for each in asked if each.status in REFUSED]),
        ("failed", [each.seconds for each in asked if each.status not in {200, *REFUSED}]),
    ):
        if times:
            p50, p95, p99 = (1000 * float(np.percentile(times, at)) for at in (50, 95, 99))
            print(f"  {name:9} p50 {p50:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms, max {1000 * max(times):.1f} ms")


@contextmanager
def serving(index: Path, workers: int) -> Iterator[tuple[int, int]]:
    """`kb serve` in a process of its own, from when it is ready; its port and process id."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "kb", "serve", "--port", str(port), "--index", str(index)]
    process = subprocess.Popen([*command, "--workers", str(workers)], stderr=subprocess.DEVNULL)
    try:
        while True:
            if process.poll() is not None:
                sys.exit(f"kb serve ended with {process.returncode}")
            try:
                with socket.create_connection(("127.0.0.1", port)) as connection:
                    connection.sendall(b"GET /readyz HTTP/1.0\r\n\r\n")
                    if b" 200 " in connection.recv(64):
                        break
            except OSError:
                pass
            time.sleep(0.1)
        yield port, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def memory(pid: int) -> int:
    """Bytes that a process and its children hold in memory."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") + sum(memory(int(child)) for child in children)


if __name__ == "__main__":
    main()
