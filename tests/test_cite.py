"""Locators and citations in the reader's language, and never a number that the document does not show."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kb.cite import citation, date_words, locator, span
from kb.model import Document, Provision, ProvisionKind


def provision(eid: str, kind: ProvisionKind, num: str | None = None, marker: str = "", ordinal: int = 1) -> Provision:
    return Provision(eid, kind, None, num, marker or num or "", ordinal, 0, 0, 0, None)


OP = provision("op", "operative")
SEED = Document(
    id="seed",
    path="seed.md",
    sha256="",
    media_type="text/markdown",
    text="",
    blocks=(),
    title="Резолюция Всемирной тематической конференции «Экономическое сотрудничество»",
    body="Всемирная тематическая конференция",
    place="Москва",
    date="2022-11-01",
    date_to="2022-11-02",
)
PLAIN = replace(SEED, title="T", body="", place="", date="", date_to="")


@pytest.mark.parametrize(
    ("chain", "headings", "ru", "en"),
    [
        (
            [OP, provision("op__item_21", "item", marker="-", ordinal=21)],
            {},
            "тире 21 постановляющей части",
            "operative part, 21st indent",
        ),
        ([OP, provision("op_3", "item", "3.")], {}, "п. 3", "operative para. 3"),
        (
            [OP, provision("op_3", "item", "3."), provision("x", "item", marker="–", ordinal=2)],
            {},
            "п. 3, тире 2",
            "operative para. 3, indent 2",
        ),
        (
            [OP, provision("op_3", "item", "3."), provision("x", "item", "(a)")],
            {},
            "п. 3, подп. a",
            "operative para. 3 (a)",
        ),
        ([OP, provision("op_3", "item", "3."), provision("x", "item", "3.1.")], {}, "п. 3.1", "operative para. 3.1"),
        (
            [OP, provision("op__formula", "formula")],
            {},
            "вводные слова постановляющей части",
            "opening words of the operative part",
        ),
        (
            [provision("preamble", "other"), provision("rec_2", "recital", ordinal=2)],
            {},
            "абз. 2 преамбулы",
            "preamble, para. 2",
        ),
        (
            [provision("art_10", "article", "Статья 10."), provision("x", "item", "2."), provision("y", "item", "1)")],
            {},
            "ст. 10, ч. 2, п. 1",
            "Статья 10, para. 2, point 1",
        ),
        ([provision("art_36", "article", "Article 36")], {}, "Article 36", "Article 36"),
        (
            [provision("sec_1", "section"), provision("sec_1__p_3", "other", ordinal=3)],
            {"sec_1": "Кто поможет"},
            "раздел «Кто поможет», абз. 3",
            "section “Кто поможет”, para. 3",
        ),
        ([provision("sec_2", "section", "2.1")], {"sec_2": "X"}, "разд. 2.1", "section 2.1"),
        ([provision("preface", "heading")], {}, "заголовок", "title"),
    ],
)
def test_locator(chain: list[Provision], headings: dict[str, str], ru: str, en: str) -> None:
    assert locator(chain, headings, PLAIN, "ru") == ru
    assert locator(chain, headings, PLAIN, "en") == en
    assert locator(chain, headings, PLAIN, "lv") == en


def test_record_of_a_code_is_cited_by_its_own_number() -> None:
    article = replace(PLAIN, number="ст. 10", work="Гражданский кодекс", title="Пределы осуществления прав")
    place = locator([provision("para_2", "item", "2.")], {}, article, "ru")
    assert place == "ст. 10, ч. 2"
    inside = [provision("art_10", "article", "ст. 10"), provision("art_10__para_2", "item", "2.")]
    assert locator(inside, {}, article, "ru") == place
    assert citation(replace(article, title=""), place, None, "ru") == "Гражданский кодекс, ст. 10, ч. 2"
    assert citation(article, place, None, "ru") == "Гражданский кодекс: Пределы осуществления прав, ст. 10, ч. 2"


def test_citation_names_body_once_and_the_page() -> None:
    assert citation(SEED, "п. 3", 2, "ru") == (
        "Резолюция Всемирной тематической конференции «Экономическое сотрудничество»"
        " (Москва, 1–2 ноября 2022 г.), п. 3, с. 2"
    )
    assert citation(replace(SEED, title="Resolution 5", body="General Assembly"), "x", None, "en") == (
        "Resolution 5, General Assembly (Москва, 1–2 November 2022), x"
    )


@pytest.mark.parametrize(
    ("date", "date_to", "en"),
    [
        ("2022-11-01", "", "1 November 2022"),
        ("2022-10-31", "2022-11-02", "31 October – 2 November 2022"),
        ("2021-12-31", "2022-01-02", "31 December 2021 – 2 January 2022"),
        ("2022-11", "", "November 2022"),
        ("2022", "", "2022"),
        ("2022-02-30", "", "2022-02-30"),
        ("", "", ""),
    ],
)
def test_dates(date: str, date_to: str, en: str) -> None:
    assert date_words(replace(PLAIN, date=date, date_to=date_to), "en") == en


def test_joined_neighbours() -> None:
    assert span("section 2, para. 1", "section 2, para. 3") == "section 2, para. 1–3"
    assert span("para. 1", "table 1") == "para. 1 – table 1"
