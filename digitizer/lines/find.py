"""A card's crop -> its lines of writing, top to bottom: upright, tight to the ink."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from calibration.rig import Floats, Image, readonly
from digitizer.lines.assemble import assemble
from digitizer.lines.clean import clean
from digitizer.lines.ink import find_ink
from digitizer.lines.strokes import Strokes
from digitizer.model import Card
from digitizer.settings import LinesSettings


@dataclass(frozen=True, eq=False)
class LineCrop:
    """One line of writing. ``box_px`` (x, y, width, height) in the card frame; ``image`` HxW gray u8, level, tight to the ink.

    ``ink`` share of the box that is written on.
    """

    box_px: tuple[int, int, int, int]
    image: Image
    ink: float


def find_lines(card: Card, settings: LinesSettings | None = None) -> tuple[LineCrop, ...]:
    """The lines of ``card``, top to bottom, then left to right."""
    settings = settings or LinesSettings()
    if min(card.image.shape[:2]) < 16:
        return ()
    ink = find_ink(card.image, card.mask, settings)
    marks = clean(ink)
    lines = assemble(marks.labels, marks.letters, settings.most_skew_deg)
    gray = np.asarray(cv2.cvtColor(card.image, cv2.COLOR_BGR2GRAY), np.uint8)
    return tuple(_crop(gray, ink.scale, line, settings) for line in lines)


def _crop(gray: Image, scale: float, line: Strokes, settings: LinesSettings) -> LineCrop:
    """The line cut out of the card at the card's own resolution, turned level."""
    left, right, top, bottom = line.left.min(), line.right.max() + 1, line.top.min(), line.bottom.max() + 1
    margin = settings.margin * (bottom - top)
    left, right, top, bottom = left - margin, right + margin, top - margin, bottom + margin
    cos, sin = np.cos(line.angle), np.sin(line.angle)
    card_from_turned = np.array([[cos, -sin], [sin, cos]]) / scale
    width, height = max(4, round((right - left) / scale)), max(4, round((bottom - top) / scale))
    origin = card_from_turned @ np.array([left, top])
    matrix = np.array([[cos, -sin, origin[0]], [sin, cos, origin[1]]])
    crop = cv2.warpAffine(gray, matrix, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE)
    return LineCrop(
        _box(card_from_turned, (left, top, right, bottom), gray.shape),
        readonly(crop),
        float(line.area.sum() / ((right - left) * (bottom - top))),
    )


def _box(card_from_turned: Floats, edges: tuple[float, float, float, float], shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    left, top, right, bottom = edges
    corners = card_from_turned @ np.array([[left, right, right, left], [top, top, bottom, bottom]])
    x0, y0 = np.clip(corners.min(axis=1), 0, (shape[1] - 1, shape[0] - 1))
    x1, y1 = np.clip(corners.max(axis=1), (x0 + 1, y0 + 1), (shape[1], shape[0]))
    return round(float(x0)), round(float(y0)), round(float(x1 - x0)), round(float(y1 - y0))
