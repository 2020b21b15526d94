"""The web application over the shipped corpus: pages, API, errors, headers, log, and what hostile input does."""

from __future__ import annotations

import hashlib
import logging
import random
import re
import shutil
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from starlette.testclient import TestClient

from kb.build import build
from kb.encode import Encoder
from kb.search import Answer, Searcher
from kb.serving import Library
from kb.settings import Settings
from web.app import STATIC_FOLDER, create_app
from web.security import HEADERS, MAX_IN_FLIGHT, Guard

SEED = "resolution-2022-11-02-economic-cooperation"
REPORT = "О чём должен доложить председатель Всемирного координационного совета в 2023 году?"
GERMAN = "Worüber muss der Vorsitzende des Weltkoordinationsrates 2023 berichten?"
CLAUSE = "председателю Всемирного координационного совета российских соотечественников доложить"
PAGES = ("/", "/documents", "/about", f"/doc/{SEED}", f"/search?{urlencode({'q': REPORT})}")


@pytest.fixture(scope="module")
def settings(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(corpus=root / "corpus", index=tmp_path_factory.mktemp("none"), searches_per_minute=0)


@pytest.fixture(scope="module")
def client(settings: Settings, searcher: Searcher) -> Iterator[TestClient]:
    with TestClient(create_app(settings, searcher)) as client:
        yield client


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


# -- pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("ui", ["ru", "en"])
def test_a_page_is_whole_and_in_the_readers_language(client: TestClient, path: str, ui: str) -> None:
    response = client.get(path + ("&" if "?" in path else "?") + f"ui={ui}")
    assert response.status_code == 200
    assert response.headers["content-language"] == ui
    html = response.text
    assert f'<html lang="{ui}" dir="ltr">' in html
    assert html.count("<h1") == 1
    assert html.count("<main") == 1
    assert len(re.findall(r'\bid="([^"]*)"', html)) == len(set(re.findall(r'\bid="([^"]*)"', html)))
    inline = re.search(r"<script(?! src=| type=.application/ld.json.>)|<style|\son\w+=|\sstyle=", html)
    assert not inline, "no inline script or style"
    assert not re.search(r'(?:src|action)="(?:https?:)?//', html), "nothing from elsewhere"
    for address in re.findall(r'href="(/[^"]*)"', html):
        assert not address.startswith(("/static", "/doc/")) or "ui=" in address or address.startswith("/static")


@pytest.mark.parametrize("path", PAGES)
def test_every_link_of_a_page_leads_somewhere(client: TestClient, path: str) -> None:
    for address in sorted(set(re.findall(r'href="(/[^"#]*)', client.get(path).text))):
        assert client.get(unescape(address)).status_code == 200, address


def test_accept_language_decides_where_the_address_does_not(client: TestClient) -> None:
    russian = client.get("/", headers={"Accept-Language": "ru-RU,ru;q=0.9"})
    assert "Что сказано в документах?" in russian.text
    assert "ui=" not in re.sub(r'hreflang="[^"]*"|href="/\?ui=\w\w"', "", russian.text)
    assert "What do the documents say?" in client.get("/", headers={"Accept-Language": "fi"}).text
    assert russian.headers["vary"].startswith("Accept-Language")


def test_home_counts_what_there_is_and_its_examples_are_answered(client: TestClient, searcher: Searcher) -> None:
    html = client.get("/?ui=ru").text
    counts = searcher.manifest["counts"]
    assert f"{counts['documents']} документов" in text_of(html)
    expected = ["detained-abroad", "fair-trial-interpreter", "child-abduction", SEED]
    for page in (html, client.get("/?ui=en").text):
        examples = re.findall(r'<li><a href="(/search\?[^"]*)">', page)
        assert len(examples) == len(expected), "every example question finds something"
        for address, document in zip(examples, expected, strict=True):
            found = client.get(unescape(address)).text
            first = re.search(r'<h3[^>]*><a href="/doc/([\w-]+)', found)
            assert first
            assert first[1] == document
            assert "No direct answer" not in found
            assert "Прямого ответа в этом собрании нет" not in found


def test_a_question_in_german_is_answered_from_the_russian_resolution(client: TestClient) -> None:
    html = client.get("/search", params={"q": GERMAN, "ui": "en"}).text
    first = html[html.index("<article") : html.index("</article>")]
    assert CLAUSE in text_of(first)
    assert '<bdi lang="ru" dir="ltr">' in first
    assert "21st indent" in text_of(first)
    assert "1–2 November 2022" in first[: first.index("<h3")], "all days of the conference"
    assert f'href="/doc/{SEED}?mark=' in first
    status = re.search(r'role="status">(.*?)</div>', html, re.DOTALL)
    assert status
    assert "document" in text_of(status[1])
    assert "Language of the question: German." in text_of(html)


def test_the_russian_page_cites_in_russian(client: TestClient) -> None:
    html = client.get("/search", params={"q": GERMAN, "ui": "ru"}).text
    assert "тире 21 постановляющей части" in text_of(html)


def test_a_quotation_is_the_exact_slice(client: TestClient, searcher: Searcher) -> None:
    html = client.get("/search", params={"q": REPORT, "ui": "ru"}).text
    quotes = [
        unescape(re.sub(r"<[^>]*>", "", block))
        for block in re.findall(r"<blockquote[^>]*><bdi[^>]*>(.*?)</bdi></blockquote>", html, re.DOTALL)
    ]
    answer = searcher.search(REPORT, limit=10, reader="ru", group=True)
    expected = [hit.quote for top in answer.hits for hit in (top, *top.more)]
    assert sorted(quotes) == sorted(expected)
    assert len(quotes) > 10
    texts = {hit.document_id: searcher.document(hit.document_id).document.text for hit in answer.hits}
    assert all(texts[hit.document_id][hit.start : hit.end] == hit.quote for hit in answer.hits)


def test_open_at_this_place_marks_the_sentence_in_its_document(client: TestClient) -> None:
    html = client.get("/search", params={"q": GERMAN, "ui": "en"}).text
    match = re.search(rf'href="(/doc/{SEED}\?[^"#]*)#([^"]*)"', html)
    assert match
    page = client.get(unescape(match[1])).text
    line = page[page.index(f'id="{match[2]}"') :]
    assert text_of(line[line.index('<mark class="sentence">') : line.index("</mark>")]).startswith(CLAUSE)
    assert page.count('<mark class="sentence">') == 1


def test_filters_narrow_and_are_kept(client: TestClient) -> None:
    html = client.get("/search", params={"q": "consulate", "kind": "guide", "lang": "en", "ui": "en"}).text
    kinds = re.findall(r'<p class="meta"><span class="kind kind-(\w+)">.*?</p>', html)
    assert kinds
    assert set(kinds) == {"guide"}
    assert '<option value="guide" selected>' in html
    assert '<option value="en" selected>' in html
    assert '<details class="filters" open>' in html
    nothing = client.get("/search", params={"q": "consulate", "from": "1800", "to": "1801", "ui": "en"})
    assert nothing.status_code == 200
    assert "Nothing found with these filters" in nothing.text


def test_search_within_one_document(client: TestClient) -> None:
    html = client.get("/search", params={"q": "молодёжь", "document": SEED, "ui": "ru"}).text
    assert set(re.findall(r'href="/doc/([\w-]+)', html)) == {SEED}
    assert "искать везде" in html


def test_pages_of_results_share_no_document(client: TestClient, searcher: Searcher) -> None:
    titles = []
    for number in (1, 2):
        html = client.get("/search", params={"q": "права", "page": number, "ui": "ru"}).text
        titles.append(set(re.findall(r'<h3[^>]*><a href="/doc/([\w-]+)', html)))
    assert len(titles[0]) == 10
    assert titles[1]
    assert not titles[0] & titles[1]


def test_nothing_found_says_so_and_offers_help(client: TestClient, searcher: Searcher) -> None:
    questions = ("как испечь хлеб", "How do I bake sourdough bread?", "zxcvb qwrtp 7", "Kochrezept für Apfelstrudel")
    unanswered = next(question for question in questions if searcher.search(question).strength == "nothing")
    html = client.get("/search", params={"q": unanswered, "ui": "en"}).text
    assert "No direct answer in this collection" in html
    assert "A direct answer was found" not in html
    assert "Whom these documents name for help" in html
    assert '<mark class="sentence">' not in html, "nothing is marked as an answer"
    assert "The closest passages, which may not answer it" in html


def test_an_empty_question_goes_home(client: TestClient) -> None:
    response = client.get("/search", params={"q": "  ", "ui": "ru"}, follow_redirects=False)
    assert (response.status_code, response.headers["location"]) == (303, "/?ui=ru")


def test_a_right_to_left_document_reads_right_to_left(client: TestClient, searcher: Searcher) -> None:
    hebrew = next(header.id for header in searcher.documents() if header.language == "he")
    html = client.get(f"/doc/{hebrew}?ui=en").text
    assert '<div class="body" lang="he" dir="rtl">' in html
    assert '<html lang="en" dir="ltr">' in html
    assert re.search(r'<h1[^>]* lang="he" dir="rtl">', html)


def test_page_marks_of_a_paged_document(client: TestClient, searcher: Searcher) -> None:
    paged = next(header for header in searcher.documents() if header.pages)
    html = client.get(f"/doc/{paged.id}?ui=en").text
    assert [f"p. {page.number}" for page in paged.pages] == re.findall(r"<span>(p\. \d+)</span>", html)


def test_about_counts_add_up(client: TestClient, searcher: Searcher) -> None:
    html = client.get("/about?ui=en").text
    tables = re.findall(r'<table class="figures">(.*?)</table>', html, re.DOTALL)
    assert len(tables) == 4
    for table in tables:
        assert sum(map(int, re.findall(r"<td>(\d+)</td>", table))) == searcher.manifest["counts"]["documents"]
    assert "This is not legal advice" in text_of(html)


def test_original_comes_as_an_attachment_with_its_own_bytes(client: TestClient, searcher: Searcher, root: Path) -> None:
    for header in searcher.documents():
        response = client.get(f"/doc/{header.id}/original")
        assert response.status_code == 200
        assert response.headers["content-disposition"].startswith("attachment")
        assert response.headers["content-type"].split(";")[0] == header.media_type
        assert response.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in response.headers["content-security-policy"]
        assert response.content == (root / "corpus" / header.path).read_bytes()
        assert hashlib.sha256(response.content).hexdigest() == header.sha256


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_head_is_answered_like_get(client: TestClient, method: str) -> None:
    for path in PAGES:
        response = client.request(method, path)
        assert response.status_code == 200
        assert bool(response.content) == (method == "GET")


# -- API --------------------------------------------------------------------------------------------------------------


def test_api_search_gives_what_the_core_gives(client: TestClient, searcher: Searcher) -> None:
    response = client.get("/api/search", params={"q": REPORT, "limit": 3, "kind": "resolution", "ui": "ru"})
    assert response.headers["cache-control"] == "no-store"
    data = response.json()
    assert list(data)[:3] == ["query", "searched", "rescued"]
    top = data["hits"][0]
    assert top["quote"].startswith(CLAUSE)
    assert top["url"] == f"/doc/{SEED}#op__item_21"
    assert len(data["hits"]) == 3
    stored = searcher.document(SEED).document.text
    assert all(stored[hit["start"] : hit["end"]] == hit["quote"] for hit in data["hits"])
    second = client.get("/api/search", params={"q": REPORT, "limit": 1, "offset": 1, "kind": "resolution", "ui": "ru"})
    assert second.json()["hits"] == data["hits"][1:2]


def test_api_document_is_complete(client: TestClient, searcher: Searcher) -> None:
    data = client.get(f"/api/documents/{SEED}").json()
    stored = searcher.document(SEED)
    assert (data["id"], data["kind"], data["date"], data["date_to"]) == (SEED, "resolution", "2022-11-01", "2022-11-02")
    assert [p["eid"] for p in data["provisions"]] == [p.eid for p in stored.provisions]
    assert all(p["text"] == stored.document.text[p["start"] : p["end"]] for p in data["provisions"])


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/search", 422),
        ("/api/search?q=", 422),
        ("/api/search?q=x&limit=0", 422),
        ("/api/search?q=x&limit=secretword", 422),
        ("/api/search?q=x&offset=-1", 422),
        ("/api/search?q=x&kind=poem", 400),
        ("/api/search?q=x&from=yesterday", 400),
        ("/api/search?q=%00", 400),
        (f"/api/search?q={'x' * 2001}", 413),
        (f"/api/search?q=x&body={'x' * 40_000}", 414),
        ("/api/documents/none", 404),
        ("/api/none", 404),
    ],
)
def test_api_errors_are_problems(client: TestClient, path: str, status: int) -> None:
    response = client.get(path)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert (problem["type"], problem["status"]) == ("about:blank", status)
    assert problem["title"]
    assert "secretword" not in response.text


