"""HTML: the whole text of a page in document order, without scripts, forms and navigation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lxml import etree, html

from kb.errors import UnreadableFile
from kb.model import BlockKind
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
from kb.read.text import decode, paragraphs, text_pieces

__all__ = ["html_pieces", "read_html"]

_SKIPPED = word_set(
    "script style head template nav svg math iframe object embed applet select option button input textarea audio video"
    " canvas noscript datalist dialog rp"
)
_BLOCKS = word_set(
    "address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure footer form"
    " h1 h2 h3 h4 h5 h6 header hr html legend li main menu ol p pre section summary table tbody td tfoot th thead tr"
    " ul section title subtitle v epigraph cite poem stanza text-author"
)
_BOLD = word_set("b strong th h1 h2 h3 h4 h5 h6")
_DECLARED = re.compile(
    rb"""<(?:meta[^>]{0,200}?charset|\?xml[^>]{0,100}?encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE
)
_DRESSING = re.compile(rb"</?(?:font|span|b|i|u|em|strong|big|small|a|o:p|ins|tt)(?:\s[^<>]*)?>", re.IGNORECASE)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.IGNORECASE)
_RAISED = re.compile(r"vertical-align\s*:\s*super", re.IGNORECASE)
_BOLD_STYLE = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)", re.IGNORECASE)
_OL_TYPES = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman", "1": "decimal"}
_TITLE_FIELDS = ("dc.title", "dcterms.title", "og:title", "citation_title")
_BEFORE_MARK = 200  # characters before a raised one that tell what it is
_CELL_LIMIT = 1500  # characters; a table with a longer cell arranges a page, it does not hold data


def read_html(data: bytes, passwords: Sequence[str] = ()) -> Reading:
    """Read an HTML page. The charset is its mark's, UTF-8, as declared, or guessed.

    Raises UnreadableFile("damaged").
    """
    declared = _DECLARED.search(data[:4096])
    tree = _parse(decode(data, declared[1].decode("ascii", "replace") if declared else ""))
    if tree is None:
        return Reading(())
    return Reading(join_broken(tree_pieces(tree)), properties=_properties(tree))


def html_pieces(markup: str) -> list[Piece]:
    """Pieces of a fragment of HTML."""
    tree = _parse(markup)
    return [] if tree is None else list(tree_pieces(tree))


def _parse(markup: str) -> etree._Element | None:
    data = markup.replace("\0", "").encode("utf-8", errors="replace")
    tree, whole = _parse_bytes(data)
    if not whole:  # <font> that is never closed: without what only dresses the text there is no depth
        tree, whole = _parse_bytes(_DRESSING.sub(b"", data))
    if not whole:
        raise UnreadableFile("damaged", "is nested too deeply")
    return tree


def _parse_bytes(data: bytes) -> tuple[etree._Element | None, bool]:
    """The tree, None where there is no element, and whether the parser went through to the end."""
    # libxml2 stops at 256 levels, at 2048 when told that the tree may be huge.
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=True)
    if not data.strip():
        return None, True
    try:
        tree = html.document_fromstring(data, parser=parser)
    except etree.ParserError:
        return None, True  # nothing but comments and the like
    except etree.LxmlError as error:
        raise UnreadableFile("damaged", f"is no readable HTML ({error})") from error
    return tree, all(entry.type_name != "ERR_RESOURCE_LIMIT" for entry in parser.error_log)


def _properties(tree: etree._Element) -> dict[str, str]:
    found: dict[str, str] = {}
    for meta in tree.iter("meta"):
        name = (meta.get("name") or meta.get("property") or "").lower()
        content = clean(meta.get("content") or "")
        if name in _TITLE_FIELDS and content:
            found.setdefault("title", content)
    title = tree.find(".//title")
    if title is not None and "title" not in found:
        found["title"] = clean("".join(title.itertext()))
    return found


def tree_pieces(tree: etree._Element) -> Iterator[Piece]:
    """Pieces of a parsed page or XHTML chapter, in document order."""
    walker = _Walker(_raised_classes(tree))
    for event, element in (walk := etree.iterwalk(tree, events=("start", "end"))):
        tag = _tag(element)
        if event == "start":
            if _is_skipped(element, tag) and element is not tree:
                walk.skip_subtree()
            elif tag == "table" and _is_data_table(element):
                yield from walker.flush()
                yield from _table(element)
                walk.skip_subtree()
            else:
                yield from walker.open(element, tag)
                walker.add(element.text)
        else:
            if not _is_skipped(element, tag) and not (tag == "table" and _is_data_table(element)):
                yield from walker.close(element, tag)
            if element is not tree:
                walker.add(element.tail)
    yield from walker.flush()


def _raised_classes(tree: etree._Element) -> frozenset[str]:
    """Classes that the page's own style sheets raise, as Word does with the 1 of «статья 155¹»."""
    names: set[str] = set()
    for style in tree.iter("style"):
        for rule in (style.text or "").split("}"):
            selectors, _, body = rule.rpartition("{")
            if selectors and _RAISED.search(body):
                names.update(re.findall(r"\.([\w-]+)\s*(?:,|$)", selectors.strip()))
    return frozenset(names)


