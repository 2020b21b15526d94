"""Shared fixtures: the evaluation data beside the project (where it is), the encoder, the shipped corpus's index."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.build import BuildReport, build
from kb.encode import Encoder, load_encoder
from kb.search import Searcher

ROOT = Path(__file__).parent.parent
EVALUATION = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's top folder."""
    return ROOT


@pytest.fixture(scope="session")
def evaluation() -> Path:
    """The evaluation data; the test is skipped where it does not lie beside the project."""
    if not EVALUATION.is_dir():
        pytest.skip("the evaluation data (../shared/data) is not beside the project")
    return EVALUATION


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    """The bundled encoder."""
    return load_encoder()


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> tuple[Path, BuildReport]:
    """An index of the shipped corpus by the bundled encoder, and the report of its build."""
    index = tmp_path_factory.mktemp("shipped") / "index"
    return index, build(ROOT / "corpus", index, encoder)


@pytest.fixture(scope="session")
def searcher(shipped: tuple[Path, BuildReport], encoder: Encoder) -> Searcher:
    """A searcher over the shipped corpus."""
    return Searcher.open(shipped[0], encoder, ROOT / "corpus")
