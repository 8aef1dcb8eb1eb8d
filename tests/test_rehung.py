"""A calibrated board whose labels are another's: told by what is read beside its columns and rows, never by what cannot be read."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import cv2
import numpy as np
import pytest
from synth import Synth, scene

from calibration.plane import apply
from calibration.reference import make_reference
from calibration.rig import Layout, Rig
from digitizer import rehung
from digitizer.errors import BoardNotFound, LabelsMoved
from digitizer.event import Event
from digitizer.lexicon import Lexicon
from digitizer.locate import locate
from digitizer.model import Digitization, Pose
from digitizer.names import Names
from digitizer.names.strangers import Name, strangers
from digitizer.pipeline import Tools, digitize
from digitizer.readers.onnx_recogniser import OnnxRecogniser
from digitizer.turned import why_not_whole

WISH = {"style": "whiteboard", "rows": 5, "columns": 6, "size_px": (1600, 1200), "tilt_deg": (6.0, -10.0), "roll_deg": 1.0}
SEED = 4
ROOMS = ("101", "102", "103", "104", "Hall", "Barn")
SLOTS = ("08:00", "09:00", "10:00", "11:00", "12:00")
REHUNG = {
    "each room in its neighbour's place": {"rooms": (*ROOMS[1:], ROOMS[0])},
    "each time in its neighbour's place": {"slots": (*SLOTS[1:], SLOTS[0])},
    "the rooms the other way round": {"rooms": ROOMS[::-1]},
    "two rooms changed about": {"rooms": ("101", "102", "104", "103", "Hall", "Barn")},
    "a room and a time, each with its neighbour": {
        "rooms": ("101", "103", "102", "104", "Hall", "Barn"),
        "slots": ("09:00", "08:00", *SLOTS[2:]),
    },
}
"""Labels as they hang."""

SEEN = {
    "as it was": {},
    "in dim light": {"light": 0.3, "noise": 4.0},
    "with somebody before it": {"person": True},
    "from aside": {"tilt_deg": (-8.0, 22.0), "zoom": 0.7},
}
"""How the board is seen later."""


@pytest.fixture(scope="module")
def reader() -> OnnxRecogniser:
    return OnnxRecogniser()


@lru_cache(maxsize=8)
def board(**options: object) -> Synth:
    return scene(SEED, **{**WISH, **options})


@lru_cache(maxsize=2)
def rig(**options: object) -> Rig:
    """The calibration of the board as its labels should hang, or hang by the options."""
    known = board(**options)
    return Rig(known.board.id, known.layout, make_reference(known.photo.image, known.board_from_photo, known.layout))


def pose_of(seen: Synth, calibration: Rig, reader: OnnxRecogniser) -> Pose:
    return locate(seen.photo, seen.board, calibration, names=Names(seen.photo, seen.board, reader))


def error(pose: Pose, seen: Synth) -> float:
    """How far the grid's corners are off, as a share of its width."""
    grid = seen.layout.grid_corners_mm()
    return float(np.abs(apply(pose.board_from_photo, seen.grid_corners_px) - grid).max() / seen.layout.width_mm)


def test_the_board_of_these_tests_has_these_names() -> None:
    """Else the labels below are not re-hung but made up."""
    assert (board().board.rooms, board().board.slots) == (ROOMS, SLOTS)


@pytest.mark.parametrize(("kind", "way"), [*((kind, "as it was") for kind in REHUNG), ("two rooms changed about", "from aside")])
def test_a_board_with_its_labels_hung_anew_is_refused(kind: str, way: str, reader: OnnxRecogniser) -> None:
    """Ground, lines, frame, title and cards are alike, and the picture alone is believed; the names tell."""
    seen = board(**REHUNG[kind], **SEEN[way])
    assert locate(seen.photo, seen.board, rig()).method == "reference"
    with pytest.raises(LabelsMoved, match=r"stands where .* was calibrated") as refused:
        pose_of(seen, rig(), reader)
    assert "calibrate the board anew" in str(refused.value)


def test_the_refusal_says_what_stands_where(reader: OnnxRecogniser) -> None:
    """By the names of the event, the first three of them."""
    with pytest.raises(LabelsMoved) as refused:
        pose_of(board(rooms=(*ROOMS[1:], ROOMS[0])), rig(), reader)
    assert '"102" stands where "101" was calibrated, "103" stands where "102" was calibrated' in refused.value.evidence
    assert "and 3 more are elsewhere" in refused.value.evidence


@pytest.mark.parametrize("way", SEEN)
def test_the_board_itself_is_found_as_before(way: str, reader: OnnxRecogniser) -> None:
    """With all its labels, some of them, or hardly any light on them."""
    seen = board(**SEEN[way])
    assert error(pose_of(seen, rig(), reader), seen) < 0.005


