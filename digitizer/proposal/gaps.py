"""Two witnesses for each edge of a grid: the labels beside it, and the gap between all that hangs before it and all that hangs past it.

Labels tell an edge half way between two of them. That is where it runs if cells are alike, or if labels hang as their cells lie; where a
broad cell meets a narrow one it is off by a quarter of the difference. A gap does not care how broad cells are: every card hangs in
its cell, so the edge runs between them, and a narrow gap tells it closely. But one card across the line spoils it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.plane import apply
from calibration.rig import Floats, readonly
from digitizer.grid.arrays import Indices

LABELLED = 0.05
"""Standard deviation in cells of an inner edge half way between labels, measured on drawn boards."""

SNUG = 0.03
"""Standard deviation in cells of the middle of a gap without width: sheets are found to a few pixels, and hang a little turned."""

OVERLAP = 0.5
"""Variance of the middle where the sides overlap, in squares of the overlap; of a gap it is a twelfth: the edge lies anywhere in it."""

ACROSS = 0.1
"""Share of gaps that a card spoils which hangs across the line."""

ANYWHERE = 0.3
"""Standard deviation in cells of what a spoilt gap tells."""

MOST_ODDS = 9.0
"""Natural logarithm of odds that a gap is spoilt, at most: it then tells nothing."""


@dataclass(frozen=True, eq=False)
class Seen:
    """What the photo tells of the edges along an axis: ``edges_px`` N by labels; ``gaps_px`` Nx2 (low, high) as below, or NaN.

    ``room`` 0..1: the share of a usual cell that its label leaves free; 0 where there are no labels, or lines.
    """

    edges_px: Floats
    gaps_px: Floats
    room: float = 0.0

    @staticmethod
    def alone(edges_px: Floats) -> Seen:
        """Edges of which nothing else is known."""
        return Seen(edges_px, np.full((len(edges_px), 2), np.nan))

    @property
    def cell(self) -> float:
        """Usual size of a cell, px."""
        return float(np.median(np.diff(self.edges_px)))

    @property
    def told(self) -> tuple[Indices, Floats, Floats]:
        """Of the M edges that have a gap: their numbers, where their gaps have them (px), and variances of that (cells squared)."""
        number = np.flatnonzero(np.isfinite(self.gaps_px).all(axis=1))
        low, high = self.gaps_px[number].T / self.cell
        middle, width = (low + high) / 2, high - low
        variance = SNUG**2 + width**2 * np.where(width > 0, 1 / 12, OVERLAP)
        off = (middle - self.edges_px[number] / self.cell) ** 2
        both = variance + LABELLED**2
        odds = np.log(ACROSS / (1 - ACROSS)) - 0.5 * off / ANYWHERE**2 + 0.5 * off / both + 0.5 * np.log(both) - np.log(ANYWHERE)
        return number, middle * self.cell, variance * (1 + np.exp(np.minimum(odds, MOST_ODDS)))

    @property
    def likely_px(self) -> Floats:
        """N edges by both witnesses, each weighed by how closely it tells them; by labels alone where the others would cross."""
        number, middle, variance = self.told
        found = self.edges_px.copy()
        found[number] += (middle - found[number]) * LABELLED**2 / (LABELLED**2 + variance)
        return readonly(found if (np.diff(found) > 0).all() else self.edges_px)

    def moved(self, axis: int, level_px: float, other_from_own: Floats) -> Seen:
        """The same in another frame, as seen at a level of the other axis."""
        return Seen(
            moved(self.edges_px, axis, level_px, other_from_own),
            np.column_stack([moved(side, axis, level_px, other_from_own) for side in self.gaps_px.T]),
            self.room,
        )


def moved(places_px: Floats, axis: int, level_px: float, other_from_own: Floats) -> Floats:
    """Places along an axis, at a level of the other axis, in another frame."""
    points = np.full((len(places_px), 2), level_px)
    points[:, axis] = places_px
    return np.asarray(apply(other_from_own, points)[:, axis])


def gaps(edges_px: Floats, spans: Floats) -> Floats:
    """Nx2 for N edges: from the farthest side of what hangs in the cell before an inner edge to the nearest in the cell past it.

    ``spans`` Mx2 (low, high) of all that hangs in the grid and of the labels beside it. NaN at outer edges and beside empty cells.
    """
    found = np.full((len(edges_px), 2), np.nan)
    home = np.searchsorted(edges_px, spans.mean(axis=1)) - 1
    for j in range(1, len(edges_px) - 1):
        before, past = spans[home == j - 1], spans[home == j]
        if len(before) and len(past):
            found[j] = before[:, 1].max(), past[:, 0].min()
    return found
