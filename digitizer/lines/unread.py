"""Ink that no line holds: where there is some, a line was lost or cut, and what was read is not all that stands on the card."""

from __future__ import annotations

from collections.abc import Callable, Sequence

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

LEAST_STUMPS = 3
"""Pieces along a side from which they are a row of cut letters: two may be tape, pins or tails."""

NARROWEST, WIDEST = 0.12, 2.5
"""Width of what is left of a cut letter, or of a few that are joined, share of a line's height."""

LEAST_STUMP, MOST_STUMP = 0.12, 0.9
"""Height of what is left of cut letters, share of a line's height."""

SAME_PEN = 0.5
"""How far a cut letter's colour may be from that of what was read, by how far that is from the paper."""

OUTERMOST_PX = 2
"""Rows of the picture's side in which a cut letter begins; the outermost is blurred."""

BESIDE = 0.2
"""Room between a line and the picture's right side, share of the line's height, from which its last sign may be a cut one."""


def unread(card: Card, boxes: Sequence[Box]) -> tuple[float, bool]:
    """How much ink no line holds, and whether the picture's upper or lower side cuts through a row of writing; ``boxes`` of the lines.

    The first is ink outside of all lines by ink inside of them, both in pixels: 0 where all was read, large where there are no lines. What
    is left of a row that is cut are stumps: pieces in the pen's colour on that side, with paper between them. What else lies along a side,
    the board, a shadow, the next sheet, is of another colour and in one piece.
    """
    ink = _ink(card, boxes)
    return _share_unread(card, boxes, ink), _is_cut(card, boxes, ink)


def _share_unread(card: Card, boxes: Sequence[Box], ink: NDArray[np.bool_]) -> float:
    inside = _covered(card.image.shape, boxes, 0.0)
    outside = ink & ~_covered(card.image.shape, boxes, AROUND) & _within(card.mask)
    return float(outside.sum() / max(1, (ink & inside).sum()))


def _is_cut(card: Card, boxes: Sequence[Box], ink: NDArray[np.bool_]) -> bool:
    if not boxes:
        return False
    tall = float(np.median([box[3] for box in boxes]))
    inside = _covered(card.image.shape, boxes, 0.0)
    if not (ink & inside).any():
        return False
    band = max(LEAST_PX, round(tall))
    sides = np.s_[:band], np.s_[: -band - 1 : -1]
    rest = [ink[side] & ~inside[side] for side in sides]
    if all(part[: OUTERMOST_PX + 1].sum() < LEAST_STUMPS for part in rest):
        return False
    pen = _of_the_pen(card.image, ink & inside, inside & ~ink)
    return any(
        _stumps(np.asarray(part & pen(card.image[side]), np.uint8), tall) >= LEAST_STUMPS for side, part in zip(sides, rest, strict=True)
    )


def _of_the_pen(image: Image, pen: NDArray[np.bool_], bare: NDArray[np.bool_]) -> Callable[[Image], NDArray[np.bool_]]:
    """Tells what is nearer to the colour of what was written, ``pen`` HxW, than half of what parts that from the ``bare`` paper."""
    written, paper = (np.median(image[at].astype(np.float32), axis=0) for at in (pen, bare if bare.any() else ~pen))
    reach = SAME_PEN * np.linalg.norm(paper - written)
    return lambda part: np.asarray(np.linalg.norm(part.astype(np.float32) - written, axis=2) < reach)


def _stumps(ink: Image, tall: float) -> int:
    """Pieces that begin in the first rows of ``ink`` HxW, a band along a side.

    Only such as are as wide as letters of lines ``tall`` px high, or as a few joined ones, and lower.
    """
    _, _, stats, _ = cv2.connectedComponentsWithStats(np.ascontiguousarray(ink), connectivity=8)
    _, top, width, height, _ = stats[1:].T
    wide, low = (width > NARROWEST * tall) & (width < WIDEST * tall), (height >= LEAST_STUMP * tall) & (height < MOST_STUMP * tall)
    return int((wide & low & (top <= OUTERMOST_PX)).sum())


def _ink(card: Card, boxes: Sequence[Box]) -> NDArray[np.bool_]:
    """HxW: at least half as dark as what was read."""
    gray = cv2.GaussianBlur(cv2.cvtColor(card.image, cv2.COLOR_BGR2GRAY), (0, 0), 0.8)
    side = max(3, round(PAPER_SHARE * gray.shape[1]) | 1)
    paper = cv2.morphologyEx(gray, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8))
    depth = cv2.subtract(paper, gray)
    inside = _covered(gray.shape, boxes, 0.0)
    dark = float(np.percentile(depth[inside] if inside.any() else depth, 92))
    return np.asarray(depth > max(LEAST_GRAY, AS_DARK * dark))


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


def runs_off(card: Card, box: Box, boxes: Sequence[Box]) -> bool:
    """Whether the picture's right side may cut the last sign of the line in ``box``; ``boxes`` of all lines.

    Ink stands on that side, but not along the whole line: that would be the board, or a shadow.
    """
    x, y, width, height = box
    if card.image.shape[1] - (x + width) > BESIDE * height:
        return False
    tallest = int(_ink(card, boxes)[y : y + height, -OUTERMOST_PX - 1 :].sum(axis=0).max())
    return LEAST_STUMP * height <= tallest < MOST_STUMP * height


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
