"""What a recogniser of lines says of a letter it is not shown: what it expects there from the rest of the line.

A network trained on words has learned which words there are. What it says of a letter is what it sees and what it expects, and the second
part can be had alone: the letter is smeared beyond recognition, and it is asked again. Speech recognisers are rid of their own language
model so (Meng et al., Internal language model estimation, SLT 2021); covering a place to learn what it lent is Zeiler and Fergus's
(ECCV 2014).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import TypeAlias

from calibration.rig import Image, readonly
from digitizer.readers.base import Lattice
from digitizer.readers.onnx_recogniser import scale_line

Glance: TypeAlias = Callable[[Sequence[Image]], list[Lattice]]
"""A recogniser's quick look at lines; see :class:`~digitizer.readers.base.TextReader`."""

CoveredLook: TypeAlias = Callable[[int, int], Lattice]
"""A line's lattice without what stands from one column to another, px at the recogniser's height."""


def covered(image: Image, left: int, right: int) -> Image:
    """A gray line HxW u8 at the recogniser's height, its columns from ``left`` to ``right`` px each as gray as they are on average.

    Ink stays as much as it was and where it was from left to right; only its form is gone.
    """
    line = scale_line(image).copy()
    left = max(0, min(left, line.shape[1] - 1))
    place = line[:, left : max(left + 1, right)]
    place[:] = place.mean(axis=0)
    return readonly(line)


def looks_at(image: Image, glance: Glance) -> CoveredLook:
    """A function that recognises a line with a place covered; each place is looked at once."""

    @cache
    def look(left: int, right: int) -> Lattice:
        (lattice,) = glance([covered(image, left, right)])
        return lattice

    return look
