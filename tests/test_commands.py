"""Commands that keep the schedule: ingest, watch, export. The engines are scripted; what the commands do around them is real."""

import io
import json
import logging
import os
import re
import signal
from datetime import UTC, datetime, timedelta

import pytest
from click import Context
from click.testing import CliRunner
from kept import card, inbox_of, ingest, jpeg
from made_up import EVENT_TOML, config, event
from pictures import with_exif

from calibration.rig import Cell, Layout, Rig
from calibration.rigfile import save_rig
from digitizer.capture import Shot
from digitizer.capturing.health import Condition
from digitizer.cli import cli
from digitizer.errors import BoardNotFound
from webapp.arrivals import in_order
from webapp.db import open_engine
from webapp.jobs import only_worker
from webapp.store import open_store, stored_event
from webapp.values import SessionStatus

GAMES = card("Board games", Cell(1, 0), "@sam")
CHOIR = card("Choir", Cell(2, 1))


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """A folder with an event and photos, and a command line whose eyes see what they are told to."""
    return Bench(tmp_path, monkeypatch)


class Bench:
    """Runs commands in a folder of their own."""

    def __init__(self, folder, monkeypatch):
        self.folder, self.monkeypatch = folder, monkeypatch
        self.url = f"sqlite:///{folder / 'board.db'}"
        (folder / "event.toml").write_text(EVENT_TOML, encoding="utf-8")

    def sees(self, *shows):
        """What the next photos show."""
        self.monkeypatch.setattr("webapp.arrivals.default_ingest", lambda store, *_: ingest(store, *shows))

    def photo(self, name, data=None, modified=None):
        """A photo file, with a time of its own where given."""
        path = self.folder / name
        path.write_bytes(jpeg() if data is None else data)
        if modified:
            os.utime(path, (modified.timestamp(), modified.timestamp()))
        return path

    def run(self, name, *arguments, board="friday"):
        """Run a command on the event."""
        given = [name, *map(str, arguments), "--event", str(self.folder / "event.toml"), "--db", self.url]
        given += ["--board", board] if board else []
        return CliRunner().invoke(cli, given, prog_name="boardcast")

    def export(self, *arguments):
        """Run export with nothing but the database."""
        return CliRunner().invoke(cli, ["export", "--db", self.url, *arguments], prog_name="boardcast")

    @property
    def store(self):
        """The store behind it."""
        return open_store(self.url, event())


def test_ingest_reads_photos_in_the_order_given_where_they_tell_no_time(bench):
    """Files that were copied have times that mean nothing."""
    bench.sees([GAMES], [GAMES, CHOIR])
    late, early = datetime(2024, 5, 17, 15, tzinfo=UTC), datetime(2024, 5, 17, 12, tzinfo=UTC)
    result = bench.run("ingest", bench.photo("a.jpg", modified=late), bench.photo("b.jpg", modified=early))
    assert result.exit_code == 0, result.stderr
    assert "2 sessions on board friday" in result.stderr
    assert {s.title for s in bench.store.published()} == {"Board games", "Choir"}
    assert bench.store.looked_at("friday") == late


def test_photos_that_tell_their_time_are_read_in_that_order(bench):
    """Whatever they are called; where one of them tells none, all stay as they were given."""
    late, early = (bench.photo(f"{hour}.jpg", with_exif(DateTimeOriginal=f"2024:05:17 {hour}:00:00")) for hour in (11, 10))
    silent = bench.photo("a.jpg")
    assert [arrival.path for arrival in in_order([late, early], UTC)] == [early, late]
    assert [arrival.path for arrival in in_order([late, early, silent], UTC)] == [late, early, silent]


def test_ingest_goes_on_after_a_bad_photo_and_says_so_in_its_exit_code(bench):
    """The code is that of the first failure; the others are read."""
    bench.sees([GAMES], BoardNotFound("Found 1 of 4 corners."))
    result = bench.run("ingest", bench.photo("a.jpg", b"no photo"), bench.photo("b.jpg"), bench.photo("c.jpg"))
    assert result.exit_code == 3
    assert "2 of 3 photos could not be read: a.jpg is not an image" in result.stderr
    assert "c.jpg: Found 1 of 4 corners." in result.stderr
    assert {s.title for s in bench.store.published()} == {"Board games"}


