"""A drag on the calibration page on its way to the digitizer, and what it taught on its way back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from calibration.plane import checked_corners
from calibration.rig import readonly
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
    first, was, own = (_proposal(marks, offer.size_px) for marks in (offer.marks, before, now))
    if not offer.found:  # a grid laid over the photo tells nothing of where its lines are
        return now
    try:
        found = taught(first, offer.basis, was, own, pins)
        corners = np.where(pins.corners > 0, found.corners_px, in_reach(found.corners_px, offer.size_px))
    except ValueError:
        return now
    return replace(now, corners_px=tuple(corners.reshape(-1).tolist()), columns=found.column_fractions, rows=found.row_fractions)


def _proposal(marks: Marks, size_px: tuple[int, int]) -> Proposal:
    """Raises ``CalibrationError`` where the corners cross, or lines are not in order within the outline."""
    columns, rows = marks.columns or (), marks.rows or ()
    try:
        corners = checked_corners(np.array(marks.corners_px, dtype=np.float64).reshape(-1, 2), size_px)
    except ValueError as error:
        raise CalibrationError("What was dragged is no grid.", str(error), "Reload the page and try again.") from error
    if not all((np.diff([0.0, *shares, 1.0]) > 0).all() for shares in (columns, rows)):
        raise CalibrationError("The lines of this grid are not in order.", remedy="Reload the page and try again.")
    return Proposal(readonly(corners), columns, rows, 0.0)


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
