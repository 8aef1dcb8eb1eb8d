"""Pieces of ink -> lines of writing: rows, parted at wide gaps, with the dots that lie in them, without what is no writing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.rig import Floats
from digitizer.lines.clean import Marks
from digitizer.lines.pieces import Labels, Mask, weighted_median
from digitizer.lines.reach import reach
from digitizer.lines.rows import Rows, ways_to_cut
from digitizer.lines.strokes import Ints, Strokes, gather, skew_of, strokes_of, turned
from digitizer.masks import told
from digitizer.medians import median

GAP = 2.5
"""Line heights of blank that part two lines in one row: words stand 0.3 to 1 apart, a host's name in the corner further."""

LETTER_REACH = 0.65
"""Share of the height of a row's ink from which what reaches into it is a letter of that row; tails and stems reach half as far."""

TALLER, DEEPER = 0.5, 0.35
"""How far a letter may rise above a line that has low ones only, and a tail hang below one that has none, in heights of that line."""

JOINED = 0.4
"""Height of joined letters at least, in heights of their line: what is longer than two of these and lower is a dash of ruled paper."""

DISC = 0.35
"""Radius of the largest disc in a vote mark, share of its breadth: half of it but for a ragged rim; strokes have a quarter at most."""

STRAYS = 0.15
"""Share of a row's ink at most that lies apart from it and is dropped: what is more is a line that was not told from it."""

TURN_PRICE = 0.02
"""Cost of rows (see rows.py) that a turn of one degree must save: most hands write level."""


@dataclass(frozen=True, eq=False)
class Assembly:
    """A card's letters, turned so that rows run level, and the ways to cut them into rows, the best first.

    ``marks`` which pieces of ink look like letters, and the rest that may belong to them.
    """

    marks: Marks
    strokes: Strokes
    ways: Sequence[Rows]

    def lines(self) -> list[Strokes]:
        """The lines as they are likeliest cut."""
        return _lines(self, self.ways[0])

    def lines_otherwise(self, dearer: float) -> list[Strokes]:
        """The lines if the card is cut into more rows, at a cost higher by ``dearer`` at most; none if it cannot be.

        Fewer rows are not tried: what two rows say, read as one, is nonsense of which some is sure to look like words.
        """
        best, *others = self.ways
        other = next((way for way in others if len(way.edges) > len(best.edges) and way.cost <= best.cost + dearer), None)
        return _lines(self, other) if other else []


def assemble(marks: Marks, most_skew_deg: float) -> Assembly:
    """The pieces of ink of a card, see :class:`Assembly`, seen level and with the ways to cut them."""
    return Assembly(marks, *_upright(marks.labels, marks.letters, most_skew_deg))


def _lines(card: Assembly, cut: Rows) -> list[Strokes]:
    """The lines of one way to cut a card's letters into rows."""
    marks, edges, angle = card.marks, cut.edges, card.strokes.angle
    others = ~marks.letters & ~marks.ends
    others[0] = False
    height, width = marks.labels.shape
    rows = attach([_without_strays(row) for row in group(card.strokes, edges)], strokes_of(marks.labels, others, angle))
    lines = _worth([part for row in rows for part in split(row)], (width, height))
    lines = attach(lines, strokes_of(marks.labels, marks.ends, angle), inside=True)
    return [level(line) for line in reach(lines, edges, marks.weak)]


def _upright(labels: Labels, letters: Mask, most_skew_deg: float) -> tuple[Strokes, list[Rows]]:
    """The letters turned so that rows run level, and the ways to cut them. A turn must explain the rows better than none does."""
    straight = strokes_of(labels, letters, 0.0)
    angle = skew_of(told(letters, labels), most_skew_deg)
    ways = ways_to_cut(straight, labels.shape[0])
    if abs(angle) < np.radians(0.5):
        return straight, ways
    tilted = turned(straight, angle)
    tilted_ways = ways_to_cut(tilted, labels.shape[0])
    price = TURN_PRICE * abs(float(np.degrees(angle)))
    return (tilted, tilted_ways) if tilted_ways[0].cost + price < ways[0].cost else (straight, ways)


