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

from kb.encode import Encoder
from kb.generation import Generation
from kb.lexical import SYMBOL, SYNONYM, TRANSLATION, Sought, is_unspaced
from kb.names import Named
from kb.query import Query
from kb.symbols import ARTICLE, without
from kb.words import words_of

__all__ = ["DEPTH", "NAMED", "Candidate", "Mode", "Ranked", "Ranker", "Strength"]

Mode = Literal["full", "dense", "lexical"]
Strength = Literal["strong", "related", "nothing"]

DEPTH: Final = 100  # candidates from the vectors, and as many from the words
COVERAGE: Final = 0.12  # bonus of a passage that says all words of the query
AGREEMENT: Final = 0.1  # … of one that says the same as the best
NAMED: Final = 1.0  # for a document or article that the query calls by name: more than meaning and words can give
MENTIONED: Final = 0.5  # for a passage in which a document's symbol stands that the query names
MAX_WORDS: Final = 24  # of a query, those that say most
PASSAGE_WORDS: Final = 100  # about how many words a passage has: a word's probability → its share of the passages


@dataclass(frozen=True, slots=True)
class Candidate:
    """A ranked row: its score and the parts of it, and which of its sentences is nearest."""

    row: int
    document_id: str
    score: float
    likeness: float  # the part that meaning gave
    coverage: float  # share of the query's words that the passage says, 0 to 1, weighted by what they tell
    called: float  # the part that a name gave
    sentence: int
    confidence: float = 0.5  # probability that it answers, and what is said of it: see kb.strength
    strength: Strength = "related"

    @property
    def evidence(self) -> float:
        """What meaning and words say for it, without names and without the company of other passages."""
        return self.likeness + COVERAGE * self.coverage


@dataclass(frozen=True, slots=True)
class Ranked:
    """Candidates, best first, and the query as passages' words are compared with it."""

    candidates: list[Candidate]
    sought: Sought
    passages: int  # among which they were found
    unmet: bool  # no passage has the words in quotes, so these were no condition


