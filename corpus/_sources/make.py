"""Write the corpus files that are not Markdown from the Markdown sources beside this script.

    python corpus/_sources/make.py [FOLDER]

rewrites the PDF, DOCX, ODT, EPUB, HTML and plain-text documents below FOLDER (default: the corpus that this script
stands in). The Markdown documents of the corpus are their own sources and are edited in place; `resolution/` holds an
original, word for word, that nothing here may touch. Folders whose name starts with "_" are not indexed.

The result depends on the sources alone: times in the files are fixed, so a second run writes the same bytes (given
the same library versions and, for the PDF, the same DejaVu fonts, which fontconfig finds by family name).

Needs markdown-it-py, mdit-py-plugins, python-docx, odfpy, ebooklib and fpdf2: for working on the corpus, never for
reading it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import html
import io
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import docx
from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.text.paragraph import Paragraph
from ebooklib import epub  # type: ignore[import-untyped]
from fpdf import FPDF
from fpdf.fonts import FontFace
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from mdit_py_plugins.footnote import footnote_plugin
from odf import style as odf_style  # type: ignore[import-untyped]
from odf import text as odf_text
from odf.dc import Date, Language, Title  # type: ignore[import-untyped]
from odf.meta import CreationDate  # type: ignore[import-untyped]
from odf.opendocument import OpenDocumentText  # type: ignore[import-untyped]

SOURCES = Path(__file__).resolve().parent
WRITTEN = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he"})


class MakeError(Exception):
    """What stops the corpus from being made, in one line."""


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text, or the mark of a footnote (then `text` is "")."""

    text: str
    bold: bool = False
    italic: bool = False
    note: str = ""  # text of the footnote that hangs here


@dataclass(frozen=True, slots=True)
class Node:
    """One block of a source. `kind`: heading, paragraph, item, quote or table."""

    kind: str
    runs: tuple[Run, ...] = ()
    level: int = 0  # rank of a heading, nesting depth of an item
    number: int = 0  # of an item in a numbered list, 0 in a bulleted one
    rows: tuple[tuple[str, ...], ...] = field(default=())

    @property
    def text(self) -> str:
        return plain(self.runs)


def plain(runs: Iterable[Run]) -> str:
    return "".join(run.text for run in runs)


# --- Markdown to nodes


def parse(source: str) -> list[Node]:
    """Blocks of a Markdown source, in reading order."""
    markdown = MarkdownIt("commonmark").enable("table").use(footnote_plugin)
    root = SyntaxTreeNode(markdown.parse(source))
    notes = {
        child.meta["label"]: plain(_runs(child.children[0].children[0], {}))
        for block in root.children
        if block.type == "footnote_block"
        for child in block.children
    }
    return [node for child in root.children for node in _nodes(child, notes)]


def _nodes(tree: SyntaxTreeNode, notes: dict[str, str], depth: int = 0) -> list[Node]:
    match tree.type:
        case "heading":
            return [Node("heading", _runs(tree.children[0], notes), level=int(tree.tag[1:]))]
        case "paragraph":
            return [Node("paragraph", _runs(tree.children[0], notes))]
        case "blockquote":
            return [Node("quote", node.runs) for child in tree.children for node in _nodes(child, notes)]
        case "bullet_list" | "ordered_list":
            return [node for item in _items(tree) for node in _item(*item, notes, depth)]
        case "table":
            return [Node("table", rows=tuple(_rows(tree)))]
        case "footnote_block":
            return []
    raise MakeError(f"a source uses {tree.type}, which make.py cannot write; use headings, lists, tables, quotes")


def _items(tree: SyntaxTreeNode) -> list[tuple[SyntaxTreeNode, int]]:
    first = 0 if tree.type == "bullet_list" else int(tree.attrs.get("start", 1))
    return [(item, first + i if first else 0) for i, item in enumerate(tree.children)]


def _item(item: SyntaxTreeNode, number: int, notes: dict[str, str], depth: int) -> list[Node]:
    head, *rest = item.children
    nested = [node for child in rest for node in _nodes(child, notes, depth + 1)]
    return [Node("item", _runs(head.children[0], notes), level=depth, number=number), *nested]