def _tag(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else "script"


def _is_skipped(element: etree._Element, tag: str) -> bool:
    return (
        tag in _SKIPPED
        or element.get("role") == "navigation"
        or element.get("hidden") is not None
        or _HIDDEN.search(element.get("style") or "") is not None
    )


class _Walker:
    """Collects inline text between block tags and keeps the open lists and headings."""

    def __init__(self, raised_classes: frozenset[str]) -> None:
        self._raised_classes = raised_classes
        self._runs: list[tuple[str, bool]] = []
        self._bold = 0
        self._pre = 0
        self._raised = 0
        self._heading = 0
        self._lists: list[tuple[str, int]] = []  # (kind of numbers or "bullet", next number)
        self._marker = ""
        self._seen_text = False

    def add(self, text: str | None) -> None:
        if text:
            text = text if self._pre else re.sub(r"\s+", " ", text)
            if self._raised:
                text = superscript(text, "".join(run for run, _ in self._runs[-20:])[-_BEFORE_MARK:])
            self._runs.append((text, self._bold > 0))

    def open(self, element: etree._Element, tag: str) -> Iterator[Piece]:
        if tag == "br":
            self._runs.append(("\n", True))
        if tag in _BLOCKS:
            yield from self.flush()
        if _is_bold(element, tag):
            self._bold += 1
        if self._is_raised(element, tag):
            self._raised += 1
        if tag == "pre":
            self._pre += 1
        elif len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self._heading = int(tag[1])
        elif tag in ("ul", "menu"):
            plain = "list-style" in (element.get("style") or "") and "none" in (element.get("style") or "")
            self._lists.append(("none" if plain else "bullet", 1))
        elif tag == "ol":
            start = element.get("start") or "1"
            kind = _OL_TYPES.get(element.get("type") or "1", "decimal")
            self._lists.append((kind, int(start) if start.strip().lstrip("-").isdecimal() else 1))
        elif tag == "li":
            self._marker = self._next_marker(element)

    def _next_marker(self, element: etree._Element) -> str:
        if not self._lists:
            return "•"
        kind, number = self._lists[-1]
        if kind in ("bullet", "none"):
            return "•" if kind == "bullet" else ""
        value = element.get("value") or ""
        number = int(value) if value.isdecimal() else number
        self._lists[-1] = (kind, number + 1)
        return f"{format_number(number, kind)}."

    def close(self, element: etree._Element, tag: str) -> Iterator[Piece]:
        if tag in _BLOCKS:
            yield from self.flush()
        if _is_bold(element, tag):
            self._bold -= 1
        if self._is_raised(element, tag):
            self._raised -= 1
        if tag == "pre":
            self._pre -= 1
        elif len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self._heading = 0
        elif tag in ("ul", "menu", "ol") and self._lists:
            self._lists.pop()
        elif tag == "li":
            self._marker = ""

    def _is_raised(self, element: etree._Element, tag: str) -> bool:
        classes = (element.get("class") or "").split()
        return (
            tag == "sup"
            or any(name in self._raised_classes for name in classes)
            or _RAISED.search(element.get("style") or "") is not None
        )

    def flush(self) -> Iterator[Piece]:
        text = "".join(run for run, _ in self._runs)
        bold = all(is_bold for run, is_bold in self._runs if run.strip())
        self._runs.clear()
        if not text.strip():
            return
        if self._pre:
            yield from text_pieces(paragraphs(text))
        elif self._heading:
            yield from _some(make_piece("heading", text, self._heading))
        elif not self._marker and looks_like_heading(clean(text), bold=bold):
            yield from _some(make_piece("heading", text, 2 if self._seen_text else 1))
        else:
            for part in split_breaks(text):
                kind: BlockKind = "item" if self._marker else "paragraph"
                level = max(len(self._lists) - 1, 0) if self._marker else 0
                yield from _some(make_piece(kind, part, level, self._marker))
                self._marker = ""
        self._seen_text = True


def _some(piece: Piece | None) -> Iterator[Piece]:
    if piece is not None:
        yield piece


def _is_bold(element: etree._Element, tag: str) -> bool:
    return tag in _BOLD or _BOLD_STYLE.search(element.get("style") or "") is not None


def _is_data_table(table: etree._Element) -> bool:
    """Whether a table holds data in rows; otherwise it arranges a page, and its cells are read one after another."""
    known = table.get("data-kb-table")
    if known is None:
        known = "1" if _holds_data(table) else "0"
        table.set("data-kb-table", known)
    return bool(known == "1")


def _holds_data(table: etree._Element) -> bool:
    if next(table.iterdescendants("table", "{*}table"), None) is not None:
        return False
    columns = 0
    for row in table.iterdescendants("tr", "{*}tr"):
        cells = [cell for cell in row if _tag(cell) in ("td", "th")]
        columns = max(columns, len(cells))
        if any(len("".join(cell.itertext())) > _CELL_LIMIT for cell in cells):
            return False
    return columns > 1


def _table(table: etree._Element) -> Iterator[Piece]:
    rows = [
        [_cell_text(cell) for cell in row if _tag(cell) in ("td", "th")] for row in table.iterdescendants("tr", "{*}tr")
    ]
    for caption in table.iterdescendants("caption", "{*}caption"):
        yield from _some(make_piece("paragraph", _cell_text(caption)))
    text = table_text(rows)
    if text:
        yield Piece("table", text)


def _cell_text(cell: etree._Element) -> str:
    """A cell's text on one line, its blocks separated by spaces."""
    parts: list[str] = []
    for event, element in (walk := etree.iterwalk(cell, events=("start", "end"))):
        tag = _tag(element)
        if event == "start":
            if _is_skipped(element, tag):
                walk.skip_subtree()
                continue
            parts.append(" " if tag in _BLOCKS or tag == "br" else "")
            parts.append(element.text or "")
        else:
            parts.append(" " if tag in _BLOCKS else "")
            parts.append((element.tail or "") if element is not cell else "")
    return "".join(parts)
