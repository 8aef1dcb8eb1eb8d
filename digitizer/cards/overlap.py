"""Cards of one colour over or against one another: a heap, or a zone too large or of no rectangle's shape, taken apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from digitizer.cards.boxes import Patch, halved, search
from digitizer.cards.canvas import Canvas, Mask, disc, painted
from digitizer.cards.choose import Candidate, Size, plausible, size_rank
from digitizer.cards.heaps import Heap, find_heaps, single_card, sizes_of_single, with_writing
from digitizer.cards.layers import layers
from digitizer.cards.marks import Ink, blocks
from digitizer.cards.zones import Zone, filled_corners, zone_of
from digitizer.settings import SegmentSettings

SHEET_RIM_PX = 3
"""How far a sheet's blurred rim reaches out of it."""

HEAP_LARGER = 1.1
"""Area of a heap over that of the smallest card from which it may be several; its blurred rim is a tenth."""

HEAP_LOST = 0.25
"""Share of a heap that its sheets leave unexplained, from which what its zones were read as is better: half of a stack of two."""


@dataclass(frozen=True, eq=False)
class Stacks:
    """What heaps are made of.

    ``cards`` their sheets; ``zones`` ids of those that they explain; ``wrong`` what zones were read as of which nothing is left.
    """

    cards: tuple[Candidate, ...]
    zones: frozenset[int]
    wrong: tuple[Candidate, ...]


def find_stacks(
    canvas: Canvas, ink: Ink, zones: Sequence[Zone], read: Mapping[int, Candidate], sizes_px: Sequence[Size], settings: SegmentSettings
) -> Stacks:
    """Heaps of zones that are no one card, taken apart into sheets of the sizes that hang alone, else of ``sizes_px``.

    ``read``: what each zone, by its id, was read as. A heap stays as it was read where less than two sheets show, or where those that show
    leave much of it unexplained, as hair and hands do.
    """
    heaps = find_heaps(canvas, zones, settings)
    single = [single_card(canvas, heap, read, settings) for heap in heaps]
    sizes = sizes_of_single(canvas, [card for card in single if card is not None], settings) or list(sizes_px)
    cards: list[Candidate] = []
    explained, wrong = set[int](), list[Candidate]()
    several = [with_writing(canvas, heap, settings) for heap, card in zip(heaps, single, strict=True) if not _usual(card, sizes, settings)]
    for heap in several:
        own = [read[id(zone)] for zone in heap.zones if id(zone) in read]
        if not _may_be_several(heap.area_px, sizes, HEAP_LARGER, settings):
            continue
        whole = single_card(canvas, heap, read, settings)
        if _usual(whole, sizes, settings):
            continue
        sheets = [Candidate(s.quad_px, heap.zones[0].lab, 1.0, s.support, False) for s in layers(canvas, ink, heap, sizes, settings)]
        if whole is not None and not (sheets and sheets[0].support.min() >= settings.strangers.straight):
            continue  # one sheet of a size of its own, as long as no edge runs through it
        rest = heap.beside([sheet.quad_px for sheet in sheets], SHEET_RIM_PX)
        parts = _remains(canvas, heap.zones[0], _on_canvas(heap, rest, canvas), sizes, settings)
        pieces = sheets + [part for part in parts if plausible(part, canvas.cell_px, settings)]
        lost = np.count_nonzero(heap.beside([piece.quad_px for piece in pieces], SHEET_RIM_PX))
        if len(pieces) < 2 or lost > HEAP_LOST * heap.area_px:
            continue
        cards += pieces
        explained |= {id(zone) for zone in heap.zones}
        if lost < settings.least_part * min(width * height for width, height in sizes):
            wrong += own
    return Stacks(tuple(cards), frozenset(explained), tuple(wrong))


def _usual(card: Candidate | None, sizes_px: Sequence[Size], settings: SegmentSettings) -> bool:
    return card is not None and size_rank(card, sizes_px, settings) < len(sizes_px)


