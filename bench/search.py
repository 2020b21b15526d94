"""How long does a search take, and how much of that is the encoder's one pass?

    python bench/search.py INDEX QUERIES [NUMBER]

INDEX: a built index. QUERIES: a JSON Lines file with a `text` in each line. Each of NUMBER queries (default 300) is
searched once, and beside each search the encoder alone is timed on the same query, so that both see the same machine.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np

from kb.encode import load_encoder
from kb.search import Searcher
from kb.settings import load_settings


def main() -> None:
    """Print p50 and p95 of both, and the share beyond the encoder."""
    settings = load_settings()
    encoder = load_encoder(settings.encoder, cache=settings.cache, threads=settings.threads)
    searcher = Searcher.open(Path(sys.argv[1]), encoder, settings.corpus, cache=settings.cache)
    number = int(sys.argv[3]) if len(sys.argv) > 3 else 300
    queries = [json.loads(line)["text"] for line in Path(sys.argv[2]).read_text(encoding="utf-8").splitlines()]
    queries = queries[:: max(1, len(queries) // number)][:number]
    for query in queries[:5]:  # what is loaded at the first search is not a search's
        searcher.search(query)
    searches, passes = [], []
    for query in queries:
        started = time.perf_counter()
        encoder.encode_queries([query])
        passes.append(time.perf_counter() - started)
        started = time.perf_counter()
        searcher.search(query)
        searches.append(time.perf_counter() - started)
    for name, times in (("search", searches), ("encoder", passes)):
        p50, p95 = (1000 * float(np.percentile(times, at)) for at in (50, 95))
        print(f"{name:8} p50 {p50:6.1f} ms   p95 {p95:6.1f} ms")
    beyond = 1 - np.array(passes) / np.array(searches)
    counts = searcher.manifest["counts"]
    print(f"beyond the encoder: {np.median(beyond):.2f} of a search (median), {counts['passages']} passages")


if __name__ == "__main__":
    main()
