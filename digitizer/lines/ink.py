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

SMALL_PX = 80
"""Longer side at which the paper is estimated: shading and creases are smooth at that size, and medians are cheap."""


BLACK_PAPER = 60.0
"""Mean level under which paper is taken to be black, written on with light ink."""


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
    surface = _surface(work, seen)
    calm = (_distance(work - surface, seen)[0] < settings.noise_sigmas) | _same_hue(work, surface)
    calm = (calm & seen).astype(np.uint8)
    calm = cv2.morphologyEx(calm, cv2.MORPH_OPEN, np.ones((7, 7), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(calm, connectivity=4)
    if count < 2:
        return seen
    areas = stats[:, cv2.CC_STAT_AREA].astype(np.float64)
    areas[0] = 0
    whole = np.zeros(calm.shape, np.uint8)
    cv2.fillConvexPoly(whole, cv2.convexHull(cv2.findNonZero((areas > 0.004 * areas.max())[labels].astype(np.uint8))), 1)
    return np.asarray((whole > 0) & seen)


def _same_hue(work: NDArray[np.float32], surface: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Where a pixel is the paper in another light: the same mix of channels, 0.4 to 2 times as bright."""
    sums, wanted = work.sum(axis=2, keepdims=True) + 15, surface.sum(axis=2, keepdims=True) + 15
    ratio = sums[..., 0] / wanted[..., 0]
    return np.asarray((np.abs(work / sums - surface / wanted).max(axis=2) < 0.02) & (ratio > 0.4) & (ratio < 2))


def paper_colour(work: NDArray[np.float32], sheet: NDArray[np.bool_]) -> NDArray[np.float32]:
    """HxWx3 f32: the paper under the ink, shading and shadows kept: strokes closed, then a median, at a size where noise is gone."""
    height, width = work.shape[:2]
    ratio = SMALL_PX / max(height, width)
    size = (max(8, round(width * ratio)), max(8, round(height * ratio)))
    small, known = (
        cv2.resize(work, size, interpolation=cv2.INTER_AREA),
        cv2.resize(sheet.astype(np.float32), size, interpolation=cv2.INTER_AREA),
    )
    surface = _surface(small, known > 0.9)
    filled = np.where((known > 0.9)[..., None], small, surface).astype(np.float32)
    dark = float(surface.mean()) < BLACK_PAPER
    closed = cv2.morphologyEx(filled, cv2.MORPH_OPEN if dark else cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9)))
    local = cv2.medianBlur(np.clip(closed, 0, 255).astype(np.uint8), 11).astype(np.float32)
    return cv2.resize(cv2.GaussianBlur(local, (0, 0), 2), (width, height), interpolation=cv2.INTER_LINEAR)


def _surface(image: NDArray[np.float32], known: NDArray[np.bool_]) -> NDArray[np.float32]:
    """HxWx3: a quadratic surface a channel, fitted by reweighting to the commonest colour."""
    height, width = image.shape[:2]
    step = max(1, max(height, width) // SMALL_PX)
    y, x = np.mgrid[0:height, 0:width]
    u, v = 2 * x / width - 1, 2 * y / height - 1
    basis = np.stack([np.ones_like(u), u, v, u * u, u * v, v * v], axis=-1)
    sample, flat = basis[::step, ::step].reshape(-1, 6), image[::step, ::step].reshape(-1, 3).astype(np.float64)
    use = known[::step, ::step].ravel() if known[::step, ::step].any() else np.ones(len(flat), bool)
    fit = np.tile(np.median(flat[use], axis=0), (len(flat), 1))
    for terms in (1, 3, 6, 6):
        away = np.abs(flat - fit).max(axis=1)
        spread = float(np.clip(1.5 * np.median(away[use]), 3.0, 15.0))
        left = sample[:, :terms] * (use / (1 + (away / (1.5 * spread)) ** 4))[:, None]
        coefficients = np.linalg.lstsq(left.T @ sample[:, :terms] + 1e-3 * np.eye(terms), left.T @ flat, rcond=None)[0]
        fit = sample[:, :terms] @ coefficients
    return np.asarray(basis @ coefficients, np.float32)


def _distance(residual: NDArray[np.float32], seen: NDArray[np.bool_]) -> tuple[NDArray[np.float32], Floats]:
    """HxW Mahalanobis distance of the residual from the paper's noise, and the inverse 3x3 covariance of that noise."""
    away = np.abs(residual).max(axis=2)
    level = float(np.median(away[seen])) if seen.any() else 1.0
    calm = residual[(away < 2.5 * max(level, 1.0)) & seen]
    noise = np.cov(calm[::3].T.astype(np.float64)) if len(calm) > 150 else np.eye(3) * 4
    inverse = np.linalg.inv(noise + np.eye(3) * 1.5)
    whitened = residual.reshape(-1, 3) @ np.linalg.cholesky(inverse).astype(np.float32)
    return np.sqrt(np.square(whitened).sum(axis=1)).reshape(away.shape), inverse


def _strength(residual: NDArray[np.float32], seen: NDArray[np.bool_]) -> tuple[NDArray[np.float32], Floats]:
    """The distance from paper, kept where it goes the way ink goes (darker, on all but black paper); and that way, a BGR direction."""
    distance, inverse = _distance(residual, seen)
    bold = (distance > max(6.0, float(np.quantile(distance[seen], 0.97)) * 0.6)) & seen if seen.any() else seen
    towards = residual[bold].mean(axis=0) if bold.sum() > 20 else np.array([-1.0, -1.0, -1.0])
    sign = np.float32(1.0 if towards.sum() <= 0 else -1.0)
    with_ink = -sign * residual.sum(axis=2) > -0.15 * np.abs(residual).sum(axis=2)
    direction = inverse @ towards
    return np.where(with_ink & seen, distance, np.float32(0)), direction / max(float(np.linalg.norm(direction)), 1e-9)


def _level(strength: NDArray[np.float32], settings: LinesSettings) -> NDArray[np.float32]:
    """Written where the strength passes both the noise and a share of the strongest ink nearby (a faint name beside a bold title stays)."""
    reach = max(3, settings.work_px // 10) | 1
    peak = cv2.dilate(cv2.GaussianBlur(strength, (0, 0), 1.0), np.ones((reach, reach), np.uint8))
    return np.maximum(np.float32(settings.noise_sigmas), settings.local_share * peak)