def test_the_api_is_described_and_has_no_foreign_documentation_page(client: TestClient) -> None:
    schema = client.get("/api/openapi.json").json()
    assert set(schema["paths"]) == {
        "/api/search",
        "/api/similar/{passage_id}",
        "/api/documents/{document_id}",
        "/api/commitments",
        "/api/commitments/{commitment_id}",
    }
    names = {parameter["name"] for parameter in schema["paths"]["/api/search"]["get"]["parameters"]}
    filters = {"lang", "kind", "body", "from", "to", "document"}
    assert names == {"q", "limit", "offset", "exact", "ui"} | filters
    names = {parameter["name"] for parameter in schema["paths"]["/api/similar/{passage_id}"]["get"]["parameters"]}
    assert names == {"passage_id", "limit", "ui"} | filters
    assert client.get("/docs").status_code == 404
    assert client.get("/redoc").status_code == 404


def test_alive_and_ready(client: TestClient, searcher: Searcher) -> None:
    assert client.get("/livez").text == "alive\n"
    assert client.get("/readyz").json() == {"status": "ready", "generation": searcher.generation, "warning": ""}


# -- errors and headers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/none", 404, "По этому адресу ничего нет"),
        ("/doc/none", 404, "По этому адресу ничего нет"),
        ("/doc/none/original", 404, "По этому адресу ничего нет"),
        ("//evil.example/%3Cscript%3E", 404, "По этому адресу ничего нет"),
        (f"/search?q={'x' * 2001}", 413, "Вопрос слишком длинный"),
        (f"/search?q={'x' * 40_000}", 414, "Вопрос слишком длинный"),
        ("/search?q=x&kind=poem", 400, "Этот запрос не удаётся прочесть"),
        ("/search?q=x&from=1.1.2020", 400, "Этот запрос не удаётся прочесть"),
        ("/search?q=x&page=0", 400, "Этот запрос не удаётся прочесть"),
        ("/search?q=x&page=%D9%A1", 400, "Этот запрос не удаётся прочесть"),
        ("/search?q=x&document=none", 404, "По этому адресу ничего нет"),
        ("/search?q=x&page=99", 404, "По этому адресу ничего нет"),
        ("/documents?page=2", 404, "По этому адресу ничего нет"),
        ("/search?q=%00%01", 400, "Этот запрос не удаётся прочесть"),
        ("/documents?kind=poem", 400, "Этот запрос не удаётся прочесть"),
    ],
)
def test_an_error_is_a_page_with_a_way_back(client: TestClient, path: str, status: int, words: str) -> None:
    response = client.get(path, headers={"Accept-Language": "ru"})
    assert response.status_code == status
    assert words in response.text
    assert '<a href="/">В начало</a>' in response.text
    assert 'role="search"' in response.text
    assert '"//' not in response.text
    for name, value in HEADERS.items():
        assert response.headers[name] == ("no-store" if name == "Cache-Control" else value)


