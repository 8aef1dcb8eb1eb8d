"""Boards full of stacks of one colour (``tests/wild_stacks.py``), poses given: which of their sheets are found.

    python docs/benchmarks/bench_stacks.py [--first 0] [--boards 16] [--fonts FOLDER_OF_TTF_FONTS] [--plain]

Sheets are matched as ``bench_boards.py`` does. *In a stack* is a sheet that shares more than a twentieth with another, *in front* one of
those of which all shows. A sheet is *held* where half of it lies on some card that was found. ``--plain`` draws the same boards without
stacks: nothing may be lost there. Look at other seeds than you count.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
from bench_boards import match
from wild_boards import Wild, WildCard, wild_board
from wild_stacks import stacked_wish

from digitizer.model import Card
from digitizer.rectify import rectify
from digitizer.segment import segment

IN_STACK, IN_FRONT, WHOLE, HELD = 0.05, 0.95, 0.75, 0.5
"""Share of a sheet that others share; share that shows; common over total area; share that a card holds."""


@dataclass
class Count:
    """Sheets asked for, found, found whole, and held by no card."""

    asked: int = 0
    found: int = 0
    whole: int = 0
    missed: int = 0


def count(counts: dict[str, Count], board: Wild, cards: Sequence[Card]) -> int:
    """Add a board to the table; the number of cards in the grid that are no sheets."""
    matched = match(board, cards)
    for sheet, card in matched.pairs:
        others = [other.corners_mm for other in board.cards if other is not sheet]
        rows = ["all", "in a stack" if _shared(sheet.corners_mm, others) > IN_STACK else "single"]
        rows += ["in a stack, in front"] * (rows[1] == "in a stack" and sheet.visible > IN_FRONT)
        held = _shared(sheet.corners_mm, [other.corners_mm for other in cards]) > HELD
        for name in rows:
            row = counts[name]
            row.asked += 1
            row.found += card is not None
            row.whole += card is not None and _is_whole(sheet, card)
            row.missed += not held
    return len(matched.false)


def _shared(quad: np.ndarray, others: Sequence[np.ndarray]) -> float:
    """The largest share of a quad that one of the others covers."""
    own = quad.astype(np.float32)
    near = [other.astype(np.float32) for other in others if np.abs(other.mean(0) - quad.mean(0)).max() < 400]
    return max((cv2.intersectConvexConvex(own, other)[0] for other in near), default=0.0) / abs(cv2.contourArea(own))


def _is_whole(sheet: WildCard, card: Card) -> bool:
    one, other = sheet.corners_mm.astype(np.float32), card.corners_mm.astype(np.float32)
    common = cv2.intersectConvexConvex(one, other)[0]
    return bool(common > WHOLE * (abs(cv2.contourArea(one)) + abs(cv2.contourArea(other)) - common))


def table(counts: dict[str, Count], false: int) -> Iterator[str]:
    """Lines of Markdown."""
    yield "| | sheets | found in their cell | whole | held by no card |"
    yield "|---|---:|---:|---:|---:|"
    for name, row in sorted(counts.items()):
        yield f"| {name} | {row.asked} | {row.found} | {row.whole} | {row.missed} |"
    yield ""
    yield f"{false} cards that are no sheets."


def main() -> None:
    """Draw, find, count, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--first", type=int, default=0, help="seed of the first board")
    parser.add_argument("--boards", type=int, default=16)
    parser.add_argument("--fonts", type=Path, help="faces to write with; without, Open Sans")
    parser.add_argument("--plain", action="store_true", help="the same boards with single sheets")
    options = parser.parse_args()
    counts: dict[str, Count] = defaultdict(Count)
    false = 0
    for seed in range(options.first, options.first + options.boards):
        wish, extras = stacked_wish(seed, options.plain)
        board = wild_board(seed, options.fonts, wish=wish, extras=extras)
        false += count(counts, board, segment(rectify(board.photo, board.pose()), board.layout).cards)
    sys.stdout.write("\n".join(table(counts, false)) + "\n")


if __name__ == "__main__":
    main()
