"""The handwriting recogniser: PP-OCRv6 small with a Latin head, through onnxruntime, whole batches at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from calibration.rig import Image, readonly
from digitizer.decoder.greedy import decode_greedy
from digitizer.errors import ReaderUnavailable
from digitizer.readers.base import Lattice, LogProbs
from digitizer.settings import RecogniserSettings
from digitizer.shipped import MODELS

MODEL = MODELS / "latin_small.onnx"
"""The network that looks first: trained on drawn lines."""

SECOND = MODELS / "latin_small_untrained.onnx"
"""The same network before that training. What drawn lines taught the first one wrongly of real hands, this one does not know."""

Network: TypeAlias = onnxruntime.InferenceSession
Look: TypeAlias = Callable[[Image, RecogniserSettings], Image]
"""A gray line HxW -> the same line as it is shown to a network, before it is scaled."""

HEIGHT_PX = 48
"""The height of line that the network was trained on."""

STEP_PX = 8
"""Pixels of width behind one step of the lattice: the network's stride."""


class OnnxRecogniser:
    """A :class:`~digitizer.readers.base.TextReader`. Loading takes a fraction of a second: keep one and use it for all photos."""

    def __init__(self, model: Path = MODEL, settings: RecogniserSettings | None = None, second: Path | None = SECOND) -> None:
        """Load the weights of the network that looks first, and of a ``second`` one with the same alphabet, asked about doubtful lines.

        Raises ``ReaderUnavailable`` where a file is missing or no such model.
        """
        self.settings = settings or RecogniserSettings()
        self._first = load_network(model)
        self.alphabet = alphabet_of(self._first)
        self._second = load_network(second) if second else None
        if self._second and alphabet_of(self._second) != self.alphabet:
            evidence = f"{len(alphabet_of(self._second))} and {len(self.alphabet)}, or in another order."
            raise ReaderUnavailable(f"{second} has other classes than {model}.", evidence, "Install Boardcast again.")

    def recognise(self, crops: Sequence[Image]) -> list[Lattice]:
        """One lattice a crop, in the order given; doubtful ones come with views. See :class:`~digitizer.readers.base.TextReader`."""
        grays = [to_gray(crop) for crop in crops]
        first = self.recognise_lines([scale_line(gray) for gray in grays])
        doubtful = [i for i, log_probs in enumerate(first) if sureness(log_probs) < self.settings.sure]
        views = self._look_again([grays[i] for i in doubtful], [first[i] for i in doubtful])
        more = dict(zip(doubtful, views, strict=True))
        return [Lattice(log_probs, self.alphabet, more.get(i, ())) for i, log_probs in enumerate(first)]

    def glance(self, crops: Sequence[Image]) -> list[Lattice]:
        """One lattice a crop, in the order given, from one look each."""
        found = self.recognise_lines([scale_line(to_gray(crop)) for crop in crops])
        return [Lattice(log_probs, self.alphabet) for log_probs in found]

    def _look_again(self, grays: Sequence[Image], first: Sequence[LogProbs]) -> list[tuple[LogProbs, ...]]:
        """Further views of lines that were in doubt: the second network's; where that does not settle it, two more of the first's."""
        second = self._recognise([(self._second, scale_line(gray)) for gray in grays]) if self._second else []
        open_still = [i for i in range(len(grays)) if not second or not self._settles(second[i], first[i])]
        looks: tuple[Look, ...] = (with_room, stretched)
        own = iter(self.recognise_lines([scale_line(look(grays[i], self.settings)) for i in open_still for look in looks]))
        more = {i: tuple(next(own) for _ in looks) for i in open_still}
        return [(*second[i : i + 1], *more.get(i, ())) for i in range(len(grays))]

    def _settles(self, second: LogProbs, first: LogProbs) -> bool:
        """Whether the second network is sure of what the first one reads, letter for letter but for case."""
        texts = [decode_greedy(Lattice(log_probs, self.alphabet)).text.casefold() for log_probs in (first, second)]
        return texts[0] == texts[1] and sureness(second) >= self.settings.sure

    def recognise_lines(self, lines: Sequence[Image]) -> list[LogProbs]:
        """Log-probabilities TxC of gray lines 48 px high, in the order given; each T follows its own line's width."""
        return self._recognise([(self._first, line) for line in lines])

    def _recognise(self, asked: Sequence[tuple[Network, Image]]) -> list[LogProbs]:
        """What a network says of a line, for each in the order given; batches of all networks share the cores."""
        runs = [(network, run) for network in dict.fromkeys(network for network, _ in asked) for run in self._runs(network, asked)]
        found: dict[int, LogProbs] = {}
        with ThreadPoolExecutor(self.settings.threads) as pool:
            answers = pool.map(lambda run: self._run(run[0], [asked[i][1] for i in run[1]]), runs)
            for (_, run), log_probs in zip(runs, answers, strict=True):
                for i, steps in zip(run, log_probs, strict=True):
                    found[i] = readonly(steps[: math.ceil(asked[i][1].shape[1] / STEP_PX) + 1])
        return [found[i] for i in range(len(asked))]

    def _runs(self, network: Network, asked: Sequence[tuple[Network, Image]]) -> Iterator[list[int]]:
        """Indices of the lines that a network is asked about, a batch each, the widest first: no core is left waiting for a wide one."""
        own = [i for i, (other, _) in enumerate(asked) if other is network]
        for batch in reversed(list(batches([asked[i][1].shape[1] for i in own], self.settings))):
            yield [own[k] for k in batch]

    def _run(self, network: Network, lines: Sequence[Image]) -> LogProbs:
        """NxTxC log-probabilities of a batch; several may run at a time."""
        return np.asarray(network.run(None, {"x": stack(lines, self.settings.least_width_px)})[0])


