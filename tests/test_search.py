"""Searching the shipped corpus: exact quotes, filters, marks, groups, odd queries."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from arithmetic import ArithmeticEncoder
from numpy.typing import NDArray

from kb.build import build
from kb.encode import Encoder
from kb.errors import NotFound, UsageError
from kb.generation import Generation, open_generation
from kb.language import fold
from kb.query import parse_query
from kb.ranking import Mode
from kb.search import Filters, Searcher, clean_query


def test_every_quote_is_its_slice(searcher: Searcher) -> None:
    for document in searcher.documents():
        text = searcher.document(document.id).document.text
        for hit in searcher.search(document.title, limit=100, filters=Filters(document=document.id)).hits:
            assert text[hit.start : hit.end] == hit.quote
            assert hit.quote.strip() == hit.quote != ""


def test_marks_stand_on_words_of_the_query(searcher: Searcher) -> None:
    hit = searcher.search("доложит председатель о реализации решений").hits[0]
    words = {fold(hit.quote[start:end]) for start, end in hit.marks}
    assert {"доложить", "председателю", "реализации", "решения"} <= words
    assert "о" not in words
    assert hit.sentence == (0, len(hit.quote))


def test_best_sentence_is_marked(searcher: Searcher) -> None:
    hit = searcher.search("особый акцент на интеграционные форматы СНГ, ШОС и БРИКС").hits[0]
    assert hit.sentence is not None
    start, end = hit.sentence
    assert hit.quote[start:end].startswith("Особый акцент в работе делать")
    assert (start, end) != (0, len(hit.quote))


@pytest.mark.parametrize(
    ("filters", "kept"),
    [
        (Filters(kind="resolution"), lambda hit: hit.kind == "resolution"),
        (Filters(language="de"), lambda hit: hit.language == "de"),
        (Filters(date_from="2022-11-02", date_to="2022-11"), lambda hit: hit.date == "2022-11-01"),
        (Filters(date_to="2021"), lambda hit: False),
        (
            Filters(document="resolution-2022-11-02-economic-cooperation"),
            lambda hit: hit.document_id == "resolution-2022-11-02-economic-cooperation",
        ),
    ],
)
def test_filters_hold(searcher: Searcher, filters: Filters, kept) -> None:  # type: ignore[no-untyped-def]
    hits = searcher.search("защита прав", limit=100, filters=filters).hits
    assert all(kept(hit) for hit in hits)
    assert bool(hits) == (filters.date_to != "2021")


def test_pages_are_disjoint_and_in_order(searcher: Searcher) -> None:
    whole = searcher.search("consul", limit=30).hits
    pages = [hit for offset in (0, 10, 20) for hit in searcher.search("consul", limit=10, offset=offset).hits]
    assert [hit.passage_id for hit in pages] == [hit.passage_id for hit in whole]
    assert sorted((hit.score for hit in whole), reverse=True) == [hit.score for hit in whole]


def test_groups_show_each_document_once(searcher: Searcher) -> None:
    answer = searcher.search("защита прав соотечественников", limit=10, group=True)
    ids = [hit.document_id for hit in answer.hits]
    assert len(set(ids)) == len(ids)
    assert any(hit.more for hit in answer.hits)
    assert all(other.document_id == hit.document_id for hit in answer.hits for other in hit.more)
    best = searcher.search("защита прав соотечественников", limit=1).hits[0]
    assert answer.hits[0].passage_id == best.passage_id


def test_facets_count_what_was_found(searcher: Searcher) -> None:
    answer = searcher.search("защита прав", limit=100)
    kinds = dict(answer.facets["kind"])
    assert sum(kinds.values()) == answer.total
    assert kinds["resolution"] >= 5


def test_a_passage_by_its_id(searcher: Searcher) -> None:
    hit = searcher.passage("resolution-2022-11-02-economic-cooperation#op__item_1", reader="en")
    assert hit.locator == "operative part, 1st indent"
    assert hit.quote.startswith("выразить поддержку руководству")
    with pytest.raises(NotFound, match="op__item_77"):
        searcher.passage("resolution-2022-11-02-economic-cooperation#op__item_77")


def test_originals_stay_inside_the_corpus(searcher: Searcher) -> None:
    for document in searcher.documents():
        assert searcher.original(document.id).read_bytes()
    with pytest.raises(NotFound):
        searcher.original("../pyproject.toml")


@pytest.mark.parametrize(
    "query", ["\ud800", "\0", "a\u0301" * 500, "'; DROP TABLE documents; --", 'NEAR("', "😀", "‮abc"]
)
def test_odd_queries_are_answered_or_refused(searcher: Searcher, query: str) -> None:
    try:
        answer = searcher.search(query)
    except UsageError:
        assert not any(character.isalnum() for character in query)
    else:
        assert answer.hits


def test_unusable_queries_are_refused_with_a_reason(searcher: Searcher) -> None:
    with pytest.raises(UsageError, match="empty"):
        searcher.search(" \t\n")
    with pytest.raises(UsageError, match="2000"):
        searcher.search("x" * 2001)
    with pytest.raises(NotFound, match="nope"):
        searcher.search("consul", filters=Filters(document="nope"))
    with pytest.raises(UsageError, match="poem"):
        Filters(kind="poem")
    with pytest.raises(UsageError, match="from"):
        Filters(date_from="yesterday")


def test_what_is_too_long_for_a_word_is_sought_only_as_it_stands(
    searcher: Searcher, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The encoder takes a second for a few of 500 letters, and no language has them."""
    encoded: list[str] = []
    encode = encoder.encode_passages

    def noted(texts: Sequence[str]) -> NDArray[np.float32]:
        encoded.extend(texts)
        return encode(texts)

    monkeypatch.setattr(encoder, "encode_passages", noted)
    long, compound = "яqжxфzщw" * 60, "Aufenthaltsbestimmungsrechtsübertragung"
    assert searcher.search(f"{long} {compound}").total
    assert encoded == [fold(compound)]


