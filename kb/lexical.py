"""Words: BM25 over tantivy, one analyzer a language.

Texts come in folded (`kb.language.fold`), so that case, ё and Unicode variants are already out of the way here.
A passage lives in the field of its language only; a query is analysed once for each field.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import tantivy
from numpy.typing import NDArray

__all__ = ["LexicalIndex", "Sought", "write_lexical"]

# tantivy's Snowball stemmers; other languages are matched by whole words.
STEMMERS: Final = {
    "ar": "arabic",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
}
STOPWORDS: Final = frozenset({"da", "de", "en", "es", "fi", "fr", "hu", "it", "nl", "no", "pt", "ru", "sv"})
UNSPACED: Final = frozenset({"zh", "ja", "th", "lo", "km", "my"})  # written without spaces: matched by bigrams
OTHER: Final = "other"
BIGRAM: Final = "bigram"
FIELDS: Final = (*STEMMERS, OTHER, BIGRAM)
WORD: Final = r"[\p{L}\p{M}\p{N}]+"
MAX_QUERY_TERMS: Final = 64
K1: Final = 1.2  # tantivy's


TRANSLATION: Final = 1.0  # weight of a word that the thesaurus gives for the query's, in another language
SYNONYM: Final = 0.5  # … in the same one


class Thesaurus:
    """Words of one meaning in many languages (kb/thesaurus.toml): resolutions, commitments, legal protection."""

    def __init__(self) -> None:
        self._concepts: list[dict[str, str]] | None = None

    def meanings(self, query: str, language: str, stems: Callable[[str, str], list[str]]) -> list[dict[str, str]]:
        """For each word of a folded query that the thesaurus knows in `language`: {field: folded words of its meaning}.

        A word of several concepts has the words of all; a concept counts for one word of the query only.
        """
        if self._concepts is None:
            tables = tomllib.loads(Path(__file__).with_name("thesaurus.toml").read_text(encoding="utf-8"))
            self._concepts = [_by_field(table) for table in tables.values()]
        wanted = stems(query, language)
        if not wanted:
            return []
        found: dict[str, dict[str, str]] = {}
        for concept in self._concepts:
            said = set(stems(concept.get(language, ""), language))
            if word := next((word for word in wanted if word in said), None):
                meaning = found.setdefault(word, {})
                for field, words in concept.items():
                    meaning[field] = f"{meaning.get(field, '')} {words}"
        return list(found.values())


def _by_field(table: Mapping[str, str]) -> dict[str, str]:
    """Words by language, and all those of languages without an analyzer of their own under OTHER."""
    words = {language: text.casefold().replace("ё", "е") for language, text in table.items()}
    words[OTHER] = " ".join(text for language, text in words.items() if _field(language) == OTHER)
    return words


def _field(language: str) -> str:
    if language in UNSPACED:
        return BIGRAM
    return language if language in STEMMERS else OTHER


def _analyzer(field: str) -> tantivy.TextAnalyzer:
    if field == BIGRAM:
        return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.ngram(2, 2)).build()
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.regex(WORD)).filter(tantivy.Filter.lowercase())
    if field in STOPWORDS:
        builder = builder.filter(tantivy.Filter.stopword(STEMMERS[field]))
    if field in STEMMERS:
        builder = builder.filter(tantivy.Filter.stemmer(STEMMERS[field]))
    return builder.build()


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder().add_unsigned_field("row", indexed=True, fast=True)
    for field in FIELDS:
        builder = builder.add_text_field(field, tokenizer_name=field)
    return builder.build()


def write_lexical(folder: Path, passages: Iterable[tuple[int, str, str]]) -> None:
    """Write an index of (row, language, folded text) into the empty `folder`."""
    index = tantivy.Index(_schema(), path=str(folder), reuse=False)
    for field in FIELDS:
        index.register_tokenizer(field, _analyzer(field))
    # One thread makes one segment at the end: the same input gives the same scores.
    with index.writer(heap_size=128_000_000, num_threads=1) as writer:
        for row, language, text in passages:
            document = tantivy.Document()
            document.add_unsigned("row", row)
            document.add_text(_field(language), text)
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()


@dataclass(frozen=True, slots=True)
class Sought:
    """A query analysed: the field of its language, its own terms by field, and for each meaning more terms by field."""

    field: str
    own: Mapping[str, list[str]]
    meanings: Sequence[Mapping[str, list[str]]]


class LexicalIndex:
    """An opened index of passages' words; safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        self._index = tantivy.Index.open(str(folder))
        self._analyzers = {field: _analyzer(field) for field in FIELDS}
        for field, analyzer in self._analyzers.items():
            self._index.register_tokenizer(field, analyzer)
        self._schema = self._index.schema
        self._thesaurus = Thesaurus()
        self._searcher = self._index.searcher()

    def sought(self, query: str, language: str) -> Sought:
        """What a folded query in `language` looks for in each field: its own terms, and those the thesaurus adds."""
        own = {field: self.stems(query, field)[:MAX_QUERY_TERMS] for field in FIELDS}
        meanings = [
            {
                field: [term for term in self.stems(words, field) if term not in own[field] and len(term) > 1]
                for field, words in meaning.items()
                if field in own
            }
            for meaning in self._thesaurus.meanings(query, language, self.stems)
        ]
        return Sought(_field(language), own, meanings)

    def search(
        self, sought: Sought, limit: int, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Rows with the `limit` best BM25 scores, best first, and the scores.

        A word that the thesaurus knows also counts where a passage says it in another language, or in other words.
        `allowed` [rows] keeps the search to rows that are True.
        """
        wanted = [self._term(field, term) for field, terms in sought.own.items() for term in terms]
        for meaning in sought.meanings:
            for field, terms in meaning.items():
                if terms:
                    best = tantivy.Query.disjunction_max_query([self._term(field, term) for term in terms])
                    boost = SYNONYM if field == sought.field else TRANSLATION
                    wanted.append(tantivy.Query.boost_query(best, boost))
        if not wanted:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        found = tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in wanted])
        if allowed is not None:
            rows = np.flatnonzero(allowed).tolist()
            within = tantivy.Query.const_score_query(tantivy.Query.term_set_query(self._schema, "row", rows), 0.0)
            found = tantivy.Query.boolean_query([(tantivy.Occur.Must, found), (tantivy.Occur.Must, within)])
        hits = self._searcher.search(found, limit=max(1, limit), count=False).hits
        numbers = self._searcher.fast_field_values("row", [address for _, address in hits])
        return np.asarray(numbers, np.int64), np.asarray([score for score, _ in hits], np.float32)

    def _term(self, field: str, term: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, field, term, "freq")

    def ceiling(self, sought: Sought) -> float:
        """The BM25 that no text can pass for a query's own words: (k1 + 1) · Σ idf over its distinct terms.

        Words that no passage has count in full, so a query of another language than the passages' has a ceiling that
        a stray shared word hardly lifts them towards.
        """
        total = self._searcher.num_docs
        counts = [self._searcher.doc_freq(sought.field, term) for term in sought.own[sought.field]]
        return (K1 + 1) * sum(math.log1p((total - n + 0.5) / (n + 0.5)) for n in counts)

    def stems(self, text: str, language: str) -> list[str]:
        """The distinct terms of a folded text under a language's analyzer, in order."""
        field = language if language in FIELDS else _field(language)
        return list(dict.fromkeys(self._analyzers[field].analyze(text)))

    def matching(self, sought: Sought, words: Sequence[str], language: str) -> list[bool]:
        """Which of the folded `words` of a text in `language` say a word of the query, or one of its meaning."""
        field = _field(language)
        wanted = {*sought.own[field], *(term for meaning in sought.meanings for term in meaning.get(field, ()))}
        return [not wanted.isdisjoint(self.stems(word, field)) for word in words]
