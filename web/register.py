"""The register of commitments as pages, tables and a feed, and the one form that staff have."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Path, Query
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from kb.errors import NotFound, UsageError
from kb.notes import MAX_REMARK, STATUSES, Notes
from kb.register import MOST, SORTS, STRENGTHS, Entry, Register, Wanted
from kb.schemas import Commitments, OneCommitment
from kb.sheets import to_csv, to_xlsx
from web.api import ANY_DAY, ANY_KIND, ANY_LANGUAGE, SAYS, Ui, problems
from web.pages import Links, page_count, page_number, render
from web.security import MAX_QUERY
from web.site import host, interface_of, outside, searcher_of, site_of

__all__ = ["router", "wanted_of"]

ENTRIES: Final = 25  # a page
NEWEST: Final = 50  # in a feed
MAX_FORM: Final = 8 * MAX_REMARK + 1_000  # bytes of a form
FILTERS: Final = {
    "q": "text",
    "performer": "performer",
    "addressee": "addressee",
    "strength": "strength",
    "due": "due",
    "due_from": "due_from",
    "due_to": "due_to",
    "recurring": "recurring",
    "status": "status",
    "body": "body",
    "kind": "kind",
    "lang": "language",
    "document": "document",
    "year": "year",
}
_TABLES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
_NO_STORE: Final = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}

router = APIRouter()


def wanted_of(request: Request) -> Wanted:
    """The filters that an address gives. Raises UsageError."""
    given = request.query_params
    if len(given.get("q", "")) > MAX_QUERY:
        raise HTTPException(413)
    values = {field: value for name, field in FILTERS.items() if (value := given.get(name, "").strip())}
    return Wanted(**values)  # type: ignore[arg-type]  # checked there


def register_of(request: Request) -> Register:
    """The register of the generation in use."""
    return Register(searcher_of(request), Notes(site_of(request).settings.notes))


def commitments(request: Request) -> Response:
    """The register, filtered and sorted."""
    wanted, given = wanted_of(request), request.query_params
    number = page_number(given.get("page", ""))
    found = register_of(request).find(
        wanted,
        sort=given.get("sort", ""),
        limit=ENTRIES,
        offset=(number - 1) * ENTRIES,
        reader=interface_of(request).code,
    )
    return render(
        request,
        "commitments.html",
        headers=_NO_STORE if wanted.text else None,
        found=found,
        wanted=wanted,
        given=given,
        filtered=[name for name in FILTERS if given.get(name) and name != "q"],
        query={name: value for name, value in given.items() if name not in {"page", "ui"}},
        order=given.get("sort") or ("relevance" if wanted.text else "newest"),
        strengths=STRENGTHS,
        statuses=(*STATUSES[:1], "overdue", *STATUSES[1:]),
        number_of_page=number,
        pages=page_count(found.total, ENTRIES, number),
    )


def commitment(request: Request) -> Response:
    """One commitment with its evidence, how it was made of its text, and its thread."""
    register, reader = register_of(request), interface_of(request).code
    identity = request.query_params.get("id", "")
    steps = register.thread(identity, reader=reader)
    return render(
        request,
        "commitment.html",
        entry=next(step.entry for step in steps if step.entry.id == identity),
        steps=steps,
        staff=bool(site_of(request).settings.staff_token),
    )


def table(request: Request, form: str) -> Response:
    """All that pass the filters, as a file."""
    if form not in _TABLES:
        raise NotFound(f"commitments.{form}: there are {', '.join(_TABLES)} and atom")
    found = register_of(request).find(
        wanted_of(request),
        sort=request.query_params.get("sort", ""),
        limit=MOST,
        reader=interface_of(request).code,
    )
    headers = {**_NO_STORE, "Content-Disposition": f'attachment; filename="commitments.{form}"'}
    if form == "json":
        return JSONResponse(found.to_json(), headers=headers)
    make = to_csv if form == "csv" else to_xlsx
    return Response(make(found.entries, outside(request)), headers=headers, media_type=_TABLES[form])


def feed(request: Request) -> Response:
    """The newest that pass the filters, as an Atom feed."""
    found = register_of(request).find(
        wanted_of(request), sort="newest", limit=NEWEST, reader=interface_of(request).code
    )
    return render(
        request,
        "commitments.xml",
        headers={"Content-Type": "application/atom+xml; charset=utf-8", **_NO_STORE},
        found=found,
        base=host(request),
        here=f"{host(request)}{request.url.path}?{request.url.query}".rstrip("?"),
        updated=max((_moment(entry) for entry in found.entries), default="1970-01-01T00:00:00Z"),
        moment=_moment,
    )


def _among(*known: str) -> dict[str, Any]:
    return {"enum": ["", *known]}


async def _wanted(
    text: Annotated[
        str,
        Query(
            alias="q",
            description="Only those about this, in any language",
            json_schema_extra={"maxLength": MAX_QUERY, "pattern": f"^$|{SAYS}"},
        ),
    ] = "",
    performer: Annotated[str, Query(description="A name as the facets give it, or its entry")] = "",
    addressee: Annotated[str, Query(description="A name as the facets give it, or its entry")] = "",
    strength: Annotated[
        str,
        Query(
            description="acts: those that call for an act; all; or one strength",
            json_schema_extra=_among("acts", "all", *STRENGTHS),
        ),
    ] = "acts",
    due: Annotated[
        str, Query(description="Only with a deadline, or only without", json_schema_extra=_among("stated", "none"))
    ] = "",
    due_from: Annotated[
        str, Query(description="Only due on this date or later, ISO 8601", json_schema_extra=ANY_DAY)
    ] = "",
    due_to: Annotated[str, Query(description="Only due by this date, ISO 8601", json_schema_extra=ANY_DAY)] = "",
    recurring: Annotated[
        str,
        Query(description="Only what is to be done again and again, or not", json_schema_extra=_among("yes", "no")),
    ] = "",
    status: Annotated[str, Query(description="What became of it", json_schema_extra=_among("overdue", *STATUSES))] = "",
    body: Annotated[str, Query(description="Who adopted the document")] = "",
    kind: Annotated[str, Query(description="Kind of the document", json_schema_extra=ANY_KIND)] = "",
    lang: Annotated[str, Query(description="Language of the document", json_schema_extra=ANY_LANGUAGE)] = "",
    document: Annotated[str, Query(description="Only of the document of that id")] = "",
    year: Annotated[
        str, Query(description="Year, month or date of the document, ISO 8601", json_schema_extra=ANY_DAY)
    ] = "",
) -> Wanted:
    if len(text) > MAX_QUERY:
        raise HTTPException(413, f"q: {len(text)} characters; at most {MAX_QUERY} can be searched")
    return Wanted(
        text=text,
        performer=performer.strip(),
        addressee=addressee.strip(),
        strength=strength or "acts",
        due=due,  # type: ignore[arg-type]  # checked there
        due_from=due_from,
        due_to=due_to,
        recurring=recurring,  # type: ignore[arg-type]
        status=status,
        body=body.strip(),
        kind=kind,
        language=lang,
        document=document,
        year=year,
    )


@router.get("/api/commitments", response_model=Commitments, responses=problems(400, 404, 413, 422, 429))
def list_commitments(
    request: Request,
    wanted: Annotated[Wanted, Depends(_wanted)],
    sort: Annotated[
        str, Query(description="else relevance to a text, or the newest first", json_schema_extra=_among(*SORTS))
    ] = "",
    limit: Annotated[int, Query(ge=1, le=500, description="Commitments to return")] = 50,
    offset: Annotated[int, Query(ge=0, le=MOST, description="Commitments to pass over")] = 0,
    ui: Ui = "",
) -> Response:
    """Commitments: who is to do what, for whom, by when, with the words that say so; what is not stated is null."""
    reader = interface_of(request).code
    found = register_of(request).find(wanted, sort=sort, limit=limit, offset=offset, reader=reader)
    return JSONResponse(found.to_json(), headers={**_NO_STORE, "Vary": "Accept-Language"})


@router.get("/api/commitments/{commitment_id}", response_model=OneCommitment, responses=problems(404, 429))
def one_commitment(
    request: Request,
    commitment_id: Annotated[str, Path(description="A commitment's id, its # written as %23")],
    ui: Ui = "",
) -> Response:
    """A commitment, and the same undertaking in other documents, the earliest first."""
    register, reader = register_of(request), interface_of(request).code
    steps = [step.to_json() for step in register.thread(commitment_id, reader=reader)]
    data = {"commitment": register.get(commitment_id, reader=reader).to_json(), "thread": steps}
    return JSONResponse(data, headers={**_NO_STORE, "Vary": "Accept-Language"})


def _moment(entry: Entry) -> str:
    """When an entry last changed: as far as is known, with its document or with its note."""
    date = (entry.document.date or "1970") + "-01-01"[len(entry.document.date or "1970") - 4 :]
    return max(f"{date}T00:00:00Z", entry.note.changed if entry.note else "")


# -- what staff may do -------------------------------------------------------------------------------------------------


def staff(request: Request) -> Response:
    """The form to note what became of a commitment."""
    token = _authorised(request)
    entry = register_of(request).get(request.query_params.get("id", ""), reader=interface_of(request).code)
    return _form(request, token, entry)


def _form(request: Request, token: str, entry: Entry, status: str = "", remark: str | None = None) -> Response:
    """The form; where what it was filled in for has changed meanwhile, with what was filled in."""
    return render(
        request,
        "note.html",
        200 if remark is None else 409,
        # Without a referrer a browser would not say either that the form comes from here.
        headers={**_NO_STORE, "Referrer-Policy": "same-origin"},
        entry=entry,
        stale=remark is not None,
        status=status or (entry.note.status if entry.note else ""),
        remark=remark if remark is not None else entry.note.remark if entry.note else "",
        statuses=STATUSES,
        seal=_seal(token, entry),
        most=MAX_REMARK,
    )


async def note(request: Request) -> Response:
    """Store what staff note, and show the commitment."""
    token = _authorised(request)
    _same_site(request)
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM:
            raise HTTPException(413)
    try:
        form = {name: values[-1] for name, values in parse_qs(body.decode("utf-8"), True, max_num_fields=8).items()}
    except ValueError:
        raise UsageError("the form: not in UTF-8, or with too many fields") from None
    return await run_in_threadpool(_store, request, token, form)


def _store(request: Request, token: str, form: Mapping[str, str]) -> Response:
    identity, status, remark = (form.get(name, "") for name in ("id", "status", "remark"))
    register = register_of(request)
    entry = register.get(identity, reader=interface_of(request).code)
    remark = remark.replace("\r\n", "\n")
    seal = form.get("seal", "").encode()
    if not any(hmac.compare_digest(seal, _seal(token, entry, days).encode()) for days in (0, 1)):
        return _form(request, token, entry, status if status in STATUSES else "", remark[:MAX_REMARK])
    register.note(identity, status, remark)
    links = Links(request, site_of(request), interface_of(request))
    return RedirectResponse(links.to("/commitment", id=identity), status_code=303, headers=_NO_STORE)


def _authorised(request: Request) -> str:
    """The staff's token, where the request shows it as a password. Raises HTTPException 404, 401."""
    token = site_of(request).settings.staff_token
    if not token:
        raise HTTPException(404)
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    try:
        shown = base64.b64decode(value, validate=True).decode("utf-8").partition(":")[2]
    except ValueError:  # no base64, not even ASCII, or not UTF-8 inside
        shown = ""
    # Digests are compared, so that the time taken does not depend on what was shown.
    alike = hmac.compare_digest(hashlib.sha256(shown.encode()).digest(), hashlib.sha256(token.encode()).digest())
    if scheme.lower() != "basic" or not alike:
        challenge = 'Basic realm="kb", charset="UTF-8"'
        raise HTTPException(401, headers={"WWW-Authenticate": challenge})
    return token


