"""Printed labels against event.toml: warnings on positive evidence only."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date

import cv2
import numpy as np
import pytest
from made_up import card_reading

from calibration.rig import Cell, Layout
from digitizer import labels
from digitizer.errors import ReaderUnavailable
from digitizer.event import Board
from digitizer.labels import ReadLabel, check, compare
from digitizer.model import Sheet
from digitizer.readers.tesseract import read_words
from digitizer.settings import LabelSettings, TesseractSettings

BOARD = Board("friday", date(2024, 5, 17), "rooms", ("Blue", "Green", "Gold"), ("09:00", "10:00", "11:00", "12:00"))
LAYOUT = Layout(3, 4, (0.0, 200.0, 400.0, 600.0), (0.0, 120.0, 240.0, 360.0, 480.0))
MARGIN_MM = 200.0


def board_picture(across=BOARD.rooms, down=BOARD.slots):
    """A white board 1 px a mm with printed labels above and to the left of its grid."""
    image = np.full((480 + 2 * int(MARGIN_MM), 600 + 2 * int(MARGIN_MM), 3), 235, np.uint8)
    for x in range(4):
        cv2.line(image, (200 + 200 * x, 130), (200 + 200 * x, 680), (60, 60, 60), 2)
    for y in range(5):
        cv2.line(image, (60, 200 + 120 * y), (800, 200 + 120 * y), (60, 60, 60), 2)
    for k, text in enumerate(across):
        cv2.putText(image, text, (240 + 200 * k, 180), cv2.FONT_HERSHEY_DUPLEX, 1.2, (20, 20, 20), 2, cv2.LINE_AA)
    for k, text in enumerate(down):
        cv2.putText(image, text, (75, 275 + 120 * k), cv2.FONT_HERSHEY_DUPLEX, 1.1, (20, 20, 20), 2, cv2.LINE_AA)
    return image


def sheet(image):
    frame = np.array([[1.0, 0, -MARGIN_MM], [0, 1.0, -MARGIN_MM], [0, 0, 1.0]])
    return Sheet(image, image, np.ones(image.shape[:2], bool), 1.0, frame)


def told(image, board=BOARD):
    return check(sheet(image), LAYOUT, board).disagreements


def read(side, *texts, confidence=0.95):
    return [ReadLabel(side, k, text, confidence) for k, text in enumerate(texts)]


needs_tesseract = pytest.mark.usefixtures("installed")


@pytest.fixture
def installed():
    """These tests run the real program; the set-up installs it."""
    assert shutil.which("tesseract"), "apt install tesseract-ocr"


@needs_tesseract
def test_it_says_nothing_where_all_agrees():
    """Labels as event.toml has them."""
    assert told(board_picture()) == ()


@needs_tesseract
def test_it_warns_of_columns_in_another_order():
    """The rooms hang the other way round; the rows are right."""
    (warning,) = told(board_picture(across=BOARD.rooms[::-1]))
    assert "columns stand in another order" in warning
    assert "Blue" in warning
    assert "friday" in warning


@needs_tesseract
def test_it_warns_of_a_board_upside_down():
    """The photo is turned by 180 degrees: labels stand at the bottom and right, on their heads."""
    (warning,) = told(np.ascontiguousarray(board_picture()[::-1, ::-1]))
    assert "upside down" in warning


def test_it_runs_tesseract_once(monkeypatch):
    """One call holds all labels: starting the program costs more than reading."""
    pages = []
    monkeypatch.setattr(labels, "read_words", lambda page: pages.append(page) or ())
    check(sheet(board_picture()), LAYOUT, BOARD, LabelSettings(least_labels=0))
    assert len(pages) == 1


def test_without_tesseract_it_says_so_once(monkeypatch):
    """A missing program is one warning, not an error."""

    def missing(page):
        raise ReaderUnavailable("Tesseract is not installed.", remedy="Install it.")

    monkeypatch.setattr(labels, "read_words", missing)
    found = check(sheet(board_picture()), LAYOUT, BOARD)
    assert found.finished  # another look would find no program either
    (warning,) = found.disagreements
    assert "not checked" in warning
    assert "Install it." in warning


def test_a_tesseract_that_is_too_slow_leaves_the_check_to_the_next_look(monkeypatch):
    """The real call, in no time at all: that is no missing program."""
    monkeypatch.setattr(labels, "read_words", lambda page: read_words(page, TesseractSettings(timeout_s=1e-6)))
    found = check(sheet(board_picture()), LAYOUT, BOARD)
    assert not found.finished
    assert "Tesseract did not finish" in found.disagreements[0]


def test_a_board_without_labels_is_not_read(monkeypatch):
    """Nothing written around the grid: no call, no warning."""
    monkeypatch.setattr(labels, "read_words", lambda _: pytest.fail("nothing to read"))
    assert told(np.full((880, 1000, 3), 235, np.uint8)) == ()


def test_labels_that_cannot_be_read_say_nothing():
    """Handwriting that Tesseract takes for rubbish, with little confidence."""
    assert compare(read("top", "ee", "|s0|", "Pele", confidence=0.3), BOARD, LabelSettings()) == ()


def test_one_misread_label_says_nothing():
    """A single label elsewhere may be a misreading."""
    assert compare(read("left", "10:00", "10:00", "11:00", "12:00"), BOARD, LabelSettings()) == ()


def beside(text, x_mm, y_mm, cell=None):
    """A card with its middle there, read as the text."""
    corners = np.array([[-20.0, -10], [20, -10], [20, 10], [-20, 10]]) + np.array([x_mm, y_mm])
    reading = card_reading(text, cell)
    return replace(reading, card=replace(reading.card, corners_mm=corners))


def test_headers_are_no_cards():
    """Above its column, beside its row, as times are written; what says more, says another name, or hangs in a cell is a card."""
    layout = Layout(3, 2, (0.0, 100.0, 200.0, 300.0), (0.0, 80.0, 160.0))
    board = replace(BOARD, rooms=("101", "Hall", "Barn"), slots=("09:00", "10:00"))
    headers = beside("101", 50, -20), beside("HALL", 150, -30), beside("9.00", -30, 40), beside("10:00", 330, 120)
    cards = (
        beside("Hall of fame", 150, -30),
        beside("101", 250, -20),
        beside("Barn", 150, 40, Cell(0, 1)),
        beside("10:00", -30, -20),
        beside("", 50, -20),
    )
    assert labels.without_labels((*headers, *cards), layout, board) == cards


def test_times_are_compared_as_times():
    """Without their zero, with O for 0, with a full stop for the colon."""
    assert compare(read("left", "9:00", "1O.00", "11:00", "12h00"), BOARD, LabelSettings()) == ()


def test_it_warns_of_rows_in_another_order():
    """The times run upwards."""
    (warning,) = compare(read("left", *BOARD.slots[::-1]), BOARD, LabelSettings())
    assert "rows stand in another order" in warning


def test_it_warns_where_rooms_and_times_are_changed_about():
    """event.toml says rooms run across, the header row holds times."""
    (warning,) = compare(read("top", "09:00", "10:00", "11:00"), BOARD, LabelSettings())
    assert 'columns = "rooms"' in warning


def test_it_asks_whether_this_is_another_board():
    """Three labels read beyond doubt, none of them known."""
    (warning,) = compare(read("top", "Oak", "Elm", "Ash"), BOARD, LabelSettings())
    assert '"Oak"' in warning
    assert "Is this board" in warning


def test_rooms_with_like_names_are_told_apart():
    """101 is not 102, however alike."""
    board = replace(BOARD, rooms=("101", "102", "103"))
    assert compare(read("top", "101", "102", "103"), board, LabelSettings()) == ()
    (warning,) = compare(read("top", "103", "102", "101"), board, LabelSettings())
    assert "another order" in warning
