"""One file to one Document: which reader, what the file states about itself, a stable id."""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from anyascii import anyascii

from kb.errors import UnreadableFile
from kb.language import identify
from kb.model import Document, Page
from kb.read.container import is_ole, part_names
from kb.read.docx import read_docx
from kb.read.epub import read_epub, read_fb2
from kb.read.html import read_html
from kb.read.layout import Reading, lay_out
from kb.read.markdown import read_markdown
from kb.read.metadata import infer
from kb.read.ocr import RecognisedPage
from kb.read.odt import read_odt
from kb.read.pdf import read_pdf
from kb.read.rtf import read_rtf
from kb.read.text import read_text

__all__ = ["READER_VERSION", "SUFFIXES", "document_id", "read_document", "read_pages"]

READER_VERSION = "5"  # raised whenever any reader's output changes: it is part of cache keys

_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_ODT = "application/vnd.oasis.opendocument.text"
SUFFIXES: Mapping[str, str] = MappingProxyType(
    {
        ".docm": _DOCX,
        ".docx": _DOCX,
        ".dotx": _DOCX,
        ".epub": "application/epub+zip",
        ".fb2": "application/x-fictionbook+xml",
        ".htm": "text/html",
        ".html": "text/html",
        ".jsonl": "application/jsonl",
        ".markdown": "text/markdown",
        ".md": "text/markdown",
        ".odt": _ODT,
        ".ott": _ODT,
        ".pdf": "application/pdf",
        ".rtf": "application/rtf",
        ".text": "text/plain",
        ".txt": "text/plain",
        ".xhtml": "text/html",
    }
)
_Reader = Callable[[bytes, Sequence[str]], Reading]
_READERS: Mapping[str, _Reader] = {
    _DOCX: read_docx,
    _ODT: read_odt,
    "application/epub+zip": read_epub,
    "application/pdf": read_pdf,
    "application/rtf": read_rtf,
    "application/x-fictionbook+xml": read_fb2,
    "text/html": read_html,
    "text/markdown": read_markdown,
    "text/plain": read_text,
}
_SIZE_LIMIT = 256 * 2**20  # bytes
_TEXT_LIMIT = 20_000_000  # characters; a book has a million
_WARNINGS = 50
_PAGE_LETTERS = 80  # fewer on a page are too few to tell its language by
_PAGE_SURE = 0.5
_ID_LENGTH = 80
_NO_READER = "is of a kind that is not read: save it as DOCX or PDF"


def document_id(relative: str) -> str:
    """URL-safe id from the stem of a path in the corpus: lower-case ASCII letters and digits, words joined by `-`.

    Other scripts are transliterated. Two paths may give one id: the builder tells them apart.
    """
    return slug(PurePosixPath(relative).stem)


def slug(text: str) -> str:
    """`text` as an id; where nothing of it can be spelled in ASCII, a digest of it."""
    words = re.sub(r"[^a-z0-9]+", "-", anyascii(text).lower()).strip("-")
    if len(words) > _ID_LENGTH:
        words = words[:_ID_LENGTH].rpartition("-")[0] or words[:_ID_LENGTH]
    return words or hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def read_document(
    path: Path,
    *,
    document_id: str,
    relative: str,
    passwords: Sequence[str] = (),
    recognised: Mapping[int, RecognisedPage] = MappingProxyType({}),
) -> Document:
    """Read one file, in this process, with what its text states about title, body, place, date and kind.

    `passwords` are tried on an encrypted PDF; `recognised` are those of its pages whose pictures were read. Raises
    UnreadableFile with the reason.
    """
    document, _ = read_pages(
        path, document_id=document_id, relative=relative, passwords=passwords, recognised=recognised
    )
    if isinstance(document, UnreadableFile):
        raise document
    return document


