"""Language of a text, its sentences, and the folded form under which words match.

Nothing here is loaded at import: the statistical identifier takes about a second to start and is asked only where
scripts, letters and function words leave the question open.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache

__all__ = ["fold", "fold_with_offsets", "identify", "is_rtl", "split_sentences"]

_RTL = frozenset({"ar", "he", "iw", "fa", "ur", "yi", "ps", "sd", "ug", "dv", "ckb", "arc", "ks", "syr"})


def is_rtl(language: str) -> bool:
    """Whether a language (BCP 47, any subtags) is written from right to left."""
    tag = language.replace("_", "-").lower()
    return tag.split("-")[0] in _RTL or "-arab" in tag or "-hebr" in tag


# -- folding --------------------------------------------------------------------------------------------------------

_CLUSTER = re.compile(r"[\x00-\u02ff\u0370-\u0482\u048a-\u0590](?![\u0300-\u036f\u0483-\u0489])|.[\u0300-\u036f\u0483-\u0489]*", re.DOTALL)
_DROPPED = {ord(mark): None for mark in "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff\u061c\u180e"}
_DROPPED |= {code: None for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}
_ALIKE = {ord("ё"): "е", ord("\u2010"): "-", ord("\u2019"): "'", ord("\u02bc"): "'"}


@lru_cache(maxsize=16384)
def _fold_cluster(cluster: str) -> str:
    return unicodedata.normalize("NFKC", cluster).casefold().translate(_DROPPED).translate(_ALIKE)


def fold(text: str) -> str:
    """Match key of a text: NFKC, case folded, ё as е, one hyphen and apostrophe, without soft hyphens and zero-width marks."""
    return "".join(map(_fold_cluster, _CLUSTER.findall(text)))


def fold_with_offsets(text: str) -> tuple[str, list[int]]:
    """`fold(text)` and, for each of its characters, the offset in `text` of the character it comes from."""
    parts: list[str] = []
    offsets: list[int] = []
    for match in _CLUSTER.finditer(text):
        folded = _fold_cluster(match.group())
        parts.append(folded)
        offsets += [match.start()] * len(folded)
    return "".join(parts), offsets


# -- sentences ------------------------------------------------------------------------------------------------------

_LONG_SENTENCE = 500  # characters; beyond this a list of clauses is cut at its semicolons
_CLAUSE = 120  # … into clauses of at least this many

_END = re.compile(
    r"(?P<stop>[.!?…]+|[؟۔।॥։።]+)(?P<close>[»”\"'’›)\]]*)(?=\s)"
    r"|(?P<wide>[。！？｡]+[」』”’）》】\"]*)"
    r"|(?P<blank>\n[ \t]*\n)"
)
_NEXT = re.compile(r"\s*[«“„\"'‘(\[¿¡‹]*\s*(?P<dash>[-–—]\s*)?[«“„\"'(]*(?P<first>\S)")
_TOKEN = re.compile(r"[^\s«“„\"'’‘(\[]+$")
# Never the last word of a sentence: a number or a name follows.
_OPEN_ABBREVIATIONS = frozenset(
    """
    ст ст.ст п пп ч чч гл разд абз подп подпунк прил рис табл см ср напр им акад проф доц д-р гр гос г-н г-жа ул пр просп пер
    пл наб бул корп кв оф обл р-н пос дер с стр т тт тел вып изд отв ред сост авт о-в кол-во т.е т.н т.к т.о т.ч в.т.ч и.о врио
    зам нач пред мин макс ок около св млн млрд тыс
    м вул просп буд обл р-ну див напр наприклад ім гл п.п підп абз
    mr mrs ms dr prof st sr jr messrs hon rev gen col lt capt sgt gov sen rep art arts art.s sec secs para paras par no nos vol vols pp p
    ch chap fig figs tab ed eds cf vs v viz e.g i.e eg ie approx ca al dept res doc docs reg dir app approx
    jan feb mar apr jun jul aug sep sept oct nov dec
    abs nr nrn z.b z d.h d u.a u bzw vgl gem evtl ggf sog z.t i.d.r i.v.m i.s.d lit ziff kap abschn anm bd hrsg dipl fr hr hl str tel
    bspw insb einschl entspr allg bes o.g s.o s.u art
    m mm mme mmes mlle mlles me dr pr rés al art arts n° par ch chap fasc éd env cf p.ex ex st ste vol
    sra srta srs dra d dña núm núms pág págs cap caps art arts ee ee.uu p.ej ej aprox av avda c lic ing prof
    sig sigg dott prof avv art artt n nn pag pagg cap par lett es
    ust pkt poz dz tj tzn np ul im prof dr mgr inż nr art rozdz
    str d p pan ir plg žr t.y nr red sk piem nod nod lpp p lk nt vt jne lg
    """.split()
)
# May end one, where a capital follows: «и т.д.», "p.m.", "usw.".
_CLOSING_ABBREVIATIONS = frozenset(
    """
    г гг в вв т.д т.п др пр руб коп долл экз чел тыс.руб н.э обл р д.п
    etc u.s u.n u.k e.u a.m p.m inc ltd co corp usw usf o.ä ff f etc jh jhd eur ect ej uu
    м т.ін ін грн крб р рр kt pan pn tt jt utt ж жж т.б
    """.split()
)
_ORDINAL_DOT = frozenset("de lv lt et fi cs sk pl da nb nn no hu hr sr sl bs is kk lb tr az".split())
_LEGAL_SHORT = re.compile(r"^(?:[^\W\d_]\.)+[^\W\d_]$")
_INITIAL = re.compile(r"^(?:[^\W\d_]\.[-‐]?)*[^\W\d_]$")


def split_sentences(text: str, language: str) -> list[tuple[int, int]]:
    """Spans of the sentences of a text, in order, without the space around them; together they hold all that is visible.

    A full stop ends a sentence unless an abbreviation, an initial or an ordinal stands before it or a small letter after
    it. A sentence of more than 500 characters is cut at its semicolons.
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for end in _sentence_ends(text, language.split("-")[0].lower()):
        spans += _within(text, start, end)
        start = end
    return spans + _within(text, start, len(text))


