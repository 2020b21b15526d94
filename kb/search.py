"""Searcher: a question in any language → passages, ranked, marked and cited."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from kb.catalog import RECORDS
from kb.cite import citation, locator, span
from kb.encode import Encoder, calibration_path, load_likelihood
from kb.errors import EncoderMismatch, NotFound, UsageError
from kb.generation import Generation, PassageRow, open_generation
from kb.language import fold, fold_with_offsets, identify
from kb.lexical import Sought
from kb.model import KINDS, LANGUAGE, LOW_TRUST, Document, Passage, Provision, is_date, page_at
from kb.query import parse_query
from kb.ranking import Candidate, Mode, Ranked, Ranker, Strength
from kb.rescue import Rescue, RescueKind, Rescuer
from kb.strength import Calibration, judge

__all__ = [
    "Answer",
    "Filters",
    "Hit",
    "Searcher",
    "StoredDocument",
    "Strength",
    "clean_query",
    "document_to_json",
]

MAX_QUERY: Final = 2_000  # characters
MAX_LIMIT: Final = 100
SIMILAR: Final = 0.6  # likeness; of passages of the shipped corpus, what says the same has 0.74 and more
MORE: Final = 3  # further passages shown under a document's best one

_WORD: Final = re.compile(r"[\w\u0300-\u036f]+")


@dataclass(frozen=True, slots=True)
class Filters:
    """Keep a search to some documents. "" means any. Dates: ISO 8601, a year or a month will do; both ends included."""

    language: str = ""
    kind: str = ""
    body: str = ""
    document: str = ""
    date_from: str = ""
    date_to: str = ""

    def __post_init__(self) -> None:
        if self.kind and self.kind not in KINDS:
            raise UsageError(f"kind: {self.kind!r} is not one of {', '.join(KINDS)}")
        if self.language and not LANGUAGE.fullmatch(self.language):
            raise UsageError(f"lang: {self.language!r} is not a language such as ru, en or de")
        for name, value in (("from", self.date_from), ("to", self.date_to)):
            if value and not is_date(value):
                raise UsageError(f"{name}: {value!r} is not a date such as 2022-11-02, 2022-11 or 2022")


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found. `start`, `end`: its span in the document; `marks` and `sentence`: spans in the quote."""

    passage_id: str
    document_id: str
    title: str
    kind: str
    language: str
    date: str
    date_to: str
    body: str
    place: str
    source: str
    heading: str
    locator: str
    page: int | None
    quote: str
    start: int
    end: int
    marks: tuple[tuple[int, int], ...]
    sentence: tuple[int, int] | None
    citation: str
    url: str
    score: float
    strength: Strength
    ocr: float | None  # confidence of the characters recognised on its pages, 0 to 1; None where none had to be
    more: tuple[Hit, ...] = ()  # further passages of the same document, when hits are grouped

    def to_json(self) -> dict[str, Any]:
        """Plain data, the same words on the command line and over HTTP."""
        data: dict[str, Any] = {
            name: getattr(self, name)
            for name in (
                "passage_id document_id title kind language date date_to body place source heading locator page quote"
                " start end citation url strength"
            ).split()
        }
        data["marks"] = [list(span) for span in self.marks]
        data["sentence"] = list(self.sentence) if self.sentence else None
        data["score"] = round(self.score, 4)
        data["ocr"] = None if self.ocr is None else round(self.ocr, 3)
        if self.more:
            data["more"] = [hit.to_json() for hit in self.more]
        return data


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search found. `total` counts what can be paged through; `facets` counts it by kind, language, body."""

    query: str
    searched: str
    rescued: RescueKind | Literal[""]  # why something else is searched than what was asked; "" where it is not
    unmet: bool  # no passage has the words in quotes: the hits are the nearest without them
    language: str
    strength: Strength
    confidence: float  # probability, as far as it is known, that the first hit answers
    total: int
    generation: str
    hits: tuple[Hit, ...]
    facets: Mapping[str, list[tuple[str, int]]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain data, the same words on the command line and over HTTP."""
        return {
            "query": self.query,
            "searched": self.searched,
            "rescued": self.rescued,
            "unmet": self.unmet,
            "language": self.language,
            "strength": self.strength,
            "confidence": round(self.confidence, 3),
            "total": self.total,
            "generation": self.generation,
            "hits": [hit.to_json() for hit in self.hits],
            "facets": {name: [list(pair) for pair in counts] for name, counts in self.facets.items()},
        }


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document with its text and its structure."""

    document: Document
    provisions: tuple[Provision, ...]


def clean_query(query: str) -> str:
    """What is searched for a raw query: NFC, without control characters and lone surrogates, spaces collapsed.

    Raises UsageError for one that is empty or longer than MAX_QUERY characters.
    """
    if len(query) > MAX_QUERY:
        raise UsageError(f"the query has {len(query)} characters; shorten it to {MAX_QUERY}")
    kept = "".join(c if unicodedata.category(c) not in {"Cc", "Cs", "Cn", "Co"} else " " for c in query)
    cleaned = " ".join(unicodedata.normalize("NFC", kept).split())
    if not any(character.isalnum() for character in cleaned):
        raise UsageError("the query is empty; ask a question or give some words")
    return cleaned


class Searcher:
    """Searches one immutable generation. Safe to share between threads."""

    def __init__(
        self,
        generation: Generation,
        encoder: Encoder,
        corpus: Path,
        *,
        cache: Path | None = None,
        calibration: Calibration | None = None,
    ) -> None:
        """`cache`: the folder of derived files, by default the user's; `calibration`: what is kept with the encoder.

        Raises EncoderMismatch when the generation was built by another encoder.
        """
        built = generation.manifest["encoder"]
        if built["fingerprint"] != encoder.fingerprint:
            raise EncoderMismatch(
                f"this index was built by {built['name']}, not by {encoder.name}: choose that encoder or run kb build"
            )
        self._generation = generation
        likelihood = load_likelihood(cache)
        self._ranker = Ranker(generation, encoder, likelihood)
        self._rescuer = Rescuer(generation, likelihood)
        self._calibration = calibration or Calibration.kept(calibration_path(encoder, cache))
        self._corpus = corpus if not corpus.is_file() else corpus.parent

    @classmethod
    def open(cls, index: Path, encoder: Encoder, corpus: Path, *, cache: Path | None = None) -> Searcher:
        """Open the current generation of an index. Raises NoIndex, IndexDamaged, EncoderMismatch."""
        return cls(open_generation(index), encoder, corpus, cache=cache)

    @property
    def generation(self) -> str:
        """Name of the generation searched."""
        return self._generation.name

    @property
    def records(self) -> Generation:
        """The generation searched, for what else is kept in it."""
        return self._generation

    @property
    def manifest(self) -> Mapping[str, Any]:
        """What the generation was built from, its counts, and what was skipped."""
        return self._generation.manifest

    def documents(self) -> list[Document]:
        """Every document, without text."""
        return self._generation.documents()

    def document(self, document_id: str) -> StoredDocument:
        """A document with its text and structure. Raises NotFound."""
        return StoredDocument(self._generation.document(document_id), self._generation.provisions(document_id))

    def facets(self) -> Mapping[str, list[tuple[str, int]]]:
        """Documents of the whole index by kind, language and body, most first."""
        return _facets(self._generation.facets())

    def original(self, document_id: str) -> Path:
        """The document's file in the corpus. Raises NotFound where it is no longer there."""
        header = self._generation.headers([document_id]).get(document_id)
        if header is None:
            raise NotFound(f"no document has the id {document_id!r}")
        root = self._corpus.resolve()
        path = (root / header.path).resolve()
        if not path.is_relative_to(root) or not path.is_file():
            raise NotFound(f"the original of {document_id!r} is no longer in the corpus")
        if header.media_type != RECORDS:
            with path.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != header.sha256:
                    raise NotFound(f"the original of {document_id!r} has changed since it was indexed; run kb build")
        return path

    def passage(self, passage_id: str, *, reader: str = "en") -> Hit:
        """One passage as a hit without a query. Raises NotFound."""
        row = self._generation.passage(passage_id)
        header = self._generation.headers([row.passage.document_id])[row.passage.document_id]
        return self._hit(row, header, None, None, reader)

    def similar(
        self, passage_id: str, *, limit: int = 10, filters: Filters = Filters(), reader: str = "en"
    ) -> tuple[Hit, ...]:
        """Passages of other documents, in any language, that say most nearly what a passage says. Raises NotFound."""
        if not 1 <= limit <= MAX_LIMIT:
            raise UsageError(f"limit must be between 1 and {MAX_LIMIT}")
        row = self._generation.passage(passage_id)
        self._check(filters)
        allowed = self._allowed(filters)
        allowed = np.ones(len(self._generation.vectors), np.bool_) if allowed is None else allowed.copy()
        for first, count in self._generation.rows(
            "SELECT first_passage, passages FROM documents WHERE id = ?", (row.passage.document_id,)
        ):
            allowed[first : first + count] = False
        found = [c for c in self._ranker.similar(row.row, allowed) if c.likeness >= SIMILAR][:limit]
        headers = self._generation.headers(candidate.document_id for candidate in found)
        rows = self._generation.passages([candidate.row for candidate in found])
        return tuple(
            self._hit(other, headers[candidate.document_id], candidate, None, reader)
            for other, candidate in zip(rows, found, strict=True)
        )

    def search(
        self,
        query: str,
        *,
        limit: int = 10,
        offset: int = 0,
        filters: Filters = Filters(),
        reader: str = "en",
        group: bool = False,
        mode: Mode = "full",
        rescue: bool = True,
    ) -> Answer:
        """Rank the passages that answer `query`, in any language, whatever language they are in.

        `reader`: the language citations are made in. With `group` each document stands once, by its best passage,
        and `limit` and `offset` count documents. `mode`: how to rank, for comparisons (see `Ranker.rank`). `rescue`:
        whether a query that was mistyped may be mended; the answer says what was searched instead.
        Raises UsageError for an unusable query or filter.
        """
        if not 1 <= limit <= MAX_LIMIT or offset < 0:
            raise UsageError(f"limit must be between 1 and {MAX_LIMIT}, offset not negative")
        self._check(filters)
        mended, searched, ranked = self._ranked(query, self._allowed(filters), mode, rescue)
        found, sought = ranked.candidates, ranked.sought
        groups: dict[str, list[Candidate]] = {}
        for candidate in found:
            groups.setdefault(candidate.document_id if group else str(candidate.row), []).append(candidate)
        shown = list(groups.values())[offset : offset + limit]
        seen = [*found[:1], *(candidate for same in shown for candidate in same[: 1 + MORE])]
        headers = self._generation.headers(candidate.document_id for candidate in seen)
        passages = dict(zip((c.row for c in seen), self._generation.passages([c.row for c in seen]), strict=True))
        judged = {
            row: self._doubted(candidate, headers[candidate.document_id], passages[row])
            for row, candidate in judge(ranked, self._calibration if mode == "full" else None, seen).items()
        }
        hits = []
        for same in shown:
            first, *others = (
                self._hit(passages[c.row], headers[c.document_id], judged[c.row], sought, reader)
                for c in same[: 1 + MORE]
            )
            hits.append(replace(first, more=tuple(others)))
        return Answer(
            query=query,
            searched=searched,
            rescued=mended.kind if mended else "",
            unmet=ranked.unmet,
            language=ranked.language,
            strength=judged[found[0].row].strength if found else "nothing",
            confidence=judged[found[0].row].confidence if found else 0.0,
            total=len(groups),
            generation=self.generation,
            hits=tuple(hits),
            facets=_facets([(c.place.kind, c.place.language, c.place.body) for c, *_ in groups.values()]),
        )

    def about(self, query: str, rows: Iterable[int]) -> list[int]:
        """Of these passages, by row, those that say something of what is asked, in any language, the nearest first.

        Raises UsageError for an unusable query.
        """
        allowed = np.zeros(len(self._generation.vectors), np.bool_)
        allowed[np.fromiter(rows, np.int64)] = True
        _, _, ranked = self._ranked(query, allowed, "full", rescue=True)
        judged = judge(ranked, self._calibration, ranked.candidates)
        return [one.row for one in ranked.candidates if judged[one.row].strength != "nothing"]

    def _ranked(
        self, query: str, allowed: NDArray[np.bool_] | None, mode: Mode, rescue: bool
    ) -> tuple[Rescue | None, str, Ranked]:
        """How the query was mended, if it was, what was searched then, and what that ranks."""
        searched = clean_query(query)
        mended = self._rescuer.rescue(searched) if rescue and mode == "full" else None
        if mended:
            searched = mended.searched
        asked = parse_query(searched)
        words = replace(
            asked,
            text=fold(asked.text),
            phrases=tuple(map(fold, asked.phrases)),
            excluded=tuple(map(fold, asked.excluded)),
        )
        return mended, searched, self._ranker.rank(asked, words, identify(asked.text)[0], allowed, mode)

    @staticmethod
    def _doubted(candidate: Candidate, header: Document, found: PassageRow) -> Candidate:
        """No direct answer where the very words are uncertain: recognised in a picture, with little confidence."""
        recognised = _recognised(header, found.passage)
        if candidate.strength == "strong" and recognised is not None and recognised < LOW_TRUST:
            return replace(candidate, strength="related")
        return candidate

    def _check(self, filters: Filters) -> None:
        if filters.document and not self._generation.headers([filters.document]):
            raise NotFound(f"no document has the id {filters.document!r}; a hit's document_id is one")

    def _allowed(self, filters: Filters) -> NDArray[np.bool_] | None:
        """The rows whose document passes the filters; None where all rows do."""
        tests = {
            "language = ?": filters.language,
            "kind = ?": filters.kind,
            "body = ?": filters.body,
            "id = ?": filters.document,
            # Dates are compared as far as both are known: 2022 covers 2022-11-02.
            "date <> '' AND max(date, date_to) || '~' >= ?": filters.date_from,
            "date <> '' AND date <= ?": f"{filters.date_to}~" if filters.date_to else "",
        }
        used = {test: value for test, value in tests.items() if value}
        if not used:
            return self._generation.used
        allowed = np.zeros(len(self._generation.vectors), np.bool_)
        sql = f"SELECT first_passage, passages FROM documents WHERE {' AND '.join(used)}"  # noqa: S608 – fixed tests
        for first, count in self._generation.rows(sql, list(used.values())):
            allowed[first : first + count] = True
        return allowed

    def _hit(
        self,
        row: PassageRow,
        header: Document,
        candidate: Candidate | None,
        sought: Sought | None,
        reader: str,
    ) -> Hit:
        passage = row.passage
        quote = self._generation.slice(passage.document_id, passage.start, passage.end)
        sentence = None
        if candidate:
            start, end = passage.sentences[candidate.sentence]
            sentence = (start - passage.start, end - passage.start)
        place = self._locator(passage.eid, passage.eid_to, header, reader)
        at = passage.start + (sentence[0] if sentence else 0)
        page = page_at(header.pages, at)
        return Hit(
            passage_id=passage.id,
            document_id=header.id,
            title=header.title or header.path,
            kind=header.kind,
            language=header.language,
            date=header.date,
            date_to=header.date_to,
            body=header.body,
            place=header.place,
            source=header.source,
            heading=" › ".join(passage.headings),
            locator=place,
            page=page,
            quote=quote,
            start=passage.start,
            end=passage.end,
            marks=self._marks(quote, header.language, sought) if sought else (),
            sentence=sentence,
            citation=citation(header, place, page, reader),
            url=f"/doc/{header.id}#{passage.eid}",
            score=candidate.score if candidate else 1.0,
            strength=candidate.strength if candidate else "strong",
            ocr=_recognised(header, passage),
        )

    def _locator(self, eid: str, eid_to: str, header: Document, reader: str) -> str:
        first = self.locate(header, eid, reader)
        return first if eid == eid_to else span(first, self.locate(header, eid_to, reader), reader)

    @property
    def corpus(self) -> Path:
        """The folder that the documents are from."""
        return self._corpus

    def locate(self, header: Document, eid: str, reader: str) -> str:
        """A provision of a document as it is cited to a reader of that language."""
        chain = self._generation.chain(header.id, eid)
        headings = {
            p.eid: " ".join(self._generation.slice(header.id, p.start, p.end).split())
            for p in chain
            if p.kind in {"section", "heading"}
        }
        return locator(chain, headings, header, reader)

    def _marks(self, quote: str, language: str, sought: Sought) -> tuple[tuple[int, int], ...]:
        """Spans of the quote's words that say a word of the folded query, in the same language or another."""
        folded, offsets = fold_with_offsets(quote)
        found = list(_WORD.finditer(folded))
        words = [match.group() for match in found]
        matching = self._generation.lexical.matching(sought, words, language)
        spans = [match.span() for match, same in zip(found, matching, strict=True) if same]
        return tuple(
            (offsets[start], offsets[end] if end < len(offsets) else len(quote))
            for start, end in _joined(spans + self._generation.lexical.spans(sought, folded))
        )


