"""Words that are written or printed on the board itself, not on a sheet of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.rig import Image, readonly
from digitizer.proposal.blobs import WORK_PX, Thing

Box: TypeAlias = tuple[int, int, int, int]
"""Left, top, right, bottom, work px."""

INK_L = 25.0
"""Lightness by which a stroke is darker than its ground, of 255."""

LETTER_PX = (7, 80)
"""Height of a letter in the photo at ``WORK_PX``: below it nothing is written that is read across a room."""

MOST_LETTERS = 1500
"""Strokes beyond which a photo shows texture (leaves, a carpet), not writing."""

MOST_WORDS = 120
"""Words of labels beyond which they are grain of cork or wood: three each on a board of twenty rooms and twenty slots."""

GAP = 0.5
"""Room between letters and words of one label, in their heights; labels that are further apart than that are joined in ``strips``."""

STROKES = (0.08, 0.75)
"""Share of a letter's box that is ink: shadows along an edge fill theirs, frames leave it empty."""


def find_words(image_bgr: Image, sheets: Sequence[Thing]) -> list[Thing]:
    """Words of an HxWx3 photo that stand on none of the sheets, as upright boxes."""
    scale = min(1.0, WORK_PX / max(image_bgr.shape[:2]))
    small = np.asarray(cv2.resize(image_bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    lab = cv2.cvtColor(small, cv2.COLOR_BGR2LAB)
    ink = _ink(lab[..., 0])
    for sheet in sheets:
        cv2.fillConvexPoly(ink, np.rint(sheet.corners_px * scale).astype(np.int32), 0)
        cv2.polylines(ink, [np.rint(sheet.corners_px * scale).astype(np.int32)], True, 0, 5)
    colours = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_BGR2LAB)
    words = [box for box in _joined(_letters(ink)) if box[2] - box[0] > 0.3 * (box[3] - box[1])]
    return [_thing(box, colours, ink, scale) for box in words] if len(words) <= MOST_WORDS else []


def _ink(light: NDArray[Any]) -> Image:
    """Where strokes are: darker than what lies around, and no wider than a twentieth of the photo."""
    side = max(9, WORK_PX // 40) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return np.asarray(cv2.morphologyEx(light, cv2.MORPH_BLACKHAT, kernel) > INK_L, dtype=np.uint8)


def _letters(ink: Image) -> list[Box]:
    """Boxes of strokes; long lines, frames and shadows are none."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink)
    left, top, width, height, area = stats[1:].T
    low, high = LETTER_PX
    fill = area / (width * height)
    keep = (height > low) & (height < high) & (width < 4 * height) & (fill > STROKES[0]) & (fill < STROKES[1])
    boxes = np.column_stack([left, top, left + width, top + height])[keep]
    return [(int(a), int(b), int(c), int(d)) for a, b, c, d in boxes] if len(boxes) < MOST_LETTERS else []


def _joined(letters: Sequence[Box]) -> list[Box]:
    """Letters side by side made one, until none are."""
    words = sorted(letters)
    done = False
    while not done:
        done = True
        joined: list[Box] = []
        for box in sorted(words):
            near = next((k for k, other in enumerate(joined) if _side_by_side(other, box)), None)
            if near is None:
                joined.append(box)
                continue
            a = joined[near]
            joined[near] = (min(a[0], box[0]), min(a[1], box[1]), max(a[2], box[2]), max(a[3], box[3]))
            done = False
        words = joined
    return words


def _side_by_side(a: Box, b: Box) -> bool:
    tall, short = max(a[3] - a[1], b[3] - b[1]), min(a[3] - a[1], b[3] - b[1])
    overlap = min(a[3], b[3]) - max(a[1], b[1])
    return overlap > 0.5 * short and short > 0.4 * tall and max(a[0], b[0]) - min(a[2], b[2]) < GAP * tall


def _thing(box: Box, lab: NDArray[Any], ink: Image, scale: float) -> Thing:
    left, top, right, bottom = box
    inside = lab[top:bottom, left:right][ink[top:bottom, left:right] > 0]
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=np.float64)
    colour = np.median(inside, axis=0) if len(inside) else np.zeros(3)
    return Thing(readonly((corners + 0.5) / scale - 0.5), readonly(np.asarray(colour, dtype=np.float64)), False)
