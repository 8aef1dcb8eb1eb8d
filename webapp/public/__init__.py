"""What everybody sees: the schedule, a page a session, the picture of the board."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, make_response, render_template, request
from markupsafe import Markup
from werkzeug.exceptions import ServiceUnavailable

from digitizer.errors import BoardcastError
from webapp.feeds.common import Feed
from webapp.http import public_data
from webapp.limit import address_of
from webapp.public import topics
from webapp.public.linked import event_data
from webapp.services import services
from webapp.table import CellView, ahead_of, board_of_now, local, now_and_next, tables
from webapp.values import PublishedSession, SessionStatus

blueprint = Blueprint("public", __name__, template_folder="templates", static_folder="static", static_url_path="/static")
blueprint.register_blueprint(topics.blueprint)

STREAM_AGAIN_S = 60
"""When a page that got no stream may ask for one again; it polls until then."""

FOREVER_S = 365 * 24 * 3600
"""Cache life of static files, whose address holds the hash of their content."""


class Withdrawn(BoardcastError):
    """A session that organizers took out of the schedule: what was on its card is not told."""

    http_status = 410


@blueprint.get("/")
def schedule() -> Response:
    """The schedule of today, or of the day that comes nearest; left open, it goes on to the next."""
    return _shown("public/schedule.html", _nearest_day(), follows=True)


@blueprint.get("/day/<day>")
def day(day: str) -> Response:
    """The schedule of one day (YYYY-MM-DD)."""
    return _shown("public/schedule.html", _known_day(day))


@blueprint.get("/schedule.fragment")
def fragment() -> Response:
    """The part of the page that changes; ``?day=`` as above. Answers 304 to whoever has it already."""
    chosen = request.args.get("day")
    day = _known_day(chosen) if chosen else _nearest_day()
    return _shown("public/fragment.html", day)


@blueprint.get("/events")
def events() -> Response:
    """Server-sent events, one for each change of the schedule. 503 where all streams are taken: the page then polls."""
    watcher = services().watcher
    place = watcher.take_place(address_of(request.remote_addr))
    if place is None:
        raise ServiceUnavailable(retry_after=STREAM_AGAIN_S)
    response = Response(watcher.messages(place), mimetype="text/event-stream")
    response.call_on_close(partial(watcher.leave, place))
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"  # nginx would hold the messages back
    return response


@blueprint.get("/session/<session_id>")
def session(session_id: str) -> Response:
    """A page a session, with what search engines read (schema.org Event). Raises ``Withdrawn``."""
    found = session_of(session_id)
    feed = Feed(services().config.event, (), request.url_root.rstrip("/"))
    page = render_template(
        "public/session.html",
        session=found,
        day=feed.event.board(found.board_id).date,
        seen_at=local(found.seen_at, ZoneInfo(feed.event.timezone)),
        has_picture=services().store.card_picture(session_id) is not None,
        may_type=found.number is not None and services().store.hosts_may_type(),
        linked_data=Markup(json.dumps(event_data(feed, found), ensure_ascii=False).replace("<", "\\u003c")),
    )
    return public_data(make_response(page))


@blueprint.get("/board/<board_id>.jpg")
def board_picture(board_id: str) -> Response:
    """The board seen square on, without the people before it."""
    found = services().store.board_picture(board_id)
    if found is None:
        abort(404)
    return _jpeg(found[0])


@blueprint.get("/card/<entry_id>.jpg")
def card_picture(entry_id: str) -> Response:
    """The picture of one card, of those that are public."""
    session_of(entry_id)
    data = services().store.card_picture(entry_id)
    if data is None:
        abort(404)
    return _jpeg(data)


@blueprint.after_request
def keep_static(response: Response) -> Response:
    """Static files may be kept for ever where the address tells their version."""
    if request.endpoint == "public.static" and "v" in request.args and response.status_code in (200, 304):
        response.headers["Cache-Control"] = f"public, max-age={FOREVER_S}, immutable"
    return response


def session_of(session_id: str) -> PublishedSession:
    """A published session, or a 404. Raises ``Withdrawn`` where it was one."""
    found = services().store.published_session(session_id)
    if found is None:
        abort(404)
    if found.dismissed:
        raise Withdrawn(
            "This session is not in the schedule any more.",
            "The organizers took it out. Calendars that had it show it as cancelled.",
            "Is it yours, and does its card hang on the board? Then ask an organizer: it can be brought back.",
        )
    return found


def live_sessions(cells: Iterable[CellView]) -> list[PublishedSession]:
    """The sessions of some cells that take place."""
    return [s for cell in cells for s in cell.sessions if s.status is not SessionStatus.CANCELLED]


def _shown(template: str, day: date, follows: bool = False) -> Response:
    """The schedule of a day, which nobody chose where it ``follows`` the days."""
    body = services().remembered(f"{template} {day} {follows}", lambda: render_template(template, **_view(day), follows=follows).encode())
    return public_data(Response(body, mimetype="text/html"))


def _view(day: date) -> dict[str, Any]:
    """What the schedule's templates need for a day."""
    now = services().clock()
    plan = services().config.event
    everything = tables(plan, services().store.published_boards())
    running, coming = now_and_next(everything, now)
    return {
        "day": day,
        "days": sorted({board.date for board in plan.boards}),
        "tables": [table for table in everything if table.date == day],
        "running": [row for row in running if row.day == day],
        "coming": [row for row in coming if row.day == day],
        "ahead": ahead_of(everything, day) if day == _nearest_day() else None,
        "now": now,
    }


def _known_day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        abort(404)
    if day not in {board.date for board in services().config.event.boards}:
        abort(404)
    return day


def _nearest_day() -> date:
    return board_of_now(services().config.event, services().clock()).date


def _jpeg(data: bytes) -> Response:
    return public_data(Response(data, mimetype="image/jpeg"))
