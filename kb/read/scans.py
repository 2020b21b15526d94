"""A file with the pages that are pictures: read, recognised page by page, read again with what was recognised."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from kb.errors import UnreadableFile
from kb.model import Document
from kb.read.ocr import RecognisedPage, ocr_fingerprint, ocr_missing
from kb.read.pool import ReaderPool
from kb.read.wire import recognised_from_json, recognised_to_json

__all__ = ["PAGES", "ReadFile", "read_with_ocr"]

PAGES = 500  # of one file that are recognised; some hours of one core
_PASSING = frozenset({"too-slow", "crashed", "unavailable"})  # why a page may well be recognised the next time


class ReadFile(NamedTuple):
    """A document, and whether it would be another with another `ocr_fingerprint()`: it has doubtful pages.

    `passing`: some of them could not be recognised for a reason that may be gone the next time.
    """

    document: Document
    uses_ocr: bool
    passing: bool = False


def read_with_ocr(
    pool: ReaderPool, path: Path, *, document_id: str, relative: str, language: str = "", cache: Path | None = None
) -> ReadFile:
    """The document of one file, its pictures of pages recognised where tesseract is installed.

    `language` (BCP 47) is that of the document where it is known. Recognised pages are kept in the folder `cache`,
    which is made when needed. Without tesseract, and where recognition fails, the page is in the document as unread,
    with a warning. Raises UnreadableFile; with "no-text", another `ocr_fingerprint()` may give a document. Where
    recognition failed for a passing reason, that reason comes in place of "no-text".
    """
    document, doubtful = pool.read_pages(path, document_id=document_id, relative=relative)
    failures: list[UnreadableFile] = []
    if doubtful:
        recognised = _recognised(pool, path, doubtful, language, cache, failures)
        document, _ = pool.read_pages(path, document_id=document_id, relative=relative, recognised=recognised)
    passing = [failure.reason for failure in failures if failure.reason in _PASSING]
    if isinstance(document, UnreadableFile):
        if passing and document.reason == "no-text":
            raise UnreadableFile(passing[0], str(document))
        raise document
    return ReadFile(document, bool(doubtful), bool(passing))


def _recognised(
    pool: ReaderPool,
    path: Path,
    numbers: Iterable[int],
    language: str,
    cache: Path | None,
    failures: list[UnreadableFile],
) -> dict[int, RecognisedPage]:
    """The pages of those numbers, from the cache or recognised now, each with its problem where it was not.

    Why recognition failed is added to `failures`.
    """
    first, rest = list(numbers)[:PAGES], list(numbers)[PAGES:]
    pages = {number: RecognisedPage(problem=f"not recognised: a file may have {PAGES} such pages") for number in rest}
    problem = ocr_missing()
    if problem:
        return pages | {number: RecognisedPage(problem=problem) for number in first}
    state = _state(path)
    prefix = _key(path, language) if cache else ""

    def one(number: int) -> RecognisedPage:
        kept = cache / f"{prefix}-{number}.json" if cache else None
        if kept and (page := _kept(kept)):
            return page
        try:
            page = pool.recognise(path, number, language=language)
        except UnreadableFile as error:
            failures.append(error)
            return RecognisedPage(problem=f"not recognised: {error}")
        if kept and _state(path) == state:
            _keep(kept, page)
        return page

    with ThreadPoolExecutor(pool.workers) as threads:
        return pages | dict(zip(first, threads.map(one, first), strict=True))


def _state(path: Path) -> tuple[int, int, int]:
    """What is another where a file was changed. Raises UnreadableFile."""
    try:
        now = path.stat()
    except OSError as error:
        raise UnreadableFile("unavailable", f"cannot be read ({error.strerror})") from error
    return now.st_mtime_ns, now.st_size, now.st_ino


def _key(path: Path, language: str) -> str:
    """Digest of all that decides what is recognised on a file's pages, the file's own first. Raises UnreadableFile."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UnreadableFile("unavailable", f"cannot be read ({error.strerror})") from error
    how = hashlib.sha256(f"{ocr_fingerprint()}\n{language}".encode()).hexdigest()[:16]
    return f"{digest}-{how}"


def _kept(path: Path) -> RecognisedPage | None:
    try:
        return recognised_from_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError):  # damaged: it is recognised again
        path.unlink(missing_ok=True)
        return None


def _keep(path: Path, page: RecognisedPage) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(recognised_to_json(page))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
