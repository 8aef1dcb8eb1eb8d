"""The handwriting recogniser: PP-OCRv6 small with a Latin head, through onnxruntime, whole batches at once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from calibration.rig import Image, readonly
from digitizer.errors import ReaderUnavailable
from digitizer.readers.base import Lattice
from digitizer.settings import RecogniserSettings

MODEL = Path(__file__).parent.parent / "models" / "latin_small.onnx"
HEIGHT_PX = 48
"""The height of line that the network was trained on."""

STEP_PX = 8
"""Pixels of width behind one step of the lattice: the network's stride."""


class OnnxRecogniser:
    """A :class:`~digitizer.readers.base.TextReader`. Loading takes a fraction of a second: keep one and use it for all photos."""

    def __init__(self, model: Path = MODEL, settings: RecogniserSettings | None = None) -> None:
        """Load the weights. Raises ``ReaderUnavailable`` where the file is missing or no such model."""
        self.settings = settings or RecogniserSettings()
        self._session = _load(model, self.settings.threads)
        characters = self._session.get_modelmeta().custom_metadata_map["character"].split("\n")
        self.alphabet = ("", *characters)

    def recognise(self, crops: Sequence[Image]) -> list[Lattice]:
        """One lattice a crop, in the order given; see :class:`~digitizer.readers.base.TextReader`."""
        lines = [scale_line(crop) for crop in crops]
        lattices: dict[int, Lattice] = {}
        for batch in batches([line.shape[1] for line in lines], self.settings):
            lattices.update(zip(batch, self._run([lines[i] for i in batch]), strict=True))
        return [lattices[i] for i in range(len(lines))]

    def _run(self, lines: Sequence[Image]) -> Iterator[Lattice]:
        """Lattices of gray 48 px lines, each cut to its own line's width."""
        log_probs = self._session.run(None, {"x": stack(lines, self.settings.least_width_px)})[0]
        for line, steps in zip(lines, log_probs, strict=True):
            yield Lattice(readonly(steps[: math.ceil(line.shape[1] / STEP_PX) + 1]), self.alphabet)


def scale_line(crop: Image) -> Image:
    """A crop HxWx3 or HxW as gray, 48 px high; its width keeps the proportions."""
    gray = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY) if crop.ndim == 3 else crop
    height, width = gray.shape
    size = (max(STEP_PX, round(width * HEIGHT_PX / height)), HEIGHT_PX)
    shrinks = height > HEIGHT_PX
    return np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC), dtype=np.uint8)


def batches(widths_px: Sequence[int], settings: RecogniserSettings) -> Iterator[list[int]]:
    """Indices of lines of like width, widest last, so that little is padded."""
    order = sorted(range(len(widths_px)), key=lambda i: widths_px[i])
    batch: list[int] = []
    for i in order:
        if batch and (
            len(batch) == settings.batch or widths_px[i] > settings.width_spread * max(widths_px[batch[0]], settings.least_width_px)
        ):
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def stack(lines: Sequence[Image], least_width_px: int) -> NDArray[np.float32]:
    """Lines as the network's input Nx3x48xW in -1..1, zero (mid-gray) to the right of each."""
    width = max(least_width_px, *(line.shape[1] for line in lines))
    out = np.zeros((len(lines), 3, HEIGHT_PX, width), dtype=np.float32)
    for row, line in zip(out, lines, strict=True):
        row[:, :, : line.shape[1]] = line.astype(np.float32) / 127.5 - 1
    return out


def _load(model: Path, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        message = str(error).splitlines()[0]
        raise ReaderUnavailable(f"The recogniser {model} cannot be loaded.", message, "Install Boardcast again.") from error
