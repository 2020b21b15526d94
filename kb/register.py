"""The register of commitments: who undertook what, for whom, by when, in which text.

It reads the commitments of one generation, puts to each what staff have noted of it, and finds the same undertaking
in other documents.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal, get_args
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from kb.catalog import PARTIES
from kb.cite import citation
from kb.commitments import ACTS, Parties, Party, Span
from kb.commitments import Strength as CommitmentStrength
from kb.errors import NotFound, SettingsError, UsageError
from kb.generation import Generation
from kb.language import fold
from kb.lexical import stems
from kb.model import KINDS, LANGUAGE, Document, is_date, page_at
from kb.notes import STATUSES, Note, Notes
from kb.search import Searcher

__all__ = ["SORTS", "STRENGTHS", "Entry", "Found", "Register", "Relation", "Step", "Wanted"]

STRENGTHS: Final[tuple[str, ...]] = get_args(CommitmentStrength)
SORTS: Final = ("newest", "oldest", "due", "performer", "relevance")
MOST: Final = 100_000  # records of one answer
FACET: Final = 50  # values of a facet that are counted out

# How binding an act is said to be: a thread says whether it grew or shrank.
FORCE: Final[Mapping[str, int]] = {"request": 1, "recommendation": 2, "undertaking": 3, "instruction": 4, "decision": 4}
ALIKE: Final = 0.88  # similarity of the sentences of what is the same undertaking in other words
SHARED: Final = 0.5  # share of the words that both say, of the shorter
ELSEWHERE: Final = 0.6  # share of all words of both, in a document of another title
TELLING: Final = 4  # words from which an act says by itself what it is about; «remain seized» does not
SAME_WORDS: Final = 0.9  # … from which it is repeated, not reworded
SILENT: Final = 20  # later documents that are named for not saying it
NEAREST: Final = 400  # records looked at for a thread

Dues = Literal["", "stated", "none"]
Answers = Literal["", "yes", "no"]
Relation = Literal["first", "repeated", "reworded", "stronger", "weaker"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which commitments are asked for. "" means any; `strength`: one, "acts" for those that something is to follow
    from, or "all". `performer`, `addressee`: a name as the facets give it. Dates: ISO 8601, a year or month will do.
    """

    text: str = ""
    performer: str = ""
    addressee: str = ""
    strength: str = "acts"
    due: Dues = ""
    due_from: str = ""
    due_to: str = ""
    recurring: Answers = ""
    status: str = ""
    body: str = ""
    kind: str = ""
    language: str = ""
    document: str = ""
    year: str = ""
    verb: str = ""

    def __post_init__(self) -> None:
        self._one_of("strength", ("acts", "all", *STRENGTHS))
        self._one_of("due", ("", *get_args(Dues)))
        self._one_of("recurring", ("", *get_args(Answers)))
        self._one_of("status", ("", "overdue", *STATUSES))
        self._one_of("kind", ("", *KINDS))
        if self.language and not LANGUAGE.fullmatch(self.language):
            raise UsageError(f"lang: {self.language!r} is not a language such as ru, en or de")
        for name in ("due_from", "due_to", "year"):
            value = getattr(self, name)
            if value and not is_date(value):
                raise UsageError(f"{name}: {value!r} is not a date such as 2022-11-02, 2022-11 or 2022")

    def _one_of(self, name: str, known: Sequence[str]) -> None:
        if getattr(self, name) not in known:
            raise UsageError(f"{name}: {getattr(self, name)!r} is none of {', '.join(filter(None, known))}")


