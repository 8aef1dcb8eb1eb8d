"""Cameras that are left alone for days: what the organizers are told, what is kept, and that nothing grows."""

import gc
import logging
import threading
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import pytest
from kept import Plain, card, digitization, inbox_of, ingest
from lxml import html as markup
from made_up import config
from pictures import scene
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from visitors import enter

from calibration.rig import Cell
from digitizer.capturing.health import Condition, Report
from digitizer.capturing.sources import Pace, Shot, shots
from digitizer.errors import BoardNotFound
from webapp import create_app
from webapp.cameras import Camera
from webapp.ingest import Ingest
from webapp.review.cameras import view
from webapp.values import CameraState, PhotoState, SessionStatus

GAMES = card("Board games", Cell(1, 0), "@sam")
NINE = datetime(2024, 5, 17, 9, tzinfo=UTC)


class Hall:
    """A virtual camera before a board, a worker whose reading is scripted, and a clock that only waiting moves."""

    def __init__(self, folder, reader: Ingest, script: str):
        photos = folder / "photos"
        photos.mkdir()
        scene().save(photos / "0.png")
        self.store, self.reader, self.now = reader.store, reader, NINE
        self.history: list[CameraState] = []
        pace = Pace(lambda: self.now, self.wait)
        self.camera = Camera(self.store, "friday", "camera 0", 30.0, pace)
        self.coming = shots(f"virtual:{photos}?script={script}", 30.0, pace=pace, tell=self.hear)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    def hear(self, report: Report) -> None:
        """What the source says goes to the store, and its row is looked at."""
        self.camera(report)
        self.look_up()

    def look_up(self) -> None:
        """Note what the organizers would see."""
        self.history += self.store.cameras()

    def read(self, photo_id: int):
        """Read what waits."""
        return self.reader.drain().get(photo_id)

    def watch(self, looks: int) -> None:
        """Take so many photos."""
        for _, shot in zip(range(looks), self.coming, strict=False):
            self.camera.take(Shot(shot.data, shot.name, self.now), self.read)
            self.look_up()

    @property
    def conditions(self) -> list[Condition]:
        """The conditions that were seen, each once in a row."""
        seen = [state.condition for state in self.history]
        return [one for one, before in zip(seen, [None, *seen[:-1]], strict=True) if one is not before]


def hall(tmp_path, store, script: str, shows: int = 50) -> Hall:
    """A camera by script before a board on which one card hangs."""
    return Hall(tmp_path, ingest(store, *[[GAMES]] * shows), script)


@pytest.mark.parametrize(
    ("fault", "condition"),
    [
        ("freeze*9", Condition.FROZEN),
        ("unplug*9", Condition.GONE),
        ("silent*9", Condition.SILENT),
        ("slow*9", Condition.SILENT),
        ("crash*9", Condition.SILENT),
        ("dark*9", Condition.DARK),
        ("cover*9", Condition.COVERED),
        ("torn*9", Condition.GARBLED),
        ("garbage*9", Condition.GARBLED),
    ],
)
def test_each_fault_is_a_clear_state_and_ends_with_it(tmp_path, store, fault, condition, caplog):
    """The organizers see which, since when and what to do; the session stays; the first good look ends it."""
    watched = hall(tmp_path, store, f"play*2,{fault},play*2")
    watched.watch(13 if fault.startswith("garbage") else 5 if fault.startswith("freeze") else 4)
    assert watched.conditions == [Condition.LOOKING, condition, Condition.LOOKING]
    told = next(state for state in watched.history if state.condition is condition)
    assert told.message
    assert told.since > NINE
    assert [session.title for session in store.published("friday")] == ["Board games"]
    assert {photo.state for photo in inbox_of(store)} == {PhotoState.READ}
    assert "Traceback" not in caplog.text


