"""How a board is seen, as a table for people and as JSON for programs and for the set-up page."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from calibration.advice import advise, expected, light_of, quality
from calibration.legible import letter_px
from calibration.rig import Rig
from calibration.view import ColumnView, View, look
from digitizer.errors import CalibrationError
from digitizer.event import Board
from digitizer.frames import photo_from_board
from digitizer.model import Photo, Pose

HEAD = ("", "mm a pixel", "letters", "read right", "blur", "glare", "in the picture", "")
"""Of the table's columns; the first is a column of the board, the last what to expect."""


def view_by(photo: Photo, pose: Pose) -> View:
    """How a located board is seen in its photo."""
    return look(photo.image, pose.board_from_photo, pose.layout, pose.lens)


def view_of_rig(photo: Photo, rig: Rig) -> View:
    """How a board is seen in the photo that it was calibrated on. Raises ``CalibrationError`` where the rig has no reference."""
    if rig.reference is None:
        raise CalibrationError(f'The calibration of board "{rig.board_id}" has no reference.', remedy="Make one: boardcast calibrate.")
    return look(photo.image, rig.reference.board_from_photo, rig.layout, rig.lens)


def to_json(view: View, board: Board) -> dict[str, Any]:
    """A view with its units in the names; what no number is known of is null."""
    return {
        "board": board.id,
        "quality": quality(view).value,
        "mm_per_px": round(view.mm_per_px, 3),
        "scale_is_known": view.scale_is_known,
        "blur_px": round(view.blur_px, 2),
        "yaw_degrees": round(view.yaw_degrees, 1),
        "pitch_degrees": round(view.pitch_degrees, 1),
        "tilt_degrees": round(view.tilt_degrees, 1),
        "distance_mm": round(view.distance_mm),
        "columns": [_column(column, label) for column, label in zip(view.columns, board.column_labels, strict=True)],
        "advice": list(advise(view, board.column_labels)),
    }


def outlines_px(pose: Pose) -> list[list[list[float]]]:
    """The four corners of each column in pixels of the photo as taken, clockwise from the top left."""
    layout = pose.layout
    edges = layout.column_edges_mm
    pairs = itertools.pairwise(edges)
    corners_mm = [[[left, 0], [right, 0], [right, layout.height_mm], [left, layout.height_mm]] for left, right in pairs]
    return [photo_from_board(pose, np.array(corners, dtype=np.float64)).round(1).tolist() for corners in corners_mm]


def rows(view: View, board: Board) -> Iterator[str]:
    """A view as lines of text: a table of the columns, a line on the whole, then each piece of advice."""
    table = [HEAD, *(_cells(column, label) for column, label in zip(view.columns, board.column_labels, strict=True))]
    widths = [max(len(row[i]) for row in table) for i in range(len(HEAD))]
    for label, *numbers, light in table:
        right = (number.rjust(width) for number, width in zip(numbers, widths[1:], strict=False))
        yield "  ".join([label.ljust(widths[0]), *right, light]).rstrip()
    scale = "" if view.scale_is_known else " (a mean column counts as 200 mm)"
    yield f"{view.mm_per_px:.2f} mm a pixel at the middle{scale}; {stand(view)}."
    yield f"Reading will be {quality(view)}."
    yield from (f"- {sentence}" for sentence in advise(view, board.column_labels))


def stand(view: View) -> str:
    """Where the camera stands, in words."""
    ways = ((view.yaw_degrees, "to the right", "to the left"), (view.pitch_degrees, "below", "above"))
    parts = [f"{abs(degrees):.0f} degrees {more if degrees > 0 else less}" for degrees, more, less in ways if abs(degrees) >= 1]
    return f"the camera stands {' and '.join(parts)}" if parts else "the camera stands square before the board"


def _column(column: ColumnView, label: str) -> dict[str, Any]:
    seen = bool(np.isfinite(column.mm_per_px))
    return {
        "label": label,
        "light": light_of(column).value,
        "mm_per_px": round(column.mm_per_px, 3) if seen else None,
        "letter_px": round(letter_px(column.mm_per_px), 1) if seen else None,
        "read_right": round(expected(column), 3),
        "blur_px": None if column.blur_px is None else round(column.blur_px, 2),
        "glare": round(column.glare, 4),
        "brightness": round(column.brightness / 255, 3),
        "inside": round(column.inside, 3),
        "cut_by": column.cut_by or None,
    }


def _cells(column: ColumnView, label: str) -> tuple[str, ...]:
    if not np.isfinite(column.mm_per_px):
        return (label, "-", "-", "-", "-", "-", f"{column.inside:.0%}", light_of(column).value)
    blur = "-" if column.blur_px is None else f"{column.blur_px:.1f} px"
    letters, share = f"{letter_px(column.mm_per_px):.0f} px", f"{expected(column):.0%}"
    return (label, f"{column.mm_per_px:.2f}", letters, share, blur, f"{column.glare:.0%}", f"{column.inside:.0%}", light_of(column).value)
