"""The pages people read: home, results, a document, the list of documents, about, errors."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote, urlencode

from fastapi import APIRouter
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response

from kb.cite import citation
from kb.errors import NotFound, UsageError
from kb.model import KINDS, Document
from kb.pictures import PAGED
from kb.query import Query, parse_query
from kb.references import FORMS, to_schema_org
from kb.search import Answer, Filters, Hit, Searcher
from web.i18n import Interface
from web.reading import lay_out, outline, place_of, title_of
from web.security import MAX_QUERY
from web.site import Site, host, interface_of, searcher_of, site_of
from web.text import source_place, visible

__all__ = ["RESULTS", "Links", "error_page", "filters_of", "page_count", "page_number", "render", "router"]

HITS: Final = 10  # a page
DOCUMENTS: Final = 50  # a page of the list
NEWEST: Final = 5
SIMILAR: Final = 12  # passages shown beside one
MAX_PAGE: Final = 100
_FILTERS: Final = ("lang", "kind", "body", "from", "to", "document")
# What a reader asked is neither kept nor listed elsewhere.
RESULTS: Final = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}


# Characters that XML 1.0 has no way to hold.
_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Links:
    """Addresses below the application's own root, which keep the interface language that the reader chose."""

    def __init__(self, request: Request, site: Site, interface: Interface) -> None:
        self.root = request.scope.get("root_path", "").rstrip("/")
        self.path = request.url.path.removeprefix(self.root)
        self.query = request.query_params
        self.assets = site.assets
        self.ui = interface.code if self.query.get("ui") == interface.code else ""

    def to(self, path: str, anchor: str = "", **query: object) -> str:
        """A link to `path`; empty query values are left out, and a trailing `_` of a name (`from_`)."""
        return self._address(
            path, anchor, {**{name.rstrip("_"): value for name, value in query.items()}, "ui": self.ui}
        )

    def document(self, document_id: str, anchor: str = "", **query: object) -> str:
        """A link to a document, or to a place in it."""
        return self.to(f"/doc/{document_id}", anchor, **query)

    def hit(self, url: str, **query: object) -> str:
        """A link to a hit's own address, `/doc/{id}#{eid}`."""
        path, _, anchor = url.partition("#")
        return self.to(path, anchor, **query)

    def page(self, number: int) -> str:
        """This page with another page number."""
        return self._address(self.path, "", {**self.query, "page": number if number > 1 else ""})

    def changed(self, **query: object) -> str:
        """This page, from its first page on, with other query values; "" leaves one out."""
        return self._address(self.path, "", {**self.query, **query, "page": ""})

    def feed(self) -> str:
        """This search as a feed."""
        return self._address("/search.atom", "", {**self.query, "page": ""})

    def in_language(self, code: str) -> str:
        """This page in another interface language."""
        return self._address(self.path, "", {**self.query, "ui": code})

    def static(self, name: str) -> str:
        """A static file, its digest in the address."""
        return f"{self.root}/static/{name}?v={self.assets[name]}"

    def _address(self, path: str, anchor: str, query: Mapping[str, object]) -> str:
        given = {name: str(value) for name, value in query.items() if value not in ("", None)}
        # One slash in front: "//name" would leave for another host.
        address = f"{self.root}/{quote(path.lstrip('/'), safe='/~')}"
        return address + (f"?{urlencode(given)}" if given else "") + (f"#{quote(anchor, safe='~')}" if anchor else "")


def home(request: Request) -> Response:
    """One search box, what there is, and questions that work."""
    searcher = searcher_of(request)
    everything = site_of(request).library.documents(searcher)
    return render(
        request,
        "home.html",
        kinds=_count_kinds(everything),
        newest=[entry for entry in everything if entry.date][:NEWEST],
        examples=_examples(request, searcher),
        manifest=searcher.manifest,
    )


def search(request: Request) -> Response:
    """Results of a question. Without a question: home."""
    given = request.query_params
    query = given.get("q", "")
    if not query.strip():
        links = Links(request, site_of(request), interface_of(request))
        return RedirectResponse(links.to("/"), status_code=303, headers={"Cache-Control": "no-store"})
    if len(query) > MAX_QUERY:
        raise HTTPException(413)
    number = page_number(given.get("page", ""))
    exact = given.get("exact") in {"1", _seal(query)}
    searcher = searcher_of(request)
    filters = filters_of(given)
    answer = searcher.search(
        query,
        limit=HITS,
        offset=(number - 1) * HITS,
        filters=filters,
        reader=interface_of(request).code,
        group=True,
        rescue=not exact,
    )
    if _wants_json(request):
        return JSONResponse(answer.to_json(), headers={**RESULTS, "Vary": "Accept, Accept-Language"})
    pages = page_count(answer.total, HITS, number)
    within = searcher.document(filters.document).document if filters.document else None
    return render(
        request,
        "search.html",
        headers={**RESULTS, "Vary": "Accept, Accept-Language"},
        answer=answer,
        exact=_seal(query) if exact else "",
        rescued=answer.rescued if visible(answer.searched) != visible(query) else "",
        known=answer.language not in {"", "und", "zxx"},
        unmet=_unmet(answer),
        shelves=_shelves(answer, number),
        given=given,
        filtered=[name for name in _FILTERS if given.get(name)],
        within=within,
        number_of_page=number,
        pages=pages,
        examples=_examples(request, searcher),
    )


