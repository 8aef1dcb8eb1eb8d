"""Which of the candidate lines of one axis are the grid's: near-regular sequences by dynamic programming."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from calibration.rig import Floats
from digitizer.grid.arrays import Indices
from digitizer.grid.ridges import Lines
from digitizer.settings import LocateSettings

Header = Literal["none", "first", "last"]
"""Where the header's own outer line stands: there is none, before the first cell, or after the last."""

HEADER_CELLS = 0.8
"""How wide a header column (how high a header row) is taken to be where its outer line is not seen, in cells."""


@dataclass(frozen=True)
class Sequence:
    """Lines of one axis, rising.

    ``at_px`` of all lines, those not seen put where their neighbours want them; ``index`` into the candidates, -1 where none was seen;
    the header's outer line is among them as ``header`` tells.
    """

    at_px: tuple[float, ...]
    index: tuple[int, ...]
    header: Header
    score: float

    @property
    def cells(self) -> slice:
        """The lines that bound cells."""
        return slice(int(self.header == "first"), len(self.at_px) - int(self.header == "last"))


def find_sequences(lines: Lines, weight: Floats, count: int, settings: LocateSettings) -> list[Sequence]:
    """The best sequences of lines that bound ``count`` cells, best first, for each place of the header.

    ``weight`` K: what each candidate is worth, 1 for a line in full view.
    """
    keep = np.sort(np.argsort(-weight)[: settings.max_grid_lines])
    keep = keep[weight[keep] > settings.least_weight]
    if len(keep) < 2:
        return []
    solver = _Solver(lines.at_px[keep], weight[keep], count, settings)
    found = [_named(s, keep) for first in (False, True) for s in solver.solve(first)]
    kinds = [[s for s in found if s.header == header][: settings.sequences_kept] for header in get_args(Header)]
    return sorted((s for kind in kinds for s in kind), key=lambda s: -s.score)


def _named(found: Sequence, keep: Indices) -> Sequence:
    return Sequence(found.at_px, tuple(int(keep[i]) if i >= 0 else -1 for i in found.index), found.header, found.score)


