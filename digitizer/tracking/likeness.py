"""How alike a card of a look and a known entry are: by picture, by place, by words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

import numpy as np

from calibration.rig import Floats
from digitizer.model import CardReading, Entry

LEAST_LETTERS = 4
"""Shorter titles ("Q&A", "Go") are alike by accident; nothing is concluded from their words."""


@dataclass(frozen=True, eq=False)
class Likeness:
    """Pairwise measures of N entries and M cards, each NxM.

    ``picture`` share of fingerprint bits that differ (0 the same, 0.5 unrelated); ``place`` distance of the centres in card sides;
    ``words`` share of letters in common, NaN where words say nothing; ``trust`` how sure both readings are, 0 to 1.
    """

    picture: Floats
    place: Floats
    words: Floats
    trust: Floats


def likeness(entries: Sequence[Entry], cards: Sequence[CardReading]) -> Likeness:
    """Measure all pairs."""
    shape = (len(entries), len(cards))
    words = [[_words(entry, card) for card in cards] for entry in entries]
    sure = [[min(entry.title_confidence, card.title.confidence) for card in cards] for entry in entries]
    return Likeness(
        picture=np.array([[bits_apart(e.fingerprint, c.card.fingerprint) for c in cards] for e in entries]).reshape(shape),
        place=_places(entries, cards).reshape(shape),
        words=np.array(words, dtype=np.float64).reshape(shape),
        trust=np.array(sure, dtype=np.float64).reshape(shape),
    )


def bits_apart(a: bytes, b: bytes) -> float:
    """Share of bits in which two fingerprints differ; 1 where their lengths do, as after a change of method."""
    if len(a) != len(b) or not a:
        return 1.0
    return (int.from_bytes(a) ^ int.from_bytes(b)).bit_count() / (8 * len(a))


def centre_mm(card: CardReading) -> tuple[float, float]:
    """Centre of a card on the board."""
    x, y = card.card.corners_mm.mean(axis=0)
    return float(x), float(y)


def side_mm(card: CardReading) -> float:
    """Side of the square of the card's area (shoelace formula)."""
    x, y = card.card.corners_mm.T
    area = 0.5 * abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))))
    return float(np.sqrt(max(area, 1.0)))


@lru_cache(maxsize=4096)
def letters_in_common(a: str, b: str) -> float:
    """Share of letters in common (Ratcliff & Obershelp 1988), blind to case and spaces."""
    a, b = (" ".join(text.casefold().split()) for text in (a, b))
    return SequenceMatcher(None, a, b, autojunk=False).ratio()


def _places(entries: Sequence[Entry], cards: Sequence[CardReading]) -> Floats:
    here = np.array([entry.centre_mm for entry in entries], dtype=np.float64).reshape(-1, 1, 2)
    there = np.array([centre_mm(card) for card in cards], dtype=np.float64).reshape(1, -1, 2)
    sides = np.array([side_mm(card) for card in cards], dtype=np.float64)
    return np.asarray(np.linalg.norm(here - there, axis=2) / sides, dtype=np.float64)


def _words(entry: Entry, card: CardReading) -> float:
    """Words in common with what is published, or with what was read before a person corrected it."""
    said = card.title.text
    known = {entry.title, *(vote.text for vote in entry.title_votes)}
    long_enough = [text for text in known if len(text) >= LEAST_LETTERS]
    if len(said) < LEAST_LETTERS or not long_enough:
        return float("nan")
    return max(letters_in_common(text, said) for text in long_enough)
