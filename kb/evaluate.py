"""Evaluation: questions with their right answers → figures that rankings can be compared by.

A suite is a corpus, questions, and for each question what answers it. Every question is asked over the whole corpus
(one pool) and, where questions and documents state their languages, over the documents of each language that
answers it. Questions that nothing answers show whether "nothing was found" can be believed.
"""

from __future__ import annotations

import copy
import hashlib
import importlib.util
import json
import random
import re
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from statistics import fmean
from typing import Any, Final, Protocol, cast, get_args

import numpy as np
from numpy.typing import NDArray

from kb.build import Progress, build
from kb.encode import Encoder, NeutralEncoder
from kb.encode.protocol import Progress as Encoded
from kb.errors import SuiteError, UsageError
from kb.generation import Generation, PassageRow, open_generation
from kb.lexical import Sought
from kb.model import LANGUAGE, Document
from kb.query import parse_query
from kb.ranking import Candidate, Mode
from kb.search import Filters, Hit, Searcher, Strength, clean_query

__all__ = [
    "MODES",
    "Folder",
    "Question",
    "Report",
    "Result",
    "Suite",
    "auroc",
    "calibration_error",
    "describe",
    "evaluate",
    "find_suite",
    "parse_modes",
    "read_folder",
    "working_folder",
]

MODES: Final[tuple[Mode, ...]] = get_args(Mode)
METRICS: Final = {"R@1": "R@1", "R@5": "R@5", "R@10": "R@10", "nDCG@10": "nDCG@10", "MRR": "RR", "mAP": "AP"}
SUCCESS: Final = "Success@1"  # differs from R@1 where several documents answer a question
DEPTH: Final = 100  # documents ranked
BINS: Final = 10  # of confidence, of equal width
SEED: Final = 2022  # of the shuffle that samples are taken from; no suite leaves documents out by the same one
BATCH: Final = 256  # questions encoded at once, and searches between two calls of ir-measures
SUITES: Final = Path(__file__).parent.parent / "bench" / "suites.py"  # in a source checkout

Figures = Mapping[str, float]


# -- suites -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, in which language ("" where not stated), and the gain of each item that answers it.

    No items: nothing in the corpus answers it.
    """

    id: str
    text: str
    language: str
    relevant: Mapping[str, int]


class Suite(Protocol):
    """A corpus with questions. Items are what is ranked and judged: documents, or passages."""

    @property
    def name(self) -> str:
        """What the figures are named by."""

    @property
    def corpus(self) -> Path:
        """What `kb build` reads: a folder, or one file."""

    @property
    def questions(self) -> Sequence[Question]:
        """All questions, in a fixed order."""

    @property
    def sample(self) -> int:
        """How many questions are asked unless told otherwise; 0 for all."""

    @property
    def files(self) -> Sequence[Path]:
        """The files it is made of, in a fixed order: their digest names the data."""

    @property
    def passages(self) -> bool:
        """Whether items are passages, whose words `item` is given; else documents, ranked by their best passage."""

    def item(self, question: Question, hit: Hit, document: Document) -> str:
        """The item that a hit of this (indexed) document is for the question."""

    def languages(self, documents: Iterable[Document]) -> Mapping[str, str]:
        """The language of each item, where it is stated; `documents` are the indexed ones."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A suite in BEIR's format: `corpus.jsonl`, `queries.jsonl`, `qrels/*.tsv`. Items are documents by `_id`."""

    name: str
    corpus: Path
    questions: Sequence[Question]
    files: Sequence[Path]
    ids: Mapping[str, str]  # SHA-256 of a line of corpus.jsonl, which is `Document.sha256` → `_id`
    stated: frozenset[str]  # the `_id`s whose lines state a language
    sample: int = 0
    passages: bool = False

    def item(self, question: Question, hit: Hit, document: Document) -> str:
        """The `_id` of the document."""
        return self.ids[document.sha256]

    def languages(self, documents: Iterable[Document]) -> Mapping[str, str]:
        """The language of each document whose line states one."""
        named = ((self.ids[document.sha256], document.language) for document in documents)
        return {item: language for item, language in named if item in self.stated}


