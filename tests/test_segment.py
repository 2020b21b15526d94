"""Structure: which provisions a text gives, by family and by trap. The texts are written for these tests."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from kb.model import Block, BlockKind, Document, Page, Provision
from kb.read import read_document
from kb.segment import structure


def document(marked: str, **fields: Any) -> Document:
    """A document from lines: `# ` heads (more # deeper), `| ` a table's row, `^ ` a footnote, else a paragraph each.

    A line of `---` is a page's end.
    """
    text = ""
    blocks: list[Block] = []
    pages: list[int] = []
    for line in marked.strip().split("\n"):
        kind: BlockKind = "paragraph"
        level = 0
        if not line.strip():
            continue
        if line.strip() == "---":
            pages.append(len(text) + 1)
            continue
        if match := re.match(r"(#+) ", line):
            kind, level, line = "heading", len(match[1]), line[match.end() :]
        elif line.startswith("^ "):
            kind, line = "footnote", line[2:]
        elif line.startswith("| "):
            kind, line = "table", line[2:]
            if blocks and blocks[-1].kind == "table":
                text += "\n" + line
                blocks[-1] = Block("table", blocks[-1].start, len(text))
                continue
        elif match := re.match(r"( +)- ", line):
            kind, level, line = "item", len(match[1]) // 2, line.lstrip()
        start = len(text) + bool(text)
        text += ("\n" if text else "") + line
        blocks.append(Block(kind, start, len(text), level, "-" if kind == "item" else ""))
    defaults: dict[str, Any] = {"kind": "resolution", "media_type": "text/plain", "path": "x.txt", "sha256": "0" * 64}
    starts = [0, *pages]
    spans = tuple(
        Page(number, start, end)
        for number, (start, end) in enumerate(zip(starts, [*pages, len(text)], strict=True), 1)
        if pages
    )
    return Document(id="x", text=text, blocks=tuple(blocks), pages=spans, **(defaults | fields))


def check_whole(source: Document, provisions: Sequence[Provision]) -> None:
    """Nothing lost, nothing twice, in order: what holds of every document."""
    text = source.text
    owned = [0] * len(text)
    for provision in provisions:
        for at in range(provision.start, provision.end):
            owned[at] += 1
        if provision.marker:
            at = text.rfind(provision.marker, 0, provision.start)
            between = text[at + len(provision.marker) : provision.start]
            assert at >= 0
            assert not between.strip(" .:–—-\t\u00a0\n"), (provision, between)
            for place in range(at, provision.start):
                owned[place] += 1
        else:
            assert provision.num is None or provision.num == source.number
    for at, character in enumerate(text):
        assert character.isspace() or owned[at] == 1, (owned[at], text[max(at - 60, 0) : at + 60])
    assert all(before.end <= after.start for before, after in pairwise(provisions))
    eids = [provision.eid for provision in provisions]
    assert len(set(eids)) == len(eids)
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+", eid) for eid in eids)
    seen: dict[str, Provision] = {}
    ordinals: dict[tuple[str | None, str], int] = {}
    for provision in provisions:
        assert provision.parent is None or provision.parent in seen
        assert provision.level == (seen[provision.parent].level + 1 if provision.parent else 0)
        key = provision.parent, provision.kind
        ordinals[key] = ordinals.get(key, 0) + 1
        assert provision.ordinal == ordinals[key]
        seen[provision.eid] = provision


def outline(source: Document) -> list[str]:
    """Provisions as `eid words`, the words cut to 24 characters, after checking that nothing is lost."""
    provisions = structure(source)
    check_whole(source, provisions)
    return [f"{p.eid} {source.text[p.start : p.end][:24]}".strip().replace("\n", "/") for p in provisions]


def parts(source: Document) -> dict[str, Provision]:
    provisions = structure(source)
    check_whole(source, provisions)
    return {provision.eid: provision for provision in provisions}


SEED = "resolution-2022-11-02-economic-cooperation.md"


def seed_path(root: Path) -> Path:
    places = [root / "corpus" / "resolution" / SEED, root.parent / "shared" / "seed" / SEED]
    return next(place for place in places if place.is_file())


# -- the seed ---------------------------------------------------------------------------------------------------------


def test_the_seed(root: Path) -> None:
    source = read_document(seed_path(root), document_id="seed", relative="resolution/seed.md")
    found = parts(source)
    assert list(found)[:6] == ["preface", "preamble", "rec_1", "rec_2", "op", "op__formula"]
    items = [provision for provision in found.values() if provision.kind == "item"]
    assert [item.eid for item in items] == [f"op__item_{number}" for number in range(1, 23)]
    assert {(item.parent, item.num, item.marker, item.level) for item in items} == {("op", None, "-", 1)}
    assert [item.ordinal for item in items] == list(range(1, 23))
    assert len(found) == 28
    words = {eid: source.text[p.start : p.end] for eid, p in found.items()}
    assert words["preface"].startswith("Резолюция")
    assert words["preface"].endswith("ноября 2022 года)")
    assert words["op__formula"].endswith("считают необходимым:")
    assert found["op__formula"].kind == "formula"
    assert found["op__formula"].parent == "op"
    assert words["op__item_1"].startswith("выразить поддержку")
    assert words["op__item_11"].endswith("Россией;")
    assert "Учесть его итоги" in words["op__item_11"]
    assert words["op__item_15"].startswith("содействовать деятельности Фонда")
    assert "pravanashih.com" in words["op__item_15"]
    assert words["op__item_15"].endswith("корпорацией «Синергия»;")
    assert words["op__item_21"].startswith("председателю Всемирного")
    assert words["op__item_22"].startswith("опубликовать резолюцию")
    assert words["preamble"] == words["op"] == ""


def test_the_seed_with_its_broken_link_on_a_line_of_its_own(root: Path) -> None:
    lines = [line.strip().strip("*").strip() for line in seed_path(root).read_text(encoding="utf-8").split("\n")]
    source = document("\n".join(lines))
    found = parts(source)
    assert sum(provision.kind == "item" for provision in found.values()) == 22
    item = found["op__item_15"]
    assert source.text[item.start : item.end].endswith(
        "соотечественников»\n(<https://pravanashih.com>), реализуемом "
        "«Ассоциацией юристов России» и корпорацией «Синергия»;"
    )


# -- Russian resolutions ----------------------------------------------------------------------------------------------


def test_numbers_with_nested_dashes_and_prose_after_them() -> None:
    source = document("""
Резолюция
Региональной конференции соотечественников
(30-31 мая 2018 г., г. Осака, Япония)
Участники конференции (далее – Конференция), обсудив итоги работы советов, решили:
1. Принять к сведению проект концепции Конгресса. Согласиться с темами секций:
- «Защита прав соотечественников»;
- «Молодёжь в жизни общины».
Сформулировать предложения до 1 сентября 2018 г.
2. Продолжить работу по консолидации общины.
Создать рабочие группы по основным направлениям.
3. Рекомендовать страновым советам:
3.1. провести конференции;
3.2. избрать делегатов:
а) от молодёжи;
б) от ветеранов;
3.3. доложить о выполнении пункта 2 настоящей резолюции.
4. Следующую конференцию провести в 2019 году.
Участники выражают благодарность Посольству.
Председатель И.И. Иванов
""")
    assert outline(source) == [
        "preface Резолюция/Региональной к",
        "op",
        "op__formula Участники конференции (д",
        "op_1 Принять к сведению проек",
        "op_1__item_1 «Защита прав соотечестве",
        "op_1__item_2 «Молодёжь в жизни общины",
        "op_1__p_1 Сформулировать предложен",
        "op_2 Продолжить работу по кон",
        "op_2__p_1 Создать рабочие группы п",
        "op_3 Рекомендовать страновым",
        "op_3__item_1 провести конференции;",
        "op_3__item_2 избрать делегатов:",
        "op_3__item_2__item_1 от молодёжи;",
        "op_3__item_2__item_2 от ветеранов;",
        "op_3__item_3 доложить о выполнении пу",
        "op_4 Следующую конференцию пр",
        "p_1 Участники выражают благо",
        "p_2 Председатель И.И. Иванов",
    ]
    found = parts(source)
    assert (found["op_3"].num, found["op_3"].parent, found["op_3"].kind) == ("3.", "op", "item")
    assert found["op_3__item_2"].num == "3.2."
    assert (found["op_3__item_2__item_2"].num, found["op_3__item_2__item_2"].level) == ("б)", 3)
    assert (found["op_1__item_1"].num, found["op_1__item_1"].marker) == (None, "-")
    assert found["p_2"].kind == "other"


def test_participles_behind_dashes_are_recitals_and_a_lower_case_formula_opens_the_list() -> None:
    source = document("""
