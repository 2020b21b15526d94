"""Query rescue measured: what is left alone, what is repaired, and how long it takes.

python -m bench.rescue [--odd | --fresh] [--clean | --broken] [--show] [DATA]
python -m bench.rescue --index INDEX QUERIES

DATA: the folder of evaluation data, ../shared/data by default. --show: some of what was not repaired.

Clean queries come from XQuAD-R, NTREX-128, RuBQ, headings of codes and UN titles; broken ones are made of clean ones.
Two vocabularies: the words of the shipped corpus, and with them those of 7,665 articles of Russian codes. The odd lines
of the samples set the thresholds, and some were changed after a look at the even ones; --fresh takes other lines.

With --index: whether broken Russian queries find first in a built index what the clean ones find first, with rescue
and without. QUERIES: a JSON Lines file of what to ask, under `text`, `query` or `q`.
"""

from __future__ import annotations

import json
import random
import re
import statistics
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from kb.encode import load_encoder, load_likelihood
from kb.errors import UsageError
from kb.language import fold, identify
from kb.rescue import _KEYS, Rescuer
from kb.search import Searcher, clean_query
from kb.settings import load_settings

ROOT = Path(__file__).parent.parent
WORD = re.compile(r"[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*")
NTREX = (
    "arb aze-Latn bel bul ces deu ell eng est fin fra heb hye ita kat kaz kir lav lit mon pol por ron rus spa".split()
)
NTREX += "srp-Cyrl swe tat tgk-Cyrl tuk tur ukr uzb zho-CN".split()

# Names, numbers, abbreviations and short words that must stay as they are.
AWKWARD = """
A/RES/79/225|99-ФЗ|ст. 27|ст. 27 ГК РФ|ЕСПЧ|ОБСЕ|МИД РФ|СНГ|ЕАЭС|ВКСРС|UN|OSCE|NGO|GDPR|ILO C169|п. 3 ч. 2 ст. 14
Art. 8 ECHR|§ 7 StAG|Rossotrudnichestvo|Pravfond|Russkiy Mir|Kant|Путин|Лавров|Шольц|von der Leyen|Kallas|Tallinn
Рига|Daugavpils|COVID-19|IT-специалист|PR-кампания|SMS-сообщение|Wi-Fi|e-mail|iPhone|3D-печать|витамин C|гепатит B
ООН/UN|МРОТ|СНИЛС|ИНН|НДС|ОМС|ЗАГС|visa|work|Arbeit|право|суд|дом|мир|мова|тіл|tiesa|keel|teisė|loi|droit|ius soli
status quo|de facto|non-refoulement|habeas corpus|Schengen visa для ребёнка|закон о гражданстве Latvia
apostille Минюст|паспорт РФ в Berlin|"права соотечественников"|«родной язык»|-школа|суд -арбитражный
права человека -Европа|1993|27|12.11.2022|2022-11-02|Абхазия|Эстония|Narva|Kohtla-Järve|Жогорку Кенеш|Vyshyvanka
perestroika|glasnost|samizdat|sputnik|babushka|borscht|dacha|Dostoevsky|Tchaikovsky|Pushkin|Moskva|Kyiv|Zelenskyy
Minsk|adam quqyqtary|azamattyq alu tártibi|mektep|balalar quqyghy|inson huquqlari|fuqarolik olish tartibi
ta'lim to'g'risida|o'zbek tili|ljudska prava|zakon o radu|pravo na rad|zakon o državljanstvu|prava deteta
sud u strazburu|ustav republike srbije|dete bez dokumenata|ludske prava|prawa czlowieka|zakon o prawie pracy
lidska prava|obcanstvi|clovekove pravice|zakon o delu|pravica do dela|prava coveka i gradjana|zakon o strancima
dozvola za boravak|sudska praksa|kako dobiti pasos|gde se podnosi zalba|škola na ruskom|crimean tatar tili
milli mektep|til aqqı|insan haqları|adam huquqları|kak|bar|problem|doktor|adres|telefon|nomer|pasport
""".replace("\n", "|").split("|")