def group(strokes: Strokes, edges: Floats) -> list[Strokes]:
    """Strokes of a card -> strokes a row, top to bottom; ``edges`` n + 1 values of y."""
    if len(edges) < 2:
        return []
    row = np.clip(np.searchsorted(edges, strokes.middle, side="right") - 1, 0, len(edges) - 2)[strokes.piece]
    own = np.clip(np.searchsorted(edges, strokes.y, side="right") - 1, 0, len(edges) - 2)
    row = np.where(_severed(strokes, own, edges)[strokes.piece], own, row)
    return [_taken(strokes, at) for at in (row == k for k in range(len(edges) - 1)) if at.any()]


def _without_strays(row: Strokes) -> Strokes:
    """A row without what little of it lies more than a letter above or below the others: bits of the sheet's edge, vote marks."""
    tall = weighted_median(row.heights, row.area)
    top, bottom = weighted_median(row.top, row.area), weighted_median(row.bottom, row.area)
    strays = (row.bottom < top - tall) | (row.top > bottom + tall)
    few = row.area[strays].sum() < STRAYS * row.area.sum()
    return _taken(row, ~strays[row.piece]) if strays.any() and few else row


def split(row: Strokes) -> list[Strokes]:
    """A row parted where it is blank for ``GAP`` line heights."""
    order = np.argsort(row.left)
    reach = np.maximum.accumulate(row.right[order])
    low, high = np.quantile(row.y, (0.05, 0.95))
    tall = max(weighted_median(row.heights, row.area), float(high - low))
    cuts = row.left[order][1:] - reach[:-1] > GAP * tall
    part = np.empty(len(order), np.int64)
    part[order] = np.r_[0, np.cumsum(cuts)]
    return [_taken(row, part[row.piece] == k) for k in range(int(part.max()) + 1)]


def _taken(strokes: Strokes, at: NDArray[np.bool_]) -> Strokes:
    return gather(strokes.x[at], strokes.y[at], strokes.piece[at], strokes.angle)


def _worth(lines: list[Strokes], size_px: tuple[int, int]) -> list[Strokes]:
    """Lines that are writing: no specks beside the text, no marks of voters, no slivers at the rim."""
    if not lines:
        return []
    most = max(float(line.area.sum()) for line in lines)
    tall = weighted_median(np.array([_height(line) for line in lines]), np.array([line.area.sum() for line in lines]))
    return [line for line in lines if line.area.sum() > 0.03 * most and _height(line) > 0.25 * tall and _is_writing(line, size_px)]


def _height(line: Strokes) -> float:
    return float(line.bottom.max() - line.top.min() + 1)


def _is_writing(line: Strokes, size_px: tuple[int, int]) -> bool:
    """Vote marks are round, filled and far from each other; edges and slivers are upright and alone."""
    width, side = float(line.right.max() - line.left.min() + 1), 0.06 * max(size_px)
    if _height(line) < 7 or line.area.sum() < 40 or width < 0.3 * _height(line):
        return False
    if width < 0.5 * _height(line) and (line.right.max() < side or line.left.min() > size_px[0] - side):
        return False
    round_ones = np.array([_is_disc(line, k) for k in range(len(line.area))])
    order = np.argsort(line.left)
    gaps = np.maximum(line.left[order][1:] - np.maximum.accumulate(line.right[order])[:-1], 0)
    apart = len(gaps) == 0 or median(gaps) > 0.7 * weighted_median(line.heights, line.area)
    return not (apart and line.area[round_ones].sum() > 0.7 * line.area.sum())


def _is_disc(line: Strokes, k: int) -> bool:
    """Whether a piece is round and filled. A bold & fills its box as well, but no disc within it is as large as a vote mark's."""
    width, height = line.widths[k], line.heights[k]
    if line.area[k] < 0.6 * width * height or max(width, height) > 1.6 * min(width, height):
        return False
    at = line.piece == k
    filled = np.zeros((int(height) + 3, int(width) + 3), np.uint8)
    filled[np.round(line.y[at] - line.top[k]).astype(np.int64) + 1, np.round(line.x[at] - line.left[k]).astype(np.int64) + 1] = 1
    depth = cv2.distanceTransform(cv2.morphologyEx(filled, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)), cv2.DIST_L2, 3)
    return bool(depth.max() > DISC * min(width, height))


