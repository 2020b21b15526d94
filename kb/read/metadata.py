"""What a text states about itself: title, who adopted it, where and when, and what kind of document it is.

Nothing is guessed: what the opening or the close of the text does not say is "".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from kb.model import Block, BlockKind, DocumentKind

__all__ = ["Stated", "infer", "iso_date"]


@dataclass(frozen=True, slots=True)
class Stated:
    """What was found; "" for what the text does not say."""

    title: str = ""
    kind: DocumentKind = "other"
    body: str = ""
    place: str = ""
    date: str = ""
    date_to: str = ""


_HEAD = 14  # blocks in which a document names itself
_TITLE_LIMIT = 400  # characters

# The twelve months in Russian, English, German, French, Spanish, Italian, Kazakh, Latvian, Lithuanian, Ukrainian and
# Belarusian, in the cases in which dates use them.
_MONTH_NAMES = (
    "января январь january januar janvier enero қаңтар janvāris janvārī januāris sausio січня студзеня gennaio",
    "февраля февраль february februar février febrero ақпан februāris februārī vasario лютого лютага febbraio",
    "марта март march märz mars marzo наурыз marts martā kovo березня сакавіка",
    "апреля апрель april avril abril сәуір aprīlis aprīlī balandžio квітня красавіка aprile",
    "мая май may mai mayo мамыр maijs maijā gegužės травня траўня maggio",
    "июня июнь june juni juin junio маусым jūnijs jūnijā birželio червня чэрвеня giugno",
    "июля июль july juli juillet julio шілде jūlijs jūlijā liepos липня ліпеня luglio",
    "августа август august août agosto тамыз augusts augustā rugpjūčio серпня жніўня",
    "сентября сентябрь september septembre septiembre setiembre қыркүйек septembris septembrī rugsėjo вересня"
    " верасня settembre",
    "октября октябрь october oktober octobre octubre қазан oktobris oktobrī spalio жовтня кастрычніка ottobre",
    "ноября ноябрь november novembre noviembre қараша novembris novembrī lapkričio листопада лістапада",
    "декабря декабрь december dezember décembre diciembre желтоқсан decembris decembrī gruodžio грудня снежня dicembre",
)
_MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names.split()}
_MONTH = "(?:" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + ")"
_DAY = r"[0-3]?\d"
_YEAR = r"(?:1[6-9]|20)\d\d(?!\d)"
_TO = r"\s*(?:[-–—−]|до|по|и|and|to|bis|und|au|et|al|y)\s*"
_OF = r"(?:\s*(?:de|of|del|d['’])\s*|\s+)"
_TH = r"(?:\.|-?(?:st|nd|rd|th|er|го|е))?"
_LATER = r"(?:gada|жылғы|жылы|m\.)"
# Each form with the groups d, m, y of the day, and d2, m2 of the last day of a span. 1/11/2022 is left out: it is
# another day on either side of an ocean.
_DATED_LENGTH = 2000  # characters of a line in which its date is looked for
_DATE_FORMS = tuple(
    re.compile(rf"(?<![\d/.]){form}", re.IGNORECASE)
    for form in (
        # 1-2 ноября 2022 года, 30 October – 1 November 2022
        rf"(?P<d>{_DAY}){_TH}(?:{_OF}(?P<m>{_MONTH}))?{_TO}(?P<d2>{_DAY}){_TH}{_OF}(?P<m2>{_MONTH}),?{_OF}(?P<y>{_YEAR})",
        # 12 мая 2018 г., 4. November 1950, 4 de noviembre de 1950
        rf"(?P<d>{_DAY}){_TH}{_OF}(?P<m>{_MONTH}),?{_OF}(?P<y>{_YEAR})",
        # November 1-2, 2022
        rf"(?P<m>{_MONTH})\s+(?P<d>{_DAY}){_TH}(?:{_TO}(?P<d2>{_DAY}){_TH})?,?\s+(?P<y>{_YEAR})",
        # 2022. gada 1. novembrī, 2022 жылғы 1 қараша
        rf"(?P<y>{_YEAR})\.?\s+{_LATER}\s+(?P<d>{_DAY})\.?\s+(?P<m>{_MONTH})",
        # 2022 m. lapkričio 1 d.
        rf"(?P<y>{_YEAR})\s+m\.\s+(?P<m>{_MONTH})\s+(?P<d>{_DAY})\s+d\.",
        # 01.11.2022
        rf"(?P<d>{_DAY})\.(?P<m>[01]?\d)\.(?P<y>{_YEAR})",
        # 2022-11-01
        rf"(?P<y>{_YEAR})-(?P<m>[01]\d)-(?P<d>[0-3]\d)",
    )
)
_ISO = re.compile(r"(?:1\d|20)\d\d(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")

_YEAR_WORD = re.compile(r"\s*(?:года|год|г\.|року|р\.|года|gada|жылы|m\.)?")
_AFTER_DATE = re.compile(r"\s*(?:года|год|г\.?|року|р\.)?[\s).,;»]*(?:№.*|n[o°].*|n\s*\d.*)?$", re.IGNORECASE)
_DATED = re.compile(r"\b(?:от|of|vom|du|del?)\s+$", re.IGNORECASE)
_BEFORE_DATE = re.compile(r"(?:от|on|am|vom|le|el|date:?|дата:?|dated|datum:?|fecha:?|distr\.:? \w+)", re.IGNORECASE)

# A place stands before its date: «(Москва, 1-2 ноября 2022 года)», «г. Осака, 12 мая 2018 г.», "Geneva, 4 May 2012".
_CAPITAL = "[А-ЯЁІЇЄҚӘӨҮҢA-ZÀ-ÞĀČĒĢĪĶĻŅŠŪŽ]"
_NAME = rf"{_CAPITAL}[\w’'.-]*(?:[ -](?:на-|де |da |de |la |el |am |an der )?{_CAPITAL}[\w’'-]*){{0,3}}"
_PLACE = re.compile(
    rf"^\(?\s*(?:г(?:ор)?\.\s*|город\s+)?(?P<place>{_NAME})(?:\s*\([^)]*\)|,\s*{_NAME})?"
    r"\s*[,.]?\s*(?:den|le|am|el)?\s*$"
)


def _any_of(*lines: str, after: str = "") -> re.Pattern[str]:
    """Any of the alternatives on the lines, from the beginning of a word, in any case."""
    return re.compile(r"\b(?:" + "|".join(lines) + ")" + after, re.IGNORECASE)


_LEAD_WORDS = _any_of(
    "adopted|принята?|принято|утвержден|done at|совершено|angenommen|adoptée?|aprobad|resolution|резолюция",
    "date|дата|от|on|am|le|el|distr|original|vom",
    after=r"\b",
)
_ADOPTED = _any_of(
    "adopted|принят(?:а|о|ая|ое|ый)?|утвержден[аоы]?|одобрен[аоы]?|adoptée?|aprobad[ao]|angenommen|verabschiedet",
    "done at|совершено",
    after=r"\b[^.;\n]{0,160}$",
)
_KIND_WORDS: tuple[tuple[DocumentKind, re.Pattern[str]], ...] = (
    (
        "resolution",
        _any_of(
            "резолюци[яию]|резолюція|рэзалюцыя|resolution|resolución|résolution|entschließung|entschliessung",
            r"resolūcij\w*|rezolūcij\w*|rezoliucij\w*|қарар|декларация|declaration|erklärung|déclaration|declaración",
            r"^(?:проект решения|решение)\b(?!.{0,80}\bсуд)|^выписка из протокола",
            r"^(?:draft )?decisions?\b(?!.{0,80}\b(?:court|tribunal))",
            r"итоговый документ|outcome document|обращение участников|a/res/\d|s/res/\d",
        ),
    ),
    (
        "guide",
        _any_of(
            r"памятка|руководство|пособие|методическ\w+ (?:рекомендаци|пособи)\w+|справочник|рекомендации (?:для|по)",
            "инструкция|как (?:защитить|обратиться|подать|получить)|handbook|guide(?:lines?|book)?|manual|toolkit",
            "fact ?sheet|how to|leitfaden|ratgeber|handbuch|merkblatt|guía|guide pratique|ceļvedis|rokasgrāmata",
            r"vadlīnijas|нұсқаулық\w*|әдістемелік",
            after=r"\b",
        ),
    ),
    (
        "programme",
        _any_of(
            "программ[аыу]|концепция|план (?:действий|мероприятий|работы)|дорожная карта|стратегия|program(?:me)?s?",
            "action plan|plan of action|work plan|strategic plan|strategy|roadmap|strategie|aktionsplan|programa",
            "plan d[’']action|stratégie|plan de acción|estrategia|programma|rīcības plāns|stratēģija",
            r"бағдарлама\w*|тұжырымдама\w*",
            after=r"\b",
        ),
    ),
    (
        "law",
        _any_of(
            "(?:федеральный |конституционный )?закон|кодекс|конституция|указ|постановление|конвенция|договор",
            "соглашение|пакт|хартия|act|law|code|constitution|convention|covenant|treaty|charter|directive|regulation|protocol",
            "gesetz|verordnung|übereinkommen|grundgesetz|richtlinie|ley|código|constitución|convenio|pacto|loi|décret",
            r"pacte|likums|konvencija|konstitūcija|įstatymas|заң\w*|кодексі|конституциясы",
            after=r"\b",
        ),
    ),
)
# «Резолюция Всемирной тематической конференции …»: the words after the kind, in the genitive, name the body.
_RUSSIAN_BODY_NOUNS = {
    "конференции": ("конференция", "f"),
    "ассамблеи": ("ассамблея", "f"),
    "ассоциации": ("ассоциация", "f"),
    "комиссии": ("комиссия", "f"),
    "встречи": ("встреча", "f"),
    "сессии": ("сессия", "f"),
    "думы": ("дума", "f"),
    "палаты": ("палата", "f"),
    "коллегии": ("коллегия", "f"),
    "конгресса": ("конгресс", "m"),
    "президиума": ("президиум", "m"),
    "пленума": ("пленум", "m"),
    "исполкома": ("исполком", "m"),
    "фестиваля": ("фестиваль", "m"),
    "митинга": ("митинг", "m"),
    "союза": ("союз", "m"),
    "круглого стола": ("круглый стол", "m"),
    "съезда": ("съезд", "m"),
    "форума": ("форум", "m"),
    "совета": ("совет", "m"),
    "комитета": ("комитет", "m"),
    "собора": ("собор", "m"),
    "слета": ("слет", "m"),
    "слёта": ("слёт", "m"),
    "саммита": ("саммит", "m"),
    "семинара": ("семинар", "m"),
    "парламента": ("парламент", "m"),
    "собрания": ("собрание", "n"),
    "совещания": ("совещание", "n"),
    "заседания": ("заседание", "n"),
    "правления": ("правление", "n"),
    "бюро": ("бюро", "n"),
}
_RUSSIAN_BODY = re.compile(
    r"\b(?:резолюция|декларация|решение|постановление|обращение(?: участников)?|заявление(?: участников)?"
    r"|итоговый документ|протокол\w*(?:\s+(?:№|N)\s*[\w/-]+)?\s+заседания)\s+"
    r"(?P<before>(?:(?!(?:об?|по|на|из|от|и)\s)[\w-]+\s+){0,6}?)(?P<noun>"
    + "|".join(_RUSSIAN_BODY_NOUNS)
    + r")\b(?P<after>[^.;:]*)",
    re.IGNORECASE,
)
_MEETING_OF = re.compile(
    r"(?P<before>(?:(?!(?:об?|по|на|из|от|и)\s)[\w-]+\s+){0,4}?)(?P<noun>"
    + "|".join(_RUSSIAN_BODY_NOUNS)
    + r")\b(?P<after>[^.;:]*)",
    re.IGNORECASE,
)
# Genitive and nominative endings, the longer first: -ского is -ский, -ого alone -ый.
_RUSSIAN_ADJECTIVES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "f": (("ней", "няя"), ("ой", "ая"), ("ей", "яя")),
    "m": (("ского", "ский"), ("цкого", "цкий"), ("его", "ий"), ("ого", "ый")),
    "n": (("его", "ее"), ("ого", "ое")),
}
# «Решение от 25 января 2007 года № 576» on a line of its own
_DECREE_LINE = re.compile(
    r"(?:постановление|решение|распоряжение)(?:\s+от\s+[\d«].{0,60})?\s*$", re.IGNORECASE | re.MULTILINE
)
_AFTER_BODY = re.compile(r"\s(?:от\s+\d|№|N\s*\d|об?\s|по\s+вопрос|[«\"]Об?\s|\d{1,2}\s+\w+\s+\d{4})", re.IGNORECASE)
_ACTING_BODY = re.compile(
    r"^(?P<body>The (?:General Assembly|Security Council|Human Rights Council|Economic and Social Council)"
    r"|The (?:Parliamentary Assembly|Committee of Ministers|European Parliament)"
    r"|The (?:Commission|Conference)[\w ]{0,80}"
    r"|Генеральная Ассамблея|Совет Безопасности|Совет по правам человека|Экономический и Социальный Совет"
    r"|Парламентская ассамблея|Комитет министров"
    r"|L[’']Assemblée générale|Le Conseil de sécurité|Le Conseil des droits de l[’']homme"
    r"|La Asamblea General|El Consejo de Seguridad|Die Generalversammlung|Der Sicherheitsrat"
    r"|Das Europäische Parlament)\s*,"
    r"|^(?P<named>The (?:[A-Z][\w’-]*\s+){0,6}(?:Assembly|Council|Committee|Conference|Congress|Board|Synod)"
    r"(?:\s(?:of|for|on)\s[\w ,’-]{1,90})?),\s*$"
)
_BODIES = frozenset(
    ["Parliamentary Assembly", "General Assembly", "Security Council", "Committee of Ministers", "Human Rights Council"]
)
_ADOPTED_BY = re.compile(
    r"(?:adopted by|proclaimed by|adoptée? par|aprobada por|angenommen von|verabschiedet von)\s+(?:the\s+)?"
    r"(?P<body>[^,.;()\n]{3,80}?)(?:\s+(?:on|at|in|le|el|am|resolution|at its)\b|[,.;(\n]|$)",
    re.IGNORECASE,
)
# "Halifax Resolution of the Third World Congress of Volunteer Firefighters"
_ENGLISH_BODY = re.compile(
    r"\b(?:resolutions?|declaration|statement|conclusions|decisions?|recommendations?)\s+(?:adopted\s+)?(?:of|by)\s+(?:the\s+)?"
    r"(?P<body>(?:(?:\d+(?:st|nd|rd|th)|[A-Z][\w’-]*)\s+){0,6}"
    r"(?:Assembly|Council|Committee|Conference|Congress|Board|Synod|Meeting|Forum|Convention|Symposium|Summit|Union"
    r"|Federation|Association)(?:\s(?:of|for|on)\s(?:the\s)?[\w ’-]{2,90}?)?)(?=\s*(?:$|[,.;:(–—]|\son\s|\s\d))",
    re.IGNORECASE,
)
_UN_NUMBER = re.compile(
    r"\b(?:A|S|E|A/HRC)/RES/[\w/.()-]+\d\b"
    r"|\b(?:Resolution|Резолюция|Résolution|Resolución|Recommendation|Рекомендация)\s+(?:№\s*)?\d[\d/]*(?:\s*\([IVXL\d-]+\))?",
    re.IGNORECASE,
)
_UN_BODY = {
    "A": "General Assembly",
    "S": "Security Council",
    "E": "Economic and Social Council",
    "A/HRC": "Human Rights Council",
}
# Lines of a letterhead: what they name is the paper, not the document.
_LABEL = re.compile(
    r"^(?:united nations|объединенные нации|original\b|agenda item|item \d|page \d|пункт \d+ повестки|\d{2}-\d{5})"
    r"|\bdistr\.",
    re.IGNORECASE,
)
_UN_TITLE = re.compile(rf"\d{{1,2}}/\d{{1,3}}[A-Z]?\. {_CAPITAL}")
_DRAFT = re.compile(r"(?:draft resolution|draft decision|проект резолюции)$", re.IGNORECASE)
_ACCEPTABLE_TITLE = re.compile(r"[^\W\d_]{3}")
_FILE_TITLE = re.compile(
    r"microsoft word|document ?\d*$|документ ?\d*$|untitled|без ?названия|^слайд|^slide|powerpoint|^complex$"
    r"|\.(?:dotx?|docx?|rtf|pdf|odt|indd|qxd|html?|txt)\b",
    re.IGNORECASE,
)


def iso_date(value: str) -> str:
    """`value` where it is an ISO 8601 date, year and month, or year; the date part of a date and time; else ""."""
    day = value.strip().partition("T")[0].partition(" ")[0]
    return day if _ISO.fullmatch(day) else ""


def infer(text: str, blocks: Sequence[Block], properties: Mapping[str, str]) -> Stated:
    """What the opening and the close of `text`, or the file's own `properties`, state; no language is needed."""
    opening = [block for block in blocks[:_HEAD] if block.kind != "table"]
    head = [text[block.start : block.end] for block in opening]
    title, taken = _title(head, opening)
    stated_title = properties.get("book") or title or _property_title(properties) or _first_line(head, opening)
    rest = [line for index, line in enumerate(head) if index not in taken]
    tail = [text[block.start : block.end] for block in blocks[-4:]] if len(blocks) > _HEAD else []
    place, date, date_to = _place_and_date(rest, title, tail)
    return Stated(
        title=stated_title,
        kind=_kind(stated_title, head),
        body=_body(stated_title, head, tail),
        place=place,
        date=date or iso_date(properties.get("date", "")),
        date_to=date_to,
    )


