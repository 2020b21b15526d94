"""Blocks → lines: one line for each paragraph, heading, item, table or footnote, with its marker told from its words.

Readers give blocks as the layout shows them. Here broken lines come together again, and a number at a line's start
counts as a marker only where it continues a list.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Literal

from kb.model import Block, BlockKind, Document
from kb.segment.lexicon import (
    CONJUNCTION_END,
    DECIDING_BODY,
    FORMULA_VERB,
    MONTH,
    NUMBERED_PART,
    OPERATIVE_VERB,
    RECITAL,
    REFERENCE_END,
)

__all__ = ["Line", "lines_of"]

Style = Literal["", "dash", "decimal", "number)", "(number)", "letter", "roman", "ROMAN"]


@dataclass(frozen=True, slots=True)
class Line:
    """A logical line: `text[start:end]` are its words, `marker` stands before them.

    `style` names the marker's family with its glyphs ("" without marker), `number` is what it counts
    ((24, 2, 1) for "24.2.1.", (2,) for "(b)", () for a dash). `level` is the reader's heading rank or list depth.
    """

    kind: BlockKind
    start: int
    end: int
    level: int = 0
    marker: str = ""
    style: Style = ""
    glyph: str = ""
    number: tuple[int, ...] = ()
    words: str = ""
    sure: bool = False  # the reader itself saw the marker


_DASH = re.compile(r"(?P<marker>[-–—−‒―•·●○◦▪▫■□‣⁃∙*✓➢])(?:[ \t\u00a0]+|(?=[^\W\d_]|[«\"“(]))")
_DECIMAL = re.compile(r"(?P<marker>\d{1,3}(?:\.\d{1,3}){0,5})(?:\.(?=[^\d]|$)|(?=[ \t\u00a0]))[ \t\u00a0]*")
_SURE_DECIMAL = re.compile(
    _DECIMAL.pattern.replace("{1,3}", "{1,5}")
)  # a year is no number of a list that the format marks
_PAREN = re.compile(r"(?P<marker>\((?P<in>\d{1,3}|[a-zа-яё]{1,5}|[A-Z])\))[ \t\u00a0]*")
_HALF = re.compile(r"(?P<marker>(?P<in>\d{1,3}|[a-zа-яё]{1,5})\))[ \t\u00a0]*")
_ROMAN = re.compile(r"(?P<marker>(?P<in>[IVX]{1,6}))\.[ \t\u00a0]+")
_LETTER_DOT = re.compile(r"(?P<marker>(?P<in>[a-zа-яё]))\.[ \t\u00a0]+")
_ROMAN_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_CYRILLIC = "абвгдежзиклмнопрстуфхцчшщэюя"  # Russian lists leave out ё, й, ъ, ы, ь
_LATIN = "abcdefghijklmnopqrstuvwxyz"
_FORMULA_AND_ONE = re.compile(r":\s+(?P<item>1[.)]\s*(?=[^\W\d_]))")
_NEXT_NUMBER = re.compile(r"(?<=[.;:!»\")])\s+(?P<item>(?P<number>\d{1,2})[.)]\s*(?=[A-ZА-ЯЁ]))")
_REFERENCE_NUMBER = re.compile(r"(?<!\w)(?:№|n[o°]?|п|пп|пункт\w*|ст|ч|гл)\.?\s*\d*\.?$", re.IGNORECASE)
_CLOSERS = " \t\u00a0»”\"'’)]*"
_TERMINAL = ".;:!?…。！？؟؛।"


def lines_of(document: Document) -> list[Line]:
    """All of a document's text as lines in reading order."""
    text = document.text
    blocks = _with_gaps(document)
    width = _wrap_width(text, blocks)
    lines: list[Line] = []
    for block in blocks:
        line = _line(text, block)
        if line is None:
            continue
        if lines and _continues(text, lines[-1], line, width):
            lines[-1] = _together(text, lines[-1], line)
        else:
            lines.append(line)
    return _believe_markers(text, [part for line in lines for part in _run_on_list(text, line)])


