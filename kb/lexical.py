"""Words: BM25 over tantivy, one analyzer a language.

Texts come in folded (`kb.language.fold`), so that case, ё and Unicode variants are already out of the way here.
A passage lives in the field of its language only; a query is analysed once for each field. Beside it stand the
passage's document symbols as whole terms, and its words as they are with their places, for "phrases" and -exclusions.
"""

from __future__ import annotations

import errno
import math
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import tantivy
from numpy.typing import NDArray

from kb.query import Query
from kb.symbols import equivalents, symbols, without

__all__ = ["LEXICAL_VERSION", "LexicalIndex", "Sought", "is_unspaced", "stems", "write_lexical"]

LEXICAL_VERSION: Final = "3"  # raised whenever the fields or their analysis change

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
SYMBOL: Final = "symbol"
EXACT: Final = "exact"
WORD: Final = r"[\p{L}\p{M}\p{N}]+"
# Scripts without spaces: each character is a word of its own, so that a phrase is any run of them.
_UNSPACED_SCRIPTS: Final = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
EXACT_WORD: Final = rf"[{_UNSPACED_SCRIPTS}]|[[\p{{L}}\p{{M}}\p{{N}}]--[{_UNSPACED_SCRIPTS}]]+"
_UNSPACED_CHARACTER: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
MAX_QUERY_TERMS: Final = 64
K1: Final = 1.2  # tantivy's


TRANSLATION: Final = 1.0  # weight of a word that the thesaurus gives for the query's, in another language
SYNONYM: Final = 0.5  # … in the same one


class Thesaurus:
    """Words of one meaning in many languages (kb/thesaurus.toml): resolutions, commitments, legal protection."""

    def __init__(self, stems: Callable[[str, str], list[str]]) -> None:
        self._stems = stems
        self._concepts: list[dict[str, str]] = []
        self._by_term: dict[str, dict[str, list[int]]] = {}  # for a language: term → its concepts

    def meanings(self, terms: Sequence[str], language: str) -> dict[str, dict[str, str]]:
        """For each term of a query in `language` that the thesaurus knows: {field: folded words of its meaning}.

        A term of several concepts has the words of all; a concept counts for one term of the query only.
        """
        known = self._terms(language)
        found: dict[str, dict[str, str]] = {}
        spent: set[int] = set()
        for term in terms:
            for number in known.get(term, ()):
                if number not in spent:
                    spent.add(number)
                    meaning = found.setdefault(term, {})
                    for field, words in self._concepts[number].items():
                        meaning[field] = f"{meaning.get(field, '')} {words}"
        return found

    def _terms(self, language: str) -> Mapping[str, list[int]]:
        if not self._concepts:
            tables = tomllib.loads(Path(__file__).with_name("thesaurus.toml").read_text(encoding="utf-8"))
            self._concepts = [_by_field(table) for table in tables.values()]
        if language not in self._by_term:
            known: dict[str, list[int]] = {}
            for number, concept in enumerate(self._concepts):
                for term in self._stems(concept.get(language, ""), language):
                    known.setdefault(term, []).append(number)
            self._by_term[language] = known
        return self._by_term[language]


def _by_field(table: Mapping[str, str]) -> dict[str, str]:
    """Words by language, and all those of languages without an analyzer of their own under OTHER."""
    words = {language: text.casefold().replace("ё", "е") for language, text in table.items()}
    words[OTHER] = " ".join(text for language, text in words.items() if _field(language) == OTHER)
    return words


def is_unspaced(language: str) -> bool:
    """Whether a language is written without spaces between words, so that its terms are pairs of characters."""
    return language in UNSPACED


def _field(language: str) -> str:
    if language in UNSPACED:
        return BIGRAM
    return language if language in STEMMERS else OTHER


_LOWER: Final = tantivy.Filter.lowercase()


