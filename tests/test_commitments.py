"""Commitments: the 2022 resolution record by record, each rule in tables, and what holds for any text."""

from __future__ import annotations

import gzip
import json
import random
import re
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pytest

from kb.commitments import ACTS, COMMITMENTS_VERSION, Commitment, Parties, extract
from kb.commitments.dates import times
from kb.commitments.lexicons import LANGUAGES, lexicon
from kb.commitments.morphology import nominative
from kb.errors import SettingsError
from kb.model import Document, Provision
from kb.read import read_document
from kb.segment import structure

NAME = "resolution-2022-11-02-economic-cooperation"


@lru_cache(maxsize=1)
def shipped() -> Parties:
    return Parties.load(None)


@pytest.fixture(scope="module")
def parties() -> Parties:
    return shipped()


def of(clauses: list[str], language: str, *, formula: str = "", body: str = "", date: str = "") -> list[Commitment]:
    """The records of clauses that stand as items under a formula."""
    text, provisions = "", [Provision("op", "operative", None, None, "", 1, 0, 0, 0, None)]
    if formula:
        text = f"{formula}\n"
        provisions.append(Provision("op__formula", "formula", "op", None, "", 1, 1, 0, len(formula), None))
    for number, clause in enumerate(clauses, 1):
        eid, _, words = clause.rpartition("|")
        parent, eid = (f"op_{eid.split('.')[0]}", f"op_{eid}") if eid else ("op", f"op_{number}")
        provisions.append(Provision(eid, "item", parent, None, "-", number, 1, len(text), len(text) + len(words), None))
        text += f"{words}\n"
    document = Document(
        "d", "d.txt", "", "text/plain", text, (), kind="resolution", language=language, body=body, date=date
    )
    return checked(document, extract(document, provisions, shipped()))


def checked(document: Document, records: list[Commitment]) -> list[Commitment]:
    """The records, each span of which is what stands there."""
    for record in records:
        parties = [party.words for party in (*record.performers, *record.addressees)]
        times_of = [part.words for part in (record.deadline, record.recurrence) if part]
        for span in [record.action, record.evidence, record.object, *parties, *times_of]:
            assert span is None or document.text[span.start : span.end] == span.text
        assert record.evidence.start <= record.action.start <= record.action.end <= record.evidence.end
    assert len({record.id for record in records}) == len(records)
    return records


def shown(record: Commitment) -> str:
    """A record in one line: strength, performers, verb, addressees."""
    doers = ", ".join(("*" if party.implied else "") + party.name for party in record.performers)
    told = ", ".join(party.name for party in record.addressees)
    return f"{record.strength}: {doers} | {record.verb} | {told}"


# -- the seed ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def seed(root: Path, parties: Parties) -> list[Commitment]:
    document = read_document(root / "corpus" / "resolution" / f"{NAME}.md", document_id=NAME, relative=f"{NAME}.md")
    return checked(document, extract(document, structure(document), parties))


def test_seed_clause_by_clause(seed: list[Commitment]) -> None:
    said = [(record.eid.removeprefix("op__item_"), record.strength, record.verb) for record in seed]
    assert said == [
        ("rec_1", "note", "отмечать"),
        ("rec_2", "support", "поддерживать"),
        ("rec_2", "request", "уважать"),
        ("1", "support", "выразить"),
        ("2", "note", "подчеркнуть"),
        ("3", "welcome", "приветствовать"),
        ("4", "undertaking", "взаимодействовать"),
        ("5", "instruction", "взаимодействовать"),
        ("6", "undertaking", "усилить"),
        ("7", "undertaking", "способствовать"),
        ("8", "undertaking", "осуществлять"),
        ("8", "undertaking", "делать"),
        ("9", "undertaking", "содействовать"),
        ("10", "welcome", "приветствовать"),
        ("11", "welcome", "приветствовать"),
        ("11", "undertaking", "учесть"),
        ("12", "request", "призвать"),
        ("13", "support", "поддержать"),
        ("14", "undertaking", "развивать"),
        ("15", "undertaking", "содействовать"),
        ("15", "undertaking", "способствовать"),
        ("16", "undertaking", "расширять"),
        ("17", "undertaking", "наращивать"),
        ("18", "undertaking", "содействовать"),
        ("19", "thanks", "выразить"),
        ("20", "thanks", "выразить"),
        ("21", "instruction", "доложить"),
        ("22", "undertaking", "опубликовать"),
    ]
    stances = {record.eid for record in seed if record.strength not in ACTS}
    assert stances - {"rec_1", "rec_2"} == {f"op__item_{n}" for n in (1, 2, 3, 10, 11, 13, 19, 20)}
    assert [record.id for record in seed if record.eid == "op__item_15"] == [
        f"{NAME}#op__item_15!1",
        f"{NAME}#op__item_15!2",
    ]
    assert [record.eid for record in seed if record.deadline or record.recurrence] == ["op__item_21"]


def test_the_chair_reports(seed: list[Commitment]) -> None:
    record = next(record for record in seed if record.eid == "op__item_21")
    (performer,) = record.performers
    assert (performer.entry, performer.role, performer.implied) == ("vks", "chair", False)
    assert performer.name == "Всемирный координационный совет российских соотечественников"
    assert record.deadline
    assert record.deadline.words.text == "в ходе следующей Всемирной конференции в 2023 году"
    assert (record.deadline.date_from, record.deadline.date_to) == ("2023-01-01", "2023-12-31")
    assert record.object
    assert record.object.text == "о ходе реализации данного решения"
    assert (record.addressees, record.recurrence, record.passage_id) == ((), None, "")
    assert (record.rule, record.language) == ("ru-dative-infinitive", "ru")
    assert record.lexicon.startswith("ru.yaml: считать")


def test_seed_parties(seed: list[Commitment]) -> None:
    by_eid = {record.eid: record for record in seed}
    councils = by_eid["op__item_5"].performers
    assert [(party.entry, party.name, party.implied) for party in councils] == [
        ("ksors", "Координационные советы организаций российских соотечественников", False),
        ("", "организации российских соотечественников за рубежом", False),
    ]
    (publisher,) = by_eid["op__item_22"].performers
    assert (publisher.name, publisher.implied) == ("Всемирная тематическая конференция", True)
    assert publisher.words
    assert publisher.words.text == "Участники Конференции"
    assert [party.name for party in by_eid["op__item_12"].performers] == ["соотечественники-бизнесмены"]
    assert [party.name for party in by_eid["op__item_1"].addressees] == ["руководство Российской Федерации"]
    assert [party.entry for party in by_eid["op__item_20"].addressees] == ["pkdsr"]
    stated = [party.implied for record in seed if record.eid == "rec_2" for party in record.performers]
    assert stated == [False]


