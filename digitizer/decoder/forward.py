"""The probability of given texts under lattices: CTC's forward sum (Graves et al. 2006, section 4.1), many texts and lattices at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from digitizer.readers.base import LogProbs

TINY = 1e-290
AT_ONCE = 512
"""Pairs of a lattice and a text that are summed together: their tables stay in the processor's cache."""


def log_probabilities(
    lattices: Sequence[LogProbs], owners: Sequence[int], texts: Sequence[str], alphabet: Sequence[str]
) -> NDArray[np.float64]:
    """Natural logs of the probabilities of N texts, each under the lattice TxC that its owner names; no lattice may be empty."""
    lengths = np.array([len(lattice) for lattice in lattices], dtype=np.intp)
    rows, starts = np.concatenate([np.asarray(lattice) for lattice in lattices]), np.cumsum(lengths) - lengths
    index = {character: k for k, character in enumerate(alphabet)}
    owner = np.asarray(owners, dtype=np.intp)
    sizes = np.array([len(text) for text in texts])
    order = np.lexsort((sizes, -lengths[owner]))  # the longest lattices first, among them like texts together
    logs = np.empty(len(texts))
    for begin in range(0, len(order), AT_ONCE):
        at = order[begin : begin + AT_ONCE]
        labels, skips, counts = _states([texts[n] for n in at], index)
        logs[at] = _sum(rows, starts[owner[at]], lengths[owner[at]], (labels, skips, counts))
    return logs


def _sum(
    rows: NDArray[np.float32],
    starts: NDArray[np.intp],
    lengths: NDArray[np.intp],
    states: tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.intp]],
) -> NDArray[np.float64]:
    """Logs for N texts whose lattices are ``lengths`` rows from ``starts`` on, the longest first; linear inside, rescaled at each step."""
    labels, skips, counts = states
    reached, logs = np.zeros(labels.shape), np.zeros(len(labels))
    reached[:, 0] = 1.0  # before the first step: as if a blank had been read
    for t in range(lengths[0]):
        n = int(np.count_nonzero(lengths > t))
        now = reached[:n]
        after = now.copy()
        after[:, 1:] += now[:, :-1]
        after[:, 2:] += now[:, :-2] * skips[:n, 2:]
        after *= np.exp(rows[starts[:n, None] + t, labels[:n]])
        scale = np.maximum(after.max(axis=1), TINY)
        reached[:n] = after / scale[:, None]
        logs[:n] += np.log(scale)
    line, last = np.arange(len(labels)), 2 * counts
    ends = reached[line, last] + np.where(last > 0, reached[line, last - 1], 0.0)
    return np.asarray(logs + np.log(np.maximum(ends, TINY)))


def _states(texts: Sequence[str], index: Mapping[str, int]) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.intp]]:
    """NxS classes of each text's states (a blank around each character), 1.0 where a state may be reached past a blank, characters."""
    counts = np.array([len(text) for text in texts], dtype=np.intp)
    labels = np.zeros((len(texts), 2 * int(counts.max()) + 1), dtype=np.intp)
    for row, text in zip(labels, texts, strict=True):
        row[1 : 2 * len(text) : 2] = [index[character] for character in text]
    skips = np.zeros(labels.shape)
    skips[:, 3::2] = labels[:, 3::2] != labels[:, 1:-2:2]
    return labels, skips, counts
