"""Lines with handles to fit on, without end, with many signs that are taken for each other and gaps that are no ``_``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from PIL import ImageFont

from calibration.rig import Image
from digitizer.training.handwriting import Wildness, draw_line, photograph
from digitizer.training.lines import hand
from digitizer.training.texts import Texts

STANDS_FOR = {"o": "0", "l": "1", "i": "1", "z": "2", "e": "3", "a": "4", "s": "5", "t": "7", "b": "8", "g": "9"}
"""Digits that people write for letters."""

ZEROS, OTHER_DIGITS = 0.5, 0.12
"""Share of letters written so, far above what people do: zeros are what is asked about, the others are there to be told from them."""

GAPS = 0.25
"""Share of the lines that are drawn with a gap somewhere."""

TAME = 0.4
"""Share of the lines that are hardly bent."""

HEIGHTS_PX = (12, 16, 20, 26, 34, 48)
"""Heights of lines in photos."""

SHORTEST = 3
"""Characters of a handle, without its ``@``: below, there is hardly a letter to tell the hand by."""


class DrawnHandles:
    """Handles and their pictures HxW u8 gray, in the hands of ``fonts``. Iterating never ends; the same seed gives the same lines."""

    def __init__(self, fonts: Sequence[ImageFont.FreeTypeFont], seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._fonts = fonts
        self._texts = Texts(self._rng)

    def __iter__(self) -> Iterator[tuple[str, Image]]:
        rng = self._rng
        while True:
            handle = self._texts.user_name()
            if len(handle) < SHORTEST:
                continue
            text = "@" + self._with_digits(handle)
            font = self._fonts[int(rng.integers(len(self._fonts)))]
            wild = Wildness() if rng.random() < TAME else hand(rng)
            ink = draw_line(self._with_gap(text), font, rng, wild)
            yield text, photograph(ink, rng, int(rng.choice(HEIGHTS_PX)))

    def _with_digits(self, handle: str) -> str:
        """The handle with some of its letters written as digits."""
        return "".join(self._digit(letter) if letter.lower() in STANDS_FOR else letter for letter in handle)

    def _digit(self, letter: str) -> str:
        share = ZEROS if letter in "oO" else OTHER_DIGITS
        return STANDS_FOR[letter.lower()] if self._rng.random() < share else letter

    def _with_gap(self, text: str) -> str:
        """Now and then a gap between two letters, as hands leave them: it is read as a space, and is no ``_``."""
        places = [k for k in range(2, len(text)) if "_" not in text[k - 1 : k + 1]]
        if not places or self._rng.random() > GAPS:
            return text
        at = places[int(self._rng.integers(len(places)))]
        return text[:at] + " " + text[at:]
