"""Symbols: how documents and their articles are numbered, and the one form under which each spelling is the same.

A/RES/79/225, «№ 99-ФЗ», 2004/38/EC, "ETS No. 5", «п. 3 ст. 27», "§ 4a", "27 straipsnis", «27-бап». A canonical
symbol knows no case, spacing, №/N/No., no language of the word for "article" and none of its grammatical cases.
"§ 27" is article 27: a law numbers by one or the other, and the reader of a translation asks for the article.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

__all__ = ["ARTICLE", "SYMBOLS_VERSION", "Symbol", "equivalents", "own_symbols", "symbols", "without"]

SYMBOLS_VERSION: Final = "1"  # raised whenever a text's symbols change: indexes hold them
ARTICLE: Final = "art "  # how the canonical symbols of articles and sections begin

_RANGE: Final = 30  # «статьи 27–31»: at most so many articles are meant one by one
_LIST: Final = 400  # characters that a list of resolutions may take
_HEAD: Final = 3000  # characters of a title block
_END_LINES: Final = 3  # «Москва, Кремль / 24 мая 1999 года / № 99-ФЗ»
_FRAME: Final = " *#_."
_SESSION: Final = re.compile(r"^([as]/res/\d+)/((?:19|20)\d\d|[ivxl]+)$", re.IGNORECASE)  # S_RES_2680_2023
_EDITION: Final = re.compile(r"[-_ ](?:en|ru|fr|es|ar|zh|de)(?:[-_ ][0-9a-f]{6})?$", re.IGNORECASE)  # S_2016_1061-EN


@dataclass(frozen=True, slots=True)
class Symbol:
    """A symbol found at `text[start:end]`, and its canonical form."""

    canonical: str
    start: int
    end: int


# Letters that Cyrillic shares with Latin by their looks: «А/RES/79/225» is typed with either.
_LOOKALIKES: Final = str.maketrans("авсеорхтмкнііу", "abceopxtmkhiiy")
_SUPERSCRIPTS: Final = {ord(c): str(n) for n, c in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}
_SUPER: Final = "".join(map(chr, _SUPERSCRIPTS))

# -- what is sought: all in small letters, since the text is put into them first -------------------------------------

_NO: Final = r"(?:№|(?<!\w)(?:n[o°º]?\.?|nr\.?))\s?"  # folding makes "no" of №
_ROMAN: Final = r"[ivxlcіх]{1,7}"

# Organs of the United Nations whose symbols have a slash and numbers.
_ORGANS: Final = (
    r"ccpr|cedaw|cerd|crpd|cat|crc|ced|cmw|hri|hsp|unep|dp|tcp|td|npt|bwc|ccw|fccc|cbd|icef|idb|pbc|st|cd|[aаeеsѕt]"
)
_UN: Final = re.compile(
    rf"(?:(?<![\w/.\-])|(?<=\.org/)|(?<=\.org/..)|(?<=\.org/../))(?:{_ORGANS})(?:\s?/\s?[\w]+(?:[.\-]\w+)*)+"
    rf"(?:\s?[a-zаб])?(?:\s?\((?:(?:19|20)\d\d|(?:[a-z]{{1,2}}-)?{_ROMAN})\))?"
)
_UN_PARTS: Final = re.compile(r"(?P<path>[^\s(]+?)(?P<letter>[a-z])?(?:\((?P<session>[^)]*)\))?")

_RESOLUTION: Final = re.compile(
    r"(?<!\w)(?P<word>r[ée]solutions?|resoluci(?:ón|on|ones)|resolutionen|risoluzion[ei]|resoluç(?:ão|ões)|резолюц(?:и[яюией]\w*|ій|і[яїюйє]\w*)|"
    r"рэзалюцы\w+|rezoliucij\w+|rezolūcij\w+|rezolucj\w+|resolutsioon\w*|қарар\w*|决议)"
)
_RESOLUTIONS: Final = re.compile(
    rf"(?<![\w/.])(?:(?P<number>\d{{1,4}}/\d{{1,3}})(?![\w/])|(?P<old>\d{{1,4}})\s?(?:[a-eабвгд]\s?)?\((?P<session>(?:19|20)\d\d|(?:es-|s-)?{_ROMAN})\))"
)
_BODIES: Final = (
    (
        "s/res/",
        re.compile(
            r"security council|совет\w* безопасности|рад\w+ безпеки|conseil de sécurité|consejo de seguridad|"
            r"sicherheitsrat"
        ),
    ),
    (
        "a/hrc/res/",
        re.compile(
            r"human rights council|совет\w* по правам человека|рад\w+ з прав людини|conseil des droits de l.homme|"
            r"consejo de derechos humanos|menschenrechtsrat"
        ),
    ),
    (
        "e/res/",
        re.compile(
            r"economic and social council|экономическ\w+ и социальн\w+ совет|conseil économique et social|"
            r"consejo económico y social|wirtschafts- und sozialrat"
        ),
    ),
    (
        "a/res/",
        re.compile(
            r"general assembly|генеральн\w+ ассамбле|генеральн\w+ асамбле|assemblée générale|asamblea general|"
            r"generalversammlung"
        ),
    ),
)

_FEDERAL: Final = re.compile(rf"(?<![\w/.\-])(?:{_NO})?(\d{{1,4}})\s?[-–—]?\s?(фкз|фз|fkz|fz)(?!\w)")
_NUMBERED_LAW: Final = re.compile(rf"{_NO}(\d{{1,5}})\s?[-–]\s?(\d|{_ROMAN})(?!\w)")
_DECREE: Final = re.compile(
    rf"(?<!\w)(указ|постановлени|постанов|приказ|наказ|распоряжени|розпорядженн)\w{{0,3}}(?!\w)[^№;\n]{{0,140}}?{_NO}"
    r"(?P<number>\d{1,5}(?:/\d{4}|-[а-яa-z]{1,3})?)(?!\w)"
)
_SIGN: Final = re.compile(rf"{_NO}$")
_EU: Final = re.compile(
    r"(?<![\w/])(?:(?P<act>\d{4}/\d{1,4})\s?/\s?(?:ec|eu|eg|ce|ue|ес|єс|ее?с|еэс|ew|we|ek|eb|es|eü|ey|eec|ewg|cee|jha|ji|euratom)"
    r"|\((?:ec|eu|eg|ce|ue|ес|єс|еэс|we|ek|es|eb|el|eü|eec|ewg|cee)(?:,\s?euratom)?\)\s?(?:(?:№|n[o°º]?\.?|nr\.?)\s?)?(?P<numbered>\d{1,4}/\d{1,4})"
    r"|(?P<celex>[1-9]\d{4}[a-z]{1,2}\d{4}))(?!\w)"
)
_ETS: Final = re.compile(
    r"(?<!\w)(?:c?ets|ste|stce|sev|сед|treaty series|série des traités européens)\s?(?:[-–—,]\s?)?"
    r"(?:(?:№|n[o°º]?\.?|nr\.?)\s?)?(\d{1,3})(?!\w)"
)

_NUM: Final = rf"\d{{1,4}}(?:[.\-^]\d{{1,3}}|[{_SUPER}]+)*(?:er|bis|ter|[a-zабвгº])?(?![\w{_SUPER}])"
_PART: Final = (
    r"(?:(?<!\w)(?:(?:пп|п|подп|ч|абз)\.?\s?|(?:пункт|підпункт|подпункт|част|абзац|абзац|частин)\w{0,4}\s|(?:paragraphs?|paras?\.?|part|"
    r"absatz|abs\.|ust\.|§)\s)\(?\d[\d.,\-]*\)?\s(?:of\s|des\s|du\s|de\s(?:l.)?)?){0,3}"
)
_ARTICLE_WORD: Final = (
    r"(?:ст\.\s?ст\.?|ст\.?|стать(?:я|и|е|ю|ей|ею|ям|ями|ях)|статей|статт(?:я|і|ю|ею|ям|ями|ях)|арт\.|артыкул(?:а|у|ам|е|ы|аў|ах|амі)?|"
    r"член(?:а|ове)?|чл\.|члан(?:а|у)?|"
    r"articles?|arts?\.?|artikel[ns]?|art[ií]culos?|articol(?:o|i|ul|ului|ele)?|artigos?|"
    r"artyku(?:ł|ł(?:u|owi|em|y|ów|om|ami|ach)|le)|artik(?:kel|li|lis|list|lid)|"
    r"článe?k(?:u|em|y|ů)?|čl\.|madde|maddə|модда\w?|§§?|(?:ال)?مادة|סעיף|მუხლი|հոդված)"
)
_ARTICLES: Final = re.compile(rf"{_PART}(?<!\w){_ARTICLE_WORD}\s?\(?(?P<first>{_NUM})")
_MORE: Final = re.compile(
    rf"\s?(?P<join>[-–—,]|,?\s(?:и|та|і|й|або|или|and|or|to|et|und|bis|oder|y|e|oraz|i|lub|ir|un|ja|și)\s)\s?(?P<number>{_NUM})"
)
_PART_AFTER: Final = re.compile(
    r"(?:\s?\(\d{1,2}\)|,?\s(?:abs\.|absatz|ust\.|para\.|п\.|ч\.|пункт|часть|satz|nr\.)\s?\d{1,2}(?!\w))+"
)
# The number stands first: "27 straipsnis", "27. pants", «27-бап», "27 §", "27. cikk", 第27条, 제27조.
_AFTER: Final = re.compile(
    rf"(?<![\w.,\-/])(?P<number>\d{{1,4}}(?:[.\-^]\d{{1,2}}|\.?[{_SUPER}]+)?)(?:\s(?:straipsn(?:is|io|iui|į|iu|yje|iai|ių)|str\.)|"
    r"\.?\s?(?:pant(?:s|a|am|u|ā|i|iem|us|os)|cikk\w{0,5}|artikl[aei]\w?|madde\w{0,4})|"
    r"\s?-\s?(?:ба[пб]\w{0,8}|берене\w{0,6}|статья|modda\w{0,4}|"
    r"րդ հոդված\w{0,3}|ე მუხლ\w{0,3})|"
    r"\.?\s?§(?!\s?\d))(?!\w)|[第제]\s?(?P<wide>\d{1,4})\s?[条條조]"
)
_PREMIER: Final = re.compile(r"(?<!\w)(?:article premier|artículo primero|artículo único|article unique)(?!\w)")


def symbols(text: str) -> list[Symbol]:
    """The symbols in a text, folded or as written, in order of their places.

    One place may give two ("S/RES/1325 (2000)" is also resolution 1325 (2000)); «статьи 27–29» gives three.
    """
    low = _lowered(text)
    if not any(character.isdigit() for character in low) and "premier" not in low and "primero" not in low:
        return []
    taken: list[tuple[int, int]] = []
    found: list[Symbol] = []
    for find in _FINDERS:
        fresh = [symbol for symbol in find(low) if not any(s < symbol.end and symbol.start < e for s, e in taken)]
        taken += {(symbol.start, symbol.end) for symbol in fresh}
        found += fresh
    return sorted(found, key=lambda symbol: (symbol.start, symbol.end))


def equivalents(canonical: str) -> tuple[str, ...]:
    """The canonical symbols that say what this one says, itself first.

    "Resolution 53/1" may be the General Assembly's, the Human Rights Council's or ECOSOC's, and in their texts each is
    called just that.
    """
    if canonical.startswith("res "):
        number = canonical.removeprefix("res ")
        if re.search(r"\d\)$", number):  # with its year: the Security Council's
            return (canonical,)
        return (canonical, *(f"{organ}{number}" for organ in ("a/res/", "a/hrc/res/", "e/res/")))
    for organ in ("a/res/", "a/hrc/res/", "e/res/"):
        if canonical.startswith(organ):
            return canonical, f"res {canonical.removeprefix(organ)}"
    return (canonical,)


def without(text: str) -> str:
    """The text with its symbols blanked: what else it says."""
    parts, at = [], 0
    for symbol in symbols(text):
        if symbol.start >= at:  # one place may give several
            parts.append(text[at : symbol.start])
            at = symbol.end
    return " ".join([*parts, text[at:]])


def own_symbols(*, title: str = "", names: Iterable[str] = (), head: str = "", end: str = "") -> set[str]:
    """A document's own canonical symbols, articles aside: those in its title, and those that it is labelled with.

    `names`: its id, number, file name without suffix, each counting only when it is a symbol and nothing else. In
    `head`, its title block, a symbol is its own where it begins or ends a line outside brackets: others are mentioned
    there ("on the report of the Third Committee (A/79/458)"). In `end`, its last lines, it must be the whole line.
    """
    found = {symbol.canonical for symbol in symbols(title)}
    for name in names:
        bare = _EDITION.sub("", name)
        for spelled in (bare, bare.replace("_", "/"), bare.replace("-", "/")):
            found.update(_whole_symbols(_SESSION.sub(r"\1(\2)", spelled)))
    found.update(_of_title_block(head))
    for line in end.splitlines()[-_END_LINES:]:
        found.update(_whole_symbols(line.strip(_FRAME)))
    return {canonical for canonical in found if not canonical.startswith(ARTICLE)}


def _whole_symbols(text: str) -> list[str]:
    return [symbol.canonical for symbol in symbols(text) if (symbol.start, symbol.end) == (0, len(text))]


def _of_title_block(head: str) -> Iterator[str]:
    depth = 0
    for line in head[:_HEAD].splitlines():
        words = line.strip(_FRAME)
        for symbol in symbols(words):
            edge = symbol.start == 0 or symbol.end == len(words)
            if edge and depth + _depth(words[: symbol.start]) <= 0:
                yield symbol.canonical
        depth = max(0, depth + _depth(line))


def _depth(words: str) -> int:
    return words.count("(") + words.count("[") - words.count(")") - words.count("]")


def _lowered(text: str) -> str:
    """The text in small letters, with plain spaces, character for character."""
    low = text.lower()
    if len(low) != len(text):  # İ becomes two characters
        low = "".join(small if len(small := character.lower()) == 1 else character for character in text)
    return _SPACE.sub(" ", low)


_SPACE: Final = re.compile(r"[^\S ]")


def _un(low: str) -> Iterator[Symbol]:
    for match in _UN.finditer(low):
        shown = match.group().translate(_LOOKALIKES).replace(" ", "")
        if not _is_un(shown):
            continue
        parts = _UN_PARTS.fullmatch(shown)
        path, session = (parts["path"], parts["session"] or "") if parts else (shown, "")
        if not session:  # a letter after the number is a part of the symbol only before a session: 217 A (III)
            trailing = re.search(r"\s[a-zаб]$", match.group())
            end = match.end() - 2 if trailing else match.end()
            yield Symbol(
                match.group()[: end - match.start()].translate(_LOOKALIKES).replace(" ", ""), match.start(), end
            )
            continue
        if session.isdigit():
            yield Symbol(path, match.start(), match.end())
            if path.startswith("s/res/"):
                yield Symbol(f"res {path.removeprefix('s/res/')}({session})", match.start(), match.end())
        else:
            yield Symbol(f"{path}({session})", match.start(), match.end())


def _is_un(shown: str) -> bool:
    """Whether a path with slashes is a symbol: it has a number, and "a/5" alone is none."""
    parts = shown.partition("(")[0].split("/")
    numbered = any(any(c.isdigit() for c in part) for part in parts[1:])
    return numbered and (len(parts) > 2 or len(parts[1]) > 2)


def _resolutions(low: str) -> Iterator[Symbol]:
    for match in _RESOLUTION.finditer(low):
        window = low[match.end() : match.end() + _LIST]
        window = re.split(r"[;\n]|\.\s", window, maxsplit=1)[0]
        following = _RESOLUTION.search(window)
        window = window[: following.start()] if following else window
        found = list(_RESOLUTIONS.finditer(window))
        if not found or found[0].start() > 80 or any(c.isdigit() for c in window[: found[0].start()]):
            continue
        about = low[max(0, match.start() - 50) : match.end() + found[0].start()] + window[found[0].end() :][:60]
        many = match["word"] not in {"resolution", "résolution", "resolución", "резолюция", "резолюцию", "резолюцией"}
        for position, number in enumerate(found if many else found[:1]):
            start = match.start() if position == 0 and found[0].start() <= 4 else match.end() + number.start()
            yield Symbol(_resolution(number, about), start, match.end() + number.end())


def _resolution(number: re.Match[str], about: str) -> str:
    """The canonical form of a resolution's number, with its body where the words about it name one."""
    body = next((prefix for prefix, words in _BODIES if words.search(about)), "")
    if number["number"]:
        year = int(number["number"].split("/")[0])
        prefix = "e/res/" if year >= 1900 else body.replace("s/res/", "")
        return f"{prefix or 'res '}{number['number']}"
    session = number["session"].translate(_LOOKALIKES)
    if session.isdigit():
        return f"res {number['old']}({session})"
    return f"{'a/res/' if body == 'a/res/' else 'res '}{number['old']}({session})"


