"""What other programs ask of the site: a search plug-in, feeds, references, a map of the documents."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from kb.errors import NotFound, UsageError
from kb.model import page_at
from kb.references import FORMS, Reference
from web.pages import RESULTS, Links, filters_of, render
from web.security import MAX_QUERY
from web.site import host, interface_of, outside, searcher_of, site_of

__all__ = ["router"]

NEWEST: Final = 50  # documents in a feed
FOUND: Final = 30  # passages in a feed
MAPPED: Final = 50_000  # addresses that one sitemap may hold (sitemaps.org)
_FEED: Final = "application/atom+xml; charset=utf-8"

router = APIRouter()


def moment(date: str) -> str:
    """An ISO date, month or year as the moment that a feed needs; the beginning of 1970 for none."""
    return f"{(date or '1970') + '-01-01'[len(date or '1970') - 4 :]}T00:00:00Z"


def opensearch(request: Request) -> Response:
    """The description by which a browser takes the search as its own."""
    headers = {"Content-Type": "application/opensearchdescription+xml; charset=utf-8"}
    return render(request, "opensearch.xml", headers=headers, base=outside(request))


def documents_feed(request: Request) -> Response:
    """The newest documents."""
    everything = site_of(request).library.documents(searcher_of(request))
    newest = everything[:NEWEST]
    return render(
        request,
        "documents.xml",
        headers={"Content-Type": _FEED},
        documents=newest,
        base=host(request),
        here=host(request) + Links(request, site_of(request), interface_of(request)).to("/documents.atom"),
        updated=max((moment(entry.date) for entry in newest), default=moment("")),
        moment=moment,
    )


def search_feed(request: Request) -> Response:
    """The passages that answer a question, those of the newest documents first."""
    query = request.query_params.get("q", "")
    if not query.strip():
        raise UsageError("q: give a question")
    if len(query) > MAX_QUERY:
        raise HTTPException(413)
    filters = filters_of(request.query_params)
    answer = searcher_of(request).search(query, limit=FOUND, filters=filters, reader=interface_of(request).code)
    found = [hit for hit in answer.hits if hit.strength != "nothing"]
    found.sort(key=lambda hit: hit.date, reverse=True)
    return render(
        request,
        "search.xml",
        headers={"Content-Type": _FEED, **RESULTS},
        query=query,
        hits=found,
        base=host(request),
        here=f"{host(request)}{request.url.path}?{request.url.query}".rstrip("?"),
        updated=max((moment(hit.date) for hit in found), default=moment("")),
        moment=moment,
    )


def reference(request: Request, document_id: str, form: str) -> Response:
    """A document, or with `at` one of its provisions, for a reference manager."""
    if form not in FORMS:
        raise NotFound(f"citation.{form}: there are {', '.join(FORMS)}")
    searcher, reader = searcher_of(request), interface_of(request).code
    stored = searcher.document(document_id)
    at = request.query_params.get("at", "")
    found = next((provision for provision in stored.provisions if provision.eid == at), None)
    if at and found is None:
        raise NotFound(f"at: the document has no place {at!r}")
    media_type, make = FORMS[form]
    links = Links(request, site_of(request), interface_of(request))
    address = f"{host(request)}{links.document(document_id, at)}"
    text = make(
        Reference(
            stored.document,
            searcher.locate(stored.document, at, reader) if at else "",
            page_at(stored.document.pages, found.start) if found else None,
            address,
            reader,
        )
    )
    headers = {"Content-Disposition": f'attachment; filename="{quote(document_id)}.{form}"', "Vary": "Accept-Language"}
    return Response(text, headers=headers, media_type=media_type)


def sitemap(request: Request) -> Response:
    """Every document's address, for search engines."""
    documents = site_of(request).library.documents(searcher_of(request))[:MAPPED]
    return render(
        request,
        "sitemap.xml",
        headers={"Content-Type": "application/xml; charset=utf-8"},
        documents=documents,
        base=host(request),
    )


def robots(request: Request) -> Response:
    """Documents may be indexed, answers to questions not."""
    root = request.scope.get("root_path", "").rstrip("/")
    closed = "".join(f"Disallow: {root}{path}\n" for path in ("/search", "/similar", "/api/", "/staff/"))
    return PlainTextResponse(f"User-agent: *\n{closed}Sitemap: {outside(request)}/sitemap.xml\n")


for _path, _endpoint in (
    ("/opensearch.xml", opensearch),
    ("/documents.atom", documents_feed),
    ("/search.atom", search_feed),
    ("/doc/{document_id}/citation.{form}", reference),
    ("/sitemap.xml", sitemap),
    ("/robots.txt", robots),
):
    router.add_api_route(_path, _endpoint, methods=["GET", "HEAD"], include_in_schema=False, response_model=None)
