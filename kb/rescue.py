"""What a query was meant to be: wrong keyboard layout, Latin letters for Cyrillic, typing errors, odd characters.

Two witnesses decide: the words of the index, and `likelihood`, which says of a word in any language how probable it
is. A query is changed only where what it is changed to is much the better on both, and the change is reported, so
that a reader sees it and can undo it.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, Protocol

from kb.language import fold, identify

__all__ = ["Rescue", "RescueKind", "Rescuer", "Vocabulary"]

RescueKind = Literal["characters", "layout", "transliteration", "spelling"]


@dataclass(frozen=True, slots=True)
class Rescue:
    """What was mended, the most telling kind where there were several, and what is searched instead of the query."""

    kind: RescueKind
    searched: str


class Vocabulary(Protocol):
    """The index's own words, folded."""

    def counts(self, words: Collection[str]) -> Mapping[str, int]:
        """The number of passages that have each of the words; those in none may be left out."""
        ...


# -- tables -----------------------------------------------------------------------------------------------------------

# Keys in the same order on every keyboard: the row of digits, then the three rows of letters; unshifted, then shifted.
# A space stands for a key without a character of its own.
_KEYS: Final = {
    "us": (r"`1234567890-= qwertyuiop[] asdfghjkl;' zxcvbnm,./", r'~!@#$%^&*()_+ QWERTYUIOP{} ASDFGHJKL:" ZXCVBNM<>?'),
    "de": ("^1234567890ß´ qwertzuiopü+ asdfghjklöä yxcvbnm,.-", '°!"§$%&/()=?` QWERTZUIOPÜ* ASDFGHJKLÖÄ YXCVBNM;:_'),
    "ru": ("ё1234567890-= йцукенгшщзхъ фывапролджэ ячсмитьбю.", 'Ё!"№;%:?*()_+ ЙЦУКЕНГШЩЗХЪ ФЫВАПРОЛДЖЭ ЯЧСМИТЬБЮ,'),
    "uk": ("'1234567890-= йцукенгшщзхї фівапролджє ячсмитьбю.", 'ʼ!"№;%:?*()_+ ЙЦУКЕНГШЩЗХЇ ФІВАПРОЛДЖЄ ЯЧСМИТЬБЮ,'),
    "be": ("ё1234567890-= йцукенгшўзх' фывапролджэ ячсмітьбю.", "Ё!\"№;%:?*()_+ ЙЦУКЕНГШЎЗХ' ФЫВАПРОЛДЖЭ ЯЧСМІТЬБЮ,"),
    "kk": ('("әіңғ,.үұқөһ йцукенгшщзхъ фывапролджэ ячсмитьбю№', ")!ӘІҢҒ;:ҮҰҚӨҺ ЙЦУКЕНГШЩЗХЪ ФЫВАПРОЛДЖЭ ЯЧСМИТЬБЮ?"),
    "he": (";1234567890-= /'קראטוןםפ][ שדגכעיחלךף, זסבהנמצתץ.", '~!@#$%^&*()_+ QWERTYUIOP}{ ASDFGHJKL:" ZXCVBNM><?'),
    "ar": ("ذ1234567890-= ضصثقفغعهخحجد شسيبلاتنمكط ئءؤر ىةوزظ", " !@#$%^&*()_+      إ`÷×؛<>   ][ أـ،/:\" ~ }{ آ',.؟"),
    "el": ("`1234567890-= ;ςερτυθιοπ[] ασδφγηξκλ΄' ζχψωβνμ,./", '~!@#$%^&*()_+ :΅ΕΡΤΥΘΙΟΠ{} ΑΣΔΦΓΗΞΚΛ¨" ΖΧΨΩΒΝΜ<>?'),
}
# Which keyboard was on → which was meant, by the script that the query is in.
_SWAPS: Final = {
    "Latn": "us>ru us>uk de>ru us>he us>ar us>el us>kk us>be",
    "Cyrl": "ru>us uk>us ru>de ru>uk uk>ru ru>he ru>ar ru>kk",
    "Hebr": "he>us he>ru",
    "Arab": "ar>us ar>ru",
    "Grek": "el>us el>ru",
}
_SWAPS_SOME: Final = frozenset({"us>ru", "ru>us", "us>uk", "uk>us"})  # where it may be one word of a query
_SCRIPT_OF: Final = {"us": "Latn", "de": "Latn", "he": "Hebr", "ar": "Arab", "el": "Grek"} | dict.fromkeys(
    ("ru", "uk", "be", "kk"), "Cyrl"
)
_OF_NEITHER: Final = re.compile("[ўәғқңөұүһҷҳӣӯјљњћђџѓќѕҗҙҫҡ]", re.IGNORECASE)
_SCRIPTS: Final = {"LATIN": "Latn", "CYRILLIC": "Cyrl", "HEBREW": "Hebr", "ARABIC": "Arab", "GREEK": "Grek"}

# Letters that look the same.
_LATIN_TWINS, _CYRILLIC_TWINS = "aceopxyijsABCEHKMOPTXYIJSé", "асеорхуіјѕАВСЕНКМОРТХУІЈЅе"
_LATIN_GREEK, _GREEK_TWINS = "ovuABEZHIKMNOPTYX", "ονυΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"

