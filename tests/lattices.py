"""Lattices with known truth: a text spelled step by step, with doubt where a test wants it."""

from __future__ import annotations

from collections.abc import Mapping
from string import ascii_letters, digits

import numpy as np

from calibration.rig import readonly
from digitizer.readers.base import Lattice

ALPHABET = ("", *" @_-.,!?&'()/©é", *digits, *ascii_letters)
FLOOR = 1e-7


def spelled(*steps: str | Mapping[str, float]) -> Lattice:
    """Each step is a text spelled without doubt, or one character's place with probabilities by character ("" is the blank)."""
    rows: list[dict[str, float]] = []
    for step in steps:
        for place in [{c: 0.999} for c in step] if isinstance(step, str) else [dict(step)]:
            rows += [place, {"": 0.999}]
    table = np.full((len(rows), len(ALPHABET)), FLOOR)
    for row, place in zip(table, rows, strict=True):
        for character, probability in place.items():
            row[ALPHABET.index(character)] = probability
    table /= table.sum(axis=1, keepdims=True)
    return Lattice(readonly(np.log(table).astype(np.float32)), ALPHABET)
