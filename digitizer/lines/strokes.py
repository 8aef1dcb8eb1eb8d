"""Connected pieces of ink as arrays of points, in a frame turned so that writing runs level."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.rig import Floats
from digitizer.masks import places, told

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Strokes:
    """N ink points in K pieces, turned by ``angle`` (radians; positive: writing falls to the right).

    ``x``, ``y`` N work px in the turned frame (same origin); ``piece`` N index 0..K-1; ``left right top bottom middle area`` K.
    """

    x: Floats
    y: Floats
    piece: Ints
    angle: float
    left: Floats
    right: Floats
    top: Floats
    bottom: Floats
    middle: Floats
    area: Floats

    @property
    def heights(self) -> Floats:
        """K heights of the pieces."""
        return self.bottom - self.top + 1

    @property
    def widths(self) -> Floats:
        """K widths of the pieces."""
        return self.right - self.left + 1


def strokes_of(labels: NDArray[np.int32], wanted: NDArray[np.bool_], angle: float) -> Strokes:
    """The ``wanted`` (K+1 bool) pieces of ``labels`` HxW, seen in a frame turned by ``angle`` radians."""
    rows, columns = places(told(wanted, labels))
    cos, sin = np.cos(angle), np.sin(angle)
    return gather(columns * cos + rows * sin, rows * cos - columns * sin, labels[rows, columns].astype(np.int64), angle)


def gather(x: Floats, y: Floats, piece: Ints, angle: float) -> Strokes:
    """Boxes and areas of the pieces that the points fall in; ``piece`` is renumbered without gaps."""
    if len(piece) == 0:
        none = np.zeros(0)
        return Strokes(none, none, np.zeros(0, np.int64), angle, none, none, none, none, none, none)
    if (piece[1:] < piece[:-1]).any():
        order = np.argsort(piece, kind="stable")
        x, y, piece = x[order], y[order], piece[order]
    starts = np.flatnonzero(np.concatenate([[True], piece[1:] != piece[:-1]]))
    area = np.diff(starts, append=len(piece)).astype(np.float64)
    renumbered = np.repeat(np.arange(len(starts)), area.astype(np.int64))
    low, high = np.minimum.reduceat, np.maximum.reduceat
    return Strokes(
        x, y, renumbered, angle, low(x, starts), high(x, starts), low(y, starts), high(y, starts), np.add.reduceat(y, starts) / area, area
    )


def turned(strokes: Strokes, by: float) -> Strokes:
    """The same strokes in a frame turned by ``by`` radians more."""
    cos, sin = np.cos(by), np.sin(by)
    return gather(strokes.x * cos + strokes.y * sin, strokes.y * cos - strokes.x * sin, strokes.piece, strokes.angle + by)


def skew_of(mask: NDArray[np.bool_], most_deg: float) -> float:
    """The turn (radians) at which the profile of the ink across the lines is sharpest; Postl's criterion."""
    rows, columns = places(mask)
    if len(rows) < 50:
        return 0.0
    step = max(1, len(rows) // 4000)
    x, y = columns[::step].astype(np.float64), rows[::step].astype(np.float64)
    coarse = _sharpest(x, y, np.arange(-most_deg, most_deg + 0.1, 1.0))
    fine = _sharpest(x, y, coarse + np.arange(-0.75, 0.8, 0.25))
    return float(np.radians(fine))


def _sharpest(x: Floats, y: Floats, angles_deg: Floats) -> float:
    scores = []
    for angle in angles_deg:
        turned = y * np.cos(np.radians(angle)) - x * np.sin(np.radians(angle))
        profile = np.bincount((turned - turned.min()).astype(np.int64)).astype(np.float64)
        smooth = np.convolve(profile, np.array([1, 2, 3, 2, 1]) / 9)
        # A level hand is likelier than a sloping one; slopes have a standard deviation of some degrees.
        scores.append(float(np.square(np.diff(smooth)).sum()) * float(np.exp(-np.square(angle / 10) / 2)))
    return float(angles_deg[int(np.argmax(scores))])
