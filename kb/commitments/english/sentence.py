"""The parts of a sentence: parties, times, verbs in a row, recipients, object; and the act that they make."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from kb.commitments.clause import Act, Frame, Phrase, cut_after_time, how_often, trim, trim_edges
from kb.commitments.dates import Time
from kb.commitments.english.grammar import LY, PRONOUNS, WORD, Grammar, Head, spaced
from kb.commitments.lexicons import Entry
from kb.commitments.model import Strength

__all__ = ["AND_TO", "Sentence"]

_DEED: Final = re.compile(
    r"(?:[a-z]{2}(?:tion|sion|ment|ance|ence|ity|ing)|efforts?|support|measures|steps|respect|end)$"
)


_PARTICIPLE: Final = re.compile(r"(?:\w+ed|held|made|taken|set|given|begun|done|shown|known|due|agreed|made|found)$")


_EVENT: Final = re.compile(
    r"(?:Conference|Summit|Congress|Forum|Assembly|anniversary|Decade|Year|session|meeting|elections?|Dialogue|Olympiad|Games|Exhibition)$"
)


_PLURAL_OF: Final = re.compile(
    r"\b(?:Governments|governments|Ministers|ministers|ministries|Presidents|presidents|Heads|parliaments|authorities|cities|peoples"
    r"|representatives)\s+of\s+(?:the\s+)?[A-Z][\w’'-]*(?:,\s+[A-Z][\w’'-]*)*$"
)


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


AND_TO: Final = re.compile(r"(?:,\s*(?:and\s+)?|\s+and\s+|(?<=\sand)\s+)(?:also\s+)?to\s+(?=\S)")


_PERSONS: Final = frozenset({"women", "children", "people", "staff", "youth"})


_GIVING: Final = frozenset({"offer", "give", "grant", "send", "award", "accord", "lend", "pay", "show"})


_NO_THING: Final = frozenset(
    "to of in on at for with from by and or about regarding concerning who which that whose as against through under "
    "within before after during is are not".split()
)


_QUOTED: Final = re.compile(r"“[^”]*”|«[^»]*»")


class Sentence:
    """One sentence with the acts found in it so far."""

    def __init__(self, grammar: Grammar, text: str, start: int, end: int, found: Sequence[Time], frame: Frame | None):
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

    def times_in(self, start: int, end: int) -> list[Time]:
        return [time for time in self.found if start <= time.start < end]

    def first_time(self, start: int, end: int, *, kind: bool) -> Time | None:
        return next((time for time in self.times_in(start, self.end) if bool(time.kind) == kind), None)

    def without_each(self, start: int, end: int) -> tuple[int, int]:
        """ "the Commission and the Council, each within its own mandate," without what each of them is told."""
        told = re.compile(r",\s*(?:each|both|all|together|respectively)\b(?!\s+other\b)[^,]*$").search(
            self.text, start, end
        )
        return trim(self.text, start, told.start()) if told and told.start() > start else (start, end)

    def outside_times(self, start: int, end: int) -> tuple[int, int]:
        for time in self.found:
            if start < time.start < end and (time.end >= end - 1):
                return trim(self.text, start, time.start)
        return start, end

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

    def has_actor(self, words: str) -> bool:
        return any(word.lower().strip(",.") in self.grammar.actors for word in words.split())

    def inside_brackets(self, start: int, at: int) -> bool:
        piece = self.text[start:at]
        return piece.count("(") > piece.count(")") or piece.count("“") > piece.count("”")

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
        start, end = self.without_each(start, end)
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

    def is_deed(self, start: int, end: int) -> bool:
        """Whether a deed is asked for, not somebody to do it: "the full and effective implementation of …"."""
        first, last = trim(self.text, start, end)
        head = re.split(r"\s(?:of|in|for|on|to|with|by|among|between)\s|,", self.text[first:last])[0]
        noun = head.split()[-1:] if self.grammar.english else []
        return bool(noun) and not self.has_actor(head) and bool(_DEED.search(noun[0]))

    def before_determiner(self, at: int) -> bool:
        following = re.compile(rf"\s+(?P<w>{WORD})").match(self.text, at)
        return following is not None and following["w"].lower() in self.grammar.determiners

    def before_conjunction(self, start: int, stop: int) -> int:
        tail = self.text[start:stop]
        match = re.search(r"(?:[,;\s]*(?:and|et|y|e|but|while)?\s*[,;]*\s*(?:\w+\s*){0,0})$", tail)
        at = start + (match.start() if match else len(tail))
        # adverbs before the next verb belong to it
        adverbs = re.search(
            rf"(?:[,;]|\band\b)\s*(?:and\s+)?{self.grammar.adverb}{{0,4}}$", self.text[start:at], re.IGNORECASE
        )
        return start + adverbs.start() if adverbs else at

    def before_conjunction_of(self, at: int) -> int:
        """Where the words that lead to a coordinated verb begin: its mark, adverbs and conjunction."""
        text = self.text
        lead = re.search(
            rf"(?:[,;]\s*(?:(?:and|or|et|ou|y|e|as\s+well\s+as)\b\s*)?|\s(?:and|or|et|ou|y|e|as\s+well\s+as)\s+)"
            rf"(?:(?:also|further|in this regard|to that end|to this end|where appropriate|if necessary|as appropriate"
            rf"|,|\s|{LY})*)(?:(?:to|de|d['’]|à|a|que|a que)\s*)?(?:{LY}\s+)*$",
            text[:at][-90:],
        )
        return at - (min(at, 90) - lead.start()) if lead else at

    def in_relative(self, start: int, at: int) -> bool:
        """Whether the verb may belong to a relative clause or that-clause begun after the last mark."""
        last = max(self.text.rfind(";", start, at), start)
        tail = self.text[last:at].rstrip(" ,")
        comma = tail.rfind(",")
        return comma < 0 and bool(re.search(r"\b(?:which|who)\s[^,]*$", tail))

    def in_that(self, start: int, at: int) -> bool:
        """Whether a relative or that-clause is open before a coordinated verb."""
        return self.grammar.english and bool(self.grammar.relative.search(self.text, start, at))

    def is_sure(self, verb: str, end: int) -> bool:
        """Whether a form that ends at `end` is a verb here, where a noun may look like it."""
        return verb not in self.grammar.doubtful or self.before_determiner(end)

    def verb_after(self, at: int, end: int) -> int:
        """Where the verb begins after a modal: "shall, in accordance with …, take" skips what the commas enclose."""
        text = self.text
        rest = text[at:end]
        if rest.lstrip().startswith(","):
            closing = rest.find(",", rest.find(",") + 1)
            if closing > 0:
                at += closing + 1
        while match := re.compile(rf"\s*(?:also|not|therefore|further|continue\s+to(?=\s+be)|{LY})\s+").match(
            text, at, end
        ):
            at = match.end()
        while at < end and text[at].isspace():
            at += 1
        return at

    def modal_again(self, modal: str, at: int, end: int) -> re.Match[str] | None:
        """The next "and shall" after the verb of a "shall" at `at`."""
        said = rf"{spaced(modal)}\s+"
        again = re.compile(rf"(?:,\s*(?:and\s+)?|\s+and\s+)(?:also\s+|further\s+)?{said}", re.I).search(
            self.text, at, end
        )
        # "shall ensure that members shall … and shall …" goes on with the members
        inner = again is not None and re.compile(rf"\b{said}", re.I).search(self.text, at, again.start())
        return None if inner else again

    def clause_verb(self, at: int, end: int) -> int:
        """Where the base form stands that is a that-clause's verb; `end` where none is seen."""
        text, grammar = self.text, self.grammar
        for m in re.finditer(rf"(?<=\s)(?P<verb>{WORD})(?=[\s,])", text[at:end]):
            before = text[at : at + m.start()].split()
            if (
                (m["verb"] == "be" or (m["verb"] in grammar.verbs and self.is_sure(m["verb"], at + m.end())))
                and before
                and before[-1].lower() not in grammar.determiners | {"of", "this", "present", "and", "or"}
            ):
                return at + m.start()
        return end

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

    def at_once(self, span: tuple[int, int], end: int) -> list[tuple[int, int]]:
        """ "adopt and implement", "promote, protect and fulfil": verbs coordinated right after a verb."""
        if not self.grammar.english:
            return []
        text, grammar = self.text, self.grammar
        found: list[tuple[int, int]] = []
        at = span[1]
        step = re.compile(
            rf"(?:,\s*(?:where appropriate,\s*|as appropriate,\s*)?(?:and\s+|or\s+)?|\s+and\s+|\s+or\s+)"
            rf"(?:{LY}\s+)*(?P<verb>{WORD})(?=[\s,])"
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

    def subject_span(self, start: int, end: int) -> tuple[int, int]:
        """The subject's own words: up to the first comma, after an introduction that a comma ends."""
        start, end = trim(self.text, start, end)
        for match in reversed(list(re.finditer(r",\s*(?=(?:the|we|it|all)\s)", self.text[start:end], re.IGNORECASE))):
            start += match.end()
            break
        stop = re.compile(r",|\s(?:is|are|has|have|was|were)\s").search(self.text, start, end)
        return trim(self.text, start, stop.start() if stop else end)

    def is_past_sentence(self, subject: str) -> bool:
        return bool(re.match(r"(?:The|It|This)\b", subject))

    def opens_complement(self, words: str, form: str, comma: bool) -> bool:
        if not self.grammar.english:
            return True
        first = words.split(" ")[0].lower().strip(",")
        if first in ("of", "from", "by", "and", "or", "in") or (first == "for" and form not in ("calls", "appeals")):
            return False
        return (
            comma
            or first in self.grammar.actors
            or first in PRONOUNS
            or re.match(rf"{WORD}(?:\s+{WORD}){{0,4}}?\s+to\s+[a-z]", words) is not None
            or words[:1].isupper()
            or first in self.grammar.determiners
            or first in self.grammar.openers
        )

    def later_heads(self, head: Head, end: int) -> Iterator[Head]:
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
            following = re.match(rf"\s*(?:{WORD}|[A-Z])", text[match.end() : end])
            if following is None or not self.opens_complement(
                text[match.end() : match.end() + 80].lstrip(), form, bool(re.search(r"[,;]", before[-8:]))
            ):
                continue
            if match.start() == head.after:
                continue
            found = grammar.as_head(text, match, end)
            if found is not None and not self.in_relative(head.after, match.start()):
                yield found

    def emit(
        self,
        entry: Entry,
        head: Head,
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
            recurrence = how_often(inside)
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
            inner = re.compile(rf"\s*(?:to|à|a)\s+(?P<verb>{WORD})").match(text, first, end)
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
            word = re.compile(WORD).match(text, match.end(), end)
            if word is None or self.boundary_word(match.start(), first):
                continue
            begun = first if text[first : match.start()].strip() == "back" else match.start()
            stop = self.noun_phrase(match.end(), end)
            if self.is_actor(match.end(), stop):
                named = [*self.parties(match.end(), self.without_and(stop))]
                while again := AND_TO.match(text, stop, end):
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
                rf"\s+(?P<np>(?:(?:the|all|its|their)\s+)?(?:{WORD}\s+){{{words}}}(?P<head>{WORD}))\s+(?P<next>[\w’'-]+)"
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


def _without_quotations(text: str, start: int, end: int) -> str:
    """The text with the letters of quotations in its sentence made X: no verb of theirs is an act."""
    if "“" not in (sentence := text[start:end]) and "«" not in sentence:
        return text
    hidden = _QUOTED.sub(
        lambda match: match.group()[0] + re.sub(r"\w", "X", match.group()[1:-1]) + match.group()[-1], sentence
    )
    return text[:start] + hidden + text[end:]
