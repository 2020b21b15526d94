"""Document and provisions → commitments: what each clause inherits, its sentences, and the records of its acts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from kb.commitments import english, russian
from kb.commitments.clause import Act, Analysis, Frame, Phrase, trim
from kb.commitments.dates import Time, times
from kb.commitments.lexicons import LANGUAGES
from kb.commitments.model import ACTS, Commitment, Deadline, Party, Recurrence, Span
from kb.commitments.parties import Parties
from kb.language import identify, split_sentences
from kb.model import Document, Provision

__all__ = ["extract"]

LONGEST = 5_000  # characters of a sentence that is read: a longer one is no clause, and would take too long
_CLAUSES = frozenset({"item", "other"})
_FALLBACK = frozenset({"item", "other", "recital"})
_OWN = frozenset({"decision", "undertaking"})
_WE = re.compile(r"(?:мы|we|nous|nosotros)\s*,\s*", re.IGNORECASE)
_WHO = re.compile(r"(?:(?!\s[-–—]\s)[^,:;()]){3,200}")  # «участники VIII фестиваля», before what is said of them
_DECREE = re.compile(r"\b(?:постановление|решение|распоряжение|decisions?)\b", re.IGNORECASE)
_ADOPTED = re.compile(rf"{_DECREE.pattern}|\b(?:резолюция|resolutions?)\b", re.IGNORECASE)
_DECREE_LINE = re.compile(
    r"^(?:постановление|решение|распоряжение|resolution|decision)\b", re.IGNORECASE | re.MULTILINE
)
_NOT = {
    "ru": re.compile(r"(?<!\w)(?P<word>не)\s+$", re.IGNORECASE),
    "en": re.compile(r"(?<!\w)(?P<word>not|never)\s+(?:to\s+)?(?:be\s+)?$", re.IGNORECASE),
    "fr": re.compile(r"(?<!\w)(?P<word>ne\s+pas)\s+$", re.IGNORECASE),
    "es": re.compile(r"(?<!\w)(?P<word>no)\s+(?:se\s+)?$", re.IGNORECASE),
}
_PAST = re.compile(r"[A-Z][a-z]+ed\b")  # "Directed to the Secretariat" heads what follows


def extract(document: Document, provisions: Sequence[Provision], parties: Parties) -> list[Commitment]:
    """The commitments of a document's operative provisions, in reading order; [] for laws, guides and other languages.

    Recitals count where a sentence of theirs has a finite operative verb. A resolution without a recognised operative
    part is read by its paragraphs that begin with an operative verb. `passage_id` is left "".
    """
    operative = any(provision.kind == "operative" for provision in provisions)
    decree = _DECREE.search(document.title) or _DECREE_LINE.search(document.text, 0, 500)
    if document.kind == "guide" or (document.kind == "law" and not operative and not decree):
        return []
    language = document.language or identify(document.text)[0]
    if language not in LANGUAGES:
        return []
    return _Reader(document, provisions, parties, language).read()


class _Reader:
    """One document: frames go down from intros to items, acts become records."""

    def __init__(self, document: Document, provisions: Sequence[Provision], parties: Parties, language: str) -> None:
        self.document = document
        self.provisions = provisions
        self.language = language
        self.parties = parties.learnt(document.text, language)
        self.by_eid = {provision.eid: provision for provision in provisions}
        self.frames: dict[str, Frame | None] = {}
        self.records: list[Commitment] = []
        self.numbers: Counter[str] = Counter()
        self.body = document.body
        self.about = f"{document.body} {document.title}"
        self.adopting: Phrase | None = None  # the body where the text first names it as the one that decides

    def read(self) -> list[Commitment]:
        if not any(provision.kind == "operative" for provision in self.provisions):
            return self.read_paragraphs()
        self.adopting = self.enacting()
        beside = self.beside_operative()
        for provision in self.provisions:
            inherited = self.frames.get(provision.parent or "")
            self.frames[provision.eid] = inherited
            if provision.kind == "formula" and self.below_operative(provision):
                self.formula(provision)
            elif provision.kind == "recital" and not self.below_operative(provision):
                self.provision(provision, None, finite_only=True)
            elif provision.kind in _CLAUSES and self.below_operative(provision) and not _is_aside(provision):
                self.provision(provision, inherited, finite_only=provision.kind == "other" and inherited is None)
            elif provision.eid in beside:
                self.provision(provision, None, finite_only=False, opening=True)
        return self.with_body()

    def beside_operative(self) -> set[str]:
        """Paragraphs after a list of decisions that go on with it without a formula: «Поручаем дирекции …»."""
        found: set[str] = set()
        open_at: str | None = None
        for provision in self.provisions:
            if provision.kind == "operative":
                open_at = provision.parent or ""
            elif provision.kind == "heading" and not self.below_operative(provision):
                open_at = None
            elif provision.kind == "other" and (provision.parent or "") == open_at and not _is_aside(provision):
                found.add(provision.eid)
        return found

    def enacting(self) -> Phrase | None:
        """The body's words in a line of its own above the recitals: "The General Conference,"; or «Мы, участники …»."""
        for provision in self.provisions:
            if provision.kind == "formula" and not self.below_operative(provision):
                start, end = trim(self.document.text, provision.start, provision.end)
                said = _WE.match(self.document.text, start, end)
                start = said.end() if said else start
                return Phrase(start, end, "nomn") if start < end else None
        for provision in self.provisions:
            if provision.kind in ("formula", "recital"):
                start, end = trim(self.document.text, provision.start, provision.end)
                said = _WE.match(self.document.text, start, end)
                who = _WHO.match(self.document.text, said.end(), end) if said else None
                if who:
                    return Phrase(*trim(self.document.text, *who.span()), "nomn")
        return None

    def with_body(self) -> list[Commitment]:
        """The records; where nothing but its own clauses names the body, these do: «Ассамблея постановляет …»."""
        if self.body or self.adopting is not None:
            return self.records
        stated = Counter(
            record.performers[0].name
            for record in self.records
            if len(record.performers) == 1
            and record.performers[0].name
            and (record.performers[0].implied or record.strength not in ACTS or record.strength in _OWN)
        )
        if not stated:
            return self.records
        name = stated.most_common(1)[0][0]
        nobody = self.parties.body("", None, self.language)
        named = (self.parties.body(name, None, self.language),)
        return [replace(r, performers=named) if r.performers == (nobody,) else r for r in self.records]

    def below_operative(self, provision: Provision) -> bool:
        at: Provision | None = provision
        while at is not None:
            if at.kind == "operative":
                return True
            at = self.by_eid.get(at.parent or "")
        return False

    def read_paragraphs(self) -> list[Commitment]:
        """The fallback: paragraphs that begin with an operative verb of the lexicon."""
        if self.document.kind not in ("resolution", "other", "law"):
            return []
        self.adopting = self.enacting()
        paragraphs = [p for p in self.provisions if p.kind in _FALLBACK and p.end > p.start and not _is_aside(p)]
        opened = 0
        intro: Provision | None = None  # a paragraph that ends in a colon, above items that are no parts of it
        for provision in paragraphs:
            before = len(self.records)
            beside = intro is not None and provision.kind == "item" and provision.parent == intro.parent
            inherited = self.frames.get((intro.eid if intro and beside else provision.parent) or "")
            self.provision(provision, inherited, finite_only=False, opening=inherited is None)
            opened += len(self.records) > before
            if provision.kind != "item":
                colon = self.document.text[provision.start : provision.end].rstrip().endswith(":")
                intro = provision if colon else None
        if self.document.kind == "other" and (opened < 2 or 3 * opened < len(paragraphs)):
            return []
        return self.records

    def formula(self, provision: Provision) -> None:
        text = self.document.text
        start, end = provision.start, provision.end
        found = self.times_of(start, end)
        sentences = self.sentences(start, end)
        for first, last in sentences[:-1]:
            self.add(provision, self.analyse(first, last, found, None, finite_only=True), None)
        first, last = sentences[-1] if sentences else (start, end)
        analysis = self.analyse(first, last, found, None, finite_only=True)
        if analysis.frame is None and not analysis.acts:
            analysis = self.analyse(first, last, found, None, finite_only=False)
        frame = analysis.frame
        if self.adopting is None and frame is not None and frame.subject is not None:
            self.adopting = frame.subject
        if frame is None and not text[:end].rstrip().endswith(":"):
            # "РЕШИЛИ" without its colon
            analysis = self.analyse(first, last, found, None, finite_only=True)
            frame = next((_as_frame(act) for act in analysis.acts), None)
        self.frames[provision.eid] = frame
        if provision.parent is not None:
            self.frames[provision.parent] = frame
        if analysis.frame is not None or frame is None:
            self.add(provision, analysis, None)

    def provision(
        self, provision: Provision, inherited: Frame | None, *, finite_only: bool, opening: bool = False
    ) -> None:
        found = self.times_of(provision.start, provision.end)
        frame = inherited
        sentences = self.sentences(provision.start, provision.end)
        if opening and len(sentences) > 1 and len(self.document.text[slice(*sentences[0])].split()) < 3:
            del sentences[0]  # «Протокольно.»
        for place, (first, last) in enumerate(sentences):
            analysis = self.analyse(first, last, found, inherited, finite_only)
            if opening:
                modal = _ADOPTED.search(self.document.title) is not None
                analysis = _opening(analysis, first, self.document.text, modal)
                if place and not self.records:
                    continue
            self.add(provision, analysis, inherited)
            if analysis.frame is not None:
                frame = replace(
                    analysis.frame, subject=analysis.frame.subject or (inherited.subject if inherited else None)
                )
        self.frames[provision.eid] = frame

    def analyse(self, start: int, end: int, found: Sequence[Time], frame: Frame | None, finite_only: bool) -> Analysis:
        if end - start > LONGEST:
            return Analysis()
        grammar = russian.analyse if self.language == "ru" else english.analyser(self.language)
        return grammar(self.document.text, start, end, found, frame, finite_only)

    def times_of(self, start: int, end: int) -> list[Time]:
        known = self.document.date_to or self.document.date
        found: list[Time] = []
        for first, last in self.sentences(start, end):
            if last - first <= LONGEST:
                said = times(self.document.text[first:last], self.language, known, self.about)
                found += [
                    replace(time, start=time.start + first - start, end=time.end + first - start) for time in said
                ]
        began = self.document.date[:4]
        # what was over before the year of adoption is spoken of, not set
        return [
            replace(time, start=time.start + start, end=time.end + start)
            for time in found
            if time.kind or not began or not time.date_to or time.date_to[:4] >= began
        ]

    def sentences(self, start: int, end: int) -> list[tuple[int, int]]:
        """Spans of sentences in the document; a long one is not cut at its semicolons."""
        found: list[tuple[int, int]] = []
        text = self.document.text
        for first, last in split_sentences(text[start:end], self.language):
            if found and text[found[-1][1] - 1] in ";,:":
                found[-1] = (found[-1][0], start + last)
            else:
                found.append((start + first, start + last))
        return found

    # -- records ------------------------------------------------------------------------------------------------------

    def add(self, provision: Provision, analysis: Analysis, inherited: Frame | None) -> None:
        for act in analysis.acts:
            self.numbers[provision.eid] += 1
            number = self.numbers[provision.eid]
            deadline = act.deadline or (
                inherited.deadline if inherited and act.rule.split("-")[-1] != "stance" else None
            )
            recurrence = act.recurrence or (inherited.recurrence if inherited else None)
            self.records.append(
                Commitment(
                    id=f"{self.document.id}#{provision.eid}!{number}",
                    document_id=self.document.id,
                    eid=provision.eid,
                    passage_id="",
                    number=number,
                    strength=act.strength,
                    performers=self.performers(act, inherited),
                    addressees=tuple(map(self.recipient, act.addressees)),
                    verb=self.verb(act),
                    action=self.span(self.begun(act), act.end),
                    object=self.span(*act.object) if act.object else None,
                    deadline=Deadline(self.span(deadline.start, deadline.end), deadline.date_from, deadline.date_to)
                    if deadline
                    else None,
                    recurrence=Recurrence(self.span(recurrence.start, recurrence.end), recurrence.kind)
                    if recurrence
                    else None,
                    evidence=self.span(*act.evidence),
                    rule=act.rule,
                    lexicon=act.source,
                    language=self.language,
                )
            )

    def begun(self, act: Act) -> int:
        """Where an act's words begin: with the word that forbids it, if one stands before its verb."""
        forbids = _NOT.get(self.language)
        found = forbids.search(self.document.text, max(0, act.start - 24), act.start) if forbids else None
        return found.start("word") if found else act.start

    def verb(self, act: Act) -> str:
        """The verb, with that word: «не допускать», "not adopt"."""
        begun = self.begun(act)
        return (
            act.verb if begun == act.start else f"{self.document.text[begun : act.start].split()[0].lower()} {act.verb}"
        )

    def performers(self, act: Act, inherited: Frame | None) -> tuple[Party, ...]:
        if act.performers is not None:
            return tuple(self.party(phrase) for phrase in act.performers)
        subject = (inherited.subject if inherited else None) or (None if self.body else self.adopting)
        words = self.span(subject.start, subject.end) if subject else None
        name = self.body or (self.party(subject).name if subject else "")
        return (self.parties.body(name, words, self.language),)

    def recipient(self, phrase: Phrase) -> Party:
        """Whom a phrase names; "submit to it" goes to the body that asks."""
        said = self.document.text[phrase.start : phrase.end].lower()
        if said != "it" or not (self.body or self.adopting):
            return self.party(phrase)
        words = self.span(phrase.start, phrase.end)
        name = self.body or (self.party(self.adopting).name if self.adopting else "")
        return self.parties.body(name, words, self.language)

    def party(self, phrase: Phrase) -> Party:
        body = self.body or (self.document.text[self.adopting.start : self.adopting.end] if self.adopting else "")
        adopting = self.parties.body(body, None, self.language).entry
        return self.parties.party(self.span(phrase.start, phrase.end), phrase.case, self.language, adopting=adopting)

    def span(self, start: int, end: int) -> Span:
        return Span(self.document.text[start:end], start, end)


def _is_aside(provision: Provision) -> bool:
    """Footnotes and entries of the contents."""
    return provision.eid.rsplit("__", 1)[-1].startswith(("fn", "toc"))


def _as_frame(act: Act) -> Frame:
    subject = act.performers[0] if act.performers else None
    return Frame(act.strength, "own", act.source, None, subject)


def _opening(analysis: Analysis, first: int, text: str, modal: bool) -> Analysis:
    """The analysis where a verb of the lexicon opens the sentence, else nothing; `modal`: a modal verb will do."""
    named = tuple(
        act
        for act in analysis.acts
        if act.rule == "ru-dative-infinitive"
        or act.source.endswith(": finite own")
        or (
            not act.source.endswith((": infinitive", ": finite other", ": present"))
            and (modal or "modal" not in act.rule)
            and not act.rule.endswith("-state")
            and not (act.start == first and _PAST.match(text, first))
        )
    )
    if not named:
        opened = analysis.frame is not None and analysis.frame.kind in ("directive", "own") and not analysis.acts
        return Analysis((), analysis.frame if opened else None)
    return Analysis(analysis.acts, analysis.frame)
