"""The command line: results on stdout, the rest on stderr, one message and an exit code for each kind of error."""

import errno
import json
import os
from datetime import date
from pathlib import Path

import click
import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result

from digitizer import commands
from digitizer.cli import cli
from digitizer.errors import BoardcastError
from digitizer.event import Board
from digitizer.report import rows

SAMPLES = Path(__file__).parents[1] / "samples"
EVENT = """
[event]
name = "Test"
timezone = "Europe/Berlin"

[[board]]
id = "friday"
date = 2024-05-17
rooms = ["A", "B"]
slots = ["10:00", "11:00"]
"""


@pytest.fixture
def event(tmp_path: Path) -> Path:
    """An event with one board, "friday"."""
    path = tmp_path / "event.toml"
    path.write_text(EVENT, encoding="utf-8")
    return path


def run(*arguments: object) -> Result:
    """Run the command line."""
    return CliRunner().invoke(cli, [str(a) for a in arguments], prog_name="boardcast")


def refused(result: Result, exit_code: int, message: str) -> None:
    """An error as it must be: its exit code, its message alone on stderr, nothing on stdout, no traceback."""
    assert result.exit_code == exit_code
    assert message in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


@pytest.fixture(scope="module")
def calibrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two.json, overlays and rig.toml: the first webcam look calibrated by its true corners, two looks read by that."""
    folder = tmp_path_factory.mktemp("calibrated")
    first, second = SAMPLES / "webcam-0", SAMPLES / "webcam-2"
    grid = json.loads((first / "truth.json").read_text())["grid"]
    corners = ",".join(str(value) for corner in grid for value in corner)
    made = run("calibrate", first / "photo.jpg", "--event", first / "event.toml", "--corners", corners, "-o", folder / "rig.toml")
    assert made.exit_code == 0, made.stderr
    assert "6 columns of" in made.stderr
    looks = ["digitize", first / "photo.jpg", second / "photo.jpg", "--event", first / "event.toml", "--board", "friday"]
    read = run(*looks, "--calibration", folder / "rig.toml", "--json", folder / "two.json", "--draw", folder / "drawn")
    assert read.exit_code == 0, read.stderr
    return folder


def test_a_calibrated_board_is_found_again_and_read(calibrated: Path) -> None:
    """The corners that were marked, the cards of both looks in their cells, a list of two objects."""
    first, second = json.loads((calibrated / "two.json").read_text(encoding="utf-8"))
    truth = [json.loads((SAMPLES / name / "truth.json").read_text()) for name in ("webcam-0", "webcam-2")]
    assert np.abs(np.array(first["grid"]) - truth[0]["grid"]).max() < 5
    for report, true in zip((first, second), truth, strict=True):
        cells = {(card["room"], card["slot"]) for card in report["cards"]}
        assert len(cells ^ {(card["room"], card["slot"]) for card in true["cards"]}) <= 1


def test_json_keeps_its_contract(calibrated: Path) -> None:
    """Every key that scripts rely on, each of its kind."""
    report = json.loads((calibrated / "two.json").read_text(encoding="utf-8"))[0]
    assert set(report) == {"board", "photo", "grid", "cards", "outside", "hidden", "warnings", "timings_ms"}
    assert (report["board"], report["photo"]) == ("friday", "photo.jpg")
    for card in report["cards"]:
        assert set(card) >= {
            "room",
            "slot",
            "title",
            "title_confidence",
            "handle",
            "handle_confidence",
            "host",
            "needs_review",
            "lines",
            "polygon",
        }
        assert 0 <= card["title_confidence"] <= 1
        assert np.array(card["polygon"]).shape == (4, 2)
        assert isinstance(card["needs_review"], bool)


def test_drawings_are_written(calibrated: Path) -> None:
    """One a photo, named by its folder where photos are named alike."""
    for name in ("webcam-0", "webcam-2"):
        overlay = cv2.imread(str(calibrated / "drawn" / f"{name}-photo-overlay.jpg"))
        assert overlay is not None
        assert min(overlay.shape[:2]) > 500


def test_pieces_of_which_one_is_no_photo_are_read_all_the_same(calibrated: Path, tmp_path: Path) -> None:
    """It is named with its reason; photos of two folders that have one name are drawn into two files."""
    torn = tmp_path / "torn.jpg"
    torn.write_bytes(b"no photo")
    photos = [SAMPLES / name / "photo.jpg" for name in ("webcam-0", "webcam-2")]
    given = ["--event", SAMPLES / "webcam-0" / "event.toml", "--calibration", calibrated / "rig.toml"]
    result = run("digitize", torn, *photos, "--pieces", *given, "--json", tmp_path / "one.json", "--draw", tmp_path / "drawn")
    assert result.exit_code == 3
    assert "1 of 3 photos could not be placed: torn.jpg is not an image" in result.stderr
    report = json.loads((tmp_path / "one.json").read_text(encoding="utf-8"))
    assert [entry["photo"] for entry in report["photos"]] == ["photo.jpg", "photo.jpg", "torn.jpg"]
    assert "is not an image" in report["photos"][2]["error"]
    assert {path.name for path in (tmp_path / "drawn").iterdir()} == {f"{each.parent.name}-photo-overlay.jpg" for each in photos}


def test_a_calibration_of_another_board_is_refused(calibrated: Path, event: Path) -> None:
    """Exit code 5, with both shapes."""
    photo = SAMPLES / "webcam-0" / "photo.jpg"
    result = run("digitize", photo, "--event", event, "--calibration", calibrated / "rig.toml")
    refused(result, 5, "It has 6 rows and 6 columns, the board 2 and 2.")


def test_version_is_told() -> None:
    """As the package says."""
    result = run("--version")
    assert result.exit_code == 0
    assert result.stdout.startswith("boardcast, version ")


def test_help_lists_commands_of_both_halves() -> None:
    """Those of the web half join by entry points."""
    listed = run("--help").stdout
    assert [
        name for name in ("digitize", "calibrate", "score", "ingest", "watch", "serve", "work", "demo", "export") if name not in listed
    ] == []


def test_a_missing_event_file_is_refused(tmp_path: Path) -> None:
    """Exit code 2, and how to give one."""
    refused(run("digitize", "a.jpg", "--event", tmp_path / "none.toml"), 2, "Cannot read the event file")


def test_an_unknown_board_is_refused(event: Path) -> None:
    """The message lists the boards there are."""
    refused(run("digitize", "a.jpg", "--event", event, "--board", "monday"), 2, "It has: friday.")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('"A", "B"', '"A", "A"'), '"A" stands there twice'),
        (('"11:00"]', '"9:60"]'), '"9:60" is not a time of day'),
        (('"10:00", "11:00"', '"11:00", "10:00"'), "not in the order of time"),
        (('timezone = "Europe/Berlin"', ""), 'needs "timezone"'),
        (("Europe/Berlin", "Europe/Nowhere"), "does not exist"),
        (("[event]", "[event"), "is not valid TOML"),
    ],
)
def test_mistakes_in_the_event_are_told_by_name(event: Path, change: tuple[str, str], message: str) -> None:
    """Exit code 2; nothing is read."""
    event.write_text(EVENT.replace(*change), encoding="utf-8")
    refused(run("digitize", "a.jpg", "--event", event), 2, message)


def test_a_photo_that_is_none_is_refused(event: Path, tmp_path: Path) -> None:
    """Exit code 3."""
    (tmp_path / "a.jpg").write_text("no photo")
    refused(run("digitize", tmp_path / "a.jpg", "--event", event), 3, "a.jpg is not an image")


def test_a_missing_calibration_is_refused(event: Path, tmp_path: Path) -> None:
    """Exit code 5, and how to make one."""
    refused(run("digitize", "a.jpg", "--event", event, "--calibration", tmp_path / "rig.toml"), 5, "Make one: boardcast calibrate")


def test_a_damaged_calibration_is_refused(event: Path, tmp_path: Path) -> None:
    """Exit code 5."""
    (tmp_path / "rig.toml").write_text("format = 'something else'")
    refused(run("digitize", "a.jpg", "--event", event, "--calibration", tmp_path / "rig.toml"), 5, "is no calibration")


@pytest.mark.parametrize("corners", ["1,2,x", "nan,0,1,0,1,1,0,1", "0,0,1,0,inf,1,0,1"])
def test_corners_that_are_no_numbers_are_a_wrong_use(event: Path, corners: str) -> None:
    """As click tells wrong options."""
    result = run("calibrate", "a.jpg", "--event", event, "--corners", corners, "-o", "rig.toml")
    assert result.exit_code == 2
    assert "is no list of numbers" in result.stderr


def test_an_unknown_engine_is_refused() -> None:
    """Exit code 6, and the engines there are."""
    refused(
        run("score", SAMPLES / "webcam-0", "--versus", "oracle"), 6, 'There is no engine "oracle". Give some of tesseract, rapidocr, reader'
    )


def test_a_folder_without_truths_is_refused(tmp_path: Path) -> None:
    """Exit code 2."""
    refused(run("score", tmp_path), 2, "There is no truth in")


def test_a_fault_inside_is_one_message(monkeypatch: pytest.MonkeyPatch, event: Path) -> None:
    """Exit code 70, and how to see more."""
    monkeypatch.delenv("BOARDCAST_DEBUG", raising=False)
    monkeypatch.setattr(commands, "load_event", lambda _: 1 / 0)
    refused(run("digitize", "a.jpg", "--event", event), 70, "ZeroDivisionError: division by zero). Set BOARDCAST_DEBUG=1")


def test_a_full_disk_is_one_message(monkeypatch: pytest.MonkeyPatch, event: Path) -> None:
    """The system names no file where a write fails; it ended in a traceback."""

    def fail(_: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.delenv("BOARDCAST_DEBUG", raising=False)
    monkeypatch.setattr(commands, "load_event", fail)
    refused(run("digitize", "a.jpg", "--event", event), 1, "boardcast: The system refuses: No space left on device.\n")


def test_a_fault_inside_shows_itself_when_asked(monkeypatch: pytest.MonkeyPatch, event: Path) -> None:
    """BOARDCAST_DEBUG=1 lets the traceback through."""
    monkeypatch.setenv("BOARDCAST_DEBUG", "1")
    monkeypatch.setattr(commands, "load_event", lambda _: 1 / 0)
    assert isinstance(run("digitize", "a.jpg", "--event", event).exception, ZeroDivisionError)


@pytest.mark.parametrize("code", [1, 5, 42])
def test_each_error_ends_with_its_own_exit_code(monkeypatch: pytest.MonkeyPatch, event: Path, code: int) -> None:
    """What, evidence and remedy in one line."""

    def fail(_: Path) -> None:
        error = BoardcastError("What happened.", "The evidence.", "The remedy.")
        error.exit_code = code
        raise error

    monkeypatch.setattr(commands, "load_event", fail)
    refused(run("digitize", "a.jpg", "--event", event), code, "boardcast: What happened. The evidence. The remedy.\n")


def test_commands_whose_package_is_missing_do_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Photos can be read where the web half is not installed."""

    class Missing:
        name = "web"

        def load(self) -> None:
            raise ImportError("No module named 'flask'")

    monkeypatch.setattr(commands, "entry_points", lambda **_: [Missing()])
    group = commands.Boardcast("boardcast", commands={"own": click.Command("own")})
    assert group.list_commands(click.Context(group)) == ["own"]


