"""The golden questions: in any language, the right passage of the shipped corpus comes first, or among the first three.

The floors are what the project promises; lower one only by changing it here, in plain sight.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import pytest

from kb.search import Searcher

FIRST = 0.80
TOP_THREE = 0.95
QUESTIONS = [
    json.loads(line) for line in (Path(__file__).parent / "golden.jsonl").read_text(encoding="utf-8").splitlines()
]


@dataclass
class Ranks:
    """Ranks (1…) of the right passages, by language of the question."""

    by_language: dict[str, list[int]]
    missed: list[str]

    def share(self, within: int) -> float:
        ranks = [rank for ranks in self.by_language.values() for rank in ranks]
        return sum(rank <= within for rank in ranks) / len(ranks)


@pytest.fixture(scope="module")
def ranks(searcher: Searcher) -> Ranks:
    by_language: dict[str, list[int]] = defaultdict(list)
    missed = []
    for question in QUESTIONS:
        hits = searcher.search(question["q"], limit=20).hits
        rank = next(
            (
                n
                for n, hit in enumerate(hits, 1)
                if hit.document_id == question["document"] and question["answer"] in hit.quote
            ),
            99,
        )
        by_language[question["language"]].append(rank)
        if rank > 1:
            missed.append(f"{rank}: [{question['language']}] {question['q']} -> {question['document']}")
    return Ranks(by_language, missed)


def test_the_set_is_what_it_claims(searcher: Searcher) -> None:
    language_of = {document.id: document.language for document in searcher.documents()}
    assert len(QUESTIONS) >= 80
    assert len({question["language"] for question in QUESTIONS}) >= 8
    across = [q for q in QUESTIONS if q["language"] != language_of[q["document"]]]
    assert len(across) >= len(QUESTIONS) / 2


def test_right_passage_comes_first(ranks: Ranks) -> None:
    assert ranks.share(1) >= FIRST, "\n".join(ranks.missed)


def test_right_passage_is_among_the_first_three(ranks: Ranks) -> None:
    assert ranks.share(3) >= TOP_THREE, "\n".join(ranks.missed)


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
        ("Wer muss über die Umsetzung berichten?", "de", "(Москва, 1–2 November 2022), operative part, 21st indent"),
    ],
)
def test_who_reports_is_found_and_cited(searcher: Searcher, question: str, reader: str, citation: str) -> None:
    hit = searcher.search(question, reader=reader).hits[0]
    assert hit.quote.startswith("председателю Всемирного координационного совета российских соотечественников доложить")
    assert hit.citation.startswith("Резолюция Всемирной тематической конференции «Экономическое сотрудничество: ")
    assert hit.citation.endswith(citation)
