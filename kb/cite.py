"""How a place in a document is named to a reader: the locator, the date, the citation, in their language.

A number is only given where the document shows it; what is unnumbered is counted ("14th indent", «тире 14»).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from babel.dates import format_date, format_skeleton

from kb.model import Document, Provision

__all__ = ["READERS", "citation", "date_words", "locator", "says_body", "span"]

READERS: Final = ("ru", "en")  # a reader of any other language is cited to in English
LOCALES: Final = {"ru": "ru", "en": "en_GB"}
DASHES: Final = "-–—‒―−"
HEADING_WORDS: Final = 80  # characters of an unnumbered heading that a locator repeats

_LAW_WORD: Final = re.compile(r"^(статья|article|artikel|artículo|art)\.?\s+", re.IGNORECASE)


def date_words(document: Document, reader: str) -> str:
    """The document's date or span of days in words; "" where it has none."""
    first, last = document.date, document.date_to
    try:
        if len(first) == 7:
            return _skeleton("yMMMM", date.fromisoformat(f"{first}-01"), reader)
        if len(first) != 10:
            return first
        day = date.fromisoformat(first)
        until = date.fromisoformat(last) if len(last) == 10 else day
        if day == until:
            return _long(day, reader)
        if (day.year, day.month) == (until.year, until.month):
            return f"{day.day}–{_long(until, reader)}"
        if day.year == until.year:
            return f"{_skeleton('MMMMd', day, reader)} – {_long(until, reader)}"
        return f"{_long(day, reader)} – {_long(until, reader)}"
    except ValueError:  # a date that no calendar has is shown as it was given
        return first


def _long(day: date, reader: str) -> str:
    # Babel parts the year with a no-break space, which would not survive copying into a search.
    return " ".join(str(format_date(day, "long", locale=LOCALES.get(reader, "en_GB"))).split())


def _skeleton(skeleton: str, day: date, reader: str) -> str:
    return " ".join(str(format_skeleton(skeleton, day, locale=LOCALES.get(reader, "en_GB"))).split())


def locator(chain: Sequence[Provision], headings: Mapping[str, str], document: Document, reader: str) -> str:
    """Name the last provision of `chain` (a provision below its ancestors, outermost first).

    `headings`: the words of the chain's sections and headings by their eid.
    """
    words = _RU if reader == "ru" else _EN
    own = document.number
    if not chain:
        return own
    steps = [p for p in chain if p.kind not in {"operative"} and p.eid != "preamble"]
    parts: list[str] = []
    last = chain[-1]
    in_operative = any(p.kind == "operative" for p in chain)
    in_article = bool(own) or any(p.kind == "article" for p in chain)
    numbered_items = 0
    for position, p in enumerate(steps):
        if p.kind == "heading" and p.eid == "preface":
            parts.append(words["title"])
        elif p.kind == "recital":
            parts.append(words["recital"].format(n=_number(p) or p.ordinal, nth=_nth(p.ordinal)))
        elif p.kind == "formula":
            parts.append(words["formula"])
        elif p.kind == "article":
            if not own:  # else the article is the document, and named by it
                parts.append(_article(p, reader))
        elif p.kind in {"section", "heading"}:
            if not any(q.kind == "article" for q in steps[position:]):
                parts.append(_section(p, headings.get(p.eid, ""), words))
        elif p.kind == "table":
            parts.append(words["table"].format(n=p.ordinal))
        elif p.kind == "item":
            if p.num and not _is_letter(p.num):
                if numbered_items and _number(p).startswith(f"{_number(steps[position - 1])}."):
                    parts.pop()
                style = "part" if in_article and not numbered_items else "paragraph" if in_operative else "point"
                parts.append(words[style].format(n=_number(p)))
                numbered_items += 1
            elif p.num:
                parts.append(words["letter"].format(n=p.num.strip(".)( ")))
            else:
                dash = p.marker.strip() in set(DASHES) or not p.marker.strip()
                parts.append(_indent(p, dash, in_operative and position == 0, words))
        else:
            parts.append(words["prose"].format(n=p.ordinal))
    if own:
        parts.insert(0, own)
    text = ", ".join(parts).replace(", (", " (")
    return text if last.kind != "operative" else words["operative"]


