"""Edges of a given number of cells along one axis, where labels stand and things hang: dynamic programming over places.

What speaks for a division, in votes: a label that has a cell to itself, the more the nearer it is to the middle; a drawn line under an
edge. What speaks against it: a thing that an edge cuts, a thing that hangs beside the grid, cells unlike each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.rig import Floats

PLACES = (90, 200)
"""Places for an edge at a first glance and closely; a twelfth of a row's height on a board of a dozen rows."""

PITCHES = (6, 12)
"""Usual sizes of a cell that are tried, from a quarter of what would fill the axis to all of it; each an eighth larger."""

UNLIKE = 0.35
"""Natural logarithm of a cell's size over the usual one that costs ``UNLIKE_COST``: cells half as large again are common on real boards."""

UNLIKE_COST = 0.4
"""Votes, for each cell; four times that at most, so that one broad column among eight can be."""

MIDDLE_COST = 1.0
"""Votes that a label loses where it hangs at the very edge of its cell."""

CARD = 0.3
"""Votes of a card in the middle of its cell; at a cell's edge it speaks as much against it."""

CROWDED = 0.7
"""Votes that each further label in one cell costs: labels of two rows."""

BESIDE = 0.4
"""Votes against leaving a thing out, one that is cut through the middle being 1: cards do hang outside, or another board beside."""

LINE = 0.8
"""Votes of a drawn line in full view under an edge."""

HEAVY = 1.5
"""What a cut through a label weighs, one through a card being 1."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """Along one axis of the flat frame: ``things`` and ``labels`` Nx2 (low, high), ``weights`` 0..1 of the things, drawn lines.

    ``lines_px`` N places and ``strengths`` 0..1.
    ``bounds_px``: between which places all edges lie.
    """

    things: Floats
    weights: Floats
    labels: Floats
    lines_px: Floats
    strengths: Floats
    bounds_px: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Division:
    """``edges_px`` count + 1, rising; ``votes`` for it, a label in the middle of each cell being one each."""

    edges_px: Floats
    votes: float


def divide(seen: Evidence, count: int, fine: bool = True, within: Floats | None = None) -> Division | None:
    """The division into ``count`` cells that has most votes; None where there is no room for one. Quicker unless ``fine``.

    ``within`` (count + 1)x2: between which places each edge lies, px; both are the same where a person put it there.
    """
    low, high = seen.bounds_px
    if high - low < 4 * count:
        return None
    places = np.union1d(np.linspace(low, high, PLACES[fine]), [] if within is None else within)
    at_edge = _at_edge(places, seen)
    allowed = _allowed(places, within, count)
    in_cell = _in_cell(places, seen)
    step = np.log(np.maximum(places[None] - places[:, None], 1e-9))
    start, end = _left_out(places, seen)
    full = (high - low) / count
    best: Division | None = None
    for pitch in full * 0.25 ** (np.arange(PITCHES[fine]) / (PITCHES[fine] - 1)):
        off = step - np.log(pitch)
        cell = in_cell - UNLIKE_COST * np.minimum((off / UNLIKE) ** 2, 4.0)
        cell[(np.abs(off) > 1.2) | (places[None] <= places[:, None])] = -np.inf
        edges, votes = _best_path(cell, at_edge + allowed, start, end)
        if best is None or votes > best.votes:
            best = Division(places[edges], votes)
    return best if best is not None and np.isfinite(best.votes) else None


def _allowed(places: Floats, within: Floats | None, count: int) -> Floats:
    """(count + 1) x places: 0 where an edge may lie, minus infinity where it may not."""
    if within is None:
        return np.zeros((count + 1, len(places)))
    return np.where((places >= within[:, :1]) & (places <= within[:, 1:]), 0.0, -np.inf)


def _best_path(cell: Floats, at_edge: Floats, start: Floats, end: Floats) -> tuple[list[int], float]:
    """Indices of the edges with most votes, and these. ``at_edge`` edges x places: votes for each edge at each place."""
    votes, came = at_edge[0] + start, []
    for own in at_edge[1:]:
        ways = votes[:, None] + cell
        came.append(ways.argmax(axis=0))
        votes = ways.max(axis=0) + own
    last = int((votes + end).argmax())
    edges = [last]
    for back in reversed(came):
        edges.append(int(back[edges[-1]]))
    return edges[::-1], float((votes + end)[last])


def _at_edge(places: Floats, seen: Evidence) -> Floats:
    """Votes for an edge at each place: things that it cuts, lines that lie under it."""
    votes = -cuts(places, seen.things, seen.weights) - HEAVY * cuts(places, seen.labels, np.ones(len(seen.labels)))
    if len(seen.lines_px):
        step = float(np.median(np.diff(places)))
        near = np.maximum(1 - np.abs(places[:, None] - seen.lines_px[None]) / (1.5 * step), 0)
        votes = votes + LINE * (near * seen.strengths).max(axis=1)
    return np.asarray(votes)


def cuts(places: Floats, spans: Floats, weights: Floats) -> Floats:
    """How many things an edge at each place cuts: 1 through the middle, less nearer to a side."""
    if not len(spans):
        return np.zeros(len(places))
    low, high = spans[:, 0], spans[:, 1]
    smaller = np.minimum(places[:, None] - low, high - places[:, None]) / np.maximum(high - low, 1e-9)
    return np.asarray(2 * np.maximum(smaller, 0) @ weights)


def _in_cell(places: Floats, seen: Evidence) -> Floats:
    """Votes (from x to) for a cell between two places: one label near its middle, cards near its middle."""
    labels, middle = _gathered(places, seen.labels, np.ones(len(seen.labels)), MIDDLE_COST)
    _, cards = _gathered(places, seen.things, seen.weights, 2.0)
    return np.asarray(np.where(labels > 1, middle / np.maximum(labels, 1) - CROWDED * (labels - 1), middle) + CARD * cards)


def _gathered(places: Floats, spans: Floats, weights: Floats, cost: float) -> tuple[Floats, Floats]:
    """Weight (from x to) between two places, and the same less ``cost`` times the square of how far off the middle it is, 1 at an edge."""
    middles = spans.mean(axis=1) if len(spans) else np.zeros(0)
    order = np.argsort(middles)
    powers = np.vstack([np.ones(len(middles)), middles, middles**2])[:, order] * weights[order]
    sums = np.column_stack([np.zeros(3), powers.cumsum(axis=1)])[:, np.searchsorted(middles[order], places)]
    zeroth, first, second = sums[:, None, :] - sums[:, :, None]
    mid, size = (places[None] + places[:, None]) / 2, np.maximum(places[None] - places[:, None], 1e-9)
    scatter = np.maximum(second - 2 * mid * first + mid**2 * zeroth, 0)
    return zeroth, np.asarray(zeroth - 4 * cost * scatter / size**2)


def _left_out(places: Floats, seen: Evidence) -> tuple[Floats, Floats]:
    """Votes against a grid that begins, and that ends, at each place: what hangs beyond."""
    middles = np.r_[seen.things.mean(axis=1), seen.labels.mean(axis=1)]
    weights = np.r_[seen.weights, np.ones(len(seen.labels))]
    before = (middles[None] < places[:, None]) @ weights
    return -BESIDE * before, -BESIDE * (weights.sum() - before)
