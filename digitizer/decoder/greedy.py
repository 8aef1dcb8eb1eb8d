"""The reading without any prior: the likeliest class at each step."""

from __future__ import annotations

import numpy as np

from digitizer.decoder.hypothesis import Hypothesis
from digitizer.readers.base import BLANK, Lattice


def decode_greedy(lattice: Lattice) -> Hypothesis:
    """Best path: repeats merged, blanks dropped. ``log_prob`` and ``score`` are those of that path."""
    if not len(lattice.log_probs):
        return Hypothesis("", 0.0, 1.0, 0.0, 0.0)
    best = lattice.log_probs.argmax(axis=1)
    log_prob = float(lattice.log_probs.max(axis=1).sum())
    is_new = np.diff(best, prepend=BLANK) != 0
    text = "".join(lattice.alphabet[i] for i in best[is_new & (best != BLANK)])
    return Hypothesis(text.strip(), log_prob, float(np.exp(log_prob)), 0.0, log_prob)
