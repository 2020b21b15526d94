"""The rules for clauses that begin with their verb: directives, decisions, stances, modals, items below an intro."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from kb.commitments.clause import Act, Analysis, Frame, Phrase, trim
from kb.commitments.dates import Time
from kb.commitments.english.grammar import LY, PRONOUNS, WORD, Head, base_of, gerund_of
from kb.commitments.english.sentence import AND_TO, Sentence
from kb.commitments.model import Strength

__all__ = ["Clause"]

_SPOKEN: Final = frozenset({"request", "thanks", "welcome", "recommendation", "instruction"})


AND_THAT: Final = re.compile(r",?\s+and\s+(?:further\s+|also\s+)?that\s+")


class Clause(Sentence):
    """One sentence under analysis."""

    def run(self, finite_only: bool) -> Analysis:
        start, end = trim(self.text, self.start, self.end)
        if end < self.end and self.text[end : self.end].strip().startswith(":"):
            end = self.text.index(":", end) + 1
        frame = self.frame
        if start < end:
            self.sentence(start, end, frame, finite_only)
        return Analysis(tuple(self.acts), self.handed)

    def sentence(self, start: int, end: int, frame: Frame | None, finite_only: bool) -> None:
        text, grammar = self.text, self.grammar
        head = grammar.head(text, start, end, grammar.opening)
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

    def pieces(self, head: Head, end: int) -> None:
        starts = [head]
        if head.finite:
            starts += self.later_heads(head, end)
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
        if that and grammar.english and (second := AND_THAT.search(text, at, end)):
            self.that_clause(head, at, second.start(), entry.strength, entry.source, rule)
            self.subjunctive(second.end(), end, entry.strength, entry.source)
            return
        if that and grammar.english:
            self.that_clause(head, at, end, entry.strength, entry.source, rule)
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
        self.series(first, stop, performers, entry.strength, entry.source, rule, before)
        if other is not None:
            begin = grammar.conjunction.match(text, stop, end)
            assert begin is not None
            self.series(other, end, self.parties(begin.end(), other.start()), entry.strength, entry.source, rule, [])

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
        return (self.acts[-1].performers or ()) if self.acts else ()

    def nominal(self, head: Head, at: int, end: int, rule: str) -> None:
        """ "Entrusts the Secretariat with …", "Urges restraint": no infinitive follows."""
        text, entry = self.text, head.entry
        split = (
            re.compile(r"\s(?:with|for|avec|del?)\s").search(text, at, end)
            if entry.verb in ("entrust", "charge", "task", "appeal", "mandate", "ask", "invite")
            else None
        )
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
        if entry.words == ("to",) and entry.verb == "recommend":
            stop = self.noun_phrase(at, end)
            the = re.compile(r"\s(?:the|that)\s").search(text, at + 4, stop)
            stop = the.start() if the else stop
            further = re.compile(rf"\s+that\s+(?:it|they)\s+(?P<verb>{WORD})").match(text, stop, end)
            if self.is_actor(at, stop) and further:
                self.series(further, end, self.parties(at, stop), entry.strength, entry.source, f"{rule}-that", [])
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

    def that_clause(self, head: Head, at: int, end: int, strength: Strength, source: str, rule: str) -> None:
        """ "Recommends that States adopt …", "Decides that all States shall …"."""
        text, grammar = self.text, self.grammar
        own = head.entry.kind == "own"
        modal = grammar.modal.search(text, at, end)
        verb_at = self.clause_verb(at, end)
        if modal is not None and modal.start() <= verb_at:
            subject = trim(text, at, modal.start())
            said = grammar.modals[re.sub(r"\s+", " ", modal["modal"].lower())]
            if own and said != "instruction":
                said = strength
            actor = self.is_actor(*subject)
            if (
                text[modal.end() - 1 : end].strip() in (":", "")
                or text[modal.start() : end].rstrip(" :").lower() == modal["modal"].lower()
            ):
                self.handed = Frame(said if own else strength, "directive", source, self.parties(*subject), modal=True)
                return
            verb_start = self.verb_after(modal.end(), end)
            passive = re.match(r"be\s+(?:\w+ly\s+)?(?P<v>\w+)", text[verb_start:end])
            if own and (not actor or passive):
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
                said_at = verb_start + (passive.end() if passive else 0)
                inside = [t for t in self.times_in(said_at, end) if self.is_when(t, said_at, "hold")]
                self.acts[-1] = replace(
                    self.acts[-1],
                    deadline=next((t for t in inside if not t.kind), None),
                    recurrence=next((t for t in inside if t.kind), None),
                )
                return
            self.governed(
                verb_start, end, subject, said if own else strength, source, f"{rule}-that", passive, modal["modal"]
            )
            return
        if verb_at == end or own:
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
        passive = re.match(r"be\s+(?:\w+ly\s+)?(?P<v>\w+)", text[verb_at:end])
        self.governed(verb_at, end, subject, strength, source, f"{rule}-that", passive)

    def governed(
        self,
        verb_at: int,
        end: int,
        subject: tuple[int, int],
        strength: Strength,
        source: str,
        rule: str,
        passive: re.Match[str] | None,
        modal: str = "",
        before: Sequence[Time] = (),
    ) -> None:
        """The acts of a subject whose verb stands at `verb_at`; of a passive, the agent acts on the subject.

        `modal`: the modal verb before it; said again it begins a further act. `before`: times before the subject.
        """
        text = self.text
        if modal and (again := self.modal_again(modal, verb_at, end)):
            self.governed(verb_at, again.start(), subject, strength, source, rule, passive, "", before)
            after = self.verb_after(again.end(), end)
            passive = re.match(r"be\s+(?:\w+ly\s+)?(?P<v>\w+)", text[after:end])
            self.governed(after, end, subject, strength, source, rule, passive, modal, before)
            return
        if passive is not None:
            agent = re.compile(r"\sby\s+(?=the\s|all\s|[A-Z])").search(text, verb_at, end)
            performers: tuple[Phrase, ...] = ()
            if agent and not any(t.start <= agent.start() + 1 < t.end for t in self.found):
                stop = self.noun_phrase(agent.end(), end)
                if self.is_actor(agent.end(), stop):
                    performers = self.parties(agent.end(), stop)
            verb = base_of(passive["v"], self.grammar.verbs)
            self.act(
                strength=strength,
                source=source,
                rule=f"{rule}-passive",
                verb=verb,
                start=verb_at + passive.start("v"),
                verb_end=verb_at + passive.end("v"),
                first=verb_at + passive.end("v"),
                end=end,
                performers=performers,
                object_span=subject,
                extra=before,
            )
            return
        word = re.compile(rf"\s*(?:{LY}\s+)*(?P<verb>{WORD})").match(text, verb_at, end)
        if word is None:
            return
        self.series(word, end, self.parties(*subject), strength, source, rule, before)

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
            self.that_clause(head, that.end() if that else head.after, end, entry.strength, entry.source, rule)
            return
        first = None if entry.act else self.infinitive(max(head.after - 4, head.verb_end), end)
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
            self.series(
                first, end, performers, entry.strength, entry.source, rule, self.times_in(head.after, first.start())
            )
            return
        self.emit(
            entry, head, rule=rule, verb=entry.verb, at=head.start, first=head.after, end=end, performers=performers
        )

    def gerunds(self, head: Head, end: int, performers: tuple[Phrase, ...] | None, rule: str) -> bool:
        """ "commits itself to strengthening … and to keeping …": an act for each; whether there was one."""
        text, grammar, entry = self.text, self.grammar, head.entry
        if entry.act or entry.strength != "undertaking" or not text[: head.after].rstrip().endswith(" to"):
            return False
        found = [re.compile(rf"\s*(?P<verb>{WORD}ing)(?=\s)").match(text, head.after, end)]
        if found[0] is None or gerund_of(found[0]["verb"], grammar.verbs) == "":
            return False
        further = re.compile(rf"(?:,\s*(?:and\s+)?|\s+and\s+)(?P<to>to\s+)?(?:{LY}\s+)?(?P<verb>{WORD}ing)(?=\s)")
        for match in further.finditer(text, found[0].end(), end):
            beside = match.start() == found[0].end()
            if gerund_of(match["verb"], grammar.verbs) and (
                match["to"] or beside or self.before_determiner(match.end())
            ):
                found.append(match)
        spans = [match for match in found if match is not None]
        for place, match in enumerate(spans):
            self.act(
                strength=entry.strength,
                source=entry.source,
                rule=f"{rule}-gerund",
                verb=gerund_of(match["verb"], grammar.verbs),
                start=match.start("verb"),
                verb_end=match.end("verb"),
                first=match.end("verb"),
                end=spans[place + 1].start() if place + 1 < len(spans) else end,
                performers=performers,
            )
        if len(spans) > 1 and self.acts[-len(spans)].object is None:
            self.acts[-len(spans)] = replace(self.acts[-len(spans)], object=self.acts[1 - len(spans)].object)
        return True

    def stance(self, head: Head, end: int, performer: Phrase | None) -> None:
        text, entry = self.text, head.entry
        performers = (performer,) if performer else None
        if entry.verb == "consider" and (that := re.compile(r"that\s+").match(text, head.after, end)):
            modal = self.grammar.modal.search(text, that.end(), end)
            if modal and modal["modal"].lower() == "should":
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
        for match in grammar.anywhere.finditer(text, start, limit):
            if match.start() == start or (modal is not None and modal.start() < match.start()):
                break
            form = re.sub(r"\s+", " ", match["verb"].lower())
            subject = text[start : match.start()]
            if (
                re.search(r"\b(?:that|which|who|if|when|where|to|qui|que|a)\s*$", subject)
                or not grammar.subjects.search(subject)
                or len(subject) > 500
            ):
                continue
            plural = bool(
                re.match(
                    r"(?:we|they|the\s+(?:[\w-]+\s+){0,4}(?:participants|delegates|members|parties|ministers|heads)|(?:participants|delegates|members|states\s+parties|ministers|heads))\b",
                    subject,
                    re.IGNORECASE,
                )
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
        if not found or grammar.relative.search(f" {text[start : found[0].start()].split(',')[-1]} "):
            return False
        subject = self.subject_span(start, found[0].start())
        impersonal = text[subject[0] : subject[1]].lower() == "it"
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
            if impersonal:
                that = re.compile(r"that\s+", re.IGNORECASE).match(text, head.after, stop)
                if that:
                    self.that_clause(head, that.end(), stop, entry.strength, entry.source, rule)
                continue
            first = self.infinitive(max(head.after - 4, head.verb_end), stop)
            if first is not None:
                before = self.times_in(start, first.start())
                self.series(first, stop, performers, entry.strength, entry.source, rule, before)
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
        return True

    def asks(self, match: re.Match[str], end: int) -> bool:
        """Whether what is to be done follows: "requested to …", "entrusted with …", "recommended that …"."""
        head = self.grammar.as_head(self.text, match, end)
        if head is None or head.entry.kind != "directive":
            return False
        following = re.compile(r"\s*(?:,[^,]*,\s*)?(?P<word>to|with|that)\s").match(self.text, match.end("verb"), end)
        if following is None or following["word"] != "to":
            charged = head.entry.verb in ("entrust", "charge", "task", "mandate")
            return following is not None and (following["word"] == "that" or charged)
        marked = self.infinitive(max(head.after - 4, head.verb_end), end)
        return marked is not None and marked.start() <= following.end()

    def pieces_of(self, head: Head, end: int, performer: Phrase | None) -> None:
        starts = [replace(head, finite=True), *self.later_heads(head, end)]
        self.one_by_one(starts, end, performer)

    def modal_sentence(self, start: int, end: int, modal: re.Match[str]) -> None:
        text = self.text
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
        passive = re.match(r"be\s+(?:\w+ly\s+)?(?P<v>\w+)", text[verb_at:end])
        before = self.times_in(start, subject[0])
        low = text[subject[0] : subject[1]].lower()
        if low in ("it", "this", "there", "that", "these"):
            return
        if low == "we":
            own = strength if strength != "instruction" else "undertaking"
            while word := re.compile(rf"\s*(?P<verb>{WORD})").match(text, verb_at, end):
                again = self.modal_again(modal["modal"], verb_at, end)
                stop = again.start() if again else end
                self.series(word, stop, None, own, source, f"{self.language}-modal", before)
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
        self.governed(
            verb_at, end, subject, strength, source, f"{self.language}-modal", passive, modal["modal"], before
        )

    def goes_on(self, start: int, end: int, frame: Frame) -> bool:
        """ "(a) To submit …" or "adopt …" below an intro; whether the item was one of these."""
        text, grammar = self.text, self.grammar
        before = [time for time in self.found if time.start == start]
        if before and (comma := re.compile(r"\s*,\s*").match(text, before[0].end, end)):
            start = comma.end()
        marked = grammar.marker.match(text, start, end)
        if marked is not None and grammar.is_verb(marked["verb"], ""):
            inner = grammar.head(text, marked.start("verb"), end, grammar.opening) if frame.kind == "own" else None
            if inner is not None and inner.entry.kind in ("directive", "stance"):
                self.one(inner, end)
            else:
                self.series(
                    marked, end, self.inherited(frame), frame.strength, frame.source, f"{self.language}-item", before
                )
            return True
        if frame.modal or (frame.kind == "directive" and frame.performers):
            bare = re.compile(rf"(?:{LY}\s+)*(?P<verb>{WORD})").match(text, start, end)
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
                bare["verb"].lower() in grammar.verbs or (frame.modal and grammar.is_verb(bare["verb"].lower(), ""))
            ):
                self.series(
                    bare, end, self.inherited(frame), frame.strength, frame.source, f"{self.language}-item", before
                )
                return True
        if frame.kind == "own" and frame.performers is None and text[start].islower():
            bare = re.compile(rf"(?:{LY}\s+)*(?P<verb>{WORD})").match(text, start, end)
            if bare is not None and bare["verb"] in grammar.verbs and bare["verb"] not in grammar.doubtful:
                inner = grammar.head(text, start, end, grammar.opening)
                if inner is None or inner.entry.kind == "own":
                    self.series(bare, end, None, frame.strength, frame.source, f"{self.language}-item", before)
                    return True
        return False

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
                    frame.strength,
                    frame.source,
                    f"{self.language}-item",
                    self.times_in(at, first.start()),
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
        passive = re.match(r"be\s+(?:\w+ly\s+)?(?P<v>\w+)", self.text[verb_at:end])
        if verb_at >= end or not (passive or self.is_actor(*subject)):
            return False
        self.governed(verb_at, end, subject, strength, source, rule, passive)
        return True

    def series(
        self,
        first: re.Match[str],
        end: int,
        performers: tuple[Phrase, ...] | None,
        strength: Strength,
        source: str,
        rule: str,
        before: Sequence[Time],
    ) -> None:
        """Emit the act of a governed verb and those coordinated with it."""
        verbs = self.coordinated(first, end)
        made: list[Act] = []
        for place, (verb_start, verb_end) in enumerate(verbs):
            stop = self.before_conjunction_of(verbs[place + 1][0]) if place + 1 < len(verbs) else end
            word = self.text[verb_start:verb_end].lower()
            self.act(
                strength=strength,
                source=source,
                rule=rule,
                verb=self.grammar.lemma(word),
                start=verb_start,
                verb_end=verb_end,
                first=verb_end,
                end=max(stop, verb_end),
                performers=performers,
                extra=before,
            )
            made.append(self.acts.pop())
        for place in range(len(made) - 2, -1, -1):
            between = self.text[made[place].verb_end : made[place + 1].start]
            if (
                self.is_nothing(made[place].object)
                and not any(made[place].verb_end <= t.start < made[place + 1].start for t in self.found)
                and len(between) < 40
            ):
                following = made[place + 1]
                made[place] = replace(
                    made[place],
                    object=following.object,
                    addressees=made[place].addressees
                    or (following.addressees if made[place].verb in self.grammar.transfer else ()),
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
                strength, "directive" if performers is not None else "own", source, performers, modal=to_go_on
            )
