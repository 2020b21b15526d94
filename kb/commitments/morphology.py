"""Russian word forms: readings from the dictionary, cached per form, and phrases put in the nominative."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import import_module
from typing import Any, Final

__all__ = ["CASES", "Reading", "lemmas", "nominative", "readings"]

# The dictionary's partitive, vocative and second cases under the case that they stand for.
CASES: Final = {
    "nomn": "nomn", "gent": "gent", "datv": "datv", "accs": "accs", "ablt": "ablt", "loct": "loct", "voct": "nomn",
    "gen2": "gent", "acc2": "accs", "loc2": "loct", "gen1": "gent",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a form: lemma and OpenCorpora grammemes ("" where the part of speech has none)."""

    lemma: str
    pos: str
    case: str
    number: str
    gender: str
    aspect: str
    tense: str
    person: str
    mood: str
    marks: frozenset[str]


@lru_cache(maxsize=1)
def _analyzer() -> Any:
    return import_module("pymorphy3").MorphAnalyzer(lang="ru")


@lru_cache(maxsize=200_000)
def readings(form: str) -> tuple[Reading, ...]:
    """All dictionary readings of a form in small letters, the likeliest first."""
    found: list[Reading] = []
    for parse in _analyzer().parse(form):
        tag = parse.tag
        if parse.score < 0.01 and found and "Apro" not in tag.grammemes:
            continue
        found.append(
            Reading(
                lemma=parse.normal_form,
                pos=str(tag.POS or ""),
                case=CASES.get(str(tag.case), ""),
                number=str(tag.number or ""),
                gender=str(tag.gender or ""),
                aspect=str(tag.aspect or ""),
                tense=str(tag.tense or ""),
                person=str(tag.person or ""),
                mood=str(tag.mood or ""),
                marks=frozenset(tag.grammemes),
            )
        )
    return (*found, *_compound(form, found))


def _compound(form: str, found: list[Reading]) -> list[Reading]:
    """The accusative of «государства-участники», which the dictionary takes for a person's (участников)."""
    first, dash, last = form.partition("-")
    if not dash or not last or any(reading.case == "accs" for reading in found):
        return []
    plural = next((r for r in found if r.pos == "NOUN" and r.case == "nomn" and r.number == "plur"), None)
    inanimate = any(r.pos == "NOUN" and r.case == "accs" and r.number == "plur" for r in readings(first))
    return [replace(plural, case="accs")] if plural is not None and inanimate else []


@lru_cache(maxsize=200_000)
def lemmas(form: str) -> frozenset[str]:
    """All lemmas that a form may have, ё as е; an abbreviation is its own."""
    low = form.lower().replace("ё", "е")
    if _is_abbreviation(form):
        return frozenset({low, low[:-1]} if form[-1].islower() else {low})
    return frozenset({low, *(reading.lemma.replace("ё", "е") for reading in readings(form.lower()))})


def _is_abbreviation(form: str) -> bool:
    return len(form) > 1 and form[:2].isupper()


_WORD: Final = re.compile(r"[^\W\d_]+(?:[-‐][^\W\d_]+)*")
_INITIALS: Final = re.compile(r"(?:[А-ЯЁ]\.\s?){1,2}$")


_LONGEST: Final = 600  # characters of a name


def nominative(words: str, case: str) -> str:
    """A noun phrase in `case` put in the nominative: its head, what agrees with it, and a surname after initials.

    Genitives, prepositional phrases, quotations and brackets stay as they stand.
    """
    if case in ("", "nomn") or len(words) > _LONGEST:
        return words
    found = list(_WORD.finditer(words))
    at_head = _head_word(words, found, case)
    head = _reading(found[at_head].group(), case) if 0 <= at_head < len(found) else None
    parts: list[str] = []
    at = 0
    comma = short = False
    for place, match in enumerate(found):
        before, form = words[at : match.start()], match.group()
        comma = "," in before or (comma and short)
        short = len(form) <= 3
        parts.append(before)
        at = match.end()
        if _enclosed(words, match.start()) or _is_abbreviation(form) or form.lower() in ("его", "её", "ее", "их"):
            parts.append(form)
        elif place < at_head:
            parts.append(_turned(form, case, head))
        elif place == at_head:
            parts.append(_turned(form, case, None))
        elif _INITIALS.search(words[: match.start()]) or _is_surname(form, case):
            parts.append(_turned(form, case, None, surname=True))
        elif before.strip() in ("–", "—") and any(r.pos == "NOUN" and r.case == case for r in readings(form.lower())):
            parts.append(_turned(form, case, None))  # «организациям – членам Союза»
        elif (comma or "," in before) and head is not None and _agrees(form, case, head):
            parts.append(_turned(form, case, head))
            comma = False
        else:
            parts.append(form)
    return "".join(parts) + words[at:]


