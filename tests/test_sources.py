"""Sources: watched folders, cameras and streams, and how they fail."""

import io
import os
import socket
import threading
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain, pairwise, repeat
from pathlib import Path
from socketserver import StreamRequestHandler

import cv2
import numpy as np
import pytest
from pictures import corners, scene, with_exif
from PIL import Image

from digitizer import capture
from digitizer.capturing.address import why_closed
from digitizer.capturing.camera import Camera, Look, source_name
from digitizer.capturing.folder import Folder
from digitizer.capturing.health import CameraFault, Condition, Report
from digitizer.capturing.shown import are_still, combine, describe
from digitizer.capturing.sources import Pace, Shot
from digitizer.capturing.virtual import Player
from digitizer.errors import SourceError
from digitizer.settings import CaptureSettings

NINE = datetime(2024, 5, 17, 9, tzinfo=UTC)

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


def test_a_folder_whose_share_is_away_and_back_hands_out_nothing_twice(tmp_path: Path) -> None:
    """The place where it was mounted stays, and is empty meanwhile: an unmounted share is no folder that is gone."""
    folder, path = Folder(tmp_path), tmp_path / "a.jpg"
    path.write_bytes(b"one")
    assert [folder.ready(), folder.ready()] == [[], [path]]
    path.rename(tmp_path / "a.away")
    assert folder.ready() == []
    (tmp_path / "a.away").rename(path)
    assert [folder.ready(), folder.ready()] == [[], []]


