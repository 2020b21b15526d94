"""corpus + what was built before → a new generation.

What is unchanged is taken over from the last generation as it stands; what changed is read, segmented and encoded, as
far as the caches do not have it. Where a version of the code or the model is another, everything is laid out anew.
"""

from __future__ import annotations

import errno
import hashlib
import json
import shutil
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final, TypeVar

from kb import catalog as catalogue
from kb.cache import TRANSIENT, DocumentCache, VectorCache, digest_of, forget
from kb.commitments import COMMITMENTS_VERSION, Parties, extract
from kb.encode import Encoder, NeutralEncoder
from kb.errors import BuildFailed, IndexDamaged, KBError, NoIndex, UnreadableFile
from kb.generation import FORMAT, Generation, open_generation, publish, tidy, writer_lock
from kb.language import LANGUAGE_VERSION, fold, identify, split_sentences
from kb.lexical import LEXICAL_VERSION, is_unspaced, stems, write_lexical
from kb.model import Document
from kb.names import NAMES_VERSION
from kb.read import (
    READER_VERSION,
    ReaderPool,
    ReadFile,
    document_id,
    ocr_fingerprint,
    read_records,
    read_with_ocr,
)
from kb.records import Records, Source, source_of
from kb.segment import SEGMENT_VERSION, segment
from kb.symbols import SYMBOLS_VERSION
from kb.vectors import VectorIndex, write_rows
from kb.words import WORDS_VERSION, terms_of

__all__ = ["BuildReport", "Plan", "Progress", "Skipped", "build", "document_ids", "plan_build"]

Progress = Callable[[str, int, int], None]  # stage ("read", "encode"), done, total

T = TypeVar("T")

