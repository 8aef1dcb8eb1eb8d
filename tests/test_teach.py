"""digitizer.proposal.teach: what a person drags stays, and the rest of the grid follows."""

from __future__ import annotations

from copy import copy
from dataclasses import replace

import numpy as np
import pytest
from person import Handle, Truth, dragged, drags_made

from calibration.plane import UNIT, apply, homography
from calibration.rig import Floats, Layout
from digitizer.proposal.divide import Evidence, divide
from digitizer.proposal.gaps import Seen, gaps
from digitizer.proposal.guess import Drawn, Scene, best_guess
from digitizer.proposal.lattice import Pin, fitted
from digitizer.proposal.propose import Basis, Proposal
from digitizer.proposal.strips import Flat
from digitizer.proposal.teach import NOTHING_SET, Pins, taught

SHAPE = (6, 5)
"""Rows and columns of the board below."""

CELL = 100.0
"""Its cells' side, px of the photo, which is seen square on; its grid begins at two cells."""

SEEDS = range(12)


def board(seed: int) -> Basis:
    """What is proposed for a board with a label to each row and column and two cards in three cells; labels hang in the middle."""
    rng = np.random.default_rng(seed)
    rows, columns = SHAPE
    cells = [(row, column) for row in range(-1, rows) for column in range(-1, columns) if row >= 0 or column >= 0]
    kept = [cell for cell in cells if min(cell) < 0 or rng.random() < 2 / 3]
    middles = np.array([[(2.5 + column) * CELL, (2.5 + row) * CELL] for row, column in kept]) + rng.normal(0, 4, (len(kept), 2))
    half = np.array([[30.0, 20.0] if min(cell) < 0 else [35.0, 30.0] for cell in kept])
    ones = np.ones(len(kept))
    labs = np.array([[60.0, 0.0, 50.0] if min(cell) < 0 else [80.0, 10.0, 10.0] for cell in kept])
    flat = Flat(middles - half, middles + half, labs, ones, ones, ones)
    nothing = np.zeros(0), np.zeros(0)
    scene = Scene(flat, Drawn(nothing, nothing), np.array([[0.0, 0.0], [1000.0, 1000.0]]), SHAPE)
    guess = best_guess(scene)
    assert guess is not None
    return Basis(proposal(guess.across, guess.down), guess, np.eye(3))


def proposal(across: Floats, down: Floats) -> Proposal:
    """A grid seen square on with these lines."""
    corners = UNIT * [across[-1] - across[0], down[-1] - down[0]] + [across[0], down[0]]
    shares = [tuple(((edges[1:-1] - edges[0]) / (edges[-1] - edges[0])).tolist()) for edges in (across, down)]
    return Proposal(corners, shares[0], shares[1], 1.0)


def lines(grid: Proposal) -> tuple[Floats, Floats]:
    """Places of the middles of all lines, photo px."""
    photo_from_unit = homography(UNIT, grid.corners_px)
    both = []
    for axis, shares in enumerate((grid.column_fractions, grid.row_fractions)):
        points = np.full((len(shares) + 2, 2), 0.5)
        points[:, axis] = [0.0, *shares, 1.0]
        both.append(apply(photo_from_unit, points)[:, axis])
    return both[0], both[1]


def evidence(seed: int) -> Evidence:
    """Seven cards and labels of a hundred px each, about evenly spaced."""
    rng = np.random.default_rng(seed)
    middles = 150.0 + 120 * np.arange(7) + rng.normal(0, 8, 7)
    spans = np.column_stack([middles - 40, middles + 40])
    return Evidence(spans, np.ones(7), spans, np.zeros(0), np.zeros(0), (0.0, 1100.0))


@pytest.mark.parametrize("seed", SEEDS)
def test_edges_that_are_set_stay_while_the_others_are_sought(seed):
    """As many edges as without, rising, each within its bounds; set ones exactly where they were put."""
    seen, rng = evidence(seed), np.random.default_rng(seed)
    free = divide(seen, 7)
    within = np.column_stack([free.edges_px - 150, free.edges_px + 150])
    number = int(rng.integers(0, 8))
    within[number] = free.edges_px[number] + rng.uniform(-60, 60)
    found = divide(replace(seen, bounds_px=(float(within.min()), float(within.max()))), 7, within=within)
    assert len(found.edges_px) == 8
    assert (np.diff(found.edges_px) > 0).all()
    assert found.edges_px[number] == within[number, 0]
    assert ((found.edges_px >= within[:, 0]) & (found.edges_px <= within[:, 1])).all()


