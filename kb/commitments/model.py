"""What a resolution commits whom to: one record for each act, with the words that state it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["ACTS", "Commitment", "Deadline", "Party", "Recurrence", "Span", "Strength"]

Strength = Literal[
    "decision", "instruction", "undertaking", "recommendation", "request", "support", "welcome", "thanks", "note"
]
ACTS: Final[frozenset[Strength]] = frozenset({"decision", "instruction", "undertaking", "recommendation", "request"})


@dataclass(frozen=True, slots=True)
class Span:
    """Words of a document: `text == document.text[start:end]`."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Party:
    """Who acts or receives.

    `name`: preferred name of the alias file where one matches, else the words in the nominative (without article).
    `entry`: id in the alias file or "". `role`: who speaks for the body ("chair"), "" where none. `words` is None
    where the document nowhere names it in its clauses; `implied` says that the clause itself does not.
    """

    name: str
    entry: str
    role: str
    words: Span | None
    implied: bool


@dataclass(frozen=True, slots=True)
class Deadline:
    """When to act: the words, and the days they mean (ISO 8601, either may be "")."""

    words: Span
    date_from: str
    date_to: str


@dataclass(frozen=True, slots=True)
class Recurrence:
    """How often: the words, and the kind (yearly, half-yearly, biennial, every-5-years, each-session, regular …)."""

    words: Span
    kind: str


@dataclass(frozen=True, slots=True)
class Commitment:
    """One act: who is to do what, for whom, by when, how bindingly, and where it is said.

    `id` is document id # eid ! number of the act in its provision. `action`: the act's words from its verb on.
    `rule`: the grammar rule that made the record, `lexicon`: the entry that gave the strength.
    """

    id: str
    document_id: str
    eid: str
    passage_id: str
    number: int
    strength: Strength
    performers: tuple[Party, ...]
    addressees: tuple[Party, ...]
    verb: str
    action: Span
    object: Span | None
    deadline: Deadline | None
    recurrence: Recurrence | None
    evidence: Span
    rule: str
    lexicon: str
    language: str