def test_json_of_a_failed_photo_stands_among_the_others(event: Path, tmp_path: Path) -> None:
    """Several photos, none of them one: each has its message, and the exit code is of the first."""
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_text("no photo")
    result = run("digitize", tmp_path / "a.jpg", tmp_path / "b.jpg", "--event", event, "--json", tmp_path / "out" / "x.json")
    assert result.exit_code == 3
    written = json.loads((tmp_path / "out" / "x.json").read_text())
    assert [entry["photo"] for entry in written] == ["a.jpg", "b.jpg"]
    assert all("is not an image" in entry["error"] for entry in written)


def test_a_photo_without_the_right_to_read_it_is_a_photo_that_cannot_be_read(
    event: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 3, as of one that is missing; it was told as a wrong use of the command, and the other photos were not read."""
    (tmp_path / "locked.jpg").write_text("no photo")
    monkeypatch.setattr(
        os, "access", lambda *_given, **_named: False
    )  # as of one whom the rights bind: root, in whose name CI runs, may all
    refused(run("digitize", tmp_path / "locked.jpg", "--event", event), 3, "locked.jpg")


def test_the_table_has_the_order_of_the_board() -> None:
    """A night goes on after midnight, and room 10 hangs behind room 2; by their letters both stood the other way round."""
    board = Board("night", date(2024, 5, 17), "slots", ("2", "10"), ("22:00", "23:30", "00:30"))
    cards = [
        {"room": room, "slot": slot, "title": f"{slot} {room}", "handle": None, "host": None, "needs_review": False}
        for room, slot in (("10", "00:30"), ("10", "23:30"), ("2", "23:30"), ("2", "22:00"))
    ]
    lines = list(rows({"cards": cards, "hidden": [["2", "00:30"], ["10", "22:00"]]}, board))
    assert [" ".join(line.split()[:2]) for line in lines] == ["22:00 2", "23:30 2", "23:30 10", "00:30 10", "22:00 10", "00:30 2"]


def test_tables_of_several_photos_have_their_names(monkeypatch: pytest.MonkeyPatch, event: Path) -> None:
    """They stood one below the other, and nothing said where one ended."""
    card = {"room": "A", "slot": "10:00", "title": "Choir", "handle": None, "host": None, "needs_review": False}
    looks = [(Path(name), {"photo": name, "cards": [card]}) for name in ("a.jpg", "b.jpg")]
    monkeypatch.setattr("digitizer.cli._looks", lambda photos, *_given: looks[: len(photos)])
    assert run("digitize", "a.jpg", "b.jpg", "--event", event).stdout.splitlines()[::2] == ["a.jpg:", "b.jpg:"]
    assert run("digitize", "a.jpg", "--event", event).stdout.startswith("10:00  A")


def test_corners_beside_the_photo_are_told_with_its_size(event: Path, tmp_path: Path) -> None:
    """Measured in another copy of it: the message was "max() arg is an empty sequence"."""
    cv2.imwrite(str(tmp_path / "a.png"), np.full((600, 800, 3), 200, np.uint8))
    corners = "1000,100,1800,100,1800,500,1000,500"
    result = run("calibrate", tmp_path / "a.png", "--event", event, "--corners", corners, "-o", tmp_path / "rig.toml")
    refused(result, 5, "Its corners reach from 1000,100 to 1800,500; the photo has 800x600 px.")
