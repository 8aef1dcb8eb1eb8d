"""Whether what is straight on a board runs along a grid's lines: sheets, strips, rims, and lines drawn.

Names stand above the columns and beside the rows. They tell where these begin, but not how they go on: on a plane seen wrongly the names
are all in their places, and the far ends of rows and columns lie in other cells. What hangs all over the board tells it. A sheet hung by
eye is turned by a few degrees either way, and on the mean by none; what is longer than a cell was drawn or built straight. Their lean
against the grid is fitted as a function of the place, and summed from the names to the far end of the outer rows and columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from calibration.rig import Floats
from digitizer.frames import board_from_photo
from digitizer.model import Pose
from digitizer.settings import LeanSettings

ROUNDS = 20
"""Rounds of reweighting: the fit moves by less than a hundredth of a degree after ten."""


@dataclass(frozen=True)
class Drift:
    """By how many cells a grid's outer column or row is off the board's at its far end, and the standard error of that."""

    cells: float
    error_cells: float


@dataclass(frozen=True, eq=False)
class _Edges:
    """N edges along one axis of a grid: ``place`` Nx2 (across, along), -1..1 in the grid; ``lean_deg``; how sure, ``weights``, 1 / deg2."""

    place: Floats
    lean_deg: Floats
    error_deg: Floats
    weights: Floats


def leans(edges_px: Floats, pose: Pose, settings: LeanSettings) -> bool:
    """Whether edges (Nx2x2 ends, px) contradict a grid: some outer column or row surely ends in another cell."""
    return any(abs(drift.cells) - settings.errors * drift.error_cells > settings.most_drift for drift in drifts(edges_px, pose, settings))


def drifts(edges_px: Floats, pose: Pose, settings: LeanSettings) -> Iterator[Drift]:
    """Those of the first and the last column, then of the first and the last row."""
    layout = pose.layout
    counts = (layout.columns, layout.rows)
    cell_mm = np.array([layout.width_mm, layout.height_mm]) / counts
    ends = board_from_photo(pose, edges_px.reshape(-1, 2)).reshape(-1, 2, 2) / cell_mm
    for across, along in ((0, 1), (1, 0)):
        fit, spread = _fitted(_edges(ends, cell_mm, counts, along, settings), settings)
        far = counts[along] * cell_mm[along] / cell_mm[across]
        for end in (-1, 1):
            at = np.array([1.0, end * (1 - 1 / counts[across]), 0.0])
            yield Drift(float(np.tan(np.radians(at @ fit)) * far), float(np.radians(np.sqrt(at @ spread @ at)) * far))


def _edges(ends: Floats, cell_mm: Floats, counts: tuple[int, int], along: int, settings: LeanSettings) -> _Edges:
    """The edges that were meant to run ``along`` an axis, on the grid or just beside it; ``ends`` Nx2x2 in cells."""
    ways = ends[:, 1] - ends[:, 0]
    middles = ends.mean(axis=1)
    near = ((middles > -settings.margin_cells) & (middles < np.array(counts) + settings.margin_cells)).all(axis=1)
    run, off = ways[:, along] * cell_mm[along], ways[:, 1 - along] * cell_mm[1 - along]
    meant = np.abs(off) < np.tan(np.radians(settings.most_lean_deg)) * np.abs(run)
    kept = near & meant & (np.abs(ways[:, along]) > settings.least_edge)
    place = (2 * middles[kept] / counts - 1)[:, [1 - along, along]]
    length = np.abs(ways[kept, along])
    built = length > settings.built_cells
    shares = np.where(built, np.minimum(length, settings.most_edge), length / _sums(length * ~built, np.floor(middles[kept])))
    error_deg = np.where(built, settings.built_deg, settings.hung_deg)
    return _Edges(place, np.degrees(np.arctan(off[kept] / run[kept])), error_deg, shares / error_deg**2)


def _sums(values: Floats, cells: Floats) -> Floats:
    """For each of N values the sum of those in the same cell (Nx2), 1 at least."""
    _, cell = np.unique(cells, axis=0, return_inverse=True)
    sums = np.bincount(cell.ravel(), values)
    return np.asarray(np.maximum(sums, 1.0)[cell.ravel()])


def _fitted(edges: _Edges, settings: LeanSettings) -> tuple[Floats, Floats]:
    """Lean at the middle of a grid, and by how much more it leans at its sides, in degrees (3), with their covariance.

    Least squares in which edges that lean otherwise count less (Huber, "Robust Statistics"); little is concluded from few.
    """
    basis = np.column_stack([np.ones(len(edges.place)), edges.place])
    known = np.eye(3) / settings.usual_deg**2
    fit: Floats = np.zeros(3)
    normal: Floats = known
    for _ in range(ROUNDS):
        off = np.abs(edges.lean_deg - basis @ fit) / edges.error_deg
        weights = edges.weights / np.maximum(off, 1.0)
        normal = np.asarray((basis * weights[:, None]).T @ basis + known, dtype=np.float64)
        fit = np.asarray(np.linalg.solve(normal, basis.T @ (weights * edges.lean_deg)), dtype=np.float64)
    return fit, np.asarray(np.linalg.inv(normal))
