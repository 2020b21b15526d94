"""A page of a PDF as a picture, with the outline of a passage where its words are found on it."""

from __future__ import annotations

import struct
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from numpy.typing import NDArray

from kb.read.pdf import drawn

__all__ = ["DRAWING_VERSION", "SIDE", "Drawing", "draw_page"]

DRAWING_VERSION: Final = "1"  # raised whenever the same page is drawn in another way: it is part of cache keys
SIDE: Final = 1_600  # pixels of the longest side
_LARGEST = 3.0  # pixels a point, for small pages
_CHARACTERS = 200_000  # of a page, beyond which no passage is looked for
_MARKER = (255, 240, 190)  # what paper becomes under the passage
_LINE = (28, 80, 104)  # the outline
_PAD = 4  # pixels between the words and their outline
_LEVELS = 17  # between two of the 16 steps of a colour: few colours make a small file
_PIECE = 24  # letters of a passage that are looked for together where it does not stand in one run
_NEAR = 600  # letters between such a piece and where it is expected

Box = tuple[int, int, int, int]  # left, top, right, bottom in pixels


@dataclass(frozen=True, slots=True)
class Drawing:
    """A page as a PNG file of `width` × `height` pixels; `outlined`: whether the passage asked for was found on it."""

    png: bytes
    width: int
    height: int
    outlined: bool


def draw_page(
    path: Path, number: int, passwords: Sequence[str] = (), text: str = "", span: tuple[int, int] | None = None
) -> Drawing:
    """The page of that number (from 1), at most SIDE pixels wide and high.

    `text` is what was read from the page, and text[span] the passage to outline: letters and digits are compared,
    since line breaks, hyphens and spaces are not what the file has. Raises UnreadableFile ("encrypted", "damaged",
    "unavailable").
    """
    with drawn(path, number, passwords, _showable, rev_byteorder=True) as (page, bitmap, _):
        image = np.array(bitmap.to_numpy(), dtype=np.uint8).reshape(bitmap.height, bitmap.width, -1)
        image = np.repeat(image, 3, axis=2) if image.shape[2] == 1 else image[:, :, :3]
        boxes = _find(page, bitmap, text, span) if span else []
    return Drawing(_png(_outlined(image, boxes)), image.shape[1], image.shape[0], bool(boxes))


def _showable(width: float, height: float) -> float:
    """Pixels a point at which a page of that size is shown."""
    return min((SIDE - 1e-3) / max(width, height), _LARGEST)


def _find(page: pdfium.PdfPage, bitmap: pdfium.PdfBitmap, text: str, span: tuple[int, int]) -> list[Box]:
    """Boxes of the passage's lines on the picture; none where it is not found."""
    sought = _letters(text[span[0] : span[1]])
    expected = len(_letters(text[: span[0]]))
    text_page = page.get_textpage()
    try:
        count = text_page.count_chars()
        if not sought or not 0 < count <= _CHARACTERS:
            return []
        codes = [pdfium_c.FPDFText_GetUnicode(text_page, index) for index in range(count)]
        # Cyrillic that an old font declares as Western letters is read as what it shows.
        western = {code: ord(bytes([code]).decode("cp1251", "replace")) for code in range(0xA0, 0x100)}
        for read in (codes, [western.get(code, code) for code in codes]):
            places = [(letter, index) for index, code in enumerate(read) for letter in _letters_of(code)]
            found = _runs("".join(letter for letter, _ in places), sought, expected)
            if found:
                indices = sorted({places[at][1] for start, end in found for at in range(start, end)})
                return _lines(text_page, bitmap.get_posconv(page), indices)
        return []
    finally:
        text_page.close()


def _runs(shown: str, sought: str, expected: int) -> list[tuple[int, int]]:
    """Spans of `shown` that are `sought`: the whole nearest to where it is expected, else the pieces found near there
    if they are half of it."""
    whole = _nearest(shown, sought, expected)
    if whole is not None:
        return [(whole, whole + len(sought))]
    found = []
    for offset in range(0, len(sought), _PIECE):
        piece = sought[offset : offset + _PIECE]
        at = _nearest(shown, piece, expected + offset) if len(piece) > _PIECE // 2 else None
        if at is not None and abs(at - expected - offset) <= _NEAR:
            found.append((at, at + len(piece)))
    return found if 2 * sum(end - start for start, end in found) >= len(sought) else []


def _nearest(shown: str, sought: str, expected: int) -> int | None:
    before = shown.rfind(sought, 0, max(expected, 0) + len(sought))
    after = shown.find(sought, max(expected, 0))
    places = [place for place in (before, after) if place >= 0]
    return min(places, key=lambda place: abs(place - expected), default=None)


