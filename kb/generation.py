"""index/: one immutable generation of a built index – write it whole, open it verified.

A generation is a directory `generations/<UTC time>-<digest>/`: `manifest.json` (sizes and SHA-256 of every file),
`kb.sqlite` (the records), `vectors.faiss` (row i: passage i), `sentences.npy` (row i: sentence i), `words.npy` (row i:
term i + 1), `lexical/`.
`CURRENT` names the one to open and carries the SHA-256 of its manifest.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import shutil
import sqlite3
import threading
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from kb.errors import IndexDamaged, IndexLocked, NoIndex, NotFound
from kb.lexical import LexicalIndex
from kb.model import Document, DocumentKind, Page, Passage, Provision, ProvisionKind
from kb.names import Named, grade, name_key, names_of, within
from kb.query import Query
from kb.symbols import ARTICLE, equivalents, without
from kb.vectors import VectorIndex
from kb.words import Term, WordIndex

__all__ = ["FORMAT", "KEEP", "Generation", "Records", "open_generation", "publish", "writer_lock"]

FORMAT: Final = 3
MAX_NAMES: Final = 64  # symbols of a query that are looked up
KEEP: Final = 2  # generations that stay on disk: the current one and the one before

SCHEMA: Final = """
CREATE TABLE documents (
  id TEXT PRIMARY KEY, position INTEGER NOT NULL, path TEXT NOT NULL, sha256 TEXT NOT NULL, media_type TEXT NOT NULL,
  title TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL, place TEXT NOT NULL, date TEXT NOT NULL,
  date_to TEXT NOT NULL, language TEXT NOT NULL, source TEXT NOT NULL, licence TEXT NOT NULL, work TEXT NOT NULL,
  number TEXT NOT NULL, headings TEXT NOT NULL, warnings TEXT NOT NULL, pages TEXT NOT NULL, text TEXT NOT NULL,
  first_passage INTEGER NOT NULL, passages INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE provisions (
  document TEXT NOT NULL, eid TEXT NOT NULL, position INTEGER NOT NULL, kind TEXT NOT NULL, parent TEXT, num TEXT,
  marker TEXT NOT NULL, ordinal INTEGER NOT NULL, level INTEGER NOT NULL, "start" INTEGER NOT NULL,
  "end" INTEGER NOT NULL, page INTEGER, PRIMARY KEY (document, eid)
) WITHOUT ROWID;
CREATE TABLE passages (
  row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, document TEXT NOT NULL, eid TEXT NOT NULL, eid_to TEXT NOT NULL,
  "start" INTEGER NOT NULL, "end" INTEGER NOT NULL, page INTEGER, page_to INTEGER, headings TEXT NOT NULL,
  formula TEXT NOT NULL, context TEXT NOT NULL, first_sentence INTEGER NOT NULL, sentences INTEGER NOT NULL,
  above INTEGER NOT NULL
);
CREATE INDEX passages_of_document ON passages (document, row);
CREATE INDEX places ON passages (row, document, first_sentence, sentences, above);
CREATE INDEX facets ON documents (id, kind, language, body);
CREATE TABLE sentences (
  row INTEGER PRIMARY KEY, passage INTEGER NOT NULL, "start" INTEGER, "end" INTEGER, words TEXT
);
CREATE TABLE terms (
  row INTEGER PRIMARY KEY, language TEXT NOT NULL, term TEXT NOT NULL, word TEXT NOT NULL, passages INTEGER NOT NULL
);
CREATE TABLE words (word TEXT PRIMARY KEY, passages INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE names (name TEXT NOT NULL, first_passage INTEGER NOT NULL, passages INTEGER NOT NULL);
CREATE INDEX names_by_name ON names (name);
"""


class Records:
    """Writes `kb.sqlite` of a generation being built. Numbers passages and sentences in the order they come."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute("PRAGMA synchronous = OFF")  # publish() syncs every file before it is named
        self._db.executescript(SCHEMA)
        self._db.execute("BEGIN")
        self.documents = 0
        self.provisions = 0
        self.passages = 0
        self.sentences = 0

    def add(self, document: Document, provisions: Sequence[Provision], passages: Sequence[Passage]) -> None:
        """Store one document with its structure.

        A passage's rows among the sentences are its own, then its nearest heading and its document's title: what
        stands above a passage often says best what it answers.
        """
        self._db.execute(
            f"INSERT INTO documents VALUES ({', '.join('?' * 22)})",  # noqa: S608 – only placeholders
            (
                document.id,
                self.documents,
                document.path,
                document.sha256,
                document.media_type,
                document.title,
                document.kind,
                document.body,
                document.place,
                document.date,
                document.date_to,
                document.language,
                document.source,
                document.licence,
                document.work,
                document.number,
                json.dumps(document.headings, ensure_ascii=False),
                json.dumps(document.warnings, ensure_ascii=False),
                json.dumps([[page.number, page.start, page.end] for page in document.pages]),
                document.text,
                self.passages,
                len(passages),
            ),
        )
        self._db.executemany(
            "INSERT INTO provisions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    document.id,
                    p.eid,
                    position,
                    p.kind,
                    p.parent,
                    p.num,
                    p.marker,
                    p.ordinal,
                    p.level,
                    p.start,
                    p.end,
                    p.page,
                )
                for position, p in enumerate(provisions)
            ),
        )
        self._db.executemany(
            "INSERT INTO names VALUES (?, ?, ?)",
            ((name, self.passages + first, count) for name, first, count in names_of(document, provisions, passages)),
        )
        for passage in passages:
            spans = passage.sentences
            above = list(dict.fromkeys(words for words in (*passage.headings[-1:], document.label) if words))
            self._db.execute(
                "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    self.passages,
                    passage.id,
                    passage.document_id,
                    passage.eid,
                    passage.eid_to,
                    passage.start,
                    passage.end,
                    passage.page,
                    passage.page_to,
                    json.dumps(passage.headings, ensure_ascii=False),
                    passage.formula,
                    passage.context,
                    self.sentences,
                    len(spans),
                    len(above),
                ),
            )
            rows = [(start, end, None) for start, end in spans] + [(None, None, words) for words in above]
            self._db.executemany(
                "INSERT INTO sentences VALUES (?, ?, ?, ?, ?)",
                ((self.sentences + n, self.passages, *row) for n, row in enumerate(rows)),
            )
            self.passages += 1
            self.sentences += len(rows)
        self.documents += 1
        self.provisions += len(provisions)

    def passage_texts(self) -> Iterator[tuple[int, str, str, str]]:
        """(row, language of the document, context, quote) of every passage in row order."""
        for document, language, text in self._texts():
            rows = self._db.execute(
                'SELECT row, context, "start", "end" FROM passages WHERE document = ? ORDER BY row', (document,)
            )
            for row, context, start, end in rows:
                yield row, language, context, text[start:end]

    def sentence_texts(self) -> Iterator[str]:
        """The words of every sentence row, in row order."""
        for document, _, text in self._texts():
            rows = self._db.execute(
                'SELECT s."start", s."end", s.words FROM passages p JOIN sentences s'
                " ON s.row BETWEEN p.first_sentence AND p.first_sentence + p.sentences + p.above - 1"
                " WHERE p.document = ? ORDER BY s.row",
                (document,),
            )
            for start, end, words in rows:
                yield words or text[start:end]

    def add_words(self, counts: Iterable[tuple[str, int]]) -> None:
        """Store the index's folded words, each with the number of passages it stands in."""
        self._db.executemany("INSERT INTO words VALUES (?, ?)", counts)

    def add_terms(self, terms: Iterable[Term]) -> int:
        """Store the terms whose words have vectors, in the order of these; returns how many there are."""
        added = self._db.executemany(
            "INSERT INTO terms (language, term, word, passages) VALUES (?, ?, ?, ?)",
            ((term.language, term.term, term.word, term.passages) for term in terms),
        )
        return added.rowcount if added.rowcount > 0 else 0

    def term_words(self) -> Iterator[str]:
        """The word of every term, in order."""
        for (word,) in self._db.execute("SELECT word FROM terms ORDER BY row"):
            yield word

    def _texts(self) -> Iterator[tuple[str, str, str]]:
        yield from self._db.execute("SELECT id, language, text FROM documents ORDER BY position")

    def close(self) -> None:
        """Commit and leave a compact, read-only file."""
        self._db.execute("COMMIT")
        self._db.close()


