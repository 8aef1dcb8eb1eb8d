"""Drawn boards whose grid lines and labels leave in doubt, or tell wrongly: names tell them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from synth import Synth, scene

from calibration.rig import Image
from digitizer.frames import board_from_photo
from digitizer.model import Pose
from digitizer.readers.base import Lattice

IN_DOUBT = {
    "label cards on cork, somebody before them": (
        4,
        {"style": "lineless", "person": True, "rows": 5, "columns": 5, "size_px": (1600, 1200)},
    ),
    "the same, another hides two names": (7, {"style": "lineless", "person": True, "rows": 5, "columns": 5, "size_px": (1600, 1200)}),
}
"""Boards that neither lines nor labels give: seed and options of ``synth.scene``."""

BELIEVED_WRONGLY = {
    "somebody before unequal columns": (4, {"person": True, "unequal": 0.25}),
    "very unequal columns": (3, {"unequal": 0.35, "wobble": 0.03}),
}
"""Boards whose header column is taken for their first column: seed and options."""


class Unasked:
    """A recogniser of which nothing may be asked."""

    def recognise(self, crops: Sequence[Image]) -> list[Lattice]:
        """Fail."""
        raise AssertionError(f"{len(crops)} lines were to be read.")

    glance = recognise


def unproposed() -> Synth:
    """A board whose grid neither lines nor labels nor what hangs on it tell: lines of columns alone, somebody before it."""
    return scene(22, style="column-lines", person=True, rows=4, columns=4, size_px=(1200, 900))


def in_doubt(kind: str) -> Synth:
    seed, options = IN_DOUBT[kind]
    return scene(seed, **options)


def believed_wrongly(kind: str) -> Synth:
    seed, options = BELIEVED_WRONGLY[kind]
    return scene(seed, style="whiteboard", rows=4, columns=4, size_px=(1200, 900), **options)


def misplaced(pose: Pose, truth: Synth) -> list[str]:
    """Titles of cards whose middle falls into another cell than it should."""
    middles = board_from_photo(pose, np.array([card.corners_px.mean(axis=0) for card in truth.cards]))
    return [c.title for c, at in zip(truth.cards, middles, strict=True) if pose.layout.cell_at(*at) != c.cell]
