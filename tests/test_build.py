"""Builds: whole or not at all, no work done twice, everything that was left out is named."""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from arithmetic import ArithmeticEncoder
from folders import deep

from kb.build import build
from kb.catalog import corpus_files, load_catalog
from kb.errors import (
    BuildFailed,
    CatalogError,
    EncoderMismatch,
    IndexDamaged,
    IndexLocked,
    NoIndex,
    NotFound,
    UsageError,
)
from kb.generation import open_generation, writer_lock
from kb.search import Filters, Searcher

RESOLUTION = """**Резолюция конференции**

(Омск, 3 мая 2019 года)

Участники конференции отмечают важность диалога. Диалог растёт.

Участники решили:

- открыть школу;

- издать книгу до 1 июня 2020 года.
"""
GUIDE = """# Help abroad

Unofficial summary.

## Where to ask

Ask the consul first. The consul can visit you in prison. Keep a copy of every letter.
"""


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    corpus = tmp_path / "corpus"
    (corpus / "resolution").mkdir(parents=True)
    (corpus / "guide").mkdir()
    (corpus / "resolution" / "omsk.md").write_text(RESOLUTION, encoding="utf-8")
    (corpus / "guide" / "help.md").write_text(GUIDE, encoding="utf-8")
    return corpus


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "index"


def test_rows_quotes_and_vectors_belong_together(corpus: Path, index: Path) -> None:
    encoder = ArithmeticEncoder()
    report = build(corpus, index, encoder)
    assert (report.documents, report.skipped) == (2, ())
    generation = open_generation(index)
    assert generation.name == report.generation
    with sqlite3.connect(generation.folder / "kb.sqlite") as db:
        texts = dict(db.execute("SELECT id, text FROM documents"))
        passages = db.execute('SELECT row, document, context, "start", "end" FROM passages ORDER BY row').fetchall()
        sentences = db.execute(
            'SELECT s.row, p.document, s."start", s."end", s.words'
            " FROM sentences s JOIN passages p ON p.row = s.passage"
        ).fetchall()
    assert [row[0] for row in passages] == list(range(report.passages))
    assert len(sentences) == report.sentences > 0
    for row, document, context, start, end in passages:
        quote = texts[document][start:end]
        expected = encoder.encode_queries([f"{context}\n{quote}"])[0]
        assert generation.vectors.rows(np.array([row]))[0] == pytest.approx(expected, abs=1e-3)
        assert generation.slice(document, start, end) == quote
    for row, document, start, end, words in sentences:
        expected = encoder.encode_queries([words or texts[document][start:end]])[0]
        assert generation.sentences[row] == pytest.approx(expected, abs=1e-3)
    above = {words for *_, words in sentences if words}
    assert {"Help abroad", "Where to ask", "Резолюция конференции (Омск, 2019)"} <= above
    for place in generation.places(range(report.passages)):
        own = [row[:4] for row in sentences[place.first_sentence : place.first_sentence + place.sentences]]
        assert own
        assert all(document == place.document_id and start is not None for _, document, start, _ in own)


def test_metadata_from_text_folder_and_catalogue(corpus: Path, index: Path) -> None:
    (corpus / "catalog.toml").write_text('["guide/help.md"]\nid = "first-help"\nbody = "Us"\n', encoding="utf-8")
    build(corpus, index, ArithmeticEncoder())
    documents = {d.id: d for d in open_generation(index).documents()}
    assert set(documents) == {"first-help", "omsk"}
    omsk = documents["omsk"]
    assert (omsk.place, omsk.date, omsk.kind, omsk.language) == ("Омск", "2019-05-03", "resolution", "ru")
    helping = documents["first-help"]
    assert (helping.title, helping.body, helping.kind, helping.language) == ("Help abroad", "Us", "guide", "en")


def test_nothing_is_done_twice(corpus: Path, index: Path) -> None:
    encoder = ArithmeticEncoder()
    first = build(corpus, index, encoder)
    again = build(corpus, index, encoder)
    assert again.unchanged
    assert (again.generation, again.passages) == (first.generation, first.passages)
    assert encoder.encoded == first.encoded
    (corpus / "guide" / "help.md").write_text(GUIDE + "\nOne more paragraph.\n", encoding="utf-8")
    changed = build(corpus, index, encoder)
    assert not changed.unchanged
    assert 0 < changed.encoded <= 6  # a passage, its sentence, and the words that are new
    (corpus / "guide" / "help.md").unlink()
    fewer = build(corpus, index, encoder)
    assert (fewer.documents, fewer.encoded) == (1, 0)
    assert build(corpus, index, encoder, full=True).encoded > 0


