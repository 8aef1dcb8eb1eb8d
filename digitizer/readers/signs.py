"""The recognisers of single signs, through onnxruntime: in the boxes of a topic card's comb, and letters in a line."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from calibration.rig import Image, readonly
from digitizer.readers.base import Lattice
from digitizer.readers.onnx_recogniser import load_network, signs_of
from digitizer.shipped import MODELS

MODEL = MODELS / "signs.onnx"
"""Trained on drawn boxes (``digitizer.training.signs``)."""

LETTERS = MODELS / "letters.onnx"
"""The same for windows on lines, as ``digitizer.glyphs`` cuts them."""


class SignReader:
    """Knows single signs by their shape, their size and their place in the picture. Knows nothing of names."""

    def __init__(self, model: Path = MODEL) -> None:
        """Load the weights. Raises ``ReaderUnavailable``."""
        self._network = load_network(model)
        self._alphabet = signs_of(self._network)

    def read(self, pictures: Image) -> Lattice:
        """NxHxW u8 pictures of signs, 0 paper to 255 ink -> a lattice with a step a picture; no blank stands in one."""
        (log_probs,) = self._network.run(None, {"x": pictures[:, None].astype(np.float32) / 255})
        return Lattice(readonly(np.asarray(log_probs)), self._alphabet)


@lru_cache(maxsize=1)
def sign_reader() -> SignReader:
    """The one that comes with Boardcast, loaded when a comb is first read. Raises ``ReaderUnavailable``."""
    return SignReader()


@lru_cache(maxsize=1)
def letter_reader() -> SignReader:
    """The one for letters in a line, loaded when a handle first asks. Raises ``ReaderUnavailable``."""
    return SignReader(LETTERS)
