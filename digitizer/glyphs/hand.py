"""A line of writing measured: where each character's ink is, how tall the hand writes small and tall letters, and on which baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.rig import Floats, Image
from digitizer.readers.base import Lattice, LogProbs
from digitizer.readers.onnx_recogniser import STEP_PX, scale_line

SMALL, TALL = frozenset("acemnrsuvwxz"), frozenset("bdfhklt123456789ABCDEFGHIJKLMNPQRSTUVWXYZ")
"""Letters that tell the heights of a hand; ``o``, ``O`` and ``0`` are what is asked about."""

BELOW = frozenset("gjpqy_@Q")
"""Letters that reach below the baseline, in some hands at least."""

BARS = "_-–—−~="
"""What a ``_`` is read as, where it is seen at all."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Hand:
    """A line's ink HxW at the recogniser's height, its characters' ``middles`` (px), and the lines it is written on.

    ``boxes`` a character (left, right, top, bottom) px, None without ink; ``small`` and ``tall``: heights of its letters, 0 where it has
    none; ``base`` the baseline, y px; ``barred`` T how likely each step of the lattice is a ``_`` or a dash.
    """

    ink: Mask
    middles: Floats
    boxes: tuple[tuple[int, int, int, int] | None, ...]
    small: float
    tall: float
    base: float
    barred: Floats

    @property
    def unit(self) -> float:
        """The height of small letters, or what it would be beside the tall ones."""
        return self.small or 0.65 * self.tall or 0.5 * self.ink.shape[0]


def hand_of(text: str, image: Image, log_probs: LogProbs, alphabet: tuple[str, ...], barred: Floats) -> Hand:
    """Where the characters of ``text`` stand in a line, and how tall the line's letters are; see :class:`Hand`."""
    ink = ink_of(scale_line(image))
    middles = np.minimum(middles_px(text, log_probs, alphabet), ink.shape[1] - 1)
    cuts = [0, *(_cut(ink, middles[k], middles[k + 1]) for k in range(len(text) - 1)), ink.shape[1]]
    boxes = tuple(_box(ink, cuts[k], cuts[k + 1]) for k in range(len(text)))
    seen = [(character, box) for character, box in zip(text, boxes, strict=True) if box]
    base = _median([box[3] for c, box in seen if c not in BELOW]) or 0.8 * ink.shape[0]
    small, tall = (_median([max(1.0, base - box[2] + 1) for c, box in seen if c in group]) for group in (SMALL, TALL))
    return Hand(ink, middles, boxes, small, tall, base, barred)


def _median(values: Sequence[float]) -> float:
    return float(np.median(values)) if values else 0.0


def ink_of(gray: Image) -> Mask:
    """HxW bool: written; Otsu's threshold, the rarer side is the ink."""
    _, dark = cv2.threshold(cv2.GaussianBlur(gray, (0, 0), 0.8), 0, 1, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    return np.asarray(dark > 0) if dark.mean() < 0.5 else np.asarray(dark == 0)


def _cut(ink: Mask, left: float, right: float) -> int:
    """The column between two characters with the least ink, near the middle of them."""
    low, high = round(left + 0.25 * (right - left)), round(left + 0.75 * (right - left))
    if high <= low:
        return round((left + right) / 2)
    columns = np.arange(low, high + 1)
    amount = ink[:, low : high + 1].sum(axis=0) + 0.01 * np.abs(columns[: ink.shape[1] - low] - (left + right) / 2)
    return low + int(np.argmin(amount))


def _box(ink: Mask, left: int, right: int) -> tuple[int, int, int, int] | None:
    """The ink between two columns: its main body, without strokes of other lines that reach in."""
    part = ink[:, left:right]
    profile = part.sum(axis=1)
    filled = np.convolve(profile > 0, np.ones(5), mode="same") > 0
    edges = np.flatnonzero(np.diff(np.r_[False, filled, False].astype(np.int8)))
    if len(edges) == 0:
        return None
    top, bottom = max(zip(edges[::2], edges[1::2], strict=True), key=lambda run: int(profile[run[0] : run[1]].sum()))
    rows, columns = np.flatnonzero(profile[top:bottom]) + top, np.flatnonzero(part[top:bottom].any(axis=0)) + left
    return int(columns[0]), int(columns[-1]), int(rows[0]), int(rows[-1])


def barred(lattice: Lattice) -> Floats:
    """T probabilities of a ``_`` or a dash, which is no space: decoders of handles take either for ``_``."""
    bars = [k for k, character in enumerate(lattice.alphabet) if character and character in BARS]
    return np.asarray(np.exp(lattice.log_probs[:, bars].astype(np.float64)).sum(axis=1))


def middles_px(text: str, log_probs: LogProbs, alphabet: tuple[str, ...]) -> Floats:
    """Where each character of ``text`` stands: px from the left of the line at the recogniser's height, within a step of its lattice."""
    return np.asarray((align(text, log_probs, alphabet) + 0.5) * STEP_PX)


def align(text: str, log_probs: LogProbs, alphabet: tuple[str, ...]) -> Floats:
    """The step at which each character of ``text`` is surest, on the likeliest path through the lattice."""
    index = {character: k for k, character in enumerate(alphabet)}
    labels = np.zeros(2 * len(text) + 1, np.int64)
    labels[1::2] = [index[character] for character in text]
    emitted = np.maximum(log_probs[:, labels], -30.0).astype(np.float64)
    skips = np.full(len(labels), -np.inf)
    skips[3::2] = np.where(labels[3::2] != labels[1:-2:2], 0.0, -np.inf)
    score = np.full(len(labels), -np.inf)
    score[:2] = emitted[0, :2]
    back = np.zeros(emitted.shape, np.int64)
    ways = np.full((3, len(labels)), -np.inf)
    for t in range(1, len(emitted)):
        ways[0], ways[1, 1:], ways[2, 2:] = score, score[:-1], score[:-2] + skips[2:]
        back[t] = ways.argmax(axis=0)
        score = ways.max(axis=0) + emitted[t]
    return _peaks(emitted, back, int(len(labels) - 1 - (score[-2] > score[-1])))


def _peaks(emitted: Floats, back: NDArray[np.int64], last: int) -> Floats:
    """The surest step of each character on the path that ends in state ``last``; every character has one but on lattices too short."""
    count = emitted.shape[1] // 2
    peaks, best = np.linspace(0, len(emitted) - 1, count), np.full(count, -np.inf)
    state = last
    for t in range(len(emitted) - 1, -1, -1):
        if state % 2 and emitted[t, state] > best[state // 2]:
            best[state // 2], peaks[state // 2] = emitted[t, state], t
        state -= int(back[t, state])
    return peaks
