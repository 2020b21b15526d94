"""A Document as JSON and back: what the reading process sends and what the extraction cache keeps."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from kb.model import Block, Document, Page

__all__ = ["document_from_json", "document_to_json"]


def document_to_json(document: Document) -> str:
    """One line of JSON that `document_from_json` turns back into an equal Document."""
    fields = asdict(document)
    fields["blocks"] = [[block.kind, block.start, block.end, block.level, block.marker] for block in document.blocks]
    fields["pages"] = [[page.number, page.start, page.end] for page in document.pages]
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def document_from_json(line: str | bytes) -> Document:
    """The Document of `document_to_json`. Raises ValueError, TypeError or KeyError on anything else."""
    fields: dict[str, Any] = json.loads(line)
    fields["blocks"] = tuple(Block(*block) for block in fields["blocks"])
    fields["pages"] = tuple(Page(*page) for page in fields["pages"])
    fields["headings"] = tuple(fields["headings"])
    fields["warnings"] = tuple(fields["warnings"])
    return Document(**fields)
