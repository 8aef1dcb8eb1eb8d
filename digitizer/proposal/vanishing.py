"""The board seen square on, from which way most things on it point.

The sides of cards and labels and the straight edges of the board run towards two vanishing points. RANSAC finds each, scored softly
since cards hang turned; the line through both is the horizon of the plane (Hartley & Zisserman, "Multiple View Geometry", 2.7).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calibration.rig import Floats, Image
from digitizer.proposal.blobs import WORK_PX, Thing
from digitizer.straight import straight_edges_at

TRIES = 400
"""Pairs of segments tried: with a fifth of them true, one in 25 pairs is."""

SCATTER_DEGREES = 2.5
"""Angle by which edges stray from a vanishing point: a hand-hung card's median turn."""

FAMILY_DEGREES = 30.0
"""Turn from level or plumb up to which a segment belongs to the one family or the other."""

FARTHEST = 0.35
"""Most that the horizon may rise across the photo's half: a pose beyond 60 degrees on a phone's lens; then it is taken as level."""

LEAST_SEGMENT = 0.03
"""Length of a free segment, as a share of the photo's long side; shorter ones are letters."""


def flattening(image_bgr: Image, things: Sequence[Thing]) -> Floats:
    """The 3x3 ``flat_from_photo`` that makes both directions of a board level and plumb; the scale of the photo stays at its middle."""
    height, width = image_bgr.shape[:2]
    middle, unit = np.array([width, height]) / 2, max(width, height) / 2
    segments = (np.vstack([_sides(things), _straight_edges(image_bgr)]) - np.tile(middle, 2)) / unit
    level, plumb = (_vanishing(segments, np.array(axis)) for axis in ((1.0, 0.0), (0.0, 1.0)))
    horizon = np.cross(level, plumb)
    horizon = horizon / horizon[2] if abs(horizon[2]) > 1e-9 else np.array([0.0, 0.0, 1.0])
    if np.linalg.norm(horizon[:2]) > FARTHEST * 2:
        horizon = np.array([0.0, 0.0, 1.0])
    rectify = np.vstack([[1.0, 0, 0], [0, 1.0, 0], horizon])
    directions = np.column_stack([(rectify @ v)[:2] / np.linalg.norm((rectify @ v)[:2]) for v in (level, plumb)])
    straighten = np.eye(3)
    straighten[:2, :2] = np.linalg.inv(directions * np.sign(np.diag(directions)))
    to_unit = np.array([[1 / unit, 0, -middle[0] / unit], [0, 1 / unit, -middle[1] / unit], [0, 0, 1]])
    return np.asarray(np.diag([unit, unit, 1.0]) @ straighten @ rectify @ to_unit, dtype=np.float64)


def _sides(things: Sequence[Thing]) -> Floats:
    """Nx4 (x, y, x, y) sides of all papers."""
    corners = np.array([t.corners_px for t in things if t.paper]).reshape(-1, 4, 2)
    return np.concatenate([corners, np.roll(corners, -1, axis=1)], axis=2).reshape(-1, 4)


def _straight_edges(image_bgr: Image) -> Floats:
    """Nx4 straight edges of the photo, long ones only."""
    lines = straight_edges_at(image_bgr, WORK_PX).reshape(-1, 4)
    length = np.hypot(lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1])
    return np.asarray(lines[length > LEAST_SEGMENT * max(image_bgr.shape[:2])], dtype=np.float64)


def _vanishing(segments: Floats, axis: Floats) -> Floats:
    """The homogeneous point that most segments (Nx4, unit frame) near ``axis`` run towards; ``axis`` itself, at infinity, if few do."""
    at_infinity = np.array([axis[0], axis[1], 0.0])
    way = segments[:, 2:] - segments[:, :2]
    length = np.maximum(np.linalg.norm(way, axis=1), 1e-9)
    near = np.abs(way @ axis) / length > np.cos(np.radians(FAMILY_DEGREES))
    segments, way, length = segments[near], way[near] / length[near, None], length[near]
    if len(segments) < 4:
        return at_infinity
    lines = np.cross(np.column_stack([segments[:, :2], np.ones(len(segments))]), np.column_stack([segments[:, 2:], np.ones(len(segments))]))
    rng = np.random.default_rng(0)  # the same photo gives the same proposal
    pairs = rng.choice(len(segments), (TRIES, 2), p=length / length.sum())
    tried = np.vstack([at_infinity, np.cross(lines[pairs[:, 0]], lines[pairs[:, 1]])])
    tried = tried[np.linalg.norm(tried, axis=1) > 1e-9]
    middles = (segments[:, :2] + segments[:, 2:]) / 2
    scores = [float((np.minimum(length, 0.5) * _agreement(v, middles, way)).sum()) for v in tried]
    return np.asarray(tried[int(np.argmax(scores))], dtype=np.float64)


def _agreement(point: Floats, middles: Floats, way: Floats) -> Floats:
    """0..1 for each segment: how nearly it points at a homogeneous ``point``."""
    towards = point[:2] - point[2] * middles
    sine = np.abs(towards[:, 0] * way[:, 1] - towards[:, 1] * way[:, 0]) / np.maximum(np.linalg.norm(towards, axis=1), 1e-9)
    return np.asarray(np.exp(-0.5 * (np.degrees(np.arcsin(np.minimum(sine, 1))) / SCATTER_DEGREES) ** 2), dtype=np.float64)