class _Solver:
    """Dynamic programming over K candidates for P pitches at once."""

    def __init__(self, at_px: Floats, weight: Floats, count: int, settings: LocateSettings) -> None:
        self.at, self.weight, self.count, self.settings = at_px, weight, count, settings
        self.steps = at_px[None, :] - at_px[:, None]
        total = np.r_[0, weight.cumsum()]
        between = total[None, :-1] - total[1:, None]
        self.skipped = np.maximum(between, 0) * settings.skip_cost
        self.pitches = self._pitches()
        self.costs = [self._step_cost(cells) for cells in (1, 2, 3)]

    def _pitches(self) -> Floats:
        """Distances that some pair of strong lines could stand for, at most a tenth apart."""
        strong = np.flatnonzero(self.weight > 0.5)
        pairs = self.steps[np.ix_(strong, strong)]
        pairs = pairs[pairs > 0]
        options = np.unique(np.round(np.log(np.concatenate([pairs / g for g in (1, 2, 3)])) / 0.1)) if pairs.size else np.zeros(0)
        pitches = np.exp(options * 0.1)
        span = self.at[-1] - self.at[0]
        return np.asarray(pitches[(pitches > span / (4 * self.count + 8)) & (pitches < 1.3 * span / max(self.count - 2, 1))])

    def _step_cost(self, cells: int) -> Floats:
        """PxKxK cost of going from one candidate to the next over ``cells`` cells, infinite where that cannot be."""
        with np.errstate(divide="ignore", invalid="ignore"):
            off = np.abs(np.log(self.steps[None] / (cells * self.pitches[:, None, None])))
        cost = self.settings.uneven_cost * np.minimum((off / self.settings.uneven) ** 2, 4) + self.skipped
        cost += (cells - 1) * self.settings.miss_cost
        return np.where(np.nan_to_num(off, nan=np.inf) < self.settings.max_uneven, cost, np.inf)

    def solve(self, first: bool) -> list[Sequence]:
        """Best sequences with (``first``) or without a header's outer line before the first cell; each also with one after the last."""
        if not len(self.pitches):
            return []
        n, (p, k) = self.count + 1, (len(self.pitches), len(self.at))
        best = np.full((n, p, k), -np.inf)
        back = np.full((n, p, k), -1)
        head = self._before() if first else np.zeros((p, k))
        for line in range(n):
            best[line] = self.weight - line * self.settings.miss_cost + (head if line == 0 or not first else -self.settings.miss_cost)
            for g, cost in enumerate(self.costs[:line], 1):
                value = best[line - g][:, :, None] - cost
                came = value.argmax(axis=1)
                value = np.take_along_axis(value, came[:, None], axis=1)[:, 0] + self.weight
                better = value > best[line]
                best[line] = np.where(better, value, best[line])
                back[line] = np.where(better, came + k * g, back[line])
        return self._ends(best, back, first)

    def _before(self) -> Floats:
        """PxK gain of the best header line before a candidate that is the first line of cells."""
        ratio = self.steps[None] / self.pitches[:, None, None]
        fits = (ratio > self.settings.header_cells[0]) & (ratio < self.settings.header_cells[1])
        gain = np.where(fits, self.weight[None, :, None] - self.skipped, -np.inf).max(axis=1)
        return np.asarray(np.maximum(gain, -self.settings.miss_cost))

    def _ends(self, best: Floats, back: Floats, first: bool) -> list[Sequence]:
        """Trace back the best end of each pitch; keep sequences that differ."""
        missing = np.arange(len(best))[::-1] * self.settings.miss_cost
        final = best - missing[:, None, None]
        found: dict[tuple[int, ...], Sequence] = {}
        places: dict[tuple[int, ...], list[float]] = {}  # most sequences are met at several pitches
        worst = float(final.max()) - self.settings.worth_trying
        for p in np.flatnonzero(final.max(axis=(0, 2)) >= worst):
            ends = final[:, p].ravel()
            for end in np.argsort(-ends)[: self.settings.ends_tried].tolist():
                if ends[end] < worst:
                    break
                index = self._trace(back[:, p], *divmod(end, len(self.at)))
                if len(index) - index.count(-1) < max(3, self.settings.min_lines_share * len(index)):
                    continue
                pitch, key = float(self.pitches[p]), tuple(index)
                if key not in places:
                    places[key] = _filled(index, self.at, pitch)
                for sequence in self._finished(index, places[key], pitch, float(ends[end]), first):
                    name = (*sequence.index, sequence.header == "last")
                    if name not in found or found[name].score < sequence.score:
                        found[name] = sequence
        return sorted(found.values(), key=lambda s: -s.score)

    def _trace(self, back: Floats, line: int, k: int) -> list[int]:
        index, came = [-1] * len(back), back.tolist()
        while True:
            index[line] = k
            code = came[line][k]
            if code < 0:
                return index
            line, k = line - code // len(self.at), code % len(self.at)

    def _finished(self, index: list[int], at: list[float], pitch: float, score: float, first: bool) -> list[Sequence]:
        """The sequence of lines ``at`` (px), headed as asked; also with a header after it where a line stands there."""
        low, high = self.settings.header_cells
        if first:
            before = self._nearest(at[0] - high * pitch, at[0] - low * pitch)
            at, index = [self.at[before] if before >= 0 else at[0] - HEADER_CELLS * pitch, *at], [before, *index]
            return [Sequence(tuple(at), tuple(index), "first", score)]
        plain = Sequence(tuple(at), tuple(index), "none", score)
        after = self._nearest(at[-1] + low * pitch, at[-1] + high * pitch)
        if after < 0:
            return [plain]
        return [plain, Sequence((*at, float(self.at[after])), (*index, after), "last", score + float(self.weight[after]))]

    def _nearest(self, low: float, high: float) -> int:
        """The strongest candidate in an interval, -1 without any."""
        begin, end = np.searchsorted(self.at, low, side="right"), np.searchsorted(self.at, high, side="left")
        return int(begin + self.weight[begin:end].argmax()) if begin < end else -1


def _filled(index: list[int], at: Floats, pitch: float) -> list[float]:
    """Places of all lines: seen ones as seen, the others between or beyond them."""
    seen = [i for i, k in enumerate(index) if k >= 0]
    places = np.interp(range(len(index)), seen, [at[index[i]] for i in seen])
    step = (places[seen[-1]] - places[seen[0]]) / (seen[-1] - seen[0]) if seen[-1] > seen[0] else pitch
    before, after = np.arange(seen[0])[::-1] + 1, np.arange(len(index) - 1 - seen[-1]) + 1
    places[: seen[0]] = places[seen[0]] - before * step
    places[seen[-1] + 1 :] = places[seen[-1]] + after * step
    return [float(v) for v in places]
