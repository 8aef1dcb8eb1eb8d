"""Words that go together: how much likelier a word is after another than by itself (``models/pairs.npz``).

Pointwise mutual information (Church and Hanks 1990), counted by :mod:`digitizer.training.pairs`. A pair is stored under the checksum of its
text: of three hundred thousand among four thousand million numbers one pair in 14,000 that nobody counted is taken for one that was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from calibration.rig import readonly
from digitizer.characters import STEPS_A_NAT
from digitizer.shipped import MODELS

PATH = MODELS / "pairs.npz"
APART = re.compile(r"[^\w\s'’+#-]|\s[-–]\s|_")
"""Signs between two words that part them: a pair stands side by side."""

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?(?:\+\+|#)?")


def word_runs(text: str) -> Iterator[list[str]]:
    """The words of a text, folded, in runs that no sign parts: ``Lock-free C++: why`` is [lock, free, c++], [why]."""
    for run in APART.split(text):
        yield [word.replace("’", "'").casefold() for word in WORD.findall(run)]


def key(first: str, second: str) -> int:
    """The number under which a pair of folded words is stored."""
    return crc32(f"{first} {second}".encode())


@dataclass(frozen=True, eq=False)
class WordPairs:
    """``keys`` (N) uint32, ascending; ``steps`` (N) uint8, sixteenths of a nat by which each second word is likelier after its first."""

    keys: NDArray[np.uint32]
    steps: NDArray[np.uint8]

    def nats(self, texts: Sequence[str], most: float) -> NDArray[np.float64]:
        """For each text the nats that its neighbouring words lend one another, ``most`` a pair; pairs that nobody counted lend none."""
        found = [[pair for run in word_runs(text) for pair in pairwise(run)] for text in texts]
        of_text = np.repeat(np.arange(len(texts)), [len(pairs) for pairs in found])
        lent = self.lent([pair for pairs in found for pair in pairs], most)
        return np.bincount(of_text, lent, minlength=len(texts)).astype(np.float64)

    def lent(self, pairs: Sequence[tuple[str, str]], most: float) -> NDArray[np.float64]:
        """The nats that each pair of folded words has, ``most`` at most; none where nobody counted it, or one of the words is empty."""
        keys = np.array([key(*pair) for pair in pairs], np.uint32)
        at = np.searchsorted(self.keys, keys).clip(max=len(self.keys) - 1)
        counted = (self.keys[at] == keys) & np.array([all(pair) for pair in pairs], bool)
        return np.where(counted, np.minimum(self.steps[at] / STEPS_A_NAT, most), 0.0)


@lru_cache(maxsize=1)
def load_pairs(path: Path = PATH) -> WordPairs:
    """The pairs that ship, in 2 MB. Read once."""
    with np.load(path) as stored:
        return WordPairs(readonly(np.cumsum(stored["gaps"], dtype=np.uint32)), readonly(stored["steps"]))
