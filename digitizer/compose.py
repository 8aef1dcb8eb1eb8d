"""The people-free picture of a board, put together cell by cell from the clearest recent look in which nobody stood before it.

Only cells are shown as photographed. What lies outside the grid (where people stand, and where a wall may tell who they are) is never in
the picture; rooms and slots are typeset from the event instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

import cv2
import numpy as np

from calibration.chart import Chart, blank_chart
from calibration.plane import inverse
from calibration.rig import Cell, Image, Layout, Rig, readonly
from digitizer.clearest import Hung, Look, Verdict, View, clearer, hung_in, judged, new_in
from digitizer.frames import transform
from digitizer.inview import clear_cells
from digitizer.model import Segmentation, Sheet
from digitizer.settings import ClearestSettings, ComposeSettings


@dataclass(frozen=True, eq=False)
class Picture:
    """A composed board.

    ``image`` HxWx3 u8 BGR of the grid of cells alone; ``seen_at`` when each cell was last seen to look as it is shown; ``looks`` that
    by which it is shown, where that is known; ``doubted`` what the last look showed otherwise, and no card explains.
    """

    image: Image
    layout: Layout
    seen_at: Mapping[Cell, datetime]
    looks: Mapping[Cell, Look] = field(default_factory=lambda: MappingProxyType({}))
    doubted: Mapping[Cell, View] = field(default_factory=lambda: MappingProxyType({}))


def compose(
    before: Picture | None,
    sheet: Sheet,
    layout: Layout,
    segmentation: Segmentation,
    taken_at: datetime,
    settings: ComposeSettings | None = None,
) -> Picture:
    """Show each cell that is in clear view by its clearest recent look; the others stay as they were, or hatched if never seen.

    Of the earlier looks only what is shown is kept, and of the last one what differs from it and has to be seen again.
    """
    settings = settings or ComposeSettings()
    start = before if before is not None and _same_shape(before.layout, layout) else None
    canvas = Canvas.of(start, layout, settings)
    light = _light(sheet, layout)
    clear = clear_cells(layout, segmentation, settings.reach_cells)
    hung = {cell: hung_in(segmentation.cards, layout, cell) for cell in clear}
    arrived = {cell: new_in(cards, canvas.looks.get(cell), settings.clearest) for cell, cards in hung.items()}
    for cell in clear:
        view = _view(sheet, layout, cell, canvas.box_px(cell), Look(taken_at, light, hung[cell]), settings)
        if view is not None and canvas.seen_at.get(cell, taken_at) <= taken_at:
            canvas.show(cell, replace(view, arrived=_elsewhere(arrived, cell)), settings.clearest)
    return canvas.picture()


@dataclass(eq=False)
class Canvas:
    """A picture that is being made."""

    image: Image
    layout: Layout
    seen_at: dict[Cell, datetime]
    looks: dict[Cell, Look]
    doubted: dict[Cell, View]

    @classmethod
    def of(cls, before: Picture | None, layout: Layout, settings: ComposeSettings) -> Canvas:
        """A copy of a picture, or an empty one."""
        if before is None:
            return cls(_hatched(_size_px(layout, settings)), layout, {}, {}, {})
        return cls(before.image.copy(), before.layout, dict(before.seen_at), dict(before.looks), dict(before.doubted))

    def box_px(self, cell: Cell) -> tuple[slice, slice]:
        """Where a cell is."""
        return _box_px(self.layout, cell, (self.image.shape[1], self.image.shape[0]))

    def show(self, cell: Cell, view: View, settings: ClearestSettings) -> None:
        """Hold a view against what is shown of a cell, and take the clearer one."""
        box, verdict, shift = self.box_px(cell), Verdict.TAKEN, (0, 0)
        if cell in self.seen_at:
            verdict, shift = judged(view, self.image[box], self.looks.get(cell), self.doubted.get(cell), settings)
        doubted = self.doubted.pop(cell, None)
        if verdict is Verdict.DOUBTED:
            self.doubted[cell] = view
        if verdict in (Verdict.TAKEN, Verdict.BORNE_OUT):
            best = clearer(view, doubted, settings) if verdict is Verdict.BORNE_OUT and doubted else view
            self.image[box], self.looks[cell] = best.at(shift), best.look
        if verdict in (Verdict.TAKEN, Verdict.BORNE_OUT, Verdict.KEPT):
            self.seen_at[cell] = view.look.taken_at

    def picture(self) -> Picture:
        """What has become of it."""
        seen_at, looks, doubted = MappingProxyType(self.seen_at), MappingProxyType(self.looks), MappingProxyType(self.doubted)
        return Picture(readonly(self.image), self.layout, seen_at, looks, doubted)


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


def _elsewhere(arrived: Mapping[Cell, tuple[Hung, ...]], cell: Cell) -> tuple[Hung, ...]:
    """Cards that arrived in other cells than this."""
    return tuple(card for other, cards in arrived.items() if other != cell for card in cards)


def _same_shape(one: Layout, other: Layout) -> bool:
    """Whether two layouts have the same cells: where exactly their lines lie is measured anew in each photo without a calibration."""
    return one.shape == other.shape


def _size_px(layout: Layout, settings: ComposeSettings) -> tuple[int, int]:
    height = layout.height_mm / layout.width_mm * settings.width_px
    return settings.width_px, round(min(height, settings.most_height * settings.width_px))


def _light(sheet: Sheet, layout: Layout) -> float:
    """How bright the board's middle is, 0 to 255."""
    corners = transform(inverse(sheet.board_from_sheet), layout.grid_corners_mm())
    (left, top), (right, bottom) = np.maximum(np.rint(corners[[0, 2]]), 0).astype(int)
    return max(1.0, float(np.median(sheet.even[top:bottom:8, left:right:8].max(axis=2))))


def _view(sheet: Sheet, layout: Layout, cell: Cell, box: tuple[slice, slice], look: Look, settings: ComposeSettings) -> View | None:
    """A cell of this look for a ``box`` of the picture, at the light that all are brought to; None where the photo does not reach it."""
    height, width = box[0].stop - box[0].start, box[1].stop - box[1].start
    rim = settings.clearest.rim_px
    corners_px = transform(inverse(sheet.board_from_sheet), layout.corners_mm(cell)).astype(np.float32)
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) + rim
    look_from_sheet, size = cv2.getPerspectiveTransform(corners_px, target), (width + 2 * rim, height + 2 * rim)
    seen = cv2.warpPerspective(sheet.seen.astype(np.uint8), look_from_sheet, size, flags=cv2.INTER_NEAREST)
    if not seen[rim:-rim, rim:-rim].all():
        return None
    even, taken = (
        cv2.warpPerspective(image, look_from_sheet, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
        for image in (sheet.even, sheet.image)
    )
    gain = float(np.clip(settings.board_level / look.light, 1 / settings.most_gain, settings.most_gain))
    burnt = taken.min(axis=2) >= settings.clearest.burnt_gray
    return View(readonly(cv2.convertScaleAbs(even, alpha=gain)), readonly(burnt), rim, look)


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
