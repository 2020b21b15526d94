"""A build that takes over what has not changed gives what a build from nothing gives, and does no more than it must."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from arithmetic import ArithmeticEncoder
from fpdf import FPDF

import kb.build
from kb.build import build, plan_build
from kb.check import check
from kb.encode import NeutralEncoder, Projection
from kb.generation import Generation, open_generation
from kb.lexical import stems
from kb.search import Searcher

WORDS = "школа право суд конференция consul passport court language meeting report Schule Recht Gericht".split()


def text(random_: random.Random, number: int) -> str:
    paragraphs = [" ".join(random_.choices(WORDS, k=9)).capitalize() + "." for _ in range(random_.randrange(1, 5))]
    return f"# Document {number}\n\n" + "\n\n".join(paragraphs) + "\n"


def record(random_: random.Random, number: int) -> str:
    return json.dumps({"_id": f"r{number}", "text": text(random_, number), "date": "2020"}, ensure_ascii=False)


def change(corpus: Path, random_: random.Random) -> None:
    """One thing that an operator may do to a corpus."""
    files = sorted(corpus.glob("guide/*.md"))
    lines = (corpus / "all.jsonl").read_text(encoding="utf-8").splitlines()
    what = random_.choice(["add", "edit", "remove", "rename", "catalogue", "line", "line gone", "line new", "order"])
    if what == "add":
        (corpus / "guide" / f"n{random_.randrange(10**6)}.md").write_text(text(random_, 0), encoding="utf-8")
    elif what == "edit" and files:
        random_.choice(files).write_text(text(random_, 1), encoding="utf-8")
    elif what == "remove" and len(files) > 1:
        random_.choice(files).unlink()
    elif what == "rename" and files:
        random_.choice(files).rename(corpus / "guide" / f"m{random_.randrange(10**6)}.md")
    elif what == "catalogue" and files:
        name = random_.choice(files).name
        (corpus / "catalog.toml").write_text(f'["guide/{name}"]\ntitle = "T{random_.random()}"\n', encoding="utf-8")
    elif what == "line":
        lines[random_.randrange(len(lines))] = record(random_, random_.randrange(10**6, 10**7))
    elif what == "line gone" and len(lines) > 1:
        lines.pop(random_.randrange(len(lines)))
    elif what == "line new":
        lines.insert(random_.randrange(len(lines)), record(random_, random_.randrange(10**6, 10**7)))
    elif what == "order":
        random_.shuffle(lines)
    (corpus / "all.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    catalog = corpus / "catalog.toml"
    if catalog.exists() and not (corpus / catalog.read_text(encoding="utf-8").split('"')[1]).exists():
        catalog.unlink()


def contents(generation: Generation) -> dict[str, Any]:
    """All that a generation holds, by what it is about and not by where it stands."""
    held: dict[str, Any] = {}
    own: dict[int, str] = {}
    for header in generation.documents():
        document = generation.document(header.id)
        held[f"document {header.id}"] = document
        held[f"provisions {header.id}"] = generation.provisions(header.id)
        numbers = generation.rows("SELECT row FROM passages WHERE document = ? ORDER BY row", (header.id,))
        rows = [row["row"] for row in numbers]
        for found, place in zip(generation.passages(rows), generation.places(rows), strict=True):
            own[found.row] = found.passage.id
            held[f"passage {found.passage.id}"] = found.passage
            held[f"vector {found.passage.id}"] = generation.vectors.rows(np.array([found.row])).tobytes()
            first, count = place.first_sentence, place.sentences + place.above
            held[f"sentences {found.passage.id}"] = generation.sentences[first : first + count].tobytes()
    held["names"] = sorted(
        (row["name"], own[row["first_passage"]], row["passages"]) for row in all_of(generation, "names")
    )
    held["words"] = sorted(map(tuple, all_of(generation, "words")))
    held["terms"] = [tuple(row) for row in all_of(generation, "terms")]
    held["word vectors"] = np.load(generation.folder / "words.npy").tobytes()
    held["sources"] = sorted(map(tuple, all_of(generation, "sources")))
    held["counts"] = generation.manifest["counts"]
    for word in WORDS:
        wanted = [
            [(generation.lexical.field(language), stems(word, language)[0], 1.0)] for language in ("ru", "en", "de")
        ]
        rows_, _ = generation.lexical.covering(wanted, 10_000)
        held[f"lexical {word}"] = sorted(own[int(row)] for row in rows_)
    return held


def all_of(generation: Generation, table: str) -> list[Any]:
    return generation.rows(f"SELECT * FROM {table}")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    random_ = random.Random(1)
    corpus = tmp_path / "corpus"
    (corpus / "guide").mkdir(parents=True)
    for number in range(12):
        (corpus / "guide" / f"d{number}.md").write_text(text(random_, number), encoding="utf-8")
    (corpus / "broken.pdf").write_bytes(b"%PDF-1.4 nothing")
    lines = [record(random_, number) for number in range(30)]
    (corpus / "all.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return corpus


@pytest.mark.parametrize("seed", range(2))
def test_changes_give_what_a_build_from_nothing_gives(corpus: Path, tmp_path: Path, seed: int) -> None:
    random_ = random.Random(seed)
    index = tmp_path / "index"
    build(corpus, index, ArithmeticEncoder())
    for step in range(6):
        for _ in range(random_.randrange(1, 4)):
            change(corpus, random_)
        plan = plan_build(corpus, index, ArithmeticEncoder())
        report = build(corpus, index, ArithmeticEncoder())
        assert report.unchanged == plan.nothing
        fresh = tmp_path / f"fresh-{step}"
        build(corpus, fresh, ArithmeticEncoder())
        one, other = contents(open_generation(index)), contents(open_generation(fresh))
        assert one.keys() == other.keys()
        different = [key for key in one if one[key] != other[key]]
        assert not different, (step, plan, different[:5])
        assert not check(index).damage
        shutil.rmtree(fresh)
    generation = open_generation(index)
    assert generation.used is not None  # rows were left unused on the way, and none of them is found
    answer = Searcher(generation, ArithmeticEncoder(), corpus).search("право суд", limit=100)
    assert {hit.document_id for hit in answer.hits} <= {document.id for document in generation.documents()}


def test_one_change_reads_and_encodes_one_document(corpus: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    first = build(corpus, index, ArithmeticEncoder())
    (corpus / "guide" / "d3.md").write_text("# Neu\n\nEin einziger Satz.\n", encoding="utf-8")
    plan = plan_build(corpus, index, ArithmeticEncoder())
    assert (plan.anew, plan.new, plan.changed, plan.removed) == ("", (), ("guide/d3.md",), ())
    report = build(corpus, index, ArithmeticEncoder())
    assert report.kept == first.documents - 1
    assert 0 < report.encoded <= 6  # the passage, its sentence, its title, and words that are new
    (corpus / "guide" / "d4.md").unlink()
    assert plan_build(corpus, index, ArithmeticEncoder()).removed == ("guide/d4.md",)
    report = build(corpus, index, ArithmeticEncoder())
    assert (report.encoded, report.documents, report.kept) == (0, first.documents - 1, first.documents - 1)


def test_a_changed_line_is_a_changed_document(corpus: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    first = build(corpus, index, ArithmeticEncoder())
    lines = (corpus / "all.jsonl").read_text(encoding="utf-8").splitlines()
    lines[7] = json.dumps({"_id": "r7", "text": "Der siebte Satz.", "date": "gestern"})
    (corpus / "all.jsonl").write_text("\n".join(lines), encoding="utf-8")
    report = build(corpus, index, ArithmeticEncoder())
    assert (report.documents, report.kept) == (first.documents, first.documents - 1)
    assert open_generation(index).document("r7").text == "Der siebte Satz."
    assert report.notices == ("all.jsonl:8: date 'gestern' is not used, it is no date like 2022-11-01",)
    (corpus / "guide" / "d1.md").unlink()
    assert build(corpus, index, ArithmeticEncoder()).notices == report.notices  # though the file was not read again


def test_a_twin_before_a_kept_line_is_told(corpus: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    build(corpus, index, ArithmeticEncoder())
    lines = (corpus / "all.jsonl").read_text(encoding="utf-8").splitlines()
    lines.insert(0, json.dumps({"_id": "r7", "text": "Another seven."}))
    (corpus / "all.jsonl").write_text("\n".join(lines), encoding="utf-8")
    report = build(corpus, index, ArithmeticEncoder())
    assert report.notices == ("all.jsonl:9: skipped, its id 'r7' stands in line 1 already",)
    texts = [open_generation(index).document(d.id).text for d in open_generation(index).documents()]
    assert texts.count("Another seven.") == 1
    assert len(texts) == report.documents == 12 + 30


def test_another_version_lays_everything_out_anew(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = tmp_path / "index"
    build(corpus, index, ArithmeticEncoder())
    monkeypatch.setattr(kb.build, "SEGMENT_VERSION", "another")
    assert plan_build(corpus, index, ArithmeticEncoder()).anew == "another version: segment"
    report = build(corpus, index, ArithmeticEncoder())
    assert (report.kept, report.encoded) == (0, 0)  # the texts are the same: their vectors are in the cache
    assert plan_build(corpus, index, ArithmeticEncoder(), full=True).anew == "everything is asked for"
    assert build(corpus, index, ArithmeticEncoder(), full=True).encoded > 0


def test_another_projection_encodes_nothing_again(corpus: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    base = ArithmeticEncoder()
    generator = np.random.default_rng(1)

    def neutral() -> NeutralEncoder:
        mean = generator.normal(size=base.dimension).astype(np.float32) / 50
        directions = np.linalg.qr(generator.normal(size=(base.dimension, 2)))[0].T.astype(np.float32)
        return NeutralEncoder(base, Projection(mean, mean, np.ascontiguousarray(directions)))

    first = neutral()
    for name in "ab":
        (corpus / f"{name}.jsonl").write_text(json.dumps({"_id": "x", "text": name}), encoding="utf-8")
    build(corpus, index, first)
    assert open_generation(index).manifest["ids_met"] == 1
    other = neutral()
    plan = plan_build(corpus, index, other)
    assert plan.encode_all
    assert not plan.anew
    report = build(corpus, index, other)
    assert (report.encoded, report.kept) == (0, report.documents)
    assert open_generation(index).manifest["ids_met"] == 1
    fresh = tmp_path / "fresh"
    build(corpus, fresh, other)
    assert contents(open_generation(index)) == contents(open_generation(fresh))


def test_rows_that_are_no_longer_used_are_given_up(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = tmp_path / "index"
    monkeypatch.setattr(kb.build, "MOST_UNUSED_LEAST", 3)
    build(corpus, index, ArithmeticEncoder())
    for number in range(9):
        (corpus / "guide" / f"d{number}.md").write_text(text(random.Random(number), number + 50), encoding="utf-8")
        build(corpus, index, ArithmeticEncoder())
    rows, used = (open_generation(index).manifest[name]["passages"] for name in ("rows", "counts"))
    assert used <= rows <= 1.2 * used + 6


def test_what_a_refused_file_says_is_kept(corpus: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    first = build(corpus, index, ArithmeticEncoder())
    assert [entry.path for entry in first.skipped] == ["broken.pdf"]
    (corpus / "guide" / "d1.md").unlink()
    assert build(corpus, index, ArithmeticEncoder()).skipped == first.skipped
    (corpus / "broken.pdf").unlink()
    assert build(corpus, index, ArithmeticEncoder()).skipped == ()


def test_ids_do_not_depend_on_what_was_built_before(corpus: Path, tmp_path: Path) -> None:
    index, fresh = tmp_path / "index", tmp_path / "fresh"
    (corpus / "b.jsonl").write_text(json.dumps({"_id": "x y", "text": "From b."}), encoding="utf-8")
    build(corpus, index, ArithmeticEncoder())
    (corpus / "a.jsonl").write_text(json.dumps({"_id": "x-y", "text": "From a."}), encoding="utf-8")
    build(corpus, index, ArithmeticEncoder())
    build(corpus, fresh, ArithmeticEncoder())
    assert contents(open_generation(index)) == contents(open_generation(fresh))
    (corpus / "a.jsonl").unlink()
    assert plan_build(corpus, index, ArithmeticEncoder()).anew == "documents want the same id"
    build(corpus, index, ArithmeticEncoder())
    assert open_generation(index).document("x-y").text == "From b."


def test_scores_do_not_depend_on_what_was_built_before(corpus: Path, tmp_path: Path) -> None:
    index, fresh = tmp_path / "index", tmp_path / "fresh"
    for number in range(6):
        (corpus / "guide" / "d1.md").write_text(text(random.Random(number), number), encoding="utf-8")
        build(corpus, index, ArithmeticEncoder())
    build(corpus, fresh, ArithmeticEncoder())
    answers = [
        Searcher(open_generation(folder), ArithmeticEncoder(), corpus).search("право суд passport", limit=20).hits
        for folder in (index, fresh)
    ]
    scores = [sorted((round(hit.score, 5), hit.passage_id) for hit in hits) for hits in answers]
    assert scores[0] == scores[1]


def test_a_file_that_was_cut_short_for_a_moment_is_read_again(corpus: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    path = corpus / "guide" / "d1.md"
    sound = path.read_bytes()
    fetched = kb.build.read_with_ocr

    def cut(*args: Any, **kwargs: Any) -> Any:
        """An editor that empties the file just before it is read, and writes it again after."""
        if args[1] != path:
            return fetched(*args, **kwargs)
        path.write_bytes(b"")
        try:
            return fetched(*args, **kwargs)
        finally:
            path.write_bytes(sound + b" ")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kb.build, "read_with_ocr", cut)
        assert [entry.path for entry in build(corpus, index, ArithmeticEncoder()).skipped][-1] == "guide/d1.md"
    path.write_bytes(sound)
    full = build(corpus, index, ArithmeticEncoder())
    assert [entry.path for entry in full.skipped] == ["broken.pdf"]


def test_a_reason_that_may_have_passed_is_tried_again_and_changes_nothing_else(corpus: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    writer = FPDF()
    writer.add_page()
    writer.set_font("helvetica", size=12)
    writer.cell(text="A locked page about harbours.")
    writer.set_encryption(owner_password="owner", user_password="open sesame")
    writer.output(str(corpus / "locked.pdf"))
    first = build(corpus, index, ArithmeticEncoder())
    assert [entry.reason for entry in first.skipped] == ["damaged", "encrypted"]
    assert plan_build(corpus, index, ArithmeticEncoder()).retried == ("locked.pdf",)
    again = build(corpus, index, ArithmeticEncoder())
    assert again.unchanged
    assert again.generation == first.generation
    opened = build(corpus, index, ArithmeticEncoder(), passwords=("open sesame",))
    assert [entry.reason for entry in opened.skipped] == ["damaged"]
    assert opened.kept == first.documents


def test_damaged_caches_are_made_again(corpus: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    first = build(corpus, index, ArithmeticEncoder())
    for path in (index / "cache" / "documents").iterdir():
        path.write_text(path.read_text(encoding="utf-8").replace("Document", "Dokument"), encoding="utf-8")
    for path in (index / "cache").glob("vectors-*"):
        path.write_bytes(b"no database" * 1000)
    shutil.rmtree(index / "generations")
    (index / "CURRENT").unlink()
    report = build(corpus, index, ArithmeticEncoder())
    assert report.encoded == first.encoded
    texts = [open_generation(index).document(d.id).text for d in open_generation(index).documents()]
    assert not any("Dokument" in words for words in texts)


def test_caches_forget_what_is_no_longer_in_the_corpus(corpus: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    build(corpus, index, ArithmeticEncoder())
    kept = index / "cache" / "documents"
    assert len(list(kept.iterdir())) == 13
    for number in range(5):
        (corpus / "guide" / f"d{number}.md").unlink()
    (kept / "left-by-a-kill.json.1234.new").write_text("half", encoding="utf-8")
    build(corpus, index, ArithmeticEncoder())
    assert len(list(kept.iterdir())) == 8
