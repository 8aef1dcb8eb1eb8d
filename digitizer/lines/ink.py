"""The ink of a card: what differs from its paper, measured against the paper's own noise.

Arrays are in the ``work`` frame: the card scaled so that its longer side is ``LinesSettings.work_px``.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.rig import Floats, Image, readonly
from digitizer.lines.paper import Channels, Plane, largest, shrink, surface_of, total
from digitizer.lines.shade import paper_under
from digitizer.lines.sheet import quad_around, written_corners
from digitizer.masks import marked, told
from digitizer.medians import median
from digitizer.settings import LinesSettings


@dataclass(frozen=True, eq=False)
class Ink:
    """What is written on a card, in the work frame.

    ``strength`` HxW f32: how many paper noises a pixel differs; ``mask`` HxW bool: written, cut so high that lines come
    apart; ``weak`` HxW bool: the same cut low; ``sheet`` HxW bool: this card, without what lies around it.
    """

    strength: Plane
    mask: NDArray[np.bool_]
    weak: NDArray[np.bool_]
    sheet: NDArray[np.bool_]
    scale: float


def find_ink(image: Image, valid: Image, settings: LinesSettings) -> Ink:
    """The ink of a card ``image`` HxWx3 u8 BGR, ``valid`` HxW u8 (0: not this card)."""
    scale = settings.work_px / max(image.shape[:2])
    size = (max(8, round(image.shape[1] * scale)), max(8, round(image.shape[0] * scale)))
    scaled = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    seen = cv2.erode(cv2.resize(valid, size, interpolation=cv2.INTER_NEAREST), np.ones((3, 3), np.uint8), borderValue=255) > 0
    work: Channels = np.asarray(cv2.GaussianBlur(scaled, (0, 0), settings.blur_px), np.float32)
    sheet = _sheet(work, seen, settings)
    strength = _strength(work - paper_under(work, sheet), sheet)
    peak, noise = _peak(strength, settings), np.float32(settings.noise_sigmas)
    mask, weak = (readonly(strength > np.maximum(noise, share * peak)) for share in (settings.local_share, settings.weak_share))
    return Ink(readonly(strength), mask, weak, readonly(sheet), scale)


def _sheet(work: Channels, seen: NDArray[np.bool_], settings: LinesSettings) -> NDArray[np.bool_]:
    """HxW bool: the convex hull of the bare paper. Ink lies among paper; slivers of background lie beside it."""
    height, width = work.shape[:2]
    small = shrink(work)
    known = cv2.resize(seen.astype(np.uint8), (small.shape[1], small.shape[0]), interpolation=cv2.INTER_NEAREST) > 0
    surface = np.asarray(cv2.resize(surface_of(small, known), (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    calm = (_distance(work - surface, seen) < settings.noise_sigmas) | _same_hue(work, surface)
    bare = np.asarray(cv2.morphologyEx((calm & seen).astype(np.uint8), cv2.MORPH_OPEN, np.ones((7, 7), np.uint8)), np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(bare, connectivity=4)
    if count < 2:
        return seen
    areas = stats[:, cv2.CC_STAT_AREA].astype(np.float64)
    areas[0] = 0
    paper = told(areas > 0.004 * areas.max(), labels)
    rows = np.flatnonzero(paper.any(axis=1))
    first, last = paper[rows].argmax(axis=1), paper.shape[1] - 1 - paper[rows, ::-1].argmax(axis=1)
    ends = np.concatenate([np.column_stack([first, rows]), np.column_stack([last, rows])]).astype(np.int32)
    hull = np.asarray(cv2.convexHull(ends), np.float64)
    whole = np.zeros(bare.shape, np.uint8)
    cv2.fillConvexPoly(whole, hull.astype(np.int32), 1)
    return np.asarray(((whole > 0) | written_corners(whole > 0, quad_around(hull), calm)) & seen)


def _same_hue(work: Channels, surface: Channels) -> NDArray[np.bool_]:
    """Where a pixel is the paper in another light: the same mix of channels, 0.4 to 2 times as bright."""
    sums, wanted = total(work) + 15, total(surface) + 15
    ratio = sums / wanted
    blue, green, red = cv2.split(cv2.absdiff(work, cv2.multiply(surface, cv2.merge([ratio] * 3))))
    return np.asarray((cv2.max(cv2.max(blue, green), red) < 0.02 * sums) & (ratio > 0.4) & (ratio < 2))


def _distance(residual: Channels, seen: NDArray[np.bool_]) -> Plane:
    """HxW Mahalanobis distance of the residual from the paper's noise."""
    sample = marked(residual[::3, ::3], seen[::3, ::3])
    away = largest(sample)
    calm = sample.compress(away < 2.5 * max(median(away), 1.0), axis=0) if len(sample) else sample
    noise = np.cov(calm.T.astype(np.float64)) if len(calm) > 50 else np.eye(3) * 4
    inverse: Floats = np.asarray(np.linalg.inv(noise + np.eye(3) * 1.5), np.float64)
    # cv2 mixes channels in one thread; a matrix product of this shape would wake all of BLAS for each card.
    whitened = cv2.transform(residual, np.linalg.cholesky(inverse).T)
    return np.asarray(cv2.sqrt(total(np.asarray(cv2.multiply(whitened, whitened), np.float32))), np.float32)


def _strength(residual: Channels, seen: NDArray[np.bool_]) -> Plane:
    """The distance from paper, kept where it goes the way ink goes: darker, on all but black paper."""
    distance = _distance(residual, seen)
    bold = (
        (distance > max(6.0, float(np.quantile(distance[::3, ::3][seen[::3, ::3]], 0.97)) * 0.6)) & seen if seen[::3, ::3].any() else seen
    )
    towards = cv2.mean(residual, bold.view(np.uint8)) if np.count_nonzero(bold) > 20 else (-1.0,)
    sign = np.float32(1.0 if sum(towards) <= 0 else -1.0)
    with_ink = -sign * total(residual) > -0.15 * total(np.abs(residual))
    return np.where(with_ink & seen, distance, np.float32(0))


def _peak(strength: Plane, settings: LinesSettings) -> Plane:
    """The strongest ink nearby: written is what passes the noise and a share of this, so that a faint name beside a bold title stays."""
    reach = max(3, settings.work_px // 10) | 1
    return np.asarray(cv2.dilate(cv2.GaussianBlur(strength, (0, 0), 1.0), np.ones((reach, reach), np.uint8)), np.float32)
