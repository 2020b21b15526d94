"""The application in a real Chromium over a real server: keyboard alone, no JavaScript, little to load."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import browsing
import pytest
from browsing import GERMAN, SEED, focus, opened, state, watched
from playwright.sync_api import Browser, Page

from kb.build import build
from kb.encode import Encoder
from kb.search import Searcher
from kb.settings import Settings
from web.app import STATIC_FOLDER, create_app
from web.i18n import load_interfaces
from web.screenshots import SIZES, serving

browser, addresses, address = browsing.browser, browsing.addresses, browsing.address
pytestmark = pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")

CLAUSE = "председателю Всемирного координационного совета российских соотечественников доложить"


def in_view(page: Page, selector: str) -> bool:
    """Whether an element stands in the window, and nothing over it."""
    seen: bool = page.evaluate(
        """selector => {
          const part = document.querySelector(selector), box = part.getClientRects()[0]
          const over = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2)
          return box.top >= 0 && box.bottom <= innerHeight && part.contains(over)
        }""",
        selector,
    )
    return seen


@pytest.mark.parametrize(("ui", "locale"), [("ru", "ru-RU"), ("he", "he-IL")])
def test_from_question_to_quotation_to_citation_with_the_keyboard_alone(
    browser: Browser, address: str, ui: str, locale: str
) -> None:
    said = load_interfaces()[ui].gettext
    with opened(browser, permissions=["clipboard-read", "clipboard-write"], locale=locale) as (_, page, wrong):
        page.goto(address)
        assert page.evaluate("document.activeElement.name") == "q", "the search box has the focus"
        page.keyboard.type(GERMAN)
        page.keyboard.press("Enter")
        page.wait_for_url("**/search?**")
        assert page.evaluate("document.documentElement.lang") == ui
        verdict = page.locator("[role=status] h1").inner_text()
        assert verdict in {said("A direct answer was found"), said("Passages close in meaning")}
        focus(page, ".hit .actions button")
        page.keyboard.press("Enter")
        page.wait_for_function(
            "said => document.querySelector('#page-copied').textContent === said", arg=said("Copied")
        )
        citation, link = page.evaluate("navigator.clipboard.readText()").split("\n")
        assert citation.endswith({"ru": "тире 21 постановляющей части", "he": "מקף 21 של החלק האופרטיבי"}[ui])
        assert link == f"{address}/doc/{SEED}#op__item_21"
        page.reload()
        focus(page, ".hit h3 a")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/doc/{SEED}?**")
        assert page.locator("mark.sentence").inner_text().startswith(CLAUSE)
        assert in_view(page, "mark.sentence"), "the place sought is in view"
        assert wrong == []


@pytest.mark.parametrize("ui", ["ru", "he"])
def test_from_a_place_to_the_picture_of_its_page_and_back_with_the_keyboard_alone(
    browser: Browser, addresses: dict[str, str], ui: str
) -> None:
    with opened(browser) as (_, page, wrong):
        state("document-paged").visit(page, addresses, ui)
        focus(page, "a.page")
        page.keyboard.press("Enter")
        page.wait_for_url("**/doc/detained-abroad/page/1?mark=207-508**")
        assert page.locator(".picture img").evaluate("image => image.complete && image.naturalWidth") > 800
        sought = page.locator("mark.sentence").first.inner_text()
        focus(page, "a[rel=next]")
        page.keyboard.press("Enter")
        page.wait_for_url("**/doc/detained-abroad/page/2?mark=207-508**")
        focus(page, "a[rel=prev]")
        page.keyboard.press("Enter")
        page.wait_for_url("**/doc/detained-abroad/page/1?**")
        focus(page, ".leaf .actions a")
        page.keyboard.press("Enter")
        page.wait_for_url("**/doc/detained-abroad?mark=207-508**#**")
        assert sought.split()[:5] == page.locator("mark.sentence").first.inner_text().split()[:5]
        assert in_view(page, "mark.sentence")
        assert wrong == []


@pytest.mark.parametrize("ui", ["ru", "he"])
def test_from_the_register_to_the_evidence_with_the_keyboard_alone(browser: Browser, address: str, ui: str) -> None:
    with opened(browser) as (_, page, wrong):
        page.goto(f"{address}/commitments?ui={ui}")
        focus(page, ".filters summary")
        page.keyboard.press("Enter")
        focus(page, "select[name=strength]")
        for _ in range(12):
            if page.evaluate("document.activeElement.value") == "instruction":
                break
            page.keyboard.press("ArrowDown")
        focus(page, "select[name=due]")
        page.keyboard.press("ArrowDown")
        focus(page, ".fields button")
        page.keyboard.press("Enter")
        page.wait_for_url("**/commitments?**strength=instruction**")
        assert "due=stated" in page.url
        assert page.locator(".register tbody tr").count() == 1
        focus(page, ".what a")
        page.keyboard.press("Enter")
        page.wait_for_url("**/commitment?**")
        evidence = page.locator(".hit .quote").inner_text()
        focus(page, ".hit .actions a")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/doc/{SEED}?**")
        assert page.evaluate("document.documentElement.lang") == ui
        marked = " ".join(page.locator("mark.sentence").all_inner_texts())
        assert marked.split() == evidence.split()
        assert in_view(page, "mark.sentence")
        assert wrong == []


def test_another_language_with_the_keyboard_alone(browser: Browser, address: str) -> None:
    with opened(browser) as (_, page, wrong):
        page.goto(f"{address}/documents?kind=guide&ui=en")
        focus(page, ".languages")
        page.keyboard.press("Enter")
        focus(page, "#page-languages a", limit=1)
        focus(page, "#page-languages a[lang=he]")
        page.keyboard.press("Enter")
        page.wait_for_url("**ui=he")
        assert "kind=guide" in page.url
        assert page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == ["he", "rtl"]
        focus(page, "main a")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert page.evaluate("document.documentElement.lang") == "he", "the next page keeps the language"
        assert wrong == []


@pytest.mark.parametrize(("ui", "width", "height"), [("ru", 1280, 640), ("he", 320, 256)])
def test_the_focus_goes_everywhere_is_seen_and_is_never_held(
    browser: Browser, addresses: dict[str, str], ui: str, width: int, height: int
) -> None:
    names = (
        *("home", "filtered", "search-open", "similar", "document", "document-table", "page-mark", "documents", "note"),
        *("commitments-filtered", "commitment-noted-open", "api", "error-404"),
    )
    with opened(browser, viewport={"width": width, "height": height}) as (_, page, _wrong):
        for name in names:
            state(name).visit(page, addresses, ui)
            stops = page.evaluate(
                """() => [...document.querySelectorAll('a[href], button, input, select, textarea, summary')]
                  .concat([...document.querySelectorAll('[tabindex="0"]')])
                  .filter(part => part.type !== 'hidden' && part.checkVisibility({contentVisibilityAuto: true}))
                  .length"""
            )
            reached = []
            for _ in range(stops):  # after the last element comes the page itself, then the first
                page.keyboard.press("Tab")
                reached.append(watched(page) or page.keyboard.press("Tab") or watched(page))
            assert len(set(reached)) == stops > 15, (name, reached)
            page.keyboard.press("Shift+Tab")
            assert (watched(page) or page.keyboard.press("Shift+Tab") or watched(page)) == reached[-2], name


def test_the_first_tab_skips_to_the_content(browser: Browser, address: str) -> None:
    with opened(browser) as (_, page, _wrong):
        page.goto(f"{address}/about")
        focus(page, ".skip", limit=1)
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "page-main"


def test_all_works_without_javascript(browser: Browser, address: str) -> None:
    with opened(browser, java_script_enabled=False, locale="en-GB") as (_, page, wrong):
        page.goto(address)
        page.fill("input[name=q]", GERMAN)
        page.press("input[name=q]", "Enter")
        page.wait_for_url("**/search?**")
        assert page.locator("[data-copy]:visible").count() == 0, "what needs a script is not shown without one"
        page.click("summary >> nth=0")
        page.select_option("select[name=kind]", "resolution")
        page.click(".fields button")
        page.wait_for_url("**kind=resolution**")
        page.click(".hit h3 a")
        assert page.locator("mark.sentence").inner_text().startswith(CLAUSE)
        assert wrong == []


def test_a_long_word_and_a_wide_table_stay_inside_a_phone(browser: Browser, tmp_path: Path, encoder: Encoder) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    cells = "".join(f"<td>Spalte{n}Grundstücksverkehrsgenehmigung</td>" for n in range(8))
    (corpus / "wide.html").write_text(
        f"<title>{'Rechtsschutz' * 20}</title><h1>{'Rechtsschutz' * 20}</h1><p>{'a' * 300}</p>"
        f"<table><tr>{cells}</tr><tr>{cells}</tr></table><p>https://example.org/{'path/' * 40}</p>",
        encoding="utf-8",
    )
    build(corpus, tmp_path / "index", encoder)
    app = create_app(
        Settings(corpus=corpus, index=tmp_path / "index"), Searcher.open(tmp_path / "index", encoder, corpus)
    )
    with serving(app) as address, opened(browser, viewport={"width": 320, "height": 640}) as (_, page, _wrong):
        for path in ("/", "/doc/wide", "/search?q=Rechtsschutz", "/documents"):
            page.goto(address + path)
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, path


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_colours_have_the_contrast_of_wcag_aa(theme: int) -> None:
    sheet = (STATIC_FOLDER / "style.css").read_text(encoding="utf-8")
    block = re.findall(r":root \{(.*?)\}", sheet, re.DOTALL)[theme]
    colours = {
        name: value if len(value) == 7 else "#" + "".join(2 * c for c in value[1:])
        for name, value in re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})\b", block)
    }
    pairs = [(front, back, 4.5) for front in ("ink", "quiet", "accent") for back in ("paper", "sheet")]
    pairs += [("on-accent", "accent", 4.5), ("ink", "marker", 4.5), ("edge", "paper", 3), ("edge", "sheet", 3)]
    for front, back, least in pairs:
        high, low = sorted((_luminance(colours[front]), _luminance(colours[back])), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= least, (front, back)


def test_staff_note_in_a_browser(browser: Browser, searcher: Searcher, root: Path, tmp_path: Path) -> None:
    settings = Settings(corpus=root / "corpus", notes=tmp_path / "notes.sqlite", staff_token="token")
    credentials = {"username": "staff", "password": "token"}
    with serving(create_app(settings, searcher)) as address, opened(browser, http_credentials=credentials) as opening:
        _, page, wrong = opening
        page.goto(f"{address}/commitment?id={SEED}%23op__item_21!1&ui=en")
        page.click("text=Note what became of it")
        page.select_option("select[name=status]", "done")
        page.fill("textarea", "Reported.\n<b>Twice.</b>")
        page.click("form.note button")
        page.wait_for_url("**/commitment?**")
        assert "Status: done." in page.inner_text("main")
        assert "<b>Twice.</b>" in page.inner_text(".remark")
        assert [line for line in wrong if "401" not in line] == []


@pytest.mark.parametrize("size", SIZES)
def test_a_page_is_little_to_load(browser: Browser, addresses: dict[str, str], size: str) -> None:
    width, height = SIZES[size]
    names = ("search", "home", "document", "document-paged", "commitments", "commitments-filtered", "commitment")
    icon = (STATIC_FOLDER / "icon.svg").stat().st_size  # a browser without a window leaves it
    with opened(browser, viewport={"width": width, "height": height}) as (context, page, _wrong):
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        loaded: list[float] = []
        session.on("Network.loadingFinished", lambda event: loaded.append(event["encodedDataLength"]))
        for name in names:
            for ui in ("ru", "en", "he"):
                loaded.clear()
                state(name).visit(page, addresses, ui)
                session.send("Network.enable")  # what has been loaded is told before this is answered
                parts, blocking = page.evaluate(
                    """() => [document.querySelectorAll('head [rel=stylesheet], script[src], img').length,
                      performance.getEntriesByType('resource')
                        .filter(part => part.renderBlockingStatus === 'blocking').length]"""
                )
                assert len(loaded) >= 1 + parts >= 3, "the page, its style and its script at least"
                assert sum(loaded) + icon <= 60_000, (name, ui, loaded)
                assert 1 <= blocking <= 2, (name, ui)


@pytest.mark.full
def test_results_are_soon_seen_on_a_slow_phone(browser: Browser, addresses: dict[str, str]) -> None:
    """Lighthouse's slow phone: a quarter of this processor, 400 ms there and back, 400 kbit/s."""
    seen = []
    for _ in range(3):
        with opened(browser, viewport={"width": 375, "height": 780}) as (context, page, _wrong):
            session = context.new_cdp_session(page)
            session.send("Network.enable")
            session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
            speed = {"downloadThroughput": 50_000, "uploadThroughput": 50_000, "latency": 400, "offline": False}
            session.send("Network.emulateNetworkConditions", speed)
            state("search").visit(page, addresses, "ru")
            page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
            seen.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
    assert min(seen) < 3_000, seen
