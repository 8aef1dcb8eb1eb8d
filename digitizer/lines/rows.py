"""Where one line of writing ends and the next begins: a cut of the card's profile, found by dynamic programming.

Between lines the profile of ink has valleys; so has a line of capitals between the bars of its E's. A boundary costs what it cuts of
connected pieces; a line costs when its height is unlike the others' and when it hides a clear gap. The line height that
explains the card best is tried out.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from calibration.rig import Floats
from digitizer.lines.pieces import weighted_median
from digitizer.lines.strokes import Ints, Strokes


@dataclass(frozen=True, eq=False)
class Profile:
    """Ink across the lines: ``ink`` a work px from ``start``; ``valleys`` V indices into it, first and last the ends."""

    start: float
    ink: Floats
    valleys: Ints


@dataclass(frozen=True, eq=False)
class Rows:
    """``edges`` n + 1 rising values of y in the turned frame for n rows, none without ink; ``cost`` how badly rows explain the ink."""

    edges: Floats
    cost: float


def ways_to_cut(strokes: Strokes, height_px: float) -> list[Rows]:
    """All ways to cut a card ``height_px`` high into rows that explain it best for some line height, the best first; never none."""
    if len(strokes.area) == 0:
        return [Rows(np.zeros(0), 0.0)]
    profile = _profile(strokes)
    total = float(profile.ink.sum())
    tall = weighted_median(strokes.heights, strokes.area)
    lines_px = height_px * np.geomspace(0.04, 0.55, 14)
    tried: dict[tuple[int, ...], float] = {}
    for line_px, cost, way in zip(lines_px.tolist(), *_cut(profile, _severed(strokes, profile), lines_px, total), strict=True):
        cost += min(1.5, max(0.0, float(np.log(line_px / (1.5 * tall)) / 0.3)) ** 2)
        tried[way] = min(cost, tried.get(way, np.inf))
    ways = sorted(tried, key=lambda way: tried[way])
    return [Rows(profile.start + profile.valleys[list(way)].astype(np.float64), tried[way]) for way in ways]


def _profile(strokes: Strokes) -> Profile:
    start = float(np.floor(strokes.y.min())) - 1
    ink = np.bincount((strokes.y - start).astype(np.int64)).astype(np.float64)
    ink = np.convolve(np.r_[ink, 0, 0], np.array([1, 2, 3, 2, 1]) / 9, mode="same")
    inner = np.flatnonzero((ink[1:-1] <= ink[:-2]) & (ink[1:-1] < ink[2:])) + 1
    valleys = np.r_[0, inner[inner > 0], len(ink) - 1]
    return Profile(start, ink, valleys)


@dataclass(frozen=True, eq=False)
class _Evidence:
    """For N heights of lines a valley's cost when it is cut, and when it is left inside a line, NxV. ``upto`` Y: ink above each row."""

    cut: Floats
    left: Floats
    upto: Floats


def _evidence(profile: Profile, severed: Floats, lines_px: Floats) -> _Evidence:
    upto = np.concatenate([np.zeros(1), np.cumsum(profile.ink)])
    at = profile.valleys
    reaches = np.maximum(2, np.rint(lines_px)).astype(np.int64)
    above = upto[at] - upto[np.maximum(at - reaches[:, None], 0)]
    below = upto[np.minimum(at + reaches[:, None], len(profile.ink))] - upto[at]
    small, large = np.minimum(above, below), np.maximum(above, below)
    cut = np.minimum(severed / np.maximum(small, 1e-9), 1.5)
    depth = np.stack([_depth(profile, int(reach)) for reach in reaches])
    left = depth * np.clip(1 - 2 * cut, 0, 1) * np.minimum(1, 3 * small / np.maximum(large, 1e-9))
    cut[:, [0, -1]] = 0
    return _Evidence(cut, left, upto)


