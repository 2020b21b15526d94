"""The golden questions: in any language, the right passage of the shipped corpus comes first, or among the first three.

The floors are what the project promises; lower one only by changing it here, in plain sight.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kb.search import Searcher

FLOORS = {  # of the right passage first, and among the first three
    "golden": (0.82, 0.95),
    "golden_hard": (0.66, 0.84),  # remote languages and side remarks: kept to see what changes
}


def questions(name: str) -> list[dict[str, Any]]:
    text = (Path(__file__).parent / f"{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@dataclass
class Ranks:
    """Ranks (1…) of the right passages, by language of the question."""

    by_language: dict[str, list[int]]
    missed: list[str]

    def share(self, within: int) -> float:
        ranks = [rank for ranks in self.by_language.values() for rank in ranks]
        return sum(rank <= within for rank in ranks) / len(ranks)


def rank_all(searcher: Searcher, name: str) -> Ranks:
    by_language: dict[str, list[int]] = defaultdict(list)
    missed = []
    for question in questions(name):
        answers = question.get("answers") or [question["answer"]]
        hits = searcher.search(question["q"], limit=20).hits
        right = (
            n
            for n, hit in enumerate(hits, 1)
            if hit.document_id == question["document"] and any(answer in hit.quote for answer in answers)
        )
        rank = next(right, 99)
        by_language[question["language"]].append(rank)
        if rank > 1:
            missed.append(f"{rank}: [{question['language']}] {question['q']} -> {question['document']}")
    return Ranks(by_language, missed)


def test_the_set_is_what_it_claims(searcher: Searcher) -> None:
    language_of = {document.id: document.language for document in searcher.documents()}
    asked = questions("golden")
    assert len(asked) >= 80
    assert len({question["language"] for question in asked}) >= 8
    across = [q for q in asked if q["language"] != language_of[q["document"]]]
    assert len(across) >= len(asked) / 2


@pytest.mark.parametrize("name", sorted(FLOORS))
def test_the_right_passage_comes_first_or_nearly(searcher: Searcher, name: str) -> None:
    ranks = rank_all(searcher, name)
    first, top_three = FLOORS[name]
    figures = f"{name}: first {ranks.share(1):.3f}, first three {ranks.share(3):.3f}"
    print(figures, {language: (len(r), sum(x == 1 for x in r)) for language, r in sorted(ranks.by_language.items())})
    assert ranks.share(1) >= first, "\n".join([figures, *ranks.missed])
    assert ranks.share(3) >= top_three, "\n".join([figures, *ranks.missed])


@pytest.mark.parametrize(
    ("question", "reader", "citation"),
    [
        (
            "кто и когда должен доложить о выполнении решений?",
            "ru",
            "(Москва, 1–2 ноября 2022 г.), тире 21 постановляющей части",
        ),
        (
            "Who must report on implementation and when?",
            "en",
            "(Москва, 1–2 November 2022), operative part, 21st indent",
        ),
        (
            "Wer muss über die Umsetzung berichten?",
            "de",
            "(Москва, 1.–2. November 2022), 21. Spiegelstrich des operativen Teils",
        ),
    ],
)
def test_who_reports_is_found_and_cited(searcher: Searcher, question: str, reader: str, citation: str) -> None:
    hit = searcher.search(question, reader=reader).hits[0]
    assert hit.quote.startswith("председателю Всемирного координационного совета российских соотечественников доложить")
    assert hit.citation.startswith("Резолюция Всемирной тематической конференции «Экономическое сотрудничество: ")
    assert hit.citation.endswith(citation)


OUT_OF_DOMAIN = [
    "Who won the ice hockey world championship in 1998?",
    "Какая река протекает через Париж?",
    "Wie viele Beine hat eine Spinne?",
    "¿Cuál es la receta de la paella valenciana?",
    "What is the boiling point of ethanol?",
    "Кто написал оперу «Пиковая дама»?",
    "Como se llama el satélite más grande de Saturno?",
    "Какой двигатель стоит на тракторе МТЗ-80?",
]


def test_what_is_not_in_the_corpus_is_not_claimed(searcher: Searcher) -> None:
    said = [searcher.search(question).strength for question in OUT_OF_DOMAIN]
    assert "strong" not in said
    assert said.count("nothing") >= 7  # «Saturno» is near the Latvian word for contents


def test_open_domain_questions_are_not_claimed(searcher: Searcher, evaluation: Path) -> None:
    asked = json.loads((evaluation / "rubq_ru" / "RuBQ_2.0_dev.json").read_text(encoding="utf-8"))[-60:]
    said = [searcher.search(one["question_text" if n % 2 else "question_eng"]).strength for n, one in enumerate(asked)]
    assert "strong" not in said
    assert said.count("nothing") >= 54, said


def test_what_is_in_the_corpus_is_not_denied(searcher: Searcher) -> None:
    answers = [searcher.search(question["q"], limit=1).strength for question in questions("golden")]
    assert answers.count("nothing") <= 0.05 * len(answers)
    assert answers.count("strong") >= 0.65 * len(answers)


NEAR_DOMAIN = [
    "купить билет на конференцию",
    "conference hotels in Moscow",
    "The court of King Henry VIII",
    "Бизнес-план кофейни",
    "child seat law in Germany",
    "How do I get a divorce in Germany?",
    "как получить водительские права",
    "Москва",
    "2023",
]


@pytest.mark.parametrize("question", NEAR_DOMAIN)
def test_shared_words_alone_are_no_direct_answer(searcher: Searcher, question: str) -> None:
    assert searcher.search(question).strength != "strong"


def test_words_of_a_clause_find_it_as_a_direct_answer(searcher: Searcher) -> None:
    answer = searcher.search("доложить о ходе реализации данного решения")
    assert answer.hits[0].url.endswith("#op__item_21")
    assert answer.strength == "strong"