def _analyzer(field: str) -> tantivy.TextAnalyzer:
    if field == BIGRAM:
        return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.ngram(2, 2)).build()
    if field == EXACT:
        return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.regex(EXACT_WORD)).filter(_LOWER).build()
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.regex(WORD)).filter(_LOWER)
    if field in STOPWORDS:
        builder = builder.filter(tantivy.Filter.stopword(STEMMERS[field]))
    if field in STEMMERS:
        builder = builder.filter(tantivy.Filter.stemmer(STEMMERS[field]))
    return builder.build()


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder().add_unsigned_field("row", indexed=True, fast=True)
    for field in FIELDS:
        builder = builder.add_text_field(field, tokenizer_name=field, index_option="freq")
    builder = builder.add_text_field(SYMBOL, tokenizer_name="raw", index_option="freq")
    return builder.add_text_field(EXACT, tokenizer_name=EXACT, index_option="position").build()


@lru_cache(maxsize=1)
def _analyzers() -> Mapping[str, tantivy.TextAnalyzer]:
    return {field: _analyzer(field) for field in (*FIELDS, EXACT)}


def stems(text: str, language: str) -> list[str]:
    """The distinct terms of a folded text under a language's analyzer, in order."""
    field = language if language in FIELDS else _field(language)
    return list(dict.fromkeys(_analyzers()[field].analyze(text)))


def write_lexical(folder: Path, passages: Iterable[tuple[int, str, str]], removed: Iterable[int] = ()) -> None:
    """Write (row, language, folded text) into an empty `folder`, or add them to an index there and take out `removed`.

    Raises OSError.
    """
    documents = (_document(*passage) for passage in passages)
    kept = (folder / "meta.json").exists()
    try:
        index = tantivy.Index.open(str(folder)) if kept else tantivy.Index(_schema(), path=str(folder), reuse=False)
        for field, analyzer in _analyzers().items():
            index.register_tokenizer(field, analyzer)
        # One thread makes one segment at the end: the same input gives the same scores.
        with index.writer(heap_size=128_000_000, num_threads=1) as writer:
            if gone := list(removed):
                writer.delete_documents_by_query(tantivy.Query.term_set_query(index.schema, "row", gone))
            for document in documents:
                writer.add_document(document)
            writer.commit()
            writer.wait_merging_threads()
    except ValueError as error:  # tantivy's for whatever goes wrong
        raise OSError(errno.EIO, f"the words cannot be written: {error}") from error


def _document(row: int, language: str, text: str) -> tantivy.Document:
    document = tantivy.Document()
    document.add_unsigned("row", row)
    document.add_text(_field(language), text)
    document.add_text(EXACT, text)
    for symbol in symbols(text):
        document.add_text(SYMBOL, symbol.canonical)
    return document


@dataclass(frozen=True, slots=True)
class Sought:
    """A query analysed: the field of its language, its own terms by field, and for some of its own more, by field.

    `symbols`: each symbol of the query among those that say the same. `phrases`: words that stood in quotes.
    """

    field: str
    own: Mapping[str, list[str]]
    meanings: Mapping[str, Mapping[str, list[str]]]
    symbols: Sequence[tuple[str, ...]] = ()
    phrases: Sequence[Sequence[str]] = ()


