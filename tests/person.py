"""A made-up person on the calibration page, who knows where every line belongs: counts drags, with and without the rest being taught.

At each step the handle that is farthest off, in cells, is taken to where it belongs: a side where that mends both its corners, else a
corner, or a divider by its middle. Where the program's answer makes wrong what was right, that costs drags, and so is counted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from calibration.plane import UNIT, apply, homography, inverse
from calibration.rig import Floats, Layout, readonly
from digitizer.proposal.propose import Proposal
from digitizer.proposal.teach import NOTHING_SET, Pins

TOLERANCE = 0.1
"""Distance from where a line belongs, in cells, that nobody need mend: a card's middle is hardly ever so near to an edge."""

OUTER = ((0, 1, 1), (1, 2, 0), (3, 2, 1), (0, 3, 0))
"""Outer lines: the two corners that each joins, and the axis across it."""

LEAST_GAP = 0.01
"""Share of the grid that the page keeps between two dividers."""

EVEN = 1e-6
"""Share by which dividers may be off an even division and go on dividing evenly while the outline moves, as on the page."""

MOST_DRAGS = 60
"""More than a board of twenty rooms and slots has handles: an answer that undoes what was set would never end."""

Answer = Callable[[Proposal, Proposal, Pins], Proposal]
"""What the program makes of a drag: the grid before it, the grid now, and what is set."""


@dataclass(frozen=True, eq=False)
class Truth:
    """Where a grid belongs: ``corners_px`` 4x2 of the photo, and its ``layout``."""

    corners_px: Floats
    layout: Layout

    @property
    def shares(self) -> tuple[Floats, Floats]:
        """All lines by axis, 0..1 of the grid's width and height."""
        across, down = self.layout.column_edges_mm, self.layout.row_edges_mm
        return np.array(across) / across[-1], np.array(down) / down[-1]

    @property
    def corner_cells(self) -> Floats:
        """4x2: size of the cell at each corner, as shares."""
        across, down = (np.diff(shares) for shares in self.shares)
        return np.column_stack([across[[0, -1, -1, 0]], down[[0, 0, -1, -1]]])

    def corners_off(self, grid: Proposal) -> Floats:
        """4x2, in cells."""
        return np.asarray((apply(homography(self.corners_px, UNIT), grid.corners_px) - UNIT) / self.corner_cells)

    def dividers_off(self, grid: Proposal, axis: int) -> Floats:
        """How far the middle of each inner line is off, in cells."""
        own, true = _dividers(grid)[axis], self.shares[axis]
        middles = np.full((len(own), 2), 0.5)
        middles[:, axis] = own
        off = apply(homography(self.corners_px, UNIT) @ homography(UNIT, grid.corners_px), middles)[:, axis] - true[1:-1]
        return np.asarray(off / np.minimum(np.diff(true)[:-1], np.diff(true)[1:]))


@dataclass(frozen=True)
class Handle:
    """``off`` in cells; ``kind`` "side", "corner", "column" or "row"; ``number`` as the page counts them, from 0."""

    off: float
    kind: str
    number: int


def drags_made(found: Proposal, truth: Truth, tolerance: float = TOLERANCE, answer: Answer | None = None) -> int:
    """Drags until every handle is within ``tolerance`` cells of where it belongs."""
    grid, pins, drags = found, NOTHING_SET, 0
    while drags < MOST_DRAGS and (handle := worst(grid, truth, tolerance)) is not None:
        before, grid, pins, drags = grid, dragged(grid, truth, handle, pins), _with(pins, handle), drags + 1
        grid = answer(before, grid, pins) if answer else grid
    return drags


