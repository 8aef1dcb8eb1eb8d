"""The plane of a board seen better: its lines run where labels stand in line, and where what hangs in one column does.

Sides of sheets tell a plane first, but people hang sheets askew, and alike. Each sheet yet hangs in its cell, and labels are put up in
line. So a grid's lines are where both say, give or take how far cards hang off the middles of their cells. On a board of a hundred
cells that tells the plane closer than the sides of its sheets do, on one of ten it tells little: both are weighed (Bayesian linear
regression; Bishop, "Pattern Recognition and Machine Learning", 2006, 3.3 and 3.5; Student's t by reweighting).

What may be wrong with a plane are four numbers, the *tilt*: by how much all lines are turned, in radians, and those of columns and rows
skewed against each other; by which share the grid is broader at its lower end than at its upper, and higher at its right than at its left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.plane import UNIT, homography
from calibration.rig import Floats
from digitizer.proposal.guess import SHEET, Guess

USUAL = np.array([0.0087, 0.0058, 0.014, 0.014])
"""Standard deviations of the tilt of a plane by the sides of sheets, measured on 20 drawn boards."""

WORSE = (0.5, 1.0, 2.0, 4.0, 8.0)
"""How much worse a plane may be than usual: where all sheets hang askew alike, or few show."""

WORSE_SPREAD = 0.8
"""Standard deviation of the natural logarithm of that: twice as bad is common."""

ASIDE = 0.08
"""Standard deviation in cells by which a column's cards hang beside its label, or higher than it in a row, all of them."""

HERD = 3.0
"""Variance of many cards over what it were if each were hung for itself: people go by the card beside."""

BY_EYE = 0.01
"""Radians by which labels that stand in line stand askew, as hung by eye: half a degree."""

LEAST_OFF = 0.05
"""Cells by which cards scatter in their cells at least."""

LEAST_OFF_LINE = 0.04
"""Cells by which labels scatter about their line at least."""

USUAL_OFF = 0.15
"""Standard deviation in cells of where cards hang in their cells, to begin with."""

FREEDOM = 4.0
"""Degrees of freedom of Student's t: a card that hangs far from the middle of its cell, or in another, tells less."""

ROUNDS = 8
"""Of reweighting; it settles in four."""

FEWEST = 4
"""Labels, or things, along an axis, below which nothing is told."""


@dataclass(frozen=True, eq=False)
class _Axis:
    """An axis of a guess in cells: ``edges`` of its own, ``other`` those across, px; ``length`` of its lines; 0 columns, 1 rows."""

    axis: int
    edges: Floats
    other: Floats

    @staticmethod
    def of(guess: Guess, axis: int) -> _Axis:
        both = guess.across, guess.down
        return _Axis(axis, both[axis], both[1 - axis])

    @property
    def cell(self) -> float:
        """Usual size, px."""
        return float(np.median(np.diff(self.edges)))

    @property
    def length(self) -> float:
        """Of a line, in its cells."""
        return float(self.other[-1] - self.other[0]) / self.cell

    def beside(self, level: Floats) -> Floats:
        """Places along the lines, -0.5..0.5 within the grid."""
        return np.asarray((level - (self.other[0] + self.other[-1]) / 2) / (self.other[-1] - self.other[0]))

    def off_by_tilt(self, beside: Floats, along: Floats) -> Floats:
        """Nx4: cells by which each number of the tilt moves points, at ``along`` -0.5..0.5 from the first edge to the last."""
        turned = beside * self.length
        off = np.zeros((len(beside), 4))
        off[:, 0], off[:, 1] = turned if self.axis == 0 else -turned, turned
        off[:, 2 + self.axis] = beside * along * (len(self.edges) - 1)
        return off


def straightened(guess: Guess) -> Floats:
    """3x3: from the flat frame of a guess to one in which its lines run along what hangs between them."""
    turn, skew, broader, higher = _tilt(guess)
    low, high = (np.array([edges[i] for edges in (guess.across, guess.down)]) for i in (0, -1))
    width, height = high - low
    x, y = (UNIT - 0.5).T
    off = np.column_stack([y * height * (turn + skew) + x * y * broader * width, x * width * (skew - turn) + x * y * higher * height])
    corners = low + UNIT * (high - low)
    return homography(corners + off, corners)


def _tilt(guess: Guess) -> Floats:
    """Its mean by all that hangs there, however bad the plane may be (4)."""
    told, pull = np.zeros((4, 4)), np.zeros(4)
    for axis in (_Axis.of(guess, 0), _Axis.of(guess, 1)):
        for precision, towards, herd in ((*_by_cards(guess, axis), HERD), (*_by_labels(guess, axis), 1.0)):
            told, pull = told + precision / herd, pull + towards / herd
    found, likely = [], []
    for worse in WORSE:
        prior = np.diag(1 / np.square(worse * USUAL))
        found.append(np.linalg.solve(told + prior, pull))
        evidence = pull @ found[-1] - np.linalg.slogdet(told + prior)[1] + np.linalg.slogdet(prior)[1]
        likely.append(0.5 * float(evidence) - 0.5 * (np.log(worse) / WORSE_SPREAD) ** 2)
    weights = np.exp(np.array(likely) - max(likely))
    return np.asarray(weights @ np.array(found) / weights.sum())


