"""The parts of a sentence: parties, times, verbs in a row, recipients, object; and the act that they make."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from kb.commitments.clause import Act, Frame, Phrase, cut_after_time, how_often, trim, trim_edges
from kb.commitments.dates import Time
from kb.commitments.english.grammar import LY, PRONOUNS, WORD, Grammar, Head, is_participle, spaced
from kb.commitments.english.polarity import NOT_HERE, names_nobody
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


_MANNER: Final = re.compile(r"(?:in|into|at|on|under|through|with)\s+[^,;]{2,50}(?=,)")


_CLOSING: Final = re.compile(
    r",\s*(?:taking\s+(?:into|due|full)|taking\s+account|bearing\s+in\s+mind|subject\s+to|pursuant\s+to|upon\s+request"
    r"|in\s+(?:close\s+|full\s+)?(?:consultation|cooperation|co-operation|collaboration|coordination|accordance|line"
    r"|conformity|conjunction|partnership|agreement|liaison|association|concert|dialogue)|within\s+(?:existing|available|its|their)|jointly\s+with|together\s+with)\b"
    r"[^,;]*(?:,\s*(?:and|as\s+well|including|inter\s+alia|such\s+as|where|as|at|by|through|via|under|before|after"
    r"|when|if|upon|during|in\s+(?:the|its|their)\s+(?:next|annual|forthcoming|course))\s[^,;]*)*$"
    r"|,\s*(?:through|via|before\s+(?:any|the|every|each|it)|after\s+(?:the|each|every))\s[^,;]*$"
    r"|,\s*(?:noting|recalling|recognizing|recognising|bearing|in\s+order\s+(?:to|that)|so\s+as\s+to|so\s+that"
    r"|with\s+a\s+view\s+to|with\s+the\s+(?:aim|goal|purpose|objective)\s+of|while|until|unless)\s[^;]*$",
    re.IGNORECASE,
)


_PLACE: Final = re.compile(
    r"for\s+(?:a\s+)?(?:(?:further|additional|final|period|term|of)\s+)*(?:\w+\s+){1,2}(?:day|week|month|year)s?\s+(?P<for>)"
    r"|(?:in|at)\s+(?:the\s+)?(?-i:[A-Z])[\w’'-]*(?:\s+(?:(?:de|of|and|the)\s+)*(?-i:[A-Z])[\w’'-]*)*(?P<comma>\s*,)?\s*"
)


_TAIL: Final = re.compile(
    r",?\s+for\s+(?:a\s+)?(?:further\s+|additional\s+|final\s+|initial\s+)?(?:period\s+|term\s+)?(?:of\s+)?"
    r"(?:\w+|\w+-\w+)(?:\s+more|\s+further|\s+additional)?\s+(?:day|week|month|year)s$"
    r"|,?\s+for\s+(?:(?:its|their|his|her|further|due|final)\s+)*(?:consideration|approval|adoption|information"
    r"|review|comments?|endorsement|decision|action|examination|discussion)(?:\s+(?:by|at|in)\s+[^,;]+)?$"
    r"|,?\s+(?:thereafter|and)$"
    r"|,?\s+(?:once|as\s+soon\s+as|if|whenever|provided\s+that|unless|should)\s+(?:the|its|their|this|these|it|they|he|such|an?)\s[^;]*$"
    r"|,?\s+(?:through|via)\s+(?:the|its|their)\s+(?-i:[A-Z])[\w’'-]*(?:\s+(?:(?:of|for|on|and|the)\s+){0,2}(?-i:[A-Z])[\w’'-]*)*(?:\s+\([^)]*\))?$"
    r"|,?\s+in\s+due\s+(?:course|time)$|,?\s+in\s+the\s+(?:meantime|interim|meanwhile)$"
    r"|,?\s+(?:free\s+of\s+charge|at\s+no\s+cost|in\s+(?:good|ample)\s+time)$"
    r"|\s+(?:closely|carefully|thoroughly|promptly|immediately|strictly|jointly|publicly|openly|urgently|swiftly|rapidly|directly"
    r"|separately|forthwith)$"
    r"|(?<!including),?\s+(?:whenever|wherever)\s+(?!possible|necessary|appropriate|needed|required|feasible)[^;]*$"
    r"|,?\s+(?:inter\s+alia|including|in\s+particular|especially|particularly|notably)$"
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


# "a group of experts, which shall report annually"
_ASKING: Final = re.compile(r",\s+(?:which|who)\s+(?P<modal>shall|must|should|will|is\s+to|are\s+to)\s+")


_PLACES: Final = frozenset("in at through via with by under within across using together jointly so".split())


_POINTED: Final = frozenset("of to on for with by from at under after before within upon through towards about".split())


_JOINING: Final = frozenset("of for and or in on to with from by as than both all under against between among".split())


_PERSON: Final = re.compile(
    r"(?!(?:matt|lett|numb|pap|ord|bord|barri|quart|chapt|cent|comput|answ|regist|cov|should|pow|oth|off|ev|nev|und|aft"
    r"|weath|rath|furth|lat|great|bett|larg|low|high|small|low|form|prop|wat|riv|charact|manner|tow|fing|print|err|fact"
    r"|indicat|corrid|maj|min|col|fav|hon|lab|behavi|harb|terr|horr|mirr|react|vect|priori)(?:ers?|ors?)$"
    r"|sectors?$|mayors?'$|lists?$|assists?$|fees?$|trees?$|degrees?$|means?$)"
    r"[a-z][\w-]{2,}(?:ers|ors|ists|ees|ians|ors|smen|swomen|speople|holders|workers)$"
)


_QUOTED: Final = re.compile(r"“[^”]*”|«[^»]*»|‘[^’]{2,120}’(?=[\s,.;:)]|$)|\"[^\"]{2,200}\"")


class Sentence:
    """One sentence with the acts found in it so far."""

    def __init__(self, grammar: Grammar, text: str, start: int, end: int, found: Sequence[Time], frame: Frame | None):
        self.grammar = grammar
        self.original = text
        self.text, self.found = grammar.polarity.read(_without_quotations(text, start, end), start, end, found)
        self.denied = False  # the verbs that follow are what somebody is not to do
        self.start = start
        self.end = end
        self.frame = frame
        self.acts: list[Act] = []
        self.handed: Frame | None = None
        self.later: list[tuple[re.Match[str], int, tuple[Phrase, ...], Strength, str, str]] = []
        self.subject: Phrase | None = None
        self.asking: list[tuple[re.Match[str], int, tuple[int, int]]] = []
        self.language = grammar.language

    def is_denied(self, at: int) -> bool:
        """Whether the verb at `at` is one of what is not to be done: "shall not, without consent, sign"."""
        return self.denied or self.grammar.polarity.denies.search(self.text, max(self.start, at - 240), at) is not None

    def is_freed(self, start: int, verb_at: int, end: int) -> bool:
        """Whether who stands at `start` has no duty to do it: "need not prepare", "shall not be obliged to pay"."""
        polarity = self.grammar.polarity
        freed = polarity.freed.search(self.text, start, min(end, verb_at + 60))
        if freed is not None and freed.start() <= verb_at:
            return True
        nobody = re.match(r"(?:\s*(?:that|no|neither|none\s+of)\s+)*", self.original[start:verb_at], re.IGNORECASE)
        named = start + (nobody.end() if nobody else 0)
        bound = polarity.bound.match(self.text, verb_at, end)
        return bound is not None and names_nobody(self.original, named, verb_at)

    def signed(self, verb: str, at: int, performers: tuple[Phrase, ...] | None, thing: tuple[int, int] | None) -> str:
        """The verb, with "not" before it where the words before it do not end with that: "no State shall provide"."""
        who = performers is not None and len(performers) > 0 and performers[0]
        denied = self.is_denied(at) or (who and names_nobody(self.original, who.start, who.end))
        denied = denied or (thing is not None and names_nobody(self.original, *thing))
        here = NOT_HERE.search(self.original, max(0, at - 24), at)
        return f"not {verb}" if denied and not here else verb

    def is_undone(self, time: Time, first: int) -> bool:
        """Whether a time is of the duty that an act ends: "release the Board from its duty to report by May"."""
        inner = re.compile(
            rf"\bto\s+(?P<verb>{WORD})|\b(?:from|of)\s+\w+ing\b|\b(?:request|requirement|obligation|duty|invitation)\b"
        )
        for match in inner.finditer(self.text, first, max(first, time.start)):
            verb = match["verb"] is None or match["verb"] in self.grammar.verbs
            if verb and "," not in self.text[match.end() : time.start]:
                return True
        return False

    def new_day(self, time: Time) -> Time:
        """The second day of "from 1 May to 1 September": what is postponed is postponed to that."""
        said = re.match(r"from\s.*\s(?:to|until|till)\s+(?=\S)", self.text[time.start : time.end], re.IGNORECASE)
        if said is None:
            return time
        day = re.match(r"\d{1,2}\s|\w+\s+\d{1,2}\b(?!\d)", self.text[time.start + said.end() : time.end])
        return replace(time, start=time.start + said.end(), date_from=time.date_to if day else "")

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
                (bare in self.grammar.ends and word[:1].islower()) or (bare == "the" and self.is_new(start, at))
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
                if is_participle(following.split(" ")[0]) or not (
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

    def is_new(self, start: int, at: int) -> bool:
        """Whether a "the" at `at` begins another phrase: "give the Council the means"."""
        before = re.search(r"[\w’'-]+(?P<mark>[,;]?)\s*$", self.text[start:at])
        return bool(before) and before is not None and not before["mark"] and before.group().strip() not in _JOINING

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
        if self.grammar.english and _PERSON.match(bare[-1]):
            return True
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
            adjective = re.search(r"(?:^|\s)(?:the\s+)?[A-Z][a-z]+(?:ish|ese|ian|ean|ch|ek|ss|can|ic|ani|tch)$", left)
            if (
                adjective
                and re.match(r"[A-Z][a-z]+(?:\s+[a-z]+)*\s+[a-z]+s\b", right)
                and match.group().strip() == "and"
            ):
                continue  # "the Czech and Irish gene banks"
            half = (
                re.fullmatch(r"the\s+(?:United\s+Nations\s+)?[A-Z][a-z]+", left)
                and match.group().strip() == "and"
                and not self.has_actor(left)
            )
            if half and re.match(
                r"(?:[A-Z]\w+\s+)+(?:Organi[sz]ation|Agency|Board|Committee|Council|Office|Fund)\b", right
            ):
                continue  # "the Food and Agriculture Organization"
            if re.match(r"(?:in particular|especially|including|inter alia|among|where|as appropriate)\b", right):
                continue
            last = match.end()
            yield match

    def parties(self, start: int, end: int) -> tuple[Phrase, ...]:
        """The coordinated phrases of text[start:end] without asides ("in consultation with …")."""
        text, grammar = self.text, self.grammar
        start, end = trim(text, start, end)
        if (kept := grammar.polarity.included(text, start, end)) != [(start, end)]:
            return tuple(party for span in kept for party in self.parties(*span))
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
            r",?\s+(?:as\s+a\s+matter\s+of|in\s+consultation|in\s+cooperation|in\s+collaboration|in\s+accordance|in\s+coordination|in\s+conjunction\s+with|in\s+partnership\s+with|in\s+close|together\s+with|along\s+with|jointly\s+with|with\s+the\s+(?:assistance|support|help|aid|participation|involvement)|within\s+(?:its|their|existing|his)|as\s+appropriate|in\s+a\s+position\s+to|en\s+consultation|en\s+coopération|en\s+consulta|no\s+later|at\s+its|by\s+\d)\b",
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
                r"(?:also|in particular|especially|both|either|upon|on|none of|no(?!\s+one\b))\s+",
                text[first:last],
                re.IGNORECASE,
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

    def parted(self, verb: str, at: int, end: int) -> re.Match[str] | None:
        """ "pass them on": the pronoun as `o` between a verb that ends at `at` and its particle."""
        said = self.grammar.phrasal.get(verb.lower())
        between = re.compile(r"\s+(?P<o>it|them|him|her|this|these)(?=\s)").match(self.text, at, end) if said else None
        particle = said.match(self.text, between.end(), end) if said and between else None
        return between if particle else None

    def causative(self, at: int, end: int) -> re.Match[str] | None:
        """ "have it tested": the thing as `o`, the participle as `v`."""
        found = re.compile(
            r"(?P<have>have|get)\s+(?P<o>(?:it|them|him|her)\b|(?:the|an?|its|their|his|her|our|all|each|every|any|such|these"
            rf"|those|this|that)\s+(?:[\w’'-]+\s+){{0,5}}?[\w’'-]+)\s+(?:{LY}\s+)?(?P<v>{WORD})(?=[\s,.;:]|$)"
        )
        match = found.match(self.text, at, end) if self.grammar.english else None
        return match if match and is_participle(match["v"]) else None

    def does(self, match: re.Match[str], end: int) -> bool:
        """Whether the word found is a verb in its base form, "have" before what is to be had done included."""
        return self.grammar.is_verb(match["verb"], "") or self.causative(match.start("verb"), end) is not None

    def before_article(self, at: int) -> bool:
        """Whether a word that can only begin an object follows: "the", "all", "its", "immediately the"."""
        following = re.compile(rf"\s+(?:{LY}\s+)?(?P<w>{WORD})").match(self.text, at)
        return following is not None and following["w"].lower() in self.grammar.articles

    def before_conjunction(self, start: int, stop: int) -> int:
        tail = self.text[start:stop]
        match = re.search(r"(?:[,;\s]*(?:\b(?:and|et|y|e|but|while))?\s*[,;]*\s*)$", tail)
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
            r"(?:[,;]\s*(?:(?:and|or|et|ou|y|e|as\s+well\s+as)\b\s*)?"
            r"|\s(?:and|or|et|ou|y|e|as\s+well\s+as)(?:\s+(?:(?:where|if|when|as)\s+(?:\w+ly\s+)?\w+,?\s+)?|,[^,;]{2,40},\s*))"
            rf"(?:(?:also|further|in this regard|to that end|to this end|where appropriate|if necessary|as appropriate"
            rf"|,|\s|{LY})*)(?:(?:not\s+)?(?:to|de|d['’]|à|a|que|a que)\s*)?(?:{LY}\s+)*$",
            text[:at][-90:],
            re.IGNORECASE,
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
        return self.grammar.english and self.relative_after(start, at) is not None

    def relative_after(self, start: int, end: int) -> re.Match[str] | None:
        """The first word that opens a relative or that-clause; the "that" of "compile that list" opens none."""
        return next((m for m in self.grammar.relative.finditer(self.text, start, end) if not self.points(m)), None)

    def points(self, match: re.Match[str]) -> bool:
        """Whether a "that" points at something: after a preposition, or a verb that takes no clause."""
        word = re.search(rf"(?P<w>{WORD})\s*$", self.text[max(0, match.start() - 40) : match.start()])
        if word is None or match.group().strip(" ,").lower() != "that" or "," in match.group():
            return False
        before = word["w"].lower()
        verb = before in self.grammar.verbs and before not in self.grammar.clausal
        return before in _POINTED or (verb and not self.before_determiner(match.end() - 1))

    def is_sure(self, verb: str, end: int) -> bool:
        """Whether a form that ends at `end` is a verb here, where a noun may look like it."""
        if verb in self.grammar.prepositional:
            adverb = re.compile(rf"\s+{LY}\b").match(self.text, end)
            timed = any(time.start == end + 1 for time in self.found)
            return adverb is not None or timed or self.before_determiner(end)
        return verb not in self.grammar.doubtful or self.before_article(end)

    def verb_after(self, at: int, end: int) -> int:
        """Where the verb begins after a modal: "shall, in accordance with …, take" skips what the commas enclose."""
        text = self.text
        if denied := re.compile(r"\s*(?:not|never)(?=\s*,)").match(text, at, end):
            at = denied.end()
        rest = text[at:end]
        if rest.lstrip().startswith(","):
            closing = rest.find(",", rest.find(",") + 1)
            if closing > 0:
                at += closing + 1
        while match := re.compile(
            r"\s*(?:also|not|therefore|further|henceforth|hereafter|thereafter|forthwith|always|never|now|then|still|at\s+once"
            rf"|in\s+future|in\s+turn|at\s+all\s+times|as\s+a\s+rule|continue\s+to(?=\s+be)|{LY})\s+"
        ).match(text, at, end):
            at = match.end()
        while at < end and text[at].isspace():
            at += 1
        return at

    def passive(self, at: int, end: int) -> re.Match[str] | None:
        """ "be duly submitted", the participle as `v`; None for "be responsible"."""
        match = re.compile(rf"be\s+(?:{LY}\s+)?(?P<v>{WORD})").match(self.text, at, end)
        return match if match and is_participle(match["v"]) else None

    def agent(self, start: int, end: int) -> tuple[int, int] | None:
        """Who acts in a passive: "be reviewed by the Panel"; None where it is not said."""
        for by in re.compile(r"\sby\s+(?=\S)").finditer(self.text, start, end):
            if by.start() > start and is_participle(self.text[start : by.start()].split(" ")[-1]):
                continue  # "a meeting convened by the Council"
            inner = self.grammar.marker.search(self.text, start, by.start())
            if inner and inner["verb"] in self.grammar.verbs - self.grammar.doubtful:
                return None
            if not any(time.start <= by.start() + 1 < time.end for time in self.found):
                stop = self.noun_phrase(by.end(), end)
                last = re.split(r"\s(?:of|for|on|in|into|to|from)\s", self.text[by.end() : stop])[0].split()[-1:] or [
                    ""
                ]
                if last[0].islower() and not last[0].endswith("s") and not self.has_actor(last[0]):
                    return None  # "by individual vote"
                return (by.end(), stop) if self.is_actor(by.end(), stop) else None
        return None

    def modal_again(self, modal: str, at: int, end: int) -> re.Match[str] | None:
        """The next "and shall" after the verb of a "shall" at `at`."""
        said = rf"{spaced(modal)}\s+"
        again = re.compile(rf"(?:,\s*(?:and\s+)?|(?<!\s)\s+and\s+)(?:also\s+|further\s+)?{said}", re.I).search(
            self.text, at, end
        )
        # "shall ensure that members shall … and shall …" goes on with the members
        inner = again is not None and re.compile(rf"\b{said}", re.I).search(self.text, at, again.start())
        return None if inner else again

    def clause_verb(self, at: int, end: int) -> int:
        """Where the base form stands that is a that-clause's verb; `end` where none is seen."""
        text, grammar = self.text, self.grammar
        words = list(re.compile(rf"(?<=\s)(?P<verb>{WORD})(?=[\s,])").finditer(text, at, end))
        if (described := self.described(words, at, end)) is not None:
            return described
        for m in words:
            before = text[at : m.start()].split()
            goes_on = self.before_article(m.end()) or re.match(r",|\s+(?:and|or)\s", text[m.end() : end])
            if self.grammar.third_of(m["verb"]) and goes_on and self.is_actor(at, m.start()):
                return m.start()  # "that the Council establishes the fund"
            sure = m["verb"] in grammar.verbs and (m["verb"] not in grammar.doubtful or self.before_article(m.end()))
            if (
                (m["verb"] == "be" or sure)
                and before
                and before[-1].lower() not in grammar.determiners | {"of", "this", "present", "and", "or"}
            ):
                return m.start()
        unknown = next((m.start() for m in words if self.is_unknown_verb(at, m)), None)
        if unknown is not None:
            return unknown
        for m in words:  # "that the authorities account for …"
            noun = text[at : m.start()].split()[-1:]
            plural = bool(noun) and noun[0].endswith("s") and noun[0].lower() in grammar.actors
            prepared = re.match(r"\s+(?:for|to|on|upon|with|in)\s", text[m.end() : end])
            if grammar.english and m["verb"] in grammar.verbs and plural and prepared:
                return m.start()
        return end

    def described(self, words: Sequence[re.Match[str]], at: int, end: int) -> int | None:
        """The verb after a relative clause in the subject: "Parties which share a river conclude agreements"."""
        text, grammar = self.text, self.grammar
        relative = re.compile(rf"\s(?:which|who|that)\s+(?P<w>{WORD})\s").search(text, at, end)
        if relative is None or not self.is_actor(at, relative.start()):
            return None
        if "," in text[at : relative.start()] or grammar.modal.search(text, at, relative.start()):
            return None
        if any(m["verb"] in grammar.verbs - grammar.doubtful for m in words if m.end() < relative.start()):
            return None
        inner = relative["w"].lower() in grammar.verbs | {"are", "have", "do", "is", "has", "can", "may"}
        for m in words:
            before = text[relative.start() : m.start()].split()
            sure = m["verb"] in grammar.verbs and (m["verb"] not in grammar.doubtful or self.before_article(m.end()))
            apart = m.start() > relative.end() and before[-1].lower() not in grammar.determiners | _JOINING
            if inner and (sure or m["verb"] == "be") and apart and len(before) > 2 and not before[-1].endswith(","):
                return m.start()
        return None

    def is_unknown_verb(self, at: int, word: re.Match[str]) -> bool:
        """Whether a word not in the lexicon is a base form after its subject: "that the mills rehire all workers"."""
        subject = trim(self.text, at, word.start())
        return (
            self.grammar.english
            and self.grammar.is_verb(word["verb"], "")
            and word["verb"] not in self.grammar.actors
            and not word["verb"].endswith(("s", "ed"))
            and self.before_article(word.end())
            and self.text[: word.start()].split()[-1].lower() not in self.grammar.determiners | _JOINING
            and self.is_actor(*subject)
        )

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
            if not self.does(match, end):
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
        begun = first.start("verb"), grammar.particle(first["verb"], text, first.end("verb"), end)
        found = [begun, *self.at_once(begun, end)]
        marked: list[tuple[int, int, str]] = []
        for match in grammar.marker.finditer(text, found[-1][1], end):
            passive = match["verb"] == "be" and re.match(r"\s+\w+(?:ed|held|made|n)\b", text[match.end() : end])
            if self.does(match, end) and not passive:
                before = text[max(found[-1][1], match.start() - 45) : match.start()]
                before = re.sub(r"\bnot\s+$", "", before)
                before = re.sub(r"\band\s*,[^,;]{2,30},\s*$", "and ", before)  # "and, if need be, to postpone"
                at = grammar.boundary.search(before)
                mark = "" if at is None else "strong" if at.group().strip()[:1] in (",", ";") else "weak"
                if at is not None and at.group().strip(" ") == ",":
                    mark = "comma"
                marked.append((*match.span("verb"), mark))
        bare = list(self.bare_verbs(found[-1][1], end)) if grammar.english else []
        last_bare = max((start for start, _, mark in bare if mark != "bare-comma"), default=-1)
        embedded = False
        commas = [start for start, _, mark in marked if mark == "comma"]
        lists = any(mark == "strong" or (mark == "weak" and commas and start > commas[-1]) for start, _, mark in marked)
        for start, stop, mark in sorted([*marked, *bare]):
            moving = text[slice(*found[-1])].lower() in grammar.moving and not embedded
            if mark == "" or (mark == "comma" and moving):  # "urge the banks, in consultation with others, to lend"
                embedded = True
            elif mark == "strong" or (mark == "weak" and not embedded) or (mark == "comma" and lists):
                if mark == "weak" and self.in_that(found[-1][1], start):
                    continue
                found.append((start, stop))
                embedded = False
            elif mark == "bare-strong" and not self.in_that(found[-1][1], start):
                if not embedded:
                    found.append((start, stop))
            elif mark == "bare" or (mark == "bare-comma" and start < last_bare):
                if not embedded and not self.in_that(found[-1][1], start):
                    found.append((start, stop))
            elif mark == "weak" and self.tells(start, stop, end) and not self.in_that(found[-1][1], start):
                found.append((start, stop))
                embedded = False
        result = []
        for span in sorted(set(found)):
            result.append(span)
            result += [more for more in self.at_once(span, end) if more not in found]
        return sorted(set(result))

    def tells(self, start: int, stop: int, end: int) -> bool:
        """Whether the first performer goes on with a report, whatever stands between: "and to report to the Board"."""
        told = re.compile(r"\s+(?:back\s+)?(?:thereon\s+)?to\s+(?=the\s|its\s|it\b)(?P<it>it\b)?").match(
            self.text, stop, end
        )
        reports = self.text[start:stop] in ("report", "submit", "present") and told is not None
        return (
            reports
            and told is not None
            and (bool(told["it"]) or self.is_actor(told.end(), self.noun_phrase(told.end(), end)))
        )

    def at_once(self, span: tuple[int, int], end: int) -> list[tuple[int, int]]:
        """ "adopt and implement", "promote, protect and fulfil": verbs coordinated right after a verb."""
        if not self.grammar.english:
            return []
        text, grammar = self.text, self.grammar
        found: list[tuple[int, int]] = []
        at = span[1]
        step = re.compile(
            r"(?:,?\s+(?:and|or),\s*[^,;]{2,40},\s*|,?\s+(?:and|or)\s+(?:where|if|when|as|whenever)\s+(?:\w+ly\s+)?\w+,?\s+"
            r"|,\s*(?:where appropriate,\s*|as appropriate,\s*)?(?:and\s+|or\s+)?"
            r"|\s+and\s+|\s+or\s+)"
            rf"(?:{LY}\s+)*(?P<verb>{WORD})(?=[\s,])"
        )
        while match := step.match(text, at, end):
            verb = match["verb"]
            verb = grammar.third_of(verb) or verb if grammar.third_of(text[slice(*span)]) else verb
            listed = re.match(r",?\s*(?:and|or)[\s,]", text[match.end() : end])
            sure = self.is_sure(verb, match.end()) or listed is not None
            if verb not in grammar.verbs or not sure or self.before_of(verb, match.end()):
                break
            at = grammar.particle(verb, text, match.end(), end)
            found.append((match.start("verb"), at))
        return found

    def bare_verbs(self, start: int, end: int) -> Iterator[tuple[int, int, str]]:
        """ "… cooperation, and provide …": base forms after a conjunction, without "to"."""
        text, grammar = self.text, self.grammar
        for match in grammar.bare.finditer(text, start, end):
            verb = match["verb"]
            conj = match["mark"].strip(" ,").split(",")[0]
            had = self.causative(match.start("verb"), end) is not None
            if not had and (verb not in grammar.verbs or conj not in ("and", "")):
                continue
            after = grammar.particle(verb, text, match.end(), end)
            if not had and (not self.is_sure(verb, after) or self.before_of(verb, match.end())):
                continue
            plain = verb not in grammar.doubtful | grammar.prepositional or re.match(r"\s+\d", text[after:end])
            if conj == "" and not had and not plain and not self.before_article(after):
                continue
            yield (
                *match.span("verb"),
                "bare-comma" if conj == "" else "bare-strong" if "," in match["mark"] else "bare",
            )

    def before_of(self, verb: str, at: int) -> bool:
        """Whether "of" makes a noun of what looks like a verb: "the planning and conduct of the census"."""
        return (
            verb not in ("dispose", "consist", "approve") and re.match(r"\s+of\b", self.text[at : at + 4]) is not None
        )

    def subject_span(self, start: int, end: int) -> tuple[int, int]:
        """The subject's own words: up to the first comma, after an introduction that a comma ends."""
        start, end = trim(self.text, start, end)
        if marked := re.compile(r"\((?:Rev|rev|as amended)\b[^)]*\)\s*").match(self.text, start, end):
            start = marked.end()
        opened = next((time for time in self.found if time.start == start and time.end < end), None)
        if opened is not None:  # "At each Congress the Treasurer …"
            start = trim(self.text, opened.end, end)[0]
        for match in reversed(
            list(re.finditer(r",\s*(?=(?:the|we|it|they|all)(?:\s|$))", self.text[start:end], re.IGNORECASE))
        ):
            start += match.end()
            break
        else:
            last = self.text.rfind(",", start, end)
            led = re.match(r"(?:\w+ing|Having|In|With|For|Given|As|On)\s", self.text[start:end])
            if led and last > start and self.is_actor(*trim(self.text, last, end)):
                start = trim(self.text, last, end)[0]
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
            before = text[max(head.after, match.start() - 40) : match.start()]
            again = re.search(r"[,;]\s+and\s+(?:it|(?:this|the|our)\s+(?P<w>\w+))\s*$", before)
            if again and grammar.english and (again["w"] is None or again["w"].lower() in grammar.actors):
                before = ", "
            else:
                again = None
            if not re.search(r"(?:[,;]|\b(?:and|et|y|e|but|while))\s*$", before):
                continue
            aside = grammar.adverbs_here.match(text, match.end(), end)
            after = aside.end() if aside else match.end()
            following = re.match(rf"\s*(?:{WORD}|[A-Z])", text[after:end])
            if following is None or not self.opens_complement(
                text[after : after + 80].lstrip(), form, bool(re.search(r"[,;]", before[-8:]))
            ):
                continue
            if match.start() == head.after:
                continue
            found = grammar.as_head(text, match, end)
            if found is None or self.in_relative(head.after, match.start()):
                continue
            comma = re.search(r",\s*$", before) is not None and again is None
            if comma and found.entry.act and self.in_that(head.after, match.start()):
                continue  # "the crisis, which deepens poverty, increases the …"
            yield replace(found, start=match.start() - len(again.group()[5:].lstrip())) if again else found

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
        whole = end = max(end, verb_end)
        asking = None if stance or not self.grammar.english else self.asked_there(first, end)
        if asking is not None:
            end = asking[0].start()
        spans = list(taken)
        word = verb.split()[0]
        if not stance and not addressees:
            addressees, more = self.recipients(word, first, end)
            spans += more
        deadline = recurrence = None
        if not stance:
            told = [last for _, last in spans]
            inside = [t for t in [*extra, *self.times_in(first, end)] if self.is_when(t, first, word, told)]
            deadline = self.outermost([t for t in inside if not t.kind], first, end, spans)
            recurrence = how_often(inside)
            if word in self.grammar.ending:
                inside = [t for t in inside if not t.kind and not self.is_undone(t, first)]
                deadline, recurrence = self.outermost(inside, first, end, spans), None
            if word in self.grammar.postponing and deadline is not None:
                spans.append((deadline.start, deadline.end))
                deadline = self.new_day(deadline)
        spans += [(t.start, t.end) for t in (deadline, recurrence) if t is not None]
        if not stance and object_span is None:
            spans += self.asides(first, end, spans)
            if (complement := trim_edges(text, first, end, spans)) and verb != "be":
                spans += self.told_after(complement, spans)
            spans += self.adverb_before(first, end, spans)
        complement = object_span or trim_edges(text, first, end, spans)
        if complement is not None and object_span is None:
            complement = cut_after_time(text, complement, (deadline, recurrence))
            complement = self.cut_before_manner(complement, (deadline, recurrence), spans[len(taken) :], stance)
        if asking is not None:
            self.asking.append((asking[0], whole, asking[1]))
        if object_span is not None and (none := re.compile(r"no\s+", re.IGNORECASE).match(text, *object_span)):
            complement = none.end(), object_span[1]
        if complement is not None and recurrence is None and not stance and word not in self.grammar.ending:
            recurrence = self.recurring_object(complement)
        self.acts.append(
            Act(
                strength=strength,
                source=source,
                rule=rule,
                verb=verb if stance else self.signed(verb, start, performers, complement if object_span else None),
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

    def adverb_before(self, first: int, end: int, taken: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """The adverb before an object, and what commas enclose after it: "examine jointly, in 2027, the …"."""
        rest = trim_edges(self.text, first, end, taken)
        said = re.compile(rf"{LY}(?=\s|,)").match(self.text, *rest) if rest and self.grammar.english else None
        if rest is None or said is None:
            return []
        left = trim_edges(self.text, first, end, [*taken, said.span()])
        if left is None:
            return []
        word = re.compile(rf"(?P<w>{WORD})\s").match(self.text, *left)
        begins = word is not None and (word["w"].lower() in self.grammar.articles or word["w"][0].isupper())
        return [said.span()] if begins or "," in self.text[said.end() : left[0]] else []

    def asked_there(self, first: int, end: int) -> tuple[re.Match[str], tuple[int, int]] | None:
        """Where ", which shall report annually" asks something of whom an object names, and the name.

        Or, in the passive, where it asks something of an agent.
        """
        said = _ASKING.search(self.text, first, end)
        if said is None:
            return None
        passive = self.passive(self.verb_after(said.end(), end), end)
        done = passive is not None and self.agent(passive.end(), end) is not None
        for named in re.compile(r"(?<![\w-])(?:an?|the|its|each|such)\s+").finditer(self.text, first, said.start()):
            if said["modal"] == "will" and not named.group().startswith("a"):
                continue  # a description
            name = self.text[named.start() : said.start()]
            if aside := re.search(
                r",\s+(?:to\s+be|composed|consisting|comprising|chaired|headed|led|made\s+up|open)\s[^,]*$", name
            ):
                name = name[: aside.start()]
            if "," in name or self.grammar.modal.search(name):
                continue
            span = named.start(), named.start() + len(name)
            if done or (passive is None and self.is_actor(*span)):
                return said, span
        return None

    def cut_before_manner(
        self, span: tuple[int, int], found: Sequence[Time | None], told: Sequence[tuple[int, int]], stance: bool
    ) -> tuple[int, int]:
        """An object without a time inside it and the place after that: "workshops annually in each region"."""
        start, end = span
        if stance or not self.grammar.english or re.match(r"to\s", self.text[start:end]):
            return span
        for time in found:
            if time is None or not start < time.start < end or (not time.kind and self.text[time.start - 2] == ","):
                continue
            kept = trim(self.text, start, time.start)
            following = self.text[time.end : end].lstrip().lower()
            after = "so" if following.startswith("in time ") else following.split(" ")[0]
            if kept[0] < kept[1] and after in (_PLACES if time.kind else _PLACES - {"with", "in", "at"}):
                return kept
        for first, last in told:
            after = self.text[last:end].lstrip().split(" ")[0].lower()
            topic = re.search(
                r"\s(?:on|concerning|regarding|about|containing|covering|outlining)\s", self.text[last:end]
            )
            if start < first < last < end and not topic and after in ("in", "at", "through", "via", "before", "after"):
                return trim(self.text, start, first)  # "the text to the embassies in the nineteen countries"
        return span

    def outermost(self, found: Sequence[Time], first: int, end: int, taken: Sequence[tuple[int, int]]) -> Time | None:
        """The time at the edge of a complement where another stands inside: "a list of works until 2020, by May"."""
        told = any(0 <= found[0].start - last <= 2 for _, last in taken) if found else False
        if len(found) < 2 or found[0].start < first or told:
            return found[0] if found else None
        every = [*taken, *((time.start, time.end) for time in found[:1])]
        within = trim_edges(self.text, first, end, every)
        if within is None or not within[0] <= found[0].start < within[1]:
            return found[0]
        last = found[-1]
        at_end = trim(self.text, last.end, end)
        return last if at_end[0] >= at_end[1] else found[0]

    def closing(self, start: int, end: int) -> int | None:
        """Where what ends an object and is none of it begins: ", for three years"; runs of space count as one."""
        at = [i for i in range(start, end) if not (self.text[i].isspace() and i > start and self.text[i - 1].isspace())]
        words = "".join(self.text[i] for i in at)
        closed = _TAIL.search(words) or _CLOSING.search(words)
        return at[closed.start()] if closed is not None and closed.end() == len(words) and closed.group() else None

    def asides(self, first: int, end: int, taken: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """What stands before or after an object and is none of it: ", in consultation with …,", "for three years"."""
        if not self.grammar.english:
            return []
        found: list[tuple[int, int]] = []
        for _ in range(4):
            rest = trim_edges(self.text, first, end, [*taken, *found]) or (end, end)
            comma = self.text.rfind(",", first, rest[0]) if "," in self.text[first : rest[0]] else -1
            at = rest[0] if comma < 0 or self.text[comma + 1 : rest[0]].strip() else comma
            opened = (
                self.enclosed(at, end)
                or _ASIDE.match(self.text, at, end)
                or self.place_before(rest[0], end, [*taken, *found])
            )
            if opened is None:
                break
            found.append(opened if isinstance(opened, tuple) else opened.span())
        for _ in range(3):
            rest = trim_edges(self.text, first, end, [*taken, *found]) or (end, end)
            begun = self.closing(*rest)
            if begun is None:
                break
            found.append((begun, rest[1]))
        return found

    def enclosed(self, at: int, end: int) -> tuple[int, int] | None:
        """What two commas enclose before an object: ", in consultation with States, UNICEF and schools, a study"."""
        opened = re.compile(rf"\s*,\s*(?:{LY}\s+)?(?P<w>{WORD})\s").match(self.text, at, end)
        if opened is None or opened["w"].lower() not in self.grammar.asides:
            return None
        listing = False
        for comma in re.compile(r",\s*(?:(?:and|or)\s+)?(?=(?P<w>\S+))").finditer(self.text, opened.end(), end):
            piece = self.text[max(opened.end(), self.text.rfind(",", opened.end(), comma.start())) : comma.start()]
            if self.inside_brackets(at, comma.start()) or comma["w"].lower() in self.grammar.asides:
                listing = listing or not re.search(r"\s(?:and|or)\s", piece)
                continue
            joined = re.search(r"(?:^|\s)(?:and|or)\s", piece) is not None
            following = self.text[comma.end() : end].split(",")[0]
            person = self.is_actor(comma.end(), comma.end() + len(re.split(r"\s(?:and|or)\s", following)[0]))
            more = "," in self.text[comma.end() : end] or re.match(r",\s*(?:and|or)\s", comma.group())
            listed = listing or opened["w"].lower() in ("in", "with", "together", "jointly", "including", "among")
            if person and listed and comma["w"].lower() not in ("a", "an"):
                if joined or not more:
                    return None
                listing = True
                continue
            if re.match(r",\s*(?:and|or)\s", comma.group()):
                continue
            return opened.start(), comma.end()
        return None

    def told_after(self, span: tuple[int, int], taken: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """The aside at the end of an object that recipients or times followed: "its findings, through the Bureau,"."""
        if not any(span[1] <= first for first, _ in taken):
            return []
        aside = re.compile(r",\s*(?:through|via|on\s+behalf\s+of|in\s+\w+ion\s+with)\s[^,;]+$").search(self.text, *span)
        return [(aside.start(), span[1])] if aside else []

    def place_before(self, at: int, end: int, taken: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
        """ "in Valparaíso, in 2026, a technical meeting": the place that stands before an object, else None."""
        place = _PLACE.match(self.text, at, end) or _MANNER.match(self.text, at, end)
        if place is None:
            return None
        rest = trim_edges(self.text, place.end(), end, [*taken, *((t.start, t.end) for t in self.found)]) or (end, end)
        if place.re is _MANNER and not any(place.end() <= t.start < rest[0] for t in self.found):
            return None
        determined = re.compile(rf"(?P<w>{WORD})\s").match(self.text, *rest)
        begins = determined is not None and determined["w"].lower() in self.grammar.articles
        return (at, rest[0]) if begins else None

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
            whom = begin
            begin += len("with ") if text.startswith("with ", begin) else 0
            stop = self.noun_phrase(begin, end)
            stop = min(stop, self.told_of(begin, end))
            told = re.compile(r"\s(?:informed|apprised|updated|of|about)\b").search(text, begin, stop)
            stop = (
                told.start() if told and told.group().strip() in ("informed", "apprised", "updated", "about") else stop
            )
            if self.is_actor(begin, stop):
                return self.parties(begin, stop), [(whom, stop)]
        if drawn := re.compile(
            r"(?:attention\s+of\s+(?P<whose>[^;]{3,90}?)\s+to\s|\bto\s+the\s+(?:urgent\s+)?attention\s+of\s+(?=(?P<to>\S)))"
        ).search(text, first, end):
            begin = drawn.start("whose") if drawn["whose"] else drawn.start("to")
            stop = drawn.end("whose") if drawn["whose"] else self.noun_phrase(begin, end)
            if self.is_actor(begin, stop):
                return self.parties(begin, stop), ([] if drawn["whose"] else [(drawn.start(), stop)])
        if grammar.english and verb in grammar.transfer | _GIVING:
            pronoun = re.compile(
                r"\s*(?P<to>to\s+)?(?P<it>it|them|him|her|us)(?=\s*,|\s+[a-z])(?!\s+(?:to|and|with|on|in|by|at)\b)"
            ).match(text, first, end) or re.compile(r"\s*(?P<to>to\s+)(?P<it>it|them|him|her|us)\b").match(
                text, first, end
            )
            if pronoun and (pronoun["to"] or (verb in _GIVING and self.object_follows(pronoun.end(), end))):
                return (Phrase(*pronoun.span("it")),), [pronoun.span()]
        if verb in grammar.lodging:
            for match in re.compile(r"\swith\s+(?=(?:the\s+)?\S)").finditer(text, first, end):
                stop = self.noun_phrase(match.end(), end)
                if self.is_actor(match.end(), stop):
                    return self.parties(match.end(), stop), [(match.start(), stop)]
        if verb in _GIVING and (apart := re.compile(r"\s+(?P<np>[^,;]{3,60}),").match(text, first, end)):
            plain = not any(word.lower() in _NO_THING for word in apart["np"].split())
            if plain and self.is_actor(*apart.span("np")) and self.object_follows(apart.end("np"), end):
                return self.parties(*apart.span("np")), [apart.span("np")]
        if verb in _GIVING and grammar.english and (np := self.given_to(first, end)):
            return self.parties(*np), [np]
        if (
            verb in ("provide", "supply", "furnish", "equip")
            and (given := re.compile(r"\s+(?P<np>[^,;]{3,160}?)\s+with\s").match(text, first, end))
            and self.is_actor(*self.outside_times(*given.span("np")))
        ):
            return self.parties(*given.span("np")), [self.outside_times(*given.span("np"))]
        if verb not in grammar.transfer:
            return (), []
        for match in re.compile(rf"(?<![\w-])(?:{grammar.to})\s+(?=\S)").finditer(text, first, end):
            when = next((time for time in self.found if time.start <= match.start() < time.end), None)
            if when is not None:
                of = re.compile(r"\b(?:session|meeting)\s+of\s+(?=the\s)", re.I).search(
                    text, when.start, min(when.end + 12, end)
                )
                if when.event and of and when.start == match.start():
                    aside = re.compile(r",|\s(?:in|to\s+be)\s|$").search(text, of.end(), max(when.end, of.end()))
                    return (Phrase(*trim(text, of.end(), aside.start() if aside else when.end)),), []
                continue
            word = re.compile(WORD).match(text, match.end(), end)
            if word is None or self.boundary_word(match.start(), first):
                continue
            if word.group().lower() in grammar.verbs and word.group().lower() not in grammar.actors:
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

    def object_follows(self, at: int, end: int) -> bool:
        """Whether a thing given follows a pronoun, and no time, adverb or preposition: "give them paid leave"."""
        apart = False
        while match := re.compile(r"\s*,\s*").match(self.text, at, end):
            time = next((time for time in self.found if time.start == match.end()), None)
            at, apart = (time.end if time else match.end()), time is None and not apart
        following = re.compile(rf"\s*(?P<w>{WORD})").match(self.text, at, end)
        if following is None or any(time.start == following.start("w") for time in self.found):
            return False
        word = following["w"].lower()
        if word in self.grammar.articles:
            return True
        plain = word not in self.grammar.ends and word not in _NO_THING and not re.fullmatch(LY, word)
        return plain and not apart and word not in self.grammar.determiners

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
                r"\b(?:(?<!\bbe\s)(?:submitt|present|transmitt|address|communicat|referr|provid|deliver|grant|entrust|forward)ed|given|sent|made"
                r"|relat(?:ing|ed)|access|according|due|pursuant|contribut\w+|respect|regard|relation|addition|thanks"
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
        if verb in ("adopt", "approve", "accept", "ratify") and re.match(r"for|in|from|beginning", text[time.start :]):
            return False  # "the programme for the decade beginning in 2030"
        if word == "due" and re.search(r"\bwith\s+(?:the|a)\s+(?:\w+\s+){1,2}due$", before):
            return True  # "with the next report due by 31 August"
        if verb in self.grammar.continuing:
            before = re.sub(r"^\s*that\s", " ", before)
            if re.search(r"\b(?:is|are|be)\s+\w+ed\b(?:(?!\b(?:that|which|who)\b)[^,;])*$", before):
                return True
        opened = re.search(
            r"\b(?:(?<!\bfor\s)(?<!\bto\s)(?<!\bof\s)(?<!\bon\s)(?<!\bin\s)(?<!\bwith\s)that|which|who|adopted|contained|established|convened|held|(?<!be\s)(?:submitted|presented|launched|discussed)|requested|decided|endorsed|mandated|outlined|agreed)\b[^,;]*$",
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
        if (
            not time.kind
            and "," not in text[first + len(before) : time.start]
            and self.grammar.prospects.search(before)
        ):
            return False
        return not re.search(r"\b(?:of|entitled|the|between)$", before)


def _without_quotations(text: str, start: int, end: int) -> str:
    """The text with the letters of quotations in its sentence made X: no verb of theirs is an act."""
    if not re.search('[“«‘"]', sentence := text[start:end]):
        return text
    hidden = _QUOTED.sub(
        lambda match: match.group()[0] + re.sub(r"\w", "X", match.group()[1:-1]) + match.group()[-1], sentence
    )
    return text[:start] + hidden + text[end:]
