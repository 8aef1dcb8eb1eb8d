"""Rectify: the board square on, lens and light undone."""

import numpy as np
import pytest
from synth import Synth, scene

from calibration.rig import Cell
from digitizer.frames import photo_from_board
from digitizer.model import Pose, Sheet
from digitizer.rectify import MAP_STEP_PX, rectify, rectify_again


def pose_of(drawn: Synth) -> Pose:
    """The true pose of a drawn scene."""
    lens = drawn.lens if drawn.scene.k1 else None
    return Pose(drawn.board_from_photo, drawn.layout, "truth", {}, 0.0, lens)


def sheet_px(sheet: Sheet, points_mm: np.ndarray) -> np.ndarray:
    """Board mm -> sheet px."""
    inverse = np.linalg.inv(sheet.board_from_sheet)
    return points_mm @ inverse[:2, :2].T + inverse[:2, 2]


def patch_at(image: np.ndarray, point_px: np.ndarray, half: int = 4) -> np.ndarray:
    """A small square about a point."""
    x, y = np.rint(point_px).astype(int)
    return image[y - half : y + half, x - half : x + half].reshape(-1, 3)


@pytest.fixture(scope="module")
def bent() -> tuple[Synth, Sheet]:
    """A tilted board through a lens that bends."""
    drawn = scene(4, style="whiteboard", rows=4, columns=5, k1=-0.12, tilt_deg=(18.0, -22.0), size_px=(1600, 1200), title=False)
    return drawn, rectify(drawn.photo, pose_of(drawn))


@pytest.mark.parametrize("k1", [0.0, -0.15])
def test_it_projects_board_points_as_the_camera_does(k1: float) -> None:
    """Lens and plane together agree with the drawn camera to a twentieth of a pixel."""
    drawn = scene(1, k1=k1)
    corners_mm = drawn.layout.grid_corners_mm()
    assert np.abs(photo_from_board(pose_of(drawn), corners_mm) - drawn.photo_from_mm(corners_mm)).max() < 0.05


def test_it_puts_each_card_where_the_board_frame_says(bent: tuple[Synth, Sheet]) -> None:
    """Under tilt and lens, a card's paper shows at its corners (a little inside), and no longer a little outside."""
    drawn, sheet = bent
    for card in drawn.cards:
        centre = card.corners_mm.mean(axis=0)
        for corner in card.corners_mm:
            inside = patch_at(sheet.image, sheet_px(sheet, centre + 0.94 * (corner - centre)), 2).mean(axis=0)
            assert np.abs(inside / max(inside.max(), 1) - np.array(card.bgr) / max(card.bgr)).max() < 0.15, card.title


def test_it_keeps_the_pixels_that_the_photo_has(bent: tuple[Synth, Sheet]) -> None:
    """The sheet is about as dense as the photo on the grid, and not larger than the photo."""
    drawn, sheet = bent
    across = np.linalg.norm(drawn.grid_corners_px[1] - drawn.grid_corners_px[0]) / drawn.layout.width_mm
    assert 0.9 * across < sheet.px_per_mm < 1.8 * across
    assert sheet.image.shape[0] * sheet.image.shape[1] <= 1.05 * drawn.photo.image.shape[0] * drawn.photo.image.shape[1]


def test_it_evens_the_light_of_a_blank_board() -> None:
    """A fall-off of light over the board is gone between cell centres, though cards fill half of the cells."""
    drawn = scene(9, style="hairline", rows=5, columns=5, fill=0.5, size_px=(1600, 1200), noise=1.0)
    sheet = rectify(drawn.photo, pose_of(drawn))
    empty = [drawn.layout.corners_mm(cell).mean(axis=0) for cell in _empty_cells(drawn)]
    raw = np.array([patch_at(sheet.image, sheet_px(sheet, c[None])[0]).mean() for c in empty])
    even = np.array([patch_at(sheet.even, sheet_px(sheet, c[None])[0]).mean() for c in empty])
    assert np.ptp(raw) > 12
    assert np.ptp(even) < 0.4 * np.ptp(raw)


def _empty_cells(drawn: Synth) -> list[Cell]:
    taken = {card.cell for card in drawn.cards}
    every = [Cell(r, c) for r in range(drawn.layout.rows) for c in range(drawn.layout.columns)]
    return [cell for cell in every if cell not in taken]


def test_it_says_where_the_photo_does_not_reach() -> None:
    """A board that leaves the photo at the right is unseen there, and seen elsewhere."""
    drawn = scene(2, rows=4, columns=4, zoom=1.5)
    sheet = rectify(drawn.photo, pose_of(drawn))
    corners = np.rint(sheet_px(sheet, drawn.layout.grid_corners_mm())).astype(int)
    outside = [not ((p >= 0) & (p < drawn.scene.size_px)).all() for p in drawn.grid_corners_px]
    assert any(outside)
    for (x, y), out in zip(corners, outside, strict=True):
        assert bool(sheet.seen[np.clip(y, 0, sheet.seen.shape[0] - 1), np.clip(x, 0, sheet.seen.shape[1] - 1)]) is not out


def test_how_far_the_photo_reaches_is_told_to_a_step() -> None:
    """Along its whole edge; it is looked up at every sixteenth pixel alone."""
    drawn = scene(2, rows=4, columns=4, zoom=1.5)
    sheet = rectify(drawn.photo, pose_of(drawn))
    height, width = sheet.seen.shape
    places = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1).reshape(-1, 2).astype(np.float64)
    board_mm = places @ sheet.board_from_sheet[:2, :2].T + sheet.board_from_sheet[:2, 2]
    in_photo = photo_from_board(pose_of(drawn), board_mm)
    far = np.minimum(in_photo, np.array(drawn.scene.size_px) - 1 - in_photo).min(axis=1).reshape(height, width)  # px within the photo
    assert sheet.seen[far > MAP_STEP_PX].all()
    assert not sheet.seen[far < -MAP_STEP_PX].any()
    assert (far < -MAP_STEP_PX).any()


def test_it_sees_a_part_anew_as_it_was_in_the_whole(bent: tuple[Synth, Sheet]) -> None:
    """A window rectified again has the pixels that the whole sheet has there."""
    drawn, sheet = bent
    box = (300, 200, 700, 520)
    part = rectify_again(drawn.photo, pose_of(drawn), sheet, box)
    whole = sheet.image[box[1] : box[3], box[0] : box[2]].astype(int)
    assert np.abs(part.image.astype(int) - whole).mean() < 1.0


def test_its_values_are_read_only(bent: tuple[Synth, Sheet]) -> None:
    """Nobody downstream can change a sheet."""
    _, sheet = bent
    with pytest.raises(ValueError, match="read-only"):
        sheet.image[0, 0] = 0
