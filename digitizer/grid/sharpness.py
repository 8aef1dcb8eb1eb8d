"""How blurred the board is, from how much a further blur weakens its sharpest edges.

:mod:`calibration.view` asks the same of each column, at the photo's own size, for advice on the camera. What was measured and set by either
number would not hold for the other: this one is taken at a fixed size and its middle edges count, there the sharper ones do.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.rig import Floats, Image

WORK_PX = 1000
"""Long side at which blur is measured: a blur that hides writing is two pixels wide there."""

REBLUR_PX = 2.0
"""Blur added; the method is most exact where both are alike."""

CALM_PX = 0.8
"""Blur that takes the edge off sensor noise before slopes are taken; it is taken out of the result again."""


def blur_px(image: Image, corners_px: Floats) -> float:
    """Standard deviation in photo px of the blur inside a quadrangle (4x2) of an HxWx3 BGR photo.

    An edge of blur s loses the factor sqrt(s^2 / (s^2 + t^2)) of its slope by a blur t (Zhuo & Sim, "Defocus map estimation from a
    single image", Pattern Recognition 44, 2011).
    """
    size = np.array(image.shape[1::-1])
    low, high = np.clip(corners_px.min(axis=0), 0, size - 1).astype(int), np.clip(corners_px.max(axis=0) + 1, 1, size).astype(int)
    part = image[low[1] : high[1], low[0] : high[0]]
    scale = min(1.0, WORK_PX / max(part.shape[:2]))
    gray = cv2.cvtColor(cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY).astype(np.float32)
    calm, soft = _slope_after(gray, CALM_PX), _slope_after(gray, REBLUR_PX)
    edges = calm >= max(float(np.quantile(calm, 0.97)), 1e-3)
    kept = min(float(np.median(soft[edges] / calm[edges])), 0.999) if edges.any() else 0.999
    variance = (REBLUR_PX**2 - CALM_PX**2) * kept**2 / (1 - kept**2) - CALM_PX**2
    return float(np.sqrt(max(variance, 0.0)) / scale)


def _slope_after(gray: NDArray[np.float32], blur: float) -> NDArray[np.float32]:
    soft = cv2.GaussianBlur(gray, (0, 0), blur)
    return np.asarray(cv2.magnitude(cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)), dtype=np.float32)
