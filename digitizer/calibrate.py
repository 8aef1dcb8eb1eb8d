"""One photo of a board, and what a person marked in it -> the Rig by which the board is found again."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from calibration.lens import lens_for, undistorted, undistorted_points
from calibration.plane import inverse, layout_from_fractions
from calibration.reference import BoardMissing, find_again, make_reference
from calibration.rig import Floats, Layout, Lens, Reference, Rig
from digitizer.bystanders import standing_before
from digitizer.errors import BoardNotFound, CalibrationError
from digitizer.event import Board
from digitizer.frames import transform
from digitizer.locate import locate
from digitizer.misfit import misfit
from digitizer.model import Photo, Pose
from digitizer.names import Names
from digitizer.proposal.propose import propose
from digitizer.readers.base import TextReader

SURE = 0.55
"""Confidence from which a grid guessed from labels is taken: 85 of 85 drawn boards above it had every card in its cell, 8 of 9 below."""

FOUND_BY = {"grid": "found by its lines", "headers": "found by its labels", "markers": "found by its markers"}
"""How a proposal came about, in an organizer's words."""

MARK = "Take the whole board, sharp and from nearer, or give the corners of its cells as --corners."
"""What to do where nothing can be proposed."""

ONCE_RIGHT = "and calibrate it again"
"""What to do once event.toml fits the board."""

NAMED = ", told by the names beside it"
"""What is added where lines and labels alone had left it in doubt."""


@dataclass(frozen=True)
class Marks:
    """What a person marked; None is left to be found, or divides evenly where corners are given.

    ``corners_px`` x,y of the grid's four corners, clockwise from the top left, photo px; ``columns`` and ``rows`` inner dividers as
    fractions 0..1 of the grid's width and height; ``lens`` through which the corners were seen, if it is known.
    """

    corners_px: tuple[float, ...] | None = None
    columns: tuple[float, ...] | None = None
    rows: tuple[float, ...] | None = None
    lens: Lens | None = None


@dataclass(frozen=True, eq=False)
class Plane:
    """Where the grid lies: ``board_from_photo`` 3x3 from undistorted photo px to mm, who says so, and what speaks against event.toml."""

    board_from_photo: Floats
    layout: Layout
    lens: Lens | None
    found_by: str
    misfit: str = ""


def rig_from_photo(photo: Photo, board: Board, marks: Marks, reader: TextReader | None = None) -> tuple[Rig, str]:
    """Make a board's calibration, and say in a sentence what it rests on.

    With a ``reader``, a grid that lines and labels leave in doubt is told by the names of rooms and times, as in photos that are read.
    A grid that was not marked is held against event.toml: a number of rows or columns that its lines contradict is told, too.
    How good the view is tells ``digitizer.viewed``, who stands in it ``digitizer.bystanders``. Raises ``CalibrationError`` where the
    marks make no grid or the photo shows too little to find the board again, ``BoardNotFound`` where no corners are given and none are
    found.
    """
    if marks.lens is not None and lens_for(marks.lens, photo.image.shape[1::-1]) is None:
        raise _other_camera(photo, marks.lens)
    plane = _marked(photo, board, marks) if marks.corners_px is not None else _proposed(photo, board, marks, reader)
    try:
        covered_mm = standing_before(photo, plane.board_from_photo, plane.layout, plane.lens)
        reference = make_reference(photo.image, plane.board_from_photo, plane.layout, plane.lens, covered_mm)
    except ValueError as error:
        raise CalibrationError(f"{photo.name} does not do for a calibration.", str(error)) from error
    _check(photo, reference, plane.lens)
    note = f"made from {photo.name}, {photo.taken_at:%Y-%m-%d %H:%M} UTC; grid {plane.found_by}"
    return Rig(board.id, plane.layout, reference, plane.lens, (note,)), _evidence(plane, len(reference.points_px))


def _other_camera(photo: Photo, lens: Lens) -> CalibrationError:
    width, height = photo.image.shape[1::-1]
    return CalibrationError(
        f"{photo.name} is not of the camera that the lens was measured for.",
        f"It has {width}x{height} px, the lens is of photos of {lens.size_px[0]}x{lens.size_px[1]}.",
        "Take the photos of the target with the board's camera, at the same size.",
    )


def _check(photo: Photo, reference: Reference, lens: Lens | None) -> None:
    """Refuse a reference by which the board is not even found in its own photo: at the venue it would refuse every later one."""
    try:
        find_again(photo.image, reference, lens)
    except BoardMissing as missing:
        raise CalibrationError(
            f"{photo.name} does not do for a calibration: by what stays the same around the grid, the board is not found again in it.",
            missing.evidence,
            "Put up the labels of rooms and times first, have them in the photo, and mark the corners of the cells, labels not counted.",
        ) from missing


