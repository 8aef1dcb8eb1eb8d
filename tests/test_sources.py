"""Sources: watched folders, cameras and streams, and how they fail."""

import os
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import numpy as np
import pytest
from pictures import corners, scene, with_exif

from digitizer import capture
from digitizer.capturing.camera import Camera
from digitizer.capturing.folder import Folder
from digitizer.errors import SourceError
from digitizer.settings import CaptureSettings

# Folders


def test_a_folder_hands_out_files_only_once_they_stand_still(tmp_path: Path) -> None:
    """A file that still grows is left; one that is done comes once."""
    folder, path = Folder(tmp_path), tmp_path / "a.jpg"
    path.write_bytes(b"half")
    assert folder.ready() == []
    path.write_bytes(b"half and more")
    assert folder.ready() == []
    assert folder.ready() == [path]
    assert folder.ready() == []


def test_a_folder_hands_out_a_file_again_that_was_written_anew(tmp_path: Path) -> None:
    """Some cameras overwrite one file for ever."""
    folder, path = Folder(tmp_path), tmp_path / "latest.jpg"
    path.write_bytes(b"one")
    os.utime(path, ns=(1, 1))
    assert [folder.ready(), folder.ready()] == [[], [path]]
    path.write_bytes(b"two")
    assert [folder.ready(), folder.ready()] == [[], [path]]


def test_a_folder_passes_over_what_is_not_a_photo_yet(tmp_path: Path) -> None:
    """Partial downloads, hidden files and empty ones wait for their real name or their bytes."""
    for name in (".a.jpg", "a.jpg.part", "notes.txt", "empty.jpg"):
        (tmp_path / name).write_bytes(b"" if name == "empty.jpg" else b"x")
    folder = Folder(tmp_path)
    assert [folder.ready(), folder.ready()] == [[], []]


def test_a_folder_that_vanishes_is_told(tmp_path: Path) -> None:
    """A memory card pulled out."""
    folder = Folder(tmp_path / "card")
    with pytest.raises(SourceError, match="cannot be read any more: No such file"):
        folder.ready()


def test_open_source_yields_a_folders_photos_in_the_order_taken(tmp_path: Path) -> None:
    """What is there at the start comes by its EXIF time, what is damaged is passed over, what arrives later comes too."""
    (tmp_path / "a.jpg").write_bytes(with_exif(DateTimeOriginal="2024:05:17 11:00:00"))
    (tmp_path / "b.jpg").write_bytes(with_exif(DateTimeOriginal="2024:05:17 10:00:00"))
    (tmp_path / "c.jpg").write_bytes(b"no photo")
    photos = capture.open_source(str(tmp_path), every_s=0.01)
    assert [next(photos).name, next(photos).name] == ["b.jpg", "a.jpg"]
    (tmp_path / "d.jpg").write_bytes(with_exif(DateTimeOriginal="2024:05:17 12:00:00"))
    assert next(photos).name == "d.jpg"


@pytest.mark.parametrize("spec", ["nowhere", __file__])
def test_a_source_that_is_none_is_refused(spec: str) -> None:
    """The message lists what a source may be."""
    with pytest.raises(SourceError, match="Give a folder, the number of a camera, or an rtsp:// or http:// address"):
        next(capture.open_source(spec))


# Cameras


class Stream(BaseHTTPRequestHandler):
    """A network camera: endless JPEGs in one answer, drawn by the server's ``draw``."""

    def do_GET(self) -> None:
        """Send frames until the other side goes or ``draw`` gives None, which ends the stream."""
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        try:
            while (jpeg := self.server.draw()) is not None and not self.server.over.wait(0.02):
                self.wfile.write(b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n" % (len(jpeg), jpeg))
        except OSError:
            return

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def network_camera():
    """Start a stream at a free port: call with a function that draws each frame as JPEG bytes; returns its address."""
    servers = []

    def start(draw) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), Stream)
        server.draw, server.over = draw, threading.Event()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/stream"

    yield start
    for server in servers:
        server.over.set()
        server.shutdown()
        server.server_close()


def noisy() -> bytes:
    """A frame of the scene with a sensor's noise: no two are alike."""
    frame = np.asarray(scene())[:, :, ::-1].astype(int) + np.random.default_rng().integers(-9, 9, (240, 320, 3))
    return cv2.imencode(".jpg", np.clip(frame, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()


QUICK = CaptureSettings(camera_s=5.0)


def test_a_stream_gives_photos(network_camera) -> None:
    """Through the real decoder of streams, in its own process, over a real connection."""
    photos = capture.open_source(network_camera(noisy), every_s=0.05)
    first, second = next(photos), next(photos)
    photos.close()
    assert corners(first.image) == ["red", "lime", "blue", "white"]
    assert first.sha256 != second.sha256
    assert first.taken_at < second.taken_at <= datetime.now(UTC)


def test_a_black_stream_is_told(network_camera) -> None:
    """The lid is on: a black board must not be read as an empty one."""
    black = cv2.imencode(".jpg", np.zeros((240, 320, 3), np.uint8))[1].tobytes()
    camera = Camera(network_camera(lambda: black), QUICK)
    with pytest.raises(SourceError, match=r"shows nothing\. Its frame has a mean gray of 0\.0"):
        camera.look()


def test_a_frozen_stream_is_told_and_recovers(network_camera) -> None:
    """The same frame again and again is an old one; once it moves again it is looked at again."""
    still, frozen = noisy(), threading.Event()
    frozen.set()
    camera = Camera(network_camera(lambda: still if frozen.is_set() else noisy()), QUICK)
    camera.look()
    camera.look()
    with pytest.raises(SourceError, match=r"is frozen\. Its last 3 frames are the same"):
        camera.look()
    frozen.clear()
    assert camera.look().jpeg
    camera.close()


def test_a_stream_that_ends_is_opened_again(network_camera) -> None:
    """An address that gives one picture an answer is looked at anew each time."""
    turns = iter(range(10_000))
    camera = Camera(network_camera(lambda: None if next(turns) % 8 == 7 else noisy()), QUICK)
    assert camera.look().jpeg != camera.look().jpeg
    camera.close()


def test_an_address_where_nothing_answers_is_refused_without_its_password() -> None:
    """The message stands in logs: it must not carry what was in the address."""
    with pytest.raises(SourceError, match=r"Http://127\.0\.0\.1:9/cam cannot be opened") as error:
        next(capture.open_source("http://me:secret@127.0.0.1:9/cam"))
    assert "secret" not in str(error.value)


def test_a_camera_number_that_is_not_there_is_refused() -> None:
    """The message lists the cameras there are."""
    with pytest.raises(SourceError, match=r"Camera 77 cannot be opened\. Cameras on this machine:"):
        next(capture.open_source("77"))


def test_a_camera_that_fails_later_waits_longer_each_time(network_camera) -> None:
    """After the first picture nothing raises: failures are waited out, and the pictures go on when it is back."""
    dark, waits = threading.Event(), []
    black = cv2.imencode(".jpg", np.zeros((240, 320, 3), np.uint8))[1].tobytes()

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if waits.count(0.0) == 1:
            dark.set()
        if seconds == 5.0:
            dark.clear()

    shots = capture.shots(network_camera(lambda: black if dark.is_set() else noisy()), 0.0, wait=wait, settings=QUICK)
    while 5.0 not in waits:
        next(shots)
    shots.close()
    assert [seconds for seconds in waits if seconds] == [1.0, 2.0, 5.0]
