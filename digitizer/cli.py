"""The ``boardcast`` command: parse, call, present. Results go to stdout, all else to stderr; errors are one message, never a traceback.

Other packages add commands through the entry point group ``boardcast.commands``: each names a sequence of click commands.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import IO, Any, TypeVar
from zoneinfo import ZoneInfo

import click

from calibration.rig import Rig
from digitizer.errors import BoardcastError, CalibrationError
from digitizer.event import Board, Event, load_event

EXISTING = click.Path(path_type=Path)
"""A path; whether it can be read is told by what reads it, in one form for all files."""

INTERNAL = 70
"""Exit code of a fault of the program itself: EX_SOFTWARE of sysexits.h."""

Command = TypeVar("Command", bound=Callable[..., object])


class Told(click.ClickException):
    """An error as it is shown: its whole message on stderr, and its exit code."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc]  # click reads it from the instance as well as from the class

    def show(self, file: IO[Any] | None = None) -> None:
        """Write the message."""
        click.echo(f"boardcast: {self.message}", file=file or sys.stderr)


class Boardcast(click.Group):
    """The group of all commands; those of other packages are imported only when one of them, or the list, is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the commands, own and added."""
        self._add_others()
        return super().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in self.commands:
            self._add_others()
        return super().get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context) -> object:
        """Run a command and translate its errors, the only place where that is done."""
        try:
            return super().invoke(ctx)
        except BoardcastError as error:
            raise Told(str(error), error.exit_code) from error
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            if os.environ.get("BOARDCAST_DEBUG") == "1":
                raise
            message = f"Something went wrong inside Boardcast ({type(error).__name__}: {error}). Set BOARDCAST_DEBUG=1 to see where."
            raise Told(message, INTERNAL) from error

    def _add_others(self) -> None:
        for entry in entry_points(group="boardcast.commands"):
            try:
                commands = entry.load()
            except ImportError as error:  # reading photos works without what only the web needs
                click.echo(f"boardcast: the commands of {entry.name} are missing: {error}.", err=True)
                continue
            for command in commands:
                self.add_command(command)