RECORDS: Final = ".jsonl"
MESSAGES: Final = 20  # about lines of one JSON Lines file
MOST_UNUSED, MOST_UNUSED_LEAST = 0.1, 1000  # rows: beyond this share and number everything is laid out anew
FEW: Final = 2000  # passages whose words are indexed anew at once; in more, removed ones weigh a little until then
NO_OCR: Final = "none"
CHANGED: Final = "changed while it was read"
AGAIN: Final = "again "  # before the fingerprint of a recognition that failed for a reason that may have passed
IDS_MEET: Final = "documents want the same id"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that gave no document, and why."""

    path: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a build would do, and why. Paths are relative to the corpus.

    `anew`: why everything is laid out anew, "" where the last generation is brought up to date. Files that are not
    named stay as they are.
    """

    anew: str
    encode_all: bool  # all texts get other vectors, though the records stay
    new: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    retried: tuple[str, ...]  # gave nothing, or not all, for a reason that may have passed
    kept: int  # files

    @property
    def nothing(self) -> bool:
        """Whether the index is up to date, as far as that is known without trying anything again."""
        return not (self.anew or self.encode_all or self.new or self.changed or self.removed)

    def to_json(self) -> dict[str, Any]:
        """Plain data for `--json`."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did. Times in seconds."""

    generation: str
    unchanged: bool
    documents: int
    provisions: int
    passages: int
    sentences: int
    commitments: int
    skipped: tuple[Skipped, ...]
    notices: tuple[str, ...]
    encoded: int  # texts sent to the encoder; the others came from the cache
    kept: int = 0  # documents taken over as they were
    seconds: dict[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain data for `--json`."""
        return asdict(self)


@dataclass
class _Job:
    """One build: what it starts from, and what it gathers on its way."""

    root: Path
    catalog: catalogue.Catalog
    encoder: Encoder
    cache: Path
    passwords: tuple[str, ...]
    ocr: str
    progress: Progress
    inputs: dict[str, str]  # what decides the reading of each file; "" where it cannot even be opened
    digests: dict[str, str]  # SHA-256 by file
    ids: dict[str, str]  # of the files that hold one document
    aliases: Path | None  # the corpus's own names of bodies
    aliases_digest: str  # its SHA-256, "" where there is none
    sources: list[Source] = field(default_factory=list)
    ids_met: int = 0  # documents that wanted an id that another had
    seconds: dict[str, float] = field(default_factory=dict)


def build(
    corpus: Path,
    index: Path,
    encoder: Encoder,
    *,
    passwords: tuple[str, ...] = (),
    full: bool = False,
    cache: Path | None = None,
    progress: Progress = lambda stage, done, total: None,
) -> BuildReport:
    """Bring the index up to date with the corpus; readers of the old generation are not disturbed.

    Files that cannot be read are listed in the report and the rest is indexed. Unchanged documents and texts are
    taken from the last generation and from `cache` (by default `index/cache`, which only the holder of the index's
    lock writes); with `full` everything is done again. Raises IndexLocked, CatalogError, UsageError, and BuildFailed
    where something could not be written, which leaves the index as it was.
    """
    try:
        with writer_lock(index):
            _sweep(index)
            job = _job(corpus, encoder, cache or index / "cache", passwords, progress)
            last, why = _last(index)
            plan = _plan(job, last, why, full)
            if last and plan.retried and not plan.anew:
                plan = _retry(job, last, plan)
            if plan.nothing and last:
                tidy(index, last.name)
                return _unchanged(last)
            if full:
                shutil.rmtree(job.cache, ignore_errors=True)
            with tempfile.TemporaryDirectory(dir=index, prefix="building-", ignore_cleanup_errors=True) as temporary:
                try:
                    report = _write(Path(temporary) / "generation", index, job, plan, last)
                except _IdsMeet:
                    report = _write(Path(temporary) / "anew", index, job, replace(plan, anew=IDS_MEET), last)
            with suppress(OSError):
                forget(job.cache, frozenset(job.digests.values()))
            return report
    except (OSError, sqlite3.DatabaseError) as error:
        said = " ".join(str(getattr(error, "strerror", None) or error).split())
        raise BuildFailed(
            f"{index}: the build stopped and the index is as it was: {said}; "
            "make sure that the disk is sound, writable and not full, and run kb build again"
        ) from error


class _IdsMeet(Exception):
    """Two documents want one id: who gets it must not depend on what was built before."""


def plan_build(corpus: Path, index: Path, encoder: Encoder, *, full: bool = False) -> Plan:
    """What `build` would do now. Changes nothing. Raises CatalogError, UsageError."""
    job = _job(corpus, encoder, index / "cache", (), lambda stage, done, total: None)
    return _plan(job, *_last(index), full)


def _job(corpus: Path, encoder: Encoder, cache: Path, passwords: tuple[str, ...], progress: Progress) -> _Job:
    root, files = catalogue.corpus_files(corpus)
    catalog = catalogue.load_catalog(root)
    job = _Job(root, catalog, encoder, cache, passwords, ocr_fingerprint() or NO_OCR, progress, {}, {}, {}, None, "")
    if (root / catalogue.PARTIES).is_file():
        job.aliases = root / catalogue.PARTIES
        job.aliases_digest = digest_of(job.aliases)
    for name, outcome in _digests(root, files):
        if isinstance(outcome, Source):
            job.sources.append(outcome)
            job.inputs[outcome.path] = ""
        else:
            job.digests[name] = outcome
    job.ids = document_ids(list(job.digests), catalog)
    for name, digest in job.digests.items():
        job.inputs[name] = f"{digest}-{_hash([name, job.ids[name], catalog.get(name, {})])}"
    return job


def _versions(job: _Job) -> dict[str, str]:
    """All that decides what records a corpus gives: the code's versions, and the model that counts tokens."""
    base = job.encoder.base if isinstance(job.encoder, NeutralEncoder) else job.encoder
    return {
        "format": str(FORMAT),
        "reader": READER_VERSION,
        "language": LANGUAGE_VERSION,
        "segment": SEGMENT_VERSION,
        "lexical": LEXICAL_VERSION,
        "symbols": SYMBOLS_VERSION,
        "names": NAMES_VERSION,
        "words": WORDS_VERSION,
        "commitments": COMMITMENTS_VERSION,
        "parties": job.aliases_digest,
        "model": base.fingerprint,
    }


def _last(index: Path) -> tuple[Generation | None, str]:
    """The generation to start from, and why there is none."""
    try:
        last = open_generation(index)
    except NoIndex:
        return None, "nothing is indexed yet"
    except IndexDamaged as error:
        return None, str(error).removesuffix("; run kb build")
    return last, last.warning


def _plan(job: _Job, last: Generation | None, why: str, full: bool) -> Plan:
    before = {source.path: source for source in _sources(last)} if last else {}
    new = tuple(name for name in job.inputs if name not in before)
    removed = tuple(name for name in before if name not in job.inputs)
    changed = tuple(name for name in job.inputs if name in before and not _same(before[name], job))
    retried = tuple(name for name in job.inputs if name in before and name not in changed and _passing(before[name]))
    anew, encode_all = why, False
    if full:
        anew = "everything is asked for"
    elif last and not why:
        versions = last.manifest["versions"]
        other = [name for name, version in _versions(job).items() if versions.get(name) != version]
        rows = last.manifest["rows"]["passages"]
        unused = rows - last.manifest["counts"]["passages"]
        if (new or changed or removed) and last.manifest["ids_met"]:
            anew = IDS_MEET
        if other:
            anew = f"another version: {', '.join(other)}"
        elif unused > MOST_UNUSED * rows + MOST_UNUSED_LEAST and (new or changed or removed):
            anew = f"{unused} of {rows} rows are no longer used"
        if not anew and last.manifest["encoder"]["fingerprint"] != job.encoder.fingerprint:
            encode_all = not (unused or new or changed or removed)
            anew = "" if encode_all else "another projection"
    return Plan(anew, encode_all, new, changed, removed, retried, len(job.inputs) - len(new) - len(changed))


def _same(before: Source, job: _Job) -> bool:
    """Whether what came of a file would come of it again."""
    return before.inputs == job.inputs[before.path] and before.ocr.removeprefix(AGAIN) in {"", job.ocr}


def _passing(before: Source) -> bool:
    """Whether what came of a file may be another thing the next time though nothing has changed."""
    return before.reason in TRANSIENT or before.ocr.startswith(AGAIN)


def _retry(job: _Job, last: Generation, plan: Plan) -> Plan:
    """The plan with those files as changed that were tried again and gave another outcome."""
    before = {source.path: source for source in _sources(last)}
    plain = [name for name in plan.retried if name in job.digests and not _is_records(name)]
    changed = [name for name in plan.retried if name in job.digests and name not in plain]
    for _, source in _files(job, plain):
        if (source.reason, source.ocr) != (before[source.path].reason, before[source.path].ocr):
            changed.append(source.path)
    return replace(plan, changed=(*plan.changed, *changed), kept=plan.kept - len(changed))


def _sources(generation: Generation) -> list[Source]:
    return [source_of(tuple(row)) for row in generation.rows("SELECT * FROM sources ORDER BY path")]


def _unchanged(last: Generation) -> BuildReport:
    return BuildReport(
        generation=last.name,
        unchanged=True,
        skipped=tuple(Skipped(**entry) for entry in last.manifest["skipped"]),
        notices=tuple(last.manifest["notices"]),
        encoded=0,
        kept=last.manifest["counts"]["documents"],
        **last.manifest["counts"],
    )


def _write(folder: Path, index: Path, job: _Job, plan: Plan, last: Generation | None) -> BuildReport:
    base = last if last and not plan.anew else None
    kept = base if base and not plan.encode_all else None  # whose vectors stay
    dimension = job.encoder.dimension
    folder.mkdir()
    if base:
        shutil.copyfile(base.folder / "kb.sqlite", folder / "kb.sqlite")
        shutil.copytree(base.folder / "lexical", folder / "lexical")
    else:
        (folder / "lexical").mkdir()
    rows = base.manifest["rows"] if base else {"passages": 0, "sentences": 0}
    clock = _Clock(job.seconds)
    with Records(folder / "kb.sqlite", **rows) as records, VectorCache(job.cache, job.encoder) as vectors:
        left, known = _changes(base, job, plan)
        removed = records.remove(left)
        taken_over = records.counts()["documents"]
        sources = [source for source in job.sources if not source.inputs]  # those that cannot even be opened
        names = [*plan.new, *plan.changed] if base else list(job.inputs)
        parties = Parties.load(job.aliases)
        if job.aliases and digest_of(job.aliases) != job.aliases_digest:
            raise OSError(errno.EAGAIN, f"{job.aliases.name} was changed just now")
        for document, met in _read(job, names, known, records, sources):
            if met and base:
                raise _IdsMeet
            job.ids_met += met
            with clock("segment"):
                _add(document, records, job.encoder, parties)
        records.put_sources(sources, plan.removed)
        clock.rest("read", since="segment")
        with clock("index words"):
            words_anew = base is None or (bool(removed) and records.counts()["passages"] <= FEW)
            if words_anew and base:
                shutil.rmtree(folder / "lexical")
                (folder / "lexical").mkdir()
            texts = records.passage_texts(new=not words_anew)
            quotes = ((row, language, fold(quote)) for row, language, _, quote in texts)
            write_lexical(folder / "lexical", quotes, () if words_anew else removed)
            terms = records.put_terms(terms_of(records.word_counts(), stems, is_unspaced))
        with clock("encode"):
            total = records.passages + records.sentences - (sum(rows.values()) if kept else 0)
            index_of_passages = VectorIndex.load(kept.folder / "vectors.faiss") if kept else VectorIndex(dimension)
            passages = (
                f"{context}\n{quote}" if context else quote
                for _, _, context, quote in records.passage_texts(new=kept is not None)
            )
            done = 0
            for array in vectors.encode(passages, lambda finished: job.progress("encode", finished, total)):
                index_of_passages.add(array)
                done += len(array)
            index_of_passages.save(folder / "vectors.faiss")
            write_rows(
                folder / "sentences.npy",
                vectors.encode(
                    records.sentence_texts(new=kept is not None),
                    lambda finished: job.progress("encode", done + finished, total),
                ),
                (records.sentences, dimension),
                before=kept.folder / "sentences.npy" if kept else None,
            )
            write_rows(
                folder / "words.npy",
                vectors.encode(records.term_words(), lambda finished: job.progress("encode words", finished, terms)),
                (terms, dimension),
            )
        counts, all_sources = records.counts(), records.sources()
        rows = {"passages": records.passages, "sentences": records.sentences}
        records.finish()
    skipped = [Skipped(source.path, source.reason, source.detail) for source in all_sources if source.reason]
    notices = [notice for source in all_sources for notice in source.notices]
    with clock("publish"):
        name = publish(
            index,
            folder,
            {
                "encoder": {"name": job.encoder.name, "fingerprint": job.encoder.fingerprint, "dimension": dimension},
                "versions": _versions(job),
                "counts": counts,
                "rows": rows,
                "ids_met": base.manifest["ids_met"] if base else job.ids_met,
                "skipped": [asdict(entry) for entry in skipped],
                "notices": notices,
            },
            previous=last.name if last else "",
        )
    return BuildReport(
        generation=name,
        unchanged=False,
        skipped=tuple(skipped),
        notices=tuple(notices),
        encoded=vectors.encoded,
        kept=taken_over,
        seconds={stage: round(seconds, 3) for stage, seconds in job.seconds.items()},
        **counts,
    )


def _add(document: Document, records: Records, encoder: Encoder, parties: Parties) -> None:
    provisions, passages = segment(
        document,
        count_tokens=encoder.count_tokens,
        split_sentences=split_sentences,
        max_tokens=encoder.max_tokens,
    )
    for passage in passages:
        quote = document.text[passage.start : passage.end]
        if not quote or quote != quote.strip():
            raise KBError(f"{document.path}: passage {passage.id} is not a clean slice of its text; please report it")
    records.add(document, provisions, passages, extract(document, provisions, parties))


class _Clock:
    """Seconds by stage."""

    def __init__(self, seconds: dict[str, float]) -> None:
        self._seconds = seconds
        self._begun = time.perf_counter()

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Count the time of what is done within."""
        started = time.perf_counter()
        yield
        self._seconds[stage] = self._seconds.get(stage, 0.0) + time.perf_counter() - started

    def rest(self, stage: str, since: str) -> None:
        """Count what has passed so far beside the time of another stage."""
        self._seconds[stage] = time.perf_counter() - self._begun - self._seconds.get(since, 0.0)


def _changes(base: Generation | None, job: _Job, plan: Plan) -> tuple[list[str], dict[str, set[str]]]:
    """The documents to be taken out, and for each changed file of records the digests of the lines that stay."""
    left: list[str] = []
    known: dict[str, set[str]] = {}
    if base is None:
        return left, known
    before = {source.path: source.inputs for source in _sources(base)}
    for name in (*plan.removed, *plan.changed):
        staying: set[str] = set()
        rows = base.rows("SELECT id, sha256, warnings FROM documents WHERE path = ? ORDER BY position", (name,))
        if name in plan.changed and _is_records(name) and _settings(before[name]) == _settings(job.inputs[name]):
            kept = {row["sha256"] for row in rows if row["warnings"] == "[]"}
            with suppress(OSError):
                there = read_records(job.root / name, relative=name, warn=lambda said: None, known=kept)
                staying = {line for line in there if isinstance(line, str)}
            known[name] = staying
        left += [row["id"] for row in rows if row["sha256"] not in staying]
    return left, known


def _is_records(name: str) -> bool:
    return name.lower().endswith(RECORDS)


def _settings(inputs: str) -> str:
    """The part of a file's inputs that is not its bytes."""
    return inputs.partition("-")[2]


def _sweep(index: Path) -> None:
    """Remove what builds that were killed have left; the writer's lock is held."""
    for folder in index.glob("building-*"):
        shutil.rmtree(folder, ignore_errors=True)
    (index / "CURRENT.new").unlink(missing_ok=True)


def _digests(root: Path, files: list[str]) -> Iterator[tuple[str, str | Source]]:
    """SHA-256 by file; one that cannot be opened or named in UTF-8 comes as a source with the reason."""
    for name in files:
        shown = name.encode("utf-8", "backslashreplace").decode("utf-8")
        if shown != name:
            yield (
                shown,
                Source(shown, "", reason="damaged", detail="cannot be opened: its name is not UTF-8; rename it"),
            )
            continue
        try:
            yield name, _digest(root / name)
        except OSError as error:
            yield shown, Source(shown, "", reason="unavailable", detail=f"cannot be opened: {error.strerror}")


def _files(job: _Job, names: Sequence[str]) -> Iterator[tuple[Document | None, Source]]:
    """What comes of each file that holds one document: the document, and what is to be remembered of the file."""
    documents = DocumentCache(job.cache)
    with ReaderPool(workers=2, passwords=job.passwords) as pool, ThreadPoolExecutor(max_workers=2) as threads:

        def one(name: str) -> tuple[Document | None, Source]:
            path, digest, language = job.root / name, job.digests[name], job.catalog.get(name, {}).get("language", "")

            def read() -> ReadFile:
                return read_with_ocr(
                    pool, path, document_id=job.ids[name], relative=name, language=language, cache=job.cache / "ocr"
                )

            try:
                document, uses_ocr, passing = documents.read(path, digest, f"{job.ocr} {language}", read)
            except UnreadableFile as error:
                ocr = job.ocr if error.reason == "no-text" else ""
                same = digest_of(path) == digest
                return None, Source(name, job.inputs[name] if same else CHANGED, ocr, error.reason, str(error))
            ocr = f"{AGAIN if passing else ''}{job.ocr}" if uses_ocr else ""
            # What was changed while it was read is not what the digest says: the next build reads it again.
            inputs = job.inputs[name] if document.sha256 == digest else CHANGED
            return replace(document, id=job.ids[name], path=name), Source(name, inputs, ocr)

        for some in _batched(names, 32):
            yield from threads.map(one, some)


def _read(
    job: _Job, names: Iterable[str], known: Mapping[str, set[str]], records: Records, sources: list[Source]
) -> Iterator[tuple[Document, bool]]:
    """Every readable document of the files with its final id, metadata and language, and whether it wanted another id.

    `known`: for files of records the digests of the lines that are not wanted. What came of files goes to `sources`.
    """
    names = [name for name in names if name in job.digests]
    plain = [name for name in names if not _is_records(name)]
    lines = chain.from_iterable(_records(job, name, known.get(name, set())) for name in names if _is_records(name))
    done = 0
    for read, source in chain(_files(job, plain), lines):
        done += 1
        job.progress("read", min(done, len(plain)), len(plain))
        if source:
            sources.append(source)
        if not read:
            continue
        document = catalogue.apply(read, job.catalog)
        met = records.has(document.id)
        if met:
            suffix = hashlib.sha256(f"{document.path}\0{document.id}".encode()).hexdigest()[:6]
            document = replace(document, id=f"{document.id}-{suffix}")
        if not document.language:
            document = replace(document, language=identify(document.text[:20_000])[0])
        yield document, met


def _records(job: _Job, name: str, known: set[str]) -> Iterator[tuple[Document | None, Source | None]]:
    """The new documents of a JSON Lines file, then the file: what was wrong with its lines is told for the first
    MESSAGES and counted. Lines of `known` digests are passed over.
    """
    told: list[str] = []
    unsaid = 0

    def tell(message: str) -> None:
        nonlocal unsaid
        unsaid += len(told) >= MESSAGES
        if len(told) < MESSAGES:
            told.append(message)

    found = 0
    reason = detail = ""
    try:
        for document in read_records(job.root / name, relative=name, warn=tell, known=known):
            found += 1
            if not isinstance(document, str):
                yield document, None
    except UnreadableFile as error:
        reason, detail = error.reason, str(error)
    except OSError as error:
        reason, detail = "unavailable", f"cannot be read: {error.strerror}"
    if unsaid:
        told.append(f"{name}: {unsaid} more lines with something wrong")
    if not found and not reason:
        reason, detail = "empty", "holds no usable record; kb build says what is wrong with its first lines"
    yield None, Source(name, job.inputs[name], "", reason, detail, tuple(told))


def document_ids(files: list[str], catalog: catalogue.Catalog) -> dict[str, str]:
    """A distinct id for each file: the catalogue's, else one from its name.

    Where names meet all of them carry a digest: an address never comes to mean another document.
    """
    given = {name: fields["id"] for name, fields in catalog.items() if "id" in fields}
    wanted = {name: given.get(name) or document_id(name) for name in files}
    uses = Counter(wanted.values())
    return {
        name: identity if uses[identity] == 1 else f"{identity}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"
        for name, identity in wanted.items()
    }


def _batched(items: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    iterator = iter(items)
    while some := tuple(islice(iterator, size)):
        yield some


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