def sureness(log_probs: LogProbs) -> float:
    """The least probability among the characters of the greedy reading; 1.0 where there are none."""
    best = log_probs.argmax(axis=1)
    peaks = log_probs.max(axis=1)[best != 0]
    return float(np.exp(peaks.min())) if len(peaks) else 1.0


def with_room(gray: Image, settings: RecogniserSettings) -> Image:
    """A line HxW with a margin all around, its edges continued."""
    margin = max(1, round(settings.room * gray.shape[0]))
    return np.asarray(cv2.copyMakeBorder(gray, margin, margin, margin, margin, cv2.BORDER_REPLICATE), dtype=np.uint8)


def stretched(gray: Image, settings: RecogniserSettings) -> Image:
    """A line HxW made wider, as if written more slowly."""
    width = round(gray.shape[1] * settings.stretch) + 1
    return np.asarray(cv2.resize(gray, (width, gray.shape[0]), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def to_gray(crop: Image) -> Image:
    """A crop HxWx3 BGR or HxW as HxW."""
    return np.asarray(cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY), dtype=np.uint8) if crop.ndim == 3 else crop


def scale_line(gray: Image) -> Image:
    """A gray line HxW brought to a height of 48 px; its width keeps the proportions."""
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


def alphabet_of(network: Network) -> tuple[str, ...]:
    """The characters of a network by class, the blank first."""
    return ("", *signs_of(network))


def signs_of(network: Network) -> tuple[str, ...]:
    """The characters that a network's file names, by class."""
    return tuple(network.get_modelmeta().custom_metadata_map["character"].split("\n"))


def load_network(model: Path) -> Network:
    """A session that computes in the thread that calls it: two batches side by side cost a third less than two threads in one.

    Raises ``ReaderUnavailable`` where the file is missing or no network.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = 1, 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        message = str(error).splitlines()[0]
        raise ReaderUnavailable(f"The recogniser {model} cannot be loaded.", message, "Install Boardcast again.") from error
