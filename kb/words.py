"""Words across languages: every word of the index as a vector, so that a query's words find what says them elsewhere.

The encoder's own vectors of single words serve as a dictionary of the index's vocabulary, for whatever languages it
holds: the nearest words of a language to «Flughafen» are «аэропорт», «аэропорта». Similarity is taken relative to the
nearest word of that language, since its level differs from one pair of languages to another.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Term", "WordIndex", "count_terms", "words_of"]

MAX_TERMS: Final = 65_536  # of a language: 100 MB of vectors; beyond it come words of one or two passages
LONGEST: Final = 40  # characters
SHARPNESS: Final = 0.05  # a word this much less similar than the nearest counts 1/e; 0.03 and 0.1 rank less well
UNSURE: Final = 0.7  # similarity of the nearest word at which it says nothing of the query's
SURE: Final = 0.9  # … and at which it says it for certain
NEAREST: Final = 12  # words of a language that may say one of the query
LEAST: Final = 0.05  # weight below which a word is not worth looking for

_WORD: Final = re.compile(r"[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*")

Stems = Callable[[str, str], list[str]]


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the lexical index in one language, the commonest word that has it, and how many passages do."""

    language: str
    term: str
    word: str
    passages: int


def words_of(text: str, language: str, stems: Stems, unspaced: bool) -> list[str]:
    """The distinct words of a folded text, in order; in a script without spaces, its terms."""
    return list(dict.fromkeys(stems(text, language) if unspaced else _WORD.findall(text)))


def count_terms(passages: Iterable[tuple[str, str]], stems: Stems, unspaced: Callable[[str], bool]) -> Iterable[Term]:
    """Terms of the passages (language, folded text), language by language, the commonest first.

    Numbers are left out, since they are the same in every language, and of many terms the rarest.
    """
    counts: dict[str, Counter[str]] = {}
    for language, text in passages:
        counts.setdefault(language, Counter()).update(words_of(text, language, stems, unspaced(language)))
    for language in sorted(counts):
        merged: dict[str, tuple[str, int]] = {}
        for word, count in counts.pop(language).most_common():
            if len(word) > LONGEST or word.isdigit() or not any(c.isalpha() for c in word):
                continue
            for term in [word] if unspaced(language) else stems(word, language)[:1]:
                first, others = merged.get(term, (word, 0))
                merged[term] = (first, others + count)
        best = sorted(merged.items(), key=lambda item: (-item[1][1], item[0]))[:MAX_TERMS]
        yield from (Term(language, term, word, count) for term, (word, count) in best)


class WordIndex:
    """The terms of an index with their words' vectors. Safe to share between threads."""

    def __init__(self, terms: Sequence[Term], vectors: NDArray[np.float16]) -> None:
        """`vectors` [len(terms), d]: unit rows; the terms of a language stand together."""
        self._terms = terms
        self._vectors = np.asarray(vectors, np.float32)
        self._row = {(term.language, term.term): row for row, term in enumerate(terms)}
        self._spans: dict[str, tuple[int, int]] = {}
        for row, term in enumerate(terms):
            first, _ = self._spans.setdefault(term.language, (row, row))
            self._spans[term.language] = (first, row + 1)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that have terms."""
        return tuple(self._spans)

    def vector(self, language: str, term: str) -> NDArray[np.float32] | None:
        """The vector [d] of a term's commonest word; None where the index does not have the term."""
        row = self._row.get((language, term))
        return None if row is None else self._vectors[row]

    def translations(
        self, language: str, vectors: NDArray[np.float32], known: Mapping[int, str]
    ) -> list[list[tuple[Term, float]]]:
        """For each word's vector [n, d] the terms of `language` that say it, with weights up to 1.

        `known`: for words that are themselves terms of this language, by number, that term: it has the weight 1.
        """
        first, last = self._spans[language]
        similar = vectors @ self._vectors[first:last].T
        found = []
        for number, row in enumerate(similar):
            best = 1.0 if number in known else float(row.max())
            near = np.argpartition(-row, min(NEAREST, len(row) - 1))[:NEAREST]
            sure = min(max((best - UNSURE) / (SURE - UNSURE), 0.0), 1.0)
            weights = sure * np.exp((np.minimum(row[near], best) - best) / SHARPNESS)
            said = {int(n): float(w) for n, w in zip(near, weights, strict=True) if w >= LEAST}
            if number in known:
                said[self._row[language, known[number]] - first] = 1.0
            found.append([(self._terms[first + n], weight) for n, weight in said.items()])
        return found
