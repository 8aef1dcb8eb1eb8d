"""A card's crop -> its lines of writing, top to bottom: upright, tight to the ink."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.rig import Floats, Image, readonly
from digitizer.lines.clean import clean
from digitizer.lines.ink import Ink, find_ink
from digitizer.lines.rows import boundaries
from digitizer.lines.strokes import Ints, Strokes, gather, skew_of, strokes_of, turned, weighted_median
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
    letters = marks.letters[marks.labels] & (marks.labels > 0)
    angle = skew_of(letters, settings.most_skew_deg)
    lines = group(strokes_of(marks.labels, marks.letters, angle), ink.mask.shape[0])
    others = ~marks.letters
    others[0] = False
    lines = [level(line) for line in attach(lines, strokes_of(marks.labels, others, angle))]
    return tuple(_crop(card.image, ink, line, settings) for line in lines if _is_writing(line))


def group(strokes: Strokes, height_px: float) -> list[Strokes]:
    """Strokes of a card -> strokes a line, top to bottom."""
    edges = boundaries(strokes, height_px)
    if len(edges) < 2:
        return []
    line = np.clip(np.searchsorted(edges, strokes.middle, side="right") - 1, 0, len(edges) - 2)[strokes.piece]
    own = np.clip(np.searchsorted(edges, strokes.y, side="right") - 1, 0, len(edges) - 2)
    line = np.where(_severed(strokes, own)[strokes.piece], own, line)
    found = [
        gather(strokes.x[at], strokes.y[at], strokes.piece[at], strokes.angle)
        for at in (line == k for k in range(len(edges) - 1))
        if at.any()
    ]
    return found


def level(line: Strokes) -> Strokes:
    """The line turned by what its pieces rise or fall by, beyond the turn of the card; short lines tell too little."""
    tall = weighted_median(line.heights, line.area)
    if len(line.area) < 4 or line.right.max() - line.left.min() < 4 * tall:
        return line
    middle_x = (line.left + line.right) / 2
    weight = np.minimum(line.area, 2 * float(np.median(line.area)))
    slope = _robust_slope(middle_x, line.middle, weight)
    return turned(line, float(np.arctan(slope))) if 0.02 < abs(slope) < 0.15 else line


def _robust_slope(x: Floats, y: Floats, weight: Floats) -> float:
    slope = 0.0
    for _ in range(4):
        mean_x, mean_y = np.average(x, weights=weight), np.average(y, weights=weight)
        slope = float(np.sum(weight * (x - mean_x) * (y - mean_y)) / max(float(np.sum(weight * np.square(x - mean_x))), 1e-9))
        off = np.abs(y - mean_y - slope * (x - mean_x))
        weight = weight / (1 + np.square(off / max(float(np.median(off)), 0.5)))
    return slope


def attach(lines: list[Strokes], others: Strokes) -> list[Strokes]:
    """Lines with the dots, accents and doubtful pieces that lie in them; what lies in none is dropped."""
    if not lines or len(others.area) == 0:
        return lines
    owner = np.array([_owner(lines, others, k) for k in range(len(others.area))])
    return [_join(line, others, owner == k) for k, line in enumerate(lines)]


def _owner(lines: list[Strokes], others: Strokes, k: int) -> int:
    """The line that a piece lies in, within reach of its letters; -1 for none."""
    best, owner = np.inf, -1
    for index, line in enumerate(lines):
        height = float(line.bottom.max() - line.top.min() + 1)
        if others.heights[k] > 1.4 * height or others.widths[k] > 2.0 * height:
            continue
        apart = np.maximum(np.maximum(line.left - others.right[k], others.left[k] - line.right), 0)
        off = max(line.top.min() - others.middle[k], others.middle[k] - line.bottom.max(), 0.0)
        far = float(apart.min()) / (0.5 * height) + off / (0.25 * height)
        if far < min(best, 1.0):
            best, owner = far, index
    return owner


def _join(line: Strokes, others: Strokes, taken: NDArray[np.bool_]) -> Strokes:
    at = taken[others.piece] if taken.any() else np.zeros(len(others.x), bool)
    if not at.any():
        return line
    piece = np.r_[line.piece, others.piece[at] + len(line.area)]
    return gather(np.r_[line.x, others.x[at]], np.r_[line.y, others.y[at]], piece, line.angle)


def _severed(strokes: Strokes, own: Ints) -> NDArray[np.bool_]:
    """K bool: pieces with a fifth or more of their ink outside their main line: two lines that touch."""
    lines = int(own.max()) + 1
    table = np.bincount(strokes.piece * lines + own, minlength=len(strokes.area) * lines).reshape(-1, lines)
    return table.max(axis=1) < 0.8 * strokes.area


def _is_writing(line: Strokes) -> bool:
    """No rows of vote marks: those are squat pieces alone, further apart than letters are."""
    if line.bottom.max() - line.top.min() < 7 or line.area.sum() < 40:
        return False
    compact = (line.area > 0.45 * line.widths * line.heights) & (line.widths < 2.2 * line.heights) & (line.heights < 2.2 * line.widths)
    order = np.argsort(line.left)
    gaps = np.maximum(line.left[order][1:] - np.maximum.accumulate(line.right[order])[:-1], 0)
    tall = weighted_median(line.heights, line.area)
    return not (line.area[compact].sum() > 0.8 * line.area.sum() and (len(gaps) == 0 or float(np.median(gaps)) > 0.7 * tall))


def _crop(image: Image, ink: Ink, line: Strokes, settings: LinesSettings) -> LineCrop:
    """The line cut out of the card at the card's own resolution, turned level."""
    left, right, top, bottom = line.left.min(), line.right.max() + 1, line.top.min(), line.bottom.max() + 1
    margin = settings.margin * (bottom - top)
    left, right, top, bottom = left - margin, right + margin, top - margin, bottom + margin
    cos, sin = np.cos(line.angle), np.sin(line.angle)
    card_from_turned = np.array([[cos, -sin], [sin, cos]]) / ink.scale
    width, height = max(4, round((right - left) / ink.scale)), max(4, round((bottom - top) / ink.scale))
    origin = card_from_turned @ np.array([left, top])
    matrix = np.array([[cos, -sin, origin[0]], [sin, cos, origin[1]]])
    gray = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    crop = cv2.warpAffine(gray, matrix, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE)
    return LineCrop(
        _box(card_from_turned, (left, top, right, bottom), image.shape),
        readonly(crop),
        float(line.area.sum() / ((right - left) * (bottom - top))),
    )


def _box(card_from_turned: Floats, edges: tuple[float, float, float, float], shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    left, top, right, bottom = edges
    corners = card_from_turned @ np.array([[left, right, right, left], [top, top, bottom, bottom]])
    x0, y0 = np.clip(corners.min(axis=1), 0, (shape[1] - 1, shape[0] - 1))
    x1, y1 = np.clip(corners.max(axis=1), (x0 + 1, y0 + 1), (shape[1], shape[0]))
    return round(float(x0)), round(float(y0)), round(float(x1 - x0)), round(float(y1 - y0))