# -- rules ------------------------------------------------------------------------------------------------------------

RUSSIAN = {
    "Поручить Правлению подготовить план и представить его Президиуму": [
        "instruction: Правление | подготовить | ",
        "instruction: Правление | представить | Президиум",
    ],
    "Рекомендовать страновым советам и молодёжным объединениям создать сайты": [
        "recommendation: страновые советы, молодёжные объединения | создать | "
    ],
    "Просить Правительство Российской Федерации рассмотреть вопрос": [
        "request: Правительство Российской Федерации | рассмотреть | "
    ],
    "Призвать все стороны воздерживаться от применения силы, а также соблюдать договорённости": [
        "request: все стороны | воздерживаться | ",
        "request: все стороны | соблюдать | ",
    ],
    "Обратиться в Министерство культуры с просьбой упростить порядок": [
        "request: Министерство культуры | упростить | "
    ],
    "Контроль за исполнением возложить на председателя Союза": ["instruction: председатель Союза | возложить | "],
    "Председателям отделений, не имеющих сайтов, создать их": [
        "instruction: Председатели отделений, не имеющих сайтов | создать | "
    ],
    "Действующему и вновь избранному составам Совета провести работу": [
        "instruction: Действующий и вновь избранный составы Совета | провести | "
    ],
    "Поручить комитету по образованию (Иванова А.А.) и управлению культуры разработать программу": [
        "instruction: комитет по образованию, управление культуры | разработать | "
    ],
    "Доклад должен быть представлен Исполкомом": ["instruction: Исполком | представить | "],
    "Первичным организациям необходимо провести собрания": ["instruction: Первичные организации | провести | "],
    "Советам следует обновлять сайты": ["recommendation: Советы | обновлять | "],
    "Довести решение до сведения членов Союза": ["decision: *Съезд | довести | члены Союза"],
    "Отчитаться перед Конгрессом": ["decision: *Съезд | отчитаться | Конгресс"],
    "Направить предложения в адрес Президента": ["decision: *Съезд | направить | Президент"],
    "Направить Государственной Думе предложения": ["decision: *Съезд | направить | Государственная Дума"],
    "Информировать соотечественников о решениях": ["decision: *Съезд | информировать | соотечественники"],
    "Содействовать Союзу и способствовать миру": [
        "decision: *Съезд | содействовать | ",
        "decision: *Съезд | способствовать | ",
    ],
    "Разработать и утвердить положение": ["decision: *Съезд | разработать | ", "decision: *Съезд | утвердить | "],
    "Создать условия, чтобы дети могли учиться, и принять меры": [
        "decision: *Съезд | создать | ",
        "decision: *Съезд | принять | ",
    ],
    "Отметить успехи и рекомендовать организациям распространить опыт": [
        "note: *Съезд | отметить | ",
        "recommendation: организации | распространить | ",
    ],
    "Съезд благодарит Министерство за поддержку": ["thanks: Съезд | благодарить | Министерство"],
    "Мы обязуемся отстаивать права": ["undertaking: *Съезд | отстаивать | "],
    "Участники съезда призывают работодателей соблюдать закон": ["request: работодатели | соблюдать | "],
    "Требует, чтобы все стороны прекратили огонь": ["instruction: все стороны | прекратить | "],
    "Поддержать обращение учителей и направить его Совету": [
        "support: *Съезд | поддержать | ",
        "decision: *Съезд | направить | Совет",
    ],
    "Поддержать решение создать фонд и провести слёт": ["support: *Съезд | поддержать | "],
    "Поддержать инициативу Совета": ["support: *Съезд | поддержать | "],
    "Поддерживать контакты с общинами": ["decision: *Съезд | поддерживать | "],
    "Считать целесообразным создание портала": ["recommendation: *Съезд | считать | "],
    "Решение вступает в силу со дня принятия": ["decision: *Съезд | вступать | "],
    "Направить Министерству культуры замечания к проекту": ["decision: *Съезд | направить | Министерство культуры"],
    "Направить копии Президенту, Парламенту и Верховному Суду": [
        "decision: *Съезд | направить | Президент, Парламент, Верховный Суд"
    ],
    "Передать архив Союза Национальной библиотеке": ["decision: *Съезд | передать | Национальная библиотека"],
    "Передать копии в областной архив": ["decision: *Съезд | передать | областной архив"],
    "Внести в Устав изменения": ["decision: *Съезд | внести | "],
    "Довести решение до всех отделений": ["decision: *Съезд | довести | все отделения"],
    "Выделить Фонду 3 млн рублей": ["decision: *Съезд | выделить | Фонд"],
    "Секретариату раз в полгода информировать о ходе работ Президиум": [
        "instruction: Секретариат | информировать | Президиум"
    ],
    "Правлению разработать и внести на рассмотрение Совета проект": [
        "instruction: Правление | разработать | ",
        "instruction: Правление | внести | Совет",
    ],
    "Руководителям отделений и лично М.П. Орлову доложить Совету": [
        "instruction: Руководители отделений, М.П. Орлов | доложить | Совет"
    ],
    "Предложить Комиссии и, при необходимости, другим органам изучить вопрос": [
        "request: Комиссия, другие органы | изучить | "
    ],
    "Разрешить Правлению открыть счёт": ["decision: *Съезд | разрешить | Правление"],
    "Избрать делегатами И.Л. Морозова и Т.Ж. Абаеву": ["decision: *Съезд | избрать | "],
    "Съезд благодарит Союз женщин и лично Н.И. Король за помощь": [
        "thanks: Съезд | благодарить | Союз женщин, Н.И. Король"
    ],
    "Президент Лиги и секретарь раз в три года проводят аттестацию": [
        "instruction: Президент Лиги, секретарь | проводить | "
    ],
    "Правление и Комиссия ежегодно отчитываются перед Съездом": [
        "instruction: Правление, Комиссия | отчитываться | Съезд"
    ],
    "Заседания Правления созываются председателем": ["instruction: председатель | созывать | "],
    "Дети составляют треть участников": [],
    "Съезд считает, что Правлению следует обновить Устав": ["recommendation: Правление | обновить | "],
    "Считаем, что государства должны открыть школы": ["recommendation: государства | открыть | "],
    "Съезд подчёркивает, что государства должны соблюдать права": ["note: Съезд | подчёркивать | "],
    "Съезд вновь заявляет о поддержке реформы": ["support: Съезд | заявлять | "],
    "Съезд обеспокоен закрытием школ и призывает государства-члены сохранить их": [
        "note: Съезд | обеспокоить | ",
        "request: государства-члены | сохранить | ",
    ],
    "Съезд с удовлетворением отмечает успехи и обязуется продолжать работу": [
        "note: Съезд | отмечать | ",
        "undertaking: Съезд | продолжать | ",
    ],
    "Созвать IX Форум учителей в Вильнюсе": ["decision: *Съезд | созвать | "],
    "Передать V Конгрессу знамя Союза": ["decision: *Съезд | передать | V Конгресс"],
    "Просить музеи активнее привлекать школьников": ["request: музеи | привлекать | "],
    "Поручить отделениям шире освещать юбилей": ["instruction: отделения | освещать | "],
    "Объединениям – участникам Лиги и архивам создать каталог": [
        "instruction: Объединения – участники Лиги, архивы | создать | "
    ],
    "Увеличить фонд грантов музеям": ["decision: *Съезд | увеличить | "],
    "Обсудить порядок вручения медалей ветеранам": ["decision: *Съезд | обсудить | "],
    "Выразить благодарность за большую помощь Союзу архивистов": ["thanks: *Съезд | выразить | Союз архивистов"],
    "Оказать помощь библиотекам": ["decision: *Съезд | оказать | библиотеки"],
    "Напомнить отделениям о сроках отчётности": ["note: *Съезд | напомнить | отделения"],
    "Выразить соболезнование семье писателя": ["note: *Съезд | выразить | семья писателя"],
    "Направить в Комитет по вопросам культуры замечания к проекту": [
        "decision: *Съезд | направить | Комитет по вопросам культуры"
    ],
    "Внести в Комиссию по делам национальностей поправки": [
        "decision: *Съезд | внести | Комиссия по делам национальностей"
    ],
}


