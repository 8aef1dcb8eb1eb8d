"""Where names stand in line -> the edges of the columns and rows that they name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from calibration.plane import apply
from calibration.rig import Floats
from digitizer.grid.arrays import Indices
from digitizer.names.scattered import NamedWord

IN_LINE = 1.0
"""How far the middle of a name may be off the line of the others, in its heights: names are put up by eye."""

MOST_SLOPE = 0.1
"""Slope of such a line on a board seen square on: six degrees, a label hung by eye on what is left of the perspective."""


def edges_by_names(names: Sequence[NamedWord], flat_from_photo: Floats, shape: tuple[int, int]) -> tuple[Floats, Floats] | None:
    """Edges of columns and of rows in the flat frame, midway between their names; None where fewer than half of either are in line."""
    rows, columns = shape
    found = [_places(names, flat_from_photo, axis, count) for axis, count in ((0, columns), (1, rows))]
    across, down = (None if place is None else _edges(place) for place in found)
    return None if across is None or down is None else (across, down)


def share_near_middle(middles: Floats, edges: tuple[Floats, Floats], reach: float) -> float:
    """Of Nx2 middles of cards within a grid, the share that is within ``reach`` cells of their cell's middle; 0 where there are none."""
    off, inside = np.zeros(len(middles)), np.ones(len(middles), dtype=np.bool_)
    for axis, lines in enumerate(edges):
        place = middles[:, axis]
        cell = np.clip(np.searchsorted(lines, place) - 1, 0, len(lines) - 2)
        off = np.maximum(off, np.abs(place - (lines[cell] + lines[cell + 1]) / 2) / (lines[cell + 1] - lines[cell]))
        inside &= (place > lines[0]) & (place < lines[-1])
    return float((off[inside] < reach).mean()) if inside.any() else 0.0


def _places(names: Sequence[NamedWord], flat_from_photo: Floats, axis: int, count: int) -> Floats | None:
    """The places of ``count`` names along an axis, NaN for those that are not in line with the most that are."""
    own = [name for name in names if name.axis == axis]
    if len(own) < 2:
        return None
    middles = apply(flat_from_photo, np.array([[(b[0] + b[2]) / 2, (b[1] + b[3]) / 2] for b in (name.box_px for name in own)]))
    heights = np.array([name.box_px[3] - name.box_px[1] for name in own])
    index = np.array([name.index for name in own], dtype=np.intp)
    best = np.full(count, np.nan)
    for line in _lines(middles, heights, index, axis):
        places = _rising(middles[line, axis], index[line], count)
        if np.isfinite(places).sum() > np.isfinite(best).sum():
            best = places
    return best if np.isfinite(best).sum() >= max(2, count / 2) else None


def _lines(middles: Floats, heights: Floats, index: Indices, axis: int) -> Iterator[Indices]:
    """Which names lie on the line through two of them, for all pairs that may be in line."""
    along, level = middles[:, axis], middles[:, 1 - axis]
    for i in range(len(index)):
        for j in range(len(index)):
            step = along[j] - along[i]
            if index[i] >= index[j] or step <= 0 or abs(level[j] - level[i]) > MOST_SLOPE * step:
                continue
            off = np.abs(level - level[i] - (level[j] - level[i]) / step * (along - along[i]))
            yield np.flatnonzero(off < IN_LINE * heights)


def _rising(along: Floats, index: Indices, count: int) -> Floats:
    """The longest row of names that stand in the order of their numbers: the place of each number, NaN where it is not among them."""
    order = np.argsort(along, kind="stable")
    best: list[list[int]] = []
    for at, k in enumerate(order):
        before = max((best[b] for b in range(at) if index[order[b]] < index[k]), key=len, default=[])
        best.append([*before, int(k)])
    places = np.full(count, np.nan)
    for k in max(best, key=len, default=[]):
        places[index[k]] = along[k]
    return places


def _edges(places: Floats) -> Floats:
    """Edges midway between places; what is not seen stands between its neighbours, or a usual step beyond them."""
    seen = np.flatnonzero(np.isfinite(places))
    step = float(np.median(np.diff(places[seen]) / np.diff(seen)))
    order = np.arange(len(places))
    middles = np.interp(order, seen, places[seen])
    middles = middles + np.minimum(order - seen[0], 0) * step + np.maximum(order - seen[-1], 0) * step
    inner = (middles[1:] + middles[:-1]) / 2
    first, last = (inner[0], inner[-1]) if len(inner) else (middles[0] + step / 2, middles[-1] - step / 2)
    return np.asarray(np.r_[2 * middles[0] - first, inner, 2 * middles[-1] - last])
