"""Extraction of commitments against resolutions annotated by hand: precision and recall by language and field.

`pytest -s` prints the table. `COMMITMENTS_LIST=1 pytest -s …`, or this file run by itself with `--list`, prints every
disagreement with its clause. In the annotations `a|b` are accepted alternatives, a missing field is not scored (two
readings are fair, as the comment says), and an optional act is neither missed nor wrong.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import pytest

from kb.language import fold
from kb.lexical import stems
from kb.model import Document, Provision
from kb.read import read_document
from kb.segment import structure

FOLDER = Path(__file__).parent / "commitments"
LANGUAGES = ("ru", "en")
STRENGTHS = (
    *("decision", "instruction", "undertaking", "recommendation", "request"),
    *("support", "welcome", "thanks", "note"),
)
RECURRENCES = (
    *("yearly", "half-yearly", "quarterly", "monthly", "biennial", "triennial"),
    *("every-4-years", "every-5-years", "each-session", "regular"),
)
TARGETS = {"acts": 0.92, "strength": 0.95, "performers": 0.92, "addressees": 0.92, "deadline": 0.95}
OBJECT_F1 = 0.7
NAME_F1 = 0.75

Names = tuple[str, ...]
Span = tuple[int, int]


@dataclass(frozen=True)
class Deadline:
    """When to act: where the words stand in the document, and the first and last day ("" where open)."""

    words: Span
    start: str
    end: str


@dataclass(frozen=True)
class Record:
    """One act as the annotator or the extractor has it. As an annotation, texts hold alternatives (`a|b`)."""

    evidence: Span
    verb: str
    strength: str
    performers: Names = ()
    implied: bool = False
    addressees: Names = ()
    object: str = ""
    deadline: Deadline | None = None
    recurrence: str = ""


@dataclass(frozen=True)
class Annotation:
    """An act that the annotator found, and which of its fields are scored."""

    record: Record
    scored: frozenset[str]
    optional: bool
    comment: str


@dataclass(frozen=True)
class Clause:
    """A clause with its span in the document's text, and its acts in the order of the text."""

    text: str
    span: Span
    acts: tuple[Annotation, ...]


@dataclass(frozen=True)
class Resolution:
    """An annotated document, read and segmented as any other."""

    name: str
    language: str
    document: Document
    provisions: tuple[Provision, ...]
    clauses: tuple[Clause, ...]


@dataclass
class Tally:
    """How many of a field's values were right, were given, and were to be given."""

    right: int = 0
    given: int = 0
    wanted: int = 0

    @property
    def precision(self) -> float:
        return self.right / self.given if self.given else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.wanted if self.wanted else 1.0


# -- the annotations ---------------------------------------------------------------------------------------------------


