"""Take pictures of every page: python -m web.screenshots DIR [--url http://…] (needs Chromium and playwright).

Phone and desktop, light and dark, Russian, English and Hebrew; to be looked at, not compared. `STATES` names the
pages and what may be seen on them; the browser tests go through the same table.
"""

from __future__ import annotations

import argparse
import shutil
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pypdfium2 as pdfium
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, Playwright, Response, sync_playwright

from kb.build import build
from kb.encode import Encoder, load_encoder
from kb.notes import Notes
from kb.register import Register
from kb.search import Searcher
from kb.settings import Settings, load_settings
from web.app import create_app
from web.security import MAX_QUERY, MAX_QUERY_STRING

__all__ = ["CHROMIUM_FLAGS", "SIZES", "STATES", "TOKEN", "State", "launch", "main", "serving", "sites"]

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
TALL = 4_000  # pixels of a page that are pictured
TOKEN = "token"  # noqa: S105 – of the sample's staff
SEED = "resolution-2022-11-02-economic-cooperation"
GERMAN = "Was soll der Vorsitzende des Weltrates 2023 berichten?"
ABROAD = "I was arrested abroad. Must the police call my consulate?"


@dataclass(frozen=True, slots=True)
class State:
    """A page as it may be met. `site`: which of `sites` shows it; `opened`: its folded parts are unfolded; `shot`:
    whether it is pictured."""

    name: str
    path: str
    query: Mapping[str, str]
    site: str = "shipped"
    status: int = 200
    opened: bool = False
    shot: bool = True
    anchor: str = ""

    def address(self, sites: Mapping[str, str], ui: str) -> str:
        """Where it is, in an interface language."""
        return f"{sites[self.site]}{self.path}?{urlencode({**self.query, 'ui': ui})}#{self.anchor}".rstrip("#")

    def visit(self, page: Page, sites: Mapping[str, str], ui: str) -> Response:
        """Open it. Raises AssertionError where something else is met."""
        response = page.goto(self.address(sites, ui), wait_until="load")
        if self.status == 429 and response and response.status != 429:  # that was the one search that is allowed
            response = page.goto(self.address(sites, ui), wait_until="load")
        if response is None or response.status != self.status:
            raise AssertionError(f"{self.name}: {response and response.status} instead of {self.status}")
        if self.opened:
            page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
        return response


def _state(name: str, path: str, *, site: str = "shipped", status: int = 200, shot: bool = True, **query: str) -> State:
    path, _, anchor = path.partition("#")
    given = {key.rstrip("_"): value for key, value in query.items()}
    return State(name, path, given, site, status, name.endswith("-open"), shot, anchor)


