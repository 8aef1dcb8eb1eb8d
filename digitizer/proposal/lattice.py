"""What a few places that a person set say of all edges of a grid: Gaussian regression along one axis.

What is known beforehand: cells are about alike, however unlike those of this board are; where the photo has an edge is wrong by a
twentieth of a cell on easy boards and by half a one on hard ones, inner edges partly all alike (labels hang at the top of their rows),
outer ones each by itself; the lines lean together, since the perspective was guessed. How unlike, and how wrong, is weighed by what the
photo and the person say (Rasmussen & Williams, "Gaussian Processes for Machine Learning", 2006, sections 2.2 and 5.2: the
posterior mean, averaged over hyperparameters by their marginal likelihood).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from calibration.rig import Floats, readonly

UNLIKE = (0.03, 0.1, 0.3, 0.7)
"""Standard deviations of a cell's size that are weighed, in usual cells: ruled boards to those of two panels."""

WORSE = (0.5, 1.0, 2.0, 4.0, 8.0)
"""How much worse the photo's edges may be than those of drawn boards, on which the three deviations below were measured."""

WORSE_SPREAD = 0.8
"""Standard deviation of its natural logarithm: twice as bad is common."""

INNER, TOGETHER, OUTER = 0.045, 0.036, 0.075
"""Standard deviations in cells of what the photo says of an inner edge, of that which inner edges share, and of an outer edge."""

LEAN = (0.1, 0.15)
"""Standard deviations in cells by which all lines lean alike from one end to the other, and the first other than the last."""

FREE = (2.0, 2.0)
"""Of the grid's place and of its length, cells: a first proposal may be a cell or two off."""

JITTER = 0.03
"""Of an edge beside the sum of the cells before it, cells: tape is put down by eye."""

HAND = 0.01
"""Cells by which a hand is off that drags a line under a loupe."""


@dataclass(frozen=True)
class Pin:
    """A point that a line goes through: the edge's ``number`` from 0, ``place_px`` along the axis, ``beside`` -0.5..0.5 from end to end."""

    number: int
    place_px: float
    beside: float


@dataclass(frozen=True, eq=False)
class Edges:
    """``middles_px`` of a grid's lines; ``lean_px``: from one end of a line to the other, all alike, and last less first."""

    middles_px: Floats
    lean_px: Floats

    def at_corner(self, last: bool, beside: float) -> float:
        """Place of the first or the last line at ``beside``."""
        across = 0.5 if last else -0.5
        return float(self.middles_px[-1 if last else 0] + beside * (self.lean_px @ [1.0, across]))


def fitted(seen_px: Floats, pins: Sequence[Pin]) -> Edges:
    """The likeliest edges where the photo has them at ``seen_px`` N, and a person some at ``pins``."""
    count = np.arange(len(seen_px), dtype=np.float64)
    size = float(np.median(np.diff(seen_px)))
    usual = np.polyval(np.polyfit(count, seen_px, 1), count)
    own = np.array([(pin.place_px - usual[pin.number]) / size for pin in pins])
    told = np.concatenate([(seen_px - usual) / size, own])
    weighed = [_posterior(prior, told, pins) for prior in _priors(len(seen_px))]
    weights = np.exp(np.array([likely for likely, _ in weighed]) - max(likely for likely, _ in weighed))
    mean = (weights / weights.sum()) @ np.array([mean for _, mean in weighed])
    return Edges(readonly(usual + size * mean[:-2]), readonly(size * mean[-2:]))


@dataclass(frozen=True, eq=False)
class _Prior:
    """Covariances in cells squared: ``edges`` NxN of the middles, ``noise`` NxN of what is seen, ``lean`` 2; and how likely all this is."""

    edges: Floats
    noise: Floats
    lean: Floats
    likely: float


def _priors(count: int) -> Iterator[_Prior]:
    number = np.arange(count, dtype=np.float64)
    along = (number - number.mean()) / (count - 1)
    inner = np.r_[0.0, np.ones(count - 2), 0.0]
    alone = np.where(inner > 0, INNER, OUTER) ** 2
    free = FREE[0] ** 2 + FREE[1] ** 2 * np.outer(along, along) + JITTER**2 * np.eye(count)
    for unlike in UNLIKE:
        edges = free + unlike**2 * np.minimum.outer(number, number)
        for worse in WORSE:
            noise = worse**2 * (np.diag(alone) + TOGETHER**2 * np.outer(inner, inner))
            yield _Prior(edges, noise, worse**2 * np.square(LEAN), -0.5 * (np.log(worse) / WORSE_SPREAD) ** 2)


def _posterior(prior: _Prior, told: Floats, pins: Sequence[Pin]) -> tuple[float, Floats]:
    """Logarithm of how likely a prior makes what is told, and the mean of edges and lean (N + 2) by it, cells."""
    count = len(prior.edges)
    number, beside = np.array([pin.number for pin in pins], dtype=np.intp), np.array([pin.beside for pin in pins])
    leaning = np.column_stack([beside, beside * (number / (count - 1) - 0.5)]).reshape(-1, 2)
    pinned = prior.edges[np.ix_(number, number)] + leaning * prior.lean @ leaning.T + HAND**2 * np.eye(len(pins))
    shared = prior.edges[:, number]
    covariance = np.block([[prior.edges + prior.noise, shared], [shared.T, pinned]])
    root = np.linalg.cholesky(covariance)
    white = np.linalg.solve(root, told)
    solved = np.linalg.solve(root.T, white)
    likely = prior.likely - 0.5 * float(white @ white) - float(np.log(np.diag(root)).sum())
    mean = np.concatenate([np.hstack([prior.edges, shared]) @ solved, prior.lean * (leaning.T @ solved[count:])])
    return likely, mean
