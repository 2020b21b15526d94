"""Rebuilds of a large corpus: first build, nothing changed, one document changed, one more, one gone; peak memory.

    python -m bench.rebuild ../shared/data/ru_codes/articles.jsonl ../shared/data/laws/de.articles.jsonl
    python -m bench.rebuild corpus.jsonl --shape files --vectors FOLDER   # a file each; vectors cached before

Each build is a `kb build` of its own, timed as a whole process. Figures on one line each. With --vectors, the cache of
another index serves the texts that it has, so that the first build is not all encoding.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path


def records(paths: Sequence[Path], titles: bool) -> Iterator[dict[str, str]]:
    """Records with a text, each under an id of its own."""
    for path in paths:
        for line in path.open(encoding="utf-8"):
            record = json.loads(line)
            if record.get("text", "").strip():
                kept = {"_id": str(record.get("_id") or record.get("id")), "text": record["text"]}
                yield {**kept, "title": record.get("title", "")} if titles else kept


def write(corpus: Path, shape: str, documents: Sequence[dict[str, str]]) -> None:
    """The corpus as one file of records, or as a text file each."""
    corpus.mkdir(exist_ok=True)
    if shape == "lines":
        lines = (json.dumps(document, ensure_ascii=False) for document in documents)
        (corpus / "all.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return
    for number, document in enumerate(documents):
        (corpus / f"document-{number:05}.txt").write_text(document["text"], encoding="utf-8")


def run(label: str, corpus: Path, index: Path) -> None:
    """One `kb build`, and its line."""
    command = [sys.executable, "-m", "kb", "build", "--corpus", str(corpus), "--index", str(index), "--json"]
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    with process.stdout as output:
        said = output.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - started
    if process.returncode not in {0, 3}:
        sys.exit(f"{label}: kb build ended with {process.returncode}")
    report = json.loads(said)
    stages = ", ".join(f"{stage} {seconds:.2f}" for stage, seconds in report["seconds"].items())
    print(
        f"{label:18}{wall:8.2f} s  peak {usage.ru_maxrss / 1024:5.0f} MiB  {report['documents']} documents"
        f" ({report['kept']} kept), {report['passages']} passages, {report['encoded']} texts encoded  [{stages}]",
        flush=True,
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", type=Path, nargs="+")
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--shape", choices=("lines", "files"), default="lines")
    parser.add_argument("--titles", action="store_true", help="keep the records' titles")
    parser.add_argument("--vectors", type=Path, help="folder with a vector cache to start from")
    arguments = parser.parse_args()
    documents = list(records(arguments.sources, arguments.titles))
    random.Random(1).shuffle(documents)  # fewer documents are a sample of the same ones
    del documents[arguments.documents :]
    with tempfile.TemporaryDirectory() as temporary:
        corpus, index = Path(temporary) / "corpus", Path(temporary) / "index"
        (index / "cache").mkdir(parents=True)
        if arguments.vectors:
            for path in arguments.vectors.glob("vectors-*.sqlite"):
                shutil.copy(path, index / "cache")
        write(corpus, arguments.shape, documents)
        print(f"{len(documents)} documents as {arguments.shape}, {sum(len(d['text']) for d in documents):,} characters")
        run("first", corpus, index)
        run("nothing changed", corpus, index)
        at = len(documents) // 2
        documents[at] = {**documents[at], "text": f"{documents[at]['text']} One sentence more."}
        write(corpus, arguments.shape, documents)
        run("one changed", corpus, index)
        documents.append({"_id": "one-more", "text": "A document that was not there before."})
        write(corpus, arguments.shape, documents)
        run("one more", corpus, index)
        if arguments.shape == "lines":
            del documents[at]
            write(corpus, arguments.shape, documents)
        else:
            (corpus / f"document-{at:05}.txt").unlink()
        run("one gone", corpus, index)


if __name__ == "__main__":
    main()