def read_pages(
    path: Path,
    *,
    document_id: str,
    relative: str,
    passwords: Sequence[str] = (),
    recognised: Mapping[int, RecognisedPage] = MappingProxyType({}),
) -> tuple[Document | UnreadableFile, tuple[int, ...]]:
    """As `read_document`, and the numbers of the pages that are better recognised in their picture.

    Where those are all there is, the refusal is returned with them. Raises UnreadableFile where there is nothing to
    recognise either.
    """
    data = _read_bytes(path)
    media_type = _media_type(path, data)
    if media_type == "application/pdf":
        reading = read_pdf(data, passwords, recognised)
    else:
        reading = _READERS[media_type](data, passwords)
    layout = lay_out(reading.pieces, reading.page_count)
    if not any(character.isalnum() for character in layout.text):
        if reading.recognise:
            return UnreadableFile("no-text", reading.refusal or "holds no text"), reading.recognise
        raise UnreadableFile("empty", "holds no text")
    if len(layout.text) > _TEXT_LIMIT:
        raise UnreadableFile("too-large", f"holds more than {_TEXT_LIMIT} characters: divide it")
    stated = infer(layout.text, layout.blocks, reading.properties)
    document = Document(
        id=document_id,
        path=relative,
        sha256=hashlib.sha256(data).hexdigest(),
        media_type=media_type,
        text=layout.text,
        blocks=layout.blocks,
        pages=tuple(_described(page, layout.text, reading) for page in layout.pages),
        title=stated.title,
        kind=stated.kind,
        body=stated.body,
        place=stated.place,
        date=stated.date,
        date_to=stated.date_to,
        warnings=tuple(dict.fromkeys(reading.warnings))[:_WARNINGS],
    )
    return document, reading.recognise


def _described(page: Page, text: str, reading: Reading) -> Page:
    """The page with how its text was come by and in what language it is."""
    own = "" if page.number in reading.unread else text[page.start : page.end]
    long_enough = sum(character.isalpha() for character in own[: 4 * _PAGE_LETTERS]) >= _PAGE_LETTERS
    language, sure = identify(own) if long_enough else ("", 0.0)
    confidence = reading.recognised.get(page.number)
    return replace(
        page,
        method="none" if page.number in reading.unread else "text" if confidence is None else "ocr",
        confidence=confidence,
        language=language if sure >= _PAGE_SURE else "",
    )


def _read_bytes(path: Path) -> bytes:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableFile("damaged", "is no regular file")
        if status.st_size > _SIZE_LIMIT:
            raise UnreadableFile("too-large", f"has {status.st_size // 2**20} MiB, more than {_SIZE_LIMIT // 2**20}")
        if status.st_size == 0:
            raise UnreadableFile("empty", "has no bytes")
        return path.read_bytes()
    except OSError as error:  # it went, or may not be read
        raise UnreadableFile("unavailable", f"cannot be read ({error.strerror})") from error


def _media_type(path: Path, data: bytes) -> str:
    """What the file is: by its first bytes where they say so, else by its suffix."""
    named = SUFFIXES.get(path.suffix.lower())
    if named == "application/jsonl":
        raise UnreadableFile("unsupported", "holds one document a line: import it as records")
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"%PDF-"):
        return "application/pdf"
    if start.startswith(b"{\\rtf"):
        return "application/rtf"
    if is_ole(data):
        return _DOCX if "EncryptedPackage".encode("utf-16-le") in data else _old_word(named)
    if data.startswith(b"PK\x03\x04"):
        return _zip_type(data) or named or _old_word(None)
    if named is None:
        raise UnreadableFile("unsupported", _NO_READER)
    return named


def _old_word(named: str | None) -> str:
    raise UnreadableFile(
        "unsupported",
        _NO_READER if named is None else "is in another format than its name says: save it as DOCX or PDF",
    )


def _zip_type(data: bytes) -> str:
    """The media type of an office file or book in a zip container, "" where it is another or cannot be told."""
    names = part_names(data)
    if "META-INF/container.xml" in names:
        return "application/epub+zip"
    if any(name.startswith("word/") for name in names):
        return _DOCX
    if any(name.startswith(("xl/", "ppt/")) for name in names):
        raise UnreadableFile("unsupported", _NO_READER)
    return _ODT if "content.xml" in names else ""
