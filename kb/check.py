"""Is everything that is stored still what was written, and every quote still what its document says?"""

from __future__ import annotations

import os
import sqlite3
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kb.errors import IndexDamaged, NoIndex
from kb.generation import FORMAT, Generation, current, generations, held, read_manifest, verify

__all__ = ["CheckReport", "check"]


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What was looked at, and every damage found: a file and what is wrong with it."""

    generations: tuple[str, ...]
    files: int
    bytes: int
    quotes: int
    damage: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain data for `--json`."""
        return asdict(self)


def check(index: Path) -> CheckReport:
    """Verify every byte of every generation, and in the sound ones every quote. Raises NoIndex."""
    damage: list[str] = []
    named: dict[str, str] = {}
    try:
        named = dict(current(index))
    except IndexDamaged as error:
        damage.append(_said(error))
    names, files, size, quotes = [], 0, 0, 0
    for folder in generations(index):
        try:
            lock = held(folder)
        except IndexDamaged:  # a build has just taken it away
            continue
        names.append(folder.name)
        try:
            manifest = read_manifest(folder, named.get(folder.name, ""))
            files += len(manifest["files"])
            size += sum(file["bytes"] for file in manifest["files"].values())
            quotes += manifest["counts"]["passages"]
            damage += _damage(folder, manifest, lock)
        except IndexDamaged as error:
            damage.append(_said(error))
        finally:
            os.close(lock)
    with suppress(IndexDamaged, NoIndex):
        named = dict(current(index))  # as it is by now
    missing = (index / "generations" / name for name in named if name not in names)
    damage += [f"{folder}: is missing, though CURRENT names it" for folder in missing if not folder.is_dir()]
    if not names and not damage:
        raise NoIndex(f"{index}: nothing is indexed here yet; run kb build")
    return CheckReport(tuple(names), files, size, quotes, tuple(damage))


def _said(error: Exception) -> str:
    return str(error).removesuffix("; run kb build")


def _damage(folder: Path, manifest: Mapping[str, Any], lock: int) -> list[str]:
    if manifest["format"] != FORMAT:
        return [f"{folder}: format {manifest['format']}, this version reads {FORMAT}"]
    if differing := list(verify(folder, manifest)):
        return [line.removesuffix("; run kb build") for line in differing]
    try:
        return list(_contents(Generation(folder, manifest, os.dup(lock))))
    except sqlite3.Error as error:
        return [f"{folder}: {error}"]


def _contents(generation: Generation) -> Iterator[str]:
    """What does not fit together inside a generation whose bytes are right: a fault of the program that wrote it."""
    where = generation.folder / "kb.sqlite"
    for (said,) in generation.rows("PRAGMA quick_check"):
        if said != "ok":
            yield f"{where}: {said}"
    seen = 0
    for (identity,) in generation.rows("SELECT id FROM documents ORDER BY id"):
        document = generation.document(identity)
        if not unicodedata.is_normalized("NFC", document.text):
            yield f"{where}: the text of {identity} is not NFC"
        if document.pages and document.pages[-1].end > len(document.text):
            yield f"{where}: {identity} has a page beyond its text"
        eids = {provision.eid for provision in generation.provisions(identity)}
        rows = generation.rows("SELECT row FROM passages WHERE document = ? ORDER BY row", (identity,))
        for found in generation.passages([row["row"] for row in rows]):
            seen += 1
            passage = found.passage
            quote = document.text[passage.start : passage.end]
            if not quote or quote != quote.strip():
                yield f"{where}: the quote of {passage.id} is not a clean slice of its document"
            if not all(passage.start <= start < end <= passage.end for start, end in passage.sentences):
                yield f"{where}: a sentence of {passage.id} is not within it"
            if not {passage.eid, passage.eid_to} <= eids:
                yield f"{where}: {passage.id} cites a provision that its document has not"
        yield from _commitments(generation, identity, len(document.text), eids, where)
    if seen != generation.manifest["counts"]["passages"]:
        yield f"{where}: holds {seen} passages of {generation.manifest['counts']['passages']}"


def _commitments(generation: Generation, document: str, length: int, eids: set[str], where: Path) -> Iterator[str]:
    """Commitments whose words do not stand in their document, whose provision or passage is not there."""
    rows = generation.rows(
        "SELECT c.*, p.document AS passage_of FROM commitments c LEFT JOIN passages p ON p.row = c.passage"
        " WHERE c.document = ?",
        (document,),
    )
    for row in rows:
        spans = [(row["start"], row["end"]), (row["action_start"], row["action_end"])]
        spans += [
            (row[f"{name}_start"], row[f"{name}_end"])
            for name in ("object", "deadline", "recurrence")
            if row[f"{name}_start"] is not None
        ]
        if not all(0 <= start < end <= length for start, end in spans):
            yield f"{where}: the words of the commitment {row['id']} are not within its document"
        if row["eid"] not in eids or row["passage_of"] not in {document, None}:
            yield f"{where}: the commitment {row['id']} cites a provision that its document has not"
