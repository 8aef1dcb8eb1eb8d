"""calibration.view and calibration.advice: what is wrong with a view is measured and said; a good view is left in peace."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import cv2
import numpy as np
import pytest
import synth

from calibration.advice import Light, advise, light_of, quality
from calibration.legible import BLURS, HEIGHTS_PX, LETTER_MM, NEEDED_PX, READABLE, readable
from calibration.view import ColumnView, View, look
from digitizer.viewed import rows, stand, to_json

SIZE = (2400, 1600)
FINE = ColumnView(mm_per_px=0.5, blur_px=0.7, glare=0.0, brightness=200.0, inside=1.0)
NAMES = ("Hall", "Barn", "Loft", "Oak")


@lru_cache(maxsize=8)
def scene(tilt: tuple[float, float] = (3.0, 4.0), blur_px: float = 0.6, size: tuple[int, int] = SIZE) -> synth.Synth:
    """A board of four columns that fills most of the photo."""
    return synth.scene(5, style="marker", rows=3, columns=4, zoom=0.96, tilt_deg=tilt, roll_deg=0.0, blur_px=blur_px, size_px=size)


def view_of(board: synth.Synth, image: np.ndarray | None = None) -> View:
    """The view of a scene, or of a picture taken like it."""
    return look(board.photo.image if image is None else image, board.board_from_photo, board.layout)


def made_up(*columns: ColumnView, **fields: object) -> View:
    """A view without a fault, but for what a test is about."""
    found = View(columns or (FINE,) * 4, 0.5, 0.7, 5.0, -3.0, 2000.0, 0.5)
    return replace(found, **fields)


def test_a_good_view_needs_nothing():
    """Near, square on, sharp, bright."""
    view = view_of(scene())
    assert advise(view) == ()
    assert quality(view) is Light.GOOD


def test_scale_and_stand_are_true():
    """Against the camera that drew the scene: as far off square, within five degrees, and to the side that it stood."""
    board = scene(tilt=(8.0, 30.0))
    view = view_of(board)
    left, right = board.grid_corners_px[0], board.grid_corners_px[1]
    turn = board.lens.matrix
    normal = np.cross(*(np.linalg.inv(turn) @ np.linalg.inv(board.board_from_photo))[:, :2].T)
    assert view.mm_per_px == pytest.approx(board.layout.width_mm / np.linalg.norm(right - left), rel=0.25)
    assert max(column.mm_per_px for column in view.columns) > view.mm_per_px
    assert view.tilt_degrees == pytest.approx(np.degrees(np.arccos(abs(normal[2]) / np.linalg.norm(normal))), abs=5)
    near_right = np.linalg.norm(board.grid_corners_px[2] - right) > np.linalg.norm(board.grid_corners_px[3] - left)
    assert (view.yaw_degrees > 0) == near_right


def test_the_side_of_the_camera_is_told():
    """The side that looks larger is the nearer one: there the camera stands."""
    one, other = view_of(scene(tilt=(0.0, 30.0))), view_of(scene(tilt=(0.0, -30.0)))
    assert one.yaw_degrees == pytest.approx(-other.yaw_degrees, abs=8)
    assert {"to the right" in stand(one), "to the right" in stand(other)} == {True, False}


def test_too_far_says_how_much_closer():
    """A third of the pixels, and room around the board: the same view is poor, and the step is a number."""
    far = made_up(*[replace(FINE, mm_per_px=1.0)] * 4)
    assert quality(far) is Light.POOR or quality(far) is Light.DOUBTFUL
    (sentence,) = advise(far)
    assert "Letters would be 9 px high in every column, 14 are needed" in sentence
    assert "about 0.7 m closer, or zoom in 1.6 times" in sentence


def test_a_little_too_far_does_not_contradict_itself():
    """It said "letters would be 14 px high, 14 are needed: zoom in 1.0 times"."""
    (sentence,) = advise(made_up(*[replace(FINE, mm_per_px=LETTER_MM / (NEEDED_PX - 0.3))] * 4))
    assert "Letters would be 13 px high in every column, 14 are needed" in sentence
    assert "zoom in 1.1 times" in sentence


def test_a_step_closer_is_not_asked_for_where_the_board_would_run_out_of_the_picture():
    """It fills the picture: only more pixels help."""
    (sentence,) = advise(made_up(*[replace(FINE, mm_per_px=1.0)] * 4, fills=0.9))
    assert "1.6 times as many pixels" in sentence
    assert "closer" not in sentence


def test_a_small_photo_is_told_by_its_letters():
    """The whole way: a drawn board at a quarter of the pixels."""
    view = view_of(scene(size=(640, 480)))
    assert quality(view) is Light.POOR
    assert "14 are needed" in advise(view)[0]


@pytest.mark.parametrize("blur", [1.0, 2.0, 4.0])
def test_blur_is_measured_in_px(blur):
    """Within a third of what was drawn, in the whole and in each column: the drawing's own edges add to it."""
    view = view_of(scene(blur_px=blur))
    assert [view.blur_px, *(column.blur_px for column in view.columns)] == pytest.approx([blur] * 5, rel=0.34)