def level(line: Strokes) -> Strokes:
    """The line turned by what its pieces rise or fall by, beyond the turn of the card; short lines tell too little."""
    tall = weighted_median(line.heights, line.area)
    if len(line.area) < 4 or line.right.max() - line.left.min() < 4 * tall:
        return line
    middle_x = (line.left + line.right) / 2
    weight = np.minimum(line.area, 2 * median(line.area))
    slope = _robust_slope(middle_x, line.middle, weight)
    return turned(line, float(np.arctan(slope))) if 0.02 < abs(slope) < 0.15 else line


def _robust_slope(x: Floats, y: Floats, weight: Floats) -> float:
    slope = 0.0
    for _ in range(4):
        whole = weight.sum()
        away_x, away_y = x - (x * weight).sum() / whole, y - (y * weight).sum() / whole
        slope = float((weight * away_x * away_y).sum() / max(float((weight * np.square(away_x)).sum()), 1e-9))
        off = np.abs(away_y - slope * away_x)
        weight = weight / (1 + np.square(off / max(median(off), 0.5)))
    return slope


def attach(lines: list[Strokes], others: Strokes, inside: bool = False) -> list[Strokes]:
    """Lines with the dots, accents and doubtful pieces that lie in them, or go on with what did; what lies in none is dropped.

    ``inside``: only pieces that reach above and below their line no further than letters do.
    """
    bands = [(float(line.top.min()), float(line.bottom.max())) for line in lines]
    left = np.arange(len(others.area) if lines else 0)
    while len(left):
        owner = np.full(len(others.area), -1)
        owner[left] = [_owner(lines, bands, others, k, inside) for k in left.tolist()]
        lines = [_join(line, others, owner == k) for k, line in enumerate(lines)]
        if (owner[left] < 0).all():
            break
        left = left[owner[left] < 0]
    return lines


def _owner(lines: list[Strokes], bands: list[tuple[float, float]], others: Strokes, k: int, inside: bool) -> int:
    """The line that a piece lies in, within reach of its letters; -1 for none. ``inside`` as for :func:`attach`.

    A line goes on to the left and right with what it was given, but ``bands``, its top and bottom, are those of its letters: else the
    dashes of ruled paper, each a little above the last, lead it over the whole card.
    """
    best, owner = np.inf, -1
    for index, (line, (top, bottom)) in enumerate(zip(lines, bands, strict=True)):
        height = bottom - top + 1
        long = others.widths[k] > 2.0 * height and others.heights[k] < JOINED * height
        if others.heights[k] > 1.4 * height or long:
            continue
        if inside and (others.top[k] < top - TALLER * height or others.bottom[k] > bottom + DEEPER * height):
            continue
        apart = np.maximum(np.maximum(line.left - others.right[k], others.left[k] - line.right), 0)
        off = max(top - others.middle[k], others.middle[k] - bottom, 0.0)
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


def _severed(strokes: Strokes, own: Ints, edges: Floats) -> NDArray[np.bool_]:
    """K bool: pieces that belong to two lines which touch: a fifth of the ink, or a letter's height, lies outside the main line."""
    lines, pieces = len(edges) - 1, len(strokes.area)
    place = strokes.piece * lines + own
    table = np.bincount(place, minlength=pieces * lines).reshape(pieces, lines)
    low, high = np.full(pieces * lines, np.inf), np.full(pieces * lines, -np.inf)
    np.minimum.at(low, place, strokes.y)
    np.maximum.at(high, place, strokes.y)
    tall = np.array([np.ptp(np.quantile(strokes.y[own == row], (0.04, 0.96))) if (own == row).any() else np.inf for row in range(lines)])
    reach = np.where(table > 0, (high - low).reshape(pieces, lines), 0) / np.maximum(tall, 1)
    reach[np.arange(pieces), table.argmax(axis=1)] = 0
    return np.asarray((table.max(axis=1) < 0.8 * strokes.area) | (reach.max(axis=1) > LETTER_REACH))
