"""Photo files on their way into the inbox, and who reads them: this process, or the worker that runs already."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path

from digitizer.capture import read_file
from digitizer.capturing import clock, pixels
from digitizer.capturing.files import name_of
from digitizer.errors import BoardcastError, CameraMoved, PhotoError, StoreError
from webapp.config import Config
from webapp.ingest import about, accept, default_ingest, log
from webapp.jobs import Queue, only_worker
from webapp.opinions import beside
from webapp.store import Store
from webapp.values import InboxPhoto, PhotoState

POLL_S = 0.2
"""How often a photo that another process reads is asked after."""

Read = Callable[[int], BoardcastError | None]


@dataclass(frozen=True)
class Arrival:
    """A photo file and when it was taken; ``exact`` where the photo itself tells, not its file."""

    path: Path
    taken_at: datetime
    exact: bool


def in_order(paths: Sequence[Path], zone: tzinfo) -> tuple[Arrival, ...]:
    """Photo files in the order taken: by the time that each tells, or as they are given where one tells none."""
    arrivals = [_arrival(path, zone) for path in paths]
    if all(arrival.exact for arrival in arrivals):
        arrivals.sort(key=lambda arrival: arrival.taken_at)
    return tuple(arrivals)


def bring_in(store: Store, board_id: str, arrival: Arrival) -> int:
    """Keep a photo file in the inbox. Raises ``PhotoError``.

    A file's own time is weak evidence (copying sets it): it never makes a photo older than what has been read already.
    """
    taken_at = arrival.taken_at
    if not arrival.exact:
        taken_at = max(taken_at, store.newest(board_id) or taken_at)
    return accept(store, board_id, read_file(arrival.path)[0], name_of(arrival.path), taken_at, source="file")


@contextmanager
def reader(config: Config, store: Store) -> Iterator[Read]:
    """What reads a photo of the inbox: this process, unless a worker runs already; that one is then rung for and waited for.

    While this process is the worker it also answers the bell, for photos that others bring in. Each photo read is one line of the log.
    """
    queue = Queue(config)
    with ExitStack() as stack:
        try:
            stack.enter_context(only_worker(config))
        except StoreError:
            yield lambda photo_id: _elsewhere(store, queue, photo_id)
            return
        own = default_ingest(store, stack.enter_context(beside(config, store)), config.keep_pictures_days)
        consumer = queue.consumer(own.drain, own.ending.set)
        consumer.start()
        stack.callback(consumer.stop, graceful=True)
        yield lambda photo_id: own.drain().get(photo_id) or _failure(store.photo(photo_id))


def _arrival(path: Path, zone: tzinfo) -> Arrival:
    data, modified = read_file(path)
    try:
        answer, _ = pixels.ask("times", data, name_of(path))
    except PhotoError:  # bringing it in says what is wrong with it
        return Arrival(path, modified, exact=False)
    moment = clock.taken_at(answer["exif"], zone)
    return Arrival(path, moment or modified, exact=moment is not None)


def _elsewhere(store: Store, queue: Queue, photo_id: int) -> BoardcastError | None:
    queue.wake()
    while (photo := store.photo(photo_id)).state is PhotoState.WAITING:
        time.sleep(POLL_S)
    failure = _failure(photo)
    log.log(logging.WARNING if failure else logging.INFO, "photo %d, %s", photo_id, about(photo.name, photo.message or "read"))
    return failure


def _failure(photo: InboxPhoto) -> BoardcastError | None:
    """What another process failed by. Whether a camera was moved is all that anybody asks of it beyond its words."""
    if photo.state is not PhotoState.FAILED:
        return None
    return (CameraMoved if photo.error == CameraMoved.__name__ else BoardcastError)(photo.message)