def test_nothing_set_leaves_the_division_as_it_was():
    """Bounds that allow every place change no edge."""
    seen = evidence(3)
    everywhere = np.tile(seen.bounds_px, (8, 1))
    assert np.array_equal(divide(seen, 7).edges_px, divide(seen, 7, within=everywhere).edges_px)


def test_an_edge_set_where_it_was_seen_moves_no_other():
    """Agreement is no news."""
    seen = np.array([0.0, 104.0, 199.0, 300.0, 405.0])
    assert np.abs(fitted(Seen.alone(seen), [Pin(2, 199.0, 0.0)]).middles_px - seen).max() < 3


def test_lines_between_two_that_are_set_are_laid_evenly_where_cells_are_alike():
    """Both ends half a cell on, and one line: what lies between goes along."""
    seen = 100.0 * np.arange(7)
    found = fitted(Seen.alone(seen), [Pin(0, 50.0, 0.0), Pin(3, 350.0, 0.0), Pin(6, 650.0, 0.0)]).middles_px
    assert np.abs(found - seen - 50).max() < 10


def test_unequal_cells_stay_unequal():
    """A column twice as broad as the others is not made like them by a shift of its neighbour."""
    seen = np.array([0.0, 100.0, 200.0, 400.0, 500.0])
    found = fitted(Seen.alone(seen), [Pin(1, 115.0, 0.0)]).middles_px
    assert 1.7 < (found[3] - found[2]) / (found[2] - found[1]) < 2.3


WIDTHS = np.array([1.3, 0.7, 1.2, 0.8, 1.3, 0.7])
"""Of columns as unequal as on real boards, in usual cells of 100 px."""


def labelled(widths: Floats, at: float, gaps: bool = False) -> tuple[Floats, Seen]:
    """Edges, and what labels half a cell broad tell of them that hang ``at`` the head or the middle; gaps show them as they are."""
    true = 100.0 * np.r_[0.0, np.cumsum(widths)]
    low = true[:-1] + at * (100 * widths - 50)
    between = (low[:-1] + 50 + low[1:]) / 2
    half = float(np.median(low[1:] - low[:-1] - 50)) / 2
    seen = np.r_[low[0] - half, between, low[-1] + 50 + half]
    found = np.full((len(true), 2), np.nan)
    if gaps:
        found[1:-1] = true[1:-1, None] + [-2.0, 2.0]
    return true, Seen(seen, found, room=0.5)


@pytest.mark.parametrize("at", [0.0, 0.5])
def test_what_labels_make_look_alike_is_not_taken_for_alike(at):
    """Between labels in the middle, columns from 70 to 130 px look nearly of one width. Two edges set bring the others nearer."""
    true, seen = labelled(WIDTHS, at)
    pins = [Pin(number, float(true[number]), 0.0) for number in (2, 3)]
    found = fitted(seen, pins).middles_px
    before, after = np.abs(seen.edges_px - true)[1:-1], np.abs(found - true)[1:-1]
    assert after.mean() < 0.7 * before.mean()
    assert (after < before + 5).all()


def test_narrow_gaps_keep_unequal_cells_where_a_set_side_would_make_them_alike():
    """The last column is narrow, and its side was seen a third of a cell outside. The line before it stays between the cards."""
    true, seen = labelled(np.array([0.9, 0.95, 1.2, 1.2, 0.75]), 0.5, gaps=True)
    outside = replace(seen, edges_px=np.r_[seen.edges_px[:-1], true[-1] + 33])
    pins = [Pin(5, float(true[-1]), -0.5), Pin(5, float(true[-1]), 0.5)]
    assert np.abs(fitted(outside, pins).middles_px - true)[1:-1].max() < 5
    blind = replace(outside, gaps_px=np.full((6, 2), np.nan))
    assert np.abs(fitted(blind, pins).middles_px - true)[1:-1].max() > 5


