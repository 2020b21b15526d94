"""The register on the web: pages, tables, feed, and the form that only staff can use."""

from __future__ import annotations

import base64
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from arithmetic import ArithmeticEncoder
from lxml import etree, html
from starlette.testclient import TestClient

from kb.build import build
from kb.notes import MAX_REMARK, Notes
from kb.register import Register, Wanted
from kb.search import Searcher
from kb.settings import Settings
from web.app import create_app
from web.i18n import time_words

SEED = "resolution-2022-11-02-economic-cooperation"
TOKEN = "соль и сахар 42"
ATOM = {"a": "http://www.w3.org/2005/Atom"}
STAFF = {"Authorization": "Basic " + base64.b64encode(f"staff:{TOKEN}".encode()).decode()}


@pytest.fixture(scope="module")
def settings(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    notes = tmp_path_factory.mktemp("notes") / "notes.sqlite"
    return Settings(corpus=root / "corpus", notes=notes, staff_token=TOKEN, searches_per_minute=0)


@pytest.fixture(scope="module")
def client(settings: Settings, searcher: Searcher) -> Iterator[TestClient]:
    with TestClient(create_app(settings, searcher), follow_redirects=False) as client:
        yield client


def report(client: TestClient) -> str:
    """The id of the chair's report."""
    found = client.get(
        "/commitments.json", params={"document": SEED, "strength": "instruction", "due": "stated"}
    ).json()
    return str(next(entry["id"] for entry in found["commitments"] if entry["verb"] == "доложить"))


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


# The table, which is cards on a phone.

LONG = "ABCDEFGHIJ" * 9
VIEWS: tuple[tuple[int, Literal["light", "dark"], str], ...] = (
    (320, "light", "en"),
    (730, "light", "ru"),
    (1280, "dark", "he"),
    (320, "dark", "he"),
)
HEADS = ("Who", "What", "For whom", "By when", "How binding", "Where")


def in_words(days: int) -> str:
    day = datetime.now(UTC).date() + timedelta(days)
    months = "января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split()
    return f"{day.day} {months[day.month - 1]} {day.year} года"


@pytest.fixture(scope="module")
def dated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Searcher]:
    """A resolution whose deadlines lie around today; one is noted as done, one on words that stood there before."""
    folder = tmp_path_factory.mktemp("dated")
    clauses = [
        f"Правлению представить Президенту доклад до {in_words(-3 * 365 - 20)}",
        f"Секретариату ежегодно публиковать отчёт до {in_words(150)}",
        f"Правлению созвать совет до {in_words(0)}",
        f"Секретариату опубликовать протокол до {in_words(-400)}",
        "Секретариату подготовить справку к следующему съезду",
        f"Правлению подготовить перечень {LONG}",
    ]
    (folder / "corpus").mkdir()
    text = "# Резолюция\n\nСъезд хоров решил:\n\n" + "".join(f"- {clause};\n\n" for clause in clauses)
    (folder / "corpus" / f"plan-{LONG[:60]}.md").write_text(text, encoding="utf-8")
    settings = Settings(corpus=folder / "corpus", index=folder / "index", notes=folder / "notes.sqlite")
    build(settings.corpus, settings.index, ArithmeticEncoder())
    searcher = Searcher.open(settings.index, ArithmeticEncoder(), settings.corpus)
    notes = Notes(settings.notes)
    for entry in Register(searcher, notes).find(Wanted()).entries:
        if entry.verb == "опубликовать":
            Register(searcher, notes).note(entry.id, "done", "")
        if entry.verb == "подготовить" and LONG in entry.evidence.text:
            notes.put(entry.id, "superseded", "", "Правлению подготовить список", {entry.id: entry.id})
    return settings, searcher


@pytest.fixture(scope="module")
def dated_client(dated: tuple[Settings, Searcher]) -> Iterator[TestClient]:
    with TestClient(create_app(*dated)) as client:
        yield client


def rows_of(page: str) -> list[list[str]]:
    """The text of each cell of the table."""
    rows = html.fromstring(page).xpath("//main//table//tr")
    return [[" ".join(str(cell.text_content()).split()) for cell in row.xpath("th | td")] for row in rows]


def test_the_deadline_speaks(dated_client: TestClient) -> None:
    head, *rows = rows_of(dated_client.get("/commitments", params={"ui": "en"}).text)
    assert [cell.partition(" –")[0] for cell in head] == list(HEADS)
    said = {
        what.split()[0] + ("" if LONG not in what else " it"): (who, what, to, by) for who, what, to, by, *_ in rows
    }
    assert said["представить"][2] == "Президент"
    assert re.fullmatch(r"overdue by 3 years by \d+ \w+ \d{4} до \d+ \w+ \d{4} года", said["представить"][3])
    assert re.fullmatch(r"in 5 months by .* года How often: ежегодно", said["публиковать"][3])
    assert said["созвать"][3].startswith("today by ")
    assert said["опубликовать"][1] == "опубликовать протокол done"
    assert said["опубликовать"][3].startswith("by "), "what is done is not overdue"
    assert said["подготовить"][3] == "к следующему съезду", "a deadline without a date is told in the text's words"
    assert said["подготовить it"][1].endswith("superseded noted on other words")
    assert said["подготовить it"][2:] == ("not stated", "not stated")
    russian = rows_of(dated_client.get("/commitments", params={"ui": "ru", "sort": "due"}).text)
    assert russian[1][3].startswith("просрочено на 3 года до ")
    assert any(row[3].startswith("через 5 месяцев до ") for row in russian)
    record = dated_client.get("/commitments", params={"ui": "en", "performer": "Правление"})
    link = html.fromstring(record.text).xpath("//td/following-sibling::th/a/@href")[0]
    assert "overdue by 3 years" in dated_client.get(str(link)).text


