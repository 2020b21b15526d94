"""Acts in Russian clauses: infinitives, finite and impersonal directives; case tells performers from recipients."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from kb.commitments.clause import Act, Analysis, Frame, Phrase, cut_after_time, trim, trim_edges
from kb.commitments.dates import Time
from kb.commitments.lexicons import Entry, lexicon
from kb.commitments.model import Strength
from kb.commitments.morphology import Reading, readings

__all__ = ["analyse", "noun_phrase_before", "phrase_case"]


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


_TOKEN: Final = re.compile(
    r"(?P<q>«[^«»]*(?:«[^«»]*»[^«»]*)*»|“[^”]*”|„[^“”]*[“”]|\"[^\"\n]{1,200}\")"
    r"|(?P<p>\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\]]*\]|<[^>]*>|https?://\S+)"
    r"|(?P<i>(?<!\w)[А-ЯЁ]\.(?:\s?[А-ЯЁ]\.)?(?=\s?[А-ЯЁ]))"
    r"|(?P<w>[^\W\d_]+(?:[-‐‑][^\W\d_]+)*(?:\.(?=\s?[а-яё]|[,;)])(?<=\b(?:им|тч|др|пр|ст|гг|св)\.))?)"
    r"|(?P<n>\d+(?:[-–]?(?:го|й|я|е|му|ом|ой|ю|м|х))?)"
    r"|(?P<c>[^\s\w])"
)
_ROMAN: Final = re.compile(r"[IVXLХІ]{1,8}")
_SUBORDINATE: Final = frozenset(
    "что чтобы если когда где поскольку ибо хотя как котором которой которых которые который которая которое которого "
    "которому которым которыми которую чей чья чьи куда откуда дабы".split()
)
_CONJUNCTIONS: Final = frozenset({"и", "а", "или", "также", "либо", "но", "да"})
_CASED: Final = ("NOUN", "ADJF", "PRTF", "NPRO", "NUMR")


@dataclass(frozen=True, slots=True)
class _Words:
    """The lexicon's lists as sets."""

    by_lemma: dict[str, tuple[Entry, ...]]
    modals: dict[str, tuple[Strength, Strength]]
    adverbs: frozenset[str]
    adjuncts: dict[str, list[tuple[str, ...]]]
    dative_object: frozenset[str]
    dative_noun: frozenset[str]
    giving_noun: frozenset[str]
    told: frozenset[str]
    transfer: frozenset[str]
    transfer_to: tuple[tuple[str, ...], ...]
    actors: frozenset[str]
    roles: frozenset[str]
    adopting: frozenset[str]
    fields: frozenset[str]
    documents: frozenset[str]
    duties: frozenset[str]
    own: Strength
    other: Strength
    infinitive: Strength


@lru_cache(maxsize=1)
def _words() -> _Words:
    shipped = lexicon("ru")
    by_lemma: dict[str, list[Entry]] = {}
    for entry in shipped.entries:
        for form in (entry.verb, *entry.forms):
            by_lemma.setdefault(form.replace("ё", "е"), []).append(entry)
    adjuncts: dict[str, list[tuple[str, ...]]] = {}
    for words in shipped.words("adjuncts"):
        adjuncts.setdefault(words.split()[0], []).append(tuple(words.split()))
    return _Words(
        by_lemma={key: tuple(sorted(rows, key=lambda e: not e.words)) for key, rows in by_lemma.items()},
        modals={key: (pair[0], pair[1]) for key, pair in shipped.data["modals"].items()},
        adverbs=frozenset(shipped.words("adverbs")),
        adjuncts=adjuncts,
        dative_object=frozenset(shipped.words("dative_object")),
        dative_noun=frozenset(shipped.words("dative_noun")),
        giving_noun=frozenset(shipped.words("giving_noun")),
        told=frozenset(shipped.words("accusative_addressee")),
        transfer=frozenset(shipped.words("transfer")),
        transfer_to=tuple(tuple(words.split()) for words in shipped.words("transfer_to")),
        actors=frozenset(shipped.words("actors")),
        roles=frozenset(shipped.data["roles"]),
        adopting=frozenset(shipped.words("adopting")),
        fields=frozenset(shipped.words("fields")),
        documents=frozenset(shipped.words("documents")),
        duties=frozenset(shipped.words("duties")),
        own=shipped.data["finite"]["own"],
        other=shipped.data["finite"]["other"],
        infinitive=shipped.data["infinitive"],
    )


def tokens_of(text: str, start: int, end: int, found: Sequence[Time] = ()) -> list[Token]:
    """The tokens of text[start:end]; those inside a time are marked."""
    tokens = []
    for match in _TOKEN.finditer(text, start, end):
        kind = str(match.lastgroup)
        word = match.group()
        if kind == "w" and _ROMAN.fullmatch(word):
            kind = "n"
        parsed = readings(word.lower()) if kind == "w" else ()
        if parsed and parsed[0].pos == "COMP":  # «шире», «активнее» say how, whatever else they may be
            parsed = (replace(parsed[0], pos="ADVB"),)
        inside = any(time.start <= match.start() < time.end for time in found)
        tokens.append(Token(kind, word, match.start(), match.end(), word.lower(), parsed, inside))
    return tokens


# -- noun phrases -----------------------------------------------------------------------------------------------------


def _is_abbreviation(token: Token) -> bool:
    letters = token.text
    return token.kind == "w" and len(letters) > 1 and letters[:2].isupper() and sum(c.isupper() for c in letters) >= 2


def _fits(token: Token, case: str, *poses: str) -> bool:
    return any(reading.case == case and reading.pos in poses for reading in token.readings)


def _adjunct_at(tokens: Sequence[Token], at: int) -> bool:
    """Whether words begin here that are no part of the name before them: «в рамках …», «совместно с …»."""
    for words in _words().adjuncts.get(tokens[at].low, ()):
        if at + len(words) <= len(tokens) and all(
            tokens[at + n].low.startswith(word) if n else tokens[at].low == word for n, word in enumerate(words)
        ):
            return True
    return False


def _modifier(token: Token, case: str) -> bool:
    return _fits(token, case, "ADJF", "PRTF", "NUMR") or (token.kind == "n")


def _noun_phrase(
    tokens: Sequence[Token], at: int, case: str, *, wants: str = "", commas: bool = True, narrow: bool = False
) -> int:
    """End of the noun phrase in `case` that begins at `at`; `at` itself where there is none.

    `wants`: "accs" where the verb still waits for its object, which then is no genitive of this phrase.
    """
    head = _head(tokens, at, case)
    return at if head < 0 else _complements(tokens, head + 1, case, tokens[head], wants, commas, narrow)


def _head(tokens: Sequence[Token], at: int, case: str) -> int:
    """Index of the head of a phrase in `case` that begins at `at`, -1 for none."""
    n = at
    substantive = -1
    while n < len(tokens):
        token = tokens[n]
        if token.time:
            break
        if token.kind == "q":
            return n if n > at and substantive < 0 else substantive
        if token.kind == "n" and n == at and n + 1 < len(tokens):
            n += 1
            continue
        if token.kind == "i" and n == at:
            return n + 1 if n + 1 < len(tokens) and tokens[n + 1].text[0].isupper() else -1
        if (
            token.kind == "c"
            and token.text == ","
            and n > at
            and n + 1 < len(tokens)
            and _modifier(tokens[n + 1], case)
            and _modifier(tokens[n - 1], case)
        ):
            n += 1
            continue
        if token.kind != "w":
            break
        if _is_abbreviation(token):
            return n
        if _fits(token, case, "NOUN", "NPRO") and not _fits(token, case, "ADJF", "PRTF"):
            return n
        if _modifier(token, case):
            if _fits(token, case, "NOUN") and not (
                n + 1 < len(tokens) and (_fits(tokens[n + 1], case, *_CASED) or _is_abbreviation(tokens[n + 1]))
            ):
                return n
            substantive = n
            n += 1
            continue
        # an adverb or conjunction inside the modifiers: «действующему и вновь избранному составам»
        after = n + 2 if n + 2 < len(tokens) and token.kind == "w" and tokens[n + 1].has("ADVB", "PRCL") else n + 1
        follows = after < len(tokens) and _modifier(tokens[after], case)
        if follows and (token.has("ADVB", "PRCL") or (token.low in ("и", "или") and substantive >= 0)):
            n += 1
            continue
        if substantive >= 0 and token.low in ("в", "к", "с", "на", "за", "по") and tokens[substantive].has("PRTF"):
            skipped = _skip_participle(tokens, n, case)
            if skipped > n:
                n = skipped
                continue
        break
    return substantive


def _skip_participle(tokens: Sequence[Token], at: int, case: str) -> int:
    """«участвующим в движении организациям»: the index of the noun that the participle before `at` describes."""
    for n in range(at + 1, min(at + 6, len(tokens))):
        if tokens[n].kind != "w":
            return at
        if n > at + 1 and _fits(tokens[n], case, "NOUN") and not _fits(tokens[n], "loct", "NOUN"):
            return n
    return at


