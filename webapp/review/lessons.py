"""A drag on the calibration page on its way to the digitizer, and what it taught on its way back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from calibration.rig import Floats, readonly
from digitizer.calibrate import Marks
from digitizer.errors import CalibrationError
from digitizer.event import Board
from digitizer.proposal.propose import Proposal
from digitizer.proposal.teach import Pins, taught
from webapp.review.marks import Offer, from_json, in_reach

FORGOTTEN = "What this proposal rests on is not kept any more, so the rest of the grid does not follow."


def follow(offer: Offer | None, sent: object, board: Board) -> Marks:
    """The grid after a drag, with what nobody set put right; JSON: the grid ``before``, the grid ``now``, ``pins``.

    Raises ``CalibrationError`` where this is none, or nothing was offered of late.
    """
    if offer is None:
        raise CalibrationError(FORGOTTEN, remedy="Go on dragging, or choose Propose again.")
    lesson: Mapping[str, Any] = sent if isinstance(sent, dict) else {}
    before, now = (from_json(lesson.get(when), board) for when in ("before", "now"))
    pins = _pins(lesson.get("pins"), board)
    own = _proposal(now)
    if not offer.found:  # a grid laid over the photo tells nothing of where its lines are
        return now
    try:
        found = taught(_proposal(offer.marks), offer.basis, _proposal(before), own, pins)
        corners = np.where(pins.corners > 0, found.corners_px, in_reach(found.corners_px, offer.size_px))
    except ValueError:
        return now
    return replace(now, corners_px=tuple(corners.reshape(-1).tolist()), columns=found.column_fractions, rows=found.row_fractions)


def _proposal(marks: Marks) -> Proposal:
    return Proposal(_corners(marks), marks.columns or (), marks.rows or (), 0.0)


def _corners(marks: Marks) -> Floats:
    """4x2. Raises ``CalibrationError`` where there are not four, or one is nowhere."""
    corners = np.array(marks.corners_px or (), dtype=np.float64)
    if corners.shape != (8,) or not np.isfinite([*corners, *(marks.columns or ()), *(marks.rows or ())]).all():
        raise CalibrationError("What the page sent is no grid.", remedy="Reload the page and try again.")
    return readonly(corners.reshape(4, 2))


def _pins(sent: object, board: Board) -> Pins:
    """What the page says is set. Raises ``CalibrationError``."""
    given: Mapping[str, Any] = sent if isinstance(sent, dict) else {}
    rows, columns = board.shape
    try:
        corners = np.array(given["corners"], dtype=bool)
        inner = [tuple(sorted({int(number) for number in given[axis]})) for axis in ("columns", "rows")]
    except (TypeError, ValueError, KeyError) as error:
        raise CalibrationError("What the page sent does not tell what is set.", remedy="Reload the page and try again.") from error
    within = all(0 <= number < count - 1 for numbers, count in zip(inner, (columns, rows), strict=True) for number in numbers)
    if corners.shape != (4, 2) or not within:
        raise CalibrationError(
            f"The page says that lines are set of which a board of {columns} x {rows} has none.", remedy="Reload the page."
        )
    return Pins(readonly(corners.astype(np.float64)), *inner)
