"""Every page and state in a real Chromium for every reader: zoom, text spacing, forced colours, motion, paper."""

from __future__ import annotations

import io
import re
import shutil

import browsing
import numpy as np
import pypdfium2 as pdfium
import pytest
from browsing import SEED, STATES, Page, opened, state
from PIL import Image
from playwright.sync_api import Browser, CDPSession

browser, addresses, address = browsing.browser, browsing.addresses, browsing.address
pytestmark = pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")

# What a reader of 1280 x 1024 pixels sees at 100, 200 and 400 %.
ZOOMS = ((1280, 1024, 1), (640, 512, 2), (320, 256, 4))
# WCAG 2.2, 1.4.12: a reader may set so much space, and nothing is lost.
SPACING = """
* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
p { margin-block-end: 2em !important }
"""
LARGE = "html { font-size: 212.5% !important }"

# What of the page's text cannot be read: beyond the sides, cut off by a box that hides what does not fit, or under
# other text. A part that scrolls by itself holds a table or a program's words, and can be scrolled to its end.
LOST = """() => {
  const width = document.documentElement.clientWidth, lost = [], shown = []
  if (document.documentElement.scrollWidth > innerWidth) lost.push('the page scrolls sideways')
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node; node = walker.nextNode();) {
    const at = node.parentElement
    if (!node.data.trim() || at.closest('.register .title, .what a, select, textarea, script')) continue
    if (!at.checkVisibility({contentVisibilityAuto: true, checkOpacity: true})) continue
    const range = document.createRange()
    range.selectNodeContents(node)
    const cuts = [], rolls = []
    let spoken = false
    for (let box = at; box && box !== document.documentElement; box = box.parentElement) {
      const style = getComputedStyle(box)
      spoken ||= style.clipPath === 'inset(50%)'
      if (/auto|scroll/.test(style.overflowX + style.overflowY)) rolls.push(box)
      else if (/hidden|clip/.test(style.overflowX + style.overflowY) && style.display !== 'inline') cuts.push(box)
    }
    if (spoken) continue
    for (const text of range.getClientRects()) {
      if (text.width < 1 || text.height < 1) continue
      const words = node.data.trim().slice(0, 60)
      if (!rolls.length && (text.left < -1 || text.right > width + 1)) lost.push('beyond the side: ' + words)
      for (const box of cuts) {
        const edge = box.getBoundingClientRect()
        const aside = Math.max(edge.left - text.left, text.right - edge.right)
        const below = Math.max(edge.top - text.top, text.bottom - edge.bottom)
        if (aside > 1 || below > 1) lost.push('cut off: ' + words)
      }
      const button = at.closest('button')
      if (button) {
        const edge = button.getBoundingClientRect()
        if (text.left < edge.left - 1 || text.right > edge.right + 1) lost.push('out of its button: ' + words)
      }
      if (!rolls.length) shown.push([text, at, words])
    }
  }
  shown.sort((a, b) => a[0].top - b[0].top)
  for (let i = 0; i < shown.length; i++) {
    for (let j = i + 1; j < shown.length && shown[j][0].top < shown[i][0].bottom; j++) {
      const [a, from, first] = shown[i], [b, to, second] = shown[j]
      const x = Math.min(a.right, b.right) - Math.max(a.left, b.left)
      const y = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)
      // Letters take the middle of their line: lines that touch are not lost.
      if (x > 2 && y > .5 * Math.min(a.height, b.height)) lost.push('over each other: ' + first + ' | ' + second)
    }
  }
  return [...new Set(lost)]
}"""

SMALL = """() => [...document.querySelectorAll(
    'button, input:not([type=hidden]), select, textarea, summary, nav a, .actions a, li > a, h3 a, .brand')]
  .filter(e => e.checkVisibility({contentVisibilityAuto: true}) && e.getClientRects().length)
  .filter(e => { const b = e.getBoundingClientRect(); return b.width < 24 || b.height < 24 })
  .map(e => e.outerHTML.slice(0, 200))"""


def styled(page: Page, sheet: str) -> None:
    """Add a style sheet as a reader's own would be: the content policy stands in no one's way."""
    page.evaluate(
        """sheet => {
          const own = new CSSStyleSheet()
          own.replaceSync(sheet)
          document.adoptedStyleSheets = sheet ? [own] : []
        }""",
        sheet,
    )


def zoomed(session: CDPSession, width: int, height: int, scale: int) -> None:
    session.send(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": False},
    )


