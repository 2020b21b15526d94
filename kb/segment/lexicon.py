"""The words that show what a line of a resolution, law or guide is: formulas, recitals, articles, chapters, annexes.

Each expression knows Russian, English, French, Spanish and German, with Ukrainian and a few neighbours where the
form is the same; they are tried on the text as it stands, case-insensitively unless case is the evidence.
"""

from __future__ import annotations

import re

__all__ = [
    "ANNEX",
    "ARTICLE",
    "ARTICLE_AFTER",
    "CLOSING",
    "CONJUNCTION_END",
    "CONTENTS",
    "DECIDING_BODY",
    "ENACTING_END",
    "FORMULA_VERB",
    "GROUP",
    "INFINITIVE",
    "MONTH",
    "NUMBERED_PART",
    "OPERATIVE_BASE",
    "OPERATIVE_VERB",
    "QUESTION",
    "RECITAL",
    "REFERENCE_END",
    "SPACED",
    "SUBJECT",
    "TITLE_START",
    "TREATY_FORMULA",
    "group_rank",
    "is_contents_entry",
]

_I = re.IGNORECASE

# Finite verbs of deciding bodies ("решили", "рекомендуют", "hereby resolve"). With a final colon they open a list.
FORMULA_VERB = re.compile(
    r"\b(?:"
    # Russian: third and first person, present and past
    r"(?:отмеча|счита|рекоменду|призыва|поруча|предлага|выража|заявля|подч[её]ркива|одобря|поддержива|приветству|"
    r"утвержда|подтвержда|постановля|реша|осужда|наста?ива|требу|деклариру|провозглаша|признава|полага|обращ?а|"
    r"обязу|выступа|констатиру|благодар|выделя|обязыва|объявля|приказыва|пожела|жела|договарива|принима)"
    r"(?:ет|ют|ем|ю|ется|ются|емся|юсь)"
    r"|реш(?:или|ила|ило|ил|ено|ают|аем)|постанов(?:или|ила|ило|ил|ляю|лено)|договорились|согласились|условились"
    r"|о\s+нижеследующем"
    r"|призна(?:ют|[её]м|[её]т|ли)|прос(?:ят|им|ит)|счел[аи]?|сочл[аи]|намерен[аы]?|стремятся|стремимся|уполномочивают"
    r"|(?:рекомендова|предложи|поручи|отмети|выступи|призва)(?:ли|ла|ло|но)|обрати(?:лись|лась|лось)|считая\s+необходимым|необходимо|следует|надлежит|принято\s+решение"
    # Ukrainian, Belarusian
    r"|вирішил[иа]|ухвалил[иа]|постановляє|рекоменду(?:ють|є)|вважа(?:ють|є)|закликають|звертаються|пастанавіл[іа]"
    # English
    r"|decid(?:e|es|ed)|resolv(?:e|es|ed)|agree[ds]?|recommend(?:s|ed)?|calls?\s+(?:up)?on|called\s+(?:up)?on|urge[ds]?"
    r"|declare[ds]?|proclaims?|requests?|invite[ds]?|appeals?|hereby|adopt(?:s|ed)?|undertakes?|affirms?|welcomes?|notes?"
    r"|instruct(?:s|ed)?|direct(?:s|ed)?|ask(?:s|ed)?|demand(?:s|ed)?|pledge[ds]?|authori[sz]e[ds]?|commit(?:s|ted)?"
    r"|encourage[ds]?|considers?|stress(?:es)?|emphasi[sz]es?|recogni[sz]es?|as\s+follows|following\s+(?:decisions?|measures)"
    # French
    r"|d[ée]cid(?:e|ent|ons)|recommand(?:e|ent|ons)|invit(?:e|ent|ons)|demand(?:e|ent|ons)|prie(?:nt)?|exhort(?:e|ent)"
    r"|conviennent|convenu(?:e?s)?|d[ée]clar(?:e|ent|ons)|adopt(?:e|ent|ons)|appell(?:e|ent)|arr[êe]t(?:e|ent)|soulign(?:e|ent)"
    # Spanish
    r"|decid(?:e|en|imos)|acuerd(?:a|an)|acordamos|resuelv(?:e|en)|recomiend(?:a|an)|recomendamos|pid(?:e|en)|inst(?:a|an)"
    r"|exhort(?:a|an)|declar(?:a|an|amos)|invit(?:a|an)|convenido|solicit(?:a|an)|consider(?:a|an|amos)"
    # German
    r"|beschlie(?:ß|ss)(?:t|en)|beschlossen|empf(?:iehlt|ehlen)|forder(?:t|n)|erkl[äa]r(?:t|en)|ersuch(?:t|en)|bitte(?:t|n)"
    r"|[üu]bereingekommen|verpflichte(?:t|n)|begr[üu](?:ß|ss)(?:t|en)|unterstreich(?:t|en)|appellier(?:t|en)"
    r")\b",
    _I,
)

