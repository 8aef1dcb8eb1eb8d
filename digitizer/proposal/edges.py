"""Edges that fall into the gaps: half way between the facing sides of what hangs in neighbouring cells, or on a drawn line."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from calibration.rig import Floats
from digitizer.proposal.divide import Evidence, cuts

STAY = 4.0
"""Cards that an edge must cut less to move by a whole cell from half way between the labels."""

STEPS = 41
"""Places looked at around an edge."""

LINE_NEAR = 0.25
"""Distance from a drawn line, in cells, within which an edge was meant to lie on it."""

SURE_LINE = 0.5
"""Strength from which a drawn line says where the grid ends."""

RULED = 0.7
"""Share of the inner edges that must have a line for lines to be believed."""

MOST_MOVED = 0.45
"""How far an edge may go from where it was, in cells."""


def settled(edges_px: Floats, seen: Evidence, levels: Floats) -> Floats:
    """The edges of a division moved into the gaps, rising. ``levels`` N: the place of each thing along the other axis, in cells."""
    cells = len(edges_px) - 1
    labels = _Row(seen.labels, edges_px, np.zeros(len(seen.labels)))
    things = _Row(seen.things, edges_px, levels)
    gaps = [gap for j in range(1, cells) for gap in [*labels.gaps(j), *things.gaps(j)]]
    half = max(float(np.median([high - low for low, high in gaps])), 0.0) / 2 if gaps else 0.0
    moved, ruled = edges_px.copy(), _ruled(edges_px, seen)
    seen = seen if ruled else replace(seen, lines_px=np.zeros(0), strengths=np.zeros(0))
    for j in range(1, cells):
        moved[j] = _inner(edges_px, j, labels.gaps(j) or things.gaps(j), seen)
    sides = seen.things[seen.weights > 0.5], seen.labels
    for j, cell, sign in ((0, 0, -1), (cells, cells - 1, 1)):
        moved[j] = _outer(edges_px, sides, (j, cell, sign), half, seen)
    return np.asarray(moved if (np.diff(moved) > 0).all() else edges_px)


def _ruled(edges_px: Floats, seen: Evidence) -> bool:
    """Whether most inner edges have a drawn line: columns are drawn all or none, chance lies near one or two."""
    strong = seen.lines_px[seen.strengths > SURE_LINE]
    if len(edges_px) < 3 or not len(strong):
        return False
    off = np.abs(edges_px[1:-1, None] - strong[None]).min(axis=1)
    return bool((off < LINE_NEAR * np.minimum(np.diff(edges_px)[:-1], np.diff(edges_px)[1:])).mean() > RULED)


class _Row:
    """Spans Nx2 along an axis, each in its cell, at its level of the other axis."""

    def __init__(self, spans: Floats, edges_px: Floats, levels: Floats) -> None:
        self.spans, self.levels = spans.reshape(-1, 2), levels
        self.home = np.searchsorted(edges_px, self.spans.mean(axis=1)) - 1

    def gaps(self, j: int) -> list[tuple[float, float]]:
        """(low, high) between each thing before the j-th edge and each past it on the same level."""
        before, past = np.flatnonzero(self.home == j - 1), np.flatnonzero(self.home == j)
        level = [(a, b) for a in before for b in past if abs(self.levels[a] - self.levels[b]) < 0.5]
        return [(float(self.spans[a, 1]), float(self.spans[b, 0])) for a, b in level]


def _inner(edges_px: Floats, j: int, gaps: list[tuple[float, float]], seen: Evidence) -> float:
    """An inner edge on a drawn line, else in the middle of the gaps, from there moved to where fewer cards are cut."""
    size = float(min(edges_px[j] - edges_px[j - 1], edges_px[j + 1] - edges_px[j]))
    middle = float(np.median(np.mean(gaps, axis=1))) if gaps else float(edges_px[j])
    near = np.abs(seen.lines_px - middle) < LINE_NEAR * size
    if near.any() and seen.strengths[near].max() > SURE_LINE:
        return float(seen.lines_px[near][int(seen.strengths[near].argmax())])
    places = np.clip(middle + np.linspace(-1, 1, STEPS) * MOST_MOVED * size, edges_px[j] - 0.9 * size, edges_px[j] + 0.9 * size)
    cost = cuts(places, seen.things, seen.weights) + STAY * np.abs(places - middle) / size
    return float(places[int(cost.argmin())])


def _outer(edges_px: Floats, spans: tuple[Floats, Floats], where: tuple[int, int, int], half: float, seen: Evidence) -> float:
    """An outer edge: half a gap beyond the label and most cards of the outer cells, or on a line near there, within bounds."""
    j, cell, sign = where
    low, high = edges_px[cell], edges_px[cell + 1]
    size = float(high - low)
    near = [(float(s), float(at)) for at, s in zip(seen.lines_px, seen.strengths, strict=True) if abs(at - edges_px[j]) < LINE_NEAR * size]
    if near and max(near)[0] > SURE_LINE:
        return max(near)[1]
    sides = [sign * part[:, (sign + 1) // 2] for span in spans if len(part := span[(span.mean(axis=1) > low) & (span.mean(axis=1) < high)])]
    place = sign * (max(float(np.median(side)) for side in sides) + half) if sides else float(edges_px[j])
    place = float(np.clip(place, edges_px[j] - MOST_MOVED * size, edges_px[j] + MOST_MOVED * size))
    return float(np.clip(place, *seen.bounds_px))
