"""Random boards of many kinds (``tests/wild_boards.py``): is the board found, and which of its cards.

    python docs/benchmarks/bench_boards.py [--first 0] [--boards 80] [--fonts FOLDER_OF_TTF_FONTS] [--no-finding] [--list] [--more]

Each board is asked twice. *Finding*: its photo and its names alone; found where the middle of every cell falls into the right cell, wrong
where a pose is believed with which it does not. *Cards*: with the true pose, a sheet counts where a card found in its cell and it share
half of the smaller and a third of the larger, each card once; *whole* are those with more than 0.75 of common over total area. Sheets of
which less than 0.6 shows are not asked for. What is found in the grid and counts for no sheet is false. ``--list`` prints every missed
sheet and every false card. ``--more`` draws what tests/wild_extras.py adds. Look at other seeds than you count.

Cards bear words of ``tests/wild_words.txt``, which changes with nothing else: a seed draws the same board in every version.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
from wild_boards import Wild, WildCard, wild_board
from wild_extras import Extras

from digitizer.errors import BoardNotFound
from digitizer.frames import photo_from_board
from digitizer.locate import locate
from digitizer.model import Card, Pose
from digitizer.names import Names
from digitizer.readers.onnx_recogniser import OnnxRecogniser
from digitizer.rectify import rectify
from digitizer.score import LEAST_VISIBLE
from digitizer.segment import segment

NEAR, BESIDE = 6.0, 15.0
"""CIE Lab distances of paper from board under which it is of the board's own colour, or close to it."""


@dataclass
class Count:
    """Sheets asked for, found, and cards that are none; boards found, refused, and believed wrongly."""

    asked: int = 0
    hit: int = 0
    false: int = 0
    blank: int = 0
    whole: int = 0
    boards: int = 0
    outcomes: dict[str, int] = field(default_factory=lambda: {"found": 0, "refused": 0, "wrong": 0})


@dataclass(frozen=True, eq=False)
class Matched:
    """The sheets asked for, each with the card that was found of it or None, and the cards that are no sheets."""

    pairs: tuple[tuple[WildCard, Card | None], ...]
    false: tuple[Card, ...]


def match(board: Wild, found: Sequence[Card]) -> Matched:
    """Give each sheet the card that lies on it best, each card once."""
    overlaps = sorted(
        ((_overlap(sheet.corners_mm, card.corners_mm), i, k) for i, sheet in enumerate(board.cards) for k, card in enumerate(found)),
        reverse=True,
    )
    of_sheet: dict[int, int] = {}
    for share, i, k in overlaps:
        if share > 0 and i not in of_sheet and k not in of_sheet.values():
            of_sheet[i] = k
    right = {i: k for i, k in of_sheet.items() if found[k].cell == board.cards[i].cell}
    pairs = tuple((sheet, found[right[i]] if i in right else None) for i, sheet in enumerate(board.cards) if sheet.visible >= LEAST_VISIBLE)
    taken = set(of_sheet.values())
    return Matched(pairs, tuple(card for k, card in enumerate(found) if card.cell is not None and k not in taken))


def _overlap(one: np.ndarray, other: np.ndarray) -> float:
    """Intersection over union, or 0 where less than a half of the smaller, or a third of the larger, is common."""
    if np.abs(one.mean(0) - other.mean(0)).max() > 400:
        return 0.0
    common = cv2.intersectConvexConvex(one.astype(np.float32), other.astype(np.float32))[0]
    areas = sorted(abs(cv2.contourArea(quad.astype(np.float32))) for quad in (one, other))
    if common < 0.5 * areas[0] or common < areas[1] / 3:
        return 0.0
    return float(common / (sum(areas) - common))


def outcome(board: Wild, reader: OnnxRecogniser) -> str:
    """Whether the board is found by what is on it."""
    try:
        pose = locate(board.photo, board.board, None, names=Names(board.photo, board.board, reader))
    except BoardNotFound:
        return "refused"
    return "found" if _is_right(board, pose) else "wrong"


def _is_right(board: Wild, pose: Pose) -> bool:
    if (pose.layout.columns, pose.layout.rows) != (board.layout.columns, board.layout.rows):
        return False
    x, y = (np.add(edges[:-1], edges[1:]) / 2 for edges in (pose.layout.column_edges_mm, pose.layout.row_edges_mm))
    middles = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    true_mm = cv2.perspectiveTransform(photo_from_board(pose, middles)[None].astype(np.float64), board.board_from_photo)[0]
    cells = [board.layout.cell_at(*point) for point in true_mm.tolist()]
    return all(cell is not None and (cell.row, cell.column) == divmod(k, board.layout.columns) for k, cell in enumerate(cells))