# Latin for Cyrillic: what a run of Latin letters may stand for, with what it costs, in nats, beyond the likelihood.
_LATIN_FOR: Final = """
a а|b б|v в|w в:3|g г|d д|e е э|eh э|e' э|e` э|yo е|jo е|io ио ьо:1|zh ж|z з|j ж ^й ь:4|i и ^й ы:0.5 ий:2|ii ий ии
iy ий|ij ий|yi ый|yy ый|yj ый|y ы ^й и:6 ый:1.5 ий:1.5|ei ей еи:3|ai ай аи:2|oi ой ои:3|ui уй уи:2|k к|l л|m м|n н
o о|p п|r р|s с|t т|u у ю:5|f ф
h х г:4|kh х|x х кс|ts ц|tz ц:1|c ц к:3|ch ч|tch ч:2|sh ш|4 ч|6 ш|shch щ|sch щ|shh щ|sc щ
ya я|ja я|ia я|yu ю|ju ю|iu ю|ye ^е ье:1|je ^е ье:1|ie ие ье:1 ъе:1|' ь ъ:1|` ь ъ:1|'' ъ|`` ъ
"""
_LATIN_FOR_ALSO: Final = {
    "ru": "",
    "uk": """
h г х|i і ^ї:1|y и ^й|yi ^ї|ji ^ї|ii ії ій:1|ia я ія|iia ія|ye ^є|je ^є|ie є іє|e е|iu ю ію|iy ій|ij ій|yy ий|yj ий
yo йо ьо|jo йо ьо|io йо ьо|g г ґ:3|' ь|zgh зг|j ^й ж:2|ei ей|ai ай|oi ой|ui уй|w в
""",
    "German": """
w в|s с з:0.5|z ц|sh ж|sch ш|ch х|tsch ч|schtsch щ|ei ей|ij ий|ju ю|ja я|je ^е ье:1|jo е|j ^й
""",
}
_VOWELS: Final = frozenset("аеиоуыэюяіїє")
_DOUBLED: Final = {"с": "s", "т": "t", "н": "n", "л": "l"}
_LONGEST_RULE: Final = 7
_SOFTENED: Final = frozenset("бвдзлмнпрстфжшчщц")
_NEVER_YERY: Final = frozenset("гкхжшчщйьъ")

_NOT_RUSSIAN: Final = re.compile("[іїєґўјљњћђџѓќѕәғқңөұүһҗҙҫҡҳҷӣӯ]", re.IGNORECASE)
_LETTERS: Final = {
    "Cyrl": "абвгдежзийклмнопрстуфхцчшщъыьэюяіїєґўәғқңөұүһ",
    "Latn": "abcdefghijklmnopqrstuvwxyzäöüßéèêàâáåãæçčėęēíīįñóôõøšúūųžłąāģķļņ",
    "Hebr": "אבגדהוזחטיכךלמםנןסעפףצץקרשת",
    "Arab": "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىيپچژگکی",
    "Grek": "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋ",
}

# -- thresholds, in nats, set by hand on the samples of bench/rescue.py; its --fresh measures on other lines -----------

_KNOWN: Final = 0.8  # a letter, of nine at most; what it is worth that a word stands in the index
_GARBLED, _GARBLED_WORD = -3.7, -5.0  # a letter; a query, or a word of it, above that is not tried on other keyboards
# Likelihood a letter that the query must have on another keyboard, what it must gain a letter and altogether; by how
# many words there are, for some of them, and for the Russian and the Ukrainian keyboard, which differ in few letters.
_LAYOUT_BARS: Final = {
    "word": (-3.6, 0.8, 11.5),
    "few": (-4.2, 0.8, 8.0),
    "many": (-5.0, 0.8, 7.0),
    "many, rare": (-5.4, 0.45, 10.0),
    "some": (-3.6, 2.5, 14.0),
    "sister": (-4.0, 0.4, 7.0),
    "sister word": (-4.0, 0.4, 10.0),
}
_GAIN_ALONE: Final = 2.5
_ODD: Final = -2.8  # likelihood a letter
_AROUND: Final = "\"'.,:;!?()[]{}«»„“”‘’…–—-"
_WITHIN: Final = "-–'’‘.,/"
_PUNCTUATION: Final = 6.0
_COMMON, _NEVER = -2.6, 40.0
_RARE_KEYS: Final = 3.0  # by so much must a keyboard be likelier than Russian or English
_DIGITS: Final = "0123456789.,:;()-–/%№§"
_SISTERS: Final = {"uk>ru": frozenset("іїє'ІЇЄ"), "ru>uk": frozenset("ыъэёЫЪЭЁ")}
_LOST: Final = 8.0
_SWITCHED: Final = 6.0  # by so much better, a word among wrong ones was typed on the right keyboard
_LATIN_GAIN, _LATIN_LEAST = 0.2, 5.0  # a letter, altogether; where nothing but the likelihood speaks for Cyrillic, more
_LATIN_FIRST: Final = -0.75  # a letter
_LONG: Final = 9  # letters; shorter, a word alone may be of any language
_NEAR_BEST: Final = 0.3  # a letter; rules whose first reading is further behind are not tried
_CYRILLIC_HERE: Final = frozenset({"ru", "uk", "be", "bg"})
_LATIN_PLAIN, _LATIN_SHORTEST = -2.2, 4  # likelihood a letter above which Latin letters are taken for what they are
_SOFT, _SOFT_L, _SOFT_VOWEL, _INFINITIVE = 1.2, 0.0, 3.0, -1.5
_UNSOFTENED: Final = ("a", "o", "u", "'", "`")
_BEAM: Final = 6