Резолюция Всемирного конгресса соотечественников (Москва, 15-16 октября 2021 года).
Мы, делегаты Всемирного конгресса, представляющие организации из 102 стран мира,
- отмечая важность положений Конституции о поддержке соотечественников;
- выражая благодарность объединениям за работу
считаем важным:
- укреплять единство;
- рекомендовать советам:
- проведение форумов;
- создание школ;
- развивать сотрудничество. Учесть опыт регионов
- поддержать СМИ.
Рекомендуем Всемирному совету:
– доложить о ходе реализации в 2022 году;
– опубликовать резолюцию
""")
    assert outline(source) == [
        "preface Резолюция Всемирного кон",
        "preamble",
        "preamble__formula Мы, делегаты Всемирного",
        "rec_1 отмечая важность положен",
        "rec_2 выражая благодарность об",
        "op",
        "op__formula считаем важным:",
        "op__item_1 укреплять единство;",
        "op__item_2 рекомендовать советам:",
        "op__item_2__item_1 проведение форумов;",
        "op__item_2__item_2 создание школ;",
        "op__item_3 развивать сотрудничество",
        "op__item_4 поддержать СМИ.",
        "op2",
        "op2__formula Рекомендуем Всемирному с",
        "op2__item_1 доложить о ходе реализац",
        "op2__item_2 опубликовать резолюцию",
    ]
    found = parts(source)
    assert (found["rec_1"].marker, found["rec_1"].num, found["rec_1"].parent) == ("-", None, "preamble")
    assert found["op2__item_1"].marker == "–"
    assert found["op2__item_1"].parent == "op2"


def test_several_formulas_and_numbers_that_are_none() -> None:
    source = document("""
