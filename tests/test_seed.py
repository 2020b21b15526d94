"""The 2022 resolution through the whole pipeline: every word kept, marks and blank lines gone, 22 items."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kb.read import read_document
from kb.search import Searcher, document_to_json

NAME = "resolution-2022-11-02-economic-cooperation"


@pytest.fixture(scope="module")
def source(root: Path) -> Path:
    return root / "corpus" / "resolution" / f"{NAME}.md"


def test_no_word_is_lost_or_added(source: Path) -> None:
    written = re.sub(r"\*\*|[<>]", "", source.read_text(encoding="utf-8")).split()
    text = read_document(source, document_id=NAME, relative=source.name).text
    assert text.split() == written
    assert "**" not in text
    assert "\n\n" not in text
    assert not text.startswith("\n")


def test_structure(searcher: Searcher) -> None:
    shown = document_to_json(searcher.document(NAME))
    text = searcher.document(NAME).document.text
    provisions = shown["provisions"]
    by_eid = {p["eid"]: p for p in provisions}
    assert all(text[p["start"] : p["end"]] == p["text"] for p in provisions)
    kinds = [p["kind"] for p in provisions]
    assert (kinds.count("recital"), kinds.count("formula"), kinds.count("item")) == (2, 1, 22)
    assert by_eid["op"]["kind"] == "operative"
    items = [p for p in provisions if p["kind"] == "item"]
    assert all(p["parent"] == "op" and p["num"] is None and p["marker"] == "-" for p in items)
    assert by_eid["op__formula"]["parent"] == "op"
    assert by_eid["op__formula"]["text"].startswith("Участники Конференции, декларируя намерение")
    assert by_eid["op__formula"]["text"].endswith("считают необходимым:")
    assert items[0]["text"].startswith("выразить поддержку руководству")
    assert items[14]["text"].startswith("содействовать деятельности Фонда поддержки")
    assert "проекте «За права соотечественников» (https://pravanashih.com), реализуемом" in items[14]["text"].replace(
        "\n", " "
    )
    assert items[14]["text"].endswith("корпорацией «Синергия»;")
    assert items[20]["text"].startswith("председателю Всемирного координационного совета")
    assert items[21]["text"] == "опубликовать резолюцию Конференции в печатных и электронных СМИ соотечественников."
    assert (shown["place"], shown["date"], shown["date_to"]) == ("Москва", "2022-11-01", "2022-11-02")
    assert shown["title"].startswith("Резолюция Всемирной тематической конференции «Экономическое сотрудничество:")