def _enclosed(words: str, at: int) -> bool:
    """Whether a place stands inside a quotation or a bracket."""
    before = words[:at]
    return before.count("«") > before.count("»") or before.count("(") > before.count(")")


def _head_word(words: str, found: list[re.Match[str]], case: str) -> int:
    """Which word is the head: the first noun in the case that no further word in the case follows as its noun."""
    last = -1
    for place, match in enumerate(found):
        if _enclosed(words, match.start()):
            break
        form = match.group()
        if _is_abbreviation(form):
            return place
        cased = [
            r for r in readings(form.lower()) if r.case == case and r.pos in ("NOUN", "NPRO", "ADJF", "PRTF", "NUMR")
        ]
        if not cased:
            if last >= 0 and not any(r.pos in ("ADVB", "CONJ", "PRCL", "PREP") for r in readings(form.lower())):
                break
            continue
        last = place
        if all(r.pos in ("NOUN", "NPRO") for r in cased):
            return place
    return last


def _reading(form: str, case: str) -> Reading | None:
    return next((r for r in readings(form.lower()) if r.case == case), None)


def _is_surname(form: str, case: str) -> bool:
    first = readings(form.lower())[:1]
    return (
        form[:1].isupper() and bool(first) and bool({"Surn", "Name", "Patr"} & first[0].marks) and first[0].case == case
    )


def _agrees(form: str, case: str, head: Reading) -> bool:
    """A participle after a comma that agrees with the head: «соотечественникам, проживающим …»."""
    return any(
        r.pos == "PRTF" and r.case == case and r.number == (head.number or r.number) for r in readings(form.lower())
    )


def _turned(form: str, case: str, head: Reading | None, surname: bool = False) -> str:
    """A form in `case` put in the nominative; a modifier in its head's gender."""
    best: Any = None
    for parse in _analyzer().parse(form.lower()):
        tag = parse.tag
        if CASES.get(str(tag.case)) != case or str(tag.POS) not in ("NOUN", "ADJF", "PRTF", "NPRO", "NUMR"):
            continue
        if surname and not {"Surn", "Name", "Patr"} & set(tag.grammemes):
            continue
        fits = head is None or tag.number == "plur" or head.number == "plur" or str(tag.gender) == head.gender
        if best is None or (
            fits
            and str(best.tag.gender) != str(tag.gender)
            and head is not None
            and tag.number == best.tag.number
            and str(best.tag.gender) != head.gender
        ):
            best = parse
    if best is None:
        return form
    wanted = {"nomn", str(best.tag.number or "sing")}
    if best.tag.number != "plur" and best.tag.gender:
        wanted.add(str(best.tag.gender))
    turned = best.inflect(wanted) or best.inflect({"nomn"})
    if turned is not None and "Supr" in best.tag.grammemes:  # «высшего» is «высшее», not «высочайшее»
        same = (
            form_ for form_ in best.lexeme if wanted <= set(form_.tag.grammemes) and form_.word[:4] == form.lower()[:4]
        )
        turned = next(same, turned)
    if turned is None:
        return form
    word = str(turned.word)
    if form[:1].isupper():
        return (
            "-".join(
                part[:1].upper() + part[1:] if shown[:1].isupper() else part
                for part, shown in zip(word.split("-"), form.split("-"), strict=False)
            )
            or word
        )
    return word
