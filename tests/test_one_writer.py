"""One build at a time: the second leaves at once and says who is at it; a dead one is in nobody's way."""

from __future__ import annotations

import json
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from faults import Commands, commands, litter, scratch, write_corpus

from kb.check import check
from kb.errors import IndexLocked
from kb.generation import open_generation, writer_lock

RECORDS = 150  # make a build last long enough to be met


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[Commands, Commands]]:
    for one in commands():
        for other in commands():
            yield one, other


@pytest.fixture(scope="module")
def corpus() -> Iterator[Path]:
    with scratch() as folder:
        write_corpus(folder / "corpus", "old")
        texts = (f"Ledger {n} of {n * 7919 % 1000} harbours and {n * 104729 % 997} ships." for n in range(RECORDS))
        lines = [json.dumps({"_id": f"b{n}", "title": f"Ledger {n}", "text": text}) for n, text in enumerate(texts)]
        (folder / "corpus" / "more.jsonl").write_text("\n".join(lines), encoding="utf-8")
        yield folder / "corpus"


@pytest.fixture
def index(corpus: Path) -> Iterator[Path]:
    index = corpus.parent / "index"
    yield index
    shutil.rmtree(index, ignore_errors=True)


@pytest.mark.parametrize("times", [5, pytest.param(50, marks=pytest.mark.full)])
def test_of_two_builds_one_wins(pair: tuple[Commands, Commands], corpus: Path, index: Path, times: int) -> None:
    waited, worked = [], []
    argv = ("build", "--corpus", str(corpus), "--index", str(index))
    with ThreadPoolExecutor(2) as threads:
        for _ in range(times):
            done = list(threads.map(lambda server: server.run(*argv), pair))
            winner, loser = sorted(done, key=lambda one: one.code)
            assert (winner.code, loser.code) == (0, 11), (winner.err, loser.err)
            assert len(loser.complaint) == 1
            assert re.search(rf"\bprocess {winner.pid}\b", loser.complaint[0]), (winner.pid, loser.err)
            waited.append(loser.seconds)
            worked.append(loser.cpu)
            assert check(index).damage == ()
            assert litter(index) == []
            assert len(open_generation(index).documents()) == RECORDS + 24 + 3
            shutil.rmtree(index)
    print(f"the losers left after {sorted(waited)[len(waited) // 2]:.3f} s, the last after {max(waited):.3f} s")
    assert max(worked) < 0.5
    assert min(waited) < 1, "on a machine that does more than this, some may wait for their turn"


@pytest.mark.parametrize("times", [3, pytest.param(20, marks=pytest.mark.full)])
def test_a_killed_build_is_in_nobodys_way(
    pair: tuple[Commands, Commands], corpus: Path, index: Path, times: int
) -> None:
    """Not even while the processes that it started for reading still end."""
    chance = random.Random(times)
    argv = ("build", "--corpus", str(corpus), "--index", str(index))
    for _ in range(times):
        killed = pair[0].run(*argv, kill_after=chance.uniform(0.05, 0.5))
        assert killed.code == -signal.SIGKILL, killed.err
        with writer_lock(index):
            pass
        done = pair[1].run(*argv)
        assert done.code == 0, done.err
        assert litter(index) == []
        shutil.rmtree(index)


def test_a_child_of_a_killed_writer_is_waited_for(index: Path) -> None:
    """Between its fork and its own program a child holds what its parent held."""
    code = "import os, sys, time; from pathlib import Path; from kb.generation import writer_lock\n"
    code += "with writer_lock(Path(sys.argv[1])):\n"
    code += "    if not os.fork():\n        time.sleep(0.2)\n        os._exit(0)\n"
    code += "    print('held', flush=True)\n    sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(index)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        holder.kill()
        holder.wait()
        with writer_lock(index):
            pass


def test_the_lock_of_a_process(index: Path, corpus: Path) -> None:
    """Held by another process: refused at once, by name; free as soon as that is killed."""
    code = "import sys; from pathlib import Path; from kb.generation import writer_lock\n"
    code += "with writer_lock(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(index)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        started = time.monotonic()
        with pytest.raises(IndexLocked, match=rf"process {holder.pid}\b"), writer_lock(index):
            pass
        assert time.monotonic() - started < 0.4, "it is not waited for"
        started = time.monotonic()
        refused = subprocess.run(
            [sys.executable, "-m", "kb", "build", "--corpus", str(corpus), "--index", str(index)],
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        print(f"kb build, its start included, was refused in {time.monotonic() - started:.2f} s")
        assert refused.returncode == 11, refused.stderr
        assert re.fullmatch(rf"kb: [^\n]*\bprocess {holder.pid}\b[^\n]*\n", refused.stderr)
        holder.kill()
        holder.wait()
        started = time.monotonic()
        with writer_lock(index):
            assert time.monotonic() - started < 0.4, "it is not waited for"


def test_a_lock_is_left_with_an_error(index: Path) -> None:
    with pytest.raises(RuntimeError), writer_lock(index):
        raise RuntimeError
    with writer_lock(index), pytest.raises(IndexLocked), writer_lock(index):
        pass