@dataclass(frozen=True, slots=True)
class Entry:
    """A commitment as the register shows it, with its citation and what is noted of it.

    `status`: "open", "done", "superseded" as noted, "overdue" where it is open and due before today, "" for what is
    no act. `changed`: the note was made on other words than stand there now.
    """

    id: str
    document: Document
    eid: str
    passage_id: str
    strength: str
    verb: str
    performers: tuple[Party, ...]
    addressees: tuple[Party, ...]
    action: Span
    object: Span | None
    deadline: Span | None
    due_from: str
    due_to: str
    recurrence: Span | None
    recurring: str
    evidence: Span
    rule: str
    lexicon: str
    locator: str
    citation: str
    page: int | None
    status: str
    note: Note | None
    changed: bool

    @property
    def url(self) -> str:
        """Where the evidence stands marked."""
        return f"/doc/{self.document.id}?mark={self.evidence.start}-{self.evidence.end}#{self.eid}"

    def to_json(self) -> dict[str, Any]:
        """Plain data, the same words on the command line and over HTTP; what is not stated is null."""
        document = self.document
        return {
            "id": self.id,
            "strength": self.strength,
            "performers": [_party(party) for party in self.performers],
            "verb": self.verb,
            "action": _words(self.action),
            "object": _words(self.object),
            "addressees": [_party(party) for party in self.addressees],
            "deadline": _words(self.deadline) and {**_spanned(self.deadline), "from": self.due_from, "to": self.due_to},
            "recurrence": _words(self.recurrence) and {**_spanned(self.recurrence), "kind": self.recurring},
            "evidence": _words(self.evidence),
            "document_id": document.id,
            "title": document.title,
            "body": document.body,
            "kind": document.kind,
            "date": document.date,
            "language": document.language,
            "eid": self.eid,
            "passage_id": self.passage_id,
            "locator": self.locator,
            "page": self.page,
            "citation": self.citation,
            "url": self.url,
            "rule": self.rule,
            "lexicon": self.lexicon,
            "status": self.status,
            "note": self.note and {**self.note.to_json(), "text_changed": self.changed},
        }


def _spanned(words: Span | None) -> dict[str, Any]:
    return {"text": words.text, "start": words.start, "end": words.end} if words else {}


def _words(words: Span | None) -> dict[str, Any] | None:
    return _spanned(words) or None


def _party(party: Party) -> dict[str, Any]:
    return {
        "name": party.name,
        "entry": party.entry,
        "role": party.role,
        "implied": party.implied,
        "words": _words(party.words),
    }


@dataclass(frozen=True, slots=True)
class Found:
    """Commitments of an answer's page; `total` of them pass the filters; `facets` counts these by field and value."""

    entries: tuple[Entry, ...]
    total: int
    facets: Mapping[str, list[tuple[str, int]]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "total": self.total,
            "commitments": [entry.to_json() for entry in self.entries],
            "facets": {name: [list(pair) for pair in counts] for name, counts in self.facets.items()},
        }


@dataclass(frozen=True, slots=True)
class Step:
    """One place of a thread: what it is to the one before, how alike its words are to those of the record asked for,
    and the later documents of the same body and title that no longer say it (on the last step only)."""

    entry: Entry
    relation: Relation
    likeness: float
    dropped: tuple[Document, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "relation": self.relation,
            "likeness": self.likeness,
            "commitment": self.entry.to_json(),
            "dropped": [{"document_id": d.id, "title": d.title, "date": d.date} for d in self.dropped],
        }