_A_WORD: Final = -14.0  # what is likelier is a word, whether the index has it or not
_AHEAD: Final = 15.0
# A logistic regression on 3,200 pairs of an unknown word and the likeliest word of the index one slip away, in units of
# the gain in likelihood, rounded. At _MEANT, with the words of the Russian codes, 22 of 8,001 other clean queries are
# touched, and of 100 slips 67 (a letter left out) to 98 (put in) are mended.
_WEIGHTS: Final = {
    "a letter": 6.0,
    "length": 2.0,
    "passages": 2.0,
    "known": 17.0,
    "ahead": 1.0,
    "name": -10.0,
    "foreign": -18.0,
    "transposed": 28.0,
    "doubled": 20.0,
    "left out": 9.0,
    "substituted": -5.0,
    "last": -20.0,
    "last but one": -7.0,
    "last but two": -3.0,
    "first": -15.0,
}
_MEANT: Final = 70.0
_LEAST_KNOWN: Final = 0.15  # share of the words; a query below that is in a language that the index does not have
_SHORTEST, _LONGEST_CORRECTED = 5, 24  # letters

_SAMPLE: Final = 240  # characters that decide how the rest was typed
_LONGEST: Final = 40  # letters; longer runs are no words
_MOST_UNKNOWN: Final = 6  # words that are looked up for spelling in one query

_WORD: Final = re.compile(r"[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*")
_EXACT: Final = re.compile(r'"[^"]*"|«[^»]*»|“[^”]*”|„[^“”]*[“”]|(?<!\S)[-–−]\S+')


class Rescuer:
    """Mends queries by the words of one index. `likelihood`: natural log-probabilities of words of any language."""

    def __init__(self, vocabulary: Vocabulary, likelihood: Callable[[Sequence[str]], Sequence[float]]) -> None:
        self._vocabulary = vocabulary
        self._likelihood = likelihood

    def rescue(self, query: str) -> Rescue | None:
        """What to search instead of a query, or None to leave it alone."""
        witness = _Witness(self._vocabulary, self._likelihood)
        kinds: list[RescueKind] = []
        text = query
        for kind, mend in _STEPS:
            mended = mend(text, witness)
            if mended.split() != text.split():
                kinds.append(kind)
                text = mended
        if not kinds:
            return None
        return Rescue(min(kinds, key=_TELLING.index), text)


class _Witness:
    """How probable words are, in nats, for the time of one query."""

    def __init__(self, vocabulary: Vocabulary, likelihood: Callable[[Sequence[str]], Sequence[float]]) -> None:
        self._vocabulary = vocabulary
        self.likelihood = likelihood
        self._counts: dict[str, int] = {}
        self._logs: dict[str, float] = {}

    def counts(self, words: Iterable[str]) -> Mapping[str, int]:
        """The number of passages of each word, 0 for none."""
        new = {word for word in words if word not in self._counts}
        if new:
            found = self._vocabulary.counts(new)
            self._counts.update({word: found.get(word, 0) for word in new})
        return self._counts

    def likelihoods(self, words: Iterable[str]) -> Mapping[str, float]:
        """The likelihood of each folded word, as it is or as a name."""
        new = list({word for word in words if word not in self._logs})
        if new:
            logs = self.likelihood([*new, *(word.capitalize() for word in new)])
            self._logs.update({word: max(logs[n], logs[n + len(new)]) for n, word in enumerate(new)})
        return self._logs

    def scores(self, words: Iterable[str]) -> Mapping[str, float]:
        """Likelihoods, with more for words of the index."""
        words = {word for word in words if len(word) <= _LONGEST}
        counts, logs = self.counts(words), self.likelihoods(words)
        return {word: logs[word] + (_KNOWN * min(len(word), _LONG) if counts[word] else 0.0) for word in words}

    def texts(self, texts: Iterable[str]) -> Mapping[str, float]:
        """The summed scores of the words of each text."""
        words = {text: _words(text) for text in set(texts)}
        scores = self.scores(word for found in words.values() for word in found)
        return {text: sum(scores.get(word, 0.0) for word in found) for text, found in words.items()}


def _words(text: str) -> list[str]:
    return [match.group() for match in _WORD.finditer(fold(text))]


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


@lru_cache(maxsize=4096)
def _script(character: str) -> str:
    """The script of a letter, "" for any that has no table here."""
    if not character.isalpha():
        return ""
    return _SCRIPTS.get(unicodedata.name(character, "").partition(" ")[0], "")


def _scripts(text: str) -> set[str]:
    return {script for character in text if (script := _script(character))}


# -- characters -------------------------------------------------------------------------------------------------------

