"""What turns a sentence round: conditions set aside, negations spelt as "not", the excepted left out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from kb.commitments.dates import Time

__all__ = ["NOT_HERE", "Polarity", "names_nobody"]

NOT_HERE: Final = re.compile(r"(?<!\w)(?:not|never)\s+(?:to\s+)?(?:be\s+)?$", re.IGNORECASE)
_NONE: Final = re.compile(
    r"(?<!\w)(?:no|neither(?:\s+of)?|none\s+of|not\s+one\s+of)\s+(?:(?:the|its|these|those)\s+)?$", re.IGNORECASE
)
_NOBODY: Final = re.compile(r"(?:no[\s-]one|nobody|none)\b", re.IGNORECASE)
_NEITHER: Final = re.compile(
    r"(?<!\w)(?P<n>neither(?:\s+of)?)(?P<s>\s+)(?P<to>to\s)?(?P<x>[^;]{1,200}?)\s(?P<nor>nor)\s", re.IGNORECASE
)
_TO_ACT: Final = re.compile(r",\s*(?=to\s)")
_LY: Final = r"(?:\w+ly|also|again|henceforth|thereafter|however|therefore)"


def _any(words: Sequence[str]) -> str:
    return "|".join(r"\s+".join(map(re.escape, word.split())) for word in words) or "(?!)"


class Polarity:
    """One language's words of denial, exception, condition and release, compiled from its lexicon's lists."""

    def __init__(self, lists: dict[str, Sequence[str]], modals: Sequence[str]) -> None:
        flags = re.IGNORECASE
        self.never = re.compile(rf"(?<!\w)(?:{_any(lists['never'])})(?!\w)", flags)
        self.exception = re.compile(rf"[\s,]*(?<!\w)(?:{_any(lists['exceptions'])})(?!\w)", flags)
        modal = _any(modals)
        said = _any(lists["conditions"])
        clause = r"(?:(?:the|its|their|this|these|that|those|it|they|such|all|any|no)\b|(?-i:[A-Z]))"
        self.condition = re.compile(
            rf"(?<!\w)(?:(?:{said})\s+(?!{_any(lists['idle'])})|(?:{_any(lists['before_subjects'])})\s+(?={clause}))",
            flags,
        )
        self.relative = re.compile(rf",\s+(?:which|who|whose|whom)\s+(?!(?:{modal})\s)[^,;]*(?=,\s*to\s)", flags)
        self.told = re.compile(rf",\s+as\s+(?:\w+ly\s+)?(?:{_any(lists['asked_before'])})\s[^,;]*(?=,)", flags)
        self.main = re.compile(
            rf"(?!(?:or|and)\s)[^,;]{{1,200}}?(?:\s(?:{modal})|,[^,;]{{1,200}},\s*(?:{modal}))[\s,]", flags
        )
        self.leading = re.compile(rf"(?:{modal})\s", flags)
        bound = _any(lists["bound"])
        self.bound = re.compile(rf"(?:be\s+(?:{_LY}\s+)*(?:{bound})|have|need)\s+to\b|need\b", flags)
        self.freed = re.compile(
            rf"\bneeds?\s+not\b|\b(?:do|does|did|shall|will|would|should|must|is|are|was|were)\s+not\s+(?:{_LY}\s+)*"
            rf"(?:(?:be\s+)?(?:{_LY}\s+)*(?:{bound})|have|need)\s+to\b",
            flags,
        )
        self.denies = re.compile(
            rf"(?<!\w)(?:not|never)(?:\s+(?:to|be|{_LY})(?=[\s,])|\s*,[^,;]{{1,200}},)*\s+$",
            flags,
        )

    def spelt(self, sentence: str) -> str:
        """The sentence with "not" for each word that denies, its length kept: "shall no longer" → "shall not      "."""
        said = self.never.sub(lambda match: "not".ljust(len(match.group())), sentence)
        while found := _NEITHER.search(said):
            subject = not found["to"] and not re.search(
                rf"(?:{self.leading.pattern}|\bto\s)\s*$", said[: found.start()]
            )
            first = (" " if subject else "not").ljust(len(found["n"]))
            second = "and" if subject else "or "
            said = (
                said[: found.start("n")]
                + first
                + said[found.end("n") : found.start("nor")]
                + second
                + said[found.end("nor") :]
            )
        return said

    def asides(self, sentence: str) -> Iterator[tuple[int, int]]:
        """Spans of clauses that say when or why, between commas or before the first: ", if it fails to report,"."""
        for pattern in (self.relative, self.told):
            for match in pattern.finditer(sentence):
                yield match.span()
        for match in self.condition.finditer(sentence):
            before = sentence[: match.start()].rstrip()
            if not before:
                if (stop := self.main_clause(sentence, match.end())) is not None:
                    yield match.start(), stop
            elif before.endswith(","):
                to = _TO_ACT.search(sentence, match.end())
                closing = sentence.find(",", match.end())
                if to is not None and not re.search(r"\sto\s", before[-200:]):
                    closing = to.start()
                if re.search(rf"(?:{self.leading.pattern}|that\s)$", f"{before[:-1][-20:]} "):
                    closing += closing >= 0
                if closing >= 0 and ";" not in sentence[match.end() : closing]:
                    yield len(before) - 1, closing

    def main_clause(self, sentence: str, at: int) -> int | None:
        """Where the clause with its modal verb begins after a condition that opens a sentence."""
        for comma in re.compile(r",\s*").finditer(sentence, at):
            if self.main.match(sentence, comma.end()):
                return comma.end()
        return None

    def timeless(self, sentence: str) -> Iterator[tuple[int, int]]:
        """Spans of conditions that close a sentence: their times are not the act's."""
        for match in self.condition.finditer(sentence):
            if sentence[: match.start()].strip():
                stop = re.compile(r"[,;]|$").search(sentence, match.end())
                yield match.start(), stop.start() if stop else len(sentence)

    def read(self, text: str, start: int, end: int, found: Sequence[Time]) -> tuple[str, list[Time]]:
        """The text as the grammar is to see it, of the same length, and the times that can be an act's."""
        sentence = self.spelt(text[start:end])
        apart = list(self.asides(sentence))
        gone = [*apart, *self.timeless(sentence)]
        for first, last in apart:
            sentence = sentence[:first] + " " * (last - first) + sentence[last:]
        kept = [t for t in found if not any(first <= t.start - start < last for first, last in gone)]
        return text[:start] + sentence + text[end:], kept

    def included(self, text: str, start: int, end: int) -> list[tuple[int, int]]:
        """The parts of a phrase that name nobody excepted: "all States, except France, as well as the Board"."""
        out = self.exception.search(text, start, end)
        if out is None:
            return [(start, end)]
        kept = [(start, out.start())] if text[start : out.start()].strip(" ,") else []
        again = re.compile(r",?\s+as\s+well\s+as\s+|,\s*and\s+(?:also\s+)?").search(text, out.end(), end)
        if again is not None and ("as" in again.group().split() or " and " in text[out.end() : again.start()]):
            return [*kept, *self.included(text, again.end(), end)]
        return kept


def names_nobody(original: str, start: int, end: int) -> bool:
    """Whether a phrase is "no State" or "nobody": its verb is denied."""
    return bool(_NONE.search(original[max(0, start - 24) : start]) or _NOBODY.match(original, start, end))
