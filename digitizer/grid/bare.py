"""The bare board's colour, and what of the plane shows something else."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from calibration.rig import Floats, readonly
from digitizer.grid.arrays import Lab, Mask
from digitizer.grid.ridges import Lines
from digitizer.settings import LocateSettings

ROUNDS = 6
"""Reweightings of the robust fit; it no longer changes after five."""

START_LAB = 5.0
"""Spread, Lab units, from which the fit starts: the light's fall-off between two cells."""


@dataclass(frozen=True, eq=False)
class Bare:
    """What of the plane, at ``coarse`` plane px a px, is not the colour of bare board or lies outside the photo.

    ``foreign`` hxw bool; ``sums`` (h+1)x(w+1) its summed area.
    """

    foreign: Mask
    sums: Floats
    coarse: int

    def shares(self, low_px: Floats, high_px: Floats) -> Floats:
        """Share that is foreign of each of N boxes of the plane; ``low_px``, ``high_px`` Nx2 corners (x, y). 1 for empty boxes."""
        height, width = self.foreign.shape
        low = np.clip(np.rint(low_px / self.coarse), 0, (width, height)).astype(int)
        high = np.clip(np.rint(high_px / self.coarse), 0, (width, height)).astype(int)
        (x0, y0), (x1, y1) = low.T, high.T
        area = np.maximum(x1 - x0, 0) * np.maximum(y1 - y0, 0)
        inside = self.sums[y1, x1] - self.sums[y0, x1] - self.sums[y1, x0] + self.sums[y0, x0]
        return np.where(area > 0, inside / np.maximum(area, 1), 1.0)


def bare_board(lab: Lab, seen: Mask, across: Lines, down: Lines, settings: LocateSettings) -> Bare:
    """Fit the bare board's colour (quadratic over the plane, robust) to what lies beside the given lines; mark all that differs.

    ``lab`` HxWx3, ``seen`` HxW bool; ``across`` holds the lines that run down (placed along x), ``down`` those that run across.
    """
    q = settings.coarse
    shape = (lab.shape[0] // q, lab.shape[1] // q)
    near = (_flanks(across, shape, q) & ~_rows(down, shape, q)) | (_flanks(down, shape[::-1], q) & ~_rows(across, shape[::-1], q)).T
    return _bare(lab, seen, near, settings)


def bare_everywhere(lab: Lab, seen: Mask, settings: LocateSettings) -> Bare:
    """The same without lines to go by: the colour that most of the plane's inner part has."""
    height, width = lab.shape[0] // settings.coarse, lab.shape[1] // settings.coarse
    inner = np.zeros((height, width), dtype=np.bool_)
    inner[height // 5 : -height // 6 : 5, width // 6 : -width // 6 : 5] = True
    return _bare(lab, seen, inner, settings)


def _bare(lab: Lab, seen: Mask, samples: Mask, settings: LocateSettings) -> Bare:
    """Fit to the places marked in ``samples`` (at the coarse scale), and mark all that differs."""
    height, width = samples.shape
    small = cv2.resize(lab, (width, height), interpolation=cv2.INTER_AREA)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = x / width - 0.5, y / height - 0.5
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)
    rows, colours = terms[samples], small[samples]
    step = max(1, len(rows) // 1500)
    fit, spread = _robust(rows[::step].astype(np.float64), colours[::step].astype(np.float64))
    off = np.abs(small - terms @ fit.astype(np.float32))
    foreign = (off > np.maximum(settings.foreign_lab, settings.foreign_spreads * spread)).any(axis=-1)
    foreign |= cv2.resize(seen.astype(np.uint8), (width, height), interpolation=cv2.INTER_AREA) == 0
    sums = cv2.integral(foreign.astype(np.uint8)).astype(np.float64)
    return Bare(readonly(foreign), readonly(sums), settings.coarse)


def _flanks(lines: Lines, shape: tuple[int, int], coarse: int) -> Mask:
    """HxW bool: strips just beside the lines, where these are in sight."""
    mask = np.zeros((len(lines.strips), shape[1]), bool)
    for at, support, width in zip(lines.at_px, lines.support, lines.widths_px, strict=True):
        for side in (-1, 1):
            column = int((at + side * (1.5 * width + 2 * coarse)) / coarse)
            if 0 <= column < shape[1]:
                mask[:, column] |= support > 0.5
    return np.asarray(cv2.resize(mask.astype(np.uint8), (shape[1], shape[0]), interpolation=cv2.INTER_NEAREST) > 0)


def _rows(lines: Lines, shape: tuple[int, int], coarse: int) -> Mask:
    """HxW bool: rows in which the lines across the other axis run, with what the strips smear of them."""
    mask = np.zeros(shape, bool)
    for at, width in zip(lines.at_px, lines.widths_px, strict=True):
        reach = 0.8 * width + 2 * coarse + 0.5 * lines.strips.shape[1] / len(lines.strips)
        mask[max(int((at - reach) / coarse), 0) : max(int((at + reach) / coarse) + 1, 0)] = True
    return mask


def _robust(rows: Floats, samples: Floats) -> tuple[Floats, Floats]:
    """Least squares with Tukey weights on the joint distance of the channels: 6x3 coefficients and 3 spreads."""
    fit, spread = np.zeros((6, 3)), np.full(3, START_LAB)
    if len(rows) < 12:
        return fit, np.full(3, np.inf)
    tried = samples[:: max(1, len(samples) // 200)]
    apart = (np.abs(one[:, None] - other) for one, other in zip(tried.T, samples.T, strict=True))
    crowd = np.logical_and.reduce([far < 2 * START_LAB for far in apart]).sum(axis=1)
    fit[0] = tried[int(crowd.argmax())]
    for turn in range(ROUNDS):
        off = samples - rows @ fit
        near = (np.abs(off) < 4 * spread).all(axis=1)
        if turn and near.sum() >= 12:
            spread = np.minimum(1.48 * np.median(np.abs(off[near]), axis=0) + 0.3, 2 * START_LAB)
        weight = np.clip(1 - ((off / (4 * spread)) ** 2).mean(axis=1), 0, None) ** 2
        a = rows * weight[:, None]
        fit = np.linalg.solve(a.T @ rows + 1e-3 * np.eye(6), a.T @ samples)
    return fit, spread
