"""What a new look may take over from the last one."""

import weakref
from datetime import UTC, datetime

import cv2
import numpy as np
import pytest

from digitizer.model import Photo
from digitizer.refresh import _tiles, compare, same_view, unchanged_picture
from digitizer.settings import RefreshSettings

GRAIN = np.random.default_rng(5)


def board_picture() -> np.ndarray:
    """A board of lines and labels, 1200x900, with a plain card."""
    image = np.full((900, 1200, 3), 215, np.uint8)
    for x in range(100, 1150, 150):
        cv2.line(image, (x, 60), (x + 8, 860), (30, 30, 30), 4)
    for y in range(60, 880, 110):
        cv2.line(image, (100, y), (1150, y + 5), (30, 30, 30), 4)
        cv2.putText(image, f"{y // 110 + 9}:00", (20, y + 60), cv2.FONT_HERSHEY_SIMPLEX, 1, (0, 0, 0), 2)
    cv2.rectangle(image, (410, 290), (520, 370), (120, 240, 250), -1)
    return image


def photo(image: np.ndarray, noise: float = 0.0) -> Photo:
    """Wrap an image, with sensor noise."""
    noisy = np.clip(image + GRAIN.normal(0, noise, image.shape), 0, 255).astype(np.uint8) if noise else image
    return Photo(noisy, datetime(2024, 5, 17, tzinfo=UTC), "board.jpg", str(GRAIN.integers(1 << 60)))


def test_it_knows_the_same_view_under_noise_and_dimmed_light():
    """Noise and half the light are no other view and no change."""
    comparison = compare(photo(board_picture() // 2, 3), photo(board_picture(), 3))
    assert same_view(comparison)
    assert comparison.gain == pytest.approx(0.5, abs=0.05)
    assert comparison.changed.mean() < 0.001


def test_it_marks_a_new_card_and_nothing_else():
    """A card that appears is within the changed pixels, and nothing further away than the high-pass reaches (18 px)."""
    image = board_picture()
    cv2.rectangle(image, (710, 510), (820, 590), (120, 240, 250), -1)
    cv2.putText(image, "New", (720, 560), cv2.FONT_HERSHEY_SIMPLEX, 1, (60, 0, 0), 2)
    comparison = compare(photo(image, 3), photo(board_picture(), 3))
    assert same_view(comparison)
    rows, columns = np.nonzero(comparison.changed)
    assert (columns.min() / comparison.scale, columns.max() / comparison.scale) == pytest.approx((710, 820), abs=20)
    assert (rows.min() / comparison.scale, rows.max() / comparison.scale) == pytest.approx((510, 590), abs=20)


@pytest.mark.parametrize("shift", [(3, 0), (0, -4), (40, 25)])
def test_it_notices_a_nudged_camera(shift):
    """Three pixels are enough to look for the board anew."""
    moved = cv2.warpAffine(board_picture(), np.float32([[1, 0, shift[0]], [0, 1, shift[1]]]), (1200, 900), borderMode=cv2.BORDER_REPLICATE)
    assert not same_view(compare(photo(moved, 2), photo(board_picture(), 2)))


def test_it_keeps_the_view_while_a_person_covers_a_third():
    """Who stands before the board does not move the camera."""
    image = board_picture()
    image[200:, 750:1100] = (140, 120, 110)
    assert same_view(compare(photo(image, 2), photo(board_picture(), 2)))


def test_it_says_nothing_of_photos_of_other_sizes():
    """Another size is another camera."""
    assert compare(photo(board_picture()), photo(board_picture()[:-10])) is None


def test_photos_that_were_compared_are_not_kept():
    """A camera takes one every 30 s, of 36 MB each: nothing but the small pictures stays."""
    first, second = photo(board_picture()), photo(board_picture(), noise=1.0)
    pixels = weakref.ref(first.image)
    assert same_view(compare(second, first))
    del first
    assert pixels() is None


def card(text: str, gain: float = 1.0) -> np.ndarray:
    """A yellow card with a word."""
    image = np.full((150, 160, 3), (110, 235, 245), np.uint8)
    cv2.putText(image, text, (12, 70), cv2.FONT_HERSHEY_SIMPLEX, 1.1, (50, 20, 10), 3)
    return np.clip(image * gain + GRAIN.normal(0, 3, image.shape), 0, 255).astype(np.uint8)


def test_a_card_is_unchanged_under_other_light_and_a_pixel_of_jitter():
    """The crop of the same card, darker and cut a pixel off, is the same picture."""
    assert unchanged_picture(card("Games", 0.6)[1:, 1:], card("Games"))


@pytest.mark.parametrize("text", ["Gamer", "Games!", "James"])
def test_a_letter_changed_is_a_changed_card(text):
    """One letter rewritten or added must be read again."""
    assert not unchanged_picture(card(text), card("Games"))


def test_it_correlates_tiles_as_numpy_does():
    """Of each whole tile numpy's own coefficient, and the spread of the earlier look."""
    settings = RefreshSettings()
    new, old = (
        np.random.default_rng(seed).normal(0, 9, (3 * settings.tile_px + 5, 2 * settings.tile_px)).astype(np.float32) for seed in (1, 2)
    )
    new += old
    correlation, textured = _tiles(new, old, settings)
    assert correlation.shape == (3, 2)
    assert textured.all()
    for row, column in np.ndindex(3, 2):
        tile = np.s_[row * settings.tile_px : (row + 1) * settings.tile_px, column * settings.tile_px : (column + 1) * settings.tile_px]
        assert correlation[row, column] == pytest.approx(np.corrcoef(new[tile].ravel(), old[tile].ravel())[0, 1], abs=1e-4)