class Register:
    """The commitments of the generation that a searcher holds. Safe to share between threads."""

    def __init__(self, searcher: Searcher, notes: Notes | None = None) -> None:
        """`notes`: the store of staff's notes; none are shown without it."""
        self._searcher = searcher
        self._records = searcher.records
        self._known = _names_of(searcher.corpus / PARTIES)
        self._notes = notes

    def find(
        self, wanted: Wanted = Wanted(), *, sort: str = "", limit: int = 50, offset: int = 0, reader: str = "en"
    ) -> Found:
        """The commitments that pass the filters, in order; `sort`: of SORTS, by default the nearest to a text, else
        the newest first.

        Raises UsageError.
        """
        if not 1 <= limit <= MOST or offset < 0:
            raise UsageError(f"limit must be between 1 and {MOST}, offset not negative")
        sort = sort or ("relevance" if wanted.text else "newest")
        if sort not in SORTS:
            raise UsageError(f"sort: {sort!r} is none of {', '.join(SORTS)}")
        if wanted.document and not self._records.headers([wanted.document]):
            raise NotFound(f"document: none has the id {wanted.document!r}; kb status lists them")
        notes = self._noted()
        rows = self._matching(wanted, notes)
        if wanted.text:
            about = self._about(wanted.text, rows)
            # The rows come the newest first.
            kept = {row["id"] for row in about}
            rows = about if sort == "relevance" else [row for row in rows if row["id"] in kept]
        if sort in _ORDERS:
            rows = sorted(rows, key=_ORDERS[sort])
        entries = self._entries([row["id"] for row in rows[offset : offset + limit]], notes, reader)
        return Found(tuple(entries), len(rows), self._facets(rows))

    def get(self, commitment: str, *, reader: str = "en") -> Entry:
        """One commitment. Raises NotFound."""
        return self._get(commitment, self._noted(), reader)

    def thread(self, commitment: str, *, reader: str = "en") -> list[Step]:
        """The same undertaking in this and other documents, the earliest first. Raises NotFound."""
        notes = self._noted()
        asked = self._get(commitment, notes, reader)
        alike, near = self._alike(asked)
        entries = self._entries([asked.id, *alike], notes, reader)
        entries.sort(key=lambda entry: (entry.document.date or "9999", entry.document.id, entry.evidence.start))
        steps: list[Step] = []
        for entry in entries:
            before = steps[-1].entry if steps else None
            steps.append(Step(entry, _relation(before, entry), alike.get(entry.id, 1.0)))
        if near:
            steps[-1] = replace(steps[-1], dropped=tuple(self._silent(steps[-1].entry.document, near)))
        return steps

    def documents(self) -> list[Document]:
        """Every document, without text."""
        return self._searcher.documents()

    def note(self, commitment: str, status: str, remark: str) -> Entry:
        """Note a status and a remark. Raises NotFound, UsageError, NotesError."""
        entry = self.get(commitment)
        if self._notes is None:
            raise UsageError("no store of notes is set; name a file with the setting notes")
        notes = self._notes.all()
        self._notes.put(commitment, status, remark, entry.evidence.text, self._there(notes))
        return self.get(commitment)

    def astray(self) -> list[Note]:
        """Notes on commitments that are no longer there, nor their words anywhere in the document."""
        notes = self._notes.all() if self._notes else {}
        there = self._there(notes)
        return [note for note in notes.values() if note.id not in there]

    # -- finding ------------------------------------------------------------------------------------------------------

    def _matching(self, wanted: Wanted, notes: Mapping[str, Note]) -> list[sqlite3.Row]:
        today = f"{datetime.now(UTC):%Y-%m-%d}"
        closed = json.dumps([place for place, note in notes.items() if note.status != "open"])
        tests: dict[str, tuple[object, ...]] = {}
        if wanted.strength not in {"acts", "all"}:
            tests["c.strength = ?"] = (wanted.strength,)
        elif wanted.strength == "acts" or wanted.status:
            tests[f"c.strength IN ({', '.join('?' * len(ACTS))})"] = tuple(sorted(ACTS))
        for relation in ("performer", "addressee"):
            if name := getattr(wanted, relation):
                tests[
                    f"c.id IN (SELECT commitment FROM parties WHERE relation = '{relation}'"  # noqa: S608 – fixed
                    " AND name IN (SELECT value FROM json_each(?)))"
                ] = (json.dumps(self._names(relation, name)),)
        if wanted.due:
            tests[f"c.deadline_start IS {'NOT ' if wanted.due == 'stated' else ''}NULL"] = ()
        if wanted.due_from:
            tests["(c.due_to >= ? OR (c.due_to = '' AND c.due_from >= ?))"] = (wanted.due_from,) * 2
        if wanted.due_to:
            # A year or a month covers its days.
            tests["c.due_to <> '' AND c.due_to <= ?"] = (f"{wanted.due_to}~",)
        if wanted.recurring:
            tests[f"c.recurrence {'<>' if wanted.recurring == 'yes' else '='} ''"] = ()
        overdue = "(c.due_to <> '' AND c.due_to < ? AND c.id NOT IN (SELECT value FROM json_each(?)))"
        if wanted.status == "overdue":
            tests[overdue] = (today, closed)
        elif wanted.status == "open":
            tests["c.id NOT IN (SELECT value FROM json_each(?))"] = (closed,)
            tests[f"NOT {overdue}"] = (today, closed)
        elif wanted.status:
            noted = json.dumps([place for place, note in notes.items() if note.status == wanted.status])
            tests["c.id IN (SELECT value FROM json_each(?))"] = (noted,)
        for column in ("body", "kind", "language"):
            if value := getattr(wanted, column):
                tests[f"d.{column} = ?"] = (value,)
        if wanted.document:
            tests["d.id = ?"] = (wanted.document,)
        if wanted.year:
            tests["d.date LIKE ?"] = (f"{wanted.year}%",)
        if wanted.verb:
            tests["c.verb = ?"] = (wanted.verb,)
        where = f" WHERE {' AND '.join(tests)}" if tests else ""
        return self._records.rows(
            "SELECT c.id, c.document, c.position, c.passage, c.sentence, c.strength, c.due_from, c.due_to,"  # noqa: S608 – fixed tests
            " c.deadline_start, c.recurrence, d.date, d.body, d.kind, d.language,"
            " (SELECT name FROM parties WHERE commitment = c.id AND relation = 'performer' LIMIT 1) AS performer"
            f" FROM commitments c JOIN documents d ON d.id = c.document{where}"
            " ORDER BY d.date DESC, c.document, c.position",
            [value for values in tests.values() for value in values],
        )

    def _names(self, relation: str, asked: str) -> list[str]:
        """The names of the parties that are meant: of the same entry, else of that name, else those that hold it."""
        rows = self._records.rows("SELECT DISTINCT name, entry FROM parties WHERE relation = ?", (relation,))
        entries = {asked} | self._known.meant(asked) | {row["entry"] for row in rows if row["name"] == asked}
        found = [row["name"] for row in rows if row["name"] == asked or (row["entry"] and row["entry"] in entries)]
        return found or [row["name"] for row in rows if fold(asked) in fold(row["name"])]

    def _about(self, text: str, rows: Sequence[sqlite3.Row]) -> list[sqlite3.Row]:
        """Those whose passage says something of what is asked, the nearest first."""
        by_passage: dict[int, list[sqlite3.Row]] = {}
        for row in rows:
            if row["passage"] is not None:
                by_passage.setdefault(row["passage"], []).append(row)
        found = self._searcher.about(text, by_passage)
        return [row for passage in found for row in by_passage[passage]]

    def _facets(self, rows: Sequence[sqlite3.Row]) -> dict[str, list[tuple[str, int]]]:
        facets: dict[str, Counter[str]] = {
            "strength": Counter(row["strength"] for row in rows),
            "body": Counter(row["body"] for row in rows if row["body"]),
            "kind": Counter(row["kind"] for row in rows),
            "language": Counter(row["language"] for row in rows if row["language"]),
            "year": Counter(row["date"][:4] for row in rows if row["date"]),
            "recurring": Counter("yes" if row["recurrence"] else "no" for row in rows),
            "due": Counter("none" if row["deadline_start"] is None else "stated" for row in rows),
        }
        ids = json.dumps([row["id"] for row in rows])
        for relation in ("performer", "addressee"):
            # A body of several names is one, shown by the name that stands most often.
            names: dict[str, Counter[str]] = {}
            commitments: dict[str, set[str]] = {}
            for row in self._records.rows(
                "SELECT commitment, name, entry FROM parties WHERE relation = ?"
                " AND commitment IN (SELECT value FROM json_each(?))",
                (relation, ids),
            ):
                key = row["entry"] or f"={row['name']}"
                names.setdefault(key, Counter())[row["name"]] += 1
                commitments.setdefault(key, set()).add(row["commitment"])
            facets[relation] = Counter({names[key].most_common(1)[0][0]: len(one) for key, one in commitments.items()})
        return {
            name: sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:FACET]
            for name, counts in facets.items()
        }

    # -- showing ------------------------------------------------------------------------------------------------------

    def _get(self, commitment: str, notes: Mapping[str, Note], reader: str) -> Entry:
        entries = self._entries([commitment], notes, reader)
        if not entries:
            raise NotFound(f"no commitment has the id {commitment!r}; kb commitments lists them")
        return entries[0]

    def _entries(self, ids: Sequence[str], notes: Mapping[str, Note], reader: str) -> list[Entry]:
        """The commitments of these ids, in their order, with the notes of each; those that are none are left out."""
        wanted = json.dumps(list(ids))
        rows = {
            row["id"]: row
            for row in self._records.rows(
                "SELECT c.*, p.id AS passage_id FROM commitments c LEFT JOIN passages p ON p.row = c.passage"
                " WHERE c.id IN (SELECT value FROM json_each(?))",
                (wanted,),
            )
        }
        parties: dict[tuple[str, str], list[sqlite3.Row]] = {}
        for row in self._records.rows(
            "SELECT * FROM parties WHERE commitment IN (SELECT value FROM json_each(?))"
            " ORDER BY commitment, relation, position",
            (wanted,),
        ):
            parties.setdefault((row["commitment"], row["relation"]), []).append(row)
        documents = self._records.headers(row["document"] for row in rows.values())
        located: dict[tuple[str, str], str] = {}
        entries = []
        for row in (rows[identity] for identity in ids if identity in rows):
            header, eid = documents[row["document"]], row["eid"]
            if (header.id, eid) not in located:
                located[header.id, eid] = self._searcher.locate(header, eid, reader)
            entries.append(self._entry(row, header, parties, located[header.id, eid], notes.get(row["id"]), reader))
        return entries

    def _entry(
        self,
        row: sqlite3.Row,
        header: Document,
        parties: Mapping[tuple[str, str], Sequence[sqlite3.Row]],
        place: str,
        note: Note | None,
        reader: str,
    ) -> Entry:
        evidence = self._slice(header.id, row["start"], row["end"])
        page = page_at(header.pages, row["start"])
        act = row["strength"] in ACTS
        status = note.status if note else "open"
        late = status == "open" and row["due_to"] and row["due_to"] < f"{datetime.now(UTC):%Y-%m-%d}"

        def words(name: str) -> Span | None:
            start, end = row[f"{name}_start"], row[f"{name}_end"]
            return None if start is None else self._slice(header.id, start, end)

        def those(relation: str) -> tuple[Party, ...]:
            return tuple(
                Party(
                    p["name"],
                    p["entry"],
                    p["role"],
                    None if p["start"] is None else self._slice(header.id, p["start"], p["end"]),
                    bool(p["implied"]),
                )
                for p in parties.get((row["id"], relation), ())
            )

        return Entry(
            id=row["id"],
            document=header,
            eid=row["eid"],
            passage_id=row["passage_id"] or "",
            strength=row["strength"],
            verb=row["verb"],
            performers=those("performer"),
            addressees=those("addressee"),
            action=self._slice(header.id, row["action_start"], row["action_end"]),
            object=words("object"),
            deadline=words("deadline"),
            due_from=row["due_from"],
            due_to=row["due_to"],
            recurrence=words("recurrence"),
            recurring=row["recurrence"],
            evidence=evidence,
            rule=row["rule"],
            lexicon=row["lexicon"],
            locator=place,
            citation=citation(header, place, page, reader),
            page=page,
            status="" if not act and not note else "overdue" if late else status,
            note=note,
            changed=bool(note and note.quote != evidence.text),
        )

    def _slice(self, document: str, start: int, end: int) -> Span:
        return Span(self._records.slice(document, start, end), start, end)

    # -- notes --------------------------------------------------------------------------------------------------------

    def _noted(self) -> dict[str, Note]:
        """The notes by the commitment that each belongs to now."""
        notes = self._notes.all() if self._notes else {}
        return {place: notes[identity] for identity, place in self._there(notes).items()}

    def _there(self, notes: Mapping[str, Note]) -> dict[str, str]:
        """For each note's id the commitment that it belongs to now; those that belong to none are left out.

        One whose words stand elsewhere in its document, and no longer where they were, goes there.
        """
        documents = json.dumps(sorted({note.document for note in notes.values()}))
        words: dict[str, dict[str, str]] = {}
        for row in self._records.rows(
            'SELECT c.id, c.document, substr(d.text, c."start" + 1, c."end" - c."start") AS quote FROM commitments c'
            " JOIN documents d ON d.id = c.document WHERE c.document IN (SELECT value FROM json_each(?))"
            " ORDER BY c.document, c.position",
            (documents,),
        ):
            words.setdefault(row["document"], {})[row["id"]] = row["quote"]
        found: dict[str, str] = {}
        taken: set[str] = set()

        def place(note: Note, candidates: Iterable[str]) -> None:
            free = next((one for one in candidates if one not in taken), None)
            if free is not None and note.id not in found:
                found[note.id] = free
                taken.add(free)

        # First those whose words stand where they stood, then those whose words stand elsewhere, then by place alone.
        for note in notes.values():
            place(note, [note.id] if words.get(note.document, {}).get(note.id) == note.quote else [])
        for note in notes.values():
            number = note.id.rpartition("!")[2]
            same = [one for one, quote in words.get(note.document, {}).items() if quote == note.quote]
            place(note, sorted(same, key=lambda one: one.rpartition("!")[2] != number))
        for note in notes.values():
            place(note, [note.id] if note.id in words.get(note.document, {}) else [])
        return found

    # -- threads ------------------------------------------------------------------------------------------------------

    def _said(self) -> tuple[list[str], NDArray[np.int64], list[str]]:
        """Id, sentence row and document of every act; read once a generation."""
        if (known := _SAID.get(self._records)) is not None:
            return known
        rows = self._records.rows(
            "SELECT id, sentence, document FROM commitments WHERE sentence IS NOT NULL"  # noqa: S608 – only placeholders
            f" AND strength IN ({', '.join('?' * len(ACTS))}) ORDER BY document, position",
            sorted(ACTS),
        )
        said = [row[0] for row in rows], np.array([row[1] for row in rows], np.int64), [row[2] for row in rows]
        _SAID[self._records] = said
        return said

    def _alike(self, asked: Entry) -> tuple[dict[str, float], set[str]]:
        """The same undertaking in other documents: of each the nearest act, with how alike the sentences are; and all
        documents that have a sentence as near, none where there is nothing to compare.
        """
        ids, sentences, documents = self._said()
        if asked.id not in ids:
            return {}, set()
        vectors = self._records.sentences
        own = vectors[sentences[ids.index(asked.id)]].astype(np.float32)
        similar = vectors[sentences].astype(np.float32) @ own
        near = [n for n in np.argsort(-similar, kind="stable") if similar[n] >= ALIKE]
        some = self._entries([ids[n] for n in near[:NEAREST]], {}, "en")
        entries = {entry.id: entry for entry in some if entry.id != asked.id}
        best: dict[str, float] = {}
        seen = {asked.document.id}
        for n in near[:NEAREST]:
            other = entries.get(ids[n])
            if other is not None and documents[n] not in seen and _same_act(asked, other):
                seen.add(documents[n])
                best[other.id] = round(float(similar[n]), 3)
        return best, {asked.document.id} | {documents[n] for n in near}

    def _silent(self, last: Document, near: set[str]) -> list[Document]:
        """Later documents of the same body and title that say nothing near it; none where a title is a mere number."""
        series = _series(last.title), _series(last.body)
        if not last.date or len(series[0].split()) < TELLING:
            return []
        found = [
            header
            for header in self._records.documents()
            if header.id not in near
            and header.date > last.date
            and (_series(header.title), _series(header.body)) == series
        ]
        return sorted(found, key=lambda header: header.date)[:SILENT]


