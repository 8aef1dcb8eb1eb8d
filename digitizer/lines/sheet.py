"""The corners of a sheet that is written full: ink in a corner leaves no bare paper around it to tell that it is paper."""

from __future__ import annotations

import cv2
import numpy as np

from calibration.rig import Floats
from digitizer.lines.pieces import Mask
from digitizer.masks import told

TURNS_DEG = np.arange(-12.0, 12.5, 1.0)
"""Of a side against the picture's: cards are cut out level, but for what a curl or a shaky corner turns them by."""

TOUCH_PX = 2.0
"""Within this the rim of the bare paper lies on a side."""

LEAST_PAPER = 0.2
"""Of a corner, that looks like paper between the strokes: writing leaves half, what lies behind a cut or curled corner nothing."""


def quad_around(hull: Floats) -> Floats:
    """4x2: the sides, clockwise from the top, that the convex ``hull`` Nx1x2 lies against the longest, met in corners."""
    rim = _along(hull.reshape(-1, 2).astype(np.float64))
    sides = [_side(rim, outward) for outward in (-90.0, 0.0, 90.0, 180.0)]
    return np.array([np.linalg.solve(*map(np.array, zip(sides[k - 1], sides[k], strict=True))) for k in range(4)])


def written_corners(bare: Mask, quad: Floats, paper: Mask) -> Mask:
    """HxW: what of ``quad`` 4x2 lies outside of the ``bare`` hull and is paper with ink on it; ``paper`` HxW is paper seen."""
    inside = np.zeros(bare.shape, np.uint8)
    cv2.fillConvexPoly(inside, np.round(quad).astype(np.int32), 1)
    corners = (inside > 0) & ~bare
    at = np.flatnonzero(corners)
    count, labels = cv2.connectedComponents(corners.view(np.uint8))
    of = labels.ravel().take(at)
    area, shown = (np.bincount(part, minlength=count) for part in (of, of.compress(paper.ravel().take(at))))
    corners.ravel()[at] = told(shown > LEAST_PAPER * area, of)
    return corners


def _along(corners: Floats) -> Floats:
    """Points along a polygon Nx2, a pixel apart."""
    ends = np.roll(corners, -1, axis=0)
    steps = [max(1, round(float(np.linalg.norm(b - a)))) for a, b in zip(corners, ends, strict=True)]
    return np.concatenate([a + (b - a) * np.arange(n)[:, None] / n for a, b, n in zip(corners, ends, steps, strict=True)])


def _side(rim: Floats, outward_deg: float) -> tuple[Floats, float]:
    """The normal and the distance of the line that has all of ``rim`` Nx2 on one side and touches most of it."""
    turns = np.radians(outward_deg + TURNS_DEG)
    normals = np.column_stack([np.cos(turns), np.sin(turns)])
    reach = rim @ normals.T
    touching = (reach > reach.max(axis=0) - TOUCH_PX).sum(axis=0)
    best = int(touching.argmax())
    return normals[best], float(reach[:, best].max())
