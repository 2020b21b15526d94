"""Each format's reader on small real files: text, blocks, markers, pages; what is dropped and what is refused."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Iterable
from pathlib import Path

import docx
import pytest
from pypdf import PdfWriter

from kb.errors import UnreadableFile
from kb.model import Document, page_at
from kb.read import document_id, read_document

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'


def read(folder: Path, name: str, data: bytes, *passwords: str) -> Document:
    path = folder / name
    path.write_bytes(data)
    document = read_document(path, document_id=document_id(name), relative=name, passwords=passwords)
    assert unicodedata.is_normalized("NFC", document.text)
    assert "\n".join(document.text[block.start : block.end] for block in document.blocks) == document.text
    for block in document.blocks:
        assert document.text[block.start : block.end].startswith(block.marker)
        assert block.kind == "table" or "\n" not in document.text[block.start : block.end]
    return document


def blocks(document: Document) -> list[tuple[str, int, str, str]]:
    return [
        (block.kind, block.level, block.marker, document.text[block.start : block.end]) for block in document.blocks
    ]


def texts(document: Document) -> list[str]:
    return [text for _, _, _, text in blocks(document)]


def refusal(folder: Path, name: str, data: bytes, *passwords: str) -> UnreadableFile:
    with pytest.raises(UnreadableFile) as caught:
        read(folder, name, data, *passwords)
    return caught.value


def make_docx(body: str, numbering: str = "", styles: str = "", notes: str = "") -> bytes:
    """A Word document of hand-written WordprocessingML."""
    kinds = {"numbering": numbering, "styles": styles, "footnotes": notes}
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as container:
        container.writestr(
            "_rels/.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="r1" Type="{relation}/officeDocument" Target="word/document.xml"/></Relationships>',
        )
        links = "".join(
            f'<Relationship Id="{kind}" Type="{relation}/{kind}" Target="{kind}.xml"/>' for kind in kinds if kinds[kind]
        )
        container.writestr(
            "word/_rels/document.xml.rels",
            f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{links}</Relationships>',
        )
        container.writestr("word/document.xml", f"<w:document {W} {MC}><w:body>{body}</w:body></w:document>")
        for kind, content in kinds.items():
            if content:
                container.writestr(f"word/{kind}.xml", f"<w:{kind} {W}>{content}</w:{kind}>")
    return buffer.getvalue()


def paragraph(text: str, num: int = 0, level: int = 0, extra: str = "") -> str:
    listed = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{num}"/></w:numPr>' if num else ""
    return f"<w:p><w:pPr>{extra}{listed}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def make_pdf(pages: Iterable[Iterable[tuple[float, float, float, str]]]) -> bytes:
    """A PDF of lines (x, y, size, text) in Helvetica; a text that starts with `*` is set in bold."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    fonts = [
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
    ]
    objects += fonts
    kids = []
    for lines in pages:
        content = b"".join(
            f"BT /F{2 if text.startswith('*') else 1} {size} Tf {x} {y} Td (".encode()
            + text.lstrip("*").encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
            + b") Tj ET\n"
            for x, y, size, text in lines
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>" % len(objects)
        )
        kids.append(len(objects))
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(b"%d 0 R" % kid for kid in kids), len(kids))
    out = b"%PDF-1.4\n"
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return out + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start)


# Markdown


def test_markdown_keeps_what_is_shown_and_drops_the_marks(tmp_path: Path) -> None:
    source = (
        "---\ntitle: From the front\nlang: en\n---\n"
        "# Heading *one*\n\nA [link](http://example.org/x) and <https://example.org/y>, `code`\\* and **bold**.\n"
        "Same paragraph.\n\n"
        "3. third\n4. fourth\n   - inner & more\n\n"
        "| a | b |\n|---|---|\n| 1 | **2** |\n\n"
        "Text with a note.[^1]\n\n[^1]: The note.\n"
    )
    assert blocks(read(tmp_path, "a.md", source.encode())) == [
        ("heading", 1, "", "Heading one"),
        ("paragraph", 0, "", "A link and https://example.org/y, code* and bold. Same paragraph."),
        ("item", 0, "3.", "3. third"),
        ("item", 0, "4.", "4. fourth"),
        ("item", 1, "-", "- inner & more"),
        ("table", 0, "", "a | b\n1 | 2"),
        ("paragraph", 0, "", "Text with a note.[1]"),
        ("footnote", 0, "", "[1] The note."),
    ]