def test_blur_is_named():
    """Four px of blur where letters are 18 px high."""
    assert any("Edges are blurred by" in sentence and "every column" in sentence for sentence in advise(view_of(scene(blur_px=4.0))))


def test_blur_of_one_side_is_told_apart():
    """The right half out of focus, as from far aside with an open lens."""
    board = scene()
    middle = int(board.grid_corners_px[:, 0].mean())
    image = board.photo.image.copy()
    image[:, middle:] = cv2.GaussianBlur(image, (0, 0), 4.0)[:, middle:]
    (sentence,) = advise(view_of(board, image), NAMES)
    assert "in Loft and Oak: focus on that part" in sentence


def test_glare_is_named_with_its_column_and_the_way():
    """A lamp's mirror image in the first column."""
    board = scene()
    burnt = board.photo.image.copy()
    x, y = (0.875 * board.grid_corners_px[[0, 3]] + 0.125 * board.grid_corners_px[[1, 2]]).mean(axis=0).astype(int)
    cv2.circle(burnt, (int(x), int(y)), 120, (255, 255, 255), cv2.FILLED)
    view = view_of(board, burnt)
    radius_mm = 120 * view.mm_per_px
    share = np.pi * radius_mm**2 / (board.layout.height_mm * np.diff(board.layout.column_edges_mm)[0])
    assert view.columns[0].glare == pytest.approx(share, rel=0.15)
    assert [sentence for sentence in advise(view, NAMES) if "glares" in sentence] == [
        f"A lamp glares on {view.columns[0].glare:.0%} of Hall: move it, or the camera, to the left."
    ]


def test_glare_all_over_is_exposure():
    """No lamp reaches most columns."""
    (sentence,) = advise(made_up(*[replace(FINE, glare=0.3)] * 3, FINE))
    assert "expose less" in sentence


def test_darkness_is_named():
    """The lights off."""
    board = scene()
    assert any("dark in every column" in s for s in advise(view_of(board, (board.photo.image * 0.1).astype(np.uint8))))


@pytest.mark.parametrize(
    ("shift", "edge", "names", "way"),
    [
        ((-0.35, 0.0), "left", "Hall", "turn the camera to the left"),
        ((0.35, 0.0), "right", "Oak", "turn the camera to the right"),
        ((0.0, 0.2), "bottom", "every column", "tilt it down"),
    ],
)
def test_what_is_cut_off_is_named_with_the_way_to_turn(shift, edge, names, way):
    """The camera looks aside: a room, or the last slot, is out of the picture."""
    board = scene()
    unmoved = np.array([[1.0, 0, -shift[0] * SIZE[0]], [0, 1, -shift[1] * SIZE[1]], [0, 0, 1]])
    view = look(board.photo.image, board.board_from_photo @ unmoved, board.layout)
    assert quality(view) is Light.POOR
    sentence = advise(view, NAMES)[0]
    assert f"The {edge} edge of the picture cuts" in sentence
    assert names in sentence
    assert way in sentence