def filters_of(given: Mapping[str, str]) -> Filters:
    """The filters that an address gives."""
    return Filters(
        language=given.get("lang", ""),
        kind=given.get("kind", ""),
        body=given.get("body", ""),
        document=given.get("document", ""),
        date_from=given.get("from", ""),
        date_to=given.get("to", ""),
    )


def similar(request: Request) -> Response:
    """A passage, and those of other documents that say nearly the same."""
    searcher, reader = searcher_of(request), interface_of(request).code
    passage = searcher.passage(request.query_params.get("id", ""), reader=reader)
    hits = searcher.similar(passage.passage_id, limit=SIMILAR, reader=reader)
    return render(request, "similar.html", headers=RESULTS, passage=passage, hits=_grouped(hits))


def document(request: Request, document_id: str) -> Response:
    """A whole document, each provision with its anchor."""
    stored = searcher_of(request).document(document_id)
    shown = stored.document
    match = re.fullmatch(r"(\d{1,9})-(\d{1,9})", request.query_params.get("mark", ""))
    interface = interface_of(request)
    # What the page is made of: the document in its generation, the address, the language, the pages' own look.
    look = ",".join(site_of(request).assets.values())
    made_of = (shown.sha256, searcher_of(request).generation, request.url.query, interface.code, look, host(request))
    tag = f'"{hashlib.sha256(chr(0).join(made_of).encode()).hexdigest()[:24]}"'
    headers = {"ETag": tag, "Vary": "Accept-Language"}
    known = {part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")}
    if known & {tag, "*"}:
        return Response(status_code=304, headers=headers)
    links = Links(request, site_of(request), interface)
    address = f"{host(request)}{links.document(shown.id)}"
    place = (int(match[1]), int(match[2])) if match else None
    return render(
        request,
        "document.html",
        headers=headers,
        at=place_of(stored.provisions, place[0]) if place else "",
        forms=FORMS,
        schema=Markup(to_schema_org(shown, address)),  # noqa: S704 – escaped there for a script element
        document=shown,
        mark=match[0] if match else "",
        at_source=source_place(shown.source, shown.media_type, shown.text, place or (0, 0)),
        pictured=shown.media_type == PAGED,
        citation=citation(shown, "", None, interface_of(request).code),
        title=title_of(shown, stored.provisions),
        lines=lay_out(shown, stored.provisions, place),
        outline=outline(shown, stored.provisions),
    )


def original(request: Request, document_id: str) -> Response:
    """The file a document was read from, to be saved and never shown inside this site."""
    searcher = searcher_of(request)
    shown = searcher.document(document_id).document
    path = searcher.original(document_id)
    headers = {"Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'"}
    return FileResponse(path, media_type=shown.media_type, filename=path.name, headers=headers)


def documents(request: Request) -> Response:
    """All documents, newest first."""
    everything = site_of(request).library.documents(searcher_of(request))
    number = page_number(request.query_params.get("page", ""))
    kind = request.query_params.get("kind", "")
    if kind and kind not in KINDS:
        raise UsageError(f"kind: {kind!r} is none of {', '.join(KINDS)}")
    chosen = [entry for entry in everything if not kind or entry.kind == kind]
    return render(
        request,
        "documents.html",
        kind=kind,
        kinds=_count_kinds(everything),
        total=len(chosen),
        documents=chosen[(number - 1) * DOCUMENTS : number * DOCUMENTS],
        number_of_page=number,
        pages=page_count(len(chosen), DOCUMENTS, number),
    )


def about(request: Request) -> Response:
    """What is covered, what is kept, what this is not."""
    searcher = searcher_of(request)
    everything = site_of(request).library.documents(searcher)
    return render(
        request,
        "about.html",
        manifest=searcher.manifest,
        kinds=_count_kinds(everything).items(),
        languages=Counter(entry.language for entry in everything).most_common(),
        years=sorted(Counter(entry.date[:4] for entry in everything).items(), reverse=True),
        licences=Counter(entry.licence for entry in everything).most_common(),
        pictures=[_pictures(entry) for entry in everything if any(page.method != "text" for page in entry.pages)],
    )


def _wants_json(request: Request) -> bool:
    """Whether the request asks for JSON before HTML: a search address is then answered as `/api/search` would be."""
    weights = {"application/json": 0.0, "text/html": 0.0}
    for part in request.headers.get("accept", "").lower().split(",")[:32]:
        name, _, parameter = part.partition(";")
        with suppress(ValueError):
            weights[name.strip()] = float(parameter.strip().removeprefix("q=") or 1)
    return weights["application/json"] > weights["text/html"]


def _pictures(document: Document) -> dict[str, Any]:
    """How many pages of a document were recognised in pictures, how surely at least, and how many gave nothing."""
    recognised = [page.confidence or 0.0 for page in document.pages if page.method == "ocr"]
    return {
        "id": document.id,
        "title": document.title or document.path,
        "recognised": len(recognised),
        "confidence": min(recognised, default=0.0),
        "unread": sum(page.method == "none" for page in document.pages),
    }


def error_page(request: Request, status: int, detail: str = "") -> Response:
    """A page that says what happened and what to do. `detail` is one line about the reader's own input."""
    headers = {"Cache-Control": "no-store"}
    if status == 503:
        headers["Retry-After"] = "5"
    return render(request, "error.html", status, headers, status=status, detail=detail, given=request.query_params)


def render(
    request: Request, template: str, status_code: int = 200, headers: Mapping[str, str] | None = None, **context: Any
) -> Response:
    """A page in the reader's language, from a template."""
    site, interface = site_of(request), interface_of(request)
    html = interface.templates.get_template(template).render(
        interface=interface,
        interfaces=site.interfaces,
        links=Links(request, site, interface),
        max_query=MAX_QUERY,
        **context,
    )
    if template.endswith(".xml"):
        html = _NO_XML.sub("", html)
    vary = {"Vary": "Accept-Language", "Content-Language": interface.code}
    return HTMLResponse(html, status_code, {**vary, **(headers or {})})


def _count_kinds(documents: Iterable[Document]) -> dict[str, int]:
    """Documents of each kind, most first."""
    return dict(Counter(document.kind for document in documents).most_common())


def _shelves(answer: Answer, number: int) -> list[tuple[str, list[Hit]]]:
    """Hits under the headings that they deserve: the answer, those near in meaning, those far."""
    shelves: dict[str, list[Hit]] = {}
    for index, hit in enumerate(answer.hits):
        far = answer.unmet or hit.strength == "nothing"
        best = not far and number == 1 and index == 0 and hit.strength == "strong"
        shelves.setdefault("answer" if best else "far" if far else "near", []).append(hit)
    return list(shelves.items())


def _grouped(hits: Iterable[Hit]) -> list[Hit]:
    """Each document once, by its first hit; its others stand under that one."""
    documents: dict[str, list[Hit]] = {}
    for hit in hits:
        documents.setdefault(hit.document_id, []).append(hit)
    return [replace(best, more=tuple(more)) for best, *more in documents.values()]


def _unmet(answer: Answer) -> Query | None:
    """The query, where no passage meets what it has in quotes and excludes."""
    asked = parse_query(answer.searched)
    return asked if answer.unmet or (asked.excluded and not answer.hits) else None


def _seal(query: str) -> str:
    """Stands in the form for `exact=1`, and holds for this query only: another one may be mended again."""
    return f"{zlib.crc32(query.encode('utf-8', 'replace')):08x}"


def page_number(value: str) -> int:
    """The page that an address asks for. Raises UsageError."""
    if not value:
        return 1
    if not re.fullmatch(r"[0-9]{1,3}", value) or not 1 <= int(value) <= MAX_PAGE:
        raise UsageError(f"page: give a number from 1 to {MAX_PAGE}")
    return int(value)


def page_count(total: int, size: int, number: int) -> int:
    """How many pages there are. Raises NotFound where `number` is beyond the last."""
    pages = min(-(-total // size), MAX_PAGE)
    if number > max(pages, 1):
        raise NotFound(f"page {number}: there are {pages}")
    return pages


def _examples(request: Request, searcher: Searcher) -> list[str]:
    """Example questions in the reader's language that this index answers."""
    interface = interface_of(request)
    cache = site_of(request).examples.setdefault(searcher, {})
    if interface.code not in cache:
        _ = interface.gettext
        questions = (
            _("I was arrested abroad. Will my consulate be told?"),
            _("Is an interpreter free of charge in court?"),
            _("My child was taken to another country. What should I do?"),
            _("What must the chair of the World Coordination Council report in 2023?"),
        )
        answers = ((question, searcher.search(question, limit=1).strength) for question in questions)
        cache[interface.code] = [question for question, strength in answers if strength != "nothing"]
    return cache[interface.code]


router = APIRouter()
for _path, _endpoint in (
    ("/", home),
    ("/search", search),
    ("/similar", similar),
    ("/doc/{document_id}/original", original),
    ("/doc/{document_id}", document),
    ("/documents", documents),
    ("/about", about),
):
    router.add_api_route(_path, _endpoint, methods=["GET", "HEAD"], include_in_schema=False, response_model=None)
