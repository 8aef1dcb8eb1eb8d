"""The people-free picture of a board, put together cell by cell from the last look in which nobody stood before it.

Only cells are shown as photographed. What lies outside the grid (where people stand, and where a wall may tell who they are) is never in
the picture; rooms and slots are typeset from the event instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

import cv2
import numpy as np

from calibration.rig import Cell, Floats, Image, Layout, readonly
from digitizer.frames import inverse
from digitizer.model import Segmentation, Sheet
from digitizer.settings import ComposeSettings


@dataclass(frozen=True, eq=False)
class Picture:
    """A composed board. ``image`` HxWx3 u8 BGR of the grid of cells alone; ``seen_at`` when each cell was last taken over."""

    image: Image
    layout: Layout
    seen_at: Mapping[Cell, datetime]


def compose(
    before: Picture | None,
    sheet: Sheet,
    layout: Layout,
    segmentation: Segmentation,
    taken_at: datetime,
    settings: ComposeSettings | None = None,
) -> Picture:
    """Take over the cells that are in clear view; the others stay as they were, or hatched if they were never seen."""
    settings = settings or ComposeSettings()
    size = _size_px(layout, settings)
    start = before if before is not None and before.layout == layout else None
    image = start.image.copy() if start else _hatched(size)
    seen_at = dict(start.seen_at) if start else {}
    look, in_view = _look(sheet, layout, size, settings)
    for cell in _clear_cells(layout, segmentation, settings):
        box = _box_px(layout, cell, size)
        if in_view[box].all():
            image[box] = look[box]
            seen_at[cell] = taken_at
    return Picture(readonly(image), layout, MappingProxyType(seen_at))


def _size_px(layout: Layout, settings: ComposeSettings) -> tuple[int, int]:
    height = layout.height_mm / layout.width_mm * settings.width_px
    return settings.width_px, round(min(height, settings.most_height * settings.width_px))


def _look(sheet: Sheet, layout: Layout, size: tuple[int, int], settings: ComposeSettings) -> tuple[Image, np.ndarray]:
    """The grid of this look at the picture's size, its light brought to one level, and HxW bool where the photo reaches."""
    width, height = size
    board_from_picture = np.diag([layout.width_mm / width, layout.height_mm / height, 1.0])
    sheet_from_picture = inverse(sheet.board_from_sheet) @ board_from_picture
    flags = cv2.INTER_AREA | cv2.WARP_INVERSE_MAP
    look = cv2.warpPerspective(sheet.even, sheet_from_picture, size, flags=flags)
    seen = cv2.warpPerspective(sheet.seen.astype(np.uint8), sheet_from_picture, size, flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP)
    board_level = max(1.0, float(np.median(look.max(axis=2))))
    gain = float(np.clip(settings.board_level / board_level, 1 / settings.most_gain, settings.most_gain))
    return np.asarray(cv2.convertScaleAbs(look, alpha=gain), np.uint8), seen > 0


def _clear_cells(layout: Layout, segmentation: Segmentation, settings: ComposeSettings) -> list[Cell]:
    """Cells that neither hide behind somebody nor lie within reach of one."""
    every = [Cell(row, column) for row in range(layout.rows) for column in range(layout.columns)]
    return [cell for cell in every if cell not in segmentation.hidden and not _is_reached(layout, cell, segmentation, settings)]


def _is_reached(layout: Layout, cell: Cell, segmentation: Segmentation, settings: ComposeSettings) -> bool:
    corners = layout.corners_mm(cell)
    reach = settings.reach_cells * (corners[2] - corners[0])
    near = _rectangle(corners[0] - reach, corners[2] + reach)
    return any(_overlap(near, people) for people in segmentation.people_mm)


def _rectangle(low: Floats, high: Floats) -> Floats:
    return np.array([low, [high[0], low[1]], high, [low[0], high[1]]])


def _overlap(box_mm: Floats, outline_mm: Floats) -> bool:
    """Whether an outline has a point in an upright box, or the box a corner in the outline."""
    inside = ((outline_mm >= box_mm[0]) & (outline_mm <= box_mm[2])).all(axis=1).any()
    contour = outline_mm.astype(np.float32).reshape(-1, 1, 2)
    return bool(inside) or any(cv2.pointPolygonTest(contour, (float(x), float(y)), False) >= 0 for x, y in box_mm)


def _box_px(layout: Layout, cell: Cell, size: tuple[int, int]) -> tuple[slice, slice]:
    scale = np.array(size) / [layout.width_mm, layout.height_mm]
    (left, top), (right, bottom) = np.rint(layout.corners_mm(cell)[[0, 2]] * scale).astype(int)
    return slice(int(top), int(bottom)), slice(int(left), int(right))


def _hatched(size: tuple[int, int]) -> Image:
    """Diagonal stripes of two light grays: here nobody has seen anything yet."""
    width, height = size
    y, x = np.mgrid[:height, :width]
    gray = np.where((x + y) // 14 % 2 == 0, 226, 236).astype(np.uint8)
    return np.repeat(gray[..., None], 3, axis=2)