def take_apart(canvas: Canvas, ink: Ink, zone: Zone, sizes_px: Sequence[tuple[float, float]], settings: SegmentSettings) -> list[Candidate]:
    """The cards in a zone: rectangles about its blocks of writing, best supported by edges and known sizes, then what remains."""
    region = _on_canvas(zone, zone.region, canvas)
    patch = _patch(canvas, ink, region, settings)
    found: list[Candidate] = []
    left_over = region.copy()
    for block in blocks(ink.writing & region, canvas.cell_px, settings):
        x, y, width, height = block
        if left_over[y : y + height, x : x + width][ink.writing[y : y + height, x : x + width]].mean() < 0.5:
            continue
        card = search(patch, block, sizes_px, settings)
        if card is not None and card.support.min() > settings.seam_seen:
            found.append(Candidate(card.quad_px, zone.lab, 1.0, card.support, False))
            left_over &= ~_grown(card.quad_px, canvas)
    return found + _remains(canvas, zone, left_over, sizes_px, settings)


def may_be_several(zone: Zone, canvas: Canvas, sizes_px: Sequence[Size], settings: SegmentSettings) -> bool:
    """Whether a zone is large enough for two cards that cover each other in part, and no larger than a wall of them."""
    inside = _on_canvas(zone, zone.region, canvas)[canvas.grid].any()
    return bool(inside) and _may_be_several(zone.area_px, sizes_px, settings.much_larger, settings)


def _may_be_several(area_px: float, sizes_px: Sequence[Size], larger: float, settings: SegmentSettings) -> bool:
    areas = [width * height for width, height in sizes_px]
    return bool(areas) and larger * min(areas) < area_px < settings.most_cards * max(areas)


def _on_canvas(of: Zone | Heap, region: Mask, canvas: Canvas) -> Mask:
    """HxW: a region within the box of a zone or heap."""
    whole = np.zeros(canvas.slope.shape, bool)
    x, y, width, height = of.box
    whole[y : y + height, x : x + width] = region
    return whole


def _grown(quad_px: np.ndarray, canvas: Canvas) -> Mask:
    return cv2.dilate(painted(canvas.slope.shape, [quad_px]).view(np.uint8), np.ones((7, 7), np.uint8)) > 0


def _patch(canvas: Canvas, ink: Ink, region: Mask, settings: SegmentSettings) -> Patch:
    """Slopes everywhere but in writing; what is not of the zone costs."""
    strokes = cv2.dilate(ink.strokes.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    outside = cv2.dilate(region.astype(np.uint8), np.ones((5, 5), np.uint8)) == 0
    lab = np.asarray(cv2.pyrDown(canvas.lab), np.float32)
    cost = outside * np.float32(settings.outside_zone_cost)
    return Patch(lab, halved(strokes), halved(cost), halved(ink.writing & region), canvas.noise, canvas.cell_px / 2, one_surround=False)


def _remains(
    canvas: Canvas, zone: Zone, left_over: Mask, sizes_px: Sequence[tuple[float, float]], settings: SegmentSettings
) -> list[Candidate]:
    """Blank cards, and those of which others leave only a part in view."""
    usual = float(np.median([width * height for width, height in sizes_px]))
    opened = cv2.morphologyEx(left_over.astype(np.uint8), cv2.MORPH_OPEN, disc(settings.strip * canvas.cell_px))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(opened, connectivity=4)
    cards = []
    for i in range(1, count):
        x, y, width, height, area = (int(v) for v in stats[i])
        part = zone_of(labels[y : y + height, x : x + width] == i, (x, y), zone.lab)
        if (
            part is not None
            and area > settings.least_part * usual
            and part.fill > settings.part_fill
            and filled_corners(canvas, part, settings) >= 3
        ):
            cards.append(Candidate(part.quad_px, zone.lab, part.fill, np.full(4, 0.5), False))
    return cards
