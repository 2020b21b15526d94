"""JSON Lines: one document a line, BEIR's fields and ours, streamed."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO

from kb.model import KINDS, Document, DocumentKind
from kb.read.document import slug
from kb.read.layout import clean, join_broken, lay_out
from kb.read.metadata import iso_date
from kb.read.text import paragraphs, text_pieces

__all__ = ["read_records"]

_NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("_id", "id"),
    "text": ("text",),
    "title": ("title",),
    "kind": ("kind",),
    "body": ("body",),
    "place": ("place",),
    "date": ("date",),
    "date_to": ("date_to",),
    "language": ("language", "lang"),
    "source": ("source", "url"),
    "licence": ("licence", "license"),
    "work": ("work", "code_title", "act_title"),
    "number": ("number", "ref", "article"),
}
_EXPECTED = {
    "kind": f"it is none of {', '.join(KINDS)}",
    "date": "it is no date like 2022-11-01",
    "date_to": "it is no date like 2022-11-02",
}
_HEADINGS = ("section", "chapter")
_KNOWN = frozenset(name for names in _NAMES.values() for name in names) | {*_HEADINGS, "headings", "metadata"}
_LINE_LIMIT = 32 * 2**20  # bytes
_CYRILLIC = re.compile("[А-Яа-яЁё]")


def read_records(
    path: Path, *, relative: str, warn: Callable[[str], None], known: Container[str] = ()
) -> Iterator[Document | str]:
    """Documents of a JSON Lines file, one at a time; the ids seen go to a temporary database that spills to disk.

    `text` and `_id` (or `id`) are needed; `metadata` may hold the other fields. A line that gives no document is named
    through `warn` with its number and reason, and skipped; a date or kind that is none is named and left out; fields
    that are not known are named once a file. Of a line whose SHA-256 is in `known` the digest alone comes.
    """
    ignored: set[str] = set()
    with path.open("rb") as file, closing(_open_seen()) as seen:
        for number, line in _lines(file):
            if line is None:
                warn(f"{relative}:{number}: skipped, the line is longer than {_LINE_LIMIT // 2**20} MiB")
                continue
            try:
                fields = _fields(line, ignored)
                digest = hashlib.sha256(line).hexdigest()
                if digest in known:
                    _new_id(fields, seen, number)
                    yield digest
                    continue
                document = _document(fields, digest, relative, seen, number, warn)
            except (ValueError, RecursionError) as error:
                warn(f"{relative}:{number}: skipped, {_reason(error)}")
                continue
            yield document
    if ignored:
        warn(f"{relative}: fields not used: {', '.join(sorted(ignored)[:20])}")


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Number and content of every line that holds something; None for one longer than _LINE_LIMIT."""
    number = 0
    while line := file.readline(_LINE_LIMIT + 1):
        number += 1
        if len(line) > _LINE_LIMIT:
            while line and not line.endswith(b"\n"):
                line = file.readline(_LINE_LIMIT)
            yield number, None
        elif content := line.removeprefix(b"\xef\xbb\xbf" if number == 1 else b"").strip():
            yield number, content


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"no JSON ({error.msg} at character {error.pos + 1})"
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8"
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return str(error)


def _fields(line: bytes, ignored: set[str]) -> dict[str, Any]:
    """The record's fields with those of its `metadata`, which go second. Raises ValueError."""
    record = json.loads(line.decode("utf-8"))
    if not isinstance(record, dict):
        raise ValueError("a record is an object: {…}")
    inner = record.get("metadata")
    fields = {**inner, **record} if isinstance(inner, dict) else record
    ignored.update(_shown(name) for name in fields if name not in _KNOWN and len(ignored) < 100)
    return fields


def _shown(name: str) -> str:
    """A field's name for a notice: short, on one line, without what UTF-8 cannot hold."""
    return clean(name[:80].encode("utf-8", "backslashreplace").decode("utf-8"))


def _text(fields: Mapping[str, Any], name: str) -> str:
    """The first of a field's names that holds something, as text. Raises ValueError for an object or list."""
    for alias in _NAMES[name]:
        value = fields.get(alias)
        if value is None or value == "":
            continue
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ValueError(f"field {alias!r} must be text")
        return str(value)
    return ""