def find_suite(name: str, work: Path, suites: Path | None = None) -> Suite:
    """The suite in a folder of BEIR's format, else the one that a file of named suites makes under the folder `work`.

    The file (`bench/suites.py` of a source checkout) holds SUITES: {name: function(folder to write to) → Suite}.
    Raises SuiteError, and UsageError for a name that is none.
    """
    if Path(name).is_dir():
        return read_folder(Path(name))
    path = suites or SUITES
    if not path.is_file():
        raise UsageError(f"{name}: no such folder, and {path} is not there to name suites; pass a folder or --suites")
    known = _load(path)
    if name not in known:
        raise UsageError(f"{name}: neither a folder nor a suite; {path} knows {', '.join(known)}")
    place = work / name / "suite"
    place.mkdir(parents=True, exist_ok=True)
    return known[name](place)


def _load(path: Path) -> Mapping[str, Callable[[Path], Suite]]:
    """SUITES of a Python file outside the package."""
    name = f"_kb_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"{path}: not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    if not hasattr(module, "SUITES"):
        raise UsageError(f"{path}: names no suites: SUITES = {{name: function(folder) → Suite}}")
    return cast(Mapping[str, Callable[[Path], Suite]], module.SUITES)


def read_folder(folder: Path, *, name: str = "", sample: int = 0) -> Folder:
    """The suite in a folder of BEIR's format; of several files of judgements only `test.tsv` is asked, if there is one.

    A question without a positive judgement in any of them is one that nothing answers. Raises SuiteError naming file,
    line and field.
    """
    corpus, queries = folder / "corpus.jsonl", folder / "queries.jsonl"
    ids: dict[str, str] = {}
    stated = set()
    for number, line, record in _records(corpus):
        identity = _identity(record, corpus, number)
        ids[hashlib.sha256(line).hexdigest()] = identity
        if _language(record):
            stated.add(identity)
    known = frozenset(ids.values())
    if not known:
        raise SuiteError(f"{corpus}: holds no document")
    texts: dict[str, tuple[str, str]] = {}
    for number, _, record in _records(queries):
        identity = _identity(record, queries, number)
        texts[identity] = _query(record, queries, number), _language(record)
    judged = _judgements(folder / "qrels", texts.keys(), known)
    test = judged.get("test.tsv") or {query: gains for one in judged.values() for query, gains in one.items()}
    elsewhere = {query for one in judged.values() for query, gains in one.items() if gains} - test.keys()
    questions = tuple(
        Question(identity, text, language, test.get(identity, {}))
        for identity, (text, language) in texts.items()
        if identity not in elsewhere
    )
    if not any(question.relevant for question in questions):
        raise SuiteError(f"{folder / 'qrels'}: no query has a document with a positive score")
    files = (corpus, queries, *(folder / "qrels" / file for file in judged))
    return Folder(name or folder.resolve().name, corpus, questions, files, ids, frozenset(stated), sample)


def _records(path: Path) -> Iterator[tuple[int, bytes, Mapping[str, Any]]]:
    """(number, bytes as their digest is taken, record) of each line of a JSON Lines file; ids must be distinct."""
    seen: dict[str, int] = {}
    for number, line in _lines(path):
        try:
            record = json.loads(line.decode("utf-8"))
        except UnicodeDecodeError:
            raise SuiteError(f"{path}:{number}: not UTF-8") from None
        except (ValueError, RecursionError) as error:
            raise SuiteError(f"{path}:{number}: no JSON ({error})") from None
        if not isinstance(record, dict):
            raise SuiteError(f"{path}:{number}: a record is an object: {{…}}")
        identity = _identity(record, path, number)
        if identity in seen:
            raise SuiteError(f"{path}:{number}: field '_id': {identity!r} stands in line {seen[identity]} already")
        seen[identity] = number
        yield number, line, record


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Numbered lines that hold something, stripped as the reader of JSON Lines strips them."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                stripped = (line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line).strip()
                if stripped:
                    yield number, stripped
    except OSError as error:
        raise SuiteError(
            f"{path}: cannot be read ({error.strerror}); a suite is corpus.jsonl, queries.jsonl and qrels/*.tsv"
        ) from None


def _identity(record: Mapping[str, Any], path: Path, number: int) -> str:
    for name in ("_id", "id"):
        value = record.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
            return str(value)
    raise SuiteError(f"{path}:{number}: field '_id' is missing")