def test_a_wrong_method_is_refused(client: TestClient) -> None:
    response = client.post("/search", headers={"Accept-Language": "en"})
    assert response.status_code == 405
    assert "GET" in response.headers["allow"]


@pytest.mark.parametrize("path", [*PAGES, "/livez", "/api/openapi.json", f"/api/documents/{SEED}", "/static/style.css"])
def test_every_response_carries_the_headers(client: TestClient, path: str) -> None:
    response = client.get(path)
    for name, value in HEADERS.items():
        if name != "Cache-Control":
            assert response.headers[name] == value
    assert response.headers["cache-control"] == ("no-store" if path.startswith("/search") else "no-cache")
    assert "set-cookie" not in response.headers


def test_assets_are_small_and_keep(client: TestClient) -> None:
    html = client.get(PAGES[-1]).text
    blocking = re.findall(r'<link rel="stylesheet" href="([^"]*)"', html)
    assert len(blocking) == 1
    assert re.findall(r"<script (?![^>]*defer)", html) == []
    response = client.get(blocking[0])
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert (STATIC_FOLDER / "style.css").stat().st_size < 12 * 1024
    scripts = re.findall(r'<script src="([^"]*)"', html)
    icons = re.findall(r'<link rel="icon" href="([^"]*)"', html)
    transferred = 0
    for address in [PAGES[-1], *blocking, *scripts, *icons]:
        with client.stream("GET", address, headers={"Accept-Encoding": "gzip"}) as stream:
            transferred += sum(len(chunk) for chunk in stream.iter_raw())
    assert transferred <= 60_000


