"""A camera's lens: measured from photos of a ChArUco target, undone in photos.

The target is a chessboard with ArUco markers in its white squares (Garrido-Jurado et al., Pattern Recognition 47, 2014), so that
a photo counts even where the target runs out of the frame. The fit is Zhang's (PAMI 22, 2000) as OpenCV has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from calibration.plane import resizing
from calibration.rig import Floats, Image, Lens, readonly

LEAST_CORNERS = 12
"""Chessboard corners that a photo must show: a homography takes 4, the rest says how the lens bends."""

LEAST_VIEWS = 5
"""Photos that must count: with fewer, focal length and distortion pass for each other."""

WORST_RMS_PX_PER_MEGAPIXEL_ROOT = 1.0
"""Reprojection error, px for each square root of a megapixel, from which on a fit is no lens but a moving or bent target."""

LEAST_TILT = 0.12
"""Sine of the least tilt of the most tilted photo (7 degrees): square-on views alone leave the focal length open."""

LEAST_SPREAD = 0.5
"""Share of the photo's width and height that all corners together must span: distortion shows at the rim."""

RASTER = 6
"""Fields across and down the picture by which it is told how much of it the target was seen in."""

LENS_IS_WORTH_PX = 0.3
"""Shift at the photo's corners below which undoing a lens is not worth a resampling."""


@dataclass(frozen=True)
class Target:
    """A ChArUco target: ``columns`` x ``rows`` squares of ``square_mm``, markers of ``marker_mm`` from a predefined ``dictionary``.

    The one of the kit fits on A4 and on Letter; how large it is printed makes no difference to the lens.
    """

    columns: int = 7
    rows: int = 5
    square_mm: float = 34.0
    marker_mm: float = 25.5
    dictionary: int = cv2.aruco.DICT_4X4_50

    def board(self) -> cv2.aruco.CharucoBoard:
        """The target as OpenCV describes it."""
        dictionary = cv2.aruco.getPredefinedDictionary(self.dictionary)
        return cv2.aruco.CharucoBoard((self.columns, self.rows), self.square_mm, self.marker_mm, dictionary)


@dataclass(frozen=True, eq=False)
class Sighting:
    """Corners of the target in one photo: ``points_px`` Nx2 and ``target_mm`` Nx3."""

    points_px: Floats
    target_mm: Floats


@dataclass(frozen=True, eq=False)
class LensFit:
    """A lens and what it rests on: ``used`` of ``given`` photos, all ``corners`` in them, and the share of the picture that they cover."""

    lens: Lens
    used: int
    given: int
    corners: int
    covered: float


def measure_lens(photos: Iterable[Image], target: Target | None = None) -> LensFit:
    """The lens of the camera that took ``photos`` (HxWx3 BGR or HxW gray, all of one size) of the target; one at a time is in memory.

    Raises ``ValueError`` that says which photo shows how many corners, and what to do.
    """
    sizes, seen = set(), []
    for photo in photos:
        sizes.add((photo.shape[1], photo.shape[0]))
        seen.append(sight(photo, target or Target()))
    if not seen:
        raise ValueError(f"No photos of the target were given; {LEAST_VIEWS} are needed.")
    if len(sizes) > 1:
        raise ValueError(f"The photos have different sizes: {sorted(sizes)}. Take all with the same camera and setting.")
    usable = [s for s in seen if len(s.points_px) >= LEAST_CORNERS and not _in_line(s.target_mm)]
    if len(usable) < LEAST_VIEWS:
        counts = ", ".join(str(len(s.points_px)) for s in seen)
        raise ValueError(
            f"{len(usable)} of {len(seen)} photos show enough of the target; {LEAST_VIEWS} are needed with {LEAST_CORNERS} corners each, "
            f"not in one line. Corners found: {counts}. Come closer, light it evenly, and keep it flat."
        )
    size = sizes.pop()
    _check_spread(usable, size)
    points = np.vstack([s.points_px for s in usable])
    return LensFit(_fit(usable, size), len(usable), len(seen), len(points), _covered(points, size))


