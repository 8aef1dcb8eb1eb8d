"""How a board is seen in a photo: scale, blur, glare, light, where the camera stands, how much of each column is in the picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.lens import lens_for, undistorted
from calibration.plane import apply, density, focal_px, inverse
from calibration.rig import Floats, Image, Layout, Lens

GLARE_LEVEL = 252
"""Gray level of 255 from which all channels are at the end of the scale."""

REBLURS_PX = (1.0, 3.0)
"""Blurs added to measure the one that is there. The method is most exact where both are alike; the second is for blurs beyond 1.5 px."""

LEAST_SLOPE = 8.0
"""Gray levels a px below which an edge is noise, or wavy light: a column without one tells nothing of the blur."""

SAMPLES = (24, 48)
"""Places across and down each column at which it is asked whether the photo shows it: shares are true to 2 %."""

Mask: TypeAlias = NDArray[np.bool_]
EDGES = ("left", "right", "top", "bottom")


@dataclass(frozen=True)
class ColumnView:
    """How one column of cells is seen.

    ``mm_per_px`` where its cells are smallest, infinite where none is in the picture; ``blur_px`` standard deviation, None where nothing
    in it has an edge; ``glare`` share of it (0..1) burnt out; ``brightness`` 0..255 of its brighter quarter; ``inside`` share of it in
    the picture; ``cut_by`` the edge of the picture that takes most of the rest: "left", "right", "top", "bottom", or "".
    """

    mm_per_px: float
    blur_px: float | None
    glare: float
    brightness: float
    inside: float
    cut_by: str = ""


@dataclass(frozen=True)
class View:
    """How a board is seen.

    ``columns`` from left to right; ``mm_per_px`` at the middle of the grid, ``blur_px`` of the sharpest edges in it. The camera stands
    ``yaw_degrees`` to the right and ``pitch_degrees`` below the line that is square on the board's middle (negative: left, above),
    ``distance_mm`` away from it. ``fills``: share of the picture's width or height that the grid takes, the larger. ``scale_is_known``:
    else all mm are nominal, a mean column counting as ``NOMINAL_COLUMN_MM``.
    """

    columns: tuple[ColumnView, ...]
    mm_per_px: float
    blur_px: float
    yaw_degrees: float
    pitch_degrees: float
    distance_mm: float
    fills: float
    scale_is_known: bool = False

    @property
    def tilt_degrees(self) -> float:
        """Angle off square, whichever way."""
        yaw, pitch = np.tan(np.radians([self.yaw_degrees, self.pitch_degrees]))
        return float(np.degrees(np.arctan(np.hypot(yaw, pitch))))

    @property
    def glare(self) -> float:
        """Share of the grid burnt out, columns counted alike."""
        return float(np.mean([column.glare for column in self.columns]))


def look(image_bgr: Image, board_from_photo: Floats, layout: Layout, lens: Lens | None = None) -> View:
    """Measure a view: HxWx3 photo as taken, 3x3 pose from undistorted px."""
    size = (image_bgr.shape[1], image_bgr.shape[0])
    lens = lens_for(lens, size)
    photo = undistorted(image_bgr, lens)
    photo_from_board = inverse(board_from_photo)
    corners_px = apply(photo_from_board, layout.grid_corners_mm())
    focal = float(lens.matrix[0, 0]) if lens else focal_px(corners_px, size)
    middle_mm = np.array([layout.width_mm / 2, layout.height_mm / 2])
    across, down, away = (_camera_mm(photo_from_board, focal, size) - (*middle_mm, 0)).tolist()
    return View(
        columns=tuple(_column(photo, board_from_photo, layout, index) for index in range(layout.columns)),
        mm_per_px=float(density(board_from_photo, apply(photo_from_board, middle_mm[None])[0])[1]),
        blur_px=_blur_px(_box(photo, corners_px)[0]) or float(max(size)) / 100,
        yaw_degrees=float(np.degrees(np.arctan2(across, abs(away)))),
        pitch_degrees=float(np.degrees(np.arctan2(down, abs(away)))),
        distance_mm=float(np.linalg.norm([across, down, away])),
        fills=float((np.ptp(corners_px, axis=0) / np.array(size)).max()),
        scale_is_known=layout.scale_is_known,
    )


def _column(photo: Image, board_from_photo: Floats, layout: Layout, index: int) -> ColumnView:
    photo_from_board = inverse(board_from_photo)
    size = np.array(photo.shape[1::-1])
    places_px = apply(photo_from_board, _places(layout, index, SAMPLES))
    inside = ((places_px >= 0) & (places_px < size)).all(axis=1)
    probes_px = apply(photo_from_board, _places(layout, index, (3, layout.rows)))
    probes_px = probes_px[((probes_px >= 0) & (probes_px < size)).all(axis=1)]
    box, mask = _box(photo, apply(photo_from_board, _outline_mm(layout, index)))
    seen = box[mask] if mask.any() else np.zeros((1, 3), np.uint8)
    return ColumnView(
        mm_per_px=max((float(density(board_from_photo, place)[1]) for place in probes_px), default=np.inf),
        blur_px=_blur_px(box),
        glare=float((seen.min(axis=1) >= GLARE_LEVEL).mean()),
        brightness=float(np.percentile(seen.max(axis=1), 75)),
        inside=float(inside.mean()),
        cut_by=_cut_by(places_px, size),
    )


def _cut_by(places_px: Floats, size: NDArray[Any]) -> str:
    """The edge of the picture beyond which most places lie."""
    beyond = [*(places_px < 0).sum(axis=0).tolist(), *(places_px >= size).sum(axis=0).tolist()]
    by_edge = dict(zip(("left", "top", "right", "bottom"), beyond, strict=True))
    most = max(EDGES, key=lambda edge: by_edge[edge])
    return most if by_edge[most] else ""


def _outline_mm(layout: Layout, index: int) -> Floats:
    """4x2 corners of a column."""
    left, right = layout.column_edges_mm[index : index + 2]
    return np.array([[left, 0], [right, 0], [right, layout.height_mm], [left, layout.height_mm]])


def _places(layout: Layout, index: int, count: tuple[int, int]) -> Floats:
    """Nx2 places on the board in mm, so many across and down a column, its rims included."""
    left, right = layout.column_edges_mm[index : index + 2]
    across, down = np.linspace(left, right, count[0]), np.linspace(0, layout.height_mm, count[1])
    return np.stack(np.meshgrid(across, down), axis=-1).reshape(-1, 2)


def _box(photo: Image, outline_px: Floats) -> tuple[Image, Mask]:
    """The bounding box of a quadrangle in the photo, HxWx3, at least one px; and HxW which of it lies within the quadrangle."""
    low = np.clip(outline_px.min(axis=0), 0, np.array(photo.shape[1::-1]) - 1).astype(int)
    high = np.clip(outline_px.max(axis=0), low + 1, photo.shape[1::-1]).astype(int)
    mask = np.zeros((high - low)[::-1], np.uint8)
    reach = 4 * max(photo.shape)  # a corner far outside tells no more than one a little outside, and may not overflow
    cv2.fillConvexPoly(mask, (np.clip(outline_px, -reach, reach) - low).round().astype(np.int32), 1)
    return photo[low[1] : high[1], low[0] : high[0]], mask.astype(bool)


def _blur_px(image_bgr: Image) -> float | None:
    """Standard deviation of the blur of the sharpest edges, from how much a further blur weakens them; None where there are no edges.

    For an edge of blur s, blurring by t divides the gradient by sqrt(1 + t^2 / s^2) (Zhuo & Sim, "Defocus map estimation from a
    single image", Pattern Recognition 44, 2011).
    """
    gray = cv2.cvtColor(image_bgr, cv2.COLOR_BGR2GRAY).astype(np.float32)
    first = _blur_by(gray, REBLURS_PX[0])
    if first is None or first <= 1.5 * REBLURS_PX[0]:
        return first
    return _blur_by(cv2.GaussianBlur(gray, (0, 0), REBLURS_PX[0]), REBLURS_PX[1])


def _blur_by(gray: NDArray[Any], reblur: float) -> float | None:
    slope = _slope(gray)
    edges = slope > max(float(np.percentile(slope, 98)), LEAST_SLOPE)
    if not edges.any():
        return None
    ratio = slope[edges] / np.maximum(_slope(cv2.GaussianBlur(gray, (0, 0), reblur))[edges], 1e-3)
    return float(reblur / np.sqrt(max(float(np.percentile(ratio, 75)) ** 2 - 1, 1e-3)))


def _slope(gray: NDArray[Any]) -> NDArray[np.float32]:
    return np.asarray(cv2.magnitude(cv2.Sobel(gray, cv2.CV_32F, 1, 0), cv2.Sobel(gray, cv2.CV_32F, 0, 1)), dtype=np.float32)


def _camera_mm(photo_from_board: Floats, focal: float, size_px: tuple[int, int]) -> Floats:
    """Where the camera stands, x y z in mm of the board; z is 0 on the board.

    The first two columns of a turn and the third of a shift are what a homography of a plane holds (Zhang, PAMI 22, 2000, section 3.1).
    """
    to_rays = np.array([[1 / focal, 0, -size_px[0] / 2 / focal], [0, 1 / focal, -size_px[1] / 2 / focal], [0, 0, 1]])
    pose = to_rays @ photo_from_board
    x, y, place = (pose / np.sqrt(np.linalg.norm(pose[:, 0]) * np.linalg.norm(pose[:, 1]))).T
    turn, _, rest = np.linalg.svd(np.column_stack([x, y, np.cross(x, y)]))
    return np.asarray(-(turn @ rest).T @ place, dtype=np.float64)