def _property_title(properties: Mapping[str, str]) -> str:
    title = properties.get("title", "")
    usable = len(title) >= 6 and _ACCEPTABLE_TITLE.search(title) and not _FILE_TITLE.search(title)
    return title if usable else ""


def _title(head: Sequence[str], opening: Sequence[Block]) -> tuple[str, range]:
    """The title and which of the first blocks it takes: one that names its kind, or the opening heading."""
    first = next((index for index, line in enumerate(head[:4]) if _may_open_title(line)), None)
    headed = first is not None and opening[first].kind == "heading"
    rank = opening[first].level if first is not None and headed else 9
    start = next((index for index, line in enumerate(head) if _UN_TITLE.match(line)), None)
    if start is None:
        named = (index for index, line in enumerate(head[:8]) if _names_kind(line, opening[index], index, rank))
        start = next(named, first if headed else None)
    if start is None:
        return "", range(0)
    title, end = head[start], start + 1
    if _DRAFT.fullmatch(title) and start and head[start - 1].endswith(":"):
        start, title = start - 1, f"{head[start - 1]} {title}"
    while end < min(start + 5, len(head)) and _continues_title(title, head[end], opening[end].kind):
        title, end = f"{title} {head[end]}", end + 1
    return title, range(start, end)


def _first_line(head: Sequence[str], opening: Sequence[Block]) -> str:
    """The first line of a text that has no headings, where it stands over prose as a title does."""
    if len(head) < 2 or opening[0].kind != "paragraph" or not head[0][0].isupper():
        return ""
    alone = len(head[0]) <= 150 and " " in head[0] and not _SENTENCE_END.search(head[0]) and not _date_in(head[0])
    return head[0] if alone and _may_open_title(head[0]) and len(head[1]) > 60 and head[1].endswith(".") else ""


