"""What an address answers that could not be opened: whether its machine is there, wants a login, or shows a page instead."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import urllib.error
import urllib.request
from contextlib import closing
from urllib.parse import SplitResult, urlsplit

PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}
PLAYER = "Try the address in a video player."
LOGIN = "They stand before the host, as in //user:password@10.0.0.7/; of other signs in them write %23 for #, %2F for / and %3F for ?."

BEFORE_HOST = re.compile(r"//(?:[^/]*@|[^/:@\[]+:(?!\d{1,5}(?:/|$))\S*@)")
"""User and password; the password may hold a slash, which no address should have there, and no port does."""

Told = tuple[str, str]
"""The evidence, and what to do."""

UNKNOWN = ("Nothing there answers with a video stream.", PLAYER)


def without_login(spec: str) -> str:
    """An address without user and password, as far as they stand before its host."""
    return BEFORE_HOST.sub("//", spec)


def why_closed(spec: str, within_s: float) -> Told:
    """Ask an address that could not be opened what it answers.

    Without its password: many cameras lock out whoever gives a wrong one often.
    """
    try:
        given, url = urlsplit(spec), urlsplit(without_login(spec))
        host, port = url.hostname or "", url.port or PORTS[url.scheme]
        if (given.hostname, given.port) != (url.hostname, url.port):
            raise ValueError(spec)
    except (ValueError, KeyError):
        return "Its host cannot be told: user or password hold signs that mean something else in an address.", LOGIN
    try:
        status, kind = _over_http(url, within_s) if url.scheme.startswith("http") else (_over_rtsp(url, host, port, within_s), "")
    except OSError as error:
        return _no_answer(error, host, port)
    except (ValueError, http.client.HTTPException):  # what came is no answer of either kind
        return UNKNOWN
    return _answered(status, kind, has_login="@" in given.netloc)


def _over_http(url: SplitResult, within_s: float) -> tuple[int, str]:
    """Status and content type. Certificates that cameras make for themselves will do: nothing is told to them, or believed."""
    anybody = ssl.create_default_context()
    anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=anybody))
    try:
        with opener.open(url.geturl(), timeout=within_s) as answer:
            return answer.status, answer.headers.get_content_type()
    except urllib.error.HTTPError as error:
        return error.code, ""
    except urllib.error.URLError as error:
        raise error.reason if isinstance(error.reason, OSError) else OSError(str(error.reason)) from error


def _over_rtsp(url: SplitResult, host: str, port: int, within_s: float) -> int:
    """Status of DESCRIBE. Raises ``ValueError`` where what comes is no answer of RTSP."""
    with closing(socket.create_connection((host, port), within_s)) as link:
        link.sendall(f"DESCRIBE {url.geturl()} RTSP/1.0\r\nCSeq: 1\r\nAccept: application/sdp\r\n\r\n".encode())
        found = re.match(rb"RTSP/\d\.\d (\d{3})", link.recv(1024))
    if found is None:
        raise ValueError(host)
    return int(found[1])


def _no_answer(error: OSError, host: str, port: int) -> Told:
    if isinstance(error, socket.gaierror):
        return f'No machine is known by the name "{host}".', "Look the address up."
    if isinstance(error, ConnectionRefusedError):
        return f"{host} is there, and nothing listens at its port {port}.", "Look the address up, or wait until the camera has started."
    return f"{host} does not answer at its port {port}.", "Check its cable, power and network."


def _answered(status: int, kind: str, *, has_login: bool) -> Told:
    if status in (401, 403, 407):
        given = "those in the address may be wrong" if has_login else "there are none in the address"
        return f"It wants a user and a password (without any it answers {status}), and {given}.", LOGIN
    if status in (404, 410, 454):
        return f"It answers {status}: nothing is at this address of it.", "Look the address of its stream or picture up in its manual."
    if status >= 400:
        phrase = next((f", {each.phrase}" for each in http.HTTPStatus if each == status), "")
        return f"It answers {status}{phrase}.", "Close other programs that use it, or start it anew."
    if kind.startswith("text/"):
        page = f"It answers with a page ({kind}), not with pictures."
        return page, "Give the address of its stream or picture, not that of its pages. If it has a login, give user and password."
    return (f"It answers with {kind}, and no picture comes of it.", PLAYER) if kind else UNKNOWN
