"""BM25 by language: stems meet, stop words do not, filters hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

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
    ("query", "row"),
    [
        ("кто доложит о реализации решений", 0),
        ("chairs reporting", 1),
        ("人权", 2),
        ("ЕЩЕ резолюции", 3),
        ("Vēstniecība", 4),
        ("Unterrichtung des Konsulats", 5),
        ("КӨМЕКТЕСЕДІ", 6),
    ],
)
def test_word_forms_meet(index: LexicalIndex, query: str, row: int) -> None:
    rows, scores = index.search(fold(query), 5)
    assert rows[0] == row
    assert (np.diff(scores) <= 0).all()
    assert scores[0] > 0


def test_stop_words_find_nothing(index: LexicalIndex) -> None:
    assert index.search("the of и о", 5)[0].tolist() == []


def test_filter_keeps_to_allowed_rows(index: LexicalIndex) -> None:
    allowed = np.array([row == 3 for row in range(len(TEXTS))])
    assert index.search("решения резолюция доложить", 5, allowed)[0].tolist() == [3]
    assert index.search("доложить", 5, allowed)[0].tolist() == []


def test_matching_words_by_language(index: LexicalIndex) -> None:
    words = "председателю доложить о ходе реализации решения".split()
    assert index.matching("кто доложит о реализации", words, "ru") == [False, True, False, False, True, False]


def test_long_and_odd_queries_are_harmless(index: LexicalIndex) -> None:
    assert index.search("решение " * 5000, 5)[0].tolist() == [0]
    assert index.search('"(* AND [ : \\', 5)[0].tolist() == []
