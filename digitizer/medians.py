"""Medians of few values, or of levels: what ``numpy.median`` tells, without its checks, which take longer than the values do."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibration.rig import Floats


def median(values: NDArray[np.floating[Any]]) -> float:
    """The median of N numbers, one at least and none of them NaN."""
    middle = len(values) // 2
    if len(values) % 2:
        return float(np.partition(values, middle)[middle])
    below, above = np.partition(values, (middle - 1, middle))[middle - 1 : middle + 1]
    return float((below + above) / 2)


def medians(values: NDArray[np.floating[Any]]) -> Floats:
    """HxC medians over the middle axis of HxNxC, or H of HxN, N one at least: numpy orders floats faster than it finds their middle."""
    ordered = np.sort(values.swapaxes(1, -1), axis=-1)
    low, high = (values.shape[1] - 1) // 2, values.shape[1] // 2
    return np.asarray((ordered[..., low] + ordered[..., high]) / 2, np.float64)


def middle(colours: NDArray[np.floating[Any]]) -> Floats:
    """C medians of the channels of NxC, N one at least."""
    return np.asarray(medians(colours[None])[0])


def median_level(levels: NDArray[np.integer[Any]]) -> float:
    """The median of N whole numbers from 0 on, one at least, by counting them: fast where there are thousands of some hundred levels."""
    upto = np.cumsum(np.bincount(levels))
    below, above = np.searchsorted(upto, [(len(levels) - 1) // 2, len(levels) // 2], side="right")
    return float(below + above) / 2