def test_bold_lines_that_open_a_markdown_file_are_its_title(tmp_path: Path) -> None:
    source = (
        "\n**Резолюция**  \n**Всемирной конференции «Одно**  \n**и другое»**  \n"
        "(Москва, 1-2 ноября 2022 года)\n\nТекст.\n"
    )
    document = read(tmp_path, "r.md", source.encode())
    assert texts(document) == [
        "Резолюция Всемирной конференции «Одно и другое»",
        "(Москва, 1-2 ноября 2022 года)",
        "Текст.",
    ]
    assert document.blocks[0].kind == "heading"
    assert document.title == "Резолюция Всемирной конференции «Одно и другое»"


def test_a_clause_broken_out_at_a_link_is_joined_again(tmp_path: Path) -> None:
    source = (
        "- содействовать деятельности Фонда и распространению сведений о проекте «За права»\n\n"
        "(<https://example.org>), реализуемом ассоциацией;\n\n- следующее;\n"
    )
    assert texts(read(tmp_path, "r.md", source.encode())) == [
        "- содействовать деятельности Фонда и распространению сведений о проекте «За права»"
        " (https://example.org), реализуемом ассоциацией;",
        "- следующее;",
    ]


@pytest.mark.parametrize(
    "after", ["(a) first", "а) первое", "(Москва, 1 мая 2020 года)", "г. Осака, 12 мая 2018 г.", "Новый абзац."]
)
def test_what_starts_something_new_is_not_joined(tmp_path: Path, after: str) -> None:
    before = "A line of some length that stops without any punctuation at all"
    assert texts(read(tmp_path, "a.md", f"{before}\n\n{after}\n".encode())) == [before, after]


def test_recitals_that_end_in_a_comma_stay_apart(tmp_path: Path) -> None:
    lines = ["руководствуясь принципами международного права и Уставом,", "обсудив вопрос о защите прав,", "решили:"]
    assert texts(read(tmp_path, "a.md", "\n\n".join(lines).encode())) == lines


# Plain text

RUSSIAN = (
    "Участники конференции поддерживают позицию Всемирного координационного совета российских соотечественников,"
    " решительно осудившего любые виды ксенофобии.\nОни призывают уважать волю соотечественников."
)


@pytest.mark.parametrize(
    "encoding",
    "utf-8 utf-8-sig utf-16 utf-16-le utf-16-be utf-32 utf-32-le cp1251 koi8-r cp866 mac-cyrillic iso8859-5".split(" "),
)
def test_russian_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    document = read(tmp_path, "a.txt", RUSSIAN.encode(encoding))
    assert document.text == RUSSIAN


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "Die Überprüfung der Maßnahmen erfolgt jährlich; müßte sie öfter erfolgen, so genügt ein Antrag."),
        ("cp1257", "Personas tiesības aizsargā likums, un ikviens var vērsties tiesā, lai aizstāvētu savas tiesības."),
        ("cp1250", "Každý má právo na soudní ochranu svých práv a oprávněných zájmů před nezávislým soudem."),
    ],
)
def test_western_encodings(tmp_path: Path, encoding: str, text: str) -> None:
    assert read(tmp_path, "a.txt", text.encode(encoding)).text == text


def test_hard_wrapped_lines_are_joined_and_hyphens_undone(tmp_path: Path) -> None:
    source = (
        "Конференция поддерживает развитие предпринима-\nтельства и проведение бизнес-форумов, а также бизнес-\n"
        "форумов молодых соотечественников по всему миру.\n"
        "- взаимодействовать с органами государственной\n  власти;\n"
        "- опубликовать резолюцию.\n"
    )
    assert texts(read(tmp_path, "a.txt", source.encode())) == [
        "Конференция поддерживает развитие предпринимательства и проведение бизнес-форумов,"
        " а также бизнес-форумов молодых соотечественников по всему миру.",
        "- взаимодействовать с органами государственной власти;",
        "- опубликовать резолюцию.",
    ]


