"""A long PDF: pages a second, and where the time goes.

    python -m bench.pages ../shared/data/ru_codes/articles.jsonl --pages 300

The PDF is set from the records' texts, a heading for each, with running page numbers; needs fpdf2 and DejaVu (the test
tools). It is built alone, in a fresh index.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from fpdf import FPDF

from kb.build import build
from kb.encode import load_encoder
from kb.settings import load_settings

FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf")


class Book(FPDF):
    """Pages with numbers."""

    def footer(self) -> None:
        """The page's number."""
        self.set_y(-15)
        self.cell(0, 10, str(self.page_no()), align="C")


def texts(path: Path) -> Iterator[tuple[str, str]]:
    """Title and text of each record."""
    for line in path.open(encoding="utf-8"):
        record = json.loads(line)
        if record.get("text"):
            yield record.get("title") or record.get("ref") or "", record["text"]


def make(path: Path, source: Path, pages: int) -> int:
    """Write a PDF of that many pages; returns the number of its characters."""
    book = Book()
    book.add_font("serif", "", str(FONT))
    book.set_font("serif", size=11)
    book.add_page()
    characters = 0
    for title, text in texts(source):
        if book.page_no() >= pages:
            break
        book.multi_cell(0, 7, title, new_x="LMARGIN", new_y="NEXT")
        for paragraph in text.split("\n"):
            if book.page_no() >= pages and book.get_y() > 250:
                break
            book.multi_cell(0, 6, paragraph, new_x="LMARGIN", new_y="NEXT")
            characters += len(paragraph)
    book.output(str(path))
    return characters


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("--pages", type=int, default=300)
    arguments = parser.parse_args()
    settings = load_settings()
    encoder = load_encoder(settings.encoder, cache=settings.cache, threads=settings.threads)
    encoder.encode_passages(["warm"])
    with tempfile.TemporaryDirectory() as temporary:
        corpus, index = Path(temporary) / "corpus", Path(temporary) / "index"
        corpus.mkdir()
        characters = make(corpus / "book.pdf", arguments.source, arguments.pages)
        started = time.perf_counter()
        report = build(corpus, index, encoder)
        wall = time.perf_counter() - started
    print(f"{arguments.pages} pages, {characters:,} characters, {report.passages} passages, {report.encoded} texts")
    print(f"{wall:.1f} s, {arguments.pages / wall:.1f} pages a second")
    for stage, seconds in report.seconds.items():
        print(f"  {stage:14}{seconds:8.2f} s  {seconds / wall:6.1%}  {arguments.pages / seconds:8.1f} pages a second")


if __name__ == "__main__":
    main()
