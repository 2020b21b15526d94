"""`kb search` in a fresh process on the built index: median wall time, beside that of an empty Python process.

python bench/cold.py [RUNS]
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

QUESTIONS = ["кто должен доложить о ходе реализации решения", "Who must report on implementation, and when?"]


def wall(command: list[str]) -> float:
    """Seconds that a command takes as a whole process."""
    started = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def main() -> None:
    """Alternate searches and empty processes, so that the machine's drift meets both."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    wall([sys.executable, "-m", "kb", "search", QUESTIONS[0]])
    searches, empty = [], []
    for run in range(runs):
        searches.append(wall([sys.executable, "-m", "kb", "search", QUESTIONS[run % 2], "--json"]))
        empty.append(wall([sys.executable, "-c", "pass"]))
    print(f"kb search            {statistics.median(searches):.3f} s median of {runs} (max {max(searches):.3f} s)")
    print(f"empty process        {statistics.median(empty):.3f} s median")


if __name__ == "__main__":
    main()
