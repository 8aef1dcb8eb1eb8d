"""A photo by a camera that lies on its side: no EXIF tells of it where a webcam is mounted so, or a phone points down."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from calibration.rig import Image, Lens, readonly
from digitizer.model import Pose

TURNED = "The photo lies on its side. It was turned."
UNSURE = "The board has as many rows as columns, and their names were not read: check that the photo does not lie on its side."


def turned(image: Image, clockwise: bool) -> Image:
    """An image HxW turned by a quarter: WxH."""
    return np.asarray(cv2.rotate(image, cv2.ROTATE_90_CLOCKWISE if clockwise else cv2.ROTATE_90_COUNTERCLOCKWISE))


def in_photo(pose: Pose, size_px: tuple[int, int], clockwise: bool) -> Pose:
    """A pose in the photo as it came, from the pose in it :func:`turned`; ``size_px`` (width, height) of the photo.

    Distortion is radial about the middle, and turns with it.
    """
    width, height = size_px
    quarter = [[0, -1, height - 1], [1, 0, 0], [0, 0, 1]] if clockwise else [[0, 1, 0], [-1, 0, width - 1], [0, 0, 1]]
    lens = None if pose.lens is None else _unturned(pose.lens, size_px)
    return replace(pose, board_from_photo=readonly(pose.board_from_photo @ np.array(quarter, np.float64)), lens=lens)


def _unturned(lens: Lens, size_px: tuple[int, int]) -> Lens:
    width, height = size_px
    f = lens.matrix[0, 0]
    matrix = np.array([[f, 0, (width - 1) / 2], [0, f, (height - 1) / 2], [0, 0, 1]])
    return replace(lens, matrix=readonly(matrix), size_px=size_px)