def _rows(tree: SyntaxTreeNode) -> list[tuple[str, ...]]:
    return [
        tuple(plain(_runs(cell.children[0], {})) for cell in row.children)
        for part in tree.children
        for row in part.children
    ]


def _runs(inline: SyntaxTreeNode, notes: dict[str, str], bold: bool = False, italic: bool = False) -> tuple[Run, ...]:
    runs: list[Run] = []
    for child in inline.children:
        match child.type:
            case "text":
                runs.append(Run(child.content, bold, italic))
            case "softbreak":
                runs.append(Run(" ", bold, italic))
            case "strong":
                runs.extend(_runs(child, notes, True, italic))
            case "em":
                runs.extend(_runs(child, notes, bold, True))
            case "footnote_ref":
                runs.append(Run("", note=notes[child.meta["label"]]))
            case _:
                raise MakeError(f"a source uses {child.type} inside a line, which make.py cannot write")
    return tuple(runs)


# --- Nodes to files


def to_text(nodes: Sequence[Node], language: str) -> bytes:
    """Plain text as an old Windows machine saved it: code page 1251, CRLF, one line a paragraph.

    Headings of the first two ranks stand in capitals, deeper ones run into the paragraph below them.
    """
    del language
    lines: list[str] = []
    run_in = ""
    before = ""
    for node in nodes:
        if node.kind == "heading" and node.level > 2:
            run_in = node.text if node.text.endswith("?") else f"{node.text}."
            continue
        if before and not (before == node.kind == "item"):
            lines.append("")
        if node.kind == "heading":
            lines.append(node.text.upper())
        elif node.kind == "item":
            lines.append("  " * node.level + (f"{node.number}. " if node.number else "- ") + node.text)
        else:
            lines.append(f"{run_in} {node.text}".lstrip())
        run_in, before = "", node.kind
    return ("\r\n".join(lines) + "\r\n").encode("cp1251")


def to_html(nodes: Sequence[Node], language: str) -> bytes:
    """A page on its own, with its language and direction."""
    title = html.escape(nodes[0].text)
    return "\n".join(
        [
            "<!DOCTYPE html>",
            f'<html lang="{language}" dir="{"rtl" if language in RIGHT_TO_LEFT else "ltr"}">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{title}</title>",
            "<style>body{max-width:42rem;margin:2rem auto;padding:0 1rem;line-height:1.55}"
            "table{border-collapse:collapse}th,td{border:1px solid #888;padding:.3rem .6rem;text-align:start}</style>",
            "</head>",
            "<body>",
            "<main>",
            *_html_body(nodes),
            "</main>",
            "</body>",
            "</html>",
            "",
        ]
    ).encode()


