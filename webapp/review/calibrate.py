"""Set a board's grid by hand in the browser. The raw photo goes to the logged-in organizer only, and into no cache."""

from __future__ import annotations

import hashlib
import io

import numpy as np
from flask import Blueprint, Response, flash, jsonify, make_response, redirect, render_template, request, url_for
from PIL import Image as Pillow
from werkzeug.wrappers import Response as Redirect

from calibration.advice import advise
from digitizer.bystanders import covered_px, question
from digitizer.calibrate import rig_from_photo
from digitizer.capture import decode
from digitizer.errors import CalibrationError, PhotoError
from digitizer.event import Board
from digitizer.model import Photo
from digitizer.viewed import view_of_rig
from webapp.ingest import accept
from webapp.review.lessons import follow
from webapp.review.login import who
from webapp.review.marks import from_json, proposed, to_json
from webapp.services import board_or_404, bounded, services
from webapp.store import key_of

blueprint = Blueprint("calibrate", __name__, url_prefix="/calibrate")

JPEG_QUALITY = 88
"""Of the photo as shown: edges of tape and labels stay sharp under the loupe."""


@blueprint.get("/<board_id>")
def page(board_id: str) -> Response:
    """The photo with handles to drag; the latest that there is stays up until the grid is saved or another is put up."""
    board, store = board_or_404(board_id), services().store
    latest = store.on_easel(board_id) or store.latest_photo(board_id)
    if latest is not None:
        store.put_up(board_id, latest)
    shown = hashlib.sha256(latest).hexdigest() if latest else ""
    return make_response(render_template("review/calibrate.html", board=board, shown=shown, is_awaited=store.is_awaited(board_id)))


@blueprint.get("/<board_id>/photo.jpg")
def photo(board_id: str) -> Response:
    """The photo that is up, upright, as JPEG."""
    picture = Pillow.fromarray(np.ascontiguousarray(_photo(board_or_404(board_id)).image[:, :, ::-1]))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=JPEG_QUALITY)
    return Response(out.getvalue(), mimetype="image/jpeg")


@blueprint.get("/<board_id>/proposal")
def proposal(board_id: str) -> Response:
    """Where the grid seems to be, as JSON: found in the photo, else a plain rectangle to start from."""
    board = board_or_404(board_id)
    shown = _photo(board)
    offer = proposed(shown, board, services().store.rig(board_id), services().reader)
    services().offers.put(_key(board, shown.sha256), offer)
    width, height = offer.size_px
    return jsonify(**to_json(offer.marks), width=width, height=height, note=offer.note)


@blueprint.post("/<board_id>/lesson")
def lesson(board_id: str) -> Response:
    """What a drag teaches (JSON: before, now, pins): the grid as JSON, all that was not set put right. Raises ``CalibrationError``."""
    board = board_or_404(board_id)
    digest = hashlib.sha256(services().store.on_easel(board.id) or b"").hexdigest()
    return jsonify(**to_json(follow(services().offers.get(_key(board, digest)), request.get_json(silent=True), board)))


@blueprint.post("/<board_id>")
def save(board_id: str) -> Response:
    """Keep the grid (JSON: corners, columns, rows, lens) and read again what failed without it. Raises ``CalibrationError``.

    ``photo`` tells on which one it was set; where another is up by now nothing is kept. Where somebody seems to stand before the board
    nothing is kept, and it is asked: 409, with where; ``anyway`` keeps it all the same.
    """
    board = board_or_404(board_id)
    shown, sent = _photo(board), request.get_json(silent=True) or {}
    marks = from_json(sent, board)
    _set_on(shown, sent.get("photo", shown.sha256))
    rig, evidence = rig_from_photo(shown, board, marks)
    asked = question(rig, board)
    if asked and rig.reference and sent.get("anyway") is not True:
        return _asked(asked, covered_px(rig.reference, rig.lens))
    store = services().store
    store.save_rig(board_id, rig)
    store.retry_all(board_id)
    services().wake()
    told = " ".join([evidence, *advise(view_of_rig(shown, rig), board.column_labels)])
    flash(f'The grid of "{board.id}" is saved. {told[0].upper()}{told[1:]}')
    return jsonify(ok=True, evidence=told)


def _set_on(shown: Photo, sha256: object) -> None:
    """Let pass a grid that was set on the photo that is up. Raises ``CalibrationError``: on another the board stands elsewhere."""
    if sha256 != shown.sha256:
        raise CalibrationError(
            "Another photo of this board was put up meanwhile, in another window or by another organizer.",
            "This grid was set on the one before it, and is not saved.",
            "Reload the page, and set it on the new one.",
        )


def _asked(text: str, outlines_px: list[list[list[float]]]) -> Response:
    """Nothing was kept: the page asks, and shows where."""
    answer = jsonify(ok=False, asked=text, covered=outlines_px)
    answer.status_code = 409
    return answer


@blueprint.post("/<board_id>/photo")
def put_up(board_id: str) -> Redirect:
    """Put up the photo that was sent, else the latest there is, else the next that is read. Raises ``PhotoError`` where it is none.

    What is sent is read like any other photo, too: at once where the board is found, else once the grid is saved.
    """
    board, store = board_or_404(board_id), services().store
    file = request.files.get("photo")
    if file and file.filename:
        data = bounded(file.read())
        decode(data, file.filename)
        accept(store, board.id, data, file.filename, source=f"upload by {who()}", key=key_of(board.id.encode(), data))
        services().wake()
    else:
        data = store.latest_photo(board.id) or b""
    store.put_up(board.id, data)
    return redirect(url_for("review.calibrate.page", board_id=board.id))


def _key(board: Board, sha256: str) -> str:
    return f"{board.id} {sha256}"


def _photo(board: Board) -> Photo:
    """The photo that is up, decoded. Raises ``PhotoError`` where there is none."""
    data = services().store.on_easel(board.id)
    if data is None:
        why = "Its grid was saved meanwhile in another window, or the photo was put away after two days."
        raise PhotoError(f'No photo of board "{board.id}" is up any more.', why, "Reload the page.")
    return decode(data, "The photo")
