"""Names of rooms and times where lines and labels leave a grid in doubt: what they vouch for, what they deny, and what they span."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from doubtful import BELIEVED_WRONGLY, IN_DOUBT, believed_wrongly, in_doubt, misplaced
from synth import Synth, scene

from calibration.plane import apply
from calibration.rig import Layout
from digitizer.errors import BoardNotFound
from digitizer.grid import items
from digitizer.locate import locate
from digitizer.model import Pose
from digitizer.names import Beside, Names, scattered
from digitizer.names.places import edges_by_names, share_near_middle
from digitizer.names.scattered import NamedWord, find_names
from digitizer.proposal.strips import Flat
from digitizer.readers.onnx_recogniser import OnnxRecogniser
from digitizer.settings import NamesSettings


@pytest.fixture(scope="module")
def reader() -> OnnxRecogniser:
    return OnnxRecogniser()


def true_pose(truth: Synth, shift_columns: int = 0) -> Pose:
    """The pose of the truth, its columns so many to the right."""
    shift = np.array([[1, 0, -shift_columns * truth.layout.width_mm / truth.layout.columns], [0, 1, 0], [0, 0, 1]])
    return Pose(shift @ truth.board_from_photo, truth.layout, "grid", {}, 0.0)


@pytest.mark.parametrize("kind", IN_DOUBT)
def test_names_tell_a_grid_that_is_refused_without_them(kind: str, reader: OnnxRecogniser) -> None:
    """Refused without a reader; with one, every card is in its cell, and the evidence counts the names."""
    truth = in_doubt(kind)
    with pytest.raises(BoardNotFound):
        locate(truth.photo, truth.board)
    pose = locate(truth.photo, truth.board, names=Names(truth.photo, truth.board, reader))
    assert misplaced(pose, truth) == []
    assert pose.evidence["columns_named"] >= 3
    assert pose.evidence["rows_named"] >= 3


@pytest.mark.parametrize("kind", BELIEVED_WRONGLY)
def test_names_deny_a_grid_that_lines_alone_believe(kind: str, reader: OnnxRecogniser) -> None:
    """Without a reader the grid is believed and wrong; with one the right one is found."""
    truth = believed_wrongly(kind)
    assert misplaced(locate(truth.photo, truth.board), truth) != []
    assert misplaced(locate(truth.photo, truth.board, names=Names(truth.photo, truth.board, reader)), truth) == []


def test_names_of_another_order_vouch_for_nothing(reader: OnnxRecogniser) -> None:
    """Where event.toml has the rooms the other way round, the board stays refused."""
    truth = in_doubt("label cards on cork, somebody before them")
    board = replace(truth.board, rooms=truth.board.rooms[::-1])
    with pytest.raises(BoardNotFound):
        locate(truth.photo, board, names=Names(truth.photo, board, reader))


def test_a_grid_one_column_off_is_denied_and_the_right_one_vouched_for(reader: OnnxRecogniser) -> None:
    """By the same names in the same photo."""
    truth = scene(1, style="whiteboard", rows=5, columns=6, unequal=0.0)
    names = Names(truth.photo, truth.board, reader)
    assert names.vouch(true_pose(truth)) is not None
    assert not names.deny(true_pose(truth))
    assert names.vouch(true_pose(truth, shift_columns=1)) is None
    assert names.deny(true_pose(truth, shift_columns=1))


@pytest.mark.parametrize(
    ("own", "strange", "drift", "drawn", "believed"),
    [
        ({0, 1, 2, 3, 4, 5}, set(), 0.05, False, True),
        ({0, 2, 4}, set(), 0.05, False, True),
        ({0, 1, 2, 3}, set(), 0.05, False, False),
        ({0, 1, 2, 3}, set(), 0.05, True, True),
        ({0, 1}, set(), 0.05, True, False),
        ({0, 1, 2, 3, 4}, {5}, 0.05, False, False),
        ({0, 1, 2, 3, 4, 5}, set(), 0.3, False, False),
    ],
    ids=["all", "every other", "an end unread", "an end unread, lines in view", "too few", "a stranger", "drifting"],
)
def test_what_names_along_six_columns_vouch_for(own: set[int], strange: set[int], drift: float, drawn: bool, believed: bool) -> None:
    """Half of them, none of another column, no two neighbours unread unless lines are in view, all at the same part of their column."""
    assert Beside(6, frozenset(own), frozenset(strange), drift).vouches(drawn, NamesSettings()) == believed


def test_names_are_read_wherever_they_stand(reader: OnnxRecogniser) -> None:
    """Of boards without lines three names in four are found in their photos, nearly all beside the column or row that they name."""
    found, beside = 0, []
    for seed in (9, 11, 12):
        truth = scene(seed, style="lineless", rows=5, columns=5, size_px=(1600, 1200), unequal=0.0)
        words = find_names(truth.photo.image, truth.board, reader, NamesSettings())
        found += len({(word.axis, word.index) for word in words})
        middles = apply(truth.board_from_photo, np.array([(word.box_px[:2] + word.box_px[2:]) / 2 for word in words]))
        edges = truth.layout.column_edges_mm, truth.layout.row_edges_mm
        beside += [edges[w.axis][w.index] < at[w.axis] < edges[w.axis][w.index + 1] for w, at in zip(words, middles, strict=True)]
    assert found >= 0.75 * 30
    assert np.mean(beside) > 0.8


def word(axis: int, index: int, x: float, y: float) -> NamedWord:
    return NamedWord(axis, index, np.array([x - 20, y - 10, x + 20, y + 10], dtype=np.float64))


def test_words_alone_on_an_empty_board_are_things_without_a_size() -> None:
    """As it hangs in the morning, names written on the wall and no sheet of paper: a grid is asked for all the same, and nothing breaks."""
    flat = Flat.of((), np.zeros((0, 4)), np.eye(3))
    assert flat.weights.shape == (0,)
    assert share_near_middle(flat.middles[flat.paper > 0], (np.arange(4.0), np.arange(3.0)), 0.35) == 0


def test_a_card_that_says_a_rooms_name_and_a_missing_name_change_no_edge() -> None:
    """What is off the line of names is none of them; a name between two that are read stands midway."""
    tops = [word(0, i, 100.0 + 100 * i, 50.0) for i in (0, 1, 3)]
    sides = [word(1, i, 20.0, 120.0 + 60 * i) for i in range(3)]
    found = edges_by_names([*tops, *sides, word(0, 2, 110.0, 240.0)], np.eye(3), (3, 4))
    assert found is not None
    np.testing.assert_allclose(found[0], [50, 150, 250, 350, 450])
    np.testing.assert_allclose(found[1], [90, 150, 210, 270])


def test_names_of_one_axis_alone_span_no_grid() -> None:
    """How high the rows are is told by nothing then."""
    assert edges_by_names([word(0, i, 100.0 * i, 50.0) for i in range(4)], np.eye(3), (3, 4)) is None


def test_cards_beside_their_cells_speak_against_a_grid() -> None:
    """All near the middles: 1; half a cell off: 0; what hangs outside counts for nothing."""
    layout = Layout(2, 2, (0.0, 100.0, 200.0), (0.0, 50.0, 100.0))
    edges = np.array(layout.column_edges_mm), np.array(layout.row_edges_mm)
    middles = np.array([[50.0, 25.0], [150.0, 75.0], [400.0, 25.0]])
    assert share_near_middle(middles, edges, 0.35) == 1.0
    assert share_near_middle(middles + np.array([45.0, 0.0]), edges, 0.35) == 0.0
    assert share_near_middle(middles[2:], edges, 0.35) == 0.0


def joined_one_by_one(letters: list[tuple[int, int, int, int]], gap: float) -> list[tuple[int, int, int, int]]:
    """The first letter that has a neighbour takes the first of these in, until none has any: as it is written down, and slowly."""

    def near(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
        heights = a[3] - a[1], b[3] - b[1]
        return min(a[3], b[3]) - max(a[1], b[1]) > 0.3 * min(heights) and max(a[0], b[0]) - min(a[2], b[2]) < gap * max(heights)

    words = sorted(letters)
    while pair := next(((i, k) for i, a in enumerate(words) for k, b in enumerate(words) if i != k and near(a, b)), None):
        a, b = words[pair[0]], words[pair[1]]
        words[pair[0]] = (min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))
        words.pop(pair[1])
    return words


def test_letters_become_words_in_a_step_a_letter(monkeypatch):
    """On a board of grain or small writing all pairs were looked at anew after each one that was joined: ten seconds for 400 letters."""
    rng = np.random.default_rng(3)
    corners = rng.integers(0, (900, 500), (150, 2))
    letters = [(int(x), int(y), int(x + w), int(y + h)) for (x, y), (w, h) in zip(corners, rng.integers(4, 25, (150, 2)), strict=True)]
    looked, side_by_side = [], items._side_by_side
    monkeypatch.setattr(items, "_side_by_side", lambda *given: looked.append(1) or side_by_side(*given))
    assert items._words(tuple(letters), np.zeros(0), 0.6) == joined_one_by_one(letters, 0.6)
    assert len(looked) <= 2 * len(letters)
    left, right = (0, 0, 8, 9), (10, 0, 18, 9)
    assert items._words((left, right), np.array([30.0]), 0.6) == [(0, 0, 18, 9)]
    assert items._words((left, right), np.array([9.0]), 0.6) == [left, right]  # a drawn line between them


def test_of_near_doubles_the_first_counts_and_no_more_are_looked_for_than_are_read():
    """A board of grain gives ten thousand boxes, of which 400 are read: comparing all with all took minutes."""
    rng = np.random.default_rng(4)
    corners = rng.uniform(0, 3000, (20_000, 2))
    boxes = np.hstack([corners, corners + rng.uniform(20, 40, (20_000, 2))])
    kept = scattered._unlike(np.repeat(boxes, 2, axis=0), 400)
    assert len(kept) == 400
    assert np.array_equal(kept[:2], boxes[:2])
    assert len(scattered._unlike(boxes[:0], 400)) == 0