def _by_labels(guess: Guess, axis: _Axis) -> tuple[Floats, Floats]:
    """Precision of the tilt, and the tilt times that, by the labels of the other axis: they stand in line as this axis' lines run."""
    strip, flat = guess.labelled.strips[1 - axis.axis], guess.labelled.scene.flat
    if strip is None:
        return np.zeros((4, 4)), np.zeros(4)
    middles = flat.middles[list(strip.members)]
    level = middles[:, 1 - axis.axis]
    middles = middles[(level > axis.other[0]) & (level < axis.other[-1])]
    if len(middles) < FEWEST:
        return np.zeros((4, 4)), np.zeros(4)
    place, beside = middles[:, axis.axis] / axis.cell, axis.beside(middles[:, 1 - axis.axis])
    place, beside = place - place.mean(), beside - beside.mean()
    slope = float(place @ beside / (beside @ beside))
    scatter = max(float(np.square(place - slope * beside).sum()) / (len(place) - 2), LEAST_OFF_LINE**2)
    variance = scatter / float(beside @ beside) + (BY_EYE * axis.length) ** 2
    at = float(np.median(middles[:, axis.axis]) - axis.edges[0]) / float(axis.edges[-1] - axis.edges[0]) - 0.5
    off = axis.off_by_tilt(np.ones(1), np.array([at]))[0]
    return np.outer(off, off) / variance, off * slope / variance


def _by_cards(guess: Guess, axis: _Axis) -> tuple[Floats, Floats]:
    """The same by what hangs in the cells and by the labels of this axis: of one column, all hang one beneath the other."""
    off, own, told = _off_middles(guess, axis)
    if len(told) < FEWEST:
        return np.zeros((4, 4)), np.zeros(4)
    own_prior = np.diag(np.r_[1e-2, 1e-2, np.full(own.shape[1] - 2, 1 / ASIDE**2)])
    both, prior = np.column_stack([off, own]), np.zeros((4 + own.shape[1],) * 2)
    prior[:4, :4], prior[4:, 4:] = np.diag(1 / np.square(2 * USUAL)), own_prior
    weights, variance = np.ones(len(told)), USUAL_OFF**2
    for _ in range(ROUNDS):
        sure = weights / variance
        rest = told - both @ np.linalg.solve(both.T @ (both * sure[:, None]) + prior, both.T @ (told * sure))
        free = max(len(told) - 4 - own.shape[1] / 2, 2.0)
        variance = max(float((weights * rest**2).sum()) / free, LEAST_OFF**2)
        weights = (FREEDOM + 1) / (FREEDOM + rest**2 / variance)
    sure = weights / variance
    cross = off.T @ (own * sure[:, None])
    taken = np.linalg.solve(own.T @ (own * sure[:, None]) + own_prior, np.column_stack([cross.T, own.T @ (told * sure)]))
    return off.T @ (off * sure[:, None]) - cross @ taken[:, :4], off.T @ (told * sure) - cross @ taken[:, 4]


def _off_middles(guess: Guess, axis: _Axis) -> tuple[Floats, Floats, Floats]:
    """Of N things in a grid: Nx4 how the tilt moves them, NxM whose offsets they share, N how far off their cells' middles they are."""
    pair, flat = guess.labelled, guess.labelled.scene.flat
    there, strip = pair.free[flat.weights[pair.free] > SHEET], pair.strips[axis.axis]
    labels = pair.labels[axis.axis].mean(axis=1)
    place = np.r_[flat.middles[there, axis.axis], labels]
    beside = axis.beside(np.r_[flat.middles[there, 1 - axis.axis], np.full(len(labels), (strip.low + strip.high) / 2 if strip else 0.0)])
    label = np.r_[np.zeros(len(there)), np.ones(len(labels))]
    edges, cells = axis.edges, len(axis.edges) - 1
    inside = (place > edges[0]) & (place < edges[-1]) & ((np.abs(beside) < 0.5) | (label > 0))
    place, beside, label = place[inside], beside[inside], label[inside]
    home = np.clip(np.searchsorted(edges, place) - 1, 0, cells - 1)
    off = axis.off_by_tilt(beside, np.asarray((home + 0.5) / cells - 0.5, dtype=np.float64))
    return off, np.column_stack([1 - label, label, np.eye(cells)[home]]), (place - (edges[home] + edges[home + 1]) / 2) / axis.cell