РЕЗОЛЮЦИЯ
страновой конференции
г. Берлин, 5 мая 2019 г.
Участники конференции отмечают:
– рост интереса к русскому языку;
– активность молодёжи. Особо отмечена работа клубов
– нехватку учебников
Участники конференции решили:
1. Создать комиссию.
2. Поручить правлению подготовить план в соответствии с пунктом
3. Положения о комиссии.
3. Провести форум в срок до
1. мая и подвести итоги.
2022. В этом году отчёт заслушать.
4. Доложить.
Участники конференции рекомендуют:
• школам – обмениваться опытом;
• СМИ – публиковать материалы.
Обращаются к Правительству Российской Федерации с просьбой:
1) увеличить квоты;
2) упростить порядок выдачи виз.
Резолюция принята единогласно.
Приложение № 1
План мероприятий
1. Форум молодёжи
2. Конкурс чтецов
""")
    assert outline(source) == [
        "preface РЕЗОЛЮЦИЯ/страновой конф",
        "op",
        "op__formula Участники конференции от",
        "op__item_1 рост интереса к русскому",
        "op__item_2 активность молодёжи. Осо",
        "op__item_3 нехватку учебников",
        "op2",
        "op2__formula Участники конференции ре",
        "op2_1 Создать комиссию.",
        "op2_2 Поручить правлению подго",
        "op2_3 Провести форум в срок до",
        "op2_3__p_1 2022. В этом году отчёт",
        "op2_4 Доложить.",
        "op3",
        "op3__formula Участники конференции ре",
        "op3__item_1 школам – обмениваться оп",
        "op3__item_2 СМИ – публиковать матери",
        "op4",
        "op4__formula Обращаются к Правительст",
        "op4_1 увеличить квоты;",
        "op4_2 упростить порядок выдачи",
        "p_1 Резолюция принята единог",
        "sec_1",
        "sec_1__p_1 План мероприятий",
        "sec_1__item_1 Форум молодёжи",
        "sec_1__item_2 Конкурс чтецов",
    ]
    found = parts(source)
    assert source.text[found["op2_2"].start : found["op2_2"].end].endswith("с пунктом\n3. Положения о комиссии.")
    assert source.text[found["op2_3"].start : found["op2_3"].end].endswith("до\n1. мая и подвести итоги.")
    assert (found["sec_1"].num, found["sec_1"].kind) == ("Приложение № 1", "section")


@pytest.mark.parametrize(
    "formula",
    [
        "Участники конференции:",
        "Мы, участники встречи, РЕШИЛИ",
        "ПОСТАНОВЛЯЕМ:",
        "В целях дальнейшей консолидации общины конференция считает целесообразным:",
        "Поручить Правлению:",
        "Делегаты единодушно и без возражений:",
        "The participants therefore hereby agree to:",
        "Les participants recommandent aux associations:",
        "Los participantes acuerdan:",
        "Die Teilnehmer fordern die Mitgliedstaaten auf und empfehlen:",
        "Учасники з'їзду вирішили:",
    ],
)
def test_formulas_are_known_by_verb_subject_or_list(formula: str) -> None:
    source = document(f"Резолюция\nПоложение общины в стране обсуждалось подробно.\n{formula}\n- первое;\n- второе.")
    assert outline(source)[3:5] == ["op", f"op__formula {formula[:24]}".strip()]
    assert [p.eid for p in structure(source) if p.parent == "op"] == ["op__formula", "op__item_1", "op__item_2"]


def test_an_act_with_its_own_list_stays_inside_a_numbered_paragraph() -> None:
    source = document("""
Резолюция
Участники решили:
1. Продолжить работу.
Поручить советам:
- провести форум;
- издать книгу.
2. Доложить.
Просить посольство о помощи.
""")
    assert outline(source)[3:] == [
        "op_1 Продолжить работу.",
        "op_1__p_1 Поручить советам:",
        "op_1__item_1 провести форум;",
        "op_1__item_2 издать книгу.",
        "op_2 Доложить.",
        "op_2__p_1 Просить посольство о пом",
    ]


def test_headings_inside_the_operative_part_keep_its_items_under_it() -> None:
    source = document("""
Резолюция
Участники решили:
ЗАЩИТА ПРАВ
- создать приёмную;
- издать памятку;
РАБОТА С МОЛОДЁЖЬЮ
- провести слёт.
""")
    assert outline(source)[3:] == [
        "op__sec_1 ЗАЩИТА ПРАВ",
        "op__sec_1__item_1 создать приёмную;",
        "op__sec_1__item_2 издать памятку;",
        "op__sec_2 РАБОТА С МОЛОДЁЖЬЮ",
        "op__sec_2__item_1 провести слёт.",
    ]


def test_a_number_list_inside_a_numbered_paragraph_gives_way_to_the_next_paragraph() -> None:
    source = document("""
The Security Council,
Recalling its resolution 1 (1946),
1. Decides to act;
2. Requests a report on:
1. the status of talks;
2. the steps taken;
3. the findings;
3. Decides to remain seized of the matter.
""")
    eids = [p.eid for p in structure(source)]
    assert eids[4:] == ["op_1", "op_2", "op_2__item_1", "op_2__item_2", "op_2__item_3", "op_3"]


def test_items_without_any_marker_after_a_formula() -> None:
    source = document("""
Резолюция
Участники встречи, обсудив положение дел, решили:
просить посольство о содействии;
создать совет организаций;
опубликовать решение.
Председатель собрания А.А. Петрова
""")
    assert outline(source) == [
        "preface Резолюция",
        "op",
        "op__formula Участники встречи, обсуд",
        "op__item_1 просить посольство о сод",
        "op__item_2 создать совет организаци",
        "op__item_3 опубликовать решение.",
        "p_1 Председатель собрания А.",
    ]


def test_a_clause_that_runs_over_a_page_with_a_footnote_between() -> None:
    source = document("""
