"""DOCX: body text in order, with the numbers that Word shows, tables and notes; straight from WordprocessingML."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lxml import etree

from kb.errors import UnreadableFile
from kb.read.container import is_ole, members, open_container, parse_xml, read_member
from kb.read.decrypt import decrypt_ooxml
from kb.read.layout import (
    Piece,
    Reading,
    clean,
    join_broken,
    looks_like_heading,
    make_piece,
    split_breaks,
    superscript,
    table_text,
    word_set,
)
from kb.read.numbers import format_number

__all__ = ["read_docx"]

_TRANSPARENT = word_set("sdt sdtContent customXml smartTag ins moveTo hyperlink fldSimple dir bdo ruby rubyBase")
_DROPPED = word_set("del moveFrom delText instrText delInstrText rPr pPr sdtPr sdtEndPr rt proofErr tcPr trPr tblPr")
_SYMBOL_FONTS = ("wingdings", "symbol", "webdings", "courier new")
_PLACEHOLDER = re.compile(r"%([1-9])")
_HEADING_NAME = re.compile(r"(?:heading|заголовок|überschrift|titre|título|virsraksts) ?([1-9])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Level:
    kind: str = "decimal"
    text: str = ""
    start: int = 1
    restart: int | None = None  # level (1-based) whose number restarts this one; 0 never
    legal: bool = False
    symbol_font: bool = False


@dataclass(frozen=True, slots=True)
class _Style:
    name: str = ""
    based_on: str = ""
    outline: int | None = None
    num: str | None = None
    level: int | None = None
    bold: bool | None = None


@dataclass(slots=True)
class _Numbering:
    """Counters of all lists, by abstract definition: lists that share one go on counting."""

    levels: Mapping[str, Mapping[int, _Level]] = field(default_factory=dict)  # by num id
    abstract: Mapping[str, str] = field(default_factory=dict)  # num id -> abstract id
    starts: Mapping[str, Mapping[int, int]] = field(default_factory=dict)  # overrides by num id
    _counters: dict[str, dict[int, int]] = field(default_factory=dict)
    _started: set[tuple[str, int]] = field(default_factory=set)

    def marker(self, num: str, level: int) -> str | None:
        """The marker of the next item; None where the list is not defined."""
        levels = self.levels.get(num)
        definition = levels.get(level) if levels else None
        if levels is None or definition is None:
            return None
        counters = self._counters.setdefault(self.abstract[num], {})
        override = self.starts.get(num, {}).get(level)
        if override is not None and (num, level) not in self._started:
            counters[level] = override
        else:
            counters[level] = counters[level] + 1 if level in counters else definition.start
        self._started.add((num, level))
        for deeper in [key for key in counters if key > level]:
            restart = levels.get(deeper, _Level()).restart
            if restart is None or (restart and level < restart):
                del counters[deeper]
        if definition.kind == "bullet":
            return _bullet(definition)
        return _PLACEHOLDER.sub(
            lambda match: self._number(levels, counters, int(match[1]) - 1, definition), definition.text
        )

    @staticmethod
    def _number(levels: Mapping[int, _Level], counters: Mapping[int, int], level: int, shown: _Level) -> str:
        definition = levels.get(level, _Level())
        kind = "decimal" if shown.legal and definition.kind != "none" else definition.kind
        return format_number(counters.get(level, definition.start), kind)


def _bullet(definition: _Level) -> str:
    marker = clean(definition.text)
    if not marker or definition.symbol_font or marker[0].isalnum() or "\ue000" <= marker[0] <= "\uf8ff":
        return "•"
    return marker


@dataclass(slots=True)
class _Context:
    styles: Mapping[str, _Style]
    numbering: _Numbering
    notes: Mapping[tuple[str, str], etree._Element]
    cited: list[tuple[str, str]] = field(default_factory=list)
    boxes: list[etree._Element] = field(default_factory=list)
    field_depth: list[bool] = field(default_factory=list)  # open complex fields: whether their result has begun
    seen_text: bool = False


def read_docx(data: bytes, passwords: Sequence[str] = ()) -> Reading:
    """Read a Word document: tracked deletions, headers and footers left out, notes at the end.

    Raises UnreadableFile: "encrypted", "too-large" (a bomb), "damaged".
    """
    if is_ole(data):
        if "EncryptedPackage".encode("utf-16-le") not in data:
            raise UnreadableFile("unsupported", "is an old Word document: save it as DOCX or PDF")
        data = decrypt_ooxml(data, passwords)
    with open_container(data, passwords) as container:
        names = members(container)
        main = _main_part(container, names)
        related = _related(container, names, main)
        body = _child(parse_xml(read_member(container, main), main), "body")
        if body is None:
            raise UnreadableFile("damaged", "has no document body")
        styles = _read_styles(container, related.get("styles"))
        numbering = _read_numbering(container, related.get("numbering"))
        notes = {
            **_read_notes(container, related.get("footnotes"), "footnote"),
            **_read_notes(container, related.get("endnotes"), "endnote"),
        }
        context = _Context(styles, numbering, notes)
        pieces = join_broken(_blocks(body, context))
        pieces.extend(_note_pieces(context))
        warnings = ("a part embedded in another format is not read",) if _has(body, "altChunk") else ()
        return Reading(pieces, properties=_core_properties(container, names), warnings=warnings)


def _tag(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _attribute(element: etree._Element | None, name: str) -> str | None:
    """An attribute by its local name: transitional and strict documents differ in namespaces only."""
    if element is not None:
        for key, value in element.attrib.items():
            if str(key).rpartition("}")[2] == name:
                return str(value)
    return None


def _child(element: etree._Element | None, name: str) -> etree._Element | None:
    if element is not None:
        for child in element:
            if _tag(child) == name:
                return child
    return None


def _has(element: etree._Element, name: str) -> bool:
    return next(element.iter("{*}" + name), None) is not None


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and re.fullmatch(r"-?\d{1,9}", text) else None


def _is_on(element: etree._Element | None) -> bool | None:
    return None if element is None else _attribute(element, "val") not in ("0", "false", "off", "none")


def _main_part(container: zipfile.ZipFile, names: frozenset[str]) -> str:
    for kind, target in _relations(container, names, "_rels/.rels", ""):
        if kind == "officeDocument" and target in names:
            return target
    if "word/document.xml" in names:
        return "word/document.xml"
    if any(name.startswith(("xl/", "ppt/")) for name in names):
        raise UnreadableFile("unsupported", "is no text document: save it as DOCX or PDF")
    raise UnreadableFile("damaged", "is no Word document: it has no main part")


def _related(container: zipfile.ZipFile, names: frozenset[str], part: str) -> dict[str, str]:
    folder, name = posixpath.split(part)
    found = _relations(container, names, f"{folder}/_rels/{name}.rels", folder)
    return {kind: target for kind, target in found if target in names}


def _relations(container: zipfile.ZipFile, names: frozenset[str], part: str, folder: str) -> Iterator[tuple[str, str]]:
    if part not in names:
        return
    for relation in parse_xml(read_member(container, part), part):
        target = relation.get("Target") or ""
        path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        yield (relation.get("Type") or "").rpartition("/")[2], path


def _core_properties(container: zipfile.ZipFile, names: frozenset[str]) -> dict[str, str]:
    part = "docProps/core.xml"
    if part not in names:
        return {}
    root = parse_xml(read_member(container, part), part)
    return {_tag(child): clean(child.text or "") for child in root if child.text and _tag(child) == "title"}


def _read_styles(container: zipfile.ZipFile, part: str | None) -> dict[str, _Style]:
    if part is None:
        return {}
    styles = {}
    for style in parse_xml(read_member(container, part), part).iter("{*}style"):
        paragraph, run = _child(style, "pPr"), _child(style, "rPr")
        numbering = _child(paragraph, "numPr")
        styles[_attribute(style, "styleId") or ""] = _Style(
            name=_attribute(_child(style, "name"), "val") or "",
            based_on=_attribute(_child(style, "basedOn"), "val") or "",
            outline=_number(_attribute(_child(paragraph, "outlineLvl"), "val")),
            num=_attribute(_child(numbering, "numId"), "val"),
            level=_number(_attribute(_child(numbering, "ilvl"), "val")),
            bold=_is_on(_child(run, "b")),
        )
    return styles


def _chain(styles: Mapping[str, _Style], style_id: str) -> Iterator[_Style]:
    """A style and those it is based on, the nearest first."""
    seen: set[str] = set()
    while style_id in styles and style_id not in seen:
        seen.add(style_id)
        yield styles[style_id]
        style_id = styles[style_id].based_on


def _read_numbering(container: zipfile.ZipFile, part: str | None) -> _Numbering:
    if part is None:
        return _Numbering()
    root = parse_xml(read_member(container, part), part)
    abstracts = {_attribute(node, "abstractNumId") or "": node for node in root if _tag(node) == "abstractNum"}
    by_style = {_attribute(_child(node, "styleLink"), "val"): key for key, node in abstracts.items()}
    levels: dict[str, dict[int, _Level]] = {}
    abstract_of: dict[str, str] = {}
    starts: dict[str, dict[int, int]] = {}
    for num in (node for node in root if _tag(node) == "num"):
        key = _attribute(num, "numId") or ""
        abstract = _attribute(_child(num, "abstractNumId"), "val") or ""
        link = _attribute(_child(abstracts.get(abstract), "numStyleLink"), "val")
        abstract = by_style.get(link, abstract) if link else abstract
        definition = abstracts.get(abstract)
        levels[key] = dict(map(_read_level, () if definition is None else definition.findall("{*}lvl")))
        abstract_of[key] = abstract
        for override in num.findall("{*}lvlOverride"):
            level = _number(_attribute(override, "ilvl")) or 0
            start = _number(_attribute(_child(override, "startOverride"), "val"))
            own = _child(override, "lvl")
            if own is not None:
                levels[key][level] = _read_level(own)[1]
                abstract_of[key] = f"num {key}"
            if start is not None:
                starts.setdefault(key, {})[level] = start
    return _Numbering(levels, abstract_of, starts)


def _read_level(node: etree._Element) -> tuple[int, _Level]:
    start = _number(_attribute(_child(node, "start"), "val"))
    fonts = _child(_child(node, "rPr"), "rFonts")
    font = (_attribute(fonts, "ascii") or _attribute(fonts, "hAnsi") or "").lower()
    return _number(_attribute(node, "ilvl")) or 0, _Level(
        kind=_attribute(_child(node, "numFmt"), "val") or "decimal",
        text=_attribute(_child(node, "lvlText"), "val") or "",
        start=1 if start is None else start,
        restart=_number(_attribute(_child(node, "lvlRestart"), "val")),
        legal=bool(_is_on(_child(node, "isLgl"))),
        symbol_font=font.startswith(_SYMBOL_FONTS),
    )


def _read_notes(container: zipfile.ZipFile, part: str | None, kind: str) -> dict[tuple[str, str], etree._Element]:
    if part is None:
        return {}
    root = parse_xml(read_member(container, part), part)
    return {
        (kind, _attribute(note, "id") or ""): note
        for note in root
        if _tag(note) == kind and _attribute(note, "type") not in ("separator", "continuationSeparator")
    }


def _note_pieces(context: _Context) -> Iterator[Piece]:
    """The notes in the order in which the text cites them, each after the mark that stands in the text."""
    for index, key in enumerate(context.cited, 1):  # grows while a note cites another
        text = " ".join(_paragraph_text(node, context)[0] for node in context.notes[key].iter("{*}p"))
        piece = make_piece("footnote", text, marker=f"[{index}]")
        if piece is not None:
            yield piece


def _blocks(parent: etree._Element, context: _Context) -> Iterator[Piece]:
    for node in parent:
        tag = _tag(node)
        if tag == "p":
            yield from _paragraph(node, context)
        elif tag == "tbl":
            yield from _table(node, context)
        elif tag == "AlternateContent":
            yield from _blocks(_alternative(node), context)
        elif tag not in _DROPPED and tag != "sectPr":
            yield from _blocks(node, context)


def _alternative(node: etree._Element) -> etree._Element:
    """What to read of several renderings of the same content: the first."""
    return next((child for child in node if _tag(child) in ("Choice", "Fallback")), node)


def _paragraph(node: etree._Element, context: _Context) -> Iterator[Piece]:
    text, bold = _paragraph_text(node, context)
    boxes, context.boxes = context.boxes, []
    properties = _child(node, "pPr")
    chain = list(_chain(context.styles, _attribute(_child(properties, "pStyle"), "val") or "Normal"))
    marker, depth = _marker(properties, chain, context) if clean(text) else (None, 0)
    level = _heading_level(properties, chain)
    yield from _text_pieces(text, bold, marker, depth, level, context)
    for box in boxes:
        yield from _blocks(box, context)


def _text_pieces(
    text: str, bold: bool, marker: str | None, depth: int, level: int, context: _Context
) -> Iterator[Piece]:
    line = clean(text)
    if not line:
        return
    if level and len(line) <= 400:
        kept = make_piece("heading", line, level, marker or "")
        pieces = [kept] if kept else []
    elif not marker and looks_like_heading(line, bold=bold):
        pieces = [Piece("heading", line, 2 if context.seen_text else 1)]
    else:
        pieces = []
        for index, part in enumerate(split_breaks(text)):
            own = (marker or "") if index == 0 else ""
            piece = make_piece("item" if own else "paragraph", part, depth if own else 0, own)
            if piece:
                pieces.append(piece)
    context.seen_text = True
    yield from pieces


def _marker(properties: etree._Element | None, chain: Sequence[_Style], context: _Context) -> tuple[str | None, int]:
    """The number or bullet of a paragraph, and its level; the paragraph's own list goes before its style's."""
    own = _child(properties, "numPr")
    num = _attribute(_child(own, "numId"), "val")
    level = _number(_attribute(_child(own, "ilvl"), "val"))
    for style in chain:
        num = style.num if num is None else num
        level = style.level if level is None else level
    if num is None or num == "0":
        return None, 0
    level = level or 0
    return context.numbering.marker(num, level), level


def _heading_level(properties: etree._Element | None, chain: Sequence[_Style]) -> int:
    """1 to 9 for a heading, 0 for body text."""
    outline = _number(_attribute(_child(properties, "outlineLvl"), "val"))
    for style in chain:
        outline = style.outline if outline is None else outline
        named = _HEADING_NAME.fullmatch(style.name)
        if outline is None and named:
            outline = int(named[1]) - 1
        elif outline is None and style.name.lower() in ("title", "название"):
            outline = 0
    return outline + 1 if outline is not None and 0 <= outline < 9 else 0


def _paragraph_text(node: etree._Element, context: _Context) -> tuple[str, bool]:
    """Text of a paragraph, line breaks as newlines, and whether all of it is bold."""
    chain = _chain(context.styles, _attribute(_child(_child(node, "pPr"), "pStyle"), "val") or "Normal")
    inherited = next((style.bold for style in chain if style.bold is not None), False)
    runs: list[tuple[str, bool]] = []
    _collect_runs(node, context, bool(inherited), runs)
    text = "".join(run for run, _ in runs)
    return text, all(bold for run, bold in runs if run.strip())


def _collect_runs(node: etree._Element, context: _Context, bold: bool, runs: list[tuple[str, bool]]) -> None:
    for child in node:
        tag = _tag(child)
        if tag == "r":
            properties = _child(child, "rPr")
            if _is_on(_child(properties, "vanish")):
                continue
            own = _is_on(_child(properties, "b"))
            _collect_runs(child, context, bold if own is None else own, runs)
        elif tag == "fldChar":
            _follow_field(_attribute(child, "fldCharType"), context)
        elif tag in _DROPPED or (context.field_depth and not context.field_depth[-1]):
            continue
        elif tag == "t":
            text = child.text or ""
            raised = _attribute(_child(_child(node, "rPr"), "vertAlign"), "val") == "superscript"
            if raised:
                text = superscript(text, "".join(run for run, _ in runs[-20:])[-200:])
            runs.append((text, bold))
        elif tag in _CHARACTERS:
            runs.append((_CHARACTERS[tag], bold))
        elif tag == "sym":
            runs.append((_symbol(child), bold))
        elif tag in ("footnoteReference", "endnoteReference"):
            runs.append((_cite(tag.removesuffix("Reference"), child, context), bold))
        elif tag == "AlternateContent":
            _collect_runs(_alternative(child), context, bold, runs)
        elif tag == "txbxContent":
            context.boxes.append(child)
        elif tag in _TRANSPARENT or tag not in ("p", "tbl"):
            _collect_runs(child, context, bold, runs)


_CHARACTERS = {"tab": " ", "ptab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}


def _follow_field(kind: str | None, context: _Context) -> None:
    """Keep track of complex fields, whose instruction is not text and whose result is."""
    if kind == "begin":
        context.field_depth.append(False)
    elif kind == "separate" and context.field_depth:
        context.field_depth[-1] = True
    elif kind == "end" and context.field_depth:
        context.field_depth.pop()


def _symbol(node: etree._Element) -> str:
    code = _attribute(node, "char") or ""
    if not re.fullmatch(r"[0-9A-Fa-f]{1,5}", code):
        return ""
    font = (_attribute(node, "font") or "").lower()
    return "•" if font.startswith(_SYMBOL_FONTS) else chr(int(code, 16))


def _cite(kind: str, node: etree._Element, context: _Context) -> str:
    key = (kind, _attribute(node, "id") or "")
    if key not in context.notes:
        return ""
    if key not in context.cited:
        context.cited.append(key)
    return f"[{context.cited.index(key) + 1}]"


def _table(table: etree._Element, context: _Context) -> Iterator[Piece]:
    rows = [list(_cells(row)) for row in table.iterfind("{*}tr")]
    if _arranges_page(rows):
        for row in rows:
            for cell in row:
                yield from _blocks(cell, context)
        return
    text = table_text([[_cell_text(cell, context) for cell in row] for row in rows])
    if text:
        context.seen_text = True
        yield Piece("table", text)


def _arranges_page(rows: Sequence[Sequence[etree._Element]]) -> bool:
    """Whether a table is a frame for running text: one column, or one row of several paragraphs."""
    if all(len(row) <= 1 for row in rows):
        return True
    return len(rows) == 1 and any(len(cell.findall("{*}p")) > 3 for cell in rows[0])


def _cells(row: etree._Element) -> Iterator[etree._Element]:
    for node in row:
        if _tag(node) == "tc":
            yield node
        elif _tag(node) in _TRANSPARENT:
            yield from _cells(node)


def _cell_text(cell: etree._Element, context: _Context) -> str:
    """A cell on one line; a cell merged with the one above it repeats nothing."""
    properties = _child(cell, "tcPr")
    merge = _child(properties, "vMerge")
    if merge is not None and _attribute(merge, "val") != "restart":
        return ""
    return " ".join(piece.text.replace("\n", " ") for piece in _blocks(cell, context))