def test_the_share_of_a_column_in_the_picture_is_true():
    """A column that is cut in its middle."""
    board = scene()
    middle = board.grid_corners_px[[1, 2]].mean(axis=0)[0] * 0.875 + board.grid_corners_px[[0, 3]].mean(axis=0)[0] * 0.125
    view = view_of(board, np.ascontiguousarray(board.photo.image[:, : int(middle)]))
    assert [column.inside for column in view.columns[:3]] == [1.0] * 3
    assert view.columns[3].inside == pytest.approx(0.5, abs=0.08)


def test_cut_on_both_sides_needs_a_step_back():
    """Turning would only cut more of the other side."""
    cut = replace(FINE, inside=0.5, cut_by="left"), FINE, FINE, replace(FINE, inside=0.4, cut_by="right")
    assert all(sentence.endswith("step back.") and "turn" not in sentence for sentence in advise(made_up(*cut)))


@pytest.mark.parametrize(
    ("yaw", "pitch", "told"),
    [(50.0, 0.0, "from the right"), (-50.0, 5.0, "from the left"), (0.0, 50.0, "from below"), (3.0, -48.0, "from above")],
)
def test_a_steep_view_is_named(yaw, pitch, told):
    """Fifty degrees off square, with the side to leave."""
    view = made_up(yaw_degrees=yaw, pitch_degrees=pitch)
    assert told in advise(view)[0]
    assert quality(view) is Light.DOUBTFUL


@pytest.mark.parametrize("fault", [{"mm_per_px": 0.75}, {"blur_px": 2.2}, {"glare": 0.1}, {"brightness": 20.0}])
def test_each_fault_costs_quality(fault):
    """Of its own column, and of the whole; one sentence says so."""
    column = replace(FINE, **fault)
    view = made_up(FINE, column, FINE, FINE)
    assert light_of(FINE) is Light.GOOD
    assert light_of(column) is not Light.GOOD
    assert quality(view) is not Light.GOOD
    assert len(advise(view)) == 1


def test_what_is_expected_is_what_was_measured():
    """At the measured points exactly; less with fewer pixels, less with more blur, never outside 0 to 1."""
    for height, share in zip(HEIGHTS_PX, READABLE[0], strict=True):
        assert readable(LETTER_MM / height, None) == pytest.approx(share)
    shares = [readable(LETTER_MM / height) for height in np.linspace(1, 40, 60)]
    assert min(np.diff(shares)) > -0.02
    assert min(shares) >= 0
    blurred = [readable(LETTER_MM / NEEDED_PX, blur) for blur in (0.7, 1.0, 2.0, 4.0, 9.0)]
    assert blurred == sorted(blurred, reverse=True)
    assert len(READABLE) == len(BLURS)


def test_needed_letters_are_those_beyond_which_little_is_won():
    """Within four points of the best that was measured, and better than what is half as high by far."""
    needed = readable(LETTER_MM / NEEDED_PX)
    assert needed > max(READABLE[0]) - 0.04
    assert needed - readable(2 * LETTER_MM / NEEDED_PX) > 0.2


def test_a_column_out_of_the_picture_is_told_without_numbers():
    """In the table and in JSON; nothing is infinite or NaN."""
    gone = ColumnView(np.inf, None, 0.0, 0.0, 0.0, "right")
    view = made_up(FINE, FINE, FINE, gone)
    board = scene().board
    told = to_json(view, board)["columns"][3]
    assert (told["mm_per_px"], told["letter_px"], told["read_right"], told["light"]) == (None, None, 0.0, "poor")
    assert any(line.startswith(board.column_labels[3]) and " - " in line for line in rows(view, board))
