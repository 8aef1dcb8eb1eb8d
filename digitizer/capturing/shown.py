"""What the frames of one look show: which of them is kept, and the numbers that tell dark, covered, torn and frozen ones."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.rig import Image
from digitizer.settings import CaptureSettings

PATCH_PX = 32
"""Side of the patches in which two frames are compared: about a letter."""

SAMPLES = 64
"""Rows and columns of the lattice of pixels that stands for a frame: 4096 tell a share of 0.5 % to within 0.1 %."""

SMALL_PX = 96
"""Width at which a picture is judged as a whole: noise is averaged away, lamps and boards stay."""


def combine(frames: Sequence[Image], settings: CaptureSettings) -> Image | None:
    """The picture of a look: the mean of its frames (HxWx3 u8 BGR) where nothing moved between them, else the sharpest.

    Torn frames are left out; None where all are torn.
    """
    whole = [frame for frame in frames if not is_torn(frame, settings)]
    if len(whole) < 2:
        return whole[0] if whole else None
    if all(are_still(frame, whole[-1], settings) for frame in whole[:-1]):
        return _mean(whole)
    return max(whole, key=sharpness)


def is_torn(frame: Image, settings: CaptureSettings) -> bool:
    """Whether the rest of a frame never came: from the bottom up it is filled with one colour, neither black as bars nor white as glare."""
    rows = max(1, round(settings.torn_share * frame.shape[0]))
    bottom = frame[-rows:].reshape(-1, 3)
    filled = settings.dark_gray <= bottom[0].max() < 255 and (bottom == bottom[0]).all()
    return bool(filled and not (frame == bottom[0]).all())


def are_still(one: Image, other: Image, settings: CaptureSettings) -> bool:
    """Whether two frames differ by noise alone: no patch differs much more than the quiet ones, bare wall and paper."""
    if one.shape != other.shape:
        return False
    differs = _gray(cv2.absdiff(one, other))
    height, width = (max(1, side // PATCH_PX) for side in differs.shape)
    patches = cv2.resize(differs.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
    return float(patches.max()) <= settings.still_ratio * float(np.quantile(patches, settings.quiet_share)) + settings.still_gray


def sharpness(frame: Image) -> float:
    """Variance of the Laplacian of gray (Pech-Pacheco et al. 2000, "Diatom autofocusing in brightfield microscopy")."""
    return float(cv2.meanStdDev(cv2.Laplacian(_gray(frame), cv2.CV_16S))[1][0, 0]) ** 2


def describe(frame: Image) -> dict[str, Any]:
    """What tells dark, covered and frozen pictures, ready for JSON.

    ``level``: gray (0..255) that nine tenths of the small picture stay below; ``spread``: standard deviation of its gray;
    ``sample``: green (0..255) of a lattice of the frame's own pixels, base64; the mean of three channels would halve their noise.
    """
    small = _gray(cv2.resize(frame, (SMALL_PX, SMALL_PX), interpolation=cv2.INTER_AREA))
    return {"level": float(np.quantile(small, 0.9)), "spread": float(small.std()), "sample": _sample(frame)}


def stirred(sample: str, before: str, settings: CaptureSettings) -> float:
    """Share of samples (0..1) that differ between the ``sample`` texts of two frames."""
    a, b = (np.frombuffer(base64.b64decode(text), np.uint8).astype(np.int16) for text in (sample, before))
    return float((np.abs(a - b) >= settings.stirred_gray).mean())


def _sample(frame: Image) -> str:
    rows, columns = (np.linspace(0, side - 1, SAMPLES).round().astype(int) for side in frame.shape[:2])
    return base64.b64encode(frame[..., 1][np.ix_(rows, columns)].tobytes()).decode()


def _mean(frames: Sequence[Image]) -> Image:
    total = np.zeros(frames[0].shape, np.uint16)
    for frame in frames:
        cv2.add(total, frame, dst=total, dtype=cv2.CV_16U)
    return np.asarray(cv2.convertScaleAbs(total, alpha=1 / len(frames)), np.uint8)


def _gray(image: cv2.typing.MatLike) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