# Letters in another dress: ligatures, presentation forms, full and half width, mathematical, circled, radicals.
_DRESSED: Final = re.compile(
    "[\ufb00-\ufb4f\ufb50-\ufdcf\ufdf0-\ufdf9\ufe70-\ufefc\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff66-\uffdc"
    "\u2f00-\u2fd5\u24b6-\u24e9\U0001d400-\U0001d7ff\U0001f130-\U0001f149]+"
)
_INVISIBLE: Final = re.compile(
    "\u00ad ?|[\u061c\u180e\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]|"
    "[\u200b-\u200d]+(?=[\\0-\u05ff]|$)|(?<=[\\0-\u05ff])[\u200b-\u200d]+|^[\u200b-\u200d]+"
)
_STRESS: Final = re.compile("(?<=[аеиоуыэюяіАЕИОУЫЭЮЯІ])[\u0300\u0301]")
_TO_CYRILLIC: Final = str.maketrans(_LATIN_TWINS, _CYRILLIC_TWINS)
_TO_LATIN: Final = str.maketrans(_CYRILLIC_TWINS[:-1], _LATIN_TWINS[:-1])
_TO_GREEK: Final = str.maketrans(_LATIN_GREEK, _GREEK_TWINS)
_FROM_GREEK: Final = str.maketrans(_GREEK_TWINS, _LATIN_GREEK)
_TWINS: Final = (("Cyrl", _TO_CYRILLIC), ("Latn", _TO_LATIN), ("Grek", _TO_GREEK), ("Latn", _FROM_GREEK))


def _mend_characters(text: str, witness: _Witness) -> str:
    """NFC without invisible characters, letters in their plain form and of one script a word."""
    if text.isascii():
        return text
    text = _DRESSED.sub(lambda match: unicodedata.normalize("NFKC", match.group()), text)
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    text = " ".join(_STRESS.sub("", text).split())
    if len(_scripts(text) & {"Latn", "Cyrl", "Grek"}) < 2:
        return text
    mended = _WORD.sub(lambda match: _one_script(match.group(), witness), text)
    return _alone(mended, mended != text, witness)


def _one_script(word: str, witness: _Witness) -> str:
    """A word of two scripts in the one that all its letters can be of, where that makes it likelier."""
    if len(_scripts(word)) < 2:
        return word
    spelt = {word.translate(table) for script, table in _TWINS if _scripts(word.translate(table)) == {script}}
    return max(spelt, key=lambda other: witness.texts([other])[other], default=word)


def _alone(text: str, mixed: bool, witness: _Witness) -> str:
    """Words of twins only that stand among words of the other script, in that one where it is likelier.

    `mixed`: other words had letters of both, so that an abbreviation that the index lacks is taken for one of these.
    """
    letters = [_script(character) for character in text]
    script, table = ("Cyrl", _TO_CYRILLIC) if letters.count("Cyrl") > letters.count("Latn") else ("Latn", _TO_LATIN)

    # A letter alone is as likely part of a phrase in the other script, where there is one.
    foreign = any(
        _scripts(word) - {script} and _scripts(word.translate(table)) != {script} for word in _WORD.findall(text)
    )

    def mended(match: re.Match[str]) -> str:
        word = match.group()
        other = word.translate(table)
        if _scripts(word) == {script} or _scripts(other) != {script} or not other.isalpha():
            return word
        if len(word) == 1:
            first = not _inside(text, match.start())
            return other if not foreign and word not in "js" and (word.islower() or first) else word
        if mixed and word.isupper() and not witness.counts([fold(word)])[fold(word)]:
            return other
        scores = witness.texts([word, other])
        return other if scores[other] > scores[word] + (_KNOWN if word.isupper() else 2.0) else word

    return _WORD.sub(mended, text)


# -- keyboards --------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _swap(pair: str) -> dict[int, str]:
    """What each character becomes that was typed on the first keyboard and meant for the second."""
    on, meant = pair.split(">")
    pairs = zip("".join(_KEYS[on]), "".join(_KEYS[meant]), strict=True)
    table = {ord(a): b for a, b in reversed(list(pairs)) if " " not in (a, b)}
    if meant == "ar":
        table |= {ord("b"): "لا", ord("B"): "لآ", ord("G"): "لأ", ord("T"): "لإ"}
    return table


def _typed(chunk: str, pair: str) -> list[str]:
    """A chunk key by key. An Arabic lam-alef is one key or two."""
    if not any(map(str.isalpha, chunk)) and chunk.strip(_DIGITS) == "":
        return [chunk]
    table = _swap(pair)
    if pair.endswith(">el"):
        return [unicodedata.normalize("NFC", re.sub("΄(\\w)", "\\1\u0301", chunk.translate(table)))]
    if pair.startswith("ar>") and "لا" in chunk:
        key = chr(min(k for k, v in _swap(f"{pair[3:]}>ar").items() if v == "لا"))
        return [chunk.translate(table), chunk.replace("لا", key).translate(table | {ord(key): key})]
    return [chunk.translate(table)]


