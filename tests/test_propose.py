"""digitizer.proposal: labels that hang in a row and a column give the grid; where they do not, the confidence says so."""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import synth

from calibration.plane import apply, layout_from_fractions
from digitizer.calibrate import SURE, Marks, rig_from_photo
from digitizer.errors import BoardNotFound, CalibrationError
from digitizer.grid import counts
from digitizer.grid.find import find_grid
from digitizer.locate import locate
from digitizer.misfit import misfit
from digitizer.model import Pose
from digitizer.proposal.propose import propose

SIZE = (1600, 1200)


def share_in_their_cell(scene: synth.Synth) -> tuple[float, float]:
    """Share of the cards whose middle falls into its true cell by the proposal, and the proposal's confidence."""
    rows, columns = scene.layout.rows, scene.layout.columns
    found = propose(scene.photo, rows, columns)
    board_from_photo, layout = layout_from_fractions(
        found.corners_px, columns, rows, found.column_fractions, found.row_fractions, scene.photo.image.shape[1::-1]
    )
    middles = apply(board_from_photo, np.array([card.corners_px.mean(axis=0) for card in scene.cards]))
    right = [layout.cell_at(*middle) == card.cell for middle, card in zip(middles, scene.cards, strict=True)]
    return float(np.mean(right)), found.confidence


@pytest.mark.parametrize("seed", range(2))
def test_labels_alone_give_the_grid(seed):
    """Cork without a line on it: label cards above and at the left, cards between, the camera aslant."""
    share, confidence = share_in_their_cell(synth.scene(seed, style="lineless", rows=5, columns=5, size_px=SIZE))
    assert share > 0.9
    assert confidence > SURE


@pytest.mark.parametrize("shape", [(4, 7), (7, 4)])
def test_it_asks_for_no_square_board(shape):
    """Wide and tall boards, with slips for labels."""
    share, confidence = share_in_their_cell(synth.scene(8, style="whiteboard", rows=shape[0], columns=shape[1], size_px=SIZE))
    assert share > 0.95
    assert confidence > SURE


@pytest.mark.parametrize("seed", range(2))
def test_it_knows_when_it_does_not_know(seed):
    """Labels written on the board itself are hard: a wrong grid must not be proposed with confidence."""
    share, confidence = share_in_their_cell(synth.scene(seed, style="column-lines", rows=5, columns=5, size_px=SIZE))
    assert share > 0.9 or confidence < SURE


def test_the_same_photo_gives_the_same_proposal():
    """Random sampling starts from one seed."""
    photo = synth.scene(2, style="lineless", rows=5, columns=5, size_px=SIZE).photo
    first, second = propose(photo, 5, 5), propose(photo, 5, 5)
    assert np.array_equal(first.corners_px, second.corners_px)


def test_nothing_to_go_by_is_said():
    """A wall with one note on it."""
    wall = np.full((1200, 1600, 3), 190, np.uint8)
    cv2.rectangle(wall, (700, 500), (850, 610), (90, 220, 240), cv2.FILLED)
    photo = replace(synth.scene(0, rows=4, columns=4, size_px=SIZE).photo, image=wall)
    with pytest.raises(ValueError, match=r"Only [01] sheets"):
        propose(photo, 4, 4)


def test_dividers_rise_within_the_grid():
    """Whatever is found, it is a grid that can be drawn and dragged."""
    for seed in (5, 6):
        found = propose(synth.scene(seed, style="marker", size_px=SIZE).photo, 6, 3)
        for fractions, count in ((found.row_fractions, 6), (found.column_fractions, 3)):
            assert len(fractions) == count - 1
            assert (np.diff([0.0, *fractions, 1.0]) > 0).all()


def test_a_board_without_lines_is_calibrated_from_its_labels():
    """No corners given, no lines to find: the labels make the calibration, and it says so."""
    scene = synth.scene(0, style="lineless", rows=5, columns=5, size_px=SIZE)
    rig, evidence = rig_from_photo(scene.photo, scene.board, Marks())
    assert "labels" in evidence
    middles = [card.corners_px.mean(axis=0) for card in scene.cards]
    cells = [rig.layout.cell_at(*place) for place in apply(rig.reference.board_from_photo, np.array(middles))]
    assert np.mean([cell == card.cell for cell, card in zip(cells, scene.cards, strict=True)]) > 0.9


def test_a_wall_is_not_calibrated():
    """What was missed in looking for lines is what the organizer is told."""
    scene = synth.scene(0, style="lineless", rows=5, columns=5, size_px=SIZE)
    wall = replace(scene.photo, image=np.full((1200, 1600, 3), 190, np.uint8))
    with pytest.raises(BoardNotFound, match=r"No two sets of parallel lines.* give the corners of its cells as --corners\.$"):
        rig_from_photo(wall, scene.board, Marks())


AGREEABLE = SimpleNamespace(
    vouch=lambda *_, **__: ("ab", "cd"), deny=lambda _: False, leans=lambda _: False, strangers=lambda *_: (), grids=lambda: ()
)
"""Names that vouch for the first grid that is shown to them."""


@pytest.mark.parametrize("axis", ["slots", "rooms"])
def test_it_is_told_which_number_of_the_event_file_the_board_contradicts(axis):
    """With the calibration where one is made all the same, else in its place."""
    scene = synth.scene(3, style="whiteboard", rows=3, columns=4, fill=0.3)
    wrong = replace(scene.board, **{axis: getattr(scene.board, axis)[:-1]}, blocked=())
    try:
        told = rig_from_photo(scene.photo, wrong, Marks())[1]
    except BoardNotFound as error:
        told = str(error)
    assert re.search(
        rf"the board has \d (rows|columns), and event\.toml gives it \d {axis}: .*put the {axis} right there, and calibrate it again", told
    )
    assert "event.toml" not in rig_from_photo(scene.photo, scene.board, Marks())[1]


@pytest.mark.parametrize("named", [False, True])
def test_lines_of_the_shape_that_was_looked_for_are_not_looked_for_again(monkeypatch, named):
    """Each search takes seconds, with an organizer before the page; also where names told a grid that lines left in doubt."""
    scene = synth.scene(3, style="whiteboard", rows=3, columns=4, fill=0.3)
    wrong = replace(scene.board, slots=scene.board.slots[:-1], blocked=())
    asked = []

    def counted(image, shape, settings):
        asked.append(shape)
        return find_grid(image, shape, settings)

    monkeypatch.setattr(counts, "find_grid", counted)
    try:
        looked = locate(scene.photo, wrong, names=AGREEABLE if named else None)
    except BoardNotFound as error:
        looked = error
    assert isinstance(looked, Pose) == named
    assert "event.toml gives it 2 slots" in misfit(scene.photo, wrong, looked, "")
    assert wrong.shape not in asked
    assert len(asked) == len(set(asked)) == 4


def test_marks_that_leave_no_label_outside_the_cells_are_refused_at_once():
    """Corners set around all of the photo, labels included: such a calibration would refuse every later photo, so it refuses itself."""
    scene = synth.scene(0, rows=3, columns=3, size_px=SIZE)
    width, height = SIZE
    around_all = (20, 20, width - 20, 20, width - 20, height - 20, 20, height - 20)
    with pytest.raises(CalibrationError, match=r"does not do for a calibration.*(labels|Around the grid)"):
        rig_from_photo(scene.photo, scene.board, Marks(tuple(map(float, around_all))))