def citation(document: Document, place: str, page: int | None, reader: str) -> str:
    """Title, body, place and date, then the locator and the page."""
    words = _RU if reader == "ru" else _EN
    title = document.title or ("" if document.work else document.path)
    if document.work and document.work not in title:
        title = f"{document.work}: {title}" if title else document.work
    when = "" if document.date and document.date in title else date_words(document, reader)
    origin = "" if _says_day(title, document) else ", ".join(part for part in (document.place, when) if part)
    body = document.body if document.body and not says_body(title, document.body) else ""
    head = ", ".join(part for part in (title, body) if part) + (f" ({origin})" if origin else "")
    return ", ".join(part for part in (head, place, words["page"].format(n=page) if page else "") if part)


def _says_day(title: str, document: Document) -> bool:
    """Whether a title holds the place, the day and the year, as «(Рига, 14–15 мая 2024 года)» does."""
    year, day = document.date[:4], document.date[8:].lstrip("0")
    numbers = re.findall(r"\d+", title)
    return bool(document.place and document.place in title and day and day in numbers and year in numbers)


def span(first: str, last: str) -> str:
    """Two locators of joined neighbours as one: "section 2, para. 1" and "… para. 3" → "section 2, para. 1–3"."""
    head, _, start = first.rpartition(" ")
    same, _, end = last.rpartition(" ")
    return f"{first}–{end}" if head == same and start != end else f"{first} – {last}"


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


def _article(p: Provision, reader: str) -> str:
    shown = (p.num or "").strip().rstrip(".")
    if reader == "ru" and shown.lower().startswith("статья"):
        return _LAW_WORD.sub("ст. ", shown)
    return shown


def _section(p: Provision, heading: str, words: dict[str, str]) -> str:
    number = _number(p)
    if number:
        return number if not number[0].isdigit() else words["section"].format(n=number)
    short = heading if len(heading) <= HEADING_WORDS else f"{heading[:HEADING_WORDS].rsplit(' ', 1)[0]}…"
    return words["named"].format(heading=short)


def _indent(p: Provision, dash: bool, alone: bool, words: dict[str, str]) -> str:
    style = "indent" if dash else "bullet"
    return words[f"{style}_alone" if alone else style].format(n=p.ordinal, nth=_nth(p.ordinal))


_RU: Final = {
    "title": "заголовок",
    "recital": "абз. {n} преамбулы",
    "formula": "вводные слова постановляющей части",
    "operative": "постановляющая часть",
    "paragraph": "п. {n}",
    "part": "ч. {n}",
    "point": "п. {n}",
    "letter": "подп. {n}",
    "indent": "тире {n}",
    "indent_alone": "тире {n} постановляющей части",
    "bullet": "пункт списка {n}",
    "bullet_alone": "пункт списка {n} постановляющей части",
    "section": "разд. {n}",
    "named": "раздел «{heading}»",
    "table": "таблица {n}",
    "prose": "абз. {n}",
    "page": "с. {n}",
}
_EN: Final = {
    "title": "title",
    "recital": "preamble, para. {n}",
    "formula": "opening words of the operative part",
    "operative": "operative part",
    "paragraph": "operative para. {n}",
    "part": "para. {n}",
    "point": "point {n}",
    "letter": "({n})",
    "indent": "indent {n}",
    "indent_alone": "operative part, {nth} indent",
    "bullet": "list item {n}",
    "bullet_alone": "operative part, {nth} list item",
    "section": "section {n}",
    "named": "section “{heading}”",
    "table": "table {n}",
    "prose": "para. {n}",
    "page": "p. {n}",
}
