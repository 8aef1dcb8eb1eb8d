"""The ink of a card: what differs from its paper, measured against the paper's own noise.

Arrays are in the ``work`` frame: the card scaled so that its longer side is ``LinesSettings.work_px``.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.rig import Floats, Image, readonly
from digitizer.settings import LinesSettings

Plane = NDArray[np.float32]
Channels = NDArray[np.float32]
SMALL_PX = 80
"""Longer side at which the paper is estimated: shading and creases are smooth at that size, and medians are cheap."""


DARK_PAPER = 100.0
"""Mean level under which paper may be dark enough to be written on with light ink."""


@dataclass(frozen=True, eq=False)
class Ink:
    """What is written on a card, in the work frame.

    ``strength`` HxW f32: how many paper noises a pixel differs; ``mask`` HxW bool: written; ``paper`` HxWx3 f32 BGR; ``sheet`` HxW bool: this card.

    ``direction`` 3-vector (BGR): the mix of channels in which ink stands out most from the noise of the paper.
    """

    strength: NDArray[np.float32]
    mask: NDArray[np.bool_]
    paper: NDArray[np.float32]
    sheet: NDArray[np.bool_]
    direction: Floats
    scale: float


def find_ink(image: Image, valid: Image, settings: LinesSettings) -> Ink:
    """The ink of a card ``image`` HxWx3 u8 BGR, ``valid`` HxW u8 (0: not this card)."""
    scale = settings.work_px / max(image.shape[:2])
    size = (max(8, round(image.shape[1] * scale)), max(8, round(image.shape[0] * scale)))
    work = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    seen = cv2.erode(cv2.resize(valid, size, interpolation=cv2.INTER_NEAREST), np.ones((3, 3), np.uint8), borderValue=255) > 0
    work = cv2.GaussianBlur(work, (0, 0), settings.blur_px).astype(np.float32)
    sheet = _sheet(work, seen, settings)
    paper = paper_colour(work, sheet)
    strength, direction = _strength(work - paper, sheet)
    level = _level(strength, settings)
    fixed = [readonly(a) for a in (strength, strength > level, paper, sheet, direction)]
    return Ink(*fixed, scale)


def _sheet(work: NDArray[np.float32], seen: NDArray[np.bool_], settings: LinesSettings) -> NDArray[np.bool_]:
    """HxW bool: the convex hull of the bare paper. Ink lies among paper; slivers of background lie beside it."""
    height, width = work.shape[:2]
    small = _small(work)
    known = cv2.resize(seen.astype(np.uint8), (small.shape[1], small.shape[0]), interpolation=cv2.INTER_NEAREST) > 0
    surface = np.asarray(cv2.resize(_surface(small, known), (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    calm = (_distance(work - surface, seen)[0] < settings.noise_sigmas) | _same_hue(work, surface)
    calm = (calm & seen).astype(np.uint8)
    calm = cv2.morphologyEx(calm, cv2.MORPH_OPEN, np.ones((7, 7), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(calm, connectivity=4)
    if count < 2:
        return seen
    areas = stats[:, cv2.CC_STAT_AREA].astype(np.float64)
    areas[0] = 0
    paper = (areas > 0.004 * areas.max())[labels]
    rows = np.flatnonzero(paper.any(axis=1))
    first, last = paper[rows].argmax(axis=1), paper.shape[1] - 1 - paper[rows, ::-1].argmax(axis=1)
    ends = np.concatenate([np.column_stack([first, rows]), np.column_stack([last, rows])]).astype(np.int32)
    whole = np.zeros(calm.shape, np.uint8)
    cv2.fillConvexPoly(whole, cv2.convexHull(ends), 1)
    return np.asarray((whole > 0) & seen)


def _same_hue(work: NDArray[np.float32], surface: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Where a pixel is the paper in another light: the same mix of channels, 0.4 to 2 times as bright."""
    sums, wanted = _sum(work) + 15, _sum(surface) + 15
    ratio = sums / wanted
    return np.asarray((_most(work / sums[..., None] - surface / wanted[..., None]) < 0.02) & (ratio > 0.4) & (ratio < 2))


def _sum(image: Channels) -> Plane:
    """HxW: the sum of the channels."""
    return np.asarray(cv2.transform(image, np.ones((1, 3), np.float32)), np.float32)


def _most(residual: Channels) -> Plane:
    """HxW: the largest of the channels' absolute values."""
    size = np.abs(residual)
    return np.asarray(np.maximum(np.maximum(size[..., 0], size[..., 1]), size[..., 2]), np.float32)


