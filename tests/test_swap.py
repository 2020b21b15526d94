"""A new generation under load: no request fails, no answer mixes two, it is there at once, the old one is let go."""

from __future__ import annotations

import http.client
import json
import re
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import quote

import pytest
from serving import Server, serving
from starlette.testclient import TestClient

from kb.build import build
from kb.encode import Encoder
from kb.serving import Library
from kb.settings import Settings
from web.app import create_app

DOCUMENTS = 12
CLIENTS = 6
WARMING = 20  # rounds of requests at most before the first swap
VISIBLE = 2.0  # seconds after its publication from which every answer comes from the new generation
OTHER = {"alpha": "beta", "beta": "alpha"}
QUERIES = ("who pays the harbour dues", "когда открывается маяк", "lighthouse", "pilot on board", "harbor deus")
PATHS = (
    *(f"/api/search?q={quote(query)}&limit=5" for query in QUERIES),
    "/search?q=harbour",
    "/api/similar/rule-1%23sec_1__p_1",
    "/api/documents/rule-0",
    "/api/documents/rule-7",
    "/doc/rule-2",
    "/documents",
    "/",
)


def write_corpus(corpus: Path, word: str) -> None:
    """Every text, title and adopting body of the corpus says `word`: what says both words is a mix."""
    corpus.mkdir(exist_ok=True)
    for n in range(DOCUMENTS):
        (corpus / f"rule-{n}.md").write_text(
            f"# Rule {n} {word}\n\n## Harbours\n\nThe {word} harbour dues of quay {n} are paid on arrival.\n\n"
            f"## Lighthouses\n\nThe {word} lighthouse {n} opens at dusk, and a pilot {word} comes on board.\n",
            encoding="utf-8",
        )
    tables = (f'["rule-{n}.md"]\nbody = "Council {word}"\ndate = "2020"\n' for n in range(DOCUMENTS))
    (corpus / "catalog.toml").write_text("\n".join(tables), encoding="utf-8")