# «П О С Т А Н О В Л Я Е Т:»
SPACED = re.compile(r"(?<!\w)(?:[^\W\d_]\s){3,}[^\W\d_](?=\s*:)")

# Who decides, at the head of a formula.
SUBJECT = re.compile(
    r"^(?:мы\b|участни(?:ки|цы)\b|делегаты\b|члены\b|(?:[IVXLC]+\s+)?(?:[а-яё]+(?:ая|ое|ый|ий)\s+){0,3}(?:конференция|конгресс|"
    r"съезд|форум|собрание|совет|сове?щание|круглый\s+стол|комиссия|правление|комитет)\b|они\b|учасники\b|we\b|they\b|the\s+(?:participants|"
    r"delegates|conference|congress|forum|assembly|council|committee|meeting)\b|les\s+participants\b|los\s+participantes\b|"
    r"die\s+(?:teilnehmer|delegierten|konferenz|versammlung))",
    _I,
)

# A body in the nominative among the last words of the line above a formula.
DECIDING_BODY = re.compile(
    r"\b(?:собрание|дума|совет|съезд|конференция|конгресс|комитет|исполком|президиум|пленум|правление|комиссия|палата|бюро|"
    r"форум|сессия|участники|делегаты|члены|главы|conference|congress|assembly|council|committee|synod)\b",
    _I,
)

# The last words before a treaty's first article.
TREATY_FORMULA = re.compile(
    r"(?:соглас(?:ились|ны)|договорились|условились)\s+о\s+(?:нижеследующем|следующем)|have\s+agreed|agree\s+as\s+follows"
    r"|sont\s+convenu|han\s+convenido|haben\s+folgendes\s+vereinbart|[üu]bereingekommen|домовились\s+про",
    _I,
)

# How a recital begins: gerunds and participles.
RECITAL = re.compile(
    r"^(?:[-–—•]\s*)?(?:"
    r"(?:(?:вновь|также|особо|глубоко|высоко|далее|решительно|всецело|искренне|с\s+[а-яё]+|будучи)\s+){0,3}"
    r"(?:[а-яё]+(?:ясь|вшись)|будучи|(?:отмеча|признава|учитыва|подтвержда|подч[её]ркива|выража|напомина|руководству|приветству|"
    r"поддержива|осознава|сознава|принима|исход|памяту|деклариру|жела|одобря|осужда|констатиру|основыва|вспомина|действу|"
    r"име|вид|вер|полага|счита|раздел|оценива|благодар|высказыва|привлека|напомн|уделя|заявля|сожале|обраща|призыва|"
    r"приним|завер|отда|подтверд|провозглаша|дела|ратиф|развива|продолжа|придава|утвержда)(?:а|у)?я"
    r"|(?:рассмотрев|обсудив|заслушав|изучив|проанализировав|приняв|отметив|учтя|получив|напомнив|подведя|выслушав|признав)"
    r"|(?:глубоко\s+|будучи\s+|серь[её]зно\s+)?(?:убежд[её]н|обеспокоен|озабочен|встревожен|потрясен)[а-яё]*)(?=\s)"
    r"|(?:(?:also|further|gravely|deeply|strongly|fully|noting|again|once\s+again)\s+)*"
    r"(?!during\b|according\b|regarding\b|including\b|concerning\b|following\b|building\b|meeting\b|training\b|funding\b)"
    r"[a-z]+ing\s"
    r"|(?:(?:also|further|gravely|deeply|strongly|fully)\s+)*(?:aware|mindful|conscious|convinced|concerned|alarmed|guided|inspired|"
    r"determined|dedicated|encouraged|disturbed|distressed|appalled|resolved|shocked|cognizant|desirous|whereas|grateful)\b"
    r"|(?:(?:profond[ée]ment|[ée]galement|vivement|se|n')\s*)?[a-zéèêàâçîïôûü]{3,}ant\b|(?:pleinement\s+)?(?:consciente?s?|convaincue?s?|"
    r"pr[ée]occup[ée]+s?|guid[ée]+s?|alarm[ée]+s?|vu)\b"
    r"|(?:(?:profundamente|tambi[ée]n|adem[áa]s|plenamente)\s+)?(?:[a-záéíóúñ]{2,}(?:ando|iendo|yendo)(?:se)?|consciente|"
    r"convencid[oa]s?|preocupad[oa]s?|guiad[oa]s?|alarmad[oa]s?|inspirad[oa]s?)\b"
    r"|(?:in\s+(?:kenntnis|anbetracht|bekr[äa]ftigung|anerkennung|der\s+(?:erw[äa]gung|[üu]berzeugung|erkenntnis))|unter\s+(?:hinweis|"
    r"ber[üu]cksichtigung|betonung)|eingedenk|[üu]berzeugt|im\s+bewusstsein|mit\s+(?:dem\s+ausdruck|besorgnis|genugtuung)|"
    r"(?:tief\s+)?besorgt|feststellend|geleitet|erneut\s+erkl[äa]rend|nach\s+(?:pr[üu]fung|behandlung))\b"
    r")",
    _I,
)