@pytest.mark.parametrize("clause", RUSSIAN)
def test_russian_clauses(clause: str) -> None:
    records = of([f"{clause}."], "ru", formula="Съезд постановляет:", body="Съезд")
    wanted = [
        line.replace("Государственная Дума", "Государственная Дума Федерального Собрания Российской Федерации")
        for line in RUSSIAN[clause]
    ]
    assert [shown(record) for record in records] == wanted


@pytest.mark.parametrize(
    ("formula", "strength"),
    [
        ("Участники решили:", "decision"),
        ("Участники считают необходимым:", "undertaking"),
        ("Мы, участники форума, считаем важным:", "undertaking"),
        ("Участники рекомендуют:", "recommendation"),
        ("Участники призывают:", "request"),
        ("Рассмотрев доклад и стремясь укрепить единство, Совет ПОСТАНОВИЛ:", "decision"),
    ],
)
def test_a_formula_gives_its_strength(formula: str, strength: str) -> None:
    (plain,) = of(["усилить работу;"], "ru", formula=formula)
    assert plain.strength == strength
    (named,) = of(["Правлению усилить работу;"], "ru", formula=formula)
    assert named.strength == (strength if strength in ("recommendation", "request") else "instruction")
    assert [party.name for party in named.performers] == ["Правление"]
    (own,) = of(["просить Правление усилить работу;"], "ru", formula=formula)
    assert own.strength == "request"


def test_items_take_the_intro_s_performer_and_strength() -> None:
    russian = of(["Просить Правление:", "1.1|подготовить смету;", "1.2|раз в два года публиковать обзор."], "ru")
    assert [shown(record) for record in russian] == [
        "request: Правление | подготовить | ",
        "request: Правление | публиковать | ",
    ]
    assert russian[1].recurrence
    assert russian[1].recurrence.kind == "biennial"
    named = of(["Поручить:", "1.1|Секретариату подготовить смету;", "1.2|Совету проверить её."], "ru")
    assert [shown(record) for record in named] == [
        "instruction: Секретариат | подготовить | ",
        "instruction: Совет | проверить | ",
    ]
    alone = of(
        ["Правлению до 1 мая:", "1.1|подготовить смету;"], "ru", formula="Съезд постановляет:", date="2025-03-01"
    )
    assert [shown(record) for record in alone] == ["instruction: Правление | подготовить | "]
    assert alone[0].deadline
    assert alone[0].deadline.date_to == "2025-05-01"
    jointly = of(["Секретариату совместно с архивами:", "1.1|ежегодно издавать обзор;"], "ru", formula="Съезд решил:")
    assert [shown(record) for record in jointly] == ["instruction: Секретариат | издавать | "]
    bracketed = of(["Бюро (И.П. Орлова):", "1.1|составить смету;"], "ru", formula="Съезд решил:")
    assert [(r.strength, r.performers[0].implied) for r in bracketed] == [("instruction", False)]
    called = of(["Ассамблея призывает государства-участники:", "1.1|сохранить школы;"], "ru")
    assert [shown(record) for record in called] == ["request: государства-участники | сохранить | "]
    english = of(["Requests the Board:", "1.1|To report to the Council annually;", "1.2|To publish the list."], "en")
    assert [shown(record) for record in english] == ["request: Board | report | Council", "request: Board | publish | "]
    states = of(
        ["The Assembly calls on member States to:", "1.1|ratify the Convention;", "1.2|review their laws."], "en"
    )
    assert [shown(record) for record in states] == [
        "request: member States | ratify | ",
        "request: member States | review | ",
    ]


