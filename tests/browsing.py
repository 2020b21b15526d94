"""What the browser tests share: a Chromium, every site of the application, and the table of its states."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from kb.encode import Encoder
from kb.search import Searcher
from kb.settings import Settings
from web.app import create_app

playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright  # noqa: E402

from web.screenshots import STATES, TOKEN, State, launch, sites  # noqa: E402

__all__ = ["GERMAN", "SEED", "STATES", "State", "focus", "opened", "state", "watched"]

SEED = "resolution-2022-11-02-economic-cooperation"
GERMAN = "Worüber muss der Vorsitzende des Weltkoordinationsrates 2023 berichten?"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def addresses(
    root: Path, searcher: Searcher, encoder: Encoder, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """The addresses of all sites that `State`s name."""
    settings = Settings(corpus=root / "corpus", index=tmp_path_factory.mktemp("none"), searches_per_minute=0)
    folder = tmp_path_factory.mktemp("sites")
    with sites(create_app(settings, searcher), root / "corpus", encoder, folder) as addresses:
        yield addresses


@pytest.fixture(scope="module")
def address(addresses: dict[str, str]) -> str:
    """Where the shipped documents are searched."""
    return addresses["shipped"]


@contextmanager
def opened(browser: Browser, **options: object) -> Iterator[tuple[BrowserContext, Page, list[str]]]:
    """A page, and what went wrong on it: dialogs, reports of the content policy, requests to other origins."""
    options.setdefault("http_credentials", {"username": "staff", "password": TOKEN})
    context = browser.new_context(**options)  # type: ignore[arg-type]
    page = context.new_page()
    wrong: list[str] = []
    page.add_init_script("addEventListener('securitypolicyviolation', e => console.log('violation', e.blockedURI))")
    page.on(
        "console",
        lambda message: wrong.append(message.text) if re.search("violat|Content Security", message.text) else None,
    )
    page.on("dialog", lambda dialog: (wrong.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.on("pageerror", lambda error: wrong.append(f"script error {error}"))
    context.on("request", lambda request: wrong.append(request.url) if foreign(request.url) else None)
    yield context, page, wrong
    context.close()


def foreign(url: str) -> bool:
    return urlsplit(url).hostname != "127.0.0.1"


def state(name: str) -> State:
    """A state by its name."""
    return next(state for state in STATES if state.name == name)


def watched(page: Page) -> str:
    """What has the focus, by its place among the elements; "" for the page itself. Raises AssertionError where the
    focus cannot be seen: without an outline, outside the window or under something else."""
    at, hidden = page.evaluate(
        """() => {
          const at = document.activeElement
          if (at === document.body) return ['', false]
          const style = getComputedStyle(at)
          const points = [...at.getClientRects()].filter(box => box.width && box.height)
            .flatMap(box => [[box.left + box.width / 2, box.top + box.height / 2], [box.left + 2, box.top + 2]])
          const over = points.map(([x, y]) => document.elementFromPoint(x, y))
          const label = at.closest('label')
          const seen = over.some(part => part && (at.contains(part) || label && part.closest('label') === label))
          const ring = style.outlineStyle === 'solid' && parseFloat(style.outlineWidth) >= 2
          const place = [...document.querySelectorAll('*')].indexOf(at)
          return [`${place} ${at.outerHTML.slice(0, 200)}`, !(ring && seen)]
        }"""
    )
    assert not hidden, f"the focus is not seen on {at}"
    return str(at)


def focus(page: Page, selector: str, *, limit: int = 80) -> None:
    """Press Tab until the first element of `selector` has the focus, which is seen wherever it goes."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        watched(page)
        if page.evaluate("selector => document.activeElement === document.querySelector(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached by {limit} presses of Tab")
