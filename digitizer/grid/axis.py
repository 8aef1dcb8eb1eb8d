"""How well lines of one axis fit a grid whose other axis is given: where they run, where they end, where bare board contradicts them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from calibration.rig import Floats
from digitizer.grid.arrays import Mask
from digitizer.grid.ridges import Lines
from digitizer.grid.sequences import HEADER_CELLS, Sequence
from digitizer.medians import median
from digitizer.settings import LocateSettings


class Flaws(NamedTuple):
    """What speaks against a grid, each 0 (nothing) to 1.

    ``hollow``: outer cells that no line crosses; ``overrun``: lines that run on past the grid's end; ``missing``: inner lines where bare
    board is seen; ``passed_over``: lines within the grid that it has no use for.
    """

    hollow: float
    overrun: float
    missing: float
    passed_over: float


@dataclass(frozen=True, eq=False)
class Judged:
    """``worth`` of a sequence in lines; ``support`` 0..1 of each of its lines; ``flaws``."""

    worth: float
    support: Floats
    flaws: Flaws


class Axis:
    """The lines of one axis, ready to be judged many times."""

    def __init__(self, lines: Lines, ink: Floats, foreign: Mask, settings: LocateSettings) -> None:
        self.at, self.strip_px, self.coarse, self.settings = lines.at_px, lines.strip_px, settings.coarse, settings
        self.widths = lines.widths_px
        alike = np.clip(lines.ways @ ink, 0, 1) ** 2
        self.support = np.r_[lines.support * alike[:, None], np.zeros((1, len(lines.strips)))]
        rows = np.clip(((np.arange(len(lines.strips)) + 0.5) * lines.strip_px / settings.coarse).astype(int), 0, len(foreign) - 1)
        self.empty = ~foreign[rows]

    def judge(self, own: Sequence, other: Sequence) -> Judged:
        """Judge a sequence between the outer lines of the other axis."""
        support = self.support[list(own.index)]
        column = np.clip(np.array(own.at_px) / self.coarse, 0, self.empty.shape[1] - 1).astype(int)
        bare = self.empty[:, column].T & (support < 0.3)
        inside, before, after = self._spans(other)
        share, runs_on = support[:, inside].mean(axis=1), (support[:, before].mean(axis=1), support[:, after].mean(axis=1))
        worth = share - self.settings.line_worth * (share < self.settings.line_worth)
        worth = worth - self.settings.bare_cost * bare[:, inside].mean(axis=1) - self.settings.beyond_cost * (runs_on[0] + runs_on[1]) / 2
        hollow = self._hollow(bare, other)
        idle = self._passed_over(own, inside)
        total = float(worth.sum()) - self.settings.idle_cost * float(idle.sum()) - self.settings.hollow_cost * sum(hollow)
        flaws = Flaws(max(hollow[1:]), self._overrun(runs_on, other), self._missing(bare[:, inside], own), float(idle.max(initial=0.0)))
        return Judged(total, share, flaws)

    def weights(self, other: Sequence) -> Floats:
        """Worth of every candidate as a line that runs as far as the other axis' lines reach."""
        support = self.support[:-1]
        inside, before, after = self._spans(other)
        beyond = (support[:, before].mean(axis=1) + support[:, after].mean(axis=1)) / 2
        return np.asarray(support[:, inside].mean(axis=1) - self.settings.beyond_cost * beyond)

    def _hollow(self, bare: Mask, other: Sequence) -> tuple[float, float, float]:
        """Share of the lines that bare board interrupts in the header, in the first and in the last cell of the other axis."""
        at = other.at_px[other.cells]
        spans = [head(other) if other.header != "none" else None, (at[0], at[1]), (at[-2], at[-1])]
        shares = [float(bare[:, self._within(span)].mean()) if span else 0.0 for span in spans]
        return shares[0], shares[1], shares[2]

    def _overrun(self, runs_on: tuple[Floats, Floats], other: Sequence) -> float:
        """Share to which most lines run on past an end of the grid; above the first row they may, where the headers have no line."""
        before = 0.0 if other.header == "none" else median(runs_on[0])
        return max(before, median(runs_on[1]))

    def _missing(self, bare: Mask, own: Sequence) -> float:
        """Greatest share of bare board along an inner line."""
        inner = bare[own.cells][1:-1]
        return float(inner.mean(axis=1).max()) if len(inner) else 0.0

    def _passed_over(self, own: Sequence, inside: slice) -> Floats:
        """Support of lines of the same pen within the grid that the sequence does not use.

        A line that wavers may be seen twice, a little apart; a row of bold labels makes a line of its own, but a broader one than the pen;
        and headers are often set off by a double line, whose gap is too narrow to be a row.
        """
        at = np.array(own.at_px)
        off = np.abs(self.at[:, None] - at[None]).min(axis=1)
        cell = median(np.diff(at[own.cells]))
        in_head = (self.at < at[own.cells][0]) | (self.at > at[own.cells][-1])
        apart = np.where(in_head, self.settings.header_cells[0], self.settings.one_line) * cell
        pen = median(self.widths[[i for i in own.index if i >= 0]])
        same_pen = np.abs(np.log2(self.widths / pen)) < self.settings.pen_octaves
        idle = (self.at > at[0]) & (self.at < at[-1]) & (off > apart) & same_pen
        share = self.support[:-1][idle][:, inside].mean(axis=1)
        return np.asarray(share[share > 0.5])

    def _spans(self, other: Sequence) -> tuple[slice, slice, slice]:
        """Strips between the other axis' outer lines, and just past either end."""
        low, high = other.at_px[0], other.at_px[-1]
        pitch = (high - low) / (len(other.at_px) - 1)
        near = max(0.15 * pitch, 2 * self.strip_px)
        far = near + 0.35 * pitch
        return self._span(low, high), self._span(low - far, low - near), self._span(high + near, high + far)

    def _within(self, span: tuple[float, float]) -> slice:
        """Strips well inside a span."""
        inset = 0.2 * (span[1] - span[0])
        return self._span(span[0] + inset, span[1] - inset)

    def _span(self, low_px: float, high_px: float) -> slice:
        """Strips between two places, one at least."""
        last = self.support.shape[1] - 1
        first = int(np.clip(low_px / self.strip_px, 0, last))
        return slice(first, max(int(np.clip(high_px / self.strip_px, 0, last + 1)), first + 1))


def head(s: Sequence) -> tuple[float, float]:
    """Span of the header along its own axis; without a line of its own, four fifths of a cell before the first."""
    at = s.at_px
    if s.header == "first":
        return at[0], at[1]
    if s.header == "last":
        return at[-2], at[-1]
    return at[0] - HEADER_CELLS * median(np.diff(at)), at[0]