@pytest.mark.parametrize("ui", ["ru", "he"])
def test_nothing_is_lost_when_enlarged_or_spaced(browser: Browser, addresses: dict[str, str], ui: str) -> None:
    lost = {}
    with opened(browser) as (context, page, wrong):
        session = context.new_cdp_session(page)
        for each in STATES:
            zoomed(session, *ZOOMS[0])
            each.visit(page, addresses, ui)
            for width, height, scale in ZOOMS:
                zoomed(session, width, height, scale)
                assert page.evaluate("[innerWidth, innerHeight, devicePixelRatio]") == [width, height, scale]
                for name, sheet in {"": "", "spaced": SPACING, "large": LARGE}.items():
                    styled(page, sheet)
                    if found := page.evaluate(LOST):
                        lost[each.name, width, name] = found[:5]
                    if not name and (small := page.evaluate(SMALL)):
                        lost[each.name, width, "small"] = small
                styled(page, "")
        assert lost == {}
        assert wrong == []


def test_no_page_scrolls_sideways_at_any_width(browser: Browser, addresses: dict[str, str]) -> None:
    """From a narrow phone through every break of the style sheets to a wide desk."""
    wide = []
    with opened(browser) as (_, page, _wrong):
        for name in ("home", "filtered", "document-paged", "document-table", "page-mark", "commitments", "api", "note"):
            for ui in ("ru", "he"):
                state(name).visit(page, addresses, ui)
                for width in (280, 320, 400, 639, 641, 719, 721, 800, 1023, 1025, 1100, 1200, 1600):
                    page.set_viewport_size({"width": width, "height": 640})
                    if page.evaluate("document.documentElement.scrollWidth") > width:
                        wide.append((name, ui, width))
    assert wide == []


MOVING = """() => {
  const moving = []
  for (const part of document.querySelectorAll('*')) for (const pseudo of [null, '::before', '::after', '::marker']) {
    const style = getComputedStyle(part, pseudo)
    const still = /^(0s(, )?)+$/.test(style.transitionDuration) && style.animationName === 'none'
    if (!still || style.scrollBehavior === 'smooth') moving.push(part.outerHTML.slice(0, 100))
  }
  return document.getAnimations().length ? ['an animation', ...moving] : moving
}"""

# On paper: what only works on a screen, what must be read and cannot, and what is not dark on white.
PAPER = """() => {
  const wrong = [], seen = e => e.checkVisibility() && e.getClientRects().length
  const say = (what, part) => wrong.push(what + ': ' + part.outerHTML.slice(0, 100))
  const read = 'main h1, main .quote, main .cite, main cite, main .body, main .marker:not(.bare)'
  const screen = 'nav, .languages, .skip, form.ask, .actions, .pager, button, input, select, [data-copy]'
  for (const part of document.querySelectorAll(screen)) if (seen(part)) say('printed', part)
  for (const part of document.querySelectorAll(read))
    if (!seen(part) && !part.closest('details:not([open]), form, .unseen')) say('not printed', part)
  const light = colour => {
    const [red, green, blue] = colour.match(/[0-9.]+/g).map(Number).map(v => v / 255)
      .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  for (const part of document.querySelectorAll('body, main *')) {
    const style = getComputedStyle(part)
    if (!seen(part) || !style.color.startsWith('rgb')) continue
    if (1.05 / (light(style.color) + 0.05) < 7) say('too light', part)
  }
  const page = getComputedStyle(document.body).backgroundColor
  return page === 'rgb(255, 255, 255)' ? wrong : ['the paper is ' + page, ...wrong]
}"""


def test_nothing_moves_and_paper_holds_only_what_is_read(browser: Browser, addresses: dict[str, str]) -> None:
    faults = {}
    with opened(browser, viewport={"width": 1280, "height": 640}, color_scheme="dark") as (_, page, _wrong):
        for each in STATES:
            page.emulate_media(media="screen", reduced_motion="reduce")
            each.visit(page, addresses, "ru")
            if found := page.evaluate(MOVING):
                faults[each.name, "motion"] = found[:3]
            page.emulate_media(media="print")
            if found := page.evaluate(PAPER):
                faults[each.name, "paper"] = found[:3]
    assert faults == {}


def test_a_printed_document_has_its_marked_place_and_its_citation(browser: Browser, address: str) -> None:
    with opened(browser) as (_, page, _wrong):
        page.goto(f"{address}/doc/{SEED}?mark=6643-6814&ui=en")
        sheets = pdfium.PdfDocument(page.pdf(format="A4"))
        text = re.sub(r"\s+", "", "".join(sheet.get_textpage().get_text_bounded() for sheet in sheets))
        assert 3 <= len(sheets) <= 12
        sheets.close()
        for words in (page.locator("mark.sentence").inner_text(), page.locator(".facts cite").inner_text()):
            assert re.sub(r"\s+", "", words) in text
        assert "Copycitation" not in text
        assert "Commitments" not in text


