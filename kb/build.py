"""corpus + what was built before → a new generation."""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from kb import catalog as catalogue
from kb.encode import Encoder, NeutralEncoder
from kb.errors import IndexDamaged, KBError, NoIndex, UnreadableFile
from kb.generation import FORMAT, Records, open_generation, publish, writer_lock
from kb.language import LANGUAGE_VERSION, fold, identify, split_sentences
from kb.lexical import LEXICAL_VERSION, LexicalIndex, is_unspaced, write_lexical
from kb.model import Document
from kb.names import NAMES_VERSION
from kb.read import READER_VERSION, ReaderPool, document_from_json, document_id, document_to_json, read_records
from kb.segment import SEGMENT_VERSION, segment
from kb.symbols import SYMBOLS_VERSION
from kb.vectors import VectorIndex
from kb.words import WORDS_VERSION, count_terms

__all__ = ["BuildReport", "Progress", "Skipped", "build"]

Progress = Callable[[str, int, int], None]  # stage ("read", "encode"), done, total

T = TypeVar("T")

RECORDS: Final = ".jsonl"
MESSAGES: Final = 20  # about lines of one JSON Lines file
CHUNK: Final = 2048  # texts encoded between two commits of the vector cache
TRANSIENT: Final = frozenset({"too-slow", "crashed", "encrypted"})  # worth another try with the same files


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that gave no document, and why."""

    path: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did. Times in seconds."""

    generation: str
    unchanged: bool
    documents: int
    provisions: int
    passages: int
    sentences: int
    skipped: tuple[Skipped, ...]
    notices: tuple[str, ...]
    encoded: int  # texts sent to the encoder; the others came from the cache
    seconds: dict[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain data for `--json`."""
        return asdict(self)


@dataclass
class _Run:
    """What one build gathers on its way."""

    skipped: list[Skipped] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    encoded: int = 0


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
    taken from `cache` (by default `index/cache`, which only the holder of the index's lock writes); with `full`
    everything is done again. Raises IndexLocked, CatalogError, UsageError.
    """
    cache = cache or index / "cache"
    root, files = catalogue.corpus_files(corpus)
    catalog = catalogue.load_catalog(root)
    with writer_lock(index):
        _sweep(index)
        run = _Run()
        digests = _digests(root, files, run)
        inputs = _inputs(digests, catalog, encoder)
        if not full and (report := _unchanged(index, inputs)):
            return report
        if full:
            shutil.rmtree(cache, ignore_errors=True)
        (cache / "documents").mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=index, prefix="building-", ignore_cleanup_errors=True) as temporary:
            folder = Path(temporary) / "generation"
            (folder / "lexical").mkdir(parents=True)
            documents = _read(root, list(digests), digests, catalog, cache, passwords, run, progress)
            return _write(folder, index, documents, encoder, cache, inputs, run, progress)


def _write(
    folder: Path,
    index: Path,
    documents: Iterable[Document],
    encoder: Encoder,
    cache: Path,
    inputs: str,
    run: _Run,
    progress: Progress,
) -> BuildReport:
    started = time.perf_counter()
    records = Records(folder / "kb.sqlite")
    for document in documents:
        provisions, passages = segment(
            document,
            count_tokens=encoder.count_tokens,
            split_sentences=split_sentences,
            max_tokens=encoder.max_tokens,
        )
        for passage in passages:
            quote = document.text[passage.start : passage.end]
            if not quote or quote != quote.strip():
                raise KBError(
                    f"{document.path}: passage {passage.id} is not a clean slice of its text; please report it"
                )
        records.add(document, provisions, passages)
    read = time.perf_counter()
    run.seconds["read and segment"] = round(read - started, 3)
    write_lexical(
        folder / "lexical", ((row, language, fold(quote)) for row, language, _, quote in records.passage_texts())
    )
    words = LexicalIndex(folder / "lexical")
    records.add_words(words.vocabulary())
    texts_by_language = ((language, fold(quote)) for _, language, _, quote in records.passage_texts())
    terms = records.add_terms(count_terms(texts_by_language, words.stems, is_unspaced))
    lexical = time.perf_counter()
    run.seconds["index words"] = round(lexical - read, 3)

    total = records.passages + records.sentences
    with _VectorCache(cache, encoder) as vectors:
        passages_index = VectorIndex(encoder.dimension)
        sentences = np.lib.format.open_memmap(
            folder / "sentences.npy", mode="w+", dtype=np.float16, shape=(records.sentences, encoder.dimension)
        )
        texts = (f"{context}\n{quote}" if context else quote for _, _, context, quote in records.passage_texts())
        for array in vectors.encode(texts, run, lambda done: progress("encode", done, total)):
            passages_index.add(array)
        done = 0
        for array in vectors.encode(
            records.sentence_texts(), run, lambda done: progress("encode", records.passages + done, total)
        ):
            sentences[done : done + len(array)] = array
            done += len(array)
        sentences.flush()
        del sentences
        word_vectors = np.empty((terms, encoder.dimension), np.float16)
        done = 0
        for array in vectors.encode(records.term_words(), run, lambda done: progress("encode words", done, terms)):
            word_vectors[done : done + len(array)] = array
            done += len(array)
        np.save(folder / "words.npy", word_vectors)
    passages_index.save(folder / "vectors.faiss")
    records.close()
    run.seconds["encode"] = round(time.perf_counter() - lexical, 3)
    report = BuildReport(
        generation="",
        unchanged=False,
        documents=records.documents,
        provisions=records.provisions,
        passages=records.passages,
        sentences=records.sentences,
        skipped=tuple(run.skipped),
        notices=tuple(run.notices),
        encoded=run.encoded,
        seconds=run.seconds,
    )
    name = publish(
        index,
        folder,
        {
            "inputs": inputs,
            "encoder": {"name": encoder.name, "fingerprint": encoder.fingerprint, "dimension": encoder.dimension},
            "versions": {"reader": READER_VERSION, "segment": SEGMENT_VERSION},
            "counts": {
                "documents": report.documents,
                "provisions": report.provisions,
                "passages": report.passages,
                "sentences": report.sentences,
            },
            "skipped": [asdict(entry) for entry in report.skipped],
            "notices": list(report.notices),
        },
    )
    return replace(report, generation=name)


