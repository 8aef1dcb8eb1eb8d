"""Compose: a picture of the board in which nobody ever appears."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from synth import Synth, scene

from calibration.rig import Cell, readonly
from digitizer.clearest import Hung, Look, View, clarity, has_left
from digitizer.compose import Picture, compose
from digitizer.model import Pose
from digitizer.rectify import rectify
from digitizer.segment import segment
from digitizer.settings import ClearestSettings

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


SMALL = (1000, 750)
BOARD = {"rows": 3, "columns": 3, "size_px": SMALL}
CLEAR = scene(7, **BOARD)


def seen(before: Picture | None, drawn: Synth, seconds: int, *, nobody: bool = False) -> Picture:
    """A drawn board put into the picture; with ``nobody`` the person in it is not known for one."""
    sheet = rectify(drawn.photo, Pose(drawn.board_from_photo, drawn.layout, "truth", {}, 0.0))
    found = segment(sheet, drawn.layout)
    found = replace(found, hidden=frozenset(), people_mm=()) if nobody else found
    return compose(before, sheet, drawn.layout, found, NOON + timedelta(seconds=seconds))


def shown_by(picture: Picture) -> set[int]:
    """The looks, in seconds after the first, by which the cells are shown."""
    return {round((look.taken_at - NOON).total_seconds()) for look in picture.looks.values()}


def glared(drawn: Synth, cell: Cell) -> Synth:
    """A lamp mirrored in the middle of a cell."""
    x, y = drawn.photo_from_mm(drawn.layout.corners_mm(cell).mean(axis=0, keepdims=True))[0]
    across, down = np.meshgrid(np.arange(SMALL[0]), np.arange(SMALL[1]))
    lamp = 500 * np.exp(-((across - x) ** 2 + (down - y) ** 2) / (2 * 20**2))
    image = np.clip(drawn.photo.image + lamp[..., None], 0, 255).astype(np.uint8)
    return replace(drawn, photo=replace(drawn.photo, image=readonly(image)))


@pytest.mark.parametrize("worse", [{"blur_px": 1.6}, {"light": 0.35, "noise": 3.0}, {"noise": 8.0}])
def test_a_worse_look_is_not_shown_and_says_that_the_cell_is_as_it_was(worse: dict[str, float]) -> None:
    """Blurred, dimmed or noisy: the clear look stays with its own time, and cells count as seen wherever nothing is doubted."""
    later = seen(seen(None, CLEAR, 0), scene(7, **BOARD, **worse), 30)
    assert shown_by(later) == {0}
    assert sum(at > NOON for at in later.seen_at.values()) >= 7


@pytest.mark.parametrize("worse", [{"blur_px": 1.6}, {"light": 0.35, "noise": 3.0}])
def test_a_clearer_look_is_shown(worse: dict[str, float]) -> None:
    """At once in most cells; where it shows what the worse one did not, when a second look shows the same."""
    first = seen(seen(None, scene(7, **BOARD, **worse), 0), CLEAR, 30)
    assert sum(look.taken_at > NOON for look in first.looks.values()) >= 7
    assert 0 not in shown_by(seen(first, CLEAR, 60))


def test_noise_is_no_clarity() -> None:
    """A picture with four times the noise has steeper slopes, and is not clearer."""
    image, rng = seen(None, CLEAR, 0).image, np.random.default_rng(1)
    noisy = np.clip(image + rng.normal(0, 8, image.shape), 0, 255).astype(np.uint8)
    assert clarity(noisy, ClearestSettings()) < 1.05 * clarity(image, ClearestSettings())


def test_a_new_card_is_shown_at_once_however_blurred() -> None:
    """It is news; cells in which nothing changed keep their clear look."""
    later = seen(seen(None, scene(7, **BOARD, fill=0.3), 0), scene(7, **BOARD, fill=1.0, blur_px=1.6), 30)
    assert sum(look.taken_at > NOON for look in later.looks.values()) >= 3


def test_a_glare_is_not_shown() -> None:
    """Not at the second look either: what is behind it is known."""
    cell = CLEAR.cards[0].cell
    picture = seen(None, CLEAR, 0)
    for seconds in (30, 60):
        picture = seen(picture, glared(CLEAR, cell), seconds)
    assert picture.looks[cell].taken_at == NOON
    assert picture.seen_at[cell] == NOON


def test_somebody_who_is_not_known_for_one_is_not_shown_as_long_as_he_moves() -> None:
    """What no card explains has to be seen twice in the same place; who stands still is shown then."""
    empty, crossed = scene(2, **BOARD, fill=0.0), scene(2, **BOARD, fill=0.0, person=True)
    picture = seen(None, empty, 0)
    doubtful = seen(picture, crossed, 30, nobody=True)
    assert doubtful.doubted
    assert (doubtful.image == picture.image).all()
    assert not seen(doubtful, empty, 60).doubted
    assert shown_by(seen(doubtful, crossed, 60, nobody=True)) == {0, 60}


def test_what_is_shown_grows_no_older_than_its_setting() -> None:
    """A look as clear takes over after three minutes, a worse one later, and after an hour any that is not doubted."""
    picture, blurred = seen(None, CLEAR, 0), scene(7, **BOARD, blur_px=1.6)
    assert shown_by(seen(picture, CLEAR, 30)) == {0}
    assert shown_by(seen(picture, CLEAR, 240)) == {240}
    assert shown_by(seen(picture, blurred, 240)) == {0}
    assert 0 not in shown_by(seen(seen(picture, blurred, 3601), blurred, 3631))


def test_a_cell_that_lies_off_by_some_pixels_shows_the_same() -> None:
    """No pose is the same to the pixel twice; the clear look is not taken for another."""
    moved = np.array([[1, 0, 1.0], [0, 1, -0.6], [0, 0, 1]])
    later = seen(seen(None, CLEAR, 0), replace(CLEAR, board_from_photo=CLEAR.board_from_photo @ moved), 30)
    assert shown_by(later) == {0}
    assert not later.doubted


def test_what_two_looks_bear_out_is_shown_by_the_clearer_one() -> None:
    """Cards that were taken off are gone at the second look without them; that it is a dim one does not show."""
    full, bare, dim = (scene(7, **BOARD, **more) for more in ({}, {"fill": 0.0}, {"fill": 0.0, "light": 0.35, "noise": 3.0}))
    first = seen(seen(None, full, 0), bare, 30)
    gone = set(first.doubted)
    second = seen(first, dim, 60)
    assert gone
    assert {round((second.looks[cell].taken_at - NOON).total_seconds()) for cell in gone - set(second.doubted)} == {30}


def test_a_card_that_arrived_elsewhere_has_left() -> None:
    """Nobody hides it: its old place need not be seen twice. One that is only gone, or whose like hung elsewhere before, may be hidden."""
    settings, fingerprint, blank = ClearestSettings(), bytes(range(16)), np.zeros((8, 8, 3), np.uint8)
    was = Look(NOON, 200.0, (Hung((0.5, 0.5), fingerprint),))
    empty = View(blank, blank[..., 0] > 0, 1, Look(NOON, 200.0, ()))
    assert has_left(replace(empty, arrived=(Hung((0.2, 0.3), fingerprint),)), was, settings)
    assert not has_left(replace(empty, arrived=(Hung((0.2, 0.3), bytes(255 - b for b in fingerprint)),)), was, settings)
    assert not has_left(empty, was, settings)
    assert not has_left(replace(empty, look=was, arrived=was.cards), was, settings)
