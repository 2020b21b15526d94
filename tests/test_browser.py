"""The application in a real Chromium over a real server: keyboard, no JavaScript, narrow screens, hostile text."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import pytest

from kb.build import build
from kb.encode import Encoder
from kb.register import Register, Wanted
from kb.search import Searcher
from kb.settings import Settings
from web.app import STATIC_FOLDER, create_app

playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright  # noqa: E402

from web.screenshots import launch, serving  # noqa: E402

pytestmark = pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")

SEED = "resolution-2022-11-02-economic-cooperation"
GERMAN = "Worüber muss der Vorsitzende des Weltkoordinationsrates 2023 berichten?"
CLAUSE = "председателю Всемирного координационного совета российских соотечественников доложить"
PATHS = (
    "/",
    f"/search?{urlencode({'q': GERMAN})}",
    f"/search?{urlencode({'q': 'consulate', 'kind': 'guide'})}",
    "/search?q=zxcvb+qwrtp",
    "/search?q=ghfdf+cjjntxtcndtyybrjd",
    "/search?q=ghfdf+cjjntxtcndtyybrjd&exact=1",
    "/search?q=%22green+elephants%22+rights+-children",
    f"/similar?id={SEED}%23op__item_13",
    f"/doc/{SEED}",
    "/doc/apostille",
    "/doc/detained-abroad",
    "/documents",
    "/api/docs",
    "/commitments",
    "/commitments?q=report&strength=all&due=stated",
    f"/commitment?id={SEED}%23op__item_21!1",
    "/about",
    "/none",
)

# Each would set `window.ran` or open a dialog where markup, an address, a style or a template were obeyed.
CALL = "window.ran=1"
PAYLOADS = (
    f"<script>{CALL}</script>",
    f"<ScRiPt>{CALL}</sCrIpT>",
    f"<script\x0c>{CALL}</script>",
    f"</title><script>{CALL}</script>",
    f"</textarea><script>{CALL}</script>",
    f"</style><script>{CALL}</script>",
    f"</noscript><script>{CALL}</script>",
    f"-->{'<'}script>{CALL}</script>",
    f"]]><script>{CALL}</script>",
    f'"><script>{CALL}</script>',
    f"'><script>{CALL}</script>",
    f"</bdi></mark></blockquote><script>{CALL}</script>",
    f"<scr<script>ipt>{CALL}</scr</script>ipt>",
    f"<img src=x onerror={CALL}>",
    f'<img src="x" onerror="{CALL}">',
    f"<img/src=x/onerror={CALL}>",
    f"<img src=x onerror\x0a=\x0a{CALL}>",
    f'"><img src=x onerror={CALL}>',
    f"' onfocus={CALL} autofocus tabindex=1 x='",
    f'" onfocus="{CALL}" autofocus x="',
    f'" onmouseover="{CALL}" style="position:fixed;inset:0',
    f"<svg onload={CALL}>",
    f"<svg/onload={CALL}>",
    f"<svg><script>{CALL}</script></svg>",
    f"<svg><animate onbegin={CALL} attributeName=x dur=1s>",
    f"<svg><set onbegin={CALL} attributename=x>",
    f'<svg><a href="javascript:{CALL}"><text y=9>x</text></a></svg>',
    f"<math><mtext><table><mglyph><style><img src=x onerror={CALL}>",
    f"<body onload={CALL}>",
    f"<body onpageshow={CALL}>",
    f"<input autofocus onfocus={CALL}>",
    f"<select autofocus onfocus={CALL}>",
    f"<textarea autofocus onfocus={CALL}>",
    f"<details open ontoggle={CALL}>",
    f"<video><source onerror={CALL}></video>",
    f"<audio src=x onerror={CALL}>",
    f"<marquee onstart={CALL}>x</marquee>",
    f"<object data=javascript:{CALL}>",
    f"<embed src=javascript:{CALL}>",
    f"<iframe src=javascript:parent.{CALL}>",
    f'<iframe srcdoc="<script>parent.{CALL}</script>">',
    f"<form action=javascript:{CALL}><button>x</button></form>",
    f'<a href="javascript:{CALL}">x</a>',
    f'<a href="java&#10;script:{CALL}">x</a>',
    f"javascript:{CALL}//",
    f"data:text/html,<script>parent.{CALL}</script>",
    '<base href="https://evil.example/">',
    '<link rel=stylesheet href="https://evil.example/x.css">',
    '<meta http-equiv=refresh content="0;url=https://evil.example/">',
    '<style>@import "https://evil.example/x.css"; body{display:none}</style>',
    '<img src="https://evil.example/x.png">',
    f"&lt;script&gt;{CALL}&lt;/script&gt;",
    f"&#60;img src=x onerror={CALL}&#62;",
    f"\u003cscript\u003e{CALL}\u003c/script\u003e",
    f"％3Cscript％3E{CALL}",
    "{{ ''.__class__.__mro__ }}{% for x in ().__class__.__base__.__subclasses__() %}{% endfor %}",
    f"${{{CALL}}}#{{{CALL}}}<%= {CALL} %>",
    f"\u202e<script>{CALL}</script>\u202c",
    f"+ADw-script+AD4-{CALL}+ADw-/script+AD4-",
    f"<template><img src=x onerror={CALL}></template><p is=x-y onclick={CALL}>",
    f"`-{CALL}-`';{CALL}//\";{CALL}//",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def address(root: Path, searcher: Searcher, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    settings = Settings(corpus=root / "corpus", index=tmp_path_factory.mktemp("none"), searches_per_minute=0)
    with serving(create_app(settings, searcher)) as address:
        yield address


@contextmanager
def opened(browser: Browser, **options: object) -> Iterator[tuple[BrowserContext, Page, list[str]]]:
    """A page, and what went wrong on it: dialogs, reports of the content policy, requests to other origins."""
    context = browser.new_context(**options)  # type: ignore[arg-type]
    page = context.new_page()
    wrong: list[str] = []
    page.add_init_script("addEventListener('securitypolicyviolation', e => console.log('violation', e.blockedURI))")
    page.on("console", lambda message: wrong.append(message.text) if "violation" in message.text else None)
    page.on("dialog", lambda dialog: (wrong.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.on("pageerror", lambda error: wrong.append(f"script error {error}"))
    context.on("request", lambda request: wrong.append(request.url) if foreign(request.url) else None)
    yield context, page, wrong
    context.close()


def foreign(url: str) -> bool:
    return urlsplit(url).hostname != "127.0.0.1"


def focus(page: Page, selector: str, *, limit: int = 60) -> None:
    """Press Tab until the first element of `selector` has the focus."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement === document.querySelector(s)", selector):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline == "solid", "the focus is visible"
            return
    raise AssertionError(f"{selector} is not reached by {limit} presses of Tab")


