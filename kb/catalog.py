"""corpus/: which files there are, and what catalog.toml says of them beyond what they say themselves."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final, cast

from kb.errors import CatalogError, UsageError
from kb.model import KINDS, LANGUAGE, Document, is_date

__all__ = ["CATALOG", "FIELDS", "PARTIES", "Catalog", "apply", "corpus_files", "fault", "load_catalog"]

CATALOG: Final = "catalog.toml"
PARTIES: Final = "parties.toml"  # further names of bodies; see kb.commitments.parties
RECORDS: Final = "application/jsonl"
FIELDS: Final = frozenset({"id", "title", "kind", "body", "place", "date", "date_to", "language", "source", "licence"})
Catalog = Mapping[str, Mapping[str, str]]

_ID: Final = re.compile(r"[a-z0-9][a-z0-9.-]*")


def corpus_files(corpus: Path) -> tuple[Path, list[str]]:
    """The corpus's root and its files relative to it, sorted; a corpus may also be one file.

    Names that start with "." or "_" are left out: sources, scratch files. A folder below the root that cannot be read
    is named with "/" at its end, which no file has: opening it fails. Raises UsageError where nothing can be read.
    """
    if corpus.is_file():
        return corpus.parent, [corpus.name]
    if not corpus.is_dir():
        raise UsageError(f"{corpus}: no such corpus folder or file; name one with --corpus")
    try:
        return corpus, sorted(_walk(corpus, ""))
    except OSError as error:
        raise UsageError(f"{corpus}: cannot be read ({error.strerror}); give kb the right to read it") from None


def _walk(folder: Path, prefix: str) -> Iterator[str]:
    try:
        with os.scandir(folder) as found:
            entries = [entry for entry in found if not entry.name.startswith((".", "_"))]
    except OSError:
        if not prefix:
            raise
        yield prefix
        return
    for entry in entries:
        name = f"{prefix}{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(folder / entry.name, f"{name}/")
        elif _is_file(entry) and name not in {CATALOG, PARTIES}:
            yield name


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a link that cannot be followed: whoever opens it says why
        return True


def load_catalog(root: Path) -> Catalog:
    """Read `catalog.toml` beside the documents; {} where there is none. Raises CatalogError naming the field."""
    path = root / CATALOG
    if not path.is_file():
        return {}
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogError(f"{path}: not valid TOML: {error}") from None
    for name, fields in tables.items():
        if not _may_be_file(root / name):
            raise CatalogError(f"{path}: [{name!r}] names no file of the corpus; correct the path or remove the table")
        if not isinstance(fields, dict):
            raise CatalogError(f"{path}: {name!r} must be a table: [{name!r}]")
        for field, value in fields.items():
            if reason := fault(field, value):
                raise CatalogError(f"{path}: [{name!r}] {field}: {reason}")
    return cast(Catalog, tables)


def _may_be_file(path: Path) -> bool:
    """Whether a file is there, as far as can be told."""
    try:
        return path.is_file()
    except PermissionError:  # in a folder that cannot be read
        return True


def fault(field: str, value: object) -> str:
    """What is wrong with a field of the catalogue, "" where nothing is."""
    if field not in FIELDS:
        return f"no such field; known are {', '.join(sorted(FIELDS))}"
    if not isinstance(value, str):
        return "must be a string in quotes"
    if field == "kind" and value not in KINDS:
        return f"{value!r} is not one of {', '.join(KINDS)}"
    if field in {"date", "date_to"} and not is_date(value):
        return f"{value!r} is not a date such as 2022-11-02, 2022-11 or 2022"
    if field == "language" and not LANGUAGE.fullmatch(value):
        return f"{value!r} is not a language such as ru, en or de"
    if field == "id" and not _ID.fullmatch(value):
        return f"{value!r} may hold only a–z, 0–9, '-' and '.'"
    return ""


def apply(document: Document, catalog: Catalog) -> Document:
    """The document with its folder's kind and the catalogue's fields over what its reader inferred."""
    folder = document.path.split("/")[0]
    fields = dict(catalog.get(document.path, {}))
    fields.pop("id", None)
    if document.media_type == RECORDS:  # the file holds many documents, each with a title and date of its own
        fields = {name: value for name, value in fields.items() if not getattr(document, name)}
    if "kind" not in fields and "/" in document.path and folder in KINDS:
        fields["kind"] = folder
    return replace(document, **fields)  # type: ignore[arg-type]