def _may_open_title(line: str) -> bool:
    return len(line) <= _TITLE_LIMIT and _ACCEPTABLE_TITLE.search(line) is not None and not _LABEL.search(line)


def _names_kind(line: str, block: Block, index: int, rank: int) -> bool:
    """Whether a line is a title by its words: a short one that begins with its kind, or a heading that names one.

    `rank` is the level of the heading that opens the text: what stands below it is no title.
    """
    if rank == 1 and (block.kind != "heading" or block.level > 1):
        return False
    if len(line) > _TITLE_LIMIT or line.endswith((";", ",", ":")) or not _may_open_title(line) or line[0].islower():
        return False
    if block.kind == "heading":
        return any(words.search(line) for _, words in _KIND_WORDS)
    if len(line) > 300 or block.kind != "paragraph":
        return False
    if _DRAFT.search(line) or any(words.match(line) for _, words in _KIND_WORDS):
        return not line.endswith(".") or len(line) < 120
    # «Семейный кодекс Российской Федерации»: only above the text, where lines name things.
    plain = len(line) <= 160 and not line.endswith(".") and not _LEAD_WORDS.match(line) and not _date_in(line)
    return index < 4 and plain and any(words.search(line[:60]) for _, words in _KIND_WORDS)


_SENTENCE_END = re.compile(r"[.,;:!?…][»”\"’)\]]*$")
_BARE_KIND = re.compile(
    r"(?:резолюция|декларация|решение|обращение|заявление|памятка|программа|resolution|declaration|résolution|resolución"
    r"|entschließung|федеральный закон|закон|указ|постановление|конвенция|rezolūcija|programme?)"
    r"(?:\s+(?:№|n[o°r]\.?)?\s*[\d/\w-]{1,20})?(?:\s*\([IVXLC\d]+\))?",
    re.IGNORECASE,
)