ENGLISH = {
    "Requests the Board, in consultation with members, to submit to the Council a report, and to publish it": [
        "request: Board | submit | Council",
        "request: Board | publish | ",
    ],
    "Urges Governments to adopt and implement measures": [
        "request: Governments | adopt | ",
        "request: Governments | implement | ",
    ],
    "Calls upon all States and regional and subregional organizations to take steps to protect civilians": [
        "request: all States, regional and subregional organizations | take | "
    ],
    "Takes note of the report, and requests the Chair to convene a meeting": [
        "note: *Congress | take note | ",
        "request: Chair | convene | ",
    ],
    "Decides to remain seized of the matter": ["decision: *Congress | remain | "],
    "Decides that all States shall freeze assets": ["instruction: all States | freeze | "],
    "Recommends that the Commission consider the question": ["recommendation: Commission | consider | "],
    "Considers that governments should increase funding": ["recommendation: governments | increase | "],
    "Calls for restraint": ["request:  | call | "],
    "Expresses its appreciation to the Government of Kenya for its help": [
        "thanks: *Congress | express | Government of Kenya"
    ],
    "Invites the Committee to draw up rules, and the Board to transmit them to members": [
        "request: Committee | draw up | ",
        "request: Board | transmit | members",
    ],
    "Encourages the Office on Drugs and Crime to continue its work": [
        "request: Office on Drugs and Crime | continue | "
    ],
    "Entrusts the Secretariat with a study": ["instruction: Secretariat | entrust | "],
    "The report shall be published by the Secretariat": ["instruction: Secretariat | publish | "],
    "Members should pay their dues": ["recommendation: Members | pay | "],
    "We pledge to promote equality": ["undertaking: *Congress | promote | "],
    "Stresses that States should respect the law": ["note: *Congress | stress | "],
    "Invites Parties and, as appropriate, other Governments to send their views to the Board": [
        "request: Parties, other Governments | send | Board"
    ],
    "Invites the Governments of Chile and Peru to cooperate": ["request: Governments of Chile and Peru | cooperate | "],
    "Requests the Chair to report to the Council and to the Assembly": ["request: Chair | report | Council, Assembly"],
    "Requests the Chair to meet annually and to report thereon to the Assembly": [
        "request: Chair | meet | ",
        "request: Chair | report | Assembly",
    ],
    "Asks members to notify the secretariat thereof": ["request: members | notify | secretariat"],
    "Asks the Chair to inform the Office of the High Commissioner of the results": [
        "request: Chair | inform | Office of the High Commissioner"
    ],
    "Asks the Chair to draw the attention of the Bureau to gaps": ["request: Chair | draw | Bureau"],
    "Asks the Chair to bring the matter to the attention of all members": ["request: Chair | bring | all members"],
    "Asks schools to offer refugees free places": ["request: schools | offer | refugees"],
    "AUTHORIZES the Chair to open an account and INSTRUCTS the auditors to examine it": [
        "instruction: Chair | open | ",
        "instruction: auditors | examine | ",
    ],
    "The Board and the Treasurer shall present the budget to the Congress annually": [
        "instruction: Board, Treasurer | present | Congress"
    ],
    "It is deeply concerned that prices have risen": ["note: *Congress | be | "],
    "Recommends that schools provide training, and that unions monitor the results": [
        "recommendation: schools | provide | ",
        "recommendation: unions | monitor | ",
    ],
    "Asks the Chair to send the text to the Council, the parliaments of the member States and the press": [
        "request: Chair | send | Council, parliaments of the member States, press"
    ],
    "Includes under the item “Requests the Board to act”": [],
    "We commit ourselves to preserving archives and to making them public": [
        "undertaking: *Congress | preserve | ",
        "undertaking: *Congress | make | ",
    ],
    "We commit ourselves to publishing and circulating the minutes": [
        "undertaking: *Congress | publish | ",
        "undertaking: *Congress | circulate | ",
    ],
    "The Bureau shall draw up a budget and shall submit it to the Council": [
        "instruction: Bureau | draw up | ",
        "instruction: Bureau | submit | Council",
    ],
    "Members should pay their dues and should notify the Treasurer of all changes": [
        "recommendation: Members | pay | ",
        "recommendation: Members | notify | Treasurer",
    ],
    "The Board shall ensure that members shall be heard and shall be informed": ["instruction: Board | ensure | "],
    "Schools should not rely on donors": ["recommendation: Schools | not rely | "],
    "Members should comply with the Charter": ["recommendation: Members | comply | "],
    "Asks the Chair to report back to the Council no later than 1 May 2026": ["request: Chair | report back | Council"],
    "We express our gratitude to the University of Graz and to the volunteers": [
        "thanks: *Congress | express | University of Graz, volunteers"
    ],
}


@pytest.mark.parametrize("clause", ENGLISH)
def test_english_clauses(clause: str) -> None:
    records = of([f"{clause};"], "en", body="Congress")
    assert [shown(record) for record in records] == ENGLISH[clause]


@pytest.mark.parametrize(
    ("language", "clause", "wanted"),
    [
        ("fr", "Prie le Secrétaire général de lui présenter un rapport", "request: Secrétaire général | présenter | "),
        ("fr", "Demande instamment aux États de ratifier la Convention", "request: États | ratifier | "),
        ("fr", "Décide de rester saisie de la question", "decision: *Asamblea | rester | "),
        ("es", "Solicita al Secretario General que presente un informe", "request: Secretario General | presentar | "),
        ("es", "Exhorta a los Estados a que adopten medidas", "request: Estados | adoptar | "),
        ("es", "Decide seguir ocupándose de la cuestión", "decision: *Asamblea | "),
    ],
)
def test_french_and_spanish(language: str, clause: str, wanted: str) -> None:
    assert shown(of([f"{clause};"], language, body="Asamblea")[0]).startswith(wanted)


def test_times_before_the_verb_are_the_act_s() -> None:
    (kept,) = of(["by the end of 2028, establish a fund;"], "en", formula="The Assembly calls on States to:")
    assert kept.deadline
    assert (kept.verb, kept.deadline.date_to) == ("establish", "2028-12-31")
    (marked,) = of(["By 1 June 2027, to publish a list;"], "en", formula="The Assembly calls on States:")
    assert marked.deadline
    assert (marked.verb, marked.deadline.date_to) == ("publish", "2027-06-01")
    (again,) = of(["At each meeting of the Board, the Treasurer will present the accounts."], "en")
    assert again.recurrence
    assert (again.verb, again.recurrence.kind) == ("present", "each-session")


def test_english_items_are_clauses_under_that_and_verbs_under_to() -> None:
    below = [
        "schools appoint an officer;",
        "the Committee and its Secretary review the Charter every three years and propose amendments to the Council;",
        "a register be kept by the Secretariat.",
    ]
    assert [shown(record) for record in of(below, "en", formula="They recommend that:")] == [
        "recommendation: schools | appoint | ",
        "recommendation: Committee, Secretary | review | ",
        "recommendation: Committee, Secretary | propose | Council",
        "recommendation: Secretariat | keep | ",
    ]
    mixed = ["support libraries;", "urge governments to fund schools;", "thank the hosts;"]
    assert [shown(record) for record in of(mixed, "en", formula="The Congress resolves to:", body="Congress")] == [
        "undertaking: *Congress | support | ",
        "request: governments | fund | ",
        "thanks: *Congress | thank | hosts",
    ]


