"""Acts in clauses that begin with their verb: English, and by the same rules French and Spanish."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Final

from kb.commitments.clause import Act, Analysis, Frame, Phrase, cut_after_time, trim, trim_edges
from kb.commitments.dates import Time
from kb.commitments.lexicons import Entry, lexicon
from kb.commitments.model import Strength

__all__ = ["analyser"]

_Analyser = Callable[[str, int, int, Sequence[Time], Frame | None, bool], Analysis]
_W: Final = r"[^\W\d_][\w’'-]*"
_LY: Final = rf"(?!(?:com|ap|sup|re|multi|im)p?ly\b){_W}ly"  # adverbs, not "comply" and "rely"
_NO_VERB: Final = re.compile(
    r".*(?:tion|sion|ness|ity|ship|ism|ance|ence|dom|ings?|tions|ments?|ers?|als?|ics?|ies|ists?)$"
)
_DEED: Final = re.compile(
    r"(?:[a-z]{2}(?:tion|sion|ment|ance|ence|ity|ing)|efforts?|support|measures|steps|respect|end)$"
)
_PARTICIPLE: Final = re.compile(r"(?:\w+ed|held|made|taken|set|given|begun|done|shown|known|due|agreed|made|found)$")
_EVENT: Final = re.compile(
    r"(?:Conference|Summit|Congress|Forum|Assembly|anniversary|Decade|Year|session|meeting|elections?|Dialogue|Olympiad|Games|Exhibition)$"
)


@dataclass(frozen=True, slots=True)
class _Head:
    """A verb of the lexicon where a clause begins: what follows it starts at `after`."""

    entry: Entry
    start: int
    verb_end: int
    after: int
    finite: bool  # third person, as "requests"; a bare "request" may be an infinitive
    past: bool = False


class _Grammar:
    """One language's expressions, compiled from its lexicon."""

    def __init__(self, language: str) -> None:
        words = lexicon(language)
        self.language = language
        self.english = language == "en"
        flags = re.IGNORECASE
        self.entries: dict[str, list[Entry]] = {}
        self.third: set[str] = set()
        self.past: set[str] = set()
        for entry in words.entries:
            for form, third, past in self._forms(entry):
                self.entries.setdefault(form, []).append(entry)
                if third:
                    self.third.add(form)
                if past:
                    self.past.add(form)
        for rows in self.entries.values():
            rows.sort(key=lambda e: not e.words)
        verbs = "|".join(sorted(map(_spaced, self.entries), key=len, reverse=True))
        adverbs = "|".join(sorted(map(_spaced, words.words("adverbs")), key=len, reverse=True))
        self.adverb = rf"(?:(?:{adverbs})\b[,\s]*(?:and\s+)?)"
        self.opening = re.compile(
            rf"\s*[,;]*\s*(?:and\s+)?{self.adverb}{{0,4}}(?P<verb>{verbs})(?![\w-])\s*{self.adverb}{{0,4}}", flags
        )
        self.anywhere = re.compile(
            rf"(?<![\w-]){self.adverb}{{0,4}}(?P<verb>{verbs})(?![\w-])\s*{self.adverb}{{0,4}}", flags
        )
        self.adverbs_here = re.compile(rf"[,\s]*{self.adverb}{{0,4}}", flags)
        self.say = {
            entry: [
                re.compile(rf"{_spaced(said)}(?!\w)\s*", flags) for said in sorted(entry.words, key=len, reverse=True)
            ]
            for entry in words.entries
            if entry.words
        }
        conj = "|".join(map(_spaced, words.words("and")))
        marker = words.data["infinitive"]
        manner = r"(?:(?!(?:com|ap|sup|re|multi)p?ly\b)[a-z]+ly\s+)*" if self.english else ""
        self.marker = re.compile(rf"(?<![\w-]){marker}\s*(?:{self.adverb}){{0,4}}{manner}(?P<verb>{_W})", flags)
        self.boundary = re.compile(
            rf"(?:[,;:]|\b(?:{conj}))\s*(?:(?:{conj})\s+)?(?:[,\s]*{self.adverb}{{0,4}})$", flags
        )
        self.bare = re.compile(
            rf"(?P<mark>,\s*(?:(?:{conj})\s+)?|\s(?:{conj})\s+)(?:{self.adverb}|(?:\w+ly)\s+)*(?P<verb>{_W})(?=\s)",
            flags,
        )
        self.conjunction = re.compile(rf"\s*(?:,\s*(?:(?:{conj})\s+)?|\b(?:{conj})\s+)", flags)
        self.determiners = frozenset(words.words("determiners"))
        self.openers = frozenset(words.words("openers"))
        self.adjuncts = re.compile(
            rf"\s*,\s*(?:{'|'.join(map(_spaced, words.words('adjuncts')))}|(?-i:[a-z]+ing))(?!\w)", flags
        )
        self.relative = re.compile(rf"[,\s](?:{'|'.join(words.words('relative'))})\s", flags)
        self.purpose = re.compile(rf"(?<!\w)(?:{'|'.join(map(_spaced, words.words('purpose')))})\s*$", flags)
        self.subjects = re.compile(rf"\b(?:{'|'.join(map(_spaced, words.words('subjects')))})\b", flags)
        self.modals: dict[str, Strength] = dict(words.data["modals"])
        self.modal = re.compile(
            rf"(?<![\w-])(?P<modal>{'|'.join(map(_spaced, self.modals))})(?:\s+(?:not\s+)?|(?=:))", flags
        )
        self.doubtful = frozenset(words.words("doubtful"))
        self.verbs = frozenset(words.words("verbs"))
        self.transfer = frozenset(words.words("transfer"))
        self.informed = frozenset(words.words("informed"))
        self.continuing = frozenset(words.words("continue"))
        self.actors = frozenset(words.words("actors"))
        self.lead = re.compile(rf"(?:{'|'.join(words.words('lead'))})\s+", flags)
        self.to = {"en": "to", "fr": "à|au|aux", "es": "a|al"}[language]
        self.subjunctive = _subjunctive(self.verbs) if language == "es" else {}
        self.recurring = [
            (kind, re.compile(rf"(?:(?:a|an|its|his|her|their|the)\s+)?(?P<word>{source})(?=\s)", flags))
            for kind, source in words.data["recurring_objects"].items()
        ]

    def _forms(self, entry: Entry) -> Iterator[tuple[str, bool, bool]]:
        if not self.english:
            for form in entry.forms or (entry.verb,):
                yield form, True, False
            return
        if entry.verb == "be":
            yield from ((form, True, False) for form in entry.forms)
            return
        for base in (entry.verb, *entry.forms):
            yield base, False, False
            yield _third(base), True, False
            yield _past(base), True, True

    def head(self, text: str, start: int, end: int, pattern: re.Pattern[str]) -> _Head | None:
        match = pattern.match(text, start, end)
        return self.as_head(text, match, end) if match else None

    def as_head(self, text: str, match: re.Match[str], end: int) -> _Head | None:
        form = re.sub(r"\s+", " ", match["verb"].lower()).replace("’", "'")
        for entry in self.entries.get(form, ()):
            after = match.end()
            if entry.words:
                said = next((found for said in self.say[entry] if (found := said.match(text, after, end))), None)
                if said is None:
                    continue
                after = said.end()
            adverbs = self.adverbs_here.match(text, after, end)
            after = adverbs.end() if adverbs else after
            return _Head(entry, match.start("verb"), match.end("verb"), after, form in self.third, form in self.past)
        return None

    def is_verb(self, word: str, following: str) -> bool:
        """Whether a word after the infinitive's mark is a verb in its base form."""
        if self.language == "fr":
            return (
                word.islower()
                and bool(re.fullmatch(r"\w+(?:er|ir|re|oir)", word))
                and word not in ("leur", "autre", "autres", "titre", "cadre", "ordre")
            )
        if self.language == "es":
            return word.islower() and (bool(re.fullmatch(r"\w+(?:ar|er|ir)(?:se)?", word)) or word in self.subjunctive)
        if word in self.verbs:
            return True
        if not word.islower() or word in self.determiners or word.endswith(("ly", "ing", "ous", "ive", "able", "ful")):
            return False
        return not _NO_VERB.fullmatch(word) and word not in _NOUNS

    def lemma(self, word: str) -> str:
        """The infinitive of a governed verb."""
        return self.subjunctive.get(word, word) if self.language == "es" else word


