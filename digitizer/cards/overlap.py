"""Cards of one colour over or against one another: a zone too large, or of no rectangle's shape, taken apart."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from digitizer.cards.boxes import Patch, halved, search
from digitizer.cards.canvas import Canvas, Mask, disc
from digitizer.cards.choose import Candidate
from digitizer.cards.marks import Ink, blocks
from digitizer.cards.zones import Zone, filled_corners, zone_of
from digitizer.settings import SegmentSettings


def take_apart(canvas: Canvas, ink: Ink, zone: Zone, sizes_px: Sequence[tuple[float, float]], settings: SegmentSettings) -> list[Candidate]:
    """The cards in a zone: rectangles about its blocks of writing, best supported by edges and known sizes, then what remains."""
    region = _on_canvas(zone, canvas)
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


def may_be_several(zone: Zone, canvas: Canvas, sizes_px: Sequence[tuple[float, float]], settings: SegmentSettings) -> bool:
    """Whether a zone is large enough for two cards that cover each other in part, and no larger than a wall of them."""
    if not sizes_px or not _on_canvas(zone, canvas)[canvas.grid].any():
        return False
    least, most = min(w * h for w, h in sizes_px), max(w * h for w, h in sizes_px)
    return settings.much_larger * least < zone.area_px < settings.most_cards * most


def _on_canvas(zone: Zone, canvas: Canvas) -> Mask:
    region = np.zeros(canvas.slope.shape, bool)
    x, y, width, height = zone.box
    region[y : y + height, x : x + width] = zone.region
    return region


def _grown(quad_px: np.ndarray, canvas: Canvas) -> Mask:
    paint = np.zeros(canvas.slope.shape, np.uint8)
    cv2.fillConvexPoly(paint, np.rint(quad_px).astype(np.int32), 1)
    return cv2.dilate(paint, np.ones((7, 7), np.uint8)) > 0


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
