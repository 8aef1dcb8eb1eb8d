"""Ink outside of all lines: the sign of a line that was lost."""

import cv2
import numpy as np

from digitizer.lines import find_lines
from digitizer.lines.unread import ledges, unread_ink
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


def test_a_card_without_lines_but_with_ink_is_all_unread():
    """The finder gave up on it."""
    assert unread_ink(card(("Tea party", 70)), []) > 100
    assert unread_ink(card(), []) == 0.0


def test_strokes_like_an_underscore_are_counted():
    """Between letters and at the end; letters with tails are none."""
    for text, count in (("@sam_gyp", 1), ("@samgyp", 0), ("@sam_gyp_", 2)):
        sheet = card((text, 180))
        assert ledges(sheet, boxes(sheet)[0]) == count