def worst(grid: Proposal, truth: Truth, tolerance: float) -> Handle | None:
    """The handle that is farthest off; None where all are right. A side goes before its corners."""
    off = truth.corners_off(grid)
    handles = [Handle(float(np.abs(off[i]).max()), "corner", i) for i in range(4)]
    handles += [
        Handle(float(abs(one)), ("column", "row")[axis], i) for axis in (0, 1) for i, one in enumerate(truth.dividers_off(grid, axis))
    ]
    sides = [
        Handle(float(np.abs(off[[a, b], axis]).max()), "side", i)
        for i, (a, b, axis) in enumerate(OUTER)
        if (np.abs(off[[a, b], axis]) > tolerance).all() and abs(off[a, axis] - off[b, axis]) <= 2 * tolerance
    ]
    wrong = [handle for handle in [*sides, *handles] if handle.off > tolerance]
    return max(wrong, key=lambda handle: handle.off) if wrong else None


def dragged(grid: Proposal, truth: Truth, handle: Handle, pins: Pins) -> Proposal:
    """The grid with one handle where it belongs, as the page moves it."""
    if handle.kind in ("column", "row"):
        return _divider_dragged(grid, truth, handle)
    corners = apply(homography(truth.corners_px, UNIT), grid.corners_px)
    if handle.kind == "corner":
        corners[handle.number] = UNIT[handle.number]
    else:
        a, b, axis = OUTER[handle.number]
        corners[[a, b], axis] -= truth.corners_off(grid)[[a, b], axis].mean() * truth.corner_cells[[a, b], axis]
    return _outlined(grid, apply(homography(UNIT, truth.corners_px), corners), pins)


def _divider_dragged(grid: Proposal, truth: Truth, handle: Handle) -> Proposal:
    axis = ("column", "row").index(handle.kind)
    own = list(_dividers(grid)[axis])
    middle = np.full((1, 2), 0.5)
    middle[0, axis] = own[handle.number]
    unit_from_true = homography(grid.corners_px, UNIT) @ homography(UNIT, truth.corners_px)
    there = apply(inverse(unit_from_true), middle)
    there[0, axis] = truth.shares[axis][handle.number + 1]
    low, high = ([0.0, *own, 1.0][handle.number + step] for step in (0, 2))
    own[handle.number] = float(np.clip(apply(unit_from_true, there)[0, axis], low + LEAST_GAP, high - LEAST_GAP))
    return replace(grid, column_fractions=tuple(own)) if axis == 0 else replace(grid, row_fractions=tuple(own))


def _outlined(grid: Proposal, corners_px: Floats, pins: Pins) -> Proposal:
    """Another outline, dividers where they are in the photo; those that divide evenly, and are not set, go on doing so."""
    moved_from_own = homography(corners_px, UNIT) @ homography(UNIT, grid.corners_px)
    kept = []
    for axis, own in enumerate(_dividers(grid)):
        count = len(own)
        if not pins.dividers[axis] and np.allclose(np.array(own) * (count + 1), np.arange(1, count + 1), atol=EVEN):
            kept.append(own)
            continue
        points = np.full((count, 2), 0.5)
        points[:, axis] = own
        places = apply(moved_from_own, points)[:, axis]
        kept.append(tuple(np.clip(places, LEAST_GAP * np.arange(1, count + 1), 1 - LEAST_GAP * np.arange(count, 0, -1)).tolist()))
    return Proposal(readonly(corners_px), kept[0], kept[1], grid.confidence)


def _dividers(grid: Proposal) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return grid.column_fractions, grid.row_fractions


def _with(pins: Pins, handle: Handle) -> Pins:
    """What is set once a handle was dragged."""
    if handle.kind == "column":
        return replace(pins, columns=tuple(sorted({*pins.columns, handle.number})))
    if handle.kind == "row":
        return replace(pins, rows=tuple(sorted({*pins.rows, handle.number})))
    corners = pins.corners.copy()
    if handle.kind == "corner":
        corners[handle.number] = 1.0
    else:
        a, b, axis = OUTER[handle.number]
        corners[[a, b], axis] = 1.0
    return replace(pins, corners=readonly(corners))
