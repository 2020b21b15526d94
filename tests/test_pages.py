"""The page a passage is cited with is the page on which another reader, pdfium, finds its words."""

from __future__ import annotations

import re
from pathlib import Path

import pypdfium2
import pytest

from kb.language import fold
from kb.search import Filters, Searcher


def letters(text: str) -> str:
    """Only letters and digits: line ends, hyphens and spaces differ between readers."""
    return re.sub(r"[\W_]+", "", fold(text))


def page_texts(path: Path) -> list[str]:
    document = pypdfium2.PdfDocument(path)
    try:
        return [letters(page.get_textpage().get_text_range()) for page in document]
    finally:
        document.close()


def test_every_pdf_passage_stands_on_its_page(searcher: Searcher) -> None:
    checked = 0
    for document in searcher.documents():
        if document.media_type != "application/pdf":
            continue
        pages = page_texts(searcher.original(document.id))
        assert len(pages) == len(document.pages) > 1
        for hit in searcher.search(document.title, limit=100, filters=Filters(document=document.id)).hits:
            start = letters(hit.quote)[:40]
            assert hit.page is not None
            # The first words may themselves run over the page's end.
            assert start in pages[hit.page - 1] or start in "".join(pages[hit.page - 1 : hit.page + 1]), hit.quote[:60]
            assert f"p. {hit.page}" in hit.citation
            checked += 1
    assert checked >= 8


@pytest.mark.parametrize("name", ["S_2016_1061-EN", "S_2020_445-EN", "S_2023_427-EN"])
def test_pages_of_real_drafts(evaluation: Path, tmp_path: Path, name: str) -> None:
    from arithmetic import ArithmeticEncoder

    from kb.build import build
    from kb.generation import open_generation

    source = evaluation / "un_resolutions" / "draft_pdf" / f"{name}.pdf"
    build(source, tmp_path / "index", ArithmeticEncoder())
    generation = open_generation(tmp_path / "index")
    pages = page_texts(source)
    rows = generation.passages(range(len(generation.vectors)))
    assert len(rows) > 3
    for row in rows:
        start = letters(generation.slice(row.passage.document_id, row.passage.start, row.passage.end))[:40]
        assert row.passage.page is not None
        assert start in "".join(pages[row.passage.page - 1 : row.passage.page + 1])
        assert start not in "".join(pages[row.passage.page :]) or pages[row.passage.page - 1].count(start)
