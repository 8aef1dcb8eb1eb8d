"""Ink too weak to tell lines by, given to the lines it belongs to: first and last letters, thin bars, what a dry pen left out.

Lines come apart only where ink is cut high (``LinesSettings.local_share``); a thin or faint stroke then breaks into crumbs, and a crop may
begin after its line's first letter. Once the rows are known, the same ink cut lower does no harm: what hangs together with sure ink is
ink (hysteresis, as in Canny 1986, section VI), here within one row.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.rig import Floats
from digitizer.lines.pieces import Mask
from digitizer.lines.strokes import Ints, Strokes, gather
from digitizer.masks import places
from digitizer.medians import median

BEYOND = 0.25
"""Share of a line's height by which weak ink may reach above or below its sure ink: the tops and tails that were lost."""

GAP = 0.5
"""Blank, in line heights, that may part weak letters from the line they continue: about the space between two words."""

LEAST_TALL = 0.3
"""Weak ink that does not touch the line must be this tall, in line heights, to be a letter of it."""

LONGEST = 1.5
"""Weak ink wider than this many line heights that does not touch the line is a crease or an edge."""

SKIRT = np.ones((3, 3), np.uint8)
"""Work px around sure ink (one each way) that are the blur of its own strokes: crops would only lose their tightness by them."""


@dataclass(frozen=True, eq=False)
class _Points:
    """N weak pixels: where they are in the picture and, ``x`` and ``y``, in the lines' frame."""

    rows: Ints
    columns: Ints
    x: Floats
    y: Floats

    def where(self, at: NDArray[np.bool_]) -> _Points:
        return _Points(self.rows[at], self.columns[at], self.x[at], self.y[at])


def reach(lines: list[Strokes], edges: Floats, weak: Mask) -> list[Strokes]:
    """Lines with the weak ink HxW that lies in their rows; ``edges`` n + 1 values of y in the lines' common frame."""
    if not lines:
        return lines
    rows, columns = places(weak)
    cos, sin = np.cos(lines[0].angle), np.sin(lines[0].angle)
    points = _Points(rows, columns, columns * cos + rows * sin, rows * cos - columns * sin)
    return [_reached(line, points.where(_near(line, edges, points)), weak.shape) for line in lines]


def _near(line: Strokes, edges: Floats, points: _Points) -> NDArray[np.bool_]:
    """N bool: in the line's row, not far above or below its ink, nor left or right of it."""
    tall = _tall(line)
    row = int(np.clip(np.searchsorted(edges, median(line.y), side="right") - 1, 0, len(edges) - 2))
    top, bottom = max(edges[row], line.top.min() - BEYOND * tall), min(edges[row + 1], line.bottom.max() + BEYOND * tall)
    left, right = line.left.min() - 4 * tall, line.right.max() + 4 * tall
    return np.asarray((points.y >= top) & (points.y <= bottom) & (points.x >= left) & (points.x <= right))


def _tall(line: Strokes) -> float:
    return float(line.bottom.max() - line.top.min() + 1)


def _reached(line: Strokes, weak: _Points, shape: tuple[int, ...]) -> Strokes:
    if len(weak.x) == 0:
        return line
    fresh, labels, own = _labelled(_pixels(line, shape), (weak.rows, weak.columns))
    names, piece = np.unique(labels, return_inverse=True)
    found = gather(weak.x, weak.y, np.asarray(piece, np.int64), line.angle)
    at = _belonging(line, found, np.isin(names, own))[piece] & fresh
    if not at.any():
        return line
    return gather(np.r_[line.x, weak.x[at]], np.r_[line.y, weak.y[at]], np.r_[line.piece, len(line.area) + piece[at]], line.angle)


def _labelled(own: tuple[Ints, Ints], weak: tuple[Ints, Ints]) -> tuple[NDArray[np.bool_], NDArray[np.int32], NDArray[np.int32]]:
    """Of weak pixels (rows, columns) which are no skirt of a line's ``own``, and their pieces; and the pieces that its own are of."""
    # Pieces are numbered by blocks of 2 by 2 pixels: from an even place in the same order as in the whole picture.
    top, left = ((min(int(a.min()), int(b.min())) - 1) & ~1 for a, b in zip(own, weak, strict=True))
    bottom, right = (max(int(a.max()), int(b.max())) + 2 for a, b in zip(own, weak, strict=True))
    own, weak = ((rows - top, columns - left) for rows, columns in (own, weak))
    mask = np.zeros((bottom - top, right - left), np.uint8)
    mask[own] = 1
    fresh = cv2.dilate(mask, SKIRT)[weak] == 0
    mask[weak] = 1
    _, labels = cv2.connectedComponents(mask, connectivity=8)
    return fresh, np.asarray(labels[weak], np.int32), np.asarray(labels[own], np.int32)


def _pixels(line: Strokes, shape: tuple[int, ...]) -> tuple[Ints, Ints]:
    """Rows and columns of the picture that a line's points lie on."""
    cos, sin = np.cos(line.angle), np.sin(line.angle)
    rows, columns = np.round(line.x * sin + line.y * cos), np.round(line.x * cos - line.y * sin)
    return np.clip(rows, 0, shape[0] - 1).astype(np.int64), np.clip(columns, 0, shape[1] - 1).astype(np.int64)


def _belonging(line: Strokes, found: Strokes, touching: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """K bool: the pieces that touch the line's sure ink, and letters that follow it without a gap, to the left and to the right."""
    tall, taken = _tall(line), touching.copy()
    left, right = float(line.left.min()), float(line.right.max())
    if touching.any():
        left, right = min(left, float(found.left[touching].min())), max(right, float(found.right[touching].max()))
    letters = np.flatnonzero((found.heights > LEAST_TALL * tall) & (found.widths < LONGEST * tall) & ~touching)
    for k in letters[np.argsort(found.left[letters])]:
        if left - GAP * tall <= found.right[k] and found.left[k] - right < GAP * tall:
            taken[k], right = True, max(right, float(found.right[k]))
    for k in letters[np.argsort(-found.right[letters])]:
        if found.left[k] <= right and left - found.right[k] < GAP * tall:
            taken[k], left = True, min(left, float(found.left[k]))
    return taken
