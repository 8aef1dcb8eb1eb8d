"""What strangers may make the server hold: no bodies that nobody may send, and no more connections than their share."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from flask import Flask
from kept import inbox_of, jpeg
from made_up import config
from visitors import enter, token
from waitress.receiver import ChunkedReceiver, FixedStreamReceiver

from webapp import create_app, server
from webapp.services import KEY
from webapp.store import open_store

TOKEN = "0123456789abcdef"
WITH_TOKEN = f"Authorization: Bearer {TOKEN}\r\n"
MOST = 200_000
PATIENCE_S = 10


@contextmanager
def serving(app: Flask) -> Iterator[object]:
    """The server as ``boardcast serve`` has it, at a free port."""
    running = server._listening(app, ("127.0.0.1", 0), 4, None)
    threading.Thread(target=running.run, daemon=True).start()
    yield running
    running.task_dispatcher.shutdown(timeout=1)


@pytest.fixture
def app(tmp_path):
    """The site, which takes photos of 200 kB and those with the token."""
    made = config(tmp_path / "board.db", api_token=TOKEN, max_upload_bytes=MOST)
    return create_app(made, open_store(made.database_url, made.event))


@pytest.fixture
def kept(monkeypatch):
    """How many bytes of bodies waitress kept."""
    kept = []
    for receiver in (FixedStreamReceiver, ChunkedReceiver):

        def received(self, data, own=receiver.received):
            kept.append(own(self, data))
            return kept[-1]

        monkeypatch.setattr(receiver, "received", received)
    return kept


def ask(running: object, head: str, body: bytes = b"") -> str:
    """Send a request, whole, and return the answer."""
    with socket.create_connection(("127.0.0.1", running.effective_port), PATIENCE_S) as line:
        line.sendall(f"{head}Host: x\r\nConnection: close\r\n\r\n".encode() + body)
        return b"".join(iter(lambda: line.recv(65536), b"")).decode()


def post(path: str, length: int, more: str = "") -> str:
    """The head of an upload."""
    return f"POST {path} HTTP/1.1\r\nAccept: application/json\r\nContent-Type: image/jpeg\r\nContent-Length: {length}\r\n{more}"


def test_a_stranger_fills_neither_disk_nor_memory(app, kept):
    """A gigabyte of each upload was kept before anybody asked for login or token.

    Now it is dropped as it comes, and the answer is the same.
    """
    with serving(app) as running:
        assert "401 UNAUTHORIZED" in ask(running, post("/api/photos", 3 * MOST), bytes(3 * MOST))
        assert "400 BAD REQUEST" in ask(running, post("/review/upload", 3 * MOST), bytes(3 * MOST))  # no form: its login has ended
        assert sum(kept) == 0
        assert "401 UNAUTHORIZED" in ask(running, post("/api/photos", 1000), bytes(1000))


@pytest.mark.parametrize(("by", "bound", "told"), [("", 64_000, "401 UNAUTHORIZED"), (WITH_TOKEN, MOST, "413 REQUEST ENTITY TOO LARGE")])
def test_a_body_that_tells_no_length_is_cut_short(app, kept, by, bound, told):
    """It comes in chunks: of a stranger it is as if there were none, and what has the token is told that it is too large."""
    begin = b"%x\r\n" % 100_000_000
    head = f"POST /api/photos HTTP/1.1\r\nContent-Type: image/jpeg\r\nTransfer-Encoding: chunked\r\n{by}"
    with serving(app) as running:
        assert told in ask(running, head, begin + bytes(bound + 1 - len(begin)))
    assert sum(kept) == bound + 1


def test_a_photo_that_is_too_large_is_refused_in_words(app, kept):
    """By the site, once it was sent: a browser reads no answer before."""
    with serving(app) as running:
        answer = ask(running, post("/api/photos", MOST * 2, WITH_TOKEN), bytes(MOST * 2))
    assert answer.startswith("HTTP/1.1 413 ")
    assert "That upload is too large." in answer
    assert sum(kept) == 0


def test_who_asks_before_sending_is_answered_at_once(app, kept):
    """As curl does: nothing of the photo crosses the network."""
    with serving(app) as running:
        answer = ask(running, post("/api/photos", MOST + 1, f"{WITH_TOKEN}Expect: 100-continue\r\n"))
    assert answer.startswith("HTTP/1.1 413 ")
    assert "connection: close" in answer.lower()


def test_a_photo_of_one_who_may_send_it_arrives_whole(app):
    """By token, and by the login of the form, which takes several."""
    photo = jpeg() + bytes(100_000)
    boundary = '--x\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n'
    browser = app.test_client()
    enter(browser)
    parts = [boundary % ("csrf_token", ""), token(browser.get("/review/").data), "\r\n", boundary % ("board", ""), "friday"]
    body = "".join(parts).encode()
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        body += b"\r\n" + (boundary % ("photos", f'; filename="{name}"')).encode() + photo + name.encode()
    body += b"\r\n--x--\r\n"
    assert len(body) > MOST
    cookie = browser.get_cookie("boardcast").value
    head = f"POST /review/upload HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: {len(body)}\r\n"
    head += f"Cookie: boardcast={cookie}\r\n"
    with serving(app) as running:
        assert "202 ACCEPTED" in ask(running, post("/api/photos?board=friday", len(photo), WITH_TOKEN), photo)
        assert "302 FOUND" in ask(running, head, body)
    assert len(inbox_of(app.extensions[KEY].store)) == 4


def test_one_who_opens_all_connections_keeps_nobody_out(monkeypatch):
    """Two thousand idle ones of one visitor, and the server took no more from anybody."""
    monkeypatch.setattr(server, "CONNECTIONS", 40)
    plain = Flask("plain")
    plain.add_url_rule("/", view_func=lambda: "here")
    with serving(plain) as running, ExitStack() as hall:

        def come(address: str) -> socket.socket:
            line = hall.enter_context(socket.socket())
            line.settimeout(PATIENCE_S)
            line.bind((address, 0))
            line.connect(("127.0.0.1", int(running.effective_port)))
            return line

        def served(line: socket.socket) -> bool:
            line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = b""
            while not answer.endswith(b"here"):
                more = line.recv(4096)
                if not more:
                    return False
                answer += more
            return answer.startswith(b"HTTP/1.1 200")

        phone = come("127.0.0.3")
        assert served(phone)
        for _ in range(80):
            come("127.0.0.2")
        assert served(come("127.0.0.4"))
        assert served(phone)  # it has one connection, and keeps it
        assert served(come("127.0.0.2"))  # a neighbour of the greedy one, behind the same address
