"""How each document's text was come by: page by page, with what is uncertain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from kb.generation import Generation
from kb.model import LOW_TRUST, Document, PageMethod

__all__ = ["Extraction", "PageExtraction", "extractions", "summary"]

Method = Literal["text", "ocr", "mixed", "none"]


@dataclass(frozen=True, slots=True)
class PageExtraction:
    """One page: its number, how it was read, how many characters that gave, in what language, how surely (0 to 1)."""

    page: int
    method: PageMethod
    characters: int
    language: str
    confidence: float | None


@dataclass(frozen=True, slots=True)
class Extraction:
    """One document. `confidence`: the least of its recognised pages, None where none was recognised."""

    document_id: str
    path: str
    media_type: str
    method: Method
    characters: int
    language: str
    confidence: float | None
    warnings: tuple[str, ...]
    pages: tuple[PageExtraction, ...]

    @property
    def doubtful(self) -> bool:
        """Whether some of it is uncertain or missing."""
        low = self.confidence is not None and self.confidence < LOW_TRUST
        return low or bool(self.warnings) or any(page.method == "none" for page in self.pages)

    def to_json(self) -> dict[str, Any]:
        """Plain data for `--json`."""
        return asdict(self)


def extractions(generation: Generation) -> Iterator[Extraction]:
    """What was extracted from every document, in the order of the corpus."""
    lengths = generation.lengths()
    for document in generation.documents():
        yield _extraction(document, lengths[document.id])


def _extraction(document: Document, characters: int) -> Extraction:
    methods = {page.method for page in document.pages}
    method: Method = "text"
    if methods:
        method = next(iter(methods)) if len(methods) == 1 else "mixed"
    confidences = [page.confidence for page in document.pages if page.confidence is not None]
    return Extraction(
        document_id=document.id,
        path=document.path,
        media_type=document.media_type,
        method=method,
        characters=characters,
        language=document.language,
        confidence=min(confidences, default=None),
        warnings=document.warnings,
        pages=tuple(
            PageExtraction(page.number, page.method, page.end - page.start, page.language, page.confidence)
            for page in document.pages
        ),
    )


def summary(found: Iterator[Extraction]) -> Mapping[str, int]:
    """Counts over documents: characters, pages by how they were read, pages of low trust, documents with doubts."""
    counts = dict.fromkeys(
        ("characters", "pages", "text_pages", "ocr_pages", "unread_pages", "low_trust_pages", "doubtful_documents"), 0
    )
    names = {"text": "text_pages", "ocr": "ocr_pages", "none": "unread_pages"}
    for document in found:
        counts["characters"] += document.characters
        counts["doubtful_documents"] += document.doubtful
        for page in document.pages:
            counts["pages"] += 1
            counts[names[page.method]] += 1
            counts["low_trust_pages"] += page.confidence is not None and page.confidence < LOW_TRUST
    return counts
