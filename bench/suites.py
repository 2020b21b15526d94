"""The named suites of `kb eval NAME`: data beside the project, written as folders in BEIR's format.

    kb eval xquad-r --mode all
    kb eval ru-codes --sample 100 --index bench-index

All but the golden questions are read from ../shared/data. What is written is the same byte for byte every time.
"""

from __future__ import annotations

import gzip
import json
import random
import re
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kb.errors import SuiteError
from kb.evaluate import Question, Suite, read_folder
from kb.model import Document
from kb.search import Hit

__all__ = ["DATA", "SUITES"]

ROOT: Final = Path(__file__).parent.parent
DATA: Final = ROOT.parent / "shared" / "data"
SEED: Final = 7
ASKED: Final = 300  # headings of a law suite that are asked unless told otherwise

Record = Mapping[str, Any]
Maker = Callable[[Path], Suite]


# -- folders in BEIR's format -----------------------------------------------------------------------------------------


def write_folder(
    folder: Path, documents: Iterable[Record], queries: Iterable[Record], judgements: Iterable[tuple[str, str]]
) -> None:
    """Write corpus.jsonl, queries.jsonl and qrels/test.tsv; a judgement is (query-id, corpus-id of what answers it)."""
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    for name, records in (("corpus", documents), ("queries", queries)):
        lines = (json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        (folder / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8", newline="\n")
    rows = ["query-id\tcorpus-id\tscore\n", *(f"{query}\t{document}\t1\n" for query, document in judgements)]
    (folder / "qrels" / "test.tsv").write_text("".join(rows), encoding="utf-8", newline="\n")


def record(identity: str, text: str, language: str = "") -> Record:
    """A line of corpus.jsonl or queries.jsonl."""
    return {"_id": identity, "text": text, **({"metadata": {"language": language}} if language else {})}


def needed(name: str) -> Path:
    """A file or folder of the evaluation data. Raises SuiteError where it is not there."""
    path = DATA / name
    if not path.exists():
        raise SuiteError(f"{path}: not there; this suite needs the evaluation data beside the project")
    return path


def lines(path: Path) -> Iterator[Record]:
    """The records of a JSON Lines file, gzipped or not."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


# -- XQuAD-R ----------------------------------------------------------------------------------------------------------


def is_held_out(question: str) -> bool:
    """Whether a question of XQuAD-R, by its id, is one that nothing is fitted to."""
    return zlib.crc32(question.encode()) % 2 == 1


def xquad(
    languages: Sequence[str], kept: Sequence[int] | None = None, asked: int = 0, held_out: bool | None = None
) -> Maker:
    """Parallel paragraphs, each of which answers its questions in every language.

    `kept`: the numbers of the paragraphs in the corpus (else all); the others' questions are unanswerable.
    `asked`: so many answerable questions and a third as many others, of a seeded shuffle (else all); the same ones in
    each language. `held_out`: only the questions that are, or are not; None for both.
    """

    def make(folder: Path) -> Suite:
        documents: list[Record] = []
        queries: list[Record] = []
        judgements: list[tuple[str, str]] = []
        for language in languages:
            data = json.loads(needed(f"xquad-r/{language}.json").read_text(encoding="utf-8"))["data"]
            paragraphs = [paragraph for article in data for paragraph in article["paragraphs"]]
            there = set(kept if kept is not None else range(len(paragraphs)))
            documents += [record(f"{language}-{n}", paragraphs[n]["context"], language) for n in sorted(there)]
            questions = [
                (n, asking)
                for n, paragraph in enumerate(paragraphs)
                for asking in paragraph["qas"]
                if held_out in {None, is_held_out(asking["id"])}
            ]
            random.Random(SEED).shuffle(questions)
            yes = [one for one in questions if one[0] in there][: asked or None]
            no = [one for one in questions if one[0] not in there][: asked // 3 if asked else None]
            for n, asking in yes + no:
                identity = f"{language}-{asking['id']}"
                queries.append(record(identity, asking["question"], language))
                judgements += [(identity, f"{other}-{n}") for other in languages if n in there]
        write_folder(folder, documents, queries, judgements)
        return read_folder(folder, name=folder.parent.name)

    return make


XQUAD: Final = ("ar", "de", "en", "es", "ru", "zh")
PARAGRAPHS: Final = range(240)
HALF: Final = sorted(random.Random(SEED).sample(PARAGRAPHS, 120))
SIXTH: Final = sorted(random.Random(SEED).sample(PARAGRAPHS, 40))  # what a test has time for


# -- laws: the heading of an article finds its text -------------------------------------------------------------------


def headings(articles: str, titles: str, half: bool = False) -> Maker:
    """Articles by their text alone; headings ask. With `half` every second article asked for is left out."""

    def make(folder: Path) -> Suite:
        queries = list(lines(needed(titles)))
        gold = [identity for query in queries for identity in query["gold"]]
        gone = set(random.Random(SEED).sample(gold, len(gold) // 2)) if half else set()
        documents = [
            record(article["id"], article["text"])
            for article in lines(needed(articles))
            if article["id"] not in gone and article["text"].strip()
        ]
        there = {document["_id"] for document in documents}
        judgements = [(query["qid"], one) for query in queries for one in query["gold"] if one in there]
        answered = {query for query, _ in judgements}
        asked = [q for q in queries if q["qid"] in answered or gone.issuperset(q["gold"])]
        write_folder(folder, documents, [record(q["qid"], q["query"]) for q in asked], judgements)
        return read_folder(folder, name=folder.parent.name, sample=ASKED)

    return make


# -- United Nations: the title of a resolution finds its paragraphs ---------------------------------------------------


def resolutions(folder: Path) -> Suite:
    """Documents without their titles; a document with no other text is left out, and its question too."""
    queries = list(lines(needed("un_resolutions/title_queries.jsonl")))
    titles = {query["gold_doc"][0]: words(query["query"]) for query in queries}
    texts: dict[str, list[str]] = defaultdict(list)
    for part in lines(needed("un_resolutions/paragraphs.jsonl.gz")):
        title = titles.get(part["doc"])
        headed = part["type"] in {"frontmatter", "heading"} and title is not None and title in words(part["text"])
        if part["type"] != "title" and not headed:
            texts[part["doc"]].append(part["text"])
    documents = [record(name, text) for name, parts in texts.items() if (text := "\n\n".join(parts)).strip()]
    there = {document["_id"] for document in documents}
    asked = [query for query in queries if query["gold_doc"][0] in there]
    judgements = [(query["qid"], query["gold_doc"][0]) for query in asked]
    write_folder(folder, documents, [record(q["qid"], q["query"]) for q in asked], judgements)
    return read_folder(folder, name=folder.parent.name)


def words(text: str) -> str:
    """A text's words, whatever stands between them."""
    return " ".join(re.findall(r"\w+", text.casefold()))


# -- the golden questions ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Golden:
    """The shipped corpus: a passage is right when it is the right document's and its quote holds the answer.

    An item is the question's own id for a right passage, and the passage's id for any other.
    """

    name: str
    questions: Sequence[Question]
    files: Sequence[Path]
    answers: Mapping[str, tuple[str, tuple[str, ...]]]  # question's id → document's id, texts that answer
    corpus: Path = ROOT / "corpus"
    sample: int = 0
    passages: bool = True

    def item(self, question: Question, hit: Hit, document: Document) -> str:
        """Whether the hit is right, as an item."""
        wanted, answers = self.answers[question.id]
        right = document.id == wanted and any(answer in hit.quote for answer in answers)
        return question.id if right else hit.passage_id

    def languages(self, documents: Iterable[Document]) -> Mapping[str, str]:
        """The language of the document that answers each question."""
        spoken = {document.id: document.language for document in documents}
        missing = {document for document, _ in self.answers.values()} - spoken.keys()
        if missing:
            raise SuiteError(f"{self.files[0]}: field 'document': the corpus holds no {', '.join(sorted(missing))}")
        return {question: spoken[document] for question, (document, _) in self.answers.items()}


def golden(file: str) -> Maker:
    """The questions of a file beside the tests."""

    def make(folder: Path) -> Suite:
        asked = {f"{n}": one for n, one in enumerate(lines(ROOT / "tests" / file), 1)}
        return Golden(
            name=folder.parent.name,
            questions=[Question(n, one["q"], one["language"], {n: 1}) for n, one in asked.items()],
            files=[ROOT / "tests" / file, *(path for path in sorted((ROOT / "corpus").rglob("*")) if path.is_file())],
            answers={n: (one["document"], tuple(one.get("answers") or [one["answer"]])) for n, one in asked.items()},
        )

    return make


SUITES: Final[Mapping[str, Maker]] = {
    "golden": golden("golden.jsonl"),
    "golden-hard": golden("golden_hard.jsonl"),
    "xquad-r": xquad(XQUAD),
    "xquad-r-half": xquad(XQUAD, HALF),
    "xquad-r-fit": xquad(XQUAD, HALF, held_out=False),
    "xquad-r-held-out": xquad(XQUAD, HALF, held_out=True),
    "xquad-r-small": xquad(("de", "en", "ru"), SIXTH, 36),
    "ru-codes": headings("ru_codes/articles.jsonl", "ru_codes/title_queries.jsonl"),
    "ru-codes-half": headings("ru_codes/articles.jsonl", "ru_codes/title_queries.jsonl", half=True),
    "laws-de": headings("laws/de.articles.jsonl", "laws/de.title_queries.jsonl"),
    "laws-lt": headings("laws/lt.articles.jsonl", "laws/lt.title_queries.jsonl"),
    "un-resolutions": resolutions,
}
