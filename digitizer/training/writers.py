"""Lines of more writers than there are faces, and handles that are no words: for a second run of training.

A face couples what hands do not: its ``a`` comes with its ``g``, with one length of tails and one pen. Here some signs of a line are of
a second face, tails and heights change smoothly, letters stand closer or wider, and strokes are at times those of a chisel tip. Half of the
lines are handles, many of them of syllables or of signs by chance: what is no word can only be read by looking.
"""

from __future__ import annotations

import string
from functools import cache

import cv2
import numpy as np
from PIL import ImageFont

from digitizer.training.handles import STANDS_FOR
from digitizer.training.handwriting import GLYPH_PX, Ink, Wildness, draw_line
from digitizer.training.lines import Lines, has_one_case

HANDLES = 0.45
"""Share of the lines that are handles for certain; among the others some are, too."""

MIXED, MOST_FOREIGN = 0.4, 0.6
"""Share of the lines in two faces, and the most of their signs that are of the second."""

TAILS, UNEVEN = 0.5, 0.22
"""Share of the lines whose heights are changed, and how much, as standard deviation of a logarithm."""

CHISELLED = 0.2
"""Share of the lines drawn with a chisel tip."""

TRACKING = 0.045
"""Standard deviation of how much wider letters stand, in font sizes."""

CONSONANTS, VOWELS, CLOSING = "bcdfghjklmnprstvwxyz", "aeiouaeiouy", "lnrstmk"
CROWDED = string.ascii_lowercase + string.digits + "_" + "ilrnmu_"
"""Signs of handles by chance, those twice that are easily swallowed."""

LONGEST = 15


class WritersLines(Lines):
    """Lines as :class:`~digitizer.training.lines.Lines` gives them, each by a writer of its own."""

    stretch = 0.2

    def _text(self) -> str:
        return "@" + self._handle() if self._rng.random() < HANDLES else super()._text()

    def _handle(self) -> str:
        rng, kind = self._rng, self._rng.random()
        if kind < 0.35:
            handle = self._texts[0].user_name()
        elif kind < 0.65:
            handle = self._texts[1].user_name_of_parts()
        elif kind < 0.85:
            handle = self._syllables()
        else:
            handle = self._signs(CROWDED, int(rng.integers(3, 14)))
        if rng.random() < 0.25:
            handle = "".join(STANDS_FOR[sign] if sign in STANDS_FOR and rng.random() < 0.2 else sign for sign in handle)
        if rng.random() < 0.12:
            handle = _with_underscore(handle, int(rng.integers(1, len(handle) + 1)))
        if rng.random() < 0.06:
            handle = _with_underscore(handle, 0)
        return handle[:LONGEST] or "me"

    def _syllables(self) -> str:
        """What sounds like a name and is none, at times with a ``_`` or digits."""
        rng = self._rng
        syllables = (
            self._signs(CONSONANTS) + self._signs(VOWELS) + (self._signs(CLOSING) if rng.random() < 0.3 else "")
            for _ in range(int(rng.integers(2, 6)))
        )
        name = "".join(syllables)
        if rng.random() < 0.4:
            name = _with_underscore(name, int(rng.integers(1, len(name))))
        return name + (str(rng.integers(0, 10 ** int(rng.integers(1, 5)))) if rng.random() < 0.3 else "")

    def _signs(self, among: str, count: int = 1) -> str:
        return "".join(self._rng.choice(list(among), count))

    def _inked(self, text: str, font: ImageFont.FreeTypeFont, wild: Wildness) -> Ink:
        rng = self._rng
        tracking = float(rng.normal(0.005, TRACKING))
        foreign = self._foreign(text, font) if rng.random() < MIXED and not has_one_case(font) else {}
        ink = draw_line(text, font, rng, wild, foreign, tracking)
        if rng.random() < TAILS:
            ink = uneven(ink, rng)
        return chiselled(ink, rng) if rng.random() < CHISELLED else ink

    def _foreign(self, text: str, font: ImageFont.FreeTypeFont) -> dict[str, ImageFont.FreeTypeFont]:
        """The signs of a line that are of a second face, brought to the size of the first: a sign is of one face throughout."""
        others = [other for other in self._fonts if not has_one_case(other)]
        other = as_tall_as(font, others[int(self._rng.integers(len(others)))])
        share = self._rng.uniform(0.1, MOST_FOREIGN)
        return {sign: other for sign in sorted(set(text)) if self._rng.random() < share}


def _with_underscore(handle: str, at: int) -> str:
    return handle[:at] + "_" + handle[at:]


@cache
def as_tall_as(font: ImageFont.FreeTypeFont, other: ImageFont.FreeTypeFont) -> ImageFont.FreeTypeFont:
    """Another face at the size at which its small letters are as tall as those of a first one."""
    size = other.size * _small_px(font) / _small_px(other)
    return other.font_variant(size=round(float(np.clip(size, 0.55 * GLYPH_PX, 1.67 * GLYPH_PX))))


def _small_px(font: ImageFont.FreeTypeFont) -> float:
    _, top, _, bottom = font.getbbox("x")
    return max(8.0, bottom - top)


def uneven(ink: Ink, rng: np.random.Generator) -> Ink:
    """Rows stretched unevenly and smoothly: heads and tails longer or shorter than the face has them."""
    height, width = ink.shape
    steps = np.interp(np.linspace(0, 3, height), range(4), np.exp(rng.normal(0, UNEVEN, 4)))
    ends = np.cumsum(steps) - steps[0]
    rows = np.interp(np.arange(height), ends / max(ends[-1], 1e-6) * (height - 1), np.arange(height)).astype(np.float32)
    map_x, map_y = np.meshgrid(np.arange(width, dtype=np.float32), rows)
    return np.asarray(cv2.remap(ink, map_x, map_y, cv2.INTER_LINEAR), np.float32)


def chiselled(ink: Ink, rng: np.random.Generator) -> Ink:
    """Strokes widened by the edge of a chisel tip, held at any turn."""
    length = int(rng.integers(3, 8))
    turn, reach = rng.uniform(0, np.pi), (length - 1) / 2
    (x, y), tip = (reach * np.cos(turn), reach * np.sin(turn)), np.zeros((length, length), np.uint8)
    cv2.line(tip, (round(reach - x), round(reach - y)), (round(reach + x), round(reach + y)), 1, 1)
    wide = cv2.dilate(np.pad(ink, length), tip)
    return np.asarray(np.clip(wide, 0, 1), np.float32)  # beyond its rim dilating takes minus infinity
