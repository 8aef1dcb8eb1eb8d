"""The board's plane, seen so that its horizontals and verticals run along the picture's axes."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from calibration.plane import apply
from calibration.rig import Floats, Image, readonly
from digitizer.grid.arrays import Mask
from digitizer.grid.segments import Segments, Vanishing
from digitizer.settings import LocateSettings


@dataclass(frozen=True, eq=False)
class Plane:
    """``image`` HxWx3 u8 BGR in the plane frame; ``work_from_plane`` 3x3; ``seen`` HxW bool, False outside the photo."""

    image: Image
    work_from_plane: Floats
    seen: Mask


def flatten(work: Image, segments: Segments, across: Vanishing, down: Vanishing, settings: LocateSettings) -> Plane | None:
    """Undo perspective but for the proportions. None where the two directions make no plane that faces the camera."""
    height, width = work.shape[:2]
    scale = float(max(width, height))
    work_from_norm = np.array([[scale, 0, width / 2], [0, scale, height / 2], [0, 0, 1]])
    aims = across.aims | down.aims
    middles, weights = segments.middles[aims], segments.lengths[aims]
    centre = np.average(middles, axis=0, weights=weights)
    flat_from_norm = _flat_from_norm(across.point, down.point, centre)
    if flat_from_norm is None:
        return None
    box = _box(flat_from_norm, segments, aims, settings)
    if box is None:
        return None
    return _warp(work, work_from_norm @ np.linalg.inv(flat_from_norm), box, scale, settings)


def _flat_from_norm(across: Floats, down: Floats, centre: Floats) -> Floats | None:
    """3x3 that sends both vanishing points to infinity, right and down; a small step at ``centre`` keeps its length."""
    horizon = np.cross(across, down)
    at_centre = horizon @ np.r_[centre, 1]
    if abs(at_centre) < 1e-6 * np.linalg.norm(horizon):
        return None
    horizon = horizon / at_centre
    tilt = np.vstack([np.eye(2, 3), horizon])
    ways = np.stack([(tilt @ across)[:2], (tilt @ down)[:2]], axis=1)
    ways *= np.sign([ways[0, 0], ways[1, 1]])
    if np.linalg.det(ways) < 1e-6 * np.linalg.norm(ways[:, 0]) * np.linalg.norm(ways[:, 1]):
        return None
    turn = np.eye(3)
    turn[:2, :2] = np.linalg.inv(ways)
    flat = turn @ tilt
    steps = [np.linalg.norm(_step(np.linalg.inv(flat), apply(flat, centre[None])[0], axis)) for axis in (0, 1)]
    return np.asarray(np.diag([*steps, 1.0]) @ flat)


def _step(norm_from_flat: Floats, point: Floats, axis: int) -> Floats:
    """How far the picture moves for a unit step along an axis of the plane."""
    small = np.zeros(2)
    small[axis] = 1e-4
    ends = apply(norm_from_flat, np.stack([point - small, point + small]))
    return np.asarray((ends[1] - ends[0]) / 2e-4)


def _box(flat_from_norm: Floats, segments: Segments, aims: Mask, settings: LocateSettings) -> Floats | None:
    """2x2 corners (low, high) in the flat frame of what both directions of edges span, kept where the plane is not seen edge-on."""
    ends = np.concatenate([segments.middles + s * segments.ways * segments.lengths[:, None] / 2 for s in (-1, 1)])
    ends = ends[np.r_[aims, aims]]
    depth = np.c_[ends, np.ones(len(ends))] @ flat_from_norm[2]
    ends = ends[depth > settings.min_depth]
    if len(ends) < 8:
        return None
    flat = apply(flat_from_norm, ends)
    low, high = np.quantile(flat, 0.005, axis=0), np.quantile(flat, 0.995, axis=0)
    pad = 0.12 * (high - low)
    return np.stack([low - pad, high + pad])


def _warp(work: Image, work_from_flat: Floats, box: Floats, scale: float, settings: LocateSettings) -> Plane:
    (left, top), (right, bottom) = box
    density = min(scale * settings.plane_oversampling, settings.plane_px / float(max(right - left, bottom - top)))
    size = (max(int((right - left) * density), 16), max(int((bottom - top) * density), 16))
    work_from_plane = work_from_flat @ np.array([[1 / density, 0, left], [0, 1 / density, top], [0, 0, 1]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    image = cv2.warpPerspective(work, work_from_plane, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    seen = cv2.warpPerspective(np.full(work.shape[:2], 255, np.uint8), work_from_plane, size, flags=flags)
    return Plane(readonly(image), readonly(work_from_plane), readonly(seen > 127))