_SAID: WeakKeyDictionary[Generation, tuple[list[str], NDArray[np.int64], list[str]]] = WeakKeyDictionary()


def _names_of(file: Path) -> Parties:
    """The names of bodies that come with kb, with the corpus's own; a file that is being edited may be none."""
    try:
        changed = file.stat().st_mtime_ns
    except OSError:
        return _loaded(None, 0)
    try:
        return _loaded(file, changed)
    except SettingsError:  # `kb build` has said so, or will
        return _loaded(None, 0)


@lru_cache(maxsize=4)
def _loaded(file: Path | None, changed: int) -> Parties:
    return Parties.load(file)


_ORDERS: Final = {
    "oldest": lambda row: (row["date"] or "9999", row["document"], row["position"]),
    "due": lambda row: (row["due_to"] or row["due_from"] or "9999", row["document"], row["position"]),
    "performer": lambda row: (fold(row["performer"] or "\uffff"), row["document"], row["position"]),
}


def _relation(before: Entry | None, entry: Entry) -> Relation:
    """What an entry of a thread is to the one before."""
    if before is None:
        return "first"
    grown = FORCE[entry.strength] - FORCE[before.strength]
    if grown:
        return "stronger" if grown > 0 else "weaker"
    one, other = _content(before), _content(entry)
    return "repeated" if len(one & other) >= SAME_WORDS * max(len(one | other), 1) else "reworded"


