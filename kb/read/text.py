"""Plain text: find the encoding, then the paragraphs."""

from __future__ import annotations

import codecs
import math
import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from charset_normalizer import from_bytes

from kb.errors import UnreadableFile
from kb.read.layout import (
    Piece,
    Reading,
    glue_lines,
    join_broken,
    looks_like_heading,
    make_piece,
    starts_with_marker,
    words_of,
)

__all__ = ["decode", "paragraphs", "read_text"]

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WIDE = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
_CYRILLIC = ("cp1251", "koi8-r", "koi8-u", "cp866", "mac-cyrillic", "iso8859-5", "cp855")
_LATIN = (
    "cp1252",
    "cp1257",
    "cp1250",
    "cp1254",
    "iso8859-15",
    "iso8859-2",
    "iso8859-13",
    "cp850",
    "cp852",
    "mac-roman",
)
# The letters beyond ASCII of the languages that these code pages were made for.
# Each begins with the letters that the language uses most.
_ALPHABETS = tuple(
    """
    üäöß éèàêçôâîûùëïüœæÿ óíáéñúü èàùòìéí ãçáéíóêâõúàôü äåöé øåæé
    łąężśćóńź íáéýěřžšůčúňóťď áíéýčžšľúťňďôŕĺä áéöóőíüúű ăîâșțşţ šžčćđ
    āīēšņūļžķģčō ėųįšąžęūč äõüöšž ıüşğçöâîûi̇
    """.split()
)
# Letters in a thousand letters of running Russian (national corpus, rounded); then letters of its neighbours.
_RUSSIAN = dict(
    zip(
        "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",
        (
            *(110, 85, 80, 74, 67, 63, 55, 47, 45, 44, 35, 32, 30, 28, 26, 20, 19),
            *(17, 17, 16, 16, 14, 12, 10, 9, 7, 6, 5, 4, 3, 3, 1, 1),
        ),
        strict=True,
    )
)
_NEIGHBOURS = {"і": 20, "ї": 3, "є": 3, "ў": 3, "ј": 10, "њ": 2, "љ": 2, "ћ": 2, "ђ": 1, "џ": 1, "ґ": 1}
_LOG = {letter: math.log(weight / 1000) for letter, weight in (_RUSSIAN | _NEIGHBOURS).items()}
_ODD = math.log(0.00005)  # anything that running Cyrillic text does not hold
_PUNCTUATION = frozenset("«»—–„“”’…№ \xa0•·§°")
_RUN = re.compile(rb"[\x80-\xff]+")
_SAMPLE = 200_000  # bytes: enough for letter frequencies
_WRAP_LIMIT = 130  # characters; nobody wraps by hand wider than this
_INDENT = re.compile(r"^\s*")
_SENTENCE_END = re.compile(r"[.!?:;…][»”\"’)\]]*$")


def decode(data: bytes, declared: str = "") -> str:
    """Text of `data` in whatever encoding it is: by mark, as UTF-8, as declared, by letter frequencies, by statistics.

    Raises UnreadableFile("damaged") where the bytes are no text.
    """
    for mark, name in _BOMS:
        if data.startswith(mark):
            return data.decode(name, errors="replace")
    wide = _wide_encoding(data)
    if wide:
        return data.decode(wide, errors="replace")
    if data.count(b"\0") > len(data) // 100:
        raise UnreadableFile("damaged", "holds binary data, no text")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" or _mostly_utf8(data):
            return data.decode("utf-8", errors="replace")
    if declared:
        try:
            return data.decode(declared)
        except (LookupError, UnicodeDecodeError):
            pass  # a wrong declaration says nothing: the bytes decide
    return data.decode(_eight_bit_encoding(data), errors="replace")


def _mostly_utf8(data: bytes) -> bool:
    """Whether the text is UTF-8 with a few broken bytes, rather than another encoding."""
    sample = data[:_SAMPLE]
    text = sample.decode("utf-8", errors="replace")
    multibyte = sum(character > "\x7f" for character in text)
    return multibyte > 20 and text.count("\ufffd") < multibyte / 50


