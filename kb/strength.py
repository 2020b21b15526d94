"""Strength: how probably a passage answers what was asked, and whether that is said as found, related or nothing.

A logistic model over what is known of a hit: how alike it is in meaning, how many of the words it says (which is more
to ask for in the query's own language), how far it stands out from the next ten, and how many passages there were to
choose from – the best of many is alike by chance. Fitted by bench/fit_strength.py to questions with and without an
answer; kept with the encoder.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kb.errors import ModelFileError
from kb.ranking import NAMED, Candidate, Ranked, Strength, coverage_weight

__all__ = ["FEATURES", "Calibration", "features", "fit_calibration", "judge"]

# What is alike by chance, and how far the best stand apart, goes by how many passages there are: these count twice,
# once as they are and once by the log of that number.
_SCALED: Final = (
    "likeness",
    "margin",
    "margin of the first two",
    "margin of the closest sentence",
    "most telling word said",
)
FEATURES: Final = (
    "likeness",
    "coverage",
    "margin",
    "log passages",
    "margin of the first two",
    "margin of the closest sentence",
    "words unsaid",
    "most telling word said",
    "same language",
    "coverage in the same language",
    "same script",
    *(f"{name}, the more passages" for name in _SCALED),
)
NEXT: Final = 10  # hits that each is compared with
MIDDLE: Final = 6.0  # log of the number of passages at which a scaled feature counts as it is
LARGEST: Final = 10.0  # … beyond which nothing was fitted (22,000 passages)
FIRST: Final = 2  # hits that are compared together
FEW: Final = 5  # … with those after so many, as far as MANY: others of the first few may answer too
MANY: Final = 20
STRONG: Final = 0.7  # probability from which an answer is called found
RELATED: Final = 0.08  # … below which nothing is; about 1 in 25 of right answers is

MUCH_TOLD: Final = 8.0  # nats; to say all the words of a query that tells less, such as «2023», is to say less

_NO_MARGIN: Final = 0.05  # where there is nothing to compare with


@dataclass(frozen=True, slots=True)
class Calibration:
    """Weights of the features, their constant, and what they were fitted to, for people."""

    weights: tuple[float, ...]
    constant: float
    fitted_to: str

    def confidence(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probability that each hit answers, from its features [n, len(FEATURES)]."""
        return np.asarray(1 / (1 + np.exp(-(values @ np.array(self.weights) + self.constant))))

    def save(self, path: Path) -> None:
        """Write as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"features": FEATURES, **asdict(self)}, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def kept(cls, path: Path) -> Calibration | None:
        """The calibration in a file; None where there is no file. Raises ModelFileError as `load` does."""
        return cls.load(path) if path.is_file() else None

    @classmethod
    def load(cls, path: Path) -> Calibration:
        """Read what `save` wrote. Raises ModelFileError where it is not that, or for other features."""
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            if tuple(data["features"]) != FEATURES or len(data["weights"]) != len(FEATURES):
                raise ValueError("it is for other features")
            if not np.isfinite([*data["weights"], data["constant"]]).all():
                raise ValueError("it has a number that is none")
            return cls(tuple(map(float, data["weights"])), float(data["constant"]), str(data["fitted_to"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelFileError(f"{path}: not a readable calibration ({error}); fit it again or remove it") from None


def features(ranked: Ranked) -> NDArray[np.float64]:
    """The features [n, len(FEATURES)] of ranked candidates; some are the same for all, being the answer's."""
    candidates = ranked.candidates
    coverage = np.array([candidate.coverage for candidate in candidates]) * min(ranked.told / MUCH_TOLD, 1.0)
    likeness = np.array([candidate.likeness for candidate in candidates])
    closest = np.array([candidate.closest for candidate in candidates])
    evidence = likeness + coverage_weight(ranked.passages) * coverage
    others = evidence[1 : 1 + NEXT]
    same = np.array([candidate.place.language == ranked.language for candidate in candidates], np.float64)
    readable = np.array([candidate.place.language in ranked.readable for candidate in candidates], np.float64)
    of_all = [
        np.log(max(ranked.passages, 1)),
        evidence[:FIRST].mean() - evidence[FEW:MANY].mean() if len(evidence) > FEW else _NO_MARGIN,
        closest[:FEW].max() - np.sort(closest[:MANY])[:-FEW].mean() if len(closest) > FEW else _NO_MARGIN,
        ranked.unsaid,
        ranked.echoed,
    ]
    plain = np.column_stack(
        [
            likeness,
            coverage,
            evidence - others.mean() if len(others) else np.full(len(evidence), _NO_MARGIN),
            np.tile(of_all, (len(candidates), 1)),
            same,
            same * coverage,
            readable,
        ]
    )
    scale = min(np.log(max(ranked.passages, 1)), LARGEST) - MIDDLE
    return np.column_stack([plain, plain[:, [FEATURES.index(name) for name in _SCALED]] * scale])


def judge(ranked: Ranked, calibration: Calibration | None, shown: Iterable[Candidate]) -> dict[int, Candidate]:
    """The candidates to be shown, by row, with how probably each answers, and what is said of it.

    One that the query calls by its name is found; where nothing has the words asked for in quotes, nothing is.
    Without a calibration all others are related.
    """
    rows = [candidate.row for candidate in ranked.candidates]
    confidences = calibration.confidence(features(ranked)) if calibration and rows else np.full(len(rows), 0.5)
    by_row = dict(zip(rows, confidences.tolist(), strict=True))
    return {
        one.row: replace(
            one, confidence=by_row[one.row], strength=_strength(one.called >= NAMED, by_row[one.row], ranked.unmet)
        )
        for one in shown
    }


def _strength(named: bool, confidence: float, unmet: bool) -> Strength:
    if unmet or (confidence < RELATED and not named):
        return "nothing"
    return "strong" if named or confidence >= STRONG else "related"


def fit_calibration(
    values: NDArray[np.float64], right: NDArray[np.bool_], weights: NDArray[np.float64], fitted_to: str
) -> Calibration:
    """Fit to the features [n, len(FEATURES)] of first hits, whether each was right, and how much each case counts.

    Logistic regression by Newton's method on standardised features, lightly held to zero.
    """
    centre, spread = values.mean(axis=0), values.std(axis=0)
    spread[spread == 0] = 1  # a feature that never changes gets no weight
    inputs = np.column_stack([(values - centre) / spread, np.ones(len(values))])
    held = 1e-3 * weights.sum() * np.append(np.ones(values.shape[1]), 0)
    solution = np.zeros(inputs.shape[1])
    for _ in range(50):
        expected = 1 / (1 + np.exp(-inputs @ solution))
        slope = inputs.T @ (weights * (expected - right)) + held * solution
        curve = (inputs * (weights * expected * (1 - expected))[:, None]).T @ inputs + np.diag(held)
        solution = solution - np.linalg.solve(curve, slope)
    scaled = solution[:-1] / spread
    constant = solution[-1] - float(scaled @ centre)
    return Calibration(tuple(round(float(w), 4) for w in scaled), round(float(constant), 4), fitted_to)