def _continues_title(title: str, line: str, kind: BlockKind) -> bool:
    """Whether the next block goes on with the title: after a bare kind, an open quotation, or in the same sentence."""
    if kind not in ("heading", "paragraph") or len(title) + len(line) > _TITLE_LIMIT:
        return False
    if line.startswith("(") or _date_in(line) or _ACTING_BODY.match(line):
        return False
    if title.count("«") > title.count("»") or title.count("“") > title.count("”"):
        return True
    if _BARE_KIND.fullmatch(title.strip(" .")):
        return len(line) <= 300 and not line.endswith((";", ":", ",") if kind == "heading" else (";", ":", ",", "."))
    return kind == "heading" and (line[0].islower() or line[0] in "«“„")


def _kind(title: str, lines: Sequence[str]) -> DocumentKind:
    """The kind whose word stands first in the title; a text without one is a resolution where a body acts in it."""
    found = [
        (match.start(), order, kind)
        for order, (kind, words) in enumerate(_KIND_WORDS)
        if (match := words.search(title))
    ]
    named = min(found)[2] if found else "other"
    if named == "guide":
        return named
    if named in ("other", "programme") and any(map(_DECREE_LINE.match, lines[:8])):
        return "resolution"
    acts = any(map(_ACTING_BODY.match, lines)) or (not found and any(map(_UN_NUMBER.match, lines)))
    return "resolution" if acts else named


