"""Words with their probabilities as a tree in two flat arrays: many prefixes grow by a letter in one call.

Nodes are numbered level by level, children in the order of their letters, so the child behind edge ``i`` is node ``i + 1`` and one sorted
array of edges (parent and letter in one integer) is the whole tree: to follow a letter is to find its edge.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.rig import readonly

ROOT = 0
LETTER_BITS = 21
"""Unicode's code points need as many."""

NO_EDGE = np.iinfo(np.int64).max


@dataclass(frozen=True, eq=False)
class Trie:
    """``edges``: E+1 sorted int64, parent and letter; the last is none. ``mass`` and ``whole``: E+2 float32 by node.

    ``mass`` is the probability that a word begins so, ``whole`` that it is so. Node E+1 is dead: no word begins so.
    """

    edges: NDArray[np.int64]
    mass: NDArray[np.float32]
    whole: NDArray[np.float32]

    @classmethod
    def of(cls, masses: Mapping[str, float], wholes: Mapping[str, float] | None = None) -> Trie:
        """The tree of words (none of them empty); ``wholes``, where given, are what words weigh when they are whole."""
        words = sorted(masses)
        mass = np.fromiter((masses[word] for word in words), dtype=np.float64, count=len(words))
        whole = mass if wholes is None else np.fromiter((wholes.get(word, 0.0) for word in words), dtype=np.float64, count=len(words))
        return _grow(words, mass, whole)

    @property
    def dead(self) -> int:
        """The node of all that begins no word."""
        return len(self.edges)

    def children(self, nodes: NDArray[np.int32], letters: NDArray[np.int32]) -> NDArray[np.int32]:
        """For each of N nodes the one that its letter (a code point) leads to."""
        wanted = nodes.astype(np.int64) << LETTER_BITS | letters
        edge = np.searchsorted(self.edges, wanted)
        return np.where(self.edges[edge] == wanted, edge + 1, self.dead).astype(np.int32)

    def find(self, text: str) -> int:
        """The node of one text."""
        node, edges = ROOT, self.edges.data
        for letter in text:
            wanted = node << LETTER_BITS | ord(letter)
            edge = bisect_left(edges, wanted)
            if edges[edge] != wanted:
                return self.dead
            node = edge + 1
        return node


def _grow(words: Sequence[str], mass: NDArray[np.float64], whole: NDArray[np.float64]) -> Trie:
    """The tree of sorted words, a level at a time: words side by side that share parent and letter share a node."""
    letters = np.frombuffer("".join(words).encode("utf-32-le"), dtype=np.uint32)
    lengths = np.fromiter(map(len, words), dtype=np.int64, count=len(words))
    starts = np.cumsum(lengths) - lengths
    parents = np.zeros(len(words), dtype=np.int64)
    edges: list[NDArray[np.int64]] = []
    masses: list[NDArray[np.float64]] = [np.array([mass.sum()])]
    wholes: list[NDArray[np.float64]] = [np.zeros(1)]
    alive, depth, count = np.arange(len(words)), 0, 0
    while len(alive := alive[lengths[alive] > depth]):
        keys = np.asarray(parents[alive] << LETTER_BITS | letters[starts[alive] + depth], dtype=np.int64)
        first = np.diff(keys, prepend=-1) != 0
        own = np.cumsum(first) - 1
        depth += 1
        edges.append(keys[first])
        masses.append(np.asarray(np.bincount(own, mass[alive]), dtype=np.float64))
        wholes.append(np.asarray(np.bincount(own, whole[alive] * (lengths[alive] == depth)), dtype=np.float64))
        parents[alive] = own + count + 1
        count += len(edges[-1])
    tables = (np.concatenate([*table, [0.0]]).astype(np.float32) for table in (masses, wholes))
    return Trie(readonly(np.concatenate([*edges, [NO_EDGE]]).astype(np.int64)), *map(readonly, tables))
