"""How likely chunks of titles are, many at once: a chunk is what stands between two spaces.

It is a listed word, or anything that the character model allows, or one before a sign or digit and another after it. Nothing is
impossible, only less likely: names and coinages survive. What must be remembered of a chunk is one record (:data:`CHUNK`), so a
million chunks are an array, and a further letter is a handful of look-ups for all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from digitizer.characters import CharacterModel
from digitizer.trie import ROOT, Trie

LISTED = 0.93
"""Share of title words that the lists hold: 96 % on rendered boards, 87 % on real ones with their names."""

PUNCTUATION = MappingProxyType(
    {"-": 0.02, ".": 0.012, ",": 0.01, ":": 0.01, "?": 0.012, "!": 0.012, "&": 0.03, "/": 0.006, "(": 0.006, ")": 0.006, "'": 0.004}
    | {'"': 0.004, "+": 0.003, "#": 0.001, "’": 0.002, "…": 0.002, "–": 0.002, "“": 0.001, "”": 0.001, "@": 0.001, "=": 0.001}
)
"""Share of characters of titles: a rough guess, of which only the order of magnitude matters."""

RARE = 1e-5
"""The same for any sign not listed."""

DIGIT_FIRST, DIGIT_AFTER_DIGIT, DIGIT_AFTER_LETTERS = 0.003, 0.3, 0.004
"""How often a chunk begins with a digit (Java 8, 2024), a digit follows another, or letters (python3, IPv6): rarer than in programmes,
because marks and votes read as 1 and 8."""

TINY = 1e-300

CHUNK_FIELDS = [
    ("node", np.int32),  # of the whole chunk among the listed words
    ("gram", np.uint16),  # of the whole chunk in the character model
    ("spelled", np.float64),  # probability under the character model that a word begins so
    ("tail_node", np.int32),  # the same three of what stands after the last sign or digit
    ("tail_gram", np.uint16),
    ("tail_spelled", np.float64),
    ("before", np.float64),  # probability of all up to that sign or digit, 0 where there is none
    ("ends_in_digit", np.bool_),
    ("begins", np.float64),  # probability that a chunk begins so
]
CHUNK = np.dtype(CHUNK_FIELDS, align=True)
"""One chunk so far."""

Chunks = np.ndarray
"""An array of :data:`CHUNK`, or of records that hold its fields among others."""


@dataclass(frozen=True, eq=False)
class Signs:
    """What chunks must know of an alphabet of C characters, each an array of C; characters are taken in lower case."""

    letters: NDArray[np.int32]
    columns: NDArray[np.intp]
    is_alpha: NDArray[np.bool_]
    is_digit: NDArray[np.bool_]
    is_spelled: NDArray[np.bool_]
    shares: NDArray[np.float64]

    @classmethod
    def of(cls, alphabet: Sequence[str], characters: CharacterModel) -> Signs:
        """Signs of one character each; an empty one (CTC's blank) is none."""
        lower = [sign.lower()[:1] or "\0" for sign in alphabet]
        return cls(
            letters=np.array([ord(sign) for sign in lower], dtype=np.int32),
            columns=characters.columns_of(lower),
            is_alpha=np.array([sign.isalpha() for sign in lower]),
            is_digit=np.array([sign.isdigit() for sign in lower]),
            is_spelled=np.array([sign.isalnum() or sign == "'" for sign in lower]),
            shares=np.array([PUNCTUATION.get(sign, RARE) for sign in lower]),
        )


@dataclass(frozen=True, eq=False)
class ChunkModel:
    """The chunks' model over ``words`` and ``characters``."""

    words: Trie
    characters: CharacterModel

    def start(self, chunks: Chunks) -> None:
        """Make chunks empty."""
        for part in ("", "tail_"):
            chunks[part + "node"], chunks[part + "gram"], chunks[part + "spelled"] = ROOT, self.characters.start, 1.0
        chunks["before"], chunks["ends_in_digit"], chunks["begins"] = 0.0, False, 1.0

    def is_empty(self, chunks: Chunks) -> NDArray[np.bool_]:
        """Which chunks have no sign yet."""
        return np.asarray(chunks["node"] == ROOT)

    def grow(self, chunks: Chunks, chosen: NDArray[np.intp], signs: Signs) -> None:
        """Add to each of N chunks one sign, told by its index."""
        cuts = np.flatnonzero(~signs.is_alpha[chosen])
        if len(cuts):
            self._cut(chunks, cuts, chosen[cuts], signs)
        self._advance(chunks, "", np.arange(len(chunks)), chosen, signs)
        tails = np.flatnonzero((chunks["before"] > 0) & signs.is_alpha[chosen])
        if len(tails):
            self._advance(chunks, "tail_", tails, chosen[tails], signs)
        chunks["begins"] = self._begins(chunks)

    def whole(self, chunks: Chunks) -> NDArray[np.float64]:
        """Probabilities that chunks are what they are so far, and end here; empty chunks have none."""
        whole = LISTED * self.words.whole[chunks["node"]] + (1 - LISTED) * chunks["spelled"] * self.characters.ends(chunks["gram"])
        tails = LISTED * self.words.whole[chunks["tail_node"]]
        tails += (1 - LISTED) * chunks["tail_spelled"] * self.characters.ends(chunks["tail_gram"])
        tails[chunks["tail_node"] == ROOT] = 1.0
        return np.where(chunks["node"] == ROOT, 0.0, whole + chunks["before"] * tails)

    def _cut(self, chunks: Chunks, at: NDArray[np.intp], chosen: NDArray[np.intp], signs: Signs) -> None:
        """A sign or digit: what stood before it is whole, another word may begin after it."""
        old = chunks[at]
        empty = old["node"] == ROOT
        after_letters = np.where(empty, DIGIT_FIRST, DIGIT_AFTER_LETTERS)
        digit = np.where(old["ends_in_digit"], DIGIT_AFTER_DIGIT, after_letters) / 10
        share = np.where(signs.is_digit[chosen], digit, signs.shares[chosen])
        chunks["before"][at] = np.where(empty, 1.0, np.maximum(self.whole(old), TINY)) * share
        chunks["tail_node"][at], chunks["tail_gram"][at], chunks["tail_spelled"][at] = ROOT, self.characters.start, 1.0

    def _advance(self, chunks: Chunks, part: str, at: NDArray[np.intp], chosen: NDArray[np.intp], signs: Signs) -> None:
        """A further character in the word that is the chunk, or its tail."""
        node, gram, spelled = (part + name for name in ("node", "gram", "spelled"))
        chunks[node][at] = self.words.children(chunks[node][at], signs.letters[chosen])
        following, probabilities = self.characters.advance(chunks[gram][at], signs.columns[chosen])
        chunks[gram][at] = following
        chunks[spelled][at] *= np.where(signs.is_spelled[chosen], probabilities, 0.0)
        if not part:
            chunks["ends_in_digit"][at] = signs.is_digit[chosen]

    def _begins(self, chunks: Chunks) -> NDArray[np.float64]:
        begins = LISTED * self.words.mass[chunks["node"]] + (1 - LISTED) * chunks["spelled"]
        tails = LISTED * self.words.mass[chunks["tail_node"]] + (1 - LISTED) * chunks["tail_spelled"]
        return np.asarray(np.maximum(begins + chunks["before"] * tails, TINY))
