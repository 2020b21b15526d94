"""Reading as a whole: records, what a text states about itself, the reading process and its limits, the wire."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from kb.errors import KBError, UnreadableFile
from kb.model import Block, Document, Page
from kb.read import (
    READER_VERSION,
    SUFFIXES,
    ReaderPool,
    document_from_json,
    document_id,
    document_to_json,
    read_document,
    read_records,
)

SEED = Path(__file__).parent.parent / "corpus" / "resolution" / "resolution-2022-11-02-economic-cooperation.md"


@pytest.fixture(scope="module")
def pool() -> Iterator[ReaderPool]:
    with ReaderPool(workers=2, passwords=["asdfzxcv", "tika"]) as pool:
        yield pool


# Records


def records(path: Path, *lines: object) -> tuple[list[Document], list[str]]:
    path.write_text(
        "".join((line if isinstance(line, str) else json.dumps(line, ensure_ascii=False)) + "\n" for line in lines),
        encoding="utf-8",
    )
    said: list[str] = []
    return list(read_records(path, relative="in/r.jsonl", warn=said.append)), said


def test_records_take_beir_fields_and_ours(tmp_path: Path) -> None:
    documents, said = records(
        tmp_path / "r.jsonl",
        {
            "_id": "гк:1 0",
            "title": "Название",
            "text": "1. Первая.\n2. Вторая.",
            "metadata": {"code_title": "Кодекс", "article": "10", "lang": "ru-RU", "url": "https://example.org"},
            "section": "Раздел I",
            "chapter": "Глава 2",
            "license": "CC0",
            "date": "1995-12-08",
            "kind": "law",
            "nd": "1",
        },
        {"id": "de § 1", "text": "Das Gesetz.", "ref": "§ 1", "headings": ["Teil 1"], "nd": 2},
    )
    first, second = documents
    assert (first.id, first.title, first.work, first.number) == ("gk-1-0", "Название", "Кодекс", "ст. 10")
    assert (first.language, first.source, first.licence) == ("ru", "https://example.org", "CC0")
    assert (first.date, first.kind, first.headings) == ("1995-12-08", "law", ("Раздел I", "Глава 2"))
    assert [first.text[block.start : block.end] for block in first.blocks] == ["1. Первая.", "2. Вторая."]
    assert (second.id, second.number, second.headings) == ("de-s-1", "§ 1", ("Teil 1",))
    assert said == ["in/r.jsonl: fields not used: nd"]
    assert first.path == "in/r.jsonl"
    assert len(first.sha256) == 64
    assert first.sha256 != second.sha256


def test_a_broken_record_is_named_and_the_rest_kept(tmp_path: Path) -> None:
    documents, said = records(
        tmp_path / "r.jsonl",
        {"_id": "a", "text": "one"},
        '{"_id": "b", "text": ',
        {"text": "no id"},
        {"_id": "a", "text": "again"},
        {"_id": "c"},
        {"_id": "d", "text": "x", "kind": "novel"},
        {"_id": "e", "text": "x", "date": "yesterday"},
        {"_id": "f", "text": ["x"]},
        "[1]",
        "",
        {"_id": "A", "text": "same slug as a"},
        "[" * 100_000,
    )
    assert [document.text for document in documents] == ["one", "x", "x", "same slug as a"]
    assert documents[0].id == "a"
    assert documents[3].id.startswith("a-")
    assert [line.split(":")[1] for line in said] == ["2", "3", "4", "5", "6", "7", "8", "9", "12"]
    assert all(line.startswith("in/r.jsonl:") for line in said)
    assert "stands in line 1 already" in said[2]


def test_lone_surrogates_in_records_are_taken_out(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    names = ("_id", "text", "title", "body", "place", "source", "licence", "work", "number", "language", "section")
    whole = {name: f"{name} \ud800 of it" for name in names}
    lines: list[dict[str, object]] = [
        {**whole, "date": "\ud800", "kind": "\ud800", "metadata": {"\udfff\n": 1}},
        {"_id": "b", "text": "\ud800"},
        {"_id": "\ud800", "text": ["\ud800"]},
        {"_id": whole["_id"], "text": "again"},
    ]
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    said: list[str] = []
    documents = list(read_records(path, relative="in/r.jsonl", warn=said.append))
    assert [isinstance(document, Document) and document.text for document in documents] == ["text \ufffd of it"]
    for document in documents:
        assert isinstance(document, Document)
        document_to_json(document).encode("utf-8")
    assert [line.split(":")[1] for line in said[:-1]] == ["1", "1", "2", "3", "4"]
    assert said[-1] == r"in/r.jsonl: fields not used: \udfff"
    "".join(said).encode("utf-8")


def test_lines_that_are_too_long_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    with path.open("wb") as file:
        file.write(b'\xef\xbb\xbf{"_id": "a", "text": "one"}\n\n{"_id": "b", "text": "')
        file.write(b"x" * (33 * 2**20) + b'"}\n' + b' {"_id": "c", "text": "three"} ')
    said: list[str] = []
    documents = list(read_records(path, relative="in/r.jsonl", warn=said.append))
    assert said == ["in/r.jsonl:3: skipped, the line is longer than 32 MiB"]
    digests = [document.sha256 for document in documents if isinstance(document, Document)]
    assert len(digests) == 2


def test_records_are_streamed(tmp_path: Path) -> None:
    path = tmp_path / "big.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(15_000):
            file.write(json.dumps({"_id": f"record {number}", "text": "word " * 200}) + "\n")
    code = (
        "import resource, sys; from pathlib import Path; from kb.read import read_records\n"
        "def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "reader = read_records(Path(sys.argv[1]), relative='b', warn=print)\n"
        "for _ in range(2000): next(reader)\n"
        "early = peak(); count = 2000 + sum(1 for _ in reader); print(count, peak() - early)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    count, grown = map(int, done.stdout.split())
    assert count == 15_000
    assert grown < 5_000  # KiB; the file has 15 MB


# What a text states


def stated(tmp_path: Path, text: str) -> Document:
    path = tmp_path / "a.md"
    body = "\n\n".join(f"Пункт {number} о том, что было решено участниками." for number in range(20))
    path.write_text(f"{text}\n\n{body}\n", encoding="utf-8")
    return read_document(path, document_id="a", relative="a.md")


@pytest.mark.parametrize(
    ("text", "title", "kind", "body", "place", "date", "date_to"),
    [
        (
            "Резолюция\n\nXII Региональной конференции соотечественников\n\nг. Осака, 12 мая 2018 г.",
            "Резолюция XII Региональной конференции соотечественников",
            "resolution",
            "XII Региональная конференция соотечественников",
            "Осака",
            "2018-05-12",
            "",
        ),
        (
            "**РЕЗОЛЮЦИЯ**\n\n**VII Всемирного конгресса соотечественников**\n\n(Москва, 15–16 октября 2021 года)",
            "РЕЗОЛЮЦИЯ VII Всемирного конгресса соотечественников",
            "resolution",
            "VII Всемирный конгресс соотечественников",
            "Москва",
            "2021-10-15",
            "2021-10-16",
        ),
        (
            "Декларация\n\n30 октября – 1 ноября 2018 года, Санкт-Петербург",
            "Декларация",
            "resolution",
            "",
            "Санкт-Петербург",
            "2018-10-30",
            "2018-11-01",
        ),
        (
            "# Resolution 2758 (XXVI)\n\nRestoration of the lawful rights\n\nThe General Assembly,",
            "Resolution 2758 (XXVI) Restoration of the lawful rights",
            "resolution",
            "General Assembly",
            "",
            "",
            "",
        ),
        (
            "A/RES/75/90\n\nResolution adopted by the General Assembly on 4 December 2020\n\n75/90. Consular functions",
            "75/90. Consular functions",
            "resolution",
            "General Assembly",
            "",
            "2020-12-04",
            "",
        ),
        (
            "Resolution 2345 (2020)\n\nMinorities\n\nParliamentary Assembly",
            "Resolution 2345 (2020) Minorities",
            "resolution",
            "Parliamentary Assembly",
            "",
            "",
            "",
        ),
        ("# Leitfaden für Betroffene\n\nBerlin, den 4. März 2021",
         "Leitfaden für Betroffene", "guide", "", "Berlin", "2021-03-04", ""),
        ("# Résolution finale\n\nGenève, le 1er juin 2019",
         "Résolution finale", "resolution", "", "Genève", "2019-06-01", ""),
        ("# Programa anual\n\nMadrid, 3 de mayo de 2015",
         "Programa anual", "programme", "", "Madrid", "2015-05-03", ""),
        ("# Rezolūcija\n\nRīga, 2022. gada 1. novembrī", "Rezolūcija", "resolution", "", "Rīga", "2022-11-01", ""),
        ("# Жол картасы\n\nАстана, 2022 жылғы 1 қараша", "Жол картасы", "other", "", "Астана", "2022-11-01", ""),
        (
            "Федеральный закон от 24 мая 1999 г. № 99-ФЗ\n\nПринят Государственной Думой 5 марта 1999 года",
            "Федеральный закон от 24 мая 1999 г. № 99-ФЗ",
            "law",
            "",
            "",
            "1999-05-24",
            "",
        ),
        ("# Памятка\n\nКонференция прошла 3 мая 2019 года в Москве, и на неё приехали многие.",
         "Памятка", "guide", "", "", "", ""),
        ("Просто текст о встрече 5 мая 2020 года.", "", "other", "", "", "", ""),
    ],
)  # fmt: skip
def test_what_a_text_states(
    tmp_path: Path, text: str, title: str, kind: str, body: str, place: str, date: str, date_to: str
) -> None:
    found = stated(tmp_path, text)
    assert (found.title, found.kind, found.body) == (title, kind, body)
    assert (found.place, found.date, found.date_to) == (place, date, date_to)
    assert found.language == ""


def test_the_resolution_of_2022() -> None:
    document = read_document(SEED, document_id=document_id(SEED.name), relative=SEED.name)
    assert document.title == (
        "Резолюция Всемирной тематической конференции «Экономическое сотрудничество: соотечественники и регионы России."
        " Отвечая на вызовы времени»"
    )
    assert (document.kind, document.body) == ("resolution", "Всемирная тематическая конференция")
    assert (document.place, document.date, document.date_to) == ("Москва", "2022-11-01", "2022-11-02")
    items = [document.text[block.start : block.end] for block in document.blocks if block.kind == "item"]
    assert len(items) == 22
    assert all(item.startswith("- ") and item.endswith(";") for item in items[:-1])
    assert "«За права соотечественников» (https://pravanashih.com), реализуемом" in items[14]
    assert "*" not in document.text


# The wire


def test_a_document_survives_the_wire() -> None:
    document = Document(
        id="a",
        path="p/\udcff.md",
        sha256="0" * 64,
        media_type="text/plain",
        text="Заголовок\nтекст\u2028 \U0001f600",
        blocks=(Block("heading", 0, 9, 1), Block("item", 10, 18, 2, "т")),
        pages=(Page(1, 0, 9), Page(2, 10, 18)),
        title="Заголовок",
        kind="law",
        headings=("Раздел",),
        warnings=("page 2: no text",),
    )
    line = document_to_json(document)
    assert "\n" not in line
    assert document_from_json(line) == document
    assert document_from_json(line.encode("utf-8", "surrogatepass")) == document


# The reading process


def test_the_pool_reads_what_this_process_reads(tmp_path: Path, pool: ReaderPool) -> None:
    path = tmp_path / "Имя файла.md"
    path.write_text("# Резолюция\n\nТекст.\n", encoding="utf-8")
    document = pool.read(path, document_id=document_id(path.name), relative=path.name)
    assert document == read_document(path, document_id="imya-fayla", relative=path.name)


def test_the_pool_says_why_a_file_is_not_read(tmp_path: Path, pool: ReaderPool) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"\x89PNG")
    with pytest.raises(UnreadableFile) as caught:
        pool.read(path, document_id="a", relative="a.png")
    assert caught.value.reason == "unsupported"
    with pytest.raises(UnreadableFile, match=r"cannot be read \(No such file") as caught:
        pool.read(tmp_path / "absent.txt", document_id="a", relative="absent.txt")
    assert caught.value.reason == "unavailable", "another time it may be there"


def big_page(path: Path, megabytes: int) -> Path:
    path.write_text("<p>" + "A sentence of some words. <b>x</b> " * (megabytes * 2**20 // 35), encoding="utf-8")
    return path


def test_a_file_that_takes_too_long_costs_only_itself(tmp_path: Path) -> None:
    slow = big_page(tmp_path / "slow.html", 40)
    quick = tmp_path / "quick.txt"
    quick.write_text("Text.", encoding="utf-8")
    with ReaderPool(wall_seconds=0.5) as pool:
        assert pool.read(quick, document_id="q", relative="q").text == "Text."
        started = time.monotonic()
        with pytest.raises(UnreadableFile) as caught:
            pool.read(slow, document_id="s", relative="s")
        assert caught.value.reason == "too-slow"
        assert time.monotonic() - started < 2
        assert pool.read(quick, document_id="q", relative="q").text == "Text."


def test_processor_time_is_limited(tmp_path: Path) -> None:
    slow = big_page(tmp_path / "slow.html", 40)
    with ReaderPool(cpu_seconds=0) as pool, pytest.raises(UnreadableFile) as caught:
        pool.read(slow, document_id="s", relative="s")
    assert caught.value.reason == "too-slow"
    assert "processor" in str(caught.value)


def test_memory_is_limited(tmp_path: Path) -> None:
    large = big_page(tmp_path / "large.html", 60)
    quick = tmp_path / "quick.txt"
    quick.write_text("Text.", encoding="utf-8")
    with ReaderPool(memory_bytes=450 * 2**20) as pool:
        with pytest.raises(UnreadableFile) as caught:
            pool.read(large, document_id="l", relative="l")
        assert caught.value.reason in ("too-large", "crashed", "damaged")
        assert pool.read(quick, document_id="q", relative="q").text == "Text."


def children() -> list[int]:
    """Reading processes of this test process."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                status = (entry / "status").read_text(encoding="utf-8")
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if f"\nPPid:\t{os.getpid()}\n" in status and b"kb.read.worker" in command:
                found.append(int(entry.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc to find the reading process")
def test_a_reading_process_that_dies_is_replaced(tmp_path: Path) -> None:
    slow = big_page(tmp_path / "slow.html", 40)
    quick = tmp_path / "quick.txt"
    quick.write_text("Text.", encoding="utf-8")
    others = set(children())
    with ReaderPool() as pool:
        pool.read(quick, document_id="q", relative="q")
        (child,) = set(children()) - others
        threading.Timer(0.3, os.kill, (child, signal.SIGSEGV)).start()
        with pytest.raises(UnreadableFile) as caught:
            pool.read(slow, document_id="s", relative="s")
        assert caught.value.reason == "crashed"
        assert "SIGSEGV" in str(caught.value)
        assert pool.read(quick, document_id="q", relative="q").text == "Text."
    assert set(children()) <= others


def test_a_pool_whose_process_cannot_start_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = tmp_path / "quick.txt"
    quick.write_text("Text.", encoding="utf-8")
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with ReaderPool() as pool, pytest.raises(KBError, match="reading process does not start"):
        pool.read(quick, document_id="q", relative="q")


def test_many_threads_share_a_pool(tmp_path: Path, pool: ReaderPool) -> None:
    paths = []
    for number in range(40):
        paths.append(tmp_path / f"{number}.txt")
        paths[-1].write_text(f"Text number {number}.", encoding="utf-8")
    with ThreadPoolExecutor(4) as threads:
        found = threads.map(lambda path: pool.read(path, document_id=path.stem, relative=path.name).text, paths)
        assert list(found) == [f"Text number {number}." for number in range(40)]


def test_what_the_reader_is_called() -> None:
    assert READER_VERSION
    assert SUFFIXES[".pdf"] == "application/pdf"
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in SUFFIXES)


# Evaluation data


def test_hard_documents_each_end_in_a_document_or_a_reason(evaluation: Path, pool: ReaderPool) -> None:
    """Every seventh of the hard files: none may end the reading process or take its time."""
    folder = evaluation / "hard_docs"
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.parent != folder)[::7]

    def outcome(path: Path) -> str:
        try:
            document = pool.read(path, document_id="x", relative=path.name)
        except UnreadableFile as error:
            return f"two lines: {error}" if "\n" in str(error) else error.reason
        assert replace(document, warnings=()).text.strip()
        return "read"

    with ThreadPoolExecutor(2) as threads:
        outcomes = list(threads.map(outcome, files))
    assert len(outcomes) > 100
    assert set(outcomes) <= {"read", "no-text", "empty", "encrypted", "damaged", "unsupported"}
    assert outcomes.count("read") >= 0.55 * len(outcomes)


