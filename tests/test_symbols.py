"""Symbols in the spellings of real documents: one canonical form, the right span, nothing in what only looks so."""

from __future__ import annotations

import time

import pytest

from kb.language import fold
from kb.symbols import Symbol, equivalents, own_symbols, symbols, without


def canonical(text: str) -> list[str]:
    return [symbol.canonical for symbol in symbols(text)]


@pytest.mark.parametrize(
    ("spellings", "expected"),
    [
        (["A/RES/79/225", "a/res/79/225", "А/RES/79/225", "A / RES / 79 / 225"], "a/res/79/225"),
        (["General Assembly resolution 79/225", "резолюции Генеральной Ассамблеи 79/225"], "a/res/79/225"),
        (["résolution 79/225 de l'Assemblée générale", "Resolution der Generalversammlung 79/225"], "a/res/79/225"),
        (["resolution 79/225", "резолюция 79/225", "резолюции № 79/225", "resolución 79/225"], "res 79/225"),
        (["A/HRC/RES/53/1", "Human Rights Council resolution 53/1"], "a/hrc/res/53/1"),
        (["резолюция Совета по правам человека 53/1"], "a/hrc/res/53/1"),
        (["Economic and Social Council resolution 2023/33", "E/RES/2023/33"], "e/res/2023/33"),
        (["A/RES/217(III)", "A/RES/217 A (III)", "General Assembly resolution 217 A (III)"], "a/res/217(iii)"),
        (["резолюция 217 А (III)", "resolution 217 (III)"], "res 217(iii)"),
        (["resolution 1325 (2000)", "резолюция 1325 (2000)", "résolution 1325 (2000)"], "res 1325(2000)"),
        (["S/RES/1325"], "s/res/1325"),
        (["E/CN.4/2005/12"], "e/cn.4/2005/12"),
        (["A/55/2/Add.1"], "a/55/2/add.1"),
        (["№ 99-ФЗ", "99-ФЗ", "99 ФЗ", "N 99-ФЗ", "№99–фз", "99-fz"], "99-фз"),
        (["1-ФКЗ", "№ 1-ФКЗ"], "1-фкз"),
        (["Закон Украины № 2704-VIII", "закону № 2704-VІІІ"], "2704-viii"),
        (["Указ № 637", "указом N 637", "Указа Президента Российской Федерации от 22 июня 2006 г. № 637"], "указ 637"),
        (["Указ № 64/2022"], "указ 64/2022"),
        (["2004/38/EC", "2004/38/EG", "2004/38/ЕС", "32004L0038"], "eu 2004/38"),
        (["(EU) 2016/679", "(ЕС) 2016/679", "32016R0679"], "eu 2016/679"),
        (["Regulation (EC) No 883/2004", "Verordnung (EG) Nr. 883/2004", "32004R0883"], "eu 883/2004"),
        (["62011CJ0087"], "celex 62011cj0087"),
        (["ETS No. 5", "CETS No 5", "STE n° 5", "СЕД № 5", "European Treaty Series - No. 5"], "ets 5"),
    ],
)
def test_a_document_has_one_symbol_in_every_spelling(spellings: list[str], expected: str) -> None:
    for spelling in spellings:
        assert canonical(spelling) == [expected], spelling
        assert canonical(fold(spelling)) == [expected], f"{spelling}, folded"


@pytest.mark.parametrize(
    "text",
    [
        *("ст. 27", "ст.27", "ст 27", "статья 27", "Статьи 27", "статьёй 27".replace("ё", "е"), "статью 27"),
        *("стаття 27", "статті 27", "артыкул 27", "артыкула 27", "чл. 27", "член 27"),
        *("Article 27", "Art. 27", "art. 27", "ARTICLE 27", "Artikel 27", "Artikels 27", "§ 27", "§27", "27 §"),
        *("artículo 27", "articolo 27", "artigo 27", "articolul 27", "artykuł 27", "artykułu 27", "art27"),
        *("27 straipsnis", "27 straipsnio", "27 straipsnyje", "27. pants", "27. panta", "artikkel 27", "artikli 27"),
        *("27-бап", "27-бабы", "27-бабының", "27-баптары", "27-берене", "27-modda", "madde 27"),
        *("סעיף 27", "المادة 27", "მუხლი 27", "Հոդված 27", "第27条", "제27조"),
        *("п. 3 ст. 27", "пункта 3 статьи 27", "ч. 1 п. 2 ст. 27", "Article 27(1)", "Art. 27 Abs. 1"),
        *("paragraph 2 of Article 27", "art. 27 ust. 2", "§ 27 Abs. 3"),
    ],
)
def test_an_article_has_one_symbol_in_every_language(text: str) -> None:
    assert symbols(text) == [Symbol("art 27", 0, len(text))]
    assert canonical(fold(text)) == ["art 27"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("§ 4a", ["art 4a"]),
        ("ст. 27.1", ["art 27.1"]),
        ("ст. 12-1", ["art 12.1"]),
        ("статья 13¹", ["art 13.1"]),
        ("27.1 pants", ["art 27.1"]),
        ("27.¹ pants", ["art 27.1"]),
        ("article 1er", ["art 1"]),
        ("article premier", ["art 1"]),
        ("статьи 27 и 28", ["art 27", "art 28"]),
        ("статьи 5, 6 и 7", ["art 5", "art 6", "art 7"]),
        ("ст. 27-29", ["art 27", "art 28", "art 29"]),
        ("Articles 5 to 7", ["art 5", "art 6", "art 7"]),
        ("§§ 4, 5", ["art 4", "art 5"]),
        ("Article 30, 10 days", ["art 30"]),  # what goes down is no list
    ],
)
def test_numbers_of_articles(text: str, expected: list[str]) -> None:
    assert canonical(text) == expected