def test_a_camera_that_sees_no_board_says_so(tmp_path, store):
    """It was turned away; the photos' own message is told, the schedule stays, the next good look makes it up."""
    lost = BoardNotFound("Found 1 of 4 lines.", remedy="Turn the camera back.")
    watched = Hall(tmp_path, ingest(store, [GAMES], lost, lost, lost, [GAMES]), "play")
    watched.watch(5)
    assert watched.conditions == [Condition.LOOKING, Condition.UNREAD, Condition.LOOKING]
    assert "Turn the camera back." in next(state.message for state in watched.history if state.condition is Condition.UNREAD)
    assert len(store.published("friday")) == 1


def test_a_photo_is_brought_in_again_while_the_database_is_out_of_order(tmp_path, store, monkeypatch):
    """A full disk is emptied by somebody in the end: the photo of a folder must not be lost meanwhile."""
    watched, receive, tries = hall(tmp_path, store, "play"), store.receive, iter(range(9))

    def full(*given, **named):
        if next(tries) < 4:
            raise OperationalError("INSERT", {}, Exception("database or disk is full"))
        return receive(*given, **named)

    monkeypatch.setattr(store, "receive", full)
    watched.watch(1)
    assert [photo.state for photo in inbox_of(store)] == [PhotoState.READ]
    assert watched.now - NINE == timedelta(seconds=1 + 5 + 30 + 30)


def test_a_watch_that_cannot_write_how_it_fares_goes_on(tmp_path, store, monkeypatch):
    """The photos matter more."""
    watched = hall(tmp_path, store, "play")
    monkeypatch.setattr(store, "report_camera", lambda *_, **__: (_ for _ in ()).throw(OperationalError("", {}, Exception("locked"))))
    watched.watch(2)
    assert len(inbox_of(store)) == 2


def test_ending_the_program_is_told(tmp_path, store):
    """Whoever looks later knows that it was meant."""
    watched = hall(tmp_path, store, "play")

    def ended() -> Iterator[Shot]:
        yield next(watched.coming)
        raise SystemExit(0)

    with pytest.raises(SystemExit):
        watched.camera.watch(ended(), watched.read)
    assert store.cameras()[0].condition is Condition.STOPPED


def test_a_program_that_says_nothing_any_more_is_told(store):
    """The last thing it said was that all is well."""
    store.report_camera("friday", "camera 0", Report(Condition.LOOKING, NINE), 30.0, seen_at=NINE)
    (state,) = store.cameras()
    assert view(state, NINE + timedelta(seconds=100)).word == "sees the board"
    late = view(state, NINE + timedelta(minutes=4))
    assert (late.word, late.tone, late.since) == ("not heard of", "bad", NINE)
    slow = CameraState("friday", "camera 0", Condition.LOOKING, NINE, NINE, NINE, 600.0, "")
    assert view(slow, NINE + timedelta(minutes=30)).tone == "ok"


def test_a_photo_that_waits_behind_many_others_is_no_sign_that_the_program_died(tmp_path, store, monkeypatch):
    """A hundred photos of phones before it take minutes: the organizers were told to start the program again, though it ran."""
    monkeypatch.setattr("webapp.cameras.HEARTBEAT", timedelta(milliseconds=1))
    watched, heard, report = hall(tmp_path, store, "play"), threading.Event(), store.report_camera
    shot = next(watched.coming)

    def listen(*given, **named):
        report(*given, **named)
        if store.cameras()[0].heard_at >= NINE + timedelta(minutes=5):
            heard.set()

    def read(photo_id: int):
        monkeypatch.setattr(store, "report_camera", listen)
        watched.wait(300)
        assert heard.wait(20)
        (state,) = store.cameras()
        assert view(state, watched.now).word == "waits for its first photo"
        return watched.read(photo_id)

    watched.camera.take(Shot(shot.data, shot.name, NINE), read)
    assert store.cameras()[0].seen_at == NINE


