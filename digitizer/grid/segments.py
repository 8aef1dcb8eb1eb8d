"""Straight edges of a photo and the two directions that most of them keep."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.rig import Floats, Image, readonly
from digitizer.grid.arrays import Mask
from digitizer.settings import LocateSettings
from digitizer.straight import straight_edges


@dataclass(frozen=True, eq=False)
class Segments:
    """Straight edges, longest first. ``middles`` and ``ways`` Nx2 (unit direction), ``lengths`` N; normalised: centred, long side 1."""

    middles: Floats
    ways: Floats
    lengths: Floats


@dataclass(frozen=True, eq=False)
class Vanishing:
    """A vanishing point: ``point`` homogeneous 3, normalised; ``aims`` N: which segments aim at it."""

    point: Floats
    aims: Mask


def find_segments(gray: Image, settings: LocateSettings) -> Segments:
    """Straight edges of an HxW gray picture, as numbers relative to its long side."""
    scale = float(max(gray.shape))
    ends = (straight_edges(gray) - np.array(gray.shape[::-1]) / 2) / scale
    lengths = np.hypot(*(ends[:, 1] - ends[:, 0]).T)
    order = np.argsort(-lengths)[: settings.max_segments]
    order = order[lengths[order] > settings.min_segment]
    ends, lengths = ends[order], lengths[order]
    return Segments(readonly(ends.mean(1)), readonly((ends[:, 1] - ends[:, 0]) / lengths[:, None]), readonly(lengths))


def vanishing_point(segments: Segments, across: bool, settings: LocateSettings) -> Vanishing | None:
    """The point at which most of the horizontal (``across``) or vertical edges aim; None without three edges that agree.

    RANSAC over pairs of edges, the sum of lengths as the score, then least squares on those that agree.
    """
    slope = np.abs(segments.ways[:, 0] if across else segments.ways[:, 1])
    pool = np.flatnonzero(slope > np.cos(np.radians(settings.max_slope_deg)))
    if len(pool) < 3:
        return None
    middles, ways, lengths = segments.middles[pool], segments.ways[pool], segments.lengths[pool]
    lines = _lines(middles, ways)
    rng = np.random.default_rng(0)
    pick = rng.choice(len(pool), (settings.vanishing_trials, 2), p=lengths / lengths.sum())
    points = np.cross(lines[pick[:, 0]], lines[pick[:, 1]])
    points = points[np.linalg.norm(points, axis=1) > 1e-9]
    best = points[int(np.argmax(_scores(points, middles, ways, lengths, settings.aim_deg)))]
    for aim_deg in (settings.aim_deg, settings.aim_deg, settings.aim_deg / 2):
        near = _angles(best[None], middles, ways)[0] < np.radians(aim_deg)
        if near.sum() < 3:
            return None
        best = _fit(best, middles[near], lines[near], lengths[near])
    aims = np.zeros(len(segments.lengths), dtype=np.bool_)
    aims[pool[near]] = True
    return Vanishing(readonly(best), readonly(aims))


def _lines(middles: Floats, ways: Floats) -> Floats:
    ends = np.c_[middles, np.ones(len(middles))]
    return np.cross(ends, np.c_[ways, np.zeros(len(ways))])


def _angles(points: Floats, middles: Floats, ways: Floats) -> Floats:
    """Angle in radians between each edge (N) and the way from its middle to each point (K): KxN."""
    to = points[:, None, :2] - points[:, None, 2:] * middles[None]
    across = np.abs(to[..., 0] * ways[:, 1] - to[..., 1] * ways[:, 0])
    return np.arcsin(np.clip(across / np.maximum(np.hypot(to[..., 0], to[..., 1]), 1e-12), 0, 1))


def _scores(points: Floats, middles: Floats, ways: Floats, lengths: Floats, aim_deg: float) -> Floats:
    miss = _angles(points, middles, ways) / np.radians(aim_deg)
    return np.asarray(np.maximum(1 - miss**2, 0) @ lengths)


def _fit(point: Floats, middles: Floats, lines: Floats, lengths: Floats) -> Floats:
    """Least squares: the point with the least summed squared distance, each line weighted by length over its distance from the point."""
    unit = point / np.linalg.norm(point)
    reach = np.hypot(*(unit[:2] - unit[2] * middles).T)
    weight = lengths / np.maximum(np.linalg.norm(lines[:, :2], axis=1) * reach, 1e-9)
    weighted = lines * weight[:, None]
    return np.asarray(np.linalg.eigh(weighted.T @ weighted)[1][:, 0])
