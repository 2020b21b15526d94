"""The JSON API: the same words as the pages and as `kb search --json`; errors as RFC 9457 problems."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from kb.errors import KBError
from kb.search import Filters, document_to_json
from web.security import MAX_QUERY
from web.site import interface_of, searcher_of, site_of

__all__ = ["problem", "router"]

router = APIRouter()
_NO_STORE: Final = {"Cache-Control": "no-store"}

Limit = Annotated[int, Query(ge=1, le=100, description="Passages to return")]
Ui = Annotated[str, Query(description="Language of citations; else Accept-Language decides")]


async def _filters(
    lang: Annotated[str, Query(description="Language of the documents, as in the facets")] = "",
    kind: Annotated[str, Query(description="resolution, guide, programme, law or other")] = "",
    body: Annotated[str, Query(description="Who adopted or issued the document")] = "",
    date_from: Annotated[str, Query(alias="from", description="Earliest date or year, ISO 8601")] = "",
    date_to: Annotated[str, Query(alias="to", description="Latest date or year, ISO 8601")] = "",
    document: Annotated[str, Query(description="Only in the document of that id")] = "",
) -> Filters:
    return Filters(language=lang, kind=kind, body=body, document=document, date_from=date_from, date_to=date_to)


Chosen = Annotated[Filters, Depends(_filters)]


@router.get("/api/search")
def search(
    request: Request,
    q: Annotated[str, Query(description="The question, in any language; at most 2,000 characters")],
    filters: Chosen,
    limit: Limit = 10,
    offset: Annotated[int, Query(ge=0, le=1_000, description="Passages to pass over")] = 0,
    exact: Annotated[bool, Query(description="Search for exactly what was typed, and mend nothing")] = False,
    ui: Ui = "",
) -> Response:
    """Passages that answer a question, each with its exact quote, citation and address.

    A question that seems mistyped is mended: `searched` is what was searched, `rescued` why – `layout` (another
    keyboard layout), `transliteration` (Latin letters for Cyrillic), `spelling` or `characters` (odd ones) – or "".
    "Phrases in quotes" must stand in a passage, -excluded words must not. Where no passage has the phrases, `unmet` is
    true and the passages are the nearest without them.
    """
    if len(q) > MAX_QUERY:
        raise HTTPException(413, f"q: {len(q)} characters; at most {MAX_QUERY} can be searched")
    if not q.strip():
        raise HTTPException(422, "q: give a question")
    answer = searcher_of(request).search(
        q, limit=limit, offset=offset, filters=filters, reader=interface_of(request).code, rescue=not exact
    )
    return JSONResponse(answer.to_json(), headers=_NO_STORE | {"Vary": "Accept-Language"})


@router.get("/api/similar/{passage_id}")
def similar(
    request: Request,
    passage_id: Annotated[str, Path(description="A hit's passage_id, its # written as %23")],
    filters: Chosen,
    limit: Limit = 10,
    ui: Ui = "",
) -> Response:
    """Passages of other documents, in any language, that say nearly what a passage says, the nearest first."""
    searcher, reader = searcher_of(request), interface_of(request).code
    passage = searcher.passage(passage_id, reader=reader)
    hits = searcher.similar(passage.passage_id, limit=limit, filters=filters, reader=reader)
    data = {"passage_id": passage.passage_id, "hits": [hit.to_json() for hit in hits]}
    return JSONResponse(data, headers=_NO_STORE | {"Vary": "Accept-Language"})


@router.get("/api/documents/{document_id}")
def document(request: Request, document_id: str) -> Response:
    """A document's metadata and its provisions in reading order."""
    return JSONResponse(document_to_json(searcher_of(request).document(document_id)))


@router.get("/livez", include_in_schema=False)
def live() -> Response:
    """The process answers."""
    return PlainTextResponse("alive\n")


@router.get("/readyz", include_in_schema=False)
def ready(request: Request) -> Response:
    """A verified generation is open and finds a passage; `warning` says what is wrong with a newer one."""
    try:
        searcher = searcher_of(request)
        # By meaning alone, so that what the ranker keeps of a reader's last question stays.
        found = searcher.search("2022", limit=1, mode="dense").hits
    except KBError as error:
        return problem(503, str(error))
    if not found:
        return problem(503, "the index gives no passage")
    warning = site_of(request).library.warning
    data = {"status": "ready", "generation": searcher.generation, "warning": warning}
    return JSONResponse(data, headers=_NO_STORE)


def problem(status: int, detail: str = "", errors: list[dict[str, Any]] | None = None) -> Response:
    """An RFC 9457 problem; `detail` never repeats the question."""
    content = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    if detail:
        content["detail"] = detail
    if errors:
        content["errors"] = errors
    headers = dict(_NO_STORE) | ({"Retry-After": "5"} if status == 503 else {})
    return JSONResponse(content, status, headers, media_type="application/problem+json")
