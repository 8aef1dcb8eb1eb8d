"""The ``boardcast`` command: parse, call, present. Results go to stdout, all else to stderr; errors are one message, never a traceback.

Other packages add commands through the entry point group ``boardcast.commands``: each names a sequence of click commands.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from calibration.rig import Lens, Rig
from digitizer.capturing.files import name_of
from digitizer.commands import FILE, Boardcast, Numbers, Told, chosen, event_options, own_name, write_json, write_picture
from digitizer.errors import BoardcastError, CalibrationError
from digitizer.event import Board, Event
from digitizer.kit.cli import kit
from digitizer.model import Photo
from digitizer.start import main  # what an environment that was installed before this has calls it here

__all__ = ["chosen", "cli", "event_options", "main", "read_rig", "rig_for"]


@click.group(cls=Boardcast, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="boardcast", prog_name="boardcast")
def cli() -> None:
    """The camera that reads an unconference's paper board and mirrors it on the web."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)


cli.add_command(kit)


@cli.command()
@click.argument("photos", nargs=-1, required=True, type=FILE, metavar="PHOTO...")
@event_options
@click.option("--calibration", type=FILE, metavar="rig.toml", help="The board's calibration, for boards that are not found by themselves.")
@click.option("--json", "json_path", type=FILE, metavar="OUT", help="Write the readings as JSON; - is stdout.")
@click.option("--draw", "draw_folder", type=FILE, metavar="DIR", help="Draw what was found into each photo.")
@click.option("--pieces", is_flag=True, help="The photos show parts of the board, in any order: read them as one.")
def digitize(
    photos: Sequence[Path],
    event_path: Path,
    board_id: str | None,
    calibration: Path | None,
    json_path: Path | None,
    draw_folder: Path | None,
    pieces: bool,
) -> None:
    """Read photos of a board.

    Several photos are taken for looks at the same board, in the order given: what did not change is read once. With --pieces they are
    close photos of parts of it, and one of the whole: one reading, each card from the photo that shows it sharpest.
    """
    event, board = chosen(event_path, board_id)
    rig = rig_for(board, calibration)
    if pieces:
        _read_pieces(photos, (event, board, rig), json_path, draw_folder)
        return
    reports, failures = [], []
    for path, outcome in _looks(photos, event, board, rig, draw_folder):
        if isinstance(outcome, BoardcastError):
            failures.append(outcome)
            reports.append({"board": board.id, "photo": name_of(path), "error": str(outcome)})
        else:
            reports.append(outcome)
    if len(photos) == 1 and failures:
        raise failures[0]
    _present(reports, board, json_path)
    if failures:
        raise Told(f"{len(failures)} of {len(photos)} photos could not be read: {failures[0]}", failures[0].exit_code)


def _looks(
    photos: Sequence[Path], event: Event, board: Board, rig: Rig | None, draw_folder: Path | None
) -> Iterator[tuple[Path, dict[str, Any] | BoardcastError]]:
    """Each photo with its report, or the error that kept it from being read."""
    from digitizer.capture import load
    from digitizer.pipeline import default_tools
    from digitizer.pipeline import digitize as run
    from digitizer.report import summary, to_json

    tools, previous = default_tools(event), None
    for path in photos:
        try:
            found = run(load(path, zone=ZoneInfo(event.timezone)), board, tools, rig, previous)
        except BoardcastError as error:
            _tell(_of(name_of(path), error), len(photos) > 1)
            yield path, error
            continue
        previous, report = found, to_json(found, board)
        if draw_folder is not None:
            from digitizer.draw import overlay

            write_picture(overlay(found), draw_folder / f"{own_name(path, photos)}-overlay.jpg")
        _tell(summary(report))
        yield path, report


def _read_pieces(photos: Sequence[Path], of: tuple[Event, Board, Rig | None], json_path: Path | None, draw_folder: Path | None) -> None:
    """Read photos of parts of one board as one; those that cannot be decoded are told, like those that cannot be placed."""
    from digitizer.pieces import assemble
    from digitizer.pipeline import default_tools
    from digitizer.report import pieces_summary, pieces_to_json

    event, board, rig = of
    taken, undecoded = _decoded(photos, ZoneInfo(event.timezone))
    found = assemble([photo for _, photo in taken], board, default_tools(event), rig)
    failures = [*undecoded, *((photo.name, error) for photo, error in found.refused)]
    for name, error in failures:
        _tell(_of(name, error), len(photos) > 1)
    if not found.looks:
        raise failures[0][1]
    if draw_folder is not None:
        from digitizer.draw import overlay

        names = {photo.sha256: own_name(path, photos) for path, photo in taken}
        for look in found.looks:
            write_picture(overlay(look), draw_folder / f"{names[look.photo.sha256]}-overlay.jpg")
    report = pieces_to_json(found, board, undecoded)
    _tell(pieces_summary(report))
    _present([report], board, json_path)
    if failures:
        first = failures[0][1]
        raise Told(f"{len(failures)} of {len(photos)} photos could not be placed: {first}", first.exit_code)