def _place_and_date(lines: Sequence[str], title: str, tail: Sequence[str]) -> tuple[str, str, str]:
    """Place, date and last day: from a line of the opening that holds little else, or one that says "adopted"."""
    found = _date_in(title)
    if found is not None and _DATED.search(title[: found[0].start()]):
        return "", found[1], found[2]
    for line in lines:
        found = _date_in(line)
        if found is None:
            continue
        match, date, date_to = found
        before, after = line[: match.start()], line[match.end() :]
        place = _place(before) or _place_after(after)
        little_before = place or not before.strip(" («") or _BEFORE_DATE.fullmatch(before.strip(" («"))
        if (little_before and (_AFTER_DATE.match(after) or place) and len(line) <= 120) or _ADOPTED.search(before):
            return place, date, date_to
    found = _date_in(title)
    if found is not None:
        match, date, date_to = found
        bracket = title[: match.start()].rpartition("(")[2] if "(" in title[: match.start()] else ""
        return _place(bracket), date, date_to
    for line in tail:
        found = _date_in(line)
        if found is not None and len(line) <= 80:
            match, date, date_to = found
            place = _place(line[: match.start()])
            if place or len(line) - (match.end() - match.start()) <= 12:
                return place, date, date_to
    return "", "", ""


def _place_after(after: str) -> str:
    """The place of «1-2 ноября 2022 года, Москва»."""
    match = _YEAR_WORD.match(after)
    rest = after[match.end() :] if match else after
    return _place(rest[1:].rstrip(" .)")) if rest.startswith((",", " –", " -")) and len(rest) < 60 else ""


