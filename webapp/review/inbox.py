"""Photos on their way: send them from a phone, see what waits, try again what failed."""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from digitizer.errors import BoardcastError
from webapp.ingest import about, accept
from webapp.rehearsed import rehearsed
from webapp.review.cameras import views
from webapp.review.login import who
from webapp.services import bounded, services
from webapp.store import key_of
from webapp.values import MOUNTED, InboxPhoto, PhotoState

blueprint = Blueprint("inbox", __name__)

MOST_NOTES = 5
"""Notes on photos that were read, on one page."""


def inbox_view() -> dict[str, Any]:
    """What the inbox's template needs."""
    store, event = services().store, services().config.event
    photos, published = store.minded(), store.published_boards()
    now, zone = services().clock(), ZoneInfo(event.timezone)
    return {
        "cameras": views(store.cameras(), now),
        "waiting": [photo for photo in photos if photo.state is PhotoState.WAITING],
        "failed": to_mind(photos),
        "noted": noted(photos)[:MOST_NOTES],
        "rehearsed": list(rehearsed(published, zone)),
        "published": published,
        "calibrated": {board.id for board in event.boards if store.rig(board.id) is not None},
        "doubtful": [card.entry.id for card in store.review_cards() if card.entry.needs_review],
        "zone": zone,
        "once": secrets.token_hex(16),
        "today": now.astimezone(zone).date(),
    }


def to_mind(photos: Sequence[InboxPhoto]) -> list[InboxPhoto]:
    """The failed ones among ``photos``, newest first; of a watched camera only its latest photo, which its next look makes up for."""
    latest = {photo.board_id: photo.id for photo in reversed(photos) if photo.source == MOUNTED}
    failed = [photo for photo in photos if photo.state is PhotoState.FAILED]
    return [photo for photo in failed if photo.source != MOUNTED or photo.id == latest[photo.board_id]]


def noted(photos: Sequence[InboxPhoto]) -> list[tuple[str, str]]:
    """Of which photos something is to be told, by name, and what; newest first. What is told of many in the same words is told once.

    Of a camera it tells the newest: it says the same with each look, but for the numbers and hours in it, and its five latest left no room
    for anything else. Of photos that people sent it names each, as the parts of a board that they walked along: who sent them looks for
    what became of them.
    """
    told: dict[tuple[str, str, bool], tuple[str, list[str]]] = {}
    for photo in photos:
        if photo.state is PhotoState.READ and photo.message:
            is_mounted = photo.source == MOUNTED
            words = re.sub(r"\d+", "0", photo.message) if is_mounted else photo.message
            _, names = told.setdefault((photo.board_id, words, is_mounted), (photo.message, []))
            if not (is_mounted and names):
                names.append(photo.name)
    return [(_listed(names[::-1]), message) for message, names in told.values()]


def _listed(names: Sequence[str]) -> str:
    """Names of photos, each once; phones call many of theirs the same."""
    return ", ".join(name if count == 1 else f"{name} ({count} times)" for name, count in Counter(names).items())


@blueprint.get("/inbox")
def fragment() -> Response:
    """The state of the inbox, for the page to put in place."""
    return make_response(render_template("review/inbox.html", **inbox_view()))


@blueprint.post("/upload")
def upload() -> Response | Redirect:
    """Take photos from a form; each is safe once this answers. 422 where one is no photo; the others are kept."""
    files = [file for file in request.files.getlist("photos") if file.filename]
    board_id = request.form.get("board", "")
    if not files:
        return _problem(400, ["No photo was chosen."], others=False)
    problems = []
    for file in files:
        try:
            data, name = bounded(file.read()), file.filename or "photo"
            accept(services().store, board_id, data, name, source=f"upload by {who()}", key=_key(board_id, name, data))
        except BoardcastError as error:
            problems.append(about(str(file.filename), error))
    services().wake()
    return _problem(422, problems, others=len(problems) < len(files)) if problems else redirect(url_for("review.cards.page"))


@blueprint.post("/photo/<int:photo_id>/retry")
def retry(photo_id: int) -> Redirect:
    """Put a failed photo back among those that wait."""
    if services().store.photo(photo_id).state is not PhotoState.FAILED:
        abort(404)
    services().store.retry(photo_id)
    services().wake()
    return redirect(url_for("review.cards.page"))


@blueprint.post("/photo/<int:photo_id>/discard")
def discard(photo_id: int) -> Redirect:
    """Drop a failed photo for good."""
    services().store.discard(photo_id)
    return redirect(url_for("review.cards.page"))


@blueprint.post("/camera/away")
def put_away() -> Redirect:
    """Tell of a source no more that nobody watches."""
    services().store.put_away(request.form.get("board", ""), request.form.get("source", ""))
    return redirect(url_for("review.cards.page"))


def _key(board_id: str, name: str, data: bytes) -> str | None:
    """What a form that is sent twice, by a second tap or a reload, says of a photo both times: it was looked at once.

    None without the form's own mark. The form that comes after it has another: who sends a photo again means it.
    """
    once = request.form.get("once", "")
    return key_of(once.encode(), board_id.encode(), name.encode(), data) if once else None


def _problem(status: int, problems: list[str], others: bool) -> Response:
    """``others``: some of the photos that were sent were taken."""
    return make_response(render_template("review/upload_problem.html", problems=problems, others=others), status)