def test_a_photo_that_cannot_be_read_is_told_to_the_organizers(tmp_path, store):
    """The page said that all is well, and waited for the first photo."""
    watched = hall(tmp_path, store, "play")
    watched.camera.take(Shot(b"", "a.jpg", NINE, "a.jpg is there and cannot be read: Permission denied."), watched.read)
    (state,) = store.cameras()
    assert (state.condition, state.message) == (Condition.GARBLED, "a.jpg is there and cannot be read: Permission denied.")
    watched.watch(1)
    assert store.cameras()[0].condition is Condition.LOOKING


def test_a_camera_whose_clock_is_an_hour_slow_is_told_once_a_phone_has_sent_a_photo(tmp_path, store):
    """Each of its photos counted as older than the phone's, for an hour, and the page said that all is well. A right clock ends it."""
    watched = hall(tmp_path, store, "play")
    shot, slow = next(watched.coming), timedelta(hours=1)

    def take(late: timedelta) -> Condition:
        watched.wait(30)
        watched.camera.take(Shot(shot.data, shot.name, watched.now - late), watched.read)
        return store.cameras()[0].condition

    assert [take(slow) for _ in range(4)] == [Condition.LOOKING] * 4
    store.receive("friday", shot.data, "phone.jpg", watched.now, "phone")
    watched.reader.drain()
    assert [take(slow) for _ in range(4)] == [Condition.LOOKING] * 2 + [Condition.EARLY] * 2
    assert "dated 60 minutes before they come" in store.cameras()[0].message
    assert [take(timedelta(0)) for _ in range(2)] == [Condition.LOOKING] * 2
    assert len(store.published("friday")) == 1


def test_a_source_has_one_row_and_is_forgotten_in_the_end(store):
    """However often it fails, and when another takes its place."""
    for minute in range(200):
        condition = Condition.GONE if minute % 2 else Condition.LOOKING
        store.report_camera("friday", "camera 0", Report(condition, NINE + timedelta(minutes=minute), "why"), 30.0)
    assert len(store.cameras()) == 1
    store.report_camera("friday", "camera 1", Report(Condition.LOOKING, NINE + timedelta(days=3)), 30.0)
    assert [state.source for state in store.cameras()] == ["camera 1"]


def test_pages_hear_of_a_new_condition_and_not_of_each_look(store):
    """The revision is what open pages wait for."""
    store.report_camera("friday", "camera 0", Report(Condition.LOOKING, NINE), 30.0)
    before = store.revision()
    store.report_camera("friday", "camera 0", Report(Condition.LOOKING, NINE + timedelta(minutes=1)), 30.0)
    assert store.revision() == before
    store.report_camera("friday", "camera 0", Report(Condition.FROZEN, NINE + timedelta(minutes=2), "It is frozen."), 30.0)
    assert store.revision() != before


@pytest.fixture
def organizer(tmp_path, store):
    """A browser that has logged in."""
    browser = create_app(config(tmp_path / "board.db"), store).test_client()
    enter(browser)
    return browser


@pytest.mark.parametrize("condition", list(Condition))
def test_the_review_page_shows_how_a_camera_fares(organizer, store, condition):
    """Which camera, what state, since when, what to do next."""
    at = datetime.now(UTC)
    store.report_camera("friday", "camera 0", Report(condition, at, "Camera 0 is as it is. Do <this>."), 30.0, seen_at=at)
    shown = markup.fromstring(organizer.get("/review/inbox").data).xpath("//div[contains(@class, 'camera')]")[0]
    words = " ".join(shown.text_content().split())
    assert "camera 0" in words
    assert "Do <this>." in words
    assert view(store.cameras()[0], at).word in words
    assert ("since" in words) == (condition is not Condition.LOOKING)