def test_a_path_prefix_is_kept_in_every_address(settings: Settings, searcher: Searcher) -> None:
    with TestClient(create_app(settings, searcher), root_path="/kb") as client:
        for path in PAGES:
            html = client.get(f"/kb{path}").text
            addresses = re.findall(r'(?:href|src|action|data-link)="(/[^"]*)"', html)
            assert len(addresses) > 8
            assert [address for address in addresses if not address.startswith("/kb/")] == []
            for address in {unescape(address).partition("#")[0] for address in addresses}:
                if not address.startswith("/kb/search"):
                    assert client.get(address).status_code == 200, address
        assert client.get("/kb/search?q=", follow_redirects=False).headers["location"] == "/kb/"
        assert client.get("/kb/api/none").headers["content-type"] == "application/problem+json"


# -- hostile input ----------------------------------------------------------------------------------------------------

FRAGMENTS = (
    "\x00 \x07\x1b[31m \x7f \u0085 \ud7ff\ue000 \ufffe \U0010ffff",
    "%ED%A0%80 %FF%FE %C0%AF %00 % %zz",
    "\u202e\u2066\u200f\u200b\ufeff",
    "a" + "\u0301" * 1_500,
    "👩‍👩‍👧‍👦" * 80,
    "'; DROP TABLE documents; -- \" OR 1=1",
    'title:x AND (NEAR* ^"" OR [a TO z] ~9 \\ {b TO *] boost^99',
    '+ - && || ! ( ) { } [ ] ^ " ~ * ? : \\ /',
    "<script>alert(1)</script>{{7*7}}${7*7}%s%n",
    "(a+)+$" * 50 + "(?=.*)",
    "../../../../etc/passwd",
    "ꙮ ﷽ ㍿ ﬁ Ω ſ İ ı ß",
    "١٢٣ ৪৫ 二千二十三",
    " ".join(["и"] * 900),
)


