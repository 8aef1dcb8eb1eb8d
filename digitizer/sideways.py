"""A photo by a camera that lies on its side or head: no EXIF tells of it where a webcam is mounted so, or a phone points down."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from calibration.rig import Image, Lens, readonly
from digitizer.model import Pose

UPSIDE_DOWN = "The photo seems to be upside down: its headers stand below and to the right. It was turned."
ON_ITS_SIDE = "The photo lies on its side. It was turned."
TURNED = {1: ON_ITS_SIDE, 2: UPSIDE_DOWN, 3: ON_ITS_SIDE}
"""What is said of a photo by the quarter turns, clockwise, that bring it upright."""

UNSURE = "The board has as many rows as columns, and their names were not read: check that the photo stands upright."


def turned(image: Image, quarters: int) -> Image:
    """An image HxW turned clockwise by one to three quarters."""
    return np.asarray(cv2.rotate(image, (cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_180, cv2.ROTATE_90_COUNTERCLOCKWISE)[quarters - 1]))


def in_photo(pose: Pose, size_px: tuple[int, int], quarters: int) -> Pose:
    """A pose in the photo as it came, from the pose in it :func:`turned`; ``size_px`` (width, height) of the photo.

    Distortion is radial about the middle, and turns with it.
    """
    width, height = size_px
    turned_from_photo = {
        1: [[0, -1, height - 1], [1, 0, 0], [0, 0, 1]],
        2: [[-1, 0, width - 1], [0, -1, height - 1], [0, 0, 1]],
        3: [[0, 1, 0], [-1, 0, width - 1], [0, 0, 1]],
    }[quarters]
    seen = pose.lens
    lens = seen and Lens.radial(seen.matrix[0, 0], seen.distortion[0], size_px, seen.rms_px)
    return replace(pose, board_from_photo=readonly(pose.board_from_photo @ np.array(turned_from_photo, np.float64)), lens=lens)
