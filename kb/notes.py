"""Follow-up: what staff note of commitments, in a store of its own that no build touches.

A note is kept by the commitment's id – document, provision and act – with the words it was made on. When a rebuild
changes these, the note says so; when they stand at another place of the document, it goes with them.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal, cast, get_args

from kb.errors import NotesError, UsageError

__all__ = ["MAX_REMARK", "STATUSES", "Note", "Notes", "Status", "read_notes"]

Status = Literal["open", "done", "superseded"]  # "overdue" is computed, see kb.register
STATUSES: Final[tuple[Status, ...]] = get_args(Status)
MAX_REMARK: Final = 4_000  # characters
WAIT: Final = 10.0  # seconds for another writer

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS notes (
  id TEXT PRIMARY KEY, document TEXT NOT NULL, status TEXT NOT NULL, remark TEXT NOT NULL, quote TEXT NOT NULL,
  changed TEXT NOT NULL
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Note:
    """What is noted of the commitment `id`, whose words were `quote` then; `changed`: when, ISO 8601 in UTC."""

    id: str
    document: str
    status: Status
    remark: str
    quote: str
    changed: str

    def to_json(self) -> dict[str, str]:
        """Plain data, as `read_notes` takes it back."""
        return asdict(self)


def read_notes(text: str) -> list[Note]:
    """The notes of an export (JSON). Raises UsageError naming the note and the field."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise UsageError(f"not an export of notes: no JSON ({error})") from None
    entries = data.get("notes") if isinstance(data, dict) else None
    if not isinstance(entries, list):
        raise UsageError('not an export of notes: it must hold {"notes": […]}')
    return [_read(number, entry) for number, entry in enumerate(entries, 1)]


def _read(number: int, entry: Any) -> Note:
    if not isinstance(entry, dict):
        raise UsageError(f"note {number}: is no object {{…}}")
    for name in (each.name for each in fields(Note)):
        if not isinstance(entry.get(name), str):
            raise UsageError(f"note {number}: field {name!r} must be text")
    note = Note(**{each.name: entry[each.name] for each in fields(Note)})
    if not note.id.startswith(f"{note.document}#"):
        raise UsageError(f"note {number}: field 'id': {note.id!r} is no commitment of {note.document!r}")
    try:
        when = datetime.fromisoformat(note.changed)
    except ValueError:
        when = None
    if when is None or when.tzinfo is None:
        raise UsageError(f"note {number}: field 'changed': {note.changed!r} is no time such as 2026-11-22T10:00:00Z")
    return _checked(replace(note, changed=f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"), f"note {number}: ")


def _checked(note: Note, where: str = "") -> Note:
    if note.status not in STATUSES:
        raise UsageError(f"{where}field 'status': {note.status!r} is none of {', '.join(STATUSES)}")
    if any("\ud800" <= character <= "\udfff" for character in "".join(asdict(note).values())):
        raise UsageError(f"{where}holds half a character (a lone surrogate); take it out")
    if len(note.remark) > MAX_REMARK:
        raise UsageError(f"{where}field 'remark': {len(note.remark)} characters; shorten it to {MAX_REMARK}")
    return note


class Notes:
    """The store: one SQLite file, made when the first note is. Safe between threads and processes."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def all(self) -> dict[str, Note]:
        """Every note by the id it was made on. Waits for no writer. Raises NotesError."""
        if not self._path.exists():
            return {}
        try:
            db = sqlite3.connect(f"{self._path.resolve().as_uri()}?mode=ro", uri=True, timeout=WAIT)
            try:
                if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'notes'").fetchone():
                    return {}
                return {row[0]: Note(*row) for row in db.execute("SELECT * FROM notes ORDER BY id")}
            finally:
                db.close()
        except sqlite3.DatabaseError as error:
            raise self._failed(error) from error

    def put(
        self, commitment: str, status: str, remark: str, quote: str, places: Mapping[str, str] | None = None
    ) -> Note:
        """Store what is noted of a commitment with these words, in place of what was noted of it.

        `places`: for each note's id the commitment that it belongs to now. The document's other notes are kept there,
        and those that belong nowhere under an id of their own, so that none is lost. Raises UsageError, NotesError.
        """
        document = commitment.partition("#")[0]
        now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        note = _checked(Note(commitment, document, cast(Status, status), remark.strip(), quote, now))
        with self._open() as db:
            if places is not None:
                before = [Note(*row) for row in db.execute("SELECT * FROM notes WHERE document = ?", (document,))]
                db.execute("DELETE FROM notes WHERE document = ?", (document,))
                lost = (one for one in before if one.id not in places)
                _store(db, (replace(one, id=f"{one.id.partition('~')[0]}~{one.changed}") for one in lost))
                _store(db, (replace(one, id=places[one.id]) for one in before if one.id in places))
            _store(db, [note])
        return note

    def merge(self, notes: Iterable[Note]) -> int:
        """Store notes that are new or newer than those here; returns how many. Raises NotesError."""
        taken = 0
        with self._open() as db:
            for note in notes:
                here = db.execute("SELECT changed FROM notes WHERE id = ?", (note.id,)).fetchone()
                if here is None or note.changed > here[0]:
                    _store(db, [note])
                    taken += 1
        return taken

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """A connection of its own, inside one transaction: nothing is kept open between two."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            db = sqlite3.connect(self._path, timeout=WAIT, isolation_level=None)
            try:
                db.execute("PRAGMA synchronous = FULL")
                db.execute("BEGIN IMMEDIATE")
                db.execute(_SCHEMA)
                yield db
                db.execute("COMMIT")
            finally:
                db.close()
        except (OSError, sqlite3.DatabaseError) as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> NotesError:
        return NotesError(
            f"{self._path}: the notes cannot be read or written ({error}); make sure that the file is writable and "
            "sound, or restore it from kb commitments export"
        )


def _store(db: sqlite3.Connection, notes: Iterable[Note]) -> None:
    rows = ((n.id, n.document, n.status, n.remark, n.quote, n.changed) for n in notes)
    db.executemany("INSERT OR REPLACE INTO notes VALUES (?, ?, ?, ?, ?, ?)", rows)
