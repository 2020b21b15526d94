"""What the grammars of all languages hand on: phrases, acts as found in a text, and what an item inherits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from kb.commitments.dates import Time
from kb.commitments.model import Strength

__all__ = [
    "Act",
    "Analysis",
    "Frame",
    "Phrase",
    "cut_after_time",
    "how_often",
    "sentence_evidence",
    "trim",
    "trim_edges",
]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun phrase `text[start:end]` that names somebody; `case` is its case where the language has one."""

    start: int
    end: int
    case: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """What an intro or a formula says of the items below it: who is to act, and how bindingly.

    `performers`: None where the body itself acts, () where the items name them. `subject`: the formula's own subject.
    """

    strength: Strength
    kind: str
    source: str
    performers: tuple[Phrase, ...] | None = None
    subject: Phrase | None = None
    verb: str = ""
    case: str = ""
    prep: str = ""
    deadline: Time | None = None
    recurrence: Time | None = None
    modal: bool = False  # the items go on where a modal verb or "that" left off


@dataclass(frozen=True, slots=True)
class Act:
    """An act as a grammar found it; positions are offsets in the text. `performers` None: the adopting body."""

    strength: Strength
    source: str
    rule: str
    verb: str
    start: int
    verb_end: int
    end: int
    performers: tuple[Phrase, ...] | None
    addressees: tuple[Phrase, ...] = ()
    object: tuple[int, int] | None = None
    deadline: Time | None = None
    recurrence: Time | None = None
    evidence: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Analysis:
    """The acts of a stretch of text, and what it hands down where its sentence goes on in items."""

    acts: tuple[Act, ...] = ()
    frame: Frame | None = None


def how_often(found: Sequence[Time]) -> Time | None:
    """The time that says how often, the most exact: "regularly, at least once a quarter" is quarterly."""
    kinds = [time for time in found if time.kind]
    return next((time for time in kinds if time.kind != "regular"), kinds[0] if kinds else None)


def sentence_evidence(analysis: Analysis, text: str, start: int, end: int) -> Analysis:
    """The analysis with its whole sentence, text[start:end] without space around it, as the evidence of each act."""
    sentence = text[start:end]
    first = start + len(sentence) - len(sentence.lstrip())
    last = max(first, start + len(sentence.rstrip()))
    return Analysis(tuple(replace(act, evidence=(first, last)) for act in analysis.acts), analysis.frame)


_EDGE = " \t\n\u00a0,;:.–—-"
_OPENERS = re.compile(r"^(?:и|а также|а|или|and|as well as|or|et|y|ainsi que|así como)\s+$")


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """[start, end) without spaces and punctuation at its edges; a bracket or quote is no edge."""
    while start < end and text[start] in _EDGE:
        start += 1
    while end > start and text[end - 1] in _EDGE:
        # «и др.», «г.» keep their stop
        if text[end - 1] == "." and re.search(
            r"(?<!\w)(?:г|гг|др|пр|т\.\s?[дпч]|etc|[А-ЯЁA-Z]\.\s?[А-ЯЁA-Z])\.$", text[start:end]
        ):
            break
        end -= 1
    return start, end


_PRONOUN: Final = re.compile(r"(?:его|её|ее|их|это|it|them)\s+$", re.IGNORECASE)


def cut_after_time(text: str, span: tuple[int, int], found: Sequence[Time | None]) -> tuple[int, int]:
    """An object without its time and what a comma adds to that: «её ежегодно, в день …» is «её»."""
    start, end = span
    for time in found:
        if time is None or not start < time.start < end:
            continue
        if text[time.end : time.end + 1] == "," or _PRONOUN.match(text, start, time.start):
            end = trim(text, start, time.start)[1]
    return (start, end) if start < end else span


def trim_edges(text: str, start: int, end: int, taken: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    """[start, end) without the taken spans and punctuation at its edges; None where nothing is left."""
    changed = True
    while changed and start < end:
        start, end = trim(text, start, end)
        changed = False
        for first, last in taken:
            if first <= start < last:
                start, changed = min(last, end), True
            if first < end <= last:
                end, changed = max(first, start), True
    return (start, end) if start < end else None
