"""Logistic regression, and how good probabilities are: order, sharpness, reliability, and what they are for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from calibration.rig import Floats

Sample = tuple[Mapping[str, float], bool]
"""Evidence by name, and whether the reading was right."""

RIDGE = 3.0
"""Strength of the prior that a standardised weight is 0: as much as a dozen cards; some hundred carry twenty weights."""

HOLD = 2.0
"""Strength of the prior that slope and offset stay as fitted: as much as some ten cards."""

BINS = 8
"""Of equal count; a few hundred cards fill no more."""

SILENT = 0.01
"""Share of all cards that may be wrong without a flag."""


def fit(samples: Sequence[Sample], ridge: float = RIDGE) -> dict[str, float]:
    """Weights by Newton's method, evidence standardised, ridge on all but the bias (Hoerl & Kennard 1970); told for raw evidence."""
    names = list(samples[0][0])
    x: Floats = np.array([[features[name] for name in names] for features, _ in samples], float)
    y = np.array([float(right) for _, right in samples])
    mean, spread, bias = x.mean(axis=0), x.std(axis=0), names.index("bias")
    spread[spread < 1e-9] = 1.0
    mean[bias], spread[bias] = 0.0, 1.0
    weights = _newton((x - mean) / spread, y, np.diag([1e-6 if name == "bias" else ridge for name in names])) / spread
    weights[bias] -= weights @ mean
    return {name: round(float(weight), 4) for name, weight in zip(names, weights, strict=True)}


def _newton(x: Floats, y: Floats, ridge: Floats) -> Floats:
    weights = np.zeros(x.shape[1])
    for _ in range(60):
        p = sigmoid(x @ weights)
        hessian = (x * (p * (1 - p))[:, None]).T @ x + ridge
        weights = weights - np.linalg.solve(hessian, x.T @ (p - y) + ridge @ weights)
    return np.asarray(weights)


def rescale(weights: Mapping[str, float], samples: Sequence[Sample], hold: float = HOLD) -> dict[str, float]:
    """The weights with slope and offset fitted to other samples, held near 1 and 0 (Platt 1999): how far they may be trusted elsewhere."""
    z = np.array([sum(weights[name] * value for name, value in features.items()) for features, _ in samples])
    y, x = np.array([float(right) for _, right in samples]), np.column_stack([z, np.ones(len(z))])
    found = start = np.array([1.0, 0.0])
    for _ in range(60):
        p = sigmoid(x @ found)
        hessian = (x * (p * (1 - p))[:, None]).T @ x + np.diag([hold, hold])
        found = found - np.linalg.solve(hessian, x.T @ (p - y) + hold * (found - start))
    slope, offset = (float(number) for number in found)
    return {name: round(weight * slope + (offset if name == "bias" else 0.0), 4) for name, weight in weights.items()}


def sigmoid(z: Floats) -> Floats:
    """Log odds to probabilities."""
    return np.asarray(1 / (1 + np.exp(-np.clip(z, -30, 30))))


def predict(weights: Mapping[str, float], features: Mapping[str, float]) -> float:
    """The probability of one reading."""
    return float(sigmoid(np.array(sum(weights[name] * value for name, value in features.items()))))


def auroc(p: Floats, right: NDArray[np.bool_]) -> float:
    """How often a right reading has a higher probability than a wrong one, ties by half (Hanley & McNeil 1982)."""
    above = (p[right][:, None] > p[~right]).sum() + 0.5 * (p[right][:, None] == p[~right]).sum()
    return float(above / max(1, right.sum() * (~right).sum()))


def brier(p: Floats, right: NDArray[np.bool_]) -> float:
    """Mean squared difference of probability and outcome (Brier 1950)."""
    return float(np.mean((p - right) ** 2))


def flagged_for(p: Floats, right: NDArray[np.bool_], silent: float = SILENT) -> float:
    """Least share that must be flagged, doubtful ones first, so that ``silent`` of all at most are wrong and not flagged."""
    order = np.argsort(-p)
    allowed = np.flatnonzero(np.cumsum(~right[order]) <= silent * len(p))
    return 1 - (int(allowed[-1]) + 1 if len(allowed) else 0) / max(1, len(p))


def reliability(p: Floats, right: NDArray[np.bool_], bins: int = BINS) -> list[tuple[float, float, int]]:
    """(mean probability, share right, count) in bins of equal count."""
    parts = [part for part in np.array_split(np.argsort(p), bins) if len(part)]
    return [(round(float(p[part].mean()), 4), round(float(right[part].mean()), 4), len(part)) for part in parts]


def figures(p: Floats, right: NDArray[np.bool_], threshold: float) -> dict[str, float]:
    """All of it by name; ``flagged`` and ``silent`` at a threshold."""
    flagged = p < threshold
    found = {
        "cards": float(len(p)),
        "right": right.mean(),
        "auroc": auroc(p, right),
        "brier": brier(p, right),
        "flagged": flagged.mean(),
        "silent": (~right & ~flagged).mean(),
        "flagged_at_1_percent_silent": flagged_for(p, right),
    }
    return {name: round(float(value), 4) for name, value in found.items()}
