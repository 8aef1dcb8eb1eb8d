"""How hands mix capitals and small letters."""

from __future__ import annotations

from enum import IntEnum


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
