"""Locators and citations in the reader's language, and never a number that the document does not show."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from kb.cite import READERS, citation, date_words, locator, span
from kb.cite_words import DIVISIONS, WORDS
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
    assert locator(chain, headings, PLAIN, "fi") == en, "a language that has no table"


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
    assert span("Article 9", "Article 11") == "Article 9–11"
    assert span("section “On work”", "section “On pay”") == "section “On work” – section “On pay”"
    assert span("3 punktas", "3 punkto 2 pastraipa", "lt") == "3 punktas – 3 punkto 2 pastraipa"
    assert span("3 punkto 1 įtrauka", "4 punkto 1 įtrauka", "lt") == "3 punkto 1 įtrauka – 4 punkto 1 įtrauka"


TEN, PARA = provision("art_10", "article", "Статья 10."), provision("op_3", "item", "3.")
NAMED = {"sec_1": "Кто поможет"}
PLACES: dict[str, list[Provision]] = {
    "title": [provision("preface", "heading")],
    "recital": [provision("preamble", "other"), provision("rec_2", "recital", ordinal=2)],
    "formula": [OP, provision("op__formula", "formula")],
    "operative part": [OP],
    "indent": [OP, provision("op__item_21", "item", marker="-", ordinal=21)],
    "list item": [OP, provision("op__item_4", "item", marker="•", ordinal=4)],
    "paragraph": [OP, PARA],
    "its indent": [OP, PARA, provision("x", "item", marker="–", ordinal=2)],
    "its letter": [OP, PARA, provision("x", "item", "(a)")],
    "its text": [OP, PARA, provision("x", "other", ordinal=2)],
    "its number": [OP, PARA, provision("x", "item", "3.1.")],
    "article": [provision("art_36", "article", "Article 36")],
    "its point": [TEN, provision("x", "item", "2."), provision("y", "item", "1)")],
    "sign": [provision("art_27", "article", "§ 27"), provision("x", "item", "2.")],
    "pants": [provision("art_5", "article", "5. pants"), provision("x", "other", ordinal=3)],
    "Roman": [provision("art_4", "article", "Article IV"), provision("x", "item", "2.")],
    "annex": [provision("annex_2", "section", "Приложение № 2"), provision("x", "other", ordinal=3)],
    "one annex": [provision("annex", "section", "Annex")],
    "chapter": [provision("chp_2", "section", "II skyrius")],
    "section": [provision("sec_2", "section", "2.1"), provision("x", "table", ordinal=1)],
    "named": [provision("sec_1", "section"), provision("sec_1__p_3", "other", ordinal=3)],
}
WANTED: dict[str, dict[str, str]] = {
    "de": {
        "title": "Titel",
        "recital": "Präambel, Abs. 2",
        "formula": "Eingangsworte des operativen Teils",
        "operative part": "operativer Teil",
        "indent": "21. Spiegelstrich des operativen Teils",
        "list item": "4. Listenpunkt des operativen Teils",
        "paragraph": "Ziff. 3",
        "its indent": "Ziff. 3 Spiegelstrich 2",
        "its letter": "Ziff. 3 Buchst. a",
        "its text": "Ziff. 3 Unterabs. 2",
        "its number": "Ziff. 3.1",
        "article": "Art. 36",
        "its point": "Art. 10 Abs. 2 Nr. 1",
        "sign": "§ 27 Abs. 2",
        "pants": "Art. 5 Abs. 3",
        "Roman": "Art. IV Abs. 2",
        "annex": "Anhang 2, Abs. 3",
        "one annex": "Anhang",
        "chapter": "Kapitel II",
        "section": "Abschnitt 2.1, Tabelle 1",
        "named": "Abschnitt „Кто поможет“, Abs. 3",
    },
    "es": {
        "title": "título",
        "recital": "párr. 2 del preámbulo",
        "formula": "encabezamiento de la parte dispositiva",
        "operative part": "parte dispositiva",
        "indent": "guion 21 de la parte dispositiva",
        "list item": "viñeta 4 de la parte dispositiva",
        "paragraph": "párr. 3",
        "its indent": "párr. 3, guion 2",
        "its letter": "párr. 3, letra a)",
        "its text": "párr. 3, párr. 2",
        "its number": "párr. 3.1",
        "article": "art. 36",
        "its point": "art. 10, apdo. 2, punto 1",
        "sign": "§ 27, apdo. 2",
        "pants": "art. 5, párr. 3",
        "Roman": "art. IV, apdo. 2",
        "annex": "anexo 2, párr. 3",
        "one annex": "anexo",
        "chapter": "capítulo II",
        "section": "sección 2.1, cuadro 1",
        "named": "sección «Кто поможет», párr. 3",
    },
    "fr": {
        "title": "titre",
        "recital": "al. 2 du préambule",
        "formula": "formule introductive du dispositif",
        "operative part": "dispositif",
        "indent": "tiret 21 du dispositif",
        "list item": "puce 4 du dispositif",
        "paragraph": "par. 3",
        "its indent": "par. 3, tiret 2",
        "its letter": "par. 3, a)",
        "its text": "par. 3, al. 2",
        "its number": "par. 3.1",
        "article": "art. 36",
        "its point": "art. 10, par. 2, point 1",
        "sign": "§ 27, par. 2",
        "pants": "art. 5, al. 3",
        "Roman": "art. IV, par. 2",
        "annex": "annexe 2, al. 3",
        "one annex": "annexe",
        "chapter": "chapitre II",
        "section": "section 2.1, tableau 1",
        "named": "section « Кто поможет », al. 3",
    },
    "kk": {
        "title": "тақырыбы",
        "recital": "преамбуланың 2-абзацы",
        "formula": "қарар бөлігінің кіріспе сөздері",
        "operative part": "қарар бөлігі",
        "indent": "қарар бөлігінің 21-сызықшасы",
        "list item": "қарар бөлігі тізімінің 4-тармағы",
        "paragraph": "3-тармақ",
        "its indent": "3-тармақ, 2-сызықша",
        "its letter": "3-тармақ, a) тармақша",
        "its text": "3-тармақ, 2-абзац",
        "its number": "3.1-тармақ",
        "article": "36-бап",
        "its point": "10-бап, 2-тармақ, 1-тармақша",
        "sign": "27-§, 2-тармақ",
        "pants": "5-бап, 3-абзац",
        "Roman": "IV бап, 2-тармақ",
        "annex": "2-қосымша, 3-абзац",
        "one annex": "қосымша",
        "chapter": "II тарау",
        "section": "2.1-бөлім, 1-кесте",
        "named": "«Кто поможет» бөлімі, 3-абзац",
    },
    "lv": {
        "title": "nosaukums",
        "recital": "preambulas 2. rindkopa",
        "formula": "rezolutīvās daļas ievadvārdi",
        "operative part": "rezolutīvā daļa",
        "indent": "rezolutīvās daļas 21. ievilkums",
        "list item": "rezolutīvās daļas saraksta 4. punkts",
        "paragraph": "3. punkts",
        "its indent": "3. punkta 2. ievilkums",
        "its letter": "3. punkta a) apakšpunkts",
        "its text": "3. punkta 2. rindkopa",
        "its number": "3.1. punkts",
        "article": "36. pants",
        "its point": "10. panta 2. daļas 1. punkts",
        "sign": "27. § 2. daļa",
        "pants": "5. panta 3. rindkopa",
        "Roman": "IV panta 2. daļa",
        "annex": "2. pielikums, 3. rindkopa",
        "one annex": "pielikums",
        "chapter": "II nodaļa",
        "section": "2.1. sadaļa, 1. tabula",
        "named": "sadaļa „Кто поможет”, 3. rindkopa",
    },
    "lt": {
        "title": "pavadinimas",
        "recital": "preambulės 2 pastraipa",
        "formula": "rezoliucinės dalies įžanginiai žodžiai",
        "operative part": "rezoliucinė dalis",
        "indent": "rezoliucinės dalies 21 įtrauka",
        "list item": "rezoliucinės dalies sąrašo 4 punktas",
        "paragraph": "3 punktas",
        "its indent": "3 punkto 2 įtrauka",
        "its letter": "3 punkto a papunktis",
        "its text": "3 punkto 2 pastraipa",
        "its number": "3.1 punktas",
        "article": "36 straipsnis",
        "its point": "10 straipsnio 2 dalies 1 punktas",
        "sign": "27 § 2 dalis",
        "pants": "5 straipsnio 3 pastraipa",
        "Roman": "IV straipsnio 2 dalis",
        "annex": "2 priedas, 3 pastraipa",
        "one annex": "priedas",
        "chapter": "II skyrius",
        "section": "2.1 skirsnis, 1 lentelė",
        "named": "skirsnis „Кто поможет“, 3 pastraipa",
    },
    "et": {
        "title": "pealkiri",
        "recital": "preambuli 2. lõik",
        "formula": "resolutiivosa sissejuhatavad sõnad",
        "operative part": "resolutiivosa",
        "indent": "resolutiivosa 21. taane",
        "list item": "resolutiivosa loetelu 4. punkt",
        "paragraph": "p 3",
        "its indent": "p 3 taane 2",
        "its letter": "p 3 alapunkt a",
        "its text": "p 3 lõik 2",
        "its number": "p 3.1",
        "article": "art 36",
        "its point": "art 10 lg 2 p 1",
        "sign": "§ 27 lg 2",
        "pants": "art 5 lõik 3",
        "Roman": "art IV lg 2",
        "annex": "lisa 2, lõik 3",
        "one annex": "lisa",
        "chapter": "II peatükk",
        "section": "jaotis 2.1, tabel 1",
        "named": "jaotis „Кто поможет“, lõik 3",
    },
    "uk": {
        "title": "заголовок",
        "recital": "абз. 2 преамбули",
        "formula": "вступні слова резолютивної частини",
        "operative part": "резолютивна частина",
        "indent": "тире 21 резолютивної частини",
        "list item": "пункт списку 4 резолютивної частини",
        "paragraph": "п. 3",
        "its indent": "п. 3, тире 2",
        "its letter": "п. 3, підп. a",
        "its text": "п. 3, абз. 2",
        "its number": "п. 3.1",
        "article": "ст. 36",
        "its point": "ст. 10, ч. 2, п. 1",
        "sign": "§ 27, ч. 2",
        "pants": "ст. 5, абз. 3",
        "Roman": "ст. IV, ч. 2",
        "annex": "додаток 2, абз. 3",
        "one annex": "додаток",
        "chapter": "глава II",
        "section": "розд. 2.1, таблиця 1",
        "named": "розділ «Кто поможет», абз. 3",
    },
    "he": {
        "title": "כותרת",
        "recital": "פסקה 2 של המבוא",
        "formula": "מילות הפתיחה של החלק האופרטיבי",
        "operative part": "החלק האופרטיבי",
        "indent": "מקף 21 של החלק האופרטיבי",
        "list item": "פריט 4 ברשימת החלק האופרטיבי",
        "paragraph": "סעיף 3",
        "its indent": "סעיף 3, מקף 2",
        "its letter": "סעיף 3(a)",
        "its text": "סעיף 3, פסקה 2",
        "its number": "סעיף 3.1",
        "article": "סעיף 36",
        "its point": "סעיף 10(2)(1)",
        "sign": "§ 27(2)",
        "pants": "סעיף 5, פסקה 3",
        "Roman": "סעיף IV(2)",
        "annex": "נספח 2, פסקה 3",
        "one annex": "נספח",
        "chapter": "פרק II",
        "section": "פרק 2.1, טבלה 1",
        "named": "פרק ”Кто поможет”, פסקה 3",
    },
}
LANGUAGES = sorted(WANTED)


@pytest.mark.parametrize("reader", LANGUAGES)
def test_every_place_in_the_language(reader: str) -> None:
    assert {name: locator(chain, NAMED, PLAIN, reader) for name, chain in PLACES.items()} == WANTED[reader]


@pytest.mark.parametrize("reader", LANGUAGES)
def test_no_english_is_left(reader: str) -> None:
    english = {word for said in WORDS["en"].values() for word in re.findall(r"[a-z]{2,}", said)} - {"nth", "heading"}
    english |= {"article", "chapter", "annex", "part"}
    shared = {"fr": {"section", "point"}}.get(reader, set())
    for place in WANTED[reader].values():
        said = citation(replace(SEED, body="", place=""), place, 2, reader).removeprefix(SEED.title)
        assert not (set(re.findall(r"[a-zà-ž]{2,}", said.casefold())) - shared) & english, said


def test_every_table_has_all_words() -> None:
    def own(reader: str) -> set[str]:
        return {key for key in WORDS[reader] if not re.search(r"_(in|of|many)$", key)} - {"between", "bracket"}

    assert set(READERS) == {"ru", "en", *LANGUAGES}
    assert own("ru") == own("en") == own("de") - set(DIVISIONS) | {"section"}
    assert all(own(reader) == own("de") for reader in LANGUAGES)
    for reader, table in WORDS.items():
        for key in table:
            assert re.sub(r"(_in|_of|_many)+$", "", key) in table, f"{reader}: {key}"


@pytest.mark.parametrize(
    ("reader", "first", "indents", "points", "texts"),
    [
        (
            "ru",
            "п. 3 – ст. 10, ч. 2, п. 1",
            "тире 21–23 постановляющей части",
            "ст. 10, ч. 2, п. 1–3",
            "раздел «Кто поможет», абз. 3–5",
        ),
        (
            "en",
            "operative para. 3 – Статья 10, para. 2, point 1",
            "operative part, 21st–23rd indents",
            "Статья 10, para. 2, point 1–3",
            "section “Кто поможет”, para. 3–5",
        ),
        (
            "de",
            "Ziff. 3 – Art. 10 Abs. 2 Nr. 1",
            "21.–23. Spiegelstrich des operativen Teils",
            "Art. 10 Abs. 2 Nr. 1–3",
            "Abschnitt „Кто поможет“, Abs. 3–5",
        ),
        (
            "es",
            "párr. 3 – art. 10, apdo. 2, punto 1",
            "guiones 21–23 de la parte dispositiva",
            "art. 10, apdo. 2, puntos 1–3",
            "sección «Кто поможет», párr. 3–5",
        ),
        (
            "fr",
            "par. 3 – art. 10, par. 2, point 1",
            "tirets 21–23 du dispositif",
            "art. 10, par. 2, points 1–3",
            "section « Кто поможет », al. 3–5",
        ),
        (
            "kk",
            "3-тармақ – 10-бап, 2-тармақ, 1-тармақша",
            "қарар бөлігінің 21–23-сызықшалары",
            "10-бап, 2-тармақ, 1–3-тармақшалар",
            "«Кто поможет» бөлімі, 3–5-абзацтар",
        ),
        (
            "lv",
            "3. punkts – 10. panta 2. daļas 1. punkts",
            "rezolutīvās daļas 21.–23. ievilkums",
            "10. panta 2. daļas 1.–3. punkts",
            "sadaļa „Кто поможет”, 3.–5. rindkopa",
        ),
        (
            "lt",
            "3 punktas – 10 straipsnio 2 dalies 1 punktas",
            "rezoliucinės dalies 21–23 įtraukos",
            "10 straipsnio 2 dalies 1–3 punktai",
            "skirsnis „Кто поможет“, 3–5 pastraipos",
        ),
        (
            "et",
            "p 3 – art 10 lg 2 p 1",
            "resolutiivosa 21.–23. taane",
            "art 10 lg 2 p 1–3",
            "jaotis „Кто поможет“, lõigud 3–5",
        ),
        (
            "uk",
            "п. 3 – ст. 10, ч. 2, п. 1",
            "тире 21–23 резолютивної частини",
            "ст. 10, ч. 2, п. 1–3",
            "розділ «Кто поможет», абз. 3–5",
        ),
        (
            "he",
            "סעיף 3 – סעיף 10(2)(1)",
            "מקפים 21–23 של החלק האופרטיבי",
            "סעיף 10(2)(1)–(3)",
            "פרק ”Кто поможет”, פסקאות 3–5",
        ),
    ],
)
def test_neighbours_join_in_every_language(reader: str, first: str, indents: str, points: str, texts: str) -> None:
    def joined(start: list[Provision], end: list[Provision]) -> str:
        return span(locator(start, NAMED, PLAIN, reader), locator(end, NAMED, PLAIN, reader), reader)

    def later(name: str, num: str | None) -> list[Provision]:
        *above, last = PLACES[name]
        return [*above, replace(last, num=num, ordinal=last.ordinal + 2)]

    assert joined(PLACES["paragraph"], PLACES["its point"]) == first
    assert joined(PLACES["indent"], later("indent", None)) == indents
    assert joined(PLACES["its point"], later("its point", "3)")) == points
    assert joined(PLACES["named"], later("named", None)) == texts


@pytest.mark.parametrize(
    ("reader", "spanned", "across", "page"),
    [
        ("ru", "1–2 ноября 2022 г.", "31 октября – 2 ноября 2022 г.", "с. 2"),
        ("de", "1.–2. November 2022", "31. Oktober – 2. November 2022", "S. 2"),
        ("es", "1–2 de noviembre de 2022", "31 de octubre – 2 de noviembre de 2022", "p. 2"),
        ("fr", "1er–2 novembre 2022", "31 octobre – 2 novembre 2022", "p. 2"),
        ("kk", "2022 ж. 1–2 қараша", "2022 ж. 31 қазан – 2 қараша", "2-б."),
        ("lv", "2022. gada 1.–2. novembris", "2022. gada 31. oktobris – 2. novembris", "2. lpp."),
        ("lt", "2022 m. lapkričio 1–2 d.", "2022 m. spalio 31 d. – lapkričio 2 d.", "p. 2"),
        ("et", "1.–2. november 2022", "31. oktoober – 2. november 2022", "lk 2"),
        ("uk", "1–2 листопада 2022 р.", "31 жовтня – 2 листопада 2022 р.", "с. 2"),
        ("he", "1–2 בנובמבר 2022", "31 באוקטובר – 2 בנובמבר 2022", "עמ׳ 2"),
    ],
)
def test_dates_and_pages_in_every_language(reader: str, spanned: str, across: str, page: str) -> None:
    assert citation(SEED, "x", 2, reader) == f"{SEED.title} (Москва, {spanned}), x, {page}"
    assert date_words(replace(SEED, date="2022-10-31"), reader) == across


def test_french_counts_only_the_first_of_a_month() -> None:
    assert date_words(replace(PLAIN, date="2022-11-01"), "fr") == "1er novembre 2022"
    assert date_words(replace(PLAIN, date="2022-11-11"), "fr") == "11 novembre 2022"
    assert date_words(replace(PLAIN, date="2022-11"), "fr") == "novembre 2022"


def test_record_is_named_in_the_reader_language() -> None:
    article = replace(PLAIN, number="ст. 10", work="Гражданский кодекс")
    chain = [provision("para_2", "item", "2.")]
    assert locator(chain, {}, article, "de") == "Art. 10 Abs. 2"
    assert locator(chain, {}, article, "lv") == "10. panta 2. daļa"
    assert locator(chain, {}, replace(article, number="I:7"), "lv") == "I:7 2. daļa", "a number that has no such word"
    assert locator(chain, {}, replace(article, number="Artİculo 5"), "lv") == "Artİculo 5 2. daļa"
    assert locator([provision("art", "article"), *chain], {}, PLAIN, "en") == "para. 2", "an article without a number"
    assert locator([provision("op_2", "item", "²")], {}, PLAIN, "fr") == "point ²"