def test_a_very_long_word_is_found_in_any_of_its_forms(tmp_path: Path, encoder: Encoder) -> None:
    law = "Grundstücksverkehrsgenehmigungszuständigkeitsübertragungsverordnung"
    (tmp_path / "corpus").mkdir()
    for n in range(4):
        said = law if n == 2 else "Gemeindeordnung"
        text = f"# Gesetz {n}\n\nDie {said} gilt im ganzen Land, wo Gemeinden über Grundstücke entscheiden.\n"
        (tmp_path / "corpus" / f"law{n}.md").write_text(text, encoding="utf-8")
    build(tmp_path / "corpus", tmp_path / "index", encoder)
    found = Searcher.open(tmp_path / "index", encoder, tmp_path / "corpus")
    (_, _, ranked) = found._ranked(f"{law}en", None, "full", rescue=True)
    assert ranked.candidates[0].document_id == "law2"
    assert ranked.candidates[0].coverage == pytest.approx(1)
    assert [one.coverage for one in ranked.candidates[1:]] == [0, 0, 0]


def test_clean_query_keeps_the_words() -> None:
    assert clean_query("  кто\u0000должен\n\tдоложить? ") == "кто должен доложить?"
    assert clean_query("е\u0308ж") == "ёж"


CONSTITUTION = """# Конституция Страны

Статья 1. Государство

Страна есть демократическое государство.

Статья 26. Язык

Каждый имеет право на пользование родным языком.

Статья 27. Передвижение

1. Каждый имеет право свободно передвигаться.

2. Каждый может свободно выезжать за пределы Страны.

Статья 28. Совесть

Каждому гарантируется свобода совести.
"""
CODE = """# Семейный кодекс (проект)

Статья 1. Основы

Семья находится под защитой государства.

Статья 27. Признание брака

Брак признаётся недействительным судом по иску гражданина Страны.

Статья 28. Иск

Иск вправе предъявить супруг.
"""
UNITED_NATIONS = """A/RES/79/225

Rights of persons belonging to minorities

The General Assembly,

Recalling its resolution 47/135 of 18 December 1992,

1. Urges States to protect the identity of minorities;

2. Requests the Secretary-General to report annually.
"""
NOTES = """# Заметки о меньшинствах

Резолюция 79/225 говорит о меньшинствах, ст. 27 Пакта – о языке.

## Родной язык

Право на родной язык шире, чем пишет «Вестник языка» за 2019 год. Школа учит языку.

## Школы

Школы с родным языком открывают общины. Школьный совет ведёт Вестник.
"""


