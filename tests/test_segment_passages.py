"""Passages: what is quoted, with which context, and that nothing of a document stays outside them."""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from test_segment import UN, check_whole, document, seed_path

from kb.language import split_sentences
from kb.model import Document, Passage, Provision
from kb.read import read_document
from kb.segment import passages, segment


class Counter:
    """Counts words and marks as tokens, long words as several, and how often it was asked."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, texts: Sequence[str]) -> list[int]:
        self.calls += 1
        return [sum(1 + len(word) // 5 for word in re.findall(r"\w+|[^\w\s]", text)) for text in texts]


def cut(source: Document, max_tokens: int = 480) -> tuple[tuple[Provision, ...], tuple[Passage, ...]]:
    count = Counter()
    provisions, found = segment(source, count_tokens=count, split_sentences=split_sentences, max_tokens=max_tokens)
    check_whole(source, provisions)
    check_passages(source, provisions, found, max_tokens)
    return provisions, found


def check_passages(
    source: Document, provisions: Sequence[Provision], found: Sequence[Passage], max_tokens: int
) -> None:
    """What holds of every document's passages."""
    text = source.text
    covered = [0] * len(text)
    assert len({passage.id for passage in found}) == len(found)
    assert all(before.end <= after.start for before, after in pairwise(found))
    by_eid = {provision.eid: provision for provision in provisions}
    for passage in found:
        assert passage.id.split("~")[0] == f"{source.id}#{passage.eid}"
        quote = text[passage.start : passage.end]
        assert quote == quote.strip() != ""
        assert by_eid[passage.eid].start <= passage.start < passage.end <= by_eid[passage.eid_to].end
        assert sum(Counter()([passage.context, quote])) <= max_tokens
        assert Counter()([passage.context])[0] <= max_tokens * 0.45
        assert passage.sentences
        for start, end in passage.sentences:
            assert passage.start <= start < end <= passage.end
            assert text[start:end] == text[start:end].strip()
        assert all(before[1] <= after[0] for before, after in pairwise(passage.sentences))
        for at in range(passage.start, passage.end):
            covered[at] += 1
    parents = {provision.parent for provision in provisions}
    for provision in provisions:
        words = text[provision.start : provision.end]
        silent = provision.kind in ("section", "article") and provision.eid in parents
        silent = silent and not (provision.kind == "article" and words.endswith((".", ":", ";")))
        silent = silent or (provision.kind == "formula" and len(words) <= 60)
        silent = silent or (provision.eid == "preface" and len(provisions) > 1)
        silent = silent or (provision.kind == "section" and len(words) <= 40)
        if silent or not any(character.isalnum() for character in words):
            continue
        inside = range(provision.start, provision.end)
        assert all(text[at].isspace() or covered[at] == 1 for at in inside), provision.eid


def test_the_seed_has_a_passage_for_each_provision(root: Path) -> None:
    source = read_document(seed_path(root), document_id="seed", relative="resolution/seed.md")
    _, found = cut(source)
    by_eid = {passage.eid: passage for passage in found}
    assert list(by_eid) == ["rec_1", "rec_2", "op__formula", *(f"op__item_{n}" for n in range(1, 23))]
    item = by_eid["op__item_21"]
    assert item.id == "seed#op__item_21"
    assert source.text[item.start : item.end].startswith("председателю Всемирного координационного совета")
    assert item.formula.startswith("Участники Конференции, декларируя")
    assert item.formula.endswith("считают необходимым:")
    assert item.context.startswith("Резолюция Всемирной тематической конференции")
    assert "Участники Конференции" in item.context
    assert by_eid["rec_1"].formula == ""
    assert len(by_eid["rec_1"].sentences) == 2
    assert len(by_eid["op__item_8"].sentences) == 2
    assert (item.page, item.page_to, item.headings) == (None, None, ())


@pytest.mark.parametrize("language", UN)
def test_the_body_and_the_intros_above_govern_a_clause(language: str) -> None:
    source = document(UN[language], language=language)
    provisions, found = cut(source)
    words = {p.eid: " ".join(source.text[p.start : p.end].split()) for p in provisions}
    by_eid = {passage.eid: passage for passage in found}
    assert by_eid["rec_1"].formula == by_eid["op_1"].formula == words["preamble__formula"]
    deep = by_eid["op_2__item_2__item_1"]
    assert deep.formula == " ".join([words["preamble__formula"], words["op_2"], words["op_2__item_2"]])
    assert deep.eid_to == "op_2__item_2__item_2"
    assert "preamble__formula" not in by_eid
    assert all(passage.eid_to == passage.eid for passage in found if re.fullmatch(r"op_\d", passage.eid))