@pytest.mark.parametrize(("board", "code", "message"), [("sunday", 2, 'no board "sunday"'), ("friday", 3, "Cannot read")])
def test_ingest_refuses_what_is_not_there(bench, board, code, message):
    """A board that the event lacks, a file that does not exist."""
    result = bench.run("ingest", bench.folder / "missing.jpg", board=board)
    assert result.exit_code == code
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_ingest_keeps_a_calibration_first(bench):
    """So that photos of a board without lines are found."""
    rig = Rig("friday", Layout(2, 3, (0.0, 200.0, 400.0), (0.0, 160.0, 320.0, 480.0)))
    save_rig(rig, bench.folder / "rig.toml")
    bench.sees([GAMES])
    result = bench.run("ingest", bench.photo("a.jpg"), "--calibration", bench.folder / "rig.toml")
    assert result.exit_code == 0
    assert bench.store.rig("friday").layout == rig.layout
    refused = bench.run("ingest", bench.photo("a.jpg"), "--calibration", bench.folder / "event.toml")
    assert refused.exit_code == 5
    other = bench.run("ingest", bench.photo("a.jpg"), "--calibration", bench.folder / "rig.toml", board="saturday")
    assert other.exit_code == 5
    assert "It has 3 rows and 2 columns, the board 2 and 2." in other.stderr


def test_ingest_leaves_the_reading_to_a_worker_that_runs(bench):
    """It rings, waits, and tells how it went."""
    from threading import Thread

    settings = config(bench.folder / "board.db")
    bench.sees()

    def work():
        while not (waiting := bench.store.pending()):
            pass
        bench.store.failed(waiting[0], "The worker found no board.")

    with only_worker(settings):
        thread = Thread(target=work)
        thread.start()
        result = bench.run("ingest", bench.photo("a.jpg"))
        thread.join()
    assert result.exit_code == 1
    assert "The worker found no board." in result.stderr


def test_watch_reads_each_photo_of_its_source(bench, caplog):
    """And passes over what is no photo."""
    bench.sees([GAMES], [GAMES, CHOIR])
    at = datetime(2024, 5, 17, 12, tzinfo=UTC)
    coming = [Shot(jpeg(), "1.jpg", at), Shot(b"garbage", "2.jpg", at), Shot(jpeg(), "3.jpg", at)]
    bench.monkeypatch.setattr("webapp.cli.shots", lambda *_given, **_named: iter(coming))
    result = bench.run("watch", "0")
    assert result.exit_code == 0, result.stderr
    assert {s.title for s in bench.store.published()} == {"Board games", "Choir"}
    assert "2.jpg is not an image" in caplog.text


def lines_with(caplog, words):
    """Lines of the log in which these words stand."""
    return [record.getMessage() for record in caplog.records if words in record.getMessage()]


def test_watch_logs_each_photo_once(bench, caplog):
    """Found in use: by the reader and by the watch, each failure stood there twice, and the photo's name in it up to three times."""
    bench.sees([GAMES], BoardNotFound("2.jpg: Found 1 of 4 corners."))
    at = datetime(2024, 5, 17, 12, tzinfo=UTC)
    bench.monkeypatch.setattr("webapp.cli.shots", lambda *_given, **_named: iter([Shot(jpeg(), f"{i}.jpg", at) for i in (1, 2)]))
    assert bench.run("watch", "0").exit_code == 0
    assert lines_with(caplog, "1.jpg") == ["photo 1, 1.jpg: The light is poor."]
    assert lines_with(caplog, "2.jpg") == ["photo 2, 2.jpg: Found 1 of 4 corners."]


def test_a_watch_that_is_started_again_reads_nothing_twice(bench):
    """Found in use: a folder with a day's photos was read anew from its first, and what came meanwhile waited for an hour."""
    bench.sees([GAMES], [GAMES, CHOIR])
    given = {}
    at = datetime(2024, 5, 17, 12, tzinfo=UTC)

    def coming(*_given, **named):
        given.update(named)
        return iter([Shot(jpeg(), "1.jpg", at)])

    bench.monkeypatch.setattr("webapp.cli.shots", coming)
    bench.run("watch", bench.folder)
    assert given["known_until"] is None
    bench.run("watch", bench.folder)
    assert given["known_until"] == at
    bench.run("watch", bench.folder, "--by-hand")
    assert given["known_until"] == at - timedelta(minutes=15)