class Ranker:
    """Ranks the passages of one generation. Safe to share between threads."""

    def __init__(
        self, generation: Generation, encoder: Encoder, likelihood: Callable[[Sequence[str]], Sequence[float]]
    ) -> None:
        """`likelihood`: natural log-probability of each of some words, in whatever language."""
        self._generation = generation
        self._encoder = encoder
        self._likelihood = likelihood
        self._beside = ThreadPoolExecutor(1, "words")

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
            return Ranked([], sought, 0, unmet)
        passages = len(generation.vectors) if allowed is None else int(np.count_nonzero(allowed))
        if mode == "lexical":
            return Ranked(self._alone(*generation.lexical.search(sought, DEPTH, allowed)), sought, passages, unmet)
        if mode == "dense":
            vector = self._encoder.encode_queries([asked.text])[0]
            return Ranked(self._alone(*generation.vectors.search(vector, DEPTH, allowed)), sought, passages, unmet)
        words = self._beside.submit(self._wanted, folded.text, language, sought)
        vector = self._encoder.encode_queries([asked.text])[0]
        return Ranked(self._full(vector, words.result(), allowed, self._lift(named, sought)), sought, passages, unmet)

    def similar(self, row: int, allowed: NDArray[np.bool_]) -> list[Candidate]:
        """Candidates among the `allowed` rows that say what a passage says, most alike first; no words are compared."""
        if not allowed.any():
            return []
        vector = self._generation.vectors.rows(np.array([row]))[0]
        rows, _ = self._generation.vectors.search(vector, DEPTH, allowed)
        return self._ordered(rows, vector, np.zeros(len(rows), np.float32), None)

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
        return self._ordered(rows, vector, coverage, lift)

    def _ordered(
        self,
        rows: NDArray[np.int64],
        vector: NDArray[np.float32],
        coverage: NDArray[np.float32],
        lift: NDArray[np.float32] | None,
    ) -> list[Candidate]:
        """The rows as candidates, best first."""
        own = self._generation.vectors.rows(rows)
        likeness = own @ vector / 2
        nearest = np.zeros(len(rows), np.int64)
        places = self._generation.places(rows.tolist())
        for n, place in enumerate(places):
            first, sentences = place.first_sentence, place.sentences
            similar = self._generation.sentences[first : first + sentences + place.above].astype(np.float32) @ vector
            likeness[n] += similar.max() / 2
            nearest[n] = similar[:sentences].argmax()
        called = np.zeros(len(rows), np.float32) if lift is None else lift[rows]
        score = likeness + COVERAGE * coverage + called
        # What says the same as the best passage, in another language above all, answers as well.
        score += AGREEMENT * np.maximum(own @ own[score.argmax()], 0)
        order = np.lexsort((rows, -score))
        return [
            Candidate(
                int(rows[n]),
                places[n].document_id,
                float(score[n]),
                float(likeness[n]),
                float(coverage[n]),
                float(called[n]),
                int(nearest[n]),
            )
            for n in order
        ]

    def _alone(self, rows: NDArray[np.int64], scores: NDArray[np.float32]) -> list[Candidate]:
        """Candidates by one score alone, as given."""
        places = self._generation.places(rows.tolist())
        return [
            Candidate(place.row, place.document_id, float(score), float(score), 0.0, 0.0, 0)
            for place, score in zip(places, scores, strict=True)
        ]

    # -- words --------------------------------------------------------------------------------------------------------

    def _wanted(self, text: str, language: str, sought: Sought) -> list[list[tuple[str, str, float]]]:
        """For each word of a folded query the terms that say it: (field, term, weight).

        The weights of a query's words in one language add up to 1. A word weighs as much as it tells: by how few
        passages say it, and no more than its rarity in its own language allows.
        """
        lexical, index = self._generation.lexical, self._generation.word_index
        stem = {
            word: terms[0]
            for word in words_of(without(text), language, lexical.stems, is_unspaced(language))
            if (terms := lexical.stems(word, language))
        }
        told = {
            word: -value - math.log(PASSAGE_WORDS)
            for word, value in zip(stem, self._likelihood(list(stem)), strict=True)
        }
        words = sorted(stem, key=lambda word: -told[word])[:MAX_WORDS]
        letters = [word for word in words if not word.isdigit()]
        vectors, known = self._vectors(letters, [stem[word] for word in letters], language)
        said: dict[str, list[tuple[str, str, float, int]]] = {word: [] for word in words}
        for target in index.languages:
            field = lexical.field(target)
            same = known if target == language else {}
            for word, found in zip(letters, index.translations(target, vectors, same), strict=True):
                said[word] += [(field, term.term, weight, term.passages) for term, weight in found]
                said[word] += self._meant(sought, stem[word], field, target, language)
            for word in words:
                if word.isdigit():
                    said[word].append((field, word, 1.0, lexical.passages_with(target, word)))
        for symbols in sought.symbols:
            said[" ".join(symbols)] = [(SYMBOL, name, 1.0, lexical.passages_naming(name)) for name in symbols]
        passages = len(self._generation.vectors)
        tells = {}
        for word, entries in said.items():
            count = min(sum(weight * n for _, _, weight, n in entries), passages)
            tells[word] = min(math.log1p((passages - count + 0.5) / (count + 0.5)), max(told.get(word, 99.0), 0.1))
        total = sum(tells.values())
        return [
            [(field, term, tells[word] * weight / total) for field, term, weight, n in entries if n]
            for word, entries in said.items()
        ]

    def _meant(
        self, sought: Sought, term: str, field: str, target: str, language: str
    ) -> list[tuple[str, str, float, int]]:
        """What the thesaurus gives for a term of the query in a field."""
        weight = SYNONYM if target == language else TRANSLATION
        lexical = self._generation.lexical
        words = sought.meanings.get(term, {}).get(field, ())
        return [(field, other, weight, lexical.passages_with(target, other)) for other in words]

    def _vectors(
        self, words: Sequence[str], terms: Sequence[str], language: str
    ) -> tuple[NDArray[np.float32], Mapping[int, str]]:
        """A vector [d] for each word, from the index where it has its term; and which of them are such terms."""
        known = {
            number: term
            for number, term in enumerate(terms)
            if self._generation.word_index.vector(language, term) is not None
        }
        vectors = np.zeros((len(words), self._encoder.dimension), np.float32)
        for number, term in known.items():
            vectors[number] = self._generation.word_index.vector(language, term)
        new = [number for number in range(len(words)) if number not in known]
        if new:
            vectors[new] = self._encoder.encode_passages([words[number] for number in new])
        return vectors, known

    # -- names and conditions -----------------------------------------------------------------------------------------

    def _nearest_named(
        self, vector: NDArray[np.float32], lift: NDArray[np.float32], allowed: NDArray[np.bool_] | None
    ) -> NDArray[np.int64]:
        """The nearest of the rows that are exactly named, else of those that may be meant."""
        rows = lift >= NAMED if (lift >= NAMED).any() else lift > 0
        rows = rows if allowed is None else rows & allowed
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
        return self._kept(replace(query, phrases=()), named, allowed)[0], True