# How an operative paragraph of the United Nations begins: third person, present tense.
OPERATIVE_VERB = re.compile(
    r"^(?:"
    r"(?:(?:также|далее|вновь|настоятельно|особо|решительно|самым\s+решительным\s+образом|с\s+[а-яё]+)\s+){0,3}"
    r"(?:постановля|призыва|предлага|рекоменду|приветству|выража|подтвержда|подч[её]ркива|отмеча|принима|утвержда|осужда|"
    r"поруча|требу|уполномочива|напомина|призна|поддержива|одобря|провозглаша|обраща|заявля|продлева|учрежда|санкциониру|"
    r"ссыла|настаива|поощря|объявля|определя|высказыва|реша)(?:ет|ёт|ется)\b"
    r"|(?:(?:также|далее|вновь)\s+)?(?:просит|благодарит|созывает)\b"
    r"|(?:(?:also|further|again|strongly|urgently|once\s+again|deeply)\s+)*(?:decides|calls|requests|urges|reaffirms|"
    r"recalls|welcomes|encourages|invites|notes|takes|expresses|emphasi[sz]es|stresses|condemns|demands|authori[sz]es|affirms|"
    r"reiterates|underlines|underscores|recommends|recogni[sz]es|acknowledges|commends|endorses|approves|adopts|proclaims|declares|"
    r"appeals|deplores|supports|directs|appoints|establishes|extends|determines|confirms|resolves|considers|reminds|looks|"
    r"regrets|instructs|renews|designates|warns|insists|reserves|sets|requires|underlines)\b"
    r"|(?:d[ée]cide|prie|demande|invite|rappelle|r[ée]affirme|se\s+f[ée]licite|se\s+d[ée]clare|prend|exhorte|engage|encourage|"
    r"condamne|souligne|exprime|recommande|autorise|exige|note|approuve|proclame|salue|appelle|lance|constate|consid[èe]re|"
    r"accueille|remercie|charge)\b"
    r"|(?:decide|pide|exhorta|insta|invita|reafirma|recuerda|acoge|alienta|condena|subraya|expresa|recomienda|autoriza|exige|"
    r"toma\s+nota|observa|aprueba|proclama|solicita|reitera|destaca|hace\s+suy[oa]s?|encomia|pone\s+de\s+relieve|reconoce)\b"
    r"|(?:beschlie(?:ß|ss)t|fordert|ersucht|bekr[äa]ftigt|begr[üu](?:ß|ss)t|empfiehlt|verurteilt|nimmt\s+kenntnis|legt|unterstreicht)\b"
    r")",
    _I,
)

# … and where its subject is a plural («The participants, …, welcome …»): in small letters.
OPERATIVE_BASE = re.compile(
    r"^(?:(?:also|further|again|strongly|urgently)\s+)*(?:decide|call|request|urge|reaffirm|recall|welcome|encourage|invite|note|"
    r"take\s+note|express|emphasi[sz]e|stress|condemn|demand|affirm|reiterate|underline|underscore|recommend|recogni[sz]e|"
    r"acknowledge|commend|endorse|support|adopt|declare|appeal|renew|resolve|undertake|pledge|commit|ask|instruct|deplore|regret)\s"
)

