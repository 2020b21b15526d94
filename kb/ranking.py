"""Ranking: a question → candidate passages, best first, with what speaks for each.

The score of a passage is the mean of two similarities to the query – its own, and the best of its sentences, its
heading and its title – plus a bounded bonus for the share of the query's words that it says, in the query's language
or in its own: words may lift a passage, never sink one. What is called by its name comes before everything else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from kb.encode import Encoder, NeutralEncoder
from kb.generation import Generation, Place
from kb.language import script_of
from kb.lexical import SYMBOL, SYNONYM, TRANSLATION, Sought, is_unspaced
from kb.names import Named
from kb.query import Query
from kb.symbols import ARTICLE, without
from kb.words import words_of

__all__ = ["DEPTH", "NAMED", "Candidate", "Mode", "Ranked", "Ranker", "Strength", "coverage_weight"]

Mode = Literal["full", "dense", "lexical"]
Strength = Literal["strong", "related", "nothing"]

DEPTH: Final = 100  # candidates from the vectors, and as many from the words
COVERAGE: Final = 1.25  # bonus of a passage that says all words of the query, times the log of how many there are
MOST_COVERAGE: Final = 0.3  # … at most
AGREEMENT: Final = 0.1  # … of one that says the same as the best
ECHOING: Final = 20  # candidates among which the most telling word is looked for
NAMED: Final = 1.0  # for a document or article that the query calls by name: more than meaning and words can give
MENTIONED: Final = 0.5  # for a passage in which a document's symbol stands that the query names
MAX_WORDS: Final = 24  # of a query, those that say most
MAX_LETTERS: Final = 48  # of a word that is looked for in other languages; longer ones are slow to encode
LEAST_TOLD: Final = 0.1  # by any word, however common
DOMAIN: Final = 1.2  # how much more a word tells that the thesaurus of the domain has
PASSAGE_WORDS: Final = 3000  # about how many words a passage has: a word's probability → its share of the passages


@dataclass(frozen=True, slots=True)
class Candidate:
    """A ranked passage: its score and the parts of it, and which of its sentences is nearest."""

    place: Place
    score: float
    likeness: float  # the part that meaning gave
    closest: float  # similarity of its nearest sentence or heading, which is half of that part
    coverage: float  # share of the query's words that the passage says, 0 to 1, weighted by what they tell
    called: float  # the part that a name gave
    sentence: int
    confidence: float = 0.5  # probability that it answers, and what is said of it: see kb.strength
    strength: Strength = "related"

    @property
    def row(self) -> int:
        """The passage's row."""
        return self.place.row

    @property
    def document_id(self) -> str:
        """The passage's document."""
        return self.place.document_id


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of the query, its term in its language, and what it tells: minus the log of how many passages have it."""

    text: str
    term: str
    tells: float


_Entry = tuple[str, str, float, int]  # field, term, how nearly it says a word, passages that have it


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query's vector [d], for each of its words the terms that say it (field, term, weight), what they tell."""

    vector: NDArray[np.float32]
    words: list[list[tuple[str, str, float]]]
    told: float


@dataclass(frozen=True, slots=True)
class Ranked:
    """Candidates, best first, and the query as passages' words are compared with it."""

    candidates: list[Candidate]
    sought: Sought
    language: str  # of the query
    passages: int  # among which they were found
    unmet: bool  # no passage has the words in quotes, so these were no condition
    told: float = 0.0  # how much the query's words tell, in nats
    unsaid: float = 0.0  # share of the query's words that no passage says, in any language
    echoed: float = 0.0  # how nearly the word that tells most is said in one of the first ECHOING passages, 0 to 1
    readable: frozenset[str] = frozenset()  # the languages written in the query's script


def coverage_weight(passages: int) -> float:
    """The bonus of a passage that says all words of the query, among so many.

    The more passages there are, the nearer to each other the best are in meaning, and the less must part them: 104
    passages answer best with about 0.27, 1,461 with 0.17, 24,000 with 0.12.
    """
    return min(COVERAGE / math.log(max(passages, 2)), MOST_COVERAGE)


