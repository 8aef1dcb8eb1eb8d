"""The plane of a board from four corners that a person marked: homography, proportions, dividers.

The proportions of a rectangle follow from one perspective view of it when pixels are square and the principal point is at the
photo's centre (Zhang & He, "Whiteboard scanning and image enhancement", Digital Signal Processing 17, 2007, section 3).
Their closed form fails where the view is nearly square on: the focal length then cancels out. Here the focal length is
the most plausible one under a prior on cameras, which is the same answer far from that case and a stable one near it.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from calibration.rig import NOMINAL_COLUMN_MM, Floats, Layout, readonly

UNIT = readonly(np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]))
"""Corners of the unit square, clockwise from the top left: a grid, in shares of its width and height."""

FOCAL_PER_LONG_SIDE = 0.85
"""Usual focal length over the photo's long side: 0.72 for a phone's main camera, 0.8 to 1.1 for webcams and standard zooms."""

FOCAL_SPREAD = 0.4
"""Standard deviation of its logarithm; covers wide angles (0.5) and short telephotos (1.6) within two deviations."""

RIGHT_ANGLE_SPREAD = 0.006
"""Radians by which the measured angle of the grid's sides strays when corners are set by hand to 0.3 % of its width."""

SMALLEST_FRACTION = 0.005
"""Least distance between neighbouring dividers, as a share of the grid."""


def apply(a_from_b: Floats, points: Floats) -> Floats:
    """Take Nx2 points of frame b to frame a by a 3x3 homography."""
    if len(points) == 0:
        return np.zeros((0, 2))
    return np.asarray(cv2.perspectiveTransform(points.reshape(-1, 1, 2).astype(np.float64), a_from_b).reshape(-1, 2), dtype=np.float64)


def homography(points_b: Floats, points_a: Floats) -> Floats:
    """The 3x3 ``a_from_b`` that takes four or more Nx2 points to theirs, by least squares. Raises ``ValueError`` where there is none."""
    found, _ = cv2.findHomography(points_b.astype(np.float64), points_a.astype(np.float64), 0)
    if found is None or not np.isfinite(found).all() or abs(np.linalg.det(found)) < 1e-12:
        raise ValueError(f"These {len(points_b)} points lie so that no plane can be fitted to them.")
    return np.asarray(found / found[2, 2], dtype=np.float64)


def inverse(a_from_b: Floats) -> Floats:
    """``b_from_a`` of a 3x3 ``a_from_b``."""
    return np.asarray(np.linalg.inv(a_from_b), dtype=np.float64)


def resizing(size_b: tuple[int, int], size_a: tuple[int, int]) -> Floats:
    """The 3x3 ``a_from_b`` of an image resized from (width, height) ``size_b`` to ``size_a``: its borders stay, pixel centres do not."""
    sx, sy = size_a[0] / size_b[0], size_a[1] / size_b[1]
    return np.array([[sx, 0, (sx - 1) / 2], [0, sy, (sy - 1) / 2], [0, 0, 1]])


def density(a_from_b: Floats, point_b: Floats) -> Floats:
    """Least and largest px of frame a for one px of frame b at a point; both negative where the map flips the plane over."""
    x, y, w = a_from_b @ np.array([point_b[0], point_b[1], 1.0])
    jacobian = (a_from_b[:2, :2] - np.outer([x / w, y / w], a_from_b[2, :2])) / w
    small, large = sorted(np.linalg.svd(jacobian, compute_uv=False))
    return np.asarray(np.copysign([small, large], np.linalg.det(jacobian)), dtype=np.float64)


def layout_from_fractions(
    corners_px: Floats,
    columns: int,
    rows: int,
    column_fractions: Sequence[float] | None,
    row_fractions: Sequence[float] | None,
    image_size: tuple[int, int],
) -> tuple[Floats, Layout]:
    """Plane and layout from what a person marked in a photo.

    ``corners_px`` 4x2: outer corners of the grid of cells, clockwise from the top left, undistorted photo pixels.
    ``column_fractions``, ``row_fractions``: inner dividers, rising, as shares 0..1 of the grid's true (not its photographed) width
    and height; None divides evenly. ``image_size`` (width, height) of the photo. Returns 3x3 ``board_from_photo`` and the ``Layout``
    in nominal millimetres. Raises ``ValueError`` where the corners or fractions make no grid.
    """
    corners = checked_corners(corners_px, image_size)
    across = _edges(column_fractions, columns, "column")
    down = _edges(row_fractions, rows, "row")
    width = columns * NOMINAL_COLUMN_MM
    height = width / aspect_ratio(corners, image_size)
    layout = Layout(columns, rows, tuple((across * width).tolist()), tuple((down * height).tolist()))
    return readonly(homography(corners, layout.grid_corners_mm())), layout