STATES = (
    _state("home", "/"),
    _state("search", "/search", q=ABROAD),
    _state("search-open", "/search", q=ABROAD),
    _state("across", "/search", q=GERMAN),
    _state("filtered", "/search", q="consulate", kind="guide", from_="2020", to="2026", lang="en"),
    _state("filtered-nothing", "/search", q="consulate", kind="guide", to="1990"),
    _state("within", "/search", q="consulate", document="detained-abroad"),
    _state("second", "/search", q="consulate", page="2"),
    _state("mended", "/search", q="ghfdf cjjntxtcndtyybrjd"),
    _state("exact", "/search", q="ghfdf cjjntxtcndtyybrjd", exact="1", shot=False),
    _state("quoted", "/search", q='"green elephants" rights'),
    _state("quoted-excluded", "/search", q='"green elephants" rights -children', shot=False),
    _state("nothing", "/search", q="How do I bake sourdough bread?"),
    _state("similar", "/similar", id=f"{SEED}#op__item_13"),
    _state("document", f"/doc/{SEED}#op__item_21", mark="6643-6814"),
    _state("document-open", f"/doc/{SEED}", shot=False),
    _state("document-hebrew", "/doc/apostille"),
    _state("document-paged", "/doc/detained-abroad", mark="207-508"),
    _state("document-table", "/doc/table", site="sample"),
    _state("document-scan", "/doc/scan", site="sample"),
    _state("page", "/doc/detained-abroad/page/2", shot=False),
    _state("page-mark", "/doc/detained-abroad/page/1", mark="207-508"),
    _state("page-scan", "/doc/scan/page/2", site="sample"),
    _state("documents", "/documents"),
    _state("documents-kind", "/documents", kind="programme", shot=False),
    _state("documents-many", "/documents", site="sample", page="2", shot=False),
    _state("commitments", "/commitments"),
    _state(
        "commitments-filtered",
        "/commitments",
        q="report",
        performer="Всемирный координационный совет российских соотечественников",
        strength="instruction",
        due="stated",
        due_from="2023",
        due_to="2023-12-31",
        recurring="no",
        status_="overdue",
        body="Всемирная тематическая конференция",
        kind="resolution",
        lang="ru",
        year="2022",
        document=SEED,
        sort="due",
    ),
    _state("commitments-nothing", "/commitments", performer="nobody", addressee="nobody", status_="done"),
    _state("commitments-second", "/commitments", strength="all", page="2", shot=False),
    _state("commitment", "/commitment", id=f"{SEED}#op__item_21!1"),
    _state("commitment-thread", "/commitment", site="sample", id="choirs-2022#op__item_1!1"),
    _state("commitment-noted-open", "/commitment", site="sample", id="choirs-2021#op__item_1!1"),
    _state("note", "/staff/commitment", site="sample", id="choirs-2023#op__item_1!1"),
    _state("api", "/api/docs"),
    _state("about", "/about"),
    _state("about-skipped", "/about", site="sample"),
    _state("error-400", "/search", q="consulate", from_="soon", status=400),
    _state("error-401", "/staff/commitment", site="busy", status=401, shot=False),
    _state("error-404", "/doc/no-such-document", status=404),
    _state("error-413", "/search", q="consulate " * (MAX_QUERY // 10) + ".", status=413),
    _state("error-414", "/search", q="a" * MAX_QUERY_STRING, status=414, shot=False),
    _state("error-429", "/search", q="consulate", site="busy", status=429),
    _state("error-500", "/fault", site="fault", status=500),
    _state("error-503", "/search", q="consulate", site="none", status=503),
)

_CHOIRS = """# Резолюция {number}-го съезда Союза хоров

{number}-й съезд Союза хоров

(Омск, 3 июня {year} года)

Делегаты съезда, обсудив доклад Правления, решили:

- {clause}

- издать сборник песен народов Сибири;
"""
_REPORT = "Правлению доложить о ремонте концертного зала до 1 мая {year} года;"
_CLAUSES = {
    2021: _REPORT.format(year=2022),
    2022: "просить Правление доложить о ремонте концертного зала до 1 мая 2023 года;",
    2023: _REPORT.format(year=2024),
    2024: "Правлению починить крышу;",
}
_TABLE = """<!doctype html><html lang="de"><title>Sprechzeiten der Konsulate</title><h1>Sprechzeiten der Konsulate</h1>
<h2>Öffnungszeiten</h2><table><tr><td>Konsulat</td><td>Montag</td><td>Rechtsschutzversicherungsangelegenheiten</td>
<td>Staatsangehörigkeitsfeststellungsverfahren</td></tr><tr><td>Riga</td><td>9–12</td><td>–</td><td>nach Vereinbarung
</td></tr></table><p>Adresse: https://example.org/{path}</p></html>"""


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


@contextmanager
def sites(shipped: FastAPI, corpus: Path, encoder: Encoder, folder: Path) -> Iterator[dict[str, str]]:
    """Addresses of the applications that show every state: `shipped` over the shipped documents in `corpus`; "sample"
    with what these lack – a thread, notes, a table, a scan, many documents; "none" without an index; "busy" for one
    search a minute. Files go to `folder`.
    """
    shipped.add_api_route("/fault", _fault, include_in_schema=False)
    none = Settings(corpus=folder / "none", index=folder / "none")
    with ExitStack() as stack:
        found = {
            name: stack.enter_context(serving(app))
            for name, app in {
                "shipped": shipped,
                "sample": _sample(corpus, encoder, folder),
                "none": create_app(none),
                "busy": create_app(none.model_copy(update={"searches_per_minute": 1, "staff_token": "other"})),
            }.items()
        }
        yield {**found, "fault": found["shipped"]}


def _fault() -> None:
    raise ArithmeticError


def _sample(shipped: Path, encoder: Encoder, folder: Path) -> FastAPI:
    """An application over a few documents made for it, with notes of its staff."""
    settings = Settings(
        corpus=folder / "corpus",
        index=folder / "index",
        notes=folder / "notes.sqlite",
        staff_token=TOKEN,
        searches_per_minute=0,
    )
    resolutions = settings.corpus / "resolution"
    resolutions.mkdir(parents=True)
    for year, clause in _CLAUSES.items():
        text = _CHOIRS.format(number=year - 2000, year=year, clause=clause)
        (resolutions / f"choirs-{year}.md").write_text(text, encoding="utf-8")
    (settings.corpus / "table.html").write_text(_TABLE.format(path="path/" * 40), encoding="utf-8")
    (settings.corpus / "damaged.docx").write_bytes(b"PK\x03\x04 no archive")
    lines = "".join(f'{{"id": "letter-{n}", "text": "Letter {n}: the choir sings."}}\n' for n in range(55))
    (settings.corpus / "letters.jsonl").write_text(lines, encoding="utf-8")
    _scan(shipped / "guide" / "detained-abroad.pdf", settings.corpus / "scan.pdf")
    build(settings.corpus, settings.index, encoder)
    searcher = Searcher.open(settings.index, encoder, settings.corpus)
    register, notes = Register(searcher, Notes(settings.notes)), Notes(settings.notes)
    entry = register.get("choirs-2021#op__item_1!1")
    notes.put(entry.id, "done", "Доложено 30 апреля.\n<b>Дважды.</b>", f"{entry.evidence.text} Было иначе.")
    register.note("choirs-2022#op__item_1!1", "superseded", "")
    return create_app(settings, searcher)


def _scan(source: Path, target: Path) -> None:
    """The first page of a PDF as it is, the second as a picture without text."""
    given = pdfium.PdfDocument(source)
    made = pdfium.PdfDocument.new()
    made.import_pages(given, [0])
    width, height = given[1].get_size()
    image = pdfium.PdfImage.new(made)
    image.set_bitmap(given[1].render(scale=2.5, grayscale=True))
    image.set_matrix(pdfium.PdfMatrix().scale(width, height))
    page = made.new_page(width, height)
    page.insert_obj(image)
    page.gen_content()
    made.save(target)
    made.close()
    given.close()


def shoot(sites: Mapping[str, str], folder: Path) -> int:
    """Save every state in every look to `folder`; returns how many pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    taken = 0
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for size, (width, height) in SIZES.items():
            context = browser.new_context(
                viewport={"width": width, "height": height},
                http_credentials={"username": "staff", "password": TOKEN},
            )
            page = context.new_page()
            for ui in ("ru", "en", "he"):
                for state in STATES:
                    if not state.shot or state.site not in sites:
                        continue
                    state.visit(page, sites, ui)
                    for scheme in ("light", "dark"):
                        page.emulate_media(color_scheme=scheme)
                        file = folder / f"{state.name}-{size}-{scheme}-{ui}.png"
                        if state.query.get("mark"):  # a place in a document is pictured as it is met
                            page.screenshot(path=file)
                        else:
                            high = min(page.evaluate("document.documentElement.scrollHeight"), TALL)
                            page.screenshot(
                                path=file, full_page=True, clip={"x": 0, "y": 0, "width": width, "height": high}
                            )
                        taken += 1
            context.close()
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
    parser.add_argument("--url", help="one over the shipped corpus that limits no searches; else all are started")
    parser.add_argument("--readme", action="store_true", help="only search.png, for the README")
    given = parser.parse_args(arguments)

    def take(sites: Mapping[str, str]) -> None:
        if given.readme:
            show(sites["shipped"], given.folder / "search.png")
        else:
            print(f"{shoot(sites, given.folder)} pictures in {given.folder}")

    if given.url:
        take({"shipped": given.url.rstrip("/")})
        return
    settings = load_settings(searches_per_minute=0)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        take(stack.enter_context(sites(create_app(settings), settings.corpus, load_encoder(), folder)))


if __name__ == "__main__":
    main(sys.argv[1:])
