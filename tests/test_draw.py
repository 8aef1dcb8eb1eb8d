"""Pictures for people: what is written in them can be read."""

from datetime import date

import cv2
import numpy as np
import pytest

from calibration.rig import Layout
from digitizer.compose import Picture
from digitizer.draw import board_picture, cells_of
from digitizer.event import Board

LAYOUT = Layout(1, 1, (0.0, 400.0), (0.0, 200.0))


def labelled(room: str):
    """The picture of a board with one room and one slot."""
    cells = np.full((800, 1600, 3), 128, np.uint8)
    board = Board("friday", date(2024, 5, 17), "rooms", (room,), ("10:00",))
    return board_picture(Picture(cells, LAYOUT, {}), board), board, cells


@pytest.mark.parametrize("sign", "äöüßéñçłğαя")
def test_names_are_written_with_their_accents(sign):
    """Found in use: each was an empty box, the same for all, in the picture that everybody sees."""
    pictures = [labelled(room * 3)[0] for room in (sign, "\uffff")]
    assert pictures[0].shape == pictures[1].shape
    assert np.abs(pictures[0].astype(int) - pictures[1]).max() > 100


def test_the_cells_are_cut_out_again():
    """Of a picture with the labels of this board."""
    picture, board, cells = labelled("Größer")
    assert np.array_equal(cells_of(picture, board), cells)
    assert cells_of(cv2.resize(picture, None, fx=2, fy=2), board) is None
