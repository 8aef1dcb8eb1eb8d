"""Cards of the board's own colour: writing off the lines, and the faint rectangle about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from calibration.rig import Floats
from digitizer.cards.canvas import Canvas, Field, Mask
from digitizer.settings import SegmentSettings


@dataclass(frozen=True, eq=False)
class Faint:
    """A rectangle found by its edges alone. ``quad_px`` 4x2 work px clockwise; ``support`` of top, right, bottom, left, 0..1."""

    quad_px: Floats
    support: Floats
    sized: bool


def find_ink(canvas: Canvas, settings: SegmentSettings) -> tuple[Mask, Mask]:
    """(writing, long lines): thin marks that differ from the paper around them, and those that run straight for much of a cell."""
    levels = np.clip(canvas.lab * [2.55, 1, 1] + [0, 128, 128], 0, 255).astype(np.uint8)
    side = 2 * round(settings.ink_window * canvas.cell_px / 2) + 1
    around = cv2.medianBlur(levels, side)
    away = np.abs(levels.astype(np.int16) - around).max(axis=2)
    ink = (away > settings.ink_lab).astype(np.uint8)
    length = round(settings.line_run * canvas.cell_px)
    lines = np.zeros_like(ink)
    for kernel, thick in (((length, 1), (1, 3)), ((1, length), (3, 1))):
        wide = cv2.dilate(ink, np.ones(thick[::-1], np.uint8))
        lines |= cv2.morphologyEx(wide, cv2.MORPH_OPEN, np.ones(kernel[::-1], np.uint8))
    lines = cv2.dilate(lines, np.ones((3, 3), np.uint8)) & ink
    return (ink > 0) & (lines == 0), lines > 0


def find_faint(canvas: Canvas, taken: Mask, sizes_px: Sequence[tuple[float, float]], settings: SegmentSettings) -> list[Faint]:
    """Cards about writing that no other card holds. ``taken``: pixels of the cards found already; ``sizes_px`` their sides."""
    writing, lines = find_ink(canvas, settings)
    free = writing & canvas.grid & ~taken
    blocks = _blocks(free, canvas.cell_px, settings)
    found: list[Faint] = []
    covered = taken.copy()
    for block in blocks:
        x, y, width, height = block
        if covered[y : y + height, x : x + width][free[y : y + height, x : x + width]].mean() > 0.5:
            continue
        card = _search(canvas, block, (writing | lines) | taken, sizes_px, settings)
        if card is not None:
            found.append(card)
            paint = covered.astype(np.uint8)
            cv2.fillConvexPoly(paint, np.rint(card.quad_px).astype(np.int32), 1)
            covered = paint > 0
    return found


def _blocks(free: Mask, cell_px: float, settings: SegmentSettings) -> list[tuple[int, int, int, int]]:
    """Boxes of writing that belongs together, the most ink first."""
    gap = 2 * round(settings.word_gap * cell_px / 2) + 1
    joined = cv2.morphologyEx(free.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((gap, gap), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    inked = np.bincount(labels[free], minlength=count)
    least = settings.min_writing * cell_px**2
    order = sorted((i for i in range(1, count) if inked[i] >= least), key=lambda i: -int(inked[i]))
    boxes = [tuple(int(v) for v in stats[i, :4]) for i in order]
    return [(b[0], b[1], b[2], b[3]) for b in boxes if max(b[2], b[3]) < settings.max_card * cell_px]


def _search(
    canvas: Canvas, block: tuple[int, int, int, int], marks: Mask, sizes_px: Sequence[tuple[float, float]], settings: SegmentSettings
) -> Faint | None:
    """The best supported rectangle about a block of writing, over all small turns."""
    x, y, width, height = block
    centre = np.array([x + width / 2, y + height / 2])
    half = round(max(width, height) / 2 + settings.faint_reach * canvas.cell_px)
    best: tuple[float, float, Floats, Floats, bool] | None = None
    for degrees in np.arange(-settings.max_turn_deg, settings.max_turn_deg + 0.1, settings.turn_step_deg):
        slopes = _turned_slopes(canvas, centre, half, float(degrees), marks, settings)
        result = _best_box(slopes, (width, height), half, sizes_px, canvas.cell_px, settings)
        if result is not None and (best is None or result[0] > best[0]):
            best = (result[0], float(degrees), result[1], result[2], result[3])
    if best is None or best[0] < settings.faint_score:
        return None
    _, degrees, box, support, sized = best
    corners = np.array([[box[0], box[1]], [box[2], box[1]], [box[2], box[3]], [box[0], box[3]]]) - half
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return Faint(corners @ turn + centre, support, sized)


def _turned_slopes(
    canvas: Canvas, centre: Floats, half: int, degrees: float, marks: Mask, settings: SegmentSettings
) -> tuple[Field, Field]:
    """Running sums of clipped Lab slopes of the patch turned upright: down the columns for upright sides, along the rows for level ones."""
    matrix = cv2.getRotationMatrix2D((float(centre[0]), float(centre[1])), degrees, 1.0)
    matrix[:, 2] += half - centre
    size = (2 * half + 1, 2 * half + 1)
    lab = cv2.warpAffine(canvas.lab, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    blind = cv2.warpAffine(marks.astype(np.uint8), matrix, size, flags=cv2.INTER_NEAREST, borderValue=1)
    free = (cv2.dilate(blind, np.ones((5, 5), np.uint8)) == 0)[..., None].astype(np.float32)
    sums = []
    for axis in (0, 1):
        kernel = np.array([[-0.5, 0, 0.5]], np.float32)
        slope = cv2.filter2D(lab, cv2.CV_32F, kernel if axis == 0 else kernel.T)
        slope = np.clip(slope, -settings.faint_clip_lab, settings.faint_clip_lab) * free
        sums.append(np.cumsum(np.pad(slope, ((1, 0), (0, 0), (0, 0)) if axis == 0 else ((0, 0), (1, 0), (0, 0))), axis=axis))
    return sums[0], sums[1]


def _best_box(
    sums: tuple[Field, Field],
    writing: tuple[int, int],
    half: int,
    sizes_px: Sequence[tuple[float, float]],
    cell_px: float,
    settings: SegmentSettings,
) -> tuple[float, Floats, Floats, bool] | None:
    """(score, box, support of top right bottom left, whether its size is known) of the best box about the writing, patch px."""
    upright, level = sums
    ink = np.array([half - writing[0] / 2, half - writing[1] / 2, half + writing[0] / 2, half + writing[1] / 2]).round().astype(int)
    columns = np.linalg.norm(upright[ink[3]] - upright[ink[1]], axis=1) / max(ink[3] - ink[1], 1)
    rows = np.linalg.norm(level[:, ink[2]] - level[:, ink[0]], axis=1) / max(ink[2] - ink[0], 1)
    slack = round(0.03 * cell_px)
    lefts, rights = _peaks(columns, 2, ink[0] + slack), _peaks(columns, ink[2] - slack, 2 * half - 2)
    tops, bottoms = _peaks(rows, 2, ink[1] + slack), _peaks(rows, ink[3] - slack, 2 * half - 2)
    grids = np.meshgrid(lefts, tops, rights, bottoms, indexing="ij")
    left, top, right, bottom = (g.ravel() for g in grids)
    wide, high = right - left, bottom - top
    least = settings.min_side * cell_px
    keep = (wide > least) & (high > least) & (wide < settings.max_card * cell_px) & (high < settings.max_card * cell_px)
    if not keep.any():
        return None
    left, top, right, bottom, wide, high = (v[keep] for v in (left, top, right, bottom, wide, high))
    side = [
        np.linalg.norm(level[top, right] - level[top, left], axis=1) / wide,
        np.linalg.norm(upright[bottom, right] - upright[top, right], axis=1) / high,
        np.linalg.norm(level[bottom, right] - level[bottom, left], axis=1) / wide,
        np.linalg.norm(upright[bottom, left] - upright[top, left], axis=1) / high,
    ]
    support = np.clip((np.stack(side, axis=1) - settings.faint_floor_lab) / settings.faint_plain_lab, 0, 1)
    sized = np.zeros(len(wide), bool)
    for known_w, known_h in sizes_px:
        sized = sized | ((np.abs(wide / known_w - 1) < 0.05) & (np.abs(high / known_h - 1) < 0.05))
    score = support.sum(axis=1) + settings.known_size_bonus * sized
    best = int(np.argmax(score))
    box = np.array([left[best], top[best], right[best], bottom[best]], np.float64)
    return float(score[best]), box, support[best], bool(sized[best])


def _peaks(profile: np.ndarray, low: int, high: int) -> np.ndarray:
    """Up to six places of the highest local maxima of a profile within [low, high]."""
    low, high = max(low, 1), min(high, len(profile) - 2)
    if high <= low:
        return np.array([max(low, 0)])
    at = np.arange(low, high + 1)
    tops = at[(profile[at] >= profile[at - 1]) & (profile[at] > profile[at + 1])]
    if len(tops) == 0:
        return np.array([low])
    return np.asarray(tops[np.argsort(-profile[tops])[:6]])
