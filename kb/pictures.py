"""Pages of PDFs as pictures: drawn one at a time in a child process under limits, the last ones kept on disk."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from kb.errors import KBError, UnreadableFile
from kb.read import ReaderPool
from kb.read.drawing import DRAWING_VERSION, Drawing

__all__ = ["PAGED", "Pictures"]

PAGED: Final = "application/pdf"  # the media type whose pages are drawn
_KEPT: Final = 64 * 2**20  # bytes of pictures
_WAITING: Final = 8  # requests that are drawn or wait for it
_REFUSED_SECONDS: Final = 300.0  # for which a page that could not be drawn is not tried again
_REFUSED: Final = 1_000  # such pages that are remembered


class Pictures:
    """Draws pages and keeps pictures in `index/cache/pictures`, at most `kept` bytes, the least recently used leaving
    first. May be called from many threads. Where the folder cannot be written, nothing is kept."""

    def __init__(
        self,
        index: Path,
        passwords: Sequence[str] = (),
        *,
        kept: int = _KEPT,
        seconds: int = 10,
        waiting: int = _WAITING,
    ) -> None:
        self._folder = index / "cache" / "pictures"
        self._kept = kept
        self._pool = ReaderPool(1, wall_seconds=seconds + 5, cpu_seconds=seconds, passwords=passwords)
        self._drawing = threading.Lock()
        self._waiting = threading.BoundedSemaphore(waiting)
        self._refused: dict[str, tuple[float, UnreadableFile]] = {}

    def close(self) -> None:
        """Stop the child process; a new one is started when needed."""
        self._pool.close()

    def page(
        self,
        sha256: str,
        number: int,
        original: Callable[[], Path],
        text: str = "",
        span: tuple[int, int] | None = None,
    ) -> Drawing:
        """The page of that number (from 1) of the PDF whose bytes have that digest, text[span] outlined.

        `text` is what was read from the page; `original` gives the file where the page has to be drawn, and may
        raise. Raises UnreadableFile, and KBError where too many wait already.
        """
        place = "" if span is None else "\0".join((text[: span[0]], text[span[0] : span[1]]))
        mark = hashlib.sha256(place.encode("utf-8", "surrogatepass")).hexdigest()[:16] if place else "plain"
        name = f"{sha256}-{number}-{mark}-{DRAWING_VERSION}"
        found = self._find(name)
        if found:
            return found
        if not self._waiting.acquire(blocking=False):
            raise KBError("too many pages are being drawn; ask again in a moment")
        try:
            with self._drawing:
                return self._find(name) or self._draw(name, number, original, text, span)
        finally:
            self._waiting.release()

    def _draw(
        self, name: str, number: int, original: Callable[[], Path], text: str, span: tuple[int, int] | None
    ) -> Drawing:
        until, refusal = self._refused.get(name, (0.0, None))
        if refusal is not None and time.monotonic() < until:
            raise UnreadableFile(refusal.reason, str(refusal))
        path = original()
        try:
            drawing = self._pool.draw(path, number, text=text, span=span)
        except UnreadableFile as error:
            if len(self._refused) >= _REFUSED:
                self._refused.clear()
            self._refused[name] = time.monotonic() + _REFUSED_SECONDS, UnreadableFile(error.reason, str(error))
            raise
        with suppress(OSError):  # a full disk or a folder that may not be written costs the drawing of it again
            self._keep(name, drawing)
        return drawing

    def _find(self, name: str) -> Drawing | None:
        """The picture that is kept under a name, if it is whole."""
        path = self._folder / name
        try:
            head, _, png = path.read_bytes().partition(b"\n")
            fields = json.loads(head)
            if hashlib.sha256(png).hexdigest() != fields.pop("sha256"):
                raise ValueError("not what was written")
            os.utime(path)
            return Drawing(png, **fields)
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, AttributeError, OSError):  # cut short or damaged: draw it again
            return None

    def _keep(self, name: str, drawing: Drawing) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        head = {
            "sha256": hashlib.sha256(drawing.png).hexdigest(),
            "width": drawing.width,
            "height": drawing.height,
            "outlined": drawing.outlined,
        }
        fresh = self._folder / f"{name}.{secrets.token_hex(4)}.new"
        try:
            fresh.write_bytes(json.dumps(head).encode("ascii") + b"\n" + drawing.png)
            fresh.replace(self._folder / name)
        finally:
            fresh.unlink(missing_ok=True)
        self._prune()

    def _prune(self) -> None:
        """Remove the least recently used until the rest fits."""
        files = []
        for entry in os.scandir(self._folder):
            with suppress(FileNotFoundError):  # another process pruned it
                stat = entry.stat()
                files.append((stat.st_mtime_ns, stat.st_size, entry.path))
        room = self._kept
        for _, size, path in sorted(files, reverse=True):
            room -= size
            if room < 0:
                Path(path).unlink(missing_ok=True)
