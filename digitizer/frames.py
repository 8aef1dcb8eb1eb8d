"""Points carried from one frame to another, lens included."""

from __future__ import annotations

import cv2
import numpy as np

from calibration.lens import undistorted_points
from calibration.plane import inverse
from calibration.rig import Floats
from digitizer.model import Pose


def transform(homography: Floats, points: Floats) -> Floats:
    """Carry Nx2 points through a 3x3 homography, as ``calibration.plane.apply`` does.

    A point on its horizon comes out infinite here, and at the origin there; else they differ in the last bit.
    """
    lifted = np.column_stack([points, np.ones(len(points))]) @ homography.T
    carried: Floats = lifted[:, :2] / lifted[:, 2:]
    return carried


def photo_from_board(pose: Pose, points_mm: Floats) -> Floats:
    """Nx2 board points (mm) -> Nx2 pixels of the photo as taken, the lens's distortion put back; NaN behind the camera."""
    photo_from_mm = inverse(pose.board_from_photo)
    rays = np.column_stack([points_mm, np.ones(len(points_mm))]) @ photo_from_mm.T
    rays *= np.sign(photo_from_mm @ np.array([pose.layout.width_mm / 2, pose.layout.height_mm / 2, 1.0]))[2]
    with np.errstate(divide="ignore", invalid="ignore"):
        points_px = np.where(rays[:, 2:] > 0, rays[:, :2] / rays[:, 2:], np.nan)
    if pose.lens is None:
        return np.asarray(points_px, dtype=np.float64)
    normal = transform(inverse(pose.lens.matrix), np.nan_to_num(points_px))
    lifted = np.column_stack([normal, np.ones(len(normal))])
    bent, _ = cv2.projectPoints(lifted, np.zeros(3), np.zeros(3), pose.lens.matrix, pose.lens.distortion)
    return np.where(np.isnan(points_px), np.nan, bent.reshape(-1, 2))


def board_from_photo(pose: Pose, points_px: Floats) -> Floats:
    """Nx2 pixels of the photo as taken -> Nx2 board points (mm), the lens undone."""
    return transform(pose.board_from_photo, undistorted_points(np.asarray(points_px, dtype=np.float64), pose.lens))


def outline_mm(pose: Pose, size_px: tuple[int, int]) -> Floats | None:
    """4x2 corners on the board (mm) of a photo of ``size_px`` (width, height); None where the photo reaches past the board's horizon."""
    width, height = size_px
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float64)
    depth = np.column_stack([corners, np.ones(4)]) @ pose.board_from_photo[2]
    if (np.sign(depth) != np.sign(depth[0])).any():
        return None
    return board_from_photo(pose, corners)