@pytest.mark.parametrize(
    ("language", "clause", "words"),
    [
        ("ru", "Присуждать её ежегодно 30 сентября, в день Союза", "её"),
        ("ru", "Избрать председателем А.П. Громова сроком на пять лет", "председателем А.П. Громова"),
        ("ru", "Представить доклад Совету для утверждения до 1 мая", "доклад"),
        ("ru", "Утвердить план на 2026 год", "план на 2026 год"),
        ("ru", "Обсудить порядок выплаты пособий вдовам", "порядок выплаты пособий вдовам"),
        ("ru", "Полнее отражать итоги встреч", "итоги встреч"),
        ("ru", "Направить в Комитет по вопросам культуры замечания к проекту", "замечания к проекту"),
        ("en", "Decides to extend the mandate for a period of three years", "the mandate"),
        ("en", "Asks schools to exchange teachers on a regular basis, including with museums", "teachers"),
        ("en", "Asks the Board to submit, in consultation with members, a plan to the Council for approval", "a plan"),
    ],
)
def test_objects_without_what_is_said_around_them(language: str, clause: str, words: str) -> None:
    (record,) = of([f"{clause}."], language, formula="Съезд постановляет:" if language == "ru" else "")
    assert record.object
    assert record.object.text == words


# -- times ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "words", "first", "last"),
    [
        ("ru", "до 30 апреля 2023 года", "", "2023-04-30"),
        ("ru", "в срок до 30 апреля", "", "2025-04-30"),
        ("ru", "не позднее 15.03.2024 г.", "", "2024-03-15"),
        ("ru", "в 2023 году", "2023-01-01", "2023-12-31"),
        ("ru", "к 2030 году", "", "2030-12-31"),
        ("ru", "до конца 2024 года", "", "2024-12-31"),
        ("ru", "в первом квартале 2025 года", "2025-01-01", "2025-03-31"),
        ("ru", "в течение трёх месяцев", "2024-11-30", "2025-02-28"),
        ("ru", "с 1 по 15 мая 2024 года", "2024-05-01", "2024-05-15"),
        ("ru", "на своей семьдесят девятой сессии", "2024-09-01", "2025-08-31"),
        ("ru", "на очередном заседании Совета", "", ""),
        ("ru", "на своей восьмидесятой сессии", "2025-09-01", "2026-08-31"),
        ("ru", "в течение 2025 года", "2025-01-01", "2025-12-31"),
        ("ru", "с 1 января 2025 года", "2025-01-01", ""),
        ("ru", "начиная с 2026 года", "2026-01-01", ""),
        ("ru", "до конца следующего года", "", "2025-12-31"),
        ("ru", "осенью 2026 года", "2026-09-01", "2026-11-30"),
        ("ru", "не позднее чем за 30 дней до Съезда", "", ""),
        ("en", "by the end of next year", "", "2025-12-31"),
        ("en", "as of 1 January 2026", "2026-01-01", ""),
        ("en", "in the autumn of 2027", "", ""),
        ("en", "by 31 December 2025", "", "2025-12-31"),
        ("en", "by March 1, 2025", "", "2025-03-01"),
        ("en", "within 60 days", "2024-11-30", "2025-01-29"),
        ("en", "at its seventy-ninth session", "2024-09-01", "2025-08-31"),
        ("en", "at its eightieth and eighty-first sessions", "2025-09-01", "2027-08-31"),
        ("en", "no later than June 2024", "", "2024-06-30"),
        ("en", "at the next meeting", "", ""),
        ("en", "within two months of its election", "", ""),
        ("en", "within two months of the adoption of this resolution", "2024-11-30", "2025-01-30"),
        ("ru", "в течение двух месяцев со дня избрания", "", ""),
        ("ru", "в течение двух месяцев со дня принятия резолюции", "2024-11-30", "2025-01-30"),
        ("fr", "d’ici à la fin de 2025", "", "2025-12-31"),
        ("fr", "à sa soixante-dix-neuvième session", "2024-09-01", "2025-08-31"),
        ("es", "a más tardar el 31 de diciembre de 2025", "", "2025-12-31"),
        ("es", "en su septuagésimo noveno período de sesiones", "2024-09-01", "2025-08-31"),
    ],
)
def test_deadline_words(language: str, words: str, first: str, last: str) -> None:
    body = "General Assembly" if language == "en" else "Генеральная Ассамблея Assemblée générale Asamblea General"
    (time,) = times(words, language, "2024-11-30", body)
    assert (words[time.start : time.end], time.date_from, time.date_to, time.kind) == (words, first, last, "")


def test_other_bodies_sessions_have_no_days() -> None:
    (time,) = times("report to the Human Rights Council at its sixtieth session", "en", "", "General Assembly")
    assert (time.date_from, time.date_to) == ("", "")


@pytest.mark.parametrize(
    ("language", "words", "kind"),
    [
        ("ru", "ежегодно", "yearly"),
        ("ru", "не реже одного раза в год", "yearly"),
        ("ru", "раз в полгода", "half-yearly"),
        ("ru", "каждые два года", "biennial"),
        ("ru", "раз в пять лет", "every-5-years"),
        ("ru", "на регулярной основе", "regular"),
        ("ru", "на каждом заседании", "each-session"),
        ("en", "every six months", "half-yearly"),
        ("en", "every five years", "every-5-years"),
        ("en", "on a quarterly basis", "quarterly"),
        ("fr", "tous les deux ans", "biennial"),
        ("es", "cada tres años", "triennial"),
    ],
)
def test_recurrence_words(language: str, words: str, kind: str) -> None:
    (time,) = times(words, language)
    assert (words[time.start : time.end], time.kind) == (words, kind)