def test_numbered_paragraphs_of_un_drafts_come_out_whole(evaluation: Path) -> None:
    """A numbered paragraph of a PDF, joined over lines and pages, stands so in the wording given beside it."""
    whole = seen = 0
    for path in sorted((evaluation / "un_resolutions" / "draft_pdf").glob("*.pdf"))[:10]:
        document = read_document(path, document_id="x", relative=path.name)
        wording = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["Content"]
        letters = "".join(filter(str.isalnum, wording))
        for block in document.blocks:
            text = document.text[block.start : block.end]
            if text[0].isdigit() and text.split(" ")[0].endswith("."):
                seen += 1
                whole += "".join(filter(str.isalnum, text)) in letters
    assert seen > 150
    assert whole >= 0.97 * seen


def test_word_pages_of_russian_codes_keep_every_paragraph(evaluation: Path) -> None:
    codes = evaluation / "ru_codes"
    pages = {path.stem: path for path in (codes / "html_samples").glob("*.html")}
    texts = {
        stem: "".join(filter(str.isalpha, read_document(path, document_id="x", relative=path.name).text))
        for stem, path in pages.items()
    }
    seen = missing = 0
    with (codes / "articles.jsonl").open(encoding="utf-8") as file:
        for line in file:
            article = json.loads(line)
            if article["nd"] in texts:
                for paragraph in article["text"].split("\n"):
                    seen += 1
                    missing += "".join(filter(str.isalpha, paragraph)) not in texts[article["nd"]]
    assert seen > 1500
    assert missing == 0
    family = read_document(pages["102038925"], document_id="x", relative="x")
    assert "Статья 155.1. Устройство детей" in family.text  # its 1 is raised by a style sheet in the page
