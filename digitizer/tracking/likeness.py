"""How alike a card of a look and a known entry are: by picture, by place, by words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.rig import Floats
from digitizer.model import CardReading, Entry
from digitizer.settings import ReconcileSettings

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


def likeness(entries: Sequence[Entry], cards: Sequence[CardReading], settings: ReconcileSettings) -> Likeness:
    """Measure all pairs. Words are compared only where picture and place leave a doubt: it takes longer than all the rest."""
    shape = (len(entries), len(cards))
    picture = np.array([[bits_apart(e.fingerprint, c.card.fingerprint) for c in cards] for e in entries], dtype=np.float64).reshape(shape)
    place = _places(entries, cards).reshape(shape)
    sure = [[min(entry.title_confidence, card.title.confidence) for card in cards] for entry in entries]
    words = np.full(shape, np.nan)
    strangers = (picture > settings.changed_picture) & (place > settings.in_place)  # only the same title could join them
    for i, j in zip(*np.nonzero(_doubtful(picture, place, settings)), strict=True):
        words[i, j] = _words(entries[i], cards[j], settings.same_words if strangers[i, j] else 0.0)
    return Likeness(picture, place, words, np.array(sure, dtype=np.float64).reshape(shape))


def _doubtful(picture: Floats, place: Floats, settings: ReconcileSettings) -> NDArray[np.bool_]:
    """NxM: False in the rows and columns of cards that hang where they hung, look as they looked, and have no rival there."""
    same = (picture <= settings.sure_picture) & (place <= settings.in_place)
    alone = same & (same.sum(axis=1, keepdims=True) == 1) & (same.sum(axis=0, keepdims=True) == 1)
    return np.asarray(~(alone.any(axis=1, keepdims=True) | alone.any(axis=0, keepdims=True)))


def contradicts(like: Likeness, settings: ReconcileSettings) -> NDArray[np.bool_]:
    """Where two pictures look alike but both say, with confidence, something else."""
    alike = like.picture <= settings.sure_picture
    return np.asarray(
        ~alike & (np.nan_to_num(like.words, nan=1.0) < settings.unlike_words) & (like.trust >= settings.trusted), dtype=np.bool_
    )


def differ(entries: Sequence[Entry], cards: Sequence[CardReading]) -> NDArray[np.bool_]:
    """NxM: both have a number. Those with the same are paired already, so these are two cards whatever they look like."""
    return np.array([[e.number is not None and c.card.number is not None for c in cards] for e in entries], dtype=bool).reshape(
        len(entries), len(cards)
    )


def bits_apart(a: bytes, b: bytes) -> float:
    """Share of bits in which two fingerprints differ; 1 where their lengths do, as after a change of method."""
    if len(a) != len(b) or not a:
        return 1.0
    return (int.from_bytes(a) ^ int.from_bytes(b)).bit_count() / (8 * len(a))


def centre_mm(card: CardReading) -> tuple[float, float]:
    """Centre of a card on the board."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = card.card.corners_mm.tolist()
    return (ax + bx + cx + dx) / 4, (ay + by + cy + dy) / 4


def side_mm(card: CardReading) -> float:
    """Side of the square of the card's area (half the cross product of its diagonals)."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = card.card.corners_mm.tolist()
    area = abs((cx - ax) * (dy - by) - (dx - bx) * (cy - ay)) / 2
    return math.sqrt(max(area, 1.0))


def overlap(one: CardReading, other: CardReading) -> float:
    """Area that two cards share over the area that they cover together."""
    if math.dist(centre_mm(one), centre_mm(other)) > side_mm(one):
        return 0.0
    a, b = (card.card.corners_mm.astype(np.float32) for card in (one, other))
    shared = float(cv2.intersectConvexConvex(a, b)[0])
    return shared / max(side_mm(one) ** 2 + side_mm(other) ** 2 - shared, 1.0)


@lru_cache(maxsize=4096)
def letters_in_common(a: str, b: str) -> float:
    """Share of letters in common (Ratcliff & Obershelp 1988), blind to case and spaces."""
    return SequenceMatcher(None, _plain(a), _plain(b), autojunk=False).ratio()


@lru_cache(maxsize=1024)
def letters_within(whole: str, part: str) -> float:
    """Share of the letters of ``part`` that stand in ``whole`` in their order, blind to case; 1 where ``part`` says nothing."""
    a, b = _plain(whole), _plain(part)
    found = sum(block.size for block in SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks())
    return found / len(b) if b else 1.0


def most_in_common(a: str, b: str) -> float:
    """What ``letters_in_common`` cannot exceed, ten times faster: the letters regardless of their order."""
    one, other = _letters(a), _letters(b)
    return 2 * (one & other).total() / max(one.total() + other.total(), 1)


@lru_cache(maxsize=1024)
def _letters(text: str) -> Counter[str]:
    return Counter(_plain(text))


@lru_cache(maxsize=1024)
def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _places(entries: Sequence[Entry], cards: Sequence[CardReading]) -> Floats:
    here = np.array([entry.centre_mm for entry in entries], dtype=np.float64).reshape(-1, 1, 2)
    there = np.array([centre_mm(card) for card in cards], dtype=np.float64).reshape(1, -1, 2)
    sides = np.array([side_mm(card) for card in cards], dtype=np.float64)
    return np.asarray(np.linalg.norm(here - there, axis=2) / sides, dtype=np.float64)


def _words(entry: Entry, card: CardReading, least: float) -> float:
    """Words in common with what is published, or with what was read before a person corrected it; NaN where they are below ``least``."""
    said = card.title.text
    known = {entry.title, *(vote.text for vote in entry.title_votes[:1])}
    long_enough = [text for text in known if len(text) >= LEAST_LETTERS]
    if len(said) < LEAST_LETTERS or not long_enough:
        return float("nan")
    worth_it = [text for text in long_enough if most_in_common(text, said) >= least]
    return max((letters_in_common(text, said) for text in worth_it), default=float("nan"))