FORCED = """() => {
  const wrong = [], paper = getComputedStyle(document.body).backgroundColor
  const seen = e => e.checkVisibility({contentVisibilityAuto: true}) && e.getClientRects().length
  for (const part of document.querySelectorAll('input:not([type=hidden]), select, textarea, .ask button')) {
    const style = getComputedStyle(part)
    const edge = style.borderTopStyle === 'solid' && style.borderTopColor !== paper
    if (seen(part) && !edge) wrong.push('no edge: ' + part.outerHTML)
  }
  for (const part of document.querySelectorAll('mark')) {
    const style = getComputedStyle(part)
    if (style.backgroundColor === paper || style.backgroundColor === style.color || style.backgroundImage !== 'none')
      wrong.push('no mark: ' + part.outerHTML.slice(0, 100))
  }
  for (const part of document.querySelectorAll('.quote u'))
    if (getComputedStyle(part).textDecorationLine !== 'underline') wrong.push('no underline: ' + part.outerHTML)
  const shapes = {}
  for (const part of document.querySelectorAll('.kind')) {
    const style = getComputedStyle(part, '::before')
    if (style.borderTopStyle !== 'solid' || style.borderTopColor === paper) wrong.push('no shape: ' + part.outerHTML)
    shapes[part.className] = [style.clipPath, style.borderRadius, style.borderTopWidth].join()
  }
  const kinds = Object.values(shapes)
  if (new Set(kinds).size !== kinds.length) wrong.push('like shapes: ' + JSON.stringify(shapes))
  for (const part of document.querySelectorAll('main a, main button')) {
    const style = getComputedStyle(part)
    const bare = style.color === paper && style.backgroundColor === paper
    if (seen(part) && bare) wrong.push('not seen: ' + part.outerHTML)
  }
  return wrong
}"""


def test_forced_colours_leave_marks_shapes_and_controls_apart(browser: Browser, addresses: dict[str, str]) -> None:
    faults = {}
    with opened(browser, forced_colors="active") as (_, page, _wrong):
        for each in STATES:
            each.visit(page, addresses, "en")
            page.keyboard.press("Tab")
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                assert page.evaluate("matchMedia('(forced-colors: active)').matches")
                if found := page.evaluate(FORCED):
                    faults[each.name, scheme] = found[:3]
                ring = page.evaluate(
                    """() => {
                      const style = getComputedStyle(document.activeElement)
                      const paper = getComputedStyle(document.body).backgroundColor
                      return [style.outlineStyle, style.outlineColor !== paper]
                    }"""
                )
                if ring != ["solid", True]:
                    faults[each.name, scheme, "focus"] = ring
        assert faults == {}
        state("document").visit(page, addresses, "en")
        assert page.locator("mark.sentence").count() >= 1
        page.goto(f"{addresses['shipped']}/doc/{SEED}#op__item_21")
        assert page.evaluate("getComputedStyle(document.querySelector('.line:target .words')).outlineStyle") == "solid"


def test_forced_colours_leave_the_outline_in_the_picture_of_a_page(browser: Browser, addresses: dict[str, str]) -> None:
    line = np.array((28, 80, 104))
    with opened(browser, forced_colors="active", viewport={"width": 1280, "height": 900}) as (_, page, _wrong):
        counts = []
        for name in ("page", "page-mark"):
            state(name).visit(page, addresses, "en")
            picture = Image.open(io.BytesIO(page.locator(".picture img").screenshot())).convert("RGB")
            counts.append(int((np.abs(np.asarray(picture).astype(int) - line).max(axis=2) < 24).sum()))
        assert counts[1] > counts[0] + 500, "an outline as wide as the column and two pixels thick"


def test_words_run_their_own_way_on_a_page_from_right_to_left(browser: Browser, addresses: dict[str, str]) -> None:
    way = "parts => parts.map(part => [part.textContent.trim(), getComputedStyle(part).direction])"
    with opened(browser) as (_, page, _wrong):
        state("across").visit(page, addresses, "he")
        assert page.locator(".answer > .cite bdi").evaluate_all(way) == [["1–2 בנובמבר 2022", "rtl"]]
        assert page.locator(".answer > .cite b").evaluate_all(way) == [["מקף 21 של החלק האופרטיבי", "rtl"]]
        assert page.locator(".answer > .cite").evaluate("part => getComputedStyle(part).direction") == "ltr"
        state("commitments-filtered").visit(page, addresses, "he")
        assert {way for _, way in page.locator(".what a, .register .title").evaluate_all(way)} == {"ltr"}
        assert {way for _, way in page.locator("select[name=performer] option:checked").evaluate_all(way)} == {"ltr"}
        for field in page.locator(".years input").all():
            assert field.evaluate("part => part.scrollWidth <= part.clientWidth"), "a whole date is seen"
