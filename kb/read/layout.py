"""What every reader builds: cleaned pieces of layout, laid out as one text with blocks and pages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from kb.model import Block, BlockKind, Page

__all__ = [
    "Layout",
    "Piece",
    "Reading",
    "clean",
    "glue_lines",
    "join_broken",
    "lay_out",
    "looks_like_heading",
    "make_piece",
    "split_breaks",
    "starts_with_marker",
    "superscript",
    "table_text",
    "word_set",
    "words_of",
]

# The Latin presentation forms that PDF fonts use for ligatures; other compatibility characters are shown as they are.
_LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
# Bullets of the Symbol and Wingdings fonts, which Word maps into the private use area.
_SYMBOL_BULLETS = dict.fromkeys((0xF0B7, 0xF0A7, 0xF0A8, 0xF0D8, 0xF076, 0xF06E, 0xF06C, 0xF075, 0xF0FC), "•")
_INVISIBLE = dict.fromkeys(
    [0xAD, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF, 0xFFFE, 0xFFFF, *range(0x202A, 0x202F), *range(0x2061, 0x2070)]
)
_CONTROLS = dict.fromkeys([*range(0x00, 0x09), *range(0x0E, 0x1C), *range(0x7F, 0x85), *range(0x86, 0xA0)])
_HYPHENS = {0x2010: "-", 0x2011: "-"}  # the second only forbids a line break
_TABLE: Mapping[int, str | None] = {**_HYPHENS, **_LIGATURES, **_SYMBOL_BULLETS, **_INVISIBLE, **_CONTROLS}
_SPACES = re.compile(r"\s+")
_SURROGATES = re.compile("[\ud800-\udfff]")
# Joiners carry meaning in Arabic and Indic scripts only; after Latin, Greek or Cyrillic letters they are remains.
_STRAY_JOINER = re.compile("(?<![\u0590-\uffff])[\u200c\u200d]")

_ENUMERATOR = r"\(?(?:\d{1,4}(?:\.\d{1,3})*|[^\W\d_]|[ivxlcIVXLC]{1,6})[.)]"
_BULLET = "[-–—•*·▪●○■□◦‣⁃➢✓→+]"
_MARKER = re.compile(
    rf"(?:{_BULLET}|{_ENUMERATOR}|§+\s*\d+\w?)(?=\s|$)|\((?:\d{{1,3}}|\w|[ivxlc]{{1,6}})\)|[–—•▪●■➢](?=\w)"
)
_BEFORE_RAISED = re.compile(r"[^\W\d_]+[.,;:!?)»”\"’]*$")
_ARTICLE_NUMBER = re.compile(
    r"(?:^\s*|(?:стат[а-я]+|ст\.|пункт[а-я]*|подпункт[а-я]*|п\.|част[а-я]+|ч\.|глав[а-я]+|гл\.|§|articles?|art\.)"
    r"\s*(?:[\d.,\-–]+(?:\s(?:и|или|-|–|and|or))?\s*)*)\d+$",
    re.IGNORECASE,
)
_SMALL_DIGITS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_FINAL = re.compile(r"[.!?:;…,؟。！？；：][»”\"’)\]]*$")
_WHOLLY_BRACKETED = re.compile(r"\([^()]*\)[.;,]?$")
_ABBREVIATED_START = re.compile(r"\(?\w{1,5}[.)](?!\w{2})")
_SHORT = 40  # characters; a shorter line without a full stop is a label, a name or a title, not a broken sentence


def word_set(words: str) -> frozenset[str]:
    """The words of a line as a set: how long lists of names are written here."""
    return frozenset(words.split())


@dataclass(frozen=True, slots=True)
class Piece:
    """A block before it has offsets. `page_starts`: (offset in `text`, page number) where a page's text begins."""

    kind: BlockKind
    text: str
    level: int = 0
    marker: str = ""
    page_starts: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What a format's reader returns: pieces in reading order, the page count, what the file states beside its text."""

    pieces: Sequence[Piece]
    page_count: int = 0
    properties: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    recognise: tuple[int, ...] = ()  # pages whose text is better recognised in their picture
    recognised: Mapping[int, float] = field(default_factory=dict)  # pages whose text was, and its confidence
    unread: frozenset[int] = frozenset()  # pages of which nothing could be read
    refusal: str = ""  # why there are no pieces, where there are pages to recognise


@dataclass(frozen=True, slots=True)
class Layout:
    """The text of a document with its blocks and pages: offsets into `text`, which is NFC."""

    text: str
    blocks: tuple[Block, ...]
    pages: tuple[Page, ...]


