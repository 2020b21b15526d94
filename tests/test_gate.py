"""The quality gate: floors hold on a small suite, only rise unless told, and belong to their data."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from kb.encode import Encoder
from kb.errors import SuiteError
from kb.evaluate import Report, Result, find_suite

BENCH = Path(__file__).parent.parent / "bench"
SMALL = "xquad-r-small"


@pytest.fixture(scope="module")
def gate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("kb_bench_gate", BENCH / "gate.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def report() -> Report:
    result = Result(
        metrics={"R@1": 0.8, "MRR": 0.9},
        languages={"same": {"R@1": 0.85}},
        pairs={"ru-ru": {"R@1": 0.85}},
        strength={"one pool": {"answerable": 900, "unanswerable": 100, "AUROC": 0.95, "ECE": 0.04}},
        searches=1000,
        seconds=10.0,
    )
    return Report("toy", "d" * 64, "arithmetic", 10, 10, 0, 1000, 100, {"full": result})


def test_every_figure_has_a_name(gate: ModuleType, report: Report) -> None:
    assert gate.figures(report) == pytest.approx(
        {
            "one pool: R@1": 0.8,
            "one pool: MRR": 0.9,
            "same: R@1": 0.85,
            "one pool: AUROC": 0.95,
            "one pool: 1 - ECE": 0.96,
        }
    )


def test_floors_stand_a_little_below_what_was_measured(gate: ModuleType, report: Report) -> None:
    floors = gate.renewed(report, None)
    assert floors.floors["one pool: MRR"] == pytest.approx(0.897, abs=0.0011)
    assert gate.check(report, floors) == []
    few = gate.renewed(replace(report, queries=100), None)
    assert few.floors["one pool: MRR"] == pytest.approx(0.88, abs=0.0011)


def worse(report: Report) -> Report:
    result = report.modes["full"]
    return replace(report, modes={"full": replace(result, metrics={"R@1": 0.7, "MRR": 0.95})})


def test_a_figure_below_its_floor_is_named(gate: ModuleType, report: Report) -> None:
    floors = gate.Floors(report.data, 1000, {"one pool: R@1": 0.75, "one pool: MRR": 0.75, "across: R@1": 0.5})
    assert gate.check(worse(report), floors) == [
        "toy: one pool: R@1 is 0.7000, its floor 0.750",
        "toy: across: R@1 is nan, its floor 0.500",
    ]


def test_other_data_is_no_pass(gate: ModuleType, report: Report) -> None:
    floors = gate.renewed(report, None)
    changed = replace(report, data="e" * 64)
    assert "the data is not what the floors were measured on" in gate.check(changed, floors)[0]
    with pytest.raises(SuiteError, match="its data has changed"):
        gate.renewed(changed, floors)
    assert gate.renewed(changed, floors, lower=True).data == changed.data


def test_floors_rise_by_update_and_fall_only_by_lower(gate: ModuleType, report: Report) -> None:
    before = gate.renewed(report, None)
    updated = gate.renewed(worse(report), before)
    assert updated.floors["one pool: R@1"] == before.floors["one pool: R@1"]
    assert updated.floors["one pool: MRR"] > before.floors["one pool: MRR"]
    assert gate.renewed(worse(report), before, lower=True).floors["one pool: R@1"] < 0.7


def test_floors_are_written_and_read(gate: ModuleType, report: Report, tmp_path: Path) -> None:
    floors = {"toy": gate.renewed(report, None), "b-2": gate.Floors("f" * 64, 3, {"x": 0.5})}
    gate.write_floors(floors, tmp_path / "floors.toml")
    assert gate.read_floors(tmp_path / "floors.toml") == floors
    (tmp_path / "floors.toml").write_text('[toy]\nbase = "x"\n', encoding="utf-8")
    with pytest.raises(SuiteError, match="no file of floors"):
        gate.read_floors(tmp_path / "floors.toml")


def test_every_suite_with_floors_exists(gate: ModuleType, evaluation: Path, tmp_path: Path) -> None:
    for name in gate.read_floors():
        assert find_suite(name, tmp_path, BENCH / "suites.py").questions


def test_suites_are_the_same_every_time(evaluation: Path, tmp_path: Path) -> None:
    both = [find_suite(SMALL, tmp_path / work, BENCH / "suites.py") for work in "ab"]
    assert [path.read_bytes() for path in both[0].files] == [path.read_bytes() for path in both[1].files]


def test_the_small_suite_reaches_its_floors(
    gate: ModuleType, evaluation: Path, encoder: Encoder, tmp_path: Path
) -> None:
    floors = gate.read_floors()[SMALL]
    assert gate.check(gate.measure(SMALL, encoder, tmp_path), floors) == []
