"""What a line is, judged by its own words: a formula, a recital, an article, a chapter, an entry of the contents."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from kb.segment.lexicon import (
    ARTICLE,
    ARTICLE_AFTER,
    CONTENTS,
    ENACTING_END,
    FORMULA_VERB,
    GROUP,
    INFINITIVE,
    OPERATIVE_BASE,
    OPERATIVE_VERB,
    RECITAL,
    SPACED,
    SUBJECT,
    TREATY_FORMULA,
    is_contents_entry,
)
from kb.segment.lines import Line

__all__ = [
    "acts",
    "article_head",
    "contents_lines",
    "ends_in_date",
    "formula_lines",
    "group_head",
    "has_questions",
    "is_bare_item",
    "is_enacting",
    "is_formula",
    "is_parent_number",
    "is_recital",
    "is_run",
    "plain",
]

_SHORT_ENACTING = 160  # characters: "The Conference of the Parties to the … Convention,"


def is_run(articles: Sequence[str]) -> bool:
    """Whether article numbers go up one by one, as in a law; a judgment quotes one here and one there."""
    numbers = [int(digits.group()) if (digits := re.search(r"\d+", shown)) else 0 for shown in articles]
    steps = sum(0 <= after - before <= 1 for before, after in pairwise(numbers))
    return len(numbers) >= 2 and steps * 5 >= 3 * (len(numbers) - 1) and (numbers[0] <= 1 or len(numbers) >= 8)


def is_recital(line: Line) -> bool:
    """Whether a line begins as recitals do: with a gerund or participle («отмечая», "Recalling")."""
    return bool(RECITAL.match(line.words)) and line.kind not in ("table", "footnote")


def is_enacting(line: Line) -> bool:
    """A short line of the adopting body alone: "The General Assembly,", «Мы, делегаты Конгресса,»."""
    return (
        not line.marker
        and line.kind in ("paragraph", "heading", "item")
        and len(line.words) <= _SHORT_ENACTING
        and bool(ENACTING_END.search(line.words))
        and not RECITAL.match(line.words)
        and line.words[0].isupper()
    )


def is_bare_item(line: Line) -> bool:
    """A line of a list without markers: in small letters from an infinitive to its semicolon («провести …;»)."""
    words = line.words.rstrip()
    return not line.marker and words[-1:] == ";" and words[:1].islower() and bool(INFINITIVE.match(words))


def is_formula(line: Line) -> bool:
    """Words that end in a colon and decide something, whose list follows."""
    words = line.words.rstrip()
    if line.kind in ("table", "footnote") or line.marker or not words:
        return False
    if words[-1] != ":":
        return len(words.split()) <= 3 and bool(FORMULA_VERB.search(words)) and words.upper() == words
    said = SPACED.sub(lambda match: re.sub(r"\s", "", match.group()), words[-220:])
    return bool(FORMULA_VERB.search(said)) or bool(TREATY_FORMULA.search(words))


def formula_lines(lines: Sequence[Line]) -> frozenset[int]:
    """Indices of the lines that open a list of decisions: by verb and colon, or by subject and the list after it."""
    found = set()
    for index, line in enumerate(lines):
        following = lines[index + 1] if index + 1 < len(lines) else None
        if is_formula(line) or (following is not None and index and _leads_to(line, following)):
            found.add(index)
    return frozenset(found)


def _leads_to(line: Line, following: Line) -> bool:
    """Whether a line without verb or colon still opens the list after it: «Участники конференции:», «… РЕШИЛИ»."""
    words = line.words.rstrip()
    if line.marker or not following.marker or is_recital(following) or line.kind in ("table", "footnote"):
        return False
    if words.endswith(":"):
        return bool(SUBJECT.match(words)) and len(words) <= 250
    return words[-1:].isalpha() and bool(FORMULA_VERB.search(words[-30:])) and bool(SUBJECT.match(words))


def acts(line: Line) -> bool:
    """Whether a line is an operative clause of the United Nations' form; a lone "Notes" is not."""
    opens = OPERATIVE_VERB.match(line.words) or OPERATIVE_BASE.match(line.words)
    return bool(opens) and not is_recital(line) and len(line.words.split()) >= 3


def article_head(line: Line) -> re.Match[str] | None:
    """The match that heads an article ("Статья 10. …", "§ 1"), None for any other line and for a mere reference."""
    if line.marker or line.kind in ("table", "footnote"):
        return None
    match = ARTICLE.match(line.words)
    if match is None or not heads(match["rest"], line):
        return None
    rest = match["rest"].rstrip()
    # "Article 34 Convention guarantees …." is a sentence: no stop after the number, but one at the end
    sentence = not match["after"].strip() and rest[:1].isalnum() and rest.endswith(".") and len(rest) > 40
    return None if sentence else match


def group_head(line: Line, pattern: re.Pattern[str] = GROUP) -> re.Match[str] | None:
    """The match that heads a chapter, a part or (with that pattern) an annex of a law or programme, else None."""
    if line.marker or line.kind in ("table", "footnote", "item") or len(line.words) > 400 or line.words[0].islower():
        return None
    match = pattern.match(line.words)
    if match is None or not heads(match["rest"], line):
        return None
    return match if line.kind == "heading" or not match["rest"].rstrip().endswith((",", ";")) else None


def heads(rest: str, line: Line) -> bool:
    """Whether the words after a number are a title and not the rest of a sentence that only refers to it."""
    return bool(ARTICLE_AFTER.match(rest)) and not is_contents_entry(line.words)


def ends_in_date(words: str) -> bool:
    """Whether a short line ends in a year, as the line of place and date does."""
    return len(words) <= 120 and bool(re.search(r"\b(?:1[89]|20)\d\d(?:\s*(?:г\.?|года|год))?\.?$", words))


def plain(words: str) -> str:
    """A text reduced to its words, for comparison: case folded, one space between."""
    return " ".join(re.findall(r"\w+", words.casefold()))


def is_parent_number(num: str | None, number: tuple[int, ...]) -> bool:
    """Whether a shown number ("1.") is the one above another (1.1)."""
    shown = re.findall(r"\d+", num or "")
    return bool(shown) and tuple(map(int, shown)) == number[:-1]


def has_questions(lines: Sequence[Line]) -> bool:
    """Whether a text is made of questions and answers: three short questions that stand alone, or more."""
    return sum(line.words.rstrip().endswith("?") and not line.marker and len(line.words) < 200 for line in lines) >= 3


def contents_lines(lines: Sequence[Line]) -> frozenset[int]:
    """Indices of a table of contents: after its heading, two lines or more whose words come again later as lines."""
    titles = [index for index, line in enumerate(lines[:200]) if CONTENTS.match(line.words.strip())]
    for index in titles[:3]:
        last = {entry(line): at for at, line in enumerate(lines[index + 1 :], index + 1)}
        end = index + 1
        while end < len(lines) and (is_contents_entry(lines[end].words) or last[entry(lines[end])] > end):
            end += 1
        if end - index > 2:
            return frozenset(range(index, end))
    return frozenset()


def entry(line: Line) -> str:
    """A line reduced to what an entry of the contents and its heading have in common: words without a page number."""
    return re.sub(r"[\s.…_]*\d*\s*$", "", plain(line.marker + " " + line.words))
