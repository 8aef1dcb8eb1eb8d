"""digitizer.proposal on boards as they really hang: each kind of them, counted in what a person has to drag."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import synth
from person import Truth, drags_made

from calibration.plane import apply, layout_from_fractions
from calibration.rig import Layout
from digitizer.errors import BoardNotFound
from digitizer.locate import locate
from digitizer.proposal.propose import Proposal, basis
from digitizer.proposal.teach import taught

SIZE = (1600, 1200)

KINDS = {
    "header cards only": {"style": "lineless"},
    "headers to the right": {"style": "lineless", "headers_right": True},
    "headers outside the paper": {"style": "column-lines", "headers_out": True},
    "dashed column lines only": {"style": "dashed-columns"},
    "on a table, seen flat": {"style": "table", "roll_deg": 4.0},
    "columns of unequal width": {"style": "lineless", "unequal": 0.3},
}
"""Kinds of boards without a full set of lines, as options of ``synth.scene``."""

VERY_UNEQUAL = {
    "labels at the head of their cells": {"style": "lineless", "unequal": 0.45, "labels_at": 0.0},
    "labels in the middle of their cells": {"style": "lineless", "unequal": 0.45, "labels_at": 0.5},
}
"""Columns and rows as unequal as on real boards of two panels, labels of one size; ``docs/benchmarks/bench_proposal.py`` counts them."""


def drawn(kind: str, seed: int) -> synth.Synth:
    return synth.scene(seed, rows=5, columns=5, size_px=SIZE, **(KINDS | VERY_UNEQUAL)[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_board_needs_four_drags_at_most(kind):
    """Where the rest follows, and five alone; and what a person need not touch puts the cards in their cells."""
    scene = drawn(kind, 31)
    rows, columns = scene.layout.rows, scene.layout.columns
    seen = basis(scene.photo, rows, columns)
    found, truth = seen.proposal, Truth(scene.grid_corners_px, scene.layout)
    board_from_photo, layout = layout_from_fractions(
        found.corners_px, columns, rows, found.column_fractions, found.row_fractions, scene.photo.image.shape[1::-1]
    )
    assert drags_made(found, truth) <= 5
    assert drags_made(found, truth, answer=lambda before, now, pins: taught(found, seen, before, now, pins)) <= 4
    middles = apply(board_from_photo, np.array([card.corners_px.mean(axis=0) for card in scene.cards]))
    right = [layout.cell_at(*middle) == card.cell for middle, card in zip(middles, scene.cards, strict=True)]
    assert np.mean(right) > 0.9


def test_what_follows_costs_no_drags_where_columns_are_unequal():
    """Half way between labels, unequal columns look nearly alike. To take them for alike made 10 drags of 6 on these boards."""
    alone, following = 0, 0
    for seed in (33, 34, 35):
        scene = drawn("columns of unequal width", seed)
        seen = basis(scene.photo, scene.layout.rows, scene.layout.columns)
        truth = Truth(scene.grid_corners_px, scene.layout)
        alone += drags_made(seen.proposal, truth)
        following += drags_made(seen.proposal, truth, answer=partial(taught, seen.proposal, seen))
    assert following <= alone


def test_a_drag_is_counted_for_each_handle_that_is_off():
    """A side takes two corners along; a divider off by more than a tenth of a cell is one more; what is right counts nothing."""
    layout = Layout(2, 2, (0.0, 200.0, 400.0), (0.0, 100.0, 200.0))
    square = np.array([[0.0, 0.0], [400.0, 0.0], [400.0, 200.0], [0.0, 200.0]])
    assert drags_made(Proposal(square, (0.5,), (0.5,), 1.0), Truth(square, layout)) == 0
    assert drags_made(Proposal(square, (0.6,), (0.5,), 1.0), Truth(square, layout)) == 1
    lower = square + np.array([[0.0, 30.0], [0.0, 30.0], [0.0, 0.0], [0.0, 0.0]])
    assert drags_made(Proposal(lower, (0.5,), (0.5 - 0.08,), 1.0), Truth(square, layout)) == 1


def test_a_board_of_one_row_is_refused_where_it_has_no_lines():
    """One label tells no step from a row to the next: the search says that nothing was found, and does not fail."""
    scene = drawn("header cards only", 31)
    with pytest.raises(BoardNotFound):
        locate(scene.photo, replace(scene.board, rooms=scene.board.rooms[:1], slots=scene.board.slots[:1]))
