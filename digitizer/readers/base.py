"""What a reading engine is: pictures of lines in, lattices out. An engine decides nothing; decoders do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from calibration.rig import Image

BLANK = 0
"""The class by which a network says that nothing new is read (CTC: Graves et al., ICML 2006)."""

LogProbs: TypeAlias = NDArray[np.float32]
"""TxC natural logarithms of probabilities; T steps from left to right, C classes, class 0 the CTC blank."""


@dataclass(frozen=True, eq=False)
class Lattice:
    """What a recogniser sees in one line: ``log_probs`` TxC float32, read-only; ``alphabet`` names its C classes, blank ("") first.

    ``views`` are further looks at the same line, each its own T x C; only where the first look was in doubt.
    """

    log_probs: LogProbs
    alphabet: tuple[str, ...]
    views: tuple[LogProbs, ...] = ()


class TextReader(Protocol):
    """An engine that recognises lines of writing."""

    def recognise(self, crops: Sequence[Image]) -> list[Lattice]:
        """One lattice a crop, in the order given. ``crops``: single lines, upright, tight to the ink; HxWx3 u8 BGR or HxW u8."""
        ...

    def glance(self, crops: Sequence[Image]) -> list[Lattice]:
        """The same from one quick look each, without views."""
        ...
