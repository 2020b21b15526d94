"""kb eval: figures against values computed by hand, ids and languages kept apart, malformed suites refused."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from arithmetic import ArithmeticEncoder

from kb.encode import NeutralEncoder, Projection
from kb.errors import SuiteError, UsageError
from kb.evaluate import (
    MODES,
    Report,
    auroc,
    calibration_error,
    describe,
    evaluate,
    find_suite,
    parse_modes,
    read_folder,
)
from kb.search import Searcher

HEAD = "query-id\tcorpus-id\tscore\n"
SECOND = 1 / math.log2(3)  # what a document of gain 1 is worth in the second place


def write(folder: Path, corpus: Iterable[Any], queries: Iterable[Any], qrels: str, split: str = "test") -> Path:
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    for name, records in (("corpus", corpus), ("queries", queries)):
        text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    (folder / "qrels" / f"{split}.tsv").write_text(HEAD + qrels, encoding="utf-8")
    return folder


# By their own vectors, documents come in the order of the words they share with a query. The first two ids give one
# slug and the third holds what no file name may.
CORPUS = [
    {"_id": "A/RES/1", "title": "", "text": "alpha beta gamma"},
    {"_id": "a res 1", "title": "", "text": "alpha beta delta"},
    {"_id": "дом № 3?", "title": "", "text": "alpha epsilon zeta"},
    {"_id": "4", "title": "", "text": "eta theta iota"},
]
QUERIES = [
    {"_id": "q1", "text": "alpha beta gamma"},
    {"_id": "q2", "text": "alpha epsilon zeta"},
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "tiny", CORPUS, QUERIES, "q1\ta res 1\t1\nq1\t4\t0\nq2\tдом № 3?\t1\n")


def run(folder: Path, work: Path, modes: Sequence[Any] = ("dense",), encoder: Any = None, **more: Any) -> Report:
    return evaluate(read_folder(folder), encoder or ArithmeticEncoder(), work, modes=modes, **more)


def test_metrics_are_those_computed_by_hand(folder: Path, tmp_path: Path) -> None:
    metrics = run(folder, tmp_path / "work").modes["dense"].metrics
    assert metrics == pytest.approx(
        {"R@1": 0.5, "R@5": 1, "R@10": 1, "nDCG@10": (SECOND + 1) / 2, "MRR": 0.75, "mAP": 0.75}, abs=1e-4
    )


def test_several_right_documents_and_grades(folder: Path, tmp_path: Path) -> None:
    write(folder, CORPUS, QUERIES[:1], "q1\tA/RES/1\t1\nq1\tдом № 3?\t2\n")
    metrics = run(folder, tmp_path / "work").modes["dense"].metrics
    third = 1 / math.log2(4)
    assert metrics == pytest.approx(
        {
            "R@1": 0.5,
            "R@5": 1,
            "R@10": 1,
            "nDCG@10": (1 + 2 * third) / (2 + SECOND),
            "MRR": 1,
            "mAP": (1 + 2 / 3) / 2,
            "Success@1": 1,
        },
        abs=1e-4,
    )


def test_json_shape(folder: Path, tmp_path: Path) -> None:
    report = run(folder, tmp_path / "work", MODES)
    data = json.loads(json.dumps(report.to_json()))
    assert data["suite"] == "tiny"
    assert data["queries"] == 2
    assert data["unanswerable"] == 0
    assert data["documents"] == 4
    assert data["left_out"] == 0
    assert data["mode"] == "full"
    assert set(data["metrics"]) == {"R@1", "R@5", "R@10", "nDCG@10", "MRR", "mAP"}
    assert list(data["modes"]) == ["full", "dense", "lexical"]
    assert data["metrics"] == data["modes"]["full"]["metrics"]
    assert "languages" not in data
    assert "strength" not in data
    assert len(data["data"]) == 64
    assert describe(report).splitlines()[0] == "tiny: 2 questions, 4 documents, 4 passages, arithmetic"


def test_the_first_mode_asked_for_stands_on_top(folder: Path, tmp_path: Path) -> None:
    data = run(folder, tmp_path / "work", ("lexical", "dense")).to_json()
    assert data["mode"] == "lexical"
    assert data["metrics"] == data["modes"]["lexical"]["metrics"]


def test_an_index_is_kept_and_used_again(folder: Path, tmp_path: Path) -> None:
    first = run(folder, tmp_path / "work", ("full",))
    encoder = ArithmeticEncoder()
    again = run(folder, tmp_path / "work", ("full",), encoder)
    assert again.modes["full"].metrics == first.modes["full"].metrics
    assert encoder.encoded <= 6  # words of the questions, and no passage


def test_plain_dense_search_is_by_the_base_encoder(folder: Path, tmp_path: Path) -> None:
    mean = np.zeros(64, np.float32)
    directions = np.linalg.qr(np.random.default_rng(0).normal(size=(64, 40)))[0].T.astype(np.float32)
    base = ArithmeticEncoder()
    neutral = NeutralEncoder(base, Projection(mean, mean, directions))
    both = run(folder, tmp_path / "both", ("full", "dense"), neutral)
    texts = base.encoded
    plain = run(folder, tmp_path / "plain", ("dense",))
    assert both.modes["dense"].metrics == plain.modes["dense"].metrics
    alone = NeutralEncoder(again := ArithmeticEncoder(), Projection(mean, mean, directions))
    run(folder, tmp_path / "full", ("full",), alone)
    assert texts == again.encoded  # the plain index takes its vectors from the other's cache


PARALLEL = [
    {"_id": f"{language}-{n}", "text": f"{words} {language}", "metadata": {"language": language}}
    for language in ("de", "en")
    for n, words in enumerate(["alpha beta gamma", "delta epsilon zeta"])
]


def test_figures_by_language(tmp_path: Path) -> None:
    queries = [
        {"_id": "de-q", "text": "alpha beta gamma", "metadata": {"language": "de"}},
        {"_id": "en-q", "text": "alpha beta gamma", "language": "en-GB"},
    ]
    # The English question is said to be answered by the document that comes second in either language.
    qrels = "de-q\tde-0\t1\nde-q\ten-0\t1\nen-q\tde-1\t1\nen-q\ten-1\t1\n"
    report = run(write(tmp_path / "parallel", PARALLEL, queries, qrels), tmp_path / "work")
    result = report.modes["dense"]
    assert {pair: metrics["MRR"] for pair, metrics in result.pairs.items()} == {
        "de-de": 1,
        "de-en": 1,
        "en-de": 0.5,
        "en-en": 0.5,
    }
    assert result.languages["same"]["R@1"] == 0.5
    assert result.languages["across"]["R@5"] == 1
    assert result.metrics["R@1"] == 0.25  # one of the two answers of one question
    assert result.metrics["Success@1"] == 0.5
    assert result.searches == 6
    data = report.to_json()
    assert set(data["languages"]) == {"same", "across", "pairs"}
    table = describe(report).splitlines()
    row = table.index(next(line for line in table if line.startswith("R@1 (dense)")))
    assert [line.split() for line in table[row + 1 : row + 4]] == [
        ["de", "en"],
        ["de", "1.000", "1.000"],
        ["en", "0.000", "0.000"],
    ]


def test_pools_of_languages_without_an_answer_are_not_asked(tmp_path: Path) -> None:
    queries = [{"_id": "q", "text": "alpha beta gamma", "metadata": {"language": "de"}}]
    report = run(write(tmp_path / "one", PARALLEL, queries, "q\ten-0\t1\n"), tmp_path / "work")
    assert set(report.modes["dense"].pairs) == {"de-en"}
    assert set(report.modes["dense"].languages) == {"across"}


def test_unanswerable_questions(folder: Path, tmp_path: Path) -> None:
    write(folder, CORPUS, [*QUERIES, {"_id": "q3", "text": "kappa lambda"}], "q1\tA/RES/1\t1\nq2\t4\t1\nq3\t4\t0\n")
    report = run(folder, tmp_path / "work", ("full",))
    strength = report.modes["full"].strength["one pool"]
    assert report.unanswerable == 1
    assert report.modes["full"].metrics["R@1"] == 0.5
    assert (strength["answerable"], strength["unanswerable"]) == (2, 1)
    searcher = Searcher.open(tmp_path / "work" / "tiny" / "full", ArithmeticEncoder(), folder)
    answers = [searcher.search(q, group=True) for q in ("alpha beta gamma", "alpha epsilon zeta", "kappa lambda")]
    known = [answer.confidence for answer in answers]
    assert strength["AUROC"] == auroc(known[:2], known[2:])
    assert strength["ECE"] == pytest.approx(calibration_error(known, [True, False, False]))
    assert strength["answerable_called_nothing"] == sum(one.strength == "nothing" for one in answers[:2]) / 2
    assert strength["unanswerable_called_strong"] == (answers[2].strength == "strong")
    assert set(report.to_json()["strength"]) == {"one pool"}


def test_auroc() -> None:
    assert auroc([0.9, 0.4], [0.5, 0.4]) == pytest.approx(2.5 / 4)
    assert auroc([1.0], [0.0]) == 1
    assert auroc([0.5, 0.5], [0.5]) == 0.5


def test_calibration_error() -> None:
    # Bins: 0.9–1 holds two, one of them right; 0.1–0.2 a wrong one; 0–0.1 a right one.
    values, right = [0.92, 1.0, 0.15, 0.05], [True, False, False, True]
    assert calibration_error(values, right) == pytest.approx((abs(1 - 1.92) + 0.15 + 0.95) / 4)
    assert calibration_error([0.0, 1.0], [False, True]) == 0


def test_of_several_splits_the_test_split_is_asked(folder: Path, tmp_path: Path) -> None:
    write(folder, CORPUS, [*QUERIES, {"_id": "q3", "text": "kappa"}], "q2\t4\t1\n", split="train")
    write(folder, CORPUS, [*QUERIES, {"_id": "q3", "text": "kappa"}], "q1\tA/RES/1\t1\n")
    asked = {question.id: dict(question.relevant) for question in read_folder(folder).questions}
    assert asked == {"q1": {"A/RES/1": 1}, "q3": {}}


def test_a_sample_is_the_same_of_each_language(tmp_path: Path) -> None:
    queries = [
        {"_id": f"{language}-{n}", "text": f"alpha beta {n}", "metadata": {"language": language}}
        for language in ("de", "en")
        for n in range(9)
    ]
    qrels = "".join(f"{query['_id']}\ten-0\t1\n" for query in queries)
    folder = write(tmp_path / "many", PARALLEL, queries, qrels)
    reports = [run(folder, tmp_path / "work", sample=4) for _ in range(2)]
    assert [report.queries for report in reports] == [8, 8]
    assert reports[0].modes["dense"].metrics == reports[1].modes["dense"].metrics
    assert evaluate(replace(read_folder(folder), sample=2), ArithmeticEncoder(), tmp_path / "work").queries == 4


def test_a_document_without_text_counts_as_not_found(folder: Path, tmp_path: Path) -> None:
    empty = {"_id": "empty", "title": "A title", "text": ""}
    write(folder, [*CORPUS, empty], QUERIES, "q1\tA/RES/1\t1\nq2\tempty\t1\n")
    report = run(folder, tmp_path / "work")
    assert report.left_out == 1
    assert report.modes["dense"].metrics["R@10"] == 0.5


GOOD = '{"_id": "a", "text": "words"}'


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("corpus.jsonl", None, r"corpus.jsonl: cannot be read \(No such file"),
        ("corpus.jsonl", "", "corpus.jsonl: holds no document"),
        ("corpus.jsonl", '{"_id": "a"', "corpus.jsonl:1: no JSON"),
        ("corpus.jsonl", f"{GOOD}\n\n{GOOD}", "corpus.jsonl:3: field '_id': 'a' stands in line 1 already"),
        ("corpus.jsonl", '{"_id": "a", "text": ""}', "corpus.jsonl: gives nothing to search"),
        ("queries.jsonl", "[1]", "queries.jsonl:1: a record is an object"),
        ("queries.jsonl", '{"text": "words"}', "queries.jsonl:1: field '_id' is missing"),
        ("queries.jsonl", f'{GOOD}\n{{"_id": "b"}}', "queries.jsonl:2: field 'text' must be text"),
        ("queries.jsonl", '{"_id": "a", "text": " ?"}', "queries.jsonl:1: field 'text': the query is empty"),
        ("queries.jsonl", b'{"_id": "\xff"}', "queries.jsonl:1: not UTF-8"),
        ("qrels/test.tsv", None, "qrels: holds no .tsv file"),
        ("qrels/test.tsv", "a\ta\t1\n", "test.tsv:1: the first line must be query-id, corpus-id, score"),
        ("qrels/test.tsv", f"{HEAD}a\ta\n", "test.tsv:2: has 2 fields, not 3"),
        ("qrels/test.tsv", f"{HEAD}x\ta\t1\n", "test.tsv:2: query-id 'x' is not in queries.jsonl"),
        ("qrels/test.tsv", f"{HEAD}a\tx\t1\n", "test.tsv:2: corpus-id 'x' is not in corpus.jsonl"),
        ("qrels/test.tsv", f"{HEAD}a\ta\t0.5\n", "test.tsv:2: score '0.5' is not a whole number"),
        ("qrels/test.tsv", f"{HEAD}a\ta\t0\n", "qrels: no query has a document with a positive score"),
    ],
)
def test_malformed_folders_are_refused(tmp_path: Path, file: str, text: str | bytes | None, message: str) -> None:
    one = [{"_id": "a", "text": "words"}]
    folder = write(tmp_path / "bad", one, one, "a\ta\t1\n")
    if text is None:
        (folder / file).unlink()
    else:
        (folder / file).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SuiteError, match=message):
        run(folder, tmp_path / "work")


def test_modes_by_name() -> None:
    assert parse_modes(["lexical", "full", "full"]) == ("full", "lexical")
    assert parse_modes(["all"]) == MODES
    with pytest.raises(UsageError, match="mode: 'sparse' is not one of full, dense, lexical, all"):
        parse_modes(["sparse"])


def test_named_suites(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        "from pathlib import Path\nfrom kb.evaluate import read_folder\n"
        f"SUITES = {{'mine': lambda place: read_folder(Path({str(folder)!r}), name=place.parent.name)}}\n",
        encoding="utf-8",
    )
    assert find_suite("mine", tmp_path / "work", file).name == "mine"
    with pytest.raises(UsageError, match=r"other: neither a folder nor a suite; .*mine.py knows mine"):
        find_suite("other", tmp_path / "work", file)
    with pytest.raises(UsageError, match="pass a folder or --suites"):
        find_suite("other", tmp_path / "work", tmp_path / "none.py")


def kb_eval(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kb", "eval", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_command(folder: Path, tmp_path: Path) -> None:
    done = kb_eval(str(folder), "--json", "--index", str(tmp_path / "kept"))
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    assert (data["suite"], data["queries"]) == ("tiny", 2)
    assert data["metrics"]["R@10"] == 1
    assert (tmp_path / "kept" / "tiny" / "full" / "CURRENT").is_file()
    assert "kb: questions 2/2" in done.stderr
    assert not list(folder.glob("index"))


def test_command_refuses_in_one_line(folder: Path) -> None:
    (folder / "queries.jsonl").write_text("{}", encoding="utf-8")
    done = kb_eval(str(folder))
    assert done.returncode == 1
    assert re.fullmatch(r"kb: .*queries\.jsonl:1: field '_id' is missing\n", done.stderr)
    assert kb_eval("no-such-suite").returncode == 2
