"""The verbs that may head a Russian clause, with the lexicon's entry of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kb.commitments.lexicons import Entry
from kb.commitments.morphology import Reading
from kb.commitments.russian.tokens import SUBORDINATE, Token, is_finite, vocabulary

__all__ = ["Head", "heads"]


@dataclass(frozen=True, slots=True)
class Head:
    """The verb that a stretch of tokens hangs on. `form`: infinitive, finite, passive, modal."""

    at: int
    form: str
    lemma: str
    entry: Entry | None
    reading: Reading


def heads(tokens: Sequence[Token], start: int, finite_only: bool = False) -> Iterator[Head]:
    """The verbs that may head a clause, in order, those of subordinate clauses left out."""
    below = False
    gerund = False
    for n in range(start, len(tokens)):
        token = tokens[n]
        if token.text in (",", ";", ":"):
            if below and any(is_finite(t) or t.has("INFN", "PRTS", "PRED") for t in tokens[_last_sub(tokens, n) : n]):
                below = False
            if gerund and token.text == ";":
                gerund = False
            continue
        if token.kind != "w":
            continue
        if token.low in SUBORDINATE and not (
            token.low == "как" and n + 1 < len(tokens) and not is_finite(tokens[n + 1])
        ):
            below = True
            continue
        if token.has("GRND") and token.readings[0].pos == "GRND" and not token.time:
            gerund = True
            continue
        if below:
            continue
        head = _as_head(tokens, n, finite_only)
        if head is None:
            continue
        if head.form == "infinitive" and n:
            previous = tokens[n - 1]
            if previous.low == "чтобы" or (previous.has("PRTF") and not previous.has("NOUN")):
                continue
            if gerund and not _after_comma(tokens, n, start):
                continue
        yield head


def _after_comma(tokens: Sequence[Token], n: int, start: int) -> bool:
    """Whether nothing but phrases stand between the last comma and this infinitive, and a gerund before that comma."""
    comma = next((k for k in range(n - 1, start, -1) if tokens[k].text == ","), start)
    return comma > start and not any(t.has("GRND") and t.readings[0].pos == "GRND" for t in tokens[comma:n])


def _last_sub(tokens: Sequence[Token], n: int) -> int:
    return next((k for k in range(n - 1, -1, -1) if tokens[k].low in SUBORDINATE), 0)


def _as_head(tokens: Sequence[Token], n: int, finite_only: bool) -> Head | None:
    token = tokens[n]
    modals = vocabulary().modals
    words = vocabulary()
    denied = n > 0 and tokens[n - 1].low == "не"
    if token.readings and (token.low in words.bans or (denied and token.low in words.bans_with_not)):
        return Head(n, "modal", token.low, None, token.readings[0])
    if token.low in modals and not token.has("INFN"):
        if token.low == "важно" and not any(t.has("INFN") for t in tokens[n + 1 : n + 8]):
            return None
        if token.readings:
            return Head(n, "modal", token.low, None, token.readings[0])
    for reading in token.readings[:3]:
        if reading.pos in ("ADJS", "PRTS") and reading.lemma in (
            "должный",
            "обязанный",
            "обязать",
            "должен",
            "готовый",
            "намеренный",
            "намерить",
        ):
            if reading.lemma in modals:
                return Head(n, "modal", reading.lemma, None, reading)
            return Head(n, "finite", reading.lemma, _entry(tokens, n, reading.lemma, False), reading)
    if not token.readings:
        return None
    first = token.readings[0]
    if first.pos == "INFN":
        return None if finite_only else Head(n, "infinitive", first.lemma, _entry(tokens, n, first.lemma, True), first)
    for reading in token.readings[:2]:
        if reading.pos == "VERB" and reading.mood != "impr":
            entry = _entry(tokens, n, reading.lemma, False)
            if (
                entry is not None
                or (reading.person == "1per" and reading.number == "plur")
                or reading.tense == "futr"
                or (
                    reading.tense == "pres"
                    and {reading.lemma, reading.lemma.removesuffix("ся")} & vocabulary().duties
                    and reading.person == "3per"
                )
            ):
                return Head(n, "finite", reading.lemma, entry, reading)
        if reading.pos == "PRTS":
            entry = _entry(tokens, n, reading.lemma, False)
            if entry is not None and entry.kind == "stance":
                return Head(n, "finite", reading.lemma, entry, reading)
            if entry is not None and reading.gender in ("neut", "femn", "masc", ""):
                return Head(n, "passive", reading.lemma, entry, reading)
    return None


def _entry(tokens: Sequence[Token], at: int, lemma: str, infinitive: bool) -> Entry | None:
    """The lexicon's entry for a verb at `at`, one whose companion words follow before any other."""
    rows = vocabulary().by_lemma.get(lemma.replace("ё", "е"), ())
    if not rows:
        return None
    near: set[str] = set()
    count = 0
    for token in tokens[at + 1 : at + 22]:
        if token.has("INFN") or token.text == ":" or (is_finite(token) and token.low not in SUBORDINATE):
            break
        near |= token.lemmas() | {token.low}
        count += 1
        if count == 6:
            close = set(near)
    close = near if count < 6 else close
    before = set().union(*(t.lemmas() for t in tokens[max(0, at - 3) : at])) if at else set()
    for entry in rows:
        if infinitive and entry.finite:
            continue
        reach = near if entry.kind == "directive" else close | before
        if not entry.words or reach & set(entry.words):
            return entry
    return None
