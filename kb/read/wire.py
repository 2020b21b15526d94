"""Documents and recognised pages as JSON and back: what the reading process sends and what the caches keep."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from kb.model import Block, Document, Page
from kb.read.ocr import OcrLine, RecognisedPage

__all__ = [
    "document_from_fields",
    "document_from_json",
    "document_to_json",
    "recognised_from_json",
    "recognised_to_json",
]


def document_to_json(document: Document) -> str:
    """One line of JSON that `document_from_json` turns back into an equal Document."""
    fields = asdict(document)
    fields["blocks"] = [[block.kind, block.start, block.end, block.level, block.marker] for block in document.blocks]
    fields["pages"] = [
        [page.number, page.start, page.end, page.method, page.confidence, page.language] for page in document.pages
    ]
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def document_from_json(line: str | bytes) -> Document:
    """The Document of `document_to_json`. Raises ValueError, TypeError or KeyError on anything else."""
    return document_from_fields(json.loads(line))


def document_from_fields(fields: dict[str, Any]) -> Document:
    """The Document of the parsed JSON of `document_to_json`. Raises as `document_from_json`."""
    fields["blocks"] = tuple(Block(*block) for block in fields["blocks"])
    fields["pages"] = tuple(Page(*page) for page in fields["pages"])
    fields["headings"] = tuple(fields["headings"])
    fields["warnings"] = tuple(fields["warnings"])
    return Document(**fields)


def recognised_to_json(page: RecognisedPage) -> str:
    """One line of JSON that `recognised_from_json` turns back into an equal RecognisedPage."""
    return json.dumps(asdict(page), ensure_ascii=False, separators=(",", ":"))


def recognised_from_json(line: str | bytes) -> RecognisedPage:
    """The RecognisedPage of `recognised_to_json`. Raises ValueError, TypeError or KeyError on anything else."""
    fields: dict[str, Any] = json.loads(line)
    return RecognisedPage(**{**fields, "lines": tuple(OcrLine(**one) for one in fields["lines"])})
