"""Corners and dividers on their way between the digitizer and the calibration page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from calibration.plane import checked_corners
from calibration.rig import Floats, Lens, Rig, readonly
from digitizer.calibrate import Marks
from digitizer.errors import BoardNotFound, CalibrationError
from digitizer.event import Board
from digitizer.frames import photo_from_board
from digitizer.locate import locate
from digitizer.misfit import misfit
from digitizer.model import Photo, Pose
from digitizer.names import Names
from digitizer.proposal.propose import Basis, basis
from digitizer.readers.base import TextReader

REACH = 0.06
"""How far a corner may lie outside the photo, as a share of its side: further out no handle can be taken. The page knows it, too."""

FOUND = "This is where the grid seems to be. Check each line."

NOT_FOUND = "The grid was not found by itself, so it starts in the middle: drag its corners into place, then its lines."

ONCE_RIGHT = "start the server again, and propose again here"
"""What to do here once event.toml fits the board."""

GUESSED = "This is a guess from the labels and cards that hang there: drag what is farthest off into place, and the rest follows."

INSET = (0.2, 0.9)
"""Where a grid that was not found is drawn, as shares of the photo: headers stand to the left and above."""


@dataclass(frozen=True, eq=False)
class Offer:
    """A proposal for a photo of ``size_px`` (width, height): marks, and what to tell of them.

    ``found`` in the photo, else laid over it; ``basis``: what they rest on if labels and cards did.
    """

    marks: Marks
    note: str
    size_px: tuple[int, int]
    found: bool = True
    basis: Basis | None = None


def proposed(shown: Photo, board: Board, rig: Rig | None, reader: TextReader) -> Offer:
    """Where the grid seems to be. ``reader`` is asked for names where lines and labels leave it in doubt."""
    height, width = shown.image.shape[:2]
    size = width, height
    try:
        pose = _found(shown, board, rig, Names(shown, board, reader))
    except BoardNotFound as error:
        doubt = misfit(shown, board, error, ONCE_RIGHT) or error.evidence
        guess = _guessed(shown, board)
        if guess is None:
            return Offer(_plain(shown, board), f"{NOT_FOUND} {doubt}", size, found=False)
        return replace(guess, note=f"{GUESSED} {doubt}")
    guess = _guessed(shown, board) if "confidence" in pose.evidence else None  # vouched for by names: drags are taught by what it rests on
    doubt = misfit(shown, board, pose, ONCE_RIGHT)
    note = " ".join([FOUND, *([doubt] if doubt else pose.warnings)])
    return replace(guess, note=note) if guess else Offer(_of(pose), note, size)


def to_json(marks: Marks) -> dict[str, Any]:
    """Marks as the page holds them; the lens goes along so that it comes back."""
    lens = marks.lens
    held = lens and {"matrix": lens.matrix.tolist(), "distortion": lens.distortion.tolist(), "size": lens.size_px, "rms": lens.rms_px}
    return {"corners": np.reshape(marks.corners_px or (), (-1, 2)).tolist(), "columns": marks.columns, "rows": marks.rows, "lens": held}


def from_json(given: object, board: Board) -> Marks:
    """Check what the page sent. Raises ``CalibrationError``."""
    rows, columns = board.shape
    sent: Mapping[str, Any] = given if isinstance(given, dict) else {}
    try:
        corners = tuple(float(value) for x, y in sent["corners"] for value in (x, y))
        across, down, lens = _numbers(sent["columns"]), _numbers(sent["rows"]), _lens(sent.get("lens"))
    except (TypeError, ValueError, KeyError) as error:
        raise CalibrationError("What the page sent is no grid.", remedy="Reload the page and try again.") from error
    if (len(across), len(down)) != (columns - 1, rows - 1):
        raise CalibrationError(
            f"The grid has {len(across)} lines down and {len(down)} across.", f"It needs {columns - 1} and {rows - 1}.", "Reload the page."
        )
    return Marks(corners, across, down, lens)


def _found(shown: Photo, board: Board, rig: Rig | None, names: Names) -> Pose:
    """The pose by the last calibration, else by what the photo shows: the board may hang elsewhere now.

    Names are not asked whether labels stand where they were calibrated: where they were hung anew, the grid is set anew, mostly as it was.
    """
    if rig is not None:
        try:
            return locate(shown, board, rig, names=None if rig.reference else names)
        except BoardNotFound:
            return locate(shown, board, names=names)
    return locate(shown, board, names=names)


def _guessed(shown: Photo, board: Board) -> Offer | None:
    """A guess from what hangs on the board, for boards without lines."""
    height, width = shown.image.shape[:2]
    try:
        found = basis(shown, *board.shape)
        corners = in_reach(found.proposal.corners_px, (width, height))
    except ValueError:
        return None
    marks = Marks(tuple(corners.reshape(-1).tolist()), found.proposal.column_fractions, found.proposal.row_fractions)
    return Offer(marks, GUESSED, (width, height), basis=found)


def in_reach(corners_px: Floats, size_px: tuple[int, int]) -> Floats:
    """4x2 corners kept where a hand can take them. Raises ``ValueError`` where they then hold no grid."""
    size = np.array(size_px)
    return checked_corners(np.clip(corners_px, -REACH * size, (1 + REACH) * size), size_px)


def _of(pose: Pose) -> Marks:
    layout = pose.layout
    corners = photo_from_board(pose, layout.grid_corners_mm())
    columns = tuple(edge / layout.width_mm for edge in layout.column_edges_mm[1:-1])
    rows = tuple(edge / layout.height_mm for edge in layout.row_edges_mm[1:-1])
    return Marks(tuple(corners.reshape(-1).tolist()), columns, rows, pose.lens)


def _plain(shown: Photo, board: Board) -> Marks:
    rows, columns = board.shape
    height, width = shown.image.shape[:2]
    (left, right), (top, bottom) = (tuple(share * side for share in INSET) for side in (width, height))
    corners = (left, top, right, top, right, bottom, left, bottom)
    return Marks(corners, tuple(i / columns for i in range(1, columns)), tuple(i / rows for i in range(1, rows)))


def _lens(sent: Mapping[str, Any] | None) -> Lens | None:
    """The lens that the proposal was made with, as it came back. Raises ``ValueError``, ``KeyError``, ``TypeError``."""
    if not sent:
        return None
    matrix, distortion = np.array(sent["matrix"], dtype=np.float64), np.array(sent["distortion"], dtype=np.float64)
    if matrix.shape != (3, 3) or distortion.shape != (5,) or not (np.isfinite(matrix).all() and np.isfinite(distortion).all()):
        raise ValueError("not a lens")
    width, height = sent["size"]
    return Lens(readonly(matrix), readonly(distortion), (int(width), int(height)), float(sent["rms"]))


def _numbers(values: Sequence[Any]) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