def _readings(chunk: str, pair: str) -> dict[str, float]:
    """What a chunk may be on the other keyboard, with its cost: all of it, or all but the punctuation at its ends."""
    lead = len(chunk) - len(chunk.lstrip("\"'([{«„“"))
    trail = len(chunk) - len(chunk.rstrip("\"').,;:?!]}»”"))
    readings: dict[str, float] = {}
    for start in range(min(lead, 2) + 1):
        for end in range(len(chunk) - min(trail, 3), len(chunk) + 1):
            if start < end:
                for typed in _typed(chunk[start:end], pair):
                    reading = chunk[:start] + typed + chunk[end:]
                    lost = max(0, _letters(chunk) - _letters(reading))  # a letter is seldom meant for punctuation
                    kept = _letters(_typed(chunk, pair)[0]) - _letters(reading)  # … and a key for a letter is one
                    odd = _odd(chunk) - _odd(reading)
                    readings[reading] = _LOST * lost + _PUNCTUATION * (2 * max(0, kept) - odd)
    return readings


def _odd(chunk: str) -> int:
    """Characters inside a chunk that are seldom inside words."""
    inside = chunk.strip(_AROUND) if any(map(str.isalnum, chunk)) else chunk
    return sum(
        not (character.isalnum() or character in _WITHIN or unicodedata.combining(character)) for character in inside
    )


def _mend_layout(text: str, witness: _Witness) -> str:
    """The query as the keyboard meant would have typed it, where that turns garble into words."""
    chunks = text[:_SAMPLE].split()
    if len(text) > _SAMPLE and len(chunks) > 1:
        chunks.pop()
    scores = witness.texts(chunks)
    swaps = [_Swap.of(chunks, pair, scores, witness) for pair in _pairs(chunks, scores)]
    swap = max(swaps, key=lambda swap: (swap.gain > 0, swap.whole, swap.preferred), default=None)
    if not swap or not swap.gain:
        return text
    chunks = text.split()
    return " ".join(_swapped(chunks, swap.pair, swap.whole, witness.texts(chunks), witness)[0])


def _pairs(chunks: Sequence[str], scores: Mapping[str, float]) -> Iterator[str]:
    """The keyboards worth trying: all for garble, and Russian and Ukrainian where just some letters are odd."""
    scripts = sorted(_scripts(" ".join(chunks)))
    if _garbled(chunks, scores):
        yield from (pair for script in scripts for pair in _SWAPS[script].split())
    elif "Cyrl" in scripts:
        for pair, letters in _SISTERS.items():
            odd = [chunk for chunk in chunks if not letters.isdisjoint(chunk)]
            if any(scores[chunk] < _ODD * _letters(chunk) for chunk in odd):
                yield pair


def _garbled(chunks: Sequence[str], scores: Mapping[str, float]) -> bool:
    letters = sum(map(_letters, chunks))
    if not letters:
        return False
    if sum(scores[chunk] for chunk in chunks) / letters < _GARBLED:
        return True
    return any(scores[chunk] / max(_letters(chunk), 5) < _GARBLED_WORD for chunk in chunks)


@dataclass(frozen=True, slots=True)
class _Swap:
    """Another keyboard, whether it was on for the whole query, and by how much that is likelier; 0 if not enough."""

    pair: str
    whole: bool
    gain: float

    @property
    def preferred(self) -> float:
        """The gain, less where the keyboard is a rare one."""
        return self.gain - (0.0 if self.pair in {"us>ru", "ru>us"} else _RARE_KEYS)

    @classmethod
    def of(cls, chunks: Sequence[str], pair: str, before: Mapping[str, float], witness: _Witness) -> _Swap:
        for whole in (True, False) if pair in _SWAPS_SOME else (True,):
            swapped, gain = _swapped(chunks, pair, whole, before, witness)
            changed = [new for old, new in zip(chunks, swapped, strict=True) if old != new]
            letters = sum(map(_letters, changed))
            if not letters or (pair in _SISTERS and not _all_changed(chunks, swapped, pair)):
                continue
            if not _scripts(" ".join(changed)) <= {_SCRIPT_OF[pair[3:]]}:
                continue
            likely, rate, least = _LAYOUT_BARS[_case(pair, whole, len(chunks), len(changed))]
            if len(chunks) == 1 and letters < 4 and not all(witness.counts(_words(changed[0])).values()):
                continue
            after = sum(witness.texts(changed)[new] for new in changed)
            if gain >= max(least, rate * letters) and after > likely * letters:
                return cls(pair, whole, gain)
        return cls(pair, False, 0.0)


def _case(pair: str, whole: bool, chunks: int, changed: int) -> str:
    if pair in _SISTERS:
        return "sister" if changed > 1 else "sister word"
    if not whole:
        return "some"
    if chunks < 4:
        return "word" if chunks == 1 else "few"
    return "many" if _SCRIPT_OF[pair[3:]] in {"Latn", "Cyrl"} else "many, rare"


def _all_changed(chunks: Sequence[str], swapped: Sequence[str], pair: str) -> bool:
    """Whether no letter of the sister language is left, and none of a third."""
    left = set("".join(swapped)) & _SISTERS[pair]
    return not left - {"'"} and not _OF_NEITHER.search(" ".join(chunks))