def _same_act(one: Entry, other: Entry) -> bool:
    """Whether two acts are one undertaking: of the same performers, and, in one language, of the same words."""
    own, others = ({party.entry or fold(party.name) for party in entry.performers} for entry in (one, other))
    implied = all(party.implied for entry in (one, other) for party in entry.performers)
    if not implied and own and others and not own & others:
        return False
    if one.document.language != other.document.language:
        return True
    mine, theirs = _content(one), _content(other)
    least = min(len(mine), len(theirs))
    if _series(one.document.title) != _series(other.document.title):
        # Elsewhere much the same is said of other mandates: «provide the Rapporteur with the resources necessary».
        return least >= TELLING and len(mine & theirs) >= ELSEWHERE * len(mine | theirs)
    return len(mine & theirs) >= SHARED * max(least, 1)


def _content(entry: Entry) -> frozenset[str]:
    """The stems of an act's own words, without its deadline."""
    words = f"{entry.verb} {entry.object.text}" if entry.object else entry.action.text
    if entry.deadline:
        words = words.replace(entry.deadline.text, " ")
    return frozenset(stems(fold(words), entry.document.language))


def _series(name: str) -> str:
    """A title or a body's name without what differs from year to year."""
    return " ".join(re.findall(r"[^\W\d_]+", fold(name)))
