"""How hands mix capitals and small letters."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class Case(IntEnum):
    """How the letters of a word have been written so far."""

    NONE = 0
    SMALL = 1
    CAPITAL = 2
    CAPITALS = 3
    CAPITALISED = 4


UPPER_NEXT = {Case.NONE: 0.45, Case.SMALL: 0.02, Case.CAPITAL: 0.35, Case.CAPITALS: 0.96, Case.CAPITALISED: 0.03}
"""Probability that the next letter is upper case."""

UPPER_AFTER_SHOUT = 0.93
"""The same at a word's start after a word in capitals: who shouts goes on shouting."""

AFTER_UPPER = {
    Case.NONE: Case.CAPITAL,
    Case.CAPITAL: Case.CAPITALS,
    Case.SMALL: Case.CAPITAL,
    Case.CAPITALISED: Case.CAPITAL,
}
AFTER_LOWER = {Case.NONE: Case.SMALL, Case.CAPITAL: Case.CAPITALISED, Case.CAPITALS: Case.CAPITALISED}

OTHER, WITHIN, LOWER, UPPER = range(4)
"""What a character is to case: none of its business, a digit or apostrophe within a word, a small letter, a capital."""

AFTER_SHOUT = len(Case)
"""Row of :data:`CASE_LOGS` for the first letter after a word in capitals."""

NEXT_CASE = np.array([[Case.NONE, case, AFTER_LOWER.get(case, case), AFTER_UPPER.get(case, case)] for case in Case], dtype=np.uint8)
CASE_LOGS = np.array([[0.0, 0.0, np.log(1 - p), np.log(p)] for p in (*(UPPER_NEXT[case] for case in Case), UPPER_AFTER_SHOUT)])


def case_kinds(alphabet: Sequence[str]) -> NDArray[np.intp]:
    """What each character of an alphabet is to case."""
    return np.array([_case_kind(sign) for sign in alphabet])


def _case_kind(sign: str) -> int:
    if sign.isalpha():
        return UPPER if sign.isupper() else LOWER
    return WITHIN if sign.isdigit() or sign == "'" else OTHER
