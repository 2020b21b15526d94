"""PDF: text in reading order by PDFium, its lines joined to paragraphs by where they stand on the page.

PDFium and pypdf give the same words (recall 0.9996 and 0.9998 of the wording of twelve UN drafts); PDFium is ten
times as fast, reads every encryption and says where a line stands. pypdf is asked where PDFium cannot open a file.

Each page is judged by itself: pictures, and text of which it is doubtful that it says what the page shows, are named
for recognition (`kb.read.ocr`), whose lines are then joined like any other.
"""

from __future__ import annotations

import ctypes
import itertools
import math
import re
import statistics
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from numpy.typing import NDArray
from pypdf import PdfReader
from pypdf.errors import DependencyError, PyPdfError

from kb.errors import UnreadableFile
from kb.language_words import FUNCTION_WORDS
from kb.model import LOW_TRUST
from kb.read.container import LOCKED
from kb.read.layout import (
    Piece,
    Reading,
    clean,
    glue_lines,
    looks_like_heading,
    starts_with_marker,
    words_of,
)
from kb.read.ocr import OCR_DPI, OCR_PIXELS, RecognisedPage
from kb.read.text import paragraphs

__all__ = ["drawn", "read_pdf", "render_page"]

_HYPHENS = {0x02: "-", 0xFFFE: "-", 0xAD: "-"}  # what PDFium gives for a hyphen at a line's end
_BREAKS = frozenset([2, 9, 10, 13])  # hyphen, tab, line feed, carriage return
_BOLD_WEIGHT = 600
_END = re.compile(r"[.!?:;…][»”\"’)\]]*$")
_PAGE_NUMBER = re.compile(
    r"(?:page|стр\.?|с\.|seite|página|pág\.|p\.)?\s*[-–—|]?\s*\d{1,4}\s*(?:(?:of|из|von|de|sur|/)\s*\d{1,4})?\s*[-–—|]?",
    re.IGNORECASE,
)
_NOTE_START = re.compile(r"(?:\d{1,3}|[*†‡]{1,3})\)?\s*\S")
_BULLET_MARK = re.compile(r"[-–—•*·▪●■➢](?=\s)")
_BULLET_SIGN = re.compile(r"[•·▪●■➢]")
_RULES = frozenset("-_=—–.·•*~ ")
_PAGE_LIMIT = 20_000
_HEADING_LENGTH = 120  # characters
_MARKER_LENGTH = 6  # characters of a number that stands in the margin before its paragraph
_EDGE_LINES = 4  # lines at a page's top and bottom among which headers and footers are looked for
_SAME_PLACE = 0.012  # of the page's height
_LATIN_MOJIBAKE = re.compile("[À-ÿ]")
_BROKEN_SHARE = 0.1  # of a page's characters that name no letter, from which its picture is looked at
_SIGNS_SHARE = 0.5  # of its characters that are neither letters nor digits
_JUDGED = 100  # characters; less is not judged by its shares
_LIKED_SHARE = 0.03  # of words that are common ones of any language, below which the text may say nothing
_LIKED_WORDS = 50  # … among at least so many
_FEW_LETTERS = 200  # on a page that is mostly a picture: a stamp or a number on a scan, or the title of a cover
_PICTURE_SHARE = 0.5  # of a page that its picture covers
_TRUSTED = 0.5  # confidence from which recognised text goes before text that names no letters
_TRUSTED_MORE = 0.7  # … before text that no language knows, or that stands beside a picture with more of it
_GUESSED = 0.3  # … below which nothing counts as recognised: the grain of photographs
_SIDE = 30_000  # pixels; tesseract takes no larger picture


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a page; positions in points from the page's lower left, `size` the height of its type."""

    text: str
    page: int
    left: float
    right: float
    bottom: float
    top: float
    size: float
    bold: bool
    height: float  # of the page
    columns: bool = False  # its words stand in columns, as a table's do


@dataclass(slots=True)
class _Paragraph:
    lines: list[_Line]
    kind: str = "text"


