"""What hangs over what: places of cards on the board, and how much of them other cards and people take."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from calibration.rig import Floats
from digitizer.model import CardReading, Entry
from digitizer.tracking.likeness import centre_mm, side_mm

UNIT = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], dtype=np.float64) / 2


def place_mm(entry: Entry, usual_side_mm: float) -> Floats:
    """4x2 corners of where an entry's card hung; a square of ``usual_side_mm`` where its shape is not known."""
    shape = np.reshape(entry.shape_mm, (4, 2)) if entry.shape_mm else UNIT * usual_side_mm
    return np.asarray(shape + np.array(entry.centre_mm), dtype=np.float64)


def known_side_mm(entry: Entry) -> float:
    """Side of the square of an entry's area; 0 where its shape is not known."""
    return math.sqrt(area_mm2(np.reshape(entry.shape_mm, (4, 2)))) if entry.shape_mm else 0.0


def same_corners(place: Floats, card: CardReading, within_mm: float) -> int:
    """How many corners of a place are corners of a card."""
    apart = np.linalg.norm(place[:, None] - card.card.corners_mm[None], axis=2)
    return int((apart.min(axis=1) <= within_mm).sum())


def usual_side_mm(cards: Sequence[CardReading]) -> float:
    """Side of the median card of a look; 76, a square note, where it shows none."""
    return float(np.median([side_mm(card) for card in cards])) if cards else 76.0


def area_mm2(outline_mm: Floats) -> float:
    """Area of an outline Nx2."""
    return float(cv2.contourArea(outline_mm.astype(np.float32)))


def shared_mm2(one_mm: Floats, other_mm: Floats) -> float:
    """Area that two convex outlines share."""
    if (one_mm.max(axis=0) <= other_mm.min(axis=0)).any() or (other_mm.max(axis=0) <= one_mm.min(axis=0)).any():
        return 0.0
    return float(cv2.intersectConvexConvex(one_mm.astype(np.float32), other_mm.astype(np.float32))[0])


def cover_of(place: Floats, card: CardReading) -> float:
    """Share of a place 4x2 mm over which a card hangs."""
    return shared_mm2(place, card.card.corners_mm) / max(area_mm2(place), 1.0)


def within(place: Floats, card: CardReading) -> float:
    """Share of a card that lies in a place 4x2 mm."""
    return shared_mm2(place, card.card.corners_mm) / max(side_mm(card) ** 2, 1.0)


def touched_by_people(place: Floats, people_mm: Sequence[Floats], share: float) -> bool:
    """Whether somebody stands before more than ``share`` of a place; outlines are taken as their convex hulls."""
    hulls = (cv2.convexHull(outline.astype(np.float32)).reshape(-1, 2) for outline in people_mm)
    return any(shared_mm2(place, np.asarray(hull, dtype=np.float64)) > share * area_mm2(place) for hull in hulls)


def within_reach(entry: Entry, card: CardReading, usual: float) -> bool:
    """Whether a card could reach an entry's place at all; quick."""
    (x, y), (a, b) = entry.centre_mm, centre_mm(card)
    return max(abs(x - a), abs(y - b)) < usual * 1.5