def _wide_encoding(data: bytes) -> str:
    """UTF-16 or UTF-32 without a mark: told by bytes that no 8-bit text holds; "" where it is none."""
    sample = data[: min(len(data), 4000) // 4 * 4] or data[: len(data) // 2 * 2]
    if len(sample) < 4 or sum(byte < 9 for byte in sample) * 5 < len(sample):
        return ""
    best, name = 0.6, ""
    for encoding in _WIDE:
        try:
            text = sample.decode(encoding)
        except UnicodeDecodeError:
            continue
        usual = sum(character in "\t\n\r" or " " <= character < "\u0600" for character in text)
        share = usual / len(text)
        if share > best:
            best, name = share, encoding
    return name


def _eight_bit_encoding(data: bytes) -> str:
    sample = data[:_SAMPLE]
    runs = _RUN.findall(sample)
    high = b"".join(runs)
    # In Western text high bytes stand alone between ASCII letters; in Cyrillic they make up words.
    if len(high) / max(len(runs), 1) >= 2:
        score, name = max((_cyrillic_score(b" ".join(runs), encoding), encoding) for encoding in _CYRILLIC)
        if score > -3.85:  # Russian, Ukrainian, Bulgarian -3.1 to -3.5; Greek and Hebrew read as Cyrillic -3.9 to -4.1
            return name
    else:
        share, _, name = max((_latin_share(high, encoding), -rank, encoding) for rank, encoding in enumerate(_LATIN))
        if share >= 0.8:  # a rest of names and symbols of other languages
            return name
    guess = from_bytes(sample).best()
    return guess.encoding if guess is not None else "cp1252"


def _latin_share(high: bytes, encoding: str) -> float:
    """Share of the high bytes that are letters of one and the same Latin alphabet, or punctuation.

    A twentieth is added where the letter met most is one of the two that the language uses most.
    """
    counts = Counter(high.decode(encoding, errors="replace").lower())
    marks = sum(count for character, count in counts.items() if character in _PUNCTUATION or character in "¿¡£€ªº")
    best = 0.0
    for letters in _ALPHABETS:
        known = {character: count for character, count in counts.items() if character in letters}
        share = (marks + sum(known.values())) / max(len(high), 1)
        best = max(best, share + 0.05 * (bool(known) and max(known, key=known.__getitem__) in letters[:2]))
    return best


def _cyrillic_score(data: bytes, encoding: str) -> float:
    """Mean log likelihood of a character under Russian letter frequencies, capitals within a word counted as odd."""
    text = data.decode(encoding, errors="replace")
    total = 0.0
    count = 0
    before = " "
    for character in text:
        if character != " ":
            lower = character.lower()
            likely = _LOG.get(lower)
            if likely is None:
                total += -5.0 if character in _PUNCTUATION else _ODD
            elif character != lower and before.islower():
                total += _ODD
            else:
                total += likely - (1.0 if character != lower and not before.isupper() else 0.0)
                if character != lower:
                    total -= 0.5
            count += 1
        before = character
    return total / count if count else _ODD


def paragraphs(text: str) -> list[str]:
    """Paragraphs of a text with line ends: separated by empty lines or one to a line, hard-wrapped lines joined."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n").replace("\x85", "\n").split("\n")
    lines = [line.expandtabs(4).rstrip() for line in lines]
    width = _wrap_width(lines)
    words = words_of(lines) if width else frozenset[str]()
    found: list[str] = []
    group: list[str] = []
    for line in [*lines, ""]:
        if line:
            group.append(line)
        elif group:
            found.extend(_join_wrapped(group, width, words))
            group = []
    return found


def _wrap_width(lines: Sequence[str]) -> int:
    """The width that lines were wrapped at, 0 where each line is a paragraph.

    Wrapped lines crowd just below a limit: taken as such when the longest line is short and a third of the lines
    that are followed by another one come within 15 % of it.
    """
    lengths = sorted(len(line) for line, after in pairwise([*lines, ""]) if line and after)
    if not lengths:
        return 0
    width = lengths[min(len(lengths) - 1, int(len(lengths) * 0.98))]
    if not 30 <= width <= _WRAP_LIMIT:
        return 0
    near = [line for line, after in pairwise([*lines, ""]) if after and len(line) >= width * 0.85]
    if len(near) == 1:  # a single line shows a width only where it is a usual one and the sentence goes on
        return width if len(lengths) <= 3 and 60 <= width <= 80 and not _SENTENCE_END.search(near[0]) else 0
    return width if len(near) * 3 >= len(lengths) else 0


def _join_wrapped(lines: Sequence[str], width: int, words: frozenset[str]) -> list[str]:
    if not width:
        return [line.strip() for line in lines]
    found: list[str] = []
    current = ""
    for index, line in enumerate(lines):
        text = line.strip()
        if current and _continues(lines[index - 1], line, width):
            current = glue_lines(current, text, words)
        else:
            if current:
                found.append(current)
            current = text
    return [*found, current]


def _continues(before: str, line: str, width: int) -> bool:
    """Whether `line` goes on with the paragraph of the line before it: that one was full, or its sentence is open."""
    text = line.lstrip()
    if starts_with_marker(text):
        return False
    indent, indent_before = len(line) - len(text), len(before) - len(before.lstrip())
    if indent > indent_before + 1 and not starts_with_marker(before.lstrip()) and _SENTENCE_END.search(before):
        return False
    full = len(before) + 1 + len(text.split(" ", 1)[0]) > width * 0.97
    return full or before.endswith("-") or (text[0].islower() and not _SENTENCE_END.search(before))


def read_text(data: bytes, passwords: Sequence[str] = ()) -> Reading:
    """Read plain text in any common encoding; lines in capitals are its headings.

    Raises UnreadableFile("damaged") for binary data.
    """
    pieces = text_pieces(paragraphs(decode(data)))
    headed = (
        Piece("heading", piece.text, 2 if index else 1) if _is_in_capitals(piece) else piece
        for index, piece in enumerate(pieces)
    )
    return Reading(join_broken(headed))


def _is_in_capitals(piece: Piece) -> bool:
    letters = sum(character.isalpha() for character in piece.text)
    return (
        piece.kind == "paragraph"
        and letters >= 4
        and piece.text.isupper()
        and not starts_with_marker(piece.text)
        and looks_like_heading(piece.text, bold=True)
    )


_BULLET_START = re.compile(r"([-–—•*·▪●■➢])\s+")


def text_pieces(found: Sequence[str]) -> list[Piece]:
    """Paragraphs as pieces, a paragraph that starts with a bullet as a list item."""
    pieces = []
    for paragraph in found:
        bullet = _BULLET_START.match(paragraph)
        if bullet:
            piece = make_piece("item", paragraph[bullet.end() :], 0, bullet[1])
        else:
            piece = make_piece("paragraph", paragraph)
        if piece is not None and any(character.isalnum() for character in piece.text):
            pieces.append(piece)
    return pieces
