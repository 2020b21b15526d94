"""Words across languages: every word of the index as a vector, so that a query's words find what says them elsewhere.

The encoder's own vectors of single words serve as a dictionary of the index's vocabulary, for whatever languages it
holds: the nearest words of a language to «Flughafen» are «аэропорт», «аэропорта». Similarity is taken relative to the
nearest word of that language, since its level differs from one pair of languages to another.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kb.language import script_of
from kb.vectors import VectorIndex

__all__ = ["WORDS_VERSION", "Term", "WordIndex", "is_counted", "terms_of", "words_of"]

WORDS_VERSION: Final = "1"  # raised whenever the terms of the same passages change: indexes hold them
MAX_TERMS: Final = 65_536  # of a language: 100 MB of vectors; beyond it come words of one or two passages
LONGEST: Final = 40  # characters
SHARPNESS: Final = 0.05  # a word this much less similar than the nearest counts 1/e; 0.03 and 0.1 rank less well
UNSURE: Final = 0.7  # similarity of the nearest word at which it says nothing of the query's
SURE: Final = 0.9  # … and at which it says it for certain
NEAREST: Final = 12  # words of a language that may say one of the query
COMMONEST: Final = 100  # words by which a language's script is known
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


def is_counted(word: str) -> bool:
    """Whether a word is one to be kept for an index: numbers are the same in every language, what is longer is none."""
    return len(word) <= LONGEST and not word.isdigit() and any(map(str.isalpha, word))


def terms_of(counts: Iterable[tuple[str, str, int]], stems: Stems, unspaced: Callable[[str], bool]) -> Iterable[Term]:
    """Terms of counted words (language, word, passages), language by language, the commonest first; they come so too.

    Of many terms the rarest are left out.
    """
    for language, words in groupby(counts, key=lambda row: row[0]):
        merged: dict[str, tuple[str, int]] = {}
        for _, word, count in words:
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
        self._row = {(term.language, term.term): row for row, term in enumerate(terms)}
        self._parts: dict[str, tuple[int, VectorIndex]] = {}
        self._scripts: dict[str, str] = {}
        for language, some in groupby(enumerate(terms), key=lambda pair: pair[1].language):
            rows = [row for row, _ in some]
            self._parts[language] = rows[0], VectorIndex(vectors.shape[1])
            self._parts[language][1].add(vectors[rows[0] : rows[-1] + 1].astype(np.float32))
            self._scripts[language] = script_of(" ".join(terms[row].word for row in rows[:COMMONEST]))

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that have terms."""
        return tuple(self._parts)

    def script(self, language: str) -> str:
        """The script that a language of the index is written in there; see `script_of`."""
        return self._scripts[language]

    def vector(self, language: str, term: str) -> NDArray[np.float32] | None:
        """The vector [d] of a term's commonest word; None where the index does not have the term."""
        row = self._row.get((language, term))
        if row is None:
            return None
        first, part = self._parts[language]
        vector: NDArray[np.float32] = part.rows(np.array([row - first]))[0]
        return vector

    def translations(
        self, vectors: NDArray[np.float32], language: str, known: Mapping[int, str]
    ) -> dict[str, list[list[tuple[Term, float]]]]:
        """For each language, and each word's vector [n, d], the terms that say it, with weights up to 1.

        `known`: for words that are themselves terms of the index in `language`, by number, that term; its weight is 1.
        """
        found = {}
        for target, (first, part) in self._parts.items():
            rows, similar = part.search_all(vectors, NEAREST)
            same = known if target == language else {}
            found[target] = [
                self._said(rows[number] + first, similar[number], same.get(number), target)
                for number in range(len(vectors))
            ]
        return found

    def _said(
        self, rows: NDArray[np.int64], similar: NDArray[np.float32], known: str | None, language: str
    ) -> list[tuple[Term, float]]:
        """The terms that say a word, given the rows nearest to it in one language, and how similar they are."""
        best = 1.0 if known is not None else float(similar[0])
        sure = min(max((best - UNSURE) / (SURE - UNSURE), 0.0), 1.0)
        weights = sure * np.exp((np.minimum(similar, best) - best) / SHARPNESS)
        said = {int(row): float(w) for row, w in zip(rows, weights, strict=True) if w >= LEAST}
        if known is not None:
            said[self._row[language, known]] = 1.0
        return [(self._terms[row], weight) for row, weight in said.items()]
