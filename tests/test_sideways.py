"""A photo by a camera on its side or head, without EXIF: the board is found, the right way up, or it is said that nobody knows."""

import cv2
import numpy as np
import pytest
from synth import Synth, scene
from test_locate import SMALL, board_of, corner_error, photo_of

from calibration.rig import Lens
from digitizer import sideways
from digitizer.errors import BoardNotFound
from digitizer.frames import photo_from_board
from digitizer.locate import locate
from digitizer.model import Pose

QUARTERS = [cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_90_COUNTERCLOCKWISE]


class Names:
    """Stands where names are read: they stand beside a grid whose first cell is where it truly is, ``legible`` ones alone."""

    def __init__(self, first_px: np.ndarray, legible: bool = True) -> None:
        self.first_px, self.legible = first_px, legible

    def vouch(self, pose: Pose, **_: bool):
        """By where the grid's first corner lies."""
        corner = photo_from_board(pose, np.zeros((1, 2)))[0]
        return (["R0"], ["08:00"]) if self.legible and np.hypot(*(corner - self.first_px)) < 20 else None

    def deny(self, _pose: Pose) -> bool:
        """Names on their side are not read."""
        return False

    def leans(self, _pose: Pose) -> bool:
        """A flat board."""
        return False

    def strangers(self, _pose: Pose, _reference) -> tuple[()]:
        """No calibration."""
        return ()

    def grids(self) -> tuple[()]:
        """Names alone are not asked here."""
        return ()


def on_its_side(drawn: Synth, quarter: int) -> tuple[np.ndarray, np.ndarray]:
    """The photo turned, and where the corners of its grid lie then, 4x2 px."""
    height, width = drawn.photo.image.shape[:2]
    x, y = drawn.grid_corners_px.T
    corners = np.stack([height - 1 - y, x] if quarter == cv2.ROTATE_90_CLOCKWISE else [y, width - 1 - x], axis=1)
    return np.asarray(cv2.rotate(drawn.photo.image, quarter)), corners


@pytest.mark.parametrize("quarter", QUARTERS)
@pytest.mark.parametrize(("rows", "columns"), [(6, 4), (5, 5)])
def test_a_board_in_a_photo_on_its_side_is_found(rows: int, columns: int, quarter: int) -> None:
    """With other rows than columns lines tell it; with as many they fit both ways, and names tell which."""
    drawn = scene(3, rows=rows, columns=columns, size_px=SMALL)
    image, corners = on_its_side(drawn, quarter)
    pose = locate(photo_of(image), board_of(rows, columns), names=Names(corners[0]))
    found = photo_from_board(pose, pose.layout.grid_corners_mm())
    assert np.hypot(*(found - corners).T).max() < 0.01 * np.hypot(*(corners[1] - corners[0]))
    assert sideways.TURNED[1] in pose.warnings


@pytest.mark.parametrize("quarter", QUARTERS)
def test_without_names_a_photo_on_its_side_is_refused(quarter: int) -> None:
    """Lines of eight columns and four rows are no board of four and eight."""
    image, corners = on_its_side(scene(3, rows=6, columns=4, size_px=SMALL), quarter)
    with pytest.raises(BoardNotFound):
        locate(photo_of(image), board_of(6, 4), names=Names(corners[0], legible=False))


def test_as_many_rows_as_columns_without_names_says_so() -> None:
    """Upright as it is, nobody can know: the board is read, with a warning. Where its names are read there is none."""
    drawn = scene(3, rows=5, columns=5, size_px=SMALL)
    first = drawn.grid_corners_px[0]
    unsure = locate(drawn.photo, board_of(5, 5), names=Names(first, legible=False))
    sure = locate(drawn.photo, board_of(5, 5), names=Names(first))
    assert corner_error(unsure, drawn) < 0.01
    assert sideways.UNSURE in unsure.warnings
    assert sideways.UNSURE not in sure.warnings
    assert not {*sideways.TURNED.values()} & {*unsure.warnings, *sure.warnings}


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_lens_turns_with_the_photo(quarters: int) -> None:
    """Its middle is that of the photo as it came, and a place of the board is where it was."""
    lens = Lens(np.array([[900.0, 0, 299.5], [0, 900, 399.5], [0, 0, 1]]), np.array([-0.1, 0, 0, 0, 0]), (600, 800), 0.3)
    pose = Pose(np.diag([2.0, 2.0, 1.0]), scene(3, rows=6, columns=4).layout, "grid", {}, 0.0, lens)
    image = np.zeros((600, 800), np.uint8)
    image[123, 456] = 255
    row, column = np.argwhere(sideways.turned(image, quarters))[0]
    found = sideways.in_photo(pose, (800, 600), quarters)
    assert found.lens is not None
    assert found.lens.matrix[:2, 2].tolist() == [399.5, 299.5]
    assert (found.board_from_photo @ [456, 123, 1]).tolist() == [2 * column, 2 * row, 1]