class Ranker:
    """Ranks the passages of one generation. Safe to share between threads."""

    def __init__(
        self, generation: Generation, encoder: Encoder, likelihood: Callable[[Sequence[str]], Sequence[float]]
    ) -> None:
        """`likelihood`: natural log-probability of each of some words, in whatever language."""
        self._generation = generation
        self._encoder = encoder
        self._likelihood = likelihood
        # What similarity of words means a translation is known for vectors without their language only.
        self._translates = isinstance(encoder, NeutralEncoder)
        self._beside = ThreadPoolExecutor(4, "words")
        self._last: tuple[tuple[str, str, str], _Asked] | None = None

    def rank(
        self, asked: Query, folded: Query, language: str, allowed: NDArray[np.bool_] | None, mode: Mode = "full"
    ) -> Ranked:
        """Rank the `allowed` rows; all where it is None.

        `mode`: "dense" for the passages' own vectors alone, "lexical" for BM25 alone, both as a comparison.
        """
        generation = self._generation
        sought = generation.lexical.sought(folded.text, language, folded.phrases)
        named = generation.named(asked, language) if mode == "full" else []
        allowed, unmet = self._kept(folded, named, allowed)
        if not len(generation.vectors) or (allowed is not None and not allowed.any()):
            return Ranked([], sought, language, 0, unmet)
        passages = generation.passages_in_use if allowed is None else int(np.count_nonzero(allowed))
        if mode == "lexical":
            return Ranked(
                self._alone(*generation.lexical.search(sought, DEPTH, allowed)), sought, language, passages, unmet
            )
        if mode == "dense":
            vector = self._encoder.encode_queries([asked.text])[0]
            return Ranked(
                self._alone(*generation.vectors.search(vector, DEPTH, allowed)), sought, language, passages, unmet
            )
        query = self._encoded(asked.text, folded.text, language, sought)
        candidates = self._full(query.vector, query.words, allowed, self._lift(named, sought))
        unsaid = sum(not terms for terms in query.words) / len(query.words) if query.words else 0.0
        index, script = generation.word_index, script_of(asked.text)
        readable = frozenset(one for one in index.languages if index.script(one) == script)
        echoed = self._echoed(query.words, [one.row for one in candidates[:ECHOING]])
        return Ranked(candidates, sought, language, passages, unmet, query.told, unsaid, echoed, readable)

    def similar(self, row: int, allowed: NDArray[np.bool_]) -> list[Candidate]:
        """Candidates among the `allowed` rows that say what a passage says, most alike first; no words are compared."""
        if not allowed.any():
            return []
        vector = self._generation.vectors.rows(np.array([row]))[0]
        rows, _ = self._generation.vectors.search(vector, DEPTH, allowed)
        return self._ordered(rows, vector, np.zeros(len(rows), np.float32), 0.0, None)

    def _full(
        self,
        vector: NDArray[np.float32],
        words: Sequence[Sequence[tuple[str, str, float]]],
        allowed: NDArray[np.bool_] | None,
        lift: NDArray[np.float32] | None,
    ) -> list[Candidate]:
        """Candidates from the vectors, from the words and by name, best first."""
        vectors = self._generation.vectors
        rows, _ = vectors.search(vector, DEPTH, allowed)
        saying, shares = self._generation.lexical.covering(words, DEPTH, allowed)
        rows = np.union1d(rows, saying)
        if lift is not None:
            rows = np.union1d(rows, self._nearest_named(vector, lift, allowed))
        coverage = np.zeros(len(rows), np.float32)
        coverage[np.searchsorted(rows, saying)] = shares
        if len(unknown := np.setdiff1d(rows, saying)) and len(saying) == DEPTH:
            only = np.zeros(len(vectors), np.bool_)
            only[unknown] = True
            saying, shares = self._generation.lexical.covering(words, len(unknown), only)
            coverage[np.searchsorted(rows, saying)] = shares
        passages = len(vectors) if allowed is None else int(np.count_nonzero(allowed))
        return self._ordered(rows, vector, coverage, coverage_weight(passages), lift)

    def _echoed(self, words: Sequence[Sequence[tuple[str, str, float]]], rows: Sequence[int]) -> float:
        """How nearly the word that tells most is said in one of these passages, 0 to 1."""
        weights = [max((weight for _, _, weight in terms), default=0.0) for terms in words]
        if not rows or max(weights, default=0.0) <= 0:
            return 0.0
        most = int(np.argmax(weights))
        only = np.zeros(len(self._generation.vectors), np.bool_)
        only[list(rows)] = True
        _, gains = self._generation.lexical.covering([words[most]], 1, only)
        return float(gains[0]) / weights[most] if len(gains) else 0.0

    def _ordered(
        self,
        rows: NDArray[np.int64],
        vector: NDArray[np.float32],
        coverage: NDArray[np.float32],
        weight: float,
        lift: NDArray[np.float32] | None,
    ) -> list[Candidate]:
        """The rows as candidates, best first; `weight`: of the coverage."""
        own = self._generation.vectors.rows(rows)
        places = self._generation.places(rows.tolist())
        best, nearest = self._sentences(places, vector)
        likeness = (own @ vector + best) / 2
        called = np.zeros(len(rows), np.float32) if lift is None else lift[rows]
        score = likeness + weight * coverage + called
        # What says the same as the best passage, in another language above all, answers as well.
        score += AGREEMENT * np.maximum(own @ own[score.argmax()], 0)
        order = np.lexsort((rows, -score))
        return [
            Candidate(
                places[n],
                float(score[n]),
                float(likeness[n]),
                float(best[n]),
                float(coverage[n]),
                float(called[n]),
                int(nearest[n]),
            )
            for n in order
        ]

    def _sentences(
        self, places: Sequence[Place], vector: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The best similarity [n] of each passage's sentences and headings, and which of its sentences is nearest."""
        if not places:
            return np.empty(0, np.float32), np.empty(0, np.int64)
        rows = [np.arange(p.first_sentence, p.first_sentence + p.sentences + p.above) for p in places]
        similar = self._generation.sentences[np.concatenate(rows)].astype(np.float32) @ vector
        starts = np.cumsum([0] + [len(some) for some in rows[:-1]])
        nearest = [similar[at : at + p.sentences].argmax() for at, p in zip(starts, places, strict=True)]
        return np.maximum.reduceat(similar, starts), np.array(nearest)

    def _alone(self, rows: NDArray[np.int64], scores: NDArray[np.float32]) -> list[Candidate]:
        """Candidates by one score alone, as given."""
        places = self._generation.places(rows.tolist())
        return [
            Candidate(place, float(score), float(score), float(score), 0.0, 0.0, 0)
            for place, score in zip(places, scores, strict=True)
        ]

    # -- words --------------------------------------------------------------------------------------------------------

    def _encoded(self, asked: str, folded: str, language: str, sought: Sought) -> _Asked:
        """The query's vector, and for each of its words the terms that say it; of the last query they are kept.

        A query is often asked again, for its next page or with a filter.
        """
        key, last = (asked, folded, language), self._last
        if last is None or last[0] != key:
            words = self._words(folded, language)
            letters = [word for word in words if not word.text.isdigit() and len(word.text) <= MAX_LETTERS]
            vectors = [self._generation.word_index.vector(language, word.term) for word in letters]
            new = [word.text for word, vector in zip(letters, vectors, strict=True) if vector is None]
            # Two passes through the model at once take hardly longer than one.
            beside = self._beside.submit(self._encoder.encode_passages, new) if new else None
            vector = self._encoder.encode_queries([asked])[0]
            encoded = iter(beside.result() if beside else ())
            known = {n: letters[n].term for n, one in enumerate(vectors) if one is not None}
            matrix = np.array([next(encoded) if one is None else one for one in vectors], np.float32)
            matrix = matrix.reshape(len(letters), self._encoder.dimension)
            said = {
                word.text: terms
                for word, terms in zip(letters, self._said(letters, matrix, known, language, sought), strict=True)
            }
            last = self._last = key, self._weighted(vector, words, said, sought)
        return last[1]

    def _words(self, text: str, language: str) -> list[_Word]:
        """The words of a folded query that tell most; common ones of its language are left out."""
        lexical = self._generation.lexical
        terms = {
            word: found[0]
            for word in words_of(without(text), language, lexical.stems, is_unspaced(language))
            if (found := lexical.stems(word, language))
        }
        told = [-value - math.log(PASSAGE_WORDS) for value in self._likelihood(list(terms))]
        words = [_Word(text, term, tells) for (text, term), tells in zip(terms.items(), told, strict=True)]
        return sorted(words, key=lambda word: -word.tells)[:MAX_WORDS]

    def _said(
        self,
        words: Sequence[_Word],
        vectors: NDArray[np.float32],
        known: Mapping[int, str],
        language: str,
        sought: Sought,
    ) -> list[list[_Entry]]:
        """For each word of letters the terms that say it, in the fields of all languages.

        `known`: see `WordIndex.translations`.
        """
        lexical, index = self._generation.lexical, self._generation.word_index
        said: list[dict[tuple[str, str], tuple[float, int]]] = [{} for _ in words]

        def add(number: int, field: str, term: str, weight: float, passages: int) -> None:
            before = said[number].get((field, term), (0.0, 0))
            said[number][field, term] = max(before[0], weight), max(before[1], passages)

        translations = index.translations(vectors, language, known) if self._translates else {}
        for target in index.languages:
            field = lexical.field(target)
            for number, word in enumerate(words):
                for term, weight in translations[target][number] if translations else ():
                    add(number, field, term.term, weight, term.passages)
                if target == language and number in known:
                    add(number, field, word.term, 1.0, lexical.passages_with(target, word.term))
                weight = SYNONYM if field == sought.field else TRANSLATION
                for other in sought.meanings.get(word.term, {}).get(field, ()):
                    add(number, field, other, weight, lexical.passages_with(target, other))
        return [[(*place, *entry) for place, entry in entries.items()] for entries in said]

    def _weighted(
        self, vector: NDArray[np.float32], words: Sequence[_Word], said: Mapping[str, list[_Entry]], sought: Sought
    ) -> _Asked:
        """With the query's vector, for each word, number and symbol the terms that say it: (field, term, weight).

        The weights of a query's words add up to 1. A word weighs as much as it tells: by how few passages say it, and
        no more than its rarity in its own language allows.
        """
        lexical, passages = self._generation.lexical, self._generation.passages_in_use
        languages = self._generation.word_index.languages
        wanted: list[tuple[float, list[_Entry]]] = []
        for word in words:
            entries = said.get(word.text)
            if entries is None:  # a number, or a very long word, is said as it stands in every language
                entries = []
                for field, target in {lexical.field(target): target for target in languages}.items():
                    term = word.term if field == sought.field else word.text
                    entries.append((field, term, 1.0, lexical.passages_with(target, term)))
            wanted.append((max(word.tells, LEAST_TOLD), entries))
        wanted += [
            (math.inf, [(SYMBOL, name, 1.0, lexical.passages_naming(name)) for name in symbols])
            for symbols in sought.symbols
        ]
        tells = []
        for most, entries in wanted:
            count = min(sum(weight * n for _, _, weight, n in entries), passages)
            tells.append(min(math.log1p((passages - count + 0.5) / (count + 0.5)), most))
        for n, word in enumerate(words):
            if word.term in sought.meanings:
                tells[n] *= DOMAIN
        total = sum(tells)
        terms = [
            [(field, term, tell * weight / total) for field, term, weight, n in entries if n]
            for tell, (_, entries) in zip(tells, wanted, strict=True)
        ]
        return _Asked(vector, terms, total)

    # -- names and conditions -----------------------------------------------------------------------------------------

    def _nearest_named(
        self, vector: NDArray[np.float32], lift: NDArray[np.float32], allowed: NDArray[np.bool_] | None
    ) -> NDArray[np.int64]:
        """The nearest of the rows that are exactly named, else of those that may be meant."""
        lift = lift if allowed is None else lift * allowed
        rows = lift >= NAMED if (lift >= NAMED).any() else lift > 0
        return self._generation.vectors.search(vector, DEPTH, rows)[0] if rows.any() else np.empty(0, np.int64)

    def _lift(self, named: Sequence[Named], sought: Sought) -> NDArray[np.float32] | None:
        """What each row gains by its name, or by a document's symbol in it; None where the query names nothing."""
        numbers = [name for group in sought.symbols for name in group if not name.startswith(ARTICLE)]
        if not named and not numbers:
            return None
        lift = np.zeros(len(self._generation.vectors), np.float32)
        if numbers:
            mentions = [[(SYMBOL, name, MENTIONED) for name in numbers]]
            rows, gains = self._generation.lexical.covering(mentions, len(lift))
            lift[rows] = gains
        for one in named:
            part = lift[one.first : one.first + one.passages]
            np.maximum(part, NAMED * one.grade, out=part)
        return lift

    def _kept(
        self, query: Query, named: Sequence[Named], allowed: NDArray[np.bool_] | None
    ) -> tuple[NDArray[np.bool_] | None, bool]:
        """The allowed rows that hold the query's phrases and nothing it excludes, and whether no row has the phrases.

        Then the phrases are let go: a name in quotes is no condition in a question about texts in another language.
        Quotes that belong to a title, when the query is that title, ask for no more: its passages need not repeat it.
        """
        kept = self._generation.lexical.holding(query)
        if kept is None:
            return allowed, False
        for one in named:
            if one.title:
                kept[one.first : one.first + one.passages] = True
        kept = kept if allowed is None else kept & allowed
        if kept.any() or not query.phrases:
            return kept, False
        somewhere = self._generation.lexical.holding(replace(query, excluded=()))
        if somewhere is None or somewhere.any():
            return kept, False
        return self._kept(replace(query, phrases=()), named, allowed)[0], True