def checked_corners(corners_px: Floats, image_size: tuple[int, int]) -> Floats:
    """4x2 corners as given if they make a convex quadrangle, clockwise, large enough to hold a grid; else ``ValueError``."""
    corners = np.asarray(corners_px, dtype=np.float64)
    if corners.shape != (4, 2) or not np.isfinite(corners).all():
        raise ValueError(f"Four corners (x, y) are needed; these have the shape {corners.shape}.")
    sides = np.roll(corners, -1, axis=0) - corners
    turns = _cross(sides, np.roll(sides, -1, axis=0))
    if not (turns > 0).all():
        raise ValueError(f"The corners {corners.round().tolist()} are not convex and clockwise from the top left.")
    area = float(cv2.contourArea(corners.astype(np.float32))) / (image_size[0] * image_size[1])
    if area < 0.002:
        raise ValueError(f"The corners enclose {area:.2%} of the photo; a grid that can be read takes at least 0.2 %.")
    return corners


def aspect_ratio(corners_px: Floats, image_size: tuple[int, int]) -> float:
    """Width over height of the rectangle whose 4x2 corners, clockwise from the top left, are seen at ``corners_px``."""
    photo_from_unit = homography(UNIT, corners_px - np.array(image_size) / 2)
    focal = _likeliest_focal(photo_from_unit, float(max(image_size)))
    x, y = (photo_from_unit[:, i] / (focal, focal, 1.0) for i in (0, 1))
    return float(np.linalg.norm(x) / np.linalg.norm(y))


def focal_px(corners_px: Floats, image_size: tuple[int, int]) -> float:
    """Likeliest focal length of the camera that sees a rectangle's 4x2 corners there."""
    return _likeliest_focal(homography(UNIT, corners_px - np.array(image_size) / 2), float(max(image_size)))


def _likeliest_focal(photo_from_unit: Floats, long_side_px: float) -> float:
    """Focal length in px that best agrees with the prior and with sides at right angles."""
    log_focal = np.linspace(-2.0, 2.0, 401) * 2 * FOCAL_SPREAD
    focal = FOCAL_PER_LONG_SIDE * long_side_px * np.exp(log_focal)
    scaled = np.stack([np.full_like(focal, 1), np.full_like(focal, 1), focal], axis=1) / focal[:, None]
    x, y = scaled * photo_from_unit[:, 0], scaled * photo_from_unit[:, 1]
    cosine = (x * y).sum(axis=1) / (np.linalg.norm(x, axis=1) * np.linalg.norm(y, axis=1))
    cost = (log_focal / FOCAL_SPREAD) ** 2 + (cosine / RIGHT_ANGLE_SPREAD) ** 2
    return float(focal[int(np.argmin(cost))])


def _edges(fractions: Sequence[float] | None, count: int, name: str) -> Floats:
    """``count + 1`` rising values from 0 to 1."""
    if count < 1:
        raise ValueError(f"A grid needs at least one {name}; {count} were asked for.")
    if fractions is None:
        return np.linspace(0, 1, count + 1)
    if len(fractions) != count - 1:
        raise ValueError(f"{count} {name}s need {count - 1} inner dividers; {len(fractions)} were given.")
    edges = np.array([0.0, *fractions, 1.0])
    if not np.isfinite(edges).all() or (np.diff(edges) < SMALLEST_FRACTION).any():
        raise ValueError(f"The {name} dividers must rise between 0 and 1, {SMALLEST_FRACTION:g} apart or more: {list(fractions)}.")
    return edges


def _cross(a: Floats, b: Floats) -> Floats:
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