def find(text: str, words: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Where the words stand in the text, whatever the white space between them."""
    pattern = re.compile(r"\s+".join(map(re.escape, words.split())))
    return [match.span() for match in pattern.finditer(text, start, len(text) if end is None else end)]


def annotation(raw: dict[str, Any], text: str, clause: Span, place: str) -> Annotation:
    """The annotated act of a clause."""
    deadline = None
    if raw.get("deadline"):
        spans = find(text, raw["deadline"]["words"], *clause)
        assert spans, f"{place}: the deadline's words are not in the clause: {raw['deadline']['words']}"
        deadline = Deadline(spans[0], raw["deadline"]["from"], raw["deadline"]["to"])
    if raw.get("object"):
        assert find(text, raw["object"], *clause), f"{place}: the object is not in the clause: {raw['object']}"
    record = Record(
        evidence=clause,
        verb=raw["verb"],
        strength=raw["strength"],
        performers=tuple(raw.get("performers", ())),
        implied=bool(raw.get("implied")),
        addressees=tuple(raw.get("addressees", ())),
        object=raw.get("object") or "",
        deadline=deadline,
        recurrence=raw.get("recurrence") or "",
    )
    return Annotation(record, frozenset(raw) & set(FIELDS), raw.get("optional", False), raw.get("comment", ""))


def load(path: Path) -> Resolution:
    """The annotated document beside `path`, a JSON file."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    source = path.with_suffix(".md")
    document = read_document(source, document_id=path.stem, relative=source.name)
    clauses = []
    for entry in raw["clauses"]:
        spans = find(document.text, entry["clause"])
        place = f"{path.name}, «{entry['clause'][:60]}»"
        assert len(spans) == 1, f"{place}: stands {len(spans)} times in the document"
        acts = tuple(annotation(act, document.text, spans[0], place) for act in entry["acts"])
        clauses.append(Clause(entry["clause"], spans[0], acts))
    return Resolution(path.stem, raw["language"], document, tuple(structure(document)), tuple(clauses))


@cache
def resolutions() -> tuple[Resolution, ...]:
    """All annotated documents."""
    return tuple(load(path) for language in LANGUAGES for path in sorted((FOLDER / language).glob("*.json")))


# -- what the extractor says -------------------------------------------------------------------------------------------


def span_of(span: Any) -> Span:
    """The ends of a span, an object with `start` and `end` or a pair."""
    return (span.start, span.end) if hasattr(span, "start") else (span[0], span[1])


def shown(party: Any) -> str:
    """A party's name; an office is told by its body and its role, so the words of the text are its name as well."""
    return f"{party.name}|{party.words.text}" if party.role and party.words else str(party.name)


@cache
def entry_of(name: str, language: str) -> str:
    """The entry of the shipped names that a name has, "" for none."""
    from kb.commitments.parties import Parties

    return Parties.load(None).body(name, None, language).entry


def extracted(resolution: Resolution) -> list[Record]:
    """What the extractor finds in a document, in the order of the text."""
    from kb.commitments.extract import extract
    from kb.commitments.parties import Parties

    text = resolution.document.text
    found = []
    for commitment in extract(resolution.document, resolution.provisions, Parties.load(None)):
        deadline = commitment.deadline
        found.append(
            Record(
                evidence=span_of(commitment.evidence),
                verb=commitment.verb,
                strength=str(commitment.strength),
                performers=tuple(map(shown, commitment.performers)),
                implied=bool(commitment.performers) and all(party.implied for party in commitment.performers),
                addressees=tuple(map(shown, commitment.addressees)),
                object=text[slice(*span_of(commitment.object))] if commitment.object else "",
                deadline=deadline
                and Deadline(span_of(deadline.words), str(deadline.date_from or ""), str(deadline.date_to or "")),
                recurrence=str(commitment.recurrence.kind) if commitment.recurrence else "",
            )
        )
    return sorted(found, key=lambda record: record.evidence)


# -- when do two agree? ------------------------------------------------------------------------------------------------


def either(wanted: str, given: str) -> bool:
    """Whether `given` is one of the alternatives."""
    return fold(given).strip() in {fold(alternative) for alternative in wanted.split("|")}


def name_stems(name: str, language: str) -> list[str]:
    """The stems that tell a name: no initials, no numerals of sessions."""
    return [stem for stem in stems(name, language) if len(stem) > 1 and not re.fullmatch(r"[ivxlc]+|[0-9]+", stem)]


def same_stem(one: str, other: str) -> bool:
    """Whether two stems are of one word: stemmers cut the cases of proper names differently."""
    short, long = sorted((one, other), key=len)
    return short == long or (len(short) >= 4 and len(long) - len(short) <= 2 and long.startswith(short))


def same_name(wanted: str, given: str, language: str) -> bool:
    """Whether a name is one of the alternatives: the head word must agree, and nearly all of the others.

    Two names of one entry («МИД России», «Министерство иностранных дел Российской Федерации») are the same.
    """
    for said, alternative in product(given.split("|"), wanted.split("|")):
        entry = entry_of(said, language)
        if (entry and entry == entry_of(alternative, language)) or same_stems(alternative, said, language):
            return True
    return False


def same_stems(wanted: str, given: str, language: str) -> bool:
    """Whether the head words of two names agree, and nearly all of the others."""
    said, meant = name_stems(given, language), name_stems(wanted, language)
    if not said or not meant or not same_stem(said[0], meant[0]):
        return False
    common = sum(any(same_stem(a, b) for b in said) for a in meant)
    return 2 * common / (len(said) + len(meant)) >= NAME_F1


def same_names(wanted: Names, given: Names, language: str) -> bool:
    """Whether the names are the same, one for one, in any order."""
    left = list(given)
    for name in wanted:
        match = next((other for other in left if same_name(name, other, language)), None)
        if match is None:
            return False
        left.remove(match)
    return not left


def same_words(wanted: str, given: str) -> bool:
    """Whether two pieces of text have most of their words in common."""
    one, other = (Counter(re.findall(r"\w+", fold(words))) for words in (wanted, given))
    return 2 * (one & other).total() / max(1, one.total() + other.total()) >= OBJECT_F1


def same_deadline(wanted: Deadline, given: Deadline) -> bool:
    """Whether the words overlap and both days are equal."""
    overlap = wanted.words[0] < given.words[1] and given.words[0] < wanted.words[1]
    return overlap and (wanted.start, wanted.end) == (given.start, given.end)


Agreement = Callable[[Any, Any, str], bool]
FIELDS: dict[str, Agreement] = {
    "verb": lambda wanted, given, _: either(wanted, given),
    "strength": lambda wanted, given, _: either(wanted, given),
    "performers": same_names,
    "implied": lambda wanted, given, _: bool(wanted == given),
    "addressees": same_names,
    "object": lambda wanted, given, _: same_words(wanted, given),
    "deadline": lambda wanted, given, _: same_deadline(wanted, given),
    "recurrence": lambda wanted, given, _: bool(wanted == given),
}


# -- which is which? ---------------------------------------------------------------------------------------------------


def by_clause(resolution: Resolution, records: Sequence[Record]) -> dict[int, list[Record]]:
    """Records by the number of the clause in which their evidence ends; -1: outside all annotated clauses."""
    sorted_in: dict[int, list[Record]] = defaultdict(list)
    for record in records:
        last = record.evidence[1] - 1
        home = (i for i, clause in enumerate(resolution.clauses) if clause.span[0] <= last < clause.span[1] + 1)
        sorted_in[next(home, -1)].append(record)
    return sorted_in


def pairs(acts: Sequence[Annotation], records: Sequence[Record]) -> Iterator[tuple[Annotation | None, Record | None]]:
    """Annotated acts with their records: first by verb, then by strength, then by order; whoever is left has None."""

    def distance(act: int, record: int) -> tuple[bool, bool, bool, int]:
        wanted, given = acts[act].record, records[record]
        return (
            acts[act].optional,
            not either(wanted.verb, given.verb),
            not either(wanted.strength, given.strength),
            abs(act - record),
        )

    every = sorted(((a, r) for a in range(len(acts)) for r in range(len(records))), key=lambda pair: distance(*pair))
    open_acts, open_records = dict(enumerate(acts)), dict(enumerate(records))
    for act, record in every:
        if act in open_acts and record in open_records:
            yield open_acts.pop(act), open_records.pop(record)
    yield from ((act, None) for act in open_acts.values())
    yield from ((None, record) for record in open_records.values())


def score(
    resolution: Resolution, records: Sequence[Record], tallies: dict[str, Tally], disagreements: list[str]
) -> None:
    """Add what a document's records are worth to `tallies`, by field, and say where they differ."""
    found = by_clause(resolution, records)
    text = resolution.document.text

    def differ(clause: str, said: str) -> None:
        disagreements.append(f"{resolution.language}/{resolution.name}: {' '.join(clause.split())}\n    {said}")

    for stray in found.get(-1, ()):
        tallies["acts"].given += 1
        differ(text[slice(*stray.evidence)], f"no act was annotated here: {stray.strength}, {stray.verb}")
    for number, clause in enumerate(resolution.clauses):
        for act, record in pairs(clause.acts, found.get(number, [])):
            if act is None or record is None:
                if record is not None:
                    tallies["acts"].given += 1
                    differ(clause.text, f"one act too many: {record.strength}, {record.verb}")
                elif act is not None and not act.optional:
                    tallies["acts"].wanted += 1
                    differ(clause.text, f"act not found: {act.record.strength}, {act.record.verb}")
                continue
            if act.optional:
                continue
            tallies["acts"].right += 1
            tallies["acts"].given += 1
            tallies["acts"].wanted += 1
            for field in sorted(act.scored):
                wanted, given = getattr(act.record, field), getattr(record, field)
                is_wanted, is_given = (field == "implied" or bool(value) for value in (wanted, given))
                right = is_wanted and is_given and FIELDS[field](wanted, given, resolution.language)
                tallies[field].wanted += is_wanted
                tallies[field].given += is_given
                tallies[field].right += right
                if not right and (is_wanted or is_given):
                    note = f" ({act.comment})" if act.comment else ""
                    differ(clause.text, f"{act.record.verb}: {field} should be {wanted!r}{note}, is {given!r}")


def scores(find_records: Callable[[Resolution], Sequence[Record]]) -> tuple[dict[str, dict[str, Tally]], list[str]]:
    """Tallies by language and field over all documents, and all disagreements."""
    tallies: dict[str, dict[str, Tally]] = {language: defaultdict(Tally) for language in LANGUAGES}
    disagreements: list[str] = []
    for resolution in resolutions():
        score(resolution, find_records(resolution), tallies[resolution.language], disagreements)
    return tallies, disagreements


def table(tallies: dict[str, dict[str, Tally]]) -> str:
    """The tallies for people."""
    lines = [f"{'':4}{'field':12}{'precision':>10}{'recall':>8}{'right':>7}{'given':>7}{'wanted':>7}"]
    for language, fields in tallies.items():
        for field in ("acts", *FIELDS):
            tally = fields[field]
            lines.append(
                f"{language:4}{field:12}{tally.precision:10.3f}{tally.recall:8.3f}"
                f"{tally.right:7}{tally.given:7}{tally.wanted:7}"
            )
    return "\n".join(lines)


# -- tests -------------------------------------------------------------------------------------------------------------


def annotated(resolution: Resolution) -> list[Record]:
    """The annotations as an extractor would give them: the first of the alternatives."""

    def first(value: str) -> str:
        return value.split("|")[0]

    return [
        replace(
            act.record,
            verb=first(act.record.verb),
            strength=first(act.record.strength),
            performers=tuple(map(first, act.record.performers)),
            addressees=tuple(map(first, act.record.addressees)),
        )
        for clause in resolution.clauses
        for act in clause.acts
    ]


def test_the_set_is_whole() -> None:
    """Every annotation fits its clause (`load` asserts that), and there is as much as the figures below rest on."""
    least = {"ru": (300, 120, 55, 90, 80), "en": (280, 110, 55, 90, 100)}
    for language, (clauses, deadlines, recurring, addressed, several) in least.items():
        own = [resolution for resolution in resolutions() if resolution.language == language]
        found = [clause for resolution in own for clause in resolution.clauses]
        acts = [act.record for clause in found for act in clause.acts if not act.optional]
        assert sum(bool(clause.acts) for clause in found) >= clauses
        assert sum(act.deadline is not None for act in acts) >= deadlines
        assert sum(bool(act.recurrence) for act in acts) >= recurring
        assert sum(bool(act.addressees) for act in acts) >= addressed
        assert sum(len(clause.acts) > 1 for clause in found) >= several
        assert {part for act in acts for part in act.strength.split("|")} == set(STRENGTHS)
        assert {act.recurrence for act in acts} <= {*RECURRENCES, ""}
    for resolution in resolutions():
        ends = [clause.span for clause in resolution.clauses]
        assert ends == sorted(ends), f"{resolution.name}: clauses are not in the order of the text"
        assert all(before[1] <= after[0] for before, after in pairwise(ends))


def test_the_scorer_counts() -> None:
    """The annotations themselves get full marks; a wrong or missing field, act or clause costs its own field only."""
    tallies, disagreements = scores(annotated)
    assert not disagreements
    assert all(tally.precision == tally.recall == 1 for fields in tallies.values() for tally in fields.values())

    changes: dict[str, Callable[[Record], Record]] = {
        "strength": lambda record: replace(record, strength="none"),
        "performers": lambda record: replace(record, performers=(*record.performers, "Комитет Committee")),
        "addressees": lambda record: replace(record, addressees=("Комитет Committee",)),
        "deadline": lambda record: replace(
            record, deadline=record.deadline and replace(record.deadline, end="1999-12-31")
        ),
        "object": lambda record: replace(record, object="something else"),
        "implied": lambda record: replace(record, implied=not record.implied),
        "recurrence": lambda record: replace(record, recurrence="never"),
    }
    for field, change in changes.items():
        tallies, disagreements = scores(lambda resolution, change=change: [*map(change, annotated(resolution))])  # type: ignore[misc]
        assert disagreements
        for fields in tallies.values():
            assert fields[field].right == 0, field
            assert fields[field].wanted > 0
            assert all(fields[other].recall == 1 for other in ("acts", *FIELDS) if other != field)

    tallies, _ = scores(lambda resolution: annotated(resolution)[::2])
    assert all(0.4 < fields["acts"].recall < 0.6 for fields in tallies.values())
    tallies, _ = scores(lambda resolution: [*annotated(resolution), Record((0, 5), "act", "request")])
    assert all(fields["acts"].precision < 1 for fields in tallies.values())


def test_names_are_compared_strictly_and_fairly() -> None:
    """Case, ё and inflexion do not count; another head, another office of the same body, half a list do."""
    assert same_name("Учёный совет", "ученому совету", "ru")
    assert same_name("Всемирный координационный совет|ВКС", "ВКС", "ru")
    assert same_name(
        "Заместитель председателя Совета М.Ю. Гринёв", "заместителю председателя Совета М.Ю. Гринёву", "ru"
    )
    assert same_name("Secretary-General", "the Secretary-General", "en")
    assert not same_name("Секретарь Совета", "Секретариат Совета", "ru")
    assert not same_name("Председатель Совета", "Совет", "ru")
    assert not same_name("Office of the High Commissioner", "High Commissioner", "en")
    assert not same_names(("Совет", "Казначей"), ("Совет",), "ru")
    assert not same_names(("Совет",), ("Совет", "Казначей"), "ru")


@pytest.mark.parametrize("language", LANGUAGES)
def test_extraction_meets_its_targets(language: str) -> None:
    tallies, disagreements = measured()
    print(f"\n{table({language: tallies[language]})}")
    if os.environ.get("COMMITMENTS_LIST"):
        print("\n".join(line for line in disagreements if line.startswith(f"{language}/")))
    short = {
        f"{field} {side}": round(value, 3)
        for field, target in TARGETS.items()
        for side in ("precision", "recall")
        if (value := getattr(tallies[language][field], side)) < target
    }
    assert not short


@cache
def measured() -> tuple[dict[str, dict[str, Tally]], list[str]]:
    """The extractor's scores."""
    return scores(extracted)


if __name__ == "__main__":
    figures, differences = measured()
    if "--list" in sys.argv:
        print("\n".join(differences))
    print(table(figures))
