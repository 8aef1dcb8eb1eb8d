"""The set-up assistant: the latest photo for organizers only, how each column is seen in it, and what to change."""

import io
from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import pytest
import synth
from made_up import config
from PIL import Image
from visitors import enter

from digitizer.event import Event
from webapp import create_app
from webapp.store import live, open_store


@pytest.fixture(scope="module")
def board():
    """A whiteboard seen from a little aside, with its truth."""
    return synth.scene(3, style="whiteboard", rows=3, columns=4, fill=0.3)


@pytest.fixture(scope="module")
def photo(board):
    """Its photo as a file."""
    return jpeg(board.photo.image)


@pytest.fixture
def store(tmp_path, board):
    """A store of its own, for an event with that board."""
    return open_store(f"sqlite:///{tmp_path / 'board.db'}", Event("Made up", "Europe/Berlin", "", 60, (board.board,)))


@pytest.fixture
def organizer(tmp_path, board, store):
    """A browser that has logged in."""
    app = create_app(config(tmp_path / "board.db", event=store.event), store, lambda: None)
    browser = app.test_client()
    enter(browser)
    return browser


def jpeg(image: np.ndarray) -> bytes:
    """A photo file."""
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()


def address(board, end: str = "") -> str:
    """Of the page and what belongs to it."""
    return f"/review/setup/{board.board.id}{end}"


def take(store, board, data: bytes, minute: int) -> int:
    """A photo that was read, taken at a minute."""
    photo_id = store.receive(board.board.id, data, f"{minute}.jpg", datetime(2026, 11, 22, 9, minute, tzinfo=UTC), "watch")
    store.done(photo_id)
    return photo_id


def test_all_of_it_is_the_organizers_alone(organizer, store, board, photo):
    """Page, ratings and photo: a stranger is sent to the login, and no cache keeps an answer."""
    store.receive(board.board.id, photo, "1.jpg", None, "watch")
    stranger = organizer.application.test_client()
    for end in ("", "/view", "/photo.jpg"):
        assert stranger.get(address(board, end)).status_code == 302
        answer = organizer.get(address(board, end))
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "private, no-store")


def test_each_column_is_rated_where_it_is(organizer, store, board, photo):
    """Outlines within a hundredth of the grid's width of the truth; a light, and numbers with units in their names."""
    store.receive(board.board.id, photo, "1.jpg", None, "watch")
    seen = organizer.get(address(board, "/view")).json
    assert seen["found"]
    outlines = np.array(seen["outlines"])
    width = np.ptp(board.grid_corners_px[:, 0])
    ends = np.array([outlines[0][0], outlines[-1][1], outlines[-1][2], outlines[0][3]])
    assert np.abs(ends - board.grid_corners_px).max() < width / 100
    assert [column["label"] for column in seen["columns"]] == list(board.board.column_labels)
    assert all(
        {"light", "mm_per_px", "letter_px", "read_right", "blur_px", "glare", "inside"} <= column.keys() for column in seen["columns"]
    )
    assert seen["advice"]


def test_an_unchanged_photo_is_not_sent_again(organizer, store, board, photo):
    """204 for what the page knows; the next photo is told."""
    store.receive(board.board.id, photo, "1.jpg", datetime(2026, 11, 22, 9, 0, tzinfo=UTC), "watch")
    known = organizer.get(address(board, "/view")).json["stamp"]
    assert organizer.get(address(board, f"/view?known={known}")).status_code == 204
    darker = jpeg((board.photo.image * 0.7).astype(np.uint8))
    store.receive(board.board.id, darker, "2.jpg", datetime(2026, 11, 22, 9, 1, tzinfo=UTC), "watch")
    assert organizer.get(address(board, f"/view?known={known}")).json["stamp"] != known


def test_before_any_photo_there_is_nothing_to_rate(organizer, board):
    """No photo, no answer, no fault."""
    assert organizer.get(address(board)).status_code == 200
    assert organizer.get(address(board, "/view")).status_code == 204
    assert organizer.get(address(board, "/photo.jpg")).status_code == 404


def test_a_board_that_is_not_there_is_told_with_numbers(organizer, store, board):
    """And what to do; the photo is shown all the same, which is how one sees where the camera looks."""
    store.receive(board.board.id, jpeg(np.full((600, 800, 3), 190, np.uint8)), "1.jpg", None, "watch")
    seen = organizer.get(address(board, "/view")).json
    assert not seen["found"]
    assert "was not found" in seen["problem"]
    assert seen["advice"]
    assert Image.open(io.BytesIO(organizer.get(address(board, "/photo.jpg")).data)).size == (800, 600)


def test_photos_are_kept_only_while_somebody_looks(organizer, store, board, photo, monkeypatch):
    """Of a calibrated board raw photos go once read; a look at the page keeps the latest, until the lease runs out."""
    organizer.get(address(board))
    store.save_rig(board.board.id, rig_of(board))
    take(store, board, photo, 1)
    assert store.live_photo(board.board.id).data == photo
    later = live.now() + live.LASTS + timedelta(seconds=1)
    monkeypatch.setattr(live, "now", lambda: later)
    take(store, board, photo, 2)
    assert store.live_photo(board.board.id) is None


def test_nobody_looking_keeps_no_photo(store, board, photo):
    """The rule for raw photos stands."""
    store.save_rig(board.board.id, rig_of(board))
    take(store, board, photo, 1)
    assert store.live_photo(board.board.id) is None


def test_the_photo_taken_last_is_shown_not_the_one_that_failed_before(store, board, photo):
    """Failed photos keep their bytes for another try; a newer one that was read comes before them."""
    store.look_live(board.board.id)
    failed = store.receive(board.board.id, b"old", "0.jpg", datetime(2026, 11, 22, 9, 0, tzinfo=UTC), "watch")
    store.failed(failed, "Not found.")
    take(store, board, photo, 5)
    assert store.live_photo(board.board.id).data == photo


def test_a_new_calibration_rates_the_photo_anew(organizer, store, board, photo):
    """The page hears of it though no new photo came."""
    store.receive(board.board.id, photo, "1.jpg", None, "watch")
    known = organizer.get(address(board, "/view")).json["stamp"]
    store.save_rig(board.board.id, rig_of(board))
    assert organizer.get(address(board, f"/view?known={known}")).status_code == 200


def test_an_unknown_board_is_a_404(organizer):
    """As a page."""
    assert organizer.get("/review/setup/monday").status_code == 404


def rig_of(board):
    """A calibration by hand's marks."""
    from digitizer.calibrate import Marks, rig_from_photo

    return rig_from_photo(board.photo, board.board, Marks(tuple(board.grid_corners_px.ravel())))[0]
