"""Tells, on a card's ink map, writing from what is none: background at the rim, drawn lines, ruled paper, pins, stickers, specks."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.rig import Floats
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
    mask = ink.mask & ~_rules(ink.mask)
    inside = cv2.distanceTransform(np.pad(ink.sheet, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    mask &= ~_edge(mask, inside)
    labels, pieces = pieces_of(mask)
    longer = max(mask.shape)
    near = inside <= RIM * longer
    hugging = np.bincount(labels[near], minlength=len(pieces.area)) > 0.6 * pieces.area
    letters = ~_solid(mask, labels, pieces) & ~hugging & (pieces.area >= 12)
    typical, tall = (
        weighted_median(pieces.area[letters], pieces.area[letters]),
        weighted_median(pieces.height[letters], pieces.area[letters]),
    )
    letters &= (pieces.area >= 0.12 * typical) & ~pieces.dots(0.5 * tall)
    gone = (
        (pieces.area < 5)
        | pieces.strokes_of_a_ruler(longer)
        | (hugging & ((pieces.area < 0.3 * typical) | (pieces.length > 0.15 * longer)))
    )
    gone[0] = False
    labels[gone[labels]] = 0
    letters[0] = False
    return Marks(labels, letters & ~gone)


@dataclass(frozen=True, eq=False)
class Pieces:
    """Connected pieces of ink, K+1 values each; piece 0 is no ink. ``length`` and ``breadth`` along and across the longer axis, ``slope`` its angle."""

    area: Floats
    width: Floats
    height: Floats
    length: Floats
    breadth: Floats
    slope: Floats

    def dots(self, most: float) -> Mask:
        """Round, filled, no larger than ``most``: full stops, but stickers and vote marks too."""
        fill = self.area / np.maximum(self.width * self.height, 1)
        return np.asarray((fill > 0.6) & (self.length < 1.6 * self.breadth) & (np.maximum(self.width, self.height) < most))

    def strokes_of_a_ruler(self, longer: float) -> Mask:
        """Straight and thin and longer than letters are: underlines, frames, edges."""
        straight = self.length > 9 * self.breadth
        level = np.abs(np.degrees(self.slope)) < 25
        return np.asarray(straight & (self.length > np.where(level, 0.12, 0.3) * longer))


def pieces_of(mask: Mask) -> tuple[NDArray[np.int32], Pieces]:
    """HxW i32 labels of the connected pieces of ``mask``, and their measures."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    y, x = np.nonzero(mask)
    label = labels[y, x]
    area = np.maximum(np.bincount(label, minlength=count), 1e-9).astype(np.float64)
    mean_x, mean_y = (np.bincount(label, weights=v, minlength=count) / area for v in (x, y))
    dx, dy = x - mean_x[label], y - mean_y[label]
    xx, yy, xy = (
        np.bincount(label, weights=v, minlength=count) / area + k for v, k in ((dx * dx, 1 / 12), (dy * dy, 1 / 12), (dx * dy, 0))
    )
    middle, spread = (xx + yy) / 2, np.sqrt(np.square((xx - yy) / 2) + xy * xy)
    length, breadth = np.sqrt(12 * (middle + spread)), np.sqrt(12 * np.maximum(middle - spread, 1 / 12))
    width, height = stats[:, cv2.CC_STAT_WIDTH].astype(np.float64), stats[:, cv2.CC_STAT_HEIGHT].astype(np.float64)
    return labels, Pieces(np.where(np.arange(count) > 0, area, 0), width, height, length, breadth, np.arctan2(2 * xy, xx - yy) / 2)


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


def _solid(mask: Mask, labels: NDArray[np.int32], pieces: Pieces) -> Mask:
    """Filled blobs much thicker than the pen: pins, stickers, tape; now and then an @ out of focus."""
    depth = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 3)
    deepest = np.zeros(len(pieces.area))
    np.maximum.at(deepest, labels[mask], depth[mask])
    pen = weighted_median(deepest[1:], pieces.area[1:])
    return np.asarray((deepest > 2.2 * pen + 1) & (pieces.area > 0.5 * pieces.width * pieces.height))
