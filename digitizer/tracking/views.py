"""What a look could see. What it could not is unknown, never empty."""

from __future__ import annotations

import cv2
import numpy as np

from calibration.rig import Cell, Layout
from digitizer.model import BoardReading, Entry
from digitizer.settings import ReconcileSettings


def cells_in_view(reading: BoardReading) -> frozenset[Cell]:
    """Cells of the grid that the look shows."""
    layout = reading.layout
    if layout is None:
        return frozenset(card.card.cell for card in reading.cards if card.card.cell is not None)
    cells = (Cell(row, column) for row in range(layout.rows) for column in range(layout.columns))
    return frozenset(cell for cell in cells if cell not in reading.hidden and in_photo(reading, _middle(layout, cell)))


def place_in_view(entry: Entry, reading: BoardReading, settings: ReconcileSettings) -> bool:
    """Whether the look would have shown an entry, had its card hung where it hung last."""
    layout = reading.layout
    if entry.cell is not None and not entry.assigned and entry.cell in reading.hidden:
        return False
    if layout is None:
        return entry.cell is not None
    if any(_distance(entry.centre_mm, layout, cell) <= settings.near_hidden for cell in reading.hidden):
        return False
    if layout.cell_at(*entry.centre_mm) is None and reading.view_mm is None:
        return False
    return in_photo(reading, entry.centre_mm)


def in_photo(reading: BoardReading, point_mm: tuple[float, float]) -> bool:
    """Whether a point of the board lies within the photo; taken for granted where its outline is not known."""
    if reading.view_mm is None:
        return True
    outline = np.asarray(reading.view_mm, dtype=np.float32).reshape(-1, 1, 2)
    return cv2.pointPolygonTest(outline, point_mm, measureDist=False) >= 0


def cell_pitch_mm(layout: Layout) -> tuple[float, float]:
    """Width and height of a mean cell."""
    return layout.width_mm / layout.columns, layout.height_mm / layout.rows


def _middle(layout: Layout, cell: Cell) -> tuple[float, float]:
    x, y = layout.corners_mm(cell).mean(axis=0)
    return float(x), float(y)


def _distance(point_mm: tuple[float, float], layout: Layout, cell: Cell) -> float:
    """Distance of a point from a cell, in cells; 0 inside. Points outside the grid are judged by the cells at its edge."""
    (left, top), (right, bottom) = layout.corners_mm(cell)[0], layout.corners_mm(cell)[2]
    x = float(np.clip(point_mm[0], 0, layout.width_mm))
    y = float(np.clip(point_mm[1], 0, layout.height_mm))
    beside, above = max(left - x, 0, x - right), max(top - y, 0, y - bottom)
    return float(max(beside / (right - left), above / (bottom - top)))
