"""Light on a board with lines: a crisp shadow is no sheet, what hides the lines is no shadow, and sheets up to the lines are sheets."""

import cv2
import numpy as np
import pytest
from synth import Synth, scene, sheet_of

from calibration.rig import Cell
from digitizer.model import Segmentation
from digitizer.segment import segment

SIZE = (1600, 1200)
SLANTING = np.array([[0.3, -0.1], [0.75, -0.1], [0.85, 1.1], [0.35, 1.1]])
"""Corners of what is lit otherwise, shares of the grid."""

STYLES = ["marker", "painters-tape", "felt-strips"]


def look(drawn: Synth, image: np.ndarray) -> Segmentation:
    """What is found in another photo of a drawn board, through its true pose."""
    return segment(sheet_of(drawn, image), drawn.layout)


def bare(style: str) -> Synth:
    """A board on which nothing hangs."""
    return scene(21, style=style, rows=4, columns=5, fill=0.0, size_px=SIZE)


def painted(drawn: Synth, image: np.ndarray, corners_mm: np.ndarray, bgr: tuple[int, int, int]) -> np.ndarray:
    """A photo with a polygon on the board in one colour, its edge as blurred as a lens makes it."""
    corners = np.rint(drawn.photo_from_mm(corners_mm)).astype(np.int32)
    cover = cv2.fillPoly(np.zeros(image.shape[:2], np.float32), [corners], 1.0)
    cover = cv2.GaussianBlur(cover, (0, 0), 0.8)[..., None]
    return image * (1 - cover) + np.array(bgr) * cover


def lit(drawn: Synth, gain: float) -> np.ndarray:
    """The photo with other light on two columns and a half."""
    corners = drawn.photo_from_mm(SLANTING * [drawn.layout.width_mm, drawn.layout.height_mm])
    inside = cv2.fillPoly(np.zeros(drawn.photo.image.shape[:2], np.float32), [np.rint(corners).astype(np.int32)], 1.0)
    return drawn.photo.image * (1 + (gain - 1) * cv2.GaussianBlur(inside, (0, 0), 1.5))[..., None]


@pytest.mark.parametrize(("style", "gain"), [("marker", 0.55), ("painters-tape", 0.55), ("felt-strips", 0.75), ("felt-strips", 1.35)])
def test_crisp_light_on_lines_is_no_card_and_hides_nothing(style: str, gain: float) -> None:
    """A shadow or a sunbeam as crisp as the edge of paper, over two columns and a half: its cells are empty."""
    drawn = bare(style)
    found = look(drawn, lit(drawn, gain))
    assert [card.cell for card in found.cards if card.cell is not None] == []
    assert len(found.hidden) <= 1


@pytest.mark.parametrize("style", STYLES)
def test_who_stands_before_lines_in_the_boards_own_hue_hides_them(style: str) -> None:
    """A shirt as a shadow is coloured: no line shows in it, and no cell behind it is seen to be empty."""
    drawn = bare(style)
    x, y = np.rint(drawn.photo_from_mm(drawn.layout.corners_mm(Cell(2, 2)).mean(0)[None])[0]).astype(int)
    blue, green, red = (int(0.6 * level) for level in drawn.photo.image[y, x])
    shirt = np.array([[0.38, 0.3], [0.62, 0.3], [0.66, 1.3], [0.34, 1.3]]) * [drawn.layout.width_mm, drawn.layout.height_mm]
    found = look(drawn, painted(drawn, drawn.photo.image, shirt, (blue, green, red)))
    assert {Cell(1, 2), Cell(2, 2), Cell(3, 2)} <= found.hidden


def test_white_sheets_that_nearly_fill_their_cells_are_sheets() -> None:
    """On gray felt white is gray in more light, and between the two a strip shows: but so does board."""
    drawn, image = bare("felt-strips"), bare("felt-strips").photo.image
    for cell in (Cell(1, 1), Cell(1, 2)):
        corners = drawn.layout.corners_mm(cell)
        image = painted(drawn, image, corners.mean(0) + 0.72 * (corners - corners.mean(0)), (238, 240, 240))
    assert {card.cell for card in look(drawn, image).cards} == {Cell(1, 1), Cell(1, 2)}


@pytest.mark.parametrize("seed", [21, 22, 24])
def test_a_card_that_the_edge_of_a_shadow_crosses_is_doubted(seed: int) -> None:
    """Half of it may have been taken for all; cards in one light, or in the other, are as sure as ever."""
    drawn = scene(seed, style="marker", rows=4, columns=5, size_px=SIZE)
    found = look(drawn, lit(drawn, 0.5)).cards
    crossed, whole = [], []
    for card in found:
        x, y = (card.corners_mm / [drawn.layout.width_mm, drawn.layout.height_mm]).T
        edges = [0.3 + 0.05 * (y.mean() + 0.1) / 1.2, 0.75 + 0.1 * (y.mean() + 0.1) / 1.2]
        if any(x.min() + 0.02 < edge < x.max() - 0.02 for edge in edges):
            crossed.append(card.obstructed)
        if all(edge < x.min() - 0.06 or edge > x.max() + 0.06 for edge in edges):
            whole.append(card.obstructed)
    assert crossed
    assert all(crossed)
    assert len(whole) > 4
    assert not any(whole)
