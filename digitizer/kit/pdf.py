"""Pages as a PDF at true scale, its fonts embedded. The same pages give the same bytes."""

from __future__ import annotations

import io
from collections.abc import Sequence

from reportlab.lib.colors import Color
from reportlab.pdfgen.canvas import Canvas

from calibration.kit import Box
from digitizer.kit.shapes import Code, Colour, Disc, Page, Path, Rect, Shape, Text
from digitizer.kit.typeface import Typeface

PT_PER_MM = 72 / 25.4
OVERLAP_MM = 0.02
"""How far the rows of a code overlap: without it viewers draw hairlines of paper between them."""


def to_pdf(pages: Sequence[Page], title: str, typeface: Typeface) -> bytes:
    """The pages as a PDF with a table of contents; printers are told not to scale it."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pageCompression=1, invariant=1, initialFontName=typeface.regular.name)
    canvas.setTitle(title)
    canvas.setCreator("Boardcast")
    canvas.setViewerPreference("PrintScaling", "None")
    for number, page in enumerate(pages):
        _begin(canvas, page, number)
        for shape in page.shapes:
            _draw(canvas, shape, typeface)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def _begin(canvas: Canvas, page: Page, number: int) -> None:
    width, height = (side * PT_PER_MM for side in page.size_mm)
    canvas.setPageSize((width, height))
    canvas.bookmarkPage(f"page-{number}")
    canvas.addOutlineEntry(page.name, f"page-{number}")
    canvas.transform(PT_PER_MM, 0, 0, -PT_PER_MM, 0, height)


def _draw(canvas: Canvas, shape: Shape, typeface: Typeface) -> None:
    match shape:
        case Rect():
            _rect(canvas, shape)
        case Path():
            _path(canvas, shape)
        case Disc():
            canvas.setFillColor(_colour(shape.fill))
            canvas.circle(*shape.centre, shape.radius, stroke=0, fill=1)
        case Text():
            _text(canvas, shape, typeface)
        case Code():
            _code(canvas, shape)


def _rect(canvas: Canvas, rect: Rect) -> None:
    _pens(canvas, rect.stroke, rect.stroke_mm, rect.fill)
    box = rect.box
    canvas.roundRect(box.x, box.y, box.width, box.height, rect.radius, stroke=int(rect.stroke is not None), fill=int(rect.fill is not None))


def _path(canvas: Canvas, path: Path) -> None:
    _pens(canvas, path.stroke, path.stroke_mm, path.fill)
    canvas.setDash(*(path.dash_mm or ()))
    drawn = canvas.beginPath()
    drawn.moveTo(*path.points[0])
    for point in path.points[1:]:
        drawn.lineTo(*point)
    if path.fill is not None:
        drawn.close()
    canvas.drawPath(drawn, stroke=int(path.stroke is not None), fill=int(path.fill is not None))
    canvas.setDash()


def _text(canvas: Canvas, text: Text, typeface: Typeface) -> None:
    width = typeface.width(text.text, text.size, text.bold)
    x = text.at[0] - {"left": 0.0, "middle": width / 2, "right": width}[text.align]
    canvas.setFillColor(_colour(text.colour))
    for font, part in typeface.runs(text.text, text.bold):
        canvas.saveState()
        canvas.transform(1, 0, 0, -1, x, text.at[1])
        canvas.setFont(font.name, text.size)
        canvas.drawString(0, 0, part)
        canvas.restoreState()
        x += font.width(part, text.size)


def _code(canvas: Canvas, code: Code) -> None:
    drawn = canvas.beginPath()
    for box in runs(code):
        drawn.rect(box.x, box.y, box.width, box.height)
    canvas.setFillColor(_colour((0, 0, 0)))
    canvas.drawPath(drawn, stroke=0, fill=1)


def runs(code: Code) -> list[Box]:
    """The black modules of a code, neighbours in a row joined, rows overlapping by a hair."""
    rows, columns = code.modules.shape
    across, down = code.box.width / columns, code.box.height / rows
    boxes = []
    for row in range(rows):
        begun = None
        for column in range(columns + 1):
            black = column < columns and code.modules[row, column]
            if black and begun is None:
                begun = column
            elif not black and begun is not None:
                under = row + 1 < rows and code.modules[row + 1, begun:column].any()
                height = down + OVERLAP_MM * under
                boxes.append(Box(code.box.x + begun * across, code.box.y + row * down, (column - begun) * across, height))
                begun = None
    return boxes


def _pens(canvas: Canvas, stroke: Colour | None, stroke_mm: float, fill: Colour | None) -> None:
    if stroke is not None:
        canvas.setStrokeColor(_colour(stroke))
        canvas.setLineWidth(stroke_mm)
    if fill is not None:
        canvas.setFillColor(_colour(fill))


def _colour(rgb: Colour) -> Color:
    return Color(*(level / 255 for level in rgb))
