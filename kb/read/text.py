"""Plain text: find the encoding, then the paragraphs."""

from __future__ import annotations

import codecs
import contextlib
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
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
# Code pages of each script, those met most often first, and the small letters of its languages, each language's by how
# often they come. No language takes part by its other letters: the rest of an alphabet counts as foreign.
_SCRIPTS = (
    (
        "cp1251 koi8-r koi8-u cp866 mac-cyrillic iso8859-5 cp855 cp1125 kz1048 ptcp154",
        "оеаинтсрвлмкдпуяыбгзьчйжхюшцэщфъё оаніивтреслдукмпзягбьйчхжцюшїщєфґ анірыеслткдямопвузцўгбэьчшхйжюёф"
        " аеиотнрсвдлкпмзъябугчжщйцхшфюь аоеинрустдкјмвплзгбшчцњжхћљфђџ аоиентвсрдплкумјбзгчцшњжќѓхф"
        " аенытрілдсмокқбуижйпғңшзгүөәұявхфэцьюч анэлгроидйхстуүбөмжвычзеьцшкяпюфё",
    ),
    (
        "cp1252 cp1257 cp1250 cp1254 iso8859-15 iso8859-2 iso8859-13 cp850 cp852 mac-roman",
        "etaoinsrhldcumpgfwybvkjxzqé enirstadhulgomcbfwkzpvüäjöyßxq easnirtulodcpémvgqfbhàjyxèkwêzôçîâùûëïœ"
        " eaosnrildtucmpbghvqyófíjázéñkwxúü aeosrindtmucplgvfbhqãçáéjízxóõykwêàúâ aeiontrlscdupmghvfbzqèàywkùjìéòx"
        " eatrnsildomgkhvpfuäöåcbjywxzé aitnesolkuämrvhjpydögbcwfzxå aeistlunkdomrvpghjäõbüöcyfwzxšž"
        " aisetrunokāmlpdvjēīzbgcšņūfļhžčķģyw iasetornukmpldjvėgbyšųąžįūcčhęfzwx aeionzrwstcydpkmujlłgbhęąóżśćfńvźx"
        " eoantilsvrdkupmícházyjběřžéýčšgůfwúxňóťď eairntuclosdpămvîfțgbșzhâjşţkyxw aeinrlıdktsymuobügşczçhpvğöfwjxâ"
        " erntlidasgofhmkvubæpåøyjcé eastnlzékimgoáryvbdjhőöüófpíucűú aoinejvrustdmplkbzgčšžćhcđ"
        " oaneivrstdkmpálubhzcjýyžéúťčšíľôňgďfäŕĺ arniesltumgðfkvohþdjáíéóöbyæpúýz"
        " eaitsnlrocdupmgvbóqféhàèíjxúçòyzï",
    ),
    ("cp1253 iso8859-7", "ατοενισρπκημυςλίόέάγδήωχθύφβώζξψϊϋΐΰ"),
    ("cp1255 iso8859-8", "יוהלרבתמאשנםעדחקפסכטגןצזךףץ"),
    ("cp1256 iso8859-6", "اليمنورتبعدةسفقأهكحجشصطإىخزذضثغئءظؤآ ايرنوهدمتبشکسخزگقفعآحپجچطضصئثظذغءژ"),
)
_RARE = -9.0  # log likelihood of what running text of a language does not hold
_FOREIGN = -3.3  # of an ASCII letter in a script that has none: one in 26
_PUNCTUATED = -5.0
_SIGN = -14.0  # frames, arithmetic and what cannot be decoded


_OVERRULED = 1.0  # log likelihood a byte beyond ASCII by which another encoding must beat the declared one
# What may not be declared: no encodings of pages (in Python they are codecs too, some of them slow), or told by zeros.
_NEVER_DECLARED = ("idna", "punycode", "raw", "undefined", "unicode", "utf-7", "utf-16", "utf-32")


def _log_likelihoods(letters: str) -> dict[str, float]:
    """Log of the shares of letters in running text, by rank (Gusein-Zade 1988: ln((n + 1) / r), normed)."""
    count = len(letters)
    weights = [math.log((count + 1) / rank) for rank in range(1, count + 1)]
    return {letter: math.log(weight / sum(weights)) for letter, weight in zip(letters, weights, strict=True)}


