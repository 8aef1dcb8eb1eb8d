"""digitizer.proposal on boards as they really hang: each kind of them, counted in what a person has to drag."""

from __future__ import annotations

import numpy as np
import pytest
import synth

from calibration.plane import apply, layout_from_fractions
from digitizer.proposal.drags import drags_needed
from digitizer.proposal.propose import propose

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


def drawn(kind: str, seed: int) -> synth.Synth:
    return synth.scene(seed, rows=5, columns=5, size_px=SIZE, **KINDS[kind])


@pytest.mark.parametrize("seed", [31, 32])
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_board_needs_four_drags_at_most(kind, seed):
    """And what a person need not touch puts the cards in their cells."""
    scene = drawn(kind, seed)
    rows, columns = scene.layout.rows, scene.layout.columns
    found = propose(scene.photo, rows, columns)
    board_from_photo, layout = layout_from_fractions(
        found.corners_px, columns, rows, found.column_fractions, found.row_fractions, scene.photo.image.shape[1::-1]
    )
    assert drags_needed(found, scene.grid_corners_px, scene.layout) <= 4
    middles = apply(board_from_photo, np.array([card.corners_px.mean(axis=0) for card in scene.cards]))
    right = [layout.cell_at(*middle) == card.cell for middle, card in zip(middles, scene.cards, strict=True)]
    assert np.mean(right) > 0.9
