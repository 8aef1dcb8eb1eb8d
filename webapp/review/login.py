"""One password for the organizers, and a name so that they know of each other."""

from __future__ import annotations

import hashlib
import hmac
import logging
import math
import secrets

from flask import Blueprint, Response, make_response, redirect, render_template, request, session, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.security import check_password_hash
from werkzeug.wrappers import Response as Redirect

from webapp.limit import address_of
from webapp.services import limiter, services

blueprint = Blueprint("login", __name__)

log = logging.getLogger("boardcast")

LONGEST_NAME = 40

DEVICE = "boardcast-device"
"""Cookie of a browser that has logged in before."""

DEVICE_S = 30 * 24 * 3600
"""For how long it is known again: a conference and the weeks before it."""


def is_organizer() -> bool:
    """Whether this browser has logged in with the password as it is now."""
    return hmac.compare_digest(session.get("organizer", ""), _mark())


def who() -> str:
    """The name that goes into the log of changes."""
    return str(session.get("who") or "organizer")


@blueprint.get("/login")
def form() -> Response:
    """The form."""
    return _form(200, "")


@blueprint.post("/login")
def enter() -> Response | Redirect:
    """Check the password; 401 where it is wrong, 429 after too many tries from one address, or by one device that is known."""
    trying = _trying()
    wait_s = limiter("login").take(trying)
    if wait_s > 0:
        minutes = math.ceil(wait_s / 60)
        refused = _form(429, f"Too many tries from here. Wait {minutes} minute{'' if minutes == 1 else 's'}.")
        refused.headers["Retry-After"] = str(math.ceil(wait_s))
        return refused
    if not _is_right(request.form.get("password", "")):
        log.warning("Login from %s: wrong password.", request.remote_addr)
        return _form(401, "That is not the password.")
    limiter("login").forget(trying)
    session.clear()
    session.permanent = True
    session["organizer"], session["who"] = _mark(), request.form.get("name", "").strip()[:LONGEST_NAME]
    response = redirect(_target(request.form.get("next", "")))
    response.set_cookie(
        DEVICE,
        _devices().dumps(secrets.token_hex(8)),
        max_age=DEVICE_S,
        path=url_for("review.login.form"),
        secure=services().config.secure_cookies,
        httponly=True,
        samesite="Lax",
    )
    return response


@blueprint.post("/logout")
def leave() -> Redirect:
    """Forget the login."""
    session.clear()
    return redirect(url_for("public.schedule"))


def _is_right(password: str) -> bool:
    """Whether it is the password. One is checked at a time: each takes 32 MB, and a flood of them all there is."""
    with services().checking:
        return check_password_hash(services().config.organizer_password_hash, password)


def _trying() -> str:
    """Whose tries are counted together: those of a device that has logged in before, else those of an address.

    All of a venue may have one address, and whoever sits there could lock the organizers out (OWASP's "device cookies").
    """
    try:
        return f"device {_devices().loads(request.cookies.get(DEVICE, ''), max_age=DEVICE_S)}"
    except BadSignature:
        return address_of(request.remote_addr)


def _devices() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(_mark(), salt=DEVICE)


def _form(status: int, problem: str) -> Response:
    page = render_template("review/login.html", problem=problem, next=request.values.get("next", ""))
    return make_response(page, status)


def _target(wanted: str) -> str:
    """Where to go after the login: a page of the review, never another site."""
    inside = url_for("review.cards.page")
    return wanted if wanted.startswith(inside) and wanted.isprintable() and "\\" not in wanted and "//" not in wanted else inside


def _mark() -> str:
    """What a logged-in session holds: a new password makes all old sessions void."""
    config = services().config
    return hmac.new(config.secret_key.encode(), config.organizer_password_hash.encode(), hashlib.sha256).hexdigest()
