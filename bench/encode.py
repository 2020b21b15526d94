"""Tokens a second of the bundled encoder, beside sentence-transformers on the same weights and the machine's own bound.

python bench/encode.py [TEXTS.jsonl] [--passages N] [--rounds N]

Texts are the "text" of JSON Lines (default: the Russian of the shipped corpus), cut to about 200 tokens each.
sentence-transformers is measured where kb[st] is installed. Everything runs one thread a core; the engines take turns,
so that the machine's drift meets them all. Rates are the best round's, shares and ratios the median round's.
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from kb.encode import Encoder, export_model, load_base
from kb.encode.weights import CONFIG

CORPUS = Path(__file__).parent.parent / "corpus"
PASSAGE = 850  # characters of Russian: about 200 tokens
QUESTION = "Как получить помощь консула при задержании?"
GEMM_ROWS = 1024  # tokens of a batch


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", type=Path, nargs="?", help="JSON Lines with a field text")
    parser.add_argument("--passages", type=int, default=60, help="in a round (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="(default %(default)s)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        encoders = {"bundled": load_base()}
        if find_spec("sentence_transformers"):
            encoders["sentence-transformers"] = load_base(f"st:{export_model(Path(folder) / 'model')}")
        texts = sample(records(arguments.texts) if arguments.texts else shipped(), arguments.passages)
        measure(encoders, texts, arguments.rounds)


def measure(encoders: dict[str, Encoder], texts: list[str], rounds: int) -> None:
    """Run the rounds and print a line a figure."""
    lengths = encoders["bundled"].count_tokens(texts)
    tokens = sum(min(length, CONFIG.positions) for length in lengths)
    print(f"{len(texts)} passages, {tokens / len(texts):.0f} tokens each; best of {rounds} rounds")
    rates: dict[str, list[float]] = {name: [] for name in encoders}
    bounds = []
    for round_ in range(rounds + 1):  # the first warms up
        bound = sgemm_rate() / flop_per_token(lengths)
        taken = {name: seconds(partial(encoder.encode_passages, texts)) for name, encoder in encoders.items()}
        if round_:
            bounds.append(bound)
            for name, time_ in taken.items():
                rates[name].append(tokens / time_)
    print(f"{'sgemm bound':<24}{max(bounds):8.0f} tokens/s")
    for name, rate in rates.items():
        share = statistics.median(one / bound for one, bound in zip(rate, bounds, strict=True))
        print(f"{name:<24}{max(rate):8.0f} tokens/s  {share:5.2f} of the bound")
    for name in list(rates)[1:]:
        ratio = statistics.median(ours / theirs for ours, theirs in zip(rates["bundled"], rates[name], strict=True))
        print(f"{'bundled : ' + name:<34}{ratio:6.2f}")
        vectors = [encoders[each].encode_passages(texts[:16]) for each in ("bundled", name)]
        print(f"{'least cosine of the two':<34}{(vectors[0] * vectors[1]).sum(axis=1).min():9.6f}")
    for name, encoder in encoders.items():
        encoder.encode_queries([QUESTION])
        times = [seconds(partial(encoder.encode_queries, [QUESTION])) for _ in range(20)]
        print(f"{'one query, ' + name:<34}{statistics.median(times) * 1e3:6.1f} ms")


def seconds(work: Callable[[], object]) -> float:
    """Wall time of a call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def sgemm_rate() -> float:
    """FLOP/s of NumPy's sgemm over the matrix products of one layer."""
    shapes = [(CONFIG.hidden, CONFIG.hidden)] * 4
    shapes += [(CONFIG.hidden, CONFIG.feed_forward), (CONFIG.feed_forward, CONFIG.hidden)]
    generator = np.random.default_rng(0)
    left = {width: generator.random((GEMM_ROWS, width), np.float32) for width in {shape[0] for shape in shapes}}
    right = [generator.random(shape, np.float32) for shape in shapes]
    best = min(seconds(lambda: [left[len(matrix)] @ matrix for matrix in right]) for _ in range(20))
    return 2 * GEMM_ROWS * sum(matrix.size for matrix in right) / best


def flop_per_token(lengths: list[int]) -> float:
    """Multiplications and additions of the model's matrix products, attention included, on texts of these lengths."""
    dense = 4 * CONFIG.hidden**2 + 2 * CONFIG.hidden * CONFIG.feed_forward
    attention = 2 * CONFIG.hidden * sum(length**2 for length in lengths) / sum(lengths)
    return 2 * CONFIG.layers * (dense + attention)


def records(path: Path) -> Iterator[str]:
    """The texts of a JSON Lines file."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)["text"]


def shipped() -> Iterator[str]:
    """Lines of the shipped corpus's plain files that are mostly Cyrillic."""
    for path in sorted(CORPUS.rglob("*.md")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if len(re.findall("[а-яё]", line.lower())) > len(line) / 2:
                yield line


def sample(texts: Iterable[str], count: int) -> list[str]:
    """`count` passages of PASSAGE characters or a word more, over and over the texts if need be."""
    words = itertools.cycle(word for text in texts for word in text.split())
    passages = []
    for _ in range(count):
        passage = ""
        while len(passage) < PASSAGE:
            passage += next(words) + " "
        passages.append(passage)
    return passages


if __name__ == "__main__":
    main()
