"""The whole way of a photo on synthetic boards, with a reader that replays; what a second look takes over."""

from dataclasses import replace
from datetime import timedelta
from itertools import count
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from synth import scene

from calibration.rig import Cell
from digitizer import pipeline
from digitizer.frames import photo_from_board
from digitizer.model import CardReading, Guess, LabelCheck, Line
from digitizer.pipeline import Tools, digitize
from digitizer.readers.base import Lattice
from digitizer.report import to_json

WORDS = (f"card {number}" for number in count())


class Unread:
    """Reads nothing of the names beside a grid."""

    def glance(self, crops):
        """A blank for each."""
        return [Lattice(np.log([[0.9, 0.1]]), ("", "x")) for _ in crops]


@pytest.fixture
def tools(monkeypatch):
    """Tools whose reader gives each card a new name and counts what it was asked; labels are not read."""
    asked = []

    def read(cards, _reader, _lexicon):
        asked.append(len(cards))
        return tuple(CardReading(card, Guess(next(WORDS), 0.9), None, None, (Line("x", 0.9, (0, 0, 1, 1)),), False) for card in cards)

    monkeypatch.setattr(pipeline, "read", read)
    monkeypatch.setattr(pipeline.labels, "check", lambda *_: LabelCheck())
    return SimpleNamespace(tools=Tools(Unread(), None), asked=asked)


@pytest.fixture(scope="module")
def board():
    """A whiteboard with a drawn grid and a few cards."""
    return scene(7, rows=5, columns=5, size_px=(1600, 1200), tilt_deg=(8.0, -10.0))


def again(photo, image=None, number=1):
    """The next look: fresh sensor noise, thirty seconds later."""
    noise = np.random.default_rng(number).normal(0, 1.5, photo.image.shape)
    pixels = np.clip((photo.image if image is None else image) + noise, 0, 255).astype(np.uint8)
    return replace(photo, image=pixels, sha256=f"look {number}", taken_at=photo.taken_at + timedelta(seconds=30 * number))


def with_a_card(seen, cell):
    """The photo with one more card in a cell, drawn in the board's plane."""
    corners = seen.pose.layout.corners_mm(cell)
    middle, half = corners.mean(axis=0), (corners[2] - corners[0]) * 0.32
    quad_mm = middle + np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
    image = seen.photo.image.copy()
    quad = np.round(photo_from_board(seen.pose, quad_mm)).astype(np.int32)
    cv2.fillConvexPoly(image, quad, (120, 235, 245))
    x, y = quad.mean(axis=0).astype(int)
    cv2.putText(image, "New", (int(x) - 24, int(y) + 8), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (60, 20, 20), 2)
    return image


def every_cell(board):
    """All cells of a scene's grid, in reading order."""
    return [Cell(row, column) for row in range(board.layout.rows) for column in range(board.layout.columns)]


def names(digitization):
    """Title by cell."""
    return {reading.card.cell: reading.title.text for reading in digitization.reading.cards}


def test_it_finds_the_cards_of_a_board(tools, board):
    """Every card of the scene is found in its cell, and each is read once."""
    seen = digitize(board.photo, board.board, tools.tools)
    assert sorted(reading.card.cell for reading in seen.reading.cards) == sorted(card.cell for card in board.cards)
    assert tools.asked == [len(board.cards)]
    assert set(seen.timings_ms) == {"locate", "rectify", "labels", "segment", "read"}


def test_an_unchanged_look_reads_nothing(tools, board):
    """Noise is no change: pose, cards and texts are those of the last look."""
    first = digitize(board.photo, board.board, tools.tools)
    second = digitize(again(board.photo), board.board, tools.tools, previous=first)
    assert tools.asked[1:] == [0]
    assert names(second) == names(first)
    assert second.reading.taken_at > first.reading.taken_at
    assert second.anchor is first.photo


def test_labels_that_could_not_be_checked_in_time_are_checked_in_the_next_look(tools, board, monkeypatch):
    """A machine with much to do at the first look of the morning: nothing was checked all day, and each look said so again."""
    checks = iter([LabelCheck(("It had 10 s.",), finished=False), LabelCheck(("Rooms stand elsewhere.",))])
    monkeypatch.setattr(pipeline.labels, "check", lambda *_: next(checks))
    first = digitize(board.photo, board.board, tools.tools)
    second = digitize(again(board.photo), board.board, tools.tools, previous=first)
    third = digitize(again(board.photo, number=2), board.board, tools.tools, previous=second)
    assert [look.labels.disagreements for look in (second, third)] == [("Rooms stand elsewhere.",)] * 2


