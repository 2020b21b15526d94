"""What the rest of kb asks of an encoder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Encoder", "Progress"]

Progress = Callable[[int, int], None]
"""Called with (done, total), both in the same unit of work, as passages are encoded."""


class Encoder(Protocol):
    """Texts to unit vectors of one space. Rows come in the order of the texts and do not depend on their company."""

    @property
    def name(self) -> str:
        """The model, for people."""

    @property
    def fingerprint(self) -> str:
        """Digest that changes whenever the vectors of the same texts would."""

    @property
    def dimension(self) -> int:
        """Columns of every vector."""

    @property
    def max_tokens(self) -> int:
        """Tokens of a text that are read, the special ones and the prefix among them; the rest is cut off."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text as a passage before any cut, counting the special ones and the prefix."""

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One unit row a query: [len(texts), dimension]."""

    def encode_passages(self, texts: Sequence[str], *, progress: Progress | None = None) -> NDArray[np.float32]:
        """One unit row a passage: [len(texts), dimension]."""