def test_what_lay_in_a_folder_and_is_known_is_passed_over(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A watch that is started anew; what comes later is handed out though it was taken before: its camera's clock may be wrong."""
    for hour in (10, 11, 12):
        (tmp_path / f"{hour}.jpg").write_bytes(with_exif(DateTimeOriginal=f"2024:05:17 {hour}:00:00"))
    hours = Hours()

    def wait(seconds: float) -> None:
        hours.wait(seconds)
        if len(hours.waits) == 3:
            (tmp_path / "9.jpg").write_bytes(with_exif(DateTimeOriginal="2024:05:17 09:00:00"))

    shots = capture.shots(str(tmp_path), pace=Pace(lambda: hours.at, wait), known_until=datetime(2024, 5, 17, 11, tzinfo=UTC))
    assert [next(shots).name, next(shots).name] == ["12.jpg", "9.jpg"]
    assert sum("passed over" in record.getMessage() for record in caplog.records) == 1


def test_what_is_written_later_under_a_name_that_was_there_is_new(tmp_path: Path) -> None:
    """A camera that overwrites one file and whose clock is slow: after a new start it was passed over, and nobody was told of its clock."""
    path, hours = tmp_path / "latest.jpg", Hours()
    path.write_bytes(with_exif(DateTimeOriginal="2024:05:17 10:00:00"))

    def wait(seconds: float) -> None:
        hours.wait(seconds)
        if len(hours.waits) == 3:
            path.write_bytes(with_exif(DateTimeOriginal="2024:05:17 10:30:00", ImageDescription="x" * len(hours.waits)))
        assert len(hours.waits) < 100

    shots = capture.shots(str(tmp_path), pace=Pace(lambda: hours.at, wait), known_until=datetime(2024, 5, 17, 11, tzinfo=UTC))
    assert next(shots).taken_at == datetime(2024, 5, 17, 10, 30, tzinfo=UTC)


def test_names_in_another_code_can_be_stored_and_known_again(tmp_path: Path) -> None:
    """Latin-1, as old cameras and shares write it: such a name ended the watch, at each start anew."""
    for hour, letter in ((10, b"\xf6"), (12, b"\xfc")):
        taken = with_exif(DateTimeOriginal=f"2024:05:17 {hour}:00:00")
        (tmp_path / os.fsdecode(b"H" + letter + str(hour).encode() + b".jpg")).write_bytes(taken)
    shots = capture.shots(str(tmp_path), pace=Hours().pace, known_until=datetime(2024, 5, 17, 11, tzinfo=UTC))
    assert next(shots).name == "H\ufffd12.jpg"


def test_a_folder_of_many_photos_is_not_held_in_memory(tmp_path: Path) -> None:
    """The memory card of two days has gigabytes: all of them were read before the first one was handed out."""
    for number in range(40):
        (tmp_path / f"{number}.jpg").write_bytes(b"x" * 1_000_000)
    photos = capture.shots(str(tmp_path), pace=Pace(wait=lambda _: None))
    tracemalloc.start()
    for _ in range(40):
        next(photos)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10_000_000


@pytest.mark.parametrize("count", [1, 3])
def test_the_photos_of_a_folder_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """Each crossed the network of a share twice: to tell when it was taken, and to be read. For their order the first bytes do."""
    photo = with_exif(DateTimeOriginal="2024:05:17 10:00:00") + bytes(1_000_000) + b"\xff\xd9"
    read = []

    class Counted(io.FileIO):
        """A file that tells how much of it was read."""

        def read(self, most: int = -1) -> bytes:
            read.append(super().read(most))
            return read[-1]

    for number in range(count):
        (tmp_path / f"{number}.jpg").write_bytes(photo)
    monkeypatch.setattr(Path, "open", lambda path, mode: Counted(path, mode))
    photos = capture.shots(str(tmp_path), pace=Pace(wait=lambda _: None))
    assert [next(photos).taken_at for _ in range(count)] == [datetime(2024, 5, 17, 10, tzinfo=UTC)] * count
    first_bytes = 0 if count == 1 else 1 << 18
    assert sum(map(len, read)) == count * (len(photo) + first_bytes)


def test_a_file_that_cannot_be_read_is_told_once_and_read_once_it_can_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server for uploads wrote it for itself alone, or a share stumbled: the photo was lost, and only the log said so."""
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(with_exif(DateTimeOriginal="2024:05:17 10:00:00"))
    polls, opened = iter(range(1000)), Path.open
    denied = PermissionError(13, "Permission denied")
    poll = 0

    def wait(_seconds: float) -> None:
        nonlocal poll
        poll = next(polls)

    def guarded(path: Path, *how: object, **named: object):
        if path.name == "a.jpg" and poll < 5:
            raise denied
        return opened(path, *how, **named)

    monkeypatch.setattr(Path, "open", guarded)
    photos = capture.shots(str(tmp_path), pace=Pace(wait=wait))
    came = [next(photos) for _ in range(3)]
    assert sorted((shot.name, bool(shot.data)) for shot in came[:2]) == [("a.jpg", False), ("b.jpg", True)]
    assert any("a.jpg is there and cannot be read: Permission denied." in shot.refused for shot in came)
    assert (came[2].name, came[2].refused, poll >= 5) == ("a.jpg", "", True)


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


def test_a_folders_photos_come_in_the_order_taken(tmp_path: Path) -> None:
    """What is there at the start comes by its EXIF time, what tells none by its file's; what arrives later comes too."""
    (tmp_path / "a.jpg").write_bytes(with_exif(DateTimeOriginal="2024:05:17 11:00:00"))
    (tmp_path / "b.jpg").write_bytes(with_exif(DateTimeOriginal="2024:05:17 10:00:00"))
    (tmp_path / "c.jpg").write_bytes(b"no photo")
    photos = capture.shots(str(tmp_path), every_s=0.01)
    assert [next(photos).name for _ in range(3)] == ["b.jpg", "a.jpg", "c.jpg"]
    (tmp_path / "d.jpg").write_bytes(with_exif(DateTimeOriginal="2024:05:17 12:00:00"))
    assert next(photos).name == "d.jpg"


@pytest.mark.parametrize("spec", ["nowhere", __file__])
def test_a_source_that_is_none_is_refused(spec: str) -> None:
    """The message lists what a source may be."""
    with pytest.raises(SourceError, match="Give a folder, the number of a camera, or an rtsp:// or http:// address"):
        next(capture.shots(spec))


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
    """Start a stream at a free port: call with a function that draws each frame as JPEG bytes, and what it is; returns its address."""
    servers = []

    def start(draw, kind=Stream) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
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
    photos = capture.shots(network_camera(noisy), every_s=0.05)
    first, second = next(photos), next(photos)
    photos.close()
    assert corners(capture.decode(first.data, first.name).image) == ["red", "lime", "blue", "white"]
    assert first.data != second.data
    assert first.taken_at < second.taken_at <= datetime.now(UTC)


def test_the_dark_is_told_and_is_no_fault(network_camera) -> None:
    """The lights go out at night: the camera stays open, its picture says that it shows no board."""
    black = cv2.imencode(".jpg", np.zeros((240, 320, 3), np.uint8))[1].tobytes()
    camera = Camera(network_camera(lambda: black), QUICK)
    assert camera.look().dark.endswith("is in the dark. Nine tenths of its picture have a gray of 0 of 255 or less.")
    camera.close()


def test_a_frozen_stream_is_told_and_recovers(network_camera) -> None:
    """The same frame again and again is an old one; once it moves again it is looked at again."""
    still, frozen = noisy(), threading.Event()
    frozen.set()
    camera = Camera(network_camera(lambda: still if frozen.is_set() else noisy()), QUICK)
    camera.look()
    camera.look()
    with pytest.raises(SourceError, match=r"is frozen\. Its last 3 pictures are the same: 0\.0% of their pixels differ"):
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


class Snapshots(BaseHTTPRequestHandler):
    """A camera with an address for single pictures, which takes one for each look and refuses the next ones so soon after it."""

    def do_GET(self) -> None:
        """A whole picture, or 503 where ``draw`` gives none."""
        jpeg = self.server.draw()
        self.send_response(503 if jpeg is None else 200)
        self.send_header("Content-Length", str(len(jpeg or b"")))
        self.end_headers()
        self.wfile.write(jpeg or b"")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_camera_that_takes_one_picture_at_a_time_is_seen_at_each_look(network_camera) -> None:
    """Four are asked for, three refused: one is enough. Every second look said that nothing was there."""
    looks = chain([noisy(), None, noisy(), None, noisy(), None], repeat(None))
    camera = Camera(network_camera(lambda: next(looks), Snapshots), QUICK)
    assert [bool(camera.look().jpeg) for _ in range(3)] == [True] * 3
    with pytest.raises(CameraFault, match="cannot be opened"):
        camera.look()
    camera.close()


def test_an_address_where_nothing_answers_is_refused_without_its_password() -> None:
    """The message stands in logs: it must not carry what was in the address."""
    with pytest.raises(SourceError, match=r"^The stream http://127\.0\.0\.1:9/cam cannot be opened") as error:
        next(capture.shots("http://me:secret@127.0.0.1:9/cam"))
    assert "secret" not in str(error.value)


@pytest.fixture
def machine():
    """Start something that answers one request at a free port with these bytes; returns the port."""
    listeners = []

    def start(answer: bytes) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def serve() -> None:
            while True:
                try:
                    link, _ = listener.accept()
                except OSError:
                    return
                with link:
                    link.recv(4096)
                    link.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        return listener.getsockname()[1]

    yield start
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


@pytest.mark.parametrize(
    ("spec", "answer", "evidence"),
    [
        ("rtsp://me:secret@127.0.0.1:%d/1", b"RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\n\r\n", "those in the address may be wrong"),
        ("http://127.0.0.1:%d/1", b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", "there are none in the address"),
        ("rtsp://127.0.0.1:%d/1", b"RTSP/1.0 404 Not Found\r\nCSeq: 1\r\n\r\n", "It answers 404: nothing is at this address of it"),
        ("http://127.0.0.1:%d/1", b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", "It answers 503, Service Unavailable"),
        (
            "http://127.0.0.1:%d/1",
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>",
            r"It answers with a page \(text/html\), not with pictures",
        ),
        ("http://127.0.0.1:%d/1", b"who are you?\r\n", "Nothing there answers with a video stream"),
    ],
)
def test_an_address_that_cannot_be_opened_says_why(machine, spec: str, answer: bytes, evidence: str) -> None:
    """A wrong password, a wrong path, a page instead of a picture: each wants something else done."""
    camera = Camera(spec % machine(answer), QUICK)
    with pytest.raises(CameraFault, match=rf"cannot be opened\. .*{evidence}") as caught:
        camera.look()
    assert caught.value.condition is Condition.GONE
    assert "secret" not in str(caught.value)


class Locked(BaseHTTPRequestHandler):
    """A camera that wants a login: ``draw`` says what it answers to one; without any it answers 401."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Count logins."""
        self.send_response(self.server.draw() if self.headers["Authorization"] else 401)
        self.send_header("WWW-Authenticate", 'Digest realm="camera", nonce="1"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize(
    ("login", "status", "is_refused"), [("me:wrong@", 401, True), ("me:wrong@", 403, True), ("me:right@", 503, False), ("", 401, False)]
)
def test_a_refused_login_is_told_from_a_camera_that_is_busy(network_camera, login: str, status: int, is_refused: bool) -> None:
    """Asked without its login both answer 401; only what the stream's decoder heard with it tells them apart. One try a look."""
    tries: list[int] = []
    address = network_camera(lambda: tries.append(status) or status, Locked).replace("//", f"//{login}")
    camera = Camera(address, QUICK)
    with pytest.raises(CameraFault, match="cannot be opened") as caught:
        camera.look()
    assert caught.value.login_refused is is_refused
    assert ("many cameras lock out" in str(caught.value)) is is_refused
    assert len(tries) == bool(login)


class LockedStream(StreamRequestHandler):
    """The same over RTSP: each request of a link is answered by 401."""

    def handle(self) -> None:
        """Answer until the other side closes."""
        number = b"1"
        while line := self.rfile.readline():
            if line.lower().startswith(b"cseq:"):
                number = line.split(b":")[1].strip()
            if not line.strip():
                answer = b'RTSP/1.0 401 Unauthorized\r\nCSeq: %s\r\nWWW-Authenticate: Digest realm="camera", nonce="1"\r\n\r\n'
                self.wfile.write(answer % number)


def test_a_refused_login_over_rtsp_is_known(network_camera) -> None:
    """FFmpeg says it in other words there."""
    camera = Camera(network_camera(noisy, LockedStream).replace("http://", "rtsp://me:secret@"), QUICK)
    with pytest.raises(CameraFault) as caught:
        camera.look()
    assert caught.value.login_refused


def test_a_refused_login_is_tried_seldom_and_told_all_the_while(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Every 30 s it locked the camera for good. The program stays, as whoever starts it anew tries as often; and is not taken for dead."""
    hours, tries, told = Hours(), [], []

    def look(_camera: Camera) -> Look:
        tries.append((hours.at - NINE).total_seconds() / 60)
        if len(tries) < 8:
            raise CameraFault(Condition.GONE, "It cannot be opened.", login_refused=True)
        return Look(b"jpeg", hours.at)

    monkeypatch.setattr(Camera, "look", look)
    shots = capture.shots("rtsp://me:secret@10.0.0.7/1", pace=hours.pace, tell=told.append)
    assert next(shots).data == b"jpeg"
    assert tries == [0, 1, 6, 21, 51, 81, 111, 141]
    assert max(b.at - a.at for a, b in pairwise(told)) <= timedelta(minutes=1)
    lines = [record.getMessage() for record in caplog.records if record.name == "boardcast.capture"]
    assert lines == ["It cannot be opened.", "There are pictures again after 7 tries without."]


def test_an_address_whose_machine_is_there_or_not() -> None:
    """Nothing listens at port 9; an invalid name is nobody's; a password with a slash makes an address of no sense."""
    assert why_closed("rtsp://127.0.0.1:9/1", 1.0)[0] == "127.0.0.1 is there, and nothing listens at its port 9."
    assert why_closed("http://camera.invalid/1", 1.0)[0] == 'No machine is known by the name "camera.invalid".'
    for login in ("admin:sec/ret", "admin:p@ss#word", "admin:pass?word"):
        evidence, remedy = why_closed(f"rtsp://{login}@10.0.0.7/1", 1.0)
        assert evidence == "Its host cannot be told: user or password hold signs that mean something else in an address."
        assert "%2F for /" in remedy


def test_a_camera_may_be_named_by_its_file() -> None:
    """As the operator's page calls it, and most programs do; it was taken for a folder that is not there."""
    with pytest.raises(SourceError, match=r"^Camera 997 cannot be opened"):
        next(capture.shots("/dev/video997"))


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ("/dev/video0", "camera 0"),
        ("/dev/shm", "/dev/shm"),
        ("rtsp://admin:p@ssw@rd@10.0.0.7/stream1", "rtsp://10.0.0.7/stream1"),
        ("http://10.0.0.7/snap.cgi?channel=2&usr=admin&pwd=secret", "http://10.0.0.7/snap.cgi?channel=2&usr=...&pwd=..."),
        ("http://10.0.0.7/cam?Token=secret", "http://10.0.0.7/cam?Token=..."),
        ("http://10.0.0.7/at@noon.jpg", "http://10.0.0.7/at@noon.jpg"),
        ("http://10.0.0.7:8080/at@noon.jpg", "http://10.0.0.7:8080/at@noon.jpg"),
        ("rtsp://admin:sec/ret@10.0.0.7/stream1", "rtsp://10.0.0.7/stream1"),
    ],
)
def test_the_name_of_a_source_holds_no_password(spec: str, name: str) -> None:
    """It stands in logs and on the review page. Cameras take passwords with an @, and passwords in the query."""
    assert source_name(spec) == name


def test_a_camera_number_that_is_not_there_is_refused() -> None:
    """The message lists the cameras there are."""
    with pytest.raises(SourceError, match=r"Camera 77 cannot be opened\. Cameras on this machine:"):
        next(capture.shots("77"))


def made(tmp_path: Path, script: str = "") -> Camera:
    """A camera that plays the scene by a script."""
    scene().save(tmp_path / "0.png")
    return Camera("virtual:scene", QUICK, Player(tmp_path, script))


@pytest.mark.parametrize(
    ("act", "condition", "message"),
    [
        ("unplug", Condition.GONE, "cannot be opened"),
        ("silent", Condition.SILENT, "gives no picture"),
        ("slow", Condition.SILENT, "hangs"),
        ("crash", Condition.SILENT, "broke down"),
        ("cover", Condition.COVERED, "shows nothing"),
        ("torn", Condition.GARBLED, "sends torn pictures"),
    ],
)
def test_each_fault_has_a_name_and_ends_with_its_cause(tmp_path: Path, act: str, condition: Condition, message: str) -> None:
    """The next look is a good one again."""
    camera = made(tmp_path, f"play,{act}*2")
    assert camera.look().jpeg
    for _ in range(2):
        with pytest.raises(CameraFault, match=message) as caught:
            camera.look()
        assert caught.value.condition is condition
    assert camera.look().jpeg


def test_a_frozen_picture_with_a_running_clock_is_frozen(tmp_path: Path) -> None:
    """Some cameras write the time over a picture that stands; a sensor's noise would stir all of it."""
    camera = made(tmp_path)
    frame = np.asarray(scene())[:, :, ::-1].copy()
    samples = []
    for second in range(3):
        cv2.putText(clocked := frame.copy(), f"10:00:0{second}", (4, 12), cv2.FONT_HERSHEY_PLAIN, 0.7, (255, 255, 255))
        samples.append(describe(clocked))
    camera._holder = Answers([{"taken_at": 0.0} | said for said in samples])
    camera.look()
    camera.look()
    with pytest.raises(CameraFault, match="is frozen"):
        camera.look()


class Answers:
    """Stands where a camera's process stands and gives these answers."""

    def __init__(self, answers: list[dict]) -> None:
        self.answers = iter(answers)

    def ask(self, *_given: object, **_named: object) -> tuple[dict, bytes]:
        """The next."""
        return next(self.answers), b"jpeg"

    def stop(self) -> None:
        """Nothing is open."""


def test_a_still_scene_under_a_live_sensor_is_not_frozen(tmp_path: Path) -> None:
    """Nobody is in the hall for an hour."""
    camera = made(tmp_path, "hold*120")
    assert all(camera.look().jpeg for _ in range(120))


def test_dark_looks_do_not_count_as_a_freeze(tmp_path: Path) -> None:
    """Without light even the noise may be gone."""
    camera = made(tmp_path, "play,dark*50,play")
    assert [bool(camera.look().dark) for _ in range(52)] == [False, *[True] * 50, False]


def test_a_look_is_the_mean_of_frames_in_which_nothing_moved() -> None:
    """Four of them halve the noise."""
    clean = np.asarray(scene())[:, :, ::-1].astype(np.float32)
    frames = [np.clip(clean + np.random.default_rng(n).normal(0, 6, clean.shape), 0, 255).astype(np.uint8) for n in range(4)]
    mean = combine(frames, QUICK)
    middle = (clean > 30) & (clean < 225)  # where noise is not cut off
    noise = [float(np.std((image - clean)[middle])) for image in (frames[0], mean)]
    assert all(are_still(frame, frames[0], QUICK) for frame in frames[1:])
    assert noise[1] < 0.6 * noise[0]


def test_a_look_in_which_something_moved_is_its_sharpest_frame() -> None:
    """A mean would show a hand as a ghost, and ink twice after a shake."""
    sharp = np.kron(np.random.default_rng(0).integers(0, 2, (60, 80)) * 200, np.ones((4, 4)))[:, :, None].repeat(3, axis=2).astype(np.uint8)
    sharp[:80] = 180  # a wall above the writing
    shaken, blurred = np.roll(sharp, 1, axis=1), cv2.GaussianBlur(sharp, (0, 0), 2)
    assert combine([blurred, sharp, shaken], QUICK) is not None
    assert not are_still(sharp, shaken, QUICK)
    assert np.array_equal(combine([blurred, sharp, blurred], QUICK), sharp)


def test_torn_frames_are_left_out() -> None:
    """One whole frame of a look is enough; glare at the bottom is no tear."""
    whole = np.asarray(scene())[:, :, ::-1].copy()
    torn, glare = whole.copy(), whole.copy()
    torn[120:], glare[200:] = 128, 255
    assert np.array_equal(combine([torn, whole, torn], QUICK), whole)
    assert combine([torn], QUICK) is None
    assert combine([glare], QUICK) is glare


class Hours:
    """A clock that only waiting moves."""

    def __init__(self) -> None:
        self.at = NINE
        self.waits: list[float] = []

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.waits.append(seconds)
        self.at += timedelta(seconds=seconds)

    @property
    def pace(self) -> Pace:
        """What sources take it as."""
        return Pace(lambda: self.at, self.wait)


def play(tmp_path: Path, script: str, every_s: float = 30.0) -> tuple[Iterator[Shot], Hours, list[Report]]:
    """The shots of a virtual camera, its clock, and what it tells."""
    scene().save(tmp_path / "0.png")
    hours, told = Hours(), []
    return capture.shots(f"virtual:{tmp_path}?script={script}", every_s, pace=hours.pace, tell=told.append), hours, told


def test_a_camera_that_fails_later_waits_longer_each_time(tmp_path: Path) -> None:
    """After the first picture nothing raises: failures are waited out, never longer than the time between two looks."""
    shots, hours, told = play(tmp_path, "play,unplug*7")
    next(shots), next(shots)
    assert hours.waits == [30.0, 1.0, 2.0, 5.0, 10.0, 30.0, 30.0, 30.0]
    assert [report.condition for report in told] == [Condition.LOOKING, *[Condition.GONE] * 7, Condition.LOOKING]


@pytest.mark.parametrize("every_s", [30.0, 120.0])
@pytest.mark.parametrize("fault", ["unplug*40", "freeze*40", "slow*40", "torn*40", "cover*40", "dark*40"])
def test_a_camera_that_is_back_is_seen_within_two_looks(tmp_path: Path, fault: str, every_s: float) -> None:
    """However long it was away."""
    shots, hours, told = play(tmp_path, f"play*2,{fault}", every_s)
    next(shots), next(shots)
    while (shot := next(shots, None)) and told[-2].condition is Condition.LOOKING:  # a freeze is believed at its third picture
        assert shot.data
    assert sum(hours.waits[-1:]) <= every_s
    assert told[-1].condition is Condition.LOOKING


def test_the_log_has_a_line_for_each_change_and_not_for_each_try(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A camera that is away for a night must not fill a disk."""
    shots, _, _ = play(tmp_path, "play,unplug*500,slow*500,play")
    next(shots), next(shots)
    lines = [record.getMessage() for record in caplog.records if record.name == "boardcast.capture"]
    assert len(lines) == 3
    assert lines[-1] == "There are pictures again after 500 tries without."


def test_a_script_that_makes_no_sense_is_refused(tmp_path: Path) -> None:
    """With the acts there are."""
    scene().save(tmp_path / "0.png")
    with pytest.raises(SourceError, match=r'The script says "frieze\*2"\. Acts are: play, hold, freeze'):
        capture.shots(f"virtual:{tmp_path}?script=play,frieze*2")
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match="holds no photo"):
        capture.shots(f"virtual:{tmp_path / 'empty'}")


def test_a_virtual_camera_plays_its_photos_in_order_and_stays_on_the_last(tmp_path: Path) -> None:
    """So that a folder of a day's photos is a day."""
    scene().transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(tmp_path / "1.png")
    camera = made(tmp_path)
    tops = [corners(capture.decode(camera.look().jpeg, "look.jpg").image)[0] for _ in range(3)]
    assert tops == ["red", "lime", "lime"]


def test_a_folder_that_comes_back_is_looked_at_again(tmp_path: Path) -> None:
    """A share or a memory card that was away for a while; what was handed out before is not handed out again."""
    folder, away, hours, told = tmp_path / "card", tmp_path / "away", Hours(), []
    folder.mkdir()
    (folder / "a.jpg").write_bytes(with_exif(DateTimeOriginal="2024:05:17 10:00:00"))

    def wait(seconds: float) -> None:
        hours.wait(seconds)
        if len(hours.waits) == 3:
            folder.rename(away)
        if len(hours.waits) == 6:
            away.rename(folder)
            (folder / "b.jpg").write_bytes(with_exif(DateTimeOriginal="2024:05:17 11:00:00"))

    shots = capture.shots(str(folder), pace=Pace(lambda: hours.at, wait), tell=told.append)
    assert [next(shots).name, next(shots).name] == ["a.jpg", "b.jpg"]
    assert [report.condition for report in told].count(Condition.GONE) == 3
    assert told[-1].condition is Condition.LOOKING
