"""An event -> the pages of its kit."""

from __future__ import annotations

from calibration.kit import MOST_BOARDS
from digitizer.errors import EventError
from digitizer.kit.board_pages import board_pages
from digitizer.kit.card_pages import card_pages, sign_pages
from digitizer.kit.instructions import instruction_page
from digitizer.kit.order import Order
from digitizer.kit.shapes import Page
from digitizer.kit.target_page import target_page


def kit_pages(order: Order, *, target: bool = False) -> tuple[Page, ...]:
    """All pages: how to use them, what hangs around each board, topic cards, signs, the ``target`` for lenses. Raises ``EventError``."""
    boards_given = len(order.event.boards)
    if boards_given > MOST_BOARDS:
        raise EventError(
            f"The event has {boards_given} boards, too many for a kit.",
            f"There are markers for {MOST_BOARDS}.",
            "Make a kit for each part.",
        )
    boards = [page for number, board in enumerate(order.event.boards) for page in board_pages(order, board, number)]
    pages = [*boards, *card_pages(order), *sign_pages(order), *([target_page(order)] if target else [])]
    return (instruction_page(order, pages), *pages)