def _same_site(request: Request) -> None:
    """Raises HTTPException 403 for a form that another site has sent."""
    origin = request.headers.get("origin")
    foreign = request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}
    if foreign or (origin is not None and origin.partition("://")[2] != request.headers.get("host")):
        raise HTTPException(403)


def _seal(token: str, entry: Entry, days: int = 0) -> str:
    """What stands in the form of a commitment as it is now, and cannot be made without the token; good for this day,
    or for the one so many `days` ago.
    """
    day = f"{datetime.now(UTC) - timedelta(days=days):%Y-%m-%d}"
    noted = entry.note.changed if entry.note else ""
    said = "\0".join((entry.id, entry.evidence.text, noted, day))
    return hmac.new(token.encode(), said.encode(), hashlib.sha256).hexdigest()


for _path, _endpoint, _methods in (
    ("/commitments", commitments, ["GET", "HEAD"]),
    ("/commitments.atom", feed, ["GET", "HEAD"]),
    ("/commitments.{form}", table, ["GET", "HEAD"]),
    ("/commitment", commitment, ["GET", "HEAD"]),
    ("/staff/commitment", staff, ["GET", "HEAD"]),
    ("/staff/commitment", note, ["POST"]),
):
    router.add_api_route(_path, _endpoint, methods=_methods, include_in_schema=False, response_model=None)
