"""Which rectangles are cards: plausible sizes, one card found twice, labels of rows and columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np

from calibration.rig import Floats, Layout
from digitizer.cards.canvas import Canvas
from digitizer.cards.zones import Zone, filled_corners
from digitizer.settings import SegmentSettings

Size: TypeAlias = tuple[float, float]
"""Width and height of a card, work px."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """A rectangle that may be a card.

    ``quad_px`` 4x2 work px clockwise; ``lab`` its paper; ``fill`` share of it that its paper and writing fill; ``support`` of its
    four sides (0..1); ``faint`` where only edges tell it from the board; ``number`` of a topic card of the kit, whose quad then begins
    at its own top left; ``guessed``: hardly an edge is seen, writing and the size of other cards tell of it.
    """

    quad_px: Floats
    lab: Floats
    fill: float
    support: Floats
    faint: bool
    number: int | None = None
    guessed: bool = False

    @property
    def size_px(self) -> Size:
        """Width and height."""
        return side_lengths(self.quad_px)

    @property
    def area_px(self) -> float:
        """Area in square work px."""
        return float(cv2.contourArea(self.quad_px.astype(np.float32)))

    @property
    def centre_px(self) -> Floats:
        """Mean of the corners."""
        return np.asarray(self.quad_px.mean(axis=0))


def side_lengths(quad: Floats) -> Size:
    """Mean width and height of a 4x2 quad, clockwise from its top left."""
    across = np.linalg.norm(quad[1] - quad[0]) + np.linalg.norm(quad[2] - quad[3])
    down = np.linalg.norm(quad[3] - quad[0]) + np.linalg.norm(quad[2] - quad[1])
    return float(across) / 2, float(down) / 2


def common_sizes(cards: Sequence[Candidate], settings: SegmentSettings, known_px: Sequence[Size] = ()) -> list[Size]:
    """(width, height) px of cards that have at least one like them on this board, each size once; then those known before."""
    sizes = [c.size_px for c in cards]
    alike = [[other for other in sizes if like_in_size(other, size, settings)] for size in sizes]
    common: list[Size] = []
    for same in sorted((group for group in alike if len(group) > 1), key=len, reverse=True):
        size = (float(np.median([w for w, _ in same])), float(np.median([h for _, h in same])))
        if not any(like_in_size(size, other, settings) for other in common):
            common.append(size)
    common += [size for size in known_px if not any(like_in_size(size, other, settings) for other in common)]
    return common[: settings.most_sizes]


def cut_short(size: Size, whole: Size, settings: SegmentSettings) -> bool:
    """Whether a size is another but for the height of a line of writing: most formats of paper differ by more."""
    less, same = sorted((a / b for a, b in zip(size, whole, strict=True)), key=lambda ratio: -abs(ratio - 1))
    return abs(same - 1) < settings.size_alike and settings.cut_short < less < 1


def size_rank(card: Candidate, sizes: Sequence[Size], settings: SegmentSettings) -> int:
    """Index of the first of ``sizes`` that a card has, their number if none."""
    return next((i for i, size in enumerate(sizes) if like_in_size(card.size_px, size, settings)), len(sizes))


def unstacked(sizes: Sequence[Size], settings: SegmentSettings) -> list[Size]:
    """Sizes, the most frequent first, but for those that two cards of one before them may make: as wide, and up to twice as high."""

    def stacks(size: Size, other: Size) -> bool:
        alike, more = sorted((size[0] / other[0], size[1] / other[1]))
        return abs(alike - 1) < settings.size_alike and settings.stacked < more < 2 + settings.size_alike

    return [size for i, size in enumerate(sizes) if not any(stacks(size, other) for other in sizes[:i])]


def too_large(card: Candidate, sizes: Sequence[Size], settings: SegmentSettings) -> bool:
    """Whether a rectangle is no size that others have, and larger than the smallest that they have."""
    if not sizes or any(like_in_size(card.size_px, size, settings) for size in sizes):
        return False
    return card.area_px > settings.much_larger * min(w * h for w, h in sizes)


def like_in_size(one: Size, other: Size, settings: SegmentSettings) -> bool:
    """Whether two cards may be of one size as they are seen."""
    return all(abs(a / b - 1) < settings.size_alike for a, b in zip(one, other, strict=True))


def overlap_px(one: Floats, other: Floats) -> float:
    """Area in which two convex quads overlap."""
    area, _ = cv2.intersectConvexConvex(one.astype(np.float32), other.astype(np.float32))
    return float(area)


def plausible(candidate: Candidate, cell_px: float, settings: SegmentSettings) -> bool:
    """Whether sides and fill are a card's at all."""
    sides = candidate.size_px
    fits = min(sides) >= settings.min_side * cell_px and max(sides) <= settings.max_card * cell_px
    return fits and max(sides) <= settings.max_aspect * min(sides) and candidate.fill >= settings.min_fill


