"""The server: waitress with the site, and beside it the one worker in a process of its own, started again when it falls."""

from __future__ import annotations

import errno
import logging
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any
from zoneinfo import ZoneInfo

import waitress
from flask import Flask

from digitizer import cores
from digitizer.errors import ConfigError
from digitizer.event import Event
from webapp import create_app
from webapp.config import Config
from webapp.gate import gate
from webapp.guarded import guard
from webapp.jobs import Queue
from webapp.rehearsed import rehearsed
from webapp.services import KEY
from webapp.store import Store, open_store
from webapp.table import over_at
from webapp.watch import Watcher

log = logging.getLogger("boardcast")

SPARE_THREADS = 8
"""Threads beside those that live pages hold: enough for uploads and pages of some hundred visitors."""

CONNECTIONS = 2000
"""Connections open at once: a browser opens up to six and keeps them; waitress' own bound of 100 turned a hall of 300 phones away."""

SPARE_PLACES = 20
"""Connections beyond these at which nobody is let in any more: never reached, as each further one closes another."""

SPARE_FILES = 200
"""Open files beside connections: the database's, photos on their way, the worker's pipes."""

HEADER_BYTES = 32_000
"""Longest header of a request: cookies and a proxy's notes take 2 kB; waitress would keep 256 of each connection."""

IDLE_S = 60
"""Seconds after which a connection is closed over which nothing comes: a photo on its way outlives a short loss of the network."""

RESTART_S = 5.0
"""Pause before a worker that fell is started again."""

STOP_S = 20.0
"""How long a worker may finish its photo when the server stops."""


ANY_HOST = ("", "0.0.0.0", "::")
"""What a server listens at that listens at all addresses of its machine: none that anybody could open."""

LOOPBACK = ("127.0.0.1", "localhost", "::1")

ELSEWHERE = "192.0.2.1"
"""An address beyond every network (RFC 5737): the way to it is the way out."""


def run(config: Config, host: str, port: int, *, worker_event: Path | None, proxy: str | None = None) -> None:
    """Serve until stopped. ``worker_event``: the event file of a worker to run beside the site, None for no worker.

    Raises ``ConfigError`` where the address cannot be had.
    """
    cores.one_heap()  # before its threads start: each would keep what proposals for the calibration page let go
    store = open_store(config.database_url, config.event)  # before the queue, which is a file beside it and says less of what is wrong
    remind_of(store)
    queue = Queue(config)
    end_at_sigterm()
    app = create_app(config, store, queue.wake)
    server = _listening(app, (host, port), config.max_streams + SPARE_THREADS, proxy)
    _end_streams_first(server.task_dispatcher, app.extensions[KEY].watcher)
    with worker(config, worker_event):  # only now: an address that is taken must not leave a worker behind
        _introduce(config.event.name, (host, port), is_proxied=proxy is not None)
        server.run()


def _end_streams_first(dispatcher: Any, streams: Watcher) -> None:  # noqa: ANN401  waitress has no types
    """Let open live pages go before waitress waits for its threads: for each of theirs it waited 5 s, in vain, and said so."""
    shutdown = dispatcher.shutdown

    def end(*given: Any, **named: Any) -> Any:  # noqa: ANN401  what waitress passes
        streams.stop()
        return shutdown(*given, **named)

    dispatcher.shutdown = end


def _introduce(name: str, address: tuple[str, int], *, is_proxied: bool) -> None:
    """Log where the pages are, by an address that a phone can take, and who reaches them."""
    host, port = address
    shown = _own_address() if host in ANY_HOST else host
    url = f"http://[{shown}]:{port}/" if ":" in shown else f"http://{shown}:{port}/"
    log.info("Boardcast serves %s at %s, and organizers log in at %sreview/", name, url, url)
    if shown in LOOPBACK and not is_proxied:
        log.info("Only this machine reaches it. With --host 0.0.0.0 phones in the same network do.")


def remind(event: Event, now: datetime) -> None:
    """Log where all days of the event are over: mostly the date of an example, or of the year before."""
    last = max(event.boards, key=lambda board: over_at(event, board))
    if over_at(event, last) <= now:
        log.warning(
            'All boards are of days that are past, the last one of %s. For another day write its "date" into event.toml.', last.date
        )


