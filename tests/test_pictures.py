"""Pages as pictures: the passage outlined where it stands, limits of drawing and keeping, the text beside."""

from __future__ import annotations

import io
import re
import threading
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
import pytest
from arithmetic import ArithmeticEncoder
from fpdf import FPDF
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject, StreamObject
from starlette.testclient import TestClient

from kb.build import build
from kb.errors import KBError, NotFound, UnreadableFile
from kb.pictures import Pictures
from kb.read import ReaderPool, ocr_fingerprint
from kb.read.drawing import SIDE
from kb.search import Searcher
from kb.settings import Settings
from web.app import create_app

FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
DUTY = "The consul shall visit the prisoner within four days."
PAGES = (
    f"{DUTY} A letter is kept. " + "The embassy answers letters in the order of their coming. " * 12 + DUTY,
    "The second page says how long an appeal takes: it takes six months at most. " * 3,
)


def make_pdf(path: Path, *pages: str, password: str = "", size: tuple[float, float] = (420, 595)) -> Path:
    pdf = FPDF(unit="pt", format=size)
    pdf.set_font("helvetica", size=12)
    for page in pages:
        pdf.add_page()
        pdf.multi_cell(0, 15, page)
    if password:
        pdf.set_encryption(owner_password="owner", user_password=password)
    pdf.output(str(path))
    return path


def slow_pdf(path: Path) -> Path:
    """A page of a thousand strokes that cross each other, drawn a thousand times: small, and minutes to draw."""
    strokes = b"".join(b"%d 0 m %d 800 l %d 400 200 900 0 %d c S " % (x, 800 - x, x, x) for x in range(0, 800, 2))
    stream = b"0.1 w [0.01 0.01] 0 d " + strokes * 1000
    writer = PdfWriter()
    page = writer.add_blank_page(800, 800)
    content = StreamObject()
    content.set_data(stream)
    page[NameObject("/Contents")] = writer._add_object(content.flate_encode())
    writer.write(path)
    return path


def pixels(png: bytes) -> NDArray[np.int16]:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), dtype=np.int16)


def tinted(png: bytes) -> tuple[int, int, int, int]:
    """The box of what is coloured on a page in black and white."""
    rows, columns = np.nonzero(np.ptp(pixels(png), axis=2) > 20)
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


def written(path: Path, words: str, scale: float, occurrence: int = 0) -> tuple[float, float, float, float]:
    """Where words of one line stand on the first page, in pixels, by PDFium's own search."""
    document = pdfium.PdfDocument(path)
    page = document[0]
    text_page = page.get_textpage()
    search = text_page.search(words)
    found = [search.get_next() for _ in range(occurrence + 1)][-1]
    assert found
    boxes = [text_page.get_charbox(index) for index in range(found[0], found[0] + found[1])]
    height = page.get_height()
    left, bottom, right, top = (pick(box[n] for box in boxes) for n, pick in enumerate((min, min, max, max)))
    search.close()
    text_page.close()
    page.close()
    document.close()
    return left * scale, (height - top) * scale, right * scale, (height - bottom) * scale


def fits(box: tuple[int, int, int, int], words: tuple[float, float, float, float], slack: float = 20) -> bool:
    """Whether a box holds the words, with little around them."""
    over = (words[0] - box[0], words[1] - box[1], box[2] - words[2], box[3] - words[3])
    return all(0 <= side <= slack for side in over)


@pytest.fixture(scope="module")
def pool() -> Iterator[ReaderPool]:
    with ReaderPool(passwords=("secret",)) as pool:
        yield pool


# -- drawing ----------------------------------------------------------------------------------------------------------


def test_the_passage_is_outlined_where_its_words_stand_and_nothing_else_changes(
    tmp_path: Path, pool: ReaderPool
) -> None:
    path = make_pdf(tmp_path / "a.pdf", *PAGES)
    text = pool.read(path, document_id="a", relative="a.pdf").text
    plain, words = pool.draw(path, 1), "A letter is kept"
    assert (plain.outlined, plain.height) == (False, SIDE)
    assert np.ptp(pixels(plain.png), axis=2).max() == 0
    at = text.index(words)
    marked = pool.draw(path, 1, text=text, span=(at, at + len(words)))
    assert marked.outlined
    assert (marked.width, marked.height) == Image.open(io.BytesIO(marked.png)).size == (plain.width, plain.height)
    left, top, right, bottom = box = tinted(marked.png)
    assert fits(box, written(path, words, SIDE / 595))
    outside = np.ones((plain.height, plain.width), np.bool_)
    outside[top:bottom, left:right] = False
    assert (pixels(plain.png)[outside] == pixels(marked.png)[outside]).all()
    assert pixels(plain.png).min() < 60, "the letters are drawn"


