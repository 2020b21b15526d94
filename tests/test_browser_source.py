"""From a quotation to its words on the web page that they were read from, in a real Chromium."""

from __future__ import annotations

import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from kb.build import build
from kb.encode import Encoder
from kb.search import Searcher
from kb.settings import Settings
from web.app import create_app

playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import sync_playwright  # noqa: E402

from web.screenshots import launch, serving  # noqa: E402

pytestmark = pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")

SENTENCE = "Кто задержан за границей, тот вправе – без промедления – просить, чтобы об этом сообщили его консулу."


class Quiet(SimpleHTTPRequestHandler):
    """Writes no line a request."""

    def log_message(self, *_: object) -> None:
        pass


def test_a_quotation_leads_to_its_words_on_the_page_it_was_read_from(tmp_path: Path, encoder: Encoder) -> None:
    corpus, site = tmp_path / "corpus", tmp_path / "site"
    site.mkdir()
    filler = "".join(f"<p>Глава {n}: о том, что в этом деле ничего не меняет.</p>" for n in range(200))
    page = f"<!doctype html><meta charset=utf-8><title>Консулы</title><h1>Консулы</h1>{filler}<p id=it>{SENTENCE}</p>"
    (site / "consuls.html").write_text(page, encoding="utf-8")
    corpus.mkdir()
    shutil.copy(site / "consuls.html", corpus)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=site)) as elsewhere:
        threading.Thread(target=elsewhere.serve_forever, daemon=True).start()
        source = f"http://127.0.0.1:{elsewhere.server_port}/consuls.html"
        (corpus / "catalog.toml").write_text(f'["consuls.html"]\nsource = "{source}"\n', encoding="utf-8")
        build(corpus, tmp_path / "index", encoder)
        settings = Settings(corpus=corpus, index=tmp_path / "index")
        app = create_app(settings, Searcher.open(tmp_path / "index", encoder, corpus))
        with serving(app) as address, sync_playwright() as playwright:
            browser = launch(playwright)
            opened = browser.new_page()
            opened.goto(f"{address}/search?q=Will+my+consul+be+told+if+I+am+detained+abroad%3F&ui=en")
            opened.click(".hit h3 a >> nth=0")
            opened.click(f".facts a[href^='{source}']")
            opened.wait_for_url(f"{source}**")
            opened.wait_for_function("scrollY > 0")
            box = opened.locator("#it").bounding_box()
            assert box
            assert 0 <= box["y"] < opened.viewport_size["height"], "the words are in view"  # type: ignore[index]
            browser.close()
        elsewhere.shutdown()
