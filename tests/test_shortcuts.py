"""Shortcuts give what the long way gives: quick medians, strips for whole fields, few rows before many, one look for two answers."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from synth import scene

from calibration.rig import Layout
from digitizer.cards import canvas as canvases
from digitizer.cards import extend as extending
from digitizer.cards.canvas import make_canvas
from digitizer.cards.occluders import find_occluders
from digitizer.medians import median, median_level
from digitizer.model import Pose, Sheet
from digitizer.rectify import rectify
from digitizer.segment import segment
from digitizer.settings import SegmentSettings

SIZE = (1600, 1200)


@pytest.fixture(scope="module")
def board() -> tuple[Sheet, Layout]:
    """A drawn board seen square on."""
    drawn = scene(21, style="cork-tape", rows=4, columns=5, size_px=SIZE)
    return rectify(drawn.photo, Pose(drawn.board_from_photo, drawn.layout, "truth", {}, 0.0, None)), drawn.layout


@pytest.mark.parametrize("count", [1, 2, 3, 10, 11, 1000])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_a_median_is_that_of_numpy(count: int, kind: type) -> None:
    """Of odd and of even many numbers, ties among them."""
    values = np.round(np.random.default_rng(count).normal(size=count), 1).astype(kind)
    assert median(values) == float(np.median(values))


@pytest.mark.parametrize("count", [1, 2, 3, 10, 11, 1000])
def test_a_median_of_levels_is_that_of_numpy(count: int) -> None:
    """Also where its two middle levels differ, and where levels are bytes."""
    levels = np.random.default_rng(count).integers(0, 256, count)
    assert median_level(levels) == np.median(levels)
    assert median_level(levels.astype(np.uint8)) == np.median(levels)


def test_slopes_are_the_same_in_strips_as_in_one_piece(board: tuple[Sheet, Layout], monkeypatch: pytest.MonkeyPatch) -> None:
    """Strips know the rows beside them."""
    in_strips = make_canvas(*board, SegmentSettings())
    monkeypatch.setattr(canvases, "STRIP_ROWS", 10**6)
    whole = make_canvas(*board, SegmentSettings())
    assert in_strips.slope.shape[0] > 2 * 128
    assert np.array_equal(in_strips.slope, whole.slope)
    assert np.array_equal(in_strips.off_board, whole.off_board)


@pytest.mark.parametrize("rows", [3, 40])
def test_cards_are_drawn_out_as_far_however_few_rows_are_looked_at_first(
    board: tuple[Sheet, Layout], monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    """A side that ends among the first rows ends there, one that does not is followed to the end."""
    cards = segment(*board).cards
    monkeypatch.setattr(extending, "FIRST_ROWS", rows)
    again = segment(*board).cards
    assert len(cards) == len(again) > 10
    assert all(np.array_equal(one.corners_mm, other.corners_mm) for one, other in zip(cards, again, strict=True))


def test_what_stands_before_the_board_is_told_where_it_stands(board: tuple[Sheet, Layout]) -> None:
    """Though it is looked for about the grid alone, mask and outline are in the canvas's frame."""
    sheet, layout = board
    image = sheet.even.copy()
    (left, top), (right, bottom) = ((layout.grid_corners_mm()[[0, 2]] - sheet.board_from_sheet[:2, 2]) * sheet.px_per_mm).astype(int)
    middle, radius = ((left + right) // 2, (top + bottom) // 2), (bottom - top) // 4
    cv2.circle(image, middle, radius, (30, 40, 160), -1)
    shown = Sheet(image, image, sheet.seen, sheet.px_per_mm, sheet.board_from_sheet)
    canvas = make_canvas(shown, layout, SegmentSettings())
    found = find_occluders(canvas, np.zeros(canvas.grid.shape, bool), SegmentSettings())
    scale = canvas.sheet_from_work
    wanted, around = np.zeros(canvas.grid.shape, np.uint8), np.zeros(canvas.grid.shape, np.uint8)
    cv2.circle(wanted, (round(middle[0] / scale), round(middle[1] / scale)), round(radius / scale), 1, -1)
    assert found.mask[wanted > 0].mean() > 0.5  # what crosses the tape may pass for tape
    cv2.fillPoly(around, [outline.astype(np.int32) for outline in found.outlines_px], 1)
    assert around[wanted > 0].all()
    assert around[found.mask].all()
