"""Batches of drawn lines without end, drawn ahead by a process of its own while the network learns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from multiprocessing.queues import Queue
from pathlib import Path

import numpy as np
import onnx
import torch
from PIL import ImageFont
from torch import Tensor

from digitizer.readers.onnx_recogniser import stack
from digitizer.training.handwriting import HELD_OUT, load_fonts, split_fonts
from digitizer.training.lines import Line, Lines

SEED = 20241124
CHECKED = 240
"""Lines of the figures."""

BATCH = 16
QUEUED = 48
"""Batches drawn ahead."""

LEAST_WIDTH_PX = 96


@dataclass(frozen=True)
class Supply:
    """Lines in the faces of a folder but for families held out, of nothing but characters that the recogniser has."""

    fonts: Path
    known: tuple[str, ...]
    without: tuple[str, ...] = HELD_OUT

    def ahead(self, seed: int) -> Queue[list[Line]]:
        """A queue that a process of its own fills for as long as this one lives."""
        context = get_context("spawn")
        queue: Queue[list[Line]] = context.Queue(QUEUED)
        context.Process(target=_draw, args=(queue, self, seed), daemon=True).start()
        return queue

    def checked(self) -> list[Line]:
        """Lines in the families held out, always the same."""
        return list(islice(drawn(split_fonts(self.fonts, self.without)[1], SEED, self.known), CHECKED))

    def lines(self, seed: int) -> Iterator[Line]:
        """Lines to learn from."""
        return drawn(load_fonts(self.fonts, self.without), seed, self.known)


def batches(lines: Iterator[Line], size: int, rng: np.random.Generator) -> Iterator[list[Line]]:
    """Batches of like width, in random order: little is padded, as when reading."""
    while True:
        pool = sorted(islice(lines, size * 16), key=lambda line: line.image.shape[1])
        cut = [pool[i : i + size] for i in range(0, len(pool), size)]
        for i in rng.permutation(len(cut)):
            yield cut[int(i)]


def alphabet(model: onnx.ModelProto) -> list[str]:
    """The characters of a recogniser, by class; the blank stands before them."""
    known: str = next(p.value for p in model.metadata_props if p.key == "character")
    return known.split("\n")


def drawn(fonts: Sequence[ImageFont.FreeTypeFont], seed: int, known: Iterable[str]) -> Iterator[Line]:
    """Lines of nothing but characters that the recogniser has."""
    allowed = set(known)
    return (line for line in Lines(fonts, seed) if set(line.text) <= allowed)


def _draw(queue: Queue[list[Line]], supply: Supply, seed: int) -> None:
    """What the process does; its end is its parent's."""
    for batch in batches(supply.lines(seed), BATCH, np.random.default_rng(seed)):
        queue.put(batch)


def as_input(lines: Sequence[Line]) -> Tensor:
    """Lines as the network takes them: Nx3x48xW."""
    return torch.tensor(stack([line.image for line in lines], LEAST_WIDTH_PX)).to(memory_format=torch.channels_last)
