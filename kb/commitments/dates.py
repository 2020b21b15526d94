"""Words that say when to act and how often, as intervals of days."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Final

from kb.commitments.lexicons import Lexicon, lexicon

__all__ = ["Time", "times"]


@dataclass(frozen=True, slots=True)
class Time:
    """A time in a text: `text[start:end]`, with the days it means (ISO 8601, "" where open or unknown).

    `kind`: "" for a deadline, else the recurrence ("yearly" …). `event`: the words name a meeting, not a day.
    """

    start: int
    end: int
    date_from: str = ""
    date_to: str = ""
    kind: str = ""
    event: bool = False


_ROMAN: Final = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "Х": 10, "І": 1}
_SPELLED: Final = frozenset(
    {"event", "words", "before", "within", "this_year", "by_end_this", "by_end_month", "in_month_open", "third"}
    | {"half_month", "by_end_half", "by_end_this_month"}
)
# "within three months of its appointment" is counted from the document's day only where that is what is meant
_ANCHOR: Final = re.compile(
    r"(?<!\w)(?:of|after|from|following|со\s+дня|с\s+момента|с\s+даты|после|suivant|après|à\s+compter|a\s+partir|después)\s",
    re.IGNORECASE,
)
_ADOPTION: Final = re.compile(
    r"\b(?:adopti|adopted|adopción|принят|this|present|présente|настоящ|данно|today|now|сегодня)", re.IGNORECASE
)
_LATER: Final = re.compile(
    r"\b(?:entry\s+into\s+force|entrée\s+en\s+vigueur|entrada\s+en\s+vigor|ratification|appointment|receipt|election)\b",
    re.IGNORECASE,
)
_STOP: Final = re.compile(r"[\s,]+$|(?<!\bг)\.$")


def times(text: str, language: str, known: str = "", body: str = "") -> list[Time]:
    """Deadlines and recurrences in a text, in order, without overlaps.

    `known`: the document's date (ISO 8601, maybe only a year), for «до 30 апреля» and "within three months"; `body`:
    the body whose "its seventy-ninth session" is meant where the text before does not say.
    """
    if language not in _GRAMMARS:
        return []
    grammar = _grammar(language)
    found: list[Time] = []
    low = text.lower()
    if any(key in low for key in grammar.recurrence_keys):
        matches = [(match, kind) for pattern, kind in grammar.recurrence for match in pattern.finditer(text)]
        for match, kind in sorted(matches, key=lambda pair: pair[0].start() - pair[0].end()):
            said = kind
            if kind == "every-N-years":
                number = grammar.number(match["n"])
                said = {1: "yearly", 2: "biennial", 3: "triennial"}.get(number, f"every-{number}-years")
                if not number:
                    continue
            _add(found, Time(match.start(), match.end(), kind=said))
    digits = any(map(str.isdigit, text))
    for name, pattern in grammar.deadlines:
        if not digits and name not in _SPELLED:
            continue
        for match in pattern.finditer(text):
            interval = grammar.interval(name, match, known, body, text)
            if interval is not None:
                end = match.start() + len(_STOP.sub("", match.group()))
                _add(found, Time(match.start(), end, *interval, event=name.startswith("event")))
    return _held(text, sorted(found, key=lambda time: time.start))


# "at its next conference, which will be held in May 2026": the meeting and when it is are one time
_HELD: Final = re.compile(
    r",?\s*(?:котор\w+\s+(?:планируется\s+)?(?:прой\w+|состоится|состоятся|буд\w+\s+провед[её]н\w*|намечен\w*|запланирован\w*"
    r"|провести)(?:\s+на)?|запланированн\w+\s+на|намеченн\w+\s+на"
    r"|(?:which|that)\s+(?:will|is\s+to|shall)\s+(?:be\s+held|take\s+place|meet|convene)|to\s+be\s+held|to\s+take\s+place|scheduled(?:\s+for)?"
    r")\s+(?:в\s+(?:городе\s+|г\.\s*)?[А-ЯЁ][\w-]+\s+)?$",
    re.IGNORECASE,
)


def _held(text: str, found: list[Time]) -> list[Time]:
    """The times, a meeting joined with the words that say when it is held."""
    joined: list[Time] = []
    for time in found:
        before = joined[-1] if joined else None
        if (
            before
            and before.event
            and not before.date_from
            and not time.kind
            and _HELD.fullmatch(text, before.end, time.start)
        ):
            joined[-1] = replace(before, end=time.end, date_from=time.date_from, date_to=time.date_to)
        else:
            joined.append(time)
    return joined


def _add(found: list[Time], new: Time) -> None:
    if not any(old.start < new.end and new.start < old.end for old in found):
        found.append(new)


# -- the grammars -----------------------------------------------------------------------------------------------------

# {date} a day, {month}, {year}, {ordinal}, {n} a number in words or digits. The longest expressions come first.
_RU: Final = (
    ("range_days", r"с\s+(?P<d1>\d{{1,2}})\s+(?:по|до)\s+{date}"),
    ("range", r"(?:в\s+период\s+)?с\s+{date}\s+(?:по|до)\s+{date2}"),
    ("range_days", r"(?P<d1>\d{{1,2}})\s*[-–—]\s*{fulldate}"),
    ("year_range", r"(?:в\s+период\s+)?с\s+(?P<y>\d{{4}})\s+(?:года\s+)?(?:по|до)\s+(?P<y2>\d{{4}})\s+год[аы]?"),
    (
        "year_range",
        r"в\s+(?:течение\s+|период\s+)?(?P<y>\d{{4}})\s*(?:[-–—]|и|гг?\.\s*[-–—])\s*(?P<y2>\d{{4}})\s*(?:гг\.?|год(?:ах|ов|ы))",
    ),
    (
        "event",
        r"(?:(?:не\s+позднее|до|к)\s+(?:начала|открытия|проведения|началу|открытию)|на|к|ко|до|в\s+ходе|во\s+время|в\s+рамках|накануне|в\s+преддверии|перед)\s+(?:(?:сво|её|ее|его|их|этой)\w*\s+)?{next}(?:\s+[а-яё-]+(?:ой|ей|ом|ем|ему|ого|его|ому|ых|их|ую|ое|ый|ий))*\s+(?:Всемирн\w+\s+|Общ\w+\s+|тематическ\w+\s+|региональн\w+\s+|отч[её]тн\w+\s+|выборн\w+\s+)*{meeting}{tail}(?:\s+(?:в\s+)?(?:{month}\s+)?{yearloc})?",
    ),
    (
        "by_end_quarter",
        r"(?:в\s+срок\s+|не\s+позднее\s+)?(?:до|к|не\s+позднее)?\s*(?:конца|концу)\s+(?P<q>{quarter})\s+квартала(?:\s+{year})?",
    ),
    (
        "by_end",
        r"(?:в\s+срок\s+)?(?:до|к|не\s+позднее)\s+(?:самого\s+)?(?:конца|концу|окончания|исхода)\s+(?:{month}\s+)?{year}",
    ),
    (
        "by_end_half",
        r"(?:в\s+срок\s+)?(?:до|к|не\s+позднее)\s+(?:конца|концу|окончания)\s+(?P<q>{quarter})\s+полугодия(?:\s+{year})?",
    ),
    ("by_end_month", r"(?:в\s+срок\s+)?(?:до|к|не\s+позднее)\s+(?:конца|концу)\s+{month}"),
    ("by_end_this_month", r"(?:до|к|не\s+позднее)\s+(?:конца|концу)\s+(?:(?:текущего|этого)\s+)?месяца"),
    (
        "words",
        r"до\s+(?:решения|принятия|утверждения|вступления\s+в\s+силу|проведения|созыва)\s+(?:[а-яё-]+\s+){{0,4}}?[а-яё-]+(?=\s+[а-яё]+(?:ть|ти|чь)(?:ся|сь)?\b|[,.;]|$)",
    ),
    ("from_quarter", r"(?:начиная\s+)?с\s+(?P<q>{quarter})\s+квартала(?:\s+{year})?"),
    ("words", r"в\s+установленн\w+\s+(?:\w+\s+){{0,3}}?срок(?:и|ах)?"),
    ("third", r"в\s+(?P<q>перв\w+|втор\w+|треть\w+|последн\w+)\s+декаде\s+{month}(?:\s+{year})?"),
    ("half_month", r"во?\s+(?P<q>перв\w+|втор\w+)\s+половине\s+{month}(?:\s+{year})?"),
    (
        "year_in",
        r"(?:на|к|в\s+ходе|во\s+время)\s+(?:(?:сво|её|ее|его|их|этой)\w*\s+)?(?:[а-яё]+(?:ой|ей|ом|ем|ему)\s+){{0,2}}{meeting}\s+{year}",
    ),
    (
        "words",
        r"(?:до|к)\s+(?:начал[ау]|окончани[яю]|завершени[яю]|открыти[яю]|истечени[яю])\s+(?:[а-яё-]+\s+){{0,5}}?[а-яё-]+(?=\s+[а-яё]+(?:ть|ти|чь)(?:ся|сь)?\b|[,.;]|$)",
    ),
    (
        "by_end_this",
        r"(?:в\s+срок\s+)?(?:до|к|не\s+позднее)\s+(?:конца|концу)\s+(?P<this>(?:текущего|этого|нынешнего|(?P<which>следующего|будущего))\s+года|года)",
    ),
    ("by", r"(?:в\s+срок\s+)?(?:(?:до|не\s+позднее|не\s+позже|к|по)\s+)(?:чем\s+)?{date}"),
    ("quarter", r"во?\s+(?P<q>{quarter})\s+квартале(?:\s+{year})?"),
    ("half", r"во?\s+(?P<q>перв\w+|втор\w+|I{{1,2}}|[12](?:-м)?)\s+(?:полугодии|половине)(?:\s+{year})?"),
    (
        "within",
        r"в\s+(?P<n>одно|двух|тр[её]х|четыр[её]х|пяти|шести|семи|десяти|пятнадцати|двадцати|тридцати|\d{{1,2}}-?(?:х|ти)?-?)?(?P<unit>дневн|недельн|месячн|годичн|(?<=[хио])летн)\w+(?:\s+срок)?(?:\s+(?:со\s+дня|с\s+момента)\s+(?:\w+\s*){{1,3}})?",
    ),
    (
        "within",
        r"(?:в\s+течение|в\s+срок\s+не\s+более|не\s+позднее(?:,?\s*чем)?\s+через|через|в\s+срок\s+до)\s+(?:(?P<n>{n}|\d{{1,3}})\s+)?(?:ближайш\w+\s+|последующ\w+\s+)?(?:рабочих\s+|календарных\s+)?(?P<unit>дня|дней|недел[ьюи]|месяц(?:а|ев)?|лет|года?|полугода)(?!\s*\d)(?:\s+(?:со\s+дня|с\s+момента|с\s+даты|после)\s+(?:{anchor}|[^,.;]+?(?=[,.;]|$|\s+[а-яё]+(?:ть|ти|чь)(?:ся|сь)?\b)))?",
    ),
    (
        "in_month",
        r"(?<!от\s)(?:в|во|в\s+течение)\s+(?:начале\s+|конце\s+|середине\s+)?{month}(?:\s*(?:[-–—,]|и)\s*{month2})?\s+{year}",
    ),
    ("in_month_open", r"(?:в|во)\s+{month}(?!\w)(?!\s+\d)(?:\s+(?:[ст]\.\s?г\.?|(?:текущего|этого)\s+года))?"),
    ("by_month", r"(?:в\s+срок\s+)?(?:до|к|не\s+позднее)\s+{month}\s+{year}"),
    ("year_in", r"(?:в|в\s+течение|на\s+протяжении)\s+{year}"),
    ("by_year", r"(?:на\s+период\s+|в\s+срок\s+)?(?:до|к|не\s+позднее)\s+{year}"),
    ("this_year", r"в\s+(?P<which>текущем|этом|нынешнем|следующем|будущем|предстоящем)\s+году"),
    ("words", r"в\s+(?:возможно\s+)?(?:самые\s+|самый\s+)?(?:кратчайш|коротк|сжат|ближайш)\w+\s+(?:сроки?|время)"),
    ("season", r"(?:(?:ранней|поздней)\s+)?(?:весной|летом|осенью|зимой)\s+{year}"),
    ("before", r"не\s+позднее,?\s+чем\s+за\s+(?:\w+\s+)?(?:дн|недел|месяц)\w*\s+до\s+[^,.;:]+"),
    ("from", r"(?:начиная\s+)?со?\s+{fulldate}"),
    ("from_month", r"(?:начиная\s+)?с\s+{month}\s+{year}"),
    ("from_year", r"(?:начиная\s+)?с\s+{year}"),
    ("day", r"(?<!от\s)(?<!с\s)(?<![\d.№-]){fulldate}"),
)
_EN: Final = (
    (
        "before",
        r"(?:(?:at\s+least|no(?:t)?\s+later\s+than|no(?:t)?\s+less\s+than)\s+)?(?:{n}|\d+)\s+(?:days?|weeks?|months?)\s+(?:before|prior\s+to|in\s+advance\s+of|ahead\s+of)\s+[^,.;:]+?(?=[,.;:]|$|\s+and\s+(?:to|shall|should|must|will)\s|\s+(?:a|an)\s)",
    ),
    ("range", r"(?:from|between)\s+{date}\s+(?:to|and|until|through)\s+{date2}"),
    ("range_days", r"from\s+(?P<d1>\d{{1,2}})\s+to\s+{date}"),
    (
        "year_range",
        r"(?:in|during|from|between|over|throughout)\s+(?:the\s+(?:period|years?|biennium|triennium|quadrennium|financial\s+(?:year|period)|academic\s+year|school\s+year|season)\s+)?(?P<y>\d{{4}})\s*(?:[-–—]|and|to)\s*(?P<y2>\d{{4}})",
    ),
    (
        "event",
        r"(?:(?:at|during|before|by|for|to(?!\s+(?:the|its|their|our)\s+(?:(?!of\b)[\w-]+\s+)*?(?:conference|congress|assembly|council|convention|synod|forum)\b)|in\s+time\s+for|in|no\s+later\s+than|not\s+later\s+than|prior\s+to|ahead\s+of|until)\s+)(?:the\s+(?:end|close|beginning|opening|conclusion|start|margins)\s+of\s+)?(?:the\s+(?:latest\s+at\s+)?)?(?:(?:main|first|second|resumed|high-level)\s+(?:part|segment|week)\s+of\s+)?(?:(?:its|their|the|our|each)\s+)?(?:(?:first|second)\s+)?(?:(?:resumed|regular|annual)\s+)*{next}(?:(?:,|\s+and|\s+to|,\s+and)\s+{ordinal2})*(?:\s+(?:(?:regular|annual|substantive|resumed|special|emergency|ordinary|plenary|biennial|general|organizational|high-level|world|triennial|national|statutory|extraordinary|intersessional)\s+)*){meeting}(?:\s+of\s+the\s+(?-i:[A-Z])[\w’'-]*(?:\s+(?!in\s+(?:{months}))(?:(?-i:[A-Z])[\w’'-]*|(?:of|the|of\s+the)(?=\s+(?-i:[A-Z]))|(?:and|on|for|in|to)(?:\s+the)?(?=\s+(?-i:[A-Z]))))*)?(?:,?\s+(?:to\s+be\s+held\s+)?in\s+(?:{month}\s+)?(?P<eventyear>(?:19|20)\d\d)|,?\s+to\s+be\s+held\s+(?:in|from|on|at)\s[^,;.]*?(?=[,;.]|$|\s+and\s))?",
    ),
    (
        "by_end",
        r"(?:by|before|no\s+later\s+than|not\s+later\s+than|until|prior\s+to|at)\s+the\s+(?:very\s+)?end\s+of\s+(?:{month}\s+)?{year}",
    ),
    (
        "by_end_this",
        r"(?:by|before|no\s+later\s+than|not\s+later\s+than|until)\s+the\s+end\s+of\s+(?P<this>(?:the|this|the\s+current|(?P<which>next|the\s+(?:following|coming|next)))\s+(?:calendar\s+|academic\s+)?year)",
    ),
    ("by_end_month", r"(?:by|before|no\s+later\s+than|until)\s+the\s+end\s+of\s+{month}"),
    (
        "by",
        r"(?:by|before|no\s+later\s+than|not\s+later\s+than|until|till|on\s+or\s+before|prior\s+to|at\s+the\s+latest\s+(?:by|on)|by\s+the\s+latest)\s+{date}(?:\s+at\s+the\s+latest)?",
    ),
    (
        "quarter",
        r"(?:in|during|by|before|no\s+later\s+than|not\s+later\s+than|by\s+the\s+end\s+of|before\s+the\s+end\s+of|at\s+the\s+latest\s+in)\s+the\s+(?P<q>first|second|third|fourth|last)\s+(?:quarter|(?<=first\s)three\s+months|(?<=last\s)three\s+months)\s+of\s+(?:the\s+year\s+)?{year}",
    ),
    (
        "half",
        r"(?:in|during|by|before|no\s+later\s+than|not\s+later\s+than|by\s+the\s+end\s+of)\s+the\s+(?P<q>first|second)\s+(?:half|(?<=first\s)six\s+months)\s+of\s+(?:the\s+year\s+)?{year}",
    ),
    (
        "event_in",
        r"(?:at|during|before|by|for)\s+(?:its|their|the|our)\s+(?:[\w-]+\s+){{0,2}}?{meeting}\s+(?:(?:to\s+be\s+)?held\s+)?(?:of|in)\s+(?:{month}\s+)?(?P<eventyear>(?:19|20)\d\d)",
    ),
    (
        "event_in",
        r"(?:at|during|before|by|for)\s+(?:its|their|the|our)\s+(?:{month}\s+)?(?P<eventyear>(?:19|20)\d\d)\s+(?:[\w-]+\s+){{0,2}}?{meeting}",
    ),
    (
        "within",
        r"(?:within|no\s+later\s+than|not\s+later\s+than|in)\s+(?:a\s+period\s+of\s+|the\s+next\s+)?(?P<n>{n}|\d{{1,3}})\s+(?:\(\d+\)\s+)?(?:working\s+|calendar\s+)?(?P<unit>hour|day|week|month|year)s?(?:\s+(?:of|after|from|following)\s+[^,.;]+?(?=[,.;]|$|\s+(?:a|an)\s|\s+and\s+(?:to|shall|should|must|will|may)\s|\s+(?:each|every)\s))?",
    ),
    (
        "by_month",
        r"(?:by|before|no\s+later\s+than|not\s+later\s+than|until|prior\s+to|at\s+the\s+latest\s+(?:by|in))\s+(?:early\s+|mid-|late\s+)?{month}\s+{year}(?:\s+at\s+the\s+latest)?",
    ),
    ("in_month", r"(?:in|during)\s+(?:early\s+|mid-|late\s+)?{month}\s+{year}"),
    (
        "season",
        r"(?:in|during|by|before)\s+(?:the\s+)?(?:early\s+|late\s+)?(?:spring|summer|autumn|fall|winter)\s+(?:of\s+)?{year}",
    ),
    (
        "from",
        r"(?:with\s+effect\s+(?:from|on)|effective(?:\s+from|\s+on)?|as\s+(?:from|of)|starting(?:\s+(?:on|from))?|beginning(?:\s+(?:on|from))?|from)\s+{fulldate}(?:\s+onwards?)?",
    ),
    (
        "from_month",
        r"(?:with\s+effect\s+from|as\s+(?:from|of)|starting\s+in|beginning\s+in|from)\s+{month}\s+{year}(?:\s+onwards?)?",
    ),
    (
        "from_year",
        r"(?:with\s+effect\s+from|as\s+(?:from|of)|starting\s+in|beginning\s+in|from)\s+{year}(?:\s+onwards?)?(?![\d/])",
    ),
    ("day", r"on\s+{fulldate}"),
    (
        "mid_year",
        r"(?:by|before|no\s+later\s+than|not\s+later\s+than|until|prior\s+to)\s+(?:the\s+middle\s+of\s+|mid[-\s])\s*{year}",
    ),
    (
        "by_year",
        r"(?:by|before|no\s+later\s+than|not\s+later\s+than|until|prior\s+to|at\s+the\s+latest\s+(?:by|in))\s+{year}(?![\d/])(?!\s+(?:Agenda|World|United|Summit|review))",
    ),
    (
        "year_in",
        r"(?:in|during|throughout|(?:in|over|during)\s+the\s+course\s+of)\s+(?:the\s+year\s+)?{year}(?!\s*(?:Agenda|World|United|Summit|review|[A-Z(]))(?![\d/])",
    ),
    ("this_year", r"(?P<which>next|this|the\s+following|the\s+current)\s+year"),
    (
        "words",
        r"(?:by|before|until|prior\s+to|no(?:t)?\s+later\s+than)\s+the\s+(?:end|close|expiry|expiration|conclusion|completion)\s+of\s+(?:its|their|his|her|this|the)\s+(?:[\w-]+\s+){{0,3}}?[a-z-]+(?=[,.;]|$|\s+and\s)",
    ),
    ("words", r"(?:as\s+soon\s+as\s+possible|at\s+the\s+earliest\s+(?:possible\s+)?(?:opportunity|date|time))"),
)
_FR: Final = (
    (
        "event",
        r"(?:à|lors\s+de|pendant|avant|pour|durant|au\s+cours\s+de|au\s+plus\s+tard\s+à)\s+(?:sa|la|son|leur)\s+{next}\s+(?:(?:ordinaire|annuelle)\s+)?(?:session|réunion|conférence|assemblée)",
    ),
    (
        "event",
        r"(?:à|lors\s+de|pendant|avant)\s+(?:sa|la)\s+(?:prochaine)\s+(?:session|réunion|conférence|assemblée)(?P<ord>)",
    ),
    (
        "by_end",
        r"(?:d['’]ici\s+(?:à\s+)?|avant\s+|au\s+plus\s+tard\s+à\s+)la\s+fin\s+(?:de\s+(?:l['’]année\s+)?|d['’])(?:{month}\s+)?{year}",
    ),
    (
        "by",
        r"(?:d['’]ici\s+(?:au|le)|au\s+plus\s+tard\s+le|avant\s+le|jusqu['’]au|le\s+plus\s+tôt\s+possible\s+avant\s+le)\s+{date}(?:\s+au\s+plus\s+tard)?",
    ),
    (
        "within",
        r"dans\s+(?:un\s+délai\s+de|les)\s+(?P<n>{n}|\d{{1,3}})\s+(?P<unit>jour|semaine|mois|an)s?(?:\s+(?:suivant|après|à\s+compter\s+de)\s+[^,.;]+)?",
    ),
    ("by_month", r"(?:d['’]ici\s+(?:à\s+)?|avant\s+|au\s+plus\s+tard\s+en\s+){month}\s+{year}"),
    ("in_month", r"en\s+{month}\s+{year}"),
    ("by_year", r"(?:d['’]ici\s+(?:à\s+)?|avant\s+|à\s+l['’]horizon\s+|au\s+plus\s+tard\s+en\s+){year}"),
    ("year_in", r"(?:en|pendant|durant)\s+(?:l['’]année\s+)?{year}"),
    ("words", r"dès\s+que\s+possible|dans\s+les\s+meilleurs\s+délais"),
)
_ES: Final = (
    (
        "event",
        r"(?:en|durante|para|antes\s+de|a\s+más\s+tardar\s+en)\s+(?:su|el|la)\s+{next}\s+(?:período\s+(?:ordinario\s+)?de\s+sesiones|reunión|conferencia|asamblea)",
    ),
    (
        "event",
        r"(?:en|durante|para|antes\s+de)\s+(?:su|el|la)\s+próxim[oa]\s+(?:período\s+(?:ordinario\s+)?de\s+sesiones|reunión|conferencia|asamblea)(?P<ord>)",
    ),
    (
        "by_end",
        r"(?:a\s+más\s+tardar\s+a|para|antes\s+del?|hasta)\s*(?:el\s+|l\s+)?(?:finales|fines|fin|final)\s+de\s+(?:{month}\s+de\s+)?{year}",
    ),
    ("by", r"(?:a\s+más\s+tardar\s+el|antes\s+del|hasta\s+el|para\s+el)\s+{date}"),
    (
        "within",
        r"(?:en|dentro\s+de)\s+(?:un\s+plazo\s+(?:máximo\s+)?de\s+|los\s+próximos\s+)?(?P<n>{n}|\d{{1,3}})\s+(?P<unit>día|semana|mes|año)(?:e?s)?(?:\s+(?:a\s+partir\s+de|después\s+de)\s+[^,.;]+)?",
    ),
    ("by_month", r"(?:a\s+más\s+tardar\s+en|antes\s+de|para)\s+{month}\s+de\s+{year}"),
    ("in_month", r"en\s+{month}\s+de\s+{year}"),
    ("by_year", r"(?:a\s+más\s+tardar\s+en|antes\s+de|para|hasta)\s+(?:el\s+año\s+)?{year}"),
    ("year_in", r"(?:en|durante)\s+(?:el\s+año\s+)?{year}"),
    ("words", r"lo\s+antes\s+posible|a\s+la\s+mayor\s+brevedad"),
)
_GRAMMARS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {"ru": _RU, "en": _EN, "fr": _FR, "es": _ES}


class _Grammar:
    """The expressions of one language, compiled, and what they mean."""

    def __init__(self, words: Lexicon) -> None:
        self.language = words.language
        flags = re.IGNORECASE
        self.months = [re.compile(stem, flags) for stem in words.words("months")]
        self.units = [(re.compile(stem, flags), int(value)) for stem, value in words.data["units"].items()]
        self.tens = [(re.compile(stem, flags), int(value)) for stem, value in words.data["tens"].items()]
        self.numbers = [(re.compile(stem, flags), int(value)) for stem, value in words.data["numbers"].items()]
        often = (
            r"(?:at\s+(?:least|a\s+minimum)|no(?:t)?\s+less\s+than)\s+(?:once\s+)?|once\s+"
            if self.language == "en"
            else ""
        )
        self.recurrence_keys = words.words("recurrence_keys")
        self.recurrence = [
            (re.compile(rf"(?<!\w)(?:{often})?(?:{source})(?!\w)", flags), kind)
            for kind, sources in words.data["recurrence"].items()
            for source in sources
        ]
        units = "|".join(sorted(words.data["units"], key=len, reverse=True))
        tens = "|".join(sorted(words.data["tens"], key=len, reverse=True))
        self.deadlines = [
            (name, re.compile(rf"(?<!\w){self._fill(source, words, units, tens)}(?!\w)", flags))
            for name, source in _GRAMMARS[self.language]
        ]

    def _fill(self, source: str, words: Lexicon, units: str, tens: str) -> str:
        months = "|".join(words.words("months"))
        tail = r"\w*" if self.language == "ru" else ""
        of = r"(?:\s+de)?" if self.language == "es" else ""
        year = {"ru": r"(?P<{}>(?:19|20)\d\d)\s*(?:год[ауе]?|г\.?)?"}.get(self.language, r"(?P<{}>(?:19|20)\d\d)")
        closed = {"ru": r"(?P<{}>(?:19|20)\d\d)\s*(?:год[ауе]?|г\.?)"}.get(self.language, r"(?P<{}>(?:19|20)\d\d)")

        def day(n: str, full: bool = False) -> str:
            spelled = rf"(?P<day{n}>\d{{1,2}})(?:-?(?:го|е|st|nd|rd|th|er))?{of}\s+(?P<mon{n}>{months}){tail}"
            spelled_year = rf"{of}[\s,]+{year.format('dy' + n)}"
            american = (
                rf"(?P<amon{n}>{months})\s+(?P<aday{n}>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<ayear{n}>(?:19|20)\d\d)"
            )
            dotted = rf"(?P<dd{n}>\d{{1,2}})\.(?P<dm{n}>\d{{1,2}})\.(?P<dotyear{n}>\d{{4}})(?:\s*(?:г\.|года))?"
            this = r"\s+(?:[ст]\.\s?г\.?|(?:текущего|этого|сего|нынешнего)\s+года)"
            spelled_year = rf"(?:{spelled_year}|{this})" if self.language == "ru" and not full else spelled_year
            optional = "" if full else "?"
            return rf"(?:{spelled}(?:{spelled_year}){optional}|{american}|{dotted})"

        units_tail = r"\w*" if self.language == "ru" else ""
        joint = r"[\s-]+" if self.language != "fr" else r"[\s-](?:et[\s-])?"
        roman = r"(?-i:[IVXLХІ]+)"
        spoken = rf"(?:(?:{tens}){joint})?(?:{units}){units_tail}"
        digits = r"\d{1,3}(?:-?(?:й|я|е|го|му|ом|ой|ю|st|nd|rd|th|e|ème|ª|º|o|a))?"
        ordinal = rf"(?:{spoken}|{digits}|{roman})"
        upcoming = {
            "ru": r"следующ\w+|очередн\w+|ближайш\w+|предстоящ\w+|будущ\w+|внеочередн\w+",
            "en": r"next|forthcoming|upcoming|following|subsequent|coming",
        }.get(self.language, "prochaine|próximo|próxima")
        meeting = {
            "ru": r"(?:сесси|заседани|съезд|конференци|конгресс|пленум|собрани|форум|совещани|ассамбле|встреч|саммит"
            r")\w*",
            "en": r"(?:sessions?|meetings?|conference|congress|assembly|plenary|convention|forum|summit|council|synod)",
        }.get(self.language, "")
        tail_words = (
            r"(?:\s+(?-i:[А-ЯЁ])[\w.-]*(?:\s+(?:[а-яё]+(?:ого|ой|ых|их)\s+)*(?:(?-i:[А-ЯЁ])[\w.-]*|соотечественников"
            r"|организаций|прав|совета|комитета|союза|партии))*|\s+(?:совета|комитета|съезда|правления|президиума"
            r"|комиссии|ассамблеи|конференции|исполкома|думы))?"
        )
        quarter = rf"перв\w+|втор\w+|треть\w+|четв[её]рт\w+|{roman}|[1-4](?:-?(?:м|ом|го))?"
        return source.format(
            anchor=r"(?:принятия|утверждения|подписания|опубликования|получения|вступления\s+в\s+силу)"
            r"(?:\s+(?:настоящ|данн|указанн|соответствующ|эт)\w+)?"
            r"(?:\s+(?:резолюци|решени|постановлени|рекомендаци|документ|закон|соглашени|план|программ|положени|устав|запрос)\w+)?"
            r"(?!\w)",
            months=months,
            date=day("1"),
            date2=day("2"),
            fulldate=day("1", full=True),
            month=rf"(?P<month>{months}){tail}",
            month2=rf"(?P<month2>{months}){tail}",
            year=closed.format("year"),
            yearloc=year.format("eventyear"),
            ordinal=rf"(?P<ord>{ordinal})",
            ordinal2=rf"(?:(?:its|the|their)\s+)?(?P<ord2>{ordinal})",
            next=rf"(?:(?:{upcoming})(?:,?\s+(?:in\s+)?)?(?:\s+(?P<ordnext>{ordinal})(?=\s))?|(?P<ord>{ordinal}))"
            if upcoming.count("|") > 2 or self.language == "en"
            else rf"(?P<ord>{ordinal})",
            meeting=meeting,
            tail=tail_words,
            quarter=quarter,
            n="|".join(sorted(words.data["numbers"], key=len, reverse=True)),
        )

    # -- numbers ------------------------------------------------------------------------------------------------------

    def number(self, words: str) -> int:
        """«трёх» → 3, "12", «12-ти» → 12; 0 for what is no number."""
        if digits := re.match(r"\d+", words):
            return int(digits.group())
        return next((value for pattern, value in self.numbers if pattern.fullmatch(words)), 0)

    def ordinal(self, words: str) -> int:
        """«семьдесят девятой», "79th", «VIII» → its number, 0 for none."""
        if digits := re.match(r"\d+", words):
            return int(digits.group())
        if words and set(words.upper()) <= set(_ROMAN) and words.upper() == words:
            values = [_ROMAN[letter] for letter in words]
            return sum(-v if v < max(values[i:]) else v for i, v in enumerate(values))
        fitting = [unit for unit in self.units if re.fullmatch(rf"(?:{unit[0].pattern})\w*", words, re.I)]
        whole = max(fitting, key=lambda unit: len(unit[0].pattern))[1] if fitting else 0
        if whole and not re.search(r"[\s-]", words):
            return whole
        total = 0
        rest = words.lower()
        for pattern, value in sorted(self.tens, key=lambda item: -len(item[0].pattern)):
            if found := re.match(rf"(?:{pattern.pattern})(?=[\s-])", rest):
                total, rest = value, re.sub(r"^[\s-]*(?:et[\s-])?", "", rest[found.end() :])
                break
        return total + self._unit(rest) or whole

    def _unit(self, word: str) -> int:
        """The value of the longest stem that begins a word, 0 for none."""
        found = [(len(match.group()), value) for pattern, value in self.units if (match := pattern.match(word))]
        spelled = [(length, value) for length, value in found if re.fullmatch(r"\w*", word[length:])]
        return max(spelled)[1] if spelled else 0

    def month(self, words: str | None) -> int:
        """Number of the month, 0 for none."""
        return next((n for n, pattern in enumerate(self.months, 1) if words and pattern.match(words)), 0)

    # -- meanings -----------------------------------------------------------------------------------------------------

    def day(self, groups: Mapping[str, str | None], n: str, known: str) -> date | None:
        """The day that a match of {date} means; without a year the next such day on or after the document's date."""
        if groups.get(f"dd{n}"):
            return _day(int(groups[f"dotyear{n}"] or 0), int(groups[f"dm{n}"] or 0), int(groups[f"dd{n}"] or 0))
        if groups.get(f"aday{n}"):
            month = self.month(groups[f"amon{n}"])
            return _day(int(groups[f"ayear{n}"] or 0), month, int(groups[f"aday{n}"] or 0))
        if not groups.get(f"day{n}"):
            return None
        month, number = self.month(groups[f"mon{n}"]), int(groups[f"day{n}"] or 0)
        if said := groups.get(f"dy{n}"):
            return _day(int(said), month, number)
        begun = _full(known)
        if begun is None:
            return None
        first = _day(begun.year, month, number)
        return first if first is None or first >= begun else _day(begun.year + 1, month, number)

    def interval(self, name: str, match: re.Match[str], known: str, body: str, text: str) -> tuple[str, str] | None:
        """The first and last day meant, either maybe ""; None where the match is no time after all."""
        groups = match.groupdict()
        year = int(groups["year"]) if groups.get("year") else 0
        if name.startswith("event"):
            return self._event(match, known, body, text)
        if name == "by_end_this_month":
            begun = _full(known)
            return "", _month_end(begun.year, begun.month) if begun else ""
        if name == "season":
            return _season(match.group().lower(), year)
        if name in ("words", "before"):
            return "", ""
        if name.startswith("from") and name != "from_quarter":
            return self._from(name, groups, known, year)
        if name in ("by", "day", "range", "range_days"):
            return self._days(name, groups, known)
        if name == "year_range":
            return f"{groups['y']}-01-01", f"{groups['y2']}-12-31"
        if name == "year_in":
            return f"{year}-01-01", f"{year}-12-31"
        if name == "by_year":
            return "", f"{year}-12-31"
        if name == "mid_year":
            return "", f"{year}-06-30"
        if name == "within":
            told = match.group()[match.end("unit") - match.start() :]
            adopted = _ADOPTION.search(told) is not None and _LATER.search(told) is None
            other = _ANCHOR.search(told) is not None and not adopted
            return ("", "") if other else self._within(groups, known)
        if name in ("by_end_this", "this_year"):
            return _relative(groups, known)
        if name == "from_quarter":
            first, _ = self._part_of_year("quarter", match, groups, year, known)
            return (first, "") if first else None
        if name in ("third", "half_month"):
            return self._part_of_month(name, groups, year, known)
        if name in ("quarter", "half", "by_end_quarter", "by_end_half"):
            return self._part_of_year(name, match, groups, year, known)
        month = self.month(groups.get("month"))
        if not year and name in ("by_end_month", "in_month_open"):
            begun = _full(known)
            year = begun.year + (month < begun.month) if begun else 0
        if not year:
            return "", ""
        last = _month_end(year, self.month(groups.get("month2")) or month or 12)
        return (f"{year}-{month:02}-01" if name.startswith("in_month") else ""), last

    def _days(self, name: str, groups: Mapping[str, str | None], known: str) -> tuple[str, str]:
        first = self.day(groups, "1", known)
        if name == "by":
            return "", first.isoformat() if first else ""
        if name == "range_days":
            start = _day(first.year, first.month, int(groups["d1"] or 0)) if first else None
            return (start.isoformat() if start else ""), (first.isoformat() if first else "")
        second = self.day(groups, "2", known) if name == "range" else first
        if name == "range" and second and not (groups.get("dy1") or groups.get("ayear1") or groups.get("dotyear1")):
            first = self.day({**groups, "dy1": str(second.year)}, "1", known)
        return (first.isoformat() if first else ""), (second.isoformat() if second else "")

    def _from(self, name: str, groups: Mapping[str, str | None], known: str, year: int) -> tuple[str, str] | None:
        """From a day on; None where that day had come already when the document was adopted."""
        month = self.month(groups.get("month")) if name == "from_month" else 1
        first = self.day(groups, "1", known) if name == "from" else _day(year, month, 1)
        if first is None or (known and first.isoformat() < known):
            return None
        return first.isoformat(), ""

    def _within(self, groups: Mapping[str, str | None], known: str) -> tuple[str, str]:
        unit = (groups["unit"] or "").lower()
        said = groups.get("n") or ""
        count = self.number(said) if said else 1
        begun = _full(known)
        if not begun or not count:
            return "", ""
        if unit == "hour":
            return begun.isoformat(), (begun + timedelta(days=-(-count // 24))).isoformat()
        if re.match(r"д|day|jour|día", unit):
            return begun.isoformat(), (begun + timedelta(days=count)).isoformat()
        if re.match(r"нед|week|sem", unit):
            return begun.isoformat(), (begun + timedelta(weeks=count)).isoformat()
        months = count * (1 if re.match(r"мес|mo|me", unit) else 6 if unit.startswith("полу") else 12)
        total = begun.month - 1 + months
        year, month = begun.year + total // 12, total % 12 + 1
        day = min(begun.day, calendar.monthrange(year, month)[1])
        return begun.isoformat(), date(year, month, day).isoformat()

    def _part_of_year(
        self, name: str, match: re.Match[str], groups: Mapping[str, str | None], year: int, known: str
    ) -> tuple[str, str]:
        said = (groups.get("q") or "").strip()
        number = 4 if said.lower() == "last" else self.ordinal(said)
        begun = _full(known)
        year = year or (begun.year if begun else 0)
        size = 6 if name in ("half", "by_end_half") else 3
        if not year or not 1 <= number <= 12 // size:
            return "", ""
        last = _month_end(year, number * size)
        until = name in ("by_end_quarter", "by_end_half") or bool(re.match(r"by|before|no|at\s", match.group(), re.I))
        return ("" if until else f"{year}-{(number - 1) * size + 1:02}-01"), last

    def _part_of_month(self, name: str, groups: Mapping[str, str | None], year: int, known: str) -> tuple[str, str]:
        said = (groups.get("q") or "").lower()
        number, month = 3 if said.startswith("последн") else self.ordinal(said), self.month(groups.get("month"))
        begun = _full(known)
        if not year and begun:
            year = begun.year + (month < begun.month)
        size = 10 if name == "third" else 15
        last = _month_end(year, month) if year and month else ""
        if not last or not 1 <= number <= 30 // size:
            return "", ""
        first = (number - 1) * size + 1
        return f"{last[:8]}{first:02}", last if number == 30 // size else f"{last[:8]}{first + size - 1:02}"

    def _event(self, match: re.Match[str], known: str, body: str, text: str) -> tuple[str, str]:
        groups = match.groupdict()
        if said := groups.get("eventyear"):
            month = self.month(groups.get("month"))
            return (
                (f"{said}-{month:02}-01", _month_end(int(said), month)) if month else (f"{said}-01-01", f"{said}-12-31")
            )
        numbers = [self.ordinal(groups[name] or "") for name in ("ord", "ord2") if groups.get(name)]
        if not numbers or not _of_general_assembly(match, body, text):
            return "", ""
        # the seventh session of another "General Assembly" than that of the United Nations
        years = [int(year) for year in re.findall(r"\b(?:19|20)\d\d\b", text)]
        if not known and years and 1946 + max(numbers) < max(years) - 3:
            return "", ""
        return f"{1945 + min(numbers)}-09-01", f"{1946 + max(numbers)}-08-31"


_SESSION: Final = re.compile(r"session|сесси|sesion", re.IGNORECASE)
_BODY: Final = re.compile(
    r"(?P<ga>(?:General|Генеральн\w+|l['’]|générale|la)\s*(?:Assembly|Ассамбле\w+|Assemblée|Asamblea)(?:\s+(?:générale|General))?"
    r"|(?<!Health )\bAssembly\b|(?<!Парламентск.. )\bАссамбле\w+)"
    r"|(?:\bHealth Assembly|\bEnvironment Assembly|\bCouncil\b|\bCommission\b|\bCommittee\b|\bConference\b|\bBoard\b"
    r"|\bСовет|\bКомисси|\bКомитет|\bКонференци|\bConseil|"
    r"\bComité|\bConférence|\bConsejo|\bComisión|\bConferencia)",
)


def _of_general_assembly(match: re.Match[str], body: str, text: str) -> bool:
    """Whether a numbered session is the General Assembly's: by the body named in it or last before it, else `body`."""
    if not _SESSION.search(match.group()):
        return False
    inside = list(_BODY.finditer(match.group()))
    after = re.match(r"\s+(?:of\s+the\s+)?(?:General\s+Assembly|Генеральн\w+\s+Ассамбле\w+)", text[match.end() :])
    before = inside or list(_BODY.finditer(text[: match.start()]))
    if after:
        return True
    if before:
        return before[-1]["ga"] is not None
    return bool(re.search(r"General Assembly|Генеральн\w+ Ассамбле|Assemblée générale|Asamblea General", body))


def _season(words: str, year: int) -> tuple[str, str]:
    """The months of a Russian season, whose year is stated; of others it depends on the hemisphere."""
    for name, first in (("весной", 3), ("летом", 6), ("осенью", 9)):
        if name in words and year:
            return f"{year}-{first:02}-01", _month_end(year, first + 2)
    return "", ""


def _relative(groups: Mapping[str, str | None], known: str) -> tuple[str, str]:
    begun = _full(known) or (_day(int(known[:4]), 1, 1) if known[:4].isdigit() else None)
    if begun is None:
        return "", ""
    if groups.get("this"):
        return "", f"{begun.year + bool(groups.get('which'))}-12-31"
    which = (groups.get("which") or "").lower()
    year = begun.year + bool(re.match(r"след|буд|предст|next|the\s+foll", which))
    return f"{year}-01-01", f"{year}-12-31"


def _full(known: str) -> date | None:
    try:
        return date.fromisoformat(known) if len(known) == 10 else None
    except ValueError:
        return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _month_end(year: int, month: int) -> str:
    return f"{year}-{month:02}-{calendar.monthrange(year, month)[1]:02}"


@cache
def _grammar(language: str) -> _Grammar:
    return _Grammar(lexicon(language))