def _query(record: Mapping[str, Any], path: Path, number: int) -> str:
    text = record.get("text")
    if not isinstance(text, str):
        raise SuiteError(f"{path}:{number}: field 'text' must be text")
    try:
        clean_query(text)
    except UsageError as error:
        raise SuiteError(f"{path}:{number}: field 'text': {error}") from None
    return text


def _language(record: Mapping[str, Any]) -> str:
    """The stated language, as the reader of JSON Lines takes it; "" where there is none."""
    inner = record.get("metadata")
    found = {**inner, **record} if isinstance(inner, dict) else record
    value = str(found.get("language") or found.get("lang") or "").partition("-")[0].strip().lower()
    return value if LANGUAGE.fullmatch(value) else ""


def _judgements(
    folder: Path, queries: Iterable[str], documents: frozenset[str]
) -> dict[str, dict[str, dict[str, int]]]:
    """{file: {query-id: {corpus-id: positive score}}} in the order of the files' names."""
    paths = sorted(folder.glob("*.tsv"))
    if not paths:
        raise SuiteError(f"{folder}: holds no .tsv file of judgements (query-id, corpus-id, score)")
    asked = frozenset(queries)
    return {path.name: _read_judgements(path, asked, documents) for path in paths}


def _read_judgements(path: Path, queries: frozenset[str], documents: frozenset[str]) -> dict[str, dict[str, int]]:
    gains: dict[str, dict[str, int]] = {}
    head = ["query-id", "corpus-id", "score"]
    for number, line in _lines(path):
        where = f"{path}:{number}"
        try:
            row = line.decode("utf-8").split("\t")
        except UnicodeDecodeError:
            raise SuiteError(f"{where}: not UTF-8") from None
        if number == 1:
            if row != head:
                raise SuiteError(f"{where}: the first line must be {', '.join(head)}, with tabs between")
            continue
        if len(row) != 3:
            raise SuiteError(f"{where}: has {len(row)} fields, not 3: {', '.join(head)}, with tabs between")
        query, document, score = row
        if query not in queries:
            raise SuiteError(f"{where}: query-id {query!r} is not in queries.jsonl")
        if document not in documents:
            raise SuiteError(f"{where}: corpus-id {document!r} is not in corpus.jsonl")
        if not re.fullmatch(r"-?\d+", score):
            raise SuiteError(f"{where}: score {score!r} is not a whole number")
        judged = gains.setdefault(query, {})
        if int(score) > 0:
            judged[document] = int(score)
    return gains


# -- running ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Result:
    """Figures of one way of ranking. Each search counts once in every average.

    `metrics`: all questions over one pool. `languages`: {"same", "across"} → metrics; `pairs`: "ru-de" (asked in,
    answered in) → metrics. `strength`: {"one pool", "same", "across"} → how well answers know what they are worth.
    """

    metrics: Figures
    languages: Mapping[str, Figures]
    pairs: Mapping[str, Figures]
    strength: Mapping[str, Figures]
    searches: int
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Plain data; what does not apply to the suite is left out."""
        data: dict[str, Any] = {"metrics": _rounded(self.metrics)}
        if self.languages:
            data["languages"] = {name: _rounded(figures) for name, figures in self.languages.items()}
            data["languages"]["pairs"] = {name: _rounded(figures) for name, figures in self.pairs.items()}
        if self.strength:
            data["strength"] = {name: _rounded(figures) for name, figures in self.strength.items()}
        data["searches"] = self.searches
        data["seconds_per_1000_searches"] = round(1000 * self.seconds / max(self.searches, 1), 2)
        return data


@dataclass(frozen=True, slots=True)
class Report:
    """What a suite gave: the figures of each mode, in the order asked for, and what they were measured on."""

    suite: str
    data: str  # SHA-256 of the suite's files
    encoder: str
    documents: int
    passages: int
    left_out: int  # items that answer a question and are not in the index
    queries: int
    unanswerable: int
    modes: Mapping[Mode, Result]
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def first(self) -> Mode:
        """The mode reported first: full where it was run."""
        return "full" if "full" in self.modes else next(iter(self.modes))

    def to_json(self) -> dict[str, Any]:
        """Plain data: the first mode's figures at the top, those of all under "modes"."""
        return {
            "suite": self.suite,
            "queries": self.queries,
            "unanswerable": self.unanswerable,
            "documents": self.documents,
            "passages": self.passages,
            "left_out": self.left_out,
            "data": self.data,
            "encoder": self.encoder,
            "mode": self.first,
            **self.modes[self.first].to_json(),
            "modes": {mode: result.to_json() for mode, result in self.modes.items()},
            "seconds": {name: round(seconds, 1) for name, seconds in self.seconds.items()},
        }