def _place(before: str) -> str:
    cut = before.strip().removeprefix("(")
    match = _PLACE.match(cut)
    if match is None:
        match = _PLACE.match(cut.rpartition("(")[2])
    if match is None or _LEAD_WORDS.match(match["place"]):
        return ""
    return match["place"].strip(" .,")


def _date_in(line: str) -> tuple[re.Match[str], str, str] | None:
    """The first date of a line: the match, its day and the last day of a span, both ISO 8601."""
    matches = [match for form in _DATE_FORMS for match in form.finditer(line, 0, _DATED_LENGTH)]
    for match in sorted(matches, key=lambda match: (match.start(), -match.end())):
        part = match.groupdict()
        year, last_month = int(part["y"]), _month(part.get("m2") or part["m"])
        month = _month(part["m"] or part["m2"])
        first = _iso(year - (month > last_month), month, int(part["d"]))
        if first:
            return match, first, _iso(year, last_month, int(part["d2"])) if part.get("d2") else ""
    return None


def _month(name: str) -> int:
    return int(name) if name.isdigit() else _MONTHS[name.lower()]


def _iso(year: int, month: int, day: int) -> str:
    return f"{year:04d}-{month:02d}-{day:02d}" if 1 <= month <= 12 and 1 <= day <= 31 else ""


