"""Things that hang or stand on a bare board: sheets of paper and words, as upright boxes in the plane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.rig import Floats, Image, readonly
from digitizer.grid.arrays import Indices, Lab, Mask
from digitizer.grid.bare import bare_everywhere
from digitizer.grid.ridges import Lines, chosen
from digitizer.grid.view import View
from digitizer.settings import LocateSettings

Box: TypeAlias = tuple[int, int, int, int]
"""Left, top, right, bottom."""

PATCH = np.ones((5, 5), np.uint8)
"""Belt around sheets, in coarse pixels, that their shadows fill."""


@dataclass(frozen=True)
class Item:
    """A sheet (``solid``) or a word; ``box`` left, top, right, bottom in plane px; ``lab`` mean colour of what is not board."""

    box: tuple[float, float, float, float]
    solid: bool
    lab: tuple[float, float, float]

    @property
    def middle(self) -> tuple[float, float]:
        """Centre of the box, plane px."""
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2

    @property
    def size(self) -> tuple[float, float]:
        """Width and height, plane px."""
        return self.box[2] - self.box[0], self.box[3] - self.box[1]


@dataclass(frozen=True, eq=False)
class Hangings:
    """What hangs on a board: ``sheets``, and ``letters`` as boxes at the coarse scale; ``foreign`` hxw: not bare board, lines left out.

    ``walls_px``: where along x long drawn lines run down.
    """

    sheets: tuple[Item, ...]
    letters: tuple[Box, ...]
    foreign: Mask
    lab: Lab
    walls_px: Floats
    coarse: int

    def items(self, spacing: float) -> list[Item]:
        """Sheets and words; letters closer than ``spacing`` of their height make a word, but never across a drawn line."""
        words = _words(self.letters, self.walls_px / self.coarse, spacing)
        return [*self.sheets, *(_item(box, False, self.lab, self.foreign, self.coarse) for box in words)]


def find_hangings(view: View, settings: LocateSettings) -> Hangings:
    """Sheets and letters on the board, and the map they come from."""
    bare = bare_everywhere(view.lab, view.plane.seen, settings)
    drawn, walls = _drawn(view, bare.foreign.shape, settings)
    foreign = (bare.foreign & ~_outside(bare.foreign)).astype(np.uint8)
    core = max(int(settings.sheet_core * max(foreign.shape)), 3)
    sheets = _u8(cv2.morphologyEx(_without_holes(foreign, core**2), cv2.MORPH_OPEN, np.ones((core, core), np.uint8)))
    foreign &= (sheets > 0) | ~drawn
    rest = foreign & (cv2.dilate(sheets, PATCH) == 0)
    least = settings.letter * max(foreign.shape)
    letters = tuple(box for box in _boxes(_u8(rest)) if max(box[2] - box[0], box[3] - box[1]) > least)
    small = np.asarray(cv2.resize(view.lab, foreign.shape[::-1], interpolation=cv2.INTER_AREA), dtype=np.float32)
    solid = tuple(_item(box, True, small, foreign > 0, settings.coarse) for box in _boxes(sheets))
    return Hangings(solid, letters, readonly(foreign > 0), readonly(small), readonly(walls), settings.coarse)


def _item(box: Box, solid: bool, lab: Lab, foreign: Mask, coarse: int) -> Item:
    part = np.s_[box[1] : box[3], box[0] : box[2]]
    inside = lab[part][foreign[part]]
    colour = np.median(inside, axis=0) if len(inside) else np.zeros(3)
    left, top, right, bottom = (float(v * coarse) for v in box)
    return Item((left, top, right, bottom), solid, (float(colour[0]), float(colour[1]), float(colour[2])))


def _outside(foreign: Mask) -> Mask:
    """All that is joined to the picture's border: wall, floor, people, the photo's end."""
    _, labels = cv2.connectedComponents(foreign.astype(np.uint8), connectivity=4)
    border = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    return np.asarray(np.isin(labels, border[border > 0]))


def _drawn(view: View, shape: tuple[int, ...], settings: LocateSettings) -> tuple[Mask, Floats]:
    """Where long straight lines run (hxw bool), and the places along x of those that run down."""
    mask = np.zeros(shape[:2], np.uint8)
    walls = _long(view.across, settings)
    for lines, target in ((walls, mask), (_long(view.down, settings), mask.T)):
        for at, support, width in zip(lines.at_px, lines.support, lines.widths_px, strict=True):
            half = 0.6 * width + 2
            left, right = int((at - half) / settings.coarse), int((at + half) / settings.coarse) + 1
            for top in np.flatnonzero(support > 0.3) * lines.strip_px:
                target[int(top / settings.coarse) : int((top + lines.strip_px) / settings.coarse) + 1, max(left, 0) : right] = 1
    return np.asarray(mask > 0), walls.at_px


def _long(lines: Lines, settings: LocateSettings) -> Lines:
    """Lines that go on unbroken, of the colour that most have; bare board between two lines is a broad one of the opposite colour."""
    long = [i for i, support in enumerate(lines.support) if _longest_run(support > 0.3) >= settings.long_line * len(support)]
    found = chosen(lines, tuple(long))
    if not long:
        return found
    alike = found.ways @ found.ways.T > 0.5
    usual = int((alike @ (found.strength / found.widths_px)).argmax())
    return chosen(found, tuple(np.flatnonzero(alike[usual]).tolist()))


def _longest_run(seen: Mask) -> int:
    """Most strips in a row that are seen; one missing does not end a run."""
    bridged = seen | (np.r_[False, seen[:-1]] & np.r_[seen[1:], False])
    ends = np.flatnonzero(np.diff(np.r_[0, bridged.astype(int), 0]))
    return int((ends[1::2] - ends[::2]).max(initial=0))


def _u8(mask: NDArray[Any]) -> Image:
    return np.asarray(mask, dtype=np.uint8)


def _without_holes(mask: Image, largest: int) -> Image:
    """Holes up to ``largest`` pixels closed: ink of the board's colour on a sheet."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(1 - mask, connectivity=4)
    small = np.flatnonzero(stats[:, cv2.CC_STAT_AREA] <= largest) if count > 1 else np.zeros(0, dtype=np.intp)
    return _u8(mask | np.isin(labels, small[small > 0]))