def _html_body(nodes: Sequence[Node]) -> list[str]:
    body: list[str] = []
    open_lists: list[str] = []

    def close_lists(depth: int) -> None:
        while len(open_lists) > depth:
            body.append(f"</li></{open_lists.pop()}>")

    for node in nodes:
        if node.kind != "item":
            close_lists(0)
        if node.kind == "heading":
            body.append(f"<h{node.level}>{_inline(node.runs)}</h{node.level}>")
        elif node.kind == "item":
            close_lists(node.level + 1)
            if len(open_lists) <= node.level:
                open_lists.append("ol" if node.number else "ul")
                body.append(f"<{open_lists[-1]}><li>{_inline(node.runs)}")
            else:
                body.append(f"</li><li>{_inline(node.runs)}")
        elif node.kind == "table":
            head, *rows = node.rows
            cells = "".join(f'<th scope="col">{html.escape(cell)}</th>' for cell in head)
            body.append(f"<table><thead><tr>{cells}</tr></thead><tbody>")
            body.extend("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
            body.append("</tbody></table>")
        else:
            tag = "blockquote" if node.kind == "quote" else "p"
            body.append(f"<{tag}>{_inline(node.runs)}</{tag}>")
    close_lists(0)
    return body


def _inline(runs: Iterable[Run]) -> str:
    parts: list[str] = []
    for run in runs:
        text = html.escape(run.text, quote=False)
        text = f"<em>{text}</em>" if run.italic else text
        parts.append(f"<strong>{text}</strong>" if run.bold else text)
    return "".join(parts)


def to_epub(nodes: Sequence[Node], language: str) -> bytes:
    """A book of one chapter, with the navigation that EPUB 3 asks for."""
    title = nodes[0].text
    book = epub.EpubBook()
    book.set_identifier(hashlib.sha256(title.encode()).hexdigest()[:32])
    book.set_title(title)
    book.set_language(language)
    chapter = epub.EpubHtml(title=title, file_name="text.xhtml", lang=language)
    chapter.content = "\n".join(_html_body(nodes))
    book.add_item(chapter)
    book.add_item(epub.EpubNcx())
    book.add_item(epub.EpubNav())
    book.toc = (chapter,)
    book.spine = [chapter]
    out = io.BytesIO()
    epub.write_epub(out, book, {"mtime": WRITTEN, "raise_exceptions": True})
    return _fixed_zip(out.getvalue())


def to_docx(nodes: Sequence[Node], language: str) -> bytes:
    """Word file: list numbers are automatic (not in the text), footnotes are real ones."""
    document = docx.Document()
    core = document.core_properties
    core.title, core.language, core.author = nodes[0].text, language, ""
    core.created = core.modified = WRITTEN.replace(tzinfo=None)
    notes: list[str] = []
    numbering = 0  # of the numbered list that is open, 0 outside one
    for node in nodes:
        if node.kind != "item":
            numbering = 0
        if node.kind == "table":
            table = document.add_table(rows=0, cols=len(node.rows[0]), style="Table Grid")
            for row in node.rows:
                for cell, text in zip(table.add_row().cells, row, strict=True):
                    cell.text = text
            continue
        if node.kind == "heading":
            paragraph = document.add_heading(level=node.level)
        elif node.kind == "item":
            numbering = numbering or (_new_list(document) if node.number else 0)
            if node.level and not numbering:
                raise MakeError(
                    "make.py writes lists into DOCX only below numbered items; flatten the list in the source"
                )
            paragraph = document.add_paragraph(style="List Paragraph" if numbering else "List Bullet")
            if numbering:
                _number(paragraph, numbering, node.level)
        else:
            paragraph = document.add_paragraph(style="Quote" if node.kind == "quote" else None)
        for run in node.runs:
            if run.note:
                notes.append(run.note)
                paragraph.add_run()._r.append(_footnote_reference(len(notes)))
            else:
                added = paragraph.add_run(run.text)
                added.bold, added.italic = run.bold or None, run.italic or None
    if notes:
        _add_footnotes(document, notes)
    out = io.BytesIO()
    document.save(out)
    return _fixed_zip(out.getvalue())


def _new_list(document: Document) -> int:
    """Id of a new list that counts from 1, with bullets below its numbers."""
    numbering = document.part.numbering_part.element
    abstract = max(int(known.get(qn("w:abstractNumId"))) for known in numbering.findall(qn("w:abstractNum"))) + 1
    levels = "".join(
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/>'
        f'<w:lvlJc w:val="left"/><w:pPr><w:ind w:left="{720 * (level + 1)}" w:hanging="360"/></w:pPr></w:lvl>'
        for level, (form, text) in enumerate((("decimal", "%1."), ("bullet", "•")))
    )
    xml = f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{abstract}">{levels}</w:abstractNum>'
    numbering.insert(0, parse_xml(xml))  # definitions stand before the lists that use them
    return int(numbering.add_num(abstract).numId)


def _number(paragraph: Paragraph, num_id: int, level: int) -> None:
    properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
    properties.get_or_add_ilvl().val = level
    properties.get_or_add_numId().val = num_id


def _footnote_reference(number: int) -> BaseOxmlElement:
    reference = OxmlElement("w:footnoteReference")
    reference.set(qn("w:id"), str(number))
    return reference


def _add_footnotes(document: Document, notes: Sequence[str]) -> None:
    """The footnotes part, which python-docx cannot write by itself (ISO/IEC 29500-1, 17.11)."""
    marks = "".join(
        f'<w:footnote w:type="{kind}" w:id="{i}"><w:p><w:r><w:{mark}/></w:r></w:p></w:footnote>'
        for i, kind, mark in ((-1, "separator", "separator"), (0, "continuationSeparator", "continuationSeparator"))
    )
    texts = "".join(
        f'<w:footnote w:id="{i}"><w:p><w:r><w:footnoteRef/></w:r>'
        f'<w:r><w:t xml:space="preserve"> {html.escape(note, quote=False)}</w:t></w:r></w:p></w:footnote>'
        for i, note in enumerate(notes, 1)
    )
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    xml = f"{head}<w:footnotes {nsdecls('w')}>{marks}{texts}</w:footnotes>"
    content_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    part = Part(PackURI("/word/footnotes.xml"), content_type, xml.encode(), document.part.package)
    document.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)