def test_a_folder_that_is_watched_for_the_next_day_does_not_bring_yesterdays_photos_along(bench):
    """All that lies in it shows yesterday's cards, what came overnight too; only for the same folder, and only from one day to the next."""
    bench.sees([GAMES], [GAMES], [GAMES], [GAMES])
    given = {}

    def coming(*_given, **named):
        given.update(named)
        return iter([Shot(jpeg(), "1.jpg", datetime(2024, 5, 17, 12, tzinfo=UTC))])

    bench.monkeypatch.setattr("webapp.cli.shots", coming)
    bench.run("watch", bench.folder)
    (friday,) = bench.store.cameras()
    bench.run("watch", bench.folder / "elsewhere", board="saturday")
    assert given["known_until"] is None
    bench.run("watch", bench.folder)
    assert given["known_until"] == friday.seen_at
    heard_at = next(state.heard_at for state in bench.store.cameras() if state.source == str(bench.folder))
    bench.run("watch", bench.folder, board="saturday")
    assert given["known_until"] == heard_at > friday.seen_at


def test_a_photo_taken_by_hand_is_one_look_however_often_its_watch_is_started(bench, caplog):
    """The last quarter of an hour comes again with each start: three starts, and what the last photo did not show was cancelled."""
    at = datetime(2024, 5, 17, 12, tzinfo=UTC)
    coming = [Shot(jpeg(1), "1.jpg", at), Shot(jpeg(2), "2.jpg", at + timedelta(minutes=5))]
    bench.monkeypatch.setattr("webapp.cli.shots", lambda *_, **__: iter(coming))
    bench.sees([GAMES, CHOIR], [GAMES])
    for _ in range(4):
        bench.run("watch", bench.folder, "--by-hand")
    assert [photo.name for photo in inbox_of(bench.store)] == ["2.jpg", "1.jpg"]
    assert len(lines_with(caplog, "2.jpg")) == 1
    assert [s.status for s in bench.store.published("friday")] == [SessionStatus.CONFIRMED] * 2


def test_watch_logs_what_another_worker_reads_once(bench, caplog):
    """That worker's own log is elsewhere."""
    coming = [Shot(jpeg(), "1.jpg", datetime(2024, 5, 17, 12, tzinfo=UTC))]
    bench.monkeypatch.setattr("webapp.cli.shots", lambda *_given, **_named: iter(coming))
    bench.monkeypatch.setattr("webapp.arrivals.Queue.wake", lambda _queue: bench.store.failed(bench.store.pending()[0], "No board."))
    with only_worker(config(bench.folder / "board.db")):
        assert bench.run("watch", "0").exit_code == 0
    assert lines_with(caplog, "1.jpg") == ["photo 1, 1.jpg: No board."]


def test_ingest_tells_a_failure_as_its_output_and_not_in_the_log_as_well(bench, caplog):
    """Found in use: the same sentence three times for one photo."""
    bench.sees([GAMES], BoardNotFound("b.jpg: Found 1 of 4 corners."))
    result = bench.run("ingest", bench.photo("a.jpg"), bench.photo("b.jpg"))
    assert lines_with(caplog, "corners") == []
    assert "\nb.jpg: Found 1 of 4 corners.\n" in result.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_watch_ends_in_order_when_it_is_told_to(bench, number):
    """By SIGTERM, as systemd does it, or by Ctrl-C, which its queue took and only noted; the organizers see that it was meant."""
    bench.sees([GAMES])
    before = signal.getsignal(number)

    def coming():
        yield Shot(jpeg(), "1.jpg", datetime(2024, 5, 17, 12, tzinfo=UTC))
        signal.raise_signal(number)
        yield Shot(jpeg(), "2.jpg", datetime(2024, 5, 17, 13, tzinfo=UTC))

    bench.monkeypatch.setattr("webapp.cli.shots", lambda *_given, **_named: coming())
    try:
        assert bench.run("watch", "0").exit_code == 0
    finally:
        signal.signal(number, before)
    assert [photo.name for photo in inbox_of(bench.store)] == ["1.jpg"]
    assert bench.store.cameras()[0].condition is Condition.STOPPED


