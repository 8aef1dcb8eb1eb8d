"""Where the QR code of a topic card leads: to its session, and to a page where its host may type the title.

Whoever knows the number may type: it is a suggestion for the organizers, shown nowhere in public. What hangs on the board stays the truth.
"""

from __future__ import annotations

import math

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from calibration.kit import MOST_CARDS
from digitizer.errors import NotStored, StoreError
from webapp.http import private_data, public_data
from webapp.limit import LimitSettings, address_of
from webapp.services import limiter, services
from webapp.store.hosts import LONGEST_HANDLE, LONGEST_TITLE
from webapp.values import PublishedSession, SessionStatus

blueprint = Blueprint("topics", __name__)

AN_ADDRESS, A_CARD = LimitSettings(tries=40), LimitSettings(tries=6)
"""Titles taken in a quarter of an hour: from one address, behind which a whole hall may be, and for one card."""


@blueprint.get("/topic/<int:number>")
def topic(number: int) -> Response | Redirect:
    """On to the session of a topic card, also a dismissed one; before it hangs, to where its title may be typed. Raises ``NotStored``."""
    session = _session(number)
    if session is not None:
        return public_data(make_response(_to(session)))
    if _is_open(number):
        return redirect(url_for("public.topics.form", number=number))
    if number >= MOST_CARDS:
        raise NotStored(f"There is no topic card {number}.", remedy=f"Their numbers end with {MOST_CARDS - 1}.")
    raise NotStored(f"Topic card {number} does not hang on the board yet.", remedy="Hang it in a free cell; the next photo finds it.")


@blueprint.get("/topic/<int:number>/title")
def form(number: int) -> Response | Redirect:
    """The form; of a dismissed card the page that says so. Raises ``NotStored``: no such card, or the organizers take no titles here."""
    if not _is_open(number):
        raise NotStored("No title can be typed here.", remedy="Write on your card; the camera reads it.")
    session = _session(number)
    return _to(session) if session is not None and session.dismissed else _form(number, 200, "")


@blueprint.post("/topic/<int:number>/title")
def typed(number: int) -> Response | Redirect:
    """Take a title and a handle for the organizers to see; 429 after too many, 422 where they are none. A dismissed card shows none."""
    session = _session(number)
    if session is not None and session.dismissed:
        return _to(session)
    address = address_of(request.remote_addr)
    limits = limiter("topic-address", AN_ADDRESS), limiter("topic-card", A_CARD)
    wait_s = max(limits[0].wait_s(address), limits[1].wait_s(str(number)))
    if wait_s > 0:
        response = _form(number, 429, "Too many titles came from here, or for this card. Wait some minutes.")
        response.headers["Retry-After"] = str(math.ceil(wait_s))
        return response
    try:
        services().store.host_typed(number, request.form.get("title", ""), request.form.get("handle", ""))
    except StoreError as error:
        if error.http_status == 404:
            raise
        return _form(number, 422, str(error))
    limits[0].count(address)
    limits[1].count(str(number))
    return redirect(url_for("public.topics.form", number=number, sent=1), 303)


def _is_open(number: int) -> bool:
    return 0 <= number < MOST_CARDS and services().store.hosts_may_type()


def _session(number: int) -> PublishedSession | None:
    """The session of a topic card; one that was dismissed where it has no other, whose page says so."""
    own = [s for s in services().store.published(None) if s.number == number]
    return max(own, key=lambda s: (not s.dismissed, s.status is SessionStatus.CONFIRMED, s.seen_at), default=None)


def _to(session: PublishedSession) -> Redirect:
    return redirect(url_for("public.session", session_id=session.id))


def _form(number: int, status: int, problem: str) -> Response:
    values = {name: request.form.get(name, "") for name in ("title", "handle")}
    most = {"title": LONGEST_TITLE, "handle": LONGEST_HANDLE}
    told = {"number": number, "problem": problem, "sent": "sent" in request.args and not problem, "session": _session(number)}
    return private_data(make_response(render_template("public/topic.html", **told, values=values, most=most), status))
