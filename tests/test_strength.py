"""How sure an answer is: the features, the fit, and what is said."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from kb.encode import calibration_path, load_encoder
from kb.errors import ModelFileError
from kb.generation import Place
from kb.lexical import Sought
from kb.ranking import Candidate, Ranked, coverage_weight
from kb.strength import FEATURES, Calibration, features, fit_calibration, judge


def candidate(
    row: int, likeness: float, coverage: float = 0.0, called: float = 0.0, language: str = "ru", closest: float = 0.0
) -> Candidate:
    place = Place(row, "d", "guide", language, "", row, 1, 0)
    return Candidate(place, likeness + called, likeness, closest, coverage, called, 0)


def ranked(
    *candidates: Candidate,
    passages: int = 100,
    unmet: bool = False,
    told: float = 20,
    unsaid: float = 0,
    echoed: float = 0,
) -> Ranked:
    return Ranked(
        list(candidates), Sought("ru", {}, {}), "ru", passages, unmet, told, unsaid, echoed, frozenset({"ru", "uk"})
    )


def test_features_are_what_their_names_say() -> None:
    found = ranked(
        candidate(1, 0.8, 0.5), candidate(2, 0.6, language="uk"), candidate(3, 0.4, language="en"), passages=50
    )
    values = [dict(zip(FEATURES, row, strict=True)) for row in features(found)]
    first = 0.8 + coverage_weight(50) * 0.5
    assert values[0] == pytest.approx(
        {
            "likeness": 0.8,
            "coverage": 0.5,
            "margin": first - 0.5,
            "log passages": np.log(50),
            "margin of the first two": 0.05,
            "margin of the closest sentence": 0.05,
            "words unsaid": 0,
            "most telling word said": 0,
            "same language": 1,
            "coverage in the same language": 0.5,
            "same script": 1,
            "likeness, the more passages": 0.8 * (np.log(50) - 6),
            "margin, the more passages": (first - 0.5) * (np.log(50) - 6),
            "margin of the first two, the more passages": 0.05 * (np.log(50) - 6),
            "margin of the closest sentence, the more passages": 0.05 * (np.log(50) - 6),
            "most telling word said, the more passages": 0,
        }
    )
    assert (values[1]["same language"], values[1]["same script"]) == (0, 1)
    assert (values[2]["same language"], values[2]["same script"], values[2]["margin"]) == (0, 0, pytest.approx(-0.1))
    assert features(ranked(candidate(1, 0.8, 1.0), told=2, unsaid=0.5, echoed=0.8))[0][[1, 6, 7]] == pytest.approx(
        [0.25, 0.5, 0.8]
    )


def test_what_was_not_fitted_is_not_scaled_further() -> None:
    many, more = (
        dict(zip(FEATURES, features(ranked(candidate(1, 0.8), passages=n))[0], strict=True)) for n in (10**5, 10**7)
    )
    assert many["likeness, the more passages"] == more["likeness, the more passages"] == pytest.approx(0.8 * 4)
    assert many["log passages"] < more["log passages"]


def test_margins_are_taken_over_hits_that_may_not_answer_too() -> None:
    likely = [0.9, 0.8, *([0.5] * 3), *([0.3] * 5), *([0.2] * 10), 0.0]
    closest = [0.6, 0.95, *([0.7] * 3), *([0.1] * 10), *([0.4] * 6)]
    found = ranked(*(candidate(n, a, closest=b) for n, (a, b) in enumerate(zip(likely, closest, strict=True))))
    values = dict(zip(FEATURES, features(found)[-1], strict=True))
    assert values["margin of the first two"] == pytest.approx(0.85 - (5 * 0.3 + 10 * 0.2) / 15)
    assert values["margin of the closest sentence"] == pytest.approx(0.95 - (10 * 0.1 + 5 * 0.4) / 15)
    assert values["margin"] == pytest.approx(0 - (0.8 + 3 * 0.5 + 5 * 0.3 + 0.2) / 10)


def test_the_fit_finds_the_probability_that_made_the_data() -> None:
    random = np.random.default_rng(1)
    values = random.normal(size=(20_000, len(FEATURES)))
    weights = np.array([1.0, -2.0, 0.5, *([0.0] * (len(FEATURES) - 4)), 1.5])
    right = random.random(20_000) < 1 / (1 + np.exp(-(values @ weights - 0.7)))
    fitted = fit_calibration(values, right, np.ones(20_000), "made up")
    assert fitted.weights == pytest.approx(weights, abs=0.1)
    assert fitted.constant == pytest.approx(-0.7, abs=0.1)


def test_what_is_said() -> None:
    sure = Calibration((10.0, *([0.0] * (len(FEATURES) - 1))), -5.0, "")
    first, second = candidate(1, 0.9), candidate(2, 0.1)
    said = judge(ranked(first, second), sure, [first, second])
    assert (said[1].strength, said[2].strength) == ("strong", "nothing")
    assert said[1].confidence == pytest.approx(1 / (1 + np.exp(-4)))
    named = candidate(3, 0.1, called=1.0)
    assert judge(ranked(named), sure, [named])[3].strength == "strong"
    assert judge(ranked(first, unmet=True), sure, [first])[1].strength == "nothing"
    assert judge(ranked(first), None, [first])[1].strength == "related"
    assert judge(ranked(), sure, []) == {}


def test_calibration_is_kept_and_checked(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "c.json"
    calibration = Calibration(tuple(float(n) for n in range(len(FEATURES))), 0.25, "questions")
    calibration.save(path)
    assert Calibration.load(path) == calibration
    assert Calibration.kept(tmp_path / "none.json") is None
    path.write_text(
        json.dumps({"features": ["other"], "weights": [1], "constant": 0, "fitted_to": ""}), encoding="utf-8"
    )
    with pytest.raises(ModelFileError, match=r"c\.json.*other features"):
        Calibration.load(path)
    path.write_text("{", encoding="utf-8")
    with pytest.raises(ModelFileError, match=r"c\.json"):
        Calibration.load(path)


def test_the_bundled_encoder_has_one() -> None:
    assert Calibration.kept(calibration_path(load_encoder())) is not None
