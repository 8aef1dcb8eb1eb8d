"""Ink that no line holds: where there is some, a line was lost or cut, and what was read is not all that stands on the card."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.rig import Image
from digitizer.model import Card

Box = tuple[int, int, int, int]
"""(x, y, width, height) in card px."""

PAPER_SHARE = 0.12
"""Width of the closing that fills strokes with paper, share of the card's: wider than any stroke, narrower than a shadow."""

RIM_SHARE = 0.03
"""Width of the card's rim, share of its width, in which slivers of the board and curled edges look like ink."""

AROUND = 0.35
"""Reach of a line beyond its box, share of a line's height: what its own tails and dots may leave outside."""

AS_DARK = 0.5
"""How dark, by the ink that was read, a pixel must be to count; faint rules and shadows are lighter."""

LEAST_GRAY = 8.0
"""The same in gray levels: more than noise makes after the blur."""

FOOT, LEDGE = 0.5, 0.25
"""Share of a line's height below which a ``_`` lies, and how wide it is at least: stops are narrower, tails have letters above."""

BELOW, BEYOND = 0.15, 1.0
"""How far below and right of its line a ``_`` may lie, in line heights."""

LEAST_PX = 8


def unread_ink(card: Card, boxes: Sequence[Box]) -> float:
    """Ink outside of all lines by ink inside of them, both in pixels; 0 where all was read. Without lines: by nothing, so large."""
    gray = cv2.GaussianBlur(cv2.cvtColor(card.image, cv2.COLOR_BGR2GRAY), (0, 0), 0.8)
    side = max(3, round(PAPER_SHARE * gray.shape[1]) | 1)
    paper = cv2.morphologyEx(gray, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8))
    depth = cv2.subtract(paper, gray)
    inside, around = _covered(gray.shape, boxes, 0.0), _covered(gray.shape, boxes, AROUND)
    dark = float(np.percentile(depth[inside] if inside.any() else depth, 92))
    ink = depth > max(LEAST_GRAY, AS_DARK * dark)
    outside = ink & ~around & _within(card.mask)
    return float(outside.sum() / max(1, (ink & inside).sum()))


def _covered(shape: tuple[int, ...], boxes: Sequence[Box], around: float) -> NDArray[np.bool_]:
    """HxW: in a box, grown by ``around`` of the lines' median height."""
    grow = around * float(np.median([box[3] for box in boxes])) if boxes else 0.0
    out = np.zeros(shape[:2], bool)
    for x, y, width, height in boxes:
        rows = slice(max(0, int(y - grow)), max(0, int(y + height + grow)))
        out[rows, max(0, int(x - grow)) : max(0, int(x + width + grow))] = True
    return out


def _within(mask: Image) -> NDArray[np.bool_]:
    """HxW: this card, its rim left out."""
    rim = max(2, round(RIM_SHARE * mask.shape[1]))
    out = np.zeros(mask.shape, bool)
    out[rim:-rim, rim:-rim] = mask[rim:-rim, rim:-rim] > 0
    return out


def ledges(card: Card, box: Box) -> int:
    """Low strokes by themselves in a line and right of it, as wide as a ``_``: ink at the foot of the line with none above it."""
    x, y, width, height = box
    region = card.image[y : y + round(height * (1 + BELOW)), x : x + width + round(height * BEYOND)]
    if min(region.shape[:2]) < LEAST_PX:
        return 0
    gray = cv2.GaussianBlur(cv2.cvtColor(region, cv2.COLOR_BGR2GRAY), (0, 0), 0.6)
    level, _ = cv2.threshold(gray[:, :width], 0, 255, cv2.THRESH_OTSU)
    ink = gray < level
    low = ink.any(axis=0) & (ink.argmax(axis=0) > FOOT * height)
    steps = np.diff(np.concatenate([[0], low.astype(np.int8), [0]]))
    widths = np.flatnonzero(steps < 0) - np.flatnonzero(steps > 0)
    return int((widths >= LEDGE * height).sum())
