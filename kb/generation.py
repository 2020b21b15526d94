"""index/: one immutable generation of a built index – write it whole, open it verified.

A generation is a directory `generations/<UTC time>-<digest>/`: `manifest.json` (sizes and SHA-256 of every file),
`kb.sqlite` (the records), `vectors.faiss` (row i: passage i), `sentences.npy` (row i: sentence i), `words.npy` (row i:
term i + 1), `lexical/`. The digest in its name is that of its manifest, so each can be checked by itself.
`CURRENT` names the one to open, and the one before it, each with the SHA-256 of its manifest.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import re
import shutil
import sqlite3
import threading
import time
import weakref
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TextIO, cast

import numpy as np
from numpy.typing import NDArray

from kb.errors import BuildFailed, IndexDamaged, IndexLocked, NoIndex, NotFound
from kb.lexical import LexicalIndex
from kb.model import Document, DocumentKind, Page, Passage, Provision, ProvisionKind
from kb.names import Named, grade, name_key, within
from kb.query import Query
from kb.symbols import ARTICLE, equivalents, without
from kb.vectors import VectorIndex
from kb.words import Term, WordIndex

__all__ = [
    "FORMAT",
    "Generation",
    "current",
    "generations",
    "held",
    "open_generation",
    "publish",
    "read_manifest",
    "tidy",
    "verify",
    "writer_lock",
]

FORMAT: Final = 5
LEFT_BEHIND: Final = 0.5  # seconds for which a lock may outlive its holder
MAX_NAMES: Final = 64  # symbols of a query that are looked up
END: Final = "end\n"  # of CURRENT
MANIFEST: Final = "manifest.json"
NAME_DIGITS: Final = 8  # of the manifest's SHA-256 in a generation's name


def _holder(file: TextIO) -> str:
    """What the holder of the lock has written of itself; it may be about to."""
    for _ in range(20):
        file.seek(0)
        if said := file.read().strip():
            return said
        time.sleep(0.01)
    return ""


def _locks(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_dead(holder: str) -> bool:
    """Whether the process that wrote this of itself has ended: a child that it had just forked may still hold its lock,
    for the moment until it runs its own program."""
    found = re.match(r"process (\d+)", holder)
    if not found:
        return False
    try:
        stat = Path(f"/proc/{found[1]}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return Path("/proc/self/stat").exists()
    return stat.rpartition(")")[2].split()[:1] in (["Z"], ["X"])


@contextmanager
def writer_lock(index: Path) -> Iterator[None]:
    """Hold the one writer's lock on an index folder. Raises IndexLocked at once, naming the holder.

    The kernel frees the lock when its holder dies, so none is ever left behind. Raises BuildFailed where the folder
    cannot be written to.
    """
    try:
        index.mkdir(parents=True, exist_ok=True)
        opened = (index / "lock").open("a+", encoding="utf-8")
    except OSError as error:
        raise BuildFailed(
            f"{index}: cannot be written to: {error.strerror}; "
            "make sure that the disk is sound, writable and not full, and run kb build again"
        ) from error
    with opened as file:
        ends = time.monotonic() + LEFT_BEHIND
        while not _locks(file):
            holder = _holder(file)
            if not _is_dead(holder) or time.monotonic() > ends:
                said = holder or "another process"
                raise IndexLocked(f"{index}: {said} is building this index; wait for it to end")
            time.sleep(0.02)
        with suppress(OSError):  # on a full disk the lock holds without its holder's name
            file.truncate(0)
            os.write(file.fileno(), f"process {os.getpid()} (since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC)".encode())
        try:
            yield
        finally:
            with suppress(OSError):
                file.truncate(0)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _files(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def publish(index: Path, folder: Path, manifest: Mapping[str, Any], previous: str = "") -> str:
    """Seal `folder` (on the same file system) as the next generation and make it current; returns its name.

    Every file is on disk before the directory gets its final name, and that before CURRENT points there. `previous`:
    the sound generation that stays beside it. Raises OSError.
    """
    names = [name for name in _files(folder) if name != MANIFEST]
    with ThreadPoolExecutor() as pool:
        digests = list(pool.map(lambda name: _digest(folder / name), names))
    files = {
        name: {"bytes": (folder / name).stat().st_size, "sha256": digest}
        for name, digest in zip(names, digests, strict=True)
    }
    created = datetime.now(UTC)
    text = _manifest_text({"format": FORMAT, "created": f"{created:%Y-%m-%dT%H:%M:%S.%fZ}", **manifest, "files": files})
    digest = hashlib.sha256(text.encode()).hexdigest()
    name = f"{created:%Y%m%dT%H%M%S%fZ}-{digest[:NAME_DIGITS]}"
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    for file in _files(folder):
        _sync(folder / file)
    for directory in [*(p for p in folder.rglob("*") if p.is_dir()), folder]:
        _sync(directory)
    parent = index / "generations"
    parent.mkdir(exist_ok=True)
    before = _digest(parent / previous / MANIFEST) if previous else ""
    final = parent / name
    folder.rename(final)
    try:
        _sync(parent)
        _point(index, [(name, digest), *([(previous, before)] if previous else [])])
    except OSError:
        shutil.rmtree(final, ignore_errors=True)
        raise
    _sweep(index, {name, previous})
    return name


def _sweep(index: Path, keep: Container[str]) -> None:
    """Remove the generations that are not to be kept and that no process has open; the lock is held."""
    for folder in generations(index):
        if folder.name not in keep:
            _prune(folder)


def _point(index: Path, named: Iterable[tuple[str, str]]) -> None:
    """Write CURRENT: a line a generation, then one that shows that it is whole."""
    pointer = index / "CURRENT.new"
    try:
        pointer.write_text("".join(f"{name} {digest}\n" for name, digest in named) + END, encoding="utf-8")
        _sync(pointer)
        pointer.replace(index / "CURRENT")
    except OSError:
        with suppress(OSError):
            pointer.unlink(missing_ok=True)
        raise
    with suppress(OSError):  # CURRENT names one whole generation or the other, whenever that reaches the disk
        _sync(index)


def tidy(index: Path, name: str) -> None:
    """Remove the generations that are damaged or that CURRENT does not name, but never `name`, which it does.

    The lock is held.
    """
    named = dict(current(index))
    sound = {name}
    for folder in generations(index):
        if folder.name in named and folder.name != name:
            with suppress(IndexDamaged):
                if not any(verify(folder, read_manifest(folder, named[folder.name]))):
                    sound.add(folder.name)
    if sound != set(named):
        _point(index, [(other, digest) for other, digest in named.items() if other in sound])
    _sweep(index, sound)


def _manifest_text(manifest: Mapping[str, Any]) -> str:
    return json.dumps(manifest, ensure_ascii=False, indent=1)


def _prune(folder: Path) -> None:
    """Remove a generation that no process has open; one that is in use goes with a later build."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(descriptor)