def test_a_formula_without_its_body_is_governed_with_it() -> None:
    source = document("""
Резолюция
Мы, делегаты конгресса,
- отмечая успехи;
считаем важным:
- укреплять единство;
""")
    _, found = cut(source)
    assert found[-1].formula == "Мы, делегаты конгресса, считаем важным:"
    assert found[-1].context.endswith("Мы, делегаты конгресса, считаем важным:")


def test_small_neighbours_are_joined_under_one_parent_only() -> None:
    source = document(
        """
# Guide
## First
One short line.
Another short line.
## Second
A line below the second.
1. A step.
2. Another step:
- with a point;
- and a point.
3. The last step.
^ 1 A note.
""",
        kind="guide",
    )
    _, found = cut(source)
    assert [(passage.eid, passage.eid_to) for passage in found] == [
        ("sec_1__p_1", "sec_1__p_2"),
        ("sec_2__p_1", "sec_2__item_2"),
        ("sec_2__item_2__item_1", "sec_2__item_2__item_2"),
        ("sec_2__item_3", "sec_2__item_3"),
        ("sec_2__item_3__fn_1", "sec_2__item_3__fn_1"),
    ]
    assert found[0].headings == ("First",)
    assert source.text[found[1].start : found[1].end].endswith("the second.\n1. A step.\n2. Another step:")
    assert [source.text[a:b] for a, b in found[1].sentences] == ["A line below the second.", "A step.", "Another step:"]
    assert found[2].formula == "Another step:"


def test_a_document_of_a_title_alone_has_that_as_its_passage() -> None:
    _, found = cut(document("Резолюция конференции"))
    assert [(passage.eid, passage.context) for passage in found] == [("preface", "")]


def test_operative_items_and_parts_of_an_article_are_never_joined() -> None:
    resolution = document("Резолюция\nУчастники решили:\n- да;\n- нет;\n1. ещё")
    assert [p.eid for p in cut(resolution)[1]][:2] == ["op__item_1", "op__item_2"]
    law = document("1. Да.\n2. Нет:\n1) один;\n2) два.", kind="law", work="Кодекс", number="ст. 1")
    _, found = cut(law)
    assert [(p.eid, p.eid_to) for p in found] == [
        ("art_1__para_1", "art_1__para_1"),
        ("art_1__para_2", "art_1__para_2"),
        ("art_1__para_2__item_1", "art_1__para_2__item_2"),
    ]
    assert found[2].formula == "Нет:"


def test_an_article_whose_text_stands_beside_its_number_is_found() -> None:
    law = document(
        "Закон\nСтатья 1. Каждый имеет право:\n1) жаловаться;\n2) просить.\nСтатья 2. Срок\nТекст.", kind="law"
    )
    assert [p.eid for p in cut(law)[1]] == ["art_1", "art_1__para_1", "art_1__para_2", "art_2__p_1"]


def test_an_unnumbered_intro_governs_the_points_after_it() -> None:
    law = document(
        "Граждане вправе:\n1) жаловаться;\n2) просить.\nПорядок таков.", kind="law", work="К", number="ст. 7"
    )
    _, found = cut(law)
    assert [(p.eid, p.formula) for p in found] == [
        ("art_7__p_1", ""),
        ("art_7__para_1", "Граждане вправе:"),
        ("art_7__para_2", "Граждане вправе:"),
        ("art_7__p_2", ""),
    ]


def test_the_context_of_a_law_names_work_number_and_path() -> None:
    law = document(
        "Первая часть.\nВторая часть.",
        kind="law",
        title="Понятие",
        work="Кодекс",
        number="ст. 7",
        headings=("Раздел I", "Глава 2"),
    )
    _, found = cut(law)
    assert found[0].headings == ("Раздел I", "Глава 2")
    assert found[0].context == "Понятие\nКодекс › Раздел I › Глава 2 › ст. 7"