def kinds_of(board: Wild) -> list[str]:
    """The rows of the table that a board belongs to."""
    wish = board.wish
    kinds = [
        "all",
        f"light: {wish.light}",
        f"board: {wish.wall}",
        f"lines: {wish.lines}",
        f"labels: {wish.labels}",
        f"papers: {wish.papers}",
    ]
    kinds += [f"extra: {name}" for name in extras_of(board)]
    kinds += ["people before it"] * bool(wish.heads or wish.body) + [f"{wish.beside} beside"] * bool(wish.beside)
    return kinds


def extras_of(board: Wild) -> list[str]:
    """What the board has besides, by name."""
    plain, extras = Extras(), board.extras
    drawn = ("dots", "masking", "torn", "bar", "framed", "sideways", "any_size", "lunch", "banded", "lamp", "pitch_deg")
    names = [name for name in drawn if getattr(extras, name) != getattr(plain, name)]
    wish = board.wish
    return names + ["foot over head"] * (wish.roomy[1] < 1.1) + ["messenger"] * (wish.quality < 60)


def colour_of(sheet: WildCard) -> str:
    """The row of the table that a sheet belongs to."""
    if sheet.off_board < NEAR:
        return "colour: the board's own"
    return "colour: near the board's" if sheet.off_board < BESIDE else "colour: another"


def count(counts: dict[str, Count], board: Wild, found: Matched, way: str | None) -> None:
    """Add a board to the table."""
    rows = [counts[kind] for kind in kinds_of(board)]
    for row in rows:
        row.boards += 1
        row.false += len(found.false)
        if way:
            row.outcomes[way] += 1
    for sheet, card in found.pairs:
        blank = counts["colour: the board's own, blank"] if not sheet.lines and sheet.off_board < NEAR else None
        for row in [*rows, counts[colour_of(sheet)], *([blank] if blank else [])]:
            row.asked += 1
            row.hit += card is not None
            row.whole += card is not None and _overlap(sheet.corners_mm, card.corners_mm) > 0.75


def table(counts: dict[str, Count]) -> Iterator[str]:
    """Lines of Markdown."""
    yield "| | boards | found / refused / wrong | sheets | found in their cell | whole | cards that are sheets | false |"
    yield "|---|---:|---|---:|---:|---:|---:|---:|"
    for name in sorted(counts, key=lambda n: (n != "all", n)):
        c = counts[name]
        ways = " / ".join(str(v) for v in c.outcomes.values()) if sum(c.outcomes.values()) else ""
        precision = f"{c.hit / max(c.hit + c.false, 1):.2f} | {c.false}" if c.boards else " | "
        shares = f"{c.hit / max(c.asked, 1):.2f} | {c.whole / max(c.hit, 1):.2f}"
        yield f"| {name} | {c.boards or ''} | {ways} | {c.asked} | {shares} | {precision} |"


def losses(board: Wild, found: Matched) -> Iterator[str]:
    """A line for each missed sheet and each false card."""
    for sheet, card in found.pairs:
        if card is None:
            where = np.round(sheet.corners_mm.mean(0)).astype(int).tolist()
            yield f"{board.photo.name} missed {sheet.cell} at {where} off_board {sheet.off_board:.1f} {' / '.join(sheet.lines)}"
    for card in found.false:
        size = np.round(np.ptp(card.corners_mm, axis=0)).astype(int).tolist()
        yield f"{board.photo.name} false {card.cell} at {np.round(card.corners_mm.mean(0)).astype(int).tolist()} size {size}"


def main() -> None:
    """Draw, find, count, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--first", type=int, default=0, help="seed of the first board")
    parser.add_argument("--boards", type=int, default=80)
    parser.add_argument("--fonts", type=Path, help="faces to write with; without, Open Sans")
    parser.add_argument("--no-finding", action="store_true", help="count cards alone")
    parser.add_argument("--more", action="store_true", help="with tape, dots, torn corners, lamps and what else real boards have")
    parser.add_argument("--list", action="store_true", help="print what was missed, and what is no card")
    options = parser.parse_args()
    counts: dict[str, Count] = defaultdict(Count)
    reader = OnnxRecogniser()
    for seed in range(options.first, options.first + options.boards):
        board = wild_board(seed, options.fonts, more=options.more)
        found = match(board, segment(rectify(board.photo, board.pose()), board.layout).cards)
        count(counts, board, found, None if options.no_finding else outcome(board, reader))
        if options.list:
            sys.stderr.write("".join(line + "\n" for line in losses(board, found)))
    sys.stdout.write("\n".join(table(counts)) + "\n")


if __name__ == "__main__":
    main()
