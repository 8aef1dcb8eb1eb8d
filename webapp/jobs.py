"""The queue: it only wakes the worker. What is to be done stands in the inbox, so that a bell that nobody hears loses nothing."""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from pathlib import Path
from time import monotonic
from typing import IO, Any

from huey import RedisHuey, SqliteHuey, crontab
from huey.consumer import Consumer
from huey.exceptions import ConfigurationError
from sqlalchemy.engine import make_url

from digitizer.errors import ConfigError, StoreError
from webapp.config import Config
from webapp.db import OUT_OF_ORDER

log = logging.getLogger("boardcast")

FASTEST_S, SLOWEST_S = 0.1, 0.5
"""How often an idle worker listens: a photo should not wait longer than a blink."""

SILENCE_S = 60.0
"""Between two lines of the log on a queue that cannot be used."""

Drain = Callable[[], object]
Ending = Callable[[], None]


def _nothing() -> None:
    """What a process that only rings would do if it were asked."""


class _OneLine(logging.Filter):
    """Lets huey say once a minute, in one line, that its queue cannot be used; it does so twice a second, each time with a traceback.

    The log may lie on the very disk that is full.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        super().__init__()
        self._clock, self._told = clock, -inf

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is to be written; one that tells of the queue is put in our words."""
        if not record.exc_info or not str(record.msg).startswith("Error"):
            return True
        if self._clock() - self._told < SILENCE_S:
            return False
        self._told = self._clock()
        record.msg, record.args = (
            "The queue cannot be used (%s). Photos wait, and are read within a minute of its return.",
            (record.exc_info[1],),
        )
        record.exc_info = record.exc_text = None
        return True


_ONE_LINE = _OneLine()


class Queue:
    """The bell between those who take photos in and the one who reads them. Any process may ring."""

    def __init__(self, config: Config) -> None:
        """Raises ``ConfigError`` where Redis is asked for and its package is missing."""
        self._huey = _huey(config)
        self._drain: Drain = _nothing
        self._ring = self._huey.task(name="drain")(self._answer)
        # a bell may be lost with a full disk or a Redis that restarts; once a minute the inbox is looked at anyway
        self._huey.periodic_task(crontab(minute="*"), name="look")(self._answer)

    def wake(self) -> None:
        """Ring for the worker. A bell that cannot be rung is no fault of the photo, which is safe; it is looked for anyway."""
        try:
            self._ring()
        except Exception as error:  # noqa: BLE001  sqlite3, or whatever a Redis that is away raises
            log.warning("The worker could not be rung for (%s); it looks within a minute.", error)

    def work(self, drain: Drain, ending: Ending = _nothing) -> None:
        """Be the worker: take up what waits, then each time the bell rings. Returns at SIGTERM, and after the photo at hand at SIGINT."""
        worker = self.consumer(drain, ending)
        worker.heeds_signals = True
        worker.run()

    def consumer(self, drain: Drain, ending: Ending = _nothing) -> _Worker:
        """The worker, ready to be started, with what waited read already; ``ending`` asks ``drain`` to return after the photo at hand."""
        for part in ("Worker", "Scheduler"):
            logging.getLogger(f"huey.consumer.{part}").addFilter(_ONE_LINE)
        self._drain = drain
        self._answer()
        return _Worker(ending, self._huey, workers=1, periodic=True, initial_delay=FASTEST_S, backoff=1.15, max_delay=SLOWEST_S)

    def _answer(self) -> None:
        try:
            self._drain()
        except OUT_OF_ORDER as error:
            log.warning("The database does not answer (%s). Photos wait; it is tried again within a minute.", error.orig)


@contextmanager
def only_worker(config: Config, wait: bool = False) -> Iterator[None]:
    """Hold the place of the one worker of a database. Where another holds it: wait until it ends, or raise ``StoreError``.

    On PostgreSQL nothing is held: two workers there read photos twice, which costs time and harms nothing.
    """
    path = _beside(config, ".worker")
    if path is None:
        yield
        return
    with path.open("a+") as lock:
        _lock(lock, wait)
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _lock(file: IO[str], wait: bool) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        holder = file.read().strip() or "unknown"
        what, evidence = "Another worker reads the photos of this database.", f"Its process is {holder}."
        if not wait:
            raise StoreError(what, evidence, "One is enough; stop it first.") from None
        log.info("%s %s This one waits to take over.", what, evidence)
        fcntl.flock(file, fcntl.LOCK_EX)


class _Worker(Consumer):  # type: ignore[misc]  # huey has no types
    """A consumer that may also run beside something else, which then handles signals: it would take each, and only note it.

    ``heeds_signals``: it is all that this process does, and ends at SIGTERM and SIGINT.
    """

    def __init__(self, ending: Ending, *given: Any, **named: Any) -> None:  # noqa: ANN401  huey has no types
        self._ending = ending
        self.heeds_signals = False
        super().__init__(*given, **named)
        self._signal_actions.pop(signal.SIGHUP, None)  # at which it would begin anew, without the terminal that was closed

    def stop(self, graceful: bool = False) -> None:
        """End; gracefully after the photo at hand, however many wait behind it."""
        self._ending()
        super().stop(graceful=graceful)

    def _set_signal_handlers(self) -> None:
        if self.heeds_signals and threading.current_thread() is threading.main_thread():
            super()._set_signal_handlers()


def _huey(config: Config) -> Any:  # noqa: ANN401  huey has no types
    name = "boardcast-" + hashlib.sha256(config.database_url.encode()).hexdigest()[:12]
    if config.queue_url is None:
        return SqliteHuey(name, filename=str(_beside(config, ".queue") or "boardcast.queue"), results=False)
    try:
        return RedisHuey(name, url=config.queue_url, results=False)
    except ConfigurationError as error:
        raise ConfigError(
            "BOARDCAST_REDIS is set, and the package redis is not installed.", remedy="pip install redis, or unset it."
        ) from error


def _beside(config: Config, suffix: str) -> Path | None:
    """A file beside the database, None where the database is no file."""
    url = make_url(config.database_url)
    if url.get_backend_name() != "sqlite" or url.database is None:
        return None
    return Path(url.database + suffix)
