"""What other programs are given: a search plug-in, feeds, references, structured data, a map, JSON by `Accept`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from lxml import etree
from starlette.testclient import TestClient

from kb.model import Document
from kb.references import Reference, to_bibtex, to_csl, to_ris, to_schema_org
from kb.search import Searcher
from kb.settings import Settings
from web.app import create_app

RESOLUTION = "resolution-2022-11-02-economic-cooperation"
ATOM = {"a": "http://www.w3.org/2005/Atom"}
SEARCH = {"o": "http://a9.com/-/spec/opensearch/1.1/"}
MAP = {"m": "http://www.sitemaps.org/schemas/sitemap/0.9"}


@pytest.fixture(scope="module")
def client(root: Path, searcher: Searcher, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = Settings(corpus=root / "corpus", index=tmp_path_factory.mktemp("exchange") / "none")
    with TestClient(create_app(settings, searcher)) as client:
        yield client


def tree(client: TestClient, path: str, media_type: str) -> etree._Element:
    response = client.get(path)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith(media_type)
    return etree.fromstring(response.content)


def test_a_browser_can_take_the_search_as_its_own(client: TestClient) -> None:
    for path in ("/", "/about", f"/doc/{RESOLUTION}"):
        (href,) = re.findall(r'<link rel="search" href="([^"]+)"', client.get(path).text)
        described = tree(client, href, "application/opensearchdescription+xml")
        urls = {url.get("type"): url.get("template") for url in described.findall("o:Url", SEARCH)}
        assert urls["text/html"] == "http://testserver/search?q={searchTerms}"
        for template in (urls["text/html"], urls["application/json"], urls["application/atom+xml"]):
            assert client.get(template.replace("{searchTerms}", "consul")).status_code == 200


def test_the_newest_documents_are_a_feed(client: TestClient, searcher: Searcher) -> None:
    feed = tree(client, "/documents.atom", "application/atom+xml")
    entries = feed.findall("a:entry", ATOM)
    dates = [entry.findtext("a:updated", namespaces=ATOM) for entry in entries]
    assert dates == sorted(dates, reverse=True)
    assert len(entries) == min(50, len(searcher.documents()))
    assert feed.findtext("a:updated", namespaces=ATOM) == dates[0]
    for entry in entries[:5]:
        link = entry.find("a:link", ATOM)
        assert link is not None
        assert client.get(str(link.get("href"))).status_code == 200


def test_any_search_is_a_feed_of_what_it_finds(client: TestClient, searcher: Searcher) -> None:
    query = "о чём доложить председателю"
    page = client.get("/search", params={"q": query, "lang": "ru", "ui": "ru"})
    (href,) = re.findall(
        r'<link rel="alternate" type="application/atom\+xml" title="[^"]*" href="(/search[^"]+)"', page.text
    )
    feed = tree(client, href.replace("&amp;", "&"), "application/atom+xml")
    quotes = {entry.findtext("a:summary", namespaces=ATOM) for entry in feed.findall("a:entry", ATOM)}
    found = [hit.quote for hit in searcher.search(query, limit=30).hits if hit.strength != "nothing"]
    assert quotes <= set(found) | quotes
    assert found[0] in quotes
    assert client.get("/search.atom").status_code == 400
    assert client.get("/search.atom", params={"q": "x"}).headers["cache-control"] == "no-store"


@pytest.mark.parametrize("form", ["txt", "bib", "ris", "json"])
def test_a_place_is_cited_for_reference_managers(client: TestClient, searcher: Searcher, form: str) -> None:
    at = "op__item_21"
    response = client.get(f"/doc/{RESOLUTION}/citation.{form}", params={"at": at, "ui": "ru"})
    assert response.status_code == 200
    assert response.headers["content-disposition"] == f'attachment; filename="{RESOLUTION}.{form}"'
    text = response.content.decode("utf-8")
    address = f"http://testserver/doc/{RESOLUTION}?ui=ru#{at}"
    place = "тире 21 постановляющей части"
    title = searcher.document(RESOLUTION).document.title
    if form == "json":
        (item,) = json.loads(text)
        assert item["type"] == "legislation"
        assert (item["title"], item["URL"], item["note"]) == (title, address, place)
        assert item["issued"] == {"date-parts": [[2022, 11, 1]]}
        assert item["author"][0]["literal"].startswith("Всемирная тематическая конференция")
    elif form == "ris":
        lines = dict(line.split("  - ", 1) for line in text.split("\r\n") if line)
        assert next(iter(lines)) == "TY"
        assert list(lines)[-1] == "ER"
        assert (lines["TI"], lines["N1"], lines["UR"], lines["DA"]) == (title, place, address, "2022/11/01/")
    elif form == "bib":
        fields = dict(re.findall(r"^  (\w+) = \{(.*)\},$", text, re.MULTILINE))
        assert text.startswith("@misc{resolution-2022-11-02-economic-cooperation,\n")
        assert (fields["title"], fields["note"], fields["url"]) == (f"{{{title}}}", place, address)
        assert (fields["year"], fields["month"], fields["day"]) == ("2022", "11", "1")
    else:
        assert text.strip().endswith(f"{place}. {address}")


def test_references_of_nothing_are_refused(client: TestClient) -> None:
    assert client.get(f"/doc/{RESOLUTION}/citation.docx").status_code == 404
    assert client.get(f"/doc/{RESOLUTION}/citation.bib", params={"at": "op__item_99"}).status_code == 404
    assert client.get("/doc/none/citation.bib").status_code == 404


def test_a_document_page_cites_the_place_that_it_was_opened_at(client: TestClient, searcher: Searcher) -> None:
    hit = searcher.search("доложить о ходе реализации данного решения", limit=1).hits[0]
    page = client.get(f"/doc/{RESOLUTION}", params={"mark": f"{hit.start}-{hit.end}"}).text
    assert f"/doc/{RESOLUTION}/citation.ris?at={hit.url.partition('#')[2]}" in page


def test_a_document_says_what_it_is(client: TestClient, searcher: Searcher) -> None:
    page = client.get(f"/doc/{RESOLUTION}").text
    (said,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    data = json.loads(said)
    document = searcher.document(RESOLUTION).document
    assert (data["@type"], data["name"], data["inLanguage"]) == ("Legislation", document.title, "ru")
    assert '<meta name="DC.language" content="ru">' in page
    assert '<meta name="DC.date" content="2022-11-01">' in page


def test_search_engines_are_shown_documents_and_kept_from_answers(client: TestClient, searcher: Searcher) -> None:
    robots = client.get("/robots.txt").text
    assert "Disallow: /search\n" in robots
    assert "Sitemap: http://testserver/sitemap.xml\n" in robots
    addresses = [loc.text for loc in tree(client, "/sitemap.xml", "application/xml").iter(f"{{{MAP['m']}}}loc")]
    assert len(addresses) == len(searcher.documents()) + 4
    assert f"http://testserver/doc/{RESOLUTION}" in addresses


def test_a_search_address_asked_as_json_answers_json(client: TestClient) -> None:
    given = {"q": "consul prison", "lang": "en"}
    answered = client.get("/search", params=given, headers={"Accept": "application/json"})
    assert answered.headers["content-type"] == "application/json"
    assert "Accept" in answered.headers["vary"]
    assert answered.json()["hits"][0]["quote"]
    for accept in ("text/html,application/json;q=0.5", "*/*"):
        assert (
            client.get("/search", params=given, headers={"Accept": accept})
            .headers["content-type"]
            .startswith("text/html")
        )


def test_a_document_that_has_not_changed_is_not_sent_again(client: TestClient) -> None:
    first = client.get(f"/doc/{RESOLUTION}", params={"ui": "ru"})
    tag = first.headers["etag"]
    again = client.get(f"/doc/{RESOLUTION}", params={"ui": "ru"}, headers={"If-None-Match": f'"other", W/{tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get(f"/doc/{RESOLUTION}", params={"ui": "en"}).headers["etag"] != tag
    assert (
        client.get(f"/doc/{RESOLUTION}", params={"ui": "ru"}, headers={"If-None-Match": '"other"'}).status_code == 200
    )


def test_addresses_for_elsewhere_are_of_the_setting_and_not_of_the_host_that_is_claimed(
    root: Path, searcher: Searcher, tmp_path: Path
) -> None:
    settings = Settings(corpus=root / "corpus", index=tmp_path / "none", base_url="https://kb.example.org")
    with TestClient(create_app(settings, searcher)) as client:
        for path in (
            "/documents.atom",
            "/sitemap.xml",
            "/robots.txt",
            "/opensearch.xml",
            f"/doc/{RESOLUTION}/citation.bib",
        ):
            text = client.get(path, headers={"Host": "evil.example"}).text
            assert "https://kb.example.org/" in text
            assert "evil.example" not in text


def test_hostile_words_break_no_form() -> None:
    title = 'A } {brace, "quote" </script> \\ ^ ~ 50 % & more\r\nER  - \n'
    document = Document(
        "x", "x.md", "0", "text/plain", "", (), title=title, kind="law", work="The Code", date="2020-02-03"
    )
    reference = Reference(document, "Article {5}", 3, "https://kb.example.org/doc/x", "en")
    entry = to_bibtex(reference)
    assert entry.count("{") == entry.count("}")
    assert re.fullmatch(r"@misc\{x,\n(?:  \w+ = \{.*\},\n)+\}\n", entry)
    lines = to_ris(reference).split("\r\n")
    assert [line[:6] for line in lines if line.startswith("ER")] == ["ER  - "]
    assert all(re.match(r"[A-Z][A-Z0-9]  - ", line) for line in lines if line)
    (item,) = json.loads(to_csl(reference))
    assert item["title"] == f"The Code: {title}"
    assert "</script" not in to_schema_org(document, "https://kb.example.org/doc/x")


def test_what_xml_cannot_hold_is_left_out(client: TestClient) -> None:
    for query in ("a\x0bb", "a\x00b", "a\ufffeb"):
        tree(client, f"/search.atom?q={quote(query)}", "application/atom+xml")


@pytest.mark.parametrize(
    ("accept", "as_json"),
    [
        ("application/json", True),
        ("application/json;q=0", False),
        ("text/html;q=0.1, application/json", True),
        ("text/html, application/json", False),
        ("*/*", False),
        ("application/json;q=x", False),
    ],
)
def test_accept_is_weighed(client: TestClient, accept: str, as_json: bool) -> None:
    answered = client.get("/search", params={"q": "consul"}, headers={"Accept": accept})
    assert answered.headers["content-type"].startswith("application/json" if as_json else "text/html")
    assert "Accept" in answered.headers["vary"].split(", ")
