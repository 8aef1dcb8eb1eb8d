"""A mounted camera that no longer sees the whole board: whether it was moved, or somebody stands before it.

A phone walks along a board and may send parts of it. A camera that is fixed sees the board as it was calibrated, or somebody has turned
it: then what it shows is no part to be read, and what it misses was not taken off.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from calibration.chart import Chart
from calibration.overlap import Enough, place
from calibration.rig import Lens
from digitizer import refresh
from digitizer.errors import BoardNotFound, CameraMoved, LabelsMoved
from digitizer.frames import outline_mm
from digitizer.model import Digitization, Photo, Pose
from digitizer.partial import cells_within
from digitizer.settings import RefreshSettings

REMEDY = (
    "Nothing is read until it sees the whole board again, and nothing on the schedule is changed. Turn it back; or, where it is to stay as "
    "it is now, calibrate the board anew from its picture."
)


def why_not_whole(
    photo: Photo,
    refused: BoardNotFound,
    chart: Callable[[], Chart | None],
    last: Digitization | None,
    lens: Lens | None = None,
    settings: RefreshSettings | None = None,
) -> BoardNotFound:
    """What to tell of a photo of a mounted camera in which the whole board was not found: ``CameraMoved``, or the refusal as it was.

    The camera was moved where it shows a part of what is known of the board (``chart``), or next to nothing of what it showed in its
    ``last`` look. Where labels were hung anew it was not.
    """
    if isinstance(refused, LabelsMoved):
        return refused
    settings = settings or RefreshSettings()
    known = chart()
    placed, believed = place(photo.image, known, lens) if known is not None else (None, False)
    if known is not None and placed is not None and believed:
        view = outline_mm(Pose(placed.board_from_photo, known.layout, "overlap", {}, placed.rms_mm, placed.lens), photo.image.shape[1::-1])
        cells = len(cells_within(known.layout, view)) if view is not None else 0
        evidence = f"It shows {cells} of {known.layout.rows * known.layout.columns} cells: {placed.numbers(Enough())}"
        return CameraMoved("The camera was moved and sees only a part of the board.", evidence, REMEDY)
    moved = refresh.compare(photo, last.anchor, replace(settings, related_correlation=-1.0)) if last is not None else None
    if moved is not None and moved.agreement < settings.strange:
        evidence = (
            f"{moved.agreement:.0%} of its picture is as in its last good look; people before the board leave {settings.strange:.0%}."
        )
        return CameraMoved("The camera was moved and does not see the whole board.", f"{evidence} {refused.evidence}".strip(), REMEDY)
    return refused