class LexicalIndex:
    """An opened index of passages' words; safe to share between threads."""

    def __init__(self, folder: Path, rows: int | None = None) -> None:
        """`rows`: how many there are, with those not in use; by default as many as are in use."""
        self._index = tantivy.Index.open(str(folder))
        self._analyzers = _analyzers()
        for field, analyzer in self._analyzers.items():
            self._index.register_tokenizer(field, analyzer)
        self._schema = self._index.schema
        self._thesaurus = Thesaurus(stems)
        self._stems_of = lru_cache(maxsize=65_536)(stems)  # of passages' words, which are marked again and again
        self._searcher = self._index.searcher()
        self._size = self._searcher.num_docs if rows is None else rows

    def sought(self, query: str, language: str, phrases: Sequence[str] = ()) -> Sought:
        """What a folded query in `language` looks for in each field: its own terms, and those the thesaurus adds.

        A document symbol is one term: its parts (79, 225) are not sought. `phrases` are only marked, not sought for.
        """
        found = symbols(query)
        query = without(query)
        own = {field: self.stems(query, field)[:MAX_QUERY_TERMS] for field in FIELDS}
        meanings = {
            word: {
                field: [term for term in self.stems(words, field) if term not in own[field] and len(term) > 1]
                for field, words in meaning.items()
                if field in own
            }
            for word, meaning in self._thesaurus.meanings(self.stems(query, language), language).items()
        }
        places: dict[tuple[int, int], list[str]] = {}  # one place may give several symbols: it asks for any of them
        for symbol in found:
            places.setdefault((symbol.start, symbol.end), []).extend(equivalents(symbol.canonical))
        groups = list(dict.fromkeys(tuple(dict.fromkeys(names)) for names in places.values()))[:MAX_QUERY_TERMS]
        said = [list(self._analyzers[EXACT].analyze(phrase)) for phrase in phrases]
        return Sought(_field(language), own, meanings, groups, said)

    def search(
        self, sought: Sought, limit: int, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Rows with the `limit` best BM25 scores, best first, and the scores.

        A word that the thesaurus knows also counts where a passage says it in another language, or in other words.
        `allowed` [rows] keeps the search to rows that are True.
        """
        wanted = [self._term(field, term) for field, terms in sought.own.items() for term in terms]
        for meaning in sought.meanings.values():
            for field, terms in meaning.items():
                if terms:
                    best = tantivy.Query.disjunction_max_query([self._term(field, term) for term in terms])
                    boost = SYNONYM if field == sought.field else TRANSLATION
                    wanted.append(tantivy.Query.boost_query(best, boost))
        for group in sought.symbols:
            # A symbol counts in full where it stands at all: a list of them says no more by naming it twice.
            either = tantivy.Query.disjunction_max_query([self._term(SYMBOL, name) for name in group])
            wanted.append(tantivy.Query.const_score_query(either, self._most(self._naming(group))))
        if not wanted:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        found = tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in wanted])
        return self._best(self._within(found, allowed), limit)

    def covering(
        self, words: Sequence[Sequence[tuple[str, str, float]]], limit: int, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Rows that say most of some words, best first, and how much: for each word the weight of the best term said.

        `words`: for each the terms that say it as (field, term, weight). `allowed` [rows] as for `search`.
        """
        wanted = [
            tantivy.Query.disjunction_max_query(
                [tantivy.Query.const_score_query(self._term(field, term), weight) for field, term, weight in said]
            )
            for said in words
            if said
        ]
        if not wanted:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        found = tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in wanted])
        return self._best(self._within(found, allowed), limit)

    def _best(self, found: tantivy.Query, limit: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        hits = self._searcher.search(found, limit=max(1, limit), count=False).hits
        numbers = self._searcher.fast_field_values("row", [address for _, address in hits])
        return np.asarray(numbers, np.int64), np.asarray([score for score, _ in hits], np.float32)

    def _within(self, found: tantivy.Query, allowed: NDArray[np.bool_] | None) -> tantivy.Query:
        """The query kept to the rows that are True."""
        if allowed is None or allowed.all():
            return found
        # The shorter list of rows is the quicker one: those to keep to, or those to leave out.
        keeps = np.count_nonzero(allowed) <= len(allowed) // 2
        rows = np.flatnonzero(allowed if keeps else ~allowed).tolist()
        within = tantivy.Query.const_score_query(tantivy.Query.term_set_query(self._schema, "row", rows), 0.0)
        occur = tantivy.Occur.Must if keeps else tantivy.Occur.MustNot
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, found), (occur, within)])

    def passages_with(self, language: str, term: str) -> int:
        """In how many passages of the field of `language` a term stands."""
        return self._count(_field(language), term)

    def passages_naming(self, symbol: str) -> int:
        """In how many passages a canonical symbol stands."""
        return self._count(SYMBOL, symbol)

    def _count(self, field: str, term: str) -> int:
        """Passages with a term; removed ones may be counted until everything is laid out again."""
        return min(int(self._searcher.doc_freq(field, term)), self._searcher.num_docs)

    def field(self, language: str) -> str:
        """The field that passages in `language` are in."""
        return _field(language)

    def _term(self, field: str, term: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, field, term, "freq")

    def _naming(self, group: Sequence[str]) -> int:
        """In how many passages, about, one of these symbols stands."""
        return max(self.passages_naming(name) for name in group)

    def _most(self, count: int) -> float:
        """The BM25 that no text can pass for a term that `count` passages have."""
        return (K1 + 1) * math.log1p((self._searcher.num_docs - count + 0.5) / (count + 0.5))

    def holding(self, query: Query) -> NDArray[np.bool_] | None:
        """Mask over the rows that hold all phrases of a folded query and nothing it excludes; None where it has none.

        A phrase is these very words in this order. A word that is excluded is so in every form that a stemmer knows,
        in all languages; one of several parts («интернет-портал») where all of its parts stand, a phrase where it is.
        """
        if not query.phrases and not query.excluded:
            return None
        kept = np.ones(self._size, np.bool_)
        if query.phrases:
            kept &= self._rows([(tantivy.Occur.Must, self._phrase(phrase)) for phrase in query.phrases])
        if query.excluded:
            forms = [form for words in query.excluded for form in self._forms(words)]
            kept &= ~self._rows([(tantivy.Occur.Should, form) for form in forms])
        return kept

    def _rows(self, clauses: Sequence[tuple[tantivy.Occur, tantivy.Query]]) -> NDArray[np.bool_]:
        """Mask over the rows that meet the clauses."""
        found = tantivy.Query.const_score_query(tantivy.Query.boolean_query(list(clauses)), 0.0)
        mask = np.zeros(self._size, np.bool_)
        hits = self._searcher.search(found, limit=max(1, len(mask)), count=False).hits
        mask[np.asarray(self._searcher.fast_field_values("row", [address for _, address in hits]), np.int64)] = True
        return mask

    def _phrase(self, words: str) -> tantivy.Query:
        terms = self._analyzers[EXACT].analyze(words)
        if len(terms) > 1:
            return tantivy.Query.phrase_query(self._schema, EXACT, list(terms))
        return self._term(EXACT, terms[0]) if terms else tantivy.Query.empty_query()

    def _forms(self, words: str) -> Iterator[tantivy.Query]:
        """Queries for what an excluded word or phrase excludes, any of them."""
        yield self._phrase(words)
        names = [symbol.canonical for symbol in symbols(words)]
        yield from (self._term(SYMBOL, name) for name in names)
        if " " in words or names:
            return
        for field in STEMMERS:
            if terms := self.stems(words, field):
                parts = [(tantivy.Occur.Must, self._term(field, term)) for term in terms]
                yield parts[0][1] if len(parts) == 1 else tantivy.Query.boolean_query(parts)

    def stems(self, text: str, language: str) -> list[str]:
        """The distinct terms of a folded text under a language's analyzer, in order."""
        return stems(text, language)

    def matching(self, sought: Sought, words: Sequence[str], language: str) -> list[bool]:
        """Which of the folded `words` of a text in `language` say a word of the query, or one of its meaning."""
        field = _field(language)
        wanted = {
            *sought.own[field],
            *(term for meaning in sought.meanings.values() for term in meaning.get(field, ())),
        }
        return [not wanted.isdisjoint(self._stems_of(word, field)) for word in words]

    def spans(self, sought: Sought, text: str) -> list[tuple[int, int]]:
        """Spans of a folded text that are a symbol of the query, however it is written there, or one of its phrases."""
        wanted = {name for group in sought.symbols for name in group}
        found = [(symbol.start, symbol.end) for symbol in symbols(text) if symbol.canonical in wanted] if wanted else []
        for phrase in sought.phrases:
            if phrase:
                found += [match.span() for match in _run_of(tuple(phrase)).finditer(text)]
        return found


@lru_cache(maxsize=64)
def _run_of(words: tuple[str, ...]) -> re.Pattern[str]:
    """These words one after another, whatever parts them."""
    parts = [re.escape(words[0])]
    for before, word in pairwise(words):
        close = _UNSPACED_CHARACTER.fullmatch(before) or _UNSPACED_CHARACTER.fullmatch(word)
        parts += [r"[\W_]*" if close else r"[\W_]+", re.escape(word)]
    first = "" if _UNSPACED_CHARACTER.fullmatch(words[0]) else r"(?<![^\W_])"
    last = "" if _UNSPACED_CHARACTER.fullmatch(words[-1]) else r"(?![^\W_])"
    return re.compile(first + "".join(parts) + last)