def _swapped(
    chunks: Sequence[str], pair: str, whole: bool, before: Mapping[str, float], witness: _Witness
) -> tuple[list[str], float]:
    """Chunks on the other keyboard, but for those that are right as they are, and by how much they are likelier."""
    readings = {chunk: _readings(chunk, pair) for chunk in chunks}
    scores = witness.texts(reading for others in readings.values() for reading in others)
    gain, chosen = 0.0, []
    for number, chunk in enumerate(chunks, 1):
        costs = readings[chunk] if number < len(chunks) else {r: c / 3 for r, c in readings[chunk].items()}
        likely = max(costs, key=lambda reading: scores[reading] - costs[reading])
        more = scores[likely] - costs[likely] - before[chunk]
        kept = _kept_below(_letters(chunk), before[chunk], whole)
        chosen.append(chunk if more < kept else likely)
        gain += more if more >= kept else min(kept, 0.0) if _letters(chunk) else 0.0
    return chosen, gain


def _kept_below(letters: int, score: float, whole: bool) -> float:
    """The gain below which a chunk is left as it is: a word typed rightly among wrong ones is rare, and the reverse."""
    if whole:
        return -_SWITCHED if letters > 3 and score > _COMMON * letters else -_NEVER
    return _GAIN_ALONE * letters if letters > 4 and score < _GARBLED_WORD * letters else _NEVER


# -- Latin letters for Cyrillic ---------------------------------------------------------------------------------------

_CUE: Final = re.compile(r"zh|sh|kh|ya|yu|yo|iy|yy|[a-z][4'`]|4[a-z]|tsch")  # no language writes them all
_LATIN_WORD: Final = re.compile(r"(?<![^\W_])(?:[46](?=[a-z]))?[A-Za-z](?:[A-Za-z'`]|[46](?=[A-Za-z]))*(?![^\W_])")


@lru_cache(maxsize=4)
def _rules(language: str) -> Mapping[str, tuple[tuple[str, float], ...]]:
    rules: dict[str, tuple[tuple[str, float], ...]] = {}
    for line in (_LATIN_FOR + _LATIN_FOR_ALSO[language]).replace("\n", "|").split("|"):
        latin, *cyrillic = line.split() or [""]
        if latin:
            rules[latin] = tuple((c.partition(":")[0], float(c.partition(":")[2] or 0)) for c in cyrillic)
    return rules


def _mend_latin(text: str, witness: _Witness) -> str:
    """Russian or Ukrainian in Latin letters, in its own."""
    if len(text) > _SAMPLE or not all(map(str.isascii, filter(str.isalpha, text))):
        return text
    exact = [match.span() for match in _EXACT.finditer(text)]
    found = [m for m in _LATIN_WORD.finditer(text) if not any(a <= m.start() < b for a, b in exact)]
    words = [m.group().lower() for m in found if not _abbreviated(m.group()) or text.isupper()]
    letters = sum(map(len, words))
    if letters < _LATIN_SHORTEST:
        return text
    before = witness.texts(m.group().lower() for m in found)
    if sum(before[word] for word in words) / letters > _LATIN_PLAIN:
        return text
    read = _in_cyrillic(words, before, witness)
    if not read:
        return text
    parts, at = [], 0
    for match in found:
        word = match.group().lower()
        form, score = read.get(word) or _likeliest([word], "ru", witness)[word]
        latin = _is_latin(match.group(), before[word], score, witness)
        parts += [text[at : match.start()], match.group() if latin else _as_typed(form, match.group())]
        at = match.end()
    return "".join([*parts, text[at:]])


def _abbreviated(word: str) -> bool:
    return len(word) > 1 and word.isupper()


def _as_typed(form: str, typed: str) -> str:
    """The form with the capitals of what was typed."""
    if _abbreviated(typed):
        return form.upper()
    return form.capitalize() if typed[0].isupper() else form


def _is_latin(typed: str, before: float, after: float, witness: _Witness) -> bool:
    """Whether a word among transliterated ones is a word of its own language, an abbreviation if the index has it."""
    word = typed.lower()
    known = witness.counts([word])[word] > 0
    if _abbreviated(typed) or _CUE.search(word):
        return known
    return before > after + (_SWITCHED if known and before > _A_WORD else 3 * _SWITCHED)


def _gained(words: Iterable[str], before: Mapping[str, float], after: Mapping[str, float]) -> float:
    """What is gained over all words, of which none may decide alone."""
    return sum(max(-_SWITCHED, min(after[word] - before[word], 2 * _SWITCHED)) for word in words)


def _in_cyrillic(
    words: Sequence[str], before: Mapping[str, float], witness: _Witness
) -> Mapping[str, tuple[str, float]]:
    """Each word in Cyrillic and its score, or nothing if they are not likelier so."""
    letters = sum(map(len, words))
    cues = any(_CUE.search(word) for word in words)
    best: Mapping[str, tuple[str, float]] = {}
    for language in _worth_reading(words, before, witness):
        read = _likeliest(words, language, witness)
        gain = _gained(words, before, {word: score for word, (_, score) in read.items()})
        counts = witness.counts(form for form, _ in read.values())
        cues = cues or any(len(form) >= _LONG and counts[form] for form, _ in read.values())
        least, rate = (_LATIN_LEAST, _LATIN_GAIN) if cues else (_LATIN_LEAST * 1.5, _LATIN_GAIN * 2)
        if gain >= max(least, rate * letters) and (not best or _total(words, read) > _total(words, best)):
            best = read
    forms = [best[word][0] for word in words] if best else []
    if len(words) == 1 and not (any(witness.counts(forms)[form] for form in forms) and cues):
        return {}
    return best if identify(" ".join(forms))[0] in (_CYRILLIC_HERE if cues else _CYRILLIC_HERE - {"bg"}) else {}


