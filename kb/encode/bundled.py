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
# Padded tokens of a forward pass: past this, activations leave the cores' caches (4096 is a fifth slower on two).
_BATCH_TOKENS = 1024
_END, _PADDING = 2, 1  # ids of </s> and <pad>


class BundledEncoder:
    """`Encoder` over an ONNX Runtime session of the graph that `kb.encode.graph` builds. Safe to share by threads."""

    name = "multilingual-e5-small (4-bit)"
    dimension = CONFIG.hidden
    max_tokens = CONFIG.positions
    fingerprint = hashlib.sha256(f"{_RECIPE} {WEIGHTS.sha256} {TOKENIZER.sha256}".encode()).hexdigest()

    def __init__(self, session: onnxruntime.InferenceSession, tokenizer: XlmrTokenizer) -> None:
        self._session = session
        self._tokenizer = tokenizer

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
        results: list[tuple[NDArray[np.float32], NDArray[np.int32]]] = [
            (np.empty((0, CONFIG.hidden), np.float32), np.empty((0, 2), np.int32))
        ] * len(texts)
        for rows, ids, mask in _batches([_cut(text.ids) for text in tokens]):
            (states,) = self._session.run(["token_states"], {"input_ids": ids, "attention_mask": mask})
            for row, text_states, length in zip(rows, states, mask.sum(axis=1), strict=True):
                spans = tokens[row].spans[:length].copy()
                spans[length - 1] = 0  # </s>, also where the text was cut
                results[row] = (text_states[:length], np.maximum(spans - len(prefix), 0))
        return results

    def _encode(self, texts: Sequence[str], kind: TextKind, progress: Progress | None) -> NDArray[np.float32]:
        sequences = [_cut(ids) for ids in self._tokenizer.ids([PREFIXES[kind] + text for text in texts])]
        total, done = sum(map(len, sequences)), 0
        vectors = np.empty((len(texts), CONFIG.hidden), np.float32)
        for rows, ids, mask in _batches(sequences):
            (vectors[rows],) = self._session.run(["vectors"], {"input_ids": ids, "attention_mask": mask})
            done += int(mask.sum())
            if progress:
                progress(done, total)
        return vectors


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
        options.intra_op_num_threads = threads
        # The further levels would fuse each addition and layer norm into an operator that takes nine times as long.
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        session = onnxruntime.InferenceSession(str(path.result()), options, providers=["CPUExecutionProvider"])
        return BundledEncoder(session, tokenizer.result())


def _build_graph() -> bytes:
    from kb.encode.graph import build_graph  # takes onnx, which only this needs

    return build_graph(read_weights(locate(WEIGHTS)))


def _cut(ids: NDArray[np.int32]) -> NDArray[np.int32]:
    if len(ids) <= CONFIG.positions:
        return ids
    return np.append(ids[: CONFIG.positions - 1], np.int32(_END))


def _batches(
    sequences: Sequence[NDArray[np.int32]],
) -> Iterator[tuple[list[int], NDArray[np.int64], NDArray[np.int64]]]:
    """Rows, ids and mask of batches of like length, the longest first, each of a bounded number of padded tokens."""
    rows = sorted(range(len(sequences)), key=lambda row: -len(sequences[row]))
    start = 0
    while start < len(rows):
        width = len(sequences[rows[start]])
        batch = rows[start : start + max(1, _BATCH_TOKENS // width)]
        ids = np.full((len(batch), width), _PADDING, np.int64)
        mask = np.zeros((len(batch), width), np.int64)
        for place, row in enumerate(batch):
            ids[place, : len(sequences[row])] = sequences[row]
            mask[place, : len(sequences[row])] = 1
        yield batch, ids, mask
        start += len(batch)
