"""The schedule in the formats that other programs read. Anyone may read them from any page.

formats  the formats of ``boardcast export``, by name
common   what several formats need of a session
frab     frab XML and JSON
ics      iCalendar
zone     a time zone's clock changes, for iCalendar
atom     what changed, as Atom
cards    the form of ``boardcast digitize --json``, and CSV
html     one page that needs nothing beside it
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, abort, request

from webapp.feeds.atom import atom
from webapp.feeds.common import Feed, as_told, slug
from webapp.feeds.formats import WRITERS
from webapp.feeds.ics import session_ics
from webapp.http import public_data
from webapp.services import services
from webapp.values import PublishedBoard

blueprint = Blueprint("feeds", __name__)

MAX_AGE_S = 30
"""How long a cache may answer for us: about the time between two looks of a camera."""

LONGEST_NAME = 80
"""Signs of a title in the name of its file: file systems take 255 bytes, and add to them where the name is taken."""

LISTED_CHANGES = 100
"""Entries of the feed of changes: a busy morning."""


@blueprint.get("/schedule.json")
def json_schedule() -> Response:
    """The schedule as frab's JSON."""
    return _file("frab-json", "application/json")


@blueprint.get("/schedule.xml")
def xml_schedule() -> Response:
    """The schedule as frab's XML."""
    return _file("frab-xml", "application/xml")


@blueprint.get("/schedule.ics")
def calendar() -> Response:
    """The schedule as a calendar to subscribe to."""
    return _file("ics", "text/calendar", services().store.numbered_boards)


@blueprint.get("/schedule.csv")
def spreadsheet() -> Response:
    """The schedule as a table for spreadsheets."""
    return _file("csv", "text/csv")


@blueprint.get("/schedule.html")
def single_page() -> Response:
    """The schedule as one page that needs nothing beside it."""
    response = _file("html", "text/html")
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'"
    return response


@blueprint.get("/cards.json")
def card_list() -> Response:
    """The schedule in the card form of ``boardcast digitize --json``."""
    return _file("json", "application/json")


@blueprint.get("/changes.atom")
def changes() -> Response:
    """What changed, newest first."""
    body = services().remembered(f"atom {request.url_root}", lambda: atom(_feed(()), services().store.changes(LISTED_CHANGES)))
    return public_data(Response(body, content_type="application/atom+xml; charset=utf-8"), MAX_AGE_S)


@blueprint.get("/session/<session_id>.ics")
def session_calendar(session_id: str) -> Response:
    """One session as a calendar file."""
    found = services().store.numbered_session(session_id)
    if found is None:
        abort(404)
    found = as_told(found)
    response = public_data(Response(session_ics(_feed(()), found), content_type="text/calendar; charset=utf-8"), MAX_AGE_S)
    response.headers["Content-Disposition"] = f'attachment; filename="{slug(found.title)[:LONGEST_NAME] or "session"}.ics"'
    return response


@blueprint.after_request
def answer_preflight(response: Response) -> Response:
    """Pages elsewhere may ask with If-None-Match, which a browser asks leave for first."""
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Allow-Methods"] = "GET, HEAD"
        response.headers["Access-Control-Allow-Headers"] = "If-None-Match"
    return response


def _feed(boards: tuple[PublishedBoard, ...]) -> Feed:
    return Feed(services().config.event, boards, request.url_root.rstrip("/"))


def _file(name: str, mimetype: str, boards: Callable[[], tuple[PublishedBoard, ...]] | None = None) -> Response:
    charset = "" if mimetype == "application/json" else "; charset=utf-8"
    read = boards or services().store.published_boards
    body = services().remembered(f"{name} {request.url_root}", lambda: WRITERS[name](_feed(read())))
    return public_data(Response(body, content_type=mimetype + charset), MAX_AGE_S)
