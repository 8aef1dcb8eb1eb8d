"""``boardcast demo``: the real server, the real worker, and a folder camera that plays the sample photos of one board."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle
from pathlib import Path
from time import monotonic
from zoneinfo import ZoneInfo

import click
from werkzeug.security import generate_password_hash

from digitizer.capture import shots
from digitizer.commands import FILE
from digitizer.errors import BoardcastError, ConfigError
from digitizer.event import load_event
from webapp import server
from webapp.config import Config
from webapp.ingest import accept
from webapp.jobs import Queue
from webapp.store import Store, open_store
from webapp.values import InboxPhoto, PhotoState, SessionStatus

SAMPLES = Path(__file__).parents[1] / "samples"
SERIES = "webcam-*"
"""The samples that show one board through one camera, in the order of their names."""

PORT = 8000

CAPTURE_S = 0.5
"""How often the folder camera looks for a new file; two looks tell that it is written in full."""

ASK_S = 0.1
"""How often a photo on its way is asked after."""


@dataclass(frozen=True)
class Demo:
    """A demo that is ready to run."""

    config: Config
    event_path: Path
    camera: Path
    photos: tuple[Path, ...]
    password: str


@click.command("demo")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to serve at.")
@click.option("--port", type=click.IntRange(0, 65535), show_default="8000, or a free one", help="Port to serve at; 0 takes a free one.")
@click.option(
    "--every", "every_s", type=click.FloatRange(0, 3600), default=8.0, show_default=True, help="Seconds from one photo to the next."
)
@click.option("--once/--loop", default=False, show_default=True, help="Play the photos once and stop, or over and over.")
@click.option("--samples", type=FILE, default=SAMPLES, metavar="DIR", help="Folder of the samples.")
def command(host: str, port: int | None, every_s: float, once: bool, samples: Path) -> None:
    """Show all of it on this machine: a camera looks at a sample board, the page changes by itself.

    Needs no network and leaves nothing behind.
    """
    for asked in (signal.SIGINT, signal.SIGTERM):  # started in the background a shell has it ignore SIGINT, and SIGTERM would leave files
        signal.signal(asked, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="boardcast-demo-") as folder:
        demo = prepare(Path(folder), samples)
        at = _usual_port(host) if port is None else _free_port(host, port)
        stop = threading.Event()
        show = _Show(demo, (host, at), every_s, once, stop)
        player = threading.Thread(target=show.run, name="camera", daemon=True)
        player.start()
        server.run(demo.config, host, at, worker_event=demo.event_path)
        stop.set()
        player.join(CAPTURE_S * 4)


def prepare(folder: Path, samples: Path) -> Demo:
    """Lay out a demo in an empty folder: its event of today, its database, its camera. Raises ``ConfigError`` without samples."""
    photos = tuple(sorted(samples.glob(f"{SERIES}/photo.jpg")))
    if not photos:
        raise ConfigError(
            f"There are no sample photos in {samples}.",
            f'None is named "{SERIES}/photo.jpg".',
            "Run it from a checkout, or give --samples.",
        )
    event_path, camera = folder / "event.toml", folder / "camera"
    camera.mkdir()
    event_path.write_text(_today((photos[0].parent / "event.toml").read_text(encoding="utf-8")), encoding="utf-8")
    password = secrets.token_hex(4)
    config = Config(
        event=load_event(event_path),
        database_url=f"sqlite:///{folder / 'boardcast.db'}",
        secret_key=secrets.token_hex(32),
        organizer_password_hash=generate_password_hash(password),
    )
    return Demo(config, event_path, camera, photos, password)


def play(demo: Demo, store: Store, pace: Callable[[], bool], photos: Iterator[Path]) -> Iterator[tuple[Path, InboxPhoto]]:
    """Put photo after photo before the folder camera and wait until each was read; ``pace`` waits and tells whether to go on."""
    queue = Queue(demo.config)
    board = demo.config.event.boards[0]
    captured = shots(str(demo.camera), CAPTURE_S, zone=ZoneInfo(demo.config.event.timezone))
    for number, photo in enumerate(photos):
        _appear(photo, demo.camera / f"look-{number:05d}.jpg")
        shot = next(captured)
        photo_id = accept(store, board.id, shot.data, shot.name, shot.taken_at, source="camera")
        queue.wake()
        while (state := store.photo(photo_id)).state is PhotoState.WAITING:
            threading.Event().wait(ASK_S)
        yield photo, state
        if not pace():
            return


@dataclass(frozen=True)
class _Show:
    """What the camera's thread does, and tells on the terminal."""

    demo: Demo
    address: tuple[str, int]
    every_s: float
    once: bool
    stop: threading.Event

    def run(self) -> None:
        """Play the photos; end the server when they were played once, or cannot be played."""
        try:
            self._until_served()
            self._introduce()
            self._play()
        except BoardcastError as error:
            click.echo(f"boardcast: {error}", err=True)
        os.kill(os.getpid(), signal.SIGINT)  # what Ctrl+C does: the server finishes what it is at

    def _until_served(self) -> None:
        """Wait for the server, so that the address works once it is printed."""
        while not self.stop.wait(ASK_S):
            try:
                socket.create_connection(self.address, 1.0).close()
            except OSError:
                continue
            return

    def _introduce(self) -> None:
        host, port = self.address
        click.echo(
            f"The schedule:    http://{host}:{port}/\n"
            f"The review page: http://{host}:{port}/review/   password: {self.demo.password}\n"
            f"A camera looks at the sample board, {self.every_s:g} s between two looks; the page changes by itself. Ctrl+C ends it."
        )

    def _play(self) -> None:
        store = open_store(self.demo.config.database_url, self.demo.config.event)
        photos = iter(self.demo.photos) if self.once else cycle(self.demo.photos)
        began = monotonic()
        for photo, state in play(self.demo, store, lambda: not self.stop.wait(self.every_s), photos):
            click.echo(f"  {photo.parent.name}: {_told(state, store)} ({max(0.0, monotonic() - began):.1f} s)")
            began = monotonic() + self.every_s


