"""Connected pieces of ink, measured: how large, how long, how thick."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.rig import Floats
from digitizer.masks import places

Mask = NDArray[np.bool_]
Labels = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Pieces:
    """K + 1 values each, in pixels; piece 0 is no ink.

    ``length`` and ``breadth`` along and across the longer axis of inertia, ``slope`` the angle of that axis (radians); ``radius`` of the
    largest disc inside; ``pen`` the thickness of the strokes, from the mean depth of the ink; ``peak`` the strongest ink, in paper noises.
    """

    area: Floats
    width: Floats
    height: Floats
    length: Floats
    breadth: Floats
    slope: Floats
    radius: Floats
    pen: Floats
    peak: Floats

    def a_letter(self) -> Floats:
        """The ink of one letter: of joined ones, as wide as they are tall, its share."""
        return self.area * np.minimum(1, self.height / np.maximum(self.width, 1))

    def dots(self, most: float) -> Mask:
        """Round, filled, no larger than ``most``: full stops, but stickers and vote marks too."""
        fill = self.area / np.maximum(self.width * self.height, 1)
        return np.asarray((fill > 0.6) & (self.length < 1.6 * self.breadth) & (np.maximum(self.width, self.height) < most))

    def ruled(self, longer: float) -> Mask:
        """Straight, one pen thick, and longer than letters on a card whose longer side is ``longer``: underlines, frames, edges."""
        straight = (self.length > 9 * self.breadth) & (self.breadth < 1.7 * self.pen)
        level = np.abs(np.degrees(self.slope)) < 25
        return np.asarray(straight & (self.length > np.where(level, 0.12, 0.3) * longer))

    def bars(self, longer: float) -> Mask:
        """Straight and one pen thick, however short: an l, an I, but near the rim also bits of the sheet's edge."""
        return np.asarray((self.length > 5 * self.breadth) & (self.breadth < 1.7 * self.pen) & (self.length > 0.05 * longer))

    def solid(self) -> Mask:
        """Filled, compact, and much thicker than the pen: pins, stickers; now and then an @ out of focus."""
        usual = weighted_median(self.radius[1:], self.area[1:])
        filled = (self.radius > 2.2 * usual + 1) & (self.area > 0.5 * self.width * self.height)
        return np.asarray(filled & (self.length < 1.6 * self.breadth))


def pieces_of(mask: Mask, strength: NDArray[np.float32]) -> tuple[Labels, Pieces]:
    """HxW i32 labels of the connected pieces of ``mask`` HxW, and their measures; ``strength`` HxW of the ink."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    rows, columns = places(mask)
    label = np.asarray(labels[rows, columns], np.int32)
    depth = cv2.distanceTransform(mask.view(np.uint8), cv2.DIST_L2, 3)[rows, columns].astype(np.float64)
    area = stats[:, cv2.CC_STAT_AREA].astype(np.float64)
    area[0] = 0
    length, breadth, slope = _inertia(label, rows.astype(np.float64), columns.astype(np.float64), count)
    width, height = stats[:, cv2.CC_STAT_WIDTH].astype(np.float64), stats[:, cv2.CC_STAT_HEIGHT].astype(np.float64)
    radius, peak = _most(label, (depth, strength[rows, columns].astype(np.float64)), count)
    pen = 4 * _mean(label, depth, count)
    return np.asarray(labels, np.int32), Pieces(area, width, height, length, breadth, slope, radius, pen, peak)


def _inertia(label: Labels, y: Floats, x: Floats, count: int) -> tuple[Floats, Floats, Floats]:
    """Length and breadth of the rectangle of the same inertia, a piece each, and the angle of its longer side (radians)."""
    dx, dy = x - _mean(label, x, count)[label], y - _mean(label, y, count)[label]
    # A pixel is a square of side 1: its own inertia is 1/12.
    xx, yy, xy = (_mean(label, values, count) + own for values, own in ((dx * dx, 1 / 12), (dy * dy, 1 / 12), (dx * dy, 0.0)))
    middle, spread = (xx + yy) / 2, np.sqrt(np.square((xx - yy) / 2) + xy * xy)
    return np.sqrt(12 * (middle + spread)), np.sqrt(12 * np.maximum(middle - spread, 1 / 12)), np.arctan2(2 * xy, xx - yy) / 2


def _mean(label: Labels, values: Floats, count: int) -> Floats:
    return np.asarray(np.bincount(label, weights=values, minlength=count) / np.maximum(np.bincount(label, minlength=count), 1))


def _most(label: Labels, measured: Sequence[Floats], count: int) -> list[Floats]:
    """The largest value in each piece: a sort and one pass, where ``maximum.at`` takes longer than all the rest of a card."""
    order = np.argsort(label, kind="stable")
    starts = np.flatnonzero(np.diff(label[order], prepend=0))
    return [np.r_[0.0, np.maximum.reduceat(values[order], starts)] if len(starts) else np.zeros(count) for values in measured]


def weighted_median(values: Floats, weights: Floats) -> float:
    """The value at half of the weight; 0 without any."""
    if weights.sum() <= 0:
        return 0.0
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])
