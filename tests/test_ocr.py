"""Scans: which pages are recognised, what comes of them, what is kept, and what is said where it cannot be done."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fpdf import FPDF
from PIL import Image, ImageDraw, ImageFont

from kb.errors import UnreadableFile
from kb.model import LOW_TRUST, Document
from kb.read import ReaderPool, document_from_json, document_to_json, ocr_fingerprint, read_with_ocr
from kb.read.ocr import OcrLine, RecognisedPage
from kb.read.wire import recognised_from_json, recognised_to_json

FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf")
if not FONT.exists():
    FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
TRANSCRIPTION = Path(__file__).with_name("scan_1971_resolutions_ru.txt")
RUSSIAN = [
    "Резолюция о положении соотечественников",
    "",
    "Участники конференции, отмечая, что право на род-",
    "ной язык и на обращение в органы власти имеет каж-",
    "дый человек, и ссылаясь на документ A/RES/79/225,",
    "",
    "1. Призывают государства ускорить рассмотрение",
    "жалоб на дискриминацию по признаку языка.",
    "",
    "2. Поручают комиссии подготовить доклад о мерах",
    "по защите прав и представить его до 15 марта 2026 года.",
]
ENGLISH = [
    "Minutes of the meeting of the committee",
    "",
    "The members agreed that a complaint about the refusal",
    "of a residence permit must be answered in writing with-",
    "in thirty days and that the reasons must be given.",
]

needs_font = pytest.mark.skipif(not FONT.exists(), reason="needs the fonts of the Debian package fonts-dejavu-core")


@pytest.fixture(scope="module")
def pool() -> Iterator[ReaderPool]:
    with ReaderPool(workers=2) as pool:
        yield pool


@pytest.fixture
def tesseract() -> None:
    if not ocr_fingerprint():
        pytest.skip("tesseract is not installed (Debian packages tesseract-ocr and tesseract-ocr-rus)")


def languages() -> set[str]:
    done = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, check=True)
    return set(done.stdout.split("\n")[1:])


def drawn(lines: Sequence[str], turn: int = 0) -> Image.Image:
    """A picture of an A5 page at 200 dpi."""
    image = Image.new("L", (1165, 1654), 255)
    draw = ImageDraw.Draw(image)
    font = ImageFont.truetype(FONT, 32)
    for row, line in enumerate(lines):
        draw.text((110, 140 + 50 * row), line, fill=20, font=font)
    return image.rotate(turn, expand=True)


def make_pdf(path: Path, *pages: Image.Image | str | None) -> Path:
    """A PDF of pages that are pictures, text in Helvetica, or empty."""
    pdf = FPDF(unit="pt", format=(420, 595))
    pdf.set_font("helvetica", size=10)
    for page in pages:
        pdf.add_page()
        if isinstance(page, str):
            pdf.multi_cell(0, 14, page)
        elif page is not None:
            pdf.image(page, 0, 0, 420, 595, keep_aspect_ratio=True)
    pdf.output(str(path))
    return path


def on_page(document: Document, number: int) -> str:
    page = document.pages[number - 1]
    return document.text[page.start : page.end]


def error_rate(text: str, truth: str) -> float:
    """Levenshtein distance by the length of the truth; white space counts as one space."""
    read, right = " ".join(text.split()), " ".join(truth.split())
    places = np.arange(len(right) + 1)
    truth_codes = np.array([ord(character) for character in right])
    row = places.copy()
    for number, character in enumerate(read, 1):
        below = np.minimum(row[1:] + 1, row[:-1] + (truth_codes != ord(character)))
        row = np.minimum.accumulate(np.concatenate(([number], below)) - places) + places
    return float(row[-1]) / len(right)


@needs_font
@pytest.mark.usefixtures("tesseract")
def test_each_page_is_read_the_way_it_needs(tmp_path: Path, pool: ReaderPool) -> None:
    if not {"rus", "eng"} <= languages():
        pytest.skip("tesseract lacks Russian or English (Debian packages tesseract-ocr-rus, tesseract-ocr-eng)")
    text = "The statute of the council was adopted in the spring and has been in force for ten years. " * 3
    path = make_pdf(tmp_path / "a.pdf", text, drawn(RUSSIAN), drawn(ENGLISH), None)
    document, uses_ocr, _ = read_with_ocr(pool, path, document_id="a", relative="a.pdf", cache=tmp_path / "cache")
    assert uses_ocr
    assert [page.method for page in document.pages] == ["text", "ocr", "ocr", "none"]
    assert [page.language for page in document.pages] == ["en", "ru", "en", ""]
    assert document.pages[0].confidence is None
    assert all(LOW_TRUST < (page.confidence or 0) <= 1 for page in document.pages[1:3])
    assert document.warnings == ("page 4: no text",)
    blocks = [document.text[block.start : block.end] for block in document.blocks]
    # Lines joined to paragraphs as those of a text layer are, the hyphens at their ends undone.
    assert "1. Призывают государства ускорить рассмотрение жалоб на дискриминацию по признаку языка." in blocks
    russian = on_page(document, 2)
    assert "право на родной язык и на обращение в органы власти имеет каждый человек" in russian
    assert "A/RES/79/225" in russian
    english = on_page(document, 3)
    assert "must be answered in writing within thirty days" in english
    assert not any("а" <= character <= "я" for character in english.lower())
    assert document_from_json(document_to_json(document)) == document


@needs_font
@pytest.mark.usefixtures("tesseract")
def test_pages_on_their_side_and_askew_are_set_straight(tmp_path: Path, pool: ReaderPool) -> None:
    if not {"rus", "osd"} <= languages():
        pytest.skip("tesseract lacks Russian or orientation (Debian packages tesseract-ocr-rus, tesseract-ocr-osd)")
    path = make_pdf(tmp_path / "a.pdf", drawn(RUSSIAN, 90), drawn(RUSSIAN).rotate(-4, fillcolor=255))
    document, *_ = read_with_ocr(pool, path, document_id="a", relative="a.pdf", language="ru")
    for number in (1, 2):
        assert "ускорить рассмотрение жалоб на дискриминацию" in on_page(document, number)


@needs_font
@pytest.mark.usefixtures("tesseract")
def test_recognised_pages_are_kept(tmp_path: Path, pool: ReaderPool) -> None:
    cache = tmp_path / "cache"
    path = make_pdf(tmp_path / "a.pdf", drawn(ENGLISH))
    first = read_with_ocr(pool, path, document_id="a", relative="a.pdf", cache=cache)
    (kept,) = cache.iterdir()
    page = recognised_from_json(kept.read_bytes())
    assert recognised_from_json(recognised_to_json(page)) == page
    # What is kept is used: a line written into it comes out.
    line = replace(page.lines[0], text="A line that only the cache has")
    kept.write_text(recognised_to_json(replace(page, lines=(line, *page.lines[1:]))), encoding="utf-8")
    again = read_with_ocr(pool, path, document_id="a", relative="a.pdf", cache=cache)
    assert again.document.text.startswith("A line that only the cache has")
    # A damaged one is made again.
    kept.write_text(kept.read_text(encoding="utf-8")[:100], encoding="utf-8")
    assert read_with_ocr(pool, path, document_id="a", relative="a.pdf", cache=cache) == first
    assert list(cache.iterdir()) == [kept]


@needs_font
@pytest.mark.usefixtures("tesseract")
def test_text_that_names_no_letters_is_recognised(tmp_path: Path, pool: ReaderPool) -> None:
    """A font whose characters are private ones: the page shows English, its text layer says nothing."""
    pdf = FPDF(unit="pt", format=(420, 595))
    pdf.add_font("serif", fname=FONT)
    pdf.set_font("serif", size=12)
    pdf.add_page()
    pdf.multi_cell(0, 18, " ".join(ENGLISH).replace("with- in", "within"))
    pdf.set_compression(False)
    pdf.output(str(tmp_path / "right.pdf"))
    data = (tmp_path / "right.pdf").read_bytes()
    shifted = shift_to_private(data)
    assert shifted != data
    path = tmp_path / "wrong.pdf"
    path.write_bytes(shifted)
    document, uses_ocr, _ = read_with_ocr(pool, path, document_id="a", relative="a.pdf")
    assert uses_ocr
    assert document.pages[0].method == "ocr"
    assert "must be answered in writing within thirty days" in document.text


def shift_to_private(data: bytes) -> bytes:
    """The PDF with what its fonts' ToUnicode tables give moved into the private use area."""
    lines = data.split(b"\n")
    inside = False
    for number, line in enumerate(lines):
        inside = (inside or b"beginbfchar" in line) and b"endbfchar" not in line
        if inside and line.count(b"<") == 2:
            head, _, tail = line.rpartition(b"<")
            lines[number] = head + b"<E0" + tail[2:]
    return b"\n".join(lines)


