"""Vectors: give me a query's vector, get the rows nearest to it."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterable
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from kb.errors import IndexDamaged

__all__ = ["VectorIndex", "write_rows"]

# A file that claims more than this is refused before anything is allocated for it (16 GiB: ten million rows of 384).
MAX_BYTES = 16 << 30


class VectorIndex:
    """Inner-product search over all unit rows, kept in half precision: row i is passage i.

    What a search takes is reading the rows, so half the bytes are half the time; a product changes by less than 0.001.
    """

    def __init__(self, dimension: int) -> None:
        half = faiss.ScalarQuantizer.QT_fp16
        self._index: faiss.IndexScalarQuantizer = faiss.IndexScalarQuantizer(
            dimension, half, faiss.METRIC_INNER_PRODUCT
        )

    @property
    def dimension(self) -> int:
        """Length of a row."""
        return int(self._index.d)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def add(self, vectors: NDArray[np.float32]) -> None:
        """Append `vectors` [n, dimension]; they take the next n row numbers."""
        self._index.add(np.ascontiguousarray(vectors, dtype=np.float32))

    def search(
        self, vector: NDArray[np.float32], limit: int, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Rows of the `limit` largest inner products with `vector` [dimension], best first, and the products.

        `allowed` [len(self)] keeps the search to rows that are True.
        """
        parameters = None
        if allowed is not None:
            # faiss's Python wrappers take what its type stubs, made from C++, do not know.
            selector = faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))  # type: ignore[call-arg, arg-type]
            parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        rows, scores = self._nearest(vector[None, :], limit, parameters)
        found = rows[0] >= 0
        return rows[0][found], scores[0][found]

    def search_all(self, vectors: NDArray[np.float32], limit: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """For each of `vectors` [n, dimension] the nearest rows, at most `limit`, best first: [n, k], and products."""
        return self._nearest(vectors, limit)

    def _nearest(
        self, vectors: NDArray[np.float32], limit: int, parameters: faiss.SearchParameters | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        # On this thread alone: several searches share the cores, and where they are busy a team of threads waits for
        # its last at every turn (a search of 8 words among 2,000 terms: 8 ms instead of 1).
        faiss.omp_set_num_threads(1)
        scores, rows = self._index.search(vectors, max(1, min(limit, len(self))), params=parameters)
        return rows, scores

    def rows(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The stored vectors of the given rows [n, dimension]."""
        return np.asarray(self._index.reconstruct_batch(rows), dtype=np.float32)

    def save(self, path: Path) -> None:
        """Write to `path` in FAISS's own format. Raises OSError."""
        failed: list[OSError] = []

        def write(data: bytes) -> int:
            rest = memoryview(data)
            try:
                while len(rest) and not failed:
                    rest = rest[file.write(rest) :]
            except OSError as error:
                failed.append(error)
            return len(data) - len(rest)

        # FAISS's own writer does not notice when the last bytes do not fit, nor does it ask how a callback ended.
        with path.open("wb", buffering=0) as file:
            try:
                faiss.write_index(self._index, faiss.PyCallbackIOWriter(write))  # type: ignore[attr-defined]
            except RuntimeError as error:
                raise failed[0] if failed else OSError(errno.EIO, f"{path.name} cannot be written") from error
        if failed:
            raise failed[0]

    @classmethod
    def load(cls, path: Path) -> VectorIndex:
        """Read what `save` wrote, its size bounded. Raises IndexDamaged when FAISS cannot."""
        faiss.set_deserialization_vector_byte_limit(MAX_BYTES)
        try:
            index = faiss.read_index(str(path))
        except RuntimeError as error:
            raise IndexDamaged(f"{path}: not a readable vector file; run kb build ({error})") from None
        if (
            not isinstance(index, faiss.IndexScalarQuantizer)
            or index.sq.qtype != faiss.ScalarQuantizer.QT_fp16
            or index.metric_type != faiss.METRIC_INNER_PRODUCT
        ):
            raise IndexDamaged(f"{path}: holds another kind of index than this version writes; run kb build")
        self = cls.__new__(cls)
        self._index = index
        return self


def write_rows(
    path: Path, arrays: Iterable[NDArray[np.float32]], shape: tuple[int, int], before: Path | None = None
) -> None:
    """Write rows in half precision as a .npy file of this `shape`: those of the file `before`, then the arrays'.

    Nothing is mapped, so that a full disk is an OSError and not the end of the process.
    """
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<f2", "fortran_order": False, "shape": shape})
        if before:
            with before.open("rb") as old:
                np.lib.format.read_magic(old)
                np.lib.format.read_array_header_1_0(old)
                shutil.copyfileobj(old, file, 1 << 20)
        for array in arrays:
            file.write(array.astype("<f2").tobytes())