def _run_on_list(text: str, line: Line) -> list[Line]:
    """A paragraph in which a formula and its list run on («… постановляет: 1. Внести … 2. Поручить …») as their lines.

    The list is believed where its numbers go up one by one from 1, none comes twice, each clause before a number has
    ended, and no number stands in a quotation or bracket or is one of a reference («п. 3.», «№ 5.»).
    """
    words = line.words
    formula = _FORMULA_AND_ONE.search(words)
    if line.kind not in ("paragraph", "item") or formula is None:
        return [line]
    if not FORMULA_VERB.search(words[: formula.end()][-220:]):
        return [line]
    found = [(1, formula.start("item"))]
    for match in _NEXT_NUMBER.finditer(words, formula.end()):
        before = words[: match.start()]
        if not _is_inside(before) and not _REFERENCE_NUMBER.search(before[-12:]):
            found.append((int(match["number"]), match.start("item")))
    if len(found) < 2 or [number for number, _ in found] != list(range(1, len(found) + 1)):
        return [line]
    cuts = [at for _, at in found]
    ends = [*cuts[1:], len(words)]
    head = words[: cuts[0]].rstrip()
    parts = [replace(line, end=line.start + len(head), words=head)]
    for first, last in zip(cuts, ends, strict=True):
        clause = words[first:last].rstrip()
        start = line.start + first
        item = Line("paragraph", start, start + len(clause), words=clause)
        parts.append(_marked(item, text) or item)
    return parts


def _is_inside(before: str) -> bool:
    """Whether a quotation or a bracket is still open after these words."""
    return any(before.count(a) > before.count(b) for a, b in ("«»", "()", "“”")) or before.count('"') % 2 == 1


def _together(text: str, previous: Line, line: Line) -> Line:
    start = previous.start if previous.words else line.start
    return replace(previous, start=start, end=line.end, words=text[start : line.end])


def _with_gaps(document: Document) -> list[Block]:
    """The document's blocks, with a paragraph for any text that no block holds, so that nothing can be lost."""
    text = document.text
    blocks: list[Block] = []
    position = 0
    for block in document.blocks:
        if block.end <= position or block.start >= block.end:
            continue
        blocks += _paragraphs(text, position, block.start)
        blocks.append(replace(block, start=max(block.start, position)))
        position = block.end
    return blocks + _paragraphs(text, position, len(text))


def _paragraphs(text: str, start: int, end: int) -> list[Block]:
    found: list[Block] = []
    while start < end:
        stop = text.find("\n", start, end)
        stop = end if stop < 0 else stop
        if text[start:stop].strip():
            found.append(Block("paragraph", start, stop))
        start = stop + 1
    return found


