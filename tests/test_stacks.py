"""Cards over one another: the one in front, all in view, is found, whatever hangs behind it; of one colour, each of them."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
import wild_layouts
from test_rims import look, wish
from wild_boards import Wild, wild_board
from wild_extras import Extras
from wild_papers import Paper, sheet_mm
from wild_stacks import stacked_wish

from calibration.rig import Cell

BLUE, ORANGE = (230, 190, 110), (120, 170, 250)
SIZE_MM = (76, 76)
STACK = Cell(1, 1)


@pytest.fixture
def hung(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Wild]:
    """Draws a board on which a stack hangs: (colour, mm right of and below the middle of its cell) from behind; single cards around it."""

    def draw(seed: int, *stack: tuple[tuple[int, int, int], float, float]) -> Wild:
        def papers(rng, drawn, layout, written, extras) -> list[Paper]:
            def paper(cell: Cell, bgr, away: tuple[float, float]) -> Paper:
                lines = tuple(written.titles[int(i)][0] for i in rng.integers(0, len(written.titles), 2))
                corners = sheet_mm(layout.corners_mm(cell).mean(0) + away, SIZE_MM, float(rng.normal(0, 1)))
                return Paper(cell, corners, bgr, (30, 30, 30), np.array([0.2, 0.2, 3.0, 3.0]), lines, "sticky")

            single = [Cell(r, c) for r in range(layout.rows) for c in range(layout.columns) if (r + c) % 2]
            return [paper(cell, ORANGE, (0.0, 0.0)) for cell in single] + [paper(STACK, bgr, (x, y)) for bgr, x, y in stack]

        monkeypatch.setattr(wild_layouts, "_papers", papers)
        plain = {"wall": "paper", "wall_bgr": (205, 222, 232), "blur_px": 1.1, "noise": 3.0, "quality": 71}
        return wild_board(seed, wish=wish(rows=3, columns=4, card_mm=SIZE_MM, roomy=(1.42, 1.73), written=0.4, **plain), extras=Extras())

    return draw


def shown(board: Wild) -> float:
    """How much of the card in front is on the card that was found of it, and how much of that is it: the smaller share."""
    front = board.cards[-1].corners_mm.astype(np.float32)
    found = [card.corners_mm.astype(np.float32) for card in look(board).cards if card.cell == STACK]
    common = [cv2.intersectConvexConvex(front, card)[0] / max(cv2.contourArea(front), cv2.contourArea(card)) for card in found]
    return max(common, default=0.0)


@pytest.mark.parametrize("seed", [3, 6])
def test_a_shred_of_the_card_behind_is_not_completed_over_the_one_in_front(hung: Callable[..., Wild], seed: int) -> None:
    """Of a blue card a strip shows beside two orange ones: a rectangle of a usual size about it is mostly orange, and no card."""
    assert shown(hung(seed, (BLUE, -12, -15), (ORANGE, 2, -2), (ORANGE, 9, -7))) > 0.8


def least_shown(board: Wild) -> float:
    """Of the sheets of the stack, common over total area of the one that is found worst and the card that lies on it best."""
    found = [card.corners_mm.astype(np.float32) for card in look(board).cards if card.cell == STACK]
    shares = []
    for sheet in (card for card in board.cards if card.cell == STACK):
        own = sheet.corners_mm.astype(np.float32)
        common = [cv2.intersectConvexConvex(own, card)[0] for card in found]
        shares.append(max((c / (cv2.contourArea(own) + cv2.contourArea(k) - c) for c, k in zip(common, found, strict=True)), default=0.0))
    return min(shares)


@pytest.mark.parametrize("seed", [3, 6])
@pytest.mark.parametrize("places", [((-2, -18), (3, 20)), ((-14, -14), (14, 14)), ((-16, 1), (15, -2))])
def test_sheets_of_one_colour_over_one_another_are_each_a_card(hung: Callable[..., Wild], seed: int, places) -> None:
    """Half and less of each is covered: what shows of their edges, and the size of the cards that hang alone, part them."""
    assert least_shown(hung(seed, *((ORANGE, x, y) for x, y in places))) > 0.6


@pytest.mark.parametrize("seed", [1, 2, 4])
def test_stacks_are_drawn_as_their_page_says(seed: int) -> None:
    """On a board of stacks sheets of one size cover each other in part, turned by 15 degrees at most; on the plain one next to none do."""
    wish, extras = stacked_wish(seed)
    stacked, plain = wild_board(seed, wish=wish, extras=extras), wild_board(seed, wish=wish, extras=stacked_wish(seed, plain=True)[1])
    assert sum(card.visible < 0.9 for card in stacked.cards) > 3 * sum(card.visible < 0.9 for card in plain.cards)
    assert all(stacked.layout.cell_at(*card.corners_mm.mean(0).tolist()) == card.cell for card in stacked.cards)