Резолюция
Участники решили:
- поддержать Международный форум соотечественников,
---
проживающих за рубежом, и выделить
^ 1 Список форумов приложен.
средства на его проведение;
- доложить.
""")
    found = parts(source)
    item = found["op__item_1"]
    assert source.text[item.start : item.end].endswith("соотечественников,\nпроживающих за рубежом, и выделить")
    assert (item.page, found["op__item_2"].page) == (1, 2)
    assert outline(source)[4:] == [
        "op__item_1__fn_1 1 Список форумов приложе",
        "op__item_1__p_1 средства на его проведен",
        "op__item_2 доложить.",
    ]


def test_depth_that_the_reader_saw_nests_equal_dashes() -> None:
    source = document("""
Резолюция
Участники решили:
  - рекомендовать советам:
    - провести форум;
    - создать школу;
  - доложить.
""")
    assert outline(source)[3:] == [
        "op__item_1 рекомендовать советам:",
        "op__item_1__item_1 провести форум;",
        "op__item_1__item_2 создать школу;",
        "op__item_2 доложить.",
    ]


# -- United Nations, Council of Europe --------------------------------------------------------------------------------

UN = {
    "en": """
United Nations
A/RES/79/900
Resolution adopted by the General Assembly on 19 December 2024
[on the report of the Second Committee (A/79/400, para. 12)]
The General Assembly,
Recalling its resolution 78/900 of 19 December 2023,
Recalling also Council resolutions 242 (1967) of 22 November 1967 and
497 (1981) of 17 December 1981,
Gravely concerned at the
situation,
1. Reaffirms the rights of the people;
2. Demands that the parties:
(a) Cease the damage and
loss of resources;
(b) Recognize the following:
(i) The right to restitution;
(ii) The right to water;
(c) Comply with paragraph 3 above;
3. Calls upon all States to act, in accordance with paragraph
4. of the report;
4. Decides to include the item entitled “Sovereignty”.
54th plenary meeting
19 December 2024
""",
    "ru": """
Резолюция 2900 (2021),
принятая Советом Безопасности на его 8809-м заседании 29 июня 2021 года
Совет Безопасности,
ссылаясь на свои предыдущие резолюции,
вновь подтверждая свою приверженность суверенитету,
будучи глубоко обеспокоен ухудшением положения,
1. настоятельно призывает стороны выполнять Соглашение;
2. просит Генерального секретаря:
a) представить доклад;
b) провести обзор;
i) в регионе;
ii) в столице;
c) информировать Совет;
3. ссылается на пункт 2 выше;
4. постановляет продолжать заниматься этим вопросом.
""",
    "fr": """
Résolution sur les langues
L’Assemblée générale,
Rappelant sa résolution 77/1,
Se félicitant des progrès accomplis,
Profondément préoccupée par la situation,
1. Décide de proclamer l’année 2025 ;
2. Prie le Secrétaire général :
a) De présenter un rapport ;
b) De veiller :
i) Au suivi ;
ii) Aux moyens ;
c) De consulter les États ;
3. Invite les États à agir ;
4. Décide de rester saisie de la question.
""",
    "es": """
Resolución sobre los idiomas
El Consejo de Seguridad,
Recordando sus resoluciones anteriores,
Teniendo presente el informe del Secretario General,
Expresando su preocupación,
1. Decide prorrogar el mandato;
2. Exhorta a las partes a:
a) Cesar las hostilidades;
b) Respetar:
i) La tregua;
ii) Los acuerdos;
c) Cooperar;
3. Pide al Secretario General que informe;
4. Decide seguir ocupándose de la cuestión.
""",
}


@pytest.mark.parametrize("language", UN)
def test_the_united_nations_in_four_languages(language: str) -> None:
    source = document(UN[language], language=language)
    found = parts(source)
    eids = [eid for eid in found if not eid.startswith("p_")]
    assert eids == [
        "preface", "preamble", "preamble__formula", "rec_1", "rec_2", "rec_3",
        "op", "op_1", "op_2", "op_2__item_1", "op_2__item_2", "op_2__item_2__item_1", "op_2__item_2__item_2",
        "op_2__item_3", "op_3", "op_4",
    ]  # fmt: skip
    assert all(found[f"op_{number}"].parent == "op" for number in range(1, 5))
    assert found["preamble__formula"].kind == "formula"
    assert source.text[found["op_4"].start : found["op_4"].end].count("\n") == 0


def test_lines_broken_in_the_english_text_come_together_and_the_meeting_stands_apart() -> None:
    source = document(UN["en"])
    found = parts(source)
    words = {eid: source.text[p.start : p.end] for eid, p in found.items()}
    assert words["rec_2"].endswith("1967 and\n497 (1981) of 17 December 1981,")
    assert words["rec_3"] == "Gravely concerned at the\nsituation,"
    assert words["op_2__item_1"] == "Cease the damage and\nloss of resources;"
    assert words["op_3"].endswith("paragraph\n4. of the report;")
    assert (words["p_1"], words["p_2"]) == ("54th plenary meeting", "19 December 2024")
    assert found["op_2__item_3"].num == "(c)"


def test_a_page_of_fixed_width_becomes_paragraphs() -> None:
    source = document("""