def sight(photo: Image, target: Target) -> Sighting:
    """Corners of the target in a photo; none where it is not seen."""
    gray = photo if photo.ndim == 2 else np.asarray(cv2.cvtColor(photo, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
    board = target.board()
    corners, ids, _, _ = cv2.aruco.CharucoDetector(board).detectBoard(gray)
    if ids is None or len(ids) == 0:
        return Sighting(np.zeros((0, 2)), np.zeros((0, 3)))
    points_mm = np.asarray(board.getChessboardCorners(), dtype=np.float64)[np.asarray(ids).ravel()]
    return Sighting(np.asarray(corners, dtype=np.float64).reshape(-1, 2), points_mm)


def lens_for(lens: Lens | None, size_px: tuple[int, int]) -> Lens | None:
    """The lens if it holds for photos of that size, else None: a phone's photo of a board that has a webcam knows no lens."""
    return lens if lens is not None and lens.size_px == size_px else None


def undistorted(image: Image, lens: Lens | None) -> Image:
    """A photo, or the same at a smaller size, without the lens's distortion; the pinhole matrix stays, so coordinates are undistorted px.

    ``image`` HxWx3 or HxW. Without a lens the image itself.
    """
    if lens is None or largest_shift_px(lens) < LENS_IS_WORTH_PX:
        return image
    height, width = image.shape[:2]
    matrix = resizing(lens.size_px, (width, height)) @ lens.matrix
    maps = cv2.initUndistortRectifyMap(matrix, lens.distortion, np.eye(3), matrix, (width, height), cv2.CV_16SC2)
    return np.asarray(cv2.remap(image, *maps, cv2.INTER_LINEAR), dtype=np.uint8)


def undistorted_points(points_px: Floats, lens: Lens | None) -> Floats:
    """Nx2 photo px as taken -> Nx2 undistorted photo px."""
    if lens is None:
        return points_px
    flat = cv2.undistortPoints(points_px.reshape(-1, 1, 2).astype(np.float64), lens.matrix, lens.distortion, P=lens.matrix)
    return np.asarray(flat.reshape(-1, 2), dtype=np.float64)


def largest_shift_px(lens: Lens) -> float:
    """How far the lens moves a point of the photo's rim, at most, in px."""
    width, height = lens.size_px
    rim = np.array(
        [[0, 0], [width / 2, 0], [width, 0], [0, height / 2], [width, height / 2], [0, height], [width / 2, height], [width, height]]
    )
    return float(np.linalg.norm(undistorted_points(rim, lens) - rim, axis=1).max())


def _fit(usable: Sequence[Sighting], size_px: tuple[int, int]) -> Lens:
    objects = [s.target_mm.astype(np.float32) for s in usable]
    points = [s.points_px.astype(np.float32) for s in usable]
    flags = cv2.CALIB_FIX_K3  # a sixth power runs wild in corners that no photo of the target reached
    rms, matrix, distortion, turns, _ = cv2.calibrateCamera(objects, points, size_px, np.eye(3), np.zeros(5), flags=flags)
    worst = WORST_RMS_PX_PER_MEGAPIXEL_ROOT * float(np.sqrt(size_px[0] * size_px[1] / 1e6))
    if not np.isfinite(rms) or rms > worst:
        raise ValueError(f"The lens cannot be fitted: corners stray by {rms:.1f} px, {worst:.1f} at most. Keep the target flat and still.")
    tilt = max(float(np.linalg.norm(cv2.Rodrigues(turn)[0][:2, 2])) for turn in turns)
    if tilt < LEAST_TILT:
        raise ValueError(
            f"All photos look at the target square on (the most tilted by {np.degrees(np.arcsin(tilt)):.0f} degrees). "
            "Tilt it by 20 to 40 degrees in some."
        )
    return Lens(readonly(np.asarray(matrix, np.float64)), readonly(np.asarray(distortion, np.float64).ravel()[:5]), size_px, float(rms))


def _check_spread(usable: Sequence[Sighting], size_px: tuple[int, int]) -> None:
    points = np.vstack([s.points_px for s in usable])
    across, down = (np.ptp(points, axis=0) / np.array(size_px)).tolist()
    if min(across, down) < LEAST_SPREAD:
        raise ValueError(
            f"The target was only seen in {across:.0%} of the photo's width and {down:.0%} of its height; {LEAST_SPREAD:.0%} are needed. "
            "Bring it to the photo's rims and corners too."
        )


def _covered(points_px: Floats, size_px: tuple[int, int]) -> float:
    """Share of a raster over the picture that has a corner in it."""
    fields = (points_px / np.array(size_px) * RASTER).astype(int).clip(0, RASTER - 1)
    return len(np.unique(fields, axis=0)) / RASTER**2


def _in_line(target_mm: Floats) -> bool:
    return min(len(np.unique(target_mm[:, 0])), len(np.unique(target_mm[:, 1]))) < 2
