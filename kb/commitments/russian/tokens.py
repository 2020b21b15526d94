"""The words of a Russian sentence with their readings, and the lexicon's lists as sets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from kb.commitments.dates import Time
from kb.commitments.lexicons import Entry, lexicon
from kb.commitments.model import Strength
from kb.commitments.morphology import Reading, readings

__all__ = [
    "CASED",
    "CONJUNCTIONS",
    "ROMAN",
    "SUBORDINATE",
    "Token",
    "Vocabulary",
    "fits",
    "is_abbreviation",
    "is_finite",
    "tokens_of",
    "vocabulary",
]

_TOKEN: Final = re.compile(
    r"(?P<q>«[^«»]*(?:«[^«»]*»[^«»]*)*»|“[^”]*”|„[^“”]*[“”]|\"[^\"\n]{1,200}\")"
    r"|(?P<p>\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\]]*\]|<[^>]*>|https?://\S+)"
    r"|(?P<s>(?:(?<!\w)[А-ЯЁ]\s){3,}[А-ЯЁ](?=\s*:))"
    r"|(?P<i>(?<=[а-яё]\s)[А-ЯЁ]\.\s?[А-ЯЁ]\.(?!\s?\w{3})|(?<!\w)[А-ЯЁ]\.(?:\s?[А-ЯЁ]\.)?(?=\s?[А-ЯЁ]))"
    r"|(?P<w>[^\W\d_]+(?:[-‐‑][^\W\d_]+)*(?:\.(?=\s?[а-яё]|[,;)])(?<=\b(?:им|тч|др|пр|ст|гг|св)\.))?)"
    r"|(?P<n>\d+(?:[-–]?(?:го|й|я|е|му|ом|ой|ю|м|х))?)"
    r"|(?P<c>[^\s\w])"
)


ROMAN: Final = re.compile(r"[IVXLХІ]{1,8}")


SUBORDINATE: Final = frozenset(
    "что чтобы если когда где поскольку ибо хотя как котором которой которых которые который которая которое которого "
    "которому которым которыми которую чей чья чьи куда откуда дабы".split()
)


_PREPOSITIONS: Final = frozenset({"обо", "ко", "во", "со", "изо"})  # a dictionary takes them for other words
CONJUNCTIONS: Final = frozenset({"и", "а", "или", "также", "либо", "но", "да"})


CASED: Final = ("NOUN", "ADJF", "PRTF", "NPRO", "NUMR")


@dataclass(slots=True)
class Token:
    """A word, a number, a mark, or a whole quotation or bracket («q», «p»); `time` where it is part of a time."""

    kind: str
    text: str
    start: int
    end: int
    low: str
    readings: tuple[Reading, ...]
    time: bool = False

    def has(self, *poses: str) -> bool:
        """Whether the token may be one of these parts of speech."""
        return any(reading.pos in poses for reading in self.readings)

    def lemmas(self) -> set[str]:
        """The lemmas that it may have."""
        return {reading.lemma for reading in self.readings}


def tokens_of(text: str, start: int, end: int, found: Sequence[Time] = ()) -> list[Token]:
    """The tokens of text[start:end]; those inside a time are marked."""
    tokens = []
    for match in _TOKEN.finditer(text, start, end):
        kind = str(match.lastgroup)
        word = match.group()
        if kind == "s":  # «П О С Т А Н О В Л Я Е Т:»
            kind, word = "w", re.sub(r"\s", "", word)
        if kind == "w" and ROMAN.fullmatch(word):
            kind = "n"
        parsed = readings(word.lower()) if kind == "w" else ()
        if parsed and parsed[0].pos == "COMP":  # «шире», «активнее» say how, whatever else they may be
            parsed = (replace(parsed[0], pos="ADVB"),)
        if word.lower() in _PREPOSITIONS and parsed:
            parsed = (replace(parsed[0], lemma=word.lower(), pos="PREP", case=""),)
        inside = any(time.start <= match.start() < time.end for time in found)
        tokens.append(Token(kind, word, match.start(), match.end(), word.lower(), parsed, inside))
    return tokens


def is_abbreviation(token: Token) -> bool:
    """Whether the word is written in capitals as an abbreviation is: «ВКС», «КСОРСам»."""
    letters = token.text
    return token.kind == "w" and len(letters) > 1 and letters[:2].isupper() and sum(c.isupper() for c in letters) >= 2


def fits(token: Token, case: str, *poses: str) -> bool:
    """Whether the token may stand in this case as one of these parts of speech."""
    return any(reading.case == case and reading.pos in poses for reading in token.readings)


def is_finite(token: Token) -> bool:
    """Whether the word is first of all a finite verb, no imperative."""
    return (
        token.kind == "w"
        and bool(token.readings)
        and token.readings[0].pos == "VERB"
        and token.readings[0].mood != "impr"
    )


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The lexicon's lists as sets."""

    by_lemma: dict[str, tuple[Entry, ...]]
    modals: dict[str, tuple[Strength, Strength]]
    adverbs: frozenset[str]
    adjuncts: dict[str, list[tuple[str, ...]]]
    dative_object: frozenset[str]
    dative_noun: frozenset[str]
    no_recipient: frozenset[str]
    giving_noun: frozenset[str]
    told: frozenset[str]
    thanking: frozenset[str]
    permitting: frozenset[str]
    transfer: frozenset[str]
    transfer_to: tuple[tuple[str, ...], ...]
    actors: frozenset[str]
    roles: frozenset[str]
    adopting: frozenset[str]
    fields: frozenset[str]
    documents: frozenset[str]
    duties: frozenset[str]
    bans: dict[str, Strength]
    bans_with_not: dict[str, Strength]
    allowing: frozenset[str]
    repealing: frozenset[str]
    releasing: tuple[tuple[str, ...], ...]
    orders: frozenset[str]
    postponing: frozenset[str]
    condition_clauses: tuple[str, ...]
    condition_phrases: tuple[str, ...]
    reports: tuple[str, ...]
    reporters_here: frozenset[str]
    own: Strength
    other: Strength
    infinitive: Strength


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    shipped = lexicon("ru")
    by_lemma: dict[str, list[Entry]] = {}
    for entry in shipped.entries:
        for form in (entry.verb, *entry.forms):
            by_lemma.setdefault(form.replace("ё", "е"), []).append(entry)
    adjuncts: dict[str, list[tuple[str, ...]]] = {}
    for words in shipped.words("adjuncts"):
        adjuncts.setdefault(words.split()[0], []).append(tuple(words.split()))
    return Vocabulary(
        by_lemma={key: tuple(sorted(rows, key=lambda e: not e.words)) for key, rows in by_lemma.items()},
        modals={key: (pair[0], pair[1]) for key, pair in shipped.data["modals"].items()},
        adverbs=frozenset(shipped.words("adverbs")),
        adjuncts=adjuncts,
        dative_object=frozenset(shipped.words("dative_object")),
        dative_noun=frozenset(shipped.words("dative_noun")),
        no_recipient=frozenset(shipped.words("no_recipient")),
        giving_noun=frozenset(shipped.words("giving_noun")),
        thanking=frozenset(shipped.words("thanking")),
        permitting=frozenset(shipped.words("permitting")),
        told=frozenset(shipped.words("accusative_addressee")),
        transfer=frozenset(shipped.words("transfer")),
        transfer_to=tuple(tuple(words.split()) for words in shipped.words("transfer_to")),
        actors=frozenset(shipped.words("actors")),
        roles=frozenset(shipped.data["roles"]),
        adopting=frozenset(shipped.words("adopting")),
        fields=frozenset(shipped.words("fields")),
        documents=frozenset(shipped.words("documents")),
        duties=frozenset(shipped.words("duties")),
        bans=dict(shipped.data["bans"]),
        bans_with_not=dict(shipped.data["bans_with_not"]),
        allowing=frozenset(shipped.words("allowing")),
        repealing=frozenset(shipped.words("repealing")),
        releasing=tuple(tuple(words.split()) for words in shipped.words("releasing")),
        orders=frozenset(shipped.words("orders")),
        postponing=frozenset(shipped.words("postponing")),
        condition_clauses=shipped.words("condition_clauses"),
        condition_phrases=shipped.words("condition_phrases"),
        reports=shipped.words("reports"),
        reporters_here=frozenset(shipped.words("reporters_here")),
        own=shipped.data["finite"]["own"],
        other=shipped.data["finite"]["other"],
        infinitive=shipped.data["infinitive"],
    )