def evaluate(
    suite: Suite,
    encoder: Encoder,
    folder: Path,
    *,
    modes: Sequence[Mode] = ("full",),
    sample: int | None = None,
    cache: Path | None = None,
    progress: Progress = lambda stage, done, total: None,
) -> Report:
    """Build what the modes need under `folder` (what is there already is used), ask the questions, and measure.

    "dense" is plain dense search as anybody would do it: passages by the model's own vectors, not made
    language-neutral, in an index of its own. `sample`: that many questions of each language, of a seeded shuffle;
    0 for all, None for what the suite says. `cache`: as for `Searcher`. Raises KBError where the corpus gives no index.
    """
    if not modes:
        raise UsageError(f"no mode; known are {', '.join(MODES)}")
    seconds: dict[str, float] = {}
    questions = _sampled(suite.questions, suite.sample if sample is None else sample)
    searchers = _searchers(suite, encoder, folder, modes, cache, seconds, progress)
    started = time.perf_counter()
    _encode(questions, searchers.values(), progress)
    seconds["questions"] = time.perf_counter() - started
    results = {}
    for mode, searcher in searchers.items():
        results[mode] = _measure(suite, questions, searcher, mode, progress)
        seconds[mode] = results[mode].seconds
    first = next(iter(searchers.values()))
    counts = first.manifest["counts"]
    return Report(
        suite=suite.name,
        data=_digest(suite.files),
        encoder=encoder.name,
        documents=counts["documents"],
        passages=counts["passages"],
        left_out=_left_out(suite, questions, first),
        queries=len(questions),
        unanswerable=sum(not question.relevant for question in questions),
        modes=results,
        seconds=seconds,
    )


def parse_modes(names: Sequence[str]) -> tuple[Mode, ...]:
    """Modes by name; "all" for all of them. Raises UsageError for a name that is none."""
    for name in names:
        if name not in (*MODES, "all"):
            raise UsageError(f"mode: {name!r} is not one of {', '.join(MODES)}, all")
    return MODES if "all" in names else tuple(mode for mode in MODES if mode in names)


def _sampled(questions: Sequence[Question], size: int) -> list[Question]:
    """The first `size` questions of a seeded shuffle, of each language; parallel questions are sampled alike."""
    by_language: dict[str, list[Question]] = defaultdict(list)
    for question in questions:
        by_language[question.language].append(question)
    if not size:
        return list(questions)
    return [
        question
        for some in by_language.values()
        for question in random.Random(SEED).sample(some, len(some))[:size]  # noqa: S311 – a fixed choice, no secret
    ]