def _letters(text: str) -> str:
    return "".join(_letters_of(ord(character)) for character in text)


@lru_cache(maxsize=4096)
def _letters_of(code: int) -> str:
    """The letters and digits that a character is compared by: without case and accents, ligatures taken apart.

    PDFium gives what is beyond the basic plane in halves, so it is left out.
    """
    if not 0 < code < 0x10000 or 0xD800 <= code < 0xE000:
        return ""
    return "".join(letter for letter in unicodedata.normalize("NFKD", chr(code)).casefold() if letter.isalnum())


def _lines(text_page: pdfium.PdfTextPage, places: pdfium.PdfPosConv, indices: Sequence[int]) -> list[Box]:
    """The boxes of characters joined to one a line; lines run from side to side, or up and down on a turned page."""
    boxes: list[Box] = []
    for index in indices:
        left, bottom, right, top = text_page.get_charbox(index)
        (x0, y0), (x1, y1) = places.to_bitmap(left, bottom), places.to_bitmap(right, top)
        boxes.append((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))
    turned = [_turned(box) for box in boxes]
    upright = sum(map(_follows, boxes, boxes[1:])) >= sum(map(_follows, turned, turned[1:]))
    lines: list[Box] = []
    for box in boxes if upright else turned:
        last = lines[-1] if lines else None
        if last and _follows(last, box):
            lines[-1] = min(last[0], box[0]), min(last[1], box[1]), max(last[2], box[2]), max(last[3], box[3])
        else:
            lines.append(box)
    for at, (line, below) in enumerate(pairwise(lines)):
        if 0 < below[1] - line[3] < line[3] - line[1] and line[0] < below[2] and below[0] < line[2]:
            middle = (line[3] + below[1]) // 2  # neighbouring lines meet
            lines[at], lines[at + 1] = (*lines[at][:3], middle), (below[0], middle, *below[2:])
    return lines if upright else [_turned(line) for line in lines]


def _follows(line: Box, box: Box) -> bool:
    """Whether a character stands in a line that runs from side to side."""
    height = max(line[3] - line[1], box[3] - box[1], 1)
    overlap = min(line[3], box[3]) - max(line[1], box[1])
    gap = max(box[0] - line[2], line[0] - box[2])
    return 2 * overlap >= min(line[3] - line[1], box[3] - box[1]) and overlap > 0 and gap < 3 * height


def _turned(box: Box) -> Box:
    return box[1], box[0], box[3], box[2]


def _outlined(image: NDArray[np.uint8], boxes: Sequence[Box]) -> NDArray[np.uint8]:
    """The picture in few colours, with the paper of the boxes tinted and a line around all of them together."""
    colours = (image.astype(np.uint16) + _LEVELS // 2) // _LEVELS * _LEVELS
    if boxes:
        inside = np.zeros(image.shape[:2], np.bool_)
        for left, top, right, bottom in boxes:
            inside[max(top - _PAD, 0) : max(bottom + _PAD, 0), max(left - _PAD, 0) : max(right + _PAD, 0)] = True
        colours[inside] = colours[inside] * np.array(_MARKER, np.uint16) // 255
        colours[_grown(inside, 3) & ~inside] = _LINE
    return colours.astype(np.uint8)


def _grown(inside: NDArray[np.bool_], pixels: int) -> NDArray[np.bool_]:
    grown = inside.copy()
    for _ in range(pixels):
        wider = grown.copy()
        wider[1:] |= grown[:-1]
        wider[:-1] |= grown[1:]
        wider[:, 1:] |= grown[:, :-1]
        wider[:, :-1] |= grown[:, 1:]
        grown = wider
    return grown


def _png(image: NDArray[np.uint8]) -> bytes:
    """A PNG file of rows × columns × red, green, blue; with a palette where there are at most 256 colours."""
    height, width, _ = image.shape
    codes = image.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    colours, indices = np.unique(codes, return_inverse=True)
    chunks = []
    if len(colours) <= 256:
        kind, rows = 3, indices.reshape(height, width).astype(np.uint8)
        chunks.append((b"PLTE", b"".join(int(colour).to_bytes(3, "big") for colour in colours)))
    else:
        kind, rows = 2, image.reshape(height, 3 * width)
    unfiltered = np.hstack([np.zeros((height, 1), np.uint8), rows]).tobytes()
    header = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    chunks = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(unfiltered, 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        for name, content in chunks
    )
