"""FAISS gives what NumPy's brute force gives."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
import pytest
from numpy.typing import NDArray

from kb.errors import IndexDamaged
from kb.vectors import VectorIndex


@pytest.fixture
def rows() -> NDArray[np.float32]:
    rows = np.random.default_rng(7).normal(size=(500, 48)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def index_of(rows: NDArray[np.float32]) -> VectorIndex:
    index = VectorIndex(rows.shape[1])
    index.add(rows[:200])
    index.add(rows[200:])
    return index


def test_search_equals_brute_force(rows: NDArray[np.float32]) -> None:
    index = index_of(rows)
    for query in rows[:20]:
        found, scores = index.search(query, 10)
        expected = np.argsort(-(rows @ query), kind="stable")[:10]
        assert found.tolist() == expected.tolist()
        assert scores == pytest.approx((rows @ query)[expected], abs=1e-3)
        assert scores[0] == pytest.approx(1.0, abs=1e-3)


def test_filter_keeps_to_allowed_rows(rows: NDArray[np.float32]) -> None:
    allowed = np.zeros(500, np.bool_)
    allowed[[3, 77, 200, 499]] = True
    found, scores = index_of(rows).search(rows[0], 10, allowed)
    expected = sorted([3, 77, 200, 499], key=lambda row: -float(rows[row] @ rows[0]))
    assert found.tolist() == expected
    assert len(scores) == 4


def test_saved_index_is_the_same(rows: NDArray[np.float32], tmp_path: Path) -> None:
    index = index_of(rows)
    index.save(tmp_path / "v.faiss")
    again = VectorIndex.load(tmp_path / "v.faiss")
    assert len(again) == 500
    assert again.dimension == 48
    assert again.rows(np.array([123]))[0] == pytest.approx(rows[123], abs=1e-3)
    picked = np.array([5, 499, 5])
    assert again.rows(picked) @ rows[1] == pytest.approx(rows[picked] @ rows[1], abs=1e-3)


def test_other_files_are_refused(rows: NDArray[np.float32], tmp_path: Path) -> None:
    (tmp_path / "junk").write_bytes(b"junk" * 100)
    with pytest.raises(IndexDamaged, match="kb build"):
        VectorIndex.load(tmp_path / "junk")
    faiss.write_index(faiss.IndexFlatL2(4), str(tmp_path / "l2"))
    with pytest.raises(IndexDamaged, match="another kind"):
        VectorIndex.load(tmp_path / "l2")


@pytest.mark.parametrize("rows", [1, 4000])
def test_a_full_disk_is_an_error(rows: int) -> None:
    index = VectorIndex(384)
    index.add(np.zeros((rows, 384), np.float32))
    with pytest.raises(OSError, match="No space left"):
        index.save(Path("/dev/full"))  # FAISS's own writer would not notice the last bytes
