"""The page a passage is cited with is the page on which another reader, pdfium, finds its words."""

from __future__ import annotations

import re
from pathlib import Path

import pypdfium2
import pytest

from kb.language import fold
from kb.search import Filters, Searcher

BEGINNING = 12  # letters and digits: few enough to stand on one page, enough to tell the place


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
            assert hit.page is not None
            assert hit.sentence is not None
            # A clause may run over a page's end: the page cited is that of the sentence that is marked.
            first = letters(hit.quote[slice(*hit.sentence)])[:BEGINNING]
            assert first in pages[hit.page - 1], hit.quote[:60]
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
        start = letters(generation.slice(row.passage.document_id, row.passage.start, row.passage.end))
        assert row.passage.page is not None
        assert start[:BEGINNING] in pages[row.passage.page - 1]
