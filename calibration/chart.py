"""A board's face as far as it is known: one gray picture of its plane, put together from whatever has been seen of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from calibration.features import Features, detect
from calibration.plane import inverse
from calibration.rig import Cell, Floats, Image, Layout, Reference, readonly
from calibration.steady import MARGIN_CELLS, steady_part

GRID_PX = 1600
"""Width of the grid in a chart: that of the people-free picture, from which most of it comes."""

MOST_HEIGHT = 3.0
"""Height of the grid over its width beyond which a chart is drawn with fewer px."""

KEYPOINTS = 4000
"""Of a whole chart; a close photo shows a sixth of it or less, and matching takes a hundred or two."""


@dataclass(frozen=True, eq=False)
class Chart:
    """What is known of a board's face.

    ``image`` HxW gray u8; ``known`` HxW u8, 255 where something was seen; ``board_from_image`` 3x3, its scale alike both ways;
    ``layout`` in whose millimetres it is drawn.
    """

    image: Image
    known: Image
    board_from_image: Floats
    layout: Layout

    @property
    def cell_px(self) -> tuple[float, float]:
        """Width and height of a mean cell in the picture."""
        mm_per_px = float(self.board_from_image[0, 0])
        width_mm, height_mm = self.layout.cell_mm
        return width_mm / mm_per_px, height_mm / mm_per_px

    def with_reference(self, reference: Reference) -> Chart:
        """The chart with the unchanging parts of a board's reference where nothing newer is known; the board's frame must be the same."""
        chart_from_reference = inverse(self.board_from_image) @ reference.board_from_image
        size = (self.image.shape[1], self.image.shape[0])
        picture = cv2.warpPerspective(reference.image, chart_from_reference, size, flags=cv2.INTER_LINEAR)
        reached = cv2.warpPerspective(steady_part(reference), chart_from_reference, size, flags=cv2.INTER_NEAREST)
        fresh = (reached > 0) & (self.known == 0)
        image = np.where(fresh, picture, self.image).astype(np.uint8)
        return Chart(readonly(image), readonly(np.where(fresh, 255, self.known).astype(np.uint8)), self.board_from_image, self.layout)

    def with_cells(self, picture: Image, cells: Sequence[Cell]) -> Chart:
        """The chart with some cells of a picture of the grid alone, HxW gray or HxWx3 BGR of any size."""
        image, known = self.image.copy(), self.known.copy()
        gray = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
        grid = self._box_px(self.layout.grid_corners_mm())
        resized = cv2.resize(gray, (grid[1].stop - grid[1].start, grid[0].stop - grid[0].start), interpolation=cv2.INTER_AREA)
        for cell in cells:
            box = self._box_px(self.layout.corners_mm(cell))
            inner = tuple(slice(side.start - whole.start, side.stop - whole.start) for side, whole in zip(box, grid, strict=True))
            image[box], known[box] = resized[inner], 255
        return Chart(readonly(image), readonly(known), self.board_from_image, self.layout)

    def _box_px(self, corners_mm: Floats) -> tuple[slice, slice]:
        low, high = np.rint((corners_mm[[0, 2]] - self.board_from_image[:2, 2]) / self.board_from_image[0, 0]).astype(int)
        return slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0]))


def blank_chart(layout: Layout) -> Chart:
    """A chart on which nothing is known yet."""
    margin = MARGIN_CELLS * max(layout.cell_mm)
    mm_per_px = max(layout.width_mm, layout.height_mm / MOST_HEIGHT) / GRID_PX
    shape = (round((layout.height_mm + 2 * margin) / mm_per_px), round((layout.width_mm + 2 * margin) / mm_per_px))
    board_from_image = np.array([[mm_per_px, 0, -margin], [0, mm_per_px, -margin], [0, 0, 1]])
    return Chart(readonly(np.zeros(shape, np.uint8)), readonly(np.zeros(shape, np.uint8)), readonly(board_from_image), layout)


@lru_cache(maxsize=2)
def features_of(chart: Chart) -> Features:
    """Keypoints where something is known; the rim of the known part is none."""
    inner = cv2.erode(chart.known, np.ones((9, 9), np.uint8))
    return detect(chart.image, KEYPOINTS, np.asarray(inner, dtype=np.uint8))
