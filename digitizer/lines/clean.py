"""Tells, on a card's ink map, writing from what is none: background at the rim, drawn lines, ruled paper, pins, stickers, specks."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.lines.ink import Ink
from digitizer.lines.strokes import weighted_median

Mask = NDArray[np.bool_]
RIM = 0.03
"""Share of the longer side within which the sheet's own edge, its shadow and its neighbours leave marks."""


@dataclass(frozen=True, eq=False)
class Marks:
    """``labels`` HxW i32: pieces of ink, 0 none; ``letters`` K+1 bool: sized and placed like letters, so that lines may be built from them.

    The other pieces (dots, accents, specks, what touches the rim) belong to a line only if they lie in one.
    """

    labels: NDArray[np.int32]
    letters: Mask


def clean(ink: Ink) -> Marks:
    """The pieces of ink that may be writing."""
    sheet = ink.sheet
    mask = ink.mask & ~_rules(ink.mask)
    inside = cv2.distanceTransform(np.pad(sheet, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    mask &= ~_edge(mask, inside)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    area = stats[:, cv2.CC_STAT_AREA].astype(np.float64)
    area[0] = 0
    wide, tall = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    near = inside <= RIM * max(mask.shape)
    hugging = np.bincount(labels[near], minlength=len(area)) > 0.6 * area
    letters = ~_solid(mask, labels, area, wide * tall) & ~hugging
    letters &= (area >= 0.12 * _typical(area, letters)) & (area >= 12)
    strip = hugging & (np.maximum(wide, tall) > 0.15 * max(mask.shape))
    gone = (area < 5) | strip
    labels[gone[labels]] = 0
    return Marks(labels, letters & ~gone)


def _rules(mask: Mask) -> Mask:
    """Straight thin runs across most of the card, level or upright: ruled paper, drawn or taped lines."""
    height, width = mask.shape
    thick = mask.astype(np.uint8)
    level = cv2.morphologyEx(cv2.dilate(thick, np.ones((2, 1), np.uint8)), cv2.MORPH_OPEN, np.ones((1, round(0.45 * width)), np.uint8))
    upright = cv2.morphologyEx(cv2.dilate(thick, np.ones((1, 2), np.uint8)), cv2.MORPH_OPEN, np.ones((round(0.45 * height), 1), np.uint8))
    return (level | upright) > 0


def _edge(mask: Mask, inside: NDArray[np.float32]) -> Mask:
    """Ink within ``RIM`` of the sheet's edge that runs along it for long: the edge itself. A letter that touches the edge crosses it."""
    longer = max(mask.shape)
    band = mask & (inside <= RIM * longer)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(band.astype(np.uint8), connectivity=8)
    reach = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    along = (reach > 0.12 * longer) | (np.bincount(labels[inside <= 2], minlength=len(reach)) > 0.06 * longer)
    along[0] = False
    return along[labels]


def _solid(mask: Mask, labels: NDArray[np.int32], area: NDArray[np.float64], box: NDArray[np.int32]) -> Mask:
    """Filled blobs much thicker than the pen: pins, stickers, tape; now and then an @ out of focus."""
    depth = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 3)
    deepest = np.zeros(len(area))
    np.maximum.at(deepest, labels[mask], depth[mask])
    pen = weighted_median(deepest[1:], area[1:])
    return np.asarray((deepest > 2.2 * pen + 1) & (area > 0.5 * np.maximum(box, 1)))


def _typical(area: NDArray[np.float64], candidates: Mask) -> float:
    """Area of the piece in which the median pixel of ink lies."""
    return weighted_median(area[candidates], area[candidates])
