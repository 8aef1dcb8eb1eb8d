"""Shortcuts give what the long way gives: quick medians, strips for whole fields, few rows before many, one look for two answers."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from synth import scene

from calibration.rig import Layout
from digitizer.cards import canvas as canvases
from digitizer.cards import extend as extending
from digitizer.cards.canvas import disc, make_canvas
from digitizer.cards.occluders import find_occluders
from digitizer.cards.strangers import _joined
from digitizer.decoder.records import copied, joined, taken
from digitizer.masks import marked, places, told
from digitizer.medians import median, median_level, medians, middle
from digitizer.model import Pose, Sheet
from digitizer.patch import REACH_PX, _about_changes
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


@pytest.mark.parametrize("count", [1, 2, 9, 50])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_medians_of_rows_are_those_of_numpy(count: int, kind: type) -> None:
    """Of rows of colours and of rows of numbers, odd and even many."""
    colours = np.random.default_rng(count).normal(size=(7, count, 3)).astype(kind)
    assert np.array_equal(medians(colours), np.median(colours, axis=1))
    assert np.array_equal(medians(colours[..., 0]), np.median(colours[..., 0], axis=1))
    assert np.array_equal(middle(colours[0]), np.median(colours[0], axis=0))


def test_records_moved_in_one_piece_are_those_moved_by_field() -> None:
    """Taken at indices of any shape, joined, copied: each field says what it said, and a copy is one."""
    kind = np.dtype([("name", np.uint8), ("share", np.float64), ("cuts", np.int32, (3,)), ("known", np.bool_)], align=True)
    records = np.zeros((4, 5), dtype=kind)
    for seed, field in enumerate(("name", "share", "cuts", "known")):
        records[field] = np.random.default_rng(seed).integers(0, 2 if field == "known" else 99, records[field].shape)
    at = np.array([[3, 19], [0, 3]])
    assert np.array_equal(taken(records, at), records.ravel()[at])
    assert np.array_equal(joined([records[0], records[2:3, ::2][0]]), np.concatenate([records[0], records[2, ::2]]))
    other = copied(records)
    other["share"] = -1
    assert (records["share"] >= 0).all()
    assert np.array_equal(other["cuts"], records["cuts"])


def test_cards_that_are_not_wanted_are_left_out_and_change_no_other(board: tuple[Sheet, Layout]) -> None:
    """Of the cards of a board those in its left half, each as it is among all."""
    sheet, layout = board
    every = segment(sheet, layout)
    left = segment(sheet, layout, wanted=lambda corners_mm: bool(corners_mm[:, 0].mean() < layout.width_mm / 2))
    expected = [card for card in every.cards if card.corners_mm[:, 0].mean() < layout.width_mm / 2]
    assert 0 < len(left.cards) < len(every.cards)
    assert left.hidden == every.hidden
    for one, other in zip(left.cards, expected, strict=True):
        assert (one.cell, one.visible) == (other.cell, other.visible)
        assert np.array_equal(one.corners_mm, other.corners_mm)
        assert np.array_equal(one.image, other.image)


@pytest.mark.parametrize("count", [0, 1, 5, 40])
def test_changes_grow_in_the_part_about_them_as_in_the_whole(count: int) -> None:
    """Also at the picture's edges, and where nothing changed."""
    random, whole = np.random.default_rng(count), np.zeros((80, 100), bool)
    whole[random.integers(0, 80, count), random.integers(0, 100, count)] = True
    part, (left, top) = _about_changes(whole)
    reach = np.ones((2 * REACH_PX + 1, 2 * REACH_PX + 1), np.uint8)
    grown = np.zeros(whole.shape, np.uint8)
    grown[top : top + len(part), left : left + part.shape[1]] = cv2.dilate(part.astype(np.uint8), reach)
    assert np.array_equal(grown, cv2.dilate(whole.astype(np.uint8), reach))


@pytest.mark.parametrize("share", [0.0, 0.01, 0.6, 1.0])
def test_what_a_mask_marks_is_what_numpy_says(share: float) -> None:
    """Places, colours and tables of labels, also of a part of a larger field, and where nothing is marked."""
    rng = np.random.default_rng(3)
    mask, field, labels = rng.random((40, 60)) < share, rng.random((50, 80, 3)), rng.integers(0, 9, (40, 60), np.int32)
    colours, table = field[5:45, 10:70], rng.random(9) < 0.5
    assert all(np.array_equal(ours, numpys) for ours, numpys in zip(places(mask), np.nonzero(mask), strict=True))
    assert np.array_equal(marked(colours, mask), colours[mask])
    assert np.array_equal(told(table, labels), table[labels])


@pytest.mark.parametrize("gap", [6.0, 20.8])
def test_parts_are_joined_at_half_size_as_they_are_in_full(gap: float) -> None:
    """Which hang together; every pixel of the mask is in a part, also in the last row and column of odd many."""
    rng = np.random.default_rng(round(gap))
    mask = np.zeros((301, 403), np.uint8)
    for x, y, wide, high in rng.integers((0, 0, 3, 3), (380, 290, 30, 30), (14, 4)).tolist():
        cv2.rectangle(mask, (x, y), (x + wide, y + high), 1, -1)
    count, labels = _joined(mask, gap)
    whole = labels.repeat(2, axis=0).repeat(2, axis=1)[:301, :403]
    closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, disc(gap))
    expected, apart = cv2.connectedComponents(closed)
    assert (whole[mask > 0] > 0).all()
    pairs = set(zip(whole[mask > 0].tolist(), apart[mask > 0].tolist(), strict=True))
    assert abs(count - expected) <= 1
    assert len(pairs) <= max(count, expected)


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