def _wrap_width(text: str, blocks: Sequence[Block]) -> int:
    """Length at which the lines of a text were broken by its layout; 0 where blocks are whole paragraphs.

    Paragraphs end in punctuation, broken lines mostly do not, and those are all about as long as the page is wide.
    """
    plain = [text[block.start : block.end].rstrip() for block in blocks if block.kind in ("paragraph", "item")]
    lengths = sorted(len(line) for line in plain if line[-1:] not in _TERMINAL + "," and len(line) > 20)
    if len(lengths) < 6 or len(lengths) < 0.2 * len(plain):
        return 0
    width = lengths[int(len(lengths) * 0.9)]
    return width if 35 <= width <= 140 and lengths[len(lengths) // 2] > 0.7 * width else 0


def _line(text: str, block: Block) -> Line | None:
    start, end = block.start, block.end
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start == end:
        return None
    line = Line(block.kind, start, end, block.level, words=text[start:end])
    if block.kind in ("table", "footnote"):
        return line
    if block.marker and text.startswith(block.marker, start):
        line = replace(line, sure=True)
    marked = _marked(line, text)
    if marked is None and line.sure:
        after = start + len(block.marker)
        while after < end and text[after].isspace():
            after += 1
        return replace(line, start=after, marker=block.marker, style="dash", glyph=block.marker, words=text[after:end])
    return marked or line


def _marked(line: Line, text: str) -> Line | None:
    """The line with its marker told apart, or None where it begins with words."""
    source = text[line.start : line.end]
    if match := _DASH.match(source):
        return _cut(line, source, match.end(), match["marker"], "dash", match["marker"], ())
    if match := (_SURE_DECIMAL if line.sure else _DECIMAL).match(source):
        shown = source[: match.end()].rstrip()
        number = tuple(int(part) for part in match["marker"].split("."))
        rest = source[match.end() :]
        bare = not shown.endswith(".") and len(number) == 1
        glued = match.end() == len(shown) and rest[:1].islower() and not (len(number) > 1 and shown.endswith("."))
        doubtful = glued or MONTH.match(rest) or _is_date(number, shown) or (bare and not rest[:1].isupper())
        if (doubtful and not line.sure) or NUMBERED_PART.match(rest):
            return None
        glyph = " " if bare and line.kind != "heading" and not line.sure else "."
        return _cut(line, source, match.end(), shown, "decimal", glyph, number)
    for pattern, left in ((_PAREN, "("), (_HALF, "")):
        if match := pattern.match(source):
            if match.end() == len(source) and not line.sure and line.kind != "heading" and len(source) > 4:
                return None
            return _lettered(line, source, match.end(), match["marker"], match["in"], left + ")")
    if match := _ROMAN.match(source):
        return _cut(line, source, match.end(), match["marker"] + ".", "ROMAN", ".", (_roman(match["in"].lower()),))
    if match := _LETTER_DOT.match(source):
        return _lettered(line, source, match.end(), match["marker"] + ".", match["in"], ".")
    return None


def _is_date(number: tuple[int, ...], shown: str) -> bool:
    """Whether "12.05" or "02.11.22" stands for a day and a month (leading zeros; paragraph numbers have none)."""
    return len(number) in (2, 3) and any(part.startswith("0") for part in shown.rstrip(".").split("."))


def _cut(line: Line, source: str, at: int, marker: str, style: Style, glyph: str, number: tuple[int, ...]) -> Line:
    return replace(
        line, start=line.start + at, marker=marker, style=style, glyph=glyph, number=number, words=source[at:]
    )


def _lettered(line: Line, source: str, at: int, marker: str, inside: str, glyph: str) -> Line | None:
    if inside.isdigit():
        style: Style = "(number)" if glyph == "()" else "number)"
        return _cut(line, source, at, marker, style, glyph, (int(inside),))
    low = inside.lower()
    if set(low) <= set("ivxlc") and (len(low) > 1 or low in "ivx"):
        # "(i)" may be the letter after (h) or the numeral one: the list decides (see _believe_markers)
        return _cut(line, source, at, marker, "roman", glyph, (_roman(low),))
    value = _letter_value(low)
    return None if value is None else _cut(line, source, at, marker, "letter", glyph, (value,))


def _letter_value(low: str) -> int | None:
    """Place of "b", "в" or "aa" in its alphabet, from 1; None for other words."""
    alphabet = _LATIN if low[0] in _LATIN else _CYRILLIC
    if low[0] not in alphabet or len(set(low)) != 1 or len(low) > 2:
        return None
    return alphabet.index(low[0]) + 1 + len(alphabet) * (len(low) - 1)


def _roman(low: str) -> int:
    values = [_ROMAN_VALUES[letter] for letter in low]
    return sum(-value if value < max(values[i:]) else value for i, value in enumerate(values))


def _continues(text: str, previous: Line, line: Line, width: int) -> bool:
    """Whether a line is the rest of the one before, broken by the layout, a link or a page's end."""
    if line.kind in ("heading", "table", "footnote") or previous.kind in ("heading", "table", "footnote"):
        return False
    before = previous.words.rstrip()
    if line.marker:
        # a number after "paragraph" is the end of a reference, after "and" only if it does not go on with the list
        goes_on = line.style == previous.style and line.number[-1:] == tuple(n + 1 for n in previous.number[-1:])
        referred = REFERENCE_END.search(before[-30:]) or (not goes_on and CONJUNCTION_END.search(before[-10:]))
        # "Парламент\n– Национальное собрание": a quotation that the next line closes, not an odd mark («24"»)
        quoted = (
            line.style == "dash"
            and before.count('"') % 2 == line.words.count('"') % 2 == 1
            and before[-1] not in ";.:!?"
        )
        return quoted or (line.style not in ("dash", "") and bool(referred))
    if not before:
        return True
    opening = line.words[0]
    if previous.marker and line.words.endswith(":") and FORMULA_VERB.match(line.words):
        return False
    bare = before.rstrip(_CLOSERS)
    last = bare[-1:] or before[-1]
    starter = RECITAL.match(line.words) or OPERATIVE_VERB.match(line.words)
    if last in ";:!?؛":
        return False
    if last.isalnum() and line.words.endswith(":") and len(line.words.split()) <= 2 and FORMULA_VERB.match(line.words):
        return DECIDING_BODY.search(before[-120:]) is not None  # «… Законодательное Собрание края» / «ПОСТАНОВЛЯЕТ:»
    if last in _TERMINAL:
        if opening.islower() and not starter:
            return True
        return bool(width) and opening.isalpha() and not starter and _could_not_fit(text, previous, line, width)
    if last == ",":
        lower = opening.islower() or opening in "(<"
        if previous.marker and lower:
            return True
        if starter:
            return False
        return lower or (bool(width) and _could_not_fit(text, previous, line, width))
    if opening.islower() or (opening in "(<" and not _whole_in_brackets(line.words)):
        return not (starter and opening.isupper())
    dated = re.search(r"\s[a-zа-яё]{1,4}$", before) and MONTH.match(line.words.lstrip("0123456789. "))
    if opening.isdigit() and (dated or REFERENCE_END.search(before[-30:]) or CONJUNCTION_END.search(before[-10:])):
        return True
    return bool(width) and _could_not_fit(text, previous, line, width)


def _whole_in_brackets(words: str) -> bool:
    return words[0] == "(" and words[-1] == ")"


def _could_not_fit(text: str, previous: Line, line: Line, width: int) -> bool:
    """Whether the next line's first word had no room on the line before: then the break is the layout's."""
    last = text.rfind("\n", 0, previous.end) + 1
    length = previous.end - last
    return length <= width * 1.2 and length + 1 + len(line.words.split(None, 1)[0]) > width * 0.94


def _believe_markers(text: str, lines: list[Line]) -> list[Line]:
    """Take back the markers that continue no list: a number above 1 needs its neighbour before or after it.

    Letters that may be numerals ("i", "v", "x", "c") become letters where the letter before them was just seen.
    """
    result: list[Line] = []
    seen: dict[tuple[str, str], tuple[int, ...]] = {}
    outer: dict[tuple[str, str], list[tuple[int, ...]]] = {}
    upcoming = _upcoming(lines)
    for index, line in enumerate(lines):
        if line.marker and not line.words:
            line = _unmarked(text, line)
        if line.style == "roman":
            line = _as_letter_after(line, seen)
        key = (line.style, line.glyph)
        if line.style in ("decimal", "number)", "(number)", "letter", "ROMAN") and line.kind != "heading":
            last = seen.get(key)
            returns = any(line.number == (*before[:-1], before[-1] + 1) for before in outer.get(key, ()))
            if not (line.sure or returns or _plausible(line, last) or _has_next(line, upcoming.get(key, ()), index)):
                line = _unmarked(text, line)
                if result and _continues(text, result[-1], line, 0):
                    result[-1] = _together(text, result[-1], line)
                    continue
        if line.marker and line.number:
            key = line.style, line.glyph
            if line.number == (1,) and key in seen:
                # the list this one stands in may go on after it
                outer[key] = [*outer.get(key, [])[-2:], seen[key]]
            seen[key] = line.number
        result.append(line)
    return result


def _upcoming(lines: list[Line]) -> dict[tuple[str, str], list[tuple[int, tuple[int, ...]]]]:
    found: dict[tuple[str, str], list[tuple[int, tuple[int, ...]]]] = {}
    for index, line in enumerate(lines):
        if line.number:
            found.setdefault((line.style, line.glyph), []).append((index, line.number))
    return found


def _has_next(line: Line, candidates: Sequence[tuple[int, tuple[int, ...]]], index: int) -> bool:
    following = (*line.number[:-1], line.number[-1] + 1)
    below = (*line.number, 1)
    first = bisect_right(candidates, index, key=itemgetter(0))
    later = [number for _, number in candidates[first : first + 12]]
    return following in later or below in later[:1]


def _plausible(line: Line, last: tuple[int, ...] | None) -> bool:
    number = line.number
    if line.glyph == " ":
        # a number without a dot ("1 The provisions …") is believed only beside its neighbour
        return last is not None and number[0] == last[0] + 1
    if number[-1] == 1 or len(number) > 1:
        return True
    if line.style == "ROMAN" and len(line.words) <= 160 and line.words.rstrip()[-1:] not in ".;:,":
        return True
    return last is not None and 0 < number[0] - last[0] <= 3


def _as_letter_after(line: Line, seen: dict[tuple[str, str], tuple[int, ...]]) -> Line:
    inside = line.marker.strip("().").lower()
    value = _letter_value(inside)
    last = seen.get(("letter", line.glyph))
    if (
        value is None
        or last is None
        or value != last[0] + 1
        or seen.get(("roman", line.glyph)) == (line.number[0] - 1,)
    ):
        return line
    return replace(line, style="letter", number=(value,))


def _unmarked(text: str, line: Line) -> Line:
    start = text.rfind(line.marker, 0, line.start)
    return replace(line, start=start, marker="", style="", glyph="", number=(), words=text[start : line.end])