def test_watch_refuses_a_source_that_is_not_there(bench):
    """With the exit code of sources."""
    bench.sees()
    result = bench.run("watch", bench.folder / "nowhere")
    assert result.exit_code == 7
    assert "nowhere" in result.stderr


def test_export_needs_nothing_but_the_database(bench):
    """It knows the event it was last opened for."""
    bench.sees([GAMES])
    assert bench.run("ingest", bench.photo("a.jpg")).exit_code == 0
    exported = json.loads(bench.export("--format", "json").stdout)
    text = json.dumps(exported)
    assert "Board games" in text
    assert bench.store.published()[0].id in text
    out = bench.folder / "out.ics"
    assert bench.export("--format", "ics", "-o", str(out)).exit_code == 0
    assert out.read_bytes().startswith(b"BEGIN:VCALENDAR")


def test_export_says_that_there_is_nothing_yet(bench):
    """An empty database has no event."""
    open_engine(bench.url)
    result = bench.export("--format", "json")
    assert result.exit_code == 8
    assert "no event yet" in result.stderr


@pytest.mark.parametrize("command", [("export", "--format", "ics"), ("collect", "-o", "out")])
def test_those_who_only_read_make_no_database(bench, command):
    """A slip in the path would publish an empty schedule, and leave an empty file that looks like the database."""
    result = bench.run(*command, board=None)
    assert result.exit_code == 8
    assert "There is no database" in result.stderr
    assert not (bench.folder / "board.db").exists()


def test_export_makes_the_folder_that_it_is_to_write_to(bench):
    """As kit, calibrate and digitize do."""
    bench.sees([GAMES])
    bench.run("ingest", bench.photo("a.jpg"))
    out = bench.folder / "public" / "schedule.csv"
    assert bench.export("--format", "csv", "-o", str(out)).exit_code == 0
    assert "Board games" in out.read_text(encoding="utf-8-sig")


def test_a_command_that_is_not_told_the_board_lists_them(bench):
    """The event has two. It said that there was no board of no name."""
    bench.sees([GAMES])
    result = bench.run("ingest", bench.photo("a.jpg"), board=None)
    assert result.exit_code == 2
    assert "The event has 2 boards. They are: friday, saturday. Say which as --board." in result.stderr


def test_serve_says_which_setting_is_missing(bench, monkeypatch):
    """Before it opens a port."""
    for name in ("BOARDCAST_SECRET", "BOARDCAST_PASSWORD", "BOARDCAST_EVENT"):
        monkeypatch.delenv(name, raising=False)
    given = ["serve", "--event", str(bench.folder / "event.toml"), "--db", bench.url]
    result = CliRunner().invoke(cli, given, prog_name="boardcast")
    assert result.exit_code == 9
    assert "BOARDCAST_SECRET" in result.stderr
    assert CliRunner().invoke(cli, ["serve", "--db", bench.url]).exit_code == 9


