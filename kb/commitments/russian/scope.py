"""What stands in a Russian sentence and is not said of its act: conditions, contrasts, and what others report."""

from __future__ import annotations

from collections.abc import Sequence

from kb.commitments.dates import Time
from kb.commitments.russian.phrases import head_of, noun_phrase
from kb.commitments.russian.tokens import SUBORDINATE, Token, fits, is_abbreviation, is_finite, vocabulary

__all__ = ["condition_times", "contrasts", "is_question", "is_reported", "opening_condition"]

_CASES = ("datv", "gent", "accs", "ablt", "nomn", "loct")


def is_question(tokens: Sequence[Token]) -> bool:
    """Whether the sentence asks: «Должен ли Департамент представить отчёт?»."""
    return bool(tokens) and tokens[-1].text == "?"


def is_reported(tokens: Sequence[Token]) -> bool:
    """Whether the sentence opens with whose words it gives: «Как сообщил Глава, …», «По мнению Прокуратуры, …»."""
    if len(tokens) < 3:
        return False
    if tokens[0].low == "как" and is_finite(tokens[1]) and tokens[1].readings[0].person != "1per":
        return True
    if (tokens[0].low, tokens[1].low) not in {tuple(words.split()) for words in vocabulary().reports}:
        return False
    head = head_of(tokens, 2, "gent")
    return head >= 0 and not any(t.lemmas() & vocabulary().reporters_here for t in tokens[2 : head + 1])


def contrasts(tokens: Sequence[Token]) -> list[tuple[int, int]]:
    """Token ranges that are denied: «не Администрации, а» before «Комитету», «, а не Администрации» after it."""
    found: list[tuple[int, int]] = []
    for n, token in enumerate(tokens[:-2]):
        if token.low != "не" or token.time or tokens[n + 1].low in ("столько", "просто"):
            continue
        if tokens[n + 1].low == "только":  # «не только Администрации, но и Комитету»: both
            but = next((k for k in range(n + 2, min(n + 16, len(tokens) - 2)) if tokens[k].low == "но"), 0)
            if but and tokens[but - 1].text == "," and tokens[but + 1].low == "и":
                found += [(n, n + 2), (but - 1, but + 1)]
            continue
        if n > 1 and tokens[n - 1].low == "а" and tokens[n - 2].text == ",":
            end = max((_phrase(tokens, n + 1, case) for case in ("datv", "gent")), default=n + 1)
            end = end if end > n + 1 else _phrase(tokens, n + 1, "accs")
            if end > n + 1:
                found.append((n - 2, end + (end < len(tokens) and tokens[end].text == ",")))
            continue
        stop = next((k for k in range(n + 2, min(n + 16, len(tokens) - 2)) if tokens[k].text == ","), 0)
        if stop and tokens[stop + 1].low == "а" and tokens[stop + 2].low != "также":
            same = tokens[n + 1].low in ("в", "на", "до", "к") or tokens[n + 1].has("PREP")
            same = same and tokens[stop + 2].low == tokens[n + 1].low
            skip = int(same)
            timed = same and all(t.time for t in tokens[n + 1 : stop]) and tokens[stop + 2].time
            if timed or any(
                _phrase(tokens[:stop], n + 1 + skip, case) == stop and head_of(tokens, stop + 2 + skip, case) >= 0
                for case in _CASES
            ):
                found.append((n, stop + 2))
    return found


def _phrase(tokens: Sequence[Token], at: int, case: str) -> int:
    return noun_phrase(tokens, at, case, commas=False, narrow=True) if at < len(tokens) else at


def _is_verb(token: Token) -> bool:
    """Whether the word can be what a clause says: a finite verb, an infinitive, a short participle, «необходимо»."""
    first = token.readings[0].pos if token.kind == "w" and token.readings else ""
    return first in ("INFN", "PRTS", "PRED") or is_finite(token) or token.low in vocabulary().modals


def _begins_performer(tokens: Sequence[Token], at: int) -> bool:
    """Whether a dative of somebody begins here: «Прокуратуре обратиться»."""
    head = head_of(tokens, at, "datv")
    if head < 0:
        return False
    token = tokens[head]
    named = is_abbreviation(token) or bool(token.lemmas() & (vocabulary().actors | vocabulary().roles))
    return named and fits(token, "datv", "NOUN") | is_abbreviation(token)


def _opener(tokens: Sequence[Token], at: int, openers: Sequence[str]) -> int:
    """Index after the words that open a condition at `at`, `at` itself where none stand here."""
    for opener in openers:
        words = opener.split()
        if [t.low for t in tokens[at : at + len(words)]] == words:
            return at + len(words)
    return at


def _main_clause(tokens: Sequence[Token], at: int, verb: bool) -> int:
    """Index after the comma that ends the condition whose words go on at `at`, 0 where none is sure.

    `verb`: the condition is a clause («если …») and has a verb before that comma.
    """
    for k in range(at, len(tokens) - 1):
        if tokens[k].text == ";":
            return 0
        if tokens[k].text != "," or (verb and not any(map(_is_verb, tokens[at:k]))):
            continue
        following = tokens[k + 1]
        joined = following.has("PREP") and k + 2 < len(tokens) and tokens[k + 2].low.startswith("котор")
        participle = bool(following.readings) and following.readings[0].pos == "PRTF"
        if participle or joined or following.low in SUBORDINATE or following.low in ("а", "но"):
            continue
        stop = next((n for n in range(k + 1, len(tokens)) if tokens[n].text in (",", ";")), len(tokens))
        begun = k + 1 + (following.low == "то")
        if any(map(_is_verb, tokens[begun:stop])) or _begins_performer(tokens, begun):
            return begun
    return 0


def opening_condition(tokens: Sequence[Token]) -> int:
    """Index where the main clause begins after a condition: «Если …, Прокуратуре …», «В случае …, поручить …»."""
    words = vocabulary()
    begun = _opener(tokens, 0, words.condition_clauses)
    if begun:
        return _main_clause(tokens, begun, verb=True)
    begun = _opener(tokens, 0, words.condition_phrases)
    comma = next((n for n in range(begun, len(tokens)) if tokens[n].text == ","), 0)
    if not begun or any(map(_is_verb, tokens[begun:comma])) or not comma:
        return 0
    return _main_clause(tokens, begun, verb=False)


def condition_times(tokens: Sequence[Token], found: Sequence[Time]) -> list[Time]:
    """The times that belong to a condition, wherever it stands: «в случае неисполнения до 1 марта 2025 года»."""
    words = vocabulary()
    taken: list[Time] = []
    for n in range(len(tokens)):
        clause = _opener(tokens, n, words.condition_clauses)
        phrase = _opener(tokens, n, words.condition_phrases)
        if clause > n:
            end = next(
                (
                    k
                    for k in range(clause, len(tokens))
                    if tokens[k].text == "," and any(map(_is_verb, tokens[clause:k]))
                ),
                len(tokens),
            )
            while end + 1 < len(tokens) and tokens[end + 1].time:  # «…, выявленные в ходе проверки, до 1 мая, …»
                end = next((k for k in range(end + 1, len(tokens)) if tokens[k].text == ","), len(tokens))
        elif phrase > n:
            end = next(
                (
                    k
                    for k in range(phrase, len(tokens))
                    if tokens[k].text in (",", ";", ":") or _is_verb(tokens[k]) or _begins_performer(tokens, k)
                ),
                len(tokens),
            )
        else:
            continue
        last = tokens[end - 1].end
        taken += [time for time in found if tokens[n].start <= time.start < last]
    return taken