@click.group(cls=Boardcast, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="boardcast", prog_name="boardcast")
def cli() -> None:
    """The camera that reads an unconference's paper board and mirrors it on the web."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)


def main() -> None:
    """Run the command line."""
    cli()


def event_options(command: Command) -> Command:
    """``--event`` and ``--board``, as every command on photos takes them."""
    board = click.option("--board", "board_id", metavar="ID", help="The board's id in event.toml; may be left out where it has one.")
    event = click.option("--event", "event_path", type=EXISTING, required=True, metavar="event.toml", help="What the event is.")
    return event(board(command))


def chosen(event_path: Path, board_id: str | None) -> tuple[Event, Board]:
    """The event and the board that ``event_options`` name. Raises ``EventError``."""
    event = load_event(event_path)
    return event, event.boards[0] if board_id is None and len(event.boards) == 1 else event.board(board_id or "")


class Numbers(click.ParamType[tuple[float, ...]]):
    """Numbers with commas between them."""

    name = "numbers"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, ...]:  # noqa: ANN401  click's own signature
        """Parse "1,2.5,3"."""
        try:
            return tuple(float(part) for part in value.split(",")) if isinstance(value, str) else value
        except ValueError:
            self.fail(f"{value!r} is no list of numbers with commas between them.", param, ctx)


@cli.command()
@click.argument("photos", nargs=-1, required=True, type=EXISTING, metavar="PHOTO...")
@event_options
@click.option(
    "--calibration", type=EXISTING, metavar="rig.toml", help="The board's calibration, for boards that are not found by themselves."
)
@click.option("--json", "json_path", type=EXISTING, metavar="OUT", help="Write the readings as JSON; - is stdout.")
@click.option("--draw", "draw_folder", type=EXISTING, metavar="DIR", help="Draw what was found into each photo.")
def digitize(
    photos: Sequence[Path],
    event_path: Path,
    board_id: str | None,
    calibration: Path | None,
    json_path: Path | None,
    draw_folder: Path | None,
) -> None:
    """Read photos of a board.

    Several photos are taken for looks at the same board, in the order given: what did not change is read once.
    """
    event, board = chosen(event_path, board_id)
    rig = read_rig(calibration)
    reports, failures = [], []
    for path, outcome in _looks(photos, event, board, rig, draw_folder):
        if isinstance(outcome, BoardcastError):
            failures.append(outcome)
            reports.append({"board": board.id, "photo": path.name, "error": str(outcome)})
        else:
            reports.append(outcome)
    if len(photos) == 1 and failures:
        raise failures[0]
    _present(reports, json_path)
    if failures:
        raise Told(f"{len(failures)} of {len(photos)} photos could not be read: {failures[0]}", failures[0].exit_code)


def _looks(
    photos: Sequence[Path], event: Event, board: Board, rig: Rig | None, draw_folder: Path | None
) -> Iterator[tuple[Path, dict[str, Any] | BoardcastError]]:
    """Each photo with its report, or the error that kept it from being read."""
    from digitizer.capture import load
    from digitizer.pipeline import default_tools
    from digitizer.pipeline import digitize as run
    from digitizer.report import to_json

    tools, previous = default_tools(event), None
    for path in photos:
        try:
            found = run(load(path, zone=ZoneInfo(event.timezone)), board, tools, rig, previous)
        except BoardcastError as error:
            _tell(f"{path.name}: {error}" if path.name not in str(error) else str(error), len(photos) > 1)
            yield path, error
            continue
        previous, report = found, to_json(found, board)
        if draw_folder is not None:
            from digitizer.draw import overlay

            write_picture(overlay(found), draw_folder / f"{path.stem}-overlay.jpg")
        _tell(_summary(report))
        yield path, report


def _tell(message: str, really: bool = True) -> None:
    if really:
        click.echo(message, err=True)


def _summary(report: dict[str, Any]) -> str:
    review = sum(card["needs_review"] for card in report["cards"])
    seconds = sum(report["timings_ms"].values()) / 1000
    lines = [
        f"{report['photo']}: {len(report['cards'])} cards, {len(report['outside'])} outside the grid, {review} to review, "
        f"{len(report['hidden'])} cells hidden, {seconds:.1f} s",
        *(f"  warning: {warning}" for warning in report["warnings"]),
    ]
    return "\n".join(lines)


def _present(reports: list[dict[str, Any]], json_path: Path | None) -> None:
    """Write the JSON where it is wanted, else a table for people."""
    if json_path is None:
        for report in reports:
            click.echo("\n".join(_rows(report)))
        return
    text = json.dumps(reports[0] if len(reports) == 1 else reports, ensure_ascii=False, indent=1)
    if str(json_path) == "-":
        click.echo(text)
    else:
        json_path.parent.mkdir(parents=True, exist_ok=True)
        json_path.write_text(text + "\n", encoding="utf-8")


def _rows(report: dict[str, Any]) -> Iterator[str]:
    for card in sorted(report.get("cards", ()), key=lambda card: (card["slot"], card["room"])):
        yield f"{card['slot']}  {card['room']:<12}  {_words(card)}"
    for card in report.get("outside", ()):
        yield f"outside{'':<12}  {_words(card)}"
    for room, slot in report.get("hidden", ()):
        yield f"{slot}  {room:<12}  (hidden)"


def _words(card: dict[str, Any]) -> str:
    who = card["handle"] or card["host"]
    return f"{card['title']}{f'  {who}' if who else ''}{'  (please check)' if card['needs_review'] else ''}"


@cli.command()
@click.argument("photo", type=EXISTING)
@event_options
@click.option(
    "--corners", type=Numbers(), metavar="x,y,x,y,x,y,x,y", help="Corners of the grid of cells in px, clockwise from the top left."
)
@click.option("--columns", type=Numbers(), metavar="f,f,...", help="Inner dividers of the columns as fractions 0..1 of the grid's width.")
@click.option("--rows", type=Numbers(), metavar="f,f,...", help="Inner dividers of the rows as fractions 0..1 of the grid's height.")
@click.option("-o", "output", type=EXISTING, required=True, metavar="rig.toml", help="Where the calibration is written.")
def calibrate(
    photo: Path,
    event_path: Path,
    board_id: str | None,
    corners: tuple[float, ...] | None,
    columns: tuple[float, ...] | None,
    rows: tuple[float, ...] | None,
    output: Path,
) -> None:
    """Learn a board from one photo of it, so that it is found again from then on.

    Without --corners the grid is proposed by looking for lines and labels; look at it with
    "boardcast digitize --calibration rig.toml --draw DIR" before relying on it.
    """
    from digitizer.calibrate import Marks, rig_from_photo
    from digitizer.capture import load

    event, board = chosen(event_path, board_id)
    rig, evidence = rig_from_photo(load(photo, zone=ZoneInfo(event.timezone)), board, Marks(corners, columns, rows))
    _write_rig(rig, output)
    click.echo(f"{output}: {evidence}", err=True)


@cli.command()
@click.argument("folder", metavar="TRUTH_DIR", type=EXISTING)
@click.option("--versus", metavar="ENGINES", default="", help="Stock engines to hold beside it, given perfect crops: tesseract,rapidocr.")
@click.option(
    "--calibration", "calibrations", type=EXISTING, metavar="DIR", help="Folder of calibrations, each named NAME.toml like its truth."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of the table.")
@click.option("-v", "--verbose", is_flag=True, help="List what was read wrong.")
def score(folder: Path, versus: str, calibrations: Path | None, as_json: bool, verbose: bool) -> None:
    """Hold readings of photos against their truth.

    A truth is NAME.json with NAME.jpg and NAME.event.toml, or truth.json with photo.jpg and event.toml, in TRUTH_DIR or below.
    """
    from digitizer.scoring import table
    from digitizer.scoring.cases import find_cases
    from digitizer.scoring.run import run

    rows = []
    for row in run(find_cases(folder, calibrations), [name for name in versus.split(",") if name]):
        rows.append(row)
        click.echo(f"{row.id}: {row.engine}, {row.seconds:.1f} s{f': {row.failure}' if row.failure else ''}", err=True)
    click.echo(json.dumps(table.to_json(rows), indent=1) if as_json else table.table(rows))
    if verbose:
        click.echo("\n".join(table.misses(rows)), err=True)


def _write_rig(rig: Rig, output: Path) -> None:
    from calibration.rigfile import save_rig

    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        save_rig(rig, output)
    except OSError as error:
        raise CalibrationError(f"Cannot write {output}: {error.strerror}.", remedy="Give another place as -o.") from error


def read_rig(path: Path | None) -> Rig | None:
    """The calibration at ``path``, if one is named. Raises ``CalibrationError``."""
    from calibration.rigfile import load_rig

    if path is None:
        return None
    try:
        return load_rig(path)
    except OSError as error:
        raise CalibrationError(f"Cannot read the calibration {path}: {error.strerror}.", remedy="Make one: boardcast calibrate.") from error
    except ValueError as error:
        raise CalibrationError(str(error)) from error


def write_picture(image: Any, path: Path) -> None:  # noqa: ANN401
    """Write a BGR image as JPEG, making its folder."""
    import cv2

    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes())


if __name__ == "__main__":
    main()
