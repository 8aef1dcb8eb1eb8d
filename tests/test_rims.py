"""Printed forms and framed cards: the card reaches to the end of its paper, not to the print that parts it."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from wild_boards import Wild, wild_board
from wild_extras import Extras
from wild_wishes import Wish, random_wish

from digitizer.cards.choose import unstacked
from digitizer.model import Segmentation
from digitizer.rectify import rectify
from digitizer.segment import segment
from digitizer.settings import SegmentSettings


def wish(**fields: object) -> Wish:
    """Neon notes on a whiteboard in even light, nobody before it, nothing beside."""
    usual = {"rows": 4, "columns": 4, "wall": "whiteboard", "wall_bgr": (226, 229, 230), "lines": "full", "labels": "strips"}
    calm = {"light": "even", "heads": 0, "body": False, "beside": "", "stacked": 0.0, "cast": False, "mixed": 0.0, "remarks": 0}
    cards = {"card_mm": (127, 76), "fixed": "sticky", "fill": 0.8, "strayed": 0.6, "turn_deg": 3.0, "roomy": (1.5, 1.5), "written": 0.6}
    camera = {"size_px": (2600, 1950), "blur_px": 0.7, "noise": 1.5, "quality": 92}
    return replace(random_wish(np.random.default_rng(5)), **({"papers": "neon"} | usual | calm | cards | camera | fields))


def look(board: Wild) -> Segmentation:
    """What is found on a board with its true pose."""
    return segment(rectify(board.photo, board.pose()), board.layout)


def shares(board: Wild) -> list[float]:
    """For each sheet how much of it and the card found in its cell is common, over what either covers."""
    found = {card.cell: card.corners_mm.astype(np.float32) for card in look(board).cards}
    out = []
    for sheet in board.cards:
        one, other = sheet.corners_mm.astype(np.float32), found.get(sheet.cell, np.zeros((4, 2), np.float32))
        common = cv2.intersectConvexConvex(one, other)[0]
        out.append(common / (cv2.contourArea(one) + cv2.contourArea(other) - common))
    return out


@pytest.mark.parametrize("seed", [71, 72])
def test_a_printed_form_is_a_card_to_the_end_of_its_paper(seed: int) -> None:
    """A bar at its head and a line about it are print: with them, the title above the line is on the card."""
    board = wild_board(seed, wish=wish(), extras=Extras(bar=1.0))
    assert np.mean(np.array(shares(board)) > 0.7) > 0.9


def test_print_on_a_form_is_no_card() -> None:
    """What lies between rim and paper's end belongs to the card: nothing is found beside it."""
    board = wild_board(73, wish=wish(), extras=Extras(bar=1.0))
    assert len([card for card in look(board).cards if card.cell is not None]) <= len(board.cards)


def test_plain_cards_are_as_they_were() -> None:
    """Without print no side moves: writing, shadows and lines of the grid make no rim."""
    board = wild_board(74, wish=wish(), extras=Extras())
    assert np.mean(np.array(shares(board)) > 0.85) > 0.9


def test_cards_of_one_colour_foot_over_head_are_not_joined() -> None:
    """Past the next card's margin comes its writing, not the board: no rim, and each stays a card."""
    board = wild_board(75, wish=wish(roomy=(1.3, 1.06), strayed=0.2, turn_deg=1.0), extras=Extras())
    areas = [cv2.contourArea(card.corners_mm.astype(np.float32)) for card in look(board).cards if card.cell is not None]
    assert np.median(areas) < 1.15 * 127 * 76


def test_forms_that_hang_together_are_told_by_their_print() -> None:
    """Where neighbours leave no board beyond a form's margin, its own paper between print and neighbour ends it."""
    board = wild_board(76, wish=wish(roomy=(1.02, 1.02), strayed=0.3, fill=0.95), extras=Extras(bar=1.0))
    assert np.mean(np.array(shares(board)) > 0.75) > 0.75


def test_cards_of_one_colour_foot_over_head_are_two() -> None:
    """A size that is two of a more frequent one is looked into, and parted where a seam shows."""
    boards = [wild_board(seed, wish=wish(roomy=(1.3, 0.96), strayed=0.05, turn_deg=0.5, fill=1.0), extras=Extras()) for seed in (78, 83)]
    assert min(np.mean(np.array(shares(board)) > 0.6) for board in boards) > 0.8


def test_writing_on_paper_is_seen_before_a_board_of_coarse_grain() -> None:
    """Cork has a grain and paper has none: white cards that touch are parted by their writing."""
    cork = wish(wall="cork", wall_bgr=(90, 130, 170), papers="white", roomy=(1.15, 1.15), written=1.0, turn_deg=2.0)
    assert np.mean(np.array(shares(wild_board(79, wish=cork))) > 0.6) > 0.8


def test_a_board_half_in_a_lamps_light_is_board_on_both_halves() -> None:
    """Its colour goes over by little from column to column: no part of it is taken for paper, and white cards are seen on all."""
    paper = wish(wall="paper", wall_bgr=(235, 240, 242), lines="columns", papers="white", roomy=(1.3, 1.3), fill=0.6, written=1.0)
    assert np.mean(np.array(shares(wild_board(81, wish=paper, extras=Extras(lamp=True)))) > 0.6) > 0.8


def test_a_size_that_two_frequent_cards_make_is_looked_into() -> None:
    """As wide as a more frequent one and twice as high; a square beside an oblong of its width is a size of its own."""
    settings = SegmentSettings()
    assert unstacked([(127, 76), (127, 150), (76, 76), (76, 127)], settings) == [(127, 76), (76, 76), (76, 127)]
    assert unstacked([(127, 150), (127, 76)], settings) == [(127, 150), (127, 76)]
