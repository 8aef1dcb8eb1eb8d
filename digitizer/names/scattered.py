"""Names of columns and rows anywhere in a photo, where no grid is known yet: writing by its local contrast, then read.

Ink reflects a part of what its paper does, in sun and shade alike, so a stroke is told by the *ratio* of its light to that of what is
around it, darker or lighter. What is around is taken at two scales: a thin pen's letters vanish in the wide one where a shadow's edge runs
through a word, bold capitals fill the narrow one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from calibration.rig import Floats, Image, readonly
from digitizer import labels
from digitizer.decoder import decode_greedy
from digitizer.event import Board
from digitizer.grid.arrays import Indices, Lab, Mask
from digitizer.readers.base import TextReader
from digitizer.settings import NamesSettings


@dataclass(frozen=True, eq=False)
class NamedWord:
    """A word that reads like the name of a column (``axis`` 0) or row (1) ``index``; ``box_px`` left, top, right, bottom in the photo."""

    axis: int
    index: int
    box_px: Floats


def find_names(image: Image, board: Board, reader: TextReader, settings: NamesSettings) -> tuple[NamedWord, ...]:
    """The names of a board's columns and rows in an HxWx3 BGR photo, some of them twice, some not a label's."""
    scale = min(1.0, settings.writing_px / max(image.shape[:2]))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    boxes = _words(np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), dtype=np.float32), settings) / scale
    crops = [_crop(image, box) for box in boxes]
    texts = [decode_greedy(lattice).text for lattice in reader.glance(crops)] if crops else []
    expected = (board.column_labels, board.row_labels)
    return tuple(
        NamedWord(axis, found[0], readonly(box))
        for box, text in zip(boxes, texts, strict=True)
        for axis in (0, 1)
        if len(found := labels.named(text, expected[axis])) == 1
    )


def _crop(image: Image, box: Floats) -> Image:
    around = 0.15 * (box[3] - box[1])
    low, high = np.maximum(box[:2] - around, 0).astype(int), (box[2:] + around + 1).astype(int)
    return np.asarray(cv2.cvtColor(image[low[1] : high[1], low[0] : high[0]], cv2.COLOR_BGR2GRAY), dtype=np.uint8)


def _words(light: Lab, settings: NamesSettings) -> Floats:
    """Nx4 boxes of what may be words, the highest first: letters are joined by narrow and by wide gaps."""
    found = [
        box
        for ink in _strokes(light, settings)
        for letters in [_letters(ink, settings)]
        for gap in settings.gaps
        for box in _joined(letters, gap)
    ]
    boxes = np.array(found, dtype=np.float64).reshape(-1, 4)
    boxes = np.unique(boxes, axis=0)
    wide = boxes[:, 2] - boxes[:, 0] > 0.3 * (boxes[:, 3] - boxes[:, 1])
    boxes = boxes[wide]
    return _unlike(boxes[np.argsort(boxes[:, 1] - boxes[:, 3], kind="stable")], settings.most_words)


def _unlike(boxes: Floats, most: int) -> Floats:
    """Boxes without near doubles, in their order, up to so many: on a board of grain there are ten thousand."""
    kept, count = np.empty((most, 4)), 0
    for box in boxes:
        if count == most:
            break
        if (np.abs(kept[:count] - box).max(axis=1) > 0.25 * (box[3] - box[1])).all():
            kept[count] = box
            count += 1
    return kept[:count]


def _strokes(light: Lab, settings: NamesSettings) -> Iterator[Mask]:
    """Where something is darker, and where lighter, than what is around it."""
    for share in settings.around:
        side = max(int(share * max(light.shape)), 5) | 1
        kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (side, side))
        paper = cv2.morphologyEx(light, cv2.MORPH_CLOSE, kernel)
        yield np.asarray(light < (1 - settings.ink) * paper)
        ground = cv2.morphologyEx(light, cv2.MORPH_OPEN, kernel)
        yield np.asarray(ground < (1 - settings.ink) * light)


def _letters(ink: Mask, settings: NamesSettings) -> Indices:
    """Nx4 boxes of strokes of a letter's size; long lines, frames and grain are none."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8))
    left, top, width, height, area = stats[1:].T
    low, high = settings.letter_px
    fill = area / (width * height)
    keep = (height >= low) & (height <= high) & (width < 5 * height) & (fill > settings.filled[0]) & (fill < settings.filled[1])
    boxes = np.column_stack([left, top, left + width, top + height])[keep]
    return np.asarray(boxes if len(boxes) < settings.most_letters else boxes[:0], dtype=np.intp)


def _joined(boxes: Indices, gap: float) -> list[Indices]:
    """Letters side by side made words."""
    if not len(boxes):
        return []
    left, top, right, bottom = boxes.T
    tall, short = np.maximum.outer(bottom - top, bottom - top), np.minimum.outer(bottom - top, bottom - top)
    overlap = np.minimum.outer(bottom, bottom) - np.maximum.outer(top, top)
    apart = np.maximum.outer(left, left) - np.minimum.outer(right, right)
    linked = (overlap > 0.5 * short) & (short > 0.4 * tall) & (apart < gap * tall)
    return [np.r_[boxes[group, :2].min(axis=0), boxes[group, 2:].max(axis=0)] for group in _groups(linked)]


def _groups(linked: Mask) -> Iterator[Indices]:
    """Indices of all that hang together."""
    free = np.ones(len(linked), dtype=np.bool_)
    for seed in range(len(linked)):
        if not free[seed]:
            continue
        group = np.zeros(len(linked), dtype=np.bool_)
        rim = np.arange(len(linked)) == seed
        while rim.any():
            group |= rim
            rim = linked[rim].any(axis=0) & ~group
        free &= ~group
        yield np.flatnonzero(group)