def _complements(
    tokens: Sequence[Token], n: int, case: str, head: Token, wants: str, commas: bool, narrow: bool
) -> int:
    """End of what belongs to a head: genitives, quotations, brackets, names, prepositional phrases, participles."""
    genitive = False
    while n < len(tokens):
        token = tokens[n]
        if token.time:
            return n
        if token.kind in ("q", "p", "i"):
            n += 1
            if token.kind == "i" and n < len(tokens) and tokens[n].kind == "w":
                n += 1  # the surname after initials
            continue
        if token.kind == "n":
            if tokens[n - 1].text in ("№", "N") or (tokens[n - 1].kind == "w" and not narrow):
                n += 1
                continue
            return n
        if token.kind == "c":
            if token.text == "№":
                n += 1
                continue
            if token.text in "–—-" and n + 1 < len(tokens) and _member(tokens[n + 1], case):
                n += 2
                continue
            if (
                token.text in "–—-"
                and n + 1 < len(tokens)
                and _fits(tokens[n + 1], case, "NOUN")
                and _closing(tokens, n + 1, "–—-")
            ):
                n = _closing(tokens, n + 1, "–—-") + 1
                continue
            if token.text != "," or not commas:
                return n
            after = (
                _participial(tokens, n, case)
                if not genitive
                else max(_participial(tokens, n, c) for c in (case, "gent"))
            )
            if after == n and genitive:
                listed = _genitive(tokens, n + 1, "") if n + 1 < len(tokens) else n
                goes_on = listed > n + 1 and listed < len(tokens) and tokens[listed].low in ("и", ",")
                after = listed if goes_on and not _head_fits(tokens, n + 1, case) else n
            if after == n:
                return n
            n = after
            continue
        if token.has("INFN") or _finite(token):
            return n
        if _adjunct_at(tokens, n):
            return n
        if token.has("PREP") and not token.has("NOUN"):
            placed = token.low in ("в", "во") and n + 1 < len(tokens) and tokens[n + 1].text[0].isupper()
            end = _prepositional(
                tokens, n, _NAME_PREPOSITIONS if not narrow or placed else _RECIPIENT_PREPOSITIONS, case, wants
            )
            if end == n:
                return n
            n = end
            continue
        if token.low in ("и", "или", "либо"):
            if not genitive or n + 1 >= len(tokens):
                return n
            following = tokens[n + 1]
            coordinated = _noun_phrase(tokens, n + 1, "gent", commas=False)
            if coordinated == n + 1 or (_names_actor(tokens, n + 1, case) and not _prefers_genitive(head, following)):
                return n
            n = coordinated
            continue
        if token.low == "имени":
            n += 1
            continue
        genitive_end = _genitive(tokens, n, "accs" if wants == "accs" or (wants == "later" and genitive) else "")
        if genitive_end > n:
            genitive = True
            n = genitive_end
            continue
        proper = token.text[0].isupper() and _fits(token, case, "NOUN") and not _is_abbreviation(token)
        person = any({"Surn", "Name", "Patr"} & r.marks for r in token.readings)
        if proper and (person or head.lemmas() & _words().roles):
            n += 1
            continue
        if token.has("ADVB") and n + 1 < len(tokens) and _fits(tokens[n + 1], "gent", "ADJF", "PRTF"):
            n += 1
            continue
        return n
    return n


def _member(token: Token, case: str) -> bool:
    """Whether a word after a dash says what somebody is of another body: «организациям – членам Союза»."""
    return any(
        r.pos == "NOUN" and r.case == case and r.lemma in ("член", "участник", "партнёр") for r in token.readings
    )


def _genitive(tokens: Sequence[Token], n: int, wants: str) -> int:
    """End of a genitive that begins at `n`, modifiers and head; `n` where there is none."""
    token = tokens[n]
    if _is_abbreviation(token):
        return n + 1
    at = n
    while at < len(tokens) and tokens[at].kind == "w" and not tokens[at].time:
        here = tokens[at]
        if _is_abbreviation(here) and at > n:
            return at + 1
        if _fits(here, "gent", "ADJF", "PRTF") and not here.has("PREP"):
            at += 1
            if (
                at < len(tokens)
                and tokens[at].low in ("и", ",", "или")
                and at + 1 < len(tokens)
                and _fits(tokens[at + 1], "gent", "ADJF", "PRTF")
            ):
                at += 1
            continue
        if _fits(here, "gent", "NOUN", "NPRO"):
            if (
                wants == "accs"
                and at == n
                and here.text[0].islower()
                and _fits(here, "accs", "NOUN")
                and not _is_animate(here)
                and not here.lemmas() & _words().fields
            ):
                return n
            return at + 1
        if here.low in ("его", "её", "ее", "их"):
            at += 1
            continue
        break
    return at if at > n and tokens[at - 1].has("NOUN") else n


def _is_animate(token: Token) -> bool:
    return any("anim" in reading.marks for reading in token.readings)


def _head_fits(tokens: Sequence[Token], at: int, case: str) -> bool:
    return _head(tokens, at, case) >= 0


def _names_actor(tokens: Sequence[Token], at: int, case: str) -> bool:
    """Whether a phrase in `case` begins at `at` that no genitive can be, or whose head can act."""
    head = _head(tokens, at, case)
    if head < 0:
        return False
    token = tokens[head]
    if _is_abbreviation(token) or token.text[0].isupper() or not _fits(token, "gent", *_CASED):
        return True
    return bool(token.lemmas() & _words().actors) or _is_animate(token)


def _prefers_genitive(head: Token, following: Token) -> bool:
    """Whether «председателям Совета и Комиссии» goes on with the genitive: after a person, and never in small letters
    with a new body."""
    is_person = bool(head.lemmas() & _words().roles) or _is_animate(head)
    return is_person and not _is_animate(following)


_NAME_PREPOSITIONS: Final = frozenset("по за при в во на из от с со о об между среди против без у над".split())
_RECIPIENT_PREPOSITIONS: Final = frozenset("по за при у".split())
_ABROAD: Final = re.compile(r"рубежом|границей|пределами")


def _prepositional(tokens: Sequence[Token], n: int, allowed: frozenset[str], outer: str, wants: str = "") -> int:
    """End of a prepositional phrase inside a name («по делам соотечественников за рубежом»); `n` where it is none.

    `wants`: what the verb still waits for, which no second genitive in a row then is.
    """
    inner = "later" if wants else ""
    if tokens[n].low not in allowed or n + 1 >= len(tokens):
        return n
    if tokens[n].low == "за" and not _ABROAD.match(tokens[n + 1].low):
        return n
    for case in ("datv", "ablt", "loct", "gent", "accs"):
        end = _noun_phrase(tokens, n + 1, case, commas=False, wants=inner)
        if end > n + 1:
            while end + 1 < len(tokens) and tokens[end].low in ("и", ",") and not tokens[end].time:
                body = _head(tokens, end + 1, outer)
                if (
                    body >= 0
                    and (tokens[body].lemmas() & _words().actors or _is_abbreviation(tokens[body]))
                    and tokens[end - 1].kind != "w"
                ):
                    break
                if (
                    body >= 0
                    and tokens[body].lemmas() & _words().actors
                    and not tokens[body].lemmas()
                    & {
                        "лицо",
                        "молодёжь",
                        "диаспора",
                        "область",
                        "регион",
                        "государство",
                        "страна",
                        "организация",
                        "школа",
                        "учреждение",
                    }
                ):
                    break
                further = _noun_phrase(tokens, end + 1, case, commas=False)
                preposition = tokens[end + 1].low == tokens[n].low
                if preposition:
                    further = _noun_phrase(tokens, end + 2, case, commas=False)
                if further <= end + 1 + preposition or (
                    tokens[end].low == "," and (further >= len(tokens) or tokens[further].low not in ("и", ","))
                ):
                    break
                end = further
            return end
    if tokens[n + 1].kind in ("q", "p") or _is_abbreviation(tokens[n + 1]):
        return n + 2
    return n


def _participial(tokens: Sequence[Token], n: int, case: str) -> int:
    """Index after «, проживающим за рубежом,» or «, в котором …,» that begins at the comma `n`; `n` for neither."""
    at = n + 1
    while at < len(tokens) and tokens[at].has("ADVB", "PRCL") and not tokens[at].has("PRTF"):
        at += 1
    if at >= len(tokens):
        return n
    relative = tokens[at].low.startswith("котор") or (
        tokens[at].has("PREP") and at + 1 < len(tokens) and tokens[at + 1].low.startswith("котор")
    )
    participle = _fits(tokens[at], case, "PRTF")
    if not participle and not relative:
        return n
    end = _closing(tokens, at, ",")
    # «проживающим в Европе, Азии и Америке»: the phrase goes on while nouns follow and no verb
    while end and end + 1 < len(tokens) and participle:
        following = _closing(tokens, end + 1, ",")
        between = tokens[end + 1 : following or len(tokens)]
        if (
            following
            and between
            and len(between) <= 4
            and not any(t.has("INFN") or _finite(t) for t in between)
            and between[0].has("NOUN", "ADJF", "PREP")
            and not _fits(between[0], case, "NOUN")
        ):
            end = following
        else:
            break
    if not end:
        stop = next((k for k in range(at, len(tokens)) if tokens[k].has("INFN") and not relative), 0)
        return stop or len(tokens)
    return end + 1 if end + 1 < len(tokens) else end


def _closing(tokens: Sequence[Token], at: int, marks: str) -> int:
    """Index of the next of the marks from `at` on, 0 where none comes before the sentence's own end."""
    for n in range(at, len(tokens)):
        if tokens[n].kind == "c" and tokens[n].text in marks:
            return n
        if tokens[n].kind == "c" and tokens[n].text in ";:":
            return 0
    return 0


