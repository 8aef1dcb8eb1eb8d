"""A mounted camera that somebody moved: small moves are followed, a part of the board is no reading, and turned back it is well again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
from close_scenes import CloseScene, Shot, Wish, close_scene
from kept import card, fresh_store, inbox_of, ingest

from calibration.chart import Chart
from calibration.reference import make_reference
from calibration.rig import Cell, Rig
from digitizer import capture
from digitizer.capturing.health import Condition
from digitizer.capturing.sources import Pace, shots
from digitizer.errors import BoardcastError, BoardNotFound, CameraMoved
from digitizer.event import Event
from digitizer.model import Digitization, Photo, Status
from digitizer.turned import why_not_whole
from webapp.arrivals import _failure
from webapp.cameras import MOVED_LOOKS, Camera
from webapp.ingest import Ingest, default_ingest
from webapp.store import Store, open_store
from webapp.values import BY_HAND, MOUNTED, CameraState

NINE = datetime(2024, 5, 17, 9, tzinfo=UTC)
WHOLE, NUDGED = Shot(), Shot(centre=(0.53, 0.48), width=1.36, roll_deg=1.5)
PART = Shot(centre=(0.25, 0.5), width=0.62)
REFUSED = BoardNotFound("The board was not found.")


class Tripod:
    """A virtual camera on a tripod that plays photos of a board, and what the organizers are told, look by look."""

    def __init__(self, folder: Path, store: Store, reader: Ingest, photos: Sequence[Photo], script: str) -> None:
        played = folder / "photos"
        played.mkdir()
        for number, photo in enumerate(photos):
            cv2.imwrite(str(played / f"{number}.png"), photo.image)
        self.store, self.reader, self.now = store, reader, NINE
        pace = Pace(lambda: self.now, self.wait)
        self.camera = Camera(store, "main", "camera 0", 30.0, pace)
        self.coming = shots(f"virtual:{played}?script={script}", 30.0, pace=pace, tell=self.camera)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    def read(self, photo_id: int) -> BoardcastError | None:
        """Read what waits, as a program does that has to ask the worker of another."""
        self.reader.drain()
        return _failure(self.store.photo(photo_id))

    def look(self) -> CameraState:
        """Take one photo."""
        self.camera.take(replace(next(self.coming), taken_at=self.now), self.read)
        return self.store.cameras()[0]


@pytest.fixture(scope="module")
def scene() -> CloseScene:
    """A small board of a dozen cells."""
    return close_scene(5, Wish(rows=3, columns=4, px_per_mm=4.0, size_px=(1300, 975)))


def reference_of(scene: CloseScene) -> Rig:
    """The board as it was calibrated from the whole photo."""
    pose = np.linalg.inv(scene.photo_from_board(WHOLE))
    return Rig("main", scene.layout, make_reference(scene.photo(WHOLE).image, pose / pose[2, 2], scene.layout))


@pytest.mark.parametrize("calibrated", [True, False])
def test_a_camera_that_was_turned_is_told_suspended_and_recovers(scene: CloseScene, tmp_path: Path, calibrated: bool) -> None:
    """A nudge and a zoom are followed; a part of the board changes nothing and ends in "moved"; turned back it sees the board at once."""
    store = open_store(f"sqlite:///{tmp_path / 'board.db'}", Event("Tripod", "UTC", "", 60, (scene.board,)))
    if calibrated:
        store.save_rig("main", reference_of(scene))
    photos = [scene.photo(shot, name) for shot, name in ((WHOLE, "0"), (NUDGED, "1"), (PART, "2"), (WHOLE, "3"))]
    tripod = Tripod(tmp_path, store, default_ingest(store), photos, "play,play,play,hold*3,play")
    assert tripod.look().condition is Condition.LOOKING
    assert tripod.look().condition is Condition.LOOKING
    before = store.schedule("main")
    told = [tripod.look() for _ in range(4)]
    assert [state.condition for state in told] == [Condition.UNREAD] * (MOVED_LOOKS - 1) + [Condition.MOVED] * 2
    assert "sees only a part of the board" in told[-1].message
    assert "Turn it back" in told[-1].message
    assert store.schedule("main") == before
    assert tripod.look().condition is Condition.LOOKING
    after = store.schedule("main")
    assert {entry.id for entry in after.entries} == {entry.id for entry in before.entries}
    assert {entry.status for entry in after.entries} == {Status.LIVE}
    assert max(after.cells_seen_at.values()) > max(before.cells_seen_at.values())


def test_only_phones_may_send_a_part(scene: CloseScene, tmp_path: Path) -> None:
    """The same photo, uploaded, is placed on what is known of the board."""
    store = open_store(f"sqlite:///{tmp_path / 'board.db'}", Event("Parts", "UTC", "", 60, (scene.board,)))
    reader = default_ingest(store)
    for shot, source in ((WHOLE, MOUNTED), (PART, "phone of ada"), (PART, MOUNTED)):
        photo = scene.photo(shot, source)
        data = cv2.imencode(".png", photo.image)[1].tobytes()
        store.receive("main", data, source, NINE + timedelta(minutes=len(inbox_of(store))), source)
        reader.drain()
    moved, part, whole = inbox_of(store)
    assert (moved.error, part.error, whole.error) == ("CameraMoved", None, None)
    assert "A part of the board:" in part.message


def seen(image: np.ndarray) -> Photo:
    """A photo, and nothing known of it."""
    data = cv2.imencode(".png", image)[1].tobytes()
    return capture.decode(data, "camera.png", NINE)


def nothing_known() -> Chart | None:
    """A board that was never seen whole."""
    return None


class Anchored:
    """As much of the last look as a comparison asks for."""

    def __init__(self, photo: Photo) -> None:
        self.anchor = photo


def last_look(photo: Photo) -> Digitization:
    """The last whole look at a board."""
    return Anchored(photo)  # type: ignore[return-value]  only its anchor is asked for


def test_a_camera_turned_to_something_else_was_moved(scene: CloseScene) -> None:
    """Nothing of its last good look is left."""
    other = close_scene(9, Wish(rows=4, columns=3, style="cork-tape", px_per_mm=4.0, size_px=(1300, 975))).photo(Shot(width=1.1))
    error = why_not_whole(seen(other.image), REFUSED, nothing_known, last_look(seen(scene.photo(WHOLE).image)))
    assert isinstance(error, CameraMoved)
    assert "does not see the whole board" in str(error)


def test_people_before_a_camera_that_stands_still_did_not_move_it(scene: CloseScene) -> None:
    """They hide most of the board, and leave its edges: the refusal stays what it is."""
    photo = scene.photo(WHOLE).image
    crowd = photo.copy()
    crowd[140:, 160:1150] = (60, 70, 90)
    assert why_not_whole(seen(crowd), REFUSED, nothing_known, last_look(seen(photo))) is REFUSED


def test_a_camera_that_has_seen_nothing_yet_was_not_moved(scene: CloseScene) -> None:
    """There is nothing to hold its picture against."""
    assert why_not_whole(seen(scene.photo(PART).image), REFUSED, nothing_known, None) is REFUSED


def test_somebody_who_adjusts_a_camera_is_not_told_that_it_was_moved(tmp_path: Path, scene: CloseScene) -> None:
    """Two looks elsewhere are no state that lasts, and a good one begins the count anew."""
    store = fresh_store(tmp_path)
    moved, good = CameraMoved("The camera was moved."), [card("Choir", Cell(2, 1))]
    reader = ingest(store, good, moved, moved, good, moved, moved, moved)
    tripod = Tripod(tmp_path, store, reader, [scene.photo(WHOLE)], "play")
    tripod.camera.board_id = "friday"
    told = [tripod.look().condition for _ in range(7)]
    assert told == [Condition.LOOKING, *[Condition.UNREAD] * 2, Condition.LOOKING, *[Condition.UNREAD] * 2, Condition.MOVED]


@pytest.mark.parametrize(("by_hand", "source"), [(True, BY_HAND), (False, MOUNTED)])
def test_a_folder_of_photos_taken_by_hand_is_no_fixed_camera(tmp_path: Path, scene: CloseScene, by_hand: bool, source: str) -> None:
    """The inbox knows the one from the other."""
    store = fresh_store(tmp_path)
    tripod = Tripod(tmp_path, store, ingest(store, [card("Choir", Cell(2, 1))]), [scene.photo(WHOLE)], "play")
    tripod.camera.board_id, tripod.camera.by_hand = "friday", by_hand
    tripod.look()
    assert [photo.source for photo in inbox_of(store)] == [source]
