"""What a look could see. What it could not is unknown, never empty."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from calibration.rig import Cell, Layout
from digitizer.model import BoardReading, Entry
from digitizer.partial import cells_within, is_within
from digitizer.settings import PartialSettings, ReconcileSettings
from digitizer.tracking.covers import place_mm, touched_by_people, usual_side_mm
from digitizer.tracking.update import LOOK


def cells_in_view(reading: BoardReading) -> frozenset[Cell]:
    """Cells of the grid that the look shows; of a look at a part of the board those that it shows wholly."""
    layout = reading.layout
    if layout is None:
        return frozenset(card.card.cell for card in reading.cards if card.card.cell is not None)
    if not reading.whole and reading.view_mm is not None:
        return cells_within(layout, reading.view_mm) - reading.hidden
    return frozenset(cell for cell, middle in _middles(layout) if cell not in reading.hidden and in_photo(reading, middle))


def place_in_view(entry: Entry, reading: BoardReading, settings: ReconcileSettings) -> bool:
    """Whether the look would have shown an entry, had its card hung where it hung last; of a part of the board: well within it."""
    layout = reading.layout
    if entry.cell is not None and not entry.assigned and entry.cell in reading.hidden:
        return False
    if layout is None:
        return entry.cell is not None
    if not reading.whole and not _well_within(entry, reading):
        return False
    if any(_distance(entry.centre_mm, layout, cell) <= settings.near_hidden for cell in reading.hidden):
        return False
    if layout.cell_at(*entry.centre_mm) is None and reading.view_mm is None:
        return False
    return in_photo(reading, entry.centre_mm)


def evidence_of_absence(entry: Entry, reading: BoardReading, settings: ReconcileSettings) -> int:
    """What it says, in quarter looks, that a look does not find an entry's card: 0 where its place is out of sight.

    While somebody stands anywhere before the board it says a quarter as much: the card may be in a hand, or hang behind that person. So
    does a look at a part of the board: of six that overlap four may show a place, and they are one walk along the board.
    """
    if not place_in_view(entry, reading, settings):
        return 0
    if reading.whole and not (reading.hidden or reading.people_mm):
        return LOOK
    place = place_mm(entry, usual_side_mm(reading.cards))
    return 0 if touched_by_people(place, reading.people_mm, settings.touched) else 1


def _well_within(entry: Entry, reading: BoardReading) -> bool:
    """Whether a look at a part of the board shows an entry's place, and enough around it for a card that was shifted a little."""
    if reading.view_mm is None or entry.cell is None:
        return False
    return is_within(reading.view_mm, place_mm(entry, usual_side_mm(reading.cards)), PartialSettings().around_mm)


def in_photo(reading: BoardReading, point_mm: tuple[float, float]) -> bool:
    """Whether a point of the board lies within the photo; taken for granted where its outline is not known."""
    if reading.view_mm is None:
        return True
    outline = np.asarray(reading.view_mm, dtype=np.float32).reshape(-1, 1, 2)
    return cv2.pointPolygonTest(outline, point_mm, measureDist=False) >= 0


@lru_cache(maxsize=8)
def _middles(layout: Layout) -> tuple[tuple[Cell, tuple[float, float]], ...]:
    cells = layout.cells()
    middles = (layout.corners_mm(cell).mean(axis=0) for cell in cells)
    return tuple((cell, (float(x), float(y))) for cell, (x, y) in zip(cells, middles, strict=True))


def _distance(point_mm: tuple[float, float], layout: Layout, cell: Cell) -> float:
    """Distance of a point from a cell, in cells; 0 inside. Points outside the grid are judged by the cells at its edge."""
    (left, top), (right, bottom) = layout.corners_mm(cell)[0], layout.corners_mm(cell)[2]
    x = float(np.clip(point_mm[0], 0, layout.width_mm))
    y = float(np.clip(point_mm[1], 0, layout.height_mm))
    beside, above = max(left - x, 0, x - right), max(top - y, 0, y - bottom)
    return float(max(beside / (right - left), above / (bottom - top)))