def _sentence_ends(text: str, language: str) -> Iterator[int]:
    begun = 0
    stop = re.compile(_END.pattern + r"|(?P<greek>;)(?=\s)") if language == "el" else _END
    for match in stop.finditer(text):
        if match["stop"] is None or _ends(text, begun, match, language):
            begun = match.end()
            yield begun


def _ends(text: str, begun: int, match: re.Match[str], language: str) -> bool:
    following = _NEXT.match(text, match.end())
    if following is None:
        return False
    first = following["first"]
    stop = match["stop"]
    if first.islower() or (first in ",;:" and not following["dash"]):
        return False
    if following["dash"] and not first.isupper() and not first.isdigit():
        return False
    if stop != "." or match["close"].strip("'’"):
        # "(см. гл. 2.)" and "etc.)" end a sentence only before a capital; "!" and "?" do so in any case
        return stop != "." or first.isupper() or not first.isalpha()
    token_match = _TOKEN.search(text, max(begun, match.start() - 40), match.start())
    if token_match is None:
        return True
    token = token_match.group()
    return not _is_open(text, begun, token, token_match.start(), first, language)


def _is_open(text: str, begun: int, token: str, at: int, first: str, language: str) -> bool:
    """Whether a token before a full stop leaves the sentence open."""
    low = token.lower().replace("\u00a0", "")
    if token.isdigit() or re.fullmatch(r"\d+(?:\.\d+)*", token):
        at_start = not text[begun:at].strip()
        ordinal = language in _ORDINAL_DOT and len(token) <= 2
        return at_start or (ordinal and first.isupper() and _is_ordinal_use(text, at, token))
    if low in ("г", "м", "с") and first.isupper():
        before = text[begun:at].rstrip()
        return not before[-1:].isdigit()
    if low in _CLOSING_ABBREVIATIONS:
        return first.isdigit() and low not in ("т.д", "т.п", "usw", "etc")
    if low in _OPEN_ABBREVIATIONS:
        return first.isupper() or first.isdigit() or not first.isalpha()
    if _INITIAL.match(token) and token[-1].isupper():
        return first.isupper()
    return bool(_LEGAL_SHORT.match(token)) and not first.isupper()


