"""Language of a text, its sentences, and the folded form under which words match.

Nothing heavy is loaded at import: the statistical identifier takes some tenths of a second to start and is asked only
where scripts, letters and common words leave the question open.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from importlib import import_module
from typing import Any

from kb.language_words import CLOSING_ABBREVIATIONS, FUNCTION_WORDS, LATIN_LETTERS, OPEN_ABBREVIATIONS

__all__ = ["LANGUAGE_VERSION", "fold", "fold_with_offsets", "identify", "is_rtl", "script_of", "split_sentences"]

_RTL = frozenset({"ar", "he", "iw", "fa", "ur", "yi", "ps", "sd", "ug", "dv", "ckb", "arc", "ks", "syr"})


def is_rtl(language: str) -> bool:
    """Whether a language (BCP 47, any subtags) is written from right to left."""
    subtags = language.replace("_", "-").lower().split("-")
    return subtags[0] in _RTL or "arab" in subtags or "hebr" in subtags


# -- folding ----------------------------------------------------------------------------------------------------------

LANGUAGE_VERSION = "1"  # raised whenever match keys or sentence boundaries change: indexes are made of them

_MARK = "\u0300-\u036f\u0483-\u0489"
# Runs of characters of which folding only makes small ones, and whatever else.
_PIECE = re.compile(f"(?P<plain>(?:[\\n -~А-Яа-я«»—–](?![{_MARK}]))+)|.[{_MARK}]*", re.DOTALL)
# soft hyphen, zero-width and direction marks, the byte order mark
_DROPPED: dict[int, str | None] = dict.fromkeys(
    (0xAD, 0x61C, 0x180E, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF)
)
_ALIKE = {ord("ё"): "е", 0x2010: "-", 0x2019: "'", 0x2BC: "'"}
_STRESS: dict[int, str | None] = {0x300: None, 0x301: None}  # what is left of accents after NFKC: «за́мок»
_FOLDED = {**_DROPPED, **_ALIKE, **_STRESS}
_SHORT = 8  # characters of a cluster that a language has


def _fold_any(cluster: str) -> str:
    return unicodedata.normalize("NFKC", cluster).casefold().translate(_FOLDED)


_fold_known = lru_cache(maxsize=16384)(_fold_any)


def _fold_cluster(cluster: str) -> str:
    """A character with its marks folded; a thousand marks are not kept in memory."""
    return _fold_known(cluster) if len(cluster) <= _SHORT else _fold_any(cluster)


def fold(text: str) -> str:
    """Match key of a text: NFKC, case folded, ё as е, one hyphen and apostrophe; no stress, soft hyphen, zero width."""
    return "".join(
        match.group().lower() if match["plain"] else _fold_cluster(match.group()) for match in _PIECE.finditer(text)
    )


def fold_with_offsets(text: str) -> tuple[str, list[int]]:
    """`fold(text)` and, for each of its characters, the offset in `text` of the character it comes from."""
    parts: list[str] = []
    offsets: list[int] = []
    for match in _PIECE.finditer(text):
        piece = match.group()
        if match["plain"]:
            parts.append(piece.lower())
            offsets += range(match.start(), match.end())
        else:
            folded = _fold_cluster(piece)
            parts.append(folded)
            offsets += [match.start()] * len(folded)
    return "".join(parts), offsets


# -- sentences --------------------------------------------------------------------------------------------------------

_LONG_SENTENCE = 500  # characters; beyond this a list of clauses is cut at its semicolons
_CLAUSE = 120  # … into clauses of at least this many

# Possessive throughout: a hostile run of dots or spaces is read once.
_END = (
    r"(?P<stop>(?<![.!?…])[.!?…]++|[؟۔।॥։።]++)(?P<close>[»”\"'’›)\]]*+)(?=\s)"
    r"|(?P<wide>[。！？｡]++[」』”’）》】\"]*+)"
    r"|(?P<blank>\n[ \t]*+\n)"
)
_ENDS = re.compile(_END)
_ENDS_GREEK = re.compile(_END + r"|(?P<question>;)(?=\s)")
_NEXT = re.compile(r"\s*+[«“„\"'‘(\[¿¡‹]*+\s*+(?P<dash>[-–—]\s*+)?[«“„\"'(]*+(?P<first>\S)")
_TOKEN = re.compile(r"[^\s«“„\"'’‘(\[]+$")
_OPEN = frozenset(OPEN_ABBREVIATIONS.split())
_CLOSING = frozenset(CLOSING_ABBREVIATIONS.split())
_STATES = frozenset({"u.s", "u.n", "u.k", "e.u", "ee.uu", "d.c"})
_STARTER = re.compile(
    r"(?:The|This|These|That|It|In|On|At|He|She|They|We|A|An|As|For|However|But|And|If|El|La|Los|En)\b"
)
_ORDINAL_DOT = frozenset(
    {"de", "lv", "lt", "et", "fi", "cs", "sk", "da", "nb", "nn", "no", "hu", "hr", "sr", "sl", "lb", "pl"}
)
_DOTTED = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")
_INITIAL = re.compile(r"(?:[^\W\d_]\.[-‐]?)*[^\W\d_]")
_NUMBER = re.compile(r"\d+(?:\.\d+)*")
_ORDINAL_NOUN = re.compile(
    r"(?:jan|feb|mär|mar|apr|mai|maj|may|jun|jul|aug|sep|okt|oct|nov|dez|dec|sausio|vasario|kovo|balandžio|gegužės|"
    r"birželio|liepos|rugpjūčio|rugsėjo|spalio|lapkričio|gruodžio|jahrhundert|platz|rang|auflage|lebensjahr|wahlperiode|"
    r"sitzung|tagung|kapitel|abschnitt)",
    re.IGNORECASE,
)


def split_sentences(text: str, language: str) -> list[tuple[int, int]]:
    """Spans of a text's sentences, in order, without the space around them; together they hold all that is visible.

    A full stop ends a sentence unless an abbreviation, an initial or an ordinal stands before it or a small letter
    after it. A sentence of more than 500 characters is cut at its semicolons.
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for end in _sentence_ends(text, language.split("-")[0].lower()):
        spans += _within(text, start, end)
        start = end
    return spans + _within(text, start, len(text))