def remind_of(store: Store) -> None:
    """Log where the database shows sessions of another event, or of a rehearsal."""
    for told in rehearsed(store.published_boards(), ZoneInfo(store.event.timezone)):
        log.warning("%s", told)


def _own_address() -> str:
    """Tell the address of this machine in its network; where it is in none, the one by which it reaches itself. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as looks:
        try:
            looks.connect((ELSEWHERE, 9))
        except OSError:
            return LOOPBACK[0]
        return str(looks.getsockname()[0])


def _listening(app: Flask, address: tuple[str, int], threads: int, proxy: str | None) -> Any:  # noqa: ANN401  waitress has no types
    """A server that holds its address. Raises ``ConfigError`` where the address cannot be had."""
    host, port = address
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a line for each request that waits for a thread: a rush filled the log
    headers = {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"} if proxy else set()
    places = _connections()
    try:
        serving = waitress.create_server(
            app,
            host=host,
            port=port,
            threads=threads,
            trusted_proxy=proxy,
            trusted_proxy_headers=headers,
            ident=None,
            connection_limit=places + SPARE_PLACES,
            asyncore_use_poll=True,  # select() knows no file above 1023
            channel_timeout=IDLE_S,
            max_request_header_size=HEADER_BYTES,
        )
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            what = f"This machine does not have the address {host}, at least not now."
            raise ConfigError(what, remedy="Give one of its own as --host; 0.0.0.0 stands for all of them.") from error
        raise ConfigError(
            f"Port {port} of {host} cannot be used: {error.strerror}.", remedy="Give another as --port, or end what listens there."
        ) from error
    except ValueError as error:  # waitress has looked the name up
        raise ConfigError(f'There is no address "{host}" to serve at.', remedy="Give one of this machine as --host.") from error
    guard(serving, gate(app), places)
    return serving


def _connections() -> int:
    """How many connections this process may hold: the files it may open are raised to what they need, as far as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = CONNECTIONS + SPARE_FILES
    if soft != resource.RLIM_INFINITY and soft < most:
        soft = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return CONNECTIONS if soft == resource.RLIM_INFINITY else max(1, min(CONNECTIONS, soft - SPARE_FILES))


def end_at_sigterm() -> None:
    """End this process in order, what is open being closed, when it is told to by SIGTERM. Only the main thread may ask for it."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _stop)


def end_with_stdin() -> None:
    """End this process, as Ctrl+C does, once its standard input closes: whoever started it is gone, even if it was killed.

    Only the main thread may ask for it.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell starts in the background ignores it, and so do its children

    def wait() -> None:
        while os.read(sys.stdin.fileno(), 1024):  # unbuffered: a daemon thread must hold no lock when the interpreter ends
            pass
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=wait, name="leash", daemon=True).start()


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


@contextmanager
def worker(config: Config, event_path: Path | None) -> Iterator[None]:
    """Keep a worker running while the block does."""
    if event_path is None:
        yield
        return
    keeper = _Keeper(config, event_path)
    keeper.start()
    try:
        yield
    finally:
        keeper.stop()


class _Keeper(threading.Thread):
    """Starts ``boardcast work``, and starts it again when it falls."""

    def __init__(self, config: Config, event_path: Path) -> None:
        super().__init__(name="worker keeper", daemon=True)
        self._command = [
            sys.executable,
            "-P",
            "-c",
            "from digitizer.start import main; main()",
            "work",
            "--leash",
            "--event",
            str(event_path),
        ]
        self._environ = {**os.environ, "BOARDCAST_DB": config.database_url}
        self._stopping = threading.Event()
        self._process = self._start()

    def run(self) -> None:
        """Watch the process."""
        while not self._stopping.is_set():
            code = self._process.wait()
            if self._stopping.wait(RESTART_S):
                return
            log.warning("The worker ended with %d; it is started again.", code)
            self._process = self._start()

    def stop(self) -> None:
        """End the process, after its photo if that does not take long."""
        self._stopping.set()
        self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._command, env=self._environ, stdin=subprocess.PIPE)
