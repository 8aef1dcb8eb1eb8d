"""Set a board's grid by hand in the browser. The raw photo goes to the logged-in organizer only, and into no cache."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from flask import Blueprint, Response, abort, jsonify, make_response, redirect, render_template, request, url_for
from PIL import Image as Pillow
from werkzeug.wrappers import Response as Redirect

from calibration.plane import layout_from_fractions
from calibration.reference import make_reference
from calibration.rig import Layout, Rig
from digitizer.capture import decode
from digitizer.errors import BoardNotFound, CalibrationError, PhotoError
from digitizer.event import Board
from digitizer.frames import photo_from_board
from digitizer.locate import locate
from digitizer.model import Photo, Pose
from webapp.services import services
from webapp.values import PhotoState

blueprint = Blueprint("calibrate", __name__, url_prefix="/calibrate")

JPEG_QUALITY = 88
"""Of the photo as shown: edges of tape and labels stay sharp under the loupe."""

LISTED_PHOTOS = 200
"""Photos looked through for failed ones to be tried again."""


@dataclass(frozen=True)
class Marks:
    """What a person marked: 4x2 corners in photo pixels, clockwise from the top left, and inner dividers as shares 0..1."""

    corners_px: tuple[tuple[float, float], ...]
    columns: tuple[float, ...]
    rows: tuple[float, ...]


@blueprint.get("/<board_id>")
def page(board_id: str) -> Response:
    """The photo with handles to drag."""
    board = _board(board_id)
    has_photo = services().store.latest_photo(board_id) is not None
    return make_response(render_template("review/calibrate.html", board=board, has_photo=has_photo))


@blueprint.get("/<board_id>/photo.jpg")
def photo(board_id: str) -> Response:
    """The latest raw photo, upright, as JPEG."""
    picture = Pillow.fromarray(np.ascontiguousarray(_photo(_board(board_id)).image[:, :, ::-1]))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=JPEG_QUALITY)
    return Response(out.getvalue(), mimetype="image/jpeg")


@blueprint.get("/<board_id>/proposal")
def proposal(board_id: str) -> Response:
    """Where the grid seems to be, as JSON: found in the photo, else where it was set last, else a plain rectangle."""
    board = _board(board_id)
    shown = _photo(board)
    marks, note = _proposed(shown, board)
    height, width = shown.image.shape[:2]
    return jsonify(corners=marks.corners_px, columns=marks.columns, rows=marks.rows, width=width, height=height, note=note)


@blueprint.post("/<board_id>")
def save(board_id: str) -> Response:
    """Keep the grid (JSON: corners, columns, rows) and read again what failed without it. Raises ``CalibrationError``."""
    board = _board(board_id)
    marks = _marks(request.get_json(silent=True), board)
    services().store.save_rig(board_id, rig_from(_photo(board), board, marks))
    for failed in services().store.photos(LISTED_PHOTOS):
        if failed.board_id == board_id and failed.state is PhotoState.FAILED:
            services().store.retry(failed.id)
    services().wake()
    return jsonify(ok=True)


@blueprint.post("/<board_id>/photo")
def put_up(board_id: str) -> Redirect:
    """Take a photo to set the grid on. Raises ``PhotoError`` where it is none."""
    board = _board(board_id)
    file = request.files.get("photo")
    data = file.read() if file else b""
    decode(data, (file.filename if file else None) or "photo")
    services().store.receive(board.id, data, (file.filename if file else None) or "photo", None, "calibration")
    services().wake()
    return redirect(url_for("review.calibrate.page", board_id=board.id))


def rig_from(shown: Photo, board: Board, marks: Marks) -> Rig:
    """The rig that a person's marks in a photo make. Raises ``CalibrationError`` where they make no grid, or nothing to find again."""
    rows, columns = board.shape
    height, width = shown.image.shape[:2]
    try:
        corners = np.array(marks.corners_px, dtype=np.float64)
        board_from_photo, layout = layout_from_fractions(corners, columns, rows, marks.columns, marks.rows, (width, height))
        return Rig(board.id, layout, make_reference(shown.image, board_from_photo, layout))
    except ValueError as error:
        raise CalibrationError(f"The grid cannot be set so: {error}", remedy="Move the corners and lines, and save again.") from error


def fractions(layout: Layout) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Inner dividers of a layout as shares of its width and of its height."""
    columns = tuple(edge / layout.width_mm for edge in layout.column_edges_mm[1:-1])
    rows = tuple(edge / layout.height_mm for edge in layout.row_edges_mm[1:-1])
    return columns, rows


def _proposed(shown: Photo, board: Board) -> tuple[Marks, str]:
    try:
        return _marks_of(locate(shown, board, services().store.rig(board.id))), "This is where the grid seems to be. Check each line."
    except BoardNotFound as error:
        return _plain(shown, board), f"The grid was not found: {error} Drag the corners into place."


def _marks_of(pose: Pose) -> Marks:
    corners = photo_from_board(pose, pose.layout.grid_corners_mm())
    return Marks(tuple((float(x), float(y)) for x, y in corners), *fractions(pose.layout))


def _plain(shown: Photo, board: Board) -> Marks:
    """The middle of the photo, evenly divided."""
    rows, columns = board.shape
    height, width = shown.image.shape[:2]
    left, right, top, bottom = 0.2 * width, 0.9 * width, 0.2 * height, 0.9 * height
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    return Marks(corners, tuple(i / columns for i in range(1, columns)), tuple(i / rows for i in range(1, rows)))


def _marks(given: object, board: Board) -> Marks:
    """Check what a browser sent."""
    rows, columns = board.shape
    sent: Mapping[str, Any] = given if isinstance(given, dict) else {}
    try:
        corners = tuple((float(x), float(y)) for x, y in sent["corners"])
        marks = Marks(corners, _numbers(sent["columns"]), _numbers(sent["rows"]))
    except (TypeError, ValueError, KeyError) as error:
        raise CalibrationError("What the page sent is no grid.", remedy="Reload the page and try again.") from error
    counts = (len(marks.corners_px), len(marks.columns), len(marks.rows))
    if counts != (4, columns - 1, rows - 1):
        raise CalibrationError(
            f"The grid has {counts[0]} corners, {counts[1]} and {counts[2]} dividers.", f"It needs 4, {columns - 1} and {rows - 1}."
        )
    return marks


def _numbers(values: Sequence[Any]) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


def _board(board_id: str) -> Board:
    found = next((board for board in services().config.event.boards if board.id == board_id), None)
    if found is None:
        abort(404)
    return found


def _photo(board: Board) -> Photo:
    """The board's latest raw photo, decoded. Raises ``PhotoError`` where it is none."""
    data = services().store.latest_photo(board.id)
    if data is None:
        raise PhotoError(f'There is no photo of board "{board.id}" to set the grid on.', remedy="Send one on this page.")
    return decode(data, "the latest photo")
