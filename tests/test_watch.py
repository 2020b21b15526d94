"""`kb serve --watch`: what changes in the corpus is found soon, by few builds, which disturb nobody."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import pytest
from serving import Server, serving

from kb.build import build
from kb.encode import Encoder
from kb.generation import open_generation, writer_lock
from kb.settings import Settings
from kb.watch import CorpusWatcher, is_of_corpus

BUILT = "INFO built "
CURRENT = "INFO nothing has changed"
FAILED = "ERROR build failed "


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    corpus = tmp_path / "corpus"
    (corpus / "guide").mkdir(parents=True)
    (corpus / "guide" / "harbour.md").write_text("# Harbour\n\nThe pilot comes on board.\n", encoding="utf-8")
    return corpus


def wait(until: Callable[[], object], server: Server, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < deadline, server.log
        time.sleep(0.05)


def builds(server: Server) -> int:
    return server.log.count(BUILT) + server.log.count(CURRENT)


def found(server: Server, query: str) -> list[str]:
    status, body = server.get(f"/api/search?q={quote(query)}&limit=1")
    assert status == 200
    return [hit["document_id"] for hit in json.loads(body)["hits"]]


def builders(index: Path) -> list[int]:
    """Processes that build this index."""
    pids = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command, environment = (folder / "cmdline").read_bytes(), (folder / "environ").read_bytes()
        except OSError:  # it has ended, or is not ours
            continue
        if b"\0build\0" in command and f"KB_INDEX={index}".encode() in environment.split(b"\0"):
            pids.append(int(folder.name))
    return pids


def test_what_changes_is_found_after_one_or_two_builds(corpus: Path, tmp_path: Path, encoder: Encoder) -> None:
    index, guide = tmp_path / "index", corpus / "guide"
    build(corpus, index, encoder)
    (guide / "before.md").write_text("# Before\n\nA ferry to the island.\n", encoding="utf-8")
    with serving(corpus, index, tmp_path / "log", "--watch", "--workers", "2") as server:
        wait(lambda: builds(server) == 1, server)
        assert "2 documents, 2 passages, 0 left out" in server.log, "what changed before the start is built at once"

        for n in range(200):
            text = f"# Quay {n % 10}\n\nCanary {n}: lighthouses shine at quay {n % 10}.\n"
            (guide / f"quay-{n % 10}.md").write_text(text, encoding="utf-8")
            time.sleep(0.005)
        (guide / "photo.jpg").write_bytes(b"\xff\xd8\xff")
        (guide / "airship.md").write_text("# Airship\n\nA zeppelin lands at the mast.\n", encoding="utf-8")
        wait(lambda: "13 documents, 13 passages, 1 left out" in server.log, server)
        wait(lambda: found(server, "zeppelin") == ["airship"], server)
        assert 2 <= builds(server) <= 3

        before = builds(server)
        for name in ("_draft.md", ".hidden.md", "~$open.docx", "half.pdf.part", "text.md~"):
            (guide / name).write_text("Nothing to see.", encoding="utf-8")
        time.sleep(1)
        assert builds(server) == before, "these are no documents"

        (corpus / "catalog.toml").write_text("[", encoding="utf-8")
        wait(lambda: f"{FAILED}(exit code 1): " in server.log and "not valid TOML" in server.log, server)
        (corpus / "catalog.toml").unlink()
        (guide / "quay-9.md").unlink()
        wait(lambda: server.get("/api/documents/quay-9")[0] == 404, server)

        with writer_lock(index):
            (guide / "buoy.md").write_text("# Buoy\n\nA buoy marks the channel.\n", encoding="utf-8")
            wait(lambda: f"{FAILED}(exit code 11): " in server.log, server)
        (guide / "buoy.md").touch()
        wait(lambda: server.get("/api/documents/buoy")[0] == 200, server)
        assert "Canary" not in server.log
        assert "Traceback" not in server.log


def test_a_build_ends_with_the_server_and_leaves_the_index_whole(
    corpus: Path, tmp_path: Path, encoder: Encoder
) -> None:
    index = tmp_path / "index"
    first = build(corpus, index, encoder)
    with serving(corpus, index, tmp_path / "log", "--watch") as server:
        wait(lambda: builds(server) == 1, server)
        long = "\n\n".join(f"Ship {n} sails to port {n * n} with {n + 7} tons of grain." for n in range(3000))
        (corpus / "long.txt").write_text(long, encoding="utf-8")
        wait(lambda: builders(index), server)
        began = time.monotonic()
    assert time.monotonic() - began < 5
    assert builders(index) == []
    assert open_generation(index).name == first.generation
    assert FAILED not in server.log


def test_a_build_is_never_less_nice_than_the_server(
    corpus: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """In a thread of its own, whose niceness alone changes: without rights it could not be undone."""
    settings = Settings(corpus=corpus, index=tmp_path / "index")
    nice: list[int] = []

    def watch() -> None:
        os.setpriority(os.PRIO_PROCESS, 0, 15)
        with CorpusWatcher(settings):
            until = time.monotonic() + 30
            while not (settings.index / "CURRENT").exists() and time.monotonic() < until:
                for pid in builders(settings.index):
                    with suppress(OSError):  # it has ended
                        nice.append(os.getpriority(os.PRIO_PROCESS, pid))
                time.sleep(0.05)

    thread = threading.Thread(target=watch)
    thread.start()
    thread.join()
    assert (settings.index / "CURRENT").exists()
    assert set(nice) == {15}
    assert "cannot watch" not in caplog.text


def test_a_build_that_cannot_be_run_is_no_fault_of_the_corpus(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nowhere"))
    with CorpusWatcher(Settings(corpus=corpus, index=tmp_path / "index")):
        until = time.monotonic() + 10
        while not caplog.records and time.monotonic() < until:
            time.sleep(0.05)
    assert [record.getMessage() for record in caplog.records if record.name == "kb.watch"] == [
        "build failed: it cannot be run (No such file or directory); trying again"
    ]


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("guide/a.md", True),
        ("catalog.toml", True),
        ("guide", True),
        ("_sources/a.md", False),
        ("guide/.a.md.swp", False),
        ("guide/~$a.docx", False),
        ("guide/a.pdf.crdownload", False),
        ("guide/A.TMP", False),
        ("index/generations/1/manifest.json", False),
        ("../elsewhere/a.md", False),
    ],
)
def test_what_may_be_a_document(tmp_path: Path, name: str, counts: bool) -> None:
    path = (tmp_path / "corpus" / name).resolve()
    assert is_of_corpus(path, tmp_path / "corpus", (tmp_path / "corpus" / "index",)) is counts
