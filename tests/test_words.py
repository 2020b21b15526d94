"""The words of an index by language, and which of them say a word."""

from __future__ import annotations

import numpy as np
import pytest

from kb.encode import Encoder
from kb.words import Term, WordIndex, is_counted, terms_of, words_of


def stems(text: str, language: str) -> list[str]:
    """Words without their last letter, as a stemmer might leave them; pairs of characters where there are no spaces."""
    if language == "zh":
        return [text[n : n + 2] for n in range(len(text) - 1)]
    return [word[:-1] for word in text.split() if word != "и"]


def test_terms_have_their_commonest_word() -> None:
    counts = [("en", "school", 1), ("ru", "школа", 2), ("ru", "и", 1), ("ru", "школы", 1), ("zh", "学校", 1)]
    terms = list(terms_of(counts, stems, lambda language: language == "zh"))
    assert terms == [Term("en", "schoo", "school", 1), Term("ru", "школ", "школа", 3), Term("zh", "学校", "学校", 1)]


def test_numbers_are_not_counted_as_words() -> None:
    text = "школа 2023 и 27а"
    assert [word for word in words_of(text, "ru", stems, False) if is_counted(word)] == ["школа", "и", "27а"]
    assert not is_counted("x" * 41)


@pytest.fixture(scope="module")
def index(encoder: Encoder) -> WordIndex:
    words = [("en", "airport"), ("en", "court"), ("ru", "аэропорт"), ("ru", "суд"), ("ru", "школа")]
    terms = [Term(language, word, word, 1) for language, word in words]
    return WordIndex(terms, encoder.encode_passages([word for _, word in words]).astype(np.float16))


def test_a_word_is_said_by_its_translations(index: WordIndex, encoder: Encoder) -> None:
    found = index.translations(encoder.encode_passages(["flughafen", "gericht"]), "de", {})
    assert list(found) == ["en", "ru"]
    best = {
        language: [max(said, key=lambda pair: pair[1])[0].word for said in words] for language, words in found.items()
    }
    assert best == {"en": ["airport", "court"], "ru": ["аэропорт", "суд"]}
    assert all(0 < weight <= 1 for words in found.values() for said in words for _, weight in said)


def test_a_term_of_the_query_s_own_language_says_itself_in_full(index: WordIndex) -> None:
    vector = index.vector("ru", "школа")
    assert vector is not None
    said = index.translations(vector[None], "ru", {0: "школа"})["ru"][0]
    assert {term.word: weight for term, weight in said}["школа"] == 1
    assert index.vector("ru", "школы") is None


def test_what_resembles_nothing_says_nothing(index: WordIndex) -> None:
    noise = np.random.default_rng(0).normal(size=(1, 384)).astype(np.float32)
    noise /= np.linalg.norm(noise)
    assert index.translations(noise, "de", {}) == {"en": [[]], "ru": [[]]}
