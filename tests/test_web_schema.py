"""The API against its own description: what is said to be accepted, refused and answered is what happens."""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis.configuration import set_hypothesis_home_dir
from jsonschema import Draft202012Validator
from schemathesis.engine import events, from_schema
from starlette.testclient import TestClient

from kb.mcp_server import TOOLS
from kb.notes import Notes
from kb.register import Register, Wanted
from kb.search import Answer, Searcher
from kb.settings import Settings
from web.app import create_app

FEW = 50  # cases drawn for each operation, beside those that the description itself gives
MANY = 1_000
SEED = "resolution-2022-11-02-economic-cooperation"
OPERATIONS = (
    "/api/search",
    "/api/similar/{passage_id}",
    "/api/documents/{document_id}",
    "/api/commitments",
    "/api/commitments/{commitment_id}",
)
ADDRESSES = ("search?q=x", "similar/x", "documents/x", "commitments", "commitments/x")  # of these, below /api/


@pytest.fixture(scope="module")
def app(root: Path, searcher: Searcher, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    folder = tmp_path_factory.mktemp("schema")
    notes = Notes(folder / "notes.sqlite")
    for entry in Register(searcher).find(Wanted(document=SEED)).entries[:1]:
        notes.put(entry.id, "done", "Accepted.", entry.evidence.text)
    settings = Settings(
        corpus=root / "corpus", index=folder / "none", notes=folder / "notes.sqlite", searches_per_minute=0
    )
    return create_app(settings, searcher)


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


@pytest.fixture
def nothing_written(root: Path, tmp_path: Path) -> Iterator[None]:
    """Hypothesis keeps what it derives from Unicode in a folder, which is not to be ours."""
    there = (root / ".hypothesis").exists()
    set_hypothesis_home_dir(tmp_path / "hypothesis")
    yield
    set_hypothesis_home_dir(None)
    assert (root / ".hypothesis").exists() is there


def described(app: FastAPI, cases: int) -> Any:
    """The description as schemathesis takes it, for a run that is the same each time and leaves nothing behind."""
    drawn = {"deterministic": True, "database": "none", "no-shrink": True}
    config = {
        "seed": 20221102,
        "continue-on-failure": True,
        "cache": {"enabled": False},
        "generation": {**drawn, "max-examples": cases},
        "phases": {"stateful": {"generation": {**drawn, "max-examples": cases // 5}}},
        # Too long is refused with a status of its own.
        "checks": {"negative_data_rejection": {"expected-statuses": ["400", "404", "405", "413", "414", "422"]}},
    }
    return schemathesis.openapi.from_asgi("/api/openapi.json", app, config=schemathesis.Config.from_dict(config))


def run(schema: Any) -> tuple[Counter[str], list[str]]:
    """How many requests were made of each operation, and what was not as it is described."""
    asked: Counter[str] = Counter()
    wrong: list[str] = []
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            recorded = event.recorder
            for case, sent in recorded.interactions.items():
                asked[recorded.cases[case].value.operation.path] += 1
                for check in recorded.checks.get(case, ()):
                    if check.failure_info is not None:
                        answered = sent.response.status_code if sent.response else "none"
                        failure = check.failure_info.failure
                        wrong.append(f"{check.name}: {sent.request.uri} {answered} {failure.title} {failure.message}")
        elif isinstance(event, events.NonFatalError | events.FatalError | events.Interrupted):
            wrong.append(f"{event!r} {vars(event) if hasattr(event, '__dict__') else ''}")
        elif isinstance(event, events.SchemaAnalysisWarnings):
            wrong += map(str, event.warnings)
    return asked, wrong


def test_requests_drawn_from_the_description_are_answered_as_it_says(app: FastAPI, nothing_written: None) -> None:
    asked, wrong = run(described(app, FEW))
    assert not wrong, "\n".join(wrong[:10])
    assert set(asked) == set(OPERATIONS)
    assert min(asked.values()) >= FEW, asked


@pytest.mark.full
def test_a_thousand_requests_of_each_operation_are_answered_as_it_says(
    app: FastAPI, nothing_written: None, capsys: pytest.CaptureFixture[str]
) -> None:
    asked, wrong = run(described(app, MANY))
    with capsys.disabled():
        print(f"\n{dict(asked)}")
    assert not wrong, "\n".join(wrong[:10])
    assert min(asked.values()) >= MANY, asked


@pytest.mark.parametrize(
    ("where", "said", "check"),
    [
        (("parameters", 1, "schema", "maximum"), 5_000, "positive_data_acceptance"),
        (("parameters", 1, "schema", "maximum"), 10, "negative_data_rejection"),
        (("responses", "422"), None, "status_code_conformance"),
        (("responses", "200", "content"), {"text/html": {}}, "content_type_conformance"),
        (("responses", "200", "content", "application/json", "schema"), {"type": "array"}, "response_schema"),
    ],
)
def test_a_description_that_is_wrong_is_found_out(
    app: FastAPI, nothing_written: None, monkeypatch: pytest.MonkeyPatch, where: tuple[Any, ...], said: Any, check: str
) -> None:
    document = copy.deepcopy(app.openapi())
    path = "/api/similar/{passage_id}"
    place = document["paths"][path]["get"]
    document["paths"] = {path: document["paths"][path]}
    *before, last = where
    for key in before:
        place = place[key]
    if said is None:
        del place[last]
    else:
        place[last] = said
    monkeypatch.setattr(app, "openapi_schema", document)
    wrong = run(described(app, 5))[1]
    assert any(each.startswith(check) for each in wrong), wrong


def test_the_description_is_an_openapi_document(app: FastAPI, client: TestClient) -> None:
    assert set(client.get("/api/openapi.json").json()["paths"]) == set(OPERATIONS)
    schema = described(app, 1)
    schema.validate()
    for name, each in app.openapi()["components"]["schemas"].items():
        Draft202012Validator.check_schema(each)
        assert name in str(app.openapi()["paths"]) + str(app.openapi()["components"]), "no schema is left over"


def closed(schema: Any) -> Any:
    """A schema in which no object has other fields than those that are described."""
    if isinstance(schema, dict):
        held = {key: closed(each) for key, each in schema.items()}
        return {**held, "additionalProperties": False} if isinstance(schema.get("properties"), dict) else held
    return [closed(each) for each in schema] if isinstance(schema, list) else schema


@pytest.mark.parametrize("path", OPERATIONS)
def test_an_answer_has_every_field_that_is_described_and_no_other(client: TestClient, path: str) -> None:
    document = client.get("/api/openapi.json").json()
    schema = closed({**document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]})
    validator = Draft202012Validator({**schema, "components": closed(document["components"])})
    identity = client.get("/api/commitments", params={"document": SEED, "limit": 1}).json()["commitments"][0]["id"]
    addresses = {
        "/api/search": ["/api/search?q=consul+prison&limit=20", "/api/search?q=%22never+said%22+-law"],
        "/api/similar/{passage_id}": [f"/api/similar/{SEED}%23op__item_13"],
        "/api/documents/{document_id}": [f"/api/documents/{SEED}", "/api/documents/detained-abroad"],
        "/api/commitments": ["/api/commitments?strength=all&limit=500", "/api/commitments?q=%D0%B4%D0%BE%D0%BA"],
        "/api/commitments/{commitment_id}": [f"/api/commitments/{quote(identity)}"],
    }
    for address in addresses[path]:
        answer = client.get(address)
        assert answer.status_code == 200
        assert not list(validator.iter_errors(answer.json())), address
    broken = {**client.get(addresses[path][0]).json(), "more": 1}
    assert list(validator.iter_errors(broken)), "a field that is not described is found"


def test_tools_and_operations_describe_the_same_things_alike(client: TestClient) -> None:
    schemas = client.get("/api/openapi.json").json()["components"]["schemas"]
    tools = {tool.name: tool.described().output_schema or {} for tool in TOOLS}
    for name, tool in (("Hit", "get_passage"), ("Similar", "find_similar"), ("Commitments", "list_commitments")):
        assert schemas[name]["required"] == tools[tool]["required"]
    assert set(schemas["Answer"]["properties"]) == set(tools["search"]["properties"]) - {"said"}
    for name in ("Commitment", "Party", "Deadline"):
        assert (
            json.loads(json.dumps(schemas[name]).replace("#/components/schemas/", "#/$defs/"))
            == tools["list_commitments"]["$defs"][name]
        )


# -- how it is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*OPERATIONS, "/api/openapi.json", "/api/docs"])
@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE"])
def test_another_method_is_a_problem_that_says_which(client: TestClient, path: str, method: str) -> None:
    if method == "HEAD" and path == "/api/openapi.json":
        return
    answer = client.request(method, path.replace("{", "").replace("}", ""))
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]
    assert answer.headers["content-type"] == "application/problem+json"
    if method != "HEAD":
        assert answer.json()["status"] == 405


def conforms(document: Any, path: str, answer: Any) -> None:
    """An answer that refuses is one that the operation describes."""
    said = document["paths"][path]["get"]["responses"][str(answer.status_code)]
    schema = {**said["content"]["application/problem+json"]["schema"], "components": document["components"]}
    Draft202012Validator(closed(schema)).validate(answer.json())
    for name, header in said.get("headers", {}).items():
        Draft202012Validator(header["schema"]).validate(
            int(answer.headers[name]) if header["schema"]["type"] == "integer" else answer.headers[name]
        )


def test_every_status_that_is_described_is_one_that_is_given(
    root: Path, searcher: Searcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each by the way that leads to it, and nothing else than these is described."""
    settings = Settings(corpus=root / "corpus", index=tmp_path / "none", searches_per_minute=0)
    long = f"body={'x' * 40_000}"
    with TestClient(create_app(settings, searcher)) as client:
        document = client.get("/api/openapi.json").json()
        seen: dict[str, set[str]] = {path: {"200"} for path in OPERATIONS}  # the examples, which the tests ask
        for path, address in (
            ("/api/search", "/api/search?q=x&kind=poem"),
            ("/api/search", "/api/search?q=..."),
            ("/api/search", "/api/search?q=-law"),
            ("/api/search", "/api/search?q=x&document=none"),
            ("/api/search", f"/api/search?q={'x' * 2_001}"),
            ("/api/search", f"/api/search?q=x&{long}"),
            ("/api/search", "/api/search"),
            ("/api/similar/{passage_id}", "/api/similar/none"),
            ("/api/similar/{passage_id}", f"/api/similar/{SEED}%23op__item_13?to=2022-13"),
            ("/api/similar/{passage_id}", f"/api/similar/{SEED}%23op__item_13?limit=101"),
            ("/api/similar/{passage_id}", f"/api/similar/x?{long}"),
            ("/api/documents/{document_id}", "/api/documents/none"),
            ("/api/documents/{document_id}", f"/api/documents/{SEED}?{long}"),
            ("/api/commitments", "/api/commitments?strength=strong"),
            ("/api/commitments", "/api/commitments?lang=Russian"),
            ("/api/commitments", "/api/commitments?q=..."),
            ("/api/commitments", "/api/commitments?document=none"),
            ("/api/commitments", f"/api/commitments?q={'x' * 2_001}"),
            ("/api/commitments", f"/api/commitments?{long}"),
            ("/api/commitments", "/api/commitments?limit=0"),
            ("/api/commitments/{commitment_id}", "/api/commitments/none"),
            ("/api/commitments/{commitment_id}", f"/api/commitments/none?{long}"),
        ):
            answer = client.get(address)
            conforms(document, path, answer)
            seen[path].add(str(answer.status_code))
        for path in OPERATIONS:
            answer = client.post(path.replace("{", "").replace("}", ""))
            conforms(document, path, answer)
            seen[path].add(str(answer.status_code))
    with TestClient(create_app(settings.model_copy(update={"searches_per_minute": 1}), searcher)) as client:
        assert client.get("/api/search?q=x").status_code == 200
        for path in OPERATIONS:
            if path != "/api/documents/{document_id}":
                answer = client.get(path.replace("{", "").replace("}", ""))
                conforms(document, path, answer)
                seen[path].add(str(answer.status_code))
    with TestClient(create_app(settings)) as client:
        for path, address in zip(OPERATIONS, ADDRESSES, strict=True):
            answer = client.get(f"/api/{address}")
            assert answer.status_code == 503
            conforms(document, path, answer)
            seen[path].add("503")

    def fail(*_: Any, **__: Any) -> Answer:
        raise RuntimeError

    for broken, name in ((Searcher, "search"), (Searcher, "passage"), (Searcher, "document"), (Register, "find")):
        monkeypatch.setattr(broken, name, fail)
    monkeypatch.setattr(Register, "thread", fail)
    with TestClient(create_app(settings, searcher)) as client:
        for path, address in zip(OPERATIONS, ADDRESSES, strict=True):
            answer = client.get(f"/api/{address}")
            assert answer.status_code == 500
            conforms(document, path, answer)
            seen[path].add("500")
    for path in OPERATIONS:
        assert set(document["paths"][path]["get"]["responses"]) == seen[path], path