def test_a_source_that_was_only_tried_is_not_asked_after(organizer, store):
    """Found in use: a mistyped number stood on the page for days, in red, and was to be started again. One that gave photos stays."""
    now = datetime.now(UTC)
    for source, heard_at, seen_at in (("camera 7", now, None), ("camera 8", now - timedelta(minutes=9), None), ("camera 9", now, now)):
        store.report_camera("friday", source, Report(Condition.GONE, heard_at, "It cannot be opened."), 30.0, seen_at=seen_at)
    store.report_camera("friday", "photos", Report(Condition.LOOKING, now - timedelta(minutes=9)), 30.0)
    store.report_camera("friday", "camera 9", Report(Condition.GONE, now - timedelta(minutes=9), "It cannot be opened."), 30.0)
    shown = markup.fromstring(organizer.get("/review/inbox").data).xpath("//div[contains(@class, 'camera')]//strong/text()")
    assert shown == ["camera 7", "camera 9", "photos"]


def test_a_source_that_nobody_watches_any_more_can_be_put_away(organizer, store):
    """A test of the morning stood in red all day. One that is watched has no such button; one put away that speaks again is back."""
    now = datetime.now(UTC)
    for source, minutes_ago in (("camera 0", 0), ("<photos>", 9)):
        store.report_camera("friday", source, Report(Condition.LOOKING, now - timedelta(minutes=minutes_ago)), 30.0, seen_at=now)
    forms = markup.fromstring(organizer.get("/review/inbox").data).xpath("//div[contains(@class, 'camera')]//form")
    assert [form.fields["source"] for form in forms] == ["<photos>"]
    before = store.revision()
    assert organizer.post(forms[0].action, data=dict(forms[0].fields)).status_code == 302
    assert [state.source for state in store.cameras()] == ["camera 0"]
    assert store.revision() != before
    store.report_camera("friday", "<photos>", Report(Condition.LOOKING, now), 30.0)
    assert len(store.cameras()) == 2


def test_a_camera_that_failed_all_night_is_one_line_in_the_inbox(organizer, store):
    """Only its latest photo can matter; photos of people are all listed."""
    for minute, source in enumerate(("upload by Eva", "watch", "watch", "watch")):
        store.failed(store.receive("friday", b"jpeg", f"{minute}.jpg", NINE + timedelta(minutes=minute), source), "Found no board.")
    names = markup.fromstring(organizer.get("/review/inbox").data).xpath("//div[@class='failed']//strong/text()")
    assert names == ["3.jpg", "0.jpg"]


def test_looks_without_a_change_grow_neither_memory_nor_database(store, monkeypatch, caplog):
    """A hundred more leave both as large as they were."""
    caplog.set_level(logging.WARNING, "boardcast")  # what is logged is kept by the test, line upon line
    monkeypatch.setattr("webapp.store.inbox.KEPT_PHOTOS", 20)
    frame = cv2.imencode(".jpg", np.asarray(scene())[:, :, ::-1])[1].tobytes()
    reader = Ingest(
        store,
        lambda photo, board, _rig, _before, _charted: digitization(photo, board, (GAMES,)),
        lambda *_: Plain(np.full((60, 90, 3), 180, np.uint8)),
    )
    camera = Camera(store, "friday", "camera 0", 30.0)

    def watch(first: int, count: int) -> tuple[int, int]:
        """So many looks; bytes of Python's memory and pages of the database after them."""
        for number in range(first, first + count):
            at = NINE + timedelta(seconds=30 * number)
            camera(Report(Condition.LOOKING, at))
            camera.take(Shot(frame, f"{number}.jpg", at), lambda photo_id: reader.drain().get(photo_id))
        gc.collect()
        with store.engine.connect() as connection:
            pages = connection.execute(text("PRAGMA page_count")).scalar()
            assert connection.execute(text("SELECT count(*) FROM looks")).scalar() == 1
            assert connection.execute(text("SELECT count(*) FROM log")).scalar() == 1
        return tracemalloc.get_traced_memory()[0], pages

    watch(0, 30)  # until old lines of the inbox make room for new ones
    tracemalloc.start()
    try:
        before, pages = watch(30, 10)
        after, pages_after = watch(40, 100)
    finally:
        tracemalloc.stop()
    assert after - before < 100 * 1000  # bytes a look: caches fill for a while; the picture of a single look has 230,000
    assert pages_after <= pages + 2


