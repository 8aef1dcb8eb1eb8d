"""The site, put together from its surfaces: public pages, review, feeds, the API for programs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from flask import Flask, request, url_for
from flask_wtf.csrf import CSRFProtect
from werkzeug.routing import IntegerConverter, Map

from digitizer.readers.lazily import Lazily
from webapp import api, feeds, http, problems, public, review
from webapp.config import Config
from webapp.feeds.atom import sentence
from webapp.gate import ONE_GO, most_of
from webapp.memo import Memo
from webapp.recent import Recent
from webapp.services import KEY, Services
from webapp.store import Store, open_store
from webapp.table import clock, doubt, moment, nothing_told
from webapp.watch import Watcher

OFFERS = 8
"""Proposed grids kept, a tenth of a megabyte each: today's boards and tomorrow's, a photo or two of each."""

SESSION_HOURS = 12
"""How long a login lasts: one day of an event."""


class Number(IntegerConverter):
    """A number in an address that a database can hold: a larger one is of nothing, and the answer is a 404."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=2**63 - 1)


def build(config: Config, store: Store | None = None, wake: Callable[[], None] | None = None) -> Flask:
    """See :func:`webapp.create_app`."""
    app = Flask(__name__, static_folder=None)
    app.url_map.converters = {**app.url_map.converters, "int": Number}
    _set_up(app, config)
    kept = store or open_store(config.database_url, config.event)
    kept.tell()
    watcher = Watcher(kept.revision, config.max_streams)
    app.extensions[KEY] = Services(config, kept, watcher, wake or _silence, _now, Memo(), Recent(OFFERS), Lazily())
    http.install(app, config)
    problems.install(app)
    _dress(app, config)
    _make_room(app, config)  # before the guard, which reads the form
    guard = CSRFProtect(app)
    for surface in (public, review, feeds, api):
        app.register_blueprint(surface.blueprint)
    guard.exempt(api.blueprint)  # programs come with a token, not with a cookie
    return app


def _set_up(app: Flask, config: Config) -> None:
    app.config.update(
        SECRET_KEY=config.secret_key,
        TESTING=config.testing,
        MAX_CONTENT_LENGTH=config.max_upload_bytes,
        MAX_FORM_MEMORY_SIZE=1_000_000,
        SESSION_COOKIE_NAME="__Host-boardcast" if config.secure_cookies else "boardcast",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.secure_cookies,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=SESSION_HOURS),
        WTF_CSRF_TIME_LIMIT=SESSION_HOURS * 3600,
        WTF_CSRF_SSL_STRICT=config.secure_cookies,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


def _make_room(app: Flask, config: Config) -> None:
    """Let the upload form be as large as several photos."""

    @app.before_request
    def allow_several() -> None:
        request.max_content_length = most_of(config, request.endpoint)


def _dress(app: Flask, config: Config) -> None:
    """What templates may call."""
    app.jinja_env.globals.update(event=config.event, asset=_asset, most_bytes=config.max_upload_bytes, most_at_once=most_of(config, ONE_GO))
    filters = {
        "doubt": doubt,
        "moment": moment,
        "live_sessions": public.live_sessions,
        "nothing_told": nothing_told,
        "told": sentence,
        "clock": clock,
    }
    app.jinja_env.filters.update(filters)


def _asset(surface: str, name: str) -> str:
    """The address of a static file, with its content's hash: it may be cached for ever."""
    return url_for(f"{surface}.static", filename=name, v=_digest(surface, name))


@cache
def _digest(surface: str, name: str) -> str:
    return hashlib.blake2b((Path(__file__).parent / surface / "static" / name).read_bytes(), digest_size=6).hexdigest()


def _now() -> datetime:
    return datetime.now(UTC)


def _silence() -> None:
    return None
