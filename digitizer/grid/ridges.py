"""Drawn lines of any colour and width, along one axis of the plane.

A line differs from what lies on both its sides in the same way all along; writing, cards and the grain of cork differ now
so, now so. So the *signed* colour differences to both sides are summed along the line: lines add up, all else cancels out.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from calibration.rig import Floats, readonly
from digitizer.grid.arrays import Indices, Lab
from digitizer.medians import median
from digitizer.settings import LocateSettings


@dataclass(frozen=True, eq=False)
class Lines:
    """Candidates for drawn lines across one axis, in rising order of ``at_px`` (K, plane px along that axis).

    ``strength`` K: strips that agree; ``ways`` Kx3: unit Lab difference to the surroundings; ``support`` KxN 0..1: agreement by
    strip along the line; ``widths_px`` K; ``strips`` NxWx3: the plane averaged along strips of ``strip_px``.
    """

    at_px: Floats
    strength: Floats
    ways: Floats
    support: Floats
    widths_px: Floats
    strips: Lab
    strip_px: float


def find_lines(lab: Lab, down: bool, settings: LocateSettings) -> Lines:
    """Candidates for lines that run down an HxWx3 Lab picture; for lines that run across unless ``down``."""
    height, width = lab.shape[:2] if down else lab.shape[1::-1]
    shape = (width, settings.strips) if down else (settings.strips, width)
    mean = cv2.resize(lab, shape, interpolation=cv2.INTER_AREA)
    mean = mean if down else np.ascontiguousarray(mean.transpose(1, 0, 2))
    strips: Lab = np.asarray(cv2.blur(mean, (1, 3)), dtype=np.float32)
    reach = max(int(settings.bend * width), 2)
    votes = [_votes(strips, w, settings) for w in settings.line_widths_px]
    pooled = [cv2.blur(v, (2 * reach + 1, 1)) * (2 * reach + 1) for v in votes]
    sums = np.stack([p.sum(axis=0) for p in pooled])
    profiles = np.linalg.norm(sums, axis=2)
    scale, at = _peaks(profiles, sums, reach, settings)
    ways = sums[scale, at] / np.maximum(profiles[scale, at], 1e-6)[:, None]
    support = np.zeros((len(at), settings.strips))
    for i, (s, x) in enumerate(zip(scale, at, strict=True)):
        support[i] = np.clip(pooled[s][:, x] @ ways[i], 0, 1)
    widths = np.array(settings.line_widths_px, dtype=np.float64)[scale]
    return _lines(at.astype(np.float64), ways, support, widths, strips, height / settings.strips)


def _lines(at: Floats, ways: Floats, support: Floats, widths: Floats, strips: Lab, strip_px: float) -> Lines:
    return Lines(
        readonly(at), readonly(support.sum(axis=1)), readonly(ways), readonly(support), readonly(widths), readonly(strips), strip_px
    )


def _votes(strips: Lab, width_px: int, settings: LocateSettings) -> Lab:
    """NxWx3 votes of length 0..1 along the Lab difference, at the ridges' crests only."""
    difference = _contrast(strips, width_px)
    size = np.asarray(cv2.sqrt(cv2.transform(cv2.multiply(difference, difference), np.ones((1, 3), np.float32))), np.float32)
    lively = size[size > 0]
    noise = max(settings.least_contrast, settings.noise_factor * median(lively) if lively.size else 0.0)
    crest = size >= cv2.dilate(size, np.ones((1, 2 * max(width_px // 2, 1) + 1), np.uint8))
    weight = np.clip(size / noise - 0.5, 0, 1) * crest / np.maximum(size, 1e-6)
    return np.asarray(difference * weight[..., None], dtype=np.float32)


def _contrast(strips: Lab, width_px: int) -> Lab:
    """Per channel the smaller of the differences to the two sides, 0 where they differ in sign."""
    core = cv2.blur(strips, (max(1, round(0.7 * width_px)), 1))
    step = max(2, width_px)
    wide = cv2.copyMakeBorder(core, 0, 0, step, step, cv2.BORDER_REPLICATE)
    left, right = core - wide[:, : -2 * step], core - wide[:, 2 * step :]
    smaller = np.where(np.abs(left) < np.abs(right), left, right)
    return np.where(left * right > 0, smaller, np.float32(0))


def _peaks(profiles: Lab, sums: Lab, reach: int, settings: LocateSettings) -> tuple[Indices, Indices]:
    """(scale, position) of the strongest peaks, rising in position; near each other only where the line and its gap differ in sign."""
    smooth = cv2.blur(profiles, (reach, 1))
    top = smooth >= cv2.dilate(smooth, np.ones((1, 2 * reach + 1), np.uint8))
    floor = np.maximum(settings.peak_over_median * np.median(smooth, axis=1, keepdims=True), settings.min_strips)
    scales, places = np.nonzero(top & (smooth > floor))
    kept: list[tuple[int, int]] = []
    for i in np.argsort(-smooth[scales, places]):
        s, x = int(scales[i]), int(places[i])
        near = [k for k in kept if abs(k[1] - x) <= max(reach, settings.line_widths_px[max(s, k[0])] // 2)]
        if all(sums[k] @ sums[s, x] < 0 and abs(k[1] - x) > reach for k in near):
            kept.append((s, x))
        if len(kept) == settings.max_lines:
            break
    kept.sort(key=lambda k: k[1])
    return np.array([k[0] for k in kept], dtype=np.intp), np.array([k[1] for k in kept], dtype=np.intp)


def chosen(lines: Lines, index: tuple[int, ...]) -> Lines:
    """Only the candidates of the given indices; negative ones stand for none."""
    keep = [i for i in index if i >= 0]
    arrays = (lines.at_px[keep], lines.ways[keep], lines.support[keep], lines.widths_px[keep])
    return _lines(*arrays, lines.strips, lines.strip_px)
