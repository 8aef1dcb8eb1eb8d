"""Finding a board by the printed kit: how exactly, with how few markers, and what is refused with which words."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from kit_scenes import KitPhoto, kit_scene

from calibration.kit import BOARD_DICTIONARY, Corner
from calibration.reference import make_reference
from calibration.rig import Rig, readonly
from digitizer.errors import BoardNotFound
from digitizer.frames import board_from_photo, photo_from_board
from digitizer.grid.markers import find_markers
from digitizer.locate import locate
from digitizer.settings import MarkerSettings

SMALL = (1600, 1200)
TILT = (12.0, -15.0)


def found(truth: KitPhoto, rig=None):
    """The pose of Friday's board in a photo."""
    return locate(truth.photo, truth.event.board("friday"), rig)


def corner_error(pose, truth: KitPhoto) -> float:
    """Mean distance of the grid's corners from the truth, as a share of the grid's width."""
    off = np.hypot(*(photo_from_board(pose, pose.layout.grid_corners_mm()) - truth.grid_corners_px).T)
    return float(off.mean() / np.hypot(*(truth.grid_corners_px[1] - truth.grid_corners_px[0])))


@pytest.mark.parametrize(
    "trouble",
    [
        {"tilt_deg": TILT},
        {"tilt_deg": (-20.0, 20.0), "blur_px": 1.5, "noise": 6.0},
        {"light": 0.45, "slope": (0.4, 0.3), "lines": False},
        {"roll_deg": 178.0},
        {"k1": -0.06, "strips": False},
        {"size_px": (1280, 960), "tilt_deg": (3.0, 24.0)},
    ],
    ids=lambda trouble: "-".join(trouble),
)
def test_the_corners_are_exact(trouble):
    """Within 0.05 % of the grid's width on the mean, whatever the angle, the light and the lens; the size in millimetres is known."""
    truth = kit_scene(1, cards=0.15, **{"size_px": SMALL, **trouble})
    pose = found(truth)
    assert pose.method == "markers"
    assert corner_error(pose, truth) < 0.0005
    assert pose.layout.scale_is_known
    assert pose.layout.width_mm == pytest.approx(truth.layout.width_mm, rel=0.04)


@pytest.mark.parametrize("missing", [(Corner.BOTTOM_RIGHT,), (Corner.TOP_LEFT,), (Corner.TOP_LEFT, Corner.BOTTOM_RIGHT)], ids=str)
def test_fewer_corners_and_the_strips_do(missing):
    """Every card stays in its cell; the corners are then known as exactly as strips are hung by eye."""
    truth = kit_scene(3, size_px=SMALL, tilt_deg=TILT, missing=missing, cards=0.4)
    pose = found(truth)
    assert pose.evidence["corners"] == 4 - len(missing)
    assert corner_error(pose, truth) < 0.006
    middles = board_from_photo(pose, np.array([card.corners_px.mean(axis=0) for card in truth.cards]))
    assert [pose.layout.cell_at(*at) for at in middles.tolist()] == [card.cell for card in truth.cards]


def test_one_marker_is_too_few_and_the_message_says_which_are_wanted():
    """Without lines to fall back on: how many, which, where, how many are needed, what to do."""
    missing = (Corner.TOP_LEFT, Corner.TOP_RIGHT, Corner.BOTTOM_RIGHT)
    with pytest.raises(BoardNotFound) as refused:
        found(kit_scene(4, size_px=SMALL, missing=missing, strips=False, lines=False, cards=0.0))
    expected = "Found 1 of 4 board markers (id 3) in kit-4.png; 2 are needed. Uncover markers 0, 1, 2 or step back."
    assert str(refused.value) == expected


def test_two_corners_without_strips_tell_no_size():
    """They are refused, with the number of strips that were seen."""
    missing = (Corner.BOTTOM_LEFT, Corner.BOTTOM_RIGHT)
    with pytest.raises(BoardNotFound, match=r"Found 2 of 4 board markers \(ids 0, 1\) .* with 0 of 9 strips .* Uncover markers 2, 3"):
        found(kit_scene(4, size_px=SMALL, missing=missing, strips=False, lines=False, cards=0.0))


