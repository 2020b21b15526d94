"""A query taken apart: phrases, exclusions, symbols, and all that only looks like them."""

from __future__ import annotations

import random

import pytest

from kb.errors import UsageError
from kb.language import fold
from kb.query import Query, parse_query


@pytest.mark.parametrize(
    ("query", "text", "phrases"),
    [
        ('кто "должен доложить" о решении', "кто должен доложить о решении", ("должен доложить",)),
        ("проект «За права соотечественников»!", "проект За права соотечественников!", ("За права соотечественников",)),
        ("„Wort“ und “other one”", "Wort und other one", ("Wort", "other one")),
        ("„Wort” »noch eins«", "Wort noch eins", ("Wort", "noch eins")),
        ("«Форум «Диалог» в Омске», 2019", "Форум Диалог в Омске, 2019", ("Форум Диалог в Омске",)),
        ("「人权」保护", "人权 保护", ("人权",)),
        ("«один»два", "один два", ("один",)),
        ('"a" "a"', "a a", ("a",)),
    ],
)
def test_phrases_keep_their_words_in_the_text(query: str, text: str, phrases: tuple[str, ...]) -> None:
    assert parse_query(query) == Query(text, phrases)


@pytest.mark.parametrize(
    "query",
    [
        '"unbalanced text',
        "слово» без начала",
        "l'homme d'état 'quoted'",
        "it’s the consul’s duty",
        'a 5" pipe and a 6" pipe',
        'x"y"',
    ],
)
def test_what_is_no_pair_of_quotes_is_text(query: str) -> None:
    assert parse_query(query) == Query(query)


def test_empty_quotes_ask_for_nothing() -> None:
    assert parse_query('консул "" «…» помощь') == Query("консул помощь")


@pytest.mark.parametrize(
    ("query", "text", "excluded"),
    [
        ("школа -музыкальная", "школа", ("музыкальная",)),
        ("−Москва Россия –Омск, дом", "Россия дом", ("Москва", "Омск")),
        ('report -"annual review" x', "report x", ("annual review",)),
        ("отчёт -«годовой обзор»", "отчёт", ("годовой обзор",)),
        ("право -кыргызско-российский", "право", ("кыргызско-российский",)),
        ("дети -A/RES/79/225", "дети", ("A/RES/79/225",)),
        ("a -b -b", "a", ("b",)),
    ],
)
def test_a_minus_excludes(query: str, text: str, excluded: tuple[str, ...]) -> None:
    assert parse_query(query) == Query(text, excluded=excluded)


@pytest.mark.parametrize(
    "query",
    ["кыргызско-российский", "- слово", "-5 градусов", "Россия – родина", "a-b", "--full", "− 3 −", "2020-2023"],
)
def test_other_hyphens_and_dashes_exclude_nothing(query: str) -> None:
    assert parse_query(query) == Query(query)


def test_a_symbol_is_whole_and_its_hyphen_no_minus() -> None:
    assert parse_query("99-ФЗ о соотечественниках") == Query("99-ФЗ о соотечественниках", symbols=("99-фз",))
    assert parse_query('"ст. 27" Конституции').symbols == ("art 27",)
    assert parse_query("A/RES/79/225 и резолюция 79/225").symbols == ("a/res/79/225", "res 79/225")
    assert parse_query("дети -A/RES/79/225").symbols == ()


@pytest.mark.parametrize("query", ["-школа", '-"annual review"', "-школа -дом ?", "—  -школа"])
def test_a_query_that_only_excludes_is_refused_with_advice(query: str) -> None:
    with pytest.raises(UsageError, match="only excludes words: add some"):
        parse_query(query)


def test_folding_first_gives_the_folded_query() -> None:
    query = "Кто «Ещё РАЗ» −Школа ст. 27"
    assert parse_query(fold(query)) == Query("кто еще раз ст. 27", ("еще раз",), ("школа",), ("art 27",))


def test_any_text_is_taken() -> None:
    signs = random.Random(7)
    pieces = [
        '"',
        "«",
        "»",
        "„",
        "“",
        "”",
        "-",
        "−",
        "–",
        " ",
        "a",
        "ё",
        "1",
        "/",
        "(",
        "§",
        "ст.",
        "人",
        "\u0301",
        "'",
    ]
    for _ in range(3000):
        query = "".join(signs.choices(pieces, k=signs.randrange(40)))
        try:
            parsed = parse_query(query)
        except UsageError:
            continue
        assert all(any(c.isalnum() for c in words) for words in (*parsed.phrases, *parsed.excluded)), query
    for query in ("", '"' * 2000, "«" * 2000, "«»" * 1000, "-a " * 700 + "b", '-"' * 1000 + "b"):
        parse_query(query)


def test_quotes_in_a_question_are_no_condition() -> None:
    assert parse_query("Кто автор романа «Пиковая дама»?") == Query("Кто автор романа Пиковая дама?")
    assert parse_query("谁写了“红楼梦”？").phrases == ()
    assert parse_query('автор "Пиковая дама"').phrases == ("Пиковая дама",)