def _list(
    tokens: Sequence[Token], at: int, case: str, wants: str = "", narrow: bool = False
) -> tuple[list[tuple[int, int]], int]:
    """Coordinated phrases in one case from `at` on, as token ranges, and the index after them."""
    found: list[tuple[int, int]] = []
    n = at
    while True:
        end = _noun_phrase(tokens, n, case, wants=wants, narrow=narrow)
        if end == n:
            break
        last = end
        while last > n and tokens[last - 1].text == ",":
            last -= 1
        found.append((n, last))
        at = end
        step = end
        if step >= len(tokens):
            break
        if tokens[step].text == "," or tokens[step].low in ("и", "или", "либо", "а"):
            step += 1
            while step < len(tokens) and tokens[step].low in ("и", "а", "также", "или", "лично", "персонально"):
                step += 1
            # «Комиссии и, при необходимости, другим органам»
            closing = _closing(tokens, step + 1, ",") if step < len(tokens) and tokens[step].text == "," else 0
            if closing and tokens[step - 1].low == "и" and closing - step <= 6:
                step = closing + 1
        elif tokens[step - 1].text != ",":
            break
        if step < len(tokens) and tokens[step].low in ("в", "включая"):
            break
        n = step
        if n >= len(tokens):
            break
    while at > 0 and found and tokens[at - 1].text == "," and at - 1 >= found[-1][1]:
        break
    return found, at


def phrase_case(words: str) -> str:
    """The case in which a phrase stands as far as its first nominal word tells: nominative before the others."""
    tokens = tokens_of(words, 0, len(words))
    for case in ("nomn", "datv", "ablt", "gent", "accs", "loct"):
        if tokens and _noun_phrase(tokens, 0, case) >= len(tokens):
            return case
    return ""


def noun_phrase_before(text: str, start: int, end: int) -> tuple[int, int, str] | None:
    """The longest noun phrase of text[start:end] that ends at `end`, with its case; None where there is none."""
    tokens = tokens_of(text, start, end)
    for at in range(len(tokens)):
        if (
            tokens[at].kind != "w"
            or tokens[at].has("PREP", "CONJ", "INFN")
            or (at and tokens[at - 1].kind == "c" and tokens[at - 1].text not in ",:;.–—-")
        ):
            continue
        for case in ("nomn", "datv", "ablt", "gent", "accs", "loct"):
            if _noun_phrase(tokens, at, case) >= len(tokens):
                return tokens[at].start, tokens[-1].end, case
    return None


# -- verbs ------------------------------------------------------------------------------------------------------------


def _finite(token: Token) -> bool:
    return (
        token.kind == "w"
        and bool(token.readings)
        and token.readings[0].pos == "VERB"
        and token.readings[0].mood != "impr"
    )


def _entry(tokens: Sequence[Token], at: int, lemma: str, infinitive: bool) -> Entry | None:
    """The lexicon's entry for a verb at `at`, one whose companion words follow before any other."""
    rows = _words().by_lemma.get(lemma.replace("ё", "е"), ())
    if not rows:
        return None
    near: set[str] = set()
    count = 0
    for token in tokens[at + 1 : at + 22]:
        if token.has("INFN") or token.text == ":" or (_finite(token) and token.low not in _SUBORDINATE):
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


@dataclass(frozen=True, slots=True)
class _Head:
    """The verb that a stretch of tokens hangs on. `form`: infinitive, finite, passive, modal."""

    at: int
    form: str
    lemma: str
    entry: Entry | None
    reading: Reading


def _heads(tokens: Sequence[Token], start: int, finite_only: bool = False) -> Iterator[_Head]:
    """The verbs that may head a clause, in order, those of subordinate clauses left out."""
    below = False
    gerund = False
    for n in range(start, len(tokens)):
        token = tokens[n]
        if token.text in (",", ";", ":"):
            if below and any(_finite(t) or t.has("INFN", "PRTS", "PRED") for t in tokens[_last_sub(tokens, n) : n]):
                below = False
            if gerund and token.text == ";":
                gerund = False
            continue
        if token.kind != "w":
            continue
        if token.low in _SUBORDINATE and not (
            token.low == "как" and n + 1 < len(tokens) and not _finite(tokens[n + 1])
        ):
            below = True
            continue
        if token.has("GRND") and token.readings[0].pos == "GRND":
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
    return next((k for k in range(n - 1, -1, -1) if tokens[k].low in _SUBORDINATE), 0)


def _as_head(tokens: Sequence[Token], n: int, finite_only: bool) -> _Head | None:
    token = tokens[n]
    modals = _words().modals
    if token.low in modals and not token.has("INFN"):
        if token.low == "важно" and not any(t.has("INFN") for t in tokens[n + 1 : n + 8]):
            return None
        if token.readings:
            return _Head(n, "modal", token.low, None, token.readings[0])
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
                return _Head(n, "modal", reading.lemma, None, reading)
            return _Head(n, "finite", reading.lemma, _entry(tokens, n, reading.lemma, False), reading)
    if not token.readings:
        return None
    first = token.readings[0]
    if first.pos == "INFN":
        return None if finite_only else _Head(n, "infinitive", first.lemma, _entry(tokens, n, first.lemma, True), first)
    for reading in token.readings[:2]:
        if reading.pos == "VERB" and reading.mood != "impr":
            entry = _entry(tokens, n, reading.lemma, False)
            if (
                entry is not None
                or (reading.person == "1per" and reading.number == "plur")
                or reading.tense == "futr"
                or (
                    reading.tense == "pres"
                    and {reading.lemma, reading.lemma.removesuffix("ся")} & _words().duties
                    and reading.person == "3per"
                )
            ):
                return _Head(n, "finite", reading.lemma, entry, reading)
        if reading.pos == "PRTS":
            entry = _entry(tokens, n, reading.lemma, False)
            if entry is not None and entry.kind == "stance":
                return _Head(n, "finite", reading.lemma, entry, reading)
            if entry is not None and reading.gender in ("neut", "femn", "masc", ""):
                return _Head(n, "passive", reading.lemma, entry, reading)
    return None


# -- clauses ----------------------------------------------------------------------------------------------------------


