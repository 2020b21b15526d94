"""Acts in Russian clauses: infinitives, finite and impersonal directives; case tells performers from recipients."""

from __future__ import annotations

from collections.abc import Sequence

from kb.commitments.clause import Analysis, Frame, sentence_evidence
from kb.commitments.dates import Time
from kb.commitments.russian.clause import Clause
from kb.commitments.russian.phrases import noun_phrases_before, phrase_case

__all__ = ["analyse", "noun_phrases_before", "phrase_case"]


def analyse(
    text: str, start: int, end: int, found: Sequence[Time], frame: Frame | None = None, finite_only: bool = False
) -> Analysis:
    """The acts of one sentence, text[start:end], under what its formula or intro says.

    `found`: the times of the text (see `dates.times`), offsets in it; `finite_only`: take no infinitive as a head
    (paragraphs that stand under no formula).
    """
    return sentence_evidence(Clause(text, start, end, found, frame).run(finite_only), text, start, end)
