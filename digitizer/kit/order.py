"""What an organizer asks of the kit, and what all its pages share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from calibration.kit import MOST_CARDS
from digitizer.errors import EventError
from digitizer.event import Board, Event
from digitizer.kit.shapes import GRAY, INK, PALE, Colour, Path, Shape, Text, line
from digitizer.kit.typeface import Typeface

Item = TypeVar("Item")

PAPERS = {"a4": (210.0, 297.0), "letter": (215.9, 279.4)}
"""Width and height, mm, upright."""

CARDS_A_CELL = 1.5
"""Topic cards printed for each free cell unless told otherwise: some are miswritten, some cells get two."""

CARDS_A_PAGE = 4
CUT_MM = 5.0
"""Length of a cut mark where the margin has room for it."""

FOOT_MM, FOOT_MARGIN_MM = 2.6, 8.0
"""Size of the foot line, and its least distance from the sides of the page: few printers print the outer 4 to 6 mm."""

GAP_MM = 1.5
"""Distance of a cut mark from what is cut."""


@dataclass(frozen=True, eq=False)
class Order:
    """``paper`` is a key of ``PAPERS``; ``url`` of the public page for QR codes, or None; ``numbers`` of the topic cards."""

    event: Event
    typeface: Typeface
    paper: str
    url: str | None
    numbers: range

    @property
    def upright_mm(self) -> tuple[float, float]:
        """Width and height of a page held upright."""
        return PAPERS[self.paper]

    @property
    def sideways_mm(self) -> tuple[float, float]:
        """Width and height of a page on its side."""
        width, height = PAPERS[self.paper]
        return height, width


def card_numbers(event: Event, count: int | None, first: int) -> range:
    """Numbers of the topic cards: ``count`` of them, or enough for the free cells, in whole pages. Raises ``EventError``."""
    if count is None:
        cells = sum(len(board.rooms) * len(board.slots) - len({b.cell for b in board.blocked}) for board in event.boards)
        count = max(CARDS_A_PAGE, -(-int(cells * CARDS_A_CELL) // CARDS_A_PAGE) * CARDS_A_PAGE)
        count = min(count, max(0, MOST_CARDS - first))
    if first < 0 or count < 0 or first + count > MOST_CARDS or (count == 0 and first >= MOST_CARDS):
        raise EventError(
            f"There are no topic cards {first} to {first + count - 1}.",
            f"The kit has markers for {MOST_CARDS} cards, 0 to {MOST_CARDS - 1}.",
            "Print fewer, or begin lower.",
        )
    return range(first, first + count)


def paragraph(typeface: Typeface, text: str, at: tuple[float, float], width: float, size: float, colour: Colour = INK) -> list[Shape]:
    """Lines of text from a first baseline on."""
    x, y = at
    lines = typeface.wrapped(text, width, size)
    return [Text((x, y + i * size * 1.4), words, size, colour) for i, words in enumerate(lines)]


def centred(size_mm: tuple[float, float], piece_mm: tuple[float, float], grid: tuple[int, int]) -> Iterator[tuple[float, float]]:
    """Top left corners of ``grid`` (columns, rows) pieces, side by side in the middle of a page, row by row."""
    columns, rows = grid
    left, top = (size_mm[0] - columns * piece_mm[0]) / 2, (size_mm[1] - rows * piece_mm[1]) / 2
    return ((left + column * piece_mm[0], top + row * piece_mm[1]) for row in range(rows) for column in range(columns))


def cut_marks(size_mm: tuple[float, float], piece_mm: tuple[float, float], grid: tuple[int, int]) -> list[Shape]:
    """Marks in the page's margins, in line with the cuts, and faint dashes along them."""
    columns, rows = grid
    width, height = columns * piece_mm[0], rows * piece_mm[1]
    left, top = (size_mm[0] - width) / 2, (size_mm[1] - height) / 2
    beside, above = (min(CUT_MM, margin - GAP_MM) for margin in (left, top))
    marks: list[Shape] = []
    for x in (left + i * piece_mm[0] for i in range(columns + 1)):
        marks += [line((x, y), (x, y + above), GRAY, 0.2) for y in (top - GAP_MM - above, top + height + GAP_MM)]
        marks.append(Path(((x, top), (x, top + height)), PALE, 0.15, dash_mm=(1.0, 2.0)))
    for y in (top + i * piece_mm[1] for i in range(rows + 1)):
        marks += [line((x, y), (x + beside, y), GRAY, 0.2) for x in (left - GAP_MM - beside, left + width + GAP_MM)]
        marks.append(Path(((left, y), (left + width, y)), PALE, 0.15, dash_mm=(1.0, 2.0)))
    return marks


def footer(order: Order, size_mm: tuple[float, float], text: str) -> list[Shape]:
    """What the page is, small, between the cut marks at its lower edge. What it is for is whole: the event's name is cut before it."""
    face, width, joint = order.typeface, size_mm[0] - 2 * FOOT_MARGIN_MM, " · "
    room = width - face.width(f"{joint}{text}", FOOT_MM)
    name = face.shortened(order.event.name, room, FOOT_MM)
    words = text if name == "…" else f"{name}{joint}{text}"
    return [Text((size_mm[0] / 2, size_mm[1] - 4.2), words, face.fitting(words, width, FOOT_MM), GRAY, align="middle")]


def day_of(board: Board) -> str:
    """A board's day, as it is printed: "Friday 17 May 2024"."""
    return f"{board.date:%A} {board.date.day} {board.date:%B %Y}"


def portions(items: Sequence[Item], most: int) -> Iterator[Sequence[Item]]:
    """The items in parts of ``most``, the last one as long as what is left."""
    return (items[i : i + most] for i in range(0, len(items), most))