@pytest.mark.parametrize(
    ("language", "clause"),
    [
        ("ru", "Приветствовать проведение саммита в 2023 году"),
        ("ru", "Выполнить решения, принятые в 2021 году"),
        ("ru", "Утвердить план на 2024–2026 годы"),
        ("ru", "Отменить решение от 5 мая 2020 года"),
        ("ru", "Просить Совет изучить работу отделений в 2020 году"),
        ("en", "Requests the Board to apply the rules adopted at its fifth session"),
        ("en", "Requests the Board to implement the 2030 Agenda and resolution 5 of 12 May 2019"),
    ],
)
def test_a_date_of_something_else_is_no_deadline(language: str, clause: str) -> None:
    assert [record.deadline for record in of([f"{clause}."], language, date="2024-11-30")] == [None]


# -- parties ----------------------------------------------------------------------------------------------------------


def test_abbreviations_are_learnt_and_names_are_one_entry_in_all_languages() -> None:
    records = of(
        [
            "Создать Межрегиональный фонд развития (далее – Фонд) и Союз русских учителей (СРУ).",
            "Поручить Фонду и СРУ подготовить отчёт.",
            "Председателю РКС С.В. Иванову собрать совет.",
        ],
        "ru",
    )
    assert [party.name for party in records[-2].performers] == [
        "Межрегиональный фонд развития",
        "Союз русских учителей",
    ]
    (chair,) = records[-1].performers
    assert (chair.entry, chair.role) == ("rks", "chair")
    (english,) = of(["Requests the Secretary-General of the United Nations to act;"], "en")
    (russian,) = of(["просит Генерального секретаря ООН принять меры;"], "ru")
    assert english.performers[0].entry == russian.performers[0].entry == "unsg"
    assert (english.performers[0].name, russian.performers[0].name) == ("Secretary-General", "Генеральный секретарь")
    (organ,) = of(["Asks the Secretary General of the Council of Europe to publish the list;"], "en")
    assert (organ.performers[0].name, organ.performers[0].role) == (
        "Secretary General of the Council of Europe",
        "secretary-general",
    )
    learnt = of(["Invites the Trade Centre for Women (TCW) to lead;", "Requests TCW to report to members."], "en")
    assert {record.performers[0].name for record in learnt} == {"Trade Centre for Women"}


def test_an_office_is_no_body() -> None:
    clauses = ["Создать Союз русских учителей (СРУ).", "Директору СРУ подготовить отчёт."]
    (director,) = of(clauses, "ru")[-1].performers
    assert (director.name, director.role) == ("Директор СРУ", "director")
    (president,) = of(["Asks the President of the General Assembly to act;"], "en", body="General Assembly")[
        0
    ].performers
    assert (president.name, president.role) == ("President of the General Assembly", "president")


