"""Markers of the kit in a photo: which ids, and exactly where their corners are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from calibration.kit import BOARD_DICTIONARY, dictionary
from calibration.plane import apply, resizing
from calibration.rig import Floats, Image, readonly
from digitizer.grid.arrays import Indices, Mask
from digitizer.settings import MarkerSettings


def find_markers(image: Image, settings: MarkerSettings, which: int = BOARD_DICTIONARY) -> Mapping[int, Floats]:
    """Markers of a dictionary in an HxWx3 BGR photo: id -> 4x2 corners in px, clockwise from the marker's own top left.

    An id seen twice is left out, since one of the two is a picture of it.
    """
    (found,) = find_markers_of(np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), dtype=np.uint8), (which,), settings)
    return found


def find_markers_of(gray: Image, which: Sequence[int], settings: MarkerSettings) -> list[Mapping[int, Floats]]:
    """Markers of several dictionaries in an HxW photo, as of :func:`find_markers`; what may be a marker is sought once for all.

    Looked for in a small picture, made exact in the full one: a straight line is fitted to each side where light turns to dark.
    """
    small, full_from_small = _shrunk(gray, settings.look_px)
    corners, ids, _, dictionaries = _detector(which, settings).detectMarkersMultiDict(small)
    quads = [apply(full_from_small, np.asarray(quad, dtype=np.float64).reshape(4, 2)) for quad in corners]
    numbers, of = (np.zeros(0, np.int64) if found is None else np.asarray(found, np.int64).ravel() for found in (ids, dictionaries))
    parts = [np.flatnonzero(of == index) for index in range(len(which))]
    return [_exact_once(gray, numbers[part], [quads[k] for k in part], settings) for part in parts]


def _exact_once(gray: Image, found: Indices, quads_px: Sequence[Floats], settings: MarkerSettings) -> Mapping[int, Floats]:
    """The markers that are seen once, their corners made exact."""
    seen: dict[int, Floats] = {}
    for marker, quad in zip(found.tolist(), quads_px, strict=True):
        if int((found == marker).sum()) == 1:
            seen[marker] = readonly(_exact(gray, quad, settings))
    return seen


def _shrunk(gray: Image, long_side: int) -> tuple[Image, Floats]:
    height, width = gray.shape
    scale = min(1.0, long_side / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if size == (width, height):
        return gray, np.eye(3)
    small = np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return small, resizing(size, (width, height))


def _detector(which: Sequence[int], settings: MarkerSettings) -> cv2.aruco.ArucoDetector:
    parameters = cv2.aruco.DetectorParameters()
    parameters.errorCorrectionRate = settings.error_correction
    parameters.minMarkerPerimeterRate = settings.least_perimeter
    parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    return cv2.aruco.ArucoDetector([dictionary(name) for name in which], parameters)


def _exact(gray: Image, quad_px: Floats, settings: MarkerSettings) -> Floats:
    """The crossings of lines fitted to the four sides of a marker; the corners as they were where a side cannot be followed."""
    sides = [_side(gray, quad_px[i], quad_px[(i + 1) % 4], settings) for i in range(4)]
    corners = quad_px.copy()
    for i in range(4):
        before, after = sides[i - 1], sides[i]
        if before is None or after is None:
            continue
        crossing = np.cross(before, after)
        if abs(crossing[2]) > 1e-9:
            moved = crossing[:2] / crossing[2]
            if np.hypot(*(moved - quad_px[i])) < settings.reach * _length(quad_px):
                corners[i] = moved
    return corners


def _side(gray: Image, start: Floats, end: Floats, settings: MarkerSettings) -> Floats | None:
    """Homogeneous line (3) along the edge from dark marker to white paper near a side; its corners are left out."""
    along = end - start
    length = float(np.hypot(*along))
    outward = np.array([along[1], -along[0]]) / length  # corners run clockwise with y down: the paper lies to the left
    shares = np.linspace(settings.corner_share, 1 - settings.corner_share, max(6, int(length * (1 - 2 * settings.corner_share))))
    half = max(2.0, settings.reach * length)
    offsets = np.linspace(-half, half, int(4 * half) + 1)
    points = start + shares[:, None, None] * along + offsets[None, :, None] * outward
    x, y = points[..., 0].astype(np.float32), points[..., 1].astype(np.float32)
    values = cv2.remap(gray, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(np.float64)
    at, seen = _steps(values, offsets)
    if seen.sum() < 5:
        return None
    return _line(start + shares[seen, None] * along + at[seen, None] * outward)


def _steps(values: Floats, offsets: Floats) -> tuple[Floats, Mask]:
    """For N profiles NxM from dark to light, where each passes the middle between its ends, and whether it clearly does.

    The place is where as much light lies on one side of an ideal step as is missing on the other, which no blur shifts.
    """
    dark, light = values[:, :3].mean(axis=1), values[:, -3:].mean(axis=1)
    contrast = light - dark
    share = (values - dark[:, None]) / np.maximum(contrast, 1.0)[:, None]
    at = offsets[-1] - np.trapezoid(share, offsets, axis=1)
    return at, np.asarray((contrast > 25) & (np.abs(at) < 0.8 * offsets[-1]), dtype=np.bool_)


def _line(points: Floats) -> Floats:
    """A homogeneous line through Nx2 points, the far ones counted less (Huber's weights, five rounds)."""
    weight = np.ones(len(points))
    for _ in range(5):
        centre = (weight[:, None] * points).sum(axis=0) / weight.sum()
        _, _, axes = np.linalg.svd(np.sqrt(weight)[:, None] * (points - centre), full_matrices=False)
        normal = axes[-1]
        off = np.abs((points - centre) @ normal)
        weight = 1 / np.maximum(1.0, off / max(1.5 * float(np.median(off)), 0.05))
    return np.array([normal[0], normal[1], -float(normal @ centre)])


def _length(quad_px: Floats) -> float:
    """Mean side of a quad."""
    return float(np.hypot(*(np.roll(quad_px, -1, axis=0) - quad_px).T).mean())