def _laws(low: str) -> Iterator[Symbol]:
    for match in _FEDERAL.finditer(low):
        kind = {"fz": "фз", "fkz": "фкз"}.get(match[2], match[2])
        yield Symbol(f"{int(match[1])}-{kind}", match.start(), match.end())
    for match in _NUMBERED_LAW.finditer(low):
        yield Symbol(f"{match[1]}-{match[2].translate(_LOOKALIKES)}", match.start(), match.end())


def _decrees(low: str) -> Iterator[Symbol]:
    kinds = {"постанов": "постановлени", "наказ": "приказ", "розпорядженн": "распоряжени"}
    for match in _DECREE.finditer(low):
        word = match[1]
        # The words between stay words of the query; the number alone is taken.
        sign = _SIGN.search(low, max(match.start(), match.start("number") - 6), match.start("number"))
        close = match.start("number") - match.end(1) <= 10
        start = match.start() if close or sign is None else sign.start()
        yield Symbol(f"{kinds.get(word, word)} {match['number']}", start, match.end())


def _european(low: str) -> Iterator[Symbol]:
    for match in _EU.finditer(low):
        number = match["act"] or match["numbered"] or _celex(match["celex"])
        yield Symbol(number if number.startswith("celex") else f"eu {number}", match.start(), match.end())
    for match in _ETS.finditer(low):
        yield Symbol(f"ets {int(match[1])}", match.start(), match.end())


