"""Ink outside of all lines: the sign of a line that was lost."""

import cv2
import numpy as np

from digitizer.lines import find_lines
from digitizer.lines.unread import Box, ledges, runs_off, unread
from digitizer.model import Card

PAPER = (120, 240, 250)


def card(*lines: tuple[str, int]) -> Card:
    """A sheet with a text at each height."""
    image = np.full((240, 300, 3), PAPER, np.uint8)
    for text, y in lines:
        cv2.putText(image, text, (30, y), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (30, 30, 30), 3, cv2.LINE_AA)
    noisy = image + np.random.default_rng(0).normal(0, 2, image.shape)
    image = np.clip(noisy, 0, 255).astype(np.uint8)
    return Card(None, np.zeros((4, 2)), image, np.full(image.shape[:2], 255, np.uint8), b"")


def unread_ink(sheet: Card, found: list[Box]) -> float:
    """Of the ink that was read, how much more no line holds."""
    return unread(sheet, found)[0]


def cuts_a_row(sheet: Card, found: list[Box]) -> bool:
    """Whether a side of the picture cuts through a row of writing."""
    return unread(sheet, found)[1]


def boxes(sheet: Card) -> list[tuple[int, int, int, int]]:
    """Of the lines that are found."""
    return [line.box_px for line in find_lines(sheet)]


def test_there_is_none_where_every_line_was_found():
    """Noise and the tails of letters are no ink of their own."""
    sheet = card(("Tea party", 70), ("@sam_gyp", 180))
    assert unread_ink(sheet, boxes(sheet)) < 0.01


def test_a_lost_line_shows():
    """About as much as its share of the writing."""
    sheet = card(("Tea party", 70), ("@sam_gyp", 180))
    found = boxes(sheet)
    assert unread_ink(sheet, found[:1]) > 0.4


def test_what_is_not_this_card_does_not_count():
    """A neighbour's corner in the crop."""
    sheet = card(("Tea party", 70))
    found = boxes(sheet)
    sheet.image[150:200, 250:262] = 20
    mask = sheet.mask.copy()
    mask[140:, 240:] = 0
    hidden = Card(None, sheet.corners_mm, sheet.image, mask, b"")
    assert unread_ink(hidden, found) < 0.01 < unread_ink(sheet, found)


def test_a_row_that_the_picture_cuts_shows():
    """The feet of letters along the upper side, or their heads along the lower one: a line of the card was cut off."""
    whole = card(("BLACK", 50), ("Tea party", 110), ("HANDLES", 200))
    found = boxes(whole)
    assert not cuts_a_row(whole, found)
    for rows, line in ((slice(42, 240), found[1:]), (slice(0, 186), found[:2])):
        part = Card(None, whole.corners_mm, np.ascontiguousarray(whole.image[rows]), whole.mask[rows], b"")
        assert cuts_a_row(part, [(x, y - rows.start, w, h) for x, y, w, h in line])


def test_what_else_lies_along_a_side_is_no_row():
    """A strip of the board in another colour broken by grain, a shadow, two strips of tape in the pen's colour, the tail of a letter."""
    sheet = card(("Tea party", 110))
    sheet.image[:5, ::7] = sheet.image[:5, 1::7] = (60, 110, 70)
    sheet.image[-6:] = sheet.image[-6:] // 2
    sheet.image[:9, 40:60] = sheet.image[:9, 200:220] = 30
    assert not cuts_a_row(sheet, boxes(sheet))


def test_a_line_whose_last_sign_the_side_may_cut_shows():
    """Ink of the line on the right side itself; not a line that ends before it, nor a strip of the board along the side."""
    whole = card(("Tea", 70), ("@sam_gyps", 180))
    found = boxes(whole)
    assert not runs_off(whole, found[1], found)
    x, _, width, _ = found[1]
    cut = whole.image[:, : x + width - 8].copy()
    part = Card(None, whole.corners_mm, cut, whole.mask[:, : cut.shape[1]], b"")
    lines = boxes(part)
    assert [runs_off(part, box, lines) for box in lines] == [False, True]
    cut[:, -4:] = (60, 110, 70)
    assert not runs_off(part, lines[1], lines)


def test_a_card_without_lines_but_with_ink_is_all_unread():
    """The finder gave up on it."""
    assert unread_ink(card(("Tea party", 70)), []) > 100
    assert unread_ink(card(), []) == 0.0


def test_strokes_like_an_underscore_are_counted():
    """Between letters and at the end; letters with tails are none."""
    for text, count in (("@sam_gyp", 1), ("@samgyp", 0), ("@sam_gyp_", 2)):
        sheet = card((text, 180))
        assert ledges(sheet, boxes(sheet)[0]) == count