def test_an_edge_is_sought_in_a_narrow_gap_and_not_in_one_that_a_card_spoils():
    """A card across the line leaves a gap a third of a cell away from where labels have the edge: it is not believed."""
    edges, none = 100.0 * np.arange(5), np.full((5, 2), np.nan)
    narrow, spoilt, wide = none.copy(), none.copy(), none.copy()
    narrow[2], spoilt[2], wide[2] = (205.0, 209.0), (231.0, 235.0), (170.0, 244.0)
    assert Seen(edges, narrow).likely_px[2] == pytest.approx(205, abs=1)
    assert Seen(edges, spoilt).likely_px[2] == pytest.approx(200, abs=1)
    assert Seen(edges, wide).likely_px[2] == pytest.approx(200.5, abs=1)
    assert np.array_equal(Seen(edges, none).likely_px, edges)


def test_a_gap_is_between_the_farthest_before_and_the_nearest_past():
    """Whatever hangs in the two cells counts; beside an empty cell, and at the outside, there is none."""
    spans = np.array([[10.0, 60.0], [30.0, 92.0], [104.0, 150.0], [120.0, 190.0], [310.0, 360.0]])
    found = gaps(100.0 * np.arange(5), spans)
    assert found[1].tolist() == [92.0, 104.0]
    assert np.isnan(found[[0, 2, 3, 4]]).all()


def test_a_side_set_at_one_corner_leans():
    """One end of it stays, the other moves: the perspective was guessed."""
    seen = 100.0 * np.arange(5)
    found = fitted(Seen.alone(seen), [Pin(0, 30.0, -0.5), Pin(0, 0.0, 0.5)])
    assert found.at_corner(last=False, beside=-0.5) == pytest.approx(30, abs=2)
    assert found.at_corner(last=False, beside=0.5) == pytest.approx(0, abs=2)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_board_one_row_off_is_right_after_one_drag(seed):
    """Its top side taken to where it belongs brings all rows along; of ten lines, ten."""
    seen = board(seed)
    across, down = lines(seen.proposal)
    wrong = proposal(across, down + CELL)
    now = proposal(across, np.r_[down[0], down[1:] + CELL])
    pins = Pins(np.array([[0.0, 1.0], [0.0, 1.0], [0.0, 0.0], [0.0, 0.0]]))
    found = lines(taught(wrong, seen, wrong, now, pins))
    assert np.abs(found[1] - down).max() < 0.1 * CELL
    assert np.abs(found[0] - across).max() < 1e-6


@pytest.mark.parametrize("seed", SEEDS)
def test_a_row_that_was_taken_for_headers_is_the_first_where_a_hand_says_so(seed):
    """A line taken up by a cell brings the top side along, over the labels that bounded the grid: not a first row a tenth as high."""
    seen = board(seed)
    across, down = lines(seen.proposal)
    now = proposal(across, np.r_[down[:2], down[2] - 0.98 * CELL, down[3:]])
    found = lines(taught(seen.proposal, seen, seen.proposal, now, Pins(np.zeros((4, 2)), (), (1,))))
    assert np.diff(found[1]).min() > 0.6 * CELL
    assert found[1][0] < down[0] - 0.5 * CELL


@pytest.mark.parametrize("seed", SEEDS)
def test_what_was_set_never_moves(seed):
    """Corners to the pixel, dividers by their middles, whatever else follows; the lines stay as many and in order."""
    seen, rng = board(seed), np.random.default_rng(seed)
    before = seen.proposal
    column, row, corner = int(rng.integers(4)), int(rng.integers(5)), int(rng.integers(4))
    fractions = list(before.column_fractions)
    fractions[column] += rng.uniform(-0.12, 0.12)
    corners = before.corners_px.copy()
    corners[corner] += rng.uniform(-40, 40, 2)
    now = replace(before, corners_px=corners, column_fractions=tuple(fractions))
    set_corners = np.zeros((4, 2))
    set_corners[corner] = 1.0
    found = taught(seen.proposal, seen, before, now, Pins(set_corners, (column,), (row,)))
    assert np.abs(found.corners_px[corner] - corners[corner]).max() < 1e-6
    unit_from_photo = homography(found.corners_px, UNIT)
    for axis, number in ((0, column), (1, row)):
        middle = np.full((1, 2), 0.5)
        middle[0, axis] = (now.column_fractions, now.row_fractions)[axis][number]
        there = apply(unit_from_photo @ homography(UNIT, now.corners_px), middle)[0, axis]
        assert there == pytest.approx((found.column_fractions, found.row_fractions)[axis][number], abs=1e-6)
    for shares, count in ((found.column_fractions, 4), (found.row_fractions, 5)):
        assert len(shares) == count
        assert (np.diff([0.0, *shares, 1.0]) > 0).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_goes_farther_than_the_hand(seed):
    """People mend what is worst first: what they left for later is less off."""
    seen, rng = board(seed), np.random.default_rng(seed)
    fractions = list(seen.proposal.row_fractions)
    step = rng.uniform(0.3, 0.8) / SHAPE[0]
    fractions[2] += step
    now = replace(seen.proposal, row_fractions=tuple(fractions))
    found = lines(taught(seen.proposal, seen, seen.proposal, now, Pins(np.zeros((4, 2)), (), (2,))))
    hand = step * SHAPE[0] * CELL
    assert max(np.abs(a - b).max() for a, b in zip(found, lines(now), strict=True)) < hand + 0.15 * CELL