@dataclass(frozen=True, slots=True)
class PassageRow:
    """A passage as stored, without its text."""

    row: int
    passage: Passage


@dataclass(frozen=True, slots=True)
class Place:
    """Where a passage's document and sentence rows are: `sentences` of its own, then `above` of headings."""

    row: int
    document_id: str
    kind: str
    language: str
    body: str
    first_sentence: int
    sentences: int
    above: int


class Generation:
    """One opened, verified generation: the records, the vectors, the words. Read-only; safe between threads."""

    def __init__(self, folder: Path, manifest: Mapping[str, Any], lock: int, warning: str = "") -> None:
        """`lock`: what `held` gave, now this object's; `warning`: why this is open and not the current one, or ""."""
        # Threads open the records as they come: until this object goes, later builds leave the directory alone.
        weakref.finalize(self, os.close, lock)
        self.folder = folder
        self.manifest = manifest
        self.warning = warning
        self.vectors = VectorIndex.load(folder / "vectors.faiss")
        self.sentences: NDArray[np.float16] = np.load(folder / "sentences.npy", mmap_mode="r", allow_pickle=False)
        self.lexical = LexicalIndex(folder / "lexical", len(self.vectors))
        self._uri = f"{(folder / 'kb.sqlite').resolve().as_uri()}?mode=ro&immutable=1"
        self._local = threading.local()
        rows = manifest["rows"]
        if len(self.vectors) != rows["passages"] or len(self.sentences) != rows["sentences"]:
            raise IndexDamaged(f"{folder}: vectors and records do not have the same rows; run kb build")
        self.used = self._used()

    @property
    def name(self) -> str:
        """The generation's directory name."""
        return cast(str, self.manifest["generation"])

    @property
    def passages_in_use(self) -> int:
        """Passages without the rows that removed documents have left."""
        return cast(int, self.manifest["counts"]["passages"])

    def _used(self) -> NDArray[np.bool_] | None:
        """Mask over the passages' rows, False for those that removed documents have left; None where there are none."""
        if self.passages_in_use == len(self.vectors):
            return None
        used = np.zeros(len(self.vectors), np.bool_)
        for first, count in self.rows("SELECT first_passage, passages FROM documents INDEXED BY rows_of_documents"):
            used[first : first + count] = True
        return used

    def rows(self, sql: str, values: Sequence[object] | Mapping[str, object] = ()) -> list[sqlite3.Row]:
        """Run one SELECT on the records. Each thread has its own connection."""
        db = getattr(self._local, "db", None)
        if db is None:
            db = sqlite3.connect(self._uri, uri=True)
            db.row_factory = sqlite3.Row
            self._local.db = db
        return cast("list[sqlite3.Row]", db.execute(sql, values).fetchall())

    @cached_property
    def word_index(self) -> WordIndex:
        """The terms with their words' vectors, read when they are first asked for."""
        terms = [Term(*row) for row in self.rows("SELECT language, term, word, passages FROM terms ORDER BY row")]
        return WordIndex(terms, np.load(self.folder / "words.npy", allow_pickle=False))

    def documents(self) -> list[Document]:
        """Every document without its text, in the order of the corpus."""
        return [_document(row, "") for row in self.rows(f"SELECT {_META} FROM documents ORDER BY path, position")]  # noqa: S608

    def lengths(self) -> dict[str, int]:
        """Characters of every document's text."""
        return {row[0]: row[1] for row in self.rows("SELECT id, length(text) FROM documents")}

    def document(self, document_id: str) -> Document:
        """One document with its text. Raises NotFound."""
        rows = self.rows("SELECT * FROM documents WHERE id = ?", (document_id,))
        if not rows:
            raise NotFound(f"no document has the id {document_id!r}; kb search shows the ids of what it finds")
        return _document(rows[0], rows[0]["text"])

    def headers(self, document_ids: Iterable[str]) -> dict[str, Document]:
        """The named documents by id, without their texts."""
        ids = list(dict.fromkeys(document_ids))
        sql = f"SELECT {_META} FROM documents WHERE id IN ({', '.join('?' * len(ids))})"  # noqa: S608
        return {row["id"]: _document(row, "") for row in self.rows(sql, ids)}

    def facets(self) -> list[tuple[str, str, str]]:
        """Kind, language and body of every document."""
        return [tuple(row) for row in self.rows("SELECT kind, language, body FROM documents INDEXED BY facets")]

    def provisions(self, document_id: str) -> tuple[Provision, ...]:
        """A document's structure in reading order."""
        rows = self.rows("SELECT * FROM provisions WHERE document = ? ORDER BY position", (document_id,))
        return tuple(_provision(row) for row in rows)

    def chain(self, document_id: str, eid: str) -> tuple[Provision, ...]:
        """A provision below its ancestors, outermost first; empty when there is none."""
        rows = self.rows(
            "WITH RECURSIVE up(eid, parent, depth) AS ("
            " SELECT eid, parent, 0 FROM provisions WHERE document = :document AND eid = :eid UNION ALL"
            " SELECT p.eid, p.parent, up.depth + 1 FROM provisions p JOIN up ON p.eid = up.parent"
            " WHERE p.document = :document)"
            " SELECT p.* FROM up JOIN provisions p ON p.document = :document AND p.eid = up.eid ORDER BY up.depth DESC",
            {"document": document_id, "eid": eid},
        )
        return tuple(_provision(row) for row in rows)

    def counts(self, words: Iterable[str]) -> dict[str, int]:
        """In how many passages each of the folded words stands, as written; those in none are left out.

        Numbers and single letters count as no words.
        """
        wanted = [word for word in dict.fromkeys(words) if len(word) > 1 and not word[0].isdigit()]
        found: dict[str, int] = {}
        for some in _batched(wanted, 500):
            sql = f"SELECT word, sum(passages) FROM words WHERE word IN ({', '.join('?' * len(some))}) GROUP BY word"  # noqa: S608
            found.update((row[0], row[1]) for row in self.rows(sql, some))
        return found

    def named(self, query: Query, language: str = "") -> list[Named]:
        """The passages that a query in `language` calls by name, with a grade; none where it names nothing.

        Exactly named is the document whose title, work or id the query is, or whose symbol it contains; of documents
        that have an article it names, the one whose symbol or all other words it says: «ст. 27 Конституции». A number
        without further words names every such article; where it has words that a title has not, it only hints at them.
        """
        title = name_key(query.text) if not query.excluded else ""
        articles = [name for name in query.symbols if name.startswith(ARTICLE)][:MAX_NAMES]
        numbers = [name for name in query.symbols if not name.startswith(ARTICLE)][:MAX_NAMES]
        whole = [replace(one, title=True) for one in self._called([title] if title else [])]
        whole += self._called([same for name in numbers for same in equivalents(name)])
        if not articles:
            return whole
        parts = self._articles(articles, without(query.text), language)
        if numbers and whole:
            inside = [replace(part, grade=1.0) for part in parts if any(within(part, document) for document in whole)]
            return inside or whole
        return whole + parts

    def _called(self, names: Sequence[str]) -> list[Named]:
        sql = f"SELECT first_passage, passages FROM names WHERE name IN ({', '.join('?' * len(names))})"  # noqa: S608
        return [Named(row[0], row[1], 1.0) for row in self.rows(sql, list(names))]

    def _articles(self, names: Sequence[str], text: str, language: str) -> list[Named]:
        """Articles of these canonical numbers, graded by how many words of `text` their document's title has."""
        sql = (
            "SELECT n.first_passage, n.passages, d.title, d.work, d.body, d.id FROM names n"  # noqa: S608 – only placeholders
            " JOIN passages p ON p.row = n.first_passage JOIN documents d ON d.id = p.document"
            f" WHERE n.name IN ({', '.join('?' * len(names))})"
        )
        rows = self.rows(sql, list(names))
        if not rows:  # "Article 6.1" may be the first paragraph of article 6
            rows = self.rows(sql, [name.partition(".")[0] for name in names])
        wanted = [word for word in name_key(text).split() if len(word) > 1 and self.lexical.stems(word, language)]
        return [Named(row[0], row[1], grade(wanted, " ".join(row[2:]))) for row in rows]

    def slice(self, document_id: str, start: int, end: int) -> str:
        """`document.text[start:end]`."""
        sql = "SELECT substr(text, ? + 1, ? - ?) FROM documents WHERE id = ?"
        rows = self.rows(sql, (start, end, start, document_id))
        return cast(str, rows[0][0]) if rows else ""

    def passage(self, passage_id: str) -> PassageRow:
        """The passage of that id, or the one that a provision so addressed was joined into. Raises NotFound."""
        rows = self.rows("SELECT * FROM passages WHERE id = ?", (passage_id,))
        document_id, _, eid = passage_id.partition("#")
        if not rows and (chain := self.chain(document_id, eid)):
            sql = 'SELECT * FROM passages WHERE document = ? AND "start" <= ? AND "end" > ?'
            rows = self.rows(sql, (document_id, chain[-1].start, chain[-1].start))
        if not rows:
            raise NotFound(f"no passage has the id {passage_id!r}; kb show DOCUMENT lists a document's provisions")
        return self._passages(rows)[0]

    def passages(self, rows: Sequence[int]) -> list[PassageRow]:
        """The passages of the given rows, in the order given."""
        sql = f"SELECT * FROM passages WHERE row IN ({', '.join('?' * len(rows))})"  # noqa: S608
        by_row = {p.row: p for p in self._passages(self.rows(sql, [int(row) for row in rows]))}
        return [by_row[int(row)] for row in rows]

    def places(self, rows: Sequence[int]) -> list[Place]:
        """Document and sentence rows of the given passages, in the order given."""
        sql = (
            "SELECT p.row, p.document, d.kind, d.language, d.body, p.first_sentence, p.sentences, p.above"  # noqa: S608
            " FROM passages p INDEXED BY places JOIN documents d INDEXED BY facets ON d.id = p.document"
            f" WHERE p.row IN ({', '.join('?' * len(rows))})"
        )
        by_row = {row[0]: Place(*row) for row in self.rows(sql, rows)}
        return [by_row[row] for row in rows]

    def _passages(self, rows: Sequence[sqlite3.Row]) -> list[PassageRow]:
        numbers = [row["row"] for row in rows]
        spans: dict[int, list[tuple[int, int]]] = {number: [] for number in numbers}
        sql = (
            'SELECT s.passage, s."start", s."end" FROM passages p JOIN sentences s'  # noqa: S608 – only placeholders
            " ON s.row BETWEEN p.first_sentence AND p.first_sentence + p.sentences - 1"
            f" WHERE p.row IN ({', '.join('?' * len(numbers))}) ORDER BY s.row"
        )
        for span in self.rows(sql, numbers):
            spans[span["passage"]].append((span["start"], span["end"]))
        return [PassageRow(row["row"], _passage(row, tuple(spans[row["row"]]))) for row in rows]


