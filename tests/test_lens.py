"""calibration.lens: a lens drawn with known numbers is measured from photos of a target, or the photos are named that do not do."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from calibration.lens import Target, lens_for, measure_lens, sight, undistorted, undistorted_points
from calibration.plane import apply, homography
from calibration.rig import Lens

SIZE = (960, 720)
TRUE = Lens(np.array([[820.0, 0, 486], [0, 820.0, 352], [0, 0, 1]]), np.array([-0.18, 0.05, 0.0, 0.0, 0.0]), SIZE, 0.0)
TARGET = Target(square_mm=40.0, marker_mm=30.0)
VIEWS = [(0, 0, 0, 300), (25, 0, 5, 330), (-25, 10, -4, 330), (0, 30, 0, 330), (5, -30, 8, 330), (20, 20, 0, 360), (-15, -20, 20, 300)]
PLACES = [(0, 0), (-60, -30), (60, 30), (70, -40), (-70, 40), (-40, 50), (40, -45)]


def photo_of_target(view: tuple[float, ...], place: tuple[float, float]) -> np.ndarray:
    """The target turned by degrees about x, y, z at a distance, its middle moved by mm, as the true lens shows it."""
    px_per_mm = 4
    flat = TARGET.board().generateImage((TARGET.columns * 40 * px_per_mm, TARGET.rows * 40 * px_per_mm))
    turn = cv2.Rodrigues(np.radians(view[:3]))[0]
    middle = np.array([TARGET.columns * 20.0, TARGET.rows * 20.0, 0])
    at = np.array([*place, view[3]]) - turn @ middle
    grid = np.stack(np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1])), -1).reshape(-1, 1, 2).astype(np.float64)
    straight = cv2.undistortPoints(grid, TRUE.matrix, TRUE.distortion, P=TRUE.matrix)
    flat_from_photo = np.diag([px_per_mm, px_per_mm, 1.0]) @ np.linalg.inv(TRUE.matrix @ np.c_[turn[:, :2], at])
    source = cv2.perspectiveTransform(straight, flat_from_photo).reshape(SIZE[1], SIZE[0], 2).astype(np.float32) - 0.5
    return cv2.remap(flat, source, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=200)


@pytest.fixture(scope="module")
def photos() -> list[np.ndarray]:
    """Seven views that reach the rims."""
    return [photo_of_target(view, place) for view, place in zip(VIEWS, PLACES, strict=True)]


def test_a_known_lens_is_measured(photos):
    """Focal length within half a per cent, and the bend of lines within a px wherever the target was."""
    fit = measure_lens(iter(photos), TARGET)
    lens = fit.lens
    assert (fit.used, fit.given) == (7, 7)
    assert fit.corners > 7 * 12
    assert 0.6 < fit.covered <= 1
    assert lens.matrix[0, 0] == pytest.approx(820, rel=0.005)
    assert lens.rms_px < 0.5
    places = np.stack(np.meshgrid(np.linspace(60, 900, 9), np.linspace(50, 670, 7)), -1).reshape(-1, 2)
    ours, true = undistorted_points(places, lens), undistorted_points(places, TRUE)
    apart = apply(homography(ours, true), ours) - true  # a shift of the principal point is the camera's pose, not its lens
    assert np.abs(apart).max() < 1.0


def test_colour_photos_do_as_well(photos):
    """BGR as capture gives them."""
    seen = sight(cv2.cvtColor(photos[0], cv2.COLOR_GRAY2BGR), TARGET)
    assert len(seen.points_px) == (TARGET.columns - 1) * (TARGET.rows - 1)


def test_undoing_a_lens_makes_lines_straight(photos):
    """Corners of one row of the target lie on a line once the lens is undone in the picture, and did not before."""

    def bend(image: np.ndarray) -> float:
        seen = sight(image, TARGET)
        row = seen.points_px[seen.target_mm[:, 1] == seen.target_mm[0, 1]]
        slope, offset = np.polyfit(row[:, 0], row[:, 1], 1)
        return float(np.abs(row[:, 1] - slope * row[:, 0] - offset).max())

    assert bend(undistorted(photos[0], TRUE)) < 0.3
    assert bend(photos[0]) > 2 * 0.3


def test_points_and_pictures_agree(photos):
    """A corner found in the undone picture lies where the undone point of the first lies; at half the size too."""
    before, after = sight(photos[1], TARGET), sight(undistorted(photos[1], TRUE), TARGET)
    common = {tuple(mm): point for mm, point in zip(before.target_mm, before.points_px, strict=True)}
    pairs = [(common[tuple(mm)], point) for mm, point in zip(after.target_mm, after.points_px, strict=True) if tuple(mm) in common]
    assert len(pairs) > 12
    moved = undistorted_points(np.array([p[0] for p in pairs]), TRUE)
    assert np.abs(moved - np.array([p[1] for p in pairs])).max() < 0.5


@pytest.mark.parametrize(
    ("choose", "says"),
    [
        (lambda _: [], "No photos"),
        (lambda p: p[:3], "3 of 3 photos"),
        (lambda _: [np.full((720, 960), 120, np.uint8)] * 6, "0 of 6 photos"),
        (lambda p: [*p[:5], p[5][:600]], "different sizes"),
    ],
)
def test_photos_that_do_not_do_are_named(photos, choose, says):
    """None, too few, without the target, of two cameras."""
    with pytest.raises(ValueError, match=says):
        measure_lens(choose(photos))


def test_views_square_on_are_refused():
    """They leave the focal length open, wherever in the photo the target is."""
    flat = [photo_of_target((0, 0, turn, 420), place) for turn, place in zip(range(0, 14, 2), PLACES, strict=True)]
    with pytest.raises(ValueError, match="square on"):
        measure_lens(flat)


def test_a_target_in_the_middle_only_is_refused():
    """Distortion shows at the rim."""
    far = [photo_of_target((*view[:3], 900), (0, 0)) for view in VIEWS]
    with pytest.raises(ValueError, match="rims"):
        measure_lens(far)


def test_a_lens_holds_for_its_own_photos_only():
    """A phone's photo of a board that has a webcam."""
    assert lens_for(TRUE, SIZE) is TRUE
    assert lens_for(TRUE, (4032, 3024)) is None
    assert lens_for(None, SIZE) is None
