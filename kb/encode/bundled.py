"""multilingual-e5-small on ONNX Runtime: the encoder that needs nothing but the installed packages.

Wang et al. 2024, "Multilingual E5 Text Embeddings": queries and passages carry their prefixes, the vector is the
normalized mean of the last hidden states.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from kb.encode.cached import cached_file
from kb.encode.protocol import Progress
from kb.encode.tokenizer import XlmrTokenizer, load_tokenizer
from kb.encode.weights import CONFIG, TOKENIZER, WEIGHTS, locate, read_weights

if TYPE_CHECKING:
    import onnxruntime

__all__ = ["PREFIXES", "BundledEncoder", "TextKind", "load_bundled"]

TextKind = Literal["query", "passage"]
PREFIXES: dict[TextKind, str] = {"query": "query: ", "passage": "passage: "}

_RECIPE = "multilingual-e5-small-q4-1"  # to be changed with anything in graph.py or here that changes vectors
# Padded tokens of a forward pass, which one core does alone: at 512 its activations stay in its cache (4096 is a
# quarter slower), and cores that need not wait for one another do a fifth more than when they share each pass.
_BATCH_TOKENS = 512
_END, _PADDING = 2, 1  # ids of </s> and <pad>


class BundledEncoder:
    """`Encoder` over an ONNX Runtime session of the graph that `kb.encode.graph` builds. Safe to share by threads."""

    name = "multilingual-e5-small (4-bit)"
    dimension = CONFIG.hidden
    max_tokens = CONFIG.positions
    fingerprint = hashlib.sha256(f"{_RECIPE} {WEIGHTS.sha256} {TOKENIZER.sha256}".encode()).hexdigest()

    def __init__(self, session: onnxruntime.InferenceSession, tokenizer: XlmrTokenizer, threads: int) -> None:
        """`session` runs a pass on its caller's thread; `threads` is how many passes may run at once."""
        self._session = session
        self._tokenizer = tokenizer
        self._threads = threads

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text as a passage before any cut, counting the special ones and the prefix."""
        return [len(ids) for ids in self._tokenizer.ids([PREFIXES["passage"] + text for text in texts])]

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One unit row a query: [len(texts), 384]."""
        return self._encode(texts, "query", None)

    def encode_passages(self, texts: Sequence[str], *, progress: Progress | None = None) -> NDArray[np.float32]:
        """One unit row a passage: [len(texts), 384]. `progress` counts tokens."""
        return self._encode(texts, "passage", progress)

    def token_states(
        self, texts: Sequence[str], *, kind: TextKind = "passage"
    ) -> list[tuple[NDArray[np.float32], NDArray[np.int32]]]:
        """Last hidden states [t, 384] of each text and their tokens' character offsets [t, 2] in it.

        Special tokens and those of the prefix alone have empty spans.
        """
        prefix = PREFIXES[kind]
        tokens = self._tokenizer.encode([prefix + text for text in texts])
        results: dict[int, tuple[NDArray[np.float32], NDArray[np.int32]]] = {}
        for rows, states in self._run("token_states", [_cut(text.ids) for text in tokens]):
            for row, text_states in zip(rows, states, strict=True):
                spans = tokens[row].spans[: CONFIG.positions].copy()
                spans[-1] = 0  # </s>, also where the text was cut
                results[row] = (text_states[: len(spans)], np.maximum(spans - len(prefix), 0))
        return [results[row] for row in range(len(texts))]

    def _encode(self, texts: Sequence[str], kind: TextKind, progress: Progress | None) -> NDArray[np.float32]:
        sequences = [_cut(ids) for ids in self._tokenizer.ids([PREFIXES[kind] + text for text in texts])]
        total, done = sum(map(len, sequences)), 0
        vectors = np.empty((len(texts), CONFIG.hidden), np.float32)
        for rows, values in self._run("vectors", sequences):
            vectors[rows] = values
            done += sum(len(sequences[row]) for row in rows)
            if progress:
                progress(done, total)
        return vectors

    def _run(
        self, output: str, sequences: Sequence[NDArray[np.int32]]
    ) -> Iterator[tuple[list[int], NDArray[np.float32]]]:
        """The graph's output for each batch of rows."""

        def forward(rows: list[int]) -> tuple[list[int], NDArray[np.float32]]:
            inputs = _padded([sequences[row] for row in rows])
            return rows, self._session.run([output], inputs)[0]

        batches = _batches([len(sequence) for sequence in sequences])
        if len(batches) < 2:
            yield from map(forward, batches)
            return
        pool = ThreadPoolExecutor(self._threads)
        try:
            yield from pool.map(forward, batches)
        finally:
            pool.shutdown(cancel_futures=True)  # so that an interrupt need not wait for batches not yet begun


def load_bundled(folder: Path, threads: int = 0) -> BundledEncoder:
    """The bundled encoder, with what it derives from the installed files kept in `folder`.

    `threads`: 0 for one a core. Raises ModelFileError if an installed file is missing or altered.
    """
    with ThreadPoolExecutor() as pool:  # hashing, which is most of the work, leaves the interpreter free
        path = pool.submit(cached_file, folder, f"{_RECIPE}-{WEIGHTS.sha256[:16]}", ".onnx", _build_graph)
        tokenizer = pool.submit(load_tokenizer, folder)
        # Since 1.29 it reports its use to Microsoft under a stored device id, unless told not to before it starts.
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        # The further levels would fuse each addition and layer norm into an operator that takes nine times as long.
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        session = onnxruntime.InferenceSession(str(path.result()), options, providers=["CPUExecutionProvider"])
        return BundledEncoder(session, tokenizer.result(), threads or _cores())


def _build_graph() -> bytes:
    from kb.encode.graph import build_graph  # takes onnx, which only this needs

    return build_graph(read_weights(locate(WEIGHTS)))


def _cut(ids: NDArray[np.int32]) -> NDArray[np.int32]:
    if len(ids) <= CONFIG.positions:
        return ids
    return np.append(ids[: CONFIG.positions - 1], np.int32(_END))


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    """Rows of like length together, the longest first, each batch of a bounded number of padded tokens."""
    rows = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    batches = []
    start = 0
    while start < len(rows):
        size = max(1, _BATCH_TOKENS // lengths[rows[start]])
        batches.append(rows[start : start + size])
        start += size
    return batches


def _padded(sequences: Sequence[NDArray[np.int32]]) -> dict[str, NDArray[np.int64]]:
    """The graph's inputs: ids padded on the right to the longest, and which of them are real."""
    shape = (len(sequences), max(map(len, sequences)))
    ids, mask = np.full(shape, _PADDING, np.int64), np.zeros(shape, np.int64)
    for row, sequence in enumerate(sequences):
        ids[row, : len(sequence)] = sequence
        mask[row, : len(sequence)] = 1
    return {"input_ids": ids, "attention_mask": mask}


def _cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
