"""Rows and columns of things that hang in line and look alike: what may be the labels of a board."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.plane import apply
from calibration.rig import Floats
from digitizer.proposal.blobs import Thing
from digitizer.proposal.things import commonness

ALIGNED = 0.6
"""How far the middles of labels in one row may lie apart, in heights of a label (widths, in a column): they hang by eye."""

APART = 0.6
"""Distance between neighbouring labels, in their widths (heights), below which they are two findings of one thing."""

LIKE_SIZE = (0.45, 2.2)
"""Height of a label over that of others in its row."""

LIKE_LAB = 20.0
"""Scatter of the labels' colours, Lab units, at which their likeness halves."""

LEAST_SHARE = 0.5
"""Share of a board's labels that must be found for a strip of them to be one."""

COMMON = 0.3
"""Share of the commonest size from which a size is one of the board's."""

STRIPS = {True: 8, False: 4}
"""Strips of sheets, and of words on the board itself, that are tried along each axis, the likeliest first."""


@dataclass(frozen=True, eq=False)
class Flat:
    """Things in the flat frame: ``low`` and ``high`` Nx2 of upright boxes, ``labs`` Nx3; ``paper``, ``written`` N, 0 or 1.

    ``weights`` N 0..1: how far each is to be believed to be a card: those of a board share few sizes.
    """

    low: Floats
    high: Floats
    labs: Floats
    paper: Floats
    written: Floats
    weights: Floats

    @property
    def middles(self) -> Floats:
        """Nx2 centres."""
        return np.asarray((self.low + self.high) / 2)

    @property
    def sizes(self) -> Floats:
        """Nx2 (width, height)."""
        return np.asarray(self.high - self.low)

    @staticmethod
    def of(things: Sequence[Thing], written: Floats, flat_from_photo: Floats) -> Flat:
        """Things of a photo, seen square on; the size of one that hangs turned is that of its sides."""
        corners = apply(flat_from_photo, np.array([t.corners_px for t in things]).reshape(-1, 2)).reshape(-1, 4, 2)
        width = np.linalg.norm(corners[:, 1] - corners[:, 0] + corners[:, 2] - corners[:, 3], axis=1) / 2
        height = np.linalg.norm(corners[:, 3] - corners[:, 0] + corners[:, 2] - corners[:, 1], axis=1) / 2
        half = np.column_stack([width, height]) / 2
        middles = corners.mean(axis=1)
        labs = np.array([t.lab for t in things], dtype=np.float64).reshape(-1, 3)
        paper = np.array([t.paper for t in things], dtype=np.float64)
        weights = np.zeros(len(paper))
        weights[paper > 0] = np.minimum(commonness(2 * half[paper > 0]) / COMMON, 1.0)
        return Flat(middles - half, middles + half, labs, paper, written, weights)


@dataclass(frozen=True, eq=False)
class Strip:
    """Labels in a row or a column: ``spans`` Nx2 (low, high) of each, in order; ``low`` and ``high`` the strip's sides.

    All in flat px. ``members``: the things that they are; ``like`` 0..1: how alike they look; ``lab``: their usual colour.
    """

    members: tuple[int, ...]
    spans: Floats
    low: float
    high: float
    like: float
    lab: Floats

    @property
    def middles(self) -> Floats:
        """Places of the labels along the axis."""
        return np.asarray(self.spans.mean(axis=1))


def strips(flat: Flat, axis: int, count: int) -> list[Strip]:
    """What may be the ``count`` labels along an axis, the likeliest first; some may be missing, others in line with them."""
    lines = {line for seed in np.flatnonzero(flat.written) if len(line := _line(flat, axis, int(seed))) >= max(1, LEAST_SHARE * count)}
    found = [_strip(flat, axis, line, count) for line in sorted(lines)]
    found.sort(key=lambda strip: (-strip.like * min(len(strip.spans), count), strip.members))
    return [strip for paper, most in STRIPS.items() for strip in [s for s in found if (flat.paper[s.members[0]] > 0) == paper][:most]]


def of_one_make(a: Strip, b: Strip) -> float:
    """0..1: how alike in colour two strips are."""
    return 1 / (1 + float(np.linalg.norm(a.lab - b.lab)) / LIKE_LAB)


def _likeness(flat: Flat, members: Sequence[int]) -> float:
    """0..1: how alike things are in colour and in height."""
    index = list(members)
    colours = float(np.median(np.linalg.norm(flat.labs[index] - np.median(flat.labs[index], axis=0), axis=1)))
    heights = np.log(flat.sizes[index, 1])
    return 1 / (1 + colours / LIKE_LAB) / (1 + 3 * float(np.median(np.abs(heights - np.median(heights)))))


def _strip(flat: Flat, axis: int, members: tuple[int, ...], count: int) -> Strip:
    index, across = list(members), 1 - axis
    spans = np.column_stack([flat.low[index, axis], flat.high[index, axis]])
    if axis == 0 and not flat.paper[index[0]]:
        spans = _words_joined(spans, count)
    low, high = (float(np.median(side[index, across])) for side in (flat.low, flat.high))
    return Strip(members, spans, low, high, _likeness(flat, members), np.median(flat.labs[index], axis=0))


def _words_joined(spans: Floats, count: int) -> Floats:
    """Words in a row, the nearest joined until there are ``count``: a label may have several."""
    while len(spans) > count:
        gaps = spans[1:, 0] - spans[:-1, 1]
        i = int(gaps.argmin())
        joined = np.array([[spans[i, 0], max(spans[i, 1], spans[i + 1, 1])]])
        spans = np.vstack([spans[:i], joined, spans[i + 2 :]])
    return spans


def _line(flat: Flat, axis: int, seed: int) -> tuple[int, ...]:
    """Indices of the things level (or plumb) with one of them, in order, without doubles; all of them written on."""
    across = 1 - axis
    thick = flat.sizes[seed, across]
    off = np.abs(flat.middles[:, across] - flat.middles[seed, across])
    similar = (flat.sizes[:, across] > LIKE_SIZE[0] * thick) & (flat.sizes[:, across] < LIKE_SIZE[1] * thick)
    level = np.flatnonzero((off < ALIGNED * thick) & similar & (flat.paper == flat.paper[seed]) & (flat.written > 0))
    line: list[int] = []
    for i in level[np.argsort(flat.middles[level, axis], kind="stable")]:
        gap = flat.middles[i, axis] - flat.middles[line[-1], axis] if line else np.inf
        if gap > APART * min(flat.sizes[i, axis], flat.sizes[line[-1], axis] if line else np.inf):
            line.append(int(i))
    return tuple(line)