def _sentence_ends(text: str, language: str) -> Iterator[int]:
    begun = 0
    for match in (_ENDS_GREEK if language == "el" else _ENDS).finditer(text):
        if match["stop"] is None or _ends(text, begun, match, language):
            begun = match.end()
            yield begun


def _ends(text: str, begun: int, match: re.Match[str], language: str) -> bool:
    """Whether a stop ends the sentence that began at `begun`."""
    following = _NEXT.match(text, match.end())
    if following is None:
        return False
    first = following["first"]
    if first.islower() or (first in ",;:" and not following["dash"]):
        return False
    if following["dash"] and not first.isupper() and not first.isdigit():
        return False
    if match["stop"] != ".":
        return True
    if match["close"].strip("'’"):
        # "(см. гл. 2.)" ends a sentence only before a capital
        return first.isupper() or not first.isalpha()
    token = _TOKEN.search(text, max(begun, match.start() - 40), match.start())
    return token is None or not _stays_open(text, begun, token, first, language)


def _stays_open(text: str, begun: int, match: re.Match[str], first: str, language: str) -> bool:
    """Whether the word before a full stop leaves the sentence open: an abbreviation, an initial or an ordinal."""
    token = match.group()
    before = text[max(begun, match.start() - 60) : match.start()]
    after = text[match.end() + 1 : match.end() + 25].lstrip()
    low = token.lower().replace("\u00a0", "")
    if _NUMBER.fullmatch(token):
        ordinal = language in _ORDINAL_DOT and len(token) <= 2 and _ORDINAL_NOUN.match(after)
        return not before.strip() or bool(ordinal)
    if low in ("г", "м", "с") and first.isupper():
        # «г. Москва», but «в 2010 г. Затем»
        return not before.rstrip()[-1:].isdigit() or after[:1] in "«“"
    if len(token) == 1 and token.islower():
        # "u. a.", "z. B.", «т. е.»; but «и т. д.» and «до н. э.» may close
        return not re.search(r"\b[тн]\.\s*$", before)
    if low in _STATES:
        return not _STARTER.match(after)
    if low in _CLOSING:
        return (first.isdigit() and low not in ("т.д", "т.п", "usw", "etc")) or after.startswith("США")
    if low in _OPEN:
        return True
    if _INITIAL.fullmatch(token) and token[-1].isupper():
        return first.isupper()
    return bool(_DOTTED.fullmatch(token)) and not first.isupper()


