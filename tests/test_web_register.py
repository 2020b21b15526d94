"""The register on the web: pages, tables, feed, and the form that only staff can use."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from lxml import etree
from starlette.testclient import TestClient

from kb.notes import MAX_REMARK, Notes
from kb.search import Searcher
from kb.settings import Settings
from web.app import create_app

SEED = "resolution-2022-11-02-economic-cooperation"
TOKEN = "соль и сахар 42"
ATOM = {"a": "http://www.w3.org/2005/Atom"}
STAFF = {"Authorization": "Basic " + base64.b64encode(f"staff:{TOKEN}".encode()).decode()}


@pytest.fixture(scope="module")
def settings(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    notes = tmp_path_factory.mktemp("notes") / "notes.sqlite"
    return Settings(corpus=root / "corpus", notes=notes, staff_token=TOKEN)


@pytest.fixture(scope="module")
def client(settings: Settings, searcher: Searcher) -> Iterator[TestClient]:
    with TestClient(create_app(settings, searcher), follow_redirects=False) as client:
        yield client


def report(client: TestClient) -> str:
    """The id of the chair's report."""
    found = client.get(
        "/commitments.json", params={"document": SEED, "strength": "instruction", "due": "stated"}
    ).json()
    return next(entry["id"] for entry in found["commitments"] if entry["verb"] == "доложить")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("ru", ("Обязательства", "Поручение", "председатель", "31 декабря 2023")),
        ("en", ("Commitments", "Instruction", "chair", "31 December 2023")),
    ],
)
def test_the_list_and_the_record_in_two_languages(client: TestClient, language: str, said: tuple[str, ...]) -> None:
    page = client.get("/commitments", params={"ui": language, "strength": "instruction", "document": SEED})
    assert page.status_code == 200
    record = client.get("/commitment", params={"id": report(client), "ui": language})
    for text in said:
        assert text in page.text
        assert text in record.text
    assert "в ходе следующей Всемирной конференции в 2023 году" in record.text
    assert f"/doc/{SEED}?mark=" in record.text


def test_every_filter_of_the_form_works(client: TestClient) -> None:
    everything = client.get("/commitments.json", params={"strength": "all"}).json()
    page = client.get("/commitments").text
    names = set(re.findall(r'<(?:select|input)[^>]* name="(\w+)"', page)) - {"ui"}
    assert {"q", "performer", "addressee", "strength", "due", "due_from", "due_to", "recurring", "status"} <= names
    for name, facet in (("lang", "language"), ("performer", "performer"), ("year", "year"), ("kind", "kind")):
        for value, count in everything["facets"][facet][:3]:
            found = client.get("/commitments.json", params={"strength": "all", name: value}).json()
            assert found["total"] == count
    assert client.get("/commitments", params={"performer": "nobody at all"}).status_code == 200


@pytest.mark.parametrize(
    "query", ["strength=strong", "due=soon", "year=abc", "sort=size", "page=0", "page=99", "status=late", "kind=x"]
)
def test_what_cannot_be_asked_is_said(client: TestClient, query: str) -> None:
    assert client.get(f"/commitments?{query}").status_code in {400, 404}


def test_unknown_records_and_tables(client: TestClient) -> None:
    assert client.get("/commitment", params={"id": f"{SEED}#op_1!9"}).status_code == 404
    assert client.get("/commitment").status_code == 404
    assert client.get("/commitments.pdf").status_code == 404


def test_tables_are_files(client: TestClient) -> None:
    table = client.get("/commitments.csv", params={"q": "доклад о выполнении решения"})
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="commitments.csv"' in table.headers["content-disposition"]
    assert table.headers["cache-control"] == "no-store"
    assert "доложить" in table.content.decode("utf-8-sig")
    assert client.get("/commitments.xlsx").content.startswith(b"PK")


def test_the_feed_is_atom(client: TestClient) -> None:
    feed = client.get("/commitments.atom", params={"document": SEED, "ui": "ru"})
    assert feed.headers["content-type"] == "application/atom+xml; charset=utf-8"
    tree = etree.fromstring(feed.content)
    entries = tree.findall("a:entry", ATOM)
    assert len(entries) == client.get("/commitments.json", params={"document": SEED}).json()["total"]
    for name in ("id", "title", "updated", "link"):
        assert all(entry.find(f"a:{name}", ATOM) is not None for entry in [tree, *entries]), name
    link = entries[0].find("a:link", ATOM)
    assert link is not None
    assert client.get(link.get("href", "")).status_code == 200


def test_below_a_proxys_path(settings: Settings, searcher: Searcher) -> None:
    with TestClient(create_app(settings, searcher), root_path="/kb", base_url="http://host") as client:
        feed = etree.fromstring(client.get("/kb/commitments.atom").content)
        link = feed.find("a:entry/a:link", ATOM)
        assert link is not None
        assert link.get("href", "").startswith("http://host/kb/commitment?id=")
        table = client.get("/kb/commitments.csv").content.decode("utf-8-sig")
        assert "http://host/kb/doc/" in table
        assert "/kb/kb/" not in table


