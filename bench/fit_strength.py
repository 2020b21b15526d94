"""Fit the calibration of answers' strength to an encoder, and write it where kb looks for it.

    python bench/fit_strength.py [--index DIR] [ENCODER]

Asks questions with and without an answer – golden questions and open-domain ones (RuBQ) of the shipped corpus, half of
XQuAD-R's paragraphs in every pair of languages (by half of its questions: `kb eval xquad-r-held-out` asks the others),
half of the articles of the Russian codes – and fits a logistic model of whether the first hit is right. Collections
count by SHARES. ENCODER: as KB_ENCODER (default: bundled), whose projection must have been fitted first.
`--index`: keep the indexes here, for a second run.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kb.build import build
from kb.encode import Encoder, calibration_path, load_encoder
from kb.errors import UsageError
from kb.evaluate import Question, auroc, calibration_error, find_suite, working_folder
from kb.generation import open_generation
from kb.search import Filters, Searcher
from kb.settings import load_settings
from kb.strength import FEATURES, RELATED, STRONG, Calibration, fit_calibration

SUITES = Path(__file__).with_name("suites.py")
OPEN_DOMAIN = Path(__file__).parent.parent.parent / "shared" / "data" / "rubq_ru" / "RuBQ_2.0_dev.json"
ASKED = {"golden": 0, "golden-hard": 0, "xquad-r-fit": 400, "ru-codes-half": 300}  # of each language; 0: all
SHARES = {"xquad-r-fit": 2.0}  # the one collection with questions in one language and answers in another; others: 1
OPEN = 150  # open-domain questions, in Russian and in English, of the shipped corpus and of the codes


class Watching(Calibration):
    """A calibration that keeps the features of what it is asked about."""

    seen: list[NDArray[np.float64]] = []  # noqa: RUF012 – the class is frozen

    def confidence(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Halves; the first hit's features are put aside."""
        self.seen.append(values[0])
        return np.full(len(values), 0.5)


def asked(name: str, questions: list[Question]) -> Iterator[Question]:
    """The questions of a suite that are asked, and those that no corpus of ours answers."""
    size = ASKED[name]
    by_language: dict[str, list[Question]] = {}
    for question in questions:
        by_language.setdefault(question.language, []).append(question)
    for some in by_language.values():
        order = np.random.default_rng(0).permutation(len(some))
        yield from (some[n] for n in (order[:size] if size else order))
    if name in {"golden", "ru-codes-half"}:
        for n, one in enumerate(json.loads(OPEN_DOMAIN.read_text(encoding="utf-8"))[:OPEN]):
            text, language = (one["question_text"], "ru") if n % 2 else (one["question_eng"], "en")
            yield Question(f"open-{n}", text, language, {})


def collect(name: str, encoder: Encoder, folder: Path) -> tuple[NDArray[np.float64], NDArray[np.bool_], list[str]]:
    """Features of each first hit, whether it is right, and what kind of case it is (same, across, …; answerable)."""
    suite = find_suite(name, folder, SUITES)
    index = folder / name / "full"
    build(suite.corpus, index, encoder, cache=folder / "cache")
    watching = Watching((0.0,) * len(FEATURES), 0.0, "")
    searcher = Searcher(open_generation(index), encoder, suite.corpus, calibration=watching)
    documents = {document.id: document for document in searcher.documents()}
    languages = suite.languages(documents.values())
    rows, right, kinds = [], [], []
    for question in asked(name, list(suite.questions)):
        pools = sorted(set(languages.values())) if name.startswith("xquad") else [""]
        for pool in pools:
            watching.seen.clear()
            try:
                answer = searcher.search(question.text, limit=1, filters=Filters(language=pool), rescue=False)
            except UsageError:
                continue
            if not answer.hits or answer.unmet:
                continue
            rows.append(watching.seen[0])
            first = answer.hits[0]
            right.append(
                bool(question.relevant)
                and suite.item(question, first, documents[first.document_id]) in question.relevant
            )
            pair = "" if not pool else " same" if pool == question.language else " across"
            kinds.append(f"{name}{pair} {'answerable' if question.relevant else 'unanswerable'}")
    print(f"{name}: {len(rows)} cases", flush=True)
    return np.array(rows), np.array(right), kinds


def main() -> None:
    """Collect, fit, say what was reached, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("encoder", nargs="?")
    parser.add_argument("--index", type=Path)
    given = parser.parse_args()
    settings = load_settings(encoder=given.encoder)
    encoder = load_encoder(settings.encoder, cache=settings.cache, threads=settings.threads)
    with working_folder(given.index) as folder:
        cases = [collect(name, encoder, folder) for name in ASKED]
    values = np.concatenate([case[0] for case in cases])
    right = np.concatenate([case[1] for case in cases])
    kinds = np.array([kind for case in cases for kind in case[2]])
    # The two golden sets are one collection.
    sizes = [len(cases[0][0]) + len(cases[1][0])] * 2 + [len(case[0]) for case in cases[2:]]
    weights = np.concatenate(
        [
            np.full(len(case[0]), 1000 * SHARES.get(name, 1.0) / size)
            for name, case, size in zip(ASKED, cases, sizes, strict=True)
        ]
    )
    calibration = fit_calibration(values, right, weights, ", ".join(sorted({kind.rsplit(" ", 1)[0] for kind in kinds})))
    confidence = calibration.confidence(values)
    for group in sorted({kind.rsplit(" ", 1)[0] for kind in kinds}):
        yes, no = kinds == f"{group} answerable", kinds == f"{group} unanswerable"
        mine = yes | no
        good = confidence[yes & right]
        print(
            f"{group}: AUROC {auroc(confidence[yes].tolist(), confidence[no].tolist()) if no.any() else 1:.3f}, "
            f"ECE {calibration_error(confidence[mine].tolist(), right[mine].tolist()):.3f}, "
            f"right ones called nothing {np.mean(good < RELATED):.3f}, strong {np.mean(good >= STRONG):.3f}, "
            f"unanswerable called strong {np.mean(confidence[no] >= STRONG) if no.any() else 0:.3f}"
        )
    path = calibration_path(encoder, settings.cache)
    calibration.save(path)
    print(f"{path}: written, {calibration}")


if __name__ == "__main__":
    main()