def test_of_the_same_words_twice_those_at_the_place_are_outlined(tmp_path: Path, pool: ReaderPool) -> None:
    path = make_pdf(tmp_path / "a.pdf", PAGES[0])
    text = pool.read(path, document_id="a", relative="a.pdf").text
    part = "visit the prisoner"
    for occurrence, at in enumerate((text.index(part), text.rindex(part))):
        drawing = pool.draw(path, 1, text=text, span=(at, at + len(part)))
        assert fits(tinted(drawing.png), written(path, part, SIDE / 595, occurrence))


def test_a_passage_is_found_across_lines_hyphens_and_what_stands_between(tmp_path: Path, pool: ReaderPool) -> None:
    path = make_pdf(
        tmp_path / "a.pdf",
        "The committee shall exa-\nmine the complaint of every person who has been\n17 Printed on paper\n"
        "refused an answer within the time that the law names.\n",
    )
    text = (
        "The committee shall examine the complaint of every person who has been refused an answer within the time "
        "that the law names."
    )
    whole = pool.draw(path, 1, text=text, span=(0, len(text)))
    assert whole.outlined
    top, bottom = tinted(whole.png)[1::2]
    assert top < written(path, "The committee", SIDE / 595)[1]
    assert bottom > written(path, "the law names", SIDE / 595)[3]
    # A passage that begins in one line and ends in the next has no part of what stands before and after.
    part = "shall examine the complaint"
    drawing = pool.draw(path, 1, text=text, span=(text.index(part), text.index(part) + len(part)))
    for words, inside in (("The committee", False), ("shall", True), ("the complaint", True), ("of every", False)):
        left, top, right, bottom = (round(edge) for edge in written(path, words, SIDE / 595))
        coloured = np.ptp(pixels(drawing.png)[top:bottom, left:right], axis=2).max() > 20
        assert coloured == inside, words


def test_words_that_are_not_there_are_not_outlined(tmp_path: Path, pool: ReaderPool) -> None:
    path = make_pdf(tmp_path / "a.pdf", *PAGES)
    for text in ("Nothing of the kind is said on this page, nor anything like it.", "…  —", ""):
        drawing = pool.draw(path, 1, text=text, span=(0, len(text)))
        assert not drawing.outlined
        assert drawing.png == pool.draw(path, 1).png


def test_a_turned_page_is_outlined_as_it_is_shown(tmp_path: Path, pool: ReaderPool) -> None:
    upright = make_pdf(tmp_path / "a.pdf", PAGES[0])
    turned = tmp_path / "b.pdf"
    writer = PdfWriter(clone_from=PdfReader(upright))
    writer.pages[0].rotate(90)
    writer.write(turned)
    text = "A letter is kept"
    first, second = (pool.draw(path, 1, text=text, span=(0, len(text))) for path in (upright, turned))
    assert (second.width, second.height) == (first.height, first.width)
    left, top, right, bottom = tinted(first.png)
    assert np.allclose(tinted(second.png), (first.height - bottom, left, first.height - top, right), atol=3)


@pytest.mark.parametrize("size", [(14_400, 14_400), (14_400, 20), (20, 14_400), (30, 20)])
def test_a_picture_of_any_page_has_bounded_sides(tmp_path: Path, pool: ReaderPool, size: tuple[float, float]) -> None:
    writer = PdfWriter()
    writer.add_blank_page(*size)
    writer.write(tmp_path / "a.pdf")
    drawing = pool.draw(tmp_path / "a.pdf", 1)
    assert 1 <= min(drawing.width, drawing.height) <= max(drawing.width, drawing.height) <= SIDE
    assert Image.open(io.BytesIO(drawing.png)).size == (drawing.width, drawing.height)
    assert (drawing.width > drawing.height) == (size[0] > size[1])


