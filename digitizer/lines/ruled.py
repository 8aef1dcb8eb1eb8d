"""Lines that are no writing: ruled paper, underlines, tape. Found where they run far, removed all along."""

from __future__ import annotations

import cv2
import numpy as np

from calibration.rig import Floats
from digitizer.lines.pieces import Labels, Mask, Pieces, weighted_median

LONG = 0.45
"""Share of the card's width or height over which a straight thin run is a line."""

THIN_PX = 4
"""Strokes that are no higher, in work pixels, may be a line's; a pen's are higher, but for the finest."""

BESIDE_PX = 1.5
"""How far from a line its pixels lie: half its breadth, and the waves of paper."""

STRAIGHT = 0.75
"""Share of the upright or turned box about it that a thick bar fills; a word that blur has made one bar has heads and tails."""

LONGEST = 14
"""Breadths of itself that a word out of focus is long: twenty letters, each 0.7 of the height of small ones."""

DARK = 0.7
"""Share of the usual ink's strength that such a word has; folds and shadows of the paper are fainter."""


def rules(mask: Mask) -> Mask:
    """Straight thin runs across most of the card, level or upright: ruled paper, drawn or taped lines."""
    height, width = mask.shape
    thick = mask.astype(np.uint8)
    level = cv2.morphologyEx(cv2.dilate(thick, np.ones((2, 1), np.uint8)), cv2.MORPH_OPEN, np.ones((1, round(LONG * width)), np.uint8))
    upright = cv2.morphologyEx(cv2.dilate(thick, np.ones((1, 2), np.uint8)), cv2.MORPH_OPEN, np.ones((round(LONG * height), 1), np.uint8))
    return np.asarray((level > 0) | (upright > 0))


def ruled(labels: Labels, pieces: Pieces, longer: float) -> Mask:
    """K+1 bool: pieces that are lines, on a card whose longer side is ``longer`` work pixels. What may be a word out of focus is none."""
    lines = pieces.ruled(longer)
    pen, dark = (weighted_median(values, pieces.area) for values in (pieces.pen, pieces.peak))
    words = lines & (pieces.breadth > 0.8 * pen) & (pieces.length < LONGEST * pieces.breadth) & (pieces.peak > DARK * dark)
    for k in np.flatnonzero(words).tolist():
        lines[k] = _fills_its_box(labels == k)
    return lines


def _fills_its_box(piece: Mask) -> bool:
    points = np.argwhere(piece)[:, ::-1].astype(np.float32)
    width, height = cv2.minAreaRect(points)[1]
    return len(points) > STRAIGHT * (width + 1) * (height + 1)


def continued(mask: Mask, lines: Mask) -> Mask:
    """What of ``mask`` HxW is thin and lies where level ``lines`` HxW go on: they break at writing, and where ink is cut high."""
    out = np.zeros(mask.shape, np.bool_)
    slope, heights = _level_lines(lines)
    if len(heights):
        thin = mask & (cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((THIN_PX + 1, 1), np.uint8)) == 0)
        rows, columns = np.nonzero(thin)
        away = np.abs(rows - slope * columns - evenly(heights, mask.shape[0])[:, None]).min(axis=0)
        out[rows[away <= BESIDE_PX], columns[away <= BESIDE_PX]] = True
    return out


def _level_lines(lines: Mask) -> tuple[float, Floats]:
    """The slope of the longest level line, and at what heights they and it cross the left edge: ruled paper is parallel."""
    _, labels, stats, middles = cv2.connectedComponentsWithStats(lines.astype(np.uint8), connectivity=8)
    level = 1 + np.flatnonzero(stats[1:, cv2.CC_STAT_WIDTH] > 4 * stats[1:, cv2.CC_STAT_HEIGHT])
    if not len(level):
        return 0.0, np.zeros(0)
    longest = int(level[stats[level, cv2.CC_STAT_WIDTH].argmax()])
    rows, columns = np.nonzero(labels == longest)
    slope = float(np.polyfit(columns, rows, 1)[0])
    return slope, np.asarray(middles[level, 1] - slope * middles[level, 0], np.float64)


def evenly(heights: Floats, most: int) -> Floats:
    """Heights of lines, and of those that are missing among them up to ``most`` where they stand evenly, as on ruled paper."""
    heights = np.sort(heights)
    heights = heights[np.r_[True, np.diff(heights) > 2 * BESIDE_PX]]
    steps = np.diff(heights)
    if len(steps) < 3:
        return heights
    pitch = float(np.median(steps))
    places = np.cumsum(np.r_[0, np.rint(steps / pitch)])
    if places[-1] < 3:
        return heights
    pitch, first = np.polyfit(places, heights, 1)
    if np.abs(first + pitch * places - heights).max() > BESIDE_PX:
        return heights
    return np.asarray(first + pitch * np.arange(-np.floor(first / pitch), np.floor((most - first) / pitch) + 1))
