"""How likely names are as handles, many at once: parts (names, words, numbers) set side by side, small letters for digits now and then.

A run of letters may have been cut into parts in several ways. What must be known of those ways is where the last part may have begun: a
node of the words' tree and a probability each, the :data:`CUTS` likeliest of them. They are summed, not chosen among.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitizer.characters import CharacterModel, load_characters
from digitizer.decoder.records import taken
from digitizer.lexicon import first_names, load_words
from digitizer.shipped import MODELS
from digitizer.trie import ROOT, Trie

PART_SHARE = 0.9
"""Share of handles' letters that listed parts explain; the rest is spelled by the character model."""

FEW_SHARE = 0.6
"""Of parts, the share of first names and of the words typical of handles; the rest are general words."""

ANOTHER_PART = 0.35
"""Probability that a part is followed by another at once, without a sign between."""

SHORTEST_WORD = 3
"""Shorter general words would explain anything."""

LEET = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t"}
LEET_SHARE = 0.14
"""What a digit weighs that stands for a letter of its shape. Such are rarer, 2 in 100; but how rare they are should not decide whether one
is seen, and of what priors say four tenths count."""

DIGIT_FIRST = 0.02
DIGIT_AFTER_LETTERS = 0.12
DIGIT_AFTER_DIGIT = 0.6
SIGN = 0.12
CUTS = 6
"""Places remembered where a part may begin: twelve change no score on a thousand lines, four change eighteen by 0.003 nats."""

UNCUT = np.eye(1, CUTS)
"""Shares of the ways to cut a run that begins."""

LEAST_CUT = 1e-4
"""Places that are this much rarer than the best are dropped."""

TINY = 1e-300

NAME_FIELDS = [
    ("kind", np.uint8),  # of the last sign
    ("before_run", np.float64),  # log probability of all before the run of letters and digits that the name ends with
    ("cut_nodes", np.int32, (CUTS,)),  # the last part by each way to cut the run, among words
    ("cut_shares", np.float64, (CUTS,)),  # probability of what stands before that part in the run
    ("gram", np.uint16),  # the run in the character model
    ("spelled", np.float64),  # its probability there
    ("odd", np.float64),  # what it costs that digits of it stand for letters
    ("run", np.uint8),  # signs of the run
    ("before_number", np.float64),  # log probability of all before the digits that the name ends with
    ("number_is_first", np.bool_),  # whether nothing stands before them
    ("number", np.uint8),  # digits of them
    ("new_part", np.float64),  # how likely the last sign begins a part
    ("begins", np.float64),  # log probability that a name begins so
]
"""One name so far."""

Names = np.ndarray
"""An array of records that hold :data:`NAME_FIELDS`, among others perhaps."""

NOTHING, LETTER, FIGURE, MARK = range(4)


@dataclass(frozen=True, eq=False)
class NameSigns:
    """An alphabet of C signs as names see it, each an array of C: digits as the letters they stand for, and what that costs."""

    kinds: NDArray[np.uint8]
    letters: NDArray[np.int32]
    columns: NDArray[np.intp]
    odds: NDArray[np.float64]

    @classmethod
    def of(cls, alphabet: Sequence[str], characters: CharacterModel) -> NameSigns:
        """Letters, digits and other signs."""
        read = [LEET.get(sign, sign.lower()) or "\0" for sign in alphabet]
        return cls(
            kinds=np.array([LETTER if sign.isalpha() else FIGURE if sign.isdigit() else MARK for sign in alphabet], dtype=np.uint8),
            letters=np.array([ord(letter) for letter in read], dtype=np.int32),
            columns=characters.columns_of(read),
            odds=np.array([1.0 if not sign.isdigit() else LEET_SHARE if sign in LEET else LEET_SHARE / 10 for sign in alphabet]),
        )


