"""boardcast calibrate --lens: from the printed target to a rig whose board is found again through a bent lens."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
import synth
from click.testing import CliRunner
from test_kit import order_of

from calibration.lens import Target, sight, undistorted_points
from calibration.plane import apply, homography
from calibration.rigfile import load_rig
from digitizer.calibrate import Marks, rig_from_photo
from digitizer.cli import cli
from digitizer.errors import CalibrationError
from digitizer.frames import photo_from_board
from digitizer.kit.order import PAPERS
from digitizer.kit.raster import to_picture
from digitizer.kit.target_page import target_page
from digitizer.kit.typeface import load_typeface
from digitizer.locate import locate

SIZE = (1600, 1200)
PX_PER_MM = 4.0
VIEWS = [(0, 0, 0), (25, 0, 5), (-25, 10, -4), (0, 30, 0), (5, -30, 8), (20, 20, 0), (-15, -20, 20), (10, 10, 90)]
PLACES = [(0, 0), (-60, -35), (60, 35), (80, -45), (-80, 45), (-45, 55), (45, -50), (0, 0)]


def scene(k1):
    """The board through a lens, or through none."""
    return synth.scene(5, style="whiteboard", rows=3, columns=4, fill=0.3, k1=k1, size_px=SIZE, tilt_deg=(6.0, -8.0), roll_deg=0.0)


@pytest.fixture(scope="module")
def board():
    """A board seen through a lens that bends its lines by a good part of a card."""
    return scene(k1=-0.16)


@pytest.fixture(scope="module")
def page():
    """The kit's page as it is printed, gray."""
    picture = to_picture(target_page(order_of(load_typeface())), PX_PER_MM, load_typeface())
    return cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, board, page):
    """Photos of that page with the board's camera."""
    out = tmp_path_factory.mktemp("target")
    for number, (view, place) in enumerate(zip(VIEWS, PLACES, strict=True)):
        cv2.imwrite(str(out / f"IMG_{number}.jpg"), photographed(page, board.lens, view, place), [cv2.IMWRITE_JPEG_QUALITY, 92])
    return out


