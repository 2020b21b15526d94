"""The web application where a question is mended, where quotes leave nothing, and where passages are alike."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from starlette.testclient import TestClient

from kb.build import build
from kb.encode import Encoder
from kb.search import Filters, Searcher
from kb.settings import Settings
from web.app import create_app
from web.security import HEADERS

SEED = "resolution-2022-11-02-economic-cooperation"
FORUM = f"{SEED}#op__item_13"  # a programme document says the same in English
LAYOUT = "ghfdf cjjntxtcndtyybrjd"
MEANT = "права соотечественников"
UNDO = "Искать ровно то, что набрано"


@pytest.fixture(scope="module")
def client(root: Path, searcher: Searcher, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = Settings(corpus=root / "corpus", index=tmp_path_factory.mktemp("none"), searches_per_minute=0)
    with TestClient(create_app(settings, searcher)) as client:
        yield client


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def status_of(html: str) -> str:
    """What the results page announces, as HTML."""
    found = re.search(r'<div class="verdict" role="status">(.*?)</div>', html, re.DOTALL)
    assert found
    return found[1]


def link(html: str, words: str) -> str:
    """Where the link of these words leads."""
    found = re.search(rf'<a [^>]*?href="([^"]*)">\s*{words}\s*</a>', html)
    assert found, words
    return unescape(found[1])


# -- a question that is mended ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "reason_ru", "reason_en"),
    [
        (LAYOUT, "другая раскладка клавиатуры", "another keyboard layout"),
        ("prava sootechestvennikov", "латинскими буквами", "Latin letters"),
        ("права соотечествеников", "опечатка", "a typing error"),
        ("пpава cоотечественников", "необычные знаки", "odd characters"),
    ],
)
def test_what_was_searched_instead_is_said_with_its_reason(
    client: TestClient, query: str, reason_ru: str, reason_en: str
) -> None:
    for ui, reason in (("ru", reason_ru), ("en", reason_en)):
        html = client.get("/search", params={"q": query, "ui": ui}).text
        said = status_of(html)
        assert f'<q><b><bdi lang="ru">{MEANT}</bdi></b></q>' in said
        assert reason in text_of(said)
        assert f'name="q" value="{query}"' in html, "the box keeps what was typed"
        assert said.index("<bdi") < said.index("<h1"), "it is said before the results"


@pytest.mark.parametrize("query", ["права\u200b соотечественников", "  права   соотечественников ", MEANT])
def test_what_nobody_can_see_is_not_told(client: TestClient, query: str) -> None:
    html = client.get("/search", params={"q": query, "ui": "ru"}).text
    assert "Поиск шёл по запросу" not in html
    assert UNDO not in html


def test_it_can_be_undone_and_stays_undone_for_that_question_only(client: TestClient) -> None:
    given = {"q": LAYOUT, "kind": "guide", "ui": "ru"}
    undo = link(client.get("/search", params={**given, "page": "1"}).text, UNDO)
    assert undo == f"/search?{urlencode({**given, 'exact': '1'})}"
    html = client.get(undo).text
    assert MEANT not in status_of(html)
    assert "Поиск шёл ровно по тому, что набрано." in text_of(status_of(html))
    assert "exact=" in link(html, "Снять ограничения")
    assert link(html, "Искать с исправлениями") == f"/search?{urlencode(given)}"

    hidden = re.search(r'<input type="hidden" name="exact" value="([^"]*)">', html)
    assert hidden
    assert hidden[1] != "1"
    same = client.get("/search", params={**given, "exact": hidden[1], "kind": ""}).text
    assert MEANT not in status_of(same), "another filter, the same question: as it was typed"
    other = client.get("/search", params={**given, "exact": hidden[1], "q": f"{LAYOUT} "}).text
    assert MEANT in status_of(other), "another question is mended again"
    assert 'name="exact"' not in other


def test_pages_of_results_keep_what_was_chosen(client: TestClient) -> None:
    html = client.get("/search", params={"q": "prava sootechestvennikov", "exact": "1", "ui": "en"}).text
    following = link(html, "Next")
    assert "exact=1" in following
    assert MEANT not in status_of(client.get(following).text)
    mended = client.get("/search", params={"q": LAYOUT, "ui": "en"}).text
    assert "exact" not in link(mended, "Next")


@pytest.mark.parametrize("exact", ["0", "true", "2", "<script>", "\x00", "1" * 5_000])
def test_any_other_value_of_exact_is_no_wish(client: TestClient, exact: str) -> None:
    html = client.get("/search", params={"q": LAYOUT, "exact": exact, "ui": "ru"}).text
    assert MEANT in status_of(html)
    assert "<script>" not in html


def test_markup_in_a_mended_question_is_shown_as_text(client: TestClient) -> None:
    hostile = "пpава cоотечественников </bdi></q><img src=x onerror=alert(1)> {{7*7}} \"'>\u202e"
    for ui in ("ru", "en"):
        html = client.get("/search", params={"q": hostile, "ui": ui}).text
        assert "<img" not in html
        shown = re.search(r"<q><b><bdi[^>]*>(.*?)</bdi></b></q>", status_of(html))
        assert shown
        assert unescape(shown[1]).startswith("права соотечественников </bdi></q><img src=x onerror=alert(1)> {{7*7}}")


def test_the_api_says_what_was_mended_and_takes_exact(client: TestClient) -> None:
    mended = client.get("/api/search", params={"q": LAYOUT}).json()
    assert (mended["query"], mended["searched"], mended["rescued"]) == (LAYOUT, MEANT, "layout")
    typed = client.get("/api/search", params={"q": LAYOUT, "exact": "true"}).json()
    assert (typed["query"], typed["searched"], typed["rescued"]) == (LAYOUT, LAYOUT, "")
    assert client.get("/api/search", params={"q": LAYOUT, "exact": "perhaps"}).status_code == 422


# -- quotes and exclusions that leave nothing -------------------------------------------------------------------------


def test_a_phrase_that_no_passage_contains(client: TestClient) -> None:
    html = client.get("/search", params={"q": 'права "зелёный слон"', "ui": "ru"}).text
    assert "Слов в кавычках нет ни в одном месте документов" in text_of(status_of(html))
    assert "<q><bdi>зелёный слон</bdi></q>" in html
    assert "не отвечают" not in html
    assert html.index("Самые близкие места — ответа в них может не быть") < html.index("<article")
    assert "<h2" not in html[html.index("<article") : html.index("</article>")]
    found = client.get(link(html, "Искать без кавычек")).text
    assert 'name="q" value="права зелёный слон"' in found
    assert "<article" in found


def test_filters_are_kept_where_the_quotes_are_left_out(client: TestClient) -> None:
    html = client.get("/search", params={"q": '"зелёный слон"', "kind": "guide", "exact": "1", "ui": "en"}).text
    assert "Nothing found with these filters" in text_of(status_of(html)), "there may be some without the filters"
    assert "Words in quotes are sought as they stand" in text_of(html)
    assert (
        link(html, "Search without the quotes")
        == f"/search?{urlencode({'q': 'зелёный слон', 'kind': 'guide', 'ui': 'en'})}"
    )


def test_quotes_and_exclusions_together(client: TestClient) -> None:
    html = client.get("/search", params={"q": '"consulate" -consulate', "ui": "en"}).text
    assert "No passage has the words in quotes without the excluded ones" in text_of(status_of(html))
    assert "Passages with these words were left out: consulate" in text_of(html)
    found = client.get(link(html, "Search without quotes and exclusions")).text
    assert 'name="q" value="consulate"' in found
    assert "<article" in found


def test_exclusions_that_leave_nothing_and_markup_in_quotes(tmp_path: Path, encoder: Encoder) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "one.txt").write_text("The harbour is open on every working day of the year.\n", encoding="utf-8")
    build(corpus, tmp_path / "index", encoder)
    small = Searcher.open(tmp_path / "index", encoder, corpus)
    with TestClient(create_app(Settings(corpus=corpus, index=tmp_path / "index"), small)) as client:
        html = client.get("/search", params={"q": "working day -harbour", "ui": "en"}).text
        assert "The excluded words leave no passage" in text_of(status_of(html))
        assert 'value="working day"' in client.get(link(html, "Search without excluding words")).text
        hostile = client.get("/search", params={"q": '"</bdi><img src=x onerror=alert(1)>" day', "ui": "en"}).text
        assert "No passage contains the words in quotes" in text_of(status_of(hostile))
        assert "<img" not in hostile
        assert unescape(hostile).count("</bdi><img src=x onerror=alert(1)>") >= 2
        alone = client.get("/similar", params={"id": small.search("harbour").hits[0].passage_id, "ui": "en"}).text
        assert "No other document here says nearly the same as this passage." in text_of(alone)
        assert alone.count("<article") == 1


# -- passages like one ------------------------------------------------------------------------------------------------


def test_every_hit_leads_to_passages_like_it(client: TestClient, searcher: Searcher) -> None:
    html = client.get("/search", params={"q": MEANT, "ui": "ru"}).text
    answer = searcher.search(MEANT, limit=10, reader="ru", group=True)
    expected = [hit.passage_id for top in answer.hits for hit in (top, *top.more)]
    addresses = [unescape(address) for address in re.findall(r'<a href="(/similar\?[^"]*)">Похожие места</a>', html)]
    assert sorted(addresses) == sorted(f"/similar?{urlencode({'id': each, 'ui': 'ru'})}" for each in expected)
    for address in addresses[:5]:
        assert client.get(address).status_code == 200


def test_a_passage_stands_above_those_of_other_documents_that_say_the_same(
    client: TestClient, searcher: Searcher
) -> None:
    response = client.get("/similar", params={"id": FORUM, "ui": "ru"})
    html = response.text
    first, *others = re.findall(r"<article.*?</article>", html, re.DOTALL)
    passage = searcher.passage(FORUM, reader="ru")
    assert " ".join(passage.quote.split()) in text_of(first)
    assert passage.citation in text_of(first)
    assert "Похожие места" not in text_of(first), "no link to this very page"
    assert "/similar" not in first
    assert others
    hits = searcher.similar(FORUM, limit=12, reader="ru")
    shown = [re.search(r'<h3[^>]*><a href="/doc/([\w-]+)', other)[1] for other in others]  # type: ignore[index]
    assert SEED not in shown
    assert len(shown) == len(set(shown)), "each document once"
    assert shown == list(dict.fromkeys(hit.document_id for hit in hits))
    best = others[0]
    assert shown[0] == hits[0].document_id == "resolution-2022-follow-up"
    assert 'lang="en"' in best
    sentence = re.search(r'<mark class="sentence">(.*?)</mark>', best)
    assert sentence
    start, end = hits[0].sentence or (0, 0)
    assert unescape(sentence[1]) == hits[0].quote[start:end]
    assert hits[0].citation in text_of(best)
    assert all(words in best for words in ("Открыть на этом месте", "Постоянная ссылка", "data-copy=", "kind-"))
    assert html.count("<blockquote") == 1 + len(hits)
    assert "самые близкие к этому по смыслу" in text_of(html)


@pytest.mark.parametrize("ui", ["ru", "en"])
def test_the_page_is_whole_and_neither_kept_nor_listed(client: TestClient, ui: str) -> None:
    for address in (f"/similar?{urlencode({'id': FORUM, 'ui': ui})}", f"/search?{urlencode({'q': LAYOUT, 'ui': ui})}"):
        response = client.get(address)
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-robots-tag"] == "noindex"
        assert response.headers["content-language"] == ui
        for name, value in HEADERS.items():
            assert name == "Cache-Control" or response.headers[name] == value
        html = response.text
        assert html.count("<h1") == 1
        assert html.index("<h1") < html.index("<h2") < html.index("<h3")
        assert len(re.findall(r'\bid="([^"]*)"', html)) == len(set(re.findall(r'\bid="([^"]*)"', html)))
        assert not re.search(r"<script(?! src=)|<style|\son\w+=|\sstyle=", html)
        assert client.head(address).status_code == 200


def test_every_link_of_the_page_leads_somewhere(client: TestClient) -> None:
    html = client.get("/similar", params={"id": FORUM, "ui": "en"}).text
    for address in sorted(set(re.findall(r'href="(/[^"#]*)', html))):
        assert client.get(unescape(address)).status_code == 200, address


@pytest.mark.parametrize(
    "passage", ["", "none", f"{SEED}", f"{SEED}#none", "#", "\x00#\x00", "<script>alert(1)</script>", "x" * 5_000]
)
def test_an_unknown_passage_is_not_found(client: TestClient, passage: str) -> None:
    page = client.get("/similar", params={"id": passage}, headers={"Accept-Language": "ru"})
    assert page.status_code == 404
    assert "По этому адресу ничего нет" in page.text
    assert "<script>alert" not in page.text
    assert client.get("/similar").status_code == 404
    problem = client.get(f"/api/similar/{quote(passage or 'none', safe='')}")
    assert problem.status_code == 404
    assert problem.headers["content-type"] == "application/problem+json"


def test_the_api_gives_what_the_core_gives(client: TestClient, searcher: Searcher) -> None:
    address = f"/api/similar/{quote(FORUM, safe='')}"
    response = client.get(address, params={"limit": 3, "ui": "ru"})
    assert response.headers["cache-control"] == "no-store"
    hits = [hit.to_json() for hit in searcher.similar(FORUM, limit=3, reader="ru")]
    assert len(hits) == 3
    assert response.json() == {"passage_id": FORUM, "hits": hits}
    narrowed = client.get(address, params={"lang": "ru", "kind": "guide", "limit": 100}).json()["hits"]
    expected = searcher.similar(FORUM, limit=100, filters=Filters(language="ru", kind="guide"))
    assert [hit["passage_id"] for hit in narrowed] == [hit.passage_id for hit in expected]
    assert {(hit["language"], hit["kind"]) for hit in narrowed} == {("ru", "guide")}
    assert client.get(address, params={"limit": "0"}).status_code == 422
    assert client.get(address, params={"kind": "poem"}).status_code == 400


def test_the_passage_asked_for_leaves_no_trace_in_any_log(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for address in ("/similar?id=PassageCanary", "/api/similar/PassageCanary", "/search?q=QueryCanary&exact=1"):
        client.get(address)
    ours = [record for record in caplog.records if record.name.startswith(("kb", "web", "uvicorn", "starlette"))]
    lines = [record.getMessage() for record in ours if record.name == "kb.web"]
    assert [line.split()[1:3] for line in lines] == [
        ["/similar", "404"],
        ["/api/similar/{passage_id}", "404"],
        ["/search", "200"],
    ]
    assert "Canary" not in " ".join(logging.Formatter().format(record) for record in ours)