The Security Council,
Recalling its previous resolutions and the statements of its President on the
situation in the Area, and in particular the Agreement between the Government of
Sudan and the Movement,
Welcoming the work of the Special Envoy and of the Force and of the Panel in the
Republic, including the steps taken by the parties since then,
1. Decides to extend until 15 May 2019 the mandate of the Force as set out in
paragraph 2 of resolution 1990 (2011) and acting under Chapter VII of the Charter of
the United Nations, further decides to reduce the number of the personnel in the
Area;
Sanctions
2. Requests the Secretary-General to report on the matter to the Council before the
Security Council meets again;
(a) Recalling the Agreement that was signed by the parties to the conflict and by the
Republic of the South;
3. Decides to remain seized of the matter.
""")
    assert (
        outline(source)
        == [
            "preamble",
            "preamble__formula The Security Council,",
            "rec_1 Recalling its previous r",
            "rec_2 Welcoming the work of th",
            "op",
            "op_1 Decides to extend until",
            "op__sec_1 Sanctions",
            "op_2 Requests the Secretary-G",
            "op_2__item_1 Recalling the Agreement",
            "op_3 Decides to remain seized",
        ]
        or outline(source)[2] == "rec_1 Recalling its previous r"
    )
    found = parts(source)
    assert source.text[found["op_1"].start : found["op_1"].end].endswith("in the\nArea;")
    assert found["op_2"].parent == "op__sec_1"
    assert source.text[found["op_2"].start : found["op_2"].end].endswith("Security Council meets again;")


def test_one_decision_without_number_opens_the_operative_part() -> None:
    source = document("""
The Security Council,
Having considered the report of the Secretary-General,
Decides:
(a) To call upon the parties to implement the resolution;
(b) To renew the mandate.
""")
    assert outline(source)[2:] == [
        "rec_1 Having considered the re",
        "op",
        "op__formula Decides:",
        "op__item_1 To call upon the parties",
        "op__item_2 To renew the mandate.",
    ]
    plain = document("""
The Security Council,
Having considered the report of the Secretary-General,
Calls upon the parties to implement the resolution;
Decides to renew the mandate.
""")
    assert outline(plain)[3:] == ["op", "op__item_1 Calls upon the parties t", "op__item_2 Decides to renew the man"]


def test_the_council_of_europe() -> None:
    source = document("""
Resolution 2999 (2022)
Beating loneliness with public measures
Parliamentary Assembly
1. The Assembly notes that the matter has become pressing.
2. In the light of these considerations, the Assembly urges member States to:
2.1. regarding access:
2.1.1. ensure it;
2.1.2. support it;
2.2. regarding information, see paragraph 2.1 above.
3. The Assembly invites the Secretary General:
3.1. to report.
""")
    assert outline(source) == [
        "preface Resolution 2999 (2022)/B",
        "op",
        "op_1 The Assembly notes that",
        "op_2 In the light of these co",
        "op_2__item_1 regarding access:",
        "op_2__item_1__item_1 ensure it;",
        "op_2__item_1__item_2 support it;",
        "op_2__item_2 regarding information, s",
        "op_3 The Assembly invites the",
        "op_3__item_1 to report.",
    ]
    assert parts(source)["op_2__item_1__item_2"].num == "2.1.2."


# -- laws and treaties ------------------------------------------------------------------------------------------------


def test_a_russian_law() -> None:
    source = document(
        """
Федеральный закон
О политике в отношении соотечественников
Принят 5 марта 1999 года
Раздел I. Общие положения
Глава 1. Основы
Статья 1. Понятие соотечественника
1. Соотечественниками являются лица, родившиеся в одном государстве.
2. Под понятием понимаются:
1) граждане:
а) проживающие за рубежом;
б) временно находящиеся там;
2) потомки.
Если иное не установлено договором, часть 2 применяется.
3. Пункт 2 не применяется.
Статья 2
Правовая основа
Отношения регулируются Конституцией.
Статьи 5 и 6 применяются также.
Статья 3 настоящего Закона действует.
Статья 4 Закона о гражданстве применяется к этим отношениям во всех случаях.
Лица вправе:
1) жаловаться;
2) просить.
Порядок устанавливается законом.
Глава 2
ГАРАНТИИ
Статья 14.1. Изменения
Внести изменение, изложив статью 5 в следующей редакции:
«Статья 5. Новая редакция
1. Текст нормы.
2. Ещё текст.».
Статья 15. Вступление в силу
Закон вступает в силу со дня опубликования.
Президент Российской Федерации
Москва, Кремль
""",
        kind="law",
    )
    assert outline(source) == [
        "preface Федеральный закон/О поли",
        "sec_1 Общие положения",
        "sec_1__sec_1 Основы",
        "art_1 Понятие соотечественника",
        "art_1__para_1 Соотечественниками являю",
        "art_1__para_2 Под понятием понимаются:",
        "art_1__para_2__item_1 граждане:",
        "art_1__para_2__item_1__item_1 проживающие за рубежом;",
        "art_1__para_2__item_1__item_2 временно находящиеся там",
        "art_1__para_2__item_2 потомки.",
        "art_1__para_2__p_1 Если иное не установлено",
        "art_1__para_3 Пункт 2 не применяется.",
        "art_2 Правовая основа",
        "art_2__p_1 Отношения регулируются К",
        "art_2__p_2 Статьи 5 и 6 применяются",
        "art_2__p_3 Статья 3 настоящего Зако",
        "art_2__p_4 Статья 4 Закона о гражда",
        "art_2__p_5 Лица вправе:",
        "art_2__para_1 жаловаться;",
        "art_2__para_2 просить.",
        "art_2__p_6 Порядок устанавливается",
        "sec_1__sec_2 ГАРАНТИИ",
        "art_14.1 Изменения",
        "art_14.1__p_1 Внести изменение, изложи",
        "art_14.1__p_2 «Статья 5. Новая редакци",
        "art_14.1__p_3 Текст нормы.",
        "art_14.1__p_4 Ещё текст.».",
        "art_15 Вступление в силу",
        "art_15__p_1 Закон вступает в силу со",
        "p_1 Президент Российской Фед",
        "p_2 Москва, Кремль",
    ]
    found = parts(source)
    assert (found["art_1"].num, found["art_1"].kind, found["art_1"].parent) == ("Статья 1", "article", "sec_1__sec_1")
    assert (found["art_1__para_2"].num, found["art_1__para_2"].kind) == ("2.", "item")
    assert (found["sec_1"].num, found["sec_1"].kind, found["sec_1__sec_2"].num) == ("Раздел I", "section", "Глава 2")
    assert (found["art_2"].marker, found["art_1"].marker) == ("Статья 2", "Статья 1.")


def test_a_treaty_with_its_preamble() -> None:
    source = document(
        """
