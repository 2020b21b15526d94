"""axe over every page and state in a real Chromium: narrow and wide, light and dark, from both sides."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import browsing
import pytest
from browsing import STATES, Page, opened
from playwright.sync_api import Browser

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
QUICK = ("ru-phone-light", "he-desktop-dark", "en-desktop-light")
# Contrast takes axe four fifths of its time: by default it is looked at in both themes where each kind of part is met.
CONTRAST = {
    *("home", "filtered", "mended", "document", "document-paged", "document-table", "page-scan", "documents-kind"),
    *("commitments", "commitment-noted-open", "note", "api", "about-skipped", "error-400", "error-413"),
}
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice")


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


@pytest.mark.parametrize(
    "look", [look if look in QUICK else pytest.param(look, marks=pytest.mark.full) for look in LOOKS]
)
def test_axe_finds_no_fault_on_any_page(browser: Browser, addresses: dict[str, str], axe: str, look: str) -> None:
    ui, width, scheme = LOOKS[look]
    faults = {}
    with opened(browser, viewport={"width": width, "height": 640}, color_scheme=scheme) as (_, page, wrong):
        for each in STATES:
            each.visit(page, addresses, ui)
            assert page.evaluate("document.documentElement.lang") == ui
            page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
            if found := violations(page, axe, look not in QUICK or each.name in CONTRAST):
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