def _sweep(index: Path) -> None:
    """Remove what builds that were killed have left; the writer's lock is held."""
    for folder in index.glob("building-*"):
        shutil.rmtree(folder, ignore_errors=True)


def _digests(root: Path, files: list[str], run: _Run) -> dict[str, str]:
    """SHA-256 by file; one that cannot be opened or named in UTF-8 is put down as skipped."""
    digests = {}
    for name in files:
        shown = name.encode("utf-8", "backslashreplace").decode("utf-8")
        try:
            if shown != name:
                raise OSError(0, "its name is not UTF-8; rename it")
            digests[name] = _digest(root / name)
        except OSError as error:
            run.skipped.append(Skipped(shown, "damaged", f"cannot be opened: {error.strerror}"))
    return digests


def _inputs(digests: dict[str, str], catalog: catalogue.Catalog, encoder: Encoder) -> str:
    """Digest of all that decides what a build yields."""
    everything = [
        FORMAT,
        READER_VERSION,
        LANGUAGE_VERSION,
        SEGMENT_VERSION,
        LEXICAL_VERSION,
        SYMBOLS_VERSION,
        NAMES_VERSION,
        WORDS_VERSION,
        encoder.fingerprint,
        sorted(digests.items()),
        catalog,
    ]
    return hashlib.sha256(json.dumps(everything, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _unchanged(index: Path, inputs: str) -> BuildReport | None:
    try:
        manifest = open_generation(index).manifest
    except (NoIndex, IndexDamaged):
        return None
    if manifest["inputs"] != inputs or any(entry["reason"] in TRANSIENT for entry in manifest["skipped"]):
        return None
    return BuildReport(
        generation=manifest["generation"],
        unchanged=True,
        skipped=tuple(Skipped(**entry) for entry in manifest["skipped"]),
        notices=tuple(manifest["notices"]),
        encoded=0,
        **manifest["counts"],
    )


def _read(
    root: Path,
    files: list[str],
    digests: dict[str, str],
    catalog: catalogue.Catalog,
    cache: Path,
    passwords: tuple[str, ...],
    run: _Run,
    progress: Progress,
) -> Iterator[Document]:
    """Every readable document of the corpus with its final id, metadata and language, in the order of the paths."""
    ids: set[str] = set()
    ordered = _ids(files, catalog)
    done = 0
    with ReaderPool(workers=2, passwords=passwords) as pool, ThreadPoolExecutor(max_workers=2) as threads:

        def one(name: str) -> Document | Skipped:
            try:
                return _cached(cache, digests[name], pool, root / name, ordered[name], name)
            except UnreadableFile as error:
                return Skipped(name, error.reason, str(error))

        def outcomes(names: Iterable[str]) -> Iterator[Document | Skipped]:
            for some in _batched(names, 32):
                yield from threads.map(one, some)

        plain = [name for name in files if not name.lower().endswith(RECORDS)]
        bulk = [name for name in files if name.lower().endswith(RECORDS)]
        records = chain.from_iterable(_records(root, name, run) for name in bulk)
        for outcome in chain(outcomes(plain), records):
            done += 1
            progress("read", min(done, len(plain)), len(plain))
            if isinstance(outcome, Skipped):
                run.skipped.append(outcome)
                continue
            document = catalogue.apply(outcome, catalog)
            if document.id in ids:
                suffix = hashlib.sha256(f"{document.path}\0{document.id}".encode()).hexdigest()[:6]
                document = replace(document, id=f"{document.id}-{suffix}")
            ids.add(document.id)
            if not document.language:
                document = replace(document, language=identify(document.text[:20_000])[0])
            yield document


def _records(root: Path, name: str, run: _Run) -> Iterator[Document | Skipped]:
    """The documents of a JSON Lines file; what was wrong with its lines is told for the first MESSAGES and counted."""
    told = 0

    def tell(message: str) -> None:
        nonlocal told
        told += 1
        if told <= MESSAGES:
            run.notices.append(message)

    found = 0
    try:
        for document in read_records(root / name, relative=name, warn=tell):
            found += 1
            yield document
    except UnreadableFile as error:
        yield Skipped(name, error.reason, str(error))
    except OSError as error:
        yield Skipped(name, "damaged", f"cannot be read: {error.strerror}")
    if told > MESSAGES:
        run.notices.append(f"{name}: {told - MESSAGES} more lines with something wrong")
    if not found:
        yield Skipped(name, "empty", "holds no usable record; kb build says what is wrong with its first lines")


def _ids(files: list[str], catalog: catalogue.Catalog) -> dict[str, str]:
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


def _cached(cache: Path, digest: str, pool: ReaderPool, path: Path, wanted: str, name: str) -> Document:
    """Read a file, or take what the same reader made of the same bytes before."""
    kept = cache / "documents" / f"{digest}-{READER_VERSION}{path.suffix.lower()}.json"
    try:
        return replace(document_from_json(kept.read_text(encoding="utf-8")), id=wanted, path=name)
    except FileNotFoundError:
        pass
    except (ValueError, TypeError, KeyError):  # cut short by a crash: read the file again
        kept.unlink(missing_ok=True)
    document = pool.read(path, document_id=wanted, relative=name)
    if document.sha256 == digest:  # else it was changed while it was read, and the next build sees it
        fresh = kept.with_name(f"{kept.name}.{secrets.token_hex(4)}.new")
        fresh.write_text(document_to_json(document), encoding="utf-8")
        fresh.replace(kept)
    return document


def _batched(items: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    iterator = iter(items)
    while some := tuple(islice(iterator, size)):
        yield some


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _VectorCache:
    """Vectors by (text, encoder): a build that was stopped goes on where it was, a changed text alone is encoded.

    Kept are the vectors as the model gives them: another projection needs no text encoded again.
    """

    def __init__(self, cache: Path, encoder: Encoder) -> None:
        self._encoder = encoder
        self._finish: Callable[[NDArray[np.float32]], NDArray[np.float32]] = np.asarray
        if isinstance(encoder, NeutralEncoder):
            self._encoder, self._finish = encoder.base, encoder.neutral
        self._db = sqlite3.connect(cache / f"vectors-{self._encoder.fingerprint[:16]}.sqlite")
        self._db.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB)")

    def __enter__(self) -> _VectorCache:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def encode(self, texts: Iterable[str], run: _Run, progress: Callable[[int], None]) -> Iterator[NDArray[np.float32]]:
        """Passage vectors of `texts` in order, in arrays of at most CHUNK rows."""
        finished = 0
        for some in _batched(texts, CHUNK):
            keys = [hashlib.sha256(text.encode()).digest()[:16] for text in some]
            found: dict[bytes, bytes] = {}
            for part in _batched(keys, 500):
                sql = f"SELECT key, vector FROM vectors WHERE key IN ({', '.join('?' * len(part))})"  # noqa: S608
                found.update(self._db.execute(sql, part))
            missing = {key: text for key, text in zip(keys, some, strict=True) if key not in found}
            if missing:

                def report(
                    done: int, total: int, base: int = finished + len(some) - len(missing), of: int = len(missing)
                ) -> None:
                    progress(base + of * done // max(total, 1))  # encoders count in units of their own

                fresh = self._encoder.encode_passages(list(missing.values()), progress=report)
                run.encoded += len(missing)
                rows = [(key, vector.tobytes()) for key, vector in zip(missing, fresh, strict=True)]
                with self._db:
                    self._db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
                found.update(rows)
            finished += len(some)
            progress(finished)
            yield self._finish(np.frombuffer(b"".join(found[key] for key in keys), np.float32).reshape(len(keys), -1))
