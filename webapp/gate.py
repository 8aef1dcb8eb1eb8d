"""Who may send how much: told from the headers of a request, before its body is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO

from flask import Flask, request

from webapp import api
from webapp.config import Config
from webapp.review import login
from webapp.services import services

PHOTOS_AT_ONCE = 8
"""Photos of full size that the upload form takes in one go."""

ONE_GO = "review.inbox.upload"
"""Where the upload form is sent."""

STRANGERS_BYTES = 64_000
"""Largest body that is kept of somebody without login or token: a title, a name, a password; a thousand of them at once are 64 MB."""


def most_of(config: Config, endpoint: str | None) -> int:
    """How large the body of a request may be."""
    return config.max_upload_bytes * (PHOTOS_AT_ONCE if endpoint == ONE_GO else 1)


def gate(app: Flask) -> Callable[[str, str, Mapping[str, str]], int]:
    """What tells, by method, path and headers of a request, how many bytes of its body are kept for the app."""

    def kept(method: str, path: str, headers: Mapping[str, str]) -> int:
        with app.request_context(_environ(method, path, headers)):
            is_known = api.has_token() if (request.endpoint or "").startswith("api.") else login.is_organizer()
            return most_of(services().config, request.endpoint) if is_known else STRANGERS_BYTES

    return kept


def _environ(method: str, path: str, headers: Mapping[str, str]) -> dict[str, object]:
    """As much of a request as tells whose it is and what for."""
    said = {f"HTTP_{name}": headers[name] for name in ("COOKIE", "AUTHORIZATION") if name in headers}
    named = {"SERVER_NAME": "gate", "SERVER_PORT": "0", "SERVER_PROTOCOL": "HTTP/1.1", "SCRIPT_NAME": "", "QUERY_STRING": ""}
    return {"REQUEST_METHOD": method, "PATH_INFO": path, "wsgi.url_scheme": "http", "wsgi.input": BytesIO(), **named, **said}
