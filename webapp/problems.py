"""Errors as a person or a program can read them; never a traceback."""

from __future__ import annotations

import logging
import math

from flask import Flask, Response, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from werkzeug.exceptions import HTTPException

from digitizer.errors import BoardcastError
from webapp.config import MB

log = logging.getLogger(__name__)

PLAIN = {
    400: ("That request makes no sense to this site.", "Go back and try again."),
    403: ("That is not allowed.", "Log in first."),
    404: ("There is no such page.", "The address may have a slip in it, or be of another event."),
    405: ("That address does not take this kind of request.", ""),
    413: ("That upload is too large.", "Send fewer photos at once, or smaller ones."),
    429: ("Too many tries.", "Wait a few minutes."),
    503: ("Too many pages are open just now.", "Try again in a moment."),
}


NO_COOKIE = ("The login is kept in one.", "Allow cookies for this site, and load the page anew.")
NOT_ENCRYPTED = (
    "It travels only encrypted here (BOARDCAST_SECURE_COOKIES), and this page was asked for without TLS.",
    "Open it by https://. If you did, the operator has to start the server with --proxy.",
)
"""(Evidence, remedy) where a browser keeps no cookie."""


def install(app: Flask) -> None:
    """Put the handlers on the app."""

    @app.errorhandler(BoardcastError)
    def known(error: BoardcastError) -> Response:
        return answer(error.http_status, error.what, error.evidence, error.remedy)

    @app.errorhandler(OperationalError)
    @app.errorhandler(InterfaceError)
    def out_of_order(error: OperationalError | InterfaceError) -> Response:
        log.error("%s %s failed: the database does not answer (%s)", request.method, request.path, error.orig)
        return answer(
            503,
            "The database does not answer.",
            f"It says: {error.orig}.",
            "Try again in a moment. If it stays so, its disk may be full: tell the operator.",
        )

    @app.errorhandler(CSRFError)
    def forged(_error: CSRFError) -> Response:
        if not request.cookies:
            secure = app.config["SESSION_COOKIE_SECURE"] and not request.is_secure
            return answer(400, "This form came without a cookie.", *(NOT_ENCRYPTED if secure else NO_COOKIE))
        return answer(400, "This form is too old to be taken.", "", "Reload the page and send it again; what you typed is still there.")

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        code = error.code or 500
        what, remedy = PLAIN.get(code, (error.name + ".", ""))
        response = answer(code, what, _too_much() if code == 413 else "", remedy)
        for name, value in error.get_headers():
            if name.lower() in ("allow", "retry-after"):
                response.headers[name] = value
        return response

    @app.errorhandler(SQLAlchemyError)
    @app.errorhandler(Exception)
    def unforeseen(error: Exception) -> Response:
        log.error("%s %s failed", request.method, request.path, exc_info=error)
        return answer(500, "Something went wrong here.", "", "It was written to the log. Try again; the board itself is not affected.")


def _too_much() -> str:
    """How large a body that was refused is, and how large it may be."""
    sent, most = request.content_length, request.max_content_length
    return f"It has {math.ceil(sent / MB):,} MB; {most // MB:,} are the most." if sent and most else ""


def answer(status: int, what: str, evidence: str, remedy: str) -> Response:
    """A problem as a page, or as JSON for programs."""
    if wants_json():
        response = jsonify(error=what, evidence=evidence, remedy=remedy)
    else:
        response = make_response(render_template("public/problem.html", status=status, what=what, evidence=evidence, remedy=remedy))
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response


def wants_json() -> bool:
    """Whether a program asks: under /api, or one that prefers JSON."""
    accepted = request.accept_mimetypes
    return request.path.startswith("/api/") or accepted.best_match(["text/html", "application/json"]) == "application/json"