_Doubt = Literal["", "picture", "letters", "language"]


@dataclass(slots=True)
class _Findings:
    """What is noted about pages while they are read."""

    notes: dict[str, list[int]] = field(default_factory=dict)  # text → pages
    doubtful: list[int] = field(default_factory=list)
    recognised: dict[int, float] = field(default_factory=dict)
    unread: set[int] = field(default_factory=set)

    def note(self, number: int, text: str) -> None:
        self.notes.setdefault(text, []).append(number)

    def warnings(self) -> tuple[str, ...]:
        return tuple(f"{_named_pages(numbers)}: {text}" for text, numbers in self.notes.items())


def read_pdf(
    data: bytes, passwords: Sequence[str] = (), recognised: Mapping[int, RecognisedPage] = MappingProxyType({})
) -> Reading:
    """Read a PDF's text layer, with the `recognised` pages (by number) where they are the better text.

    The reading names the pages to recognise; it has no pieces where there is nothing else. Raises UnreadableFile:
    "encrypted" (no password fits), "no-text" (nothing to recognise either), "too-large", "damaged".
    """
    try:
        document = _open(data, passwords)
    except pdfium.PdfiumError as error:
        return _second_opinion(data, passwords, error)
    found = _Findings()
    pages: list[list[_Line]] = []
    try:
        count = len(document)
        if count > _PAGE_LIMIT:
            raise UnreadableFile("too-large", f"has {count} pages, more than {_PAGE_LIMIT}: divide it")
        for number in range(1, count + 1):
            lines, doubt = _read_page(document, number - 1, found)
            if doubt:
                found.doubtful.append(number)
                lines = _settled(number, lines, doubt, recognised.get(number), found)
            pages.append(lines)
        title = clean(document.get_metadata_dict().get("Title", ""))
    finally:
        document.close()
    if not count:
        raise UnreadableFile("damaged", "has no pages")
    refusal = "" if any(pages) else _no_text(count, found.doubtful, [page.problem for page in recognised.values()])
    body = _without_running_lines(pages)
    if any(body) or all(_PAGE_NUMBER.fullmatch(line.text) for page in pages for line in page):
        pages = body  # else all that the pages have is a title that comes back
    if not refusal and not any(pages):
        refusal = "has nothing but page numbers as text"
    if refusal and not found.doubtful:
        raise UnreadableFile("no-text", refusal)
    return Reading(
        _pieces(pages) if not refusal else [],
        count,
        {"title": title} if title else {},
        found.warnings(),
        tuple(found.doubtful),
        found.recognised,
        frozenset(found.unread),
        refusal,
    )


def render_page(path: Path, number: int, passwords: Sequence[str] = ()) -> tuple[NDArray[np.uint8], float]:
    """The page of that number (from 1) in grey, rows × columns, 0 black to 255 white, and its pixels a point.

    Raises UnreadableFile ("encrypted", "damaged", "unavailable").
    """
    with drawn(path, number, passwords, _recognisable, grayscale=True) as (_, bitmap, scale):
        return np.array(bitmap.to_numpy(), dtype=np.uint8).reshape(bitmap.height, bitmap.width), scale


def _recognisable(width: float, height: float) -> float:
    """Pixels a point at which a page of that size is recognised."""
    return min(OCR_DPI / 72, math.sqrt(OCR_PIXELS / (width * height)), _SIDE / max(width, height))


@contextmanager
def drawn(
    path: Path, number: int, passwords: Sequence[str], scale_of: Callable[[float, float], float], **how: bool
) -> Iterator[tuple[pdfium.PdfPage, pdfium.PdfBitmap, float]]:
    """The page of that number (from 1), its bitmap, and its pixels a point, which `scale_of` tells by its width and
    height in points; `how` is PDFium's. All of it is closed at the end of the block.

    Raises UnreadableFile ("encrypted", "damaged", "unavailable").
    """
    try:
        document = _open(path, passwords)
        try:
            page = document[number - 1]
            scale = scale_of(*(max(side, 1.0) for side in page.get_size()))
            bitmap = page.render(scale=scale, **how)
            yield page, bitmap, scale
            bitmap.close()
            page.close()
        finally:
            document.close()
    except (pdfium.PdfiumError, IndexError) as error:
        raise UnreadableFile("damaged", f"its page {number} cannot be drawn ({error})") from error
    except OSError as error:  # it went meanwhile
        raise UnreadableFile("unavailable", f"cannot be read ({error.strerror or 'it is gone'})") from error


