"""Query rescue: what is mended, what is left alone, and that nothing a person can type breaks it."""

from __future__ import annotations

import json
import random
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from kb import rescue
from kb.encode import load_likelihood
from kb.encode.load import _cache
from kb.encode.tokenizer import load_tokenizer
from kb.language import fold
from kb.rescue import Rescue, Rescuer
from kb.search import clean_query

Likelihood = Callable[[Sequence[str]], Sequence[float]]


class Words:
    """A vocabulary counted in memory, which remembers what it was asked."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.passages = Counter(word for text in texts for word in set(rescue._words(text)))
        self.asked = 0

    def counts(self, words: Collection[str]) -> Mapping[str, int]:
        self.asked += 1
        return {word: self.passages[word] for word in words if word in self.passages}


@pytest.fixture(scope="module")
def likelihood() -> Likelihood:
    return load_likelihood()


@pytest.fixture(scope="module")
def words(root: Path) -> Words:
    """The words of the shipped corpus: its Markdown files and the sources of the others."""
    texts = [path.read_text(encoding="utf-8") for path in sorted((root / "corpus").rglob("*.md"))]
    return Words([part for text in texts for part in text.split("\n\n")])


@pytest.fixture(scope="module")
def rescuer(words: Words, likelihood: Likelihood) -> Rescuer:
    return Rescuer(words, likelihood)


def searched(rescuer: Rescuer, query: str) -> str:
    found = rescuer.rescue(query)
    return found.searched if found else query


def same(one: str, other: str) -> bool:
    return rescue._words(one) == rescue._words(other)


def typed(query: str, meant: str, on: str) -> str:
    """A query typed with one keyboard on while another was meant."""
    keys = zip("".join(rescue._KEYS[meant]), "".join(rescue._KEYS[on]), strict=True)
    return query.translate({ord(a): b for a, b in reversed(list(keys)) if " " not in (a, b)})


# -- the likelihood ---------------------------------------------------------------------------------------------------


def test_log_probability_is_the_sum_of_the_tokenizers_own_pieces() -> None:
    tokenizer = load_tokenizer(_cache() / "models")
    pieces = tokenizer._pieces
    scores = np.empty(len(pieces.scores))
    scores[pieces.ids] = pieces.scores
    for text in (
        "Права соотечественников за рубежом",
        "Wer muss berichten?",
        "人权保护指南",
        "ghfdf",
        "dreptul  la apel",
    ):
        ids = tokenizer.ids([text])[0][1:-1]
        assert tokenizer.log_probabilities([text])[0] == pytest.approx(scores[ids].sum())


def test_a_word_is_likelier_than_its_misspelling(likelihood: Likelihood) -> None:
    assert likelihood(["права"])[0] == pytest.approx(-10.44, abs=0.01)
    for right, wrong in (("программа", "прогарамма"), ("права", "ghfdf"), ("human", "huamn"), ("мектеп", "vtrntg")):
        assert likelihood([right])[0] > likelihood([wrong])[0] + 8
    assert list(likelihood([])) == []
    assert likelihood([""])[0] <= 0


def test_likelihoods_do_not_depend_on_what_was_asked_before(likelihood: Likelihood) -> None:
    asked = ["соотечественников", "sootechestvennikov", "a" * 300, "\ud800", "𐍈", " "]
    assert likelihood(asked) == [likelihood([text])[0] for text in asked]


# -- what is mended ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "kind", "meant"),
    [
        ("ghfdf cjjntxtcndtyybrjd", "layout", "права соотечественников"),
        (
            "Rfr gjkexbnm uhf;lfycndj hj;ltyyjve pf he,t;jv&",
            "layout",
            "Как получить гражданство рожденному за рубежом?",
        ),
        ("ghbdtn", "layout", "привет"),
        ("рщц ещ фзздн ащк сшешяутыршз", "layout", "how to apply for citizenship"),
        ("закон о uhf;lfycndt", "layout", "закон о гражданстве"),
        ("«Защита ghfd»", "layout", "«Защита прав»"),
        ('"ghfdf xtkjdtrf"', "layout", '"права человека"'),
        ("lj,hjdjkmyjt gthtctktybt c ltnmvb", "layout", "добровольное переселение с детьми"),
        ("зfщита прав", "layout", "защита прав"),
        ("як подати скаргу", None, "як подати скаргу"),
        ("prava sootechestvennikov", "transliteration", "права соотечественников"),
        ("kak poluchit' grazhdanstvo rebenku", "transliteration", "как получить гражданство ребенку"),
        ("4to delat esli otkazali v vize", "transliteration", "что делать если отказали в визе"),
        ("yak otrymaty hromadianstvo", "transliteration", "як отримати громадянство"),
        ('prava "human rights" sootechestvennikov', "transliteration", 'права "human rights" соотечественников'),
        ("прваа соотечественников", "spelling", "права соотечественников"),
        ("поддержка соотечествеников", "spelling", "поддержка соотечественников"),
        ("«прваа» соотечественников", None, "«прваа» соотечественников"),
        ("соотечественники -прваа", None, "соотечественники -прваа"),
        ("протекция cooтeчecтвeнникoв", "characters", "протекция соотечественников"),
        ("со\u00adотече\u00adственники", "characters", "соотечественники"),
        ("ｈｕｍａｎ ｒｉｇｈｔｓ", "characters", "human rights"),
        ("𝐡𝐮𝐦𝐚𝐧 𝐫𝐢𝐠𝐡𝐭𝐬 𝐨ﬃce", "characters", "human rights office"),
        ("humаn rights", "characters", "human rights"),
        ("\u202aправа\u200b чело\u200bвека\u200e", "characters", "права человека"),
        ("по\u0301мощь", "characters", "помощь"),
        ("gh\u00adfdf cjjntxtcndtyybrjd", "layout", "права соотечественников"),
    ],
)
def test_mended(rescuer: Rescuer, query: str, kind: str | None, meant: str) -> None:
    found = rescuer.rescue(query)
    if kind is None:
        assert found is None
    else:
        assert found
        assert (found.kind, fold(found.searched)) == (kind, fold(meant))


LATIN = {
    "BGN": "a|b|v|g|d|e|yo|zh|z|i|y|k|l|m|n|o|p|r|s|t|u|f|kh|ts|ch|sh|shch||y|'|e|yu|ya",
    "GOST": "a|b|v|g|d|e|jo|zh|z|i|j|k|l|m|n|o|p|r|s|t|u|f|x|c|ch|sh|shh|''|y|'|e|ju|ja",
    "passport": "a|b|v|g|d|e|e|zh|z|i|i|k|l|m|n|o|p|r|s|t|u|f|kh|ts|ch|sh|shch|ie|y||e|iu|ia",
    "chat": "a|b|v|g|d|e|e|j|z|i|y|k|l|m|n|o|p|r|s|t|u|f|h|c|4|sh|sch||y||e|yu|ya",
    "plain": "a|b|v|g|d|e|yo|zh|z|i|y|k|l|m|n|o|p|r|s|t|u|f|h|ts|ch|sh|sch||y||e|yu|ya",
}


@pytest.fixture(scope="module")
def russian(root: Path) -> list[str]:
    """The golden questions in Russian."""
    rows = map(json.loads, (root / "tests" / "golden.jsonl").read_text(encoding="utf-8").splitlines())
    return [row["q"] for row in rows if row["language"] == "ru"]


@pytest.mark.parametrize("on", ["us", "de", "he"])
def test_russian_questions_typed_on_another_keyboard(rescuer: Rescuer, russian: list[str], on: str) -> None:
    right = [same(searched(rescuer, clean_query(typed(query, "ru", on))), query) for query in russian]
    assert len(right) >= 30
    assert sum(right) >= 0.95 * len(right)


def test_other_languages_typed_on_another_keyboard(rescuer: Rescuer) -> None:
    for meant, on, query in (
        ("us", "ru", "How can I become a citizen if I was born abroad?"),
        ("us", "uk", "right to an interpreter in court"),
        ("us", "he", "who helps when a child is taken abroad"),
        ("us", "el", "minority language at school"),
        ("de", "ru", "Welche Behörde hilft in größter Not?"),
        ("uk", "us", "як подати скаргу до суду"),
        ("ru", "uk", "выплаты пострадавшим гражданам"),
        ("kk", "us", "қазақ тілінің құқықтары"),
        ("he", "us", "זכויות האדם והאזרח במדינה"),
        ("el", "us", "δικαιωμα στην εκπαιδευση και την εργασια"),
    ):
        assert same(searched(rescuer, typed(query, meant, on)), query), (meant, on)


@pytest.mark.parametrize("scheme", LATIN)
def test_russian_questions_in_latin_letters(rescuer: Rescuer, russian: list[str], scheme: str) -> None:
    table = dict(zip("абвгдеёжзийклмнопрстуфхцчшщъыьэюя", LATIN[scheme].split("|"), strict=True))
    right = total = 0
    for query in russian[::2]:
        latin = "".join(table.get(character, character) for character in query.lower())
        want, got = Counter(rescue._words(query)), Counter(rescue._words(searched(rescuer, clean_query(latin))))
        right += (want & got).total()
        total += want.total()
    assert right >= 0.9 * total


def test_slips_of_the_finger(rescuer: Rescuer, words: Words, russian: list[str]) -> None:
    chance = random.Random(5)
    tried = right = wrong = 0
    for query in russian:
        known = [word for word in query.split() if word.isalpha() and len(word) > 6 and words.passages[fold(word)]]
        for word in known[:3]:
            at = chance.randrange(1, len(word) - 3)
            for slip in (word[at + 1] + word[at], word[at] + word[at] + word[at + 1]):
                broken = query.replace(word, word[:at] + slip + word[at + 2 :])
                if fold(broken) == fold(query):
                    continue
                found = rescuer.rescue(broken)
                tried += 1
                right += found is not None and same(found.searched, query)
                wrong += found is not None and not same(found.searched, query)
    assert tried > 100
    assert right >= 0.7 * tried
    assert wrong <= 0.01 * tried


def test_a_word_that_the_index_lacks_is_left(likelihood: Likelihood) -> None:
    assert Rescuer(Words(["совсем другое"]), likelihood).rescue("прваа соотечественников") is None


def test_invisible_characters_are_kept_where_they_are_letters_of_a_script(rescuer: Rescuer) -> None:
    for query in ("می\u200cخواهم شکایت کنم", "क्\u200dष अधिकार", "👩\u200d⚖️ 法官的权利", "№ 5 и ¼ доли"):
        assert rescuer.rescue(query) is None


# -- what is left alone -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    """A/RES/79/225|99-ФЗ|ст. 27 ГК РФ|ЕСПЧ|МИД РФ|UN|ILO C169|Art. 8 ECHR|§ 7 StAG|Pravfond|Kallas|Daugavpils
    COVID-19|IT-специалист|PR-кампания|Wi-Fi|3D-печать|витамин C|МРОТ|visa|право|тіл|keel|ius soli|habeas corpus
    apostille Минюст|Schengen visa для ребёнка|inson huquqlari|adam quqyqtary|balalar quqyghy|ljudska prava
    zakon o radu|pravo na rad|zakon o delu|prava deteta|lidska prava|prawa czlowieka
    dozvola za boravak|kak|doktor|adres|nomer|pasport
    "прваа соотечественников"|1993|27.11.2022|قانون الجنسية|זכויות האדם|人权保护|δικαιώματα|Kohtla-Järve
    Moskva""".replace("\n", "|").split("|"),
)
def test_left_alone(rescuer: Rescuer, query: str) -> None:
    assert rescuer.rescue(query.strip()) is None


def test_golden_questions_are_left_alone(rescuer: Rescuer, root: Path) -> None:
    for name in ("golden.jsonl", "golden_hard.jsonl"):
        for line in (root / "tests" / name).read_text(encoding="utf-8").splitlines():
            query = clean_query(json.loads(line)["q"])
            assert rescuer.rescue(query) is None, query


def test_sentences_of_34_languages_are_left_alone(rescuer: Rescuer, evaluation: Path) -> None:
    touched: list[tuple[str, Rescue]] = []
    total = 0
    for path in sorted((evaluation / "ntrex").glob("*.txt")):
        if path.stem == "srp-Cyrl":  # has Latin letters of its own among the Cyrillic ones
            continue
        for line in path.read_text(encoding="utf-8").splitlines()[3::100]:
            query = clean_query(" ".join(line.split()[:9]))
            total += 1
            if found := rescuer.rescue(query):
                touched.append((query, found))
    assert total > 600
    assert len(touched) <= 0.003 * total, touched


def test_with_the_words_of_the_codes(likelihood: Likelihood, evaluation: Path) -> None:
    rows = (evaluation / "ru_codes" / "articles.jsonl").read_text(encoding="utf-8").splitlines()[::4]
    rescuer = Rescuer(Words([json.loads(row)["text"] for row in rows]), likelihood)
    assert searched(rescuer, "ответственость за нарушение закнодательства") == (
        "ответственность за нарушение законодательства"
    )
    headings = (evaluation / "ru_codes" / "title_queries.jsonl").read_text(encoding="utf-8").splitlines()[1::20]
    queries = [clean_query(json.loads(row)["query"]) for row in headings]
    assert len(queries) > 100
    assert [query for query in queries if rescuer.rescue(query)] == []


# -- whatever is typed ------------------------------------------------------------------------------------------------


def test_nothing_breaks_it(rescuer: Rescuer, caplog: pytest.LogCaptureFixture) -> None:
    chance = random.Random(1)
    odd = ["", " ", "\ud800", "a\u0300" * 50, "\u00ad", "-", '"', "«", "ж" * 2000, "aж" * 1000, "[;,." * 500, "4", "'"]
    odd += ["".join(chr(chance.randrange(1, 0x3000)) for _ in range(60)) for _ in range(60)]
    odd += ["".join(chance.choice("абвгabcd'`4 -\"«»[];,.\u00ad\u200bёіًא") for _ in range(40)) for _ in range(150)]
    for query in odd:
        found = rescuer.rescue(query)
        assert found is None or found.searched.split() != query.split()
    assert caplog.records == []


def test_a_rescued_query_is_left_alone(rescuer: Rescuer, russian: list[str]) -> None:
    for query in russian:
        assert rescuer.rescue(searched(rescuer, typed(query, "ru", "us"))) is None


def test_time(rescuer: Rescuer, words: Words, russian: list[str]) -> None:
    long = " ".join(russian * 9)[:2000]
    for query in (long, typed(long, "ru", "us"), "прваа " * 300, "prava lyudey " * 150):
        rescuer.rescue(query)  # the first loads the table of pieces and the language identifier
        begun = time.thread_time()
        rescuer.rescue(query)
        assert time.thread_time() - begun < 0.5  # some hundredths
    words.asked = 0
    for query in russian:
        rescuer.rescue(query)
    assert words.asked <= 8 * len(russian)


def test_keyboards_have_the_same_keys() -> None:
    for name, rows in rescue._KEYS.items():
        assert [len(part) for part in rows] == [49, 49], name
    for letters in rescue._LETTERS.values():
        assert len(set(letters)) == len(letters)
        assert unicodedata.normalize("NFC", letters) == letters
