"""What a few places that a person set say of all edges of a grid: Gaussian regression along one axis.

What is known beforehand: cells are about alike, however unlike those of this board are; where the photo has an edge is wrong by a
twentieth of a cell on easy boards and by half a one on hard ones, inner edges partly all alike, outer ones each by itself; the lines
lean together, since the perspective was guessed. Edges that labels tell are wrong in a way that the cells themselves set: half way between
the labels of a broad and of a narrow cell is not where the cells meet. So unlike cells look more alike than they are, and an equal grid
on a bad photo has to be weighed against an unequal one on a good photo. How unlike, how wrong and how labels hang is weighed by what
the photo and the person say (Rasmussen & Williams, "Gaussian Processes for Machine Learning", 2006, sections 2.2 and 5.2: the
posterior mean, averaged over hyperparameters by their marginal likelihood).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from calibration.rig import Floats, readonly
from digitizer.proposal.gaps import Seen

UNLIKE = (0.03, 0.1, 0.3, 0.7)
"""Standard deviations of a cell's size that are weighed, in usual cells: ruled boards to those of two panels."""

WORSE = ((0.5, 0.5), (1.0, 1.0), (2.0, 2.0), (4.0, 2.0), (8.0, 2.0), (8.0, 8.0))
"""How much worse the photo's edges, and the perspective, may be than on drawn boards, on which the deviations below were measured.

Edges that are far off tell of labels hung anyhow, and not of the camera; unless all is wrong, as where the board's plane was mistaken.
"""

WORSE_SPREAD = 0.8
"""Standard deviation of the natural logarithms of both: twice as bad is common."""

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


@dataclass(frozen=True)
class Hung:
    """How labels hang: ``at`` 0 at the head of their cells, 0.5 in the middle; ``likely`` beforehand.

    ``inner``, ``outer``: whether inner edges, and outer ones, are seen where that puts labels, and not where edges are.
    """

    likely: float
    inner: bool = False
    outer: bool = False
    at: float = 0.5


HUNG = (Hung(0.5), *(Hung(0.125, inner=True, outer=outer, at=at) for at in (0.0, 0.5) for outer in (False, True)))
"""What is weighed. Edges that are seen by labels may be where labels have them or not, so it is even odds."""

LEAST_ROOM = 0.03
"""Share of a cell that labels leave free, at least. Cells differ by what labels of one size leave free: no more unlike than that."""


def fitted(seen: Seen, pins: Sequence[Pin]) -> Edges:
    """The likeliest edges where the photo has N of them as ``seen``, and a person some at ``pins``."""
    count = len(seen.edges_px)
    size, (number, middle, _) = seen.cell, seen.told
    usual = np.polyval(np.polyfit(np.arange(count), seen.edges_px, 1), np.arange(count))
    by_gaps = (middle - usual[number]) / size
    own = np.array([(pin.place_px - usual[pin.number]) / size for pin in pins])
    weighed = []
    for hung in HUNG if seen.room > 0 else HUNG[:1]:
        seen_from_edges, shift = _by_labels(count, hung, seen.room)
        told = np.concatenate([(seen.edges_px - seen_from_edges @ usual) / size - shift, by_gaps, own])
        weighed += [_posterior(prior, told, pins) for prior in _priors(seen, hung, seen_from_edges)]
    weights = np.exp(np.array([likely for likely, _ in weighed]) - max(likely for likely, _ in weighed))
    mean = (weights / weights.sum()) @ np.array([mean for _, mean in weighed])
    return Edges(readonly(usual + size * mean[:-2]), readonly(size * mean[-2:]))


def _by_labels(count: int, hung: Hung, room: float) -> tuple[Floats, Floats]:
    """NxN and N: where labels have edges, in cells, is the one times where they are, plus the other.

    An inner edge is seen half way between two labels, an outer one half a usual gap beyond the last; each label has its cell's free room
    on its two sides, ``hung.at`` of it before and the rest behind.
    """
    cells, label = np.diff(np.eye(count), axis=0), 1 - room
    before, behind = hung.at, 1 - hung.at
    matrix, shift = np.eye(count), np.zeros(count)
    if hung.inner:
        matrix[1:-1] += (before * cells[1:] - behind * cells[:-1]) / 2
        shift[1:-1] = (behind - before) * label / 2
    if hung.outer:
        half = cells.mean(axis=0) / 2
        matrix[0] += before * cells[0] - half
        matrix[-1] += half - behind * cells[-1]
        shift[[0, -1]] = (0.5 - before) * label, (behind - 0.5) * label
    return matrix, shift


@dataclass(frozen=True, eq=False)
class _Prior:
    """What is believed beforehand, covariances in cells squared; M numbers are told, of N edges by labels and of some by gaps.

    ``edges`` NxN of the middles, ``told_from_edges`` MxN, ``noise`` MxM of what is told, ``lean`` 2; and how ``likely`` all this is.
    """

    edges: Floats
    told_from_edges: Floats
    noise: Floats
    lean: Floats
    likely: float


def _priors(seen: Seen, hung: Hung, seen_from_edges: Floats) -> Iterator[_Prior]:
    gap, _, variance = seen.told
    count = len(seen.edges_px)
    number = np.arange(count, dtype=np.float64)
    along = (number - number.mean()) / (count - 1)
    inner = np.r_[0.0, np.ones(count - 2), 0.0]
    noise = np.diag(np.r_[np.where(inner > 0, INNER, OUTER) ** 2, variance])
    noise[:count, :count] += TOGETHER**2 * np.outer(inner, inner)
    told_from_edges = np.vstack([seen_from_edges, np.eye(count)[gap]])
    free = FREE[0] ** 2 + FREE[1] ** 2 * np.outer(along, along) + JITTER**2 * np.eye(count)
    for unlike in UNLIKE:
        edges = free + unlike**2 * np.minimum.outer(number, number)
        likely = np.log(hung.likely) - (0.5 * (unlike / max(seen.room, LEAST_ROOM)) ** 2 if hung.inner else 0.0)
        for worse, aslant in WORSE:
            usual = -0.5 * float(np.square(np.log([worse, aslant]) / WORSE_SPREAD).sum())
            yield _Prior(edges, told_from_edges, worse**2 * noise, aslant**2 * np.square(LEAN), float(likely + usual))


def _posterior(prior: _Prior, told: Floats, pins: Sequence[Pin]) -> tuple[float, Floats]:
    """Logarithm of how likely a prior makes what is told, and the mean of edges and lean (N + 2) by it, cells."""
    count = len(prior.edges)
    number, beside = np.array([pin.number for pin in pins], dtype=np.intp), np.array([pin.beside for pin in pins])
    leaning = np.column_stack([beside, beside * (number / (count - 1) - 0.5)]).reshape(-1, 2)
    pinned = prior.edges[np.ix_(number, number)] + leaning * prior.lean @ leaning.T + HAND**2 * np.eye(len(pins))
    seen = prior.told_from_edges @ prior.edges
    covariance = np.block([[seen @ prior.told_from_edges.T + prior.noise, seen[:, number]], [seen[:, number].T, pinned]])
    root = np.linalg.cholesky(covariance)
    white = np.linalg.solve(root, told)
    solved = np.linalg.solve(root.T, white)
    likely = prior.likely - 0.5 * float(white @ white) - float(np.log(np.diag(root)).sum())
    by_pins = prior.lean * (leaning.T @ solved[len(seen) :])
    return likely, np.concatenate([np.hstack([seen.T, prior.edges[:, number]]) @ solved, by_pins])
