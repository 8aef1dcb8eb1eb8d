"""Lattices laid out for a search over many at once: the steps at which something may be read, each with its few likeliest characters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitizer.readers.base import BLANK, LogProbs
from digitizer.settings import DecoderSettings

TINY = 1e-30
"""Stands for a least probability of nought, whose logarithm is none."""


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
    step, found, rank = _likeliest(logs, settings)
    is_read = np.zeros(len(logs), dtype=bool)
    is_read[step] = True
    owner = np.repeat(np.arange(len(lattices)), lengths)
    counts = np.bincount(owner[is_read], minlength=len(lattices))
    order = np.argsort(-counts, kind="stable")
    row, column = np.argsort(order)[owner], _read_before(is_read, lengths)
    shape = (len(lattices), int(counts.max(initial=0)))
    classes, probabilities = np.zeros((*shape, settings.candidates), dtype=np.intp), np.zeros((*shape, settings.candidates))
    at = row[step], column[step], rank
    classes[at], probabilities[at] = found, np.exp(logs[step, found].astype(np.float64))
    blank_logs, blanks = logs[:, BLANK].astype(np.float64), np.zeros(shape)
    blanks[row[is_read], column[is_read]] = np.exp(blank_logs[is_read])
    waited = np.zeros((shape[0], shape[1] + 1), dtype=bool)
    waited[row[~is_read], column[~is_read]] = True
    wait_logs = np.bincount(row[~is_read], blank_logs[~is_read], minlength=len(lattices))
    return Steps(order, counts[order], classes, probabilities, blanks, waited, wait_logs.astype(np.float64))


def _likeliest(logs: NDArray[np.float32], settings: DecoderSettings) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Step, class and rank of the characters that are tried, the likeliest of their steps."""
    step, found = np.nonzero(logs[:, 1:] >= np.log(max(settings.least_probability, TINY)))
    found += 1
    by_value = np.lexsort((-logs[step, found], step))
    step, found = step[by_value], found[by_value]
    rank = np.arange(len(step)) - np.searchsorted(step, step)
    tried = rank < settings.candidates
    return step[tried], found[tried], rank[tried]


def _read_before(is_read: NDArray[np.bool_], lengths: NDArray[np.intp]) -> NDArray[np.intp]:
    """For each row of all lattices, one below the other, how many rows of its own lattice above it are read."""
    above: NDArray[np.intp] = np.cumsum(is_read) - is_read
    starts = np.cumsum(lengths) - lengths
    return np.asarray(above - np.repeat(above[starts], lengths))
