"""digitizer.proposal.upright: lines of a grid run along what hangs between them, however the sheets themselves are turned."""

from __future__ import annotations

import numpy as np
import pytest
from above_scenes import above_scene

from calibration.plane import UNIT, apply, homography
from digitizer.proposal.guess import Drawn, Guess, Scene, best_guess
from digitizer.proposal.propose import basis
from digitizer.proposal.strips import Flat
from digitizer.proposal.upright import straightened

CELL = 100.0
TRUE = UNIT * 800 + 200
"""Corners of a grid of 8 x 8 cells, seen square on, px."""


def guessed(seed: int, tilted: np.ndarray, fill: float = 0.6) -> Guess:
    """What is guessed of it in a frame in which its corners are at ``tilted``, while all sheets look upright."""
    rng = np.random.default_rng(seed)
    cells = [(row, column) for row in range(-1, 8) for column in range(-1, 8) if row >= 0 or column >= 0]
    kept = [cell for cell in cells if min(cell) < 0 or rng.random() < fill]
    places = np.array([[2.5 + column, 2.5 + row] for row, column in kept]) * CELL + rng.normal(0, 8, (len(kept), 2))
    middles = apply(homography(TRUE, tilted), places)
    half = np.array([[30.0, 20.0] if min(cell) < 0 else [33.0, 30.0] for cell in kept])
    ones = np.ones(len(kept))
    labs = np.array([[60.0, 0.0, 50.0] if min(cell) < 0 else [80.0, 10.0, 10.0] for cell in kept])
    nothing = np.zeros(0), np.zeros(0)
    flat = Flat(middles - half, middles + half, labs, ones, ones, ones)
    guess = best_guess(Scene(flat, Drawn(nothing, nothing), np.array([[0.0, 0.0], [1300.0, 1300.0]]), (8, 8)))
    assert guess is not None
    return guess


def leans(corners: np.ndarray) -> np.ndarray:
    """How far the outer lines lean, px."""
    a, b, c, d = corners
    return np.abs([d[0] - a[0], c[0] - b[0], b[1] - a[1], c[1] - d[1]])


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("moved", [[[0, 0], [0, 35], [-35, 35], [-35, 0]], [[0, 0], [0, 0], [-40, -30], [0, 0]]])
def test_a_grid_that_hangs_askew_is_straightened(seed, moved):
    """All turned by two and a half degrees, or a corner pulled in: less than two thirds of that is left."""
    tilted = TRUE + np.array(moved)
    left = apply(straightened(guessed(seed, tilted)), tilted)
    assert leans(left).max() < 0.65 * leans(tilted).max()


@pytest.mark.parametrize("seed", range(6))
def test_a_straight_grid_stays_straight(seed):
    """Cards that hang anyhow in their cells bend nothing by more than a tenth of a cell."""
    assert leans(apply(straightened(guessed(seed, TRUE)), TRUE)).max() < 0.1 * CELL


@pytest.mark.parametrize("seed", [34, 36])
def test_a_board_of_a_hundred_cells_whose_sheets_hang_askew_is_straightened(seed):
    """By the sides of its sheets alone its lines were up to a cell and more off at their ends."""
    scene = above_scene("hung askew alike, 9 x 11", seed)
    found = basis(scene.photo, scene.layout.rows, scene.layout.columns)
    corners = apply(found.flat_from_photo, scene.grid_corners_px)
    assert leans(corners).max() < 0.5 * np.median(np.diff(found.guess.across))