@dataclass
class Load:
    """What clients were answered."""

    server: Server
    failed: list[str] = field(default_factory=list)
    mixed: list[str] = field(default_factory=list)
    answers: list[tuple[float, str]] = field(default_factory=list)  # when asked, the word that was answered
    named: set[tuple[str, str]] = field(default_factory=set)  # a generation, and the word answered from it
    stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Clients ask and ask, each over one connection."""
        self.stop.clear()
        clients = [threading.Thread(target=self._ask, args=(n * 3,)) for n in range(CLIENTS)]
        for client in clients:
            client.start()
        try:
            yield
        finally:
            self.stop.set()
            for client in clients:
                client.join()

    def _ask(self, first: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        try:
            for n in count(first):
                if self.stop.is_set():
                    return
                path, asked = PATHS[n % len(PATHS)], time.time()
                try:
                    connection.request("GET", path)
                    answer = connection.getresponse()
                    self._judge(path, answer.status, answer.read().decode("utf-8"), asked)
                except (OSError, http.client.HTTPException) as error:
                    self.failed.append(f"{path}: {error!r}")
                    connection.close()
        finally:
            connection.close()

    def _judge(self, path: str, status: int, text: str, asked: float) -> None:
        if status != 200:
            self.failed.append(f"{path}: {status}")
            return
        said = set(re.findall(r"\b(alpha|beta)\b", text))
        if len(said) != 1:
            self.mixed.append(f"{path}: {sorted(said)}")
            return
        self.answers.append((asked, *said))
        if path.startswith("/api/search"):
            self.named.add((json.loads(text)["generation"], *said))


def resident(pids: list[int]) -> int:
    """Bytes that the processes have in memory, together."""
    found = (re.search(r"^Rss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M) for pid in pids)
    return sum(int(match[1]) * 1024 for match in found if match)


def open_generations(pids: list[int]) -> set[str]:
    """The generations of which the processes have a file open or mapped."""
    links = [str(link.readlink()) for pid in pids for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()]
    maps = [Path(f"/proc/{pid}/maps").read_text(encoding="utf-8") for pid in pids]
    return {match[1] for text in links + maps for match in re.finditer(r"/generations/([^/\s]+)", text)}


def swap_under_load(folder: Path, encoder: Encoder, workers: int, swaps: int, requests: int) -> None:
    """Build `swaps` times while clients ask `requests` times in all, and judge what they were answered."""
    corpus, index = folder / "corpus", folder / "index"
    word = "alpha"
    write_corpus(corpus, word)
    words = {build(corpus, index, encoder).generation: word}
    delays: list[float] = []  # until the last old answer, for each swap
    memory: list[int] = []
    flags = ("--workers", str(workers))
    with serving(corpus, index, folder / "log", *flags, KB_SEARCHES_PER_MINUTE="0") as server:
        pids = server.workers()
        assert len(pids) == workers
        load = Load(server)
        level, rounds = 0, 0
        while rounds < WARMING and (now := resident(pids)) > 1.005 * level:  # until caches, threads and heaps are full
            level, rounds = now, rounds + 1
            with load.running():
                while len(load.answers) < rounds * requests // 10:
                    time.sleep(0.02)
        warmed = len(load.answers)
        for swap in range(1, swaps + 1):
            before, word = word, OTHER[word]
            write_corpus(corpus, word)
            first = len(load.answers)
            with load.running():
                report = build(corpus, index, encoder)
                published = (index / "CURRENT").stat().st_mtime  # of the file that got this name: a little early
                words[report.generation] = word
                until = published + VISIBLE + 0.3
                while time.time() < until or len(load.answers) - warmed < requests * swap // swaps:
                    time.sleep(0.02)
            old = [asked - published for asked, said in load.answers[first:] if said == before]
            delays.append(max(old, default=0.0))
            assert len(load.answers) - first > len(old), "some answers come from the new generation"
            until = time.time() + 20
            while open_generations(pids) != {report.generation}:
                told = [line for line in server.log.splitlines() if "serving" in line or "ERROR" in line]
                assert time.time() < until, "\n".join(["the old generation's files stay open", *told[-6:]])
                time.sleep(0.1)
            time.sleep(0.5)
            memory.append(resident(pids))
        assert server.workers() == pids, "no worker was replaced"
        assert "ERROR" not in server.log
    print(
        f"{workers} workers, {swaps} swaps, {len(load.answers)} requests: {len(load.failed)} failed,"
        f" {len(load.mixed)} mixed; visible after {max(delays):.2f} s at most;"
        f" memory {' '.join(f'{size / 1e6:.0f}' for size in memory)} MB"
    )
    assert load.failed == []
    assert load.mixed == []
    assert load.named <= set(words.items())
    assert max(delays) <= VISIBLE
    if swaps > 2:
        # The first swaps set the level: two generations at once, in every worker. A leak would go on growing.
        assert memory[-1] <= 1.05 * max(memory[: max(2, swaps // 4)]), "memory is back to its level"


@pytest.mark.parametrize(("workers", "swaps", "requests"), [(1, 3, 700), (2, 1, 300)])
def test_swaps_under_load(tmp_path: Path, encoder: Encoder, workers: int, swaps: int, requests: int) -> None:
    swap_under_load(tmp_path, encoder, workers, swaps, requests)


@pytest.mark.full
@pytest.mark.parametrize("workers", [1, 2])
def test_twenty_swaps_under_load(tmp_path: Path, encoder: Encoder, workers: int) -> None:
    swap_under_load(tmp_path, encoder, workers, swaps=20, requests=20_000)


def ready_within(client: TestClient, seconds: float, generation: str) -> dict[str, str]:
    """What /readyz says once it names this generation."""
    until = time.time() + seconds
    while (answer := client.get("/readyz")).status_code != 200 or answer.json()["generation"] != generation:
        assert time.time() < until, answer.text
        time.sleep(0.05)
    return dict(answer.json())


def test_a_damaged_generation_is_named_until_a_sound_one_comes(tmp_path: Path, encoder: Encoder) -> None:
    corpus, index = tmp_path / "corpus", tmp_path / "index"
    write_corpus(corpus, "alpha")
    first = build(corpus, index, encoder).generation
    with TestClient(create_app(Settings(corpus=corpus, index=index))) as client:
        assert ready_within(client, 10, first)["warning"] == ""
        pointer = (index / "CURRENT").read_bytes()
        write_corpus(corpus, "beta")
        second = index / "generations" / build(corpus, index, encoder).generation
        ready_within(client, 10, second.name)

        (second / "kb.sqlite").unlink()  # not overwritten: it is in use
        (index / "CURRENT").touch()
        ready_within(client, 10, first)
        assert "kb.sqlite" in client.get("/readyz").json()["warning"]
        assert "alpha" in client.get("/api/documents/rule-1").text

        write_corpus(corpus, "alpha")
        assert pointer != (index / "CURRENT").read_bytes()
        third = build(corpus, index, encoder).generation
        assert ready_within(client, 10, third)["warning"] == ""


def test_without_current_the_newest_sound_generation_is_served(tmp_path: Path, encoder: Encoder) -> None:
    corpus, index = tmp_path / "corpus", tmp_path / "index"
    write_corpus(corpus, "alpha")
    generation = build(corpus, index, encoder).generation
    pointer = (index / "CURRENT").read_bytes()
    (index / "CURRENT").unlink()
    with TestClient(create_app(Settings(corpus=corpus, index=index))) as client:
        assert "CURRENT: is missing" in ready_within(client, 10, generation)["warning"]
        (index / "CURRENT").write_bytes(pointer)
        until = time.time() + 10
        while client.get("/readyz").json()["warning"]:
            assert time.time() < until
            time.sleep(0.05)
        (index / "CURRENT").unlink()  # while it is served
        while not client.get("/readyz").json()["warning"]:
            assert time.time() < until
            time.sleep(0.05)
        assert "alpha" in client.get("/api/documents/rule-1").text


def test_a_missing_index_is_said_once(tmp_path: Path, encoder: Encoder, caplog: pytest.LogCaptureFixture) -> None:
    corpus, index = tmp_path / "corpus", tmp_path / "index"
    write_corpus(corpus, "alpha")
    library = Library(Settings(corpus=corpus, index=index))
    until = time.monotonic() + 1.2  # a further try is among them
    while time.monotonic() < until:
        library.refresh()
        time.sleep(0.01)
    assert [record.getMessage().count("nothing is indexed here yet") for record in caplog.records] == [1]
    generation = build(corpus, index, encoder).generation
    library.refresh()
    assert library.searcher().generation == generation, "at once"


def test_an_index_that_is_still_being_copied_is_tried_again(tmp_path: Path, encoder: Encoder) -> None:
    corpus, index = tmp_path / "corpus", tmp_path / "index"
    write_corpus(corpus, "alpha")
    generation = build(corpus, index, encoder).generation
    copy = tmp_path / "copy"
    copy.mkdir()
    with TestClient(create_app(Settings(corpus=corpus, index=copy))) as client:
        shutil.copy2(index / "CURRENT", copy)
        until = time.time() + 10
        while "nothing is indexed" in (said := client.get("/readyz").json()["detail"]):
            assert time.time() < until, said
            time.sleep(0.05)
        shutil.copytree(index / "generations", copy / "generations")
        ready_within(client, 10, generation)
