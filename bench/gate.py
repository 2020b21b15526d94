"""The quality gate: no figure of a suite below its floor in floors.toml, and the suite's data as it was pinned.

    python bench/gate.py                     every suite that has floors
    python bench/gate.py golden xquad-r      these
    python bench/gate.py golden --update     raise floors to what was measured, and pin suites that have none yet
    python bench/gate.py golden --lower      write what was measured, lower floors and other data included

Exit code 1 when a figure is below its floor or the data differs. Floors are set a little below what was measured:
by two searches, at least by 0.003, since processors round vectors differently.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from kb.encode import Encoder, load_encoder
from kb.errors import KBError, SuiteError
from kb.evaluate import Report, describe, evaluate, find_suite, working_folder
from kb.settings import load_settings

__all__ = ["FLOORS", "Floors", "check", "figures", "measure", "read_floors", "renewed", "write_floors"]

FLOORS: Final = Path(__file__).with_name("floors.toml")
SUITES: Final = Path(__file__).with_name("suites.py")
MARGIN: Final = 0.003  # least distance of a floor from what was measured
COMPLEMENTS: Final = {  # figures of which less is better → what their complement says
    "answerable_called_nothing": "answerable not called nothing",
    "unanswerable_called_strong": "unanswerable not called strong",
    "ECE": "1 - ECE",
}
HEAD: Final = "# Floors of the quality gate (mode full), each with the SHA-256 of its data. Written by gate.py.\n"


@dataclass(frozen=True, slots=True)
class Floors:
    """What a suite must reach, on which data: {figure: floor}."""

    data: str
    queries: int
    floors: Mapping[str, float] = field(default_factory=dict)


def read_floors(path: Path = FLOORS) -> dict[str, Floors]:
    """Floors by suite. Raises SuiteError for a file that is none of ours."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        return {suite: Floors(**table) for suite, table in tables.items()}
    except (OSError, ValueError, TypeError) as error:
        raise SuiteError(f"{path}: no file of floors ({error})") from None


def write_floors(floors: Mapping[str, Floors], path: Path = FLOORS) -> None:
    """Write what `read_floors` reads."""
    parts = [HEAD]
    for suite, one in sorted(floors.items()):
        rows = [f"{json.dumps(name)} = {value:.3f}" for name, value in one.floors.items()]
        parts.append(f'["{suite}"]\ndata = "{one.data}"\nqueries = {one.queries}\n')
        parts.append("\n".join([f'["{suite}".floors]', *rows]) + "\n")
    path.write_text("\n".join(parts), encoding="utf-8", newline="\n")


def figures(report: Report) -> dict[str, float]:
    """The figures of mode "full" that have floors, by name; more is better in all of them."""
    full = report.modes["full"]
    named = {
        f"{pool}: {name}": value
        for pool, metrics in {"one pool": full.metrics, **full.languages}.items()
        for name, value in metrics.items()
    }
    for pool, strength in full.strength.items():
        if "AUROC" in strength:
            named[f"{pool}: AUROC"] = strength["AUROC"]
        named |= {f"{pool}: {words}": 1 - strength[name] for name, words in COMPLEMENTS.items() if name in strength}
    return named


def check(report: Report, floors: Floors) -> list[str]:
    """What is wrong: other data, a missing figure, or one below its floor; [] when nothing is."""
    if report.data != floors.data or report.queries != floors.queries:
        return [f"{report.suite}: the data is not what the floors were measured on; pin it with --lower"]
    found = figures(report)
    return [
        f"{report.suite}: {name} is {found.get(name, math.nan):.4f}, its floor {floor:.3f}"
        for name, floor in floors.floors.items()
        if not found.get(name, math.nan) >= floor
    ]


def renewed(report: Report, floors: Floors | None, *, lower: bool = False) -> Floors:
    """Floors after a run: raised to what was measured, or with `lower` set to it. Raises SuiteError for other data."""
    if floors is not None and not lower and (report.data, report.queries) != (floors.data, floors.queries):
        raise SuiteError(f"{report.suite}: its data has changed, so that figures cannot be compared; use --lower")
    before = floors.floors if floors is not None and not lower else {}
    margin = max(MARGIN, 2 / report.queries)
    now = {name: max(math.floor(1000 * (value - margin)) / 1000, 0.0) for name, value in figures(report).items()}
    kept = {name: max(now.get(name, 0.0), before.get(name, 0.0)) for name in {**before, **now}}
    return Floors(report.data, report.queries, kept)


def measure(suite: str, encoder: Encoder, folder: Path, cache: Path | None = None) -> Report:
    """Run a suite in mode "full", as many questions as it says; indexes go to `folder`. `cache`: as for `Searcher`."""
    return evaluate(find_suite(suite, folder, SUITES), encoder, folder, cache=cache, progress=_say)


def _say(stage: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{stage} {done}/{total}", end="", file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run suites, compare or renew their floors; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suites", nargs="*", metavar="SUITE", help="else every one that has floors")
    parser.add_argument("--index", type=Path, help="keep the indexes here; the next run encodes only what has changed")
    change = parser.add_mutually_exclusive_group()
    change.add_argument("--update", action="store_true", help="raise floors to what was measured; lowers none")
    change.add_argument("--lower", action="store_true", help="write what was measured even where it is less")
    given = parser.parse_args(arguments)
    try:
        floors = read_floors()
        settings = load_settings()
        encoder = load_encoder(settings.encoder, cache=settings.cache, threads=settings.threads)
        wrong = []
        with working_folder(given.index) as folder:
            for suite in given.suites or list(floors):
                report = measure(suite, encoder, folder, settings.cache)
                print(describe(report), end="\n\n", flush=True)
                if given.update or given.lower:
                    floors[suite] = renewed(report, floors.get(suite), lower=given.lower)
                    write_floors(floors)  # after each: a run of hours may be stopped
                wrong += check(report, floors[suite]) if suite in floors else [f"{suite}: has no floors; use --update"]
    except KBError as error:
        print(f"gate: {error}", file=sys.stderr)
        return error.exit_code
    for line in wrong:
        print(f"gate: {line}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
