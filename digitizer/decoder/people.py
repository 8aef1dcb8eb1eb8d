"""Whether a line is somebody's name: the likeliest of the names that are known, by the picture alone, and what it would cost as a title.

A card mostly bears the first name of its host, written small in a corner, and read with a letter wrong it looks like a word of the title.
There are two thousand names, and a title's words are two hundred thousand: what looks like a name at all is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from digitizer.decoder.forward import log_probabilities
from digitizer.readers.base import Lattice, LogProbs

SUMMED = 96
"""Names whose probability is summed up: those with the highest bound."""


@dataclass(frozen=True)
class LikelyName:
    """A name in lower case; ``picture``: log probability of the line's picture given the name; ``prior``: log share of it among names."""

    text: str
    picture: float
    prior: float


@dataclass(frozen=True, eq=False)
class _Roll:
    """Names in the letters of one alphabet.

    ``counts`` NxL: how often each letter stands in each name; ``holders``: which names have a letter; ``small``, ``capital``: L classes.
    """

    names: tuple[str, ...]
    letters: tuple[str, ...]
    counts: NDArray[np.float32]
    holders: tuple[NDArray[np.intp], ...]
    small: NDArray[np.intp]
    capital: NDArray[np.intp]


def likely_name(lattice: Lattice, names: frozenset[str], announced: frozenset[str] = frozenset()) -> LikelyName | None:
    """The likeliest of ``names`` (folded) that a line may be as a whole, whatever its case; None where there are none.

    All are held to be alike likely, but half of the hosts to be ``announced`` ones, where the event has such.

    A name's best path has no more than the product of its letters' highest probabilities, wherever they stand, nor than that of what each
    step at most gives to a letter of it or to the blank. Of the names that these bounds leave foremost the probability is summed up
    (:mod:`digitizer.decoder.forward`).
    """
    roll = _roll(names, lattice.alphabet)
    if not roll.names or not len(lattice.log_probs):
        return None
    folded = _folded(lattice.log_probs, roll)
    bounds = np.minimum(roll.counts @ folded[:, 1:].max(axis=0), _explained(folded, roll))
    foremost = np.argsort(-bounds)[:SUMMED]
    texts = [roll.names[k] for k in foremost]
    logs = log_probabilities([folded], [0] * len(texts), texts, ("", *roll.letters))
    priors = _priors(texts, len(roll.names), announced)
    best = int(np.argmax(logs + priors))
    return LikelyName(texts[best], float(logs[best]), float(priors[best]))


def _priors(texts: Sequence[str], count: int, announced: frozenset[str]) -> NDArray[np.float64]:
    if not announced:
        return np.full(len(texts), -np.log(count))
    return np.log([0.5 / count + (0.5 / len(announced) if text in announced else 0.0) for text in texts])


def _explained(folded: LogProbs, roll: _Roll) -> NDArray[np.float32]:
    """N log probabilities: what each step of TxL+1 that is no blank gives to the likeliest of the blank and a name's letters."""
    steps = folded[folded.argmax(axis=1) != 0]
    of_letters = np.full((len(roll.names), len(steps)), -np.inf, np.float32)
    for letter in range(len(roll.letters)):
        has = roll.holders[letter]
        of_letters[has] = np.maximum(of_letters[has], steps[:, letter + 1])
    return np.asarray(np.maximum(of_letters, steps[:, 0]).sum(axis=1), np.float32)


def _folded(log_probs: LogProbs, roll: _Roll) -> LogProbs:
    """TxL+1: the blank, and each letter whether small or capital."""
    letters = np.logaddexp(log_probs[:, roll.small], log_probs[:, roll.capital])
    same = roll.small == roll.capital
    letters[:, same] = log_probs[:, roll.small[same]]
    return np.asarray(np.column_stack([log_probs[:, 0], letters]), np.float32)


@lru_cache(maxsize=4)
def _roll(names: frozenset[str], alphabet: tuple[str, ...]) -> _Roll:
    index = {sign: k for k, sign in enumerate(alphabet)}
    kept = tuple(sorted(name for name in names if name and all(sign in index for sign in name)))
    letters = tuple(sorted(set("".join(kept))))
    counts = np.array([[name.count(letter) for letter in letters] for name in kept], np.float32).reshape(len(kept), len(letters))
    capital = [index.get(letter.upper(), index[letter]) for letter in letters]
    holders = tuple(np.flatnonzero(column) for column in counts.T)
    return _Roll(kept, letters, counts, holders, np.array([index[letter] for letter in letters], np.intp), np.array(capital, np.intp))
