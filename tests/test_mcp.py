"""`kb mcp` as clients run it: the SDK's own client over standard input and output and over HTTP, real processes."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from arithmetic import ArithmeticEncoder
from jsonschema import Draft202012Validator
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.types import CallToolResult
from serving import listening

from kb.build import build
from kb.encode import Encoder
from kb.mcp_server import MAX_IN_FLIGHT, create_server
from kb.register import Register, Wanted
from kb.search import Searcher, document_to_json
from kb.serving import Library
from kb.settings import Settings

CANARY = "QueryCanary"
TOOLS = ["search", "get_document", "get_passage", "list_commitments", "find_similar"]
RESOLUTION = """# Резолюция 5 съезда Союза хоров

5 съезд Союза хоров

(Омск, 3 июня 2021 года)

Делегаты съезда, обсудив доклад Правления, решили:

- Правлению Союза хоров доложить о расходах на ноты до 1 декабря 2023 года;
- считать праздником хора первое воскресенье сентября.
"""
GUIDE = """# Notes for choirs

## Money

The board of the union of choirs is to report on the money spent on sheet music by 1 December 2023.

## Feasts

The feast of the choir is the first Sunday of September.
"""
REPORT = {"query": "Who reports on what was spent on sheet music?", "limit": 3, "reader": "en"}


def ask(talk: Coroutine[Any, Any, None]) -> None:
    """Run a talk with a server, in bounded time."""
    asyncio.run(asyncio.wait_for(talk, 60))


@asynccontextmanager
async def over_stdio(world: World, log: Path, mode: str = "auto", **environment: str) -> AsyncIterator[Client]:
    """A client of a `kb mcp` of its own, whose standard error goes to `log`."""
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "kb", "mcp", "--corpus", str(world.corpus), "--index", str(world.index)],
        env={**os.environ, "KB_NOTES": str(world.notes), **environment},
    )
    with log.open("w", encoding="utf-8") as stream:
        async with Client(stdio_client(server, errlog=stream), mode=mode) as client:
            yield client


@contextmanager
def over_http(world: World, log: Path, **environment: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """`kb mcp --http` and its port until the end of the block."""
    arguments = ["mcp", "--http", "--corpus", str(world.corpus), "--index", str(world.index)]

    def is_up(_: subprocess.Popen[bytes], port: int) -> bool:
        try:
            return post(port, b"{}") > 0
        except OSError:
            return False

    with listening(arguments, log, is_up, **environment) as found:
        yield found


def post(port: int, body: bytes, **headers: str) -> int:
    """The status of a bare request; header names are given with _ for -."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    given = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream", **headers}
    try:
        connection.request("POST", "/mcp", body, {name.replace("_", "-"): value for name, value in given.items()})
        return connection.getresponse().status
    finally:
        connection.close()


