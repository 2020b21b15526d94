"""Do broken queries find what the clean ones find? And how many queries are left with what they found first?

    python -m bench.rescue_search INDEX QUERIES [LANGUAGE]

INDEX: a built index. QUERIES: a JSON Lines file with a `text`, `query` or `q` in each line, about what the index holds.
A hundred in LANGUAGE (default: ru) are broken in each way that bench/rescue.py knows for it. A broken query counts as
right when it finds first what the clean one finds first; beside it stands the same without rescue.
"""

from __future__ import annotations

import random
import re
import sys
from pathlib import Path

from bench.rescue import MOST, breaks, lines
from kb.encode import load_encoder
from kb.errors import UsageError
from kb.language import identify
from kb.search import Searcher
from kb.settings import load_settings


def first(searcher: Searcher, query: str, *, rescue: bool) -> str:
    """The id of the first hit, "" where there is none."""
    try:
        hits = searcher.search(query, limit=1, rescue=rescue).hits
    except UsageError:
        return ""
    return hits[0].passage_id if hits else ""


def main() -> None:
    """Print a line a way to break a query."""
    index, path = Path(sys.argv[1]), Path(sys.argv[2])
    language = sys.argv[3] if len(sys.argv) > 3 else "ru"
    settings = load_settings()
    encoder = load_encoder(settings.encoder, cache=settings.cache, threads=settings.threads)
    searcher = Searcher.open(index, encoder, settings.corpus, cache=settings.cache)
    key = next(key for key in ("text", "query", "q") if f'"{key}":' in path.read_text(encoding="utf-8"))
    asked = lines(path, key)
    longer = [query for query in asked if re.search(r"\w{5}", query) and identify(query)[0] == language]
    queries = random.Random(1).sample(longer, min(MOST, len(longer)))
    wanted = {query: first(searcher, query, rescue=False) for query in queries}
    alone = sum(not searcher.search(query, limit=1).rescued for query in queries)
    print(f"{len(queries)} clean queries, {alone} left alone")
    for kind, (name, spoken, broken) in breaks():
        if spoken != language:
            continue
        tried = [(query, broken(query, random.Random(n))) for n, query in enumerate(queries)]
        tried = [(query, text) for query, text in tried if text != query]
        rescued = [first(searcher, text, rescue=True) == wanted[query] for query, text in tried]
        without = [first(searcher, text, rescue=False) == wanted[query] for query, text in tried]
        share = sum(rescued) / max(len(tried), 1)
        print(f"{kind:16}{name:16}{len(tried):4}  {share:.2f}  without rescue {sum(without) / max(len(tried), 1):.2f}")


if __name__ == "__main__":
    main()