def test_one_paragraph_a_line_stays_so(tmp_path: Path) -> None:
    lines = [
        "Короткая строка",
        "Другая, куда подлиннее прочих, с продолжением, которое никто не переносил на новую строку",
        "Третья",
    ]
    assert texts(read(tmp_path, "a.txt", "\r\n".join(lines).encode())) == lines


def test_lines_in_capitals_are_headings_of_plain_text(tmp_path: Path) -> None:
    source = "ГРАЖДАНСТВО: КАКИЕ ЗАКОНЫ ЧИТАТЬ\n\nТекст.\n\nДВА ЗАКОНА\n\nСССР\n\n1. ПЕРВОЕ\n"
    assert [(kind, level) for kind, level, _, _ in blocks(read(tmp_path, "a.txt", source.encode()))] == [
        ("heading", 1),
        ("paragraph", 0),
        ("heading", 2),
        ("heading", 2),
        ("paragraph", 0),
    ]


def test_invisible_characters_go_and_the_rest_stays(tmp_path: Path) -> None:
    source = "ко\u00adор\u200bди\ufeffнация\u00a0 \x07№\u202f5 e\u0301 ½ ﬁnal می\u200cخواهم \u202eabc\u202c"
    assert read(tmp_path, "a.txt", source.encode()).text == "координация №\u00205 é ½ final می\u200cخواهم abc"


# HTML


def test_html_keeps_every_clause(tmp_path: Path) -> None:
    source = """<html><head><title>T</title><style>p{}</style><script>var x;</script></head><body>
    <nav>menu</nav><h2>Глава 1</h2><p>Статья 5<sup>1</sup>. О <b>правах</b> на 10 м<sup>2</sup>, слово<sup>3</sup><br>
    и свободах</p>
    <ol type=a start=3><li>третье<ul><li>внутри</li></ul></li><li>четвёртое</li></ol>
    <table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td><p>2</p><p>3</p></td></tr></table>
    <table><tr><td>Только <!-- c --> рамка</td></tr></table><p style="display:none">hidden</p>хвост</body>"""
    assert blocks(read(tmp_path, "a.html", source.encode())) == [
        ("heading", 2, "", "Глава 1"),
        ("paragraph", 0, "", "Статья 5.1. О правах на 10 м², слово[3] и свободах"),
        ("item", 0, "c.", "c. третье"),
        ("item", 1, "•", "• внутри"),
        ("item", 0, "d.", "d. четвёртое"),
        ("table", 0, "", "a | b\n1 | 2 3"),
        ("paragraph", 0, "", "Только рамка"),
        ("paragraph", 0, "", "хвост"),
    ]


def test_html_nested_deeper_than_the_parser_likes_is_read_whole(tmp_path: Path) -> None:
    source = "<p>start" + "<font>" * 3000 + "deep" + "</font>" * 3000 + "<p>end"
    assert read(tmp_path, "a.html", source.encode()).text == "startdeep\nend"


def test_html_charset_is_as_declared_or_as_the_bytes_say(tmp_path: Path) -> None:
    body = f"<p>{RUSSIAN.splitlines()[0]}</p>"
    declared = '<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">' + body
    wrong = '<meta charset="utf-8">' + body
    assert read(tmp_path, "a.html", declared.encode("koi8-r")).text == RUSSIAN.splitlines()[0]
    assert read(tmp_path, "b.html", wrong.encode("cp1251")).text == RUSSIAN.splitlines()[0]


# DOCX


