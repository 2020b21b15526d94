"""Markdown (CommonMark with tables): text without its marks, headings and list markers kept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from kb.model import BlockKind
from kb.read.html import html_pieces
from kb.read.layout import (
    Piece,
    Reading,
    clean,
    join_broken,
    looks_like_heading,
    make_piece,
    split_breaks,
    table_text,
)
from kb.read.text import decode

__all__ = ["read_markdown"]

_FRONT_MATTER = re.compile(r"\A\s*---[ \t]*\r?\n(.*?\n)(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_FIELD = re.compile(r"([A-Za-z_][\w-]*)\s*:\s*(.+)")
_FOOTNOTE = re.compile(r"^ {0,3}\[\^([^\]\s]+)\]:[ \t]*", re.MULTILINE)
_FOOTNOTE_MARK = re.compile(r"\[\^([^\]\s]+)\]")
_STRAY_EMPHASIS = re.compile(r"\*\*+|(?<!\w)__+(?=\w)|(?<=\w)__+(?!\w)")


def read_markdown(data: bytes, passwords: Sequence[str] = ()) -> Reading:
    """Read Markdown; `key: value` lines between `---` at its top are properties, not text."""
    text = decode(data)
    properties: dict[str, str] = {}
    front = _FRONT_MATTER.match(text)
    if front:
        properties = {key.lower(): clean(value).strip("\"'") for key, value in _FIELD.findall(front[1])}
        text = text[front.end() :]
    # Without this a footnote would be taken for the definition of a link, and vanish.
    text = _FOOTNOTE.sub(r"\[^\1] ", text)
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    return Reading(join_broken(_merge_title(_pieces(tokens))), properties=properties)


def _pieces(tokens: Sequence[Token]) -> Iterator[Piece]:
    lists: list[str] = []
    marker = ""
    heading = 0
    rows: list[list[str]] | None = None
    for token in tokens:
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                lists.append(token.type)
            case "bullet_list_close" | "ordered_list_close":
                lists.pop()
            case "list_item_open":
                marker = token.info + token.markup
            case "list_item_close":
                marker = ""
            case "heading_open":
                heading = int(token.tag[1])
            case "heading_close":
                heading = 0
            case "table_open":
                rows = []
            case "table_close":
                table = table_text(rows or [])
                rows = None
                if table:
                    yield Piece("table", table)
            case "tr_open" if rows is not None:
                rows.append([])
            case "inline" if rows is not None:
                rows[-1].append("".join(text for text, _ in _inline(token)).replace("\n", " "))
            case "inline":
                yield from _paragraph(token, heading, marker, len(lists) - 1)
                marker = ""
            case "fence" | "code_block":
                for line in token.content.splitlines():
                    piece = make_piece("paragraph", line)
                    if piece:
                        yield piece
            case "html_block":
                yield from html_pieces(token.content)


def _inline(token: Token) -> Iterator[tuple[str, bool]]:
    """Runs of an inline token's text, each with whether it is bold; a hard line break is a newline."""
    bold = 0
    for child in token.children or ():
        match child.type:
            case "strong_open":
                bold += 1
            case "strong_close":
                bold -= 1
            case "softbreak":
                yield " ", True
            case "hardbreak":
                yield "\n", True
            case "text" | "code_inline" | "text_special":
                yield child.content, bold > 0
            case "image":
                yield child.content, bold > 0
            case "html_inline" if re.match(r"<br\s*/?>", child.content, re.IGNORECASE):
                yield "\n", True


def _lines(token: Token) -> list[tuple[str, bool]]:
    """Lines between hard breaks, each with whether all of it is bold."""
    lines: list[tuple[str, bool]] = [("", True)]
    for text, bold in _inline(token):
        if text == "\n":
            lines.append(("", True))
        else:
            before, all_bold = lines[-1]
            lines[-1] = (before + text, all_bold and (bold or not text.strip()))
    plain = [(_STRAY_EMPHASIS.sub("", _FOOTNOTE_MARK.sub(r"[\1]", text)).strip(), bold) for text, bold in lines]
    return [(text, bold) for text, bold in plain if text]


def _paragraph(token: Token, heading: int, marker: str, depth: int) -> Iterator[Piece]:
    lines = _lines(token)
    if heading:
        piece = make_piece("heading", " ".join(text for text, _ in lines), heading)
        if piece:
            yield piece
        return
    # A run of bold lines is one title set over several lines; of other lines each break is weighed.
    runs: list[tuple[str, bool]] = []
    for text, bold in lines:
        if runs and runs[-1][1] == bold:
            runs[-1] = (f"{runs[-1][0]}{' ' if bold else chr(10)}{text}", bold)
        else:
            runs.append((text, bold))
    if depth >= 0 or not any(looks_like_heading(text, bold=bold) for text, bold in runs):
        runs = [("\n".join(text for text, _ in lines), False)]
    for text, bold in runs:
        if looks_like_heading(clean(text), bold=bold):
            piece = make_piece("heading", text, 2)
            if piece:
                yield piece
            continue
        for part in split_breaks(text):
            footnote = _is_footnote(token, part)
            kind: BlockKind = "footnote" if footnote else "item" if marker else "paragraph"
            piece = make_piece(kind, part, max(depth, 0) if kind == "item" else 0, marker)
            if piece:
                yield piece
            marker = ""


def _is_footnote(token: Token, part: str) -> bool:
    return token.content.startswith("\\[^") and part.startswith("[")


def _merge_title(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """The pieces, a bold line that opens the document ranked as its title."""
    for index, piece in enumerate(pieces):
        yield Piece("heading", piece.text, 1) if index == 0 and piece.kind == "heading" else piece