@pytest.mark.parametrize(
    "strange",
    [{"rooms": ("Ada", "Bert", "Cleo", "Dan", "Eva", "Finn")}, {"rooms": ("101", "102", "Cleo", "104", "Hall", "Barn")}],
    ids=["names that the event does not know", "one label written anew"],
)
def test_what_is_no_name_of_the_board_denies_nothing(strange: dict[str, tuple[str, ...]], reader: OnnxRecogniser) -> None:
    """Remarks, equipment, nicknames: they may be right."""
    seen = board(**strange)
    assert error(pose_of(seen, rig(**strange), reader), seen) < 0.005


def test_one_name_alone_may_be_misread(reader: OnnxRecogniser) -> None:
    """A single label that reads like another's is no other board."""
    seen = board(rooms=("101", "102", "Barn", "104", "Hall", "Yard"))
    assert error(pose_of(seen, rig(), reader), seen) < 0.005


def test_labels_in_another_order_than_the_event_file_from_the_first_have_not_moved(reader: OnnxRecogniser) -> None:
    """Then it is the event file that is wrong, which is told elsewhere; but from there on they may move."""
    calibrated = {"rooms": ROOMS[::-1]}
    seen = board(**calibrated)
    assert error(pose_of(seen, rig(**calibrated), reader), seen) < 0.005
    with pytest.raises(LabelsMoved, match='"101" stands where "102" was calibrated'):
        pose_of(board(rooms=("Barn", "Hall", "104", "103", "101", "102")), rig(**calibrated), reader)


def test_times_to_the_right_are_read_there(reader: OnnxRecogniser) -> None:
    """On some boards the rows have their labels beyond the last column."""
    right = {"headers_right": True}
    assert error(pose_of(board(**right), rig(**right), reader), board(**right)) < 0.005
    with pytest.raises(LabelsMoved, match='"09:00" stands where "08:00" was calibrated'):
        pose_of(board(**right, slots=(*SLOTS[1:], SLOTS[0])), rig(**right), reader)


@pytest.mark.parametrize(
    ("read", "elsewhere"),
    [
        ([(0, 0), (1, 1), (2, 2)], {}),
        ([(0, 1), (1, 0), (2, 2)], {0: 1, 1: 0}),
        ([(0, 1), (1, 1)], {}),
        ([(0, 1), (0, 0)], {}),
        ([(0, 1), (1, 2), (2, 0)], {0: 1, 1: 2, 2: 0}),
        ([], {}),
    ],
    ids=["all right", "a swap", "one read twice", "two names in a place", "a shift", "nothing"],
)
def test_whose_names_stand_elsewhere(read: list[tuple[int, int]], elsewhere: dict[int, int]) -> None:
    """A name hangs once: read in its own place it does not count where it is read besides."""
    assert strangers([Name(place, index, 0.5) for place, index in read]) == elsewhere


def first_look(reader: OnnxRecogniser) -> tuple[Digitization, Tools]:
    plan = Event("Made up", "Europe/Berlin", "", 60, (board().board,))
    tools = Tools(reader, Lexicon.for_event(plan))
    return digitize(board().photo, board().board, tools, rig()), tools


def test_a_mounted_camera_sees_labels_that_are_hung_anew(reader: OnnxRecogniser) -> None:
    """It stands still, so that the pose is the last one's: what changed beside the grid is read all the same."""
    look, tools = first_look(reader)
    with pytest.raises(LabelsMoved, match='"102" stands where "101" was calibrated'):
        digitize(board(rooms=(*ROOMS[1:], ROOMS[0])).photo, board().board, tools, rig(), look)


def test_cards_that_change_ask_for_no_names(reader: OnnxRecogniser, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look at a new card costs no reading of labels."""
    look, tools = first_look(reader)
    image = board().photo.image.copy()
    middle = board().photo_from_mm(look.segmentation.cards[0].corners_mm.mean(axis=0)[None])[0].astype(int)
    cv2.putText(image, "new", (int(middle[0]) - 25, int(middle[1])), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (20, 20, 20), 3)
    monkeypatch.setattr(Names, "strangers", lambda *_: pytest.fail("the labels were read"))
    again = digitize(replace(board().photo, image=image, sha256="another"), board().board, tools, rig(), look)
    assert again.anchor is look.anchor


def test_only_what_is_beside_the_grid_can_be_a_label() -> None:
    """A change within the cells is none of a label; one that reaches out may be."""
    layout = Layout(2, 2, (0.0, 100.0, 200.0), (0.0, 50.0, 100.0))
    within = np.array([[[10.0, 10], [60, 10], [60, 40], [10, 40]]])
    assert not rehung.beside(within, layout)
    assert not rehung.beside(within[:0], layout)
    assert rehung.beside(within - np.array([0.0, 20.0]), layout)


def test_labels_that_moved_are_no_camera_that_moved() -> None:
    """The refusal of a mounted camera stays what it was."""
    refused = LabelsMoved("The labels are elsewhere.")
    assert why_not_whole(board().photo, refused, lambda: None, None) is refused
    assert isinstance(refused, BoardNotFound)