_NOUNS: Final = frozenset(
    "date which whom what how whether where when women children youth people persons countries states peace security "
    "development life work health education water food justice and or not have resolution decision paragraph article "
    "least as more less two three four five one each such international national regional local global human "
    "by in at on with from for upon within under after before until during no every".split()
)


def _spaced(words: str) -> str:
    return r"\s+".join(map(re.escape, words.split())).replace("'", "['’]")


def _third(base: str) -> str:
    if base.endswith(("s", "sh", "ch", "x", "z", "o")):
        return base + "es"
    return base[:-1] + "ies" if re.search(r"[^aeiou]y$", base) else base + "s"


def _past(base: str) -> str:
    irregular = {
        "take": "took",
        "find": "found",
        "draw": "drew",
        "bear": "bore",
        "set": "set",
        "pay": "paid",
        "commit": "committed",
        "undertake": "undertook",
        "regret": "regretted",
        "submit": "submitted",
        "transmit": "transmitted",
    }
    if base in irregular:
        return irregular[base]
    if base.endswith("e"):
        return base + "d"
    return base[:-1] + "ied" if re.search(r"[^aeiou]y$", base) else base + "ed"


def _subjunctive(verbs: frozenset[str]) -> dict[str, str]:
    """Third persons of the present subjunctive: presente(n) → presentar."""
    found: dict[str, str] = {}
    irregular = {
        "seguir": "siga",
        "hacer": "haga",
        "poner": "ponga",
        "tener": "tenga",
        "mantener": "mantenga",
        "abstenerse": "se abstenga",
        "dar": "dé",
        "establecer": "establezca",
        "ofrecer": "ofrezca",
        "fortalecer": "fortalezca",
        "proteger": "proteja",
        "reforzar": "refuerce",
        "incluir": "incluya",
        "contribuir": "contribuya",
        "convocar": "convoque",
        "aplicar": "aplique",
        "intensificar": "intensifique",
        "publicar": "publique",
        "ratificar": "ratifique",
        "utilizar": "utilice",
        "movilizar": "movilice",
        "organizar": "organice",
        "realizar": "realice",
        "garantizar": "garantice",
        "agilizar": "agilice",
        "rendir": "rinda",
        "prevenir": "prevenga",
        "proseguir": "prosiga",
        "reducir": "reduzca",
        "dedicar": "dedique",
        "someter": "someta",
        "invertir": "invierta",
    }
    for verb in verbs:
        stem = verb.removesuffix("se")
        said = irregular.get(verb) or (stem[:-2] + ("e" if stem.endswith("ar") else "a"))
        said = said.removeprefix("se ")
        for form in (said, f"{said}n"):
            found[form] = verb
    found["den"] = "dar"
    return found


