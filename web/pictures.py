"""A page of a paged original as a picture, the passage outlined, with its text beside it."""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from kb.errors import NotFound, UnreadableFile
from kb.model import Document, Page
from kb.pictures import PAGED, Pictures
from kb.read.drawing import DRAWING_VERSION, Drawing
from kb.search import Searcher, StoredDocument
from web.pages import render
from web.reading import place_of
from web.site import searcher_of
from web.text import Segment, link_segments, mark_segments

__all__ = ["router"]

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _View:
    """A page that was asked for. `mark`: the place sought, in the document; `span`: what of it stands on this page,
    in the page's own text."""

    searcher: Searcher
    stored: StoredDocument
    page: Page
    mark: Span | None
    span: Span | None

    @property
    def document(self) -> Document:
        return self.stored.document

    @property
    def text(self) -> str:
        return self.document.text[self.page.start : self.page.end]


def page(request: Request, document_id: str, number: str) -> Response:
    """A page as a picture, its text beside it, and the ways to its neighbours and to its place in the document."""
    view = _view(request, document_id, number)
    shown = view.document
    drawing: Drawing | None = None
    with suppress(UnreadableFile, NotFound):  # the page says so and shows the text that was read
        drawing = _draw(request, view)
    at = shown.pages.index(view.page)
    return render(
        request,
        "page.html",
        headers={"X-Robots-Tag": "noindex"},
        document=shown,
        page=view.page,
        before=shown.pages[at - 1].number if at else 0,
        after=shown.pages[at + 1].number if at + 1 < len(shown.pages) else 0,
        last=shown.pages[-1].number,
        mark=f"{view.mark[0]}-{view.mark[1]}" if view.mark else "",
        place=place_of(view.stored.provisions, view.mark[0] if view.span and view.mark else view.page.start),
        sought=view.span is not None,
        drawing=drawing,
        paragraphs=_paragraphs(view.text, view.span),
    )


def picture(request: Request, document_id: str, number: str) -> Response:
    """The picture alone."""
    view = _view(request, document_id, number)
    made_of = (view.document.sha256, str(view.page.number), view.text, str(view.span), DRAWING_VERSION)
    tag = f'"{hashlib.sha256(chr(0).join(made_of).encode("utf-8", "surrogatepass")).hexdigest()[:24]}"'
    headers = {"ETag": tag, "X-Robots-Tag": "noindex"}
    if tag in (part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")):
        return Response(status_code=304, headers=headers)
    try:
        drawing = _draw(request, view)
    except UnreadableFile as error:
        raise NotFound(f"page {view.page.number} cannot be drawn: it {error}") from error
    return Response(drawing.png, media_type="image/png", headers=headers)


def _view(request: Request, document_id: str, number: str) -> _View:
    """What an address asks for. Raises NotFound where the document has no such page to draw."""
    searcher = searcher_of(request)
    stored = searcher.document(document_id)
    document = stored.document
    pages = {str(page.number): page for page in document.pages} if document.media_type == PAGED else {}
    if number not in pages:
        raise NotFound(f"{document_id!r} has no page {number!r} that can be drawn")
    page = pages[number]
    match = re.fullmatch(r"(\d{1,9})-(\d{1,9})", request.query_params.get("mark", ""))
    mark = (int(match[1]), int(match[2])) if match and int(match[1]) < int(match[2]) else None
    span = None
    if mark and mark[0] < page.end and mark[1] > page.start:
        span = max(mark[0], page.start) - page.start, min(mark[1], page.end) - page.start
    return _View(searcher, stored, page, mark, span)


def _draw(request: Request, view: _View) -> Drawing:
    pictures: Pictures = request.app.state.pictures
    document = view.document
    return pictures.page(
        document.sha256, view.page.number, lambda: view.searcher.original(document.id), view.text, view.span
    )


def _paragraphs(text: str, span: Span | None) -> list[list[Segment]]:
    """The page's text as paragraphs, the place sought marked."""
    paragraphs = []
    start = 0
    for part in text.split("\n"):
        if part.strip():
            sought = (span[0] - start, span[1] - start) if span else None
            paragraphs.append(link_segments(mark_segments(part, sought, ())))
        start += len(part) + 1
    return paragraphs


router = APIRouter()
# The picture first: "3.png" would be a page's number too.
for _path, _endpoint in (("/doc/{document_id}/page/{number}.png", picture), ("/doc/{document_id}/page/{number}", page)):
    router.add_api_route(_path, _endpoint, methods=["GET", "HEAD"], include_in_schema=False, response_model=None)