def test_a_label_that_is_hung_anew_is_checked_anew(tools, board, monkeypatch):
    """Whoever mends the labels because a warning asks for it was warned all day, as long as the camera stood still."""
    checks = iter([LabelCheck(("Rooms stand elsewhere.",)), LabelCheck()])
    monkeypatch.setattr(pipeline.labels, "check", lambda *_: next(checks))
    first = digitize(board.photo, board.board, tools.tools)
    image, layout = board.photo.image.copy(), first.pose.layout
    place = np.array([[[layout.width_mm * 0.42, -layout.height_mm * 0.09]]])
    x, y = np.round(photo_from_board(first.pose, place[0])).astype(int)[0]
    cv2.putText(image, "Gold", (int(x), int(y)), cv2.FONT_HERSHEY_DUPLEX, 1.2, (20, 20, 20), 3)
    second = digitize(again(board.photo, image), board.board, tools.tools, previous=first)
    assert second.anchor is first.photo
    assert second.labels == LabelCheck()


def test_a_new_card_alone_is_read(tools, board):
    """One card appears in a free cell: it is found and read, the others keep their texts."""
    first = digitize(board.photo, board.board, tools.tools)
    free = next(cell for cell in every_cell(board) if cell not in names(first))
    second = digitize(again(board.photo, with_a_card(first, free)), board.board, tools.tools, previous=first)
    assert tools.asked[1:] == [1]
    assert names(second).keys() == names(first).keys() | {free}
    assert names(first).items() <= names(second).items()


def test_a_card_taken_off_is_gone_from_the_reading(tools, board):
    """The photo without the card follows one with it: the cell is empty and not hidden."""
    bare = digitize(board.photo, board.board, tools.tools)
    free = next(cell for cell in every_cell(board) if cell not in names(bare))
    full = digitize(again(board.photo, with_a_card(bare, free)), board.board, tools.tools)
    after = digitize(again(board.photo, number=2), board.board, tools.tools, previous=full)
    assert free in names(full)
    assert free not in names(after)
    assert free not in after.reading.hidden


def test_a_card_that_the_finder_misses_still_hangs(tools, board, monkeypatch):
    """The segmentation overlooks a written card in the second look; as its place looks as it did, the card is there all the same."""
    first = digitize(board.photo, board.board, tools.tools)
    real = pipeline.segment

    def blind(sheet, layout):
        found = real(sheet, layout)
        return replace(found, cards=found.cards[1:])

    monkeypatch.setattr(pipeline, "segment", blind)
    monkeypatch.setattr(pipeline.refresh, "same_view", lambda _: False)
    second = digitize(again(board.photo), board.board, tools.tools, previous=first)
    missed = first.segmentation.cards[0].cell
    assert names(second).keys() == names(first).keys()
    assert names(second)[missed] == names(first)[missed]


def test_a_card_taken_off_is_not_kept_for_its_place(tools, board):
    """Seen whole and anew, the bare place of a written card does not pass for the card."""
    bare = digitize(board.photo, board.board, tools.tools)
    free = next(cell for cell in every_cell(board) if cell not in names(bare))
    full = digitize(again(board.photo, with_a_card(bare, free)), board.board, tools.tools)
    nudge = np.float32([[1, 0, 12], [0, 1, -7]])
    moved = cv2.warpAffine(board.photo.image, nudge, (1600, 1200), borderMode=cv2.BORDER_REPLICATE)
    after = digitize(again(board.photo, moved, 2), board.board, tools.tools, previous=full)
    assert free not in names(after)


def test_a_nudged_camera_is_located_anew(tools, board):
    """Twelve pixels aside: the pose is found again, and the cards keep their cells."""
    first = digitize(board.photo, board.board, tools.tools)
    nudge = np.float32([[1, 0, 12], [0, 1, -7]])
    moved = cv2.warpAffine(board.photo.image, nudge, (1600, 1200), borderMode=cv2.BORDER_REPLICATE)
    second = digitize(again(board.photo, moved), board.board, tools.tools, previous=first)
    assert second.anchor is second.photo
    assert sorted(names(second)) == sorted(names(first))


def test_it_reports_in_the_form_scripts_read(tools, board):
    """The JSON names room and slot, and its polygons lie where the truth has the cards, to a tenth of one."""
    told = to_json(digitize(board.photo, board.board, tools.tools), board.board)
    assert set(told) == {"board", "photo", "grid", "cards", "outside", "hidden", "warnings", "timings_ms"}
    truth = {board.board.room_of(c.cell) + board.board.slot_of(c.cell): c.corners_px.mean(axis=0) for c in board.cards}
    for card in told["cards"]:
        assert np.mean(card["polygon"], axis=0) == pytest.approx(truth[card["room"] + card["slot"]], abs=12)