# A line of the body alone, ended by a comma, that all of a resolution hangs on: "The General Assembly,".
ENACTING_END = re.compile(r",\s*$")

INFINITIVE = re.compile(r"^[А-ЯЁа-яё]+(?:ть|ться|ти|тись|чь|чься)\b")

_ROMAN = r"(?-i:[IVXLCDMІХ]+)"
_NUMBER = rf"(?:\d{{1,4}}(?:[.\-–]\d{{1,3}})*(?:\s?[a-z]\b)?|{_ROMAN}\b)"
ARTICLE = re.compile(
    rf"^(?P<num>(?:(?:Статья|СТАТЬЯ|Стаття|СТАТТЯ|Артыкул|Article|ARTICLE|Artikel|ARTIKEL|Art[ií]culo|ART[IÍ]CULO|Articolo|Artigo"
    rf"|Artyku[łl]|Art\.|Арт\.|Член|Madde|Bap)\s*{_NUMBER}(?:er|º|°)?|(?:Article|Artículo)\s+(?:premier|primero|unique|único)"
    rf"|§§?\s*{_NUMBER}|{_NUMBER}(?:\s+straipsnis|\.\s*pants|-бап)|(?:ال)?مادة\s*\(?[\d٠-٩]+\)?|סעיף\s*\d+|მუხლი\s*\d+"
    r"|Հոդված\s*\d+|第[一二三四五六七八九十百千零〇\d]+[条條]|제\s*\d+\s*조))(?P<after>[.։]?\s*)(?P<rest>.*)$",
    re.DOTALL,
)
# What may follow an article's number when it heads an article; a lower-case word would make it a reference.
ARTICLE_AFTER = re.compile(
    r"^(?!Abs(?:atz|\.)|Satz\b|Nr\.|Nummer\b)(?:$|[.:–—\-(\[]|[A-ZА-ЯЁІЇЄҐӘҒҚҢӨҰҮҺÀ-ÖØ-ÞĀ-Ž«\"“„¿]|[^\W\da-zа-яё]{1,80}$)"
)

_ORDINAL = (
    r"(?:перв|втор|треть|четв[её]рт|пят|шест|седьм|восьм|девят|десят)[а-яё]+|first|second|third|fourth|fifth|premi[èe]re?|"
    r"deuxi[èe]me|primer[oa]?|segund[oa]|erste[rs]?|zweite[rs]?|general|special|allgemeiner|besonderer"
)
_GROUPS: tuple[tuple[str, int], ...] = (
    (r"книга|buch|livre|libro|book", 1),
    (r"часть|part|partie|parte|teil|dalis|частина", 2),
    (r"раздел|розділ|title|titre|t[íi]tulo|titel|abschnitt|b[öo]l[üu]m", 3),
    (r"подраздел|unterabschnitt|subtitle", 4),
    (r"глава|chapter|chapitre|cap[íi]tulo|kapitel|skyrius|тарау", 5),
    (r"параграф|section|secci[óo]n", 6),
    # after their number: "II skyrius", "1-тарау", "1. peatükk", 第一章
    (r"daļa|osa|бөлім|编|編", 2),
    (r"nodaļa|peatükk|章", 5),
    (r"skirsnis|jagu|节|節", 6),
)
_AFTER_NUMBER = r"skyrius|dalis|skirsnis|daļa|nodaļa|osa|peatükk|jagu|тарау|бөлім"
GROUP = re.compile(
    rf"^(?P<num>(?P<word>{'|'.join(words for words, _ in _GROUPS[:6])})\s+(?:{_NUMBER}|{_ORDINAL})"
    rf"|{_NUMBER}[.\-]?\s*(?P<word_after>{_AFTER_NUMBER})\b|第[一二三四五六七八九十百\d]+(?P<wide>[编編章节節]))"
    r"(?P<after>\.?[ \t]*)(?P<rest>.*)$",
    _I | re.DOTALL,
)
_RANKS = tuple((re.compile(rf"(?:{words})", _I), rank) for words, rank in _GROUPS)
ANNEX = re.compile(
    r"^(?P<num>(?:приложени[ея]|додаток|annex|appendix|annexe|anexo|anlage|anhang|priedas|pielikums)"
    rf"(?:\s*(?:№|N[o°º]?\.?)?\s*(?:{_NUMBER}|[A-ZА-Я]\b))?)(?P<after>\.?[ \t]*)(?P<rest>.*)$",
    _I | re.DOTALL,
)

