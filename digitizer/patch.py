"""Between two looks of a camera that stands still only parts of a board change: which part to see anew, and how to put it in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.plane import inverse
from calibration.rig import Cell, Floats, Layout, readonly
from digitizer.cards.crop import Cover, cut
from digitizer.frames import board_from_photo, transform
from digitizer.model import Card, Digitization, Segmentation, Sheet
from digitizer.refresh import Comparison, is_plain, unchanged_picture
from digitizer.settings import PatchSettings

Box = tuple[int, int, int, int]
"""(left, top, right, bottom) in sheet pixels, right and bottom exclusive."""


REACH_PX = 4
"""Changed pixels of the small picture that are no further apart than twice this are one change."""


@dataclass(frozen=True, eq=False)
class Part:
    """What changed since the last look: ``blobs_mm`` Nx4x2 boxes of the changed pixels, ``window_px`` the part of the sheet to see anew."""

    blobs_mm: NDArray[np.float64]
    window_px: Box | None

    def touches(self, corners_mm: Floats) -> bool:
        """Whether something changed on a card with these corners."""
        corners = corners_mm.astype(np.float32)
        return any(cv2.intersectConvexConvex(corners, blob.astype(np.float32))[0] > 0 for blob in self.blobs_mm)


def changed_part(comparison: Comparison | None, last: Digitization, settings: PatchSettings | None = None) -> Part | None:
    """The part to see anew by the ``comparison`` with the photo of ``last``, whose pose still holds.

    None where so much changed that the whole board must be seen anew.
    """
    settings = settings or PatchSettings()
    if comparison is None or not settings.least_gain < comparison.gain < 1 / settings.least_gain:
        return None
    blobs = _blobs_mm(comparison, last, settings)
    if blobs is None:
        return None
    if len(blobs) == 0:
        return Part(blobs, None)
    window = _window_px(blobs, last, settings)
    covered = (window[2] - window[0]) * (window[3] - window[1]) / (last.sheet.seen.shape[0] * last.sheet.seen.shape[1])
    return Part(blobs, window) if covered <= settings.most_of_sheet and not _is_hidden(last, window) else None


def paste(whole: Sheet, part: Sheet, window_px: Box) -> Sheet:
    """Put a part that was seen anew into the sheet of the last look."""
    left, top, right, bottom = window_px
    layers = []
    for old, new in ((whole.image, part.image), (whole.even, part.even), (whole.seen, part.seen)):
        layer = old.copy()
        layer[top:bottom, left:right] = new
        layers.append(readonly(layer))
    return replace(whole, image=layers[0], even=layers[1], seen=layers[2])


def merge(last: Segmentation, anew: Segmentation, part: Part, layout: Layout, sheet: Sheet) -> Segmentation:
    """Cards of both looks: the old where nothing changed, the new where something did; hidden cells likewise."""
    kept = tuple(card for card in last.cards if not part.touches(card.corners_mm))
    fresh = tuple(card for card in anew.cards if part.touches(card.corners_mm) and not any(_same_place(card, old) for old in kept))
    inside = _cells_inside(part, layout, sheet)
    hidden = (last.hidden - inside) | (anew.hidden & inside)
    return Segmentation(_by_cell((*kept, *fresh)), hidden, last.warnings, (*last.people_mm, *anew.people_mm))


def keep_what_hangs(found: Segmentation, last: Segmentation, sheet: Sheet, layout: Layout) -> Segmentation:
    """Add the written cards of the last look that were not found again though their place looks as it did.

    A card that the finder misses must not count as taken off: its picture, cut anew where it hung, tells.
    """
    lost = [card for card in last.cards if not any(_same_place(card, other) for other in found.cards)]
    again = [seen for card in lost if (seen := _seen_again(card, sheet, layout)) and seen.cell not in found.hidden]
    return replace(found, cards=_by_cell((*found.cards, *again))) if again else found


def _seen_again(card: Card, sheet: Sheet, layout: Layout) -> Card | None:
    if is_plain(card.image):
        return None
    seen = cut(sheet, layout, transform(inverse(sheet.board_from_sheet), card.corners_mm), Cover(), card.number)
    if seen.visible <= 0.99 or not unchanged_picture(seen.image, card.image):
        return None
    return replace(seen, visible=card.visible, guessed=card.guessed, obstructed=card.obstructed)


def _blobs_mm(comparison: Comparison, last: Digitization, settings: PatchSettings) -> NDArray[np.float64] | None:
    """Boxes about the changed pixels near the grid, Nx4x2 in board mm; None where a change is larger than cards make."""
    changed, corner = _about_changes(comparison.changed)
    grown = cv2.dilate(changed.astype(np.uint8), np.ones((2 * REACH_PX + 1, 2 * REACH_PX + 1), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(grown, connectivity=8)
    written = np.bincount(labels[changed], minlength=count) >= settings.least_px
    blobs = []
    for left, top, width, height, _ in stats[1:count][written[1:]]:
        frame = np.array([[left, top], [left + width, top], [left + width, top + height], [left, top + height]])
        box_px = (corner + frame) / comparison.scale
        box_mm = board_from_photo(last.pose, box_px)
        if _on_sheet(box_mm, last.sheet):
            blobs.append(box_mm)
    cell_area = last.pose.layout.width_mm * last.pose.layout.height_mm / (last.pose.layout.rows * last.pose.layout.columns)
    if any(cv2.contourArea(blob.astype(np.float32)) > settings.most_cells * cell_area for blob in blobs):
        return None
    return np.array(blobs, dtype=np.float64).reshape(-1, 4, 2)


def _about_changes(changed: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """The part of a mask that holds all it marks, and ``REACH_PX`` about it, and that part's top left (x, y)."""
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    if len(rows) == 0:
        return changed[:1, :1], np.zeros(2, np.intp)
    top, left = max(0, rows[0] - REACH_PX), max(0, columns[0] - REACH_PX)
    return changed[top : rows[-1] + REACH_PX + 1, left : columns[-1] + REACH_PX + 1], np.array([left, top])