@dataclass(frozen=True, eq=False)
class HandleWords:
    """Parts of handles, typical ones and general words in one tree, and the model that spells all others."""

    parts: Trie
    characters: CharacterModel

    def start(self, names: Names) -> None:
        """Make names empty."""
        names["kind"], names["new_part"], names["begins"] = NOTHING, 1.0, 0.0
        self._start_run(names, np.arange(len(names)), np.zeros(len(names)))

    def grow(self, names: Names, chosen: NDArray[np.intp], signs: NameSigns) -> None:
        """Add to each of N names one sign, told by its index."""
        kinds, was = signs.kinds[chosen], names["kind"].copy()
        fresh = (kinds != MARK) & ((was == NOTHING) | (was == MARK))
        closed, ends = np.flatnonzero(fresh | (kinds != LETTER)), np.zeros(len(names))
        if len(closed):
            ends[closed] = self.ends(taken(names, closed))
        opened = np.flatnonzero(fresh)
        if len(opened):
            self._start_run(names, opened, ends[opened])
        names["kind"] = kinds
        marks, spelled, figures = np.flatnonzero(kinds == MARK), np.flatnonzero(kinds != MARK), np.flatnonzero(kinds == FIGURE)
        names["begins"][marks], names["new_part"][marks] = ends[marks] + np.log(SIGN), 0.0
        self._spell(names, spelled, chosen[spelled], signs)
        if len(figures):
            self._count(names, figures, was[figures], ends[figures])

    def ends(self, names: Names) -> NDArray[np.float64]:
        """Log probabilities that names are what they are so far; the number of their parts is as it is."""
        whole = PART_SHARE * (names["cut_shares"] * self.parts.whole[names["cut_nodes"]]).sum(axis=1)
        spelled = (1 - PART_SHARE) * names["spelled"] * self.characters.ends(names["gram"])
        run = names["before_run"] + np.log(np.maximum((whole + spelled) * names["odd"], TINY))
        return np.where(names["kind"] == LETTER, run, names["begins"])

    def _start_run(self, names: Names, at: NDArray[np.intp], before: NDArray[np.float64]) -> None:
        names["before_run"][at], names["run"][at] = before, 0
        names["cut_nodes"][at], names["cut_shares"][at] = ROOT, UNCUT
        names["gram"][at], names["spelled"][at], names["odd"][at] = self.characters.start, 1.0, 1.0

    def _spell(self, names: Names, at: NDArray[np.intp], chosen: NDArray[np.intp], signs: NameSigns) -> None:
        """A further letter of the run, or a digit that may stand for one: each part that may be the last grows by it, or ends."""
        nodes, shares = names["cut_nodes"][at], names["cut_shares"][at]
        is_new = nodes == ROOT
        nodes = self.parts.children(nodes, signs.letters[chosen][:, None])
        following, probabilities = self.characters.advance(names["gram"][at], signs.columns[chosen])
        spelled = names["spelled"][at] * probabilities
        parts = shares * self.parts.mass[nodes]
        total = PART_SHARE * parts.sum(axis=1) + (1 - PART_SHARE) * spelled
        new_part = PART_SHARE * (parts * is_new).sum(axis=1) / np.maximum(total, TINY)
        names["odd"][at] *= signs.odds[chosen]
        names["gram"][at], names["spelled"][at], names["run"][at] = following, spelled, names["run"][at] + 1
        names["cut_nodes"][at], names["cut_shares"][at] = self._cut(nodes, np.where(parts > LEAST_CUT * total[:, None], shares, 0.0), total)
        names["new_part"][at] = np.where(names["run"][at] == 1, 1.0, new_part)
        names["begins"][at] = names["before_run"][at] + np.log(np.maximum(total * names["odd"][at], TINY))

    def _cut(
        self, nodes: NDArray[np.int32], shares: NDArray[np.float64], total: NDArray[np.float64]
    ) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Ways to cut runs NxCUTS, with one more where a part may end: it takes the least likely one's place."""
        ends = ANOTHER_PART * (shares * self.parts.whole[nodes]).sum(axis=1)
        at = np.flatnonzero(ends > LEAST_CUT * total)
        least = (shares[at] * self.parts.mass[nodes[at]]).argmin(axis=1)
        nodes[at, least], shares[at, least] = ROOT, ends[at]
        return nodes, shares

    def _count(self, names: Names, at: NDArray[np.intp], was: NDArray[np.uint8], ends: NDArray[np.float64]) -> None:
        """A further digit of a number; where it is the first, all before the number ends."""
        first = was != FIGURE
        opens = at[first]
        names["before_number"][opens], names["number_is_first"][opens], names["number"][opens] = ends[first], was[first] == NOTHING, 0
        names["number"][at] += 1
        share = np.where(names["number_is_first"][at], DIGIT_FIRST, DIGIT_AFTER_LETTERS)
        further = np.log(DIGIT_AFTER_DIGIT) * (names["number"][at] - 1.0) - np.log(10) * names["number"][at]
        names["begins"][at], names["new_part"][at] = names["before_number"][at] + np.log(share) + further, 1.0


@lru_cache(maxsize=1)
def load_handle_words(path: Path = MODELS / "handle_words.txt") -> HandleWords:
    """The parts of handles that come with the package; read once a process."""
    lines = path.read_text(encoding="utf-8").splitlines()
    few = {name: 1.0 for name in first_names() if name.isalpha()}
    few |= {word: 4.0 for line in lines if not line.startswith("#") for word in line.split()}
    general = {word: (1 - FEW_SHARE) * p for word, p in load_words().items() if word.isascii() and word.isalnum()}
    masses, wholes = general.copy(), {word: p for word, p in general.items() if len(word) >= SHORTEST_WORD}
    share = FEW_SHARE / sum(few.values())
    for word, weight in few.items():
        masses[word], wholes[word] = masses.get(word, 0.0) + share * weight, wholes.get(word, 0.0) + share * weight
    return HandleWords(Trie.of(masses, wholes), load_characters())
