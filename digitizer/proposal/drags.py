"""How much of a proposed grid a person has to drag right, on the calibration page as it is."""

from __future__ import annotations

import numpy as np

from calibration.plane import UNIT, apply, homography, inverse
from calibration.rig import Floats, Layout
from digitizer.proposal.propose import Proposal

TOLERANCE = 0.1
"""Distance from where a line belongs, in cells, that nobody need mend: a card's middle is hardly ever so near to an edge."""

OUTER = ((0, 1, 1), (1, 2, 0), (3, 2, 1), (0, 3, 0))
"""Outer lines: the two corners that each joins, and the axis across it."""


def drags_needed(found: Proposal, corners_px: Floats, layout: Layout, tolerance: float = TOLERANCE) -> int:
    """Fewest drags that bring every handle to where it belongs: ``corners_px`` 4x2 and ``layout`` are the grid as it is.

    An outer line takes its two corners along, a corner moves alone, an inner line stays where it is while they move.
    """
    true_from_photo = homography(corners_px, UNIT)
    across, down = (np.array(edges) / edges[-1] for edges in (layout.column_edges_mm, layout.row_edges_mm))
    off = apply(true_from_photo, found.corners_px) - UNIT
    off /= np.column_stack([np.diff(across)[[0, -1, -1, 0]], np.diff(down)[[0, 0, -1, -1]]])
    inner = _inner_off(true_from_photo @ homography(UNIT, found.corners_px), (found.column_fractions, found.row_fractions), (across, down))
    return _outer_drags(off, tolerance) + int((inner > tolerance).sum())


def _outer_drags(off: Floats, tolerance: float) -> int:
    """Drags of outer lines where one mends both corners, then of the corners that are still off. ``off`` 4x2, in cells."""
    off, drags = off.copy(), 0
    for a, b, axis in OUTER:
        pair = off[[a, b], axis]
        if (np.abs(pair) > tolerance).all() and abs(pair[0] - pair[1]) <= 2 * tolerance:
            off[[a, b], axis] = 0.0
            drags += 1
    return drags + int((np.abs(off) > tolerance).any(axis=1).sum())


def _inner_off(true_from_found: Floats, fractions: tuple[tuple[float, ...], ...], edges: tuple[Floats, Floats]) -> Floats:
    """How far the middle of each inner line is from where it belongs, in cells."""
    offs = []
    for axis, (own, true) in enumerate(zip(fractions, edges, strict=True)):
        middles = np.full((len(own), 2), 0.5)
        middles[:, axis] = own
        size = np.minimum(np.diff(true)[:-1], np.diff(true)[1:])
        offs.append(np.abs(apply(true_from_found, middles)[:, axis] - true[1:-1]) / size)
    return np.concatenate(offs)


def true_grid_px(board_from_photo: Floats, layout: Layout) -> Floats:
    """4x2 corners of a calibrated grid in the (undistorted) photo that it was made from."""
    return apply(inverse(board_from_photo), layout.grid_corners_mm())