def _celex(celex: str) -> str:
    """A CELEX number as the act is cited: 32004L0038 is 2004/38, 32004R0883 is 883/2004 (regulations until 2014)."""
    parts = re.fullmatch(r"3(\d{4})([lrd])(\d{4})", celex)
    if not parts:
        return f"celex {celex}"
    year, kind, number = parts[1], parts[2], int(parts[3])
    return f"{number}/{year}" if kind == "r" and int(year) < 2015 else f"{year}/{number}"


def _articles(low: str) -> Iterator[Symbol]:
    for match in _ARTICLES.finditer(low):
        yield from _article_list(low, match)
    for match in _AFTER.finditer(low):
        yield Symbol(_article(match["number"] or match["wide"]), match.start(), match.end())
    for match in _PREMIER.finditer(low):
        yield Symbol(f"{ARTICLE}1", match.start(), match.end())


def _article_list(low: str, match: re.Match[str]) -> Iterator[Symbol]:
    """«ст. 27», «статьи 27 и 28», "Articles 5–7": numbers go up, else what follows is something else."""
    first, end = match["first"], match.end()
    last = _whole(first)
    tail = re.fullmatch(r"(\d+)[-–](\d+)", first)
    if tail and last < int(tail[2]) <= last + _RANGE:  # «ст. 27-29», but «ст. 12-1» is an article inserted later
        yield from (Symbol(f"{ARTICLE}{n}", match.start(), end) for n in range(last, int(tail[2]) + 1))
        last = int(tail[2])
    else:
        after = _PART_AFTER.match(low, end)
        end = after.end() if after else end
        yield Symbol(_article(first), match.start(), end)
        if after:
            return
    while (more := _MORE.match(low, end)) and last < (number := _whole(more["number"])) <= last + 500:
        if more["join"].strip() in {"-", "–", "—", "to", "bis"} and number - last <= _RANGE:
            yield from (Symbol(f"{ARTICLE}{n}", more.start("number"), more.end()) for n in range(last + 1, number))
        yield Symbol(_article(more["number"]), more.start("number"), more.end())
        last, end = number, more.end()


def _whole(number: str) -> int:
    digits = re.match(r"[0-9]+", number)
    return int(digits.group()) if digits else 0


def _article(number: str) -> str:
    """The canonical form of an article's number: 12-1, 12¹ and 12^1 are 12.1, and the French 1er is 1."""
    spelled = re.sub(rf"\.?([{_SUPER}]+)", lambda m: "." + m[1].translate(_SUPERSCRIPTS), number)
    spelled = unicodedata.normalize("NFKC", spelled).replace("-", ".").replace("^", ".")
    return ARTICLE + re.sub(r"(?<=\d)(?:er|o)$", "", spelled)


_FINDERS: Final[tuple[Callable[[str], Iterator[Symbol]], ...]] = (
    _un,
    _resolutions,
    _european,
    _laws,
    _decrees,
    _articles,
)
