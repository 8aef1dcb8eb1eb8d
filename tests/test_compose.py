"""Compose: a picture of the board in which nobody ever appears."""

from datetime import UTC, datetime, timedelta

import numpy as np
from synth import Synth, scene

from calibration.rig import Cell
from digitizer.compose import Picture, compose
from digitizer.model import Pose
from digitizer.rectify import rectify
from digitizer.segment import segment

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SIZE = (1600, 1200)


def add(before: Picture | None, drawn: Synth, minutes: int = 0) -> Picture:
    """A drawn board put into the picture."""
    sheet = rectify(drawn.photo, Pose(drawn.board_from_photo, drawn.layout, "truth", {}, 0.0))
    return compose(before, sheet, drawn.layout, segment(sheet, drawn.layout), NOON + timedelta(minutes=minutes))


def cell_of(picture: Picture, cell: Cell) -> np.ndarray:
    """A cell's pixels, without its lines."""
    height, width = picture.image.shape[:2]
    scale = np.array([width / picture.layout.width_mm, height / picture.layout.height_mm])
    (left, top), (right, bottom) = np.rint(picture.layout.corners_mm(cell)[[0, 2]] * scale).astype(int)
    return picture.image[top + 12 : bottom - 12, left + 12 : right - 12].astype(int)


def every_cell(picture: Picture) -> list[Cell]:
    """All cells of a picture."""
    return [Cell(row, column) for row in range(picture.layout.rows) for column in range(picture.layout.columns)]


def test_nobody_is_in_the_picture() -> None:
    """Where somebody stands is hatched, all else is as it is without him."""
    for seed in (2, 11):
        options = {"rows": 4, "columns": 5, "size_px": SIZE}
        crowd, clear = add(None, scene(seed, person=True, **options)), add(None, scene(seed, **options))
        assert 0 < len(crowd.seen_at) < len(every_cell(crowd))
        for cell in crowd.seen_at:
            assert np.abs(cell_of(crowd, cell) - cell_of(clear, cell)).mean() < 12


def test_what_somebody_hides_stays_as_it_was() -> None:
    """The picture keeps the last clear look, and its time."""
    options = {"rows": 4, "columns": 5, "size_px": SIZE}
    clear = add(None, scene(7, **options))
    later = add(clear, scene(7, person=True, **options), minutes=5)
    kept = [cell for cell in every_cell(later) if later.seen_at[cell] == NOON]
    assert kept
    for cell in kept:
        assert (cell_of(later, cell) == cell_of(clear, cell)).all()


def test_an_empty_board_is_shown_from_the_first_photo_on() -> None:
    """A board without a card has a picture, all of it."""
    picture = add(None, scene(3, style="cork-tape", rows=3, columns=4, fill=0.0, size_px=SIZE))
    assert set(picture.seen_at) == set(every_cell(picture))


def test_a_dim_look_is_as_bright_as_the_others() -> None:
    """Lights out do not darken the picture."""
    options = {"rows": 3, "columns": 4, "size_px": SIZE}
    bright, dim = add(None, scene(3, **options)), add(None, scene(3, light=0.5, **options))
    assert abs(float(np.median(bright.image)) - float(np.median(dim.image))) < 15