class Words:
    """A vocabulary counted in memory."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._counts: Counter[str] = Counter()
        for text in texts:
            self._counts.update(set(WORD.findall(fold(text))))

    def counts(self, words: Collection[str]) -> Mapping[str, int]:
        """Texts of each word."""
        return {word: self._counts[word] for word in words if word in self._counts}


# -- what is measured on ----------------------------------------------------------------------------------------------


def lines(path: Path, key: str = "") -> list[str]:
    """Lines of a text file, or one field of a JSON Lines file."""
    texts = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(text)[key] for text in texts] if key else texts


def corpus_texts() -> list[str]:
    """Paragraphs of the shipped corpus: its Markdown files, and the sources of the others."""
    return [
        part
        for path in sorted((ROOT / "corpus").rglob("*.md"))
        for part in path.read_text(encoding="utf-8").split("\n\n")
    ]


def vocabularies(data: Path) -> dict[str, Words]:
    """The two vocabularies."""
    small = corpus_texts()
    codes = lines(data / "ru_codes" / "articles.jsonl", "text")
    return {"small": Words(small), "large": Words([*small, *codes])}


def clean_queries(data: Path, start: int = 0) -> dict[str, list[str]]:
    """Clean queries by where they come from; `start`: the first line of each source that is taken."""
    queries = {"golden": [q for name in ("golden", "golden_hard") for q in lines(ROOT / f"tests/{name}.jsonl", "q")]}
    for language in ("ru", "en", "de", "es", "ar", "zh"):
        paragraphs = json.loads((data / f"xquad-r/{language}.json").read_text(encoding="utf-8"))["data"]
        asked = [qa["question"] for d in paragraphs for p in d["paragraphs"] for qa in p["qas"]]
        queries[f"xquad {language}"] = asked[start::8]
    for language in NTREX:
        texts = lines(data / f"ntrex/{language}.txt")[start::25]
        queries[f"ntrex {language}"] = [half(text) for text in texts]
        if language not in {"zho-CN"}:
            queries[f"word {language}"] = [word for n, text in enumerate(texts) if (word := one_word(text, n))]
    latin = [half(serbian(text)) for text in lines(data / "ntrex/srp-Cyrl.txt")[start::25]]
    queries["ntrex srp-Latn"] = latin
    queries["srp-Latn ascii"] = [unaccented(text) for text in latin]
    queries["ces ascii"] = [unaccented(text) for text in queries["ntrex ces"]]
    queries["pol ascii"] = [unaccented(text) for text in queries["ntrex pol"]]
    queries["kaz-Latn"] = [half(kazakh(text)) for text in lines(data / "ntrex/kaz.txt")[start::25]]
    for name in ("RuBQ_2.0_dev", "RuBQ_1.0_test"):
        asked = json.loads((data / f"rubq_ru/{name}.json").read_text(encoding="utf-8"))
        queries[name] = [question["question_text"] for question in asked][start::4]
    queries["headings ru"] = lines(data / "ru_codes/title_queries.jsonl", "query")[start::10]
    queries["headings de"] = lines(data / "laws/de.title_queries.jsonl", "query")[start::4]
    queries["headings lt"] = lines(data / "laws/lt.title_queries.jsonl", "query")[start::8]
    queries["titles un"] = lines(data / "un_resolutions/title_queries.jsonl", "query")[start::4]
    queries["awkward"] = [query for query in AWKWARD if query]
    return {
        name: [query for query in asked if usable(query) and not _DIRTY.search(query)]
        for name, asked in queries.items()
    }


# Some sources have invisible characters and words of two scripts of their own (NTREX srp-Cyrl most): not clean.
_DIRTY = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]|[a-zA-Z][а-яА-Я]|[а-яА-Я][a-zA-Z]")


def usable(query: str) -> bool:
    """Whether a query has anything to search for."""
    try:
        return bool(clean_query(query))
    except UsageError:
        return False


def half(text: str) -> str:
    """The first half of a sentence, eleven words at most."""
    words = text.split()
    return " ".join(words[: min(11, (len(words) + 1) // 2)])


def one_word(text: str, number: int) -> str:
    """One word of a sentence."""
    words = [word for word in WORD.findall(text) if len(word) > 2]
    return words[number % len(words)] if words else ""


def unaccented(text: str) -> str:
    """A text as typed without diacritics."""
    plain = text.translate(str.maketrans("đĐłŁ", "dDlL"))
    return "".join(c for c in unicodedata.normalize("NFD", plain) if not unicodedata.combining(c))


def serbian(text: str) -> str:
    """Serbian Cyrillic in Latin letters."""
    latin = "a b v g d đ e ž z i j k l lj m n nj o p r s t ć u f h c č dž š".split()
    table = dict(zip("абвгдђежзијклљмнњопрстћуфхцчџш", latin, strict=True))
    return cased(text, table)


def kazakh(text: str) -> str:
    """Kazakh in the Latin letters of 2021, typed without diacritics."""
    letters = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"
    latin = "a a b v g g d e io j z i i k q l m n n o o p r s t u u u f h h ts ch sh shsh - y i - e iu ia".split()
    return cased(text, {a: b.strip("-") for a, b in zip(letters, latin, strict=True)})


def cased(text: str, table: Mapping[str, str]) -> str:
    """A text letter by letter through a table of small letters, its capitals kept."""
    return "".join(
        table.get(c, c) if c == c.lower() else table.get(c.lower(), c).capitalize()
        for c in unicodedata.normalize("NFC", text)
    )


# -- how queries are broken -------------------------------------------------------------------------------------------


def on_keyboard(meant: str, on: str) -> Callable[[str, random.Random], str]:
    """Typing with another keyboard on than was meant."""
    keys = zip("".join(_KEYS[meant]), "".join(_KEYS[on]), strict=True)
    table = {ord(a): b for a, b in reversed(list(keys)) if " " not in (a, b)}

    def typed(query: str, _: random.Random) -> str:
        if meant == "el":  # an accent is a key of its own, before the letter
            query = re.sub("(.)\u0301", "΄\\1", unicodedata.normalize("NFD", query))
        if meant == "ar":
            query = query.replace("لا", "b")
        return query.translate(table)

    return typed


_RUSSIAN = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
_UKRAINIAN = "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя'’"
SCHEMES = {
    "BGN": "a|b|v|g|d|e|yo|zh|z|i|y|k|l|m|n|o|p|r|s|t|u|f|kh|ts|ch|sh|shch||y|'|e|yu|ya",
    "GOST 7.79": "a|b|v|g|d|e|jo|zh|z|i|j|k|l|m|n|o|p|r|s|t|u|f|x|c|ch|sh|shh|''|y|'|e|ju|ja",
    "passport": "a|b|v|g|d|e|e|zh|z|i|i|k|l|m|n|o|p|r|s|t|u|f|kh|ts|ch|sh|shch|ie|y||e|iu|ia",
    "chat": "a|b|v|g|d|e|e|j|z|i|y|k|l|m|n|o|p|r|s|t|u|f|h|c|4|sh|sch||y||e|yu|ya",
    "plain": "a|b|v|g|d|e|yo|zh|z|i|y|k|l|m|n|o|p|r|s|t|u|f|h|ts|ch|sh|sch||y||e|yu|ya",
    "all i": "a|b|v|g|d|e|e|zh|z|i|i|k|l|m|n|o|p|r|s|t|u|f|h|c|ch|sh|sch||i||e|u|ya",
    "German": "a|b|w|g|d|e|jo|sh|s|i|j|k|l|m|n|o|p|r|s|t|u|f|ch|z|tsch|sch|schtsch||y||e|ju|ja",
}
UKRAINIAN_SCHEMES = {
    "passport": "a|b|v|h|g|d|e|ie|zh|z|y|i|i|i|k|l|m|n|o|p|r|s|t|u|f|kh|ts|ch|sh|shch||iu|ia||",
    "plain": "a|b|v|g|g|d|e|ye|zh|z|y|i|yi|y|k|l|m|n|o|p|r|s|t|u|f|h|ts|ch|sh|sch||yu|ya||",
}


def in_latin(letters: str, scheme: str) -> Callable[[str, random.Random], str]:
    """Cyrillic in Latin letters."""
    table = dict(zip(letters, scheme.split("|"), strict=True))
    return lambda query, _: cased(query, table)


def places(query: str, random_: random.Random, least: int = 5) -> tuple[int, int]:
    """Span of one word of at least so many letters; (0, 0) if there is none."""
    spans = [m.span() for m in WORD.finditer(query) if len(m.group()) >= least and m.group().isalpha()]
    spans = [(a, b) for a, b in spans if not query[a:b].isupper()]
    return random_.choice(spans) if spans else (0, 0)


def slip(kind: str) -> Callable[[str, random.Random], str]:
    """One typing error in one word of five letters or more."""

    def typed(query: str, random_: random.Random) -> str:
        start, end = places(query, random_)
        if not end:
            return query
        word = query[start:end]
        for _ in range(20):
            wrong = slipped(word, kind, random_)
            if fold(wrong) != fold(word):
                return query[:start] + wrong + query[end:]
        return query

    return typed


def slipped(word: str, kind: str, random_: random.Random) -> str:
    """A word with one typing error."""
    at = random_.randrange(1, len(word) - 1)
    letters = "абвгдежзийклмнопрстуфхцчшщыьэюя" if re.search("[а-я]", word.lower()) else "abcdefghijklmnopqrstuvwxyz"
    letter = near(word[at], random_) or random_.choice(letters)
    return {
        "insertion": word[:at] + letter + word[at:],
        "deletion": word[:at] + word[at + 1 :],
        "substitution": word[:at] + letter + word[at + 1 :],
        "transposition": word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        "doubling": word[:at] + word[at] + word[at:],
    }[kind]


def near(letter: str, random_: random.Random) -> str:
    """A letter of a neighbouring key."""
    for name in ("us", "ru", "uk"):
        for row in _KEYS[name][0].split(" "):
            at = row.find(letter.lower())
            if at > 0 and letter.isalpha():
                beside = [c for c in row[max(at - 1, 0) : at + 2] if c.isalpha() and c != letter.lower()]
                return random_.choice(beside) if beside else ""
    return ""


def sprinkled(character: str) -> Callable[[str, random.Random], str]:
    """A character put into every word of four letters or more."""
    return lambda query, random_: re.sub(
        r"[^\W\d_]{4,}",
        lambda m: m.group()[: (at := random_.randrange(1, len(m.group()) - 1))] + character + m.group()[at:],
        query,
    )


def twins(pairs: Mapping[str, str], share: float) -> Callable[[str, random.Random], str]:
    """Some letters by their twins in another script, in words that keep letters of their own."""

    def mixed(query: str, random_: random.Random) -> str:
        return "".join(pairs[c] if c in pairs and random_.random() < share else c for c in query)

    return mixed


def dressed(first_capital: int, first_small: int) -> Callable[[str, random.Random], str]:
    """Latin letters in another block of Unicode."""
    table = {ord("A") + n: chr(first_capital + n) for n in range(26)}
    table |= {ord("a") + n: chr(first_small + n) for n in range(26)}
    return lambda query, _: query.translate(table)


# Language meant, keyboard that was on.
KEYBOARDS = """
ru us|ru de|ru he|ru uk|uk us|uk ru|be us|kk us|kk ru|he us|ar us|el us|en ru|en uk|en he|en ar|en el|de ru
""".strip()
FRESH = 3  # lines into each source, which none of the samples that thresholds were set on has
MOST = 100  # queries broken in each way
Break = tuple[str, str, Callable[[str, random.Random], str]]


def breaks() -> Iterator[tuple[str, Break]]:
    """(kind, (name, language, how)) of every way to break a query."""
    for pair in KEYBOARDS.split("|"):
        meant, on = pair.split()
        keyboard = {"en": "us"}.get(meant, meant)
        yield "layout", (f"{on} for {keyboard}", meant, on_keyboard(keyboard, on))
    for name, scheme in SCHEMES.items():
        yield "transliteration", (name, "ru", in_latin(_RUSSIAN, scheme))
    for name, scheme in UKRAINIAN_SCHEMES.items():
        yield "transliteration", (name, "uk", in_latin(_UKRAINIAN, scheme))
    for language in ("ru", "en", "de", "uk"):
        for kind in ("insertion", "deletion", "substitution", "transposition", "doubling"):
            yield "spelling", (kind, language, slip(kind))
    latin, cyrillic = "aceopxyABCEHKMOPTX", "асеорхуАВСЕНКМОРТХ"
    for language in ("ru", "en"):
        pairs = dict(zip(cyrillic, latin, strict=True)) if language == "ru" else dict(zip(latin, cyrillic, strict=True))
        yield "characters", ("some twins", language, twins(pairs, 0.3))
        yield "characters", ("all twins", language, twins(pairs, 1.0))
        yield "characters", ("soft hyphen", language, sprinkled("\u00ad"))
        yield "characters", ("zero width", language, sprinkled("\u200b"))
        yield "characters", ("direction", language, lambda query, _: f"\u202a{query}\u200e")
        yield "characters", ("NFD", language, lambda query, _: unicodedata.normalize("NFD", query))
        yield "characters", ("no-break", language, lambda query, _: query.replace(" ", "\u00a0"))
    yield "characters", ("full width", "en", dressed(0xFF21, 0xFF41))
    yield "characters", ("mathematical", "en", dressed(0x1D400, 0x1D41A))
    yield "characters", ("ligatures", "en", lambda query, _: query.replace("fi", "ﬁ").replace("fl", "ﬂ"))


def sources(clean: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    """Clean queries to be broken, by language."""
    codes = {"uk": "ukr", "be": "bel", "kk": "kaz", "he": "heb", "ar": "arb", "el": "ell"}
    queries: dict[str, Sequence[str]] = {code: clean[f"ntrex {name}"] for code, name in codes.items()}
    golden_ru = [query for query in clean["golden"] if re.search("[а-я]", query) and not re.search("[іїәў]", query)]
    queries["ru"] = [*golden_ru, *clean["headings ru"], *clean["RuBQ_2.0_dev"]]
    queries["en"] = [*clean["xquad en"], *clean["titles un"]]
    queries["de"] = [*clean["xquad de"], *clean["headings de"]]
    return queries


# -- the table --------------------------------------------------------------------------------------------------------


def key(query: str) -> list[str]:
    """What two queries are compared by: their folded words."""
    return WORD.findall(fold(query))


def measure_clean(rescuers: Mapping[str, Rescuer], clean: Mapping[str, Sequence[str]]) -> None:
    """Clean queries left alone, with every one that is not, and how long they take."""
    for size, rescuer in rescuers.items():
        touched, total, times = [], 0, []
        print(f"\nclean queries, {size} vocabulary")
        for name, queries in clean.items():
            wrong = []
            for query in map(clean_query, queries):
                begun = time.perf_counter()
                found = rescuer.rescue(query)
                times.append(1000 * (time.perf_counter() - begun))
                if found:
                    wrong.append(f"    {found.kind}: {query} → {found.searched}")
            total += len(queries)
            touched += wrong
            if wrong:
                print(f"  {name}: {len(wrong)} of {len(queries)} touched", *wrong, sep="\n")
        print(f"  left alone {1 - len(touched) / total:.4f} of {total}; {spent(times)}")


def measure_broken(
    words: Mapping[str, Words], rescuers: Mapping[str, Rescuer], clean: Mapping[str, Sequence[str]], show: int
) -> None:
    """Broken queries repaired, and of their words those that are right; for spelling, of words that the index has."""
    queries = sources(clean)
    for size, rescuer in rescuers.items():
        print(f"\nbroken queries, {size} vocabulary: exactly right | words right | changed, not rightly")
        for kind, (name, language, broken_by) in breaks():
            random_ = random.Random(7)
            exact = right = wrong = total = all_words = 0
            times, failed = [], []
            for query in [clean_query(query) for query in queries[language]]:
                broken = clean_query(broken_by(query, random_))
                want = key(query)
                if broken == query or (kind == "spelling" and not known(set(want) - set(key(broken)), words[size])):
                    continue
                begun = time.perf_counter()
                found = rescuer.rescue(broken)
                times.append(1000 * (time.perf_counter() - begun))
                got = key(found.searched if found else broken)
                total += 1
                exact += got == want
                all_words += len(want)
                right += sum((Counter(got) & Counter(want)).values())
                wrong += got != want and found is not None
                if got != want:
                    failed.append(f"      {query} | {broken} → {found.searched if found else None}")
                if total == MOST:
                    break
            if total:
                print(
                    f"  {kind:15} {language:2} {name:14} {exact / total:.3f} | {right / all_words:.3f} | "
                    f"{wrong / total:.3f}  of {total:3}; {spent(times)}",
                    *failed[:show],
                    sep="\n",
                )


def known(meant: Collection[str], words: Words) -> bool:
    """Whether the vocabulary has all of some words."""
    return len(words.counts(meant)) == len(meant)


def spent(times: Sequence[float]) -> str:
    """Median, 95th percentile and longest of some milliseconds."""
    ordered = sorted(times)
    high = ordered[int(len(ordered) * 0.95)]
    return f"ms {statistics.median(ordered):.1f} median, {high:.1f} p95, {ordered[-1]:.0f} max"


def first(searcher: Searcher, query: str, *, rescue: bool) -> str:
    """The id of the first hit, "" where there is none."""
    try:
        hits = searcher.search(query, limit=1, rescue=rescue).hits
    except UsageError:
        return ""
    return hits[0].passage_id if hits else ""


def measure_found(index: Path, path: Path) -> None:
    """Print for each way to break Russian queries how many find what the clean ones find."""
    settings = load_settings()
    encoder = load_encoder(settings.encoder, cache=settings.cache, threads=settings.threads)
    searcher = Searcher.open(index, encoder, settings.corpus, cache=settings.cache)
    name = next(name for name in ("text", "query", "q") if f'"{name}":' in path.read_text(encoding="utf-8"))
    longer = [query for query in lines(path, name) if re.search(r"\w{5}", query) and identify(query)[0] == "ru"]
    queries = random.Random(1).sample(longer, min(MOST, len(longer)))
    wanted = {query: first(searcher, query, rescue=False) for query in queries}
    alone = sum(not searcher.search(query, limit=1).rescued for query in queries)
    print(f"{len(queries)} clean queries, {alone} left alone")
    for kind, (way, language, broken) in breaks():
        tried = (
            [(query, broken(query, random.Random(n))) for n, query in enumerate(queries)] if language == "ru" else []
        )
        tried = [(query, text) for query, text in tried if text != query]
        if not tried:
            continue
        with_, without = (
            sum(first(searcher, text, rescue=rescue) == wanted[query] for query, text in tried) / len(tried)
            for rescue in (True, False)
        )
        print(f"{kind:16}{way:16}{len(tried):4}  {with_:.2f}  without rescue {without:.2f}", flush=True)


def main() -> None:
    """Print the table."""
    if sys.argv[1:2] == ["--index"]:
        measure_found(Path(sys.argv[2]), Path(sys.argv[3]))
        return
    arguments = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    data = Path(arguments[0]) if arguments else ROOT.parent / "shared" / "data"
    clean = clean_queries(data, FRESH if "--fresh" in sys.argv else 0)
    if "--odd" in sys.argv:
        clean = {name: queries[1::2] if name not in {"awkward"} else queries for name, queries in clean.items()}
    likelihood = load_likelihood()
    words = vocabularies(data)
    rescuers = {size: Rescuer(vocabulary, likelihood) for size, vocabulary in words.items()}
    if "--broken" not in sys.argv:
        measure_clean(rescuers, clean)
    if "--clean" not in sys.argv:
        measure_broken(words, rescuers, clean, 5 if "--show" in sys.argv else 0)


if __name__ == "__main__":
    main()
