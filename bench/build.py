"""Build an index of any corpus in a fresh process and a temporary folder: speed, size, peak memory, outcomes.

    python bench/build.py ../shared/data/ru_codes/articles.jsonl
    python bench/build.py ../shared/data/hard_docs --keep hard-index

Prints one figure a line. Peak memory is the largest of the processes (the builder or one of its readers).
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path


def main() -> None:
    """Run `kb build` and print what it did."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--keep", type=Path, help="build here and keep the index")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        index = arguments.keep or Path(temporary)
        command = [
            sys.executable,
            "-m",
            "kb",
            "build",
            "--corpus",
            str(arguments.corpus),
            "--index",
            str(index),
            "--json",
        ]
        started = time.perf_counter()
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, encoding="utf-8", check=False)
        wall = time.perf_counter() - started
        if done.returncode not in {0, 3}:
            sys.exit(done.returncode)
        report = json.loads(done.stdout)
        generation = index / "generations" / report["generation"]
        size = sum(path.stat().st_size for path in generation.rglob("*") if path.is_file())
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"exit code            {done.returncode}")
        print(f"wall                 {wall:.1f} s")
        for stage, seconds in report["seconds"].items():
            print(f"  {stage:<18} {seconds:.1f} s")
        print(f"documents            {report['documents']}")
        print(f"passages             {report['passages']} ({report['passages'] / wall:.1f} a second over all)")
        print(f"texts encoded        {report['encoded']}")
        print(f"index                {size / 1e6:.1f} MB")
        print(f"peak memory          {peak:.0f} MiB")
        print(f"left out             {len(report['skipped'])}")
        for reason, count in Counter(entry["reason"] for entry in report["skipped"]).most_common():
            print(f"  {reason:<18} {count}")


if __name__ == "__main__":
    main()
