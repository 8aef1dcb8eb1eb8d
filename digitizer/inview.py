"""Which cells of a look nobody stands before, nor so near that a finger or a shadow may be in them."""

from __future__ import annotations

import cv2
import numpy as np

from calibration.rig import Cell, Floats, Layout
from digitizer.model import Segmentation


def clear_cells(layout: Layout, segmentation: Segmentation, reach_cells: float) -> list[Cell]:
    """Cells that neither hide behind somebody nor lie within reach, in cells, of one."""
    return [cell for cell in layout.cells() if cell not in segmentation.hidden and not _is_reached(layout, cell, segmentation, reach_cells)]


def _is_reached(layout: Layout, cell: Cell, segmentation: Segmentation, reach_cells: float) -> bool:
    corners = layout.corners_mm(cell)
    reach = reach_cells * (corners[2] - corners[0])
    near = _rectangle(corners[0] - reach, corners[2] + reach)
    return any(_overlap(near, people) for people in segmentation.people_mm)


def _rectangle(low: Floats, high: Floats) -> Floats:
    return np.array([low, [high[0], low[1]], high, [low[0], high[1]]])


def _overlap(box_mm: Floats, outline_mm: Floats) -> bool:
    """Whether an outline has a point in an upright box, or the box a corner in the outline."""
    inside = ((outline_mm >= box_mm[0]) & (outline_mm <= box_mm[2])).all(axis=1).any()
    contour = outline_mm.astype(np.float32).reshape(-1, 1, 2)
    return bool(inside) or any(cv2.pointPolygonTest(contour, (float(x), float(y)), False) >= 0 for x, y in box_mm)
