"""BM25 by language: stems meet, stop words do not, filters hold."""

from __future__ import annotations

import tomllib
import unicodedata
from pathlib import Path

import numpy as np
import pytest

from kb import lexical
from kb.language import fold
from kb.lexical import LexicalIndex, write_lexical

TEXTS = [
    ("ru", "председателю доложить о ходе реализации решения"),
    ("en", "The chair must report on implementation of the decision"),
    ("zh", "人权保护指南"),
    ("ru", "опубликовать резолюцию; ещё один пункт"),
    ("lv", "vēstniecība palīdz tautiešiem"),
    ("de", "Die Behörden unterrichten unverzüglich das Konsulat"),
    ("kk", "елшілік азаматтарға көмектеседі"),
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    folder = tmp_path_factory.mktemp("lexical")
    write_lexical(folder, ((row, language, fold(text)) for row, (language, text) in enumerate(TEXTS)))
    return LexicalIndex(folder)


@pytest.mark.parametrize(
    ("query", "language", "row"),
    [
        ("кто доложит о реализации решений", "ru", 0),
        ("chairs reporting", "en", 1),
        ("人权", "zh", 2),
        ("ЕЩЕ резолюции", "ru", 3),
        ("Vēstniecība", "lv", 4),
        ("Unterrichtung des Konsulats", "de", 5),
        ("КӨМЕКТЕСЕДІ", "kk", 6),
    ],
)
def test_word_forms_meet(index: LexicalIndex, query: str, language: str, row: int) -> None:
    rows, scores = index.search(index.sought(fold(query), language), 5)
    assert row in rows[:2]  # the thesaurus may find the same in another language first
    assert (np.diff(scores) <= 0).all()
    assert scores[0] > 0


def test_stop_words_find_nothing(index: LexicalIndex) -> None:
    assert index.search(index.sought("the of", "en"), 5)[0].tolist() == []


def test_filter_keeps_to_allowed_rows(index: LexicalIndex) -> None:
    allowed = np.array([row == 3 for row in range(len(TEXTS))])
    assert index.search(index.sought("решения резолюция доложить", "ru"), 5, allowed)[0].tolist() == [3]
    assert index.search(index.sought("доложить", "ru"), 5, allowed)[0].tolist() == []


def test_matching_words_by_language(index: LexicalIndex) -> None:
    words = "председателю доложить о ходе реализации решения".split()
    assert index.matching(index.sought("кто доложит о реализации", "ru"), words, "ru") == [
        False,
        True,
        False,
        False,
        True,
        False,
    ]
    assert index.matching(index.sought("who reports on implementation", "en"), words, "ru") == [
        False,
        True,
        False,
        False,
        True,
        False,
    ]
    assert index.matching(index.sought("konsul", "de"), words, "ru") == [False] * 6


def test_long_and_odd_queries_are_harmless(index: LexicalIndex) -> None:
    assert index.search(index.sought("решение " * 5000, "ru"), 5)[0].tolist()[0] == 0
    assert index.search(index.sought('"(* AND [ : \\', "en"), 5)[0].tolist() == []


def test_the_thesaurus_bridges_languages_and_synonyms(index: LexicalIndex) -> None:
    rows, _ = index.search(index.sought("who reports on implementation", "en"), 5)
    assert set(rows.tolist()) >= {0, 1}
    assert index.search(index.sought("umsetzung", "de"), 5)[0].tolist()[0] in {0, 1}
    assert index.search(index.sought("выполнение", "ru"), 5)[0].tolist() == [1, 0]  # «реализации», implementation
    assert index.search(index.sought("konsul", "en"), 5)[0].tolist() == []  # not a word of that language


def test_the_ceiling_is_above_every_score_and_counts_unknown_words(index: LexicalIndex) -> None:
    query = "председателю доложить о ходе реализации решения"
    assert index.search(index.sought(query, "ru"), 1)[1][0] <= index.ceiling(index.sought(query, "ru"))
    assert index.ceiling(index.sought(query + " синхрофазотрон", "ru")) > index.ceiling(index.sought(query, "ru"))


def test_the_thesaurus_is_whole() -> None:
    path = Path(lexical.__file__).with_name("thesaurus.toml")
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    assert len(tables) >= 100
    for concept, words in tables.items():
        assert set(words) == set("ru en de es fr it pl uk kk lv lt et he ar".split()), concept
        for language, text in words.items():
            listed = text.split()
            assert listed, f"{concept}.{language} is empty"
            assert len(set(listed)) == len(listed), f"{concept}.{language} repeats a word"
            assert unicodedata.normalize("NFC", text) == text