def test_hostile_questions_give_no_server_error(client: TestClient) -> None:
    draw = random.Random(20221102)
    questions = [*FRAGMENTS, *("".join(draw.sample("".join(FRAGMENTS), 40)) for _ in range(30))]
    for question in questions:
        for path in ("/search", "/api/search"):
            response = client.get(path, params={"q": question[:2_000]})
            assert response.status_code in {200, 400, 422}, (path, question)


@pytest.mark.parametrize(
    "raw",
    [
        "q=%ED%A0%80",
        "q=%FF",
        "q=%",
        "q=%zz%00",
        "q=a&q=b",
        "q",
        "&&==&q=x",
        "q=x&page=2&page=3",
        "ui=%00&q=x",
        "q=%F0%9F",
    ],
)
def test_broken_percent_encoding_gives_no_server_error(client: TestClient, raw: str) -> None:
    for path in ("/search", "/api/search", "/", f"/doc/{SEED}"):
        assert client.get(f"{path}?{raw}").status_code in {200, 400, 404, 422}


@pytest.mark.parametrize(
    "path",
    [
        "/doc/%00",
        "/doc/..%2f..%2fetc%2fpasswd",
        "/doc/..%2f..%2fetc%2fpasswd/original",
        "/doc/%ED%A0%80",
        "/doc/" + "x" * 5_000,
        "/static/..%2f..%2fapp.py",
        "/static/../app.py",
        "/static/",
        "/%FF%FE",
    ],
)
def test_hostile_paths_find_nothing(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert "root:" not in response.text


def test_markup_in_every_parameter_is_shown_as_text(client: TestClient) -> None:
    payload = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'{{7*7}}"
    for name in ("q", "from", "to", "kind", "lang", "body", "document", "page", "ui"):
        given = {"q": "право", name: payload}
        html = client.get("/search", params=given).text
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        assert "49" not in re.findall(r"alert\(1\)&gt;(?:&#39;)?(\d+)", html)
    assert "<img src=x" not in client.get(f"/{quote(payload)}").text
    assert "<img src=x" not in client.get(f"/doc/{SEED}", params={"mark": payload}).text


def test_markup_in_documents_is_shown_as_text(tmp_path: Path, encoder: Encoder) -> None:
    payload = "</bdi></mark><script>alert(1)</script><img src=x onerror=alert(1)> &lt;i&gt; javascript:alert(1)"
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "hostile.txt").write_text(f"Title {payload}\n\nThe right {payload} of reply.\n", encoding="utf-8")
    build(corpus, tmp_path / "index", encoder)
    hostile = Searcher.open(tmp_path / "index", encoder, corpus)
    with TestClient(create_app(Settings(corpus=corpus, index=tmp_path / "index"), hostile)) as client:
        for path in ("/", "/documents", "/search?q=right+of+reply", "/about", "/doc/hostile"):
            html = client.get(path).text
            assert "<script>alert" not in html
            assert "<img" not in html
            assert 'href="javascript' not in html
        assert unescape(client.get("/doc/hostile").text).count(payload) >= 2


