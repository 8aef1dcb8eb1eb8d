"""A phone as the camera: a page that takes photos, keeps them while there is no connection, and sends each until it has arrived."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, Response, jsonify, make_response, render_template, request

from digitizer.errors import EventError, UploadRefused
from digitizer.event import Board
from webapp.ingest import accept
from webapp.review.login import who
from webapp.services import bounded, services
from webapp.table import board_of_now, over_at

blueprint = Blueprint("phone", __name__)

KEY_LENGTHS = range(16, 101)
"""Characters of an Idempotency-Key: the page makes 32."""


@blueprint.get("/phone")
def page() -> Response:
    """The camera page. It works from the moment it is open, with or without a connection, and knows when each board's day is over."""
    plan, now = services().config.event, services().clock()
    given = {
        "boards": {board.id: board for board in sorted(plan.boards, key=lambda board: board.date)},
        "over_ms": {board.id: _ms(over_at(plan, board)) for board in plan.boards},
        "of_now": board_of_now(plan, now).id,
        "now_ms": _ms(now),
    }
    return make_response(render_template("review/phone.html", **given))


@blueprint.post("/phone")
def receive() -> tuple[Response, int]:
    """Take one photo; it is safe once this answers 202. The same ``Idempotency-Key`` again is the same photo, however often it comes.

    ``taken_at`` counts where the photo's own EXIF tells no time. 413 and 422 mean that this photo will never be taken.
    """
    file = request.files.get("photo")
    key = request.headers.get("Idempotency-Key", "")
    if file is None or len(key) not in KEY_LENGTHS:
        raise UploadRefused("That is no photo from the camera page.", f"Its key has {len(key)} characters.", "Reload the page.")
    board = _board(request.form.get("board", ""))
    data, name = bounded(file.read()), file.filename or "photo"
    photo_id = accept(services().store, board.id, data, name, source=f"phone of {who()}", key=key, fallback=_taken_at())
    services().wake()
    return jsonify(id=photo_id), 202


@blueprint.get("/phone/<int:photo_id>")
def fate(photo_id: int) -> Response:
    """Tell the page how a photo fares that arrived, as JSON: waiting, read or failed, and what was told of it. Raises ``NotStored``."""
    photo = services().store.photo(photo_id)
    return jsonify(state=photo.state.value, message=photo.message)


def _board(board_id: str) -> Board:
    """The board that a photo is of. Raises ``UploadRefused``: what a phone kept for a board that the event dropped will never be taken."""
    try:
        return services().config.event.board(board_id)
    except EventError as error:
        raise UploadRefused(error.what, error.evidence, "Remove it here, and send it from the review page, for another board.") from error


def _ms(at: datetime) -> int:
    """An instant as browsers count it."""
    return int(at.timestamp() * 1000)


def _taken_at() -> datetime | None:
    """When the phone says that the photo was taken."""
    try:
        return datetime.fromtimestamp(int(request.form.get("taken_ms", "")) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
