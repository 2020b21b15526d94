"""Searching the shipped corpus: exact quotes, filters, marks, groups, odd queries."""

from __future__ import annotations

import pytest

from kb.errors import NotFound, UsageError
from kb.language import fold
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


def test_clean_query_keeps_the_words() -> None:
    assert clean_query("  кто\u0000должен\n\tдоложить? ") == "кто должен доложить?"
    assert clean_query("е\u0308ж") == "ёж"
