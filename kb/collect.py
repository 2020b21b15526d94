"""Documents into the corpus and out of it again: nothing is overwritten, nothing is lost."""

from __future__ import annotations

import difflib
import fcntl
import hashlib
import os
import re
import secrets
import shutil
import tempfile
import tomllib
import unicodedata
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Final

import tomlkit
from tomlkit.items import Comment, Table, Whitespace

from kb import catalog as catalogue
from kb.build import Skipped, document_ids
from kb.errors import CatalogError, KBError, NotFetched, NotFound, UnreadableFile, UsageError
from kb.fetch import Fetched
from kb.fetch import fetch as fetch_address
from kb.language import identify
from kb.model import Document
from kb.read import SUFFIXES, ReaderPool, read_records, read_with_ocr

__all__ = ["ADDED", "REMOVED", "AddReport", "Added", "Removed", "add", "describe", "remove", "safe_name"]

ADDED: Final = "added"  # the folder of what is added without a kind: its name says none
REMOVED: Final = "_removed"  # names that begin with "_" are no part of the corpus
RECORDS: Final = ".jsonl"
NAME_BYTES: Final = 200  # of a file's name in UTF-8; file systems hold 255, and temporary names are longer

_URL: Final = re.compile(r"(https?|[a-z][a-z0-9+.-]+)://|(data|file|javascript):", re.IGNORECASE)
_JOINERS: Final = "\u200c\u200d"  # parts of words in Persian and in Indian scripts
_SINGLE: Final = ("title", "id")  # fields that are one document's alone


@dataclass(frozen=True, slots=True)
class Added:
    """A document that is in the corpus now; with what its text and the catalogue say of it.

    `documents` is more than one for a JSON Lines file, which has no id, title or language of its own. `replaced`:
    where the file that had the name went. `unread`: why it gives no document, where it was forced in.
    """

    input: str
    path: str
    id: str
    title: str
    kind: str
    date: str
    language: str
    documents: int = 1
    replaced: str = ""
    unread: str = ""


@dataclass(frozen=True, slots=True)
class AddReport:
    """What became of each input. `present`: (input, path of the same bytes in the corpus)."""

    added: tuple[Added, ...]
    present: tuple[tuple[str, str], ...]
    refused: tuple[Skipped, ...]
    passed_over: tuple[str, ...]  # files of a folder that are of no kind that is read
    notes: tuple[str, ...]
    dry_run: bool

    def to_json(self) -> dict[str, Any]:
        """Plain data for `--json`."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Removed:
    """A file that was moved out of the corpus: its document's id, and its old and new path in the corpus folder."""

    id: str
    path: str
    to: str

    def to_json(self) -> dict[str, Any]:
        """Plain data for `--json`."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A file to add: its bytes' digest and size, and the path in the corpus that it would get."""

    input: str
    file: Path
    target: str
    digest: str
    size: int
    source: str = ""  # the address that it was fetched from


@dataclass
class _Run:
    """What one `add` gathers on its way."""

    refused: list[Skipped] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    present: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def refuse(self, name: str, reason: str, detail: str) -> None:
        self.refused.append(Skipped(name.encode("utf-8", "backslashreplace").decode("utf-8"), reason, detail))


