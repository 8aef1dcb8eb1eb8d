"""Cards of the board's own colour: their writing, the size they share and a side or two are all there is to see."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from wild_boards import Wild, wild_board
from wild_wishes import Wish, random_wish

from digitizer.capture import load
from digitizer.event import load_event
from digitizer.locate import locate
from digitizer.model import Segmentation
from digitizer.rectify import rectify
from digitizer.segment import segment

WHITEBOARD = Path(__file__).parents[1] / "samples" / "whiteboard"


def wish(**fields: object) -> Wish:
    """A whiteboard in even light with one size of card, nobody before it, nothing beside."""
    usual = {"rows": 4, "columns": 4, "wall": "whiteboard", "wall_bgr": (226, 229, 230), "lines": "full", "labels": "strips"}
    calm = {"light": "even", "heads": 0, "body": False, "beside": "", "stacked": 0.0, "cast": False, "mixed": 0.0, "remarks": 0}
    cards = {"card_mm": (127, 76), "fixed": "sticky", "fill": 0.8, "strayed": 0.6, "turn_deg": 3.0, "roomy": (1.5, 1.5), "written": 0.6}
    camera = {"size_px": (2600, 1950), "blur_px": 0.7, "noise": 1.5, "quality": 92}
    return replace(random_wish(np.random.default_rng(5)), **(usual | calm | cards | camera | fields))


def look(board: Wild) -> Segmentation:
    """What is found on a board with its true pose."""
    return segment(rectify(board.photo, board.pose()), board.layout)


def written_on(board: Wild) -> set:
    """Cells in which a card with writing hangs."""
    return {card.cell for card in board.cards if card.lines}


def test_flat_white_cards_on_a_white_board_are_found() -> None:
    """Taped down they throw hardly a shadow: the size that the plainer ones agree on tells the others."""
    boards = [wild_board(seed, wish=wish(papers="own", fixed="taped")) for seed in (61, 62)]
    found = [{card.cell for card in look(board).cards} for board in boards]
    asked = sum(len(written_on(board)) for board in boards)
    assert sum(len(own & written_on(board)) for own, board in zip(found, boards, strict=True)) > 0.85 * asked
    assert [own - {card.cell for card in board.cards} - {None} for own, board in zip(found, boards, strict=True)] == [set(), set()]


def test_words_on_the_board_itself_are_no_card_among_neon_ones() -> None:
    """No side of a sheet is seen about a remark."""
    board = wild_board(63, wish=wish(papers="neon", remarks=4))
    found = {card.cell for card in look(board).cards} - {None}
    assert found <= {card.cell for card in board.cards}
    assert len(found) > 0.9 * len(written_on(board))


def test_what_is_found_lies_about_the_writing() -> None:
    """A rectangle of the common size holds its card's words: those of flat white cards overlap the true outline."""
    board = wild_board(64, wish=wish(papers="own"))
    shares = []
    for card in look(board).cards:
        for sheet in (sheet for sheet in board.cards if sheet.cell == card.cell):
            common = cv2.intersectConvexConvex(sheet.corners_mm.astype(np.float32), card.corners_mm.astype(np.float32))[0]
            shares.append(common / cv2.contourArea(sheet.corners_mm.astype(np.float32)))
    assert np.median(shares) > 0.9


def test_a_white_card_among_lines_is_found_in_warm_light_too() -> None:
    """It fills its cell: its shadow and the lines beside it are one zone, and where that ends is the card's edge."""
    photo, board = load(WHITEBOARD / "photo.jpg"), load_event(WHITEBOARD / "event.toml").boards[0]
    warm = replace(photo, image=(photo.image * np.array([0.7, 0.9, 1.0])).astype(np.uint8))
    pose = locate(warm, board)
    found = {card.cell for card in segment(rectify(warm, pose), pose.layout).cards}
    assert board.cell_of("105", "11:00") in found