_MONTHS = re.compile(
    r"(?:jan|feb|mär|mar|apr|mai|maj|may|jun|jul|aug|sep|okt|oct|nov|dez|dec|sausio|vasario|kovo|balandžio|gegužės|birželio|liepos|"
    r"rugpjūčio|rugsėjo|spalio|lapkričio|gruodžio|қаңтар|ақпан|наурыз|сәуір|мамыр|маусым|шілде|тамыз|қыркүйек|қазан|қараша|желтоқсан)",
    re.IGNORECASE,
)


def _is_ordinal_use(text: str, at: int, token: str) -> bool:
    return bool(_MONTHS.match(text[at + len(token) + 1 : at + len(token) + 20].lstrip()))


def _within(text: str, start: int, end: int) -> list[tuple[int, int]]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start == end:
        return []
    if end - start <= _LONG_SENTENCE:
        return [(start, end)]
    cuts = [start]
    for match in re.finditer(r"[;؛；](?=\s)", text[start:end]):
        at = start + match.end()
        if at - cuts[-1] >= _CLAUSE and end - at >= _CLAUSE // 2:
            cuts.append(at)
    pieces = []
    for a, b in zip(cuts, [*cuts[1:], end], strict=True):
        while text[a].isspace():
            a += 1
        pieces.append((a, b))
    return pieces


# -- identification -------------------------------------------------------------------------------------------------

_SCRIPTS: tuple[tuple[str, str, str], ...] = (
    ("he", "\u0590", "\u05ff"), ("el", "\u0370", "\u03ff"), ("el", "\u1f00", "\u1fff"), ("hy", "\u0530", "\u058f"),
    ("ka", "\u10a0", "\u10ff"), ("hi", "\u0900", "\u097f"), ("bn", "\u0980", "\u09ff"), ("pa", "\u0a00", "\u0a7f"),
    ("gu", "\u0a80", "\u0aff"), ("ta", "\u0b80", "\u0bff"), ("te", "\u0c00", "\u0c7f"), ("kn", "\u0c80", "\u0cff"),
    ("ml", "\u0d00", "\u0d7f"), ("si", "\u0d80", "\u0dff"), ("th", "\u0e00", "\u0e7f"), ("lo", "\u0e80", "\u0eff"),
    ("my", "\u1000", "\u109f"), ("km", "\u1780", "\u17ff"), ("am", "\u1200", "\u137f"), ("bo", "\u0f00", "\u0fff"),
    ("ko", "\uac00", "\ud7af"), ("ko", "\u1100", "\u11ff"), ("ja", "\u3040", "\u30ff"), ("zh", "\u4e00", "\u9fff"),
    ("zh", "\u3400", "\u4dbf"), ("Arab", "\u0600", "\u06ff"), ("Arab", "\u0750", "\u077f"), ("Cyrl", "\u0400", "\u052f"),
    ("Latn", "A", "Z"), ("Latn", "a", "z"), ("Latn", "\u00c0", "\u024f"), ("Latn", "\u1e00", "\u1eff"),
)  # fmt: skip


def identify(text: str) -> tuple[str, float]:
    """Language of a text (BCP 47 primary subtag) and how sure that is, 0 to 1; ("", 0.0) without letters.

    Script, then letters that only one language writes, then function words; the statistical identifier
    (py3langid) only where these do not decide.
    """
    sample = text[:6000]
    script, share = _script(sample)
    if not script:
        return "", 0.0
    low = sample.lower()
    if script == "Cyrl":
        return _cyrillic(low)
    if script == "Arab":
        return _arabic(low)
    if script == "Latn":
        return _latin(low)
    if script == "he" and re.search("[װױײ]|אַ|אָ", low):
        return "yi", 0.9
    return script, round(0.6 + 0.4 * share, 3)
