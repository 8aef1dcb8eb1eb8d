"""Straight edges of a picture, from which directions are told."""

from __future__ import annotations

import cv2
import numpy as np

from calibration.rig import Floats, Image


def straight_edges(gray: Image) -> Floats:
    """Nx2x2 ends, px, of the straight edges of an HxW u8 gray picture, by LSD (von Gioi et al., IPOL 2012)."""
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD).detect(gray)[0]
    return np.zeros((0, 2, 2)) if found is None else np.asarray(found, dtype=np.float64).reshape(-1, 2, 2)


def straight_edges_at(image_bgr: Image, long_side_px: int) -> Floats:
    """The same of an HxWx3 BGR photo, looked for where it is at most so large; in px of the photo itself."""
    scale = min(1.0, long_side_px / max(image_bgr.shape[:2]))
    gray = cv2.cvtColor(cv2.resize(image_bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
    return np.asarray((straight_edges(np.asarray(gray, np.uint8)) + 0.5) / scale - 0.5)