CONTENTS = re.compile(
    r"^(?:содержание|оглавление|зміст|мазмұны|(?:table\s+of\s+)?contents|inhalt(?:sverzeichnis)?|sommaire|"
    r"table\s+des\s+mati[èe]res|[íi]ndice|turinys|saturs|sisukord)\s*:?$",
    _I,
)
_TOC_LINE = re.compile(r"(?:\.{4,}|…{2,}|(?:\s\.){3,}|_{4,}|\t+)\s*\d{1,4}\s*$")

# A number before one of these words names an article or a chapter ("5. pants"); it is no list's marker.
NUMBERED_PART = re.compile(rf"^(?:{_AFTER_NUMBER}|pants|panta|straipsnis|бап)\b", _I)

MONTH = re.compile(
    r"^(?:январ|феврал|март|апрел|ма[йя]\b|июн|июл|август|сентябр|октябр|ноябр|декабр|січн|лют|берез|квіт|трав|черв|лип|серп|"
    r"верес|жовт|листоп|груд|januar|februar|m[äa]rz|april|mai\b|juni|juli|august|september|oktober|november|dezember|"
    r"janvier|f[ée]vrier|mars\b|avril|juin|juillet|ao[ûu]t|enero|febrero|marzo|abril|mayo|junio|julio|agosto|january|february|"
    r"march|may\b|june|july|october|december)",
    _I,
)

# Words after which a number at the next line's start is a reference, not a marker.
REFERENCE_END = re.compile(
    r"(?<!\w)(?:пункт\w*|подпункт\w*|част\w+|стать\w+|глав\w+|п\.|пп\.|ст\.|ч\.|№|n[o°º]?\.?|paragraphs?|paras?\.?|articles?|sections?|"
    r"art\.?|resolutions?|резолюци\w+|abs\.?|absatz|artikel|nr\.?|p[áa]rrafos?|paragraphes?)$",
    _I,
)

# … and those after which it is one unless it goes on with the list.
CONJUNCTION_END = re.compile(r"(?<!\w)(?:et|and|und|и|or|или|oder|ou|y|o)$", _I)

QUESTION = re.compile(r"^(?:вопрос|question|frage|pregunta|q)\s*(?:№?\s*\d+)?\s*[:.]\s*\S", _I)

# How the title of an adopted text begins; such a line is a title even where it ends in a full stop.
TITLE_START = re.compile(
    r"^(?:(?:итоговая|заключительная|final|проект|draft|projet\s+de)\s+)?(?:резолюция|декларация|решение|заявление|обращение|"
    r"рекомендации|постановление|хартия|меморандум|резолюція|рэзалюцыя|resolution|declaration|decision|recommendation|statement|appeal|"
    r"r[ée]solution|d[ée]claration|d[ée]cision|resoluci[óo]n|declaraci[óo]n|decisi[óo]n|entschlie(?:ß|ss)ung|erkl[äa]rung|beschluss)\b",
    _I,
)

# What stands after the last clause: votes, signatures, the meeting's number.
CLOSING = re.compile(
    r"^(?:принят[аоы]\b|adopted\b|done\s+(?:at|in)\b|signed\b|подпис|председатель\b|секретарь\b|президент\b|совершено\b|г\.\s|город\s|\d+(?:st|nd|rd|th|-е|e)\s|"
    r"fait\s+[àa]\b|adopt[ée]e?\b|aprobad[ao]\b|hecho\s+en\b|geschehen\b|_{3,}|\*\s*\*|участники\b|делегаты\b|мы\b|настоящ\w+\s+резолюци\w+|"
    r"резолюция\s+принята)",
    _I,
)


def is_contents_entry(words: str) -> bool:
    """Whether a line ends in leaders and a page number, as a table of contents has them."""
    return bool(_TOC_LINE.search(words[-80:]))


def group_rank(word: str) -> int:
    """Rank of a law's grouping word, 1 (book) to 6 (section); 6 for an unknown one."""
    return next((rank for pattern, rank in _RANKS if pattern.fullmatch(word)), 6)