_META: Final = (
    "id, path, sha256, media_type, title, kind, body, place, date, date_to, language, source, licence, work, number,"
    " headings, warnings, pages"
)


def _batched(items: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (items[first : first + size] for first in range(0, len(items), size))


def _document(row: sqlite3.Row, text: str) -> Document:
    return Document(
        id=row["id"],
        path=row["path"],
        sha256=row["sha256"],
        media_type=row["media_type"],
        text=text,
        blocks=(),
        pages=tuple(Page(*page) for page in json.loads(row["pages"])),
        title=row["title"],
        kind=cast(DocumentKind, row["kind"]),
        body=row["body"],
        place=row["place"],
        date=row["date"],
        date_to=row["date_to"],
        language=row["language"],
        source=row["source"],
        licence=row["licence"],
        work=row["work"],
        number=row["number"],
        headings=tuple(json.loads(row["headings"])),
        warnings=tuple(json.loads(row["warnings"])),
    )


def _provision(row: sqlite3.Row) -> Provision:
    return Provision(
        eid=row["eid"],
        kind=cast(ProvisionKind, row["kind"]),
        parent=row["parent"],
        num=row["num"],
        marker=row["marker"],
        ordinal=row["ordinal"],
        level=row["level"],
        start=row["start"],
        end=row["end"],
        page=row["page"],
    )


def _passage(row: sqlite3.Row, sentences: tuple[tuple[int, int], ...]) -> Passage:
    return Passage(
        id=row["id"],
        document_id=row["document"],
        eid=row["eid"],
        eid_to=row["eid_to"],
        start=row["start"],
        end=row["end"],
        page=row["page"],
        page_to=row["page_to"],
        headings=tuple(json.loads(row["headings"])),
        formula=row["formula"],
        context=row["context"],
        sentences=sentences,
    )


def current(index: Path) -> list[tuple[str, str]]:
    """What CURRENT names: (generation, digest of its manifest), the current one and, if any, the one before.

    Raises NoIndex where nothing was ever built, else IndexDamaged.
    """
    pointer = index / "CURRENT"
    try:
        text = pointer.read_text(encoding="utf-8")
        lines = [line.split() for line in text.removesuffix(END).splitlines()]
        if not text.endswith(END) or not lines or any(len(line) != 2 or len(line[1]) != 64 for line in lines):
            raise ValueError
    except FileNotFoundError:
        if generations(index):
            raise IndexDamaged(f"{pointer}: is missing; run kb build") from None
        raise NoIndex(f"{index}: nothing is indexed here yet; run kb build") from None
    except OSError as error:
        raise IndexDamaged(f"{pointer}: {os.strerror(error.errno or errno.EIO)}; run kb build") from None
    except ValueError:
        raise IndexDamaged(f"{pointer}: does not name a generation; run kb build") from None
    return [(Path(name).name, digest) for name, digest in lines]


def generations(index: Path) -> list[Path]:
    """The folders of all generations that are there, the newest first."""
    try:
        return sorted((path for path in (index / "generations").iterdir() if path.is_dir()), reverse=True)
    except OSError:
        return []


def open_generation(index: Path) -> Generation:
    """Open the current generation after checking every byte; where it is damaged, the newest that is sound.

    `warning` of what is opened then says which file is damaged. Raises NoIndex, or IndexDamaged naming the first file
    that differs where no generation is sound.
    """
    named: list[tuple[str, str]] = []
    while True:
        before = named
        try:
            named = current(index)
            return _open(index / "generations" / named[0][0], named[0][1])
        except IndexDamaged as damage:
            if named != before:  # a newer one may have taken its place while it was opened: look again
                continue
            for folder in generations(index):
                try:
                    return _open(folder, "", f"{damage} (until then {folder.name} is used)")
                except IndexDamaged:
                    continue
            raise


def held(folder: Path) -> int:
    """A descriptor of a generation's folder that keeps builds from removing it until it is closed.

    Raises IndexDamaged where it is not there, or no longer.
    """
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise IndexDamaged(f"{folder}: {os.strerror(error.errno or errno.EIO)}; run kb build") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_SH)
        if os.fstat(lock).st_nlink == 0 or not folder.samefile(f"/proc/self/fd/{lock}"):
            raise FileNotFoundError(errno.ENOENT, "was removed")
    except OSError as error:
        os.close(lock)
        raise IndexDamaged(f"{folder}: {os.strerror(error.errno or errno.EIO)}; run kb build") from None
    return lock


