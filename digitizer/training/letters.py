"""Letters of handles to train on, without end: each as it stands in a line between its neighbours, as the reader's windows show it.

Where a letter stands is said by the recogniser of lines, which is told what the line says, as it is when a letter is asked about: windows
stray here as they will in use.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from PIL import ImageFont

from calibration.rig import Image
from digitizer.decoder.handle import fold
from digitizer.decoder.handle_prior import SIGNS
from digitizer.glyphs.hand import middles_px
from digitizer.glyphs.windows import windows
from digitizer.readers.base import Lattice
from digitizer.readers.onnx_recogniser import OnnxRecogniser
from digitizer.settings import HandleSettings
from digitizer.training.handles import DrawnHandles
from digitizer.training.handwriting import Signs

A_RUN = 64
"""Lines recognised at once."""


class DrawnLetters:
    """Letters of one handle after the other in the hands of ``fonts``. Iterating never ends; the same seed gives the same letters."""

    def __init__(self, fonts: Sequence[ImageFont.FreeTypeFont], seed: int) -> None:
        self._handles = iter(DrawnHandles(fonts, seed))
        self._recogniser = OnnxRecogniser()

    def __iter__(self) -> Iterator[Signs]:
        while True:
            lines = list(islice(self._handles, A_RUN))
            lattices = self._recogniser.recognise([image for _, image in lines])
            for (text, image), lattice in zip(lines, lattices, strict=True):
                if len(text) < len(lattice.log_probs):  # else there is no step for each letter
                    yield _letters(text, image, lattice)


def _letters(text: str, image: Image, lattice: Lattice) -> Signs:
    """All but the ``@``."""
    log_probs = fold(lattice.log_probs, lattice.alphabet, HandleSettings())
    return Signs(text[1:], windows(image, middles_px(text, log_probs, SIGNS)[1:]))