def test_docx_shows_the_numbers_that_word_shows(tmp_path: Path) -> None:
    def level(number: int, kind: str, text: str, more: str = "") -> str:
        shown = f'<w:numFmt w:val="{kind}"/>{more}<w:lvlText w:val="{text}"/>'
        return f'<w:lvl w:ilvl="{number}"><w:start w:val="1"/>{shown}</w:lvl>'

    numbering = (
        '<w:abstractNum w:abstractNumId="0">'
        + level(0, "decimal", "%1.")
        + level(1, "decimal", "%1.%2.")
        + level(2, "russianLower", "%3)")
        + "</w:abstractNum>"
        + '<w:abstractNum w:abstractNumId="1">'
        + level(0, "bullet", "\uf0b7")
        + level(1, "upperRoman", "%2.")
        + level(2, "decimal", "%2.%3", "<w:isLgl/>")
        + "</w:abstractNum>"
        + '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
        + '<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>'
        + '<w:num w:numId="3"><w:abstractNumId w:val="0"/>'
        + '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="7"/></w:lvlOverride></w:num>'
    )
    body = (
        paragraph("one", 1)
        + paragraph("sub", 1, 1)
        + paragraph("letter", 1, 2)
        + paragraph("letter", 1, 2)
        + paragraph("two", 1)
        + paragraph("sub again", 1, 1)
        + paragraph("dot", 2)
        + paragraph("roman", 2, 1)
        + paragraph("legal", 2, 2)
        + paragraph("restarted", 3)
        + paragraph("goes on", 3)
    )
    document = read(tmp_path, "a.docx", make_docx(body, numbering))
    assert [(level, marker) for _, level, marker, _ in blocks(document)] == [
        (0, "1."),
        (1, "1.1."),
        (2, "а)"),
        (2, "б)"),
        (0, "2."),
        (1, "2.1."),
        (0, "•"),
        (1, "I."),
        (2, "1.1"),
        (0, "7."),
        (0, "8."),
    ]
    assert texts(document)[2] == "а) letter"


def test_docx_body_order_changes_notes_boxes_and_fields(tmp_path: Path) -> None:
    body = (
        paragraph("Chapter", extra='<w:pStyle w:val="Glava"/>')
        + "<w:p><w:r><w:t>kept </w:t></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:ins><w:r><w:t>added"
        "</w:t></w:r></w:ins><w:r><w:footnoteReference w:id='2'/></w:r><w:r><w:noBreakHyphen/><w:t>x</w:t></w:r></w:p>"
        "<w:p><w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>PAGE</w:instrText></w:r><w:r>"
        "<w:fldChar w:fldCharType='separate'/></w:r><w:hyperlink><w:r><w:t>shown</w:t></w:r></w:hyperlink><w:r>"
        "<w:fldChar w:fldCharType='end'/></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r></w:p>"
        "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc><w:tc><w:tcPr><w:vMerge w:val='restart'/></w:tcPr>"
        "<w:p><w:r><w:t>b</w:t></w:r></w:p></w:tc></w:tr><w:tr><w:tc><w:p><w:r><w:t>c</w:t></w:r></w:p></w:tc><w:tc>"
        "<w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc></w:tr></w:tbl>"
        "<w:sdt><w:sdtContent><w:p><w:r><mc:AlternateContent><mc:Choice><w:txbxContent><w:p><w:r><w:t>boxed</w:t></w:r>"
        "</w:p></w:txbxContent></mc:Choice><mc:Fallback><w:txbxContent><w:p><w:r><w:t>boxed</w:t></w:r></w:p>"
        "</w:txbxContent></mc:Fallback></mc:AlternateContent></w:r><w:r><w:t>around</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    )
    styles = '<w:style w:styleId="Glava"><w:name w:val="Глава"/><w:basedOn w:val="H"/></w:style>' + (
        '<w:style w:styleId="H"><w:name w:val="heading 2"/></w:style>'
    )
    notes = '<w:footnote w:id="2"><w:p><w:r><w:t>the note</w:t></w:r></w:p></w:footnote>'
    assert blocks(read(tmp_path, "a.docx", make_docx(body, styles=styles, notes=notes))) == [
        ("heading", 2, "", "Chapter"),
        ("paragraph", 0, "", "kept added[1]-x"),
        ("paragraph", 0, "", "shown"),
        ("table", 0, "", "a | b\nc"),
        ("paragraph", 0, "", "around"),
        ("paragraph", 0, "", "boxed"),
        ("footnote", 0, "[1]", "[1] the note"),
    ]


def test_docx_written_by_python_docx(tmp_path: Path) -> None:
    written = docx.Document()
    written.add_heading("Программа", 1)
    written.add_paragraph("первое", style="List Number")
    written.add_paragraph("второе", style="List Number")
    written.add_paragraph("точка", style="List Bullet")
    table = written.add_table(2, 2)
    for index, cell in enumerate(cell for row in table.rows for cell in row.cells):
        cell.text = str(index)
    buffer = io.BytesIO()
    written.save(buffer)
    assert blocks(read(tmp_path, "a.docx", buffer.getvalue())) == [
        ("heading", 1, "", "Программа"),
        ("item", 0, "1.", "1. первое"),
        ("item", 0, "2.", "2. второе"),
        ("item", 0, "•", "• точка"),
        ("table", 0, "", "0 | 1\n2 | 3"),
    ]


def test_a_title_set_in_several_bold_paragraphs_is_one(tmp_path: Path) -> None:
    written = docx.Document()
    for line in ("РЕЗОЛЮЦИЯ", "Всемирной тематической конференции", "«Соотечественники и регионы", "России»"):
        written.add_paragraph().add_run(line).bold = True
    written.add_paragraph("(Москва, 1-2 ноября 2022 года)")
    written.add_paragraph("Участники конференции отмечают, что мир меняется.")
    written.save(buffer := io.BytesIO())
    document = read(tmp_path, "a.docx", buffer.getvalue())
    assert document.title == "РЕЗОЛЮЦИЯ Всемирной тематической конференции «Соотечественники и регионы России»"
    assert (document.body, document.place) == (
        "Всемирная тематическая конференция «Соотечественники и регионы России»",
        "Москва",
    )
    assert (document.date, document.date_to, document.kind) == ("2022-11-01", "2022-11-02", "resolution")


def test_zip_bombs_and_entities_are_refused_before_they_unpack(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as container,
        container.open("word/document.xml", "w") as part,
    ):
        for _ in range(220):
            part.write(bytes(2**20))
    assert refusal(tmp_path, "bomb.docx", buffer.getvalue()).reason == "too-large"

    laughs = '<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>' + f"<w:document {W}><w:body>"
    with zipfile.ZipFile(buffer := io.BytesIO(), "w") as container:
        container.writestr("word/document.xml", laughs + "<w:p><w:r><w:t>&b;</w:t></w:r></w:p></w:body></w:document>")
    error = refusal(tmp_path, "laughs.docx", buffer.getvalue())
    assert error.reason == "damaged"
    assert "entities" in str(error)


# ODT, RTF, EPUB, FB2

ODT_NAMES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "text", "style", "table")
)


