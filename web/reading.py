"""A stored document laid out for reading: lines that hang on their markers, page marks, links, an outline.

Every character of the text that is neither blank nor a marker stands in the title block or in exactly one line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kb.cite import says_body
from kb.model import Document, Page, Provision
from web.text import Segment, cut_segments, link_segments, mark_segments

__all__ = ["Entry", "Line", "Paragraph", "Title", "lay_out", "outline", "place_of", "title_of"]

Span = tuple[int, int]
_HEADINGS = frozenset({"heading", "section", "article"})
_CLAUSES = frozenset({"recital", "formula", "operative", "item"})
_PREFACE = "preface"  # the eid that kb.segment gives to a title block
_LABEL = 52  # characters of an outline entry


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text without a line break. `pages`: page marks, each before the segment of that index."""

    segments: tuple[Segment, ...]
    pages: tuple[tuple[int, int], ...] = ()  # (index of segment, page number)

    def pieces(self) -> Iterator[tuple[tuple[int, ...], Segment]]:
        """Each segment with the numbers of the pages that begin before it."""
        for index, segment in enumerate(self.segments):
            yield tuple(number for at, number in self.pages if at == index), segment


@dataclass(frozen=True, slots=True)
class Line:
    """A provision as it stands on the page; `eid` is "" for text that belongs to no provision. `depth` counts the
    lists that an item is inside of; `level` is a heading's rank, 0 for the highest."""

    eid: str
    kind: str
    marker: str = ""
    depth: int = 0
    level: int = 0
    paragraphs: tuple[Paragraph, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()  # of a table


@dataclass(frozen=True, slots=True)
class Title:
    """The title block. `words`: the title as the document shows it, one part a line; `below`: the rest of the block;
    `eid`: its provision, "" where the title is not part of the text; `origin`: body and place not said there."""

    words: str
    below: str
    eid: str
    origin: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the outline."""

    eid: str
    label: str
    level: int


def lay_out(document: Document, provisions: Sequence[Provision], mark: Span | None = None) -> list[Line]:
    """The lines of a document in reading order, `mark` (offsets into the text) marked as the place sought."""
    text = document.text
    pages = list(document.pages)
    lines: list[Line] = []
    cursor = 0
    title = title_of(document, provisions).eid
    depths = _list_depths(provisions)
    for provision in provisions:
        if provision.eid == title:
            cursor = provision.end
            continue
        if provision.start == provision.end and not provision.marker:
            lines.append(Line(provision.eid, provision.kind))
            continue
        gap_end = max(cursor, provision.start)
        gap = text[cursor:gap_end].rstrip().removesuffix(provision.marker.strip()) if gap_end > cursor else ""
        if gap.strip():
            lines.append(Line("", "other", paragraphs=_paragraphs(text, cursor, cursor + len(gap), pages, mark)))
        lines.append(_line(text, provision, depths[provision.eid], pages, mark))
        cursor = max(cursor, provision.end)
    if text[cursor:].strip():
        lines.append(Line("", "other", paragraphs=_paragraphs(text, cursor, len(text), pages, mark)))
    return lines


def place_of(provisions: Sequence[Provision], start: int) -> str:
    """The eid of the innermost provision that holds an offset of the text, "" for none."""
    held = [provision.eid for provision in provisions if provision.start <= start < provision.end]
    return held[-1] if held else ""


def outline(document: Document, provisions: Sequence[Provision]) -> list[Entry]:
    """Headings of a document; where it has hardly any, the first words of its recitals and clauses instead."""
    depths = _list_depths(provisions)
    own_words = [p for p in provisions if (p.end > p.start or p.marker) and p.eid != _PREFACE]
    chosen = [p for p in own_words if p.kind in _HEADINGS]
    if len(chosen) < 3:
        chosen = [p for p in own_words if p.kind in _HEADINGS | _CLAUSES and not depths[p.eid]]
    top = min((p.level for p in chosen), default=0)
    return [Entry(p.eid, _label(document.text, p), min(p.level - top + (p.kind == "item"), 2)) for p in chosen]


def title_of(document: Document, provisions: Sequence[Provision]) -> Title:
    """The document's own title block where it has one that holds its title, else the title from its metadata."""
    first = provisions[0] if provisions and provisions[0].eid == _PREFACE else None
    own = document.text[first.start : first.end] if first else ""
    name = _key(document.title)
    parts = [part.strip() for part in own.splitlines() if part.strip()]
    if first is None or not name or name not in _key(own):
        first, parts = None, [document.title or document.path]
    head = [part for part in parts if _key(part) in name] or parts
    shown = " ".join(parts)
    return Title(
        words="\n".join(head),
        below="\n".join(part for part in parts if part not in head),
        eid=first.eid if first else "",
        origin=tuple(part for part in (document.body, document.place) if part and not says_body(shown, part)),
    )


def _list_depths(provisions: Sequence[Provision]) -> dict[str, int]:
    """How many list items stand above each provision."""
    items = {p.eid for p in provisions if p.kind == "item"}
    depths: dict[str, int] = {}
    for provision in provisions:
        parent = provision.parent or ""
        depths[provision.eid] = depths.get(parent, 0) + (parent in items)
    return depths


def _line(text: str, provision: Provision, depth: int, pages: list[Page], mark: Span | None) -> Line:
    head = (provision.eid, provision.kind, provision.marker.strip(), depth, provision.level)
    if provision.kind == "table":
        return Line(*head, rows=_rows(text[provision.start : provision.end]))
    return Line(*head, _paragraphs(text, provision.start, provision.end, pages, mark))


def _rows(table: str) -> tuple[tuple[str, ...], ...]:
    """Cells of a table's rows, as many in each; the bar between two cells has a space or an end on either side."""
    rows = [[cell.strip() for cell in re.split(r"(?<!\S)\|(?!\S)", row)] for row in table.splitlines() if row.strip()]
    width = max(map(len, rows), default=0)
    return tuple((*row, *[""] * (width - len(row))) for row in rows)


def _paragraphs(text: str, start: int, end: int, pages: list[Page], mark: Span | None) -> tuple[Paragraph, ...]:
    """Paragraphs of text[start:end]; `pages` loses the pages that begin before `end`."""
    paragraphs = []
    cursor = start
    for part in text[start:end].split("\n"):
        if part.strip():
            paragraphs.append(_paragraph(text, cursor, cursor + len(part), pages, mark))
        cursor += len(part) + 1
    return tuple(paragraphs)


def _paragraph(text: str, start: int, end: int, pages: list[Page], mark: Span | None) -> Paragraph:
    begun: list[Page] = []
    while pages and pages[0].start < end:
        begun.append(pages.pop(0))
    sought = (mark[0] - start, mark[1] - start) if mark else None
    segments = link_segments(mark_segments(text[start:end], sought, ()))
    begins = [(max(page.start - start, 0), page.number) for page in begun]
    pieces = cut_segments(segments, {at for at, _ in begins})
    return Paragraph(
        tuple(segment for _, segment in pieces),
        tuple((index, number) for index, (offset, _) in enumerate(pieces) for at, number in begins if at == offset),
    )


def _key(text: str) -> str:
    """What titles are compared by: letters and digits, without case."""
    return re.sub(r"\W+", "", text).casefold()


def _label(text: str, provision: Provision) -> str:
    words = " ".join(text[provision.start : provision.end].split())
    if len(words) > _LABEL:
        words = words[:_LABEL].rsplit(" ", 1)[0].rstrip(" ,;:–-") + "…"
    return f"{provision.marker.strip()} {words}".strip() if any(c.isalnum() for c in provision.marker) else words