def test_from_question_to_quotation_to_citation_with_the_keyboard_alone(browser: Browser, address: str) -> None:
    with opened(browser, permissions=["clipboard-read", "clipboard-write"], locale="ru-RU") as (_, page, wrong):
        page.goto(address)
        assert page.evaluate("document.activeElement.name") == "q", "the search box has the focus"
        page.keyboard.type(GERMAN)
        page.keyboard.press("Enter")
        page.wait_for_url("**/search?**")
        assert page.locator("[role=status] h1").inner_text() in {"Прямой ответ найден", "Близкие по смыслу места"}
        focus(page, ".hit .actions button")
        page.keyboard.press("Enter")
        page.wait_for_function("document.querySelector('#page-copied').textContent === 'Скопировано'")
        copied = page.evaluate("navigator.clipboard.readText()")
        citation, link = copied.split("\n")
        assert citation.endswith("тире 21 постановляющей части")
        assert link == f"{address}/doc/{SEED}#op__item_21"
        page.reload()
        focus(page, ".hit h3 a")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/doc/{SEED}?**")
        marked = page.locator("mark.sentence")
        assert marked.inner_text().startswith(CLAUSE)
        box = marked.bounding_box()
        assert box
        assert 0 <= box["y"] < page.viewport_size["height"], "the place sought is in view"  # type: ignore[index]
        assert wrong == []


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_no_page_scrolls_sideways_and_every_control_can_be_hit(
    browser: Browser, address: str, width: int, scheme: str
) -> None:
    with opened(browser, viewport={"width": width, "height": 640}, color_scheme=scheme) as (_, page, wrong):
        for ui in ("ru", "en"):
            for path in PATHS:
                page.goto(f"{address}{path}{'&' if '?' in path else '?'}ui={ui}")
                assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, ui)
                small = page.evaluate(
                    """() => [...document.querySelectorAll(
                        'button, input:not([type=hidden]), select, summary, nav a, .actions a, li > a, h3 a, .brand')]
                      .filter(e => e.checkVisibility({contentVisibilityAuto: true}) && e.getClientRects().length)
                      .filter(e => { const b = e.getBoundingClientRect(); return b.width < 24 || b.height < 24 })
                      .map(e => e.outerHTML)"""
                )
                assert small == [], (path, ui)
        assert wrong == []


