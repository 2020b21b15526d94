"""ODT: body text in order, with the numbers that its list styles show, tables and notes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lxml import etree

from kb.errors import UnreadableFile
from kb.read.container import members, open_container, parse_xml, read_member
from kb.read.decrypt import decrypt_odf
from kb.read.layout import (
    Piece,
    Reading,
    clean,
    join_broken,
    looks_like_heading,
    make_piece,
    split_breaks,
    table_text,
)
from kb.read.numbers import format_number

__all__ = ["read_odt"]

_FORMATS = {"1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
_DROPPED = frozenset(
    ["tracked-changes", "annotation", "annotation-end", "note-body", "ruby-text", "forms", "sequence-decls"]
)
_CELL_REPEAT = 50


@dataclass(frozen=True, slots=True)
class _Level:
    kind: str  # of format_number, "bullet" or "none"
    prefix: str = ""
    suffix: str = ""
    display: int = 1
    start: int = 1


@dataclass(slots=True)
class _List:
    style: str
    depth: int
    numbers: list[int]


@dataclass(slots=True)
class _Context:
    lists: Mapping[str, Mapping[int, _Level]]
    outline: Mapping[int, _Level]
    bold: Mapping[str, bool]
    parents: Mapping[str, str]
    list_of: Mapping[str, str]
    counters: dict[str, list[int]] = field(default_factory=dict)
    outline_counter: list[int] = field(default_factory=list)
    notes: list[etree._Element] = field(default_factory=list)
    boxes: list[etree._Element] = field(default_factory=list)
    seen_text: bool = False


def read_odt(data: bytes, passwords: Sequence[str] = ()) -> Reading:
    """Read an OpenDocument text: tracked deletions and comments left out, notes at the end.

    Raises UnreadableFile: "encrypted", "too-large" (a bomb), "damaged".
    """
    with open_container(data, passwords) as container:
        names = members(container)
        plain = decrypt_odf(container, passwords)
        if plain is not None:
            return read_odt(plain)
        content = parse_xml(read_member(container, "content.xml"), "content.xml")
        sources = [content]
        if "styles.xml" in names:
            sources.append(parse_xml(read_member(container, "styles.xml"), "styles.xml"))
        body = content.find(".//{*}body/{*}text")
        if body is None:
            raise UnreadableFile("unsupported", "is no text document: save it as DOCX or PDF")
        context = _context(sources)
        pieces = join_broken(_blocks(body, context, None))
        pieces.extend(_note_pieces(context))
        properties = {}
        if "meta.xml" in names:
            meta = parse_xml(read_member(container, "meta.xml"), "meta.xml")
            title = clean(next((node.text or "" for node in meta.iter("{http://purl.org/dc/elements/1.1/}title")), ""))
            properties = {"title": title} if title else {}
        return Reading(pieces, properties=properties)


def _tag(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _attribute(element: etree._Element, name: str) -> str:
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(value)
    return ""


def _integer(text: str, default: int) -> int:
    return int(text) if re.fullmatch(r"\d{1,6}", text) else default


def _context(sources: Sequence[etree._Element]) -> _Context:
    lists: dict[str, dict[int, _Level]] = {}
    outline: dict[int, _Level] = {}
    bold: dict[str, bool] = {}
    parents: dict[str, str] = {}
    list_of: dict[str, str] = {}
    for source in sources:
        for style in source.iter("{*}list-style"):
            lists.setdefault(_attribute(style, "name"), dict(map(_read_level, style)))
        for style in source.iter("{*}outline-style"):
            outline = dict(map(_read_level, style))
        for style in source.iter("{*}style"):
            name = _attribute(style, "name")
            parents.setdefault(name, _attribute(style, "parent-style-name"))
            list_of.setdefault(name, _attribute(style, "list-style-name"))
            weights = [_attribute(node, "font-weight") for node in style.iterfind("{*}text-properties")]
            if any(weights):
                bold.setdefault(name, weights[0] in ("bold", "600", "700", "800", "900"))
    return _Context(lists, outline, bold, parents, list_of)


def _read_level(node: etree._Element) -> tuple[int, _Level]:
    level = _integer(_attribute(node, "level"), 1)
    prefix, suffix = _attribute(node, "num-prefix"), _attribute(node, "num-suffix")
    if _tag(node) == "list-level-style-bullet":
        character = clean(_attribute(node, "bullet-char"))
        plain = not character or character[0].isalnum() or "\ue000" <= character[0] <= "\uf8ff"
        return level, _Level("bullet", prefix, ("•" if plain else character) + suffix)
    if _tag(node) == "list-level-style-image":
        return level, _Level("bullet", suffix="•")
    shown = _attribute(node, "num-format")
    kind = _FORMATS.get(shown[:1], "decimal") if shown else "none"
    if shown[:1] in ("а", "А"):
        kind = "russianLower" if shown[0] == "а" else "russianUpper"
    display = _integer(_attribute(node, "display-levels"), 1)
    return level, _Level(kind, prefix, suffix, display, _integer(_attribute(node, "start-value"), 1))


def _blocks(parent: etree._Element, context: _Context, inside: _List | None) -> Iterator[Piece]:
    for node in parent:
        tag = _tag(node)
        if tag in ("p", "h"):
            yield from _paragraph(node, tag, context, None, 0)
        elif tag == "list":
            yield from _list(node, context, inside)
        elif tag == "table":
            yield from _table(node, context)
        elif tag not in _DROPPED:
            yield from _blocks(node, context, inside)


def _list(node: etree._Element, context: _Context, outer: _List | None) -> Iterator[Piece]:
    style = _attribute(node, "style-name") or (outer.style if outer else "")
    depth = outer.depth + 1 if outer else 1
    level = context.lists.get(style, {}).get(depth, _Level("bullet", suffix="•"))
    continues = _attribute(node, "continue-numbering") == "true" or _attribute(node, "continue-list")
    numbers = list(outer.numbers) if outer else []
    if not outer and continues and style in context.counters:
        numbers = context.counters[style][:1]
    else:
        numbers.append(level.start - 1)
    here = _List(style, depth, numbers)
    for item in node:
        if _tag(item) not in ("list-item", "list-header"):
            continue
        marker: str | None = None
        if _tag(item) == "list-item":
            holds_text = any(_tag(child) in ("p", "h") for child in item)
            if holds_text:
                here.numbers[-1] = _integer(_attribute(item, "start-value"), here.numbers[-1] + 1)
                marker = _marker(level, here, context.lists.get(style, {}))
        for child in item:
            tag = _tag(child)
            if tag in ("p", "h"):
                yield from _paragraph(child, tag, context, marker, depth - 1)
                marker = None
            elif tag == "list":
                yield from _list(child, context, here)
    if not outer:
        context.counters[style] = here.numbers[:]


def _marker(level: _Level, here: _List, levels: Mapping[int, _Level]) -> str:
    if level.kind in ("bullet", "none"):
        return level.prefix + level.suffix if level.kind == "bullet" else ""
    first = max(here.depth - level.display, 0)
    shown = [
        format_number(number, levels.get(depth, level).kind)
        for depth, number in enumerate(here.numbers, 1)
        if depth > first and levels.get(depth, level).kind not in ("bullet", "none")
    ]
    return level.prefix + ".".join(shown) + level.suffix


def _paragraph(node: etree._Element, tag: str, context: _Context, marker: str | None, depth: int) -> Iterator[Piece]:
    runs: list[tuple[str, bool]] = []
    _collect(node, context, _is_bold(_attribute(node, "style-name"), context), runs)
    text = "".join(run for run, _ in runs)
    boxes, context.boxes = context.boxes, []
    line = clean(text)
    if line and tag == "h":
        level = _integer(_attribute(node, "outline-level"), 1)
        number = _outline_number(level, node, context) if marker is None else marker
        yield from _some(make_piece("heading", line, level, number))
    elif line and not marker and looks_like_heading(line, bold=all(bold for run, bold in runs if run.strip())):
        yield Piece("heading", line, 2 if context.seen_text else 1)
    elif line:
        for index, part in enumerate(split_breaks(text)):
            own = (marker or "") if index == 0 else ""
            yield from _some(make_piece("item" if own else "paragraph", part, depth if own else 0, own))
    context.seen_text = context.seen_text or bool(line)
    for box in boxes:
        yield from _blocks(box, context, None)


def _some(piece: Piece | None) -> Iterator[Piece]:
    if piece is not None:
        yield piece


def _outline_number(level: int, node: etree._Element, context: _Context) -> str:
    definition = context.outline.get(level)
    if definition is None or definition.kind == "none" or _attribute(node, "is-list-header") == "true":
        return ""
    counter = context.outline_counter
    while len(counter) < level:
        counter.append(context.outline.get(len(counter) + 1, definition).start - 1)
    del counter[level:]
    counter[-1] += 1
    return _marker(definition, _List("", level, counter), context.outline)


def _is_bold(style: str, context: _Context) -> bool:
    seen: set[str] = set()
    while style and style not in seen:
        if style in context.bold:
            return context.bold[style]
        seen.add(style)
        style = context.parents.get(style, "")
    return False


def _collect(node: etree._Element, context: _Context, bold: bool, runs: list[tuple[str, bool]]) -> None:
    runs.append((_collapsed(node.text), bold))
    for child in node:
        tag = _tag(child)
        if tag == "s" or tag == "tab":
            runs.append((" ", bold))
        elif tag == "line-break":
            runs.append(("\n", bold))
        elif tag == "note":
            context.notes.append(child)
            runs.append((f"[{len(context.notes)}]", bold))
        elif tag == "text-box":
            context.boxes.append(child)
        elif tag == "span":
            style = _attribute(child, "style-name")
            own = _is_bold(style, context) if style in context.bold or context.parents.get(style) else bold
            _collect(child, context, own, runs)
        elif tag not in _DROPPED and isinstance(child.tag, str):
            _collect(child, context, bold, runs)
        runs.append((_collapsed(child.tail), bold))


def _collapsed(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "")


def _note_pieces(context: _Context) -> Iterator[Piece]:
    for index, note in enumerate(context.notes, 1):  # grows while a note holds another
        pieces = [piece for body in note.iterfind("{*}note-body") for piece in _blocks(body, context, None)]
        yield from _some(make_piece("footnote", " ".join(piece.text for piece in pieces), marker=f"[{index}]"))


def _table(table: etree._Element, context: _Context) -> Iterator[Piece]:
    rows = [
        [cell for cell in row if _tag(cell) in ("table-cell", "covered-table-cell")]
        for row in table.iter("{*}table-row")
        if next(row.iterancestors("{*}table")) is table
    ]
    if all(len(row) <= 1 for row in rows):
        for row in rows:
            for cell in row:
                yield from _blocks(cell, context, None)
        return
    text = table_text([[text for cell in row for text in _cell_texts(cell, context)] for row in rows])
    if text:
        context.seen_text = True
        yield Piece("table", text)


def _cell_texts(cell: etree._Element, context: _Context) -> list[str]:
    text = " ".join(piece.text.replace("\n", " ") for piece in _blocks(cell, context, None))
    return [text] * min(_integer(_attribute(cell, "number-columns-repeated"), 1), _CELL_REPEAT)
