"""Hostile text in a real Chromium: nothing in a question, an address or a document is ever run, shown as markup or
asked for elsewhere."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import browsing
import pytest
from arithmetic import ArithmeticEncoder
from browsing import Page, opened
from fpdf import FPDF
from lxml import etree
from payloads import CALL, EVERY, HANDMADE, SAMPLE
from playwright.sync_api import Browser, Route

from kb.build import build
from kb.register import Register, Wanted
from kb.search import Searcher
from kb.settings import Settings
from web.app import create_app
from web.screenshots import TOKEN, serving

browser = browsing.browser
pytestmark = pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")

SOME = HANDMADE + SAMPLE
SETS = [pytest.param(SOME, id="some"), pytest.param(EVERY, id="every", marks=pytest.mark.full)]
TOGETHER = 1_900  # characters of several payloads in one parameter: a longer question is refused
NAMESPACES = {
    "http://www.w3.org/2005/Atom",
    "http://a9.com/-/spec/opensearch/1.1/",
    "http://www.sitemaps.org/schemas/sitemap/0.9",
}

# What only a payload can have put on a page, whether or not the content policy would have stopped it.
FOREIGN = """() => [...document.querySelectorAll('*')].filter(part =>
  /^(iframe|object|embed|base|svg|math|style|video|audio|source|track|template|frameset|marquee|image|x)$/.test(part.localName)
  || part.localName === 'script' && part.type !== 'application/ld+json' && !part.src.includes('/static/app.js?')
  || part.localName === 'img' && !part.closest('.picture')
  || part.localName === 'meta' && part.httpEquiv
  || [...part.attributes].some(one => /^(on|style$|srcdoc$|formaction$)/i.test(one.name))
  || ['href', 'src', 'action'].some(name => /^\\s*(java|vb|data:)/i.test(part.getAttribute(name) ?? ''))
  || part.localName === 'a' && /^https?:/.test(part.getAttribute('href')) && part.rel !== 'noreferrer noopener'
).map(part => part.outerHTML.slice(0, 200))"""


@dataclass(frozen=True)
class Hostile:
    """A site of documents made of payloads."""

    address: str
    searcher: Searcher
    payloads: Sequence[str]


@pytest.fixture(scope="module", params=SETS)
def hostile(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    """Payloads as text, title, body, place, source, licence, work, link, table, file name and page of a PDF."""
    payloads: Sequence[str] = request.param
    folder = tmp_path_factory.mktemp("hostile")
    corpus, index, encoder = folder / "corpus", folder / "index", ArithmeticEncoder()
    corpus.mkdir()
    with (corpus / "records.jsonl").open("w", encoding="utf-8") as records:
        for n, payload in enumerate(payloads):
            said = ("title", "body", "place", "source", "licence", "work", "number")
            text = f"Right of reply {n}: {payload}\n\n[{payload}](https://evil.example/{payload})"
            record = {"id": f"record-{n}", "text": text, "date": f"20{n % 30:02}-01-01", "kind": "guide"}
            records.write(json.dumps(record | dict.fromkeys(said, payload)) + "\n")
    for part in range(0, len(payloads), 10):
        some = payloads[part : part + 10]
        text = "\n\n".join(f"Right of reply {part + n}: {payload}" for n, payload in enumerate(some))
        (corpus / f"part{part}.txt").write_text(f"{some[0]}\n\n{text}\n", encoding="utf-8")
    clauses = "".join(f"- Правлению издать {' '.join(payload.split())} до 1 мая 2025 года;\n\n" for payload in payloads)
    (corpus / "resolution.md").write_text(f"# Резолюция\n\nСъезд хоров решил:\n\n{clauses}", encoding="utf-8")
    cells = "".join(f"<tr><td>{n}</td><td>{payload}</td></tr>\n" for n, payload in enumerate(payloads))
    (corpus / "raw.html").write_text(f"<title>{payloads[0]}</title><table>{cells}</table>", encoding="utf-8")
    for payload in payloads:
        if "/" not in payload and "\n" not in payload and len(payload.encode()) < 200 and payload.isprintable():
            (corpus / f"{payload}.txt").write_text("A file with a hostile name.\n", encoding="utf-8")
    pdf = FPDF()
    pdf.set_title(payloads[0])
    pdf.set_font("helvetica", size=9)
    pdf.add_page()
    for payload in payloads:
        pdf.multi_cell(0, 5, f"Right of reply: {payload}".encode("latin-1", "replace").decode("latin-1"))
        pdf.ln(5)
    pdf.output(str(corpus / "paged.pdf"))
    (corpus / "catalog.toml").write_text(
        """
        ["part0.txt"]
        title = "<script>window.ran=1</script>"
        body = "<img src=x onerror=window.ran=1>"
        place = '"><svg onload=window.ran=1>'
        licence = "<b onclick=window.ran=1>"
        source = "javascript:window.ran=1"
        """,
        encoding="utf-8",
    )
    build(corpus, index, encoder)
    searcher = Searcher.open(index, encoder, corpus)
    settings = Settings(
        corpus=corpus, index=index, notes=folder / "notes.sqlite", staff_token=TOKEN, searches_per_minute=0
    )
    with serving(create_app(settings, searcher)) as address:
        yield Hostile(address, searcher, payloads)


def unharmed(page: Page, what: object) -> None:
    """Nothing on the page was run, or is there to be run."""
    assert page.evaluate("window.ran") is None, what
    assert page.evaluate(FOREIGN) == [], what


def only_known(xml: bytes) -> bool:
    """Whether a file has elements of its own vocabulary alone, and no instructions for who shows it."""
    parts = list(etree.fromstring(xml).iter())
    return all(isinstance(part.tag, str) and etree.QName(part).namespace in NAMESPACES for part in parts)


def together(payloads: Sequence[str]) -> Iterator[str]:
    """Several payloads at a time, as many as fit."""
    batch = ""
    for payload in payloads:
        if len(batch) + len(payload) >= TOGETHER:
            yield batch
            batch = ""
        batch += f"{payload} "
    yield batch


def test_the_payloads_are_many_and_are_run_where_they_are_obeyed(browser: Browser) -> None:
    assert len(EVERY) == len(set(EVERY)) >= 560
    assert len(HANDMADE) >= 60
    ran, served = 0, [""]

    def serve(route: Route) -> None:
        asked = route.request.url.endswith("/obeyed")
        route.fulfill(status=200 if asked else 404, body=served[0] if asked else "", content_type="text/html")

    with opened(browser) as (context, page, _wrong):
        context.route("**/*", serve)
        for payload in (payload for payload in SOME if "refresh" not in payload):  # these leave the page
            served[0] = f"<!doctype html><title>x</title>{payload}"
            page.goto("http://127.0.0.1/obeyed", wait_until="load")
            ran += page.evaluate("window.ran") == 1
    assert ran >= 25


def test_no_script_runs_from_a_question(browser: Browser, hostile: Hostile) -> None:
    with opened(browser) as (_, page, wrong):
        for payload in hostile.payloads:
            page.goto(f"{hostile.address}/search?{urlencode({'q': payload})}", wait_until="load")
            unharmed(page, payload)
            assert page.locator("input[name=q]").input_value() == payload.replace("\n", ""), "shown as it was asked"
        assert wrong == []


def test_no_script_runs_from_any_other_part_of_an_address(browser: Browser, hostile: Hostile) -> None:
    record = Register(hostile.searcher).find(Wanted(), limit=1).entries[0].id
    passage = hostile.searcher.search("right of reply", limit=1).hits[0].passage_id
    search = ("from", "to", "lang", "kind", "body", "document", "page", "exact", "ui")
    filters = (
        *(
            "q",
            "performer",
            "addressee",
            "strength",
            "due",
            "due_from",
            "due_to",
            "recurring",
            "status",
            "body",
            "kind",
        ),
        *("lang", "document", "year", "sort", "page", "ui", "other"),
    )
    asked: list[tuple[str, str, dict[str, str]]] = [("/search", name, {"q": "reply"}) for name in search]
    asked += [("/commitments", name, {}) for name in filters]
    asked += [("/commitment", "id", {}), ("/commitment", "ui", {"id": record}), ("/staff/commitment", "id", {})]
    asked += [("/similar", "id", {}), ("/similar", "ui", {"id": passage})]
    asked += [("/documents", name, {}) for name in ("kind", "page", "ui")]
    asked += [("/doc/paged", name, {}) for name in ("mark", "ui")]
    asked += [("/doc/paged/page/1", name, {}) for name in ("mark", "ui")]
    asked += [(path, "other", {}) for path in ("/", "/about", "/api/docs")]
    with opened(browser) as (_, page, wrong):
        for words in together(hostile.payloads):
            for path, name, given in asked:
                page.goto(f"{hostile.address}{path}?{urlencode({**given, name: words})}", wait_until="load")
                unharmed(page, (path, name, words))
            paths = ("", "doc/", "doc/paged/page/", "doc/paged/citation.", "commitments.", "api/", "static/")
            for path in paths:
                page.goto(f"{hostile.address}/{path}{quote(words, safe='')}", wait_until="load")
                unharmed(page, (path, words))
        assert wrong == []


def test_no_script_runs_from_a_feed_a_file_or_an_answer_for_programs(browser: Browser, hostile: Hostile) -> None:
    with opened(browser) as (context, page, wrong):
        page.goto(f"{hostile.address}/sitemap.xml", wait_until="load")
        own = set(wrong)  # the browser's own view of a feed has a style, which the content policy does not let it apply
        assert all(line == "violation inline" or line.startswith("Applying inline style") for line in own)
        for words in together(hostile.payloads):
            shown = [
                f"/search.atom?{urlencode({'q': f'right of reply {words}'})}",
                f"/search.atom?{urlencode({'q': 'right of reply', 'body': words, 'lang': words, 'ui': words})}",
                f"/commitments.atom?{urlencode({'q': words, 'strength': 'all'})}",
                f"/commitments.atom?{urlencode({'performer': words, 'ui': words})}",
                f"/documents.atom?{urlencode({'ui': words, 'other': words})}",
                f"/sitemap.xml?{urlencode({'ui': words})}",
                f"/api/search?{urlencode({'q': words})}",
                f"/api/search?{urlencode({'q': 'right of reply', 'body': words, 'ui': words})}",
                f"/api/search?{urlencode({'q': 'right of reply', 'from': words, 'limit': words})}",
                f"/api/commitments?{urlencode({'q': words, 'strength': 'all'})}",
                f"/api/commitments?{urlencode({'year': words, 'sort': words})}",
                f"/api/documents/{quote(words, safe='')}",
                f"/api/similar/{quote(words, safe='')}",
                f"/api/commitments/{quote(words, safe='')}",
            ]
            for path in shown:
                response = page.goto(hostile.address + path, wait_until="load")
                assert response
                assert page.evaluate("window.ran") is None, path
                kind, body = response.headers["content-type"].partition(";")[0], response.body()
                if kind.endswith("xml"):
                    assert only_known(body), path
                else:
                    assert kind in {"application/json", "application/problem+json"} or response.status >= 400, path
                    if kind.endswith("json"):
                        json.loads(body)
            titles = {"at": words, "ui": words}
            for path in (f"/doc/paged/citation.{form}?{urlencode(titles)}" for form in ("bib", "ris", "json")):
                page.goto(hostile.address + path, wait_until="load")  # no such place: a page says so
                unharmed(page, path)
            answer = context.request.get(f"{hostile.address}/opensearch.xml?{urlencode(titles)}")  # a browser saves it
            assert only_known(answer.body())
            assert CALL.encode() not in answer.body()
        for n in range(0, len(hostile.payloads), 7):
            for path in (f"/doc/record-{n}/citation.bib", f"/doc/record-{n}/original", "/commitments.csv"):
                answer = context.request.get(hostile.address + path)
                assert answer.headers["content-disposition"].startswith("attachment"), path
                assert answer.headers["x-content-type-options"] == "nosniff"
        assert set(wrong) <= own


def test_no_script_runs_from_a_document(browser: Browser, hostile: Hostile) -> None:
    count, headers = len(hostile.payloads), hostile.searcher.documents()
    names = [header.id for header in headers]
    assert len(headers) > 1.5 * count
    records = Register(hostile.searcher).find(Wanted(strength="all"), limit=2 * count).entries
    assert len(records) > count // 2
    # Each payload is the title, body, place and licence of a document; its text, and a clause of the resolution.
    paths = [f"/doc/{quote(name)}" for name in (names if hostile.payloads is EVERY else names[::8])]
    paths += ["/doc/resolution?mark=30-300", "/doc/raw?mark=0-400", "/doc/paged?mark=10-200"]
    paths += [f"/search?{urlencode({'q': f'right of reply {n}', 'ui': 'he'})}" for n in range(0, count, 6)]
    paths += [f"/search?{urlencode({'q': 'reply', 'document': f'record-{n}'})}" for n in range(0, count, 6)]
    paths += [f"/commitment?id={quote(entry.id, safe='')}" for entry in records[::6]]
    paths += [f"/commitments?strength=all&page={number}" for number in range(1, len(records) // 25 + 1)]
    paths += [f"/documents?page={number}" for number in range(1, -(-len(headers) // 50) + 1)]
    hits = hostile.searcher.search("right of reply", limit=20).hits
    paths += [f"/similar?id={quote(hit.passage_id, safe='')}" for hit in hits[::5]]
    paths += [f"/doc/paged/page/{page}?mark=10-200" for page in (1, 2)]
    texts = {f"record-{n}": " ".join(payload.split()) for n, payload in enumerate(hostile.payloads)}
    with opened(browser) as (_, page, wrong):
        for path in ["/", "/about", *paths]:
            response = page.goto(hostile.address + path, wait_until="load")
            assert response
            assert response.ok, path
            unharmed(page, path)
            if (text := texts.get(path.removeprefix("/doc/"))) and text.isprintable():
                shown = page.evaluate("[document.querySelector('main').innerText, document.title]")
                assert all(re.sub(r"\s", "", text) in re.sub(r"\s", "", part) for part in shown), text
        assert wrong == []
        page.goto(f"{hostile.address}/doc/part0")
        assert CALL in page.locator(".body").inner_text()
        assert page.locator("script[type='application/ld+json']").evaluate("part => JSON.parse(part.textContent).name")


def test_no_script_runs_from_a_note(browser: Browser, hostile: Hostile) -> None:
    entry = Register(hostile.searcher).find(Wanted(), limit=1).entries[0].id
    with opened(browser) as (_, page, wrong):
        for words in together(hostile.payloads):
            page.goto(f"{hostile.address}/staff/commitment?id={quote(entry, safe='')}")
            page.fill("textarea", words)
            page.click("form.note button")
            page.wait_for_url("**/commitment?**")
            unharmed(page, words)
            assert page.locator(".remark").inner_text().split() == words.split()
            page.goto(f"{hostile.address}/staff/commitment?id={quote(entry, safe='')}")
            unharmed(page, words)
        assert [line for line in wrong if "401" not in line] == []
