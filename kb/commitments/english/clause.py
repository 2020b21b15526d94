"""The rules for clauses that begin with their verb: directives, decisions, stances, modals, items below an intro."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from kb.commitments.clause import Act, Analysis, Frame, Phrase, trim
from kb.commitments.dates import Time
from kb.commitments.english.grammar import LY, PRONOUNS, WORD, Head, base_of, gerund_of, is_participle
from kb.commitments.english.polarity import names_nobody
from kb.commitments.english.sentence import AND_TO, Sentence
from kb.commitments.model import Strength

__all__ = ["Clause"]


def text_between(text: str, start: int, end: int) -> str:
    """What stands between two verbs but a conjunction and adverbs: nothing in "notes and approves"."""
    return re.sub(rf"\b(?:and|also|further|{LY})\b|[\s,]", "", text[start:end])


_SPOKEN: Final = frozenset({"request", "thanks", "welcome", "recommendation", "instruction"})


AND_THAT: Final = re.compile(r",?\s+and\s+(?:further\s+|also\s+)?that\s+")


_TASKED: Final = re.compile(
    r"(?:be\s+responsible\s+for\s"
    r"|have\s+(?:the\s+|full\s+|as\s+its\s+)*(?:\w+\s+)?(?:task|duty|responsibility|role|function|mandate)s?\s+of\s"
    r"|be\s+(?:charged|tasked|entrusted|mandated)\s+with\s"
    r"|(?:be\s+(?:directed|requested|invited|required|asked|instructed|authori[sz]ed|encouraged|urged|obliged|empowered"
    r"|called\s+upon|mandated|tasked|entitled)|have\s+(?:the\s+)?(?:task|duty|responsibility|authority|power))\s+(?P<to>to\s))",
    re.IGNORECASE,
)


_MOTION: Final = re.compile(r"(?P<verb>(?P<mark>That))\s+(?=(?:this|the|our|we|all|every|each|an?)\s|[A-Z])")


_ITEM_VERB: Final = re.compile(
    rf"(?:(?:{LY}|also|further(?!\s+(?:the|its|their|an?|this|these|such)\b))\s+)*(?P<verb>{WORD})"
)


_THERE: Final = re.compile(r"be\s*(?P<v>established|created|constituted|set\s+up|convened|held)?\s+", re.IGNORECASE)


_HANDING: Final = frozenset({"entrust", "assign", "delegate"})


_HEREBY: Final = re.compile(rf"\b(?:is|are)\s+hereby\s+(?P<v>{WORD})")


_ACRONYM: Final = re.compile(
    r"(?:(?:now|therefore|accordingly|hence|thus)\s*,?\s+)*(?:the\s+)?(?-i:[A-Z]{2,}[\w-]*)\s*", re.IGNORECASE
)


_RESOLVED: Final = re.compile(
    r"(?:now\s*,?\s+)?(?:therefore\s*,?\s+)?(?:(?:let|be)\s+it\s+)?(?:(?:further|finally|also|and|therefore|hereby)\s*,?\s+)*"
    r"(?P<verb>resolved)\b\s*,?\s*(?:(?:further|also|finally)\s*,?\s+)?(?:by\s+the\s+[^,;]{3,120}?,?\s+)?(?:(?P<mark>that|to)\b)[\s,]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Force:
    """How a verb binds: its strength, the entry that says so, the rule that read it, and times said before it."""

    strength: Strength
    source: str
    rule: str
    before: Sequence[Time] = ()


class Clause(Sentence):
    """One sentence under analysis."""

    def run(self, finite_only: bool) -> Analysis:
        start, end = trim(self.text, self.start, self.end)
        if end < self.end and self.text[end : self.end].strip().startswith(":"):
            end = self.text.index(":", end) + 1
        frame = self.frame
        asked = self.text[start : self.end].rstrip().endswith("?")
        nothing = re.compile(r"(?:nothing|no\s+(?:provision|article|paragraph|part|clause))\b", re.IGNORECASE)
        if start < end and not asked and not (self.grammar.english and nothing.match(self.text, start, end)):
            self.sentence(start, end, frame, finite_only)
            self.asked_of_things()
        return Analysis(tuple(self.acts), self.handed)

    def asked_of_things(self) -> None:
        """The acts of "…, which shall report": of whom an object names, or of the agent on what it names."""
        for said, end, thing in self.asking:
            modal = re.sub(r"\s+", " ", said["modal"].lower())
            strength, source = self.grammar.modals[modal], f"{self.language}.yaml: {modal}"
            strength = "instruction" if strength == "undertaking" else strength
            at = self.verb_after(said.end(), end)
            passive = self.passive(at, end)
            acts = self.agent(passive.end(), end) is not None if passive else self.is_actor(*thing)
            if acts:
                rule = f"{self.language}-which"
                self.governed(at, end, thing, Force(strength, source, rule), passive, said["modal"])

    def sentence(self, start: int, end: int, frame: Frame | None, finite_only: bool) -> None:
        text, grammar = self.text, self.grammar
        if grammar.english:
            start = self.resolving(start, end)
            resolved = _RESOLVED.match(text, start, end)
            if resolved is None and not finite_only and (frame is None or frame.kind == "own"):
                resolved = _MOTION.match(text, start, end)
                if frame is not None and (that := re.compile(r"that\s+", re.I).match(text, start, end)):
                    self.that_item(that.end(), end, frame)
                    return
            if resolved and self.resolved(resolved, end):
                return
            if self.impersonal(start, end):
                return
        head = grammar.head(text, start, end, grammar.opening)
        if head is None and grammar.english and not finite_only:
            head = self.after_opening(start, end)
        if head is not None and head.past and head.entry.act and not self.before_article(head.verb_end):
            head = None  # "Increased requirements are …"
        below = frame is not None and (frame.kind in ("directive", "modal") or frame.modal)
        opens = (
            head is not None and (head.finite or (not below and not finite_only)) and not (finite_only and head.past)
        )
        if head is not None and opens:
            self.pieces(head, end)
            return
        if frame is not None and not finite_only and self.goes_on(start, end, frame):
            return
        self.with_subject(start, end, finite_only)
        if not self.acts and self.handed is None and frame is not None and not finite_only:
            self.under(start, end, frame)

    def resolving(self, start: int, end: int) -> int:
        """Where a sentence of recitals comes to what is resolved: "WHEREAS …; THEREFORE, the Union urges …"."""
        if not re.compile(r"where?as\b", re.IGNORECASE).match(self.text, start, end):
            return start
        found = list(
            re.compile(r"\b(?:NOW,?\s+)?(?:THEREFORE|BE\s+IT)\b|(?<=[;,]\s)therefore\b").finditer(self.text, start, end)
        )
        return found[0].start() if found else start

    def is_stated(self, match: re.Match[str]) -> bool:
        """Whether a verb's form is no noun and says what the body does: not "remains", nor "supports" before "of"."""
        form = match["verb"].lower()
        sure = form not in self.grammar.noun_like or self.before_determiner(match.end("verb"))
        return sure and form not in ("remains", "remain")

    def is_body(self, start: int, end: int) -> bool:
        """Whether a sentence's words before its verb name somebody: "The Chamber", "IAGA, noting that …,"."""
        span = self.subject_span(start, end)
        words = self.text[slice(*span)].split()
        if not words or words[0].lower() in self.grammar.subordinate:
            return False
        named = any(word[0].isupper() for word in words)
        return self.grammar.english and len(words) <= 10 and named and self.is_actor(*span)

    def resolved(self, said: re.Match[str], end: int) -> bool:
        """ "BE IT RESOLVED that the Board prepare …", "RESOLVED, To …"; whether what follows is read here."""
        text, grammar = self.text, self.grammar
        entry = next(entry for entry in grammar.entries["resolve"] if "that" in entry.words)
        head = Head(entry, said.start("verb"), said.end("verb"), said.end(), finite=True)
        if said["mark"].lower() == "to":
            first = grammar.marker.match(text, said.start("mark"), end)
            if first is None:
                return False
            self.series(first, end, None, Force(entry.strength, entry.source, f"{self.language}-own"))
            return True
        at = said.end()
        verb_at = self.clause_verb(at, end)
        spoken = next(
            (
                found
                for match in grammar.anywhere.finditer(text, at, min(end, at + 200))
                if (found := grammar.as_head(text, match, end))
                and (not match["verb"].istitle() or grammar.subjects.search(text, at, match.start()))
                and found.entry.kind in ("directive", "stance")
                and not found.past
                and not grammar.relative.search(text, at, match.start())
            ),
            None,
        )
        spoken_of = spoken is not None and (
            grammar.subjects.search(text, at, spoken.start) is not None or self.is_body(at, spoken.start)
        )
        if spoken is not None and spoken.start <= verb_at and spoken_of:
            subject = self.subject_span(at, spoken.start)
            self.subject = Phrase(*subject)
            self.pieces_of(spoken, end, self.subject)
            return True
        modal = grammar.modal.search(text, at, end)
        done = self.passive(self.verb_after(modal.end(), end) if modal else verb_at, end)
        if said["verb"] == "That" and done is None and not self.says_who(at, end):
            return False
        self.that_clauses(head, at, end, entry.strength, entry.source, f"{self.language}-own")
        return True

    def that_item(self, at: int, end: int, frame: Frame) -> None:
        """ "(a) that the levy shall be paid by all members" below "Decides:"."""
        verb = frame.source.split(": ")[-1].split(" ")[0]
        entry = next(iter(self.grammar.entries.get(verb, self.grammar.entries["decide"])))
        head = Head(replace(entry, strength=frame.strength), at, at, at, finite=True)
        self.that_clauses(head, at, end, frame.strength, frame.source, f"{self.language}-item")

    def after_opening(self, start: int, end: int) -> Head | None:
        """The finite verb after an opening that a comma ends: "In the light of this, calls on …"."""
        at = start
        for _ in range(2):
            opening = re.compile(
                rf"(?:in|with|as|for|to|on|at|by|under|further\s+to|pursuant\s+to|given|{WORD}ing)\s[^,;:]{{2,150}},\s*",
                re.IGNORECASE,
            ).match(self.text, at, end)
            if opening is None:
                return None
            at = opening.end()
            head = self.grammar.head(self.text, at, end, self.grammar.opening)
            if head is not None and head.finite and not head.past and self.text[at].islower():
                return head
        return None

    def pieces(self, head: Head, end: int) -> None:
        starts = [head]
        if head.finite:
            starts += self.later_heads(head, end)
        elif head.entry.kind == "stance" and not head.past:
            starts += [found for found in self.later_bare(head, end) if found.entry.kind == "stance"]
        self.one_by_one(starts, end, None)

    def one_by_one(self, starts: Sequence[Head], end: int, performer: Phrase | None) -> None:
        """The acts of each verb; one without an infinitive of its own shares the next one's."""
        waiting: list[tuple[Head, int]] = []
        for place, at in enumerate(starts):
            following = starts[place + 1] if place + 1 < len(starts) else None
            stop = self.before_conjunction(at.after, following.start) if following else end
            if following and self.shares(at, stop, following):
                waiting.append((at, stop))
                continue
            before = len(self.acts)
            self.one(at, stop, performer)
            made = self.acts[before:]
            shared = place > 0 and not text_between(self.text, starts[place - 1].after, at.start)
            if shared and before and made and self.acts[before - 1].object is None and at.entry.kind != "directive":
                self.acts[before - 1] = replace(self.acts[before - 1], object=made[0].object)
            for head, last in reversed(waiting):
                if self.text[head.after : last].strip():
                    those = self.parties(head.after, last)
                    entry = head.entry
                    self.acts[before:before] = [
                        replace(act, performers=those, strength=entry.strength, source=entry.source) for act in made
                    ]
            waiting = []

    def shares(self, head: Head, stop: int, following: Head) -> bool:
        """Whether a directive has its performers only: "calls upon States and encourages all others to ratify …"."""
        if not (head.entry.kind == following.entry.kind == "directive") or head.entry.bare or following.entry.bare:
            return False
        between = self.text[stop : following.start]
        if not re.fullmatch(r"\s*(?:and|et|y|e)\s+(?:\w+ly\s+|also\s+|further\s+)*", between):
            return False
        named = self.text[head.after : stop]
        alone = self.infinitive(head.after, stop) is None and not self.grammar.lead.match(self.text, head.after, stop)
        return not named.strip() or (alone and "," not in named and self.is_actor(*trim(self.text, head.after, stop)))

    def one(self, head: Head, end: int, performer: Phrase | None = None) -> None:
        if head.entry.kind == "directive":
            self.directive(head, end)
        elif head.entry.kind == "stance":
            self.stance(head, end, performer)
        else:
            self.own(head, end, performer)

    def directive(self, head: Head, end: int) -> None:
        """ "Requests the Secretary-General, in consultation with …, to submit …, and to …"."""
        text, grammar, entry = self.text, self.grammar, head.entry
        at = head.after
        rule = f"{self.language}-directive"
        lead = grammar.lead.match(text, at, end)
        that = (bool(lead) and lead is not None and lead.group().strip().lower() == "that") or (
            entry.words != () and any(w.endswith("that") for w in entry.words) and text[:at].rstrip().endswith("that")
        )
        if lead is not None:
            at = lead.end()
        if grammar.english and re.fullmatch(r"(?:that)?\s*:", text[at:end]) and (that or text[at:end].strip(" :")):
            self.handed = Frame(entry.strength, "directive", entry.source, (), verb=entry.verb, modal=False)
            return
        if entry.verb in grammar.forbidding:
            self.forbids(head, at, end, rule)
            return
        if that and grammar.english:
            self.that_clauses(head, at, end, entry.strength, entry.source, rule)
            return
        if entry.bare:
            self.emit(
                entry,
                head,
                rule=f"{rule}-nominal",
                verb=entry.verb,
                at=head.start,
                first=head.after,
                end=end,
                performers=(),
            )
            return
        opened = re.search(r"(?:\s(?:to|de|d['’]|à|a|que|a que))?\s*:$", text[at:end])
        first = self.infinitive(at, end)
        if first is not None:
            first = self.past_aside(at, first, end)
        if first is None and opened is not None:
            span = trim(text, at, at + opened.start())
            modal = bool(opened.group().strip(" :"))
            if span[0] < span[1] or entry.kind == "directive":
                self.handed = Frame(
                    entry.strength,
                    "directive",
                    entry.source,
                    self.parties(*span),
                    verb=entry.verb,
                    modal=modal,
                    deadline=self.first_time(*span, kind=False),
                    recurrence=self.first_time(*span, kind=True),
                )
                return
        if first is None:
            self.nominal(head, at, end, rule)
            return
        if self.is_deed(at, first.start()):
            self.nominal(head, at, end, rule)
            return
        performers = self.meant(self.parties(at, first.start()))
        before = self.times_in(at, first.start())
        stop, other = self.further_performer(first.end(), end)
        self.series(first, stop, performers, Force(entry.strength, entry.source, rule, before))
        if other is not None:
            begin = grammar.conjunction.match(text, stop, end)
            assert begin is not None
            self.series(other, end, self.parties(begin.end(), other.start()), Force(entry.strength, entry.source, rule))

    def forbids(self, head: Head, at: int, end: int, rule: str) -> None:
        """ "Prohibits the Board from signing …", "Forbids any Member to disclose …": what nobody named is to do."""
        entry = head.entry
        away = re.compile(r"\sfrom\s+").search(self.text, at, end)
        first = self.infinitive(at, end)
        self.denied = True
        if away is not None and (first is None or away.start() < first.start()):
            those = self.parties(at, away.start())
            made = self.gerund_series(away.end(), end, those, Force(entry.strength, entry.source, f"{rule}-gerund"))
        elif made := first is not None and self.is_actor(*trim(self.text, at, first.start())):
            assert first is not None
            those = self.parties(at, first.start())
            self.series(first, end, those, Force(entry.strength, entry.source, rule, self.times_in(at, first.start())))
        self.denied = False
        if not made:
            self.emit(
                entry, head, rule=f"{rule}-nominal", verb=entry.verb, at=head.start, first=at, end=end, performers=()
            )

    def settles(self, head: Head, end: int) -> None:
        """ "Decides that the Board shall not be obliged to report annually": its own decision, without a time."""
        self.emit(
            head.entry,
            head,
            rule=f"{self.language}-own-that",
            verb=head.entry.verb,
            at=head.start,
            first=head.after,
            end=end,
            performers=None,
        )
        last = trim(self.text, head.after, end)
        self.acts[-1] = replace(self.acts[-1], deadline=None, recurrence=None, addressees=(), object=last)

    def past_aside(self, at: int, first: re.Match[str], end: int) -> re.Match[str]:
        """The infinitive asked for, where the first stands in an aside: "the Board, under its mandate to …, to …"."""
        opened = re.compile(
            r",\s*(?:under|in|with|within|through|on|pursuant|following|acting|given|as|by|having|using|upon|at|for)\s[^,;]*\s$"
        ).search(self.text, at, first.start() + 1 if self.text[first.start()].isspace() else first.start())
        if self.language != "en" or opened is None or not self.is_actor(*trim(self.text, at, opened.start())):
            return first
        again = re.compile(rf",\s*(?=to\s+(?:{LY}\s+)?(?P<verb>{WORD}))").search(self.text, first.end(), end)
        if again is None or self.text[: again.start()].endswith(("and", "or")):
            return first
        later = self.grammar.marker.match(self.text, again.end(), end)
        return later if later is not None and self.does(later, end) else first

    def further_performer(self, start: int, end: int) -> tuple[int, re.Match[str] | None]:
        """ "…, and the Secretary-General to transmit …": where the first one's acts end, the second's verb."""
        if self.language == "en":
            for match in re.compile(
                r",?\s+and\s+(?P<np>(?:the|all)\s+(?:(?!\bto\b|\bof\b\s+\w+ing)[^,;]){2,70}?)\s+(?=to\s)"
            ).finditer(self.text, start, end):
                verb = self.grammar.marker.match(self.text, match.end(), end)
                determined = "," in match.group()[:2]
                if determined and verb and self.grammar.is_verb(verb["verb"], "") and self.is_actor(*match.span("np")):
                    return match.start(), verb
        return end, None

    def meant(self, performers: tuple[Phrase, ...]) -> tuple[Phrase, ...]:
        """The performers; for a pronoun those of the act before: "appoints an envoy, and asks him to report"."""
        if len(performers) != 1 or self.text[performers[0].start : performers[0].end].lower() not in PRONOUNS:
            return performers
        if not self.acts:
            return ()
        before = self.acts[-1]
        told = before.object and re.compile(
            r"that\s+(?P<who>[^,;]{3,80}?)\s+(?:have|has|had|are|is|were|was|do|did)\s"
        ).match(self.text, *before.object)
        if before.performers is None and told and self.is_actor(*told.span("who")):
            return self.parties(*told.span("who"))  # "notes that two members have not paid, and urges them to"
        return before.performers or ()

    def nominal(self, head: Head, at: int, end: int, rule: str) -> None:
        """ "Entrusts the Secretariat with …", "Urges restraint": no infinitive follows."""
        text, entry = self.text, head.entry
        split = (
            re.compile(r"\s(?:with|for|avec|del?)\s").search(text, at, end)
            if entry.verb in ("entrust", "charge", "task", "appeal", "mandate", "ask", "invite")
            else None
        )
        given = re.compile(r"\sto\s+(?=\S)").search(text, at, end) if entry.verb in _HANDING else None
        if given is not None and split is None and self.is_actor(given.end(), self.noun_phrase(given.end(), end)):
            stop = self.noun_phrase(given.end(), end)
            those = self.parties(given.end(), stop)
            self.emit(
                entry,
                head,
                rule=f"{rule}-nominal",
                verb=entry.verb,
                at=head.start,
                first=at,
                end=end,
                performers=those,
                taken=[(given.start(), stop)],
            )
            self.acts[-1] = replace(self.acts[-1], addressees=())
            return
        if split is not None and "with" in split.group():
            those = self.parties(at, split.start())
            if self.gerund_series(split.end(), end, those, Force(entry.strength, entry.source, f"{rule}-gerund")):
                return
        if split is not None:
            self.emit(
                entry,
                head,
                rule=f"{rule}-nominal",
                verb=entry.verb,
                at=head.start,
                first=split.start() + 1,
                end=end,
                performers=self.parties(at, split.start()),
            )
            return
        word = re.compile(rf"\s*(?:{LY}\s+)?(?P<verb>{WORD})").match(text, at, end)
        if entry.words == ("to",) and entry.verb == "recommend" and word and word["verb"] in self.grammar.verbs:
            self.series(word, end, (), Force(entry.strength, entry.source, rule))
            return
        if entry.words == ("to",) and entry.verb == "recommend":
            stop = self.noun_phrase(at, end)
            the = re.compile(r"\s(?:the|that)\s").search(text, at + 4, stop)
            stop = the.start() if the else stop
            further = re.compile(rf"\s+that\s+(?:it|they)\s+(?P<verb>{WORD})").match(text, stop, end)
            if self.is_actor(at, stop) and further:
                self.series(further, end, self.parties(at, stop), Force(entry.strength, entry.source, f"{rule}-that"))
                return
            if self.is_actor(at, stop):
                self.emit(
                    entry,
                    head,
                    rule=f"{rule}-nominal",
                    verb=entry.verb,
                    at=head.start,
                    first=stop,
                    end=end,
                    performers=self.parties(at, stop),
                )
                return
        self.emit(entry, head, rule=f"{rule}-nominal", verb=entry.verb, at=head.start, first=at, end=end, performers=())

    def that_clauses(self, head: Head, at: int, end: int, strength: Strength, source: str, rule: str) -> None:
        """The acts of "that …, and that …"; of the body's own verb only clauses that say who is to act stand alone."""
        own = head.entry.kind == "own"
        starts = [at, *(match.end() for match in AND_THAT.finditer(self.text, at, end))]
        stops = [*(match.start() for match in AND_THAT.finditer(self.text, at, end)), end]
        if own and len(starts) > 1 and not all(map(self.says_who, starts, stops)):
            starts, stops = [at], [end]
        self.that_clause(head, at, stops[0], strength, source, rule)
        for start, stop in list(zip(starts, stops, strict=True))[1:]:
            if own:
                self.that_clause(head, start, stop, strength, source, rule)
            else:
                self.subjunctive(start, stop, strength, source)

    def says_who(self, start: int, end: int) -> bool:
        """Whether a that-clause names who is to act: "States shall pay", "it shall be sent by the Treasurer"."""
        modal = self.grammar.modal.search(self.text, start, end)
        verb_at = self.verb_after(modal.end(), end) if modal else self.clause_verb(start, end)
        subject = trim(self.text, start, modal.start() if modal else verb_at)
        passive = self.passive(verb_at, end)
        if verb_at >= end or subject[0] >= subject[1]:
            return False
        if _TASKED.match(self.text, verb_at, end):
            return self.is_actor(*subject)
        return self.agent(passive.end(), end) is not None if passive else self.is_actor(*subject)

    def for_somebody(self, head: Head, end: int) -> bool:
        """ "considers it necessary for States to …": who is to act and the acts; whether that follows."""
        said = re.compile(r"for\s+").match(self.text, head.after, end)
        first = self.infinitive(said.end(), end) if said else None
        if said is None or first is None or not self.is_actor(*trim(self.text, said.end(), first.start())):
            return False
        strength: Strength = (
            "instruction" if head.entry.strength in ("undertaking", "decision") else head.entry.strength
        )
        performers = self.parties(said.end(), first.start())
        self.series(first, end, performers, Force(strength, head.entry.source, f"{self.language}-own-for"))
        return True

    def that_clause(self, head: Head, at: int, end: int, strength: Strength, source: str, rule: str) -> None:
        """ "Recommends that States adopt …", "Decides that all States shall …"."""
        text, grammar = self.text, self.grammar
        own = head.entry.kind == "own"
        modal = grammar.modal.search(text, at, end)
        verb_at = self.clause_verb(at, end)
        before_modal = modal is not None and modal.start() <= verb_at
        if self.is_freed(at, self.verb_after(modal.end(), end) if modal and before_modal else verb_at, end):
            if own:
                self.settles(head, end)
            return
        if modal is not None and before_modal:
            subject = trim(text, at, modal.start())
            said = grammar.modals[re.sub(r"\s+", " ", modal["modal"].lower())]
            if own and said == "recommendation" and head.entry.verb == "decide":
                said = "instruction"
            elif own and said != "instruction":
                said = strength if said == "undertaking" else said
            actor = self.is_actor(*subject)
            if (
                text[modal.end() - 1 : end].strip() in (":", "")
                or text[modal.start() : end].rstrip(" :").lower() == modal["modal"].lower()
            ):
                self.handed = Frame(said if own else strength, "directive", source, self.parties(*subject), modal=True)
                return
            verb_start = self.verb_after(modal.end(), end)
            passive = self.passive(verb_start, end)
            before = self.times_in(modal.end(), verb_start)
            if passive and self.agent(passive.end(), end):
                said = said if own else strength
                self.governed(verb_start, end, subject, Force(said, source, f"{rule}-that", before), passive)
                return
            tasked = _TASKED.match(text, verb_start, end) is not None
            stative = passive is not None or text.startswith(("be ", "take place"), verb_start)
            if own and passive is not None and not tasked and subject[0] < subject[1]:
                self.undergone(passive, end, subject, Force(strength, source, f"{self.language}-own-that", before))
                return
            if own and (not actor or (stative and not tasked)):
                word = re.compile(WORD).match(text, verb_start, end)
                sure = word is not None and word.group() in grammar.stative
                last = grammar.particle(word.group(), text, word.end(), end) if word else end
                verb = " ".join(text[verb_start:last].split()) if sure else head.entry.verb
                self.emit(
                    head.entry,
                    head,
                    rule=f"{self.language}-own-that",
                    verb=verb,
                    at=head.start,
                    first=head.after,
                    end=end,
                    performers=None,
                )
                said_at = passive.end() if passive else verb_start
                inside = [t for t in self.times_in(said_at, end) if self.is_when(t, said_at, "hold")]
                self.acts[-1] = replace(
                    self.acts[-1],
                    deadline=next((t for t in inside if not t.kind), None),
                    recurrence=next((t for t in inside if t.kind), None),
                    object=subject if sure else self.acts[-1].object,
                )
                return
            self.governed(
                verb_start,
                end,
                subject,
                Force(said if own else strength, source, f"{rule}-that", before),
                passive,
                modal["modal"],
            )
            return
        if verb_at == end and text[end - 1] == ":" and self.is_actor(*trim(text, at, end)):
            self.handed = Frame(strength, "directive", source, self.parties(at, end - 1), modal=True)
            return
        passive = self.passive(verb_at, end)
        finite = re.search(r"\b(?:is|are|was|were|has|have|had|can|may|to)\b", text[at:verb_at])
        if (
            own
            and not finite
            and (passive is None or _TASKED.match(text, verb_at, end))
            and verb_at < end
            and self.is_actor(*trim(text, at, verb_at))
        ):
            said = "instruction" if strength in ("decision", "undertaking") else strength
            self.governed(verb_at, end, trim(text, at, verb_at), Force(said, source, f"{rule}-that"), None)
            return
        alone = passive is None or self.agent(passive.end(), end) is None
        if own and passive is not None and alone and not finite and self.text[at:verb_at].strip():
            self.undergone(passive, end, trim(text, at, verb_at), Force(strength, source, f"{rule}-that"))
            return
        if verb_at == end or (own and alone):
            self.emit(
                head.entry,
                head,
                rule=f"{rule}-that",
                verb=head.entry.verb,
                at=head.start,
                first=head.after,
                end=end,
                performers=None if own else (),
            )
            return
        subject = trim(text, at, verb_at)
        if own:
            strength = "instruction"
        self.governed(verb_at, end, subject, Force(strength, source, f"{rule}-that"), passive)

    def governed(
        self,
        verb_at: int,
        end: int,
        subject: tuple[int, int],
        force: Force,
        passive: re.Match[str] | None,
        modal: str = "",
    ) -> None:
        """The acts of a subject whose verb stands at `verb_at`; of a passive, the agent acts on the subject.

        `modal`: the modal verb before it; said again it begins a further act.
        """
        text = self.text
        if self.is_freed(subject[0], verb_at, end) or re.match(r"not\s", text[subject[0] : subject[1]], re.IGNORECASE):
            return
        if modal and (again := self.modal_again(modal, verb_at, end)):
            self.governed(verb_at, again.start(), subject, force, passive)
            after = self.verb_after(again.end(), end)
            passive = self.passive(after, end)
            self.governed(after, end, subject, force, passive, modal)
            return
        if self.tasked(verb_at, end, subject, force):
            return
        if passive is not None:
            self.suffered(passive, end, subject, force)
            return
        word = re.compile(rf"\s*(?:{LY}\s+)*(?P<verb>{WORD})").match(text, verb_at, end)
        if word is None:
            return
        self.series(word, end, self.parties(*subject), force)

    def undergone(
        self,
        passive: re.Match[str],
        end: int,
        subject: tuple[int, int],
        force: Force,
    ) -> None:
        """ "Decides that the levy shall be raised": without an agent the act is the deciding body's own."""
        made = len(self.acts)
        self.suffered(passive, end, subject, force)
        self.acts[made:] = [replace(act, performers=act.performers or None) for act in self.acts[made:]]

    def suffered(
        self,
        passive: re.Match[str],
        end: int,
        subject: tuple[int, int],
        force: Force,
    ) -> None:
        """ "be prepared by the Secretariat and circulated to all members": the agent acts on the subject."""
        text = self.text
        spans = [passive.span("v")]
        was, self.denied = self.denied, self.is_denied(passive.start())
        agent: tuple[int, int] | None = None
        for match in re.compile(rf"(?:,\s*|\s+)and\s+(?:{LY}\s+)?(?P<v>{WORD})(?=[\s,.;]|$)").finditer(
            text, passive.end(), end
        ):
            if is_participle(match["v"]) and base_of(match["v"], self.grammar.verbs) in self.grammar.verbs:
                following = text[match.end() : end].lstrip()[:1]
                if not following.isupper() and not self.in_that(passive.end(), match.start()):
                    spans.append(match.span("v"))
        for place, (start, last) in enumerate(spans):
            stop = self.before_conjunction_of(spans[place + 1][0]) if place + 1 < len(spans) else end
            shared = place + 1 < len(spans) and len(text[last:stop].strip()) == 0
            agent = self.agent(last, end if shared else stop) or agent
            performers = self.parties(*agent) if agent else ()
            verb = base_of(text[start:last], self.grammar.verbs)
            after = self.grammar.particle(verb, text, last, stop)
            self.act(
                strength=force.strength,
                source=force.source,
                rule=f"{force.rule}-passive",
                verb=f"{verb}{text[last:after]}",
                start=start,
                verb_end=after,
                first=after,
                end=stop,
                performers=performers,
                object_span=subject,
                extra=force.before,
            )
        self.denied = was

    def tasked(
        self,
        at: int,
        end: int,
        subject: tuple[int, int],
        force: Force,
    ) -> bool:
        """ "shall be responsible for preparing …", "shall be invited to submit …": the act is the inner verb's."""
        text = self.text
        inner = _TASKED.match(text, at, end)
        if inner is None:
            return False
        performers = self.parties(*subject)
        was, self.denied = self.denied, self.is_denied(at)
        done = self.tasked_with(inner, end, performers, force)
        self.denied = was
        return done

    def tasked_with(
        self,
        inner: re.Match[str],
        end: int,
        performers: tuple[Phrase, ...],
        force: Force,
    ) -> bool:
        """The acts of the verb inside "shall be invited to submit …", those denied where the outer verb is."""
        text, grammar = self.text, self.grammar
        asked = re.search(r"\bbe\s+(?P<v>\w+)", inner.group())
        entries = grammar.entries.get(asked["v"].lower(), []) if asked else []
        if entries and entries[0].kind == "directive" and force.strength in ("instruction", "decision", "undertaking"):
            force = replace(force, strength=entries[0].strength)  # "Resolved, That the Board be requested to …"
        if inner["to"]:
            first = grammar.marker.match(text, inner.start("to"), end)
            if first is None or not grammar.is_verb(first["verb"], ""):
                return False
            self.series(first, end, performers, force)
            return True
        return self.gerund_series(inner.end(), end, performers, replace(force, rule=f"{force.rule}-gerund", before=()))

    def impersonal(self, start: int, end: int) -> bool:
        """ "It is incumbent on States to …", "It is desirable that schools …": whether the sentence was one."""
        text, grammar = self.text, self.grammar
        said = grammar.incumbent.match(text, start, end)
        if said is None:
            return False
        how = re.sub(r"\s+", " ", (said["how"] or "incumbent").lower())
        strength, source, rule = grammar.impersonal[how], f"{self.language}.yaml: {how}", f"{self.language}-impersonal"
        if said["mark"] == "that" and strength == "decision":  # "It is agreed that …"
            head = Head(grammar.entries["decide"][0], said.start(), said.end(), said.end(), finite=True)
            self.that_clauses(head, said.end(), end, strength, source, rule)
            return True
        if said["mark"] == "that":
            return self.subjunctive(said.end(), end, strength, source)
        at = said.start("mark") if said["mark"] == "to" else said.end()
        first = self.infinitive(at, end)
        if first is None:
            return False
        performers = self.parties(at, first.start()) if said["mark"] != "to" else ()
        self.series(first, end, performers, Force(strength, source, rule, self.times_in(at, first.start())))
        return True

    def own(self, head: Head, end: int, performer: Phrase | None) -> None:
        """ "Decides to …", "Adopts …", "Decides that …"."""
        text, grammar, entry = self.text, self.grammar, head.entry
        rule = f"{self.language}-own"
        performers = self.parties(performer.start, performer.end) if performer else None
        rest = text[head.after : end].strip()
        if rest in (":", "to:", "that:", "") or re.fullmatch(
            r"(?:as follows|the following|to|that|de|que|on the following|upon the following)?\s*:", rest
        ):
            modal = "to" in rest.split(":")[0].split()
            self.handed = Frame(entry.strength, "own", entry.source, None, performer, modal=modal)
            return
        that = re.compile(r"that\s+", re.IGNORECASE).match(text, head.after, end) if grammar.english else None
        resolved = text[: head.after].rstrip().endswith(" that")
        if (that or resolved) and not entry.act:
            self.that_clauses(head, that.end() if that else head.after, end, entry.strength, entry.source, rule)
            return
        if grammar.english and not entry.act and self.for_somebody(head, end):
            return
        marked = any(words.endswith(" to") for words in entry.words)
        begin = head.verb_end if marked else max(head.after - 4, head.verb_end)
        first = None if entry.act else self.infinitive(begin, end)
        if self.language == "es" and not entry.act:
            bare = re.compile(r"\s*(?P<verb>[a-zñáéíóú]+(?:ar|er|ir)(?:se)?)\b").match(text, head.after, end)
            first = bare or first
        if grammar.english and self.gerunds(head, end, performers, rule):
            return
        near = (first is not None and not text[head.after : first.start()].strip(" ,")) or (
            first is not None and self.only_asides(head.after, first.start())
        )
        if first is not None and near:
            inner = grammar.head(text, first.start("verb"), end, grammar.opening)
            if (
                inner is not None
                and inner.entry.kind in ("directive",)
                and inner.start == first.start("verb")
                and inner.entry.verb != "extend"
            ):
                self.one(inner, end, performer)
                return
            that = self.and_that(first.end(), end) if grammar.english and not entry.act else None
            stop = that.start() if that else end
            self.series(
                first,
                stop,
                performers,
                Force(entry.strength, entry.source, rule, self.times_in(head.after, first.start())),
            )
            if that is not None:
                self.that_clause(head, that.end(), end, entry.strength, entry.source, rule)
            return
        verb = base_of(entry.words[0].split()[-2], grammar.verbs) if entry.verb == "be" and entry.words else entry.verb
        self.emit(entry, head, rule=rule, verb=verb, at=head.start, first=head.after, end=end, performers=performers)

    def and_that(self, start: int, end: int) -> re.Match[str] | None:
        """ "decides to meet in 2028 and that the Bureau shall …": the mark of the that-clause after an infinitive."""
        for match in AND_THAT.finditer(self.text, start, end):
            modal = self.grammar.modal.search(self.text, match.end(), end)
            if modal and not self.in_that(start, match.start()) and "," not in self.text[match.end() : modal.start()]:
                return match
        return None

    def gerunds(self, head: Head, end: int, performers: tuple[Phrase, ...] | None, rule: str) -> bool:
        """ "commits itself to strengthening … and to keeping …": an act for each; whether there was one."""
        text, entry = self.text, head.entry
        if entry.act or entry.strength != "undertaking" or not text[: head.after].rstrip().endswith(" to"):
            return False
        return self.gerund_series(head.after, end, performers, Force(entry.strength, entry.source, f"{rule}-gerund"))

    def gerund_series(
        self,
        at: int,
        end: int,
        performers: tuple[Phrase, ...] | None,
        force: Force,
    ) -> bool:
        """ "preparing a list and for circulating it": an act for each gerund; whether there was one at `at`."""
        text, grammar = self.text, self.grammar
        first = re.compile(rf"\s*(?:{LY}\s+)?(?P<verb>{WORD}ing)(?=[\s,])").match(text, at, end)
        if first is None or gerund_of(first["verb"], grammar.verbs) == "":
            return False
        spans = [first]
        further = re.compile(
            rf"(?:,\s*(?:and\s+)?|\s+and\s+)(?P<to>(?:to|for|of|with)\s+)?(?:{LY}\s+)?(?P<verb>{WORD}ing)(?=[\s,])"
        )
        for match in further.finditer(text, first.end(), end):
            beside = match.start() == spans[-1].end()
            if gerund_of(match["verb"], grammar.verbs) and (
                match["to"] or beside or self.before_determiner(match.end())
            ):
                spans.append(match)
        for place, match in enumerate(spans):
            verb = gerund_of(match["verb"], grammar.verbs)
            stop = spans[place + 1].start() if place + 1 < len(spans) else end
            last = grammar.particle(verb, text, match.end("verb"), stop)
            self.act(
                strength=force.strength,
                source=force.source,
                rule=force.rule,
                verb=f"{verb}{text[match.end('verb') : last]}",
                start=match.start("verb"),
                verb_end=last,
                first=last,
                end=stop,
                performers=performers,
            )
        for place in range(len(self.acts) - 2, len(self.acts) - len(spans) - 1, -1):
            if self.acts[place].object is None:
                self.acts[place] = replace(self.acts[place], object=self.acts[place + 1].object)
        return True

    def stance(self, head: Head, end: int, performer: Phrase | None) -> None:
        text, entry = self.text, head.entry
        performers = (performer,) if performer else None
        opinion = entry.verb in self.grammar.opinions and entry.words != ("note",)
        if opinion and (that := re.compile(r"that\s+").match(text, head.after, end)):
            modal = self.grammar.modal.search(text, that.end(), end)
            if modal and modal["modal"].lower() in ("should", "ought to"):
                self.that_clause(head, that.end(), end, "recommendation", "en.yaml: should", f"{self.language}-stance")
                return
        if text[head.after : end].strip() == ":":
            self.handed = Frame(entry.strength, "stance", entry.source, None, performer, verb=entry.verb)
            return
        addressees: tuple[Phrase, ...] = ()
        taken: list[tuple[int, int]] = []
        if entry.strength in ("thanks", "support"):
            marked = re.compile(rf"(?:{self.grammar.to})\s+").match(text, head.after, end)
            begin = marked.end() if marked else head.after if entry.verb in ("thank", "remercier", "agradecer") else -1
            if begin >= 0:
                stop = re.compile(r"\s(?:for|pour|por)\s|$").search(text, begin, end)
                limit = stop.start() if stop else end
                stop_np = limit if entry.verb == "thank" or stop else self.noun_phrase(begin, end)
                last = begin
                for again in AND_TO.finditer(text, begin, min(limit, stop_np)):
                    addressees += self.parties(last, again.start())
                    last = again.end()
                addressees += self.parties(last, min(limit, stop_np))
                taken = [(head.after, min(limit, stop_np))]
        self.emit(
            entry,
            head,
            rule=f"{self.language}-stance",
            verb="take note" if entry.verb == "take" and entry.words else entry.verb,
            at=head.start,
            first=head.after,
            end=end,
            performers=performers,
            addressees=addressees,
            taken=taken,
            stance=True,
        )

    def with_subject(self, start: int, end: int, finite_only: bool) -> None:
        text, grammar = self.text, self.grammar
        limit = min(end, start + 700)
        if grammar.english and self.asked(start, end, limit):
            return
        modal = grammar.modal.search(text, start, limit)
        done = _HEREBY.search(text, start, limit) if grammar.english and not finite_only else None
        if done and is_participle(done["v"]) and not grammar.relative.search(text, start, done.start()):
            source, rule = "en.yaml: shall", f"{self.language}-hereby"
            self.undergone(done, end, trim(text, start, done.start()), Force("decision", source, rule))
            return
        for match in grammar.anywhere.finditer(text, start, limit):
            if match.start() == start or (modal is not None and modal.start() < match.start()):
                break
            form = re.sub(r"\s+", " ", match["verb"].lower())
            subject = text[start : match.start()]
            if form in grammar.actors and match["verb"].istitle():
                continue  # "member States"
            if (
                re.search(r"\b(?:that|which|who|if|when|where|to|qui|que|a)\s*$", subject)
                or re.search(r"\bthat\s[^,;]*$", subject)
                or re.search(r"\b(?:as|if|unless|when|until)\s+(?:it|they|the\s+\w+)\s*$", subject, re.IGNORECASE)
                or (grammar.english and re.search(r"\b(?:not|never|cannot|nothing)\s*$", subject, re.IGNORECASE))
                or subject.strip().lower() in grammar.articles - PRONOUNS
                or not (
                    grammar.subjects.search(subject)
                    or _ACRONYM.fullmatch(subject)
                    or (not finite_only and self.is_stated(match) and self.is_body(start, match.start()))
                )
                or len(subject) > 500
            ):
                continue
            plural = any(
                re.match(
                    r"(?:we|they|the\s+(?:[\w-]+\s+){0,4}(?:participants|delegates|members|parties|ministers|heads)|(?:participants|delegates|members|states\s+parties|ministers|heads))\b",
                    words,
                    re.IGNORECASE,
                )
                for words in (subject, subject.split(",")[-1].lstrip())
            )
            if grammar.english and form not in grammar.third and not plural:
                continue
            if (
                grammar.english
                and re.search(
                    r"\b(?:of|in|by|for|the|a|an|its|their|has|have|had|been|was|were|be|is|are|as)\s*$", subject
                )
                and not re.search(r"[a-z],\s*$", subject)
            ):
                continue
            if form in grammar.past and (finite_only or not self.is_past_sentence(subject)):
                continue
            head = grammar.as_head(text, match, end)
            if head is None:
                continue
            span = self.subject_span(start, match.start())
            self.subject = Phrase(*span)
            stated = None if text[span[0] : span[1]].lower() in ("it", "we", "they", "nous") else self.subject
            self.pieces_of(head, end, stated)
            if self.handed is not None:
                self.handed = replace(self.handed, subject=stated)
            return
        if modal is not None and not finite_only:
            self.modal_sentence(start, end, modal)

    def asked(self, start: int, end: int, limit: int) -> bool:
        """ "The Secretariat is requested to submit …, and is entrusted with …"; whether the sentence was one."""
        text, grammar = self.text, self.grammar
        found = [match for match in grammar.asked.finditer(text, start, limit) if self.asks(match, end)]
        told = text[start : found[0].start()].split(",")[-1] if found else ""
        if self.asked_below(start, end):
            return True
        if not found or (grammar.relative.search(f" {told} ") and not self.is_described(told)):
            return False
        subject = self.subject_span(start, found[0].start())
        if described := self.grammar.relative.search(text, *subject):
            subject = trim(text, subject[0], described.start())
        impersonal = text[subject[0] : subject[1]].lower() == "it"
        if modal := re.compile(rf"\s(?:{grammar.polarity.leading.pattern})").search(text, subject[0], found[0].start()):
            subject = trim(text, subject[0], min(subject[1], modal.start()))
        if not impersonal and not self.is_actor(*subject):
            return False
        performers = self.parties(*subject)
        rule = f"{self.language}-passive-directive"
        for place, match in enumerate(found):
            stop = self.before_conjunction(match.end(), found[place + 1].start()) if place + 1 < len(found) else end
            head = grammar.as_head(text, match, stop)
            if head is None:
                continue
            entry = head.entry
            denied = self.is_denied(match.start()) or names_nobody(self.original, performers[0].start, subject[1])
            if denied and entry.verb not in grammar.permitting:
                continue
            self.denied = denied or entry.verb in grammar.forbidding
            stop = self.shall_too(performers, match.end(), stop, rule)
            if impersonal:
                that = re.compile(r"that\s+", re.IGNORECASE).match(text, head.after, stop)
                if that:
                    self.that_clause(head, that.end(), stop, entry.strength, entry.source, rule)
                continue
            charged = re.compile(r"\s*(?:with|from)\s+").match(text, head.verb_end, stop)
            if charged and self.gerund_series(
                charged.end(), stop, performers, Force(entry.strength, entry.source, f"{rule}-gerund")
            ):
                continue
            first = None if charged else self.infinitive(max(head.after - 4, head.verb_end), stop)
            if first is not None:
                before = self.times_in(start, first.start())
                self.series(first, stop, performers, Force(entry.strength, entry.source, rule, before))
            else:
                self.emit(
                    entry,
                    head,
                    rule=f"{rule}-nominal",
                    verb=entry.verb,
                    at=head.start,
                    first=head.after,
                    end=stop,
                    performers=performers,
                )
        self.denied = False
        for word, last, those, strength, source, said in self.later:
            self.series(word, last, those, Force(strength, source, said))
        return True

    def asked_below(self, start: int, end: int) -> bool:
        """ "The Secretariat, within its means, is requested to:" above a list; whether the sentence was one."""
        for match in self.grammar.asked.finditer(self.text, start, end):
            if re.fullmatch(r"(?:to)?\s*:", self.text[match.end() : end].strip()) is None:
                continue
            head = self.grammar.as_head(self.text, match, end)
            subject = self.subject_span(start, match.start())
            if head is None or head.entry.kind != "directive" or not self.is_actor(*subject):
                continue
            performers = self.parties(*subject)
            self.handed = Frame(
                head.entry.strength, "directive", head.entry.source, performers, verb=head.entry.verb, modal=True
            )
            return True
        return False

    def shall_too(self, performers: tuple[Phrase, ...], at: int, end: int, rule: str) -> int:
        """Where "…, and shall submit …" begins after "is instructed to …"; its acts are those of the same subject."""
        for match in re.compile(r"(?:,\s*(?:and\s+)?|\s+and\s+)(?P<modal>shall|must|should|will)\s+").finditer(
            self.text, at, end
        ):
            verb_at = self.verb_after(match.end(), end)
            word = re.compile(rf"\s*(?P<verb>{WORD})").match(self.text, verb_at, end)
            if word and word["verb"] in self.grammar.verbs and not self.in_that(at, match.start()):
                strength = self.grammar.modals[match["modal"].lower()]
                strength = "instruction" if strength == "undertaking" else strength
                self.later.append(
                    (word, end, performers, strength, f"{self.language}.yaml: {match['modal'].lower()}", rule)
                )
                return match.start()
        return end

    def is_described(self, words: str) -> bool:
        """Whether a relative clause with its own verb belongs to the subject: "Members who breed queens"."""
        said = re.search(rf"\b(?:who|that|which)\s+(?P<w>{WORD})\s", f"{words} ")
        word = said["w"] if said else "The"
        others = self.grammar.actors | self.grammar.determiners | {"they", "we", "it"}
        return word.islower() and word not in others

    def asks(self, match: re.Match[str], end: int) -> bool:
        """Whether what is to be done follows: "requested to …", "entrusted with …", "recommended that …"."""
        head = self.grammar.as_head(self.text, match, end)
        if head is None or head.entry.kind != "directive":
            return False
        following = re.compile(r"\s*(?:,[^,]*,\s*|neither\s+|not\s+)?(?P<word>to|with|that|from)\s").match(
            self.text, match.end("verb"), end
        )
        if following is None or following["word"] != "to":
            if following is not None and following["word"] == "from":
                return head.entry.verb in self.grammar.forbidding
            charged = head.entry.verb in ("entrust", "charge", "task", "mandate")
            return following is not None and (following["word"] == "that" or charged)
        marked = self.infinitive(max(head.after - 4, head.verb_end), end)
        return marked is not None and marked.start() <= following.end()

    def pieces_of(self, head: Head, end: int, performer: Phrase | None) -> None:
        plural = not head.finite and not head.past
        later = [*self.later_heads(head, end), *(self.later_bare(head, end) if plural else ())]
        starts = [replace(head, finite=True), *sorted(later, key=lambda found: found.start)]
        self.one_by_one(starts, end, performer)

    def later_bare(self, head: Head, end: int) -> list[Head]:
        """ "We deplore the closing … and salute the parents …": the further verbs of a plural subject."""
        found = []
        for match in re.compile(rf"(?:,\s*(?:and\s+)?|\s+and\s+)(?P<we>we\s+)?(?=(?P<w>{WORD}))").finditer(
            self.text, head.after, end
        ):
            later = self.grammar.head(self.text, match.end(), end, self.grammar.opening)
            if later is None or later.finite or later.past or self.in_that(head.after, match.start()):
                continue
            if re.search(rf"\bto\s+(?:{LY}\s+)?[\w-]+$", self.text[head.after : match.start()]):
                continue  # "the efforts to strengthen and support …"
            following = re.compile(rf"\s*(?P<w>{WORD})").match(self.text, later.after, end)
            named = following is not None and (
                following["w"].lower() in self.grammar.articles or following["w"][0].isupper()
            )
            if named or later.entry.words or match["we"]:
                begun = match.start("we") if match["we"] else later.start
                found.append(replace(later, finite=True, start=begun))
        return found

    def next_subject(self, at: int, end: int) -> tuple[int, re.Match[str]] | None:
        """ "…, and the Treasurer shall present it": where a further clause begins, and its modal verb."""
        for match in re.compile(r"(?:;\s*(?:and\s+)?|,?\s+and\s+)(?=(?:the|each|all|every|its|their)\s)").finditer(
            self.text, at, end
        ):
            modal = self.grammar.modal.search(self.text, match.end(), min(end, match.end() + 90))
            if modal is None or re.search(r"[,;]", self.text[match.end() : modal.start()]):
                continue
            alone = not self.grammar.relative.search(f" {self.text[match.end() : modal.start()]} ")
            if alone and self.is_actor(match.end(), modal.start()) and not self.in_that(at, match.start()):
                return match.start(), modal
        return None

    def modal_sentence(self, start: int, end: int, modal: re.Match[str]) -> None:
        text = self.text
        if self.grammar.english and (further := self.next_subject(modal.end(), end)):
            self.modal_sentence(start, further[0], modal)
            begin = self.grammar.conjunction.match(text, further[0], end)
            self.modal_sentence(begin.end() if begin else further[0] + 1, end, further[1])
            return
        subject = self.subject_span(start, modal.start())
        words = text[start : modal.start()]
        if (
            subject[0] >= subject[1]
            or self.grammar.relative.search(f" {words.split(',')[-1]} ")
            or len(words) > 400
            or not self.grammar.english
        ):
            return
        strength = self.grammar.modals[re.sub(r"\s+", " ", modal["modal"].lower())]
        source = f"{self.language}.yaml: {modal['modal'].lower()}"
        verb_at = self.verb_after(modal.end(), end)
        passive = self.passive(verb_at, end)
        before = [*self.times_in(start, subject[0]), *self.times_in(modal.end(), verb_at)]
        low = text[subject[0] : subject[1]].lower()
        if low == "there" and strength == "instruction" and (made := _THERE.match(text, verb_at, end)):
            verb = base_of(made["v"], self.grammar.verbs) if made["v"] else "be"
            at = made.end("v") if made["v"] else made.end()
            self.act(
                strength="decision",
                source=source,
                rule=f"{self.language}-there",
                verb=verb,
                start=verb_at,
                verb_end=at,
                first=at,
                end=end,
                performers=None,
                extra=before,
            )
            return
        if (
            low == "it"
            and self.grammar.is_verb(text[verb_at:end].split(" ")[0], "")
            and not text.startswith("be ", verb_at)
        ):
            word = re.compile(rf"(?P<verb>{WORD})").match(text, verb_at, end)
            if word is not None:
                those = None if strength == "undertaking" else ()
                self.series(word, end, those, Force(strength, source, f"{self.language}-modal", before))
            return
        if low in ("it", "this", "there", "that", "these"):
            return
        if low == "we" or words.rstrip().lower().endswith(" we"):
            own = strength if strength != "instruction" else "undertaking"
            while word := re.compile(rf"\s*(?P<verb>{WORD})").match(text, verb_at, end):
                again = self.modal_again(modal["modal"], verb_at, end)
                stop = again.start() if again else end
                self.series(word, stop, None, Force(own, source, f"{self.language}-modal", before))
                if again is None:
                    break
                verb_at = self.verb_after(again.end(), end)
            return
        if text[modal.end() : end].strip() == ":":
            self.handed = Frame(strength, "directive", source, self.parties(*subject), modal=True)
            return
        if passive is None and not self.is_actor(*subject):
            return
        if strength == "undertaking" and not self.grammar.subjects.search(low):
            strength = "instruction"
        if modal["modal"].lower() == "will" and passive is not None and self.agent(passive.end(), end) is None:
            strength = "decision"
        self.governed(
            verb_at, end, subject, Force(strength, source, f"{self.language}-modal", before), passive, modal["modal"]
        )

    def goes_on(self, start: int, end: int, frame: Frame) -> bool:
        """ "(a) To submit …" or "adopt …" below an intro; whether the item was one of these."""
        text, grammar = self.text, self.grammar
        before = [time for time in self.found if time.start == start]
        if before and (comma := re.compile(r"\s*,\s*").match(text, before[0].end, end)):
            start = comma.end()
        if frame.modal and (said := grammar.modal.match(text, start, end)):
            start = self.verb_after(said.end(), end)
        marked = grammar.marker.match(text, start, end)
        if marked is not None and self.does(marked, end):
            inner = grammar.head(text, marked.start("verb"), end, grammar.opening) if frame.kind == "own" else None
            if inner is not None and inner.entry.kind in ("directive", "stance"):
                self.spoken_series(inner, end)
            else:
                self.series(
                    marked,
                    end,
                    self.inherited(frame),
                    Force(frame.strength, frame.source, f"{self.language}-item", before),
                )
            return True
        if frame.modal or (frame.kind == "directive" and frame.performers):
            bare = _ITEM_VERB.match(text, start, end)
            spoken = grammar.head(text, start, end, grammar.opening) if frame.kind == "own" else None
            if (
                spoken is not None
                and spoken.entry.strength in _SPOKEN
                and spoken.entry.verb != "pay"
                and (spoken.entry.kind == "stance" or self.infinitive(spoken.after, end))
                and spoken.entry.kind in ("stance", "directive")
            ):
                self.one(spoken, end)
                return True
            if bare is not None and (
                bare["verb"].lower() in grammar.verbs
                or (frame.modal and grammar.is_verb(bare["verb"].lower(), ""))
                or self.causative(bare.start("verb"), end)
            ):
                self.series(
                    bare,
                    end,
                    self.inherited(frame),
                    Force(frame.strength, frame.source, f"{self.language}-item", before),
                )
                return True
        if frame.kind == "own" and frame.performers is None and text[start].islower():
            bare = _ITEM_VERB.match(text, start, end)
            if bare is not None and bare["verb"] in grammar.verbs and bare["verb"] not in grammar.doubtful:
                inner = grammar.head(text, start, end, grammar.opening)
                if inner is None or inner.entry.kind == "own":
                    self.series(bare, end, None, Force(frame.strength, frame.source, f"{self.language}-item", before))
                    return True
        return False

    def spoken_series(self, head: Head, end: int) -> None:
        """ "To express appreciation to …, and to urge … to …": each verb of what the body says."""
        heads = [head]
        for match in AND_TO.finditer(self.text, head.after, end):
            found = self.grammar.head(self.text, match.end(), end, self.grammar.opening)
            if found and found.entry.kind in ("directive", "stance") and "," in match.group():
                heads.append(found)
        for place, at in enumerate(heads):
            stop = self.before_conjunction_of(heads[place + 1].start) if place + 1 < len(heads) else end
            self.one(at, stop)

    def is_nothing(self, span: tuple[int, int] | None) -> bool:
        """Whether no object stands between two verbs, or only its preposition: "coordinate with and support …"."""
        return span is None or self.text[span[0] : span[1]] in ("with", "to", "on", "for", "in", "from", "by", "at")

    def inherited(self, frame: Frame) -> tuple[Phrase, ...] | None:
        return frame.performers if frame.kind == "directive" else None

    def under(self, start: int, end: int, frame: Frame) -> None:
        """ "(a) Member States to …" below "Calls upon:", and things below an open verb."""
        if frame.kind == "directive" and not frame.performers and not frame.modal:
            lead = self.grammar.lead.match(self.text, start, end)
            at = lead.end() if lead else start
            first = self.infinitive(at, end)
            opened = re.search(r"(?:\s(?:to|de|à|a))?\s*:$", self.text[at:end])
            if first is not None:
                self.series(
                    first,
                    end,
                    self.parties(at, first.start()),
                    Force(frame.strength, frame.source, f"{self.language}-item", self.times_in(at, first.start())),
                )
            elif self.grammar.english and self.subjunctive(at, end, frame.strength, frame.source):
                return
            elif opened:
                span = trim(self.text, at, at + opened.start())
                self.handed = replace(frame, performers=self.parties(*span), modal=bool(opened.group().strip(" :")))

    def subjunctive(self, start: int, end: int, strength: Strength, source: str) -> bool:
        """ "schools appoint an officer" below "They recommend that:"; whether the item was such a clause."""
        rule = f"{self.language}-item-that"
        modal = self.grammar.modal.search(self.text, start, end)
        verb_at = self.clause_verb(start, end)
        if modal is not None and modal.start() < verb_at:
            subject, verb_at = trim(self.text, start, modal.start()), self.verb_after(modal.end(), end)
        else:
            subject = trim(self.text, start, verb_at)
        passive = self.passive(verb_at, end)
        if verb_at >= end or not (passive or self.is_actor(*subject)):
            return False
        self.governed(verb_at, end, subject, Force(strength, source, rule), passive)
        return True

    def goes_on_denied(self, verb: tuple[int, int], at: int) -> bool:
        """Sets whether the verb at `at` is denied as the one before it is; False where that is doubtful.

        "not to sign or to extend" is both, "not to sign, and to report" only the first, "shall not sign the act and
        report" may be either.
        """
        denied, self.denied = self.is_denied(verb[0]), False
        begun = self.before_conjunction_of(at)
        joining = self.text[begun:at].lower().split()
        if not denied or ("to" in joining and "or" not in joining):
            return True
        self.denied = "or" in joining or not self.text[verb[1] : begun].strip()
        return self.denied or self.is_denied(at)

    def series(
        self,
        first: re.Match[str],
        end: int,
        performers: tuple[Phrase, ...] | None,
        force: Force,
    ) -> None:
        """Emit the act of a governed verb and those coordinated with it."""
        verbs = self.coordinated(first, end)
        made: list[Act] = []
        was = self.denied
        for place, (verb_start, verb_end) in enumerate(verbs):
            if place and not was and made and not self.goes_on_denied(verbs[place - 1], verb_start):
                continue
            stop = self.before_conjunction_of(verbs[place + 1][0]) if place + 1 < len(verbs) else end
            verb_end = self.grammar.particle(self.text[verb_start:verb_end], self.text, verb_end, stop)
            word = " ".join(self.text[verb_start:verb_end].lower().split())
            thing = None
            if had := self.causative(verb_start, stop):
                word, verb_end, thing = f"{word} {had['v'].lower()}", had.end("v"), had.span("o")
            elif apart := self.parted(word, verb_end, stop):
                thing = apart.span("o")
                verb_end = self.grammar.particle(word, self.text, apart.end("o"), stop)
                word = f"{word} {self.text[apart.end('o') : verb_end].strip()}"
            led = self.times_in(self.before_conjunction_of(verb_start) if place else first.start(), verb_start)
            led = [time for time in led if not self.text.startswith("systematically", time.start)]  # a manner
            self.act(
                strength=force.strength,
                source=force.source,
                rule=force.rule,
                verb=self.grammar.lemma(word),
                start=verb_start,
                verb_end=verb_end,
                first=verb_end,
                end=max(stop, verb_end),
                performers=performers,
                object_span=thing,
                extra=[*force.before, *led],
            )
            made.append(self.acts.pop())
        self.denied = was
        for place in range(len(made) - 2, -1, -1):
            between = self.text[made[place].verb_end : made[place + 1].start]
            if (
                self.is_nothing(made[place].object)
                and not made[place].addressees
                and not any(made[place].verb_end <= t.start < made[place + 1].start for t in self.found)
                and len(between) < 40
            ):
                following = made[place + 1]
                made[place] = replace(
                    made[place],
                    object=following.object,
                    addressees=made[place].addressees
                    or (following.addressees if made[place].verb.split()[0] in self.grammar.transfer else ()),
                    deadline=made[place].deadline or following.deadline,
                    recurrence=made[place].recurrence or following.recurrence,
                )
        self.acts += made
        if self.text[end - 1] == ":":
            last = made[-1]
            to_go_on = last.object is None or self.text[last.verb_end : end].strip() in (":", "to:")
            if to_go_on and len(made) == 1:
                self.acts.pop()
            self.handed = Frame(
                force.strength,
                "directive" if performers is not None else "own",
                force.source,
                performers,
                modal=to_go_on,
            )
