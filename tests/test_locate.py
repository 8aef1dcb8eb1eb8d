"""Finding a board's plane and grid: synthetic boards with exact truth, in many makes, under trouble, and what must be refused."""

from dataclasses import replace
from datetime import UTC, date, datetime

import cv2
import numpy as np
import pytest
from doubtful import misplaced
from synth import GRID_STYLES, Synth, scene

from calibration.reference import make_reference
from calibration.rig import Rig
from digitizer.errors import BoardNotFound
from digitizer.event import Board
from digitizer.frames import photo_from_board
from digitizer.grid.find import believed
from digitizer.locate import locate
from digitizer.model import Photo, Pose
from digitizer.settings import LocateSettings

SMALL = (1000, 750)


def corner_error(pose: Pose, truth: Synth) -> float:
    """Mean distance of the grid's corners from the truth, as a share of the grid's width."""
    found = photo_from_board(pose, pose.layout.grid_corners_mm())
    width = np.hypot(*(truth.grid_corners_px[1] - truth.grid_corners_px[0]))
    return float(np.hypot(*(found - truth.grid_corners_px).T).mean() / width)


def photo_of(image: np.ndarray) -> Photo:
    return Photo(np.ascontiguousarray(image), datetime(2026, 11, 22, tzinfo=UTC), "it.png", "0")


def board_of(rows: int, columns: int) -> Board:
    slots = tuple(f"{8 + i:02d}:00" for i in range(rows))
    return Board("main", date(2026, 11, 22), "rooms", tuple(f"R{i}" for i in range(columns)), slots)


@pytest.mark.parametrize("style", GRID_STYLES)
@pytest.mark.parametrize("seed", [1])
def test_a_drawn_grid_is_found(style: str, seed: int) -> None:
    """Of every make, with lines that a hand drew 1 % of a cell off: corners within half a percent, no card in a wrong cell."""
    truth = scene(seed, style=style, size_px=SMALL, unequal=0.0, wobble=0.01)
    pose = locate(truth.photo, truth.board)
    assert pose.method == "grid"
    assert corner_error(pose, truth) < 0.005
    assert misplaced(pose, truth) == []


@pytest.mark.parametrize(
    "trouble",
    [
        {"person": True},
        {"poster": True},
        {"light": 0.35, "noise": 4.0},
        {"tilt_deg": (12.0, 45.0)},
        {"roll_deg": 12.0},
        {"fill": 0.95, "per_cell": 2, "stray": 2},
        {"header_lines": False},
        {"rows": 3, "columns": 2},
        {"rows": 12, "columns": 10},
    ],
    ids=lambda trouble: ",".join(trouble),
)
def test_trouble_moves_no_card_to_another_cell(trouble: dict[str, object]) -> None:
    """People in front, posters beside, dim light, steep views, full boards, open headers, few cells and many."""
    truth = scene(7, style="marker", size_px=(1200, 900), unequal=0.0, **trouble)
    pose = locate(truth.photo, truth.board)
    assert corner_error(pose, truth) < 0.01
    assert misplaced(pose, truth) == []


def test_unequal_columns_stay_unequal() -> None:
    """Edges follow the lines where cells differ by more than a hand wavers."""
    truth = scene(3, style="whiteboard", size_px=SMALL, unequal=0.25)
    pose = locate(truth.photo, truth.board)
    widths = np.diff(pose.layout.column_edges_mm)
    assert np.allclose(widths, np.diff(truth.layout.column_edges_mm), rtol=0.02)


def test_proportions_follow_from_perspective() -> None:
    """Width over height of the grid within 2 %, from one oblique view and no scale."""
    truth = scene(5, style="cork-tape", size_px=SMALL, tilt_deg=(15.0, 30.0))
    layout = locate(truth.photo, truth.board).layout
    assert layout.width_mm / layout.height_mm == pytest.approx(truth.layout.width_mm / truth.layout.height_mm, rel=0.02)


def test_a_bent_image_yields_its_lens() -> None:
    """Barrel distortion shows in the lines, is measured, and put into the pose."""
    truth = scene(4, style="hairline", size_px=SMALL, k1=-0.12, unequal=0.0, tilt_deg=(5.0, -10.0))
    pose = locate(truth.photo, truth.board)
    assert pose.lens is not None
    assert pose.lens.distortion[0] < 0
    assert corner_error(pose, truth) < 0.005


def test_an_upside_down_photo_is_turned() -> None:
    """Headers below and to the right mean that the camera was held upside down: cells come out right, with a warning."""
    truth = scene(2, style="whiteboard", size_px=SMALL)
    pose = locate(photo_of(truth.photo.image[::-1, ::-1]), truth.board)
    turned = replace(truth, cards=tuple(replace(c, corners_px=np.array(SMALL) - 1 - c.corners_px) for c in truth.cards))
    assert misplaced(pose, turned) == []
    assert any("upside down" in warning for warning in pose.warnings)