def test_an_operator_s_aliases(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[entries.vks]\nru = ["Всемирный совет"]\n[entries.club]\nen = ["Chess Club"]\n', encoding="utf-8")
    known = Parties.load(own)
    document = Document("d", "d", "", "", "Requests the Chess Club to meet;", (), kind="resolution", language="en")
    provisions = [
        Provision("op", "operative", None, None, "", 1, 0, 0, 0, None),
        Provision("op_1", "item", "op", "1.", "1.", 1, 1, 0, len(document.text), None),
    ]
    assert extract(document, provisions, known)[0].performers[0].entry == "club"
    for wrong in ("entries: [1]", "entries: {a: {en: x}}", "a: [", "- 1"):
        path = tmp_path / "wrong.yaml"
        path.write_text(wrong, encoding="utf-8")
        with pytest.raises(SettingsError, match=r"wrong\.yaml"):
            Parties.load(path)
    with pytest.raises(SettingsError, match="cannot be read"):
        Parties.load(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("words", "case", "name"),
    [
        ("Информационно-аналитическому управлению", "datv", "Информационно-аналитическое управление"),
        ("председателю Совета И.П. Сидорову", "datv", "председатель Совета И.П. Сидоров"),
        ("Фонду «Русский мир»", "datv", "Фонд «Русский мир»"),
        ("соотечественникам, проживающим за рубежом", "datv", "соотечественники, проживающие за рубежом"),
        ("Исполкомом", "ablt", "Исполком"),
        ("ВКС", "datv", "ВКС"),
    ],
)
def test_phrases_in_the_nominative(words: str, case: str, name: str) -> None:
    assert nominative(words, case) == name


# -- documents --------------------------------------------------------------------------------------------------------


def test_texts_without_decisions_give_nothing(root: Path, parties: Parties) -> None:
    for path in sorted((root / "corpus").glob("guide/*.md")) + sorted((root / "corpus").glob("programme/*.md")):
        document = read_document(path, document_id=path.stem, relative=path.name)
        assert extract(document, structure(document), parties) == [], path.name


def test_a_plenum_s_decree_is_a_resolution(tmp_path: Path, parties: Parties) -> None:
    """«Постановление» is a law's name too: the formula tells; and who decides is taken from the text itself."""
    path = tmp_path / "decree.md"
    path.write_text(
        "# ПОСТАНОВЛЕНИЕ пленума\n\n(Самара, 5 декабря 2024 года)\n\n"
        "Заслушав доклад, Пленум Союза **постановляет:**\n\n"
        "1. Одобрить итоги.\n\n2. Президиуму Союза:\n\n2.1. в месячный срок созвать Совет;\n\n"
        "2.2. ежегодно представлять Совету отчёт.\n",
        encoding="utf-8",
    )
    document = read_document(path, document_id="p", relative=path.name)
    records = checked(document, extract(document, structure(document), parties))
    assert [(r.strength, r.performers[0].implied, r.verb) for r in records] == [
        ("decision", True, "одобрить"),
        ("instruction", False, "созвать"),
        ("instruction", False, "представлять"),
    ]
    assert {r.performers[0].name for r in records[1:]} == {"Президиум Союза"}
    assert [party.name for party in records[2].addressees] == ["Совет"]


def test_the_body_is_taken_from_where_the_text_names_it(tmp_path: Path, parties: Parties) -> None:
    enacted = (
        "# Resolution 4\n\nThe General Conference of Librarians,\n\nConcerned that few can read;\n\n"
        "1. ADOPTS the Strategy;\n\n2. THANKS the hosts;\n"
    )
    named = (
        "# Резолюция 118\n\n1. Ассамблея ссылается на резолюцию 97.\n\n2. Она благодарит правительство за приём.\n\n"
        "3. Ассамблея постановляет создать фонд.\n"
    )
    for text, body in ((enacted, "General Conference of Librarians"), (named, "Ассамблея")):
        path = tmp_path / "body.md"
        path.write_text(text, encoding="utf-8")
        document = read_document(path, document_id="b", relative=path.name)
        records = checked(document, extract(replace(document, body=""), structure(document), parties))
        assert len(records) > 1
        assert {record.performers[0].name.removeprefix("The ") for record in records} == {body}


def test_plain_paragraphs_of_a_resolution(tmp_path: Path, parties: Parties) -> None:
    path = tmp_path / "meeting.txt"
    path.write_text(
        "Резолюция собрания\n\nЖители обеспокоены застройкой парка.\n\nТребуем от администрации города остановить "
        "строительство до 1 июня 2024 года.\n\nПросим прокуратуру проверить разрешения.\n",
        encoding="utf-8",
    )
    document = read_document(path, document_id="m", relative=path.name)
    records = checked(document, extract(document, structure(document), parties))
    assert [shown(record) for record in records] == [
        "instruction: администрация города | остановить | ",
        "request: прокуратура | проверить | ",
    ]


def test_lexicons_are_reviewed_data() -> None:
    assert re.fullmatch(r"\d+-[0-9a-f]{12}", COMMITMENTS_VERSION)
    for language in LANGUAGES:
        words = lexicon(language)
        assert words.version >= 1
        assert {entry.kind for entry in words.entries} <= {"directive", "charge", "own", "stance"}
        assert {entry.strength for entry in words.entries} >= ACTS
        assert all(entry.strength not in ACTS for entry in words.entries if entry.kind == "stance")


def test_no_text_breaks_it(parties: Parties) -> None:
    """Random provisions of random words: nothing is raised and every span is what stands there."""
    random_ = random.Random(7)
    words = [
        *"поручить Правлению и а также подготовить, представить: до 30 апреля 2023 года ; (ВКС) «Русский мир» чтобы "
        "который решили – Совету не просить в ходе следующей сессии обязуемся должен быть представлен . С.В. Иванову ("
        "» "
        "ежегодно".split(),
    ]
    english = (
        "Requests the Board to submit and , decide that shall be (a) : ; by 31 May 2024 “ ” report to Council at its "
        "79th session including which annually we undertake Decides in order not . of Parties"
    ).split()
    for language, stock in (
        ("ru", words),
        ("en", english),
        ("fr", english),
        ("es", english),
        ("ru", english),
        ("en", words),
    ):
        for _ in range(60):
            clauses = [" ".join(random_.choices(stock, k=random_.randint(1, 25))) for _ in range(3)]
            of([clause.replace("|", " ") for clause in clauses], language, formula=random_.choice(["", "Съезд решил:"]))
    assert of(["", " ", ":", "\n;"], "ru") == []
    assert extract(Document("d", "d", "", "", "", (), kind="resolution"), [], parties) == []


def test_very_long_clauses() -> None:
    many = of(["Requests the Board to act" + ", and to submit a report" * 99 + ";"], "en")
    assert [record.id for record in many] == [f"d#op_1!{number}" for number in range(1, 101)]
    for clause in (
        "Requests States, " + "also, further, " * 2000 + "to act",
        "Поручить " + "новому " * 2000,
        "(" * 5000,
    ):
        of([clause], "en" if clause[0] == "R" else "ru")


def test_agreement_with_labelled_resolutions(evaluation: Path, parties: Parties) -> None:
    """The directive verbs of 60 United Nations resolutions as somebody else labelled their paragraphs."""
    rows: dict[str, list[dict[str, str]]] = {}
    with gzip.open(evaluation / "un_resolutions" / "paragraphs.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["ptype"] == "operative" and row["doc"].startswith("A_RES_7"):
                rows.setdefault(row["doc"], []).append(row)
            if len(rows) > 60:
                break
    wanted = agreed = 0
    for paragraphs in list(rows.values())[:60]:
        records = of([row["text"].replace("|", " ") for row in paragraphs], "en", body="General Assembly")
        for number, row in enumerate(paragraphs, 1):
            label = (row["verb"] or "").lower()
            if not label or row["text"].endswith(":") or re.match(r"\w+ing\b", row["text"]):
                continue
            wanted += 1
            verbs = [r.lexicon.split(": ")[1].split()[0] for r in records if r.eid == f"op_{number}"]
            agreed += any(verb.startswith(label[:5]) or label.startswith(verb[:5]) for verb in verbs)
    assert wanted > 500
    assert agreed / wanted > 0.93


RUSSIAN_REVERSALS = {
    # negated modals: a ban is «не …», a release nothing
    "Администрация не должна закрывать школы": ["instruction: Администрация | не закрывать | "],
    "Министерство не обязано согласовывать план до 1 мая 2025 года": [],
    "Комитету не нужно представлять доклад": [],
    "Комитету не требуется представлять доклад": [],
    "Комитет вправе, но не обязан проводить проверки": [],
    "Комитет вправе проводить проверки": [],
    "Комитет не вправе расходовать средства": ["instruction: Комитет | не расходовать | "],
    "Комитету запрещается расходовать средства": ["instruction: Комитет | не расходовать | "],
    "Комитету воспрещается расходовать средства": ["instruction: Комитет | не расходовать | "],
    "Комитету не следует представлять доклад": ["recommendation: Комитет | не представлять | "],
    "Комитету разрешается не представлять доклад": [],
    "Администрация может не представлять отчёт": [],
    "Разрешить Комитету не представлять доклад": ["decision: *Совет депутатов | разрешить | Комитет"],
    "Запретить Комитету расходовать средства": ["decision: *Совет депутатов | запретить | Комитет"],
    "Нет необходимости представлять доклад": [],
    # «не» before a verb that asks
    "Не требовать от Администрации представить отчёт до 1 мая 2025 года": [
        "decision: *Совет депутатов | не требовать | "
    ],
    "Не обязывать Администрацию представить отчёт": ["decision: *Совет депутатов | не обязывать | "],
    "Не просить Губернатора отменить указ": ["decision: *Совет депутатов | не просить | "],
    "Не предлагать Комитету провести проверку": ["decision: *Совет депутатов | не предлагать | "],
    "Не рекомендовать учреждениям закупать оборудование": ["decision: *Совет депутатов | не рекомендовать | "],
    "Не поручать Администрации проведение проверки": ["decision: *Совет депутатов | не поручать | "],
    "Не возлагать на Администрацию обязанность представить отчёт": ["decision: *Совет депутатов | не возлагать | "],
    "Совет не поручает Администрации провести проверку": ["decision: Совет | не поручать | "],
    "Не считать целесообразным закрывать школы": ["decision: *Совет депутатов | не считать | "],
    # contrasts and exceptions
    "Поручить не Администрации, а Комитету по бюджету подготовить смету": [
        "instruction: Комитет по бюджету | подготовить | "
    ],
    "Поручить Комитету по бюджету, а не Администрации подготовить смету": [
        "instruction: Комитет по бюджету | подготовить | "
    ],
    "Поручить не только Администрации, но и Комитету подготовить смету": [
        "instruction: Администрация, Комитет | подготовить | "
    ],
    "Поручить Комитету представить доклад не Губернатору, а Совету": ["instruction: Комитет | представить | Совет"],
    "Поручить всем комитетам, кроме Комитета по бюджету, подготовить смету": [
        "instruction: все комитеты | подготовить | "
    ],
    "Призвать все государства, за исключением Франции, ратифицировать договор": [
        "request: все государства | ратифицировать | "
    ],
    # conditions
    "Если Администрация не устранит нарушения до 1 мая 2025 года, Прокуратуре обратиться в суд": [
        "instruction: Прокуратура | обратиться | суд"
    ],
    "В случае неисполнения предписания до 1 марта 2025 года Прокуратуре обратиться в суд": [
        "instruction: Прокуратура | обратиться | суд"
    ],
    "Если Администрация не устранит нарушения до 1 мая 2025 года, поручить Комитету провести проверку": [
        "instruction: Комитет | провести | "
    ],
    "В случае, если Администрация не устранит нарушения до 1 мая 2025 года, поручить Комитету до 1 июня 2025 года "
    "провести проверку": ["instruction: Комитет | провести |  | 2025-06-01"],
    "Поручить Комитету, если Администрация не устранит нарушения до 1 мая 2025 года, обратиться в суд": [
        "instruction: Комитет | обратиться | суд"
    ],
    "После того как Министерство утвердит порядок, Департаменту финансов выделить средства": [
        "instruction: Департамент финансов | выделить | "
    ],
    # what is told, asked or was refused
    "Администрация отказалась исполнять предписание Прокуратуры": [],
    "Администрация не выполнила поручение подготовить план": [],
    "Администрации ранее было поручено подготовить план": [],
    "Администрации поручалось подготовить план": [],
    "Комитет предложил Администрации сократить расходы": [],
    "Как сообщил Глава, Администрация обязана представить отчёт": [],
    "По мнению Прокуратуры, Администрация обязана представить отчёт": [],
    "Верховный Суд постановил, что Администрация обязана представить отчёт": [],
    "Должен ли Департамент представить отчёт?": [],
    "Администрация должна была представить отчёт": [],
    "Администрации поручено представить отчёт до 1 мая 2025 года": [
        "instruction: Администрация | представить |  | 2025-05-01"
    ],
    # what ends or moves an older act
    "Отменить поручение Администрации представить доклад до 1 мая 2025 года": [
        "decision: *Совет депутатов | отменить | "
    ],
    "Поручение Администрации представить доклад до 1 мая 2025 года отменить": [
        "decision: *Совет депутатов | отменить | "
    ],
    "Признать утратившим силу поручение представить доклад до 1 мая 2025 года": [
        "decision: *Совет депутатов | признать | "
    ],
    "Снять с контроля поручение представить доклад до 1 мая 2025 года": ["decision: *Совет депутатов | снять | "],
    "Освободить Комитет от обязанности представлять доклад до 1 мая 2025 года": [
        "decision: *Совет депутатов | освободить | "
    ],
    "Перенести срок представления доклада с 1 мая 2025 года на 1 сентября 2025 года": [
        "decision: *Совет депутатов | перенести | "
    ],
    # a relative clause is no part of a name
    "Направить обращение Губернатору, который просил Администрацию приостановить стройку": [
        "decision: *Совет депутатов | направить | Губернатор"
    ],
}


@pytest.mark.parametrize("clause", RUSSIAN_REVERSALS)
def test_russian_never_reverses_a_meaning(clause: str) -> None:
    records = of([clause.rstrip("?") + ("?" if "?" in clause else ".")], "ru", formula="Совет депутатов решил:")
    dates = [f" | {r.deadline.date_to}" if r.deadline else "" for r in records]
    assert [shown(r) + date for r, date in zip(records, dates, strict=True)] == RUSSIAN_REVERSALS[clause]


@pytest.mark.parametrize("intro", ["Не поручать Администрации:", "Комитет вправе:", "Комитет не обязан:"])
def test_russian_items_below_a_release_set_nothing(intro: str) -> None:
    records = of([intro, "1.1|проводить проверки;", "1.2|представить доклад до 1 мая 2025 года."], "ru")
    assert [record.verb for record in records] == (["не поручать"] if "поручать" in intro else [])


CONTRARY = {
    "Calls upon all States, except France and Spain, to ratify the treaty": ["request: all States | ratify | "],
    "Requests the Board, if the Secretariat fails to report by 1 May 2025, to suspend payments": [
        "request: Board | suspend | "
    ],
    "Requests the Board, which failed to report by 1 May 2024, to explain the delay": ["request: Board | explain | "],
    "Decides that the Board shall not be obliged to report to the Council": ["decision: *Council | decide | "],
    "Decides that the Secretariat need not prepare summary records": ["decision: *Council | decide | "],
    "Decides that States shall no longer submit annual reports": ["instruction: States | not submit | "],
    "Decides that neither the Board nor the Committee shall disclose the names": [
        "instruction: Board, Committee | not disclose | "
    ],
    "Decides to release the Secretariat from its duty to report annually": ["decision: *Council | release | "],
    "Prohibits the Board from signing contracts": ["instruction: Board | not sign | "],
    "Should the Secretariat fail to report by 1 May 2025, the Board shall suspend payments": [
        "instruction: Board | suspend | "
    ],
    "Declines to invite the observers": ["decision: *Council | decline | "],
}


@pytest.mark.parametrize("clause", CONTRARY)
def test_english_never_reverses_a_meaning(clause: str) -> None:
    records = of([f"{clause};"], "en", body="Council")
    assert [shown(record) for record in records] == CONTRARY[clause]
    assert all(record.deadline is None and record.recurrence is None for record in records if "no longer" not in clause)
