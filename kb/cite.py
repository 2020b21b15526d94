"""How a place in a document is named to a reader: the locator, the date, the citation, in their language.

A number is only given where the document shows it; what is unnumbered is counted ("14th indent", «тире 14»).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import zip_longest
from typing import Final

from babel.dates import format_date, format_skeleton

from kb.cite_words import DIVISIONS, WORDS
from kb.model import Document, Provision

__all__ = ["READERS", "citation", "date_words", "days_in_words", "locator", "name_of", "says_body", "span"]

READERS: Final = tuple(WORDS)  # a reader of any other language is cited to in English
DASHES: Final = "-–—‒―−"
HEADING_WORDS: Final = 80  # characters of an unnumbered heading that a locator repeats

_FIGURE: Final = r"(?:[0-9][\w.\-–]*?(?:\s[a-z])?|(?-i:[IVXLCDM]+|[A-ZА-Я]))"
_WORD: Final = rf"(?:{'|'.join(word for words in DIVISIONS.values() for word in words.split())})"
# "Article 36", "Приложение № 2", "Annex"; "5. pants", «2-тарау»
_DIVISION: Final = re.compile(
    rf"(?P<word>{_WORD})\.?(?:\s*(?:№|Nr\.?|N[o°º]?\.?)?\s*(?P<n>{_FIGURE})(?:er|[º°ª])?)?"
    rf"|(?P<n_before>{_FIGURE})[.\-]?\s*(?P<word_after>{_WORD})",
    re.IGNORECASE,
)
_COUNTED: Final = re.compile(r"[0-9]+|\b[IVXLCDM]+\b")
_STYLES: Final = {word: style for style, words in DIVISIONS.items() for word in words.split()}
_ITEMS: Final = {"paragraph", "part", "point", "letter", "indent", "indent_alone", "bullet", "bullet_alone"}


def date_words(document: Document, reader: str) -> str:
    """The document's date or span of days in words; "" where it has none."""
    return days_in_words(document.date, document.date_to, reader)


@lru_cache(maxsize=4096)
def days_in_words(first: str, last: str, reader: str) -> str:
    """An ISO date, month, year or span of days in words; as given where it is no such date."""
    try:
        if len(first) == 7:
            return _skeleton("yMMMM", date.fromisoformat(f"{first}-01"), reader)
        if len(first) != 10:
            return first
        day = date.fromisoformat(first)
        until = date.fromisoformat(last) if len(last) == 10 else day
        words = _long(until, reader)
        if day == until:
            return words
        if (day.year, day.month) == (until.year, until.month):
            start = _first_of_month(f"{day.day} ", reader).strip()  # "1.–2. November", "1er–2 novembre"
            return re.sub(rf"(?<!\d){until.day}(\.?)(?!\d)", rf"{start}\g<1>–\g<0>", words, count=1)
        if day.year != until.year:
            return f"{_long(day, reader)} – {words}"
        if words.startswith(str(until.year)):  # the year is said first, and once
            return f"{_long(day, reader)} – {_skeleton('MMMMd', until, reader)}"
        return f"{_skeleton('MMMMd', day, reader)} – {words}"
    except ValueError:  # a date that no calendar has is shown as it was given
        return first


def _long(day: date, reader: str) -> str:
    # Babel parts the year with a no-break space, which would not survive copying into a search.
    return _first_of_month(" ".join(str(format_date(day, "long", locale=_locale(reader))).split()), reader)


def _skeleton(skeleton: str, day: date, reader: str) -> str:
    return _first_of_month(" ".join(str(format_skeleton(skeleton, day, locale=_locale(reader))).split()), reader)


def _first_of_month(words: str, reader: str) -> str:
    return re.sub(r"^1 ", "1er ", words) if reader == "fr" else words  # which Babel does not say


def _locale(reader: str) -> str:
    return reader if reader in WORDS and reader != "en" else "en_GB"


