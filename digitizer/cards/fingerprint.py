"""A card's picture as 32 bytes that stay near each other, by Hamming distance, for pictures of the same card."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.rig import Image
from digitizer.medians import median_level

SIDE = 32
"""The writing is compared at this size: strokes melt into words, so a pixel of shift changes little."""
LAYOUT_BITS = 192
COLOUR_BITS = 64

LOWEST = np.lexsort((np.arange(SIDE**2) // SIDE, np.add.outer(np.arange(SIDE), np.arange(SIDE)).ravel()))[1 : LAYOUT_BITS + 1]
"""Places of the lowest cosine terms, by the sum of both frequencies, the constant term left out."""


def fingerprint(image: Image, mask: Image | None = None) -> bytes:
    """32 bytes of an upright crop HxWx3 u8 BGR; ``mask`` HxW u8 is 0 where something else shows.

    192 bits are signs of the lowest cosine terms of the writing (gray over the paper's own gray, so that light cancels), after
    Zauner 2010 (pHash); 64 bits are a thermometer of the paper's two ratios of channels, so that one colour off costs few bits.
    """
    side = 4 * SIDE
    small = np.asarray(cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
    shown = None if mask is None else cv2.resize(mask, (side, side), interpolation=cv2.INTER_AREA) > 127
    paper = _paper(small, shown)
    gray = small.astype(np.float32) @ np.full(3, 1 / 3, np.float32)
    flat = np.clip(gray / max(float(paper.mean()), 1.0), 0, 1.15)
    if shown is not None:
        flat[~shown] = 1.0
    inner = cv2.resize(cv2.GaussianBlur(flat, (0, 0), 3)[6:-6, 6:-6], (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.packbits(np.concatenate([_layout(inner), _colour(paper)])).tobytes()


def _paper(small: Image, shown: NDArray[np.bool_] | None) -> np.ndarray:
    """B, G, R of the paper: the brighter half of what shows, where ink is rare."""
    channels = [np.ascontiguousarray(channel) for channel in small.reshape(-1, 3).T]
    if shown is not None and shown.any() and not shown.all():
        channels = [channel[shown.ravel()] for channel in channels]
    level = np.add.reduce(channels, dtype=np.int64)
    bright = level >= median_level(level)
    return np.array([median_level(channel[bright]) for channel in channels], np.float64) + 1.0


def _layout(inner: np.ndarray) -> np.ndarray:
    """192 bits: the cosine terms of a triangle of low frequencies against their median size, the constant term left out."""
    return np.asarray(cv2.dct(inner.astype(np.float32)).ravel()[LOWEST] > 0)


def _colour(paper: np.ndarray) -> np.ndarray:
    """64 bits: a thermometer of 32 for log B/G from -1.6 to 0.4, one for log R/G from -0.8 to 0.8.

    Light in level cancels, in hue it moves a bit or two.
    """
    ratios = np.log([paper[0] / paper[1], paper[2] / paper[1]])
    steps = np.stack([np.linspace(-1.6, 0.4, COLOUR_BITS // 2), np.linspace(-0.8, 0.8, COLOUR_BITS // 2)])
    return np.asarray(ratios[:, None] > steps).ravel()