def test_colours_are_kept(tmp_path: Path, pool: ReaderPool) -> None:
    rainbow = np.random.default_rng(1).integers(0, 256, (60, 60, 3), np.uint8)
    pdf = FPDF(unit="pt", format=(300, 300))
    pdf.add_page()
    pdf.image(Image.fromarray(rainbow).resize((600, 600), Image.Resampling.NEAREST), 0, 0, 300, 300)
    pdf.output(str(tmp_path / "a.pdf"))
    shown = pixels(pool.draw(tmp_path / "a.pdf", 1).png)
    cells = shown[7::15, 7::15]  # the middle of each of 60 × 60, at three pixels a point
    assert np.abs(cells - rainbow).max() <= 12


def test_locked_and_damaged_files_are_refused_with_a_reason(tmp_path: Path, pool: ReaderPool) -> None:
    assert pool.draw(make_pdf(tmp_path / "a.pdf", *PAGES, password="secret"), 2, text="six", span=(0, 3)).outlined
    sound = make_pdf(tmp_path / "b.pdf", *PAGES).read_bytes()
    (tmp_path / "cut.pdf").write_bytes(sound[:300])
    (tmp_path / "none.pdf").write_bytes(b"")
    (tmp_path / "words.pdf").write_text("no PDF at all", encoding="utf-8")
    make_pdf(tmp_path / "locked.pdf", *PAGES, password="another")
    for name, number, reason in (
        ("cut.pdf", 1, "damaged"),
        ("none.pdf", 1, "damaged"),
        ("words.pdf", 1, "damaged"),
        ("b.pdf", 3, "damaged"),
        ("gone.pdf", 1, "unavailable"),
        ("locked.pdf", 1, "encrypted"),
    ):
        with pytest.raises(UnreadableFile) as caught:
            pool.draw(tmp_path / name, number)
        assert caught.value.reason == reason, name


def test_broken_files_end_in_a_picture_or_a_reason(tmp_path: Path, pool: ReaderPool) -> None:
    sound = bytearray(make_pdf(tmp_path / "a.pdf", *PAGES).read_bytes())
    rng = np.random.default_rng(7)
    ends = set()
    for _ in range(40):
        broken = bytearray(sound)
        for at in rng.integers(0, len(broken), 12):
            broken[at] = int(rng.integers(0, 256))
        (tmp_path / "b.pdf").write_bytes(broken)
        try:
            drawing = pool.draw(tmp_path / "b.pdf", 1, text=PAGES[0], span=(0, len(DUTY)))
            Image.open(io.BytesIO(drawing.png)).load()
            ends.add("picture")
        except UnreadableFile as error:
            ends.add(error.reason)
    assert ends <= {"picture", "damaged", "encrypted", "crashed", "too-slow"}
    assert "picture" in ends


# -- keeping ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def pictures(tmp_path: Path) -> Iterator[Pictures]:
    pictures = Pictures(tmp_path / "index")
    yield pictures
    pictures.close()


def kept(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "index" / "cache" / "pictures").iterdir())


def no_file() -> Path:
    raise NotFound("the original is gone")


def test_a_picture_is_drawn_once_for_each_page_and_place(tmp_path: Path, pictures: Pictures) -> None:
    path = make_pdf(tmp_path / "a.pdf", *PAGES)
    drawings = [
        pictures.page("f" * 64, number, lambda: path, PAGES[number - 1], span)
        for number, span in ((1, None), (1, (0, 20)), (1, (0, 21)), (2, None))
    ]
    assert len({drawing.png for drawing in drawings}) == len(kept(tmp_path)) == 4
    assert pictures.page("f" * 64, 1, no_file, PAGES[0], (0, 20)) == drawings[1]
    with pytest.raises(NotFound, match="gone"):
        pictures.page("e" * 64, 1, no_file)
    # What is damaged on disk is drawn again.
    for file in kept(tmp_path):
        file.write_bytes(file.read_bytes()[:-9] + b"\0" * 9)
    with pytest.raises(NotFound):
        pictures.page("f" * 64, 2, no_file, PAGES[1])
    assert pictures.page("f" * 64, 2, lambda: path, PAGES[1]) == drawings[3]
    assert pictures.page("f" * 64, 2, no_file, PAGES[1]) == drawings[3]


def test_the_least_recently_used_leave_first(tmp_path: Path, pool: ReaderPool) -> None:
    path = make_pdf(tmp_path / "a.pdf", *PAGES)
    size = len(pool.draw(path, 2).png) + 200
    pictures = Pictures(tmp_path / "index", kept=3 * size)
    try:
        for name in "abc":
            pictures.page(name * 64, 2, lambda: path)
            time.sleep(0.02)
        pictures.page("a" * 64, 2, no_file)
        time.sleep(0.02)
        pictures.page("d" * 64, 2, lambda: path)
        assert [file.name[0] for file in kept(tmp_path)] == ["a", "c", "d"]
    finally:
        pictures.close()


