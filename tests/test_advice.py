"""calibration.advice: what is wrong with a view is measured and said; a good view is left in peace."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import cv2
import numpy as np
import pytest
import synth

from calibration.advice import View, advise, look, quality
from digitizer.calibrate import Marks, rig_from_photo

SIZE = (2400, 1600)


@lru_cache(maxsize=8)
def scene(tilt: tuple[float, float] = (3.0, 4.0), blur_px: float = 0.6, size: tuple[int, int] = SIZE) -> synth.Synth:
    """A board of four columns that fills most of the photo."""
    return synth.scene(5, style="marker", rows=3, columns=4, zoom=0.96, tilt_deg=tilt, roll_deg=0.0, blur_px=blur_px, size_px=size)


def view_of(board: synth.Synth, image: np.ndarray | None = None) -> View:
    """The view of a scene, or of a picture taken like it."""
    return look(board.photo.image if image is None else image, board.board_from_photo, board.layout)


def test_a_good_view_needs_nothing():
    """Near, square on, sharp, bright."""
    view = view_of(scene())
    assert advise(view) == ()
    assert quality(view) == "good"


def test_scale_and_tilt_are_true():
    """Against the camera that drew the scene."""
    board = scene(tilt=(8.0, 30.0))
    view = view_of(board)
    left, right = board.grid_corners_px[0], board.grid_corners_px[1]
    assert view.mm_per_px == pytest.approx(board.layout.width_mm / np.linalg.norm(right - left), rel=0.25)
    assert view.worst_mm_per_px > view.mm_per_px
    assert view.tilt_degrees == pytest.approx(31, abs=3)


def test_too_far_says_how_much_closer():
    """A third of the pixels: the same view is poor, and the step is a number."""
    far = scene(size=(640, 480))
    view = view_of(far)
    assert quality(view) == "poor"
    assert any("closer" in sentence and " m " in sentence for sentence in advise(view))


@pytest.mark.parametrize("blur", [1.0, 2.0, 4.0])
def test_blur_is_measured_in_mm(blur):
    """Within a third of what was drawn: the drawing's own edges add to it."""
    board = scene(blur_px=blur)
    view = view_of(board)
    assert view.blur_mm == pytest.approx(blur * view.mm_per_px, rel=0.34)


def test_blur_is_named():
    """Four px of blur on a board of half a mm a px."""
    assert any("blurred" in sentence for sentence in advise(view_of(scene(blur_px=4.0))))


def test_glare_and_darkness_are_named():
    """A burnt-out patch; and the lights off."""
    board = scene()
    burnt = board.photo.image.copy()
    x, y = board.grid_corners_px.mean(axis=0).astype(int)
    cv2.circle(burnt, (int(x), int(y)), 220, (255, 255, 255), cv2.FILLED)
    assert any("burnt out" in sentence for sentence in advise(view_of(board, burnt)))
    assert any("dark" in sentence for sentence in advise(view_of(board, (board.photo.image * 0.1).astype(np.uint8))))


def test_what_is_cut_off_is_named_with_the_way_to_turn():
    """The camera looks too far left: the last room is out of the picture."""
    board = scene()
    shift = 0.35 * SIZE[0]
    unmoved = np.array([[1.0, 0, -shift], [0, 1, 0], [0, 0, 1]])
    view = look(board.photo.image, board.board_from_photo @ unmoved, board.layout)
    assert view.columns[0] == 1.0
    assert view.columns[-1] < 1.0
    assert quality(view) == "poor"
    assert "Oak" in advise(view, ("Hall", "Barn", "Loft", "Oak"))[0]
    assert "to the right" in advise(view)[0]


def test_a_steep_view_is_named():
    """Fifty degrees off square."""
    view = view_of(scene(tilt=(0.0, 50.0)))
    assert any("off square" in sentence for sentence in advise(view))


def test_each_fault_costs_quality():
    """Quality is good only while nothing is amiss."""
    fine = View(0.5, 0.55, 0.4, 0.0, 200.0, 10.0, 2000.0, (1.0, 1.0))
    assert quality(fine) == "good"
    for fault in ({"worst_mm_per_px": 0.8}, {"blur_mm": 1.5}, {"glare": 0.1}, {"brightness": 20.0}, {"tilt_degrees": 60.0}):
        assert quality(replace(fine, **fault)) == "doubtful", fault
        assert len(advise(replace(fine, **fault))) == 1, fault


def test_a_calibration_says_what_to_change():
    """Made from too far, it names the step; made from a good view, it rests its case."""
    far, near = scene(size=(900, 600)), scene()
    marks = [Marks(corners_px=tuple(board.grid_corners_px.ravel())) for board in (far, near)]
    assert "closer" in rig_from_photo(far.photo, far.board, marks[0])[1]
    assert "closer" not in rig_from_photo(near.photo, near.board, marks[1])[1]