def locator(chain: Sequence[Provision], headings: Mapping[str, str], document: Document, reader: str) -> str:
    """Name the last provision of `chain` (a provision below its ancestors, outermost first).

    `headings`: the words of the chain's sections and headings by their eid.
    """
    words = _words(reader)
    own = document.number
    if not chain:
        return own
    if chain[-1].kind == "operative":
        return words["operative"]
    steps = [p for p in chain if p.kind not in {"operative"} and p.eid != "preamble"]
    parts = [_division(own, words) or _Part("article", shown=own)] if own else []
    in_operative = any(p.kind == "operative" for p in chain)
    in_article = bool(own) or any(p.kind == "article" for p in chain)
    numbered_items = 0
    for position, p in enumerate(steps):
        if p.kind == "heading" and p.eid == "preface":
            parts.append(_Part("title"))
        elif p.kind == "recital":
            parts.append(_Part("recital", _number(p) or str(p.ordinal)))
        elif p.kind == "formula":
            parts.append(_Part("formula"))
        elif p.kind == "article":
            if p.num and not own:  # else the article is the document, and named by it
                parts.append(_article(p.num.strip().rstrip("."), reader))
        elif p.kind in {"section", "heading"}:
            if not any(q.kind == "article" for q in steps[position:]):
                parts.append(_section(p, headings.get(p.eid, ""), words))
        elif p.kind == "item":
            if p.num and not _is_letter(p.num):
                goes_on = bool(numbered_items) and _number(p).startswith(f"{_number(steps[position - 1])}.")
                if goes_on:
                    parts.pop()
                if in_article and not numbered_items:
                    style = "part"
                else:
                    style = "paragraph" if in_operative and (goes_on or not numbered_items) else "point"
                parts.append(_Part(style, _number(p)))
                numbered_items += 1
            elif p.num:
                parts.append(_Part("letter", p.num.strip(".)( ")))
            else:
                style = "indent" if p.marker.strip() in set(DASHES) or not p.marker.strip() else "bullet"
                parts.append(_Part(f"{style}_alone" if in_operative and position == 0 else style, str(p.ordinal)))
        else:
            parts.append(_Part("table" if p.kind == "table" else "prose", str(p.ordinal)))
    return _joined(parts, words)


def citation(document: Document, place: str, page: int | None, reader: str) -> str:
    """Title, body, place and date, then the locator and the page."""
    words = _words(reader)
    title = name_of(document)
    when = "" if document.date and document.date in title else date_words(document, reader)
    origin = "" if _says_day(title, document) else ", ".join(part for part in (document.place, when) if part)
    body = document.body if document.body and not says_body(title, document.body) else ""
    head = ", ".join(part for part in (title, body) if part) + (f" ({origin})" if origin else "")
    return ", ".join(part for part in (head, place, _fill(words["page"], str(page)) if page else "") if part)


def name_of(document: Document) -> str:
    """What a document is called: its title, with the work it is a part of; its path where it has neither."""
    title = document.title or ("" if document.work else document.path)
    if document.work and document.work not in title:
        title = f"{document.work}: {title}" if title else document.work
    return title


def _says_day(title: str, document: Document) -> bool:
    """Whether a title holds the place, the day and the year, as «(Рига, 14–15 мая 2024 года)» does."""
    year, day = document.date[:4], document.date[8:].lstrip("0")
    numbers = re.findall(r"\d+", title)
    return bool(document.place and document.place in title and day and day in numbers and year in numbers)


def span(first: str, last: str, reader: str = "en") -> str:
    """Two locators of joined neighbours as one: "section 2, para. 1" and "… para. 3" → "section 2, para. 1–3"."""
    words = _words(reader)
    for style, pattern in words.items():
        before, shows, after = pattern.replace("{nth}", "{n}").partition("{n}")
        if not shows or style.endswith(("_of", "_many")):
            continue
        # a bracket stands close to what is before it, a word does not
        form = re.compile(rf"(|.* |.*(?=\()){re.escape(before)}([^\s,()]+){re.escape(after)}")
        start, end = form.fullmatch(first), form.fullmatch(last)
        if start and end and start[1] == end[1] and start[2] != end[2]:
            mark = after[:1] if after[:1] in {".", ")"} else ""  # "1.–3. punkts", "(a)–(c)"
            many = words.get(f"{style}_many", pattern).replace("{nth}", "{n}")
            return start[1] + _fill(many, f"{start[2]}{mark}–{'(' if before == '(' else ''}{end[2]}")
    head, _, opening = first.rpartition(" ")
    same, _, closing = last.rpartition(" ")
    alike = _COUNTED.sub("0", opening) == _COUNTED.sub("0", closing)
    return f"{first}–{closing}" if head == same and alike and opening != closing else f"{first} – {last}"


