"""What a view of a board is good for, and what to change about it, in sentences an organizer can follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.lens import lens_for, undistorted
from calibration.plane import apply, density, focal_px, inverse
from calibration.rig import Floats, Image, Layout, Lens

GOOD_MM_PER_PX = 0.63
"""A 5 inch card is then 200 px across, which lines of four words need. Nominal mm do as well: a mean column holds one such card."""

POOR_MM_PER_PX = 0.95
"""At 133 px a card, titles are guessed rather than read (800 px wide photos of real boards: half the characters wrong)."""

MOST_BLUR_MM = 1.2
"""Standard deviation of the blur on the board: half the stroke of a marker."""

MOST_GLARE = 0.02
"""Share of the grid burnt out: half a card on a board of 25."""

GLARE_LEVEL, DARK_LEVEL = 252, 45
"""Gray levels of 255: all channels at the end of the scale; a bright quarter of the board so low that noise eats pencil."""

MOST_TILT_DEGREES = 40.0
"""Angle off square from which cards on the far side lose a quarter of their width, and paper begins to shine."""

WHOLE = 0.995
"""Share of a column in the frame that counts as all of it."""

REBLURS_PX = (1.0, 3.0)
"""Blurs added to measure the one that is there. The method is most exact where both are alike; the second is for blurs beyond 1.5 px."""


@dataclass(frozen=True)
class View:
    """How a board is seen.

    ``mm_per_px`` at the middle and, as ``worst_mm_per_px``, where cells are smallest; ``blur_mm`` standard deviation; ``glare`` share of
    the grid burnt out; ``brightness`` 0..255 of the grid's brighter quarter; ``tilt_degrees`` off square;
    ``distance_mm`` estimated; ``columns`` share of each column inside the frame, left to right.
    """

    mm_per_px: float
    worst_mm_per_px: float
    blur_mm: float
    glare: float
    brightness: float
    tilt_degrees: float
    distance_mm: float
    columns: tuple[float, ...]


def look(image_bgr: Image, board_from_photo: Floats, layout: Layout, lens: Lens | None = None) -> View:
    """Measure a view: HxWx3 photo as taken, 3x3 pose from undistorted px."""
    size = (image_bgr.shape[1], image_bgr.shape[0])
    lens = lens_for(lens, size)
    photo = undistorted(image_bgr, lens)
    photo_from_board = inverse(board_from_photo)
    places_mm = _places(layout)
    places_px = apply(photo_from_board, places_mm)
    inside = ((places_px >= 0) & (places_px < np.array(size))).all(axis=1)
    scales = [float(density(board_from_photo, place)[1]) for place in places_px[inside]] or [np.inf]
    middle = float(density(board_from_photo, apply(photo_from_board, np.array([[layout.width_mm / 2, layout.height_mm / 2]]))[0])[1])
    focal = float(lens.matrix[0, 0]) if lens else focal_px(apply(photo_from_board, layout.grid_corners_mm()), size)
    grid = _inside_grid(photo, photo_from_board, layout)
    return View(
        mm_per_px=middle,
        worst_mm_per_px=max(scales),
        blur_mm=_blur_px(grid) * middle,
        glare=float((grid.min(axis=2) >= GLARE_LEVEL).mean()),
        brightness=float(np.percentile(grid.max(axis=2), 75)),
        tilt_degrees=_tilt_degrees(photo_from_board, focal, size),
        distance_mm=focal * middle,
        columns=tuple(inside.reshape(-1, layout.columns, 3).mean(axis=(0, 2)).tolist()),
    )


def advise(view: View, labels: tuple[str, ...] = ()) -> tuple[str, ...]:
    """What to change, the most important first; empty where nothing is amiss. ``labels`` name the columns, left to right."""
    return tuple(s for s in (_framing(view, labels), _nearness(view), _tilt(view), _sharpness(view), _light(view), _glare(view)) if s)


def quality(view: View) -> str:
    """What to expect of the reading: "good", "doubtful" or "poor"."""
    if view.worst_mm_per_px > POOR_MM_PER_PX or view.blur_mm > 2 * MOST_BLUR_MM or min(view.columns) < WHOLE:
        return "poor"
    fine = view.worst_mm_per_px <= GOOD_MM_PER_PX and view.blur_mm <= MOST_BLUR_MM and view.glare <= MOST_GLARE
    return "good" if fine and view.tilt_degrees <= MOST_TILT_DEGREES and view.brightness >= DARK_LEVEL else "doubtful"


def _framing(view: View, labels: tuple[str, ...]) -> str:
    missing = [i for i, share in enumerate(view.columns) if share < WHOLE]
    if not missing:
        return ""
    names = ", ".join(f"{labels[i] if i < len(labels) else f'column {i + 1}'} ({view.columns[i]:.0%} in view)" for i in missing)
    last = len(view.columns) - 1
    if len(missing) > last or {0, last} <= set(missing):
        way = "step back"
    else:
        way = "turn the camera to the left" if 0 in missing else "turn the camera to the right" if last in missing else "step back"
    return f"The picture cuts off {names}: {way}."


def _nearness(view: View) -> str:
    if view.worst_mm_per_px <= GOOD_MM_PER_PX:
        return ""
    card = 200 * GOOD_MM_PER_PX / view.worst_mm_per_px
    closer = view.distance_mm / 1000 * (1 - GOOD_MM_PER_PX / view.worst_mm_per_px)
    step = f"step about {closer:.1f} m closer" if closer >= 0.15 else "step a little closer"
    scale = f"{view.worst_mm_per_px:.2f} mm a pixel; 200 px are needed"
    return f"A card is only about {card:.0f} px across where it is smallest ({scale}): {step}."


def _tilt(view: View) -> str:
    if view.tilt_degrees <= MOST_TILT_DEGREES:
        return ""
    return f"The board is seen {view.tilt_degrees:.0f} degrees off square: stand more in front of it ({MOST_TILT_DEGREES:.0f} at most)."


def _sharpness(view: View) -> str:
    if view.blur_mm <= MOST_BLUR_MM:
        return ""
    return f"The picture is blurred by {view.blur_mm:.1f} mm on the board: hold still, focus on the board, or give more light."


def _light(view: View) -> str:
    if view.brightness >= DARK_LEVEL:
        return ""
    return f"The board is dark (its brighter parts at {view.brightness / 255:.0%} of the scale): switch a light on or expose longer."


def _glare(view: View) -> str:
    if view.glare <= MOST_GLARE:
        return ""
    return f"{view.glare:.0%} of the grid is burnt out by glare or exposure: move a lamp or the camera aside, or expose less."


def _places(layout: Layout) -> Floats:
    """(rows * columns * 3)x2 places on the board in mm: left, middle and right of each cell, row by row."""
    rows, columns = np.array(layout.row_edges_mm), np.array(layout.column_edges_mm)
    across = (columns[:-1, None] + np.diff(columns)[:, None] * np.array([0.02, 0.5, 0.98])).ravel()
    down = (rows[:-1] + rows[1:]) / 2
    return np.stack(np.meshgrid(across, down), axis=-1).reshape(-1, 2)


def _inside_grid(photo: Image, photo_from_board: Floats, layout: Layout) -> Image:
    """The bounding box of the grid in the photo, HxWx3, at least one px."""
    corners = apply(photo_from_board, layout.grid_corners_mm())
    low = np.clip(corners.min(axis=0), 0, np.array(photo.shape[1::-1]) - 1).astype(int)
    high = np.clip(corners.max(axis=0), low + 1, photo.shape[1::-1]).astype(int)
    return photo[low[1] : high[1], low[0] : high[0]]


def _blur_px(image_bgr: Image) -> float:
    """Standard deviation of the blur of the sharpest edges, from how much a further blur weakens them.

    For an edge of blur s, blurring by t divides the gradient by sqrt(1 + t^2 / s^2) (Zhuo & Sim, "Defocus map estimation from a
    single image", Pattern Recognition 44, 2011).
    """
    gray = cv2.cvtColor(image_bgr, cv2.COLOR_BGR2GRAY).astype(np.float32)
    first = _blur_by(gray, REBLURS_PX[0])
    return first if first <= 1.5 * REBLURS_PX[0] else _blur_by(cv2.GaussianBlur(gray, (0, 0), REBLURS_PX[0]), REBLURS_PX[1])


def _blur_by(gray: NDArray[Any], reblur: float) -> float:
    slope = _slope(gray)
    edges = slope > max(float(np.percentile(slope, 98)), 8.0)
    if not edges.any():
        return float(max(gray.shape)) / 100
    ratio = slope[edges] / np.maximum(_slope(cv2.GaussianBlur(gray, (0, 0), reblur))[edges], 1e-3)
    return float(reblur / np.sqrt(max(float(np.percentile(ratio, 75)) ** 2 - 1, 1e-3)))


def _slope(gray: NDArray[Any]) -> NDArray[np.float32]:
    return np.asarray(cv2.magnitude(cv2.Sobel(gray, cv2.CV_32F, 1, 0), cv2.Sobel(gray, cv2.CV_32F, 0, 1)), dtype=np.float32)


def _tilt_degrees(photo_from_board: Floats, focal: float, size_px: tuple[int, int]) -> float:
    """Angle between the camera's axis and the board's normal."""
    to_rays = np.array([[1 / focal, 0, -size_px[0] / 2 / focal], [0, 1 / focal, -size_px[1] / 2 / focal], [0, 0, 1]])
    x, y = (to_rays @ photo_from_board)[:, :2].T
    normal = np.cross(x, y)
    return float(np.degrees(np.arccos(min(abs(normal[2]) / np.linalg.norm(normal), 1.0))))
