"""Take pictures of every page: python -m web.screenshots DIR [--url http://…] (needs Chromium and playwright).

Phone and desktop, light and dark, Russian and English; to be looked at, not compared.
"""

from __future__ import annotations

import argparse
import shutil
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Playwright, sync_playwright

from kb.settings import load_settings
from web.app import create_app

__all__ = ["CHROMIUM_FLAGS", "launch", "main", "serving"]

CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)
SIZES = {"phone": (375, 780), "desktop": (1280, 900)}
GERMAN = "Was soll der Vorsitzende des Weltrates 2023 berichten?"
PAGES = {
    "home": ("/", {}),
    "search": ("/search", {"q": "I was arrested abroad. Must the police call my consulate?"}),
    "across": ("/search", {"q": GERMAN}),
    "mended": ("/search", {"q": "ghfdf cjjntxtcndtyybrjd"}),
    "quoted": ("/search", {"q": '"green elephants" rights'}),
    "similar": ("/similar", {"id": "resolution-2022-11-02-economic-cooperation#op__item_13"}),
    "nothing": ("/search", {"q": "How do I bake sourdough bread?"}),
    "documents": ("/documents", {}),
    "commitments": ("/commitments", {}),
    "commitment": ("/commitment", {"id": "resolution-2022-11-02-economic-cooperation#op__item_21!1"}),
    "api": ("/api/docs", {}),
    "about": ("/about", {}),
    "missing": ("/doc/no-such-document", {}),
}


def launch(playwright: Playwright) -> Browser:
    """The system's Chromium, without network services of its own. Raises FileNotFoundError where there is none."""
    executable = shutil.which("chromium")
    if executable is None:
        raise FileNotFoundError("chromium is not installed")
    return playwright.chromium.launch(executable_path=executable, args=list(CHROMIUM_FLAGS))


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """An application on a free port of this machine; gives its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, http="h11", log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise RuntimeError("the application did not start")
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()


def shoot(address: str, folder: Path) -> int:
    """Save every page in every look to `folder`; returns how many pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    taken = 0
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for size, (width, height) in SIZES.items():
            for scheme in ("light", "dark"):
                page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
                for ui in ("ru", "en", "he"):
                    for name, (path, query) in PAGES.items():
                        page.goto(f"{address}{path}?{urlencode({**query, 'ui': ui})}")
                        page.screenshot(path=folder / f"{name}-{size}-{scheme}-{ui}.png", full_page=True)
                        taken += 1
                        if name == "across":
                            page.click(".hit h3 a")
                            page.screenshot(path=folder / f"document-{size}-{scheme}-{ui}.png")
                            taken += 1
                page.close()
        browser.close()
    return taken


def show(address: str, file: Path) -> None:
    """The picture for the README: a question in German, answered from a Russian document."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page(viewport={"width": 1100, "height": 800}, color_scheme="light")
        page.goto(f"{address}/search?{urlencode({'q': GERMAN, 'ui': 'en'})}")
        page.screenshot(path=file)
        browser.close()


def main(arguments: list[str]) -> None:
    """Parse the command line and take the pictures."""
    parser = argparse.ArgumentParser(prog="python -m web.screenshots", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument("--url", help="an application that is running; without it one is started over the settings")
    parser.add_argument("--readme", action="store_true", help="only search.png, for the README")
    given = parser.parse_args(arguments)

    def take(address: str) -> None:
        if given.readme:
            show(address, given.folder / "search.png")
        else:
            print(f"{shoot(address, given.folder)} pictures in {given.folder}")

    if given.url:
        take(given.url.rstrip("/"))
    else:
        with serving(create_app(load_settings())) as address:
            take(address)


if __name__ == "__main__":
    main(sys.argv[1:])
