"""Every page and state in a real Chromium for every reader: axe, zoom, text spacing, forced colours, motion, paper."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import browsing
import pytest
from browsing import SEED, STATES, Page, opened, state
from playwright.sync_api import Browser, CDPSession

from web.app import STATIC_FOLDER

browser, addresses = browsing.browser, browsing.addresses
pytestmark = pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")

LOOKS = {
    "ru-phone-light": ("ru", 320, "light"),
    "he-desktop-dark": ("he", 1280, "dark"),
    "he-phone-dark": ("he", 320, "dark"),
    "en-desktop-light": ("en", 1280, "light"),
    "he-phone-light": ("he", 320, "light"),
    "he-desktop-light": ("he", 1280, "light"),
    "ru-phone-dark": ("ru", 320, "dark"),
    "ru-desktop-light": ("ru", 1280, "light"),
    "ru-desktop-dark": ("ru", 1280, "dark"),
    "en-phone-light": ("en", 320, "light"),
    "en-phone-dark": ("en", 320, "dark"),
    "en-desktop-dark": ("en", 1280, "dark"),
}
# Contrast takes axe four fifths of its time. Once in each theme and at each width it is looked at by default.
CONTRAST = ("ru-phone-light", "he-desktop-dark")
QUICK = (*CONTRAST, "he-phone-dark", "en-desktop-light")
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice")

# What a reader of 1280 x 1024 pixels sees at 100, 200 and 400 %.
ZOOMS = ((1280, 1024, 1), (640, 512, 2), (320, 256, 4))
# WCAG 2.2, 1.4.12: a reader may set so much space, and nothing is lost.
SPACING = """
* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
p { margin-block-end: 2em !important }
"""
LARGE = "html { font-size: 212.5% !important }"

# What of the page's text cannot be read: beyond the sides, cut off by a box that hides what does not fit, or under other
# text. A part that scrolls by itself holds a table or a program's words, and can be scrolled to its end.
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
        if (text.left < edge.left - 1 || text.right > edge.right + 1 || text.bottom > edge.bottom + 1 || text.top < edge.top - 1)
          lost.push('cut off: ' + words)
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


@pytest.fixture(scope="module")
def axe() -> str:
    """The script of axe."""
    package = pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    return (Path(package.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Page, axe: str, contrast: bool = True) -> list[tuple[str, list[str]]]:
    """What axe finds wrong, all rules of WCAG 2.2 AA among what it looks for."""
    page.evaluate(axe)
    rules = {"target-size": {"enabled": True}, "color-contrast": {"enabled": contrast}}
    options = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": TAGS}, "rules": rules}
    found: list[Any] = page.evaluate(
        """options => axe.run(options).then(results => results.violations.map(
          fault => [fault.id, fault.nodes.slice(0, 4).map(node => node.html.slice(0, 300))]))""",
        options,
    )
    return [(name, nodes) for name, nodes in found]


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


@pytest.mark.parametrize(
    "look", [look if look in QUICK else pytest.param(look, marks=pytest.mark.full) for look in LOOKS]
)
def test_axe_finds_no_fault_on_any_page(
    browser: Browser, addresses: dict[str, str], axe: str, look: str, request: pytest.FixtureRequest
) -> None:
    ui, width, scheme = LOOKS[look]
    contrast = look not in QUICK or look in CONTRAST
    faults = {}
    with opened(browser, viewport={"width": width, "height": 640}, color_scheme=scheme) as (_, page, wrong):
        for each in STATES:
            each.visit(page, addresses, ui)
            assert page.evaluate("document.documentElement.lang") == ui
            page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
            if found := violations(page, axe, contrast):
                faults[each.name] = found
        assert faults == {}
        assert wrong == []


def test_axe_sees_small_targets_and_faint_words(browser: Browser, axe: str) -> None:
    with opened(browser) as (_, page, _wrong):
        page.set_content(
            "<!doctype html><html lang=en><title>x</title><main><h1>x</h1>"
            "<button style='width:9px;height:9px;padding:0' aria-label=a></button>"
            "<button style='width:9px;height:9px;padding:0' aria-label=b></button>"
            "<p style='color:#999;background:#fff'>faint</p></main></html>"
        )
        assert {name for name, _ in violations(page, axe)} == {"target-size", "color-contrast"}
        assert {name for name, _ in violations(page, axe, contrast=False)} == {"target-size"}


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