def _body(title: str, lines: Sequence[str], tail: Sequence[str]) -> str:
    """Who adopted it: as the opening says, as the title's genitive says, or by the symbol of a UN resolution."""
    for line in lines:
        acting = _ACTING_BODY.match(line)
        if acting:
            return re.sub(r"^The ", "", acting["body"] or acting["named"])
    named = next((line for line in lines if line in _BODIES), "")
    if named:
        return named
    above = next((line for line, below in pairwise(lines[:8]) if _is_body_above(line, below)), "")
    if above:
        return re.sub(r"\s+", " ", above)
    match = _RUSSIAN_BODY.search(title) or next(filter(None, map(_RUSSIAN_BODY.match, lines[:8])), None)
    if match and match["noun"].lower() == "заседания":
        match = _MEETING_OF.match(match["after"].strip()) or match  # «заседания Правления Союза»: the board decides
    if match:
        return _nominative(match)
    if titled := _ENGLISH_BODY.search(title):
        return titled["body"].strip()
    for line in [*lines, *tail]:
        adopted = _ADOPTED_BY.search(line)
        if adopted and adopted["body"][0].isupper():
            return adopted["body"].strip()
    for line in lines:
        symbol = re.match(r"(A/HRC|A|S|E)/RES/", line)
        if symbol:
            return _UN_BODY[symbol[1]]
    return ""


def _is_body_above(line: str, below: str) -> bool:
    """Whether a line names the body over the kind of its document: «НОВГОРОДСКАЯ ОБЛАСТНАЯ ДУМА» / «ПОСТАНОВЛЕНИЕ»."""
    names = {noun for noun, _ in _RUSSIAN_BODY_NOUNS.values()}
    short = len(line) <= 120 and not _SENTENCE_END.search(line) and not _date_in(line)
    return short and _DECREE_LINE.match(below) is not None and bool(names & set(line.lower().split()))


def _nominative(match: re.Match[str]) -> str:
    """«Всемирной тематической конференции «…»» as «Всемирная тематическая конференция «…»»."""
    noun, gender = _RUSSIAN_BODY_NOUNS[match["noun"].lower()]
    endings = _RUSSIAN_ADJECTIVES[gender]
    words = [_with_ending(word, endings) for word in match["before"].split()]
    if match["noun"].isupper():
        noun = noun.upper()
    elif match["noun"][0].isupper():
        noun = noun[0].upper() + noun[1:]
    name = " ".join([*words, noun]) + _balanced(match["after"])
    return name[0].upper() + name[1:]


def _with_ending(word: str, endings: Sequence[tuple[str, str]]) -> str:
    for genitive, nominative in endings:
        if word.lower().endswith(genitive):
            return word[: -len(genitive)] + (nominative.upper() if word.isupper() else nominative)
    return word


def _balanced(after: str) -> str:
    """What follows the noun, as far as it belongs to the name: up to a bracket, a date, a number or what it is about,
    without an open quotation.
    """
    name = _AFTER_BODY.split(after.partition("(")[0], maxsplit=1)[0].rstrip(" ,")
    return name if name.count("«") == name.count("»") else name.partition("«")[0].rstrip()
