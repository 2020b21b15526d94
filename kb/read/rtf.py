"""RTF: text with the list markers, tables and notes that it shows, each font's bytes in its own code page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from kb.errors import UnreadableFile
from kb.read.layout import (
    Piece,
    Reading,
    clean,
    join_broken,
    looks_like_heading,
    make_piece,
    split_breaks,
    table_text,
    word_set,
)

__all__ = ["read_rtf"]

_TOKEN = re.compile(
    rb"\\([a-z]{1,32})(-?\d{1,10})?[ ]?|\\'([0-9a-f]{2})|\\([^a-z])|([{}])|[\r\n]+|([^\\{}\r\n]+)",
    re.IGNORECASE | re.DOTALL,
)
_CHARSETS = {
    0: "cp1252", 77: "mac-roman", 128: "cp932", 129: "cp949", 134: "gbk", 136: "big5", 161: "cp1253", 162: "cp1254",
    163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250",
    255: "cp437",
}  # fmt: skip
_CHARACTERS = {
    "tab": " ", "emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”",
    "bullet": "•", "emspace": " ", "enspace": " ", "qmspace": " ", "line": "\n", "softline": "\n",
}  # fmt: skip
_SKIPPED = word_set(
    "fonttbl colortbl stylesheet info pict header headerl headerr headerf footer footerl footerr footerf object"
    " themedata colorschememapping datastore latentstyles listtable listoverridetable rsidtbl generator xmlnstbl"
    " filetbl revtbl fldinst bkmkstart bkmkend annotation atnid atnauthor atntime atnref atndate atnicn tc xe"
    " template nonshppict falt panose pgdsctbl mmathPr ftnsep ftnsepc ftncn aftnsep aftnsepc aftncn userprops"
    " private shpinst sp"
)
_READ_ANYWAY = frozenset(["shptxt", "pn", "pntxtb", "pntxta"])  # inside skipped groups: text boxes, old list marks
_GROUP_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class _State:
    skip: bool = False
    into: str = "body"  # body, marker (the visible mark of a list item), note
    codepage: str = "cp1252"
    fallback: int = 1  # characters that stand for one \u in readers that do not know it
    bold: bool = False
    hidden: bool = False


@dataclass(slots=True)
class _Output:
    pieces: list[Piece] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    note: list[str] = field(default_factory=list)
    runs: list[tuple[str, bool]] = field(default_factory=list)
    marker: list[str] = field(default_factory=list)
    outline: int | None = None
    in_table: bool = False
    cells: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)


def read_rtf(data: bytes, passwords: Sequence[str] = ()) -> Reading:
    """Read an RTF document. Raises UnreadableFile("damaged") where it does not start as one."""
    if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{\\rtf"):
        raise UnreadableFile("damaged", "is no RTF document")
    output = _Output()
    _Parser(data, output).run()
    _end_paragraph(output)
    _end_table(output)
    pieces = join_broken(output.pieces)
    for index, note in enumerate(output.notes, 1):
        piece = make_piece("footnote", note, marker=f"[{index}]")
        if piece is not None:
            pieces.append(piece)
    return Reading(pieces)


class _Parser:
    """Follows groups and control words; text goes where the group's state says."""

    def __init__(self, data: bytes, output: _Output) -> None:
        self._data = data
        self._output = output
        self._state = _State()
        self._stack: list[_State] = []
        self._fonts = _font_charsets(data)
        self._default = "cp1252"
        self._bytes = bytearray()
        self._to_skip = 0
        self._group_opened = False
        self._starred = False

    def run(self) -> None:
        position = 0
        while position < len(self._data):
            match = _TOKEN.match(self._data, position)
            if match is None:
                position += 1
                continue
            position = match.end()
            word, argument, code, symbol, brace, text = match.groups()
            if code is not None:
                self._byte(int(code, 16))
                continue
            self._flush()
            if brace:
                self._brace(brace)
            elif word is not None:
                number = int(argument) if argument is not None else None
                if word.lower() == b"bin" and number:
                    position += min(max(number, 0), len(self._data))
                self._word(word.decode("ascii"), number)
                self._group_opened = False
            elif symbol is not None:
                self._symbol(symbol)
            elif text is not None:
                self._group_opened = False
                self._plain(text)
        self._flush()

    def _byte(self, value: int) -> None:
        if self._to_skip:
            self._to_skip -= 1
        else:
            self._bytes.append(value)

    def _flush(self) -> None:
        if self._bytes:
            data = bytes(self._bytes)
            self._bytes.clear()
            self._emit(data.decode(self._state.codepage, errors="replace"))

    def _plain(self, text: bytes) -> None:
        if self._to_skip:
            skipped = min(self._to_skip, len(text))
            self._to_skip -= skipped
            text = text[skipped:]
        try:
            self._emit(text.decode("ascii"))
        except UnicodeDecodeError:
            self._emit(text.decode(self._state.codepage, errors="replace"))

    def _brace(self, brace: bytes) -> None:
        self._to_skip = 0
        if brace == b"{":
            if len(self._stack) >= _GROUP_LIMIT:
                raise UnreadableFile("damaged", "is nested too deeply")
            self._stack.append(self._state)
            self._group_opened = True
            self._starred = False
            return
        if not self._stack:
            return
        inner, self._state = self._state, self._stack.pop()
        if inner.into == "note" and self._state.into != "note":
            self._output.notes.append("".join(self._output.note))
            self._output.note.clear()

    def _symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self._starred = True
            return
        self._group_opened = False
        if symbol in (b"~", b"\t"):
            self._emit(" ")
        elif symbol == b"_":
            self._emit("-")
        elif symbol in (b"\\", b"{", b"}"):
            self._plain(symbol)
        elif symbol in (b"\n", b"\r"):
            self._paragraph()

    def _word(self, word: str, number: int | None) -> None:
        state = self._state
        if word == "u" and number is not None:
            self._emit(chr(number % 0x10000))
            self._to_skip = state.fallback
            return
        if word == "uc" and number is not None:
            self._state = replace(state, fallback=max(number, 0))
        elif word == "ansicpg" and number:
            self._default = _codec(number)
            self._state = replace(state, codepage=self._default)
        elif word == "mac":
            self._default = "mac-roman"
            self._state = replace(state, codepage=self._default)
        elif word in ("f", "af") and number is not None:
            if word == "f":
                self._state = replace(state, codepage=self._fonts.get(number) or self._default)
        elif word in ("footnote", "ftnalt"):
            if state.into != "note" and not state.skip:
                self._emit(f"[{len(self._output.notes) + 1}]")
                self._state = replace(state, into="note")
        elif word in ("listtext", "pntext"):
            self._state = replace(state, into="marker")
        elif word in _SKIPPED or (self._starred and self._is_destination(word)):
            self._state = replace(state, skip=True)
        elif word == "shptxt":
            self._state = replace(state, skip=False)
        elif word in _CHARACTERS:
            self._emit(_CHARACTERS[word])
        elif word in ("par", "sect", "page"):
            self._paragraph()
        elif word == "pard":
            self._output.in_table = False
            self._output.outline = None
        elif word == "plain":
            self._state = replace(state, bold=False, hidden=False, codepage=self._fonts.get(-1) or self._default)
        elif word in ("b", "v", "deleted"):
            on = number != 0
            self._state = replace(state, bold=on) if word == "b" else replace(state, hidden=on)
        elif word == "outlinelevel":
            self._output.outline = number
        else:
            self._table_word(word)
        self._starred = False

    def _is_destination(self, word: str) -> bool:
        return word not in ("shptxt", "listtext", "pntext", "footnote") and word not in _READ_ANYWAY

    def _table_word(self, word: str) -> None:
        if self._state.skip:
            return
        if word == "intbl":
            self._output.in_table = True
        elif word in ("cell", "nestcell"):
            self._output.cells.append(_take_line(self._output))
        elif word in ("row", "nestrow"):
            self._output.rows.append(self._output.cells)
            self._output.cells = []

    def _paragraph(self) -> None:
        if self._state.skip:
            return
        if self._state.into == "note":
            self._output.note.append(" ")
        elif self._state.into == "body":
            if self._output.in_table:
                self._output.runs.append((" ", True))
            else:
                _end_paragraph(self._output)

    def _emit(self, text: str) -> None:
        state = self._state
        if state.skip or state.hidden:
            return
        if state.into == "note":
            self._output.note.append(text)
        elif state.into == "marker":
            self._output.marker.append(text)
        else:
            self._output.runs.append((text, state.bold))


