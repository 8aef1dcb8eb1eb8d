"""Zones of one paper that touch: a single card, or several over one another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from calibration.rig import Floats
from digitizer.cards.canvas import Canvas, Mask, disc, painted
from digitizer.cards.choose import Candidate, Size, common_sizes, of_like_size, unstacked
from digitizer.cards.zones import Zone
from digitizer.settings import SegmentSettings

HEAP_CARDS = 2.5
"""Longest cards that a heap is long at most; what is longer is a strip or a wall."""

HEAP_LAB = 15.0
"""Lab distance within a heap of sheets of one paper: as within one sheet, and the shade of the sheet before it."""

HEAP_BESIDE = 0.03
"""Share of a heap beside a card, at most, where that card is all of it."""

HEAP_FILLED = 0.93
"""Share of such a card that is paper, at least: a notch of another outline takes more."""


@dataclass(frozen=True, eq=False)
class Heap:
    """``zones`` that touch, and the ``region`` (HxW, within ``box``: x, y, width, height) of their paper."""

    zones: tuple[Zone, ...]
    box: tuple[int, int, int, int]
    region: Mask

    @property
    def area_px(self) -> int:
        """Area of the region."""
        return int(np.count_nonzero(self.region))

    def beside(self, quads_px: Sequence[Floats], rim_px: int) -> Mask:
        """The part of the region that lies off all those rectangles (4x2 work px each) grown by a rim."""
        held = painted(self.region.shape, [quad - self.box[:2] for quad in quads_px])
        return np.asarray(self.region & (cv2.dilate(held.view(np.uint8), np.ones((2 * rim_px + 1, 2 * rim_px + 1), np.uint8)) == 0))


def find_heaps(canvas: Canvas, zones: Sequence[Zone], settings: SegmentSettings) -> list[Heap]:
    """Zones in the grid by what they touch; strips, frames and walls are in none."""
    longest = HEAP_CARDS * settings.max_card * canvas.cell_px
    sheets = [z for z in zones if not z.on_strips and z.solid > settings.min_solid and max(z.box[2:]) < longest]
    first = np.arange(len(sheets))
    for i, k in _near(sheets, canvas, settings):
        if first[i] != first[k] and _touch(sheets[i], sheets[k], canvas, settings):
            first[first == max(first[i], first[k])] = min(first[i], first[k])
    heaps = (_heap(canvas, [z for z, f in zip(sheets, first, strict=True) if f == name], settings) for name in np.unique(first))
    return [heap for heap in heaps if _within(heap.box, canvas.grid)[heap.region].any()]


def _within(box: tuple[int, int, int, int], field: np.ndarray) -> np.ndarray:
    x, y, width, height = box
    return field[y : y + height, x : x + width]


def _near(zones: Sequence[Zone], canvas: Canvas, settings: SegmentSettings) -> list[tuple[int, int]]:
    """Pairs of zones whose boxes touch, and that may be one paper, a part of it in the shade of a sheet before it."""
    if not zones:
        return []
    gap = round(settings.stroke * canvas.cell_px)
    boxes, labs = np.array([zone.box for zone in zones]), np.array([zone.lab for zone in zones])
    low, high = boxes[:, :2] - gap, boxes[:, :2] + boxes[:, 2:] + gap
    touch = (low[:, None] < high[None]).all(axis=2) & (high[:, None] > low[None]).all(axis=2)
    alike = np.linalg.norm(labs[:, None] - labs[None], axis=2) < HEAP_LAB
    return [(int(i), int(k)) for i, k in np.argwhere(np.triu(touch & alike, 1))]


def _touch(one: Zone, other: Zone, canvas: Canvas, settings: SegmentSettings) -> bool:
    """Whether nothing but an edge lies between two zones."""
    gap = round(settings.stroke * canvas.cell_px)
    a, b = np.array(one.box), np.array(other.box)
    low, high = np.maximum(a[:2], b[:2]) - gap, np.minimum(a[:2] + a[2:], b[:2] + b[2:]) + gap
    near, own = (_part(zone, low, high) for zone in (one, other))
    return bool((cv2.dilate(near, np.ones((2 * gap + 1, 2 * gap + 1), np.uint8)) & own).any())


def _part(zone: Zone, low: Floats, high: Floats) -> np.ndarray:
    """What of a zone lies in a box, u8."""
    across, down = (high - low).tolist()
    shift = np.array([[1, 0, zone.box[0] - low[0]], [0, 1, zone.box[1] - low[1]]], np.float32)
    return cv2.warpAffine(zone.region.astype(np.uint8), shift, (int(across), int(down)), flags=cv2.INTER_NEAREST)


def _heap(canvas: Canvas, zones: Sequence[Zone], settings: SegmentSettings) -> Heap:
    """Zones as one region, with as much room about it as writing may take."""
    gap = round(settings.word_gap * canvas.cell_px)
    height, width = canvas.slope.shape
    boxes = np.array([zone.box for zone in zones])
    low = np.maximum(boxes[:, :2].min(axis=0) - gap, 0)
    high = np.minimum((boxes[:, :2] + boxes[:, 2:]).max(axis=0) + gap, [width, height])
    box = (int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1]))
    paper = np.zeros((box[3], box[2]), bool)
    for zone in zones:
        x, y = zone.box[0] - box[0], zone.box[1] - box[1]
        paper[y : y + zone.box[3], x : x + zone.box[2]] |= zone.region
    return Heap(tuple(zones), box, paper)


def with_writing(canvas: Canvas, heap: Heap, settings: SegmentSettings) -> Heap:
    """The heap with the writing that notches it, and its blurred rim."""
    gap = round(settings.word_gap * canvas.cell_px)
    closed = cv2.morphologyEx(np.pad(heap.region.astype(np.uint8), gap), cv2.MORPH_CLOSE, disc(gap))[gap:-gap, gap:-gap]
    rimmed = cv2.dilate(closed, disc(settings.stroke * canvas.cell_px)) > 0
    return replace(heap, region=heap.region | (rimmed & (_within(heap.box, canvas.off_board) > settings.off_board)))


def single_card(canvas: Canvas, heap: Heap, read: Mapping[int, Candidate], settings: SegmentSettings) -> Candidate | None:
    """The card that all of a heap is, if one of those that its zones were ``read`` as (by their id) is that."""
    for card in (read[id(zone)] for zone in heap.zones if id(zone) in read):
        beside = heap.beside([card.quad_px], round(settings.edge_reach * canvas.cell_px))
        if np.count_nonzero(beside) > HEAP_BESIDE * heap.area_px:
            continue
        paper = _within(heap.box, canvas.off_board) > settings.off_board
        off = replace(heap, region=paper)
        if off.area_px - np.count_nonzero(off.beside([card.quad_px], 0)) > HEAP_FILLED * card.area_px:
            return card
    return None


def sizes_of_single(canvas: Canvas, cards: Sequence[Candidate], settings: SegmentSettings) -> list[Size]:
    """Sizes of the cards of the grid that hang alone: those of which there are two, else the smallest.

    None that two of another make, and none of stickers: letters and dots as small as they are fit everywhere.
    """
    inside = of_like_size([card for card in cards if _holds(canvas.grid, card.centre_px)], settings)
    common = unstacked(common_sizes(inside, settings), settings)
    return common or sorted((card.size_px for card in inside), key=lambda size: size[0] * size[1])[:1]


def _holds(mask: Mask, point_px: Floats) -> bool:
    x, y = np.rint(point_px).astype(int).tolist()
    return 0 <= y < mask.shape[0] and 0 <= x < mask.shape[1] and bool(mask[y, x])
