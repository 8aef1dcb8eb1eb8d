"""The first page: how the kit is printed, cut and hung, with a ruler to check that the printer kept the scale."""

from __future__ import annotations

from collections.abc import Sequence

from calibration.kit import Box
from digitizer.kit.order import Order, paragraph
from digitizer.kit.shapes import BLACK, CORAL, GRAY, INK, MIST, PALE, WHITE, Disc, Page, Path, Rect, Shape, Text, line

MARGIN = 18.0
RULER_MM = 150
INCH_MM = 25.4

STEPS = (
    ("Print at 100 %.", 'In colour, on one side, at "actual size": never "fit to page". Then hold a ruler to the one below.'),
    ("Cut along the dashes.", "Card stock is best for topic cards; plain paper does."),
    ("Hang the corners.", "Four to a board, outside the grid of cells: the coloured angle of each touches its corner."),
    ("Hang the strips.", "The coloured tip stands on the grid's outer line, at the middle of its column or row."),
    ("Lay out the topic cards.", "With dark pens. Each has a number of its own: it is known again wherever it hangs."),
    ("Take a photo.", "Of the whole board, three corners or four in view. No calibration is needed."),
)


def instruction_page(order: Order, pages: Sequence[Page]) -> Page:
    """The page, with a list of those that follow."""
    size = order.upright_mm
    width, height = size
    shapes: list[Shape] = [
        Rect(Box(MARGIN, 16.0, 22.0, 2.4), fill=CORAL),
        Text((MARGIN, 30.0), "The board kit", 11.0, INK, True),
        Text((MARGIN, 38.0), order.typeface.shortened(order.event.name, width - 2 * MARGIN, 5.6), 5.6, GRAY),
        *_steps(order, (MARGIN, 51.0), width - 2 * MARGIN),
        *_contents(order, pages, Box(MARGIN, height - 110.0, 72.0, 62.0)),
        *_diagram(Box(width - MARGIN - 94.0, height - 114.0, 94.0, 66.0)),
        *_ruler(order, ((width - RULER_MM) / 2, height - 31.0)),
    ]
    return Page("How to use this kit", size, tuple(shapes))


def _steps(order: Order, at: tuple[float, float], width: float) -> list[Shape]:
    shapes: list[Shape] = []
    x, y = at
    for number, (title, text) in enumerate(STEPS, 1):
        shapes += [
            Disc((x + 4.0, y), 4.0, CORAL),
            Text((x + 4.0, y + 1.75), str(number), 4.8, WHITE, True, "middle"),
            Text((x + 13.0, y + 0.4), title, 4.6, INK, True),
            *paragraph(order.typeface, text, (x + 13.0, y + 6.0), width - 13.0, 3.7, GRAY),
        ]
        y += 20.5
    return shapes


def _contents(order: Order, pages: Sequence[Page], box: Box) -> list[Shape]:
    """What is on which page; pages of one kind in one row."""
    spans: list[tuple[str, int, int]] = []
    for number, page in enumerate(pages, 2):
        kind = (
            "Topic cards" if page.name.startswith("Topic cards") else "Signs for the rooms" if page.name.startswith("Sign") else page.name
        )
        if spans and spans[-1][0] == kind:
            spans[-1] = (kind, spans[-1][1], number)
        else:
            spans.append((kind, number, number))
    shown = spans if len(spans) <= 12 else [*spans[:9], ("…", spans[9][1], spans[-3][2]), *spans[-2:]]
    shapes: list[Shape] = [Text((box.x, box.y), "In this file", 4.6, INK, True)]
    for i, (kind, first, last) in enumerate(shown):
        y = box.y + 7.0 + i * 4.7
        span = str(first) if first == last else f"{first} to {last}"
        shapes.append(Text((box.x, y), order.typeface.shortened(kind, box.width - 16.0, 3.2), 3.2, GRAY))
        shapes.append(Text((box.right, y), span, 3.2, INK, align="right"))
    return shapes