def plausible_zone(zone: Zone, canvas: Canvas, settings: SegmentSettings) -> bool:
    """Whether a zone is a sheet of paper by its sides and how it fills them; in the corners of a printed form is more print than paper."""
    square = zone.solid > settings.min_solid and (zone.rimmed or filled_corners(canvas, zone, settings) >= 3)
    return square and plausible(Candidate(zone.quad_px, zone.lab, zone.fill, np.ones(4), False), canvas.cell_px, settings)


def without_doubles(
    candidates: Sequence[Candidate], settings: SegmentSettings, sizes: Sequence[Size] = (), sure: Sequence[Candidate] = ()
) -> list[Candidate]:
    """One candidate a card: those of a size that others have and the better filled and supported first; what they hold or repeat goes.

    All that are ``sure`` stay, before any other.
    """
    kept = list(sure)

    def order(c: Candidate) -> tuple[bool, bool, float, float]:
        uncommon = size_rank(c, sizes, settings) == len(sizes)
        return c.faint, uncommon, -round(min(c.fill, settings.full) + 0.5 * float(c.support.mean()), 1), -c.area_px

    for candidate in sorted(candidates, key=order):
        if all(_apart(candidate, other, settings) for other in kept):
            kept.append(candidate)
    return kept


def _apart(candidate: Candidate, other: Candidate, settings: SegmentSettings) -> bool:
    shared = overlap_px(candidate.quad_px, other.quad_px)
    return shared < settings.double * min(candidate.area_px, other.area_px)


def of_like_size(candidates: Sequence[Candidate], settings: SegmentSettings) -> list[Candidate]:
    """Cards of one board come in a few sizes within a factor of each other; shreds and posters fall out."""
    if len(candidates) < 3:
        return list(candidates)
    usual = float(np.median([c.area_px for c in candidates]))
    low, high = settings.size_spread
    return [c for c in candidates if low * usual <= c.area_px <= high * usual]


def without_labels(candidates: Sequence[Candidate], layout: Layout, centres_mm: Floats, settings: SegmentSettings) -> list[bool]:
    """For each candidate whether it is no label. Labels hang outside the grid, in line, one beside most rows or columns."""
    keep = [True] * len(candidates)
    width, height = layout.width_mm, layout.height_mm
    x, y = centres_mm[:, 0], centres_mm[:, 1]
    across, down = (x >= 0) & (x < width), (y >= 0) & (y < height)
    cell_w, cell_h = width / layout.columns, height / layout.rows
    bands = [
        (across & (y < 0), (x, y / cell_h), layout.column_edges_mm),
        (across & (y >= height), (x, y / cell_h), layout.column_edges_mm),
        (down & (x < 0), (y, x / cell_w), layout.row_edges_mm),
        (down & (x >= width), (y, x / cell_w), layout.row_edges_mm),
    ]
    for inside, places, edges in bands:
        for i in _in_line(np.flatnonzero(inside), places, np.asarray(edges), settings):
            keep[i] = False
    return keep


def _in_line(which: np.ndarray, places: tuple[Floats, Floats], edges: Floats, settings: SegmentSettings) -> list[int]:
    """Those of ``which`` that stand in one line, one beside at least ``label_share`` of the rows or columns.

    ``places``: mm along the line, and mean cells away from the board's edge.
    """
    along, away = places
    labels: list[int] = []
    for i in which:
        line = [j for j in which if abs(away[j] - away[i]) < settings.label_line]
        beside = {int(np.searchsorted(edges, along[j], side="right")) for j in line}
        if len(beside) >= max(2, settings.label_share * (len(edges) - 1)):
            labels.extend(line)
    return sorted(set(labels))
