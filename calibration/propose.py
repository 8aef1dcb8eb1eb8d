"""A first guess at a board's grid from the things that hang on it, for a person to confirm or drag right.

Made for boards without a full set of drawn lines: a row of labels gives the columns, a column of labels the rows, and the cards
between them say which of the possible rows and columns are meant. Lines alone are the business of ``digitizer.grid``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from calibration.blobs import Thing, find_things
from calibration.plane import apply, inverse
from calibration.rig import Floats, Image, readonly
from calibration.vanishing import flattening

ALIGNED = 0.6
"""How far the middles of labels in one row may lie apart, in heights of a label (widths, in a column): they hang by eye."""

APART = 0.6
"""Distance between neighbouring labels, in their widths (heights), below which they are two findings of one thing."""

NEAR_CELL = 0.35
"""Distance of a card from the middle of its cell, in cells, up to which it speaks for the grid."""

BESIDE_WEIGHT = 0.4
"""What a paper beside the grid counts against it, one inside being 1: cards do hang outside, and another board may hang next to it."""

LABEL_GAP = (0.35, 2.5)
"""Distance of the labels from the first row or column, in rows or columns."""

LIKE_LAB = 20.0
"""Scatter of the labels' colours, Lab units, at which their likeness halves."""

RUNS = 60
"""Rows (and columns) of labels that are tried, the most alike first."""


@dataclass(frozen=True, eq=False)
class Proposal:
    """A grid to confirm.

    ``corners_px`` 4x2 of the grid of cells, clockwise from the top left, photo px; inner dividers as shares of the grid's true
    width and height; ``confidence`` 0..1, above a third when labels on both sides and the cards agree.
    """

    corners_px: Floats
    column_fractions: tuple[float, ...]
    row_fractions: tuple[float, ...]
    confidence: float