def test_a_long_provision_is_cut_between_sentences() -> None:
    sentence = "Содействовать развитию связей между организациями соотечественников и регионами во всех сферах {}."
    words = " ".join(sentence.format(number) for number in range(40))
    source = document(f"Резолюция\nУчастники решили:\n- {words}\n- доложить.")
    _, found = cut(source, max_tokens=200)
    pieces = [passage for passage in found if passage.eid == "op__item_1"]
    assert [piece.id for piece in pieces[:3]] == ["x#op__item_1", "x#op__item_1~2", "x#op__item_1~3"]
    assert len(pieces) > 3
    quotes = [source.text[piece.start : piece.end] for piece in pieces]
    assert " ".join(quotes) == words
    assert all(re.search(r"сферах \d+\.$", quote) for quote in quotes)
    assert sum(len(piece.sentences) for piece in pieces) == 40
    assert min(map(len, quotes)) > max(map(len, quotes)) / 3


def test_one_endless_sentence_is_cut_at_marks_and_spaces() -> None:
    words = ", ".join(f"слово{number} и ещё слово" for number in range(400))
    source = document(f"Резолюция\nУчастники решили:\n- {words}")
    _, found = cut(source, max_tokens=150)
    pieces = [source.text[p.start : p.end] for p in found if p.eid == "op__item_1"]
    assert "".join(pieces).replace(" ", "") == words.replace(" ", "")
    assert all(piece.rstrip().endswith(",") for piece in pieces[:-1])
    unbroken = document("Резолюция\nУчастники решили:\n- " + "ъ" * 5000)
    assert "".join(unbroken.text[p.start : p.end] for p in cut(unbroken, 100)[1] if p.eid == "op__item_1") == "ъ" * 5000


def test_a_long_table_is_cut_by_rows_under_its_first_row() -> None:
    rows = "\n".join(f"| Орган номер {number} | {number} дней на ответ заявителю" for number in range(60))
    source = document(f"# Сроки\nКуда и когда.\n| Орган | Срок\n{rows}", kind="guide")
    _, found = cut(source, max_tokens=160)
    table = [passage for passage in found if passage.eid == "table_1"]
    assert len(table) > 3
    assert "Орган | Срок" not in table[0].context
    assert all(passage.context.endswith("Орган | Срок") for passage in table[1:])
    assert all(source.text[p.start : p.end].startswith("Орган") for p in table)
    assert all("\n" not in source.text[a:b] for p in table for a, b in p.sentences)


def test_a_context_is_clipped_to_its_share() -> None:
    title = "Очень длинное название " * 20
    formula = "Участники, " + "подтверждая прежние решения, " * 60 + "решили:"
    source = document(f"Резолюция\n{formula}\n- доложить.", title=title.strip())
    _, found = cut(source, max_tokens=800)
    last = found[-1]
    assert Counter()([last.context])[0] <= 60
    assert last.context.startswith("Очень длинное название")
    assert "\nУчастники, подтверждая" in last.context
    assert last.context.endswith(" …")
    assert last.formula == formula


def test_pages_of_a_passage() -> None:
    source = document(
        "Резолюция\nУчастники решили:\n- начать дело,\n---\nпродолжить его и\n---\nзакончить;\n- доложить."
    )
    _, found = cut(source)
    assert [(p.eid, p.page, p.page_to) for p in found] == [
        ("op__item_1", 1, 3),
        ("op__item_2", 3, 3),
    ]


def test_tokens_are_counted_in_few_calls() -> None:
    text = "\n".join(f"{number}. Обязуется исполнить пункт номер {number}." for number in range(1, 500))
    source = document("Резолюция\nУчастники решили:\n" + text)
    count = Counter()
    segment(source, count_tokens=count, split_sentences=split_sentences, max_tokens=480)
    assert count.calls <= 3


