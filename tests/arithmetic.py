"""A deterministic encoder for fast tests: counts of hashed words, so that shared words mean similarity."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray


class ArithmeticEncoder:
    """Unit vectors of hashed word counts; no model, no state."""

    name = "arithmetic"
    dimension = 64
    max_tokens = 512

    def __init__(self, seed: str = "") -> None:
        self.seed = seed
        self.fingerprint = hashlib.sha256(f"arithmetic{seed}".encode()).hexdigest()
        self.encoded = 0

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(re.findall(r"\w+|[^\w\s]", text)) + 4 for text in texts]

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([self._vector(text) for text in texts])

    def encode_passages(
        self, texts: Sequence[str], *, progress: Callable[[int, int], None] | None = None
    ) -> NDArray[np.float32]:
        self.encoded += len(texts)
        if progress:
            progress(len(texts), len(texts))
        return self.encode_queries(texts)

    def _vector(self, text: str) -> NDArray[np.float32]:
        vector = np.full(self.dimension, 1e-3, np.float32)
        for word in re.findall(r"\w+", text.casefold()):
            vector[
                int.from_bytes(hashlib.sha256((self.seed + word).encode()).digest()[:4], "big") % self.dimension
            ] += 1
        return vector / np.linalg.norm(vector)
