"""What a query asks for: words, "phrases in quotes", -excluded words and document symbols."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from kb.errors import UsageError
from kb.symbols import symbols

__all__ = ["Query", "parse_query"]

_MINUS: Final = "-−–‐‑－﹣"
_QUOTED: Final = (
    r"(?<!\w)(?:[\"＂][^\"＂]*+[\"＂]|«(?:[^«»]|«[^«»]*+»)*+»|„[^„“”\"]*+[“”\"]|[“‟][^“”‟]*+”|"
    r"»[^«»]*+«|‹[^‹›]*+›|「[^「」]*+」|『[^『』]*+』|《[^《》]*+》)"
)
_OPERATOR: Final = re.compile(
    rf"(?P<minus>(?<!\S)[{_MINUS}])?(?P<quoted>{_QUOTED})"
    # a hyphen inside a word, before a space or before a number excludes nothing
    rf"|(?<!\S)[{_MINUS}](?P<word>[^\W\d_][^\s\"＂«»„“”‟]*)"
)
_QUOTES: Final = re.compile(r"[\"＂«»„“”‟‹›「」『』《》]+")
_CLOSING: Final = ".,;:!?…)]}'’"


@dataclass(frozen=True, slots=True)
class Query:
    """A query taken apart. Its words are as they were given, folded or not."""

    text: str  # what is embedded and ranked by words: no quotes, no excluded words
    phrases: tuple[str, ...] = ()  # what stood in quotes: these very words in this order
    excluded: tuple[str, ...] = ()  # words and phrases after a minus
    symbols: tuple[str, ...] = ()  # canonical, of the text


def parse_query(cleaned: str) -> Query:
    """Take a cleaned query apart. Quotes without a partner and apostrophes are ordinary text.

    In a question – what ends with a question mark – quotes are no condition either: there they stand around names,
    which a text in another language writes in its own way.

    Raises UsageError for a query that only says what it does not want: nothing would be left to rank by.
    """
    phrases: list[str] = []
    excluded: list[str] = []

    def take(match: re.Match[str]) -> str:
        words = " ".join(_QUOTES.sub(" ", match["quoted"] or match["word"]).split())
        if not match["quoted"]:
            excluded.append(words.rstrip(_CLOSING))
            return " "
        if not _says(words):
            return " "
        (excluded if match["minus"] else phrases).append(words)
        # Nothing parts a word from a comma after the quotes, a space does from a word after them.
        following = match.string[match.end() : match.end() + 1]
        return " " if match["minus"] else words + (" " if following.isalnum() else "")

    text = " ".join(_OPERATOR.sub(take, cleaned).split())
    if excluded and not _says(text):
        raise UsageError("the query only excludes words: add some to look for, or write them without the minus")
    found = dict.fromkeys(symbol.canonical for symbol in symbols(text))
    if text.endswith(("?", "？", "؟")):
        phrases = []
    return Query(text, tuple(dict.fromkeys(phrases)), tuple(dict.fromkeys(excluded)), tuple(found))


def _says(text: str) -> bool:
    return any(character.isalnum() for character in text)