def _told(photo: InboxPhoto, store: Store) -> str:
    if photo.state is PhotoState.FAILED:
        return photo.message
    live = [session for session in store.published() if session.status is SessionStatus.CONFIRMED]
    doubtful = sum(session.doubtful for session in live)
    return f"{len(live)} sessions on the page, {doubtful} of them to check"


def _appear(photo: Path, place: Path) -> None:
    """A file that is there in full or not at all, with the time of now, as a camera writes it."""
    half = place.with_suffix(".part")
    shutil.copyfile(photo, half)
    half.rename(place)
    for old in sorted(place.parent.glob("look-*.jpg"))[:-2]:
        old.unlink()


def _today(event: str) -> str:
    """The event's text with its first day moved to today, so that now and next have a meaning."""
    zone = re.search(r'^timezone\s*=\s*"([^"]+)"', event, re.MULTILINE)
    today = datetime.now(ZoneInfo(zone.group(1)) if zone else None).date()
    named = re.sub(r'^name\s*=\s*".*"', 'name = "Boardcast demo"', event, count=1, flags=re.MULTILINE)
    return re.sub(r"^date\s*=\s*\d{4}-\d{2}-\d{2}", f"date = {today.isoformat()}", named, flags=re.MULTILINE)


def _usual_port(host: str) -> int:
    """The port that guides name; a free one where something else listens there, as it does on many a laptop."""
    try:
        return _free_port(host, PORT)
    except ConfigError:
        return _free_port(host, 0)


def _free_port(host: str, port: int) -> int:
    """The port, a free one for 0. Raises ``ConfigError`` where it is taken."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            raise ConfigError(f"Port {port} of {host} cannot be used: {error.strerror}.", remedy="Give another as --port.") from error
        return int(trial.getsockname()[1])
