"""Lines cut out of a card at the card's own resolution: level and tight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.rig import Floats, Image, readonly
from digitizer.lines.strokes import Strokes


@dataclass(frozen=True, eq=False)
class Comb:
    """The signs of a comb as they stand in one line.

    ``spans`` Nx2: from and to, as shares of the line's width, of each of the N signs; ``low`` N bool: nothing but a flat stroke at the
    foot, which only ``_`` is; ``boxes`` NxHxW u8: the whole box of each, 0 paper to 255 ink (:func:`digitizer.lines.comb.whole_boxes`).
    """

    spans: Floats
    low: NDArray[np.bool_]
    boxes: Image


@dataclass(frozen=True, eq=False)
class LineCrop:
    """One line of writing. ``box_px`` (x, y, width, height) in the card frame; ``image`` HxW gray u8, level, tight to the ink.

    ``comb`` where signs stand in the boxes of a topic card.
    """

    box_px: tuple[int, int, int, int]
    image: Image
    comb: Comb | None = None


def cut(image: Image, scale: float, lines: Sequence[Strokes], margin: float) -> tuple[LineCrop, ...]:
    """Crops of ``lines`` from a card ``image`` HxWx3; ``scale`` work px a card px; ``margin`` around the ink, share of a line's height.

    Strokes of the lines beside it stay in a crop: painted over with paper they cost 0.6 points of character errors on real boards.
    """
    gray = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
    return tuple(_crop(gray, scale, line, margin) for line in lines)


def _crop(gray: Image, scale: float, line: Strokes, margin: float) -> LineCrop:
    left, right, top, bottom = line.left.min(), line.right.max() + 1, line.top.min(), line.bottom.max() + 1
    around = margin * (bottom - top)
    edges = (left - around, top - around, right + around, bottom + around)
    size = (max(4, round((edges[2] - edges[0]) / scale)), max(4, round((edges[3] - edges[1]) / scale)))
    cos, sin = np.cos(line.angle), np.sin(line.angle)
    turn = np.array([[cos, -sin], [sin, cos]])
    matrix = np.column_stack([turn, turn @ np.array(edges[:2]) / scale])
    crop = cv2.warpAffine(gray, matrix, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE)
    return LineCrop(_box(turn / scale, edges, gray.shape), readonly(np.asarray(crop, np.uint8)))


def _box(card_from_turned: Floats, edges: tuple[float, float, float, float], shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    left, top, right, bottom = edges
    corners = card_from_turned @ np.array([[left, right, right, left], [top, top, bottom, bottom]])
    x0, y0 = np.clip(corners.min(axis=1), 0, (shape[1] - 1, shape[0] - 1))
    x1, y1 = np.clip(corners.max(axis=1), (x0 + 1, y0 + 1), (shape[1], shape[0]))
    return round(float(x0)), round(float(y0)), round(float(x1 - x0)), round(float(y1 - y0))
