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

from calibration.chart import Chart, blank_chart
from calibration.rig import Cell, Floats, Image, Layout, Rig, readonly
from digitizer.frames import inverse, transform
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
    start = before if before is not None and _same_shape(before.layout, layout) else None
    frame = start.layout if start else layout
    image = start.image.copy() if start else _hatched(_size_px(layout, settings))
    seen_at = dict(start.seen_at) if start else {}
    gain = _gain(sheet, layout, settings)
    for cell in _clear_cells(layout, segmentation, settings):
        box = _box_px(frame, cell, (image.shape[1], image.shape[0]))
        look, in_view = _cell_look(sheet, layout, cell, image[box].shape[:2])
        if in_view and seen_at.get(cell, taken_at) <= taken_at:
            image[box] = cv2.convertScaleAbs(look, alpha=gain)
            seen_at[cell] = taken_at
    return Picture(readonly(image), frame, MappingProxyType(seen_at))


def chart_of(picture: Picture | None, rig: Rig | None) -> Chart | None:
    """What is known of a board by its people-free picture and the unchanging parts of its calibration; None where that is nothing."""
    layout = picture.layout if picture else rig.layout if rig else None
    reference = rig.reference if rig and rig.layout == layout else None
    if layout is None or (picture is None and reference is None):
        return None
    chart = blank_chart(layout)
    chart = chart.with_cells(picture.image, list(picture.seen_at)) if picture else chart
    return chart.with_reference(reference) if reference else chart


def cell_picture(picture: Picture, cell: Cell) -> Image | None:
    """A cell as it was last in clear view, HxWx3 u8 BGR; None where it never was, or is none of the picture's."""
    if cell not in picture.seen_at:
        return None
    height, width = picture.image.shape[:2]
    return picture.image[_box_px(picture.layout, cell, (width, height))]


def _same_shape(one: Layout, other: Layout) -> bool:
    """Whether two layouts have the same cells: where exactly their lines lie is measured anew in each photo without a calibration."""
    return (one.rows, one.columns) == (other.rows, other.columns)


def _size_px(layout: Layout, settings: ComposeSettings) -> tuple[int, int]:
    height = layout.height_mm / layout.width_mm * settings.width_px
    return settings.width_px, round(min(height, settings.most_height * settings.width_px))


def _gain(sheet: Sheet, layout: Layout, settings: ComposeSettings) -> float:
    """What brings the board's middle to one level in every look."""
    corners = transform(inverse(sheet.board_from_sheet), layout.grid_corners_mm())
    (left, top), (right, bottom) = np.maximum(np.rint(corners[[0, 2]]), 0).astype(int)
    level = max(1.0, float(np.median(sheet.even[top:bottom:8, left:right:8].max(axis=2))))
    return float(np.clip(settings.board_level / level, 1 / settings.most_gain, settings.most_gain))


def _cell_look(sheet: Sheet, layout: Layout, cell: Cell, shape: tuple[int, ...]) -> tuple[Image, bool]:
    """A cell of this look at ``shape`` (height, width), and whether the photo reaches all of it."""
    height, width = shape[:2]
    corners_px = transform(inverse(sheet.board_from_sheet), layout.corners_mm(cell)).astype(np.float32)
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    look_from_sheet = cv2.getPerspectiveTransform(corners_px, target)
    look = cv2.warpPerspective(sheet.even, look_from_sheet, (width, height), flags=cv2.INTER_AREA)
    seen = cv2.warpPerspective(sheet.seen.astype(np.uint8), look_from_sheet, (width, height), flags=cv2.INTER_NEAREST)
    return np.asarray(look, np.uint8), bool(seen.all())


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
