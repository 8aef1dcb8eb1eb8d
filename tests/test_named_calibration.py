"""Names tell organizers a grid that lines and labels leave in doubt: in a calibration, on its page, and where a camera is aimed."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from doubtful import Unasked, believed_wrongly, misplaced, unproposed
from flask.testing import FlaskClient
from made_up import config
from synth import Synth, scene
from visitors import enter, token

from calibration.rig import Image
from calibration.rigfile import load_rig
from digitizer.calibrate import Marks, rig_from_photo
from digitizer.cli import cli
from digitizer.errors import BoardNotFound
from digitizer.event import Event
from digitizer.locate import locate
from digitizer.readers.base import Lattice
from digitizer.readers.lazily import Lazily
from webapp import create_app
from webapp.recent import Recent
from webapp.review.marks import Offer
from webapp.services import KEY
from webapp.store import Store, open_store


@pytest.fixture(scope="module")
def doubtful() -> Synth:
    return unproposed()


@pytest.fixture(scope="module")
def clear() -> Synth:
    return scene(3, style="whiteboard", rows=3, columns=4, fill=0.3)


@pytest.fixture(scope="module")
def reader() -> Lazily:
    """One for all tests here."""
    return Lazily()


class Site:
    """A site for one board, of which a photo was sent, and an organizer before it."""

    def __init__(self, folder: Path, truth: Synth, reader: object) -> None:
        event = Event("Made up", "Europe/Berlin", "", 60, (truth.board,))
        self.store: Store = open_store(f"sqlite:///{folder / 'board.db'}", event)
        app = create_app(config(folder / "board.db", event=event), self.store, lambda: None)
        app.extensions[KEY] = replace(app.extensions[KEY], reader=reader)
        self.offers: Recent[Offer] = app.extensions[KEY].offers
        self.browser: FlaskClient = app.test_client()
        enter(self.browser)
        self.store.receive(truth.board.id, png(truth), "IMG_1.png", None, "upload")
        self.board_id = truth.board.id

    def token(self, address: str) -> str:
        """The token of the form at an address."""
        return token(self.browser.get(address).data)

    def proposal(self) -> dict:
        """What the calibration page starts with."""
        self.browser.get(f"/review/calibrate/{self.board_id}")
        return self.browser.get(f"/review/calibrate/{self.board_id}/proposal").json

    def save(self, proposal: dict) -> None:
        """Save what was proposed as it is, whoever stands before the board."""
        address = f"/review/calibrate/{self.board_id}"
        answer = self.browser.post(address, json={**proposal, "anyway": True}, headers={"X-CSRFToken": self.token(address)})
        assert answer.status_code == 200, answer.data

    def rating(self) -> dict:
        """What the set-up page tells of the photo."""
        return self.browser.get(f"/review/setup/{self.board_id}/view").json


def png(truth: Synth) -> bytes:
    """Its photo as a file, to the last bit."""
    return cv2.imencode(".png", truth.photo.image)[1].tobytes()


def test_a_grid_that_only_names_tell_is_calibrated(doubtful: Synth, reader: Lazily) -> None:
    """Refused without a reader; with one, every card is in its cell when the board is found again, and the names are said to have told."""
    with pytest.raises(BoardNotFound):
        rig_from_photo(doubtful.photo, doubtful.board, Marks())
    rig, evidence = rig_from_photo(doubtful.photo, doubtful.board, Marks(), reader)
    assert "told by the names" in evidence
    assert misplaced(locate(doubtful.photo, doubtful.board, rig), doubtful) == []


def test_a_header_column_is_not_calibrated_as_the_first_column(reader: Lazily) -> None:
    """Lines alone take it for one."""
    truth = believed_wrongly("very unequal columns")
    without, _ = rig_from_photo(truth.photo, truth.board, Marks())
    assert misplaced(locate(truth.photo, truth.board, without), truth) != []
    rig, _ = rig_from_photo(truth.photo, truth.board, Marks(), reader)
    assert misplaced(locate(truth.photo, truth.board, rig), truth) == []


def test_the_command_asks_names(doubtful: Synth, tmp_path: Path) -> None:
    """With the recogniser that comes with Boardcast."""
    board = doubtful.board
    (tmp_path / "photo.png").write_bytes(png(doubtful))
    (tmp_path / "event.toml").write_text(
        f'[event]\nname = "Test"\ntimezone = "Europe/Berlin"\n[[board]]\nid = "{board.id}"\ndate = {board.date}\n'
        f"rooms = {json.dumps(board.rooms)}\nslots = {json.dumps(board.slots)}\n",
        encoding="utf-8",
    )
    arguments = ["calibrate", tmp_path / "photo.png", "--event", tmp_path / "event.toml", "-o", tmp_path / "rig.toml"]
    result = CliRunner().invoke(cli, [str(argument) for argument in arguments], prog_name="boardcast")
    assert result.exit_code == 0, result.output
    assert "told by the names" in result.stderr
    assert misplaced(locate(doubtful.photo, board, load_rig(tmp_path / "rig.toml")), doubtful) == []


def test_the_page_proposes_a_grid_that_only_names_tell(doubtful: Synth, reader: Lazily, tmp_path: Path) -> None:
    """It says that it is where the grid seems to be, and keeps what teaches drags; saved as it is, every card is in its cell."""
    site = Site(tmp_path, doubtful, reader)
    found = site.proposal()
    assert found["note"].startswith("This is where the grid seems to be")
    offer = site.offers.get(f"{site.board_id} {hashlib.sha256(png(doubtful)).hexdigest()}")
    assert offer is not None
    assert offer.basis is not None
    site.save(found)
    assert misplaced(locate(doubtful.photo, doubtful.board, site.store.rig(site.board_id)), doubtful) == []


def test_a_camera_is_aimed_by_the_grid_that_names_tell(doubtful: Synth, reader: Lazily, tmp_path: Path) -> None:
    """What photos that are read will be found by, the set-up page finds."""
    assert Site(tmp_path, doubtful, reader).rating()["found"]


def test_the_setup_page_tells_that_labels_were_hung_anew(reader: Lazily, tmp_path: Path) -> None:
    """As such a photo would be refused; the calibration page proposes the grid where it was."""
    wish = {"style": "whiteboard", "rows": 3, "columns": 4, "fill": 0.3, "slots": ("10:00", "11:00", "12:00")}
    before, after = scene(3, rooms=("101", "102", "103", "104"), **wish), scene(3, rooms=("102", "103", "104", "101"), **wish)
    assert before.board.rooms == ("101", "102", "103", "104")
    site = Site(tmp_path, replace(after, board=before.board), reader)
    site.store.save_rig(site.board_id, rig_from_photo(before.photo, before.board, Marks())[0])
    seen = site.rating()
    assert not seen["found"]
    assert '"102" stands where "101" was calibrated' in seen["problem"]
    assert np.abs(np.array(site.proposal()["corners"]) - before.grid_corners_px).max() < np.ptp(before.grid_corners_px[:, 0]) / 30


def test_nothing_is_read_where_lines_are_clear(clear: Synth, tmp_path: Path) -> None:
    """Neither in a calibration nor by the pages; nor by the calibration page where the board is found as it was calibrated."""
    rig, evidence = rig_from_photo(clear.photo, clear.board, Marks(), Unasked())
    assert "found by its lines;" in evidence
    site = Site(tmp_path, clear, Unasked())
    assert site.proposal()["note"].startswith("This is where the grid seems to be")
    assert site.rating()["found"]
    site.store.save_rig(site.board_id, rig)
    assert site.proposal()["note"].startswith("This is where the grid seems to be")


class Counted:
    """A recogniser that reads nothing, and counts how many of it are made."""

    made = 0

    def __init__(self) -> None:
        Counted.made += 1

    def recognise(self, crops: Sequence[Image]) -> list[Lattice]:
        """Nothing, whatever is shown."""
        return [] if len(crops) == 0 else [Lattice(np.zeros((1, 1), np.float32), ("",))] * len(crops)

    glance = recognise


def test_a_recogniser_is_made_once_and_only_when_it_is_asked() -> None:
    """Though several threads ask at the same moment."""
    Counted.made, reader, start = 0, Lazily(Counted), threading.Barrier(4)
    assert Counted.made == 0

    def ask(_: int) -> list[Lattice]:
        start.wait()
        return [*reader.glance([]), *reader.recognise([])]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(4))) == [[]] * 4
    assert Counted.made == 1