def test_on_the_next_day_a_camera_that_was_left_running_cancels_nothing(tmp_path, store, caplog):
    """Saturday's cards hang before the camera that watches for Friday: Friday stays, and the organizers are told what to start."""
    other = card("Tea ceremony", Cell(2, 1), "@kim")
    watched = Hall(tmp_path, ingest(store, [GAMES], [GAMES], *[[other]] * 20), "play")
    watched.watch(2)
    watched.now = datetime(2024, 5, 18, 13, tzinfo=UTC)  # 09:00 on Saturday
    watched.watch(9)
    assert [(session.title, session.status) for session in store.published("friday")] == [("Board games", SessionStatus.CONFIRMED)]
    assert watched.conditions == [Condition.LOOKING, Condition.OVER]
    told = view(watched.history[-1], watched.now)
    assert "--board saturday" in told.advice
    assert (told.word, told.tone) == ("its day is over", "bad")
    assert len([line for line in caplog.messages if "--board saturday" in line]) == 1


@pytest.mark.parametrize("now", [datetime(2024, 5, 18, 3, 30, tzinfo=UTC), datetime(2024, 5, 20, 15, tzinfo=UTC)])
def test_a_board_is_read_until_another_day_begins(tmp_path, store, now):
    """At 23:30 of its own day, and after the last day of all, when nobody else's cards can hang there."""
    watched = hall(tmp_path, store, "play")
    watched.now = now
    watched.watch(2)
    assert watched.conditions == [Condition.LOOKING]
    assert len(store.published("friday")) == 1


def test_a_board_of_tomorrow_is_read_and_the_organizers_are_told(tmp_path, store, caplog):
    """Friday's cards hang before the camera that was started for Saturday: they were read onto it without a word. At midnight it ends."""
    watched = hall(tmp_path, store, "play")
    watched.camera.board_id = "saturday"
    watched.watch(3)
    (state,) = store.cameras()
    assert (state.condition, state.seen_at) == (Condition.AHEAD, watched.now)
    told = view(state, watched.now)
    assert (told.word, told.tone) == ("reads for a later day", "bad")
    assert told.advice.startswith('Board "saturday" is that of Saturday, 18 May, and today is the day of "friday".')
    assert told.advice.endswith('start "boardcast watch" again with --board friday.')
    assert len([line for line in caplog.messages if "--board friday" in line]) == 1
    assert [session.title for session in store.published("saturday")] == ["Board games"]
    watched.now = datetime(2024, 5, 18, 4, 30, tzinfo=UTC)  # half past midnight
    watched.watch(1)
    assert store.cameras()[0].condition is Condition.LOOKING


def test_a_board_of_tomorrow_that_cannot_be_read_says_so_first(tmp_path, store):
    """What is wrong with its photos matters more; the page does not go to and fro between the two."""
    lost = BoardNotFound("Found 1 of 4 lines.")
    watched = Hall(tmp_path, ingest(store, [GAMES], lost, lost, lost, [GAMES]), "play")
    watched.camera.board_id = "saturday"
    watched.watch(5)
    assert watched.conditions == [Condition.AHEAD, Condition.UNREAD, Condition.AHEAD]


@pytest.mark.parametrize("now", [datetime(2024, 5, 16, 20, tzinfo=UTC), datetime(2024, 5, 18, 4, 30, tzinfo=UTC)])
def test_a_board_is_not_said_to_be_early_where_it_is_nobody_elses_day(tmp_path, store, now):
    """The evening before the first day, and the night after midnight: no other board's cards can hang there."""
    watched = hall(tmp_path, store, "play")
    watched.camera.board_id, watched.now = ("friday" if now.day == 16 else "saturday"), now
    watched.watch(2)
    assert watched.conditions == [Condition.LOOKING]
