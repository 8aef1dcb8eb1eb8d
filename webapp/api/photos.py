"""POST /api/photos, GET /api/photos/<id>."""

from __future__ import annotations

import hmac
import logging
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for

from digitizer.errors import BoardcastError, EventError
from webapp.ingest import accept
from webapp.limit import address_of
from webapp.services import bounded, limiter, services
from webapp.values import InboxPhoto

blueprint = Blueprint("api", __name__, url_prefix="/api")

log = logging.getLogger("boardcast")

FIELD = "photo"


class NotAllowed(BoardcastError):
    """The token is missing or wrong."""

    http_status = 401


class BadRequest(BoardcastError):
    """A request that lacks something, or says it in a way that makes no sense."""

    http_status = 400


@blueprint.before_request
def check_token() -> None:
    """Let in who has the token. Raises ``NotAllowed``."""
    if services().config.api_token is None:
        raise NotAllowed("This site takes no photos by token.", remedy="Set BOARDCAST_TOKEN and start it again.")
    if not has_token():
        _note_refusal(address_of(request.remote_addr))
        raise NotAllowed("The token is missing or wrong.", remedy='Send it as "Authorization: Bearer TOKEN".')


def has_token() -> bool:
    """Whether this request comes with the token, and there is one."""
    token = services().config.api_token
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return token is not None and scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())


def _note_refusal(address: str) -> None:
    """Log a wrong token: a camera that was set up wrongly, or somebody who guesses. So often an address, that a flood fills no disk."""
    told = limiter("token")
    if told.wait_s(address) == 0:
        log.warning("%s %s from %s: the token is missing or wrong.", request.method, request.path, address)
        told.count(address)


@blueprint.post("/photos")
def receive() -> tuple[Response, int, dict[str, str]]:
    """Take a photo in: as a form with the field ``photo``, or as the body itself.

    ``board`` (may be left out where there is one), ``name`` and ``taken_at`` come with the form or in the address. The same
    ``Idempotency-Key`` again gives the same photo: a phone that sends twice has looked once.
    """
    data, name = _photo()
    key = request.headers.get("Idempotency-Key")
    if key is not None and not 8 <= len(key) <= 100:
        raise BadRequest("The Idempotency-Key has the wrong length.", f"It has {len(key)} characters.", "Use 8 to 100, such as a UUID.")
    photo_id = accept(services().store, _board_id(), data, name, _taken_at(), source="api", key=key)
    services().wake()
    place = url_for("api.status", photo_id=photo_id)
    return jsonify(_status(services().store.photo(photo_id))), 202, {"Location": place, "Cache-Control": "no-store"}


@blueprint.get("/photos/<int:photo_id>")
def status(photo_id: int) -> Response:
    """Tell how a photo fares: waiting, read, or failed and why."""
    response = jsonify(_status(services().store.photo(photo_id)))
    response.headers["Cache-Control"] = "no-store"
    return response


def _photo() -> tuple[bytes, str]:
    if request.mimetype == "multipart/form-data":
        file = request.files.get(FIELD)
        if file is None:
            raise BadRequest(f'The form has no file "{FIELD}".', f"It has: {', '.join(request.files) or 'no file'}.")
        return _sent(file.read()), file.filename or "photo"
    return _sent(request.get_data(cache=False)), request.args.get("name") or "photo"


def _sent(data: bytes) -> bytes:
    """The bytes of a photo again. Raises ``BadRequest`` where there are none, ``UploadRefused`` where there are too many."""
    if not data:
        raise BadRequest("The photo is empty.", "0 bytes came in.", f'Send the file as the body, or as the form field "{FIELD}".')
    return bounded(data)


def _board_id() -> str:
    given = request.values.get("board")
    boards = services().config.event.boards
    if given is None and len(boards) == 1:
        return boards[0].id
    if given is None:
        raise BadRequest("Which board?", f"The event has: {', '.join(b.id for b in boards)}.", "Add ?board=ID to the address.")
    try:
        return services().config.event.board(given).id
    except EventError as error:
        raise BadRequest(error.what, error.evidence, "Give one of these as board.") from error


def _taken_at() -> datetime | None:
    text = request.values.get("taken_at")
    if text is None:
        return None
    with suppress(ValueError, OverflowError):  # in the first and last hours of the calendar another zone has no date for it
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    raise BadRequest(f'taken_at is "{text[:40]}".', remedy="Write it as 2024-05-17T10:00:00+02:00.")


def _status(photo: InboxPhoto) -> dict[str, Any]:
    return {
        "id": photo.id,
        "board": photo.board_id,
        "name": photo.name,
        "state": photo.state.value,
        "message": photo.message,
        "taken_at": photo.taken_at.isoformat(),
        "received_at": photo.received_at.isoformat(),
        "status": url_for("api.status", photo_id=photo.id),
    }
