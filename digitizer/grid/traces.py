"""Where exactly the lines run: their middles, strip by strip, below a pixel."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from calibration.rig import Floats, readonly
from digitizer.grid.arrays import Indices, Lab
from digitizer.grid.lattice import Lattice
from digitizer.grid.ridges import Lines
from digitizer.grid.sequences import Sequence
from digitizer.grid.view import View
from digitizer.settings import LocateSettings


@dataclass(frozen=True, eq=False)
class Traces:
    """Points on the lines of a grid.

    ``points_px`` Nx2 plane px; ``line`` N: which one, those along x first.
    """

    points_px: Floats
    line: Indices


def trace(lattice: Lattice, view: View, settings: LocateSettings) -> Traces:
    """Trace every line of the grid that was seen, between the outer lines of the other axis."""
    found = []
    for lines, own, other, flip in ((view.across, lattice.across, lattice.down, False), (view.down, lattice.down, lattice.across, True)):
        for i in range(len(own.at_px)):
            points = _middles(lines, own, i, other, settings)
            found.append(points[:, ::-1] if flip else points)
    line = np.concatenate([np.full(len(points), i, dtype=np.intp) for i, points in enumerate(found)])
    return Traces(readonly(np.concatenate(found)), readonly(line))


def _middles(lines: Lines, own: Sequence, i: int, other: Sequence, settings: LocateSettings) -> Floats:
    """Nx2 (across, along) plane px on one line; none where it was not seen."""
    k = own.index[i]
    if k < 0:
        return np.zeros((0, 2))
    along = (np.arange(len(lines.strips)) + 0.5) * lines.strip_px - 0.5
    pad = 0.02 * (other.at_px[-1] - other.at_px[0])
    rows = np.flatnonzero((lines.support[k] > 0.5) & (along > other.at_px[0] - pad) & (along < other.at_px[-1] + pad))
    reach = max(int(settings.bend * lines.strips.shape[1]), 2)
    half = int(reach + 1.3 * lines.widths_px[k] + 4)
    left = round(lines.at_px[k]) - half
    if left < 0 or left + 2 * half + 1 > lines.strips.shape[1] or not len(rows):
        return np.zeros((0, 2))
    signal = lines.strips[rows, left : left + 2 * half + 1] @ lines.ways[k].astype(np.float32)
    middle, width = _crests(signal, reach, int(lines.widths_px[k]))
    usual = float(np.median(width[np.isfinite(width)])) if np.isfinite(width).any() else np.nan
    good = np.abs(width - usual) < settings.width_change * usual + 0.7
    return np.asarray(np.c_[left + middle[good], along[rows[good]]])


def _crests(signal: Lab, reach: int, width_px: int) -> tuple[Floats, Floats]:
    """Middle and width of the ridge in each row of an NxW signal, at half its height; nan where it has no two flanks."""
    count, size = signal.shape
    smooth = cv2.blur(signal, (max(1, round(0.7 * width_px)), 1))
    half = size // 2
    peak = half - reach + smooth[:, half - reach : half + reach + 1].argmax(axis=1)
    columns = np.arange(size)
    side = max(2, size // 10)
    base = np.minimum(np.median(signal[:, :side], axis=1), np.median(signal[:, -side:], axis=1))
    top = np.take_along_axis(smooth, peak[:, None], axis=1)[:, 0]
    level = ((top + base) / 2)[:, None]
    below = signal < level
    left = np.where(below & (columns <= peak[:, None]), columns, -1).max(axis=1)
    right = np.where(below & (columns >= peak[:, None]), columns, size).min(axis=1)
    fine = (left >= 0) & (right < size) & (right - left > 1)
    lo, hi = np.clip(left, 0, size - 2), np.clip(right, 1, size - 1)
    at = np.arange(count)
    from_left = (level[:, 0] - signal[at, lo]) / np.maximum(signal[at, lo + 1] - signal[at, lo], 1e-6)
    from_right = (level[:, 0] - signal[at, hi]) / np.maximum(signal[at, hi - 1] - signal[at, hi], 1e-6)
    low, high = lo + np.clip(from_left, 0, 1), hi - np.clip(from_right, 0, 1)
    return np.where(fine, (low + high) / 2, np.nan), np.where(fine, high - low, np.nan)