def _named_pages(numbers: Sequence[int]) -> str:
    """Page numbers as people write them: page 3; pages 1–4, 7."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    named = ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in runs)
    return f"pages {named}" if len(numbers) > 1 else f"page {named}"


def _open(data: bytes | Path, passwords: Sequence[str]) -> pdfium.PdfDocument:
    """The open document. Raises UnreadableFile("encrypted") where no password fits, PdfiumError."""
    for password in (None, *passwords):
        try:
            return pdfium.PdfDocument(data, password=password)
        except pdfium.PdfiumError as error:
            if "password" not in str(error).lower():
                raise
    raise UnreadableFile("encrypted", LOCKED)


def _second_opinion(data: bytes, passwords: Sequence[str], failure: Exception) -> Reading:
    """What pypdf makes of a file that PDFium cannot open, without positions: paragraphs by line length."""
    pieces: list[Piece] = []
    try:
        reader = PdfReader(BytesIO(data), strict=False)
        if reader.is_encrypted and not any(reader.decrypt(password) for password in ("", *passwords)):
            raise UnreadableFile("encrypted", LOCKED)
        count = len(reader.pages)
        for number, page in enumerate(reader.pages, 1):
            for paragraph in paragraphs(page.extract_text()):
                text = clean(paragraph)
                if text:
                    pieces.append(Piece("paragraph", text, page_starts=((0, number),)))
    except DependencyError as error:
        raise UnreadableFile("encrypted", "is encrypted in a way that is not read") from error
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, OSError, ArithmeticError) as error:
        raise UnreadableFile("damaged", f"is no readable PDF ({failure})") from error
    if not count:
        raise UnreadableFile("damaged", f"is no readable PDF ({failure})")
    if not pieces:
        raise UnreadableFile("no-text", _no_text(count, (), ()))
    return Reading(pieces, count, warnings=("the file is damaged; what could be read was read",))


def _no_text(count: int, pictures: Sequence[int], problems: Iterable[str]) -> str:
    """Why a file of so many pages, some of them `pictures`, has no text."""
    if not pictures:
        return "has no text: its page is empty" if count == 1 else f"has no text: its {count} pages are empty"
    pages = "its page is a picture" if count == 1 else f"{len(pictures)} of its {count} pages are pictures"
    tried = [problem or "no characters were recognised in its pictures" for problem in problems]
    why = Counter(tried).most_common(1)[0][0] if tried else "characters in pictures are not recognised here"
    return f"has no text layer: {pages}; {why}"


def _read_page(document: pdfium.PdfDocument, index: int, found: _Findings) -> tuple[list[_Line], _Doubt]:
    """A page's lines, and why it is doubtful that they are what the page shows."""
    number = index + 1
    try:
        page = document[index]
        text_page = page.get_textpage()
    except pdfium.PdfiumError:
        found.note(number, "cannot be read")
        found.unread.add(number)
        return [], ""
    try:
        count = max(text_page.count_chars(), 0)
        codes = _codes(text_page, count)
        lines = _lines(text_page, codes, number, page.get_height() or 1.0)
        if not lines:
            if next(iter(page.get_objects(max_depth=3)), None) is not None:
                return [], "picture"
            found.note(number, "no text")
            found.unread.add(number)
            return [], ""
        letters = sum(character.isalpha() for line in lines for character in line.text)
        pictured = letters < _FEW_LETTERS and _is_pictured(page)
    finally:
        text_page.close()
        page.close()
    if _is_broken(codes):
        return lines, "letters"
    lines = _repaired(lines, "".join(line.text for line in lines), found)
    if pictured:
        return lines, "picture"
    return lines, "language" if _is_disliked(" ".join(line.text for line in lines)) else ""


