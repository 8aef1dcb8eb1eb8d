"""Cards in blocked cells."""

from datetime import date

import numpy as np
import pytest

from calibration.rig import Cell
from digitizer.blocked import set_aside
from digitizer.event import Blocked, Board
from digitizer.model import Card, CardReading, Guess, Line

BOARD = Board("friday", date(2024, 5, 17), "rooms", ("A", "B"), ("10:00", "11:00"), (Blocked(Cell(1, 0), "Poster session"),))


def reading(cell: Cell, text: str) -> CardReading:
    picture = np.zeros((4, 4, 3), np.uint8)
    card = Card(cell, np.zeros((4, 2)), picture, picture[:, :, 0], b"")
    return CardReading(card, Guess(text, 0.9), None, None, (Line(text, 0.9, (0, 0, 4, 4)),), False)


@pytest.mark.parametrize("text", ["RESERVED", "RESERYED", "Closed", "poster sesion", ""])
def test_it_takes_a_reserved_sheet_for_no_session(text):
    """Misread letters do not turn a reserved sheet into a session."""
    sessions, warnings = set_aside([reading(Cell(1, 0), text)], BOARD)
    assert sessions == ()
    assert warnings == ()


def test_it_tells_of_a_session_in_a_blocked_cell():
    """A card that names a topic is not published there, and the organizer hears of it."""
    sessions, warnings = set_aside([reading(Cell(1, 0), "Board games")], BOARD)
    assert sessions == ()
    assert "Board games" in warnings[0]
    assert "A at 11:00" in warnings[0]


def test_it_leaves_other_cells_alone():
    """The same word in a free cell is a card like any other."""
    card = reading(Cell(0, 0), "RESERVED")
    assert set_aside([card], BOARD) == ((card,), ())