def _on_sheet(box_mm: Floats, sheet: Sheet) -> bool:
    box_px = transform(inverse(sheet.board_from_sheet), box_mm)
    height, width = sheet.seen.shape
    return bool((box_px.max(axis=0) > 0).all() and (box_px.min(axis=0) < [width, height]).all())


def _window_px(blobs_mm: NDArray[np.float64], last: Digitization, settings: PatchSettings) -> Box:
    """The blobs' box and some cells around it, so that board and neighbours are there to compare with."""
    layout, sheet = last.pose.layout, last.sheet
    margin = settings.margin_cells * np.array(layout.cell_mm)
    corners = np.array([blobs_mm.min(axis=(0, 1)) - margin, blobs_mm.max(axis=(0, 1)) + margin])
    low, high = transform(inverse(sheet.board_from_sheet), corners)
    height, width = sheet.seen.shape
    left, top = np.clip(np.floor(low), 0, [width - 2, height - 2]).astype(int)
    right, bottom = np.clip(np.ceil(high), [left + 2, top + 2], [width, height]).astype(int)
    return int(left), int(top), int(right), int(bottom)


def _is_hidden(last: Digitization, window_px: Box) -> bool:
    """Whether somebody, or something beside a card, stood in the window: what it hid must be seen with the whole board about it."""
    cells = _cells_within(window_px, last.pose.layout, last.sheet, share=0.1)
    return bool(cells & last.segmentation.hidden) or any(card.obstructed and card.cell in cells for card in last.segmentation.cards)


def _cells_inside(part: Part, layout: Layout, sheet: Sheet) -> frozenset[Cell]:
    return _cells_within(part.window_px, layout, sheet, share=0.9) if part.window_px else frozenset()


def _cells_within(window_px: Box, layout: Layout, sheet: Sheet, share: float) -> frozenset[Cell]:
    """Cells of which the window holds at least ``share`` of width and height."""
    corners = transform(sheet.board_from_sheet, np.array([window_px[:2], window_px[2:]], dtype=np.float64))
    inside = set()
    for cell in layout.cells():
        low, high = layout.corners_mm(cell)[[0, 2]]
        common = np.minimum(high, corners[1]) - np.maximum(low, corners[0])
        if (common >= share * (high - low)).all():
            inside.add(cell)
    return frozenset(inside)


def _same_place(one: Card, other: Card) -> bool:
    """Whether two cards cover each other by more than half of the smaller: then they are one, seen twice."""
    a, b = (card.corners_mm.astype(np.float32) for card in (one, other))
    common, _ = cv2.intersectConvexConvex(a, b)
    return common > 0.5 * min(cv2.contourArea(a), cv2.contourArea(b))


def _by_cell(cards: Sequence[Card]) -> tuple[Card, ...]:
    return tuple(sorted(cards, key=lambda card: (card.cell or Cell(10**6, 0), float(card.corners_mm[:, 1].mean()))))
