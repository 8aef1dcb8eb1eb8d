"""The page by which a camera's lens is measured: a chessboard with markers in its white squares."""

from __future__ import annotations

from calibration.kit import Box, target_marker
from calibration.lens import Target
from digitizer.kit.order import Order
from digitizer.kit.shapes import BLACK, GRAY, Code, Page, Rect, Shape, Text

HELP = "Glue it to something flat. Ten photos with the board's camera: near, tilted by 20 to 40 degrees, in the picture's corners too."


def target_page(order: Order) -> Page:
    """The target in the middle of a page on its side, as ``calibration.lens`` looks for it."""
    target, (width, height) = Target(), order.sideways_mm
    side = target.square_mm
    left, top = (width - target.columns * side) / 2, (height - target.rows * side) / 2
    inset = (side - target.marker_mm) / 2
    shapes: list[Shape] = []
    white = 0
    for row in range(target.rows):
        for column in range(target.columns):
            x, y = left + column * side, top + row * side
            if (row + column) % 2 == 0:
                shapes.append(Rect(Box(x, y, side, side), fill=BLACK))
            else:
                shapes.append(Code(Box(x + inset, y + inset, target.marker_mm, target.marker_mm), target_marker(white)))
                white += 1
    shapes.append(Text((width / 2, height - 5.0), order.typeface.shortened(HELP, width - 30.0, 2.8), 2.8, GRAY, align="middle"))
    return Page("Target for lenses", (width, height), tuple(shapes))