def _total(words: Iterable[str], read: Mapping[str, tuple[str, float]]) -> float:
    return sum(read[word][1] for word in words)


def _worth_reading(words: Sequence[str], before: Mapping[str, float], witness: _Witness) -> list[str]:
    """The rules by which the first reading of each word is not much less likely, which settles most queries cheaply."""
    gains = {}
    for rules in ("ru", "uk", *(["German"] if any("sch" in word or "w" in word for word in words) else [])):
        first = {word: _first_reading(word, rules) for word in set(words)}
        after = witness.texts(first.values())
        gains[rules] = _gained(words, before, {word: after[read] for word, read in first.items()}) / sum(
            map(len, words)
        )
    best = max(gains.values())
    return [rules for rules, gain in gains.items() if gain > max(_LATIN_FIRST, best - _NEAR_BEST)]


def _first_reading(word: str, language: str) -> str:
    rules, read, at = _rules(language), "", 0
    while at < len(word):
        size = next((size for size in range(_LONGEST_RULE, 0, -1) if word[at : at + size] in rules), 1)
        read += rules.get(word[at : at + size], ((word[at], 0.0),))[0][0].strip("^")
        at += size
    return read


def _likeliest(words: Iterable[str], language: str, witness: _Witness) -> dict[str, tuple[str, float]]:
    """The likeliest Cyrillic form of each word, and its score; the word itself where the rules lack a letter."""
    beams: dict[str, list[dict[str, float]]] = {
        word: [{"": 0.0}, *({} for _ in word)] for word in set(words) if len(word) <= _LONGEST
    }
    for at in range(max(map(len, beams), default=0)):
        _prune([steps[at] for word, steps in beams.items() if at < len(word)], witness)
        for word, steps in beams.items():
            if at < len(word):
                _extend(word, at, steps, _rules(language))
    ended = {word: steps[-1] for word, steps in beams.items()}
    _prune(list(ended.values()), witness)
    scores = witness.scores(form for forms in ended.values() for form in forms)
    likely = {}
    for word in words:
        forms = ended.get(word, {})
        form = max(forms, key=lambda form: scores.get(form, -99.0) - forms[form], default=word)
        likely[word] = form, scores.get(form, -99.0) if forms else -99.0
    return likely


def _prune(beams: Sequence[dict[str, float]], witness: _Witness) -> None:
    """Keep of each beam the likeliest beginnings, once it has grown to twice as many."""
    wide = [beam for beam in beams if len(beam) > 2 * _BEAM]
    begun = [form for beam in wide for form in beam]
    logs = dict(zip(begun, witness.likelihood(begun), strict=True)) if begun else {}
    for beam in wide:
        for form in sorted(beam, key=lambda form: beam[form] - logs[form])[_BEAM:]:
            del beam[form]


def _extend(
    word: str, at: int, steps: Sequence[dict[str, float]], rules: Mapping[str, tuple[tuple[str, float], ...]]
) -> None:
    for size in range(1, min(_LONGEST_RULE, len(word) - at) + 1):
        after = steps[at + size]
        for out, cost in rules.get(word[at : at + size], ()):
            for begun, so_far in steps[at].items():
                for form, paid in _continued(begun, out, word[at + size :]):
                    total = so_far + cost + paid
                    if total < after.get(form, 99.0):
                        after[form] = total


def _continued(begun: str, out: str, rest: str) -> Iterator[tuple[str, float]]:
    """The word with the next letters, by the rules of Russian spelling, and with a soft sign that was left out."""
    last = begun[-1:]
    if out[0] == "^":  # only at the start and after a vowel
        if last and last not in _VOWELS:
            return
        out = out[1:]
    cost = _fitting(begun, out)
    if cost is None:
        return
    yield begun + out, cost
    if out[-1] in _SOFTENED and rest[:1] not in _UNSOFTENED and not rest.startswith(_DOUBLED.get(out[-1], "-")):
        yield begun + out + "ь", cost + _softening(begun[-1:], out, rest)


def _softening(last: str, out: str, rest: str) -> float:
    """What a soft sign costs that nothing was written for: little after l and in infinitives."""
    if rest:
        return (_SOFT_L if out == "л" else _SOFT) + (_SOFT_VOWEL if rest[0] in "ie" else 0.0)
    return _INFINITIVE if out == "т" and last in "аяуы" else _SOFT_L if out in "лт" else _SOFT