def test_nothing_follows_out_of_the_photo():
    """A row that is much higher than it was seen does not push the last one out of sight, where no board was calibrated yet."""
    seen = board(3)
    frame = np.array([[0.0, 0.0], [1000.0, 810.0]])
    labelled = copy(seen.guess.labelled)
    labelled.scene = replace(labelled.scene, frame=frame)
    seen = replace(seen, guess=replace(seen.guess, labelled=labelled))
    fractions = list(seen.proposal.row_fractions)
    fractions[3] += 0.09
    now = replace(seen.proposal, row_fractions=tuple(fractions))
    found = lines(taught(seen.proposal, seen, seen.proposal, now, Pins(np.zeros((4, 2)), (), (3,))))
    assert found[1][-1] < 811


def test_a_nudge_moves_its_handle_alone():
    """And so does a tap that sets a handle where it is."""
    seen = board(1)
    now = replace(seen.proposal, row_fractions=(seen.proposal.row_fractions[0] + 0.01, *seen.proposal.row_fractions[1:]))
    assert taught(seen.proposal, seen, seen.proposal, now, Pins(np.zeros((4, 2)), (), (0,))) is now


@pytest.mark.parametrize("seed", SEEDS)
def test_three_corners_set_by_hand_bring_the_fourth_of_a_board_seen_aslant(seed):
    """Guessed to be square on, it is 0.8 of a cell off in the guess's frame, and less than half of that in the frame of the corners."""
    truth = Truth(np.array([[350.0, 200], [650, 200], [800, 800], [200, 800]]), Layout(5, 6, tuple(np.arange(6.0)), tuple(np.arange(7.0))))
    shares = [tuple((edges[1:-1]).tolist()) for edges in truth.shares]
    down = lines(Proposal(truth.corners_px, shares[0], shares[1], 1.0))[1]
    first = proposal(np.linspace(275, 725, 6), down + np.r_[0.0, np.random.default_rng(seed).normal(0, 4, 5), 0.0])
    before, now = (replace(first, corners_px=np.vstack([truth.corners_px[:count], first.corners_px[count:]])) for count in (2, 3))
    found = taught(first, None, before, now, Pins(np.array([[1.0, 1.0]] * 3 + [[0.0, 0.0]])))
    assert np.abs(truth.corners_off(found)[3]).max() < 0.4


def test_the_made_up_person_mends_two_corners_by_a_side():
    """And each divider that is off by itself; rows that stayed where they are cost nothing."""
    truth = Truth(UNIT * [500, 600] + [200, 200], Layout(5, 6, tuple(np.arange(6.0)), tuple(np.arange(7.0))))
    right = proposal(np.linspace(200, 700, 6), np.linspace(200, 800, 7))
    longer = np.array([[0, 0], [0, 0], [0, 40], [0, 40]])
    rows = tuple((np.arange(1, 6) * 100 / 640).tolist())
    low = Proposal(right.corners_px + longer, (0.2, 0.47, 0.6, 0.8), rows, 1.0)
    assert drags_made(right, truth) == 0
    assert drags_made(low, truth) == 2


def test_the_made_up_person_takes_a_handle_to_its_place():
    """A divider by its middle, within what the page allows."""
    truth = Truth(UNIT * [500, 600] + [200, 200], Layout(5, 6, tuple(np.arange(6.0)), tuple(np.arange(7.0))))
    grid = replace(proposal(np.linspace(200, 700, 6), np.linspace(200, 800, 7)), column_fractions=(0.2, 0.47, 0.6, 0.8))
    assert dragged(grid, truth, Handle(0.35, "column", 1), NOTHING_SET).column_fractions == pytest.approx((0.2, 0.4, 0.6, 0.8))
