"""The shipped corpus: its originals, its catalogue, how its files are made, and the golden questions about it."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from kb.catalog import FIELDS, corpus_files, load_catalog
from kb.model import Document
from kb.read import document_id, read_document

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT / "corpus"
MAKE = CORPUS / "_sources" / "make.py"
SEED = "resolution/resolution-2022-11-02-economic-cooperation.md"
SEED_ORIGINAL = ROOT.parent / "shared" / "seed" / PurePosixPath(SEED).name

# Every document with its language.
LANGUAGES = {
    "guide/apostille.html": "he",
    "guide/application-strasbourg.md": "en",
    "guide/child-abduction.md": "de",
    "guide/complaint-geneva.docx": "ru",
    "guide/detained-abroad.pdf": "en",
    "guide/fair-trial-interpreter.odt": "es",
    "guide/minority-language.html": "lv",
    "guide/universal-declaration.md": "kk",
    "guide/who-is-a-compatriot.txt": "ru",
    "guide/work-in-the-eu.epub": "de",
    "programme/fund-for-compatriots.md": "ru",
    "programme/resettlement-programme.md": "ru",
    "programme/resolution-2022-follow-up.md": "en",
    SEED: "ru",
}
# How a guide or a note says that it is unofficial, that the source is to be checked, that it is no legal advice.
OPENINGS = {
    "de": ("inoffizielle Zusammenfassung", "Prüfen Sie jeden Punkt an der Quelle", "keine Rechtsberatung"),
    "en": ("unofficial summary", "Check every point against the", "not legal advice"),
    "es": ("resumen no oficial", "Compruebe cada punto en la fuente", "No es asesoramiento jurídico"),
    "he": ("סיכום לא רשמי", "יש לבדוק כל פרט במקור", "אין בטקסט הזה ייעוץ משפטי"),
    "kk": ("бейресми қысқаша түсіндірме", "дереккөзден тексеріңіз", "заңгерлік кеңес емес"),
    "lv": ("neoficiāls kopsavilkums", "Pārbaudiet katru teikumu avotā", "nav juridiska konsultācija"),
    "ru": ("неофициальное краткое изложение", "Проверяйте каждое положение по источнику", "не является юридической"),
}
# The main questions, and the hard ones: mostly across languages, many about minor details. "answer" holds the words
# that answer; "answers" stands in its place where several passages of the document do.
GOLDEN = {
    name: [json.loads(line) for line in (ROOT / "tests" / name).read_text(encoding="utf-8").splitlines()]
    for name in ("golden.jsonl", "golden_hard.jsonl")
}
ASKED = [(name, entry) for name, entries in GOLDEN.items() for entry in entries]


@cache
def read(relative: str, root: Path = CORPUS) -> Document:
    return read_document(root / relative, document_id=document_id(relative), relative=relative)


BY_ID = {document_id(relative): relative for relative in LANGUAGES}


def test_corpus_holds_these_documents_and_no_others() -> None:
    assert corpus_files(CORPUS)[1] == sorted(LANGUAGES)
    assert set(LANGUAGES.values()) == {"de", "en", "es", "he", "kk", "lv", "ru"}
    suffixes = {PurePosixPath(relative).suffix for relative in LANGUAGES}
    assert suffixes == {".docx", ".epub", ".html", ".md", ".odt", ".pdf", ".txt"}


def test_stems_are_the_document_ids() -> None:
    assert {PurePosixPath(relative).stem for relative in LANGUAGES} == set(BY_ID)


def test_seed_is_the_original_byte_for_byte() -> None:
    if not SEED_ORIGINAL.is_file():
        pytest.skip("the original of the resolution is not beside the project")
    assert (CORPUS / SEED).read_bytes() == SEED_ORIGINAL.read_bytes()


def test_the_resolution_says_all_of_itself() -> None:
    document = read_document(CORPUS / SEED, document_id="seed", relative=SEED)
    assert document.title == (
        "Резолюция Всемирной тематической конференции «Экономическое сотрудничество:"
        " соотечественники и регионы России. Отвечая на вызовы времени»"
    )
    assert document.body == "Всемирная тематическая конференция"
    assert (document.place, document.date, document.date_to) == ("Москва", "2022-11-01", "2022-11-02")
    assert document.kind == "resolution"


def test_catalog_names_every_other_document_with_known_fields() -> None:
    catalog = load_catalog(CORPUS)
    assert catalog.keys() == LANGUAGES.keys() - {SEED}
    for relative, fields in catalog.items():
        assert fields.keys() <= FIELDS
        assert fields.get("source", "https://").startswith("https://"), relative
        assert fields["licence"] == "CC0-1.0", relative
        assert fields.get("language", LANGUAGES[relative]) == LANGUAGES[relative]


def test_plain_text_is_in_code_page_1251() -> None:
    data = (CORPUS / "guide/who-is-a-compatriot.txt").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        data.decode("utf-8")
    assert "определяет статья 1 Федерального закона" in data.decode("cp1251")


def test_pdf_has_pages_and_its_running_lines_are_no_text() -> None:
    document = read("guide/detained-abroad.pdf")
    assert len(document.pages) == 3
    assert document.text.count("Detained abroad: how your consul can help") == 1
    assert "Page 2 of 3" not in document.text


def test_made_files_are_what_their_sources_say(tmp_path: Path) -> None:
    for library in ("docx", "ebooklib", "fpdf", "markdown_it", "mdit_py_plugins", "odf"):
        if importlib.util.find_spec(library) is None:
            pytest.skip(f"{library} is not installed: the corpus files cannot be made here")
    made = subprocess.run([sys.executable, MAKE, tmp_path], capture_output=True, encoding="utf-8")
    if "is not installed" in made.stderr or "install fontconfig" in made.stderr:
        pytest.skip(made.stderr.strip())
    assert made.returncode == 0, made.stderr
    names = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert names == sorted(relative for relative in LANGUAGES if (MAKE.parent / f"{Path(relative).stem}.md").is_file())
    for relative in names:
        fresh, kept = read(relative, tmp_path), read(relative)
        assert (fresh.text, fresh.blocks, fresh.pages) == (kept.text, kept.blocks, kept.pages), relative


@pytest.mark.parametrize("relative", sorted(set(LANGUAGES) - {SEED}))
def test_guides_and_notes_open_by_saying_what_they_are(relative: str) -> None:
    document = read(relative)
    opening = document.blocks[1]
    text = document.text[opening.start : opening.end]
    assert [words for words in OPENINGS[LANGUAGES[relative]] if words not in text] == []


@pytest.mark.parametrize("entry", [entry for _, entry in ASKED], ids=[f"{name}: {entry['q']}" for name, entry in ASKED])
def test_golden_answer_stands_once_in_one_block(entry: dict[str, Any]) -> None:
    document = read(BY_ID[entry["document"]])
    assert ("answer" in entry) != ("answers" in entry)
    answers = entry.get("answers") or [entry["answer"]]
    assert len(set(answers)) == len(answers)
    for answer in answers:
        assert len(answer) <= 80
        assert document.text.count(answer) == 1
        start = document.text.index(answer)
        assert any(block.start <= start and start + len(answer) <= block.end for block in document.blocks)


def test_golden_questions_are_about_every_document() -> None:
    entries = GOLDEN["golden.jsonl"]
    assert 100 <= len(entries) <= 120
    questions = Counter(entry["document"] for entry in entries)
    assert questions.keys() == BY_ID.keys()
    assert min(questions.values()) >= 5
    assert questions[document_id(SEED)] >= 30


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_questions_are_many_languages_at_least_half_across(name: str) -> None:
    entries = GOLDEN[name]
    assert len({entry["q"] for entry in entries}) == len(entries)
    assert len({entry["language"] for entry in entries}) >= 10
    across = sum(entry["language"] != LANGUAGES[BY_ID[entry["document"]]] for entry in entries)
    assert across * 2 >= len(entries)
