"""index/cache/: what files and texts gave before, so that a stopped build goes on and nothing is done twice."""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
from collections.abc import Callable, Container, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from kb.encode import Encoder, NeutralEncoder
from kb.errors import UnreadableFile
from kb.read import READER_VERSION, ReadFile, document_from_json, document_to_json

__all__ = ["TRANSIENT", "DocumentCache", "VectorCache", "digest_of", "forget"]

CHUNK: Final = 2048  # texts encoded between two commits of the vector cache
TRANSIENT: Final = frozenset(
    {"too-slow", "crashed", "encrypted", "unavailable"}
)  # worth another try with the same files


class DocumentCache:
    """What the readers made of a file's bytes, by their digest and the readers' version."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "documents"
        self._folder.mkdir(parents=True, exist_ok=True)

    def read(self, path: Path, digest: str, ocr: str, read: Callable[[], ReadFile]) -> ReadFile:
        """The document of a file that had this digest: the one that is kept, else what `read` gives.

        `ocr`: with what and for which language pictures are recognised; what used another is read again. Raises
        UnreadableFile, as `read` does: a reason that will be the same the next time is kept too.
        """
        kept = self._folder / f"{digest}-{READER_VERSION}{path.suffix.lower()}.json"
        found = self._kept(kept)
        if found and found["ocr"] in {"", ocr}:
            if "reason" in found:
                raise UnreadableFile(found["reason"], found["detail"])
            return ReadFile(document_from_json(found["document"]), bool(found["ocr"]))
        try:
            result = read()
        except UnreadableFile as error:
            if error.reason not in TRANSIENT and digest_of(path) == digest:
                recognised = ocr if error.reason == "no-text" else ""
                self._keep(kept, {"ocr": recognised, "reason": error.reason, "detail": str(error)})
            raise
        if result.document.sha256 == digest and not result.passing:
            content = {"ocr": ocr if result.uses_ocr else "", "document": document_to_json(result.document)}
            self._keep(kept, content)
        return result

    def _kept(self, path: Path) -> dict[str, Any] | None:
        try:
            digest, _, text = path.read_text(encoding="utf-8").partition("\n")
            if hashlib.sha256(text.encode()).hexdigest() != digest:
                raise ValueError("not what was written")
            found: dict[str, Any] = json.loads(text)
        except FileNotFoundError:
            return None
        except (ValueError, OSError):  # cut short or damaged: read the file again
            path.unlink(missing_ok=True)
            return None
        return found

    def _keep(self, path: Path, content: dict[str, str]) -> None:
        text = json.dumps(content, ensure_ascii=False)
        fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
        try:
            fresh.write_text(f"{hashlib.sha256(text.encode()).hexdigest()}\n{text}", encoding="utf-8")
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)


def forget(cache: Path, digests: Container[str]) -> None:
    """Remove what is kept of files that are no longer in the corpus, by their digests, and what a kill has left."""
    for folder in (cache / "documents", cache / "ocr", cache / "pictures"):
        for path in folder.glob("*"):
            if path.suffix == ".new" or path.name.partition("-")[0] not in digests:
                path.unlink(missing_ok=True)


def digest_of(path: Path) -> str:
    """SHA-256 of a file, "" where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


class VectorCache:
    """Vectors by (text, encoder): a build that was stopped goes on where it was, a changed text alone is encoded.

    Kept are the vectors as the model gives them: another projection needs no text encoded again.
    """

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.encoded = 0  # texts that went through the model
        self._encoder = encoder
        self._finish: Callable[[NDArray[np.float32]], NDArray[np.float32]] = np.asarray
        if isinstance(encoder, NeutralEncoder):
            self._encoder, self._finish = encoder.base, encoder.neutral
        path = folder / f"vectors-{self._encoder.fingerprint[:16]}.sqlite"
        try:
            self._db = self._open(path)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:  # damaged: everything is encoded once more
            path.unlink()
            self._db = self._open(path)

    @staticmethod
    def _open(path: Path) -> sqlite3.Connection:
        db = sqlite3.connect(path)
        try:
            db.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB)")
            db.execute("SELECT * FROM vectors LIMIT 1").fetchall()
        except sqlite3.DatabaseError:
            db.close()
            raise
        return db

    def __enter__(self) -> VectorCache:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def encode(self, texts: Iterable[str], progress: Callable[[int], None]) -> Iterator[NDArray[np.float32]]:
        """Passage vectors of `texts` in order, in arrays of at most CHUNK rows."""
        finished = 0
        iterator = iter(texts)
        while some := tuple(islice(iterator, CHUNK)):
            keys = [hashlib.sha256(text.encode()).digest()[:16] for text in some]
            found: dict[bytes, bytes] = {}
            for first in range(0, len(keys), 500):
                part = keys[first : first + 500]
                sql = f"SELECT key, vector FROM vectors WHERE key IN ({', '.join('?' * len(part))})"  # noqa: S608
                found.update(self._db.execute(sql, part))
            missing = {key: text for key, text in zip(keys, some, strict=True) if key not in found}
            if missing:

                def report(
                    done: int, total: int, base: int = finished + len(some) - len(missing), of: int = len(missing)
                ) -> None:
                    progress(base + of * done // max(total, 1))  # encoders count in units of their own

                fresh = self._encoder.encode_passages(list(missing.values()), progress=report)
                self.encoded += len(missing)
                rows = [(key, vector.tobytes()) for key, vector in zip(missing, fresh, strict=True)]
                with self._db:
                    self._db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
                found.update(rows)
            finished += len(some)
            progress(finished)
            yield self._finish(np.frombuffer(b"".join(found[key] for key in keys), np.float32).reshape(len(keys), -1))