def _depth(profile: Profile, reach: int) -> Floats:
    """V in 0..1: how far each valley lies under the lower of the peaks within ``reach`` on either side."""
    padded = np.zeros(len(profile.ink) + 2 * reach)
    padded[reach:-reach] = profile.ink
    highest = cv2.dilate(padded[None], np.ones((1, reach), np.uint8), anchor=(0, 0))[0]  # of each place and those after it
    at = profile.valleys
    lower = np.minimum(highest[at], highest[at + reach + 1])
    return np.asarray(np.clip(1 - profile.ink[at] / np.maximum(lower, 1e-9), 0, 1))


def _severed(strokes: Strokes, profile: Profile) -> Floats:
    """V: the ink of the pieces that each valley would sever; a tail cut off, or a thin bridge, counts for little."""
    pieces, rows = len(strokes.area), len(profile.ink)
    row = (strokes.y - profile.start).astype(np.int64)
    table = np.bincount(strokes.piece * rows + row, minlength=pieces * rows).reshape(pieces, rows)
    above = (np.cumsum(table, axis=1)[:, profile.valleys] - table[:, profile.valleys] / 2) / strokes.area[:, None]
    balance = np.minimum(1, 4 * np.minimum(above, 1 - above)) * ((above > 0) & (above < 1))
    bridge = np.minimum(1, table[:, profile.valleys] / (0.25 * strokes.widths[:, None]))
    return np.asarray((strokes.area[:, None] * balance * bridge).sum(axis=0))


def _heights(upto: Floats, valleys: Ints) -> Floats:
    """VxV: height of the ink between two valleys, the outer 4 % of it left out."""
    low, high = upto[valleys][:, None], upto[valleys][None, :]
    first = np.searchsorted(upto, low + 0.04 * (high - low))
    last = np.searchsorted(upto, high - 0.04 * (high - low))
    return np.asarray(np.maximum(last - first, 1), np.float64)


def _cut(profile: Profile, severed: Floats, lines_px: Floats, total: float) -> tuple[list[float], list[tuple[int, ...]]]:
    """For each of N heights of lines the cost of the cheapest boundaries, and these, as indices of valleys."""
    evidence = _evidence(profile, severed, lines_px)
    valleys = profile.valleys
    ratio = np.log(_heights(evidence.upto, valleys) / lines_px[:, None, None])
    shape = 0.1 * np.square(ratio / 0.35) + np.square(np.maximum(ratio - 0.26, 0) / 0.25) + np.square(np.maximum(-0.8 - ratio, 0) / 0.35)
    hidden = np.cumsum(np.column_stack([np.zeros(len(lines_px)), evidence.left]), axis=1)
    inside = np.maximum(hidden[:, None, :-1] - hidden[:, 1:, None], 0)
    ink = (evidence.upto[valleys][None, :] - evidence.upto[valleys][:, None]) / total
    segment = np.where(ink < 0.01, 5 * ink + 0.05, shape + inside + 0.15)
    return _cheapest(segment, evidence.cut)


def _cheapest(segment: Floats, cut: Floats) -> tuple[list[float], list[tuple[int, ...]]]:
    """N costs and ways from the first valley to the last: ``segment`` NxVxV costs of a line between two, ``cut`` NxV of parting lines."""
    runs, count = cut.shape
    best, back = np.full((runs, count), np.inf), np.zeros((runs, count), np.int64)
    best[:, 0] = 0
    every = np.arange(runs)
    for j in range(1, count):
        costs = best[:, :j] + segment[:, :j, j] + cut[:, :j]
        back[:, j] = costs.argmin(axis=1)
        best[:, j] = costs[every, back[:, j]]
    return best[:, -1].tolist(), [_way(steps) for steps in back.tolist()]


def _way(back: list[int]) -> tuple[int, ...]:
    """The valleys on the way to the last one, ``back`` V: each one's forerunner."""
    way = [len(back) - 1]
    while way[-1] > 0:
        way.append(back[way[-1]])
    return tuple(way[::-1])