def paper_colour(work: NDArray[np.float32], sheet: NDArray[np.bool_]) -> NDArray[np.float32]:
    """HxWx3 f32: the paper under the ink, shading and shadows kept: strokes closed, then a median, at a size where noise is gone."""
    height, width = work.shape[:2]
    small, known = _small(work), _small(sheet.astype(np.float32))
    surface = _surface(small, known > 0.9)
    filled = np.where((known > 0.9)[..., None], small, surface).astype(np.float32)
    light_ink = _written_in_light(small, surface, known > 0.9)
    closed = cv2.morphologyEx(
        filled, cv2.MORPH_OPEN if light_ink else cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
    )
    local = cv2.medianBlur(np.clip(closed, 0, 255).astype(np.uint8), 11).astype(np.float32)
    return cv2.resize(cv2.GaussianBlur(local, (0, 0), 2), (width, height), interpolation=cv2.INTER_LINEAR)


def _written_in_light(image: Channels, surface: Channels, known: NDArray[np.bool_]) -> bool:
    """Whether dark paper shows much that is lighter than it and little that is darker."""
    away = _sum(image - surface)[known]
    if not len(away) or float(surface.mean()) > DARK_PAPER:
        return False
    noise = 1.5 * float(np.median(np.abs(away))) + 2
    return bool((away > 5 * noise).sum() > max(0.01 * len(away), 3 * (away < -5 * noise).sum()))


def _small(image: NDArray[np.float32]) -> NDArray[np.float32]:
    ratio = SMALL_PX / max(image.shape[:2])
    size = (max(8, round(image.shape[1] * ratio)), max(8, round(image.shape[0] * ratio)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.float32)


def _surface(image: NDArray[np.float32], known: NDArray[np.bool_]) -> NDArray[np.float32]:
    """HxWx3: a quadratic surface a channel, fitted by reweighting to the commonest colour."""
    height, width = image.shape[:2]
    y, x = np.mgrid[0:height, 0:width]
    u, v = 2 * x / width - 1, 2 * y / height - 1
    sample = np.stack([np.ones_like(u), u, v, u * u, u * v, v * v], axis=-1).reshape(-1, 6)
    flat, use = image.reshape(-1, 3).astype(np.float64), known.ravel() if known.any() else np.ones(known.size, bool)
    fit = np.tile(np.median(flat[use], axis=0), (len(flat), 1))
    for terms in (1, 3, 6, 6):
        away = _most(flat - fit)
        spread = float(np.clip(1.5 * np.median(away[use]), 3.0, 15.0))
        left = sample[:, :terms] * (use / (1 + (away / (1.5 * spread)) ** 4))[:, None]
        coefficients = np.linalg.lstsq(left.T @ sample[:, :terms] + 1e-3 * np.eye(terms), left.T @ flat, rcond=None)[0]
        fit = sample[:, :terms] @ coefficients
    return fit.reshape(height, width, 3).astype(np.float32)


def _distance(residual: NDArray[np.float32], seen: NDArray[np.bool_]) -> tuple[NDArray[np.float32], Floats]:
    """HxW Mahalanobis distance of the residual from the paper's noise, and the inverse 3x3 covariance of that noise."""
    sample = residual[::3, ::3][seen[::3, ::3]]
    away = _most(sample)
    calm = sample[away < 2.5 * max(float(np.median(away)), 1.0)] if len(sample) else sample
    noise = np.cov(calm.T.astype(np.float64)) if len(calm) > 50 else np.eye(3) * 4
    inverse = np.linalg.inv(noise + np.eye(3) * 1.5)
    # cv2 mixes channels in one thread; a matrix product of this shape would wake all of BLAS for each card.
    whitened = cv2.transform(residual, np.linalg.cholesky(inverse).T)
    return np.asarray(np.sqrt(_sum(np.square(whitened))), np.float32), inverse


def _strength(residual: NDArray[np.float32], seen: NDArray[np.bool_]) -> tuple[NDArray[np.float32], Floats]:
    """The distance from paper, kept where it goes the way ink goes (darker, on all but black paper); and that way, a BGR direction."""
    distance, inverse = _distance(residual, seen)
    bold = (
        (distance > max(6.0, float(np.quantile(distance[::3, ::3][seen[::3, ::3]], 0.97)) * 0.6)) & seen if seen[::3, ::3].any() else seen
    )
    towards = residual[bold].mean(axis=0) if bold.sum() > 20 else np.array([-1.0, -1.0, -1.0])
    sign = np.float32(1.0 if towards.sum() <= 0 else -1.0)
    with_ink = -sign * _sum(residual) > -0.15 * _sum(np.abs(residual))
    direction = inverse @ towards
    return np.where(with_ink & seen, distance, np.float32(0)), direction / max(float(np.linalg.norm(direction)), 1e-9)


def _level(strength: NDArray[np.float32], settings: LinesSettings) -> NDArray[np.float32]:
    """Written where the strength passes both the noise and a share of the strongest ink nearby (a faint name beside a bold title stays)."""
    reach = max(3, settings.work_px // 10) | 1
    peak = cv2.dilate(cv2.GaussianBlur(strength, (0, 0), 1.0), np.ones((reach, reach), np.uint8))
    return np.maximum(np.float32(settings.noise_sigmas), settings.local_share * peak)
