"""The probability of given texts under a lattice: CTC's forward sum (Graves et al. 2006, section 4.1), all texts at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from digitizer.readers.base import LogProbs

TINY = 1e-290


def log_probabilities(log_probs: LogProbs, alphabet: tuple[str, ...], texts: Sequence[str]) -> NDArray[np.float64]:
    """Natural logs of the probabilities of N ``texts`` under a lattice TxC; linear inside, rescaled at each step. T must not be 0."""
    labels, skips = _states(alphabet, texts)
    emitted = np.exp(log_probs, dtype=np.float64)[:, labels]
    reached = np.zeros(labels.shape)
    reached[:, :2] = 1.0
    reached *= emitted[0]
    scales = np.empty((len(emitted), len(texts)))
    for t in range(len(emitted)):
        if t:
            reached = _advance(reached, skips) * emitted[t]
        scales[t] = np.maximum(reached.max(axis=1), TINY)
        reached /= scales[t][:, None]
    rows, last = np.arange(len(texts)), 2 * np.array([len(text) for text in texts])
    ends = reached[rows, last] + np.where(last > 0, reached[rows, last - 1], 0.0)
    return np.asarray(np.log(scales).sum(axis=0) + np.log(np.maximum(ends, TINY)))


def _advance(reached: NDArray[np.float64], skips: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mass that stays, comes from the state before, or skips the blank between two different characters."""
    after = reached.copy()
    after[:, 1:] += reached[:, :-1]
    after[:, 2:] += reached[:, :-2] * skips[:, 2:]
    return after


def _states(alphabet: tuple[str, ...], texts: Sequence[str]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """NxS classes of each text's states (a blank around each character), and 1.0 where a state may be reached past a blank."""
    index = {character: i for i, character in enumerate(alphabet)}
    labels = np.zeros((len(texts), 2 * max(1, *(len(text) for text in texts)) + 1), dtype=np.intp)
    for row, text in zip(labels, texts, strict=True):
        row[1 : 2 * len(text) : 2] = [index[character] for character in text]
    skips = np.zeros(labels.shape)
    skips[:, 3::2] = labels[:, 3::2] != labels[:, 1:-2:2]
    return labels, skips
