"""Lines to train the recogniser on, without end: made-up handwriting as ``digitizer.lines`` would cut it from a card, and its text.

Fonts are few and hands are many, so no two lines share a hand: how wild it is, how wide, how slanted, which pen, is drawn anew for each,
and at times letters of a second face are mixed in. Around the ink stands what crops of real cards carry: rules, underlines, vote marks,
the edge of the sheet, the line above and below. Some crops hold nothing that is text, and the answer to them is silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from PIL import ImageFont

from calibration.rig import Image
from digitizer.readers.onnx_recogniser import scale_line
from digitizer.training.cards import CardTexts
from digitizer.training.handwriting import Ink, Wildness, draw_line, photograph
from digitizer.training.texts import Texts

WIDEST_PX = 720
"""A line wider than this at 48 px height is left out: cards have none, and one would pad its whole batch."""

LOW_PX, HIGH_PX = 11, 60
"""Heights of lines in photos: below, nobody reads them; above, they are shrunk to 48."""

SILENT = 0.04
"""Share of crops that hold no text."""


@dataclass(frozen=True, eq=False)
class Line:
    """``image`` 48xW u8 gray and what it says; nothing, where it holds only marks."""

    text: str
    image: Image


POSSESSIVE = 0.04
"""Share of lines with a word that owns something: no list of words has them, and the mark is easily lost."""


class Lines:
    """Lines in the hands of ``fonts``. Iterating never ends; the same seed gives the same lines."""

    stretch = 0.16
    """Standard deviation of the logarithm of how much wider a line is than its face."""

    def __init__(self, fonts: Sequence[ImageFont.FreeTypeFont], seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._fonts = fonts
        self._texts = (Texts(self._rng), CardTexts(self._rng))

    def __iter__(self) -> Iterator[Line]:
        while True:
            line = self._silent() if self._rng.random() < SILENT else self._written()
            if line.image.shape[1] <= WIDEST_PX:
                yield line

    def _written(self) -> Line:
        font = self._fonts[int(self._rng.integers(len(self._fonts)))]
        text = self._text().upper() if has_one_case(font) else self._text()
        ink = self._inked(text, font, hand(self._rng))
        ink = _stretched(ink, float(np.exp(self._rng.normal(0, self.stretch))))
        return Line(text, self._crop(marked(ink, self._rng)))

    def _inked(self, text: str, font: ImageFont.FreeTypeFont, wild: Wildness) -> Ink:
        return draw_line(text, font, self._rng, wild)

    def _text(self) -> str:
        wild, tame = self._texts
        if self._rng.random() < 0.5:
            text = wild.line()
        else:
            lines = tame.card()
            text = lines[int(self._rng.integers(len(lines)))][0]
        return self._owning(text) if self._rng.random() < POSSESSIVE and not text.startswith("@") else text

    def _owning(self, text: str) -> str:
        words = text.split()
        chosen = int(self._rng.integers(len(words)))
        mark = "s'" if self._rng.random() < 0.3 else "'s"
        words[chosen] = words[chosen].rstrip("?!.,)s'") + (mark.upper() if text.isupper() else mark)
        return " ".join(words)

    def _silent(self) -> Line:
        shape = (int(self._rng.integers(30, 90)), int(self._rng.integers(30, 260)))
        return Line("", self._crop(_marks(np.zeros(shape, np.float32), self._rng, int(self._rng.integers(0, 6)))))

    def _crop(self, ink: Ink) -> Image:
        height_px = round(float(np.exp(self._rng.uniform(np.log(LOW_PX), np.log(HIGH_PX)))))
        return scale_line(photograph(ink, self._rng, height_px))


@cache
def has_one_case(font: ImageFont.FreeTypeFont) -> bool:
    """Whether a face draws small letters as capitals, as some markers do: what is written then reads as capitals, whatever was meant."""
    alike = [_overlap(_glyph(font, letter), _glyph(font, letter.upper())) for letter in "aegrtn"]
    return float(np.median(alike)) > 0.6


def _glyph(font: ImageFont.FreeTypeFont, letter: str) -> Ink:
    """A letter alone, tight, brought to 32x32."""
    mask = font.getmask(letter)
    picture = np.asarray(mask, np.float32).reshape(mask.size[::-1]) / 255
    rows, columns = np.flatnonzero(picture.max(axis=1) > 0.3), np.flatnonzero(picture.max(axis=0) > 0.3)
    tight = picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return np.asarray(cv2.resize(tight, (32, 32), interpolation=cv2.INTER_AREA), np.float32)


def _overlap(one: Ink, other: Ink) -> float:
    """Shared ink over all ink, after a blur of a stroke: hands of the same letter differ by about that."""
    a, b = (cv2.GaussianBlur(glyph, (0, 0), 1.5) for glyph in (one, other))
    return float(np.minimum(a, b).sum() / np.maximum(a, b).sum())


def hand(rng: np.random.Generator) -> Wildness:
    """How one writer strays from the face: from hardly to twice as far as :class:`Wildness` says, each trait on its own."""
    wild = Wildness()
    by = np.exp(rng.normal(0.1, 0.45, 7))
    return Wildness(
        turn_deg=wild.turn_deg * by[0],
        scale=wild.scale * by[1],
        lift=wild.lift * by[2],
        slant=wild.slant * by[3],
        slope_deg=wild.slope_deg * by[4],
        warp=wild.warp * by[5],
        gap=wild.gap * by[6],
    )


def marked(ink: Ink, rng: np.random.Generator) -> Ink:
    """A line with, at times, what is not text about it: an underline, rules, the sheet's edge, marks at its ends."""
    if rng.random() < 0.06:
        ink = _ruled(ink, rng)
    if rng.random() < 0.06:
        ink = _underlined(ink, rng)
    if rng.random() < 0.05:
        ink = _edged(ink, rng)
    if rng.random() < 0.04:
        room = int(ink.shape[0] * rng.uniform(0.4, 1.2))
        marks = _marks(np.zeros((ink.shape[0], room), np.float32), rng, int(rng.integers(1, 3)))
        ink = np.hstack((ink, marks) if rng.random() < 0.7 else (marks, ink))
    return ink