def to_odt(nodes: Sequence[Node], language: str) -> bytes:
    """OpenDocument text: real headings with outline levels, real lists."""
    document = OpenDocumentText()
    document.meta.addElement(Title(text=nodes[0].text))
    document.meta.addElement(Language(text=language))
    for stamp in (CreationDate, Date):
        document.meta.addElement(stamp(text=WRITTEN.strftime("%Y-%m-%dT%H:%M:%S")))
    for level, size in enumerate(("18pt", "14pt", "12pt"), 1):
        heading = odf_style.Style(name=f"Heading_20_{level}", displayname=f"Heading {level}", family="paragraph")
        heading.addElement(odf_style.ParagraphProperties(margintop="0.4cm", marginbottom="0.2cm"))
        heading.addElement(odf_style.TextProperties(fontsize=size, fontweight="bold"))
        document.styles.addElement(heading)
    numbered = odf_text.ListStyle(name="Numbered")
    numbered.addElement(odf_text.ListLevelStyleNumber(level="1", numformat="1", numsuffix="."))
    bulleted = odf_text.ListStyle(name="Bulleted")
    bulleted.addElement(odf_text.ListLevelStyleBullet(level="1", bulletchar="•"))
    document.automaticstyles.addElement(numbered)
    document.automaticstyles.addElement(bulleted)
    current: odf_text.List | None = None
    for node in nodes:
        if node.kind != "item":
            current = None
        if node.kind == "heading":
            document.text.addElement(
                odf_text.H(outlinelevel=node.level, stylename=f"Heading_20_{node.level}", text=node.text)
            )
        elif node.kind == "item":
            if node.level:
                raise MakeError("make.py writes no nested lists into ODT; flatten the list in the source")
            if current is None:
                current = odf_text.List(stylename=numbered if node.number else bulleted)
                document.text.addElement(current)
            item = odf_text.ListItem()
            item.addElement(odf_text.P(text=node.text))
            current.addElement(item)
        elif node.kind == "table":
            raise MakeError("make.py writes no tables into ODT; choose another format for that source")
        else:
            document.text.addElement(odf_text.P(text=node.text))
    out = io.BytesIO()
    document.write(out)
    return _fixed_zip(out.getvalue())


def _fixed_zip(data: bytes) -> bytes:
    """The same archive with the earliest time a ZIP file can hold on every member."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for member in old.infolist():
            info = zipfile.ZipInfo(member.filename, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_STORED if member.filename == "mimetype" else zipfile.ZIP_DEFLATED
            new.writestr(info, old.read(member))
    return out.getvalue()


class _Paper(FPDF):
    """A5 pages with the document's title above and the page number below."""

    running = ""

    def header(self) -> None:
        self.set_font("body", size=8.5)
        self.set_text_color(90)
        self.cell(0, 6, self.running, align="L", new_x="LMARGIN", new_y="NEXT")
        self.line(self.l_margin, self.get_y(), self.w - self.r_margin, self.get_y())
        self.ln(6)
        self.set_text_color(0)

    def footer(self) -> None:
        self.set_y(-14)
        self.set_font("body", size=8.5)
        self.set_text_color(90)
        self.cell(0, 6, f"Page {self.page_no()} of {{nb}}", align="C")
        self.set_text_color(0)


