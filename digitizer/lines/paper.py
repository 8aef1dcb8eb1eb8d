"""The paper of a card: its colour under the ink, light and shadow kept."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.rig import Floats, readonly
from digitizer.medians import median

Plane = NDArray[np.float32]
"""HxW."""
Channels = NDArray[np.float32]
"""HxWx3 BGR."""
SMALL_PX = 80
"""Longer side at which the paper is estimated: shading and creases are smooth at that size, and medians are cheap."""

DARK_PAPER = 100.0
"""Mean level under which paper may be dark enough to be written on with light ink."""


def without_ink(work: Channels, sheet: NDArray[np.bool_]) -> tuple[Channels, NDArray[np.bool_]]:
    """HxWx3 f32 and HxW bool, small: the paper, light kept and strokes gone, and where it is known.

    Strokes are closed, then comes a median, at a size where noise is gone.
    """
    small, known = shrink(work), shrink(sheet.astype(np.float32))
    surface = surface_of(small, known > 0.9)
    filled = np.where((known > 0.9)[..., None], small, surface).astype(np.float32)
    pen = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
    opened, closed = (np.asarray(cv2.morphologyEx(filled, way, pen), np.float32) for way in (cv2.MORPH_OPEN, cv2.MORPH_CLOSE))
    bare = opened if _written_in_light(filled, opened, closed, surface, known > 0.9) else closed
    return np.asarray(cv2.medianBlur(np.clip(bare, 0, 255).astype(np.uint8), 11), np.float32), known > 0.9


def evenly_lit(local: Channels, size: tuple[int, int]) -> Channels:
    """HxWx3: small paper ``local`` brought to ``size`` (width, height), smooth as lamps and curls shade it."""
    return np.asarray(cv2.resize(cv2.GaussianBlur(local, (0, 0), 2), size, interpolation=cv2.INTER_LINEAR), np.float32)


def _written_in_light(image: Channels, opened: Channels, closed: Channels, surface: Channels, known: NDArray[np.bool_]) -> bool:
    """Whether dark paper shows many strokes that are lighter than it and few that are darker; a sunbeam is no stroke, it is too broad."""
    away = total(image - surface)[known]
    if not len(away) or float(surface.mean()) > DARK_PAPER:
        return False
    noise = 1.5 * float(np.median(np.abs(away))) + 2
    lighter, darker = ((total(difference)[known] > 5 * noise).sum() for difference in (image - opened, closed - image))
    return bool(lighter > max(0.01 * len(away), 3 * darker))


def shrink(image: Channels) -> Channels:
    """The same, ``SMALL_PX`` long; HxWxC or HxW."""
    ratio = SMALL_PX / max(image.shape[:2])
    size = (max(8, round(image.shape[1] * ratio)), max(8, round(image.shape[0] * ratio)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.float32)


def surface_of(image: Channels, known: NDArray[np.bool_]) -> Channels:
    """HxWx3: a quadratic surface a channel, fitted by reweighting to the commonest colour."""
    height, width = image.shape[:2]
    sample = _terms(height, width)
    flat, use = image.reshape(-1, 3).astype(np.float64), known.ravel() if known.any() else np.ones(known.size, bool)
    fit: NDArray[np.float64] = np.tile([median(channel) for channel in flat.compress(use, axis=0).T], (len(flat), 1))
    for terms in (1, 3, 6, 6):
        away = largest(flat - fit)
        spread = min(max(1.5 * median(away.compress(use)), 3.0), 15.0)
        left = sample[:, :terms] * (use / (1 + np.square(np.square(away / (1.5 * spread)))))[:, None]
        coefficients = np.linalg.solve(left.T @ sample[:, :terms] + 1e-3 * np.eye(terms), left.T @ flat)
        fit = sample[:, :terms] @ coefficients
    return fit.reshape(height, width, 3).astype(np.float32)


@lru_cache(maxsize=8)
def _terms(height: int, width: int) -> Floats:
    """(height * width) x 6 terms of a quadratic; cards of a board are of few sizes."""
    y, x = np.mgrid[0:height, 0:width]
    u, v = 2 * x / width - 1, 2 * y / height - 1
    return readonly(np.stack([np.ones_like(u), u, v, u * u, u * v, v * v], axis=-1).reshape(-1, 6))


def total(image: Channels) -> Plane:
    """HxW: the sum of the channels."""
    return np.asarray(cv2.transform(image, np.ones((1, 3), np.float32)), np.float32)


def largest(residual: NDArray[np.floating[Any]]) -> Plane:
    """The largest of the channels' absolute values; ...x3 -> ..., a numpy reduction over so short an axis takes five times as long."""
    size = np.abs(residual)
    return np.asarray(np.maximum(np.maximum(size[..., 0], size[..., 1]), size[..., 2]), np.float32)