@needs_font
def test_without_tesseract_nothing_is_lost_and_the_way_out_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mixed = make_pdf(tmp_path / "a.pdf", "Some text of the first page.", drawn(RUSSIAN), drawn(RUSSIAN))
    scan = make_pdf(tmp_path / "b.pdf", drawn(RUSSIAN))
    empty = tmp_path / "bin"
    empty.mkdir()
    monkeypatch.setenv("PATH", str(empty))
    assert shutil.which("tesseract") is None
    assert ocr_fingerprint() == ""
    with ReaderPool() as pool:
        document, uses_ocr, _ = read_with_ocr(pool, mixed, document_id="a", relative="a.pdf")
        with pytest.raises(UnreadableFile, match="tesseract-ocr-rus") as caught:
            read_with_ocr(pool, scan, document_id="b", relative="b.pdf")
    assert uses_ocr
    assert document.text == "Some text of the first page."
    assert [page.method for page in document.pages] == ["text", "none", "none"]
    (warning,) = document.warnings
    assert warning.startswith("pages 2–3: no text (image only)")
    assert "tesseract-ocr-rus" in warning
    assert caught.value.reason == "no-text"


@needs_font
@pytest.mark.usefixtures("tesseract")
def test_a_page_that_takes_too_long_costs_only_itself(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    path = make_pdf(tmp_path / "a.pdf", "Some text of the first page.", drawn(RUSSIAN))
    scan = make_pdf(tmp_path / "b.pdf", drawn(RUSSIAN))
    with ReaderPool(page_seconds=0) as pool:
        document, _, passing = read_with_ocr(pool, path, document_id="a", relative="a.pdf", cache=cache)
        with pytest.raises(UnreadableFile, match="took") as caught:
            read_with_ocr(pool, scan, document_id="b", relative="b.pdf", cache=cache)
    assert passing
    assert caught.value.reason == "too-slow", "not no-text: it is tried again"
    assert document.text == "Some text of the first page."
    assert document.pages[1].method == "none"
    assert "took" in document.warnings[0]
    assert not cache.exists()  # it may do better another time


class _Vanishing(ReaderPool):
    """The file goes as soon as it was read once."""

    def read_pages(self, path: Path, **named: Any) -> tuple[Document | UnreadableFile, tuple[int, ...]]:
        outcome = super().read_pages(path, **named)
        path.unlink()
        return outcome


@needs_font
@pytest.mark.usefixtures("tesseract")
@pytest.mark.parametrize("keep", [True, False])
def test_a_file_that_goes_while_it_is_read_costs_only_itself(tmp_path: Path, keep: bool) -> None:
    path = make_pdf(tmp_path / "a.pdf", drawn(ENGLISH))
    with _Vanishing() as pool, pytest.raises(UnreadableFile, match=r"cannot be read \(No such file") as caught:
        read_with_ocr(pool, path, document_id="a", relative="a.pdf", cache=tmp_path / "cache" if keep else None)
    assert caught.value.reason == "unavailable"


@pytest.mark.usefixtures("tesseract")
def test_a_picture_without_letters_is_no_text(tmp_path: Path, pool: ReaderPool) -> None:
    path = make_pdf(tmp_path / "a.pdf", Image.linear_gradient("L").resize((800, 1100)))
    with pytest.raises(UnreadableFile, match="no characters were recognised") as caught:
        read_with_ocr(pool, path, document_id="a", relative="a.pdf")
    assert caught.value.reason == "no-text"


def test_pages_with_trusted_text_are_not_recognised(tmp_path: Path, pool: ReaderPool) -> None:
    """Good text beside a picture, a table of numbers, a table of contents: nothing to doubt."""
    numbers = "\n".join(f"{row}. {row * 17}.50 {row * 31}.20 {row * 7}%" for row in range(1, 25))
    contents = "\n".join(f"Chapter {row} {'.' * 60} {row * 9}" for row in range(1, 20))
    path = make_pdf(tmp_path / "a.pdf", numbers, contents)
    document, uses_ocr, _ = read_with_ocr(pool, path, document_id="a", relative="a.pdf")
    assert not uses_ocr
    assert {page.method for page in document.pages} == {"text"}


def test_confidence_of_a_page_is_that_of_its_words() -> None:
    line = OcrLine("one two three", 0, 10, 0, 8, 0.9, 3)
    page = RecognisedPage((line, replace(line, confidence=0.5, words=1)))
    assert page.confidence == pytest.approx(0.8)
    assert RecognisedPage(problem="not there").confidence == 0


@pytest.mark.usefixtures("tesseract")
def test_a_scan_of_russian_resolutions(evaluation: Path, pool: ReaderPool) -> None:
    """A page of 1971 in two columns with notes and broken letters, against what it says to the eye.

    The transcription is of an official text of the United Nations; the paragraph that runs on to the next page stands
    after the notes, as the reader puts it.
    """
    if "rus" not in languages():
        pytest.skip("tesseract lacks Russian (Debian package tesseract-ocr-rus)")
    path = evaluation / "hard_docs" / "pdf" / "scanned_ru_official" / "1971-10-25_GA_Resolution_2758_ru.pdf"
    document, *_ = read_with_ocr(pool, path, document_id="a", relative="a.pdf")
    assert document.pages[0].method == "ocr"
    assert document.pages[0].language == "ru"
    assert "восстановить Китайскую Народную Республику во всех ее правах и признать представителей" in document.text
    assert "является одним из пяти постоянных членов Совета Безопасности" in document.text
    assert error_rate(document.text, TRANSCRIPTION.read_text(encoding="utf-8")) < 0.05
