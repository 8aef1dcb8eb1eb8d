"""The letters of made-up writers: thinned, redrawn with pens, borrowed from a second face."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from digitizer.training.handwriting import load_fonts
from digitizer.training.letters import GLYPH_PX, ORIGIN_PX, Letters, Pen, middle_of_strokes

REGULAR, BOLD = sorted(load_fonts(Path(__file__).parent.parent / "digitizer" / "kit" / "fonts"), key=lambda font: "Bold" in str(font.path))[
    :2
]


def pieces(ink):
    """How many pieces of ink there are, touching corners counted as together."""
    return cv2.connectedComponents(np.uint8(ink > 0.5), connectivity=8)[0] - 1


def height_px(ink):
    rows = np.flatnonzero(ink.max(axis=1) > 0.5)
    return rows[-1] - rows[0] + 1


def test_a_broad_stroke_thins_to_a_line_along_its_middle():
    """One pixel wide, in the middle but for one, and as long as the stroke but for its ends."""
    ink = np.zeros((40, 80), bool)
    ink[15:26, 10:70] = True
    line = middle_of_strokes(ink)
    assert line.sum(axis=0).max() == 1
    assert abs(np.nonzero(line)[0] - 20).max() <= 1
    assert 45 <= line.sum() <= 60


def test_thinning_keeps_what_hangs_together_together():
    """A ring stays one ring with one hole."""
    ring = cv2.circle(np.zeros((60, 60), np.uint8), (30, 30), 18, 1, 7).astype(bool)
    line = middle_of_strokes(ring)
    assert pieces(line) == 1
    assert cv2.connectedComponents(np.uint8(~line), connectivity=4)[0] - 1 == 2


def test_paper_without_ink_stays_empty():
    """Blank characters have no stroke to follow."""
    assert not middle_of_strokes(np.zeros((9, 9), bool)).any()


@pytest.mark.parametrize("width_px", [3.0, 6.0, 9.0])
def test_a_pen_draws_strokes_of_its_own_width(width_px):
    """Across the stem of an l stands the pen's width, whatever the face's was."""
    for face in (REGULAR, BOLD):
        ink = Letters(face, pen=Pen(width_px)).ink("l")
        middle = ink[ORIGIN_PX[1] - GLYPH_PX // 3]
        assert middle.sum() == pytest.approx(width_px, abs=1.6)


def test_a_redrawn_letter_is_still_that_letter():
    """It has the pieces and the size of the face's own, but for the difference of the pens."""
    for letter in "aHik8":
        own, redrawn = Letters(REGULAR).ink(letter), Letters(REGULAR, pen=Pen(5.0)).ink(letter)
        assert pieces(own) == pieces(redrawn)
        assert abs(height_px(own) - height_px(redrawn)) < 8


def test_borrowed_letters_come_from_the_second_face_and_no_others():
    """An a of the bold face among letters of the regular one."""
    mixed = Letters(REGULAR, BOLD, frozenset("a"))
    assert mixed.ink("a").sum() > 1.15 * Letters(REGULAR).ink("a").sum()
    assert np.array_equal(mixed.ink("b"), Letters(REGULAR).ink("b"))
    assert mixed.advance_px("a", "b") == Letters(REGULAR).advance_px("a", "b")


def test_borrowed_letters_are_as_high_as_their_neighbours():
    """The second face is brought to the height of the first one's small letters."""
    large = BOLD.font_variant(size=GLYPH_PX * 3 // 2)
    mixed = Letters(REGULAR, large, frozenset("x"))
    assert abs(height_px(mixed.ink("x")) - height_px(Letters(REGULAR).ink("x"))) <= 2
