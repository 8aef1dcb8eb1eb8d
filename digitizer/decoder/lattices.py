"""Lattices laid out for a search over many at once: the steps at which something may be read, each with its few likeliest characters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitizer.readers.base import LogProbs
from digitizer.settings import DecoderSettings

BLANK = 0


@dataclass(frozen=True, eq=False)
class Step:
    """One step of L lattices: ``classes`` and ``probabilities`` LxK of characters, ``blanks`` L."""

    classes: NDArray[np.intp]
    probabilities: NDArray[np.float64]
    blanks: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Steps:
    """L lattices, J steps, K characters, padded with blanks; lattices with more steps stand first.

    ``order`` L: which lattice each is. ``counts`` L: their steps. ``classes`` LxJxK: characters tried, likeliest first, 0 where there are
    fewer; ``probabilities`` LxJxK theirs, ``blanks`` LxJ the blank's. ``waited`` Lx(J+1): whether blanks alone come before the step, and
    behind the last; ``wait_logs`` L: the log of the probability of all of those in a line.
    """

    order: NDArray[np.intp]
    counts: NDArray[np.intp]
    classes: NDArray[np.intp]
    probabilities: NDArray[np.float64]
    blanks: NDArray[np.float64]
    waited: NDArray[np.bool_]
    wait_logs: NDArray[np.float64]

    def at(self, j: int, count: int) -> Step:
        """Step ``j`` of the first lattices."""
        return Step(self.classes[:count, j], self.probabilities[:count, j], self.blanks[:count, j])


def lay_out(lattices: Sequence[LogProbs], settings: DecoderSettings) -> Steps:
    """The steps of lattices TxC (of one alphabet) at which a character reaches the least probability; blanks alone only make texts wait."""
    lengths = np.array([len(lattice) for lattice in lattices])
    logs = np.concatenate([np.asarray(lattice) for lattice in lattices])
    owner, starts = np.repeat(np.arange(len(lattices)), lengths), np.cumsum(lengths) - lengths
    step, found = np.nonzero(logs[:, 1:] >= np.log(max(settings.least_probability, 1e-30)))
    values = logs[step, found + 1]
    by_value = np.lexsort((-values, step))
    step, found, values = step[by_value], found[by_value] + 1, values[by_value]
    rank = np.arange(len(step)) - np.searchsorted(step, step)
    is_read = np.zeros(len(logs), dtype=bool)
    is_read[step] = True
    read_before = np.cumsum(is_read) - is_read
    counts = np.bincount(owner[is_read], minlength=len(lattices))
    order = np.argsort(-counts, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    row, column = place[owner], read_before - read_before[np.minimum(starts, len(logs) - 1)][owner]
    shape = (len(lattices), int(counts.max(initial=0)))
    tried = rank < settings.candidates
    at = row[step[tried]], column[step[tried]], rank[tried]
    classes, probabilities = np.zeros((*shape, settings.candidates), dtype=np.intp), np.zeros((*shape, settings.candidates))
    classes[at], probabilities[at] = found[tried], np.exp(values[tried].astype(np.float64))
    blank_logs = logs[:, BLANK].astype(np.float64)
    blanks = np.zeros(shape)
    blanks[row[is_read], column[is_read]] = np.exp(blank_logs[is_read])
    waited = np.zeros((shape[0], shape[1] + 1), dtype=bool)
    waited[row[~is_read], column[~is_read]] = True
    wait_logs = np.bincount(row[~is_read], blank_logs[~is_read], minlength=len(lattices))
    return Steps(order, counts[order], classes, probabilities, blanks, waited, wait_logs.astype(np.float64))