def make_zip(parts: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as container:
        for name, content in parts.items():
            container.writestr(name, content)
    return buffer.getvalue()


def make_odt(body: str, styles: str) -> bytes:
    content = (
        f"<office:document-content {ODT_NAMES}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    return make_zip({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content})


def test_odt_lists_tables_notes_and_changes(tmp_path: Path) -> None:
    styles = (
        '<text:list-style style:name="L"><text:list-level-style-number text:level="1" style:num-format="1"'
        ' style:num-suffix="." text:start-value="2"/><text:list-level-style-number text:level="2" style:num-format="a"'
        ' style:num-suffix=")" text:display-levels="2"/></text:list-style>'
    )
    body = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>gone</text:p></text:deletion>"
        "</text:changed-region></text:tracked-changes>"
        '<text:h text:outline-level="2">Part</text:h><text:p>a<text:s text:c="3"/>b<text:tab/>c<text:note>'
        "<text:note-citation>"
        "1</text:note-citation><text:note-body><text:p>noted</text:p></text:note-body></text:note>.</text:p>"
        '<text:list text:style-name="L"><text:list-item><text:p>two</text:p><text:list><text:list-item>'
        "<text:p>sub</text:p>"
        "</text:list-item></text:list></text:list-item><text:list-item><text:p>three</text:p></text:list-item></text:list>"
        "<table:table><table:table-row><table:table-cell><text:p>x</text:p></table:table-cell><table:table-cell>"
        "<text:p>y</text:p></table:table-cell></table:table-row></table:table>"
    )
    assert blocks(read(tmp_path, "a.odt", make_odt(body, styles))) == [
        ("heading", 2, "", "Part"),
        ("paragraph", 0, "", "a b c[1]."),
        ("item", 0, "2.", "2. two"),
        ("item", 1, "2.a)", "2.a) sub"),
        ("item", 0, "3.", "3. three"),
        ("table", 0, "", "x | y"),
        ("footnote", 0, "[1]", "[1] noted"),
    ]


def test_rtf_code_pages_markers_notes_and_hidden_text(tmp_path: Path) -> None:
    source = (
        rb"{\rtf1\ansi\ansicpg1252\uc1\deff0{\fonttbl{\f0\fcharset0 Times;}{\f1\fcharset204 Times Cyr;}}"
        rb"{\info{\title gone}}{\header gone}\pard\f1 \'cf\'f0\'e0\'e2\'e0\f0  caf\'e9 \u1087?{\v hidden}"
        rb"{\footnote noted}\par"
        b"\n" + rb"{\listtext\f0 1.\tab}first\par{\field{\*\fldinst HYPERLINK x}{\fldrslt shown}}\par"
        rb"\trowd\intbl a\cell b\cell\row\pard \{end\}\par}"
    )
    assert blocks(read(tmp_path, "a.rtf", source)) == [
        ("paragraph", 0, "", "Права café п[1]"),
        ("item", 0, "1.", "1. first"),
        ("paragraph", 0, "", "shown"),
        ("table", 0, "", "a | b"),
        ("paragraph", 0, "", "{end}"),
        ("footnote", 0, "[1]", "[1] noted"),
    ]


def test_epub_is_read_in_the_order_of_its_spine(tmp_path: Path) -> None:
    data = make_zip(
        {
            "META-INF/container.xml": '<container><rootfiles><rootfile full-path="in/b.opf"/></rootfiles></container>',
            "in/b.opf": '<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>The book'
            " itself</dc:title>"
            '</metadata><manifest><item id="one" href="z%201.xhtml" media-type="application/xhtml+xml"/><item id="two"'
            ' href="a.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="one"/>'
            '<itemref idref="two"/></spine></package>',
            "in/z 1.xhtml": "<html><body><p>first</p></body></html>",
            "in/a.xhtml": "<html><body><p>second</p></body></html>",
        }
    )
    document = read(tmp_path, "a.epub", data)
    assert texts(document) == ["first", "second"]
    assert document.title == "The book itself"


def test_fb2(tmp_path: Path) -> None:
    source = (
        '<FictionBook xmlns="http://www.gribuser.ru/xml/fictionbook/2.0"><description><title-info><book-title>Книга'
        " о праве</book-title></title-info></description><body><section><title><p>Глава</p></title>"
        "<p>Текст <emphasis>раз</emphasis>"
        "."
        "</p></section></body><binary>AAAA</binary></FictionBook>"
    )
    document = read(tmp_path, "a.fb2", source.encode())
    assert blocks(document) == [("heading", 2, "", "Глава"), ("paragraph", 0, "", "Текст раз.")]
    assert document.title == "Книга о праве"


# PDF

TOP, LEFT = 760.0, 72.0


def running(number: int, lines: list[tuple[float, float, float, str]]) -> list[tuple[float, float, float, str]]:
    return [(LEFT, 810, 9, "Annual programme of work"), *lines, (290, 30, 9, f"- {number} -")]


def set_lines(lines: list[str], top: float = TOP) -> list[tuple[float, float, float, str]]:
    return [(LEFT, top - 14 * index, 11, line) for index, line in enumerate(lines)]


def test_pdf_joins_paragraphs_over_pages_and_drops_running_lines(tmp_path: Path) -> None:
    first = set_lines(
        [
            "*Programme of work",
            "The conference supports the deve-",
            "lopment of close co-",
            "operation; co-operation is of great value, and self-",
            "evident as such. It goes on to say, in a sentence that",
        ]
    )
    second = set_lines(
        ["runs over the page, that this is one paragraph of text.", "1. The first item is here;", "2. The second."]
    )
    third = set_lines(["Another page has text of its own."])
    document = read(tmp_path, "a.pdf", make_pdf([running(1, first), running(2, second), running(3, third)]))
    assert blocks(document) == [
        ("heading", 1, "", "Programme of work"),
        (
            "paragraph",
            0,
            "",
            "The conference supports the development of close co-operation; co-operation is of great value, and"
            " self-evident as such. It goes on to say, in a sentence that runs over the page, that this is one"
            " paragraph of text.",
        ),
        ("paragraph", 0, "", "1. The first item is here;"),
        ("paragraph", 0, "", "2. The second."),
        ("paragraph", 0, "", "Another page has text of its own."),
    ]
    assert [page.number for page in document.pages] == [1, 2, 3]
    assert document.text[document.pages[1].start :].startswith("runs over the page")
    assert page_at(document.pages, document.text.index("sentence that")) == 1
    assert page_at(document.pages, document.text.index("paragraph of text")) == 2
    assert page_at(document.pages, len(document.text) - 1) == 3


def test_pdf_notes_do_not_break_a_clause(tmp_path: Path) -> None:
    first = [
        *set_lines(
            [
                "A clause that is long enough to run over this page and which",
                "is interrupted by a note that stands below it and that",
            ]
        ),
        (LEFT, 60, 8, "1 The note in smaller type."),
    ]
    second = set_lines(["goes on here as if nothing had been between."])
    document = read(tmp_path, "a.pdf", make_pdf([first, second]))
    assert [(kind, text[:10]) for kind, _, _, text in blocks(document)] == [
        ("footnote", "1 The note"),
        ("paragraph", "A clause t"),
    ]
    assert document.text.endswith("below it and that goes on here as if nothing had been between.")


def test_pdf_page_without_text_is_named_and_a_file_without_is_refused(tmp_path: Path) -> None:
    document = read(tmp_path, "a.pdf", make_pdf([set_lines(["Some text."]), []]))
    assert document.warnings == ("page 2: no text",)
    assert (document.pages[1].start, document.pages[1].end) == (10, 10)
    assert refusal(tmp_path, "b.pdf", make_pdf([[], []])).reason == "no-text"


def test_pdf_passwords(tmp_path: Path) -> None:
    writer = PdfWriter(io.BytesIO(make_pdf([set_lines(["Secret text."])])))
    writer.encrypt("geheim", algorithm="AES-256")
    buffer = io.BytesIO()
    writer.write(buffer)
    assert refusal(tmp_path, "a.pdf", buffer.getvalue()).reason == "encrypted"
    assert refusal(tmp_path, "a.pdf", buffer.getvalue(), "wrong").reason == "encrypted"
    assert read(tmp_path, "a.pdf", buffer.getvalue(), "wrong", "geheim").text == "Secret text."


def test_pdf_mojibake_of_old_cyrillic_fonts_is_repaired(tmp_path: Path) -> None:
    lines = ["Резолюция Всемирной конференции", "соотечественников, проживающих за рубежом."]
    shown = [line.encode("cp1251").decode("cp1252") for line in lines]
    document = read(tmp_path, "a.pdf", make_pdf([set_lines(shown)]))
    assert document.text.replace("\n", " ") == " ".join(lines)
    assert "Windows-1251" in document.warnings[0]


# What is refused, and what a name that lies comes to


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "unsupported"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "damaged"),
        ("a.png", b"\x89PNG\r\n\x1a\n", "unsupported"),
        ("a.jsonl", b"{}", "unsupported"),
        ("a.txt", b"", "empty"),
        ("a.txt", b" \n\n ***", "empty"),
        ("a.txt", b"\x00\x9f\x92\x96" * 200, "damaged"),
        ("a.docx", b"PK\x03\x04 broken", "damaged"),
        ("a.docx", b"no zip at all", "damaged"),
        ("a.pdf", b"%PDF-1.7 broken", "damaged"),
        ("a.html", b"<script>x</script>", "empty"),
        ("a.fb2", b"<FictionBook>", "damaged"),
    ],
)
def test_refusals(tmp_path: Path, name: str, data: bytes, reason: str) -> None:
    error = refusal(tmp_path, name, data)
    assert error.reason == reason
    assert "\n" not in str(error)


def test_the_first_bytes_go_before_the_name(tmp_path: Path) -> None:
    assert read(tmp_path, "a.doc", rb"{\rtf1 plain}").media_type == "application/rtf"
    assert read(tmp_path, "a.txt", make_docx(paragraph("word"))).text == "word"


@pytest.mark.parametrize(
    ("path", "identity"),
    [
        ("resolutions/Резолюция ВКС (2022).md", "rezolyutsiya-vks-2022"),
        ("x/Ērgļu Līgums.docx", "erglu-ligums"),
        ("a/....txt", "ab5df625bc76"),
    ],
)
def test_document_ids(path: str, identity: str) -> None:
    assert document_id(path) == identity
