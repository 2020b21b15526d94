"""The rules for Russian clauses: directives, decisions, stances, modals, plain infinitives and finite verbs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from kb.commitments.clause import Act, Analysis, Frame, Phrase
from kb.commitments.dates import Time
from kb.commitments.lexicons import Entry
from kb.commitments.model import Strength
from kb.commitments.russian.phrases import coordinated, noun_phrase
from kb.commitments.russian.scope import is_question, is_reported
from kb.commitments.russian.sentence import Sentence
from kb.commitments.russian.tokens import (
    CONJUNCTIONS,
    SUBORDINATE,
    Token,
    fits,
    is_finite,
    tokens_of,
    vocabulary,
)
from kb.commitments.russian.verbs import Head, heads

__all__ = ["Clause"]

_JOINED: Final = re.compile(r"[\s,]*(?:(?:и|а|также|или|затем|далее|\w+о)[\s,]+)*")


_NOTHING: Final = "nothing"  # the kind of frame below which items set nothing: «Комитет вправе:»

_ANNOUNCING: Final = frozenset(
    "решить постановить договориться обязаться намереваться намерить стремиться обещать готовый настаивать взять "
    "подтвердить считать выразить принять".split()
)


class Clause(Sentence):
    """One sentence under analysis."""

    def run(self, finite_only: bool) -> Analysis:
        self.finite_only = finite_only
        if is_question(self.tokens):
            return Analysis()
        if self.frame is not None and self.frame.kind == _NOTHING:
            return Analysis((), self.frame)
        self.group(0, len(self.tokens), self.frame, finite_only)
        if self.sets_nothing or (not self.acts and self.handed is None and self.allows(self.tokens)):
            opened = Frame("note", _NOTHING, "ru.yaml: allowing") if self.ends_open(len(self.tokens)) else None
            return Analysis(tuple(self.acts), self.handed or opened)
        if self.acts or self.handed or finite_only:
            return Analysis(tuple(self.acts), self.handed)
        self.without_verb()
        return Analysis(tuple(self.acts), self.handed)

    def group(self, start: int, end: int, frame: Frame | None, finite_only: bool = False) -> None:
        """Take the clause of tokens [start, end): its head, then whatever is coordinated with the head."""
        tokens = self.tokens[:end]
        head = next(heads(tokens, start, finite_only), None)
        if head is None:
            return
        later = [h for h in heads(tokens, head.at + 1, finite_only) if h.entry is not None or h.form == "modal"]
        formula = next((h for h in later if h.form == "finite" and self.announces_here(h, end)), None)
        if head.form == "infinitive" and formula is not None:
            head = formula  # «… попытками лиц присвоить …, Съезд постановляет: считать …»
        elif head.form == "infinitive":
            # «… , Съезд решил» after a gerund with an infinitive of its own
            governed = next(
                (h for h in later if h.form == "finite" and h.reading.tense != "" and self.heads_sentence(h)), None
            )
            if governed is not None and any(t.has("GRND") for t in tokens[start : head.at]):
                head = governed
        elif head.form == "finite" and head.entry is None:
            better = next(
                (
                    h
                    for h in later
                    if h.form == "finite" and h.entry is not None and h.reading.person == head.reading.person
                ),
                None,
            )
            head = better if better and head.reading.person != "1per" and head.reading.tense != "futr" else head
        ended = self.repealed(start, end, head)
        if ended is not None:
            self.repeal(start, end, ended, frame)
            return
        stop = end
        for other in later:
            if other.at > head.at and self.coordinated_head(head, other, start):
                stop = self.boundary(other.at)
                break
        self.one(start, stop, head, frame)
        if stop < end:
            self.group(stop, end, frame if head.form == "infinitive" else None, finite_only)

    def announces_here(self, head: Head, end: int) -> bool:
        """Whether a deciding verb stands right before a colon inside the sentence."""
        decides = head.entry is not None and head.entry.kind == "own" and head.entry.verb in _ANNOUNCING
        return decides and head.at + 2 < end and self.tokens[head.at + 1].text == ":"

    def heads_sentence(self, head: Head) -> bool:
        return head.entry is not None and head.reading.pos == "VERB"

    def coordinated_head(self, head: Head, other: Head, start: int) -> bool:
        """Whether another verb of the lexicon stands beside the head, not below what it governs."""
        at = self.boundary(other.at)
        if at == other.at and self.tokens[other.at - 1].text != ";":
            return False
        if head.form == "finite" and other.form == "finite":
            state = head.reading.pos in ("PRTS", "ADJS")
            past = [reading.tense == "past" for reading in (head.reading, other.reading)]
            same = head.reading.number == other.reading.number and (state or past[0] == past[1])
            return same and other.entry is not None
        if head.form != other.form or other.entry is None:
            return False
        if head.form == "passive":
            return True
        if head.entry is None or head.entry.kind == "own":
            governs = other.entry.kind == "directive" and bool(self.performers_after(other, len(self.tokens))[0])
            return governs or (other.entry.kind in ("directive", "stance") and self.strong_boundary(at))
        if head.entry.kind == "stance" and other.entry.kind in ("stance", "directive"):
            return True
        if other.entry.kind == "directive" or other.entry.kind == "stance":
            return self.strong_boundary(at) and (
                other.entry.verb in ("поручить", "рекомендовать", "просить", "призвать", "выразить")
                or head.entry.kind != "directive"
            )
        return False

    def one(self, start: int, end: int, head: Head, frame: Frame | None) -> None:
        self.fronted = [time for time in self.times_between(start, head.at) if not self.is_of_event(time)]
        if self.is_told(start, end, head, frame):
            self.sets_nothing = True
            return
        if self.is_refused(head):
            self.sets_nothing = True
            self.refusal(start, end, head, frame)
        elif head.entry is not None and head.entry.verb in vocabulary().permitting:
            self.sets_nothing = self.ends_open(end)
            self.permission(start, end, head, frame)
        elif head.form == "modal":
            self.modal(start, end, head, frame)
        elif head.entry is None:
            self.plain(start, end, head, frame)
        elif head.entry.kind == "directive":
            self.directive(start, end, head, frame)
        elif head.entry.kind == "charge":
            self.charge(start, end, head, frame)
        elif head.entry.kind == "stance":
            self.stance(start, end, head, frame)
        else:
            self.own(start, end, head, frame)

    def negated(self, at: int) -> bool:
        """Whether «не» stands right before the word at `at`."""
        return at > 0 and self.tokens[at - 1].low == "не"

    def is_ours(self, subject: Phrase | None, frame: Frame | None) -> bool:
        """Whether a subject is the adopting body, as far as the text tells: «Совет» under «Совет депутатов решил:»."""
        if subject is None or self.is_adopting(subject):
            return True
        formula = frame.subject if frame else None
        if formula is None:
            return False
        said = {t.low for t in tokens_of(self.text, subject.start, subject.end) if t.kind == "w"}
        above = {t.low for t in tokens_of(self.text, formula.start, formula.end) if t.kind == "w"}
        return said <= above or above <= said

    def allows(self, before: Sequence[Token]) -> bool:
        """Whether words stand here that allow or release: «вправе», «может», «нет необходимости»."""
        words = vocabulary()
        said = [t.low for t in before]
        released = any(tuple(said[n : n + len(r)]) == r for r in words.releasing for n in range(len(said)))
        below = [t.low for t in before if t.low in SUBORDINATE and t.low != "как"]
        return released or (
            not below
            and any(
                low in words.allowing and not (n and said[n - 1] in ("как", "насколько")) for n, low in enumerate(said)
            )
        )

    def is_told(self, start: int, end: int, head: Head, frame: Frame | None) -> bool:
        """Whether the sentence tells or allows and sets nothing: «Администрация отказалась исполнять …»."""
        if head.form == "modal" and any(
            t.low in ("был", "была", "было", "были") for t in self.tokens[max(start, head.at - 1) : head.at + 2]
        ):
            return True  # «должна была представить»
        if head.form == "infinitive":
            before = self.tokens[start : head.at]
            if self.allows(before):
                return True
            clause = next((n for n in range(head.at - 1, start - 1, -1) if self.tokens[n].kind == "c"), start - 1)
            return any(is_finite(t) for t in self.tokens[clause + 1 : head.at])
        if head.form != "modal" and head.reading.person == "1per":
            return False
        subject = self.subject(start, head)
        if is_reported(self.tokens) and not (head.entry is not None and self.is_ours(subject, frame)):
            return True
        directs = head.entry is not None and head.entry.kind in ("directive", "charge", "own")
        if not directs or (frame is None and self.ends_open(end)):
            return False
        assert head.entry is not None
        asked = head.entry.kind != "own"
        earlier = {"ранее", "раньше", "прежде"} & {t.low for t in self.tokens[start : head.at]}
        was = any(t.low in ("было", "был", "была", "были") for t in self.tokens[max(start, head.at - 3) : head.at + 2])
        if asked and head.form == "passive":
            return was or bool(earlier)
        if asked and head.lemma.endswith("ся") and head.reading.tense == "past":
            return True
        tenses = ("past",) if frame is None else ("past", "pres")
        past = head.form == "finite" and head.reading.pos == "VERB" and head.reading.tense in tenses
        if not past or subject is None or self.is_ours(subject, frame):
            return False
        words = tokens_of(self.text, subject.start, subject.end)
        return head.reading.tense == "past" or not any(t.lemmas() & vocabulary().documents for t in words)

    def repealed(self, start: int, end: int, head: Head) -> Head | None:
        """The verb at the end of «Поручение представить доклад до 1 мая отменить», if it is one that repeals."""
        words = vocabulary()
        before = self.tokens[start : head.at]
        orders = [n for n, t in enumerate(before) if t.lemmas() & words.orders and fits(t, "accs", "NOUN")]
        if head.form != "infinitive" or not orders or any(t.has("PREP") or t.text == ":" for t in before[: orders[0]]):
            return None
        last = [h for h in heads(self.tokens[:end], head.at + 1) if h.form == "infinitive"]
        return next((h for h in last if h.lemma in words.repealing and self.boundary(h.at) == h.at), None)

    def repeal(self, start: int, end: int, head: Head, frame: Frame | None) -> None:
        """The act of a repealing verb after its object; the time in that is the old act's."""
        strength, source = vocabulary().infinitive, "ru.yaml: infinitive"
        directed = frame is not None and frame.kind == "directive"
        self.emit(
            strength=frame.strength if frame is not None and directed else strength,
            source=frame.source if frame is not None and directed else source,
            rule="ru-repeal",
            verb=head.lemma,
            verb_at=head.at,
            first=head.at + 1,
            end=end,
            performers=frame.performers if frame is not None and directed else None,
            whole=head.at,
            object_span=self.object_before(start, head.at),
            addressees=False,
        )

    def is_refused(self, head: Head) -> bool:
        """Whether the body says that it does not ask, find or support something: «Не требовать от …»."""
        entry = head.entry
        if entry is None or not self.negated(head.at):
            return False
        return entry.kind != "own" or entry.verb in _ANNOUNCING or bool(entry.words)

    def refusal(self, start: int, end: int, head: Head, frame: Frame | None) -> None:
        """The body's own «не требовать», «не поручать», and never an act of those whom it does not ask."""
        entry = head.entry
        assert entry is not None
        subject = self.subject(start, head) if head.form == "finite" else None
        if head.form == "passive" or not self.is_ours(subject, frame):
            return
        named = self.dative_before(start, head.at) if head.form == "infinitive" and entry.case != "datv" else []
        performers = tuple(named) or self.each(subject)
        strength: Strength = "instruction" if named else "decision"
        if not performers and frame is not None and frame.kind == "directive":
            performers, strength = frame.performers, frame.strength
        self.own_act(head, end, performers, strength, "ru-refusal")

    def own_act(
        self, head: Head, end: int, performers: tuple[Phrase, ...] | None, strength: Strength, rule: str
    ) -> None:
        """The act of a verb that asks or allows as one of its own subject's, with all that follows as its object."""
        assert head.entry is not None
        self.emit(
            strength=strength,
            source=head.entry.source,
            rule=rule,
            verb=head.lemma,
            verb_at=head.at,
            first=head.at + 1,
            end=end,
            performers=performers,
            whole=head.at,
            addressees=rule == "ru-permission",
        )
        self.acts[-1] = replace(self.acts[-1], deadline=None, recurrence=None)

    def is_of_event(self, time: Time) -> bool:
        """Whether a participle takes the time: «в связи с предстоящим в 2027 году столетием»."""
        n = next(k for k, token in enumerate(self.tokens) if token.end > time.start)
        return n > 0 and any(r.pos == "PRTF" or r.lemma == "предстоящий" for r in self.tokens[n - 1].readings[:1])

    def directive(self, start: int, end: int, head: Head, frame: Frame | None) -> None:
        """«поручить Правлению подготовить …», «Съезд просит Правительство рассмотреть …»."""
        entry = head.entry
        assert entry is not None
        imperfective = (
            head.form == "infinitive" and head.reading.aspect == "impf" and head.lemma.replace("ё", "е") != entry.verb
        )
        named = self.dative_before(start, head.at) if head.form == "infinitive" or entry.case == "datv" else []
        if head.form == "infinitive" and (imperfective or named) and (named or frame is not None):
            has_inner = self.performers_after(head, end)[0]
            if named and (has_inner or entry.case != "datv"):
                # «Исполкому обратиться к Правительству с просьбой …»: the board's own act
                self.plain(start, end, head, frame)
                return
        performers, at = self.performers_after(head, end)
        if not performers and named and entry.case == "datv":
            performers = tuple(named)
        if performers and self.are_pronouns(performers) and self.acts:
            performers = self.acts[-1].performers or performers  # «призывает доноров …, и просит их …»
        verb_at = self.governed(at, end)
        rule = f"ru-{'passive-' if head.form == 'passive' else ''}directive"
        colon = self.ends_open(end)
        if verb_at < end and self.shared(head, verb_at, at, end, performers, frame):
            return
        if verb_at < end:
            inner = Frame(entry.strength, "directive", entry.source, performers, verb=head.lemma, case=entry.case)
            dative = not performers and self.dative_before(at, verb_at)
            self.series(verb_at, end, performers or tuple(dative or ()), entry.strength, entry.source, rule, at)
            if (colon and not performers) or colon:
                self.handed = inner
            return
        if self.that_clause(at, end, entry, rule):
            return
        rest = self.rest(at, end)
        aside = bool(performers) and at < end and self.tokens[at].has("PREP")  # «комитету в составе, избранном …:»
        if colon and (rest is None or aside or self.only_companions(at, end, entry)):
            self.handed = Frame(
                entry.strength,
                "directive",
                entry.source,
                performers,
                verb=head.lemma,
                case=entry.case,
                prep=entry.prep,
                subject=self.subject(start, head),
                deadline=next((time for time in self.deadlines(start, end) if not self.is_of_event(time)), None),
            )
            return
        first = self.object_before(start, head.at) if head.form != "finite" else None
        self.emit(
            strength=entry.strength,
            source=entry.source,
            rule=f"{rule}-nominal",
            verb=head.lemma,
            verb_at=head.at,
            first=at,
            end=end,
            performers=performers,
            object_span=first if rest is None else None,
            whole=head.at,
            addressees=False,
        )

    def permission(self, start: int, end: int, head: Head, frame: Frame | None) -> None:
        """«разрешить Комитету не представлять доклад»: what the body itself allows, and no act of the Committee's."""
        if head.form == "passive" or head.lemma.endswith("ся"):
            return
        assert head.entry is not None
        told = self.is_given(head, end)
        named = self.dative_before(start, head.at) if head.form == "infinitive" else []
        if head.form == "infinitive" and bool(named) == told:
            self.plain(start, end, head, frame, head.entry)
            return
        subject = self.subject(start, head) if head.form == "finite" else None
        performers = self.each(subject)
        strength: Strength = "decision"
        if not performers and frame is not None and frame.kind == "directive":
            performers, strength = frame.performers, frame.strength
        self.own_act(head, end, performers, strength, "ru-permission")
        if named:
            self.acts[-1] = replace(self.acts[-1], addressees=tuple(named))

    def is_given(self, head: Head, end: int) -> bool:
        """Whether a dative follows right after the verb: «разрешить Комитету»."""
        found, _ = coordinated(self.tokens[:end], head.at + 1, "datv")
        return bool(found) and self.could_be_performer(found[0])

    def shared(
        self, head: Head, verb_at: int, at: int, end: int, performers: tuple[Phrase, ...], frame: Frame | None
    ) -> bool:
        """«поручить Правлению и рекомендовать отделениям подготовить …»: whether two directives share their acts."""
        joined = next((n for n in range(at, verb_at) if self.tokens[n].low in CONJUNCTIONS), verb_at)
        if joined == verb_at or not self.only_adverbs(joined + 1, verb_at):
            return False
        other = next((h for h in heads(self.tokens[:end], verb_at) if h.at == verb_at), None)
        if other is None or other.entry is None or other.entry.kind != "directive" or head.entry is None:
            return False
        if not self.performers_after(other, end)[0]:
            return False
        before = len(self.acts)
        self.directive(verb_at, end, other, frame)
        if performers:
            self.acts[before:before] = [
                replace(act, performers=performers, strength=head.entry.strength, source=head.entry.source)
                for act in self.acts[before:]
            ]
        return True

    def that_clause(self, at: int, end: int, entry: Entry, rule: str) -> bool:
        """«требует, чтобы стороны прекратили огонь»; whether there was such a clause."""
        n = next((k for k in range(at, min(at + 3, end)) if self.tokens[k].low == "чтобы"), -1)
        if n < 0:
            return False
        found, after = coordinated(self.tokens[:end], n + 1, "nomn")
        verb_at = next(
            (
                k
                for k in range(after, end)
                if any(r.pos == "VERB" and r.tense == "past" for r in self.tokens[k].readings[:2])
            ),
            -1,
        )
        if not found or verb_at < 0 or not self.only_adverbs(after, verb_at):
            return False
        self.emit(
            strength=entry.strength,
            source=entry.source,
            rule=f"{rule}-that",
            verb=self.tokens[verb_at].readings[0].lemma,
            verb_at=verb_at,
            first=verb_at + 1,
            end=end,
            performers=self.phrases(found, "nomn"),
            whole=verb_at,
            extra=self.times_between(n, verb_at),
        )
        return True

    def charge(self, start: int, end: int, head: Head, frame: Frame | None) -> None:
        """«контроль за исполнением возложить на заместителя председателя»."""
        entry = head.entry
        assert entry is not None
        performers, at = self.performers_after(head, end)
        first = self.object_before(start, head.at)
        if first is None:
            stop = next((n for n in range(head.at + 1, end) if self.tokens[n].low == entry.prep), end)
            first = self.rest(head.at + 1, stop)
            first = first or self.rest(at, end)
        self.emit(
            strength=entry.strength,
            source=entry.source,
            rule="ru-charge",
            verb=entry.verb if head.lemma.endswith("ся") else head.lemma,
            verb_at=head.at,
            first=at,
            end=end,
            performers=performers,
            object_span=first,
            whole=head.at,
            addressees=False,
        )

    def stance(self, start: int, end: int, head: Head, frame: Frame | None) -> None:
        """«приветствовать …», «Участники поддерживают …»."""
        entry = head.entry
        assert entry is not None
        named = self.dative_before(start, head.at) if head.form == "infinitive" else []
        lasting = head.form == "infinitive" and head.reading.aspect == "impf" and head.lemma != entry.verb
        if named or (lasting and entry.strength in ("support", "note", "welcome")):
            self.plain(start, end, head, frame)
            return
        subject = self.own_subject(start, head) if head.form == "finite" else None
        if self.considers(head, end, frame):
            return
        if self.rest(head.at + 1, end) and self.announces(head.at + 1, end):
            return  # «заявляем о нижеследующем.»
        if self.ends_open(end) and end - head.at <= 6 + len(entry.words):
            self.handed = Frame(entry.strength, "stance", entry.source, None, subject, verb=head.lemma)
            return
        at = head.at + 1
        for n in range(at, min(at + 5, end)):
            if entry.words and self.tokens[n].lemmas() & set(entry.words):
                at = n + 1
        # «Поддержать обращение и направить его Совету»
        verbs = self.coordinated(head.at, end) if head.form == "infinitive" else [head.at]
        whole = end
        if len(verbs) > 1 and self.boundary(verbs[1]) > at:
            end = self.boundary(verbs[1])
        self.emit(
            strength=entry.strength,
            source=entry.source,
            rule="ru-stance-state" if head.reading.pos in ("PRTS", "ADJS") else "ru-stance",
            verb=head.lemma,
            verb_at=head.at,
            first=at,
            end=end,
            performers=self.each(subject),
            whole=head.at,
            addressees=entry.strength in ("thanks", "support")
            or entry.verb == "напомнить"
            or (entry.verb == "выразить" and any("соболезнование" in t.lemmas() for t in self.tokens[at:end])),
            stance=True,
            object_span=self.object_before(start, head.at)
            if self.rest(at, end) is None
            else self.reason(at, end)
            if entry.strength == "thanks"
            else None,
        )
        if end < whole:
            self.group(end, whole, frame)

    def reason(self, at: int, end: int) -> tuple[int, int] | None:
        """What somebody is thanked for: «за поддержку …», whatever stands between it and their names."""
        for n in range(at, end - 1):
            if self.tokens[n].low == "за" and noun_phrase(self.tokens[:end], n + 1, "accs") > n + 1:
                return self.rest(n, end)
        return None

    def own(self, start: int, end: int, head: Head, frame: Frame | None) -> None:
        """«постановляет утвердить …», «обязуемся …», «Принято решение о …»."""
        entry = head.entry
        assert entry is not None
        subject = self.own_subject(start, head) if head.form == "finite" else None
        if head.reading.person == "3per" and not self.may_decide(subject, start, head.at):
            return  # «полемика вносит раскол»
        if self.considers(head, end, frame):
            return
        at = head.at + 1
        for n in range(at, min(at + 5, end)):
            if entry.words and self.tokens[n].lemmas() & set(entry.words):
                at = n + 1
        inner = replace(
            Frame(entry.strength, "own", entry.source, None, subject),
            subject=subject or (frame.subject if frame else None),
        )
        things = head.form == "infinitive" and entry.verb in vocabulary().no_recipient
        if self.ends_open(end) and not things and (self.rest(at, end) is None or self.announces(at, end)):
            self.handed = inner
            return
        verb_at = next((h.at for h in heads(self.tokens[:end], at) if h.form == "infinitive"), end)
        announces = entry.verb in _ANNOUNCING or (bool(entry.words) and entry.verb != "согласиться")
        if (
            verb_at < end
            and announces
            and (
                self.only_adverbs(at, verb_at)
                or self.dative_before(at, verb_at)
                or self.tokens[at].text == ":"
                or any(t.text == ":" for t in self.tokens[at:verb_at])
            )
        ):
            colon = next((n for n in range(verb_at, at, -1) if self.tokens[n].text == ":"), at - 1)
            before = len(self.acts)
            self.group(max(at, colon + 1), end, inner)
            if subject is not None:
                self.acts[before:] = [
                    replace(act, performers=self.each(subject)) if act.performers is None else act
                    for act in self.acts[before:]
                ]
            return
        strength = entry.strength
        source = entry.source
        named: Sequence[Phrase] = ()
        if head.form == "infinitive" and not (entry.words or entry.strength in ("undertaking", "recommendation")):
            self.plain(start, end, head, frame, entry)
            return
        performers: tuple[Phrase, ...] | None = tuple(named) or self.each(subject)
        if entry.verb == "вступать":
            performers = None
        self.emit(
            strength=strength,
            source=source,
            rule=f"ru-{head.form}",
            verb=head.lemma,
            verb_at=head.at,
            first=head.at + 1,
            end=end,
            performers=performers,
            whole=head.at,
            object_span=self.object_before(start, head.at)
            if self.rest(at, end) is None or head.form == "passive"
            else None,
        )
        self.acts[-1] = self.dated(self.acts[-1], head.at, end)

    def plain(self, start: int, end: int, head: Head, frame: Frame | None, entry: Entry | None = None) -> None:
        """An infinitive under a formula, with or without its performer in the dative; or a finite verb of its own."""
        if head.form != "infinitive":
            self.finite(start, end, head)
            return
        named = tuple(self.dative_before(start, head.at))
        if named and self.are_pronouns(named):
            strength = frame.strength if frame else vocabulary().other
            self.series(head.at, end, (), strength, "ru.yaml: infinitive", "ru-dative-infinitive", start)
            return
        if not named and frame is not None and frame.performers == () and frame.case == "accs":
            found, after = coordinated(self.tokens[: head.at], start, "accs")
            named = self.phrases(found, "accs") if found and self.only_adverbs(after, head.at) else ()
        first = self.fronted_object(start, head.at) if not named else None
        strength = vocabulary().infinitive
        source = f"ru.yaml: {entry.verb}" if entry else "ru.yaml: infinitive"
        performers: tuple[Phrase, ...] | None = named or None
        if frame is not None and frame.kind != "stance":
            strength, source = frame.strength, frame.source
            if frame.kind == "directive" and not named:
                performers = frame.performers
        if named and strength in ("decision", "undertaking"):
            strength = "instruction"
        rule = "ru-dative-infinitive" if named else "ru-infinitive"
        if performers is None and frame is not None and frame.kind == "directive":
            performers = ()
        self.series(head.at, end, performers, strength, source, rule, start, first)

    def finite(self, start: int, end: int, head: Head) -> None:
        """«проведём …», «будем содействовать …», «Правление подготовит …»."""
        subject = self.subject(start, head)
        reading = head.reading
        if reading.tense == "pres" and reading.person == "3per":
            self.norm(start, end, head, subject)
            return
        verb_at = head.at
        if reading.lemma == "быть":
            verb_at = next(
                (
                    n
                    for n in range(head.at + 1, min(head.at + 14, end))
                    if self.tokens[n].readings and self.tokens[n].readings[0].pos in ("INFN", "PRTS")
                ),
                -1,
            )
            if verb_at < 0:
                return
        first_person = reading.person == "1per"
        if not first_person and (subject is None or not self.is_actor_phrase(subject) or reading.tense != "futr"):
            return
        mine = first_person or self.is_adopting(subject)
        if first_person and subject is None and reading.tense not in ("futr", "pres"):
            return
        strength = vocabulary().own if mine else vocabulary().other
        self.emit(
            strength=strength,
            source=f"ru.yaml: finite {'own' if mine else 'other'}",
            rule="ru-finite",
            verb=self.tokens[verb_at].readings[0].lemma,
            verb_at=verb_at,
            first=verb_at + 1,
            end=end,
            performers=self.each(subject),
            whole=head.at,
        )

    def norm(self, start: int, end: int, head: Head, subject: Phrase | None) -> None:
        """A rule in the present: «Секретарь ведёт протокол», «Съезд созывается Правлением раз в два года»."""
        if self.finite_only or subject is None:
            return
        passive = head.lemma.endswith("ся") and head.lemma not in vocabulary().duties
        if not passive and not self.is_actor_phrase(subject):
            return
        self.emit(
            strength=vocabulary().other,
            source="ru.yaml: present",
            rule="ru-present-passive" if passive else "ru-present",
            verb=head.lemma.removesuffix("ся") if passive else head.lemma,
            verb_at=head.at,
            first=head.at + 1,
            end=end,
            performers=self.agent(head.at + 1, end) if passive else self.each(subject),
            whole=head.at,
            object_span=(subject.start, subject.end) if passive else None,
        )

    def considers(self, head: Head, end: int, frame: Frame | None) -> bool:
        """«Считаем, что Совет должен …», «решил, что следует …»: whether a modal clause followed."""
        entry = head.entry
        if entry is None or entry.verb not in ("считать", "решить", "постановить", "договориться"):
            return False
        that = next((n for n in range(head.at + 1, min(head.at + 3, end)) if self.tokens[n].low == "что"), -1)
        inner = next(heads(self.tokens[:end], that + 1), None) if that >= 0 else None
        if inner is None or inner.form != "modal":
            return False
        before = len(self.acts)
        self.modal(that + 1, end, inner, frame)
        if entry.verb == "считать":
            self.acts[before:] = [replace(act, strength="recommendation") for act in self.acts[before:]]
        return len(self.acts) > before

    def modal(self, start: int, end: int, head: Head, frame: Frame | None) -> None:
        """«Правлению следует …», «доклад должен быть представлен …», «необходимо …»."""
        if head.lemma in vocabulary().bans or self.negated(head.at):
            self.sets_nothing = True
            self.ban(start, end, head)
            return
        named = tuple(self.dative_before(start, head.at))
        subject = self.subject(start, head)
        personal = head.lemma in ("должный", "должен", "обязанный", "обязан", "обязать")
        verb_at = next((h.at for h in heads(self.tokens[:end], head.at + 1) if h.form == "infinitive"), end)
        if verb_at == end:
            with_one, without = vocabulary().modals[head.lemma]
            if self.ends_open(end):
                self.handed = Frame(
                    with_one if named else without,
                    "own" if not named else "directive",
                    f"ru.yaml: {head.lemma}",
                    named or None,
                )
            return
        if not named and not personal:
            named = tuple(self.dative_before(head.at + 1, verb_at))
        with_one, without = vocabulary().modals[head.lemma]
        source = f"ru.yaml: {head.lemma}"
        passive = -1
        if self.tokens[verb_at].low == "быть":
            passive = next((n for n in range(head.at + 1, min(verb_at + 6, end)) if self.tokens[n].has("PRTS")), -1)
        if passive >= 0:
            agent = self.agent(passive + 1, end)
            self.emit(
                strength=with_one,
                source=source,
                rule="ru-modal-passive",
                verb=next(r.lemma for r in self.tokens[passive].readings if r.pos == "PRTS"),
                verb_at=passive,
                first=passive + 1,
                end=end,
                performers=agent,
                whole=passive,
                object_span=(subject.start, subject.end) if subject else self.object_before(start, head.at),
            )
            return
        performers: tuple[Phrase, ...] | None = named or (self.each(subject) if personal else None)
        if performers is None and frame is not None and frame.kind == "directive":
            performers = frame.performers
        self.series(verb_at, end, performers, with_one if performers else without, source, "ru-modal", head.at + 1)

    def ban(self, start: int, end: int, head: Head) -> None:
        """«Администрация не должна закрывать школы»: «не закрывать»; a release («не обязана») sets nothing."""
        words = vocabulary()
        denied = self.negated(head.at)
        strength = (words.bans_with_not if denied else words.bans).get(head.lemma)
        verb_at = next((h.at for h in heads(self.tokens[:end], head.at + 1) if h.form == "infinitive"), end)
        if strength is None or (denied and head.lemma in words.bans) or verb_at == end or self.negated(verb_at):
            return
        named = tuple(self.dative_before(start, head.at)) or tuple(self.dative_before(head.at + 1, verb_at))
        before = len(self.acts)
        if self.tokens[verb_at].low == "быть":
            passive = next((n for n in range(head.at + 1, min(verb_at + 6, end)) if self.tokens[n].has("PRTS")), -1)
            if passive < 0:
                return
            subject = self.subject(start, head)
            self.emit(
                strength=strength,
                source=f"ru.yaml: {head.lemma}",
                rule="ru-ban-passive",
                verb=next(r.lemma for r in self.tokens[passive].readings if r.pos == "PRTS"),
                verb_at=passive,
                first=passive + 1,
                end=end,
                performers=self.agent(passive + 1, end),
                whole=passive,
                object_span=(subject.start, subject.end) if subject else self.object_before(start, head.at - 1),
            )
        else:
            subject = self.subject(start, head)
            actor = subject is not None and self.is_actor_phrase(subject)
            performers = named or (self.each(subject) if actor else None) or ()
            self.series(verb_at, end, performers, strength, f"ru.yaml: {head.lemma}", "ru-ban", head.at + 1)
        self.acts[before:] = [replace(act, verb=f"не {act.verb}") for act in self.acts[before:]]

    def without_verb(self) -> None:
        """An item without a verb below an open one: «- Правительству за поддержку» under «выражают благодарность:»."""
        frame = self.frame
        if not self.tokens:
            return
        if self.ends_open(len(self.tokens)) and (frame is None or frame.kind == "own"):
            found, at = coordinated(self.tokens, 0, "datv")
            if found and self.could_be_performer(found[0]) and self.only_adverbs(at, len(self.tokens) - 1):
                source = frame.source if frame else "ru.yaml: infinitive"
                named = self.phrases(found, "datv")
                strength: Strength = "instruction"
                if frame is not None and frame.strength not in ("decision", "undertaking"):
                    strength = frame.strength
                self.handed = Frame(strength, "directive", source, named, deadline=next(iter(self.found), None))
                if self.handed.deadline is not None and self.handed.deadline.kind:
                    self.handed = replace(self.handed, deadline=None, recurrence=self.handed.deadline)
            return
        if frame is None or not frame.verb:
            return
        if frame.kind == "directive" and not frame.performers:
            case = frame.case or "datv"
            found, at = coordinated(self.tokens, 0, case)
            if found and self.ends_open(len(self.tokens)):
                self.handed = replace(frame, performers=self.phrases(found, case))
                return
            if not found:
                return
            self.emit(
                strength=frame.strength,
                source=frame.source,
                rule="ru-item-nominal",
                verb=frame.verb,
                verb_at=-1,
                first=at,
                end=len(self.tokens),
                performers=self.phrases(found, case),
                whole=0,
                addressees=False,
            )
        elif frame.kind in ("directive", "stance"):
            self.emit(
                strength=frame.strength,
                source=frame.source,
                rule="ru-item-nominal",
                verb=frame.verb,
                verb_at=-1,
                first=0,
                end=len(self.tokens),
                performers=frame.performers,
                whole=0,
                stance=frame.kind == "stance",
                addressees=frame.strength == "thanks",
            )

    def series(
        self,
        at: int,
        end: int,
        performers: tuple[Phrase, ...] | None,
        strength: Strength,
        source: str,
        rule: str,
        begun: int,
        first_object: tuple[int, int] | None = None,
    ) -> None:
        """Emit the act whose infinitive stands at `at` and those coordinated with it."""
        verbs = self.coordinated(at, end)
        starts = [at, *(self.start_of(n) for n in verbs[1:])]
        shared = [*self.fronted, *self.times_between(begun, at)]
        self.fronted = []
        made: list[Act] = []
        for place, n in enumerate(verbs):
            stop = starts[place + 1] if place + 1 < len(verbs) else end
            own = performers
            if place and starts[place] < n:
                dative = self.dative_before(starts[place], n)
                if not dative and self.is_dashed(n):
                    first_word = next(
                        k
                        for k in range(starts[place], n)
                        if self.tokens[k].kind == "w" and self.tokens[k].low not in CONJUNCTIONS
                    )
                    dative = list(self.phrases(coordinated(self.tokens[:n], first_word, "accs")[0], "accs"))
                if dative and not self.are_pronouns(dative):
                    own = tuple(dative)
            deeper = self.tokens[n].readings[0].lemma
            before = self.times_between(starts[place], n) if place else shared
            act = self.build(
                strength=strength
                if own == performers or strength not in ("decision", "undertaking")
                else "instruction",
                source=source,
                rule=rule,
                verb=deeper,
                verb_at=n,
                first=n + 1,
                end=stop,
                performers=own,
                object_span=first_object
                if not place
                else self.fronted_object(starts[place], n)
                if own == performers and "а" in (self.tokens[k].low for k in (starts[place], starts[place] + 1))
                else None,
                whole=n,
                extra=before,
                shared=shared if place else (),
            )
            made.append(act)
            performers = own
        for place in range(len(made) - 2, -1, -1):
            between = self.text[made[place].verb_end : made[place + 1].start]
            if made[place].object is None and made[place].addressees == () and _JOINED.fullmatch(between):
                following = made[place + 1]
                made[place] = replace(
                    made[place],
                    object=following.object,
                    addressees=following.addressees if made[place].verb in vocabulary().transfer else (),
                    deadline=made[place].deadline or following.deadline,
                    recurrence=made[place].recurrence or following.recurrence,
                )
        self.acts += made
        nothing_said = self.ends_open(end) and bool(made) and self.rest(verbs[-1] + 1, end) is None
        if nothing_said and made[-1].verb in vocabulary().no_recipient:
            pass  # «Утвердить:», and then the things
        elif nothing_said:
            self.acts.pop()
            self.handed = Frame(
                strength, "directive" if performers is not None else "own", source, performers, verb=made[-1].verb
            )
        elif self.ends_open(end) and made and self.handed is None:
            self.handed = Frame(strength, "directive" if performers is not None else "own", source, performers)
