"""Language-neutral vectors: the part of an embedding that says which language a text is in, taken out.

Multilingual encoders put texts of one language near each other whatever they say, so that a pool of several
languages ranks the query's own first. The mean vectors of the same sentences in many languages span that part; its
main directions are projected out (Libovický et al. 2020, "On the Language Neutrality of Pre-trained Multilingual
Representations"; Yang et al. 2021, "A Simple and Effective Method To Eliminate the Self Language Bias", LIR).
No language has to be identified when a query comes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kb.encode.protocol import Encoder, Progress
from kb.errors import ModelFileError

__all__ = ["RANK", "NeutralEncoder", "Projection", "fit_projection"]

RANK: Final = 20  # directions taken out
CENTRE: Final = 0.5  # share of the mean taken off: all of it makes short texts too much alike


@dataclass(frozen=True, slots=True)
class Projection:
    """Means of passages and of queries [d], orthonormal directions [k, d], all float32."""

    passages: NDArray[np.float32]
    queries: NDArray[np.float32]
    directions: NDArray[np.float32]

    @property
    def digest(self) -> str:
        """SHA-256 of the numbers."""
        parts = (self.passages, self.queries, self.directions)
        return hashlib.sha256(b"".join(np.ascontiguousarray(part, "<f4").tobytes() for part in parts)).hexdigest()

    def apply(self, vectors: NDArray[np.float32], mean: NDArray[np.float32]) -> NDArray[np.float32]:
        """Unit rows [n, d] without their language: normalize((x - mean / 2)(I - VᵀV))."""
        rest = vectors - CENTRE * mean
        rest = rest - (rest @ self.directions.T) @ self.directions
        return np.asarray(rest / np.maximum(np.linalg.norm(rest, axis=1, keepdims=True), 1e-12), np.float32)

    def save(self, path: Path) -> None:
        """Write as a NumPy archive."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            np.savez(file, passages=self.passages, queries=self.queries, directions=self.directions)

    @classmethod
    def load(cls, path: Path, digest: str | None = None) -> Projection:
        """Read what `save` wrote. Raises ModelFileError where it is not that, or not of the pinned digest."""
        try:
            with np.load(path, allow_pickle=False) as arrays:
                self = cls(arrays["passages"], arrays["queries"], arrays["directions"])
        except (OSError, ValueError, KeyError) as error:
            raise ModelFileError(f"{path}: not a readable projection ({error}); fit it again or remove it") from None
        if digest is not None and self.digest != digest:
            raise ModelFileError(f"{path}: differs from its pinned digest; install kb again")
        return self


def fit_projection(parallel: Mapping[str, NDArray[np.float32]], queries: NDArray[np.float32]) -> Projection:
    """Fit to vectors of the same sentences by language ({language: [n, d]}) and of many-language queries [m, d].

    The language means, centred, give the directions as their first RANK right singular vectors.
    """
    means = np.stack([vectors.mean(axis=0) for vectors in parallel.values()])
    centre = means.mean(axis=0)
    _, _, directions = np.linalg.svd(means - centre, full_matrices=False)
    return Projection(
        centre.astype(np.float32),
        queries.mean(axis=0).astype(np.float32),
        np.ascontiguousarray(directions[: min(RANK, len(means) - 1)], np.float32),
    )


class NeutralEncoder:
    """An `Encoder` whose vectors have their language taken out by a projection fitted to it."""

    def __init__(self, base: Encoder, projection: Projection) -> None:
        """Raises ModelFileError when the projection is of another dimension."""
        if projection.passages.shape != (base.dimension,):
            raise ModelFileError(f"the projection is not one for {base.name}; fit it again")
        self.base = base
        self.name = base.name
        self.dimension = base.dimension
        self.max_tokens = base.max_tokens
        self.fingerprint = hashlib.sha256(f"{base.fingerprint} {projection.digest}".encode()).hexdigest()
        self._projection = projection

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text as a passage, as the encoder counts them."""
        return self.base.count_tokens(texts)

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One unit row a query: [len(texts), dimension]."""
        return self._projection.apply(self.base.encode_queries(texts), self._projection.queries)

    def encode_passages(self, texts: Sequence[str], *, progress: Progress | None = None) -> NDArray[np.float32]:
        """One unit row a passage: [len(texts), dimension]."""
        return self.neutral(self.base.encode_passages(texts, progress=progress))

    def neutral(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """What `encode_passages` makes of the base encoder's passage vectors [n, dimension]."""
        return self._projection.apply(vectors, self._projection.passages)
