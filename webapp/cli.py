"""Commands that need the store: ingest, watch, serve, work, export, collect, demo. Parse, call, present."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from digitizer.capture import shots, source_name
from digitizer.capturing.files import name_of
from digitizer.cli import rig_for
from digitizer.commands import FILE, Told, chosen, event_options
from digitizer.errors import BoardcastError, ConfigError, StoreError
from digitizer.event import Board, Event, load_event
from digitizer.settings import ReconcileSettings
from webapp import arrivals, server
from webapp.cameras import Camera
from webapp.collect import collect as write_checked
from webapp.config import DEFAULT_DATABASE, for_command, from_environ
from webapp.db import OUT_OF_ORDER, existing
from webapp.demo import command as demo
from webapp.feeds.formats import FORMATS, render
from webapp.ingest import about, default_ingest, log
from webapp.jobs import Queue, only_worker
from webapp.opinions import beside
from webapp.store import Store, open_store, stored_event
from webapp.table import begins_at
from webapp.values import SessionStatus

LOG_LINE, LOG_TIME = "%(asctime)s %(message)s", "%Y-%m-%d %H:%M:%S"
"""A line of a service's log: what is looked for in it is what happened at ten."""

database = click.option(
    "--db", "database_url", envvar="BOARDCAST_DB", default=DEFAULT_DATABASE, show_default=True, metavar="URL", help="The database."
)
optional_event = click.option("--event", "event_path", type=FILE, envvar="BOARDCAST_EVENT", metavar="event.toml", help="What the event is.")


def _address(_ctx: click.Context, _option: click.Parameter, url: str) -> str:
    """The address of a page, or none. Calendars and apps take links that lack http:// for none, and refuse the file."""
    if url and not re.match(r"https?://[^\s/]", url):
        raise click.BadParameter(f'"{url}" is no address of a page: write it as https://schedule.example.org')
    return url


@click.command()
@click.argument("photos", nargs=-1, required=True, type=FILE, metavar="PHOTO...")
@event_options
@database
@click.option("--calibration", type=FILE, metavar="rig.toml", help="Keep this calibration for the board first.")
def ingest(photos: Sequence[Path], event_path: Path, board_id: str | None, database_url: str, calibration: Path | None) -> None:
    """Read photos into the schedule, in the order taken.

    Photos that tell their time are sorted by it; where one does not, the order given here holds.
    """
    event, board = chosen(event_path, board_id)
    rig = rig_for(board, calibration)
    store = open_store(database_url, event)
    server.remind_of(store)
    if rig is not None:
        store.save_rig(board.id, rig)
    coming = arrivals.in_order(photos, ZoneInfo(event.timezone))
    config = replace(for_command(event, database_url), opinions=None)  # nobody waits here for an answer; a worker asks later
    with _told_here(), arrivals.reader(config, store) as read:
        failures = [error for arrival in coming if (error := _ingest(store, board.id, arrival, read))]
    sessions = [s for s in store.published(board.id) if s.status is SessionStatus.CONFIRMED]
    click.echo(f"{len(sessions)} sessions on board {board.id}, {sum(s.doubtful for s in sessions)} of them to review.", err=True)
    if failures:
        raise Told(f"{len(failures)} of {len(photos)} photos could not be read: {failures[0]}", failures[0].exit_code)


@click.command()
@click.argument("source")
@event_options
@database
@click.option("--every", "every_s", type=click.FloatRange(1, 3600), default=30.0, show_default=True, help="Seconds between two looks.")
@click.option("--by-hand", is_flag=True, help="The photos in the folder are taken by hand: they may show parts of the board.")
def watch(source: str, event_path: Path, board_id: str | None, database_url: str, every_s: float, by_hand: bool) -> None:
    """Read each new photo of a SOURCE: a folder, a camera's device number, an rtsp:// or http:// stream.

    A source is taken to be fixed before the board: what shows another view, and in it not the whole board, is told as a camera that was
    moved, and not read.

    A source that fails is waited for; the review page says what is the matter with it. virtual:FOLDER plays a folder as a camera,
    virtual:FOLDER?script=play*2,freeze*4,dark*2 with faults, to rehearse them.
    """
    _tell_more()
    event, board = chosen(event_path, board_id)
    store = open_store(database_url, event)
    server.remind_of(store)
    camera = Camera(store, board.id, source_name(source), every_s, by_hand=by_hand)
    coming = shots(source, every_s, zone=ZoneInfo(event.timezone), tell=camera, known_until=_known_until(store, board, source, by_hand))
    server.end_at_sigterm()
    with suppress(KeyboardInterrupt), arrivals.reader(for_command(event, database_url), store) as read:
        camera.watch(coming, read)


@click.command()
@optional_event
@database
@click.option("--leash", is_flag=True, hidden=True, help="End when standard input closes.")
def work(event_path: Path | None, database_url: str, leash: bool) -> None:
    """Read the photos that wait, and each one that comes in, until stopped.

    Where a worker runs already, this one waits and takes over when that one ends.
    """
    _tell_more()
    if leash:
        server.end_with_stdin()
    event = _event(event_path, database_url)
    config = for_command(event, database_url)
    store = open_store(database_url, event)
    with only_worker(config, wait=True), beside(config, store) as doubt:
        own = default_ingest(store, doubt, config.keep_pictures_days)
        Queue(config).work(own.drain, own.ending.set)


