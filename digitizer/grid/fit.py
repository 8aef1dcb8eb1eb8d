"""Least-squares fit of plane, edges and lens to the traced lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.plane import apply
from calibration.rig import Floats, readonly
from digitizer.grid.arrays import Indices

ROUNDS = 8
"""Gauss-Newton steps with new weights; the fit stands still after six."""


@dataclass(frozen=True, eq=False)
class Fit:
    """``flat_from_photo`` 3x3 takes undistorted photo px to a plane in which line i is x (or y) = ``edges[i]``.

    ``k1`` of the lens on coordinates over ``focal_px`` from the photo's middle; ``k1_error`` its standard error; ``rms_px`` of the points.
    """

    flat_from_photo: Floats
    edges: Floats
    k1: float
    k1_error: float
    rms_px: float


def undistort(points_px: Floats, k1: float, focal_px: float, middle_px: Floats) -> Floats:
    """Nx2 photo px -> Nx2 undistorted px, by fixed-point iteration of x_d = x_u (1 + k1 r_u^2)."""
    bent = (points_px - middle_px) / focal_px
    straight = bent
    for _ in range(8):
        straight = bent / (1 + k1 * (straight**2).sum(axis=1, keepdims=True))
    return np.asarray(straight * focal_px + middle_px)


class Fitter:
    """Points on lines, ready to be fitted with or without the lens.

    ``points_px`` Nx2 photo px; ``line`` N, lines along x first (``columns`` of them); ``start`` 3x3 flat-from-photo in which lines
    are nearly upright and level; ``size_px`` (width, height) of the photo, whose long side scales k1.
    """

    def __init__(self, points_px: Floats, line: Indices, columns: int, start: Floats, size_px: tuple[int, int]) -> None:
        self.points, self.line, self.upright = points_px, line, line < columns
        self.middle, self.focal = np.array(size_px) / 2 - 0.5, float(max(size_px))
        flat = apply(start, points_px)
        low, high = flat.min(axis=0), flat.max(axis=0)
        scale = 2 / (high - low)
        norm = np.array([[scale[0], 0, -(low + high)[0] / 2 * scale[0]], [0, scale[1], -(low + high)[1] / 2 * scale[1]], [0, 0, 1]])
        self.start, self.k1 = norm @ start, 0.0
        self.px = self._px_per_unit()

    def _px_per_unit(self) -> Floats:
        """Photo pixels across each line for a unit of the flat frame, at each point."""
        right, below = np.array([0.5, 0.0]), np.array([0.0, 0.5])
        x = apply(self.start, self.points + right) - apply(self.start, self.points - right)
        y = apply(self.start, self.points + below) - apply(self.start, self.points - below)
        return np.asarray(np.where(self.upright, 1 / np.hypot(x[:, 0], y[:, 0]), 1 / np.hypot(x[:, 1], y[:, 1])))

    def fit(self, spacing: Floats, with_lens: bool, k1: float = 0.0, slack: Floats | None = None) -> Fit:
        """Robust Gauss-Newton over shear, keystone, the lens (if asked for; else ``k1`` holds) and the lines' places.

        ``spacing`` LxP: each line's place as a sum of P unknowns; the identity leaves every line free. ``slack`` L: how far each line may
        stand off its place, in the flat frame, before it counts as an outlier.
        """
        free, self.k1 = np.zeros(5 if with_lens else 4), k1
        rows = spacing[self.line]
        slack_px = slack[self.line] * self.px if slack is not None else np.zeros(len(self.points))
        edges = np.linalg.solve(rows.T @ rows + 1e-9 * np.eye(rows.shape[1]), rows.T @ self._places(free))
        for _ in range(ROUNDS):
            place = self._places(free)
            off = (place - rows @ edges) * self.px
            weight = self._tukey(off, slack_px)
            jacobian = np.c_[self._jacobian(free, place), -rows * self.px[:, None]]
            # Not a matrix product: threads for a 25x25 result spend more time waiting for each other than it takes.
            normal = np.einsum("ni,nj->ij", jacobian, jacobian * weight[:, None]) + 1e-9 * np.eye(jacobian.shape[1])
            step = np.linalg.solve(normal, jacobian.T @ (weight * off))
            free = free - step[: len(free)]
            edges = edges - step[len(free) :]
        off = (self._places(free) - rows @ edges) * self.px
        weight = self._tukey(off, slack_px)
        rms = float(np.sqrt((weight * off**2).sum() / max(weight.sum(), 1e-9)))
        error = float(np.sqrt(np.linalg.inv(normal)[4, 4]) * rms) if with_lens else 0.0
        k1 = float(free[4]) if with_lens else k1
        return Fit(readonly(_correction(free) @ self.start), readonly(spacing @ edges), k1, error, rms)

    def _places(self, free: Floats) -> Floats:
        k1 = float(free[4]) if len(free) > 4 else self.k1
        points = undistort(self.points, k1, self.focal, self.middle) if k1 or len(free) > 4 else self.points
        flat = apply(_correction(free) @ self.start, points)
        return np.where(self.upright, flat[:, 0], flat[:, 1])

    def _tukey(self, off_px: Floats, slack_px: Floats) -> Floats:
        """Tukey's weights at 4 spreads, those of upright and of level lines taken apart."""
        spread = np.full(len(off_px), 0.05)
        for axis in (self.upright, ~self.upright):
            spread[axis] += 1.48 * float(np.median(np.abs(off_px[axis]))) if axis.any() else 0.0
        return np.asarray(np.clip(1 - (off_px / (4 * np.maximum(spread, slack_px))) ** 2, 0, None) ** 2)

    def _jacobian(self, free: Floats, place: Floats) -> Floats:
        columns = []
        for i in range(len(free)):
            moved = free.copy()
            moved[i] += 1e-5
            columns.append((self._places(moved) - place) / 1e-5 * self.px)
        return np.stack(columns, axis=1)


def _correction(free: Floats) -> Floats:
    """Shear and keystone; shift and scale along the axes are left to the edges."""
    return np.array([[1, free[0], 0], [free[1], 1, 0], [free[2], free[3], 1]])
