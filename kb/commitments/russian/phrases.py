"""Noun phrases of Russian: where a phrase in a case begins, what belongs to it, and where it ends."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from kb.commitments.russian.tokens import CASED, Token, fits, is_abbreviation, is_finite, tokens_of, vocabulary

__all__ = [
    "adjunct_at",
    "closing_mark",
    "coordinated",
    "head_of",
    "is_animate",
    "noun_phrase",
    "noun_phrases_before",
    "phrase_case",
]

_NAME_PREPOSITIONS: Final = frozenset("по за при в во на из от с со о об между среди против без у над".split())


_RECIPIENT_PREPOSITIONS: Final = frozenset("по за при у".split())


_GOVERNED: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("в", "во", "на"), ("loct", "accs")),
    **dict.fromkeys(("о", "об", "обо", "при"), ("loct",)),
    **dict.fromkeys(("из", "от", "без", "против", "среди", "у"), ("gent",)),
    **dict.fromkeys(("между", "над"), ("ablt",)),
    "по": ("datv", "loct", "accs"),
    "за": ("ablt", "accs"),
    "с": ("ablt", "gent"),
    "со": ("ablt", "gent"),
}
_ABBREVIATED: Final = frozenset({"т", "тт", "г", "гр", "гг", "пос", "ул", "обл"})  # «т. Лаврентьев», «г. Томск»
_ABROAD: Final = re.compile(r"рубежом|границей|пределами")


def adjunct_at(tokens: Sequence[Token], at: int) -> bool:
    """Whether words begin here that are no part of the name before them: «в рамках …», «совместно с …»."""
    for words in vocabulary().adjuncts.get(tokens[at].low, ()):
        if at + len(words) <= len(tokens) and all(
            tokens[at + n].low.startswith(word) if n else tokens[at].low == word for n, word in enumerate(words)
        ):
            return True
    return False


def _modifier(token: Token, case: str) -> bool:
    return fits(token, case, "ADJF", "PRTF", "NUMR") or (token.kind == "n")


def noun_phrase(
    tokens: Sequence[Token], at: int, case: str, *, wants: str = "", commas: bool = True, narrow: bool = False
) -> int:
    """End of the noun phrase in `case` that begins at `at`; `at` itself where there is none.

    `wants`: "accs" where the verb still waits for its object, which then is no genitive of this phrase.
    """
    head = head_of(tokens, at, case)
    if head >= 0 and head == at and tokens[head].lemmas() & {"это", "этот", "тот", "он", "она", "оно", "они"}:
        return head + 1  # «об этом», «им»: nothing belongs to a pronoun
    return at if head < 0 else _complements(tokens, head + 1, case, tokens[head], wants, commas, narrow)


def head_of(tokens: Sequence[Token], at: int, case: str) -> int:
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
        if token.kind == "p" and substantive >= 0:  # «законодательным (представительным) органам»
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
        if is_abbreviation(token):
            return n
        if fits(token, case, "NOUN", "NPRO") and not fits(token, case, "ADJF", "PRTF"):
            return n
        if _modifier(token, case):
            if fits(token, case, "NOUN") and not (
                n + 1 < len(tokens) and (fits(tokens[n + 1], case, *CASED) or is_abbreviation(tokens[n + 1]))
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
        if (
            substantive >= 0
            and token.low in ("в", "к", "с", "на", "за", "по", "при", "от", "из")
            and tokens[substantive].has("PRTF")
        ):
            skipped = _skip_participle(tokens, n, case)
            if skipped > n:
                n = skipped
                continue
        break
    if substantive >= 0 and n == substantive + 1 < len(tokens) and _is_other_noun(tokens[substantive], tokens[n], case):
        return -1
    return substantive


def _is_other_noun(modifier: Token, noun: Token, case: str) -> bool:
    """Whether the noun after a modifier is its noun in another case: «Рабочей группы» is no dative."""
    if not noun.has("NOUN") or noun.has("PREP", "CONJ") or fits(noun, case, "NOUN"):
        return False
    return any(fits(modifier, r.case, "ADJF", "PRTF") for r in noun.readings if r.pos == "NOUN" and r.case != case)


def _skip_participle(tokens: Sequence[Token], at: int, case: str) -> int:
    """«участвующим в движении организациям»: the index of the noun that the participle before `at` describes."""
    for n in range(at + 1, min(at + 6, len(tokens))):
        if tokens[n].kind != "w":
            return at
        if n > at + 1 and fits(tokens[n], case, "NOUN") and not fits(tokens[n], "loct", "NOUN"):
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
            if token.text == "." and tokens[n - 1].low in _ABBREVIATED and n + 1 < len(tokens):
                n += 1  # «начальника управления т. Лаврентьева», «г. Томска»
                continue
            if token.text in "–—-" and n + 1 < len(tokens) and any(_member(tokens[n + 1], c) for c in (case, "gent")):
                n += 2
                continue
            if (
                token.text in "–—-"
                and n + 1 < len(tokens)
                and fits(tokens[n + 1], case, "NOUN")
                and closing_mark(tokens, n + 1, "–—-")
            ):
                n = closing_mark(tokens, n + 1, "–—-") + 1
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
        if token.has("INFN") or is_finite(token):
            return n
        if adjunct_at(tokens, n):
            return n
        if token.has("PREP") and not token.has("NOUN"):
            placed = token.low in ("в", "во") and n + 1 < len(tokens) and _is_whereabouts(tokens[n + 1])
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
            joined = noun_phrase(tokens, n + 1, "gent", commas=False)
            countries = _is_place(tokens[n - 1]) and _is_place(following)
            if joined == n + 1 or (
                not countries and _names_actor(tokens, n + 1, case) and not _prefers_genitive(head, following)
            ):
                return n
            n = joined
            continue
        if token.low in _ABBREVIATED and n + 2 < len(tokens) and tokens[n + 1].text == ".":
            n += 2
            if tokens[n].text[0].isupper():
                n += 1
            continue
        if token.low == "имени":
            n += 1
            continue
        genitive_end = _genitive(tokens, n, "accs" if wants == "accs" or (wants == "later" and genitive) else "")
        if genitive_end > n:
            genitive = True
            n = genitive_end
            continue
        if _is_place(token) and tokens[n - 1].lemmas() & {"республика", "город", "область", "остров", "край", "штат"}:
            n += 1  # «Республики Беларусь»
            continue
        proper = token.text[0].isupper() and fits(token, case, "NOUN") and not is_abbreviation(token)
        person = any({"Surn", "Name", "Patr"} & r.marks for r in token.readings)
        if proper and (person or head.lemmas() & vocabulary().roles):
            n += 1
            continue
        if token.has("ADVB") and n + 1 < len(tokens) and fits(tokens[n + 1], "gent", "ADJF", "PRTF"):
            n += 1
            continue
        return n
    return n


def _is_body(tokens: Sequence[Token], at: int) -> bool:
    head = tokens[max(head_of(tokens, at, "loct"), at)]
    return tokens[at].text[0].isupper() or is_abbreviation(head) or bool(head.lemmas() & vocabulary().actors)


def _is_place(token: Token) -> bool:
    """Whether the word names a country, a region or a town: «Союза Беларуси и России»."""
    return any("Geox" in reading.marks for reading in token.readings)


def _member(token: Token, case: str) -> bool:
    """Whether a word after a dash says what somebody is of another body: «организациям – членам Союза»."""
    return any(
        r.pos == "NOUN" and r.case == case and r.lemma in ("член", "участник", "партнёр") for r in token.readings
    )


def _genitive(tokens: Sequence[Token], n: int, wants: str) -> int:
    """End of a genitive that begins at `n`, modifiers and head; `n` where there is none."""
    token = tokens[n]
    if is_abbreviation(token):
        return n + 1
    at = n
    while at < len(tokens) and tokens[at].kind == "w" and not tokens[at].time:
        here = tokens[at]
        if is_abbreviation(here) and at > n:
            return at + 1
        if fits(here, "gent", "ADJF", "PRTF") and not here.has("PREP"):
            at += 1
            if (
                at < len(tokens)
                and tokens[at].low in ("и", ",", "или")
                and at + 1 < len(tokens)
                and fits(tokens[at + 1], "gent", "ADJF", "PRTF")
            ):
                at += 1
            continue
        if fits(here, "gent", "NOUN", "NPRO") or _stands_alone(tokens, at):
            if (
                wants == "accs"
                and at == n
                and here.text[0].islower()
                and any(r.case == "accs" and r.pos == "NOUN" and "anim" not in r.marks for r in here.readings)
                and not _object_follows(tokens, at + 1)
                and not here.lemmas() & vocabulary().fields
            ):
                return n
            return at + 1
        if here.low in ("его", "её", "ее", "их"):
            at += 1
            continue
        break
    return at if at > n and tokens[at - 1].has("NOUN") else n


def _is_whereabouts(token: Token) -> bool:
    """Whether the word after «в» says where somebody is («в Латвии»), not where something goes («в Секретариат»)."""
    cases = {reading.case for reading in token.readings if reading.pos in CASED}
    return token.text[0].isupper() and (not cases or "loct" in cases)


def _object_follows(tokens: Sequence[Token], at: int) -> bool:
    """Whether what comes next is an object and no genitive: «в секретариат конференции сведения о школах»."""
    if at >= len(tokens) or tokens[at].kind != "w" or tokens[at].has("PREP", "CONJ", "INFN"):
        return False
    first = tokens[at]
    nouns = [r for r in first.readings if r.pos == "NOUN"]
    sure = bool(nouns) and nouns[0].number == "plur" and not any(r.case == "gent" and r.number == "plur" for r in nouns)
    told = at + 1 < len(tokens) and tokens[at + 1].low in ("о", "об")  # «сведения о школах»
    return (sure or told) and any(r.case == "accs" for r in nouns)


def _stands_alone(tokens: Sequence[Token], at: int) -> bool:
    """Whether a participle is the noun itself: «депутатов трудящихся»."""
    return tokens[at].lemmas() & {"трудящийся", "учащийся", "служащий", "управляющий", "верующий"} != set()


def is_animate(token: Token) -> bool:
    """Whether the token may name a person or another living being."""
    return any("anim" in reading.marks for reading in token.readings if reading.pos in ("NOUN", "NPRO", "PRTF"))


def _head_fits(tokens: Sequence[Token], at: int, case: str) -> bool:
    return head_of(tokens, at, case) >= 0


def _names_actor(tokens: Sequence[Token], at: int, case: str) -> bool:
    """Whether a phrase in `case` begins at `at` that no genitive can be, or whose head can act."""
    head = head_of(tokens, at, case)
    if head < 0:
        return False
    token = tokens[head]
    if is_abbreviation(token) or token.text[0].isupper() or not fits(token, "gent", *CASED):
        return True
    return bool(token.lemmas() & vocabulary().actors) or is_animate(token)


def _prefers_genitive(head: Token, following: Token) -> bool:
    """Whether «председателям Совета и Комиссии» goes on with the genitive: after a person, and never in small letters
    with a new body."""
    is_person = bool(head.lemmas() & vocabulary().roles) or is_animate(head)
    return is_person and not is_animate(following)


def _prepositional(tokens: Sequence[Token], n: int, allowed: frozenset[str], outer: str, wants: str = "") -> int:
    """End of a prepositional phrase inside a name («по делам соотечественников за рубежом»); `n` where it is none.

    `wants`: what the verb still waits for, which no second genitive in a row then is.
    """
    inner = "later" if wants else ""
    if tokens[n].low not in allowed or n + 1 >= len(tokens):
        return n
    if tokens[n].low == "за" and not _ABROAD.match(tokens[n + 1].low):
        return n
    if tokens[n].low == "при" and not _is_body(tokens, n + 1):
        return n  # «Совет при Президенте», but «комиссиям при разработке планов»
    for case in _GOVERNED.get(tokens[n].low, ("datv", "ablt", "loct", "gent", "accs")):
        end = noun_phrase(tokens, n + 1, case, commas=False, wants=inner)
        if end > n + 1:
            while end + 1 < len(tokens) and tokens[end].low in ("и", ",") and not tokens[end].time:
                body = head_of(tokens, end + 1, outer)
                if (
                    body >= 0
                    and (tokens[body].lemmas() & vocabulary().actors or is_abbreviation(tokens[body]))
                    and tokens[end - 1].kind != "w"
                ):
                    break
                if (
                    body >= 0
                    and tokens[body].lemmas() & vocabulary().actors
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
                if body > head_of(tokens, end + 1, case):
                    break  # «в Болгарии и всем волонтёрам»
                further = noun_phrase(tokens, end + 1, case, commas=False)
                preposition = tokens[end + 1].low == tokens[n].low
                if preposition:
                    further = noun_phrase(tokens, end + 2, case, commas=False)
                if further <= end + 1 + preposition or (
                    tokens[end].low == "," and (further >= len(tokens) or tokens[further].low not in ("и", ","))
                ):
                    break
                end = further
            return end
    if tokens[n + 1].kind in ("q", "p") or is_abbreviation(tokens[n + 1]):
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
    participle = fits(tokens[at], case, "PRTF")
    if not participle and not relative:
        return n
    end = closing_mark(tokens, at, ",")
    # «проживающим в Европе, Азии и Америке»: the phrase goes on while nouns follow and no verb
    while end and end + 1 < len(tokens) and participle:
        following = closing_mark(tokens, end + 1, ",")
        between = tokens[end + 1 : following or len(tokens)]
        if (
            following
            and between
            and len(between) <= 4
            and not any(t.has("INFN") or is_finite(t) for t in between)
            and between[0].has("NOUN", "ADJF", "PREP")
            and (not fits(between[0], case, "NOUN") or _is_place(between[0]))
        ):
            end = following
        else:
            break
    if not end:
        stop = next((k for k in range(at, len(tokens)) if tokens[k].has("INFN") and not relative), 0)
        return stop or len(tokens)
    return end + 1 if end + 1 < len(tokens) else end


def closing_mark(tokens: Sequence[Token], at: int, marks: str) -> int:
    """Index of the next of the marks from `at` on, 0 where none comes before the sentence's own end."""
    for n in range(at, len(tokens)):
        if tokens[n].kind == "c" and tokens[n].text in marks:
            return n
        if tokens[n].kind == "c" and tokens[n].text in ";:":
            return 0
    return 0