def _is_pictured(page: pdfium.PdfPage) -> bool:
    """Whether one picture covers most of a page."""
    width, height = page.get_size()
    for item in page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        left, bottom, right, top = item.get_bounds()
        if (right - left) * (top - bottom) >= _PICTURE_SHARE * width * height:
            return True
    return False


def _is_broken(codes: Sequence[int]) -> bool:
    """Whether many of a page's code units are no characters of a text: private, replaced, control, or all signs."""
    shown = [code for code in codes if code and code != 32 and code not in _HYPHENS and code not in _BREAKS]
    broken = sum(code < 32 or 0x7F <= code < 0xA0 or code == 0xFFFD or 0xE000 <= code <= 0xF8FF for code in shown)
    bullets = sum(clean(chr(code)) == "•" for code in shown if 0xF000 <= code <= 0xF0FF)
    if broken - bullets > _BROKEN_SHARE * len(shown):
        return True
    text = "".join(chr(code) for code, _ in itertools.groupby(shown) if not 0xD800 <= code <= 0xDFFF)
    signs = sum(not character.isalnum() and unicodedata.category(character)[0] not in "MZC" for character in text)
    return len(text) >= _JUDGED and signs > _SIGNS_SHARE * len(text)


def _is_disliked(text: str) -> bool:
    """Whether a text of many words in Latin, Greek or Cyrillic has next to no common word of any language."""
    words, liked = _words_liked(text)
    return words >= _LIKED_WORDS and liked < _LIKED_SHARE * words


def _words_liked(text: str) -> tuple[int, int]:
    """Words of two letters and more in Latin, Greek or Cyrillic, and how many of them every text of a language has."""
    words = re.findall(r"[A-Za-z\u00c0-\u024f\u0370-\u052f\u1e00-\u1fff]{2,}", text.lower())
    return len(words), sum(word in _common_words() for word in words)


@lru_cache(maxsize=1)
def _common_words() -> frozenset[str]:
    return frozenset(word for words in FUNCTION_WORDS.values() for word in words.split())


def _settled(
    number: int, lines: list[_Line], doubt: _Doubt, page: RecognisedPage | None, found: _Findings
) -> list[_Line]:
    """The better of a page's own lines and those recognised in its picture, with what is to be said about it."""
    if page is not None and page.lines and _is_better(lines, doubt, page):
        found.recognised[number] = round(page.confidence, 3)
        if page.confidence < LOW_TRUST:
            found.note(number, "recognised with little confidence: compare it with the original")
        if page.problem:
            found.note(number, page.problem)
        return [
            _Line(
                text, number, line.left, line.right, line.bottom, line.bottom + line.size, line.size, False, page.height
            )
            for line in page.lines
            if (text := clean(line.text))
        ]
    why = f": {page.problem}" if page is not None and page.problem and not page.lines else ""
    if not lines:
        nothing = "no text (image only)" if page is None or why else "no characters were recognised in its picture"
        found.note(number, nothing + why)
        found.unread.add(number)
    elif doubt == "letters":
        tried = "" if page is None or why else ", nor could they be recognised in its picture"
        found.note(number, f"many letters cannot be told (the font names no characters){tried}{why}")
        found.unread.add(number)
    elif why:
        found.note(number, f"its text could not be compared with its picture{why}")
    return lines


def _is_better(lines: Sequence[_Line], doubt: _Doubt, page: RecognisedPage) -> bool:
    own = " ".join(line.text for line in lines)
    read = " ".join(line.text for line in page.lines)
    letters = sum(map(str.isalpha, read))
    if not any(map(str.isalnum, read)) or page.confidence < _GUESSED:
        return False
    if doubt == "picture":
        return not own or (page.confidence >= _TRUSTED_MORE and letters > 2 * sum(map(str.isalpha, own)))
    if doubt == "letters":
        return page.confidence >= _TRUSTED
    (words, liked), (more_words, more_liked) = _words_liked(own), _words_liked(read)
    return page.confidence >= _TRUSTED_MORE and more_liked * max(words, 1) > 2 * liked * max(more_words, 1)