def _codec(number: int) -> str:
    name = {65001: "utf-8", 10000: "mac-roman", 10007: "mac-cyrillic", 0: "cp1252"}.get(number, f"cp{number}")
    try:
        b"a".decode(name)
    except LookupError:
        return "cp1252"
    return name


def _font_charsets(data: bytes) -> dict[int, str]:
    """Code page of each font that names its charset; -1 is the default font."""
    end = data.find(b"\\colortbl")
    table = data[: end if end > 0 else 200_000]
    fonts = {
        int(number): _CHARSETS[int(charset)]
        for number, charset in re.findall(rb"\\f(\d{1,6})(?:\\(?!f\d)[a-z]+-?\d*)*?\\fcharset(\d{1,3})", table)
        if int(charset) in _CHARSETS and int(charset) != 0
    }
    default = re.search(rb"\\deff(\d{1,6})", data[:2000])
    if default and int(default[1]) in fonts:
        fonts[-1] = fonts[int(default[1])]
    return fonts


def _take_line(output: _Output) -> str:
    text = "".join([*output.marker, *([" "] if output.marker else []), *(run for run, _ in output.runs)])
    output.runs.clear()
    output.marker.clear()
    return text


def _end_table(output: _Output) -> None:
    if output.cells:
        output.rows.append(output.cells)
        output.cells = []
    if output.rows:
        text = table_text(output.rows)
        output.rows = []
        if text:
            output.pieces.append(Piece("table", text))


def _end_paragraph(output: _Output) -> None:
    text = _joined_surrogates("".join(run for run, _ in output.runs))
    bold = all(is_bold for run, is_bold in output.runs if run.strip())
    marker = clean("".join(output.marker))
    output.runs.clear()
    output.marker.clear()
    line = clean(text)
    if not line:
        return
    _end_table(output)
    output.pieces.extend(_paragraph_pieces(text, line, marker, bold, output))


def _paragraph_pieces(text: str, line: str, marker: str, bold: bool, output: _Output) -> Iterator[Piece]:
    if output.outline is not None and 0 <= output.outline < 9:
        parts = [make_piece("heading", line, output.outline + 1, marker)]
    elif not marker and looks_like_heading(line, bold=bold):
        parts = [make_piece("heading", line, 2 if output.pieces else 1)]
    else:
        parts = [
            make_piece("item" if marker and index == 0 else "paragraph", part, 0, marker if index == 0 else "")
            for index, part in enumerate(split_breaks(text))
        ]
    yield from (part for part in parts if part is not None)


def _joined_surrogates(text: str) -> str:
    """Pairs of \\u words that stand for one character beyond the basic plane, made that character."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