@contextmanager
def writer_lock(index: Path) -> Iterator[None]:
    """Hold the one writer's lock on an index folder. Raises IndexLocked at once, naming the holder.

    The kernel frees the lock when its holder dies, so none is ever left behind.
    """
    index.mkdir(parents=True, exist_ok=True)
    with (index / "lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "another process"
            raise IndexLocked(f"{index}: {holder} is building this index; wait for it to end") from None
        file.truncate(0)
        file.write(f"process {os.getpid()} (since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC)")
        file.flush()
        try:
            yield
        finally:
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


def publish(index: Path, folder: Path, manifest: Mapping[str, Any]) -> str:
    """Seal `folder` (on the same file system) as the next generation and make it current; returns its name.

    Every file is on disk before the directory gets its final name, and that before CURRENT points there.
    """
    names = [name for name in _files(folder) if name != "manifest.json"]
    with ThreadPoolExecutor() as pool:
        digests = list(pool.map(lambda name: _digest(folder / name), names))
    files = {
        name: {"bytes": (folder / name).stat().st_size, "sha256": digest}
        for name, digest in zip(names, digests, strict=True)
    }
    created = datetime.now(UTC)
    identity = hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()
    name = f"{created:%Y%m%dT%H%M%S%fZ}-{identity[:8]}"
    stamp = {"format": FORMAT, "generation": name, "created": f"{created:%Y-%m-%dT%H:%M:%SZ}"}
    text = json.dumps({**stamp, **manifest, "files": files}, ensure_ascii=False, indent=1)
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    for file in _files(folder):
        _sync(folder / file)
    for directory in [*(p for p in folder.rglob("*") if p.is_dir()), folder]:
        _sync(directory)
    try:
        before = current(index)[0].name
    except (NoIndex, IndexDamaged):
        before = ""
    generations = index / "generations"
    generations.mkdir(exist_ok=True)
    folder.rename(generations / name)
    _sync(generations)
    pointer = index / "CURRENT.new"
    pointer.write_text(f"{name} {hashlib.sha256(text.encode()).hexdigest()}\n", encoding="utf-8")
    _sync(pointer)
    pointer.replace(index / "CURRENT")
    _sync(index)
    kept = {name, *([before] if before else [])}
    for old in sorted((p for p in generations.iterdir() if p.name not in kept), reverse=True)[KEEP - len(kept) :]:
        _prune(old)
    return name


def _prune(folder: Path) -> None:
    """Remove a generation that no process has open; one that is in use goes with a later build."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError:
        pass
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

    def __init__(self, folder: Path, manifest: Mapping[str, Any]) -> None:
        self.folder = folder
        self.manifest = manifest
        self.vectors = VectorIndex.load(folder / "vectors.faiss")
        self.sentences: NDArray[np.float16] = np.load(folder / "sentences.npy", mmap_mode="r", allow_pickle=False)
        self.lexical = LexicalIndex(folder / "lexical")
        # Threads open the records as they come: until this object goes, later builds leave the directory alone.
        shared = os.open(folder, os.O_RDONLY)
        weakref.finalize(self, os.close, shared)
        fcntl.flock(shared, fcntl.LOCK_SH)
        self._uri = f"{(folder / 'kb.sqlite').resolve().as_uri()}?mode=ro&immutable=1"
        self._local = threading.local()
        counts = manifest["counts"]
        if len(self.vectors) != counts["passages"] or len(self.sentences) != counts["sentences"]:
            raise IndexDamaged(f"{folder}: vectors and records do not have the same rows; run kb build")

    @property
    def name(self) -> str:
        """The generation's directory name."""
        return cast(str, self.manifest["generation"])

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
        return [_document(row, "") for row in self.rows(f"SELECT {_META} FROM documents ORDER BY position")]  # noqa: S608

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
        """In how many passages each of the folded words stands, as written; those in none are left out."""
        wanted = list(dict.fromkeys(words))
        found: dict[str, int] = {}
        for some in _batched(wanted, 500):
            sql = f"SELECT word, passages FROM words WHERE word IN ({', '.join('?' * len(some))})"  # noqa: S608
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


def current(index: Path) -> tuple[Path, str]:
    """The current generation's folder and its manifest's digest. Raises NoIndex or IndexDamaged."""
    pointer = index / "CURRENT"
    try:
        name, digest = pointer.read_text(encoding="utf-8").split()
    except FileNotFoundError:
        raise NoIndex(f"{index}: nothing is indexed here yet; run kb build") from None
    except ValueError:
        raise IndexDamaged(f"{pointer}: does not name a generation; run kb build") from None
    return index / "generations" / Path(name).name, digest


def open_generation(index: Path) -> Generation:
    """Open the current generation after checking every byte against its manifest.

    Raises NoIndex, or IndexDamaged naming the first file that differs.
    """
    folder, digest = current(index)
    path = folder / "manifest.json"
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise IndexDamaged(f"{path}: {os.strerror(error.errno or errno.EIO)}; run kb build") from None
    if hashlib.sha256(raw).hexdigest() != digest:
        raise IndexDamaged(f"{path}: is not the manifest that CURRENT names; run kb build")
    manifest = cast("dict[str, Any]", json.loads(raw))
    if manifest["format"] != FORMAT:
        raise IndexDamaged(f"{path}: format {manifest['format']}, this version reads {FORMAT}; run kb build")
    verify(folder, manifest)
    return Generation(folder, manifest)


def verify(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Compare every file of a generation with its manifest. Raises IndexDamaged naming the first that differs."""
    expected = manifest["files"]
    extra = set(_files(folder)) - set(expected) - {"manifest.json"}
    if extra:
        raise IndexDamaged(f"{folder / min(extra)}: is not in the manifest; run kb build")

    def check(name: str) -> None:
        path = folder / name
        try:
            sound = path.stat().st_size == expected[name]["bytes"] and _digest(path) == expected[name]["sha256"]
        except OSError as error:
            raise IndexDamaged(f"{path}: {os.strerror(error.errno or errno.EIO)}; run kb build") from None
        if not sound:
            raise IndexDamaged(f"{path}: differs from its manifest; run kb build")

    with ThreadPoolExecutor() as pool:
        list(pool.map(check, expected))