def _stretched(ink: Ink, by: float) -> Ink:
    return np.asarray(cv2.resize(ink, None, fx=by, fy=1.0, interpolation=cv2.INTER_AREA), np.float32)


def _ruled(ink: Ink, rng: np.random.Generator) -> Ink:
    """Rules of the paper, thinner and paler than the pen, anywhere."""
    out, pitch = ink.copy(), int(ink.shape[0] * rng.uniform(0.35, 1.1)) + 1
    for y in range(int(rng.integers(pitch)), ink.shape[0], pitch):
        rule = out[y : y + int(rng.integers(1, 4))]
        np.maximum(rule, rng.uniform(0.1, 0.4), out=rule)
    return out


def _underlined(ink: Ink, rng: np.random.Generator) -> Ink:
    height, width = ink.shape
    out = np.pad(ink, ((0, int(height * rng.uniform(0.03, 0.15)) + 2), (0, 0)))
    y, slope = out.shape[0] - int(rng.integers(3, 8)), int(rng.normal(0, 3))
    start, stop = int(width * rng.uniform(0, 0.3)), int(width * rng.uniform(0.6, 1))
    return np.asarray(cv2.line(out, (start, y), (stop, y - slope), 1.0, int(rng.integers(2, 7)), cv2.LINE_AA), np.float32)


def _edged(ink: Ink, rng: np.random.Generator) -> Ink:
    """The dark rim of the sheet at one end, or above or below."""
    side, thick = int(rng.integers(4)), int(ink.shape[0] * rng.uniform(0.03, 0.12)) + 1
    turned = np.rot90(ink, side)
    rim = np.full((thick, turned.shape[1]), rng.uniform(0.3, 1), np.float32)
    return np.asarray(np.rot90(np.vstack((rim, turned)), -side), np.float32)


def _marks(canvas: Ink, rng: np.random.Generator, count: int) -> Ink:
    """Vote dots, rings, tallies and dashes, none of them a letter."""
    height, width = canvas.shape
    for _ in range(count):
        x, y = int(rng.uniform(0, width)), int(rng.uniform(0, height))
        radius, thick = int(height * rng.uniform(0.08, 0.25)) + 1, int(rng.integers(2, 7))
        kind = rng.random()
        if kind < 0.5:
            cv2.circle(canvas, (x, y), radius, 1.0, -1, cv2.LINE_AA)
        elif kind < 0.8:
            cv2.line(canvas, (x - 4 * radius, y), (x + 4 * radius, y + int(rng.normal(0, 4))), 1.0, thick, cv2.LINE_AA)
        else:
            cv2.ellipse(canvas, (x, y), (3 * radius, radius), float(rng.uniform(0, 180)), 20, 300, 1.0, thick, cv2.LINE_AA)
    return canvas