@pytest.fixture(scope="module")
def laws(tmp_path_factory: pytest.TempPathFactory) -> tuple[Searcher, Generation]:
    """Two laws, a resolution and a note that mentions them, under the arithmetic encoder."""
    root = tmp_path_factory.mktemp("laws")
    for name, text in {
        "corpus/law/constitution.md": CONSTITUTION,
        "corpus/law/family.md": CODE,
        "corpus/resolution/A_RES_79_225.md": UNITED_NATIONS,
        "corpus/guide/notes.md": NOTES,
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    encoder = ArithmeticEncoder()
    build(root / "corpus", root / "index", encoder)
    return Searcher.open(root / "index", encoder, root / "corpus"), open_generation(root / "index")


def places(searcher: Searcher, query: str) -> list[tuple[str, str]]:
    return [(hit.document_id, hit.locator) for hit in searcher.search(query, reader="ru").hits]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("ст. 27 Конституции", [("constitution", "ст. 27, ч. 1"), ("constitution", "ст. 27, ч. 2")]),
        ("СТАТЬЯ 27 КОНСТИТУЦИИ СТРАНЫ", [("constitution", "ст. 27, ч. 1"), ("constitution", "ст. 27, ч. 2")]),
        ("п. 3 ст. 27 семейного кодекса", [("family", "ст. 27, абз. 1")]),
        ("§ 27 СК", [("family", "ст. 27, абз. 1")]),
        ("Article 28 Конституции", [("constitution", "ст. 28, абз. 1")]),
    ],
)
def test_the_article_named_comes_first(
    laws: tuple[Searcher, Generation], query: str, first: list[tuple[str, str]]
) -> None:
    assert sorted(places(laws[0], query)[: len(first)]) == first
    answer = laws[0].search(query)
    assert answer.strength == "strong"
    assert answer.hits[len(first) - 1].score >= 1.0 > answer.hits[len(first)].score


def test_a_bare_article_is_every_such_article(laws: tuple[Searcher, Generation]) -> None:
    found = places(laws[0], "ст. 27")[:3]
    assert {(document, locator.split(",")[0]) for document, locator in found} == {
        ("constitution", "ст. 27"),
        ("family", "ст. 27"),
    }


@pytest.mark.parametrize(
    "query",
    ["A/RES/79/225", "а/res/79/225", "General Assembly resolution 79/225", "резолюция 79/225"],
)
def test_the_document_of_a_symbol_comes_before_those_that_mention_it(
    laws: tuple[Searcher, Generation], query: str
) -> None:
    answer = laws[0].search(query)
    ids = [hit.document_id for hit in answer.hits]
    own = ids.count("a-res-79-225")
    assert own >= 2
    assert set(ids[:own]) == {"a-res-79-225"}
    assert ids[own] == "notes"
    assert answer.strength == "strong"


def test_a_symbol_lifts_a_whole_document_and_words_order_it(laws: tuple[Searcher, Generation]) -> None:
    hit = laws[0].search("A/RES/79/225 Secretary-General report").hits[0]
    assert hit.quote.startswith("Requests the Secretary-General")


@pytest.mark.parametrize("query", ["Семейный кодекс", "семейный кодекс (проект)", "«Семейный кодекс»"])
def test_a_title_finds_its_document_first(laws: tuple[Searcher, Generation], query: str) -> None:
    answer = laws[0].search(query)
    assert {hit.document_id for hit in answer.hits[:3]} == {"family"}
    assert answer.strength == "strong"
    assert answer.hits[2].score >= 1.0


def test_one_word_is_nobody_s_name(laws: tuple[Searcher, Generation]) -> None:
    assert laws[1].named(parse_query("family")) == []  # the id of a document


def test_a_part_of_a_title_lifts_nothing(laws: tuple[Searcher, Generation]) -> None:
    searcher, generation = laws
    for query in ("кодекс", "Конституция", "Семейный кодекс Страны", "Семейный -кодекс", "99-ФЗ"):
        assert generation.named(parse_query(query), "ru") == []
    assert max(hit.score for hit in searcher.search("Семейный кодекс Страны").hits) < 2.0


def test_a_number_with_other_words_only_hints(laws: tuple[Searcher, Generation]) -> None:
    grades = {one.grade for one in laws[1].named(parse_query("статья 27 о водолазах"), "ru")}
    assert grades == {0.25}
    named = laws[1].named(parse_query("ст. 27 конституции о водолазах"), "ru")
    assert {one.grade for one in named} == {0.5, 0.25}


def test_phrases_and_exclusions_hold(laws: tuple[Searcher, Generation]) -> None:
    searcher = laws[0]
    for query in ('"родной язык"', "право «родной язык»"):
        quotes = [hit.quote for hit in searcher.search(query).hits]
        assert quotes
        assert all("родной язык" in quote for quote in quotes)
    everything = searcher.search("родной язык", limit=100).total
    without = searcher.search("родной язык -школа", limit=100)
    assert 0 < without.total < everything
    assert not any("кол" in hit.quote and "Школ" in hit.quote for hit in without.hits)
    kept = searcher.search("язык -вестник", filters=Filters(document="notes")).hits
    assert kept
    assert all(hit.document_id == "notes" and "Вестник" not in hit.quote for hit in kept)


