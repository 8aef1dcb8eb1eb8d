"""The letters of one made-up writer: a face's own, some of them borrowed from a second face, and drawn anew with a pen of another kind.

A font couples what hands do not: its a comes with its g, both with one width of stroke. Borrowing makes thousands of sets of shapes
out of two dozen; redrawing along the middle of each stroke makes any of them a ballpoint's, a marker's or a chisel tip's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pictures
from PIL import ImageDraw, ImageFont

Ink = NDArray[np.float32]
"""HxW, 0 paper to 1 ink."""

GLYPH_PX = 72
"""Font size at which glyphs are drawn: fine enough for any photo."""

BOX_PX = (GLYPH_PX * 3, GLYPH_PX * 4)
"""Height and width of the box that a glyph is drawn in."""

ORIGIN_PX = (GLYPH_PX, GLYPH_PX * 2)
"""x and y in that box where its base line begins."""


@dataclass(frozen=True)
class Pen:
    """An elliptic nib: its longer axis, the shorter as a share of that, and the turn of the longer one from the line."""

    width_px: float
    ratio: float = 1.0
    turn_deg: float = 0.0


@dataclass(frozen=True)
class Letters:
    """``borrowed`` characters come from ``second``, brought to the size of the face; with a ``pen`` all are redrawn."""

    face: ImageFont.FreeTypeFont
    second: ImageFont.FreeTypeFont | None = None
    borrowed: frozenset[str] = field(default_factory=frozenset)
    pen: Pen | None = None

    def advance_px(self, before: str, character: str) -> float:
        """How far a character moves the pen on, after another: kerned, or as far as the face sets letters apart."""
        if character in self.borrowed and self.second is not None:
            size = _size_by(self.face, self.second)
            return (self.second.getlength(character) - _bearing_px(self.second)) * size + _bearing_px(self.face)
        return self.face.getlength(before + character) - self.face.getlength(before)

    def ink(self, character: str) -> Ink:
        """One character in a box of :data:`BOX_PX`, its base line beginning at :data:`ORIGIN_PX`."""
        borrowed = character in self.borrowed and self.second is not None
        shape = _scaled(self.face, self.second, character) if borrowed and self.second is not None else _drawn(self.face, character)
        return shape if self.pen is None else _redrawn(shape, self.pen)


def _drawn(face: ImageFont.FreeTypeFont, character: str, size: float = 1.0) -> Ink:
    picture = Pictures.new("L", BOX_PX[::-1])
    if size != 1.0:
        face = face.font_variant(size=round(face.size * size))
    ImageDraw.Draw(picture).text(ORIGIN_PX, character, fill=255, font=face, anchor="ls")
    return np.asarray(np.asarray(picture) / np.float32(255), np.float32)


def _scaled(face: ImageFont.FreeTypeFont, second: ImageFont.FreeTypeFont, character: str) -> Ink:
    return _drawn(second, character, _size_by(face, second))


@cache
def _size_by(face: ImageFont.FreeTypeFont, second: ImageFont.FreeTypeFont) -> float:
    """What brings the small letters of the second face to the height of the first's."""
    return float(np.clip(_x_height_px(face) / _x_height_px(second), 0.6, 1.7))


@cache
def _bearing_px(face: ImageFont.FreeTypeFont) -> float:
    """What a face leaves between two letters."""
    boxes = {letter: face.getbbox(letter, anchor="ls") for letter in "aenoruv"}
    return float(np.median([face.getlength(letter) - (box[2] - box[0]) for letter, box in boxes.items()]))


def _x_height_px(face: ImageFont.FreeTypeFont) -> float:
    return float(np.median([-face.getbbox(letter, anchor="ls")[1] for letter in "xuvwzo"]))


def _redrawn(shape: Ink, pen: Pen) -> Ink:
    """The middle of each stroke, gone along with the pen."""
    smooth = np.asarray(cv2.GaussianBlur(shape, (0, 0), 1.5), np.float32)
    drawn = cv2.dilate(middle_of_strokes(smooth > 0.45).astype(np.float32), _nib(pen))
    return np.asarray(cv2.GaussianBlur(drawn, (0, 0), 0.7), np.float32)


def _nib(pen: Pen) -> NDArray[np.uint8]:
    reach = int(np.ceil(pen.width_px / 2)) + 1
    nib = np.zeros((2 * reach + 1, 2 * reach + 1), np.uint8)
    half = (max(1, round(pen.width_px * 2)), max(1, round(pen.width_px * pen.ratio * 2)))  # in quarter pixels
    return np.asarray(cv2.ellipse(nib, (reach * 4, reach * 4), half, pen.turn_deg, 0, 360, 1, -1, cv2.LINE_8, 2), np.uint8)


def middle_of_strokes(ink: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Strokes thinned to one pixel: HxW of bool (Zhang and Suen 1984)."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    out = np.zeros_like(ink)
    if len(rows) == 0:
        return out
    window = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    thin = np.pad(ink[window], 1)
    while True:
        before = int(thin.sum())
        for corner in (0, 1):
            thin[1:-1, 1:-1] &= ~_removable(thin, corner)
        if int(thin.sum()) == before:
            out[window] = thin[1:-1, 1:-1]
            return out


def _removable(thin: NDArray[np.bool_], corner: int) -> NDArray[np.bool_]:
    """Pixels of a rim that hold nothing together; ``corner`` 0 of the south east, 1 of the north west."""
    height, width = thin.shape
    shifts = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))  # from north, clockwise
    around = np.stack([thin[1 + dy : height - 1 + dy, 1 + dx : width - 1 + dx] for dy, dx in shifts])
    count = around.sum(axis=0)
    rises = (~around & np.roll(around, -1, axis=0)).sum(axis=0)
    north, east, south, west = around[::2]
    open_rim = ~(north & east & south) & ~(east & south & west) if corner == 0 else ~(north & east & west) & ~(north & south & west)
    return np.asarray((count >= 2) & (count <= 6) & (rises == 1) & open_rim, np.bool_)
