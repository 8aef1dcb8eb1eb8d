"""The set-up assistant: the board's latest photo, looked at as it comes, with what to change. Raw photos go to organizers only."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import cv2
from flask import Blueprint, Response, abort, current_app, jsonify, make_response, render_template, request

from digitizer.capture import decode
from digitizer.errors import BoardNotFound
from digitizer.event import Board
from digitizer.locate import locate
from digitizer.model import Photo
from digitizer.names import Names
from digitizer.viewed import outlines_px, stand, to_json, view_by
from webapp.services import board_or_404, services
from webapp.store import LivePhoto

blueprint = Blueprint("setup", __name__, url_prefix="/setup")

BENCH = "boardcast-setup"
SHOWN_PX = 1600
"""Long side of the photo as shown: enough to tell blur and glare by eye; what is measured is measured at full size."""

JPEG_QUALITY = 85


@dataclass(frozen=True)
class Looked:
    """One photo as it was rated, with the calibration of a time: what is told of it, and a picture of it (JPEG)."""

    taken_at: datetime
    calibrated_at: datetime | None
    told: dict[str, Any]
    jpeg: bytes = field(repr=False)


class Bench:
    """Where photos are rated: one after the other, so that pages that are left open do not take both cores from the reader."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._last: dict[str, Looked] = {}

    def look(self, board: Board) -> Looked | None:
        """The board's latest photo, rated once with each calibration; None where there is none. Raises ``PhotoError``."""
        store = services().store
        with self._turn:
            last, calibrated_at = self._last.get(board.id), store.calibrated_at(board.id)
            anew = last is None or last.calibrated_at != calibrated_at
            found = store.live_photo(board.id, None if last is None or anew else last.taken_at)
            if found is not None:
                last = self._last[board.id] = _looked(found, board, calibrated_at)
            return last

    def picture(self, board_id: str) -> bytes | None:
        """The photo that was rated last."""
        last = self._last.get(board_id)
        return last.jpeg if last else None


@blueprint.get("/<board_id>")
def page(board_id: str) -> Response:
    """The photo with a light for each column, and advice beside it."""
    board = board_or_404(board_id)
    services().store.look_live(board.id)
    return make_response(render_template("review/setup.html", board=board))


@blueprint.get("/<board_id>/view")
def view(board_id: str) -> Response:
    """How the board is seen in its latest photo, as JSON; 204 where that is the one that the page ``known`` already."""
    board = board_or_404(board_id)
    services().store.look_live(board.id)
    found = _bench().look(board)
    return Response(status=204) if found is None or found.told["stamp"] == request.args.get("known") else jsonify(found.told)


@blueprint.get("/<board_id>/photo.jpg")
def photo(board_id: str) -> Response:
    """The photo that was rated last, as JPEG."""
    jpeg = _bench().picture(board_or_404(board_id).id)
    if jpeg is None:
        abort(404)
    return Response(jpeg, mimetype="image/jpeg")


def _looked(found: LivePhoto, board: Board, calibrated_at: datetime | None) -> Looked:
    shown = decode(found.data, "the photo", found.taken_at)
    height, width = shown.image.shape[:2]
    taken = found.taken_at.astimezone(ZoneInfo(services().config.event.timezone))
    stamp = f"{found.taken_at.timestamp():.3f}-{calibrated_at.timestamp() if calibrated_at else 0:.3f}"
    told = {"stamp": stamp, "taken": f"{taken:%H:%M:%S}", "width": width, "height": height, **_rated(shown, board)}
    scale = min(1.0, SHOWN_PX / max(width, height))
    small = cv2.resize(shown.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    jpeg = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1].tobytes()
    return Looked(found.taken_at, calibrated_at, told, jpeg)


def _rated(shown: Photo, board: Board) -> dict[str, Any]:
    """What is measured where the board is found, as it would be in a photo that is read; else why it is not."""
    try:
        pose = locate(shown, board, services().store.rig(board.id), names=Names(shown, board, services().reader))
    except BoardNotFound as missing:
        return {"found": False, "problem": f"{missing.what.removeprefix('the photo: ')} {missing.evidence}", "advice": [missing.remedy]}
    seen = view_by(shown, pose)
    return {"found": True, "outlines": outlines_px(pose), "stand": stand(seen), **to_json(seen, board)}


def _bench() -> Bench:
    bench: Bench = current_app.extensions.setdefault(BENCH, Bench())
    return bench
