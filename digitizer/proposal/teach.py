"""A grid proposed again, given what a person has dragged: a drag teaches the rest.

Handles that were dragged are pinned and never move. What is more than a nudge off tells two things: which of the divisions that the
photo allows is meant, where a pinned edge is far from where it was seen (``divide``), and by how much the edges seen are wrong
(``lattice``). People mend what is worst first; so nothing goes farther than the hand did.
The frame in which cells are alike is that of the guess, until the hand has set three corners: then it is that in which the grid found by
them is a rectangle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.plane import UNIT, apply, homography, inverse
from calibration.rig import Floats, readonly
from digitizer.proposal.gaps import Seen, moved
from digitizer.proposal.lattice import Edges, Pin, fitted
from digitizer.proposal.propose import Basis, Proposal

NUDGE = 0.12
"""A shorter drag, in usual cells, moves its handle alone: it is as small as the edges seen are wrong, and tells nothing of others."""

SPARE = 0.05
"""Cells beyond what the hand went that an edge may go: no hand is exact."""

FAR = 0.3
"""Distance of a pin from where its edge was seen, in cells, from which another division is meant."""

TILTED = 0.25
"""Cells by which the middle of a side may be off one of its corners: the perspective is guessed."""

FRAMED = 3
"""Corners set by hand from which they, and no longer the guessed perspective, say in which frame cells are alike."""

EVERYWHERE = readonly(np.array([[-np.inf] * 2, [np.inf] * 2]))
"""The view of a photo of which nothing was seen."""

LEAST_SHARE = 0.005
"""Of the grid's width or height between two of its lines; less is no grid."""