def test_where_nothing_can_be_kept_pages_are_drawn_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("no folder", encoding="utf-8")
    pictures = Pictures(tmp_path / "index")
    path = make_pdf(tmp_path / "a.pdf", *PAGES)
    try:
        assert pictures.page("f" * 64, 1, lambda: path) == pictures.page("f" * 64, 1, lambda: path)
    finally:
        pictures.close()


def test_a_page_that_takes_too_long_costs_itself_and_nothing_else(tmp_path: Path) -> None:
    slow, sound = slow_pdf(tmp_path / "slow.pdf"), make_pdf(tmp_path / "a.pdf", *PAGES)
    pictures = Pictures(tmp_path / "index", seconds=1, waiting=1)
    ended: list[str] = []

    def draw() -> None:
        try:
            pictures.page("f" * 64, 1, lambda: slow)
            ended.append("picture")
        except UnreadableFile as error:
            ended.append(error.reason)

    thread = threading.Thread(target=draw)
    thread.start()
    try:
        time.sleep(0.5)  # the child is starting or drawing: both take longer
        with pytest.raises(KBError, match="too many"):
            pictures.page("e" * 64, 1, lambda: sound)
        thread.join()
        assert ended == ["too-slow"]
        began = time.monotonic()
        draw()
        assert ended == ["too-slow"] * 2
        assert time.monotonic() - began < 0.5, "it is not tried again at once"
        assert pictures.page("a" * 64, 1, lambda: sound).png
    finally:
        thread.join()
        pictures.close()