def _open(folder: Path, digest: str, warning: str = "") -> Generation:
    lock = held(folder)
    try:
        manifest = read_manifest(folder, digest)
        if manifest["format"] != FORMAT:
            raise IndexDamaged(f"{folder}: format {manifest['format']}, this version reads {FORMAT}; run kb build")
        if damaged := next(verify(folder, manifest), None):
            raise IndexDamaged(damaged)
    except IndexDamaged:
        os.close(lock)
        raise
    try:
        return Generation(folder, manifest, lock, warning)
    except (OSError, ValueError, sqlite3.Error) as error:
        raise IndexDamaged(f"{folder}: cannot be opened ({error}); run kb build") from None


def read_manifest(folder: Path, digest: str = "") -> dict[str, Any]:
    """A generation's manifest with its name under `generation`, checked against its `digest` and the folder's name.

    Raises IndexDamaged.
    """
    path = folder / MANIFEST
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise IndexDamaged(f"{path}: {os.strerror(error.errno or errno.EIO)}; run kb build") from None
    found = hashlib.sha256(raw).hexdigest()
    if digest and found != digest:
        raise IndexDamaged(f"{path}: is not the manifest that CURRENT names; run kb build")
    manifest = json.loads(raw) if found == digest or folder.name.endswith(f"-{found[:NAME_DIGITS]}") else None
    if not isinstance(manifest, dict):
        raise IndexDamaged(f"{path}: is not the manifest that its folder is named by; run kb build")
    return {**manifest, "generation": folder.name}


def verify(folder: Path, manifest: Mapping[str, Any]) -> Iterator[str]:
    """Every file of a generation that differs from its manifest, each with what is wrong."""
    expected = manifest["files"]
    for name in sorted(set(_files(folder)) - set(expected) - {MANIFEST}):
        yield f"{folder / name}: is not in the manifest; run kb build"

    def check(name: str) -> str:
        path = folder / name
        try:
            sound = path.stat().st_size == expected[name]["bytes"] and _digest(path) == expected[name]["sha256"]
        except OSError as error:
            return f"{path}: {os.strerror(error.errno or errno.EIO)}; run kb build"
        return "" if sound else f"{path}: differs from its manifest; run kb build"

    with ThreadPoolExecutor() as pool:
        yield from filter(None, pool.map(check, expected))