def _recognised(document: Document, passage: Passage) -> float | None:
    """The least confidence of the pages that a passage stands on as far as these are recognised pictures."""
    seen = [
        page.confidence or 0.0
        for page in document.pages
        if page.method == "ocr" and page.start < passage.end and page.end > passage.start
    ]
    return min(seen, default=None)


def _joined(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans in order, those that overlap as one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _facets(documents: Sequence[tuple[str, str, str]]) -> Mapping[str, list[tuple[str, int]]]:
    """How many are of each kind, language and body, most first."""
    return {
        name: Counter(document[n] for document in documents if document[n]).most_common()
        for n, name in enumerate(("kind", "language", "body"))
    }


def document_to_json(stored: StoredDocument) -> dict[str, Any]:
    """A document and its provisions as plain data. Spans are of `document.text`, `text` is the span's own words."""
    document = stored.document
    return {
        **{
            name: getattr(document, name)
            for name in "id title kind body place date date_to language source licence work number sha256".split()
        },
        "pages": len(document.pages),
        "warnings": list(document.warnings),
        "provisions": [
            {
                "eid": p.eid,
                "kind": p.kind,
                "num": p.num,
                "marker": p.marker,
                "parent": p.parent,
                "text": document.text[p.start : p.end],
                "page": p.page,
                "start": p.start,
                "end": p.end,
            }
            for p in stored.provisions
        ],
    }