# -- the page ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, Path]]:
    """The web app over a PDF of two pages and a text without pages, and the corpus."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "corpus" / "guide").mkdir(parents=True)
    make_pdf(folder / "corpus" / "guide" / "consul.pdf", *PAGES)
    (folder / "corpus" / "guide" / "note.md").write_text("# A note\n\nThe consul answers.\n", encoding="utf-8")
    encoder = ArithmeticEncoder()
    build(folder / "corpus", folder / "index", encoder)
    settings = Settings(corpus=folder / "corpus", index=folder / "index")
    with TestClient(create_app(settings, Searcher.open(folder / "index", encoder, folder / "corpus"))) as client:
        yield client, folder / "corpus"


def links(html: str) -> list[str]:
    return [unescape(address) for address in re.findall(r'(?:href|src)="(/[^"]*)"', html)]


def test_a_hit_leads_to_its_page_and_back_to_its_place(site: tuple[TestClient, Path]) -> None:
    client, _ = site
    found = client.get("/search", params={"q": "How long does an appeal take? Six months", "ui": "en"}).text
    first = found[found.index("<article") : found.index("</article>")]
    address = next(link for link in links(first) if "/page/" in link)
    assert re.fullmatch(r"/doc/consul/page/2\?mark=\d+-\d+&ui=en", address)
    html = client.get(address).text
    assert html.count("<h1") == 1
    assert "Page 2 of 2" in html
    assert "cannot be outlined" not in html
    marked = "".join(re.findall(r'<mark class="sentence">(.*?)</mark>', html, re.DOTALL))
    assert "six months at most" in marked
    picture = next(link for link in links(html) if ".png" in link)
    answer = client.get(picture)
    assert answer.headers["content-type"] == "image/png"
    width, height = Image.open(io.BytesIO(answer.content)).size
    assert f'width="{width}" height="{height}"' in html
    assert tinted(answer.content)
    assert client.get(picture, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    assert answer.content != client.get("/doc/consul/page/2.png").content
    before = next(link for link in links(html) if link.startswith("/doc/consul/page/1?"))
    assert 'rel="prev"' in html
    assert 'rel="next"' not in html
    other = client.get(before).text
    assert '<mark class="sentence">' not in other, "the place is on the second page"
    assert "cannot be outlined" not in other
    back = next(link for link in links(html) if re.match(r"/doc/consul\?mark=", link))
    assert f'id="{back.partition("#")[2]}"' in client.get(back).text
    assert all(client.get(link).status_code == 200 for link in links(html))


def test_page_marks_of_a_document_lead_to_its_pages(site: tuple[TestClient, Path]) -> None:
    client, _ = site
    html = client.get("/doc/consul?ui=en").text
    assert re.findall(r'<a class="page" href="([^"]*)"', html) == [
        "/doc/consul/page/1?ui=en",
        "/doc/consul/page/2?ui=en",
    ]
    assert "/page/" not in client.get("/doc/note").text


@pytest.mark.parametrize(
    "address",
    [
        *(f"consul/page/{number}" for number in ("0", "3", "01", "x", "²", "3.png", "-1.png", "9" * 30)),
        *("note/page/1", "note/page/1.png", "none/page/1"),
    ],
)
def test_what_is_no_page_is_not_found(site: tuple[TestClient, Path], address: str) -> None:
    assert site[0].get(f"/doc/{address}").status_code == 404


@pytest.mark.parametrize("mark", ["", "5", "9-3", "0-999999999", "999999998-999999999", "x-y", "1-2-3", "٣-٤", "0-0"])
def test_any_mark_is_answered(site: tuple[TestClient, Path], mark: str) -> None:
    for address in ("/doc/consul/page/1", "/doc/consul/page/1.png"):
        assert site[0].get(address, params={"mark": mark}).status_code == 200


def test_an_original_that_is_gone_leaves_the_text(site: tuple[TestClient, Path]) -> None:
    client, corpus = site
    original = corpus / "guide" / "consul.pdf"
    sound = original.read_bytes()
    for change in (lambda: original.write_bytes(sound[:500]), original.unlink):
        change()
        answer = client.get("/doc/consul/page/1?mark=3-17&ui=en")
        assert answer.status_code == 200
        assert "cannot be shown as a picture" in answer.text
        assert "The embassy answers letters" in answer.text
        assert client.get("/doc/consul/page/1.png?mark=3-17").status_code == 404
    original.write_bytes(sound)
    assert "cannot be shown as a picture" not in client.get("/doc/consul/page/1?mark=3-17&ui=en").text


def test_a_scan_is_drawn_without_an_outline(evaluation: Path, pool: ReaderPool) -> None:
    scans = sorted((evaluation / "hard_docs" / "pdf" / "scanned_ru_official").glob("*.pdf"))
    if not scans:
        pytest.skip("the scans (../shared/data/hard_docs/pdf/scanned_ru_official) are not there")
    for scan in scans:
        drawing = pool.draw(scan, 1, text="Генеральная Ассамблея", span=(0, 21))
        assert not drawing.outlined
        assert max(drawing.width, drawing.height) == SIDE
        assert 20 < pixels(drawing.png).mean() < 254, "a page is seen"
        assert len(drawing.png) < 600_000


@pytest.mark.skipif(not FONT.exists(), reason="needs the fonts of the Debian package fonts-dejavu-core")
@pytest.mark.skipif(not ocr_fingerprint(), reason="tesseract is not installed (Debian package tesseract-ocr)")
def test_the_page_of_a_scan_says_that_the_place_is_in_the_text(tmp_path: Path) -> None:
    image = Image.new("L", (1200, 300), 255)
    words = "The consul answers every letter within ten days.", "A copy of the answer is kept for three years."
    for row, line in enumerate(words):
        ImageDraw.Draw(image).text((60, 60 + 70 * row), line, fill=10, font=ImageFont.truetype(FONT, 36))
    pdf = FPDF(unit="pt", format=(432, 108))
    pdf.add_page()
    pdf.image(image, 0, 0, 432, 108)
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    pdf.output(str(corpus / "scan.pdf"))
    (corpus / "catalog.toml").write_text('["scan.pdf"]\nlanguage = "en"\n', encoding="utf-8")
    encoder = ArithmeticEncoder()
    build(corpus, tmp_path / "index", encoder)
    settings = Settings(corpus=corpus, index=tmp_path / "index")
    with TestClient(create_app(settings, Searcher.open(tmp_path / "index", encoder, corpus))) as client:
        html = client.get("/doc/scan/page/1?mark=0-30&ui=en").text
        assert "The place cannot be outlined in this picture" in html
        assert "recognised in a picture" in html
        assert '<mark class="sentence">The consul answers' in html
        assert client.get("/doc/scan/page/1.png?mark=0-30").content == client.get("/doc/scan/page/1.png").content
        assert "cannot be outlined" not in client.get("/doc/scan/page/1?ui=en").text
