"""Text that others wrote, cut into pieces that a template can escape one by one.

Joining the pieces' `text` gives the source back, character for character: marking never changes what is quoted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby, pairwise
from urllib.parse import quote

from babel import Locale, UnknownLocaleError

__all__ = ["Segment", "cut_segments", "direction", "link_segments", "mark_segments", "runs", "source_place", "visible"]

_JOINERS = frozenset("\u200d\ufe0e\ufe0f")
_LINK = re.compile(r"https?://[^\s<>\"'`«»“”„‹›|\\^{}]+", re.IGNORECASE)
_DIRECTIVE_WORDS = 5  # that begin a text directive, and that end it
_FEWEST_WORDS = 3
_MARKER = re.compile(r"^\s*(?:\(?\w{1,4}[.)]|[-–—•*·])\s+")
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_AFTER_LINK = ".,;:!?…)]*_"
# Written right to left, where babel has no data for the language.
_RIGHT_TO_LEFT = frozenset({"arc", "dv", "iw", "ji", "nqo", "ug"})


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of text under one set of marks; `href` is set on (a part of) a link, http or https only."""

    text: str
    sentence: bool = False
    word: bool = False
    href: str = ""


def mark_segments(quote: str, sentence: tuple[int, int] | None, marks: Iterable[tuple[int, int]]) -> list[Segment]:
    """Cut `quote` wherever the best sentence or a matched word begins or ends.

    Offsets are clamped to the quote and moved past combining marks, so that no letter is parted from its accent;
    overlapping marks are one.
    """
    best = _snapped(quote, sentence) if sentence else (0, 0)
    words = [_snapped(quote, mark) for mark in marks]
    edges = sorted({0, len(quote), *best, *(edge for word in words for edge in word)})
    segments: list[Segment] = []
    for start, end in pairwise(edges):
        flags = best[0] <= start < best[1], any(word[0] <= start < word[1] for word in words)
        last = segments[-1] if segments else None
        if last and (last.sentence, last.word) == flags:
            segments[-1] = Segment(last.text + quote[start:end], *flags)
        else:
            segments.append(Segment(quote[start:end], *flags))
    return segments


def runs(segments: Iterable[Segment]) -> list[tuple[bool, list[Segment]]]:
    """Neighbouring segments joined under one flag: inside the marked sentence, or not."""
    return [(inside, list(group)) for inside, group in groupby(segments, key=lambda segment: segment.sentence)]


def link_segments(segments: Iterable[Segment]) -> list[Segment]:
    """Cut segments again around addresses that begin with http:// or https://; nothing else becomes a link.

    An address is read from the joined text: where a mark ends inside it, both parts lead to the whole address.
    """
    pieces = list(segments)
    text = "".join(piece.text for piece in pieces)
    links = []
    for match in _LINK.finditer(text):
        href = match.group().rstrip(_AFTER_LINK)
        if not href.endswith("//"):
            links.append((match.start(), match.start() + len(href), href))
    return [
        replace(piece, href=next((href for first, last, href in links if first <= start < last), ""))
        for start, piece in cut_segments(pieces, {edge for first, last, _ in links for edge in (first, last)})
    ]


def cut_segments(segments: Iterable[Segment], edges: Collection[int]) -> list[tuple[int, Segment]]:
    """Segments cut at `edges`, offsets into their joined text, each with the offset it starts at."""
    result: list[tuple[int, Segment]] = []
    start = 0
    for segment in segments:
        end = start + len(segment.text)
        for left, right in pairwise(sorted({start, end, *(edge for edge in edges if start < edge < end)})):
            result.append((left, replace(segment, text=segment.text[left - start : right - start])))
        start = end
    return result


def source_place(source: str, media_type: str, text: str, span: tuple[int, int]) -> str:
    """The address of the words text[span] on the web page that is a document's source, as a text fragment; the page's
    alone where the words are too few to be found for certain, "" where the source is no address or the document no web
    page. What stands behind "#" is not sent to anybody.
    """
    if media_type not in _HTML or not _LINK.fullmatch(source):
        return ""
    page = source.partition(":~:")[0].removesuffix("#")
    # A directive's words stand in one block of the page, whose marker is not among its text: a cell, a line.
    blocks = [_MARKER.sub("", block).split() for block in re.split(r"\n| \| ", text[slice(*span)])]
    words = max(blocks, key=len)
    ends = [words] if len(words) <= 2 * _DIRECTIVE_WORDS else [words[:_DIRECTIVE_WORDS], words[-_DIRECTIVE_WORDS:]]
    if len(words) < _FEWEST_WORDS or text.count(" ".join(ends[0])) > 1:
        return page
    # A hyphen, and a comma which `quote` sees to, mean something of their own there.
    directive = ",".join(quote(" ".join(end), safe="").replace("-", "%2D") for end in ends)
    return f"{page}{'' if '#' in page else '#'}:~:text={directive}"


def visible(text: str) -> str:
    """What a reader sees of a text: NFC, without invisible characters, spaces as one."""
    composed = unicodedata.normalize("NFC", text)
    kept = (c for c in composed if unicodedata.category(c) not in {"Cc", "Cf"} or c.isspace())
    return " ".join("".join(kept).split())


@lru_cache(maxsize=256)
def direction(language: str) -> str:
    """`rtl` or `ltr` for a BCP 47 tag, `auto` where the language is not known."""
    if not language:
        return "auto"
    if language in _RIGHT_TO_LEFT:
        return "rtl"
    try:
        return "rtl" if Locale.parse(language, sep="-").text_direction == "rtl" else "ltr"
    except (UnknownLocaleError, ValueError):
        return "auto"


def _snapped(text: str, span: tuple[int, int]) -> tuple[int, int]:
    start, end = (_cluster_edge(text, min(max(offset, 0), len(text))) for offset in span)
    return (start, end) if start < end else (0, 0)


def _cluster_edge(text: str, offset: int) -> int:
    if offset == 0:
        return 0
    while offset < len(text) and (
        text[offset] in _JOINERS or text[offset - 1] == "\u200d" or unicodedata.category(text[offset]).startswith("M")
    ):
        offset += 1
    return offset
