"""A character model of words: what a word that no list holds is likely to look like.

Backed-off n-grams (Katz's form, Witten-Bell estimates) over words folded to lower case between ``^`` and ``$``; a digit is ``0``.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

PATH = Path(__file__).parent / "models" / "characters.npz"
START, END, DIGIT = "^", "$", "0"
AS_DIGIT = str.maketrans("123456789", DIGIT * 9)
STEPS_A_NAT = 16
"""Logs are stored in sixteenths of a nat."""

LOG_TENTH = float(np.log(0.1))
UNSEEN = -12.0
"""Natural log of the probability of a character that the training words never showed."""


class CharacterModel:
    """``log_prob(context, character)`` for any context; contexts longer than the model's order are cut."""

    def __init__(self, log_probs: dict[str, float], back_offs: dict[str, float], order: int) -> None:
        """``log_probs`` by n-gram, ``back_offs`` by context, natural logs."""
        self._log_probs, self._back_offs, self._order = log_probs, back_offs, order

    def log_prob(self, context: str, character: str) -> float:
        """Natural log of the probability of ``character`` after ``context`` (lower case, ``^`` first; ``$`` ends a word)."""
        if character.isdigit():
            return self._fold(context, DIGIT) + LOG_TENTH
        return self._fold(context, character)

    def _fold(self, context: str, character: str) -> float:
        context = context[1 - self._order :].translate(AS_DIGIT)
        total = 0.0
        for start in range(len(context) + 1):
            known = self._log_probs.get(context[start:] + character)
            if known is not None:
                return total + known
            total += self._back_offs.get(context[start:], 0.0)
        return total + UNSEEN


@lru_cache(maxsize=1)
def load_characters(path: Path = PATH) -> CharacterModel:
    """The model that ``digitizer.training.words`` wrote; read once a process."""
    with np.load(path) as stored:
        grams, contexts = (read_column(stored[name], stored[f"{name}_costs"]) for name in ("grams", "contexts"))
        return CharacterModel(grams, contexts, int(stored["order"]))


def read_column(texts: NDArray[np.uint8], costs: NDArray[np.uint8]) -> dict[str, float]:
    """Texts (UTF-8, newline between) with their natural logs (stored negative, in sixteenths)."""
    return dict(zip(texts.tobytes().decode("utf-8").split("\n"), (costs / -STEPS_A_NAT).tolist(), strict=True))
