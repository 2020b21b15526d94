"""A document laid out for reading: nothing lost, nothing twice, marks and pages where they belong."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from kb.model import Document, Page, Provision
from kb.search import Searcher
from web.reading import Line, Title, lay_out, outline, title_of


def provision(eid: str, kind: str, start: int, end: int, *, parent: str | None = None, marker: str = "") -> Provision:
    level = 0 if parent is None else parent.count("__") + 1
    return Provision(eid, kind, parent, None, marker, 1, level, start, end, None)  # type: ignore[arg-type]


def document(text: str, *, title: str = "", pages: Sequence[Page] = (), body: str = "") -> Document:
    return Document("d", "d.txt", "0" * 64, "text/plain", text, (), tuple(pages), title=title, body=body)


def words(lines: Sequence[Line]) -> str:
    return "".join(
        "".join(segment.text for paragraph in line.paragraphs for segment in paragraph.segments)
        + "".join(cell for row in line.rows for cell in row)
        for line in lines
    )


def letters(text: str) -> str:
    return "".join(c for c in text if c.isalnum())


def test_every_word_of_every_shipped_document_stands_once_and_in_order(searcher: Searcher) -> None:
    for header in searcher.documents():
        stored = searcher.document(header.id)
        lines = lay_out(stored.document, stored.provisions)
        title = title_of(stored.document, stored.provisions)
        shown = "".join(f"{line.marker}{words([line])}" for line in lines)
        if title.eid:
            shown = title.words + title.below + shown
        assert letters(shown) == letters(stored.document.text), header.id


def test_every_provision_has_its_anchor(searcher: Searcher) -> None:
    for header in searcher.documents():
        stored = searcher.document(header.id)
        anchors = [line.eid for line in lay_out(stored.document, stored.provisions) if line.eid]
        title = title_of(stored.document, stored.provisions)
        expected = [p.eid for p in stored.provisions if p.eid != title.eid]
        assert anchors == expected, header.id
        assert len(set(anchors)) == len(anchors)


def test_text_between_provisions_is_not_lost() -> None:
    text = "Intro.\n1. First.\nLoose words.\n- Second.\nThe end."
    first, second = text.index("First."), text.index("Second.")
    lines = lay_out(
        document(text),
        [provision("a", "item", first, first + 6, marker="1."), provision("b", "item", second, second + 7, marker="-")],
    )
    assert [(line.eid, line.marker, words([line])) for line in lines] == [
        ("", "", "Intro."),
        ("a", "1.", "First."),
        ("", "", "Loose words."),
        ("b", "-", "Second."),
        ("", "", "The end."),
    ]


def test_a_sub_item_hangs_inside_its_item() -> None:
    lines = lay_out(
        document("a\nb\nc"),
        [
            provision("x", "item", 0, 1),
            provision("x__y", "item", 2, 3, parent="x"),
            provision("x__y__z", "other", 4, 5, parent="x__y"),
        ],
    )
    assert [line.depth for line in lines] == [0, 1, 2]


def test_the_place_sought_is_marked_and_nothing_else() -> None:
    text = "One sentence. Another https://example.org/x one.\nThird."
    lines = lay_out(document(text), [provision("a", "section", 0, len(text))], (14, 48))
    marked = [s.text for line in lines for p in line.paragraphs for s in p.segments if s.sentence]
    assert "".join(marked) == text[14:48]
    assert "https://example.org/x" in marked


def test_page_marks_stand_where_their_page_begins() -> None:
    text = "First page ends and\nsecond goes on to the third."
    pages = [Page(1, 0, 19), Page(2, 20, 38), Page(3, 38, len(text))]
    [line] = lay_out(document(text, pages=pages), [provision("a", "section", 0, len(text))])
    seen = [(numbers, segment.text) for paragraph in line.paragraphs for numbers, segment in paragraph.pieces()]
    assert seen == [((1,), "First page ends and"), ((2,), "second goes on to "), ((3,), "the third.")]


def test_every_page_of_the_shipped_paged_document_is_marked_once(searcher: Searcher) -> None:
    paged = [header for header in searcher.documents() if header.pages]
    assert paged, "the shipped corpus has a paged document"
    for header in paged:
        stored = searcher.document(header.id)
        numbers = [
            number
            for line in lay_out(stored.document, stored.provisions)
            for paragraph in line.paragraphs
            for pages, _ in paragraph.pieces()
            for number in pages
        ]
        assert numbers == [page.number for page in stored.document.pages]


def test_a_table_has_rows_and_cells() -> None:
    text = "Term | Source\nfour months | Article 35"
    [line] = lay_out(document(text), [provision("t", "table", 0, len(text))])
    assert line.rows == (("Term", "Source"), ("four months", "Article 35"))


def test_a_table_keeps_its_columns_where_cells_are_empty() -> None:
    text = "| 2024 | 2025\nStaff:\nSection 36 | 302 | |"
    [line] = lay_out(document(text), [provision("t", "table", 0, len(text))])
    assert line.rows == (("", "2024", "2025", ""), ("Staff:", "", "", ""), ("Section 36", "302", "", ""))


def test_an_article_without_a_title_is_still_a_heading() -> None:
    text = "Статья 1\n1. Слова."
    provisions = [provision("art_1", "article", 8, 8, marker="Статья 1"), provision("a", "item", 12, 18, marker="1.")]
    lines = lay_out(document(text), provisions)
    assert [(line.eid, line.kind, line.marker, words([line])) for line in lines] == [
        ("art_1", "article", "Статья 1", ""),
        ("a", "item", "1.", "Слова."),
    ]
    assert [entry.label for entry in outline(document(text), provisions)] == ["Статья 1", "1. Слова."]


def test_the_title_block_is_the_documents_own(searcher: Searcher) -> None:
    stored = searcher.document("resolution-2022-11-02-economic-cooperation")
    title = title_of(stored.document, stored.provisions)
    assert title.eid == "preface"
    assert title.words.split()[0] == "Резолюция"
    assert title.below == "(Москва, 1-2 ноября 2022 года)"
    assert title.origin == (), "body and place are said in the title block already"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Some title", Title("Some title", "", "", ("A body",))),
        ("Heading", Title("Heading", "of ours", "preface", ("A body",))),
        ("", Title("d.txt", "", "", ("A body",))),
    ],
)
def test_a_title_that_the_text_does_not_hold_comes_from_the_metadata(name: str, expected: Title) -> None:
    text = "Heading\nof ours\nWords."
    assert title_of(document(text, title=name, body="A body"), [provision("preface", "heading", 0, 15)]) == expected


def test_outline_of_headings_and_of_a_resolution(searcher: Searcher) -> None:
    stored = searcher.document("resolution-2022-11-02-economic-cooperation")
    entries = outline(stored.document, stored.provisions)
    assert len(entries) == 25, "two recitals, the formula and 22 clauses"
    assert entries[-1].eid == "op__item_22"
    assert all(len(entry.label) <= 56 for entry in entries)
    guide = searcher.document("application-strasbourg")
    assert [e.label for e in outline(guide.document, guide.provisions)][:2] == [
        "What this guide covers",
        "Who may apply",
    ]