def photographed(page, lens, view, place):
    """The page turned by degrees about x, y, z, its middle moved by mm, as the lens shows it from 30 cm."""
    turn = cv2.Rodrigues(np.radians(np.array(view, float)))[0]
    middle = np.array([page.shape[1], page.shape[0], 0.0]) / PX_PER_MM / 2
    at = np.array([*place, 300.0]) - turn @ middle
    grid = np.stack(np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1])), -1).reshape(-1, 1, 2).astype(np.float64)
    straight = cv2.undistortPoints(grid, lens.matrix, lens.distortion, P=lens.matrix)
    page_from_photo = np.diag([PX_PER_MM, PX_PER_MM, 1.0]) @ np.linalg.inv(lens.matrix @ np.c_[turn[:, :2], at])
    source = cv2.perspectiveTransform(straight, page_from_photo).reshape(SIZE[1], SIZE[0], 2).astype(np.float32) - 0.5
    photo = cv2.remap(page, source, None, cv2.INTER_AREA, borderMode=cv2.BORDER_CONSTANT, borderValue=150)
    noisy = cv2.GaussianBlur(photo, (0, 0), 0.8) + np.random.default_rng(1).normal(0, 2, photo.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def scene_files(tmp_path, board):
    """The board's photo and event.toml on disk; the options that name them."""
    cv2.imwrite(str(tmp_path / "board.png"), board.photo.image)
    rows = "\n".join(f"{name} = {json.dumps(list(getattr(board.board, name)))}" for name in ("rooms", "slots"))
    head = '[event]\nname = "Made up"\ntimezone = "Europe/Berlin"\n[[board]]\n'
    text = f'{head}id = "{board.board.id}"\ndate = {board.board.date}\ncolumns = "{board.board.columns}"\n{rows}\n'
    (tmp_path / "event.toml").write_text(text, encoding="utf-8")
    return [str(tmp_path / "board.png"), "--event", str(tmp_path / "event.toml"), "-o", str(tmp_path / "rig.toml")]


@pytest.mark.parametrize("paper", PAPERS)
def test_the_printed_target_is_the_one_that_is_looked_for(paper):
    """All its corners are seen on the page as drawn, where the target has them, on either paper; nothing is cut off by a printer."""
    order = order_of(load_typeface(), paper=paper)
    drawn = target_page(order)
    seen = sight(to_picture(drawn, PX_PER_MM, load_typeface()), Target())
    assert len(seen.points_px) == (Target().columns - 1) * (Target().rows - 1)
    apart = apply(homography(seen.target_mm[:, :2], seen.points_px), seen.target_mm[:, :2]) - seen.points_px
    assert np.abs(apart).max() < 0.3
    width, height = drawn.size_mm
    assert min(width - 7 * Target().square_mm, height - 5 * Target().square_mm) > 2 * 6


def test_the_kit_has_the_target_where_it_is_asked_for(tmp_path):
    """One page more, listed on the first."""
    options = ["kit", "--event", "samples/webcam-0/event.toml", "-o", str(tmp_path / "kit.pdf")]
    plain = CliRunner().invoke(cli, options)
    more = CliRunner().invoke(cli, [*options, "--target"])
    pages = [int(told.stderr.split(" pages")[0].split()[-1]) for told in (plain, more)]
    assert pages[1] == pages[0] + 1


def test_a_lens_is_measured_saved_and_used(tmp_path, board, folder):
    """The true lens to 1.5 px all over the picture; through it the board is found again as well as through none, to a px."""
    told = CliRunner().invoke(cli, ["calibrate", *scene_files(tmp_path, board), "--lens", str(folder), "--json", "-"])
    assert told.exit_code == 0, told.stderr
    assert "8 of 8 photos" in told.stderr
    assert "reprojected to 0." in told.stderr
    rig = load_rig(tmp_path / "rig.toml")
    places = np.stack(np.meshgrid(np.linspace(80, 1520, 9), np.linspace(60, 1140, 7)), -1).reshape(-1, 2)
    ours, true = undistorted_points(places, rig.lens), undistorted_points(places, board.lens)
    assert np.abs(apply(homography(ours, true), ours) - true).max() < 1.5
    pose = locate(board.photo, board.board, rig)
    assert pose.lens is not None
    plain = scene(k1=0.0)
    straight = locate(plain.photo, plain.board, rig_from_photo(plain.photo, plain.board, Marks())[0])
    assert off(pose, board) < off(straight, plain) + 1


def off(pose, board):
    """How far the grid's corners are from where they are, px, at most."""
    return np.abs(photo_from_board(pose, pose.layout.grid_corners_mm()) - board.grid_corners_px).max()


def test_corners_by_hand_go_through_the_lens(tmp_path, board, folder):
    """Inner dividers of the true grid lie where they are in the photo, though only the corners were marked."""
    corners = ",".join(str(value) for value in board.grid_corners_px.ravel())
    told = CliRunner().invoke(cli, ["calibrate", *scene_files(tmp_path, board), "--lens", str(folder), "--corners", corners])
    assert told.exit_code == 0, told.stderr
    rig = load_rig(tmp_path / "rig.toml")
    middle_px = apply(np.linalg.inv(rig.reference.board_from_photo), np.array([[rig.layout.width_mm / 2, 0.0]]))
    true_px = undistorted_points(board.photo_from_mm(np.array([[board.layout.width_mm / 2, 0.0]])), board.lens)
    bent_px = board.grid_corners_px[:2].mean(axis=0)
    assert (
        np.linalg.norm(middle_px - true_px)
        < 3
        < np.linalg.norm(bent_px - board.photo_from_mm(np.array([[board.layout.width_mm / 2, 0.0]])))
    )


def test_too_few_photos_are_refused_with_numbers(tmp_path, board, folder):
    """Which photo shows how many corners; exit code 5, and no rig."""
    few = tmp_path / "few"
    few.mkdir()
    for name in ("IMG_0.jpg", "IMG_1.jpg"):
        (few / name).write_bytes((folder / name).read_bytes())
    told = CliRunner().invoke(cli, ["calibrate", *scene_files(tmp_path, board), "--lens", str(few)])
    assert told.exit_code == 5
    assert "2 of 2 photos show enough of the target; 5 are needed" in told.stderr
    assert "Corners found: 24, " in told.stderr
    assert not (tmp_path / "rig.toml").exists()


def test_a_folder_that_is_not_there_is_named(tmp_path, board):
    """With what to give instead."""
    told = CliRunner().invoke(cli, ["calibrate", *scene_files(tmp_path, board), "--lens", str(tmp_path / "nowhere")])
    assert told.exit_code == 5
    assert "nowhere" in told.stderr


def test_a_lens_of_another_camera_is_refused(board):
    """Its photos have another size: undoing it would bend what is straight."""
    other = synth.scene(5, style="whiteboard", rows=3, columns=4, size_px=(1200, 900))
    with pytest.raises(CalibrationError, match="1200x900"):
        rig_from_photo(other.photo, other.board, Marks(lens=board.lens))
