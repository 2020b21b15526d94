"""kb.sqlite: the documents of a generation with their structure, as plain tables that anyone can open.

A passage's row is its row in `vectors.faiss`, a sentence's its row in `sentences.npy`. Rows are never numbered anew:
those of a removed document stay unused until everything is laid out again.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Final

from kb.commitments import Commitment, Span
from kb.language import fold
from kb.lexical import is_unspaced, stems
from kb.model import Document, Passage, Provision
from kb.names import names_of
from kb.words import Term, is_counted, words_of

__all__ = ["Records", "Source", "source_of"]

COUNTED: Final = 200_000  # distinct words held in memory before they are stored

SCHEMA: Final = """
CREATE TABLE sources (
  path TEXT PRIMARY KEY, inputs TEXT NOT NULL, ocr TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL,
  notices TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE documents (
  id TEXT PRIMARY KEY, position INTEGER NOT NULL, path TEXT NOT NULL, sha256 TEXT NOT NULL, media_type TEXT NOT NULL,
  title TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL, place TEXT NOT NULL, date TEXT NOT NULL,
  date_to TEXT NOT NULL, language TEXT NOT NULL, source TEXT NOT NULL, licence TEXT NOT NULL, work TEXT NOT NULL,
  number TEXT NOT NULL, headings TEXT NOT NULL, warnings TEXT NOT NULL, pages TEXT NOT NULL, text TEXT NOT NULL,
  first_passage INTEGER NOT NULL, passages INTEGER NOT NULL, first_sentence INTEGER NOT NULL,
  sentences INTEGER NOT NULL, provisions INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX documents_by_path ON documents (path, position, id, sha256);
CREATE INDEX facets ON documents (id, kind, language, body);
CREATE INDEX rows_of_documents ON documents (first_passage, passages, sentences, provisions);
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
CREATE TABLE sentences (
  row INTEGER PRIMARY KEY, passage INTEGER NOT NULL, "start" INTEGER, "end" INTEGER, words TEXT
);
CREATE TABLE commitments (
  id TEXT PRIMARY KEY, document TEXT NOT NULL, eid TEXT NOT NULL, number INTEGER NOT NULL, position INTEGER NOT NULL,
  passage INTEGER, sentence INTEGER, strength TEXT NOT NULL, verb TEXT NOT NULL, "start" INTEGER NOT NULL,
  "end" INTEGER NOT NULL, action_start INTEGER NOT NULL, action_end INTEGER NOT NULL, object_start INTEGER,
  object_end INTEGER, deadline_start INTEGER, deadline_end INTEGER, due_from TEXT NOT NULL, due_to TEXT NOT NULL,
  recurrence TEXT NOT NULL, recurrence_start INTEGER, recurrence_end INTEGER, rule TEXT NOT NULL, lexicon TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX commitments_of_document ON commitments (document, position);
CREATE TABLE parties (
  commitment TEXT NOT NULL, relation TEXT NOT NULL, position INTEGER NOT NULL, name TEXT NOT NULL, entry TEXT NOT NULL,
  role TEXT NOT NULL, implied INTEGER NOT NULL, "start" INTEGER, "end" INTEGER,
  PRIMARY KEY (commitment, relation, position)
) WITHOUT ROWID;
CREATE INDEX parties_by_name ON parties (relation, name, commitment);
CREATE TABLE words (
  word TEXT NOT NULL, language TEXT NOT NULL, passages INTEGER NOT NULL, PRIMARY KEY (word, language)
) WITHOUT ROWID;
CREATE TABLE terms (
  row INTEGER PRIMARY KEY, language TEXT NOT NULL, term TEXT NOT NULL, word TEXT NOT NULL, passages INTEGER NOT NULL
);
CREATE TABLE names (name TEXT NOT NULL, first_passage INTEGER NOT NULL, passages INTEGER NOT NULL);
CREATE INDEX names_by_name ON names (name);
CREATE INDEX names_by_passage ON names (first_passage);
"""


@dataclass(frozen=True, slots=True)
class Source:
    """A file of the corpus: what decided its reading, and what came of it.

    `ocr`: with what its pictures were recognised, "" where it has none. `reason`: why it gave no document, else "".
    """

    path: str
    inputs: str
    ocr: str = ""
    reason: str = ""
    detail: str = ""
    notices: tuple[str, ...] = ()


def source_of(row: Sequence[str]) -> Source:
    """A row of the table `sources`."""
    path, inputs, ocr, reason, detail, notices = row
    return Source(path, inputs, ocr, reason, detail, tuple(json.loads(notices)))


def _ends(span: Span | None) -> tuple[int | None, int | None]:
    return (span.start, span.end) if span else (None, None)


class Records:
    """Writes the records of a generation being built: new ones, or a copy of the last generation's brought up to date.

    `passages` and `sentences` are the numbers of rows, used or not: the next ones go there.
    """

    def __init__(self, path: Path, *, passages: int = 0, sentences: int = 0) -> None:
        new = not path.exists()
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute("PRAGMA synchronous = OFF")  # publish() syncs every file before it is named
        if new:
            self._db.executescript(SCHEMA)
        self._db.execute("BEGIN")
        self._first = passages
        self.passages = passages
        self.sentences = sentences
        self._position = int(self._db.execute("SELECT ifnull(max(position), -1) + 1 FROM documents").fetchone()[0])
        self._words: Counter[tuple[str, str]] = Counter()

    def counts(self) -> dict[str, int]:
        """Documents, provisions, passages, sentences and commitments that are in use."""
        sql = "SELECT count(*), ifnull(sum(provisions), 0), ifnull(sum(passages), 0), ifnull(sum(sentences), 0)"
        row = self._db.execute(f"{sql} FROM documents").fetchone()
        counts = dict(zip(("documents", "provisions", "passages", "sentences"), row, strict=True))
        return counts | {"commitments": self._db.execute("SELECT count(*) FROM commitments").fetchone()[0]}

    def put_sources(self, sources: Iterable[Source], gone: Iterable[str]) -> None:
        """Store what came of files, and forget those that are gone."""
        self._db.executemany("DELETE FROM sources WHERE path = ?", ((path,) for path in gone))
        self._db.executemany(
            "INSERT OR REPLACE INTO sources VALUES (?, ?, ?, ?, ?, ?)",
            ((s.path, s.inputs, s.ocr, s.reason, s.detail, json.dumps(s.notices, ensure_ascii=False)) for s in sources),
        )

    def sources(self) -> list[Source]:
        """Every file of the corpus, by path."""
        rows = self._db.execute("SELECT * FROM sources ORDER BY path")
        return [source_of(row) for row in rows]

    def remove(self, ids: Iterable[str]) -> list[int]:
        """Delete documents with all that belongs to them; returns the rows of their passages."""
        rows: list[int] = []
        for identity in ids:
            (found,) = self._db.execute(
                "SELECT first_passage, passages, first_sentence, language, text FROM documents WHERE id = ?",
                (identity,),
            )
            first, count, sentence, language, text = found
            own = self._db.execute(
                'SELECT row, "start", "end", first_sentence + sentences + above FROM passages'
                " WHERE document = ? ORDER BY row",
                (identity,),
            ).fetchall()
            for row, start, end, _ in own:
                rows.append(row)
                self._count(language, text[start:end], -1)
            last = own[-1][3] if own else sentence
            self._db.execute("DELETE FROM sentences WHERE row >= ? AND row < ?", (sentence, last))
            self._db.execute("DELETE FROM names WHERE first_passage >= ? AND first_passage < ?", (first, first + count))
            self._db.execute("DELETE FROM passages WHERE row >= ? AND row < ?", (first, first + count))
            self._db.execute("DELETE FROM provisions WHERE document = ?", (identity,))
            self._db.execute(
                "DELETE FROM parties WHERE commitment IN (SELECT id FROM commitments WHERE document = ?)", (identity,)
            )
            self._db.execute("DELETE FROM commitments WHERE document = ?", (identity,))
            self._db.execute("DELETE FROM documents WHERE id = ?", (identity,))
        return rows

    def add(
        self,
        document: Document,
        provisions: Sequence[Provision],
        passages: Sequence[Passage],
        commitments: Sequence[Commitment] = (),
    ) -> None:
        """Store one document with its structure and its commitments.

        A passage's rows among the sentences are its own, then its nearest heading and its document's title: what
        stands above a passage often says best what it answers.
        """
        first_passage, first_sentence = self.passages, self.sentences
        sentences: list[tuple[int, int, int, int]] = []  # passage's row, own row, span
        for passage in passages:
            sentences += ((self.passages, self.sentences + n, *span) for n, span in enumerate(passage.sentences))
            self._add_passage(document, passage)
        for position, commitment in enumerate(commitments):
            self._add_commitment(commitment, position, sentences)
        self._db.execute(
            f"INSERT INTO documents VALUES ({', '.join('?' * 25)})",  # noqa: S608 – only placeholders
            (
                document.id,
                self._position,
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
                json.dumps([astuple(page) for page in document.pages]),
                document.text,
                first_passage,
                len(passages),
                first_sentence,
                self.sentences - first_sentence,
                len(provisions),
            ),
        )
        self._position += 1
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
            ((name, first_passage + first, count) for name, first, count in names_of(document, provisions, passages)),
        )

    def _add_passage(self, document: Document, passage: Passage) -> None:
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
        self._count(document.language, document.text[passage.start : passage.end], 1)
        self.passages += 1
        self.sentences += len(rows)

    def _add_commitment(
        self, commitment: Commitment, position: int, sentences: Sequence[tuple[int, int, int, int]]
    ) -> None:
        """Store a commitment, with the sentence that says most of its action and that one's passage."""
        c = commitment
        shared = [
            (min(end, c.evidence.end) - max(start, c.evidence.start), start <= c.action.start < end, -row, passage)
            for passage, row, start, end in sentences
        ]
        said = max(((acts, common, row, passage) for common, acts, row, passage in shared if common > 0), default=None)
        passage, sentence = (said[3], -said[2]) if said else (None, None)
        self._db.execute(
            f"INSERT INTO commitments VALUES ({', '.join('?' * 24)})",  # noqa: S608 – only placeholders
            (
                c.id,
                c.document_id,
                c.eid,
                c.number,
                position,
                passage,
                sentence,
                c.strength,
                c.verb,
                *_ends(c.evidence),
                *_ends(c.action),
                *_ends(c.object),
                *_ends(c.deadline.words if c.deadline else None),
                c.deadline.date_from if c.deadline else "",
                c.deadline.date_to if c.deadline else "",
                c.recurrence.kind if c.recurrence else "",
                *_ends(c.recurrence.words if c.recurrence else None),
                c.rule,
                c.lexicon,
            ),
        )
        self._db.executemany(
            "INSERT INTO parties VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (c.id, relation, n, party.name, party.entry, party.role, party.implied, *_ends(party.words))
                for relation, parties in (("performer", c.performers), ("addressee", c.addressees))
                for n, party in enumerate(parties)
            ),
        )

    def _count(self, language: str, quote: str, by: int) -> None:
        """Count a passage's words in or out."""
        for word in words_of(fold(quote), language, stems, is_unspaced(language)):
            if is_counted(word):
                self._words[word, language] += by
        if len(self._words) > COUNTED:
            self._store_words()

    def _store_words(self) -> None:
        self._db.executemany(
            "INSERT INTO words VALUES (?, ?, ?)"
            " ON CONFLICT (word, language) DO UPDATE SET passages = passages + excluded.passages",
            ((word, language, by) for (word, language), by in self._words.items() if by),
        )
        self._words.clear()

    def word_counts(self) -> Iterator[tuple[str, str, int]]:
        """(language, word, passages that have it) of all words, language by language, the commonest first."""
        self._store_words()
        self._db.execute("DELETE FROM words WHERE passages <= 0")
        order = "language, passages DESC, word DESC"
        rows = self._db.execute(f"SELECT language, word, passages FROM words ORDER BY {order}")  # noqa: S608 – fixed
        # `yield from` would close the cursor when a build has failed, after its database.
        for row in rows:  # noqa: UP028
            yield row

    def put_terms(self, terms: Iterable[Term]) -> int:
        """Store the terms whose words have vectors, in the order of these; returns how many there are."""
        self._db.execute("DELETE FROM terms")
        added = self._db.executemany(
            "INSERT INTO terms (language, term, word, passages) VALUES (?, ?, ?, ?)",
            ((term.language, term.term, term.word, term.passages) for term in terms),
        )
        return added.rowcount if added.rowcount > 0 else 0

    def term_words(self) -> Iterator[str]:
        """The word of every term, in order."""
        for (word,) in self._db.execute("SELECT word FROM terms ORDER BY row"):
            yield word

    def passage_texts(self, *, new: bool) -> Iterator[tuple[int, str, str, str]]:
        """(row, language of the document, context, quote) of every passage, or every new one, in row order."""
        for document, language, text in self._texts(new):
            rows = self._db.execute(
                'SELECT row, context, "start", "end" FROM passages WHERE document = ? ORDER BY row', (document,)
            )
            for row, context, start, end in rows:
                yield row, language, context, text[start:end]

    def sentence_texts(self, *, new: bool) -> Iterator[str]:
        """The words of every sentence row, or every new one, in row order."""
        for document, _, text in self._texts(new):
            rows = self._db.execute(
                'SELECT s."start", s."end", s.words FROM passages p JOIN sentences s'
                " ON s.row BETWEEN p.first_sentence AND p.first_sentence + p.sentences + p.above - 1"
                " WHERE p.document = ? ORDER BY s.row",
                (document,),
            )
            for start, end, words in rows:
                yield words or text[start:end]

    def _texts(self, new: bool) -> Iterator[tuple[str, str, str]]:
        ids = self._db.execute(
            "SELECT id FROM documents INDEXED BY rows_of_documents WHERE first_passage >= ? AND passages > 0"
            " ORDER BY first_passage",
            (self._first if new else 0,),
        )
        for identity in ids:
            yield self._db.execute("SELECT id, language, text FROM documents WHERE id = ?", identity).fetchone()

    def has(self, identity: str) -> bool:
        """Whether a document has that id."""
        return bool(self._db.execute("SELECT 1 FROM documents WHERE id = ?", (identity,)).fetchone())

    def finish(self) -> None:
        """Commit and leave a compact, read-only file."""
        self._db.execute("COMMIT")
        self._db.close()

    def __enter__(self) -> Records:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()
