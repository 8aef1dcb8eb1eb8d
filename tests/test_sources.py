"""Sources: watched folders, cameras and streams, and how they fail."""

import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import numpy as np
import pytest
from pictures import corners, scene, with_exif
from PIL import Image

from digitizer import capture
from digitizer.capturing.camera import Camera, source_name
from digitizer.capturing.folder import Folder
from digitizer.capturing.health import CameraFault, Condition, Report
from digitizer.capturing.shown import are_still, combine, describe
from digitizer.capturing.sources import Pace, Shot
from digitizer.capturing.virtual import Player
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


def test_names_in_another_code_can_be_stored_and_known_again(tmp_path: Path) -> None:
    """Latin-1, as old cameras and shares write it: such a name ended the watch, at each start anew."""
    for hour, letter in ((10, b"\xf6"), (12, b"\xfc")):
        taken = with_exif(DateTimeOriginal=f"2024:05:17 {hour}:00:00")
        (tmp_path / os.fsdecode(b"H" + letter + str(hour).encode() + b".jpg")).write_bytes(taken)
    shots = capture.shots(str(tmp_path), pace=Hours().pace, known_until=datetime(2024, 5, 17, 11, tzinfo=UTC))
    assert next(shots).name == "H\ufffd12.jpg"


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


def test_an_address_where_nothing_answers_is_refused_without_its_password() -> None:
    """The message stands in logs: it must not carry what was in the address."""
    with pytest.raises(SourceError, match=r"^The stream http://127\.0\.0\.1:9/cam cannot be opened") as error:
        next(capture.shots("http://me:secret@127.0.0.1:9/cam"))
    assert "secret" not in str(error.value)


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
        self.at = datetime(2024, 5, 17, 9, tzinfo=UTC)
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