def propose(image_bgr: Image, rows: int, columns: int) -> Proposal:
    """Guess the grid of a board with so many rows and columns in a photo, HxWx3. Raises ``ValueError`` where too little hangs on it."""
    things = find_things(image_bgr)
    if len(things) < max(4, (rows + columns) // 2):
        raise ValueError(
            f"Only {len(things)} things that could be labels or cards were found; {rows} rows and {columns} columns need more."
        )
    flat_from_photo = flattening(image_bgr, things)
    flat = _Flat.of(things, flat_from_photo)
    tops, sides = _runs(flat, 0, columns), _runs(flat, 1, rows)
    guesses = [*_by_both(flat, tops, sides), *_by_one(flat, tops, rows, 0), *_by_one(flat, sides, columns, 1)]
    guesses.append(_by_cards(flat, rows, columns))
    best = max(guesses, key=lambda guess: guess.score)
    corners = np.array([[best.across[i], best.down[j]] for i, j in ((0, 0), (-1, 0), (-1, -1), (0, -1))])
    return Proposal(readonly(apply(inverse(flat_from_photo), corners)), _shares(best.across), _shares(best.down), min(best.score, 1.0))


@dataclass(frozen=True, eq=False)
class _Flat:
    """Things in the flattened photo: ``centres`` Nx2, ``sizes`` Nx2 (width, height), ``labs`` Nx3, ``paper`` N."""

    centres: Floats
    sizes: Floats
    labs: Floats
    paper: Floats

    @staticmethod
    def of(things: Sequence[Thing], flat_from_photo: Floats) -> _Flat:
        corners = apply(flat_from_photo, np.array([t.corners_px for t in things]).reshape(-1, 2)).reshape(-1, 4, 2)
        width = np.linalg.norm(corners[:, 1] - corners[:, 0] + corners[:, 2] - corners[:, 3], axis=1) / 2
        height = np.linalg.norm(corners[:, 3] - corners[:, 0] + corners[:, 2] - corners[:, 1], axis=1) / 2
        papers = np.array([t.paper for t in things], dtype=np.float64)
        return _Flat(corners.mean(axis=1), np.column_stack([width, height]), np.array([t.lab for t in things]), papers)


@dataclass(frozen=True, eq=False)
class _Run:
    """Things in a row (or column): ``members`` indices in order, ``likeness`` 0..1 in colour and size."""

    members: tuple[int, ...]
    likeness: float


@dataclass(frozen=True, eq=False)
class _Guess:
    """Edges of the grid in the flattened photo: ``across`` columns + 1, ``down`` rows + 1."""

    across: Floats
    down: Floats
    score: float


def _runs(flat: _Flat, axis: int, count: int) -> list[_Run]:
    """Every way to take ``count`` neighbouring things in a row (axis 0) or a column (axis 1), the most alike first."""
    found: dict[tuple[int, ...], _Run] = {}
    for seed in range(len(flat.centres)):
        line = _line(flat, axis, seed)
        for members in _choices(line, count):
            if members not in found:
                found[members] = _Run(members, _likeness(flat, members))
    return sorted(found.values(), key=lambda run: -run.likeness)[:RUNS]


def _choices(line: Sequence[int], count: int) -> Iterator[tuple[int, ...]]:
    """Ways to take ``count`` of a line: with one or two left out anywhere (a stray note between labels), else neighbours only."""
    if count <= len(line) <= count + 2:
        yield from combinations(line, count)
        return
    for start in range(len(line) - count + 1):
        yield tuple(line[start : start + count])


def _line(flat: _Flat, axis: int, seed: int) -> list[int]:
    """Indices of the things level (or plumb) with one of them, in order, without doubles."""
    thick = flat.sizes[seed, 1 - axis]
    off = np.abs(flat.centres[:, 1 - axis] - flat.centres[seed, 1 - axis])
    similar = (flat.sizes[:, 1 - axis] > 0.45 * thick) & (flat.sizes[:, 1 - axis] < 2.2 * thick)
    level = np.flatnonzero((off < ALIGNED * thick) & similar & (flat.paper == flat.paper[seed]))
    line: list[int] = []
    for i in level[np.argsort(flat.centres[level, axis])]:
        gap = flat.centres[i, axis] - flat.centres[line[-1], axis] if line else np.inf
        if gap > APART * min(flat.sizes[i, axis], flat.sizes[line[-1], axis] if line else np.inf):
            line.append(int(i))
    return line


def _likeness(flat: _Flat, members: Sequence[int]) -> float:
    index = list(members)
    colours = float(np.linalg.norm(flat.labs[index] - np.median(flat.labs[index], axis=0), axis=1).mean())
    heights = np.log(flat.sizes[index, 1])
    return 1 / (1 + colours / LIKE_LAB) / (1 + 3 * float(np.std(heights)))


def _by_both(flat: _Flat, tops: Sequence[_Run], sides: Sequence[_Run]) -> Iterator[_Guess]:
    """Guesses from labels above and labels at a side."""
    for top in tops:
        for side in sides:
            if set(top.members) & set(side.members):
                continue
            across = _edges(flat, top.members, 0)
            down = _edges(flat, side.members, 1)
            guess = _weighed(flat, across, down, (top, side))
            if guess is not None:
                yield guess


def _by_one(flat: _Flat, runs: Sequence[_Run], count: int, axis: int) -> Iterator[_Guess]:
    """Guesses from labels along one axis; the other is divided by where the cards hang."""
    for run in runs[: RUNS // 3]:
        along = _edges(flat, run.members, axis)
        label = flat.centres[list(run.members), 1 - axis].mean() + 0.5 * flat.sizes[list(run.members), 1 - axis].mean()
        within = (flat.centres[:, axis] > along[0]) & (flat.centres[:, axis] < along[-1]) & (flat.paper > 0)
        cards = np.flatnonzero(within & (flat.centres[:, 1 - axis] > label))
        if len(cards) < count:
            continue
        other = _split(flat.centres[cards, 1 - axis], count)
        edges = np.concatenate([[max(label, 2 * other[0] - (other[0] + other[1]) / 2 if count > 1 else label)], _between(other)[1:]])
        across, down = (along, edges) if axis == 0 else (edges, along)
        if (np.diff(across) > 0).all() and (np.diff(down) > 0).all():
            yield _Guess(across, down, 0.5 * run.likeness * _fit(flat, across, down, run.members))


def _by_cards(flat: _Flat, rows: int, columns: int) -> _Guess:
    """The last resort: the middle nine tenths of all things, divided by where they hang."""
    low, high = np.percentile(flat.centres, (5, 95), axis=0)
    inside = ((flat.centres >= low) & (flat.centres <= high)).all(axis=1)
    places = flat.centres[inside] if inside.sum() >= 2 else flat.centres
    across, down = (_between(_split(places[:, axis], count)) for axis, count in ((0, columns), (1, rows)))
    return _Guess(across, down, 0.05)


def _weighed(flat: _Flat, across: Floats, down: Floats, runs: tuple[_Run, _Run]) -> _Guess | None:
    """The grid between labels above and aside, cut short of them; None where they do not stand around one."""
    top, side = (list(run.members) for run in runs)
    top_y, side_x = float(flat.centres[top, 1].mean()), float(flat.centres[side, 0].mean())
    pitch = np.diff(across).mean(), np.diff(down).mean()
    above = (down[0] + down[1]) / 2 - top_y
    left, right = (across[0] + across[1]) / 2 - side_x, side_x - (across[-2] + across[-1]) / 2
    if not LABEL_GAP[0] * pitch[1] < above < LABEL_GAP[1] * pitch[1]:
        return None
    if not any(LABEL_GAP[0] * pitch[0] < gap < LABEL_GAP[1] * pitch[0] for gap in (left, right)):
        return None
    across, down = across.copy(), down.copy()
    down[0] = np.clip(top_y + 0.5 * flat.sizes[top, 1].mean(), down[0], down[1] - 0.3 * pitch[1])
    half = 0.5 * flat.sizes[side, 0].mean()
    if left > 0:
        across[0] = np.clip(side_x + half, across[0], across[1] - 0.3 * pitch[0])
    else:
        across[-1] = np.clip(side_x - half, across[-2] + 0.3 * pitch[0], across[-1])
    members = (*runs[0].members, *runs[1].members)
    return _Guess(across, down, float(np.sqrt(runs[0].likeness * runs[1].likeness)) * _fit(flat, across, down, members))


def _fit(flat: _Flat, across: Floats, down: Floats, labels: Sequence[int]) -> float:
    """0..1: the share of the papers in the grid, and in part around it, that hang near the middle of a cell."""
    free = flat.paper > 0
    free[list(labels)] = False
    offsets = []
    around = np.ones(len(flat.centres), bool)
    for axis, edges in ((0, across), (1, down)):
        place, reach = flat.centres[:, axis], (edges[-1] - edges[0]) / len(edges)
        cell = np.clip(np.searchsorted(edges, place) - 1, 0, len(edges) - 2)
        offsets.append(np.abs(place - (edges[cell] + edges[cell + 1]) / 2) / (edges[cell + 1] - edges[cell]))
        around &= (place > edges[0] - 1.5 * reach) & (place < edges[-1] + 1.5 * reach)
    inside = free & (np.maximum(*offsets) <= 0.5)
    near = free & (np.maximum(*offsets) < NEAR_CELL)
    beside = np.count_nonzero(free & around & ~inside)
    return (np.count_nonzero(near) + 1) / (np.count_nonzero(inside) + BESIDE_WEIGHT * beside + 1.5)


def _edges(flat: _Flat, members: Sequence[int], axis: int) -> Floats:
    return _between(flat.centres[list(members), axis])


def _between(centres: Floats) -> Floats:
    """Edges half way between centres; the outer ones as far out as the next is in."""
    if len(centres) == 1:
        return np.array([centres[0] - 1.0, centres[0] + 1.0])
    inner = (centres[:-1] + centres[1:]) / 2
    return np.concatenate([[2 * centres[0] - inner[0]], inner, [2 * centres[-1] - inner[-1]]])


def _split(places: Floats, count: int) -> Floats:
    """Centres of ``count`` clusters of numbers, rising: k-means from even quantiles."""
    centres = np.quantile(places, (np.arange(count) + 0.5) / count)
    for _ in range(20):
        nearest = np.abs(places[:, None] - centres[None]).argmin(axis=1)
        centres = np.array([places[nearest == k].mean() if (nearest == k).any() else centres[k] for k in range(count)])
    step = max(float(np.ptp(places)), 1.0) / (4 * count)
    return np.asarray(np.maximum.accumulate(centres) + np.arange(count) * 1e-3 * step, dtype=np.float64)


def _shares(edges: Floats) -> tuple[float, ...]:
    """Inner edges as fractions of the whole."""
    return tuple(((edges[1:-1] - edges[0]) / (edges[-1] - edges[0])).tolist())