def coordinated(
    tokens: Sequence[Token], at: int, case: str, wants: str = "", narrow: bool = False
) -> tuple[list[tuple[int, int]], int]:
    """Coordinated phrases in one case from `at` on, as token ranges, and the index after them."""
    found: list[tuple[int, int]] = []
    n = at
    while True:
        end = noun_phrase(tokens, n, case, wants=wants, narrow=narrow)
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
            closing = closing_mark(tokens, step + 1, ",") if step < len(tokens) and tokens[step].text == "," else 0
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
        if tokens and noun_phrase(tokens, 0, case) >= len(tokens):
            return case
    return ""


def noun_phrases_before(text: str, start: int, end: int) -> Iterator[tuple[int, int, str, str]]:
    """The noun phrases of text[start:end] that end at `end`, the longest first, with case and the head's lemma."""
    tokens = tokens_of(text, start, end)
    for at in range(len(tokens)):
        if (
            tokens[at].kind != "w"
            or tokens[at].has("PREP", "CONJ", "INFN")
            or (at and tokens[at - 1].kind == "c" and tokens[at - 1].text not in ",:;.–—-")
        ):
            continue
        for case in ("nomn", "datv", "ablt", "gent", "accs", "loct"):
            if noun_phrase(tokens, at, case) >= len(tokens):
                head = tokens[head_of(tokens, at, case)]
                lemma = next((r.lemma for r in head.readings if r.case == case), head.low)
                yield tokens[at].start, tokens[-1].end, case, lemma
                break
