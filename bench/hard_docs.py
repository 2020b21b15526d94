"""What comes of a folder of hard files: how many are read, why the others are not, and how long the slowest takes.

    python bench/hard_docs.py FOLDER [--list] [--passwords a,b,c]

Each file goes through the real reading processes, two at a time, under the usual limits; files of all kinds are tried,
those with an unknown suffix too. With --list every file has a line of its own. Exits 1 where a reading process died or
a file took its limit of time: those are findings, the rest are answers.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from kb.errors import Reason, UnreadableFile
from kb.read import ReaderPool

_FINDINGS = ("too-slow", "crashed")


@dataclass(frozen=True, slots=True)
class _Outcome:
    path: str
    outcome: str  # "read" or a reason
    characters: int
    seconds: float
    detail: str


def main() -> None:
    """Print outcomes by folder and reason."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--list", action="store_true", help="a line for each file")
    parser.add_argument("--passwords", default="", help="tried on encrypted files, separated by commas")
    arguments = parser.parse_args()
    folder: Path = arguments.folder
    passwords = [word for word in arguments.passwords.split(",") if word]
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    started = time.monotonic()
    with ReaderPool(workers=2, passwords=passwords) as pool, ThreadPoolExecutor(2) as threads:
        outcomes = list(threads.map(lambda path: _outcome(pool, path, folder), paths))
    elapsed = time.monotonic() - started
    if arguments.list:
        for found in outcomes:
            print(f"{found.outcome:11} {found.seconds:6.2f} s {found.characters:9} {found.path}  {found.detail}")
    _print_table(outcomes)
    slowest = max(outcomes, key=lambda found: found.seconds)
    findings = [found for found in outcomes if found.outcome in _FINDINGS]
    print(f"{len(outcomes)} files in {elapsed:.0f} s; the longest {slowest.seconds:.1f} s ({slowest.path})")
    print(f"{sum(found.characters for found in outcomes)} characters; died or took the limit: {len(findings)}")
    for found in findings:
        print(f"  {found.outcome}: {found.path}: {found.detail}")
    sys.exit(1 if findings else 0)


def _outcome(pool: ReaderPool, path: Path, folder: Path) -> _Outcome:
    relative = path.relative_to(folder).as_posix()
    started = time.monotonic()
    try:
        document = pool.read(path, document_id="x", relative=relative)
    except UnreadableFile as error:
        return _Outcome(relative, error.reason, 0, time.monotonic() - started, str(error))
    seconds = time.monotonic() - started
    return _Outcome(relative, "read", len(document.text), seconds, "; ".join(document.warnings[:2]))


def _print_table(outcomes: list[_Outcome]) -> None:
    columns = ["read", *get_args(Reason)]
    counts: dict[str, Counter[str]] = {}
    for found in outcomes:
        for folder in (found.path.rpartition("/")[0] or ".", "all"):
            counts.setdefault(folder, Counter())[found.outcome] += 1
    counts["all"] = counts.pop("all")
    print(f"{'':26}" + "".join(f"{column:>12}" for column in columns))
    for folder, row in counts.items():
        print(f"{folder:26}" + "".join(f"{row[column] or '·':>12}" for column in columns))


if __name__ == "__main__":
    main()
