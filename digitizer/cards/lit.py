"""Cells of bare board that a sunbeam or a hard shadow makes look like a sheet of paper."""

from __future__ import annotations

import cv2
import numpy as np

from calibration.rig import Floats
from digitizer.cards.canvas import Canvas, Mask
from digitizer.cards.choose import Candidate
from digitizer.cards.hue import off_hue
from digitizer.cards.marks import Divider, Ink
from digitizer.settings import SegmentSettings


def is_lit_cell(canvas: Canvas, ink: Ink, card: Candidate, settings: SegmentSettings) -> bool:
    """Whether a rectangle is bare board between drawn lines: of its hue, blank, and bounded by such lines on two sides or more.

    Light changes at the edge of a shadow and at lines, which part what it falls on; paper ends where it was cut.
    """
    if card.number is not None or off_hue(card.lab.astype(np.float32)[None, None], canvas.board_lab)[0, 0] >= settings.lit_lab:
        return False
    sides = zip(card.quad_px, np.roll(card.quad_px, -1, axis=0), strict=True)
    bounded = sum(any(_runs_along(start, end, divider) for divider in ink.dividers) for start, end in sides)
    return bounded >= settings.lit_sides and written_px(ink.writing, card.quad_px) < settings.min_writing * canvas.cell_px**2


def _runs_along(start: Floats, end: Floats, divider: Divider) -> bool:
    """Whether a side (its two ends, px) lies within a divider's band."""
    low, high = divider.band
    across = 0 if divider.upright else 1
    along = abs(end[1 - across] - start[1 - across]) > abs(end[across] - start[across])
    return bool(along and low <= start[across] <= high and low <= end[across] <= high)


def written_px(writing: Mask, quad_px: Floats) -> int:
    """Pixels of ``writing`` HxW well inside a 4x2 quad."""
    inner = quad_px.mean(axis=0) + 0.8 * (quad_px - quad_px.mean(axis=0))
    corners = np.rint(inner).astype(np.int32).clip(0, np.array(writing.shape)[::-1] - 1)
    x, y, width, height = cv2.boundingRect(corners)
    mask = cv2.fillConvexPoly(np.zeros((height, width), np.uint8), corners - [x, y], 1)
    return int(np.count_nonzero(writing[y : y + height, x : x + width] & (mask > 0)))