def test_another_days_board_is_refused_by_both_names():
    """Saturday's photo given for Friday publishes nothing, even where Friday's board looks the same."""
    truth = kit_scene(5, size_px=SMALL, board_id="saturday", cards=0.1)
    with pytest.raises(BoardNotFound, match=r'shows board "saturday", not "friday"\. Found 4 markers of "saturday" \(ids 4, 5, 6, 7\)'):
        found(truth)
    assert locate(truth.photo, truth.event.board("saturday")).method == "markers"


def test_without_markers_a_board_is_found_as_before():
    """By its lines; and by the lines too where one marker is in view, as long as it agrees."""
    plain = found(kit_scene(6, size_px=SMALL, missing=tuple(Corner), strips=False, cards=0.1))
    assert plain.method == "grid"
    one = found(kit_scene(6, size_px=SMALL, missing=(Corner.TOP_LEFT, Corner.TOP_RIGHT, Corner.BOTTOM_RIGHT), strips=False, cards=0.1))
    assert one.method == "grid"


def test_a_grid_that_a_marker_contradicts_is_not_believed():
    """A tile in the middle of a board says that its corner is there."""
    truth = kit_scene(6, size_px=SMALL, missing=tuple(Corner)[:3], strips=False, cards=0.0)
    left, top = np.round(truth.grid_corners_px[3]).astype(int)
    side = 200
    tile = truth.photo.image[top : top + side, left - side : left].copy()
    wall = truth.photo.image[top - 10 : top, left - 10 : left].mean(axis=(0, 1))
    image = truth.photo.image.copy()
    image[top + 4 : top + side, left - side : left - 4] = wall
    middle = np.round(truth.grid_corners_px.mean(axis=0)).astype(int)
    image[middle[1] : middle[1] + side, middle[0] : middle[0] + side] = tile
    with pytest.raises(BoardNotFound, match=r"Found 1 of 4 board markers \(id 3\)"):
        locate(replace(truth.photo, image=readonly(image)), truth.event.board("friday"))


def test_a_tile_that_hangs_turned_is_named():
    """With the angle; its angle cannot touch the grid's corner that way."""
    truth = kit_scene(7, size_px=SMALL, cards=0.0, crooked_deg=0.0)
    x, y = np.round(truth.grid_corners_px[0]).astype(int)
    image = truth.photo.image.copy()
    part = image[y - 120 : y, x - 120 : x]
    part[:] = np.rot90(part)
    with pytest.raises(BoardNotFound, match=r"Board marker 0 in kit-7\.png hangs turned by -?9\d degrees|hang at wrong corners"):
        locate(replace(truth.photo, image=readonly(image)), truth.event.board("friday"))


def test_the_dividers_of_a_calibration_stand_above_the_strips():
    """A person put them there; the markers say where the board is now."""
    truth = kit_scene(8, size_px=SMALL, cards=0.1)
    pose = found(truth)
    uneven = replace(pose.layout, column_edges_mm=(0.0, 100.0, 400.0, 500.0, 700.0, 850.0))
    reference = make_reference(truth.photo.image, pose.board_from_photo, uneven)
    again = found(truth, Rig("friday", uneven, reference))
    assert again.method == "markers"
    assert np.array(again.layout.column_edges_mm) / again.layout.width_mm == pytest.approx(np.array(uneven.column_edges_mm) / 850.0)


def test_nothing_in_a_photo_without_a_kit_passes_for_a_marker():
    """Not in noise, not in a hundred thousand chance squares of black and white."""
    rng = np.random.default_rng(0)
    squares = cv2.resize(rng.integers(0, 2, (150, 200)).astype(np.uint8) * 255, (1600, 1200), interpolation=cv2.INTER_NEAREST)
    bordered = np.full((1200, 1600), 255, np.uint8)
    for x in range(20, 1500, 110):
        for y in range(20, 1100, 110):
            bordered[y : y + 80, x : x + 80] = 0
            bordered[y + 10 : y + 70, x + 10 : x + 70] = np.kron(rng.integers(0, 2, (6, 6)), np.ones((10, 10))) * 255
    for gray in (squares, bordered):
        assert find_markers(np.dstack([gray] * 3), MarkerSettings(), BOARD_DICTIONARY) == {}
