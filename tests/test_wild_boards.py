"""The random boards that finding is counted on: what their truth says is what their pictures show."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from wild_boards import Wild, wild_board
from wild_wishes import random_wish


def plain_board(**fields: object) -> Wild:
    """A small board in even light, nobody before it, one sheet a cell."""
    wish = random_wish(np.random.default_rng(3))
    calm = {"rows": 3, "columns": 3, "light": "even", "heads": 0, "body": False, "beside": "", "stacked": 0.0, "cast": False, "fill": 0.9}
    usual = {"wall": "whiteboard", "wall_bgr": (236, 238, 236), "card_mm": (127, 76), "mixed": 0.0, "fixed": "sticky", "remarks": 0}
    return wild_board(7, wish=replace(wish, **calm, **usual, **fields))


def lightness_along(board: Wild, start_mm: np.ndarray, end_mm: np.ndarray) -> float:
    """Median gray level of the photo along a line on the board."""
    points = start_mm + np.linspace(0.1, 0.9, 60)[:, None] * (end_mm - start_mm)
    px = cv2.perspectiveTransform(points[None], np.linalg.inv(board.board_from_photo))[0].astype(np.float32)
    gray = cv2.cvtColor(board.photo.image, cv2.COLOR_BGR2GRAY)
    return float(np.median(cv2.remap(gray, px[None, :, 0], px[None, :, 1], cv2.INTER_LINEAR)))


@pytest.mark.parametrize("seed", [11, 12])
def test_a_seed_gives_one_picture(seed: int) -> None:
    """Figures can be made again."""
    one, other = wild_board(seed), wild_board(seed)
    assert one.photo.sha256 == other.photo.sha256
    assert [card.lines for card in one.cards] == [card.lines for card in other.cards]


def test_sheets_hang_where_the_truth_says() -> None:
    """Neon paper on white: within its corners the photo shows a colour, beside them none."""
    board = plain_board(papers="neon")
    hsv = cv2.cvtColor(board.photo.image, cv2.COLOR_BGR2HSV)
    for card in board.cards:
        inner = card.corners_mm.mean(0) + 0.94 * (card.corners_mm - card.corners_mm.mean(0))
        px = cv2.perspectiveTransform(inner[None], np.linalg.inv(board.board_from_photo))[0]
        corners = [hsv[int(y), int(x), 1] for x, y in px]
        assert np.median(corners) > 40


def test_white_on_white_shows_as_on_a_real_board() -> None:
    """A lifted foot throws a shadow; a head that is stuck down throws none, and its white is within a few levels of the board's."""
    board = plain_board(papers="own")
    feet, heads = [], []
    for card in board.cards:
        down = (card.corners_mm[3] - card.corners_mm[0]) / np.linalg.norm(card.corners_mm[3] - card.corners_mm[0])
        inside, below = (lightness_along(board, card.corners_mm[3] + s * down, card.corners_mm[2] + s * down) for s in (-4, 1.5))
        above, under = (lightness_along(board, card.corners_mm[0] + s * down, card.corners_mm[1] + s * down) for s in (-4, 4))
        feet.append(inside - below)
        heads.append(abs(above - under))
    assert np.median(feet) > 8
    assert np.median(heads) < 8
