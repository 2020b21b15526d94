"""Books: EPUB in the order of its spine, and FictionBook."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from urllib.parse import unquote

from lxml import etree

from kb.errors import UnreadableFile
from kb.model import BlockKind
from kb.read.container import members, open_container, parse_xml, read_member
from kb.read.html import read_html
from kb.read.layout import Piece, Reading, clean, join_broken, make_piece

__all__ = ["read_epub", "read_fb2"]

_CONTAINER = "META-INF/container.xml"
_CHAPTER_TYPES = frozenset(["application/xhtml+xml", "text/html", "application/x-dtbook+xml", ""])


def read_epub(data: bytes, passwords: Sequence[str] = ()) -> Reading:
    """Read an EPUB's chapters. Raises UnreadableFile: "encrypted" (locked by its seller), "too-large", "damaged"."""
    with open_container(data, passwords) as container:
        names = members(container)
        root = parse_xml(read_member(container, _CONTAINER), _CONTAINER)
        package = next((node.get("full-path") or "" for node in root.iter("{*}rootfile")), "")
        book = parse_xml(read_member(container, package), package)
        items = {node.get("id"): node for node in book.iterfind("{*}manifest/{*}item")}
        order = [items.get(node.get("idref")) for node in book.iterfind("{*}spine/{*}itemref")]
        folder = posixpath.dirname(package)
        chapters = [
            posixpath.normpath(posixpath.join(folder, unquote(item.get("href") or "")))
            for item in order
            if item is not None and (item.get("media-type") or "") in _CHAPTER_TYPES
        ]
        if "META-INF/encryption.xml" in names and _locks(read_member(container, "META-INF/encryption.xml"), chapters):
            raise UnreadableFile("encrypted", "is locked by its seller")
        pieces: list[Piece] = []
        warnings: list[str] = []
        for chapter in dict.fromkeys(chapters):
            if chapter in names:
                pieces.extend(read_html(read_member(container, chapter)).pieces)
            else:
                warnings.append(f"chapter {chapter!r} is missing")
        title = clean(next((node.text or "" for node in book.iter("{http://purl.org/dc/elements/1.1/}title")), ""))
        return Reading(pieces, properties={"book": title} if title else {}, warnings=tuple(warnings))


def _locks(encryption: bytes, chapters: Sequence[str]) -> bool:
    """Whether what is encrypted are chapters; fonts often are, in sound books."""
    root = parse_xml(encryption, "META-INF/encryption.xml")
    return any(unquote(node.get("URI") or "") in chapters for node in root.iter("{*}CipherReference"))


def read_fb2(data: bytes, passwords: Sequence[str] = ()) -> Reading:
    """Read a FictionBook. Raises UnreadableFile("damaged")."""
    root = parse_xml(data, "the book")
    title = clean(" ".join(node.text or "" for node in root.iterfind(".//{*}title-info/{*}book-title")))
    pieces = join_broken(piece for body in root.iterfind("{*}body") for piece in _fb2_pieces(body))
    return Reading(pieces, properties={"book": title} if title else {})


def _fb2_pieces(body: etree._Element) -> Iterator[Piece]:
    notes = body.get("name") == "notes"
    depth = 1
    walk = etree.iterwalk(body, events=("start", "end"))
    for event, node in walk:
        tag = etree.QName(node).localname if isinstance(node.tag, str) else ""
        if tag == "section":
            depth += 1 if event == "start" else -1
        elif event == "start" and tag in ("title", "subtitle", "p", "v", "text-author", "date", "tr"):
            text = " ".join("".join(node.itertext()).split())
            kind: BlockKind = "heading" if tag in ("title", "subtitle") else "footnote" if notes else "paragraph"
            piece = make_piece(kind, text, min(depth, 6) if kind == "heading" else 0)
            if piece is not None:
                yield piece
            walk.skip_subtree()
