"""Which strips of labels, and which edges between them, make the likeliest grid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np

from calibration.rig import Floats
from digitizer.grid.arrays import Indices
from digitizer.proposal.divide import Division, Evidence, divide
from digitizer.proposal.edges import settled
from digitizer.proposal.gaps import Seen, gaps
from digitizer.proposal.strips import Flat, Strip, of_one_make, strips

LIKE_VOTES = 0.5
"""Votes of each label for being like the others, beside that for where it hangs."""

MADE_ALIKE = 2.0
"""Votes for labels of columns and rows that are of one colour: they are mostly made together."""

FULL = 8
"""Pairs of strips that are looked at closely, those with most votes at a first glance."""

SHEET = 0.5
"""Weight from which a thing is a sheet that hangs in a cell, and edges run between it and others."""

MOST_ROOM = 0.8
"""Share of a cell beside its label, at most: a label is a fifth of its cell."""

COVERED = 0.5
"""Usual cells by which a grid covers what was taken for labels, from where they do not bound it: once a hand has set a line."""

NEAR_CELL = 0.35
"""Distance of a card from the middle of its cell, in cells, up to which it speaks for the grid."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """Drawn lines of the flat frame, for columns (0) and rows (1): places, px, and ``strengths`` 0..1 of each."""

    places_px: tuple[Floats, Floats]
    strengths: tuple[Floats, Floats]


@dataclass(frozen=True, eq=False)
class Scene:
    """A board of ``shape`` (rows, columns) as it is seen: things, drawn lines, and the part of the flat frame in the photo."""

    flat: Flat
    drawn: Drawn
    frame: Floats
    shape: tuple[int, int]


@dataclass(frozen=True, eq=False)
class Guess:
    """A grid in the flat frame, by what is ``seen`` of its columns and rows; ``votes`` for it; ``confidence`` 0..1.

    ``labelled``: the labels that it goes by.
    """

    seen: tuple[Seen, Seen]
    votes: float
    confidence: float
    labelled: Pair

    @property
    def across(self) -> Floats:
        """Edges of the columns, one more than there are."""
        return self.seen[0].likely_px

    @property
    def down(self) -> Floats:
        """Edges of the rows."""
        return self.seen[1].likely_px


def best_guess(scene: Scene) -> Guess | None:
    """The likeliest grid, or None where nothing speaks for one."""
    rows, columns = scene.shape
    tops: list[Strip | None] = [*strips(scene.flat, 0, columns), None]
    sides: list[Strip | None] = [*strips(scene.flat, 1, rows), None]
    pairs = [Pair(scene, top, side, left) for top, side, left in _pairs(scene.flat, tops, sides)]
    glances = [(guess.votes, i) for i, pair in enumerate(pairs) if (guess := pair.guess(1)) is not None]
    close = [pairs[i].guess(2, fine=True) for _, i in sorted(glances, reverse=True)[:FULL]]
    kept = [guess for guess in close if guess is not None]
    return max(kept, key=lambda guess: guess.votes) if kept else None


def _pairs(flat: Flat, tops: Sequence[Strip | None], sides: Sequence[Strip | None]) -> Iterator[tuple[Strip | None, Strip | None, bool]]:
    """Labels above with labels at the left and at the right of them; either may be missing."""
    for top in tops:
        along = top.middles if top else flat.middles[flat.paper > 0, 0]
        for side in sides:
            if side is None:
                yield top, None, True
                continue
            middle = (side.low + side.high) / 2
            for left in (True, False):
                if np.count_nonzero(along > middle if left else along < middle) >= max(1, len(along) / 3):
                    yield top, side, left


class Pair:
    """Labels above the grid and at one side of it, and all else that hangs there."""

    def __init__(self, scene: Scene, top: Strip | None, side: Strip | None, left: bool) -> None:
        self.scene, self.strips = scene, (top, side)
        low, high = scene.frame
        self.bounds = (
            (side.high if side and left else float(low[0]), side.low if side and not left else float(high[0])),
            (top.high if top else float(low[1]), float(high[1])),
        )
        self.labels = [self._beside(axis) for axis in (0, 1)]
        taken = {i for strip in self.strips if strip for i in strip.members}
        middles = scene.flat.middles
        there = (scene.flat.paper > 0) & (middles > low).all(axis=1) & (middles < high).all(axis=1)
        self.free = np.array([i for i in np.flatnonzero(there) if i not in taken], dtype=np.intp)

    def _beside(self, axis: int) -> Floats:
        """Spans of the labels that stand along the grid, not before the other labels."""
        strip, (low, high) = self.strips[axis], self.bounds[axis]
        return strip.spans[(strip.middles > low) & (strip.middles < high)] if strip else np.zeros((0, 2))

    def guess(self, rounds: int, fine: bool = False) -> Guess | None:
        """Columns and rows found in turns, each judged where the other's cells are."""
        rows, columns = self.scene.shape
        reach, found = self._reach(1), None
        for _ in range(rounds):
            across = self._divided(0, columns, reach, fine)
            down = self._divided(1, rows, (float(across.edges_px[0]), float(across.edges_px[-1])), fine) if across else None
            if across is None or down is None:
                return None
            found, reach = (across, down), (float(down.edges_px[0]), float(down.edges_px[-1]))
        return self._weighed(*found) if found else None

    def again(self, axis: int, other: Floats, within: Floats) -> Seen | None:
        """Edges along an axis sought anew, each between its two places of ``within``; ``other``: edges along the other axis."""
        told = self._within(axis, (float(within.min()), float(within.max())))
        found = divide(told._evidence(axis, self._there(axis, (float(other[0]), float(other[-1])))), len(within) - 1, within=within)
        if found is None:
            return None
        there = self._within(axis, self._reached(axis, found.edges_px))
        own = there._settled(axis, (found.edges_px, other) if axis == 0 else (other, found.edges_px))
        return there.seen(axis, own, other)

    def _within(self, axis: int, bounds: tuple[float, float]) -> Pair:
        """The same with other bounds along an axis, and the labels within these."""
        pair = copy(self)
        pair.bounds = (bounds, self.bounds[1]) if axis == 0 else (self.bounds[0], bounds)
        pair.labels = [pair._beside(each) for each in (0, 1)]
        return pair

    def _reached(self, axis: int, edges_px: Floats) -> tuple[float, float]:
        """The bounds of a grid that a hand told of: what was taken for a row of labels is none where the grid covers most of it."""
        (low, high), (first, last) = self.bounds[axis], (float(edges_px[0]), float(edges_px[-1]))
        covered = COVERED * float(np.median(np.diff(edges_px)))
        return first if first < low - covered else low, last if last > high + covered else high

    def seen(self, axis: int, own: Floats, other: Floats) -> Seen:
        """What there is to see of settled edges along an axis; ``other``: edges along the other axis. On drawn lines no gap counts."""
        evidence = self._evidence(axis, self._there(axis, (float(other[0]), float(other[-1]))))
        between = gaps(own, np.vstack([evidence.things[evidence.weights > SHEET], evidence.labels]))
        between[np.isin(own, evidence.lines_px)] = np.nan
        labels = evidence.labels
        room = 1 - float(np.median(labels[:, 1] - labels[:, 0]) / np.median(np.diff(own))) if len(labels) > 1 else 0.0
        return Seen(own, between, float(np.clip(room, 0.0, MOST_ROOM)))

    def _reach(self, axis: int) -> tuple[float, float]:
        """How far along an axis the labels go, and half a step on."""
        places = np.sort(self.labels[axis].mean(axis=1))
        if len(places) < 2:
            return self.bounds[axis]
        step = float(np.median(np.diff(places))) / 2
        return float(places[0]) - step, float(places[-1]) + step

    def _divided(self, axis: int, count: int, span: tuple[float, float], fine: bool) -> Division | None:
        """The division along an axis by what hangs within a span of the other."""
        return divide(self._evidence(axis, self._there(axis, span)), count, fine)

    def _there(self, axis: int, span: tuple[float, float]) -> Indices:
        """What hangs within a span of the other axis."""
        level = self.scene.flat.middles[self.free, 1 - axis]
        return np.asarray(self.free[(level > span[0]) & (level < span[1])])

    def _evidence(self, axis: int, there: Indices) -> Evidence:
        flat, drawn = self.scene.flat, self.scene.drawn
        things = np.column_stack([flat.low[there, axis], flat.high[there, axis]])
        return Evidence(things, flat.weights[there], self.labels[axis], drawn.places_px[axis], drawn.strengths[axis], self.bounds[axis])

    def _settled(self, axis: int, edges: tuple[Floats, Floats]) -> Floats:
        """Edges along an axis moved into the gaps."""
        own, other = edges[axis], edges[1 - axis]
        there = self._there(axis, (float(other[0]), float(other[-1])))
        places = np.arange(len(other), dtype=np.float64)
        levels = np.interp(self.scene.flat.middles[there, 1 - axis], other, places)
        return settled(own, self._evidence(axis, there), levels)

    def _weighed(self, across: Division, down: Division) -> Guess:
        """The grid with its votes, and those for labels that look alike."""
        votes, trust = across.votes + down.votes, 1.0
        for strip, labels, division in zip(self.strips, self.labels, (across, down), strict=True):
            edges, count = division.edges_px, len(division.edges_px) - 1
            places = labels.mean(axis=1)
            share = min(int(((places > edges[0]) & (places < edges[-1])).sum()), count) / count
            like = strip.like if strip else 0.0
            votes += LIKE_VOTES * like * share * count
            trust *= np.sqrt(like) * share
        top, side = self.strips
        votes += MADE_ALIKE * of_one_make(top, side) if top and side else 0.0
        both = across.edges_px, down.edges_px
        own, other = (self._settled(axis, both) for axis in (0, 1))
        return Guess((self.seen(0, own, other), self.seen(1, other, own)), votes, float(trust) * self._fit(*both), self)

    def _fit(self, across: Floats, down: Floats) -> float:
        """0..1: the share of the papers in the grid that hang near the middle of a cell."""
        offsets = []
        for axis, edges in ((0, across), (1, down)):
            place = self.scene.flat.middles[self.free, axis]
            cell = np.clip(np.searchsorted(edges, place) - 1, 0, len(edges) - 2)
            offsets.append(np.abs(place - (edges[cell] + edges[cell + 1]) / 2) / (edges[cell + 1] - edges[cell]))
        off = np.maximum(*offsets)
        return float((np.count_nonzero(off < NEAR_CELL) + 1) / (np.count_nonzero(off <= 0.5) + 1.5))
