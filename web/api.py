"""The JSON API: the same words as the pages and as `kb search --json`; errors as RFC 9457 problems."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus
from importlib.resources import files
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from fastapi import APIRouter, Depends, FastAPI, Path, Query
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from kb.errors import KBError
from kb.model import DATE, KINDS, LANGUAGE
from kb.schemas import Document, Similar
from kb.search import Answer, Filters, document_to_json
from web.i18n import Interface
from web.pages import render
from web.security import MAX_QUERY, MAX_QUERY_STRING
from web.site import interface_of, searcher_of, site_of

__all__ = ["ANY_DAY", "ANY_KIND", "ANY_LANGUAGE", "SAYS", "Ui", "describe", "problem", "problems", "router"]

router = APIRouter()
_NO_STORE: Final = {"Cache-Control": "no-store"}

# What the filters and the search itself refuse is said here once more, for the description only.
ANY_DAY: Final = {"pattern": f"^({DATE.pattern})?$"}
ANY_KIND: Final = {"enum": ["", *KINDS]}
ANY_LANGUAGE: Final = {"pattern": f"^({LANGUAGE.pattern})?$"}
# One letter or digit at least: without any there is nothing to search for.
SAYS: Final = r"[\p{L}\p{N}]"

Limit = Annotated[int, Query(ge=1, le=100, description="Passages to return")]
Ui = Annotated[
    str, Query(description="Language of citations; else, and where it is none of ours, Accept-Language decides")
]


async def _filters(
    lang: Annotated[
        str, Query(description="Language of the documents, as in the facets", json_schema_extra=ANY_LANGUAGE)
    ] = "",
    kind: Annotated[str, Query(description="Kind of the documents", json_schema_extra=ANY_KIND)] = "",
    body: Annotated[str, Query(description="Who adopted or issued the document")] = "",
    date_from: Annotated[
        str, Query(alias="from", description="Earliest date, month or year, ISO 8601", json_schema_extra=ANY_DAY)
    ] = "",
    date_to: Annotated[
        str, Query(alias="to", description="Latest date, month or year, ISO 8601", json_schema_extra=ANY_DAY)
    ] = "",
    document: Annotated[str, Query(description="Only in the document of that id")] = "",
) -> Filters:
    return Filters(language=lang, kind=kind, body=body, document=document, date_from=date_from, date_to=date_to)


Chosen = Annotated[Filters, Depends(_filters)]

_REASONS: Final[Mapping[int, str]] = {
    400: "A filter that has no such value, or a question that says nothing to search for",
    404: "Nothing has that id",
    405: "Only GET is answered here",
    413: f"A question of more than {MAX_QUERY} characters",
    414: f"More than {MAX_QUERY_STRING} bytes after the question mark of the address",
    422: "A parameter that is missing, no number or out of its bounds; `errors` names it",
    429: "Too many searches of one address within a minute",
    500: "A failure of ours",
    503: "No index yet, too many searches at once, or one that takes too long",
}
_AGAIN: Final = {
    "Retry-After": {"required": True, "description": "Seconds to wait", "schema": {"type": "integer", "minimum": 1}}
}
_HEADERS: Final[Mapping[int, dict[str, Any]]] = {
    405: {"Allow": {"required": True, "description": "What is answered", "schema": {"type": "string"}}},
    429: _AGAIN,
    503: _AGAIN,
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """How an operation may refuse, as FastAPI takes it: with these statuses, and with those of all operations."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": _REASONS[status], "content": content, "headers": _HEADERS.get(status, {})}
        for status in sorted({*statuses, 405, 414, 500, 503})
    }