def _fitting(begun: str, out: str) -> float | None:
    """What it costs to put these letters after that one; None where Russian never does."""
    last, first = begun[-1:], out[0]
    if first == "й":
        return 2.0 if not last else 0.0
    if first == "ы":
        return 0.0 if last and last not in _VOWELS and last not in _NEVER_YERY else None
    if first in "ьъ":
        return 0.0 if last and last not in _VOWELS and last not in "йьъ" else None
    if first == "э":
        return 0.0 if not last else 1.5 if last in _VOWELS else 3.0
    if first == "е" and not last:
        return 1.0
    if out == "и" and last in _VOWELS:
        return 0.0 if not last or last == "и" else 2.0
    if (last == "й" and first in "аеиу") or (begun.endswith("ии") and first == "а"):
        return 6.0
    return 4.0 if last == "ц" and first in "яю" else 0.0


# -- spelling ---------------------------------------------------------------------------------------------------------


def _mend_spelling(text: str, witness: _Witness) -> str:
    """Words that the index lacks, as a word of the index from which one slip of a finger leads to them."""
    exact = [match.span() for match in _EXACT.finditer(text)]
    found = [
        m for m in _WORD.finditer(text) if not any(a <= m.start() < b for a, b in exact) and _correctable(m.group())
    ]
    counts = witness.counts(fold(match.group()) for match in found)
    unknown = [match for match in found if not counts[fold(match.group())]]
    if not unknown or len(unknown) > _MOST_UNKNOWN or _known(text, witness) < _LEAST_KNOWN:
        return text
    parts, at = [], 0
    for match in unknown:
        parts += [text[at : match.start()], _corrected(match.group(), _inside(text, match.start()), text, witness)]
        at = match.end()
    return "".join([*parts, text[at:]])


def _inside(text: str, at: int) -> bool:
    return any(map(str.isalnum, text[:at]))


def _correctable(word: str) -> bool:
    return _SHORTEST <= len(word) <= _LONGEST_CORRECTED and word.isalpha() and not word.isupper()


def _corrected(typed: str, inside: bool, text: str, witness: _Witness) -> str:
    """The word of the index that was likely meant, with its capital, or the word as it was typed.

    `inside`: whether it stands inside the query, where a capital makes it a name.
    """
    word = fold(typed)
    scripts = _scripts(word)
    if len(scripts) != 1 or witness.likelihoods([word])[word] > _A_WORD:
        return typed
    near = _near(word, _LETTERS[scripts.pop()])
    counts = witness.counts(near)
    meant = [other for other in near if counts[other]]
    if not meant:
        return typed
    logs = witness.likelihoods(meant)
    ranks = {other: logs[other] + math.log(counts[other]) / 2 for other in meant}
    best, *others = sorted(meant, key=lambda other: (-ranks[other], other))
    ahead = ranks[best] - ranks[others[0]] if others else _AHEAD
    score = (
        logs[best]
        - logs[word]
        - _WEIGHTS["a letter"] * logs[word] / len(word)
        + _WEIGHTS["length"] * min(len(word), 14)
        + _WEIGHTS["passages"] * math.log(counts[best])
        + _WEIGHTS["known"] * _known(text, witness)
        + _WEIGHTS["ahead"] * min(ahead, _AHEAD)
        + _WEIGHTS["name"] * (inside and typed[0].isupper())
        + _WEIGHTS["foreign"] * bool(_NOT_RUSSIAN.search(text))
        + sum(_WEIGHTS[trait] for trait in _slip(word, best))
    )
    if score < _MEANT:
        return typed
    return best.capitalize() if typed[0].isupper() else best


def _known(text: str, witness: _Witness) -> float:
    """The share of the query's words that the index has, drawn to a half where they are few."""
    words = _words(text)
    counts = witness.counts(words)
    return (sum(counts[word] > 0 for word in words) + 1) / (len(words) + 2)


def _near(word: str, letters: str) -> set[str]:
    """Words from which one slip leads to this one."""
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    near = {head + letter + tail for head, tail in cuts for letter in letters}
    near |= {head + letter + tail[1:] for head, tail in cuts if tail for letter in letters}
    near |= {head + tail[1:] for head, tail in cuts if tail}
    near |= {head + tail[1] + tail[0] + tail[2:] for head, tail in cuts if len(tail) > 1}
    return near - {word}


def _slip(word: str, meant: str) -> Iterator[str]:
    """What kind of slip makes a word of the one meant, and whether at an end, where it may be another form of it."""
    at = next((n for n, (a, b) in enumerate(zip(word, meant, strict=False)) if a != b), min(len(word), len(meant)))
    longer = max(word, meant, key=len)
    left = len(word) - at - (len(word) >= len(meant))
    if len(word) == len(meant):
        swapped = word[at + 1 :] != meant[at + 1 :]
        yield "transposed" if swapped else "substituted"
        left -= swapped
    elif at and longer[at] == longer[at - 1]:
        yield "doubled"
    elif len(word) < len(meant):
        yield "left out"
    if left < 3:
        yield ("last", "last but one", "last but two")[max(left, 0)]
    if not at:
        yield "first"


_STEPS: Final[tuple[tuple[RescueKind, Callable[[str, _Witness], str]], ...]] = (
    ("characters", _mend_characters),
    ("layout", _mend_layout),
    ("transliteration", _mend_latin),
    ("spelling", _mend_spelling),
)
_TELLING: Final[tuple[RescueKind, ...]] = ("layout", "transliteration", "spelling", "characters")