def test_lists_of_resolutions_skip_their_dates() -> None:
    text = "General Assembly resolutions 70/195 of 22 December 2015, 71/219 of 21 December 2016 and 72/1"
    assert canonical(text) == ["a/res/70/195", "a/res/71/219", "a/res/72/1"]
    assert canonical("resolutions 2057 (2012), 2109 (2013)") == ["res 2057(2012)", "res 2109(2013)"]


def test_a_symbol_stands_where_it_says() -> None:
    text = "см. п. 3 ст. 27 Конституции, S/RES/1325 (2000) и № 99-ФЗ."
    assert [text[s.start : s.end] for s in symbols(text)] == [
        "п. 3 ст. 27",
        "S/RES/1325 (2000)",
        "S/RES/1325 (2000)",
        "№ 99-ФЗ",
    ]
    assert canonical(text) == ["art 27", "s/res/1325", "res 1325(2000)", "99-фз"]
    assert " ".join(without(text).split()) == "см. Конституции, и ."
    decree = "Указ Президента Российской Федерации от 22 июня 2006 г. № 637"
    assert [decree[s.start : s.end] for s in symbols(decree)] == ["№ 637"]  # the words between stay words


@pytest.mark.parametrize(
    "text",
    [
        *("", "he/she", "and/or", "24/7", "w/2", "a/5", "10/12/2020", "1948–1950", "5 статей", "2023-05-01 straipsnio"),
        *("статья", "статьи о праве", "article", "the art of 2", "первая статья", "n/a", "km/h 50", "1/2", "§", "ФЗ"),
        *("resolution of 5 May", "https://example.com/a/b/1", "Москва, 2022", "старт 27", "part 27", "partisan 27"),
    ],
)
def test_what_only_looks_like_a_symbol_is_none(text: str) -> None:
    assert not canonical(text)


def test_who_is_meant_by_a_bare_resolution() -> None:
    assert set(equivalents("res 53/1")) == {"res 53/1", "a/res/53/1", "a/hrc/res/53/1", "e/res/53/1"}
    assert equivalents("a/res/53/1") == ("a/res/53/1", "res 53/1")
    assert "a/hrc/res/53/1" not in equivalents("a/res/53/1")
    assert equivalents("res 1325(2000)") == ("res 1325(2000)",)
    assert equivalents("99-фз") == ("99-фз",)


def test_own_symbols_are_not_those_mentioned() -> None:
    head = (
        "United Nations A/RES/79/225\nGeneral Assembly Distr.: General\nResolution adopted by the General Assembly\n"
        "[on the report of the Third Committee (A/79/458,\nA/79/459)]\nRecalling resolution 70/1 of 2015"
    )
    assert own_symbols(head=head) == {"a/res/79/225"}
    assert own_symbols(title="О соотечественниках, № 99-ФЗ, ст. 27") == {"99-фз"}
    assert own_symbols(names=["A_RES_79_225-EN", "a-hrc-res-15-5", "guide to 62-FZ"]) == {
        "a/res/79/225",
        "a/hrc/res/15/5",
    }
    assert own_symbols(names=["S_RES_1325_2000"]) == {"s/res/1325", "res 1325(2000)"}
    assert own_symbols(names=["a-res-217-iii"]) == {"a/res/217(iii)"}
    assert own_symbols(end="Президент\nМосква, Кремль\n24 мая 1999 года\n№ 99-ФЗ") == {"99-фз"}
    assert own_symbols(end="пришёл на смену закону от 31 мая 2002 года № 62-ФЗ.") == set()


@pytest.mark.parametrize(
    "piece", ["a/", "a/1.", "ст. ", "п. 1 ", "1, ", "указ ", "resolution ", "№", "99-", "§ 1–", "(", "İ", "A/RES/1 "]
)
def test_hostile_texts_take_no_time(piece: str) -> None:
    text = piece * (20_000 // len(piece))
    started = time.perf_counter()
    found = symbols(text)
    assert time.perf_counter() - started < 5
    assert all(0 <= symbol.start < symbol.end <= len(text) for symbol in found)
