"""A character model of words: what a word that no list holds is likely to look like.

Backed-off n-grams (Katz's form, Witten-Bell estimates) over words folded to lower case between ``^`` and ``$``. The model is held as an
automaton with all backing off done beforehand: a state is the longest context that the model knows, a row of two tables tells for each
next character its cost and the state after it (Mohri, Pereira, Riley 2002, section 3.1, on failure transitions).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calibration.rig import readonly
from digitizer.shipped import MODELS

PATH = MODELS / "characters.npz"
START, END, DIGIT = "^", "$", "0"
DIGITS = "0123456789"
STEPS_A_NAT = 16
"""Logs are stored in sixteenths of a nat."""

STEPS_OF_A_TENTH = round(STEPS_A_NAT * float(np.log(0.1)))
"""The model knows a digit, not which."""

STEPS_UNSEEN = -12 * STEPS_A_NAT
"""Log of the probability of a character that the training words never showed."""


@dataclass(frozen=True, eq=False)
class CharacterModel:
    """S states by A columns: ``steps`` int16, logs in sixteenths of a nat; ``following`` uint16, the state after.

    ``columns`` tells the column of a character; all that the training words never showed share column 0. ``start``: the state after ``^``.
    """

    steps: NDArray[np.int16]
    following: NDArray[np.uint16]
    columns: Mapping[str, int]
    start: int

    @classmethod
    def of(cls, log_probs: Mapping[str, int], back_offs: Mapping[str, int]) -> CharacterModel:
        """From n-grams and contexts with their logs in sixteenths; every context's own beginning must be a context, as must ``^``."""
        signs = sorted({gram[-1] for gram in log_probs} | set(DIGITS))
        columns = {sign: k for k, sign in enumerate(signs, start=1)}
        states = {context: i for i, context in enumerate(sorted(back_offs, key=lambda c: (len(c), c)))}
        steps = np.full((len(states), len(signs) + 1), STEPS_UNSEEN, dtype=np.int16)
        following = np.zeros(steps.shape, dtype=np.uint16)
        grams, contexts = _by_length(log_probs), _by_length(back_offs)
        for length in sorted(contexts):
            rows = [states[context] for context in contexts[length]]
            if length:
                shorter = [_longest_known(context[1:], states) for context in contexts[length]]
                steps[rows], following[rows] = steps[shorter], following[shorter]
            steps[rows] += np.array([back_offs[context] for context in contexts[length]], dtype=np.int16)[:, None]
            known = grams.get(length + 1, [])
            steps[_cells(known, states, columns)] = [log_probs[gram] for gram in known]
            longer = [context for context in contexts.get(length + 1, []) if context != START]
            following[_cells(longer, states, columns)] = [states[context] for context in longer]
        any_digit = [columns[digit] for digit in DIGITS]
        following[:, any_digit] = following[:, [columns[DIGIT]]]
        steps[:, any_digit] = steps[:, [columns[DIGIT]]] + STEPS_OF_A_TENTH
        return cls(readonly(steps), readonly(following), columns, states[START])

    def columns_of(self, characters: Iterable[str]) -> NDArray[np.intp]:
        """Columns of characters, in lower case."""
        return np.array([self.columns.get(character, 0) for character in characters], dtype=np.intp)

    def advance(self, states: NDArray[np.uint16], columns: NDArray[np.intp]) -> tuple[NDArray[np.uint16], NDArray[np.float64]]:
        """For N states and a character each: the states after, and the probabilities of the characters."""
        return self.following[states, columns], np.exp(self.steps[states, columns] / STEPS_A_NAT)

    def ends(self, states: NDArray[np.uint16]) -> NDArray[np.float64]:
        """Probabilities that words end in N states."""
        return np.asarray(np.exp(self.steps[states, self.columns[END]] / STEPS_A_NAT))


def _by_length(texts: Iterable[str]) -> dict[int, list[str]]:
    return {length: list(group) for length, group in groupby(sorted(texts, key=len), key=len)}


def _cells(texts: Sequence[str], states: Mapping[str, int], columns: Mapping[str, int]) -> tuple[list[int], list[int]]:
    """Rows and columns of the tables that belong to texts: all but the last character, and that."""
    return [states[text[:-1]] for text in texts], [columns[text[-1]] for text in texts]


def _longest_known(context: str, states: Mapping[str, int]) -> int:
    while context not in states:
        context = context[1:]
    return states[context]


@lru_cache(maxsize=2)
def load_characters(path: Path = PATH) -> CharacterModel:
    """A model that ``digitizer.training`` wrote, of words or of user names; read once a process."""
    with np.load(path) as stored:
        grams, contexts = (read_column(stored[name], stored[f"{name}_costs"]) for name in ("grams", "contexts"))
    return CharacterModel.of(grams, contexts)


def read_column(texts: NDArray[np.uint8], costs: NDArray[np.uint8]) -> dict[str, int]:
    """Texts (UTF-8, newline between) with their natural logs in sixteenths."""
    return dict(zip(texts.tobytes().decode("utf-8").split("\n"), (-costs.astype(int)).tolist(), strict=True))
