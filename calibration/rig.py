"""Frames and units of a board and its camera.

Four frames are in use, and every array of coordinates names the one it lives in:

- ``photo``: pixels of the photo as taken, after EXIF orientation; x right, y down.
- ``board``: millimetres on the board's plane; origin at the outer top-left corner of the grid of cells
  (headers not counted), x right, y down. Without a scale on the board a mean column is taken to be
  ``NOMINAL_COLUMN_MM`` wide: ratios are then right, absolute sizes are not (``Layout.scale_is_known``).
- ``sheet``: pixels of the rectified board.
- ``card``: pixels of one upright card crop.

A homography ``a_from_b`` takes homogeneous column vectors of frame b to frame a.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
"""Coordinates or a matrix; the shape and the frame stand in the name and docstring of what holds it."""

Image: TypeAlias = NDArray[np.uint8]
"""HxWx3 in BGR order, or HxW where a docstring says gray or mask."""

NOMINAL_COLUMN_MM = 200.0
"""Width given to a mean column while nothing on the board tells its scale."""


def readonly(array: NDArray[Any]) -> NDArray[Any]:
    """Return a read-only view of ``array``; the caller's own array stays writable."""
    view = array.view()
    view.flags.writeable = False
    return view


@dataclass(frozen=True, order=True)
class Cell:
    """One place of the grid, counted from 0 at the top left as the board hangs."""

    row: int
    column: int


def _between(edges_mm: Sequence[float], at_mm: float) -> int | None:
    """Which two edges hold a place, by the first; None outside of all."""
    index = int(np.searchsorted(edges_mm, at_mm, side="right")) - 1
    return index if 0 <= index < len(edges_mm) - 1 else None


@dataclass(frozen=True)
class Layout:
    """The grid of cells in the board frame.

    ``column_edges_mm`` has ``columns + 1`` rising values from 0, ``row_edges_mm`` ``rows + 1``.
    """

    columns: int
    rows: int
    column_edges_mm: tuple[float, ...]
    row_edges_mm: tuple[float, ...]
    scale_is_known: bool = False

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns, as arrays have it."""
        return self.rows, self.columns

    @property
    def width_mm(self) -> float:
        """Width of the grid of cells."""
        return self.column_edges_mm[-1]

    @property
    def height_mm(self) -> float:
        """Height of the grid of cells."""
        return self.row_edges_mm[-1]

    @property
    def cell_mm(self) -> tuple[float, float]:
        """Width and height of a mean cell."""
        return self.width_mm / self.columns, self.height_mm / self.rows

    def cells(self) -> tuple[Cell, ...]:
        """All cells, row by row."""
        return tuple(Cell(row, column) for row in range(self.rows) for column in range(self.columns))

    def cell_at(self, x_mm: float, y_mm: float) -> Cell | None:
        """The cell that holds a point of the board, or None outside the grid."""
        row, column = self.row_at(y_mm), self.column_at(x_mm)
        return None if row is None or column is None else Cell(row, column)

    def column_at(self, x_mm: float) -> int | None:
        """The column that a place lies in, also above or below the grid; None left or right of it."""
        return _between(self.column_edges_mm, x_mm)

    def row_at(self, y_mm: float) -> int | None:
        """The row that a place lies in, also left or right of the grid; None above or below it."""
        return _between(self.row_edges_mm, y_mm)

    def corners_mm(self, cell: Cell) -> Floats:
        """4x2 corners of a cell, clockwise from its top left."""
        left, right = self.column_edges_mm[cell.column : cell.column + 2]
        top, bottom = self.row_edges_mm[cell.row : cell.row + 2]
        return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])

    def grid_corners_mm(self) -> Floats:
        """4x2 outer corners of the grid of cells, clockwise from the top left."""
        return np.array([[0, 0], [self.width_mm, 0], [self.width_mm, self.height_mm], [0, self.height_mm]], dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Lens:
    """Brown-Conrady lens of a camera, as OpenCV models it.

    ``matrix`` 3x3 px; ``distortion`` (k1, k2, p1, p2, k3); ``size_px`` (width, height) of the photos it holds for;
    ``rms_px`` reprojection error of the fit.
    """

    matrix: Floats
    distortion: Floats
    size_px: tuple[int, int]
    rms_px: float

    @classmethod
    def radial(cls, focal_px: float, k1: float, size_px: tuple[int, int], rms_px: float) -> Lens:
        """A lens whose axis meets the middle of its photos, with radial distortion alone."""
        width, height = size_px
        matrix = np.array([[focal_px, 0, (width - 1) / 2], [0, focal_px, (height - 1) / 2], [0, 0, 1]])
        return cls(readonly(matrix), readonly(np.array([k1, 0, 0, 0, 0])), size_px, rms_px)


@dataclass(frozen=True, eq=False)
class Reference:
    """A first look at a board, from which later photos find it again.

    ``image``: HxW gray u8 picture of the rectified board; ``board_from_image`` 3x3 takes its pixels to board mm;
    ``points_px`` Nx2 keypoints in that picture on the parts that do not change (labels, lines, frame);
    ``descriptors`` NxD u8; ``photo_size_px`` and ``board_from_photo`` 3x3 (undistorted px) of the first photo; ``layout`` of the
    board as it hung then, which tells the changing cells from what stays; ``covered_mm`` outlines Nx2 of what seemed to stand before it.
    """

    image: Image
    board_from_image: Floats
    points_px: Floats
    descriptors: NDArray[np.uint8]
    photo_size_px: tuple[int, int]
    board_from_photo: Floats
    layout: Layout
    covered_mm: tuple[Floats, ...] = ()


@dataclass(frozen=True, eq=False)
class Rig:
    """All that is known of one board and the camera before it."""

    board_id: str
    layout: Layout
    reference: Reference | None = None
    lens: Lens | None = None
    notes: tuple[str, ...] = field(default=())