class _Clause:
    """One sentence under analysis."""

    def __init__(self, grammar: _Grammar, text: str, start: int, end: int, found: Sequence[Time], frame: Frame | None):
        self.grammar = grammar
        self.text = _without_quotations(text, start, end)
        self.start = start
        self.end = end
        self.found = found
        self.frame = frame
        self.acts: list[Act] = []
        self.handed: Frame | None = None
        self.subject: Phrase | None = None
        self.language = grammar.language

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

    # -- coordinated verbs of the body: "takes note of …, and requests …" ---------------------------------------------

    def pieces(self, head: _Head, end: int) -> None:
        starts = [head]
        if head.finite:
            starts += self.later_heads(head, end)
        for place, at in enumerate(starts):
            stop = starts[place + 1].start if place + 1 < len(starts) else end
            stop = self.before_conjunction(at.after, stop) if stop < end else stop
            self.one(at, stop)

    def later_heads(self, head: _Head, end: int) -> Iterator[_Head]:
        text, grammar = self.text, self.grammar
        for match in grammar.anywhere.finditer(text, head.after, end):
            form = re.sub(r"\s+", " ", match["verb"].lower())
            if (
                form not in grammar.third
                or (form in grammar.past and not head.past)
                or (match["verb"][0].isupper() and grammar.english and not match["verb"].isupper())
            ):
                continue
            before = text[max(head.after, match.start() - 30) : match.start()]
            if not re.search(r"(?:[,;]|\b(?:and|et|y|e|but|while))\s*$", before):
                continue
            following = re.match(rf"\s*(?:{_W}|[A-Z])", text[match.end() : end])
            if following is None or not self.opens_complement(
                text[match.end() : match.end() + 30].lstrip(), form, bool(re.search(r"[,;]", before[-8:]))
            ):
                continue
            if match.start() == head.after:
                continue
            found = grammar.as_head(text, match, end)
            if found is not None and not self.in_relative(head.after, match.start()):
                yield found

    def in_relative(self, start: int, at: int) -> bool:
        """Whether the verb may belong to a relative clause or that-clause begun after the last mark."""
        last = max(self.text.rfind(";", start, at), start)
        tail = self.text[last:at].rstrip(" ,")
        comma = tail.rfind(",")
        return comma < 0 and bool(re.search(r"\b(?:which|who)\s[^,]*$", tail))

    def opens_complement(self, words: str, form: str, comma: bool) -> bool:
        if not self.grammar.english:
            return True
        first = words.split(" ")[0].lower().strip(",")
        if first in ("of", "from", "by", "and", "or", "in") or (first == "for" and form not in ("calls", "appeals")):
            return False
        return (
            comma
            or first in self.grammar.actors
            or words[:1].isupper()
            or first in self.grammar.determiners
            or first in self.grammar.openers
        )

    def before_conjunction(self, start: int, stop: int) -> int:
        tail = self.text[start:stop]
        match = re.search(r"(?:[,;\s]*(?:and|et|y|e|but|while)?\s*[,;]*\s*(?:\w+\s*){0,0})$", tail)
        at = start + (match.start() if match else len(tail))
        # adverbs before the next verb belong to it
        adverbs = re.search(
            rf"(?:[,;]|\band\b)\s*(?:and\s+)?{self.grammar.adverb}{{0,4}}$", self.text[start:at], re.IGNORECASE
        )
        return start + adverbs.start() if adverbs else at

    # -- one verb -----------------------------------------------------------------------------------------------------

    def one(self, head: _Head, end: int, performer: Phrase | None = None) -> None:
        if head.entry.kind == "directive":
            self.directive(head, end)
        elif head.entry.kind == "stance":
            self.stance(head, end, performer)
        else:
            self.own(head, end, performer)

    def directive(self, head: _Head, end: int) -> None:
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
        if that and grammar.english and (second := _AND_THAT.search(text, at, end)):
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
        performers = self.parties(at, first.start())
        before = self.times_in(at, first.start())
        stop, other = self.further_performer(first.end(), end)
        self.series(first, stop, performers, entry.strength, entry.source, rule, before)
        if other is not None:
            begin = grammar.conjunction.match(text, stop, end)
            assert begin is not None
            self.series(other, end, self.parties(begin.end(), other.start()), entry.strength, entry.source, rule, [])

    def is_deed(self, start: int, end: int) -> bool:
        """Whether a deed is asked for, not somebody to do it: "the full and effective implementation of …"."""
        first, last = trim(self.text, start, end)
        head = re.split(r"\s(?:of|in|for|on|to|with|by|among|between)\s|,", self.text[first:last])[0]
        noun = head.split()[-1:] if self.grammar.english else []
        return bool(noun) and not self.has_actor(head) and bool(_DEED.search(noun[0]))

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

    def nominal(self, head: _Head, at: int, end: int, rule: str) -> None:
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
            further = re.compile(rf"\s+that\s+(?:it|they)\s+(?P<verb>{_W})").match(text, stop, end)
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

    def that_clause(self, head: _Head, at: int, end: int, strength: Strength, source: str, rule: str) -> None:
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
            verb = _base(passive["v"], self.grammar.verbs)
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
        word = re.compile(rf"\s*(?:{_LY}\s+)*(?P<verb>{_W})").match(text, verb_at, end)
        if word is None:
            return
        self.series(word, end, self.parties(*subject), strength, source, rule, before)

    def modal_again(self, modal: str, at: int, end: int) -> re.Match[str] | None:
        """The next "and shall" after the verb of a "shall" at `at`."""
        said = rf"{_spaced(modal)}\s+"
        again = re.compile(rf"(?:,\s*(?:and\s+)?|\s+and\s+)(?:also\s+|further\s+)?{said}", re.I).search(
            self.text, at, end
        )
        # "shall ensure that members shall … and shall …" goes on with the members
        inner = again is not None and re.compile(rf"\b{said}", re.I).search(self.text, at, again.start())
        return None if inner else again

    def verb_after(self, at: int, end: int) -> int:
        """Where the verb begins after a modal: "shall, in accordance with …, take" skips what the commas enclose."""
        text = self.text
        rest = text[at:end]
        if rest.lstrip().startswith(","):
            closing = rest.find(",", rest.find(",") + 1)
            if closing > 0:
                at += closing + 1
        while match := re.compile(rf"\s*(?:also|not|therefore|further|continue\s+to(?=\s+be)|{_LY})\s+").match(
            text, at, end
        ):
            at = match.end()
        while at < end and text[at].isspace():
            at += 1
        return at

    def own(self, head: _Head, end: int, performer: Phrase | None) -> None:
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

    def gerunds(self, head: _Head, end: int, performers: tuple[Phrase, ...] | None, rule: str) -> bool:
        """ "commits itself to strengthening … and to keeping …": an act for each; whether there was one."""
        text, grammar, entry = self.text, self.grammar, head.entry
        if entry.act or entry.strength != "undertaking" or not text[: head.after].rstrip().endswith(" to"):
            return False
        found = [re.compile(rf"\s*(?P<verb>{_W}ing)(?=\s)").match(text, head.after, end)]
        if found[0] is None or _gerund_of(found[0]["verb"], grammar.verbs) == "":
            return False
        further = re.compile(rf"(?:,\s*(?:and\s+)?|\s+and\s+)(?P<to>to\s+)?(?:{_LY}\s+)?(?P<verb>{_W}ing)(?=\s)")
        for match in further.finditer(text, found[0].end(), end):
            beside = match.start() == found[0].end()
            if _gerund_of(match["verb"], grammar.verbs) and (
                match["to"] or beside or self.before_determiner(match.end())
            ):
                found.append(match)
        spans = [match for match in found if match is not None]
        for place, match in enumerate(spans):
            self.act(
                strength=entry.strength,
                source=entry.source,
                rule=f"{rule}-gerund",
                verb=_gerund_of(match["verb"], grammar.verbs),
                start=match.start("verb"),
                verb_end=match.end("verb"),
                first=match.end("verb"),
                end=spans[place + 1].start() if place + 1 < len(spans) else end,
                performers=performers,
            )
        if len(spans) > 1 and self.acts[-len(spans)].object is None:
            self.acts[-len(spans)] = replace(self.acts[-len(spans)], object=self.acts[1 - len(spans)].object)
        return True

    def only_asides(self, start: int, end: int) -> bool:
        """Whether only times, adverbs and what commas enclose stand here."""
        rest = self.text[start:end]
        for time in self.found:
            if start <= time.start and time.end <= end:
                rest = rest.replace(self.text[time.start : time.end], "")
        rest = rest.strip()
        return (
            not rest.strip(" ,")
            or (rest.startswith(",") and rest.endswith(","))
            or bool(
                re.fullmatch(
                    r"(?:also|further|in principle|provisionally|unanimously"
                    r"|(?:on|upon|in|as|by|pursuant)\s[^,]*,?|,)*",
                    rest,
                )
            )
        )

    def stance(self, head: _Head, end: int, performer: Phrase | None) -> None:
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
                for again in _AND_TO.finditer(text, begin, min(limit, stop_np)):
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

    # -- with a subject: "The Committee recommends …", "States should …" ----------------------------------------------

    def with_subject(self, start: int, end: int, finite_only: bool) -> None:
        text, grammar = self.text, self.grammar
        limit = min(end, start + 700)
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

    def pieces_of(self, head: _Head, end: int, performer: Phrase | None) -> None:
        starts = [replace(head, finite=True), *self.later_heads(head, end)]
        for place, at in enumerate(starts):
            stop = self.before_conjunction(at.after, starts[place + 1].start) if place + 1 < len(starts) else end
            self.one(at, stop, performer)

    def is_past_sentence(self, subject: str) -> bool:
        return bool(re.match(r"(?:The|It|This)\b", subject))

    def subject_span(self, start: int, end: int) -> tuple[int, int]:
        """The subject's own words: up to the first comma, after an introduction that a comma ends."""
        start, end = trim(self.text, start, end)
        for match in reversed(list(re.finditer(r",\s*(?=(?:the|we|it|all)\s)", self.text[start:end], re.IGNORECASE))):
            start += match.end()
            break
        stop = re.compile(r",|\s(?:is|are|has|have|was|were)\s").search(self.text, start, end)
        return trim(self.text, start, stop.start() if stop else end)

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
            while word := re.compile(rf"\s*(?P<verb>{_W})").match(text, verb_at, end):
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

    # -- items below an intro -----------------------------------------------------------------------------------------

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
            bare = re.compile(rf"(?:{_LY}\s+)*(?P<verb>{_W})").match(text, start, end)
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
            bare = re.compile(rf"(?:{_LY}\s+)*(?P<verb>{_W})").match(text, start, end)
            if bare is not None and bare["verb"] in grammar.verbs and bare["verb"] not in grammar.doubtful:
                inner = grammar.head(text, start, end, grammar.opening)
                if inner is None or inner.entry.kind == "own":
                    self.series(bare, end, None, frame.strength, frame.source, f"{self.language}-item", before)
                    return True
        return False

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

    def is_sure(self, verb: str, end: int) -> bool:
        """Whether a form that ends at `end` is a verb here, where a noun may look like it."""
        return verb not in self.grammar.doubtful or self.before_determiner(end)

    def clause_verb(self, at: int, end: int) -> int:
        """Where the base form stands that is a that-clause's verb; `end` where none is seen."""
        text, grammar = self.text, self.grammar
        for m in re.finditer(rf"(?<=\s)(?P<verb>{_W})(?=[\s,])", text[at:end]):
            before = text[at : at + m.start()].split()
            if (
                (m["verb"] == "be" or (m["verb"] in grammar.verbs and self.is_sure(m["verb"], at + m.end())))
                and before
                and before[-1].lower() not in grammar.determiners | {"of", "this", "present", "and", "or"}
            ):
                return at + m.start()
        return end

    # -- series of acts -----------------------------------------------------------------------------------------------

    def infinitive(self, start: int, end: int) -> re.Match[str] | None:
        """The first "to submit" from `start` on that the directive governs."""
        text, grammar = self.text, self.grammar
        for match in grammar.marker.finditer(text, start, end):
            verb = match["verb"]
            if not grammar.is_verb(verb, ""):
                continue
            before = text[max(start, match.start() - 40) : match.start()]
            if grammar.purpose.search(before.rstrip()) or (
                grammar.english
                and re.search(
                    r"\b(?:yet|have|has|had|able|unable|failed|as|position|wish|wishing|ability|capacity|continue|continued|how|likely|ready|willing|efforts?|right|commitment|opportunit(?:y|ies)|obligations?|seeking|intended|designed|duty)\s*$",
                    before,
                )
            ):
                continue
            return match
        return None

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
                made[place].object is None
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

    def before_conjunction_of(self, at: int) -> int:
        """Where the words that lead to a coordinated verb begin: its mark, adverbs and conjunction."""
        text = self.text
        lead = re.search(
            rf"(?:[,;]\s*(?:(?:and|or|et|ou|y|e|as\s+well\s+as)\b\s*)?|\s(?:and|or|et|ou|y|e|as\s+well\s+as)\s+)"
            rf"(?:(?:also|further|in this regard|to that end|to this end|where appropriate|if necessary|as appropriate"
            rf"|,|\s|{_LY})*)(?:(?:to|de|d['’]|à|a|que|a que)\s*)?(?:{_LY}\s+)*$",
            text[:at][-90:],
        )
        return at - (min(at, 90) - lead.start()) if lead else at

    def coordinated(self, first: re.Match[str], end: int) -> list[tuple[int, int]]:
        """Spans of the coordinated verbs of one performer, the first included."""
        text, grammar = self.text, self.grammar
        found = [first.span("verb")]
        found += self.at_once(found[0], end)
        marked: list[tuple[int, int, str]] = []
        for match in grammar.marker.finditer(text, found[-1][1], end):
            passive = match["verb"] == "be" and re.match(r"\s+\w+(?:ed|held|made|n)\b", text[match.end() : end])
            if grammar.is_verb(match["verb"], "") and not passive:
                before = text[max(found[-1][1], match.start() - 45) : match.start()]
                at = grammar.boundary.search(before)
                mark = "" if at is None else "strong" if at.group().strip()[:1] in (",", ";") else "weak"
                if at is not None and at.group().strip(" ") == ",":
                    mark = "comma"
                marked.append((*match.span("verb"), mark))
        bare = list(self.bare_verbs(found[-1][1], end)) if grammar.english else []
        embedded = False
        lists = any(mark == "strong" for _, _, mark in marked)
        for start, stop, mark in sorted([*marked, *bare]):
            if mark == "":
                embedded = True
            elif mark == "strong" or (mark == "weak" and not embedded) or (mark == "comma" and lists):
                if mark == "weak" and self.in_that(found[-1][1], start):
                    continue
                found.append((start, stop))
                embedded = False
            elif mark == "bare-strong" and not self.in_that(found[-1][1], start):
                if not embedded:
                    found.append((start, stop))
            elif mark == "bare" and not embedded and not self.in_that(found[-1][1], start):
                found.append((start, stop))
        result = []
        for span in sorted(set(found)):
            result.append(span)
            result += [more for more in self.at_once(span, end) if more not in found]
        return sorted(set(result))

    def in_that(self, start: int, at: int) -> bool:
        """Whether a relative or that-clause is open before a coordinated verb."""
        return self.grammar.english and bool(self.grammar.relative.search(self.text, start, at))

    def at_once(self, span: tuple[int, int], end: int) -> list[tuple[int, int]]:
        """ "adopt and implement", "promote, protect and fulfil": verbs coordinated right after a verb."""
        if not self.grammar.english:
            return []
        text, grammar = self.text, self.grammar
        found: list[tuple[int, int]] = []
        at = span[1]
        step = re.compile(
            rf"(?:,\s*(?:where appropriate,\s*|as appropriate,\s*)?(?:and\s+|or\s+)?|\s+and\s+|\s+or\s+)"
            rf"(?:{_LY}\s+)*(?P<verb>{_W})(?=[\s,])"
        )
        while match := step.match(text, at, end):
            verb = match["verb"]
            listed = re.match(r",?\s*(?:and|or)\s", text[match.end() : end])
            sure = verb not in grammar.doubtful or self.before_determiner(match.end()) or listed is not None
            if verb not in grammar.verbs or not sure:
                break
            found.append(match.span("verb"))
            at = match.end()
        return found

    def before_determiner(self, at: int) -> bool:
        following = re.compile(rf"\s+(?P<w>{_W})").match(self.text, at)
        return following is not None and following["w"].lower() in self.grammar.determiners

    def bare_verbs(self, start: int, end: int) -> Iterator[tuple[int, int, str]]:
        """ "… cooperation, and provide …": base forms after a conjunction, without "to"."""
        text, grammar = self.text, self.grammar
        for match in grammar.bare.finditer(text, start, end):
            verb = match["verb"]
            conj = match["mark"].strip(" ,")
            if verb not in grammar.verbs or conj not in ("and",):
                continue
            if verb in grammar.doubtful and not self.before_determiner(match.end()):
                continue
            yield (*match.span("verb"), "bare-strong" if "," in match["mark"] else "bare")

    # -- parties ------------------------------------------------------------------------------------------------------

    def parties(self, start: int, end: int) -> tuple[Phrase, ...]:
        """The coordinated phrases of text[start:end] without asides ("in consultation with …")."""
        text, grammar = self.text, self.grammar
        start, end = trim(text, start, end)
        aside = next(
            (
                m
                for m in grammar.adjuncts.finditer(text, start, end)
                if not re.search(r"\s(?:and|as)$", text[: m.start()])
            ),
            None,
        )
        if aside:
            end = aside.start()
        for pattern in (
            r",?\s+(?:as\s+a\s+matter\s+of|in\s+consultation|in\s+cooperation|in\s+collaboration|in\s+accordance|in\s+coordination|within\s+(?:its|their|existing|his)|as\s+appropriate|in\s+a\s+position\s+to|en\s+consultation|en\s+coopération|en\s+consulta|no\s+later|at\s+its|by\s+\d)\b",
        ):
            found = re.compile(pattern).search(text, start, end)
            if found and found.start() > start and not re.search(r"\b(?:and|as)$", text[start : found.start()]):
                end = found.start()
        start, end = trim(text, start, end)
        start, end = self.outside_times(start, end)
        parts: list[tuple[int, int]] = []
        at = start
        for match in self.splits(start, end):
            parts.append((at, match.start()))
            at = match.end()
        parts.append((at, end))
        made = []
        for first, last in parts:
            first, last = trim(text, first, last)
            tail = re.search(
                r"(?:\s+(?:of|to|in|with|not|(?!family|assembly|supply|ally)[a-z]+ly))+$", text[first:last]
            )
            last = first + tail.start() if tail else last
            also = re.match(
                r"(?:also|in particular|especially|both|either|upon|on)\s+", text[first:last], re.IGNORECASE
            )
            first += also.end() if also else 0
            if not grammar.english:
                article = re.match(r"(?:à|aux?|a|al)\s+(?=\w)", text[first:last], re.IGNORECASE)
                first += article.end() if article else 0
            if first < last and re.search(r"\w", text[first:last]):
                made.append(Phrase(first, last))
        return tuple(made)

    def outside_times(self, start: int, end: int) -> tuple[int, int]:
        for time in self.found:
            if start < time.start < end and (time.end >= end - 1):
                return trim(self.text, start, time.start)
        return start, end

    def splits(self, start: int, end: int) -> Iterator[re.Match[str]]:
        """The conjunctions and commas that part one performer from the next."""
        text = self.text
        pattern = re.compile(
            r",?\s+(?:and|as\s+well\s+as),\s*(?:where|as|if|through|in)\s+[^,]+,\s*|,?\s+as\s+well\s+as\s+|,\s*and\s+|,\s*et\s+|,\s*(?=the\s|all\s|other\s|relevant\s|[A-Z]|[a-z])|\s+and\s+|\s+et\s+|\s+ainsi\s+que\s+|\s+y\s+|\s+e\s+|\s+así\s+como\s+"
        )
        last = start
        for match in pattern.finditer(text, start, end):
            left = text[last : match.start()].strip()
            right = text[match.end() : end]
            if not left or not right or self.inside_brackets(start, match.start()):
                continue
            one = left.split()
            # "regional and subregional organizations": the left part is only a modifier
            if one[-1].islower() and (
                re.search(r"(?:al|ic|ive|ary|ant|ent|ing|ed|ous|ful)$", one[-1])
                and not re.search(r"(?:parliament|government|president|resident|student|agent|client)$", one[-1])
            ):
                continue
            first = right.split()[0]
            if one[-1].endswith("-") or (
                len(one) == 1 and re.search(r"^[a-z]+[^s]$", one[0]) and not self.has_actor(one[0])
            ):
                continue  # "troop- and police-contributing countries"
            if first in ("have", "has", "are", "is", "were", "had", "to"):
                continue
            if re.search(r"funds$", left) and re.match(r"programmes\b", right):
                continue
            if _PLURAL_OF.search(left) and first[:1].isupper():
                continue  # "the Governments of Chile and Peru"
            if (
                one[-1][:1].isupper()
                and first[:1].isupper()
                and re.search(r"(?:al|ic|ive|ary)$", one[-1])
                and len(one) > 1
                and one[-1] not in ("General", "Council")
            ):
                continue  # "the United Nations Educational, Scientific and Cultural Organization"
            determined = first.lower() in self.grammar.determiners or first.lower() in (
                "other",
                "relevant",
                "all",
                "le",
                "la",
                "les",
                "el",
                "los",
                "las",
                "the",
            )
            named = (
                re.search(r"\b(?:on|for|in|para|pour)\s", left)
                or re.search(
                    r"\b(?:Ministry|Office|Department|Committee|Commission|Council|Convention|Ministère)\b", left
                )
            ) and re.search(
                r"\b(?:on|for|of|in|de|des|para|pour)\s+(?:the\s+)?[A-Z][\w’'-]*(?:,?\s+[A-Z][\w’'-]*)*$", left
            )
            if named and first[:1].isupper() and not determined:
                continue  # "the Office on Drugs and Crime"
            if (
                re.search(
                    r"\b(?:of|for|in|on|between|among)\s+(?:the\s+|their\s+|its\s+)?[\w’'-]+(?:\s+[\w’'-]+)?$", left
                )
                and first.islower()
                and not determined
                and not self.has_actor(right.split(",")[0].split(" and ")[0][:60])
            ):
                continue
            if re.match(r"(?:in particular|especially|including|inter alia|among|where|as appropriate)\b", right):
                continue
            last = match.end()
            yield match

    def inside_brackets(self, start: int, at: int) -> bool:
        piece = self.text[start:at]
        return piece.count("(") > piece.count(")") or piece.count("“") > piece.count("”")

    def has_actor(self, words: str) -> bool:
        return any(word.lower().strip(",.") in self.grammar.actors for word in words.split())

    def is_actor(self, start: int, end: int) -> bool:
        """Whether a phrase names somebody: a word of the lexicon's actors before any preposition, or a name."""
        words = self.text[start:end].split()
        head: list[str] = []
        for word in words:
            if (
                word.lower()
                in ("of", "in", "for", "on", "to", "with", "from", "that", "which", "de", "des", "del", "du")
                and head
            ):
                break
            head.append(word)
        bare = [word.strip(",.;()") for word in head]
        if not bare:
            return False
        if any(word.lower() in self.grammar.actors for word in bare):
            return not re.search(
                r"(?:report|programme|agenda|resolution|session|plan|budget|statement|strategy)s?$", bare[-1].lower()
            )
        return (
            bare[-1][:1].isupper()
            and not re.search(
                r"(?:Agenda|Programme|Plan|Convention|Charter|Protocol|Report|Declaration|Strategy|Goals?|Covenant|Framework|Resolution|Treaty|Agreement)$",
                bare[-1],
            )
            and len(bare[-1]) > 1
        )

    def noun_phrase(self, start: int, end: int) -> int:
        """End of a noun phrase that begins at `start`: at a comma, an article after a noun, a preposition."""
        text = self.text
        seen = False
        for match in re.finditer(r"\S+", text[start:end]):
            word = match.group()
            bare = word.strip(",.;:()").lower()
            at = start + match.start()
            if seen and (
                bare
                in (
                    "a",
                    "an",
                    "its",
                    "his",
                    "her",
                    "their",
                    "by",
                    "at",
                    "on",
                    "in",
                    "with",
                    "within",
                    "through",
                    "no",
                    "not",
                    "under",
                    "upon",
                    "as",
                    "about",
                    "before",
                    "during",
                    "regarding",
                    "concerning",
                    "to",
                    "that",
                    "which",
                    "who",
                    "any",
                    "all",
                    "such",
                    "every",
                    "each",
                    "annually",
                    "when",
                    "where",
                    "un",
                    "une",
                    "des",
                    "sur",
                    "su",
                    "sus",
                    "sobre",
                    "una",
                    "que",
                    "también",
                    "periodically",
                    "regularly",
                    "updates",
                    "recommendations",
                    "information",
                    "proposals",
                    "thereof",
                    "accordingly",
                    "thereon",
                    "promptly",
                    "free",
                    "together",
                    "immediately",
                    "without",
                )
            ):
                following = text[start + match.end() : end].lstrip()[:1]
                name = (
                    bare in ("on", "for", "in")
                    and following.isupper()
                    and text[start:at].strip()[:1].isalpha()
                    and bool(
                        re.search(
                            r"(?:Committee|Commission|Office|Programme|Fund|Forum|Conference|Council|Rapporteur|Panel)\s*$",
                            text[start:at],
                        )
                    )
                )
                if not name:
                    return trim(text, start, at)[1]
            if bare == "for" and seen:
                following = text[start + match.end() : end].lstrip()[:1]
                if not following.isupper():
                    return trim(text, start, at)[1]
            if bare == "and" and seen:
                following = text[start + match.end() : end].lstrip()
                if not (
                    following.startswith("the ")
                    or following[:1].isupper()
                    or self.has_actor(" ".join(following.split()[:3]))
                ):
                    return trim(text, start, at)[1]
            if word.endswith((",", ";", ".", ":")):
                following = text[start + match.end() : end].lstrip()
                goes_on = word.endswith(",") and (
                    re.match(r"(?:and\s+)?the\s+[A-Z]", following) is not None
                    or (
                        re.match(r"(?:and\s+)?(?:the|all|other)\s", following) is not None
                        and self.has_actor(" ".join(re.split(r"[,;]", following)[0].split()[:4]))
                    )
                )
                if not goes_on:
                    return trim(text, start, start + match.end())[1]
            if bare not in ("the", "all", "le", "la", "les", "el", "los"):
                seen = True
            if any(time.start <= at < time.end for time in self.found):
                return trim(text, start, at)[1]
        return trim(text, start, end)[1]

    # -- an act -------------------------------------------------------------------------------------------------------

    def times_in(self, start: int, end: int) -> list[Time]:
        return [time for time in self.found if start <= time.start < end]

    def first_time(self, start: int, end: int, *, kind: bool) -> Time | None:
        return next((time for time in self.times_in(start, self.end) if bool(time.kind) == kind), None)

    def emit(
        self,
        entry: Entry,
        head: _Head,
        *,
        rule: str,
        verb: str,
        at: int,
        first: int,
        end: int,
        performers: tuple[Phrase, ...] | None,
        addressees: tuple[Phrase, ...] = (),
        taken: Sequence[tuple[int, int]] = (),
        stance: bool = False,
    ) -> None:
        self.act(
            strength=entry.strength,
            source=entry.source,
            rule=rule,
            verb=verb,
            start=at,
            verb_end=head.verb_end,
            first=first,
            end=end,
            performers=performers,
            addressees=addressees,
            taken=taken,
            stance=stance,
        )

    def act(
        self,
        *,
        strength: Strength,
        source: str,
        rule: str,
        verb: str,
        start: int,
        verb_end: int,
        first: int,
        end: int,
        performers: tuple[Phrase, ...] | None,
        addressees: tuple[Phrase, ...] = (),
        taken: Sequence[tuple[int, int]] = (),
        object_span: tuple[int, int] | None = None,
        stance: bool = False,
        extra: Sequence[Time] = (),
    ) -> None:
        text = self.text
        start, end = trim(text, start, end)
        end = max(end, verb_end)
        spans = list(taken)
        if not stance and not addressees:
            addressees, more = self.recipients(verb, first, end)
            spans += more
        deadline = recurrence = None
        if not stance:
            told = [last for _, last in spans]
            inside = [t for t in [*extra, *self.times_in(first, end)] if self.is_when(t, first, verb, told)]
            deadline = next((t for t in inside if not t.kind), None)
            recurrence = next((t for t in inside if t.kind), None)
        spans += [(t.start, t.end) for t in (deadline, recurrence) if t is not None]
        if not stance and object_span is None:
            spans += self.asides(first, end, spans)
        complement = object_span or trim_edges(text, first, end, spans)
        if complement is not None and object_span is None:
            complement = cut_after_time(text, complement, (deadline, recurrence))
        if complement is not None and recurrence is None and not stance:
            recurrence = self.recurring_object(complement)
        self.acts.append(
            Act(
                strength=strength,
                source=source,
                rule=rule,
                verb=verb,
                start=start,
                verb_end=verb_end,
                end=end,
                performers=performers,
                addressees=addressees,
                object=complement,
                deadline=deadline,
                recurrence=recurrence,
            )
        )

    def asides(self, first: int, end: int, taken: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """What stands before or after an object and is none of it: ", in consultation with …,", "for three years"."""
        if not self.grammar.english:
            return []
        found = []
        if opened := _ASIDE.match(self.text, first, end):
            found.append(opened.span())
        for _ in range(3):
            rest = trim_edges(self.text, first, end, [*taken, *found])
            closed = _TAIL.search(self.text, rest[0], rest[1]) if rest else None
            if closed is None or closed.end() != (rest or (0, 0))[1]:
                break
            found.append(closed.span())
        return found

    def recurring_object(self, span: tuple[int, int]) -> Time | None:
        for kind, pattern in self.grammar.recurring:
            if match := pattern.match(self.text, *span):
                return Time(match.start("word"), match.end("word"), kind=kind)
        return None

    def recipients(self, verb: str, first: int, end: int) -> tuple[tuple[Phrase, ...], list[tuple[int, int]]]:
        """To whom: "to the General Assembly" after a verb of giving, the one who is told after "inform"."""
        text, grammar = self.text, self.grammar
        if verb in grammar.continuing:
            inner = re.compile(rf"\s*(?:to|à|a)\s+(?P<verb>{_W})").match(text, first, end)
            if inner:
                return self.recipients(inner["verb"].lower(), inner.end(), end)
        if verb in grammar.informed or (
            verb == "keep" and re.search(r"\b(?:informed|apprised|updated)\b", text[first:end])
        ):
            begin = first
            while begin < end and text[begin] in " ,":
                begin += 1
            if text.startswith("by ", begin):
                return (), []
            stop = self.noun_phrase(begin, end)
            stop = min(stop, self.told_of(begin, end))
            told = re.compile(r"\s(?:informed|apprised|updated|of|about)\b").search(text, begin, stop)
            stop = (
                told.start() if told and told.group().strip() in ("informed", "apprised", "updated", "about") else stop
            )
            if self.is_actor(begin, stop):
                return self.parties(begin, stop), [(begin, stop)]
        if drawn := re.compile(
            r"(?:attention\s+of\s+(?P<whose>[^;]{3,90}?)\s+to\s|\bto\s+the\s+(?:urgent\s+)?attention\s+of\s+(?=(?P<to>\S)))"
        ).search(text, first, end):
            begin = drawn.start("whose") if drawn["whose"] else drawn.start("to")
            stop = drawn.end("whose") if drawn["whose"] else self.noun_phrase(begin, end)
            if self.is_actor(begin, stop):
                return self.parties(begin, stop), ([] if drawn["whose"] else [(drawn.start(), stop)])
        if verb in _GIVING and grammar.english and (np := self.given_to(first, end)):
            return self.parties(*np), [np]
        if (
            verb == "provide"
            and (given := re.compile(r"\s+(?P<np>[^,;]{3,80}?)\s+with\s").match(text, first, end))
            and self.is_actor(*given.span("np"))
        ):
            return self.parties(*given.span("np")), [given.span("np")]
        if verb not in grammar.transfer:
            return (), []
        for match in re.compile(rf"(?<![\w-])(?:{grammar.to})\s+(?=\S)").finditer(text, first, end):
            if any(time.start <= match.start() < time.end for time in self.found):
                continue
            word = re.compile(_W).match(text, match.end(), end)
            if word is None or self.boundary_word(match.start(), first):
                continue
            begun = first if text[first : match.start()].strip() == "back" else match.start()
            stop = self.noun_phrase(match.end(), end)
            if self.is_actor(match.end(), stop):
                named = [*self.parties(match.end(), self.without_and(stop))]
                while again := _AND_TO.match(text, stop, end):
                    last = self.noun_phrase(again.end(), end)
                    if not self.is_actor(again.end(), last):
                        break
                    named += self.parties(again.end(), self.without_and(last))
                    stop = last
                return tuple(named), [(begun, self.without_and(stop))]
        return (), []

    def without_and(self, end: int) -> int:
        """`end`, or where a conjunction right before it begins."""
        last = re.search(r",?\s+and$", self.text[max(0, end - 8) : end])
        return end - len(last.group()) if last else end

    def told_of(self, begin: int, end: int) -> int:
        """Where "of the results" begins after "inform the Office of the High Commissioner"; `end` for nowhere."""
        for about in re.compile(
            r"\sof\s+(?=(?:the|their|its|his|her|any|all|such|this|these|each|progress|developments)\b\s*(?P<w>[\w’'-]*))"
        ).finditer(self.text, begin, end):
            word = about["w"]
            inside = self.is_actor(about.end(), self.noun_phrase(about.end(), end)) and word[:1].isupper()
            if not inside and not self.has_actor(word) and self.is_actor(begin, about.start()):
                return about.start()
        return end

    def given_to(self, first: int, end: int) -> tuple[int, int] | None:
        """Who is given: "offer refugees free places", "grant the Board access"."""
        at = first
        for words in range(5):
            found = re.compile(
                rf"\s+(?P<np>(?:(?:the|all|its|their)\s+)?(?:{_W}\s+){{{words}}}(?P<head>{_W}))\s+(?P<next>[\w’'-]+)"
            ).match(self.text, at, end)
            if found is None:
                return None
            head, following = found["head"], found["next"].lower()
            if any(word.lower() in _NO_THING for word in found["np"].split()):
                return None
            person = head.lower() in self.grammar.actors
            plural = head.endswith("s") or head.lower() in _PERSONS or head[0].isupper()
            if person and plural and following not in _NO_THING and following not in self.grammar.actors:
                return found.span("np")
        return None

    def boundary_word(self, at: int, first: int) -> bool:
        """Whether the word before "to" takes it for itself: "relating to", "access to"."""
        before = self.text[max(first, at - 30) : at].rstrip()
        if self.text[first:at].strip() == "back":  # "report back to the Council"
            return False
        return bool(
            re.search(
                r"\b(?:relat(?:ing|ed)|access|according|due|pursuant|contribut\w+|respect|regard|relation|addition|thanks"
                r"|question|response|contrary|subject|applicable|parties|party|threats?|right|commitment|attention"
                r"|adjacent|next|prior|annexe?d?|with a view|back)$",
                before,
                re.IGNORECASE,
            )
        )

    def is_when(self, time: Time, first: int, verb: str, told: Sequence[int] = ()) -> bool:
        """Whether a time says when to act, not when a thing spoken of happens or happened.

        `told`: where the names of those end to whom the act goes; a time after one is the act's.
        """
        if time.start < first:
            return True
        text = self.text
        before = text[first : time.start].rstrip(" ,")
        last = re.search(r"[\w’'-]+$", before)
        if last is None:
            return True
        word = last.group()
        if verb in self.grammar.continuing:
            before = re.sub(r"^\s*that\s", " ", before)
            if re.search(r"\b(?:is|are|be)\s+\w+ed\b(?:(?!\b(?:that|which|who)\b)[^,;])*$", before):
                return True
        opened = re.search(
            r"\b(?:that|which|who|adopted|contained|established|convened|held|requested|decided|endorsed|mandated|outlined|agreed)\b[^,;]*$",
            before,
        )
        if opened and not time.kind:
            return False
        if _PARTICIPLE.search(word) and word != "United" and not time.kind and not before.endswith(("as soon",)):
            return False
        if time.kind and opened:
            return False
        if (
            _EVENT.search(word)
            and not time.kind
            and first + len(before) not in told
            and verb not in ("hold", "convene", "organize", "schedule", "host", "meet")
            and not time.event
            and word[0].isupper()
        ):
            return False
        return not re.search(r"\b(?:of|entitled|the|between)$", before)


_PLURAL_OF: Final = re.compile(
    r"\b(?:Governments|governments|Ministers|ministers|ministries|Presidents|presidents|Heads|parliaments|authorities|cities|peoples"
    r"|representatives)\s+of\s+(?:the\s+)?[A-Z][\w’'-]*(?:,\s+[A-Z][\w’'-]*)*$"
)
_SPOKEN: Final = frozenset({"request", "thanks", "welcome", "recommendation", "instruction"})
_ASIDE: Final = re.compile(
    r"\s*,\s*(?:in\s+(?:consultation|cooperation|collaboration|coordination|accordance|close|full|particular|line)"
    r"|subject\s+to|upon\s+request|as\s+(?:appropriate|necessary)|where\s+\w+|if\s+\w+|within\s+(?:existing|available|its|their)"
    r"|without\s+(?:further\s+|undue\s+)?delay|inter\s+alia|on\s+behalf|together\s+with|jointly\s+with|with\s+(?:the\s+)?(?:support|assistance|help))\b[^,]*,",
    re.IGNORECASE,
)
_TAIL: Final = re.compile(
    r",?\s+for\s+(?:a\s+)?(?:further\s+|additional\s+|final\s+|initial\s+)?(?:period\s+|term\s+)?(?:of\s+)?"
    r"(?:\w+|\w+-\w+)(?:\s+more|\s+further|\s+additional)?\s+(?:day|week|month|year)s$"
    r"|,?\s+for\s+(?:(?:its|their|his|her|further|due|final)\s+)*(?:consideration|approval|adoption|information"
    r"|review|comments?|endorsement|decision|action|examination|discussion)(?:\s+(?:by|at|in)\s+[^,;]+)?$"
    r"|,?\s+(?:thereafter|and)$"
    r"|,?\s+(?:accordingly|thereon|thereof|without\s+(?:further\s+|undue\s+)?delay|as\s+(?:appropriate|necessary))$",
    re.IGNORECASE,
)
_AND_THAT: Final = re.compile(r",?\s+and\s+(?:further\s+|also\s+)?that\s+")
_AND_TO: Final = re.compile(r"(?:,\s*(?:and\s+)?|\s+and\s+|(?<=\sand)\s+)(?:also\s+)?to\s+(?=\S)")
_PERSONS: Final = frozenset({"women", "children", "people", "staff", "youth"})
_GIVING: Final = frozenset({"offer", "give", "grant", "send", "award", "accord", "lend", "pay", "show"})
_NO_THING: Final = frozenset(
    "to of in on at for with from by and or about regarding concerning who which that whose as against through under "
    "within before after during is are not".split()
)
_QUOTED: Final = re.compile(r"“[^”]*”|«[^»]*»")


def _without_quotations(text: str, start: int, end: int) -> str:
    """The text with the letters of quotations in its sentence made X: no verb of theirs is an act."""
    if "“" not in (sentence := text[start:end]) and "«" not in sentence:
        return text
    hidden = _QUOTED.sub(
        lambda match: match.group()[0] + re.sub(r"\w", "X", match.group()[1:-1]) + match.group()[-1], sentence
    )
    return text[:start] + hidden + text[end:]


def _base(participle: str, verbs: frozenset[str]) -> str:
    """ "submitted" → "submit"."""
    irregular = {
        "held": "hold",
        "made": "make",
        "taken": "take",
        "given": "give",
        "sent": "send",
        "set": "set",
        "built": "build",
        "kept": "keep",
        "done": "do",
        "brought": "bring",
        "paid": "pay",
        "drawn": "draw",
        "put": "put",
        "undertaken": "undertake",
        "chosen": "choose",
        "written": "write",
        "met": "meet",
        "begun": "begin",
        "shown": "show",
    }
    low = participle.lower()
    if low in irregular:
        return irregular[low]
    for base in (
        low.removesuffix("d"),
        low.removesuffix("ed"),
        low.removesuffix("ied") + "y",
        low.removesuffix("ed")[:-1],
    ):
        if base in verbs and base != low:
            return base
    return low.removesuffix("ed") if low.endswith("ed") else low


def _gerund_of(word: str, verbs: frozenset[str]) -> str:
    """ "keeping" → "keep", "making" → "make"; "" for what is no verb's."""
    stem = word.lower().removesuffix("ing")
    return next((base for base in (stem, f"{stem}e", stem[:-1]) if base in verbs), "")


@cache
def _grammar(language: str) -> _Grammar:
    return _Grammar(language)


def analyser(language: str) -> _Analyser:
    """The analysis of one sentence in a language of the lexicons but Russian; see `russian.analyse`."""
    return partial(_analyse, _grammar(language))


def _analyse(
    grammar: _Grammar, text: str, start: int, end: int, found: Sequence[Time], frame: Frame | None, finite_only: bool
) -> Analysis:
    analysis = _Clause(grammar, text, start, end, found, frame).run(finite_only)
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Analysis(tuple(replace(act, evidence=(start, end)) for act in analysis.acts), analysis.frame)