def says_body(title: str, body: str) -> bool:
    """Whether a title already says the body's name, in whatever case: by the first five letters of its words."""
    stems = {word[:5] for word in re.findall(r"\w{2,}", title.casefold())}
    wanted = [word[:5] for word in re.findall(r"\w{2,}", body.casefold())]
    return bool(wanted) and sum(stem in stems for stem in wanted) >= 0.8 * len(wanted)


def _number(p: Provision) -> str:
    return (p.num or "").strip().strip("()").rstrip(".)").strip()


def _is_letter(num: str) -> bool:
    return not any(character.isdigit() for character in num)


def _nth(n: int) -> str:
    suffix = "th" if 10 <= n % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{suffix}"


def _words(reader: str) -> Mapping[str, str]:
    return WORDS.get(reader, WORDS["en"])


@dataclass(frozen=True, slots=True)
class _Part:
    """A step of a locator: its words are those of a style, around its number, or as they are shown."""

    style: str
    number: str = ""
    shown: str = ""


def _article(shown: str, reader: str) -> _Part:
    if reader == "ru":
        return _Part("article", shown=re.sub(r"^статья\s+", "ст. ", shown, flags=re.IGNORECASE))
    return _division(shown, _words(reader)) or _Part("article", shown=shown)


def _section(p: Provision, heading: str, words: Mapping[str, str]) -> _Part:
    number = _number(p)
    if number:
        if not number[0].isdigit() or _DIVISION.fullmatch(number):
            return _division(number, words) or _Part("section", shown=number)
        return _Part("section", number)
    short = heading if len(heading) <= HEADING_WORDS else f"{heading[:HEADING_WORDS].rsplit(' ', 1)[0]}…"
    return _Part("section", shown=words["named"].format(heading=short))


def _division(shown: str, words: Mapping[str, str]) -> _Part | None:
    """«2-тарау» or "Article 36" with the reader's word; None where there is no such word or no number that we read."""
    match = _DIVISION.fullmatch(shown) if "article" in words else None
    style = _STYLES.get((match["word"] or match["word_after"]).lower()) if match else None
    return _Part(style, match["n"] or match["n_before"] or "") if match and style else None


def _joined(parts: Sequence[_Part], words: Mapping[str, str]) -> str:
    text, above = "", ""
    for part, following in zip_longest(parts, parts[1:]):
        close = _belongs(above, part.style)
        said = part.shown
        if not said:
            style = part.style
            if above in _ITEMS and f"{style}_in" in words:
                style = f"{style}_in"
            if following and _belongs(part.style, following.style) and f"{style}_of" in words:
                style = f"{style}_of"
            said = _fill(words[style], part.number)
        if text and said.startswith("("):
            text += words.get("bracket", " ") if close else " "
        elif text:
            text += words.get("between", ", ") if close else ", "
        text += said
        above = part.style
    return text


def _belongs(above: str, style: str) -> bool:
    """Whether the step is an item or paragraph of the article or item before it."""
    return (above in _ITEMS or above in {"article", "sign"}) and (style in _ITEMS or style == "prose")


def _fill(pattern: str, number: str) -> str:
    """The pattern with its number, or without any; the point or hyphen after a number is for one in figures."""
    if not number:
        return pattern.replace("{n}", "").strip(" .-")
    if not number[-1].isdigit():
        pattern = pattern.replace("{n}.", "{n}").replace("{n}-", "{n} ")
    return pattern.format(n=number, nth=_nth(int(number)) if number.isdecimal() else number)