class _Clause:
    """One sentence under analysis."""

    def __init__(self, text: str, start: int, end: int, found: Sequence[Time], frame: Frame | None) -> None:
        self.text = text
        self.start, self.end = trim(text, start, end)
        self.end = max(self.end, self.start)
        self.found = found
        self.tokens = tokens_of(text, start, end, found)
        self.frame = frame
        self.acts: list[Act] = []
        self.handed: Frame | None = None
        self.fronted: list[Time] = []
        self.said: Phrase | None = None  # the subject of the sentence's first verb
        self.finite_only = False

    def run(self, finite_only: bool) -> Analysis:
        self.finite_only = finite_only
        self.group(0, len(self.tokens), self.frame, finite_only)
        if self.acts or self.handed or finite_only:
            return Analysis(tuple(self.acts), self.handed)
        self.without_verb()
        return Analysis(tuple(self.acts), self.handed)

    # -- groups: one governing verb and what it governs ---------------------------------------------------------------

    def group(self, start: int, end: int, frame: Frame | None, finite_only: bool = False) -> None:
        """Take the clause of tokens [start, end): its head, then whatever is coordinated with the head."""
        tokens = self.tokens[:end]
        head = next(_heads(tokens, start, finite_only), None)
        if head is None:
            return
        later = [h for h in _heads(tokens, head.at + 1, finite_only) if h.entry is not None or h.form == "modal"]
        if head.form == "infinitive":
            # «… , Съезд решил» after a gerund with an infinitive of its own
            governed = next(
                (h for h in later if h.form == "finite" and h.reading.tense != "" and self.heads_sentence(h)), None
            )
            if governed is not None and any(t.has("GRND") for t in tokens[start : head.at]):
                head = governed
        elif head.form == "finite" and head.entry is None:
            better = next(
                (
                    h
                    for h in later
                    if h.form == "finite" and h.entry is not None and h.reading.person == head.reading.person
                ),
                None,
            )
            head = better if better and head.reading.person != "1per" and head.reading.tense != "futr" else head
        stop = end
        for other in later:
            if other.at > head.at and self.coordinated_head(head, other, start):
                stop = self.boundary(other.at)
                break
        self.one(start, stop, head, frame)
        if stop < end:
            self.group(stop, end, frame if head.form == "infinitive" else None, finite_only)

    def heads_sentence(self, head: _Head) -> bool:
        return head.entry is not None and head.reading.pos == "VERB"

    def coordinated_head(self, head: _Head, other: _Head, start: int) -> bool:
        """Whether another verb of the lexicon stands beside the head, not below what it governs."""
        at = self.boundary(other.at)
        if at == other.at and self.tokens[other.at - 1].text != ";":
            return False
        if head.form == "finite" and other.form == "finite":
            state = head.reading.pos in ("PRTS", "ADJS")
            same = head.reading.number == other.reading.number and (state or head.reading.tense == other.reading.tense)
            return same and other.entry is not None
        if head.form != other.form or other.entry is None:
            return False
        if head.form == "passive":
            return True
        if head.entry is None or head.entry.kind == "own":
            governs = other.entry.kind == "directive" and bool(self.performers_after(other, len(self.tokens))[0])
            return governs or (other.entry.kind in ("directive", "stance") and self.strong_boundary(at))
        if head.entry.kind == "stance" and other.entry.kind in ("stance", "directive"):
            return True
        if other.entry.kind == "directive" or other.entry.kind == "stance":
            return self.strong_boundary(at) and (
                other.entry.verb in ("поручить", "рекомендовать", "просить", "призвать", "выразить")
                or head.entry.kind != "directive"
            )
        return False

    def strong_boundary(self, at: int) -> bool:
        """Whether a comma, semicolon or «а также» stands here, not a bare «и»."""
        token = self.tokens[at] if at < len(self.tokens) else None
        return token is not None and (token.text in (",", ";") or token.low == "а")

    def boundary(self, at: int) -> int:
        """Index of the conjunction or mark right before a verb, adverbs, times and a dative skipped; `at` for none."""
        n = at - 1
        while n >= 0:
            token = self.tokens[n]
            if token.low in _CONJUNCTIONS or token.text in (",", ";", ":"):
                break
            if (
                token.time
                or token.low in _words().adverbs
                or (token.has("ADVB") and not token.has("NOUN"))
                or token.low == "не"
            ):
                n -= 1
                continue
            if _fits(token, "ablt", "NOUN") and n >= 1:
                k = n - 1
                while k > 0 and _fits(self.tokens[k], "ablt", "ADJF"):
                    k -= 1
                if self.tokens[k].low in ("с", "со"):
                    n = k - 1
                    continue
            return self.boundary_of_dative(at)
        if n < 0:
            return at
        while n > 0 and (self.tokens[n - 1].low in _CONJUNCTIONS or self.tokens[n - 1].text == ","):
            n -= 1
        return n

    def boundary_of_dative(self, at: int) -> int:
        """«…, а Правлению подготовить»: the mark before a dative right before a verb."""
        for n in range(at - 1, max(at - 12, -1), -1):
            token = self.tokens[n]
            if token.low in ("а", "и") or token.text in (";", ",", ":"):
                if n + 1 < at and not self.tokens[n + 1].has("PREP"):
                    found, end = self.second_performer(n + 1, at)
                    if found and self.only_adverbs(end, at):
                        while n > 0 and self.tokens[n - 1].text == ",":
                            n -= 1
                        return n
                if token.text == ";":
                    return at
        return at

    def second_performer(self, start: int, at: int) -> tuple[list[tuple[int, int]], int]:
        """A dative, or before a dash that stands for the directive («а Фонд – создать») an accusative."""
        dashed = self.tokens[at - 1].text in ("–", "—")
        for case in ("datv", "accs") if dashed else ("datv",):
            found, end = _list(self.tokens[:at], start, case)
            if found:
                return found, end
        return [], start

    def only_adverbs(self, start: int, end: int) -> bool:
        n = start
        while n < end:
            token = self.tokens[n]
            if token.low in ("совместно", "вместе", "наряду") and _adjunct_at(self.tokens, n):
                n = self.after_adjunct(n, end)
                continue
            if (
                token.time
                or token.text in (",", "–", "—")
                or token.low in _words().adverbs
                or (token.has("ADVB") and not token.has("NOUN"))
            ):
                n += 1
                continue
            if _adjunct_at(self.tokens, n):
                n = self.after_adjunct(n, end)
                continue
            return False
        return True

    def after_adjunct(self, at: int, end: int) -> int:
        """Index after an adjunct phrase: what follows its preposition up to a comma, a time, or a verb."""
        n = at + 1
        while n < end and not (
            self.tokens[n].text in (",", ";", ":") or self.tokens[n].has("INFN") or self.tokens[n].time
        ):
            n += 1
        return n

    # -- one head -----------------------------------------------------------------------------------------------------

    def one(self, start: int, end: int, head: _Head, frame: Frame | None) -> None:
        self.fronted = self.times_between(start, head.at)
        if head.form == "modal":
            self.modal(start, end, head, frame)
        elif head.entry is None:
            self.plain(start, end, head, frame)
        elif head.entry.kind == "directive":
            self.directive(start, end, head, frame)
        elif head.entry.kind == "charge":
            self.charge(start, end, head, frame)
        elif head.entry.kind == "stance":
            self.stance(start, end, head, frame)
        else:
            self.own(start, end, head, frame)

    def directive(self, start: int, end: int, head: _Head, frame: Frame | None) -> None:
        """«поручить Правлению подготовить …», «Съезд просит Правительство рассмотреть …»."""
        entry = head.entry
        assert entry is not None
        imperfective = (
            head.form == "infinitive" and head.reading.aspect == "impf" and head.lemma.replace("ё", "е") != entry.verb
        )
        named = self.dative_before(start, head.at) if head.form == "infinitive" or entry.case == "datv" else []
        if head.form == "infinitive" and (imperfective or named) and (named or frame is not None):
            has_inner = self.performers_after(head, end)[0]
            if named and (has_inner or entry.case != "datv"):
                # «Исполкому обратиться к Правительству с просьбой …»: the board's own act
                self.plain(start, end, head, frame)
                return
        performers, at = self.performers_after(head, end)
        if not performers and named and entry.case == "datv":
            performers = tuple(named)
        verb_at = self.governed(at, end)
        rule = f"ru-{'passive-' if head.form == 'passive' else ''}directive"
        colon = self.ends_open(end)
        if verb_at < end:
            inner = Frame(entry.strength, "directive", entry.source, performers, verb=head.lemma, case=entry.case)
            dative = not performers and self.dative_before(at, verb_at)
            self.series(verb_at, end, performers or tuple(dative or ()), entry.strength, entry.source, rule, at)
            if (colon and not performers) or colon:
                self.handed = inner
            return
        if self.that_clause(at, end, entry, rule):
            return
        rest = self.rest(at, end)
        if colon and (rest is None or self.only_companions(at, end, entry)):
            self.handed = Frame(
                entry.strength,
                "directive",
                entry.source,
                performers,
                verb=head.lemma,
                case=entry.case,
                prep=entry.prep,
                subject=self.subject(start, head),
                deadline=next(iter(self.deadlines(start, end)), None),
            )
            return
        first = self.object_before(start, head.at) if head.form != "finite" else None
        self.emit(
            strength=entry.strength,
            source=entry.source,
            rule=f"{rule}-nominal",
            verb=head.lemma,
            verb_at=head.at,
            first=at,
            end=end,
            performers=performers,
            object_span=first if rest is None else None,
            whole=head.at,
            addressees=False,
        )

    def that_clause(self, at: int, end: int, entry: Entry, rule: str) -> bool:
        """«требует, чтобы стороны прекратили огонь»; whether there was such a clause."""
        n = next((k for k in range(at, min(at + 3, end)) if self.tokens[k].low == "чтобы"), -1)
        if n < 0:
            return False
        found, after = _list(self.tokens[:end], n + 1, "nomn")
        verb_at = next(
            (
                k
                for k in range(after, end)
                if any(r.pos == "VERB" and r.tense == "past" for r in self.tokens[k].readings[:2])
            ),
            -1,
        )
        if not found or verb_at < 0 or not self.only_adverbs(after, verb_at):
            return False
        self.emit(
            strength=entry.strength,
            source=entry.source,
            rule=f"{rule}-that",
            verb=self.tokens[verb_at].readings[0].lemma,
            verb_at=verb_at,
            first=verb_at + 1,
            end=end,
            performers=self.phrases(found, "nomn"),
            whole=verb_at,
        )
        return True

    def only_companions(self, at: int, end: int, entry: Entry) -> bool:
        left = [t for t in self.tokens[at:end] if t.kind == "w" and not t.time and not t.has("PREP")]
        return all(
            t.lemmas() & set(entry.words)
            or t.low in _words().adverbs
            or t.low == "следующий"
            or "следующий" in t.lemmas()
            for t in left
        )

    def performers_after(self, head: _Head, end: int) -> tuple[tuple[Phrase, ...], int]:
        """The phrases that a directive verb governs, and the index after them."""
        entry = head.entry
        assert entry is not None
        tokens = self.tokens[:end]
        limit = next(
            (n for n in range(head.at + 1, end) if tokens[n].has("INFN") and tokens[n].readings[0].pos == "INFN"), end
        )
        if entry.prep:
            for n in range(head.at + 1, limit):
                if tokens[n].low in (entry.prep, f"{entry.prep}о"):
                    found, after = _list(tokens, n + 1, entry.case)
                    if found:
                        return self.phrases(found, entry.case), max(after, self.companion_end(after, limit, entry))
                if tokens[n].low == "в" and entry.prep == "к":
                    found, after = _list(tokens, n + 1, "accs")
                    if found and self.is_actor(found[0]):
                        return self.phrases(found, "accs"), max(after, self.companion_end(after, limit, entry))
            return (), self.companion_end(head.at + 1, limit, entry)
        n = head.at + 1
        while n < limit:
            token = tokens[n]
            if (
                token.time
                or token.text == ","
                or token.low in _words().adverbs
                or (token.has("ADVB") and not token.has("NOUN", "ADJF"))
            ):
                n += 1
                continue
            if _adjunct_at(tokens, n) and limit < end:
                n = self.after_adjunct(n, limit)
                continue
            break
        for case in (entry.case, "gent") if entry.case == "accs" else (entry.case,):
            found, after = _list(tokens, n, case, wants="accs" if entry.case == "datv" and limit == end else "")
            if found and (
                entry.case == "datv"
                or limit < end
                or self.is_actor(found[0])
                or tokens[end - 1].text == ":"
                or self.followed_by_k(after)
            ):
                return self.phrases(found, case), self.companion_end(after, limit, entry)
        return (), head.at + 1

    def followed_by_k(self, at: int) -> bool:
        return at < len(self.tokens) and self.tokens[at].low in ("к", "ко", "о", "об", "на", "в")

    def companion_end(self, at: int, limit: int, entry: Entry) -> int:
        """Index after «с просьбой» and the like, where it stands right here."""
        for n in range(at, min(at + 5, limit)):
            if entry.words and self.tokens[n].lemmas() & set(entry.words):
                return n + 1
        return at

    def governed(self, at: int, end: int) -> int:
        """Index of the first infinitive from `at` on that the directive governs; `end` for none."""
        below = False
        for n in range(at, end):
            token = self.tokens[n]
            if token.low in _SUBORDINATE:
                below = True
            if token.text in (",", ";") and below:
                below = False
            if not below and token.readings and token.readings[0].pos == "INFN":
                previous = self.tokens[n - 1]
                if previous.has("NOUN") and not self.reaches(at, n):
                    return end
                return n
        return end

    def reaches(self, at: int, n: int) -> bool:
        """Whether only adverbs, times, adjuncts and datives stand between the performers and this infinitive."""
        if self.only_adverbs(at, n) or n - at <= 1:
            return True
        if any(t.text == ":" for t in self.tokens[at:n]):
            return True
        found, after = _list(self.tokens[:n], at, "datv")
        if found and self.only_adverbs(after, n):
            return True
        # an object that the infinitive governs from behind
        return any(
            _adjunct_at(self.tokens, k) or self.tokens[k].time or self.tokens[k].text == "," for k in range(at, n)
        ) or not any(_fits(t, "accs", "NOUN") for t in self.tokens[at:n])

    def charge(self, start: int, end: int, head: _Head, frame: Frame | None) -> None:
        """«контроль за исполнением возложить на заместителя председателя»."""
        entry = head.entry
        assert entry is not None
        performers, at = self.performers_after(head, end)
        first = self.object_before(start, head.at)
        if first is None:
            stop = next((n for n in range(head.at + 1, end) if self.tokens[n].low == entry.prep), end)
            first = self.rest(head.at + 1, stop)
            first = first or self.rest(at, end)
        self.emit(
            strength=entry.strength,
            source=entry.source,
            rule="ru-charge",
            verb=head.lemma,
            verb_at=head.at,
            first=at,
            end=end,
            performers=performers,
            object_span=first,
            whole=head.at,
            addressees=False,
        )

    def stance(self, start: int, end: int, head: _Head, frame: Frame | None) -> None:
        """«приветствовать …», «Участники поддерживают …»."""
        entry = head.entry
        assert entry is not None
        named = self.dative_before(start, head.at) if head.form == "infinitive" else []
        lasting = head.form == "infinitive" and head.reading.aspect == "impf" and head.lemma != entry.verb
        if named or (lasting and entry.strength in ("support", "note", "welcome")):
            self.plain(start, end, head, frame)
            return
        subject = self.own_subject(start, head) if head.form == "finite" else None
        if self.considers(head, end, frame):
            return
        if self.ends_open(end) and end - head.at <= 6 + len(entry.words):
            self.handed = Frame(entry.strength, "stance", entry.source, None, subject, verb=head.lemma)
            return
        at = head.at + 1
        for n in range(at, min(at + 5, end)):
            if entry.words and self.tokens[n].lemmas() & set(entry.words):
                at = n + 1
        # «Поддержать обращение и направить его Совету»
        verbs = self.coordinated(head.at, end) if head.form == "infinitive" else [head.at]
        whole = end
        if len(verbs) > 1 and self.boundary(verbs[1]) > at:
            end = self.boundary(verbs[1])
        self.emit(
            strength=entry.strength,
            source=entry.source,
            rule="ru-stance-state" if head.reading.pos in ("PRTS", "ADJS") else "ru-stance",
            verb=head.lemma,
            verb_at=head.at,
            first=at,
            end=end,
            performers=self.each(subject),
            whole=head.at,
            addressees=entry.strength in ("thanks", "support") or entry.verb in ("напомнить", "выразить"),
            stance=True,
            object_span=self.object_before(start, head.at) if at >= end else None,
        )
        if end < whole:
            self.group(end, whole, frame)

    def own(self, start: int, end: int, head: _Head, frame: Frame | None) -> None:
        """«постановляет утвердить …», «обязуемся …», «Принято решение о …»."""
        entry = head.entry
        assert entry is not None
        subject = self.own_subject(start, head) if head.form == "finite" else None
        if self.considers(head, end, frame):
            return
        at = head.at + 1
        for n in range(at, min(at + 5, end)):
            if entry.words and self.tokens[n].lemmas() & set(entry.words):
                at = n + 1
        inner = replace(
            Frame(entry.strength, "own", entry.source, None, subject),
            subject=subject or (frame.subject if frame else None),
        )
        if self.ends_open(end) and (self.rest(at, end) is None or self.announces(at, end)):
            self.handed = inner
            return
        verb_at = next((h.at for h in _heads(self.tokens[:end], at) if h.form == "infinitive"), end)
        announces = entry.verb in _ANNOUNCING or bool(entry.words)
        if (
            verb_at < end
            and announces
            and (
                self.only_adverbs(at, verb_at)
                or self.dative_before(at, verb_at)
                or self.tokens[at].text == ":"
                or any(t.text == ":" for t in self.tokens[at:verb_at])
            )
        ):
            colon = next((n for n in range(verb_at, at, -1) if self.tokens[n].text == ":"), at - 1)
            before = len(self.acts)
            self.group(max(at, colon + 1), end, inner)
            if subject is not None:
                self.acts[before:] = [
                    replace(act, performers=self.each(subject)) if act.performers is None else act
                    for act in self.acts[before:]
                ]
            return
        strength = entry.strength
        source = entry.source
        named: Sequence[Phrase] = ()
        if head.form == "infinitive" and not (entry.words or entry.strength in ("undertaking", "recommendation")):
            self.plain(start, end, head, frame, entry)
            return
        performers: tuple[Phrase, ...] | None = tuple(named) or self.each(subject)
        if entry.verb == "вступать":
            performers = None
        self.emit(
            strength=strength,
            source=source,
            rule=f"ru-{head.form}",
            verb=head.lemma,
            verb_at=head.at,
            first=head.at + 1,
            end=end,
            performers=performers,
            whole=head.at,
            object_span=self.object_before(start, head.at)
            if self.rest(at, end) is None or head.form == "passive"
            else None,
        )
        self.acts[-1] = self.dated(self.acts[-1], head.at, end)

    def dated(self, act: Act, at: int, end: int) -> Act:
        """The act with the times of the clause that says it: «решил, что Съезд состоится в мае 2026 года»."""
        that = next((n for n in range(at + 1, min(at + 3, end)) if self.tokens[n].low == "что"), end)
        verb_at = next((n for n in range(that, end) if _finite(self.tokens[n])), end)
        inside = [t for t in self.times_between(verb_at + 1, end) if self.is_when(t, verb_at + 1, end)]
        return replace(
            act,
            deadline=act.deadline or next((t for t in inside if not t.kind), None),
            recurrence=act.recurrence or next((t for t in inside if t.kind), None),
        )

    def announces(self, at: int, end: int) -> bool:
        """Whether only «следующее», «решение» and the like stand before a colon."""
        return all(
            t.kind != "w"
            or t.low in _words().adverbs
            or t.lemmas() & {"следующий", "нижеследующий", "решение", "о", "что"}
            or t.has("PREP")
            for t in self.tokens[at:end]
        )

    def plain(self, start: int, end: int, head: _Head, frame: Frame | None, entry: Entry | None = None) -> None:
        """An infinitive under a formula, with or without its performer in the dative; or a finite verb of its own."""
        if head.form != "infinitive":
            self.finite(start, end, head)
            return
        named = tuple(self.dative_before(start, head.at))
        if not named and frame is not None and frame.performers == () and frame.case == "accs":
            found, after = _list(self.tokens[: head.at], start, "accs")
            named = self.phrases(found, "accs") if found and self.only_adverbs(after, head.at) else ()
        first = self.fronted_object(start, head.at) if not named else None
        strength: Strength = _words().infinitive
        source = f"ru.yaml: {entry.verb}" if entry else "ru.yaml: infinitive"
        performers: tuple[Phrase, ...] | None = named or None
        if frame is not None and frame.kind != "stance":
            strength, source = frame.strength, frame.source
            if frame.kind == "directive" and not named:
                performers = frame.performers
        if named and strength in ("decision", "undertaking"):
            strength = "instruction"
        rule = "ru-dative-infinitive" if named else "ru-infinitive"
        if performers is None and frame is not None and frame.kind == "directive":
            performers = ()
        self.series(head.at, end, performers, strength, source, rule, start, first)

    def finite(self, start: int, end: int, head: _Head) -> None:
        """«проведём …», «будем содействовать …», «Правление подготовит …»."""
        subject = self.subject(start, head)
        reading = head.reading
        if reading.tense == "pres" and reading.person == "3per":
            self.norm(start, end, head, subject)
            return
        verb_at = head.at
        if reading.lemma == "быть":
            verb_at = next(
                (
                    n
                    for n in range(head.at + 1, min(head.at + 6, end))
                    if self.tokens[n].readings and self.tokens[n].readings[0].pos in ("INFN", "PRTS")
                ),
                -1,
            )
            if verb_at < 0:
                return
        first_person = reading.person == "1per"
        if not first_person and (subject is None or not self.is_actor_phrase(subject) or reading.tense != "futr"):
            return
        mine = first_person or self.is_adopting(subject)
        if first_person and subject is None and reading.tense not in ("futr", "pres"):
            return
        strength = _words().own if mine else _words().other
        self.emit(
            strength=strength,
            source=f"ru.yaml: finite {'own' if mine else 'other'}",
            rule="ru-finite",
            verb=self.tokens[verb_at].readings[0].lemma,
            verb_at=verb_at,
            first=verb_at + 1,
            end=end,
            performers=self.each(subject),
            whole=head.at,
        )

    def norm(self, start: int, end: int, head: _Head, subject: Phrase | None) -> None:
        """A rule in the present: «Секретарь ведёт протокол», «Съезд созывается Правлением раз в два года»."""
        if self.finite_only or subject is None:
            return
        passive = head.lemma.endswith("ся") and head.lemma not in _words().duties
        if not passive and not self.is_actor_phrase(subject):
            return
        self.emit(
            strength=_words().other,
            source="ru.yaml: present",
            rule="ru-present-passive" if passive else "ru-present",
            verb=head.lemma.removesuffix("ся") if passive else head.lemma,
            verb_at=head.at,
            first=head.at + 1,
            end=end,
            performers=self.agent(head.at + 1, end) if passive else self.each(subject),
            whole=head.at,
            object_span=(subject.start, subject.end) if passive else None,
        )

    def considers(self, head: _Head, end: int, frame: Frame | None) -> bool:
        """«Считаем, что Совет должен …», «решил, что следует …»: whether a modal clause followed."""
        entry = head.entry
        if entry is None or entry.verb not in ("считать", "решить", "постановить", "договориться"):
            return False
        that = next((n for n in range(head.at + 1, min(head.at + 3, end)) if self.tokens[n].low == "что"), -1)
        inner = next(_heads(self.tokens[:end], that + 1), None) if that >= 0 else None
        if inner is None or inner.form != "modal":
            return False
        before = len(self.acts)
        self.modal(that + 1, end, inner, frame)
        if entry.verb == "считать":
            self.acts[before:] = [replace(act, strength="recommendation") for act in self.acts[before:]]
        return len(self.acts) > before

    def own_subject(self, start: int, head: _Head) -> Phrase | None:
        """The verb's subject, or that of the sentence's verb before it: «Съезд отмечает … и обязуется …»."""
        found = self.subject(start, head)
        if found is None and start > 0 and head.reading.person != "1per":
            return self.said
        self.said = found
        return found

    def each(self, subject: Phrase | None) -> tuple[Phrase, ...] | None:
        """Those whom a subject names, one by one; None for no subject."""
        if subject is None:
            return None
        inside = [t for t in self.tokens if subject.start <= t.start < subject.end]
        found, _ = _list(inside, 0, "nomn")
        if len(found) < 2:
            return (subject,)
        ends = [trim(self.text, inside[first].start, inside[last - 1].end) for first, last in found]
        return tuple(Phrase(first, last, "nomn") for first, last in ends)

    def modal(self, start: int, end: int, head: _Head, frame: Frame | None) -> None:
        """«Правлению следует …», «доклад должен быть представлен …», «необходимо …»."""
        named = tuple(self.dative_before(start, head.at))
        subject = self.subject(start, head)
        personal = head.lemma in ("должный", "должен", "обязанный", "обязан", "обязать")
        verb_at = next((h.at for h in _heads(self.tokens[:end], head.at + 1) if h.form == "infinitive"), end)
        if verb_at == end:
            with_one, without = _words().modals[head.lemma]
            if self.ends_open(end):
                self.handed = Frame(
                    with_one if named else without,
                    "own" if not named else "directive",
                    f"ru.yaml: {head.lemma}",
                    named or None,
                )
            return
        if not named and not personal:
            named = tuple(self.dative_before(head.at + 1, verb_at))
        with_one, without = _words().modals[head.lemma]
        source = f"ru.yaml: {head.lemma}"
        passive = -1
        if self.tokens[verb_at].low == "быть":
            passive = next((n for n in range(head.at + 1, min(verb_at + 6, end)) if self.tokens[n].has("PRTS")), -1)
        if passive >= 0:
            agent = self.agent(passive + 1, end)
            self.emit(
                strength=with_one,
                source=source,
                rule="ru-modal-passive",
                verb=next(r.lemma for r in self.tokens[passive].readings if r.pos == "PRTS"),
                verb_at=passive,
                first=passive + 1,
                end=end,
                performers=agent,
                whole=passive,
                object_span=(subject.start, subject.end) if subject else self.object_before(start, head.at),
            )
            return
        performers: tuple[Phrase, ...] | None = named or (self.each(subject) if personal else None)
        if performers is None and frame is not None and frame.kind == "directive":
            performers = frame.performers
        self.series(verb_at, end, performers, with_one if performers else without, source, "ru-modal", head.at + 1)

    def agent(self, at: int, end: int) -> tuple[Phrase, ...]:
        for n in range(at, end):
            if (
                not self.tokens[n].has("PREP")
                and not (n and self.tokens[n - 1].has("PREP"))
                and _fits(self.tokens[n], "ablt", "NOUN", "ADJF")
            ):
                found, _ = _list(self.tokens[:end], n, "ablt")
                if found and self.is_actor(found[0]):
                    return self.phrases(found, "ablt")
        return ()

    def without_verb(self) -> None:
        """An item without a verb below an open one: «- Правительству за поддержку» under «выражают благодарность:»."""
        frame = self.frame
        if not self.tokens:
            return
        if self.ends_open(len(self.tokens)) and (frame is None or frame.kind == "own"):
            found, at = _list(self.tokens, 0, "datv")
            if found and self.could_be_performer(found[0]) and self.only_adverbs(at, len(self.tokens) - 1):
                source = frame.source if frame else "ru.yaml: infinitive"
                named = self.phrases(found, "datv")
                strength: Strength = "instruction"
                if frame is not None and frame.strength not in ("decision", "undertaking"):
                    strength = frame.strength
                self.handed = Frame(strength, "directive", source, named, deadline=next(iter(self.found), None))
                if self.handed.deadline is not None and self.handed.deadline.kind:
                    self.handed = replace(self.handed, deadline=None, recurrence=self.handed.deadline)
            return
        if frame is None or not frame.verb:
            return
        if frame.kind == "directive" and not frame.performers:
            case = frame.case or "datv"
            found, at = _list(self.tokens, 0, case)
            if found and self.ends_open(len(self.tokens)):
                self.handed = replace(frame, performers=self.phrases(found, case))
                return
            if not found:
                return
            self.emit(
                strength=frame.strength,
                source=frame.source,
                rule="ru-item-nominal",
                verb=frame.verb,
                verb_at=-1,
                first=at,
                end=len(self.tokens),
                performers=self.phrases(found, case),
                whole=0,
                addressees=False,
            )
        elif frame.kind in ("directive", "stance"):
            self.emit(
                strength=frame.strength,
                source=frame.source,
                rule="ru-item-nominal",
                verb=frame.verb,
                verb_at=-1,
                first=0,
                end=len(self.tokens),
                performers=frame.performers,
                whole=0,
                stance=frame.kind == "stance",
                addressees=frame.strength == "thanks",
            )

    # -- series of acts -----------------------------------------------------------------------------------------------

    def series(
        self,
        at: int,
        end: int,
        performers: tuple[Phrase, ...] | None,
        strength: Strength,
        source: str,
        rule: str,
        begun: int,
        first_object: tuple[int, int] | None = None,
    ) -> None:
        """Emit the act whose infinitive stands at `at` and those coordinated with it."""
        verbs = self.coordinated(at, end)
        starts = [at, *(self.boundary(n) for n in verbs[1:])]
        shared = self.times_between(begun, at)
        made: list[Act] = []
        for place, n in enumerate(verbs):
            stop = starts[place + 1] if place + 1 < len(verbs) else end
            own = performers
            if place and starts[place] < n:
                dative = self.dative_before(starts[place], n)
                if not dative and self.tokens[n - 1].text in ("–", "—"):
                    first_word = next(
                        k
                        for k in range(starts[place], n)
                        if self.tokens[k].kind == "w" and self.tokens[k].low not in _CONJUNCTIONS
                    )
                    dative = list(self.phrases(_list(self.tokens[:n], first_word, "accs")[0], "accs"))
                if dative:
                    own = tuple(dative)
            deeper = self.tokens[n].readings[0].lemma
            before = self.times_between(starts[place], n) if place else shared
            act = self.build(
                strength=strength
                if own == performers or strength not in ("decision", "undertaking")
                else "instruction",
                source=source,
                rule=rule,
                verb=deeper,
                verb_at=n,
                first=n + 1,
                end=stop,
                performers=own,
                object_span=first_object if not place else None,
                whole=n,
                extra=before or shared,
            )
            made.append(act)
            performers = own
        for place in range(len(made) - 2, -1, -1):
            between = self.text[made[place].verb_end : made[place + 1].start]
            if made[place].object is None and made[place].addressees == () and _JOINED.fullmatch(between):
                following = made[place + 1]
                made[place] = replace(
                    made[place],
                    object=following.object,
                    addressees=following.addressees if made[place].verb in _words().transfer else (),
                    deadline=made[place].deadline or following.deadline,
                    recurrence=made[place].recurrence or following.recurrence,
                )
        self.acts += made
        if self.ends_open(end) and made and self.rest(verbs[-1] + 1, end) is None:
            self.acts.pop()
            self.handed = Frame(
                strength, "directive" if performers is not None else "own", source, performers, verb=made[-1].verb
            )
        elif self.ends_open(end) and made and self.handed is None:
            self.handed = Frame(strength, "directive" if performers is not None else "own", source, performers)

    def coordinated(self, at: int, end: int) -> list[int]:
        """Indices of the infinitives coordinated with the one at `at`, itself first."""
        verbs = [at]
        aspect = self.aspect(at)
        embedded: int | None = None
        below = False
        for n in range(at + 1, end):
            token = self.tokens[n]
            if token.kind == "w" and token.low in _SUBORDINATE:
                below = True
            if token.text == ";":
                below, embedded = False, None
            if not token.readings or token.readings[0].pos != "INFN":
                continue
            boundary = self.boundary(n)
            if boundary == n or any(self.tokens[k].low == "чтобы" for k in range(boundary, n)):
                embedded = n
                continue
            mark = self.tokens[boundary]
            if below and mark.text != ";":
                if not (
                    mark.text == ","
                    and self.aspect(n) == aspect
                    and (embedded is None or self.aspect(embedded) != aspect)
                ):
                    continue
                below = False
            if embedded is not None and mark.text not in (";",):
                same_as_embedded = self.aspect(n) == self.aspect(embedded)
                if same_as_embedded and (self.aspect(n) != aspect or (mark.text != "," and mark.low != "а")):
                    embedded = n
                    continue
                if not same_as_embedded and self.aspect(n) != aspect:
                    continue
            embedded = None
            verbs.append(n)
        return verbs

    def aspect(self, n: int) -> str:
        return self.tokens[n].readings[0].aspect

    # -- pieces -------------------------------------------------------------------------------------------------------

    def phrases(self, found: Sequence[tuple[int, int]], case: str) -> tuple[Phrase, ...]:
        made = []
        for first, last in found:
            start, end = trim(self.text, self.tokens[first].start, self.tokens[last - 1].end)
            made.append(Phrase(start, end, case))
        return tuple(made)

    def dative_before(self, start: int, at: int) -> list[Phrase]:
        """The performers in the dative between `start` and the verb at `at`."""
        tokens = self.tokens[:at]
        n = start
        while n < at:
            token = tokens[n]
            if token.time or token.kind == "c" or token.low in _CONJUNCTIONS or token.low in _words().adverbs:
                n += 1
                continue
            if _adjunct_at(tokens, n) or (token.has("PREP") and not token.has("NOUN") and not _is_abbreviation(token)):
                n = self.after_phrase(n, at)
                continue
            found, end = _list(tokens, n, "datv")
            if found and self.could_be_performer(found[0]):
                return list(self.phrases(found, "datv"))
            if token.has("ADVB", "PRCL", "CONJ") or found:
                n = max(n + 1, end)
                continue
            return []
        return []

    def could_be_performer(self, span: tuple[int, int]) -> bool:
        """Whether a phrase that may be a dative is one: unambiguous, or an actor."""
        words = [t for t in self.tokens[span[0] : span[1]] if t.kind == "w"]
        if not words:
            return False
        first = words[0]
        sure = (
            first.readings and all(r.case == "datv" for r in first.readings if r.pos in _CASED) and first.has(*_CASED)
        )
        return bool(sure) or self.is_actor(span)

    def after_phrase(self, at: int, limit: int) -> int:
        """Index after a prepositional phrase: its noun phrase, times and a comma."""
        best = at + 1
        for case in ("gent", "datv", "accs", "ablt", "loct"):
            best = max(best, _noun_phrase(self.tokens[:limit], at + 1, case, commas=False))
        if best == at + 1:
            while best < limit and self.tokens[best].kind == "w" and not self.tokens[best].has("NOUN"):
                best += 1
            best = min(best + 1, limit)
        return best

    def subject(self, start: int, head: _Head) -> Phrase | None:
        """The nominative before the verb, the nearest to it that can act."""
        tokens = self.tokens[: head.at]
        for at in range(start, head.at):
            if tokens[at].has("GRND") and tokens[at].readings[0].pos == "GRND":
                continue
            if tokens[at].kind == "c" or tokens[at].time:
                continue
            if at > start and tokens[at - 1].kind != "c" and tokens[at - 1].low not in ("и", "а"):
                continue
            found, end = _list(tokens, at, "nomn")
            if not found:
                continue
            gap = [t for t in tokens[end:] if t.kind == "w"]
            if (
                not gap
                or any(t.has("GRND") or t.has("ADVB", "PRCL", "PREP", "CONJ") for t in gap[:2])
                or tokens[end].text == ","
            ):
                first = found[0]
                if tokens[first[0]].low in ("мы", "это", "что", "они", "он", "она"):
                    return None
                return Phrase(tokens[first[0]].start, trim(self.text, 0, tokens[found[-1][1] - 1].end)[1], "nomn")
        return None

    def is_adopting(self, subject: Phrase | None) -> bool:
        if subject is None:
            return True
        words = tokens_of(self.text, subject.start, subject.end)
        return any(
            t.lemmas() & {"конференция", "съезд", "участник", "мы", "конгресс", "собрание", "форум", "делегат"}
            for t in words[:3]
        )

    def is_actor_phrase(self, phrase: Phrase) -> bool:
        n = next((k for k, t in enumerate(self.tokens) if t.start == phrase.start), -1)
        return n >= 0 and self.is_actor((n, n + sum(phrase.start <= t.start < phrase.end for t in self.tokens)))

    def is_actor(self, span: tuple[int, int]) -> bool:
        """Whether a phrase names somebody who can act: a person, a body of the lexicon, a name or an abbreviation."""
        for n in range(span[0], span[1]):
            token = self.tokens[n]
            if token.kind == "p":
                return True
            if token.kind != "w":
                continue
            if (
                _is_abbreviation(token)
                or token.lemmas() & _words().actors
                or token.lemmas() & _words().roles
                or _is_animate(token)
            ):
                return True
            if "-" in token.low and any(
                reading.lemma in _words().actors for part in token.low.split("-") for reading in readings(part)
            ):
                return True
            if token.readings and token.readings[0].pos == "NOUN":
                return token.text[0].isupper() and n > 0
        return False

    def object_before(self, start: int, at: int) -> tuple[int, int] | None:
        """What stands before the verb, without times and a dative."""
        if at <= start:
            return None
        taken = [(t.start, t.end) for t in self.tokens[start:at] if t.time]
        return trim_edges(self.text, self.tokens[start].start, self.tokens[at - 1].end, taken)

    def fronted_object(self, start: int, at: int) -> tuple[int, int] | None:
        """An object before its infinitive: «Информацию принять к сведению», «Следующую конференцию провести …»."""
        for n in range(start, at):
            token = self.tokens[n]
            if token.time or token.kind == "c" or token.low in _words().adverbs:
                continue
            if token.has("PREP") or not token.has(*_CASED):
                return None
            end = _noun_phrase(self.tokens[:at], n, "accs")
            if end <= n:
                return None
            return trim(self.text, token.start, self.tokens[end - 1].end)
        return None

    def rest(self, at: int, end: int) -> tuple[int, int] | None:
        """The words from token `at` to `end` without times, marks and conjunctions at the edges; None for none."""
        if at >= end:
            return None
        taken = [(t.start, t.end) for t in self.tokens[at:end] if t.time]
        return trim_edges(self.text, self.tokens[at].start, self.tokens[end - 1].end, taken)

    def ends_open(self, end: int) -> bool:
        """Whether the sentence goes on in items: it ends in a colon."""
        return end == len(self.tokens) and bool(self.tokens) and self.tokens[-1].text == ":"

    def times_between(self, start: int, end: int) -> list[Time]:
        if start >= end:
            return []
        first, last = self.tokens[start].start, self.tokens[end - 1].end
        return [time for time in self.found if first <= time.start < last]

    def deadlines(self, start: int, end: int) -> list[Time]:
        return [time for time in self.times_between(start, end) if not time.kind]

    # -- an act -------------------------------------------------------------------------------------------------------

    def emit(self, **parts: object) -> None:
        self.acts.append(self.build(**parts))  # type: ignore[arg-type]

    def build(
        self,
        *,
        strength: Strength,
        source: str,
        rule: str,
        verb: str,
        verb_at: int,
        first: int,
        end: int,
        performers: tuple[Phrase, ...] | None,
        whole: int,
        object_span: tuple[int, int] | None = None,
        addressees: bool = True,
        stance: bool = False,
        extra: Sequence[Time] = (),
    ) -> Act:
        """An act from its verb on: recipients, times and the object told apart."""
        text, tokens = self.text, self.tokens
        start = tokens[whole].start
        last = tokens[end - 1].end if end > whole else tokens[whole].end
        start, last = trim(text, start, last)
        verb_end = tokens[verb_at].end if verb_at >= 0 else start
        recipients, taken = self.recipients(verb, first, end) if addressees else ((), [])
        deadline = recurrence = None
        if not stance:
            inside = [*self.fronted, *extra, *self.times_between(first, end)]
            dated = verb in lexicon("ru").data["dated"]
            deadline = next((t for t in inside if not t.kind and not dated and self.is_when(t, first, end)), None)
            recurrence = next((t for t in inside if t.kind and self.is_when(t, first, end)), None)
        taken += [(t.start, t.end) for t in (deadline, recurrence) if t is not None]
        taken += [(p.start, p.end) for p in performers or ()]
        if object_span is None and first < end:
            object_span = trim_edges(text, tokens[first].start, tokens[end - 1].end, taken)
            tail = _TAIL.search(text, *object_span) if object_span and not stance else None
            if tail is not None and object_span is not None and tail.end() == object_span[1]:
                taken.append(tail.span())
                object_span = trim_edges(text, *object_span, taken)
        if object_span is not None:
            object_span = self.without_conjunctions(cut_after_time(text, object_span, (deadline, recurrence)))
        if recurrence is None and object_span is not None and not stance:
            recurrence = self.recurring_object(object_span)
        return Act(
            strength=strength,
            source=source,
            rule=rule,
            verb=verb,
            start=start,
            verb_end=min(verb_end, last),
            end=max(last, start),
            performers=performers,
            addressees=recipients,
            object=object_span,
            deadline=deadline,
            recurrence=recurrence,
        )

    def without_conjunctions(self, span: tuple[int, int]) -> tuple[int, int] | None:
        start, end = span
        while match := re.search(r"(?:^|[\s,])(?:и|а|также|или)$", self.text[start:end]):
            start, end = trim(self.text, start, start + match.start())
            if start >= end:
                return None
        return start, end

    def recurring_object(self, span: tuple[int, int]) -> Time | None:
        """«представлять ежегодный доклад»: the adjective right after the verb says how often."""
        for kind, pattern in lexicon("ru").data["recurring_objects"].items():
            if match := re.match(pattern, self.text[span[0] : span[1]], re.IGNORECASE):
                return Time(span[0], span[0] + match.end(), kind=kind)
        return None

    def is_when(self, time: Time, first: int, end: int) -> bool:
        """Whether a time says when to act, and not when something spoken of happens or happened."""
        if first >= end or time.end <= self.tokens[first].start or time.start >= self.tokens[end - 1].end:
            return True
        n = next(k for k in range(first, end) if self.tokens[k].end > time.start)
        # inside a participial or relative phrase: «решений, принятых в 2021 году»
        for k in range(n - 1, first - 1, -1):
            token = self.tokens[k]
            if token.text in (";", ":"):
                break
            if token.text == "," and not (
                k + 1 < n
                and (
                    self.tokens[k + 1].has("PRTF")
                    or self.tokens[k + 1].low in _SUBORDINATE
                    or self.tokens[k + 1].low.startswith("котор")
                    or (self.tokens[k + 1].has("PREP") and k + 2 < n and self.tokens[k + 2].low.startswith("котор"))
                )
            ):
                break
            if token.low in _SUBORDINATE or token.low.startswith("котор"):
                return False
            if token.text == ",":
                return False
            if token.has("PRTF") and token.readings[0].pos == "PRTF" and k == n - 1:
                return False  # «проведённой в 2021 году конференции»
        if time.kind and n > first and n + 1 < end:
            # «мероприятий, проводимых регулярно» is above; «о проведении на регулярной основе форума» is of the event
            previous = self.tokens[n - 1]
            if previous.has("NOUN") and previous.low.endswith(("нии", "ния", "нию", "ние", "нием")) and n - 1 > first:
                return self.tokens[first - 1].has("INFN") and n - 2 <= first and not self.tokens[n - 2].has("PREP")
        return n == first or self.tokens[n - 1].low not in ("от", "№", "программы", "плана", "бюджета")

    def recipients(self, verb: str, first: int, end: int) -> tuple[tuple[Phrase, ...], list[tuple[int, int]]]:
        """To whom the act goes: a dative of somebody, «перед Советом», «в адрес …», «на рассмотрение …»."""
        words = _words()
        tokens = self.tokens[:end]
        if verb in words.dative_object:
            return (), []
        if verb in words.told:
            n = first
            while n < end and (tokens[n].time or tokens[n].low in words.adverbs or tokens[n].low in ("о", "об", "обо")):
                n = self.after_phrase(n, end) if tokens[n].low in ("о", "об", "обо") else n + 1
            for case in ("accs", "gent"):
                found, _ = _list(tokens, n, case, narrow=True)
                if found and self.is_actor(found[0]):
                    return self.taken(found, case, found[0][0])
        seen_object = False
        n = first
        while n < end:
            token = tokens[n]
            if token.text in (";",):
                break
            if (
                token.text == ","
                and n + 1 < end
                and (
                    tokens[n + 1].has("PRTF", "GRND")
                    or tokens[n + 1].low in _SUBORDINATE
                    or tokens[n + 1].low.startswith("котор")
                )
            ):
                closing = _closing(tokens, n + 1, ",")
                if not closing:
                    break
                n = closing + 1
                continue
            if verb in words.transfer and (hit := self.recipient_phrase(verb, tokens, n)):
                return hit
            if token.has("PREP") and not token.has("NOUN") and token.kind == "w":
                n = max(self.after_phrase(n, end), n + 1)
                continue
            if n > first and tokens[n - 1].kind == "i":
                n += 1
                continue
            numbered = n + 1 < end and bool(_ROMAN.fullmatch(token.text)) and _fits(tokens[n + 1], "datv", *_CASED)
            if (
                (token.kind == "w" or numbered)
                and not token.time
                and (numbered or _fits(token, "datv", *_CASED) or _is_abbreviation(token))
                and not (_is_abbreviation(token) and n > first)
            ):
                previous = tokens[n - 1]
                governed = n > first and bool(previous.lemmas() & words.dative_noun)
                governed = governed or (verb not in words.transfer and self.given(first, n))
                found, after = _list(tokens, n, "datv", "" if seen_object else "accs", narrow=True)
                cases = [r.case for r in token.readings if r.pos in _CASED]
                if cases and cases[0] == "accs":
                    n += 1
                    continue
                said = tokens[max(n, _head(tokens, n, "datv"))]
                alone = n == first or not _fits(said, "gent", *_CASED) or not previous.has("NOUN")
                if found and not governed and alone and self.is_actor(found[0]):
                    return self.taken(found, "datv", n)
                n = max(after, n + 1)
                continue
            if token.kind == "w" and _fits(token, "accs", "NOUN"):
                seen_object = True
            n += 1
        return (), []

    def given(self, first: int, at: int) -> bool:
        """Whether the dative at `at` is of a noun within the object: «порядок выдачи виз учителям»."""
        for n in range(at - 1, first, -1):
            token = self.tokens[n]
            if token.kind == "c":
                return False
            if token.lemmas() & _words().giving_noun:
                before = self.tokens[first:n]
                # «благодарность за помощь Совету», «при поддержке Фонда школам»: the verb's own
                preposition = next((t.low for t in reversed(before) if t.has("PREP")), "")
                return preposition not in ("за", "при", "с", "со") and any(t.has("NOUN", "PREP") for t in before)
        return False

    def taken(
        self, found: Sequence[tuple[int, int]], case: str, at: int
    ) -> tuple[tuple[Phrase, ...], list[tuple[int, int]]]:
        phrases = self.phrases(found, case)
        return phrases, [(self.tokens[at].start, phrases[-1].end)]

    def recipient_phrase(
        self, verb: str, tokens: Sequence[Token], n: int
    ) -> tuple[tuple[Phrase, ...], list[tuple[int, int]]] | None:
        for words in _words().transfer_to:
            if [t.low for t in tokens[n : n + len(words)]] != list(words):
                continue
            for case in (
                ("ablt",) if words == ("перед",) else ("datv",) if words == ("к",) else ("gent", "datv", "accs")
            ):
                found, _ = _list(tokens, n + len(words), case, "accs", narrow=True)
                if found and self.is_actor(found[0]):
                    return self.taken(found, case, n)
        if verb in ("довести", "доводить") and tokens[n].low == "до" and not tokens[n].time:
            found, _ = _list(tokens, n + 1, "gent", "accs", narrow=True)
            if found and self.is_actor(found[0]):
                return self.taken(found, "gent", n)
        if tokens[n].low in ("в", "во") and not tokens[n].time and n + 1 < len(tokens):
            found, _ = _list(tokens, n + 1, "accs", "accs", narrow=True)
            head = tokens[_head(tokens, n + 1, "accs")] if found else tokens[n]
            if (
                found
                and self.is_actor(found[0])
                and not head.lemmas() & _words().documents
                and not _fits(tokens[found[0][0]], "loct", "NOUN")
            ):
                return self.taken(found, "accs", n)
        return None