@dataclass(frozen=True, eq=False)
class Pins:
    """What a person has set: ``corners`` 4x2, 1 where a corner's place along x, y is; the numbers of inner lines, from 0.

    A corner is set along both axes, a side sets its two corners along one.
    """

    corners: Floats
    columns: tuple[int, ...] = ()
    rows: tuple[int, ...] = ()

    @property
    def dividers(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Inner lines that are set, by axis."""
        return self.columns, self.rows


NOTHING_SET = Pins(readonly(np.zeros((4, 2))))


@dataclass(frozen=True, eq=False)
class _Grid:
    """A grid in the flat frame: ``corners`` 4x2; by axis Nx2 ``middles`` of all its lines."""

    corners: Floats
    middles: tuple[Floats, Floats]

    @staticmethod
    def of(grid: Proposal, flat_from_photo: Floats) -> _Grid:
        corners = apply(flat_from_photo, grid.corners_px)
        flat_from_unit = homography(UNIT, corners)
        middles = []
        for axis, shares in enumerate((grid.column_fractions, grid.row_fractions)):
            points = np.full((len(shares) + 2, 2), 0.5)
            points[:, axis] = [0.0, *shares, 1.0]
            middles.append(apply(flat_from_unit, points))
        return _Grid(corners, (middles[0], middles[1]))

    @property
    def lines(self) -> tuple[Floats, Floats]:
        """Places of all lines along their axis."""
        return self.middles[0][:, 0], self.middles[1][:, 1]

    def cell(self, axis: int) -> float:
        """Usual size of a cell along an axis, px."""
        return float(np.median(np.diff(self.lines[axis])))


def taught(first: Proposal, seen: Basis | None, before: Proposal, now: Proposal, pins: Pins) -> Proposal:
    """The grid ``now``, which was ``before`` the last drag, with all that is not pinned put where it then belongs.

    ``first``: what was proposed; ``seen``: what that rests on, if labels and cards did. Returns ``now`` where nothing is to be learned.
    """
    flat_from_photo = seen.flat_from_photo if seen else homography(first.corners_px, _upright(first.corners_px))
    view = seen.guess.labelled.scene.frame if seen else EVERYWHERE
    drag = _Drag.of(before, now, pins, flat_from_photo, view)
    reach = drag.reach
    if reach < NUDGE:
        return now
    expected = seen.guess.seen if seen else [Seen.alone(lines) for lines in _Grid.of(first, flat_from_photo).lines]
    lines = drag.own.lines
    across, down = (_sought(seen, a, expected[a], lines[1 - a], drag.places(a), drag.within(a, reach)) for a in (0, 1))
    found = drag.followed((across, down), reach)
    if found is None or np.count_nonzero(pins.corners.all(axis=1)) < FRAMED:
        return found or now
    square_from_flat = homography(apply(flat_from_photo, found.corners_px), _upright(found.corners_px))
    level = [(float(one.edges_px[0]) + float(one.edges_px[-1])) / 2 for one in (down, across)]
    square = across.moved(0, level[0], square_from_flat), down.moved(1, level[1], square_from_flat)
    bounds = np.column_stack([moved(view[:, a], a, level[a], square_from_flat) for a in (0, 1)]) if seen else EVERYWHERE
    return _Drag.of(before, now, pins, square_from_flat @ flat_from_photo, bounds).followed(square, reach) or found


@dataclass(frozen=True, eq=False)
class _Drag:
    """A drag in a frame: the grid that ``was`` and the one that is there now, ``own``, with what is set.

    ``view`` 2x2 (low, high): what the photo shows of the frame.
    """

    was: _Grid
    own: _Grid
    pins: Pins
    frame_from_photo: Floats
    view: Floats

    @staticmethod
    def of(before: Proposal, now: Proposal, pins: Pins, frame_from_photo: Floats, view: Floats) -> _Drag:
        return _Drag(_Grid.of(before, frame_from_photo), _Grid.of(now, frame_from_photo), pins, frame_from_photo, view)

    @property
    def reach(self) -> float:
        """How far anything was dragged, in usual cells."""
        lines = [np.abs(self.own.lines[axis] - self.was.lines[axis]).max() / self.was.cell(axis) for axis in (0, 1)]
        corners = [np.abs(self.own.corners - self.was.corners)[:, axis].max() / self.was.cell(axis) for axis in (0, 1)]
        return float(max(*lines, *corners))

    def places(self, axis: int) -> list[Pin]:
        """Points that lines across an axis go through."""
        return _pins(self.own, self.pins, axis)

    def within(self, axis: int, reach: float) -> Floats:
        """Nx2: between which places each line's middle lies, where the hand went ``reach`` cells."""
        within = _within(self.own, self.places(axis), axis, (reach + SPARE) * self.was.cell(axis))
        there = np.column_stack([self.own.lines[axis], self.own.lines[axis], within.mean(axis=1)])
        low, high = np.minimum(self.view[0, axis], there.min(axis=1)), np.maximum(self.view[1, axis], there.max(axis=1))
        return np.clip(within, low[:, None], high[:, None])

    def followed(self, sought: tuple[Seen, Seen], reach: float) -> Proposal | None:
        """The grid that follows where the photo has the edges at ``sought``; None where it is none."""
        edges = [fitted(sought[axis], pins) if (pins := self.places(axis)) else _as_now(self.own, axis) for axis in (0, 1)]
        across, down = (_bounded(edges[axis], self.within(axis, reach)) for axis in (0, 1))
        return _proposal((across, down), self.own, self.pins, self.frame_from_photo)


def _upright(corners_px: Floats) -> Floats:
    """An upright rectangle of about the size of a quadrangle, 4x2."""
    sides = np.linalg.norm(np.roll(corners_px, -1, axis=0) - corners_px, axis=1)
    return np.asarray(UNIT * [(sides[0] + sides[2]) / 2, (sides[1] + sides[3]) / 2])


def _pins(own: _Grid, pins: Pins, axis: int) -> list[Pin]:
    """Points that lines across an axis go through: the middles of inner ones, outer ones at their corners."""
    inner = [Pin(number + 1, float(own.lines[axis][number + 1]), 0.0) for number in pins.dividers[axis]]
    last = len(own.lines[axis]) - 1
    outer = [
        Pin(last if UNIT[corner, axis] else 0, float(own.corners[corner, axis]), float(UNIT[corner, 1 - axis] - 0.5))
        for corner in np.flatnonzero(pins.corners[:, axis])
    ]
    return [*inner, *outer]


def _within(own: _Grid, pins: Sequence[Pin], axis: int, reach_px: float) -> Floats:
    """Nx2: between which places each line's middle lies."""
    lines = own.lines[axis]
    within = np.column_stack([lines - reach_px, lines + reach_px])
    for number in {pin.number for pin in pins}:
        places = [pin.place_px for pin in pins if pin.number == number]
        loose = TILTED * own.cell(axis) if number in (0, len(lines) - 1) and len(places) == 1 else 0.0
        within[number] = np.mean(places) - loose, np.mean(places) + loose
    return within


def _sought(seen: Basis | None, axis: int, expected: Seen, other: Floats, pins: Sequence[Pin], within: Floats) -> Seen:
    """Where the photo has the edges: as ``expected``, or sought anew where a pin says that others are meant. ``other`` axis' lines."""
    edges = expected.edges_px
    far = max((abs(pin.place_px - edges[pin.number]) / expected.cell for pin in pins), default=0.0)
    anew = seen.guess.labelled.again(axis, other, within) if seen and far > FAR else None
    return expected if anew is None else anew


def _as_now(own: _Grid, axis: int) -> Edges:
    """Lines of an axis on which nothing is set: they stay."""
    low = [own.corners[corner, axis] for corner in (0, 1 if axis else 3)]
    high = [own.corners[corner, axis] for corner in (3 if axis else 1, 2)]
    first, last = low[1] - low[0], high[1] - high[0]
    return Edges(own.lines[axis], np.array([(first + last) / 2, last - first]))


def _bounded(edges: Edges, within: Floats) -> Edges:
    return Edges(np.clip(edges.middles_px, within[:, 0], within[:, 1]), edges.lean_px)


def _proposal(edges: tuple[Edges, Edges], own: _Grid, pins: Pins, flat_from_photo: Floats) -> Proposal | None:
    """The grid with these lines, pinned ones exactly where they were set; None where it is none."""
    corners = np.array([[edges[axis].at_corner(UNIT[i, axis] > 0, UNIT[i, 1 - axis] - 0.5) for axis in (0, 1)] for i in range(4)])
    corners = np.where(pins.corners > 0, own.corners, corners)
    unit_from_flat = homography(corners, UNIT)
    shares = [_shares(edges, own, pins, axis, unit_from_flat) for axis in (0, 1)]
    if any((np.diff([0.0, *found, 1.0]) < LEAST_SHARE).any() for found in shares):
        return None
    return Proposal(readonly(apply(inverse(flat_from_photo), corners)), shares[0], shares[1], 0.0)


def _shares(edges: tuple[Edges, Edges], own: _Grid, pins: Pins, axis: int, unit_from_flat: Floats) -> tuple[float, ...]:
    """Inner lines of an axis as shares of the new outline."""
    middles = edges[axis].middles_px
    points = np.full((len(middles) - 2, 2), (edges[1 - axis].middles_px[0] + edges[1 - axis].middles_px[-1]) / 2)
    points[:, axis] = middles[1:-1]
    for number in pins.dividers[axis]:
        points[number] = own.middles[axis][number + 1]
    return tuple(apply(unit_from_flat, points)[:, axis].tolist())