def _digest(files: Sequence[Path]) -> str:
    """SHA-256 over the names and digests of some files."""
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            digest.update(f"{path.name} {hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return digest.hexdigest()


def _searchers(
    suite: Suite,
    encoder: Encoder,
    folder: Path,
    modes: Sequence[Mode],
    cache: Path | None,
    seconds: dict[str, float],
    progress: Progress,
) -> dict[Mode, _Ranked]:
    """A searcher for each mode; both indexes take their vectors from one cache."""
    ours = _remembering(encoder)
    encoders = {"full": (encoder, ours)}
    if isinstance(encoder, NeutralEncoder) and isinstance(ours, NeutralEncoder):
        encoders["plain"] = (encoder.base, ours.base)
    needed = {mode: "plain" if mode == "dense" and "plain" in encoders else "full" for mode in modes}
    opened: dict[str, _Ranked] = {}
    for name in sorted(set(needed.values())):
        index = folder / suite.name / name
        index.mkdir(parents=True, exist_ok=True)
        building, asking = encoders[name]
        started = time.perf_counter()
        report = build(suite.corpus, index, building, cache=folder / "cache", progress=progress)
        seconds[f"{name} index"] = time.perf_counter() - started
        if not report.passages:
            reasons = [*report.notices, *(f"{entry.path}: {entry.detail}" for entry in report.skipped), "it is empty"]
            raise SuiteError(f"{suite.corpus}: gives nothing to search: {reasons[0]}")
        opened[name] = _Ranked(open_generation(index), asking, suite.corpus, cache=cache, quoting=suite.passages)
    return {mode: opened[name] for mode, name in needed.items()}


def _left_out(suite: Suite, questions: Sequence[Question], searcher: Searcher) -> int:
    if not isinstance(suite, Folder):
        return 0
    indexed = {suite.ids[document.sha256] for document in searcher.documents()}
    return len({item for question in questions for item in question.relevant} - indexed)


@dataclass(frozen=True, slots=True)
class _Asked:
    """One search: the pool's language ("" for all), the metrics where there is an answer, and what it claimed."""

    question: Question
    pool: str
    metrics: Figures | None
    right: bool
    confidence: float
    strength: Strength


def _measure(suite: Suite, questions: Sequence[Question], searcher: _Ranked, mode: Mode, progress: Progress) -> Result:
    """Ask every question of every pool and average."""
    documents = {document.id: document for document in searcher.documents()}
    languages = suite.languages(documents.values())
    searches = list(_searches(questions, languages))
    asked: list[_Asked] = []
    started = time.perf_counter()
    for first in range(0, len(searches), BATCH):
        asked += _ask(suite, searches[first : first + BATCH], documents, searcher, mode)
        progress(f"search ({mode})", len(asked), len(searches))
    seconds = time.perf_counter() - started
    groups = {
        "one pool": [one for one in asked if not one.pool],
        "same": [one for one in asked if one.pool and one.pool == one.question.language],
        "across": [one for one in asked if one.pool and one.pool != one.question.language],
    }
    averages = {name: _average(some) for name, some in groups.items() if some}
    pairs: dict[str, list[_Asked]] = defaultdict(list)
    for one in groups["same"] + groups["across"]:
        pairs[f"{one.question.language}-{one.pool}"].append(one)
    unanswerable = not all(question.relevant for question in questions)
    return Result(
        metrics=averages.pop("one pool", {}),
        languages={name: figures for name, figures in averages.items() if figures},
        pairs={name: figures for name, some in sorted(pairs.items()) if (figures := _average(some))},
        strength={name: _strength(some) for name, some in groups.items() if some} if unanswerable else {},
        searches=len(asked),
        seconds=seconds,
    )


def _searches(
    questions: Sequence[Question], languages: Mapping[str, str]
) -> Iterator[tuple[Question, str, Mapping[str, int]]]:
    """(question, the language its pool is kept to, what answers it there), question by question.

    A pool of one language is no other than the whole corpus where there is but one.
    """
    pools = sorted(set(languages.values()))
    several = len({*pools, *(question.language for question in questions)} - {""}) > 1
    for question in questions:
        yield question, "", question.relevant
        for pool in pools if several and question.language else ():
            there = {item: gain for item, gain in question.relevant.items() if languages.get(item) == pool}
            if there or not question.relevant:
                yield question, pool, there


def _ask(
    suite: Suite,
    searches: Sequence[tuple[Question, str, Mapping[str, int]]],
    documents: Mapping[str, Document],
    searcher: _Ranked,
    mode: Mode,
) -> list[_Asked]:
    answers, runs = [], []
    for question, pool, _ in searches:
        answer = searcher.search(
            question.text, limit=DEPTH, filters=Filters(language=pool), group=not suite.passages, mode=mode
        )
        runs.append(list(dict.fromkeys(suite.item(question, hit, documents[hit.document_id]) for hit in answer.hits)))
        answers.append((answer.confidence, answer.strength))
    scores = _scores([relevant for _, _, relevant in searches], runs)
    return [
        _Asked(question, pool, metrics, bool(run) and run[0] in relevant, confidence, strength)
        for (question, pool, relevant), run, metrics, (confidence, strength) in zip(
            searches, runs, scores, answers, strict=True
        )
    ]


def _encode(questions: Sequence[Question], searchers: Iterable[_Ranked], progress: Progress) -> None:
    """Encode each question once, many at a time; searches find the vectors remembered."""
    texts = list(dict.fromkeys(parse_query(clean_query(question.text)).text for question in questions))
    for searcher in searchers:
        for first in range(0, len(texts), BATCH):
            searcher.encoder.encode_queries(texts[first : first + BATCH])
            progress("questions", min(first + BATCH, len(texts)), len(texts))


class _Ranked(Searcher):
    """A Searcher whose hits are named, not shown: to cite and mark a hundred takes longer than to find them."""

    def __init__(
        self, generation: Generation, encoder: Encoder, corpus: Path, *, cache: Path | None, quoting: bool
    ) -> None:
        super().__init__(generation, encoder, corpus, cache=cache)
        self.encoder = encoder
        self._quoting = quoting  # only what judges by the words needs them

    def _hit(
        self, row: PassageRow, header: Document, candidate: Candidate | None, sought: Sought | None, reader: str
    ) -> Hit:
        passage = row.passage
        named = {
            "passage_id": passage.id,
            "document_id": header.id,
            "start": passage.start,
            "end": passage.end,
            "quote": self._generation.slice(passage.document_id, passage.start, passage.end) if self._quoting else "",
            "score": candidate.score if candidate else 1.0,
        }
        return Hit(**{**_NOTHING_SHOWN, **named})


_NOTHING_SHOWN: Final[Mapping[str, Any]] = dict.fromkeys((each.name for each in fields(Hit)), "")


class _Remembering:
    """An encoder that encodes no text twice."""

    def __init__(self, base: Encoder) -> None:
        self._base = base
        self._queries: dict[str, NDArray[np.float32]] = {}
        self._passages: dict[str, NDArray[np.float32]] = {}
        self.name, self.fingerprint = base.name, base.fingerprint
        self.dimension, self.max_tokens = base.dimension, base.max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._base.count_tokens(texts)

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return _recall(self._queries, texts, self._base.encode_queries)

    def encode_passages(self, texts: Sequence[str], *, progress: Encoded | None = None) -> NDArray[np.float32]:
        return _recall(self._passages, texts, self._base.encode_passages)


def _recall(
    known: dict[str, NDArray[np.float32]],
    texts: Sequence[str],
    encode: Callable[[Sequence[str]], NDArray[np.float32]],
) -> NDArray[np.float32]:
    new = list(dict.fromkeys(text for text in texts if text not in known))
    if new:
        known.update(zip(new, encode(new), strict=True))
    return np.stack([known[text] for text in texts])


def _remembering(encoder: Encoder) -> Encoder:
    """The encoder, encoding no text twice; a language-neutral one shares what its base remembers."""
    if not isinstance(encoder, NeutralEncoder):
        return _Remembering(encoder)
    neutral = copy.copy(encoder)
    neutral.base = _Remembering(encoder.base)
    return neutral


@contextmanager
def working_folder(index: Path | None) -> Iterator[Path]:
    """The folder that indexes are kept in, or a temporary one that is removed."""
    if index is not None:
        index.mkdir(parents=True, exist_ok=True)
        yield index
        return
    with tempfile.TemporaryDirectory(prefix="kb-eval-") as temporary:
        yield Path(temporary)


# -- showing ----------------------------------------------------------------------------------------------------------


def describe(report: Report) -> str:
    """The report as tables of text: a row a mode and pool; then R@1 by language, and strength, of the first mode."""
    first = report.modes[report.first]
    asked = f"{report.queries} questions" + (f" ({report.unanswerable} unanswerable)" if report.unanswerable else "")
    parts = [f"{report.suite}: {asked}, {report.documents} documents, {report.passages} passages, {report.encoder}"]
    if report.left_out:
        parts.append(f"{report.left_out} documents that answer a question have no text and count as not found")
    rows = {
        f"{mode:<9}{pool}": figures
        for mode, result in report.modes.items()
        for pool, figures in {"one pool": result.metrics, **result.languages}.items()
    }
    parts.append(_table([*METRICS, SUCCESS], rows))
    if first.pairs:
        spoken = list(dict.fromkeys(pair.split("-")[0] for pair in first.pairs))
        pools = sorted({pair.split("-")[1] for pair in first.pairs})
        cells = {a: {b: first.pairs[f"{a}-{b}"]["R@1"] for b in pools if f"{a}-{b}" in first.pairs} for a in spoken}
        parts.append(f"R@1 ({report.first}) asked in (rows), answered in (columns)\n{_table(pools, cells)}")
    if first.strength:
        named = list(dict.fromkeys(name for figures in first.strength.values() for name in figures))
        parts.append(f"strength ({report.first})\n{_table(named, first.strength)}")
    times = [f"{name} {seconds:.1f} s" for name, seconds in report.seconds.items()]
    speed = [f"{mode} {1000 * r.seconds / r.searches:.1f} s" for mode, r in report.modes.items() if r.searches]
    parts.append(f"took: {', '.join(times)}; 1,000 searches: {', '.join(speed)}")
    return "\n\n".join(parts)


def _table(columns: Sequence[str], rows: Mapping[str, Figures]) -> str:
    """Aligned figures; a column that no row has is left out."""
    used = [column for column in columns if any(column in figures for figures in rows.values())]
    left = max(len(name) for name in rows)
    lines = [" " * left + "".join(f"  {column:>6}" for column in used)]
    for name, figures in rows.items():
        cells = (f"{_cell(figures.get(column)):>{max(6, len(column))}}" for column in used)
        lines.append(f"{name:<{left}}" + "".join(f"  {cell}" for cell in cells))
    return "\n".join(lines)


def _cell(value: float | None) -> str:
    return "" if value is None else str(value) if isinstance(value, int) else f"{value:.3f}"


# -- figures ----------------------------------------------------------------------------------------------------------


def _scores(relevant: Sequence[Mapping[str, int]], runs: Sequence[Sequence[str]]) -> list[Figures | None]:
    """The metrics of each search by ir-measures (pytrec_eval); None where nothing answers."""
    import ir_measures

    names = {**METRICS, SUCCESS: SUCCESS}
    measures = {ir_measures.parse_measure(measure): name for name, measure in names.items()}
    judged = {str(n): dict(gains) for n, gains in enumerate(relevant) if gains}
    # Scores that fall by one keep our order where our own scores are equal.
    ranked = {str(n): {item: float(-rank) for rank, item in enumerate(run)} for n, run in enumerate(runs)}
    found: dict[str, dict[str, float]] = {key: dict.fromkeys(names, 0.0) for key in judged}
    for metric in ir_measures.iter_calc(list(measures), judged, ranked):
        if metric.query_id in found:
            found[metric.query_id][measures[metric.measure]] = float(metric.value)
    return [found.get(str(n)) for n in range(len(runs))]


def _average(asked: Sequence[_Asked]) -> dict[str, float]:
    """Means over the searches that have an answer; {} where none has. Success@1 only where it can differ from R@1."""
    metrics = [one.metrics for one in asked if one.metrics is not None]
    if not metrics:
        return {}
    means = {name: fmean(each[name] for each in metrics) for name in (*METRICS, SUCCESS)}
    if means[SUCCESS] == means["R@1"]:
        del means[SUCCESS]
    return means


def _strength(asked: Sequence[_Asked]) -> dict[str, float]:
    """How well confidence and strength tell what an answer is worth."""
    yes = [one for one in asked if one.metrics is not None]
    no = [one for one in asked if one.metrics is None]
    figures: dict[str, float] = {"answerable": len(yes), "unanswerable": len(no)}
    if yes and no:
        figures["AUROC"] = auroc([one.confidence for one in yes], [one.confidence for one in no])
    if yes:
        figures["answerable_called_nothing"] = fmean(one.strength == "nothing" for one in yes)
    if no:
        figures["unanswerable_called_strong"] = fmean(one.strength == "strong" for one in no)
    figures["ECE"] = calibration_error([one.confidence for one in asked], [one.right for one in asked])
    return figures


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """Probability that a positive's score is above a negative's, equal ones counting half (Mann-Whitney U / nm)."""
    ordered = np.sort(np.asarray(negative, np.float64))
    below = np.searchsorted(ordered, positive, "left") + np.searchsorted(ordered, positive, "right")
    return float(below.mean() / (2 * len(ordered)))


def calibration_error(confidence: Sequence[float], right: Sequence[bool]) -> float:
    """Expected calibration error: |share right - mean confidence| over BINS bins of equal width, weighted by size.

    Guo et al. 2017, "On Calibration of Modern Neural Networks".
    """
    values, truth = np.asarray(confidence, np.float64), np.asarray(right, np.float64)
    bins = np.minimum((values * BINS).astype(int), BINS - 1)
    gaps = [abs(float((truth - values)[bins == number].sum())) for number in range(BINS)]
    return sum(gaps) / len(values)


def _rounded(figures: Figures) -> dict[str, float]:
    return {name: value if isinstance(value, int) else round(value, 4) for name, value in figures.items()}
