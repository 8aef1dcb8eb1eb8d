"""What stands before the board, and the cells it hides."""

from __future__ import annotations

import cv2
import numpy as np

from calibration.rig import Cell, Layout
from digitizer.cards.canvas import Canvas, Mask, disc
from digitizer.settings import SegmentSettings


def find_occluders(canvas: Canvas, cards: Mask, settings: SegmentSettings) -> Mask:
    """HxW bool work px: large regions of the grid that are neither board nor card nor line.

    Drawn lines, tape and writing are thinner than the opening; a card's shadow hangs within ``shadow`` of the card.
    """
    shadow = disc(settings.shadow * canvas.cell_px)
    other = (canvas.off_board > settings.off_board) & canvas.seen
    other &= cv2.dilate(cards.astype(np.uint8), shadow) == 0
    core = cv2.morphologyEx((other & canvas.grid).astype(np.uint8), cv2.MORPH_OPEN, disc(settings.occluder_core * canvas.cell_px))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(core, connectivity=8)
    large = [i for i in range(1, count) if stats[i, cv2.CC_STAT_AREA] >= settings.min_occluder * canvas.cell_px**2]
    seeds = np.isin(labels, large).astype(np.uint8)
    grown = cv2.dilate(seeds, disc(settings.occluder_core * canvas.cell_px / 2))
    return np.asarray((grown > 0) & (other | (seeds > 0)))


def hidden_cells(canvas: Canvas, layout: Layout, occluders: Mask, settings: SegmentSettings) -> frozenset[Cell]:
    """Cells of which an occluder, or the end of the photo, takes more than ``hidden_share``."""
    blind = (occluders | ~canvas.seen).astype(np.float32)
    hidden = set()
    for row in range(layout.rows):
        for column in range(layout.columns):
            cell = Cell(row, column)
            (left, top), (right, bottom) = canvas.from_mm(layout.corners_mm(cell))[[0, 2]].round().astype(int)
            part = blind[max(top, 0) : max(bottom, 1), max(left, 0) : max(right, 1)]
            if part.size == 0 or part.mean() > settings.hidden_share:
                hidden.add(cell)
    return frozenset(hidden)