def to_pdf(nodes: Sequence[Node], language: str) -> bytes:
    """Paged A5 with a running header and numbered pages."""
    paper = _Paper(format=(148, 210))
    for weight, face in (("", "Book"), ("B", "Bold")):
        paper.add_font("body", style=weight, fname=_font("DejaVu Serif", face))
    paper.running = nodes[0].text
    paper.set_title(nodes[0].text)
    paper.set_lang(language)
    paper.set_creation_date(WRITTEN)
    paper.set_margins(18, 13, 18)
    paper.set_auto_page_break(True, margin=20)
    paper.add_page()
    for node in nodes:
        _pdf_block(paper, node)
    return bytes(paper.output())


def _pdf_block(paper: _Paper, node: Node) -> None:
    def write(text: str, indent: float = 0, border: Literal[0, 1] = 0, padding: int = 0) -> None:
        paper.set_x(paper.l_margin + indent)
        width = paper.epw - indent
        paper.multi_cell(width, 5.6, text, align="L", border=border, padding=padding, new_x="LMARGIN", new_y="NEXT")

    paper.set_font("body", size=10)
    if node.kind == "heading":
        paper.ln(0 if node.level == 1 else 3)
        paper.set_font("body", style="B", size={1: 16, 2: 12.5}.get(node.level, 10.5))
        if paper.will_page_break(30):
            paper.add_page()
            paper.set_font("body", style="B", size={1: 16, 2: 12.5}.get(node.level, 10.5))
        paper.multi_cell(0, 8 if node.level == 1 else 6.5, node.text, align="L", new_x="LMARGIN", new_y="NEXT")
        paper.ln(2)
    elif node.kind == "item":
        write(f"{node.number}. {node.text}" if node.number else f"• {node.text}", indent=5 + 5 * node.level)
        paper.ln(1)
    elif node.kind == "table":
        paper.set_font("body", size=9)
        widths = [max(24, *map(len, column)) for column in zip(*node.rows, strict=True)]  # in characters: shares
        head = FontFace(emphasis="BOLD", fill_color=235)
        with paper.table(
            line_height=5.2, padding=1.4, text_align="LEFT", v_align="TOP", col_widths=widths, headings_style=head
        ) as table:
            for row in node.rows:
                table.row(row)
        paper.ln(3)
    elif node.kind == "quote":
        write(node.text, indent=4, border=1, padding=3)
        paper.ln(2)
    else:
        write(node.text)
        paper.ln(2.5)


def _font(family: str, face: str) -> Path:
    """Path of a face of an installed font family, asked of fontconfig."""
    query = ["fc-match", "--format=%{family}\n%{file}", f"{family}:style={face}"]
    try:
        answer = subprocess.run(query, capture_output=True, check=True, encoding="utf-8")  # noqa: S603
    except (OSError, subprocess.CalledProcessError) as error:
        raise MakeError(f"fontconfig does not answer ({error}); install fontconfig") from error
    found, _, path = answer.stdout.partition("\n")
    if family not in found.split(","):
        raise MakeError(f"the font {family} is not installed (found {found}); on Debian: apt install fonts-dejavu")
    return Path(path)


Writer = Callable[[Sequence[Node], str], bytes]

# What is made: file below the corpus, its language, its writer. The source has the same stem.
MADE: dict[str, tuple[str, Writer]] = {
    "guide/apostille.html": ("he", to_html),
    "guide/complaint-geneva.docx": ("ru", to_docx),
    "guide/detained-abroad.pdf": ("en", to_pdf),
    "guide/fair-trial-interpreter.odt": ("es", to_odt),
    "guide/minority-language.html": ("lv", to_html),
    "guide/who-is-a-compatriot.txt": ("ru", to_text),
    "guide/work-in-the-eu.epub": ("de", to_epub),
}


def make(folder: Path) -> list[Path]:
    """Write every made file below `folder` and return their paths. Raises MakeError."""
    written: list[Path] = []
    for name, (language, writer) in MADE.items():
        target = folder / name
        nodes = parse((SOURCES / f"{target.stem}.md").read_text(encoding="utf-8"))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(writer(nodes, language))
        written.append(target)
    return written


def main(arguments: Sequence[str]) -> int:
    if len(arguments) > 1:
        sys.stderr.write("usage: make.py [FOLDER]\n")
        return 2
    folder = Path(arguments[0]) if arguments else SOURCES.parent
    try:
        written = make(folder)
    except MakeError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.writelines(f"{path}\n" for path in written)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
