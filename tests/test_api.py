"""POST /api/photos and GET /api/photos/<id>."""

import io

import pytest
from kept import inbox_of, ingest, jpeg
from made_up import config, event

from webapp import create_app
from webapp.store import open_store

TOKEN = "0123456789abcdef"
AUTH = {"Authorization": f"Bearer {TOKEN}"}


class Site:
    """An app, its store, and how often the worker was rung for."""

    def __init__(self, folder, **fields):
        settings = config(folder / "board.db", **{"api_token": TOKEN, **fields})
        self.store = open_store(settings.database_url, settings.event)
        self.rings = 0
        self.client = create_app(settings, self.store, self._ring).test_client()

    def _ring(self):
        self.rings += 1

    def post(self, data=None, query="board=friday", headers=None, **given):
        """Send a photo with the token."""
        return self.client.post(f"/api/photos?{query}", data=jpeg() if data is None else data, headers=AUTH | (headers or {}), **given)


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


def test_it_takes_a_photo_as_the_body(site):
    """202 with an id; it waits, safe, and the worker is rung for."""
    answer = site.post(query="board=friday&name=IMG_1.jpg")
    assert answer.status_code == 202
    assert answer.json["state"] == "waiting"
    assert answer.headers["Location"] == f"/api/photos/{answer.json['id']}"
    assert site.store.take(answer.json["id"]).data == jpeg()
    assert site.rings == 1


def test_it_takes_a_photo_as_a_form(site):
    """With the file's name, the board, and the time it was taken."""
    form = {"photo": (io.BytesIO(jpeg()), "IMG_2.jpg"), "board": "saturday", "taken_at": "2024-05-18T10:00:00+02:00"}
    answer = site.client.post("/api/photos", data=form, headers=AUTH)
    assert answer.status_code == 202
    assert (answer.json["name"], answer.json["board"], answer.json["taken_at"]) == ("IMG_2.jpg", "saturday", "2024-05-18T08:00:00+00:00")


def test_it_tells_how_a_photo_fares(site):
    """Waiting, then read with its warnings, or failed and why."""
    place = site.post().headers["Location"]
    assert site.client.get(place, headers=AUTH).json["state"] == "waiting"
    ingest(site.store, []).drain()
    told = site.client.get(place, headers=AUTH)
    assert (told.json["state"], told.json["message"]) == ("read", "The light is poor.")
    assert told.headers["Cache-Control"] == "no-store"


def test_it_rejects_get(site):
    """Photos are posted."""
    answer = site.client.get("/api/photos", headers=AUTH)
    assert answer.status_code == 405
    assert "error" in answer.json


@pytest.mark.parametrize("header", [None, "Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer ", "Bearer é"])
def test_it_rejects_a_missing_or_wrong_token(site, header):
    """For posting and for asking."""
    headers = {"Authorization": header} if header else {}
    assert site.client.post("/api/photos?board=friday", data=jpeg(), headers=headers).status_code == 401
    assert site.client.get("/api/photos/1", headers=headers).status_code == 401
    assert inbox_of(site.store) == ()


def test_it_takes_nothing_while_no_token_is_set(tmp_path):
    """And says which setting is missing."""
    site = Site(tmp_path, api_token=None)
    answer = site.post()
    assert answer.status_code == 401
    assert "BOARDCAST_TOKEN" in answer.json["remedy"]


@pytest.mark.parametrize(
    ("data", "status", "message"),
    [(b"", 400, "empty"), (b"hello, I am no photo", 422, "not an image"), (jpeg()[:40], 422, ""), (b"GIF89a" + bytes(20), 422, "")],
)
def test_it_rejects_what_is_no_photo(site, data, status, message):
    """With a clear message; nothing is kept and nobody is rung for."""
    answer = site.post(data)
    assert answer.status_code == status
    assert message in answer.json["error"]
    assert inbox_of(site.store) == ()
    assert site.rings == 0


def test_it_rejects_a_photo_over_the_limit(tmp_path):
    """413, before it is decoded."""
    site = Site(tmp_path, max_upload_bytes=1000)
    assert site.post(bytes(2000)).status_code == 413


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "Which board"),
        ("board=sunday", "sunday"),
        ("board=friday&taken_at=yesterday", "taken_at"),
        ("board=friday&taken_at=2024-05-17T10:00", ""),
    ],
)
def test_it_rejects_a_request_that_does_not_say_enough(site, query, message):
    """Which board, and a time with its offset."""
    answer = site.post(query=query)
    assert answer.status_code == 400
    assert message in answer.json["error"]


def test_it_needs_no_board_where_there_is_one(tmp_path):
    """An event of one board."""
    from dataclasses import replace

    site = Site(tmp_path, event=replace(event(), boards=event().boards[:1]))
    assert site.post(query="").json["board"] == "friday"


def test_it_rejects_a_form_without_the_file(site):
    """And names the field."""
    answer = site.client.post("/api/photos?board=friday", data={"image": (io.BytesIO(jpeg()), "a.jpg")}, headers=AUTH)
    assert answer.status_code == 400
    assert '"photo"' in answer.json["error"]


def test_the_same_key_twice_is_one_photo(site):
    """A phone that lost the answer sends again."""
    key = {"Idempotency-Key": "b7f0-4c1d-9e"}
    assert site.post(headers=key).json["id"] == site.post(headers=key).json["id"]
    assert len(inbox_of(site.store)) == 1
    assert site.post(headers={"Idempotency-Key": "x"}).status_code == 400


def test_it_knows_nothing_of_other_photos(site):
    """404 as JSON."""
    answer = site.client.get("/api/photos/99", headers=AUTH)
    assert answer.status_code == 404
    assert "99" in answer.json["error"]


def test_wrong_tokens_are_logged_and_do_not_fill_the_log(site, caplog):
    """With the address they came from, ten a quarter of an hour."""
    for _ in range(30):
        site.client.get("/api/photos/1", headers={"Authorization": "Bearer guess"})
    assert caplog.messages == ["GET /api/photos/1 from 127.0.0.1: the token is missing or wrong."] * 10


def test_an_unknown_board_is_told_in_the_words_of_the_api(site):
    """A program gives no --board."""
    answer = site.post(query="board=monday")
    assert (answer.status_code, answer.json["remedy"]) == (400, "Give one of these as board.")
    assert answer.json["evidence"] == "It has: friday, saturday."


@pytest.mark.parametrize("number", ["0", "9223372036854775808", "9" * 5000])
def test_a_number_that_no_photo_can_have_is_of_none(site, number, caplog):
    """The database cannot hold it: it answered with a fault of the program, and a traceback in the log."""
    answer = site.client.get(f"/api/photos/{number}", headers=AUTH)
    assert (answer.status_code, answer.json["error"][:8]) == (404, "There is")
    assert caplog.text == ""


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-12:00", "2024-05-17T10:00:00", "noon"])
def test_a_time_that_has_no_date_in_utc_is_refused(site, moment):
    """Those at the ends of the calendar were a fault of the program, with a part of the photo in the log."""
    answer = site.post(query=f"board=friday&taken_at={moment}")
    assert answer.status_code == 400
    assert answer.json["error"].startswith("taken_at is")


def test_a_photo_name_is_one_line_without_control_signs(site):
    """It stands in the log, where a break would begin a line of somebody else's words; PostgreSQL stores no NUL."""
    assert site.post(query="board=friday&name=a%00%0A2026-01-01%1B[31m.jpg").json["name"] == "a\ufffd\ufffd2026-01-01\ufffd[31m.jpg"
    assert site.post(query="board=friday&name=").json["name"] == "photo"
