"""The organizer's side, behind a login: check what was read, mind the inbox, set up the boards.

login      one password, and a name
cards      the review page
offers     readings to take with one tap
cameras    how each source fares, in words
inbox      photos that wait or failed
phone      a phone as the camera
calibrate  set a board's grid by hand
lessons    a drag, and what it taught
marks      corners and dividers on their way to the page and back
setup      the set-up assistant
"""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as Redirect

from webapp.http import private_data
from webapp.review import calibrate, cards, inbox, login, phone, setup

blueprint = Blueprint("review", __name__, url_prefix="/review", template_folder="templates", static_folder="static")

OPEN = ("review.login.form", "review.login.enter", "review.static")
"""What those may ask who have not logged in."""

for part in (login, cards, inbox, phone, calibrate, setup):
    blueprint.register_blueprint(part.blueprint)


@blueprint.before_request
def require_login() -> Redirect | None:
    """Send to the login whoever has not passed it."""
    if request.endpoint in OPEN or login.is_organizer():
        return None
    wanted = request.full_path.rstrip("?") if request.method == "GET" else ""
    return redirect(url_for("review.login.form", next=wanted or None))


@blueprint.after_request
def keep_private(response: Response) -> Response:
    """Nothing here may stay in a cache, but the static files."""
    return response if request.endpoint == "review.static" else private_data(response)