Framework Agreement
Strasbourg, 1.II.1995
The member States and the other States,
Considering that the aim is unity,
Considering further that protection is essential,
Have agreed as follows:
SECTION I
Article 1
The protection of minorities forms a part of human rights.
Article 2 – Good faith
1 The provisions shall be applied in good faith.
2 Article 5 of the Convention applies.
Article 10
Use of language
1. The Parties undertake to recognise the right:
a. to receive information;
b. to impart it.
2. In areas inhabited by persons.
Done at Strasbourg, this 1st day of February 1995.
""",
        kind="law",
    )
    assert outline(source) == [
        "preface Framework Agreement/Stra",
        "preamble",
        "preamble__formula The member States and th",
        "rec_1 Considering that the aim",
        "rec_2 Considering further that",
        "preamble__formula_2 Have agreed as follows:",
        "sec_1",
        "art_1",
        "art_1__p_1 The protection of minori",
        "art_2 Good faith",
        "art_2__para_1 The provisions shall be",
        "art_2__para_2 Article 5 of the Convent",
        "art_10 Use of language",
        "art_10__para_1 The Parties undertake to",
        "art_10__para_1__item_1 to receive information;",
        "art_10__para_1__item_2 to impart it.",
        "art_10__para_2 In areas inhabited by pe",
        "p_1 Done at Strasbourg, this",
    ]


def test_a_german_law() -> None:
    source = document(
        """
Gesetz über den Aufenthalt
§ 1 Zweck des Gesetzes; Anwendungsbereich
(1) Das Gesetz dient der Steuerung. § 5 Abs. 2 gilt.
(2) Dieses Gesetz findet keine Anwendung auf Ausländer,
1. deren Rechtsstellung geregelt ist,
2. die befreit sind.
§ 2 Begriffsbestimmungen
Ausländer ist jeder, der nicht Deutscher ist.
§ 2 Absatz 1 gilt nicht.
§ 43a
Verteilung
(1) Teilzahlungen mindern die Aufwendungen.
""",
        kind="law",
    )
    found = parts(source)
    assert list(found) == [
        "preface", "art_1", "art_1__para_1", "art_1__para_2", "art_1__para_2__item_1", "art_1__para_2__item_2",
        "art_2", "art_2__p_1", "art_2__p_2", "art_43a", "art_43a__para_1",
    ]  # fmt: skip
    assert (found["art_43a"].num, found["art_1"].num) == ("§ 43a", "§ 1")
    assert source.text[found["art_43a"].start : found["art_43a"].end] == "Verteilung"
    assert found["art_1__para_2"].num == "(2)"


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        (
            "Įstatymas\nI SKYRIUS\nNUOSTATOS\n1 straipsnis. Paskirtis\nTekstas.\n2 straipsnis. Sąvokos\nKitas.",
            ["I SKYRIUS", "1 straipsnis", "2 straipsnis"],
        ),
        ("Likums\n1. pants. Likuma mērķis\nTeksts.\n2. pants.\n(1) Pirmā daļa.", ["1. pants", "2. pants"]),
        (
            "Ley\nTÍTULO I\nObjeto\nArtículo 1.- Objeto\nTexto.\nArtículo 2º. Ámbito\nTexto.",
            ["TÍTULO I", "Artículo 1", "Artículo 2º"],
        ),
        (
            "Loi\nTITRE PREMIER\nArticle premier\nTexte.\nArt. 2. - Champ\nTexte.",
            ["TITRE PREMIER", "Article premier", "Art. 2"],
        ),
        ("Заң\n1-тарау. Ережелер\n1-бап. Ұғымдар\n1. Мәтін.\n2-бап. Мақсаты\nМәтін.", ["1-тарау", "1-бап", "2-бап"]),
        ("Seadus\n1. peatükk\nÜLDSÄTTED\n§ 1. Eesmärk\n(1) Tekst.\n§ 2. Keel\nTekst.", ["1. peatükk", "§ 1", "§ 2"]),
        ("Закон\nРозділ I\nЗАСАДИ\nСтаття 1. Мова\nТекст.\nСтаття 2\nТекст.", ["Розділ I", "Стаття 1", "Стаття 2"]),
        ("宣言\n第一条\n人人生而自由。\n第二条\n人人有资格。", ["第一条", "第二条"]),
        ("اتفاقية\nالمادة 1\nنص المادة الأولى.\nالمادة 2\nنص آخر.", ["المادة 1", "المادة 2"]),
    ],
)
def test_articles_and_chapters_in_other_languages(text: str, numbers: list[str]) -> None:
    source = document(text, kind="law")
    found = parts(source)
    assert [p.num for p in found.values() if p.kind in ("section", "article")] == numbers
    assert next(iter(found)) == "preface"
    articles = [p.eid for p in found.values() if p.kind == "article"]
    assert articles == ["art_1", "art_2"]


def test_a_title_broken_over_two_lines_is_still_an_articles() -> None:
    source = document(
        "Закон\nСтатья 1. Право на обращение в\nгосударственные органы\nТекст нормы.\nСтатья 2. Срок\nТекст.",
        kind="law",
    )
    found = parts(source)
    assert source.text[found["art_1"].start : found["art_1"].end] == "Право на обращение в\nгосударственные органы"
    assert list(found) == ["preface", "art_1", "art_1__p_1", "art_2", "art_2__p_1"]


def test_the_masthead_table_of_a_resolution_belongs_to_its_title() -> None:
    source = document("| United Nations | A/79/L.900\n# General Assembly\nDistr.: Limited\n" + UN["en"].strip())
    assert [p.eid for p in structure(source)][:3] == ["preface", "preamble", "preamble__formula"]


def test_one_article_of_a_code() -> None:
    source = document(
        """