def test_the_api_says_the_same(client: TestClient) -> None:
    found = client.get("/api/commitments", params={"strength": "all", "limit": 500, "ui": "ru"}).json()
    assert found == client.get("/commitments.json", params={"strength": "all", "ui": "ru"}).json()
    identity = report(client)
    one = client.get(f"/api/commitments/{quote(identity, safe='')}").json()
    assert one["commitment"]["id"] == identity
    assert identity in [step["commitment"]["id"] for step in one["thread"]]
    assert client.get("/api/commitments/none").status_code == 404
    assert client.get("/api/commitments?strength=strong").json()["detail"].startswith("strength: 'strong' is none of")


# Staff.


def form(client: TestClient, identity: str) -> dict[str, str]:
    page = client.get("/staff/commitment", params={"id": identity}, headers=STAFF)
    assert page.status_code == 200
    seal = re.search(r'name="seal" value="(\w+)"', page.text)
    assert seal
    return {"id": identity, "seal": seal[1]}


def test_staff_note_and_all_see_it(client: TestClient, settings: Settings) -> None:
    identity = report(client)
    data = {**form(client, identity), "status": "done", "remark": "Доложено.\r\n<script>alert(1)</script>"}
    saved = client.post("/staff/commitment", data=data, headers=STAFF)
    assert saved.status_code == 303
    assert saved.headers["location"] == f"/commitment?id={quote(identity, safe='')}"
    record = client.get(saved.headers["location"], headers={"Accept-Language": "ru"}).text
    assert "Состояние: выполнено." in record
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in record
    assert "<script>alert" not in record
    assert Notes(settings.notes).all()[identity].remark == "Доложено.\n<script>alert(1)</script>"
    assert [one["id"] for one in client.get("/commitments.json?status=done").json()["commitments"]] == [identity]


@pytest.mark.parametrize(
    "shown",
    ["", "Basic", "Basic !!!", "Bearer x", "Basic " + base64.b64encode(b"staff:wrong").decode(), "Basic /w=="],
)
def test_nobody_else_does(client: TestClient, settings: Settings, shown: str) -> None:
    before = Notes(settings.notes).all()
    identity = report(client)
    data = {**form(client, identity), "status": "open", "remark": ""}
    headers = {"Authorization": shown} if shown else {}
    for answer in (
        client.get("/staff/commitment", params={"id": identity}, headers=headers),
        client.post("/staff/commitment", data=data, headers=headers),
    ):
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Basic ")
    assert Notes(settings.notes).all() == before


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_sites_form_is_refused(client: TestClient, headers: dict[str, str]) -> None:
    data = {**form(client, report(client)), "status": "open", "remark": ""}
    assert client.post("/staff/commitment", data=data, headers=STAFF | headers).status_code == 403
    assert (
        client.post("/staff/commitment", data=data, headers=STAFF | {"Origin": "http://testserver"}).status_code == 303
    )


def test_a_form_that_is_not_ours_is_refused(client: TestClient) -> None:
    identity = report(client)
    data = {**form(client, identity), "status": "open", "remark": ""}
    for seal in ("0" * 64, "é", ""):
        refused = client.post("/staff/commitment", data={**data, "seal": seal, "remark": "not lost"}, headers=STAFF)
        assert refused.status_code == 409
        assert "not lost</textarea>" in refused.text
    assert client.post("/staff/commitment", data={**data, "id": f"{SEED}#op_1!1"}, headers=STAFF).status_code == 404
    assert client.post("/staff/commitment", data={**data, "status": "late"}, headers=STAFF).status_code == 400
    assert client.post("/staff/commitment", content=b"\xff=\xff", headers=STAFF).status_code == 400
    long = {**data, "remark": "я" * (MAX_REMARK + 1)}
    assert client.post("/staff/commitment", data=long, headers=STAFF).status_code in {400, 413}
    assert client.post("/staff/commitment", content=b"a" * 1_000_000, headers=STAFF).status_code == 413


def test_without_a_token_nothing_can_be_noted(root: Path, searcher: Searcher, tmp_path: Path) -> None:
    settings = Settings(corpus=root / "corpus", notes=tmp_path / "notes.sqlite")
    with TestClient(create_app(settings, searcher)) as client:
        identity = report(client)
        assert client.get("/staff/commitment", params={"id": identity}, headers=STAFF).status_code == 404
        assert client.post("/staff/commitment", data={"id": identity}, headers=STAFF).status_code == 404
        assert "/staff/" not in client.get("/commitment", params={"id": identity}).text
