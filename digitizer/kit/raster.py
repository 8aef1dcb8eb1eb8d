"""Pages as pictures, as a printer would draw them: to look at before printing, and for scenes whose truth is known."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from PIL import Image as Pictures
from PIL import ImageDraw, ImageFont

from calibration.rig import Image
from digitizer.kit.pdf import runs
from digitizer.kit.shapes import BLACK, Code, Colour, Disc, Page, Path, Rect, Shape, Text
from digitizer.kit.typeface import Typeface

FINER = 2
"""Drawn so many times larger and averaged down: edges between pixels stay where they are."""


def to_picture(page: Page, px_per_mm: float, typeface: Typeface) -> Image:
    """A page as HxWx3 u8 BGR, white paper."""
    width, height = (max(1, round(side * px_per_mm)) for side in page.size_mm)
    pen = Pen(width * FINER, height * FINER, width * FINER / page.size_mm[0], typeface)
    for shape in page.shapes:
        pen.draw(shape)
    small = pen.picture.resize((width, height), Pictures.Resampling.BOX)
    return np.ascontiguousarray(np.asarray(small)[..., ::-1])


class Pen:
    """Draws shapes into a picture of ``width`` x ``height`` px."""

    def __init__(self, width: int, height: int, px_per_mm: float, typeface: Typeface) -> None:
        self.picture = Pictures.new("RGB", (width, height), "white")
        self._pen = ImageDraw.Draw(self.picture)
        self._scale, self._typeface = px_per_mm, typeface

    def draw(self, shape: Shape) -> None:
        """Draw a shape over what is there."""
        match shape:
            case Rect():
                self._rect(shape)
            case Path():
                self._path(shape)
            case Disc():
                x, y = (value * self._scale for value in shape.centre)
                r = shape.radius * self._scale
                self._pen.ellipse((x - r, y - r, x + r, y + r), fill=shape.fill)
            case Text():
                self._text(shape)
            case Code():
                for box in runs(shape):
                    self._box((box.x, box.y, box.right, box.bottom), BLACK)

    def _box(self, corners: tuple[float, float, float, float], fill: Colour) -> None:
        left, top, right, bottom = (round(value * self._scale) for value in corners)
        self._pen.rectangle((left, top, max(left, right - 1), max(top, bottom - 1)), fill=fill)

    def _rect(self, rect: Rect) -> None:
        box, s = rect.box, self._scale
        grow = rect.stroke_mm / 2 if rect.stroke is not None else 0.0
        outer = (box.x - grow) * s, (box.y - grow) * s, (box.right + grow) * s, (box.bottom + grow) * s
        width = max(1, round(rect.stroke_mm * s)) if rect.stroke is not None else 0
        self._pen.rounded_rectangle(outer, rect.radius * s, fill=rect.fill, outline=rect.stroke, width=width)

    def _path(self, path: Path) -> None:
        points = [(x * self._scale, y * self._scale) for x, y in path.points]
        if path.fill is not None:
            self._pen.polygon(points, fill=path.fill)
            points.append(points[0])
        if path.stroke is None:
            return
        width = max(1, round(path.stroke_mm * self._scale))
        for start, end in pairwise(points):
            for a, b in _dashes(start, end, path.dash_mm, self._scale):
                self._pen.line((a, b), fill=path.stroke, width=width)

    def _text(self, text: Text) -> None:
        width = self._typeface.width(text.text, text.size, text.bold)
        x = text.at[0] - {"left": 0.0, "middle": width / 2, "right": width}[text.align]
        for font, part in self._typeface.runs(text.text, text.bold):
            loaded = ImageFont.truetype(str(font.path), text.size * self._scale, layout_engine=ImageFont.Layout.BASIC)
            self._pen.text((x * self._scale, text.at[1] * self._scale), part, fill=text.colour, font=loaded, anchor="ls")
            x += font.width(part, text.size)


def _dashes(
    start: tuple[float, float], end: tuple[float, float], dash_mm: tuple[float, float] | None, scale: float
) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """A line in dashes, or whole."""
    if dash_mm is None:
        return [(start, end)]
    way = np.subtract(end, start)
    length = float(np.hypot(*way))
    on, off = (part * scale for part in dash_mm)
    ends = [(at / length, min(at + on, length) / length) for at in np.arange(0, length, on + off)]
    return [(tuple(np.add(start, way * a)), tuple(np.add(start, way * b))) for a, b in ends]