_CODE_PAGES = tuple(
    (name, -1.0 * min(rank, 1), tuple(map(_log_likelihoods, languages.split())))
    for names, languages in _SCRIPTS
    for rank, name in enumerate(names.split())
)
_PUNCTUATION = frozenset("«»—–„“”’…№\xa0•·§°")
# A word that holds bytes beyond ASCII, with two plain words on either side, which tell the language.
_WORD = re.compile(rb"(?:[A-Za-z']+ ){0,2}[A-Za-z'\x80-\xff]*[\x80-\xff][A-Za-z'\x80-\xff]*(?: [A-Za-z']+){0,2}")
_SAMPLE = 200_000  # bytes: enough for letter frequencies
_WORDS = 6000  # bytes of words beyond ASCII: as much as tells code pages apart
_PLAIN = -4.1  # log likelihood a byte: European and Arabic texts have more than -4.0, East Asian ones less than -4.7
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
        cut = error.reason == "unexpected end of data" and not data[: error.start].isascii()
        if cut or _mostly_utf8(data):
            return data.decode("utf-8", errors="replace")
    return _decode_eight_bit(data, declared)


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


def _decode_eight_bit(data: bytes, declared: str) -> str:
    """As declared, unless the bytes cannot be that or make plausible text in another encoding only."""
    named, told = "", None
    with contextlib.suppress(LookupError, UnicodeError):  # a wrong declaration says nothing
        named = codecs.lookup(declared).name if declared else ""
        told = data.decode(named) if named and not named.startswith(_NEVER_DECLARED) else None
    judged = "cp1252" if named in ("ascii", "iso8859-1") else named
    if told is not None and judged not in (name for name, _, _ in _CODE_PAGES):
        return told
    words = b" ".join(_WORD.findall(data[:_SAMPLE]))[:_WORDS]
    scores = {
        name: _plausibility(words.decode(name, errors="replace"), languages) + prior
        for name, prior, languages in _CODE_PAGES
    }
    best = max(scores, key=scores.__getitem__)
    plausible = scores[best] > _PLAIN * len(words)
    margin = _OVERRULED * sum(byte > 0x7F for byte in words)
    if told is not None and (not plausible or scores[best] < scores[judged] + margin):
        return told if named == judged else data.decode(judged, errors="replace")
    if not plausible:
        guess = from_bytes(data[:_SAMPLE]).best()
        best = guess.encoding if guess is not None else best
    return data.decode(best, errors="replace")


def _plausibility(text: str, languages: Sequence[Mapping[str, float]]) -> float:
    """Log likelihood of a text in the one of `languages` that fits best, by its letters and how its signs stand."""
    total = 0.0
    letters: Counter[str] = Counter()
    latin = "e" in languages[0]
    for before, character, after in zip(" " + text, text, text[1:] + " ", strict=False):
        if character.isalpha():
            letters[character.lower()[0]] += 1  # İ has two small ones
            if character.isupper():
                total += _RARE if before.islower() else -0.5 if before.isupper() else -2.5
            if not latin and before.isalpha() and (before < "\x80") != (character < "\x80"):
                total += _RARE
        elif character in _PUNCTUATION:
            misplaced = (
                (before.isalpha() and after.isalpha() and character not in "’·\xa0")
                or (before.isalpha() and character in "«„–—")
                or (after.isalpha() and character in "»”’…–—•§" and not before.isalpha())
            )
            total += _RARE if misplaced else _PUNCTUATED
        elif character >= "\x80":
            total += _SIGN
    return total + max(
        sum(count * language.get(letter, _RARE if letter >= "\x80" else _FOREIGN) for letter, count in letters.items())
        for language in languages
    )


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
    parts: list[str] = []  # of the paragraph: a hyphen at a line's end concerns the last one only
    for index, line in enumerate(lines):
        text = line.strip()
        if parts and _continues(lines[index - 1], line, width):
            glued = glue_lines(parts[-1], text, words)
            parts[-1:] = [glued[: len(glued) - len(text)], text]
        else:
            if parts:
                found.append("".join(parts))
            parts = [text]
    return [*found, "".join(parts)]


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