def add(
    corpus: Path,
    inputs: Sequence[str],
    *,
    fields: Mapping[str, str] | None = None,
    name: str = "",
    replace_same_name: bool = False,
    force: bool = False,
    dry_run: bool = False,
    passwords: Sequence[str] = (),
    cache: Path | None = None,
    fetch: Callable[[str], Fetched] = fetch_address,
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> AddReport:
    """Copy files, the readable files of folders, and documents from the web into the corpus folder.

    They go into the folder of their `fields["kind"]`, else into ADDED; the other fields go into the catalogue. Each
    is read first: what gives no document is refused with the reason, unless `force`. Each appears whole or not at
    all; a file of the same name is never overwritten, but moved to REMOVED first where `replace_same_name`. `name`,
    and the fields title and id, are for one document. Pages recognised are kept in `cache`, so that a build need not
    do it again. Raises UsageError, CatalogError, KBError where nothing can be written; then nothing was
    added.
    """
    given = dict(fields or {})
    _check(corpus, inputs, given, name)
    catalog = catalogue.load_catalog(corpus)
    files = _files(corpus) if corpus.is_dir() else []
    kind = given.pop("kind", "")
    run = _Run()
    with tempfile.TemporaryDirectory(prefix="kb-add-", ignore_cleanup_errors=True) as scratch:
        candidates = list(_candidates(inputs, kind or ADDED, name, Path(scratch), fetch, run))
        fresh = _not_present(corpus, files, candidates, run)
        if "id" in given:
            _check_id(given["id"], fresh, files, catalog)
        outcomes = _read(fresh, passwords, given.get("language", ""), None if dry_run else cache, progress)
        readable = []
        for candidate, outcome in zip(fresh, outcomes, strict=True):
            if isinstance(outcome, UnreadableFile) and not force:
                run.refuse(candidate.input, outcome.reason, str(outcome))
            else:
                readable.append((candidate, outcome))
        tables = {c.target: {**({"source": c.source} if c.source else {}), **given} for c, _ in readable}
        retrieved = frozenset(c.target for c, _ in readable if c.source and "source" not in given)
        if dry_run:
            placed = _would_place(corpus, [c for c, _ in readable], replace_same_name, run)
        else:
            placed = _place_all(corpus, [c for c, _ in readable], tables, retrieved, replace_same_name, run)
    after = {**catalog, **{path: {**catalog.get(path, {}), **tables[path]} for path in placed}}
    ids = document_ids(sorted({*files, *placed}), after)
    for path, identity in document_ids(files, catalog).items():
        if ids[path] != identity:
            run.notes.append(f"{path}: its id is {ids[path]} now, as another file's name gives {identity} too")
    added = [_told(c, outcome, ids, after, placed[c.target]) for c, outcome in readable if c.target in placed]
    return AddReport(
        added=tuple(added),
        present=tuple(run.present),
        refused=tuple(run.refused),
        passed_over=tuple(run.passed_over),
        notes=tuple(run.notes),
        dry_run=dry_run,
    )


def describe(report: AddReport) -> str:
    """The report for people: a line or two an input."""
    lines = []
    for one in report.added:
        identity = f"  (id {one.id})" if one.id else ""
        lines.append(f"{'would go in' if report.dry_run else 'added'}  {one.path}{identity}")
        told = [one.title, one.kind, one.date, one.language]
        if one.documents > 1:
            told.insert(0, f"{one.documents} documents")
        lines.append(f"    {' · '.join(part for part in told if part) or 'says nothing of itself'}")
        if one.unread:
            lines.append(f"    gives no document: {one.unread}")
        if one.replaced:
            lines.append(f"    what was there: {one.replaced}")
    lines += [f"in the corpus already  {given}: as {path}" for given, path in report.present]
    lines += [f"note: {note}" for note in report.notes]
    if report.passed_over:
        lines.append(f"passed over: {len(report.passed_over)} files of kinds that are not read")
    lines += [f"left out: {entry.path}: {entry.reason}: {entry.detail}" for entry in report.refused]
    return "\n".join(lines) or "There is nothing to add."


def remove(corpus: Path, names: Sequence[str], *, dry_run: bool = False) -> tuple[Removed, ...]:
    """Move documents, named by id or path, with their tables of the catalogue to REMOVED in the corpus folder.

    All are looked up before the first is moved. Raises NotFound naming ids that come close, UsageError for a document
    that is a line of a file, KBError where the file system refuses.
    """
    if not corpus.is_dir():
        raise UsageError(f"{corpus}: no such corpus folder; name one with --corpus")
    if dry_run:
        return _removals(corpus, names)
    with _locked(corpus):
        removed = _removals(corpus, names)
        # The table is kept before it goes, and goes before its file: a table that names no file stops every build.
        _move_tables(corpus, {one.path: one.to for one in removed})
        for one in removed:
            try:
                (corpus / one.to).parent.mkdir(parents=True, exist_ok=True)
                _settle(corpus / one.path, corpus / one.to)
                (corpus / one.path).unlink(missing_ok=True)
                _sync((corpus / one.to).parent)
                _sync((corpus / one.path).parent)
            except OSError as error:
                raise KBError(f"{corpus / one.path}: cannot be moved to {REMOVED} ({error.strerror})") from None
    return removed


def safe_name(name: str) -> str:
    """A file name for the corpus: NFC, the part after the last slash, no control or invisible characters, none of
    "." and "_" in front, at most NAME_BYTES long with its suffix kept.
    """
    name = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    shown = "".join(c for c in name if c in _JOINERS or not unicodedata.category(c).startswith("C"))
    suffix = PurePosixPath(shown).suffix
    suffix = suffix if len(suffix.encode()) <= 20 else ""
    stem = shown.removesuffix(suffix).strip().lstrip("._ ")
    stem = stem.encode()[: NAME_BYTES - len(suffix.encode())].decode("utf-8", "ignore").strip()
    return f"{stem or 'document'}{suffix}"


def _check(corpus: Path, inputs: Sequence[str], fields: Mapping[str, str], name: str) -> None:
    if corpus.exists() and not corpus.is_dir():
        raise UsageError(f"{corpus}: is a file; name a corpus folder with --corpus")
    for key, value in fields.items():
        if reason := catalogue.fault(key, value):
            raise UsageError(f"--{key.replace('_', '-')}: {reason}")
    several = len(inputs) != 1 or Path(inputs[0]).is_dir()
    for flag in [*(["name"] if name else []), *(key for key in _SINGLE if key in fields)]:
        if several:
            raise UsageError(f"--{flag} is for one document; add the others by themselves")
    if name and safe_name(name) != name:
        raise UsageError(f"--name: {name!r} is no name that a corpus takes; {safe_name(name)!r} is")
    if "id" in fields and inputs[0].lower().endswith(RECORDS):
        raise UsageError("--id: the documents of a JSON Lines file have ids of their own, one a line")


def _check_id(identity: str, fresh: Sequence[_Candidate], files: Sequence[str], catalog: catalogue.Catalog) -> None:
    for path, other in document_ids(list(files), catalog).items():
        if other == identity and path not in {candidate.target for candidate in fresh}:
            raise UsageError(f"--id: {identity!r} is the id of {path}; give another")


def _candidates(
    inputs: Sequence[str], base: str, name: str, scratch: Path, fetch: Callable[[str], Fetched], run: _Run
) -> Iterator[_Candidate]:
    """The files that the inputs stand for; what is none is put down as refused."""
    for number, given in enumerate(inputs):
        try:
            if _URL.match(given) and (given.lower().startswith("http") or not Path(given).exists()):
                fetched = fetch(given)
                file = scratch / f"{number}{PurePosixPath(fetched.name).suffix.lower()}"
                file.write_bytes(fetched.data)
                yield _candidate(given, file, f"{base}/{_named(name, fetched.name)}", fetched.url)
            elif Path(given).is_dir():
                folder = f"{base}/{safe_name(Path(given).resolve().name)}"
                for inner in catalogue.corpus_files(Path(given))[1]:
                    file = Path(given) / inner
                    if file.suffix.lower() not in SUFFIXES and not inner.endswith("/"):
                        run.passed_over.append(str(file).encode("utf-8", "backslashreplace").decode("utf-8"))
                        continue
                    try:
                        target = "/".join([folder, *map(safe_name, PurePosixPath(inner).parts)])
                        yield _candidate(str(file), file, target)
                    except OSError as error:
                        run.refuse(str(file), "unavailable", f"cannot be opened: {error.strerror}")
            elif Path(given).is_file():
                yield _candidate(given, Path(given), f"{base}/{_named(name, Path(given).name)}")
            else:
                run.refuse(given, "missing", "there is no such file or folder")
        except NotFetched as error:
            run.refuse(given, "not-fetched", str(error).removeprefix(f"{given}: "))
        except (OSError, ValueError) as error:  # ValueError: a NUL in the name
            reason = error.strerror if isinstance(error, OSError) else error
            run.refuse(given, "unavailable", f"cannot be opened: {reason}")


def _named(wanted: str, name: str) -> str:
    """`wanted` with the suffix of `name` where it has none that is read, else `name` made safe."""
    if not wanted:
        return safe_name(name)
    return wanted if PurePosixPath(wanted).suffix.lower() in SUFFIXES else wanted + PurePosixPath(name).suffix


def _candidate(given: str, file: Path, target: str, source: str = "") -> _Candidate:
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return _Candidate(given, file, target, digest, os.fstat(stream.fileno()).st_size, source)


def _not_present(corpus: Path, files: Sequence[str], candidates: Iterable[_Candidate], run: _Run) -> list[_Candidate]:
    """The candidates whose bytes are not in the corpus, nor another candidate's."""
    sizes: dict[int, list[str]] = {}
    for path in files:
        with suppress(OSError):  # what cannot be opened is not the same, as far as can be told
            sizes.setdefault((corpus / path).stat().st_size, []).append(path)
    known: dict[str, str] = {}
    hashed: set[int] = set()
    fresh = []
    for candidate in candidates:
        if candidate.size not in hashed:
            hashed.add(candidate.size)
            for path in sizes.get(candidate.size, []):
                with suppress(OSError):
                    known.setdefault(_candidate(path, corpus / path, path).digest, path)
        if candidate.digest in known:
            run.present.append((candidate.input, known[candidate.digest]))
            continue
        known[candidate.digest] = candidate.target
        fresh.append(candidate)
    return fresh


def _read(
    candidates: Sequence[_Candidate],
    passwords: Sequence[str],
    language: str,
    cache: Path | None,
    progress: Callable[[str, int, int], None],
) -> list[Document | int | UnreadableFile]:
    """What each candidate gives: its document, the number of a JSON Lines file's documents, or why it gives none."""
    outcomes: list[Document | int | UnreadableFile] = []
    with ReaderPool(workers=2, passwords=passwords) as pool, ThreadPoolExecutor(max_workers=2) as threads:

        def one(candidate: _Candidate) -> Document | int | UnreadableFile:
            try:
                if candidate.target.lower().endswith(RECORDS):
                    return _count(candidate)
                document = read_with_ocr(
                    pool, candidate.file, document_id="", relative=candidate.target, language=language, cache=cache
                ).document
            except UnreadableFile as error:
                return error
            except OSError as error:
                return UnreadableFile("unavailable", f"cannot be read ({error.strerror})")
            if document.sha256 != candidate.digest:
                return UnreadableFile("damaged", "was changed while it was read; add it again")
            return document

        for outcome in threads.map(one, candidates):
            outcomes.append(outcome)
            progress("read", len(outcomes), len(candidates))
    return outcomes


def _count(candidate: _Candidate) -> int:
    wrong: list[str] = []
    count = sum(1 for _ in read_records(candidate.file, relative=candidate.file.name, warn=wrong.append))
    if not count:
        raise UnreadableFile("empty", f"holds no usable record ({wrong[0] if wrong else 'it has no lines'})")
    return count


def _would_place(corpus: Path, candidates: Sequence[_Candidate], replacing: bool, run: _Run) -> dict[str, str]:
    """As `_place_all`, without doing it."""
    placed: dict[str, str] = {}
    for candidate in candidates:
        there = (corpus / candidate.target).exists()
        if candidate.target in placed or (there and not replacing):
            _refuse_taken(candidate, run)
        else:
            placed[candidate.target] = _free(corpus, f"{REMOVED}/{candidate.target}") if there else ""
    return placed


def _place_all(
    corpus: Path,
    candidates: Sequence[_Candidate],
    tables: Mapping[str, Mapping[str, str]],
    retrieved: Container[str],
    replacing: bool,
    run: _Run,
) -> dict[str, str]:
    """Put the files into the corpus and their fields into the catalogue: path → where the replaced file went.

    The `source` of what was `retrieved` just now gets the date. A file first, then its table: a table that names no
    file stops every build.
    """
    placed: dict[str, str] = {}
    try:
        corpus.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise KBError(f"{corpus}: the corpus folder cannot be made ({error.strerror})") from None
    with _locked(corpus):
        catalogue.load_catalog(corpus)
        try:
            for candidate in candidates:
                target = corpus / candidate.target
                try:
                    if candidate.target in placed or (target.exists() and not replacing):
                        raise FileExistsError
                    placed[candidate.target] = _place(corpus, candidate)
                except FileExistsError:
                    _refuse_taken(candidate, run)
                except UnreadableFile as error:
                    run.refuse(candidate.input, error.reason, str(error))
                except OSError as error:
                    run.refuse(candidate.input, "unwritable", f"{target}: cannot be written: {error.strerror}")
        finally:  # also when interrupted: what is in goes with its fields
            _write_tables(corpus, {path: tables[path] for path in placed if tables[path]}, retrieved)
    return placed


def _refuse_taken(candidate: _Candidate, run: _Run) -> None:
    detail = f"{candidate.target} is there with other content; give --name NEW, or --replace to put this in its place"
    run.refuse(candidate.input, "taken", detail)


def _place(corpus: Path, candidate: _Candidate) -> str:
    """Copy a file to its path; where one is there it goes to REMOVED first, and where to is returned.

    Raises FileExistsError where one came there meanwhile, UnreadableFile where the file is not what was read.
    """
    target = corpus / candidate.target
    target.parent.mkdir(parents=True, exist_ok=True)
    kept = ""
    with _beside(target) as (fresh, stream):
        if _copy(candidate.file, stream) != candidate.digest:
            raise UnreadableFile("damaged", "was changed while it was read; add it again")
        if target.exists():
            kept = _keep(corpus, candidate.target)
            fresh.replace(target)
        else:
            _settle(fresh, target)
    _sync(target.parent)
    return kept


def _keep(corpus: Path, path: str) -> str:
    """Copy a file to REMOVED, since another is to take its place."""
    kept = _free(corpus, f"{REMOVED}/{path}")
    target = corpus / kept
    target.parent.mkdir(parents=True, exist_ok=True)
    with _beside(target) as (fresh, stream):
        _copy(corpus / path, stream)
        _settle(fresh, target)
    _sync(target.parent)
    return kept


@contextmanager
def _beside(target: Path) -> Iterator[tuple[Path, BinaryIO]]:
    """A new file in the folder of `target`, under a name that is no part of a corpus; gone at the end."""
    fresh = target.with_name(f".{secrets.token_hex(8)}.new")
    try:
        with fresh.open("xb+") as stream:
            yield fresh, stream
    finally:
        fresh.unlink(missing_ok=True)


def _copy(file: Path, stream: BinaryIO) -> str:
    """Copy a file and have it on the disk; returns the SHA-256 of what was copied."""
    digest = hashlib.sha256()
    with file.open("rb") as original:
        while piece := original.read(1 << 20):
            digest.update(piece)
            stream.write(piece)
    stream.flush()
    os.fsync(stream.fileno())
    return digest.hexdigest()


def _settle(fresh: Path, target: Path) -> None:
    """Give a file its name. Raises FileExistsError where there is one."""
    try:
        target.hardlink_to(fresh)
    except FileExistsError:
        raise
    except OSError:  # no links on this file system: the lock keeps other adding out
        fresh.rename(target)


def _free(corpus: Path, path: str, taken: Iterable[str] = ()) -> str:
    """`path`, or with a number where that is taken: name.2.pdf."""
    pure = PurePosixPath(path)
    number = 1
    while os.path.lexists(corpus / path) or path in taken:
        number += 1
        path = str(pure.with_name(f"{pure.stem}.{number}{pure.suffix}"))
    return path


def _told(
    candidate: _Candidate,
    outcome: Document | int | UnreadableFile,
    ids: Mapping[str, str],
    catalog: catalogue.Catalog,
    replaced: str,
) -> Added:
    path = candidate.target
    if isinstance(outcome, Document):
        document = catalogue.apply(replace(outcome, id=ids[path]), catalog)
        language = document.language or identify(document.text[:20_000])[0]
        return Added(
            candidate.input, path, ids[path], document.title, document.kind, document.date, language, replaced=replaced
        )
    told = catalog.get(path, {})
    folder = path.split("/")[0]
    return Added(
        input=candidate.input,
        path=path,
        id="" if isinstance(outcome, int) else ids[path],
        title=told.get("title", ""),
        kind="" if folder == ADDED else folder,
        date=told.get("date", ""),
        language=told.get("language", ""),
        documents=outcome if isinstance(outcome, int) else 0,
        replaced=replaced,
        unread="" if isinstance(outcome, int) else f"{outcome.reason}: {outcome}",
    )


def _files(corpus: Path) -> list[str]:
    """The corpus's files, without the folders that cannot be read."""
    return [path for path in catalogue.corpus_files(corpus)[1] if not path.endswith("/")]


def _removals(corpus: Path, names: Sequence[str]) -> tuple[Removed, ...]:
    """What `remove` is to move, and where to: names that nothing has there."""
    files = _files(corpus)
    ids = document_ids(files, catalogue.load_catalog(corpus))
    taken: set[str] = set()
    removed = []
    for path in dict.fromkeys(_find(corpus, name, files, ids) for name in names):
        to = _free(corpus, f"{REMOVED}/{path}", taken)
        taken.add(to)
        removed.append(Removed("" if path.lower().endswith(RECORDS) else ids[path], path, to))
    return tuple(removed)


def _find(corpus: Path, name: str, files: Sequence[str], ids: Mapping[str, str]) -> str:
    """The path in the corpus of what a path or an id names."""
    if name in files:
        return name
    for path in files:
        if ids[path] == name and not path.lower().endswith(RECORDS):
            return path
    try:
        inside = Path(name).resolve().relative_to(corpus.resolve()).as_posix()
    except (ValueError, OSError):
        inside = ""
    if inside in files:
        return inside
    folders = tuple(f"{folder.strip('/')}/" for folder in (name, inside) if folder)
    if any(path.startswith(folders) for path in files):
        raise UsageError(f"{name}: is a folder; name its files or their ids")
    records = [path for path in files if path.lower().endswith(RECORDS)]
    known = [identity for path, identity in ids.items() if path not in records]
    for path in records:
        with suppress(OSError):
            for document in read_records(corpus / path, relative=path, warn=lambda _: None):
                if not isinstance(document, Document):
                    continue
                if document.id == name:
                    raise UsageError(f"{name}: is a line of {path}; take it out there, or remove {path} as a whole")
                known.append(document.id)
    close = difflib.get_close_matches(name, known, 3, 0.5)
    hint = f"close to it: {', '.join(close)}" if close else "kb search shows the ids of what it finds"
    raise NotFound(f"no document of {corpus} has the id or path {name!r}; {hint}")


@contextmanager
def _locked(corpus: Path) -> Iterator[None]:
    """Keep others who add or remove out, for as long as the catalogue is being changed."""
    descriptor = os.open(corpus, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_tables(corpus: Path, tables: Mapping[str, Mapping[str, str]], retrieved: Container[str]) -> None:
    """Add fields to the catalogue; every other character of it stays as it is."""
    if not tables:
        return
    path = corpus / catalogue.CATALOG
    text = _text(path)
    edited = tomlkit.parse(text)
    known = [name for name in tables if name in edited]
    for name in known:
        _update(edited[name], tables[name], name in retrieved)
    if known:
        text = tomlkit.dumps(edited)
    for name, fields in tables.items():
        if name not in known:
            table = tomlkit.table()
            _update(table, fields, name in retrieved)
            text += "\n" if text and not text.endswith("\n") else ""
            text += ("\n" if text else "") + tomlkit.dumps({name: table})
    before = catalogue.load_catalog(corpus)
    _write(path, text, {**before, **{name: {**before.get(name, {}), **fields} for name, fields in tables.items()}})


def _update(table: Any, fields: Mapping[str, str], retrieved: bool) -> None:
    """Set a table's fields after those it has: comments at its end belong to the table below."""
    trailing = _cut_trailing(table)
    table.update(fields)
    if retrieved and isinstance(table, Table):
        table["source"].comment(f"retrieved {datetime.now(UTC):%Y-%m-%d}")
    if trailing:
        table.value.body.extend(trailing)


def _cut_trailing(table: Any) -> list[Any]:
    """Take the comments and blank lines at the end of a table away from it."""
    if not isinstance(table, Table):
        return []  # written in one line
    body = table.value.body
    keep = len(body)
    while keep and isinstance(body[keep - 1][1], Comment | Whitespace):
        keep -= 1
    trailing = body[keep:]
    del body[keep:]
    return list(trailing)


def _move_tables(corpus: Path, paths: Mapping[str, str]) -> None:
    """Move tables from the catalogue to that of REMOVED, under the files' new paths there."""
    path = corpus / catalogue.CATALOG
    before = catalogue.load_catalog(corpus)
    moving = {old: new for old, new in paths.items() if old in before}
    if not moving:
        return
    kept = corpus / REMOVED / catalogue.CATALOG
    kept.parent.mkdir(exist_ok=True)
    text = _text(kept)
    there = tomllib.loads(text)
    edited = tomlkit.parse(_text(path))
    moved: dict[str, Mapping[str, str]] = {}
    for name, new in moving.items():
        shown = new.removeprefix(f"{REMOVED}/")
        trailing = _cut_trailing(edited[name])
        if shown not in there:
            moved[shown] = before[name]
            table = tomlkit.dumps({shown: edited[name]})
            if not table.startswith("["):  # written in one line, which must not follow another table
                table = tomlkit.dumps({shown: dict(before[name])})
            text += ("\n" if text else "") + table.rstrip("\n") + "\n"
        index = next(n for n, (key, _) in enumerate(edited.body) if key is not None and key.key == name)
        edited.remove(name)
        if trailing:
            edited.body[index] = (None, Whitespace("".join(item.as_string() for _, item in trailing)))
    _write(kept, text, {**there, **moved})
    _write(path, tomlkit.dumps(edited), {name: fields for name, fields in before.items() if name not in moving})


def _text(path: Path) -> str:
    """The file as it is, line ends included; "" where there is none."""
    return path.read_bytes().decode("utf-8") if path.is_file() else ""


def _write(path: Path, text: str, expected: Mapping[str, object]) -> None:
    """Replace a catalogue, after making sure that it will say what it should."""
    if tomllib.loads(text) != expected:
        raise CatalogError(f"{path}: is written in a way that cannot be edited here; add the fields by hand")
    path = path.resolve()
    try:
        with _beside(path) as (fresh, stream):
            stream.write(text.encode("utf-8"))
            stream.flush()
            os.fsync(stream.fileno())
            if path.exists():
                shutil.copymode(path, fresh)
            fresh.replace(path)
        _sync(path.parent)
    except OSError as error:
        raise KBError(f"{path}: cannot be written ({error.strerror})") from None
