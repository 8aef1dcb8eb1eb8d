"""Which sequence across and which down make one grid together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from calibration.rig import Floats
from digitizer.grid.axis import Axis, Flaws, head
from digitizer.grid.bare import bare_board
from digitizer.grid.ridges import Lines, chosen
from digitizer.grid.sequences import Sequence, find_sequences
from digitizer.grid.view import View
from digitizer.medians import median
from digitizer.settings import LocateSettings


@dataclass(frozen=True, eq=False)
class Lattice:
    """A grid in the plane: lines placed along x (``across``) and along y (``down``).

    ``score`` in lines; ``support`` 0..1 of each line, those along x first; ``labels`` 0..1: share of header cells with a label;
    ``flaws``: what speaks against it, the worse of both axes.
    """

    across: Sequence
    down: Sequence
    score: float
    support: Floats
    labels: float
    flaws: Flaws


def find_lattices(view: View, shape: tuple[int, int], settings: LocateSettings) -> list[Lattice]:
    """Grids of ``shape`` (rows, columns) that the lines in a view allow, best first."""
    found: list[Lattice] = []
    for ink in inks(view.across, view.down):
        found += _of_ink(view, shape, ink, settings)
        if found and max(g.support.mean() for g in found) > settings.plain_support:
            break
    return sorted(found, key=lambda g: -g.score)


def _of_ink(view: View, shape: tuple[int, int], ink: Floats, settings: LocateSettings) -> list[Lattice]:
    """Grids drawn in one colour. The lines of one axis are judged where those of the other end, in turns."""
    rows, columns = shape
    ys = find_sequences(view.down, _weights(view.down, rows, ink, settings), rows, settings)
    xs = find_sequences(view.across, _weights(view.across, columns, ink, settings), columns, settings)
    if not xs or not ys:
        return []
    scorer = _Scorer(view, ink, (xs[0], ys[0]), settings)
    found: dict[tuple[object, ...], Lattice] = {}

    @cache  # the best grid of one turn is often that of the next
    def across(down: Sequence) -> list[Sequence]:
        return find_sequences(view.across, scorer.across.weights(down), columns, settings)

    @cache
    def down(across: Sequence) -> list[Sequence]:
        return find_sequences(view.down, scorer.down.weights(across), rows, settings)

    for y in ys[: settings.turns_kept]:
        scorer.add(found, across(y), [y])
    for x in [g.across for g in _best(found, settings.turns_kept)]:
        scorer.add(found, [x], down(x))
    for _ in range(2):
        for best in _best(found, 2):
            scorer.add(found, across(best.down), [best.down])
            scorer.add(found, [best.across], down(best.across))
    return _best(found, 20)


def _best(found: dict[tuple[object, ...], Lattice], count: int) -> list[Lattice]:
    return sorted(found.values(), key=lambda g: -g.score)[:count]


def _weights(lines: Lines, count: int, ink: Floats, settings: LocateSettings) -> Floats:
    """Worth of the candidates while nothing is known of the other axis: 1 for a typical line of the grid."""
    own = lines.strength * np.clip(lines.ways @ ink, 0, 1) ** 2
    typical = float(np.median(np.sort(own)[::-1][: count + 1])) if len(own) else 1.0
    return np.minimum(own / max(typical, 1e-6), settings.max_weight)


def inks(across: Lines, down: Lines, count: int = 3) -> list[Floats]:
    """Unit Lab differences that most of the strong lines share, most frequent first; each unlike the others."""
    ways = np.concatenate([across.ways, down.ways])
    strength = np.concatenate([across.strength, down.strength])
    order = np.argsort(-strength)[:40]
    ways, strength = ways[order], strength[order]
    agree = np.clip(ways @ ways.T, 0, 1) ** 4 @ strength
    found: list[Floats] = []
    for i in np.argsort(-agree):
        if len(found) < count and all(ways[i] @ c < 0.8 for c in found):
            found.append(ways[i])
    return found


class _Scorer:
    """Weighs pairs of sequences by what the picture shows along every line, beyond its ends, and in the header cells."""

    def __init__(self, view: View, ink: Floats, first: tuple[Sequence, Sequence], settings: LocateSettings) -> None:
        lines = chosen(view.across, first[0].index), chosen(view.down, first[1].index)
        self.bare, self.settings = bare_board(view.lab, view.plane.seen, *lines, settings), settings
        self.across = Axis(view.across, ink, self.bare.foreign, settings)
        self.down = Axis(view.down, ink, self.bare.foreign.T, settings)

    def add(self, found: dict[tuple[object, ...], Lattice], xs: list[Sequence], ys: list[Sequence]) -> None:
        """Score all pairs that are new. A header row below the grid goes with a header column to its right: the photo is upside down."""
        for x, y in ((x, y) for x in xs for y in ys if y.header != "last" or x.header == "last"):
            key = (x.index, x.header, y.index, y.header)
            if key not in found:
                found[key] = self.lattice(x, y)

    def lattice(self, x: Sequence, y: Sequence) -> Lattice:
        """The pair with its score."""
        upright, level = self.across.judge(x, y), self.down.judge(y, x)
        labels, corner = self._labels(x, y)
        score = upright.worth + level.worth + self.settings.label_worth * (labels + 0.5 * corner) - self._uneven(x) - self._uneven(y)
        score -= self.settings.half_headed_cost * ((x.header == "none") != (y.header == "none"))
        score -= self.settings.last_cost * ((x.header == "last") + (y.header == "last"))
        flaws = tuple(float(max(p, q)) for p, q in zip(upright.flaws, level.flaws, strict=True))
        return Lattice(x, y, score, np.r_[upright.support, level.support], labels / 2, Flaws(*flaws))

    def _uneven(self, s: Sequence) -> float:
        """Cost of cells that differ from each other, judged by how alike most of them are."""
        steps = np.log(np.maximum(np.diff(s.at_px[s.cells]), 1e-6))
        off = np.abs(steps - median(steps))
        spread = min(max(1.5 * median(off), self.settings.even), self.settings.uneven)
        return float(self.settings.uneven_cost * np.minimum((off / spread) ** 2, 9).sum())

    def _labels(self, x: Sequence, y: Sequence) -> tuple[float, float]:
        """Shares of header cells above and beside the grid where something stands, summed, and 1 for a bare corner between them."""
        xs, ys = np.array(x.at_px[x.cells]), np.array(y.at_px[y.cells])
        (left, right), (top, bottom) = head(x), head(y)
        low_x, high_x = np.r_[xs[:-1], np.full(len(ys) - 1, left), left], np.r_[xs[1:], np.full(len(ys) - 1, right), right]
        low_y, high_y = np.r_[np.full(len(xs) - 1, top), ys[:-1], top], np.r_[np.full(len(xs) - 1, bottom), ys[1:], bottom]
        low, high = np.c_[low_x, low_y], np.c_[high_x, high_y]
        inset = 0.2 * (high - low)
        busy = self.bare.shares(low + inset, high - inset) > self.settings.busy_share
        return float(busy[: len(xs) - 1].mean() + busy[len(xs) - 1 : -1].mean()), float(not busy[-1])