def _boxes(mask: Image) -> list[Box]:
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    return [(int(x), int(y), int(x + w), int(y + h)) for x, y, w, h, _ in stats[1:]]


def _words(letters: tuple[Box, ...], walls: Floats, spacing: float) -> list[Box]:
    """Letters on one line, near each other, joined: the first that has a neighbour takes the first of these in, until none has any.

    What one has taken in changes nothing between the others, so that only its own neighbours are looked for anew.
    """
    words = np.array(sorted(letters), dtype=np.int64).reshape(-1, 4)
    walls = np.sort(walls)
    i = 0
    while i < len(words):
        near = np.flatnonzero(_side_by_side(words[i], words, walls, spacing))
        near = near[near != i]
        if not len(near):
            i += 1
            continue
        first, other = sorted((i, int(near[0])))  # one before it had none until now: it takes this one in
        words[first, :2] = np.minimum(words[first, :2], words[other, :2])
        words[first, 2:] = np.maximum(words[first, 2:], words[other, 2:])
        words = np.delete(words, other, axis=0)
        i = first
    return [(int(left), int(top), int(right), int(bottom)) for left, top, right, bottom in words]


def _side_by_side(one: Indices, others: Indices, walls: Floats, spacing: float) -> Mask:
    """Which of Nx4 boxes stand on one line with ``one``, near it, and with none of the ``walls``, in their order, between."""
    overlap = np.minimum(one[3], others[:, 3]) - np.maximum(one[1], others[:, 1])
    height, heights = one[3] - one[1], others[:, 3] - others[:, 1]
    low, high = np.minimum(one[2], others[:, 2]), np.maximum(one[0], others[:, 0])
    walled = (high > low - 2) & (np.searchsorted(walls, high + 2, "left") > np.searchsorted(walls, low - 2, "right"))
    near = (overlap > 0.3 * np.minimum(height, heights)) & (high - low < spacing * np.maximum(height, heights))
    return np.asarray(near & ~walled)