def clean(text: str) -> str:
    """`text` on one line as it is shown: NFC, single spaces, no control or invisible characters, no ligature forms."""
    text = _SURROGATES.sub("\ufffd", text).translate(_TABLE)
    if "\u200c" in text or "\u200d" in text:
        text = _STRAY_JOINER.sub("", text)
    return unicodedata.normalize("NFC", _SPACES.sub(" ", text).strip())


def make_piece(kind: BlockKind, text: str, level: int = 0, marker: str = "") -> Piece | None:
    """A cleaned piece whose text starts with its marker, or None where nothing is left to show."""
    body = clean(text)
    if not body:
        return None
    marker = clean(marker)
    return Piece(kind, f"{marker} {body}" if marker else body, level, marker)


def table_text(rows: Iterable[Sequence[str]]) -> str:
    """Rows by newline, cells by ` | `; empty rows and trailing empty cells are left out."""
    lines = (" | ".join(clean(cell) for cell in row).rstrip(" |") for row in rows)
    return "\n".join(_SPACES.sub(" ", line).strip() for line in lines if line)


def starts_with_marker(text: str) -> bool:
    """Whether `text` opens with a bullet or an enumerator: `-`, `•`, `1.`, `1.2.`, `(a)`, `б)`, `iv.`."""
    return _MARKER.match(text) is not None


def superscript(raised: str, before: str) -> str:
    """Raised characters as a line of text can show them: a note's mark in brackets, a number's index in small digits.

    «слово¹» in a text with notes becomes «слово[1]»; «статья 155¹» is written 155.1, as legal texts without raised
    digits do; «м²» keeps its small digit.
    """
    mark = raised.strip()
    if mark.isdigit() and _ARTICLE_NUMBER.search(before):
        return f".{mark}"
    word = _BEFORE_RAISED.search(before)
    ends_word = word is not None and (len(word[0]) >= 4 or not word[0][-1].isalnum())
    if ends_word and re.fullmatch(r"\d{1,3}|[a-zа-я]|\*{1,3}", mark):
        return f"[{mark}]"
    return raised.translate(_SMALL_DIGITS) if mark.isdigit() else raised


def looks_like_heading(text: str, *, bold: bool) -> bool:
    """Whether a paragraph set apart by its type (all bold, or larger) reads as a heading and not as a clause."""
    return (
        bold
        and len(text) <= 250
        and not text.endswith((".", ",", ";", ":"))
        and any(character.isalpha() for character in text)
        and not (text[0] in "-–—•(" or text[0].islower())
    )


def split_breaks(text: str) -> list[str]:
    """Parts of a paragraph that holds line breaks: broken at an empty line, after a full stop or before a marker."""
    parts: list[str] = []
    for chunk in re.split(r"\n[^\S\n]*(?:\n[^\S\n]*)+", text):
        lines: list[str] = []  # of the part that is being put together
        for line in chunk.split("\n"):
            line = line.strip()
            if not line:
                continue
            stands_alone = starts_with_marker(line) or _WHOLLY_BRACKETED.match(line) is not None
            if lines and (stands_alone or (_FINAL.search(lines[-1]) and not line[0].islower())):
                parts.append(" ".join(lines))
                lines = []
            lines.append(line)
        if lines:
            parts.append(" ".join(lines))
    return parts


def join_broken(pieces: Iterable[Piece]) -> list[Piece]:
    """Pieces, a paragraph that obviously goes on with the one before it joined to it.

    It starts with a bracket or a lower-case letter, and the one before, a paragraph or list item of some length, stops
    without punctuation. Nothing is joined to or over headings, tables and footnotes, nor is anything with a marker.
    """
    runs: list[list[Piece]] = []
    for piece in pieces:
        if runs and _goes_on(runs[-1], piece):
            runs[-1].append(piece)
        else:
            runs.append([piece])
    return [run[0] if len(run) == 1 else _joined(run) for run in runs]


def _goes_on(run: Sequence[Piece], piece: Piece) -> bool:
    before, text = run[0], piece.text
    if before.kind not in ("paragraph", "item") or piece.kind != "paragraph" or piece.marker:
        return False
    if len(before.text) < _SHORT or _FINAL.search(run[-1].text) or _WHOLLY_BRACKETED.match(text):
        return False
    return (text[0] == "(" or text[0].islower()) and not _ABBREVIATED_START.match(text) and not starts_with_marker(text)