def test_axe_finds_no_fault_on_any_page(browser: Browser, address: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    for width, scheme in ((320, "light"), (1280, "dark")):
        with opened(browser, viewport={"width": width, "height": 640}, color_scheme=scheme) as (_, page, wrong):
            for path in PATHS:
                page.goto(f"{address}{path}{'&' if '?' in path else '?'}ui=ru")
                page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
                found = axe.Axe().run(page).response["violations"]
                assert [(fault["id"], fault["nodes"][0]["html"]) for fault in found] == [], path
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


def test_no_script_runs_from_a_question(browser: Browser, address: str) -> None:
    assert len(PAYLOADS) >= 60
    with opened(browser) as (_, page, wrong):
        for payload in PAYLOADS:
            page.goto(f"{address}/search?{urlencode({'q': payload})}")
            assert page.evaluate("window.ran") is None, payload
            assert page.locator("input[name=q]").input_value() == payload.replace("\n", ""), "shown as it was asked"
            page.goto(f"{address}/search?{urlencode({'q': 'x', 'from': payload, 'document': payload, 'ui': payload})}")
            assert page.evaluate("window.ran") is None, payload
        assert wrong == []


def test_no_script_runs_from_a_document(browser: Browser, tmp_path: Path, encoder: Encoder) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for part in range(0, len(PAYLOADS), 10):
        some = PAYLOADS[part : part + 10]
        text = "\n\n".join(f"Right of reply {part + n}: {payload}" for n, payload in enumerate(some))
        (corpus / f"part{part}.txt").write_text(f"{some[0]}\n\n{text}\n", encoding="utf-8")
    clauses = "".join(f"- Правлению издать {' '.join(payload.split())} до 1 мая 2025 года;\n\n" for payload in PAYLOADS)
    (corpus / "resolution.md").write_text(f"# Резолюция\n\nСъезд хоров решил:\n\n{clauses}", encoding="utf-8")
    (corpus / "<img src=x onerror=window.ran=1>.txt").write_text("A file with a hostile name.\n", encoding="utf-8")
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
    build(corpus, tmp_path / "index", encoder)
    hostile = Searcher.open(tmp_path / "index", encoder, corpus)
    app = create_app(Settings(corpus=corpus, index=tmp_path / "index"), hostile)
    with serving(app) as address, opened(browser) as (_, page, wrong):
        paths = [f"/doc/{header.id}" for header in hostile.documents()]
        paths += [f"/search?{urlencode({'q': f'right of reply {n}'})}" for n in range(0, len(PAYLOADS), 6)]
        records = Register(hostile).find(Wanted(), limit=len(PAYLOADS)).entries
        assert len(records) > len(PAYLOADS) // 2
        paths += [f"/commitment?id={quote(entry.id, safe='')}" for entry in records[::6]]
        paths += [f"/commitments?page={page}" for page in (1, 2)]
        for path in ["/", "/documents", "/about", *paths]:
            response = page.goto(address + path)
            assert response
            assert response.ok, path
            assert page.evaluate("window.ran") is None, path
            for link in page.locator("main a").all():
                href = link.get_attribute("href") or ""
                assert href.startswith(("/", "#", "https://evil.example")), href
                if href.startswith("http"):
                    assert link.get_attribute("rel") == "noreferrer noopener"
        page.goto(f"{address}/doc/part0")
        shown = page.locator(".body").inner_text()
        assert all(" ".join(payload.split()) in " ".join(shown.split()) for payload in PAYLOADS[:2])
        assert wrong == []


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