# -- log --------------------------------------------------------------------------------------------------------------


class Failing(Searcher):
    """A searcher whose search fails with a message that repeats the question."""

    def search(self, query: str, **options: Any) -> Answer:
        raise RuntimeError(f"cannot search for {query}")


@pytest.fixture
def failing(searcher: Searcher) -> Searcher:
    copy = Failing.__new__(Failing)
    copy.__dict__.update(searcher.__dict__)
    return copy


def test_a_question_leaves_no_trace_in_any_log(
    settings: Settings, searcher: Searcher, failing: Searcher, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for each in (searcher, failing):
        with TestClient(create_app(settings, each), headers={"User-Agent": "AgentCanary"}) as client:
            for path in ("/search", "/api/search"):
                for given in (
                    {"q": "QueryCanary"},
                    {"q": "QueryCanary", "kind": "QueryCanary"},
                    {"q": "QueryCanary" * 300},
                ):
                    client.get(path, params=given)
            client.get("/QueryCanary")
            client.get("/doc/QueryCanary")
    ours = [record for record in caplog.records if record.name.startswith(("kb", "web", "uvicorn", "starlette"))]
    lines = [record.getMessage() for record in ours if record.name == "kb.web"]
    assert len(lines) == 16 + 2, "one line a request, and one more for each of the two failures"
    everything = " ".join(logging.Formatter().format(record) for record in ours)
    for canary in ("QueryCanary", "AgentCanary", "testclient", "127.0.0.1"):
        assert canary not in everything
    request = re.fullmatch(r"[0-9a-f]{12} /search 200 \d+ms \S+-[0-9a-f]{8}", lines[0])
    assert request, lines[0]
    assert re.search(r"RuntimeError at test_web\.py:\d+", everything)


def test_a_failure_is_a_page_with_all_headers(settings: Settings, failing: Searcher) -> None:
    with TestClient(create_app(settings, failing)) as client:
        page = client.get("/search", params={"q": "QueryCanary", "ui": "en"})
        assert page.status_code == 500
        assert "Something went wrong here" in page.text
        assert "RuntimeError" not in page.text
        problem = client.get("/api/search", params={"q": "QueryCanary"})
        assert problem.json() == {"type": "about:blank", "title": "Internal Server Error", "status": 500}
        for response in (page, problem):
            assert all(response.headers[name] for name in HEADERS)
            assert re.fullmatch(r"[0-9a-f]{12}", response.headers["x-request-id"])


# -- load, no index, new index ----------------------------------------------------------------------------------------


def test_too_many_searches_at_once_are_turned_away(settings: Settings, searcher: Searcher) -> None:
    app = create_app(settings, searcher)
    with TestClient(app) as client:
        client.get("/livez")
        guard = app.middleware_stack
        while not isinstance(guard, Guard):
            guard = guard.app  # type: ignore[union-attr]
        guard.searching = MAX_IN_FLIGHT
        page = client.get("/search", params={"q": "x", "ui": "en"})
        assert (page.status_code, page.headers["retry-after"]) == (503, "5")
        assert "Not available just now" in page.text
        assert client.get("/api/search", params={"q": "x"}).status_code == 503
        assert client.get("/about").status_code == 200, "only searches are counted"
        guard.searching = MAX_IN_FLIGHT - 1
        assert client.get("/search", params={"q": "право"}).status_code == 200
        assert guard.searching == MAX_IN_FLIGHT - 1


def test_without_an_index_it_says_so_and_serves_as_soon_as_there_is_one(
    tmp_path: Path, shipped: tuple[Path, Any], root: Path
) -> None:
    index = tmp_path / "index"
    with TestClient(create_app(Settings(corpus=root / "corpus", index=index))) as client:
        page = client.get("/", headers={"Accept-Language": "ru"})
        assert page.status_code == 503
        assert "Сейчас недоступно" in page.text
        assert page.headers["retry-after"] == "5"
        assert client.get("/api/search?q=x").json()["status"] == 503
        assert client.get("/readyz").status_code == 503
        assert client.get("/livez").status_code == 200
        shutil.copytree(shipped[0], index)
        deadline = time.monotonic() + 10
        while client.get("/readyz").status_code != 200 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert client.get("/readyz").status_code == 200
        assert client.get("/").status_code == 200


def test_a_new_generation_is_served_and_a_damaged_one_is_not(tmp_path: Path, encoder: Encoder) -> None:
    corpus, index = tmp_path / "corpus", tmp_path / "index"
    corpus.mkdir()
    (corpus / "one.txt").write_text("The first text, about harbours.\n", encoding="utf-8")
    first = build(corpus, index, encoder)
    library = Library(Settings(corpus=corpus, index=index))
    library.refresh()
    assert library.searcher().generation == first.generation
    same = library.searcher()
    library.refresh()
    assert library.searcher() is same, "nothing is opened again while nothing has changed"
    (corpus / "two.txt").write_text("The second text, about lighthouses.\n", encoding="utf-8")
    second = build(corpus, index, encoder)
    library.refresh()
    assert library.searcher().generation == second.generation
    assert len(library.searcher().documents()) == 2
    (corpus / "three.txt").write_text("The third text, about piers.\n", encoding="utf-8")
    third = build(corpus, index, encoder)
    (index / "generations" / third.generation / "kb.sqlite").write_bytes(b"damaged")
    library.refresh()
    assert library.searcher().generation == second.generation, "the last good generation goes on"
