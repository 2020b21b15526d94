"""The verbs, marks and modals of a language whose clauses begin with their verb, compiled from its lexicon."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from kb.commitments.english.polarity import Polarity
from kb.commitments.lexicons import Entry, lexicon
from kb.commitments.model import Strength

__all__ = ["LY", "PRONOUNS", "WORD", "Grammar", "Head", "base_of", "gerund_of", "grammar_of", "is_participle", "spaced"]

WORD: Final = r"[^\W\d_][\w’'-]*"


LY: Final = rf"(?!(?:com|ap|sup|re|multi|im)p?ly\b){WORD}ly"  # adverbs, not "comply" and "rely"


PRONOUNS: Final = frozenset({"him", "her", "it", "them"})
_NO_VERB: Final = re.compile(
    r"(?:tion|sion|ness|ity|ship|ism|ance|ence|dom|ings?|tions|ments?|ers?|als?|ics?|ies|ists?)$"
)


_NOUNS: Final = frozenset(
    "date which whom what how whether where when women children youth people persons countries states peace security "
    "development life work health education water food justice and or not have resolution decision paragraph article "
    "least as more less two three four five one each such international national regional local global human "
    "by in at on with from for upon within under after before until during no every of to the a an that this these "
    "those its their his her our it them him us who as so if than then there here also only".split()
)


_PREPOSITIONS: Final = frozenset("to upon with on in for thereon back".split())


_PARTICIPLES: Final = {
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
    "sought": "seek",
    "found": "find",
    "led": "lead",
    "borne": "bear",
    "withdrawn": "withdraw",
    "rebuilt": "rebuild",
    "taught": "teach",
    "told": "tell",
    "heard": "hear",
    "laid": "lay",
    "left": "leave",
    "lent": "lend",
    "read": "read",
    "spent": "spend",
    "spoken": "speak",
    "won": "win",
    "bound": "bind",
    "bought": "buy",
    "sold": "sell",
    "overseen": "oversee",
    "forgiven": "forgive",
    "frozen": "freeze",
    "cut": "cut",
    "broadcast": "broadcast",
}


@dataclass(frozen=True, slots=True)
class Head:
    """A verb of the lexicon where a clause begins: what follows it starts at `after`."""

    entry: Entry
    start: int
    verb_end: int
    after: int
    finite: bool  # third person, as "requests"; a bare "request" may be an infinitive
    past: bool = False


class Grammar:
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
        verbs = "|".join(sorted(map(spaced, self.entries), key=len, reverse=True))
        adverbs = "|".join(sorted(map(spaced, words.words("adverbs")), key=len, reverse=True))
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
                re.compile(rf"{spaced(said)}(?!\w)\s*", flags) for said in sorted(entry.words, key=len, reverse=True)
            ]
            for entry in words.entries
            if entry.words
        }
        asked = "|".join(
            spaced(form)
            for form in sorted(self.past, key=len, reverse=True)
            if any(entry.kind == "directive" and not entry.bare for entry in self.entries[form])
        )
        self.asked = re.compile(rf"\b(?:is|are|be)\s+{self.adverb}{{0,4}}(?P<verb>{asked})(?![\w-])\s*", flags)
        conj = "|".join(map(spaced, words.words("and")))
        marker = words.data["infinitive"]
        manner = r"(?:(?:better|(?!(?:com|ap|sup|re|multi)p?ly\b)[a-z]+ly)\s+)*" if self.english else ""
        self.marker = re.compile(rf"(?<![\w-]){marker}\s*(?:{self.adverb}){{0,4}}{manner}(?P<verb>{WORD})", flags)
        self.boundary = re.compile(
            rf"(?:[,;:]|\b(?:{conj}))\s*(?:(?:{conj})\s+)?(?:[,\s]*{self.adverb}{{0,4}})$", flags
        )
        self.bare = re.compile(
            rf"(?P<mark>(?:,|(?<![\s,]))\s+(?:{conj}),\s*[^,;]{{2,40}},\s*|,\s*(?:(?:{conj})\s+)?|\s(?:{conj})\s+)(?:{self.adverb}|(?:\w+ly)\s+)*(?P<verb>{WORD})(?=\s)",
            flags,
        )
        self.conjunction = re.compile(rf"\s*(?:,\s*(?:(?:{conj})\s+)?|\b(?:{conj})\s+)", flags)
        self.determiners = frozenset(words.words("determiners"))
        self.openers = frozenset(words.words("openers"))
        self.adjuncts = re.compile(
            rf"\s*,\s*(?:{'|'.join(map(spaced, words.words('adjuncts')))}|(?-i:[a-z]+ing))(?!\w)", flags
        )
        self.relative = re.compile(rf"[,\s](?:{'|'.join(words.words('relative'))})\s", flags)
        self.purpose = re.compile(rf"(?<!\w)(?:{'|'.join(map(spaced, words.words('purpose')))})\s*$", flags)
        self.subjects = re.compile(rf"\b(?:{'|'.join(map(spaced, words.words('subjects')))})\b", flags)
        self.modals: dict[str, Strength] = dict(words.data["modals"])
        self.modal = re.compile(
            rf"(?<![\w-])(?P<modal>{'|'.join(map(spaced, self.modals))})(?:\s+(?:not\s+)?|(?=[:,]))", flags
        )
        lists = ("never", "exceptions", "conditions", "before_subjects", "idle", "asked_before", "bound")
        self.polarity = Polarity({name: words.words(name) for name in lists}, tuple(self.modals))
        self.forbidding = frozenset(words.words("forbidding"))
        self.permitting = frozenset(words.words("permitting"))
        self.ending = frozenset(words.words("ending"))
        self.postponing = frozenset(words.words("postponing"))
        self.impersonal: dict[str, Strength] = dict(words.data.get("impersonal", {}))
        impersonal = "|".join(map(spaced, self.impersonal)) or "(?!)"
        prospects = "|".join(words.words("prospects")) or "(?!)"
        self.incumbent = re.compile(
            rf"it\s+(?:is|was|shall\s+be|remains)\s+(?:also\s+|therefore\s+)?(?:(?P<how>{impersonal})\s+"
            rf"(?P<mark>on|upon|of|for|that|to)|(?P<up>up\s+to|for))\s+",
            flags,
        )
        self.doubtful = frozenset(words.words("doubtful"))
        self.prepositional = frozenset(words.words("prepositional"))
        self.verbs = frozenset(words.words("verbs"))
        self.noun_like = {_third(verb) for verb in self.doubtful} if self.english else set()
        self.transfer = frozenset(words.words("transfer"))
        self.informed = frozenset(words.words("informed"))
        self.continuing = frozenset(words.words("continue"))
        self.feelings: dict[str, Strength] = dict(words.data.get("feelings", {}))
        feelings = "|".join(map(spaced, self.feelings)) or "(?!)"
        self.expressing = frozenset(words.words("expressing"))
        self.feeling = re.compile(
            rf"(?:its|our|their|the|this|his|her)?\s*(?:(?!(?:at|about|over|for|to|that|of|in|on|with)\b)[\w-]+\s+){{0,4}}?"
            rf"(?P<noun>{feelings})(?!\w)\s*",
            flags,
        )
        self.stative = frozenset(words.words("stative"))
        self.asides = frozenset(words.words("asides"))
        self.clausal = frozenset(words.words("clausal"))
        self.lodging = frozenset(words.words("lodging"))
        self.opinions = frozenset(words.words("opinions"))
        self.ends = frozenset(words.words("ends"))
        self.subordinate = frozenset(words.words("subordinate"))
        self.moving = {entry.verb for entry in words.entries if entry.kind == "directive"} | set(words.words("moving"))
        self.articles = self.determiners - _PREPOSITIONS
        self.prospects = re.compile(
            rf"\b(?:{prospects})\b[^,;]*\bto\s+(?!the\b|an?\b|its\b|all\b)[a-z][\w-]*\b[^,;]*$",
            flags,
        )
        phrasal: dict[str, list[str]] = words.data.get("phrasal", {})
        self.phrasal = {
            verb: re.compile(rf"\s+(?P<particle>{'|'.join(map(spaced, said))})(?![\w-])", flags)
            for verb, said in phrasal.items()
        }
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
            if not entry.finite:
                yield base, False, False
            yield _third(base), True, False
            yield _past(base), True, True

    def head(self, text: str, start: int, end: int, pattern: re.Pattern[str]) -> Head | None:
        match = pattern.match(text, start, end)
        return self.as_head(text, match, end) if match else None

    def as_head(self, text: str, match: re.Match[str], end: int) -> Head | None:
        form = re.sub(r"\s+", " ", match["verb"].lower()).replace("’", "'")
        if felt := self.felt(form, text, match.end(), end):
            entry, after = felt
            return Head(entry, match.start("verb"), match.end("verb"), after, form in self.third, form in self.past)
        for entry in self.entries.get(form, ()):
            after = match.end()
            if entry.words:
                said = next((found for said in self.say[entry] if (found := said.match(text, after, end))), None)
                if said is None:
                    continue
                after = said.end()
            adverbs = self.adverbs_here.match(text, after, end)
            after = adverbs.end() if adverbs else after
            finite = form in self.third and form != entry.verb  # "set up" may be either
            return Head(entry, match.start("verb"), match.end("verb"), after, finite, form in self.past)
        return None

    def felt(self, form: str, text: str, at: int, end: int) -> tuple[Entry, int] | None:
        """ "expresses its most cordial thanks": the stance that the feeling expressed is, and where its words end."""
        entry = next((entry for entry in self.entries.get(form, ()) if entry.verb in self.expressing), None)
        said = self.feeling.match(text, at, end) if entry else None
        if entry is None or said is None:
            return None
        strength = self.feelings[said["noun"].lower()]
        return replace(entry, strength=strength, kind="stance", words=(said.group().strip(),), act=False), said.end()

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
        if re.search(r"[^su]s$", word):
            return False
        return not _NO_VERB.search(word[-8:]) and word not in _NOUNS

    def particle(self, verb: str, text: str, at: int, end: int) -> int:
        """Where a verb that ends at `at` ends with its particle: "carry out", "take part"."""
        said = self.phrasal[verb.lower()].match(text, at, end) if verb.lower() in self.phrasal else None
        return said.end() if said else at

    def third_of(self, word: str) -> str:
        """ "establishes" → "establish"; "" for what is no third person of a verb that is sure."""
        bases = (word.removesuffix("s"), word.removesuffix("es"), f"{word.removesuffix('ies')}y")
        found = next((base for base in bases if base != word and base in self.verbs and _third(base) == word), "")
        return found if self.english and found not in self.doubtful and word not in self.verbs else ""

    def lemma(self, word: str) -> str:
        """The infinitive of a governed verb."""
        if self.english:
            first, *rest = word.split(" ", 1)
            return " ".join([self.third_of(first) or first, *rest])
        return self.subjunctive.get(word, word) if self.language == "es" else word


@cache
def grammar_of(language: str) -> Grammar:
    return Grammar(language)


def spaced(words: str) -> str:
    """An expression of words as a pattern: any space between them, either apostrophe."""
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
        "forbid": "forbidden",
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


def base_of(participle: str, verbs: frozenset[str]) -> str:
    """ "submitted" → "submit"."""
    low = participle.lower()
    if low in _PARTICIPLES:
        return _PARTICIPLES[low]
    for base in (
        low.removesuffix("d"),
        low.removesuffix("ed"),
        low.removesuffix("ied") + "y",
        low.removesuffix("ed")[:-1],
    ):
        if base in verbs and base != low:
            return base
    if re.search(r"(?:[^aeiou]at|iz|[vcu]|[aeiou]s|[dnr]g|[^aeiou]id|[aeiou]r)ed$", low):
        return low.removesuffix("d")
    return low.removesuffix("ed") if low.endswith("ed") else low


def is_participle(word: str) -> bool:
    """Whether a word may be a past participle: "adopted", "held"."""
    low = word.lower()
    return low in _PARTICIPLES or (low.endswith("ed") and low not in ("need", "indeed", "speed", "seed", "feed"))


def gerund_of(word: str, verbs: frozenset[str]) -> str:
    """ "keeping" → "keep", "making" → "make"; "" for what is no verb's."""
    stem = word.lower().removesuffix("ing")
    return next((base for base in (stem, f"{stem}e", stem[:-1]) if base in verbs), "")
