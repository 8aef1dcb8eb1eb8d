"""What stands before the board, and the cells it hides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from calibration.rig import Cell, Floats, Layout, readonly
from digitizer.cards.canvas import Canvas, Mask, between, disc, distance
from digitizer.cards.marks import Divider
from digitizer.masks import marked, told
from digitizer.medians import middle
from digitizer.settings import SegmentSettings

Box = tuple[int, int, int, int]
"""(left, top, right, bottom) in work px, right and bottom exclusive."""

TAPE_SAMPLES = 20000
"""Pixels, spread over what shows of the dividers, that tell its colour."""


@dataclass(frozen=True, eq=False)
class Occluders:
    """What stands before the board: ``mask`` HxW bool work px of the large ones, ``outlines_px`` Nx2 each, generous, of all."""

    mask: Mask
    outlines_px: tuple[Floats, ...]


def find_occluders(canvas: Canvas, cards: Mask, settings: SegmentSettings) -> Occluders:
    """Find regions that reach into the grid and are neither board nor card nor line.

    Drawn lines, tape and writing are thinner than the opening; a card's shadow hangs within ``shadow`` of the card.
    """
    core_disc = disc(settings.occluder_core * canvas.cell_px)
    at, (left, top) = _window(canvas.grid, max(2 * len(core_disc), round(settings.keep_off * canvas.cell_px) + 2))
    grid, shadows = canvas.grid[at], disc(settings.shadow * canvas.cell_px)
    other = (canvas.off_board[at] > settings.off_board) & canvas.seen[at]
    other &= cv2.dilate(cards[at].astype(np.uint8), shadows) == 0
    other &= ~tape(canvas, at, other, settings)
    core = cv2.morphologyEx(other.astype(np.uint8), cv2.MORPH_OPEN, core_disc) > 0
    count, labels = cv2.connectedComponents((core & grid).astype(np.uint8), connectivity=8)
    areas = np.bincount(labels.ravel(), minlength=count)
    areas[0] = 0
    seeds = told(areas >= settings.min_occluder * canvas.cell_px**2, labels)
    grown = cv2.dilate(seeds.astype(np.uint8), disc(settings.occluder_core * canvas.cell_px / 2)) > 0
    anything = told(areas >= settings.min_stranger * canvas.cell_px**2, labels).view(np.uint8)
    around = _near(anything, settings.keep_off * canvas.cell_px)
    contours, _ = cv2.findContours(around, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE, offset=(left, top))
    outlines = tuple(readonly(contour.reshape(-1, 2).astype(np.float64)) for contour in contours)
    mask = np.zeros_like(canvas.grid)
    mask[at] = (grown & other) | seeds
    return Occluders(mask, outlines)


def _window(grid: Mask, margin_px: int) -> tuple[tuple[slice, slice], tuple[int, int]]:
    """The part of the canvas that what reaches into the grid is judged by, and its (left, top): the grid and a margin."""
    x, y, width, height = cv2.boundingRect(grid.view(np.uint8))
    left, top = max(x - margin_px, 0), max(y - margin_px, 0)
    return np.s_[top : y + height + margin_px, left : x + width + margin_px], (left, top)


def _near(mask: np.ndarray, radius_px: float) -> np.ndarray:
    """A u8 mask grown by a radius. By distance: its time does not grow with the square of the radius, as a dilation's does."""
    if not mask.any():
        return mask
    return np.asarray(cv2.distanceTransform(1 - mask, cv2.DIST_L2, 5) <= radius_px, np.uint8)


def tape(canvas: Canvas, at: tuple[slice, slice], other: Mask, settings: SegmentSettings) -> Mask:
    """Of ``other``, at a part of the canvas, what lies about the layout's dividers and has one colour: tape, strips.

    Only if most of what is seen of the dividers has it.
    """
    bands = ~between((canvas.column_bands, canvas.row_bands), canvas.grid.shape)
    grid = canvas.grid[at]
    about = bands[at] & other
    inside = about & grid
    tape = np.zeros_like(other)
    if np.count_nonzero(inside) < settings.tape_share * np.count_nonzero(bands[at] & grid):
        return tape
    lab = canvas.lab[at]
    shown = marked(lab, about)
    some = shown[inside[about]]
    colour = middle(some[:: max(1, len(some) // TAPE_SAMPLES)])
    tape[about] = distance(shown[None], colour)[0] < settings.tape_lab
    return tape


def hidden_cells(canvas: Canvas, layout: Layout, occluders: Mask, broken: frozenset[Cell], settings: SegmentSettings) -> frozenset[Cell]:
    """Cells of which an occluder, or the end of the photo, takes more than ``hidden_share``, and those with ``broken`` lines."""
    blind = occluders | ~canvas.seen
    return broken | frozenset(cell for cell, box in boxes_px(canvas, layout).items() if share_in(box, blind) > settings.hidden_share)


def broken_cells(canvas: Canvas, layout: Layout, dividers: Iterable[Divider], cards: Mask, settings: SegmentSettings) -> frozenset[Cell]:
    """Cells two sides of which are lines that are drawn elsewhere and do not show here, though no card hides them.

    Somebody in clothes of the board's colour is not off its colour, but no line shows through.
    """
    missing: dict[Cell, int] = {}
    boxes = boxes_px(canvas, layout)
    for divider in dividers:
        for cell in _beside(divider, boxes):
            if _is_missing(divider, boxes[cell], cards, settings):
                missing[cell] = missing.get(cell, 0) + 1
    return frozenset(cell for cell, sides in missing.items() if sides >= 2)


def boxes_px(canvas: Canvas, layout: Layout) -> dict[Cell, Box]:
    """Each cell's box in work px, cut to the canvas."""
    ends = np.array([*((x, 0.0) for x in layout.column_edges_mm), *((0.0, y) for y in layout.row_edges_mm)])
    places = np.clip(np.rint(canvas.from_mm(ends)), 0, canvas.slope.shape[::-1]).astype(int)
    x, y = places[: layout.columns + 1, 0].tolist(), places[layout.columns + 1 :, 1].tolist()
    return {cell: (x[cell.column], y[cell.row], x[cell.column + 1], y[cell.row + 1]) for cell in layout.cells()}


def share_in(box_px: Box, mask: Mask) -> float:
    """Share of a cell's box that a mask covers; 1 where the canvas does not hold the cell."""
    left, top, right, bottom = box_px
    return float(mask[top:bottom, left:right].mean()) if right > left and bottom > top else 1.0


def _beside(divider: Divider, boxes: Mapping[Cell, Box]) -> list[Cell]:
    """The cells on both sides of a divider, of all with their boxes in px."""
    middle, half = (divider.band[0] + divider.band[1]) / 2, (divider.band[1] - divider.band[0]) / 2
    first = 0 if divider.upright else 1
    return [cell for cell, box in boxes.items() if min(abs(edge - middle) for edge in (box[first], box[first + 2])) < half]


def _is_missing(divider: Divider, cell_px: Box, cards: Mask, settings: SegmentSettings) -> bool:
    """Whether a divider does not show along a cell."""
    left, top, right, bottom = cell_px
    span = slice(top, bottom) if divider.upright else slice(left, right)
    band = slice(*divider.band)
    open_to_view = ~(cards[span, band].any(axis=1) if divider.upright else cards[band, span].any(axis=0))
    if not open_to_view.any() or open_to_view.mean() < settings.line_in_view:
        return False
    return float(divider.along[span][open_to_view].mean()) < settings.line_gone