def _codes(text_page: pdfium.PdfTextPage, count: int) -> Sequence[int]:
    """Code units of a page's characters, at once where PDFium's text has one for each, else one by one."""
    buffer = (ctypes.c_ushort * (count + 1))()
    written = pdfium_c.FPDFText_GetText(text_page, 0, count, buffer)
    if written == count + 1:
        return buffer[:count]
    return [pdfium_c.FPDFText_GetUnicode(text_page, position) for position in range(count)]


def _repaired(lines: list[_Line], text: str, found: _Findings) -> list[_Line]:
    """Cyrillic that an old font declares as Western letters («Ðåçîëþöèÿ») read as what it shows."""
    letters = sum(character.isalpha() for character in text)
    if letters < 40 or len(_LATIN_MOJIBAKE.findall(text)) < 0.7 * letters:
        return lines
    found.note(lines[0].page, "the font declares Western letters; read as Cyrillic (Windows-1251)")
    table = {code: bytes([code]).decode("cp1251", "replace") for code in range(0xA0, 0x100)}
    return [replace(line, text=line.text.translate(table)) for line in lines]


def _lines(text_page: pdfium.PdfTextPage, codes: Sequence[int], number: int, height: float) -> list[_Line]:
    lines: list[_Line] = []
    start = 0
    for position in range(len(codes) + 1):
        # PDFium runs the two halves of a hyphenated word together: the line ends at its sign for the hyphen.
        hyphen = 0 < position < len(codes) and codes[position - 1] in _HYPHENS and codes[position - 1] != 0xAD
        if position == len(codes) or codes[position] in (10, 13) or hyphen:
            line = _line(text_page, codes, start, position, number, height)
            start = position if hyphen else position + 1
            if line is None:
                continue
            if lines and _same_row(lines[-1], line):
                lines[-1] = _beside(lines[-1], line)
            else:
                lines.append(line)
    return lines


