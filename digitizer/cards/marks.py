"""Ink on board and cards: writing, and the lines of the grid where they are drawn."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.rig import Floats
from digitizer.cards.canvas import Canvas, Field, Mask, largest
from digitizer.settings import SegmentSettings

TO_LEVELS = np.array([[2.55, 0, 0, 0], [0, 1, 0, 128], [0, 0, 1, 128]], np.float32)
"""Lab -> the 8-bit form of it that OpenCV uses, as an affine map."""


@dataclass(frozen=True, eq=False)
class Divider:
    """A drawn line of the layout: ``band`` (from, to) px across it, ``along`` bool for each px of its length whether ink runs there."""

    upright: bool
    band: tuple[int, int]
    along: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Ink:
    """Marks on the canvas, HxW bool each: ``writing``, ``drawn`` lines of the grid, ``strokes``: slopes too steep for paper's edge.

    ``dividers`` are those lines of the layout that are drawn.
    """

    writing: Mask
    drawn: Mask
    strokes: Mask
    dividers: tuple[Divider, ...]


def find_ink(canvas: Canvas, settings: SegmentSettings) -> Ink:
    """Thin marks that differ from the paper around them: steep and short ones are writing, long ones near the dividers lines."""
    levels = cv2.convertScaleAbs(cv2.transform(canvas.lab, TO_LEVELS))
    away = np.asarray(cv2.absdiff(levels, _paper(levels, settings.ink_window * canvas.cell_px)), np.uint8)
    ink = np.asarray(largest(away) > settings.ink_lab, np.uint8)
    drawn, dividers = _drawn(ink, canvas, settings)
    strokes = _steep(canvas, settings) & (_one_way(canvas, settings) < settings.one_way)
    near = cv2.dilate(strokes.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    beside = cv2.dilate(drawn.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    return Ink((ink > 0) & near & ~beside, drawn, strokes & ~beside, dividers)


def _steep(canvas: Canvas, settings: SegmentSettings) -> Mask:
    """HxW: slopes steeper than an edge of paper on its own colour, and than the grain of the board where that is seen; paper has none."""
    grain = settings.stroke_over_noise * canvas.noise
    steep = canvas.slope > settings.stroke_slope
    if grain > settings.stroke_slope:
        steep &= (canvas.slope > grain) | (canvas.off_board > settings.off_board)
    return np.asarray(steep)


def _paper(levels: np.ndarray, window_px: float) -> np.ndarray:
    """What lies under thin marks: the median over a window, taken at half size, where paper looks the same at a quarter of the cost."""
    half = cv2.resize(levels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    median = cv2.medianBlur(half, 2 * round(window_px / 4) + 1)
    return cv2.resize(median, (levels.shape[1], levels.shape[0]), interpolation=cv2.INTER_LINEAR)


def _one_way(canvas: Canvas, settings: SegmentSettings) -> Field:
    """HxW 0..1: how much the slopes nearby agree in direction, 1 along a straight edge, low in writing (structure tensor)."""
    level = cv2.pyrDown(canvas.lab[..., 0])
    dx, dy = cv2.Scharr(level, cv2.CV_32F, 1, 0), cv2.Scharr(level, cv2.CV_32F, 0, 1)
    sigma = settings.stroke_window * canvas.cell_px / 2
    xx, yy, xy = (cv2.GaussianBlur(product, (0, 0), sigma) for product in (dx * dx, dy * dy, dx * dy))
    agreement = ((xx - yy) ** 2 + 4 * xy**2) / np.maximum((xx + yy) ** 2, 1e-6)
    size = canvas.slope.shape[1], canvas.slope.shape[0]
    return np.asarray(cv2.resize(agreement, size, interpolation=cv2.INTER_LINEAR), np.float32)


def _drawn(ink: np.ndarray, canvas: Canvas, settings: SegmentSettings) -> tuple[Mask, tuple[Divider, ...]]:
    """Ink along those dividers of the layout that are drawn: straight runs of it take up most of what shows of the divider."""
    length = round(settings.line_run * canvas.cell_px)
    wavy = cv2.dilate(ink, np.ones((3, 3), np.uint8))
    drawn, dividers = np.zeros_like(ink), []
    for upright, bands in ((True, canvas.column_bands), (False, canvas.row_bands)):
        runs = cv2.morphologyEx(wavy, cv2.MORPH_OPEN, np.ones((length, 1) if upright else (1, length), np.uint8)) & ink
        for band in bands:
            part = np.s_[:, band[0] : band[1]] if upright else np.s_[band[0] : band[1], :]
            inside = canvas.grid[part].any(axis=1 if upright else 0)
            solid = runs[part], runs[part].any(axis=1 if upright else 0)
            for marks, along in (solid, _dashed(ink[part], upright, canvas.cell_px, settings)):
                if inside.any() and along[inside].mean() > settings.drawn_share:
                    drawn[part] |= marks
                    dividers.append(Divider(upright, band, along))
                    break
    return np.asarray(drawn > 0), tuple(dividers)


def _dashed(ink: np.ndarray, upright: bool, cell_px: float, settings: SegmentSettings) -> tuple[np.ndarray, NDArray[np.bool_]]:
    """The ink of a band that dashes are made of, and where along it they run: pieces of like length at like steps, one behind the other."""
    lying = np.ascontiguousarray(ink.T) if upright else ink
    least = max(3, round(settings.least_dash * cell_px))
    pieces = cv2.morphologyEx(lying, cv2.MORPH_OPEN, np.ones((1, least), np.uint8))
    marks, along = np.zeros_like(lying), np.zeros(lying.shape[1], bool)
    start, end, x, y, thick = _dashes(pieces, settings).T
    steps = np.diff(x)
    if len(steps) and np.median(steps) <= settings.dash_step * np.median(end - start):
        pen, usual = float(np.median(thick)), float(np.median(steps))
        like = (np.abs(steps - usual) < settings.dash_alike * usual) & (start[1:] > end[:-1])
        for i in np.flatnonzero(like & (np.abs(np.diff(y)) <= pen)):
            along[int(start[i]) : int(end[i + 1])] = True
        off = np.abs(np.arange(lying.shape[0])[:, None] - np.interp(np.arange(lying.shape[1]), x, y))
        marks = np.where((off <= pen) & (along | (pieces > 0)), lying, 0)
    return marks.T if upright else marks, along


def _dashes(pieces: np.ndarray, settings: SegmentSettings) -> Floats:
    """Nx5 (from, to, middle along, middle across, thickness) px of the pieces of a lying band, left to right, as long as most ink is."""
    _, _, stats, centres = cv2.connectedComponentsWithStats(pieces, connectivity=8)
    by_length = 1 + np.argsort(stats[1:, cv2.CC_STAT_WIDTH])
    left, _, long, thick, area = stats[by_length].T
    table = np.column_stack([left, left + long, centres[by_length], thick])
    if not len(table):
        return table
    usual = long[np.searchsorted(area.cumsum(), area.sum() / 2)]
    table = table[np.abs(long / usual - 1) < settings.dash_alike]
    return np.asarray(table[np.argsort(table[:, 2])])


def blocks(free: Mask, cell_px: float, settings: SegmentSettings) -> list[tuple[int, int, int, int]]:
    """Boxes of writing that belongs together, the most ink first."""
    gap = 2 * round(settings.word_gap * cell_px / 2) + 1
    joined = cv2.morphologyEx(free.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((gap, gap), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    inked = np.bincount(labels[free], minlength=count)
    least = settings.min_writing * cell_px**2
    order = sorted((i for i in range(1, count) if inked[i] >= least), key=lambda i: -int(inked[i]))
    boxes = [tuple(int(v) for v in stats[i, :4]) for i in order]
    return [(b[0], b[1], b[2], b[3]) for b in boxes if max(b[2], b[3]) < settings.max_card * cell_px]
