"""What a visitor's browser does on the site, with Flask's test client: finds a form's token, logs in."""

from __future__ import annotations

from flask.testing import FlaskClient
from lxml import html as markup
from made_up import PASSWORD
from werkzeug.test import TestResponse


def token(page: bytes) -> str:
    """The token of the form on a page."""
    return str(markup.fromstring(page).xpath("//input[@name='csrf_token']/@value")[0])


def enter(browser: FlaskClient, password: str = PASSWORD, **fields: str) -> TestResponse:
    """Send the login form as Eva."""
    form = {"password": password, "name": "Eva", "csrf_token": token(browser.get("/review/login").data), **fields}
    return browser.post("/review/login", data=form)
