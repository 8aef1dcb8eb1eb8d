"""What hangs around a board: tiles at the corners of its grid, strips at its columns and rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from calibration.kit import (
    COLUMN_IDS,
    COLUMN_STRIP_MM,
    OUTWARD,
    ROW_IDS,
    ROW_STRIP_MM,
    TILE_MARKER_MM,
    TILE_MM,
    Box,
    Corner,
    board_marker,
    column_strip_marker,
    corner_id,
    row_strip_marker,
)
from digitizer.event import Board
from digitizer.kit.order import Order, centred, cut_marks, day_of, footer, portions
from digitizer.kit.shapes import CORAL, GRAY, INK, Code, Page, Path, Shape, Text, moved

TILES = (2, 2)
COLUMN_STRIPS = (2, 4)
ROW_STRIPS = (2, 6)
"""Columns and rows of pieces on an upright page, at most."""

BRACKET_MM = 14.0
"""Length of the coloured corner that goes on the grid's corner."""


def board_pages(order: Order, board: Board, number: int) -> Iterator[Page]:
    """All pages of the event's board of that number."""
    yield corner_page(order, board, number)
    columns = [column_strip(order, label, i) for i, label in enumerate(board.column_labels)]
    rows = [row_strip(order, label, i) for i, label in enumerate(board.row_labels)]
    above, beside = ("Rooms", "Slots") if board.columns == "rooms" else ("Slots", "Rooms")
    yield from _strip_pages(order, columns, (COLUMN_STRIP_MM, COLUMN_STRIPS), f"{above} of board {board.id}")
    yield from _strip_pages(order, rows, (ROW_STRIP_MM, ROW_STRIPS), f"{beside} of board {board.id}")


def corner_page(order: Order, board: Board, number: int) -> Page:
    """The four tiles of a board on one page, as they lie around the grid."""
    size, name = order.upright_mm, f"Corners of board {board.id}"
    shapes = cut_marks(size, (TILE_MM, TILE_MM), TILES)
    places = list(centred(size, (TILE_MM, TILE_MM), TILES))
    for corner, (x, y) in zip((Corner.TOP_LEFT, Corner.TOP_RIGHT, Corner.BOTTOM_LEFT, Corner.BOTTOM_RIGHT), places, strict=True):
        shapes += [moved(shape, x, y) for shape in corner_tile(order, board, corner_id(number, corner))]
    shapes += footer(order, size, f"{name}, {day_of(board)}. The coloured angle of each goes on that corner of the grid of cells.")
    return Page(name, size, tuple(shapes))


def corner_tile(order: Order, board: Board, marker: int) -> list[Shape]:
    """One tile: the marker, whose corner it is, and a coloured angle at the corner that touches the grid."""
    corner = Corner(marker % 4)
    margin = (TILE_MM - TILE_MARKER_MM) / 2
    across, down = (-OUTWARD[corner]).tolist()
    x, y = (TILE_MM if way > 0 else 0.0 for way in (across, down))
    inset = 1.6
    tip = x - across * inset, y - down * inset
    angle = ((tip[0] - across * BRACKET_MM, tip[1]), tip, (tip[0], tip[1] - down * BRACKET_MM))
    outer = 4.6 if down > 0 else TILE_MM - 2.6
    face = order.typeface
    label = face.shortened(f"{order.event.name} · {board.id}", 60.0, 2.8, True)
    return [
        Code(Box(margin, margin, TILE_MARKER_MM, TILE_MARKER_MM), board_marker(marker)),
        Path(angle, CORAL, 1.6),
        Text((margin, outer), label, 2.8, INK, True),
        Text((TILE_MM - margin, outer), corner.words, 2.8, GRAY, align="right"),
    ]


def column_strip(order: Order, label: str, index: int) -> list[Shape]:
    """A label to stand above a column."""
    width, height = COLUMN_STRIP_MM
    size = order.typeface.fitting(label, width - 12, 20.0, True)
    return [
        Text((width / 2, 15.0 + size * 0.36), label, size, INK, True, "middle"),
        Code(column_strip_marker(), board_marker(COLUMN_IDS + index)),
        Path(((width / 2 - 2.4, height - 3.4), (width / 2 + 2.4, height - 3.4), (width / 2, height - 0.6)), fill=CORAL),
        Text((6.0, height - 5.0), order.typeface.shortened(order.event.name, 28.0, 2.6), 2.6, GRAY),
        Text((width - 6.0, height - 5.0), f"column {index + 1}", 2.6, GRAY, align="right"),
    ]


def row_strip(order: Order, label: str, index: int) -> list[Shape]:
    """A label to stand left of a row."""
    width, height = ROW_STRIP_MM
    size = order.typeface.fitting(label, width - 44, 18.0, True)
    return [
        Text((8.0, height / 2 + size * 0.36), label, size, INK, True),
        Code(row_strip_marker(), board_marker(ROW_IDS + index)),
        Path(((width - 3.4, height / 2 - 2.4), (width - 3.4, height / 2 + 2.4), (width - 0.6, height / 2)), fill=CORAL),
        Text((8.0, height - 5.0), order.typeface.shortened(order.event.name, 28.0, 2.6), 2.6, GRAY),
        Text((54.0, height - 5.0), f"row {index + 1}", 2.6, GRAY, align="right"),
    ]


def _strip_pages(
    order: Order, strips: Sequence[list[Shape]], form: tuple[tuple[float, float], tuple[int, int]], name: str
) -> Iterator[Page]:
    piece, (columns, rows) = form
    size = order.upright_mm
    for part in portions(strips, columns * rows):
        grid = columns, -(-len(part) // columns)
        shapes = cut_marks(size, piece, grid)
        for strip, (x, y) in zip(part, centred(size, piece, grid), strict=False):
            shapes += [moved(shape, x, y) for shape in strip]
        yield Page(name, size, (*shapes, *footer(order, size, f"{name}. The coloured tip stands on the grid's outer line.")))