def test_words_in_quotes_that_no_passage_has_are_let_go_and_said_to_be(laws: tuple[Searcher, Generation]) -> None:
    answer = laws[0].search('язык "родным язык" -супруг')
    assert answer.unmet
    assert answer.strength == "nothing"
    assert {hit.strength for hit in answer.hits} == {"nothing"}
    assert answer.hits
    assert not any("супруг" in hit.quote for hit in answer.hits)
    assert not laws[0].search('"родной язык"').unmet


def test_exclusions_that_leave_nothing_find_nothing(laws: tuple[Searcher, Generation]) -> None:
    every = sorted({word for hit in laws[0].search("язык", limit=100).hits for word in hit.quote.split()[:1]})
    answer = laws[0].search("язык " + " ".join(f"-{word}" for word in every))
    assert (answer.hits, answer.total, answer.strength, answer.confidence) == ((), 0, "nothing", 0.0)
    with pytest.raises(UsageError, match="only excludes"):
        laws[0].search("-язык")


def test_symbols_and_phrases_are_marked_whole(laws: tuple[Searcher, Generation]) -> None:
    def marked(query: str) -> list[str]:
        hits = laws[0].search(query, filters=Filters(document="notes")).hits
        return [hit.quote[start:end] for hit in hits for start, end in hit.marks]

    assert marked("A/RES/79/225") == ["Резолюция 79/225"]
    assert marked("ст. 27") == ["ст. 27"]
    assert "Вестник языка" in marked("«Вестник языка»")


def test_the_vocabulary_is_stored(laws: tuple[Searcher, Generation]) -> None:
    generation = laws[1]
    assert generation.counts(["совести", "иск", "нет-такого", "иск"]) == {"совести": 1, "иск": 1} | (
        {"иск": generation.counts(["иск"])["иск"]}
    )
    assert set(generation.counts(["языком", "minorities", "родной"])) == {"языком", "minorities", "родной"}
    assert generation.counts(["27", "79", "1992", "с"]) == {}
    assert generation.counts(str(n) for n in range(2000)) == {}


def test_a_pasted_title_with_quotes_finds_its_document(searcher: Searcher) -> None:
    document = "resolution-2022-11-02-economic-cooperation"
    title = searcher.document(document).document.title
    assert "«" in title
    answer = searcher.search(title, group=True)
    assert answer.hits[0].document_id == document
    assert answer.strength == "strong"


def test_a_decree_in_a_title_is_found_by_its_number(searcher: Searcher) -> None:
    assert searcher.search("Указ № 637").hits[0].document_id == "resettlement-programme"
    assert searcher.search("указ президента N 678").hits[0].document_id == "fund-for-compatriots"


def test_a_law_that_is_only_mentioned_is_found_where_it_is(searcher: Searcher) -> None:
    hits = searcher.search("99-ФЗ", limit=3).hits
    assert all("99-ФЗ" in hit.quote for hit in hits)
    assert "№ 99-ФЗ" in [hits[0].quote[start:end] for start, end in hits[0].marks]


def test_passages_of_other_documents_that_say_alike_are_found(searcher: Searcher) -> None:
    passage = "resolution-2022-11-02-economic-cooperation#op__item_21"
    hits = searcher.similar(passage, limit=3)
    assert hits
    assert all(hit.document_id != "resolution-2022-11-02-economic-cooperation" for hit in hits)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(hit.sentence for hit in hits)
    assert all(hit.language == "en" for hit in searcher.similar(passage, filters=Filters(language="en")))
    with pytest.raises(NotFound, match="no passage"):
        searcher.similar("no#such")


def test_a_mistyped_query_is_mended_and_may_be_left(searcher: Searcher) -> None:
    answer = searcher.search("ghfdf cjjntxtcndtyybrjd")
    assert (answer.rescued, answer.searched) == ("layout", "права соотечественников")
    assert answer.hits[0] == searcher.search("права соотечественников").hits[0]
    as_typed = searcher.search("ghfdf cjjntxtcndtyybrjd", rescue=False)
    assert (as_typed.rescued, as_typed.searched) == ("", "ghfdf cjjntxtcndtyybrjd")


def test_confidence_is_of_the_first_hit_and_falls(searcher: Searcher) -> None:
    answer = searcher.search("доложить о ходе реализации данного решения")
    assert answer.strength == answer.hits[0].strength == "strong"
    assert 0.7 <= answer.confidence <= 1
    assert searcher.search("Какая река протекает через Париж?").confidence < 0.06


@pytest.mark.parametrize("mode", ["dense", "lexical"])
def test_modes_rank_by_one_thing_alone(searcher: Searcher, mode: Mode) -> None:
    hits = searcher.search("доложить о ходе реализации данного решения", mode=mode).hits
    assert hits[0].quote.startswith("председателю")
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
