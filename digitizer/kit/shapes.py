"""What pages are made of. Millimetres from the page's top left, x right, y down; colours RGB, 0 to 255."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from calibration.kit import Box, Modules
from calibration.topic_card import DROP_OUT

Colour: TypeAlias = tuple[int, int, int]
Point: TypeAlias = tuple[float, float]

INK: Colour = (24, 28, 48)
BLACK: Colour = (0, 0, 0)
WHITE: Colour = (255, 255, 255)
GRAY: Colour = (104, 110, 126)
PALE: Colour = (205, 209, 216)
MIST: Colour = (243, 244, 247)
CORAL: Colour = (222, 73, 54)
PINK: Colour = DROP_OUT


@dataclass(frozen=True)
class Rect:
    """A rectangle, filled or outlined or both; ``radius`` of its corners."""

    box: Box
    fill: Colour | None = None
    stroke: Colour | None = None
    stroke_mm: float = 0.3
    radius: float = 0.0


@dataclass(frozen=True)
class Path:
    """A line through points, or the polygon that it closes."""

    points: tuple[Point, ...]
    stroke: Colour | None = None
    stroke_mm: float = 0.3
    fill: Colour | None = None
    dash_mm: tuple[float, float] | None = None


@dataclass(frozen=True)
class Disc:
    """A filled disc."""

    centre: Point
    radius: float
    fill: Colour


@dataclass(frozen=True)
class Text:
    """One line of text; ``at`` its left end, middle or right end on the baseline, ``size`` of the em in mm."""

    at: Point
    text: str
    size: float
    colour: Colour = INK
    bold: bool = False
    align: Literal["left", "middle", "right"] = "left"


@dataclass(frozen=True, eq=False)
class Code:
    """A marker or a QR code: its modules fill the box."""

    box: Box
    modules: Modules


Shape: TypeAlias = Rect | Path | Disc | Text | Code


@dataclass(frozen=True, eq=False)
class Page:
    """A page: its ``name`` for the table of contents, its size, and what is drawn, from back to front."""

    name: str
    size_mm: tuple[float, float]
    shapes: tuple[Shape, ...]


def moved(shape: Shape, dx: float, dy: float) -> Shape:
    """The shape elsewhere."""
    match shape:
        case Rect() | Code():
            box = shape.box
            return replace(shape, box=Box(box.x + dx, box.y + dy, box.width, box.height))
        case Path():
            return replace(shape, points=tuple((x + dx, y + dy) for x, y in shape.points))
        case Disc():
            return replace(shape, centre=(shape.centre[0] + dx, shape.centre[1] + dy))
        case Text():
            return replace(shape, at=(shape.at[0] + dx, shape.at[1] + dy))


def line(start: Point, end: Point, colour: Colour = PALE, width_mm: float = 0.25) -> Path:
    """A straight line."""
    return Path((start, end), colour, width_mm)