def _document(
    fields: Mapping[str, Any],
    digest: str,
    relative: str,
    seen: sqlite3.Connection,
    number: int,
    warn: Callable[[str], None],
) -> Document:
    if not _text(fields, "id"):
        raise ValueError("it has no 'id'")
    layout = lay_out(join_broken(text_pieces(paragraphs(_text(fields, "text")))))
    if not layout.text:
        raise ValueError("its 'text' is missing or empty")
    headings = _headings(fields)
    document_id = _new_id(fields, seen, number)
    given = {name: _text(fields, name) for name in ("kind", "date", "date_to")}
    kind, date, date_to = _kind(given["kind"]), iso_date(given["date"]), iso_date(given["date_to"])
    unused: list[str] = []
    for name, found in (("kind", kind), ("date", date), ("date_to", date_to)):
        if given[name] and found != given[name] and not given[name].startswith(found or "\0"):
            unused.append(f"{name} {given[name][:40]!r} is not used, {_EXPECTED[name]}")
            warn(f"{relative}:{number}: {unused[-1]}")
    language = clean(_text(fields, "language"))
    return Document(
        id=document_id,
        path=relative,
        sha256=digest,
        media_type="application/jsonl",
        text=layout.text,
        blocks=layout.blocks,
        title=clean(_text(fields, "title")),
        kind=kind,
        body=clean(_text(fields, "body")),
        place=clean(_text(fields, "place")),
        date=date,
        date_to=date_to,
        language=language.partition("-")[0].lower(),
        source=clean(_text(fields, "source")),
        licence=clean(_text(fields, "licence")),
        work=clean(_text(fields, "work")),
        number=_number(fields, language, layout.text),
        headings=headings,
        warnings=tuple(unused),
    )


def _new_id(fields: Mapping[str, Any], seen: sqlite3.Connection, number: int) -> str:
    """The id of a line's document, which is now taken. Raises ValueError where an earlier line has it."""
    identity = _text(fields, "id")
    before = _line_of(seen, "id " + identity)
    if before:
        raise ValueError(f"its id {identity[:80]!r} stands in line {before} already")
    document_id = _unique_slug(identity, seen)
    _remember(seen, "id " + identity, number)
    _remember(seen, "slug " + document_id, number)
    return document_id


def _open_seen() -> sqlite3.Connection:
    connection = sqlite3.connect("", isolation_level=None)
    connection.execute("CREATE TABLE seen (key BLOB PRIMARY KEY, line INTEGER) WITHOUT ROWID")
    connection.execute("BEGIN")
    return connection


def _key(name: str) -> bytes:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[:16]


def _line_of(seen: sqlite3.Connection, name: str) -> int:
    """The line that `name` stands in, 0 where it is new."""
    row = seen.execute("SELECT line FROM seen WHERE key = ?", (_key(name),)).fetchone()
    return int(row[0]) if row else 0


def _remember(seen: sqlite3.Connection, name: str, line: int) -> None:
    seen.execute("INSERT OR REPLACE INTO seen VALUES (?, ?)", (_key(name), line))


def _unique_slug(identity: str, seen: sqlite3.Connection) -> str:
    """The id's slug, with a digest where another id of the file has the same."""
    name = slug(identity)
    if _line_of(seen, "slug " + name):
        name = f"{name}-{_key(identity).hex()[:8]}"
    return name


def _kind(value: str) -> DocumentKind:
    return next((kind for kind in KINDS if value == kind), "other")


def _headings(fields: Mapping[str, Any]) -> tuple[str, ...]:
    given = fields.get("headings")
    if given is None:
        given = [fields.get(name) for name in _HEADINGS]
    if isinstance(given, str):
        given = [given]
    if not isinstance(given, list) or not all(part is None or isinstance(part, str) for part in given):
        raise ValueError("field 'headings' must be a list of texts")
    return tuple(text for part in given if part and (text := clean(part)))


def _number(fields: Mapping[str, Any], language: str, text: str) -> str:
    """The number as shown; the bare number of an article of a Russian code gets the «ст.» it is cited with."""
    given = clean(_text(fields, "number"))
    bare = "article" in fields and re.fullmatch(r"\d[\d.\-–]*", given) is not None
    russian = language.lower().startswith("ru") or (
        not language and len(_CYRILLIC.findall(text[:500])) > 0.4 * len(text[:500])
    )
    return f"ст. {given}" if bare and russian else given
