"""Places carried from the grid of one look to that of another.

Without a calibration each photo measures the grid anew, and its height over its width comes out a few percent otherwise each time.
What stays is where in its cell a card hangs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from calibration.rig import Floats, Layout
from digitizer.model import Entry


def carried(entries: Sequence[Entry], last: Layout | None, new: Layout | None) -> tuple[Entry, ...]:
    """Entries with their places in the millimetres of ``new``; as they are where a grid is unknown or has another number of cells."""
    if last is None or new is None or last == new or (last.columns, last.rows) != (new.columns, new.rows):
        return tuple(entries)
    return tuple(replace(entry, centre_mm=_place(entry.centre_mm, last, new)) for entry in entries)


def carried_mm(points_mm: Floats, last: Layout, new: Layout) -> Floats:
    """Nx2 points in the millimetres of another layout of as many cells."""
    return np.array([_place((float(x), float(y)), last, new) for x, y in points_mm])


def _place(point_mm: tuple[float, float], last: Layout, new: Layout) -> tuple[float, float]:
    x = _along(point_mm[0], last.column_edges_mm, new.column_edges_mm)
    return x, _along(point_mm[1], last.row_edges_mm, new.row_edges_mm)


def _along(value_mm: float, last_mm: Sequence[float], new_mm: Sequence[float]) -> float:
    """A coordinate at the same share of its cell; beyond the outer edges at the same distance, scaled as the whole grid is."""
    scale = new_mm[-1] / last_mm[-1]
    beyond = min(value_mm, 0.0) + max(value_mm - last_mm[-1], 0.0)
    return float(np.interp(value_mm, last_mm, new_mm)) + beyond * scale