_JOINED: Final = re.compile(r"[\s,]*(?:(?:и|а|также|или|затем|далее|\w+о)[\s,]+)*")
# how long, and what for: after an object and none of it
_TAIL: Final = re.compile(
    r",?\s+(?:(?:сроком\s+на|на\s+срок)\s+(?:\w+\s+){1,3}?|на\s+(?:\d{1,2}|од\w+|дв\w+|тр\w+|четыре|пять|шесть)\s+)(?:год|года|лет|месяц|месяца|месяцев)$"
    r"|,?\s+(?:для|на|к)\s+(?:\w+\s+)?(?:рассмотрени[юея]|утверждени[юея]|одобрени[юея]|сведени[юея]|согласовани[юея]"
    r"|обсуждени[юея]|исполнени[юея])$",
    re.IGNORECASE,
)
_ANNOUNCING: Final = frozenset(
    "решить постановить договориться обязаться намереваться намерить стремиться обещать готовый настаивать взять "
    "подтвердить считать выразить принять".split()
)


def analyse(
    text: str, start: int, end: int, found: Sequence[Time], frame: Frame | None = None, finite_only: bool = False
) -> Analysis:
    """The acts of one sentence, text[start:end], under what its formula or intro says.

    `found`: the times of the text (see `dates.times`), offsets in it; `finite_only`: take no infinitive as a head
    (paragraphs that stand under no formula).
    """
    analysis = _Clause(text, start, end, found, frame).run(finite_only)
    span = trim_sentence(text, start, end)
    return Analysis(tuple(replace(act, evidence=span) for act in analysis.acts), analysis.frame)


def trim_sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """[start, end) without space around it."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
