"""What every command is made of: the group that finds commands and translates errors, options that several share, files they write."""

from __future__ import annotations

import errno
import json
import math
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path
from typing import IO, Any, TypeVar

import click

from calibration.rig import Image
from digitizer.errors import BoardcastError, EventError
from digitizer.event import Board, Event, load_event

FILE = click.Path(readable=False, path_type=Path)
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

    def make_context(self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any) -> click.Context:  # noqa: ANN401  click's own signature
        """Parse the options; help and version are written there."""
        with _translated():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> object:
        """Run a command."""
        with _translated():
            return super().invoke(ctx)

    def _add_others(self) -> None:
        for entry in entry_points(group="boardcast.commands"):
            try:
                commands = entry.load()
            except ImportError as error:  # reading photos works without what only the web needs
                click.echo(f"boardcast: the commands of {entry.name} are missing: {error}.", err=True)
                continue
            for command in commands:
                self.add_command(command)


@contextmanager
def _translated() -> Iterator[None]:
    """Translate errors into what is shown of them, the only place where that is done."""
    try:
        yield
    except BoardcastError as error:
        raise Told(str(error), error.exit_code) from error
    except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
        raise
    except OSError as error:
        if error.strerror is None or os.environ.get("BOARDCAST_DEBUG") == "1":
            raise
        raise Told(_of_the_system(error), BoardcastError.exit_code) from error
    except Exception as error:
        if os.environ.get("BOARDCAST_DEBUG") == "1":
            raise
        message = f"Something went wrong inside Boardcast ({type(error).__name__}: {error}). Set BOARDCAST_DEBUG=1 to see where."
        raise Told(message, INTERNAL) from error


def _of_the_system(error: OSError) -> str:
    """What the system refuses; a full disk and a closed stream name no file."""
    if error.filename:
        return f"Cannot use {error.filename}: {error.strerror}."
    return "Standard output is closed." if error.errno == errno.EBADF else f"The system refuses: {error.strerror}."


def event_option(command: Command) -> Command:
    """``--event``, or ``BOARDCAST_EVENT``, of a command that cannot do without."""
    asked = click.option(
        "--event", "event_path", type=FILE, envvar="BOARDCAST_EVENT", required=True, metavar="event.toml", help="What the event is."
    )
    return asked(command)


def event_options(command: Command) -> Command:
    """``--event`` and ``--board``, as every command on photos takes them."""
    board = click.option("--board", "board_id", metavar="ID", help="The board's id in event.toml; may be left out where it has one.")
    return event_option(board(command))


def chosen(event_path: Path, board_id: str | None) -> tuple[Event, Board]:
    """The event and the board that ``event_options`` name. Raises ``EventError``."""
    event = load_event(event_path)
    if board_id is None and len(event.boards) > 1:
        raise EventError(
            f"The event has {len(event.boards)} boards.", f"They are: {', '.join(b.id for b in event.boards)}.", "Say which as --board."
        )
    return event, event.boards[0] if board_id is None else event.board(board_id)


class Numbers(click.ParamType[tuple[float, ...]]):
    """Numbers with commas between them."""

    name = "numbers"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, ...]:  # noqa: ANN401  click's own signature
        """Parse "1,2.5,3"."""
        try:
            numbers = tuple(float(part) for part in value.split(",")) if isinstance(value, str) else value
        except ValueError:
            numbers = (math.nan,)
        if not all(math.isfinite(number) for number in numbers):  # "nan" and "inf" are numbers to Python
            self.fail(f"{value!r} is no list of numbers with commas between them.", param, ctx)
        return numbers


def write_json(value: object, path: Path) -> None:
    """Write JSON, making its folder; to stdout where the path is ``-``."""
    text = json.dumps(value, ensure_ascii=False, indent=1)
    if str(path) == "-":
        click.echo(text)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")


def write_picture(image: Image, path: Path) -> None:
    """Write a BGR image as JPEG, making its folder."""
    import cv2

    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes())


def own_name(path: Path, photos: Sequence[Path]) -> str:
    """What a photo's drawing is called: its name, with its folder's before it where others have the same."""
    same = sum(other.stem == path.stem for other in photos)
    return path.stem if same == 1 else f"{path.absolute().parent.name}-{path.stem}"