def _within(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The visible part of [start, end), cut at semicolons where it is long."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start == end:
        return []
    if end - start <= _LONG_SENTENCE:
        return [(start, end)]
    pieces: list[tuple[int, int]] = []
    for match in re.compile(r"[;؛；]\s+").finditer(text, start, end):
        if match.start() - start >= _CLAUSE and end - match.end() >= _CLAUSE // 2:
            pieces.append((start, match.start() + 1))
            start = match.end()
    return [*pieces, (start, end)]


# -- identification ---------------------------------------------------------------------------------------------------

_SAMPLE = 6000  # characters are enough for certainty

# First and last character of a script, and the one language written in it or the script's own code.
_SCRIPTS = """
    he 0590 05ff|el 0370 03ff|el 1f00 1fff|hy 0530 058f|ka 10a0 10ff|hi 0900 097f|bn 0980 09ff|pa 0a00 0a7f
    gu 0a80 0aff|ta 0b80 0bff|te 0c00 0c7f|kn 0c80 0cff|ml 0d00 0d7f|si 0d80 0dff|th 0e00 0e7f|lo 0e80 0eff
    bo 0f00 0fff|my 1000 109f|km 1780 17ff|am 1200 137f|ko ac00 d7af|ko 1100 11ff|ja 3040 30ff|zh 4e00 9fff
    zh 3400 4dbf|Arab 0600 06ff|Arab 0750 077f|Cyrl 0400 052f|Latn 0041 005a|Latn 0061 007a|Latn 00c0 024f
    Latn 1e00 1eff
"""

# Letters of one language among those written in Cyrillic, the most telling first.
_CYRILLIC_LETTERS: tuple[tuple[str, str], ...] = (
    ("ba", "[ҙҫҡ]"),
    ("ab", "[ҧҭҵҿҽӡҟ]"),
    ("uz", "ў.*[қғҳ]|[қғҳ].*ў"),
    ("tg", "[ҷӣӯҳ]"),
    ("tt", "җ"),
    ("cv", "[ӑӗӳ]"),
    ("kk", "[әғқңұһ].*[әғқұһі]|[әғқұһі].*[әғқңұһ]|[ғқұһә]"),
    ("mk", "[ѓќѕ]"),
    ("sr", "[ђћџљњј]"),
    ("be", "ў"),
    ("uk", "[їєґ]"),
)
# What a letter says of the languages that do not have it.
_CYRILLIC_WITHOUT: tuple[tuple[str, str], ...] = (
    ("[ыэ]", "uk bg sr mk"),
    ("ё", "uk bg sr mk"),
    ("і", "ru bg sr mk ky mn tg"),
    ("[өү]", "ru uk be bg sr mk tg"),
    ("[ищ]", "be"),
    ("щ", "be sr mk"),
    ("ъ", "uk be sr mk"),
    ("[йьюя]", "sr mk"),
)
_CYRILLIC = frozenset({"ru", "uk", "be", "bg", "sr", "mk", "kk", "ky", "mn", "tt", "tg", "ba", "uz", "cv"})
_CYRILLIC_ONLY = _CYRILLIC - {"uz"}
# How much likelier a language is to be met here, before anything is read.
_PRIOR = {
    "ru": 0.3,
    "en": 0.15,
    "uk": 0.1,
    "kk": 0.1,
    "de": 0.1,
    "fr": 0.1,
    "es": 0.1,
    "be": 0.05,
    "lv": 0.05,
    "et": 0.05,
}
_PRIOR |= {"lt": 0.05, "it": 0.05, "pl": 0.05, "bg": 0.05}


def identify(text: str) -> tuple[str, float]:
    """Language of a text (BCP 47 primary subtag) and how sure that is, 0 to 1; ("", 0.0) without letters.

    Script, then letters that only one language writes, then common words; the statistical identifier (py3langid)
    only where these do not decide.
    """
    low = text[:_SAMPLE].lower()
    script, share = _script(low)
    if script == "Cyrl":
        return _cyrillic(low)
    if script == "Arab":
        return _arabic(low)
    if script == "Latn":
        return _latin(low)
    if script == "he" and re.search("[װױײ]|אַ|אָ", low):
        return "yi", 0.9
    return script, round(0.6 + 0.4 * share, 3) if script else 0.0


def script_of(text: str) -> str:
    """The script that most letters of a text are of (ISO 15924, or the one language written in it); "" without any."""
    return _script(text[:_SAMPLE].lower())[0]


def _script(sample: str) -> tuple[str, float]:
    """The script, or the one language of a script, that most letters are of, and their share."""
    counts: dict[str, int] = {}
    for character in sample:
        if character.isalpha() and (name := _script_of_letter(character)):
            counts[name] = counts.get(name, 0) + 1
    if not counts:
        return "", 0.0
    total = sum(counts.values())
    if "ja" in counts and counts["ja"] + counts.get("zh", 0) > total // 2:
        return "ja", 1.0
    name, count = max(counts.items(), key=lambda pair: pair[1])
    return name, count / total


@lru_cache(maxsize=4096)
def _script_of_letter(character: str) -> str:
    code = ord(character)
    return next((name for name, first, last in _script_ranges() if first <= code <= last), "")


@lru_cache(maxsize=1)
def _script_ranges() -> list[tuple[str, int, int]]:
    rows = [row.split() for row in _SCRIPTS.replace("\n", "|").split("|") if row.strip()]
    return [(name, int(first, 16), int(last, 16)) for name, first, last in rows]


def _arabic(low: str) -> tuple[str, float]:
    for language, letters in (("ur", "[ٹڈڑےںھ]"), ("ug", "[ېۇۆۈ]"), ("ps", "[ټډړښځڅ]"), ("fa", "[پچژگکی]")):
        if len(re.findall(letters, low)) > len(low.split()) // 25:
            return language, 0.9
    return "ar", 0.95 if re.search("[ةىأإؤئ]|ال", low) else 0.7


def _cyrillic(low: str) -> tuple[str, float]:
    words = len(low.split())
    for language, letters in _CYRILLIC_LETTERS:
        # a foreign name may bring one such letter into a long text; a query is short enough to go by it
        if len(re.findall(letters, low)) > words // 25:
            return language, 0.97
    excluded: set[str] = set()
    for letters, languages in _CYRILLIC_WITHOUT:
        if len(re.findall(letters, low)) > words // 25:
            excluded |= set(languages.split())
    if re.search("і", low) and re.search("ы", low) and not re.search("[ищъ]", low):
        excluded.add("uk")
    elif re.search("ң", low):
        excluded |= {"mn", "ru"}
    scores = {language: score for language, score in _word_scores(low).items() if language in _CYRILLIC - excluded}
    if "і" in low and not re.search("[иы]", low):
        scores["kk"] = scores.get("kk", 0.0) + 0.6
    return _decided(low, scores, _CYRILLIC - excluded)


def _latin(low: str) -> tuple[str, float]:
    scores = {language: score for language, score in _word_scores(low).items() if language not in _CYRILLIC_ONLY}
    words = low.split()[:400]
    for language, letters, weight in _letter_patterns():
        if hits := sum(1 for word in words if letters.search(word)):
            # letters support what words have shown; many languages outside these tables have them too
            scores[language] = scores.get(language, 0.0) + min(weight * hits, 1.0 + 2 * scores.get(language, 0.0))
    return _decided(low, scores, None)


def _word_scores(low: str) -> dict[str, float]:
    """Score of each language by its common words; a word that many languages have says less for each."""
    table = _word_table()
    scores: dict[str, float] = {}
    for word in re.findall(r"[^\W\d_]+(?:['ʻ‘’][^\W\d_]+)*", low)[:800]:
        languages = table.get(word, ())
        for language in languages:
            scores[language] = scores.get(language, 0.0) + 1.0 / len(languages) ** 0.5
    return scores


@lru_cache(maxsize=1)
def _word_table() -> dict[str, list[str]]:
    """Word → languages that use it."""
    table: dict[str, list[str]] = {}
    for language, words in FUNCTION_WORDS.items():
        for word in set(words.split()):
            table.setdefault(word, []).append(language)
    return table


@lru_cache(maxsize=1)
def _letter_patterns() -> list[tuple[str, re.Pattern[str], float]]:
    return [(language, re.compile(letters), weight) for language, letters, weight in LATIN_LETTERS]


def _decided(low: str, scores: Mapping[str, float], only: frozenset[str] | None) -> tuple[str, float]:
    """The best score where it stands clear of the next, else the statistical identifier's word, weighed with it.

    `only` are the languages that the letters leave possible, None for any.
    """
    ranked = sorted(scores.items(), key=lambda pair: -pair[1])
    best, top = ranked[0] if ranked else ("", 0.0)
    second = ranked[1][1] if len(ranked) > 1 else 0.0
    if top >= max(0.9, 0.1 * len(low.split())) and top >= second * 1.6 + 0.5:
        return best, round(min(0.6 + 0.1 * (top - second), 0.99), 3)
    ranks = [(language, share) for language, share in _statistical()(low) if only is None or language in only]
    total = sum(share for _, share in ranks) or 1.0
    combined = {language: score * 0.15 for language, score in ranked[:4]}
    for language, share in ranks[:12]:
        weight = 1.0 if language in FUNCTION_WORDS or language in _CYRILLIC else 0.5
        combined[language] = combined.get(language, 0.0) + weight * share / total
    for language in combined:
        combined[language] += _PRIOR.get(language, 0.0) * (1.0 if len(low.split()) < 6 else 0.3)
    language = max(combined, key=lambda key: combined[key])
    return language, round(min(combined[language] / (sum(combined.values()) + 0.1), 0.95), 3)


@lru_cache(maxsize=1)
def _statistical() -> Callable[[str], list[tuple[str, float]]]:
    """py3langid with normalised probabilities, loaded at the first question."""
    langid: Any = import_module("py3langid.langid")
    identifier = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)

    def rank(text: str) -> list[tuple[str, float]]:
        return [(str(language), float(share)) for language, share in identifier.rank(text)]

    return rank
