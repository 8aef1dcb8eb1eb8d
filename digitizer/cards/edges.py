"""A card's four sides to a fraction of a pixel, from the sheet at full density."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from calibration.rig import Floats, Image
from digitizer.settings import SegmentSettings

SAMPLES = 40
"""Normals along one side."""


@dataclass(frozen=True, eq=False)
class Fit:
    """``quad_px`` 4x2 sheet px; ``support`` of top, right, bottom, left: how steep the side is all along, 1 for a plain edge."""

    quad_px: Floats
    support: Floats


def refine(image: Image, quad_px: Floats, reach_px: float, settings: SegmentSettings) -> Fit:
    """Move each side of a rough 4x2 quad (sheet px) to where the colour changes most, all along and in one direction.

    A side is a straight line whose two ends slide along the normal by up to ``reach_px``. Summing the signed slope over the side
    before taking its length makes strokes of ink cancel and a faint edge, shadow or white on white, add up.
    """
    reach = max(3, round(reach_px))
    offsets = np.arange(-reach - 2, reach + 3)
    profiles = _profiles(image, quad_px, offsets)
    paper = np.median(profiles[:, :, : reach - 1].reshape(-1, 3), axis=0)
    slopes = _slopes(profiles, paper, settings)
    lines, support = [], []
    for side in range(4):
        first, last, strength = _best_line(slopes[side], reach, settings)
        lines.append(_line(quad_px, side, first, last))
        support.append(strength)
    corners = np.array([_cross(lines[side - 1], lines[side]) for side in range(4)])
    if not np.isfinite(corners).all() or np.abs(corners - quad_px).max() > 3 * reach:
        return Fit(quad_px, np.asarray(support))
    return Fit(corners, np.asarray(support))


def _ends(quad_px: Floats, side: int) -> tuple[Floats, Floats, Floats]:
    """Begin, end and outward unit normal of a side of a clockwise quad."""
    begin, end = quad_px[side], quad_px[(side + 1) % 4]
    along = (end - begin) / max(float(np.linalg.norm(end - begin)), 1e-9)
    return begin, end, np.array([along[1], -along[0]])


def _profiles(image: Image, quad_px: Floats, offsets: np.ndarray) -> np.ndarray:
    """4 x SAMPLES x len(offsets) x 3 float32 Lab across each side, from inside to outside."""
    shares = np.linspace(0.06, 0.94, SAMPLES)
    points = np.empty((4, SAMPLES, len(offsets), 2), np.float32)
    for side in range(4):
        begin, end, normal = _ends(quad_px, side)
        points[side] = (begin + shares[:, None] * (end - begin))[:, None] + offsets[:, None] * normal
    flat = points.reshape(4 * SAMPLES, len(offsets), 2)
    taken = cv2.remap(image, flat[..., 0], flat[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    lab = cv2.cvtColor(taken.astype(np.float32) * np.float32(1 / 255), cv2.COLOR_BGR2LAB)
    return cv2.blur(lab, (3, 1)).reshape(4, SAMPLES, len(offsets), 3)


def _slopes(profiles: np.ndarray, paper: Floats, settings: SegmentSettings) -> np.ndarray:
    """4 x SAMPLES x (offsets - 4) x 3 clipped slopes, those whose inner side is not this card's paper weakened."""
    rise = (profiles[:, :, 3:-1] - profiles[:, :, 1:-3]) / 2
    steep = np.linalg.norm(rise, axis=3, keepdims=True)
    rise = rise * np.minimum(1, settings.edge_clip_lab / np.maximum(steep, 1e-6))
    inner = np.linalg.norm(profiles[:, :, :-4] - paper, axis=3, keepdims=True)
    return np.asarray(rise / (1 + (inner / settings.same_paper_lab) ** 2))


def _best_line(slopes: np.ndarray, reach: int, settings: SegmentSettings) -> tuple[float, float, float]:
    """Offsets of the two ends (px outward) of the line with the greatest sum of slopes, and that sum as a share of a plain edge's."""
    first, last, at = _lines_within(reach)
    means = np.ascontiguousarray(slopes.reshape(-1, 3).T).take(at, axis=1).mean(axis=2)
    sums = np.sqrt((means * means).sum(axis=0))
    drift = (np.abs(first - reach) + np.abs(last - reach)) / (2 * reach)
    best = int(np.argmax(sums * (1 - settings.edge_drift * drift)))
    near = (np.abs(first - first[best]) <= 1) & (np.abs(last - last[best]) <= 1)
    weight = sums[near] ** 4 + 1e-12
    ends = (weight * first[near]).sum() / weight.sum(), (weight * last[near]).sum() / weight.sum()
    return float(ends[0]) - reach, float(ends[1]) - reach, float(sums[best]) / settings.edge_clip_lab


@lru_cache(maxsize=4)
def _lines_within(reach: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """N lines across a side's profiles: offset (index) of either end, and N x SAMPLES places in the profiles laid end to end."""
    span = np.arange(2 * reach + 1)
    first, last = (axis.ravel() for axis in np.meshgrid(span, span, indexing="ij"))
    near = np.abs(first - last) <= reach
    first, last = first[near], last[near]
    share = np.linspace(0.06, 0.94, SAMPLES)
    at = np.rint(first[:, None] * (1 - share) + last[:, None] * share).astype(int)
    return first, last, at + np.arange(SAMPLES) * (2 * reach + 1)


def _line(quad_px: Floats, side: int, first: float, last: float) -> Floats:
    """Homogeneous line of a side whose ends moved outward by ``first`` and ``last``."""
    begin, end, normal = _ends(quad_px, side)
    a, b = begin + first * normal, end + last * normal
    return _across((float(a[0]), float(a[1]), 1.0), (float(b[0]), float(b[1]), 1.0))


def _cross(one: Floats, other: Floats) -> Floats:
    point = _across(one.tolist(), other.tolist())
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(point[:2] / point[2])


def _across(one: Sequence[float], other: Sequence[float]) -> Floats:
    """Cross product of two vectors of three, which takes ``numpy.cross`` longer than all else about a side's line."""
    (a, b, c), (d, e, f) = one, other
    return np.array([b * f - c * e, c * d - a * f, a * e - b * d])