@pytest.mark.parametrize(("journal", "line"), [(False, r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d photo 1: read"), (True, "photo 1: read")])
def test_a_service_logs_when_something_happened(bench, monkeypatch, journal, line):
    """But where systemd writes the time beside each line."""
    out, root = io.StringIO(), logging.getLogger()
    ours = logging.StreamHandler(out)
    monkeypatch.setattr(root, "handlers", [*root.handlers, ours])
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    if journal:
        monkeypatch.setenv("JOURNAL_STREAM", "8:1234")
    bench.sees()
    bench.run("watch", bench.folder / "nowhere")  # ends at once
    logging.getLogger("boardcast").info("photo 1: read")
    assert re.fullmatch(line, out.getvalue().splitlines()[-1])


def test_the_event_may_be_named_in_the_environment(bench, monkeypatch):
    """Of every command that takes one, as the guide says; four of them wanted --event all the same."""
    monkeypatch.setenv("BOARDCAST_EVENT", str(bench.folder / "event.toml"))
    bench.sees([GAMES])
    given = ["ingest", str(bench.photo("a.jpg")), "--db", bench.url, "--board", "friday"]
    assert CliRunner().invoke(cli, given, prog_name="boardcast").exit_code == 0
    for name in ("calibrate", "digitize", "ingest", "kit", "watch"):
        option = next(each for each in cli.get_command(Context(cli), name).params if each.name == "event_path")
        assert option.envvar == "BOARDCAST_EVENT"


ODD_NAME = os.fsdecode(b"H\xf6he\n.jpg")
"""What a camera or share with another code than UTF-8 makes of a name, and a break in it."""


def test_a_photo_whose_name_is_not_utf_8_is_read(bench):
    """One such file ended ingest and watch with a fault of the program: a watch for good, as it met the file at each start again."""
    bench.sees([GAMES], [GAMES])
    path = bench.photo(ODD_NAME)
    result = bench.run("ingest", path)
    assert result.exit_code == 0, result.stderr
    assert "H\ufffdhe\ufffd.jpg: " in result.stderr
    assert [photo.name for photo in inbox_of(bench.store)] == ["H\ufffdhe\ufffd.jpg"]


def test_a_folder_whose_name_is_not_utf_8_is_watched(bench):
    """Its name stands on the review page, too."""
    bench.sees([GAMES])
    folder = bench.folder / os.fsdecode(b"Fl\xf6te")
    folder.mkdir()
    coming = [Shot(jpeg(), "1.jpg", datetime(2024, 5, 17, 12, tzinfo=UTC))]
    bench.monkeypatch.setattr("webapp.cli.shots", lambda *_given, **_named: iter(coming))
    result = bench.run("watch", folder)
    assert result.exit_code == 0, result.stderr
    assert [state.source[-5:] for state in bench.store.cameras()] == ["Fl\ufffdte"]


@pytest.mark.parametrize("address", ["schedule.example.org", "javascript:alert(1)", "https://", "https:// x"])
def test_export_refuses_a_base_url_that_is_no_address_of_a_page(bench, address):
    """It was written into each link of each session, where nothing could follow it."""
    bench.sees([GAMES])
    bench.run("ingest", bench.photo("a.jpg"))
    result = bench.export("--format", "ics", "--base-url", address)
    assert result.exit_code == 2
    assert "is no address of a page" in result.stderr
    assert b"URL:https://x.example/b/session/" in bench.export("--format", "ics", "--base-url", "https://x.example/b/").stdout_bytes


def test_export_to_a_closed_stdout_is_no_fault_of_the_program(bench, monkeypatch):
    """As "boardcast export ... >&-" leaves it."""
    bench.sees([GAMES])
    bench.run("ingest", bench.photo("a.jpg"))
    monkeypatch.setattr("click.utils._default_text_stdout", lambda: None)
    monkeypatch.setattr("sys.stdout", None)
    cli(["export", "--db", bench.url, "--format", "csv"], standalone_mode=False)


def test_ingest_leaves_signals_alone(bench):
    """Ctrl-C did nothing while it read: its queue took it, and went on through all photos."""
    bench.sees([GAMES])
    kinds = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(kind) for kind in kinds]
    during = []

    def eyes(store, *_given):
        return ingest(store, [GAMES], meanwhile=lambda: during.extend(signal.getsignal(kind) for kind in kinds))

    bench.monkeypatch.setattr("webapp.arrivals.default_ingest", eyes)
    assert bench.run("ingest", bench.photo("a.jpg")).exit_code == 0
    assert during == before


@pytest.mark.parametrize("command", [("export", "--format", "csv"), ("collect", "-o", "out")])
def test_those_who_only_read_leave_the_event_as_it_is_kept(bench, command, monkeypatch):
    """An export with another event.toml: from then on a worker or an export without one took the database for that event's."""
    monkeypatch.chdir(bench.folder)
    bench.sees([GAMES])
    bench.run("ingest", bench.photo("a.jpg"))
    (bench.folder / "event.toml").write_text(EVENT_TOML.replace('"306", "', '"Gym", "').replace('room = "306"', 'room = "Gym"'))
    assert bench.run(*command, board=None).exit_code == 0
    assert ",306," in bench.export("--format", "csv").stdout
    assert stored_event(bench.url) == event()