@pytest.mark.parametrize(
    ("days", "code", "apart", "ahead"),
    [
        (1, "ru", "1 день", "через 1 день"),
        (8, "ru", "8 дней", "через 8 дней"),
        (22, "ru", "22 дня", "через 22 дня"),
        (60, "ru", "2 месяца", "через 2 месяца"),
        (5 * 365, "ru", "5 лет", "через 5 лет"),
        (21, "lt", "21 diena", "po 21 dienos"),
        (12, "lv", "12 dienu", "pēc 12 dienām"),
        (25, "uk", "25 днів", "через 25 днів"),
        (61, "he", "חודשיים", "בעוד חודשיים"),
        (1, "en", "1 day", "in 1 day"),
        (29, "en", "29 days", "in 29 days"),
        (30, "fr", "1 mois", "dans 1 mois"),
        (3 * 365, "de", "3 Jahre", "in 3 Jahren"),
    ],
)
def test_time_in_words_with_the_right_plural(days: int, code: str, apart: str, ahead: str) -> None:
    assert time_words(-days, code) == apart
    assert time_words(days, code, ahead=True) == ahead


def test_columns_sort_by_links_that_keep_the_filters(client: TestClient) -> None:
    def heads(**query: str) -> dict[str, tuple[str | None, dict[str, list[str]]]]:
        page = html.fromstring(client.get("/commitments", params={"ui": "en", "lang": "ru", **query}).text)
        cells = page.xpath("//main//thead//th[a]")
        asked = [parse_qs(urlsplit(cell.xpath("a/@href")[0]).query) for cell in cells]
        return {
            cell.text_content().partition(" –")[0]: (cell.get("aria-sort"), query)
            for cell, query in zip(cells, asked, strict=True)
        }

    assert {name: order for name, (order, _) in heads().items()} == {
        "Who": None,
        "By when": None,
        "Where": "descending",
    }
    assert heads()["Where"][1] == {"lang": ["ru"], "ui": ["en"], "sort": ["oldest"]}
    assert heads(sort="oldest")["Where"][0] == "ascending"
    assert heads(sort="oldest")["Where"][1]["sort"] == ["newest"]
    assert heads(sort="due")["By when"][0] == "ascending"
    assert heads(sort="performer", q="доклад")["Who"][0] == "ascending"
    assert [order for order, _ in heads(q="доклад").values()] == [None] * 3, "the closest come first"
    names = [row[0].casefold() for row in rows_of(client.get("/commitments?sort=performer&ui=en").text)[1:]]
    assert names == sorted(names, key=lambda name: (name == "not stated", name))


def test_each_row_leads_to_its_record_and_its_evidence(client: TestClient) -> None:
    page = html.fromstring(client.get("/commitments", params={"document": SEED, "strength": "all"}).text)
    rows = page.xpath("//main//tbody/tr")
    assert len(rows) > 10
    for row in rows[::5]:
        record, evidence = row.xpath(".//a/@href")
        assert record.startswith("/commitment?id=")
        assert client.get(record).status_code == 200
        assert evidence.startswith(f"/doc/{SEED}?mark=")
        assert '<mark class="sentence">' in client.get(evidence).text


def test_citations_find_their_own_direction_on_a_page_from_right_to_left(client: TestClient) -> None:
    for address in (f"/commitment?id={quote(report(client))}", "/search?q=доклад", f"/doc/{SEED}?mark="):
        for language, directions in (("he", {"auto"}), ("ru", set())):
            page = html.fromstring(client.get(f"{address}&ui={language}").text)
            cites = page.xpath("//main//cite")
            assert cites, address
            assert set(page.xpath("//main//cite/ancestor-or-self::*[@dir='auto']/@dir")) == directions, address


def test_cards_on_a_phone_are_still_a_table(dated: tuple[Settings, Searcher]) -> None:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    if shutil.which("chromium") is None:
        pytest.skip("chromium is not installed")
    from web.screenshots import launch, serving

    with serving(create_app(*dated)) as address, playwright.sync_playwright() as started:
        browser = launch(started)
        for width, scheme, ui in VIEWS:
            page = browser.new_page(viewport={"width": width, "height": 640}, color_scheme=scheme)
            page.goto(f"{address}/commitments?ui={ui}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            # Cells stand below each other on a phone, side by side elsewhere; neither reaches over its edge.
            tops = page.evaluate("[...document.querySelectorAll('tbody tr:first-child > *')].map(e => e.offsetTop)")
            assert (len(set(tops)) > 3) == (width == 320)
            over = "[...document.querySelectorAll('tr > *')].filter(e => e.scrollWidth > e.clientWidth + 1).length"
            assert page.evaluate(f"innerWidth < 720 ? 0 : {over}") == 0
            found = axe.Axe().run(page).response["violations"]
            assert [(fault["id"], fault["nodes"][0]["html"]) for fault in found] == []
            if ui == "en":
                seen = page.get_by_role("table").aria_snapshot()
                assert all(f'columnheader "{name}' in seen for name in HEADS)
                assert seen.count("rowheader") == 6
                assert page.get_by_role("row").count() == 7
                assert page.get_by_role("cell", name="overdue by 3 years").count() == 1
            page.goto(f"{address}{page.locator('.what a').nth(5).get_attribute('href')}")
            page.click("summary")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, "a long id is broken"
            page.close()
        browser.close()


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