@router.get("/api/search", response_model=Answer, responses=problems(400, 404, 413, 422, 429))
def search(
    request: Request,
    q: Annotated[
        str,
        Query(
            description="The question, in any language; at most 2,000 characters",
            json_schema_extra={"minLength": 1, "maxLength": MAX_QUERY, "pattern": SAYS},
        ),
    ],
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


@router.get("/api/similar/{passage_id}", response_model=Similar, responses=problems(400, 404, 422, 429))
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


@router.get("/api/documents/{document_id}", response_model=Document, responses=problems(404))
def document(request: Request, document_id: Annotated[str, Path(description="A hit's document_id")]) -> Response:
    """A document's metadata and its provisions in reading order."""
    return JSONResponse(document_to_json(searcher_of(request).document(document_id)))


@router.get("/api/docs", include_in_schema=False)
def docs(request: Request) -> Response:
    """The OpenAPI document as a page to read."""
    document = request.app.openapi()
    operations = [
        _operation(path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    base = f"{request.url.scheme}://{request.url.netloc}{request.scope.get('root_path', '').rstrip('/')}"
    return render(request, "api.html", operations=operations, base=base)


def describe(app: FastAPI) -> None:
    """Complete the OpenAPI document of an application that has all its routes: an example of each operation, with
    an address that can be asked, and errors as the problems that they are.
    """
    document = app.openapi()
    schemas = document["components"]["schemas"]
    schemas["Problem"] = _PROBLEM
    for framework in ("HTTPValidationError", "ValidationError"):  # its own words for what a Problem says here
        schemas.pop(framework, None)
    for path, methods in document["paths"].items():
        example = _examples().get(path, {})
        given = _given(path, example.get("address", ""))
        for operation in methods.values():
            if "HTTPValidationError" in str(operation["responses"].get("422")):
                del operation["responses"]["422"]  # added wherever there is a parameter; a text is never refused so
            if example:
                operation["responses"]["200"]["content"]["application/json"]["example"] = example["answer"]
            for parameter in operation.get("parameters", []):
                if parameter["name"] in given:
                    kind = parameter["schema"].get("type")
                    value = given[parameter["name"]]
                    parameter["example"] = int(value) if kind == "integer" else value


_PROBLEM: Final = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What to do; never repeats the question"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"at": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}


@lru_cache(maxsize=1)
def _examples() -> dict[str, dict[str, Any]]:
    """An address and its answer for each path; the tests hold them to what is answered."""
    text = (files("web") / "templates" / "api.json").read_text(encoding="utf-8")
    examples: dict[str, dict[str, Any]] = json.loads(text)
    return examples


def _given(path: str, address: str) -> dict[str, str]:
    """The values that an address gives to the parameters of a path."""
    parts = urlsplit(address)
    pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path))
    match = re.fullmatch(pattern, parts.path)
    placed = {name: unquote(value) for name, value in match.groupdict().items()} if match else {}
    return {**dict(parse_qsl(parts.query)), **placed}


def _operation(path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    """One operation as the page shows it."""
    example = _examples().get(path, {})
    # Between two backticks stands what is to be typed or is answered.
    paragraphs = [" ".join(each.split()) for each in operation.get("description", "").split("\n\n")]
    return {
        "id": operation["operationId"],
        "path": path,
        "method": method.upper(),
        "description": [[(w, n % 2 == 1) for n, w in enumerate(each.split("`"))] for each in paragraphs if each],
        "parameters": [
            {
                "name": parameter["name"],
                "required": parameter.get("required", False),
                "description": parameter.get("description", ""),
                "kind": _kind(parameter["schema"]),
            }
            for parameter in operation.get("parameters", [])
        ],
        "address": example.get("address", ""),
        "answer": json.dumps(example.get("answer"), ensure_ascii=False, indent=2),
    }


def _kind(schema: dict[str, Any]) -> str:
    """A parameter's type, bounds and default in a few words."""
    words = [str(schema.get("type", "string"))]
    if "enum" in schema:
        words = [f"one of {', '.join(filter(None, schema['enum']))}"]
    if "minimum" in schema:
        words.append(f"{schema['minimum']}–{schema['maximum']}" if "maximum" in schema else f"≥ {schema['minimum']}")
    if schema.get("default", "") != "":
        words.append(f"default {json.dumps(schema['default'])}")
    return ", ".join(words)


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


def problem(
    status: int, detail: str = "", errors: list[dict[str, Any]] | None = None, reader: Interface | None = None
) -> Response:
    """An RFC 9457 problem; `detail` never repeats the question. Where there is none, a reader is told what to do
    about one that passes, in the reader's language.
    """
    told = ""
    if reader and not detail and status in {429, 503}:
        _, told = reader.gettext, reader.code
        detail = (
            _("More searches came from your connection within a minute than one may make here. Wait and try again.")
            if status == 429
            else _("The collection is being prepared or many people are searching. Wait a few seconds and try again.")
        )
    content = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    if detail:
        content["detail"] = detail
    if errors:
        content["errors"] = errors
    headers = dict(_NO_STORE) | ({"Retry-After": "5"} if status == 503 else {})
    if told:
        headers |= {"Content-Language": told, "Vary": "Accept-Language"}
    return JSONResponse(content, status, headers, media_type="application/problem+json")
