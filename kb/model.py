"""The data that kb passes around: frozen, without I/O.

Every position is a character offset (Python `str` index, end exclusive) into `Document.text`, which is NFC.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

__all__ = [
    "DATE",
    "KINDS",
    "LANGUAGE",
    "LOW_TRUST",
    "Block",
    "BlockKind",
    "Document",
    "DocumentKind",
    "Page",
    "PageMethod",
    "Passage",
    "Provision",
    "ProvisionKind",
    "is_date",
    "page_at",
]

# Confidence of a recognised page below which its text is not to be taken as certain. Measured on scans and blurred,
# noisy and skewed pages: from 0.8 at most 4 % of the characters were wrong, below 0.7 nearly all, or it was a picture.
LOW_TRUST: Final = 0.7
LANGUAGE: Final = re.compile(r"[a-z]{2,3}")  # a BCP 47 primary subtag
# A calendar's day, month or year in ISO 8601. A pattern says it all, so that a schema can: there is no year 0, and 29
# February is one of years that 4 divides and, of whole centuries, 400.
DATE: Final = re.compile(
    r"([0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)"
    r"(-(0[1-9]|1[0-2])|-(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|-(0[469]|11)-(0[1-9]|[12][0-9]|30)"
    r"|-02-(0[1-9]|1[0-9]|2[0-8]))?"
    r"|([0-9]{2}(0[48]|[2468][048]|[13579][26])|(0[48]|[2468][048]|[13579][26])00)-02-29"
)

DocumentKind = Literal["resolution", "guide", "programme", "law", "other"]
KINDS: tuple[DocumentKind, ...] = ("resolution", "guide", "programme", "law", "other")

BlockKind = Literal["heading", "paragraph", "item", "table", "footnote"]

PageMethod = Literal["text", "ocr", "none"]

ProvisionKind = Literal["heading", "recital", "formula", "operative", "item", "article", "section", "table", "other"]


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of layout that a reader saw: `text[start:end]`, without the newline that ends it.

    Blocks follow one another in reading order and are separated by exactly one newline. Only a table holds
    newlines (one a row, cells separated by ` | `). `level`: 1… for a heading's rank, 0… for the nesting depth of
    a list item. `marker`: the bullet or number that the document shows, a literal prefix of the block's text
    where the format marks list items or numbered headings itself ("1.", "(a)", "-"); "" where it does not say.
    """

    kind: BlockKind
    start: int
    end: int
    level: int = 0
    marker: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a paged original: its 1-based number and the span of its text.

    `method`: how its text was come by, from the file or by recognising characters in its picture; "none" where
    nothing could be read from it. `confidence`: mean confidence of the recognised words, 0 to 1, None unless
    `method` is "ocr". `language`: BCP 47 primary subtag of the page's text, "" where there is too little to tell.
    """

    number: int
    start: int
    end: int
    method: PageMethod = "text"
    confidence: float | None = None
    language: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A read document. Metadata that the text does not state is "" (`date`, `date_to`: ISO 8601, maybe only a year)."""

    id: str
    path: str  # relative to the corpus, with forward slashes
    sha256: str  # of the original's bytes (of the record's line in a JSON Lines file)
    media_type: str
    text: str
    blocks: tuple[Block, ...]
    pages: tuple[Page, ...] = ()  # empty where the format has no pages
    title: str = ""
    kind: DocumentKind = "other"
    body: str = ""  # who adopted or issued it
    place: str = ""
    date: str = ""
    date_to: str = ""  # last day, where the text names a span of days
    language: str = ""  # BCP 47 primary subtag
    source: str = ""  # where the original was published
    licence: str = ""
    work: str = ""  # what the document is a part of: the code of an article
    number: str = ""  # its number there as shown: "ст. 10", "§ 1"
    headings: tuple[str, ...] = ()  # sections of `work` above it
    warnings: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Title with place and year, as far as the title does not say them: what people call the document by."""
        said = [part for part in (self.place, self.date[:4]) if part and part not in self.title]
        return f"{self.title} ({', '.join(said)})" if self.title and said else self.title


@dataclass(frozen=True, slots=True)
class Provision:
    """A node of a document's structure, in reading order; children follow their parent.

    The span holds the provision's own words only: an item's intro ends where its first sub-item starts, and a
    part that only groups others (the preamble, the operative part) is empty. The marker stands before `start`.
    `num` is the number as the document shows it, None where it shows none; `ordinal` counts siblings of the same
    kind under one parent from 1, and is what an unnumbered indent is cited by.
    """

    eid: str  # Akoma Ntoso's naming: op_3__item_2
    kind: ProvisionKind
    parent: str | None
    num: str | None
    marker: str  # bullet or number as shown, "" where there is none
    ordinal: int
    level: int  # 0 at the top
    start: int
    end: int
    page: int | None


@dataclass(frozen=True, slots=True)
class Passage:
    """What is embedded, ranked and quoted: a provision, a piece of a long one, or small siblings joined.

    `context` (title, heading path, governing words) is put before the quote for the encoder and never shown as
    part of it. `sentences` are spans in the document, inside [start, end).
    """

    id: str  # document id # eid, with ~2, ~3 … for the further pieces of a long provision
    document_id: str
    eid: str
    eid_to: str  # the last provision of joined siblings, else eid
    start: int
    end: int
    page: int | None
    page_to: int | None
    headings: tuple[str, ...]
    formula: str  # the words that govern the clause: formula and intros above it, "" where none
    context: str
    sentences: tuple[tuple[int, int], ...] = field(default=())


def page_at(pages: Sequence[Page], offset: int) -> int | None:
    """Number of the page on which the character at `offset` stands; None without pages."""
    if not pages:
        return None
    return pages[max(bisect_right(pages, offset, key=lambda page: page.start) - 1, 0)].number


def is_date(text: str) -> bool:
    """Whether `text` is a calendar's day, month or year in ISO 8601: 2022-11-02, 2022-11, 2022."""
    return DATE.fullmatch(text) is not None
