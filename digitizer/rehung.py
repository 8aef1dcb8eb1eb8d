"""Labels that hang elsewhere than when the board was calibrated: cards under them would be published under the names of others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.rig import Floats, Layout
from digitizer.errors import LabelsMoved

SHOWN = 3
"""Labels that a refusal names: two or three tell a shift from a swap."""


@dataclass(frozen=True)
class Stranger:
    """A name that is ``read`` where another ``stood`` when the board was calibrated."""

    stood: str
    read: str


def refuse(photo_name: str, strangers: Sequence[Stranger]) -> None:
    """Raise ``LabelsMoved`` where there are any, with what is read where."""
    if strangers:
        shown = ", ".join(f'"{stranger.read}" stands where "{stranger.stood}" was calibrated' for stranger in strangers[:SHOWN])
        more = f", and {len(strangers) - SHOWN} more are elsewhere" if len(strangers) > SHOWN else ""
        raise LabelsMoved(
            f"{photo_name}: the board is there, but its labels are not where they were.",
            f"{shown}{more}.",
            "If they were hung anew, calibrate the board anew; if this is another board, send the photo as that one.",
        )


def beside(boxes_mm: Floats, layout: Layout) -> bool:
    """Whether any of Nx4x2 boxes reaches out of the grid, to where labels hang."""
    size = np.array([layout.width_mm, layout.height_mm])
    return bool(((boxes_mm < 0) | (boxes_mm > size)).any())