1. Комитент обязан уплатить вознаграждение.
Если договором размер не предусмотрен, действует пункт 3 статьи 424.
2. Если договор не был исполнен:
1) комиссионер сохраняет право;
2) комитент возмещает.
""",
        kind="law",
        work="Гражданский кодекс",
        number="ст. 991",
        headings=("Раздел IV", "Глава 51"),
    )
    assert outline(source) == [
        "art_991",
        "art_991__para_1 Комитент обязан уплатить",
        "art_991__para_1__p_1 Если договором размер не",
        "art_991__para_2 Если договор не был испо",
        "art_991__para_2__item_1 комиссионер сохраняет пр",
        "art_991__para_2__item_2 комитент возмещает.",
    ]
    assert parts(source)["art_991"].num == "ст. 991"
    single = document("Работы не могут быть противопоказаны.", kind="law", work="ТК", number="§ 43a")
    assert outline(single) == ["art_43a Работы не могут быть про"]


# -- guides and programmes --------------------------------------------------------------------------------------------


def test_a_guide_with_contents_steps_tables_and_questions() -> None:
    source = document(
        """
# Куда обращаться
Неофициальное изложение; проверяйте источник.
## Содержание
1. Общие шаги ........ 2
2. Суд ........ 5
## 1. Общие шаги
Сначала соберите документы.
1. Соберите документы.
2. Обратитесь в консульство:
- лично;
- по почте.
3. Ждите ответа.
После этого можно идти в суд.
### 1.1 Сроки
Срок – один месяц.
^ 1 Сноска к сроку.
| Орган | Срок
| Суд | 10 дней
## 2. Суд
Что делать, если отказали?
Подайте жалобу в вышестоящий орган.
Можно ли без адвоката?
Да, можно.
Сколько это стоит?
Ничего.
## Приложение
Бланк заявления
""",
        kind="guide",
        title="Куда обращаться",
    )
    assert outline(source) == [
        "preface Куда обращаться",
        "p_1 Неофициальное изложение;",
        "toc_1 Содержание",
        "toc_2 Общие шаги ........ 2",
        "toc_3 Суд ........ 5",
        "sec_1 Общие шаги",
        "sec_1__p_1 Сначала соберите докумен",
        "sec_1__item_1 Соберите документы.",
        "sec_1__item_2 Обратитесь в консульство",
        "sec_1__item_2__item_1 лично;",
        "sec_1__item_2__item_2 по почте.",
        "sec_1__item_3 Ждите ответа.",
        "sec_1__p_2 После этого можно идти в",
        "sec_1__sec_1 Сроки",
        "sec_1__sec_1__p_1 Срок – один месяц.",
        "sec_1__sec_1__fn_1 1 Сноска к сроку.",
        "sec_1__sec_1__table_1 Орган | Срок/Суд | 10 дн",
        "sec_2 Суд",
        "sec_2__sec_1 Что делать, если отказал",
        "sec_2__sec_1__p_1 Подайте жалобу в вышесто",
        "sec_2__sec_2 Можно ли без адвоката?",
        "sec_2__sec_2__p_1 Да, можно.",
        "sec_2__sec_3 Сколько это стоит?",
        "sec_2__sec_3__p_1 Ничего.",
        "sec_3",
        "sec_3__p_1 Бланк заявления",
    ]
    found = parts(source)
    assert (found["sec_1"].num, found["sec_1__sec_1"].num, found["sec_3"].num) == ("1.", "1.1", "Приложение")
    assert found["sec_1__sec_1__table_1"].kind == "table"


def test_headings_by_number_and_capitals_alone() -> None:
    source = document(
        """
PROGRAMME OF WORK 2025
1. Introduction
The programme covers the year and has several parts to it.
1.1. Aims
The aims of the programme are described here at some length.
1.1.1. First we do this, and it is a sentence.
2. Activities
2.1. Conference in May, in Moscow.
2.2. Youth forum in June.
IV. BUDGET
The budget is small but sufficient for all of the activities.
""",
        kind="programme",
    )
    assert (
        outline(source)
        == [
            "preface PROGRAMME OF WORK 2025",
            "sec_1 Introduction",
            "sec_1__p_1 The programme covers the",
            "sec_1__sec_1 Aims",
            "sec_1__sec_1__p_1 The aims of the programm",
            "sec_1__sec_1__item_1 First we do this, and it",
            "sec_2 Activities",
            "sec_2__item_1 Conference in May, in Mo",
            "sec_2__item_2 Youth forum in June.",
            "sec_3 BUDGET",
            "sec_3__p_1 The budget is small but",
        ]
        or outline(source)[9] == "sec_3 BUDGET"
    )
    assert [p.num for p in structure(source) if p.kind == "section"] == ["1.", "1.1.", "2.", "IV."]


def test_a_contents_list_without_dots_is_no_structure() -> None:
    source = document(
        """