def _marked(photo: Photo, board: Board, marks: Marks) -> Plane:
    corners = marks.corners_px or ()
    if len(corners) != 8:
        raise CalibrationError(
            "The grid has four corners.",
            f"{len(corners)} numbers were given instead of 8.",
            "Give x,y of each, clockwise from the top left.",
        )
    corners_px = np.array(corners).reshape(4, 2)
    _check_inside(photo, corners_px)
    return _plane(photo, board, marks, undistorted_points(corners_px, marks.lens), marks.lens)


def _check_inside(photo: Photo, corners_px: Floats) -> None:
    """Refuse corners whose middle lies beside the photo: mostly they were measured in a copy of another size, or one that is turned."""
    height, width = photo.image.shape[:2]
    x, y = corners_px.mean(axis=0)
    if not (0 <= x <= width and 0 <= y <= height):
        least, most = corners_px.min(axis=0), corners_px.max(axis=0)
        raise CalibrationError(
            f"The grid that was marked is not in {photo.name}.",
            f"Its corners reach from {least[0]:.0f},{least[1]:.0f} to {most[0]:.0f},{most[1]:.0f}; the photo has {width}x{height} px.",
            "Measure them in the photo itself, upright and in its full size.",
        )


def _proposed(photo: Photo, board: Board, marks: Marks, reader: TextReader | None) -> Plane:
    """The grid as found by lines, names, or what hangs there; dividers that a person gave outrank those. A known lens is undone first."""
    if marks.lens is not None:
        straight = replace(photo, image=undistorted(photo.image, marks.lens))
        return replace(_proposed(straight, board, replace(marks, lens=None), reader), lens=marks.lens)
    try:
        pose = locate(photo, board, names=Names(photo, board, reader) if reader else None)
    except BoardNotFound as error:
        doubt = misfit(photo, board, error, ONCE_RIGHT)
        guess = _guessed(photo, board, marks)
        if guess is None:
            raise _unproposed(error, doubt) from error
        return replace(guess, misfit=doubt)
    doubt = misfit(photo, board, pose, ONCE_RIGHT)
    if marks.columns is None and marks.rows is None:
        return Plane(pose.board_from_photo, pose.layout, pose.lens, _found_by(pose), doubt)
    layout = pose.layout
    columns = marks.columns or tuple(edge / layout.width_mm for edge in layout.column_edges_mm[1:-1])
    rows = marks.rows or tuple(edge / layout.height_mm for edge in layout.row_edges_mm[1:-1])
    corners_px = transform(inverse(pose.board_from_photo), layout.grid_corners_mm())
    return replace(_plane(photo, board, Marks(columns=columns, rows=rows), corners_px, pose.lens), misfit=doubt)


def _unproposed(error: BoardNotFound, doubt: str) -> BoardNotFound:
    """Why no grid is proposed, with what to do that is left: who calibrates need not be told to."""
    if doubt:
        return BoardNotFound(error.what, doubt)
    return error if error.lines_support is None else BoardNotFound(error.what, error.evidence, MARK)


def _found_by(pose: Pose) -> str:
    return FOUND_BY.get(pose.method, pose.method) + (NAMED if "columns_named" in pose.evidence else "")


def _guessed(photo: Photo, board: Board, marks: Marks) -> Plane | None:
    """The grid by the labels and cards that hang there; None where these leave doubt."""
    try:
        guess = propose(photo, *board.shape)
    except ValueError:
        return None
    if guess.confidence < SURE:
        return None
    found = Marks(columns=marks.columns or guess.column_fractions, rows=marks.rows or guess.row_fractions)
    return replace(_plane(photo, board, found, guess.corners_px, None), found_by=FOUND_BY["headers"])


def _plane(photo: Photo, board: Board, marks: Marks, corners_px: Floats, lens: Lens | None) -> Plane:
    """The plane of 4x2 corners in undistorted photo px, divided by the marks."""
    rows, columns = board.shape
    size = (photo.image.shape[1], photo.image.shape[0])
    try:
        found = layout_from_fractions(corners_px, columns, rows, marks.columns, marks.rows, size)
    except ValueError as error:
        raise CalibrationError("These marks make no grid.", str(error)) from error
    return Plane(*found, lens=lens, found_by="marked by hand")


def _evidence(plane: Plane, points: int) -> str:
    layout = plane.layout
    sides = transform(inverse(plane.board_from_photo), layout.grid_corners_mm())
    top, right, bottom, left = np.linalg.norm(np.roll(sides, -1, axis=0) - sides, axis=1)
    told = (
        f"grid {plane.found_by}; {layout.columns} columns of {(top + bottom) / 2 / layout.columns:.0f} px and {layout.rows} rows of "
        f"{(left + right) / 2 / layout.rows:.0f} px on average (a card needs 200 px across), {points} points to find it again by."
    )
    return f"{told} {plane.misfit}".rstrip()