def _line(
    text_page: pdfium.PdfTextPage, codes: Sequence[int], start: int, end: int, number: int, height: float
) -> _Line | None:
    shown = [position for position in range(start, end) if codes[position] > 32 and codes[position] != 0xA0]
    if not any(chr(min(codes[position], sys.maxunicode)) not in _RULES for position in shown):
        return None  # nothing, or a rule drawn with characters
    sample = [shown[0], shown[len(shown) // 3], shown[2 * len(shown) // 3], shown[-1]]
    boxes = [_box(text_page, position) for position in sample]
    size = statistics.median(box[3] - box[1] for box in boxes)
    text = clean(_characters(text_page, codes, start, end, size))
    if not text:
        return None
    bold = all(_is_bold(text_page, position) for position in sample)
    return _Line(
        text,
        number,
        left=boxes[0][0],
        right=boxes[-1][2],
        bottom=statistics.median(box[1] for box in boxes),
        top=statistics.median(box[3] for box in boxes),
        size=max(size, 0.1),
        bold=bold,
        height=height,
        # asked only where the answer decides something: each character's place is a call into PDFium
        columns=bold and len(shown) < _HEADING_LENGTH and _has_columns(text_page, shown, size),
    )


def _has_columns(text_page: pdfium.PdfTextPage, shown: Sequence[int], size: float) -> bool:
    """Whether a gap between a line's words is wider than any space: cells side by side."""
    words = [(before, after) for before, after in itertools.pairwise(shown) if after > before + 1]
    return any(
        _box(text_page, after)[0] - _box(text_page, before)[2] > 1.5 * size
        for before, after in words
        if before - shown[0] >= _MARKER_LENGTH
    )


def _characters(text_page: pdfium.PdfTextPage, codes: Sequence[int], start: int, end: int, size: float) -> str:
    """A line's characters; a raised number after a word, which refers to a note, stands in brackets."""
    characters: list[str] = []
    position = start
    while position < end:
        code = codes[position]
        character = _HYPHENS.get(code) or ("\ufffd" if 0xD800 <= code <= 0xDFFF or code > sys.maxunicode else chr(code))
        if 0xD800 <= code <= 0xDBFF and position + 1 < end and 0xDC00 <= codes[position + 1] <= 0xDFFF:
            character = chr(0x10000 + ((code - 0xD800) << 10) + codes[position + 1] - 0xDC00)
            position += 1
        if character.isdigit() and characters and not (characters[-1].isdigit() or characters[-1].isspace()):
            stop = position
            while stop < end and 48 <= codes[stop] <= 57:
                stop += 1
            word = re.search(r"\w*\W?$", "".join(characters[-20:]))
            if 0 < stop - position <= 3 and word and len(word[0]) >= 4 and _is_raised(text_page, position, size):
                characters.append("[" + "".join(map(chr, codes[position:stop])) + "]")
                position = stop
                continue
        characters.append(character)
        position += 1
    return "".join(characters)


def _is_raised(text_page: pdfium.PdfTextPage, position: int, size: float) -> bool:
    box, before = _box(text_page, position), _box(text_page, position - 1)
    return box[3] - box[1] < 0.8 * size and box[1] > before[1] + 0.1 * size


def _box(text_page: pdfium.PdfTextPage, position: int) -> tuple[float, float, float, float]:
    """Left, bottom, right, top of a character's cell, whose height is that of its type."""
    box = pdfium_c.FS_RECTF()
    pdfium_c.FPDFText_GetLooseCharBox(text_page, position, ctypes.byref(box))
    return (box.left, min(box.bottom, box.top), box.right, max(box.bottom, box.top))


def _is_bold(text_page: pdfium.PdfTextPage, position: int) -> bool:
    if pdfium_c.FPDFText_GetFontWeight(text_page, position) >= _BOLD_WEIGHT:
        return True
    buffer = ctypes.create_string_buffer(128)
    flags = ctypes.c_int()
    pdfium_c.FPDFText_GetFontInfo(text_page, position, buffer, 128, ctypes.byref(flags))
    name = buffer.value.lower()
    return b"bold" in name or b"black" in name or b"heavy" in name


def _same_row(before: _Line, line: _Line) -> bool:
    overlap = min(before.top, line.top) - max(before.bottom, line.bottom)
    return line.left >= before.right - 0.2 * line.size and overlap > 0.6 * min(before.size, line.size)


def _beside(before: _Line, line: _Line) -> _Line:
    glue = "" if line.left - before.right < 0.15 * before.size else " "
    larger = max(before, line, key=lambda part: part.right - part.left)
    return replace(
        larger,
        text=before.text + glue + line.text,
        left=before.left,
        right=line.right,
        bold=before.bold and line.bold,
        columns=before.columns or line.columns or (glue != "" and _is_apart(before, line)),
    )


def _is_apart(before: _Line, line: _Line) -> bool:
    """Whether a gap is one between columns: wide, and not the one after a number in the margin."""
    return line.left - before.right > 1.5 * before.size and len(before.text) > _MARKER_LENGTH


def _without_running_lines(pages: Sequence[Sequence[_Line]]) -> list[list[_Line]]:
    """Pages without headers, footers and page numbers: lines near an edge that come back at the same height."""
    edges = [_edge_lines(page) for page in pages]
    seen: dict[str, list[tuple[int, float]]] = {}
    for page in edges:
        for line in page:
            seen.setdefault(_running_key(line), []).append((line.page, line.bottom / line.height))
    with_text = sum(1 for page in pages if page)
    numbered = _page_number_shift(edges)

    def runs(line: _Line) -> bool:
        if numbered is not None and _PAGE_NUMBER.fullmatch(line.text):
            digits = re.search(r"\d+", line.text)
            if digits and int(digits[0]) - line.page == numbered:
                return True
        places = [
            number for number, place in seen[_running_key(line)] if abs(place - line.bottom / line.height) < _SAME_PLACE
        ]
        needed = 2 if with_text < 4 else 3
        return len(set(places)) >= needed and len(line.text) < 160

    return [
        [line for line in page if not (line in edge and runs(line))] for page, edge in zip(pages, edges, strict=True)
    ]


def _edge_lines(page: Sequence[_Line]) -> list[_Line]:
    """The outermost lines of a page; not more than leave most of it."""
    ordered = sorted(page, key=lambda line: line.bottom)
    count = min(_EDGE_LINES, max(len(page) // 3, 1))
    return [
        line
        for line in [*ordered[:count], *ordered[-count:]]
        if line.bottom < 0.16 * line.height or line.top > 0.84 * line.height
    ]


def _running_key(line: _Line) -> str:
    letters = "".join(character for character in line.text.lower() if character.isalpha())
    return letters or " ".join(sorted(re.sub(r"\d+", "#", word) for word in line.text.split()))


def _page_number_shift(edges: Sequence[Sequence[_Line]]) -> int | None:
    """Printed number less page index where the pages carry numbers, else None; one page must say its own."""
    shifts: Counter[int] = Counter()
    for page in edges:
        found = {
            int(digits[0]) - line.page
            for line in page
            if _PAGE_NUMBER.fullmatch(line.text) and (digits := re.search(r"\d+", line.text))
        }
        shifts.update(found)
    if not shifts:
        return None
    shift, times = shifts.most_common(1)[0]
    return shift if times > 1 or shift == 0 else None


def _pieces(pages: Sequence[Sequence[_Line]]) -> list[Piece]:
    lines = [line for page in pages for line in page]
    weights: Counter[float] = Counter()
    for line in lines:
        weights[round(line.size * 2) / 2] += len(line.text)
    body_size = weights.most_common(1)[0][0]
    leading = _leading(lines, body_size)
    words = words_of(line.text for line in lines)
    ranks = sorted({round(size) for size in weights if size > 1.15 * body_size}, reverse=True)[:4]
    pieces: list[Piece] = []
    for paragraph in _paragraphs(pages, body_size, leading):
        piece = _piece(paragraph, words, body_size, ranks)
        if piece is not None:
            pieces.append(piece)
    return pieces


def _leading(lines: Sequence[_Line], body_size: float) -> float:
    """Distance between the baselines of two lines of running text."""
    gaps = [
        before.bottom - line.bottom
        for before, line in itertools.pairwise(lines)
        if before.page == line.page
        and abs(before.size - body_size) < 1
        and abs(line.size - body_size) < 1
        and 0 < before.bottom - line.bottom < 3 * body_size
    ]
    # The lower third: where paragraphs are short most gaps are those between them.
    return sorted(gaps)[len(gaps) // 3] if gaps else 1.2 * body_size


def _paragraphs(pages: Sequence[Sequence[_Line]], body_size: float, leading: float) -> Iterator[_Paragraph]:
    """Lines grouped to paragraphs; one may run over pages, the notes of a page stand before the one that does."""
    current: _Paragraph | None = None
    for page in pages:
        if not page:
            continue
        body, notes = _split_notes(page, body_size)
        right = _right_margin(body)
        for line in body:
            if current is not None and not _starts_paragraph(current.lines, line, right, leading, body_size):
                current.lines.append(line)
                continue
            if current is not None:
                yield current
            current = _Paragraph([line])
        yield from notes
    if current is not None:
        yield current


def _split_notes(page: Sequence[_Line], body_size: float) -> tuple[list[_Line], list[_Paragraph]]:
    """The lines of running text, and the notes below them in smaller type."""
    at = len(page)
    while at and page[at - 1].size < 0.92 * body_size and page[at - 1].bottom < 0.6 * page[at - 1].height:
        at -= 1
    tail = page[at:]
    if not at or not tail or not _NOTE_START.match(tail[0].text):
        return list(page), []
    notes: list[_Paragraph] = []
    for line in tail:
        if not notes or (_NOTE_START.match(line.text) and _END.search(notes[-1].lines[-1].text)):
            notes.append(_Paragraph([], "note"))
        notes[-1].lines.append(line)
    return list(page[:at]), notes


def _right_margin(lines: Sequence[_Line]) -> float:
    ends = sorted(line.right for line in lines)
    return ends[int(len(ends) * 0.9)] if ends else 0.0


def _starts_paragraph(lines: Sequence[_Line], line: _Line, right: float, leading: float, body_size: float) -> bool:
    """Whether `line` begins a new paragraph: by a gap, other type, a marker, an indent or a short line."""
    before = lines[-1]
    ended = _END.search(before.text) is not None
    lower = line.text[0].islower()
    hyphenated = before.text.endswith("-") and lower
    if hyphenated:
        return False
    same_page = before.page == line.page
    below = same_page and line.bottom < before.bottom
    open_sentence = lower and not ended
    if abs(before.size - line.size) > 0.12 * max(before.size, line.size) and not open_sentence:
        return True
    if before.bold != line.bold and (before.bold or len(line.text) < 60 or ended) and not open_sentence:
        return True
    gap = before.bottom - line.bottom
    if below and gap > 1.35 * max(leading, line.size) and not (open_sentence and gap < 1.8 * leading):
        return True
    # On a further page or column the line before cannot be measured by this margin: then it must fall well short.
    first_word = len(line.text.split(" ", 1)[0]) * 0.5 * line.size
    margin = 0.5 * line.size + first_word if below else 4 * line.size
    short = before.right < right - margin
    listed = before.text.endswith((",", " и", " or", " and", " или"))
    if starts_with_marker(line.text):
        return bool(_BULLET_SIGN.match(line.text)) or ended or short or listed or (below and gap > 1.15 * leading)
    if (before.bold and line.bold) or before.size > 1.15 * body_size:
        return ended
    indent = line.left - before.left
    hanging = len(lines) == 1 and (starts_with_marker(before.text) or indent > 0)
    if below and 0.8 * line.size < indent < 8 * line.size and not hanging:
        return ended or short or not lower
    if ended and (short or not below):
        return short or not lower
    opens = line.text.lstrip("«“„\"'(")[:1].isupper()
    return short and opens and not before.text.endswith(("-", "–")) and (listed or before.right < right * 0.75)


def _piece(paragraph: _Paragraph, words: frozenset[str], body_size: float, ranks: Sequence[int]) -> Piece | None:
    parts: list[str] = []
    length = 0
    starts: list[tuple[int, int]] = []
    page = 0
    for line in paragraph.lines:
        last = parts.pop() if parts else ""
        glued = glue_lines(last, line.text, words)
        head = glued[: len(glued) - len(line.text)]
        length += len(head) - len(last)
        if line.page != page:
            starts.append((length, line.page))
            page = line.page
        parts += [head, line.text]
        length += len(line.text)
    text = "".join(parts)
    if not any(character.isalnum() for character in text):
        return None
    first = paragraph.lines[0]
    marks = tuple(starts)
    if paragraph.kind == "note":
        return Piece("footnote", text, page_starts=marks)
    larger = first.size > 1.15 * body_size
    bold = all(line.bold for line in paragraph.lines)
    columns = any(line.columns for line in paragraph.lines)  # a table's head, in bold as it may be
    if not columns and looks_like_heading(text, bold=bold or larger):
        level = ranks.index(round(first.size)) + 1 if larger and round(first.size) in ranks else len(ranks) + 1
        return Piece("heading", text, level, page_starts=marks)
    bullet = _BULLET_MARK.match(text)
    if bullet:
        return Piece("item", text, 0, bullet[0], marks)
    return Piece("paragraph", text, page_starts=marks)
