"""The grain of a board: cork is known in any light, and noise is no grain."""

import cv2
import numpy as np
import pytest
from synth import Synth, scene, sheet_of

from digitizer.cards.canvas import Canvas, make_canvas
from digitizer.cards.grain import by_its_grain, is_grained
from digitizer.model import Segmentation
from digitizer.segment import segment
from digitizer.settings import SegmentSettings

SIZE = (1600, 1200)
SETTINGS = SegmentSettings()


def cards_in(canvas: Canvas, drawn: Synth) -> np.ndarray:
    """HxW u8: 1 on the cards that were drawn."""
    cards = np.zeros(canvas.grid.shape, np.uint8)
    for card in drawn.cards:
        cv2.fillConvexPoly(cards, np.rint(canvas.from_mm(card.corners_mm)).astype(np.int32), 1)
    return cards


def streak(drawn: Synth) -> np.ndarray:
    """HxWx1: 1 in a slanting streak across the photo, 0 outside, with the edge that the sun makes."""
    height, width = drawn.photo.image.shape[:2]
    across = np.arange(width)[None, :] - 0.4 * np.arange(height)[:, None]
    return cv2.GaussianBlur(((across > 0.3 * width) & (across < 0.55 * width)).astype(np.float32), (0, 0), 4)[..., None]


def lit(drawn: Synth, gain: float) -> Segmentation:
    """What is found where a streak of light or shade lies over a board."""
    return segment(sheet_of(drawn, drawn.photo.image * (1 + gain * streak(drawn))), drawn.layout)


@pytest.mark.parametrize("gain", [0.7, -0.4])
@pytest.mark.parametrize("style", ["cork-tape", "lineless"])
def test_light_on_bare_cork_is_no_card_and_hides_little(style: str, gain: float) -> None:
    """Cells in a sunbeam or a shadow are empty: neither are they sheets of another colour, nor does anybody stand before them.

    But for two at the most, across which the edge of the light runs.
    """
    found = lit(scene(21, style=style, rows=4, columns=5, fill=0.0, size_px=SIZE), gain)
    assert [card.cell for card in found.cards if card.cell is not None] == []
    assert len(found.hidden) <= 2


def test_cards_on_cork_are_found_in_a_sunbeam() -> None:
    """None is lost, and few are found twice: those that the edge of the beam cuts in two."""
    drawn = scene(21, style="lineless", rows=4, columns=5, size_px=SIZE)
    found = lit(drawn, 0.7)
    assert {card.cell for card in found.cards} >= {truth.cell for truth in drawn.cards}
    assert len(found.cards) <= len(drawn.cards) + 3
    assert found.hidden == frozenset()


def test_the_board_is_told_from_paper_and_from_writing() -> None:
    """Nothing of a card is taken for cork, and nearly all cork between the cards is, in a sunbeam too."""
    drawn = scene(21, style="lineless", rows=4, columns=5, size_px=SIZE)
    canvas = make_canvas(sheet_of(drawn, drawn.photo.image * (1 + 0.7 * streak(drawn))), drawn.layout, SETTINGS)
    told = by_its_grain(canvas, SETTINGS.grain)
    cards = cards_in(canvas, drawn)
    inside = cv2.erode(cards, np.ones((9, 9), np.uint8)) > 0
    outside = (cv2.dilate(cards, np.ones((41, 41), np.uint8)) == 0) & canvas.grid
    assert (told.off_board[inside] == 0).mean() < 0.01
    assert (told.off_board[outside] < SETTINGS.off_board).mean() > 0.98
    assert (canvas.off_board[outside] < SETTINGS.off_board).mean() < 0.9


def test_noise_is_no_grain() -> None:
    """A whiteboard in a noisy photo is as rough as its paper is: nothing is told by that, and the canvas stays as it is."""
    drawn = scene(8, style="whiteboard", rows=4, columns=4, size_px=SIZE)
    noise = np.random.default_rng(0).normal(0, 14, drawn.photo.image.shape)
    canvas = make_canvas(sheet_of(drawn, drawn.photo.image + noise), drawn.layout, SETTINGS)
    assert canvas.noise > SETTINGS.grain.least_grain
    assert not is_grained(canvas, SETTINGS.grain)
    assert by_its_grain(canvas, SETTINGS.grain) is canvas


def test_writing_on_paper_of_the_corks_hue_is_no_cork() -> None:
    """Orange is brown in more light, and a line of writing is as rough as grain; but its strokes are steeper than any."""
    drawn = scene(21, style="lineless", rows=4, columns=5, size_px=SIZE, paper_bgr=(96, 150, 214))
    canvas = make_canvas(sheet_of(drawn), drawn.layout, SETTINGS)
    told = by_its_grain(canvas, SETTINGS.grain)
    cards = cards_in(canvas, drawn)
    assert told is not canvas
    assert (told.off_board[cv2.erode(cards, np.ones((9, 9), np.uint8)) > 0] == 0).mean() < 0.01
