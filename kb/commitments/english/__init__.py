"""Acts in clauses that begin with their verb: English, and by the same rules French and Spanish."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from kb.commitments.clause import Analysis, Frame, sentence_evidence
from kb.commitments.dates import Time
from kb.commitments.english.clause import Clause
from kb.commitments.english.grammar import Grammar, grammar_of

__all__ = ["analyser"]

_Analyser = Callable[[str, int, int, Sequence[Time], Frame | None, bool], Analysis]


def analyser(language: str) -> _Analyser:
    """The analysis of one sentence in a language of the lexicons but Russian; see `russian.analyse`."""
    return partial(_analyse, grammar_of(language))


def _analyse(
    grammar: Grammar, text: str, start: int, end: int, found: Sequence[Time], frame: Frame | None, finite_only: bool
) -> Analysis:
    return sentence_evidence(Clause(grammar, text, start, end, found, frame).run(finite_only), text, start, end)
