"""What stands around a place of a line: the picture in which the recogniser of letters looks at one of them and its neighbours."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from calibration.rig import Floats, Image
from digitizer.readers.onnx_recogniser import HEIGHT_PX, scale_line

WINDOW_PX = 64, 32
"""Width and height of a window: a line's whole height, and as much to either side. A letter and a half stand there in most hands, by which
its height is seen."""

PAPER, INK = 90, 1
"""Percentiles of a line's grays that are taken for its paper and its ink."""

LEAST_GRAYS = 12.0
"""Grays between paper and ink that are taken as all there are: a line without ink is not made to have some."""


def windows(image: Image, middles_px: Sequence[float] | Floats) -> Image:
    """Windows NxHxW u8, 0 paper to 255 ink, of a gray line HxW u8 of any height.

    Each has one of ``middles_px`` in its middle, px from the left of the line as it is at the recogniser's height.
    """
    wide, high = WINDOW_PX
    line = _ink(scale_line(image))
    ink = cv2.resize(line, (max(1, round(line.shape[1] * high / HEIGHT_PX)), high), interpolation=cv2.INTER_AREA)
    lefts = np.clip(np.round(np.asarray(middles_px) * high / HEIGHT_PX).astype(int), 0, ink.shape[1])
    padded = np.pad(ink, ((0, 0), (wide // 2, wide)))
    return np.asarray(np.stack([padded[:, left : left + wide] for left in lefts]), np.uint8)


def _ink(gray: Image) -> Image:
    """How much ink there is at each pixel, by the paper and the ink of the line."""
    dark, light = (float(np.percentile(gray, share)) for share in (INK, PAPER))
    share = (light - gray.astype(np.float32)) / max(light - dark, LEAST_GRAYS)
    return np.asarray(np.clip(share, 0, 1) * 255, np.uint8)
