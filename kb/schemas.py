"""The shapes of answers, which the web API and the MCP server describe by their JSON schemas.

Dataclasses whose `to_json` keeps their fields are taken as they are; here stands what another shape is made of.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from kb.commitments import Strength
from kb.model import DocumentKind, ProvisionKind
from kb.notes import Status
from kb.register import Relation
from kb.search import Hit

__all__ = [
    "Commitment",
    "Commitments",
    "Deadline",
    "Document",
    "DocumentFacts",
    "Dropped",
    "Note",
    "OneCommitment",
    "Party",
    "Provision",
    "Recurrence",
    "Shape",
    "Similar",
    "Step",
    "Words",
]


class Shape(BaseModel):
    """An object with these fields and no others."""

    model_config = ConfigDict(extra="forbid")


class Provision(Shape):
    """A provision with its own words, exact; what is below it stands on its own."""

    eid: str
    kind: ProvisionKind
    num: str | None
    marker: str
    parent: str | None
    text: str
    page: int | None
    start: int
    end: int


class DocumentFacts(Shape):
    """A document's metadata."""

    id: str
    title: str
    kind: DocumentKind
    body: str
    place: str
    date: str
    date_to: str
    language: str
    source: str
    licence: str
    work: str
    number: str
    sha256: str
    pages: int
    warnings: list[str]


class Document(DocumentFacts):
    """A document's metadata and its provisions in reading order."""

    provisions: list[Provision]


class Similar(Shape):
    """Passages of other documents, the nearest first."""

    passage_id: str
    hits: list[Hit]


class Words(Shape):
    """Exact words of the document and their span in it."""

    text: str
    start: int
    end: int


class Deadline(Words):
    """The words of a deadline, and the days that they mean as far as they say."""

    date_from: str = Field(alias="from")
    date_to: str = Field(alias="to")


class Recurrence(Words):
    """The words that say how often, and what they mean."""

    kind: str


class Party(Shape):
    """Who is to do something, or for whom: as the text names it, and its entry in the list of names."""

    name: str
    entry: str
    role: str
    implied: bool
    words: Words | None


class Note(Shape):
    """What staff note of a commitment, and the words that it was made on."""

    id: str
    document: str
    status: Status
    remark: str
    quote: str
    changed: str
    text_changed: bool


class Commitment(Shape):
    """Who is to do what, for whom, by when; `evidence` is the exact quote that says so. What is not stated is null."""

    id: str
    strength: Strength
    performers: list[Party]
    verb: str
    action: Words
    object: Words | None
    addressees: list[Party]
    deadline: Deadline | None
    recurrence: Recurrence | None
    evidence: Words
    document_id: str
    title: str
    body: str
    kind: DocumentKind
    date: str
    language: str
    eid: str
    passage_id: str
    locator: str
    page: int | None
    citation: str
    url: str
    rule: str
    lexicon: str
    status: Status | Literal["", "overdue"]
    note: Note | None


class Commitments(Shape):
    """Commitments of `total` that pass the filters; `facets` counts all of these by field and value."""

    total: int
    commitments: list[Commitment]
    facets: dict[str, list[tuple[str, int]]]


class Dropped(Shape):
    """A later document of the same body and title that no longer says it."""

    document_id: str
    title: str
    date: str


class Step(Shape):
    """The same undertaking at one place: what it is to the one before, how alike its words are to those asked for."""

    relation: Relation
    likeness: float
    commitment: Commitment
    dropped: list[Dropped]


class OneCommitment(Shape):
    """A commitment, and the same undertaking in all documents, the earliest first."""

    commitment: Commitment
    thread: list[Step]
