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
from kb.query import parse_query

TEXTS = [
    ("ru", "председателю доложить о ходе реализации решения"),
    ("en", "The chair must report on implementation of the decision"),
    ("zh", "人权保护指南"),
    ("ru", "опубликовать резолюцию; ещё один пункт"),
    ("lv", "vēstniecība palīdz tautiešiem"),
    ("de", "Die Behörden unterrichten unverzüglich das Konsulat"),
    ("kk", "елшілік азаматтарға көмектеседі"),
]


def indexed(texts: list[tuple[str, str]], folder: Path) -> LexicalIndex:
    write_lexical(folder, ((row, language, fold(text)) for row, (language, text) in enumerate(texts)))
    return LexicalIndex(folder)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    return indexed(TEXTS, tmp_path_factory.mktemp("lexical"))


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


LAW = [
    ("ru", "Гражданин ещё может подать жалобу согласно п. 3 ст. 27 и Закону № 99-ФЗ."),
    ("ru", "Жалобу подать может любой гражданин; 99 рублей, 27 дней."),
    ("en", "Recalling General Assembly resolution 79/225 and the annual review of consular aid"),
    ("en", "The review is annual. See A/HRC/RES/79/225, page 79."),
    ("de", "Nach § 27 und Artikel 5 prüft die Behörde die Beschwerden"),
    ("zh", "人权保护指南和领事协助"),
    ("ru", "Интернет-школы и порталы; жалобы"),
    ("kk", "елшілік азаматтарға көмектеседі, 27-бап"),
    ("en", "Security Council resolution 1325 (2000)"),
]


@pytest.fixture(scope="module")
def law(tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    return indexed(LAW, tmp_path_factory.mktemp("law"))


def held(index: LexicalIndex, query: str) -> list[int] | None:
    mask = index.holding(parse_query(fold(query)))
    return None if mask is None else np.flatnonzero(mask).tolist()


@pytest.mark.parametrize(
    ("query", "language", "rows"),
    [
        ("№ 99-ФЗ", "ru", [0]),  # not the 99 of another passage
        ("ст. 27", "ru", [0, 4, 7]),  # an article in any language, no 27 days
        ("Article 27", "en", [0, 4, 7]),
        ("A/RES/79/225", "en", [2]),  # the Human Rights Council's of the same number is another
        ("A/HRC/RES/79/225", "en", [3]),
        ("resolution 79/225", "en", [2, 3]),
        ("S/RES/1325 (2000)", "en", [8]),
        ("ст. 99", "ru", []),
    ],
)
def test_a_symbol_matches_only_itself(law: LexicalIndex, query: str, language: str, rows: list[int]) -> None:
    sought = law.sought(fold(query), language)
    found, scores = law.search(sought, 9)
    assert sorted(found.tolist()) == rows
    assert not any(sought.own.values())
    assert len(set(scores.tolist())) <= 1  # a symbol says all that is asked


def test_words_beside_a_symbol_are_sought_too(law: LexicalIndex) -> None:
    sought = law.sought(fold("жалоба по п. 3 ст. 27"), "ru")
    assert sought.own["ru"] == ["жалоб"]
    found = law.search(sought, 9)[0].tolist()
    assert set(found[:2]) == {0, 4}  # the thesaurus knows „Beschwerde“
    assert {1, 6} <= set(found)


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ('"annual review"', [2]),
        ('"ANNUAL review"', [2]),
        ('"review is annual"', [3]),
        ('"reviews"', []),  # a phrase is these very words
        ("«может подать жалобу»", [0]),
        ("«ЕЩЁ может»", [0]),
        ("«еще может»", [0]),
        ("«жалобы»", [6]),
        ('"любой гражданин 99"', [1]),  # what stands between words does not matter
        ("«领事协助»", [5]),
        ("«协领»", []),
        ("«人»", [5]),
        ('"annual" "recalling"', [2]),
        ("«п. 3 ст. 27»", [0]),
        ('"annual review" -consular', []),
        ('x "annual" -aid', [3]),
    ],
)
def test_phrases_are_held_as_written(law: LexicalIndex, query: str, rows: list[int]) -> None:
    assert held(law, query) == rows


@pytest.mark.parametrize(
    ("query", "out"),
    [
        ("x -жалоба", {0, 1, 6}),  # every form
        ("x -reviews", {2, 3}),
        ("x -Beschwerde", {4}),
        ("x -елшілік", {7}),
        ("x -елші", set()),  # no stemmer for Kazakh: the word itself
        ("x -领事", {5}),
        ("x -интернет-школа", {6}),
        ('x -"annual review"', {2}),
        ("x -the", {2, 3}),  # a stop word is a word all the same
        ("x -A/HRC/RES/79/225", {3}),
        ("x -жалоба -review -синхрофазотрон", {0, 1, 2, 3, 6}),
    ],
)
def test_excluded_words_are_out(law: LexicalIndex, query: str, out: set[int]) -> None:
    assert held(law, query) == sorted(set(range(len(LAW))) - out)


def test_no_condition_no_mask(law: LexicalIndex) -> None:
    assert held(law, "ст. 27 жалоба") is None


def test_allowed_rows_hold_whichever_list_is_shorter(law: LexicalIndex) -> None:
    sought = law.sought("review", "en")
    for kept in ({2}, {3}, {2, 3}, set(range(9)) - {2}, set(range(9)), set()):
        allowed = np.array([row in kept for row in range(len(LAW))])
        assert set(law.search(sought, 9, allowed)[0].tolist()) == {2, 3} & kept


@pytest.mark.parametrize(
    ("query", "phrases", "text", "marked"),
    [
        ("ст. 27", [], LAW[0][1], ["п. 3 ст. 27"]),
        ("resolution 79/225", [], LAW[3][1], ["a/hrc/res/79/225"]),
        ("жалоба", ["подать жалобу согласно"], LAW[0][1], ["подать жалобу согласно"]),
        ("x", ["99 рублей"], LAW[1][1], ["99 рублей"]),
        ("x", ["领事协"], LAW[5][1], ["领事协"]),
        ("x", ["рубл"], LAW[1][1], []),
        ("x", ["annual review", "annual"], LAW[2][1], ["annual review", "annual"]),
        ("x", ["a b a"], "a b a b a", ["a b a"]),
    ],
)
def test_spans_of_symbols_and_phrases(
    law: LexicalIndex, query: str, phrases: list[str], text: str, marked: list[str]
) -> None:
    folded = fold(text)
    spans = law.spans(law.sought(fold(query), "ru", phrases), folded)
    assert [folded[start:end] for start, end in spans] == marked


def test_odd_queries_hold_without_raising(law: LexicalIndex) -> None:
    for query in ('"' + "слово " * 900 + '"', "x " + " ".join(f"-слово{n}" for n in range(200)), '"²" x', "x -\u0301а"):
        assert held(law, query) is not None or query.endswith("а")
