"""Names: what a document and its articles are called, and how well a query's words name them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import PurePosixPath
from typing import Final

from kb.catalog import RECORDS
from kb.language import fold
from kb.model import Document, Passage, Provision
from kb.symbols import ARTICLE, own_symbols, symbols

__all__ = ["NAMES_VERSION", "Named", "grade", "name_key", "names_of", "within"]

NAMES_VERSION: Final = "2"  # raised whenever documents' names change: indexes hold them

_END: Final = 160  # characters of a document's last lines
_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Named:
    """Passages that a query calls by name: `grade` is 1 where exactly, less where its further words leave doubt."""

    first: int
    passages: int
    grade: float
    title: bool = False  # the query is the document's title, work or id, and nothing else


def name_key(text: str) -> str:
    """A name reduced to its folded words, so that quotes and stops make no difference."""
    return " ".join(_WORD.findall(fold(text)))


def names_of(
    document: Document, provisions: Sequence[Provision], passages: Sequence[Passage]
) -> Iterator[tuple[str, int, int]]:
    """What a document and its articles are called: (name, the first of its passages, how many)."""
    # a file of records holds many documents, and its name is none of theirs
    stem = PurePosixPath(document.path).stem if document.media_type != RECORDS else ""
    titles = (document.title, document.title.partition("(")[0], document.label, document.work, document.id)
    head = " ".join(document.text[p.start : p.end] for p in provisions[:1] if p.eid == "preface")
    names = {name for title in titles if _tells(name := name_key(title))} | own_symbols(
        title=document.title, names=(document.id, document.number, stem), head=head, end=document.text[-_END:]
    )
    if passages:
        yield from ((name, 0, len(passages)) for name in sorted(names) if name)
    for name, rows in _rows_of_articles(document, provisions, passages).items():
        for _, run in groupby(enumerate(rows), key=lambda pair: pair[1] - pair[0]):
            numbers = [row for _, row in run]
            yield name, numbers[0], len(numbers)


def _tells(name: str) -> bool:
    """Whether a title or id is one that only this document goes by: more than a word, a year or a number."""
    return sum(any(letter.isalpha() for letter in word) for word in name.split()) > 1


def _rows_of_articles(
    document: Document, provisions: Sequence[Provision], passages: Sequence[Passage]
) -> dict[str, list[int]]:
    """The passages of each article, by its canonical symbol."""
    of: dict[str, str] = {}
    for p in provisions:
        if name := _article_name(p, document.text) or of.get(p.parent or "", ""):
            of[p.eid] = name
    place = {p.eid: position for position, p in enumerate(provisions)}
    found: dict[str, list[int]] = {}
    for row, passage in enumerate(passages if of else ()):
        first = place.get(passage.eid, 0)
        joined = provisions[first : place.get(passage.eid_to, first) + 1]
        for name in dict.fromkeys(of[p.eid] for p in joined if p.eid in of):
            found.setdefault(name, []).append(row)
    return found


def _article_name(provision: Provision, text: str) -> str:
    """The canonical symbol of an article, or of a section or heading that opens with one («27-бап: …»), else ""."""
    if provision.kind not in {"article", "section", "heading"}:
        return ""
    shown = provision.num or text[provision.start : min(provision.end, provision.start + 40)]
    if provision.kind == "article" and shown.strip("().: ").isdigit():
        shown = f"§ {shown.strip('().: ')}"  # a record's bare number
    found = [symbol for symbol in symbols(shown.strip()) if symbol.start == 0 and symbol.canonical.startswith(ARTICLE)]
    return found[0].canonical if found else ""


def within(part: Named, whole: Named) -> bool:
    """Whether passages begin inside those of a document."""
    return whole.first <= part.first < whole.first + whole.passages


def grade(wanted: Sequence[str], title: str) -> float:
    """Grade of an article by the share of the wanted words that its document's title has: 1 for all, 0.25 for none."""
    words = name_key(title).split()
    initials = "".join(word[0] for word in words), "".join(word[0] for word in words if len(word) > 2)
    said = sum(
        any(_alike(word, other) for other in words) or (len(word) <= 6 and any(word in run for run in initials))
        for word in wanted
    )
    return 1.0 if said == len(wanted) else 0.25 + 0.5 * said / len(wanted)


def _alike(word: str, other: str) -> bool:
    """Whether two words are forms of one, in any language that inflects at the end: «Конституции», «Конституция»."""
    shared = next((n for n, (a, b) in enumerate(zip(word, other, strict=False)) if a != b), min(len(word), len(other)))
    return word == other or shared >= max(4, len(word) - 3, len(other) - 3)