def test_two_generations_are_kept(corpus: Path, index: Path) -> None:
    names = []
    for n in range(4):
        (corpus / "guide" / "help.md").write_text(f"{GUIDE}\nEdition {n}.\n", encoding="utf-8")
        names.append(build(corpus, index, ArithmeticEncoder()).generation)
    assert sorted(p.name for p in (index / "generations").iterdir()) == names[-2:]
    assert not list(index.glob("building-*"))


def test_unreadable_files_are_named_and_the_rest_is_indexed(corpus: Path, index: Path) -> None:
    (corpus / "guide" / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing")
    (corpus / "guide" / "empty.txt").write_bytes(b"")
    (corpus / "guide" / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    (corpus / "_drafts").mkdir()
    (corpus / "_drafts" / "draft.md").write_text("Draft.", encoding="utf-8")
    report = build(corpus, index, ArithmeticEncoder())
    assert report.documents == 2
    assert {(entry.path, entry.reason) for entry in report.skipped} == {
        ("guide/broken.pdf", "damaged"),
        ("guide/empty.txt", "empty"),
        ("guide/photo.jpg", "unsupported"),
    }
    assert open_generation(index).manifest["skipped"] == list(report.to_json()["skipped"])


def test_same_names_get_distinct_ids(corpus: Path, index: Path) -> None:
    (corpus / "resolution" / "help.md").write_text(GUIDE, encoding="utf-8")
    build(corpus, index, ArithmeticEncoder())
    ids = [d.id for d in open_generation(index).documents()]
    assert sum(name.startswith("help-") for name in ids) == 2
    assert len(set(ids)) == 3


def test_bulk_records(tmp_path: Path, index: Path) -> None:
    lines = [
        json.dumps(
            {"_id": "a1", "title": "Пределы", "text": "1. Первая часть.\n2. Вторая часть.", "article": "10"},
            ensure_ascii=False,
        ),
        "{broken",
        json.dumps({"_id": "a2", "title": "Second", "text": "English words here."}),
    ]
    path = tmp_path / "bulk.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    report = build(path, index, ArithmeticEncoder())
    assert report.documents == 2
    assert any("bulk.jsonl:2" in notice for notice in report.notices)
    generation = open_generation(index)
    assert [d.language for d in generation.documents()] == ["ru", "en"]
    assert (
        "ст. 10"
        in Searcher(generation, ArithmeticEncoder(), tmp_path).search("вторая часть", reader="ru").hits[0].citation
    )


def test_one_writer(corpus: Path, index: Path) -> None:
    with writer_lock(index), pytest.raises(IndexLocked, match=r"process [0-9]+"):
        build(corpus, index, ArithmeticEncoder())
    assert build(corpus, index, ArithmeticEncoder()).documents == 2


def test_a_failing_build_leaves_the_old_generation(corpus: Path, index: Path) -> None:
    first = build(corpus, index, ArithmeticEncoder())

    class Failing(ArithmeticEncoder):
        def encode_passages(self, *args: object, **kwargs: object) -> np.ndarray:  # type: ignore[override, type-arg]
            raise OSError("no space left on device")

    with pytest.raises(BuildFailed, match="the index is as it was: no space"):
        build(corpus, index, Failing("other"))
    assert open_generation(index).name == first.generation
    assert not list(index.glob("building-*"))


def test_every_changed_file_is_named_before_use(corpus: Path, index: Path) -> None:
    build(corpus, index, ArithmeticEncoder())
    folder = open_generation(index).folder
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    assert {"kb.sqlite", "vectors.faiss", "sentences.npy", "manifest.json"} <= {p.name for p in files}
    for path in files:
        original = path.read_bytes()
        if not original:
            continue
        at = len(original) // 2
        path.write_bytes(original[:at] + bytes([original[at] ^ 1]) + original[at + 1 :])
        with pytest.raises(IndexDamaged, match=path.name):
            open_generation(index)
        path.unlink()
        with pytest.raises(IndexDamaged, match=path.name):
            open_generation(index)
        path.write_bytes(original)
    (folder / "extra").write_bytes(b"")
    with pytest.raises(IndexDamaged, match="extra"):
        open_generation(index)
    (folder / "extra").unlink()
    assert len(open_generation(index).vectors) > 0


def test_a_damaged_generation_is_rebuilt_not_reported_unchanged(corpus: Path, index: Path) -> None:
    first = build(corpus, index, ArithmeticEncoder())
    (open_generation(index).folder / "vectors.faiss").write_bytes(b"")
    second = build(corpus, index, ArithmeticEncoder())
    assert second.generation != first.generation
    assert open_generation(index).name == second.generation


def test_an_index_belongs_to_its_encoder(corpus: Path, index: Path) -> None:
    build(corpus, index, ArithmeticEncoder())
    with pytest.raises(EncoderMismatch, match="kb build"):
        Searcher.open(index, ArithmeticEncoder("other"), corpus)


def test_missing_things_are_named(tmp_path: Path) -> None:
    with pytest.raises(NoIndex, match="kb build"):
        open_generation(tmp_path)
    with pytest.raises(UsageError, match="nowhere"):
        build(tmp_path / "nowhere", tmp_path / "index", ArithmeticEncoder())


@pytest.mark.parametrize(
    ("catalog", "words"),
    [
        ('["guide/none.md"]\ntitle = "x"', "names no file"),
        ('["guide/help.md"]\ncolour = "x"', "colour"),
        ('["guide/help.md"]\nkind = "poem"', "poem"),
        ('["guide/help.md"]\ndate = 2020-01-01', "date"),
        ('["guide/help.md"]\ndate = "May 2020"', "May 2020"),
        ('["guide/help.md"]\nid = "A b"', "A b"),
        ("[", "not valid TOML"),
    ],
)
def test_catalogue_mistakes_are_named(corpus: Path, index: Path, catalog: str, words: str) -> None:
    (corpus / "catalog.toml").write_text(catalog, encoding="utf-8")
    with pytest.raises(CatalogError, match=words):
        build(corpus, index, ArithmeticEncoder())


def test_an_original_is_the_indexed_file_inside_the_corpus_or_refused(
    corpus: Path, index: Path, tmp_path: Path
) -> None:
    (tmp_path / "secret.txt").write_text("A secret outside of the corpus.", encoding="utf-8")
    (corpus / "guide" / "link.txt").symlink_to(tmp_path / "secret.txt")
    build(corpus, index, ArithmeticEncoder())
    searcher = Searcher.open(index, ArithmeticEncoder(), corpus)
    assert searcher.original("help").read_text(encoding="utf-8") == GUIDE
    for name, reason in (("link", "no longer"), ("nothing", "no document")):
        with pytest.raises(NotFound, match=reason):
            searcher.original(name)
    (corpus / "guide" / "help.md").write_text(GUIDE + "x", encoding="utf-8")
    with pytest.raises(NotFound, match="changed"):
        searcher.original("help")


def test_a_generation_in_use_outlives_later_builds(corpus: Path, index: Path) -> None:
    first = build(corpus, index, ArithmeticEncoder())
    searcher = Searcher.open(index, ArithmeticEncoder(), corpus)

    def rebuild(edition: int) -> set[str]:
        (corpus / "guide" / "help.md").write_text(f"{GUIDE}\nEdition {edition}.\n", encoding="utf-8")
        build(corpus, index, ArithmeticEncoder())
        return {p.name for p in (index / "generations").iterdir()}

    assert [first.generation in rebuild(n) for n in range(3)] == [True] * 3
    with ThreadPoolExecutor(1) as thread:  # a thread that has not read from it before
        assert thread.submit(searcher.search, "consul").result().hits[0].document_id == "help"
    del searcher
    left = rebuild(3)
    assert first.generation not in left
    assert len(left) == 2


def test_what_killed_builds_left_is_swept_and_the_served_generation_kept(corpus: Path, index: Path) -> None:
    first = build(corpus, index, ArithmeticEncoder())
    (index / "building-dead" / "generation").mkdir(parents=True)
    (index / "generations" / "99999999T000000000000Z-dead").mkdir()  # renamed, but never named in CURRENT
    (corpus / "guide" / "help.md").write_text(GUIDE + "\nMore.\n", encoding="utf-8")
    second = build(corpus, index, ArithmeticEncoder())
    assert not list(index.glob("building-*"))
    assert {p.name for p in (index / "generations").iterdir()} == {first.generation, second.generation}


def test_odd_files_do_not_stop_a_build(corpus: Path, index: Path) -> None:
    bad = os.fsencode(corpus / "guide") + b"/\xd0\xe5\xe7.txt"
    os.close(os.open(bad, os.O_CREAT | os.O_WRONLY))
    (corpus / "guide" / "loop").symlink_to(corpus)
    (corpus / "guide" / "gone.txt").symlink_to(corpus / "nowhere")
    report = build(corpus, index, ArithmeticEncoder())
    assert report.documents == 2
    assert [(entry.reason, "UTF-8" in entry.detail) for entry in report.skipped] == [("damaged", True)]
    for kept in (index / "cache" / "documents").iterdir():
        kept.write_bytes(b"")
    (corpus / "guide" / "help.md").write_text(GUIDE + "\nMore.\n", encoding="utf-8")
    assert build(corpus, index, ArithmeticEncoder()).documents == 2


def test_a_folder_that_cannot_be_read_does_not_stop_a_build(corpus: Path, index: Path) -> None:
    deep(corpus)
    report = build(corpus, index, ArithmeticEncoder())
    assert report.documents == 2
    (entry,) = report.skipped
    assert entry.reason == "unavailable"
    assert entry.path.endswith("ddd/")
    assert "too long" in entry.detail
    assert build(corpus, index, ArithmeticEncoder()).skipped == report.skipped


def test_rights_that_are_missing_cost_one_folder() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        corpus = Path(scratch)
        corpus.chmod(0o755)
        (corpus / "a.md").write_text(GUIDE, encoding="utf-8")
        (corpus / "closed").mkdir()
        (corpus / "closed" / "b.md").write_text(GUIDE, encoding="utf-8")
        (corpus / "catalog.toml").write_text('["closed/b.md"]\ndate = "2021"\n', encoding="utf-8")
        (corpus / "closed").chmod(0)
        user = os.geteuid()
        if user == 0:  # who may read everything
            os.seteuid(65534)
        try:
            assert corpus_files(corpus)[1] == ["a.md", "closed/"]
            assert load_catalog(corpus) == {"closed/b.md": {"date": "2021"}}
        finally:
            os.seteuid(user)
            (corpus / "closed").chmod(0o755)
        assert corpus_files(corpus)[1] == ["a.md", "closed/b.md"]


def test_an_address_never_comes_to_mean_another_document(corpus: Path, index: Path) -> None:
    build(corpus, index, ArithmeticEncoder())
    (corpus / "archive").mkdir()
    (corpus / "archive" / "help.md").write_text("# Other\n\nWords.\n", encoding="utf-8")
    build(corpus, index, ArithmeticEncoder())
    ids = {d.id: d.path for d in open_generation(index).documents()}
    assert "help" not in ids
    assert len(ids) == 3


def test_a_file_of_broken_records_is_named(tmp_path: Path, index: Path) -> None:
    path = tmp_path / "BULK.JSONL"
    path.write_text("{\n" * 50, encoding="utf-8")
    report = build(path, index, ArithmeticEncoder())
    assert [(entry.path, entry.reason) for entry in report.skipped] == [("BULK.JSONL", "empty")]
    assert len(report.notices) == 21
    assert Searcher.open(index, ArithmeticEncoder(), path).search("x").hits == ()


def test_dates_are_compared_as_far_as_they_are_known(corpus: Path, index: Path) -> None:
    (corpus / "catalog.toml").write_text('["guide/help.md"]\ndate = "2026-11"\n', encoding="utf-8")
    build(corpus, index, ArithmeticEncoder())
    searcher = Searcher.open(index, ArithmeticEncoder(), corpus)

    def found(since: str, until: str) -> bool:
        hits = searcher.search("consul", filters=Filters(date_from=since, date_to=until), limit=20).hits
        return "help" in {hit.document_id for hit in hits}

    assert found("2026-11-15", "")
    assert found("2026", "2026-11-15")
    assert found("", "2026")
    assert not found("2026-12", "")
    assert not found("", "2026-10-31")


def test_a_joined_provision_has_an_address_of_its_own(corpus: Path, index: Path) -> None:
    build(corpus, index, ArithmeticEncoder())
    searcher = Searcher.open(index, ArithmeticEncoder(), corpus)
    for provision in searcher.document("omsk").provisions:
        if provision.kind in {"item", "recital"}:
            assert searcher.passage(f"omsk#{provision.eid}").start <= provision.start