def _joined(run: Sequence[Piece]) -> Piece:
    starts: list[tuple[int, int]] = []
    shift = 0
    for piece in run:
        starts.extend((shift + offset, number) for offset, number in piece.page_starts)
        shift += len(piece.text) + 1
    return replace(run[0], text=" ".join(piece.text for piece in run), page_starts=tuple(starts))


def lay_out(pieces: Iterable[Piece], page_count: int = 0) -> Layout:
    """One text of all pieces, a newline between two, with the blocks' and pages' offsets."""
    parts: list[str] = []
    blocks: list[Block] = []
    page_starts: dict[int, int] = {}
    offset = 0
    for piece in pieces:
        text = unicodedata.normalize("NFC", piece.text)
        for inside, number in piece.page_starts:
            page_starts.setdefault(number, offset + min(inside, len(text)))
        blocks.append(Block(piece.kind, offset, offset + len(text), piece.level, piece.marker))
        parts.append(text)
        offset += len(text) + 1
    text = "\n".join(parts)
    return Layout(text, tuple(blocks), _pages(text, page_starts, page_count))


def _pages(text: str, starts: Mapping[int, int], count: int) -> tuple[Page, ...]:
    """Page spans from where each page's text starts; a page without text gets an empty span."""
    pages: list[Page] = []
    end = len(text)
    start = len(text)
    for number in range(count, 0, -1):
        start = min(starts.get(number, start), end)
        pages.append(Page(number, start, start + len(text[start:end].rstrip())))
        end = start
    return tuple(reversed(pages))


# First halves of Russian compounds that keep their hyphen; the list is open, so a document's own words come first.
_RUSSIAN_PREFIXES = word_set(
    "бизнес пресс интернет онлайн вице экс медиа веб мини топ штаб премьер генерал северо юго западно восточно кое"
    " конференц пресс-конференц культур шеф унтер обер лейб контр блок дизель инженер член страна дом город школа"
)
_RUSSIAN_PARTICLES = frozenset(["то", "либо", "нибудь", "таки", "ка"])
_RUSSIAN_ADVERB = re.compile(r"(?:льно|ично|ионно|енно|овно|урно|ческо|ово|аучно|орно|ейно|ивно|одно)$")
_RUSSIAN_ADJECTIVE = re.compile(r"(?:[ыио]й|[ао]я|[оеы]е|ие|[ое]го|[ое]му|[ыи]мх?|[ыи]х|[ыи]ми|ую)$")
_ENGLISH_PREFIXES = word_set(
    "self non well cross co ex vice all half quasi so long short high low large small full decision policy peace"
    " human gender people evidence results cost time"
)
_LAST_WORD = re.compile(r"([^\W\d_]+(?:-[^\W\d_]+)*)-$")
_FIRST_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


def words_of(lines: Iterable[str]) -> frozenset[str]:
    """Lower-case words that stand whole inside lines, hyphenated ones as they are written."""
    found: set[str] = set()
    for line in lines:
        inside = line.strip().rstrip("-")
        found.update(word.lower() for word in _WORD.findall(inside))
    return frozenset(found)


def glue_lines(first: str, second: str, words: Collection[str]) -> str:
    """Two lines of a paragraph as one, a hyphen at the break undone unless it belongs to the word.

    It is kept where the document itself writes the word with it, before a capital or a digit, and in the compounds
    that Russian and English write so; elsewhere it was put in by the type-setter.
    """
    if not first:
        return second
    if not second:
        return first
    if first.endswith("-") and len(first) > 1 and not first[-2].isspace():
        head = _LAST_WORD.search(first)
        tail = _FIRST_WORD.match(second)
        if head is None or tail is None or not second[0].islower():
            return first + second
        return (first if _keeps_hyphen(head[1].lower(), tail[0].lower(), words) else first[:-1]) + second
    if _is_wide(first[-1]) and _is_wide(second[0]):
        return first + second  # Chinese and Japanese put no space between words
    return f"{first} {second}"


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def _keeps_hyphen(head: str, tail: str, words: Collection[str]) -> bool:
    if f"{head}-{tail}" in words:
        return True
    if head + tail in words:
        return False
    first = head.rpartition("-")[2]
    if "а" <= first[-1] <= "я":
        compound = bool(
            len(first) >= 5 and len(tail) >= 6 and _RUSSIAN_ADVERB.search(first) and _RUSSIAN_ADJECTIVE.search(tail)
        )
        return first in _RUSSIAN_PREFIXES or tail in _RUSSIAN_PARTICLES or compound
    return first in _ENGLISH_PREFIXES
