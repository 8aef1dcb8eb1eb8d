"""What a search for cards of the board's own colour looks at: slopes off lines and strokes, and what speaks against a rectangle."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from digitizer.cards.boxes import Patch, halved
from digitizer.cards.canvas import Canvas, Mask, disc
from digitizer.cards.hue import light_on, off_hue
from digitizer.cards.marks import Ink
from digitizer.cards.zones import Zone
from digitizer.settings import SegmentSettings


def on_board_colour(canvas: Canvas, block: tuple[int, int, int, int], settings: SegmentSettings) -> bool:
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


def near_cards(canvas: Canvas, taken: Mask, settings: SegmentSettings) -> Mask:
    """HxW: the cards found already (``taken``) and as far around as their shadows fall."""
    return np.asarray(cv2.dilate(taken.astype(np.uint8), disc(settings.shadow * canvas.cell_px)) > 0)


def but_for_shadows(zone: Zone, canvas: Canvas, settings: SegmentSettings) -> Mask:
    """The bare part of a zone (HxW of its ``bare_box``) but for what is no wider than a shadow, and of the board's hue in less light.

    Drawn lines and the shadows of cards that hang at them are one zone; the edge of such a shadow may be that of a white card.
    """
    x, y, width, height = zone.bare_box
    narrow = disc(settings.shadow * canvas.cell_px / 2)
    bare = zone.bare.view(np.uint8)  # its box holds all of it: beyond is nothing
    core = cv2.morphologyEx(bare, cv2.MORPH_OPEN, narrow, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    wide = cv2.dilate(core, narrow) > 0
    lab = canvas.lab[y : y + height, x : x + width]
    light = light_on(lab, canvas.board_lab)
    of_its_hue = off_hue(lab, canvas.board_lab) < settings.off_board * canvas.board_spread[1:].max()
    shade = of_its_hue & (light > settings.deepest_shade) & (light < 1)
    return np.asarray(zone.bare & (wide | ~shade))


def make_patch(canvas: Canvas, ink: Ink, taken: Mask, free: Mask, settings: SegmentSettings) -> Patch:
    """What is known beside the colour: where no slope counts, what a rectangle must not hold, and the ``free`` writing it should."""
    shaded = near_cards(canvas, taken, settings)
    lines = cv2.dilate(ink.drawn.astype(np.uint8), np.ones((11, 11), np.uint8)) > 0
    strokes = cv2.dilate(ink.strokes.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    behind = ink.drawn * np.float32(settings.crossed_line_cost) + taken * np.float32(settings.crossed_card_cost)
    lab = np.asarray(cv2.pyrDown(canvas.lab), np.float32)
    return Patch(lab, halved(lines | strokes | shaded), halved(behind), halved(free), canvas.noise, canvas.cell_px / 2)
