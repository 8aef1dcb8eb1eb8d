"""What stands before the board, also if it is smaller or thinner than a person: at which cards' sides, and what was taken for a card of it.

Beyond the side of a whole card lies board, a line, another card, or the card's own shadow, which ends soon. What lies there else, and goes
on away from all cards, stands before the board: the card may go on behind it.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.rig import Floats, Layout, readonly
from digitizer.cards.canvas import Canvas, Mask, between, disc, painted
from digitizer.cards.choose import Candidate, Size, size_rank
from digitizer.cards.lit import written_px
from digitizer.cards.marks import Ink
from digitizer.cards.occluders import boxes_px, tape
from digitizer.masks import places, told
from digitizer.settings import SegmentSettings


def find_things(
    canvas: Canvas, ink: Ink, cards: Sequence[Candidate], lit: Sequence[Candidate], sizes: Sequence[Size], settings: SegmentSettings
) -> list[Candidate]:
    """What of some cards stands before the board: a hand, the shade of a lamp, the back of a chair.

    It is blank. Two of its sides are not straight, or it has no size that others have and goes on beyond its sides: into a sleeve, a stand,
    legs. What goes on into another such is asked again once that is known. ``lit``: bare board in other light, which is for others to tell.
    """
    blank = [c for c in _blank(canvas, ink, cards, settings) if not any(c is one for one in lit)]
    if not blank:
        return []
    things = [c for c in blank if int((c.support < settings.strangers.straight).sum()) >= settings.strangers.crooked]
    odd = [c for c in blank if size_rank(c, sizes, settings) == len(sizes)]
    while True:
        kept = [c for c in cards if not any(c is thing for thing in things)]
        strangers = find_strangers(canvas, kept, settings, in_grid=False)
        more = at_whose_sides(canvas, [c for c in odd if any(c is one for one in kept)], strangers, settings)
        if not more:
            return things
        things += more


def with_blanks(canvas: Canvas, ink: Ink, cards: Sequence[Candidate], strangers: Mask, settings: SegmentSettings) -> Mask:
    """Strangers, and the blank cards at whose sides they stand: a hand as large as a card may be what goes on there."""
    beside = at_whose_sides(canvas, cards, strangers, settings)
    return strangers | painted(canvas.slope.shape, [card.quad_px for card in _blank(canvas, ink, beside, settings)])


def _blank(canvas: Canvas, ink: Ink, cards: Sequence[Candidate], settings: SegmentSettings) -> list[Candidate]:
    few = settings.min_writing * canvas.cell_px**2
    return [c for c in cards if c.number is None and written_px(ink.writing, c.quad_px) < few]


def find_strangers(canvas: Canvas, cards: Sequence[Candidate], settings: SegmentSettings, in_grid: bool = True) -> Mask:
    """HxW: what is neither board nor card nor line, and goes on away from all cards, ``in_grid`` or else also around it.

    A card's shadow, tape and pins end near the card. About the dividers only what is broader than any line counts; what crosses them is one
    thing on both sides.
    """
    at = _about_grid(canvas, round(settings.strangers.rim * canvas.cell_px))
    sheets = painted(canvas.slope.shape, [card.quad_px for card in cards])[at].view(np.uint8)
    other = (canvas.off_board[at] > settings.off_board) & canvas.seen[at]
    other &= cv2.dilate(sheets, disc(settings.strangers.gap * canvas.cell_px)) == 0
    other &= ~tape(canvas, at, other, settings)
    rim_px = round(2 * settings.strangers.core * canvas.cell_px)  # broad tape reaches out of a divider's band, by less than a finger
    between_lines = other & between((canvas.column_bands, canvas.row_bands), canvas.grid.shape, rim_px)[at]
    thin = cv2.morphologyEx(between_lines.astype(np.uint8), cv2.MORPH_OPEN, disc(settings.strangers.core * canvas.cell_px))
    broad = cv2.morphologyEx(other.astype(np.uint8), cv2.MORPH_OPEN, disc(settings.occluder_core * canvas.cell_px))
    whole = np.maximum(thin, broad)
    mask = np.zeros_like(canvas.grid)
    if not whole.any():
        return mask
    count, labels = _joined(whole, settings.strangers.joint * canvas.cell_px)
    away = (cv2.distanceTransform(1 - sheets, cv2.DIST_L2, 5) > settings.strangers.far * canvas.cell_px) & (whole > 0)
    rows, columns = places(away & canvas.grid[at] if in_grid else away)
    goes_on = np.bincount(labels[rows // 2, columns // 2], minlength=count) >= settings.min_stranger * canvas.cell_px**2
    goes_on[0] = False
    height, width = whole.shape
    mask[at] = told(goes_on, labels).repeat(2, axis=0).repeat(2, axis=1)[:height, :width] & (whole > 0)
    return mask


def _joined(mask: NDArray[np.uint8], gap_px: float) -> tuple[int, NDArray[np.int32]]:
    """The parts of a mask, those with at most twice ``gap_px`` between them as one: how many labels, and the labels at half its size.

    At half size the disc that closes gaps has a quarter of its pixels, and a quarter of the places.
    """
    half = cv2.dilate(mask, np.ones((2, 2), np.uint8), anchor=(0, 0))[::2, ::2]
    count, labels = cv2.connectedComponents(cv2.morphologyEx(half, cv2.MORPH_CLOSE, disc(gap_px / 2)), connectivity=8)
    return count, np.asarray(labels, np.int32)


def outlines_mm(canvas: Canvas, layout: Layout, strangers: Mask) -> tuple[Floats, ...]:
    """Nx2 outlines of strangers by quarters of cells: what is long does not count for all that it bends around, nor for somebody."""
    found = []
    boxes = boxes_px(canvas, layout).values() if strangers.any() else ()
    for left, top, right, bottom in boxes:
        x, y = (left + right) // 2, (top + bottom) // 2
        for low, high in (((left, top), (x, y)), ((x, top), (right, y)), ((left, y), (x, bottom)), ((x, y), (right, bottom))):
            part = np.ascontiguousarray(strangers[low[1] : high[1], low[0] : high[0]]).view(np.uint8)
            contours, _ = cv2.findContours(part, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE, offset=low) if part.any() else ((), None)
            found += [readonly(canvas.to_mm(contour.reshape(-1, 2).astype(np.float64))) for contour in contours if len(contour) > 2]
    return tuple(found)


def at_whose_sides(canvas: Canvas, cards: Sequence[Candidate], strangers: Mask, settings: SegmentSettings) -> list[Candidate]:
    """The cards at whose sides strangers stand, as long as a finger is broad."""
    if not cards or not strangers.any():
        return []
    reach = 2 * settings.strangers.gap + settings.strangers.core
    near = cv2.dilate(strangers.view(np.uint8), disc(reach * canvas.cell_px)) > 0
    return [c for c in cards if _length_within(near, c.quad_px) > settings.strangers.side * canvas.cell_px]


def _length_within(mask: Mask, quad_px: Floats) -> int:
    """How much of the sides of a 4x2 quad lies in a mask, px."""
    length = 0
    for start, end in zip(quad_px, np.roll(quad_px, -1, axis=0), strict=True):
        steps = np.linspace(0, 1, max(2, round(float(np.hypot(*(end - start))))))[:, None]
        points = np.rint(start + steps * (end - start)).astype(int).clip(0, np.array(mask.shape)[::-1] - 1)
        length += int(np.count_nonzero(mask[points[:, 1], points[:, 0]]))
    return length


def share_seen(card: Candidate, sizes: Sequence[Size], settings: SegmentSettings) -> float:
    """How much of a card shows at whose side something stands: of a card as large as most of those that it may be a part of."""
    width, height = card.size_px
    spare = 1 - settings.size_alike
    whole = next((w * h for w, h in sizes if w >= spare * width and h >= spare * height), 0.0)
    low, high = settings.strangers.in_part
    return float(np.clip(width * height / whole, low, high)) if whole else high


def _about_grid(canvas: Canvas, rim_px: int) -> tuple[slice, slice]:
    x, y, width, height = cv2.boundingRect(canvas.grid.view(np.uint8))
    return np.s_[max(y - rim_px, 0) : y + height + rim_px, max(x - rim_px, 0) : x + width + rim_px]
