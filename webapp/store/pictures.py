"""Pictures and calibrations as bytes."""

from __future__ import annotations

import cv2
import numpy as np

from calibration.rig import Image, Rig
from calibration.rigfile import rig_from_text, rig_to_text
from digitizer.errors import CalibrationError

CARD_PX = 640
"""Long side of a kept card picture: a 76 mm note at 0.15 mm a pixel, finer than any camera here sees it."""

BOARD_PX = 2400
"""Long side of a kept board picture: wider than a wall display, and still under half a megabyte."""

PLACE_PX = 400
"""Long side of a kept picture of a cell, which shows that a card came, went or moved: some 15 kB."""

QUALITY = 85
"""JPEG quality at which ink on paper shows no rings."""


def to_jpeg(image: Image, long_side_px: int = CARD_PX) -> bytes:
    """HxWx3 BGR as JPEG, shrunk to ``long_side_px`` where it is larger."""
    scale = min(1.0, long_side_px / max(image.shape[:2]))
    if scale < 1.0:
        image = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not done:
        raise ValueError(f"OpenCV made no JPEG of an array of shape {image.shape}.")
    return data.tobytes()


def from_jpeg(data: bytes) -> Image | None:
    """HxWx3 BGR of a JPEG that this program wrote; None where it is none."""
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    return None if image is None else np.asarray(image, dtype=np.uint8)


def rig_to_bytes(rig: Rig) -> bytes:
    """A calibration as the bytes of its file."""
    return rig_to_text(rig).encode()


def rig_from_bytes(data: bytes) -> Rig:
    """The calibration that ``rig_to_bytes`` wrote. Raises ``CalibrationError``."""
    try:
        return rig_from_text(data.decode(), "The stored calibration")
    except ValueError as error:
        raise CalibrationError("The stored calibration cannot be read.", str(error), "Calibrate the board again.") from error