@click.command()
@optional_event
@database
@click.option("--host", envvar="BOARDCAST_HOST", default="127.0.0.1", show_default=True, help="Address to serve at.")
@click.option("--port", envvar="BOARDCAST_PORT", type=click.IntRange(1, 65535), default=8000, show_default=True, help="Port to serve at.")
@click.option("--worker/--no-worker", default=True, show_default=True, help="Read photos in a process of this server's own.")
@click.option("--proxy", metavar="ADDRESS", help="Address of the proxy before this server, whose X-Forwarded headers are believed.")
def serve(event_path: Path | None, database_url: str, host: str, port: int, worker: bool, proxy: str | None) -> None:
    """Serve the schedule, the review page and the API."""
    _tell_more()
    if event_path is None:
        raise ConfigError("No event file is given.", remedy="Give --event event.toml, or set BOARDCAST_EVENT to its path.")
    config = from_environ(event_path=event_path, database_url=database_url)
    server.remind(config.event, datetime.now(UTC))
    server.run(config, host, port, worker_event=event_path if worker else None, proxy=proxy)


@click.command()
@optional_event
@database
@click.option("--format", "name", type=click.Choice(FORMATS), required=True, help="What the export is for: docs/developer.md.")
@click.option("--base-url", default="", metavar="URL", callback=_address, help="Address of the public page, for links back to it.")
@click.option("-o", "output", type=FILE, metavar="FILE", help="Where it is written; stdout otherwise.")
def export(event_path: Path | None, database_url: str, name: str, base_url: str, output: Path | None) -> None:
    """Write the published schedule for other programs."""
    event = _event(event_path, existing(database_url))
    store = open_store(database_url, event, keeps_event=False)
    boards = store.numbered_boards() if name == "ics" else store.published_boards()  # no other format carries numbers
    data = render(name, event, boards, base_url)
    if output is None:
        click.echo(data, nl=False)
    else:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_bytes(data)


@click.command()
@optional_event
@database
@click.option("-o", "output", type=FILE, required=True, metavar="DIR", help="Where they are written; score it with: boardcast score DIR.")
def collect(event_path: Path | None, database_url: str, output: Path) -> None:
    """Write the cards that people checked as pictures with their truth.

    Only pictures of cards are written, none of a board or of people, and no names of reviewers. They are for measuring the reader on the
    hands of this event: "boardcast score DIR" reads them without what was confirmed, so that no card knows its own answer.
    """
    event = _event(event_path, existing(database_url))
    count = write_checked(open_store(database_url, event, keeps_event=False), output)
    first = "" if count else ": confirm or correct some on the review page first"
    click.echo(f"{output}: {count} checked cards{first}", err=True)


commands: list[click.Command] = [ingest, watch, serve, work, export, collect, demo]


def _known_until(store: Store, board: Board, source: str, by_hand: bool) -> datetime | None:
    """Up to when photos tell nothing new; those of parts of the board may come a little late.

    What the same source showed on days before were the boards of those days, until its last word on them.
    """
    looked_at = store.looked_at(board.id)
    own = [looked_at - timedelta(seconds=ReconcileSettings().late_s) if by_hand else looked_at] if looked_at else []
    begun = {b.id for b in store.event.boards if b.date < board.date and begins_at(store.event, b) <= datetime.now(UTC)}
    before = [state.heard_at for state in store.cameras() if state.source == source_name(source) and state.board_id in begun]
    return max([*own, *before], default=None)


def _tell_more() -> None:
    """Log what a service does, and when; what its libraries do only where it goes wrong. The journal of systemd tells the time itself."""
    logging.getLogger("boardcast").setLevel(logging.INFO)
    if "JOURNAL_STREAM" not in os.environ:
        for handler in (each for each in logging.getLogger().handlers if type(each) is logging.StreamHandler):  # ours, nobody else's
            handler.setFormatter(logging.Formatter(LOG_LINE, LOG_TIME))


@contextmanager
def _told_here() -> Iterator[None]:
    """What becomes of each photo is this command's own output: the log need not say it, too."""
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(level)


def _ingest(store: Store, board_id: str, arrival: arrivals.Arrival, read: arrivals.Read) -> BoardcastError | None:
    """Bring in and read one photo, and tell how it went."""
    try:
        photo_id = arrivals.bring_in(store, board_id, arrival)
    except BoardcastError as error:
        click.echo(str(error), err=True)
        return error
    try:
        failure = read(photo_id)
    except OUT_OF_ORDER as error:
        raise StoreError(f"The database does not answer: {error.orig}.", remedy="The photo waits in it; a worker will read it.") from error
    message = str(failure) if failure else store.photo(photo_id).message
    click.echo(about(name_of(arrival.path), message or "read"), err=True)
    return failure


def _event(path: Path | None, database_url: str) -> Event:
    """The event of the file, else the one that the database was last opened for."""
    return load_event(path) if path else stored_event(database_url)
