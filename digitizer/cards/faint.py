"""Cards of the board's own colour: writing off the lines, and the faint rectangle about it."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from digitizer.cards.boxes import Found, Patch, halved, search
from digitizer.cards.canvas import Canvas, Mask, disc
from digitizer.cards.marks import Ink, blocks
from digitizer.settings import SegmentSettings


def find_faint(canvas: Canvas, ink: Ink, taken: Mask, sizes_px: Sequence[tuple[float, float]], settings: SegmentSettings) -> list[Found]:
    """Cards about writing that no other card holds. ``taken``: pixels of the cards found already; ``sizes_px`` their sides."""
    shaded = cv2.dilate(taken.astype(np.uint8), disc(settings.shadow * canvas.cell_px)) > 0
    free = ink.writing & canvas.grid & ~shaded
    patch = _make_patch(canvas, ink, taken, shaded, settings)
    sizes = few_sizes(sizes_px)
    found: list[Found] = []
    covered = np.zeros_like(taken, np.uint8)
    for x, y, width, height in blocks(free, canvas.cell_px, settings):
        block = np.s_[y : y + height, x : x + width]
        if covered[block][free[block]].mean() > 0.5 or not _on_board_colour(canvas, (x, y, width, height), settings):
            continue
        card = search(patch, (x, y, width, height), sizes, settings)
        if card is not None:
            found.append(card)
            cv2.fillConvexPoly(covered, np.rint(card.quad_px).astype(np.int32), 1)
    return found


def _on_board_colour(canvas: Canvas, block: tuple[int, int, int, int], settings: SegmentSettings) -> bool:
    """Whether a good part of what surrounds a block of writing has the board's colour; ink itself blurs into the rest."""
    x, y, width, height = block
    reach = round(settings.word_gap * canvas.cell_px)
    around = canvas.off_board[max(y - reach, 0) : y + height + reach, max(x - reach, 0) : x + width + reach]
    return bool(np.percentile(around, 35) < settings.off_board)


def few_sizes(sizes_px: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The sizes that occur, each once: those within 8 % of one already listed are it."""
    few: list[tuple[float, float]] = []
    for wide, high in sorted(sizes_px):
        if all(abs(wide / w - 1) > 0.08 or abs(high / h - 1) > 0.08 for w, h in few):
            few.append((wide, high))
    return few[:8]


def _make_patch(canvas: Canvas, ink: Ink, taken: Mask, shaded: Mask, settings: SegmentSettings) -> Patch:
    lines = cv2.dilate(ink.drawn.astype(np.uint8), np.ones((11, 11), np.uint8)) > 0
    strokes = cv2.dilate(ink.strokes.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    behind = ink.drawn * np.float32(settings.crossed_line_cost) + taken * np.float32(settings.crossed_card_cost)
    free = ink.writing & canvas.grid & ~shaded
    lab = np.asarray(cv2.pyrDown(canvas.lab), np.float32)
    return Patch(lab, halved(lines | strokes | shaded), halved(behind), halved(free), canvas.noise, canvas.cell_px / 2)
