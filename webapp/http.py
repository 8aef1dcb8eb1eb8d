"""What every answer gets on its way out: security headers, entity tags that work, gzip."""

from __future__ import annotations

import gzip
import hashlib

from flask import Flask, Response, request

from webapp.config import Config

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""No inline script, no inline style, nothing from elsewhere."""

COMPRESSIBLE = ("text/", "application/json", "application/xml", "application/atom+xml", "application/javascript", "image/svg+xml")
LEAST_BYTES = 600
"""Below one network packet's worth gzip saves nothing."""


def install(app: Flask, config: Config) -> None:
    """Put the handlers on the app."""

    @app.after_request
    def finish(response: Response) -> Response:
        _secure(response, config)
        _tag(response)
        _compress(response)
        if request.method in ("GET", "HEAD") and response.status_code == 200 and response.get_etag()[0]:
            response.make_conditional(request)
        return response


def public_data(response: Response, max_age_s: int = 0) -> Response:
    """Mark an answer as one that anyone may keep for a while, and any page may read."""
    response.headers["Cache-Control"] = f"public, max-age={max_age_s}" if max_age_s else "public, no-cache"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = "ETag"
    return response


def private_data(response: Response) -> Response:
    """Mark an answer as one for the organizer's eyes: no cache keeps it."""
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _secure(response: Response, config: Config) -> None:
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    if config.secure_cookies:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")


def _tag(response: Response) -> None:
    """A strong tag, the hash of the bytes, on what caches may keep."""
    may_be_kept = "public" in response.headers.get("Cache-Control", "")
    if response.status_code == 200 and may_be_kept and not response.is_streamed and not response.get_etag()[0]:
        response.set_etag(hashlib.blake2b(response.get_data(), digest_size=12).hexdigest())


def _compress(response: Response) -> None:
    """Compress what gains by it. The compressed bytes are another representation and get a tag of their own (RFC 9110, 8.8.3)."""
    if response.status_code != 200 or response.mimetype == "text/event-stream" or not (response.mimetype or "").startswith(COMPRESSIBLE):
        return
    response.vary.add("Accept-Encoding")
    response.direct_passthrough = False
    body = response.get_data()
    if len(body) < LEAST_BYTES or not request.accept_encodings["gzip"]:
        return
    tag, _ = response.get_etag()
    if tag:
        response.set_etag(f"{tag}-gz")
        if request.method in ("GET", "HEAD") and request.if_none_match.contains_weak(f"{tag}-gz"):
            return  # a 304 it will be, without a body
    response.set_data(gzip.compress(body, 6, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