def _decoded(photos: Sequence[Path], zone: ZoneInfo) -> tuple[list[tuple[Path, Photo]], list[tuple[str, BoardcastError]]]:
    """The photos that can be decoded, and the names of those that cannot, with the reason."""
    from digitizer.capture import load

    taken: list[tuple[Path, Photo]] = []
    failures: list[tuple[str, BoardcastError]] = []
    for path in photos:
        try:
            taken.append((path, load(path, zone=zone)))
        except BoardcastError as error:
            failures.append((name_of(path), error))
    return taken, failures


def _of(name: str, error: BoardcastError) -> str:
    """What is wrong with a photo, with its name."""
    return str(error) if name in str(error) else f"{name}: {error}"


def _tell(message: str, really: bool = True) -> None:
    if really:
        click.echo(message, err=True)


def _present(reports: list[dict[str, Any]], board: Board, json_path: Path | None) -> None:
    """Write the JSON where it is wanted, else a table for people, each with its photo's name where there are several."""
    from digitizer.report import rows

    if json_path is not None:
        write_json(reports[0] if len(reports) == 1 else reports, json_path)
        return
    for report in reports:
        heading = [f"{report['photo']}:"] if len(reports) > 1 else []
        if lines := [*heading, *rows(report, board)]:
            click.echo("\n".join(lines))


@cli.command()
@click.argument("photo", type=FILE)
@event_options
@click.option(
    "--corners", type=Numbers(), metavar="x,y,x,y,x,y,x,y", help="Corners of the grid of cells in px, clockwise from the top left."
)
@click.option("--columns", type=Numbers(), metavar="f,f,...", help="Inner dividers of the columns as fractions 0..1 of the grid's width.")
@click.option("--rows", type=Numbers(), metavar="f,f,...", help="Inner dividers of the rows as fractions 0..1 of the grid's height.")
@click.option("--lens", "lens_folder", type=FILE, metavar="DIR", help="Photos of the kit's target, to measure the camera's lens by.")
@click.option("-o", "output", type=FILE, required=True, metavar="rig.toml", help="Where the calibration is written.")
@click.option("--json", "json_path", type=FILE, metavar="OUT", help="Write how the board is seen as JSON; - is stdout.")
def calibrate(
    photo: Path,
    event_path: Path,
    board_id: str | None,
    corners: tuple[float, ...] | None,
    columns: tuple[float, ...] | None,
    rows: tuple[float, ...] | None,
    lens_folder: Path | None,
    output: Path,
    json_path: Path | None,
) -> None:
    """Learn a board from one photo of it, so that it is found again from then on, and tell how well it is seen.

    Without --corners the grid is proposed by lines and labels, or by names where these leave doubt; look at it with
    "boardcast digitize --calibration rig.toml --draw DIR" before relying on it.
    """
    from digitizer.bystanders import question
    from digitizer.calibrate import Marks, rig_from_photo
    from digitizer.capture import load
    from digitizer.readers.lazily import Lazily
    from digitizer.viewed import rows as rows_of
    from digitizer.viewed import to_json, view_of_rig

    event, board = chosen(event_path, board_id)
    taken = load(photo, zone=ZoneInfo(event.timezone))
    lens = _lens(lens_folder)
    rig, evidence = rig_from_photo(taken, board, Marks(corners, columns, rows, lens), Lazily())
    _write_rig(rig, output)
    click.echo(f"{output}: {evidence}", err=True)
    asked = question(rig, board)
    _tell(asked, bool(asked))
    view = view_of_rig(taken, rig)
    if json_path is None:
        click.echo("\n".join(rows_of(view, board)))
    else:
        write_json(to_json(view, board), json_path)


@cli.command()
@click.argument("folder", metavar="TRUTH_DIR", type=FILE)
@click.option("--versus", metavar="ENGINES", default="", help="To hold beside it, given perfect crops: tesseract,rapidocr,reader.")
@click.option(
    "--calibration", "calibrations", type=FILE, metavar="DIR", help="Folder of calibrations, each named NAME.toml like its truth."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of the table.")
@click.option("-v", "--verbose", is_flag=True, help="List what was read wrong.")
def score(folder: Path, versus: str, calibrations: Path | None, as_json: bool, verbose: bool) -> None:
    """Hold readings of photos against their truth.

    A truth is NAME.json with NAME.jpg and NAME.event.toml, or truth.json with photo.jpg and event.toml, in TRUTH_DIR or below; or
    cards.json with pictures of cards, as "boardcast collect" writes them.
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


def _lens(folder: Path | None) -> Lens | None:
    """The lens by photos of the target, and what it rests on said. Raises ``CalibrationError``."""
    from digitizer.lenses import lens_from, told

    if folder is None:
        return None
    fit = lens_from(folder)
    click.echo(f"{folder}: {told(fit)}.", err=True)
    return fit.lens


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


def rig_for(board: Board, path: Path | None) -> Rig | None:
    """The calibration at ``path``, made for a board of this shape. Raises ``CalibrationError``."""
    rig = read_rig(path)
    if rig is not None and rig.layout.shape != board.shape:
        raise CalibrationError(
            f'{path} is not a calibration of board "{board.id}".',
            f"It has {rig.layout.rows} rows and {rig.layout.columns} columns, the board {board.shape[0]} and {board.shape[1]}.",
            "Make one: boardcast calibrate.",
        )
    return rig


if __name__ == "__main__":
    main()