# Programme
Contents
Aims of the year 3
Money and people 4
## Aims of the year
We want much.
## Money and people
We have little.
""",
        kind="programme",
    )
    sections = [source.text[p.start : p.end] for p in structure(source) if p.kind == "section"]
    assert sections == ["Aims of the year", "Money and people"]


def test_a_judgment_that_quotes_articles_is_no_law() -> None:
    source = document(
        """
Рішення у справі
1. Заявник скаржився на рішення суду.
2. Положення Конвенції передбачають таке:
Стаття 3
Нікого не може бути піддано катуванню.
Стаття 14
Користування правами має бути забезпечене.
3. Суд відхиляє заяву.
""",
        kind="other",
    )
    assert not any(p.kind == "article" for p in structure(source))
    check_whole(source, structure(source))


# -- anything else ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["resolution", "guide", "programme", "law", "other"])
@pytest.mark.parametrize(
    "text",
    [
        "Слово",
        "1.\n2.\n3.",
        "- \n-\n* * *",
        "a)\nb)\nТекст",
        "решили:",
        "Статья 1\nСтатья 2\nСтатья 2\nСтатья 3.",
        "Глава 1\nГлава 2. Конец",
        "§ 1\n§ 2",
        "Приложение",
        "Вопрос?\nОтвет?\nЧто?",
        "Содержание\nА\nБ\nА\nБ",
        "«Статья 1\n1. Текст»",
        "1. 2. 3.\n4.5.6. Текст\n(i) да\n(ii) нет\n(v) что",
        "The General Assembly,",
        "Участники решили:\nУчастники решили:\n- да\nУчастники решили:",
        "(h) one\n(i) two\n(j) three\n(i) four",
        "текст\u00a0с\u00a0пробелами\n\u00a0–\u00a0пункт",
        "日本語の文書。\n第一条 これは条文です。\n第二条 これも。",
        "مادة 1\nنص المادة\nمادة 2\nنص آخر",
    ],
)
def test_any_text_is_kept_whole(text: str, kind: Any) -> None:
    source = document(text, kind=kind)
    check_whole(source, structure(source))


def test_text_outside_all_blocks_is_kept() -> None:
    text = "Начало\nРешили:\n- да;\nКонец."
    source = Document("x", "x", "0", "text/plain", text, (Block("paragraph", 7, 14),), kind="resolution")
    check_whole(source, structure(source))
    assert [p.eid for p in structure(source)] == ["preface", "op", "op__formula", "op__item_1", "p_1"]


def test_an_empty_document_has_no_provisions() -> None:
    assert structure(Document("x", "x", "0", "text/plain", "", ())) == ()


def test_provisions_are_plain_values() -> None:
    provisions = structure(document(UN["en"]))
    assert json.loads(json.dumps([[getattr(p, name) for name in p.__slots__] for p in provisions]))[0][0] == "preface"


def test_sponsors_before_the_enacting_formula_are_of_the_title_block() -> None:
    source = document(
        "United Nations S/2020/445\nUnited Kingdom of Great Britain and Northern Ireland:\ndraft resolution\n"
        "The Security Council,\nRecalling its previous resolutions,\n1. Calls on all parties to cease fire;\n"
        "2. Decides to remain seized.",
        kind="resolution",
    )
    found = {p.eid: source.text[p.start : p.end] for p in structure(source)}
    assert found["preface"].endswith("draft resolution")
    assert found["preamble__formula"] == "The Security Council,"
    assert [eid for eid in found if eid.startswith("rec_")] == ["rec_1"]
    assert found["op_2"].startswith("Decides")


def lines_of_list(text: str) -> list[str]:
    source = document(text, kind="resolution")
    check_whole(source, structure(source))
    return [f"{p.num} {source.text[p.start : p.end]}" for p in structure(source) if p.kind == "item"]


def test_a_list_that_runs_on_in_one_paragraph_is_a_list() -> None:
    text = "Совет постановляет: 1. Внести изменения. 2. Поручить Комитету (см. приложение 3) доклад. 3.Издать решение."
    assert lines_of_list(text) == [
        "1. Внести изменения.",
        "2. Поручить Комитету (см. приложение 3) доклад.",
        "3. Издать решение.",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Совет решил: 1. Утвердить текст: «Участникам надлежит: 1. Уважать. 2. Помогать.» 2. Поручить Комитету доклад.",
        "Совет решил: 1. Поручить Правлению: 1. Созвать съезд; 2. Выбрать место. 2. Поручить Комитету доклад.",
        "Совет решил: 1. Передать школу № 5. 3. Корпус сдать.",
    ],
)
def test_a_paragraph_whose_numbers_may_be_others_is_not_cut_wrongly(text: str) -> None:
    found = lines_of_list(text)
    assert not any(
        item.startswith("2. Помогать") or item.startswith("2. Выбрать") or "3. Корпус" in item[:12] for item in found
    )


def test_a_reference_in_a_list_that_runs_on_is_no_item() -> None:
    text = "Совет решил: 1. Принять план. 2. Поручить Главе (п. 3. Закона) доклад. 3. Возложить контроль на Комитет."
    assert [item[:2] for item in lines_of_list(text)] == ["1.", "2.", "3."]
    assert "п. 3. Закона" in lines_of_list(text)[1]


def test_an_odd_quotation_mark_swallows_no_list() -> None:
    text = 'Совет решил:\n\n- купить мониторы 24";\n\n- созвать съезд;\n\n- издать газету.'
    assert len(lines_of_list(text)) == 3