def _diagram(box: Box) -> list[Shape]:
    """A board as it hangs: tiles outside the grid's corners, strips on its outer lines, a card in a cell."""
    columns, rows, tile = 4, 3, 12.0
    grid = Box(box.x + 17.0, box.y + 15.0, 60.0, 36.0)
    across, down = grid.width / columns, grid.height / rows
    shapes: list[Shape] = [Rect(box, fill=MIST, radius=2.0), Rect(grid, fill=WHITE, stroke=GRAY, stroke_mm=0.4)]
    shapes += [line((grid.x + i * across, grid.y), (grid.x + i * across, grid.bottom), PALE, 0.3) for i in range(1, columns)]
    shapes += [line((grid.x, grid.y + i * down), (grid.right, grid.y + i * down), PALE, 0.3) for i in range(1, rows)]
    for x, way_x in ((grid.x, -1), (grid.right, 1)):
        for y, way_y in ((grid.y, -1), (grid.bottom, 1)):
            left, top = x - (tile if way_x < 0 else 0.0), y - (tile if way_y < 0 else 0.0)
            shapes += [
                Rect(Box(left, top, tile, tile), fill=WHITE, stroke=PALE),
                Rect(Box(left + 2, top + 2, tile - 4, tile - 4), fill=BLACK),
            ]
            shapes.append(
                Path(
                    ((x + way_x * 4.5, y + way_y * 0.5), (x + way_x * 0.5, y + way_y * 0.5), (x + way_x * 0.5, y + way_y * 4.5)), CORAL, 0.9
                )
            )
    for i in range(columns):
        shapes += _strip(Box(grid.x + (i + 0.5) * across - 5.0, grid.y - 6.4, 10.0, 6.4), (grid.x + (i + 0.5) * across, grid.y), True)
    for i in range(rows):
        shapes += _strip(Box(grid.x - 10.0, grid.y + (i + 0.5) * down - 2.4, 10.0, 4.8), (grid.x, grid.y + (i + 0.5) * down), False)
    for column, row in ((0, 0), (2, 0), (1, 1), (3, 2)):
        x, y = grid.x + column * across + 2.0, grid.y + row * down + 2.0
        shapes += [Rect(Box(x, y, 10.6, 7.8), fill=WHITE, stroke=GRAY, stroke_mm=0.2), Rect(Box(x + 0.7, y + 0.7, 1.7, 1.7), fill=BLACK)]
    return shapes


def _strip(box: Box, foot: tuple[float, float], across: bool) -> list[Shape]:
    """A strip of the diagram, its tip on the grid's line."""
    x, y = foot
    tip = ((x - 1.0, y - 1.6), (x + 1.0, y - 1.6), (x, y)) if across else ((x - 1.6, y - 1.0), (x - 1.6, y + 1.0), (x, y))
    return [Rect(box, fill=WHITE, stroke=PALE, stroke_mm=0.2), Path(tip, fill=CORAL)]


def _ruler(order: Order, at: tuple[float, float]) -> list[Shape]:
    """150 mm with a tick a millimetre above the line, inches below it."""
    x, y = at
    middle = order.upright_mm[0] / 2
    shapes: list[Shape] = [
        Text(
            (middle, y - 9.0),
            "This line is exactly 150 mm long, or 5.91 inches. If yours is not, print again at 100 %.",
            3.4,
            INK,
            True,
            "middle",
        ),
        line((x, y), (x + RULER_MM, y), INK, 0.3),
    ]
    for mm in range(RULER_MM + 1):
        length = 4.5 if mm % 10 == 0 else 3.2 if mm % 5 == 0 else 2.0
        shapes.append(line((x + mm, y), (x + mm, y - length), INK, 0.2))
    shapes += [Text((x + mm, y - 5.4), str(mm // 10), 2.4, GRAY, align="middle") for mm in range(0, RULER_MM + 1, 10)]
    for eighth in range(int(RULER_MM / INCH_MM * 8) + 1):
        place = x + eighth * INCH_MM / 8
        shapes.append(line((place, y), (place, y + (4.5 if eighth % 8 == 0 else 3.2 if eighth % 4 == 0 else 2.0)), INK, 0.2))
        if eighth % 8 == 0:
            shapes.append(Text((place, y + 7.2), f"{eighth // 8} in", 2.4, GRAY, align="middle"))
    return [*shapes, Text((x - 3.0, y - 2.0), "cm", 2.4, GRAY, align="right")]