def printed(world: World, *arguments: str) -> Any:
    """What `kb … --json` prints."""
    command = [sys.executable, "-m", "kb", *arguments, "--json", "--reader", "en"]
    flags = ["--corpus", str(world.corpus), "--index", str(world.index)]
    done = subprocess.run([*command, *flags], capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def text_of(result: CallToolResult) -> str:
    (content,) = result.content
    return content.text  # type: ignore[union-attr]


class World:
    """A corpus with its index."""

    def __init__(self, folder: Path) -> None:
        self.corpus, self.index, self.notes = folder / "corpus", folder / "index", folder / "notes.sqlite"
        (self.corpus / "resolution").mkdir(parents=True)
        (self.corpus / "guide").mkdir()
        self.write("resolution/choirs.md", RESOLUTION)
        self.write("guide/notes-for-choirs.md", GUIDE)

    def write(self, name: str, text: str) -> None:
        (self.corpus / name).write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> World:
    """Built with the bundled encoder: what processes find in it must be right."""
    made = World(tmp_path_factory.mktemp("world"))
    build(made.corpus, made.index, encoder)
    return made


@pytest.fixture(scope="module")
def here(world: World, encoder: Encoder) -> Searcher:
    """The same index, searched in this process."""
    return Searcher.open(world.index, encoder, world.corpus)


@pytest.fixture
def own(tmp_path: Path) -> tuple[Library, World]:
    """A library over a world in which meaning does not matter."""
    made, encoder = World(tmp_path), ArithmeticEncoder()
    build(made.corpus, made.index, encoder)
    settings = Settings(corpus=made.corpus, index=made.index, notes=made.notes)
    return Library(settings, Searcher.open(made.index, encoder, made.corpus)), made


def test_a_talk_over_stdio(world: World, here: Searcher, tmp_path: Path) -> None:
    async def talk() -> None:
        async with over_stdio(world, tmp_path / "log", KB_BASE_URL="https://kb.example.org/") as client:
            assert client.server_info.name == "kb"
            assert "exact text" in (client.instructions or "")
            assert [tool.name for tool in (await client.list_tools()).tools] == TOOLS

            found = await client.call_tool("search", REPORT)
            data, asked = found.structured_content, here.search(**REPORT)
            assert data["said"] == "direct answer"
            best = data["hits"][0]
            assert best["quote"] == asked.hits[0].quote
            assert best["citation"] == asked.hits[0].citation
            assert best["url"] == f"https://kb.example.org{asked.hits[0].url}"
            for part in ("direct answer", best["quote"], best["citation"], best["url"], best["passage_id"]):
                assert part in text_of(found)

            passage = await client.call_tool("get_passage", {"passage_id": best["passage_id"]})
            own = here.passage(best["passage_id"]).to_json()
            assert passage.structured_content == own | {"url": best["url"]}
            for part in (best["quote"], best["citation"], best["url"]):
                assert part in text_of(passage)

            similar = await client.call_tool("find_similar", {"passage_id": best["passage_id"], "limit": 1})
            (other,) = similar.structured_content["hits"]
            assert [other["passage_id"]] == [hit.passage_id for hit in here.similar(best["passage_id"], limit=1)]
            assert other["document_id"] != best["document_id"]
            assert other["quote"] in text_of(similar)
            assert other["citation"] in text_of(similar)

            read = await client.call_tool("get_document", {"id": "choirs"})
            stored = document_to_json(here.document("choirs"))
            provisions = [dict(each) for each in read.structured_content["provisions"]]
            assert [(each.pop("url"), bool(each.pop("citation"))) for each in provisions] == [
                (f"https://kb.example.org/doc/choirs#{each['eid']}", True) for each in stored["provisions"]
            ]
            assert provisions == stored["provisions"]

    ask(talk())


def test_what_the_command_line_prints(world: World, tmp_path: Path) -> None:
    """Without a base_url all is the very JSON of the command line, also for a client of the protocol before 2026."""

    async def talk() -> None:
        async with over_stdio(world, tmp_path / "log", "legacy") as client:
            assert client.protocol_version == "2025-11-25"
            assert [tool.name for tool in (await client.list_tools()).tools] == TOOLS
            found = (await client.call_tool("search", REPORT)).structured_content
            assert found.pop("said") == "direct answer"
            assert found == printed(world, "search", str(REPORT["query"]), "--limit", "3")
            listed = await client.call_tool("list_commitments", {"performer": "Правление", "limit": 1})
            data = printed(world, "commitments", "--performer", "Правление", "--limit", "1")
            assert listed.structured_content == data
            (one,) = data["commitments"]
            assert one["deadline"]["to"] == "2023-12-01"
            for part in (one["evidence"]["text"], one["citation"], one["url"], one["deadline"]["text"]):
                assert part in text_of(listed)

    ask(talk())


BAD: list[tuple[str, dict[str, Any], str]] = [
    ("search", {}, "query: field required"),
    ("search", {"query": " "}, "query: the query is empty"),
    ("search", {"query": CANARY * 200}, "query: the query has 2200 characters"),
    ("search", {"query": CANARY, "limit": CANARY}, "limit: "),
    ("search", {"query": CANARY, "limit": 1000}, "limit: input should be less than or equal to 100"),
    ("search", {"query": CANARY, "kind": CANARY}, "kind: input should be 'resolution'"),
    ("search", {"query": CANARY, "lang": CANARY}, "lang: "),
    ("search", {"query": CANARY, "from": CANARY}, "from: "),
    ("search", {"query": CANARY, "to": "2022-13"}, "to: "),
    ("search", {"query": CANARY, "document": CANARY}, "document: no document"),
    ("search", {"query": CANARY, CANARY: CANARY}, f"{CANARY}: there is no such argument; there are reader, query, "),
    ("get_document", {"id": CANARY}, "id: no document"),
    ("get_document", {"id": "choirs", "provision": CANARY}, "provision: "),
    ("get_passage", {"passage_id": CANARY}, "passage_id: no passage"),
    ("find_similar", {"passage_id": f"choirs#{CANARY}"}, "passage_id: no passage"),
    ("list_commitments", {"strength": CANARY}, "strength: "),
    ("list_commitments", {"due_to": CANARY}, "due_to: "),
    ("list_commitments", {"sort": CANARY}, "sort: "),
    ("list_commitments", {"text": "?"}, "text: "),
    ("list_commitments", {"offset": -1}, "offset: "),
    (CANARY, {}, "there is no such tool; there are search, "),
]


def test_what_is_asked_is_in_no_log(world: World, tmp_path: Path) -> None:
    """Bad input names its field; neither it nor a question is written anywhere."""
    log = tmp_path / "log"

    async def talk() -> None:
        async with over_stdio(world, log) as client:
            for name, arguments, said in BAD:
                refused = await client.call_tool(name, arguments)
                assert refused.is_error, name
                assert text_of(refused).startswith(said), text_of(refused)
                assert "\n" not in text_of(refused)
            assert not (await client.call_tool("search", {"query": CANARY})).is_error
            assert not (await client.call_tool("list_commitments", {"text": CANARY})).is_error

    ask(talk())
    lines = log.read_text(encoding="utf-8").splitlines()
    assert sum(" refused " in line for line in lines) == len(BAD)
    assert sum(" answered " in line for line in lines) == 2
    assert not [line for line in lines if CANARY.casefold() in line.casefold() or "Traceback" in line]


class Failing(Searcher):
    """Fails as a bug would: with the question in the message."""

    def search(self, query: str, **_: Any) -> Any:
        raise RuntimeError(f"cannot search for {query}")


def test_a_failure_is_recorded_without_its_words(own: tuple[Library, World], caplog: pytest.LogCaptureFixture) -> None:
    library, world = own
    failing = Failing.open(world.index, ArithmeticEncoder(), world.corpus)

    async def talk() -> None:
        async with Client(create_server(Library(library.settings, failing))) as client:
            failed = await client.call_tool("search", {"query": CANARY})
            assert failed.is_error
            assert text_of(failed) == "kb has failed here; its log says where"
            assert not (await client.call_tool("get_document", {"id": "choirs"})).is_error, "and it goes on"

    caplog.set_level("DEBUG", "kb")
    ask(talk())
    said = [record.getMessage() for record in caplog.records if record.name.startswith("kb")]
    assert any(line.startswith("RuntimeError at test_mcp.py:") for line in said)
    assert any(line.startswith("search failed ") for line in said)
    assert not any(CANARY in line for line in said)


def test_http_guards_itself_waits_for_an_index_and_follows_builds(
    here: Searcher, tmp_path: Path, encoder: Encoder
) -> None:
    world, log = World(tmp_path), tmp_path / "log"
    world.index.mkdir()
    initialise = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": CANARY, "version": "1"}}
    call = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": initialise}).encode()

    async def talk(port: int) -> None:
        async with Client(f"http://127.0.0.1:{port}/mcp") as client:
            assert [tool.name for tool in (await client.list_tools()).tools] == TOOLS
            refused = await client.call_tool("search", REPORT)
            assert refused.is_error
            assert text_of(refused) == f"{world.index}: nothing is indexed here yet; run kb build"
            await asyncio.to_thread(build, world.corpus, world.index, encoder)
            until = time.monotonic() + 10
            while (found := await client.call_tool("search", REPORT)).is_error:
                assert time.monotonic() < until, text_of(found)
                await asyncio.sleep(0.1)
            same = [hit.to_json() for hit in here.search(**REPORT).hits]
            for hit in same:
                hit["url"] = f"https://kb.example.org/library{hit['url']}"
            assert found.structured_content["hits"] == same
            assert (await client.call_tool("search", {"query": CANARY, "limit": 0})).is_error
            assert (await client.call_tool("get_document", {"id": "harbour"})).is_error
            world.write("guide/harbour.md", "# Harbour\n\nThe lighthouse opens at dusk.\n")
            generation = (await asyncio.to_thread(build, world.corpus, world.index, encoder)).generation
            until = time.monotonic() + 10
            while (await client.call_tool("get_document", {"id": "harbour"})).is_error:
                assert time.monotonic() < until, "the new generation is not seen"
                await asyncio.sleep(0.1)
            seen = await client.call_tool("search", {"query": "When does the lighthouse open?"})
            assert seen.structured_content["generation"] == generation
            assert seen.structured_content["hits"][0]["quote"] == "The lighthouse opens at dusk."

    with over_http(world, log, KB_BASE_URL="https://kb.example.org/library") as (process, port):
        assert post(port, call) == 200
        assert post(port, call, Host="kb.example.org") == 200
        assert post(port, call, Origin=f"http://localhost:{port}") == 200
        assert post(port, call, Host=f"{CANARY}.example") == 421, "a name that leads here is not enough"
        assert post(port, call, Origin=f"http://{CANARY}.example") == 403
        assert post(port, call + b" " * 300_000) == 413
        assert post(port, f"{{{CANARY}".encode()) == 400
        ask(talk(port))
    assert process.returncode == 0
    assert "serving generation" in log.read_text(encoding="utf-8")
    assert CANARY not in log.read_text(encoding="utf-8")


def test_schemas_say_all_and_long_documents_come_in_parts(own: tuple[Library, World]) -> None:
    library, _ = own
    searcher = library.searcher()
    commitments = Register(searcher).find(Wanted(strength="all")).to_json()
    assert any(one["deadline"] for one in commitments["commitments"])

    async def talk() -> None:
        async with Client(create_server(library)) as client:
            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
            for tool in tools.values():
                for schema in (tool.input_schema, tool.output_schema):
                    Draft202012Validator.check_schema(schema)
                    assert schema["type"] == "object"
                assert tool.input_schema["additionalProperties"] is False
                assert all(each.get("description") for each in tool.input_schema["properties"].values()), tool.name
                assert tool.annotations
                assert tool.annotations.read_only_hint
            assert {"from", "to"} < set(tools["search"].input_schema["properties"])
            outputs = {name: set(tool.output_schema["properties"]) for name, tool in tools.items()}
            hit = searcher.passage("choirs#op__item_1").to_json()
            assert outputs["get_passage"] == {*hit, "more"}
            assert outputs["search"] == {*searcher.search("choir").to_json(), "said"}
            stored = document_to_json(searcher.document("choirs"))
            assert outputs["get_document"] == {*stored, "citation", "url", "total", "offset"}

            listed = await client.call_tool("list_commitments", {"strength": "all", "reader": "en"})
            assert json.loads(json.dumps(commitments)) == listed.structured_content
            parts = []
            for offset in range(0, 100, 2):
                read = await client.call_tool("get_document", {"id": "choirs", "limit": 2, "offset": offset})
                parts += read.structured_content["provisions"]
                if "go on with offset" not in text_of(read):
                    break
                assert f"offset {offset + 2}" in text_of(read)
            assert [each["eid"] for each in parts] == [each["eid"] for each in stored["provisions"]]
            one = await client.call_tool("get_document", {"id": "choirs", "provision": "op__item_1"})
            data = one.structured_content
            assert [each["eid"] for each in data["provisions"]] == ["op__item_1"]
            assert (data["citation"], data["url"]) == (hit["citation"], hit["url"])
            assert hit["citation"] in text_of(one)
            below = await client.call_tool("get_document", {"id": "choirs", "provision": "op"})
            assert {"op", "op__item_1", "op__item_2"} <= {e["eid"] for e in below.structured_content["provisions"]}

    ask(talk())


def test_filters_keep_what_passes(own: tuple[Library, World]) -> None:
    library, _ = own

    async def talk() -> None:
        async with Client(create_server(library)) as client:
            for given, documents in (
                ({"kind": "guide"}, {"notes-for-choirs"}),
                ({"lang": "ru"}, {"choirs"}),
                ({"from": "2021-06", "to": "2021"}, {"choirs"}),
                ({"document": "choirs"}, {"choirs"}),
                ({"body": "Nobody"}, set()),
            ):
                found = await client.call_tool("search", {"query": "report хоров choir", **given})
                assert {hit["document_id"] for hit in found.structured_content["hits"]} == documents, given
                assert ("Nothing in the index passes" in text_of(found)) is (not documents)
            for given, count in (({"due": "stated"}, 1), ({"due_from": "2024"}, 0), ({"lang": "en"}, 0)):
                listed = await client.call_tool("list_commitments", {"document": "choirs", **given})
                assert listed.structured_content["total"] == count, given

    ask(talk())


def test_too_many_at_once_are_refused_and_nobody_is_forgotten(own: tuple[Library, World]) -> None:
    library, _ = own
    settings = library.settings.model_copy(update={"root_path": "/kb"})

    async def talk() -> None:
        async with Client(create_server(Library(settings, library.searcher()))) as client:
            one = {"passage_id": "choirs#op__item_1"}
            results = await asyncio.gather(*(client.call_tool("get_passage", one) for _ in range(MAX_IN_FLIGHT + 16)))
            refused = [result for result in results if result.is_error]
            assert 0 < len(refused) <= 16
            assert {text_of(result).split(";")[0] for result in refused} == {"too many are asking at once"}
            again = await client.call_tool("get_passage", one)
            assert again.structured_content["url"] == "/kb/doc/choirs#op__item_1"

    ask(talk())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--port", "1"], "only with --http"), (["--http", "--host", "256.0.0.1"], "cannot listen there")],
)
def test_mistakes_are_one_line(world: World, arguments: list[str], said: str) -> None:
    command = [sys.executable, "-m", "kb", "mcp", "--index", str(world.index), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