@pytest.mark.parametrize("style", ["lineless", "column-lines"])
@pytest.mark.parametrize("seed", [1, 4])
def test_labels_alone_make_a_grid(style: str, seed: int) -> None:
    """Header cards, or words and lines between the columns, unequal columns: every card in its cell."""
    truth = scene(seed, style=style, unequal=0.15)
    pose = locate(truth.photo, truth.board)
    assert pose.method == "headers"
    assert misplaced(pose, truth) == []


def test_with_a_calibration_the_reference_decides() -> None:
    """A rig with a reference is followed, from another angle, even where no grid is drawn."""
    first = scene(6, style="lineless", tilt_deg=(5.0, 5.0), unequal=0.15)
    reference = make_reference(first.photo.image, first.board_from_photo, first.layout)
    second = scene(6, style="lineless", tilt_deg=(-8.0, 14.0), unequal=0.15)
    pose = locate(second.photo, second.board, Rig("main", first.layout, reference))
    assert pose.method == "reference"
    assert misplaced(pose, second) == []


@pytest.mark.parametrize("part", ["left", "bottom"])
def test_half_a_board_is_refused_with_numbers(part: str) -> None:
    """A photo cut through the middle of the grid shows no whole board."""
    truth = scene(3, style="cork-tape", size_px=(1200, 900), rows=6, columns=6)
    x, y = truth.grid_corners_px.mean(axis=0).astype(int)
    halves = {"left": np.s_[:, :x], "bottom": np.s_[y:]}
    with pytest.raises(BoardNotFound, match=r"\d+ of \d+ lines in view, and \d+% of their length"):
        locate(photo_of(truth.photo.image[halves[part]]), truth.board)


@pytest.mark.parametrize("change", [(-1, 0), (0, -1), (3, 3)], ids=["a row fewer", "a column fewer", "more of both"])
def test_a_board_of_another_shape_is_refused(change: tuple[int, int]) -> None:
    """An event file with other rows or columns than the board has is told so."""
    truth = scene(8, style="whiteboard", size_px=SMALL, rows=6, columns=5)
    with pytest.raises(BoardNotFound, match="was not found"):
        locate(truth.photo, board_of(6 + change[0], 5 + change[1]))


def test_a_blurred_board_is_refused_as_such() -> None:
    """Tape is found in a photo out of focus, its writing is not: the message names the blur, and a slight one is accepted."""
    truth = scene(9, style="cork-tape", size_px=SMALL, unequal=0.0, columns=5)
    column_px = np.hypot(*(truth.grid_corners_px[1] - truth.grid_corners_px[0])) / 5
    assert locate(photo_of(cv2.GaussianBlur(truth.photo.image, (0, 0), 0.01 * column_px)), truth.board).method == "grid"
    with pytest.raises(BoardNotFound, match=r"smeared over [34]\.\d% of a column"):
        locate(photo_of(cv2.GaussianBlur(truth.photo.image, (0, 0), 0.04 * column_px)), truth.board)


def test_something_else_is_refused() -> None:
    """Noise, a blank wall, a checkerboard, one pixel, and a board blurred beyond its lines."""
    rng = np.random.default_rng(0)
    checkers = np.kron(np.indices((12, 16)).sum(0) % 2 * 255, np.ones((50, 50))).astype(np.uint8)
    blurred = cv2.GaussianBlur(scene(1, style="hairline", size_px=SMALL).photo.image, (0, 0), 12)
    others = [rng.integers(0, 255, (600, 800, 3), dtype=np.uint8), np.full((600, 800, 3), 190, np.uint8), np.zeros((1, 1, 3), np.uint8)]
    for image in [*others, cv2.cvtColor(checkers, cv2.COLOR_GRAY2BGR), blurred]:
        with pytest.raises(BoardNotFound):
            locate(photo_of(image), board_of(5, 5))


def test_a_double_line_sets_headers_off() -> None:
    """A second rule above the first row, of the same pen, is no row of its own: the board is found, each card in its cell."""
    truth = scene(8, style="marker", size_px=SMALL, rows=6, columns=5, unequal=0.0, tilt_deg=(4.0, -6.0))
    image = truth.photo.image.copy()
    above = -0.15 * truth.layout.row_edges_mm[1]
    ends = truth.photo_from_mm(np.array([[-120.0, above], [truth.layout.width_mm, above]]))
    cv2.line(image, *(tuple(int(v) for v in end) for end in ends), (150, 60, 30), 3, cv2.LINE_AA)
    pose = locate(photo_of(image), truth.board)
    assert corner_error(pose, truth) < 0.01
    assert misplaced(pose, truth) == []


@pytest.mark.parametrize(("seen", "lead", "believes"), [(15.0, 0.2, False), (17.0, 0.2, True), (15.0, 1.3, True)])
def test_no_grid_is_believed_where_hidden_lines_decide(seen: float, lead: float, believes: bool) -> None:
    """Two grids that are nearly as likely, and differ in lines that nobody sees: where the board ends would be a guess."""
    good = {"support": 0.85, "weaker_axis": 0.8, "worth": 0.88, "hollow": 0.0, "overrun": 0.0, "missing": 0.1, "passed_over": 0.0}
    assert believed({**good, "lines": 17.0, "lines_seen": seen, "lead": lead}, LocateSettings()) is believes