def test_a_large_document_is_quick() -> None:
    """About 300 pages: 9,000 paragraphs, 900,000 characters."""
    body = "\n".join(
        f"{number}. Стороны обязуются исполнять обязательства добросовестно и в срок, о котором они условились ранее."
        for number in range(1, 9000)
    )
    source = document("# Программа\n" + body, kind="programme")
    started = time.perf_counter()
    provisions, found = segment(
        source,
        count_tokens=lambda texts: [len(text) // 4 for text in texts],
        split_sentences=split_sentences,
        max_tokens=480,
    )
    assert len(provisions) == 9000
    assert len(found) > 500
    assert time.perf_counter() - started < 6


def test_passages_of_given_provisions_are_those_of_the_segment() -> None:
    source = document(UN["en"])
    provisions, found = cut(source)
    again = passages(source, provisions, count_tokens=Counter(), split_sentences=split_sentences, max_tokens=480)
    assert again == found
    assert json.loads(json.dumps([getattr(found[0], name) for name in found[0].__slots__]))[0] == "x#rec_1"


def lines(text: str, **fields: Any) -> Document:
    return document("\n".join(line.strip() for line in text.split("\n") if line.strip(" -")), **fields)


def test_draft_resolutions_of_the_security_council(evaluation: Path) -> None:
    """Numbered paragraphs of 34 drafts, taken from PDF files with broken lines: nearly all must be found, as such."""
    expected = right = 0
    for path in sorted((evaluation / "un_resolutions" / "draft_pdf").glob("*.json")):
        draft = json.loads(path.read_text(encoding="utf-8"))
        source = lines(draft["Content"], title=draft["Title"], language="en")
        provisions, _ = cut(source)
        eids = {provision.eid for provision in provisions if provision.kind == "item"}
        body = source.text.split("\nAnnex")[0]
        numbers = {int(number) for number in re.findall(r"^(\d+)\.\s+[A-Z]", body, re.MULTILINE)}
        expected += len(numbers)
        right += sum(f"op_{number}" in eids for number in numbers)
        assert provisions[0].eid == "preamble"
        assert [p.kind for p in provisions].count("operative") == 1
    assert expected > 400
    assert right / expected > 0.99


@pytest.mark.parametrize(("name", "key"), [("ru_codes", "article"), ("laws/de", "ref"), ("laws/lt", "ref")])
def test_articles_of_codes(evaluation: Path, name: str, key: str) -> None:
    """Every visible character of hundreds of articles is kept, and their numbered parts are parts."""
    path = evaluation / name / "articles.jsonl" if name == "ru_codes" else evaluation / f"{name}.articles.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()[::16]]
    numbered = found = 0
    for row in rows:
        source = lines(row["text"], kind="law", title=row["title"] or "", work="Work", number=f"ст. {row[key]}")
        if not source.text:
            continue
        provisions, _ = cut(source)
        assert provisions[0].kind == "article"
        numbers = re.findall(r"^(?:\((\d+)\)|(\d+)\.)\s", source.text, re.MULTILINE)
        if [a or b for a, b in numbers[:2]] == ["1", "2"]:
            numbered += 1
            found += any("__para_2" in provision.eid or "__item_2" in provision.eid for provision in provisions)
    assert len(rows) > 180
    assert found == numbered > 20


def test_programme_documents_with_tables(evaluation: Path) -> None:
    for path in sorted((evaluation / "un_programme_docx").glob("*.docx"))[:6]:
        source = read_document(path, document_id="programme", relative=path.name)
        provisions, found = cut(source)
        assert sum(provision.kind == "section" for provision in provisions) >= 3
        assert any(passage.headings for passage in found)


FRAGMENTS = [
    "Участники решили:", "считаем важным:", "- развивать связи;", "– создание школ:", "• пункт", "1. Первое.",
    "2. Второе:",
    "3.", "1.1. Ещё", "1.1.1 Глубже;", "а) точка;", "б) точка", "(a) point;", "(i) roman;", "(b) point:",
    "1) часть;", "2) часть.",
    "Статья 1. Право", "Статья 2", "Article 5", "§ 3 Zweck", "Глава 1. Основы", "Раздел II", "Приложение № 2", "Annex",
    "The General Assembly,", "Recalling its resolution,", "Decides to act;", "отмечая успехи,", "ОБЩИЕ ПОЛОЖЕНИЯ",
    "I. Background", "Вопрос: Что делать?", "Что делать?", "Содержание", "Право ..... 3", "обычный текст без точки",
    "Обычный абзац. Второе предложение.", "(<https://example.org>), и далее", "* * *", "2022. В этом году",
    "«Статья 7. Цитата", "конец цитаты».", "Председатель И. Иванов", "в соответствии с пунктом", "мая 2020 года;",
]  # fmt: skip


@pytest.mark.parametrize("kind", ["resolution", "law", "guide", "programme", "other"])
def test_no_order_of_lines_loses_anything(kind: str) -> None:
    chance = random.Random(kind)
    for _ in range(120):
        marks = ["", "", "", "", "# ", "## ", "^ ", "| ", "  - "]
        chosen = [chance.choice(marks) + chance.choice(FRAGMENTS) for _ in range(chance.randint(1, 30))]
        fields = {"work": "Кодекс", "number": "ст. 5"} if chance.random() < 0.1 else {}
        cut(document("\n".join(chosen), kind=kind, **fields), max_tokens=chance.choice([60, 120, 480]))
